/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of two-by-two tables from statistics and margins: examples, round trips, and refusals. */
#include "effects/two_by_two_from.h"

#include <math.h>

#include "support/near.h"

static tq_table_margins margins(double a, double b, double c, double d)
{
    return (tq_table_margins){.ni = a + b + c + d, .n1i = a + b, .n2i = a + c};
}

static void assert_cells(tq_table_cells t, double a, double b, double c, double d, double tol)
{
    assert_null(t.why);
    assert_near(t.ai, a, tol);
    assert_near(t.bi, b, tol);
    assert_near(t.ci, c, tol);
    assert_near(t.di, d, tol);
}

static void assert_no_table(tq_table_cells t)
{
    assert_non_null(t.why);
    assert_true(isnan(t.ai) && isnan(t.bi) && isnan(t.ci) && isnan(t.di));
}

static double phi_of(double a, double b, double c, double d)
{
    return (a * d - b * c) / (sqrt((a + b) * (c + d)) * sqrt((a + c) * (b + d)));
}

/* The table 36, 86, 20, 98 of the help page of metafor's conv.2x2: OR 2.05, phi 0.15, chi-square
   with Yates' correction 4.61, all to two decimals, give it back. */
static void rounded_statistics_give_whole_cells_back(void **state)
{
    const tq_table_margins m = margins(36, 86, 20, 98);
    tq_table_cells t;

    (void)state;
    assert_int_equal(tq_table_from_odds_ratio(&m, 2.05, 1, &t, NULL), TQ_OK);
    assert_cells(t, 36, 86, 20, 98, 0.0);
    assert_int_equal(tq_table_from_phi(&m, 0.15, 1, &t, NULL), TQ_OK);
    assert_cells(t, 36, 86, 20, 98, 0.0);
    assert_int_equal(tq_table_from_chisq(&m, 4.61, 1, 1, &t, NULL), TQ_OK);
    assert_cells(t, 36, 86, 20, 98, 0.0);
}

/* The same page: 28, 14, 12, 18, chi-square 4.02 corrected and 5.04 not; and 40, 60, 60, 40, where
   the sign of the statistic decides. */
static void correction_and_sign_matter(void **state)
{
    const tq_table_margins m = margins(28, 14, 12, 18), even = margins(40, 60, 60, 40);
    tq_table_cells t;

    (void)state;
    assert_int_equal(tq_table_from_chisq(&m, 4.02, 1, 1, &t, NULL), TQ_OK);
    assert_cells(t, 28, 14, 12, 18, 0.0);
    assert_int_equal(tq_table_from_chisq(&m, 5.04, 0, 1, &t, NULL), TQ_OK);
    assert_cells(t, 28, 14, 12, 18, 0.0);
    assert_int_equal(tq_table_from_chisq(&m, 5.04, 1, 1, &t, NULL), TQ_OK);
    assert_cells(t, 29, 13, 11, 19, 0.0);
    assert_int_equal(tq_table_from_chisq(&even, -7.22, 1, 1, &t, NULL), TQ_OK);
    assert_cells(t, 40, 60, 60, 40, 0.0);
    assert_int_equal(tq_table_from_chisq(&even, 7.22, 1, 1, &t, NULL), TQ_OK);
    assert_cells(t, 60, 40, 40, 60, 0.0);
}

/* Examples printed on the help pages of table.from.odds and table.from.phi of the R package vcmeta
   (Bonett), to seven decimals of proportions. */
static void proportions_of_bonetts_examples(void **state)
{
    const tq_table_margins odds = {100.0, 17.0, 50.0}, phi = {200.0, 56.0, 128.0};
    tq_table_cells t;

    (void)state;
    assert_int_equal(tq_table_from_odds_ratio(&odds, 3.18, 0, &t, NULL), TQ_OK);
    assert_cells(t, 12.33262, 4.667383, 37.66738, 45.33262, 5e-7);
    assert_int_equal(tq_table_from_phi(&phi, 0.38, 0, &t, NULL), TQ_OK);
    assert_cells(t, 52.21948, 3.78052, 75.78052, 68.21948, 5e-7);
    assert_int_equal(tq_table_from_phi(&phi, 0.38, 1, &t, NULL), TQ_OK);
    assert_cells(t, 52, 4, 76, 68, 0.0);
}

