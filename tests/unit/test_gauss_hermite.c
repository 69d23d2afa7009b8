/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gauss-Hermite quadrature. */
#include "support/near.h"

#include <math.h>

#include "core/gauss_hermite.h"

static const size_t sizes[] = {1, 2, 3, 7, 20, 25, 64, 99, 100};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* E Z^(2m) = 1 * 3 * ... * (2m - 1), exact to m = n - 1; relative, so the outer weights count. */
static void moments_of_the_normal_are_exact(void **state)
{
    double x[TQ_HERMITE_MAX], w[TQ_HERMITE_MAX];

    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        const size_t n = sizes[s];
        double moment = 1.0;

        assert_int_equal(tq_gauss_hermite(n, x, w, NULL), TQ_OK);
        for (size_t m = 0; m < n && m < 80; m++) {
            double sum = 0.0, odd = 0.0;

            moment *= m > 0 ? 2.0 * (double)m - 1.0 : 1.0;
            for (size_t j = 0; j < n; j++) {
                sum += w[j] * pow(x[j], 2.0 * (double)m);
                odd += w[j] * pow(x[j], 2.0 * (double)m + 1.0);
            }
            assert_relative(sum, moment, 1e-12);
            assert_near(odd, 0.0, 1e-12 * moment);
        }
    }
}

static void nodes_rise_and_mirror(void **state)
{
    double x[TQ_HERMITE_MAX], w[TQ_HERMITE_MAX];

    (void)state;
    for (size_t s = 0; s < SIZES; s++) {
        const size_t n = sizes[s];

        assert_int_equal(tq_gauss_hermite(n, x, w, NULL), TQ_OK);
        for (size_t j = 0; j < n; j++) {
            assert_true(j == 0 || x[j] > x[j - 1]);
            assert_true(w[j] > 0.0);
            assert_near(x[j], -x[n - 1 - j], 0.0);
        }
    }
}

/* Abramowitz & Stegun (1964), table 25.10, n = 20: x = 5.3874808900112, w = 2.229393645534e-13 for
   the weight exp(-x^2). */
static void the_outermost_weight_has_all_digits(void **state)
{
    double x[20], w[20];

    (void)state;
    assert_int_equal(tq_gauss_hermite(20, x, w, NULL), TQ_OK);
    assert_relative(x[19], sqrt(2.0) * 5.3874808900112, 1e-13);
    assert_relative(w[19], 2.229393645534e-13 / sqrt(3.14159265358979324), 1e-11);
}

static void sizes_outside_the_range_are_refused(void **state)
{
    double x = 0.25, w = 0.75;

    (void)state;
    assert_int_equal(tq_gauss_hermite(0, &x, &w, NULL), TQ_EINVAL);
    assert_int_equal(tq_gauss_hermite(TQ_HERMITE_MAX + 1, &x, &w, NULL), TQ_EINVAL);
    assert_near(x + w, 1.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_of_the_normal_are_exact),
        cmocka_unit_test(nodes_rise_and_mirror),
        cmocka_unit_test(the_outermost_weight_has_all_digits),
        cmocka_unit_test(sizes_outside_the_range_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
