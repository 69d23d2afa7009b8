/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlations, partial correlations, coefficients of determination, reliability. */
#include "support/one_study.h"

#include <math.h>

#include <gsl/gsl_math.h>

/* clang-format off */
/* metafor 5.1-12, escalc(), one study each. RTET and ZTET: the exact maximum. */
static const known_effect known[] = {
    {"UCOR", NULL, 1, {{TQ_IN_RI, 0.23}, {TQ_IN_NI, 179}}, 2,
     0.23062283810188608, 0.0050362643748706045},
    {"UCOR", NULL, 1, {{TQ_IN_TI_STAT, 2.911}, {TQ_IN_NI, 179}}, 2,
     0.21433065798188852, 0.0051136797979521743},
    {"UCOR", "LS", 1, {{TQ_IN_RI, 0.23}, {TQ_IN_NI, 179}}, 2,
     0.23062283810188608, 0.0050362643748706045},
    {"UCOR", "UB", 1, {{TQ_IN_RI, 0.23}, {TQ_IN_NI, 179}}, 2,
     0.23062283810188608, 0.0051170940289374939},
    {"PCOR", NULL, 1, {{TQ_IN_RI, 0.39}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}}, 3,
     0.39000000000000001, 0.015976320222222222},
    {"PCOR", NULL, 1, {{TQ_IN_TI_STAT, 4.843}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}}, 3,
     0.58966931086023844, 0.0094551639900898963},
    {"ZPCOR", NULL, 1, {{TQ_IN_RI, 0.39}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}}, 3,
     0.41180003447869029, 0.023255813953488372},
    {"ZPCOR", NULL, 1, {{TQ_IN_TI_STAT, 4.843}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}}, 3,
     0.67715894975513369, 0.023255813953488372},
    {"SPCOR", NULL, 1, {{TQ_IN_RI, 0.39}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}, {TQ_IN_R2I, 0.451}}, 4,
     0.39000000000000001, 0.010018819411764706},
    {"SPCOR", NULL, 1, {{TQ_IN_TI_STAT, 4.843}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}, {TQ_IN_R2I, 0.504}}, 4,
     0.51419632578864793, 0.0083962539950960674},
    {"ZSPCOR", NULL, 1, {{TQ_IN_RI, 0.39}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}, {TQ_IN_R2I, 0.451}}, 4,
     0.41180003447869029, 0.013935651531500217},
    {"ZSPCOR", NULL, 1, {{TQ_IN_TI_STAT, 4.843}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}, {TQ_IN_R2I, 0.504}}, 4,
     0.56841775970267827, 0.015516708506646817},
    {"R2", NULL, 1, {{TQ_IN_R2I, 0.064}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}}, 3,
     0.064000000000000001, 0.0043976583529411759},
    {"ZR2", NULL, 1, {{TQ_IN_R2I, 0.064}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}}, 3,
     0.25859638138585139, 0.019607843137254902},
    {"R2", "LS2", 1, {{TQ_IN_R2I, 0.064}, {TQ_IN_MI, 6}, {TQ_IN_NI, 51}}, 3,
     0.064000000000000001, 0.0030926438399999996},
    {"ARAW", NULL, 1, {{TQ_IN_AI, 0.572}, {TQ_IN_MI, 26}, {TQ_IN_NI, 244}}, 3,
     0.57199999999999995, 0.0015744740495867771},
    {"AHW", NULL, 1, {{TQ_IN_AI, 0.572}, {TQ_IN_MI, 26}, {TQ_IN_NI, 244}}, 3,
     0.24638779566076385, 0.00054113432326679904},
};
/* clang-format on */

static void measures_agree_with_metafor(void **state)
{
    (void)state;
    assert_known(known, sizeof known / sizeof *known, 2e-10);
}

