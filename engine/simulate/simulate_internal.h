/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file simulate_internal.h  The parts of a simulation. */
#ifndef TQ_SIMULATE_SIMULATE_INTERNAL_H
#define TQ_SIMULATE_SIMULATE_INTERNAL_H

#include "effects/measure.h"
#include "simulate/simulate.h"

/* simulate_names.c: values outside their ranges. */
tq_status simulate_check(const tq_sim_scenario *s, const tq_sim_options *o, tq_error *err);

/* Studies of some replicates, one replicate after the other: what is drawn of them, and their effects. */
typedef struct {
    size_t rows;                     /* room, replicates * k */
    double *n, *x1, *x2, *sd1, *sd2; /* [rows] size of a group; means, or events; deviations */
    double *yi, *vi;                 /* [rows] NaN: no estimate */
    tq_effect_row *effect;           /* [rows] */
    double run, none;                /* studies run, and published without an estimate */
} draw_room;

/* draw.c: 0 when memory is short. */
int draw_new(draw_room *room, size_t rows);
void draw_free(draw_room *room);
/* draw.c: replicates first .. first + n - 1, each from a stream of its own. */
tq_status draw_replicates(const tq_sim_scenario *s, uint64_t seed, uint64_t first, size_t n,
                          draw_room *room, tq_error *err);

/* Sums over replicates of each quantity and of its square. */
typedef struct {
    double n, sum, square;
} performance_sum;

typedef struct {
    performance_sum of[TQ_SIM_QUANTITY_COUNT];
} performance;

/* performance.c: what one batch of fits adds. column: of tq_batch_results, all set but the degrees of
   freedom and log10p. */
void performance_add(performance *p, const tq_sim_scenario *s, double level,
                     const tq_batch_results *fits, size_t n);
/* performance.c: the values and their Monte-Carlo errors. */
void performance_values(const performance *p, tq_sim_value *value);

#endif
