/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several analyses in one workbook: sheets, cells, links, and the same bytes again. */
#include "support/near.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "frame/xlsx.h"
#include "report/workbook/workbook.h"
#include "support/sample_dossier.h"

enum { TABLE_ROW = 6 };

static const char path[] = "review.xlsx";
static sample_dossier *sample;

static int set_up(void **state)
{
    (void)state;
    sample = sample_dossier_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove(path);
    sample_dossier_free(sample);
    return 0;
}

typedef struct {
    char *data;
    size_t size;
} bytes;

static bytes written(void)
{
    tq_error err = {0};
    struct stat info;
    bytes out;

    if (tq_dossier_workbook_write(sample_dossier_of(sample), path, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    assert_int_equal(stat(path, &info), 0);
    out.size = (size_t)info.st_size;
    out.data = malloc(out.size);
    assert_non_null(out.data);
    assert_int_equal(fread(out.data, 1, out.size, file), out.size);
    fclose(file);
    return out;
}

static tq_table *sheet(const bytes *book, const char *name, size_t row)
{
    const tq_xlsx_options opt = {.sheet = name, .header_row = row};
    tq_table *table = NULL;
    tq_error err;

    if (tq_xlsx_parse(book->data, book->size, path, &opt, &table, &err) != TQ_OK) {
        fail_msg("%s: %s", name, err.message);
    }
    return table;
}

/* The cell below a head, as text. */
static const char *cell(const tq_table *t, size_t row, const char *head)
{
    const size_t column = tq_table_find(t, head);

    if (column >= tq_table_columns(t)) {
        fail_msg("no column is called '%s'", head);
    }
    return tq_table_cell(t, row, column);
}

static void check_number(const tq_table *t, size_t row, const char *head, double want)
{
    assert_near(strtod(cell(t, row, head), NULL), want, 1e-8);
}

static void the_summary_has_a_row_for_each_analysis(void **state)
{
    const bytes book = written();
    tq_table *t = sheet(&book, "Summary", TABLE_ROW);

    (void)state;
    assert_string_equal(cell(t, SAMPLE_BCG, "Analysis"), "1. Tuberculosis");
    assert_string_equal(cell(t, SAMPLE_BCG, "Section"), "Infection");
    check_number(t, SAMPLE_BCG, "k", 13.0);
    check_number(t, SAMPLE_BCG, "Studies", 13.0);
    check_number(t, SAMPLE_BCG, "Participants", 357347.0);
    check_number(t, SAMPLE_BCG, "Effect", 0.4894209398260303);
    check_number(t, SAMPLE_BCG, "Prediction high", 1.54902783911342);
    check_number(t, SAMPLE_BCG, "I\xC2\xB2", 0.9222138452126896);
    assert_string_equal(cell(t, SAMPLE_BCG, "Important effect (MCID)"), "definite benefit");
    assert_string_equal(cell(t, SAMPLE_NONE, "Effect"), "not done");
    assert_string_equal(cell(t, SAMPLE_ONE, "I\xC2\xB2"), "");
    tq_table_free(t);
    free(book.data);
}

static void findings_are_numbers(void **state)
{
    enum { BELOW_SETTING = 8 };
    const bytes book = written();
    tq_table *t = sheet(&book, "Findings", BELOW_SETTING);

    (void)state;
    check_number(t, SAMPLE_BCG, "With control", 15.89825119236884);
    check_number(t, SAMPLE_BCG, "Difference", (0.4894209398260303 - 1.0) * 15.89825119236884);
    assert_string_equal(cell(t, SAMPLE_BCG, "In"), "per 1000");
    check_number(t, SAMPLE_STAY, "With control", 31.0);
    check_number(t, SAMPLE_STAY, "Difference low", -36.31874908256176);
    assert_string_equal(cell(t, SAMPLE_STAY, "In"), "days");
    assert_string_equal(cell(t, SAMPLE_STAY_G, "In"), "SD");
    assert_string_equal(cell(t, SAMPLE_STAY_G, "With control"), "");
    tq_table_free(t);
    t = sheet(&book, "Certainty", TABLE_ROW);
    assert_string_equal(cell(t, 0, "Risk of bias"), "to be judged");
    assert_string_equal(cell(t, 0, "Certainty"), "to be judged");
    assert_non_null(strstr(cell(t, 0, "Inconsistency"), "very serious: I\xC2\xB2 92.2%"));
    tq_table_free(t);
    free(book.data);
}

static void further_analyses_stand_beside_the_main_one(void **state)
{
    const bytes book = written();
    tq_table *t = sheet(&book, "Further analyses", TABLE_ROW);

    (void)state;
    assert_string_equal(cell(t, 0, "What was done"), "Main analysis");
    assert_string_equal(cell(t, 1, "What was done"), "DerSimonian-Laird");
    check_number(t, 1, "tau\xC2\xB2", 0.30876026286);
    assert_string_equal(cell(t, 2, "Note"), "k = 0: no row has year > 1990");
    assert_string_equal(cell(t, 3, "Kind"), "meta-regression");
    assert_string_equal(cell(t, 4, "Note"), "1 filled in");
    tq_table_free(t);
    free(book.data);
}

static void sheets_of_analyses_are_numbered(void **state)
{
    enum { STUDIES_ROW = 5 };
    const bytes book = written();
    tq_table *t = sheet(&book, "1 Studies", STUDIES_ROW);

    (void)state;
    assert_int_equal(tq_table_rows(t), 13);
    check_number(t, 0, "yi", -0.8893113339202054);
    tq_table_free(t);
    t = sheet(&book, "6 Studies", STUDIES_ROW);
    assert_int_equal(tq_table_rows(t), 72);
    tq_table_free(t);
    tq_table_free(sheet(&book, "1 Sensitivity", 0));
    free(book.data);
}

static void no_sheet_shows_what_was_not_done(void **state)
{
    const bytes book = written();
    const tq_xlsx_options opt = {.sheet = "5 Studies"};
    tq_table *t = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_xlsx_parse(book.data, book.size, path, &opt, &t, &err), TQ_EINVAL);
    free(book.data);
}

static void the_same_review_gives_the_same_bytes(void **state)
{
    const bytes one = written(), two = written();

    (void)state;
    assert_int_equal(one.size, two.size);
    assert_memory_equal(one.data, two.data, one.size);
    free(one.data);
    free(two.data);
}

/* Names of sheets are at most 31 characters, however many analyses there are. */
static void a_hundred_analyses_fit(void **state)
{
    enum { MANY = 100 };
    tq_dossier *d = sample_dossier_of(sample);
    const tq_dossier whole = *d;
    tq_dossier_entry *entry = calloc(MANY, sizeof *entry);
    char(*id)[8] = calloc(MANY, sizeof *id);

    (void)state;
    assert_true(entry && id);
    for (size_t i = 0; i < MANY; i++) {
        entry[i] = *sample_dossier_entry(sample, SAMPLE_ONE);
        snprintf(id[i], sizeof id[i], "a%zu", i);
        entry[i].id = id[i];
    }
    d->entry = entry;
    d->n = MANY;
    const bytes book = written();
    tq_table *t = sheet(&book, "100 Studies", 5);

    assert_int_equal(tq_table_rows(t), 1);
    tq_table_free(t);
    free(book.data);
    free(entry);
    free(id);
    *d = whole;
}

static void failures_are_told(void **state)
{
    tq_dossier *d = sample_dossier_of(sample);
    const char *title = d->title;

    (void)state;
    assert_int_equal(tq_dossier_workbook_write(d, "", NULL), TQ_EINVAL);
    assert_int_equal(tq_dossier_workbook_write(d, "absent/folder/x.xlsx", NULL), TQ_EWRITE);
    d->title = "";
    assert_int_equal(tq_dossier_workbook_write(d, path, NULL), TQ_EINVAL);
    d->title = title;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_summary_has_a_row_for_each_analysis),
        cmocka_unit_test(findings_are_numbers),
        cmocka_unit_test(further_analyses_stand_beside_the_main_one),
        cmocka_unit_test(sheets_of_analyses_are_numbered),
        cmocka_unit_test(no_sheet_shows_what_was_not_done),
        cmocka_unit_test(the_same_review_gives_the_same_bytes),
        cmocka_unit_test(a_hundred_analyses_fit),
        cmocka_unit_test(failures_are_told),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
