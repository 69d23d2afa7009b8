/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The minimiser of smooth functions. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "optim/minimise.h"

enum { MAX_N = 12 };

static double rosenbrock(const double *x, double *g, void *context)
{
    const double a = 1.0 - x[0], b = x[1] - x[0] * x[0];

    ++*(int *)context;
    if (g) {
        g[0] = -2.0 * a - 400.0 * x[0] * b;
        g[1] = 200.0 * b;
    }
    return a * a + 100.0 * b * b;
}

/* Powell's function of four variables, singular at its minimum. */
static double powell(const double *x, double *g, void *context)
{
    const double a = x[0] + 10.0 * x[1], b = x[2] - x[3], c = x[1] - 2.0 * x[2], d = x[0] - x[3];

    ++*(int *)context;
    if (g) {
        g[0] = 2.0 * a + 40.0 * d * d * d;
        g[1] = 20.0 * a + 4.0 * c * c * c;
        g[2] = 10.0 * b - 8.0 * c * c * c;
        g[3] = -10.0 * b - 40.0 * d * d * d;
    }
    return a * a + 5.0 * b * b + c * c * c * c + 10.0 * d * d * d * d;
}

/* A quadratic with eigenvalues 10^-3 .. 10^8 (n = 12), its minimum at (i + 1) / 7, plus 3.75. */
static double stretched(const double *x, double *g, void *context)
{
    double f = 3.75;

    ++*(int *)context;
    for (int i = 0; i < MAX_N; i++) {
        const double weight = pow(10.0, i - 3.0), d = x[i] - (i + 1.0) / 7.0;

        f += 0.5 * weight * d * d;
        if (g) {
            g[i] = weight * d;
        }
    }
    return f;
}

/* 3 x - 2 log(x) - 5 log(1 - x y) + y^2 exists for x > 0, x y < 1 only. */
static double barrier(const double *x, double *g, void *context)
{
    const double free = 1.0 - x[0] * x[1];

    ++*(int *)context;
    if (!(x[0] > 0.0 && free > 0.0)) {
        return x[0] > 0.0 ? (double)INFINITY : (double)NAN;
    }
    if (g) {
        g[0] = 3.0 - 2.0 / x[0] + 5.0 * x[1] / free;
        g[1] = 5.0 * x[0] / free + 2.0 * x[1];
    }
    return 3.0 * x[0] - 2.0 * log(x[0]) - 5.0 * log(free) + x[1] * x[1];
}

static double downhill(const double *x, double *g, void *context)
{
    ++*(int *)context;
    if (g) {
        g[0] = -1.0;
    }
    return 4.5 - x[0];
}

/* The gradient points the wrong way: no step can help. */
static double lying(const double *x, double *g, void *context)
{
    ++*(int *)context;
    if (g) {
        g[0] = -2.0 * (x[0] - 1.25);
    }
    return (x[0] - 1.25) * (x[0] - 1.25);
}

static void rosenbrock_is_solved_with_and_without_gradient(void **state)
{
    (void)state;
    for (int numeric = 0; numeric < 2; numeric++) {
        tq_minimise_options o = tq_minimise_defaults();
        double x[2] = {-1.2, 1.0}, work[TQ_MINIMISE_WORK(2)];
        int calls = 0;
        tq_minimum m;

        o.numeric = numeric;
        assert_int_equal(tq_minimise(2, rosenbrock, &calls, &o, x, work, &m, NULL), TQ_OK);
        assert_near(x[0], 1.0, 1e-9);
        assert_near(x[1], 1.0, 1e-9);
        assert_near(m.value, 0.0, 1e-17);
        assert_int_equal(m.evaluations, calls);
        assert_true(m.iterations < 80);
    }
}

