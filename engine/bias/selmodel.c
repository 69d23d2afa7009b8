/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selection models: from studies and a weight function to the fitted model. */
#include "bias/selmodel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bias/selmodel_internal.h"
#include "core/distributions.h"
#include "linalg/dense.h"

static tq_statistic ratio_test(double ll, double ll0, double df)
{
    const double stat = fmax(0.0, 2.0 * (ll - ll0));

    return df > 0.0 ? (tq_statistic){stat, df, tq_chisq_upper(stat, df)}
                    : (tq_statistic){NAN, NAN, NAN};
}

/* Covariance of the parameters that may move, into m->F [n x n of them]; 0: there is none. */
static size_t covariance(sel_problem *m)
{
    const size_t n = sel_free(m);
    double logdet;

    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            m->F[a + b * n] = m->J[m->index[a] + m->index[b] * m->n];
        }
    }
    return n > 0 && tq_invert_spd(n, m->F, &logdet, NULL) == TQ_OK && isfinite(logdet) ? n : 0;
}

/* The standard error of theta[j]; NaN where it is at its bound or given. */
static double standard_error(const sel_problem *m, size_t n, size_t j)
{
    for (size_t a = 0; a < n; a++) {
        if (m->index[a] == j) {
            return sqrt(m->F[a + a * n]);
        }
    }
    return NAN;
}

static void fill_coefficients(const sel_problem *m, size_t n, double sign, tq_pool *fit)
{
    const size_t p = m->p;

    for (size_t a = 0; a < p; a++) {
        fit->beta[a] = sign * m->unit * m->theta[a];
        for (size_t b = 0; b < p; b++) { /* the coefficients come first among those that move */
            fit->vb[a + b * p] = n ? m->unit * m->unit * m->F[a + b * n] : (double)NAN;
        }
    }
    tq_solve_upper(p, m->R, fit->beta);
    tq_congruence_upper(p, m->R, fit->vb);
    memcpy(fit->vb_model, fit->vb, p * p * sizeof *fit->vb);
    for (size_t a = 0; a < p; a++) {
        fit->se[a] = sqrt(fit->vb[a + a * p]);
        fit->stat[a] = fit->beta[a] / fit->se[a];
        fit->pval[a] = tq_two_sided_p(fit->stat[a], fit->df[a]);
        const double half = tq_critical_value(fit->level, fit->df[a]) * fit->se[a];

        fit->ci_lb[a] = fit->beta[a] - half;
        fit->ci_ub[a] = fit->beta[a] + half;
    }
}

/* Wald test of all coefficients but the intercept. */
static void fill_omnibus(sel_problem *m, int intercept, tq_pool *fit)
{
    const size_t p = m->p, from = intercept ? 1 : 0, n = p - from;
    double logdet;

    if (isnan(fit->QM)) {
        return;
    }
    for (size_t b = 0; b < n; b++) {
        memcpy(m->F + b * n, fit->vb + from + (from + b) * p, n * sizeof *m->F);
    }
    if (tq_invert_spd(n, m->F, &logdet, NULL) != TQ_OK) {
        fit->QM = fit->QM_pval = NAN;
        return;
    }
    fit->QM = tq_bilinear(n, fit->beta + from, m->F, fit->beta + from);
    fit->QM_df1 = (double)n;
    fit->QM_pval = tq_chisq_upper(fit->QM, fit->QM_df1);
    if (!isnan(fit->QM_df2)) {
        fit->QM /= fit->QM_df1;
        fit->QM_pval = tq_f_upper(fit->QM, fit->QM_df1, fit->QM_df2);
    }
}

/* tau2 at a limit of its interval, and what follows from it. */
static void set_limit(tq_pool *fit, int side, double tau2)
{
    const double typical = fit->typical_vi;

    fit->ci.tau2[side] = tau2;
    fit->ci.tau[side] = sqrt(tau2);
    fit->ci.I2[side] = isfinite(tau2) ? 100.0 * tau2 / (tau2 + typical) : 100.0;
    fit->ci.H2[side] = (tau2 + typical) / typical;
}

