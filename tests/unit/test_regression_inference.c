/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of combinations of coefficients, inflation factors, adjusted p-values. */
#include "support/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/multiplicity.h"
#include "moderators/inflation.h"
#include "pooling/wald.h"
#include "support/random.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- BCG vaccine: log relative risks of Colditz et al. (1994), JAMA 271:698-702 ---- */

enum { K = 13, P = 4 };

/* clang-format off */
static const double table[K][6] = { /* tuberculosis / none: vaccinated, control; latitude; allocation: random,
                                       systematic, alternate */
    {4, 119, 11, 128, 44, 0}, {6, 300, 29, 274, 55, 0}, {3, 228, 11, 209, 42, 0},
    {62, 13536, 248, 12619, 52, 0}, {33, 5036, 47, 5761, 13, 2}, {180, 1361, 372, 1079, 44, 2},
    {8, 2537, 10, 619, 19, 0}, {505, 87886, 499, 87892, 13, 0}, {29, 7470, 45, 7232, 27, 0},
    {17, 1699, 65, 1600, 42, 1}, {186, 50448, 141, 27197, 18, 1}, {5, 2493, 3, 2338, 33, 1},
    {27, 16886, 29, 17825, 33, 1}};
/* clang-format on */

static double yi[K], vi[K], X[K * P];

/* Columns: 1, two indicators with `reference` as the level that has none, latitude. */
static void code(int reference)
{
    for (size_t i = 0; i < K; i++) {
        const int level = (int)table[i][5], first = reference == 0, second = reference == 2 ? 1 : 2;

        X[i] = 1.0;
        X[i + K] = level == first;
        X[i + 2 * K] = level == second;
        X[i + 3 * K] = table[i][4];
    }
}

static int load_bcg(void **state)
{
    (void)state;
    for (size_t i = 0; i < K; i++) {
        const double a = table[i][0], n1 = a + table[i][1], c = table[i][2], n2 = c + table[i][3];

        yi[i] = log(a / n1) - log(c / n2);
        vi[i] = 1.0 / a - 1.0 / n1 + 1.0 / c - 1.0 / n2;
    }
    code(2);
    return 0;
}

static const tq_model bcg = {K, P, yi, vi, X, 1, NULL};

/* A fit, and its workspace, that the caller frees. */
static tq_pool *fit_of(const tq_model *m, tq_method method, tq_test test, tq_pool_work **work)
{
    tq_pool_options o = tq_pool_defaults();
    tq_pool *fit = tq_pool_new(m->k, m->p);

    o.method = method;
    o.test = test;
    o.tol = 1e-13;
    *work = tq_pool_work_new(m->k, m->p);
    assert_non_null(fit);
    assert_int_equal(tq_pool_fit(m, &o, *work, fit, NULL), TQ_OK);
    return fit;
}

static void release(tq_pool *fit, tq_pool_work *work)
{
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

/* ---- combinations ---- */

/* metafor 3.8.1: anova(rma(yi, vi, mods = ~ factor(alloc) + ablat), X =, rhs =), threshold 1e-15. */
static void contrasts_match_published_software(void **state)
{
    static const struct {
        tq_test test;
        double one[4], columns[2], joint[2];
    } rows[] = {
        {TQ_TEST_Z,
         {-0.57595249844118157 + 0.25, 0.31040208105853118, -1.8555046295987194,
          0.063524198731534143},
         {1.2850179604660974, 0.52597111603505931},
         {5.5115670073617569, 0.063559201286715647}},
        {TQ_TEST_KNHA,
         {-0.57595249844118157 + 0.25, 0.32101565890257588, -1.7941570215301421,
          0.10636950048470772},
         {0.60072542825994102, 0.56900037743075038},
         {2.5765697855925844, 0.13039283858318873}},
    };
    const double one[P] = {0, 1, -1, 0};
    const double joint[2 * P] = {0, 0, 1, 0, -1, 1, 0, 10}, rhs[2] = {0.25, -0.1};
    const size_t columns[] = {1, 2};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        tq_pool_work *work;
        tq_pool *fit = fit_of(&bcg, TQ_REML, rows[i].test, &work);
        tq_linear l;
        tq_wald w;

        tq_pool_linear(fit, one, 0.25, &l);
        assert_near(l.est, rows[i].one[0], 1e-10);
        assert_near(l.se, rows[i].one[1], 1e-10);
        assert_near(l.stat, rows[i].one[2], 1e-9);
        assert_near(l.pval, rows[i].one[3], 1e-9);
        assert_int_equal(tq_pool_wald_columns(fit, 2, columns, work, &w, NULL), TQ_OK);
        assert_near(w.stat, rows[i].columns[0], 1e-9);
        assert_near(w.pval, rows[i].columns[1], 1e-9);
        assert_int_equal(tq_pool_wald(fit, 2, joint, rhs, work, &w, NULL), TQ_OK);
        assert_near(w.stat, rows[i].joint[0], 1e-9);
        assert_near(w.pval, rows[i].joint[1], 1e-9);
        assert_near(w.df1, 2.0, 0.0);
        assert_near(w.df2, rows[i].test == TQ_TEST_Z ? NAN : 9.0, 0.0);
        release(fit, work);
    }
}

