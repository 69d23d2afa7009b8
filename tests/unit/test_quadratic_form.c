/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exact distribution of the generalised Q statistic, against closed forms and a mixture series. */
#include "support/near.h"

#include <math.h>

#include "core/distributions.h"
#include "pooling/quadratic_form_internal.h"
#include "support/random.h"
#include "support/slow_model.h"

/* P(Q <= q) at tau2 = t, in the caller's units. */
static double cdf(const tq_model *m, const double *weights, double t, double q)
{
    tq_pool_work *g = tq_pool_work_new(m->k, m->p);

    assert_int_equal(problem_load(g, m, NULL), TQ_OK);
    problem_weights(g, weights);
    /* y'Ay has the unit of the weights times yi^2; the kernels' yi is scaled by 2^-exponent */
    const double got = quadratic_form_cdf(g, problem_tau2_in(g, t), problem_tau2_in(g, q));

    tq_pool_work_free(g);
    return got;
}

static void equal_variances_give_chi_square(void **state)
{
    double yi[1200], vi[1200], a[1200];

    (void)state;
    for (size_t i = 0; i < 1200; i++) {
        yi[i] = 0.37 * (double)i;
        vi[i] = 0.213;
        a[i] = 1.0 / (0.213 + 0.18);
    }
    for (size_t k = 2; k <= 1200; k += 1 + k) {
        const tq_model m = {k, 1, yi, vi, NULL, 1, NULL};
        const double df = (double)(k - 1);

        for (double x = 1e-3; x < 30.0; x *= 1.9) {
            assert_near(cdf(&m, a, 0.18, x * df), 1.0 - tq_chisq_upper(x * df, df), 3e-13);
        }
    }
}

static void two_studies_are_one_scaled_chi_square(void **state)
{
    const double yi[] = {0.4, -1.1}, vi[] = {0.31, 4.7}, a[] = {2.2, 0.09}, t = 0.7;
    const tq_model m = {2, 1, yi, vi, NULL, 1, NULL};
    const double scale = a[0] * a[1] / (a[0] + a[1]) * (vi[0] + vi[1] + 2.0 * t);

    (void)state;
    for (double q = 1e-6; q < 60.0; q *= 2.7) {
        assert_near(cdf(&m, a, t, q), 1.0 - tq_chisq_upper(q / scale, 1.0), 2e-13);
    }
    assert_near(cdf(&m, a, t, 0.0), 0.0, 0.0);
    assert_near(cdf(&m, a, t, -1.0), 0.0, 0.0);
}

/* Two eigenvalues: in polar coordinates P(Q <= q) is the mean over the circle of
   1 - exp(-q / (2 (l1 cos^2 + l2 sin^2))), which the trapezoidal rule takes exactly. */
static double two_eigenvalues(double l1, double l2, double q)
{
    enum { NODES = 4096 };
    double sum = 0.0;

    for (int n = 0; n < NODES; n++) {
        const double c = cos(3.14159265358979324 * ((double)n + 0.5) / NODES);

        sum -= expm1(-0.5 * q / (l1 * c * c + l2 * (1.0 - c * c)));
    }
    return sum / NODES;
}

static void two_degrees_of_freedom_match_an_integral(void **state)
{
    random_stream r = {5};

    (void)state;
    for (int n = 0; n < 60; n++) {
        double yi[4], vi[4], a[4], X[8];
        const size_t p = 1 + (size_t)(n % 2), k = p + 2;

        for (size_t i = 0; i < k; i++) {
            yi[i] = random_normal(&r);
            vi[i] = pow(10.0, 3.0 * random_uniform(&r) - 2.0);
            a[i] = pow(10.0, 2.0 * random_uniform(&r) - 1.0);
            X[i] = 1.0;
            X[i + k] = random_normal(&r);
        }
        const tq_model m = {k, p, yi, vi, p > 1 ? X : NULL, 1, NULL};
        const double t = 0.3 * random_uniform(&r);
        static slow_matrix P;
        long double al[SLOW_MAX], d[SLOW_MAX], lambda[SLOW_MAX];

        for (size_t i = 0; i < k; i++) {
            al[i] = (long double)a[i];
            d[i] = (long double)(vi[i] + t);
        }
        slow_projection(&m, al, P);
        slow_eigenvalues(k, P, d, lambda);
        const double l1 = (double)lambda[0], l2 = (double)lambda[1];

        for (double x = 0.01; x < 40.0; x *= 2.1) {
            const double q = x * sqrt(l1 * l2);

            assert_near(cdf(&m, a, t, q), two_eigenvalues(l1, l2, q), 1e-12);
        }
    }
}

