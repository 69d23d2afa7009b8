/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recursive integration of a Brownian motion with drift inside of boundaries. */
#include "sequential/walk_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/gauss_legendre.h"

/* Standard deviations beyond which a normal density is nothing (1e-19). */
#define REACH 9.0
/* Widest panel, in standard deviations: 20 points integrate a product of two normal densities of at
   least this width relative to the panel to 1e-10. */
#define PANEL 6.0
/* 1 / sqrt(2 pi) */
#define NORMAL_TOP 0.39894228040143268

static tq_status make_room(walk_grid *g, size_t n, tq_error *err)
{
    if (n <= g->room) {
        return TQ_OK;
    }
    if (n > SIZE_MAX / (2 * sizeof(double))) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    double *const s = malloc(2 * n * sizeof *s);

    if (!s) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    free(g->s);
    g->s = s;
    g->mass = s + n;
    g->n = 0;
    g->room = n;
    return TQ_OK;
}

tq_status walk_begin(walk *w, double drift, tq_error *err)
{
    *w = (walk){.drift = drift};
    const tq_status status = make_room(&w->now, 1, err);

    if (status == TQ_OK) {
        w->now.s[0] = 0.0;
        w->now.mass[0] = 1.0;
        w->now.n = 1;
    }
    return status;
}

void walk_end(walk *w)
{
    free(w->now.s);
    free(w->next.s);
    *w = (walk){0};
}

/* side 1: the upper tail, -1: the lower one. */
static double tail(const walk *w, double t, double z, double side)
{
    const double step = t - w->t, x = z * sqrt(t) - w->drift * step;
    const double scale = side / sqrt(2.0 * step);
    double sum = 0.0;

    for (size_t i = 0; i < w->now.n; i++) {
        sum += w->now.mass[i] * 0.5 * erfc((x - w->now.s[i]) * scale);
    }
    return sum;
}

double walk_above(const walk *w, double t, double z)
{
    return tail(w, t, z, 1.0);
}

double walk_below(const walk *w, double t, double z)
{
    return tail(w, t, z, -1.0);
}

/* The density at s; *first: the lowest place that can matter there, for places that ascend. */
static double density(const walk *w, double step, double s, size_t *first)
{
    const walk_grid *g = &w->now;
    const double x = s - w->drift * step, sd = sqrt(step);
    double sum = 0.0;

    while (*first < g->n && g->s[*first] < x - REACH * sd) {
        ++*first;
    }
    for (size_t i = *first; i < g->n && g->s[i] <= x + REACH * sd; i++) {
        const double u = (x - g->s[i]) / sd;

        sum += g->mass[i] * exp(-0.5 * u * u);
    }
    return sum * NORMAL_TOP / sd;
}

/* The part of a region that is worth integrating over, in S. */
static walk_region within(const walk *w, double t, walk_region z)
{
    const double sd = sqrt(t), middle = w->drift * t;

    return (walk_region){fmax(z.lo * sd, middle - REACH * sd),
                         fmin(z.hi * sd, middle + REACH * sd)};
}

static size_t panels_of(walk_region s, double widest)
{
    return s.hi > s.lo ? (size_t)ceil((s.hi - s.lo) / widest) : 0;
}

static void add_panel(walk *w, double step, double lo, double hi, size_t *first)
{
    enum { POINTS = 2 * TQ_GAUSS_PAIRS };
    const double middle = 0.5 * (lo + hi), half = 0.5 * (hi - lo);
    walk_grid *g = &w->next;
    const size_t start = g->n;

    for (size_t i = 0; i < TQ_GAUSS_PAIRS; i++) {
        const tq_gauss_pair *pair = &tq_gauss_pairs[i];
        const size_t lower = start + i, upper = start + POINTS - 1 - i;

        g->s[lower] = middle - half * pair->x;
        g->s[upper] = middle + half * pair->x;
        g->mass[lower] = g->mass[upper] = half * pair->weight;
    }
    g->n += POINTS;
    for (size_t i = start; i < g->n; i++) {
        g->mass[i] *= density(w, step, g->s[i], first);
    }
}

tq_status walk_on(walk *w, double t, double t_next, const walk_region *region, size_t n_regions,
                  tq_error *err)
{
    const double step = t - w->t, widest = PANEL * sqrt(fmin(step, t_next - t));
    size_t panels = 0, first = 0;

    if (!(t_next > t)) {
        return TQ_OK;
    }
    for (size_t r = 0; r < n_regions; r++) {
        panels += panels_of(within(w, t, region[r]), widest);
    }
    const tq_status status = make_room(&w->next, panels * 2 * TQ_GAUSS_PAIRS + 1, err);

    if (status != TQ_OK) {
        return status;
    }
    w->next.n = 0;
    for (size_t r = 0; r < n_regions; r++) {
        const walk_region s = within(w, t, region[r]);
        const size_t n = panels_of(s, widest);
        const double width = n ? (s.hi - s.lo) / (double)n : 0.0;

        for (size_t i = 0; i < n; i++) {
            add_panel(w, step, s.lo + width * (double)i, s.lo + width * (double)(i + 1), &first);
        }
    }
    const walk_grid done = w->now;

    w->now = w->next;
    w->next = done;
    w->t = t;
    return TQ_OK;
}