/* Statistics at full precision give any table back, in both directions of association. */
static void exact_statistics_give_any_table_back(void **state)
{
    const double cells[][4] = {{36, 86, 20, 98},     {3, 97, 88, 12},  {1, 0.5, 2, 4000},
                               {5.3, 2.1, 2.2, 0.7}, {12, 12, 12, 12}, {9000, 3, 41, 77},
                               {11, 40, 0, 60},      {0, 40, 13, 60}};

    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        const double a = cells[i][0], b = cells[i][1], c = cells[i][2], d = cells[i][3];
        const tq_table_margins m = margins(a, b, c, d);
        const double phi = phi_of(a, b, c, d),
                     prod = m.n1i * (m.ni - m.n1i) * m.n2i * (m.ni - m.n2i);
        const double apart = fabs(a * d - b * c) - 0.5 * m.ni;
        tq_table_cells t;

        if (b * c > 0.0) {
            assert_int_equal(tq_table_from_odds_ratio(&m, a / b * (d / c), 0, &t, NULL), TQ_OK);
            assert_cells(t, a, b, c, d, 1e-11);
        }
        assert_int_equal(tq_table_from_phi(&m, phi, 0, &t, NULL), TQ_OK);
        assert_cells(t, a, b, c, d, 1e-11);
        assert_int_equal(tq_table_from_chisq(&m, copysign(m.ni * phi * phi, phi), 0, 0, &t, NULL),
                         TQ_OK);
        assert_cells(t, a, b, c, d, 1e-11);
        if (apart > 0.0) {
            assert_int_equal(
                tq_table_from_chisq(&m, copysign(m.ni * apart * apart / prod, phi), 1, 0, &t, NULL),
                TQ_OK);
            assert_cells(t, a, b, c, d, 1e-11);
        }
    }
}

/* An odds ratio fits any margins: no cell is ever negative, and the margins stay. */
static void odds_ratios_fit_all_margins(void **state)
{
    const double n[] = {3.0, 42.0, 97.5, 99.0};

    (void)state;
    for (int e = -300; e <= 300; e += 25) {
        for (size_t i = 0; i < 16; i++) {
            const tq_table_margins m = {100.0, n[i / 4], n[i % 4]};
            tq_table_cells t;

            assert_int_equal(tq_table_from_odds_ratio(&m, pow(10.0, e), 0, &t, NULL), TQ_OK);
            assert_null(t.why);
            assert_near(t.ai + t.bi, m.n1i, 1e-14);
            assert_near(t.ai + t.ci, m.n2i, 1e-14);
            assert_near(t.ai + t.bi + t.ci + t.di, 100.0, 1e-14);
            if (e == 0) {
                assert_relative(t.ai * t.di, pow(10.0, e) * t.bi * t.ci, 1e-4);
            }
        }
    }
}

static void an_odds_ratio_of_0_empties_a_cell(void **state)
{
    const tq_table_margins few = {100.0, 30.0, 40.0}, many = {100.0, 70.0, 60.0},
                           just = {100.0, 60.0, 40.0};
    tq_table_cells t;

    (void)state;
    assert_int_equal(tq_table_from_odds_ratio(&few, 0.0, 0, &t, NULL), TQ_OK);
    assert_cells(t, 0, 30, 40, 30, 1e-13);
    assert_int_equal(tq_table_from_odds_ratio(&many, 0.0, 0, &t, NULL), TQ_OK);
    assert_cells(t, 30, 40, 30, 0, 1e-13);
    assert_int_equal(tq_table_from_odds_ratio(&just, 0.0, 0, &t, NULL), TQ_OK);
    assert_cells(t, 0, 60, 40, 0, 1e-13);
}

