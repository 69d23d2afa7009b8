/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file draws.h  Random numbers of the problems that are timed. */
#ifndef TQ_BENCH_DRAWS_H
#define TQ_BENCH_DRAWS_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/splitmix.h"

/** In (0, 1). */
static inline double draw_uniform(uint64_t *state)
{
    return ((double)(tq_splitmix(state) >> 11) + 0.5) * 0x1p-53;
}

static inline double draw_normal(uint64_t *state)
{
    const double two_pi = 6.2831853071795865;

    return sqrt(-2.0 * log(draw_uniform(state))) * cos(two_pi * draw_uniform(state));
}

/** k studies: vi over a factor of 50, as groups of about 8 to 400 people give. */
static inline void draw_studies(uint64_t *state, size_t k, double tau2, double *yi, double *vi)
{
    for (size_t i = 0; i < k; i++) {
        vi[i] = 0.01 * pow(50.0, draw_uniform(state));
        yi[i] = -0.31 + sqrt(vi[i] + tau2) * draw_normal(state);
    }
}

/** Ones, then numbers and indicators in turn: [k x p]; NULL when memory is short. */
static inline double *draw_design(uint64_t *state, size_t k, size_t p)
{
    double *X = calloc(k, p * sizeof *X);

    for (size_t i = 0; X && i < k; i++) {
        X[i] = 1.0;
        for (size_t a = 1; a < p; a++) {
            X[i + a * k] = a % 2 ? 40.0 + 12.0 * draw_normal(state) : draw_uniform(state) < 0.4;
        }
    }
    return X;
}

#endif
