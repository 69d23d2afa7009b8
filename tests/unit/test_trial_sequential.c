/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Required information by hand, and trial sequential analyses whose answer is known. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "sequential/trial_sequential.h"

enum { K = 6 };

static const double yi[K] = {-0.41, -0.13, -0.52, 0.08, -0.31, -0.27};
static const double vi[K] = {0.091, 0.034, 0.12, 0.047, 0.022, 0.0135};
static const double ni[K] = {122, 340, 95, 261, 517, 903};
static const size_t step[K] = {0, 1, 2, 3, 4, 5};

/* z_{0.975} + z_{0.9} */
#define ZZ (1.9599639845400545 + 1.2815515655446004)

static tq_information_data studies_of(const double *v)
{
    return (tq_information_data){.k = K,
                                 .vi = v,
                                 .ni = ni,
                                 .pooled = -0.2287,
                                 .tau2 = 0.0123,
                                 .I2 = 31.7,
                                 .random = 1,
                                 .scale = TQ_COUNT_COUNT,
                                 .control_rate = NAN};
}

static double sum_of(const double *v, double tau2)
{
    double sum = 0.0;

    for (size_t i = 0; i < K; i++) {
        sum += 1.0 / (v[i] + tau2);
    }
    return sum;
}

/* Wetterslev et al. (2008), for 20% fewer than 30% of events: v = 0.27 * 0.73, theta = 0.06. */
static void participants_from_event_rates(void **state)
{
    tq_information_data d = studies_of(vi);
    tq_required_information_options o = tq_required_information_defaults();
    tq_required_information r;
    double information[K];

    (void)state;
    d.scale = TQ_COUNT_RR;
    o.rrr = 20.0;
    o.cer = 0.3;
    o.adjust = TQ_HETERO_NONE;
    assert_int_equal(tq_required_information_find(&d, &o, information, &r, NULL), TQ_OK);
    assert_int_equal(r.unit, TQ_UNIT_PARTICIPANTS);
    assert_near(r.required, 4.0 * ZZ * ZZ * 0.1971 / 0.0036, 1e-9);
    assert_near(r.delta, log(0.8), 1e-12);
    assert_near(information[3], 261.0, 0.0);
    d.scale = TQ_COUNT_RD; /* the same rates on other scales */
    assert_int_equal(tq_required_information_find(&d, &o, information, &r, NULL), TQ_OK);
    assert_near(r.delta, -0.06, 1e-12);
    o.rrr = NAN;
    o.delta = log(0.24 / 0.76 / (0.3 / 0.7));
    d.scale = TQ_COUNT_OR;
    assert_int_equal(tq_required_information_find(&d, &o, information, &r, NULL), TQ_OK);
    assert_near(r.eer, 0.24, 1e-12);
    assert_near(r.rrr, 20.0, 1e-10);
    assert_near(r.required, 4.0 * ZZ * ZZ * 0.1971 / 0.0036, 1e-9);
}

static void heterogeneity_enlarges(void **state)
{
    const tq_information_data d = studies_of(vi);
    tq_required_information_options o = tq_required_information_defaults();
    tq_required_information r;
    double information[K];
    const double D2 = 1.0 - sum_of(vi, d.tau2) / sum_of(vi, 0.0);

    (void)state;
    o.unit = TQ_UNIT_STATISTICAL;
    o.delta = 0.25;
    assert_int_equal(tq_required_information_find(&d, &o, information, &r, NULL), TQ_OK);
    assert_int_equal(r.adjust, TQ_HETERO_D2);
    assert_near(r.D2, 100.0 * D2, 1e-12);
    assert_near(r.required, ZZ * ZZ / 0.0625 / (1.0 - D2), 1e-10);
    assert_near(information[1], 1.0 / 0.034, 1e-12);
    o.adjust = TQ_HETERO_I2;
    assert_int_equal(tq_required_information_find(&d, &o, information, &r, NULL), TQ_OK);
    assert_near(r.required, ZZ * ZZ / 0.0625 / 0.683, 1e-10);
    o.adjust = TQ_HETERO_TAU2;
    assert_int_equal(tq_required_information_find(&d, &o, information, &r, NULL), TQ_OK);
    assert_near(r.required, ZZ * ZZ / 0.0625, 1e-10);
    assert_near(information[1], 1.0 / 0.0463, 1e-12);
    o.adjust = TQ_HETERO_AUTO;
    o.diversity = 40.0;
    assert_int_equal(tq_required_information_find(&d, &o, information, &r, NULL), TQ_OK);
    assert_near(r.factor, 1.0 / 0.6, 1e-12);
}

