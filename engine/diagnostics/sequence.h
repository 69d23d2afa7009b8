/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sequence.h  The pooled effect without each study in turn, and as studies add up. */
#ifndef TQ_DIAGNOSTICS_SEQUENCE_H
#define TQ_DIAGNOSTICS_SEQUENCE_H

#include "core/progress_callback.h"
#include "pooling/pool.h"

/** The pooled effect of some of the studies. All NaN where they have none. */
typedef struct {
    size_t k; /* studies pooled */
    double beta, se, stat, df, pval, ci_lb, ci_ub;
    double QE, QE_df, QE_pval, tau2, I2, H2;
    char why_none[160]; /* why there is none; empty: there is one */
} tq_part_pool;

/**
 * Leave-one-out: the model fitted without each study, or without each group of studies (a
 * laboratory, the reports of one trial).
 *
 * @param[in]  model     A mean (p = 1): it is the pooled effect that is followed.
 * @param[in]  opt       NULL: the defaults. Every method, also those of counts.
 * @param[in]  group     [k] the group of each study, from 0 to n - 1, none of them empty; NULL: n = k,
 *                       each study by itself.
 * @param[in]  threads   0: one per processor. Never changes the result.
 * @param[in]  progress  Or NULL.
 * @param[out] out       [n] without group 0, 1, ... A part that cannot be fitted says why.
 * @retval TQ_EINVAL  The model has moderators, or group is not as above.
 * @retval TQ_EDATA   Fewer than two groups: without the one there is nothing to pool.
 * @retval TQ_EINTR   progress asked to stop.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_leave_out(const tq_model *model, const tq_pool_options *opt,
                              const size_t *group, size_t n, size_t threads,
                              const tq_progress *progress, tq_part_pool *out, tq_error *err);

/**
 * Cumulative meta-analysis: Lau et al. (1992), N. Engl. J. Med. 327:248-254. Step j pools every study
 * whose step is no later than j; the last is the pooled model of all.
 *
 * @param[in]  step  [k] at which each study comes in, from 0 to n - 1, none of them without a study.
 * Otherwise as tq_leave_out(), but that one step is enough.
 */
TQ_API tq_status tq_accumulate(const tq_model *model, const tq_pool_options *opt,
                               const size_t *step, size_t n, size_t threads,
                               const tq_progress *progress, tq_part_pool *out, tq_error *err);

/**
 * Steps for tq_accumulate() by a value of each study.
 *
 * @param[in]  value       [k] not NaN; NULL: the order of the studies.
 * @param[in]  descending  1: the largest value comes first.
 * @param[in]  collapse    1: equal values come in at one step; 0: each study at a step of its own, those
 *                         of equal values in the order of the studies.
 * @param[out] step        [k]
 * @param[out] n           Number of steps.
 * @retval TQ_EDATA  A value is NaN (err->row).
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_accumulation_steps(size_t k, const double *value, int descending, int collapse,
                                       size_t *step, size_t *n, tq_error *err);

#endif
