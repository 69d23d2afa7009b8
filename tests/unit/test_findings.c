/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A summary of findings: absolute effects, the MCID, inconsistency and imprecision by the stated rules. */
#include "report/dossier/findings.h"

#include <math.h>
#include <string.h>

#include "support/near.h"
#include "support/sample_dossier.h"

static sample_dossier *sample;
static tq_arena *arena;

static int set_up(void **state)
{
    (void)state;
    sample = sample_dossier_new();
    arena = tq_arena_new();
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    tq_arena_free(arena);
    sample_dossier_free(sample);
    return 0;
}

static tq_findings made(void)
{
    tq_findings f;

    assert_int_equal(tq_findings_make(sample_dossier_of(sample), arena, &f, NULL), TQ_OK);
    return f;
}

static void has(const char *text, const char *words)
{
    if (!strstr(text, words)) {
        fail_msg("'%s' lacks '%s'", text, words);
    }
}

/* ---- figures --------------------------------------------------------------------------------- */

/* Risks of the control groups by hand over datasets/bcg.csv; pooled effects as the reference values of the
   data set have them. */
static void ratios_are_told_per_1000(void **state)
{
    const tq_findings f = made();
    const tq_outcome *r = &f.row[SAMPLE_BCG];

    (void)state;
    assert_int_equal(r->k, 13);
    assert_near(r->participants, 357347.0, 0.0);
    assert_int_equal(r->kind, TQ_ABSOLUTE_RISK);
    assert_near(r->control, 0.01589825119236884, 1e-15);
    assert_near(r->control_lo, 0.0012815036309269544, 1e-15);
    assert_near(r->control_hi, 0.2563749138525155, 1e-15);
    assert_near(r->with.est, 0.4894209398260303 * 0.01589825119236884, 1e-10);
    assert_near(r->difference.hi, (0.6961660667154265 - 1.0) * 0.01589825119236884, 1e-10);
    assert_string_equal(r->effect, "RR 0.49 (0.34 to 0.70)");
    assert_string_equal(r->prediction, "0.15 to 1.55");
    assert_string_equal(r->control_text, "16 per 1000");
    assert_string_equal(r->with_text, "8 per 1000 (5 to 11)");
    assert_string_equal(r->difference_text, "8 fewer per 1000 (10 fewer to 5 fewer)");
}

static void differences_are_told_in_units(void **state)
{
    const tq_findings f = made();

    (void)state;
    assert_near(f.row[SAMPLE_STAY].control, 31.0, 1e-15);
    assert_near(f.row[SAMPLE_STAY].with.est, 31.0 - 15.106027473478303, 1e-8);
    assert_string_equal(f.row[SAMPLE_STAY].control_text, "mean 31.00");
    assert_string_equal(f.row[SAMPLE_STAY].with_text, "mean 15.89 (-5.32 to 37.11)");
    assert_string_equal(f.row[SAMPLE_STAY].difference_text,
                        "15.11 days lower (36.32 lower to 6.11 higher)");
    assert_string_equal(f.row[SAMPLE_STAY_G].difference_text,
                        "0.54 SD lower (1.14 lower to 0.07 higher)");
    assert_true(isnan(f.row[SAMPLE_STAY_G].with.est));
    assert_string_equal(f.row[SAMPLE_PAIN].control_text, ""); /* effects alone are known */
    assert_string_equal(f.row[SAMPLE_PAIN].difference_text,
                        "0.75 points of 10 lower (0.86 lower to 0.64 lower)");
}

static void what_was_not_done_has_a_row(void **state)
{
    const tq_findings f = made();
    const tq_outcome *r = &f.row[SAMPLE_NONE];

    (void)state;
    assert_int_equal(f.n, SAMPLE_COUNT);
    assert_null(r->a);
    assert_null(r->natural);
    assert_int_equal(r->k, 0);
    assert_string_equal(r->effect, "");
    assert_int_equal(r->imprecision, TQ_CONCERN_UNKNOWN);
    assert_true(isnan(f.row[SAMPLE_PAIN].participants));
}

/* Levels that are not pooled stand for themselves. */
static void levels_have_rows_of_their_own(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_BCG);
    tq_analysis a = *e->analysis;
    const tq_analysis *whole = e->analysis;

    (void)state;
    a.levels_only = 1;
    e->analysis = &a;
    const tq_findings f = made();

    assert_int_equal(f.n, SAMPLE_COUNT + 3);
    assert_null(f.row[0].natural);
    assert_string_equal(f.row[2].label, "alloc: random");
    assert_int_equal(f.row[2].k, 7);
    assert_string_equal(f.row[2].effect, "RR 0.38 (0.22 to 0.65)");
    assert_near(f.row[1].participants + f.row[2].participants + f.row[3].participants, 357347.0,
                0.0);
    e->analysis = whole;
}

