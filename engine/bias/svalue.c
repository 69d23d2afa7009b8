/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mathur & VanderWeele (2020): estimates corrected for a ratio of selection, S-values, the worst case. */
#include "bias/svalue.h"

#include <math.h>

#include "bias/significance_internal.h"
#include "core/distributions.h"
#include "optim/root.h"

tq_svalue_options tq_svalue_defaults(void)
{
    return (tq_svalue_options){.alpha = 0.05,
                               .target = NAN,
                               .ratio = {1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0},
                               .n_ratios = 7};
}

typedef struct {
    turned_studies t;
    int robust;
    double tau2, level;
    double target; /* relative to no effect, turned */
} corrector;

/* Weight of a study; ratio infinite: affirmative studies weigh nothing. */
static double weight(const corrector *c, size_t i, double ratio)
{
    const double s = c->t.s[i], w = 1.0 / (s * s + (c->robust ? c->tau2 : 0.0));

    if (isinf(ratio)) {
        return c->t.affirmative[i] ? 0.0 : w;
    }
    return c->t.affirmative[i] ? w : ratio * w;
}

typedef struct {
    double sw, mean, se, df;
} corrected_mean;

/* Var of sum wi yi / sum wi for known variances. */
static void known_variance(const corrector *c, double ratio, size_t n, corrected_mean *out)
{
    double var = 0.0;

    for (size_t i = 0; i < c->t.k; i++) {
        const double w = weight(c, i, ratio) / out->sw;

        var += w * w * c->t.s[i] * c->t.s[i];
    }
    out->se = sqrt(var);
    out->df = (double)n - 1.0;
}

/*
 * Tipton (2015), for a mean of independent studies. With hi = wi / sum w, the residuals are (I - 1 h') y;
 * under variances vi that of study i is bi = vi (1 - 2 hi) + sum hj^2 vj, and a residual times
 * sqrt(vi / bi) has variance vi. The variance of the mean is sum gi^2, gi = hi sqrt(vi / bi) ri; its degrees
 * of freedom under equal variances are (sum Sii)^2 / sum Sij^2 with S = G G', the rows of G being
 * fi (ei - h)', fi = hi sqrt(vi / bi).
 */
static void robust_variance(const corrector *c, double ratio, corrected_mean *out)
{
    const size_t k = c->t.k;
    double hvh = 0.0, hh = 0.0, var = 0.0, trace = 0.0, f2 = 0.0, f2h = 0.0, f2hh = 0.0, own = 0.0;

    for (size_t i = 0; i < k; i++) {
        const double h = weight(c, i, ratio) / out->sw;

        hvh += h * h * c->t.s[i] * c->t.s[i];
        hh += h * h;
    }
    for (size_t i = 0; i < k; i++) {
        const double h = weight(c, i, ratio) / out->sw, v = c->t.s[i] * c->t.s[i];
        const double b = v * (1.0 - 2.0 * h) + hvh, r = c->t.y[i] - out->mean;
        const double f = h > 0.0 && b > 0.0 ? h * sqrt(v / b) : 0.0, ff = f * f;
        const double d = 1.0 - 2.0 * h + hh; /* (ei - h)'(ei - h) */

        var += ff * r * r;
        trace += ff * d;
        f2 += ff;
        f2h += ff * h;
        f2hh += ff * h * h;
        own += ff * ff * (d * d - (hh - 2.0 * h) * (hh - 2.0 * h));
    }
    /* Sij = fi fj (hh - hi - hj) off the diagonal: all pairs as if on it, then the diagonal itself */
    const double pairs =
        hh * hh * f2 * f2 - 4.0 * hh * f2 * f2h + 2.0 * f2 * f2hh + 2.0 * f2h * f2h;

    out->se = sqrt(var);
    out->df = trace * trace / (pairs + own);
}

static corrected_mean correct(const corrector *c, double ratio)
{
    corrected_mean out = {0};
    double sum = 0.0;
    size_t n = 0;

    for (size_t i = 0; i < c->t.k; i++) {
        const double w = weight(c, i, ratio);

        out.sw += w;
        sum += w * c->t.y[i];
        n += w > 0.0;
    }
    out.mean = sum / out.sw;
    out.se = out.df = NAN;
    if (n >= 2 && c->robust) {
        robust_variance(c, ratio, &out);
    } else if (n >= 1 && !c->robust) {
        known_variance(c, ratio, n, &out);
        out.df = n >= 2 ? out.df : (double)NAN;
    }
    return out;
}

static tq_adjusted turned_back(const corrector *c, double ratio)
{
    const corrected_mean m = correct(c, ratio);

    return tq_adjusted_of(c->t.null_value + c->t.sign * m.mean, m.se, m.df, c->t.null_value,
                          c->level);
}

/* The confidence limit nearer to no effect, minus the target. */
static double limit_beyond(double ratio, double *slope, void *context)
{
    const corrector *c = context;
    const corrected_mean m = correct(c, ratio);

    if (slope) {
        *slope = NAN;
    }
    return m.mean - tq_critical_value(c->level, m.df) * m.se - c->target;
}

