/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file curve.h  Predictions of a model along one of its moderators. */
#ifndef TQ_REPORT_CURVE_H
#define TQ_REPORT_CURVE_H

#include "report/analysis.h"

/**
 * Predict at values of one variable of --mods, the other variables at their mean over the studies
 * or at their reference level.
 *
 * @param[in]  variable  Index into a->design->variable and a->variable.
 * @param[in]  at        [n] values: numbers, or levels where the variable enters by levels alone.
 * @param[out] out       [n]; NaN throughout where a value is outside the domain of a function of the
 *                       formula (log of 0).
 * @retval TQ_EINVAL  No such variable, or no model with moderators.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_analysis_curve(const tq_analysis *a, size_t variable, size_t n,
                                   const tq_value *at, tq_prediction *out, tq_error *err);

#endif