/* A ratio of risks that a control group hardly has is told in tenths of a person. */
static void rare_events_keep_a_decimal(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_BCG);
    tq_analysis a = *e->analysis;
    const tq_analysis *whole = e->analysis;
    tq_raw_column raw[4];
    double totals[13];

    (void)state;
    memcpy(raw, a.raw, sizeof raw);
    for (size_t i = 0; i < 13; i++) {
        totals[i] = 10.0 * a.raw[3].value[i];
    }
    raw[3].value = totals;
    a.raw = raw;
    e->analysis = &a;
    assert_string_equal(made().row[0].control_text, "1.6 per 1000");
    assert_string_equal(made().row[0].difference_text,
                        "0.8 fewer per 1000 (1.0 fewer to 0.5 fewer)");
    e->analysis = whole;
}

/* Zero times a ratio is zero, which nobody knows of. */
static void no_events_with_control_tell_nothing(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_BCG);
    tq_analysis a = *e->analysis;
    const tq_analysis *whole = e->analysis;
    tq_raw_column raw[4];
    double events[13] = {11, 29, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    (void)state;
    memcpy(raw, a.raw, sizeof raw);
    raw[2].value = events;
    a.raw = raw;
    e->analysis = &a;
    const tq_outcome r = made().row[0];

    assert_near(r.control, 0.0, 0.0);
    assert_true(isnan(r.with.est) && isnan(r.difference.est));
    assert_string_equal(r.with_text, "");
    has(r.difference_text, "no events");
    e->analysis = whole;
}

/* ---- judgements ------------------------------------------------------------------------------ */

/* The stay of stroke patients with another interval, prediction interval and I2. */
typedef struct {
    double est, lo, hi, pi_lb, pi_ub, I2, mcid;
    tq_better better;
} given;

static tq_outcome judged(const given *g)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_STAY);
    const tq_dossier_entry whole = *e;
    tq_analysis a = *e->analysis;
    tq_pool fit = *a.fit;

    a.natural = (tq_natural){g->est, g->lo, g->hi, g->pi_lb, g->pi_ub};
    fit.I2 = g->I2;
    a.fit = &fit;
    e->analysis = &a;
    e->mcid = g->mcid;
    e->better = g->better;
    const tq_outcome out = made().row[SAMPLE_STAY];

    *e = whole;
    return out;
}

static void importance_follows_the_interval(void **state)
{
    static const struct {
        given g;
        const char *text;
    } cases[] = {
        {{-8.5, -11.2, -5.3, NAN, NAN, 0, 5.0, TQ_BETTER_LOWER}, "definite benefit"},
        {{-8.5, -14.2, -2.3, NAN, NAN, 0, 5.0, TQ_BETTER_LOWER}, "probable benefit"},
        {{-3.5, -9.2, 2.3, NAN, NAN, 0, 5.0, TQ_BETTER_LOWER}, "possible benefit"},
        {{-3.5, -4.2, 2.3, NAN, NAN, 0, 5.0, TQ_BETTER_LOWER}, "no important difference"},
        {{8.5, 5.3, 11.2, NAN, NAN, 0, 5.0, TQ_BETTER_LOWER}, "definite harm"},
        {{8.5, 5.3, 11.2, NAN, NAN, 0, 5.0, TQ_BETTER_HIGHER}, "definite benefit"},
        {{8.5, 5.3, 11.2, NAN, NAN, 0, 5.0, TQ_BETTER_UNKNOWN}, "definite increase"},
        {{-0.5, -9.2, 8.3, NAN, NAN, 0, 5.0, TQ_BETTER_LOWER},
         "possible benefit; harm not excluded"},
        {{-0.5, -9.2, 8.3, NAN, NAN, 0, 5.0, TQ_BETTER_UNKNOWN},
         "possible decrease; increase not excluded"},
        {{-0.5, -9.2, 8.3, NAN, NAN, 0, NAN, TQ_BETTER_LOWER}, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(judged(&cases[i].g).important, cases[i].text);
    }
}

/* A change within one group is no benefit of what it had. */
static void changes_are_no_benefit(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_STAY);
    const tq_dossier_entry whole = *e;
    tq_analysis a = *e->analysis;

    (void)state;
    a.measure = tq_measure_find("MC");
    e->analysis = &a;
    assert_string_equal(made().row[SAMPLE_STAY].important,
                        "probable improvement; worsening not excluded");
    has(made().row[SAMPLE_STAY].imprecision_why, "the MCID of improvement");
    assert_string_equal(made().row[SAMPLE_STAY].with_text, "");
    *e = whole;
}

