/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file plan_fit.h  The analyses of a plan, carried out on several threads. */
#ifndef TQ_REPORT_PLAN_PLAN_FIT_H
#define TQ_REPORT_PLAN_PLAN_FIT_H

#include "core/progress_callback.h"
#include "diagnostics/specifications.h"
#include "report/analysis.h"

enum { TQ_PLAN_PARTS = 11, TQ_PLAN_WHY = 256 };

/** What belongs to an analysis and could not be done, while the analysis itself could. */
typedef struct {
    const char *part; /* "Leave-one-out" */
    char why[TQ_PLAN_WHY];
} tq_plan_gap;

/** One analysis; start from {.data, .spec}. What spec points at must live until it is freed. */
typedef struct {
    const tq_dataset *data;
    tq_analysis_spec spec;
    tq_outlier_rule
        rule;      /* other than TQ_OUTLIERS_KEEP (0): the studies that it finds in the model are
                             left out, once */
    tq_arena *own; /* holds the data without them; or NULL */
    tq_analysis *analysis;          /* NULL: it could not be done */
    tq_status status;               /* TQ_EINVAL: what it was asked for makes no sense */
    char why_none[TQ_PLAN_WHY];     /* then: why, one line */
    tq_plan_gap gap[TQ_PLAN_PARTS]; /* [n_gaps] */
    size_t n_gaps;
} tq_plan_job;

/**
 * Carry out jobs[n], each as tq_analysis_pool(). Where a part of one (leave-one-out, cumulative or
 * sequential analysis, influence, permutation, all subsets, specifications, tests of small-study effects,
 * fail-safe N, robust inference, further correlations) cannot be done, the others are, and the gap is told.
 * What makes no sense (TQ_EINVAL) is kept as the status of the job, for the caller to refuse.
 * The results do not depend on the number of threads.
 * @retval TQ_ENOMEM
 * @retval TQ_EINTR   progress asked to stop.
 */
TQ_API tq_status tq_plan_fit(tq_plan_job **jobs, size_t n, size_t threads,
                             const tq_progress *progress, tq_error *err);

/** Free what tq_plan_fit() made of a job. */
TQ_API void tq_plan_job_clear(tq_plan_job *job);

#endif
