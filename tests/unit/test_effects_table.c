/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties of the whole table of measures: every recipe, every variance type, every symmetry. */
#include "support/one_study.h"

#include <math.h>
#include <string.h>

/* A study that reports everything, and a second one like it. Groups of equal size, for margins. */
static const double sample[2][TQ_INPUT_COUNT] = {
    {[TQ_IN_YI] = 0.31,    [TQ_IN_VI] = 0.04,   [TQ_IN_SEI] = 0.2,   [TQ_IN_CI_LB] = 0.1,
     [TQ_IN_CI_UB] = 0.62, [TQ_IN_AI] = 12,     [TQ_IN_BI] = 39,     [TQ_IN_CI] = 20,
     [TQ_IN_DI] = 31,      [TQ_IN_N1I] = 51,    [TQ_IN_N2I] = 51,    [TQ_IN_X1I] = 14,
     [TQ_IN_X2I] = 23,     [TQ_IN_T1I] = 556.9, [TQ_IN_T2I] = 797.3, [TQ_IN_M1I] = 3.4,
     [TQ_IN_M2I] = 2.9,    [TQ_IN_SD1I] = 1.2,  [TQ_IN_SD2I] = 1.4,  [TQ_IN_XI] = 12,
     [TQ_IN_MI] = 0.4,     [TQ_IN_SDI] = 0.83,  [TQ_IN_NI] = 48,     [TQ_IN_TI] = 216.2,
     [TQ_IN_RI] = 0.3,     [TQ_IN_OE] = 2.1,    [TQ_IN_VE] = 9.3,    [TQ_IN_TI_STAT] = 1.7,
     [TQ_IN_PI] = 0.031,   [TQ_IN_FI] = 4.2,    [TQ_IN_R2I] = 0.34,  [TQ_IN_HR] = 0.35,
     [TQ_IN_RATIO] = 0.35},
    {[TQ_IN_YI] = 0.47,   [TQ_IN_VI] = 0.09,   [TQ_IN_SEI] = 0.3,   [TQ_IN_CI_LB] = 0.2,
     [TQ_IN_CI_UB] = 0.9, [TQ_IN_AI] = 22,     [TQ_IN_BI] = 18,     [TQ_IN_CI] = 9,
     [TQ_IN_DI] = 31,     [TQ_IN_N1I] = 40,    [TQ_IN_N2I] = 40,    [TQ_IN_X1I] = 31,
     [TQ_IN_X2I] = 12,    [TQ_IN_T1I] = 341.1, [TQ_IN_T2I] = 215.6, [TQ_IN_M1I] = 4.1,
     [TQ_IN_M2I] = 3.8,   [TQ_IN_SD1I] = 1.9,  [TQ_IN_SD2I] = 1.1,  [TQ_IN_XI] = 31,
     [TQ_IN_MI] = 0.5,    [TQ_IN_SDI] = 0.71,  [TQ_IN_NI] = 77,     [TQ_IN_TI] = 512.4,
     [TQ_IN_RI] = -0.2,   [TQ_IN_OE] = -1.3,   [TQ_IN_VE] = 6.1,    [TQ_IN_TI_STAT] = -0.9,
     [TQ_IN_PI] = -0.27,  [TQ_IN_FI] = 2.7,    [TQ_IN_R2I] = 0.21,  [TQ_IN_HR] = 0.5,
     [TQ_IN_RATIO] = 0.5},
};

/* What an input is worth where a recipe reads it as something else. */
static double value_as(tq_input_kind kind, tq_input input, int row)
{
    switch (kind) {
    case TQ_KIND_PROPORTION:
        return input == TQ_IN_AI ? 0.71 + 0.06 * row : input == TQ_IN_MI ? 0.04 : 0.18;
    case TQ_KIND_P_VALUE:
        return 0.031;
    case TQ_KIND_RELIABILITY:
        return 0.784;
    case TQ_KIND_ITEMS:
        return 14.0;
    case TQ_KIND_PREDICTORS:
        return 3.0;
    case TQ_KIND_COUNT:
        return 30.0;
    default:
        return 0.52;
    }
}

