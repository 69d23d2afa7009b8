/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results side by side: their numbers, what compares and what does not; studies and people behind dependent effects. */
#include "report/dossier/beside.h"

#include <math.h>
#include <string.h>

#include "frame/csv.h"
#include "report/dossier/findings.h"
#include "support/near.h"

/* Three trials, of which two report twice. */
static const char sheet[] = "study,trial,yi,vi,ni,x\n"
                            "V3,Vega,-0.385,0.0412,40,3\nV6,Vega,-0.127,0.0531,38,6\n"
                            "R3,Ross,0.218,0.0277,57,3\nL3,Lee,-0.902,0.0331,44,3\n"
                            "L6,Lee,-0.711,0.0415,46,6\n";

/* An analysis with all that it borrows. */
typedef struct {
    tq_table *table;
    tq_dataset *data;
    tq_arena *arena;
    tq_formula formula;
    tq_analysis *a;
} done;

static void fine(tq_status status, const tq_error *err)
{
    if (status != TQ_OK) {
        fail_msg("%s", err->message);
    }
}

enum { MULTILEVEL = 1, ROBUST = 2, REGRESSION = 4, LEVELS = 8 };

static done pooled_of(const char *text, const char *measure, const char *subset, tq_method method,
                      int what)
{
    static const tq_extra_column trial = {"random", "trial", 0, 0}, row = {"random", "study", 0, 0};
    const tq_extra_column extra[] = {trial, row};
    const char *const groups[] = {"x"};
    const tq_key cluster = {"trial", "cluster", 0};
    tq_random_term random = {.structure = TQ_MV_INTERCEPT};
    tq_multilevel_spec levels = {.random = &random, .n_random = 1, .options = tq_mv_defaults()};
    const tq_robust_spec robust = tq_robust_spec_defaults();
    tq_analysis_spec spec = {.options = tq_pool_defaults(), .ci_mu = tq_mean_interval_defaults()};
    done d = {.arena = tq_arena_new()};
    tq_dataset_spec read = {.measure = tq_measure_find(measure),
                            .subset = subset,
                            .column = {[TQ_IN_YI] = "yi", [TQ_IN_VI] = "vi", [TQ_IN_NI] = "ni"},
                            .extra = extra,
                            .n_extra = what & MULTILEVEL ? 2 : 0,
                            .keys = &cluster,
                            .n_keys = what & ROBUST ? 1 : 0,
                            .groups = groups,
                            .n_groups = what & LEVELS ? 1 : 0,
                            .formula = what & REGRESSION ? &d.formula : NULL};
    tq_error err;

    fine(tq_csv_parse(text, strlen(text), "trials.csv", NULL, &d.table, &err), &err);
    fine(tq_formula_parse("~ x", d.arena, &d.formula, &err), &err);
    fine(tq_random_formula_parse("~ 1 | trial/study", d.arena, &random.formula, &err), &err);
    fine(tq_dataset_build(d.table, &read, &d.data, &err), &err);
    spec.options.method = method;
    spec.multilevel = what & MULTILEVEL ? &levels : NULL;
    spec.robust = what & ROBUST ? &robust : NULL;
    spec.formula = what & REGRESSION ? &d.formula : NULL;
    spec.levels_only = what & LEVELS ? 1 : 0;
    spec.provenance.command = "run";
    fine(tq_analysis_pool(d.data, &spec, &d.a, &err), &err);
    return d;
}

static done pooled(const char *measure, const char *subset, tq_method method, int what)
{
    return pooled_of(sheet, measure, subset, method, what);
}

static void release(done *d)
{
    tq_analysis_free(d->a);
    tq_dataset_free(d->data);
    tq_table_free(d->table);
    tq_arena_free(d->arena);
}

