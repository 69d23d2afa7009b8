/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log-likelihoods of counts, and a study's effect integrated out. */
#include "support/near.h"

#include <math.h>

#include "counts/random_effect.h"
#include "optim/derivative.h"

static double log_choose(double n, double x)
{
    return lgamma(n + 1.0) - lgamma(x + 1.0) - lgamma(n - x + 1.0);
}

/* Probability, mean and variance of the noncentral hypergeometric distribution, term by term. */
static void by_terms(const tq_count_study *s, double theta, double *p, double *mean, double *var)
{
    const double t = s->x1 + s->x2, lo = fmax(0.0, t - s->n2), hi = fmin(s->n1, t);
    double sum[3] = {0.0, 0.0, 0.0}, top = -INFINITY, own = 0.0;

    for (double j = lo; j <= hi; j++) {
        top = fmax(top, log_choose(s->n1, j) + log_choose(s->n2, t - j) + j * theta);
    }
    for (double j = lo; j <= hi; j++) {
        const double e = exp(log_choose(s->n1, j) + log_choose(s->n2, t - j) + j * theta - top);

        sum[0] += e;
        sum[1] += j * e;
        sum[2] += j * j * e;
        own = j == s->x1 ? e : own;
    }
    *p = own / sum[0];
    *mean = sum[1] / sum[0];
    *var = sum[2] / sum[0] - *mean * *mean;
}

static const tq_count_study tables[] = {{4.0, 123.0, 11.0, 139.0},
                                        {0.0, 26.0, 3.0, 22.0},
                                        {62.0, 13598.0, 248.0, 12867.0},
                                        {7.0, 9.0, 5.0, 6.0},
                                        {12.0, 12.0, 3.0, 17.0}};
enum { TABLES = sizeof tables / sizeof *tables };

static void hypergeometric_moments_equal_their_sums(void **state)
{
    (void)state;
    for (size_t i = 0; i < TABLES; i++) {
        for (double theta = -3.7; theta < 4.0; theta += 1.3) {
            const tq_slopes h = tq_hypergeometric_slopes(&tables[i], theta);
            double p, mean, var;

            by_terms(&tables[i], theta, &p, &mean, &var);
            assert_near(h.ll, log(p), 1e-9);
            assert_near(h.d1, tables[i].x1 - mean, 1e-9);
            assert_near(h.d2, -var, 1e-7);
        }
    }
}

static void hypergeometric_probabilities_sum_to_1(void **state)
{
    tq_count_study s = {0.0, 4000.0, 900.0, 5100.0};
    double sum = 0.0;

    (void)state;
    for (double x = 0.0; x <= 900.0; x++) {
        s.x1 = x;
        s.x2 = 900.0 - x;
        sum += exp(tq_hypergeometric_slopes(&s, 0.83).ll);
    }
    assert_near(sum, 1.0, 1e-11);
}

/* Events at an end of the support become certain. */
static void extreme_odds_ratios_are_limits(void **state)
{
    const tq_slopes certain = tq_hypergeometric_slopes(&tables[1], -900.0);
    const tq_slopes impossible = tq_hypergeometric_slopes(&tables[1], 600.0);

    (void)state;
    assert_near(certain.ll, 0.0, 1e-12);
    assert_near(certain.d1, 0.0, 1e-12);
    assert_near(impossible.d1, -3.0, 1e-12);
    assert_relative(impossible.ll, -3.0 * 600.0, 0.01);
    assert_near(tq_binomial_slopes(0.0, 8.0, -INFINITY).ll, 0.0, 0.0);
    assert_near(tq_binomial_slopes(8.0, 8.0, INFINITY).ll, 0.0, 0.0);
    assert_near(tq_poisson_slopes(0.0, 8.0, -INFINITY).ll, 0.0, 0.0);
}

typedef struct {
    tq_response_fn *f;
    const tq_count_study *s;
    const tq_quadrature *rule; /* NULL: the response itself, x = a, theta */
} slope_case;

static double response_value(const double *x, double *gradient, void *context)
{
    const slope_case *c = context;

    (void)gradient;
    return c->f(c->s, x[0], x[1]).ll;
}

static tq_response_fn *const responses[] = {
    tq_response_two_binomial,   tq_response_two_poisson,   tq_response_hypergeometric,
    tq_response_given_rate,     tq_response_binomial,      tq_response_poisson,
    tq_response_level_binomial, tq_response_level_poisson,
};
enum { RESPONSES = sizeof responses / sizeof *responses };

