/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file mean_bootstrap.h  Intervals of the pooled effect by the bootstrap of its fit. */
#ifndef TQ_MODERATORS_MEAN_BOOTSTRAP_H
#define TQ_MODERATORS_MEAN_BOOTSTRAP_H

#include "pooling/mean_interval.h"

/**
 * Parametric: effects from N(mu^, vi + tau2^), each refitted; the limits are mu^ - t* SE with the
 * quantiles of t* = (mu* - mu^) / SE*: Efron & Tibshirani (1993), An Introduction to the Bootstrap,
 * ch. 12. p is the share of samples with |t*| >= |t|, the fit itself counted in.
 *
 * Non-parametric: studies drawn with replacement; the quantiles of mu* at the levels
 * Phi(z0 + (z0 + z) / (1 - a (z0 + z))), where z0 is the normal score of the share of mu* below mu^ and
 * a the acceleration from the jackknife: Efron (1987), J. Am. Stat. Assoc. 82:171-185.
 *
 * @param[in]  model  Without moderators.
 * @param[in]  opt    What fit was made with.
 * @param[in]  how    Kind (TQ_CI_MU_BOOT_PARAM, TQ_CI_MU_BOOT_NONPARAM), samples, seed, threads.
 * @param[in]  fit    From tq_pool_fit(model, opt, ...).
 * @param[out] out    Written on TQ_OK; `why` where there is no interval.
 *
 * @retval TQ_EINVAL   As tq_mean_interval_check(); also another kind.
 * @retval TQ_ENOCONV  Most samples had no estimate.
 * @retval TQ_EINTR    progress asked to stop.
 * @retval TQ_ENOMEM
 *
 * The same for any number of threads.
 */
TQ_API tq_status tq_mean_bootstrap(const tq_model *model, const tq_pool_options *opt,
                                   const tq_mean_interval_options *how, const tq_pool *fit,
                                   tq_mean_interval *out, tq_error *err);

#endif
