/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predictions of true effects, and places of studies in plots, against their definitions. */
#include "support/near.h"

#include <math.h>

#include "core/distributions.h"
#include "diagnostics/blup.h"
#include "diagnostics/study_plots.h"

enum { K = 6 };

static const double yi[K] = {-0.889, -1.585, -1.348, -1.442, -0.218, 0.412};
static const double vi[K] = {0.326, 0.195, 0.415, 0.020, 0.051, 0.173};
static const double X[2 * K] = {1, 1, 1, 1, 1, 1, 44, 55, 42, 52, 13, 24};

static tq_pool *fit_of(const tq_model *m, tq_method method, tq_test test)
{
    tq_pool_options o = tq_pool_defaults();
    tq_pool_work *work = tq_pool_work_new(K, 2);
    tq_pool *fit = tq_pool_new(K, 2);

    o.method = method;
    o.test = test;
    assert_int_equal(tq_pool_fit(m, &o, work, fit, NULL), TQ_OK);
    tq_pool_work_free(work);
    return fit;
}

static void true_effects_are_between_study_and_model(void **state)
{
    (void)state;
    const tq_model m = {K, 2, yi, vi, X, 1, NULL};
    tq_pool *fit = fit_of(&m, TQ_DL, TQ_TEST_KNHA);
    tq_blup b[K];

    assert_int_equal(tq_blup_of(&m, fit, b, NULL), TQ_OK);
    assert_true(fit->tau2 > 0.0);
    for (size_t i = 0; i < K; i++) {
        const double x = X[i + K], mu = fit->beta[0] + x * fit->beta[1];
        const double l = fit->tau2 / (fit->tau2 + vi[i]);
        const double var = fit->vb[0] + 2.0 * x * fit->vb[1] + x * x * fit->vb[3];
        const double se = sqrt(l * vi[i] + (1.0 - l) * (1.0 - l) * var);

        assert_near(b[i].shrinkage, l, 1e-14);
        assert_near(b[i].pred, l * yi[i] + (1.0 - l) * mu, 1e-12);
        assert_near(b[i].ranef, l * (yi[i] - mu), 1e-12);
        assert_near(b[i].se, se, 1e-11);
        assert_near(b[i].pi_ub, b[i].pred + tq_critical_value(95.0, 4.0) * se, 1e-10);
        assert_near(b[i].pi_lb, 2.0 * b[i].pred - b[i].pi_ub, 1e-12);
    }
    tq_pool_free(fit);
}

/* Studies that agree are all predicted at the pooled effect. */
static void without_heterogeneity_all_effects_are_one(void **state)
{
    (void)state;
    const double same[K] = {0.31, 0.29, 0.30, 0.32, 0.30, 0.28};
    const tq_model m = {K, 1, same, vi, NULL, 1, NULL};
    tq_pool *fit = fit_of(&m, TQ_REML, TQ_TEST_Z);
    tq_blup b[K];

    assert_int_equal(tq_blup_of(&m, fit, b, NULL), TQ_OK);
    for (size_t i = 0; i < K; i++) {
        assert_near(b[i].pred, fit->beta[0], 1e-15);
        assert_near(b[i].se, fit->se[0], 1e-15);
        assert_near(b[i].pi_lb, fit->ci_lb[0], 1e-14);
        assert_near(b[i].ranef, 0.0, 0.0);
    }
    tq_pool_free(fit);
}

static void effects_need_a_variance(void **state)
{
    (void)state;
    const tq_model m = {K, 1, yi, vi, NULL, 1, NULL};
    tq_pool *fit = fit_of(&m, TQ_EE, TQ_TEST_Z);
    tq_blup b[K];
    tq_error err;

    assert_int_equal(tq_blup_of(&m, fit, b, &err), TQ_EINVAL);
    assert_string_equal(err.message,
                        "method EE has no effects of studies to predict; try --method REML");
    fit->method = TQ_MH;
    assert_int_equal(tq_blup_of(&m, fit, b, &err), TQ_EINVAL);
    tq_pool_free(fit);
}

/* The pooled effect is the slope through the origin by least squares of y on x. */
static void the_radial_slope_is_the_pooled_effect(void **state)
{
    (void)state;
    const tq_model m = {K, 1, yi, vi, NULL, 1, NULL};
    const tq_method methods[] = {TQ_EE, TQ_REML};

    for (size_t c = 0; c < 2; c++) {
        tq_pool *fit = fit_of(&m, methods[c], TQ_TEST_Z);
        const double tau2 = c ? fit->tau2 : 0.0;
        double xy = 0.0, xx = 0.0, residual = 0.0;
        tq_point p[K];

        tq_radial_points(&m, fit, p);
        for (size_t i = 0; i < K; i++) {
            xy += p[i].x * p[i].y;
            xx += p[i].x * p[i].x;
            assert_near(p[i].y / p[i].x, yi[i], 1e-14);
            assert_near(1.0 / (p[i].x * p[i].x), vi[i] + tau2, 1e-13);
        }
        assert_near(xy / xx, fit->beta[0], 1e-13);
        for (size_t i = 0; i < K; i++) {
            const double d = p[i].y - fit->beta[0] * p[i].x;

            residual += d * d;
        }
        if (c == 0) {
            assert_near(residual, fit->QE, 1e-12);
        }
        tq_pool_free(fit);
    }
}

