/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects of one group measured twice. */
#include "support/one_study.h"

#include <math.h>

#include <gsl/gsl_math.h>

/* clang-format off */
#define BOTH_WAVES \
    {{TQ_IN_M1I, 32.3}, {TQ_IN_M2I, 21.27}, {TQ_IN_SD1I, 4.21}, {TQ_IN_SD2I, 4.49}, \
     {TQ_IN_NI, 113}, {TQ_IN_RI, 0.34}}, 6
/* metafor 5.1-12, escalc(), one study each. RTET and ZTET: the exact maximum. */
static const known_effect known[] = {
    {"SMCC", NULL, 1, BOTH_WAVES,
     2.1898655937967937, 0.030068634154402581},
    {"SMCRH", NULL, 1, BOTH_WAVES,
     2.6023623503466622, 0.042842493132968423},
    {"SMCRP", NULL, 1, BOTH_WAVES,
     2.5248398574373709, 0.02741536520053935},
    {"SMCRPH", NULL, 1, BOTH_WAVES,
     2.5248398574373709, 0.027724742594759662},
    {"CLESCN", NULL, 1, BOTH_WAVES,
     0.963436308431878, 8.9298079005197307e-05},
    {"AUCCN", NULL, 1, BOTH_WAVES,
     0.963436308431878, 8.9298079005197307e-05},
    {"ROMC", NULL, 1, BOTH_WAVES,
     0.41764759825653919, 0.00037911702093716834},
    {"VRC", NULL, 1, {{TQ_IN_SD1I, 4.21}, {TQ_IN_SD2I, 4.49}, {TQ_IN_NI, 113}, {TQ_IN_RI, 0.34}}, 4,
     -0.064390054059872873, 0.0078964285714285716},
    {"CVRC", NULL, 1, BOTH_WAVES,
     -0.4820376523164121, 0.0082755455923657403},
    {"SMCC", NULL, 0, BOTH_WAVES,
     2.204667548838334, 0.030356455756198355},
    {"SMCRH", NULL, 0, BOTH_WAVES,
     2.6199524940617573, 0.043252588082247974},
    {"SMCRP", NULL, 0, BOTH_WAVES,
     2.5343199942988939, 0.02753374104215953},
    {"SMCRPH", NULL, 0, BOTH_WAVES,
     2.5343199942988939, 0.027844566836754743},
    {"ROMC", NULL, 0, BOTH_WAVES,
     0.41776960101646493, 0.00037911702093716834},
    {"CVRC", NULL, 0, BOTH_WAVES,
     -0.48215965507633785, 0.0082755455923657403},
    {"SMCC", "LS2", 1, BOTH_WAVES,
     2.1898655937967937, 0.029950202672862122},
    {"SMCC", "UB", 1, BOTH_WAVES,
     2.1898655937967937, 0.030597571960938284},
    {"SMCRH", "LS2", 1, BOTH_WAVES,
     2.6023623503466622, 0.042463356025597025},
    {"SMCRPH", "LS2", 1, BOTH_WAVES,
     2.5248398574373709, 0.027479390890381254},
    {"ROMC", "LS2", 1, BOTH_WAVES,
     0.41764759825653919, 0.00037921546572606163},
    {"VRC", "LS2", 1, {{TQ_IN_SD1I, 4.21}, {TQ_IN_SD2I, 4.49}, {TQ_IN_NI, 113}, {TQ_IN_RI, 0.34}}, 4,
     -0.064390054059872873, 0.0079772488090005585},
    {"CVRC", "LS2", 1, BOTH_WAVES,
     -0.4820376523164121, 0.0083564642747266226},
};
/* clang-format on */

static void measures_agree_with_metafor(void **state)
{
    (void)state;
    assert_known(known, sizeof known / sizeof *known, 2e-10);
}

#define WAVES \
    {TQ_IN_M1I, 31.9}, {TQ_IN_M2I, 28.4}, {TQ_IN_SD1I, 4.1}, {TQ_IN_SD2I, 5.3}, {TQ_IN_NI, 21}, \
    { \
        TQ_IN_RI, 0.62 \
    }

