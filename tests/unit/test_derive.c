/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a row lacks, from what it has: which rule is used, when none is, and what is said of it. */
#include <math.h>
#include <string.h>

#include "core/splitmix.h"
#include "effects/derive.h"
#include "support/near.h"

typedef struct {
    tq_input input;
    double value;
} known;

typedef struct {
    double value[TQ_INPUT_COUNT];
    tq_derivation d;
    tq_error err;
    tq_status status;
} study;

/* One study; inputs that are not given are there as gaps. */
static study derive(const char *code, const tq_derive_options *opt, tq_input_set assumed,
                    const known *g, size_t n)
{
    study s = {.status = TQ_OK};
    double *column[TQ_INPUT_COUNT];

    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        s.value[j] = NAN;
        column[j] = &s.value[j];
    }
    for (size_t j = 0; j < n; j++) {
        s.value[g[j].input] = g[j].value;
    }
    s.status = tq_inputs_derive(tq_measure_find(code), 1, column, assumed, opt, &s.d, &s.err);
    return s;
}

#define DERIVE(code, opt, assumed, ...) \
    derive(code, opt, assumed, (known[]){__VA_ARGS__}, \
           sizeof((known[]){__VA_ARGS__}) / sizeof(known))

static void a_complete_row_is_left_alone(void **state)
{
    (void)state;
    const study s =
        DERIVE("SMD", NULL, 0, {TQ_IN_TI_STAT, 2.385}, {TQ_IN_N1I, 21}, {TQ_IN_N2I, 24},
               {TQ_IN_M1I, 3.4}, {TQ_IN_M2I, 2.9}, {TQ_IN_SE1I, 0.31}, {TQ_IN_SE2I, 0.28});

    assert_int_equal(s.status, TQ_OK);
    assert_null(s.d.recipe);
    assert_true(isnan(s.value[TQ_IN_SD1I]));
}

static void an_sd_comes_from_the_se_before_the_limits(void **state)
{
    (void)state;
    const study s = DERIVE("MD", NULL, 0, {TQ_IN_M1I, 3.1}, {TQ_IN_N1I, 41}, {TQ_IN_SE1I, 0.31},
                           {TQ_IN_CI_LB1I, 1.9}, {TQ_IN_CI_UB1I, 4.4}, {TQ_IN_M2I, 4.7},
                           {TQ_IN_N2I, 40}, {TQ_IN_SD2I, 1.77});

    assert_int_equal(s.status, TQ_OK);
    assert_near(s.value[TQ_IN_SD1I], 0.31 * sqrt(41.0), 1e-12);
    assert_near(s.value[TQ_IN_SD2I], 1.77, 0.0);
    assert_string_equal(s.d.recipe, "means and standard deviations");
    assert_int_equal(s.d.n_steps, 1);
    assert_string_equal(s.d.step[0], "SD of group 1 from the SE");
}

/* t(28) at 97.5 percent is 2.0484071417952; the interval is 2 t sd / sqrt(n) wide. */
static void limits_of_a_mean_are_those_of_students_t(void **state)
{
    (void)state;
    const study s =
        DERIVE("MD", NULL, 0, {TQ_IN_M1I, 2.6}, {TQ_IN_N1I, 29}, {TQ_IN_CI_LB1I, 1.9},
               {TQ_IN_CI_UB1I, 3.3}, {TQ_IN_M2I, 4.1}, {TQ_IN_N2I, 30}, {TQ_IN_SD2I, 1.8});

    assert_int_equal(s.status, TQ_OK);
    assert_near(s.value[TQ_IN_SD1I], 1.4 / (2.0 * 2.0484071417952) * sqrt(29.0), 1e-11);
}

/* Luo et al. (2018), eq. 11, and Wan et al. (2014), eq. 16, by hand:
   w = 0.7 + 0.39/52, mean = w (1.7 + 4.2)/2 + (1 - w) 2.9. */