/* One combination: the joint test is the square of its own, under every test. */
static void one_combination_tests_as_its_square(void **state)
{
    const double c[P] = {0.3, 1.0, -0.7, 12.0};

    (void)state;
    for (tq_test test = 0; test < TQ_TEST_HC; test++) {
        tq_pool_work *work;
        tq_pool *fit = fit_of(&bcg, TQ_REML, test, &work);
        tq_linear l;
        tq_wald w;
        const double rhs = -0.21;

        tq_pool_linear(fit, c, rhs, &l);
        assert_int_equal(tq_pool_wald(fit, 1, c, &rhs, work, &w, NULL), TQ_OK);
        assert_relative(w.stat, l.stat * l.stat, 1e-11);
        assert_relative(w.pval, l.pval, 1e-9);
        assert_near(w.df2, l.df, 1e-8);
        assert_relative(l.ci_ub - l.est, l.est - l.ci_lb, 1e-12);
        release(fit, work);
    }
}

/* Differences between levels, and their joint test, do not know which level is the reference. */
static void contrasts_ignore_the_reference_level(void **state)
{
    const size_t columns[] = {2, 1};

    (void)state;
    for (tq_test test = 0; test < TQ_TEST_HC; test++) {
        double est = NAN, se = NAN, df = NAN, stat = NAN, pval = NAN;

        for (int reference = 2; reference >= 0; reference--) {
            tq_pool_work *work;
            tq_linear l;
            tq_wald w;

            code(reference);
            tq_pool *fit = fit_of(&bcg, TQ_REML, test, &work);
            /* systematic less random, for the references random, systematic, alternate */
            const double c[3][P] = {{0, 1, 0, 0}, {0, -1, 0, 0}, {0, -1, 1, 0}};

            tq_pool_linear(fit, c[reference], 0.0, &l);
            assert_int_equal(tq_pool_wald_columns(fit, 2, columns, work, &w, NULL), TQ_OK);
            if (reference < 2) {
                assert_near(l.est, est, 1e-10);
                assert_near(l.se, se, 1e-10);
                assert_near(l.df, df, 1e-7);
                assert_near(w.stat, stat, 1e-9);
                assert_near(w.pval, pval, 1e-9);
            }
            est = l.est;
            se = l.se;
            df = l.df;
            stat = w.stat;
            pval = w.pval;
            release(fit, work);
        }
    }
    code(2);
}

static void impossible_tests_are_refused(void **state)
{
    const double twice[2 * P] = {0, 0, 1, 2, -1, -2, 0, 0}, none[P] = {0};
    tq_pool_work *work;
    tq_pool *fit = fit_of(&bcg, TQ_REML, TQ_TEST_Z, &work);
    tq_linear l;
    tq_wald w;

    (void)state;
    assert_int_equal(tq_pool_wald(fit, 2, twice, NULL, work, &w, NULL), TQ_EINVAL);
    assert_int_equal(tq_pool_wald(fit, 1, none, NULL, work, &w, NULL), TQ_EINVAL);
    assert_int_equal(tq_pool_wald(fit, 0, twice, NULL, work, &w, NULL), TQ_EINVAL);
    assert_int_equal(tq_pool_wald_columns(fit, P + 1, NULL, work, &w, NULL), TQ_EINVAL);
    tq_pool_linear(fit, none, 0.0, &l);
    assert_near(l.est, 0.0, 0.0);
    assert_near(l.stat, NAN, 0.0);
    assert_near(l.pval, NAN, 0.0);
    release(fit, work);
}

