/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generalised linear mixed models. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "counts/glmm.h"
#include "counts/random_effect.h"
#include "linalg/dense.h"

enum { K = 13, P = 2 };

/* The BCG trials: Colditz et al. (1994), JAMA 271:698-702. */
static const tq_count_study bcg[K] = {
    {4, 123, 11, 139},       {6, 306, 29, 303},        {3, 231, 11, 220},
    {62, 13598, 248, 12867}, {33, 5069, 47, 5808},     {180, 1541, 372, 1451},
    {8, 2545, 10, 629},      {505, 88391, 499, 88391}, {29, 7499, 45, 7277},
    {17, 1716, 65, 1665},    {186, 50634, 141, 27338}, {5, 2498, 3, 2341},
    {27, 16913, 29, 17854}};
static const double latitude[K] = {44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33};

/* Sparse trials of one clinic, with groups without events; a stand-in for adverse events. */
static const tq_count_study sparse[] = {{0, 116, 3, 117}, {1, 44, 3, 35},   {2, 68, 9, 136},
                                        {0, 40, 7, 157},  {5, 146, 6, 151}, {0, 98, 4, 139},
                                        {1, 174, 4, 176}, {8, 74, 3, 75},   {2, 97, 2, 97}};
enum { SPARSE = sizeof sparse / sizeof *sparse };

typedef struct {
    double beta[P], vb[P * P], weight[K];
    tq_glmm_fit fit;
    tq_status status;
    tq_error err;
} outcome;

static tq_glmm_problem problem(const tq_count_study *study, size_t k, tq_glmm_model model)
{
    static double X[2 * K];

    for (size_t i = 0; i < k; i++) {
        X[i] = 1.0;
        X[i + k] = latitude[i];
    }
    return (tq_glmm_problem){.k = k,
                             .p = 1,
                             .study = study,
                             .X = X,
                             .events = TQ_GLMM_BINOMIAL,
                             .groups = 2,
                             .model = model,
                             .tau2 = NAN,
                             .tol = 1e-10,
                             .max_iter = 500};
}

static void maximise(const tq_glmm_problem *p, outcome *o)
{
    o->fit = (tq_glmm_fit){.beta = o->beta, .vb = o->vb, .weight = o->weight};
    o->status = tq_glmm_maximise(p, &o->fit, &o->err);
}

static void fitted(const tq_glmm_problem *p, outcome *o)
{
    maximise(p, o);
    if (o->status != TQ_OK) {
        fail_msg("%s", o->err.message);
    }
}

static void exchange(const tq_count_study *in, size_t k, tq_count_study *out)
{
    for (size_t i = 0; i < k; i++) {
        out[i] = (tq_count_study){in[i].x2, in[i].n2, in[i].x1, in[i].n1};
    }
}

static void exchanging_the_groups_changes_the_sign_alone(void **state)
{
    tq_count_study turned[K];

    (void)state;
    for (int set = 0; set < 2; set++) {
        const tq_count_study *study = set ? sparse : bcg;
        const size_t k = set ? SPARSE : K;

        exchange(study, k, turned);
        for (tq_glmm_model m = 0; m < TQ_GLMM_MODEL_COUNT; m++) {
            tq_glmm_problem p = problem(study, k, m);
            outcome one, two;

            fitted(&p, &one);
            p.study = turned;
            fitted(&p, &two);
            assert_near(two.beta[0], -one.beta[0], 1e-7);
            assert_near(two.vb[0], one.vb[0], 1e-7);
            assert_near(two.fit.tau2, one.fit.tau2, 1e-7);
            assert_near(two.fit.ll, one.fit.ll, 1e-10);
        }
    }
}

/* ---- tau2 = 0: logistic and Poisson regression on k intercepts and one effect, by Newton steps ---- */

static tq_slopes slopes_of(tq_glmm_events events, double x, double n, double eta)
{
    return events == TQ_GLMM_BINOMIAL ? tq_binomial_slopes(x, n, eta)
                                      : tq_poisson_slopes(x, n, eta);
}

static void regress(const tq_count_study *s, size_t k, tq_glmm_events events, double *beta,
                    double *var, double *ll)
{
    const size_t n = k + 1;
    double x[K + 1] = {0.0}, H[(K + 1) * (K + 1)], logdet;

    for (int iter = 0; iter < 60; iter++) {
        double g[K + 1] = {0.0};

        memset(H, 0, sizeof H);
        *ll = 0.0;
        for (size_t i = 0; i < k; i++) {
            for (int group = 0; group < 2; group++) {
                const double c = group ? 0.0 : 1.0;
                const tq_slopes d = slopes_of(events, group ? s[i].x2 : s[i].x1,
                                              group ? s[i].n2 : s[i].n1, x[i] + c * x[k]);

                *ll += d.ll;
                g[i] += d.d1;
                g[k] += c * d.d1;
                H[i + n * i] -= d.d2;
                H[i + n * k] -= c * d.d2;
                H[k + n * i] -= c * d.d2;
                H[k + n * k] -= c * d.d2;
            }
        }
        assert_int_equal(tq_invert_spd(n, H, &logdet, NULL), TQ_OK);
        for (size_t a = 0; a < n; a++) {
            double step = 0.0;

            for (size_t b = 0; b < n; b++) {
                step += H[a + n * b] * g[b];
            }
            x[a] += fmax(-1.0, fmin(1.0, step));
        }
    }
    *beta = x[k];
    *var = H[n * n - 1];
}