static void mean_and_sd_come_from_quartiles(void **state)
{
    const double w = 0.7 + 0.39 / 52.0;

    (void)state;
    const study s =
        DERIVE("MD", NULL, 0, {TQ_IN_N1I, 52}, {TQ_IN_Q1_1I, 1.7}, {TQ_IN_MED1I, 2.9},
               {TQ_IN_Q3_1I, 4.2}, {TQ_IN_M2I, 4.1}, {TQ_IN_N2I, 30}, {TQ_IN_SD2I, 1.8});

    assert_int_equal(s.status, TQ_OK);
    assert_near(s.value[TQ_IN_M1I], w * 2.95 + (1.0 - w) * 2.9, 1e-12);
    assert_true(s.value[TQ_IN_SD1I] > 1.85 && s.value[TQ_IN_SD1I] < 1.95);
    assert_string_equal(s.d.step[0], "mean and SD of group 1 from median and quartiles");
    assert_non_null(strstr(tq_derive_assumes(s.d.step[0], NULL), "Luo et al. (2018)"));
}

static void a_mean_that_is_reported_is_kept(void **state)
{
    (void)state;
    const study s = DERIVE("MD", NULL, 0, {TQ_IN_N1I, 52}, {TQ_IN_M1I, 3.02}, {TQ_IN_Q1_1I, 1.7},
                           {TQ_IN_MED1I, 2.9}, {TQ_IN_Q3_1I, 4.2}, {TQ_IN_M2I, 4.1},
                           {TQ_IN_N2I, 30}, {TQ_IN_SD2I, 1.8});

    assert_near(s.value[TQ_IN_M1I], 3.02, 0.0);
    assert_string_equal(s.d.step[0], "SD of group 1 from median and quartiles");
}

/* The quartiles alone look symmetric: they must not stand in for all five. */
static void skewed_samples_are_refused_unless_kept(void **state)
{
    const known g[] = {{TQ_IN_N1I, 60},    {TQ_IN_MIN1I, 0.5}, {TQ_IN_Q1_1I, 1.1},
                       {TQ_IN_MED1I, 1.9}, {TQ_IN_Q3_1I, 2.7}, {TQ_IN_MAX1I, 19.8},
                       {TQ_IN_M2I, 4.9},   {TQ_IN_SD2I, 2.0},  {TQ_IN_N2I, 61}};
    tq_derive_options keep = tq_derive_defaults(), mln = tq_derive_defaults();

    (void)state;
    keep.keep_skewed = 1;
    mln.quantiles = TQ_QUANTILES_MLN;
    study s = derive("MD", NULL, 0, g, sizeof g / sizeof *g);

    assert_int_equal(s.status, TQ_OK);
    assert_null(s.d.recipe);
    assert_true(isnan(s.value[TQ_IN_SD1I]));
    assert_non_null(strstr(s.d.refused, "skewed"));
    s = derive("MD", &keep, 0, g, sizeof g / sizeof *g);
    assert_non_null(s.d.recipe);
    s = derive("MD", &mln, 0, g, sizeof g / sizeof *g);
    assert_non_null(s.d.recipe);
    assert_true(s.value[TQ_IN_SD1I] > 0.0);
}

/* With d in units of the SD, t = d / sqrt(1/n1 + 1/n2). */
static void a_test_of_the_difference_gives_the_sd_within_groups(void **state)
{
    (void)state;
    const study s = DERIVE("MD", NULL, 0, {TQ_IN_M1I, 3.3}, {TQ_IN_M2I, 5.0}, {TQ_IN_N1I, 24},
                           {TQ_IN_N2I, 25}, {TQ_IN_TI_STAT, -3.1});

    assert_near(s.value[TQ_IN_SD1I], 1.7 / 3.1 / sqrt(1.0 / 24.0 + 1.0 / 25.0), 1e-12);
    assert_near(s.value[TQ_IN_SD2I], s.value[TQ_IN_SD1I], 0.0);
    assert_string_equal(tq_derive_assumes(s.d.step[0], NULL), "the same SD in both groups");
    const study zero = DERIVE("MD", NULL, 0, {TQ_IN_M1I, 3.3}, {TQ_IN_M2I, 3.3}, {TQ_IN_N1I, 24},
                              {TQ_IN_N2I, 25}, {TQ_IN_TI_STAT, 0.0});

    assert_int_equal(zero.status, TQ_OK);
    assert_null(zero.d.recipe);
    assert_non_null(zero.d.refused);
}

