/* SPDX-License-Identifier: GPL-3.0-or-later */
/* p-uniform and p-uniform*: sums of uniforms, limits, the likelihood written out. */
#include "support/near.h"

#include <math.h>

#include "bias/puniform.h"
#include "bias/selmodel.h"
#include "core/distributions.h"

enum { K = 18 };

static const double yi[K] = {0.7091362, 0.3548641, 1.7911700, 0.1824552, 0.4218509, 0.6300000,
                             0.7248838, 0.5286638, 0.2840000, 1.2750682, 0.1036082, 0.3883906,
                             0.5407398, 0.4261593, 0.5153969, 1.4797260, 0.6125782, 0.6000000};
static const double sei[K] = {0.2608202, 0.1963624, 0.3455692, 0.1177874, 0.1448128, 0.1960000,
                              0.2246641, 0.2104609, 0.1680000, 0.3371997, 0.1947275, 0.2307689,
                              0.2443133, 0.2579379, 0.3512737, 0.3152817, 0.2266834, 0.2490000};
static double vi[K];

static tq_model model(void)
{
    for (size_t i = 0; i < K; i++) {
        vi[i] = sei[i] * sei[i];
    }
    return (tq_model){.k = K, .p = 1, .yi = yi, .vi = vi, .intercept = 1};
}

static tq_puniform find(const tq_model *m, const tq_puniform_options *o)
{
    tq_puniform out;

    assert_int_equal(tq_puniform_find(m, 95.0, o, &out, NULL), TQ_OK);
    return out;
}

static double tail(double z)
{
    return 0.5 * erfc(z / sqrt(2.0));
}

static void the_sum_of_uniforms(void **state)
{
    (void)state;
    assert_near(tq_irwin_hall(0.4, 1), 0.4, 1e-15);
    assert_near(tq_irwin_hall(0.8, 2), 0.32, 1e-14); /* x^2 / 2 */
    assert_near(tq_irwin_hall(1.5, 3), 0.5, 1e-14);
    assert_near(tq_irwin_hall(0.7, 4), pow(0.7, 4) / 24.0, 1e-14);
    assert_near(tq_irwin_hall(2.9, 5), 1.0 - tq_irwin_hall(2.1, 5), 1e-14);
    /* where the sum gives way to the expansion */
    assert_near(tq_irwin_hall(8.2, 21), tq_irwin_hall(21.0 - 12.8, 21), 1e-15);
    double smoothed = 0.0; /* F_21(x) is the mean of F_20 over (x - 1, x) */

    for (int i = 0; i < 2000; i++) {
        smoothed += tq_irwin_hall(7.2 + (i + 0.5) / 2000.0, 20) / 2000.0;
    }
    assert_near(tq_irwin_hall(8.2, 21), smoothed, 2e-5);
    assert_near(tq_irwin_hall(-1.0, 3), 0.0, 0.0);
    assert_near(tq_irwin_hall(3.5, 3), 1.0, 0.0);
    assert_true(isnan(tq_irwin_hall(0.5, 0)));
}

static double sum_of_q(double mu)
{
    double sum = 0.0;

    for (size_t i = 0; i < K; i++) {
        if (yi[i] > 1.959963984540054 * sei[i]) {
            sum += tail((yi[i] - mu) / sei[i]) / tail(1.959963984540054 - mu / sei[i]);
        }
    }
    return sum;
}

static void conditional_p_are_uniform_at_the_estimate(void **state)
{
    const tq_model m = model();
    const tq_puniform u = find(&m, NULL);

    (void)state;
    assert_int_equal(u.significant, 11);
    assert_near(sum_of_q(u.est), 5.5, 1e-8);
    assert_near(tq_irwin_hall(sum_of_q(u.ci_lb), 11), 0.025, 1e-9);
    assert_near(tq_irwin_hall(sum_of_q(u.ci_ub), 11), 0.975, 1e-9);
    assert_near(u.effect.stat, (sum_of_q(0.0) - 5.5) / sqrt(11.0 / 12.0), 1e-9);
    assert_near(u.effect.pval, tq_irwin_hall(sum_of_q(0.0), 11), 1e-9);
    assert_near(u.bias.pval, tq_irwin_hall(11.0 - sum_of_q(u.equal_effects.est), 11), 1e-9);
}

static double log_likelihood(double mu, double tau2)
{
    double ll = 0.0;

    for (size_t i = 0; i < K; i++) {
        const double V = sei[i] * sei[i] + tau2, c = 1.959963984540054 * sei[i];
        const double beyond = tail((c - mu) / sqrt(V));

        ll += -0.5 * (log(V) + (yi[i] - mu) * (yi[i] - mu) / V + TQ_LOG_2PI) -
              log(yi[i] > c ? beyond : 1.0 - beyond);
    }
    return ll;
}

static double profile(double mu)
{
    double best = -INFINITY;

    for (int i = 0; i <= 20000; i++) {
        best = fmax(best, log_likelihood(mu, 5e-5 * i));
    }
    return best;
}

