/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fit, stage by stage: options, tau2, coefficients, heterogeneity, fit statistics, intervals. */
#include "pooling/pool.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "pooling/pool_internal.h"

static const double LOG_2 = 0.69314718055994530942;

/* ---- memory ---- */

tq_pool *tq_pool_new(size_t k, size_t p)
{
    if (k == 0 || p == 0 || p > SIZE_MAX / 64 / p || k > SIZE_MAX / 64) {
        return NULL;
    }
    tq_pool *fit = calloc(1, sizeof *fit);
    double *at = fit ? calloc(7 * p + 3 * p * p + k, sizeof(double)) : NULL;

    if (!at) {
        free(fit);
        return NULL;
    }
    double **vectors[] = {&fit->beta, &fit->se,    &fit->stat, &fit->df,
                          &fit->pval, &fit->ci_lb, &fit->ci_ub};

    for (size_t i = 0; i < 7; i++, at += p) {
        *vectors[i] = at;
    }
    fit->vb = at;
    fit->vb_model = at + p * p;
    fit->kr = at + 2 * p * p;
    fit->weight = at + 3 * p * p;
    return fit;
}

void tq_pool_free(tq_pool *fit)
{
    if (fit) {
        free(fit->beta); /* the first of the arrays, which are one block */
        free(fit);
    }
}

/* ---- options ---- */

static int needs_weights(tq_method method)
{
    return method == TQ_GENQ || method == TQ_GENQM;
}

static tq_status check_weights(const tq_model *m, const tq_pool_options *o, tq_error *err)
{
    double sum = 0.0;
    size_t positive = 0;

    for (size_t i = 0; i < m->k; i++) {
        if (!(o->weights[i] >= 0.0 && isfinite(o->weights[i]))) {
            return tq_fail(err, TQ_EDATA, i, "weights", "value '%g' must be >= 0", o->weights[i]);
        }
        sum += o->weights[i];
        positive += o->weights[i] > 0.0;
    }
    if (!(sum > 0.0 && isfinite(sum))) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, "weights",
                       "at least one weight must be > 0, and their sum finite");
    }
    if (needs_weights(o->method) && positive <= m->p && m->k > 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, "weights",
                       "tau2 needs more than %zu studies with a weight > 0, not %zu", m->p,
                       positive);
    }
    return TQ_OK;
}

tq_status pool_check_options(const tq_model *m, const tq_pool_options *o, tq_error *err)
{
    if (!tq_method_name(o->method) || !tq_test_name(o->test) || !tq_ci_tau2_name(o->ci_tau2) ||
        !tq_predict_name(o->predict) || !tq_i2_name(o->i2) ||
        !tq_mh_variance_name(o->mh_variance)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "unknown method, test, interval or variance");
    }
    if (!(o->level > 0.0 && o->level < 100.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "level %g must be between 0 and 100",
                       o->level);
    }
    if (!isnan(o->tau2) && !(o->tau2 >= 0.0 && isfinite(o->tau2))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "tau2 = %g must be >= 0", o->tau2);
    }
    if (!(o->tol > 0.0) || o->max_iter < 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the threshold must be > 0 and the number of steps at least 1");
    }
    if (needs_weights(o->method) && !o->weights) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "method %s needs weights (--weights COL)",
                       tq_method_name(o->method));
    }
    if (o->test == TQ_TEST_KR && (o->method != TQ_REML || o->weights || !o->weighted)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "test kr (Kenward-Roger) needs method REML and inverse-variance weights");
    }
    if (o->test == TQ_TEST_HC && o->method != TQ_HC) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "test HC (Henmi-Copas) needs method HC");
    }
    if (o->test == TQ_TEST_PLR && o->method != TQ_FIRTH) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "test PLR (penalised likelihood ratio) needs method FIRTH");
    }
    if (o->predict == TQ_PREDICT_NNF && !problem_mean_only(m)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the NNF prediction interval exists for models without moderators only");
    }
    if (o->predict == TQ_PREDICT_NNF && o->resamples < 2) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the NNF prediction interval needs at least 2 resamples, not %zu",
                       o->resamples);
    }
    const tq_status status =
        tq_method_check(o->method, m->counts ? m->counts->scale : TQ_COUNT_COUNT, err);

    return status == TQ_OK && o->weights ? check_weights(m, o, err) : status;
}

/* ---- tau2 ---- */

static tq_status out_of_range(tq_error *err)
{
    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                   "effects and variances span too far: Q or tau2 is beyond the range of numbers");
}

