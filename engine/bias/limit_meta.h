/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file limit_meta.h  Limit meta-analysis: the effect that studies of infinite precision would show. */
#ifndef TQ_BIAS_LIMIT_META_H
#define TQ_BIAS_LIMIT_META_H

#include "bias/adjusted.h"
#include "pooling/pool.h"

/** Plain data; the arrays belong to the struct (tq_limit_meta_free). */
typedef struct {
    size_t k;
    double level, tau2;
    double alpha, se_alpha; /* bias: shift of a standardised effect of a study without precision */
    double beta, se_beta;   /* slope of the generalised radial plot */
    tq_adjusted unadjusted; /* the pooled effect of the model */
    tq_adjusted beta0;      /* expectation at infinite precision, beta + tau alpha */
    tq_adjusted betalim;    /* slope of the radial plot of the shrunken effects */
    tq_adjusted mulim;      /* equal-effects mean of the shrunken effects */
    tq_statistic Q;         /* heterogeneity: k - 1 degrees of freedom */
    tq_statistic Q_small;   /* what small-study effects explain of it: 1 */
    tq_statistic Q_resid;   /* what they leave: k - 2 */
    double G2;              /* percent of the spread of shrunken effects that they leave */
    double *yi, *ci_lb, *ci_ub; /* [k] shrunken effects, with the studies' own standard errors */
} tq_limit_meta;

/**
 * Limit meta-analysis. With the heterogeneity of the model, si^2 = vi + tau2, and
 *
 *     yi = beta + si (alpha + ei),   ei ~ N(0, 1),
 *
 * alpha is the bias of small studies: intercept of the regression of yi / si on 1 / si, whose slope is
 * beta. Were every study infinitely precise, its effect would be
 *
 *     beta + tau (alpha + ei) = beta + tau / si (yi - beta),
 *
 * the shrunken effects. Three estimates follow: their expectation beta0, with the standard error that
 * the regression gives it; the slope betalim and the mean mulim of a radial plot of the shrunken
 * effects against the standard errors of the studies. Variances are those of the model, not estimated
 * from residuals. G2 = 1 - r2 of that last radial plot.
 *
 * @param[in]  model       Without moderators and counts.
 * @param[in]  opt         Of the model, for tau2; NULL: the defaults.
 * @param[in]  null_value  Effect of no effect, for the tests.
 * @param[out] out         To be freed with tq_limit_meta_free(); untouched on failure.
 * @retval TQ_EINVAL  As tq_pool_fit(); moderators; a method that pools counts; user weights.
 * @retval TQ_EDATA   As tq_pool_fit(); fewer than three studies; standard errors that are all equal.
 * @retval TQ_ENOCONV, TQ_ENOMEM
 * Source: Ruecker, Schwarzer, Carpenter, Binder & Schumacher (2011), Biostatistics 12:122-142.
 */
TQ_API tq_status tq_limit_meta_fit(const tq_model *model, const tq_pool_options *opt,
                                   double null_value, tq_limit_meta **out, tq_error *err);
TQ_API void tq_limit_meta_free(tq_limit_meta *limit);

#endif
