/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulations against what is known exactly: nominal coverage, power by formula, variances. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "simulate/simulate.h"
#include "support/stop.h"

enum { MANY = 40000 };

static tq_sim_scenario known(size_t k, double effect, double tau2)
{
    tq_sim_scenario s = tq_sim_defaults();

    s.measure = TQ_SIM_GEN;
    s.k = k;
    s.n = 37.0;
    s.effect = effect;
    s.tau2 = tau2;
    return s;
}

static tq_sim_options by(const tq_method *method, const tq_test *test)
{
    tq_sim_options o = tq_sim_options_defaults();

    o.method = method;
    o.test = test;
    o.replicates = MANY;
    o.seed = 20261;
    return o;
}

/* Within four Monte-Carlo errors: one test in 16,000 would fail by chance, and the seed is fixed. */
static void near_truth(const tq_sim_row *row, tq_sim_quantity q, double truth)
{
    const tq_sim_value *v = &row->value[q];

    if (!(fabs(v->value - truth) <= 4.0 * v->mcse + 1e-9)) {
        fail_msg("%s is %.6g (%.2g), not %.6g", tq_sim_quantity_name(q), v->value, v->mcse, truth);
    }
}

static void equal_effects_are_exact(void **state)
{
    const tq_method method = TQ_FE;
    const tq_test test = TQ_TEST_Z;
    const tq_sim_options o = by(&method, &test);
    const tq_sim_scenario s = known(7, 0.0, 0.0);
    tq_sim_studies studies;
    tq_sim_row row;

    (void)state;
    assert_int_equal(tq_simulate(&s, &o, &row, &studies, NULL), TQ_OK);
    near_truth(&row, TQ_SIM_COVERAGE, 95.0);
    near_truth(&row, TQ_SIM_REJECTED, 5.0);
    near_truth(&row, TQ_SIM_Q_REJECTED, 5.0);
    near_truth(&row, TQ_SIM_BIAS, 0.0);
    near_truth(&row, TQ_SIM_EMP_SE, sqrt(2.0 / 37.0 / 7.0));
    near_truth(&row, TQ_SIM_MSE, 2.0 / 37.0 / 7.0);
    near_truth(&row, TQ_SIM_MODEL_SE, sqrt(2.0 / 37.0 / 7.0));
    near_truth(&row, TQ_SIM_FITTED, 100.0);
    assert_near(row.value[TQ_SIM_MODEL_SE].mcse, 0.0, 0.0);
    assert_true(isnan(row.value[TQ_SIM_TAU2].value));
    assert_near(studies.vi, 2.0 / 37.0, 1e-12);
    assert_near(studies.n, 37.0, 1e-9);
    assert_near(studies.run, 1.0, 0.0);
}

static void power_is_that_of_the_formula(void **state)
{
    const tq_method method = TQ_FE;
    const tq_test test = TQ_TEST_Z;
    const tq_sim_options o = by(&method, &test);
    const tq_sim_scenario s = known(9, 0.17, 0.0);
    tq_sim_studies studies;
    tq_sim_row row;

    (void)state;
    assert_int_equal(tq_simulate(&s, &o, &row, &studies, NULL), TQ_OK);
    near_truth(&row, TQ_SIM_REJECTED, tq_sim_power_formula(9, 2.0 / 37.0, 0.17, 0.0, 95.0));
    /* By mpmath: z = 0.15 / sqrt((0.04 + 0.02) / 11). */
    assert_near(tq_sim_power_formula(11, 0.04, 0.15, 0.02, 95.0), 52.8352176115984976, 1e-12);
    assert_near(tq_sim_power_formula(5, 0.1, 0.0, 0.3, 90.0), 10.0, 1e-9);
}

/* With equal variances the statistic of Knapp & Hartung has the t distribution, whatever tau2 is. */
static void knapp_hartung_is_exact_for_equal_variances(void **state)
{
    const tq_method methods[] = {TQ_DL, TQ_REML};
    const tq_test tests[] = {TQ_TEST_Z, TQ_TEST_KNHA};
    tq_sim_options o = by(methods, tests);
    const tq_sim_scenario s = known(5, -0.4, 0.13);
    tq_sim_studies studies;
    tq_sim_row row[4];

    (void)state;
    o.n_methods = o.n_tests = 2;
    o.predict = TQ_PREDICT_HK;
    assert_int_equal(tq_simulate(&s, &o, row, &studies, NULL), TQ_OK);
    for (size_t r = 0; r < 4; r++) {
        assert_int_equal(row[r].method, methods[r / 2]);
        assert_int_equal(row[r].test, tests[r % 2]);
        near_truth(&row[r], TQ_SIM_BIAS, 0.0);
        near_truth(&row[r], TQ_SIM_EMP_SE, sqrt((2.0 / 37.0 + 0.13) / 5.0));
    }
    near_truth(&row[1], TQ_SIM_COVERAGE, 95.0);
    near_truth(&row[3], TQ_SIM_COVERAGE, 95.0);
    assert_true(row[0].value[TQ_SIM_COVERAGE].value < 93.0); /* z is known to be too narrow */
}

