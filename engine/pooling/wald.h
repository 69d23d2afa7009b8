/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file wald.h  Tests of linear combinations of the coefficients of a fitted model. */
#ifndef TQ_POOLING_WALD_H
#define TQ_POOLING_WALD_H

#include "pooling/pool.h"

/** A linear combination c'beta with its test of c'beta = rhs and its interval. */
typedef struct {
    double est, se;
    double stat, df, pval; /* of est - rhs; df NaN for z */
    double ci_lb, ci_ub;   /* of est */
} tq_linear;

/**
 * c'beta under the test that the fit uses: normal, t on k - p (Knapp-Hartung covariance where
 * asked for), or t on the Kenward-Roger degrees of freedom of c.
 * @param[in] c  [p]; all 0 gives an estimate of 0 without a test (NaN).
 */
TQ_API void tq_pool_linear(const tq_pool *fit, const double *c, double rhs, tq_linear *out);

/** A joint test: chi-square on df1 (df2 NaN), or F on df1 and df2. */
typedef struct {
    double stat, df1, df2, pval;
} tq_wald;

/**
 * Wald test of L beta = rhs for m combinations: chi-square for z, F for t and Knapp-Hartung, the F
 * test of Kenward & Roger (1997), Biometrics 53:983-997, for kr.
 *
 * @param[in]  L     [m x p] column by column (m rows, one per combination), 1 <= m <= p.
 * @param[in]  rhs   [m], or NULL: all 0.
 * @param[in]  work  From tq_pool_work_new() for at least p coefficients.
 * @param[out] out   NaN (df1 = m) where the covariance has collapsed: Knapp-Hartung with a perfect fit.
 * @retval TQ_EINVAL  m is 0 or above p, or the combinations are linearly dependent.
 */
TQ_API tq_status tq_pool_wald(const tq_pool *fit, size_t m, const double *L, const double *rhs,
                              tq_pool_work *work, tq_wald *out, tq_error *err);

/** The same test that the coefficients column[n] (0-based, each once) are all 0. */
TQ_API tq_status tq_pool_wald_columns(const tq_pool *fit, size_t n, const size_t *column,
                                      tq_pool_work *work, tq_wald *out, tq_error *err);

#endif
