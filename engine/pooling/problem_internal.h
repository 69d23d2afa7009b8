/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file problem_internal.h  A model made ready for the kernels, and the sums they evaluate. */
#ifndef TQ_POOLING_PROBLEM_INTERNAL_H
#define TQ_POOLING_PROBLEM_INTERNAL_H

#include "pooling/pool.h"

/*
 * The model in the kernels' own units: vi divided by 4^exponent, yi (less a shift) by 2^exponent,
 * so that squares and cubes of weights neither overflow nor underflow; powers of two make this
 * exact. The most precise study stands first and, with an intercept, the effects are taken relative
 * to it: when one study holds almost all weight, sums over the others then keep their accuracy.
 * With moderators Q is the orthonormal basis of X = Q R, and problem_basis.c keeps the accuracy.
 */
struct tq_pool_work {
    size_t k_max, p_max;
    size_t k, p;
    int mean_only; /* 1: the design is the constant 1 alone; Q and R are not used */
    int intercept; /* 1: the constant 1 stands first in the design */
    double *y, *v; /* [k] scaled, first study the most precise */
    double *w;     /* [k] weights of the last evaluation */
    double *a;     /* [k] other weights (user weights, moment weights) */
    double *u, *r; /* [k] scratch, residuals */
    double *e,
        *h; /* [k] weights of the studies that are not pivots (else 0), their leverage / weight */
    double *Q, *Z;          /* [k x p] design in the orthonormal basis, in that of the pivots */
    size_t *pivot;          /* [p] studies that are unit vectors of Z */
    double det;             /* 1 / |T| */
    int has_basis;          /* 1: Z, T, pivot and det belong to this problem */
    int has_leverages;      /* 1: h belongs to the last fit */
    double *R, *T;          /* [p x p] X = Q R, Z = Q T */
    double *A, *E;          /* [p x p] (Z'WZ)^-1, the block of P of the pivots */
    double *S, *B, *C, *D;  /* [p x p] scratch */
    double *beta, *b1, *b2; /* [p] */
    size_t first;           /* study of the caller that stands first (swapped with its study 0) */
    double shift;           /* subtracted from yi */
    int exponent;
    double v_min, v_max;
    double spread;   /* sum of squares of y around its unweighted fit */
    double residual; /* sum wi ri^2 around the coefficients of the fit */
    double *block;
};

/** Check the model and load it. @retval TQ_EINVAL, TQ_EDATA as tq_pool_fit(). */
tq_status problem_load(tq_pool_work *g, const tq_model *model, tq_error *err);

/** Sum of squares around the unweighted fit: y'y less the part that the basis Q explains. For g->spread,
    which must follow when y or Q change. */
double problem_spread(tq_pool_work *g);

/** 1 when the design is the constant 1 alone. */
int problem_mean_only(const tq_model *model);

/** Copy the caller's weights [k] into g->a, in the kernels' order. */
void problem_weights(tq_pool_work *g, const double *weights);

/*
 * Quantities at one value t of tau2, with wi = 1/(vi + t), W = diag(wi),
 * P = W - W X (X'WX)^-1 X'W, r = y - X beta.
 */
typedef struct {
    double sw;  /* sum wi */
    double sw2; /* sum wi^2 */
    double Q;   /* y'Py, the residual sum of squares */
    double yPPy;
    double trP;
    double trPP;    /* details only */
    double yPPPy;   /* details only */
    double logdetA; /* log |Q'WQ| for the orthonormal design (p = 1, intercept: log sum wi) */
} problem_sums;

/* What an evaluation is to give besides sw, sw2, Q, yPPy and logdetA: traces are dear with moderators. */
typedef enum {
    SUMS_TRACE,  /* trP */
    SUMS_DETAIL, /* trP, trPP, yPPPy */
    SUMS_PLAIN   /* nothing: trP is not to be read */
} problem_detail;

/** Evaluate at t >= 0. Leaves w in g and, with the intercept alone, the mean (kernel units) in beta. A
    design that is singular under the weights gives NaN in every field. */
void problem_evaluate(tq_pool_work *g, double t, problem_detail detail, problem_sums *s);

/*
 * Quantities of a quadratic form with fixed weights ai (in g->a) and variances vi + t:
 * P = A - A X (X'AX)^-1 X'A, Q = y'Py, V = diag(vi).
 */
typedef struct {
    double Q, trP, trPV, trPP, trPVP, trPVPV;
} problem_form;

void problem_quadratic_form(tq_pool_work *g, problem_form *f);

/*
 * problem_basis.c: least squares with weights w[k], in a basis in which the heaviest studies are unit
 * vectors (pivots), so that no spread of weights costs accuracy.
 */

/** Z, T, det and the pivots for weights w. 0 when the weighted design is singular. */
int problem_basis(tq_pool_work *g, const double *w);

/** Fit y: the basis, then A, E, e, h, the residuals r, and the fitted values at the pivots in b1.
    *logdet, unless NULL, gets log |Q'WQ|. 0 when the weighted design is singular. */
int problem_regress(tq_pool_work *g, const double *w, double *logdet);

/** Residuals out[k] of any x[k] in the basis of the last fit; fitted values at the pivots in b1. */
void problem_residuals(tq_pool_work *g, const double *w, const double *x, double *out);

/** tr(P D) and tr(P D1 P D2) for P of the last fit, its weights w and diagonal D; NULL: identity. */
double problem_trace(tq_pool_work *g, const double *d);
double problem_trace_pair(tq_pool_work *g, const double *w, const double *d1, const double *d2);

/** sum log(vi + t), in kernel units. */
double problem_log_variances(const tq_pool_work *g, double t);

/** Kernel units to the caller's: tau2 and yi. */
double problem_tau2_out(const tq_pool_work *g, double t);
double problem_tau2_in(const tq_pool_work *g, double tau2);

#endif
