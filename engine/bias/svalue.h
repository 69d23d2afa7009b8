/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file svalue.h  S-values: how much more likely affirmative studies must be seen to explain a result away. */
#ifndef TQ_BIAS_SVALUE_H
#define TQ_BIAS_SVALUE_H

#include "bias/adjusted.h"
#include "bias/significance.h"

enum { TQ_SVALUE_RATIOS = 32 };

/** Start from tq_svalue_defaults() and change fields. */
typedef struct {
    tq_favour favour; /* the direction of affirmative effects; default: that of the mean */
    double alpha;     /* two-sided level of an affirmative study; default 0.05 */
    double
        target; /* value to which the estimate or its limit is shifted; NaN (default): no effect */
    double null_value; /* effect of no effect; default 0 */
    double
        ratio[TQ_SVALUE_RATIOS]; /* >= 1, for which corrected estimates are given; default 1, 2, 5,
                                       10, 20, 50, 100 */
    size_t n_ratios;
} tq_svalue_options;

TQ_API tq_svalue_options tq_svalue_defaults(void);

/** Plain data, nothing to free. What does not exist is NaN. */
typedef struct {
    size_t k, affirmative; /* studies, those that are significant in the favoured direction */
    int greater;           /* 1: large effects are favoured */
    int robust;            /* 1: heterogeneity by weights, robust variance; 0: equal effects */
    double level, alpha, target, tau2;
    double svalue_est; /* ratio that shifts the estimate to the target; infinite: no ratio does;
                                 1: it is there or beyond */
    double svalue_ci;  /* the same of the confidence limit that is nearer to it */
    size_t n;
    double ratio[TQ_SVALUE_RATIOS];
    tq_adjusted corrected[TQ_SVALUE_RATIOS]; /* [n] for each ratio */
    tq_adjusted
        worst; /* nonaffirmative studies alone: the limit of large ratios; no such study: NaN */
} tq_svalue;

/**
 * Corrected for a selection that shows affirmative studies `ratio` times as often as others: nonaffirmative
 * studies weigh ratio times as much.
 *
 *     mu = sum ai wi yi / sum ai wi,   ai = 1 of affirmative studies, ratio of others.
 *
 * Equal effects (a method without tau2, such as EE): wi = 1 / vi, the variance that of this mean, and
 * k - 1 degrees of freedom (those of the studies that are left, for `worst`). Otherwise:
 * wi = 1 / (vi + tau2), tau2 that of the model for all studies, and the robust variance for independent
 * studies with the bias-reduced residuals of a working covariance vi, degrees of freedom by
 * Satterthwaite's method under equal variances, as the method's own program has them. The S-value of the
 * estimate is a closed form, that of the limit the smallest root on a grid of ratios from 1 to 10^6.
 *
 * @param[in]  model  Without moderators and counts.
 * @param[in]  opt    Of the model, for method, tau2 and level; NULL: the defaults.
 * @retval TQ_EINVAL  Moderators; a method that pools counts; an option outside its range.
 * @retval TQ_EDATA   A yi or vi outside its range; fewer than two studies.
 * @retval TQ_ENOCONV, TQ_ENOMEM
 * Sources: Mathur & VanderWeele (2020), Appl. Stat. 69:1091-1119, eq. 3.2 to 3.5; Tipton (2015), Psychol.
 * Methods 20:375-393, for the variance.
 */
TQ_API tq_status tq_svalue_find(const tq_model *model, const tq_pool_options *opt,
                                const tq_svalue_options *svalue, tq_svalue *out, tq_error *err);

#endif