/* Ratios of SDs must not be taken from one SD that both groups are said to share. */
static void no_common_sd_is_made_for_other_measures(void **state)
{
    (void)state;
    const study s = DERIVE("CVR", NULL, 0, {TQ_IN_M1I, 3.3}, {TQ_IN_M2I, 5.0}, {TQ_IN_N1I, 24},
                           {TQ_IN_N2I, 25}, {TQ_IN_TI_STAT, -3.1}, {TQ_IN_SEI, 0.55});

    assert_null(s.d.recipe);
    assert_true(isnan(s.value[TQ_IN_SD1I]));
}

/* A table of 12, 39, 20, 31 and what follows from it. */
static void cells_come_back_from_statistics_and_margins(void **state)
{
    const double a = 12, b = 39, c = 20, d = 31, n = 102;
    const double det = a * d - b * c, product = 51.0 * 51.0 * 32.0 * 70.0;
    const known from[] = {{TQ_IN_ORI, a * d / (b * c)},
                          {TQ_IN_RI, det / sqrt(product)},
                          {TQ_IN_X2I_STAT, -n * det * det / product}};

    (void)state;
    for (size_t j = 0; j < sizeof from / sizeof *from; j++) {
        const study s =
            DERIVE("RR", NULL, 0, from[j], {TQ_IN_N1I, 51}, {TQ_IN_N2I, 51}, {TQ_IN_EI, 32});

        assert_int_equal(s.status, TQ_OK);
        assert_near(s.value[TQ_IN_AI], a, 0.0);
        assert_near(s.value[TQ_IN_BI], b, 0.0);
        assert_near(s.value[TQ_IN_CI], c, 0.0);
        assert_near(s.value[TQ_IN_DI], d, 0.0);
        assert_string_equal(s.d.recipe, "events and non-events");
    }
    const study mixed =
        DERIVE("OR", NULL, 0, {TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 20}, {TQ_IN_N2I, 51});

    assert_near(mixed.value[TQ_IN_DI], 31.0, 0.0);
}

static void a_diagnostic_table_comes_from_accuracy(void **state)
{
    (void)state;
    const study sizes = DERIVE("DOR", NULL, 0, {TQ_IN_SENS, 0.825}, {TQ_IN_SPEC, 0.7},
                               {TQ_IN_N1I, 40}, {TQ_IN_N2I, 60});

    assert_near(sizes.value[TQ_IN_AI], 33.0, 0.0);
    assert_near(sizes.value[TQ_IN_BI], 7.0, 0.0);
    assert_near(sizes.value[TQ_IN_CI], 18.0, 0.0);
    assert_near(sizes.value[TQ_IN_DI], 42.0, 0.0);
    const study ppv = DERIVE("DOR", NULL, 0, {TQ_IN_SENS, 0.825}, {TQ_IN_SPEC, 0.7},
                             {TQ_IN_NI, 100}, {TQ_IN_PPV, 33.0 / 51.0});

    for (size_t j = TQ_IN_AI; j <= TQ_IN_DI; j++) {
        assert_near(ppv.value[j], sizes.value[j], 0.0);
    }
    const study ratio = DERIVE("RR", NULL, 0, {TQ_IN_SENS, 0.825}, {TQ_IN_SPEC, 0.7},
                               {TQ_IN_N1I, 40}, {TQ_IN_N2I, 60});

    assert_near(ratio.value[TQ_IN_CI], 18.0, 0.0);
    assert_non_null(strstr(tq_derive_assumes(ratio.d.step[0], NULL), "group 1 has the disease"));
}

