/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file location_scale_internal.h  The likelihood of a location-scale model, and its maximum. */
#ifndef TQ_POOLING_LOCATION_SCALE_INTERNAL_H
#define TQ_POOLING_LOCATION_SCALE_INTERNAL_H

#include "pooling/location_scale.h"

/*
 * gamma[q] are the coefficients of Z's orthonormal basis times sqrt(k), so that a coefficient of 1
 * changes the link by about 1: alpha = Rz^-1 gamma.
 */
typedef struct {
    size_t k, p, q;
    int restricted;
    tq_link link;
    const double *yi, *vi;
    double *X, *Z;                     /* [k x p] orthonormal; [k x q] orthonormal times sqrt(k) */
    double *Rx, *Rz;                   /* [p x p], [q x q] */
    double *tau2, *w, *r, *h, *d1, *u; /* [k] u: scratch */
    double *x;                         /* [k x q] */
    double *A;                         /* [p x p] (X'WX)^-1 */
    double *C;                         /* [q] blocks [p x p]: A X'W Ua W X */
    double *S;                         /* [p x p] scratch */
    double *b, *c;                     /* [p] coefficients of X; scratch */
    double *B;                         /* [p x q] */
    double *gamma, *trial, *step, *best; /* [q] */
    double *gradient;                    /* [q] of the log-likelihood */
    double *J, *F;                       /* [q x q] minus its Hessian; scratch */
    double *block;
    double barrier; /* identity link: weight of sum log tau2_i; 0: none */
} ls_problem;

/* location_scale_kernel.c: log-likelihood (with its constants) at gamma; -INFINITY outside the domain.
   details: also gradient and J. */
double ls_evaluate(ls_problem *m, const double *gamma, int details);

/* location_scale_search.c: the highest maximum; m->gamma, J and gradient are those at it. */
typedef struct {
    double loglik;
    int iterations;
    size_t starts;
} ls_maximum;

tq_status ls_maximise(ls_problem *m, const tq_pool_options *opt, double tau2, ls_maximum *out,
                      tq_error *err);

/* Studies at the bound of the identity link; unless NULL, tau2[k] gets 0 for them, else tau2_i. */
size_t ls_at_zero(const ls_problem *m, double *tau2);

/* Solve M x = b for symmetric M [n x n] by Cholesky, in place of M; 0 when M is not positive
   definite. */
int ls_solve(size_t n, double *M, const double *b, double *x);

#endif
