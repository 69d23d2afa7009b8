/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_internal.h  One batch, as its parts see it. */
#ifndef TQ_BATCH_BATCH_INTERNAL_H
#define TQ_BATCH_BATCH_INTERNAL_H

#include "batch/batch.h"
#include "pooling/pool.h"

/* What a thread needs for problems of up to k studies. */
typedef struct {
    size_t k;
    double *yi, *vi; /* [k] one problem, without its missing studies */
    tq_pool_work *work;
    tq_pool *fit;
} batch_room;

struct tq_batch_work {
    size_t n; /* rooms */
    batch_room *room;
};

typedef struct {
    const tq_batch_problems *in;
    const tq_batch_options *opt;
    const tq_batch_results *out;
    batch_room *room;
} batch_loop;

/* Studies of problem j, missing ones among them. */
static inline size_t batch_studies(const tq_batch_problems *in, size_t j)
{
    return in->offset ? in->offset[j + 1] - in->offset[j] : in->k;
}

/* one_problem.c: problem j by the scalar engine; every column wanted is written. */
void batch_one_problem(const batch_loop *loop, batch_room *room, size_t j);

#endif
