/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups put together, and shares of a control group. */
#include "effects/group_sums.h"

#include <math.h>

#include "support/near.h"

/* The example of the Stata command combine (P. M. Jones), which follows the Cochrane Handbook; the
   figures by the sum of squares within and between groups in R 4.2.2. */
static void groups_of_the_handbooks_formula(void **state)
{
    const tq_group_moments g[] = {{50, 26.5, 4.5}, {50, 32.9, 5.8}, {50, 36.4, 3.8}};
    const double cross = 26.5 * 26.5 + 32.9 * 32.9 - 2.0 * 26.5 * 32.9;
    tq_group_moments two, three, step;

    (void)state;
    assert_int_equal(tq_groups_combine_moments(2, g, &two, NULL), TQ_OK);
    assert_near(two.n, 100.0, 0.0);
    assert_near(two.mean, 29.7, 1e-15);
    /* Cochrane Handbook 6.5.2.10, as printed. */
    assert_near(two.sd, sqrt((49.0 * 4.5 * 4.5 + 49.0 * 5.8 * 5.8 + 25.0 * cross) / 99.0), 1e-13);
    assert_int_equal(tq_groups_combine_moments(3, g, &three, NULL), TQ_OK);
    assert_near(three.n, 150.0, 0.0);
    assert_near(three.mean, 31.933333333333334, 1e-15);
    assert_near(three.sd, 6.2758209352747709, 1e-14);
    /* Folding is associative. */
    const tq_group_moments rest[] = {two, g[2]};

    assert_int_equal(tq_groups_combine_moments(2, rest, &step, NULL), TQ_OK);
    assert_near(step.mean, three.mean, 1e-15);
    assert_near(step.sd, three.sd, 1e-15);
}

/* What the people give together: 9 values in groups of 4, 1, 1 and 3. */
static void combined_moments_are_those_of_all_values(void **state)
{
    const double x[] = {3.1, 4.7, -2.2, 8.9, 5.5, -7.1, 2.6, 0.4, 9.8};
    const size_t size[] = {4, 1, 1, 3};
    tq_group_moments g[4], all;
    double sum = 0.0, squares = 0.0;
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        double m = 0.0, ss = 0.0;

        for (size_t j = 0; j < size[i]; j++) {
            m += x[at + j] / (double)size[i];
        }
        for (size_t j = 0; j < size[i]; j++) {
            ss += (x[at + j] - m) * (x[at + j] - m);
        }
        /* 0/0 of one person is NaN, and not used. */
        g[i] = (tq_group_moments){(double)size[i], m, sqrt(ss / ((double)size[i] - 1.0))};
        at += size[i];
    }
    assert_true(isnan(g[1].sd));
    for (size_t i = 0; i < 9; i++) {
        sum += x[i];
    }
    for (size_t i = 0; i < 9; i++) {
        squares += (x[i] - sum / 9.0) * (x[i] - sum / 9.0);
    }
    assert_int_equal(tq_groups_combine_moments(4, g, &all, NULL), TQ_OK);
    assert_near(all.n, 9.0, 0.0);
    assert_near(all.mean, sum / 9.0, 1e-15);
    assert_near(all.sd, sqrt(squares / 8.0), 1e-14);
    assert_int_equal(tq_groups_combine_moments(1, &g[1], &all, NULL), TQ_OK);
    assert_near(all.mean, 5.5, 0.0);
    assert_true(isnan(all.sd));
}

/* Sums of squares of 1e9 would lose all of an SD of 1e-3, and those of 1e200 would overflow. */
static void far_means_and_huge_sds_keep_their_digits(void **state)
{
    const tq_group_moments far[] = {{31, 1e9, 2e-3}, {17, 1e9, 2e-3}};
    const tq_group_moments huge[] = {{31, 2e200, 3e200}, {17, -1e200, 4e200}};
    const tq_group_moments plain[] = {{31, 2.0, 3.0}, {17, -1.0, 4.0}};
    tq_group_moments a, b;

    (void)state;
    assert_int_equal(tq_groups_combine_moments(2, far, &a, NULL), TQ_OK);
    assert_relative(a.sd, 2e-3 * sqrt(46.0 / 47.0), 1e-14);
    assert_int_equal(tq_groups_combine_moments(2, huge, &a, NULL), TQ_OK);
    assert_int_equal(tq_groups_combine_moments(2, plain, &b, NULL), TQ_OK);
    assert_relative(a.mean, 1e200 * b.mean, 1e-14);
    assert_relative(a.sd, 1e200 * b.sd, 1e-14);
}

static void counts_and_times_add(void **state)
{
    const tq_group_counts counts[] = {{3, 41}, {7, 38}, {0, 12}};
    const tq_group_times times[] = {{3, 102.5}, {7, 88.25}};
    tq_group_counts c;
    tq_group_times t;

    (void)state;
    assert_int_equal(tq_groups_combine_counts(3, counts, &c, NULL), TQ_OK);
    assert_near(c.events, 10.0, 0.0);
    assert_near(c.n, 91.0, 0.0);
    assert_int_equal(tq_groups_combine_times(2, times, &t, NULL), TQ_OK);
    assert_near(t.events, 10.0, 0.0);
    assert_near(t.time, 190.75, 0.0);
}

