/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pooled fit: coefficients, tests, heterogeneity, intervals, prediction, and every refusal. */
#include "support/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "pooling/pool.h"
#include "support/random.h"
#include "support/slow_model.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- BCG vaccine: log relative risks of Colditz et al. (1994), JAMA 271:698-702 ---- */

/* clang-format off */
static const double table[13][6] = { /* tuberculosis / none: vaccinated, control; latitude, year */
    {4, 119, 11, 128, 44, 1948}, {6, 300, 29, 274, 55, 1949}, {3, 228, 11, 209, 42, 1960},
    {62, 13536, 248, 12619, 52, 1977}, {33, 5036, 47, 5761, 13, 1973}, {180, 1361, 372, 1079, 44, 1953},
    {8, 2537, 10, 619, 19, 1973}, {505, 87886, 499, 87892, 13, 1980}, {29, 7470, 45, 7232, 27, 1968},
    {17, 1699, 65, 1600, 42, 1961}, {186, 50448, 141, 27197, 18, 1974}, {5, 2493, 3, 2338, 33, 1969},
    {27, 16886, 29, 17825, 33, 1976}};
/* clang-format on */

static double yi[13], vi[13], X[13 * 3], sqrt_n[13];

static int load_bcg(void **state)
{
    (void)state;
    for (size_t i = 0; i < 13; i++) {
        const double a = table[i][0], n1 = a + table[i][1], c = table[i][2], n2 = c + table[i][3];

        yi[i] = log(a / n1) - log(c / n2);
        vi[i] = 1.0 / a - 1.0 / n1 + 1.0 / c - 1.0 / n2;
        sqrt_n[i] = sqrt(n1 + n2);
        X[i] = 1.0;
        X[i + 13] = table[i][4];
        X[i + 26] = table[i][5];
    }
    return 0;
}

static const tq_model plain = {13, 1, yi, vi, NULL, 1, NULL};
static const tq_model mods = {13, 3, yi, vi, X, 1, NULL};
static const tq_model through_0 = {13, 2, yi, vi, X + 13, 0, NULL};