typedef struct {
    double value[TQ_INPUT_COUNT][2];
} two_studies;

static two_studies studies_for(const tq_recipe *recipe)
{
    two_studies s;

    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        for (int row = 0; row < 2; row++) {
            s.value[j][row] = sample[row][j];
            for (size_t k = 0; k < sizeof recipe->as / sizeof *recipe->as; k++) {
                /* An unused place reads yi as itself. */
                if (recipe->as[k].input == (tq_input)j && j != TQ_IN_YI) {
                    s.value[j][row] = value_as(recipe->as[k].kind, (tq_input)j, row);
                }
            }
        }
    }
    return s;
}

/* The effects of two studies that give what the recipe needs and nothing else. */
static void effects(const tq_measure *m, const tq_recipe *recipe, const two_studies *s,
                    const tq_effect_options *opt, tq_effect_row rows[2])
{
    tq_inputs in = {.rows = 2};
    tq_error err;

    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        if (recipe->needs & TQ_INPUT_BIT(j)) {
            in.column[j] = s->value[j];
        }
    }
    if (tq_effects_compute(m, &in, opt, rows, &err) != TQ_OK) {
        fail_msg("%s from %s: %s: %s", m->code, recipe->from, err.column, err.message);
    }
}

static void every_recipe_and_variance_type_gives_an_effect(void **state)
{
    (void)state;
    const tq_measure *m;

    for (size_t i = 0; (m = tq_measure_at(i)) != NULL; i++) {
        for (size_t j = 0; j < m->n_recipes; j++) {
            const two_studies s = studies_for(&m->recipes[j]);

            for (size_t v = 0; m->vtypes[v]; v++) {
                const tq_effect_options opt = with_vtype(m->vtypes[v]);
                tq_effect_row rows[2];

                effects(m, &m->recipes[j], &s, &opt, rows);
                for (int row = 0; row < 2; row++) {
                    if (rows[row].state != TQ_ROW_OK) {
                        fail_msg("%s %s from %s: %s", m->code, m->vtypes[v], m->recipes[j].from,
                                 rows[row].why);
                    }
                    assert_true(isfinite(rows[row].yi));
                    assert_true(isfinite(rows[row].vi) && rows[row].vi > 0.0);
                    assert_string_equal(rows[row].from, m->recipes[j].from);
                }
            }
        }
    }
}

static void flip_and_rescale_multiply_every_measure(void **state)
{
    (void)state;
    const double flip[] = {-1.0, 2.5};
    const tq_measure *m;

    for (size_t i = 0; (m = tq_measure_at(i)) != NULL; i++) {
        const two_studies s = studies_for(&m->recipes[0]);
        tq_effect_options opt = tq_effect_defaults();
        tq_effect_row plain[2], turned[2];

        effects(m, &m->recipes[0], &s, NULL, plain);
        opt.flip = flip;
        opt.rescale = 100.0;
        effects(m, &m->recipes[0], &s, &opt, turned);
        assert_effect(turned[0], -100.0 * plain[0].yi, 1e4 * plain[0].vi, 1e-15);
        assert_effect(turned[1], 250.0 * plain[1].yi, 62500.0 * plain[1].vi, 1e-15);
    }
}

static void every_natural_scale_exists(void **state)
{
    (void)state;
    const tq_measure *m;

    for (size_t i = 0; (m = tq_measure_at(i)) != NULL; i++) {
        const tq_transform *t = tq_transform_find(m->transform);
        const two_studies s = studies_for(&m->recipes[0]);
        tq_effect_row rows[2];

        assert_non_null(t);
        effects(m, &m->recipes[0], &s, NULL, rows);
        assert_true(isfinite(tq_transform_apply(t, rows[0].yi, rows[0].ni)));
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(m->code, tq_measure_at(j)->code);
        }
    }
}