static void fill_heterogeneity(sel_problem *m, double se, int profile, const sel_maximum *top,
                               tq_pool *fit)
{
    const double drop = tq_chisq_quantile(fit->level / 100.0, 1.0), unit2 = m->unit * m->unit;
    const double t = m->theta[m->p];

    fit->ci.method = TQ_CI_NONE;
    fit->ci.empty = 0;
    for (int side = 0; side < 2; side++) {
        fit->ci.tau2[side] = fit->ci.tau[side] = fit->ci.I2[side] = fit->ci.H2[side] = NAN;
    }
    if (isnan(fit->tau2)) { /* equal effects */
        return;
    }
    fit->tau2 = unit2 * t;
    fit->tau = sqrt(fit->tau2);
    fit->se_tau2 = unit2 * se;
    fit->I2 = 100.0 * fit->tau2 / (fit->tau2 + fit->typical_vi);
    fit->H2 = (fit->tau2 + fit->typical_vi) / fit->typical_vi;
    if (m->fixed[m->p] || !profile) {
        return;
    }
    fit->ci.method = TQ_CI_PL;
    for (int side = 0; side < 2; side++) {
        double limit;

        if (sel_profile(m, m->p, side ? 1 : -1, top->ll, drop, &limit)) {
            set_limit(fit, side, unit2 * limit);
        }
    }
}

static void fill_statistics(const sel_problem *m, double ll, size_t parameters, tq_pool *fit)
{
    const double n = (double)m->k, c = (double)parameters, floored = fmax(n, c + 2.0);
    double sum = 0.0;

    fit->ll = ll;
    fit->deviance = -2.0 * (ll - m->constant); /* the constant is the saturated model's */
    fit->AIC = -2.0 * ll + 2.0 * c;
    fit->BIC = -2.0 * ll + c * log(n);
    fit->AICc = -2.0 * ll + 2.0 * c * floored / (floored - c - 1.0);
    for (size_t i = 0; i < m->k; i++) {
        fit->weight[i] = 1.0 / (m->s[i] * m->s[i] + m->theta[m->p]);
        sum += fit->weight[i];
    }
    for (size_t i = 0; i < m->k; i++) {
        fit->weight[i] *= 100.0 / sum;
    }
    fit->R2 = fit->kh = fit->score = NAN;
}

static void fill_delta(sel_problem *m, size_t n, double level, size_t a, tq_sel_delta *d)
{
    const size_t j = m->p + 1 + a;

    d->est = m->theta[j];
    d->null_value = m->family->null_value;
    d->fixed = m->fixed[j];
    d->se = n ? standard_error(m, n, j) : (double)NAN;
    d->stat = (d->est - d->null_value) / d->se;
    d->pval = tq_two_sided_p(d->stat, NAN);
    d->ci_lb = fmax(0.0, d->est - tq_critical_value(level, NAN) * d->se);
    d->ci_lb = isnan(d->se) ? (double)NAN : d->ci_lb;
    d->ci_ub = d->est + tq_critical_value(level, NAN) * d->se;
    d->pl_lb = d->pl_ub = NAN;
}

static void profile_delta(sel_problem *m, double level, double ll, size_t a, tq_sel_delta *d)
{
    const double drop = tq_chisq_quantile(level / 100.0, 1.0);
    double limit;

    if (d->fixed) {
        return;
    }
    if (sel_profile(m, m->p + 1 + a, -1, ll, drop, &limit)) {
        d->pl_lb = limit;
    }
    if (sel_profile(m, m->p + 1 + a, 1, ll, drop, &limit)) {
        d->pl_ub = limit;
    }
}