/* A fit that the caller frees. */
static tq_pool *fit_of(const tq_model *m, const tq_pool_options *o)
{
    tq_pool_work *work = tq_pool_work_new(m->k, m->p);
    tq_pool *fit = tq_pool_new(m->k, m->p);
    tq_error err = {.message = ""};
    const tq_status status = tq_pool_fit(m, o, work, fit, &err);

    if (status != TQ_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(status, TQ_OK);
    tq_pool_work_free(work);
    return fit;
}

static tq_pool_options with(tq_method method, tq_test test)
{
    tq_pool_options o = tq_pool_defaults();

    o.method = method;
    o.test = test;
    o.tol = 1e-13;
    return o;
}

/* ---- published software ---- */

typedef struct {
    const tq_model *model;
    tq_method method;
    tq_test test;
    int weights; /* 0: inverse variance, 1: sqrt(n), 2: unweighted */
    double beta[3], se[3], pval[3], ci_lb[3], tau2, I2, H2, R2, QE, QM, QM_pval, ll, dev, AIC, BIC,
        AICc;
} published;

/* metafor 3.8.1, rma(control=list(threshold=1e-15)). */
/* clang-format off */
static const published rows[] = {
    {&plain, TQ_REML, TQ_TEST_Z, 0, {-0.71453234215813954}, {0.17978151610520574}, {7.0542581016416189e-05},
     {-1.0668976388103504}, 0.31324325813648074, 92.221384521268959, 12.85575823530916, NAN,
     152.23300808237326, NAN, NAN,
     -12.20237141549357, 24.404742830987139, 28.404742830987139, 29.374556130563139, 29.738076164320471},
    {&plain, TQ_REML, TQ_TEST_KNHA, 0, {-0.71453234215813954}, {0.1807917440928479}, {0.0019200150960572916},
     {-1.1084437136855509}, 0.31324325813648074, 92.221384521268959, 12.85575823530916, NAN,
     152.23300808237326, NAN, NAN,
     -12.20237141549357, 24.404742830987139, 28.404742830987139, 29.374556130563139, 29.738076164320471},
    {&plain, TQ_DL, TQ_TEST_T, 0, {-0.71411722207322725}, {0.1787420895354031}, {0.0017768579319338543},
     {-1.103562779954492}, 0.30876026286237612, 92.117346854562044, 12.686084006864439, NAN,
     152.23300808237326, NAN, NAN,
     -12.682335781427909, 37.150539836367201, 29.364671562855818, 30.494570277778891, 30.564671562855818},
    {&plain, TQ_FE, TQ_TEST_Z, 0, {-0.43028516365409097}, {0.040498751710863812}, {2.2886293069732015e-26},
     {-0.5096612584262139}, NAN, 92.117346854562044, 12.686084006864439, NAN,
     152.23300808237326, NAN, NAN,
     -70.223569904430931, 152.23300808237326, 142.44713980886186, 143.01208916632339, 142.81077617249824},
    {&plain, TQ_EE, TQ_TEST_Z, 1, {-0.42678524381057603}, {0.063516737531285117}, {1.8265428862400079e-11},
     {-0.55127576178737836}, NAN, 92.117346854562044, 12.686084006864439, NAN,
     152.23300808237326, NAN, NAN,
     -70.227304150445022, 152.24047657440144, 142.45460830089004, 143.01955765835157, 142.81824466452642},
    {&plain, TQ_REML, TQ_TEST_KNHA, 1, {-0.42678524381057603}, {0.22289514287513798}, {0.079664759176298519},
     {-0.91243204077743667}, 0.31324325813648074, 92.221384521268959, 12.85575823530916, NAN,
     152.23300808237326, NAN, NAN,
     -13.483231916181518, 26.966463832363036, 30.966463832363036, 31.936277131939036, 32.299797165696368},
    {&plain, TQ_REML, TQ_TEST_Z, 2, {-0.7406503812109364}, {0.18933990879987372}, {9.1629751813788443e-05},
     {-1.1117497832947874}, 0.31324325813648074, 92.221384521268959, 12.85575823530916, NAN,
     152.23300808237326, NAN, NAN,
     -12.212924054000094, 24.425848108000189, 28.425848108000189, 29.395661407576188, 29.759181441333521},
    {&mods, TQ_REML, TQ_TEST_Z, 0, {-3.5453530199240939, -0.028011329444216613, 0.0019074804474907598},
     {29.095622232626848, 0.010233943231012912, 0.014683685892029919},
     {0.90301641417565237, 0.0061983385043846749, 0.89664179142763489},
     {-60.57172470365559, -0.048069489596829398, -0.026872015061186773},
     0.11078469694719927, 71.977317778543437, 3.5685377727129728, 64.633014735490278,
     28.325143656840396, 12.204486879239401, 0.0022378416211642528,
     -8.1068738370107205, 16.213747674021441, 24.213747674021441, 25.424088045997625, 32.213747674021441},
    {&mods, TQ_REML, TQ_TEST_KNHA, 0, {-3.5453530199240939, -0.028011329444216613, 0.0019074804474907598},
     {32.256339483480048, 0.011345677520656062, 0.016278804873641008},
     {0.91465377393567548, 0.033167335146449643, 0.90904082612969472},
     {-75.416956245924865, -0.053291074330097693, -0.034363957155372278},
     0.11078469694719927, 71.977317778543437, 3.5685377727129728, 64.633014735490278,
     28.325143656840396, 4.9649475558942795, 0.031803501285743975,
     -8.1068738370107205, 16.213747674021441, 24.213747674021441, 25.424088045997625, 32.213747674021441},
    {&mods, TQ_FE, TQ_TEST_Z, 0, {17.151801172139514, -0.033875449410478216, -0.0084660391148466182},
     {10.832056246486836, 0.0039963387410101225, 0.005455780223358804},
     {0.1133235244174181, 2.3182835592733561e-17, 0.12072064318007159},
     {-4.0786389494868054, -0.041708129412880199, -0.019159171860195764},
     NAN, 64.695677730181458, 2.8325143656840397, 77.672271724958634,
     28.325143656840396, 123.90786442440802, 1.2409352120754534e-27,
     -8.2696376922251691, 28.325143657961725, 22.539275384450338, 24.234123456834951, 25.205942051117006},
    {&mods, TQ_ML, TQ_TEST_Z, 2, {-15.065370542550227, -0.022523851597004096, 0.0076686842276103562},
     {25.235276319669516, 0.0075610394551118279, 0.012753090789159371},
     {0.55050974639262251, 0.0028925131620437363, 0.5476270969522955},
     {-64.525603269018958, -0.037343216614709629, -0.017326914410711505},
     0.026873199313681012, 38.387748212383535, 1.623053809893362, 90.403393181914296,
     28.325143656840396, 14.684912879730152, 0.00064745812398445471,
     -8.7749151166909112, 29.335698506893209, 25.549830233381822, 27.809627663227971, 30.549830233381822},
};
/* clang-format on */

static void bcg_matches_published_software(void **state)
{
    (void)state;
    for (size_t n = 0; n < COUNT(rows); n++) {
        const published *want = &rows[n];
        tq_pool_options o = with(want->method, want->test);

        o.weights = want->weights == 1 ? sqrt_n : NULL;
        o.weighted = want->weights != 2;
        tq_pool *fit = fit_of(want->model, &o);

        for (size_t a = 0; a < fit->p; a++) {
            assert_relative(fit->beta[a], want->beta[a], 2e-8); /* years are 2000 from the origin */
            assert_relative(fit->se[a], want->se[a], 1e-8);
            assert_relative(fit->pval[a], want->pval[a], 1e-8);
            assert_relative(fit->ci_lb[a], want->ci_lb[a], 1e-8);
        }
        assert_relative(fit->tau2, want->tau2, 1e-9);
        assert_near(fit->I2, want->I2, 1e-9);
        assert_near(fit->H2, want->H2, 1e-9);
        assert_near(fit->R2, want->R2, 1e-8);
        assert_relative(fit->QE, want->QE, 1e-10);
        assert_near(fit->QM, want->QM, 1e-7);
        assert_relative(fit->QM_pval, want->QM_pval, 1e-6);
        assert_near(fit->ll, want->ll, 1e-9);
        assert_near(fit->deviance, want->dev, 1e-9);
        assert_near(fit->AIC, want->AIC, 1e-9);
        assert_near(fit->BIC, want->BIC, 1e-9);
        assert_near(fit->AICc, want->AICc, 1e-9);
        tq_pool_free(fit);
    }
}

/* ---- random problems against long double ---- */

typedef struct {
    size_t k, p;
    double yi[SLOW_MAX], vi[SLOW_MAX], weights[SLOW_MAX], X[SLOW_MAX * 3];
} problem;

static problem random_problem(random_stream *r, size_t k, size_t p, double tau)
{
    problem q = {.k = k, .p = p};

    for (size_t i = 0; i < k; i++) {
        q.vi[i] = 0.02 + random_uniform(r);
        q.yi[i] = 0.7 + sqrt(q.vi[i]) * random_normal(r) + tau * random_normal(r);
        q.weights[i] = 0.1 + random_uniform(r);
        q.X[i] = 1.0;
        q.X[i + k] = random_normal(r);
        q.X[i + 2 * k] = 4.0 + random_uniform(r);
    }
    return q;
}

static tq_model model_of(const problem *q)
{
    return (tq_model){q->k, q->p, q->yi, q->vi, q->p > 1 ? q->X : NULL, 1, NULL};
}

/* beta and its covariance with weights a and Var(yi) = vi + tau2. */
static void sandwich(const tq_model *m, const long double *a, double tau2, long double *beta,
                     slow_matrix vb)
{
    static slow_matrix F;

    slow_least_squares(m, a, beta, F);
    for (size_t r = 0; r < m->p; r++) {
        for (size_t c = 0; c < m->p; c++) {
            vb[r][c] = 0.0L;
            for (size_t i = 0; i < m->k; i++) {
                long double left = 0.0L, right = 0.0L;

                for (size_t s = 0; s < m->p; s++) {
                    const long double x = m->X ? (long double)m->X[i + s * m->k] : 1.0L;

                    left += F[r][s] * x;
                    right += F[c][s] * x;
                }
                vb[r][c] += left * right * a[i] * a[i] * (long double)(m->vi[i] + tau2);
            }
        }
    }
}

/* sum wi ri^2 / (k - p) around the inverse-variance fit */
static double kh_by_hand(const tq_model *m, double tau2)
{
    return (double)slow_Q(m, (long double)tau2) / (double)(m->k - m->p);
}

static void coefficients_follow_their_definitions(void **state)
{
    random_stream r = {51};

    (void)state;
    for (int n = 0; n < 300; n++) {
        const size_t p = 1 + random_index(&r, 3);
        const problem q = random_problem(&r, p + 2 + random_index(&r, 12), p, random_uniform(&r));
        const tq_model m = model_of(&q);
        const int kind = n % 4; /* inverse variance, user weights, unweighted, IVhet */
        tq_pool_options o =
            with(kind == 3 ? TQ_IVHET : TQ_REML, (tq_test)(n % 4 == 0 ? n % 16 / 4 : n % 3));

        o.weights = kind == 1 ? q.weights : NULL;
        o.weighted = kind != 2;
        o.level = 90.0;
        tq_pool *fit = fit_of(&m, &o);
        long double a[SLOW_MAX] = {0.0L}, beta[SLOW_MAX];
        static slow_matrix vb;
        double sum = 0.0;

        for (size_t i = 0; i < q.k; i++) {
            const double add = kind == 3 ? 0.0 : fit->tau2;

            a[i] = kind == 1   ? (long double)q.weights[i]
                   : kind == 2 ? 1.0L
                               : 1.0L / (long double)(q.vi[i] + add);
            sum += (double)a[i];
        }
        sandwich(&m, a, fit->tau2, beta, vb);
        double factor = 1.0;

        if (o.test == TQ_TEST_KNHA || o.test == TQ_TEST_ADHOC) {
            factor = kh_by_hand(&m, fit->tau2);
            factor = o.test == TQ_TEST_ADHOC ? fmax(1.0, factor) : factor;
        }
        const double df = o.test == TQ_TEST_Z ? (double)NAN : (double)(q.k - p);

        for (size_t s = 0; s < p; s++) {
            const double se = sqrt(factor * (double)vb[s][s]);

            assert_near(fit->beta[s], (double)beta[s], 1e-10);
            assert_relative(fit->se[s], se, 1e-10);
            assert_near(fit->stat[s], fit->beta[s] / fit->se[s], 1e-14);
            assert_near(fit->df[s], df, 0.0);
            assert_relative(fit->pval[s], tq_two_sided_p(fit->stat[s], df), 1e-14);
            assert_near(fit->ci_ub[s], fit->beta[s] + tq_critical_value(90.0, df) * fit->se[s],
                        1e-14);
            assert_near(fit->ci_lb[s] + fit->ci_ub[s], 2.0 * fit->beta[s], 1e-13);
            for (size_t c = 0; c < p; c++) {
                assert_near(fit->vb[s + c * p], factor * (double)vb[s][c], 1e-10);
                assert_near(fit->vb_model[s + c * p], (double)vb[s][c], 1e-10);
            }
        }
        for (size_t i = 0; i < q.k; i++) {
            assert_relative(fit->weight[i], 100.0 * (double)a[i] / sum, 1e-12);
        }
        tq_pool_free(fit);
    }
}

/* Partlett & Riley (2017), Stat. Med. 36:301-317, with p = 1 in closed form. */
static void kenward_roger_follows_its_closed_form(void **state)
{
    random_stream r = {52};

    (void)state;
    for (int n = 0; n < 100; n++) {
        const problem q = random_problem(&r, 3 + random_index(&r, 12), 1, 0.8);
        const tq_model m = model_of(&q);
        const tq_pool_options o = with(TQ_REML, TQ_TEST_KR);
        tq_pool *fit = fit_of(&m, &o);
        double w1 = 0.0, w2 = 0.0, w3 = 0.0;

        for (size_t i = 0; i < q.k; i++) {
            const double w = 1.0 / (q.vi[i] + fit->tau2);

            w1 += w;
            w2 += w * w;
            w3 += w * w * w;
        }
        const double IE = 0.5 * w2 - w3 / w1 + 0.5 * (w2 / w1) * (w2 / w1);
        const double var = (1.0 + 2.0 * (w3 / w1 - (w2 / w1) * (w2 / w1)) / IE) / w1;
        const double df = 2.0 * IE / (var * w2 * var * w2);

        assert_relative(fit->se[0], sqrt(var), 1e-11);
        assert_relative(fit->df[0], df, 1e-11);
        assert_relative(fit->kr_information, IE, 1e-11);
        assert_near(fit->prediction.ci_ub, fit->ci_ub[0], 1e-13);
        assert_near(fit->prediction.pi_df, df, 1e-10 * df);
        tq_pool_free(fit);
    }
}

/* Equal variances make the Kenward-Roger test of an intercept a t test on k - 1 df, and that of
   moderators an F test on k - p: ordinary least squares. */
static void kenward_roger_is_exact_in_balanced_problems(void **state)
{
    random_stream r = {53};
    problem q = random_problem(&r, 12, 3, 1.5);

    (void)state;
    for (size_t i = 0; i < q.k; i++) {
        q.vi[i] = 0.05;
    }
    for (size_t p = 1; p <= 3; p += 2) {
        q.p = p;
        const tq_model m = {q.k, p, q.yi, q.vi, p > 1 ? q.X : NULL, 1, NULL};
        const tq_pool_options kr = with(TQ_REML, TQ_TEST_KR), kh = with(TQ_REML, TQ_TEST_KNHA);
        tq_pool *a = fit_of(&m, &kr), *b = fit_of(&m, &kh);

        assert_true(a->tau2 > 0.0);
        for (size_t s = 0; s < p; s++) {
            assert_relative(a->se[s], b->se[s], 1e-9);
            assert_relative(a->df[s], (double)(q.k - p), 1e-9);
        }
        assert_near(a->QM, b->QM, 1e-8);
        assert_near(a->QM_df2, b->QM_df2, 1e-8);
        assert_near(a->QM_pval, b->QM_pval, 1e-9);
        tq_pool_free(a);
        tq_pool_free(b);
    }
}

static void moderators_are_tested_together(void **state)
{
    random_stream r = {54};

    (void)state;
    for (int n = 0; n < 60; n++) {
        const problem q = random_problem(&r, 8 + random_index(&r, 9), 3, 0.5);
        const tq_model m = model_of(&q);
        const tq_pool_options o = with(TQ_PM, n % 2 ? TQ_TEST_Z : TQ_TEST_KNHA);
        tq_pool *fit = fit_of(&m, &o);
        const double a = fit->vb[4], b = fit->vb[5], d = fit->vb[8], x = fit->beta[1],
                     y = fit->beta[2];
        const double wald = (d * x * x - 2.0 * b * x * y + a * y * y) / (a * d - b * b);

        if (n % 2) {
            assert_relative(fit->QM, wald, 1e-9);
            assert_relative(fit->QM_pval, exp(-0.5 * wald), 1e-9);
            assert_near(fit->QM_df2, NAN, 0.0);
        } else {
            assert_relative(fit->QM, 0.5 * wald, 1e-9);
            assert_near(fit->QM_df2, (double)(q.k - 3), 0.0);
            assert_relative(fit->QM_pval, tq_f_upper(0.5 * wald, 2.0, fit->QM_df2), 1e-12);
        }
        assert_near(fit->QM_df1, 2.0, 0.0);
        tq_pool_free(fit);
    }
}

static void heterogeneity_follows_its_definitions(void **state)
{
    random_stream r = {55};

    (void)state;
    for (int n = 0; n < 200; n++) {
        const size_t p = 1 + random_index(&r, 3);
        const problem q = random_problem(&r, p + 1 + random_index(&r, 12), p, random_uniform(&r));
        const tq_model m = model_of(&q);
        tq_pool_options o = with(n % 2 ? TQ_DL : TQ_EE, TQ_TEST_Z);

        o.weights = n % 3 ? NULL : q.weights; /* Q keeps its own weights */
        tq_pool *fit = fit_of(&m, &o);
        static slow_matrix P;
        const double df = (double)(q.k - p), Q = (double)slow_Q(&m, 0.0L);

        slow_projection_at(&m, 0.0L, P);
        const double vt = df / (double)slow_trace1(q.k, P, NULL);

        assert_relative(fit->QE, Q, 1e-10);
        assert_near(fit->QE_df, df, 0.0);
        assert_relative(fit->QE_pval, tq_chisq_upper(Q, df), 1e-8);
        assert_relative(fit->typical_vi, vt, 1e-10);
        if (n % 2) {
            assert_near(fit->I2, 100.0 * fit->tau2 / (fit->tau2 + vt), 1e-10);
            assert_near(fit->H2, 1.0 + fit->tau2 / vt, 1e-10);
            assert_near(fit->tau * fit->tau, fit->tau2, 1e-14);
            /* for DL both definitions agree */
            assert_near(fit->I2, fmax(0.0, 100.0 * (Q - df) / Q), 1e-8);
        } else {
            assert_near(fit->I2, fmax(0.0, 100.0 * (Q - df) / Q), 1e-9);
            assert_near(fit->H2, Q / df, 1e-9);
            assert_near(fit->tau2, NAN, 0.0);
            assert_near(fit->se_tau2, NAN, 0.0);
        }
        tq_pool_free(fit);
    }
}

static void likelihood_and_criteria_follow_their_definitions(void **state)
{
    random_stream r = {56};

    (void)state;
    for (int n = 0; n < 120; n++) {
        const size_t p = 1 + random_index(&r, 3);
        const problem q = random_problem(&r, p + 1 + random_index(&r, 12), p, random_uniform(&r));
        const tq_model m = model_of(&q);
        const int restricted = n % 2;
        tq_pool_options o = with(restricted ? TQ_REML : TQ_PM, TQ_TEST_Z);

        o.tau2 = n % 3 ? (double)NAN : 0.271;
        tq_pool *fit = fit_of(&m, &o);
        const double ll = (double)slow_loglik(&m, restricted, (long double)fit->tau2);
        const double s = (double)p + (n % 3 ? 1.0 : 0.0), k = (double)(restricted ? q.k - p : q.k);
        const double big = fmax(k, s + 2.0);
        double saturated = 0.0;

        for (size_t i = 0; i < q.k; i++) {
            saturated -= 0.5 * log(6.283185307179586 * q.vi[i]);
        }
        assert_near(fit->ll, ll, 1e-10);
        assert_near(fit->deviance, restricted ? -2.0 * ll : 2.0 * (saturated - ll), 1e-10);
        assert_near(fit->AIC, -2.0 * ll + 2.0 * s, 1e-10);
        assert_near(fit->BIC, -2.0 * ll + s * log(k), 1e-10);
        assert_near(fit->AICc, -2.0 * ll + 2.0 * s * big / (big - s - 1.0), 1e-10);
        if (restricted) {
            const double score = (double)slow_score(&m, 1, (long double)fit->tau2);

            assert_near(fit->score, score, 1e-9);
        }
        tq_pool_free(fit);
    }
}

/* ---- intervals of tau2 ---- */

static double cdf_at(const tq_model *m, const long double *a, double tau2)
{
    static slow_matrix P;
    long double d[SLOW_MAX], lambda[SLOW_MAX];

    for (size_t i = 0; i < m->k; i++) {
        d[i] = (long double)(m->vi[i] + tau2);
    }
    slow_projection(m, a, P);
    slow_eigenvalues(m->k, P, d, lambda);
    return slow_mixture_cdf(m->k - m->p, lambda, (double)slow_form(m, P));
}

/* Each limit, put back into the equation that defines it. */
static void check_limit(const tq_model *m, tq_ci_tau2 kind, int upper, double tau2,
                        const tq_pool *fit)
{
    const double tail = 0.05, df = (double)(m->k - m->p);
    const double goal = upper ? tail : 1.0 - tail;
    double now;

    if (kind == TQ_CI_QP) {
        now = 1.0 - tq_chisq_upper((double)slow_Q(m, (long double)tau2), df);
    } else if (kind == TQ_CI_PL) {
        const double drop =
            2.0 * (fit->ll - (double)slow_loglik(m, fit->method == TQ_REML, (long double)tau2));

        if (tau2 > 0.0) {
            assert_near(drop, tq_chisq_quantile(0.9, 1.0), 1e-8);
        } else {
            assert_true(drop <= tq_chisq_quantile(0.9, 1.0) + 1e-9);
        }
        return;
    } else {
        long double a[SLOW_MAX];

        for (size_t i = 0; i < m->k; i++) {
            a[i] = kind == TQ_CI_BJ ? 1.0L / (long double)m->vi[i]
                                    : 1.0L / sqrtl((long double)m->vi[i]);
        }
        now = cdf_at(m, a, tau2);
    }
    if (tau2 > 0.0) {
        assert_near(now, goal, 1e-9);
    } else {
        assert_true(now <= goal + 1e-9);
    }
}

static void limits_of_tau2_solve_their_equations(void **state)
{
    random_stream r = {57};

    (void)state;
    for (int n = 0; n < 48; n++) {
        const size_t p = 1 + random_index(&r, 2);
        const problem q =
            random_problem(&r, p + 2 + random_index(&r, 6), p, 1.2 * random_uniform(&r));
        const tq_model m = model_of(&q);
        tq_pool_options o = with(n % 2 ? TQ_REML : TQ_ML, TQ_TEST_Z);

        o.level = 90.0;
        o.ci_tau2 = (tq_ci_tau2)(n % 4);
        tq_pool *fit = fit_of(&m, &o);

        if (fit->ci.empty) {
            assert_near(fit->ci.tau2[1], NAN, 0.0);
        } else {
            check_limit(&m, o.ci_tau2, 0, fit->ci.tau2[0], fit);
            check_limit(&m, o.ci_tau2, 1, fit->ci.tau2[1], fit);
            for (int i = 0; i < 2; i++) {
                const double t = fit->ci.tau2[i];

                assert_near(fit->ci.tau[i], sqrt(t), 1e-14);
                assert_near(fit->ci.I2[i], 100.0 * t / (t + fit->typical_vi), 1e-11);
                assert_near(fit->ci.H2[i], 1.0 + t / fit->typical_vi, 1e-11);
            }
        }
        tq_pool_free(fit);
    }
}

/* Weights 1/sqrt(vi) and 1/vi meet in equal variances, and there agree with the Q-profile. */
static void equal_variances_make_three_intervals_one(void **state)
{
    const double y[] = {0.4, -1.1, 0.7, 2.2, -0.3, 1.31},
                 v[] = {0.213, 0.213, 0.213, 0.213, 0.213, 0.213};
    const tq_model m = {6, 1, y, v, NULL, 1, NULL};
    tq_pool_options o = with(TQ_DL, TQ_TEST_Z);
    tq_pool *qp = fit_of(&m, &o);

    (void)state;
    o.ci_tau2 = TQ_CI_BJ;
    tq_pool *bj = fit_of(&m, &o);

    o.ci_tau2 = TQ_CI_J;
    tq_pool *j = fit_of(&m, &o);

    for (int i = 0; i < 2; i++) {
        assert_near(bj->ci.tau2[i], qp->ci.tau2[i], 1e-10);
        assert_near(j->ci.tau2[i], qp->ci.tau2[i], 1e-10);
    }
    tq_pool_free(qp);
    tq_pool_free(bj);
    tq_pool_free(j);
}

/* The generalised Q intervals have no limit on k: compared with the Q-profile where they are one. */
static void intervals_hold_for_hundreds_of_studies(void **state)
{
    enum { K = 700 };
    static double y[K], v[K];
    random_stream r = {58};

    (void)state;
    for (size_t i = 0; i < K; i++) {
        v[i] = 0.213;
        y[i] = 0.3 + sqrt(0.213 + 0.15) * random_normal(&r);
    }
    const tq_model m = {K, 1, y, v, NULL, 1, NULL};
    tq_pool_options o = with(TQ_DL, TQ_TEST_Z);
    tq_pool *qp = fit_of(&m, &o);

    o.tol = 1e-10;
    o.ci_tau2 = TQ_CI_BJ;
    tq_pool *bj = fit_of(&m, &o);

    assert_near(bj->ci.tau2[0], qp->ci.tau2[0], 1e-9);
    assert_near(bj->ci.tau2[1], qp->ci.tau2[1], 1e-9);
    tq_pool_free(qp);
    tq_pool_free(bj);
}

static void an_implausibly_homogeneous_set_is_empty(void **state)
{
    const double y[] = {0.4, 0.401, 0.3995, 0.4002, 0.4001}, v[] = {0.31, 0.2, 0.25, 0.5, 0.44};
    const tq_model m = {5, 1, y, v, NULL, 1, NULL};
    tq_pool_options o = with(TQ_REML, TQ_TEST_Z);

    (void)state;
    for (tq_ci_tau2 kind = 0; kind < TQ_CI_COUNT; kind++) {
        o.ci_tau2 = kind;
        tq_pool *fit = fit_of(&m, &o);

        if (kind == TQ_CI_PL) { /* the profile set always holds the maximum */
            assert_int_equal(fit->ci.empty, 0);
            assert_near(fit->ci.tau2[0], 0.0, 0.0);
        } else if (kind == TQ_CI_NONE) {
            assert_int_equal(fit->ci.method, TQ_CI_NONE);
        } else {
            assert_int_equal(fit->ci.empty, 1);
            assert_int_equal(fit->ci.method, kind);
            assert_near(fit->ci.tau2[0], NAN, 0.0);
            assert_near(fit->ci.I2[1], NAN, 0.0);
        }
        tq_pool_free(fit);
    }
}

static void no_interval_without_an_estimate(void **state)
{
    tq_pool_options o = with(TQ_FE, TQ_TEST_Z);
    tq_pool *fixed = fit_of(&plain, &o);

    (void)state;
    assert_int_equal(fixed->ci.method, TQ_CI_NONE);
    assert_near(fixed->prediction.pi_lb, NAN, 0.0);
    o = with(TQ_REML, TQ_TEST_Z);
    o.tau2 = 0.2;
    tq_pool *given = fit_of(&plain, &o);

    assert_int_equal(given->ci.method, TQ_CI_NONE);
    assert_int_equal(given->tau2_fixed, 1);
    assert_near(given->tau2, 0.2, 1e-15);
    tq_pool_free(fixed);
    tq_pool_free(given);
}

/* ---- prediction ---- */

static void prediction_intervals_by_hand(void **state)
{
    tq_pool_options o = with(TQ_REML, TQ_TEST_Z);

    (void)state;
    for (tq_test test = TQ_TEST_Z; test <= TQ_TEST_ADHOC; test++) {
        for (tq_predict kind = TQ_PREDICT_DEFAULT; kind <= TQ_PREDICT_HK; kind++) {
            o.test = test;
            o.predict = kind;
            tq_pool *fit = fit_of(&plain, &o);
            const double model = fit->vb_model[0], used = fit->vb[0],
                         kh = kh_by_hand(&plain, fit->tau2);
            const double se2 = kind == TQ_PREDICT_T    ? model
                               : kind == TQ_PREDICT_HK ? model * kh
                                                       : used;
            const double df = kind == TQ_PREDICT_RILEY                          ? 11.0
                              : kind != TQ_PREDICT_DEFAULT || test != TQ_TEST_Z ? 12.0
                                                                                : (double)NAN;
            const double half = tq_critical_value(95.0, df) * sqrt(se2 + fit->tau2);

            assert_near(fit->prediction.pred, fit->beta[0], 0.0);
            assert_near(fit->prediction.se, fit->se[0], 1e-15);
            assert_near(fit->prediction.ci_lb, fit->ci_lb[0], 1e-14);
            assert_near(fit->prediction.pi_df, df, 0.0);
            assert_near(fit->prediction.pi_lb, fit->beta[0] - half, 1e-10);
            assert_near(fit->prediction.pi_ub, fit->beta[0] + half, 1e-10);
            tq_pool_free(fit);
        }
    }
    o.predict = TQ_PREDICT_NONE;
    tq_pool *fit = fit_of(&plain, &o);

    assert_near(fit->prediction.pi_lb, NAN, 0.0);
    assert_near(fit->prediction.ci_lb, fit->ci_lb[0], 1e-14);
    tq_pool_free(fit);
}

static void prediction_at_new_moderators(void **state)
{
    const tq_pool_options o = with(TQ_REML, TQ_TEST_KNHA);
    tq_pool *fit = fit_of(&mods, &o);
    const double x[] = {1.0, 33.46, 1966.2};
    double pred = 0.0, se2 = 0.0;
    tq_prediction out;

    (void)state;
    for (size_t a = 0; a < 3; a++) {
        pred += x[a] * fit->beta[a];
        for (size_t b = 0; b < 3; b++) {
            se2 += x[a] * x[b] * fit->vb[a + 3 * b];
        }
    }
    tq_pool_predict(fit, x, &out);
    assert_near(out.pred, pred, 1e-12);
    assert_near(out.se, sqrt(se2), 1e-9);
    assert_near(out.pi_ub, pred + tq_critical_value(95.0, 10.0) * sqrt(se2 + fit->tau2), 1e-9);
    assert_near(fit->prediction.pred, NAN, 0.0);
    tq_pool_free(fit);
}

/* Cisapride, 13 trials of Hartung & Knapp (2001), Stat. Med. 20:3875-3889; the vignette of R package
   pimeta 1.1.4 prints OR 4.141, 95% prediction interval 0.533 to 33.692 from 25000 resamples. */
static void bootstrap_prediction_matches_a_published_interval(void **state)
{
    static const double m1[] = {15, 12, 29, 42, 14, 44, 14, 29, 10, 17, 38, 19, 21},
                        n1[] = {16, 16, 34, 56, 22, 54, 17, 58, 14, 26, 44, 29, 38},
                        m2[] = {9, 1, 18, 31, 6, 17, 7, 23, 3, 6, 12, 22, 19},
                        n2[] = {16, 16, 34, 56, 22, 55, 15, 58, 15, 27, 45, 30, 38};
    double y[13], v[13];

    (void)state;
    for (size_t i = 0; i < 13; i++) {
        const double a = m1[i] + 0.5, b = n1[i] - m1[i] + 0.5, c = m2[i] + 0.5,
                     d = n2[i] - m2[i] + 0.5;

        y[i] = log(a / b) - log(c / d);
        v[i] = 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d;
    }
    const tq_model m = {13, 1, y, v, NULL, 1, NULL};
    tq_pool_options o = with(TQ_DL, TQ_TEST_Z);

    o.predict = TQ_PREDICT_NNF;
    o.tol = 1e-10;
    tq_pool *fit = fit_of(&m, &o), *again = fit_of(&m, &o);

    assert_near(exp(fit->beta[0]), 4.141, 6e-4);
    /* The standard error of a 2.5% quantile of 25000 draws is about 0.02 here, on either side. */
    assert_near(fit->prediction.pi_lb, log(0.533), 0.08);
    assert_near(fit->prediction.pi_ub, log(33.692), 0.08);
    assert_near(fit->prediction.pi_lb, again->prediction.pi_lb, 0.0);
    assert_near(fit->prediction.pi_ub, again->prediction.pi_ub, 0.0);
    o.seed = 77;
    tq_pool *other = fit_of(&m, &o);

    assert_true(other->prediction.pi_lb != fit->prediction.pi_lb);
    assert_near(other->prediction.pi_lb, fit->prediction.pi_lb, 0.1);
    o.predict = TQ_PREDICT_T;
    tq_pool *t = fit_of(&m, &o);

    assert_true(fit->prediction.pi_lb < t->prediction.pi_lb + 0.1);
    assert_true(fit->prediction.pi_ub > t->prediction.pi_ub - 0.1);
    tq_pool_free(fit);
    tq_pool_free(again);
    tq_pool_free(other);
    tq_pool_free(t);
}

/* ---- small and odd problems ---- */

static void one_study_is_its_own_answer(void **state)
{
    const double y = 2.385, v = 0.31;
    const tq_model m = {1, 1, &y, &v, NULL, 1, NULL};

    (void)state;
    for (tq_method method = 0; method < TQ_METHOD_COUNT; method++) {
        if (tq_method_counts(method)) { /* tests of their own */
            continue;
        }
        for (tq_test test = 0; test < TQ_TEST_COUNT; test++) {
            const int own = method == TQ_HC; /* one test, which no other method has */

            if ((test == TQ_TEST_KR && method != TQ_REML) || own != (test == TQ_TEST_HC) ||
                test == TQ_TEST_PLR) {
                continue;
            }
            tq_pool_options o = with(method, test);
            const double weight = 0.7;

            o.weights = method == TQ_GENQ || method == TQ_GENQM || method == TQ_QE ? &weight : NULL;
            tq_pool *fit = fit_of(&m, &o);

            assert_near(fit->beta[0], 2.385, 1e-15);
            assert_near(fit->se[0], sqrt(0.31), 1e-15);
            assert_int_equal(fit->test, TQ_TEST_Z);
            assert_near(fit->ci_ub[0], 2.385 + 1.9599639845400543 * sqrt(0.31), 1e-14);
            assert_near(fit->weight[0], 100.0, 0.0);
            assert_near(fit->tau2, tq_method_random(method) ? 0.0 : (double)NAN, 0.0);
            assert_near(fit->QE, 0.0, 0.0);
            assert_near(fit->QE_pval, 1.0, 0.0);
            assert_near(fit->se_tau2, NAN, 0.0);
            assert_near(fit->prediction.pi_lb, NAN, 0.0);
            assert_int_equal(fit->ci.method, TQ_CI_NONE);
            tq_pool_free(fit);
        }
    }
}

static void two_studies_by_hand(void **state)
{
    const double y[] = {1.43, -0.418}, v[] = {0.31, 0.052};
    const tq_model m = {2, 1, y, v, NULL, 1, NULL};
    const tq_pool_options o = with(TQ_REML, TQ_TEST_KNHA);
    tq_pool *fit = fit_of(&m, &o);
    const double d2 = 1.848 * 1.848, tau2 = 0.5 * (d2 - 0.362);
    const double w1 = 1.0 / (0.31 + tau2), w2 = 1.0 / (0.052 + tau2);
    const double mu = (w1 * y[0] + w2 * y[1]) / (w1 + w2);

    (void)state;
    assert_near(fit->tau2, tau2, 1e-12);
    assert_near(fit->beta[0], mu, 1e-13);
    assert_near(fit->kh, 1.0, 1e-12); /* Q(tau2) = 1 defines tau2 here */
    assert_near(fit->se[0], 1.0 / sqrt(w1 + w2), 1e-12);
    assert_near(fit->df[0], 1.0, 0.0);
    assert_near(fit->QE, d2 / 0.362, 1e-12);
    assert_near(fit->ci.tau2[1], 0.5 * (d2 / tq_chisq_quantile(0.025, 1.0) - 0.362), 1e-8);
    tq_pool_free(fit);
}

/* A design that is the constant alone is the same model as no design. */
static void a_design_of_ones_is_the_mean(void **state)
{
    const tq_model ones = {13, 1, yi, vi, X, 1, NULL};
    tq_pool_options o = with(TQ_REML, TQ_TEST_KNHA);
    tq_pool *a = fit_of(&plain, &o), *b = fit_of(&ones, &o);

    (void)state;
    assert_near(b->beta[0], a->beta[0], 1e-12);
    assert_near(b->se[0], a->se[0], 1e-12);
    assert_near(b->ll, a->ll, 1e-11);
    assert_near(b->I2, a->I2, 1e-10);
    assert_near(b->QM, NAN, 0.0);
    assert_near(b->R2, NAN, 0.0);
    assert_near(b->prediction.pi_lb, a->prediction.pi_lb, 1e-11);
    tq_pool_free(a);
    tq_pool_free(b);
}

static void effects_that_are_all_equal_fit_without_error(void **state)
{
    double y[13], flat[13 * 2];

    (void)state;
    for (size_t i = 0; i < 13; i++) {
        y[i] = 1.125 + 0.25 * X[i + 13];
        flat[i] = 1.0;
        flat[i + 13] = X[i + 13];
    }
    const tq_model line = {13, 2, y, vi, flat, 1, NULL};

    for (tq_test test = 0; test < TQ_TEST_HC; test++) {
        const tq_pool_options o = with(TQ_REML, test);
        tq_pool *fit = fit_of(&line, &o);

        assert_near(fit->tau2, 0.0, 0.0);
        assert_near(fit->beta[1], 0.25, 1e-12);
        assert_near(fit->beta[0], 1.125, 1e-11);
        tq_pool_free(fit);
    }
    for (size_t i = 0; i < 13; i++) {
        y[i] = -0.4180339;
    }
    const tq_model same = {13, 1, y, vi, NULL, 1, NULL};
    const tq_pool_options o = with(TQ_REML, TQ_TEST_KNHA);
    tq_pool *fit = fit_of(&same, &o);

    assert_near(fit->se[0], 0.0, 0.0);
    assert_near(fit->stat[0], NAN, 0.0);
    assert_near(fit->ci_lb[0], -0.4180339, 1e-15);
    tq_pool_free(fit);
}

/* Without an intercept too the residuals are those of the effects as they stand, not centred. */
static void a_design_without_intercept_is_fitted_as_it_stands(void **state)
{
    const tq_pool_options pm = with(TQ_PM, TQ_TEST_Z), reml = with(TQ_REML, TQ_TEST_Z);
    tq_pool *a = fit_of(&through_0, &pm), *b = fit_of(&through_0, &reml);
    long double w[13], beta[SLOW_MAX];
    static slow_matrix F;

    (void)state;
    assert_relative(a->QE, (double)slow_Q(&through_0, 0.0L), 1e-11);
    assert_near((double)slow_Q(&through_0, (long double)a->tau2), 11.0, 1e-9);
    assert_near((double)slow_score(&through_0, 1, (long double)b->tau2), 0.0, 1e-9);
    assert_near(b->ll, (double)slow_loglik(&through_0, 1, (long double)b->tau2), 1e-10);
    for (size_t i = 0; i < 13; i++) {
        w[i] = 1.0L / (long double)(vi[i] + b->tau2);
    }
    slow_least_squares(&through_0, w, beta, F);
    for (size_t s = 0; s < 2; s++) {
        assert_relative(b->beta[s], (double)beta[s], 1e-9);
        assert_relative(b->se[s], (double)sqrtl(F[s][s]), 1e-9);
    }
    assert_near(b->QM_df1, 2.0, 0.0);
    tq_pool_free(a);
    tq_pool_free(b);
}

/* FE and a random-effects model with tau2 = 0 are one model. */
static void tau2_0_is_the_fixed_effect_model(void **state)
{
    tq_pool_options o = with(TQ_REML, TQ_TEST_Z);

    (void)state;
    o.tau2 = 0.0;
    for (int n = 0; n < 2; n++) {
        const tq_model *m = n ? &mods : &plain;
        const tq_pool_options fe = with(TQ_FE, TQ_TEST_Z);
        tq_pool *a = fit_of(m, &o), *b = fit_of(m, &fe);

        for (size_t s = 0; s < m->p; s++) {
            assert_relative(a->beta[s], b->beta[s], 1e-13);
            assert_relative(a->se[s], b->se[s], 1e-13);
        }
        tq_pool_free(a);
        tq_pool_free(b);
    }
}

/* ---- refusals ---- */

typedef struct {
    tq_status status;
    size_t row;
    const char *column, *says;
} refusal;

static void refuses(const tq_model *m, const tq_pool_options *o, refusal want)
{
    tq_pool_work *work = tq_pool_work_new(20, 6);
    tq_pool *fit = tq_pool_new(20, 6);
    tq_error err;
    double tau2 = -7.5;

    assert_int_equal(tq_pool_fit(m, o, work, fit, &err), want.status);
    assert_int_equal(err.row, want.row);
    assert_string_equal(err.column, want.column);
    if (!strstr(err.message, want.says)) {
        print_error("'%s' does not say '%s'\n", err.message, want.says);
        fail();
    }
    assert_int_equal(tq_pool_fit(m, o, work, fit, NULL), want.status);
    assert_int_equal(tq_tau2_estimate(m, o, work, &tau2, NULL), want.status);
    assert_near(tau2, -7.5, 0.0);
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

static void bad_studies_are_named(void **state)
{
    static const double bad_y[] = {NAN, INFINITY, -INFINITY};
    static const double bad_v[] = {0.0, -0.3, NAN, INFINITY};
    double y[13], v[13], x[39];

    (void)state;
    for (size_t n = 0; n < COUNT(bad_y); n++) {
        memcpy(y, yi, sizeof y);
        y[7] = bad_y[n];
        refuses(&(tq_model){13, 1, y, vi, NULL, 1, NULL}, NULL,
                (refusal){TQ_EDATA, 7, "yi", "finite"});
    }
    for (size_t n = 0; n < COUNT(bad_v); n++) {
        memcpy(v, vi, sizeof v);
        v[12] = bad_v[n];
        refuses(&(tq_model){13, 1, yi, v, NULL, 1, NULL}, NULL,
                (refusal){TQ_EDATA, 12, "vi", "> 0"});
    }
    memcpy(x, X, sizeof x);
    x[13 + 5] = NAN;
    refuses(&(tq_model){13, 3, yi, vi, x, 1, NULL}, NULL, (refusal){TQ_EDATA, 5, "", "finite"});
}

static void bad_designs_are_refused(void **state)
{
    double x[39];

    (void)state;
    memcpy(x, X, sizeof x);
    for (size_t i = 0; i < 13; i++) {
        x[i + 26] = 3.0 - 0.2 * x[i + 13];
    }
    refuses(&(tq_model){13, 3, yi, vi, x, 1, NULL}, NULL,
            (refusal){TQ_EDATA, TQ_NO_ROW, "", "combination"});
    refuses(&(tq_model){3, 3, yi, vi, X, 1, NULL}, NULL,
            (refusal){TQ_EDATA, TQ_NO_ROW, "", "more than 3"});
    refuses(&(tq_model){0, 1, yi, vi, NULL, 1, NULL}, NULL,
            (refusal){TQ_EDATA, TQ_NO_ROW, "", "no studies"});
    refuses(&(tq_model){13, 2, yi, vi, NULL, 1, NULL}, NULL,
            (refusal){TQ_EINVAL, TQ_NO_ROW, "", "design"});
    refuses(&(tq_model){13, 0, yi, vi, X, 1, NULL}, NULL,
            (refusal){TQ_EINVAL, TQ_NO_ROW, "", "coefficient"});
    refuses(&(tq_model){21, 1, yi, vi, NULL, 1, NULL}, NULL,
            (refusal){TQ_EINVAL, TQ_NO_ROW, "", "workspace"});
}

static void bad_options_are_refused(void **state)
{
    static const double levels[] = {0.0, 100.0, -5.0, NAN, 1e9};
    static const double tau2s[] = {-1e-9, INFINITY};
    static const double tols[] = {0.0, -1e-8, NAN};
    const refusal unknown = {TQ_EINVAL, TQ_NO_ROW, "", "unknown"};
    tq_pool_options o;

    (void)state;
    for (size_t n = 0; n < COUNT(levels); n++) {
        o = tq_pool_defaults();
        o.level = levels[n];
        refuses(&plain, &o, (refusal){TQ_EINVAL, TQ_NO_ROW, "", "between 0 and 100"});
    }
    for (size_t n = 0; n < COUNT(tau2s); n++) {
        o = tq_pool_defaults();
        o.tau2 = tau2s[n];
        refuses(&plain, &o, (refusal){TQ_EINVAL, TQ_NO_ROW, "", ">= 0"});
    }
    for (size_t n = 0; n < COUNT(tols); n++) {
        o = tq_pool_defaults();
        o.tol = tols[n];
        refuses(&plain, &o, (refusal){TQ_EINVAL, TQ_NO_ROW, "", "threshold"});
    }
    o = tq_pool_defaults();
    o.max_iter = 0;
    refuses(&plain, &o, (refusal){TQ_EINVAL, TQ_NO_ROW, "", "steps"});
    o = tq_pool_defaults();
    o.method = TQ_METHOD_COUNT;
    refuses(&plain, &o, unknown);
    o = tq_pool_defaults();
    o.test = TQ_TEST_COUNT;
    refuses(&plain, &o, unknown);
    o = tq_pool_defaults();
    o.ci_tau2 = TQ_CI_COUNT;
    refuses(&plain, &o, unknown);
    o = tq_pool_defaults();
    o.predict = TQ_PREDICT_COUNT;
    refuses(&plain, &o, unknown);
}

static void options_that_exclude_each_other_are_refused(void **state)
{
    tq_pool_options o = with(TQ_GENQ, TQ_TEST_Z);

    (void)state;
    refuses(&plain, &o, (refusal){TQ_EINVAL, TQ_NO_ROW, "", "GENQ needs weights"});
    o.method = TQ_GENQM;
    refuses(&plain, &o, (refusal){TQ_EINVAL, TQ_NO_ROW, "", "GENQM needs weights"});
    o = with(TQ_DL, TQ_TEST_KR);
    refuses(&plain, &o, (refusal){TQ_EINVAL, TQ_NO_ROW, "", "REML"});
    o = with(TQ_REML, TQ_TEST_KR);
    o.weighted = 0;
    refuses(&plain, &o, (refusal){TQ_EINVAL, TQ_NO_ROW, "", "inverse-variance"});
    o = with(TQ_REML, TQ_TEST_Z);
    o.predict = TQ_PREDICT_NNF;
    refuses(&mods, &o, (refusal){TQ_EINVAL, TQ_NO_ROW, "", "moderators"});
    o.resamples = 1;
    refuses(&plain, &o, (refusal){TQ_EINVAL, TQ_NO_ROW, "", "resamples"});
}

static void bad_weights_are_refused(void **state)
{
    static const double bad[] = {-0.1, NAN, INFINITY};
    double w[13];
    tq_pool_options o = with(TQ_REML, TQ_TEST_Z);

    (void)state;
    o.weights = w;
    for (size_t n = 0; n < COUNT(bad); n++) {
        memcpy(w, sqrt_n, sizeof w);
        w[4] = bad[n];
        refuses(&plain, &o, (refusal){TQ_EDATA, 4, "weights", ">= 0"});
    }
    memset(w, 0, sizeof w);
    refuses(&plain, &o, (refusal){TQ_EDATA, TQ_NO_ROW, "weights", "> 0"});
    /* One study alone carries weight: nothing is left to tell tau2 from. */
    w[3] = 1.3;
    o.method = TQ_GENQ;
    refuses(&plain, &o, (refusal){TQ_EDATA, TQ_NO_ROW, "weights", "tau2"});
    o.method = TQ_GENQM;
    refuses(&plain, &o, (refusal){TQ_EDATA, TQ_NO_ROW, "weights", "tau2"});
}

static void running_out_of_steps_is_reported(void **state)
{
    static const tq_method iterative[] = {TQ_PM,   TQ_PMM, TQ_EB,   TQ_DLIT,
                                          TQ_SJIT, TQ_ML,  TQ_REML, TQ_GENQM};

    (void)state;
    for (size_t n = 0; n < COUNT(iterative); n++) {
        tq_pool_options o = with(iterative[n], TQ_TEST_Z);

        o.weights = iterative[n] == TQ_GENQM ? sqrt_n : NULL;
        o.max_iter = 1;
        refuses(&plain, &o, (refusal){TQ_ENOCONV, TQ_NO_ROW, "", "steps"});
    }
}

static void impossible_sizes_give_no_memory(void **state)
{
    (void)state;
    assert_null(tq_pool_work_new(0, 1));
    assert_null(tq_pool_work_new(1, 0));
    assert_null(tq_pool_work_new(SIZE_MAX, 2));
    assert_null(tq_pool_work_new(2, SIZE_MAX / 2));
    assert_null(tq_pool_new(0, 1));
    assert_null(tq_pool_new(SIZE_MAX / 8, 1));
    assert_null(tq_pool_new(3, SIZE_MAX / 4));
    tq_pool_work_free(NULL);
    tq_pool_free(NULL);
}

static void every_name_is_found_again(void **state)
{
    (void)state;
    for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
        assert_int_equal(tq_method_find(tq_method_name(m)), m);
        assert_true(strlen(tq_method_label(m)) > 0 && strlen(tq_method_source(m)) > 10);
    }
    assert_int_equal(tq_method_find("reml"), TQ_METHOD_COUNT);
    assert_null(tq_method_name(TQ_METHOD_COUNT));
    assert_null(tq_method_label((tq_method)-1));
    assert_null(tq_method_source(TQ_METHOD_COUNT));
    assert_int_equal(tq_method_random(TQ_METHOD_COUNT), 0);
    assert_int_equal(tq_method_random(TQ_EE), 0);
    for (tq_test t = 0; t <= TQ_TEST_COUNT; t++) {
        assert_int_equal(!tq_test_name(t) || !tq_test_label(t), t == TQ_TEST_COUNT);
    }
    for (tq_ci_tau2 c = 0; c <= TQ_CI_COUNT; c++) {
        assert_int_equal(!tq_ci_tau2_name(c) || !tq_ci_tau2_label(c), c == TQ_CI_COUNT);
    }
    for (tq_predict p = 0; p <= TQ_PREDICT_COUNT; p++) {
        assert_int_equal(!tq_predict_name(p) || !tq_predict_label(p), p == TQ_PREDICT_COUNT);
    }
}

/* ---- many studies, taken by blocks of rows ---- */

enum { MANY = 20011, COLUMNS = 8 };

/* y'Py at tau2 by normal equations in long double; beta[COLUMNS]. */
static long double many_Q(const tq_model *m, double tau2, long double *beta)
{
    long double A[COLUMNS][COLUMNS + 1] = {{0}}, Q = 0;

    for (size_t i = 0; i < MANY; i++) {
        const long double w = 1.0L / ((long double)m->vi[i] + (long double)tau2);

        for (size_t a = 0; a < COLUMNS; a++) {
            const long double x = w * (long double)m->X[i + a * MANY];

            for (size_t b = 0; b < COLUMNS; b++) {
                A[a][b] += x * (long double)m->X[i + b * MANY];
            }
            A[a][COLUMNS] += x * (long double)m->yi[i];
        }
    }
    for (size_t j = 0; j < COLUMNS; j++) { /* Gauss-Jordan: positive definite */
        for (size_t a = 0; a < COLUMNS; a++) {
            const long double factor = A[a][j] / A[j][j];

            for (size_t b = j; a != j && b <= COLUMNS; b++) {
                A[a][b] -= factor * A[j][b];
            }
        }
    }
    for (size_t a = 0; a < COLUMNS; a++) {
        beta[a] = A[a][COLUMNS] / A[a][a];
    }
    for (size_t i = 0; i < MANY; i++) {
        long double r = (long double)m->yi[i];

        for (size_t a = 0; a < COLUMNS; a++) {
            r -= beta[a] * (long double)m->X[i + a * MANY];
        }
        Q += r * r / ((long double)m->vi[i] + (long double)tau2);
    }
    return Q;
}

static void many_studies_fit_as_few(void **state)
{
    double *block = calloc(MANY * (COLUMNS + 2), sizeof *block);
    double *y = block, *v = block + MANY, *D = block + 2 * MANY;
    const tq_model m = {MANY, COLUMNS, y, v, D, 1, NULL};
    long double beta[COLUMNS];
    random_stream r = {4711};

    (void)state;
    assert_non_null(block);
    for (size_t i = 0; i < MANY; i++) {
        v[i] = 0.01 * pow(50.0, random_uniform(&r));
        y[i] = -0.31 + sqrt(v[i] + 0.07) * random_normal(&r);
        for (size_t a = 0; a < COLUMNS; a++) {
            D[i + a * MANY] = a == 0  ? 1.0
                              : a % 2 ? 40.0 + 12.0 * random_normal(&r)
                                      : (double)(random_uniform(&r) < 0.4);
            y[i] += 0.03 * (double)a * D[i + a * MANY];
        }
    }
    const tq_pool_options o = with(TQ_REML, TQ_TEST_KNHA);
    tq_pool *fit = fit_of(&m, &o);
    const double df = MANY - COLUMNS;
    const double Q = (double)many_Q(&m, fit->tau2, beta);

    for (size_t a = 0; a < COLUMNS; a++) {
        assert_near(fit->beta[a], (double)beta[a], 1e-11);
    }
    assert_relative(fit->kh, Q / df, 1e-12);
    assert_relative((double)many_Q(&m, fit->ci.tau2[0], beta), tq_chisq_quantile(0.975, df), 1e-11);
    assert_relative((double)many_Q(&m, fit->ci.tau2[1], beta), tq_chisq_quantile(0.025, df), 1e-11);
    assert_near(fit->score / (double)MANY, 0.0, 1e-10);
    tq_pool_free(fit);
    free(block);
}

/* Higgins, Thompson, Deeks & Altman (2003), BMJ 327:557-560, table: I2 with its interval, in percent,
   from Q. Studies of equal precision that have that Q. */
static void i2_from_q_matches_published_values(void **state)
{
    static const struct {
        size_t k;
        double Q, I2, lb, ub;
    } row[] = {
        {8, 12.44, 44.0, 0.0, 75.0},   /* amantadine */
        {33, 39.5, 19.0, 0.0, 48.0},   /* streptokinase */
        {55, 55.9, 3.0, 0.0, 28.0},    /* tamoxifen */
        {135, 179.9, 26.0, 7.0, 40.0}, /* serotonin reuptake inhibitors */
    };

    (void)state;
    for (size_t r = 0; r < sizeof row / sizeof *row; r++) {
        double y[135], v[135];
        const double k = (double)row[r].k;
        const double unit = sqrt(row[r].Q * 12.0 / (k * (k * k - 1.0)));

        for (size_t i = 0; i < row[r].k; i++) {
            y[i] = unit * (double)i;
            v[i] = 1.0;
        }
        const tq_model m = {row[r].k, 1, y, v, NULL, 1, NULL};
        tq_pool_options o = with(TQ_DL, TQ_TEST_Z);

        o.i2 = TQ_I2_Q;
        tq_pool *fit = fit_of(&m, &o);

        assert_near(fit->QE, row[r].Q, 1e-10);
        assert_near(fit->I2, row[r].I2, 0.5);
        assert_near(fit->ci.I2[0], row[r].lb, 0.5);
        assert_near(fit->ci.I2[1], row[r].ub, 0.5);
        assert_near(fit->H2, row[r].Q / (k - 1.0), 1e-12);
        assert_near(fit->ci.I2[1], 100.0 * (1.0 - 1.0 / fit->ci.H2[1]), 1e-10);
        tq_pool_free(fit);
    }
}

/* Without a chi-square above its degrees of freedom there is no I2; two studies have no interval then. */
static void i2_from_a_small_q_is_0(void **state)
{
    const double y[] = {0.31, 0.36, 0.29}, v[] = {0.11, 0.07, 0.23};
    tq_pool_options o = with(TQ_REML, TQ_TEST_Z);

    (void)state;
    o.i2 = TQ_I2_Q;
    for (size_t k = 2; k <= 3; k++) {
        const tq_model m = {k, 1, y, v, NULL, 1, NULL};
        tq_pool *fit = fit_of(&m, &o);

        assert_true(fit->I2 == 0.0 && fit->H2 == 1.0);
        assert_int_equal(isnan(fit->ci.I2[0]), k == 2);
        assert_true(k == 2 || (fit->ci.I2[0] == 0.0 && fit->ci.H2[0] == 1.0));
        tq_pool_free(fit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(i2_from_q_matches_published_values),
        cmocka_unit_test(i2_from_a_small_q_is_0),
        cmocka_unit_test(bcg_matches_published_software),
        cmocka_unit_test(coefficients_follow_their_definitions),
        cmocka_unit_test(kenward_roger_follows_its_closed_form),
        cmocka_unit_test(kenward_roger_is_exact_in_balanced_problems),
        cmocka_unit_test(moderators_are_tested_together),
        cmocka_unit_test(heterogeneity_follows_its_definitions),
        cmocka_unit_test(likelihood_and_criteria_follow_their_definitions),
        cmocka_unit_test(limits_of_tau2_solve_their_equations),
        cmocka_unit_test(equal_variances_make_three_intervals_one),
        cmocka_unit_test(intervals_hold_for_hundreds_of_studies),
        cmocka_unit_test(an_implausibly_homogeneous_set_is_empty),
        cmocka_unit_test(no_interval_without_an_estimate),
        cmocka_unit_test(prediction_intervals_by_hand),
        cmocka_unit_test(prediction_at_new_moderators),
        cmocka_unit_test(bootstrap_prediction_matches_a_published_interval),
        cmocka_unit_test(one_study_is_its_own_answer),
        cmocka_unit_test(two_studies_by_hand),
        cmocka_unit_test(a_design_of_ones_is_the_mean),
        cmocka_unit_test(effects_that_are_all_equal_fit_without_error),
        cmocka_unit_test(a_design_without_intercept_is_fitted_as_it_stands),
        cmocka_unit_test(tau2_0_is_the_fixed_effect_model),
        cmocka_unit_test(bad_studies_are_named),
        cmocka_unit_test(bad_designs_are_refused),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(options_that_exclude_each_other_are_refused),
        cmocka_unit_test(bad_weights_are_refused),
        cmocka_unit_test(running_out_of_steps_is_reported),
        cmocka_unit_test(impossible_sizes_give_no_memory),
        cmocka_unit_test(every_name_is_found_again),
        cmocka_unit_test(many_studies_fit_as_few),
    };

    return cmocka_run_group_tests(tests, load_bcg, NULL);
}
