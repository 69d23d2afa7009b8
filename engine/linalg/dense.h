/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file dense.h  Small dense matrices, column by column: Gram matrices, Cholesky, QR. */
#ifndef TQ_LINALG_DENSE_H
#define TQ_LINALG_DENSE_H

#include <stddef.h>

#include "core/status.h"

/** G[p x p] = X' diag(w) X for X[k x p]; both triangles are written. w NULL: all 1. */
void tq_gram(size_t k, size_t p, const double *X, const double *w, double *G);

/** h[k] = diag(X A X') for symmetric A[p x p]. */
void tq_row_forms(size_t k, size_t p, const double *X, const double *A, double *h);

/** Rows of X[k x p] to be taken at a time; 0: the design is too small to gain from blocks. */
size_t tq_block_rows(size_t k, size_t p);

/** out[n] -= X b for n rows of a matrix whose columns stand `ld` apart. */
void tq_subtract_product(size_t n, size_t p, const double *X, size_t ld, const double *b,
                         double *out);

/** out[p] += X' diag(w) y for n rows of a matrix whose columns stand `ld` apart. */
void tq_add_cross(size_t n, size_t p, const double *X, size_t ld, const double *w, const double *y,
                  double *out);

/** out[p] = X' diag(w) y. w NULL: all 1. */
void tq_cross(size_t k, size_t p, const double *X, const double *w, const double *y, double *out);

/**
 * Invert the symmetric positive definite A[p x p] in place, both triangles; *logdet gets log|A|.
 * @retval TQ_EDATA  Not positive definite (err has no row).
 */
tq_status tq_invert_spd(size_t p, double *A, double *logdet, tq_error *err);

/** tr(A B) for symmetric A, B [p x p]. */
double tq_trace_product(size_t p, const double *A, const double *B);

/** x' A y for A[p x p]. */
double tq_bilinear(size_t p, const double *x, const double *A, const double *y);

/** C[p x p] = A B. C may not be A or B. */
void tq_multiply(size_t p, const double *A, const double *B, double *C);

/**
 * Thin QR of X[k x p] in place: X becomes Q with orthonormal columns, R[p x p] upper triangular.
 * tau[p] is scratch. @retval TQ_EDATA  Column err->row is a linear combination of those before it.
 */
tq_status tq_qr(size_t k, size_t p, double *X, double *R, double *tau, tq_error *err);

/** x[p] := R^-1 x, R upper triangular. */
void tq_solve_upper(size_t p, const double *R, double *x);

/** A[p x p] := R^-1 A R^-T, A symmetric. */
void tq_congruence_upper(size_t p, const double *R, double *A);

#endif
