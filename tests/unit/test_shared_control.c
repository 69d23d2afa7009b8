/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Covariances of effects that share a control, worked by hand from Gleser & Olkin (2009), ch. 19. */
#include <math.h>

#include "effects/shared_control.h"
#include "support/near.h"

/* Two rows against one control: 7 of 40 events; mean 4.0, SD 1.4, n 22; 9 events in 31.5 years. */
static const double ai[] = {4, 6}, n1i[] = {41, 38}, ci[] = {7, 7}, n2i[] = {40, 40};
static const double m1i[] = {3.1, 2.7}, sd1i[] = {1.2, 1.3}, m2i[] = {4.0, 4.0},
                    sd2i[] = {1.4, 1.4};
static const double n1m[] = {20, 21}, n2m[] = {22, 22};
static const double x1i[] = {5, 8}, t1i[] = {33.0, 29.0}, x2i[] = {9, 9}, t2i[] = {31.5, 31.5};

static double covariance(const char *code, const tq_inputs *in, double total)
{
    tq_effect_row rows[2];
    const tq_measure *m = tq_measure_find(code);

    assert_int_equal(tq_effects_compute(m, in, NULL, rows, NULL), TQ_OK);
    return tq_shared_control_covariance(m, in, rows, 0, 1, total);
}

static void tables_share_the_control_s_part_of_the_variance(void **state)
{
    tq_inputs in = {.rows = 2};

    (void)state;
    in.column[TQ_IN_AI] = ai;
    in.column[TQ_IN_N1I] = n1i;
    in.column[TQ_IN_CI] = ci;
    in.column[TQ_IN_N2I] = n2i;
    assert_near(covariance("OR", &in, NAN), 1.0 / 7 + 1.0 / 33, 1e-14);
    assert_near(covariance("RR", &in, NAN), 1.0 / 7 - 1.0 / 40, 1e-14);
    assert_near(covariance("RD", &in, NAN), 7.0 * 33 / 64000, 1e-14);
    assert_near(covariance("AS", &in, NAN), 1.0 / 160, 1e-14);
}

static void means_share_it_too(void **state)
{
    tq_inputs in = {.rows = 2};
    tq_effect_row g[2];

    (void)state;
    in.column[TQ_IN_M1I] = m1i;
    in.column[TQ_IN_SD1I] = sd1i;
    in.column[TQ_IN_N1I] = n1m;
    in.column[TQ_IN_M2I] = m2i;
    in.column[TQ_IN_SD2I] = sd2i;
    in.column[TQ_IN_N2I] = n2m;
    assert_near(covariance("MD", &in, NAN), 1.96 / 22, 1e-14);
    assert_near(covariance("ROM", &in, NAN), 1.96 / (22 * 16), 1e-14);
    assert_int_equal(tq_effects_compute(tq_measure_find("SMD"), &in, NULL, g, NULL), TQ_OK);
    assert_near(covariance("SMD", &in, 63), 1.0 / 22 + g[0].yi * g[1].yi / 126, 1e-14);
    /* The matrix is positive definite: the shared part is less than either variance. */
    assert_true(covariance("SMD", &in, 63) < fmin(g[0].vi, g[1].vi));
}

static void rates_share_the_control_s_events(void **state)
{
    tq_inputs in = {.rows = 2};

    (void)state;
    in.column[TQ_IN_X1I] = x1i;
    in.column[TQ_IN_T1I] = t1i;
    in.column[TQ_IN_X2I] = x2i;
    in.column[TQ_IN_T2I] = t2i;
    assert_near(covariance("IRR", &in, NAN), 1.0 / 9, 1e-14);
    assert_near(covariance("IRD", &in, NAN), 9 / (31.5 * 31.5), 1e-14);
    assert_near(covariance("IRSD", &in, NAN), 0.25 / 31.5, 1e-14);
}

static void a_measure_without_a_formula_says_so(void **state)
{
    const tq_inputs in = {.rows = 2};
    const tq_effect_row rows[2] = {{0}};

    (void)state;
    assert_false(tq_shared_control_known(tq_measure_find("SMDH")));
    assert_true(tq_shared_control_known(tq_measure_find("MD")));
    assert_true(
        isnan(tq_shared_control_covariance(tq_measure_find("SMDH"), &in, rows, 0, 1, 10.0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_share_the_control_s_part_of_the_variance),
        cmocka_unit_test(means_share_it_too),
        cmocka_unit_test(rates_share_the_control_s_events),
        cmocka_unit_test(a_measure_without_a_formula_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
