/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markers of points, and labels beside them. */
#include "report/figure/markers_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Between a marker and its label, in points. */
#define LABEL_SPACE 2.0

/* Corners of a marker around (0, 0), of the area of a circle of radius 1; n = 0: the circle. */
static const struct {
    size_t n;
    scene_point corner[4];
} shapes[] = {
    [TQ_MARKER_CIRCLE] = {0, {{0.0, 0.0}}},
    /* half the side: sqrt(pi) / 2 */
    [TQ_MARKER_SQUARE] = {4,
                          {{-0.8862269254527580, -0.8862269254527580},
                           {0.8862269254527580, -0.8862269254527580},
                           {0.8862269254527580, 0.8862269254527580},
                           {-0.8862269254527580, 0.8862269254527580}}},
    /* the side: 2 sqrt(pi / sqrt(3)) */
    [TQ_MARKER_TRIANGLE] = {3,
                            {{-1.3467736870885985, 0.7775601507781071},
                             {0.0, -1.5551203015562143},
                             {1.3467736870885985, 0.7775601507781071}}},
    /* half the diagonal: sqrt(pi / 2) */
    [TQ_MARKER_DIAMOND] = {4,
                           {{-1.2533141373155003, 0.0},
                            {0.0, -1.2533141373155003},
                            {1.2533141373155003, 0.0},
                            {0.0, 1.2533141373155003}}},
    [TQ_MARKER_TRIANGLE_DOWN] = {3,
                                 {{-1.3467736870885985, -0.7775601507781071},
                                  {0.0, 1.5551203015562143},
                                  {1.3467736870885985, -0.7775601507781071}}},
};
_Static_assert(sizeof shapes / sizeof *shapes == TQ_MARKER_COUNT, "a row per marker");

void marker_draw(scene *s, const char *role, marker_look look, scene_point centre, double radius,
                 const char *hint)
{
    const size_t n = shapes[look.marker].n;
    scene_point corner[4];

    if (n == 0) {
        scene_circle(s, role, look.fill, centre, radius);
    } else {
        for (size_t i = 0; i < n; i++) {
            const scene_point unit = shapes[look.marker].corner[i];

            corner[i] = (scene_point){centre.x + radius * unit.x, centre.y + radius * unit.y};
        }
        scene_shape(s, role, look.fill, corner, n);
    }
    scene_outline(s, look.edge, look.width, hint);
}

/* A marker to be ordered. */
typedef struct {
    double radius;
    size_t index;
} sized;

static int larger_first(const void *a, const void *b)
{
    const sized *const x = a, *const y = b;

    return x->radius != y->radius ? (x->radius < y->radius) - (x->radius > y->radius)
                                  : (x->index > y->index) - (x->index < y->index);
}

size_t *markers_order(scene *s, const double *radius, size_t n)
{
    sized *const list = tq_arena_take(s->arena, n + 1, sizeof *list);
    size_t *const order = tq_arena_take(s->arena, n + 1, sizeof *order);

    if (!list || !order) {
        s->failed = 1;
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        list[i] = (sized){radius ? radius[i] : 0.0, i};
    }
    qsort(list, n, sizeof *list, larger_first);
    for (size_t i = 0; i < n; i++) {
        order[i] = list[i].index;
    }
    return order;
}

static void take(label_list *list, clip_box box)
{
    if (list->n == list->capacity) {
        const size_t capacity = list->capacity > 0 ? 2 * list->capacity : 64;
        clip_box *const taken = capacity <= SIZE_MAX / sizeof *taken
                                    ? realloc(list->taken, capacity * sizeof *taken)
                                    : NULL;

        if (!taken) {
            list->failed = 1;
            return;
        }
        list->taken = taken;
        list->capacity = capacity;
    }
    list->taken[list->n++] = box;
}

void labels_keep_clear(label_list *list, scene_point c, double radius)
{
    take(list, (clip_box){c.x - radius, c.y - radius, c.x + radius, c.y + radius});
}

static int is_free(const label_list *list, clip_box b)
{
    if (b.left < list->box.left || b.right > list->box.right || b.top < list->box.top ||
        b.bottom > list->box.bottom) {
        return 0;
    }
    for (size_t i = 0; i < list->n; i++) {
        const clip_box *const t = &list->taken[i];

        if (b.left < t->right && b.right > t->left && b.top < t->bottom && b.bottom > t->top) {
            return 0;
        }
    }
    return 1;
}

void labels_place(label_list *list, scene *s, typesetter *t, scene_point c, double radius,
                  text_style style, scene_colour colour, const char *text)
{
    const double width = typesetter_width(t, text, style), half = style.size / 2.0;
    const double reach = radius + LABEL_SPACE;
    const clip_box places[] = {
        {c.x + reach, c.y - half, c.x + reach + width, c.y + half},
        {c.x - reach - width, c.y - half, c.x - reach, c.y + half},
        {c.x - width / 2.0, c.y - reach - 2.0 * half, c.x + width / 2.0, c.y - reach},
        {c.x - width / 2.0, c.y + reach, c.x + width / 2.0, c.y + reach + 2.0 * half},
    };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (is_free(list, places[i])) {
            scene_text(s, "label", colour, style, TQ_ALIGN_LEFT,
                       (scene_point){places[i].left, places[i].bottom - 0.15 * style.size}, text);
            take(list, places[i]);
            return;
        }
    }
}

void labels_free(label_list *list)
{
    free(list->taken);
    list->taken = NULL;
    list->n = list->capacity = 0;
}