/* The table of 12, 39, 20, 31: ad - bc = -408, and Yates takes n/2 = 51 off its size. */
static void a_corrected_chi_square_is_corrected_back(void **state)
{
    (void)state;
    const double x2 = 102.0 * 357.0 * 357.0 / (51.0 * 51.0 * 32.0 * 70.0);
    const study s = DERIVE("OR", NULL, 0, {TQ_IN_X2I_YATES, -x2}, {TQ_IN_N1I, 51}, {TQ_IN_N2I, 51},
                           {TQ_IN_EI, 32});
    const study none = DERIVE("OR", NULL, 0, {TQ_IN_X2I_YATES, 0.0}, {TQ_IN_N1I, 51},
                              {TQ_IN_N2I, 51}, {TQ_IN_EI, 32});

    assert_near(s.value[TQ_IN_AI], 12.0, 0.0);
    assert_near(s.value[TQ_IN_DI], 31.0, 0.0);
    assert_string_equal(s.d.step[0], "cells from Yates' chi-square and the margins");
    assert_null(none.d.recipe);
    assert_non_null(strstr(none.d.refused, "many tables"));
}

#define BEFORE_AND_AFTER \
    {TQ_IN_N1I, 34}, {TQ_IN_N2I, 35}, {TQ_IN_MPRE1I, 6.2}, {TQ_IN_SDPRE1I, 1.9}, \
        {TQ_IN_MPOST1I, 3.4}, {TQ_IN_SDPOST1I, 2.1}, {TQ_IN_MPRE2I, 6.1}, {TQ_IN_SDPRE2I, 2.0}, \
        {TQ_IN_MPOST2I, 4.9}, \
    { \
        TQ_IN_SDPOST2I, 2.2 \
    }

/* Cochrane Handbook, section 6.5.2.8: var = 1.9^2 + 2.1^2 - 2 r 1.9 2.1. */
static void changes_of_two_groups_come_from_before_and_after(void **state)
{
    (void)state;
    const study s = DERIVE("SMD", NULL, 0, BEFORE_AND_AFTER, {TQ_IN_RI, 0.62});

    assert_int_equal(s.status, TQ_OK);
    assert_string_equal(s.d.recipe, "means and standard deviations");
    assert_near(s.value[TQ_IN_M1I], -2.8, 1e-14);
    assert_near(s.value[TQ_IN_M2I], -1.2, 1e-14);
    assert_near(s.value[TQ_IN_SD1I] * s.value[TQ_IN_SD1I], 3.61 + 4.41 - 2 * 0.62 * 1.9 * 2.1,
                1e-13);
    assert_near(s.value[TQ_IN_SD2I] * s.value[TQ_IN_SD2I], 4.0 + 4.84 - 2 * 0.62 * 2.0 * 2.2,
                1e-13);
    assert_true((s.d.read & TQ_INPUT_BIT(TQ_IN_RI)) != 0);
    assert_true((s.d.made & TQ_INPUT_BIT(TQ_IN_RI)) == 0);
    const study lacks = DERIVE("SMD", NULL, 0, BEFORE_AND_AFTER);

    assert_null(lacks.d.recipe);
    assert_non_null(strstr(lacks.d.refused, "ri is missing"));
}

/* A ratio of mean changes, or of their variation, is no ratio of what is measured. */
static void changes_make_no_ratios(void **state)
{
    static const char *const codes[] = {"ROM", "CVR", "VR"};

    (void)state;
    for (size_t j = 0; j < sizeof codes / sizeof *codes; j++) {
        const study s = DERIVE(codes[j], NULL, 0, BEFORE_AND_AFTER, {TQ_IN_RI, 0.62});

        assert_int_equal(s.status, TQ_OK);
        assert_null(s.d.recipe);
        assert_true(isnan(s.value[TQ_IN_SD1I]));
    }
}

