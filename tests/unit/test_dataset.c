/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binding a sheet to a measure: which columns are read, which rows are kept, what is said of others. */
#include <math.h>
#include <string.h>

#include "frame/csv.h"
#include "frame/dataset.h"
#include "support/near.h"

static const char trials[] = "study,n1i,m1i,sd1i,n2i,m2i,sd2i,di,grp,dose,w\n"
                             "Vega 2015,21,3.4,1.9,20,5.1,2.2,0.9,BM,40,1.5\n"
                             "Ito 2016,34,2.8,,35,4.4,2.0,0.7,AD,10,2.5\n"
                             "Roy 2017,18,4.1,2.3,17,4.6,2.1,0.2,,NA,1\n"
                             "Lind 2018,52,3.0,1.7,50,4.9,1.8,1.1,AD,80,.\n";

typedef struct {
    tq_table *table;
    tq_dataset *data;
    tq_error err;
} fixture;

static tq_status build(fixture *f, const char *sheet, tq_dataset_spec spec, const char *measure)
{
    *f = (fixture){0};
    spec.measure = tq_measure_find(measure);
    assert_int_equal(tq_csv_parse(sheet, strlen(sheet), "trials.csv", NULL, &f->table, &f->err),
                     TQ_OK);
    return tq_dataset_build(f->table, &spec, &f->data, &f->err);
}

static void release(fixture *f)
{
    tq_dataset_free(f->data);
    tq_table_free(f->table);
}

static void a_row_that_lacks_a_value_is_excluded_with_the_reason(void **state)
{
    fixture f;

    (void)state;
    assert_int_equal(build(&f, trials, (tq_dataset_spec){0}, "MD"), TQ_OK);
    assert_int_equal(f.data->rows, 4);
    assert_int_equal(f.data->k, 3);
    assert_int_equal(f.data->excluded[0].row, 2);
    assert_string_equal(f.data->excluded[0].study, "Ito 2016");
    assert_string_equal(f.data->excluded[0].reason, "sd1i is missing");
    assert_near(f.data->effect[f.data->used[0]].yi, 3.4 - 5.1, 1e-12);
    release(&f);
}

/* The stray column di holds ready-made effects: it must not stand in for means and SDs. */
static void a_stray_column_does_not_override_named_ones(void **state)
{
    fixture f;
    tq_dataset_spec spec = {0};

    (void)state;
    spec.column[TQ_IN_M1I] = "m1i";
    spec.column[TQ_IN_SD1I] = "sd1i";
    spec.column[TQ_IN_N1I] = "n1i";
    spec.column[TQ_IN_M2I] = "m2i";
    spec.column[TQ_IN_SD2I] = "sd2i";
    spec.column[TQ_IN_N2I] = "n2i";
    assert_int_equal(build(&f, trials, spec, "SMD"), TQ_OK);
    assert_null(f.data->column[TQ_IN_DI]);
    assert_int_equal(f.data->effect[1].state, TQ_ROW_MISSING);
    release(&f);
}

static void a_constant_is_read_in_every_row_and_told(void **state)
{
    static const char arms[] =
        "study,ni,m1i,m2i,sd1i,sd2i\nA,21,3.4,6.1,1.9,2.2\nB,30,2.0,5.5,1.1,1.4\n";
    fixture f;
    tq_dataset_spec spec = {0};

    (void)state;
    spec.column[TQ_IN_RI] = "=0.35";
    assert_int_equal(build(&f, arms, spec, "MC"), TQ_OK);
    assert_int_equal(f.data->n_assumptions, 1);
    assert_non_null(strstr(f.data->assumption[0], "ri = 0.35"));
    assert_near(f.data->effect[0].vi, (1.9 * 1.9 + 2.2 * 2.2 - 2.0 * 0.35 * 1.9 * 2.2) / 21.0,
                1e-12);
    release(&f);
}

static void rows_outside_the_subset_do_not_count(void **state)
{
    fixture f;
    tq_dataset_spec spec = {.subset = "grp == 'AD'"};

    (void)state;
    assert_int_equal(build(&f, trials, spec, "MD"), TQ_OK);
    assert_int_equal(f.data->rows, 2);
    assert_int_equal(f.data->k, 1);
    assert_int_equal(f.data->row[0], 1);
    release(&f);
}

static void a_row_that_no_grouping_classifies_is_excluded(void **state)
{
    static const char *const groups[] = {"grp"};
    fixture f;
    tq_dataset_spec spec = {.groups = groups, .n_groups = 1};

    (void)state;
    assert_int_equal(build(&f, trials, spec, "MD"), TQ_OK);
    assert_int_equal(f.data->k, 2);
    assert_string_equal(f.data->excluded[1].study, "Roy 2017");
    assert_string_equal(f.data->excluded[1].reason, "grp is missing");
    release(&f);
}