/* The study with its groups exchanged. */
static two_studies exchanged(const two_studies *s)
{
    static const tq_input pairs[][2] = {
        {TQ_IN_AI, TQ_IN_CI},     {TQ_IN_BI, TQ_IN_DI},   {TQ_IN_N1I, TQ_IN_N2I},
        {TQ_IN_X1I, TQ_IN_X2I},   {TQ_IN_T1I, TQ_IN_T2I}, {TQ_IN_M1I, TQ_IN_M2I},
        {TQ_IN_SD1I, TQ_IN_SD2I},
    };
    two_studies out = *s;

    for (size_t j = 0; j < sizeof pairs / sizeof *pairs; j++) {
        memcpy(out.value[pairs[j][0]], s->value[pairs[j][1]], sizeof out.value[0]);
        memcpy(out.value[pairs[j][1]], s->value[pairs[j][0]], sizeof out.value[0]);
    }
    return out;
}

static void assert_turned(const char *code, double about)
{
    const tq_measure *m = tq_measure_find(code);

    assert_non_null(m);
    for (size_t v = 0; m->vtypes[v]; v++) {
        const tq_effect_options opt = with_vtype(m->vtypes[v]);
        two_studies s = studies_for(&m->recipes[0]);
        tq_effect_row a[2], b[2];

        s.value[TQ_IN_N1I][0] = 83.0; /* sizes that differ */
        s.value[TQ_IN_BI][0] = 71.0;
        if (strcmp(code, "MPORM") == 0) {
            s = studies_for(&m->recipes[0]);
        }
        const two_studies t = exchanged(&s);

        effects(m, &m->recipes[0], &s, &opt, a);
        effects(m, &m->recipes[0], &t, &opt, b);
        assert_near(b[0].yi, about - a[0].yi, 1e-12);
        assert_relative(b[0].vi, a[0].vi, 1e-9);
    }
}

static void exchanging_the_groups_turns_the_effect_around(void **state)
{
    (void)state;
    static const char *const contrasts[] = {
        "RR",    "VE",     "OR",   "DOR",  "RD",    "PETO",  "AS",    "PHI",   "ZPHI",
        "YUQ",   "YUY",    "RTET", "ZTET", "PBIT",  "OR2D",  "OR2DL", "OR2DN", "IRR",
        "IRD",   "IRSD",   "MD",   "SMD",  "SMDH",  "ROM",   "VR",    "CVR",   "RPB",
        "ZPB",   "RBIS",   "ZBIS", "D2OR", "D2ORL", "D2ORN", "MPORM", "MC",    "SMCC",
        "SMCRP", "SMCRPH", "ROMC", "VRC",  "CVRC",
    };
    static const char *const probabilities[] = {"CLESN", "AUCN", "CLESCN", "AUCCN"};

    for (size_t j = 0; j < sizeof contrasts / sizeof *contrasts; j++) {
        assert_turned(contrasts[j], 0.0);
    }
    for (size_t j = 0; j < sizeof probabilities / sizeof *probabilities; j++) {
        assert_turned(probabilities[j], 1.0);
    }
}

/* Matched pairs exchange what only one of the treatments did: b and c. */
static void exchanging_the_treatments_turns_matched_pairs_around(void **state)
{
    (void)state;
    static const char *const codes[] = {"MPRD", "MPRR", "MPOR", "MPORC", "MPPETO"};

    for (size_t j = 0; j < sizeof codes / sizeof *codes; j++) {
        const tq_effect_row a =
            STUDY(codes[j], NULL, {TQ_IN_AI, 44}, {TQ_IN_BI, 36}, {TQ_IN_CI, 26}, {TQ_IN_DI, 43});
        const tq_effect_row b =
            STUDY(codes[j], NULL, {TQ_IN_AI, 44}, {TQ_IN_BI, 26}, {TQ_IN_CI, 36}, {TQ_IN_DI, 43});

        assert_effect(b, -a.yi, a.vi, 1e-13);
    }
}

