/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layouts of the kinds of figures. */
#ifndef TQ_REPORT_FIGURE_PLOT_INTERNAL_H
#define TQ_REPORT_FIGURE_PLOT_INTERNAL_H

#include "report/figure/chart_internal.h"
#include "report/figure/plot.h"

typedef tq_status plot_chart(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                             tq_error *err);

plot_chart plot_funnel, plot_bubble;

/** The block that colours the points, or NULL. */
const tq_block *plot_block(const tq_analysis *a, const tq_plot_options *opt);
/** Radii of the studies, their areas in proportion to the weights; [k], NULL when memory is short. */
double *plot_radii(chart_maker *m);
/** The limits asked for on the analysis scale. @retval 0  None were. */
int plot_limits(const tq_analysis *a, const tq_plot_options *opt, chart_range *out);

#endif
