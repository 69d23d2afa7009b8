/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Limit meta-analysis: Ruecker et al. (2011), Biostatistics 12:122-142, sections 3 to 5; Q and G2: section 7.
 */
#include "bias/limit_meta.h"

#include <math.h>
#include <stdlib.h>

#include "core/distributions.h"

/* A straight line through a radial plot: effects of standard error s, divided by it, on 1 / s. */
typedef struct {
    double slope, intercept;
    double mean_x, sxx; /* of x = 1 / s, around its mean */
    double rss, tss;    /* of y / s */
} radial;

static radial regress(size_t k, const double *y, const double *s)
{
    radial r = {0};
    double mean_y = 0.0, sxy = 0.0;

    for (size_t i = 0; i < k; i++) {
        r.mean_x += 1.0 / s[i] / (double)k;
        mean_y += y[i] / s[i] / (double)k;
    }
    for (size_t i = 0; i < k; i++) {
        const double x = 1.0 / s[i] - r.mean_x, z = y[i] / s[i] - mean_y;

        r.sxx += x * x;
        sxy += x * z;
        r.tss += z * z;
    }
    r.slope = sxy / r.sxx;
    r.intercept = mean_y - r.slope * r.mean_x;
    for (size_t i = 0; i < k; i++) {
        const double left = y[i] / s[i] - mean_y - r.slope * (1.0 / s[i] - r.mean_x);

        r.rss += left * left;
    }
    return r;
}

static tq_statistic statistic(double stat, double df)
{
    return (tq_statistic){stat, df, tq_chisq_upper(stat, df)};
}

/* Q around the equal-effects mean, and its parts; s: standard errors of the studies. */
static void split_heterogeneity(size_t k, const double *y, const double *s, tq_limit_meta *out)
{
    const radial r = regress(k, y, s);
    double sw = 0.0, swy = 0.0, Q = 0.0;

    for (size_t i = 0; i < k; i++) {
        sw += 1.0 / (s[i] * s[i]);
        swy += y[i] / (s[i] * s[i]);
    }
    for (size_t i = 0; i < k; i++) {
        const double left = (y[i] - swy / sw) / s[i];

        Q += left * left;
    }
    out->Q = statistic(Q, (double)k - 1.0);
    out->Q_resid = statistic(r.rss, (double)k - 2.0);
    out->Q_small = statistic(fmax(0.0, Q - r.rss), 1.0);
}

/* The limit: shrunken effects, and what a radial plot of them shows. */
static void go_to_limit(const double *y, const double *s, double null_value, tq_limit_meta *out)
{
    const size_t k = out->k;
    const double z = tq_critical_value(out->level, NAN);
    double sw = 0.0, swy = 0.0;

    for (size_t i = 0; i < k; i++) {
        const double shrink = sqrt(out->tau2 / (s[i] * s[i] + out->tau2));

        out->yi[i] = out->beta + shrink * (y[i] - out->beta);
        out->ci_lb[i] = out->yi[i] - z * s[i];
        out->ci_ub[i] = out->yi[i] + z * s[i];
        sw += 1.0 / (s[i] * s[i]);
        swy += out->yi[i] / (s[i] * s[i]);
    }
    const radial r = regress(k, out->yi, s);

    out->betalim = tq_adjusted_of(r.slope, 1.0 / sqrt(r.sxx), NAN, null_value, out->level);
    out->mulim = tq_adjusted_of(swy / sw, 1.0 / sqrt(sw), NAN, null_value, out->level);
    out->G2 = out->tau2 > 0.0 && r.tss > 0.0 ? 100.0 * (r.rss / r.tss) : 0.0;
}

