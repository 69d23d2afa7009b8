/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of a workbook's sheet: from how they are stored to the text they become. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse_number.h"
#include "frame/calendar_internal.h"
#include "frame/xlsx_internal.h"

enum { SHOWN = 8, TITLE_ROWS = 32 };

/* ---- text ---- */

static int hex_value(const char *p, unsigned *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++) {
        const char c = p[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                                 : -1;

        if (digit < 0) {
            return 0;
        }
        *value = 16 * *value + (unsigned)digit;
    }
    return 1;
}

/* UTF-8 of a character below U+10000; the number of bytes. */
static size_t put_character(char *to, unsigned c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    to[0] = (char)(0xE0 | c >> 12);
    to[1] = (char)(0x80 | (c >> 6 & 0x3F));
    to[2] = (char)(0x80 | (c & 0x3F));
    return 3;
}

size_t xlsx_unescape(char *text, size_t size)
{
    enum { ESCAPE = 7 }; /* _x000D_ */
    size_t to = 0;
    unsigned c;

    for (size_t at = 0; at < size;) {
        /* A NUL or half a surrogate is no character: then the text stays as it stands. */
        if (size - at >= ESCAPE && text[at] == '_' && text[at + 1] == 'x' && text[at + 6] == '_' &&
            hex_value(text + at + 2, &c) && c != 0 && !(c >= 0xD800 && c <= 0xDFFF)) {
            to += put_character(text + to, c);
            at += ESCAPE;
        } else {
            text[to++] = text[at++];
        }
    }
    return to;
}

/* ---- shared strings ---- */

struct string_reader {
    struct xlsx_book *book;
    struct table_build *build;
    int phonetic; /* inside rPh: how it is pronounced, not what it says */
};

static void start_string(struct xml_reader *xml, const char *name, const char **atts)
{
    struct string_reader *const r = xml->user;

    (void)atts;
    if (strcmp(name, "si") == 0) {
        xml_capture(xml);
        xml->capture = 0;
        r->phonetic = 0;
    } else if (strcmp(name, "rPh") == 0) {
        r->phonetic = 1;
    } else if (strcmp(name, "t") == 0) {
        xml->capture = !r->phonetic;
    }
}