/* Doses as texts are the text of the cell, "40" and not 40. */
static void a_row_needs_the_keys_that_are_asked_for(void **state)
{
    const tq_key keys[] = {{"dose", "v-time", 1}, {"grp", "v-obs", 0}, {"dose", "v-cluster", 0}};
    const tq_key bad[] = {{"grp", "v-time", 1}}, unknown[] = {{"gr", "v-obs", 0}};
    fixture f;

    (void)state;
    assert_int_equal(build(&f, trials, (tq_dataset_spec){.keys = keys, .n_keys = 3}, "MD"), TQ_OK);
    assert_int_equal(f.data->k, 2);
    assert_int_equal(f.data->n_keys, 3);
    assert_string_equal(f.data->excluded[1].reason, "dose is missing");
    assert_near(f.data->key[0].number[3], 80.0, 0.0);
    assert_true(isnan(f.data->key[0].number[2]));
    assert_string_equal(f.data->key[0].name, "dose");
    assert_string_equal(f.data->key[1].text[0], "BM");
    assert_null(f.data->key[1].text[2]);
    assert_string_equal(f.data->key[2].text[0], "40");
    release(&f);

    assert_int_equal(build(&f, trials, (tq_dataset_spec){.keys = bad, .n_keys = 1}, "MD"),
                     TQ_EDATA);
    assert_string_equal(f.err.column, "grp");
    assert_int_equal(f.err.line, 2);
    release(&f);
    assert_int_equal(build(&f, trials, (tq_dataset_spec){.keys = unknown, .n_keys = 1}, "MD"),
                     TQ_EINVAL);
    assert_string_equal(f.err.message, "--v-obs: no column 'gr'; did you mean 'grp'?");
    release(&f);
}

static void moderators_and_weights_must_be_there(void **state)
{
    static const char *const name[] = {"dose"};
    static const int number[] = {0};
    const tq_formula formula = {.variable = name, .number = number, .n_variables = 1};
    fixture f;
    tq_dataset_spec spec = {.formula = &formula, .weights = "w"};

    (void)state;
    assert_int_equal(build(&f, trials, spec, "MD"), TQ_OK);
    assert_int_equal(f.data->k, 1);
    assert_string_equal(f.data->excluded[1].reason, "dose is missing");
    assert_string_equal(f.data->excluded[2].reason, "w is missing");
    release(&f);
}

/* Whether a column is one of numbers or of texts is found, unless the formula computes with it. */
static void columns_of_the_formula_are_numbers_or_texts(void **state)
{
    static const char sheet[] = "yi,vi,dose,source,week\n0.3,0.1,10,AD,2\n0.4,0.2,20,,3\n"
                                "0.1,0.1,NA,BM,3\n0.2,0.3,15,BM,4 to 6\n";
    static const char *const name[] = {"dose", "source", "week"};
    static const int any[] = {0, 0, 0}, computed[] = {0, 0, 1};
    tq_formula formula = {.variable = name, .number = any, .n_variables = 3};
    fixture f;

    (void)state;
    assert_int_equal(build(&f, sheet, (tq_dataset_spec){.formula = &formula}, "GEN"), TQ_OK);
    assert_int_equal(f.data->k, 2);
    assert_near(f.data->variable[0].number[3], 15.0, 0.0);
    assert_string_equal(f.data->variable[1].text[0], "AD");
    assert_string_equal(f.data->variable[2].text[3], "4 to 6");
    assert_string_equal(f.data->excluded[0].reason, "source is missing");
    assert_string_equal(f.data->excluded[1].reason, "dose is missing");
    assert_int_equal(f.data->n_warnings, 1);
    assert_non_null(
        strstr(f.data->warning[0], "'week' is taken as a factor: '4 to 6' is no number"));
    release(&f);
    formula.number = computed;
    assert_int_equal(build(&f, sheet, (tq_dataset_spec){.formula = &formula}, "GEN"), TQ_EDATA);
    assert_string_equal(f.err.column, "week");
    assert_int_equal(f.err.line, 5);
    release(&f);
}

static void labels_come_from_study_then_slab_then_the_row(void **state)
{
    fixture f;

    (void)state;
    assert_int_equal(build(&f, "slab,yi,vi\nX,0.3,0.1\n,0.2,0.1\n", (tq_dataset_spec){0}, "GEN"),
                     TQ_OK);
    assert_string_equal(f.data->label[0], "X");
    assert_string_equal(f.data->label[1], "2");
    release(&f);
}

static void a_bad_value_names_file_line_column_and_study(void **state)
{
    fixture f;
    char line[512];
    tq_dataset_spec spec = {0};

    (void)state;
    spec.column[TQ_IN_SD1I] = "SD";
    assert_int_equal(build(&f,
                           "study,n1i,m1i,SD,n2i,m2i,sd2i\nA,9,1.5,0.4,9,1.2,0.3\n"
                           "Vega 2015,9,1.5,-3,9,1.2,0.3\n",
                           spec, "MD"),
                     TQ_EDATA);
    tq_error_text(&f.err, line, sizeof line);
    assert_non_null(strstr(line, "trials.csv:3: column 'SD', study 'Vega 2015': value '-3'"));
    release(&f);
}