/* Eq. 3.3: the ratio at which weights balance around the target. */
static double svalue_of_estimate(const corrector *c)
{
    double affirmative = 0.0, other = 0.0;

    for (size_t i = 0; i < c->t.k; i++) {
        const double pull = weight(c, i, 1.0) * (c->t.y[i] - c->target);

        if (c->t.affirmative[i]) {
            affirmative += pull;
        } else {
            other += pull;
        }
    }
    if (affirmative + other <= 0.0) {
        return 1.0;
    }
    return other < 0.0 ? affirmative / -other : (double)INFINITY;
}

/* The smallest ratio whose limit lies on the target: the first change of sign on a fine grid. */
static double svalue_of_limit(corrector *c)
{
    enum { STEPS = 1200 };
    const double most = 1e6;
    const tq_root_options opt = {.tol = 1e-12, .scale = 1.0, .max_iter = 200};
    double lo = 1.0, f_lo = limit_beyond(lo, NULL, c), root = INFINITY;

    if (!(f_lo > 0.0)) {
        return isnan(f_lo) ? (double)NAN : 1.0;
    }
    for (int i = 1; i <= STEPS; i++) {
        const double hi = pow(most, (double)i / STEPS), f_hi = limit_beyond(hi, NULL, c);

        if (f_hi <= 0.0) {
            return tq_root_find(limit_beyond, c, lo, f_lo, hi, f_hi, &opt, &root, NULL) == TQ_OK
                       ? root
                       : (double)NAN;
        }
        lo = hi;
        f_lo = f_hi;
    }
    return INFINITY;
}

static void find(corrector *c, const tq_svalue_options *o, tq_svalue *out)
{
    out->k = c->t.k;
    out->affirmative = c->t.n_affirmative;
    out->greater = c->t.sign > 0.0;
    out->robust = c->robust;
    out->level = c->level;
    out->alpha = o->alpha;
    out->tau2 = c->robust ? c->tau2 : 0.0;
    out->n = o->n_ratios;
    out->svalue_est = svalue_of_estimate(c);
    out->svalue_ci = svalue_of_limit(c);
    for (size_t i = 0; i < o->n_ratios; i++) {
        out->ratio[i] = o->ratio[i];
        out->corrected[i] = turned_back(c, o->ratio[i]);
    }
    out->worst = c->t.n_affirmative < c->t.k
                     ? turned_back(c, INFINITY)
                     : tq_adjusted_of(NAN, NAN, NAN, c->t.null_value, c->level);
}

static tq_status check(const tq_model *m, const tq_pool_options *opt, const tq_svalue_options *o,
                       tq_error *err)
{
    if (tq_method_counts(opt->method)) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "method %s pools counts; S-values need a model of effects, such as REML or EE",
            tq_method_name(opt->method));
    }
    if (isinf(o->target)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "the target must be a finite number");
    }
    for (size_t i = 0; i < o->n_ratios; i++) {
        if (!(o->ratio[i] >= 1.0 && isfinite(o->ratio[i]))) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "ratio '%g' must be 1 or more: affirmative studies are seen more often",
                           o->ratio[i]);
        }
    }
    if (o->n_ratios > TQ_SVALUE_RATIOS) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "at most %d ratios", TQ_SVALUE_RATIOS);
    }
    return m->k >= 2 ? TQ_OK
                     : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "S-values need two studies or more");
}

/* tau2 of all studies, as they are. */
static tq_status heterogeneity(const tq_model *m, tq_pool_options o, double *tau2, tq_error *err)
{
    tq_pool *fit = NULL;

    o.ci_tau2 = TQ_CI_NONE;
    o.predict = TQ_PREDICT_NONE;
    const tq_status status = tq_pool_fit_once(m, &o, &fit, err);

    if (status == TQ_OK) {
        *tau2 = isfinite(fit->tau2) ? fit->tau2 : 0.0;
    }
    tq_pool_free(fit);
    return status;
}

tq_status tq_svalue_find(const tq_model *model, const tq_pool_options *opt,
                         const tq_svalue_options *svalue, tq_svalue *out, tq_error *err)
{
    const tq_pool_options o = opt ? *opt : tq_pool_defaults();
    const tq_svalue_options usual = tq_svalue_defaults(), *s = svalue ? svalue : &usual;
    corrector c = {.robust = tq_method_random(o.method), .level = o.level};
    tq_svalue made = {0};
    tq_status status = check(model, &o, s, err);

    status = status == TQ_OK ? heterogeneity(model, o, &c.tau2, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    status = turned_make(model, s->favour, s->alpha, s->null_value, "an S-value", &c.t, err);
    if (status == TQ_OK) {
        made.target = isnan(s->target) ? s->null_value : s->target;
        c.target = c.t.sign * (made.target - s->null_value);
        find(&c, s, &made);
        *out = made;
    }
    turned_free(&c.t);
    return status;
}
