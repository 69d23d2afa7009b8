/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fail-safe N: the studies are really added, and the result is undone. */
#include "support/near.h"

#include <math.h>

#include "bias/fail_safe.h"
#include "core/distributions.h"

enum { K = 10, MOST = 3000 };

static const double yi[K] = {0.58, 0.21, 0.44, -0.07, 0.63, 0.39, 0.12, 0.51, 0.28, 0.33};
static const double vi[K] = {0.041, 0.022, 0.063, 0.017, 0.102, 0.028, 0.011, 0.071, 0.034, 0.019};
static const tq_model model = {.k = K, .p = 1, .yi = yi, .vi = vi, .intercept = 1};

static tq_fail_safe find(const tq_fail_safe_options *o, const tq_pool_options *opt)
{
    tq_fail_safe out;

    assert_int_equal(tq_fail_safe_find(&model, opt, o, &out, NULL), TQ_OK);
    return out;
}

static void rosenthal_s_studies_undo_the_combined_p(void **state)
{
    const tq_fail_safe f = find(NULL, NULL);
    double sum = 0.0;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        sum += yi[i] / sqrt(vi[i]);
    }
    assert_true(f.rosenthal.fsn > 1.0);
    assert_true(tq_two_sided_p(sum / sqrt(K + f.rosenthal.fsn), NAN) / 2.0 >= 0.05);
    assert_true(tq_two_sided_p(sum / sqrt(K + f.rosenthal.fsn - 1.0), NAN) / 2.0 < 0.05);
    assert_near(f.rosenthal.pval, tq_two_sided_p(sum / sqrt(K), NAN) / 2.0, 1e-12);
}

/* Unseen studies of the mean weight and no effect join the equal-effects model. */
static void orwin_s_and_rosenberg_s_studies_undo_the_mean(void **state)
{
    tq_fail_safe_options o = tq_fail_safe_defaults();
    double sw = 0.0, sy = 0.0;

    (void)state;
    o.target = 0.07;
    for (size_t i = 0; i < K; i++) {
        sw += 1.0 / vi[i];
        sy += yi[i] / vi[i];
    }
    const tq_fail_safe f = find(&o, NULL);
    const double each = sw / K;

    assert_true(sy / (sw + f.orwin.fsn * each) <= 0.07);
    assert_true(sy / (sw + (f.orwin.fsn - 1.0) * each) > 0.07);
    const double N = f.rosenberg.fsn;

    assert_true(tq_two_sided_p(sy / sqrt(sw + N * each), NAN) >= 0.05);
    assert_true(tq_two_sided_p(sy / sqrt(sw + (N - 1.0) * each), NAN) < 0.05);
    assert_near(find(NULL, NULL).orwin.fsn, K, 0.0); /* the default target: half the mean */
}

/* The model is fitted to the observed and the unseen, with the tau2 that the header states. Half of the
   unseen lie a standard deviation above no effect, half below. */
static double p_with(size_t unseen, const tq_pool_options *given, double *effect)
{
    double y[K + MOST], v[K + MOST], harmonic = 0.0;
    tq_model m = model;
    tq_pool_options opt = *given;
    tq_pool_work *work = tq_pool_work_new(K + MOST, 1);
    tq_pool *fit = tq_pool_new(K + MOST, 1);

    assert_int_equal(tq_pool_fit(&model, &opt, work, fit, NULL), TQ_OK);
    const double k = K, N = (double)unseen, mu = fit->beta[0];

    if (tq_method_random(opt.method)) {
        opt.tau2 = ((k + N - 2.0) * fit->tau2 + k * N / (k + N) * mu * mu) / (k + N - 1.0);
    }
    for (size_t i = 0; i < K; i++) {
        harmonic += 1.0 / vi[i] / k;
    }
    const double sd = sqrt(1.0 / harmonic + (isnan(fit->tau2) ? 0.0 : fit->tau2));

    assert_int_equal(unseen % 2, 0);
    for (size_t i = 0; i < K + unseen; i++) {
        y[i] = i < K ? yi[i] : i % 2 ? sd : -sd;
        v[i] = i < K ? vi[i] : 1.0 / harmonic;
    }
    m.k = K + unseen;
    m.yi = y;
    m.vi = v;
    assert_int_equal(tq_pool_fit(&m, &opt, work, fit, NULL), TQ_OK);
    const double p = fit->pval[0];

    *effect = fit->beta[0];
    tq_pool_free(fit);
    tq_pool_work_free(work);
    return p;
}

