/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods beside the estimators of tau2: Henmi-Copas, unrestricted weighted least squares, quality
   effects. */
#include "support/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "core/distributions.h"
#include "pooling/pool.h"
#include "support/random.h"

enum { MAX = 16 };

typedef struct {
    size_t k;
    double yi[MAX], vi[MAX], q[MAX], X[2 * MAX];
} problem;

static problem random_problem(random_stream *r, size_t k, double tau)
{
    problem p = {.k = k};

    for (size_t i = 0; i < k; i++) {
        p.vi[i] = 0.02 + random_uniform(r);
        p.yi[i] = 0.7 + sqrt(p.vi[i]) * random_normal(r) + tau * random_normal(r);
        p.q[i] = 0.1 + 0.9 * random_uniform(r);
        p.X[i] = 1.0;
        p.X[i + k] = random_normal(r);
    }
    return p;
}

static tq_status try_fit(const tq_model *m, const tq_pool_options *o, tq_pool **fit, tq_error *err)
{
    tq_pool_work *work = tq_pool_work_new(m->k, m->p);

    *fit = tq_pool_new(m->k, m->p);
    const tq_status status = tq_pool_fit(m, o, work, *fit, err);

    tq_pool_work_free(work);
    return status;
}

static tq_pool *fit_of(const problem *p, size_t coefficients, tq_method method, tq_test test)
{
    const tq_model m = {p->k, coefficients, p->yi, p->vi, coefficients > 1 ? p->X : NULL, 1, NULL};
    tq_pool_options o = tq_pool_defaults();
    tq_pool *fit;
    tq_error err = {.message = ""};

    o.method = method;
    o.test = test;
    o.tol = 1e-13;
    o.weights = method == TQ_QE ? p->q : NULL;
    if (try_fit(&m, &o, &fit, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    return fit;
}

/* ---- Henmi & Copas ---- */

/* dat.lee2004: wound infection after acupuncture at P6; Henmi & Copas (2010), sec. 5, print -1.00 to
   -0.03 for the log odds ratio. Values: metafor 3.8.1, hc(). */
static const double lee[16][4] = {
    {18, 100, 20, 100}, {5, 50, 18, 50},  {9, 20, 7, 20},     {32, 135, 31, 139},
    {9, 23, 10, 23},    {11, 18, 12, 18}, {69, 122, 80, 122}, {3, 25, 12, 25},
    {1, 30, 1, 30},     {11, 30, 19, 30}, {7, 44, 16, 39},    {4, 47, 6, 47},
    {1, 30, 13, 30},    {24, 40, 71, 80}, {16, 50, 53, 88},   {28, 110, 25, 111}};

static void the_example_of_the_paper(void **state)
{
    problem p = {.k = 16};

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        const double a = lee[i][0], b = lee[i][1] - a, c = lee[i][2], d = lee[i][3] - c;

        p.yi[i] = log(a * d / (b * c));
        p.vi[i] = 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d;
    }
    tq_pool *fit = fit_of(&p, 1, TQ_HC, TQ_TEST_HC);

    assert_near(fit->beta[0], -0.514460226096157602, 1e-12);
    assert_near(fit->se[0], 0.217794295597540544, 1e-12);
    assert_near(fit->tau2, 0.332538320814500132, 1e-12);
    assert_near(fit->ci_lb[0], -0.999383594553271748, 1e-6); /* its root search stops at 1e-6 */
    assert_near(fit->ci_ub[0], -0.029536857639043457, 1e-6);
    tq_pool_free(fit);
}

/* Mean and variance of Q given R = r, from the conditional normal distribution of the effects. */
static void conditional_moments(const problem *p, double tau2, double r, double *mean,
                                double *variance)
{
    const size_t k = p->k;
    double sw = 0.0, VR = 0.0, m[MAX], A[MAX][MAX], AC[MAX][MAX];

    for (size_t i = 0; i < k; i++) {
        sw += 1.0 / p->vi[i];
    }
    for (size_t i = 0; i < k; i++) {
        VR += (p->vi[i] + tau2) / (p->vi[i] * p->vi[i]) / sw;
    }
    for (size_t i = 0; i < k; i++) {
        m[i] = (p->vi[i] + tau2) / p->vi[i] / sqrt(sw) / VR; /* E(y | r) = m r */
        for (size_t j = 0; j < k; j++) {
            A[i][j] = (i == j ? 1.0 / p->vi[i] : 0.0) - 1.0 / (p->vi[i] * p->vi[j] * sw);
        }
    }
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            AC[i][j] = A[i][j] * (p->vi[j] + tau2);
            for (size_t l = 0; l < k; l++) {
                AC[i][j] -= A[i][l] * m[l] * m[j] * VR;
            }
        }
    }
    *mean = *variance = 0.0;
    for (size_t i = 0; i < k; i++) {
        *mean += AC[i][i];
        for (size_t j = 0; j < k; j++) {
            double ACA = 0.0;

            for (size_t l = 0; l < k; l++) {
                ACA += AC[i][l] * A[l][j];
            }
            *mean += r * r * m[i] * A[i][j] * m[j];
            *variance += 2.0 * AC[i][j] * AC[j][i] + 4.0 * r * r * m[i] * ACA * m[j];
        }
    }
}