/* From m->theta, with the parameters from .. to - 1 that are estimated held at a value. */
static double climb_held(sel_problem *m, size_t from, size_t to, double value)
{
    double ll = -INFINITY;
    int iterations;

    for (size_t j = from; j < to; j++) {
        m->held[j] = !m->fixed[j];
        if (m->held[j]) {
            m->theta[j] = value;
            m->fixed[j] = 1;
        }
    }
    const sel_end end = sel_climb(m, SEL_MAX_ITER, &ll, &iterations);

    for (size_t j = from; j < to; j++) {
        m->fixed[j] = m->fixed[j] && !m->held[j];
    }
    return end == SEL_CLIMBED ? ll : -(double)INFINITY;
}

/* The highest log-likelihood with those parameters held, from the maximum and from the model without
   selection. */
static double restricted(sel_problem *m, size_t from, size_t to, double value, const double *gamma,
                         double t)
{
    memcpy(m->start, m->theta, m->n * sizeof *m->theta);
    const double near = climb_held(m, from, to, value);

    memcpy(m->theta, m->start, m->n * sizeof *m->theta);
    sel_place(m, gamma, 1.0, t);
    const double plain = climb_held(m, from, to, value);

    memcpy(m->theta, m->start, m->n * sizeof *m->theta);
    return fmax(near, plain);
}

static void describe(const sel_problem *m, const tq_selmodel_options *o, const size_t *count,
                     tq_selmodel *out)
{
    for (size_t a = 0; a < out->q; a++) {
        tq_sel_delta *d = &out->delta[a];

        d->from = d->to = NAN;
        d->n = m->family->weight ? 0 : count[a];
        if (o->type == TQ_SEL_STEPFUN) {
            d->from = a ? o->steps[a - 1] : 0.0;
            d->to = o->steps[a];
        }
        out->estimated += !d->fixed;
    }
    out->n_steps = o->n_steps;
    memcpy(out->steps, o->steps, sizeof out->steps);
}

/* ---- the whole ---- */

typedef struct {
    const tq_model *model;
    const tq_pool_options *opt;
    tq_selmodel_options sel;
    sel_problem m;
    double *gamma; /* [p] of the model without selection */
    double t;
    size_t count[TQ_SEL_MAX];
    size_t q;
} fitting;

/* The model without selection: checks the data, gives the start, and what does not change. */
static tq_status fit_plain(fitting *f, tq_pool *fit, tq_selmodel *out, tq_error *err)
{
    tq_pool_options plain = *f->opt;
    tq_pool_work *work = tq_pool_work_new(f->model->k, f->model->p);

    if (!work) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    plain.ci_tau2 = TQ_CI_NONE;
    const tq_status status = tq_pool_fit(f->model, &plain, work, fit, err);

    tq_pool_work_free(work);
    if (status == TQ_OK) {
        out->beta0 = fit->beta[0];
        out->se0 = fit->se[0];
        out->ci_lb0 = fit->ci_lb[0];
        out->ci_ub0 = fit->ci_ub[0];
        out->tau20 = fit->tau2;
    }
    return status;
}

