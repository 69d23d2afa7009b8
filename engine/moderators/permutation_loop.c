/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits of many permutations, on several threads. Counts are sums of integers, and states have a place
   each: neither depends on who did what. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batch/batch.h"
#include "core/parallel.h"
#include "moderators/permutation_internal.h"

enum {
    MOST_FITS = 64,    /* of a chunk, small ones, one by one */
    NUMBERS = 1 << 16, /* of the designs of a chunk, about: some milliseconds */
    REDRAWS = 100      /* of one random permutation, before it is left out */
};

static tq_status worker_new(const tq_model *model, const tq_pool_options *opt,
                            const permutation_plan *plan, int side_by_side, permutation_worker *w,
                            tq_error *err)
{
    tq_status status = tq_refit_new(model, opt, &w->refit, err);

    if (status == TQ_OK) {
        status = permutation_draw_new(plan, &w->draw, err);
    }
    if (status != TQ_OK) {
        return status;
    }
    w->at_least = calloc(model->p + 1, sizeof *w->at_least);
    w->batch = side_by_side ? permutation_batch_new(model, opt, plan) : NULL;
    return w->at_least && (w->batch || !side_by_side)
               ? TQ_OK
               : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* Permutations that a thread takes at once. */
static uint64_t chunk_of(const tq_model *model, int side_by_side)
{
    const size_t fits = NUMBERS / model->p / model->k;

    return side_by_side ? PERMUTATION_SIDE_BY_SIDE : fits > MOST_FITS ? MOST_FITS : fits ? fits : 1;
}

tq_status permutation_loop_new(const tq_model *model, const tq_pool_options *opt,
                               const permutation_plan *plan, size_t threads, permutation_loop *loop,
                               tq_error *err)
{
    const tq_pool_options defaults = tq_pool_defaults();

    opt = opt ? opt : &defaults;
    *loop = (permutation_loop){.plan = plan, .p = model->p};
    const int side_by_side = plan->signs && tq_batch_suits_test(model, opt);

    loop->chunk = chunk_of(model, side_by_side);
    loop->threads = tq_threads(threads, plan->n / loop->chunk + 1);
    loop->worker = calloc(loop->threads, sizeof *loop->worker);
    loop->least = calloc(model->p + 1, sizeof *loop->least);
    tq_status status = loop->worker && loop->least
                           ? TQ_OK
                           : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    for (size_t t = 0; status == TQ_OK && t < loop->threads; t++) {
        status = worker_new(model, opt, plan, side_by_side, &loop->worker[t], err);
    }
    if (status != TQ_OK) {
        permutation_loop_free(loop);
    }
    return status;
}

void permutation_loop_free(permutation_loop *loop)
{
    for (size_t t = 0; loop->worker && t < loop->threads; t++) {
        permutation_draw_free(&loop->worker[t].draw);
        permutation_batch_free(loop->worker[t].batch);
        tq_refit_free(loop->worker[t].refit);
        free(loop->worker[t].at_least);
    }
    free(loop->worker);
    free(loop->least);
    *loop = (permutation_loop){.p = 0};
}

/* ---- one fit ---- */

static tq_status fit_drawn(const permutation_plan *plan, permutation_worker *w,
                           tq_refit_result *out, tq_error *err)
{
    return plan->signs ? tq_refit_signs(w->refit, w->draw.sign, out, err)
                       : tq_refit_rows(w->refit, w->draw.row, out, err);
}

/* Whether the fit has every statistic that the data have. */
static int is_whole(const permutation_loop *loop, const tq_refit_result *r)
{
    for (size_t a = 0; a < loop->p; a++) {
        if (isnan(r->stat[a]) && !isnan(loop->least[a])) {
            return 0;
        }
    }
    return !isnan(r->QM) || isnan(loop->least[loop->p]);
}

/* Permutation i, drawn again where it is random and has no fit; 0 when it has none. */
static int fit_permutation(const permutation_loop *loop, permutation_worker *w, uint64_t i,
                           tq_refit_result *out)
{
    const int attempts = loop->plan->exact ? 1 : REDRAWS;
    uint64_t stream = permutation_stream(loop->plan, i);

    for (int attempt = 0; attempt < attempts; attempt++) {
        permutation_make(loop->plan, i, &stream, &w->draw);
        if (fit_drawn(loop->plan, w, out, NULL) == TQ_OK && is_whole(loop, out)) {
            return 1;
        }
        w->failed++;
    }
    w->dropped++;
    return 0;
}

tq_status permutation_observe(permutation_loop *loop, tq_refit_result *out, tq_error *err)
{
    permutation_worker *w = &loop->worker[0];

    for (size_t j = 0; j < loop->plan->k; j++) {
        w->draw.sign[j] = 1;
        w->draw.row[j] = j;
    }
    const tq_status status = fit_drawn(loop->plan, w, out, err);

    for (size_t a = 0; status == TQ_OK && a <= loop->p; a++) {
        const double observed = a < loop->p ? fabs(out->stat[a]) : out->QM;

        loop->least[a] =
            isnan(observed) ? (double)NAN : observed - sqrt(DBL_EPSILON) * fmax(1.0, observed);
    }
    return status;
}

tq_status permutation_shift(permutation_loop *loop, size_t j, double delta, tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t t = 0; status == TQ_OK && t < loop->threads; t++) {
        status = tq_refit_shift(loop->worker[t].refit, j, delta, err);
        if (loop->worker[t].batch) {
            permutation_batch_shift(loop->worker[t].batch, delta);
        }
    }
    return status;
}

