/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlations between two variables, and their unbiased estimate. */
#include "effects/effects_internal.h"

#include <float.h>
#include <math.h>

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_gamma.h>

enum { FROM_R, FROM_T, FROM_P };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_correlations[3] = {
    {"correlation and size", BIT(RI) | BIT(NI), FROM_R, {{0}}},
    {"t statistic and size", BIT(TI_STAT) | BIT(NI), FROM_T, {{0}}},
    {"p-value and size", BIT(PI) | BIT(NI), FROM_P, {{0}}},
};

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    const double df = IN(NI, i) - 2.0;

    (void)opt;
    (void)err;
    s->cor.n = s->ni = IN(NI, i);
    if (recipe == FROM_R) {
        s->cor.r = IN(RI, i);
        return TQ_OK;
    }
    if (!(df > 0.0)) {
        s->why = "ni must be above 2";
        return TQ_OK;
    }
    const double t = recipe == FROM_T ? IN(TI_STAT, i) : t_from_signed_p(IN(PI, i), df);

    s->cor.r = t / hypot(t, sqrt(df));
    return TQ_OK;
}

static const char *why(const effect_study *s)
{
    return fabs(s->cor.r) == 1.0 ? "the correlation is 1 or -1" : "the sample is too small";
}

const effect_family family_correlations = {.read = read, .why = why};

void average_cor(const effect_study *s, const effect_setting *set, effect_term *term)
{
    (void)set;
    term[0] = (effect_term){s->cor.r, s->cor.n};
}

void average_ucor(const effect_study *s, const effect_setting *set, effect_term *term)
{
    (void)set;
    term[0] = (effect_term){unbiased_correlation(s->cor.r, s->cor.n), s->cor.n};
}

/* With rho from the study (LS), averaged over all studies (AV), or 0 (H0), where the variance of a
   normal sample is 1/(n - 1) exactly: (1 - rho^2)^2 / (n - 1). */
static double correlation_variance(double own, double n, const effect_setting *set)
{
    const double rho = set->vtype == VTYPE_AV ? set->mean[0].value : own;

    return (set->vtype == VTYPE_H0 ? 1.0 : gsl_pow_2((1.0 - rho) * (1.0 + rho))) / (n - 1.0);
}

tq_effect effect_cor(const effect_study *s, const effect_setting *set)
{
    return (tq_effect){.yi = s->cor.r, .vi = correlation_variance(s->cor.r, s->cor.n, set)};
}

/*
 * Stanley, Doucouliagos & Havranek (2024), Res. Synth. Methods 15:313-325: r and its standard error
 * sqrt((1 - r^2) / df) move together, which biases any mean weighted by 1/vi. With 3 degrees of
 * freedom more in the effect, t / sqrt(t^2 + df + 3), and the standard error r / t as it was, what is
 * left of the bias is negligible. Of correlations without other predictors: the same (2025), 16:42-59.
 */
tq_effect correlation_plus_3(double r, double df)
{
    const double left = (1.0 - r) * (1.0 + r) / df;

    return (tq_effect){.yi = r / sqrt(1.0 + 3.0 * left), .vi = left};
}

tq_effect effect_cor3(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return correlation_plus_3(s->cor.r, s->cor.n - 2.0);
}

/* Fisher (1921), Metron 1:3-32. Three studied or fewer have no variance: not finite, or < 0. */
tq_effect effect_zcor(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){.yi = atanh(s->cor.r), .vi = 1.0 / (s->cor.n - 3.0)};
}

/* Sum of the hypergeometric series of 2F1(a, a; c; x), 0 <= x < 1, or x = 1 and c > 2a. */
static double series(double a, double c, double x)
{
    double term = 1.0, sum = 1.0, left;

    for (double k = 0.0;; k += 1.0) {
        term *= (k + a) * (k + a) / ((c + k) * (k + 1.0)) * x;
        sum += term;
        /* Terms shrink at least like x^k, and like k^(2a - 1 - c) where c tells before x does. */
        left = c > 2.0 * a ? fmin(x / (1.0 - x), (k + 2.0) / (c - 2.0 * a)) : x / (1.0 - x);
        if (!(term * left > DBL_EPSILON / 4.0 * sum)) {
            return sum;
        }
    }
}

