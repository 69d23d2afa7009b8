/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moment estimators of the working models against robumeta and their limits. */
#include "multilevel/working_weights.h"

#include <math.h>
#include <string.h>

#include "support/near.h"

enum { K = 19, P = 3, M = 9 };

/* clang-format off */
static const size_t cl[K] = {0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 4, 4, 5, 6, 6, 6, 7, 8, 8};
static const double X[K * P] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    0.3, -1.2, 0.8, 1.5, -0.4, 0.9, 2.1, -0.7, 0.2, 1.1, -1.9, 0.6, 0.1, -0.8, 1.7, 0.4, -0.3, 1.3, -1.1,
    0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1};
static const double vi[K] = {.11, .08, .21, .05, .3, .17, .09, .12, .06, .25, .19, .07, .14, .1, .22, .13, .31, .04, .16};
static const double yi[K] = {1.11, 0.65, 1.42, 0.4, -0.55, 0.74, 0.61, -0.1, -0.57, -0.3, 0, 0.45, -0.45, 0.69, 1.48, 1.5, -0.6, 1.32, -0.35};
/* clang-format on */

/* robu(yi ~ x1 + g, rho = .7) of robumeta 2.0, R 4.2.2. */
static void agrees_with_robumeta(void **state)
{
    double w[K];
    tq_working_fit f;

    (void)state;
    assert_int_equal(tq_working_weights(K, P, X, yi, vi, cl, M, TQ_WORKING_CORR, 0.7, w, &f, NULL),
                     TQ_OK);
    assert_near(f.tau2, 0.0916177333208107, 1e-14);
    assert_near(f.I2, 37.4765951896379, 1e-11);
    assert_near(w[5], 1.0 / (0.17 + f.tau2), 1e-13);
    assert_near(w[3], 1.0 / (2.0 * (0.175 + f.tau2)), 1e-13);
    assert_near(w[3], w[4], 0.0);
    assert_int_equal(tq_working_weights(K, P, X, yi, vi, cl, M, TQ_WORKING_HIER, NAN, w, &f, NULL),
                     TQ_OK);
    assert_near(f.tau2, 0.000965219794684863, 1e-14);
    assert_near(f.omega2, 0.168489329631862, 1e-14);
    assert_near(w[4], 1.0 / (0.3 + f.tau2 + f.omega2), 1e-13);
}

/* Clusters of one effect: CORR is the moment estimator of DerSimonian & Laird for any rho. */
static void one_effect_a_cluster_is_dersimonian_laird(void **state)
{
    size_t each[K];
    double w[K], sw = 0.0, sw2 = 0.0, mean = 0.0, Q = 0.0;
    tq_working_fit f, g;
    tq_error err;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        each[i] = i;
        sw += 1.0 / vi[i];
        sw2 += 1.0 / (vi[i] * vi[i]);
        mean += yi[i] / vi[i];
    }
    mean /= sw;
    for (size_t i = 0; i < K; i++) {
        Q += (yi[i] - mean) * (yi[i] - mean) / vi[i];
    }
    assert_int_equal(
        tq_working_weights(K, 1, NULL, yi, vi, each, K, TQ_WORKING_CORR, 0.0, w, &f, NULL), TQ_OK);
    assert_int_equal(
        tq_working_weights(K, 1, NULL, yi, vi, each, K, TQ_WORKING_CORR, 1.0, w, &g, NULL), TQ_OK);
    assert_near(f.tau2, (Q - (K - 1.0)) / (sw - sw2 / sw), 1e-14);
    assert_near(g.tau2, f.tau2, 1e-14);
    assert_near(f.I2, 100.0 * (Q - (K - 1.0)) / Q, 1e-11);
    assert_int_equal(
        tq_working_weights(K, 1, NULL, yi, vi, each, K, TQ_WORKING_HIER, NAN, w, &f, &err),
        TQ_EDATA);
}

static void negative_moments_are_zero_and_bad_input_is_refused(void **state)
{
    double w[K], same[K], bad[K], twice[K * 2];
    tq_working_fit f;
    tq_error err;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        same[i] = 0.3;
        twice[i] = 1.0;
        twice[i + K] = 2.0;
    }
    for (tq_working kind = 0; kind < TQ_WORKING_COUNT; kind++) {
        assert_int_equal(tq_working_weights(K, P, X, same, vi, cl, M, kind, 0.5, w, &f, NULL),
                         TQ_OK);
        assert_near(f.tau2, 0.0, 0.0);
        assert_int_equal(tq_working_weights(K, 2, twice, yi, vi, cl, M, kind, 0.5, w, &f, &err),
                         TQ_EDATA);
    }
    assert_near(f.omega2, 0.0, 0.0);
    memcpy(bad, vi, sizeof bad);
    bad[7] = -0.1;
    assert_int_equal(tq_working_weights(K, P, X, yi, bad, cl, M, TQ_WORKING_CORR, 0.5, w, &f, &err),
                     TQ_EDATA);
    assert_int_equal(err.row, 7);
    assert_int_equal(tq_working_weights(K, P, X, yi, vi, cl, M, TQ_WORKING_CORR, 1.5, w, &f, &err),
                     TQ_EINVAL);
    assert_int_equal(tq_working_weights(K, P, X, yi, vi, cl, M, TQ_WORKING_COUNT, 0.5, w, &f, &err),
                     TQ_EINVAL);
    assert_null(tq_working_name(TQ_WORKING_COUNT));
    assert_string_equal(tq_working_name(TQ_WORKING_HIER), "HIER");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_robumeta),
        cmocka_unit_test(one_effect_a_cluster_is_dersimonian_laird),
        cmocka_unit_test(negative_moments_are_zero_and_bad_input_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
