/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effect-size measures: values, properties, recipes, zero cells, and every error. */
#include "support/one_study.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_math.h>

#include "effects/effects_internal.h"

/* clang-format off */
/* metafor 5.1-12, escalc(measure, vtype, correct), one study each. */
static const known_effect known[] = {
    {"RR", "LS", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.45366720992604193, 0.076318082788671027},
    {"OR", "LS", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.64802674527947557, 0.14073906485671189},
    {"RD", "LS", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.13507625272331153, 0.0052554337770040231},
    {"AS", "LS", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.1478259405460195, 0.0067538126361655773},
    {"PETO", "LS", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.60457516339869277, 0.12091503267973856},
    {"RD", "UB", 1, {{TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 50}, {TQ_IN_DI, 85}}, 4,
     -0.13507625272331153, 0.0053388857611496813},
    {"IRR", "LS", 1, {{TQ_IN_X1I, 14}, {TQ_IN_X2I, 0}, {TQ_IN_T1I, 556.9}, {TQ_IN_T2I, 797.3}}, 4,
     3.7261411588993005, 2.0689655172413794},
    {"MD", "LS", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     2.8699999999999974, 4.5111470588235294},
    {"SMD", "LS", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.31923569391330192, 0.044399234000276136},
    {"SMDH", "LS", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.29812576333059221, 0.051460693470126918},
    {"ROM", "LS", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.069210997565906485, 0.002822673250609932},
    {"MD", "UB", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     2.8699999999999974, 4.5111470588235294},
    {"MD", "HO", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     2.8699999999999974, 3.4958864044972264},
    {"SMD", "LS2", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.31923569391330192, 0.043747732770608172},
    {"SMD", "UB", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.31923569391330192, 0.044417916232175204},
    {"SMDH", "LS2", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.29812576333059221, 0.05008654807140793},
    {"SMDH", "LS3", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.29812576333059221, 0.050106049126859224},
    {"ROM", "HO", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.069210997565906485, 0.0021448532836719669},
    {"ROM", "LS2", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.069210997565906485, 0.0028255601282498087},
    {"SMD", "LS", 0, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.32163096154301724, 0.04440668568549351},
    {"SMDH", "LS", 0, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.30036264035939925, 0.051471177471393591},
    {"ROM", "LS", 0, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_M1I, 42.36}, {TQ_IN_M2I, 39.49}, {TQ_IN_SD1I, 7.59}, {TQ_IN_SD2I, 11.18}}, 6,
     0.070157045434647583, 0.002822673250609932},
    {"SMD", "LS", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_TI_STAT, 1.415}}, 3,
     0.29428263992606113, 0.044324917708497225},
    {"SMD", "LS", 1, {{TQ_IN_DI, 0.821}, {TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}}, 3,
     0.81488580404522626, 0.047128008006907821},
    {"SMD", "LS", 1, {{TQ_IN_N1I, 69}, {TQ_IN_N2I, 34}, {TQ_IN_PI, 0.0711}}, 3,
     0.3793561037897924, 0.044603115676073536},
    {"COR", "LS", 1, {{TQ_IN_NI, 179}, {TQ_IN_RI, 0.23}}, 2,
     0.23000000000000001, 0.0050393169101123599},
    {"COR", "LS", 1, {{TQ_IN_NI, 179}, {TQ_IN_TI_STAT, 2.911}}, 2,
     0.21374736953328102, 0.0051163568073724118},
    {"ZCOR", "LS", 1, {{TQ_IN_NI, 179}, {TQ_IN_RI, 0.23}}, 2,
     0.2341894667593668, 0.005681818181818182},
    {"ZCOR", "LS", 1, {{TQ_IN_NI, 179}, {TQ_IN_TI_STAT, 2.911}}, 2,
     0.21709484939282142, 0.005681818181818182},
    {"PR", "LS", 1, {{TQ_IN_XI, 8}, {TQ_IN_NI, 48}}, 2,
     0.16666666666666666, 0.0028935185185185188},
    {"PLN", "LS", 1, {{TQ_IN_XI, 8}, {TQ_IN_NI, 48}}, 2,
     -1.791759469228055, 0.10416666666666667},
    {"PLO", "LS", 1, {{TQ_IN_XI, 8}, {TQ_IN_NI, 48}}, 2,
     -1.6094379124341005, 0.14999999999999999},
    {"PAS", "LS", 1, {{TQ_IN_XI, 8}, {TQ_IN_NI, 48}}, 2,
     0.42053433528396511, 0.005208333333333333},
    {"PFT", "LS", 1, {{TQ_IN_XI, 8}, {TQ_IN_NI, 48}}, 2,
     0.42943156551187323, 0.0051546391752577319},
    {"PR", "UB", 1, {{TQ_IN_XI, 15}, {TQ_IN_NI, 48}}, 2,
     0.3125, 0.0045711436170212767},
    {"MC", "LS", 1, {{TQ_IN_M1I, 32.3}, {TQ_IN_M2I, 21.27}, {TQ_IN_SD1I, 4.21}, {TQ_IN_SD2I, 4.49}, {TQ_IN_NI, 113}, {TQ_IN_RI, 0.34}}, 6,
     11.029999999999998, 0.22150644247787618},
    {"SMCR", "LS", 1, {{TQ_IN_M1I, 32.3}, {TQ_IN_M2I, 21.27}, {TQ_IN_SD1I, 4.21}, {TQ_IN_NI, 113}, {TQ_IN_RI, 0.34}}, 5,
     2.6023623503466622, 0.041647300011069921},
    {"SMCR", "LS", 0, {{TQ_IN_M1I, 32.3}, {TQ_IN_M2I, 21.27}, {TQ_IN_SD1I, 4.21}, {TQ_IN_NI, 113}, {TQ_IN_RI, 0.34}}, 5,
     2.6199524940617573, 0.042053765801506299},
    {"SMCR", "LS2", 1, {{TQ_IN_M1I, 32.3}, {TQ_IN_M2I, 21.27}, {TQ_IN_SD1I, 4.21}, {TQ_IN_NI, 113}, {TQ_IN_RI, 0.34}}, 5,
     2.6023623503466622, 0.041490970455436517},
    {"SMCR", "UB", 1, {{TQ_IN_M1I, 32.3}, {TQ_IN_M2I, 21.27}, {TQ_IN_SD1I, 4.21}, {TQ_IN_NI, 113}, {TQ_IN_RI, 0.34}}, 5,
     2.6023623503466622, 0.042369863992304135},
    {"ABT", "LS", 1, {{TQ_IN_AI, 0.572}, {TQ_IN_MI, 26}, {TQ_IN_NI, 244}}, 3,
     0.84863208340034013, 0.0085950413223140499},
    {"OR", "LS", 1, {{TQ_IN_AI, 2}, {TQ_IN_CI, 9}, {TQ_IN_N1I, 208}, {TQ_IN_N2I, 195}}, 4,
     -1.6062068918526542, 0.62134182412917149},
    {"RR", "LS", 1, {{TQ_IN_AI, 10}, {TQ_IN_CI, 4}, {TQ_IN_N1I, 20}, {TQ_IN_N2I, 20}}, 4,
     0.916290731874155, 0.25},
    {"PETO", "LS", 1, {{TQ_IN_AI, 5}, {TQ_IN_CI, 1}, {TQ_IN_N1I, 18}, {TQ_IN_N2I, 12}}, 4,
     1.1747685185185186, 0.83912037037037046},
    {"RD", "LS", 1, {{TQ_IN_AI, 5}, {TQ_IN_CI, 1}, {TQ_IN_N1I, 18}, {TQ_IN_N2I, 12}}, 4,
     0.19444444444444448, 0.017511145404663923},
};
/* clang-format on */

