/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines into fields. Where they end is found for a stretch of text at once, and a line with as many fields
 * as the header needs no look at the others; lines that are not so are divided from field to field. Text
 * with quotes is read byte by byte.
 */
#include <string.h>

#include "frame/stream/line_stops_internal.h"

/* A function that is to be made once for each constant it is called with. */
#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

void tq_line_scan(tq_line_scanner *s, const tq_line_form *form, int lenient, const size_t *wanted,
                  size_t n, char *text, size_t size)
{
    s->text = text;
    s->size = size;
    s->at = s->line = s->n_lines = s->found = 0;
    s->separator = form->separator;
    s->columns = form->n;
    s->lenient = lenient;
    s->wanted = wanted;
    s->n_wanted = n;
    s->quotes = size > 0 && memchr(text, '"', size) != NULL;
    s->from = s->slow_until = 0;
    s->next.n_ends = s->next.next_end =
        0; /* the places themselves are written before they are read */
}

/* A carriage return before the newline is none of the field. */
static size_t field_size(const char *text, size_t begin, size_t end, int newline)
{
    return end - begin - (newline && end > begin && text[end - 1] == '\r');
}

/* The fields of a line without quotes; text ends with a newline. What is used over and over has a name of
   its own here, or it would be read from memory and written back for every field. */
static ALWAYS_INLINE void divide_line(tq_line_scanner *s, tq_field *fields, const int blanks)
{
    const char *const text = s->text;
    const char separator = s->separator;
    const size_t *wanted = s->wanted, *const end_wanted = wanted + s->n_wanted;
    size_t want = wanted < end_wanted ? *wanted : SIZE_MAX;
    size_t begin = s->at, column = 0, block = begin, end;
    uint64_t stops, newlines;

    stops_look(text + block, separator, &stops, &newlines);
    for (;;) {
        while (stops == 0) {
            block += STOPS_BLOCK;
            stops_look(text + block, separator, &stops, &newlines);
        }
        const uint64_t stop = stops & (0 - stops);

        end = block + (size_t)__builtin_ctzll(stops);
        stops ^= stop;
        if (newlines & stop) {
            break;
        }
        if (!blanks || end > begin) {
            if (column == want) {
                *fields++ = (tq_field){text + begin, end - begin};
                want = ++wanted < end_wanted ? *wanted : SIZE_MAX;
            }
            column++;
        }
        begin = end + 1;
    }
    const size_t size = field_size(text, begin, end, 1);

    if (size > 0 || !blanks) {
        if (column == want) {
            *fields = (tq_field){text + begin, size};
        }
        column++;
    }
    s->found = !blanks && column == 1 && size == 0 ? 0 : column;
    s->at = end + 1;
}

static void plain_line(tq_line_scanner *s, tq_field *fields)
{
    if (s->separator == ' ') {
        divide_line(s, fields, 1);
    } else {
        divide_line(s, fields, 0);
    }
}

/* The places of the next lines; 0: they are none, or of no use for lines that begin there. */
static int next_stretch(tq_line_scanner *s)
{
    s->from = s->at;
    stops_fill_way(0)(&s->next, s->text + s->at, s->size - s->at, s->separator);
    if (s->next.n_ends > 0 && !(s->next.runs && s->separator == ' ')) {
        return 1;
    }
    s->slow_until = s->at + (s->next.n_ends > 0 ? (size_t)TQ_STOPS_STRETCH : 1);
    s->next.next_end = s->next.n_ends;
    return 0;
}

/* Whether what stands behind the last blank of a line is a carriage return alone, which is no field. */
static inline int ends_in_blank(const tq_line_scanner *s, const char *newline)
{
    return newline[-1] == '\r' && s->separator == ' ' &&
           (newline[-2] == ' ' || newline[-2] == '\t');
}

