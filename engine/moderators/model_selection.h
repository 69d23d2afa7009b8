/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file model_selection.h  All subsets of the terms of a meta-regression, and averages over them. */
#ifndef TQ_MODERATORS_MODEL_SELECTION_H
#define TQ_MODERATORS_MODEL_SELECTION_H

#include <stdint.h>

#include "core/progress_callback.h"
#include "pooling/pool.h"

enum { TQ_SELECTION_TERMS = 20 }; /* the most: 2^20 models */

typedef enum {
    TQ_CRITERION_AICC,
    TQ_CRITERION_AIC,
    TQ_CRITERION_BIC,
    TQ_CRITERION_COUNT
} tq_criterion;

/** "AICc", "AIC", "BIC"; NULL outside the range. */
TQ_API const char *tq_criterion_name(tq_criterion criterion);
/** Of a fitted model. */
TQ_API double tq_criterion_of(const tq_pool *fit, tq_criterion criterion);

/**
 * Options for comparing fixed effects: those given, but by ML where they are by an estimator of tau2
 * that has no likelihood or a restricted one, whose values differ between designs (tau2 fixed, EE and
 * FE stay); no intervals of tau2 and no prediction intervals.
 * @retval TQ_EINVAL  User weights, unweighted, IVhet, kr: the likelihood is not that of the fit.
 */
TQ_API tq_status tq_likelihood_options(const tq_pool_options *opt, tq_pool_options *out,
                                       tq_error *err);

/** A term that may be in a model or not. */
typedef struct {
    size_t first, n; /* its columns of X */
    uint32_t needs;  /* bit j: term j must be in the model too (interactions: their parts) */
} tq_selection_term;

typedef struct {
    tq_criterion criterion; /* default TQ_CRITERION_AICC */
    size_t top;             /* of the best models to be listed; default 10 */
    size_t threads;         /* 0 (default): one per processor; never changes the result */
} tq_selection_options;

TQ_API tq_selection_options tq_selection_defaults(void);

/** One of the best models. */
typedef struct {
    uint32_t terms; /* bit j: term j is in it */
    size_t p;
    double ll, AIC, AICc, BIC, QE, tau2, R2;
    double delta;  /* criterion less that of the best model */
    double weight; /* Akaike weight, exp(-delta / 2) as a share of the sum over all models */
} tq_selected;

/** A coefficient over all models: weighted by the Akaike weights. */
typedef struct {
    double est, se, stat, pval, ci_lb, ci_ub; /* 0 (without variance) in models that lack it */
    double cond_est, cond_se;                 /* over the models that have it */
    double weight;                            /* sum of the weights of these */
    uint64_t n;                               /* their number */
} tq_averaged;

typedef struct {
    tq_criterion criterion;
    tq_method method; /* of the fits */
    uint64_t n_models, n_failed;
    size_t n_terms, p;
    double *importance;   /* [n_terms] sum of the weights of the models that have the term */
    uint64_t *n_with;     /* [n_terms] their number */
    tq_averaged *average; /* [p] */
    tq_selected *best;    /* [n_best] best first; ties by the smaller set of bits */
    size_t n_best;
} tq_selection;

/**
 * Fit all models made of the intercept (where there is one) and a subset of the terms that contains
 * whatever its members need.
 *
 * Weights: Burnham & Anderson (2002), Model Selection and Multimodel Inference, 2nd ed., sec. 2.9;
 * averages: sec. 4.2. The unconditional variance is that of Burnham & Anderson (2004), Sociol. Methods
 * Res. 33:261-304, eq. 4 in squares,
 *
 *     Var(b) = sum w_m [ Var_m(b_m) + (b_m - b)^2 ],
 *
 * rather than the square of the sum of square roots of 2002, eq. 4.9, which is a little smaller.
 * Intervals and tests are normal.
 *
 * @param[in]  full      The model with all terms; X needed. Columns in no term (and not the
 *                       intercept) are in every model.
 * @param[in]  pool      Options as tq_likelihood_options() makes them of it.
 * @param[in]  progress  Or NULL.
 * @param[out] out       To be freed with tq_selection_free().
 * @retval TQ_EINVAL   No or more than 20 terms; as tq_likelihood_options().
 * @retval TQ_EDATA    No model could be fitted, or as tq_pool_fit() of the full model.
 * @retval TQ_EINTR    progress asked to stop.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_select(const tq_model *full, size_t n_terms, const tq_selection_term *term,
                           const tq_pool_options *pool, const tq_selection_options *opt,
                           const tq_progress *progress, tq_selection **out, tq_error *err);
TQ_API void tq_selection_free(tq_selection *selection);

#endif
