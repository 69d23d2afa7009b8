/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file mean_interval.h  Intervals of the pooled effect beside the test's own: by likelihood and by
 * the bootstrap.
 */
#ifndef TQ_POOLING_MEAN_INTERVAL_H
#define TQ_POOLING_MEAN_INTERVAL_H

#include "core/progress_callback.h"
#include "pooling/pool.h"

typedef enum {
    TQ_CI_MU_WALD,      /* the test's own: nothing to do */
    TQ_CI_MU_PL,        /* profile likelihood: Hardy & Thompson (1996), Stat. Med. 15:619-629 */
    TQ_CI_MU_BARTLETT,  /* its Bartlett correction: Huizenga, Visser & Dolan (2011) */
    TQ_CI_MU_SKOVGAARD, /* Skovgaard's statistic: Guolo (2012), Stat. Med. 31:313-327 */
    /* Not here: tq_mean_bootstrap(), tq_permutation_test() of moderators/. */
    TQ_CI_MU_BOOT_PARAM,    /* parametric bootstrap, bootstrap-t */
    TQ_CI_MU_BOOT_NONPARAM, /* studies drawn with replacement, BCa */
    TQ_CI_MU_PERMUTATION,
    TQ_CI_MU_COUNT
} tq_ci_mu;

/** Start from tq_mean_interval_defaults() and change fields. */
typedef struct {
    tq_ci_mu kind;               /* default TQ_CI_MU_WALD */
    size_t iterations;           /* of the bootstrap, >= 2; default 5000 */
    uint64_t seed;               /* default 1 */
    size_t threads;              /* of the bootstrap; 0 (default): one per processor */
    const tq_progress *progress; /* default NULL */
} tq_mean_interval_options;

/** What does not exist is NaN. */
typedef struct {
    tq_ci_mu kind;
    double ci_lb, ci_ub;
    double stat;     /* of mu = 0: likelihood ratio, r* of Skovgaard, t of the fit (bootstrap-t) */
    double df;       /* of the likelihood ratio, 1; else NaN */
    double pval;     /* two-sided */
    double mu, tau2; /* maximum likelihood estimates; NaN with the bootstrap */
    size_t iterations; /* samples used; 0 without the bootstrap */
    size_t failed;     /* samples without an estimate, left out */
    const char *why;   /* why there is no interval; NULL where there is one */
} tq_mean_interval;

TQ_API tq_mean_interval_options tq_mean_interval_defaults(void);

/** Name as on the command line ("pl", "boot-param") and for reports; NULL outside the range. */
TQ_API const char *tq_ci_mu_name(tq_ci_mu kind);
TQ_API const char *tq_ci_mu_label(tq_ci_mu kind);
TQ_API const char *tq_ci_mu_source(tq_ci_mu kind);

/**
 * Whether the model has an interval of the kind, wherever that is found.
 *
 * @param[out] out  Nothing found, of the kind; `why` where the studies are too few: two (three for the BCa
 *                  interval) are the least.
 * @retval TQ_EINVAL  Unknown kind; moderators; a method without an estimate of tau2, or with an interval of
 *                    its own; a fixed tau2 or user weights with a likelihood; iterations < 2.
 */
TQ_API tq_status tq_mean_interval_check(const tq_model *model, const tq_pool_options *opt,
                                        const tq_mean_interval_options *how, tq_mean_interval *out,
                                        tq_error *err);

/**
 * The interval of the pooled effect of a random-effects model, at the level of opt.
 *
 * The likelihood is that of the model yi ~ N(mu, vi + tau2), tau2 >= 0 at its own maximum, whatever
 * estimates tau2 in opt.
 *
 * @param[in]  model  Without moderators.
 * @param[in]  opt    What fit was made with.
 * @param[in]  fit    From tq_pool_fit(model, opt, ...).
 * @param[out] out    Written on TQ_OK; two studies are the least, and Skovgaard's statistic needs
 *                    tau2 > 0: else `why` says so.
 *
 * @retval TQ_EINVAL   As tq_mean_interval_check(); also a kind that is not found here.
 * @retval TQ_ENOCONV  A limit was not found.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_mean_interval_find(const tq_model *model, const tq_pool_options *opt,
                                       const tq_mean_interval_options *how, const tq_pool *fit,
                                       tq_mean_interval *out, tq_error *err);

#endif