static double factor(double m)
{
    return exp(lgamma(0.5 * m) - 0.5 * log(0.5 * m) - lgamma(0.5 * (m - 1.0)));
}

/* Gibbons, Hedeker & Davis (1993), J. Educ. Stat. 18:271-279: in units of the sd of the change. */
static void change_in_units_of_its_sd(void **state)
{
    (void)state;
    const double sd = sqrt(4.1 * 4.1 + 5.3 * 5.3 - 2.0 * 0.62 * 4.1 * 5.3), d = 3.5 / sd;
    const double g = factor(20.0) * d, v = 1.0 / 21.0 + g * g / 42.0;
    tq_effect_options h0 = with_vtype("H0");

    assert_effect(STUDY("SMCC", NULL, WAVES), g, v, 1e-13);
    assert_effect(STUDY("SMCC", &h0, WAVES), g, 1.0 / 21.0, 1e-13);
    /* The same told as change, d, t and p. */
    assert_effect(STUDY("SMCC", NULL, {TQ_IN_MI, 3.5}, {TQ_IN_SDI, sd}, {TQ_IN_NI, 21}), g, v,
                  1e-13);
    assert_effect(STUDY("SMCC", NULL, {TQ_IN_DI, d}, {TQ_IN_NI, 21}), g, v, 1e-13);
    assert_effect(STUDY("SMCC", NULL, {TQ_IN_TI_STAT, d * sqrt(21.0)}, {TQ_IN_NI, 21}), g, v,
                  1e-13);
    /* metafor's manual: p = -0.018 in 50 gives -0.3408 */
    assert_near(STUDY("SMCC", NULL, {TQ_IN_PI, -0.018}, {TQ_IN_NI, 50}).yi, -0.3408, 5e-5);
    assert_no_estimate(STUDY("SMCC", NULL, {TQ_IN_PI, -0.018}, {TQ_IN_NI, 1}),
                       "ni must be above 1");
}

/* Bonett (2008), Psychol. Methods 13:99-109. */
static void change_in_units_of_raw_scores(void **state)
{
    (void)state;
    const double change = 4.1 * 4.1 + 5.3 * 5.3 - 2.0 * 0.62 * 4.1 * 5.3, r2 = 0.62 * 0.62;
    const double g = factor(20.0) * 3.5 / 4.1;
    const double V = (4.1 * 4.1 + 5.3 * 5.3) / 2.0, gp = factor(40.0 / (1.0 + r2)) * 3.5 / sqrt(V);
    const double fourth = gsl_pow_4(4.1) + gsl_pow_4(5.3) + 2.0 * r2 * 4.1 * 4.1 * 5.3 * 5.3;
    const double by_hand = change / (V * 20.0) + gp * gp * fourth / (8.0 * V * V * 20.0);
    tq_effect_options h0 = with_vtype("H0");

    assert_effect(STUDY("SMCRH", NULL, WAVES), g, change / (4.1 * 4.1 * 20.0) + g * g / 40.0,
                  1e-13);
    assert_effect(STUDY("SMCRP", NULL, WAVES), gp, 2.0 * 0.38 / 21.0 + gp * gp * (1.0 + r2) / 84.0,
                  1e-13);
    assert_effect(STUDY("SMCRPH", NULL, WAVES), gp, by_hand, 1e-13);
    assert_effect(STUDY("SMCRPH", NULL, {TQ_IN_MI, 3.5}, {TQ_IN_SD1I, 4.1}, {TQ_IN_SD2I, 5.3},
                        {TQ_IN_NI, 21}, {TQ_IN_RI, 0.62}),
                  gp, by_hand, 1e-13);
    assert_relative(
        STUDY("SMCR", &h0, {TQ_IN_MI, 3.5}, {TQ_IN_SD1I, 4.1}, {TQ_IN_NI, 21}, {TQ_IN_RI, 0.62}).vi,
        2.0 * 0.38 / 21.0, 1e-14);
}

