/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file parts_internal.h  The model fitted to parts of the studies, on several threads. */
#ifndef TQ_DIAGNOSTICS_PARTS_INTERNAL_H
#define TQ_DIAGNOSTICS_PARTS_INTERNAL_H

#include "core/progress_callback.h"
#include "pooling/pool.h"

/* The indices of the studies of part j into index[k], in the order of the model; how many there are. */
typedef size_t parts_members(const void *user, size_t j, size_t *index);
/* The fit of part j, or NULL, and why there is none. Called once for every part; thread, from 0 on, is
   never in use twice at a time. */
typedef void parts_keep(void *user, size_t thread, size_t j, const tq_pool *fit,
                        const tq_error *why);

typedef struct {
    const tq_model *model; /* of all studies */
    const tq_pool_options *opt;
    size_t n; /* parts */
    parts_members *members;
    parts_keep *keep;
    void *user;
} parts;

/* The threads that parts_fit() uses for n parts where so many are wanted. */
size_t parts_threads(size_t wanted, size_t n);

/*
 * Fit every part, without intervals of tau2 and predictions, in the batch engine where it has the model
 * (tq_batch_suits_test()). keep() may read why_none, method and test, the first coefficient with its variances, test
 * and interval, tau2, heterogeneity, and, by way of residuals_factor(), kh; with moderators the other
 * coefficients too. A part that cannot be fitted is told to keep(), and no failure of the whole.
 * @retval TQ_EINTR  progress asked to stop.
 * @retval TQ_ENOMEM
 */
tq_status parts_fit(const parts *p, size_t threads, const tq_progress *progress, tq_error *err);

/* The same one by one by tq_pool_effect(): keep() gets no more than that fills. */
tq_status parts_fit_effects(const parts *p, size_t threads, const tq_progress *progress,
                            tq_error *err);

/* ---- parts_batch.c: parts side by side ---- */

enum { PARTS_SIDE_BY_SIDE = 64 };

/* Memory of one thread. */
typedef struct parts_batch parts_batch;

/* NULL: memory is short. */
parts_batch *parts_batch_new(const parts *p);
void parts_batch_free(parts_batch *batch);
/* Fit n <= PARTS_SIDE_BY_SIDE parts from the first on; index: [k] scratch. */
void parts_batch_fit(parts_batch *batch, const parts *p, size_t first, size_t n, size_t *index);
/* The j-th of them into *fit, where it was fitted; else 0. */
int parts_batch_take(const parts_batch *batch, size_t j, tq_pool *fit);

#endif