static void end_string(struct xml_reader *xml, const char *name)
{
    struct string_reader *const r = xml->user;
    uint32_t at = BUILD_EMPTY;

    if (strcmp(name, "t") == 0) {
        xml->capture = 0;
    } else if (strcmp(name, "rPh") == 0) {
        r->phonetic = 0;
    } else if (strcmp(name, "si") == 0) {
        const size_t size = xlsx_unescape(xml->text.data, xml->text.size);
        tq_status status = build_text(r->build, xml->text.data, size, &at, xml->err);

        if (status == TQ_OK && !offsets_push(&r->book->strings, at)) {
            status = tq_fail(xml->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
        if (status != TQ_OK) {
            xml_stop(xml, status);
        }
    }
}

tq_status xlsx_read_strings(struct package *package, const char *part, struct xlsx_book *book,
                            struct table_build *build, tq_error *err)
{
    struct string_reader r = {.book = book, .build = build};
    struct xml_reader xml;
    tq_status status = xml_open(&xml, part, start_string, end_string, &r, err);

    if (status == TQ_OK) {
        status = xlsx_feed_part(package, part, &xml, err);
    }
    xml_close(&xml);
    return status;
}

/* ---- rows ---- */

enum cell_type { CELL_NUMBER, CELL_SHARED, CELL_TEXT, CELL_BOOLEAN, CELL_ERROR };

/* A row above the header that is known, with its only cell: a title, or a sheet of one column. */
struct title {
    size_t row, column;
    uint32_t at;
    int hidden;
};

struct row_reader {
    const struct xlsx_book *book;
    struct table_build *build;
    size_t header_row; /* 0: found, see end_header() */
    size_t row;        /* 1-based */
    size_t next;       /* 0-based column of the next cell, where it does not say */
    size_t column;
    enum cell_type type;
    int parts;                   /* the calendar parts that the cell's format shows */
    int formula, value, in_text; /* what the cell at hand has */
    int has_header;
    int hidden;            /* the row at hand is */
    size_t n_hidden;       /* hidden rows read as data */
    tq_buffer hidden_rows; /* "12, 13" */
    struct title title[TITLE_ROWS];
    size_t n_titles;
    size_t header_below; /* row of a header found below titles, 0 where it is the first row */
    size_t n_merged;     /* ranges of merged cells that were filled down */
    size_t merged_work;  /* rows that they span */
    tq_buffer merged;    /* "A4:A5, A8:A9" */
};

/* "cell G12" */
static const char *cell_name(const struct row_reader *r, char name[2 * BUILD_LABEL])
{
    char label[BUILD_LABEL];

    snprintf(name, 2 * BUILD_LABEL, "cell %s%zu", build_column(r->build, r->column, label), r->row);
    return name;
}

static void stop_at_row(struct xml_reader *xml, tq_status status)
{
    const struct row_reader *const r = xml->user;

    if (xml->err) {
        xml->err->line = r->row;
    }
    xml_stop(xml, status);
}

static void start_row(struct xml_reader *xml, const char **atts)
{
    struct row_reader *const r = xml->user;
    const char *const number = xml_attribute(atts, "r"), *const hidden =
                                                             xml_attribute(atts, "hidden");
    const long row = number ? xlsx_integer(number, XLSX_MAX_ROWS) : (long)r->row + 1;

    if (row <= (long)r->row || row > XLSX_MAX_ROWS) {
        xml_stop(xml,
                 tq_fail(xml->err, TQ_EREAD, TQ_NO_ROW, NULL,
                         "damaged: row '%.20s' follows row %zu", number ? number : "", r->row));
        return;
    }
    r->row = (size_t)row;
    r->next = 0;
    r->hidden = hidden && strcmp(hidden, "0") != 0 && strcmp(hidden, "false") != 0;
}

/* The column of a reference such as G12, or -1. */
static long column_of(const char *reference)
{
    long column = 0;

    for (; *reference >= 'A' && *reference <= 'Z'; reference++) {
        column = 26 * column + (*reference - 'A' + 1);
        if (column > XLSX_MAX_COLUMNS) {
            return -1;
        }
    }
    return column - 1;
}

static enum cell_type type_of(const char *t)
{
    static const struct {
        const char *name;
        enum cell_type type;
    } types[] = {{"n", CELL_NUMBER},       {"s", CELL_SHARED},  {"str", CELL_TEXT},
                 {"inlineStr", CELL_TEXT}, {"b", CELL_BOOLEAN}, {"e", CELL_ERROR}};

    for (size_t i = 0; t && i < sizeof types / sizeof *types; i++) {
        if (strcmp(t, types[i].name) == 0) {
            return types[i].type;
        }
    }
    return t ? CELL_TEXT : CELL_NUMBER; /* "d" is ISO text already */
}

static void start_cell(struct xml_reader *xml, const char **atts)
{
    struct row_reader *const r = xml->user;
    const char *const reference = xml_attribute(atts, "r"), *const style = xml_attribute(atts, "s");
    const long column = reference ? column_of(reference) : (long)r->next,
               format = style ? xlsx_integer(style, INT32_MAX) : -1;

    if (column < 0 || column >= XLSX_MAX_COLUMNS) {
        stop_at_row(xml, tq_fail(xml->err, TQ_EREAD, TQ_NO_ROW, NULL,
                                 "damaged: no cell can be '%.20s'", reference ? reference : ""));
        return;
    }
    r->column = (size_t)column;
    r->next = r->column + 1;
    r->type = type_of(xml_attribute(atts, "t"));
    r->parts =
        format >= 0 && (size_t)format < r->book->styles.n ? (int)r->book->styles.at[format] : 0;
    r->formula = r->value = r->in_text = 0;
    xml_capture(xml);
    xml->capture = 0;
}

/*
 * A serial number as a date. The 1900 system has a day that never was, 1900-02-29 as number 60:
 * Lotus 1-2-3 had it, and ISO/IEC 29500-1, 18.17.4.1, keeps it.
 */
static const char *serial_text(double serial, int parts, int date1904, char text[CALENDAR_TEXT])
{
    if (parts == CALENDAR_TIME && serial < 1.0) {
        return calendar_text(serial, parts, text);
    }
    if (date1904) {
        return calendar_text(serial + CALENDAR_1904_01_01, parts | CALENDAR_DATE, text);
    }
    if (floor(serial) == 60.0) {
        return strcpy(text, "1900-02-29");
    }
    return calendar_text(serial + CALENDAR_1899_12_30 + (serial < 60.0), parts | CALENDAR_DATE,
                         text);
}

static tq_status put_number(struct row_reader *r, const char *text, size_t size, uint32_t *at,
                            tq_error *err)
{
    char date[CALENDAR_TEXT];
    double x;

    if (!tq_parse_number(text, '.', &x)) {
        return build_text(r->build, text, size, at, err);
    }
    const char *const shown =
        r->parts && x >= 0.0 ? serial_text(x, r->parts, r->book->date1904, date) : NULL;

    return shown ? build_text(r->build, shown, strlen(shown), at, err)
                 : build_number(r->build, x, at, err);
}

static tq_status put_shared(struct row_reader *r, const char *text, uint32_t *at, tq_error *err)
{
    const long i = xlsx_integer(text, INT32_MAX);
    char name[2 * BUILD_LABEL];

    if (i < 0 || (size_t)i >= r->book->strings.n) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "damaged: %s is text '%.20s' of %zu",
                       cell_name(r, name), text, r->book->strings.n);
    }
    *at = r->book->strings.at[i];
    return TQ_OK;
}