static void labbe_points_are_risks(void **state)
{
    (void)state;
    const double x1[3] = {4, 0, 7}, n1[3] = {123, 17, 0}, x2[3] = {11, 3, 9}, n2[3] = {139, 21, 40};
    const tq_counts counts = {TQ_COUNT_RR, x1, n1, x2, n2},
                    one = {TQ_COUNT_PLO, x1, n1, NULL, NULL};
    tq_point p[3];
    tq_error err;

    assert_int_equal(tq_labbe_points(&counts, 3, p, NULL), TQ_OK);
    assert_near(p[0].x, 11.0 / 139.0, 1e-16);
    assert_near(p[0].y, 4.0 / 123.0, 1e-16);
    assert_near(p[1].y, 0.0, 0.0);
    assert_true(isnan(p[2].x) && isnan(p[2].y));
    assert_int_equal(tq_labbe_points(&one, 3, p, &err), TQ_EINVAL);
    assert_string_equal(err.message, "a L'Abbe plot compares two groups; measure PLO has one");
}

/* Two risks on a line have the line's effect. */
static void labbe_lines_have_one_effect(void **state)
{
    (void)state;
    const double d = -0.413;

    for (double r = 0.05; r < 1.0; r += 0.173) {
        const double odds = tq_labbe_line(TQ_COUNT_OR, d, r);

        assert_near(log(odds / (1.0 - odds)) - log(r / (1.0 - r)), d, 1e-12);
        assert_near(log(tq_labbe_line(TQ_COUNT_RR, d, r) / r), d, 1e-12);
        assert_near(log(tq_labbe_line(TQ_COUNT_IRR, d, 7.5 * r) / r / 7.5), d, 1e-12);
    }
    assert_near(tq_labbe_line(TQ_COUNT_RD, d, 0.75), 0.75 + d, 1e-15);
    assert_near(tq_labbe_line(TQ_COUNT_OR, 900.0, 0.5), 1.0, 1e-15);
    assert_near(tq_labbe_line(TQ_COUNT_OR, d, 0.0), 0.0, 0.0);
    assert_near(tq_labbe_line(TQ_COUNT_OR, d, 1.0), 1.0, 0.0);
    assert_true(isnan(tq_labbe_line(TQ_COUNT_RD, d, 0.2)));   /* below 0 */
    assert_true(isnan(tq_labbe_line(TQ_COUNT_RR, 2.0, 0.5))); /* above 1 */
    assert_true(isnan(tq_labbe_line(TQ_COUNT_PLO, d, 0.5)));
}

/* ppoints() of R: Blom's up to 10 values, Hazen's beyond. */
static void normal_points_are_symmetric_quantiles(void **state)
{
    (void)state;
    const double value[5] = {2.2, -1.7, NAN, 0.4, -1.7};
    double many[11];
    tq_point p[5], q[11];

    tq_normal_points(value, 5, p);
    assert_near(p[0].x, tq_normal_quantile((4.0 - 0.375) / 4.25), 1e-14);
    assert_near(p[1].x, tq_normal_quantile((1.0 - 0.375) / 4.25), 1e-14);
    assert_near(p[4].x, tq_normal_quantile((2.0 - 0.375) / 4.25), 1e-14);
    assert_near(p[0].x, -p[1].x, 1e-14);
    assert_near(p[3].y, 0.4, 0.0);
    assert_true(isnan(p[2].x) && isnan(p[2].y));
    for (size_t i = 0; i < 11; i++) {
        many[i] = 1.0 - 0.3 * (double)i;
    }
    tq_normal_points(many, 11, q);
    assert_near(q[5].x, 0.0, 1e-15);
    assert_near(q[0].x, tq_normal_quantile(10.5 / 11.0), 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(true_effects_are_between_study_and_model),
        cmocka_unit_test(without_heterogeneity_all_effects_are_one),
        cmocka_unit_test(effects_need_a_variance),
        cmocka_unit_test(the_radial_slope_is_the_pooled_effect),
        cmocka_unit_test(labbe_points_are_risks),
        cmocka_unit_test(labbe_lines_have_one_effect),
        cmocka_unit_test(normal_points_are_symmetric_quantiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
