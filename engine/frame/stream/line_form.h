/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file line_form.h  How the lines of a file are divided, and which of their fields are wanted. */
#ifndef TQ_FRAME_STREAM_LINE_FORM_H
#define TQ_FRAME_STREAM_LINE_FORM_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/** The names of the columns. */
typedef struct {
    char separator; /* ',' ';' tab, or ' ': runs of spaces and tabs */
    size_t n;
    char **name; /* [n], not empty, no two alike */
    char *text;
} tq_line_form;

/** The bytes of a byte-order mark that a text begins with: 3, or 0. */
TQ_API size_t tq_byte_order_mark(const char *text, size_t size);

/**
 * Read a header line (newline excluded; a byte-order mark and a leading '#' are passed over).
 * @param[in] separator  0: tab, else ',' or ';', else ' ', whichever is found in the line first.
 * @retval TQ_EDATA   An empty or repeated name.
 * @retval TQ_EINVAL  Another separator than those above.
 */
TQ_API tq_status tq_line_form_read(const char *line, size_t size, char separator, tq_line_form *out,
                                   tq_error *err);
TQ_API void tq_line_form_free(tq_line_form *form);

/** The index of a column. @retval TQ_EINVAL  There is none; the message names the nearest. */
TQ_API tq_status tq_line_form_find(const tq_line_form *form, const char *name, size_t *out,
                                   tq_error *err);

/** A field of a line, quotes taken off; not terminated. */
typedef struct {
    const char *at;
    size_t size;
} tq_field;

typedef enum {
    TQ_LINE_END,       /* no more lines */
    TQ_LINE_FIELDS,    /* fields[] are filled */
    TQ_LINE_TOO_SHORT, /* fewer fields than the header has columns */
    TQ_LINE_TOO_LONG,
    TQ_LINE_QUOTE /* a quote that is not closed in the line */
} tq_line_kind;

enum { TQ_STOPS_STRETCH = 2048 };

/** Where separators and newlines stand in a stretch of text, counted from its beginning. Treat as opaque. */
typedef struct {
    uint16_t stop[1 + TQ_STOPS_STRETCH + 64]; /* [n_stops] from stop[1] on, newlines among them */
    uint16_t end[TQ_STOPS_STRETCH + 64];      /* [n_ends] newlines alone */
    size_t n_stops, n_ends;
    size_t next_stop, next_end; /* stop[next_stop] is the newline before the next line */
    int runs;                   /* some fields are empty */
} tq_line_stops;

/** Takes text apart, line by line; borrows all of it. Treat as opaque. */
typedef struct {
    char *text;
    size_t size, at; /* at: the next line */
    char separator;
    size_t columns;
    int lenient;          /* lines may have more fields than the header, or fewer */
    const size_t *wanted; /* [n_wanted] columns, ascending */
    size_t n_wanted;
    int quotes;         /* there are some in the text */
    tq_line_stops next; /* of the stretch that begins at `from` */
    size_t from;
    size_t slow_until;    /* lines that begin before it are divided field by field */
    size_t line, n_lines; /* where the last line began; lines so far, empty ones too */
    size_t found;         /* fields of the last line */
} tq_line_scanner;

/**
 * Begin with text[size], which ends with a newline and is followed by TQ_WINDOW_SLACK readable bytes.
 * Quoted fields are unescaped in place.
 * @param[in] wanted  [n] columns, each greater than the one before.
 */
TQ_API void tq_line_scan(tq_line_scanner *s, const tq_line_form *form, int lenient,
                         const size_t *wanted, size_t n, char *text, size_t size);

/** The next line that is not empty: its wanted fields. */
TQ_API tq_line_kind tq_line_next(tq_line_scanner *s, tq_field *fields);

/** The longest of what tq_field_missing() looks for. */
enum { TQ_MISSING_MOST = 3 };

/** 1 when the field says that there is no value: empty, "NA", ".", "NaN" or "nan". */
TQ_API int tq_field_missing(const tq_field *field);

/** Read a field as a number with this decimal mark; 1 on success, NaN where it is missing. */
TQ_API int tq_field_number(const tq_field *field, char decimal, double *out);

#endif
