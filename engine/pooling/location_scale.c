/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Location-scale models: from a model and a scale design to both fitted parts. */
#include "pooling/location_scale.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "pooling/location_scale_internal.h"
#include "pooling/pool_internal.h"

const char *tq_link_name(tq_link link)
{
    static const char *const names[TQ_LINK_COUNT] = {
        [TQ_LINK_LOG] = "log", [TQ_LINK_IDENTITY] = "identity"};

    return (unsigned)link < TQ_LINK_COUNT ? names[link] : NULL;
}

/* ---- memory ---- */

tq_scale *tq_scale_new(size_t k, size_t q)
{
    if (k == 0 || q == 0 || q > SIZE_MAX / 64 / q || k > SIZE_MAX / 64) {
        return NULL;
    }
    tq_scale *scale = calloc(1, sizeof *scale);
    double *at = scale ? calloc(6 * q + q * q + k, sizeof *at) : NULL;

    if (!at) {
        free(scale);
        return NULL;
    }
    double **vectors[] = {&scale->alpha, &scale->se,    &scale->stat,
                          &scale->pval,  &scale->ci_lb, &scale->ci_ub};

    for (size_t i = 0; i < 6; i++, at += q) {
        *vectors[i] = at;
    }
    scale->va = at;
    scale->tau2 = at + q * q;
    return scale;
}

void tq_scale_free(tq_scale *scale)
{
    if (scale) {
        free(scale->alpha); /* the first of the arrays, which are one block */
        free(scale);
    }
}

static int take_problem(ls_problem *m, size_t k, size_t p, size_t q)
{
    const size_t most = p > q ? p : q;

    /* k > p and k >= q: the sizes are below 16 k most, checked before they are multiplied. */
    if (most == 0 || k > SIZE_MAX / sizeof(double) / 64 / most) {
        return 0;
    }
    const size_t size = k * (p + 2 * q + 6) + p * p * (3 + q) + 2 * p + p * q + q * (3 * q + 5);
    double *at = calloc(size, sizeof *at);

    *m = (ls_problem){.k = k, .p = p, .q = q, .block = at};
    if (!at) {
        return 0;
    }
    const struct {
        double **to;
        size_t n;
    } parts[] = {
        {&m->X, k * p}, {&m->Z, k * q},  {&m->x, k * q},     {&m->tau2, k},     {&m->w, k},
        {&m->r, k},     {&m->h, k},      {&m->d1, k},        {&m->u, k},        {&m->Rx, p * p},
        {&m->A, p * p}, {&m->S, p * p},  {&m->C, q * p * p}, {&m->b, p},        {&m->c, p},
        {&m->B, p * q}, {&m->Rz, q * q}, {&m->J, q * q},     {&m->F, q * q},    {&m->gamma, q},
        {&m->trial, q}, {&m->step, q},   {&m->best, q},      {&m->gradient, q},
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i].to = at;
        at += parts[i].n;
    }
    return 1;
}

/* ---- checks ---- */

static tq_status check(const tq_model *model, const tq_scale_design *d, const tq_pool_options *o,
                       tq_error *err)
{
    if (o->method != TQ_ML && o->method != TQ_REML) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a location-scale model needs method ML or REML");
    }
    if ((unsigned)o->test > TQ_TEST_ADHOC) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a location-scale model needs test z, t, knha or adhoc");
    }
    if (o->weights || !o->weighted || !isnan(o->tau2)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a location-scale model has no user weights and no fixed tau2");
    }
    if (!tq_link_name(d->link) || d->q < 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown link, or no scale part");
    }
    if (model->k < model->p + d->q) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "%zu coefficients of the location and %zu of the scale need at least %zu "
                       "studies, not %zu",
                       model->p, d->q, model->p + d->q, model->k);
    }
    for (size_t i = 0; i < model->k * d->q; i++) {
        if (!isfinite(d->Z[i])) {
            return tq_fail(err, TQ_EDATA, i % model->k, NULL,
                           "value '%g' of the scale part must be a finite number", d->Z[i]);
        }
    }
    return TQ_OK;
}

/* ---- loading ---- */

static tq_status load(ls_problem *m, const tq_model *model, const tq_scale_design *d, tq_error *err)
{
    const size_t k = m->k;
    const double root = sqrt((double)k);
    tq_error dependent;

    m->yi = model->yi;
    m->vi = model->vi;
    m->link = d->link;
    for (size_t i = 0; i < k * m->p; i++) {
        m->X[i] = model->X ? model->X[i] : 1.0;
    }
    memcpy(m->Z, d->Z, k * m->q * sizeof *m->Z);
    tq_status status = tq_qr(k, m->p, m->X, m->Rx, m->c, err);

    if (status == TQ_OK && tq_qr(k, m->q, m->Z, m->Rz, m->best, &dependent) != TQ_OK) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                         "column %zu of the scale part is a linear combination of those before it",
                         dependent.row + 1);
    }
    for (size_t i = 0; i < k * m->q; i++) {
        m->Z[i] *= root;
    }
    for (size_t i = 0; i < m->q * m->q; i++) {
        m->Rz[i] /= root;
    }
    return status;
}

