/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file tau2_internal.h  The kernels that estimate tau2, as rows of the table of methods. */
#ifndef TQ_POOLING_TAU2_INTERNAL_H
#define TQ_POOLING_TAU2_INTERNAL_H

#include "pooling/problem_internal.h"

typedef struct {
    double t;       /* estimate in kernel units, >= 0 */
    int iterations; /* evaluations; 0: closed form */
} tau2_value;

/* A loaded problem in, an estimate out. User weights, where a method needs them, are in opt. */
typedef tq_status tau2_fn(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out,
                          tq_error *err);
/* Standard error of the estimate at t, kernel units; NaN where it does not exist. */
typedef double tau2_se_fn(tq_pool_work *g, const tq_pool_options *opt, double t);

/* A whole fit, for methods that are no weighted least squares at an estimate of tau2. The options are
   checked, the model is not. */
typedef tq_status pool_fit_fn(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                              tq_pool *fit, tq_error *err);

typedef struct {
    const char *name, *label, *source;
    int random;     /* the model has a tau2 */
    int likelihood; /* 1: ML, 2: REML likelihood for fit statistics and profile intervals */
    tau2_fn *estimate;
    tau2_se_fn *se;
    pool_fit_fn *fit; /* NULL: by estimate */
    unsigned counts;  /* scales of counts that fit pools; 0: effects */
} tau2_method;

/* mantel_haenszel.c, peto.c */
pool_fit_fn fit_mantel_haenszel, fit_peto;
/* fit_glmm.c, fit_beta_binomial.c, fit_firth.c */
pool_fit_fn pool_fit_glmm, pool_fit_beta_binomial, pool_fit_firth;

const tau2_method *tau2_method_row(tq_method method);

/* tau2_moment.c */
tau2_fn tau2_none, tau2_dl, tau2_he, tau2_hs, tau2_hsk, tau2_sj, tau2_genq;
tau2_se_fn tau2_se_none, tau2_se_dl, tau2_se_he, tau2_se_hs, tau2_se_hsk, tau2_se_sj, tau2_se_genq;
/* tau2_root.c */
tau2_fn tau2_pm, tau2_pmm, tau2_genqm;
tau2_se_fn tau2_se_pm;
/* tau2_likelihood.c */
tau2_fn tau2_ml, tau2_reml;
tau2_se_fn tau2_se_ml, tau2_se_reml;

/* henmi_copas.c, uwls.c, quality_effects.c */
pool_fit_fn pool_fit_hc, pool_fit_uwls, pool_fit_qe;

/* Solve Q(t) = target for t >= 0, where Q falls with t; 0 when Q(0) <= target. */
tq_status tau2_solve_q(tq_pool_work *g, const tq_pool_options *opt, double target, tau2_value *out);

/* Score (d/dt of the log-likelihood) at t; restricted: REML. */
double tau2_score(tq_pool_work *g, int restricted, double t);
/* Log-likelihood at t in kernel units, without its constants: REML or ML. */
double tau2_loglik(tq_pool_work *g, int restricted, double t);
/* Global maximum of the likelihood over [0, inf). */
tq_status tau2_maximise(tq_pool_work *g, const tq_pool_options *opt, int restricted,
                        tau2_value *out, tq_error *err);

/* A bound beyond which the score is negative: no maximum of the likelihood lies there. */
double tau2_upper_bound(const tq_pool_work *g, double df);

#endif