/* n = 4 has 2F1(1, 1; 2; x) = -log(1 - x)/x, n = 6 (c = 3) its next neighbour. */
static void unbiased_variance_of_a_correlation(void **state)
{
    (void)state;
    tq_effect_options ub = with_vtype("UB");

    for (double r = -0.95; r < 1.0; r += 0.1732) {
        const double x = (1.0 - r) * (1.0 + r),
                     G = STUDY("UCOR", NULL, {TQ_IN_RI, r}, {TQ_IN_NI, 6}).yi;
        /* 2F1(1, 1; 3; x) = 2 (x + (1 - x) log(1 - x)) / x^2 */
        const double F = 2.0 * (x + r * r * log(r * r)) / (x * x);
        const double var = G * G - 1.0 + 0.75 * x * F;
        const tq_effect_row row = STUDY("UCOR", &ub, {TQ_IN_RI, r}, {TQ_IN_NI, 6});

        if (var > 0.0) {
            assert_near(row.vi, var, 1e-13);
        } else {
            assert_int_equal(row.state, TQ_ROW_NO_ESTIMATE);
        }
    }
    /* Nothing jumps where the series hands over to the integral. */
    for (double r = 0.001; r < 0.3; r += 0.0173) {
        assert_relative(STUDY("UCOR", &ub, {TQ_IN_RI, r}, {TQ_IN_NI, 24}).vi,
                        STUDY("UCOR", &ub, {TQ_IN_RI, r}, {TQ_IN_NI, 24.0 + 1e-7}).vi, 1e-7);
    }
    assert_no_estimate(STUDY("UCOR", &ub, {TQ_IN_RI, 0.3}, {TQ_IN_NI, 3}),
                       "the sample is too small");
    /* Large samples: (1 - r^2)^2 / n. */
    assert_relative(STUDY("UCOR", &ub, {TQ_IN_RI, 0.3}, {TQ_IN_NI, 40000}).vi,
                    0.91 * 0.91 / 40000.0, 1e-4);
}

static void correlation_without_effect(void **state)
{
    (void)state;
    const tq_effect_options h0 = with_vtype("H0");

    assert_effect(STUDY("COR", &h0, {TQ_IN_RI, 0.37}, {TQ_IN_NI, 41}), 0.37, 1.0 / 40.0, 1e-15);
}

/* metafor's manual: p = -0.07 with 5 predictors in 30 gives -0.3610. */
static void partial_correlation_by_hand(void **state)
{
    (void)state;
    const double t = 2.427, df = 267.0, r = t / sqrt(t * t + df);
    const given g[] = {{TQ_IN_TI_STAT, t}, {TQ_IN_MI, 4}, {TQ_IN_NI, 272}};

    assert_near(STUDY("PCOR", NULL, {TQ_IN_PI, -0.07}, {TQ_IN_MI, 5}, {TQ_IN_NI, 30}).yi, -0.3610,
                5e-5);
    assert_effect(one_study("PCOR", NULL, g, 3), r, gsl_pow_2(1.0 - r * r) / 268.0, 1e-14);
    assert_effect(one_study("ZPCOR", NULL, g, 3), atanh(r), 1.0 / 266.0, 1e-14);
    assert_no_estimate(STUDY("PCOR", NULL, {TQ_IN_TI_STAT, t}, {TQ_IN_MI, 9}, {TQ_IN_NI, 10}),
                       "ni must be above mi + 1");
}

/* Stanley, Doucouliagos & Havranek (2024): t / sqrt(t^2 + df + 3), with the standard error r / t. */
static void three_degrees_of_freedom_added(void **state)
{
    (void)state;
    const double t = 2.427, df = 18.0, r = t / sqrt(t * t + df);
    const tq_effect_row partial =
        STUDY("PCOR3", NULL, {TQ_IN_TI_STAT, t}, {TQ_IN_MI, 4}, {TQ_IN_NI, 23});
    const tq_effect_row plain = STUDY("COR3", NULL, {TQ_IN_RI, -r}, {TQ_IN_NI, 20});

    assert_effect(partial, t / sqrt(t * t + df + 3.0), gsl_pow_2(r / t), 1e-14);
    assert_effect(plain, -t / sqrt(t * t + df + 3.0), gsl_pow_2(r / t), 1e-14);
    /* Nothing is left to adjust in a large sample, and nothing to see in one of two. */
    assert_near(STUDY("COR3", NULL, {TQ_IN_RI, 0.31}, {TQ_IN_NI, 1e9}).yi, 0.31, 1e-8);
    assert_no_estimate(STUDY("COR3", NULL, {TQ_IN_RI, 0.31}, {TQ_IN_NI, 2}),
                       "the sample is too small");
    assert_no_estimate(STUDY("PCOR3", NULL, {TQ_IN_RI, 1}, {TQ_IN_MI, 4}, {TQ_IN_NI, 23}),
                       "the correlation is 1 or -1");
}