/* A line with as many fields as columns, none of them empty where blanks divide; 0: it is not so. */
static ALWAYS_INLINE int quick_line(tq_line_scanner *s, tq_field *fields)
{
    tq_line_stops *const next = &s->next;

    if (s->at < s->slow_until || s->columns < 2 ||
        (next->next_end == next->n_ends && !next_stretch(s))) {
        return 0;
    }
    const uint16_t *const stop = next->stop + next->next_stop;
    const size_t end = next->end[next->next_end++];
    const char *const text = s->text + s->from;

    if (next->next_stop + s->columns >= next->n_stops || stop[s->columns] != end ||
        ends_in_blank(s, text + end)) {
        while (next->next_stop + 1 < next->n_stops && next->stop[next->next_stop] != end) {
            next->next_stop++;
        }
        return 0;
    }
    for (size_t w = 0; w < s->n_wanted; w++) {
        const size_t column = s->wanted[w], begin = (uint16_t)(stop[column] + 1);

        fields[w] = (tq_field){text + begin, stop[column + 1] - begin};
    }
    if (text[end - 1] == '\r' && s->n_wanted > 0 && s->wanted[s->n_wanted - 1] == s->columns - 1) {
        tq_field *const last = &fields[s->n_wanted - 1];

        last->size -= last->size > 0;
    }
    next->next_stop += s->columns;
    s->found = s->columns;
    s->at = s->from + end + 1;
    return 1;
}

/* A field in quotes at text[*at], unescaped in place; 0: it is not closed in its line. */
static int quoted_field(tq_line_scanner *s, size_t *at, tq_field *field)
{
    size_t from = *at + 1, to = from;

    field->at = s->text + from;
    for (; s->text[from] != '\n'; from++) {
        if (s->text[from] == '"') {
            if (s->text[from + 1] != '"') {
                field->size = to - (size_t)(field->at - s->text);
                *at = from + 1;
                return 1;
            }
            from++;
        }
        s->text[to++] = s->text[from];
    }
    return 0;
}

static int is_stop(const tq_line_scanner *s, char c)
{
    return c == s->separator || c == '\n' || (s->separator == ' ' && c == '\t');
}

/* One field from *at up to its separator or newline, where *at is left; 0: a quote is not closed. */
static int any_field(tq_line_scanner *s, size_t *at, tq_field *field)
{
    const size_t begin = *at;

    if (s->text[begin] == '"') {
        if (!quoted_field(s, at, field)) {
            return 0;
        }
        *at += s->text[*at] == '\r' && s->text[*at + 1] == '\n';
        return is_stop(s, s->text[*at]);
    }
    while (!is_stop(s, s->text[*at])) {
        ++*at;
    }
    *field = (tq_field){s->text + begin, field_size(s->text, begin, *at, s->text[*at] == '\n')};
    return 1;
}

/* The fields of a line that may have quotes; 0: one is not closed. */
static int quoted_line(tq_line_scanner *s, tq_field *fields)
{
    const int blanks = s->separator == ' ';
    size_t at = s->at, column = 0, w = 0;
    int whole = 1;

    for (;; at++) {
        const size_t begin = at;
        tq_field field = {0};

        if (!any_field(s, &at, &field)) {
            whole = 0;
            break;
        }
        if (field.size > 0 || !blanks || s->text[begin] == '"') {
            if (w < s->n_wanted && column == s->wanted[w]) {
                fields[w++] = field;
            }
            column++;
        }
        if (s->text[at] == '\n') {
            s->found = column == 1 && field.size == 0 ? 0 : column;
            break;
        }
    }
    const char *const newline = memchr(s->text + at, '\n', s->size - at);

    s->at = (size_t)(newline - s->text) + 1;
    return whole;
}

tq_line_kind tq_line_next(tq_line_scanner *s, tq_field *fields)
{
    while (s->at < s->size) {
        s->line = s->at;
        s->n_lines++;
        if (s->quotes) {
            if (!quoted_line(s, fields)) {
                return TQ_LINE_QUOTE;
            }
        } else if (quick_line(s, fields)) {
            return TQ_LINE_FIELDS;
        } else {
            plain_line(s, fields);
        }
        const int enough = s->n_wanted == 0 || s->found > s->wanted[s->n_wanted - 1];

        if (s->found == s->columns || (s->lenient && s->found > 0 && enough)) {
            return TQ_LINE_FIELDS;
        }
        if (s->found > 0) {
            return s->found < s->columns ? TQ_LINE_TOO_SHORT : TQ_LINE_TOO_LONG;
        }
    }
    return TQ_LINE_END;
}