static void measures_agree_with_metafor(void **state)
{
    (void)state;
    assert_known(known, sizeof known / sizeof *known, 1e-10);
}

/* Aronson (1948) in the BCG trials: Colditz et al. (1994), JAMA 271:698-702. */
static void bcg_trial_by_hand(void **state)
{
    (void)state;
    const tq_effect_row rr =
        STUDY("RR", NULL, {TQ_IN_AI, 4}, {TQ_IN_BI, 119}, {TQ_IN_CI, 11}, {TQ_IN_DI, 128});
    const tq_effect_row or
        = STUDY("OR", NULL, {TQ_IN_AI, 4}, {TQ_IN_N1I, 123}, {TQ_IN_CI, 11}, {TQ_IN_N2I, 139});

    assert_effect(rr, log(4.0 / 123.0 / (11.0 / 139.0)),
                  1.0 / 4.0 - 1.0 / 123.0 + 1.0 / 11.0 - 1.0 / 139.0, 1e-14);
    assert_effect(or, log(4.0 * 128.0 / (119.0 * 11.0)),
                  1.0 / 4.0 + 1.0 / 119.0 + 1.0 / 11.0 + 1.0 / 128.0, 1e-14);
    assert_near(rr.ni, 262.0, 0.0);
    assert_string_equal(rr.from, "events and non-events");
    assert_string_equal(or.from, "events and group sizes");
}

/* Edinburgh stroke unit: Normand (1999), Stat. Med. 18:321-359, Table I; MD -20, pooled sd 56.2. */
static void stroke_unit_by_hand(void **state)
{
    (void)state;
    const given g[] = {{TQ_IN_N1I, 155}, {TQ_IN_M1I, 55}, {TQ_IN_SD1I, 47},
                       {TQ_IN_N2I, 156}, {TQ_IN_M2I, 75}, {TQ_IN_SD2I, 64}};
    const double pooled = (154.0 * 47.0 * 47.0 + 155.0 * 64.0 * 64.0) / 309.0;
    const double c = 1.0 / 155.0 + 1.0 / 156.0, d = -20.0 / sqrt(pooled);
    tq_effect_options opt = with_vtype("HO");

    assert_effect(one_study("MD", &opt, g, 6), -20.0, pooled * c, 1e-14);
    opt = with_vtype(NULL);
    opt.exact_bias = 0;
    const double g_approximate = (1.0 - 3.0 / (4.0 * 309.0 - 1.0)) * d;

    assert_effect(one_study("SMD", &opt, g, 6), g_approximate,
                  c + g_approximate * g_approximate / (2.0 * 311.0), 1e-14);
    opt.correct = 0;
    assert_effect(one_study("SMD", &opt, g, 6), d, c + d * d / (2.0 * 311.0), 1e-14);
}

/* J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m - 1)/2)), worked to 30 digits. */
static void hedges_factor_is_exact_for_any_m(void **state)
{
    (void)state;
    assert_near(hedges_exact(2.0), 1.0 / sqrt(4.0 * atan(1.0)), 2e-15);
    assert_near(hedges_exact(3.0), sqrt(4.0 * atan(1.0) / 6.0), 2e-15);
    for (double m = 100.0; m < 2e12; m *= 7.0) {
        /* Stirling's series: J = 1 - 3/(4m) - 7/(32 m^2) - 9/(128 m^3) + O(m^-4). */
        const double series = 1.0 - (0.75 + (7.0 / 32.0 + 9.0 / (128.0 * m)) / m) / m;

        assert_near(hedges_exact(m), series, 1.0 / (m * m * m * m) + 5e-16);
    }
    assert_near(hedges_exact(37.0), 0.979568569648265111, 5e-16);
    assert_near(hedges_exact(4.5), 0.821854199774621915, 5e-16);
    assert_true(isnan(hedges_exact(1.0)));
    assert_true(isnan(hedges_exact(NAN)));
}

