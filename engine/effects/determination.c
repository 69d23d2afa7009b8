/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coefficients of determination of regression models, predictors sampled or fixed. */
#include "effects/effects_internal.h"

#include <float.h>
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>

#include "core/distributions.h"
#include "core/gauss_legendre.h"
#include "core/gsl_quiet.h"

enum { FROM_R2, FROM_F, FROM_P };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_determination[3] = {
    {"R2, predictors and size",
     BIT(R2I) | BIT(MI) | BIT(NI),
     FROM_R2,
     {{TQ_IN_MI, TQ_KIND_PREDICTORS}}},
    {"F statistic, predictors and size",
     BIT(FI) | BIT(MI) | BIT(NI),
     FROM_F,
     {{TQ_IN_MI, TQ_KIND_PREDICTORS}}},
    {"p-value, predictors and size",
     BIT(PI) | BIT(MI) | BIT(NI),
     FROM_P,
     {{TQ_IN_MI, TQ_KIND_PREDICTORS}, {TQ_IN_PI, TQ_KIND_P_VALUE}}},
};

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    const double m = IN(MI, i), df = IN(NI, i) - m - 1.0;

    (void)opt;
    (void)err;
    s->cor.n = s->ni = IN(NI, i);
    s->cor.predictors = m;
    if (!(df > 0.0)) {
        s->why = "ni must be above mi + 1";
        return TQ_OK;
    }
    if (recipe == FROM_R2) {
        s->cor.R2 = IN(R2I, i);
        return TQ_OK;
    }
    tq_gsl_quiet();
    const double F = recipe == FROM_F ? IN(FI, i) : gsl_cdf_fdist_Qinv(IN(PI, i), m, df);

    s->cor.R2 = m * F / (m * F + df);
    return TQ_OK;
}

static const char *why(const effect_study *s)
{
    return s->cor.R2 == 0.0 ? "R2 is 0" : s->cor.R2 == 1.0 ? "R2 is 1" : NULL;
}

const effect_family family_determination = {.read = read, .why = why};

void average_determination(const effect_study *s, const effect_setting *set, effect_term *term)
{
    (void)set;
    term[0] = (effect_term){s->cor.R2, s->cor.n};
}

/* Kendall & Stuart (1979), The Advanced Theory of Statistics, vol. 2, eqs. 27.88 (LS, AV) and 27.87
   (LS2, AV2); AV and AV2 with the average R2 of all studies. */
tq_effect effect_r2(const effect_study *s, const effect_setting *set)
{
    const int average = set->vtype == VTYPE_AV || set->vtype == VTYPE_AV2;
    const double R2 = average ? set->mean[0].value : s->cor.R2, n = s->cor.n;
    const double base = 4.0 * R2 * (1.0 - R2) * (1.0 - R2);
    tq_effect e = {.yi = s->cor.R2, .vi = base / n};

    if (set->vtype == VTYPE_LS2 || set->vtype == VTYPE_AV2) {
        const double df = n - s->cor.predictors - 1.0;

        e.vi = base * (df / (n - 1.0)) * (df / (n + 1.0)) / (n + 3.0);
    }
    return e;
}

/* Olkin & Finn (1995), Psychol. Bull. 118:155-164, halved: Fisher's z of the multiple R. */
tq_effect effect_zr2(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){.yi = atanh(sqrt(s->cor.R2)), .vi = 1.0 / s->cor.n};
}

/* ---- predictors fixed by design ---- */

/*
 * log of  M(a, b, x) e^-x  far out,
 *
 *     Gamma(b)/Gamma(a) x^(a - b) sum (1 - a)_k (b - a)_k / (k! x^k),
 *
 * asymptotic; with x > (a + 1)^2 and x > 60 its terms fall like 1/k! at least, and the twentieth
 * does not count.
 */
static double log_kummer_far(double a, double b, double x)
{
    double term = 1.0, sum = 1.0;

    for (double k = 0.0; k < 20.0; k += 1.0) {
        term *= (1.0 - a + k) * (b - a + k) / ((k + 1.0) * x);
        sum += term;
    }
    return gsl_sf_lngamma(b) - gsl_sf_lngamma(a) + (a - b) * log(x) + log(sum);
}

/*
 * log of  M(a, b, x) e^-x,  a > b > 0, x >= 0, M Kummer's function: its terms are positive, and it
 * is summed outwards from the largest, so that nothing overflows.
 */
static double log_scaled_kummer(double a, double b, double x)
{
    if (!(x > 0.0)) {
        return 0.0;
    }
    if (x > fmax(60.0, (a + 1.0) * (a + 1.0))) {
        return log_kummer_far(a, b, x);
    }
    /* Terms rise while (a + j) x > (b + j)(j + 1): j^2 + (b + 1 - x) j + b - a x < 0. */
    const double half = 0.5 * (x - b - 1.0), q = half * half + a * x - b;
    const double peak = q > 0.0 ? fmax(0.0, floor(half + sqrt(q))) : 0.0;
    double sum = 1.0, term = 1.0;

    for (double j = peak; term > DBL_EPSILON / 8.0 * sum; j += 1.0) {
        term *= (a + j) / (b + j) * x / (j + 1.0);
        sum += term;
    }
    term = 1.0;
    for (double j = peak; j > 0.0 && term > DBL_EPSILON / 8.0 * sum; j -= 1.0) {
        term *= (b + j - 1.0) / (a + j - 1.0) * j / x;
        sum += term;
    }
    return gsl_sf_lngamma(a + peak) - gsl_sf_lngamma(a) - gsl_sf_lngamma(b + peak) +
           gsl_sf_lngamma(b) - gsl_sf_lngamma(peak + 1.0) + peak * log(x) - x + log(sum);
}