static void a_singular_minimum_is_approached(void **state)
{
    tq_minimise_options o = tq_minimise_defaults();
    double x[4] = {3.0, -1.0, 0.0, 1.0}, work[TQ_MINIMISE_WORK(4)];
    int calls = 0;
    tq_minimum m;

    (void)state;
    o.tol = 1e-6;
    assert_int_equal(tq_minimise(4, powell, &calls, &o, x, work, &m, NULL), TQ_OK);
    assert_near(m.value, 0.0, 1e-11);
}

static void scales_from_1e_3_to_1e8_keep_their_digits(void **state)
{
    double x[MAX_N] = {0.0}, work[TQ_MINIMISE_WORK(MAX_N)];
    int calls = 0;
    tq_minimum m;

    (void)state;
    assert_int_equal(tq_minimise(MAX_N, stretched, &calls, NULL, x, work, &m, NULL), TQ_OK);
    for (int i = 0; i < MAX_N; i++) {
        assert_near(x[i], (i + 1.0) / 7.0, 1e-7);
    }
    assert_near(m.value, 3.75, 1e-14);
}

/* Both equations of the barrier's gradient hold at the answer. */
static void the_search_turns_back_at_the_edge_of_the_domain(void **state)
{
    double x[2] = {40.0, -3.0}, g[2] = {NAN, NAN}, work[TQ_MINIMISE_WORK(2)];
    int calls = 0;

    (void)state;
    assert_int_equal(tq_minimise(2, barrier, &calls, NULL, x, work, NULL, NULL), TQ_OK);
    barrier(x, g, &calls);
    assert_near(g[0], 0.0, 1e-8);
    assert_near(g[1], 0.0, 1e-8);
}

static void a_start_at_the_minimum_stays(void **state)
{
    tq_minimise_options o = tq_minimise_defaults();
    double x[2] = {1.0, 1.0}, work[TQ_MINIMISE_WORK(2)];
    int calls = 0;

    (void)state;
    for (o.numeric = 0; o.numeric < 2; o.numeric++) {
        assert_int_equal(tq_minimise(2, rosenbrock, &calls, &o, x, work, NULL, NULL), TQ_OK);
        assert_near(x[0], 1.0, 1e-9);
    }
}

static void failures_say_so(void **state)
{
    tq_minimise_options o = tq_minimise_defaults();
    double x[2] = {-1.2, 1.0}, work[TQ_MINIMISE_WORK(2)];
    int calls = 0;
    tq_error err;

    (void)state;
    assert_int_equal(tq_minimise(0, rosenbrock, &calls, &o, x, work, NULL, NULL), TQ_EINVAL);
    o.max_iter = 0;
    assert_int_equal(tq_minimise(2, rosenbrock, &calls, &o, x, work, NULL, NULL), TQ_EINVAL);
    o.max_iter = 3;
    assert_int_equal(tq_minimise(2, rosenbrock, &calls, &o, x, work, NULL, &err), TQ_ENOCONV);
    assert_non_null(strstr(err.message, "3 steps"));
    o.tol = NAN;
    assert_int_equal(tq_minimise(2, rosenbrock, &calls, &o, x, work, NULL, NULL), TQ_EINVAL);
    x[0] = -1.0;
    assert_int_equal(tq_minimise(2, barrier, &calls, NULL, x, work, NULL, &err), TQ_EDATA);
    x[0] = 4.0;
    assert_int_equal(tq_minimise(1, lying, &calls, NULL, x, work, NULL, &err), TQ_ENOCONV);
    assert_int_equal(tq_minimise(1, downhill, &calls, NULL, x, work, NULL, &err), TQ_ENOCONV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rosenbrock_is_solved_with_and_without_gradient),
        cmocka_unit_test(a_singular_minimum_is_approached),
        cmocka_unit_test(scales_from_1e_3_to_1e8_keep_their_digits),
        cmocka_unit_test(the_search_turns_back_at_the_edge_of_the_domain),
        cmocka_unit_test(a_start_at_the_minimum_stays),
        cmocka_unit_test(failures_say_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