static void unbiased_correlation_has_its_closed_forms(void **state)
{
    (void)state;
    for (double r = 1e-7; r < 1.0; r += 0.0573) {
        /* n = 5: 2F1(1/2, 1/2; 3/2; x) = asin(sqrt x) / sqrt x. */
        const double root = sqrt((1.0 - r) * (1.0 + r));

        assert_relative(unbiased_correlation(r, 5.0), r * acos(r) / root, 5e-15);
        assert_relative(unbiased_correlation(-r, 5.0), -r * acos(r) / root, 5e-15);
        /* Nothing jumps where the series hands over to the integral. */
        assert_relative(unbiased_correlation(r, 26.0), unbiased_correlation(r, 26.0 + 1e-9), 1e-9);
    }
    assert_near(unbiased_correlation(0.3, 3.0), 1.0, 0.0);
    assert_near(unbiased_correlation(0.0, 4.0), 0.0, 0.0);
    assert_true(isnan(unbiased_correlation(0.3, 2.0)));
}

static void swapping_the_arms_flips_the_sign(void **state)
{
    (void)state;
    const char *counts[] = {"RR", "OR", "RD", "PETO", "AS"};
    const char *means[] = {"MD", "SMD", "SMDH", "ROM"};

    for (size_t j = 0; j < 5; j++) {
        const tq_effect_row a =
            STUDY(counts[j], NULL, {TQ_IN_AI, 7}, {TQ_IN_BI, 31}, {TQ_IN_CI, 19}, {TQ_IN_DI, 24});
        const tq_effect_row b =
            STUDY(counts[j], NULL, {TQ_IN_AI, 19}, {TQ_IN_BI, 24}, {TQ_IN_CI, 7}, {TQ_IN_DI, 31});

        assert_effect(a, -b.yi, b.vi, 1e-13);
    }
    for (size_t j = 0; j < 4; j++) {
        const tq_effect_row a =
            STUDY(means[j], NULL, {TQ_IN_M1I, 23.85}, {TQ_IN_SD1I, 4.18}, {TQ_IN_N1I, 27},
                  {TQ_IN_M2I, 19.4}, {TQ_IN_SD2I, 5.77}, {TQ_IN_N2I, 41});
        const tq_effect_row b =
            STUDY(means[j], NULL, {TQ_IN_M2I, 23.85}, {TQ_IN_SD2I, 4.18}, {TQ_IN_N2I, 27},
                  {TQ_IN_M1I, 19.4}, {TQ_IN_SD1I, 5.77}, {TQ_IN_N1I, 41});
        /* The unit of measurement: centimetres to inches. */
        const double u = 1.0 / 2.54;
        const tq_effect_row c =
            STUDY(means[j], NULL, {TQ_IN_M1I, 23.85 * u}, {TQ_IN_SD1I, 4.18 * u}, {TQ_IN_N1I, 27},
                  {TQ_IN_M2I, 19.4 * u}, {TQ_IN_SD2I, 5.77 * u}, {TQ_IN_N2I, 41});
        const double scale = strcmp(means[j], "MD") == 0 ? u : 1.0;

        assert_effect(a, -b.yi, b.vi, 1e-13);
        assert_effect(c, scale * a.yi, scale * scale * a.vi, 1e-13);
    }
}

static void huge_counts_neither_overflow_nor_cancel(void **state)
{
    (void)state;
    const tq_effect_row or = STUDY("OR", NULL, {TQ_IN_AI, 3e150}, {TQ_IN_BI, 2e150},
                                   {TQ_IN_CI, 4e150}, {TQ_IN_DI, 5e150});
    const tq_effect_row rr = STUDY("RR", NULL, {TQ_IN_AI, 3e200}, {TQ_IN_BI, 2e120},
                                   {TQ_IN_CI, 4e200}, {TQ_IN_DI, 5e120});

    assert_effect(or, log(15.0 / 8.0), (1.0 / 3.0 + 0.5 + 0.25 + 0.2) * 1e-150, 1e-13);
    assert_relative(rr.vi, (2.0 / 9.0 + 5.0 / 16.0) * 1e-280, 1e-13);
}

static void generic_reads_variance_error_or_limits(void **state)
{
    (void)state;
    tq_effect_options opt = tq_effect_defaults();

    assert_effect(STUDY("GEN", NULL, {TQ_IN_YI, -0.418}, {TQ_IN_VI, 0.0763}), -0.418, 0.0763, 0.0);
    assert_effect(STUDY("GEN", NULL, {TQ_IN_YI, -0.418}, {TQ_IN_SEI, 0.27}), -0.418, 0.0729, 1e-15);
    /* z = 1.644853626951472 at 90 percent. */
    opt.ci_level = 90.0;
    assert_effect(
        STUDY("GEN", &opt, {TQ_IN_YI, -0.418}, {TQ_IN_CI_LB, -0.901}, {TQ_IN_CI_UB, 0.07}), -0.418,
        pow(0.971 / (2.0 * 1.644853626951472), 2.0), 1e-14);
    /* z = 1.96 stands for p = 0.04999579029644087: the standard error is the effect over it. */
    assert_effect(STUDY("GEN", NULL, {TQ_IN_YI, -0.418}, {TQ_IN_PI, 0.04999579029644087}), -0.418,
                  gsl_pow_2(0.418 / 1.96), 1e-14);
    assert_effect(STUDY("GEN", NULL, {TQ_IN_RATIO, 0.35}, {TQ_IN_PI, -0.04999579029644087}),
                  log(0.35), gsl_pow_2(log(0.35) / 1.96), 1e-13);
    assert_no_estimate(STUDY("GEN", NULL, {TQ_IN_YI, 0.0}, {TQ_IN_PI, 0.41}),
                       "the p-value tells no standard error");
    assert_no_estimate(STUDY("GEN", NULL, {TQ_IN_YI, 0.3}, {TQ_IN_PI, 1.0}),
                       "the p-value tells no standard error");
    assert_near(STUDY("GEN", NULL, {TQ_IN_YI, 2.385}, {TQ_IN_VI, 0.3}, {TQ_IN_NI, 57}).ni, 57.0,
                0.0);
    assert_true(isnan(STUDY("GEN", NULL, {TQ_IN_YI, 2.385}, {TQ_IN_VI, 0.3}).ni));
}