/* The measures' own scales: unbiased means, mean true effects of binomial outcomes near their value. */
static void measures_find_their_effect(void **state)
{
    const tq_method method = TQ_FE;
    const tq_test test = TQ_TEST_Z;
    const tq_sim_options o = by(&method, &test);

    (void)state;
    for (tq_sim_measure m = TQ_SIM_MD; m < TQ_SIM_MEASURE_COUNT; m++) {
        tq_sim_scenario s = known(3, m == TQ_SIM_RD ? 0.08 : 0.22, 0.0);
        tq_sim_studies studies;
        tq_sim_row row;

        s.measure = m;
        s.n = 400.0;
        s.sd = 3.3;
        s.control_risk = 0.31;
        s.sizes = m % 2 ? TQ_SIM_UNIFORM : TQ_SIM_FIXED;
        assert_int_equal(tq_simulate(&s, &o, &row, &studies, NULL), TQ_OK);
        assert_near(row.value[TQ_SIM_BIAS].value, 0.0, 0.004);
        assert_near(row.value[TQ_SIM_COVERAGE].value, 95.0, 0.6);
        assert_near(studies.n, 400.0, 2.0);
        if (m == TQ_SIM_MD) {
            assert_near(studies.vi / (2.0 * 3.3 * 3.3 / 400.0), 1.09, 0.03); /* E[1/n] */
        }
    }
}

static void unpublished_studies_bias(void **state)
{
    const tq_method method = TQ_FE;
    const tq_test test = TQ_TEST_Z;
    const tq_sim_options o = by(&method, &test);
    tq_sim_scenario s = known(4, 0.0, 0.0);
    tq_sim_studies studies;
    tq_sim_row row;

    (void)state;
    s.publish = 0.25;
    assert_int_equal(tq_simulate(&s, &o, &row, &studies, NULL), TQ_OK);
    /* The mean of a normal variable whose part below 1.96 SD is thinned to a quarter. */
    const double kept = 0.025 + 0.975 * 0.25, density = exp(-0.5 * 1.96 * 1.96) / sqrt(2.0 * M_PI);

    assert_near(studies.run, 1.0 / kept, 0.03);
    assert_near(row.value[TQ_SIM_BIAS].value, sqrt(2.0 / 37.0) * 0.75 * density / kept, 0.003);
    s.publish = 1.0;
    s.small_study = -1.3;
    assert_int_equal(tq_simulate(&s, &o, &row, &studies, NULL), TQ_OK);
    near_truth(&row, TQ_SIM_BIAS, -1.3 / sqrt(37.0));
}

static void threads_change_nothing(void **state)
{
    const tq_method method = TQ_REML;
    const tq_test test = TQ_TEST_ADHOC;
    tq_sim_options o = by(&method, &test);
    tq_sim_scenario s = tq_sim_defaults();
    tq_sim_studies studies[2];
    tq_sim_row row[2];

    (void)state;
    s.sizes = TQ_SIM_LOGNORMAL;
    s.tau2 = 0.07;
    memset(row, 0, sizeof row);
    memset(studies, 0, sizeof studies);
    for (size_t i = 0; i < 2; i++) {
        o.threads = 1 + 3 * i;
        assert_int_equal(tq_simulate(&s, &o, &row[i], &studies[i], NULL), TQ_OK);
    }
    assert_memory_equal(row[0].value, row[1].value, sizeof row[0].value);
    assert_memory_equal(&studies[0], &studies[1], sizeof studies[0]);
}