tq_status pool_estimate_tau2(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out,
                             tq_error *err)
{
    const tau2_method *row = tau2_method_row(opt->method);

    if (row->random && !isnan(opt->tau2)) {
        *out = (tau2_value){problem_tau2_in(g, opt->tau2), 0};
        return TQ_OK;
    }
    if (g->k == g->p) { /* one study */
        *out = (tau2_value){0.0, 0};
        return TQ_OK;
    }
    const tq_status status = row->estimate(g, opt, out, err);

    if (status == TQ_OK && !isfinite(out->t)) {
        return out_of_range(err);
    }
    return status;
}

tq_status tq_tau2_estimate(const tq_model *model, const tq_pool_options *opt, tq_pool_work *work,
                           double *tau2, tq_error *err)
{
    const tq_pool_options defaults = tq_pool_defaults();
    tau2_value value;

    opt = opt ? opt : &defaults;
    tq_status status = pool_check_options(model, opt, err);

    if (status == TQ_OK && !tau2_method_row(opt->method)->estimate) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "method %s has no tau2 to be estimated",
                         tq_method_name(opt->method));
    }
    if (status == TQ_OK) {
        status = problem_load(work, model, err);
    }
    if (status == TQ_OK) {
        status = pool_estimate_tau2(work, opt, &value, err);
    }
    if (status == TQ_OK) {
        *tau2 = problem_tau2_out(work, value.t);
    }
    return status;
}

/* ---- heterogeneity ---- */

/*
 * Q and I2, H2. With tau2 in the model I2 = tau2 / (tau2 + vt), where vt = (k - p) / tr(P) is the
 * typical variance of Higgins & Thompson (2002), Stat. Med. 21:1539-1558, eq. 9; without it, and
 * where I2 is to come from Q, I2 = (Q - df) / Q.
 */
static void heterogeneity(tq_pool_work *g, const tau2_method *row, tq_i2 from, double t,
                          tq_pool *fit)
{
    const double df = (double)(g->k - g->p);
    problem_sums s;

    problem_evaluate(g, 0.0, SUMS_TRACE, &s);
    fit->QE = s.Q;
    fit->QE_df = df;
    const double vt = df / s.trP;

    fit->typical_vi = df > 0.0 ? problem_tau2_out(g, vt) : (double)NAN;
    if (!(df > 0.0)) {
        fit->I2 = row->random ? 0.0 : (double)NAN;
        fit->H2 = row->random ? 1.0 : (double)NAN;
    } else if (row->random && from == TQ_I2_TAU2) {
        fit->I2 = 100.0 * t / (t + vt);
        fit->H2 = t / vt + 1.0;
    } else {
        fit->I2 = s.Q > 0.0 ? fmax(0.0, 100.0 * (s.Q - df) / s.Q) : 0.0;
        fit->H2 = row->random ? fmax(1.0, s.Q / df) : s.Q / df;
    }
}

/* R2 = share of tau2 (or, without tau2, of the residual variance) that the moderators explain. */
static tq_status explained(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                           double t, double Q, tq_pool *fit, tq_error *err)
{
    tq_model mean = {model->k, 1, model->yi, model->vi, NULL, 1, NULL};
    const double tau2 = problem_tau2_out(g, t);

    fit->R2 = NAN;
    if (problem_mean_only(model)) {
        return TQ_OK;
    }
    tq_status status = problem_load(g, &mean, err);
    tau2_value before;

    if (status == TQ_OK && tau2_method_row(opt->method)->random) {
        tq_pool_options free_tau2 = *opt;

        free_tau2.tau2 = NAN; /* a given tau2 is compared with the one that it would be without X */
        status = pool_estimate_tau2(g, &free_tau2, &before, err);
        if (status == TQ_OK) {
            const double all = problem_tau2_out(g, before.t);

            /* Nothing is explained where there is nothing to explain. */
            fit->R2 = all > 0.0 ? fmax(0.0, 100.0 * (all - tau2) / all) : 0.0;
        }
    } else if (status == TQ_OK) { /* adjusted R2 of the weighted regression */
        problem_sums s;

        problem_evaluate(g, 0.0, SUMS_PLAIN, &s);
        const double residual = Q / (double)(model->k - model->p);
        const double total = s.Q / (double)(model->k - 1);

        fit->R2 = total > 0.0 ? fmax(0.0, 100.0 * (1.0 - residual / total)) : (double)NAN;
    }
    return status;
}

/* ---- fit statistics ---- */

