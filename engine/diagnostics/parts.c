/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits of parts of the studies: each thread has a copy of the model's arrays and a workspace. */
#include "diagnostics/parts_internal.h"

#include <stdint.h>
#include <stdlib.h>

#include "batch/batch.h"
#include "core/parallel.h"

enum { COUNTS = 4, VECTORS = 3, CHUNK = 8 };

/* The studies of one part, and what their fit needs. */
typedef struct {
    size_t *index;
    double *yi, *vi, *weights; /* [k] */
    double *count[COUNTS];     /* [k] */
    double *X;                 /* [k x p] column by column, of as many rows as the part has */
    double *block;
    tq_pool_work *work;
    tq_pool *fit;
    parts_batch *batch; /* NULL: parts are fitted one by one */
} part_room;

/* tq_pool_fit(), or less. */
typedef tq_status part_fit(const tq_model *model, const tq_pool_options *opt, tq_pool_work *work,
                           tq_pool *fit, tq_error *err);

typedef struct {
    const parts *parts;
    part_fit *fit;
    tq_pool_options opt;
    part_room *room;
    size_t n; /* rooms */
} part_loop;

static void room_free(part_loop *loop)
{
    for (size_t t = 0; loop->room && t < loop->n; t++) {
        parts_batch_free(loop->room[t].batch);
        tq_pool_work_free(loop->room[t].work);
        tq_pool_free(loop->room[t].fit);
        free(loop->room[t].block);
        free(loop->room[t].index);
    }
    free(loop->room);
}

static int room_new(size_t k, size_t p, part_room *r)
{
    r->work = tq_pool_work_new(k, p);
    r->fit = tq_pool_new(k, p);
    if (!r->work || !r->fit) { /* so the sizes below do not overflow */
        return 0;
    }
    r->index = calloc(k, sizeof *r->index);
    r->block = calloc(k, (VECTORS + COUNTS + p) * sizeof *r->block);
    if (!r->index || !r->block) {
        return 0;
    }
    r->yi = r->block;
    r->vi = r->block + k;
    r->weights = r->block + 2 * k;
    for (size_t c = 0; c < COUNTS; c++) {
        r->count[c] = r->block + (VECTORS + c) * k;
    }
    r->X = r->block + (VECTORS + COUNTS) * k;
    return 1;
}

/* to[n] := from at the indices; NULL for NULL. */
static const double *select(const double *from, const size_t *index, size_t n, double *to)
{
    if (!from) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        to[i] = from[index[i]];
    }
    return to;
}

static void fit_part(const part_loop *loop, size_t thread, size_t j)
{
    part_room *r = &loop->room[thread];
    const parts *p = loop->parts;
    const tq_model *all = p->model;
    const size_t n = p->members(p->user, j, r->index);
    tq_counts counts;
    tq_model part = *all;
    tq_pool_options opt = loop->opt;
    tq_error why = {.status = TQ_OK};

    part.k = n;
    part.yi = select(all->yi, r->index, n, r->yi);
    part.vi = select(all->vi, r->index, n, r->vi);
    opt.weights = select(opt.weights, r->index, n, r->weights);
    for (size_t a = 0; all->X && a < all->p; a++) {
        select(all->X + a * all->k, r->index, n, r->X + a * n);
    }
    part.X = all->X ? r->X : NULL;
    if (all->counts) {
        counts = (tq_counts){all->counts->scale, select(all->counts->x1, r->index, n, r->count[0]),
                             select(all->counts->n1, r->index, n, r->count[1]),
                             select(all->counts->x2, r->index, n, r->count[2]),
                             select(all->counts->n2, r->index, n, r->count[3])};
        part.counts = &counts;
    }
    const tq_status status = loop->fit(&part, &opt, r->work, r->fit, &why);

    p->keep(p->user, thread, j, status == TQ_OK ? r->fit : NULL, &why);
}

static void fit_some(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const part_loop *loop = context;

    for (uint64_t j = begin; j < end; j++) {
        fit_part(loop, thread, (size_t)j);
    }
}

static void fit_side_by_side(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const part_loop *loop = context;
    const parts *p = loop->parts;
    part_room *r = &loop->room[thread];
    const tq_error none = {.status = TQ_OK};

    parts_batch_fit(r->batch, p, (size_t)begin, (size_t)(end - begin), r->index);
    for (uint64_t j = begin; j < end; j++) {
        if (parts_batch_take(r->batch, (size_t)(j - begin), r->fit)) {
            p->keep(p->user, thread, (size_t)j, r->fit, &none);
        } else {
            fit_part(loop, thread, (size_t)j);
        }
    }
}

size_t parts_threads(size_t wanted, size_t n)
{
    return tq_threads(wanted, n / CHUNK + 1);
}

/* How a loop goes over the parts. */
typedef struct {
    part_fit *fit;
    int side_by_side;
    size_t threads;
} part_way;

static tq_status fit_by(const part_way *way, const parts *p, const tq_progress *progress,
                        tq_error *err)
{
    const size_t chunk = way->side_by_side ? PARTS_SIDE_BY_SIDE : CHUNK;
    part_loop loop = {.parts = p, .fit = way->fit, .opt = *p->opt};
    int whole;

    loop.opt.ci_tau2 = TQ_CI_NONE;
    loop.opt.predict = TQ_PREDICT_NONE;
    loop.n = tq_threads(way->threads, p->n / chunk + 1);
    loop.room = calloc(loop.n, sizeof *loop.room);
    whole = loop.room != NULL;
    for (size_t t = 0; whole && t < loop.n; t++) {
        whole = room_new(p->model->k, p->model->p, &loop.room[t]);
        loop.room[t].batch = whole && way->side_by_side ? parts_batch_new(p) : NULL;
        whole = whole && (loop.room[t].batch || !way->side_by_side);
    }
    const tq_status status =
        whole ? tq_parallel(loop.n, p->n, chunk, way->side_by_side ? fit_side_by_side : fit_some,
                            &loop, progress, err)
              : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    room_free(&loop);
    return status;
}

tq_status parts_fit(const parts *p, size_t threads, const tq_progress *progress, tq_error *err)
{
    const part_way way = {tq_pool_fit, tq_batch_suits_test(p->model, p->opt), threads};

    return fit_by(&way, p, progress, err);
}

tq_status parts_fit_effects(const parts *p, size_t threads, const tq_progress *progress,
                            tq_error *err)
{
    return fit_by(&(part_way){tq_pool_effect, 0, threads}, p, progress, err);
}
