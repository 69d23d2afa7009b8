/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file influence.h  What each study does to the model: case deletion diagnostics. */
#ifndef TQ_DIAGNOSTICS_INFLUENCE_H
#define TQ_DIAGNOSTICS_INFLUENCE_H

#include "diagnostics/residuals.h"

/** Of one study; NaN where the model cannot be fitted without it. */
typedef struct {
    double dffits;   /* change of its fitted value, in standard errors */
    double cook_d;   /* Cook's distance: (b - b(-i))' Var(b)^-1 (b - b(-i)) */
    double cov_r;    /* |Var(b(-i))| / |Var(b)| */
    double QE_del;   /* residual heterogeneity without it */
    double weight;   /* percent of the sum */
    double baujat_x; /* its contribution to heterogeneity: squared Pearson residual */
    double baujat_y; /* its influence: squared change of its fitted value over Var(x'b(-i)) */
    int influential; /* 1: see tq_influence_limits */
} tq_influence_row;

/** From where on a study counts as influential: any of these is enough. */
typedef struct {
    double dffits; /* |dffits| above 3 sqrt(p / (k - p)) */
    double cook_d; /* Cook's distance above the median of chi-square on p df */
    double hat;    /* leverage above 3 p / k */
    double dfbs;   /* any |dfbs| above 1 */
} tq_influence_limits;

/** Plain data; the arrays belong to the struct (tq_influence_free). */
typedef struct {
    size_t k, p;
    tq_residual *residual; /* [k] hat, rstudent, tau2_del among them */
    tq_influence_row *row; /* [k] */
    double *dfbs; /* [k x p] study by study: change of each coefficient, in standard errors */
    tq_influence_limits limits;
} tq_influence;

/**
 * Influence of every study on the model, with moderators or without: Viechtbauer & Cheung (2010),
 * Res. Synth. Methods 1:112-125, after Belsley, Kuh & Welsch (1980), Regression Diagnostics. With
 * b(-i) and tau2(-i) of the model without study i, W(-i) = diag(1 / (vj + tau2(-i))) over all studies:
 *
 *     dffits = xi'(b - b(-i)) / sqrt(hi (vi + tau2(-i))),
 *     dfbs_j = (bj - bj(-i)) / sqrt((X'W(-i)X)^-1_jj),
 *
 * each standard error times the Knapp-Hartung factor of the model without i where that test is in use.
 * With weights other than inverse variances the variances are those of these weights. Baujat et al.
 * (2002), Stat. Med. 21:2641-2652. tau2 is estimated anew without each study; where it is known, all of
 * it follows from the fit itself.
 *
 * @param[in]  model     Methods that pool effects.
 * @param[in]  fit       tq_pool_fit(model, opt).
 * @param[in]  threads   0: one per processor. Never changes the result.
 * @param[in]  progress  Or NULL.
 * @param[out] out       To be freed with tq_influence_free(); untouched on failure.
 * @retval TQ_EINVAL  A method that pools counts: its estimate has no leverages.
 * @retval TQ_EDATA   One study, or a singular weighted design.
 * @retval TQ_EINTR   progress asked to stop.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_influence_of(const tq_model *model, const tq_pool_options *opt,
                                 const tq_pool *fit, size_t threads, const tq_progress *progress,
                                 tq_influence **out, tq_error *err);
TQ_API void tq_influence_free(tq_influence *influence);

#endif
