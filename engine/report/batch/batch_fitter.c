/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The batch engine between arrays of studies and rows of text. */
#include "report/batch/batch_fitter_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"

/* Between columns: a power of two apart, they would all want the same lines of the cache. */
enum { APART = 8, FOUND_ROWS = 64, FOUND_APART = FOUND_ROWS + APART };

void summary_add(tq_batch_summary *to, const struct row_counts *more)
{
    to->problems += more->problems;
    to->printed += more->printed;
    to->too_few += more->too_few;
    for (size_t i = 0; i < TQ_BATCH_OUTCOME_COUNT; i++) {
        to->outcome[i] += more->outcome[i];
    }
}

void tq_batch_summary_free(tq_batch_summary *summary)
{
    free(summary->file);
    *summary = (tq_batch_summary){0};
}

/* ---- columns ---- */

/* Columns wanted of model m: those printed, and the number of studies for min_k. */
static int wanted(const tq_batch_spec *spec, size_t m, tq_batch_column c)
{
    if (m == 0 && c == TQ_BATCH_K) {
        return 1;
    }
    for (size_t i = 0; i < spec->n_columns; i++) {
        if (spec->column[i].model == m && spec->column[i].column == c) {
            return 1;
        }
    }
    return 0;
}

tq_status fitter_begin(struct fitter *f, const tq_batch_spec *spec, tq_error *err)
{
    *f = (struct fitter){.spec = spec, .work = tq_batch_work_new()};
    if (spec->n_models < 1 || spec->n_models > MOST_MODELS) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "1 to %d methods can be fitted at once",
                       MOST_MODELS);
    }
    for (size_t m = 0; m < spec->n_models; m++) {
        for (tq_batch_column c = 0; c < TQ_BATCH_COLUMN_COUNT; c++) {
            f->n_arrays += (size_t)wanted(spec, m, c);
        }
    }
    f->printed = calloc(spec->n_columns ? spec->n_columns : 1, sizeof *f->printed);
    f->found = calloc(spec->n_columns + 1, FOUND_APART * sizeof *f->found);
    f->point = calloc(spec->n_columns + 1, FOUND_APART);
    return f->work && f->printed && f->found && f->point
               ? TQ_OK
               : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

void fitter_end(struct fitter *f)
{
    tq_batch_work_free(f->work);
    free(f->values);
    free(f->printed);
    free(f->found);
    free(f->point);
    free(f->outcome);
    *f = (struct fitter){0};
}

static tq_status reserve(struct fitter *f, size_t n, tq_error *err)
{
    if (n <= f->capacity) {
        return TQ_OK;
    }
    free(f->values);
    free(f->outcome);
    f->values = n > SIZE_MAX / sizeof(double) / f->n_arrays - APART
                    ? NULL
                    : malloc((n + APART) * f->n_arrays * sizeof(double));
    f->outcome = calloc(n, 1);
    f->capacity = f->values && f->outcome ? n : 0;
    if (!f->capacity) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    double *next = f->values;

    for (size_t m = 0; m < f->spec->n_models; m++) {
        for (tq_batch_column c = 0; c < TQ_BATCH_COLUMN_COUNT; c++) {
            const int want = wanted(f->spec, m, c);

            f->results[m].column[c] = want ? next : NULL;
            next += want ? n + APART : 0;
        }
        f->results[m].outcome = f->outcome;
    }
    for (size_t i = 0; i < f->spec->n_columns; i++) {
        const tq_print_column *const c = &f->spec->column[i];

        f->printed[i] = f->results[c->model].column[c->column];
    }
    return TQ_OK;
}

/* ---- fields ---- */

void put_place(const tq_batch_spec *spec, uint64_t place, tq_buffer *out)
{
    if (spec->shard_rows) {
        tq_buffer_format(out, "%llu\t", (unsigned long long)place);
    }
}

void put_header_mark(const tq_batch_spec *spec, tq_buffer *out)
{
    tq_buffer_text(out, spec->shard_rows ? "#\t" : "");
}

void put_text(tq_buffer *out, const char *text, size_t size, char separator)
{
    char *const to = tq_buffer_room(out, size);
    int plain = 1;

    for (size_t i = 0; to && i < size; i++) {
        const char c = text[i];

        to[i] = c;
        plain &= (c != separator) & (c != '"') & (c != '\n') & (c != '\r');
    }
    if (plain) {
        out->size += to ? size : 0;
        return;
    }
    tq_buffer_append(out, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        tq_buffer_append(out, "\"\"", text[i] == '"');
        tq_buffer_append(out, text + i, 1);
    }
    tq_buffer_append(out, "\"", 1);
}

