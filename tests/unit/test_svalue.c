/* SPDX-License-Identifier: GPL-3.0-or-later */
/* S-values: what they promise, the robust variance by matrices, cases at the edge. */
#include "support/near.h"

#include <math.h>

#include "bias/svalue.h"
#include "support/bcg.h"

static const tq_model bcg = {.k = BCG_K, .p = 1, .yi = bcg_yi, .vi = bcg_vi, .intercept = 1};

static tq_svalue find(const tq_model *m, tq_method method, const tq_svalue_options *o)
{
    tq_pool_options opt = tq_pool_defaults();
    tq_svalue out;

    opt.method = method;
    assert_int_equal(tq_svalue_find(m, &opt, o, &out, NULL), TQ_OK);
    return out;
}

/* Mathur & VanderWeele's program, its documentation: the BCG trials, small risk ratios favoured. */
static void published_values(void **state)
{
    tq_svalue_options o = tq_svalue_defaults();
    const tq_svalue fixed = find(&bcg, TQ_EE, NULL), robust = find(&bcg, TQ_REML, NULL);

    (void)state;
    assert_int_equal(fixed.affirmative, 8);
    assert_false(fixed.greater);
    assert_near(fixed.svalue_ci, 7.58431, 5e-6);
    assert_near(fixed.corrected[2].est, -0.156, 5e-4); /* ratio 5 */
    assert_near(fixed.corrected[2].se, 0.0491, 5e-5);
    assert_near(fixed.corrected[2].pval, 0.00814, 5e-6);
    assert_near(robust.svalue_ci, 4.17, 5e-3);
    o.target = log(0.9);
    const tq_svalue shifted = find(&bcg, TQ_EE, &o);

    assert_near(shifted.svalue_est, 8.261336, 5e-7);
    assert_near(shifted.svalue_ci, 3.406779, 5e-7);
}

/* robumeta 2.0, user weights 1 / (vi + tau2) for affirmative and 5 times that for other studies. */
static void robust_variance_is_that_of_robumeta(void **state)
{
    const tq_svalue s = find(&bcg, TQ_REML, NULL);

    (void)state;
    assert_near(s.corrected[2].est, -0.3686171, 5e-8);
    assert_near(s.corrected[2].se, 0.1411729, 5e-8);
    assert_near(s.corrected[2].df, 3.739489, 5e-7);
    assert_near(s.corrected[2].ci_lb, -0.7715831, 5e-7);
}

/* (sum Sii)^2 / sum Sij^2 with S = G G', written out. */
static void degrees_of_freedom_by_matrices(void **state)
{
    const tq_svalue s = find(&bcg, TQ_REML, NULL);
    double h[BCG_K], G[BCG_K][BCG_K], sw = 0.0, hvh = 0.0, trace = 0.0, square = 0.0;

    (void)state;
    for (size_t i = 0; i < BCG_K; i++) {
        h[i] =
            (-bcg_yi[i] > 1.9599639845400545 * sqrt(bcg_vi[i]) ? 1.0 : 10.0) / (bcg_vi[i] + s.tau2);
        sw += h[i];
    }
    for (size_t i = 0; i < BCG_K; i++) {
        h[i] /= sw;
        hvh += h[i] * h[i] * bcg_vi[i];
    }
    for (size_t i = 0; i < BCG_K; i++) {
        const double b = bcg_vi[i] * (1.0 - 2.0 * h[i]) + hvh;

        for (size_t j = 0; j < BCG_K; j++) {
            G[i][j] = h[i] * sqrt(bcg_vi[i] / b) * ((i == j) - h[j]);
        }
    }
    for (size_t i = 0; i < BCG_K; i++) {
        for (size_t j = 0; j < BCG_K; j++) {
            double S = 0.0;

            for (size_t l = 0; l < BCG_K; l++) {
                S += G[i][l] * G[j][l];
            }
            trace += i == j ? S : 0.0;
            square += S * S;
        }
    }
    assert_near(s.ratio[3], 10.0, 0.0);
    assert_near(s.corrected[3].df, trace * trace / square, 1e-9);
}