/* ---- the scale part ---- */

/* A standard error of the link beyond this, at a typical value of its column, means that the data do
   not bound the coefficient. */
static const double UNBOUNDED = 100.0;

static double root_mean_square(const double *z, size_t k)
{
    double sum = 0.0;

    for (size_t i = 0; i < k; i++) {
        sum += z[i] * z[i];
    }
    return sqrt(sum / (double)k);
}

/* Covariance of gamma into F, then of alpha into scale->va; all NaN where there is none. */
static void covariance(ls_problem *m, tq_scale *scale)
{
    double logdet;

    memcpy(scale->va, m->J, m->q * m->q * sizeof *scale->va);
    if (scale->at_zero == 0 && tq_invert_spd(m->q, scale->va, &logdet, NULL) == TQ_OK) {
        tq_congruence_upper(m->q, m->Rz, scale->va);
        return;
    }
    for (size_t i = 0; i < m->q * m->q; i++) {
        scale->va[i] = NAN;
    }
}

static void test_alpha(const ls_problem *m, const tq_scale_design *d, tq_scale *scale)
{
    const double critical = tq_critical_value(scale->level, scale->df);

    for (size_t a = 0; a < m->q; a++) {
        const double variance = scale->va[a + a * m->q];
        const double typical = root_mean_square(d->Z + a * m->k, m->k);
        const int bounded = variance > 0.0 && sqrt(variance) * typical < UNBOUNDED;

        scale->undetermined += scale->at_zero == 0 && !bounded;
        scale->se[a] = bounded ? sqrt(variance) : (double)NAN;
        scale->stat[a] = scale->alpha[a] / scale->se[a];
        scale->pval[a] = tq_two_sided_p(scale->stat[a], scale->df);
        scale->ci_lb[a] = scale->alpha[a] - critical * scale->se[a];
        scale->ci_ub[a] = scale->alpha[a] + critical * scale->se[a];
    }
}

/* Wald test of the coefficients other than the intercept. */
static void omnibus(ls_problem *m, tq_scale *scale)
{
    const size_t q = m->q, from = scale->intercept ? 1 : 0, n = q - from;

    scale->QS = scale->QS_df1 = scale->QS_df2 = scale->QS_pval = NAN;
    for (size_t a = from; a < q; a++) {
        if (isnan(scale->se[a])) {
            return;
        }
    }
    for (size_t b = 0; b < n; b++) {
        memcpy(m->F + b * n, scale->va + from + (from + b) * q, n * sizeof *m->F);
    }
    if (n == 0 || !ls_solve(n, m->F, scale->alpha + from, m->step)) {
        return;
    }
    scale->QS = 0.0;
    for (size_t a = 0; a < n; a++) {
        scale->QS += m->step[a] * scale->alpha[from + a];
    }
    scale->QS_df1 = (double)n;
    scale->QS_pval = tq_chisq_upper(scale->QS, scale->QS_df1);
    if (!isnan(scale->df)) {
        scale->QS /= scale->QS_df1;
        scale->QS_df2 = scale->df;
        scale->QS_pval = tq_f_upper(scale->QS, scale->QS_df1, scale->QS_df2);
    }
}

static void fill_scale(ls_problem *m, const tq_scale_design *d, const tq_pool_options *opt,
                       const ls_maximum *top, tq_scale *scale)
{
    scale->k = m->k;
    scale->q = m->q;
    scale->link = d->link;
    scale->intercept = d->intercept;
    scale->level = opt->level;
    scale->df = opt->test == TQ_TEST_Z || m->k == m->q ? (double)NAN : (double)(m->k - m->q);
    scale->iterations = top->iterations;
    scale->starts = top->starts;
    scale->undetermined = 0;
    scale->score = 0.0;
    scale->at_zero = ls_at_zero(m, scale->tau2);
    for (size_t a = 0; a < m->q; a++) {
        scale->alpha[a] = m->gamma[a];
        scale->score = fmax(scale->score, fabs(m->gradient[a]));
    }
    scale->score = scale->at_zero ? (double)NAN : scale->score;
    tq_solve_upper(m->q, m->Rz, scale->alpha);
    covariance(m, scale);
    test_alpha(m, d, scale);
    omnibus(m, scale);
}