/* The text of the cell at hand, which ends. */
static tq_status put_cell(struct xml_reader *xml, uint32_t *at)
{
    struct row_reader *const r = xml->user;
    char *const text = xml->text.data;

    *at = BUILD_EMPTY;
    if (xml->text.size == 0) {
        return TQ_OK;
    }
    switch (r->type) {
    case CELL_SHARED:
        return put_shared(r, text, at, xml->err);
    case CELL_BOOLEAN:
        return strcmp(text, "0") == 0 ? build_text(r->build, "FALSE", 5, at, xml->err)
                                      : build_text(r->build, "TRUE", 4, at, xml->err);
    case CELL_ERROR:
        if (strcmp(text, "#N/A") == 0) {
            return TQ_OK;
        }
        return build_text(r->build, text, xml->text.size, at, xml->err);
    case CELL_NUMBER:
        return put_number(r, text, xml->text.size, at, xml->err);
    case CELL_TEXT:
        break;
    }
    return build_text(r->build, text, xlsx_unescape(text, xml->text.size), at, xml->err);
}

static void end_cell(struct xml_reader *xml)
{
    struct row_reader *const r = xml->user;
    char name[2 * BUILD_LABEL];
    uint32_t at = BUILD_EMPTY;
    tq_status status;

    if (r->formula && !r->value && r->row >= r->header_row) {
        status = tq_fail(xml->err, TQ_EDATA, TQ_NO_ROW, NULL,
                         "%s is a formula that was never calculated; open the workbook in a "
                         "spreadsheet program and save it",
                         cell_name(r, name));
    } else {
        status = put_cell(xml, &at);
    }
    if (status != TQ_OK) {
        stop_at_row(xml, status);
        return;
    }
    build_set(r->build, r->column, at);
}

static tq_status fail_header(const struct row_reader *r, tq_error *err)
{
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "the header cannot be row %zu: it is empty",
                   r->header_row);
}

static tq_status end_data(struct row_reader *r, size_t row, int hidden, tq_error *err)
{
    if (hidden && ++r->n_hidden <= SHOWN) {
        tq_buffer_format(&r->hidden_rows, "%s%zu", r->n_hidden > 1 ? ", " : "", row);
    }
    return build_end_row(r->build, row, err);
}

static void keep_title(struct row_reader *r)
{
    struct title *const t = &r->title[r->n_titles++];

    *t = (struct title){.row = r->row, .hidden = r->hidden};
    while (r->build->row[t->column] == BUILD_EMPTY) {
        t->column++;
    }
    t->at = r->build->row[t->column];
    build_drop_row(r->build);
}

