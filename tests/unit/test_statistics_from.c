/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formulas between reported statistics: Cochrane Handbook examples, round trips, ranges. */
#include "effects/statistics_from.h"

#include <math.h>

#include "core/distributions.h"
#include "support/near.h"

/* Cochrane Handbook 6.5.2.3 (5.1: 7.7.3.3): groups of 25 and 22, difference 3.8, P = 0.008; t = 2.78
   on 45 df, SE 1.37, SD within groups 4.69. */
static void sd_within_groups_from_p(void **state)
{
    const double t = tq_t_from_p(0.008, 45.0), se = tq_se_from_p(-3.8, 0.008, 45.0);

    (void)state;
    assert_near(t, 2.7755453694973524, 1e-13);
    assert_near(t, 2.78, 0.005 / 2.78);
    assert_near(se, 1.37, 0.005 / 1.37);
    assert_near(se, tq_se_from_t(3.8, -t), 1e-15);
    assert_near(tq_sd_from_se_difference(se, 25.0, 22.0), 4.69, 0.02 / 4.69);
    assert_near(tq_sd_from_se_difference(1.37, 25.0, 22.0), 4.69, 0.005 / 4.69);
    assert_near(tq_t_from_p(0.008, NAN), 2.6520698079021954, 1e-14);
    assert_relative(tq_t_from_p(1e-12, 7.0), 114.85534318720377, 1e-10);
}

/* Cochrane Handbook 6.5.2.8 (5.1: 16.1.3.2): SDs 6.4, 7.1, 4.5 and 7.0, 6.9, 4.2 imply correlations
   of 0.78 and 0.82; an SD of change imputed with 0.80, sqrt(6.4^2 + 7.1^2 - 2 0.8 6.4 7.1). */
static void sd_of_change_and_correlation(void **state)
{
    (void)state;
    assert_near(tq_r_from_sds(6.4, 7.1, 4.5), 0.78, 0.005);
    assert_near(tq_r_from_sds(7.0, 6.9, 4.2), 0.82, 0.005);
    assert_near(tq_sd_of_change(6.4, 7.1, 0.80), sqrt(18.666), 1e-14);
    assert_near(tq_sd_of_change(6.4, 7.1, tq_r_from_sds(6.4, 7.1, 4.5)), 4.5, 1e-14);
    /* Cochrane Handbook 5.1, 16.4.6.4: a cross-over trial of 10, correlation 0.68, SE 0.583. */
    assert_near(tq_sd_of_change(2.38, 2.21, 0.68) / sqrt(10.0), 0.583, 0.0005);
    assert_near(tq_sd_of_change(3.3, 1.2, 1.0), 2.1, 1e-15);
    assert_near(tq_sd_of_change(3.3, 1.2, -1.0), 4.5, 1e-15);
    assert_relative(tq_sd_of_change(3.3e200, 1.2e200, 0.4), 1e200 * tq_sd_of_change(3.3, 1.2, 0.4),
                    1e-14);
    assert_true(tq_r_from_sds(3.0, 4.0, 9.0) < -1.0); /* contradictory SDs show */
}

/* Limits made from a known se come back, by z and by t; one limit is as good as two. */
static void se_from_limits_undoes_the_interval(void **state)
{
    const double df[] = {NAN, 11.0, 46.5}, level[] = {90.0, 95.0, 99.0};

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        const double half = 0.37 * tq_critical_value(level[i / 3], df[i % 3]);

        assert_near(tq_se_from_ci(-1.4 - half, -1.4 + half, level[i / 3], df[i % 3]), 0.37, 1e-14);
        assert_near(tq_se_from_limit(-1.4, -1.4 - half, level[i / 3], df[i % 3]), 0.37, 1e-14);
        assert_near(tq_se_from_limit(-1.4, -1.4 + half, level[i / 3], df[i % 3]), 0.37, 1e-14);
    }
    /* Cochrane Handbook 6.5.2.2: 95 percent limits 30.0 to 34.2 of a mean of 25 have t = 2.064. */
    assert_near(tq_sd_from_ci(30.0, 34.2, 95.0, 25.0), sqrt(25.0) * 4.2 / (2.0 * 2.064), 1e-4);
    assert_near(tq_sd_from_se(0.37, 25.0), 1.85, 1e-15);
}

static void statistics_go_there_and_back(void **state)
{
    const double t[] = {-3.17, 0.0, 0.42, 8.9};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const double d = tq_d_from_t(t[i], 13.0, 29.0), r = tq_r_from_t(t[i], 40.0);

        assert_near(tq_t_from_d(d, 13.0, 29.0), t[i], 1e-14);
        assert_near(tq_t_from_r(r, 40.0), t[i], 1e-13);
        assert_near(tq_r_from_d(d, 13.0, 29.0), r, 1e-15);
        assert_near(tq_d_from_r(r, 13.0, 29.0), d, 1e-13);
        assert_near(tq_t_from_f(t[i] * t[i], t[i]), t[i], 1e-15);
        assert_near(tq_log_odds_ratio_from_d(tq_d_from_log_odds_ratio(t[i])), t[i], 1e-15);
    }
    for (double p = 1.0; p > 1e-12; p /= 7.3) {
        assert_relative(tq_two_sided_p(tq_t_from_p(p, NAN), NAN), p, 1e-13);
        assert_relative(tq_two_sided_p(tq_t_from_p(p, 8.5), 8.5), p, 1e-11);
        assert_relative(tq_chisq_upper(tq_chisq1_from_p(p), 1.0), p, 1e-12);
    }
}

