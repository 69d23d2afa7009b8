/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The score of a sequence that has not been stopped: its density, carried from look to look. */
#ifndef TQ_SEQUENTIAL_WALK_INTERNAL_H
#define TQ_SEQUENTIAL_WALK_INTERNAL_H

#include <stddef.h>

#include "core/status.h"

/* Masses at places: the density times the weights of the quadrature. */
typedef struct {
    double *s, *mass; /* [n] ascending in s */
    size_t n, room;
} walk_grid;

/* Where a sequence goes on, of Z; lo >= hi: nowhere. */
typedef struct {
    double lo, hi;
} walk_region;

/* S_t ~ N(drift t, t), from S_0 = 0. */
typedef struct {
    double t, drift;
    walk_grid now, next;
} walk;

tq_status walk_begin(walk *w, double drift, tq_error *err);
void walk_end(walk *w);
/* P(Z_t >= z), P(Z_t <= z) for t > w->t, not stopped before. */
double walk_above(const walk *w, double t, double z);
double walk_below(const walk *w, double t, double z);
/* Go on to t inside of the regions (ascending, at most two); t_next > t: the look after it, so that
   the grid is fine enough for it; 0: there is none, and nothing is done. @retval TQ_ENOMEM */
tq_status walk_on(walk *w, double t, double t_next, const walk_region *region, size_t n_regions,
                  tq_error *err);

#endif