static void mean_change_reads_both_waves_change_or_limits(void **state)
{
    (void)state;
    /* sd of the change: sqrt(4.1^2 + 5.3^2 - 2 * 0.62 * 4.1 * 5.3) */
    const double var = 4.1 * 4.1 + 5.3 * 5.3 - 2.0 * 0.62 * 4.1 * 5.3;
    const tq_effect_row both =
        STUDY("MC", NULL, {TQ_IN_M1I, 31.9}, {TQ_IN_M2I, 28.4}, {TQ_IN_SD1I, 4.1},
              {TQ_IN_SD2I, 5.3}, {TQ_IN_NI, 21}, {TQ_IN_RI, 0.62});
    const tq_effect_row change =
        STUDY("MC", NULL, {TQ_IN_MI, 3.5}, {TQ_IN_SDI, sqrt(var)}, {TQ_IN_NI, 21});
    /* t = 2.085963447265837 on 20 degrees of freedom. */
    const double half = 2.085963447265837 * sqrt(var / 21.0);
    const tq_effect_row limits = STUDY("MC", NULL, {TQ_IN_MI, 3.5}, {TQ_IN_CI_LB, 3.5 - half},
                                       {TQ_IN_CI_UB, 3.5 + half}, {TQ_IN_NI, 21});

    assert_effect(both, 3.5, var / 21.0, 1e-14);
    assert_effect(change, 3.5, var / 21.0, 1e-14);
    assert_effect(limits, 3.5, var / 21.0, 1e-13);
    assert_string_equal(limits.from, "mean change and its confidence limits");
}

/* A column may be filled for some studies only: each row uses what it has. */
static void each_row_uses_the_first_recipe_it_completes(void **state)
{
    (void)state;
    const double m1[] = {31.9, NAN, NAN, 30.2}, m2[] = {28.4, NAN, NAN, NAN};
    const double sd1[] = {4.1, NAN, NAN, 4.4}, sd2[] = {5.3, NAN, NAN, 4.7};
    const double r[] = {0.62, NAN, NAN, 0.5}, n[] = {21, 33, 33, 40};
    const double mi[] = {9.9, 2.7, NAN, NAN}, sdi[] = {9.9, 3.3, 3.3, NAN};
    const tq_inputs in = {.rows = 4,
                          .column = {[TQ_IN_M1I] = m1,
                                     [TQ_IN_M2I] = m2,
                                     [TQ_IN_SD1I] = sd1,
                                     [TQ_IN_SD2I] = sd2,
                                     [TQ_IN_RI] = r,
                                     [TQ_IN_NI] = n,
                                     [TQ_IN_MI] = mi,
                                     [TQ_IN_SDI] = sdi}};
    tq_effect_row rows[4];

    assert_int_equal(tq_effects_compute(tq_measure_find("MC"), &in, NULL, rows, NULL), TQ_OK);
    assert_near(rows[0].yi, 3.5, 1e-15);
    assert_string_equal(rows[0].from, "means, standard deviations and correlation");
    assert_effect(rows[1], 2.7, 3.3 * 3.3 / 33.0, 1e-14);
    assert_string_equal(rows[1].from, "mean change and its standard deviation");
    assert_int_equal(rows[2].state, TQ_ROW_MISSING);
    assert_int_equal(rows[2].input, TQ_IN_MI);
    assert_true(isnan(rows[2].yi) && isnan(rows[2].vi));
    assert_null(rows[2].from);
    assert_int_equal(rows[3].input, TQ_IN_M2I);
}

static void an_incomplete_generic_row_keeps_what_it_says(void **state)
{
    (void)state;
    const tq_effect_row lacks_vi = STUDY("GEN", NULL, {TQ_IN_YI, 0.245}, {TQ_IN_VI, NAN});
    const tq_effect_row lacks_yi = STUDY("GEN", NULL, {TQ_IN_YI, NAN}, {TQ_IN_VI, 0.164});

    assert_int_equal(lacks_vi.state, TQ_ROW_MISSING);
    assert_int_equal(lacks_vi.input, TQ_IN_VI);
    assert_near(lacks_vi.yi, 0.245, 0.0);
    assert_true(isnan(lacks_vi.vi));
    assert_int_equal(lacks_yi.input, TQ_IN_YI);
    assert_true(isnan(lacks_yi.yi));
    assert_near(lacks_yi.vi, 0.164, 0.0);
}

/* Three tables: no zero, one zero cell, no events in either group. */
static void tables(const char *code, tq_effect_options opt, tq_effect_row rows[3])
{
    const double a[] = {7, 0, 0}, n1[] = {38, 45, 51}, c[] = {19, 6, 0}, n2[] = {43, 44, 135};
    const tq_inputs in = {
        .rows = 3, .column = {[TQ_IN_AI] = a, [TQ_IN_N1I] = n1, [TQ_IN_CI] = c, [TQ_IN_N2I] = n2}};

    assert_int_equal(tq_effects_compute(tq_measure_find(code), &in, &opt, rows, NULL), TQ_OK);
}