static tq_status prepare(fitting *f, const tq_pool *fit, tq_error *err)
{
    sel_problem *m = &f->m;
    const size_t p = f->model->p;
    const double sign = f->sel.alternative == TQ_SEL_LESS ? -1.0 : 1.0;
    size_t estimated = p + (isnan(fit->tau2) || fit->tau2_fixed ? 0 : 1);
    const size_t q = f->sel.type == TQ_SEL_TRUNCEST ? 1 : f->q;

    for (size_t a = 0; a < f->q; a++) {
        estimated += isnan(f->sel.delta[a]) ? 1 : 0;
    }
    if (f->model->k < estimated) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "%zu %s too few for the %zu parameters of this model; fewer with --method "
                       "EE, fewer --steps, or a given --delta",
                       f->model->k, f->model->k == 1 ? "study is" : "studies are", estimated);
    }
    f->gamma = malloc(p * sizeof *f->gamma);
    if (!f->gamma || !sel_take_problem(m, f->model->k, p, q)) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    const tq_status status = sel_load(m, f->model, &f->sel, err);

    for (size_t a = 0; a < p; a++) { /* gamma = R beta */
        f->gamma[a] = 0.0;
        for (size_t b = a; b < p; b++) {
            f->gamma[a] += sign * m->R[a + b * p] * fit->beta[b] / m->unit;
        }
    }
    f->t = isnan(fit->tau2) ? 0.0 : fit->tau2 / (m->unit * m->unit);
    m->fixed[p] = isnan(fit->tau2) || fit->tau2_fixed;
    m->theta[p] = f->t;
    for (size_t a = 0; a < q; a++) {
        m->fixed[p + 1 + a] = !isnan(f->sel.delta[a]);
        m->theta[p + 1 + a] = f->sel.delta[a];
    }
    return status;
}

static tq_status search(fitting *f, sel_maximum *top, tq_error *err)
{
    sel_problem *m = &f->m;
    const int open = f->sel.type == TQ_SEL_TRUNCEST && isnan(f->sel.delta[1]);
    const double sign = f->sel.alternative == TQ_SEL_LESS ? -1.0 : 1.0;
    size_t free_delta = 0;
    tq_status status = TQ_OK;

    for (size_t a = 0; a < m->q; a++) {
        free_delta += !m->fixed[m->p + 1 + a];
    }
    if (open) {
        status = sel_search_threshold(m, f->gamma, f->t, top, err);
        f->sel.steps[0] = sign * m->threshold * m->unit;
    } else {
        if (f->sel.type == TQ_SEL_TRUNCEST) {
            f->sel.steps[0] = f->sel.delta[1];
            m->threshold = sign * f->sel.delta[1] / m->unit;
            sel_load_weights(m, &f->sel);
        }
    }
    memset(f->count, 0, sizeof f->count);
    status = status == TQ_OK ? sel_check_counts(m, &f->sel, f->count, err) : status;
    if (status == TQ_OK && !open) {
        sel_maximise(m, f->gamma, f->t, free_delta ? SEL_STARTS : 1, top);
    }
    if (status == TQ_OK && top->end == SEL_LOST) {
        status = tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                         "no search ended at a maximum of the likelihood: these studies hardly "
                         "determine their selection; give --delta, or another --type or --steps");
    } else if (status == TQ_OK && top->end == SEL_UNBOUNDED) {
        status = tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                         "the likelihood of the selection model rises without end: these studies "
                         "do not determine it; give --delta, or another --type or --steps");
    }
    return status;
}

/* Refresh gradient and J at the maximum. */
static void evaluate_at_top(sel_problem *m, tq_selmodel *out)
{
    sel_evaluate(m, m->theta, 1);
    const size_t n = sel_free(m);

    out->score = 0.0;
    for (size_t a = 0; a < n; a++) {
        out->score = fmax(out->score, fabs(m->gradient[m->index[a]]));
    }
}

static void fill_threshold(const fitting *f, tq_selmodel *out)
{
    out->delta[1] = (tq_sel_delta){.est = f->sel.steps[0],
                                   .se = NAN,
                                   .stat = NAN,
                                   .pval = NAN,
                                   .ci_lb = NAN,
                                   .ci_ub = NAN,
                                   .pl_lb = NAN,
                                   .pl_ub = NAN,
                                   .null_value = NAN,
                                   .fixed = !isnan(f->sel.delta[1])};
}

