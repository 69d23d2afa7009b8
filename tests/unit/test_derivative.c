/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numerical gradient and Hessian. */
#include "support/near.h"

#include <math.h>

#include "optim/derivative.h"

/* f = exp(0.7 x) sin(y) + x^3 y / (1 + z^2) */
static double smooth(const double *x, double *g, void *context)
{
    (void)context;
    assert_null(g);
    return exp(0.7 * x[0]) * sin(x[1]) + x[0] * x[0] * x[0] * x[1] / (1.0 + x[2] * x[2]);
}

static double logarithm(const double *x, double *g, void *context)
{
    (void)g;
    (void)context;
    return x[0] > 0.0 ? x[0] * log(x[0]) : (double)NAN;
}

static double nowhere(const double *x, double *g, void *context)
{
    (void)g;
    (void)context;
    return x[0] == 1.5 ? 2.0 : (double)NAN;
}

static double x[3] = {1.3, -0.45, 2.1};

static void the_gradient_agrees_with_calculus(void **state)
{
    const double e = exp(0.7 * x[0]), q = 1.0 + x[2] * x[2];
    double g[3], error;

    (void)state;
    assert_int_equal(tq_gradient(3, smooth, NULL, NULL, x, g, &error, NULL), TQ_OK);
    assert_near(g[0], 0.7 * e * sin(x[1]) + 3.0 * x[0] * x[0] * x[1] / q, 1e-12);
    assert_near(g[1], e * cos(x[1]) + x[0] * x[0] * x[0] / q, 1e-12);
    assert_near(g[2], -2.0 * x[2] * x[0] * x[0] * x[0] * x[1] / (q * q), 1e-12);
    assert_true(error < 1e-10);
    assert_near(x[0] + x[1] + x[2], 2.95, 1e-15);
}

static void the_hessian_agrees_with_calculus(void **state)
{
    const double e = exp(0.7 * x[0]), q = 1.0 + x[2] * x[2], c = x[0] * x[0] * x[0];
    double H[9], error;

    (void)state;
    assert_int_equal(tq_hessian(3, smooth, NULL, NULL, x, H, &error, NULL), TQ_OK);
    assert_near(H[0], 0.49 * e * sin(x[1]) + 6.0 * x[0] * x[1] / q, 1e-10);
    assert_near(H[1], 0.7 * e * cos(x[1]) + 3.0 * x[0] * x[0] / q, 1e-10);
    assert_near(H[4], -e * sin(x[1]), 1e-10);
    assert_near(H[5], -2.0 * x[2] * c / (q * q), 1e-10);
    assert_near(H[8], c * x[1] * (6.0 * x[2] * x[2] - 2.0) / (q * q * q), 1e-10);
    assert_near(H[3], H[1], 0.0);
    assert_true(error < 1e-8);
}

/* The first steps from x = 0.02 leave x > 0; d2 (x log x) = 1 / x. */
static void steps_that_leave_the_domain_are_left_out(void **state)
{
    double at = 0.02, g, H;

    (void)state;
    assert_int_equal(tq_gradient(1, logarithm, NULL, NULL, &at, &g, NULL, NULL), TQ_OK);
    assert_relative(g, log(0.02) + 1.0, 1e-6);
    assert_int_equal(tq_hessian(1, logarithm, NULL, NULL, &at, &H, NULL, NULL), TQ_OK);
    assert_relative(H, 1.0 / 0.02, 1e-5);
}

static void a_scale_sets_the_steps(void **state)
{
    const double scale = 0.01;
    double at = 0.02, H;

    (void)state;
    assert_int_equal(tq_hessian(1, logarithm, NULL, &scale, &at, &H, NULL, NULL), TQ_OK);
    assert_relative(H, 1.0 / 0.02, 1e-10);
}

static void a_point_without_derivative_is_named(void **state)
{
    double at = 1.5, g, H;
    tq_error err;

    (void)state;
    assert_int_equal(tq_gradient(1, nowhere, NULL, NULL, &at, &g, NULL, &err), TQ_ENOCONV);
    assert_int_equal(tq_hessian(1, nowhere, NULL, NULL, &at, &H, NULL, &err), TQ_ENOCONV);
    assert_string_equal(err.message, "the function has no derivative in variable 1 at this point");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_agrees_with_calculus),
        cmocka_unit_test(the_hessian_agrees_with_calculus),
        cmocka_unit_test(steps_that_leave_the_domain_are_left_out),
        cmocka_unit_test(a_scale_sets_the_steps),
        cmocka_unit_test(a_point_without_derivative_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
