/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of marks that makes a scene. */
#include "report/figure/scene_internal.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_MARKS = 256 };

scene *scene_new(void)
{
    scene *const s = calloc(1, sizeof *s);

    if (s && !(s->arena = tq_arena_new())) {
        free(s);
        return NULL;
    }
    return s;
}

void scene_free(scene *s)
{
    if (s) {
        tq_arena_free(s->arena);
        free(s->mark);
        free(s);
    }
}

void scene_resize(scene *s, double factor)
{
    s->width *= factor;
    s->height *= factor;
    s->body_top *= factor;
    s->body_end *= factor;
    for (size_t i = 0; i < s->n_breaks; i++) {
        s->page_break[i].y *= factor;
    }
    for (size_t i = 0; i < s->n; i++) {
        scene_mark *const m = &s->mark[i];

        m->width *= factor;
        m->dash *= factor;
        m->radius *= factor;
        m->style.size *= factor;
        for (size_t j = 0; j < m->n; j++) {
            m->point[j].x *= factor;
            m->point[j].y *= factor;
        }
    }
}

/* Bytes of the UTF-8 character at p (RFC 3629), 0 when there is no valid one. */
static size_t character_length(const unsigned char *p)
{
    const size_t n = p[0] < 0x80   ? 1
                     : p[0] < 0xC2 ? 0
                     : p[0] < 0xE0 ? 2
                     : p[0] < 0xF0 ? 3
                     : p[0] < 0xF5 ? 4
                                   : 0;

    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    const int overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    const int surrogate = p[0] == 0xED && p[1] > 0x9F, beyond = p[0] == 0xF4 && p[1] > 0x8F;
    const int noncharacter = p[0] == 0xEF && p[1] == 0xBF && p[2] >= 0xBE;

    return n > 1 && (overlong || surrogate || beyond || noncharacter) ? 0 : n;
}

const char *scene_clean_text(scene *s, const char *text)
{
    static const char replacement[3] = {'\xEF', '\xBF', '\xBD'}; /* U+FFFD */
    const unsigned char *p = (const unsigned char *)text;
    char *const out = tq_arena_take(s->arena, strlen(text) + 1, sizeof replacement);
    char *end = out;

    if (!out) {
        s->failed = 1;
        return "";
    }
    while (*p) {
        const size_t n = character_length(p);

        if (n == 0) {
            memcpy(end, replacement, sizeof replacement);
            end += sizeof replacement;
            p++;
        } else if (n == 1 && (*p < 0x20 || *p == 0x7F)) {
            *end++ = ' ';
            p++;
        } else {
            memcpy(end, p, n);
            end += n;
            p += n;
        }
    }
    return out;
}

/* A mark with a copy of its points, or NULL once memory was short. */
static scene_mark *add(scene *s, scene_kind kind, const char *role, scene_colour colour,
                       const scene_point *point, size_t n)
{
    if (s->n == s->capacity) {
        const size_t capacity = s->capacity > 0 ? 2 * s->capacity : FIRST_MARKS;
        scene_mark *const mark =
            capacity <= SIZE_MAX / sizeof *mark ? realloc(s->mark, capacity * sizeof *mark) : NULL;

        if (!mark) {
            s->failed = 1;
            return NULL;
        }
        s->mark = mark;
        s->capacity = capacity;
    }
    scene_point *const copy = tq_arena_take(s->arena, n, sizeof *copy);

    if (!copy) {
        s->failed = 1;
        return NULL;
    }
    memcpy(copy, point, n * sizeof *copy);
    s->mark[s->n] =
        (scene_mark){.kind = kind, .role = role, .colour = colour, .point = copy, .n = n};
    return &s->mark[s->n++];
}

void scene_line(scene *s, const char *role, scene_colour colour, double width, double dash,
                scene_point from, scene_point to)
{
    scene_mark *const mark = add(s, SCENE_LINE, role, colour, (scene_point[]){from, to}, 2);

    if (mark) {
        mark->width = width;
        mark->dash = dash;
    }
}

void scene_path(scene *s, const char *role, scene_colour colour, double width, double dash,
                const scene_point *point, size_t n)
{
    scene_mark *const mark = n > 1 ? add(s, SCENE_PATH, role, colour, point, n) : NULL;

    if (mark) {
        mark->width = width;
        mark->dash = dash;
    }
}

void scene_circle(scene *s, const char *role, scene_colour colour, scene_point centre,
                  double radius)
{
    scene_mark *const mark = add(s, SCENE_CIRCLE, role, colour, &centre, 1);

    if (mark) {
        mark->radius = radius;
    }
}

void scene_outline(scene *s, scene_colour edge, double width, const char *hint)
{
    if (s->n > 0) {
        s->mark[s->n - 1].edge = edge;
        s->mark[s->n - 1].width = width;
        s->mark[s->n - 1].text = hint;
    }
}

void scene_shape(scene *s, const char *role, scene_colour colour, const scene_point *point,
                 size_t n)
{
    add(s, SCENE_SHAPE, role, colour, point, n);
}

void scene_rectangle(scene *s, const char *role, scene_colour colour, double left, double top,
                     double right, double bottom)
{
    const scene_point corner[] = {{left, top}, {right, top}, {right, bottom}, {left, bottom}};

    scene_shape(s, role, colour, corner, 4);
}

static void add_text(scene *s, const char *role, scene_colour colour, text_style style,
                     tq_align align, scene_point baseline, const char *text, int upwards)
{
    scene_mark *const mark = *text ? add(s, SCENE_TEXT, role, colour, &baseline, 1) : NULL;

    if (mark) {
        mark->text = text;
        mark->style = style;
        mark->align = align;
        mark->upwards = upwards;
    }
}

void scene_text(scene *s, const char *role, scene_colour colour, text_style style, tq_align align,
                scene_point baseline, const char *text)
{
    add_text(s, role, colour, style, align, baseline, text, 0);
}

void scene_text_upwards(scene *s, const char *role, scene_colour colour, text_style style,
                        tq_align align, scene_point baseline, const char *text)
{
    add_text(s, role, colour, style, align, baseline, text, 1);
}
