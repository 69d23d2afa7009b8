/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Choices of signs as problems of the batch engine: side by side, study by study, with variances that
 * are written once. What the batch engine does not fit is left to those who fit one by one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batch/batch.h"
#include "moderators/permutation_internal.h"

/* A row of values, one per problem; longer by some, so that rows do not meet in one place of the
   processor's cache. */
enum { ROW = PERMUTATION_SIDE_BY_SIDE + 8 };

struct permutation_batch {
    size_t k;
    const double *given; /* [k] effects, the caller's */
    double *effect;      /* [k] those in use */
    double *yi, *vi;     /* [k x ROW] */
    double *stat;        /* [ROW] */
    double *block;
    permutation_draw draw;
    tq_batch_options opt;
    tq_batch_work *work;
};

permutation_batch *permutation_batch_new(const tq_model *m, const tq_pool_options *o,
                                         const permutation_plan *plan)
{
    permutation_batch *b = calloc(1, sizeof *b);

    if (!b) {
        return NULL;
    }
    b->k = m->k;
    b->given = m->yi;
    b->opt = tq_batch_options_of(o);
    b->block =
        calloc(m->k * (2 * ROW + 1) + ROW, sizeof *b->block); /* k <= TQ_BATCH_SIDE_BY_SIDE */
    b->work = tq_batch_work_new();
    if (!b->block || !b->work || permutation_draw_new(plan, &b->draw, NULL) != TQ_OK) {
        permutation_batch_free(b);
        return NULL;
    }
    b->yi = b->block;
    b->vi = b->yi + m->k * ROW;
    b->effect = b->vi + m->k * ROW;
    b->stat = b->effect + m->k;
    for (size_t i = 0; i < m->k * ROW; i++) {
        b->vi[i] = m->vi[i / ROW];
    }
    permutation_batch_shift(b, 0.0);
    return b;
}

void permutation_batch_free(permutation_batch *b)
{
    if (b) {
        permutation_draw_free(&b->draw);
        tq_batch_work_free(b->work);
        free(b->block);
        free(b);
    }
}

void permutation_batch_shift(permutation_batch *b, double delta)
{
    for (size_t i = 0; i < b->k; i++) {
        b->effect[i] = b->given[i] - delta;
    }
}

const double *permutation_batch_fit(permutation_batch *b, const permutation_plan *plan,
                                    const uint64_t *number, size_t n)
{
    const tq_batch_problems in = {n, b->k, 1, ROW, NULL, b->yi, b->vi};
    const tq_batch_results out = {.column = {[TQ_BATCH_STAT] = b->stat}};

    for (size_t j = 0; j < n; j++) {
        uint64_t stream = permutation_stream(plan, number[j]);

        permutation_make(plan, number[j], &stream, &b->draw);
        for (size_t i = 0; i < b->k; i++) {
            b->yi[i * ROW + j] = b->draw.sign[i] * b->effect[i];
        }
    }
    if (tq_batch_fit(&in, &b->opt, b->work, &out, NULL) != TQ_OK) {
        for (size_t j = 0; j < n; j++) {
            b->stat[j] = NAN;
        }
    }
    return b->stat;
}
