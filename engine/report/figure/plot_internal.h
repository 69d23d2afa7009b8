/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layouts of the kinds of figures. */
#ifndef TQ_REPORT_FIGURE_PLOT_INTERNAL_H
#define TQ_REPORT_FIGURE_PLOT_INTERNAL_H

#include "diagnostics/study_plots.h"
#include "report/figure/chart_internal.h"
#include "report/figure/plot.h"

typedef tq_status plot_chart(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                             tq_error *err);

plot_chart plot_funnel, plot_bubble, plot_radial, plot_labbe, plot_baujat, plot_qq,
    plot_caterpillar, plot_drapery, plot_influence, plot_profile, plot_qprofile, plot_sequential,
    plot_specifications, plot_gosh, plot_rainforest, plot_copas, plot_pcurve, plot_significance,
    plot_weights, plot_fail_safe, plot_rho, plot_cluster_influence;

/** Places of the studies; x[k] and y[k], NULL when memory is short. */
typedef struct {
    double *x, *y;
} plot_points;

/** Points taken apart; at may be NULL. */
plot_points plot_split(chart_maker *m, const tq_point *at);
/** "Vega 2015: risk 0.41, size 0.57"; names NULL: the label alone. [k], NULL when memory is short. */
const char *const *plot_hints(chart_maker *m, const plot_points *p, const char *x, const char *y);
/** chart_end(), or what a status says. */
tq_status plot_end(chart_maker *m, tq_status status, tq_chart **out, tq_error *err);

/** The block that colours the points, or NULL. */
const tq_block *plot_block(const tq_analysis *a, const tq_plot_options *opt);
/** Radii of the studies, their areas in proportion to the weights; [k], NULL when memory is short. */
double *plot_radii(chart_maker *m);
/** The limits asked for on the analysis scale. @retval 0  None were. */
int plot_limits(const tq_analysis *a, const tq_plot_options *opt, chart_range *out);

#endif
