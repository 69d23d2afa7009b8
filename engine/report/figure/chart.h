/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file chart.h  The layout model of figures with two axes: areas, lines and points in the units of
 * the axes, drawn in order.
 *
 * Computed once from an analysis, like tq_forest, and shown by every renderer.
 */
#ifndef TQ_REPORT_FIGURE_CHART_H
#define TQ_REPORT_FIGURE_CHART_H

#include "report/figure/figure.h"

/* What a mark means; the theme gives it a colour. */
typedef enum {
    TQ_INK_BLACK,      /* texts, axes */
    TQ_INK_QUIET,      /* subtitle, notes */
    TQ_INK_RULE,       /* line of no effect */
    TQ_INK_LINE,       /* intervals of studies */
    TQ_INK_STUDY,      /* studies */
    TQ_INK_POOLED,     /* pooled and predicted effects */
    TQ_INK_PREDICTION, /* prediction intervals, notices */
    TQ_INK_BAND,       /* area of a confidence interval */
    TQ_INK_WIDE_BAND,  /* area of a prediction interval */
    TQ_INK_SHADE,      /* areas of significance, from the darkest */
    TQ_INK_SHADE_2,
    TQ_INK_SHADE_3,
    TQ_INK_PAPER,
    TQ_INK_GROUP, /* of the first level of a grouping; TQ_INK_GROUPS of them */
    TQ_INK_GROUP_2,
    TQ_INK_GROUP_3,
    TQ_INK_GROUP_4,
    TQ_INK_GROUP_5,
    TQ_INK_GROUP_6,
    TQ_INK_COUNT
} tq_ink;
#define TQ_INK_GROUPS (TQ_INK_COUNT - TQ_INK_GROUP)

typedef enum {
    TQ_MARKER_CIRCLE,
    TQ_MARKER_SQUARE,
    TQ_MARKER_TRIANGLE,
    TQ_MARKER_DIAMOND,
    TQ_MARKER_TRIANGLE_DOWN,
    TQ_MARKER_COUNT
} tq_marker;

typedef enum {
    TQ_CHART_AREA,  /* a polygon */
    TQ_CHART_LINE,  /* a line; NaN interrupts it */
    TQ_CHART_POINTS /* a marker at each point */
} tq_chart_kind;

typedef struct {
    tq_chart_kind kind;
    const char *role; /* class of the marks in SVG ("point", "contour"); static */
    tq_ink ink;
    double *x, *y; /* [n] on the axis scales */
    size_t n;
    double tint;      /* areas: share of paper in the colour, 0 to 1 */
    double width;     /* lines: points */
    double dash;      /* lines: 0: solid */
    tq_marker marker; /* points */
    int open;         /* points: 1: outline only */
    double *radius;   /* points: [n] of circles of the same area, in points; NULL: the usual one */
    const char **label; /* points: [n] shown beside them where there is room, first ones first;
                           NULL, or NULL in a place: none */
    const char **hint;  /* points: [n] told to a pointer on them in SVG; may be NULL */
    const char *legend; /* NULL: not in the legend */
} tq_chart_layer;

typedef struct {
    const char *label; /* "Risk ratio (log scale)" */
    double lo, hi;  /* axis scale, at the left or bottom and the right or top; hi < lo: reversed */
    int log_axis;   /* the axis scale is the logarithm of what the labels say */
    int categories; /* 1: ticks are names at 1, 2, ..., which may take several lines */
    tq_forest_tick *tick;
    size_t n_ticks;
} tq_chart_axis;

typedef struct {
    const char *title, *subtitle, *notice; /* NULL: none */
    const char *caption;                   /* below; NULL: none */
    const char *description;               /* for readers of screens */
    tq_chart_axis x, y;
    int square;    /* 1: both axes have the same length */
    double taller; /* by this share of the usual height; 0: not */
    double height; /* of the plot in points, whatever its width; 0: by the width */
    tq_chart_layer *layer;
    size_t n_layers;
    tq_arena *arena; /* holds every text and array above, and the chart */
} tq_chart;

TQ_API void tq_chart_free(tq_chart *chart);

/** Draw a chart; as tq_forest_write(). */
TQ_API tq_status tq_chart_write(const tq_chart *chart, tq_figure_format format,
                                const tq_figure_options *opt, tq_buffer *out, tq_error *err);

#endif
