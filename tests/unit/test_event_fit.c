/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods that maximise a likelihood of events: GLMM, BB, FIRTH, as fits of a model. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "core/distributions.h"
#include "counts/beta_binomial.h"
#include "counts/firth.h"
#include "pooling/pool.h"

enum { K = 9 };

/* Study 4 has no events, study 7 nothing but events. */
static const double x1[K] = {4, 6, 3, 0, 33, 8, 12, 0, 5},
                    n1[K] = {123, 306, 231, 40, 569, 54, 12, 26, 98};
static const double x2[K] = {11, 29, 11, 0, 47, 10, 9, 3, 3},
                    n2[K] = {139, 303, 220, 38, 580, 63, 9, 22, 91};
static const double dose[K] = {1.5, 2.0, 0.5, 3.0, 4.5, 2.5, 1.0, 3.5, 0.2};

typedef struct {
    double yi[K], vi[K], X[2 * K];
    tq_counts counts;
    tq_model model;
} sample;

static sample take(tq_count_scale scale, size_t p)
{
    sample s = {.counts = {scale, x1, n1, x2, n2}};

    for (size_t i = 0; i < K; i++) {
        const int none = x1[i] + x2[i] == 0.0 || x1[i] + x2[i] == n1[i] + n2[i];
        const double add = x1[i] == 0.0 ? 0.5 : 0.0;
        const double a = x1[i] + add, b = n1[i] - x1[i] + add, c = x2[i] + add,
                     d = n2[i] - x2[i] + add;

        s.yi[i] = none ? (double)NAN : log(a * d / (b * c));
        s.vi[i] = none ? (double)NAN : 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d;
        s.X[i] = 1.0;
        s.X[i + K] = dose[i];
    }
    s.model = (tq_model){K, p, NULL, NULL, NULL, 1, NULL};
    return s;
}

static tq_status fit_it(sample *s, const tq_pool_options *o, tq_pool **fit, tq_error *err)
{
    tq_pool_work *work = tq_pool_work_new(K, 2);

    s->model.yi = s->yi;
    s->model.vi = s->vi;
    s->model.X = s->model.p > 1 ? s->X : NULL;
    s->model.counts = &s->counts;
    *fit = tq_pool_new(K, 2);
    assert_non_null(work);
    assert_non_null(*fit);
    const tq_status status = tq_pool_fit(&s->model, o, work, *fit, err);

    tq_pool_work_free(work);
    return status;
}

