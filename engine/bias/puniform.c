/* SPDX-License-Identifier: GPL-3.0-or-later */
/* p-uniform: van Assen, van Aert & Wicherts (2015), with the sum of conditional p-values (Irwin-Hall). */
#include "bias/puniform.h"

#include <math.h>
#include <stdio.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>

#include "bias/puniform_internal.h"
#include "core/distributions.h"
#include "core/gsl_quiet.h"
#include "optim/root.h"

tq_puniform_options tq_puniform_defaults(void)
{
    return (tq_puniform_options){.alpha = 0.05};
}

/* ---- the sum of uniform variables ---- */

/* sum over j <= x of (-1)^j (x - j)^n / (j! (n - j)!), for x <= n / 2: few terms, little cancels. */
static double irwin_hall_sum(double x, size_t n)
{
    double sum = 0.0;

    for (size_t j = 0; (double)j < x; j++) {
        const double term = exp((double)n * log(x - (double)j) - gsl_sf_lnfact((unsigned)j) -
                                gsl_sf_lnfact((unsigned)(n - j)));

        sum += j % 2 == 0 ? term : -term;
    }
    return fmin(fmax(sum, 0.0), 1.0);
}

/* The normal distribution, corrected for the fourth cumulant, -n / 120. */
static double irwin_hall_edgeworth(double x, size_t n)
{
    const double z = (x - 0.5 * (double)n) / sqrt((double)n / 12.0);
    const double kurtosis = -1.2 / (double)n;
    const double p = gsl_cdf_ugaussian_P(z) -
                     exp(-0.5 * (z * z + TQ_LOG_2PI)) * kurtosis / 24.0 * (z * z * z - 3.0 * z);

    return fmin(fmax(p, 0.0), 1.0);
}

double tq_irwin_hall(double x, size_t n)
{
    enum {
        EXACT = 20
    }; /* beyond, the terms of the sum cancel more digits than the expansion lacks */

    if (isnan(x) || n == 0) {
        return NAN;
    }
    if (x <= 0.0 || x >= (double)n) {
        return x <= 0.0 ? 0.0 : 1.0;
    }
    if (n > EXACT) {
        return irwin_hall_edgeworth(x, n);
    }
    return x <= 0.5 * (double)n ? irwin_hall_sum(x, n) : 1.0 - irwin_hall_sum((double)n - x, n);
}

/* ---- conditional p-values ---- */

typedef struct {
    const turned_studies *t;
    double goal; /* of P(sum of uniforms <= sum of conditional p) */
    size_t n;
} conditional;

/* sum qi(mu) over the significant studies, from the logarithms of tails. */
static double sum_of_q(const turned_studies *t, double mu)
{
    double sum = 0.0;

    for (size_t i = 0; i < t->k; i++) {
        if (t->affirmative[i]) {
            const double at = t->critical - mu / t->s[i];

            sum += exp(tq_log_normal_cdf(-(t->y[i] - mu) / t->s[i]) - tq_log_normal_cdf(-at));
        }
    }
    return sum;
}

static double q_off(double mu, double *slope, void *context)
{
    const conditional *c = context;

    if (slope) {
        *slope = NAN;
    }
    return tq_irwin_hall(sum_of_q(c->t, mu), c->n) - c->goal;
}

/* mu with P(sum <= sum of q) = goal; the sum rises with mu. NaN: beyond reach. */
static double effect_at(const conditional *c, double unit)
{
    const tq_root_options opt = {.tol = 1e-12, .scale = unit, .max_iter = 500};
    conditional search = *c;
    double lo = 0.0, hi = 0.0, step = unit, f_lo, f_hi, root = NAN;

    f_lo = f_hi = q_off(0.0, NULL, &search);
    for (int i = 0; i < 40 && f_lo > 0.0; i++, step *= 2.0) {
        hi = lo;
        f_hi = f_lo;
        lo -= step;
        f_lo = q_off(lo, NULL, &search);
    }
    step = unit;
    for (int i = 0; i < 40 && f_hi < 0.0; i++, step *= 2.0) {
        lo = hi;
        f_lo = f_hi;
        hi += step;
        f_hi = q_off(hi, NULL, &search);
    }
    if (!(f_lo <= 0.0 && f_hi >= 0.0)) {
        return NAN;
    }
    (void)tq_root_find(q_off, &search, lo, f_lo, hi, f_hi, &opt, &root, NULL);
    return root;
}

/* z of a sum of n uniforms; pval by Irwin-Hall, from the left or the right. */
static tq_statistic sum_test(double sum, size_t n, int right)
{
    const double z = (sum - 0.5 * (double)n) / sqrt((double)n / 12.0);
    const double left = tq_irwin_hall(sum, n);

    return (tq_statistic){z, NAN, right ? tq_irwin_hall((double)n - sum, n) : left};
}