/* Inches or centimetres: what is standardized, a ratio or a probability does not change. */
static void the_unit_of_measurement_does_not_matter(void **state)
{
    (void)state;
    static const char *const codes[] = {
        "SMD",  "SMDH", "SMD1", "SMD1H", "ROM",   "VR",     "CVR",    "RPB",   "ZPB",
        "RBIS", "ZBIS", "D2OR", "D2ORN", "CLESN", "AUCN",   "CLESCN", "AUCCN", "SMN",
        "CVLN", "SMCC", "SMCR", "SMCRH", "SMCRP", "SMCRPH", "ROMC",   "VRC",   "CVRC",
    };
    static const tq_input measured[] = {TQ_IN_M1I,  TQ_IN_M2I, TQ_IN_SD1I,
                                        TQ_IN_SD2I, TQ_IN_MI,  TQ_IN_SDI};

    for (size_t j = 0; j < sizeof codes / sizeof *codes; j++) {
        const tq_measure *m = tq_measure_find(codes[j]);

        for (size_t v = 0; m->vtypes[v]; v++) {
            const tq_effect_options opt = with_vtype(m->vtypes[v]);
            const two_studies s = studies_for(&m->recipes[0]);
            two_studies t = s;
            tq_effect_row a[2], b[2];

            for (size_t k = 0; k < sizeof measured / sizeof *measured; k++) {
                t.value[measured[k]][0] *= 2.54;
                t.value[measured[k]][1] *= 2.54;
            }
            effects(m, &m->recipes[0], &s, &opt, a);
            effects(m, &m->recipes[0], &t, &opt, b);
            assert_effect(b[0], a[0].yi, a[0].vi, 1e-12);
            assert_effect(b[1], a[1].yi, a[1].vi, 1e-12);
        }
    }
}

/* Without the correction the estimate is what its name says; no variance becomes negative. */
static void corrections_can_be_switched_off(void **state)
{
    (void)state;
    const tq_measure *m;

    for (size_t i = 0; (m = tq_measure_at(i)) != NULL; i++) {
        const two_studies s = studies_for(&m->recipes[0]);
        tq_effect_options opt = tq_effect_defaults();
        tq_effect_row with[2], without[2];

        effects(m, &m->recipes[0], &s, &opt, with);
        opt.correct = 0;
        effects(m, &m->recipes[0], &s, &opt, without);
        assert_int_equal(without[0].state, TQ_ROW_OK);
        assert_near(without[0].yi, with[0].yi, 0.05); /* it is small */
    }
}

static tq_error refused(const char *code, const tq_effect_options *opt, tq_status want,
                        const given *g, size_t n)
{
    tq_inputs in = {.rows = 1};
    tq_effect_row row = {.yi = 2.385};
    tq_error err;

    for (size_t j = 0; j < n; j++) {
        in.column[g[j].input] = &g[j].value;
    }
    assert_int_equal(tq_effects_compute(tq_measure_find(code), &in, opt, &row, &err), want);
    assert_int_equal(tq_effects_compute(tq_measure_find(code), &in, opt, &row, NULL), want);
    assert_near(row.yi, 2.385, 0.0);
    return err;
}

#define REFUSED(code, opt, status, text, ...) \
    assert_string_equal(refused(code, opt, status, (given[]){__VA_ARGS__}, \
                                sizeof((given[]){__VA_ARGS__}) / sizeof(given)) \
                            .message, \
                        text)

