/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of Stata, SPSS and SAS, written by ReadStat and read back. */
#include "support/near.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readstat.h>

#include "core/buffer.h"
#include "frame/statfile.h"
#include "support/sheets.h"

typedef readstat_error_t begin_fn(readstat_writer_t *writer, void *user, long rows);

static ssize_t append(const void *data, size_t size, void *user)
{
    tq_buffer_append(user, data, size);
    return (ssize_t)size;
}

/*
 * Three studies: a name, a number, a labelled number, a date, and one missing of each; day is the
 * date of 2019-03-02 as the format counts it.
 */
static tq_buffer write_file(begin_fn *begin, const char *format, double day, int labels,
                            int version)
{
    readstat_writer_t *w = readstat_writer_init();
    readstat_label_set_t *set =
        labels ? readstat_add_label_set(w, READSTAT_TYPE_DOUBLE, "alloc") : NULL;
    tq_buffer out = {0};

    readstat_set_data_writer(w, append);
    if (labels) {
        readstat_label_double_value(set, 2.0, "random");
        readstat_label_double_value(set, 1.0, " alternate ");
    }
    readstat_variable_t *study = readstat_add_variable(w, "study", READSTAT_TYPE_STRING, 32);
    readstat_variable_t *yi = readstat_add_variable(w, "yi", READSTAT_TYPE_DOUBLE, 8);
    readstat_variable_t *alloc = readstat_add_variable(w, "alloc", READSTAT_TYPE_DOUBLE, 8);
    readstat_variable_t *on = readstat_add_variable(w, "on", READSTAT_TYPE_DOUBLE, 8);

    if (labels) {
        readstat_variable_set_label_set(alloc, set);
    }
    readstat_variable_set_format(on, format);
    if (version) {
        readstat_writer_set_file_format_version(w, (uint8_t)version);
    }
    assert_int_equal(begin(w, &out, 3), READSTAT_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(readstat_begin_row(w), READSTAT_OK);
        readstat_insert_string_value(w, study, i == 0 ? "Vega 2015 " : i == 1 ? "Lamo" : "");
        if (i == 2) {
            readstat_insert_missing_value(w, yi);
            readstat_insert_missing_value(w, alloc);
            readstat_insert_missing_value(w, on);
        } else {
            readstat_insert_double_value(w, yi, i == 0 ? 2.385 : -0.1 - 0.2);
            readstat_insert_double_value(w, alloc, i == 0 ? 2.0 : 3.0);
            readstat_insert_double_value(w, on, day + 1.0 * i * (day > 1e9 ? 86400.0 : 1.0));
        }
        assert_int_equal(readstat_end_row(w), READSTAT_OK);
    }
    assert_int_equal(readstat_end_writing(w), READSTAT_OK);
    readstat_writer_free(w);
    assert_int_equal(tq_buffer_status(&out, NULL), TQ_OK);
    return out;
}

static tq_table *parse(const tq_buffer *file, tq_statfile_kind kind)
{
    char *const copy = malloc(file->size);
    tq_table *t = NULL;
    tq_error err;

    /* A block of just this size, so that a sanitizer sees a step beyond it. */
    assert_non_null(copy);
    memcpy(copy, file->data, file->size);
    if (tq_statfile_parse(copy, file->size, "knee", kind, '.', &t, &err) != TQ_OK) {
        fail_msg("line %zu: %s", err.line, err.message);
    }
    free(copy);
    return t;
}

static void check(tq_buffer file, tq_statfile_kind kind, const char *want)
{
    sheet_check(parse(&file, kind), want);
    tq_buffer_free(&file);
}

#define LABELLED \
    "study|yi|alloc|on/Vega 2015|2.385|random|2019-03-02/Lamo|" \
    "-0.30000000000000004|3|2019-03-03/|||"
#define PLAIN \
    "study|yi|alloc|on/Vega 2015|2.385|2|2019-03-02/Lamo|-0.30000000000000004|3|" \
    "2019-03-03/|||"

