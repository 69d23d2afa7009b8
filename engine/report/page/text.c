/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain-text tables, wrapped paragraphs, CSV fields. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/page/text_internal.h"

/* ---- width of text ---- */

uint32_t text_next_character(const char **at)
{
    const unsigned char *p = (const unsigned char *)*at;
    const size_t extra = p[0] >= 0xF0 ? 3 : p[0] >= 0xE0 ? 2 : p[0] >= 0xC0 ? 1 : 0;
    uint32_t c = extra == 3   ? p[0] & 0x07u
                 : extra == 2 ? p[0] & 0x0Fu
                 : extra      ? p[0] & 0x1Fu
                              : p[0];
    size_t n = 1;

    for (; n <= extra && (p[n] & 0xC0) == 0x80; n++) {
        c = c << 6 | (p[n] & 0x3Fu);
    }
    *at += n;
    return c;
}

/* Marks that stand on the character before them, and the blocks that fill two columns. */
static const struct {
    uint32_t from, to;
    size_t columns;
} widths[] = {
    {0x0300, 0x036F, 0}, {0x0483, 0x0489, 0}, {0x0591, 0x05BD, 0},   {0x064B, 0x065F, 0},
    {0x1100, 0x115F, 2}, {0x200B, 0x200F, 0}, {0x20D0, 0x20FF, 0},   {0x2E80, 0x303E, 2},
    {0x3041, 0xA4CF, 2}, {0xAC00, 0xD7A3, 2}, {0xF900, 0xFAFF, 2},   {0xFE00, 0xFE0F, 0},
    {0xFE30, 0xFE6F, 2}, {0xFF00, 0xFF60, 2}, {0x1F300, 0x1F64F, 2}, {0x20000, 0x3FFFD, 2},
};

size_t text_width(const char *text)
{
    size_t sum = 0;

    while (*text) {
        const uint32_t c = text_next_character(&text);
        size_t columns = 1;

        for (size_t i = 0; c >= widths[0].from && i < sizeof widths / sizeof *widths; i++) {
            columns = c >= widths[i].from && c <= widths[i].to ? widths[i].columns : columns;
        }
        sum += columns;
    }
    return sum;
}

/* ---- tables ---- */

static text_row *new_row(text_table *t)
{
    text_row *r = tq_arena_take(t->arena, 1, sizeof *r);

    t->failed |= !r;
    return r;
}

text_table *text_table_new(size_t columns, const char *const *heads)
{
    text_table *t = columns <= TEXT_TABLE_COLUMNS ? calloc(1, sizeof *t) : NULL;

    if (!t) {
        return NULL;
    }
    t->arena = tq_arena_new();
    if (!t->arena) {
        free(t);
        return NULL;
    }
    t->columns = columns;
    t->end = &t->first;
    t->left[0] = 1;
    for (size_t c = 0; c < columns; c++) {
        text_table_cell(t, c, heads[c]);
    }
    text_table_end_row(t);
    text_table_rule(t);
    return t;
}

void text_table_free(text_table *t)
{
    if (t) {
        tq_arena_free(t->arena);
        free(t);
    }
}

/* A line break inside a label would break the table. */
static void one_line(char *text)
{
    for (char *c = text; *c; c++) {
        *c = (unsigned char)*c < 0x20 ? ' ' : *c;
    }
}

void text_table_cell(text_table *t, size_t column, const char *text)
{
    if (!t->making) {
        t->making = new_row(t);
    }
    char *copy = t->making ? tq_arena_text(t->arena, text) : NULL;

    if (!copy) {
        t->failed = 1;
        return;
    }
    one_line(copy);
    const size_t width = text_width(copy);

    t->making->cell[column] = copy;
    t->width[column] = width > t->width[column] ? width : t->width[column];
}

void text_table_mark(text_table *t, size_t column)
{
    if (t->making) {
        t->making->marked[column] = 1;
    }
}

void text_table_end_row(text_table *t)
{
    if (!t->making) {
        t->making = new_row(t);
    }
    if (t->making) {
        *t->end = t->making;
        t->end = &t->making->next;
        t->making = NULL;
    }
}

void text_table_rule(text_table *t)
{
    text_row *r = new_row(t);

    if (r) {
        r->rule = 1;
        *t->end = r;
        t->end = &r->next;
    }
}