/* P(U > u) by the trapezium rule. */
static double tail_by_hand(const problem *p, double tau2, double u)
{
    enum { STEPS = 40000 };
    const double end = 10.0;
    double sw = 0.0, sw2 = 0.0, sum = 0.0;

    for (size_t i = 0; i < p->k; i++) {
        sw += 1.0 / p->vi[i];
        sw2 += 1.0 / (p->vi[i] * p->vi[i]);
    }
    const double W2 = sw2 / sw, SDR = sqrt(1.0 + tau2 * W2), from = u / SDR, k = (double)p->k;

    for (int n = 0; n <= STEPS; n++) {
        const double z = from + (end - from) * n / STEPS, f = SDR * z / u;
        const double Q = (sw / W2 - 1.0) * (f * f - 1.0) + k - 1.0;
        double mean, variance;

        conditional_moments(p, tau2, SDR * z, &mean, &variance);
        sum += (n == 0 || n == STEPS ? 0.5 : 1.0) * gsl_ran_ugaussian_pdf(z) *
               gsl_cdf_gamma_P(Q, mean * mean / variance, variance / mean);
    }
    return sum * (end - from) / STEPS;
}

static void the_interval_has_the_probability_that_quadrature_gives(void **state)
{
    random_stream r = {71};

    (void)state;
    for (int n = 0; n < 6; n++) {
        const problem p = random_problem(&r, 2 + (size_t)n, 0.4 * n);
        tq_pool *fit = fit_of(&p, 1, TQ_HC, TQ_TEST_Z), *same = fit_of(&p, 1, TQ_IVHET, TQ_TEST_Z);

        assert_near(tail_by_hand(&p, fit->tau2, fit->critical), 0.025, 1e-7);
        assert_near(tail_by_hand(&p, fit->tau2, fabs(fit->stat[0])), 0.5 * fit->pval[0], 1e-7);
        assert_int_equal(fit->test, TQ_TEST_HC);
        assert_near(fit->beta[0], same->beta[0], 0.0);
        assert_near(fit->se[0], same->se[0], 0.0);
        assert_near(fit->ci_ub[0], fit->beta[0] + fit->critical * fit->se[0], 1e-14);
        assert_near(fit->prediction.ci_lb, fit->ci_lb[0], 1e-14);
        assert_near(fit->prediction.pi_lb, NAN, 0.0);
        tq_pool_free(fit);
        tq_pool_free(same);
    }
}

/* p at the bound of the interval is 1 - level. */
static void test_and_interval_agree(void **state)
{
    random_stream r = {72};

    (void)state;
    for (int n = 0; n < 20; n++) {
        problem p = random_problem(&r, 2 + random_index(&r, 14), random_uniform(&r));
        tq_pool *fit = fit_of(&p, 1, TQ_HC, TQ_TEST_HC);
        const double lb = fit->ci_lb[0];

        for (size_t i = 0; i < p.k; i++) {
            p.yi[i] -= lb;
        }
        tq_pool *moved = fit_of(&p, 1, TQ_HC, TQ_TEST_HC);

        assert_near(moved->pval[0], 0.05, 1e-9);
        assert_near(moved->critical, fit->critical, 1e-9);
        tq_pool_free(fit);
        tq_pool_free(moved);
    }
}

/* ---- unrestricted weighted least squares ---- */