enum { DAY_1960 = 21610 };        /* 2019-03-02 since 1960-01-01 */
#define SECOND_1582 13770864000.0 /* and since 1582-10-14 */

static void stata_files_of_every_version_are_read(void **state)
{
    static const int versions[] = {104, 108, 114, 117, 118, 119};

    (void)state;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        check(
            write_file(readstat_begin_writing_dta, "%td", DAY_1960, versions[i] > 104, versions[i]),
            TQ_STATFILE_DTA, versions[i] > 104 ? LABELLED : PLAIN);
    }
}

static void stata_date_times_are_milliseconds(void **state)
{
    tq_buffer file =
        write_file(readstat_begin_writing_dta, "%tc", DAY_1960 * 864e5 + 52200e3, 1, 0);
    tq_table *t = parse(&file, TQ_STATFILE_DTA);

    (void)state;
    assert_string_equal(tq_table_cell(t, 0, 3), "2019-03-02T14:30:00");
    tq_table_free(t);
    tq_buffer_free(&file);
    file = write_file(readstat_begin_writing_dta, "%tC", DAY_1960 * 864e5, 1, 0);
    t = parse(&file, TQ_STATFILE_DTA);
    assert_string_equal(tq_table_cell(t, 0, 3), "1867104000000");
    tq_table_free(t);
    tq_buffer_free(&file);
}

static void spss_files_are_read(void **state)
{
    (void)state;
    check(write_file(readstat_begin_writing_sav, "DATE11", SECOND_1582, 1, 0), TQ_STATFILE_SAV,
          LABELLED);
    check(write_file(readstat_begin_writing_sav, "EDATE10", SECOND_1582, 1, 3), TQ_STATFILE_SAV,
          LABELLED); /* version 3 is .zsav */
}

static void portable_spss_files_are_read(void **state)
{
    readstat_writer_t *w = readstat_writer_init();
    readstat_variable_t *v = readstat_add_variable(w, "YI", READSTAT_TYPE_DOUBLE, 8);
    tq_buffer out = {0};

    (void)state;
    readstat_set_data_writer(w, append);
    assert_int_equal(readstat_begin_writing_por(w, &out, 2), READSTAT_OK);
    readstat_begin_row(w);
    readstat_insert_double_value(w, v, -2.375);
    readstat_end_row(w);
    readstat_begin_row(w);
    readstat_insert_missing_value(w, v);
    readstat_end_row(w);
    assert_int_equal(readstat_end_writing(w), READSTAT_OK);
    readstat_writer_free(w);
    check(out, TQ_STATFILE_POR, "YI/-2.375/");
}

static void sas_files_are_read(void **state)
{
    (void)state;
    check(write_file(readstat_begin_writing_sas7bdat, "DATE9", DAY_1960, 0, 0),
          TQ_STATFILE_SAS7BDAT, PLAIN);
    check(write_file(readstat_begin_writing_xport, "YYMMDD10", DAY_1960, 0, 8), TQ_STATFILE_XPT,
          PLAIN);
}

static void values_an_spss_user_calls_missing_are_empty(void **state)
{
    readstat_writer_t *w = readstat_writer_init();
    readstat_variable_t *v = readstat_add_variable(w, "age", READSTAT_TYPE_DOUBLE, 8);
    tq_buffer out = {0};

    (void)state;
    readstat_set_data_writer(w, append);
    readstat_variable_add_missing_double_value(v, 99.0);
    assert_int_equal(readstat_begin_writing_sav(w, &out, 2), READSTAT_OK);
    for (int i = 0; i < 2; i++) {
        readstat_begin_row(w);
        readstat_insert_double_value(w, v, i == 0 ? 99.0 : 64.5);
        readstat_end_row(w);
    }
    assert_int_equal(readstat_end_writing(w), READSTAT_OK);
    readstat_writer_free(w);
    check(out, TQ_STATFILE_SAV, "age//64.5");
}

