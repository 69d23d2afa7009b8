/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log-likelihoods of binomial, Poisson and noncentral hypergeometric counts. */
#include "counts/response.h"

#include <math.h>

#include <gsl/gsl_sf_gamma.h>

double tq_log_choose(double n, double x)
{
    return x == 0.0 || x == n
               ? 0.0
               : gsl_sf_lngamma(n + 1.0) - gsl_sf_lngamma(x + 1.0) - gsl_sf_lngamma(n - x + 1.0);
}

/*
 * x log(p) + (n - x) log(1 - p) with logit(p) = eta and its derivatives, by the one exponential that
 * does not overflow. Each part without its event is 0 even where its logarithm is infinite.
 */
static tq_slopes binomial(double x, double n, double eta)
{
    const double small = exp(-fabs(eta)), near = 1.0 / (1.0 + small), far = small * near;
    const double p = eta > 0.0 ? near : far, q = eta > 0.0 ? far : near;
    const double odd = eta > 0.0 ? x - n : x; /* people on the side that eta makes unlikely */

    return (tq_slopes){(odd != 0.0 ? odd * eta : 0.0) - n * log1p(small), x * q - (n - x) * p,
                       -n * p * q};
}

/* x log(mean) - mean with mean = n exp(eta). */
static tq_slopes poisson(double x, double n, double eta)
{
    const double mean = n * exp(eta);

    return (tq_slopes){(x > 0.0 ? x * (log(n) + eta) : 0.0) - mean, x - mean, -mean};
}

static double poisson_constant(double x)
{
    return -gsl_sf_lngamma(x + 1.0);
}

static tq_slopes plus(tq_slopes s, double constant)
{
    s.ll += constant;
    return s;
}

tq_slopes tq_binomial_slopes(double x, double n, double eta)
{
    return plus(binomial(x, n, eta), tq_log_choose(n, x));
}

tq_slopes tq_poisson_slopes(double x, double n, double eta)
{
    return plus(poisson(x, n, eta), poisson_constant(x));
}

tq_slopes tq_group_slopes(int rates, double x, double n, double eta)
{
    return rates ? poisson(x, n, eta) : binomial(x, n, eta);
}

/* ---- Fisher's noncentral hypergeometric distribution ---- */

typedef struct {
    double n1, n2, t; /* sizes of the groups, events in all */
    double lo, hi;    /* support of the events of group 1 */
    double psi;       /* odds ratio */
} hypergeometric;

/* P(j + 1) / P(j) */
static double ratio(const hypergeometric *h, double j)
{
    return h->psi * ((h->n1 - j) * (h->t - j)) / ((j + 1.0) * (h->n2 - h->t + j + 1.0));
}

/* The largest j with ratio(j - 1) >= 1: the ratios fall. */
static double mode(const hypergeometric *h)
{
    double below = h->lo, above = h->hi + 1.0;

    while (above - below > 1.0) {
        const double j = floor(0.5 * (below + above));

        if (ratio(h, j - 1.0) >= 1.0) {
            below = j;
        } else {
            above = j;
        }
    }
    return below;
}

/* log P(to) - log P(from), as a product of ratios that is taken apart before it leaves the range. */
static double log_odds_between(const hypergeometric *h, double from, double to)
{
    const double lo = fmin(from, to), hi = fmax(from, to);
    double product = 1.0, sum = 0.0;

    for (double j = lo; j < hi; j++) {
        product *= ratio(h, j);
        if (product > 1e200 || product < 1e-200) {
            sum += log(product);
            product = 1.0;
        }
    }
    sum += log(product);
    return to > from ? sum : -sum;
}

/* Sums of P(j)/P(m), times j - m and its square, from m on upwards or downwards until they end. */
static void sum_tail(const hypergeometric *h, double m, int up, double sum[3])
{
    double p = 1.0;

    for (double d = 1.0; up ? m + d <= h->hi : m - d >= h->lo; d++) {
        p *= up ? ratio(h, m + d - 1.0) : 1.0 / ratio(h, m - d);
        if (p < 1e-19 * sum[0]) {
            break; /* the ratios fall: what is left is smaller still */
        }
        sum[0] += p;
        sum[1] += up ? d * p : -d * p;
        sum[2] += d * d * p;
    }
}

tq_slopes tq_hypergeometric_slopes(const tq_count_study *s, double theta)
{
    const double t = s->x1 + s->x2;
    const hypergeometric h = {s->n1,
                              s->n2,
                              t,
                              fmax(0.0, t - s->n2),
                              fmin(s->n1, t),
                              exp(fmax(-700.0, fmin(700.0, theta)))};
    const double m = mode(&h);
    double sum[3] = {1.0, 0.0, 0.0};

    sum_tail(&h, m, 1, sum);
    sum_tail(&h, m, 0, sum);
    const double shift = sum[1] / sum[0], variance = sum[2] / sum[0] - shift * shift;

    return (tq_slopes){log_odds_between(&h, m, s->x1) - log(sum[0]), s->x1 - (m + shift),
                       -fmax(0.0, variance)};
}

/* ---- responses ---- */

static tq_response two_groups(tq_slopes one, tq_slopes two)
{
    return (tq_response){one.ll + two.ll, 0.5 * (one.d1 - two.d1), 0.25 * (one.d2 + two.d2),
                         one.d1 + two.d1, one.d2 + two.d2,         0.5 * (one.d2 - two.d2)};
}

static tq_response effect_alone(tq_slopes s)
{
    return (tq_response){s.ll, s.d1, s.d2, 0.0, 0.0, 0.0};
}