void pool_criteria(double ll, double parameters, double n, tq_pool *fit)
{
    /* n - parameters - 1 floored at 1, so that tiny samples get a finite, large penalty. */
    const double floored = fmax(n, parameters + 2.0);

    fit->ll = ll;
    fit->AIC = -2.0 * ll + 2.0 * parameters;
    fit->BIC = -2.0 * ll + parameters * log(n);
    fit->AICc = -2.0 * ll + 2.0 * parameters * floored / (floored - parameters - 1.0);
}

static void fit_statistics(tq_pool_work *g, const tau2_method *row, double t, tq_pool *fit)
{
    const int restricted = row->likelihood == 2;
    const double k = (double)g->k, p = (double)g->p, n = restricted ? k - p : k;
    const double parameters = p + (row->random && !fit->tau2_fixed ? 1.0 : 0.0);
    const double unit =
        2.0 * (double)g->exponent * LOG_2; /* log of the kernels' unit of variance */
    const double saturated = -0.5 * (k * (TQ_LOG_2PI + unit) + problem_log_variances(g, 0.0));
    problem_sums s;

    if (!(n > 0.0)) { /* no residual contrast, no restricted likelihood */
        fit->ll = fit->deviance = fit->AIC = fit->BIC = fit->AICc = NAN;
        return;
    }
    /* The likelihood of the fit as it is: user weights do not maximise it. */
    problem_evaluate(g, t, SUMS_PLAIN, &s);
    double ll =
        tau2_loglik(g, restricted, t) - 0.5 * (g->residual - s.Q) - 0.5 * n * (TQ_LOG_2PI + unit);

    if (restricted && g->mean_only) {
        ll += 0.5 * log(k); /* log|X'X|; the orthonormal basis has none */
    }
    pool_criteria(ll, parameters, n, fit);
    fit->deviance = restricted ? -2.0 * ll : -2.0 * (ll - saturated);
}

/* ---- the fit ---- */

/* What a fit of any kind starts from: what was asked for, and nothing found. */
void pool_head(const tq_model *model, const tq_pool_options *opt, tq_pool *fit)
{
    const tq_statistic none = {NAN, NAN, NAN};
    double *const numbers[] = {&fit->kr_information,
                               &fit->kh,
                               &fit->tau2,
                               &fit->se_tau2,
                               &fit->tau,
                               &fit->I2,
                               &fit->H2,
                               &fit->R2,
                               &fit->typical_vi,
                               &fit->QE,
                               &fit->QE_df,
                               &fit->QE_pval,
                               &fit->QM,
                               &fit->QM_df1,
                               &fit->QM_df2,
                               &fit->QM_pval,
                               &fit->ll,
                               &fit->deviance,
                               &fit->AIC,
                               &fit->BIC,
                               &fit->AICc};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        *numbers[i] = NAN;
    }
    for (size_t i = 0; i < 2; i++) {
        fit->rho[i] = NAN;
        fit->ci.tau2[i] = fit->ci.tau[i] = fit->ci.I2[i] = fit->ci.H2[i] = NAN;
    }
    fit->ci.method = TQ_CI_NONE;
    fit->ci.empty = 0;
    fit->cmh = fit->bd = fit->ta = fit->lrt = fit->wld = none;
    fit->iterations = 0;
    fit->why_none = NULL;
    fit->k = model->k;
    fit->p = model->p;
    fit->method = opt->method;
    fit->test = model->k == 1 ? TQ_TEST_Z : opt->test;
    fit->level = opt->level;
    fit->predict = opt->predict;
    fit->tau2_fixed = tq_method_random(opt->method) && !isnan(opt->tau2);
    fit->prediction = (tq_prediction){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    fit->score = NAN;
    fit->critical = NAN;
}

static void keep_tau2(tq_pool_work *g, const tq_pool_options *opt, const tau2_method *row,
                      const tau2_value *value, tq_pool *fit)
{
    fit->iterations = value->iterations;
    fit->tau2 = row->random ? problem_tau2_out(g, value->t) : (double)NAN;
    fit->tau = row->random ? sqrt(fit->tau2) : (double)NAN;
    fit->se_tau2 = g->k > g->p ? problem_tau2_out(g, row->se(g, opt, value->t)) : (double)NAN;
    if (g->k > g->p && (row->estimate == tau2_ml || row->estimate == tau2_reml)) {
        fit->score = ldexp(tau2_score(g, row->likelihood == 2, value->t), -2 * g->exponent);
    }
}

