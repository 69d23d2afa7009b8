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

static void moderators_and_weights_must_be_there(void **state)
{
    static const char *const moderators[] = {"dose"};
    fixture f;
    tq_dataset_spec spec = {.moderators = moderators, .n_moderators = 1, .weights = "w"};

    (void)state;
    assert_int_equal(build(&f, trials, spec, "MD"), TQ_OK);
    assert_int_equal(f.data->k, 1);
    assert_string_equal(f.data->excluded[1].reason, "dose is missing");
    assert_string_equal(f.data->excluded[2].reason, "w is missing");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_that_lacks_a_value_is_excluded_with_the_reason),
        cmocka_unit_test(a_stray_column_does_not_override_named_ones),
        cmocka_unit_test(a_constant_is_read_in_every_row_and_told),
        cmocka_unit_test(rows_outside_the_subset_do_not_count),
        cmocka_unit_test(a_row_that_no_grouping_classifies_is_excluded),
        cmocka_unit_test(moderators_and_weights_must_be_there),
        cmocka_unit_test(labels_come_from_study_then_slab_then_the_row),
        cmocka_unit_test(a_bad_value_names_file_line_column_and_study),
        cmocka_unit_test(what_does_not_exist_is_named_with_what_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
