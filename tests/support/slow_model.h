/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file slow_model.h  The pooled model once more: explicit k x k matrices in long double. */
#ifndef TQ_TESTS_SLOW_MODEL_H
#define TQ_TESTS_SLOW_MODEL_H

#include "pooling/model.h"

enum { SLOW_MAX = 40 };

typedef long double slow_matrix[SLOW_MAX][SLOW_MAX];

/*
 * Everything goes by contrasts: with a full set of k - p contrasts L (L X = 0), P = L'(L A^-1 L')^-1 L
 * for weights A, and the restricted likelihood is the likelihood of Ly. No step subtracts numbers
 * that are nearly equal, whatever the spread of the variances. Needs all weights > 0.
 */

/** P = A - AX (X'AX)^-1 X'A for A = diag(a). */
void slow_projection(const tq_model *m, const long double *a, slow_matrix P);
/** The same with ai = 1/(vi + tau2). */
void slow_projection_at(const tq_model *m, long double tau2, slow_matrix P);
/** y'Py. */
long double slow_form(const tq_model *m, slow_matrix P);
/** tr(P D1 P D2) for diagonal D1, D2 given by their entries. */
long double slow_trace(size_t k, slow_matrix P, const long double *d1, const long double *d2);
/** tr(P D). */
long double slow_trace1(size_t k, slow_matrix P, const long double *d);

/** y'P(tau2)y with ai = 1/(vi + tau2). */
long double slow_Q(const tq_model *m, long double tau2);
/** REML (restricted) or ML log-likelihood with all its constants; REML includes log|X'X| / 2. */
long double slow_loglik(const tq_model *m, int restricted, long double tau2);
/** Its derivative. */
long double slow_score(const tq_model *m, int restricted, long double tau2);

/** Generalised least squares with weights a: beta[p] and cov[p x p] = (X'AX)^-1. */
void slow_least_squares(const tq_model *m, const long double *a, long double *beta,
                        slow_matrix cov);

/** Eigenvalues of D^1/2 P D^1/2, those of the form y'Py for Var(yi) = di, in falling order. */
void slow_eigenvalues(size_t k, slow_matrix P, const long double *d, long double *lambda);
/** P(sum lambda_j chi2_1 <= q) for n positive lambda, as a mixture of chi-squares. */
double slow_mixture_cdf(size_t n, const long double *lambda, double q);

#endif