static void without_tau2_fixed_study_effects_are_a_regression(void **state)
{
    (void)state;
    for (int set = 0; set < 2; set++) {
        for (tq_glmm_events e = TQ_GLMM_BINOMIAL; e <= TQ_GLMM_POISSON; e++) {
            tq_glmm_problem p = problem(set ? sparse : bcg, set ? SPARSE : K, TQ_GLMM_UM_FS);
            double beta, var, ll;
            outcome o;

            p.tau2 = 0.0;
            p.events = e;
            fitted(&p, &o);
            regress(p.study, p.k, e, &beta, &var, &ll);
            assert_near(o.beta[0], beta, 1e-8);
            assert_near(o.vb[0], var, 1e-8);
            assert_near(o.fit.ll, ll, 1e-10);
            assert_near(o.fit.ll_equal, ll, 1e-10);
            assert_int_equal(o.fit.parameters, p.k + 1);
            assert_near(o.fit.tau2, 0.0, 0.0);
        }
    }
}

/* One study: the mean of the conditional distribution is the observed number of events. */
static void one_study_gives_its_conditional_estimate(void **state)
{
    (void)state;
    for (size_t i = 0; i < K; i++) {
        const tq_glmm_problem p = problem(&bcg[i], 1, TQ_GLMM_CM_EL);
        outcome o;

        fitted(&p, &o);
        const tq_slopes at = tq_hypergeometric_slopes(&bcg[i], o.beta[0]);

        assert_near(at.d1, 0.0, 1e-7);
        assert_relative(o.vb[0], -1.0 / at.d2, 1e-7);
        assert_near(o.fit.tau2, 0.0, 0.0);
        assert_near(o.fit.LRT, 0.0, 1e-9);
        assert_near(o.fit.wald, 0.0, 1e-9);
    }
}

/* Given their sum, two Poisson counts are binomial; with equal person-time that is one proportion. */
static void conditional_rates_are_one_group_of_proportions(void **state)
{
    tq_count_study rates[K], shares[K];
    outcome one, two;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        rates[i] = (tq_count_study){bcg[i].x1, 17.3, bcg[i].x2, 17.3};
        shares[i] = (tq_count_study){bcg[i].x1, bcg[i].x1 + bcg[i].x2, 0.0, 0.0};
    }
    tq_glmm_problem p = problem(rates, K, TQ_GLMM_CM_EL), q = problem(shares, K, TQ_GLMM_UM_FS);

    p.events = TQ_GLMM_POISSON;
    q.groups = 1;
    fitted(&p, &one);
    fitted(&q, &two);
    assert_near(one.beta[0], two.beta[0], 1e-9);
    assert_near(one.vb[0], two.vb[0], 1e-9);
    assert_near(one.fit.tau2, two.fit.tau2, 1e-9);
    assert_near(one.fit.ll, two.fit.ll, 1e-10);
    assert_near(one.fit.LRT, two.fit.LRT, 1e-8);
    assert_near(one.fit.wald, two.fit.wald, 1e-8);
}

/* The conditional likelihood of the odds ratio is that of the rates where nearly all are without
   events. */
static void the_approximate_likelihood_is_the_limit_of_rare_events(void **state)
{
    tq_count_study rare[SPARSE];
    outcome exact, near;

    (void)state;
    for (size_t i = 0; i < SPARSE; i++) {
        rare[i] =
            (tq_count_study){sparse[i].x1, 1e5 * sparse[i].n1, sparse[i].x2, 1e5 * sparse[i].n2};
    }
    tq_glmm_problem p = problem(rare, SPARSE, TQ_GLMM_CM_EL);

    fitted(&p, &exact);
    p.model = TQ_GLMM_CM_AL;
    fitted(&p, &near);
    assert_near(exact.beta[0], near.beta[0], 1e-5);
    assert_near(exact.fit.tau2, near.fit.tau2, 1e-5);
    assert_near(exact.fit.ll, near.fit.ll, 1e-5);
}

