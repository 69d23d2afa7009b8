/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file comparison.h  Models of the same studies side by side, with likelihood-ratio tests. */
#ifndef TQ_MODERATORS_COMPARISON_H
#define TQ_MODERATORS_COMPARISON_H

#include "moderators/model_selection.h"

typedef enum {
    TQ_NOT_NESTED,
    TQ_REDUCED,  /* its columns span part of those of the reference */
    TQ_EXTENDED, /* the other way round */
    TQ_SAME      /* both span the same */
} tq_nesting;

/** "no", "reduced", "extended", "same". */
TQ_API const char *tq_nesting_name(tq_nesting nesting);

typedef struct {
    size_t p;
    double ll, AIC, AICc, BIC, QE, tau2, R2;
    double delta, weight; /* by the criterion, among the models compared */
    tq_nesting nesting;   /* to the reference */
    double LRT, df, pval; /* against the reference; NaN unless reduced or extended */
} tq_compared;

/**
 * Whether the columns of one model lie within those of another; yi and vi are not read.
 *
 * @param[in]  reference  With the k of `a`.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_nesting_of(const tq_model *a, const tq_model *reference, tq_nesting *out,
                               tq_error *err);

/**
 * Fit n models to the same studies, options as tq_likelihood_options() makes them, and compare each
 * with the first: LRT = 2 |ll - ll of the first|, chi-square on the difference in coefficients.
 *
 * @param[in]  model  [n] with the same k, yi and vi.
 * @param[out] out    [n]
 * @retval TQ_EINVAL  As tq_likelihood_options(); models of different numbers of studies.
 * @retval TQ_EDATA, TQ_ENOCONV  As tq_pool_fit(); err->row is then the number of the model.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_compare(size_t n, const tq_model *model, const tq_pool_options *pool,
                            tq_criterion criterion, tq_compared *out, tq_error *err);

#endif
