/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A batch: options checked, memory made, stretches of problems shared out between threads. */
#include "batch/batch.h"

#include <stdint.h>
#include <stdlib.h>

#include "batch/batch_internal.h"
#include "core/parallel.h"

/* ---- memory ---- */

static void room_free(batch_room *room)
{
    tq_pool_work_free(room->work);
    tq_pool_free(room->fit);
    free(room->yi);
    free(room->studies);
    free(room->block);
    *room = (batch_room){0};
}

/* size bytes, a multiple of 64, at a multiple of 64. */
static void *aligned(size_t size)
{
    return aligned_alloc(64, size);
}

static int block_new(batch_room *room)
{
    room->block = aligned(sizeof *room->block);
    room->studies = aligned((size_t)2 * LANES_STUDIES * sizeof *room->studies);
    if (!room->block || !room->studies) {
        return 0;
    }
    room->block->y = room->studies;
    room->block->v = room->studies + LANES_STUDIES;
    return 1;
}

/* A room for problems of k studies; 0 when memory is short. */
static int room_fit(batch_room *room, size_t k)
{
    batch_room made = {.k = k};

    if (k <= room->k) {
        return 1;
    }
    made.work = tq_pool_work_new(k, 1);
    made.fit = tq_pool_new(k, 1);
    made.yi = made.work ? calloc(k, 2 * sizeof *made.yi) : NULL;
    if (!made.work || !made.fit || !made.yi || !block_new(&made)) {
        room_free(&made);
        return 0;
    }
    made.vi = made.yi + k;
    room_free(room);
    *room = made;
    return 1;
}

tq_batch_work *tq_batch_work_new(void)
{
    tq_batch_work *work = calloc(1, sizeof *work);

    if (work) {
        work->fit = lanes_fit_width(0);
    }
    return work;
}

void tq_batch_work_free(tq_batch_work *work)
{
    if (work) {
        for (size_t t = 0; t < work->n; t++) {
            room_free(&work->room[t]);
        }
        free(work->room);
        free(work);
    }
}

/* Rooms for `threads` threads and problems of k studies; 0 when memory is short. */
static int work_fit(tq_batch_work *work, size_t threads, size_t k)
{
    if (threads > work->n) {
        batch_room *more =
            threads <= SIZE_MAX / sizeof *more ? realloc(work->room, threads * sizeof *more) : NULL;

        if (!more) {
            return 0;
        }
        for (size_t t = work->n; t < threads; t++) {
            more[t] = (batch_room){0};
        }
        work->room = more;
        work->n = threads;
    }
    for (size_t t = 0; t < threads; t++) {
        if (!room_fit(&work->room[t], k)) {
            return 0;
        }
    }
    return 1;
}

/* ---- the loop ---- */

static void fit_some(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const batch_loop *loop = context;

    blocks_fit(loop, &loop->room[thread], (size_t)begin, (size_t)end);
}

static tq_status check(const tq_batch_options *o, tq_error *err)
{
    if (!tq_batch_method(o->method)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "method %s does not fit in batches",
                       tq_method_name(o->method) ? tq_method_name(o->method) : "?");
    }
    if (o->test != TQ_TEST_Z && o->test != TQ_TEST_T && o->test != TQ_TEST_KNHA &&
        o->test != TQ_TEST_ADHOC) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "tests in batches are z, t, knha and adhoc, not %s",
                       tq_test_name(o->test) ? tq_test_name(o->test) : "?");
    }
    if (!(o->level > 0.0 && o->level < 100.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "level %g must be between 0 and 100",
                       o->level);
    }
    if (!tq_predict_name(o->predict) || o->predict == TQ_PREDICT_NNF || !tq_i2_name(o->i2)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the prediction interval NNF does not fit in batches");
    }
    if (!(o->tol > 0.0) || o->max_iter < 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the threshold must be > 0 and the number of steps at least 1");
    }
    return TQ_OK;
}

/* Studies of the largest problem, at least 1. */
static size_t largest(const tq_batch_problems *in)
{
    size_t k = 1;

    for (size_t j = 0; j < (in->offset ? in->n : 1); j++) {
        const size_t studies = batch_studies(in, j);

        k = studies > k ? studies : k;
    }
    return k;
}

enum { CHUNK_STUDIES = 1 << 16, CHUNK_LEAST = 4 * LANES_BLOCK };

/* Problems handed out at once: a millisecond of work, less where the threads would find nothing to do. */
static size_t chunk_of(size_t n, size_t k, size_t threads)
{
    const size_t most = CHUNK_STUDIES / k, each = n / tq_threads(threads, n) + 1;
    const size_t chunk = each < most ? each : most;

    return chunk > CHUNK_LEAST ? chunk : CHUNK_LEAST;
}

tq_status tq_batch_fit(const tq_batch_problems *in, const tq_batch_options *opt,
                       tq_batch_work *work, const tq_batch_results *out, tq_error *err)
{
    const tq_batch_options defaults = tq_batch_defaults();

    opt = opt ? opt : &defaults;
    const tq_status status = check(opt, err);

    if (status != TQ_OK || in->n == 0) {
        return status;
    }
    const size_t k = largest(in);
    const size_t chunk = chunk_of(in->n, k, opt->threads);
    const size_t threads = tq_threads(opt->threads, (in->n - 1) / chunk + 1);

    if (!work_fit(work, threads, k)) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    blocks_model(opt, out, k, &work->model);
    batch_loop loop = {in, opt, out, work->room, &work->model, work->fit};

    return tq_parallel(threads, in->n, chunk, fit_some, &loop, opt->progress, err);
}
