/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breaking texts into lines, and drawing them below each other. */
#include "report/figure/paragraph_internal.h"

#include <string.h>

/* In font sizes. */
#define LINE_STEP 1.25
#define GAP_BELOW 2.0 /* points */

/* The longest start of text[] that ends before a space and fits, or the first word. */
static size_t fitting_length(typesetter *t, char *text, text_style style, double room)
{
    size_t fits = 0;

    for (size_t i = 1;; i++) {
        if (text[i] != ' ' && text[i] != '\0') {
            continue;
        }
        const char end = text[i];

        text[i] = '\0';
        const int small = typesetter_width(t, text, style) <= room;

        text[i] = end;
        if (small || fits == 0) {
            fits = i;
        }
        if (!small || end == '\0') {
            return fits;
        }
    }
}

wrapped wrap(scene *s, typesetter *t, const char *text, text_style style, double room)
{
    wrapped w = {NULL, 0};
    size_t words = 1;

    for (const char *c = text; *c; c++) {
        words += *c == ' ';
    }
    char *rest = tq_arena_take(s->arena, strlen(text) + 1, 1);

    w.line = tq_arena_take(s->arena, words, sizeof *w.line);
    if (!rest || !w.line) {
        s->failed = 1;
        return w;
    }
    strcpy(rest, text);
    while (*rest) {
        const size_t n = fitting_length(t, rest, style, room);
        const int more = rest[n] != '\0';

        rest[n] = '\0';
        w.line[w.n++] = rest;
        rest += n + (size_t)more;
    }
    return w;
}

double paragraph_draw(scene *s, typesetter *t, const char *role, scene_point corner, double room,
                      scene_colour colour, text_style style, const char *text)
{
    double y = corner.y;

    if (!text || !*text) {
        return y;
    }
    const wrapped w = wrap(s, t, scene_clean_text(s, text), style, room);

    for (size_t i = 0; i < w.n; i++) {
        scene_text(s, role, colour, style, TQ_ALIGN_LEFT, (scene_point){corner.x, y + style.size},
                   w.line[i]);
        y += LINE_STEP * style.size;
    }
    return y + GAP_BELOW;
}
