/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file beside.h  Results side by side: an analysis of a review, and what its plan puts beside it.
 *
 * Dependent effects counted as independent beside a model of the dependence, one visit beside all of them: the
 * same question, answered otherwise. A row for each result, and one more where it has cluster-robust inference.
 */
#ifndef TQ_REPORT_DOSSIER_BESIDE_H
#define TQ_REPORT_DOSSIER_BESIDE_H

#include "report/dossier/dossier.h"

/** A result. Numbers are NaN where it has none: an effect that is not pooled, degrees of freedom of z. */
typedef struct {
    const char *label;    /* "This analysis", "The same, cluster-robust (CR2)", the plan's */
    const tq_analysis *a; /* NULL: it could not be done */
    const char *why_none; /* why; or why it has no effect; NULL: it has one */
    const char *entry;    /* id of the entry that it is the analysis of; NULL: none but this */
    int robust;           /* 1: inference is cluster-robust */
    const char *doubt;    /* why its interval and p are not to be trusted; NULL: nothing known */
    size_t k, studies;    /* effects; studies (clusters) that they are of */
    double est, se, df;   /* analysis scale */
    double ci_lb, ci_ub, pval;
    tq_natural natural; /* pred, ci_lb, ci_ub */
    double tau2, I2;    /* tq_analysis_tau2(), tq_analysis_I2() */

    /* Against the first row, NaN in it and where the scales differ. */
    double difference;  /* est - that of the first row */
    double se_ratio;    /* se / that of the first row */
    double width_ratio; /* of the intervals on the analysis scale */
    double tau2_difference;
} tq_beside_row;

typedef struct {
    tq_beside_row *row; /* [n]; 0: nothing is to stand beside it */
    size_t n;
    const char *scale; /* of est, se, difference: "log risk ratio"; NULL: the natural one */
    const char
        *reading; /* how far the results lie apart, in sentences; "" where nothing compares */
} tq_beside;

/**
 * Gather them.
 * @param[in]  e      As tq_dossier_check() accepts it; must outlive the result.
 * @param[in]  arena  Holds what out points to.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_beside_make(const tq_dossier_entry *e, tq_arena *arena, tq_beside *out,
                                tq_error *err);

#endif