void text_table_group(text_table *t, const char *text)
{
    text_row *r = new_row(t);
    char *copy = r ? tq_arena_text(t->arena, text) : NULL;

    if (!copy) {
        t->failed = 1;
        return;
    }
    one_line(copy);
    r->group = 1;
    r->cell[0] = copy;
    *t->end = r;
    t->end = &r->next;
}

void text_table_shares(text_table *t, const double *share)
{
    t->fluid = 1;
    memcpy(t->share, share, t->columns * sizeof *share);
}

void text_table_left(text_table *t, size_t column)
{
    t->left[column] = 1;
}

void text_table_title(text_table *t, const char *title)
{
    tq_copy_text(t->title, sizeof t->title, title);
}

static void spaces(tq_buffer *out, size_t n)
{
    while (n-- > 0) {
        tq_buffer_text(out, " ");
    }
}

static void write_row(const text_table *t, const text_row *r, tq_buffer *out)
{
    size_t pending = 0; /* blanks not yet written, so that no line ends in blanks */

    for (size_t c = 0; c < t->columns; c++) {
        const char *cell = r->cell[c] ? r->cell[c] : "";
        const size_t fill = t->width[c] - text_width(cell);

        pending += (c ? 2 : 0) + (t->left[c] ? 0 : fill);
        if (*cell) {
            spaces(out, pending);
            tq_buffer_text(out, cell);
            pending = 0;
        }
        pending += t->left[c] ? fill : *cell ? 0 : text_width(cell);
    }
    tq_buffer_text(out, "\n");
}

void text_table_write(const text_table *t, tq_buffer *out)
{
    size_t total = 0;

    for (size_t c = 0; c < t->columns; c++) {
        total += t->width[c] + (c ? 2 : 0);
    }
    for (const text_row *r = t->first; r; r = r->next) {
        if (r->group) {
            tq_buffer_format(out, "%s\n", r->cell[0]);
            continue;
        }
        if (!r->rule) {
            write_row(t, r, out);
            continue;
        }
        for (size_t i = 0; i < total; i++) {
            tq_buffer_text(out, "-");
        }
        tq_buffer_text(out, "\n");
    }
    out->failed |= t->failed;
}

/* ---- paragraphs ---- */

void text_wrapped(tq_buffer *out, const char *text, size_t length, size_t indent)
{
    size_t column = 0;

    while (*text) {
        char word[256];
        const size_t n = strcspn(text, " ");
        const size_t kept = n < sizeof word ? n : sizeof word - 1;

        memcpy(word, text, kept);
        word[kept] = '\0';
        const size_t width = text_width(word);

        if (column > 0 && column + 1 + width > length) {
            tq_buffer_text(out, "\n");
            spaces(out, indent);
            column = indent;
        } else if (column > 0) {
            tq_buffer_text(out, " ");
            column++;
        }
        tq_buffer_append(out, text, n);
        column += width;
        text += n + (text[n] == ' ');
    }
    tq_buffer_text(out, "\n");
}

int text_listed(const char *list, const char *word)
{
    const size_t n = strlen(word);

    for (const char *at = list; *at; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");

        if (length == n && strncmp(at, word, n) == 0) {
            return 1;
        }
        at += length;
    }
    return 0;
}

/* ---- CSV ---- */

void text_csv_field(tq_buffer *out, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        tq_buffer_text(out, text);
        return;
    }
    tq_buffer_text(out, "\"");
    for (const char *c = text; *c; c++) {
        tq_buffer_append(out, c, 1);
        if (*c == '"') {
            tq_buffer_text(out, "\"");
        }
    }
    tq_buffer_text(out, "\"");
}

void text_csv_number(tq_buffer *out, double x)
{
    char text[40];

    if (!isfinite(x)) {
        return;
    }
    snprintf(text, sizeof text, "%.15g", x);
    if (strtod(text, NULL) != x) {
        snprintf(text, sizeof text, "%.17g", x);
    }
    for (char *c = text; *c; c++) { /* the locale's radix character, whatever it is */
        *c = strchr("0123456789+-e", *c) ? *c : '.';
    }
    tq_buffer_text(out, text);
}

void csv_numbers(tq_buffer *out, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tq_buffer_text(out, ",");
        text_csv_number(out, x[i]);
    }
}
