/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects of counts: association, conversions, matched pairs, rates, genotypes. */
#include "support/one_study.h"

#include <math.h>

#include <gsl/gsl_math.h>

/* clang-format off */
/* metafor 5.1-12, escalc(), one study each. RTET and ZTET: the exact maximum. */
static const known_effect known[] = {
    {"PHI", NULL, 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.1278274981412284, 0.0046920567955436683},
    {"ZPHI", NULL, 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.12853063280330418, 0.0048492337844783925},
    {"YUQ", NULL, 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.31313131313131315, 0.028623215566621667},
    {"YUY", NULL, 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.16060405844047521, 0.0083482717632828267},
    {"RTET", NULL, 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.22778676078959853, 0.015501546902383118},
    {"ZTET", NULL, 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.23185385879267492, 0.017244660958996245},
    {"PBIT", NULL, 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.39064971225592399, 0.049417507352831617},
    {"OR2D", NULL, 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.35727586967871228, 0.042779545907993377},
    {"OR2DN", NULL, 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.39274348198756098, 0.051694789662704098},
    {"OR2DL", NULL, 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.35727586967871228, 0.042779545907993377},
    {"PHI", "ST", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.1278274981412284, 0.0046653504855452606},
    {"ZPHI", "ST", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.12853063280330418, 0.0048216328524466169},
    {"PHI", "CS", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.1278274981412284, 0.0046920567955436683},
    {"ZPHI", "CS", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.12853063280330418, 0.0048492337844783925},
    {"PHI", "LS", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.1278274981412284, 0.0046920567955436683},
    {"ZPHI", "LS", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.12853063280330418, 0.0048492337844783925},
    {"MPRD", NULL, 1, {{TQ_IN_AI, 54}, {TQ_IN_BI, 49}, {TQ_IN_CI, 28}, {TQ_IN_DI, 38}}, 4,
     0.12426035502958582, 0.0026046193251069187},
    {"MPRR", NULL, 1, {{TQ_IN_AI, 54}, {TQ_IN_BI, 49}, {TQ_IN_CI, 28}, {TQ_IN_DI, 38}}, 4,
     0.22800974096538268, 0.0091167416528534218},
    {"MPOR", NULL, 1, {{TQ_IN_AI, 54}, {TQ_IN_BI, 49}, {TQ_IN_CI, 28}, {TQ_IN_DI, 38}}, 4,
     0.5042631175935407, 0.043810358972810902},
    {"MPORC", NULL, 1, {{TQ_IN_AI, 54}, {TQ_IN_BI, 49}, {TQ_IN_CI, 28}, {TQ_IN_DI, 38}}, 4,
     0.55961578793542266, 0.05612244897959183},
    {"MPPETO", NULL, 1, {{TQ_IN_AI, 54}, {TQ_IN_BI, 49}, {TQ_IN_CI, 28}, {TQ_IN_DI, 38}}, 4,
     0.54545454545454541, 0.051948051948051951},
    {"MPORM", NULL, 1, {{TQ_IN_AI, 49}, {TQ_IN_BI, 38}, {TQ_IN_CI, 42}, {TQ_IN_DI, 45}, {TQ_IN_RI, 0.43}}, 5,
     0.32322700987119202, 0.052871858944947996},
    {"IRD", NULL, 1, {{TQ_IN_X1I, 14}, {TQ_IN_T1I, 556.9}, {TQ_IN_X2I, 0}, {TQ_IN_T2I, 797.3}}, 4,
     0.025409873964781976, 4.7539989800676913e-05},
    {"IRSD", NULL, 1, {{TQ_IN_X1I, 14}, {TQ_IN_T1I, 556.9}, {TQ_IN_X2I, 0}, {TQ_IN_T2I, 797.3}}, 4,
     0.15855334504511567, 0.0007624718881423223},
    {"PRZ", NULL, 1, {{TQ_IN_XI, 8}, {TQ_IN_NI, 48}}, 2,
     -0.96742156610170138, 0.046351552890451814},
    {"IR", NULL, 1, {{TQ_IN_XI, 0}, {TQ_IN_TI, 182.9}}, 2,
     0.0027337342810278839, 1.4946606238534083e-05},
    {"IRLN", NULL, 1, {{TQ_IN_XI, 5}, {TQ_IN_TI, 66.2}}, 2,
     -2.5832425505088623, 0.20000000000000001},
    {"IRS", NULL, 1, {{TQ_IN_XI, 0}, {TQ_IN_TI, 182.9}}, 2,
     0, 0.001366867140513942},
    {"IRFT", NULL, 1, {{TQ_IN_XI, 0}, {TQ_IN_TI, 182.9}}, 2,
     0.036971166339648281, 0.001366867140513942},
    {"REH", NULL, 1, {{TQ_IN_AI, 47}, {TQ_IN_BI, 60}, {TQ_IN_CI, 34}}, 3,
     -0.28705668150095465, 0.029338756779307466},
};
/* clang-format on */

