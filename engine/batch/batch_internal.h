/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_internal.h  One batch, as its parts see it. */
#ifndef TQ_BATCH_BATCH_INTERNAL_H
#define TQ_BATCH_BATCH_INTERNAL_H

#include "batch/batch.h"
#include "batch/lanes_internal.h"
#include "pooling/pool.h"

/* What a thread needs for problems of up to k studies. */
typedef struct {
    size_t k;
    double *yi, *vi; /* [k] one problem, without its missing studies */
    tq_pool_work *work;
    tq_pool *fit;
    lanes_block *block;
    lanes_row *studies; /* of the block */
} batch_room;

struct tq_batch_work {
    size_t n; /* rooms */
    batch_room *room;
    lanes_model model;
    lanes_fit_fn *fit; /* the widest vectors of this processor */
};

typedef struct {
    const tq_batch_problems *in;
    const tq_batch_options *opt;
    const tq_batch_results *out;
    batch_room *room;
    const lanes_model *model;
    lanes_fit_fn *fit;
} batch_loop;

/* Studies of problem j, missing ones among them. */
static inline size_t batch_studies(const tq_batch_problems *in, size_t j)
{
    return in->offset ? in->offset[j + 1] - in->offset[j] : in->k;
}

/* one_problem.c: problem j by the scalar engine; every column wanted is written. */
void batch_one_problem(const batch_loop *loop, batch_room *room, size_t j);

/* blocks.c: what the lanes need to know, for problems of up to k_max studies. */
void blocks_model(const tq_batch_options *o, const tq_batch_results *out, size_t k_max,
                  lanes_model *m);
/* blocks.c: problems begin .. end - 1, in lanes where they can be. */
void blocks_fit(const batch_loop *loop, batch_room *room, size_t begin, size_t end);

#endif