/* metafor's page: phi 0.54 with 200 of 400 and a guess of 50 where 248 had the outcome. */
static void impossible_margins_make_no_table(void **state)
{
    const tq_table_margins known = {400, 200, 248}, guess = {400, 200, 200}, wrong = {400, 200, 50};
    tq_table_cells t;

    (void)state;
    assert_int_equal(tq_table_from_phi(&known, 0.54, 1, &t, NULL), TQ_OK);
    assert_cells(t, 176, 24, 72, 128, 0.0);
    assert_int_equal(tq_table_from_phi(&guess, 0.54, 1, &t, NULL), TQ_OK);
    assert_cells(t, 154, 46, 46, 154, 0.0);
    assert_int_equal(tq_table_from_phi(&wrong, 0.54, 1, &t, NULL), TQ_OK);
    assert_no_table(t);
    assert_int_equal(tq_table_from_phi(&wrong, -0.54, 0, &t, NULL), TQ_OK);
    assert_no_table(t);
    assert_int_equal(tq_table_from_chisq(&wrong, 250.0, 0, 0, &t, NULL), TQ_OK);
    assert_no_table(t);
    assert_int_equal(tq_table_from_chisq(&known, 0.0, 1, 1, &t, NULL), TQ_OK);
    assert_no_table(t);
    assert_int_equal(tq_table_from_chisq(&known, 0.0, 0, 0, &t, NULL), TQ_OK);
    assert_cells(t, 124, 76, 124, 76, 1e-14);
}

static void accuracy_gives_the_table_of_a_test(void **state)
{
    const double a = 81, b = 23, c = 19, d = 177, n = 300; /* sens 0.81, spec 0.885 */
    const tq_test_accuracy by_prevalence = {n, 0.81, 0.885, 1.0 / 3.0, NAN, NAN};
    const tq_test_accuracy by_ppv = {n, 0.81, 0.885, NAN, a / (a + b), NAN};
    const tq_test_accuracy by_npv = {n, 0.81, 0.885, NAN, NAN, d / (c + d)};
    const tq_test_accuracy by_both = {n, 0.81, 0.89, NAN, 0.78, 0.90}; /* as printed */
    const tq_test_accuracy perfect_ppv = {n, 0.81, 1.0, NAN, 1.0, d / (c + d)};
    const tq_test_accuracy silent = {n, 0.81, 1.0, NAN, 1.0, NAN};
    tq_table_cells t;

    (void)state;
    assert_int_equal(tq_table_from_accuracy(&by_prevalence, 0, &t, NULL), TQ_OK);
    assert_cells(t, a, b, c, d, 1e-14);
    assert_int_equal(tq_table_from_accuracy(&by_ppv, 0, &t, NULL), TQ_OK);
    assert_cells(t, a, b, c, d, 1e-13);
    assert_int_equal(tq_table_from_accuracy(&by_npv, 0, &t, NULL), TQ_OK);
    assert_cells(t, a, b, c, d, 1e-13);
    assert_int_equal(tq_table_from_accuracy(&by_both, 1, &t, NULL), TQ_OK);
    assert_near(t.ai + t.bi + t.ci + t.di, n, 0.0);
    assert_near(t.ai, a, 0.03);
    assert_near(t.di, d, 0.03);
    /* A PPV of 1 with a specificity of 1 holds at any prevalence; the NPV does not. */
    assert_int_equal(tq_table_from_accuracy(&perfect_ppv, 0, &t, NULL), TQ_OK);
    assert_null(t.why);
    assert_near(t.di / (t.ci + t.di), d / (c + d), 1e-14);
    assert_int_equal(tq_table_from_accuracy(&silent, 0, &t, NULL), TQ_OK);
    assert_no_table(t);
}