static double narrowest(const turned_studies *t)
{
    double least = INFINITY;

    for (size_t i = 0; i < t->k; i++) {
        least = fmin(least, t->s[i]);
    }
    return least;
}

static void puniform(const turned_studies *t, double mean, tq_puniform *out)
{
    const double tail = 0.5 - 0.005 * out->level, unit = narrowest(t);
    conditional c = {t, 0.5, t->n_affirmative};

    if (t->n_affirmative == 0) {
        snprintf(
            out->why, sizeof out->why,
            "no study is significant on the favoured side, and p-uniform rests on those alone");
        return;
    }
    out->effect = sum_test(sum_of_q(t, 0.0), c.n, 0);
    out->bias = sum_test(sum_of_q(t, mean), c.n, 1);
    out->est = effect_at(&c, unit);
    c.goal = tail;
    out->ci_lb = effect_at(&c, unit);
    c.goal = 1.0 - tail;
    out->ci_ub = effect_at(&c, unit);
    if (isnan(out->est)) {
        snprintf(
            out->why, sizeof out->why,
            "the significant effects lie so close to significance that no effect explains them");
    }
}

/* ---- both ---- */

static void start(const turned_studies *t, double level, double alpha, tq_puniform *out)
{
    const tq_statistic none = {NAN, NAN, NAN};

    *out = (tq_puniform){.k = t->k,
                         .significant = t->n_affirmative,
                         .greater = t->sign > 0.0,
                         .level = level,
                         .alpha = alpha,
                         .est = NAN,
                         .ci_lb = NAN,
                         .ci_ub = NAN,
                         .effect = none,
                         .bias = none,
                         .star_est = NAN,
                         .star_lb = NAN,
                         .star_ub = NAN,
                         .star_tau2 = NAN,
                         .star_tau2_lb = NAN,
                         .star_tau2_ub = NAN,
                         .star_ll = NAN,
                         .star_effect = none,
                         .star_tau2_test = none,
                         .star_bias = none};
}

static void turn(double sign, double null_value, double *est, double *lb, double *ub)
{
    const double low = sign > 0.0 ? *lb : -*ub, high = sign > 0.0 ? *ub : -*lb;

    *est = null_value + sign * *est;
    *lb = null_value + low;
    *ub = null_value + high;
}

/* The models without selection. */
static tq_status compare(const tq_model *m, double level, double null_value, tq_puniform *out,
                         tq_error *err)
{
    tq_pool_options opt = tq_pool_defaults();
    tq_status status = TQ_OK;

    opt.level = level;
    opt.ci_tau2 = TQ_CI_NONE;
    opt.predict = TQ_PREDICT_NONE;
    for (int random = 0; status == TQ_OK && random < 2; random++) {
        tq_pool *fit = NULL;

        opt.method = random ? TQ_ML : TQ_EE;
        status = tq_pool_fit_once(m, &opt, &fit, err);
        if (status == TQ_OK) {
            tq_adjusted *to = random ? &out->random_effects : &out->equal_effects;

            *to = tq_adjusted_of(fit->beta[0], fit->se[0], NAN, null_value, level);
            out->random_tau2 = fit->tau2;
        }
        tq_pool_free(fit);
    }
    return status;
}

tq_status tq_puniform_find(const tq_model *model, double level, const tq_puniform_options *options,
                           tq_puniform *out, tq_error *err)
{
    const tq_puniform_options usual = tq_puniform_defaults(), *o = options ? options : &usual;
    turned_studies t;
    tq_puniform made;

    if (!(level > 0.0 && level < 100.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "level '%g' must be above 0 and below 100 percent", level);
    }
    tq_status status = turned_make(model, o->favour, o->alpha, o->null_value, "p-uniform", &t, err);

    if (status == TQ_OK && t.k < 2) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "p-uniform needs two studies or more");
    }
    if (status == TQ_OK) {
        tq_gsl_quiet();
        start(&t, level, o->alpha, &made);
        status = compare(model, level, o->null_value, &made, err);
    }
    if (status == TQ_OK) {
        puniform(&t, t.sign * (made.equal_effects.est - o->null_value), &made);
        puniform_star(&t, &made);
        turn(t.sign, o->null_value, &made.est, &made.ci_lb, &made.ci_ub);
        turn(t.sign, o->null_value, &made.star_est, &made.star_lb, &made.star_ub);
        *out = made;
    }
    turned_free(&t);
    return status;
}