/* Group 1 tells r = (1.9^2 + 2.1^2 - 1.72^2) / (2 1.9 2.1), before the 0.5 that is only assumed. */
static void one_group_tells_the_correlation_of_the_other(void **state)
{
    const double r = (1.9 * 1.9 + 2.1 * 2.1 - 1.72 * 1.72) / (2.0 * 1.9 * 2.1);

    (void)state;
    const study s = DERIVE("MD", NULL, TQ_INPUT_BIT(TQ_IN_RI), BEFORE_AND_AFTER, {TQ_IN_RI, 0.5},
                           {TQ_IN_SD1I, 1.72});

    assert_near(s.value[TQ_IN_SD1I], 1.72, 0.0);
    assert_near(s.value[TQ_IN_SD2I] * s.value[TQ_IN_SD2I], 4.0 + 4.84 - 2.0 * r * 2.0 * 2.2, 1e-13);
    assert_true((s.d.read & TQ_INPUT_BIT(TQ_IN_RI)) == 0);
    assert_string_equal(tq_derive_assumes(s.d.step[s.d.n_steps - 1], NULL),
                        "the same correlation of before and after in both groups");
    const study torn = DERIVE("MD", NULL, 0, BEFORE_AND_AFTER, {TQ_IN_SD1I, 7.9});

    assert_null(torn.d.recipe);
    assert_non_null(strstr(torn.d.refused, "contradict"));
}

/* Luo et al. (2018), eq. 11, as for one of two groups; w = 0.7 + 0.39/52. */
static void one_group_by_its_quantiles_or_limits(void **state)
{
    static const char *const codes[] = {"MN", "MNLN", "SMN", "CVLN", "SDLN", "MC", "SMCC"};
    const double w = 0.7 + 0.39 / 52.0;

    (void)state;
    for (size_t j = 0; j < sizeof codes / sizeof *codes; j++) {
        const study s = DERIVE(codes[j], NULL, 0, {TQ_IN_NI, 52}, {TQ_IN_Q1I, 1.7},
                               {TQ_IN_MEDI, 2.9}, {TQ_IN_Q3I, 4.2});

        assert_non_null(s.d.recipe);
        assert_near(s.value[TQ_IN_MI], w * 2.95 + (1.0 - w) * 2.9, 1e-12);
        assert_true(s.value[TQ_IN_SDI] > 1.85 && s.value[TQ_IN_SDI] < 1.95);
        assert_non_null(tq_derive_assumes(s.d.step[0], NULL));
    }
    study s = DERIVE("SDLN", NULL, 0, {TQ_IN_NI, 29}, {TQ_IN_CI_LB, 1.9}, {TQ_IN_CI_UB, 3.3});

    assert_near(s.value[TQ_IN_SDI], 1.4 / (2.0 * 2.0484071417952) * sqrt(29.0), 1e-11);
    s = DERIVE("MN", NULL, 0, {TQ_IN_NI, 52}, {TQ_IN_Q1I, 1.7}, {TQ_IN_MEDI, 2.9},
               {TQ_IN_Q3I, 2.2});
    assert_int_equal(s.status, TQ_EDATA);
    assert_string_equal(s.err.column, "q3i");
}

/* r = (sd1^2 + sd2^2 - sd_change^2) / (2 sd1 sd2), before the 0.5 that is only assumed. */
static void what_a_study_reports_goes_before_an_assumption(void **state)
{
    (void)state;
    const tq_input_set assumed = TQ_INPUT_BIT(TQ_IN_RI);
    const study s =
        DERIVE("MC", NULL, assumed, {TQ_IN_M1I, 3.4}, {TQ_IN_M2I, 6.1}, {TQ_IN_SD1I, 1.9},
               {TQ_IN_SD2I, 2.2}, {TQ_IN_SDI, 1.7}, {TQ_IN_NI, 21}, {TQ_IN_RI, 0.5});

    assert_near(s.value[TQ_IN_RI], (1.9 * 1.9 + 2.2 * 2.2 - 1.7 * 1.7) / (2.0 * 1.9 * 2.2), 1e-14);
    const study plain =
        DERIVE("MC", NULL, assumed, {TQ_IN_M1I, 3.4}, {TQ_IN_M2I, 6.1}, {TQ_IN_SD1I, 1.9},
               {TQ_IN_SD2I, 2.2}, {TQ_IN_NI, 21}, {TQ_IN_RI, 0.5});

    assert_near(plain.value[TQ_IN_RI], 0.5, 0.0);
    assert_null(plain.d.recipe);
    const study change = DERIVE("MC", NULL, 0, {TQ_IN_M1I, 3.4}, {TQ_IN_M2I, 6.1},
                                {TQ_IN_SEI, 0.37}, {TQ_IN_NI, 21});

    assert_near(change.value[TQ_IN_MI], -2.7, 1e-14);
    assert_near(change.value[TQ_IN_SDI], 0.37 * sqrt(21.0), 1e-14);
    assert_int_equal(change.d.n_steps, 2);
}