static void many_eigenvalues_match_a_mixture_series(void **state)
{
    random_stream r = {6};

    (void)state;
    for (int n = 0; n < 40; n++) {
        double yi[20], vi[20], a[20], X[60];
        const size_t p = 1 + random_index(&r, 3), k = p + 2 + random_index(&r, 15 - p);

        for (size_t i = 0; i < k; i++) {
            yi[i] = random_normal(&r);
            vi[i] = 0.1 + random_uniform(&r);
            a[i] = 0.3 + random_uniform(&r);
            X[i] = 1.0;
            X[i + k] = random_normal(&r);
            X[i + 2 * k] = 100.0 + random_normal(&r);
        }
        const tq_model m = {k, p, yi, vi, p > 1 ? X : NULL, 1, NULL};
        static slow_matrix P;
        long double al[SLOW_MAX], d[SLOW_MAX], lambda[SLOW_MAX];

        for (size_t i = 0; i < k; i++) {
            al[i] = (long double)a[i];
            d[i] = (long double)vi[i] + 0.05L;
        }
        slow_projection(&m, al, P);
        slow_eigenvalues(k, P, d, lambda);
        for (double x = 0.05; x < 5.0; x *= 2.3) {
            const double q = x * (double)slow_trace1(k, P, d);

            assert_near(cdf(&m, a, 0.05, q), slow_mixture_cdf(k - p, lambda, q), 1e-12);
        }
    }
}

/* Eigenvalues twelve decades apart: the small one no longer matters, one chi-square remains. */
static void a_wide_spread_of_weights_is_no_obstacle(void **state)
{
    const double yi[] = {0.4, -1.1, 0.2}, vi[] = {1e-9, 1.0, 1.0}, a[] = {1e9, 1.0, 1e-12};
    const tq_model m = {3, 1, yi, vi, NULL, 1, NULL};

    (void)state;
    for (double q = 0.02; q < 30.0; q *= 2.2) {
        assert_near(cdf(&m, a, 0.0, q), 1.0 - tq_chisq_upper(q, 1.0), 1e-8);
    }
}

static void studies_without_weight_do_not_count(void **state)
{
    const double yi[] = {0.4, 9.9, -1.1, 0.7}, vi[] = {0.31, 0.002, 4.7, 0.8};
    const double a[] = {2.2, 0.0, 0.09, 1.3};
    const double y3[] = {0.4, -1.1, 0.7}, v3[] = {0.31, 4.7, 0.8}, a3[] = {2.2, 0.09, 1.3};
    const tq_model all = {4, 1, yi, vi, NULL, 1, NULL}, counted = {3, 1, y3, v3, NULL, 1, NULL};

    (void)state;
    for (double q = 0.02; q < 30.0; q *= 2.2) {
        assert_near(cdf(&all, a, 0.11, q), cdf(&counted, a3, 0.11, q), 1e-12);
    }
}

static void the_solution_has_the_probability_asked_for(void **state)
{
    const double yi[] = {0.4, -1.1, 0.7, 2.2, -0.3}, vi[] = {0.31, 0.047, 0.8, 0.12, 0.2};
    const double a[] = {2.2, 3.1, 1.3, 0.4, 0.9};
    const tq_model m = {5, 1, yi, vi, NULL, 1, NULL};
    tq_pool_options o = tq_pool_defaults();
    tq_pool_work *g = tq_pool_work_new(5, 1);
    problem_form form;
    double t, before = INFINITY;
    int empty;

    (void)state;
    o.tol = 1e-14;
    assert_int_equal(problem_load(g, &m, NULL), TQ_OK);
    problem_weights(g, a);
    problem_quadratic_form(g, &form);
    for (double prob = 0.01; prob < 0.95; prob += 0.07) {
        assert_int_equal(quadratic_form_solve(g, &o, prob, &t, &empty), TQ_OK);
        assert_int_equal(empty, t == 0.0 && quadratic_form_cdf(g, 0.0, form.Q) < prob);
        if (t > 0.0) {
            assert_near(quadratic_form_cdf(g, t, form.Q), prob, 1e-12);
            assert_true(t < before);
        }
        before = t;
    }
    assert_int_equal(quadratic_form_solve(g, &o, 1.0 - 1e-14, &t, &empty), TQ_OK);
    assert_near(t, 0.0, 0.0);
    assert_int_equal(empty, 1);
    o.max_iter = 1;
    assert_int_equal(quadratic_form_solve(g, &o, 0.2, &t, &empty), TQ_ENOCONV);
    tq_pool_work_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_variances_give_chi_square),
        cmocka_unit_test(two_studies_are_one_scaled_chi_square),
        cmocka_unit_test(two_degrees_of_freedom_match_an_integral),
        cmocka_unit_test(many_eigenvalues_match_a_mixture_series),
        cmocka_unit_test(a_wide_spread_of_weights_is_no_obstacle),
        cmocka_unit_test(studies_without_weight_do_not_count),
        cmocka_unit_test(the_solution_has_the_probability_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