static tq_status run_stages(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                            tq_pool *fit, tq_error *err)
{
    const tau2_method *row = tau2_method_row(opt->method);
    tau2_value value;
    tq_status status = pool_estimate_tau2(g, opt, &value, err);

    if (status != TQ_OK) {
        return status;
    }
    pool_head(model, opt, fit);
    keep_tau2(g, opt, row, &value, fit);
    heterogeneity(g, row, opt->i2, value.t, fit);
    fit->QE_pval = fit->QE_df > 0.0 ? tq_chisq_upper(fit->QE, fit->QE_df) : 1.0;
    if (!isfinite(fit->QE) || isinf(fit->tau2)) {
        return out_of_range(err);
    }
    status = pool_coefficients(g, opt, value.t, fit, err);
    if (status == TQ_OK) {
        fit_statistics(g, row, value.t, fit);
        status = pool_tau2_ci(g, opt, fit, err);
    }
    if (status == TQ_OK && g->mean_only) {
        pool_prediction(fit);
        status = opt->predict == TQ_PREDICT_NNF ? pool_prediction_nnf(g, opt, fit, err) : TQ_OK;
    }
    if (status == TQ_OK) {
        status = explained(model, opt, g, value.t, fit->QE, fit, err);
    }
    return status;
}

tq_status pool_fit_stages(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                          tq_pool *fit, tq_error *err)
{
    const tq_status status = problem_load(g, model, err);

    return status == TQ_OK ? run_stages(model, opt, g, fit, err) : status;
}

tq_status tq_pool_fit(const tq_model *model, const tq_pool_options *opt, tq_pool_work *work,
                      tq_pool *fit, tq_error *err)
{
    const tq_pool_options defaults = tq_pool_defaults();

    opt = opt ? opt : &defaults;
    tq_status status = pool_check_options(model, opt, err);

    if (status != TQ_OK) {
        return status;
    }
    pool_fit_fn *whole = tau2_method_row(opt->method)->fit;

    return (whole ? whole : pool_fit_stages)(model, opt, work, fit, err);
}

tq_status tq_pool_fit_once(const tq_model *model, const tq_pool_options *opt, tq_pool **out,
                           tq_error *err)
{
    tq_pool_work *work = tq_pool_work_new(model->k, model->p);
    tq_pool *fit = tq_pool_new(model->k, model->p);
    const tq_status status = work && fit
                                 ? tq_pool_fit(model, opt, work, fit, err)
                                 : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    tq_pool_work_free(work);
    if (status != TQ_OK) {
        tq_pool_free(fit);
        return status;
    }
    *out = fit;
    return TQ_OK;
}

/* The mean at tau2 = t: inverse-variance weights need one evaluation, others the regression. */
static tq_status mean_at(const tq_pool_options *opt, tq_pool_work *g, double t, tq_pool *fit,
                         tq_error *err)
{
    tq_status status = TQ_OK;

    if (opt->weighted && !opt->weights && !pool_own_weights(g, opt)) {
        problem_sums s;

        problem_evaluate(g, t, SUMS_PLAIN, &s);
        fit->beta[0] = g->beta[0];
    } else {
        fit->test = TQ_TEST_Z;
        status = pool_estimate(g, opt, t, fit, err);
    }
    fit->beta[0] = ldexp(fit->beta[0], g->exponent) + g->shift;
    return status;
}

tq_status tq_pool_effect(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                         tq_pool *fit, tq_error *err)
{
    const tq_pool_options defaults = tq_pool_defaults();

    opt = opt ? opt : &defaults;
    if (!problem_mean_only(model) || !tq_method_name(opt->method) ||
        tau2_method_row(opt->method)->fit) {
        return tq_pool_fit(model, opt, g, fit, err);
    }
    const tau2_method *row = tau2_method_row(opt->method);
    tau2_value value;
    tq_status status = pool_check_options(model, opt, err);

    status = status == TQ_OK ? problem_load(g, model, err) : status;
    status = status == TQ_OK ? pool_estimate_tau2(g, opt, &value, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    fit->k = model->k;
    fit->p = model->p;
    fit->method = opt->method;
    fit->why_none = NULL;
    fit->tau2 = row->random ? problem_tau2_out(g, value.t) : (double)NAN;
    heterogeneity(g, row, opt->i2, value.t, fit);
    return isfinite(fit->QE) && !isinf(fit->tau2) ? mean_at(opt, g, value.t, fit, err)
                                                  : out_of_range(err);
}