static void sizes_come_from_their_sum(void **state)
{
    (void)state;
    const study s = DERIVE("MD", NULL, 0, {TQ_IN_M1I, 3.3}, {TQ_IN_M2I, 5.0}, {TQ_IN_SD1I, 1.2},
                           {TQ_IN_SE2I, 0.25}, {TQ_IN_N1I, 24}, {TQ_IN_NI, 49});

    assert_near(s.value[TQ_IN_N2I], 25.0, 0.0);
    assert_near(s.value[TQ_IN_SD2I], 1.25, 1e-15);
    assert_int_equal(s.d.n_steps, 2);
}

static void wrong_values_are_named(void **state)
{
    tq_derive_options opt = tq_derive_defaults();

    (void)state;
    study s = DERIVE("MD", NULL, 0, {TQ_IN_M1I, 2.6}, {TQ_IN_N1I, 29}, {TQ_IN_CI_LB1I, 3.9},
                     {TQ_IN_CI_UB1I, 3.3}, {TQ_IN_M2I, 4.1}, {TQ_IN_N2I, 30}, {TQ_IN_SD2I, 1.8});
    assert_int_equal(s.status, TQ_EDATA);
    assert_string_equal(s.err.column, "ci-lb1i");
    s = DERIVE("MD", NULL, 0, {TQ_IN_N1I, 52}, {TQ_IN_Q1_1I, 3.7}, {TQ_IN_MED1I, 2.9},
               {TQ_IN_Q3_1I, 4.2}, {TQ_IN_M2I, 4.1}, {TQ_IN_N2I, 30}, {TQ_IN_SD2I, 1.8});
    assert_int_equal(s.status, TQ_EDATA);
    assert_string_equal(s.err.column, "med1i");
    assert_int_equal(s.err.row, 0);
    s = DERIVE("OR", NULL, 0, {TQ_IN_AI, 12}, {TQ_IN_BI, 39}, {TQ_IN_CI, 52}, {TQ_IN_N2I, 51});
    assert_int_equal(s.status, TQ_EDATA);
    assert_string_equal(s.err.column, "ci");
    s = DERIVE("MD", NULL, 0, {TQ_IN_SE1I, -0.3}, {TQ_IN_N1I, 9});
    assert_int_equal(s.status, TQ_EDATA);
    assert_string_equal(s.err.column, "se1i");
    opt.ci_level = 100.0;
    assert_int_equal(DERIVE("MD", &opt, 0, {TQ_IN_N1I, 9}).status, TQ_EINVAL);
    opt = tq_derive_defaults();
    opt.quantiles = TQ_QUANTILES_COUNT;
    assert_int_equal(DERIVE("MD", &opt, 0, {TQ_IN_N1I, 9}).status, TQ_EINVAL);
}

static void makes_and_uses_follow_what_is_given(void **state)
{
    const tq_measure *md = tq_measure_find("MD");
    const tq_input_set given = TQ_INPUT_BIT(TQ_IN_NI) | TQ_INPUT_BIT(TQ_IN_N1I) |
                               TQ_INPUT_BIT(TQ_IN_SE2I) | TQ_INPUT_BIT(TQ_IN_YI);

    (void)state;
    assert_true(tq_derive_makes(md, given) == (TQ_INPUT_BIT(TQ_IN_N2I) | TQ_INPUT_BIT(TQ_IN_SD2I)));
    assert_true(tq_derive_uses(md, given) == (given & ~TQ_INPUT_BIT(TQ_IN_YI)));
    assert_true(tq_derive_makes(tq_measure_find("GEN"), given) == 0);
    assert_true(tq_measure_two_groups(md));
    assert_false(tq_measure_two_groups(tq_measure_find("MC")));
}