/* R 4.2.2: lm(yi ~ 1, weights = 1/vi) and lm(yi ~ ablat, weights = 1/vi) of the BCG trials. */
static void uwls_is_weighted_regression(void **state)
{
    static const double bcg[13][5] = {
        {4, 119, 11, 128, 44},       {6, 300, 29, 274, 55},        {3, 228, 11, 209, 42},
        {62, 13536, 248, 12619, 52}, {33, 5036, 47, 5761, 13},     {180, 1361, 372, 1079, 44},
        {8, 2537, 10, 619, 19},      {505, 87886, 499, 87892, 13}, {29, 7470, 45, 7232, 27},
        {17, 1699, 65, 1600, 42},    {186, 50448, 141, 27197, 18}, {5, 2493, 3, 2338, 33},
        {27, 16886, 29, 17825, 33}};
    problem p = {.k = 13};

    (void)state;
    for (size_t i = 0; i < 13; i++) {
        const double a = bcg[i][0], n1 = a + bcg[i][1], c = bcg[i][2], n2 = c + bcg[i][3];

        p.yi[i] = log(a / n1) - log(c / n2);
        p.vi[i] = 1.0 / a - 1.0 / n1 + 1.0 / c - 1.0 / n2;
        p.X[i] = 1.0;
        p.X[i + 13] = bcg[i][4];
    }
    tq_pool *mean = fit_of(&p, 1, TQ_UWLS, TQ_TEST_T), *line = fit_of(&p, 2, TQ_UWLS, TQ_TEST_T);

    assert_near(mean->beta[0], -0.43028516365409092, 1e-13);
    assert_near(mean->se[0], 0.14424654797969558, 1e-13);
    assert_near(mean->pval[0], 0.011422235040053241, 1e-13);
    assert_near(mean->ci_lb[0], -0.744571393027461, 1e-12);
    assert_near(mean->ll, -16.600074957188241, 1e-12);
    assert_near(mean->AIC, 37.200149914376482, 1e-12);
    assert_near(mean->BIC, 38.330048629299554, 1e-12);
    assert_near(mean->tau2, NAN, 0.0);
    assert_near(line->beta[1], -0.029236934259541752, 1e-13);
    assert_near(line->se[1], 0.0044335397852880197, 1e-13);
    assert_near(line->se[0], 0.1354731567099755063, 1e-13);
    assert_near(line->ll, -6.1996045499196129, 1e-11);
    assert_near(line->QM, 43.487299790564975, 1e-11);
    assert_near(line->QM_df2, 11.0, 0.0);
    tq_pool_free(mean);
    tq_pool_free(line);
}

static void uwls_scales_the_fixed_effects_standard_error_by_H(void **state)
{
    random_stream r = {73};
    int below = 0;

    (void)state;
    for (int n = 0; n < 40; n++) {
        const problem p = random_problem(&r, 3 + random_index(&r, 12), n % 2 ? 0.0 : 0.9);
        tq_pool *fixed = fit_of(&p, 1, TQ_FE, TQ_TEST_Z), *fit = fit_of(&p, 1, TQ_UWLS, TQ_TEST_Z),
                *floored = fit_of(&p, 1, TQ_UWLS, TQ_TEST_ADHOC);
        const double phi = fixed->QE / (double)(p.k - 1);

        assert_near(fit->beta[0], fixed->beta[0], 0.0);
        assert_relative(fit->se[0], fixed->se[0] * sqrt(phi), 1e-13);
        assert_relative(fit->H2, phi, 1e-13);
        assert_relative(floored->se[0], fixed->se[0] * fmax(1.0, sqrt(phi)), 1e-13);
        assert_near(fit->prediction.se, fit->se[0], 1e-14);
        below += phi < 1.0;
        tq_pool_free(fixed);
        tq_pool_free(fit);
        tq_pool_free(floored);
    }
    assert_true(below > 5);
}

/* ---- quality effects ---- */

static void equal_quality_is_IVhet(void **state)
{
    random_stream r = {74};

    (void)state;
    for (size_t k = 1; k <= MAX; k++) {
        problem p = random_problem(&r, k, 0.5);

        for (size_t i = 0; i < k; i++) {
            p.q[i] = 0.37;
        }
        tq_pool *fit = fit_of(&p, 1, TQ_QE, TQ_TEST_Z), *same = fit_of(&p, 1, TQ_IVHET, TQ_TEST_Z);

        assert_near(fit->beta[0], same->beta[0], 1e-14);
        assert_near(fit->se[0], same->se[0], 1e-14);
        assert_near(fit->weight[0], same->weight[0], 1e-13);
        tq_pool_free(fit);
        tq_pool_free(same);
    }
}

