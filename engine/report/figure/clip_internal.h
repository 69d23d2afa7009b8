/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting polygons and lines at the edges of a plot. */
#ifndef TQ_REPORT_FIGURE_CLIP_INTERNAL_H
#define TQ_REPORT_FIGURE_CLIP_INTERNAL_H

#include "report/figure/scene_internal.h"

/** The half plane sign * (x - at) >= 0, or of y. */
typedef struct {
    int upright; /* 1: of y */
    double at, sign;
} clip_edge;

typedef struct {
    double left, top, right, bottom;
} clip_box;

/** Keep the side of a polygon that lies in the half plane; out[] has room for 2 n points. Returns
    their number. Exact for convex polygons and for those that a line along x crosses twice. */
size_t clip_side(const scene_point *in, size_t n, clip_edge edge, scene_point *out);

/** Keep the part of a polygon inside the box; the result is in the scene's arena. */
size_t clip_polygon(scene *s, const scene_point *in, size_t n, clip_box box, scene_point **out);

/** Cut a segment at the box (Liang & Barsky 1984, ACM Trans. Graph. 3:1-22); 0: nothing is left. */
int clip_segment(scene_point *from, scene_point *to, clip_box box);

#endif
