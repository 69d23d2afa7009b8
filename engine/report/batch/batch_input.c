/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the runs share about lines. */
#include "report/batch/batch_input_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/stream/bgzip.h"

/* ---- columns ---- */

static int by_value(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x > y) - (x < y);
}

tq_status wanted_new(const size_t *columns, size_t n, struct wanted_columns *out, size_t *place,
                     tq_error *err)
{
    size_t *sorted = malloc((n ? n : 1) * sizeof *sorted), distinct = 0;

    if (!sorted) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    if (n > 0) {
        memcpy(sorted, columns, n * sizeof *sorted);
    }
    qsort(sorted, n, sizeof *sorted, by_value);
    for (size_t i = 0; i < n; i++) {
        if (distinct == 0 || sorted[distinct - 1] != sorted[i]) {
            sorted[distinct++] = sorted[i];
        }
    }
    for (size_t i = 0; i < n; i++) {
        const size_t *at = bsearch(&columns[i], sorted, distinct, sizeof *sorted, by_value);

        place[i] = (size_t)(at - sorted);
    }
    *out = (struct wanted_columns){sorted, distinct};
    return TQ_OK;
}

void wanted_free(struct wanted_columns *wanted)
{
    free(wanted->column);
    *wanted = (struct wanted_columns){0};
}

/* ---- lines ---- */

void tally_bad(struct line_tally *t, uint64_t line, const char *fmt, ...)
{
    t->bad++;
    if (t->n_bad_lines < TQ_BAD_LINES_SHOWN) {
        tq_bad_line *const b = &t->bad_line[t->n_bad_lines++];
        va_list arguments;

        b->line = line;
        va_start(arguments, fmt);
        vsnprintf(b->reason, sizeof b->reason, fmt, arguments);
        va_end(arguments);
    }
}

void tally_kind(struct line_tally *t, uint64_t line, tq_line_kind kind, size_t found,
                size_t columns)
{
    if (kind == TQ_LINE_QUOTE) {
        tally_bad(t, line, "a quote is not closed in its line");
    } else {
        tally_bad(t, line, "%zu field%s, the header has %zu", found, found == 1 ? "" : "s",
                  columns);
    }
}

tq_status tally_add(const struct line_tally *t, size_t header_line, int strict, tq_batch_file *file,
                    tq_error *err)
{
    const uint64_t before = header_line + file->lines;

    for (size_t i = 0; i < t->n_bad_lines && file->n_bad_lines < TQ_BAD_LINES_SHOWN; i++) {
        tq_bad_line *const b = &file->bad_line[file->n_bad_lines++];

        *b = t->bad_line[i];
        b->line += before;
    }
    file->lines += t->lines;
    file->used += t->used;
    file->missing += t->missing;
    file->other += t->other;
    file->bad += t->bad;
    if (strict && t->n_bad_lines > 0) {
        tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "%s", t->bad_line[0].reason);
        if (err) {
            tq_copy_text(err->file, sizeof err->file, file->path);
            err->line = before + t->bad_line[0].line;
        }
        return TQ_EDATA;
    }
    return TQ_OK;
}

const char *shown_field(const tq_field *field, char text[static 48])
{
    char copy[40];
    const size_t size = field->size < sizeof copy - 1 ? field->size : sizeof copy - 1;

    memcpy(copy, field->at, size);
    copy[size] = '\0';
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)copy[i] < ' ' || copy[i] == '\x7F') {
            copy[i] = ' ';
        }
    }
    tq_copy_text(text, sizeof copy, copy);
    return text;
}

int same_fields(const tq_field *a, const tq_field *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i].size != b[i].size || memcmp(a[i].at, b[i].at, a[i].size) != 0) {
            return 0;
        }
    }
    return 1;
}

int has_column(const tq_line_form *form, const char *name)
{
    size_t column;

    return name && tq_line_form_find(form, name, &column, NULL) == TQ_OK;
}

/* ---- output ---- */

static tq_status check_output_name(const tq_batch_spec *spec, const char *name, tq_error *err)
{
    for (size_t i = 0; i < spec->n_columns; i++) {
        if (strcmp(spec->column[i].name, name) == 0) {
            return tq_fail(
                err, TQ_EINVAL, TQ_NO_ROW, NULL,
                "the output would have two columns '%.60s': give --columns without it, or "
                "another name to that of the file",
                name);
        }
    }
    return TQ_OK;
}

tq_status check_output_names(const tq_batch_spec *spec, size_t n, const char *const *name,
                             tq_error *err)
{
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        status = check_output_name(spec, name[i], err);
    }
    return status;
}

tq_status give_rows(const tq_batch_spec *spec, const tq_buffer *rows, tq_error *err)
{
    return rows->size > 0 ? spec->out->take(spec->out->user, rows, err) : TQ_OK;
}

tq_status pack_rows(const tq_batch_spec *spec, tq_buffer *rows, tq_error *err)
{
    tq_buffer packed = {0};

    if (!spec->packed || rows->size == 0) {
        return TQ_OK;
    }
    const tq_status status = tq_bgzip_pack(rows->data, rows->size, &packed, err);

    tq_buffer_free(rows);
    *rows = packed;
    return status;
}

tq_status end_rows(const tq_batch_spec *spec, tq_error *err)
{
    tq_buffer end = {0};

    if (!spec->packed) {
        return TQ_OK;
    }
    tq_bgzip_end(&end);
    tq_status status = tq_buffer_status(&end, err);

    status = status == TQ_OK ? give_rows(spec, &end, err) : status;
    tq_buffer_free(&end);
    return status;
}

uint64_t hash_bytes(uint64_t seed, const char *bytes, size_t size)
{
    const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t hash = (seed ^ size) * factor;

    while (size > 0) {
        const size_t n = size < 8 ? size : 8;
        uint64_t word = 0;

        for (size_t i = n; i-- > 0;) {
            word = word << 8 | (unsigned char)bytes[i];
        }
        hash = (hash ^ word) * factor;
        hash ^= hash >> 32;
        bytes += n;
        size -= n;
    }
    hash *= UINT64_C(0xBF58476D1CE4E5B9);
    return hash ^ hash >> 29;
}