static void what_does_not_exist_is_named_with_what_does(void **state)
{
    fixture f;
    tq_dataset_spec spec = {.slab = "studdy"};

    (void)state;
    assert_int_equal(build(&f, trials, spec, "MD"), TQ_EINVAL);
    assert_non_null(strstr(f.err.message, "did you mean 'study'"));
    release(&f);
    assert_int_equal(build(&f, trials, (tq_dataset_spec){0}, "OR"), TQ_EINVAL);
    release(&f);
    assert_int_equal(build(&f, trials, (tq_dataset_spec){.subset = "grp == 'XX'"}, "MD"), TQ_EDATA);
    release(&f);
}

static const char mixed[] = "study,n1i,m1i,sd1i,se1i,n2i,m2i,sd2i,yi,sei,min1i,med1i,max1i\n"
                            "Alder 2011,34,2.8,1.9,,35,4.4,2.1,,,,,\n"
                            "Bakr 2012,41,3.1,,0.31,40,4.7,1.8,,,,,\n"
                            "Cho 2013,,,,,,,,-1.35,0.42,,,\n"
                            "Diaz 2014,60,,,,61,4.9,2.0,,,0.5,1.4,19.8\n";

static void a_row_is_computed_from_what_it_reports(void **state)
{
    fixture f;

    (void)state;
    assert_int_equal(build(&f, mixed, (tq_dataset_spec){0}, "MD"), TQ_OK);
    assert_int_equal(f.data->k, 2);
    assert_string_equal(f.data->effect[0].from, "means and standard deviations");
    assert_string_equal(f.data->effect[1].from,
                        "means and standard deviations (SD of group 1 from the SE)");
    assert_near(f.data->effect[1].vi, 0.31 * 0.31 + 1.8 * 1.8 / 40.0, 1e-14);
    assert_non_null(strstr(f.data->excluded[1].reason, "skewed"));
    assert_int_equal(f.data->n_assumptions, 0);
    release(&f);
}

static void an_effect_stands_in_where_yi_is_named(void **state)
{
    tq_dataset_spec spec = {0};
    fixture f;

    (void)state;
    spec.column[TQ_IN_YI] = "yi";
    assert_int_equal(build(&f, mixed, spec, "MD"), TQ_OK);
    assert_int_equal(f.data->k, 3);
    assert_near(f.data->effect[2].yi, -1.35, 0.0);
    assert_near(f.data->effect[2].vi, 0.42 * 0.42, 1e-15);
    assert_non_null(strstr(f.data->effect[2].from, "standard error"));
    release(&f);
}

/* Nothing but effects: they are of the measure that is named, and its scale is the log. */
static void a_sheet_of_effects_alone_needs_no_counts(void **state)
{
    tq_dataset_spec spec = {0};
    fixture f;

    (void)state;
    spec.column[TQ_IN_YI] = "est";
    assert_int_equal(build(&f, "study,est,ci_lb,ci_ub\nA,-0.35,-0.81,0.11\n", spec, "RR"), TQ_OK);
    assert_near(f.data->effect[0].yi, -0.35, 0.0);
    assert_near(f.data->effect[0].vi, 0.46 * 0.46 / (1.959963984540054 * 1.959963984540054), 1e-14);
    assert_string_equal(f.data->measure->code, "RR");
    release(&f);
    spec.no_fallback = 1;
    assert_int_equal(build(&f, "study,est,ci_lb,ci_ub\nA,-0.35,-0.81,0.11\n", spec, "RR"),
                     TQ_EINVAL);
    release(&f);
}

static void a_ratio_as_printed_stands_in_for_ratios_alone(void **state)
{
    static const char printed[] = "study,ai,bi,ci,di,or,lo,hi,selog\n"
                                  "A,12,39,20,31,,,,\n"
                                  "B,,,,,0.62,0.41,0.94,\n"
                                  "C,,,,,0.71,,,0.22\n";
    tq_dataset_spec spec = {0};
    fixture f;

    (void)state;
    spec.column[TQ_IN_RATIO] = "or";
    spec.column[TQ_IN_CI_LB] = "lo";
    spec.column[TQ_IN_CI_UB] = "hi";
    spec.column[TQ_IN_SEI] = "selog";
    assert_int_equal(build(&f, printed, spec, "OR"), TQ_OK);
    assert_int_equal(f.data->k, 3);
    assert_near(f.data->effect[1].yi, log(0.62), 1e-15);
    assert_near(sqrt(f.data->effect[1].vi), log(0.94 / 0.41) / (2.0 * 1.959963984540054), 1e-13);
    assert_near(f.data->effect[2].vi, 0.22 * 0.22, 1e-15);
    assert_string_equal(f.data->effect[1].from, "ratio and its confidence limits");
    release(&f);
    assert_int_equal(build(&f, printed, spec, "RD"), TQ_EINVAL);
    assert_non_null(strstr(f.err.message, "not the logarithm of a ratio"));
    release(&f);
    spec.no_fallback = 1;
    assert_int_equal(build(&f, printed, spec, "OR"), TQ_OK);
    assert_int_equal(f.data->k, 1);
    release(&f);
}

static void without_fallback_every_row_needs_the_same(void **state)
{
    fixture f;

    (void)state;
    assert_int_equal(build(&f, mixed, (tq_dataset_spec){.no_fallback = 1}, "MD"), TQ_OK);
    assert_int_equal(f.data->k, 1);
    assert_null(f.data->input[TQ_IN_SE1I]);
    release(&f);
}