/* Aloe & Becker (2012), J. Educ. Behav. Stat. 37:278-297. */
static void semi_partial_correlation_by_hand(void **state)
{
    (void)state;
    const double t = 2.427, R2 = 0.547, r = t * sqrt((1.0 - R2) / 267.0), R0 = R2 - r * r;
    const double v = (R2 * R2 - 2.0 * R2 + R0 + 1.0 - R0 * R0) / 272.0;
    const given g[] = {{TQ_IN_TI_STAT, t}, {TQ_IN_MI, 4}, {TQ_IN_NI, 272}, {TQ_IN_R2I, R2}};

    assert_effect(one_study("SPCOR", NULL, g, 4), r, v, 1e-13);
    assert_effect(one_study("ZSPCOR", NULL, g, 4), atanh(r), v / gsl_pow_2(1.0 - r * r), 1e-13);
    /* With one predictor it is the correlation itself, R2 = r^2 and R0 = 0. */
    assert_effect(
        STUDY("SPCOR", NULL, {TQ_IN_RI, 0.6}, {TQ_IN_MI, 1}, {TQ_IN_NI, 50}, {TQ_IN_R2I, 0.36}),
        0.6, 0.64 * 0.64 / 50.0, 1e-14);
    assert_no_estimate(
        STUDY("SPCOR", NULL, {TQ_IN_TI_STAT, 40}, {TQ_IN_MI, 2}, {TQ_IN_NI, 60}, {TQ_IN_R2I, 0.3}),
        "the predictor explains more than the model");
}

/* Kendall & Stuart (1979), eqs. 27.87 and 27.88. */
static void determination_by_hand(void **state)
{
    (void)state;
    const given g[] = {{TQ_IN_R2I, 0.468}, {TQ_IN_MI, 2}, {TQ_IN_NI, 231}};
    const double base = 4.0 * 0.468 * 0.532 * 0.532, F = 0.468 / 2.0 / (0.532 / 228.0);
    tq_effect_options ls2 = with_vtype("LS2");

    assert_effect(one_study("R2", NULL, g, 3), 0.468, base / 231.0, 1e-14);
    assert_effect(one_study("R2", &ls2, g, 3), 0.468,
                  base * 228.0 * 228.0 / ((231.0 * 231.0 - 1.0) * 234.0), 1e-13);
    assert_effect(one_study("ZR2", NULL, g, 3), atanh(sqrt(0.468)), 1.0 / 231.0, 1e-14);
    assert_effect(STUDY("R2", NULL, {TQ_IN_FI, F}, {TQ_IN_MI, 2}, {TQ_IN_NI, 231}), 0.468,
                  base / 231.0, 1e-13);
    /* With 2 predictors P(F > f) = (1 - R2)^(df/2). */
    assert_effect(STUDY("R2", NULL, {TQ_IN_PI, pow(0.8, 20.0)}, {TQ_IN_MI, 2}, {TQ_IN_NI, 43}), 0.2,
                  4.0 * 0.2 * 0.64 / 43.0, 1e-8);
    assert_no_estimate(STUDY("R2", NULL, {TQ_IN_R2I, 0}, {TQ_IN_MI, 2}, {TQ_IN_NI, 43}), "R2 is 0");
    assert_no_estimate(STUDY("R2F", NULL, {TQ_IN_R2I, 1}, {TQ_IN_MI, 2}, {TQ_IN_NI, 43}),
                       "R2 is 1");
    assert_no_estimate(STUDY("R2", NULL, {TQ_IN_R2I, 0.4}, {TQ_IN_MI, 5}, {TQ_IN_NI, 6}),
                       "ni must be above mi + 1");
}

/* Density of R2 at rho^2 with fixed predictors as the Poisson mixture of beta densities. */
static double density_of_r2(double R2, double n, double m, double rho2)
{
    const double half = 0.5 * n * rho2 / (1.0 - rho2), b = 0.5 * (n - m - 1.0);
    double sum = 0.0;

    for (double j = 0.0; j < 400.0; j += 1.0) {
        const double a = 0.5 * m + j;

        sum += exp(-half + (j > 0.0 ? j * log(half) : 0.0) - lgamma(j + 1.0) + lgamma(a + b) -
                   lgamma(a) - lgamma(b) + (a - 1.0) * log(R2) + (b - 1.0) * log1p(-R2));
    }
    return sum;
}