static void zero_cells_follow_the_rule(void **state)
{
    (void)state;
    tq_effect_options opt = tq_effect_defaults();
    tq_effect_row rows[3];

    tables("RR", opt, rows);
    assert_near(rows[0].added, 0.0, 0.0);
    assert_near(rows[1].added, 0.5, 0.0);
    /* Sizes grow by twice the increment. */
    assert_effect(rows[1], log(0.5 / 46.0) - log(6.5 / 45.0),
                  1.0 / 0.5 - 1.0 / 46.0 + 1.0 / 6.5 - 1.0 / 45.0, 1e-14);
    assert_int_equal(rows[2].state, TQ_ROW_OK);

    opt.to = TQ_TO_ALL;
    opt.add = 0.1;
    tables("OR", opt, rows);
    assert_effect(rows[0], log(7.1 * 24.1 / (31.1 * 19.1)),
                  1.0 / 7.1 + 1.0 / 24.1 + 1.0 / 31.1 + 1.0 / 19.1, 1e-13);
    opt.to = TQ_TO_IF0ALL;
    tables("OR", opt, rows);
    assert_near(rows[0].added, 0.1, 0.0);
    tables("AS", tq_effect_defaults(), rows);
    assert_near(rows[1].added, 0.0, 0.0);
}

static void without_an_increment_zero_cells_have_no_estimate(void **state)
{
    (void)state;
    tq_effect_options opt = tq_effect_defaults();
    tq_effect_row rows[3];

    opt.to = TQ_TO_NONE;
    tables("RR", opt, rows);
    assert_int_equal(rows[0].state, TQ_ROW_OK);
    assert_int_equal(rows[1].state, TQ_ROW_NO_ESTIMATE);
    assert_string_equal(rows[1].why, "a cell of the table is zero");
    assert_true(isnan(rows[1].yi) && isnan(rows[1].vi));
    assert_string_equal(rows[2].why, "no events in either group");

    /* A difference of two zeros exists, but not its variance. */
    tables("RD", opt, rows);
    assert_int_equal(rows[2].state, TQ_ROW_NO_ESTIMATE);
    assert_near(rows[2].yi, 0.0, 0.0);
    assert_near(rows[2].vi, 0.0, 0.0);
    tables("PETO", opt, rows);
    assert_int_equal(rows[1].state, TQ_ROW_OK);
    assert_int_equal(rows[2].state, TQ_ROW_NO_ESTIMATE);
}

static void drop00_drops_double_zeros_only(void **state)
{
    (void)state;
    tq_effect_options opt = tq_effect_defaults();
    tq_effect_row rows[3];

    opt.drop00 = 1;
    tables("OR", opt, rows);
    assert_int_equal(rows[1].state, TQ_ROW_OK);
    assert_int_equal(rows[2].state, TQ_ROW_NO_ESTIMATE);
    assert_string_equal(rows[2].why, "no events in either group");
    assert_near(rows[2].ni, 186.0, 0.0);
    assert_string_equal(
        STUDY("RD", &opt, {TQ_IN_AI, 12}, {TQ_IN_BI, 0}, {TQ_IN_CI, 9}, {TQ_IN_DI, 0}).why,
        "nothing but events in both groups");
    assert_string_equal(
        STUDY("IRR", &opt, {TQ_IN_X1I, 0}, {TQ_IN_T1I, 371.1}, {TQ_IN_X2I, 0}, {TQ_IN_T2I, 407.6})
            .why,
        "no events in either group");
}

/* Person-time is not touched by the increment. */
static void rates_add_to_events_alone(void **state)
{
    (void)state;
    assert_effect(
        STUDY("IRR", NULL, {TQ_IN_X1I, 0}, {TQ_IN_T1I, 371.1}, {TQ_IN_X2I, 5}, {TQ_IN_T2I, 407.6}),
        log(0.5 / 371.1) - log(5.5 / 407.6), 1.0 / 0.5 + 1.0 / 5.5, 1e-14);
}

/* AV and AVHO put the average of two studies, weighted by size, in place of each one's own. */
static void average_variance_types_look_at_all_rows(void **state)
{
    (void)state;
    const double m1[] = {31.9, 12.2}, m2[] = {28.4, 14.1}, sd1[] = {4.1, 2.2}, sd2[] = {5.3, 3.1};
    const double n1[] = {21, 60}, n2[] = {33, 44};
    const tq_inputs in = {.rows = 2,
                          .column = {[TQ_IN_M1I] = m1,
                                     [TQ_IN_M2I] = m2,
                                     [TQ_IN_SD1I] = sd1,
                                     [TQ_IN_SD2I] = sd2,
                                     [TQ_IN_N1I] = n1,
                                     [TQ_IN_N2I] = n2}};
    const double s1 = 21 * 4.1 / 31.9 + 60 * 2.2 / 12.2, s2 = 33 * 5.3 / 28.4 + 44 * 3.1 / 14.1;
    tq_effect_options opt = with_vtype("AV");
    tq_effect_row rows[2];

    assert_int_equal(tq_effects_compute(tq_measure_find("ROM"), &in, &opt, rows, NULL), TQ_OK);
    assert_relative(rows[1].vi, pow(s1 / 81.0, 2.0) / 60.0 + pow(s2 / 77.0, 2.0) / 44.0, 1e-14);
    assert_int_equal(tq_effects_compute(tq_measure_find("SMD"), &in, &opt, rows, NULL), TQ_OK);
    const double mean = (54.0 * rows[0].yi + 104.0 * rows[1].yi) / 158.0;

    assert_relative(rows[0].vi, 1.0 / 21.0 + 1.0 / 33.0 + mean * mean / 108.0, 1e-14);
    opt.vtype = "AVHO";
    assert_int_equal(tq_effects_compute(tq_measure_find("ROM"), &in, &opt, rows, NULL), TQ_OK);
    assert_relative(rows[0].vi, pow((s1 + s2) / 158.0, 2.0) * (1.0 / 21.0 + 1.0 / 33.0), 1e-14);

    const double a[] = {7, 12}, b[] = {31, 40}, c[] = {19, 2}, d[] = {24, 33};
    const tq_inputs counts = {
        .rows = 2, .column = {[TQ_IN_AI] = a, [TQ_IN_BI] = b, [TQ_IN_CI] = c, [TQ_IN_DI] = d}};
    const double p1 = 19.0 / 90.0, p2 = 21.0 / 78.0;

    opt.vtype = "AV";
    assert_int_equal(tq_effects_compute(tq_measure_find("RR"), &counts, &opt, rows, NULL), TQ_OK);
    assert_relative(rows[0].vi, (1 / p1 - 1) / 38.0 + (1 / p2 - 1) / 43.0, 1e-14);
    assert_int_equal(tq_effects_compute(tq_measure_find("RD"), &counts, &opt, rows, NULL), TQ_OK);
    assert_relative(rows[1].vi, p1 * (1 - p1) / 52.0 + p2 * (1 - p2) / 35.0, 1e-14);
}