/* Knapp-Hartung with a perfect fit: no variance, no test. */
static void a_perfect_fit_has_no_test(void **state)
{
    double y[K];
    const tq_model m = {K, P, y, vi, X, 1, NULL};
    const size_t columns[] = {1, 2};
    tq_pool_work *work;
    tq_wald w;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        y[i] = 0.4;
    }
    tq_pool *fit = fit_of(&m, TQ_REML, TQ_TEST_KNHA, &work);

    assert_int_equal(tq_pool_wald_columns(fit, 2, columns, work, &w, NULL), TQ_OK);
    assert_near(w.stat, NAN, 0.0);
    assert_near(w.pval, NAN, 0.0);
    release(fit, work);
}

/* ---- inflation ---- */

/* metafor 3.8.1: vif(), and with btt = 2:3. */
static void inflation_matches_published_software(void **state)
{
    static const double want[] = {1.7224344817536716, 1.7110728977664258, 1.0151038199000626};
    const size_t set[] = {1, 2}, intercept = 0, beyond = P;
    tq_pool_work *work;
    tq_pool *fit = fit_of(&bcg, TQ_REML, TQ_TEST_KNHA, &work);
    tq_inflation f;

    (void)state;
    for (size_t a = 1; a < P; a++) {
        assert_int_equal(tq_inflation_of(fit, 1, 1, &a, &f, NULL), TQ_OK);
        assert_near(f.gvif, want[a - 1], 1e-9);
        assert_near(f.gsif, sqrt(want[a - 1]), 1e-9);
    }
    assert_int_equal(tq_inflation_of(fit, 1, 2, set, &f, NULL), TQ_OK);
    assert_near(f.gvif, 1.0151038199000626, 1e-9); /* as that of latitude: the rest of two sets */
    assert_near(f.gsif, pow(f.gvif, 0.25), 1e-12);
    const double both = f.gvif;

    assert_int_equal(tq_inflation_of(fit, 1, 0, set, &f, NULL), TQ_EINVAL);
    assert_int_equal(tq_inflation_of(fit, 1, 1, &intercept, &f, NULL), TQ_EINVAL);
    assert_int_equal(tq_inflation_of(fit, 1, 1, &beyond, &f, NULL), TQ_EINVAL);
    memset(fit->vb_model, 0, P * P * sizeof *fit->vb_model);
    assert_int_equal(tq_inflation_of(fit, 1, 2, set, &f, NULL), TQ_EDATA);
    release(fit, work);
    code(0);
    fit = fit_of(&bcg, TQ_REML, TQ_TEST_Z, &work);
    assert_int_equal(tq_inflation_of(fit, 1, 2, set, &f, NULL), TQ_OK);
    assert_near(f.gvif, both, 1e-9); /* whatever the reference */
    release(fit, work);
    code(2);
}