static void plans_find_the_smallest_size(void **state)
{
    const tq_method method = TQ_FE, random = TQ_DL;
    const tq_test test = TQ_TEST_Z;
    tq_sim_options o = by(&method, &test);
    const tq_sim_scenario s = known(6, 0.2, 0.0);
    tq_sim_plan plan;

    (void)state;
    assert_int_equal(tq_sim_plan_find(&s, &o, TQ_SIM_FIND_K, 80.0, &plan, NULL), TQ_OK);
    assert_true(plan.found);
    /* By formula 10.6 studies: 11. */
    assert_near((double)plan.scenario.k, 11.0, 1.0);
    assert_true(plan.row.value[TQ_SIM_REJECTED].value >= 80.0);
    assert_int_equal(tq_sim_plan_find(&s, &o, TQ_SIM_FIND_N, 80.0, &plan, NULL), TQ_OK);
    assert_true(plan.found);
    /* (1.96 + 0.8416)^2 = 7.849; n = 2 * 7.849 / (6 * 0.04) = 65.4 */
    assert_near(plan.scenario.n, 66.0, 2.0);
    o.replicates = 200;
    o.method = &random;
    const tq_sim_scenario hopeless = known(2, 1e-6, 3.0);

    assert_int_equal(tq_sim_plan_find(&hopeless, &o, TQ_SIM_FIND_N, 99.0, &plan, NULL), TQ_OK);
    assert_false(plan.found);
}

static void refuses_what_makes_no_sense(void **state)
{
    const tq_method method = TQ_FE;
    const tq_test test = TQ_TEST_Z, kr = TQ_TEST_KR;
    const tq_progress stop = {stop_at_once, NULL};
    tq_sim_options o = by(&method, &test);
    tq_sim_scenario bad[11];
    tq_sim_studies studies;
    tq_sim_plan plan;
    tq_sim_row row;
    tq_error err;

    (void)state;
    for (size_t i = 0; i < 11; i++) {
        bad[i] = known(4, 0.1, 0.0);
    }
    bad[0].k = 0;
    bad[1].n = 1.0;
    bad[2].tau2 = -0.1;
    bad[3].effect = NAN;
    bad[4].control_risk = 1.0;
    bad[5].publish = 0.0;
    bad[6].measure = TQ_SIM_MEASURE_COUNT;
    bad[7].sizes = TQ_SIM_UNIFORM;
    bad[7].spread = 1.0;
    bad[8].variance = 0.0;
    bad[9].measure = TQ_SIM_RD;
    bad[9].effect = -0.23;
    bad[10].measure = TQ_SIM_RR;
    bad[10].effect = 1.63;
    for (size_t i = 0; i < 11; i++) {
        assert_int_equal(tq_simulate(&bad[i], &o, &row, &studies, &err), TQ_EINVAL);
    }
    const tq_sim_scenario fine = known(4, 0.0, 0.0);

    assert_int_equal(tq_sim_plan_find(&fine, &o, TQ_SIM_FIND_K, 80.0, &plan, &err), TQ_EINVAL);
    assert_int_equal(tq_sim_plan_find(&bad[8], &o, TQ_SIM_FIND_K, 100.0, &plan, &err), TQ_EINVAL);
    tq_sim_scenario never = known(1, 0.1, 0.0);

    never.publish = 1e-12;
    never.small_study = -1e4;
    assert_int_equal(tq_simulate(&never, &o, &row, &studies, &err), TQ_EDATA);
    o.progress = &stop;
    assert_int_equal(tq_simulate(&fine, &o, &row, &studies, &err), TQ_EINTR);
    o.progress = NULL;
    o.test = &kr;
    assert_int_equal(tq_simulate(&fine, &o, &row, &studies, &err), TQ_EINVAL);
    o.replicates = 1;
    assert_int_equal(tq_simulate(&fine, &o, &row, &studies, &err), TQ_EINVAL);
}

static void names_are_complete(void **state)
{
    (void)state;
    for (tq_sim_quantity q = 0; q < TQ_SIM_QUANTITY_COUNT; q++) {
        assert_non_null(tq_sim_quantity_name(q));
        assert_non_null(tq_sim_quantity_label(q));
    }
    assert_null(tq_sim_quantity_name(TQ_SIM_QUANTITY_COUNT));
    assert_null(tq_sim_quantity_label(TQ_SIM_QUANTITY_COUNT));
    assert_null(tq_sim_measure_name(TQ_SIM_MEASURE_COUNT));
    assert_null(tq_sim_sizes_name(TQ_SIM_SIZES_COUNT));
    assert_null(tq_sim_find_name(TQ_SIM_FIND_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_effects_are_exact),
        cmocka_unit_test(power_is_that_of_the_formula),
        cmocka_unit_test(knapp_hartung_is_exact_for_equal_variances),
        cmocka_unit_test(measures_find_their_effect),
        cmocka_unit_test(unpublished_studies_bias),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(plans_find_the_smallest_size),
        cmocka_unit_test(refuses_what_makes_no_sense),
        cmocka_unit_test(names_are_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
