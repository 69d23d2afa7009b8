/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts that may take several lines. */
#ifndef TQ_REPORT_FIGURE_PARAGRAPH_INTERNAL_H
#define TQ_REPORT_FIGURE_PARAGRAPH_INTERNAL_H

#include "report/figure/scene_internal.h"

typedef struct {
    const char **line;
    size_t n;
} wrapped;

/** Break clean text at spaces into lines no wider than room, a longer word excepted; in the scene's
    arena, s->failed when memory is short. */
wrapped wrap(scene *s, typesetter *t, const char *text, text_style style, double room);

/** Draw text (NULL or "": nothing) from the corner downwards; returns where the next one starts. */
double paragraph_draw(scene *s, typesetter *t, const char *role, scene_point corner, double room,
                      scene_colour colour, text_style style, const char *text);

#endif
