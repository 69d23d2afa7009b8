/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A drawing without a device: lines, filled shapes and texts in points (1/72 inch) from the upper
 * left corner, in drawing order. Figures make scenes; SVG, PDF and PNG are drawn from them.
 */
#ifndef TQ_REPORT_FIGURE_SCENE_INTERNAL_H
#define TQ_REPORT_FIGURE_SCENE_INTERNAL_H

#include <stdint.h>

#include "core/arena.h"
#include "report/figure/forest.h"
#include "report/figure/typesetter_internal.h"

typedef enum { SCENE_LINE, SCENE_PATH, SCENE_SHAPE, SCENE_CIRCLE, SCENE_TEXT } scene_kind;

typedef struct {
    double x, y;
} scene_point;

typedef uint32_t scene_colour; /* 0xRRGGBB */

typedef struct {
    scene_kind kind;
    const char *role; /* what the mark is ("square"), for those who restyle the SVG; static */
    scene_colour colour;
    scene_point *point; /* [n]; texts: the one point on the baseline that align refers to; circles:
                           the centre */
    size_t n;
    double width;      /* lines and paths; shapes and circles: of their outline, 0: none */
    double dash;       /* lines and paths: length of a dash and of a gap; 0: solid */
    scene_colour edge; /* shapes and circles: of their outline */
    double radius;     /* circles */
    const char *text;  /* texts: valid UTF-8 without control characters; shapes and circles: what a
                          pointer on them is told, or NULL */
    text_style style;
    tq_align align;
    int upwards; /* texts: 1: the line runs from bottom to top */
} scene_mark;

/* A place where a page may end, and how many rows stand above it. */
typedef struct {
    double y;
    size_t rows;
} scene_break;

typedef struct {
    double width, height;
    /* A body of rows between heads and axis, which go on every page; rows 0: it is not to be
       split. */
    double body_top, body_end;
    size_t rows;
    scene_break *page_break; /* [n_breaks] downwards */
    size_t n_breaks;
    const char *title, *description; /* for PDF metadata and readers of screens */
    const char *family;              /* of the texts, tried before the usual ones; NULL: none */
    scene_mark *mark;                /* [n] */
    size_t n, capacity;
    tq_arena *arena;
    int failed; /* memory was short: the scene is incomplete */
} scene;

scene *scene_new(void);
void scene_free(scene *s);

/** Draw everything larger or smaller by a factor. */
void scene_resize(scene *s, double factor);

/** A copy of text that is valid UTF-8 on one line: what is not becomes U+FFFD or a space. */
const char *scene_clean_text(scene *s, const char *text);

void scene_line(scene *s, const char *role, scene_colour colour, double width, double dash,
                scene_point from, scene_point to);
/** A line through n points, which are copied. */
void scene_path(scene *s, const char *role, scene_colour colour, double width, double dash,
                const scene_point *point, size_t n);
/** A filled polygon; points are copied. */
void scene_shape(scene *s, const char *role, scene_colour colour, const scene_point *point,
                 size_t n);
void scene_rectangle(scene *s, const char *role, scene_colour colour, double left, double top,
                     double right, double bottom);
void scene_circle(scene *s, const char *role, scene_colour colour, scene_point centre,
                  double radius);
/** Give the last mark, a shape or circle, an outline, and the text that a pointer on it is told
    (from scene_clean_text(), kept; or NULL). */
void scene_outline(scene *s, scene_colour edge, double width, const char *hint);
/** Text from scene_clean_text(), which is kept, not copied; nothing is drawn for "". */
void scene_text(scene *s, const char *role, scene_colour colour, text_style style, tq_align align,
                scene_point baseline, const char *text);
/** The same from bottom to top. */
void scene_text_upwards(scene *s, const char *role, scene_colour colour, text_style style,
                        tq_align align, scene_point baseline, const char *text);

#endif