/* Cochrane Handbook 23.3.4: the shares add up to the group; means and SDs stay. */
static void a_control_group_is_divided(void **state)
{
    const tq_group_moments moments = {45, 3.7, 1.9};
    const tq_group_counts counts = {17, 45};
    tq_group_moments m = moments;
    tq_group_counts c;
    tq_group_times t = {17, 51.9};

    (void)state;
    assert_int_equal(tq_control_share_moments(&m, 2, &m, NULL), TQ_OK); /* in place */
    assert_near(m.n, 22.5, 0.0);
    assert_near(m.mean, 3.7, 0.0);
    assert_near(m.sd, 1.9, 0.0);
    assert_int_equal(tq_control_share_counts(&counts, 3, &c, NULL), TQ_OK);
    assert_near(c.events, 17.0 / 3.0, 1e-15);
    assert_near(c.n, 15.0, 0.0);
    assert_int_equal(tq_control_share_times(&t, 3, &t, NULL), TQ_OK);
    assert_near(t.events, 17.0 / 3.0, 1e-15);
    assert_near(t.time, 17.3, 1e-15);
}

static void nothing_to_combine_is_refused(void **state)
{
    const tq_group_moments m = {12, 3.7, 1.9};
    const tq_group_counts c = {3, 41};
    const tq_group_times t = {3, 41.5};
    tq_group_moments mo;
    tq_group_counts co;
    tq_group_times to;

    (void)state;
    assert_int_equal(tq_groups_combine_moments(0, &m, &mo, NULL), TQ_EINVAL);
    assert_int_equal(tq_groups_combine_counts(0, &c, &co, NULL), TQ_EINVAL);
    assert_int_equal(tq_groups_combine_times(0, &t, &to, NULL), TQ_EINVAL);
    assert_int_equal(tq_control_share_moments(&m, 0, &mo, NULL), TQ_EINVAL);
    assert_int_equal(tq_control_share_counts(&c, 0, &co, NULL), TQ_EINVAL);
    assert_int_equal(tq_control_share_times(&t, 0, &to, NULL), TQ_EINVAL);
}

static void wrong_moments_are_refused_by_group(void **state)
{
    const struct {
        tq_group_moments g;
        const char *column;
    } bad[] = {
        {{0.5, 3.7, 1.9}, "n"},         {{NAN, 3.7, 1.9}, "n"},      {{HUGE_VAL, 3.7, 1.9}, "n"},
        {{12, NAN, 1.9}, "mean"},       {{12, 3.7, -1.9}, "sd"},     {{12, 3.7, NAN}, "sd"},
        {{12, -HUGE_VAL, 1.9}, "mean"}, {{12, 3.7, HUGE_VAL}, "sd"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const tq_group_moments g[] = {{12, 3.7, 1.9}, bad[i].g};
        tq_group_moments out = {7.0, 8.0, 9.0};
        tq_error err;

        assert_int_equal(tq_groups_combine_moments(2, g, &out, &err), TQ_EDATA);
        assert_int_equal(err.row, 1);
        assert_string_equal(err.column, bad[i].column);
        assert_near(out.n, 7.0, 0.0);
        assert_int_equal(tq_control_share_moments(&g[1], 2, &out, &err), TQ_EDATA);
        assert_true(err.row == TQ_NO_ROW);
        assert_near(out.n, 7.0, 0.0);
    }
}

static void wrong_counts_and_times_are_refused_by_group(void **state)
{
    const struct {
        tq_group_counts g;
        const char *column;
    } counts[] = {{{-1, 12}, "events"}, {{NAN, 12}, "events"}, {{13, 12}, "events"},
                  {{0, 0}, "n"},        {{3, NAN}, "n"},       {{3, HUGE_VAL}, "n"}};
    const struct {
        tq_group_times g;
        const char *column;
    } times[] = {{{-1, 12}, "events"}, {{NAN, 12}, "events"}, {{HUGE_VAL, 12}, "events"},
                 {{0, 0}, "time"},     {{3, NAN}, "time"},    {{3, HUGE_VAL}, "time"}};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        const tq_group_counts c[] = {{3, 41}, counts[i].g};
        const tq_group_times t[] = {{3, 41.5}, times[i].g};
        tq_group_counts co = {7.0, 8.0};
        tq_group_times to = {7.0, 8.0};
        tq_error err;

        assert_int_equal(tq_groups_combine_counts(2, c, &co, &err), TQ_EDATA);
        assert_int_equal(err.row, 1);
        assert_string_equal(err.column, counts[i].column);
        assert_int_equal(tq_control_share_counts(&c[1], 2, &co, NULL), TQ_EDATA);
        assert_near(co.events, 7.0, 0.0);
        assert_int_equal(tq_groups_combine_times(2, t, &to, &err), TQ_EDATA);
        assert_int_equal(err.row, 1);
        assert_string_equal(err.column, times[i].column);
        assert_int_equal(tq_control_share_times(&t[1], 2, &to, NULL), TQ_EDATA);
        assert_near(to.events, 7.0, 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_of_the_handbooks_formula),
        cmocka_unit_test(combined_moments_are_those_of_all_values),
        cmocka_unit_test(far_means_and_huge_sds_keep_their_digits),
        cmocka_unit_test(counts_and_times_add),
        cmocka_unit_test(a_control_group_is_divided),
        cmocka_unit_test(nothing_to_combine_is_refused),
        cmocka_unit_test(wrong_moments_are_refused_by_group),
        cmocka_unit_test(wrong_counts_and_times_are_refused_by_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
