/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a chart's drawing, for figures of several charts. */
#ifndef TQ_REPORT_FIGURE_CHART_SCENE_INTERNAL_H
#define TQ_REPORT_FIGURE_CHART_SCENE_INTERNAL_H

#include "report/figure/chart_internal.h"
#include "report/figure/figure_internal.h"
#include "report/figure/markers_internal.h"

#define CHART_BODY \
    { \
        8.0, 0, 0 \
    }
/* Between ticks, their labels and the label of the axis, in points. */
#define CHART_LABEL_GAP 3.0

/* A chart on its way into a scene. */
typedef struct {
    const tq_chart *c;
    const figure_theme *theme;
    scene *s;
    typesetter *t;
    clip_box box; /* of the plot */
    label_list labels;
} chart_plan;

const char *chart_clean(chart_plan *p, const char *text);
scene_colour chart_ink(const chart_plan *p, tq_ink i);
/* Of the labels of the y axis. */
double chart_widest_tick(chart_plan *p);

/** Title, subtitle and notice (NULL: none) at the top; where the plot may begin. */
double chart_draw_heads(chart_plan *p, const char *title, const char *subtitle, const char *notice);
void chart_draw_layers(chart_plan *p);
/** The axes at box; the last baseline below it. */
double chart_draw_x_axis(chart_plan *p);
void chart_draw_y_axis(chart_plan *p);
/** The legends of n charts, each entry once, those of points before the others, on as many lines as they
    need from y down; where they end. */
double chart_draw_legend(chart_plan *p, const tq_chart *chart, size_t n, double y);
/** The caption at y, and with it the height of the scene; its title and description. */
void chart_draw_end(chart_plan *p, double y, const char *title, const char *caption,
                    const char *description);

#endif