static void ratio_test(const tq_pool *equal, double ll, tq_scale *scale)
{
    scale->LRT = scale->LRT_df = scale->LRT_pval = NAN;
    if (scale->intercept && scale->q > 1) {
        scale->LRT = fmax(0.0, 2.0 * (ll - equal->ll));
        scale->LRT_df = (double)(scale->q - 1);
        scale->LRT_pval = tq_chisq_upper(scale->LRT, scale->LRT_df);
    }
}

/* ---- the location part ---- */

static void fill_fit(const ls_problem *m, const tq_pool *equal, double ll, tq_method method,
                     tq_pool *fit)
{
    const double n = (double)(m->restricted ? m->k - m->p : m->k);
    double saturated = 0.0;

    for (size_t i = 0; i < m->k; i++) {
        saturated -= 0.5 * (log(m->vi[i]) + TQ_LOG_2PI);
    }
    fit->method = method;
    fit->tau2 = fit->tau = fit->se_tau2 = fit->I2 = fit->H2 = fit->R2 = NAN;
    fit->QE = equal->QE;
    fit->QE_df = equal->QE_df;
    fit->QE_pval = equal->QE_pval;
    fit->typical_vi = equal->typical_vi;
    pool_criteria(ll, (double)(m->p + m->q), n, fit);
    fit->deviance = m->restricted ? -2.0 * ll : -2.0 * (ll - saturated);
}

/* The weighted regression with tau2_i known, as the sampling variances are. */
static tq_status fit_location(const tq_model *model, const tq_pool_options *opt, ls_problem *m,
                              tq_pool_work *work, tq_pool *fit, tq_error *err)
{
    tq_pool_options o = *opt;

    for (size_t i = 0; i < m->k; i++) {
        m->u[i] = model->vi[i] + m->tau2[i];
    }
    const tq_model known = {model->k, model->p, model->yi, m->u, model->X, model->intercept, NULL};

    o.method = TQ_FE;
    o.predict = TQ_PREDICT_NONE;
    return tq_pool_fit(&known, &o, work, fit, err);
}

tq_status tq_location_scale_fit(const tq_model *model, const tq_scale_design *design,
                                const tq_pool_options *opt, tq_pool *fit, tq_scale *scale,
                                tq_error *err)
{
    tq_pool_options plain = *opt;
    ls_problem m = {0};
    ls_maximum top = {0};
    tq_status status = check(model, design, opt, err);

    if (status != TQ_OK) {
        return status;
    }
    tq_pool_work *work = tq_pool_work_new(model->k, model->p);
    tq_pool *equal = tq_pool_new(model->k, model->p);

    plain.test = TQ_TEST_Z;
    plain.ci_tau2 = TQ_CI_NONE;
    plain.predict = TQ_PREDICT_NONE;
    if (!work || !equal || !take_problem(&m, model->k, model->p, design->q)) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        goto done;
    }
    status = tq_pool_fit(model, &plain, work, equal, err);
    if (status == TQ_OK) {
        m.restricted = opt->method == TQ_REML;
        status = load(&m, model, design, err);
    }
    if (status == TQ_OK) {
        status = ls_maximise(&m, opt, equal->tau2, &top, err);
    }
    if (status == TQ_OK) {
        status = fit_location(model, opt, &m, work, fit, err);
    }
    if (status == TQ_OK) {
        /* log|X'WX| of the orthonormal basis is that of X less log|X'X|: nothing to add. */
        fill_fit(&m, equal, top.loglik, opt->method, fit);
        fill_scale(&m, design, opt, &top, scale);
        ratio_test(equal, top.loglik, scale);
    }
done:
    free(m.block);
    tq_pool_free(equal);
    tq_pool_work_free(work);
    return status;
}

void tq_scale_predict(const tq_scale *scale, const double *z, tq_scale_prediction *out)
{
    const int log_link = scale->link == TQ_LINK_LOG;
    double eta = 0.0, sure = 1.0;

    for (size_t a = 0; a < scale->q; a++) {
        eta += z[a] * scale->alpha[a];
        sure = z[a] != 0.0 && isnan(scale->se[a]) ? (double)NAN : sure;
    }
    const double se = sure * sqrt(tq_bilinear(scale->q, z, scale->va, z));
    const double half = tq_critical_value(scale->level, scale->df) * se;

    *out = (tq_scale_prediction){eta, se, eta - half, eta + half, NAN, NAN, NAN};
    out->tau2 = log_link ? exp(eta) : fmax(0.0, eta);
    out->tau2_lb = log_link ? exp(out->ci_lb) : isnan(half) ? (double)NAN : fmax(0.0, out->ci_lb);
    out->tau2_ub = log_link ? exp(out->ci_ub) : isnan(half) ? (double)NAN : fmax(0.0, out->ci_ub);
}
