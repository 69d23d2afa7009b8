/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file eigen.h  Eigenvalues of small symmetric matrices, and functions of such matrices. */
#ifndef TQ_LINALG_EIGEN_H
#define TQ_LINALG_EIGEN_H

#include <stddef.h>

/**
 * A = Q diag(d) Q' for the symmetric A[n x n]. Up to 64 rows by Jacobi rotations: each eigenvalue of a
 * positive definite matrix comes out to its own size, however small it is beside the largest. Beyond, by
 * tridiagonalisation and QL, to rounding beside the largest, and closer where sizes go with rows.
 * @param[in,out] A  Finite; overwritten.
 * @param[out]    Q  [n x n] orthonormal columns.
 * @param[out]    d  [3 n]: the first n, in no order; the rest is scratch.
 */
void tq_eigen_symmetric(size_t n, double *A, double *Q, double *d);

/**
 * B[n x n] = A^power of the symmetric, positive semidefinite A on the space where it is above 0, 0
 * elsewhere: a power of the generalised inverse where power < 0. An eigenvalue with vector q counts as 0 up to
 * n * 1e-10 of what it would be, were A diagonal: small units of some rows do not make them vanish.
 * @param[in,out] A  Overwritten. @param[out] Q [n x n], d [4 n]  Scratch. B may be A.
 * @return Rank of A.
 */
size_t tq_power_symmetric(size_t n, double *A, double power, double *Q, double *d, double *B);

#endif
