/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The p-curve: Simonsohn, Nelson & Simmons (2014), J. Exp. Psychol. Gen. 143:534-547; half curve and rules:
 * Simonsohn, Simmons & Nelson (2015), J. Exp. Psychol. Gen. 144:1146-1152.
 */
#include "bias/pcurve.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "bias/significance_internal.h"
#include "core/distributions.h"
#include "optim/root.h"

#define ALPHA 0.05
#define HALF 0.025
#define LOW_POWER (1.0 / 3.0)

static const struct {
    const char *name, *brief, *text;
} verdicts[TQ_PCURVE_VERDICT_COUNT] = {
    [TQ_PCURVE_NONE] = {"none", "no significant study",
                        "No study is significant: there is no p-curve."},
    [TQ_PCURVE_EVIDENCE] =
        {"evidence", "right-skewed: evidential value",
         "The p-curve is right-skewed: the significant results contain evidential "
         "value."},
    [TQ_PCURVE_INADEQUATE] = {"inadequate", "flat: evidential value inadequate",
                              "The p-curve is flatter than studies of 33% power would make it: "
                              "evidential value is inadequate or absent."},
    [TQ_PCURVE_BOTH] =
        {"both", "right-skewed, but of very low power",
         "The p-curve is right-skewed, and yet flatter than studies of 33% power would "
         "make it: whatever evidence there is comes from studies of very low power."},
    [TQ_PCURVE_INCONCLUSIVE] =
        {"inconclusive", "inconclusive",
         "The p-curve is neither right-skewed nor flatter than studies of 33% "
         "power would make it: it does not decide."},
};

const char *tq_pcurve_verdict_name(tq_pcurve_verdict verdict)
{
    return (unsigned)verdict < TQ_PCURVE_VERDICT_COUNT ? verdicts[verdict].name : NULL;
}

const char *tq_pcurve_verdict_brief(tq_pcurve_verdict verdict)
{
    return (unsigned)verdict < TQ_PCURVE_VERDICT_COUNT ? verdicts[verdict].brief : NULL;
}

const char *tq_pcurve_verdict_text(tq_pcurve_verdict verdict)
{
    return (unsigned)verdict < TQ_PCURVE_VERDICT_COUNT ? verdicts[verdict].text : NULL;
}

/* P(|Z + shift| > z). */
static double beyond(double z, double shift)
{
    return gsl_cdf_ugaussian_Q(z - shift) + gsl_cdf_ugaussian_P(-z - shift);
}

/* |z| at which a two-sided p is this. */
static double z_of(double p)
{
    return -tq_normal_quantile(p / 2.0);
}

typedef struct {
    double z, power;
} power_goal;

static double power_off(double shift, double *slope, void *context)
{
    const power_goal *g = context;

    if (slope) {
        *slope = NAN;
    }
    return beyond(g->z, shift) - g->power;
}

/* The shift of z at which a study has this power at the level 0.05; 0 for a power of 0.05. */
static double shift_of(double power)
{
    const tq_root_options opt = {.tol = 1e-13, .scale = 1.0, .max_iter = 200};
    power_goal goal = {z_of(ALPHA), power};
    double shift = 0.0;

    if (power > ALPHA) {
        const double high = goal.z + 10.0;

        (void)tq_root_find(power_off, &goal, 0.0, ALPHA - power, high, 1.0 - power, &opt, &shift,
                           NULL);
    }
    return shift;
}

/* P(a larger |z| | p < level), at a power: 1 at the level itself, near 0 for tiny p. */
static double rest_at(double z, double shift, double level)
{
    return fmin(beyond(z, shift) / beyond(z_of(level), shift), 1.0);
}

/* Probabilities of 0 and 1 would make Stouffer's sum infinite. */
static double deviate(double p)
{
    const double least = 1e-300, most = 1.0 - 0x1p-53;

    return tq_normal_quantile(fmin(fmax(p, least), most));
}

static double z_of_study(const tq_pcurve *c, size_t i)
{
    return z_of(c->p[i]);
}

/* Stouffer's z of pp at a power among p < level; by 1 - pp, which keeps the digits of tiny p. */
static double stouffer(const tq_pcurve *c, double shift, double level)
{
    double sum = 0.0;
    size_t n = 0;

    for (size_t i = 0; i < c->k; i++) {
        if (c->p[i] < level) {
            sum -= deviate(shift > 0.0 ? rest_at(z_of_study(c, i), shift, level) : c->p[i] / level);
            n++;
        }
    }
    return n > 0 ? sum / sqrt((double)n) : (double)NAN;
}

/* Small p of p say right skew: z < 0. */
static tq_pcurve_test right_skew(const tq_pcurve *c, double level)
{
    const double z = -stouffer(c, 0.0, level);

    return (tq_pcurve_test){z, isnan(z) ? z : gsl_cdf_ugaussian_P(z)};
}

static tq_pcurve_test flatter(const tq_pcurve *c, double shift, double level)
{
    const double z = stouffer(c, shift, level);

    return (tq_pcurve_test){z, isnan(z) ? z : gsl_cdf_ugaussian_P(z)};
}

/* ---- power ---- */

typedef struct {
    const tq_pcurve *c;
    double goal;
} power_search;

/* Stouffer's z falls as the power rises. */
static double stouffer_off(double power, double *slope, void *context)
{
    const power_search *s = context;

    if (slope) {
        *slope = NAN;
    }
    return stouffer(s->c, shift_of(power), ALPHA) - s->goal;
}