/* The MCID of a ratio and its inverse are the same. */
static void ratios_are_judged_as_logarithms(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_BCG);

    (void)state;
    assert_string_equal(made().row[SAMPLE_BCG].important, "definite benefit");
    e->mcid = 1.25;
    assert_string_equal(made().row[SAMPLE_BCG].important, "definite benefit");
    e->mcid = 0.6;
    assert_string_equal(made().row[SAMPLE_BCG].important, "probable benefit");
    e->mcid = 0.8;
}

/* Log ratios of a sheet, shown as ratios, have the MCID of ratios; shown as they are, that of logarithms. */
static void ratios_of_a_sheet_are_judged_as_logarithms(void **state)
{
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_BCG);
    const tq_dossier_entry whole = *e;
    tq_analysis a = *e->analysis;
    const tq_prediction *p = &a.fit->prediction;

    (void)state;
    a.measure = tq_measure_find("GEN");
    e->analysis = &a;
    const tq_outcome shown = made().row[SAMPLE_BCG];

    e->mcid = 1.0;
    assert_int_equal(tq_dossier_check(sample_dossier_of(sample), NULL), TQ_EINVAL);
    a.transform = tq_transform_find("none");
    a.natural = (tq_natural){p->pred, p->ci_lb, p->ci_ub, p->pi_lb, p->pi_ub};
    e->mcid = -log(0.8);
    const tq_outcome plain = made().row[SAMPLE_BCG];

    assert_string_equal(shown.important, "definite benefit");
    assert_string_equal(shown.inconsistency_why, plain.inconsistency_why);
    assert_near(shown.optimal, plain.optimal, 0.0);
    *e = whole;
}

