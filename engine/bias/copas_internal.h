/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file copas_internal.h  The likelihood of the Copas selection model for one pair of gammas. */
#ifndef TQ_BIAS_COPAS_INTERNAL_H
#define TQ_BIAS_COPAS_INTERNAL_H

#include <stddef.h>

#include "bias/copas.h"
#include "core/status.h"

enum { COPAS_MU, COPAS_TAU, COPAS_RHO, COPAS_SLOPE, COPAS_PARAMETERS };

/* Studies in units of a typical standard error. Parameters are mu, t with tau2 = t^2, a with rho =
   TQ_COPAS_RHO_BOUND sin(a), and the slope on s: searches may rest at tau2 = 0 and at the bounds of rho. */
typedef struct {
    size_t k;
    const double *y, *s; /* [k] */
    double *u, *c2;      /* [k] place of the probit, variance lost to selection for rho = 1 */
    double log_seen;     /* sum log Phi(ui) */
    int selection;       /* 0: every study is seen, rho is not in the model */
    int slope;           /* 1: with the slope on s */
} copas_problem;

/* Set u and c2 for a pair of gammas on the scale of s. */
void copas_select(copas_problem *p, double gamma0, double gamma1);

/* -log L at the parameters that are in the model, in their order; a tq_smooth_fn. */
double copas_minus_log_likelihood(const double *x, double *gradient, void *problem);

/* How many they are. */
size_t copas_parameters(const copas_problem *p);

typedef struct {
    double x[COPAS_PARAMETERS];
    double value; /* of minus log L */
} copas_maximum;

/* Where searches start from, but for tau2 and rho, of which several are tried. */
typedef struct {
    double mu, tau2, slope;
} copas_start;

/* The best of searches from several starts; near: a maximum of a problem like it, which saves the less likely
   of them, or NULL.
   @retval TQ_ENOCONV  None ended. */
tq_status copas_maximise(copas_problem *p, const copas_start *from, const copas_maximum *near,
                         copas_maximum *out, tq_error *err);

#endif
