/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file permutation_internal.h  Which permutations there are, and the loop over their fits. */
#ifndef TQ_MODERATORS_PERMUTATION_INTERNAL_H
#define TQ_MODERATORS_PERMUTATION_INTERNAL_H

#include "moderators/permutation.h"
#include "pooling/refit.h"

/* ---- permutation_plan.c: permutations by number ---- */

/* The i-th permutation, i < n, is told by (plan, i) alone, whoever asks. */
typedef struct {
    size_t k;
    int signs, exact;
    uint64_t possible; /* UINT64_MAX: too many to count */
    uint64_t n;        /* to be fitted */
    unsigned weight;   /* how many permutations each of them stands for */
    uint64_t seed;
    size_t classes;    /* distinct rows of the design */
    size_t *first;     /* [classes] a row of each class */
    uint64_t *members; /* [classes] */
} permutation_plan;

/* Memory of one thread for a permutation. */
typedef struct {
    signed char *sign; /* [k] */
    size_t *row;       /* [k] */
    uint64_t *left;    /* [classes] */
} permutation_draw;

tq_status permutation_plan_make(const tq_model *model, const tq_permutation_options *opt,
                                permutation_plan *plan, tq_error *err);
void permutation_plan_free(permutation_plan *plan);

tq_status permutation_draw_new(const permutation_plan *plan, permutation_draw *draw, tq_error *err);
void permutation_draw_free(permutation_draw *draw);
/* Fill draw with permutation i; stream: of random permutations, moved on, from
   permutation_stream(). */
void permutation_make(const permutation_plan *plan, uint64_t i, uint64_t *stream,
                      permutation_draw *draw);
uint64_t permutation_stream(const permutation_plan *plan, uint64_t i);

/* ---- permutation_batch.c: choices of signs side by side, where tq_batch_suits_test() ---- */

enum { PERMUTATION_SIDE_BY_SIDE = 256 };

/* Memory of one thread. */
typedef struct permutation_batch permutation_batch;

/* NULL: memory is short. The model's arrays are borrowed. */
permutation_batch *permutation_batch_new(const tq_model *model, const tq_pool_options *opt,
                                         const permutation_plan *plan);
void permutation_batch_free(permutation_batch *batch);
/* From now on fit yi - delta. */
void permutation_batch_shift(permutation_batch *batch, double delta);
/* Statistics of the n <= PERMUTATION_SIDE_BY_SIDE permutations of these numbers, until the next call; not finite:
   there is none, or it takes another way to find it. */
const double *permutation_batch_fit(permutation_batch *batch, const permutation_plan *plan,
                                    const uint64_t *number, size_t n);

/* ---- permutation_loop.c: fits of many permutations ---- */

typedef struct {
    tq_refit *refit;
    permutation_batch *batch; /* NULL: all are fitted one by one */
    permutation_draw draw;
    uint64_t *at_least; /* [p + 1] fits not below the data, the last for QM */
    uint64_t fitted, failed, dropped;
} permutation_worker;

typedef struct {
    const permutation_plan *plan;
    size_t p, threads;
    uint64_t chunk;             /* permutations that a thread takes at once */
    permutation_worker *worker; /* [threads] */
    double *least;              /* [p + 1] what a statistic must reach; NaN: none does */
} permutation_loop;

tq_status permutation_loop_new(const tq_model *model, const tq_pool_options *opt,
                               const permutation_plan *plan, size_t threads, permutation_loop *loop,
                               tq_error *err);
void permutation_loop_free(permutation_loop *loop);

/* From now on fit yi - delta X[i, j]. @retval TQ_EDATA as tq_refit_shift() */
tq_status permutation_shift(permutation_loop *loop, size_t j, double delta, tq_error *err);

/* Fit the data as they are, and set least; *out belongs to the first worker. */
tq_status permutation_observe(permutation_loop *loop, tq_refit_result *out, tq_error *err);

/* Fit all permutations and count, into the workers from 0. */
tq_status permutation_count(permutation_loop *loop, const tq_progress *progress, tq_error *err);

enum { PERMUTATION_BELOW, PERMUTATION_AT_LEAST, PERMUTATION_WITHOUT_FIT };

/* What became of coefficient j under each permutation, into state[n]; where lo and hi [n], unless NULL,
   agree, their answer is taken without a fit. */
tq_status permutation_states(permutation_loop *loop, size_t j, const unsigned char *lo,
                             const unsigned char *hi, unsigned char *state,
                             const tq_progress *progress, tq_error *err);

/* ---- permutation_ci.c ---- */

/* Limits of every coefficient, from the fit of the data, into out->ci_lb and ci_ub. */
tq_status permutation_intervals(permutation_loop *loop, const tq_pool *fit,
                                const tq_progress *progress, tq_permutation *out, tq_error *err);

#endif