static size_t even_from(double n)
{
    return 2 * (size_t)ceil(0.5 * n);
}

static void the_general_number_undoes_the_model(void **state)
{
    static const struct {
        tq_method method;
        tq_test test;
        int weighted;
    } cases[] = {{TQ_REML, TQ_TEST_Z, 1},
                 {TQ_EE, TQ_TEST_Z, 1},
                 {TQ_DL, TQ_TEST_KNHA, 1},
                 {TQ_PM, TQ_TEST_ADHOC, 1},
                 {TQ_ML, TQ_TEST_T, 0}};
    double effect;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tq_pool_options opt = tq_pool_defaults();
        tq_fail_safe_options o = tq_fail_safe_defaults();

        opt.method = cases[i].method;
        opt.test = cases[i].test;
        opt.weighted = cases[i].weighted;
        const double N = find(&o, &opt).general.fsn;

        assert_true(N > 1.0 && N < MOST);
        assert_true(p_with(even_from(N), &opt, &effect) > 0.05);
        assert_true(p_with(even_from(N) - 2, &opt, &effect) <= 0.05);
        o.target = 0.11;
        const double to_target = find(&o, &opt).general.fsn;

        p_with(even_from(to_target), &opt, &effect);
        assert_true(effect <= 0.11);
        p_with(even_from(to_target) - 2, &opt, &effect);
        assert_true(effect > 0.11);
    }
}

static void there_may_be_nothing_to_undo(void **state)
{
    tq_fail_safe_options o = tq_fail_safe_defaults();
    tq_pool_options opt = tq_pool_defaults();

    (void)state;
    o.target = -0.1;
    tq_fail_safe f = find(&o, NULL);

    assert_true(isnan(f.orwin.fsn) && f.orwin.why);
    assert_true(isnan(f.general.fsn) && f.general.why);
    o.target = 0.0;
    f = find(&o, NULL);
    assert_true(isnan(f.orwin.fsn) && isnan(f.general.fsn));
    o.target = 5.0; /* beyond the effect */
    f = find(&o, NULL);
    assert_near(f.orwin.fsn, 0.0, 0.0);
    assert_near(f.general.fsn, 0.0, 0.0);
    o = tq_fail_safe_defaults();
    o.alpha = 1e-12;
    f = find(&o, NULL);
    assert_near(f.rosenthal.fsn, 0.0, 0.0);
    assert_near(f.rosenberg.fsn, 0.0, 0.0);
    assert_near(f.general.fsn, 0.0, 0.0);
    opt.test = TQ_TEST_KR;
    assert_true(find(NULL, &opt).general.why != NULL);
    opt.test = TQ_TEST_T;
    opt.method = TQ_UWLS;
    assert_true(find(NULL, &opt).general.why != NULL);
}

static void units_do_not_matter(void **state)
{
    static const double scales[] = {1e-140, 7.3, 1e140};
    static const tq_test tests[] = {TQ_TEST_Z, TQ_TEST_KNHA};

    (void)state;
    for (size_t j = 0; j < sizeof scales / sizeof *scales; j++) {
        double y[K], v[K];
        tq_model m = model;

        for (size_t i = 0; i < K; i++) {
            y[i] = scales[j] * yi[i];
            v[i] = scales[j] * scales[j] * vi[i];
        }
        m.yi = y;
        m.vi = v;
        for (size_t t = 0; t < sizeof tests / sizeof *tests; t++) {
            for (int weighted = 0; weighted < 2; weighted++) {
                tq_pool_options opt = tq_pool_defaults();
                tq_fail_safe f;

                opt.test = tests[t];
                opt.weighted = weighted;
                assert_int_equal(tq_fail_safe_find(&m, &opt, NULL, &f, NULL), TQ_OK);
                const tq_fail_safe plain = find(NULL, &opt);

                assert_near(f.rosenthal.fsn, plain.rosenthal.fsn, 0.0);
                assert_near(f.orwin.fsn, plain.orwin.fsn, 0.0);
                assert_near(f.rosenberg.fsn, plain.rosenberg.fsn, 0.0);
                assert_near(f.general.fsn, plain.general.fsn, 0.0);
            }
        }
    }
}

