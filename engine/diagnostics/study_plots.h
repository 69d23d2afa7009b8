/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file study_plots.h  Where studies stand in the plots that have a point for each of them. */
#ifndef TQ_DIAGNOSTICS_STUDY_PLOTS_H
#define TQ_DIAGNOSTICS_STUDY_PLOTS_H

#include "pooling/pool.h"

/** A point of a plot; NaN where the study has none. */
typedef struct {
    double x, y;
} tq_point;

/**
 * Radial plot: Galbraith (1988), Stat. Med. 7:889-894. x = 1 / sqrt(vi + tau2), y = yi x: the line through
 * the origin with the slope of the pooled effect has studies about it with variance 1.
 * @param[out] out  [k]
 */
TQ_API void tq_radial_points(const tq_model *model, const tq_pool *fit, tq_point *out);

/**
 * L'Abbe plot: L'Abbe, Detsky & O'Rourke (1987), Ann. Intern. Med. 107:224-233. x is the risk (rate) of
 * group 2, y that of group 1, as observed.
 * @param[out] out  [k]; NaN without persons (time), or where the counts of a study are not known.
 * @retval TQ_EINVAL  Counts of one group.
 */
TQ_API tq_status tq_labbe_points(const tq_counts *counts, size_t k, tq_point *out, tq_error *err);

/**
 * The line of an effect in the L'Abbe plot: the risk (rate) of group 1 where group 2 has `risk`.
 * @param[in] effect  On the analysis scale: a log odds ratio, a log risk ratio, a difference, ...
 * NaN for scales of one group, and where the result is no risk.
 */
TQ_API double tq_labbe_line(tq_count_scale scale, double effect, double risk);

/**
 * Normal quantile plot of residuals: x = Phi^-1((rank - a) / (n + 1 - 2a)) with a = 3/8 up to 10 values
 * (Blom 1958, Statistical Estimates and Transformed Beta-variables), 1/2 beyond; y = the value.
 * @param[in]  value  [k]; NaN are left out.
 * @param[out] out    [k] in the order of the values given; NaN for NaN.
 */
TQ_API void tq_normal_points(const double *value, size_t k, tq_point *out);

/**
 * Two-sided p-values of the hypotheses that the effect is at[n], from an estimate with its standard
 * error and degrees of freedom (NaN: normal). out[n]; NaN throughout for an estimate that is not finite.
 */
TQ_API void tq_p_value_function(double est, double se, double df, size_t n, const double *at,
                                double *out);

#endif