/*
 * Log of the posterior density of z = atanh(rho), up to a constant, with a uniform prior of rho^2.
 * With fixed predictors the F statistic of the model is noncentral with
 * lambda = n rho^2 / (1 - rho^2) = n sinh(z)^2, so that R2 has, up to a constant, the density
 *
 *     e^(-lambda/2) M((n - 1)/2, m/2, lambda R2 / 2),
 *
 * and d(rho^2) = 2 tanh(z) / cosh(z)^2 dz. In z the posterior has about the same width everywhere.
 */
static double log_posterior(const effect_study *s, double z)
{
    const double half = 0.5 * s->cor.n * sinh(z) * sinh(z), x = half * s->cor.R2;

    return x - half + log_scaled_kummer(0.5 * (s->cor.n - 1.0), 0.5 * s->cor.predictors, x) +
           log(tanh(z)) - 2.0 * log(cosh(z));
}

/* Where the posterior, which has one maximum, has it, on (0, hi): golden section. */
static double mode(const effect_study *s, double hi)
{
    const double golden = 0.61803398874989485; /* (sqrt(5) - 1) / 2 */
    double lo = 0.0;

    /* 35 steps leave 5e-8 of the interval: the limits of integration need no more. */
    for (int i = 0; i < 35; i++) {
        const double a = hi - golden * (hi - lo), b = lo + golden * (hi - lo);

        if (log_posterior(s, a) < log_posterior(s, b)) {
            lo = a;
        } else {
            hi = b;
        }
    }
    return 0.5 * (lo + hi);
}

/* e^-45 = 3e-20 of the maximum. */
static int is_negligible(const effect_study *s, double z, double top)
{
    return !(log_posterior(s, z) - top > -45.0);
}

/* The point between the mode and an end where the posterior becomes negligible, by halving, to a
   hundredth of its distance from the mode. */
static double edge(const effect_study *s, double at, double end, double top)
{
    double inside = at;

    /* 60 halvings: what is left then is no distance. */
    for (int i = 0; i < 60 && fabs(end - inside) > 0.01 * fabs(end - at); i++) {
        const double half = 0.5 * (inside + end);

        if (is_negligible(s, half, top)) {
            end = half;
        } else {
            inside = half;
        }
    }
    return end;
}

/* Variance of f(z) over the posterior, by Gauss-Legendre quadrature in equal panels. */
static double posterior_variance(const effect_study *s, double (*f)(double z))
{
    enum { PANELS = 12 };
    const double observed = atanh(sqrt(s->cor.R2)), centre = f(observed);
    /* The sd of z is at most 1/sqrt(n - m - 1) or so: 40 of them are far beyond what counts. */
    const double far = observed + 40.0 / sqrt(s->cor.n - s->cor.predictors - 1.0);
    const double at = mode(s, far), top = log_posterior(s, at);
    const double lo = edge(s, at, 0.0, top), hi = edge(s, at, far, top);
    const double half = 0.5 * (hi - lo) / PANELS;
    double mass = 0.0, first = 0.0, second = 0.0;

    for (int p = 0; p < PANELS; p++) {
        for (int i = 0; i < 2 * TQ_GAUSS_PAIRS; i++) {
            const tq_gauss_pair *pair = &tq_gauss_pairs[i / 2];
            const double z = lo + half * (2.0 * p + 1.0 + (i % 2 ? pair->x : -pair->x));
            const double w = pair->weight * exp(log_posterior(s, z) - top);
            const double d = f(z) - centre; /* centred before squaring */

            mass += w;
            first += w * d;
            second += w * d * d;
        }
    }
    return second / mass - (first / mass) * (first / mass);
}

static double square_of_tanh(double z)
{
    return tanh(z) * tanh(z);
}

static double itself(double z)
{
    return z;
}

/* Where the posterior is normal to a relative 1e-5, and its series long. */
static int is_normal(const effect_study *s)
{
    return s->cor.n >= 1e6 && s->cor.n * s->cor.R2 >= 1e4;
}

/* The uncertainty of rho^2 as the spread of its posterior; in large samples 2 R2 (1 - R2)^2 (2 -
   R2)/n, by the delta method on the noncentral F. */
tq_effect effect_r2f(const effect_study *s, const effect_setting *set)
{
    const double R2 = s->cor.R2, rest = 1.0 - R2;

    (void)set;
    if (!(R2 < 1.0)) {
        return (tq_effect){NAN, NAN};
    }
    return (tq_effect){.yi = R2,
                       .vi = is_normal(s) ? 2.0 * R2 * rest * rest * (1.0 + rest) / s->cor.n
                                          : posterior_variance(s, square_of_tanh)};
}

/* The same of z; in large samples (2 - R2)/(2n). */
tq_effect effect_zr2f(const effect_study *s, const effect_setting *set)
{
    const double R2 = s->cor.R2;

    (void)set;
    if (!(R2 < 1.0)) {
        return (tq_effect){NAN, NAN};
    }
    return (tq_effect){.yi = atanh(sqrt(R2)),
                       .vi = is_normal(s) ? (1.0 - 0.5 * R2) / s->cor.n
                                          : posterior_variance(s, itself)};
}