/* F with 1 and N - 2 df is t squared; the means tell its sign, which is else taken as positive. */
static void f_of_two_groups_is_t_squared(void **state)
{
    (void)state;
    const study directed = DERIVE("SMD", NULL, 0, {TQ_IN_FI, 6.25}, {TQ_IN_N1I, 20},
                                  {TQ_IN_N2I, 22}, {TQ_IN_M1I, 3.1}, {TQ_IN_M2I, 4.2});
    const study bare = DERIVE("SMD", NULL, 0, {TQ_IN_FI, 6.25}, {TQ_IN_N1I, 20}, {TQ_IN_N2I, 22});
    const study raw = DERIVE("MD", NULL, 0, {TQ_IN_FI, 6.25}, {TQ_IN_N1I, 20}, {TQ_IN_N2I, 22},
                             {TQ_IN_M1I, 3.1}, {TQ_IN_M2I, 4.2});

    assert_near(directed.value[TQ_IN_TI_STAT], -2.5, 1e-14);
    assert_near(bare.value[TQ_IN_TI_STAT], 2.5, 1e-14);
    assert_near(raw.value[TQ_IN_SD1I] * raw.value[TQ_IN_SD1I] * (1.0 / 20 + 1.0 / 22),
                1.1 * 1.1 / 6.25, 1e-13);
}

static void every_rule_reads_something_and_has_its_own_text(void **state)
{
    tq_input_set reads, other;
    const char *text, *again;
    size_t n = 0;

    (void)state;
    for (; (text = tq_derive_rule(n, &reads)) != NULL; n++) {
        assert_true(reads != 0);
        for (size_t i = 0; i < n; i++) {
            again = tq_derive_rule(i, &other);
            assert_true(strcmp(text, again) != 0 || reads == other);
        }
    }
    assert_true(n > 50);
}

/* A value of an input that agrees with those of the others: limits and quantiles in order, groups that
   hold their events. */
static double usual_value(tq_input input)
{
    static const double by_kind[] = {
        [TQ_KIND_REAL] = 2.6,        [TQ_KIND_COUNT] = 3.0,        [TQ_KIND_SIZE] = 41.0,
        [TQ_KIND_POSITIVE] = 2.3,    [TQ_KIND_SPREAD] = 1.7,       [TQ_KIND_CORRELATION] = 0.42,
        [TQ_KIND_SIGNED_P] = 0.031,  [TQ_KIND_RELIABILITY] = 0.83, [TQ_KIND_ITEMS] = 5.0,
        [TQ_KIND_PROPORTION] = 0.73, [TQ_KIND_P_VALUE] = 0.031,    [TQ_KIND_PREDICTORS] = 3.0,
    };
    static const known others[] = {
        {TQ_IN_NI, 83},       {TQ_IN_CI_LB, 1.1},   {TQ_IN_CI_UB, 4.1},   {TQ_IN_CI_LB1I, 1.9},
        {TQ_IN_CI_UB1I, 3.3}, {TQ_IN_CI_LB2I, 1.8}, {TQ_IN_CI_UB2I, 3.4}, {TQ_IN_MINI, 0.4},
        {TQ_IN_Q1I, 1.7},     {TQ_IN_Q3I, 3.6},     {TQ_IN_MAXI, 5.0},    {TQ_IN_MIN1I, 0.4},
        {TQ_IN_Q1_1I, 1.7},   {TQ_IN_Q3_1I, 3.6},   {TQ_IN_MAX1I, 5.0},   {TQ_IN_MIN2I, 0.4},
        {TQ_IN_Q1_2I, 1.7},   {TQ_IN_Q3_2I, 3.6},   {TQ_IN_MAX2I, 5.0},   {TQ_IN_EI, 9.0},
    };

    for (size_t j = 0; j < sizeof others / sizeof *others; j++) {
        if (others[j].input == input) {
            return others[j].value;
        }
    }
    return by_kind[tq_input_kind_of(input)];
}