static void fill(fitting *f, const sel_maximum *top, tq_pool *fit, tq_selmodel *out)
{
    sel_problem *m = &f->m;
    const double sign = f->sel.alternative == TQ_SEL_LESS ? -1.0 : 1.0, level = fit->level;
    const size_t p = m->p;
    size_t df = 0;

    evaluate_at_top(m, out);
    const size_t n = covariance(m);
    const double se = standard_error(m, n, p);

    fill_coefficients(m, n, sign, fit);
    for (size_t a = 0; a < m->q; a++) {
        fill_delta(m, n, level, a, &out->delta[a]);
        df += !m->fixed[p + 1 + a];
    }
    fill_omnibus(m, f->model->intercept || !f->model->X, fit);
    if (f->sel.type == TQ_SEL_TRUNCEST) {
        fill_threshold(f, out);
    }
    describe(m, &f->sel, f->count, out);
    fill_heterogeneity(m, se, f->opt->ci_tau2 != TQ_CI_NONE, top, fit);
    for (size_t a = 0; f->opt->ci_tau2 != TQ_CI_NONE && a < m->q; a++) {
        profile_delta(m, level, top->ll, a, &out->delta[a]);
    }
    out->ll_null = restricted(m, p + 1, m->n, m->family->null_value, f->gamma, f->t);
    out->lrt = ratio_test(top->ll, out->ll_null, (double)df);
    fit->lrt = m->fixed[p] ? (tq_statistic){NAN, NAN, NAN}
                           : ratio_test(top->ll, restricted(m, p, p + 1, 0.0, f->gamma, 0.0), 1.0);
    fill_statistics(m, top->ll, p + (m->fixed[p] ? 0 : 1) + out->estimated, fit);
    if (p == 1 && (!f->model->X || f->model->intercept)) {
        const double one = 1.0;

        tq_pool_predict(fit, &one, &fit->prediction);
    }
}

tq_status tq_selmodel_fit(const tq_model *model, const tq_pool_options *opt,
                          const tq_selmodel_options *selection, tq_pool *fit, tq_selmodel *out,
                          tq_error *err)
{
    fitting f = {.model = model, .opt = opt, .sel = *selection};
    tq_selmodel result = {0};
    sel_maximum top = {0};
    tq_status status = sel_check_options(&f.sel, opt, &f.q, err);

    status = status == TQ_OK ? fit_plain(&f, fit, &result, err) : status;
    status = status == TQ_OK ? prepare(&f, fit, err) : status;
    status = status == TQ_OK ? search(&f, &top, err) : status;
    if (status == TQ_OK) {
        result.type = f.sel.type;
        result.alternative = f.sel.alternative;
        result.prec = f.sel.prec;
        result.level = fit->level;
        result.k = model->k;
        result.q = f.q;
        result.starts = top.starts;
        result.agreeing = top.agreeing;
        result.iterations = top.iterations;
        fill(&f, &top, fit, &result);
        *out = result;
    }
    free(f.m.block);
    free(f.gamma);
    return status;
}

double tq_selmodel_weight(const tq_selmodel *fit, double p)
{
    const sel_family *family = &sel_families[fit->type];
    double delta[2] = {fit->delta[0].est, fit->delta[1].est};
    sel_log_weight w;

    if (sel_is_truncation(fit->type)) {
        const double y = -tq_normal_quantile(p), cut = fit->steps[0];

        return (fit->alternative == TQ_SEL_LESS ? -cut : cut) < y ? 1.0 : delta[0];
    }
    if (fit->type == TQ_SEL_STEPFUN) {
        size_t j = 0;

        while (j + 1 < fit->q && p > fit->steps[j]) {
            j++;
        }
        return fit->delta[j].est;
    }
    if (fit->n_steps && p <= fit->steps[0]) {
        return 1.0;
    }
    p = fmin(fmax(p, family->clip), 1.0 - family->clip);
    const double step = fit->n_steps ? fit->steps[0] : 0.5;
    const sel_point at = {p, log(p), log1p(-p)}, alpha = {step, log(step), log1p(-step)};

    sel_weigh(family, &at, fit->n_steps ? &alpha : NULL, delta, &w);
    return exp(w.l);
}