static void medians_are_told_as_an_assumption(void **state)
{
    tq_derive_options keep = tq_derive_defaults();
    fixture f;

    (void)state;
    keep.keep_skewed = 1;
    assert_int_equal(build(&f, mixed, (tq_dataset_spec){.derive = &keep}, "MD"), TQ_OK);
    assert_int_equal(f.data->k, 3);
    assert_int_equal(f.data->n_assumptions, 1);
    assert_non_null(strstr(f.data->assumption[0], "median and range in 1 row: Luo"));
    release(&f);
}

static void a_column_that_only_sounds_like_an_input_does_no_harm(void **state)
{
    static const char people[] = "study,n1i,m1i,sd1i,n2i,m2i,sd2i,pi,se1i\n"
                                 "Vega 2015,21,3.4,1.9,20,5.1,2.2,Vega,0.4\n"
                                 "Ito 2016,34,2.8,,35,4.4,2.0,Ito,0.3\n";
    tq_dataset_spec spec = {0};
    fixture f;

    (void)state;
    assert_int_equal(build(&f, people, spec, "MD"), TQ_OK);
    assert_int_equal(f.data->k, 2);
    assert_int_equal(f.data->n_warnings, 1);
    assert_non_null(strstr(f.data->warning[0], "column 'pi' is not taken for --pi"));
    release(&f);
    spec.column[TQ_IN_PI] = "pi";
    assert_int_equal(build(&f, people, spec, "MD"), TQ_EDATA);
    release(&f);
}

/* Nor do the investigators and the allocation beside effects that are complete without them. */
static void people_and_allocations_do_no_harm_to_effects(void **state)
{
    static const char told[] = "study,yi,vi,ci_lb,ci_ub,pi,ratio\n"
                               "Vega 2015,0.21,0.04,-0.18,0.6,Vega,1:1\n"
                               "Ito 2016,0.34,0.05,-0.1,0.78,Ito,2:1\n";
    static const char printed[] = "study,ratio,ci_lb,ci_ub\nVega 2015,0.62,0.41,0.94\n";
    static const char wrong[] = "study,ratio,ci_lb,ci_ub\nVega 2015,-0.62,0.41,0.94\n";
    tq_dataset_spec spec = {0};
    fixture f;

    (void)state;
    assert_int_equal(build(&f, told, spec, "GEN"), TQ_OK);
    assert_int_equal(f.data->k, 2);
    assert_int_equal(f.data->n_warnings, 2);
    assert_non_null(strstr(f.data->warning[0], "column 'pi' is not taken for --pi"));
    assert_non_null(strstr(f.data->warning[1], "column 'ratio' is not taken for --ratio"));
    release(&f);
    spec.column[TQ_IN_RATIO] = "ratio";
    assert_int_equal(build(&f, told, spec, "GEN"), TQ_EDATA);
    release(&f);
    /* Where nothing else leads to an effect, they are what their names say. */
    assert_int_equal(build(&f, printed, (tq_dataset_spec){0}, "GEN"), TQ_OK);
    assert_near(f.data->effect[0].yi, log(0.62), 1e-15);
    release(&f);
    assert_int_equal(build(&f, wrong, (tq_dataset_spec){0}, "GEN"), TQ_EDATA);
    assert_string_equal(f.err.column, "ratio");
    release(&f);
}

static const char visits[] = "study,n1i,mpre1i,sdpre1i,m1i,sd1i,n2i,mpre2i,sdpre2i,m2i,sd2i,rho\n"
                             "Alder 2011,34,6.2,1.9,3.4,2.1,35,6.1,2.0,4.9,2.2,\n";

/* The sheet's m1i and sd1i are those of the second visit: once named, they are not the change. */
static void an_assumed_constant_stands_in_from(void **state)
{
    tq_dataset_spec spec = {0};
    fixture f;

    (void)state;
    spec.column[TQ_IN_MPOST1I] = "m1i";
    spec.column[TQ_IN_SDPOST1I] = "sd1i";
    spec.column[TQ_IN_MPOST2I] = "m2i";
    spec.column[TQ_IN_SDPOST2I] = "sd2i";
    spec.column[TQ_IN_RI] = "=0.62";
    assert_int_equal(build(&f, visits, spec, "MD"), TQ_OK);
    assert_near(f.data->effect[0].yi, -1.6, 1e-14);
    assert_near(f.data->effect[0].vi,
                (3.61 + 4.41 - 2 * 0.62 * 1.9 * 2.1) / 34 + (4.0 + 4.84 - 2 * 0.62 * 4.4) / 35,
                1e-14);
    assert_non_null(strstr(f.data->effect[0].from, "; ri = 0.62 assumed)"));
    release(&f);
    assert_int_equal(build(&f, visits, (tq_dataset_spec){0}, "MD"), TQ_OK);
    assert_near(f.data->effect[0].yi, -1.5, 1e-14);
    assert_string_equal(f.data->effect[0].from, "means and standard deviations");
    release(&f);
}

