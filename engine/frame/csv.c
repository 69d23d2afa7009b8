/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CSV reader: RFC 4180, and what spreadsheets write besides. */
#include "frame/csv.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "frame/csv_internal.h"
#include "frame/table_internal.h"

/* A place in the text; fields are unquoted, trimmed and terminated behind it, in place. */
struct reader {
    char *text; /* [size], terminated, no NUL inside */
    size_t at, size;
    size_t line;
    char separator;
    unsigned char stop[UCHAR_MAX + 1]; /* what ends a field without quotes */
};

static tq_status out_of_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* Add the line to a failure just recorded. */
static tq_status at_line(tq_status status, size_t line, tq_error *err)
{
    if (err) {
        err->line = line;
    }
    return status;
}

/* Cut text[start, end) out as a cell and return where it starts without its blanks. */
static size_t cut_cell(char *text, size_t start, size_t end)
{
    size_t n;

    text[end] = '\0';
    while ((n = tq_blank_at(text + start)) > 0) {
        start += n;
    }
    for (;;) {
        if (end > start && tq_blank_at(text + end - 1) == 1) {
            end -= 1;
        } else if (end > start + 1 && tq_blank_at(text + end - 2) == 2) {
            end -= 2;
        } else {
            break;
        }
    }
    text[end] = '\0';
    return start;
}

/* Step over a line break (LF, CRLF or CR) at the reader. */
static void skip_break(struct reader *r)
{
    r->at += r->text[r->at] == '\r' && r->text[r->at + 1] == '\n' ? 2 : 1;
    r->line++;
}

static int at_break(const struct reader *r)
{
    return r->text[r->at] == '\n' || r->text[r->at] == '\r';
}

/* Step over blanks, but neither over a break nor over a tab that separates. */
static void skip_blanks(struct reader *r)
{
    size_t n;

    while (!r->stop[(unsigned char)r->text[r->at]] && (n = tq_blank_at(r->text + r->at)) > 0) {
        r->at += n;
    }
}

/* Skip lines of nothing but blanks; 0 at the end of the text. */
static int next_line(struct reader *r)
{
    for (;;) {
        const size_t start = r->at;

        skip_blanks(r);
        if (r->at == r->size) {
            return 0;
        }
        if (!at_break(r)) {
            r->at = start;
            return 1;
        }
        skip_break(r);
    }
}

/* A field in quotes, the reader on the first: its text moves back over the doubled quotes. */
static tq_status read_quoted(struct reader *r, size_t *start, size_t *end, tq_error *err)
{
    const size_t opened = r->line;
    char *const text = r->text;
    size_t to = ++r->at;

    *start = to;
    for (;;) {
        if (r->at == r->size) {
            return at_line(tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                                   "a quoted field opens here and is never closed"),
                           opened, err);
        }
        if (text[r->at] == '"') {
            if (text[r->at + 1] != '"') {
                break;
            }
            r->at++;
        }
        r->line += text[r->at] == '\n' || (text[r->at] == '\r' && text[r->at + 1] != '\n');
        text[to++] = text[r->at++];
    }
    r->at++;
    *end = to;
    skip_blanks(r);
    if (!r->stop[(unsigned char)text[r->at]]) {
        return at_line(tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                               "text after a closing quote; a quote inside a field is doubled"),
                       r->line, err);
    }
    return TQ_OK;
}

/* One field, leaving the reader on what ended it. */
static tq_status read_field(struct reader *r, size_t *start, size_t *end, tq_error *err)
{
    *start = r->at;
    skip_blanks(r);
    if (r->text[r->at] == '"') {
        return read_quoted(r, start, end, err);
    }
    while (!r->stop[(unsigned char)r->text[r->at]]) {
        r->at++;
    }
    *end = r->at;
    return TQ_OK;
}

/* One record: append the offsets of its cells, and step past its line break. */
static tq_status read_record(struct reader *r, struct offsets *cells, tq_error *err)
{
    for (;;) {
        size_t start = 0, end = 0;
        const tq_status status = read_field(r, &start, &end, err);

        if (status != TQ_OK) {
            return status;
        }
        const char stop = r->text[r->at];

        /* Before the cell is cut: its terminator may fall on the byte that ended it. */
        if (stop == r->separator) {
            r->at++;
        } else if (stop != '\0') {
            skip_break(r);
        }
        if (!offsets_push(cells, (uint32_t)cut_cell(r->text, start, end))) {
            return out_of_memory(err);
        }
        if (stop != r->separator) {
            return TQ_OK;
        }
    }
}