static void stata_floats_and_tagged_missing_values_are_as_stored(void **state)
{
    readstat_writer_t *w = readstat_writer_init();
    readstat_variable_t *v = readstat_add_variable(w, "x", READSTAT_TYPE_FLOAT, 4);
    tq_buffer out = {0};

    (void)state;
    readstat_set_data_writer(w, append);
    assert_int_equal(readstat_begin_writing_dta(w, &out, 3), READSTAT_OK);
    readstat_begin_row(w);
    readstat_insert_float_value(w, v, 0.1F);
    readstat_end_row(w);
    readstat_begin_row(w);
    readstat_insert_tagged_missing_value(w, v, 'b');
    readstat_end_row(w);
    readstat_begin_row(w);
    readstat_insert_float_value(w, v, 2.5F);
    readstat_end_row(w);
    assert_int_equal(readstat_end_writing(w), READSTAT_OK);
    readstat_writer_free(w);
    check(out, TQ_STATFILE_DTA, "x/0.10000000149011612//2.5");
}

static void cases_are_counted_as_lines(void **state)
{
    tq_buffer file = write_file(readstat_begin_writing_dta, "%td", DAY_1960, 1, 0);
    tq_table *t = parse(&file, TQ_STATFILE_DTA);

    (void)state;
    assert_int_equal(tq_table_line(t, 0), 1);
    assert_int_equal(tq_table_line(t, 2), 3);
    assert_null(tq_table_sheet(t));
    tq_table_free(t);
    tq_buffer_free(&file);
}

static void refuse(const char *bytes, size_t size, tq_statfile_kind kind, const char *message)
{
    tq_table *untouched = (tq_table *)&size, *t = untouched;
    tq_error err = {0};

    assert_int_equal(tq_statfile_parse(bytes, size, "knee", kind, '.', &t, &err), TQ_EREAD);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, "knee");
    assert_ptr_equal(t, untouched);
    assert_int_equal(tq_statfile_parse(bytes, size, "knee", kind, '.', &t, NULL), TQ_EREAD);
}

static void what_is_of_another_kind_is_refused(void **state)
{
    tq_table *t = NULL;

    (void)state;
    for (tq_statfile_kind kind = 0; kind < TQ_STATFILE_COUNT; kind++) {
        assert_int_equal(tq_statfile_parse("a,b\n1,2\n", 8, "x", kind, '.', &t, NULL), TQ_EREAD);
        assert_int_equal(tq_statfile_parse("", 0, "x", kind, '.', &t, NULL), TQ_EREAD);
    }
    refuse("a,b\n1,2\n", 8, TQ_STATFILE_SAV,
           "no SPSS file, or a damaged one (unable to read from file)");
    assert_int_equal(tq_statfile_parse("", 0, "x", TQ_STATFILE_COUNT, '.', &t, NULL), TQ_EINVAL);
}

static void a_file_cut_short_is_refused(void **state)
{
    tq_buffer file = write_file(readstat_begin_writing_dta, "%td", DAY_1960, 1, 0);
    tq_table *t = NULL;

    (void)state;
    for (size_t size = 0; size < file.size; size++) {
        char *const copy = malloc(size ? size : 1);

        assert_non_null(copy);
        memcpy(copy, file.data, size);
        if (tq_statfile_parse(copy, size, "x", TQ_STATFILE_DTA, '.', &t, NULL) == TQ_OK) {
            fail_msg("%zu of %zu bytes make a file", size, file.size);
        }
        free(copy);
    }
    tq_buffer_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stata_files_of_every_version_are_read),
        cmocka_unit_test(stata_date_times_are_milliseconds),
        cmocka_unit_test(spss_files_are_read),
        cmocka_unit_test(portable_spss_files_are_read),
        cmocka_unit_test(sas_files_are_read),
        cmocka_unit_test(values_an_spss_user_calls_missing_are_empty),
        cmocka_unit_test(stata_floats_and_tagged_missing_values_are_as_stored),
        cmocka_unit_test(cases_are_counted_as_lines),
        cmocka_unit_test(what_is_of_another_kind_is_refused),
        cmocka_unit_test(a_file_cut_short_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