static void more_points_of_quadrature_change_nothing(void **state)
{
    (void)state;
    for (tq_glmm_model m = 0; m < TQ_GLMM_MODEL_COUNT; m++) {
        tq_glmm_problem p = problem(sparse, SPARSE, m);
        outcome few, many;

        p.points = m == TQ_GLMM_UM_RS ? 7 : 25;
        fitted(&p, &few);
        p.points = m == TQ_GLMM_UM_RS ? 11 : 60;
        fitted(&p, &many);
        assert_near(few.beta[0], many.beta[0], 1e-5);
        assert_near(few.fit.tau2, many.fit.tau2, 1e-5);
        assert_near(few.vb[0], many.vb[0], 1e-5);
        assert_near(few.fit.ll, many.fit.ll, 1e-6);
        assert_near(few.fit.LRT, many.fit.LRT, 1e-5);
    }
}

/* Few points are an approximation, and maximised as such. */
static void few_points_converge_too(void **state)
{
    (void)state;
    for (tq_glmm_model m = 0; m < TQ_GLMM_MODEL_COUNT; m++) {
        tq_glmm_problem p = problem(bcg, K, m);
        outcome few, many;

        p.points = m == TQ_GLMM_UM_RS ? 4 : 7;
        fitted(&p, &few);
        p.points = m == TQ_GLMM_UM_RS ? 9 : 30;
        fitted(&p, &many);
        assert_near(few.beta[0], many.beta[0], 1e-3);
        assert_near(few.fit.tau2, many.fit.tau2, 1e-2);
        assert_near(few.fit.ll, many.fit.ll, 1e-4);
    }
}

/* With beta and tau2 given, CM.EL's likelihood is a product of integrals: trapezoids over z. */
static void the_likelihood_at_the_maximum_equals_trapezoids(void **state)
{
    const tq_glmm_problem p = problem(bcg, K, TQ_GLMM_CM_EL);
    enum { NODES = 320 }; /* on either side, to 10 */
    const double h = 1.0 / 32.0;
    double ll[3];
    outcome o;

    (void)state;
    fitted(&p, &o);
    for (int shift = -1; shift <= 1; shift++) { /* a maximum in beta */
        ll[shift + 1] = 0.0;
        for (size_t i = 0; i < K; i++) {
            double sum = 0.0;

            for (int j = -NODES; j <= NODES; j++) {
                const double z = h * (double)j;
                const double theta = o.beta[0] + 0.01 * (double)shift + sqrt(o.fit.tau2) * z;

                sum += exp(tq_hypergeometric_slopes(&bcg[i], theta).ll - 0.5 * z * z);
            }
            ll[shift + 1] += log(sum * h / sqrt(2.0 * 3.14159265358979324));
        }
    }
    assert_near(o.fit.ll, ll[1], 1e-9);
    assert_true(ll[1] > ll[0] && ll[1] > ll[2]);
    assert_near((ll[0] - ll[2]) / 0.02, 0.0, 1e-3);
}

/* The likelihood at other tau2, maximised over beta, is lower. */
static void tau2_is_the_global_maximum(void **state)
{
    static const double others[] = {0.0, 0.01, 0.1, 0.25, 0.5, 1.0, 4.0, 25.0};

    (void)state;
    for (int set = 0; set < 2; set++) {
        for (tq_glmm_model m = 0; m < TQ_GLMM_MODEL_COUNT; m++) {
            tq_glmm_problem p = problem(set ? sparse : bcg, set ? SPARSE : K, m);
            outcome best, other;

            fitted(&p, &best);
            for (size_t j = 0; j < sizeof others / sizeof *others; j++) {
                p.tau2 = others[j];
                fitted(&p, &other);
                assert_near(other.fit.tau2, others[j], 1e-12);
                assert_true(other.fit.ll <= best.fit.ll + 1e-9);
                assert_int_equal(other.fit.parameters, best.fit.parameters - 1);
            }
        }
    }
}

/* A moderator's unit changes its coefficient alone. */
static void moderators_scale(void **state)
{
    (void)state;
    for (tq_glmm_model m = 0; m < TQ_GLMM_MODEL_COUNT; m++) {
        tq_glmm_problem p = problem(bcg, K, m);
        double X[2 * K];
        outcome one, two;

        p.p = 2;
        memcpy(X, p.X, sizeof X);
        for (size_t i = 0; i < K; i++) {
            X[i + K] = 1e4 * (latitude[i] - 30.0);
        }
        fitted(&p, &one);
        p.X = X;
        fitted(&p, &two);
        assert_near(two.beta[1] * 1e4, one.beta[1], 1e-7);
        assert_near(two.beta[0], one.beta[0] + 30.0 * one.beta[1], 1e-6);
        assert_relative(sqrt(two.vb[3]) * 1e4, sqrt(one.vb[3]), 1e-5);
        assert_near(two.fit.ll, one.fit.ll, 1e-9);
        assert_near(two.fit.LRT, one.fit.LRT, 1e-7);
        assert_near(two.fit.wald, one.fit.wald, 1e-6);
    }
}

