/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fail-safe N by Rosenthal, Orwin, Rosenberg, and for the model in use. */
#include "bias/fail_safe.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

#include "core/distributions.h"
#include "core/gsl_quiet.h"

tq_fail_safe_options tq_fail_safe_defaults(void)
{
    return (tq_fail_safe_options){.alpha = 0.05, .target = NAN, .null_value = 0.0};
}

/* Up, but not from what is whole up to rounding; not below 0. */
static double whole(double n)
{
    const double near = rint(n);

    return n > 0.0 ? (fabs(n - near) <= 1.5e-8 * fmax(1.0, n) ? near : ceil(n)) : 0.0;
}

static tq_fail_safe_n none(const char *why)
{
    return (tq_fail_safe_n){NAN, NAN, NAN, NAN, why};
}

/* z of the combined test grows with sqrt(k / (k + N)). */
static double until(double z, double critical, double k)
{
    const double ratio = z / critical;

    return whole(k * (ratio * ratio - 1.0));
}

static tq_fail_safe_n rosenthal(const tq_model *m, const tq_fail_safe_options *o)
{
    tq_fail_safe_n out = none(NULL);
    double sum = 0.0;

    for (size_t i = 0; i < m->k; i++) {
        sum += (m->yi[i] - o->null_value) / sqrt(m->vi[i]);
    }
    const double z = fabs(sum) / sqrt((double)m->k);

    out.pval = 0.5 * tq_two_sided_p(z, NAN);
    out.fsn = until(z, -tq_normal_quantile(o->alpha), (double)m->k);
    return out;
}

/* mean: of the equal-effects model. */
static tq_fail_safe_n rosenberg(const tq_pool *mean, const tq_fail_safe_options *o)
{
    const double z = (mean->beta[0] - o->null_value) / mean->se[0];
    tq_fail_safe_n out = none(NULL);

    out.estimate = mean->beta[0];
    out.pval = tq_two_sided_p(z, NAN);
    out.fsn = until(fabs(z), tq_critical_value(100.0 * (1.0 - o->alpha), NAN), (double)mean->k);
    return out;
}

static const char opposite[] = "the target lies on the other side of no effect";

static tq_fail_safe_n orwin(const tq_pool *mean, const tq_fail_safe_options *o)
{
    const double effect = mean->beta[0] - o->null_value;
    const double target = isnan(o->target) ? 0.5 * effect : o->target - o->null_value;
    tq_fail_safe_n out = none(NULL);

    out.estimate = mean->beta[0];
    out.target = target + o->null_value;
    if (target == 0.0) {
        out.why = "no number of studies without an effect makes the mean exactly that of no effect";
    } else if (effect / target < 0.0) {
        out.why = opposite;
    } else {
        out.fsn = whole((double)mean->k * (effect / target - 1.0));
    }
    return out;
}

/* ---- the model in use ---- */

typedef struct {
    const tq_model *m;
    const tq_fail_safe_options *o;
    tq_test test;
    int random, weighted;
    double tau2, effect; /* of the observed studies; effect relative to no effect */
    double vt;           /* sampling variance of an unseen study */
} drawer;