static void inconsistency_follows_its_rule(void **state)
{
    static const struct {
        given g;
        tq_concern concern;
        const char *why;
    } cases[] = {
        {{-8.5, -9.5, -7.5, -10.4, -6.1, 31.2, 5.0, TQ_BETTER_LOWER}, TQ_CONCERN_NONE, "31.2%"},
        {{-8.5, -9.5, -7.5, -10.4, -6.1, 50.0, 5.0, TQ_BETTER_LOWER}, TQ_CONCERN_SERIOUS, "50.0%"},
        {{-8.5, -9.5, -7.5, -12.4, -4.1, 31.2, 5.0, TQ_BETTER_LOWER},
         TQ_CONCERN_SERIOUS,
         "prediction interval includes the MCID of benefit"},
        {{-8.5, -9.5, -7.5, -18.4, 1.1, 74.9, 5.0, TQ_BETTER_LOWER},
         TQ_CONCERN_SERIOUS,
         "includes no effect, the MCID of benefit"},
        {{-8.5, -9.5, -7.5, -18.4, 1.1, 75.0, 5.0, TQ_BETTER_LOWER},
         TQ_CONCERN_VERY_SERIOUS,
         "includes no effect"},
        {{-8.5, -9.5, -7.5, NAN, NAN, 92.4, NAN, TQ_BETTER_LOWER}, TQ_CONCERN_SERIOUS, "92.4%"},
        {{-8.5, -9.5, -7.5, NAN, NAN, NAN, NAN, TQ_BETTER_LOWER}, TQ_CONCERN_UNKNOWN, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const tq_outcome r = judged(&cases[i].g);

        assert_int_equal(r.inconsistency, cases[i].concern);
        has(r.inconsistency_why, cases[i].why);
    }
    assert_int_equal(made().row[SAMPLE_ONE].inconsistency, TQ_CONCERN_UNKNOWN);
    assert_string_equal(made().row[SAMPLE_ONE].inconsistency_why, "one study");
}

/* 1,158 participants; a trial that is to find 5 days needs 213, one that is to find 2 days 1,330. */
static void imprecision_follows_its_rule(void **state)
{
    static const struct {
        given g;
        tq_concern concern;
        const char *why;
    } cases[] = {
        {{-8.5, -9.5, -7.5, NAN, NAN, 0, 5.0, TQ_BETTER_LOWER},
         TQ_CONCERN_NONE,
         "interval excludes the MCID; participants 1,158, optimal information size 213"},
        {{-8.5, -9.5, -7.5, NAN, NAN, 0, 2.0, TQ_BETTER_LOWER},
         TQ_CONCERN_SERIOUS,
         "optimal information size 1,330"},
        {{-8.5, -9.5, -4.5, NAN, NAN, 0, 5.0, TQ_BETTER_LOWER},
         TQ_CONCERN_SERIOUS,
         "interval includes the MCID of benefit"},
        {{-0.5, -9.5, 6.5, NAN, NAN, 0, 5.0, TQ_BETTER_LOWER},
         TQ_CONCERN_VERY_SERIOUS,
         "the MCID of benefit, the MCID of harm"},
        {{-0.5, -1.5, 0.5, NAN, NAN, 0, 5.0, TQ_BETTER_LOWER},
         TQ_CONCERN_NONE,
         "excludes the MCID"},
        {{-0.5, -1.5, 0.5, NAN, NAN, 0, NAN, TQ_BETTER_LOWER},
         TQ_CONCERN_SERIOUS,
         "interval includes no effect; participants 1,158, optimal information size 400"},
        {{-8.5, -9.5, -7.5, NAN, NAN, 0, NAN, TQ_BETTER_LOWER},
         TQ_CONCERN_NONE,
         "interval excludes no effect"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const tq_outcome r = judged(&cases[i].g);

        assert_int_equal(r.imprecision, cases[i].concern);
        has(r.imprecision_why, cases[i].why);
    }
}

/* Without an MCID ratios are held against 0.75 and 1.25. */
static void ratios_without_mcid_have_appreciable_limits(void **state)
{
    static const struct {
        double lo, hi;
        tq_concern concern;
    } cases[] = {{0.82, 0.93, TQ_CONCERN_NONE},
                 {0.82, 1.13, TQ_CONCERN_NONE},
                 {0.71, 1.13, TQ_CONCERN_SERIOUS},
                 {0.82, 1.33, TQ_CONCERN_SERIOUS},
                 {0.71, 1.33, TQ_CONCERN_VERY_SERIOUS}};
    tq_dossier_entry *e = sample_dossier_entry(sample, SAMPLE_BCG);
    const tq_dossier_entry whole = *e;
    tq_analysis a = *e->analysis;
    tq_pool fit = *a.fit;

    (void)state;
    a.fit = &fit;
    e->analysis = &a;
    e->mcid = (double)NAN;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        a.natural.ci_lb = cases[i].lo;
        a.natural.ci_ub = cases[i].hi;
        fit.prediction.ci_lb = log(cases[i].lo);
        fit.prediction.ci_ub = log(cases[i].hi);
        assert_int_equal(made().row[SAMPLE_BCG].imprecision, cases[i].concern);
    }
    assert_near(made().row[SAMPLE_BCG].optimal, 27263.0, 0.0); /* risks of 15.9 and 11.9 per 1000 */
    *e = whole;
}

/* Walked by hand: 4 (z_{0.975} + z_{0.8})^2 v / delta^2 with v = sum ni / (4 sum 1/vi), and p (1 - p)
   between risks of 15.9 and 12.7 per 1000. */
static void information_sizes_by_hand(void **state)
{
    const tq_findings f = made();

    (void)state;
    assert_near(f.row[SAMPLE_STAY].optimal, 213.0, 0.0);   /* 212.67 */
    assert_near(f.row[SAMPLE_BCG].optimal, 43797.0, 0.0);  /* 43796.75 */
    assert_near(f.row[SAMPLE_STAY_G].optimal, 400.0, 0.0); /* by convention */
    assert_true(isnan(f.row[SAMPLE_PAIN].optimal));        /* participants are not known */
}

static void names_are_whole(void **state)
{
    size_t n = 0;

    (void)state;
    for (tq_concern c = TQ_CONCERN_UNKNOWN; c < TQ_CONCERN_COUNT; c++) {
        assert_non_null(tq_concern_name(c));
    }
    assert_null(tq_concern_name(TQ_CONCERN_COUNT));
    assert_null(tq_important_name(TQ_IMPORTANT_COUNT));
    assert_string_equal(tq_important_name(TQ_IMPORTANT_PROBABLE), "probable");
    while (tq_concern_left_name(n)) {
        n++;
    }
    assert_int_equal(n, 3);
    assert_true(made().n_rules > 0 && made().n_references > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_are_told_per_1000),
        cmocka_unit_test(differences_are_told_in_units),
        cmocka_unit_test(what_was_not_done_has_a_row),
        cmocka_unit_test(levels_have_rows_of_their_own),
        cmocka_unit_test(rare_events_keep_a_decimal),
        cmocka_unit_test(no_events_with_control_tell_nothing),
        cmocka_unit_test(importance_follows_the_interval),
        cmocka_unit_test(changes_are_no_benefit),
        cmocka_unit_test(ratios_are_judged_as_logarithms),
        cmocka_unit_test(ratios_of_a_sheet_are_judged_as_logarithms),
        cmocka_unit_test(inconsistency_follows_its_rule),
        cmocka_unit_test(imprecision_follows_its_rule),
        cmocka_unit_test(ratios_without_mcid_have_appreciable_limits),
        cmocka_unit_test(information_sizes_by_hand),
        cmocka_unit_test(names_are_whole),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