static tq_dossier_entry entry_of(const tq_analysis *a, const tq_further *further, size_t n)
{
    return (tq_dossier_entry){
        .id = "a", .title = "A", .analysis = a, .mcid = NAN, .further = further, .n_further = n};
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Inverse variance by hand: all five rows, and those at visit 3. */
static void numbers_are_those_of_the_analyses(void **state)
{
    done all = pooled("GEN", NULL, TQ_EE, 0), first = pooled("GEN", "x == 3", TQ_EE, 0);
    const tq_further further[] = {
        {.role = TQ_FURTHER_SENSITIVITY, .label = "another", .analysis = first.a},
        {.role = TQ_FURTHER_BESIDE, .label = "visit 3", .analysis = first.a, .entry = "b"}};
    const tq_dossier_entry e = entry_of(all.a, further, 2);
    const double w[] = {1 / 0.0412, 1 / 0.0531, 1 / 0.0277, 1 / 0.0331, 1 / 0.0415};
    const double y[] = {-0.385, -0.127, 0.218, -0.902, -0.711};
    double sw[2] = {0.0, 0.0}, swy[2] = {0.0, 0.0};
    tq_arena *arena = tq_arena_new();
    tq_beside b;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        for (size_t s = 0; s < 2; s++) {
            const int in = s == 0 || i == 0 || i == 2 || i == 3;

            sw[s] += in ? w[i] : 0.0;
            swy[s] += in ? w[i] * y[i] : 0.0;
        }
    }
    assert_int_equal(tq_beside_make(&e, arena, &b, NULL), TQ_OK);
    assert_int_equal(b.n, 2);
    assert_string_equal(b.row[0].label, "This analysis");
    assert_string_equal(b.row[1].label, "visit 3");
    assert_string_equal(b.row[1].entry, "b");
    assert_int_equal(b.row[1].k, 3);
    assert_near(b.row[0].est, swy[0] / sw[0], 1e-14);
    assert_near(b.row[1].se, 1.0 / sqrt(sw[1]), 1e-14);
    assert_near(b.row[1].difference, swy[1] / sw[1] - swy[0] / sw[0], 1e-13);
    assert_near(b.row[1].se_ratio, sqrt(sw[0] / sw[1]), 1e-14);
    assert_near(b.row[1].width_ratio, sqrt(sw[0] / sw[1]), 1e-13);
    assert_true(isnan(b.row[0].difference) && isnan(b.row[0].width_ratio));
    assert_null(b.scale);
    assert_string_equal(b.reading, "Against this analysis: visit 3: the estimate lies 0.04 higher, "
                                   "the interval is 121% as wide.");
    tq_arena_free(arena);
    release(&all);
    release(&first);
}

static void robust_inference_has_a_row_of_its_own(void **state)
{
    done levels = pooled("GEN", NULL, TQ_REML, MULTILEVEL | ROBUST);
    done naive = pooled("GEN", NULL, TQ_REML, 0);
    const tq_further further[] = {
        {.role = TQ_FURTHER_BESIDE, .label = "naive", .analysis = naive.a}};
    const tq_dossier_entry e = entry_of(levels.a, further, 1);
    const tq_robust *robust = levels.a->robust->fit;
    tq_arena *arena = tq_arena_new();
    tq_beside b;

    (void)state;
    assert_int_equal(tq_beside_make(&e, arena, &b, NULL), TQ_OK);
    assert_int_equal(b.n, 3);
    assert_string_equal(b.row[1].label, "The same, cluster-robust (CR2)");
    assert_int_equal(b.row[1].robust, 1);
    assert_near(b.row[1].difference, 0.0, 0.0);
    assert_near(b.row[1].se, robust->se[0], 0.0);
    assert_near(b.row[1].df, robust->df[0], 0.0);
    assert_near(b.row[1].width_ratio,
                (robust->ci_ub[0] - robust->ci_lb[0]) /
                    (levels.a->fit->ci_ub[0] - levels.a->fit->ci_lb[0]),
                1e-14);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(b.row[i].k, 5);
        assert_int_equal(b.row[i].studies, 3);
    }
    assert_int_equal(b.row[2].studies, 5); /* as it takes them */
    const tq_mv_fit *fit = levels.a->multilevel->fit;

    assert_near(b.row[0].tau2, fit->component[0].value + fit->component[1].value, 1e-15);
    assert_near(b.row[2].tau2_difference, naive.a->fit->tau2 - b.row[0].tau2, 1e-12);
    static const char doubt[] = "% as wide (not to be trusted: fewer than 4 degrees of freedom)";
    const char *trust = strstr(b.reading, doubt);

    assert_non_null(strstr(b.reading, "its cluster-robust interval (CR2) is "));
    assert_true(robust->df[0] < TQ_ROBUST_LEAST_DF);
    assert_non_null(trust);
    assert_string_equal(b.row[1].doubt, "not to be trusted: fewer than 4 degrees of freedom");
    assert_null(b.row[0].doubt);
    assert_null(b.row[2].doubt);
    assert_null(strstr(trust + strlen(doubt), "not to be trusted")); /* the naive one has four */
    tq_arena_free(arena);
    release(&levels);
    release(&naive);
}

