/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Residuals and leverages against published software, the mean-shift model and brute force. */
#include "support/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diagnostics/residuals.h"
#include "support/random.h"
#include "support/stop.h"

/* ---- BCG vaccine: log relative risks of Colditz et al. (1994), JAMA 271:698-702 ---- */

enum { K = 13, P = 4 };

/* clang-format off */
static const double table[K][6] = { /* tuberculosis / none: vaccinated, control; latitude; allocation */
    {4, 119, 11, 128, 44, 0}, {6, 300, 29, 274, 55, 0}, {3, 228, 11, 209, 42, 0},
    {62, 13536, 248, 12619, 52, 0}, {33, 5036, 47, 5761, 13, 2}, {180, 1361, 372, 1079, 44, 2},
    {8, 2537, 10, 619, 19, 0}, {505, 87886, 499, 87892, 13, 0}, {29, 7470, 45, 7232, 27, 0},
    {17, 1699, 65, 1600, 42, 1}, {186, 50448, 141, 27197, 18, 1}, {5, 2493, 3, 2338, 33, 1},
    {27, 16886, 29, 17825, 33, 1}};
/* clang-format on */

static double yi[K], vi[K], weights[K], X[K * P], latitude[K * 2];

static int load_bcg(void **state)
{
    (void)state;
    for (size_t i = 0; i < K; i++) {
        const double a = table[i][0], n1 = a + table[i][1], c = table[i][2], n2 = c + table[i][3];

        yi[i] = log(a / n1) - log(c / n2);
        vi[i] = 1.0 / a - 1.0 / n1 + 1.0 / c - 1.0 / n2;
        weights[i] = sqrt(n1 + n2);
        X[i] = latitude[i] = 1.0;
        X[i + K] = table[i][5] == 0;
        X[i + 2 * K] = table[i][5] == 1;
        X[i + 3 * K] = latitude[i + K] = table[i][4];
    }
    return 0;
}

static const tq_model mods = {K, P, yi, vi, X, 1, NULL};
static const tq_model line = {K, 2, yi, vi, latitude, 1, NULL};

static tq_pool_options with(tq_method method, tq_test test)
{
    tq_pool_options o = tq_pool_defaults();

    o.method = method;
    o.test = test;
    o.tol = 1e-13;
    return o;
}