static void responses_have_the_derivatives_they_state(void **state)
{
    const tq_count_study s = {7.0, 41.0, 12.0, 37.0};

    (void)state;
    for (size_t i = 0; i < RESPONSES; i++) {
        slope_case c = {responses[i], &s, NULL};
        double x[2] = {-1.2, 0.37}, g[2], H[4];
        const tq_response r = responses[i](&s, x[0], x[1]);

        assert_int_equal(tq_gradient(2, response_value, &c, NULL, x, g, NULL, NULL), TQ_OK);
        assert_int_equal(tq_hessian(2, response_value, &c, NULL, x, H, NULL, NULL), TQ_OK);
        assert_near(r.a, g[0], 1e-8);
        assert_near(r.t, g[1], 1e-8);
        assert_near(r.aa, H[0], 1e-6);
        assert_near(r.at, H[1], 1e-6);
        assert_near(r.tt, H[3], 1e-6);
    }
}

/* The saturated effect maximises the response, and its weight is minus the curvature there. */
static void saturated_effects_are_maxima(void **state)
{
    const tq_count_study s = {7.0, 41.0, 12.0, 37.0};
    static const struct {
        tq_response_fn *f;
        tq_constant_fn *constant;
        tq_saturated_fn *g;
    } pairs[] = {
        {tq_response_hypergeometric, tq_constant_hypergeometric, tq_saturated_hypergeometric},
        {tq_response_given_rate, tq_constant_given_rate, tq_saturated_given_rate},
        {tq_response_binomial, tq_constant_binomial, tq_saturated_binomial},
        {tq_response_poisson, tq_constant_poisson, tq_saturated_poisson}};

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const tq_saturated best = pairs[i].g(&s);
        const tq_response r = pairs[i].f(&s, 0.0, best.theta);

        assert_near(r.t, 0.0, 1e-8);
        assert_near(r.ll + pairs[i].constant(&s), best.ll, 1e-12);
        assert_near(-r.tt, best.weight, 1e-8);
    }
    /* The log odds ratio and its variance, 1/a + 1/b + 1/c + 1/d; the rate ratio alike. */
    const tq_saturated odds = tq_saturated_two_binomial(&s), rate = tq_saturated_two_poisson(&s);

    assert_near(odds.ll,
                tq_response_two_binomial(&s, 0.5 * log(7.0 / 34.0 * 12.0 / 25.0), odds.theta).ll +
                    tq_constant_two_binomial(&s),
                1e-12);
    assert_near(rate.ll,
                tq_response_two_poisson(&s, 0.5 * log(7.0 / 41.0 * 12.0 / 37.0), rate.theta).ll +
                    tq_constant_two_poisson(&s),
                1e-12);
    assert_near(odds.theta, log(7.0 / 34.0 / (12.0 / 25.0)), 1e-12);
    assert_near(1.0 / odds.weight, 1.0 / 7.0 + 1.0 / 34.0 + 1.0 / 12.0 + 1.0 / 25.0, 1e-12);
    assert_near(rate.theta, log(7.0 / 41.0 / (12.0 / 37.0)), 1e-12);
    assert_near(1.0 / rate.weight, 1.0 / 7.0 + 1.0 / 12.0, 1e-12);
}

static void a_group_without_events_has_no_finite_effect(void **state)
{
    const tq_count_study s = {0.0, 41.0, 12.0, 37.0};

    (void)state;
    assert_true(isinf(tq_saturated_hypergeometric(&s).theta));
    assert_near(tq_saturated_hypergeometric(&s).ll, 0.0, 0.0);
    assert_near(tq_saturated_hypergeometric(&s).weight, 0.0, 0.0);
    assert_near(tq_saturated_two_binomial(&s).weight, 0.0, 0.0);
    assert_true(isfinite(tq_saturated_two_binomial(&s).ll));
}

/* ---- the integral over the effect ---- */

/* Trapezoids over z: spectrally accurate for a smooth integrand that vanishes at both ends. */
static double by_trapezoids(tq_response_fn *f, const tq_count_study *s, double mu, double tau,
                            double a)
{
    enum { NODES = 768 }; /* on either side, to 12 */
    const double h = 1.0 / 64.0;
    double sum = 0.0;

    for (int j = -NODES; j <= NODES; j++) {
        const double z = h * (double)j;

        sum += exp(f(s, a, mu + tau * z).ll - 0.5 * z * z);
    }
    return log(sum * h / sqrt(2.0 * 3.14159265358979324));
}