static void star_is_the_maximum_of_the_likelihood(void **state)
{
    const tq_model m = model();
    const tq_puniform u = find(&m, NULL);
    const double most = log_likelihood(u.star_est, u.star_tau2);

    (void)state;
    assert_near(u.star_ll, most, 1e-10);
    assert_true(log_likelihood(u.star_est + 0.003, u.star_tau2) < most);
    assert_true(log_likelihood(u.star_est - 0.003, u.star_tau2) < most);
    assert_true(log_likelihood(u.star_est, u.star_tau2 + 0.001) < most);
    assert_true(log_likelihood(u.star_est, u.star_tau2 - 0.001) < most);
    assert_near(2.0 * (most - profile(u.star_lb)), 3.841459, 1e-3);
    assert_near(2.0 * (most - profile(u.star_ub)), 3.841459, 1e-3);
    assert_near(u.star_effect.stat, 2.0 * (most - profile(0.0)), 1e-3);
    assert_near(u.star_bias.stat,
                2.0 * (most - log_likelihood(u.random_effects.est, u.random_tau2)), 1e-6);
    assert_near(u.star_tau2_lb, 0.0, 0.0);
}

/* Where every study is significant beyond doubt, nothing is corrected. */
static void far_from_significance_it_is_the_model_without_selection(void **state)
{
    double y[K], v[K];
    const tq_model m = {.k = K, .p = 1, .yi = y, .vi = v, .intercept = 1};

    (void)state;
    for (size_t i = 0; i < K; i++) {
        y[i] = 8.0 + yi[i];
        v[i] = sei[i] * sei[i];
    }
    const tq_puniform u = find(&m, NULL);

    assert_near(u.star_est, u.random_effects.est, 1e-6);
    assert_near(u.star_tau2, u.random_tau2, 1e-6);
    assert_near(u.star_bias.stat, 0.0, 1e-8);
}

/* With equal sampling variances it is the step function with one step, whose weight it leaves out (Pustejovsky
   2026, "p-uniform* is a three-parameter selection model"). */
static void of_equal_variances_it_is_the_step_function(void **state)
{
    double v[K];
    const tq_model m = {.k = K, .p = 1, .yi = yi, .vi = v, .intercept = 1};
    tq_pool_options opt = tq_pool_defaults();
    tq_pool *fit = tq_pool_new(K, 1);
    const tq_selmodel_options step = tq_selmodel_defaults();
    tq_selmodel selection;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        v[i] = 0.2385 * 0.2385;
    }
    const tq_puniform u = find(&m, NULL);

    opt.method = TQ_ML;
    opt.ci_tau2 = TQ_CI_NONE;
    assert_non_null(fit);
    assert_int_equal(tq_selmodel_fit(&m, &opt, &step, fit, &selection, NULL), TQ_OK);
    assert_near(u.star_est, fit->beta[0], 1e-6);
    assert_near(u.star_tau2, fit->tau2, 1e-6);
    tq_pool_free(fit);
}

static void turned_around_it_is_the_same(void **state)
{
    const double scale = -2.385, shift = 0.418;
    double y[K], v[K];
    const tq_model m = model(), turned = {.k = K, .p = 1, .yi = y, .vi = v, .intercept = 1};
    tq_puniform_options o = tq_puniform_defaults();

    (void)state;
    for (size_t i = 0; i < K; i++) {
        y[i] = scale * yi[i] + shift;
        v[i] = scale * scale * vi[i];
    }
    o.null_value = shift;
    const tq_puniform a = find(&m, NULL), b = find(&turned, &o);

    assert_false(b.greater);
    assert_near(b.est, scale * a.est + shift, 1e-7);
    assert_near(b.ci_lb, scale * a.ci_ub + shift, 1e-7);
    assert_near(b.star_est, scale * a.star_est + shift, 1e-7);
    assert_near(b.star_ub, scale * a.star_lb + shift, 1e-6);
    assert_near(b.star_tau2, scale * scale * a.star_tau2, 1e-7);
    assert_near(b.star_effect.stat, a.star_effect.stat, 1e-6);
    assert_near(b.bias.pval, a.bias.pval, 1e-9);
}

static void what_does_not_exist_is_said(void **state)
{
    const double y[] = {0.11, -0.2, 0.3}, v[] = {0.04, 0.09, 0.05}, bad[] = {0.04, NAN, 0.05};
    const tq_model none = {.k = 3, .p = 1, .yi = y, .vi = v, .intercept = 1};
    const tq_model wrong = {.k = 3, .p = 1, .yi = y, .vi = bad, .intercept = 1};
    const tq_model one = {.k = 1, .p = 1, .yi = y, .vi = v, .intercept = 1};
    const tq_puniform u = find(&none, NULL);
    tq_puniform out;
    tq_puniform_options o = tq_puniform_defaults();
    tq_error err;

    (void)state;
    assert_true(isnan(u.est) && u.why[0]);
    assert_true(isfinite(u.star_est) || u.star_why[0]);
    assert_int_equal(tq_puniform_find(&wrong, 95.0, NULL, &out, &err), TQ_EDATA);
    assert_int_equal(tq_puniform_find(&one, 95.0, NULL, &out, &err), TQ_EDATA);
    assert_int_equal(tq_puniform_find(&none, 0.0, NULL, &out, &err), TQ_EINVAL);
    o.alpha = 0.0;
    assert_int_equal(tq_puniform_find(&none, 95.0, &o, &out, &err), TQ_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_of_uniforms),
        cmocka_unit_test(conditional_p_are_uniform_at_the_estimate),
        cmocka_unit_test(star_is_the_maximum_of_the_likelihood),
        cmocka_unit_test(far_from_significance_it_is_the_model_without_selection),
        cmocka_unit_test(of_equal_variances_it_is_the_step_function),
        cmocka_unit_test(turned_around_it_is_the_same),
        cmocka_unit_test(what_does_not_exist_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