static double power_with(const tq_pcurve *c, double goal)
{
    const double lo = 0.05, hi = 0.99; /* of the method: outside, power and shift hardly differ */
    const tq_root_options opt = {.tol = 1e-11, .scale = 1.0, .max_iter = 200};
    power_search s = {c, goal};
    const double f_lo = stouffer_off(lo, NULL, &s), f_hi = stouffer_off(hi, NULL, &s);
    double power = NAN;

    if (!(f_lo > 0.0)) {
        return lo;
    }
    if (!(f_hi < 0.0)) {
        return hi;
    }
    (void)tq_root_find(stouffer_off, &s, lo, f_lo, hi, f_hi, &opt, &power, NULL);
    return power;
}

/* ---- the curve ---- */

/* Shares of significant p in bins of 0.01 at a power, percent. */
static void shares(double shift, double *out)
{
    double before = 0.0;

    for (int b = 0; b < TQ_PCURVE_BINS; b++) {
        const double below = beyond(z_of(0.01 * (b + 1)), shift);

        out[b] = 100.0 * (below - before) / beyond(z_of(ALPHA), shift);
        before = below;
    }
}

static void count(tq_pcurve *c)
{
    for (int b = 0; b < TQ_PCURVE_BINS; b++) {
        c->observed[b] = 0.0;
    }
    for (size_t i = 0; i < c->k; i++) {
        if (c->p[i] < ALPHA) {
            const int bin = (int)ceil(100.0 * c->p[i] - 1e-9) - 1;

            c->observed[bin < 0 ? 0 : bin >= TQ_PCURVE_BINS ? TQ_PCURVE_BINS - 1 : bin] += 1.0;
        }
    }
    for (int b = 0; b < TQ_PCURVE_BINS; b++) {
        c->observed[b] *= 100.0 / (double)c->significant;
    }
}

static tq_pcurve_verdict judge(const tq_pcurve *c)
{
    const int evidence =
        c->half_right.pval < 0.05 || (c->half_right.pval < 0.1 && c->full_right.pval < 0.1);
    const int flat =
        c->full_flat.pval < 0.05 || (c->half_flat.pval < 0.1 && c->binomial_flat < 0.1);

    return evidence && flat ? TQ_PCURVE_BOTH
           : evidence       ? TQ_PCURVE_EVIDENCE
           : flat           ? TQ_PCURVE_INADEQUATE
                            : TQ_PCURVE_INCONCLUSIVE;
}

static void test_curve(tq_pcurve *c)
{
    const double low = shift_of(LOW_POWER), z5 = tq_normal_quantile(0.95);
    const double share = beyond(z_of(HALF), low) / LOW_POWER;
    const unsigned half = (unsigned)c->half, n = (unsigned)c->significant;

    c->binomial_right = half > 0 ? gsl_cdf_binomial_Q(half - 1, 0.5, n) : 1.0;
    c->binomial_flat = gsl_cdf_binomial_P(half, share, n);
    c->full_right = right_skew(c, ALPHA);
    c->half_right = right_skew(c, HALF);
    c->full_flat = flatter(c, low, ALPHA);
    c->half_flat = flatter(c, low, HALF);
    c->power = power_with(c, 0.0);
    c->power_lb = power_with(c, z5);
    c->power_ub = power_with(c, -z5);
    for (size_t i = 0; i < c->k; i++) {
        if (c->p[i] < ALPHA) {
            c->pp_right[i] = c->p[i] / ALPHA;
            c->pp_flat[i] = 1.0 - rest_at(z_of_study(c, i), low, ALPHA);
        }
    }
    shares(low, c->expected);
    shares(shift_of(c->power), c->fitted);
    count(c);
    c->verdict = judge(c);
}

static void no_curve(tq_pcurve *c)
{
    const tq_pcurve_test none = {NAN, NAN};

    c->full_right = c->half_right = c->full_flat = c->half_flat = none;
    c->binomial_right = c->binomial_flat = NAN;
    c->power = c->power_lb = c->power_ub = NAN;
    for (int b = 0; b < TQ_PCURVE_BINS; b++) {
        c->observed[b] = c->expected[b] = c->fitted[b] = NAN;
    }
}

static tq_pcurve *make(size_t k)
{
    tq_pcurve *c = calloc(1, sizeof *c);

    if (c && k <= SIZE_MAX / sizeof(double) / 3) {
        c->p = calloc(3 * k, sizeof *c->p);
    }
    if (!c || !c->p) {
        free(c);
        return NULL;
    }
    c->k = k;
    c->pp_right = c->p + k;
    c->pp_flat = c->pp_right + k;
    return c;
}

tq_status tq_pcurve_find(const tq_model *model, double null_value, tq_pcurve **out, tq_error *err)
{
    turned_studies t;
    const tq_status status =
        turned_make(model, TQ_FAVOUR_GREATER, ALPHA, null_value, "a p-curve", &t, err);

    if (status != TQ_OK) {
        return status;
    }
    tq_pcurve *c = make(t.k);

    for (size_t i = 0; c && i < t.k; i++) {
        c->p[i] = tq_two_sided_p(t.y[i] / t.s[i], NAN);
        c->pp_right[i] = c->pp_flat[i] = NAN;
        c->significant += c->p[i] < ALPHA;
        c->half += c->p[i] < HALF;
        c->greater += c->p[i] < ALPHA && t.y[i] > 0.0;
    }
    turned_free(&t);
    if (!c) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    no_curve(c);
    if (c->significant > 0) {
        test_curve(c);
    }
    *out = c;
    return TQ_OK;
}

void tq_pcurve_free(tq_pcurve *curve)
{
    if (curve) {
        free(curve->p); /* and those that follow it */
        free(curve);
    }
}
