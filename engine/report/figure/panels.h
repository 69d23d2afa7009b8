/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file panels.h  The layout model of small multiples: charts in rows and columns that share their
 * axes, one legend, one title.
 */
#ifndef TQ_REPORT_FIGURE_PANELS_H
#define TQ_REPORT_FIGURE_PANELS_H

#include "report/figure/chart.h"

typedef struct {
    const char *title, *subtitle, *notice; /* NULL: none */
    const char *caption;                   /* below; NULL: none */
    const char *description;               /* for readers of screens */
    const char *x_label;                   /* below all columns; NULL: none */
    const char **head;                     /* [columns] above each; NULL: none */
    size_t rows, columns;                  /* at least 1 */
    /* [rows * columns] row by row: axes and layers count, and the height. Labels and ticks of an axis y are
       shown in the first column, those of an axis x in the last row. */
    tq_chart *panel;
    double width;    /* of a panel in points */
    tq_arena *arena; /* holds every text and array above, and the panels */
} tq_panels;

TQ_API void tq_panels_free(tq_panels *panels);

/** Draw them; as tq_forest_write(). */
TQ_API tq_status tq_panels_write(const tq_panels *panels, tq_figure_format format,
                                 const tq_figure_options *opt, tq_buffer *out, tq_error *err);

#endif
