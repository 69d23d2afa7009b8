/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file glmm_internal.h  What the maximisation shares with the likelihoods of the models. */
#ifndef TQ_COUNTS_GLMM_INTERNAL_H
#define TQ_COUNTS_GLMM_INTERNAL_H

#include "counts/glmm.h"
#include "counts/random_effect.h"

typedef struct glmm_state glmm_state;

/*
 * A likelihood with parameters x[n]: first those that are no effect, then the p coefficients in the
 * orthonormal basis, last tau, which the search may hold fixed.
 */
typedef struct {
    size_t
        extra; /* parameters before the coefficients: level and sigma of random study intercepts */
    double (*minus_ll)(glmm_state *g, const double *x, double *gradient);
    /* Minus the Hessian [n x n]. */
    tq_status (*information)(glmm_state *g, double *x, double *H, tq_error *err);
    /* Information on the effect of study i. */
    double (*weight)(glmm_state *g, const double *x, size_t i);
    tq_status (*saturated)(glmm_state *g, double *equal, tq_glmm_fit *out, tq_error *err);
} glmm_likelihood;

struct glmm_state {
    const tq_glmm_problem *in;
    const glmm_likelihood *like;
    size_t k, p, n; /* n: all parameters, tau included */
    tq_response_fn *response;
    tq_saturated_fn *saturate;
    double constant; /* of the log-likelihood: the sum over studies */
    int profile;     /* 1: the response has a study intercept */
    tq_quadrature rule;
    double fixed_tau;  /* NaN: tau is a parameter of the search */
    double *Q, *R;     /* X = Q R, Q'Q = k I */
    double *a, *mode;  /* [k] study intercepts; where the last search for a mode ended */
    double *mode2;     /* [k] the same of a second random effect */
    double *theta, *w; /* [k] effects and informations of the saturated model */
    double *cross;     /* [2 k] information across effects and other parameters */
    double *full;      /* [n] a point with tau */
    double *gradient;  /* [n] */
    double *H, *V;     /* [n x n] */
    double *work;      /* of the minimiser */
    double *block;
    int iterations;
};

/* xi' beta for coefficients in the orthonormal basis. */
double glmm_effect(const glmm_state *g, const double *beta, size_t i);

/* Studies whose effect in the saturated model is finite. */
size_t glmm_finite_effects(const glmm_state *g);

/* The weighted sum of squares of theta around its regression on the design, weights w; NaN where
   fewer than p weights are positive. */
double glmm_wald(glmm_state *g);

extern const glmm_likelihood glmm_one_effect, glmm_random_study;

#endif