/* The pooled effect, relative to no effect, with N unseen studies; limits at 1 - alpha. */
static tq_fail_safe_step with_unseen(const drawer *d, double N)
{
    tq_fail_safe_step out = {.unseen = N};
    const double k = (double)d->m->k, both = k + N;
    const double between = k * (N / both) * d->effect * d->effect;
    const double tau2 =
        d->random && N > 0.0 ? ((both - 2.0) * d->tau2 + between) / (both - 1.0) : d->tau2;
    double sw = 0.0, sy = 0.0, s2 = 0.0, rss = 0.0, var = 0.0;

    for (size_t i = 0; i < d->m->k; i++) {
        const double w = d->weighted ? 1.0 / (d->m->vi[i] + tau2) : 1.0;

        sw += w;
        sy += w * (d->m->yi[i] - d->o->null_value);
        s2 += w * (w * (d->m->vi[i] + tau2));
    }
    const double wt = d->weighted ? 1.0 / (d->vt + tau2) : 1.0;

    sw += N * wt;
    s2 += N * wt * (wt * (d->vt + tau2));
    out.effect = sy / sw;
    var = s2 / sw / sw;
    if (d->test == TQ_TEST_KNHA || d->test == TQ_TEST_ADHOC) {
        for (size_t i = 0; i < d->m->k; i++) {
            const double r = d->m->yi[i] - d->o->null_value - out.effect;

            rss += r * r / (d->m->vi[i] + tau2);
        }
        /* unseen studies scatter around no effect as their variance and tau2 say; without that
           they would seem more alike than chance allows */
        rss += N * ((d->vt + d->tau2 + out.effect * out.effect) / (d->vt + tau2));
        const double kh = rss / (both - 1.0);

        var *= d->test == TQ_TEST_ADHOC ? fmax(1.0, kh) : kh;
    }
    const double df = d->test == TQ_TEST_Z ? (double)NAN : both - 1.0;
    const double half = sqrt(var) * tq_critical_value(100.0 * (1.0 - d->o->alpha), df);

    out.ci_lb = out.effect - half;
    out.ci_ub = out.effect + half;
    out.pval = tq_two_sided_p(out.effect / sqrt(var), df);
    return out;
}

static int undone(const drawer *d, double N)
{
    const tq_fail_safe_step with = with_unseen(d, N);

    return isnan(d->o->target) ? with.pval > d->o->alpha
                               : fabs(with.effect) <= fabs(d->o->target - d->o->null_value);
}

/* The first N that undoes the result: brackets by doubling, then halves. */
static double first_undone(const drawer *d)
{
    const double most = 1e12; /* far beyond the studies of any field */
    double lo = 0.0, hi = 1.0;

    while (hi < most && !undone(d, hi)) {
        lo = hi;
        hi *= 2.0;
    }
    if (hi >= most) {
        return NAN;
    }
    while (hi - lo > 1.0) {
        const double mid = floor(0.5 * (lo + hi));

        if (undone(d, mid)) {
            hi = mid;
        } else {
            lo = mid;
        }
    }
    return hi;
}

static tq_fail_safe_n general(drawer *d, const tq_pool *fit)
{
    const tq_fail_safe_options *o = d->o;
    tq_fail_safe_n out = none(NULL);

    out.estimate = fit->beta[0];
    out.pval = o->null_value == 0.0
                   ? fit->pval[0]
                   : tq_two_sided_p((fit->beta[0] - o->null_value) / fit->se[0], fit->df[0]);
    out.target = o->target;
    d->tau2 = isnan(fit->tau2) ? 0.0 : fit->tau2;
    d->effect = fit->beta[0] - o->null_value;
    if (isnan(o->target) ? out.pval > o->alpha
                         : fabs(d->effect) <= fabs(o->target - o->null_value)) {
        out.fsn = 0.0;
    } else if (o->target == o->null_value) {
        out.why = "no number of studies without an effect makes the mean exactly that of no effect";
    } else if (!isnan(o->target) && (o->target - o->null_value) * d->effect < 0.0) {
        out.why = opposite;
    } else {
        out.fsn = first_undone(d);
        out.why = isnan(out.fsn) ? "more than 10^12 studies" : NULL;
    }
    return out;
}

/* What unseen studies do to the effect, to somewhat beyond the number that undoes the result. */
static void follow(const drawer *d, tq_fail_safe *out)
{
    const double k = (double)d->m->k, fsn = out->general.fsn;
    const double most = fsn > 0.0 ? fmax(1.4 * fsn, 2.0) : 2.0 * k;

    out->n_path = TQ_FAIL_SAFE_PATH;
    for (size_t i = 0; i < TQ_FAIL_SAFE_PATH; i++) {
        tq_fail_safe_step *const step = &out->path[i];

        *step = with_unseen(d, most * (double)i / (TQ_FAIL_SAFE_PATH - 1));
        step->effect += d->o->null_value;
        step->ci_lb += d->o->null_value;
        step->ci_ub += d->o->null_value;
    }
}

