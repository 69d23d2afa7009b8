/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bracketed root finder. */
#include "support/near.h"

#include <math.h>

#include "optim/root.h"

typedef struct {
    int calls;
    double power;
} count;

static double cubic(double x, double *slope, void *context)
{
    count *c = context;

    c->calls++;
    *slope = 3.0 * x * x - 2.0;
    return x * x * x - 2.0 * x - 5.0; /* Newton's own example, 1669 */
}

static double cubic_without_slope(double x, double *slope, void *context)
{
    const double f = cubic(x, slope, context);

    *slope = NAN;
    return f;
}

static double power(double x, double *slope, void *context)
{
    count *c = context;

    c->calls++;
    *slope = c->power * pow(x, c->power - 1.0);
    return pow(x, c->power) - 2.0;
}

static double step_down(double x, double *slope, void *context)
{
    ((count *)context)->calls++;
    *slope = 0.0;
    return x < 0.7312 ? 1.0 : -1.0;
}

static double lying_slope(double x, double *slope, void *context)
{
    ((count *)context)->calls++;
    *slope = INFINITY;
    return x - 0.4;
}

static double poisoned(double x, double *slope, void *context)
{
    (void)context;
    *slope = 1.0;
    return x > 0.1 ? NAN : -1.0;
}

static const tq_root_options tight = {1e-14, 1e-3, 200};

static void newton_meets_the_textbook_root(void **state)
{
    const double want = 2.0945514815423265; /* x^3 - 2x - 5 = 0 */
    count c = {0, 0.0};
    double x;
    int n;

    (void)state;
    assert_int_equal(tq_root_find(cubic, &c, 2.0, -1.0, 3.0, 16.0, &tight, &x, &n), TQ_OK);
    assert_near(x, want, 1e-15);
    assert_true(n <= 7);
    assert_int_equal(n, c.calls);
    assert_int_equal(tq_root_find(cubic_without_slope, &c, 2.0, -1.0, 3.0, 16.0, &tight, &x, NULL),
                     TQ_OK);
    assert_near(x, want, 1e-14);
}

static void a_root_at_an_end_needs_no_evaluation(void **state)
{
    count c = {0, 0.0};
    double x;
    int n;

    (void)state;
    assert_int_equal(tq_root_find(cubic, &c, 1.37, 0.0, 3.0, 16.0, &tight, &x, &n), TQ_OK);
    assert_near(x, 1.37, 0.0);
    assert_int_equal(tq_root_find(cubic, &c, 1.37, -2.0, 3.1, 0.0, &tight, &x, &n), TQ_OK);
    assert_near(x, 3.1, 0.0);
    assert_int_equal(n + c.calls, 0);
}

static void flat_and_steep_functions_end_too(void **state)
{
    double x;

    (void)state;
    for (double p = 0.01; p < 300.0; p *= 2.7) {
        count c = {0, p};
        const double hi = p < 0.1 ? 1e40 : 1e3;
        const tq_root_options o = {1e-13, 1e-6, 300};

        assert_int_equal(tq_root_find(power, &c, 0.0, -2.0, hi, pow(hi, p) - 2.0, &o, &x, NULL),
                         TQ_OK);
        assert_relative(x, pow(2.0, 1.0 / p), 1e-10);
        assert_true(c.calls < 150);
    }
}

static void a_jump_is_bisected(void **state)
{
    count c = {0, 0.0};
    double x;

    (void)state;
    assert_int_equal(tq_root_find(step_down, &c, 0.0, 1.0, 5.0, -1.0, &tight, &x, NULL), TQ_OK);
    assert_near(x, 0.7312, 1e-13);
}

/* An overflowed slope would make a step of length 0, which is not convergence. */
static void an_infinite_slope_is_not_convergence(void **state)
{
    count c = {0, 0.0};
    double x;

    (void)state;
    assert_int_equal(tq_root_find(lying_slope, &c, 0.0, -0.4, 3.0, 5.0, &tight, &x, NULL), TQ_OK);
    assert_near(x, 0.4, 1e-13);
}

static void a_falling_function_and_infinite_ends_work(void **state)
{
    count c = {0, -1.5};
    double x;

    (void)state;
    assert_int_equal(tq_root_find(power, &c, 0.0, INFINITY, 44.0, -1.99, &tight, &x, NULL), TQ_OK);
    assert_near(x, pow(2.0, -1.0 / 1.5), 1e-13);
}

static void too_few_steps_and_nan_are_reported(void **state)
{
    const tq_root_options three = {1e-14, 1e-3, 3};
    count c = {0, 0.0};
    double x = -7.25;

    (void)state;
    assert_int_equal(tq_root_find(cubic, &c, 2.0, -1.0, 300.0, 2.7e7, &three, &x, NULL),
                     TQ_ENOCONV);
    assert_int_equal(tq_root_find(poisoned, NULL, 0.0, -1.0, 1.0, 1.0, &tight, &x, NULL),
                     TQ_ENOCONV);
    assert_near(x, -7.25, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newton_meets_the_textbook_root),
        cmocka_unit_test(a_root_at_an_end_needs_no_evaluation),
        cmocka_unit_test(flat_and_steep_functions_end_too),
        cmocka_unit_test(a_jump_is_bisected),
        cmocka_unit_test(an_infinite_slope_is_not_convergence),
        cmocka_unit_test(a_falling_function_and_infinite_ends_work),
        cmocka_unit_test(too_few_steps_and_nan_are_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