/* Borenstein et al. (2009), Introduction to Meta-Analysis, chapter 7: log odds ratio 0.9069 is
   d = 0.5000; r = 0.50 is d = 1.1547 for large equal groups; d = 1.1547 is r = 0.5000. */
static void borensteins_examples(void **state)
{
    (void)state;
    assert_near(tq_d_from_log_odds_ratio(0.9069), 0.5, 5e-5);
    assert_near(tq_log_odds_ratio_from_d(0.5), 0.9069, 5e-5);
    assert_near(tq_d_from_r(0.5, 5e6, 5e6), 1.1547, 5e-5);
    assert_near(tq_r_from_d(1.1547, 5e6, 5e6), 0.5, 5e-5);
}

/* The point-biserial correlation of values with 0/1 is r of their d, exactly. */
static void r_of_d_is_the_point_biserial(void **state)
{
    const double x[] = {3.1, 4.7, 2.2, 8.9, 5.5, 7.1, 2.6}; /* 3 in group 1 */
    double m = 0.0, m1 = 0.0, m2 = 0.0, ss = 0.0, within = 0.0, cross = 0.0;

    (void)state;
    for (int i = 0; i < 7; i++) {
        m += x[i] / 7.0;
        m1 += i < 3 ? x[i] / 3.0 : 0.0;
        m2 += i < 3 ? 0.0 : x[i] / 4.0;
    }
    for (int i = 0; i < 7; i++) {
        ss += (x[i] - m) * (x[i] - m);
        within += (x[i] - (i < 3 ? m1 : m2)) * (x[i] - (i < 3 ? m1 : m2));
        cross += (x[i] - m) * ((i < 3 ? 1.0 : 0.0) - 3.0 / 7.0);
    }
    assert_near(tq_r_from_d((m1 - m2) / sqrt(within / 5.0), 3.0, 4.0),
                cross / sqrt(ss * 12.0 / 7.0), 1e-15);
}

static void out_of_range_is_nan(void **state)
{
    const double wrong[] = {
        tq_t_from_p(0.0, 9.0),
        tq_t_from_p(1.01, 9.0),
        tq_t_from_p(NAN, 9.0),
        tq_t_from_p(0.3, 0.0),
        tq_t_from_p(0.3, HUGE_VAL),
        tq_t_from_f(-0.1, 1.0),
        tq_t_from_f(HUGE_VAL, 1.0),
        tq_t_from_f(3.1, NAN),
        tq_chisq1_from_p(0.0),
        tq_se_from_ci(2.0, 1.0, 95.0, NAN),
        tq_se_from_ci(NAN, 1.0, 95.0, NAN),
        tq_se_from_ci(1.0, 2.0, 100.0, NAN),
        tq_se_from_ci(1.0, 2.0, 0.0, NAN),
        tq_se_from_ci(1.0, 2.0, 95.0, -3.0),
        tq_se_from_ci(1.0, HUGE_VAL, 95.0, NAN),
        tq_se_from_limit(NAN, 2.0, 95.0, NAN),
        tq_se_from_limit(1.0, 2.0, NAN, NAN),
        tq_se_from_t(1.3, 0.0),
        tq_se_from_t(0.0, 2.2),
        tq_se_from_t(1.3, NAN),
        tq_se_from_p(1.3, 1.0, NAN),
        tq_se_from_p(0.0, 0.2, NAN),
        tq_se_from_p(1.3, -0.2, NAN),
        tq_sd_from_se(-0.1, 9.0),
        tq_sd_from_se(0.1, 0.0),
        tq_sd_from_ci(1.0, 2.0, 95.0, 1.0),
        tq_sd_from_ci(1.0, 2.0, 95.0, NAN),
        tq_sd_from_se_difference(-0.2, 9.0, 9.0),
        tq_sd_from_se_difference(0.2, 0.0, 9.0),
        tq_sd_from_se_difference(0.2, 9.0, NAN),
        tq_sd_of_change(-1.0, 2.0, 0.5),
        tq_sd_of_change(1.0, -2.0, 0.5),
        tq_sd_of_change(1.0, 2.0, 1.5),
        tq_sd_of_change(1.0, 2.0, NAN),
        tq_r_from_sds(0.0, 2.0, 1.0),
        tq_r_from_sds(1.0, 0.0, 1.0),
        tq_r_from_sds(1.0, 2.0, -1.0),
        tq_d_from_t(2.1, 0.0, 9.0),
        tq_d_from_t(NAN, 9.0, 9.0),
        tq_t_from_d(2.1, 9.0, -1.0),
        tq_r_from_t(2.1, 0.0),
        tq_r_from_t(HUGE_VAL, 9.0),
        tq_t_from_r(1.0, 9.0),
        tq_t_from_r(0.4, NAN),
        tq_r_from_d(0.4, 1.0, 1.0),
        tq_d_from_r(-1.0, 9.0, 9.0),
        tq_d_from_r(0.4, 1.0, 1.0),
        tq_d_from_log_odds_ratio(HUGE_VAL),
        tq_log_odds_ratio_from_d(NAN),
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (!isnan(wrong[i])) {
            fail_msg("case %zu gave %g", i, wrong[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sd_within_groups_from_p),
        cmocka_unit_test(sd_of_change_and_correlation),
        cmocka_unit_test(se_from_limits_undoes_the_interval),
        cmocka_unit_test(statistics_go_there_and_back),
        cmocka_unit_test(borensteins_examples),
        cmocka_unit_test(r_of_d_is_the_point_biserial),
        cmocka_unit_test(out_of_range_is_nan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
