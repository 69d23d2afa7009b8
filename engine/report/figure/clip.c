/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cutting polygons (Sutherland & Hodgman 1974, Commun. ACM 17:32-42) and segments. */
#include "report/figure/clip_internal.h"

#include <stdint.h>

static double inside_by(scene_point p, clip_edge e)
{
    return e.sign * ((e.upright ? p.y : p.x) - e.at);
}

size_t clip_side(const scene_point *in, size_t n, clip_edge edge, scene_point *out)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        const scene_point a = in[i], b = in[(i + 1) % n];
        const double da = inside_by(a, edge), db = inside_by(b, edge);

        if (da >= 0.0) {
            out[m++] = a;
        }
        if ((da > 0.0 && db < 0.0) || (da < 0.0 && db > 0.0)) {
            const double t = da / (da - db);

            out[m++] = edge.upright ? (scene_point){a.x + (b.x - a.x) * t, edge.at}
                                    : (scene_point){edge.at, a.y + (b.y - a.y) * t};
        }
    }
    return m;
}

size_t clip_polygon(scene *s, const scene_point *in, size_t n, clip_box box, scene_point **out)
{
    const clip_edge edge[] = {
        {0, box.left, 1.0}, {0, box.right, -1.0}, {1, box.top, 1.0}, {1, box.bottom, -1.0}};
    size_t m = n;

    for (size_t i = 0; i < 4; i++) {
        scene_point *const part =
            m <= SIZE_MAX / 2 ? tq_arena_take(s->arena, 2 * m + 1, sizeof *part) : NULL;

        if (!part) {
            s->failed = 1;
            return 0;
        }
        m = clip_side(in, m, edge[i], part);
        in = part;
        *out = part;
    }
    return m;
}

/* Narrow [*t0, *t1] to where start + t * step lies on the side sign of at. */
static int narrow(double start, double step, double at, double sign, double *t0, double *t1)
{
    const double room = sign * (start - at), rate = sign * step;

    if (rate == 0.0) {
        return room >= 0.0;
    }
    const double t = -room / rate;

    if (rate > 0.0) {
        *t0 = t > *t0 ? t : *t0;
    } else {
        *t1 = t < *t1 ? t : *t1;
    }
    return *t0 <= *t1;
}

int clip_segment(scene_point *from, scene_point *to, clip_box box)
{
    const scene_point a = *from, d = {to->x - from->x, to->y - from->y};
    double t0 = 0.0, t1 = 1.0;

    if (!narrow(a.x, d.x, box.left, 1.0, &t0, &t1) ||
        !narrow(a.x, d.x, box.right, -1.0, &t0, &t1) || !narrow(a.y, d.y, box.top, 1.0, &t0, &t1) ||
        !narrow(a.y, d.y, box.bottom, -1.0, &t0, &t1)) {
        return 0;
    }
    if (t0 > 0.0) {
        *from = (scene_point){a.x + t0 * d.x, a.y + t0 * d.y};
    }
    if (t1 < 1.0) {
        *to = (scene_point){a.x + t1 * d.x, a.y + t1 * d.y};
    }
    return 1;
}