static void measures_agree_with_metafor(void **state)
{
    (void)state;
    assert_known(known, sizeof known / sizeof *known, 2e-10);
}

#define TABLE(a, b, c, d) \
    {TQ_IN_AI, a}, {TQ_IN_BI, b}, {TQ_IN_CI, c}, \
    { \
        TQ_IN_DI, d \
    }

/* Yule (1912), J. R. Stat. Soc. 75:579-652, in a table with equal margins: phi = Y, and the two
   variances meet at (1 - phi^2)/N plus what the estimated margins add, here nothing. */
static void association_in_a_table_of_equal_margins(void **state)
{
    (void)state;
    const double N = 100.0, phi = 0.4, odds = 35.0 * 35.0 / (15.0 * 15.0);
    const double Q = (odds - 1.0) / (odds + 1.0), cells = 2.0 / 35.0 + 2.0 / 15.0;
    tq_effect_options st = with_vtype("ST");

    assert_effect(STUDY("PHI", NULL, TABLE(35, 15, 15, 35)), phi, (1.0 - phi * phi) / N, 1e-14);
    assert_effect(STUDY("PHI", &st, TABLE(35, 15, 15, 35)), phi, (1.0 - phi * phi) / N, 1e-14);
    assert_effect(STUDY("ZPHI", NULL, TABLE(35, 15, 15, 35)), atanh(phi),
                  1.0 / ((1.0 - phi * phi) * N), 1e-14);
    assert_effect(STUDY("YUQ", NULL, TABLE(35, 15, 15, 35)), Q,
                  gsl_pow_2(1.0 - Q * Q) / 4.0 * cells, 1e-13);
    assert_effect(STUDY("YUY", NULL, TABLE(35, 15, 15, 35)), phi,
                  gsl_pow_2(1.0 - phi * phi) / 16.0 * cells, 1e-13);
}

/* Sheppard (1899), Philos. Trans. R. Soc. A 192:101-167: cut at the medians, p11 = 1/4 +
   asin(rho)/(2 pi). There A = B = 1/2 and the density is 1/(2 pi sqrt(1 - rho^2)). */
static void tetrachoric_correlation_at_the_medians(void **state)
{
    (void)state;
    /* At 49.99 the correlation is 1 - 2e-7, and 1 - rho^2 has seven digits less. */
    const double cells[] = {26.0, 35.0, 48.7, 49.99, 4.2};

    for (size_t j = 0; j < sizeof cells / sizeof *cells; j++) {
        const double a = cells[j], N = 100.0, p11 = a / N;
        const double rho = sin(2.0 * M_PI * (p11 - 0.25)),
                     slope = 2.0 * M_PI * sqrt(1.0 - rho * rho);
        /* Coefficients 0 of p11, -1/2 of p12 and p21, 0 of p22: variance 2 p12/4 - p12^2. */
        const double p12 = 0.5 - p11, var = slope * slope * (0.5 * p12 - p12 * p12) / N;

        assert_effect(STUDY("RTET", NULL, TABLE(a, 50 - a, 50 - a, a)), rho, var, 1e-9);
        assert_effect(STUDY("ZTET", NULL, TABLE(a, 50 - a, 50 - a, a)), atanh(rho),
                      var / gsl_pow_2(1.0 - rho * rho), 1e-8);
    }
    assert_no_estimate(STUDY("RTET", NULL, TABLE(12, 0, 5, 9)), "a cell of the table is zero");
}

/* Exchanging the rows turns its sign, exchanging rows with columns does nothing. */
static void tetrachoric_correlation_has_the_symmetries_of_the_table(void **state)
{
    (void)state;
    for (double a = 1.0; a < 4000.0; a *= 3.7) {
        for (double d = 2.0; d < 4000.0; d *= 4.3) {
            const tq_effect_row r = STUDY("RTET", NULL, TABLE(a, 7, 31, d));

            assert_effect(STUDY("RTET", NULL, TABLE(31, d, a, 7)), -r.yi, r.vi, 1e-9);
            assert_effect(STUDY("RTET", NULL, TABLE(a, 31, 7, d)), r.yi, r.vi, 1e-9);
        }
    }
}