static void multipliers_and_rules_out_of_range_are_refused(void **state)
{
    (void)state;
    const double zero[] = {0.0}, infinite[] = {INFINITY}, missing[] = {NAN};
    tq_effect_options opt = tq_effect_defaults();

    opt.rescale = 0.0;
    REFUSED("COR", &opt, TQ_EINVAL, "rescale '0' must be finite, and not 0", {TQ_IN_RI, 0.3},
            {TQ_IN_NI, 20});
    opt.rescale = NAN;
    REFUSED("COR", &opt, TQ_EINVAL, "rescale 'nan' must be finite, and not 0", {TQ_IN_RI, 0.3},
            {TQ_IN_NI, 20});
    opt = tq_effect_defaults();
    opt.flip = zero;
    REFUSED("COR", &opt, TQ_EDATA, "value '0' must be finite, and not 0", {TQ_IN_RI, 0.3},
            {TQ_IN_NI, 20});
    opt.flip = infinite;
    REFUSED("COR", &opt, TQ_EDATA, "value 'inf' must be finite, and not 0", {TQ_IN_RI, 0.3},
            {TQ_IN_NI, 20});
    opt.flip = missing;
    assert_no_estimate(STUDY("COR", &opt, {TQ_IN_RI, 0.3}, {TQ_IN_NI, 20}),
                       "the multiplier of the effect is missing");
    opt = tq_effect_defaults();
    opt.to = TQ_TO_TACC;
    REFUSED("IRR", &opt, TQ_EINVAL, "rule tacc needs tables of two groups; measure IRR has none",
            {TQ_IN_X1I, 2}, {TQ_IN_T1I, 10}, {TQ_IN_X2I, 3}, {TQ_IN_T2I, 11});
}

static void values_out_of_range_are_named(void **state)
{
    (void)state;
    REFUSED("HR", NULL, TQ_EDATA, "value '-0.2' must be > 0, the limit of a ratio", {TQ_IN_HR, 0.8},
            {TQ_IN_CI_LB, -0.2}, {TQ_IN_CI_UB, 1.1});
    REFUSED("HR", NULL, TQ_EDATA, "value '0.8' must be within its limits, 0.9 to 1.1",
            {TQ_IN_HR, 0.8}, {TQ_IN_CI_LB, 0.9}, {TQ_IN_CI_UB, 1.1});
    REFUSED("PETO", NULL, TQ_EDATA, "value '0' must be > 0", {TQ_IN_OE, 0.8}, {TQ_IN_VE, 0});
    REFUSED("AUC", NULL, TQ_EDATA, "value '1.2' must be between 0 and 1", {TQ_IN_AI, 1.2},
            {TQ_IN_N1I, 30}, {TQ_IN_N2I, 40});
    REFUSED("PCOR", NULL, TQ_EDATA, "value '0' must be >= 1", {TQ_IN_RI, 0.2}, {TQ_IN_MI, 0},
            {TQ_IN_NI, 40});
    REFUSED("R2", NULL, TQ_EDATA, "value '-0.1' must be between 0 and 1, and not 0",
            {TQ_IN_PI, -0.1}, {TQ_IN_MI, 2}, {TQ_IN_NI, 40});
    REFUSED("R2", NULL, TQ_EDATA, "value '-4' must be >= 0", {TQ_IN_FI, -4}, {TQ_IN_MI, 2},
            {TQ_IN_NI, 40});
    REFUSED("SPCOR", NULL, TQ_EDATA, "value '0.7' must be <= sqrt(r2i) = 0.6", {TQ_IN_RI, -0.7},
            {TQ_IN_MI, 2}, {TQ_IN_NI, 40}, {TQ_IN_R2I, 0.36});
    REFUSED("MPORM", NULL, TQ_EDATA, "value '12' must be <= n1i = 10", {TQ_IN_AI, 12},
            {TQ_IN_N1I, 10}, {TQ_IN_CI, 4}, {TQ_IN_N2I, 10}, {TQ_IN_RI, 0.2});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recipe_and_variance_type_gives_an_effect),
        cmocka_unit_test(flip_and_rescale_multiply_every_measure),
        cmocka_unit_test(every_natural_scale_exists),
        cmocka_unit_test(exchanging_the_groups_turns_the_effect_around),
        cmocka_unit_test(exchanging_the_treatments_turns_matched_pairs_around),
        cmocka_unit_test(the_unit_of_measurement_does_not_matter),
        cmocka_unit_test(corrections_can_be_switched_off),
        cmocka_unit_test(multipliers_and_rules_out_of_range_are_refused),
        cmocka_unit_test(values_out_of_range_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
