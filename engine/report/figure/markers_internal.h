/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markers of points, and labels beside them that do not cover anything. */
#ifndef TQ_REPORT_FIGURE_MARKERS_INTERNAL_H
#define TQ_REPORT_FIGURE_MARKERS_INTERNAL_H

#include "report/figure/chart.h"
#include "report/figure/clip_internal.h"

typedef struct {
    tq_marker marker;
    scene_colour fill, edge;
    double width; /* of the outline */
} marker_look;

/** A marker of the area of a circle of that radius. hint: clean text, or NULL. */
void marker_draw(scene *s, const char *role, marker_look look, scene_point centre, double radius,
                 const char *hint);

/** The indices of n markers, the largest first, equal ones as they come; NULL radius: all are
    equal. In the scene's arena; NULL and failed when memory is short. */
size_t *markers_order(scene *s, const double *radius, size_t n);

/** What labels must not cover, and must stay within. Start from {.box = ...}. */
typedef struct {
    clip_box box;
    clip_box *taken; /* [n] */
    size_t n, capacity;
    int failed;
} label_list;

void labels_keep_clear(label_list *list, scene_point centre, double radius);
/** Draw a label right, left, above or below a point: at the first place that is free; else nowhere. */
void labels_place(label_list *list, scene *s, typesetter *t, scene_point centre, double radius,
                  text_style style, scene_colour colour, const char *text);
void labels_free(label_list *list);

#endif