/* 0.5 sqrt(3)/pi per unit of log OR: Chinn (2000), Stat. Med. 19:3127-3131 divides by 1.81. */
static void odds_ratio_as_standardized_difference(void **state)
{
    (void)state;
    const double y = log(12.0 * 85.0 / (39.0 * 50.0));
    const double v = 1.0 / 12.0 + 1.0 / 39.0 + 1.0 / 50.0 + 1.0 / 85.0;
    const tq_effect_row l = STUDY("OR2DL", NULL, TABLE(12, 39, 50, 85));

    assert_effect(l, y * sqrt(3.0) / M_PI, v * 3.0 / (M_PI * M_PI), 1e-13);
    assert_near(l.yi, y / 1.81, 1e-3);
    assert_effect(STUDY("OR2D", NULL, TABLE(12, 39, 50, 85)), l.yi, l.vi, 0.0);
    assert_effect(STUDY("OR2DN", NULL, TABLE(12, 39, 50, 85)), y / 1.65, v / (1.65 * 1.65), 1e-13);
    /* Probits of 0.975 and 0.5. */
    assert_effect(STUDY("PBIT", NULL, TABLE(39, 1, 20, 20)), 1.959963984540054,
                  2.0 * M_PI * (0.975 * 0.025 * exp(1.959963984540054 * 1.959963984540054) + 0.25) /
                      40.0,
                  1e-13);
    assert_effect(STUDY("PRZ", NULL, {TQ_IN_XI, 39}, {TQ_IN_NI, 40}), 1.959963984540054,
                  2.0 * M_PI * 0.975 * 0.025 * exp(1.959963984540054 * 1.959963984540054) / 40.0,
                  1e-13);
}

/* Under no effect both groups have the risk of all, here 62/186 = 1/3. */
static void variance_without_effect_pools_the_risks(void **state)
{
    (void)state;
    tq_effect_options h0 = with_vtype("H0");
    const double c = 1.0 / 51.0 + 1.0 / 135.0;

    assert_relative(STUDY("RD", &h0, TABLE(12, 39, 50, 85)).vi, 2.0 / 9.0 * c, 1e-14);
    assert_relative(STUDY("RR", &h0, TABLE(12, 39, 50, 85)).vi, 2.0 * c, 1e-14);
    assert_relative(STUDY("OR", &h0, TABLE(12, 39, 50, 85)).vi, 4.5 * c, 1e-14);
    assert_relative(STUDY("OR2D", &h0, TABLE(12, 39, 50, 85)).vi, 4.5 * c * 3.0 / (M_PI * M_PI),
                    1e-14);
    assert_relative(STUDY("RR", &h0, TABLE(12, 39, 50, 85)).yi, log(12.0 / 51.0 / (50.0 / 135.0)),
                    1e-14);
}

static void diagnostic_odds_ratio_and_vaccine_efficacy(void **state)
{
    (void)state;
    /* Glas et al. (2003), J. Clin. Epidemiol. 56:1129-1135: (TP/FN) / (FP/TN). */
    assert_effect(STUDY("DOR", NULL, TABLE(81, 9, 30, 120)), log(81.0 / 9.0 / (30.0 / 120.0)),
                  1.0 / 81.0 + 1.0 / 9.0 + 1.0 / 30.0 + 1.0 / 120.0, 1e-14);
    /* 8 of 21720 against 162 of 21728: 95.0 percent, Polack et al. (2020), N. Engl. J. Med.
       383:2603-2615. */
    const tq_effect_row ve =
        STUDY("VE", NULL, {TQ_IN_AI, 8}, {TQ_IN_N1I, 21720}, {TQ_IN_CI, 162}, {TQ_IN_N2I, 21728});
    const tq_transform *t = tq_transform_find(tq_measure_find("VE")->transform);

    assert_near(tq_transform_apply(t, ve.yi, NAN), 95.06, 0.005);
}

