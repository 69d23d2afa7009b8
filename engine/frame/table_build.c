/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building a table row by row. */
#include "frame/table_build_internal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse_number.h"
#include "frame/bytes_internal.h"

static tq_status out_of_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status at_line(tq_status status, size_t line, tq_error *err)
{
    if (err) {
        err->line = line;
    }
    return status;
}

static char *copy_of(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

tq_status build_start(struct table_build *b, const char *source, size_t width, char decimal,
                      tq_error *err)
{
    *b = (struct table_build){.width = width};
    b->table = calloc(1, sizeof *b->table);
    b->row = calloc(width, sizeof *b->row);
    tq_buffer_append(&b->text, "", 1);
    if (!b->table || !b->row || b->text.failed || !(b->table->source = copy_of(source))) {
        return out_of_memory(err);
    }
    b->table->decimal = decimal ? decimal : '.';
    return TQ_OK;
}

void build_free(struct table_build *b)
{
    tq_table_free(b->table);
    tq_buffer_free(&b->text);
    free(b->row);
    free(b->kept.at);
    free(b->names.at);
    free(b->cells.at);
    free(b->lines.at);
    *b = (struct table_build){0};
}

const char *build_column(const struct table_build *b, size_t c, char label[BUILD_LABEL])
{
    size_t at = BUILD_LABEL - 1;

    if (!b->letters) {
        snprintf(label, BUILD_LABEL, "%zu", c + 1);
        return label;
    }
    label[at] = '\0';
    for (size_t n = c + 1; n > 0; n = (n - 1) / 26) {
        label[--at] = (char)('A' + (int)((n - 1) % 26));
    }
    return label + at;
}

/* Blanks at the end of text[size], which starts with none. */
static size_t trimmed_size(const char *text, size_t size)
{
    for (;;) {
        if (size > 0 && tq_blank_at(text + size - 1) == 1) {
            size -= 1;
        } else if (size > 1 && text[size - 2] == '\xC2' && text[size - 1] == '\xA0') {
            size -= 2;
        } else {
            return size;
        }
    }
}

tq_status build_text(struct table_build *b, const char *text, size_t size, uint32_t *at,
                     tq_error *err)
{
    const size_t start = b->text.size;
    size_t n;

    if (bytes_not_text_at(text, size) < size) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "text that is not UTF-8, or has a NUL");
    }
    if (size >= TABLE_MAX_BYTES - start) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "larger than 4 GiB, the limit for a sheet");
    }
    /* The text is checked, so that a no-break space is never cut in two. */
    while (size > 0 && (n = tq_blank_at(text)) > 0 && n <= size) {
        text += n;
        size -= n;
    }
    size = trimmed_size(text, size);
    if (size == 0) {
        *at = BUILD_EMPTY;
        return TQ_OK;
    }
    tq_buffer_append(&b->text, text, size);
    tq_buffer_append(&b->text, "", 1);
    if (b->text.failed) {
        return out_of_memory(err);
    }
    *at = (uint32_t)start;
    return TQ_OK;
}

tq_status build_number(struct table_build *b, double x, uint32_t *at, tq_error *err)
{
    char text[40];
    double back;

    if (!isfinite(x)) {
        *at = BUILD_EMPTY;
        return TQ_OK;
    }
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        for (char *p = text; *p; p++) { /* the locale's radix character, whatever it is */
            *p = strchr("0123456789+-e", *p) ? *p : b->table->decimal;
        }
        if (tq_parse_number(text, b->table->decimal, &back) && back == x) {
            break;
        }
    }
    return build_text(b, text, strlen(text), at, err);
}

void build_set(struct table_build *b, size_t c, uint32_t at)
{
    b->row[c] = at;
    if (at != BUILD_EMPTY && c >= b->used) {
        b->used = c + 1;
    }
}

int build_row_is_empty(const struct table_build *b)
{
    for (size_t c = 0; c < b->used; c++) {
        if (b->row[c] != BUILD_EMPTY) {
            return 0;
        }
    }
    return 1;
}

size_t build_row_cells(const struct table_build *b)
{
    size_t n = 0;

    for (size_t c = 0; c < b->used; c++) {
        n += b->row[c] != BUILD_EMPTY;
    }
    return n;
}

int build_row_has_number(const struct table_build *b)
{
    double x;

    for (size_t c = 0; c < b->used; c++) {
        if (b->row[c] != BUILD_EMPTY &&
            tq_parse_number(b->text.data + b->row[c], b->table->decimal, &x)) {
            return 1;
        }
    }
    return 0;
}

