/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How layouts of charts are put together. */
#ifndef TQ_REPORT_FIGURE_CHART_INTERNAL_H
#define TQ_REPORT_FIGURE_CHART_INTERNAL_H

#include "report/figure/chart.h"

/* Size of the plot in points; ticks are chosen to fit. */
#define CHART_WIDTH 300.0
#define CHART_HEIGHT 225.0
/* Of a marker, where its size means nothing. */
#define CHART_RADIUS 2.7
#define CHART_THIN 0.75
#define CHART_LINE 1.25
#define CHART_DASH 3.0

/* A chart that is being laid out. Everything goes into the chart's arena; failed is asked once, at
   the end. */
typedef struct {
    const tq_analysis *a;
    tq_chart *c;
    size_t room; /* layers there is memory for */
    int failed;
} chart_maker;

/** A chart with room for so many layers, with notice and, if one was given, title; failed when memory
    is short (c may be NULL). title: used if none was given. */
chart_maker chart_begin(const tq_analysis *a, const char *title, size_t layers);
/** Fill in what is left, and hand the chart over or free it. @retval TQ_ENOMEM */
tq_status chart_end(chart_maker *m, tq_chart **out, tq_error *err);

/** Zeroed memory, NULL and failed when there is none. */
void *chart_take(chart_maker *m, size_t count, size_t size);
/** text, or "" and failed for NULL. */
const char *chart_kept(chart_maker *m, const char *text);
#define CHART_TEXT(m, ...) chart_kept((m), tq_arena_format((m)->c->arena, __VA_ARGS__))

/** A new layer with x and y of n points; NULL when memory is short. */
tq_chart_layer *chart_layer(chart_maker *m, tq_chart_kind kind, const char *role, tq_ink ink,
                            size_t n);
/** A line through two points. */
tq_chart_layer *chart_segment(chart_maker *m, const char *role, tq_ink ink, double width,
                              double dash, double x0, double y0, double x1, double y1);

/** Widen [lo, hi] to a value; a value that is not finite changes nothing. */
typedef struct {
    double lo, hi;
} chart_range;
#define CHART_EMPTY_RANGE ((chart_range){INFINITY, -INFINITY})
chart_range chart_with(chart_range r, double x);

/** How an axis is made: length in points, for the ticks. */
typedef struct {
    const char *label;
    int log_axis, exact;
    double length;
    int upright;
} chart_axis_look;
/** Ends and ticks of an axis; a margin is added to r unless exact. */
void chart_axis(chart_maker *m, tq_chart_axis *axis, chart_range r, const chart_axis_look *look);
/** The same of the two axes of a chart. */
void chart_x_axis(chart_maker *m, chart_range r, int log_axis, int exact, const char *label);
void chart_y_axis(chart_maker *m, chart_range r, int log_axis, int exact, const char *label);

/** "0.49", "−0.31": a number for legends and hints, with 2 decimals or 2 digits. */
const char *chart_number(chart_maker *m, double x);
/** The shortest text that names x, at most 12 digits ("0.1", "1948"). */
const char *chart_exact(chart_maker *m, double x);
/** text, or its first so many bytes and an ellipsis. */
const char *chart_cut(chart_maker *m, const char *text, size_t longest);
/** "95", "99.9": a level in percent. */
const char *chart_level(chart_maker *m);
/** 1: the natural scale is the exponential of the analysis scale, so that axes are logarithmic. */
int chart_log_axis(const tq_analysis *a);
/** A value of the analysis scale as readers see it: on the natural scale where axes are logarithmic. */
double chart_shown(const tq_analysis *a, double x);
/** "Risk ratio (log scale)", or the name of the analysis scale where it has no natural one. */
const char *chart_effect_label(chart_maker *m);
/** "risk ratio", "log odds": the same within a sentence. */
const char *chart_effect_name(chart_maker *m);
/** "Random-effects model (REML), k = 13". */
const char *chart_model(chart_maker *m);
/** Value of no effect on the analysis scale; NaN: none. */
double chart_null(const tq_analysis *a);

/** Layers of points, one for each level of the block (NULL: one for all) with studies for which x and
    y ([k]) are finite; hint, label, radius ([k]) may be NULL. Where there are levels, they are in the
    legend. */
void chart_studies(chart_maker *m, const tq_block *block, const double *x, const double *y,
                   const double *radius, const char *const *label, const char *const *hint);
/** Layers that chart_studies() makes at most. */
size_t chart_study_layers(const tq_block *block);

#endif