/* The equations of Doi et al. (2015) as printed, with shares of the weight and their variance. */
static void weights_follow_the_paper(void **state)
{
    random_stream r = {75};

    (void)state;
    for (int n = 0; n < 40; n++) {
        const problem p = random_problem(&r, 2 + random_index(&r, 14), random_uniform(&r));
        const double k = (double)p.k;
        tq_pool *fit = fit_of(&p, 1, TQ_QE, TQ_TEST_Z);
        double q[MAX], t[MAX], hat[MAX], w[MAX];
        double top = 0.0, sum_q = 0.0, sum_t = 0.0, sum_hat = 0.0, sum_w = 0.0, mean = 0.0,
               variance = 0.0;

        for (size_t i = 0; i < p.k; i++) {
            top = fmax(top, p.q[i]);
        }
        for (size_t i = 0; i < p.k; i++) {
            q[i] = p.q[i] / top;
            t[i] = (1.0 / p.vi[i] - q[i] / p.vi[i]) / (k - 1.0);
            sum_q += q[i];
            sum_t += t[i];
        }
        for (size_t i = 0; i < p.k; i++) {
            hat[i] = q[i] + sum_q * t[i] / (sum_t * (k - 1.0));
            sum_hat += hat[i];
        }
        for (size_t i = 0; i < p.k; i++) {
            w[i] = q[i] / p.vi[i] + sum_t * k * hat[i] / sum_hat - t[i];
            sum_w += w[i];
        }
        for (size_t i = 0; i < p.k; i++) {
            const double share = w[i] / sum_w;

            mean += share * p.yi[i];
            variance += share * share * (p.vi[i] + fit->tau2);
            assert_true(w[i] > 0.0);
            assert_relative(fit->weight[i], 100.0 * share, 1e-12);
        }
        assert_near(fit->beta[0], mean, 1e-12);
        assert_relative(fit->se[0], sqrt(variance), 1e-12);
        tq_pool_free(fit);
    }
}

/* ---- refusals ---- */

static void expect(const problem *p, size_t coefficients, const tq_pool_options *o,
                   tq_status status, const char *part)
{
    const tq_model m = {p->k, coefficients, p->yi, p->vi, coefficients > 1 ? p->X : NULL, 1, NULL};
    tq_pool *fit;
    tq_error err = {.message = ""};

    assert_int_equal(try_fit(&m, o, &fit, &err), status);
    if (!strstr(err.message, part)) {
        fail_msg("'%s' does not contain '%s'", err.message, part);
    }
    tq_pool_free(fit);
}

static void what_a_method_cannot_do_is_refused(void **state)
{
    random_stream r = {76};
    problem p = random_problem(&r, 7, 0.5);
    const tq_pool_options plain = tq_pool_defaults();
    tq_pool_options o = plain;

    (void)state;
    o.method = TQ_HC;
    expect(&p, 2, &o, TQ_EINVAL, "without moderators");
    o.test = TQ_TEST_KNHA;
    expect(&p, 1, &o, TQ_EINVAL, "leave test knha out");
    o.test = TQ_TEST_Z;
    o.weights = p.q;
    expect(&p, 1, &o, TQ_EINVAL, "weighs by 1/vi");
    o.weights = NULL;
    o.tau2 = 0.1;
    expect(&p, 1, &o, TQ_EINVAL, "cannot be fixed");
    o.tau2 = NAN;
    o.ci_tau2 = TQ_CI_NONE;
    o.max_iter = 1;
    expect(&p, 1, &o, TQ_ENOCONV, "not found");
    o = plain;
    o.test = TQ_TEST_HC;
    expect(&p, 1, &o, TQ_EINVAL, "needs method HC");
    o = plain;
    o.method = TQ_UWLS;
    o.weighted = 0;
    expect(&p, 1, &o, TQ_EINVAL, "weighs by 1/vi");
    o = plain;
    o.method = TQ_QE;
    expect(&p, 1, &o, TQ_EINVAL, "--quality");
    o.weights = p.q;
    expect(&p, 2, &o, TQ_EINVAL, "without moderators");
    o.weighted = 0;
    expect(&p, 1, &o, TQ_EINVAL, "way to weigh");
    o.weighted = 1;
    p.q[3] = 1.25;
    expect(&p, 1, &o, TQ_EDATA, "between 0 and 1");
}

static void a_method_knows_its_test(void **state)
{
    (void)state;
    assert_int_equal(tq_method_test(TQ_HC), TQ_TEST_HC);
    assert_int_equal(tq_method_test(TQ_UWLS), TQ_TEST_T);
    assert_int_equal(tq_method_test(TQ_REML), TQ_TEST_Z);
    assert_string_equal(tq_test_statistic(TQ_TEST_HC), "U");
    assert_string_equal(tq_test_statistic(TQ_TEST_KNHA), "t");
    assert_null(tq_test_statistic(TQ_TEST_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_paper),
        cmocka_unit_test(the_interval_has_the_probability_that_quadrature_gives),
        cmocka_unit_test(test_and_interval_agree),
        cmocka_unit_test(uwls_is_weighted_regression),
        cmocka_unit_test(uwls_scales_the_fixed_effects_standard_error_by_H),
        cmocka_unit_test(equal_quality_is_IVhet),
        cmocka_unit_test(weights_follow_the_paper),
        cmocka_unit_test(what_a_method_cannot_do_is_refused),
        cmocka_unit_test(a_method_knows_its_test),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