/* Lajeunesse (2011), Ecology 92:2049-2055; Nakagawa et al. (2015), Methods Ecol. Evol.
   6:143-152. */
static void ratios_of_two_waves(void **state)
{
    (void)state;
    const double cv1 = 4.1 / 31.9, cv2 = 5.3 / 28.4, r = 0.62, n = 21.0;
    const double rom = log(31.9 / 28.4) + 0.5 * (cv1 * cv1 - cv2 * cv2) / n;
    const double v = (cv1 * cv1 + cv2 * cv2 - 2.0 * r * cv1 * cv2) / n;

    assert_effect(STUDY("ROMC", NULL, WAVES), rom, v, 1e-13);
    assert_effect(
        STUDY("VRC", NULL, {TQ_IN_SD1I, 4.1}, {TQ_IN_SD2I, 5.3}, {TQ_IN_NI, 21}, {TQ_IN_RI, 0.62}),
        log(4.1 / 5.3), (1.0 - r * r) / 20.0, 1e-13);
    assert_effect(STUDY("CVRC", NULL, WAVES), log(4.1 / 5.3) - rom, v + (1.0 - r * r) / 20.0,
                  1e-13);
    assert_no_estimate(STUDY("ROMC", NULL, {TQ_IN_M1I, -31.9}, {TQ_IN_M2I, 28.4}, {TQ_IN_SD1I, 4.1},
                             {TQ_IN_SD2I, 5.3}, {TQ_IN_NI, 21}, {TQ_IN_RI, 0.62}),
                       "the ratio of the means is not positive");
    assert_no_estimate(
        STUDY("VRC", NULL, {TQ_IN_SD1I, 4.1}, {TQ_IN_SD2I, 5.3}, {TQ_IN_NI, 21}, {TQ_IN_RI, -1}),
        "the two measurements do not vary");
}

/* Uncorrelated waves are two groups of the same size. */
static void uncorrelated_waves_are_two_groups(void **state)
{
    (void)state;
    const given waves[] = {{TQ_IN_M1I, 31.9}, {TQ_IN_M2I, 28.4}, {TQ_IN_SD1I, 4.1},
                           {TQ_IN_SD2I, 5.3}, {TQ_IN_NI, 21},    {TQ_IN_RI, 0}};
    const given groups[] = {{TQ_IN_M1I, 31.9}, {TQ_IN_M2I, 28.4}, {TQ_IN_SD1I, 4.1},
                            {TQ_IN_SD2I, 5.3}, {TQ_IN_N1I, 21},   {TQ_IN_N2I, 21}};
    const char *const pairs[][3] = {
        {"CLESCN", "CLESN", "LS"}, {"CLESCN", "CLESN", "LS2"}, {"CLESCN", "CLESN", "LS3"},
        {"CLESCN", "CLESN", "HO"}, {"CLESCN", "CLESN", "H0"},  {"AUCCN", "AUCN", "LS"},
        {"ROMC", "ROM", "LS"},     {"ROMC", "ROM", "LS2"},     {"CVRC", "CVR", "LS"},
        {"CVRC", "CVR", "LS2"},    {"SMCRPH", "SMDH", "LS"},   {"SMCRPH", "SMDH", "LS2"},
        {"SMCRP", "SMD", "LS"},
    };

    for (size_t j = 0; j < sizeof pairs / sizeof *pairs; j++) {
        const tq_effect_options opt = with_vtype(pairs[j][2]);
        const tq_effect_row two = one_study(pairs[j][1], &opt, groups, 6);

        assert_effect(one_study(pairs[j][0], &opt, waves, 6), two.yi, two.vi, 1e-13);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_agree_with_metafor),
        cmocka_unit_test(change_in_units_of_its_sd),
        cmocka_unit_test(change_in_units_of_raw_scores),
        cmocka_unit_test(ratios_of_two_waves),
        cmocka_unit_test(uncorrelated_waves_are_two_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