tq_response tq_response_two_binomial(const tq_count_study *s, double a, double theta)
{
    return two_groups(binomial(s->x1, s->n1, a + 0.5 * theta),
                      binomial(s->x2, s->n2, a - 0.5 * theta));
}

tq_response tq_response_two_poisson(const tq_count_study *s, double a, double theta)
{
    return two_groups(poisson(s->x1, s->n1, a + 0.5 * theta),
                      poisson(s->x2, s->n2, a - 0.5 * theta));
}

tq_response tq_response_hypergeometric(const tq_count_study *s, double a, double theta)
{
    (void)a;
    return effect_alone(tq_hypergeometric_slopes(s, theta));
}

/* Given the sum of two Poisson counts, the first is binomial with odds n1 exp(theta) / n2. For odds
   ratios the same holds where events are rare: Stijnen et al. (2010), sec. 3.3. */
tq_response tq_response_given_rate(const tq_count_study *s, double a, double theta)
{
    (void)a;
    return effect_alone(binomial(s->x1, s->x1 + s->x2, theta + log(s->n1 / s->n2)));
}

tq_response tq_response_binomial(const tq_count_study *s, double a, double theta)
{
    (void)a;
    return effect_alone(binomial(s->x1, s->n1, theta));
}

tq_response tq_response_poisson(const tq_count_study *s, double a, double theta)
{
    (void)a;
    return effect_alone(poisson(s->x1, s->n1, theta));
}

static tq_response level_and_effect(tq_slopes one, tq_slopes two)
{
    return (tq_response){one.ll + two.ll, one.d1 + two.d1, one.d2 + two.d2, one.d1, one.d2, one.d2};
}

tq_response tq_response_level_binomial(const tq_count_study *s, double a, double theta)
{
    return level_and_effect(binomial(s->x1, s->n1, theta + a), binomial(s->x2, s->n2, theta));
}

tq_response tq_response_level_poisson(const tq_count_study *s, double a, double theta)
{
    return level_and_effect(poisson(s->x1, s->n1, theta + a), poisson(s->x2, s->n2, theta));
}

/* ---- constants ---- */

double tq_constant_two_binomial(const tq_count_study *s)
{
    return tq_log_choose(s->n1, s->x1) + tq_log_choose(s->n2, s->x2);
}

double tq_constant_two_poisson(const tq_count_study *s)
{
    return poisson_constant(s->x1) + poisson_constant(s->x2);
}

double tq_constant_hypergeometric(const tq_count_study *s)
{
    (void)s; /* the distribution comes normalised */
    return 0.0;
}

double tq_constant_given_rate(const tq_count_study *s)
{
    return tq_log_choose(s->x1 + s->x2, s->x1);
}

double tq_constant_binomial(const tq_count_study *s)
{
    return tq_log_choose(s->n1, s->x1);
}

double tq_constant_poisson(const tq_count_study *s)
{
    return poisson_constant(s->x1);
}

/* ---- saturated models ---- */

/* Information on a difference of two predictors with informations u and v. */
static double harmonic(double u, double v)
{
    return u > 0.0 && v > 0.0 ? 1.0 / (1.0 / u + 1.0 / v) : 0.0;
}

static tq_saturated one_proportion(double x, double n, double offset)
{
    const double logit = log(x / (n - x));

    return (tq_saturated){tq_binomial_slopes(x, n, logit).ll, logit - offset, harmonic(x, n - x)};
}

static tq_saturated one_rate(double x, double n)
{
    const double rate = log(x / n);

    return (tq_saturated){tq_poisson_slopes(x, n, rate).ll, rate, x};
}

static tq_saturated difference(tq_saturated one, tq_saturated two)
{
    return (tq_saturated){one.ll + two.ll, one.theta - two.theta, harmonic(one.weight, two.weight)};
}

tq_saturated tq_saturated_two_binomial(const tq_count_study *s)
{
    return difference(one_proportion(s->x1, s->n1, 0.0), one_proportion(s->x2, s->n2, 0.0));
}

tq_saturated tq_saturated_two_poisson(const tq_count_study *s)
{
    return difference(one_rate(s->x1, s->n1), one_rate(s->x2, s->n2));
}

tq_saturated tq_saturated_given_rate(const tq_count_study *s)
{
    return one_proportion(s->x1, s->x1 + s->x2, log(s->n1 / s->n2));
}

tq_saturated tq_saturated_binomial(const tq_count_study *s)
{
    return one_proportion(s->x1, s->n1, 0.0);
}

tq_saturated tq_saturated_poisson(const tq_count_study *s)
{
    return one_rate(s->x1, s->n1);
}

/* The conditional maximum likelihood estimate: mean = x1, by Newton steps from the sample odds ratio.
   Events at an end of the support have probability 1 at an infinite odds ratio. */
tq_saturated tq_saturated_hypergeometric(const tq_count_study *s)
{
    const double t = s->x1 + s->x2;

    if (s->x1 <= fmax(0.0, t - s->n2) || s->x1 >= fmin(s->n1, t)) {
        return (tq_saturated){0.0, s->x1 > 0.5 * t ? INFINITY : -INFINITY, 0.0};
    }
    double theta =
        log((s->x1 + 0.5) / (s->n1 - s->x1 + 0.5)) - log((s->x2 + 0.5) / (s->n2 - s->x2 + 0.5));
    tq_slopes h = tq_hypergeometric_slopes(s, theta);

    for (int iter = 0; iter < 100; iter++) {
        const double step = fmax(-1.0, fmin(1.0, -h.d1 / h.d2));

        theta += step;
        h = tq_hypergeometric_slopes(s, theta);
        if (!(fabs(step) > 1e-10)) {
            break;
        }
    }
    return (tq_saturated){h.ll, theta, -h.d2};
}