/* As C's %.*g writes it, with a point in every locale. */
static size_t general(char *to, double x, int digits)
{
    char text[64];
    const int n = snprintf(text, sizeof text, "%.*g", digits, x);

    for (int i = 0; i < n; i++) {
        const char c = text[i];

        to[i] = (c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e' ? c : '.';
    }
    return (size_t)n;
}

/* 10^x, also where that is below the range of doubles. */
static size_t general_of_log10(char *to, double x, int digits)
{
    if (x > -300.0) {
        return general(to, pow(10.0, x), digits);
    }
    double exponent = floor(x), first = pow(10.0, x - exponent);

    if (first >= 10.0 - 5.0 * pow(10.0, -digits)) { /* rounds to 10 */
        first = 1.0;
        exponent += 1.0;
    }
    const size_t n = general(to, first, digits);

    return n + (size_t)snprintf(to + n, 24, "e%.0f", exponent);
}

void put_number(tq_buffer *out, double x, tq_print_style style, int digits)
{
    char fixed[TQ_DECIMAL_SIZE];
    char *const to = tq_buffer_room(out, sizeof fixed);

    if (!to) {
        return;
    }
    if (style == TQ_PRINT_OF_LOG10 && x == -(double)INFINITY) {
        out->size += general(to, 0.0, digits);
    } else if (style == TQ_PRINT_SIGNIFICANT || !isfinite(x)) {
        out->size += tq_decimal_significant(to, x, digits);
    } else if (style == TQ_PRINT_GENERAL) {
        out->size += general(to, x, digits);
    } else if (style == TQ_PRINT_OF_LOG10) {
        out->size += general_of_log10(to, x, digits);
    } else {
        tq_decimal_fixed(to, sizeof fixed, x, digits);
        out->size += strlen(to);
    }
}

static void put_names(const tq_batch_spec *spec, size_t begin, size_t end, tq_buffer *out)
{
    for (size_t i = begin; i < end; i++) {
        tq_buffer_append(out, &spec->separator, 1);
        tq_buffer_text(out, spec->column[i].name);
    }
}

void fitter_header(const tq_batch_spec *spec, tq_buffer *out)
{
    put_names(spec, 0, spec->n_columns - spec->n_more, out);
}

void fitter_header_more(const tq_batch_spec *spec, tq_buffer *out)
{
    put_names(spec, spec->n_columns - spec->n_more, spec->n_columns, out);
}

/* ---- rows ---- */

/* The digits of the rows from j on, as many as are found at once. */
static void find_digits(struct fitter *f, size_t j, size_t n)
{
    const tq_batch_spec *const spec = f->spec;
    const size_t rows = n - j < FOUND_ROWS ? n - j : FOUND_ROWS;

    for (size_t i = 0; i < spec->n_columns; i++) {
        const tq_print_column *const c = &spec->column[i];

        if (c->style == TQ_PRINT_SIGNIFICANT) {
            tq_decimal_find(f->printed[i] + j, rows, c->digits, f->found + i * FOUND_APART,
                            f->point + i * FOUND_APART);
        }
    }
}

static void put_columns(const struct fitter *f, size_t begin, size_t end, size_t j, tq_buffer *out)
{
    const tq_batch_spec *const spec = f->spec;
    char *to = tq_buffer_room(out, (end - begin) * (TQ_SIGNIFICANT_SIZE + 1));
    const size_t row = j % FOUND_ROWS;

    /* Most columns are plain: no call of the buffer between them. */
    for (; to && begin < end && spec->column[begin].style == TQ_PRINT_SIGNIFICANT; begin++) {
        const size_t at = begin * FOUND_APART + row;

        *to++ = spec->separator;
        to += tq_decimal_put_found(to, f->printed[begin][j], spec->column[begin].digits,
                                   f->found[at], f->point[at]);
    }
    out->size = to ? (size_t)(to - out->data) : out->size;
    for (size_t i = begin; i < end; i++) {
        const tq_print_column *const c = &spec->column[i];
        double x = f->printed[i][j];

        /* METAL gives one study an I2 of 0. */
        if (c->style == TQ_PRINT_FIXED && c->column == TQ_BATCH_I2 && isnan(x)) {
            x = 0.0;
        }
        tq_buffer_byte(out, spec->separator);
        if (c->style == TQ_PRINT_LOG10) {
            put_number(out, log10(x), TQ_PRINT_GENERAL, c->digits);
        } else {
            put_number(out, x, c->style, c->digits);
        }
    }
}

void fitter_more(const struct fitter *f, size_t j, tq_buffer *out)
{
    put_columns(f, f->spec->n_columns - f->spec->n_more, f->spec->n_columns, j, out);
}

tq_status fitter_rows(struct fitter *f, const tq_batch_problems *in, write_label *label,
                      write_rest *rest, void *user, tq_buffer *out, struct row_counts *counts,
                      tq_error *err)
{
    tq_status status = reserve(f, in->n, err);

    for (size_t m = 0; status == TQ_OK && m < f->spec->n_models; m++) {
        tq_batch_options opt = f->spec->model[m];

        opt.threads = 1;
        opt.progress = NULL;
        status = tq_batch_fit(in, &opt, f->work, &f->results[m], err);
    }
    if (status != TQ_OK) {
        return status;
    }
    counts->problems += in->n;
    for (size_t j = 0; j < in->n; j++) {
        if (j % FOUND_ROWS == 0) {
            find_digits(f, j, in->n);
        }
        if (f->results[0].column[TQ_BATCH_K][j] < (double)f->spec->min_k) {
            counts->too_few++;
            continue;
        }
        counts->printed++;
        counts->outcome[f->outcome[j]]++;
        label(user, j, out);
        put_columns(f, 0, f->spec->n_columns - f->spec->n_more, j, out);
        if (rest) {
            rest(user, j, f, out);
        }
        tq_buffer_byte(out, '\n');
    }
    return tq_buffer_status(out, err);
}
