/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file text_internal.h  Aligned plain-text tables and CSV fields. */
#ifndef TQ_REPORT_PAGE_TEXT_INTERNAL_H
#define TQ_REPORT_PAGE_TEXT_INTERNAL_H

#include <stdint.h>

#include "core/arena.h"
#include "core/buffer.h"
#include "frame/table.h"

/* A table whose columns are as wide as their widest cell. The first column is left-aligned, the
   others right-aligned unless text_table_left() says otherwise. */
typedef struct text_table text_table;

enum { TEXT_TABLE_COLUMNS = 16, TEXT_TABLE_TITLE = 160 };

/* For those that write tables: the first row has the heads, the second is a rule. */
typedef struct text_row {
    struct text_row *next;
    int rule;
    int group;                                /* 1: cell[0] is a heading over the rows below it */
    const char *cell[TEXT_TABLE_COLUMNS];     /* NULL: empty */
    unsigned char marked[TEXT_TABLE_COLUMNS]; /* 1: left to the reader */
} text_row;

struct text_table {
    size_t columns;
    int left[TEXT_TABLE_COLUMNS];     /* 1: aligned to the left */
    size_t width[TEXT_TABLE_COLUMNS]; /* of the widest cell, in columns of a terminal */
    double share
        [TEXT_TABLE_COLUMNS];     /* of a page's width, in formats whose cells have several lines */
    int fluid;                    /* 1: the shares are set */
    int sortable;                 /* 1: readers may sort its rows, in formats that can */
    char title[TEXT_TABLE_TITLE]; /* "": the heading above it */
    text_row *first, **end, *making;
    tq_arena *arena;
    int failed; /* 1: memory was short */
};

/* heads: [columns], columns <= TEXT_TABLE_COLUMNS; NULL when memory is short. */
text_table *text_table_new(size_t columns, const char *const *heads);
void text_table_free(text_table *t);
/* Set a cell of the row being made; texts are copied. Cells not set are empty. */
void text_table_cell(text_table *t, size_t column, const char *text);
/* A cell of the row being made is left to the reader to fill; formats show it. */
void text_table_mark(text_table *t, size_t column);
void text_table_end_row(text_table *t);
/* A rule across the table instead of a row. */
void text_table_rule(text_table *t);
void text_table_left(text_table *t, size_t column);
/* A heading over the rows that follow, across the table. */
void text_table_group(text_table *t, const char *text);
/* A table of texts rather than numbers: in markup its cells may break, and its columns take these shares
   [columns] of a page's width. */
void text_table_shares(text_table *t, const double *share);
/* What a caption says where no heading stands right above the table; plain text has none. */
void text_table_title(text_table *t, const char *title);
/* Marks the buffer as failed when memory was short on the way. */
void text_table_write(const text_table *t, tq_buffer *out);

/* The code point of the character at *at, which moves behind it; malformed bytes count as one. */
uint32_t text_next_character(const char **at);
/* Columns of a terminal that a UTF-8 text takes. */
size_t text_width(const char *text);

/* Text wrapped at word boundaries to a line length, each line after the first indented. */
void text_wrapped(tq_buffer *out, const char *text, size_t length, size_t indent);

/* Whether a word is one of those in a list with blanks between them. */
int text_listed(const char *list, const char *word);

/* A CSV field, quoted where RFC 4180 asks for it. */
void text_csv_field(tq_buffer *out, const char *text);
/* The shortest of 15 or 17 digits that reads back the same; nothing for what is not finite. */
void text_csv_number(tq_buffer *out, double x);
/* effects_view.c: a cell of a sheet. Numbers with a decimal comma get a point, as numbers that are added
   have: one file has one decimal mark. */
void text_csv_cell(const tq_table *table, size_t row, size_t c, tq_buffer *out);
/* ",x" each. */
void csv_numbers(tq_buffer *out, const double *x, size_t n);

#endif