/* Three clusters leave two degrees of freedom, and the model's interval stands; eight leave enough. */
static void robust_limits_stand_where_they_can_be_trusted(void **state)
{
    static const char more[] =
        "study,trial,yi,vi,ni,x\na,A,-0.385,0.0412,40,3\nb,A,-0.127,0.0531,38,6\n"
        "c,B,0.218,0.0277,57,3\nd,C,-0.902,0.0331,44,3\ne,C,-0.711,0.0415,46,6\n"
        "f,D,0.315,0.0612,31,3\ng,E,-0.428,0.0298,62,3\nh,F,0.105,0.0371,48,3\n"
        "i,G,-0.277,0.0533,35,3\nj,G,-0.519,0.0481,33,6\nk,H,-0.061,0.0442,41,3\n";
    done few = pooled("GEN", NULL, TQ_REML, MULTILEVEL | ROBUST);
    done enough = pooled_of(more, "GEN", NULL, TQ_REML, MULTILEVEL | ROBUST);
    done slope = pooled_of(more, "GEN", NULL, TQ_REML, MULTILEVEL | ROBUST | REGRESSION);
    const tq_headline h = tq_analysis_headline(enough.a), none = tq_analysis_headline(few.a);
    const tq_robust *robust = enough.a->robust->fit;

    (void)state;
    assert_true(few.a->robust->fit->df[0] < TQ_ROBUST_LEAST_DF);
    assert_int_equal(none.robust, 0);
    assert_near(none.natural.ci_lb, few.a->fit->ci_lb[0], 0.0);
    assert_near(none.pval, few.a->fit->pval[0], 0.0);
    assert_true(robust->df[0] >= TQ_ROBUST_LEAST_DF);
    assert_int_equal(h.robust, 1);
    assert_near(h.natural.ci_lb, robust->ci_lb[0], 0.0);
    assert_near(h.linear.ci_ub, robust->ci_ub[0], 0.0);
    assert_near(h.pval, robust->pval[0], 0.0);
    assert_near(h.natural.pi_lb, enough.a->natural.pi_lb, 0.0);
    assert_int_equal(tq_analysis_headline(slope.a).robust, 0);

    const tq_dossier_entry e = entry_of(enough.a, NULL, 0);
    const tq_dossier d = {.title = "T", .entry = &e, .n = 1};
    tq_arena *arena = tq_arena_new();
    tq_findings f;

    assert_int_equal(tq_findings_make(&d, arena, &f, NULL), TQ_OK);
    assert_near(f.row[0].natural->ci_lb, robust->ci_lb[0], 0.0);
    assert_non_null(strstr(f.row[0].effect, "), robust"));
    assert_non_null(strstr(f.rule[f.n_rules - 1], "Intervals of cluster-robust inference"));
    tq_arena_free(arena);
    release(&few);
    release(&enough);
    release(&slope);
}