static void without_fallback_a_constant_stands_in_from_too(void **state)
{
    tq_dataset_spec spec = {.no_fallback = 1};
    fixture f;

    (void)state;
    spec.column[TQ_IN_RI] = "=0.5";
    assert_int_equal(build(&f, "study,m1i,m2i,sd1i,sd2i,ni\nA,3.1,4.2,1.1,1.3,21\n", spec, "MC"),
                     TQ_OK);
    assert_string_equal(f.data->effect[0].from,
                        "means, standard deviations and correlation (ri = 0.5 assumed)");
    release(&f);
}

/* p-values are printed without sign: both means tell it where they are there. */
static void means_tell_the_direction_of_t_and_p(void **state)
{
    static const char tests[] = "study,n1i,n2i,m1i,m2i,pi,ti_stat\n"
                                "A,20,22,3.1,4.2,0.016621,\n"
                                "B,20,22,3.1,4.2,,2.5\n"
                                "C,20,22,,,0.016621,\n"
                                "D,20,22,4.2,3.1,,-2.5\n";
    fixture f;

    (void)state;
    for (int no_fallback = 0; no_fallback < 2; no_fallback++) {
        tq_dataset_spec spec = {.no_fallback = no_fallback};

        assert_int_equal(build(&f, tests, spec, "SMD"), TQ_OK);
        assert_true(f.data->effect[1].yi < 0.0);
        if (!no_fallback) { /* else t alone is read: the first recipe of the columns */
            assert_true(f.data->effect[0].yi < 0.0);
            assert_true(f.data->effect[2].yi > 0.0);
        }
        assert_near(f.data->effect[3].yi, -f.data->effect[1].yi, 1e-14);
        release(&f);
    }
    assert_int_equal(
        build(&f, "study,ni,m1i,m2i,pi\nA,21,3.1,4.2,0.02\n", (tq_dataset_spec){0}, "SMCC"), TQ_OK);
    assert_true(f.data->effect[0].yi < 0.0);
    release(&f);
}

/* So do changes and medians; the mean change of one group goes before its median. */
static void changes_and_medians_tell_the_direction_too(void **state)
{
    static const char two[] = "study,n1i,n2i,pi,med1i,med2i,mpre1i,mpost1i,mpre2i,mpost2i\n"
                              "A,20,22,0.016621,3.1,4.2,,,,\n"
                              "B,20,22,0.016621,,,7.1,3.1,6.8,4.2\n"
                              "C,20,22,0.016621,3.1,4.2,7.1,4.2,6.8,3.1\n"
                              "D,20,22,0.016621,3.1,,7.1,,6.8,\n";
    static const char one[] = "study,ni,ti_stat,pi,mi,medi\n"
                              "A,21,2.41,,-3.2,\n"
                              "B,21,,0.0257031,,-3.2\n"
                              "C,21,2.41,,3.2,-3.2\n";
    fixture f;

    (void)state;
    assert_int_equal(build(&f, two, (tq_dataset_spec){0}, "SMD"), TQ_OK);
    assert_true(f.data->effect[3].yi > 0.0); /* nothing complete tells otherwise */
    assert_near(f.data->effect[0].yi, -f.data->effect[3].yi, 1e-14);
    assert_near(f.data->effect[1].yi, -f.data->effect[3].yi, 1e-14);
    assert_near(f.data->effect[2].yi, f.data->effect[3].yi, 1e-14);
    release(&f);
    assert_int_equal(build(&f, one, (tq_dataset_spec){0}, "SMCC"), TQ_OK);
    assert_true(f.data->effect[2].yi > 0.0);
    assert_near(f.data->effect[0].yi, -f.data->effect[2].yi, 1e-14);
    assert_near(f.data->effect[1].yi, -f.data->effect[2].yi, 1e-4);
    release(&f);
}

/* What a row of changes lacks is the mean after, not the mean change that nobody reports. */
static void a_row_names_what_the_nearest_way_lacks(void **state)
{
    static const char sheet[] = "study,n1i,n2i,m1i,sd1i,m2i,sd2i,mpre1i,sdpre1i,mpost1i,sdpost1i,"
                                "se1i,med1i,q1_1i,q3_1i,ri\n"
                                "Vega 2015,34,35,3.1,1.9,4.2,2.1,,,,,,,,,\n"
                                "Ito 2016,34,35,,,4.2,2.1,6.2,1.9,,2.1,,,,,0.6\n"
                                "Roy 2017,34,35,,,4.2,2.1,,,,,,2.9,1.7,,\n"
                                "Lind 2018,34,35,3.1,,4.2,2.1,,,,,,,,,\n"
                                "Abe 2019,34,,3.1,,4.2,2.1,,,,,0.3,,,,\n"
                                "Kaya 2020,34,35,,,4.2,2.1,6.2,1.9,3.1,2.1,,,,,\n"
                                "Cole 2021,34,35,3.1,,4.2,2.1,,,,,0.3,,,,\n"
                                "Diaz 2022,34,35,-3.1,,4.2,2.1,6.2,1.9,3.1,2.1,,,,,0.6\n"
                                "Engel 2023,34,35,,,4.2,2.1,,,,,,2.9,1.7,4.2,\n";
    static const char no_r[] = "ri is missing: no SD of the change without the correlation";
    static const char *const reasons[] = {"mpost1i is missing", "q3_1i is missing",
                                          "sd1i is missing", "n2i is missing", no_r};
    fixture f;

    (void)state;
    assert_int_equal(build(&f, sheet, (tq_dataset_spec){0}, "MD"), TQ_OK);
    assert_int_equal(f.data->rows - f.data->k, sizeof reasons / sizeof *reasons);
    for (size_t j = 0; j < sizeof reasons / sizeof *reasons; j++) {
        assert_string_equal(f.data->excluded[j].reason, reasons[j]);
    }
    release(&f);
}