/* The same study told as means, as d, as t and as a p-value. */
static void standardized_difference_from_d_t_or_p(void **state)
{
    (void)state;
    const double pooled = (26.0 * 4.18 * 4.18 + 40.0 * 5.77 * 5.77) / 66.0;
    const double d = 4.45 / sqrt(pooled), t = d / sqrt(1.0 / 27.0 + 1.0 / 41.0);
    const tq_effect_row raw =
        STUDY("SMD", NULL, {TQ_IN_M1I, 23.85}, {TQ_IN_SD1I, 4.18}, {TQ_IN_N1I, 27},
              {TQ_IN_M2I, 19.4}, {TQ_IN_SD2I, 5.77}, {TQ_IN_N2I, 41});

    assert_effect(STUDY("SMD", NULL, {TQ_IN_DI, d}, {TQ_IN_N1I, 27}, {TQ_IN_N2I, 41}), raw.yi,
                  raw.vi, 1e-14);
    assert_effect(STUDY("SMD", NULL, {TQ_IN_TI_STAT, t}, {TQ_IN_N1I, 27}, {TQ_IN_N2I, 41}), raw.yi,
                  raw.vi, 1e-14);
    /* p = 2 P(t_8 > 2.306004135204166) = 0.05 and its sign. */
    assert_near(
        STUDY("SMD", NULL, {TQ_IN_PI, -0.05}, {TQ_IN_N1I, 4}, {TQ_IN_N2I, 6}).yi,
        STUDY("SMD", NULL, {TQ_IN_TI_STAT, -2.306004135204166}, {TQ_IN_N1I, 4}, {TQ_IN_N2I, 6}).yi,
        1e-14);
    assert_near(STUDY("COR", NULL, {TQ_IN_PI, 0.05}, {TQ_IN_NI, 10}).yi,
                2.306004135204166 / sqrt(2.306004135204166 * 2.306004135204166 + 8.0), 1e-14);
    assert_true(STUDY("SMD", NULL, {TQ_IN_PI, 1e-200}, {TQ_IN_N1I, 40}, {TQ_IN_N2I, 60}).yi > 5.0);
}

static void complete_rows_without_an_estimate_say_why(void **state)
{
    (void)state;
    assert_no_estimate(STUDY("MD", NULL, {TQ_IN_M1I, 3.1}, {TQ_IN_SD1I, 0}, {TQ_IN_N1I, 27},
                             {TQ_IN_M2I, 2.2}, {TQ_IN_SD2I, 0}, {TQ_IN_N2I, 41}),
                       "both standard deviations are zero");
    assert_no_estimate(STUDY("ROM", NULL, {TQ_IN_M1I, -3.1}, {TQ_IN_SD1I, 1.4}, {TQ_IN_N1I, 27},
                             {TQ_IN_M2I, 2.2}, {TQ_IN_SD2I, 1.9}, {TQ_IN_N2I, 41}),
                       "the ratio of the means is not positive");
    assert_no_estimate(STUDY("SMD", NULL, {TQ_IN_M1I, 3.1}, {TQ_IN_SD1I, 1.4}, {TQ_IN_N1I, 1},
                             {TQ_IN_M2I, 2.2}, {TQ_IN_SD2I, 1.9}, {TQ_IN_N2I, 1}),
                       "a group is too small");
    assert_no_estimate(STUDY("SMD", NULL, {TQ_IN_TI_STAT, 3.1}, {TQ_IN_N1I, 1}, {TQ_IN_N2I, 1}),
                       "n1i + n2i must be above 2");
    assert_no_estimate(STUDY("ZCOR", NULL, {TQ_IN_RI, 0.41}, {TQ_IN_NI, 3}),
                       "the sample is too small");
    assert_no_estimate(STUDY("ZCOR", NULL, {TQ_IN_RI, 0.41}, {TQ_IN_NI, 2}),
                       "the sample is too small");
    assert_no_estimate(STUDY("ZCOR", NULL, {TQ_IN_RI, -1}, {TQ_IN_NI, 30}),
                       "the correlation is 1 or -1");
    assert_no_estimate(STUDY("COR", NULL, {TQ_IN_RI, 1}, {TQ_IN_NI, 30}),
                       "the correlation is 1 or -1");
    assert_no_estimate(STUDY("COR", NULL, {TQ_IN_TI_STAT, 1.3}, {TQ_IN_NI, 2}),
                       "ni must be above 2");
    assert_no_estimate(STUDY("ABT", NULL, {TQ_IN_AI, 1}, {TQ_IN_MI, 9}, {TQ_IN_NI, 80}),
                       "alpha is 1");
    assert_no_estimate(STUDY("ABT", NULL, {TQ_IN_AI, 0.7}, {TQ_IN_MI, 9}, {TQ_IN_NI, 2}),
                       "ni must be above 2");
    assert_no_estimate(
        STUDY("RR", NULL, {TQ_IN_AI, 0}, {TQ_IN_BI, 0}, {TQ_IN_CI, 4}, {TQ_IN_DI, 9}),
        "a group is empty");
    assert_no_estimate(STUDY("PR", NULL, {TQ_IN_XI, 0}, {TQ_IN_MI, 0}), "the group is empty");
    assert_no_estimate(STUDY("MC", NULL, {TQ_IN_MI, 3.5}, {TQ_IN_SDI, 0}, {TQ_IN_NI, 21}),
                       "the standard deviation is zero");
    assert_no_estimate(
        STUDY("MC", NULL, {TQ_IN_MI, 3.5}, {TQ_IN_CI_LB, 3}, {TQ_IN_CI_UB, 4}, {TQ_IN_NI, 1}),
        "ni must be above 1");
    assert_no_estimate(
        STUDY("SMCR", NULL, {TQ_IN_MI, 3.5}, {TQ_IN_SD1I, 4.1}, {TQ_IN_NI, 2}, {TQ_IN_RI, 0.4}),
        "the sample is too small");
}

