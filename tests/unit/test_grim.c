/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means and SDs of whole numbers: published examples, brute force, and the ends of the tests. */
#include "support/near.h"

#include <math.h>

#include "frame/grim.h"
#include "support/random.h"

/* Brown & Heathers (2017), p. 364: a mean of 5.19 from 28 whole numbers is impossible, 5.18 not. */
static void grim_finds_the_published_example(void **state)
{
    (void)state;
    assert_int_equal(tq_grim_mean(5.19, 2, 28, 1), TQ_GRIM_IMPOSSIBLE);
    assert_int_equal(tq_grim_mean(5.18, 2, 28, 1), TQ_GRIM_POSSIBLE);
    assert_int_equal(tq_grim_mean(5.21, 2, 28, 1), TQ_GRIM_POSSIBLE);
    /* The same sample on a scale of 4 averaged items is finer than two decimals. */
    assert_int_equal(tq_grim_mean(5.19, 2, 28, 4), TQ_GRIM_UNTESTABLE);
    assert_int_equal(tq_grim_mean(5.19, 2, 14, 2), TQ_GRIM_IMPOSSIBLE);
}

/* Every mean that whole numbers give passes, rounded up or down at a half, and with any sign. */
static void grim_passes_every_mean_that_exists(void **state)
{
    (void)state;
    for (int n = 1; n < 100; n++) {
        for (int T = -3 * n; T <= 3 * n; T++) {
            const double mean = (double)T / n, up = floor(mean * 100.0 + 0.5) / 100.0;
            const double down = ceil(mean * 100.0 - 0.5) / 100.0;

            assert_int_equal(tq_grim_mean(up, 2, n, 1), TQ_GRIM_POSSIBLE);
            assert_int_equal(tq_grim_mean(down, 2, n, 1), TQ_GRIM_POSSIBLE);
        }
    }
}

/* About n of 100 hundredths are possible: Brown & Heathers (2017), eq. 1. */
static void grim_refuses_the_share_it_should(void **state)
{
    (void)state;
    for (int n = 7; n < 100; n += 13) {
        int possible = 0;

        for (int h = 300; h < 400; h++) {
            possible += tq_grim_mean(h / 100.0, 2, n, 1) == TQ_GRIM_POSSIBLE;
        }
        assert_in_range(possible, n, n + 5);
    }
}

static void grim_cannot_test_what_is_not_testable(void **state)
{
    (void)state;
    assert_int_equal(tq_grim_mean(3.5, 1, 10, 1), TQ_GRIM_UNTESTABLE);
    assert_int_equal(tq_grim_mean(3.47, 2, 100, 1), TQ_GRIM_UNTESTABLE);
    assert_int_equal(tq_grim_mean(3.47, 2, 20.5, 1), TQ_GRIM_UNTESTABLE);
    assert_int_equal(tq_grim_mean((double)NAN, 2, 20, 1), TQ_GRIM_UNTESTABLE);
    assert_int_equal(tq_grim_mean(3.47, 2, (double)NAN, 1), TQ_GRIM_UNTESTABLE);
    assert_int_equal(tq_grim_mean(3.47, -1, 20, 1), TQ_GRIM_UNTESTABLE);
    assert_int_equal(tq_grim_sd(3.47, 2, -1.0, 2, 20, 1), TQ_GRIM_UNTESTABLE);
    assert_int_equal(tq_grim_sd(3.0, 2, 1.0, 2, 1, 1), TQ_GRIM_UNTESTABLE);
    assert_int_equal(tq_grim_sd(3.0, 0, 1.0, 2, 5000, 1), TQ_GRIM_UNTESTABLE);
}

/* Samples of whole numbers: what they give is never refused. */
static void grimmer_passes_every_sample(void **state)
{
    random_stream r = {20260};

    (void)state;
    for (int repeat = 0; repeat < 4000; repeat++) {
        const size_t n = 2 + random_index(&r, 60), items = 1 + random_index(&r, 3);
        double sum = 0.0, square = 0.0;

        for (size_t i = 0; i < n; i++) {
            const double x = (double)random_index(&r, 8 * items);

            sum += x;
            square += x * x;
        }
        const double N = (double)n, mean = sum / N / (double)items;
        const double sd = sqrt(fmax(0.0, (square - sum * sum / N) / (N - 1.0))) / (double)items;

        assert_int_equal(tq_grim_sd(floor(mean * 100.0 + 0.5) / 100.0, 2,
                                    floor(sd * 100.0 + 0.5) / 100.0, 2, N, (double)items),
                         TQ_GRIM_POSSIBLE);
    }
}

/* n = 5, sum 17 (odd): sums of squares 61, 63, 65 have SDs 0.89, 1.14, 1.34; 62 and 64 do not exist. */
static void grimmer_uses_the_parity_of_the_sum(void **state)
{
    (void)state;
    assert_int_equal(tq_grim_sd(3.4, 2, 0.89, 2, 5, 1), TQ_GRIM_POSSIBLE);
    assert_int_equal(tq_grim_sd(3.4, 2, 1.14, 2, 5, 1), TQ_GRIM_POSSIBLE);
    assert_int_equal(tq_grim_sd(3.4, 2, 1.02, 2, 5, 1), TQ_GRIM_IMPOSSIBLE);
    assert_int_equal(tq_grim_sd(3.4, 2, 1.25, 2, 5, 1), TQ_GRIM_IMPOSSIBLE);
}

/* 44/20 = 2.20 and 45/20 = 2.25; 42/19 = 2.2105. */
static void fewer_people_can_explain_a_mean(void **state)
{
    (void)state;
    assert_int_equal(tq_grim_mean(2.21, 2, 20, 1), TQ_GRIM_IMPOSSIBLE);
    assert_near(tq_grim_other_n(2.21, 2, 20, 1), 19.0, 0.0);
    assert_near(tq_grim_other_n(5.5, 2, 3, 1), 0.0, 0.0);
}

/* Half the people at each end: the limit is reached. */
static void the_sd_limit_is_reached_at_the_ends(void **state)
{
    const double x[] = {0, 0, 0, 10, 10, 10, 10};
    double mean = 0.0, square = 0.0;

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        mean += x[i] / 7.0;
    }
    for (size_t i = 0; i < 7; i++) {
        square += (x[i] - mean) * (x[i] - mean) / 6.0;
    }
    assert_near(tq_sd_limit(mean, 0, 10, 7), sqrt(square), 1e-14);
    assert_near(tq_sd_limit(-2.0, -2.0, 5.0, 9), 0.0, 0.0);
    assert_true(isnan(tq_sd_limit(10.5, 0, 10, 7)));
    assert_true(isnan(tq_sd_limit(5, 0, 10, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grim_finds_the_published_example),
        cmocka_unit_test(grim_passes_every_mean_that_exists),
        cmocka_unit_test(grim_refuses_the_share_it_should),
        cmocka_unit_test(grim_cannot_test_what_is_not_testable),
        cmocka_unit_test(grimmer_passes_every_sample),
        cmocka_unit_test(grimmer_uses_the_parity_of_the_sum),
        cmocka_unit_test(fewer_people_can_explain_a_mean),
        cmocka_unit_test(the_sd_limit_is_reached_at_the_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
