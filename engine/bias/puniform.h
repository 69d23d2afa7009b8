/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file puniform.h  p-uniform and p-uniform*: the effect under which conditional p-values are uniform. */
#ifndef TQ_BIAS_PUNIFORM_H
#define TQ_BIAS_PUNIFORM_H

#include "bias/adjusted.h"
#include "bias/significance.h"

/** Start from tq_puniform_defaults() and change fields. */
typedef struct {
    tq_favour favour;  /* side on which results count as significant; default: that of the mean */
    double alpha;      /* two-sided level; default 0.05 */
    double null_value; /* effect of no effect; default 0 */
} tq_puniform_options;

TQ_API tq_puniform_options tq_puniform_defaults(void);

enum { TQ_PUNIFORM_WHY = 160 };

/** Plain data, nothing to free. What does not exist is NaN; why it does not stands beside it. */
typedef struct {
    size_t k, significant; /* studies, those significant on the favoured side */
    int greater;           /* 1: large effects are favoured */
    double level, alpha;

    /* p-uniform: of the significant studies */
    double est, ci_lb, ci_ub;
    tq_statistic effect; /* stat: z of the sum of conditional p at no effect; one-sided */
    tq_statistic bias;   /* the same at the equal-effects mean of all studies: publication bias */
    char why[TQ_PUNIFORM_WHY]; /* why there is no estimate; empty: there is one */

    /* p-uniform*: of all studies, by maximum likelihood */
    double star_est, star_lb, star_ub; /* interval by profile likelihood; infinite: no limit */
    double star_tau2, star_tau2_lb, star_tau2_ub;
    double star_ll;
    tq_statistic star_effect; /* likelihood ratio test of no effect */
    tq_statistic
        star_tau2_test; /* and of tau2 = 0, at 1 degree of freedom, which errs on the safe side */
    tq_statistic star_bias; /* and of the estimates of the model without selection, 2 df */
    char star_why[TQ_PUNIFORM_WHY];

    tq_adjusted equal_effects;  /* of all studies, for comparison */
    tq_adjusted random_effects; /* by maximum likelihood */
    double random_tau2;
} tq_puniform;

/**
 * p-uniform: with ci the smallest significant effect of study i, its conditional p-value
 *
 *     qi(mu) = P(Y >= yi) / P(Y >= ci),   Y ~ N(mu, vi),
 *
 * is uniform at the true mu. The estimate has sum qi = n / 2, the limits quantiles of the sum of n uniform
 * variables (Irwin-Hall). One effect for all is assumed: heterogeneity makes it too large.
 *
 * p-uniform*: the likelihood of all studies, each given that it is, or is not, significant,
 *
 *     log L = sum log phi(yi; mu, vi + tau2) - log P(Y on the side of ci where yi lies).
 *
 * @param[in]  model  Without moderators and counts.
 * @param[in]  level  Of intervals, percent.
 * @retval TQ_EINVAL  Moderators; level or an option outside its range.
 * @retval TQ_EDATA   A yi or vi outside its range; fewer than two studies. An estimate that does not exist
 *                    is a result with its why.
 * @retval TQ_ENOMEM
 * Sources: van Assen, van Aert & Wicherts (2015), Psychol. Methods 20:293-309; van Aert, Wicherts & van Assen
 * (2016), Perspect. Psychol. Sci. 11:713-729; van Aert & van Assen (2026), Psychon. Bull. Rev. 33.
 */
TQ_API tq_status tq_puniform_find(const tq_model *model, double level,
                                  const tq_puniform_options *puniform, tq_puniform *out,
                                  tq_error *err);

/** P(sum of n independent uniform variables on (0, 1) <= x). */
TQ_API double tq_irwin_hall(double x, size_t n);

#endif
