/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file points.h  Where the studies of an analysis stand in the plots that have a point for each. */
#ifndef TQ_REPORT_POINTS_H
#define TQ_REPORT_POINTS_H

#include "diagnostics/study_plots.h"
#include "report/analysis.h"

/** tq_radial_points() of the studies; NaN for those without an effect. out[k]. @retval TQ_ENOMEM */
TQ_API tq_status tq_analysis_radial(const tq_analysis *a, tq_point *out, tq_error *err);

/**
 * tq_labbe_points() of the studies.
 * @param[out] out    [k]
 * @param[out] scale  Of the counts, for tq_labbe_line().
 * @retval TQ_EDATA  The measure does not compare risks or rates, or the sheet has no events and totals.
 */
TQ_API tq_status tq_analysis_labbe(const tq_analysis *a, tq_point *out, tq_count_scale *scale,
                                   tq_error *err);

#endif