/* Alpha may be negative, and `ai` is no count there. */
static void alpha_is_not_a_count(void **state)
{
    (void)state;
    assert_effect(STUDY("ABT", NULL, {TQ_IN_AI, -0.31}, {TQ_IN_MI, 9}, {TQ_IN_NI, 80}), -log(1.31),
                  2.0 * 9.0 / (8.0 * 78.0), 1e-14);
}

/* Two rows, the second wrong; the output must stay as it was. */
static tq_error refused(const char *code, const tq_effect_options *opt, tq_status want,
                        const given *g, size_t n)
{
    tq_inputs in = {.rows = 2};
    double values[MAX_GIVEN][2];
    tq_effect_row rows[2] = {{.yi = 2.385, .added = -0.418}, {.yi = 2.385, .added = -0.418}};
    tq_error err;

    for (size_t j = 0; j < n; j++) {
        values[j][0] = NAN;
        values[j][1] = g[j].value;
        in.column[g[j].input] = values[j];
    }
    assert_int_equal(tq_effects_compute(tq_measure_find(code), &in, opt, rows, &err), want);
    assert_int_equal(tq_effects_compute(tq_measure_find(code), &in, opt, rows, NULL), want);
    assert_near(rows[0].yi + rows[1].added, 1.967, 1e-15);
    return err;
}

static void assert_refused(const char *code, const char *column, const char *message,
                           const given *g, size_t n)
{
    const tq_error err = refused(code, NULL, TQ_EDATA, g, n);

    assert_int_equal(err.row, 1);
    assert_string_equal(err.column, column);
    assert_string_equal(err.message, message);
}

#define REFUSED(code, column, message, ...) \
    assert_refused(code, column, message, (given[]){__VA_ARGS__}, \
                   sizeof((given[]){__VA_ARGS__}) / sizeof(given))

static void impossible_values_are_named(void **state)
{
    (void)state;
    REFUSED("OR", "ai", "value '12' must be <= n1i = 10", {TQ_IN_AI, 12}, {TQ_IN_N1I, 10},
            {TQ_IN_CI, 4}, {TQ_IN_N2I, 9});
    REFUSED("OR", "ci", "value '9.5' must be <= n2i = 9", {TQ_IN_AI, 2}, {TQ_IN_N1I, 10},
            {TQ_IN_CI, 9.5}, {TQ_IN_N2I, 9});
    REFUSED("OR", "bi", "value '-3' must be >= 0", {TQ_IN_AI, 12}, {TQ_IN_BI, -3}, {TQ_IN_CI, 4},
            {TQ_IN_DI, 9});
    REFUSED("RR", "n2i", "value '0' must be > 0", {TQ_IN_AI, 12}, {TQ_IN_N1I, 20}, {TQ_IN_CI, 0},
            {TQ_IN_N2I, 0});
    REFUSED("IRR", "t1i", "value '0' must be > 0", {TQ_IN_X1I, 2}, {TQ_IN_T1I, 0}, {TQ_IN_X2I, 3},
            {TQ_IN_T2I, 11});
    REFUSED("PLO", "xi", "value '9' must be <= ni = 8", {TQ_IN_XI, 9}, {TQ_IN_NI, 8});
    REFUSED("PLO", "mi", "value '-1' must be >= 0", {TQ_IN_XI, 9}, {TQ_IN_MI, -1});
    REFUSED("ZCOR", "ri", "value '1.02' must be between -1 and 1", {TQ_IN_RI, 1.02}, {TQ_IN_NI, 8});
    REFUSED("COR", "pi", "value '0' must be between -1 and 1, and not 0", {TQ_IN_PI, 0},
            {TQ_IN_NI, 8});
    REFUSED("ABT", "ai", "value '1.2' must be <= 1", {TQ_IN_AI, 1.2}, {TQ_IN_MI, 8},
            {TQ_IN_NI, 90});
    REFUSED("ABT", "mi", "value '1' must be >= 2", {TQ_IN_AI, 0.8}, {TQ_IN_MI, 1}, {TQ_IN_NI, 90});
    REFUSED("GEN", "vi", "value '0' must be > 0", {TQ_IN_YI, 0.8}, {TQ_IN_VI, 0});
    REFUSED("GEN", "sei", "value '-0.1' must be > 0", {TQ_IN_YI, 0.8}, {TQ_IN_SEI, -0.1});
    REFUSED("GEN", "yi", "value 'inf' must be finite", {TQ_IN_YI, INFINITY}, {TQ_IN_VI, 1});
    REFUSED("GEN", "ci-ub", "value '0.2' must be > ci-lb = 0.9", {TQ_IN_YI, 0.8},
            {TQ_IN_CI_LB, 0.9}, {TQ_IN_CI_UB, 0.2});
    REFUSED("GEN", "yi", "value '1.8' must be within its limits, 0.2 to 0.9", {TQ_IN_YI, 1.8},
            {TQ_IN_CI_LB, 0.2}, {TQ_IN_CI_UB, 0.9});
    /* Also where the row lacks something else: a wrong value is never a gap. */
    REFUSED("SMD", "sd1i", "value '-4.18' must be > 0", {TQ_IN_M1I, NAN}, {TQ_IN_SD1I, -4.18},
            {TQ_IN_N1I, 27}, {TQ_IN_M2I, 19.4}, {TQ_IN_SD2I, 5.77}, {TQ_IN_N2I, 41});
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    const given g[] = {{TQ_IN_AI, 12}, {TQ_IN_BI, 3}, {TQ_IN_CI, 4}, {TQ_IN_DI, 9}};
    tq_effect_options opt = with_vtype("LS9");

    assert_string_equal(refused("RD", &opt, TQ_EINVAL, g, 4).message,
                        "unknown variance type 'LS9'; measure RD has LS, UB, AV, H0");
    opt = tq_effect_defaults();
    opt.add = -0.5;
    assert_string_equal(refused("RD", &opt, TQ_EINVAL, g, 4).message, "add '-0.5' must be >= 0");
    opt.add = INFINITY;
    refused("RD", &opt, TQ_EINVAL, g, 4);
    opt = tq_effect_defaults();
    opt.to = (tq_zero_rule)(TQ_TO_COUNT + 1);
    refused("RD", &opt, TQ_EINVAL, g, 4);
    opt = tq_effect_defaults();
    opt.ci_level = 100.0;
    refused("RD", &opt, TQ_EINVAL, g, 4);
    assert_string_equal(refused("RD", NULL, TQ_EINVAL, g, 3).message,
                        "measure RD lacks di (it needs ai, bi, ci, di; or ai, ci, n1i, n2i)");
}