static void wrong_margins_are_refused_by_name(void **state)
{
    const struct {
        tq_table_margins m;
        const char *column;
    } bad[] = {{{0, 20, 30}, "ni"},    {{NAN, 20, 30}, "ni"},   {{HUGE_VAL, 20, 30}, "ni"},
               {{100, 0, 30}, "n1i"},  {{100, 100, 30}, "n1i"}, {{100, NAN, 30}, "n1i"},
               {{100, 20, -1}, "n2i"}, {{100, 20, 100}, "n2i"}, {{100, 20, NAN}, "n2i"}};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tq_table_cells t = {.ai = 1.25};
        tq_error err;

        assert_int_equal(tq_table_from_odds_ratio(&bad[i].m, 1.7, 1, &t, &err), TQ_EDATA);
        assert_string_equal(err.column, bad[i].column);
        assert_int_equal(tq_table_from_phi(&bad[i].m, 0.2, 1, &t, &err), TQ_EDATA);
        assert_string_equal(err.column, bad[i].column);
        assert_int_equal(tq_table_from_chisq(&bad[i].m, 3.1, 1, 1, &t, &err), TQ_EDATA);
        assert_string_equal(err.column, bad[i].column);
        assert_near(t.ai, 1.25, 0.0);
    }
}

static void wrong_statistics_are_refused_by_name(void **state)
{
    const tq_table_margins m = {100, 20, 30};
    const double odds[] = {-0.1, NAN, HUGE_VAL}, phi[] = {1.01, NAN, -1.2};
    const double x2[] = {NAN, HUGE_VAL, -HUGE_VAL};
    tq_table_cells t = {.ai = 1.25};
    tq_error err;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tq_table_from_odds_ratio(&m, odds[i], 1, &t, &err), TQ_EDATA);
        assert_string_equal(err.column, "ori");
        assert_int_equal(tq_table_from_phi(&m, phi[i], 1, &t, &err), TQ_EDATA);
        assert_string_equal(err.column, "ri");
        assert_int_equal(tq_table_from_chisq(&m, x2[i], 1, 1, &t, &err), TQ_EDATA);
        assert_string_equal(err.column, "x2i");
    }
    assert_near(t.ai, 1.25, 0.0);
}

static void wrong_accuracies_are_refused_by_name(void **state)
{
    const struct {
        tq_test_accuracy t;
        const char *column;
    } bad[] = {
        {{0, 0.8, 0.9, 0.3, NAN, NAN}, "ni"},
        {{NAN, 0.8, 0.9, 0.3, NAN, NAN}, "ni"},
        {{90, NAN, 0.9, 0.3, NAN, NAN}, "sens"},
        {{90, 1.8, 0.9, 0.3, NAN, NAN}, "sens"},
        {{90, 0.8, NAN, 0.3, NAN, NAN}, "spec"},
        {{90, 0.8, -0.9, 0.3, NAN, NAN}, "spec"},
        {{90, 0.8, 0.9, NAN, NAN, NAN}, "prevalence"},
        {{90, 0.8, 0.9, 1.3, 0.5, NAN}, "prevalence"},
        {{90, 0.8, 0.9, NAN, 50, NAN}, "ppv"},
        {{90, 0.8, 0.9, NAN, NAN, -0.2}, "npv"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tq_table_cells t = {.ai = 1.25};
        tq_error err;

        assert_int_equal(tq_table_from_accuracy(&bad[i].t, 1, &t, &err), TQ_EDATA);
        assert_string_equal(err.column, bad[i].column);
        assert_near(t.ai, 1.25, 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounded_statistics_give_whole_cells_back),
        cmocka_unit_test(correction_and_sign_matter),
        cmocka_unit_test(proportions_of_bonetts_examples),
        cmocka_unit_test(exact_statistics_give_any_table_back),
        cmocka_unit_test(odds_ratios_fit_all_margins),
        cmocka_unit_test(an_odds_ratio_of_0_empties_a_cell),
        cmocka_unit_test(impossible_margins_make_no_table),
        cmocka_unit_test(accuracy_gives_the_table_of_a_test),
        cmocka_unit_test(wrong_margins_are_refused_by_name),
        cmocka_unit_test(wrong_statistics_are_refused_by_name),
        cmocka_unit_test(wrong_accuracies_are_refused_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