/* What was kept as titles is the table: the first names its only column. No row is at hand. */
static tq_status titles_are_table(struct row_reader *r, tq_error *err)
{
    tq_status status = TQ_OK;

    r->has_header = 1;
    for (size_t i = 0; status == TQ_OK && i < r->n_titles; i++) {
        const struct title *const t = &r->title[i];

        build_set(r->build, t->column, t->at);
        status =
            i == 0 ? build_end_header(r->build, t->row, err) : end_data(r, t->row, t->hidden, err);
    }
    return status;
}

/* The same with the row at hand as data below them. */
static tq_status titles_and_row_are_table(struct row_reader *r, tq_error *err)
{
    const size_t used = r->build->used;
    uint32_t *const row = malloc(used * sizeof *row);

    if (!row) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    memcpy(row, r->build->row, used * sizeof *row);
    build_drop_row(r->build);
    tq_status status = titles_are_table(r, err);

    for (size_t c = 0; c < used; c++) {
        build_set(r->build, c, row[c]);
    }
    free(row);
    return status == TQ_OK ? end_data(r, r->row, r->hidden, err) : status;
}

/*
 * Where no row is asked for, the header is the first row with more than one cell: a title, a date, a
 * remark stand alone in their rows. The first row with a cell is it where that one has numbers, and
 * in a sheet of one column.
 */
static tq_status find_header(struct row_reader *r, tq_error *err)
{
    const size_t cells = build_row_cells(r->build);

    if (cells == 0) {
        build_drop_row(r->build);
        return TQ_OK;
    }
    if (cells == 1 && r->n_titles < TITLE_ROWS) {
        keep_title(r);
        return TQ_OK;
    }
    if (r->n_titles > 0 && (cells == 1 || build_row_has_number(r->build))) {
        return titles_and_row_are_table(r, err);
    }
    r->header_below = r->n_titles > 0 ? r->row : 0;
    r->has_header = 1;
    return build_end_header(r->build, r->row, err);
}

static tq_status end_header(struct row_reader *r, int empty, tq_error *err)
{
    if (r->header_row == 0) {
        return find_header(r, err);
    }
    if (r->row < r->header_row) {
        build_drop_row(r->build);
        return TQ_OK;
    }
    if (empty || r->row > r->header_row) {
        return fail_header(r, err);
    }
    r->has_header = 1;
    return build_end_header(r->build, r->row, err);
}

static tq_status end_row(struct row_reader *r, tq_error *err)
{
    const int empty = build_row_is_empty(r->build);

    if (!r->has_header) {
        return end_header(r, empty, err);
    }
    if (empty) {
        build_drop_row(r->build);
        return TQ_OK;
    }
    return end_data(r, r->row, r->hidden, err);
}

static tq_status end_rows(struct row_reader *r, tq_error *err)
{
    return !r->has_header && r->n_titles > 0 ? titles_are_table(r, err) : TQ_OK;
}

/* ---- merged cells ---- */

/* "G12" into a column from 0 and a row from 1; where it ends, or NULL. */
static const char *read_reference(const char *text, long *column, long *row)
{
    char digits[8];
    size_t n = 0;

    *column = column_of(text);
    while (*text >= 'A' && *text <= 'Z') {
        text++;
    }
    while (text[n] >= '0' && text[n] <= '9' && n < sizeof digits - 1) {
        digits[n] = text[n];
        n++;
    }
    digits[n] = '\0';
    *row = xlsx_integer(digits, XLSX_MAX_ROWS);
    return *column >= 0 && *row > 0 ? text + n : NULL;
}

/* Merged cells say one thing of all their rows: a study of several arms, a control of several. */
static tq_status merge(struct row_reader *r, const char *range, tq_error *err)
{
    long column, first, last, last_column;
    const char *const rest = range ? read_reference(range, &column, &first) : NULL;

    if (!rest || *rest != ':' || !read_reference(rest + 1, &last_column, &last) || last <= first) {
        return TQ_OK; /* within one row: the first cell has it */
    }
    r->merged_work += (size_t)(last - first);
    if (r->merged_work / XLSX_MAX_ROWS > XLSX_MAX_COLUMNS / 64) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "damaged: merged cells overlap");
    }
    if (build_repeat(r->build, (size_t)column, (size_t)first, (size_t)last) > 0 &&
        ++r->n_merged <= SHOWN) {
        tq_buffer_format(&r->merged, "%s%.40s", r->n_merged > 1 ? ", " : "", range);
    }
    return TQ_OK;
}