static int is_tsv(const char *source)
{
    const size_t n = strlen(source);

    return n >= 4 && strcasecmp(source + n - 4, ".tsv") == 0;
}

/*
 * The separator seen most often in the header outside quotes; of equals, the first in this list.
 * A header of one column has none: then a decimal comma rules out the comma.
 */
static char find_separator(const char *header, char decimal)
{
    static const char candidates[] = {',', ';', '\t'};
    size_t counts[sizeof candidates] = {0}, best = decimal == ',' ? 1 : 0;
    int quoted = 0;

    for (const char *p = header; *p && (quoted || (*p != '\n' && *p != '\r')); p++) {
        quoted ^= *p == '"';
        for (size_t i = 0; i < sizeof candidates && !quoted; i++) {
            counts[i] += *p == candidates[i];
        }
    }
    for (size_t i = 0; i < sizeof candidates; i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return candidates[best];
}

/* Line breaks end a field from the start, so that blank lines can be skipped; separators later. */
static struct reader open_text(struct bytes b)
{
    struct reader r = {.text = b.data, .size = b.size, .line = 1};

    r.stop[(unsigned char)'\n'] = r.stop[(unsigned char)'\r'] = r.stop[0] = 1;
    if (strncmp(b.data, "\xEF\xBB\xBF", 3) == 0) { /* byte-order mark */
        r.at = 3;
    }
    return r;
}

/* Spreadsheets end every line with separators when a column beyond the last was once touched. */
static size_t named_columns(const char *text, const struct offsets *names)
{
    size_t n = names->n;

    while (n > 1 && text[names->at[n - 1]] == '\0') {
        n--;
    }
    return n;
}

/* Check the record in cells[from..] against the header; drop the empty fields beyond it. */
static tq_status fit_record(const tq_table *t, size_t fields, size_t from, struct offsets *cells,
                            tq_error *err)
{
    const size_t found = cells->n - from;

    if (found < t->columns || found > fields) {
        /* Two fields below one name may as well be a decimal comma. */
        const char *const advice =
            t->columns == 1 && found > 2
                ? "; if the names are in another row, give it with --header ROW"
                : "";

        return tq_fail(err, TQ_EDATA, t->rows, NULL,
                       "expected %zu field%s as in the header, found %zu%s", t->columns,
                       t->columns == 1 ? "" : "s", found, advice);
    }
    for (size_t i = from + t->columns; i < cells->n; i++) {
        if (t->text[cells->at[i]] != '\0') {
            return tq_fail(err, TQ_EDATA, t->rows, NULL,
                           "column %zu has a value here but no name in the header; if the names "
                           "are in another row, give it with --header ROW",
                           i - from + 1);
        }
    }
    cells->n = from + t->columns;
    return TQ_OK;
}

/* All records after the header, whose line had this many fields. */
static tq_status read_rows(struct reader *r, size_t fields, tq_table *t, tq_error *err)
{
    struct offsets cells = {0}, lines = {0};
    tq_status status = TQ_OK;

    while (status == TQ_OK && next_line(r)) {
        const size_t from = cells.n, line = r->line;

        status = read_record(r, &cells, err);
        if (status == TQ_OK && (status = fit_record(t, fields, from, &cells, err)) != TQ_OK) {
            at_line(status, line, err);
        }
        if (status == TQ_OK && !offsets_push(&lines, (uint32_t)line)) {
            status = out_of_memory(err);
        }
        t->rows += status == TQ_OK;
    }
    t->cells = cells.at;
    t->lines = lines.at;
    return status;
}

/* Step to the line of the names. */
static tq_status find_header(struct reader *r, size_t header_row, tq_error *err)
{
    while (r->line < header_row && r->at < r->size) {
        if (at_break(r)) {
            skip_break(r);
        } else {
            r->at++;
        }
    }
    if (r->line < header_row) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the header cannot be line %zu: the file ends before it", header_row);
    }
    return next_line(r) ? TQ_OK : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the file is empty");
}

