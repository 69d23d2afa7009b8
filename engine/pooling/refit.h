/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file refit.h  Fits of the same studies again and again: other signs, other orders of the design. */
#ifndef TQ_POOLING_REFIT_H
#define TQ_POOLING_REFIT_H

#include "pooling/pool.h"

/** The studies, loaded once. Opaque; one per thread. */
typedef struct tq_refit tq_refit;

/** Test statistics of a refit; they belong to the tq_refit and are overwritten by the next. */
typedef struct {
    const double *beta, *stat; /* [p]; a stat that does not exist is NaN */
    double QM;                 /* of the moderators; NaN without */
} tq_refit_result;

/**
 * @param[in]  model  Borrowed until the tq_refit is freed, with all that opt points to.
 * @param[in]  opt    Method, test, weights, fixed tau2 and tolerances count; NULL: the defaults.
 * @param[out] out    To be freed with tq_refit_free().
 * @retval TQ_EINVAL, TQ_EDATA  as tq_pool_fit(); TQ_EINVAL also for a method that pools counts.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_refit_new(const tq_model *model, const tq_pool_options *opt, tq_refit **out,
                              tq_error *err);
TQ_API void tq_refit_free(tq_refit *refit);

/**
 * From now on fit yi - delta X[i, column] in place of yi.
 * @retval TQ_EDATA  They are beyond the range of numbers.
 */
TQ_API tq_status tq_refit_shift(tq_refit *refit, size_t column, double delta, tq_error *err);

/**
 * Fit the effects times sign[k] (1 or -1).
 * @retval TQ_EDATA, TQ_ENOCONV  as tq_pool_fit().
 * Allocates nothing (the method HC excepted).
 */
TQ_API tq_status tq_refit_signs(tq_refit *refit, const signed char *sign, tq_refit_result *out,
                                tq_error *err);

/**
 * Fit a design whose i-th row is row row[i] of X; effects, variances and weights keep their places.
 * row must be a permutation of 0 .. k-1, or one up to rows of X that are equal: the basis of the
 * design, once orthonormal, is permuted with its rows. Errors and memory as tq_refit_signs().
 */
TQ_API tq_status tq_refit_rows(tq_refit *refit, const size_t *row, tq_refit_result *out,
                               tq_error *err);

#endif