static int is_complete(const tq_measure *m, double *const column[], size_t i)
{
    tq_input_set there = 0;

    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        there |= isnan(column[j][i]) ? 0 : TQ_INPUT_BIT(j);
    }
    return tq_measure_recipe(m, there) != NULL;
}

/* Every measure, rows with gaps at random beside one without: with what it is said to lack, a row can
   be computed. */
static void what_is_missing_completes_the_row(void **state)
{
    enum { ROWS = 40 };
    static double value[TQ_INPUT_COUNT][ROWS], sheet[TQ_INPUT_COUNT][ROWS];
    double *column[TQ_INPUT_COUNT];
    tq_derivation d[ROWS];
    uint64_t stream = 20;
    size_t told = 0;

    (void)state;
    for (size_t at = 0; tq_measure_at(at); at++) {
        const tq_measure *m = tq_measure_at(at);
        tq_error err;

        for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
            const double usual = usual_value((tq_input)j);

            for (size_t i = 0; i < ROWS; i++) {
                sheet[j][i] = i == 0 || tq_splitmix_below(&stream, 3) == 0 ? usual : NAN;
                value[j][i] = sheet[j][i];
            }
            column[j] = value[j];
        }
        assert_int_equal(tq_inputs_derive(m, ROWS, column, 0, NULL, d, &err), TQ_OK);
        for (size_t i = 0; i < ROWS; i++) {
            for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
                value[j][i] = d[i].missing & TQ_INPUT_BIT(j) ? sheet[j][0] : sheet[j][i];
                assert_true(isnan(sheet[j][i]) || !(d[i].missing & TQ_INPUT_BIT(j)));
            }
            told += d[i].missing != 0;
        }
        tq_derivation again[ROWS];

        assert_int_equal(tq_inputs_derive(m, ROWS, column, 0, NULL, again, &err), TQ_OK);
        for (size_t i = 0; i < ROWS; i++) {
            if (d[i].missing && !again[i].recipe && !again[i].refused &&
                !is_complete(m, column, i)) {
                fail_msg("%s, row %zu: more is missing than was told", m->code, i);
            }
        }
    }
    assert_true(told > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_row_is_left_alone),
        cmocka_unit_test(an_sd_comes_from_the_se_before_the_limits),
        cmocka_unit_test(limits_of_a_mean_are_those_of_students_t),
        cmocka_unit_test(mean_and_sd_come_from_quartiles),
        cmocka_unit_test(a_mean_that_is_reported_is_kept),
        cmocka_unit_test(skewed_samples_are_refused_unless_kept),
        cmocka_unit_test(f_of_two_groups_is_t_squared),
        cmocka_unit_test(a_test_of_the_difference_gives_the_sd_within_groups),
        cmocka_unit_test(no_common_sd_is_made_for_other_measures),
        cmocka_unit_test(cells_come_back_from_statistics_and_margins),
        cmocka_unit_test(a_diagnostic_table_comes_from_accuracy),
        cmocka_unit_test(a_corrected_chi_square_is_corrected_back),
        cmocka_unit_test(changes_of_two_groups_come_from_before_and_after),
        cmocka_unit_test(changes_make_no_ratios),
        cmocka_unit_test(what_is_missing_completes_the_row),
        cmocka_unit_test(one_group_tells_the_correlation_of_the_other),
        cmocka_unit_test(one_group_by_its_quantiles_or_limits),
        cmocka_unit_test(what_a_study_reports_goes_before_an_assumption),
        cmocka_unit_test(sizes_come_from_their_sum),
        cmocka_unit_test(wrong_values_are_named),
        cmocka_unit_test(every_rule_reads_something_and_has_its_own_text),
        cmocka_unit_test(makes_and_uses_follow_what_is_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
