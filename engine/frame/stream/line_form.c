/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header of a long file. */
#include "frame/stream/line_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "core/parse_number.h"
#include "frame/stream/text_window.h"

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static char guess_separator(const char *line, size_t size)
{
    static const char candidates[] = {'\t', ',', ';'};

    for (size_t i = 0; i < sizeof candidates; i++) {
        if (memchr(line, candidates[i], size)) {
            return candidates[i];
        }
    }
    return ' ';
}

static const char *name_at(const void *table, size_t i)
{
    const tq_line_form *form = table;

    return i < form->n ? form->name[i] : NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* No name is empty, none stands twice. */
static tq_status check_names(const tq_line_form *form, tq_error *err)
{
    char **sorted = malloc((form->n ? form->n : 1) * sizeof *sorted);
    tq_status status = TQ_OK;

    if (!sorted) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; status == TQ_OK && i < form->n; i++) {
        sorted[i] = form->name[i];
        if (!*sorted[i]) {
            status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "column %zu has no name in the header",
                             i + 1);
        }
    }
    if (status == TQ_OK) {
        qsort(sorted, form->n, sizeof *sorted, by_text);
    }
    for (size_t i = 1; status == TQ_OK && i < form->n; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0) {
            status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                             "two columns are called '%.60s' in the header", sorted[i]);
        }
    }
    free(sorted);
    return status;
}

/* Every field of the header, terminated in a copy of its own. */
static tq_status take_names(tq_line_form *form, const char *line, size_t size, tq_error *err)
{
    size_t capacity = 1, n = 0;

    for (size_t i = 0; i < size; i++) {
        capacity += line[i] == form->separator || is_blank(line[i]);
    }
    form->text = malloc(size + 1 + TQ_WINDOW_SLACK);
    form->name = malloc(capacity * sizeof *form->name);
    size_t *wanted = malloc(capacity * sizeof *wanted);
    tq_field *fields = malloc(capacity * sizeof *fields);

    if (!form->text || !form->name || !wanted || !fields) {
        free(wanted);
        free(fields);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    memcpy(form->text, line, size);
    form->text[size] = '\n';
    for (size_t i = 0; i < capacity; i++) {
        wanted[i] = i;
    }
    tq_line_scanner s;

    form->n = capacity;
    tq_line_scan(&s, form, 0, wanted, capacity, form->text, size + 1);
    const tq_line_kind kind = tq_line_next(&s, fields);

    n = kind == TQ_LINE_FIELDS || kind == TQ_LINE_TOO_SHORT ? s.found : 0;
    form->n = n;
    for (size_t i = 0; i < n; i++) { /* the separator behind a field makes room for its end */
        form->name[i] = form->text + (fields[i].at - form->text);
        form->name[i][fields[i].size] = '\0';
    }
    free(wanted);
    free(fields);
    return kind == TQ_LINE_QUOTE
               ? tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "a quote is not closed in the header")
               : TQ_OK;
}

size_t tq_byte_order_mark(const char *text, size_t size)
{
    static const char mark[] = "\xEF\xBB\xBF";
    const size_t length = sizeof mark - 1;

    return size >= length && memcmp(text, mark, length) == 0 ? length : 0;
}

tq_status tq_line_form_read(const char *line, size_t size, char separator, tq_line_form *out,
                            tq_error *err)
{
    const size_t mark = tq_byte_order_mark(line, size);
    tq_line_form form = {0};

    if (separator && separator != '\t' && separator != ',' && separator != ';' &&
        separator != ' ') {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "separator '%c' is none of , ; tab and blank", separator);
    }
    line += mark;
    size -= mark;
    if (size > 0 && *line == '#') {
        line++;
        size--;
    }
    form.separator = separator ? separator : guess_separator(line, size);
    tq_status status = take_names(&form, line, size, err);

    status = status == TQ_OK ? check_names(&form, err) : status;
    if (status == TQ_OK && form.n == 0) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the header is empty");
    }
    if (status != TQ_OK) {
        tq_line_form_free(&form);
        return status;
    }
    *out = form;
    return TQ_OK;
}

void tq_line_form_free(tq_line_form *form)
{
    free(form->name);
    free(form->text);
    *form = (tq_line_form){0};
}

tq_status tq_line_form_find(const tq_line_form *form, const char *name, size_t *out, tq_error *err)
{
    for (size_t i = 0; i < form->n; i++) {
        if (strcmp(form->name[i], name) == 0) {
            *out = i;
            return TQ_OK;
        }
    }
    const char *nearest = tq_nearest_name(name, name_at, form);

    return nearest ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                             "no column '%.60s'; did you mean '%.60s'?", name, nearest)
                   : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no column '%.60s'", name);
}

/* ---- fields ---- */

int tq_field_missing(const tq_field *field)
{
    const char *const p = field->at;

    switch (field->size) {
    case 0:
        return 1;
    case 1:
        return *p == '.';
    case 2:
        return memcmp(p, "NA", 2) == 0;
    case 3:
        return memcmp(p, "NaN", 3) == 0 || memcmp(p, "nan", 3) == 0;
    default:
        return 0;
    }
}

/* Numbers as sheets write them: other marks, blanks, groups of thousands. */
static int unusual_number(const tq_field *field, char decimal, double *out)
{
    char copy[128];

    if (field->size >= sizeof copy || memchr(field->at, '\0', field->size)) {
        return 0;
    }
    memcpy(copy, field->at, field->size);
    copy[field->size] = '\0';
    return tq_parse_number(copy, decimal, out);
}

int tq_field_number(const tq_field *field, char decimal, double *out)
{
    if (decimal == '.' && tq_read_number(field->at, field->size, out)) {
        return 1;
    }
    if (tq_field_missing(field)) {
        *out = NAN;
        return 1;
    }
    return unusual_number(field, decimal, out);
}
