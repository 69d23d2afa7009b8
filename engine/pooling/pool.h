/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file pool.h  The fit of a pooled model: coefficients, heterogeneity, intervals, prediction. */
#ifndef TQ_POOLING_POOL_H
#define TQ_POOLING_POOL_H

#include "pooling/model.h"

/** Reusable memory of the kernels for problems up to a size. One per thread. */
typedef struct tq_pool_work tq_pool_work;

/** For up to k studies and p coefficients; NULL when memory is short or the sizes overflow. */
TQ_API tq_pool_work *tq_pool_work_new(size_t k, size_t p);
TQ_API void tq_pool_work_free(tq_pool_work *work);

/** A pooled or predicted value with its intervals; what does not exist is NaN. */
typedef struct {
    double pred, se;
    double ci_lb, ci_ub; /* confidence interval */
    double pi_lb, pi_ub; /* prediction interval */
    double pi_df;        /* degrees of freedom of its critical value; NaN: normal or bootstrap */
} tq_prediction;

/** Confidence limits on the scales of heterogeneity; NaN where there are none. */
typedef struct {
    tq_ci_tau2 method; /* TQ_CI_NONE when the model has no tau2 to be estimated */
    double tau2[2], tau[2], I2[2], H2[2];
    int empty; /* 1: the set of plausible values is empty (all below 0) */
} tq_heterogeneity_ci;

/** A chi-square statistic; NaN where the method has none. */
typedef struct {
    double stat, df, pval;
} tq_statistic;

/**
 * A fitted model. Plain data; the arrays belong to the struct (tq_pool_new / tq_pool_free).
 * Numbers that do not exist (R2 without moderators, a test of one study) are NaN.
 */
typedef struct {
    size_t k, p;
    tq_method method;
    tq_test test;
    double level;                                         /* percent */
    double *beta, *se, *stat, *df, *pval, *ci_lb, *ci_ub; /* [p]; df NaN for z */
    double *vb;                /* [p x p] covariance of beta under the test in use */
    double *vb_model;          /* [p x p] the same before any small-sample adjustment */
    double *kr;                /* [p x p] Kenward-Roger: vb X'W^2X vb, whose ratio to vb gives df */
    double critical;           /* half width of the interval / se, where the test has a distribution
                                  of its own (HC); NaN: from the normal or t distribution */
    double kr_information;     /* expected information on tau2; NaN unless test is kr */
    double kh;                 /* Knapp-Hartung factor, sum wi ri^2 / (k - p); NaN for k = p */
    double *weight;            /* [k] percent of the sum */
    double tau2, se_tau2, tau; /* NaN without tau2 in the model */
    int tau2_fixed;            /* 1: given, not estimated */
    double I2, H2, R2;         /* I2, R2 in percent */
    double typical_vi;         /* "typical" sampling variance */
    double QE, QE_df, QE_pval; /* heterogeneity (residual) */
    double QM, QM_df1, QM_df2, QM_pval;  /* moderators; NaN without */
    double ll, deviance, AIC, BIC, AICc; /* REML, else ML */
    tq_heterogeneity_ci ci;
    tq_prediction prediction; /* intercept-only models */
    tq_predict predict;       /* kind of the prediction interval */
    tq_statistic cmh;         /* MH: Cochran-Mantel-Haenszel test of no association */
    tq_statistic bd, ta;      /* MH of odds ratios: Breslow-Day test of equal ratios, Tarone's */
    tq_statistic lrt, wld;    /* GLMM: likelihood ratio and Wald test of heterogeneity */
    double rho[2];            /* BB: correlation within the groups of a study */
    const char *why_none;     /* why the counts give no estimate, static text; NULL: there is one */
    int iterations;           /* of the tau2 estimator, 0: closed form */
    double score; /* derivative of the (restricted) log-likelihood at tau2, NaN where not used */
} tq_pool;

TQ_API tq_pool *tq_pool_new(size_t k, size_t p);
TQ_API void tq_pool_free(tq_pool *fit);

/**
 * Fit the model.
 *
 * k = 1 has a defined answer: the study itself, tau2 = 0 (NaN limits), Q = 0 with p = 1, test z.
 * Counts that determine no estimate (MH of an odds ratio without events in one of the groups) give
 * TQ_OK, NaN in all that follows from the estimate, and why_none.
 *
 * @param[in]  model  Studies and design.
 * @param[in]  opt    Options, or NULL for the defaults.
 * @param[in]  work   From tq_pool_work_new(>= k, >= p).
 * @param[out] fit    From tq_pool_new(>= k, >= p); its content is unspecified after a failure.
 * @param[out] err    err->row is the study at fault.
 *
 * @retval TQ_EINVAL   An option outside its range; GENQ or GENQM without weights; kr without REML;
 *                     NNF with moderators; a workspace that is too small.
 * @retval TQ_EDATA    yi, vi or X outside their ranges, p >= k (k > 1), a singular design, weights
 *                     that are negative or all 0 (GENQ, GENQM: positive for no more than p studies).
 * @retval TQ_ENOCONV  max_iter steps did not reach tol.
 * @retval TQ_ENOMEM   Of TQ_PREDICT_NNF, HC, GLMM, BB and FIRTH.
 *
 * Allocates nothing (TQ_PREDICT_NNF, HC, GLMM, BB and FIRTH excepted); O(k p^2) a step; safe from any thread.
 */
TQ_API tq_status tq_pool_fit(const tq_model *model, const tq_pool_options *opt, tq_pool_work *work,
                             tq_pool *fit, tq_error *err);

/**
 * tq_pool_fit() of one model, with a workspace and a result made for it.
 * @param[out] out  To be freed with tq_pool_free(); untouched on failure.
 * @retval TQ_ENOMEM  Else as tq_pool_fit().
 */
TQ_API tq_status tq_pool_fit_once(const tq_model *model, const tq_pool_options *opt, tq_pool **out,
                                  tq_error *err);

/**
 * The heart of a fit, for loops over many: beta, tau2, I2, H2, QE and typical_vi as tq_pool_fit() gives them (beta
 * to rounding), the rest of fit unspecified but k, p, method, why_none. Same errors. With moderators, and for
 * methods that have a whole fit of their own, it is that fit.
 */
TQ_API tq_status tq_pool_effect(const tq_model *model, const tq_pool_options *opt,
                                tq_pool_work *work, tq_pool *fit, tq_error *err);

/**
 * Estimate tau2 alone, by opt->method: the kernel of loops over fits. Same errors.
 * @param[out] tau2  >= 0; 0 for k = 1 and in a model without tau2.
 * @retval TQ_EINVAL  Also for methods that pool counts: they have no such kernel.
 */
TQ_API tq_status tq_tau2_estimate(const tq_model *model, const tq_pool_options *opt,
                                  tq_pool_work *work, double *tau2, tq_error *err);

/**
 * Predicted value at x[p] from a fitted model, with confidence and prediction interval of the kind
 * that the fit used (not NNF, which exists for the intercept alone).
 */
TQ_API void tq_pool_predict(const tq_pool *fit, const double *x, tq_prediction *out);

#endif