static tq_status read_sheet(const tq_csv_options *opt, tq_table *t, size_t size, tq_error *err)
{
    struct reader r = open_text((struct bytes){t->text, size});
    struct offsets names = {0};
    tq_status status = find_header(&r, opt->header_row, err);

    if (status != TQ_OK) {
        return status;
    }
    const size_t header_line = r.line;

    r.separator = opt->separator      ? opt->separator
                  : is_tsv(t->source) ? '\t'
                                      : find_separator(t->text + r.at, t->decimal);
    r.stop[(unsigned char)r.separator] = 1;

    status = read_record(&r, &names, err);
    t->names = names.at;
    if (status != TQ_OK) {
        return status;
    }
    t->columns = named_columns(t->text, &names);
    status = table_index_names(t, err);
    if (status != TQ_OK) {
        return at_line(status, header_line, err);
    }
    status = read_rows(&r, names.n, t, err);
    if (status == TQ_OK && t->rows == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "a header but no rows");
    }
    return status;
}

/* Make a table of the bytes, which become its own whatever happens. */
static tq_status parse_bytes(struct bytes b, const char *source, const tq_csv_options *opt,
                             tq_table **out, tq_error *err)
{
    const size_t length = strlen(source) + 1;
    tq_table *t = calloc(1, sizeof *t);

    if (!t || !(t->source = malloc(length))) {
        free(t);
        free(b.data);
        return out_of_memory(err);
    }
    memcpy(t->source, source, length);
    t->text = b.data;
    t->decimal = opt->decimal ? opt->decimal : '.';

    tq_status status = bytes_check_text(b.data, b.size, err);

    if (status == TQ_OK) {
        tq_sha256_hex(b.data, b.size, t->sha256);
        status = read_sheet(opt, t, b.size, err);
    }
    if (status != TQ_OK) {
        tq_table_free(t);
        return status;
    }
    *out = t;
    return TQ_OK;
}

static tq_status check_options(const tq_csv_options *opt, tq_error *err)
{
    if (opt->separator && !strchr(",;\t", opt->separator)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "separator '%c' must be a comma, a semicolon or a tab", opt->separator);
    }
    if (opt->decimal && opt->decimal != '.' && opt->decimal != ',') {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "decimal mark '%c' must be '.' or ','",
                       opt->decimal);
    }
    return TQ_OK;
}

/* The failures of a reader carry the name of what was read. */
static tq_status in_file(tq_status status, const char *source, tq_error *err)
{
    if (status != TQ_OK && err) {
        tq_copy_text(err->file, sizeof err->file, source);
    }
    return status;
}

static const tq_csv_options defaults = {0};

tq_status csv_parse_owned(struct bytes b, const char *source, const tq_csv_options *opt,
                          tq_table **out, tq_error *err)
{
    const tq_status status = check_options(opt, err);

    if (status != TQ_OK) {
        free(b.data);
        return in_file(status, source, err);
    }
    return in_file(parse_bytes(b, source, opt, out, err), source, err);
}

tq_status tq_csv_read(const char *path, const tq_csv_options *opt, tq_table **out, tq_error *err)
{
    const char *const source = strcmp(path, "-") == 0 ? "standard input" : path;
    struct bytes b = {0};

    opt = opt ? opt : &defaults;
    tq_status status = check_options(opt, err);

    if (status == TQ_OK) {
        status = bytes_read(path, &b, err);
    }
    if (status == TQ_OK) {
        status = parse_bytes(b, source, opt, out, err);
    }
    return in_file(status, source, err);
}

tq_status tq_csv_parse(const char *bytes, size_t size, const char *source,
                       const tq_csv_options *opt, tq_table **out, tq_error *err)
{
    opt = opt ? opt : &defaults;
    tq_status status = check_options(opt, err);

    if (status == TQ_OK && size > TABLE_MAX_BYTES) {
        status =
            tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "larger than 4 GiB, the limit for a sheet");
    }
    if (status == TQ_OK) {
        struct bytes b = {malloc(size + 1), size};

        if (!b.data) {
            return in_file(out_of_memory(err), source, err);
        }
        if (size > 0) {
            memcpy(b.data, bytes, size);
        }
        b.data[size] = '\0';
        status = parse_bytes(b, source, opt, out, err);
    }
    return in_file(status, source, err);
}