/* The residual deviance of the additive model; its Wald counterpart is Q of the log odds ratios. */
static void the_wald_test_is_q_of_the_effects(void **state)
{
    const tq_glmm_problem p = problem(bcg, K, TQ_GLMM_UM_FS);
    double sw = 0.0, swy = 0.0, Q = 0.0;
    outcome o;

    (void)state;
    fitted(&p, &o);
    for (size_t i = 0; i < K; i++) {
        const tq_saturated s = tq_saturated_two_binomial(&bcg[i]);

        sw += s.weight;
        swy += s.weight * s.theta;
    }
    for (size_t i = 0; i < K; i++) {
        const tq_saturated s = tq_saturated_two_binomial(&bcg[i]);

        Q += s.weight * (s.theta - swy / sw) * (s.theta - swy / sw);
    }
    assert_near(o.fit.wald, Q, 1e-9);
    assert_near(o.fit.LRT, 2.0 * (o.fit.ll_saturated - o.fit.ll_equal), 1e-12);
}

static void failures_say_what_is_wrong(void **state)
{
    const tq_count_study none[] = {{0, 20, 3, 25}, {0, 31, 1, 30}, {0, 14, 2, 18}};
    const tq_count_study opposite[] = {
        {0, 20, 5, 25}, {6, 31, 0, 30}, {0, 24, 4, 18}, {5, 20, 0, 22}};
    const tq_count_study half[] = {{2.5, 20, 3, 25}, {1, 31, 1, 30}};
    outcome o;

    (void)state;
    for (tq_glmm_model m = 0; m < TQ_GLMM_MODEL_COUNT; m++) {
        const tq_glmm_problem p = problem(none, 3, m);

        maximise(&p, &o);
        assert_int_equal(o.status, TQ_EDATA);
        assert_non_null(strstr(o.err.message, "infinite"));
    }
    tq_glmm_problem p = problem(opposite, 4, TQ_GLMM_CM_EL);

    maximise(&p, &o);
    assert_int_equal(o.status, TQ_EDATA);
    assert_non_null(strstr(o.err.message, "tau2"));
    p = problem(half, 2, TQ_GLMM_CM_EL);
    maximise(&p, &o);
    assert_int_equal(o.status, TQ_EDATA);
    assert_non_null(strstr(o.err.message, "whole"));
    p = problem(bcg, K, TQ_GLMM_CM_AL);
    p.events = TQ_GLMM_POISSON;
    maximise(&p, &o);
    assert_int_equal(o.status, TQ_EINVAL);
    p.events = TQ_GLMM_BINOMIAL;
    p.points = 101;
    maximise(&p, &o);
    assert_int_equal(o.status, TQ_EINVAL);
    p.points = 0;
    p.max_iter = 1;
    maximise(&p, &o);
    assert_int_equal(o.status, TQ_ENOCONV);
    double X[2 * K];

    for (size_t i = 0; i < 2 * K; i++) {
        X[i] = 1.0;
    }
    p = problem(bcg, K, TQ_GLMM_CM_AL);
    p.p = 2;
    p.X = X;
    maximise(&p, &o);
    assert_int_equal(o.status, TQ_EDATA);
}

static void names_are_in_the_table(void **state)
{
    (void)state;
    assert_string_equal(tq_glmm_model_name(TQ_GLMM_UM_RS), "UM.RS");
    assert_non_null(tq_glmm_model_label(TQ_GLMM_CM_EL));
    assert_null(tq_glmm_model_name(TQ_GLMM_MODEL_COUNT));
    assert_null(tq_glmm_model_label(TQ_GLMM_MODEL_COUNT));
    assert_int_equal(tq_glmm_default_points(TQ_GLMM_UM_RS, 2), 1);
    assert_int_equal(tq_glmm_default_points(TQ_GLMM_UM_RS, 1), 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanging_the_groups_changes_the_sign_alone),
        cmocka_unit_test(without_tau2_fixed_study_effects_are_a_regression),
        cmocka_unit_test(one_study_gives_its_conditional_estimate),
        cmocka_unit_test(conditional_rates_are_one_group_of_proportions),
        cmocka_unit_test(the_approximate_likelihood_is_the_limit_of_rare_events),
        cmocka_unit_test(more_points_of_quadrature_change_nothing),
        cmocka_unit_test(few_points_converge_too),
        cmocka_unit_test(the_likelihood_at_the_maximum_equals_trapezoids),
        cmocka_unit_test(tau2_is_the_global_maximum),
        cmocka_unit_test(moderators_scale),
        cmocka_unit_test(the_wald_test_is_q_of_the_effects),
        cmocka_unit_test(failures_say_what_is_wrong),
        cmocka_unit_test(names_are_in_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