/* Pignon et al. (2000), Lancet 355:949-955, first trials: Pitie-74, GETTECadj. */
static void observed_minus_expected_is_a_log_ratio(void **state)
{
    (void)state;
    const char *const codes[] = {"PETO", "HR"};

    for (size_t j = 0; j < 2; j++) {
        assert_effect(STUDY(codes[j], NULL, {TQ_IN_OE, -1.8}, {TQ_IN_VE, 14.5}), -1.8 / 14.5,
                      1.0 / 14.5, 1e-15);
        assert_effect(STUDY(codes[j], NULL, {TQ_IN_OE, 11.8}, {TQ_IN_VE, 57.1}), 11.8 / 57.1,
                      1.0 / 57.1, 1e-15);
    }
    /* No cells: nothing to add to, nothing to drop. */
    tq_effect_options opt = tq_effect_defaults();

    opt.to = TQ_TO_ALL;
    opt.drop00 = 1;
    const tq_effect_row row = STUDY("PETO", &opt, {TQ_IN_OE, 0.7}, {TQ_IN_VE, 2.3});

    assert_effect(row, 0.7 / 2.3, 1.0 / 2.3, 1e-15);
    assert_near(row.added, 0.0, 0.0);
}

/* Parmar, Torri & Stewart (1998), Stat. Med. 17:2815-2834: log(HR) and its variance from limits. */
static void hazard_ratio_from_its_limits_error_or_test(void **state)
{
    (void)state;
    const double se = log(1.18 / 0.62) / (2.0 * 1.959963984540054);

    assert_effect(STUDY("HR", NULL, {TQ_IN_HR, 0.855}, {TQ_IN_CI_LB, 0.62}, {TQ_IN_CI_UB, 1.18}),
                  log(0.855), se * se, 1e-14);
    assert_effect(STUDY("HR", NULL, {TQ_IN_HR, 0.855}, {TQ_IN_SEI, 0.164}), log(0.855),
                  0.164 * 0.164, 1e-15);
    /* z = 1.96 stands for p = 0.04999579029644087. */
    assert_effect(STUDY("HR", NULL, {TQ_IN_HR, 0.855}, {TQ_IN_PI, 0.04999579029644087}), log(0.855),
                  gsl_pow_2(log(0.855) / 1.96), 1e-14);
    assert_no_estimate(STUDY("HR", NULL, {TQ_IN_HR, 1.0}, {TQ_IN_PI, 0.04}),
                       "the p-value tells no standard error");
    assert_effect(STUDY("HR", NULL, {TQ_IN_YI, -0.157}, {TQ_IN_SEI, 0.164}), -0.157, 0.164 * 0.164,
                  1e-15);
    assert_effect(STUDY("HD", NULL, {TQ_IN_YI, -0.012}, {TQ_IN_VI, 0.00031}), -0.012, 0.00031, 0.0);
}

/* Zou (2007), Clin. Trials 4:25-31: 44 pairs with both events, 36 and 26 with one, 43 with none. */
static void matched_pairs_by_hand(void **state)
{
    (void)state;
    const double n = 149.0, p1 = 80.0 / n, p2 = 70.0 / n;
    const double u1 = p1 * (1.0 - p1), u2 = p2 * (1.0 - p2), joint = 44.0 / n;
    const double odds = log(p1 / (1.0 - p1)) - log(p2 / (1.0 - p2));
    const double var = (1.0 / u1 + 1.0 / u2 - 2.0 * (joint - p1 * p2) / (u1 * u2)) / n;
    const double phi = (joint - p1 * p2) / sqrt(u1 * u2);

    assert_effect(STUDY("MPRD", NULL, TABLE(44, 36, 26, 43)), 10.0 / n,
                  (62.0 - 100.0 / n) / (n * n), 1e-13);
    assert_effect(STUDY("MPRR", NULL, TABLE(44, 36, 26, 43)), log(80.0 / 70.0),
                  62.0 / (80.0 * 70.0), 1e-13);
    assert_effect(STUDY("MPOR", NULL, TABLE(44, 36, 26, 43)), odds, var, 1e-13);
    assert_effect(STUDY("MPORC", NULL, TABLE(44, 36, 26, 43)), log(36.0 / 26.0),
                  1.0 / 36.0 + 1.0 / 26.0, 1e-14);
    assert_effect(STUDY("MPPETO", NULL, TABLE(44, 36, 26, 43)), 20.0 / 62.0, 4.0 / 62.0, 1e-14);
    /* The margins alone, with what ties them together, give the same as the pairs. */
    assert_effect(STUDY("MPORM", NULL, TABLE(80, 69, 70, 79), {TQ_IN_RI, phi}), odds, var, 1e-12);
    assert_effect(STUDY("MPORM", NULL, TABLE(80, 69, 70, 79), {TQ_IN_PI, joint}), odds, var, 1e-12);
    assert_effect(STUDY("MPORM", NULL, {TQ_IN_AI, 80}, {TQ_IN_N1I, 149}, {TQ_IN_CI, 70},
                        {TQ_IN_N2I, 149}, {TQ_IN_RI, phi}),
                  odds, var, 1e-12);
    assert_near(STUDY("MPORM", NULL, TABLE(80, 69, 70, 79), {TQ_IN_PI, joint}).ni, n, 0.0);
}