/* In units of an SD a change is no value at follow-up: Cochrane Handbook (2019), section 10.5.2. */
static void changes_among_values_are_told_where_sds_are_units(void **state)
{
    static const char sheet[] =
        "study,grp,n1i,n2i,m1i,sd1i,m2i,sd2i,mpre1i,sdpre1i,mpost1i,sdpost1i,"
        "mpre2i,sdpre2i,mpost2i,sdpost2i,ri\n"
        "Vega 2015,a,34,35,3.1,1.9,4.2,2.1,,,,,,,,,\n"
        "Ito 2016,b,31,30,,,,,6.2,1.9,3.4,2.1,6.1,2.0,4.9,2.2,0.6\n"
        "Roy 2017,b,18,17,,,,,6.4,1.8,3.1,2.0,6.3,1.9,5.1,2.3,0.6\n"
        "Lind 2018,a,18,17,,,,,6.4,1.8,,2.0,6.3,1.9,5.1,2.3,0.6\n";
    fixture f;

    (void)state;
    assert_int_equal(build(&f, sheet, (tq_dataset_spec){0}, "SMD"), TQ_OK);
    assert_int_equal(f.data->n_warnings, 1);
    assert_string_equal(f.data->warning[0],
                        "changes from before to after stand in 2 of 3 rows: where the others are "
                        "values after, their SDs differ, and measure SMD must not combine them; "
                        "MD may");
    release(&f);
    assert_int_equal(build(&f, sheet, (tq_dataset_spec){0}, "MD"), TQ_OK);
    assert_int_equal(f.data->n_warnings, 0);
    release(&f);
    assert_int_equal(build(&f, sheet, (tq_dataset_spec){.subset = "grp == 'b'"}, "SMD"), TQ_OK);
    assert_int_equal(f.data->n_warnings, 0);
    release(&f);
}

/* A code like sdpre1i is no word that a sheet may use for something else: its values must be right. */
static void a_wrong_value_below_a_code_is_an_error(void **state)
{
    static const char wrong[] = "study,n1i,n2i,mpre1i,sdpre1i,mpost1i,sdpost1i,m2i,sd2i,ri\n"
                                "Vega 2015,34,35,6.2,-1.9,3.4,2.1,-1.2,1.6,0.4\n";
    fixture f;

    (void)state;
    assert_int_equal(build(&f, wrong, (tq_dataset_spec){0}, "MD"), TQ_EDATA);
    assert_string_equal(f.err.column, "sdpre1i");
    assert_non_null(strstr(f.err.message, "'-1.9' must be > 0"));
    release(&f);
}

static const char arms[] = "study,arm,n1i,m1i,sd1i,n2i,m2i,sd2i,dose\n"
                           "Vega 2015,cells,21,3.4,1.9,40,5.1,2.2,10\n"
                           "Ito 2016,cells,34,2.8,1.8,35,4.4,2.0,20\n"
                           "Vega 2015,cells,19,2.9,1.7,40,5.1,2.2,30\n"
                           "Vega 2015,PRP,20,4.2,2.0,40,5.1,2.2,40\n"
                           "Roy 2017,cells,18,4.1,2.3,17,4.6,2.1,50\n"
                           "Roy 2017,cells,16,3.8,2.5,15,4.9,1.9,60\n";

/* Cochrane Handbook, section 6.5.2.10: N = 40, M = 126.5/40 and the SD from both sums of squares. */
static void arms_of_one_comparison_become_one_row(void **state)
{
    static const char *const name[] = {"dose"};
    static const int number[] = {0};
    const tq_formula formula = {.variable = name, .number = number, .n_variables = 1};
    const double M = (21 * 3.4 + 19 * 2.9) / 40.0;
    const double ss = 20 * 1.9 * 1.9 + 18 * 1.7 * 1.7 + 21.0 * 19.0 / 40.0 * 0.5 * 0.5;
    fixture f;

    (void)state;
    assert_int_equal(
        build(&f, arms, (tq_dataset_spec){.combine_arms = "arm", .formula = &formula}, "MD"),
        TQ_OK);
    assert_int_equal(f.data->rows, 4);
    assert_near(f.data->effect[0].yi, M - 5.1, 1e-14);
    assert_near(f.data->effect[0].vi, ss / 39.0 / 40.0 + 2.2 * 2.2 / 40.0, 1e-14);
    assert_non_null(strstr(f.data->effect[0].from, "(combined from rows 1, 3"));
    assert_string_equal(f.data->label[1], "Ito 2016");
    assert_near(f.data->variable[0].number[2], 40.0, 0.0);
    assert_near(f.data->input[TQ_IN_N2I][0], 40.0, 0.0);
    assert_near(f.data->input[TQ_IN_N2I][3], 32.0, 0.0);
    assert_int_equal(f.data->n_assumptions, 2);
    assert_int_equal(f.data->n_warnings, 1);
    release(&f);
}