static void adjust(const tq_model *m, double *s, double *si, double null_value, tq_limit_meta *out)
{
    const double tau = sqrt(out->tau2);

    for (size_t i = 0; i < m->k; i++) {
        s[i] = sqrt(m->vi[i]);
        si[i] = sqrt(m->vi[i] + out->tau2);
    }
    const radial r = regress(m->k, m->yi, si);
    /* beta + tau alpha is the line at x = 1 / tau, times tau */
    const double away = 1.0 - tau * r.mean_x;

    out->alpha = r.intercept;
    out->beta = r.slope;
    out->se_beta = 1.0 / sqrt(r.sxx);
    out->se_alpha = sqrt(1.0 / (double)m->k + r.mean_x * r.mean_x / r.sxx);
    out->beta0 = tq_adjusted_of(out->beta + tau * out->alpha,
                                sqrt(out->tau2 / (double)m->k + away * away / r.sxx), NAN,
                                null_value, out->level);
    split_heterogeneity(m->k, m->yi, s, out);
    go_to_limit(m->yi, s, null_value, out);
}

static tq_status check(const tq_model *m, const tq_pool_options *opt, tq_error *err)
{
    double lo = INFINITY, hi = 0.0;

    if (m->X && m->p > 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a limit meta-analysis knows no moderators");
    }
    if (tq_method_counts(opt->method)) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "method %s pools counts; a limit meta-analysis needs a model of effects, such "
            "as REML",
            tq_method_name(opt->method));
    }
    if (opt->weights) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "a limit meta-analysis weights by inverse variance, not by the user's weights");
    }
    for (size_t i = 0; i < m->k; i++) {
        lo = fmin(lo, m->vi[i]);
        hi = fmax(hi, m->vi[i]);
    }
    if (m->k < 3 || !(hi - lo > 1e-10 * hi)) {
        return tq_fail(
            err, TQ_EDATA, TQ_NO_ROW, NULL,
            "a limit meta-analysis needs at least three studies, of different precision");
    }
    return TQ_OK;
}

static tq_limit_meta *make(size_t k)
{
    tq_limit_meta *out = calloc(1, sizeof *out);

    if (out && k <= SIZE_MAX / sizeof(double) / 4) {
        out->yi = calloc(3 * k, sizeof *out->yi);
    }
    if (!out || !out->yi) {
        free(out);
        return NULL;
    }
    out->k = k;
    out->ci_lb = out->yi + k;
    out->ci_ub = out->ci_lb + k;
    return out;
}

static void unadjusted(const tq_pool *fit, double null_value, tq_limit_meta *out)
{
    out->unadjusted = tq_adjusted_of(fit->beta[0], fit->se[0], fit->df[0], null_value, fit->level);
    out->unadjusted.ci_lb = fit->ci_lb[0]; /* some tests have critical values of their own */
    out->unadjusted.ci_ub = fit->ci_ub[0];
    if (null_value == 0.0) {
        out->unadjusted.pval = fit->pval[0];
    }
}

tq_status tq_limit_meta_fit(const tq_model *model, const tq_pool_options *opt, double null_value,
                            tq_limit_meta **out, tq_error *err)
{
    tq_pool_options o = opt ? *opt : tq_pool_defaults();
    tq_pool *fit = NULL;
    tq_status status;

    o.ci_tau2 = TQ_CI_NONE;
    o.predict = TQ_PREDICT_NONE;
    status = tq_pool_fit_once(model, &o, &fit, err);
    status = status == TQ_OK ? check(model, &o, err) : status;
    tq_limit_meta *made = status == TQ_OK ? make(model->k) : NULL;
    double *s = made ? calloc(2 * model->k, sizeof *s) : NULL;

    if (status == TQ_OK && s) {
        made->level = o.level;
        made->tau2 = isfinite(fit->tau2) ? fit->tau2 : 0.0;
        unadjusted(fit, null_value, made);
        adjust(model, s, s + model->k, null_value, made);
        *out = made;
        made = NULL;
    } else if (status == TQ_OK) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    free(s);
    tq_limit_meta_free(made);
    tq_pool_free(fit);
    return status;
}

void tq_limit_meta_free(tq_limit_meta *limit)
{
    if (limit) {
        free(limit->yi); /* and the limits, which follow */
        free(limit);
    }
}