static void matched_pairs_without_an_estimate_say_why(void **state)
{
    (void)state;
    tq_effect_options none = tq_effect_defaults();

    none.to = TQ_TO_NONE;
    assert_no_estimate(STUDY("MPORC", &none, TABLE(44, 0, 0, 43)),
                       "no pair differs in its outcomes");
    assert_no_estimate(STUDY("MPORC", &none, TABLE(44, 7, 0, 43)), "a cell of the table is zero");
    assert_no_estimate(STUDY("MPRD", NULL, TABLE(0, 0, 0, 0)), "there are no pairs");
    assert_no_estimate(STUDY("MPORM", NULL, TABLE(80, 69, 70, 78), {TQ_IN_RI, 0.2}),
                       "the margins differ in their number of pairs");
    assert_no_estimate(STUDY("MPORM", NULL, TABLE(80, 20, 30, 70), {TQ_IN_RI, 0.9}),
                       "the margins do not allow this correlation");
    assert_no_estimate(STUDY("MPORM", NULL, TABLE(80, 20, 30, 70), {TQ_IN_PI, 0.31}),
                       "the margins do not allow this correlation");
    assert_no_estimate(STUDY("MPORM", &none, TABLE(80, 0, 30, 50), {TQ_IN_RI, 0.2}),
                       "a cell of the margins is zero");
    assert_no_estimate(STUDY("MPORM", NULL, TABLE(0, 0, 0, 0), {TQ_IN_RI, 0.2}),
                       "there are no pairs");
}

static void rates_by_hand(void **state)
{
    (void)state;
    const given two[] = {{TQ_IN_X1I, 14}, {TQ_IN_T1I, 556.9}, {TQ_IN_X2I, 23}, {TQ_IN_T2I, 797.3}};
    const given one[] = {{TQ_IN_XI, 23}, {TQ_IN_TI, 216.2}};
    const double r1 = 14.0 / 556.9, r2 = 23.0 / 797.3, r = 23.0 / 216.2;
    const tq_transform *back = tq_transform_find(tq_measure_find("IRFT")->transform);

    assert_effect(one_study("IRD", NULL, two, 4), r1 - r2, r1 / 556.9 + r2 / 797.3, 1e-13);
    assert_effect(one_study("IRSD", NULL, two, 4), sqrt(r1) - sqrt(r2),
                  1.0 / (4.0 * 556.9) + 1.0 / (4.0 * 797.3), 1e-13);
    assert_effect(one_study("IR", NULL, one, 2), r, 23.0 / (216.2 * 216.2), 1e-14);
    assert_effect(one_study("IRLN", NULL, one, 2), log(r), 1.0 / 23.0, 1e-14);
    assert_effect(one_study("IRS", NULL, one, 2), sqrt(r), 0.25 / 216.2, 1e-14);
    assert_effect(one_study("IRFT", NULL, one, 2), 0.5 * (sqrt(r) + sqrt(24.0 / 216.2)),
                  0.25 / 216.2, 1e-14);
    assert_near(tq_transform_apply(back, one_study("IRFT", NULL, one, 2).yi, 216.2), r, 1e-15);
    assert_near(one_study("IR", NULL, one, 2).ni, 216.2, 0.0);
    /* No events: the increment in IR and IRLN, none in IRS and IRFT. */
    assert_effect(STUDY("IRLN", NULL, {TQ_IN_XI, 0}, {TQ_IN_TI, 50.5}), log(0.5 / 50.5), 2.0,
                  1e-14);
    assert_near(STUDY("IRFT", NULL, {TQ_IN_XI, 0}, {TQ_IN_TI, 50.5}).added, 0.0, 0.0);
}