/* Equal variances: 1 / (1 - R2_j) of the column on the others; orthogonal columns: 1. */
static void inflation_is_that_of_least_squares(void **state)
{
    enum { N = 16 };
    double D[N * 4], y[N], v[N];
    random_stream r = {99};
    tq_inflation f;
    tq_pool_work *work;
    const tq_model orthogonal = {N, 4, y, v, D, 1, NULL}, two = {N, 3, y, v, D, 1, NULL};

    (void)state;
    for (size_t i = 0; i < N; i++) {
        v[i] = 0.17;
        y[i] = random_normal(&r);
        for (size_t a = 0; a < 4; a++) { /* Hadamard columns */
            D[i + a * N] = a == 0 ? 1.0 : (i >> (a - 1) & 1) ? 2.5 : -2.5;
        }
    }
    tq_pool *fit = fit_of(&orthogonal, TQ_REML, TQ_TEST_Z, &work);

    for (size_t a = 1; a < 4; a++) {
        assert_int_equal(tq_inflation_of(fit, 1, 1, &a, &f, NULL), TQ_OK);
        assert_near(f.gvif, 1.0, 1e-12);
    }
    release(fit, work);
    double sx = 0, sz = 0, sxx = 0, szz = 0, sxz = 0;

    for (size_t i = 0; i < N; i++) {
        D[i + N] = 3.0 + random_normal(&r);
        D[i + 2 * N] = 0.8 * D[i + N] + random_normal(&r);
        sx += D[i + N];
        sz += D[i + 2 * N];
    }
    for (size_t i = 0; i < N; i++) {
        const double x = D[i + N] - sx / N, z = D[i + 2 * N] - sz / N;

        sxx += x * x;
        szz += z * z;
        sxz += x * z;
    }
    fit = fit_of(&two, TQ_REML, TQ_TEST_Z, &work);
    for (size_t a = 1; a < 3; a++) {
        assert_int_equal(tq_inflation_of(fit, 1, 1, &a, &f, NULL), TQ_OK);
        assert_near(f.gvif, 1.0 / (1.0 - sxz * sxz / (sxx * szz)), 1e-10);
    }
    release(fit, work);
}

/* ---- p-values ---- */

/* R 4.2.2: p.adjust(). */
static void adjusted_p_values_match(void **state)
{
    static const double p[] = {0.012, 0.034, NAN, 0.0007, 0.21, 0.049, 0.63, 0.034};
    static const double want[TQ_ADJUST_COUNT][8] = {
        [TQ_ADJUST_NONE] = {0.012, 0.034, NAN, 0.0007, 0.21, 0.049, 0.63, 0.034},
        [TQ_ADJUST_BONFERRONI] = {0.084, 0.238, NAN, 0.0049, 1, 0.343, 1, 0.238},
        [TQ_ADJUST_HOLM] = {0.072, 0.17, NAN, 0.0049, 0.42, 0.17, 0.63, 0.17},
        [TQ_ADJUST_HOCHBERG] = {0.072, 0.136, NAN, 0.0049, 0.42, 0.147, 0.63, 0.136},
        [TQ_ADJUST_FDR] = {0.042, 0.0595, NAN, 0.0049, 0.245, 0.0686, 0.63, 0.0595},
        [TQ_ADJUST_BY] = {0.1089, 0.154275, NAN, 0.012705, 0.63525, 0.17787, 1, 0.154275},
    };
    double got[8];

    (void)state;
    for (tq_adjust a = 0; a < TQ_ADJUST_COUNT; a++) {
        assert_int_equal(tq_adjust_pvalues(a, 8, p, got, NULL), TQ_OK);
        for (size_t i = 0; i < 8; i++) {
            assert_near(got[i], want[a][i], 1e-15);
        }
        assert_non_null(tq_adjust_name(a));
        assert_non_null(tq_adjust_label(a));
    }
    assert_int_equal(tq_adjust_pvalues(TQ_ADJUST_HOLM, 0, p, got, NULL), TQ_OK);
    assert_int_equal(tq_adjust_pvalues(TQ_ADJUST_COUNT, 8, p, got, NULL), TQ_EINVAL);
    assert_null(tq_adjust_name(TQ_ADJUST_COUNT));
    assert_null(tq_adjust_label(TQ_ADJUST_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contrasts_match_published_software),
        cmocka_unit_test(one_combination_tests_as_its_square),
        cmocka_unit_test(contrasts_ignore_the_reference_level),
        cmocka_unit_test(impossible_tests_are_refused),
        cmocka_unit_test(a_perfect_fit_has_no_test),
        cmocka_unit_test(inflation_matches_published_software),
        cmocka_unit_test(inflation_is_that_of_least_squares),
        cmocka_unit_test(adjusted_p_values_match),
    };

    return cmocka_run_group_tests(tests, load_bcg, NULL);
}