static void residuals_of(const tq_model *m, const tq_pool_options *o, tq_residual *out)
{
    tq_pool_work *work = tq_pool_work_new(m->k, m->p);
    tq_pool *fit = tq_pool_new(m->k, m->p);

    assert_int_equal(tq_pool_fit(m, o, work, fit, NULL), TQ_OK);
    assert_int_equal(tq_residuals(m, o, fit, 1, NULL, out, NULL), TQ_OK);
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

/* metafor 3.8.1, threshold 1e-15: rstandard(), hatvalues(), rstudent() of rma(yi, vi,
   mods = ~ factor(alloc) + ablat). */
static void residuals_match_published_software(void **state)
{
    /* clang-format off */
    static const double z[K] = {0.43759459781240556, -0.21589757093140116, -0.31721693673055162,
        -0.15507471040672793, -0.53706437982024979, 0.53706437982024413, -2.0170072927057836,
        1.2363591385704824, 0.60187714633479783, -1.5086042545635863, -0.67983397727203043,
        1.265216834120773, 1.3423035584505632};
    static const double hat[K] = {0.097089890415350419, 0.22171152350394291, 0.075857465783616879,
        0.39554909921165865, 0.56823567068242142, 0.66593071291489203, 0.14868002482627574,
        0.48842801538109271, 0.2002947794406342, 0.32681564579405592, 0.44848485877981897,
        0.087773956090744717, 0.27514835717549407};
    static const double deleted[2][K] = {
        {0.43692272681238059, -0.20248101387487963, -0.30844412162695695, -0.11878299186415295,
         -0.47262030252692971, 0.47262030252692366, -2.2990173870669799, 1.2471027351466939,
         0.58783102160748846, -1.5257701831234693, -0.63518339843543414, 1.2799406074596953,
         1.7633663207099395},
        {0.41743523155005641, -0.19455360368607694, -0.28978814277441578, -0.11669284416619004,
         -0.46084145553597544, 0.46084145553596967, -2.3314099968401591, 1.2300123544685533,
         0.58503459071576136, -1.5640294468744462, -0.62565699601201674, 1.2490440752523568,
         1.5604524199176235}};
    /* clang-format on */
    static const tq_test tests[] = {TQ_TEST_Z, TQ_TEST_KNHA};

    (void)state;
    for (size_t t = 0; t < 2; t++) {
        const tq_pool_options o = with(TQ_REML, tests[t]);
        tq_residual r[K];

        residuals_of(&mods, &o, r);
        for (size_t i = 0; i < K; i++) {
            assert_near(r[i].rstandard, z[i], 1e-9);
            assert_near(r[i].hat, hat[i], 1e-9);
            assert_near(r[i].rstudent, deleted[t][i], 1e-8);
        }
    }
}

/* The same with weights = sqrt(n), method DL; and method FE with test knha, where the deleted residuals
   need no fit. */
static void weights_and_closed_forms_match_published_software(void **state)
{
    /* clang-format off */
    static const double z[K] = {0.064231272006890022, -0.6812946178808591, -0.69231473816806943,
        -1.3612767445650602, -0.45281654956416723, 0.50298713414838514, -2.6281950100245828,
        0.47049727620078746, -0.041337155384929519, -1.3602721790841432, -0.55242103404769072,
        1.4508718750275271, 1.8455314145156672};
    static const double hat[K] = {0.028047594647901793, 0.085917542657783452, 0.031911795502726756,
        0.47560264969436944, 0.1254819145292036, 0.094781978753709098, 0.045009163688938113,
        0.50587776771615445, 0.077587368394107348, 0.087374671249469502, 0.23718016618194965,
        0.055761671880499006, 0.14946571510318604};
    static const double deleted[K] = {0.063847549931394104, -0.6757115044726637, -0.69050575322446917,
        -1.3474260658779968, -0.43597029459940273, 0.52499244564213543, -2.7733351070986125,
        0.40186413742895738, -0.039957954881093355, -1.3831915228262524, -0.47880854158146352,
        1.4552468915371264, 1.9264012184519967};
    static const double fixed[K] = {0.053855716304927803, -0.42692292879611243, -0.41559966251354608,
        -1.4083660031761176, -0.47517566391130445, 1.862879874857992, -2.0323116937306307,
        0.88823653179104056, -0.057483826265853757, -1.1158137763578424, -0.91833047258022593,
        0.86652637087695061, 1.4354690994037436};
    /* clang-format on */
    tq_pool_options o = with(TQ_DL, TQ_TEST_Z);
    tq_residual r[K];

    (void)state;
    o.weights = weights;
    residuals_of(&line, &o, r);
    for (size_t i = 0; i < K; i++) {
        assert_near(r[i].rstandard, z[i], 1e-10);
        assert_near(r[i].hat, hat[i], 1e-12);
        assert_near(r[i].rstudent, deleted[i], 1e-10);
    }
    o = with(TQ_FE, TQ_TEST_KNHA);
    residuals_of(&line, &o, r);
    for (size_t i = 0; i < K; i++) {
        assert_near(r[i].rstudent, fixed[i], 1e-10);
        assert_near(r[i].tau2_del, NAN, 0.0);
    }
}

/* The deleted residual is the coefficient of the study's own indicator, with its z and tau2. */
static void rstudent_is_the_mean_shift_outlier_test(void **state)
{
    static const tq_method methods[] = {TQ_REML, TQ_PM, TQ_DL, TQ_EE, TQ_UWLS};
    double D[K * 3];
    const tq_model shifted = {K, 3, yi, vi, D, 1, NULL};
    tq_pool_work *work = tq_pool_work_new(K, 3);
    tq_pool *fit = tq_pool_new(K, 3);

    (void)state;
    memcpy(D, latitude, sizeof latitude);
    for (size_t m = 0; m < 9; m++) {
        const tq_pool_options o = with(methods[m % 5], m < 5 ? TQ_TEST_Z : TQ_TEST_KNHA);
        tq_residual r[K];

        residuals_of(&line, &o, r);
        for (size_t i = 0; i < K; i++) {
            memset(D + 2 * K, 0, K * sizeof *D);
            D[i + 2 * K] = 1.0;
            assert_int_equal(tq_pool_fit(&shifted, &o, work, fit, NULL), TQ_OK);
            assert_near(r[i].resid_del, fit->beta[2], 1e-8);
            assert_near(r[i].se_del, fit->se[2], 1e-8);
            assert_near(r[i].rstudent, fit->stat[2], 1e-7);
            assert_near(r[i].tau2_del, fit->tau2, 1e-9);
        }
    }
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

/* tau2 fixed: the downdate against fits that leave the study out, for every test it knows. */
static void downdates_equal_refits(void **state)
{
    static const tq_test tests[] = {TQ_TEST_Z, TQ_TEST_T, TQ_TEST_KNHA, TQ_TEST_ADHOC};
    double own[K];

    (void)state;
    for (size_t t = 0; t < 4; t++) {
        tq_pool_options o = with(TQ_REML, tests[t]);
        tq_residual closed[K], refitted[K];

        o.tau2 = 0.137;
        residuals_of(&mods, &o, closed);
        for (size_t i = 0; i < K; i++) {
            own[i] = 1.0 / (vi[i] + o.tau2);
        }
        o.weights = own; /* the same weights, told as if they were others: no closed form */
        residuals_of(&mods, &o, refitted);
        for (size_t i = 0; i < K; i++) {
            assert_near(closed[i].rstandard, refitted[i].rstandard, 1e-11);
            assert_near(closed[i].resid_del, refitted[i].resid_del, 1e-11);
            assert_near(closed[i].se_del, refitted[i].se_del, 1e-11);
            assert_near(closed[i].hat, refitted[i].hat, 1e-12);
        }
    }
}

static void leverages_sum_to_the_coefficients(void **state)
{
    const tq_pool_options o = with(TQ_REML, TQ_TEST_Z);
    const tq_model mean = {K, 1, yi, vi, NULL, 1, NULL};
    tq_residual r[K];
    double sum = 0.0;

    (void)state;
    residuals_of(&mods, &o, r);
    for (size_t i = 0; i < K; i++) {
        sum += r[i].hat;
        assert_relative(r[i].pearson, r[i].rstandard * sqrt(1.0 - r[i].hat), 1e-9);
    }
    assert_near(sum, P, 1e-12);
    residuals_of(&mean, &o, r);
    sum = 0.0;
    for (size_t i = 0; i < K; i++) {
        sum += r[i].hat;
    }
    assert_near(sum, 1.0, 1e-13);
}

/* A level of one study: its residual is 0 whatever its effect, and it cannot be left out. */
static void a_study_of_its_own_has_no_residual(void **state)
{
    double D[K * 2];
    const tq_model m = {K, 2, yi, vi, D, 1, NULL};
    static const tq_method methods[] = {TQ_REML, TQ_EE};

    (void)state;
    for (size_t i = 0; i < K; i++) {
        D[i] = 1.0;
        D[i + K] = i == 6;
    }
    for (size_t j = 0; j < 2; j++) {
        const tq_pool_options o = with(methods[j], TQ_TEST_Z);
        tq_residual r[K];

        residuals_of(&m, &o, r);
        assert_near(r[6].resid, 0.0, 1e-12);
        assert_near(r[6].hat, 1.0, 1e-12);
        assert_near(r[6].rstandard, NAN, 0.0);
        assert_near(r[6].rstudent, NAN, 0.0);
        assert_true(isfinite(r[5].rstudent));
    }
}

/* One study and two: what cannot be is NaN, not noise. */
static void few_studies_have_what_exists(void **state)
{
    const tq_pool_options o = with(TQ_REML, TQ_TEST_Z);
    const tq_model one = {1, 1, yi, vi, NULL, 1, NULL}, two = {2, 1, yi, vi, NULL, 1, NULL};
    tq_residual r[2];

    (void)state;
    residuals_of(&one, &o, r);
    assert_near(r[0].resid, 0.0, 0.0);
    assert_near(r[0].rstudent, NAN, 0.0);
    residuals_of(&two, &o, r);
    assert_near(r[0].resid_del, yi[0] - yi[1], 1e-12);
    assert_near(r[0].se_del, sqrt(vi[0] + vi[1]), 1e-12); /* tau2 of one study is 0 */
}

static void threads_change_nothing_and_work_can_be_stopped(void **state)
{
    const tq_pool_options o = with(TQ_REML, TQ_TEST_KNHA);
    const tq_progress stop = {stop_at_once, NULL};
    tq_pool_work *work = tq_pool_work_new(K, P);
    tq_pool *fit = tq_pool_new(K, P);
    tq_residual one[K], four[K];

    (void)state;
    assert_int_equal(tq_pool_fit(&mods, &o, work, fit, NULL), TQ_OK);
    assert_int_equal(tq_residuals(&mods, &o, fit, 1, NULL, one, NULL), TQ_OK);
    assert_int_equal(tq_residuals(&mods, &o, fit, 4, NULL, four, NULL), TQ_OK);
    assert_memory_equal(one, four, sizeof one);
    assert_int_equal(tq_residuals(&mods, &o, fit, 1, &stop, one, NULL), TQ_EINTR);
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(residuals_match_published_software),
        cmocka_unit_test(weights_and_closed_forms_match_published_software),
        cmocka_unit_test(rstudent_is_the_mean_shift_outlier_test),
        cmocka_unit_test(downdates_equal_refits),
        cmocka_unit_test(leverages_sum_to_the_coefficients),
        cmocka_unit_test(a_study_of_its_own_has_no_residual),
        cmocka_unit_test(few_studies_have_what_exists),
        cmocka_unit_test(threads_change_nothing_and_work_can_be_stopped),
    };

    return cmocka_run_group_tests(tests, load_bcg, NULL);
}