/* At the S-value the corrected effect, or its limit, is the target. */
static void at_the_s_value_the_target_is_reached(void **state)
{
    tq_svalue_options o = tq_svalue_defaults();

    (void)state;
    o.target = -0.25;
    for (int method = 0; method < 2; method++) {
        const tq_svalue s = find(&bcg, method ? TQ_REML : TQ_EE, &o);

        o.ratio[0] = s.svalue_est;
        o.ratio[1] = s.svalue_ci;
        o.n_ratios = 2;
        const tq_svalue at = find(&bcg, method ? TQ_REML : TQ_EE, &o);

        assert_true(s.svalue_ci > 1.0 && s.svalue_ci < s.svalue_est);
        assert_near(at.corrected[0].est, -0.25, 1e-9);
        assert_near(at.corrected[1].ci_ub, -0.25, 1e-9);
        o = tq_svalue_defaults();
        o.target = -0.25;
    }
}

static void no_selection_is_the_pooled_effect_and_much_of_it_the_worst_case(void **state)
{
    tq_svalue_options o = tq_svalue_defaults();

    (void)state;
    o.ratio[1] = 1e9;
    for (int method = 0; method < 2; method++) {
        const tq_svalue s = find(&bcg, method ? TQ_REML : TQ_EE, &o);

        assert_near(s.corrected[0].est, method ? -0.71453234 : -0.43028516, 5e-8);
        assert_near(s.corrected[1].est, s.worst.est, 1e-7);
        assert_near(s.corrected[1].se, s.worst.se, 1e-7);
    }
}

static void all_on_one_side(void **state)
{
    const double y[] = {0.91, 1.12, 0.78, 1.34}, v[] = {0.04, 0.05, 0.03, 0.09};
    const double z[] = {0.11, -0.12, 0.18, 0.04};
    const tq_model all = {.k = 4, .p = 1, .yi = y, .vi = v, .intercept = 1};
    const tq_model none = {.k = 4, .p = 1, .yi = z, .vi = v, .intercept = 1};
    const tq_svalue a = find(&all, TQ_REML, NULL), n = find(&none, TQ_REML, NULL);

    (void)state;
    assert_int_equal(a.affirmative, 4);
    assert_true(isnan(a.worst.est)); /* there is no worst case to look at */
    assert_true(isinf(a.svalue_est) && isinf(a.svalue_ci));
    assert_near(a.corrected[3].est, a.corrected[0].est, 1e-12);
    assert_int_equal(n.affirmative, 0);
    assert_near(n.worst.est, n.corrected[0].est, 1e-12);
    assert_true(isinf(n.svalue_est));
    assert_near(n.svalue_ci, 1.0, 0.0); /* it includes no effect as it is */
}

static void what_it_cannot_do_it_says(void **state)
{
    const tq_model one = {.k = 1, .p = 1, .yi = bcg_yi, .vi = bcg_vi, .intercept = 1};
    tq_pool_options counts = tq_pool_defaults();
    tq_svalue_options o = tq_svalue_defaults();
    tq_svalue out;
    tq_error err;

    (void)state;
    counts.method = TQ_PETO;
    assert_int_equal(tq_svalue_find(&one, NULL, NULL, &out, &err), TQ_EDATA);
    assert_int_equal(tq_svalue_find(&bcg, &counts, NULL, &out, &err), TQ_EINVAL);
    o.ratio[2] = 0.5;
    assert_int_equal(tq_svalue_find(&bcg, NULL, &o, &out, &err), TQ_EINVAL);
    o = tq_svalue_defaults();
    o.alpha = 1.0;
    assert_int_equal(tq_svalue_find(&bcg, NULL, &o, &out, &err), TQ_EINVAL);
    o = tq_svalue_defaults();
    o.target = INFINITY;
    assert_int_equal(tq_svalue_find(&bcg, NULL, &o, &out, &err), TQ_EINVAL);
    o = tq_svalue_defaults();
    o.favour = TQ_FAVOUR_COUNT;
    assert_int_equal(tq_svalue_find(&bcg, NULL, &o, &out, &err), TQ_EINVAL);
    assert_null(tq_favour_name(TQ_FAVOUR_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),
        cmocka_unit_test(robust_variance_is_that_of_robumeta),
        cmocka_unit_test(degrees_of_freedom_by_matrices),
        cmocka_unit_test(at_the_s_value_the_target_is_reached),
        cmocka_unit_test(no_selection_is_the_pooled_effect_and_much_of_it_the_worst_case),
        cmocka_unit_test(all_on_one_side),
        cmocka_unit_test(what_it_cannot_do_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