/* Whether the closed form of with_unseen() describes the model. */
static const char *not_closed(const tq_pool_options *o)
{
    static const tq_method other[] = {TQ_IVHET, TQ_HC, TQ_UWLS, TQ_QE};

    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        if (o->method == other[i]) {
            return "the method is none of a random-effects or equal-effects model";
        }
    }
    if (o->weights) {
        return "unseen studies have no weights of the user's";
    }
    return o->test == TQ_TEST_KR ? "the test kr is not known here; z, t, knha and adhoc are" : NULL;
}

static tq_status fit_both(const tq_model *model, const tq_pool_options *opt,
                          const tq_fail_safe_options *o, tq_pool_work *work, tq_pool *fit,
                          tq_fail_safe *out, tq_error *err)
{
    tq_pool_options model_opt = *opt, equal = tq_pool_defaults();
    drawer d = {.m = model,
                .o = o,
                .test = opt->test,
                .random = tq_method_random(opt->method),
                .weighted = opt->weighted};
    double heaviest = model->vi[0], sum = 0.0;

    equal.method = TQ_EE;
    equal.ci_tau2 = model_opt.ci_tau2 = TQ_CI_NONE;
    equal.predict = model_opt.predict = TQ_PREDICT_NONE;
    tq_status status = tq_pool_fit(model, &equal, work, fit, err);

    if (status != TQ_OK) {
        return status;
    }
    out->rosenthal = rosenthal(model, o);
    out->orwin = orwin(fit, o);
    out->rosenberg = rosenberg(fit, o);
    out->general = none(not_closed(opt));
    if (out->general.why) {
        return TQ_OK;
    }
    for (size_t i = 0; i < model->k; i++) {
        heaviest = fmin(heaviest, model->vi[i]);
    }
    for (size_t i = 0; i < model->k; i++) {
        sum += heaviest / model->vi[i];
    }
    d.vt = heaviest * ((double)model->k / sum);
    status = tq_pool_fit(model, &model_opt, work, fit, err);
    if (status == TQ_OK) {
        out->general = general(&d, fit);
        follow(&d, out);
    }
    return status;
}

tq_status tq_fail_safe_find(const tq_model *model, const tq_pool_options *opt,
                            const tq_fail_safe_options *safe, tq_fail_safe *out, tq_error *err)
{
    const tq_pool_options usual_model = tq_pool_defaults();
    const tq_fail_safe_options usual = tq_fail_safe_defaults();

    opt = opt ? opt : &usual_model;
    safe = safe ? safe : &usual;
    if (model->k < 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to pool");
    }
    if (model->X && model->p > 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "fail-safe N knows no moderators");
    }
    if (tq_method_counts(opt->method)) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "method %s pools counts, which unseen studies have none of; --method REML or "
            "EE do not",
            tq_method_name(opt->method));
    }
    if (!(safe->alpha > 0.0 && safe->alpha < 0.5)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "alpha %g must be above 0 and below 0.5",
                       safe->alpha);
    }
    if (isinf(safe->target) || !isfinite(safe->null_value)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "the target must be a finite number");
    }
    tq_pool_work *work = tq_pool_work_new(model->k, 1);
    tq_pool *fit = tq_pool_new(model->k, 1);
    tq_fail_safe made = {.k = model->k, .alpha = safe->alpha};
    tq_status status = work && fit ? fit_both(model, opt, safe, work, fit, &made, err)
                                   : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    tq_pool_free(fit);
    tq_pool_work_free(work);
    if (status == TQ_OK) {
        *out = made;
    }
    return status;
}
