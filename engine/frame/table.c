/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sheet in memory: names, cells and their place in the file. */
#include "frame/table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "frame/table_internal.h"

/* Bytes of a cell that a message quotes, so that the advice after it still fits. */
enum { SHOWN_CELL = 64 };

int offsets_push(struct offsets *list, uint32_t value)
{
    if (list->n == list->capacity) {
        const size_t wider = list->capacity ? 2 * list->capacity : 64;

        if (list->capacity > SIZE_MAX / 2 / sizeof *list->at) {
            return 0;
        }
        uint32_t *at = realloc(list->at, wider * sizeof *at);

        if (!at) {
            return 0;
        }
        list->at = at;
        list->capacity = wider;
    }
    list->at[list->n++] = value;
    return 1;
}

void table_shown_text(char *dst, size_t size, const char *src)
{
    tq_copy_text(dst, size, src);
    for (char *p = dst; *p; p++) {
        if ((unsigned char)*p < ' ' || *p == '\x7F') {
            *p = ' ';
        }
    }
}

int table_text_missing(const char *text)
{
    return text[0] == '\0' || strcmp(text, "NA") == 0 || strcmp(text, ".") == 0;
}

static int by_name_then_column(const void *a, const void *b)
{
    const struct column_key *x = a, *y = b;
    const int order = strcmp(x->name, y->name);

    return order ? order : (x->column > y->column) - (x->column < y->column);
}

tq_status table_index_names(tq_table *table, tq_error *err)
{
    if (table->columns > SIZE_MAX / sizeof *table->by_name - REVMAN_NAMES) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    struct column_key *keys = malloc((table->columns + REVMAN_NAMES) * sizeof *keys);

    if (!keys) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    table->by_name = keys;
    for (size_t c = 0; c < table->columns; c++) {
        keys[c] = (struct column_key){tq_table_name(table, c), c};
        if (keys[c].name[0] == '\0') {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "column %zu has no name in the header",
                           c + 1);
        }
    }
    qsort(keys, table->columns, sizeof *keys, by_name_then_column);
    for (size_t i = 1; i < table->columns; i++) {
        if (strcmp(keys[i - 1].name, keys[i].name) == 0) {
            char name[SHOWN_CELL];

            table_shown_text(name, sizeof name, keys[i].name);
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "the header has '%s' twice, in columns %zu and %zu", name,
                           keys[i - 1].column + 1, keys[i].column + 1);
        }
    }
    table->keys = table->columns;
    const size_t more = revman_names(table, keys + table->columns);

    if (more > 0) {
        table->keys += more;
        qsort(keys, table->keys, sizeof *keys, by_name_then_column);
    }
    return TQ_OK;
}

void tq_table_free(tq_table *table)
{
    if (!table) {
        return;
    }
    free(table->note);
    free(table->sheet);
    free(table->source);
    free(table->by_name);
    free(table->lines);
    free(table->cells);
    free(table->names);
    free(table->text);
    free(table);
}

size_t tq_table_rows(const tq_table *table)
{
    return table->rows;
}

size_t tq_table_columns(const tq_table *table)
{
    return table->columns;
}

const char *tq_table_name(const tq_table *table, size_t c)
{
    assert(c < table->columns);
    return table->text + table->names[c];
}

static int name_order(const void *name, const void *key)
{
    return strcmp(name, ((const struct column_key *)key)->name);
}

size_t tq_table_find(const tq_table *table, const char *name)
{
    const struct column_key *key =
        bsearch(name, table->by_name, table->keys, sizeof *key, name_order);

    return key ? key->column : TQ_NO_COLUMN;
}

static const char *name_at(const void *table, size_t i)
{
    return i < tq_table_columns(table) ? tq_table_name(table, i) : NULL;
}

const char *tq_table_nearest(const tq_table *table, const char *name)
{
    return tq_nearest_name(name, name_at, table);
}

const char *tq_table_cell(const tq_table *table, size_t row, size_t c)
{
    assert(row < table->rows && c < table->columns);
    return table->text + table->cells[row * table->columns + c];
}

int tq_table_missing(const tq_table *table, size_t row, size_t c)
{
    return table_text_missing(tq_table_cell(table, row, c));
}

size_t tq_table_line(const tq_table *table, size_t row)
{
    assert(row < table->rows);
    return table->lines[row];
}

char tq_table_decimal(const tq_table *table)
{
    return table->decimal;
}

const char *tq_table_source(const tq_table *table)
{
    return table->source;
}

const char *tq_table_sheet(const tq_table *table)
{
    return table->sheet;
}

const char *tq_table_note(const tq_table *table)
{
    return table->note;
}

const char *tq_table_sha256(const tq_table *table)
{
    return table->sha256;
}

tq_status table_not_a_number(const tq_table *table, size_t row, size_t c, tq_error *err)
{
    const char *const text = tq_table_cell(table, row, c);
    const char other = table->decimal == '.' ? ',' : '.';
    char cell[SHOWN_CELL], column[SHOWN_CELL];
    double ignored;

    if (!err) {
        return TQ_EDATA;
    }
    table_shown_text(cell, sizeof cell, text);
    table_shown_text(column, sizeof column, tq_table_name(table, c));
    if (tq_parse_number(text, other, &ignored)) {
        tq_fail(err, TQ_EDATA, row, column,
                "value '%s' is not a number; a decimal %s needs "
                "--decimal %c",
                cell, other == ',' ? "comma" : "point", other);
    } else {
        tq_fail(err, TQ_EDATA, row, column, "value '%s' is not a number", cell);
    }
    tq_copy_text(err->file, sizeof err->file, table->source);
    err->line = tq_table_line(table, row);
    return TQ_EDATA;
}

tq_status tq_table_numbers(const tq_table *table, size_t c, const unsigned char *use, double *out,
                           tq_error *err)
{
    const size_t bytes = table->rows * sizeof *out;

    if (c >= table->columns) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "column %zu of %zu does not exist", c + 1,
                       table->columns);
    }
    double *values = table->rows > SIZE_MAX / sizeof *out ? NULL : malloc(bytes);

    if (!values) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t row = 0; row < table->rows; row++) {
        const char *const text = tq_table_cell(table, row, c);

        values[row] = (double)NAN;
        if ((use && !use[row]) || table_text_missing(text)) {
            continue;
        }
        if (!tq_parse_number(text, table->decimal, &values[row])) {
            free(values);
            return table_not_a_number(table, row, c, err);
        }
    }
    memcpy(out, values, bytes);
    free(values);
    return TQ_OK;
}