static void quadrature_meets_the_integral(void **state)
{
    const tq_count_study s[] = {
        {7.0, 41.0, 12.0, 37.0}, {0.0, 26.0, 3.0, 22.0}, {1.0, 300.0, 0.0, 280.0}};
    tq_quadrature few, many;

    (void)state;
    assert_int_equal(tq_quadrature_make(25, &few, NULL), TQ_OK);
    assert_int_equal(tq_quadrature_make(80, &many, NULL), TQ_OK);
    for (size_t i = 0; i < RESPONSES; i++) {
        for (size_t j = 0; j < 3; j++) {
            for (double tau = 0.1; tau < 3.0; tau *= 3.0) {
                double mode = 0.0;
                const double want = by_trapezoids(responses[i], &s[j], -0.4, tau, -2.1);

                assert_near(tq_marginal_at(&few, responses[i], &s[j], -0.4, tau, -2.1, &mode).ll,
                            want, 1e-5);
                assert_near(tq_marginal_at(&many, responses[i], &s[j], -0.4, tau, -2.1, &mode).ll,
                            want, 1e-7);
            }
        }
    }
}

static double marginal_value(const double *x, double *gradient, void *context)
{
    const slope_case *c = context;
    double mode = 0.0;

    (void)gradient;
    return tq_marginal_at(c->rule, c->f, c->s, x[TQ_MU], x[TQ_TAU], x[TQ_A], &mode).ll;
}

static double profile_value(const double *x, double *gradient, void *context)
{
    const slope_case *c = context;
    double mode = 0.0, a = -0.3;

    (void)gradient;
    return tq_marginal_profile(c->rule, c->f, c->s, x[TQ_MU], x[TQ_TAU], &a, &mode).ll;
}

static void marginal_derivatives_agree_with_differences(void **state)
{
    const tq_count_study s = {7.0, 41.0, 12.0, 37.0};
    tq_quadrature rule;

    (void)state;
    assert_int_equal(tq_quadrature_make(40, &rule, NULL), TQ_OK);
    for (int profile = 0; profile < 2; profile++) {
        const size_t n = profile ? 2 : 3;
        slope_case c = {tq_response_two_binomial, &s, &rule};
        tq_smooth_fn f = profile ? profile_value : marginal_value;
        double x[3] = {0.31, 0.74, -1.1}, g[3], H[9], mode = 0.0;
        const tq_marginal m = profile
                                  ? tq_marginal_profile(&rule, c.f, &s, x[0], x[1], &x[2], &mode)
                                  : tq_marginal_at(&rule, c.f, &s, x[0], x[1], x[2], &mode);

        assert_int_equal(tq_gradient(n, f, &c, NULL, x, g, NULL, NULL), TQ_OK);
        assert_int_equal(tq_hessian(n, f, &c, NULL, x, H, NULL, NULL), TQ_OK);
        for (size_t i = 0; i < n; i++) {
            assert_near(m.g[i], g[i], 1e-8);
            for (size_t j = 0; j < n; j++) {
                assert_near(m.H[i][j], H[i + n * j], 1e-6);
            }
        }
    }
}

static void no_spread_is_the_limit_of_little(void **state)
{
    const tq_count_study s = {7.0, 41.0, 12.0, 37.0};
    tq_quadrature rule;
    double mode = 0.0;

    (void)state;
    assert_int_equal(tq_quadrature_make(25, &rule, NULL), TQ_OK);
    const tq_marginal none =
        tq_marginal_at(&rule, tq_response_two_binomial, &s, 0.3, 0.0, -1.1, &mode);
    const tq_marginal little =
        tq_marginal_at(&rule, tq_response_two_binomial, &s, 0.3, 1e-5, -1.1, &mode);

    assert_near(little.ll, none.ll, 1e-8);
    for (int i = 0; i < TQ_MARGINAL; i++) {
        for (int j = 0; j < TQ_MARGINAL; j++) {
            assert_near(little.H[i][j], none.H[i][j], 1e-3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hypergeometric_moments_equal_their_sums),
        cmocka_unit_test(hypergeometric_probabilities_sum_to_1),
        cmocka_unit_test(extreme_odds_ratios_are_limits),
        cmocka_unit_test(responses_have_the_derivatives_they_state),
        cmocka_unit_test(saturated_effects_are_maxima),
        cmocka_unit_test(a_group_without_events_has_no_finite_effect),
        cmocka_unit_test(quadrature_meets_the_integral),
        cmocka_unit_test(marginal_derivatives_agree_with_differences),
        cmocka_unit_test(no_spread_is_the_limit_of_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