/* No effect may lie elsewhere: an area under the curve of 0.5. */
static void no_effect_is_where_the_measure_has_it(void **state)
{
    double moved[K];
    tq_model m = model;
    tq_fail_safe_options o = tq_fail_safe_defaults();
    const tq_fail_safe f = find(NULL, NULL);
    tq_fail_safe g;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        moved[i] = yi[i] + 0.5;
    }
    m.yi = moved;
    o.null_value = 0.5;
    assert_int_equal(tq_fail_safe_find(&m, NULL, &o, &g, NULL), TQ_OK);
    assert_near(g.rosenthal.fsn, f.rosenthal.fsn, 0.0);
    assert_near(g.rosenberg.fsn, f.rosenberg.fsn, 0.0);
    assert_near(g.orwin.target, f.orwin.target + 0.5, 1e-12);
    assert_near(g.general.fsn, f.general.fsn, 0.0);
    assert_near(g.general.pval, f.general.pval, 1e-10);
}

static void wrong_arguments_are_refused(void **state)
{
    tq_fail_safe_options o = tq_fail_safe_defaults();
    tq_pool_options opt = tq_pool_defaults();
    tq_model m = model;
    tq_fail_safe out;

    (void)state;
    o.alpha = 0.5;
    assert_int_equal(tq_fail_safe_find(&m, NULL, &o, &out, NULL), TQ_EINVAL);
    o = tq_fail_safe_defaults();
    o.target = INFINITY;
    assert_int_equal(tq_fail_safe_find(&m, NULL, &o, &out, NULL), TQ_EINVAL);
    opt.method = TQ_PETO;
    assert_int_equal(tq_fail_safe_find(&m, &opt, NULL, &out, NULL), TQ_EINVAL);
    m.k = 0;
    assert_int_equal(tq_fail_safe_find(&m, NULL, NULL, &out, NULL), TQ_EDATA);
}

/* The path starts at the fitted model and loses its significance where the number says. */
static void the_path_leads_from_the_model_past_the_number(void **state)
{
    tq_pool_options opt = tq_pool_defaults();
    tq_pool *fit = NULL;

    (void)state;
    for (int t = 0; t < 2; t++) {
        opt.test = t ? TQ_TEST_KNHA : TQ_TEST_Z;
        const tq_fail_safe f = find(NULL, &opt);
        const tq_fail_safe_step *last = &f.path[f.n_path - 1];

        assert_int_equal(tq_pool_fit_once(&model, &opt, &fit, NULL), TQ_OK);
        assert_near(f.path[0].effect, fit->beta[0], 1e-9);
        assert_near(f.path[0].ci_lb, fit->ci_lb[0], 1e-9);
        assert_near(f.path[0].pval, fit->pval[0], 1e-9);
        assert_near(last->unseen, 1.4 * f.general.fsn, 1e-9);
        for (size_t i = 0; i < f.n_path; i++) {
            const tq_fail_safe_step *s = &f.path[i];

            assert_int_equal(s->ci_lb <= 0.0, s->pval >= f.alpha);
            assert_true(s->unseen >= f.general.fsn || s->unseen > f.general.fsn - 1.0 ||
                        s->pval <= f.alpha);
            assert_true(s->unseen < f.general.fsn || s->pval > f.alpha);
        }
        tq_pool_free(fit);
    }
    opt.method = TQ_HC;
    opt.test = tq_method_test(TQ_HC);
    assert_int_equal(find(NULL, &opt).n_path, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rosenthal_s_studies_undo_the_combined_p),
        cmocka_unit_test(orwin_s_and_rosenberg_s_studies_undo_the_mean),
        cmocka_unit_test(the_general_number_undoes_the_model),
        cmocka_unit_test(there_may_be_nothing_to_undo),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(no_effect_is_where_the_measure_has_it),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(the_path_leads_from_the_model_past_the_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
