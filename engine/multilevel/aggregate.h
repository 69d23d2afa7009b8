/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file aggregate.h  Dependent effects combined into one for each cluster. */
#ifndef TQ_MULTILEVEL_AGGREGATE_H
#define TQ_MULTILEVEL_AGGREGATE_H

#include "multilevel/block_matrix.h"

/**
 * One effect for each block of V.
 *
 * Weighted: yi = 1'V^-1 y / 1'V^-1 1 with variance 1 / 1'V^-1 1, the estimate of least variance (Gleser &
 * Olkin 2009, in Cooper, Hedges & Valentine, Handbook of Research Synthesis, 2nd ed., ch. 19); weights may
 * be negative where a precise effect correlates highly with another. Not: the mean, with variance
 * 1'V 1 / n^2 (Borenstein et al. 2009, Introduction to Meta-Analysis, eq. 24.6).
 *
 * @param[in]  V       Positive definite (tq_covariance_check()).
 * @param[in]  yi      [V->k] finite.
 * @param[out] yi_out  [V->n_blocks]. @param[out] vi_out  [V->n_blocks].
 * @param[out] weight  [V->k] of each effect in that of its block: they add up to 1; NULL: not wanted.
 * @retval TQ_EDATA   A block is not positive definite (err->row: its first row).
 * @retval TQ_ENOMEM  Outputs are unspecified after either.
 */
TQ_API tq_status tq_aggregate(const tq_block_matrix *V, const double *yi, int weighted,
                              double *yi_out, double *vi_out, double *weight, tq_error *err);

#endif