static void every_measure_is_complete_and_findable(void **state)
{
    (void)state;
    const tq_measure *m;
    size_t n = 0;

    for (; (m = tq_measure_at(n)) != NULL; n++) {
        assert_ptr_equal(tq_measure_find(m->code), m);
        assert_non_null(m->name);
        assert_non_null(m->natural);
        assert_non_null(m->reference);
        assert_non_null(m->vtypes[0]);
        assert_non_null(m->family);
        assert_non_null(m->estimate);
        assert_non_null(tq_transform_find(m->transform));
        assert_in_range(m->n_recipes, 1, TQ_MEASURE_RECIPES);
        assert_ptr_equal(tq_measure_recipe(m, m->recipes[0].needs), &m->recipes[0]);
        for (size_t j = 0; m->vtypes[j]; j++) {
            assert_true(j + 1 < TQ_MEASURE_VTYPES);
            /* A type that averages needs terms, in every measure that has it. */
            assert_true(strncmp(m->vtypes[j], "AV", 2) != 0 || m->average);
        }
        for (size_t j = 0; j < m->n_recipes; j++) {
            assert_non_null(m->recipes[j].from);
            assert_true(m->recipes[j].needs != 0);
        }
    }
    assert_true(n >= 19);
    assert_null(tq_measure_find("rr"));
    assert_string_equal(tq_measure_nearest("SMDD"), "SMD");
    assert_null(tq_measure_recipe(tq_measure_find("RR"), TQ_INPUT_BIT(TQ_IN_AI)));
}

static void inputs_and_zero_rules_have_names(void **state)
{
    (void)state;
    const double ri[] = {0.3, NAN, -1.4};
    const tq_inputs in = {.rows = 3, .column = {[TQ_IN_RI] = ri}};
    tq_error err;

    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        assert_non_null(tq_input_name((tq_input)j));
        assert_non_null(tq_input_meaning((tq_input)j));
    }
    assert_null(tq_input_name(TQ_INPUT_COUNT));
    assert_string_equal(tq_input_name(TQ_IN_SD1I), "sd1i");
    assert_int_equal(tq_input_kind_of(TQ_IN_SD1I), TQ_KIND_SPREAD);
    assert_true(tq_inputs_given(&in) == TQ_INPUT_BIT(TQ_IN_RI));
    assert_true(tq_inputs_of_row(&in, 0) == TQ_INPUT_BIT(TQ_IN_RI));
    assert_true(tq_inputs_of_row(&in, 1) == 0);
    assert_int_equal(tq_inputs_check(&in, TQ_INPUT_BIT(TQ_IN_NI), &err), TQ_OK);
    assert_int_equal(tq_inputs_check(&in, TQ_INPUT_BIT(TQ_IN_RI), &err), TQ_EDATA);
    assert_int_equal(err.row, 2);
    for (unsigned rule = 0; rule < TQ_TO_COUNT; rule++) {
        assert_int_equal(tq_zero_rule_find(tq_zero_rule_name((tq_zero_rule)rule)), rule);
    }
    assert_int_equal(tq_zero_rule_find("some"), TQ_TO_COUNT);
    assert_null(tq_zero_rule_name(TQ_TO_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measures_agree_with_metafor),
        cmocka_unit_test(bcg_trial_by_hand),
        cmocka_unit_test(stroke_unit_by_hand),
        cmocka_unit_test(hedges_factor_is_exact_for_any_m),
        cmocka_unit_test(unbiased_correlation_has_its_closed_forms),
        cmocka_unit_test(swapping_the_arms_flips_the_sign),
        cmocka_unit_test(huge_counts_neither_overflow_nor_cancel),
        cmocka_unit_test(generic_reads_variance_error_or_limits),
        cmocka_unit_test(mean_change_reads_both_waves_change_or_limits),
        cmocka_unit_test(each_row_uses_the_first_recipe_it_completes),
        cmocka_unit_test(an_incomplete_generic_row_keeps_what_it_says),
        cmocka_unit_test(zero_cells_follow_the_rule),
        cmocka_unit_test(without_an_increment_zero_cells_have_no_estimate),
        cmocka_unit_test(drop00_drops_double_zeros_only),
        cmocka_unit_test(rates_add_to_events_alone),
        cmocka_unit_test(average_variance_types_look_at_all_rows),
        cmocka_unit_test(standardized_difference_from_d_t_or_p),
        cmocka_unit_test(complete_rows_without_an_estimate_say_why),
        cmocka_unit_test(alpha_is_not_a_count),
        cmocka_unit_test(impossible_values_are_named),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(every_measure_is_complete_and_findable),
        cmocka_unit_test(inputs_and_zero_rules_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