/* ---- what does not compare ------------------------------------------------------------------- */

static void other_scales_and_no_effects_are_not_compared(void **state)
{
    done all = pooled("GEN", NULL, TQ_EE, 0), other = pooled("MD", NULL, TQ_EE, 0);
    done slope = pooled("GEN", NULL, TQ_EE, REGRESSION);
    tq_analysis levels = *all.a;
    const tq_further further[] = {
        {.role = TQ_FURTHER_BESIDE, .label = "other measure", .analysis = other.a},
        {.role = TQ_FURTHER_BESIDE, .label = "slope", .analysis = slope.a},
        {.role = TQ_FURTHER_BESIDE, .label = "levels", .analysis = &levels},
        {.role = TQ_FURTHER_BESIDE, .label = "undone", .why_none = "k = 0: no row"}};
    tq_dossier_entry e = entry_of(all.a, further, 4);
    tq_arena *arena = tq_arena_new();
    tq_beside b;

    (void)state;
    levels.levels_only = 1;
    assert_int_equal(tq_beside_make(&e, arena, &b, NULL), TQ_OK);
    assert_int_equal(b.n, 5);
    assert_near(b.row[1].est, b.row[0].est, 1e-15);
    assert_true(isnan(b.row[1].difference) && isnan(b.row[1].se_ratio));
    assert_string_equal(b.row[2].why_none, "meta-regression");
    assert_string_equal(b.row[3].why_none, "by level, not pooled");
    assert_string_equal(b.row[4].why_none, "k = 0: no row");
    assert_null(b.row[4].a);
    assert_true(isnan(b.row[2].est) && isnan(b.row[2].difference));
    assert_string_equal(b.reading, "");

    e.analysis = NULL; /* the first row need not have a result */
    e.why_none = "k = 0";
    assert_int_equal(tq_beside_make(&e, arena, &b, NULL), TQ_OK);
    assert_string_equal(b.row[0].why_none, "k = 0");
    assert_true(isnan(b.row[1].difference));
    e.n_further = 0;
    assert_int_equal(tq_beside_make(&e, arena, &b, NULL), TQ_OK);
    assert_int_equal(b.n, 0);
    tq_arena_free(arena);
    release(&all);
    release(&other);
    release(&slope);
}

/* ---- people ---------------------------------------------------------------------------------- */

/* Of a trial's rows the largest counts: 40, 57 and 46; without a size nothing is known. */
static void dependent_effects_count_their_people_once(void **state)
{
    done levels = pooled("GEN", NULL, TQ_REML, MULTILEVEL), naive = pooled("GEN", NULL, TQ_REML, 0);
    const tq_dossier_entry entries[] = {entry_of(levels.a, NULL, 0), entry_of(naive.a, NULL, 0)};
    const tq_dossier d = {.title = "T", .entry = entries, .n = 2},
                     one = {.title = "T", .entry = &entries[1], .n = 1};
    tq_arena *arena = tq_arena_new();
    tq_findings f;

    (void)state;
    assert_int_equal(tq_findings_make(&d, arena, &f, NULL), TQ_OK);
    assert_int_equal(f.row[0].k, 5);
    assert_int_equal(f.row[0].studies, 3);
    assert_int_equal(f.row[0].at_least, 1);
    assert_near(f.row[0].participants, 40.0 + 57.0 + 46.0, 0.0);
    assert_near(f.row[0].I2, levels.a->multilevel->I2_total, 0.0);
    assert_non_null(strstr(f.row[0].imprecision_why, "participants at least 143"));
    assert_non_null(strstr(f.rule[f.n_rules - 1], "of these the one with most people counts"));
    assert_int_equal(f.row[1].at_least, 0);
    assert_near(f.row[1].participants, 40.0 + 38.0 + 57.0 + 44.0 + 46.0, 0.0);
    const size_t rules = f.n_rules;

    done vega = pooled("GEN", "trial == 'Vega'", TQ_REML, MULTILEVEL);
    const tq_dossier_entry e = entry_of(vega.a, NULL, 0);
    const tq_dossier single = {.title = "T", .entry = &e, .n = 1};

    assert_int_equal(tq_findings_make(&single, arena, &f, NULL), TQ_OK);
    assert_int_equal(f.row[0].k, 2);
    assert_int_equal(f.row[0].inconsistency, TQ_CONCERN_UNKNOWN);
    assert_string_equal(f.row[0].inconsistency_why, "one study");
    release(&vega);
    assert_int_equal(tq_findings_make(&one, arena, &f, NULL), TQ_OK);
    assert_int_equal(f.n_rules, rules - 1);
    tq_arena_free(arena);
    release(&levels);
    release(&naive);
}

