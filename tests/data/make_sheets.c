/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes trials.dta, trials.sav and trials.xlsx beside the trials.csv in the folder it is given:
 * numbers as numbers, start as a date, alloc as numbers with labels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readstat.h>
#include <xlsxwriter.h>

#include "frame/csv.h"

enum { COLUMNS = 9, ALLOC = 7, START = 8, DAY_1970_IN_1960 = 3653, DAY_1970_IN_1900 = 25569 };
#define SECOND_1970_IN_1582 12219379200.0

typedef readstat_error_t begin_fn(readstat_writer_t *writer, void *user, long rows);

static ssize_t to_file(const void *data, size_t size, void *user)
{
    return fwrite(data, 1, size, user) == size ? (ssize_t)size : -1;
}

/* Days since 1970-01-01 of an ISO date. */
static double days_of(const char *iso)
{
    int year, month, day;

    if (sscanf(iso, "%d-%d-%d", &year, &month, &day) != 3) {
        abort();
    }
    const int a = (14 - month) / 12, y = year + 4800 - a, m = month + 12 * a - 3;

    const int julian = day + (153 * m + 2) / 5 + 365 * y + y / 4 - y / 100 + y / 400 - 32045;

    return julian - 2440588; /* of 1970-01-01 */
}

/* The number that a cell is stored as. */
static double value_of(const tq_table *t, size_t row, size_t c, double day_0, double per_day)
{
    const char *const text = tq_table_cell(t, row, c);
    double x;

    if (c == ALLOC) {
        return strcmp(text, "random") == 0 ? 2.0 : 1.0;
    }
    if (c == START) {
        return day_0 + per_day * days_of(text);
    }
    return tq_parse_number(text, '.', &x) ? x : 0.0;
}

static void write_statistical(const tq_table *t, const char *path, begin_fn *begin,
                              const char *format, double day_0, double per_day)
{
    readstat_writer_t *const w = readstat_writer_init();
    readstat_label_set_t *const set = readstat_add_label_set(w, READSTAT_TYPE_DOUBLE, "alloc");
    readstat_variable_t *v[COLUMNS];
    FILE *const f = fopen(path, "wb");

    readstat_set_data_writer(w, to_file);
    readstat_writer_set_file_timestamp(w, 0);
    readstat_label_double_value(set, 1.0, "alternate");
    readstat_label_double_value(set, 2.0, "random");
    for (size_t c = 0; c < COLUMNS; c++) {
        v[c] = readstat_add_variable(w, tq_table_name(t, c),
                                     c == 0 ? READSTAT_TYPE_STRING : READSTAT_TYPE_DOUBLE,
                                     c == 0 ? 32 : 8);
    }
    readstat_variable_set_label_set(v[ALLOC], set);
    readstat_variable_set_format(v[START], format);
    begin(w, f, (long)tq_table_rows(t));
    for (size_t i = 0; i < tq_table_rows(t); i++) {
        readstat_begin_row(w);
        readstat_insert_string_value(w, v[0], tq_table_cell(t, i, 0));
        for (size_t c = 1; c < COLUMNS; c++) {
            if (tq_table_missing(t, i, c)) {
                readstat_insert_missing_value(w, v[c]);
            } else {
                readstat_insert_double_value(w, v[c], value_of(t, i, c, day_0, per_day));
            }
        }
        readstat_end_row(w);
    }
    if (readstat_end_writing(w) != READSTAT_OK || fclose(f) != 0) {
        abort();
    }
    readstat_writer_free(w);
}

static void write_workbook(const tq_table *t, const char *path)
{
    lxw_workbook *const book = workbook_new(path);
    lxw_worksheet *const notes = workbook_add_worksheet(book, "Notes"), *const sheet =
                                                                            workbook_add_worksheet(
                                                                                book,
                                                                                "Trials 1 & 2");
    lxw_format *const date = workbook_add_format(book);
    lxw_doc_properties made = {.created = 1};

    workbook_set_properties(book, &made);
    format_set_num_format(date, "d mmm yyyy");
    worksheet_write_string(notes, 0, 0, "not the table", NULL);
    for (lxw_col_t c = 0; c < (lxw_col_t)COLUMNS; c++) {
        worksheet_write_string(sheet, 0, c, tq_table_name(t, c), NULL);
        for (lxw_row_t i = 0; i < tq_table_rows(t); i++) {
            const char *const text = tq_table_cell(t, i, c);

            if (c == 0 || c == ALLOC) {
                worksheet_write_string(sheet, i + 1, c, text, NULL);
            } else if (!tq_table_missing(t, i, c)) {
                worksheet_write_number(sheet, i + 1, c, value_of(t, i, c, DAY_1970_IN_1900, 1.0),
                                       c == START ? date : NULL);
            }
        }
    }
    if (workbook_close(book) != LXW_NO_ERROR) {
        abort();
    }
}

int main(int argc, char **argv)
{
    char path[4096];
    tq_table *t = NULL;
    tq_error err;

    snprintf(path, sizeof path, "%s/trials.csv", argc > 1 ? argv[1] : ".");
    if (tq_csv_read(path, NULL, &t, &err) != TQ_OK || tq_table_columns(t) != COLUMNS) {
        fprintf(stderr, "make_sheets: %s: %s\n", path, err.message);
        return 1;
    }
    char *const extension = path + strlen(path) - 3;

    strcpy(extension, "dta");
    write_statistical(t, path, readstat_begin_writing_dta, "%td", DAY_1970_IN_1960, 1.0);
    strcpy(extension, "sav");
    write_statistical(t, path, readstat_begin_writing_sav, "DATE11", SECOND_1970_IN_1582, 86400.0);
    snprintf(path, sizeof path, "%s/trials_xlsxwriter.xlsx", argc > 1 ? argv[1] : ".");
    write_workbook(t, path);
    tq_table_free(t);
    return 0;
}