void build_drop_row(struct table_build *b)
{
    memset(b->row, 0, b->used * sizeof *b->row);
    b->used = 0;
}

tq_status build_end_header(struct table_build *b, size_t line, tq_error *err)
{
    tq_table *const t = b->table;

    for (size_t c = 0; c < b->used; c++) {
        if (b->row[c] != BUILD_EMPTY &&
            (!offsets_push(&b->kept, (uint32_t)c) || !offsets_push(&b->names, b->row[c]))) {
            return out_of_memory(err);
        }
    }
    build_drop_row(b);
    if (b->kept.n == 0) {
        return at_line(tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no column has a name"), line, err);
    }
    t->columns = b->kept.n;
    t->names = b->names.at;
    t->text = b->text.data;
    const tq_status status = table_index_names(t, err);

    /* They were lent: the text still grows, and the names with it move. */
    free(t->by_name);
    t->by_name = NULL;
    t->names = NULL;
    t->text = NULL;
    return status == TQ_OK ? TQ_OK : at_line(status, line, err);
}

/* A value in a column that has no name. */
static tq_status fail_unnamed(struct table_build *b, size_t c, size_t line, tq_error *err)
{
    char label[BUILD_LABEL];

    return at_line(tq_fail(err, TQ_EDATA, b->table->rows, NULL,
                           "column %s has a value here but no name in the header; if the names "
                           "are in another row, give it with --header ROW",
                           build_column(b, c, label)),
                   line, err);
}

tq_status build_end_row(struct table_build *b, size_t line, tq_error *err)
{
    const size_t columns = b->table->columns;
    size_t k = 0;

    for (size_t c = 0; c < b->used; c++) {
        k += k < columns && b->kept.at[k] < c;
        if (b->row[c] != BUILD_EMPTY && (k == columns || b->kept.at[k] != c)) {
            return fail_unnamed(b, c, line, err);
        }
    }
    if (columns > TABLE_MAX_CELLS - b->cells.n) {
        return at_line(tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL,
                               "more than %zu cells, the limit for a sheet", TABLE_MAX_CELLS),
                       line, err);
    }
    for (k = 0; k < columns; k++) {
        if (!offsets_push(&b->cells, b->row[b->kept.at[k]])) {
            return out_of_memory(err);
        }
    }
    build_drop_row(b);
    if (!offsets_push(&b->lines, (uint32_t)line)) {
        return out_of_memory(err);
    }
    b->table->rows++;
    return TQ_OK;
}

/* The index of value in an ascending list, or where it would stand. */
static size_t place_of(const struct offsets *list, size_t value)
{
    size_t low = 0, high = list->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (list->at[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t build_repeat(struct table_build *b, size_t c, size_t first_line, size_t last_line)
{
    const size_t columns = b->table->columns, k = place_of(&b->kept, c);
    const size_t first = place_of(&b->lines, first_line);
    size_t filled = 0;

    if (k == b->kept.n || b->kept.at[k] != c || first == b->lines.n ||
        b->lines.at[first] != first_line || b->cells.at[first * columns + k] == BUILD_EMPTY) {
        return 0;
    }
    for (size_t i = first + 1; i < b->lines.n && b->lines.at[i] <= last_line; i++) {
        uint32_t *const cell = &b->cells.at[i * columns + k];

        filled += *cell == BUILD_EMPTY;
        *cell = *cell == BUILD_EMPTY ? b->cells.at[first * columns + k] : *cell;
    }
    return filled;
}

tq_status build_finish(struct table_build *b, const void *bytes, size_t size, const char *sheet,
                       const char *note, tq_table **out, tq_error *err)
{
    tq_table *const t = b->table;

    if (t->columns == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the sheet is empty");
    }
    if (t->rows == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "a header but no rows");
    }
    if ((sheet && !(t->sheet = copy_of(sheet))) || (note && !(t->note = copy_of(note)))) {
        return out_of_memory(err);
    }
    t->text = b->text.data;
    t->names = b->names.at;
    t->cells = b->cells.at;
    t->lines = b->lines.at;
    b->text = (tq_buffer){0};
    b->names = b->cells = b->lines = (struct offsets){0};
    const tq_status status = table_index_names(t, err);

    if (status == TQ_OK) {
        tq_sha256_hex(bytes, size, t->sha256);
        b->table = NULL;
        *out = t;
    }
    return status;
}
