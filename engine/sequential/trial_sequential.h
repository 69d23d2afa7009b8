/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file trial_sequential.h  Trial sequential analysis: a cumulative meta-analysis against boundaries. */
#ifndef TQ_SEQUENTIAL_TRIAL_SEQUENTIAL_H
#define TQ_SEQUENTIAL_TRIAL_SEQUENTIAL_H

#include "diagnostics/sequence.h"
#include "sequential/monitoring.h"
#include "sequential/required_information.h"

/** Start from tq_tsa_defaults() and change fields. */
typedef struct {
    tq_required_information_options required; /* alpha, beta and sides serve the boundaries too */
    tq_monitoring_options monitoring;         /* its alpha, beta and sides are ignored */
    double lil;                               /* lambda of the penalised Z; NaN (default): none */
} tq_tsa_options;

TQ_API tq_tsa_options tq_tsa_defaults(void);

/** A cumulative meta-analysis and what its studies contribute. */
typedef struct {
    tq_information_data studies; /* in any order */
    const size_t *step;          /* [k] at which each comes in, from 0 to n - 1 */
    size_t n;
    const tq_part_pool *pool; /* [n] of tq_accumulate() with the same steps */
    double null_value;        /* of no effect, on the analysis scale */
} tq_tsa_data;

/** What the analysis shows, in the order in which it is asked. */
typedef enum {
    TQ_TSA_CROSSED,  /* the monitoring boundary was crossed */
    TQ_TSA_REACHED,  /* the required information was reached without */
    TQ_TSA_FUTILE,   /* Z came into the area of futility */
    TQ_TSA_GO_ON,    /* none of them: more information is needed */
    TQ_TSA_UNTESTED, /* no look could be tested */
    TQ_TSA_VERDICT_COUNT
} tq_tsa_verdict;

/** Name in JSON ("crossed"). */
TQ_API const char *tq_tsa_verdict_name(tq_tsa_verdict verdict);

#define TQ_NO_LOOK ((size_t)-1)

/** A step of the cumulative meta-analysis. NaN where there is no value. */
typedef struct {
    double information; /* so far, in the unit of required */
    double z;    /* of the pooled effect against no effect; of a t test: the normal deviate with
                           the same p-value */
    double pval; /* two-sided, not adjusted */
    tq_monitoring_look monitoring;
    double ci_lb, ci_ub; /* repeated confidence interval of the pooled effect: Jennison & Turnbull
                            (1989), J. R. Stat. Soc. B 51:305-361 */
    double
        z_lil; /* penalised by the law of the iterated logarithm: z / sqrt(lambda log log I), I the
                     sum of 1/vi; Lan, Hu & Cappelleri (2003), Stat. Sin. 13:1135-1145. NaN for I <= e */
} tq_tsa_look;

/** Plain data; the arrays belong to the struct. */
typedef struct {
    tq_tsa_options options; /* as used */
    tq_required_information required;
    double null_value;
    size_t n;
    tq_tsa_look *look; /* [n] */
    int planned_given; /* 1: the required information is not reached, planned is what it will meet */
    tq_monitoring_look planned; /* at t = 1 */
    double conventional;        /* critical value of a single test */
    double power;               /* of the sequence of looks, under the anticipated effect */
    double sign;                /* of the anticipated effect: 1 or -1 */
    size_t crossed;             /* first look beyond its monitoring boundary; TQ_NO_LOOK */
    size_t reached;             /* first look with t >= 1 */
    size_t futile;   /* first tested look in the area of futility, before it crossed or reached */
    size_t nominal;  /* first look beyond the conventional critical value */
    size_t decision; /* crossed, else the last look tested; TQ_NO_LOOK */
    tq_tsa_verdict verdict;
    /* At the decision, in the stage-wise order, as if the sequence had stopped there. */
    double stagewise_pval, stagewise_est, stagewise_lb, stagewise_ub;
} tq_tsa;

/**
 * Trial sequential analysis: Wetterslev, Thorlund, Brok & Gluud (2008), J. Clin. Epidemiol. 61:64-75;
 * Thorlund et al. (2011), User manual for TSA.
 *
 * Each step of the cumulative meta-analysis is a look, at the share that its studies have of the
 * required information. Looks after the first with all of it are not tested: all alpha is spent.
 *
 * Stage-wise estimates take Z at a look of fraction t as drift sqrt(t) + N(0, 1), and the effect as
 * drift sqrt(t) standard errors of the pooled effect at the decision; the p-value has as many sides as
 * the test, and the estimate is median-unbiased.
 *
 * @param[out] out  To be freed with tq_tsa_free(); untouched on failure.
 * @retval TQ_EINVAL, TQ_EDATA  as tq_required_information_find() and tq_monitoring(); TQ_EINVAL also for
 *         a lambda not > 0.
 * @retval TQ_ENOCONV
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_tsa_run(const tq_tsa_data *data, const tq_tsa_options *opt, tq_tsa **out,
                            tq_error *err);
TQ_API void tq_tsa_free(tq_tsa *tsa);

#endif