/* ---- counting ---- */

/* The statistic of permutation i of which the batch engine has found stat; 0 when it has none. */
static int statistic_of(const permutation_loop *loop, permutation_worker *w, uint64_t i,
                        double *stat)
{
    tq_refit_result r;

    if (isfinite(*stat)) {
        return 1;
    }
    if (!fit_permutation(loop, w, i, &r)) {
        return 0;
    }
    *stat = r.stat[0];
    return 1;
}

static void count_batch(const permutation_loop *loop, permutation_worker *w, uint64_t begin,
                        uint64_t end)
{
    uint64_t number[PERMUTATION_SIDE_BY_SIDE] = {0};
    const size_t n = (size_t)(end - begin);

    for (size_t j = 0; j < n; j++) {
        number[j] = begin + j;
    }
    const double *found = permutation_batch_fit(w->batch, loop->plan, number, n);

    for (size_t j = 0; j < n; j++) {
        double stat = found[j];

        if (statistic_of(loop, w, number[j], &stat)) {
            w->fitted++;
            w->at_least[0] += fabs(stat) >= loop->least[0];
        }
    }
}

typedef struct {
    permutation_loop *loop;
    size_t j;
    const unsigned char *lo, *hi;
    unsigned char *state;
} states_context;

static void count_task(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    permutation_loop *loop = context;
    permutation_worker *w = &loop->worker[thread];
    tq_refit_result r;

    if (w->batch) {
        count_batch(loop, w, begin, end);
        return;
    }
    for (uint64_t i = begin; i < end; i++) {
        if (!fit_permutation(loop, w, i, &r)) {
            continue;
        }
        w->fitted++;
        for (size_t a = 0; a < loop->p; a++) {
            w->at_least[a] += fabs(r.stat[a]) >= loop->least[a];
        }
        w->at_least[loop->p] += r.QM >= loop->least[loop->p];
    }
}

tq_status permutation_count(permutation_loop *loop, const tq_progress *progress, tq_error *err)
{
    for (size_t t = 0; t < loop->threads; t++) {
        permutation_worker *w = &loop->worker[t];

        w->fitted = w->failed = w->dropped = 0;
        memset(w->at_least, 0, (loop->p + 1) * sizeof *w->at_least);
    }
    return tq_parallel(loop->threads, loop->plan->n, loop->chunk, count_task, loop, progress, err);
}

static unsigned char state_of(const states_context *c, double stat)
{
    return fabs(stat) >= c->loop->least[c->j] ? PERMUTATION_AT_LEAST : PERMUTATION_BELOW;
}

static int is_known(const states_context *c, uint64_t i)
{
    return c->lo && c->hi && c->lo[i] == c->hi[i];
}

static void states_batch(const states_context *c, permutation_worker *w, uint64_t begin,
                         uint64_t end)
{
    uint64_t number[PERMUTATION_SIDE_BY_SIDE] = {0};
    size_t n = 0;

    for (uint64_t i = begin; i < end; i++) {
        if (is_known(c, i)) {
            c->state[i] = c->lo[i];
        } else {
            number[n++] = i;
        }
    }
    const double *found = permutation_batch_fit(w->batch, c->loop->plan, number, n);

    for (size_t j = 0; j < n; j++) {
        double stat = found[j];

        c->state[number[j]] = statistic_of(c->loop, w, number[j], &stat)
                                  ? state_of(c, stat)
                                  : (unsigned char)PERMUTATION_WITHOUT_FIT;
    }
}

static void states_task(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const states_context *c = context;
    permutation_worker *w = &c->loop->worker[thread];
    tq_refit_result r;

    if (w->batch) {
        states_batch(c, w, begin, end);
        return;
    }
    for (uint64_t i = begin; i < end; i++) {
        if (is_known(c, i)) {
            c->state[i] = c->lo[i];
        } else if (!fit_permutation(c->loop, w, i, &r)) {
            c->state[i] = PERMUTATION_WITHOUT_FIT;
        } else {
            c->state[i] = state_of(c, r.stat[c->j]);
        }
    }
}

tq_status permutation_states(permutation_loop *loop, size_t j, const unsigned char *lo,
                             const unsigned char *hi, unsigned char *state,
                             const tq_progress *progress, tq_error *err)
{
    states_context c = {loop, j, lo, hi, state};

    return tq_parallel(loop->threads, loop->plan->n, loop->chunk, states_task, &c, progress, err);
}
