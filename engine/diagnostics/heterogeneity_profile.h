/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file heterogeneity_profile.h  What the data say about every value of tau2. */
#ifndef TQ_DIAGNOSTICS_HETEROGENEITY_PROFILE_H
#define TQ_DIAGNOSTICS_HETEROGENEITY_PROFILE_H

#include "pooling/pool.h"

/**
 * The (restricted, by the method) log-likelihood maximised over the coefficients, and the generalised Q
 * statistic  sum (yi - xi'b)^2 / (vi + tau2)  with b fitted at that tau2, whose chi-square quantiles on
 * k - p df are the limits of the Q-profile interval: Viechtbauer (2007), Stat. Med. 26:37-52.
 *
 * @param[in]  opt   A random-effects method; user weights are not looked at.
 * @param[in]  tau2  [n] >= 0.
 * @param[out] ll    [n]
 * @param[out] Q     [n]
 * @retval TQ_ENOMEM  Or what tq_pool_fit() returns.
 */
TQ_API tq_status tq_heterogeneity_profile(const tq_model *model, const tq_pool_options *opt,
                                          size_t n, const double *tau2, double *ll, double *Q,
                                          tq_error *err);

#endif