/* At x = 0.9 a series needs some 300 terms at most; above c = 12 even x = 1 needs few. */
static int series_is_short(double c, double x)
{
    return x <= 0.9 || c > 12.0;
}

/*
 * The same as Euler's integral, with cos^2 for the variable,
 *
 *     2 / B(1/2, c - 1/2)  int_0^(pi/2)  sin(f)^(2c - 2) / sqrt(1 - x cos(f)^2) df,
 *
 * by the tanh-sinh rule (Takahasi & Mori 1974, Publ. RIMS 9:721-741): its nodes crowd towards
 * f = 0, where the integrand peaks as x goes to 1.
 */
static double euler_integral(double c, double r)
{
    const double h = 1.0 / 32.0, reach = 4.0;
    double sum = 0.0;

    for (double u = -reach; u <= reach; u += h) {
        const double e = exp(M_PI * sinh(u)), f = M_PI_2 * e / (1.0 + e);
        const double df = M_PI_2 * M_PI * cosh(u) * e / ((1.0 + e) * (1.0 + e));
        const double sf = sin(f), cf = cos(f);

        if (df > 0.0 && sf > 0.0) {
            sum += pow(sf, 2.0 * c - 2.0) / hypot(r * cf, sf) * df;
        }
    }
    return 2.0 * sum * h / gsl_sf_beta(0.5, c - 0.5);
}

/*
 * Olkin & Pratt (1958), Ann. Math. Stat. 29:201-211: r 2F1(1/2, 1/2; (n - 2)/2; 1 - r^2). NaN for
 * n <= 2; for n = 3 the function is 1/|r|. The series is slow only where c is small and r near 0.
 */
double unbiased_correlation(double r, double n)
{
    const double c = 0.5 * (n - 2.0), x = (1.0 - r) * (1.0 + r);

    if (!(n >= 3.0)) {
        return NAN;
    }
    if (r == 0.0 || fabs(r) == 1.0) {
        return r;
    }
    if (n == 3.0) {
        return copysign(1.0, r);
    }
    return r * (series_is_short(c, x) ? series(0.5, c, x) : euler_integral(c, r));
}

/*
 * 2F1(1, 1; c; 1 - r^2), c >= 2, where the series is slow as
 *
 *     (c - 1) int_0^1 u^(c - 2) / (r^2 + (1 - r^2) u) du
 *
 * by the tanh-sinh rule; c = 2 in closed form, infinite at r = 0.
 */
static double hypergeometric_11(double c, double r)
{
    const double h = 1.0 / 64.0, reach = 4.0, x = (1.0 - r) * (1.0 + r);
    double sum = 0.0;

    if (series_is_short(c, x)) {
        return series(1.0, c, x);
    }
    if (c == 2.0) {
        return -2.0 * log(fabs(r)) / x;
    }
    for (double t = -reach; t <= reach; t += h) {
        const double e = exp(M_PI * sinh(t)), u = e / (1.0 + e);
        const double du = M_PI * cosh(t) * e / ((1.0 + e) * (1.0 + e));

        if (du > 0.0) {
            sum += pow(u, c - 2.0) / (r * r + x * u) * du;
        }
    }
    return (c - 1.0) * sum * h;
}

/*
 * Without the bias of r. UB, the unbiased estimate of its variance: the square of the estimate less
 * an unbiased estimate of rho^2 (Olkin & Pratt 1958, Ann. Math. Stat. 29:201-211; Hedges 1989, J.
 * Appl. Psychol. 74:469-477),
 *
 *     G^2 - 1 + (n - 3)/(n - 2) (1 - r^2) 2F1(1, 1; n/2; 1 - r^2).
 */
tq_effect effect_ucor(const effect_study *s, const effect_setting *set)
{
    const double r = s->cor.r, n = s->cor.n, G = unbiased_correlation(r, n);
    tq_effect e = {.yi = G, .vi = correlation_variance(G, n, set)};

    if (set->vtype == VTYPE_UB) {
        e.vi = n < 4.0 ? NAN
                       : G * G - 1.0 +
                             (n - 3.0) / (n - 2.0) * (1.0 - r) * (1.0 + r) *
                                 hypergeometric_11(0.5 * n, r);
    }
    return e;
}