static void a_shared_control_is_reported_or_divided(void **state)
{
    fixture f;

    (void)state;
    assert_int_equal(build(&f, arms, (tq_dataset_spec){0}, "MD"), TQ_OK);
    assert_int_equal(f.data->n_warnings, 1);
    assert_non_null(strstr(f.data->warning[0], "rows 1, 3, 4 (Vega 2015) share one control arm"));
    release(&f);
    assert_int_equal(build(&f, arms, (tq_dataset_spec){.split_shared = 1}, "MD"), TQ_OK);
    assert_int_equal(f.data->n_warnings, 0);
    assert_near(f.data->effect[0].vi, 1.9 * 1.9 / 21.0 + 2.2 * 2.2 * 3.0 / 40.0, 1e-14);
    assert_near(f.data->effect[1].vi, 1.8 * 1.8 / 34.0 + 2.0 * 2.0 / 35.0, 1e-14);
    assert_non_null(strstr(f.data->effect[3].from, "shared control divided by 3"));
    release(&f);
}

static void counts_add_up_and_d_does_not(void **state)
{
    static const char counts[] = "study,arm,ai,n1i,ci,n2i\nA,x,3,21,7,40\nA,x,5,19,7,40\n";
    static const char ds[] = "study,arm,di,n1i,n2i\nA,x,0.3,21,40\nA,x,0.5,19,38\n"
                             "B,x,0.4,20,20\n";
    static const char rates[] = "study,arm,x1i,t1i,x2i,t2i\nA,x,3,21.5,7,40\nA,x,5,19.5,9,44\n";
    tq_dataset_spec spec = {.combine_arms = "arm"};
    fixture f;

    (void)state;
    assert_int_equal(build(&f, counts, spec, "RR"), TQ_OK);
    assert_int_equal(f.data->rows, 1);
    assert_near(f.data->effect[0].yi, log((8.0 / 40.0) / (7.0 / 40.0)), 1e-14);
    release(&f);
    assert_int_equal(build(&f, rates, spec, "IRR"), TQ_OK);
    assert_near(f.data->effect[0].yi, log((8.0 / 41.0) / (16.0 / 84.0)), 1e-14);
    release(&f);
    assert_int_equal(build(&f, ds, spec, "SMD"), TQ_OK);
    assert_int_equal(f.data->rows, 2);
    assert_int_equal(f.data->k, 1);
    assert_string_equal(f.data->excluded[0].reason, "di is missing");
    release(&f);
    assert_int_equal(build(&f, "study,arm,yi,vi\nA,x,1,2\n", spec, "GEN"), TQ_EINVAL);
    release(&f);
    spec.combine_arms = "armm";
    assert_int_equal(build(&f, counts, spec, "RR"), TQ_EINVAL);
    assert_non_null(strstr(f.err.message, "did you mean 'arm'"));
    release(&f);
}

/* Rows for methods that pool counts: as observed, whatever the effect needs or lacks. */
static void counts_make_a_row_usable_without_an_effect(void **state)
{
    static const char sheet[] = "study,ai,bi,ci,di,n1i,n2i,yi,sei\n"
                                "A,3,18,7,33,,,,\n"
                                "B,0,,0,,34,36,,\n"
                                "C,2,,,,30,31,,\n"
                                "D,0,17,4,21,,,,\n"
                                "E,,,,,,,0.4,0.2\n"
                                "F,0,0,4,21,,,,\n";
    const tq_effect_options none = {.add = 0.5, .to = TQ_TO_NONE, .ci_level = 95.0, .rescale = 1.0};
    tq_dataset_spec spec = {.use = TQ_USE_COUNTS};
    fixture f;

    (void)state;
    assert_int_equal(build(&f, sheet, spec, "OR"), TQ_OK);
    assert_int_equal(f.data->k, 3);
    assert_int_equal(f.data->used[1], 1); /* double zero: no effect, but counts */
    assert_int_equal(f.data->effect[1].state, TQ_ROW_NO_ESTIMATE);
    assert_near(f.data->events[0].x1, 3.0, 0.0);
    assert_near(f.data->events[0].n1, 21.0, 0.0);
    assert_near(f.data->events[0].n2, 40.0, 0.0);
    assert_near(f.data->events[1].n2, 36.0, 0.0);
    assert_int_equal(f.data->effect[3].state, TQ_ROW_OK);
    assert_near(f.data->effect[3].added, 0.5, 0.0);
    assert_near(f.data->events[3].x1, 0.0, 0.0); /* the increment is the effect's alone */
    assert_string_equal(f.data->excluded[0].reason, "ci is missing");
    assert_string_equal(f.data->excluded[2].reason, "a group is empty");
    release(&f);
    spec.effects = &none;
    assert_int_equal(build(&f, sheet, spec, "OR"), TQ_OK);
    assert_int_equal(f.data->k, 3);
    assert_int_equal(f.data->effect[3].state, TQ_ROW_NO_ESTIMATE);
    release(&f);
    spec.column[TQ_IN_YI] = "yi";
    assert_int_equal(build(&f, sheet, spec, "OR"), TQ_OK);
    assert_string_equal(f.data->excluded[1].study, "E");
    assert_string_equal(f.data->excluded[1].reason, "an effect is given, but not its counts");
    release(&f);
    spec.use = TQ_USE_EITHER;
    assert_int_equal(build(&f, sheet, spec, "PETO"), TQ_OK);
    assert_int_equal(f.data->k, 4);
    assert_true(isnan(f.data->events[4].x1));
    release(&f);
    assert_int_equal(build(&f, sheet, (tq_dataset_spec){0}, "OR"), TQ_OK);
    assert_null(f.data->events);
    release(&f);
}

