/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sparse_cholesky.h  Large sparse symmetric matrices: factor, solutions, part of the inverse. */
#ifndef TQ_LINALG_SPARSE_CHOLESKY_H
#define TQ_LINALG_SPARSE_CHOLESKY_H

#include <stddef.h>

#include "core/status.h"

/** The factor of matrices of one pattern; opaque, for one thread at a time. */
typedef struct tq_sparse tq_sparse;

/** Whether there is CHOLMOD here, by which all of it is done. Safe from any thread. */
int tq_sparse_available(void);
/** The Debian package that has it: "libcholmod3". */
const char *tq_sparse_package(void);

/**
 * Order the rows so that the factor fills little (approximate minimum degree), and lay the factor out, once for
 * all matrices of a pattern. Chen, Davis, Hager & Rajamanickam (2008), ACM Trans. Math. Softw. 35(3):22.
 * @param[in]  start  [n + 1] column j has the rows row[start[j]] .. row[start[j + 1] - 1]: increasing, the
 *                    diagonal first, nothing above it. @param[in] row  [start[n]]. Both are copied.
 * @param[out] out    To be freed with tq_sparse_free().
 * @retval TQ_EINVAL  CHOLMOD is not installed. @retval TQ_ENOMEM  The factor does not fit in memory.
 */
tq_status tq_sparse_new(size_t n, const size_t *start, const size_t *row, tq_sparse **out,
                        tq_error *err);
/** NULL is fine. */
void tq_sparse_free(tq_sparse *s);

/** Factor the matrix of the values [start[n]]; *log_det gets log |A|. 0: not positive definite, or out of memory. */
int tq_sparse_factor(tq_sparse *s, const double *value, double *log_det);
/** B[n x m] := A^-1 B. 0: out of memory. */
int tq_sparse_solve(tq_sparse *s, size_t m, double *B);
/**
 * value[start[n]] = the elements of A^-1 where A has its own; elsewhere they are not computed, for which
 * Takahashi, Fagan & Chin (1973), 8th PICA Conf. Proc. 63-69, needs no more than the pattern of the factor.
 * 0: out of memory.
 */
int tq_sparse_inverse(tq_sparse *s, double *value);

#endif