/* Seven trials of level 1, each with two rows; one of level 2. */
static const char two_levels[] =
    "study,trial,yi,vi,ni,x\na,A,-0.385,0.0412,40,1\nb,A,-0.127,0.0531,38,1\n"
    "c,B,0.218,0.0277,57,1\nd,B,0.115,0.0301,50,1\ne,C,-0.902,0.0331,44,1\nf,C,-0.711,0.0415,46,1\n"
    "g,D,-0.312,0.0287,60,1\nh,D,-0.405,0.0391,61,1\ni,E,-0.127,0.0513,35,1\nj,E,0.041,0.0477,37,"
    "1\n"
    "k,F,-0.552,0.0361,49,1\nl,F,-0.487,0.0353,48,1\nm,G,-0.219,0.0442,41,1\nn,G,-0.333,0.0468,39,"
    "1\n"
    "o,H,-0.618,0.0379,47,2\np,H,-0.541,0.0388,45,2\n";

static void levels_count_studies_and_people_once(void **state)
{
    done levels = pooled_of(two_levels, "GEN", NULL, TQ_REML, MULTILEVEL | ROBUST | LEVELS);
    const tq_robust *robust = levels.a->block[0].models->robust;
    const tq_dossier_entry e = entry_of(levels.a, NULL, 0);
    const tq_dossier d = {.title = "T", .entry = &e, .n = 1};
    tq_arena *arena = tq_arena_new();
    tq_findings f;

    (void)state;
    assert_int_equal(tq_findings_make(&d, arena, &f, NULL), TQ_OK);
    assert_int_equal(f.n, 3);
    assert_int_equal(f.row[1].k, 14);
    assert_int_equal(f.row[1].studies, 7);
    assert_int_equal(f.row[1].at_least, 1);
    assert_near(f.row[1].participants, 40.0 + 57.0 + 46.0 + 61.0 + 37.0 + 49.0 + 41.0, 0.0);
    assert_true(robust->df[0] >= TQ_ROBUST_LEAST_DF);
    assert_int_equal(f.row[1].headline.robust, 1);
    assert_near(f.row[1].natural->ci_lb, robust->ci_lb[0], 0.0);
    assert_near(f.row[1].headline.pval, robust->pval[0], 0.0);
    assert_near(f.row[1].natural->pi_ub, levels.a->block[0].natural[0].pi_ub, 0.0);

    assert_int_equal(f.row[2].k, 2);
    assert_int_equal(f.row[2].studies, 1);
    assert_near(f.row[2].participants, 47.0, 0.0);
    assert_int_equal(f.row[2].headline.robust, 0);
    assert_near(f.row[2].natural->ci_ub, levels.a->block[0].natural[1].ci_ub, 0.0);
    assert_string_equal(f.row[2].inconsistency_why, "one study");
    tq_arena_free(arena);
    release(&levels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_analyses),
        cmocka_unit_test(robust_inference_has_a_row_of_its_own),
        cmocka_unit_test(robust_limits_stand_where_they_can_be_trusted),
        cmocka_unit_test(other_scales_and_no_effects_are_not_compared),
        cmocka_unit_test(dependent_effects_count_their_people_once),
        cmocka_unit_test(levels_count_studies_and_people_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
