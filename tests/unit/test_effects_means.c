/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects of means and spread: two groups, one group, superiority. */
#include "support/one_study.h"

#include <math.h>

#include <gsl/gsl_math.h>

/* clang-format off */
#define BOTH_GROUPS \
    {{TQ_IN_M1I, 42.36}, {TQ_IN_SD1I, 7.59}, {TQ_IN_N1I, 69}, \
     {TQ_IN_M2I, 39.49}, {TQ_IN_SD2I, 11.18}, {TQ_IN_N2I, 34}}, 6
#define SD_OF_GROUP_2 \
    {{TQ_IN_M1I, 42.36}, {TQ_IN_N1I, 69}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD2I, 11.18}, \
     {TQ_IN_N2I, 34}}, 5
/* metafor 5.1-12, escalc(), one study each. RTET and ZTET: the exact maximum. */
static const known_effect known[] = {
    {"SMD1", NULL, 1, SD_OF_GROUP_2,
     0.25082206460259282, 0.044829690506887045},
    {"SMD1H", NULL, 1, BOTH_GROUPS,
     0.25082206460259282, 0.038034073623204046},
    {"VR", NULL, 1, {{TQ_IN_SD1I, 7.59}, {TQ_IN_N1I, 69}, {TQ_IN_SD2I, 11.18}, {TQ_IN_N2I, 34}}, 4,
     -0.39509345029445919, 0.022504456327985742},
    {"CVR", NULL, 1, BOTH_GROUPS,
     -0.46430444786036551, 0.025327129578595668},
    {"RPB", NULL, 1, BOTH_GROUPS,
     0.15098542939928619, 0.0093448573902833038},
    {"ZPB", NULL, 1, BOTH_GROUPS,
     0.15214870066206276, 0.0097859442954655804},
    {"RBIS", NULL, 1, BOTH_GROUPS,
     0.19603050840137315, 0.015566326290700504},
    {"ZBIS", NULL, 1, BOTH_GROUPS,
     0.19860106009794046, 0.016835362667736498},
    {"D2OR", NULL, 1, BOTH_GROUPS,
     0.5833740335647648, 0.14609214015977953},
    {"D2ORN", NULL, 1, BOTH_GROUPS,
     0.53069108654597841, 0.12089720177875607},
    {"D2ORL", NULL, 1, BOTH_GROUPS,
     0.5833740335647648, 0.14609214015977953},
    {"CLESN", NULL, 1, BOTH_GROUPS,
     0.58409800592365968, 0.0039152879822436813},
    {"AUCN", NULL, 1, BOTH_GROUPS,
     0.58409800592365968, 0.0039152879822436813},
    {"SMD1", "LS", 1, SD_OF_GROUP_2,
     0.25082206460259282, 0.044829690506887045},
    {"SMD1", "LS2", 1, SD_OF_GROUP_2,
     0.25082206460259282, 0.04283930711990129},
    {"SMD1", "UB", 1, SD_OF_GROUP_2,
     0.25082206460259282, 0.044910911062252805},
    {"VR", "LS", 1, {{TQ_IN_SD1I, 7.59}, {TQ_IN_N1I, 69}, {TQ_IN_SD2I, 11.18}, {TQ_IN_N2I, 34}}, 4,
     -0.39509345029445919, 0.022504456327985742},
    {"CVR", "LS", 1, BOTH_GROUPS,
     -0.46430444786036551, 0.025327129578595668},
    {"VR", "LS2", 1, {{TQ_IN_SD1I, 7.59}, {TQ_IN_N1I, 69}, {TQ_IN_SD2I, 11.18}, {TQ_IN_N2I, 34}}, 4,
     -0.39509345029445919, 0.023071724638648199},
    {"CVR", "LS2", 1, BOTH_GROUPS,
     -0.46430444786036551, 0.025897284766898006},
    {"RPB", "ST", 1, BOTH_GROUPS,
     0.15098542939928619, 0.0093448573902833038},
    {"ZPB", "ST", 1, BOTH_GROUPS,
     0.15214870066206276, 0.0097859442954655804},
    {"RPB", "CS", 1, BOTH_GROUPS,
     0.15098542939928619, 0.0091930457409302793},
    {"ZPB", "CS", 1, BOTH_GROUPS,
     0.15214870066206276, 0.00962696697971583},
    {"CLESN", "LS", 1, BOTH_GROUPS,
     0.58409800592365968, 0.0039152879822436813},
    {"CLESN", "HO", 1, BOTH_GROUPS,
     0.58995430503554913, 0.0033556401329933303},
    {"SMD1", NULL, 0, SD_OF_GROUP_2,
     0.25670840787119836, 0.044873624309537903},
    {"SMD1H", NULL, 0, BOTH_GROUPS,
     0.25670840787119836, 0.038079338753207959},
    {"VR", NULL, 0, {{TQ_IN_SD1I, 7.59}, {TQ_IN_N1I, 69}, {TQ_IN_SD2I, 11.18}, {TQ_IN_N2I, 34}}, 4,
     -0.38729487631941462, 0.022504456327985742},
    {"CVR", NULL, 0, BOTH_GROUPS,
     -0.45745192175406202, 0.025327129578595668},
    {"RPB", NULL, 1, {{TQ_IN_TI_STAT, 1.415}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.13942258696907897, 0.0094254846222672529},
    {"RPB", NULL, 1, {{TQ_IN_DI, 0.821}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.36324598408924424, 0.0069587856126654647},
    {"RPB", NULL, 1, {{TQ_IN_PI, 0.0711}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.17858300043879594, 0.0091286935732426775},
    {"RBIS", NULL, 1, {{TQ_IN_TI_STAT, 1.415}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.18101800097481741, 0.015705920261703712},
    {"RBIS", NULL, 1, {{TQ_IN_DI, 0.821}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.47161699787243377, 0.011370889939882039},
    {"D2OR", NULL, 1, {{TQ_IN_TI_STAT, 1.415}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.53777460959104917, 0.14584396670193089},
    {"D2OR", NULL, 1, {{TQ_IN_DI, 0.821}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     1.4891292780362928, 0.15520466804165944},
    {"D2OR", NULL, 1, {{TQ_IN_PI, 0.0711}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.69323858404557737, 0.14677298710818676},
    {"D2ORN", NULL, 1, {{TQ_IN_TI_STAT, 1.415}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.48920962446133565, 0.120691828125},
    {"D2ORN", NULL, 1, {{TQ_IN_DI, 0.821}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     1.3546499999999999, 0.12843819009506988},
    {"CLESN", NULL, 1, {{TQ_IN_TI_STAT, 1.415}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.58302979682520717, 0.0033760697494191437},
    {"CLESN", NULL, 1, {{TQ_IN_DI, 0.821}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.71922294225126271, 0.002680095571474373},
    {"CLES", NULL, 1, {{TQ_IN_AI, 0.768}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.76800000000000002, 0.0025762782143933455},
    {"AUC", NULL, 1, {{TQ_IN_AI, 0.768}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.76800000000000002, 0.0025762782143933455},
    {"AUC", "LS2", 1, {{TQ_IN_AI, 0.768}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_MI, 0.088}}, 4,
     0.76800000000000002, 0.0022245450675988571},
    {"CLES", "LS2", 1, {{TQ_IN_AI, 0.768}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.76800000000000002, 0.0022343489891674846},
    {"MN", NULL, 1, {{TQ_IN_MI, 59.87}, {TQ_IN_SDI, 6.79}, {TQ_IN_NI, 62}}, 3,
     59.869999999999997, 0.74361451612903229},
    {"SMN", NULL, 1, {{TQ_IN_MI, 59.87}, {TQ_IN_SDI, 6.79}, {TQ_IN_NI, 62}}, 3,
     8.7084470383008075, 0.62771814370072665},
    {"MNLN", NULL, 1, {{TQ_IN_MI, 59.87}, {TQ_IN_SDI, 6.79}, {TQ_IN_NI, 62}}, 3,
     4.0921755449372608, 0.00020745759683507583},
    {"SDLN", NULL, 1, {{TQ_IN_SDI, 6.79}, {TQ_IN_NI, 62}}, 2,
     1.92364766288208, 0.0081967213114754103},
    {"CVLN", NULL, 1, {{TQ_IN_MI, 59.87}, {TQ_IN_SDI, 6.79}, {TQ_IN_NI, 62}}, 3,
     -2.1685278820551805, 0.0084041789083104858},
    {"SMN", NULL, 0, {{TQ_IN_MI, 59.87}, {TQ_IN_SDI, 6.79}, {TQ_IN_NI, 62}}, 3,
     8.8173784977908678, 0.64311422236536075},
    {"MNLN", NULL, 0, {{TQ_IN_MI, 59.87}, {TQ_IN_SDI, 6.79}, {TQ_IN_NI, 62}}, 3,
     4.0921755449372608, 0.00020745759683507583},
    {"SDLN", NULL, 0, {{TQ_IN_SDI, 6.79}, {TQ_IN_NI, 62}}, 2,
     1.9154509415706047, 0.0081967213114754103},
    {"CVLN", NULL, 0, {{TQ_IN_MI, 59.87}, {TQ_IN_SDI, 6.79}, {TQ_IN_NI, 62}}, 3,
     -2.1767246033666559, 0.0084041789083104858},
};
/* clang-format on */

static void measures_agree_with_metafor(void **state)
{
    (void)state;
    assert_known(known, sizeof known / sizeof *known, 2e-10);
}

#define GROUPS \
    {TQ_IN_M1I, 23.85}, {TQ_IN_SD1I, 4.18}, {TQ_IN_N1I, 27}, {TQ_IN_M2I, 19.4}, \
        {TQ_IN_SD2I, 5.77}, \
    { \
        TQ_IN_N2I, 41 \
    }

/* J(40) by its definition, Hedges (1981), J. Educ. Stat. 6:107-128. */
static double factor(double m)
{
    return exp(lgamma(0.5 * m) - 0.5 * log(0.5 * m) - lgamma(0.5 * (m - 1.0)));
}

static double d_of_groups(void)
{
    return 4.45 / sqrt((26.0 * 4.18 * 4.18 + 40.0 * 5.77 * 5.77) / 66.0);
}

/* Glass's delta: only group 2 lends its sd. */
static void difference_in_units_of_group_2(void **state)
{
    (void)state;
    const double d = 4.45 / 5.77, J = factor(40.0), g = J * d, c = 1.0 / 27.0 + 1.0 / 41.0;
    const given sd2[] = {{TQ_IN_M1I, 23.85},
                         {TQ_IN_N1I, 27},
                         {TQ_IN_M2I, 19.4},
                         {TQ_IN_SD2I, 5.77},
                         {TQ_IN_N2I, 41}};
    tq_effect_options opt = with_vtype("LS2");

    assert_effect(one_study("SMD1", NULL, sd2, 5), g, c + g * g / 82.0, 1e-13);
    assert_effect(one_study("SMD1", &opt, sd2, 5), g, J * J * (c + d * d / 82.0), 1e-13);
    opt.vtype = "H0";
    assert_effect(one_study("SMD1", &opt, sd2, 5), g, c, 1e-13);
    assert_effect(STUDY("SMD", &opt, GROUPS), factor(66.0) * d_of_groups(), c, 1e-13);
    assert_effect(STUDY("SMD1H", NULL, GROUPS), g,
                  gsl_pow_2(4.18 / 5.77) / 26.0 + 1.0 / 40.0 + g * g / 80.0, 1e-13);
}

/* Nakagawa et al. (2015), Methods Ecol. Evol. 6:143-152. */
static void ratios_of_spread(void **state)
{
    (void)state;
    const double y = log(4.18 / 5.77) + 1.0 / 52.0 - 1.0 / 80.0, v = 1.0 / 52.0 + 1.0 / 80.0;
    const double r1 = gsl_pow_2(4.18 / 23.85) / 27.0, r2 = gsl_pow_2(5.77 / 19.4) / 41.0;
    tq_effect_options opt = tq_effect_defaults();

    assert_effect(
        STUDY("VR", NULL, {TQ_IN_SD1I, 4.18}, {TQ_IN_N1I, 27}, {TQ_IN_SD2I, 5.77}, {TQ_IN_N2I, 41}),
        y, v, 1e-13);
    assert_effect(STUDY("CVR", NULL, GROUPS), y - log(23.85 / 19.4) - 0.5 * (r1 - r2), v + r1 + r2,
                  1e-13);
    opt.correct = 0;
    assert_effect(STUDY("CVR", &opt, GROUPS), log(4.18 / 23.85 * 19.4 / 5.77), v + r1 + r2, 1e-13);
}

/* The correlation of the measurement with a variable that is 1 in group 1 and 0 in group 2. */
static void point_biserial_is_a_correlation(void **state)
{
    (void)state;
    const double N = 68.0, p = 27.0 / N, q = 41.0 / N;
    /* Sums of squares within and between the groups. */
    const double within = 26.0 * 4.18 * 4.18 + 40.0 * 5.77 * 5.77,
                 between = N * p * q * 4.45 * 4.45;
    const double r = sqrt(between / (between + within)), rest = 1.0 - r * r;
    tq_effect_options cs = with_vtype("CS");
    const double tate = rest * rest * (1.0 - 1.5 * r * r + r * r / (4.0 * p * q)) / N;

    assert_effect(STUDY("RPB", &cs, GROUPS), r, tate, 1e-13);
    assert_effect(STUDY("ZPB", &cs, GROUPS), atanh(r), tate / (rest * rest), 1e-13);
    /* By the delta method on d of two groups of fixed sizes, numerically. */
    const double d = d_of_groups(), h = 66.0 / 27.0 + 66.0 / 41.0, e = 1e-5;
    const double slope =
        ((d + e) / sqrt((d + e) * (d + e) + h) - (d - e) / sqrt((d - e) * (d - e) + h)) / (2.0 * e);

    assert_effect(STUDY("RPB", NULL, GROUPS), r,
                  slope * slope * (1.0 / 27.0 + 1.0 / 41.0 + d * d / 136.0), 1e-9);
}

/* Cut at the median f = 1/sqrt(2 pi) and z = 0; Soper (1914), Biometrika 10:384-390, there
   (pi/2 - 5/2 r^2 + r^4)/(N - 1). */
static void biserial_correlation_at_the_median(void **state)
{
    (void)state;
    const given g[] = {{TQ_IN_DI, 0.83}, {TQ_IN_N1I, 34}, {TQ_IN_N2I, 34}};
    const double r = sqrt(M_PI / 2.0) * 0.83 / sqrt(0.83 * 0.83 + 4.0 * 66.0 / 68.0);
    const double v = (M_PI / 2.0 - 2.5 * r * r + gsl_pow_4(r)) / 67.0;

    assert_effect(one_study("RBIS", NULL, g, 3), r, v, 1e-13);
    assert_effect(one_study("ZBIS", NULL, g, 3), atanh(r), v / gsl_pow_2(1.0 - r * r), 1e-13);
    /* The estimate may pass 1, which has no Fisher z. */
    const given far[] = {{TQ_IN_DI, 4.1}, {TQ_IN_N1I, 34}, {TQ_IN_N2I, 34}};

    assert_true(one_study("RBIS", NULL, far, 3).yi > 1.0);
    assert_int_equal(one_study("ZBIS", NULL, far, 3).state, TQ_ROW_NO_ESTIMATE);
}

static void standardized_difference_as_odds_ratio(void **state)
{
    (void)state;
    const double d = d_of_groups(), v = 1.0 / 27.0 + 1.0 / 41.0 + d * d / 136.0;

    assert_effect(STUDY("D2OR", NULL, GROUPS), d * M_PI / sqrt(3.0), v * M_PI * M_PI / 3.0, 1e-13);
    assert_effect(STUDY("D2ORL", NULL, GROUPS), d * M_PI / sqrt(3.0), v * M_PI * M_PI / 3.0, 1e-13);
    assert_effect(STUDY("D2ORN", NULL, GROUPS), 1.65 * d, 1.65 * 1.65 * v, 1e-13);
}

/* Hanley & McNeil (1982), Radiology 143:29-36: area 0.893 in 51 abnormal and 58 normal cases with a
   standard error of 0.032 from the ratings; their exponential model is a little larger. */
static void area_under_the_curve(void **state)
{
    (void)state;
    const given g[] = {{TQ_IN_AI, 0.893}, {TQ_IN_N1I, 51}, {TQ_IN_N2I, 58}};
    tq_effect_options opt = with_vtype("LS2");

    const double Q1 = 0.893 / 1.107, Q2 = 2.0 * 0.893 * 0.893 / 1.893, A2 = 0.893 * 0.893;

    assert_effect(one_study("AUC", &opt, g, 3), 0.893,
                  (0.893 * 0.107 + 50.0 * (Q1 - A2) + 57.0 * (Q2 - A2)) / (50.0 * 57.0), 1e-12);
    assert_near(sqrt(one_study("AUC", &opt, g, 3).vi), 0.032, 1.2e-3);
    /* Newcombe (2006), Stat. Med. 25:559-573, method 4 with equal groups. */
    const double A = 0.893, n = 54.5;

    assert_effect(one_study("CLES", NULL, g, 3), A,
                  A * (1.0 - A) *
                      (1.0 + (n - 1.0) * (1.0 - A) / (2.0 - A) + (n - 1.0) * A / (1.0 + A)) /
                      (50.0 * 57.0),
                  1e-13);
    opt.vtype = "H0";
    assert_effect(one_study("AUC", &opt, g, 3), A, 110.0 / (12.0 * 51.0 * 58.0), 1e-14);
    opt.vtype = "MAX";
    assert_effect(one_study("AUC", &opt, g, 3), A, A * (1.0 - A) / 51.0, 1e-14);
    assert_no_estimate(STUDY("AUC", NULL, {TQ_IN_AI, 1}, {TQ_IN_N1I, 51}, {TQ_IN_N2I, 58}),
                       "the groups do not overlap");
    assert_no_estimate(STUDY("AUC", NULL, {TQ_IN_AI, 0.7}, {TQ_IN_N1I, 51}, {TQ_IN_N2I, 1}),
                       "a group is too small");
}

/* McGraw & Wong (1992), Psychol. Bull. 111:361-365: men of 69.7 (2.8) inches are taller than women
   of 64.3 (2.6) in 92 of 100 pairs. */
static void common_language_effect_size(void **state)
{
    (void)state;
    const given g[] = {{TQ_IN_M1I, 69.7}, {TQ_IN_SD1I, 2.8}, {TQ_IN_N1I, 180},
                       {TQ_IN_M2I, 64.3}, {TQ_IN_SD2I, 2.6}, {TQ_IN_N2I, 175}};
    const tq_effect_row clesn = one_study("CLESN", NULL, g, 6),
                        aucn = one_study("AUCN", NULL, g, 6);
    tq_effect_options opt = with_vtype("H0");

    assert_near(clesn.yi, 0.92, 5e-3);
    assert_effect(aucn, clesn.yi, clesn.vi, 0.0);
    assert_relative(one_study("CLESN", &opt, g, 6).vi, (1.0 / 180.0 + 1.0 / 175.0) / (4.0 * M_PI),
                    1e-13);
    /* d alone tells nothing of the groups' own sds: LS is then HO. */
    const given d[] = {{TQ_IN_DI, 0.83}, {TQ_IN_N1I, 34}, {TQ_IN_N2I, 39}};
    const double z = 0.83 / sqrt(2.0), density2 = exp(-z * z) / (2.0 * M_PI);
    const double v = 0.5 * density2 * (1.0 / 34.0 + 1.0 / 39.0 + 0.83 * 0.83 / 146.0);

    assert_effect(one_study("CLESN", NULL, d, 3), 0.5 * erfc(-z / sqrt(2.0)), v, 1e-13);
    opt.vtype = "HO";
    assert_effect(one_study("CLESN", &opt, d, 3), 0.5 * erfc(-z / sqrt(2.0)), v, 1e-13);
}

static void one_group_by_hand(void **state)
{
    (void)state;
    const given g[] = {{TQ_IN_MI, 24.34}, {TQ_IN_SDI, 12.53}, {TQ_IN_NI, 142}};
    const given sd[] = {{TQ_IN_SDI, 12.53}, {TQ_IN_NI, 142}};
    const double cv = 12.53 / 24.34, smn = factor(141.0) / cv;

    assert_effect(one_study("MN", NULL, g, 3), 24.34, 12.53 * 12.53 / 142.0, 1e-14);
    assert_effect(one_study("MNLN", NULL, g, 3), log(24.34), cv * cv / 142.0, 1e-14);
    assert_effect(one_study("SMN", NULL, g, 3), smn, 1.0 / 142.0 + smn * smn / 284.0, 1e-12);
    /* Raudenbush & Bryk (1987), J. Educ. Stat. 12:241-269. */
    assert_effect(one_study("SDLN", NULL, sd, 2), log(12.53) + 1.0 / 282.0, 1.0 / 282.0, 1e-14);
    assert_effect(one_study("CVLN", NULL, g, 3), log(cv) + 1.0 / 282.0,
                  1.0 / 282.0 + cv * cv / 142.0, 1e-13);
    /* t = 1.976931 on 141 degrees of freedom. */
    const double half = 1.976931488633972 * 12.53 / sqrt(142.0);

    assert_effect(STUDY("MN", NULL, {TQ_IN_MI, 24.34}, {TQ_IN_CI_LB, 24.34 - half},
                        {TQ_IN_CI_UB, 24.34 + half}, {TQ_IN_NI, 142}),
                  24.34, 12.53 * 12.53 / 142.0, 1e-7);
    assert_no_estimate(STUDY("MNLN", NULL, {TQ_IN_MI, -3}, {TQ_IN_SDI, 2}, {TQ_IN_NI, 9}),
                       "the mean is not positive");
    assert_no_estimate(STUDY("SDLN", NULL, {TQ_IN_SDI, 0}, {TQ_IN_NI, 9}),
                       "the standard deviation is zero");
    assert_no_estimate(STUDY("SDLN", NULL, {TQ_IN_SDI, 3}, {TQ_IN_NI, 1}),
                       "the sample is too small");
    assert_no_estimate(
        STUDY("MN", NULL, {TQ_IN_MI, 3}, {TQ_IN_CI_LB, 2}, {TQ_IN_CI_UB, 4}, {TQ_IN_NI, 1}),
        "ni must be above 1");
}

/* HO of single means: one variance for all studies, pooled over their degrees of freedom. */
static void single_means_share_a_variance(void **state)
{
    (void)state;
    const double m[] = {24.34, 31.9}, sd[] = {12.53, 9.1}, n[] = {142, 37};
    const tq_inputs in = {.rows = 2, .column = {[TQ_IN_MI] = m, [TQ_IN_SDI] = sd, [TQ_IN_NI] = n}};
    const tq_effect_options ho = with_vtype("HO");
    const double pooled = (141.0 * 12.53 * 12.53 + 36.0 * 9.1 * 9.1) / 177.0;
    tq_effect_row rows[2];

    assert_int_equal(tq_effects_compute(tq_measure_find("MN"), &in, &ho, rows, NULL), TQ_OK);
    assert_effect(rows[0], 24.34, pooled / 142.0, 1e-14);
    assert_effect(rows[1], 31.9, pooled / 37.0, 1e-14);
}

/* AV of Glass's delta weights by the size of both groups. */
static void average_of_glass_deltas(void **state)
{
    (void)state;
    const double m1[] = {31.9, 12.2}, m2[] = {28.4, 14.1}, sd2[] = {5.3, 3.1};
    const double n1[] = {21, 60}, n2[] = {33, 44};
    const tq_inputs in = {.rows = 2,
                          .column = {[TQ_IN_M1I] = m1,
                                     [TQ_IN_M2I] = m2,
                                     [TQ_IN_SD2I] = sd2,
                                     [TQ_IN_N1I] = n1,
                                     [TQ_IN_N2I] = n2}};
    const tq_effect_options av = with_vtype("AV");
    tq_effect_row rows[2];

    assert_int_equal(tq_effects_compute(tq_measure_find("SMD1"), &in, &av, rows, NULL), TQ_OK);
    const double mean = (54.0 * rows[0].yi + 104.0 * rows[1].yi) / 158.0;

    assert_relative(rows[1].vi, 1.0 / 60.0 + 1.0 / 44.0 + mean * mean / 88.0, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_agree_with_metafor),
        cmocka_unit_test(difference_in_units_of_group_2),
        cmocka_unit_test(ratios_of_spread),
        cmocka_unit_test(point_biserial_is_a_correlation),
        cmocka_unit_test(biserial_correlation_at_the_median),
        cmocka_unit_test(standardized_difference_as_odds_ratio),
        cmocka_unit_test(area_under_the_curve),
        cmocka_unit_test(common_language_effect_size),
        cmocka_unit_test(one_group_by_hand),
        cmocka_unit_test(single_means_share_a_variance),
        cmocka_unit_test(average_of_glass_deltas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
