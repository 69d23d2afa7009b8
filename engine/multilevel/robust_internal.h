/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file robust_internal.h  What the clusters of a robust fit contribute. */
#ifndef TQ_MULTILEVEL_ROBUST_INTERNAL_H
#define TQ_MULTILEVEL_ROBUST_INTERNAL_H

#include "multilevel/robust.h"

/*
 * Of cluster i with rows X_i, T_i = W_i X, working covariance Phi_i, residuals e_i, and U_i = A_i'T_i:
 * the score U_i'e_i, and for CR2 what the distribution of V under the working model is made of. Matrices are
 * [p x p], those of cluster i at i p p.
 */
struct tq_robust_parts {
    size_t p, m;
    double factor;       /* that V is multiplied with; 1 for CR2 */
    const double *bread; /* B, of the struct's own memory */
    double *score;       /* [m x p], those of cluster i at i p */
    double *XU;          /* X_i'U_i */
    double *raw, *XT;    /* T_i'e_i, X_i'T_i: score and XU themselves but for CR2 */
    double *TPU, *UPU;   /* T_i'Phi_i U_i, U_i'Phi_i U_i; NULL but for CR2 */
    double *S;           /* sum of T_i'Phi_i T_i */
    double *own;         /* what all of it lies in */
};

/* robust_adjust.c: fills the parts. *deficient: clusters of deficient rank. */
tq_status robust_adjust(const tq_robust_problem *problem, tq_robust_type type, size_t threads,
                        tq_robust_parts *parts, size_t *deficient, tq_error *err);

/* Moments of C V C' under the working model for q combinations C[q x p]: its expectation [q x q], and the sum of
   the variances of its entries. room: robust_room(p, q). */
size_t robust_room(size_t p, size_t q);
double robust_moments(const tq_robust_parts *parts, size_t q, const double *C, double *expectation,
                      double *room);

/* V[p x p] of scores [m x p]. */
void robust_covariance(const tq_robust_parts *parts, const double *score, double *half, double *V);

/* Q = d'(C V C')^-1 d for d[q]; NaN where the matrix is singular. room: [q x p + q x q]. */
double robust_quadratic(size_t q, size_t p, const double *C, const double *V, const double *d,
                        double *room);

/* Whether q combinations of p coefficients can be tested together. room: [q x q]. */
tq_status robust_check(const tq_robust *robust, size_t q, const double *C, double *room,
                       tq_error *err);

#endif
