/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file fail_safe.h  Fail-safe N: how many unseen studies without an effect would undo the result. */
#ifndef TQ_BIAS_FAIL_SAFE_H
#define TQ_BIAS_FAIL_SAFE_H

#include "pooling/pool.h"

/** Start from tq_fail_safe_defaults() and change fields. */
typedef struct {
    double alpha;      /* level at which the result is lost; default 0.05 */
    double target;     /* effect that is too small to matter; NaN (default): see below */
    double null_value; /* effect of no effect; default 0 */
} tq_fail_safe_options;

TQ_API tq_fail_safe_options tq_fail_safe_defaults(void);

/** NaN where the method has no such number. */
typedef struct {
    double fsn;      /* a whole number >= 0; NaN: see why */
    double pval;     /* of the observed studies */
    double estimate; /* of the observed studies */
    double target;
    const char *why; /* why there is no fsn, static text; NULL: there is one */
} tq_fail_safe_n;

enum { TQ_FAIL_SAFE_PATH = 81 };

/** The model in use with so many unseen studies; limits at 1 - alpha. */
typedef struct {
    double unseen, effect, ci_lb, ci_ub, pval;
} tq_fail_safe_step;

typedef struct {
    size_t k;
    double alpha;
    tq_fail_safe_n rosenthal, orwin, rosenberg, general;
    size_t n_path;                             /* 0: the general method does not know the model */
    tq_fail_safe_step path[TQ_FAIL_SAFE_PATH]; /* [n_path] from none to beyond general.fsn */
} tq_fail_safe;

/**
 * Fail-safe N by four methods, rounded up.
 *
 * rosenthal  Rosenthal (1979), Psychol. Bull. 86:638-641: until Stouffer's combined one-sided p is alpha.
 * orwin      Orwin (1983), J. Educ. Stat. 8:157-159, with weights 1/vi: until the mean effect is the
 *            target (default: half way to no effect).
 * rosenberg  Rosenberg (2005), Evolution 59:464-468, with the normal distribution: until the two-sided p
 *            of the equal-effects model is alpha.
 * general    until the two-sided p of the model that opt describes is above alpha or, with a target, until
 *            its pooled effect is not beyond the target. Unseen studies have the harmonic mean of the sampling
 *            variances and the observed tau2 around no effect; together with the observed ones the variance
 *            of true effects is that of a mixture of the two groups, with N1 = k and N2 = fsn,
 *
 *                tau2' = ((k - 1 + N2 - 1) tau2 + k N2 / (k + N2) mu^2) / (k + N2 - 1).
 *
 *            Where the test scales by the residuals (knha, adhoc) those of unseen studies are as expected of
 *            such variances.
 *
 * @param[in]  model  Without moderators and counts.
 * @param[in]  opt    Of the general method; NULL: the defaults. Weights of one's own and the test kr are not
 *                    known there: general.why.
 * @retval TQ_EINVAL  As tq_pool_fit(); moderators; a method that pools counts; alpha outside (0, 0.5); target or
 *                    null_value not finite.
 * @retval TQ_EDATA, TQ_ENOCONV, TQ_ENOMEM  As tq_pool_fit().
 */
TQ_API tq_status tq_fail_safe_find(const tq_model *model, const tq_pool_options *opt,
                                   const tq_fail_safe_options *safe, tq_fail_safe *out,
                                   tq_error *err);

#endif