/* The variance that the studies imply makes both units agree in what share there is; a given one is
   the textbook's. */
static void participants_from_a_variance(void **state)
{
    const tq_information_data d = studies_of(vi);
    tq_required_information_options o = tq_required_information_defaults();
    tq_required_information people, units;
    double a[K], b[K], have_people = 0.0, have_units = 0.0;

    (void)state;
    assert_int_equal(tq_required_information_find(&d, &o, a, &people, NULL), TQ_OK);
    assert_true(people.delta_pooled && people.variance_observed);
    o.unit = TQ_UNIT_STATISTICAL;
    assert_int_equal(tq_required_information_find(&d, &o, b, &units, NULL), TQ_OK);
    for (size_t i = 0; i < K; i++) {
        have_people += a[i];
        have_units += b[i];
    }
    assert_near(have_people / people.required, have_units / units.required, 1e-12);
    o.unit = TQ_UNIT_PARTICIPANTS;
    o.variance = 6.25;
    o.delta = -1.1;
    o.adjust = TQ_HETERO_NONE;
    assert_int_equal(tq_required_information_find(&d, &o, a, &people, NULL), TQ_OK);
    assert_near(people.required, 4.0 * ZZ * ZZ * 6.25 / 1.21, 1e-10);
}

static void refuses_what_cannot_be(void **state)
{
    tq_information_data d = studies_of(vi);
    const tq_required_information_options fine = tq_required_information_defaults();
    tq_required_information_options bad[13];
    tq_required_information r;
    double information[K], none[K];
    tq_error err;

    (void)state;
    for (size_t i = 0; i < 13; i++) {
        bad[i] = fine;
    }
    bad[0].alpha = 0.0;
    bad[1].beta = 1.0;
    bad[2].sides = 0;
    bad[3].delta = 0.0;
    bad[4].rrr = 20.0; /* no event rates on this scale */
    bad[5].variance = -1.0;
    bad[6].diversity = 100.0;
    bad[7].adjust = TQ_HETERO_TAU2;
    bad[7].unit = TQ_UNIT_PARTICIPANTS;
    bad[8].diversity = 20.0;
    bad[8].adjust = TQ_HETERO_I2;
    bad[9].cer = 1.0;
    bad[10].rrr = 100.0;
    bad[11].unit = TQ_UNIT_COUNT;
    bad[12].rrr = 10.0;
    bad[12].delta = 0.2;
    for (size_t i = 0; i < 13; i++) {
        assert_int_equal(tq_required_information_find(&d, &bad[i], information, &r, &err),
                         TQ_EINVAL);
        assert_true(err.message[0]);
    }
    for (size_t i = 0; i < K; i++) {
        none[i] = NAN;
    }
    d.vi = none;
    assert_int_equal(tq_required_information_find(&d, &fine, information, &r, &err), TQ_EDATA);
    d = studies_of(vi);
    d.pooled = 0.0;
    assert_int_equal(tq_required_information_find(&d, &fine, information, &r, &err), TQ_EDATA);
    d = studies_of(vi);
    d.ni = none;
    assert_int_equal(tq_required_information_find(&d, &fine, information, &r, &err), TQ_OK);
    assert_int_equal(r.unit, TQ_UNIT_STATISTICAL);
    bad[0] = fine;
    bad[0].unit = TQ_UNIT_PARTICIPANTS;
    assert_int_equal(tq_required_information_find(&d, &bad[0], information, &r, &err), TQ_EDATA);
    d.scale = TQ_COUNT_RR; /* a reduction of an unknown rate */
    bad[0] = fine;
    bad[0].rrr = 20.0;
    assert_int_equal(tq_required_information_find(&d, &bad[0], information, &r, &err), TQ_EDATA);
    d = studies_of(vi);
    d.scale = TQ_COUNT_RD;
    d.control_rate = 0.1; /* less 0.2287 */
    assert_int_equal(tq_required_information_find(&d, &fine, information, &r, &err), TQ_EDATA);
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* Cumulative equal-effects analysis of c * yi, c^2 * vi. */
static tq_tsa *run(double c, size_t n, const tq_tsa_options *opt)
{
    double y[K], v[K];
    tq_part_pool pool[K];
    tq_pool_options model = tq_pool_defaults();
    tq_tsa_data data = {.studies = studies_of(v), .step = step, .n = n, .pool = pool};
    tq_tsa *out = NULL;

    for (size_t i = 0; i < K; i++) {
        y[i] = c * yi[i];
        v[i] = c * c * vi[i];
    }
    model.method = TQ_EE;
    data.studies.k = n;
    data.studies.random = 0;
    data.studies.tau2 = data.studies.I2 = 0.0;
    const tq_model m = {n, 1, y, v, NULL, 1, NULL};

    assert_int_equal(tq_accumulate(&m, &model, step, n, 1, NULL, pool, NULL), TQ_OK);
    data.studies.pooled = pool[n - 1].beta;
    assert_int_equal(tq_tsa_run(&data, opt, &out, NULL), TQ_OK);
    return out;
}

static void scale_and_direction_change_nothing(void **state)
{
    (void)state;
    for (int unit = TQ_UNIT_PARTICIPANTS; unit <= TQ_UNIT_STATISTICAL; unit++) {
        tq_tsa_options o = tq_tsa_defaults();

        o.required.unit = (tq_information_unit)unit;
        tq_tsa *a = run(1.0, K, &o), *b = run(-3.7, K, &o);

        assert_int_equal(a->verdict, b->verdict);
        for (size_t j = 0; j < K; j++) {
            const tq_tsa_look *x = &a->look[j], *y = &b->look[j];

            assert_near(y->z, -x->z, 1e-10);
            assert_near(y->monitoring.t, x->monitoring.t, 1e-10);
            assert_int_equal(x->monitoring.tested, y->monitoring.tested);
            assert_near(y->monitoring.critical, x->monitoring.critical, 1e-9);
            assert_near(y->monitoring.futility, x->monitoring.futility, 1e-9);
            assert_near(y->ci_lb, -3.7 * x->ci_ub, 1e-9);
        }
        assert_near(b->stagewise_est, -3.7 * a->stagewise_est, 1e-8);
        assert_near(b->stagewise_pval, a->stagewise_pval, 1e-9);
        tq_tsa_free(a);
        tq_tsa_free(b);
    }
}

/* One study with more than is required is a single test: p, interval and estimate are its own. */
static void one_study_is_a_single_test(void **state)
{
    tq_tsa_options o = tq_tsa_defaults();

    (void)state;
    o.required.unit = TQ_UNIT_STATISTICAL;
    o.required.delta = -1.7;
    tq_tsa *a = run(1.0, 1, &o);
    const double se = sqrt(vi[0]), z = yi[0] / se;

    assert_int_equal(a->n, 1);
    assert_true(a->look[0].monitoring.t > 1.0 && !a->planned_given);
    assert_int_equal(a->verdict, TQ_TSA_REACHED);
    assert_near(a->look[0].ci_lb, yi[0] - 1.9599639845400545 * se, 1e-9);
    assert_near(a->stagewise_pval, erfc(fabs(z) / sqrt(2.0)), 1e-9);
    assert_near(a->stagewise_est, yi[0], 1e-8);
    assert_near(a->stagewise_ub, yi[0] + 1.9599639845400545 * se, 1e-8);
    tq_tsa_free(a);
}

/* Anticipating less and less: crossed, then undecided, then too early for a boundary. */
static void verdicts_follow_what_is_required(void **state)
{
    static const struct {
        double delta;
        tq_tsa_verdict verdict;
    } rows[] = {
        {-0.27, TQ_TSA_CROSSED},
        {-0.15, TQ_TSA_GO_ON},
        {-0.01, TQ_TSA_UNTESTED},
        {0.60, TQ_TSA_REACHED}, /* one-sided, the other way */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tq_tsa_options o = tq_tsa_defaults();

        o.required.delta = rows[i].delta;
        o.required.unit = TQ_UNIT_STATISTICAL;
        o.monitoring.futility = TQ_SPEND_NONE;
        o.required.sides = rows[i].delta > 0.0 ? 1 : 2;
        o.lil = 2.0;
        tq_tsa *a = run(1.0, K, &o);

        assert_int_equal(a->verdict, rows[i].verdict);
        assert_non_null(tq_tsa_verdict_name(a->verdict));
        assert_int_equal(a->planned_given, a->look[K - 1].monitoring.t < 1.0);
        assert_near(a->look[5].z_lil, a->look[5].z / sqrt(2.0 * log(log(sum_of(vi, 0.0)))), 1e-12);
        if (a->verdict == TQ_TSA_UNTESTED) {
            assert_true(isnan(a->stagewise_pval) && isnan(a->look[0].ci_lb));
            assert_true(a->planned.tested);
        }
        if (o.required.sides == 1) {
            assert_true(a->look[K - 1].monitoring.t >= 1.0);
            assert_true(isinf(a->look[1].ci_ub) && isinf(a->stagewise_ub));
        }
        tq_tsa_free(a);
    }
}

/* Effects against what was anticipated come into the wedge. */
static void futile_in_the_wedge(void **state)
{
    static const double flat[4] = {0.03, -0.02, 0.01, 0.0}, v[4] = {0.02, 0.02, 0.02, 0.02};
    tq_part_pool pool[4];
    const tq_model m = {4, 1, flat, v, NULL, 1, NULL};
    tq_tsa_data data = {.studies = studies_of(v), .step = step, .n = 4, .pool = pool};
    tq_tsa_options o = tq_tsa_defaults();
    tq_tsa *a = NULL;

    (void)state;
    data.studies.k = 4;
    data.studies.tau2 = 0.0;
    o.required.unit = TQ_UNIT_STATISTICAL;
    o.required.delta = -ZZ / sqrt(1.2 * 200.0); /* 240 units are required, there are 200 */
    assert_int_equal(tq_accumulate(&m, NULL, step, 4, 1, NULL, pool, NULL), TQ_OK);
    assert_int_equal(tq_tsa_run(&data, &o, &a, NULL), TQ_OK);
    assert_near(a->required.required, 240.0, 1e-9);
    assert_int_equal(a->verdict, TQ_TSA_FUTILE);
    assert_true(a->futile >= 1 && a->futile < 4);
    tq_tsa_free(a);
    o.lil = -1.0;
    assert_int_equal(tq_tsa_run(&data, &o, &a, NULL), TQ_EINVAL);
}

/* A first study without an effect of its own has no information: its look has no fraction. */
static void a_study_without_information(void **state)
{
    double v[K];
    tq_part_pool pool[K];
    tq_tsa_data data = {.studies = studies_of(v), .step = step, .n = K, .pool = pool};
    tq_tsa *a = NULL;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        v[i] = i == 0 || i == 3 ? (double)NAN : vi[i];
        pool[i] = (tq_part_pool){.k = i + 1, .beta = -0.2, .se = 0.2, .df = NAN};
    }
    pool[0].beta = pool[0].se = NAN;
    assert_int_equal(tq_tsa_run(&data, NULL, &a, NULL), TQ_OK);
    assert_near(a->look[0].information, 0.0, 0.0);
    assert_false(a->look[0].monitoring.tested || a->look[3].monitoring.tested);
    assert_true(isnan(a->look[0].z));
    assert_near(a->look[3].information, a->look[2].information, 0.0);
    tq_tsa_free(a);
}