/* With drop00 the counts of a study without events are as if missing; the variance of IRSD does
   without them. */
static void a_dropped_study_keeps_a_variance_that_needs_no_counts(void **state)
{
    (void)state;
    const given g[] = {{TQ_IN_X1I, 0}, {TQ_IN_T1I, 371.1}, {TQ_IN_X2I, 0}, {TQ_IN_T2I, 407.6}};
    tq_effect_options opt = tq_effect_defaults();

    opt.drop00 = 1;
    const tq_effect_row irsd = one_study("IRSD", &opt, g, 4), ird = one_study("IRD", &opt, g, 4);

    assert_no_estimate(irsd, "no events in either group");
    assert_true(isnan(irsd.yi));
    assert_relative(irsd.vi, 0.25 / 371.1 + 0.25 / 407.6, 1e-14);
    assert_true(isnan(ird.yi) && isnan(ird.vi));
    assert_true(isnan(STUDY("AS", &opt, TABLE(0, 12, 0, 31)).vi));
}

/* Sweeting, Sutton & Lambert (2004), Stat. Med. 23:1351-1375: increments n1/N and n2/N. */
static void increments_in_shares_of_the_arms(void **state)
{
    (void)state;
    tq_effect_options opt = tq_effect_defaults();

    opt.to = TQ_TO_TACC;
    const double k1 = 60.0 / 90.0, k2 = 30.0 / 90.0;
    const tq_effect_row row = STUDY("OR", &opt, TABLE(0, 60, 4, 26));

    assert_effect(row, log(k1 / (60.0 + k1)) - log((4.0 + k2) / (26.0 + k2)),
                  1.0 / k1 + 1.0 / (60.0 + k1) + 1.0 / (4.0 + k2) + 1.0 / (26.0 + k2), 1e-14);
    assert_near(row.added, 0.5, 0.0);
    /* No events at all speak for no effect: the odds ratio is 1, whatever the sizes. */
    assert_near(STUDY("OR", &opt, TABLE(0, 60, 0, 30)).yi, 0.0, 1e-15);
    assert_near(STUDY("OR", &opt, TABLE(1, 59, 4, 26)).added, 0.0, 0.0);
}

/* Ziegler, Van Steen & Wellek (2011), Breast Cancer Res. Treat. 128:197-201. */
static void heterozygosity_by_hand(void **state)
{
    (void)state;
    const double n = 121.0, p0 = 41.0 / n, p1 = 51.0 / n, p2 = 29.0 / n;

    assert_effect(STUDY("REH", NULL, {TQ_IN_AI, 41}, {TQ_IN_BI, 51}, {TQ_IN_CI, 29}),
                  log(p1 / (2.0 * sqrt(p0 * p2))), ((1.0 - p1) / (4.0 * p0 * p2) + 1.0 / p1) / n,
                  1e-13);
    /* In equilibrium, p = 0.3: 9, 42, 49. */
    assert_near(STUDY("REH", NULL, {TQ_IN_AI, 9}, {TQ_IN_BI, 42}, {TQ_IN_CI, 49}).yi, 0.0, 1e-15);
    assert_no_estimate(STUDY("REH", NULL, {TQ_IN_AI, 9}, {TQ_IN_BI, 42}, {TQ_IN_CI, 0}),
                       "a genotype was not observed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_agree_with_metafor),
        cmocka_unit_test(association_in_a_table_of_equal_margins),
        cmocka_unit_test(tetrachoric_correlation_at_the_medians),
        cmocka_unit_test(tetrachoric_correlation_has_the_symmetries_of_the_table),
        cmocka_unit_test(odds_ratio_as_standardized_difference),
        cmocka_unit_test(variance_without_effect_pools_the_risks),
        cmocka_unit_test(diagnostic_odds_ratio_and_vaccine_efficacy),
        cmocka_unit_test(observed_minus_expected_is_a_log_ratio),
        cmocka_unit_test(hazard_ratio_from_its_limits_error_or_test),
        cmocka_unit_test(matched_pairs_by_hand),
        cmocka_unit_test(matched_pairs_without_an_estimate_say_why),
        cmocka_unit_test(rates_by_hand),
        cmocka_unit_test(a_dropped_study_keeps_a_variance_that_needs_no_counts),
        cmocka_unit_test(increments_in_shares_of_the_arms),
        cmocka_unit_test(heterozygosity_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