static void fixed_predictors_have_the_posterior_variance(void **state)
{
    (void)state;
    const double R2 = 0.31, n = 40.0, m = 3.0;
    double mass = 0.0, sum[2] = {0.0, 0.0}, square[2] = {0.0, 0.0};

    /* Midpoints: the integrand vanishes at both ends but for the root of z at 0. */
    for (double i = 0.5; i < 4000.0; i += 1.0) {
        const double rho2 = i / 4000.0, w = density_of_r2(R2, n, m, rho2), z = atanh(sqrt(rho2));

        mass += w;
        sum[0] += w * rho2;
        square[0] += w * rho2 * rho2;
        sum[1] += w * z;
        square[1] += w * z * z;
    }
    const given g[] = {{TQ_IN_R2I, R2}, {TQ_IN_MI, m}, {TQ_IN_NI, n}};

    assert_effect(one_study("R2F", NULL, g, 3), R2, square[0] / mass - gsl_pow_2(sum[0] / mass),
                  1e-6);
    assert_effect(one_study("ZR2F", NULL, g, 3), atanh(sqrt(R2)),
                  square[1] / mass - gsl_pow_2(sum[1] / mass), 1e-5);
    /* Large samples: the delta method on the noncentral F, 2 R2 (1 - R2)^2 (2 - R2) / n. */
    assert_effect(STUDY("R2F", NULL, {TQ_IN_R2I, 0.31}, {TQ_IN_MI, 3}, {TQ_IN_NI, 400000}), 0.31,
                  2.0 * 0.31 * 0.69 * 0.69 * 1.69 / 400000.0, 1e-4);
    /* Predictors that explain nothing still leave an interval. */
    assert_true(STUDY("R2F", NULL, {TQ_IN_R2I, 0}, {TQ_IN_MI, 3}, {TQ_IN_NI, 40}).vi > 0.0);
}

/* Bonett (2010), Psychol. Methods 15:368-385; Hakstian & Whalen (1976), Psychometrika
   41:219-231. */
static void reliability_by_hand(void **state)
{
    (void)state;
    const given g[] = {{TQ_IN_AI, 0.784}, {TQ_IN_MI, 10}, {TQ_IN_NI, 121}};

    assert_effect(one_study("ARAW", NULL, g, 3), 0.784, 2.0 * 10.0 * 0.216 * 0.216 / (9.0 * 119.0),
                  1e-13);
    assert_effect(one_study("AHW", NULL, g, 3), 0.4,
                  18.0 * 10.0 * 120.0 * 0.36 / (9.0 * 1078.0 * 1078.0), 1e-13);
}

/* AV of every kind puts the average, weighted by size, in place of the study's own. */
static void averages_weight_by_size(void **state)
{
    (void)state;
    const double r[] = {0.31, 0.52}, n[] = {60, 140}, mi[] = {3, 4}, r2[] = {0.4, 0.5};
    const tq_inputs in = {
        .rows = 2, .column = {[TQ_IN_RI] = r, [TQ_IN_NI] = n, [TQ_IN_MI] = mi, [TQ_IN_R2I] = r2}};
    const double rho = 0.3 * 0.31 + 0.7 * 0.52, R2 = 0.47;
    tq_effect_options av = with_vtype("AV");
    tq_effect_row rows[2];

    assert_int_equal(tq_effects_compute(tq_measure_find("PCOR"), &in, &av, rows, NULL), TQ_OK);
    assert_effect(rows[0], 0.31, gsl_pow_2(1.0 - rho * rho) / 57.0, 1e-14);
    assert_int_equal(tq_effects_compute(tq_measure_find("SPCOR"), &in, &av, rows, NULL), TQ_OK);
    const double R0 = 0.5 - rho * rho;

    assert_effect(rows[1], 0.52, (0.25 + R0 - R0 * R0) / 140.0, 1e-13);
    assert_int_equal(tq_effects_compute(tq_measure_find("R2"), &in, &av, rows, NULL), TQ_OK);
    assert_effect(rows[0], 0.4, 4.0 * R2 * gsl_pow_2(1.0 - R2) / 60.0, 1e-14);
    av.vtype = "AV2";
    assert_int_equal(tq_effects_compute(tq_measure_find("R2"), &in, &av, rows, NULL), TQ_OK);
    assert_effect(rows[0], 0.4, 4.0 * R2 * gsl_pow_2(1.0 - R2) * 56.0 * 56.0 / (3599.0 * 63.0),
                  1e-13);
    av.vtype = "AV";
    assert_int_equal(tq_effects_compute(tq_measure_find("UCOR"), &in, &av, rows, NULL), TQ_OK);
    const double mean = 0.3 * rows[0].yi + 0.7 * rows[1].yi;

    assert_relative(rows[1].vi, gsl_pow_2(1.0 - mean * mean) / 139.0, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_agree_with_metafor),
        cmocka_unit_test(unbiased_variance_of_a_correlation),
        cmocka_unit_test(correlation_without_effect),
        cmocka_unit_test(partial_correlation_by_hand),
        cmocka_unit_test(three_degrees_of_freedom_added),
        cmocka_unit_test(semi_partial_correlation_by_hand),
        cmocka_unit_test(determination_by_hand),
        cmocka_unit_test(fixed_predictors_have_the_posterior_variance),
        cmocka_unit_test(reliability_by_hand),
        cmocka_unit_test(averages_weight_by_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
