/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file specifications.h  Many specifications of one analysis: other data, methods, tests, rules for outliers. */
#ifndef TQ_DIAGNOSTICS_SPECIFICATIONS_H
#define TQ_DIAGNOSTICS_SPECIFICATIONS_H

#include "core/progress_callback.h"
#include "pooling/pool.h"

typedef enum {
    TQ_OUTLIERS_KEEP,      /* "none" */
    TQ_OUTLIERS_RSTUDENT,  /* "rstudent>X": |deleted residual| in standard errors */
    TQ_OUTLIERS_RSTANDARD, /* "rstandard>X": |standardised residual| */
    TQ_OUTLIERS_INTERVAL, /* "ci": the study's interval and that of the pooled effect do not meet */
    TQ_OUTLIERS_COUNT
} tq_outliers;

/** Which studies are left out, once, before the model is fitted again. */
typedef struct {
    tq_outliers kind;
    double limit; /* > 0; of the residuals */
} tq_outlier_rule;

/** "none", "rstudent>3", "rstandard>2.5", "ci". @retval TQ_EINVAL */
TQ_API tq_status tq_outlier_rule_parse(const char *text, tq_outlier_rule *out, tq_error *err);

/** One specification; all is borrowed. */
typedef struct {
    const tq_model *model; /* without moderators; NULL: there are no such data */
    const char *why_none;  /* why there are none */
    tq_pool_options opt;
    tq_outlier_rule rule;
    double null_value; /* of no effect; NaN: the measure has none */
} tq_specification;

enum { TQ_WHY_NONE = 160 };

/** The model of a specification; NaN in all numbers where there is none. */
typedef struct {
    int done;       /* 0: interrupted before it */
    size_t k;       /* studies pooled */
    size_t removed; /* outliers */
    double estimate, se, stat, pval, ci_lb, ci_ub, tau2, I2;
    int direction;   /* of the estimate from no effect: -1, 1; 0: on it, or there is none */
    int significant; /* 1: the interval excludes no effect; 0: it does not; -1: there is none */
    char why_none[TQ_WHY_NONE]; /* ""; why there is no model */
} tq_specification_fit;

/** Gives specification j. Called on any thread. */
typedef void tq_specification_at(const void *user, size_t j, tq_specification *out);

/**
 * Fit n specifications, each by tq_pool_fit() without intervals of tau2 and predictions. One that cannot be
 * fitted has why_none, and is no failure of the whole. When progress asks to stop, those without `done` are
 * missing, with TQ_OK; *interrupted says so.
 *
 * @param[in]  k_max  Studies of the largest model.
 * @param[out] out    [n]
 * @retval TQ_EINTR   Not one was fitted.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_specifications_fit(size_t n, size_t k_max, tq_specification_at *at,
                                       const void *user, size_t threads,
                                       const tq_progress *progress, tq_specification_fit *out,
                                       int *interrupted, tq_error *err);

/** Of some specifications, compared with the first of all, the reference. */
typedef struct {
    size_t n;     /* specifications */
    size_t valid; /* those with a model */
    size_t significant;
    size_t same_direction, same_significance;
    size_t same_both;        /* direction and significance */
    size_t comparable;       /* those whose estimates are on the reference's scale */
    double median, min, max; /* of these; NaN of none */
} tq_specification_summary;

/**
 * @param[in] fit         [n], the reference first.
 * @param[in] chosen      [n] 1: count it; NULL: all.
 * @param[in] comparable  [n] 1: its estimate has the reference's scale.
 * @param     scratch     [n]
 */
TQ_API void tq_specifications_summarise(size_t n, const tq_specification_fit *fit,
                                        const unsigned char *chosen,
                                        const unsigned char *comparable, double *scratch,
                                        tq_specification_summary *out);

/** rank[n] of the estimates, from 1 on, equal ones in their order; 0 of what has none or another scale: the
    specification curve (Simonsohn, Simmons & Nelson 2020, Nat. Hum. Behav. 4:1208-1214).
    @retval TQ_ENOMEM */
TQ_API tq_status tq_specifications_rank(size_t n, const tq_specification_fit *fit,
                                        const unsigned char *comparable, size_t *rank,
                                        tq_error *err);

#endif