static void start(struct xml_reader *xml, const char *name, const char **atts)
{
    struct row_reader *const r = xml->user;

    if (strcmp(name, "c") == 0) {
        start_cell(xml, atts);
    } else if (strcmp(name, "v") == 0) {
        r->value = 1;
        xml_capture(xml);
    } else if (strcmp(name, "f") == 0) {
        r->formula = 1;
    } else if (strcmp(name, "is") == 0) {
        r->in_text = 1;
        r->value = 1;
    } else if (strcmp(name, "rPh") == 0) {
        r->in_text = 0;
    } else if (strcmp(name, "t") == 0) {
        xml->capture = r->in_text;
    } else if (strcmp(name, "row") == 0) {
        start_row(xml, atts);
    } else if (strcmp(name, "mergeCell") == 0) {
        const tq_status status = merge(r, xml_attribute(atts, "ref"), xml->err);

        if (status != TQ_OK) {
            xml_stop(xml, status);
        }
    }
}

static void end(struct xml_reader *xml, const char *name)
{
    struct row_reader *const r = xml->user;

    if (strcmp(name, "c") == 0) {
        end_cell(xml);
    } else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        xml->capture = 0;
    } else if (strcmp(name, "rPh") == 0) {
        r->in_text = 1;
    } else if (strcmp(name, "row") == 0 || strcmp(name, "sheetData") == 0) {
        const tq_status status = name[0] == 'r' ? end_row(r, xml->err) : end_rows(r, xml->err);

        if (status != TQ_OK) {
            xml_stop(xml, status);
        }
    }
}

static void write_rows(tq_buffer *note, const tq_buffer *rows, size_t n)
{
    tq_buffer_append(note, rows->data, rows->size);
    tq_buffer_text(note, n > SHOWN ? ", ...)" : ")");
}

static tq_status write_note(struct row_reader *r, tq_buffer *note, tq_error *err)
{
    if (r->header_below > 0) {
        tq_buffer_format(note, "the header of the sheet is row %zu (--header takes another)",
                         r->header_below);
    }
    if (r->n_hidden > 0) {
        const char *const many = r->n_hidden > 1 ? "s" : "";

        tq_buffer_format(note, "%s%zu hidden row%s of the sheet %s read (row%s ",
                         note->size > 0 ? "; " : "", r->n_hidden, many,
                         r->n_hidden > 1 ? "were" : "was", many);
        write_rows(note, &r->hidden_rows, r->n_hidden);
    }
    if (r->n_merged > 0) {
        tq_buffer_format(note, "%smerged cells hold their value in each of their rows (",
                         note->size > 0 ? "; " : "");
        write_rows(note, &r->merged, r->n_merged);
    }
    return tq_buffer_status(r->hidden_rows.failed ? &r->hidden_rows
                            : r->merged.failed    ? &r->merged
                                                  : note,
                            err);
}

tq_status xlsx_read_rows(struct package *package, const char *part, const struct xlsx_book *book,
                         size_t header_row, struct table_build *build, tq_buffer *note,
                         tq_error *err)
{
    struct row_reader r = {.book = book, .build = build, .header_row = header_row};
    struct xml_reader xml;
    tq_status status = xml_open(&xml, part, start, end, &r, err);

    if (status == TQ_OK) {
        status = xlsx_feed_part(package, part, &xml, err);
    }
    if (status == TQ_OK && !r.has_header && header_row > 0) {
        status = fail_header(&r, err);
    }
    if (status == TQ_OK) {
        status = write_note(&r, note, err);
    }
    xml_close(&xml);
    tq_buffer_free(&r.hidden_rows);
    tq_buffer_free(&r.merged);
    return status;
}