static tq_pool *fitted(sample *s, const tq_pool_options *o)
{
    tq_pool *fit;
    tq_error err;

    if (fit_it(s, o, &fit, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    return fit;
}

static tq_pool_options options(tq_method method)
{
    tq_pool_options o = tq_pool_defaults();

    o.method = method;
    o.test = tq_method_test(method);
    return o;
}

static void studies_that_tell_nothing_do_not_count(void **state)
{
    (void)state;
    for (tq_glmm_model m = 0; m < TQ_GLMM_MODEL_COUNT; m++) {
        sample s = take(TQ_COUNT_OR, 1);
        tq_pool_options o = options(TQ_GLMM);
        double sum = 0.0;

        o.glmm_model = m;
        tq_pool *fit = fitted(&s, &o);

        assert_int_equal(fit->k, K - 2);
        assert_near(fit->weight[3], 0.0, 0.0);
        assert_near(fit->weight[6], 0.0, 0.0);
        for (size_t i = 0; i < K; i++) {
            sum += fit->weight[i];
        }
        assert_near(sum, 100.0, 1e-10);
        assert_near(fit->lrt.df, K - 3.0, 0.0);
        assert_near(fit->lrt.pval, tq_chisq_upper(fit->lrt.stat, K - 3.0), 1e-14);
        assert_near(fit->wld.pval, tq_chisq_upper(fit->wld.stat, K - 3.0), 1e-14);
        assert_near(fit->QE, NAN, 0.0);
        tq_pool_free(fit);
    }
}

/* I2 = tau2 / (tau2 + vt) with the typical variance of the effects that exist. */
static void relative_heterogeneity_is_on_the_effects(void **state)
{
    sample s = take(TQ_COUNT_OR, 1);
    const tq_pool_options o = options(TQ_GLMM);
    double sw = 0.0, sw2 = 0.0;
    tq_pool *fit = fitted(&s, &o);

    (void)state;
    for (size_t i = 0; i < K; i++) {
        if (!isnan(s.vi[i])) {
            sw += 1.0 / s.vi[i];
            sw2 += 1.0 / (s.vi[i] * s.vi[i]);
        }
    }
    const double vt = (K - 3.0) / (sw - sw2 / sw);

    assert_near(fit->typical_vi, vt, 1e-12);
    assert_near(fit->I2, 100.0 * fit->tau2 / (fit->tau2 + vt), 1e-10);
    assert_near(fit->H2, (fit->tau2 + vt) / vt, 1e-10);
    tq_pool_free(fit);
}

static void criteria_count_parameters_and_observations(void **state)
{
    /* Parameters beside beta: study intercepts, or level and their variance; tau2. Observations: groups,
       or studies. */
    static const double parameters[] = {K - 2 + 2.0, 4.0, 2.0, 2.0},
                        n[] = {2.0 * (K - 2), 2.0 * (K - 2), K - 2.0, K - 2.0};

    (void)state;
    for (tq_glmm_model m = 0; m < TQ_GLMM_MODEL_COUNT; m++) {
        sample s = take(TQ_COUNT_OR, 1);
        tq_pool_options o = options(TQ_GLMM);

        o.glmm_model = m;
        tq_pool *fit = fitted(&s, &o);

        assert_near(fit->AIC, -2.0 * fit->ll + 2.0 * parameters[m], 1e-10);
        assert_near(fit->BIC, -2.0 * fit->ll + parameters[m] * log(n[m]), 1e-10);
        tq_pool_free(fit);
    }
}

static void tests_and_prediction_follow(void **state)
{
    sample s = take(TQ_COUNT_OR, 1);
    tq_pool_options o = options(TQ_GLMM);

    (void)state;
    o.test = TQ_TEST_T;
    tq_pool *fit = fitted(&s, &o);
    const double t = tq_critical_value(95.0, K - 3.0), se = sqrt(fit->vb[0]);

    assert_near(fit->df[0], K - 3.0, 0.0);
    assert_near(fit->ci_ub[0], fit->beta[0] + t * se, 1e-12);
    assert_near(fit->prediction.pi_lb, fit->beta[0] - t * sqrt(se * se + fit->tau2), 1e-12);
    assert_near(fit->pval[0], tq_two_sided_p(fit->beta[0] / se, K - 3.0), 1e-14);
    tq_pool_free(fit);
}

static void moderators_are_tested_together(void **state)
{
    static const tq_method methods[] = {TQ_GLMM, TQ_FIRTH};

    (void)state;
    for (int m = 0; m < 2; m++) {
        sample s = take(TQ_COUNT_OR, 2);
        tq_pool_options o = options(methods[m]);

        o.test = TQ_TEST_Z;
        tq_pool *fit = fitted(&s, &o);

        assert_near(fit->QM, fit->stat[1] * fit->stat[1], 1e-9);
        assert_near(fit->QM_pval, fit->pval[1], 1e-12);
        assert_near(fit->prediction.pred, NAN, 0.0);
        tq_pool_free(fit);
    }
}

static void a_given_tau2_stays(void **state)
{
    sample s = take(TQ_COUNT_OR, 1);
    tq_pool_options o = options(TQ_GLMM);

    (void)state;
    o.tau2 = 0.37;
    tq_pool *fit = fitted(&s, &o);

    assert_near(fit->tau2, 0.37, 1e-14);
    assert_int_equal(fit->tau2_fixed, 1);
    assert_near(fit->se_tau2, NAN, 0.0);
    tq_pool_free(fit);
}

/* One table: the log odds ratio of the cells, Var = sum of their inverses, for UM.FS. */
static void one_and_two_studies_have_answers(void **state)
{
    (void)state;
    for (size_t k = 1; k <= 2; k++) {
        for (tq_glmm_model m = 0; m < TQ_GLMM_MODEL_COUNT; m++) {
            sample s = take(TQ_COUNT_OR, 1);
            tq_pool_options o = options(TQ_GLMM);

            if (k == 1 && m == TQ_GLMM_UM_RS) { /* nothing to tell the level's variance from */
                continue;
            }
            o.glmm_model = m;
            s.model.k = k;
            tq_pool *fit = fitted(&s, &o);

            assert_int_equal(fit->k, k);
            if (k == 1) {
                assert_near(fit->tau2, 0.0, 0.0);
                assert_near(fit->lrt.stat, NAN, 0.0);
            }
            if (k == 1 && m == TQ_GLMM_UM_FS) {
                assert_near(fit->beta[0], s.yi[0], 1e-8);
                assert_near(fit->vb[0], s.vi[0], 1e-8);
            }
            tq_pool_free(fit);
        }
    }
}

/* Of nine studies one has events: it has no degrees of freedom for a test t. */
static void one_study_with_events_has_test_z(void **state)
{
    static const double one[K] = {4}, other[K] = {11};
    sample s = take(TQ_COUNT_OR, 1);
    tq_pool_options o = options(TQ_GLMM);

    (void)state;
    s.counts.x1 = one;
    s.counts.x2 = other;
    o.test = TQ_TEST_T;
    tq_pool *fit = fitted(&s, &o);

    assert_int_equal(fit->k, 1);
    assert_int_equal(fit->test, TQ_TEST_Z);
    assert_near(fit->df[0], NAN, 0.0);
    assert_near(fit->pval[0], tq_two_sided_p(s.yi[0] / sqrt(s.vi[0]), NAN), 1e-8);
    assert_near(fit->ci_ub[0], s.yi[0] + tq_critical_value(95.0, NAN) * sqrt(s.vi[0]), 1e-8);
    tq_pool_free(fit);
}

/* ---- beta-binomial ---- */

/* One set of risks: differences, ratios and odds ratios by the delta method. */
static void beta_binomial_scales_share_their_risks(void **state)
{
    static const tq_count_scale scales[] = {TQ_COUNT_OR, TQ_COUNT_RR, TQ_COUNT_RD};
    tq_pool *fit[3];

    (void)state;
    for (int j = 0; j < 3; j++) {
        sample s = take(scales[j], 1);
        const tq_pool_options o = options(TQ_BB);

        fit[j] = fitted(&s, &o);
        assert_int_equal(fit[j]->k, K);
        assert_near(fit[j]->ll, fit[0]->ll, 1e-9);
        assert_near(fit[j]->tau2, NAN, 0.0);
        assert_true(fit[j]->rho[0] > 0.0 && fit[j]->rho[0] == fit[j]->rho[1]);
        assert_near(fit[j]->stat[0], fit[j]->beta[0] / fit[j]->se[0], 1e-12);
        assert_near(fit[j]->stat[0], fit[0]->stat[0], 0.05);
    }
    /* p1 and p2 from RR and RD give OR. */
    const double rr = exp(fit[1]->beta[0]), p2 = fit[2]->beta[0] / (rr - 1.0), p1 = rr * p2;

    assert_near(fit[0]->beta[0], log(p1 / (1.0 - p1)) - log(p2 / (1.0 - p2)), 1e-8);
    for (int j = 0; j < 3; j++) {
        tq_pool_free(fit[j]);
    }
}

static void correlation_is_tested_at_its_edge(void **state)
{
    for (int separate = 0; separate < 2; separate++) {
        sample s = take(TQ_COUNT_OR, 1);
        tq_pool_options o = options(TQ_BB);

        (void)state;
        o.separate_rho = separate;
        tq_pool *fit = fitted(&s, &o);
        const double half = 0.5 * tq_chisq_upper(fit->lrt.stat, 1.0);

        assert_near(fit->lrt.df, 1.0 + separate, 0.0);
        assert_near(fit->lrt.pval,
                    half + (separate ? 0.25 * tq_chisq_upper(fit->lrt.stat, 2.0) : 0.0), 1e-14);
        tq_pool_free(fit);
    }
}

static void one_group_is_pooled_too(void **state)
{
    static const tq_method methods[] = {TQ_GLMM, TQ_BB};

    (void)state;
    for (int m = 0; m < 2; m++) {
        sample s = take(TQ_COUNT_PLO, 1);
        const tq_pool_options o = options(methods[m]);

        s.counts.x2 = s.counts.n2 = NULL;
        tq_pool *fit = fitted(&s, &o);

        assert_int_equal(fit->k, K);
        assert_true(fit->beta[0] > -6.0 && fit->beta[0] < 0.0);
        tq_pool_free(fit);
    }
}

/* ---- Firth ---- */

static void firth_has_its_own_test(void **state)
{
    sample s = take(TQ_COUNT_OR, 1), t = take(TQ_COUNT_OR, 1);
    tq_pool_options o = options(TQ_FIRTH);
    tq_pool *own = fitted(&s, &o), *wald;

    (void)state;
    assert_int_equal(own->test, TQ_TEST_PLR);
    assert_string_equal(tq_test_name(own->test), "PLR");
    o.test = TQ_TEST_Z;
    wald = fitted(&t, &o);
    assert_near(own->beta[0], wald->beta[0], 1e-12);
    assert_near(own->se[0], wald->se[0], 1e-12);
    assert_near(own->pval[0], tq_two_sided_p(own->stat[0], NAN), 1e-12);
    assert_near(own->stat[0], wald->stat[0], 0.3);
    assert_near(own->ci_lb[0], wald->ci_lb[0], 0.1);
    assert_true(own->ci_lb[0] != wald->ci_lb[0]);
    assert_near(own->prediction.ci_lb, own->ci_lb[0], 0.0);
    assert_int_equal(own->k, K - 2);
    tq_pool_free(own);
    tq_pool_free(wald);
}

/* ---- no estimate, and refusals ---- */

static void counts_without_estimate_say_why(void **state)
{
    static const double zero[K] = {0.0};
    static const tq_method methods[] = {TQ_GLMM, TQ_BB};

    (void)state;
    for (int m = 0; m < 2; m++) {
        sample s = take(TQ_COUNT_OR, 1);
        const tq_pool_options o = options(methods[m]);

        s.counts.x1 = zero;
        tq_pool *fit = fitted(&s, &o);

        assert_string_equal(fit->why_none, "no study has events in group 1");
        assert_near(fit->beta[0], NAN, 0.0);
        assert_near(fit->prediction.pred, NAN, 0.0);
        tq_pool_free(fit);
        s = take(TQ_COUNT_PLO, 1);
        s.counts.x1 = zero;
        s.counts.x2 = s.counts.n2 = NULL;
        fit = fitted(&s, &o);
        assert_string_equal(fit->why_none, "no study has events");
        tq_pool_free(fit);
    }
    sample s = take(TQ_COUNT_OR, 1);
    const tq_pool_options o = options(TQ_FIRTH);

    s.counts.x1 = s.counts.x2 = zero;
    tq_pool *fit = fitted(&s, &o);

    assert_string_equal(fit->why_none, "no study has events");
    tq_pool_free(fit);
}

/* A tq_pool that served before keeps nothing of it, also for the studies that do not count. */
static void a_fit_without_estimate_has_no_weights(void **state)
{
    static const double zero[K] = {0.0};
    static const tq_method methods[] = {TQ_GLMM, TQ_BB, TQ_FIRTH};
    tq_pool_work *work = tq_pool_work_new(K, 1);
    tq_pool *fit = tq_pool_new(K, 1);

    (void)state;
    for (int m = 0; m < 3; m++) {
        sample s = take(TQ_COUNT_OR, 1);
        const tq_pool_options o = options(methods[m]);

        s.model.yi = s.yi;
        s.model.vi = s.vi;
        s.model.counts = &s.counts;
        assert_int_equal(tq_pool_fit(&s.model, &o, work, fit, NULL), TQ_OK);
        s.counts.x1 = s.counts.x2 = zero;
        assert_int_equal(tq_pool_fit(&s.model, &o, work, fit, NULL), TQ_OK);
        assert_string_equal(fit->why_none, "no study has events");
        for (size_t i = 0; i < K; i++) {
            assert_near(fit->weight[i], NAN, 0.0);
        }
    }
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

typedef struct {
    tq_method method;
    tq_count_scale scale;
    size_t p;
    tq_test test;
    double tau2;
    tq_predict predict;
    const char *says;
} refusal;

static void options_that_a_method_lacks_are_refused(void **state)
{
    static const refusal cases[] = {
        {TQ_GLMM, TQ_COUNT_RR, 1, TQ_TEST_Z, NAN, TQ_PREDICT_DEFAULT, "OR, IRR, PLO, IRLN"},
        {TQ_GLMM, TQ_COUNT_OR, 1, TQ_TEST_KNHA, NAN, TQ_PREDICT_DEFAULT, "tests z and t"},
        {TQ_GLMM, TQ_COUNT_OR, 1, TQ_TEST_Z, NAN, TQ_PREDICT_HK, "prediction intervals"},
        {TQ_BB, TQ_COUNT_OR, 2, TQ_TEST_Z, NAN, TQ_PREDICT_DEFAULT, "no moderators"},
        {TQ_BB, TQ_COUNT_OR, 1, TQ_TEST_Z, 0.1, TQ_PREDICT_DEFAULT, "no tau2"},
        {TQ_FIRTH, TQ_COUNT_OR, 1, TQ_TEST_T, NAN, TQ_PREDICT_DEFAULT, "tests PLR and z"},
        {TQ_FIRTH, TQ_COUNT_OR, 1, TQ_TEST_PLR, 0.1, TQ_PREDICT_DEFAULT, "no tau2"},
        {TQ_GLMM, TQ_COUNT_OR, 1, TQ_TEST_PLR, NAN, TQ_PREDICT_DEFAULT, "FIRTH"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sample s = take(cases[i].scale, cases[i].p);
        tq_pool_options o = options(cases[i].method);
        tq_pool *fit;
        tq_error err;

        o.test = cases[i].test;
        o.tau2 = cases[i].tau2;
        o.predict = cases[i].predict;
        assert_int_equal(fit_it(&s, &o, &fit, &err), TQ_EINVAL);
        if (!strstr(err.message, cases[i].says)) {
            fail_msg("case %zu: %s", i, err.message);
        }
        tq_pool_free(fit);
    }
}

static void bad_counts_and_few_studies_are_refused(void **state)
{
    static const tq_method methods[] = {TQ_GLMM, TQ_BB, TQ_FIRTH};
    double bad[K];

    (void)state;
    for (int m = 0; m < 3; m++) {
        sample s = take(TQ_COUNT_OR, 1);
        const tq_pool_options o = options(methods[m]);
        tq_pool *fit;
        tq_error err;

        memcpy(bad, x1, sizeof bad);
        bad[2] = 500.0;
        s.counts.x1 = bad;
        assert_int_equal(fit_it(&s, &o, &fit, &err), TQ_EDATA);
        assert_int_equal(err.row, 2);
        tq_pool_free(fit);
    }
    sample s = take(TQ_COUNT_OR, 2);
    const tq_pool_options o = options(TQ_GLMM);
    tq_pool *fit;
    tq_error err;

    s.model.k = 1;
    assert_int_equal(fit_it(&s, &o, &fit, &err), TQ_EDATA);
    assert_non_null(strstr(err.message, "too many for the"));
    tq_pool_free(fit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(studies_that_tell_nothing_do_not_count),
        cmocka_unit_test(relative_heterogeneity_is_on_the_effects),
        cmocka_unit_test(criteria_count_parameters_and_observations),
        cmocka_unit_test(tests_and_prediction_follow),
        cmocka_unit_test(moderators_are_tested_together),
        cmocka_unit_test(a_given_tau2_stays),
        cmocka_unit_test(one_and_two_studies_have_answers),
        cmocka_unit_test(one_study_with_events_has_test_z),
        cmocka_unit_test(beta_binomial_scales_share_their_risks),
        cmocka_unit_test(correlation_is_tested_at_its_edge),
        cmocka_unit_test(one_group_is_pooled_too),
        cmocka_unit_test(firth_has_its_own_test),
        cmocka_unit_test(counts_without_estimate_say_why),
        cmocka_unit_test(a_fit_without_estimate_has_no_weights),
        cmocka_unit_test(options_that_a_method_lacks_are_refused),
        cmocka_unit_test(bad_counts_and_few_studies_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
