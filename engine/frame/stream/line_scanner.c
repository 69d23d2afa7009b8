/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines into fields, 64 bytes at a time: one bit says where a separator or a newline stands, and the loop
 * goes from bit to bit. Text with quotes is read byte by byte.
 */
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "frame/stream/line_form.h"

enum { BLOCK = 64 };

/* A function that is to be made once for each constant it is called with. */
#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif

#ifdef __SSE2__
/* Which of the 64 bytes are a separator or a newline, and which are a newline. */
static void look(const char *p, char separator, uint64_t *stops, uint64_t *newlines)
{
    const __m128i newline = _mm_set1_epi8('\n'), divide = _mm_set1_epi8(separator);
    const __m128i other = _mm_set1_epi8(separator == ' ' ? '\t' : separator);
    uint64_t s = 0, n = 0;

    for (int i = 0; i < 4; i++) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i));
        const __m128i is_newline = _mm_cmpeq_epi8(bytes, newline);
        const __m128i is_stop = _mm_or_si128(
            is_newline, _mm_or_si128(_mm_cmpeq_epi8(bytes, divide), _mm_cmpeq_epi8(bytes, other)));

        s |= (uint64_t)(unsigned)_mm_movemask_epi8(is_stop) << 16 * i;
        n |= (uint64_t)(unsigned)_mm_movemask_epi8(is_newline) << 16 * i;
    }
    *stops = s;
    *newlines = n;
}
#else
static void look(const char *p, char separator, uint64_t *stops, uint64_t *newlines)
{
    const char other = separator == ' ' ? '\t' : separator;
    uint64_t s = 0, n = 0;

    for (int i = 0; i < BLOCK; i++) {
        n |= (uint64_t)(p[i] == '\n') << i;
        s |= (uint64_t)(p[i] == separator || p[i] == other || p[i] == '\n') << i;
    }
    *stops = s;
    *newlines = n;
}
#endif

void tq_line_scan(tq_line_scanner *s, const tq_line_form *form, int lenient, const size_t *wanted,
                  size_t n, char *text, size_t size)
{
    *s = (tq_line_scanner){.text = text,
                           .size = size,
                           .separator = form->separator,
                           .columns = form->n,
                           .lenient = lenient,
                           .wanted = wanted,
                           .n_wanted = n,
                           .quotes = size > 0 && memchr(text, '"', size) != NULL};
    if (size > 0) {
        look(text, s->separator, &s->stops, &s->newlines);
    }
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
    size_t begin = s->at, column = 0, block = s->block, end;
    uint64_t stops = s->stops, newlines = s->newlines;

    for (;;) {
        while (stops == 0) {
            uint64_t more, ends; /* stops itself stays in a register */

            block += BLOCK;
            look(text + block, separator, &more, &ends);
            stops = more;
            newlines = ends;
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
    s->block = block;
    s->stops = stops;
    s->newlines = newlines;
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