/* A t test enters by its p-value and direction. */
static void t_tests_become_normal_deviates(void **state)
{
    double v[K];
    tq_part_pool pool[K];
    tq_tsa_data data = {.studies = studies_of(v), .step = step, .n = K, .pool = pool};
    tq_tsa_options o = tq_tsa_defaults();
    tq_tsa *a = NULL;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        v[i] = vi[i];
        pool[i] = (tq_part_pool){.k = i + 1, .beta = i % 2 ? 0.31 : -0.31, .se = 0.12, .df = 5.0};
    }
    o.required.delta = 0.3;
    assert_int_equal(tq_tsa_run(&data, &o, &a, NULL), TQ_OK);
    /* 2 P(T_5 > 2.58333) = 0.0492328, whose normal deviate is 1.96657 */
    assert_near(a->look[1].z, 1.9665699417003735, 1e-9);
    assert_near(a->look[0].z, -a->look[1].z, 1e-12);
    assert_near(a->look[1].pval, erfc(a->look[1].z / sqrt(2.0)), 1e-10);
    tq_tsa_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(participants_from_event_rates),
        cmocka_unit_test(heterogeneity_enlarges),
        cmocka_unit_test(participants_from_a_variance),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(scale_and_direction_change_nothing),
        cmocka_unit_test(one_study_is_a_single_test),
        cmocka_unit_test(verdicts_follow_what_is_required),
        cmocka_unit_test(futile_in_the_wedge),
        cmocka_unit_test(a_study_without_information),
        cmocka_unit_test(t_tests_become_normal_deviates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