static void counts_follow_an_effect_that_is_turned_around(void **state)
{
    static const char sheet[] = "study,x1i,t1i,x2i,t2i,turn,f\n"
                                "A,3,21.5,7,40,no,1\nB,5,19.5,9,44,yes,1.5\nC,1,12,2,13,,\n";
    static const char rates[] = "study,xi,ti,turn\nA,3,21.5,yes\n";
    tq_dataset_spec spec = {.use = TQ_USE_COUNTS, .flip = "turn"};
    fixture f;

    (void)state;
    assert_int_equal(build(&f, sheet, spec, "IRR"), TQ_OK);
    assert_int_equal(f.data->k, 2);
    assert_near(f.data->events[0].x1, 3.0, 0.0);
    assert_near(f.data->events[1].x1, 9.0, 0.0);
    assert_near(f.data->events[1].n1, 44.0, 0.0);
    assert_near(f.data->events[1].x2, 5.0, 0.0);
    assert_string_equal(f.data->excluded[0].reason, "the multiplier of the effect is missing");
    release(&f);
    spec.flip = "f";
    assert_int_equal(build(&f, sheet, spec, "IRR"), TQ_EINVAL);
    assert_string_equal(f.err.study, "B");
    assert_string_equal(f.err.column, "f");
    release(&f);
    spec.flip = "turn";
    assert_int_equal(build(&f, rates, spec, "IRLN"), TQ_EINVAL); /* one group has no other side */
    release(&f);
    spec.flip = NULL;
    assert_int_equal(build(&f, rates, spec, "IRLN"), TQ_OK);
    assert_near(f.data->events[0].n1, 21.5, 0.0);
    assert_true(isnan(f.data->events[0].x2));
    release(&f);
    assert_int_equal(build(&f, "study,xi,mi\nA,3,9\n", spec, "PLO"), TQ_OK);
    assert_near(f.data->events[0].n1, 12.0, 0.0);
    release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_that_lacks_a_value_is_excluded_with_the_reason),
        cmocka_unit_test(a_stray_column_does_not_override_named_ones),
        cmocka_unit_test(a_constant_is_read_in_every_row_and_told),
        cmocka_unit_test(rows_outside_the_subset_do_not_count),
        cmocka_unit_test(a_row_that_no_grouping_classifies_is_excluded),
        cmocka_unit_test(a_row_needs_the_keys_that_are_asked_for),
        cmocka_unit_test(moderators_and_weights_must_be_there),
        cmocka_unit_test(columns_of_the_formula_are_numbers_or_texts),
        cmocka_unit_test(labels_come_from_study_then_slab_then_the_row),
        cmocka_unit_test(a_bad_value_names_file_line_column_and_study),
        cmocka_unit_test(what_does_not_exist_is_named_with_what_does),
        cmocka_unit_test(a_row_is_computed_from_what_it_reports),
        cmocka_unit_test(an_effect_stands_in_where_yi_is_named),
        cmocka_unit_test(a_sheet_of_effects_alone_needs_no_counts),
        cmocka_unit_test(a_ratio_as_printed_stands_in_for_ratios_alone),
        cmocka_unit_test(without_fallback_every_row_needs_the_same),
        cmocka_unit_test(an_assumed_constant_stands_in_from),
        cmocka_unit_test(without_fallback_a_constant_stands_in_from_too),
        cmocka_unit_test(means_tell_the_direction_of_t_and_p),
        cmocka_unit_test(changes_and_medians_tell_the_direction_too),
        cmocka_unit_test(a_row_names_what_the_nearest_way_lacks),
        cmocka_unit_test(changes_among_values_are_told_where_sds_are_units),
        cmocka_unit_test(a_wrong_value_below_a_code_is_an_error),
        cmocka_unit_test(medians_are_told_as_an_assumption),
        cmocka_unit_test(a_column_that_only_sounds_like_an_input_does_no_harm),
        cmocka_unit_test(people_and_allocations_do_no_harm_to_effects),
        cmocka_unit_test(arms_of_one_comparison_become_one_row),
        cmocka_unit_test(a_shared_control_is_reported_or_divided),
        cmocka_unit_test(counts_add_up_and_d_does_not),
        cmocka_unit_test(counts_make_a_row_usable_without_an_effect),
        cmocka_unit_test(counts_follow_an_effect_that_is_turned_around),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
