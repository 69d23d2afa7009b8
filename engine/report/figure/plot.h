/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file plot.h  The kinds of figures of an analysis, one row of a table each. */
#ifndef TQ_REPORT_FIGURE_PLOT_H
#define TQ_REPORT_FIGURE_PLOT_H

#include "report/figure/chart.h"

/** What a reader may ask of a figure; start from tq_plot_defaults(). */
typedef struct {
    tq_forest_options forest; /* block, limits and directions also serve the other kinds */
    int contours;             /* funnel: areas of significance, default 1 */
    const char *variable; /* bubble: the moderator on the axis; NULL: the first that is a number,
                                 else the first */
    const char *study;    /* gosh: models with it in another colour; NULL: none */
} tq_plot_options;

TQ_API tq_plot_options tq_plot_defaults(void);

/** Name ("funnel") of kind i and what it shows; NULL past the last. Kind 0 is the forest plot. */
TQ_API const char *tq_plot_name(size_t i);
TQ_API const char *tq_plot_summary(size_t i);
/** The same name; NULL from the first kind that multilevel models alone have. */
TQ_API const char *tq_plot_pooled_name(size_t i);
/** 1: a kind with two axes, for tq_plot_chart(); 0: a forest plot. */
TQ_API int tq_plot_has_axes(size_t i);

/**
 * Lay out a kind with two axes.
 * @param[out] out  To be freed with tq_chart_free(); borrows texts of the analysis.
 * @retval TQ_EINVAL  Not such a kind, or an option that the analysis has nothing for.
 * @retval TQ_EDATA   The analysis lacks what the kind shows; the message says what.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_plot_chart(const tq_analysis *a, size_t kind, const tq_plot_options *opt,
                               tq_chart **out, tq_error *err);

/**
 * Draw any kind; errors as tq_plot_chart(), tq_forest_layout(), tq_forest_write().
 * @param[in] opt, how  Options, or NULL for the defaults.
 */
TQ_API tq_status tq_plot_write(const tq_analysis *a, size_t kind, const tq_plot_options *opt,
                               tq_figure_format format, const tq_figure_options *how,
                               tq_buffer *out, tq_error *err);

#endif
