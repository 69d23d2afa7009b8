/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws of studies. Replicate i has a stream of random numbers of its own, whoever runs it. */
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "core/splitmix.h"
#include "simulate/simulate_internal.h"

/* ---- a stream of core/splitmix.h as a generator of GSL ---- */

static void no_seed(void *state, unsigned long seed)
{
    (void)state;
    (void)seed;
}

static unsigned long next_bits(void *state)
{
    return (unsigned long)tq_splitmix(state);
}

static double next_uniform(void *state)
{
    return (double)(tq_splitmix(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type stream_type = {"splitmix64", ULONG_MAX, 0,           sizeof(uint64_t),
                                         no_seed,      next_bits, next_uniform};

/* ---- memory ---- */

enum { COLUMNS = 7 };

int draw_new(draw_room *room, size_t rows)
{
    *room = (draw_room){.rows = rows};
    room->n = rows <= SIZE_MAX / (COLUMNS * sizeof(double)) ? calloc(rows, COLUMNS * sizeof(double))
                                                            : NULL;
    room->effect = room->n ? calloc(rows, sizeof *room->effect) : NULL;
    if (!room->effect) {
        draw_free(room);
        return 0;
    }
    double **columns[] = {&room->x1, &room->x2, &room->sd1, &room->sd2, &room->yi, &room->vi};

    for (size_t c = 0; c < COLUMNS - 1; c++) {
        *columns[c] = room->n + (c + 1) * rows;
    }
    return 1;
}

void draw_free(draw_room *room)
{
    free(room->n);
    free(room->effect);
    *room = (draw_room){0};
}

/* ---- one study ---- */

static double group_size(const tq_sim_scenario *s, gsl_rng *rng)
{
    double n = s->n;

    if (s->sizes == TQ_SIM_UNIFORM) {
        n *= 1.0 + s->spread * (2.0 * gsl_rng_uniform(rng) - 1.0);
    } else if (s->sizes == TQ_SIM_LOGNORMAL) {
        n *= exp(s->spread * gsl_ran_ugaussian_ratio_method(rng));
    }
    n = fmin(fmax(round(n), 2.0), 1e9);
    return s->measure == TQ_SIM_SMD && n < 3.0 ? 3.0 : n; /* J needs degrees of freedom */
}

static double deviation(double n, double sd, gsl_rng *rng)
{
    return sd * sqrt(gsl_ran_chisq(rng, n - 1.0) / (n - 1.0));
}

/* The risk of group 1 at a true effect, kept inside (0, 1). */
static double treated_risk(const tq_sim_scenario *s, double theta)
{
    const double p = s->control_risk, odds = p / (1.0 - p) * exp(theta);
    const double risk = s->measure == TQ_SIM_OR   ? odds / (1.0 + odds)
                        : s->measure == TQ_SIM_RR ? p * exp(theta)
                                                  : p + theta;

    return fmin(fmax(risk, 1e-9), 1.0 - 1e-9);
}

static void draw_study(const tq_sim_scenario *s, gsl_rng *rng, draw_room *r, size_t i)
{
    const double n = group_size(s, rng);
    const double theta =
        s->effect + s->small_study / sqrt(n) +
        (s->tau2 > 0.0 ? sqrt(s->tau2) * gsl_ran_ugaussian_ratio_method(rng) : 0.0);

    r->n[i] = n;
    switch (s->measure) {
    case TQ_SIM_GEN:
        r->vi[i] = s->variance / n;
        r->yi[i] = theta + sqrt(r->vi[i]) * gsl_ran_ugaussian_ratio_method(rng);
        break;
    case TQ_SIM_MD:
    case TQ_SIM_SMD: { /* sd 1 within groups for SMD: theta is in these units */
        const double sd = s->measure == TQ_SIM_MD ? s->sd : 1.0;

        r->x1[i] = theta + sd * sqrt(2.0 / n) * gsl_ran_ugaussian_ratio_method(rng);
        r->x2[i] = 0.0;
        r->sd1[i] = deviation(n, sd, rng);
        r->sd2[i] = deviation(n, sd, rng);
        break;
    }
    default:
        r->x1[i] = gsl_ran_binomial(rng, treated_risk(s, theta), (unsigned)n);
        r->x2[i] = gsl_ran_binomial(rng, s->control_risk, (unsigned)n);
    }
}

/* ---- effects ---- */

/* Effects of rows from .. from + n - 1 as the table of measures computes them. */
static tq_status compute(const tq_sim_scenario *s, draw_room *r, size_t from, size_t n,
                         tq_error *err)
{
    tq_inputs in = {.rows = n};
    const int means = s->measure == TQ_SIM_MD || s->measure == TQ_SIM_SMD;

    if (s->measure == TQ_SIM_GEN) {
        return TQ_OK;
    }
    in.column[TQ_IN_N1I] = in.column[TQ_IN_N2I] = r->n + from;
    in.column[means ? TQ_IN_M1I : TQ_IN_AI] = r->x1 + from;
    in.column[means ? TQ_IN_M2I : TQ_IN_CI] = r->x2 + from;
    if (means) {
        in.column[TQ_IN_SD1I] = r->sd1 + from;
        in.column[TQ_IN_SD2I] = r->sd2 + from;
    }
    const tq_status status = tq_effects_compute(tq_measure_find(tq_sim_measure_name(s->measure)),
                                                &in, NULL, r->effect + from, err);

    for (size_t i = from; status == TQ_OK && i < from + n; i++) {
        const int fine = r->effect[i].state == TQ_ROW_OK;

        r->yi[i] = fine ? r->effect[i].yi : (double)NAN;
        r->vi[i] = fine ? r->effect[i].vi : (double)NAN;
    }
    return status;
}

/* ---- publication ---- */

/* P(Z > 1.96) = 0.025 */
static const double SIGNIFICANT = 1.9599639845400545;

static int is_published(const tq_sim_scenario *s, const draw_room *r, size_t i, gsl_rng *rng)
{
    const double z = (s->effect < 0.0 ? -r->yi[i] : r->yi[i]) / sqrt(r->vi[i]);

    return z >= SIGNIFICANT || gsl_rng_uniform(rng) < s->publish;
}

/* So often a study is run before the kind of study is given up. */
enum { MOST_RUNS = 1000000 };

/* Draw a study until one is published. */
static tq_status draw_published(const tq_sim_scenario *s, gsl_rng *rng, draw_room *r, size_t i,
                                tq_error *err)
{
    for (size_t runs = 1; runs <= MOST_RUNS; runs++) {
        draw_study(s, rng, r, i);
        r->run += 1.0;
        const tq_status status = compute(s, r, i, 1, err);

        if (status != TQ_OK || is_published(s, r, i, rng)) {
            return status;
        }
    }
    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                   "no study of this kind was published in %d runs; publish = %g is too small",
                   MOST_RUNS, s->publish);
}

tq_status draw_replicates(const tq_sim_scenario *s, uint64_t seed, uint64_t first, size_t n,
                          draw_room *r, tq_error *err)
{
    const int all = s->publish == 1.0;
    tq_status status = TQ_OK;

    for (size_t j = 0; status == TQ_OK && j < n; j++) {
        uint64_t stream = tq_splitmix_stream(seed, first + j);
        gsl_rng rng = {&stream_type, &stream};

        for (size_t i = j * s->k; status == TQ_OK && i < (j + 1) * s->k; i++) {
            if (all) {
                draw_study(s, &rng, r, i);
                r->run += 1.0;
            } else {
                status = draw_published(s, &rng, r, i, err);
            }
        }
    }
    if (status == TQ_OK && all) {
        status = compute(s, r, 0, n * s->k, err);
    }
    for (size_t i = 0; status == TQ_OK && i < n * s->k; i++) {
        r->none += isnan(r->vi[i]) ? 1.0 : 0.0;
    }
    return status;
}
