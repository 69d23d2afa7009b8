/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file tau2_profile.h  What an analysis says about every value of tau2. */
#ifndef TQ_REPORT_TAU2_PROFILE_H
#define TQ_REPORT_TAU2_PROFILE_H

#include "report/analysis.h"

/**
 * tq_heterogeneity_profile() of the studies and the model of an analysis.
 *
 * @param[in]  tau2  [n] >= 0.
 * @param[out] ll    [n]
 * @param[out] Q     [n]
 * @retval TQ_EDATA   The model has no tau2 that is estimated from effects, has user weights, or has
 *                    studies without an effect.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_analysis_tau2_profile(const tq_analysis *a, size_t n, const double *tau2,
                                          double *ll, double *Q, tq_error *err);

#endif
