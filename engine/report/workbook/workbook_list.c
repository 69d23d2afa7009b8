/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flat lists that become Excel tables. */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "report/workbook/workbook_internal.h"

enum { LONGEST_HEAD = 120, TWO_LINES = 36, HEAD_PADDING = WB_CELL_PADDING + 4, ROUNDING = 1 };

static const double head_points = WB_BODY_POINTS * WB_BOLD_WIDTH;

wb_list wb_list_begin(wb_sheet *s, lxw_row_t top, size_t capacity)
{
    wb_list list = {s, top, 0, capacity, NULL};

    /* One more than columns: worksheet_add_table() takes a list of pointers that ends in NULL. */
    list.column = tq_arena_take(s->book->arena, capacity + 1, sizeof *list.column);
    if (!list.column) {
        wb_check(s->book, LXW_ERROR_MEMORY_MALLOC_FAILED);
    }
    return list;
}

/* Excel refuses a table with two heads that differ by letter case alone. */
static int head_taken(const wb_list *list, const char *head)
{
    for (size_t i = 0; i < list->n; i++) {
        const char *a = list->column[i].header, *b = head;

        while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b)) {
            a++;
            b++;
        }
        if (*a == *b) {
            return 1;
        }
    }
    return 0;
}

/* Heads of lists may take two lines: the longest word, or half of the whole and some for the break. */
static double head_width(const char *head)
{
    enum { SLACK = 12 };
    const double whole = wb_text_width(head, head_points);
    double widest = 0.5 * whole + SLACK;

    for (const char *word = head; *word;) {
        const char *end = strchr(word, ' ');
        const char *rest = end ? end : "";
        const double width = wb_text_width(word, head_points) - wb_text_width(rest, head_points);

        widest = fmax(widest, width);
        word = end ? end + 1 : "";
    }
    return fmin(widest, whole) + HEAD_PADDING;
}

/* The library's structs take char *, and copy. */
static char *unconst(wb_book *book, const char *text)
{
    char *copy = tq_arena_text(book->arena, text);

    if (!copy) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
    }
    return copy;
}

lxw_col_t wb_list_column(wb_list *list, const char *head, wb_look look)
{
    wb_sheet *s = list->s;
    const lxw_col_t col = (lxw_col_t)list->n;

    if (!list->column || list->n == list->capacity) {
        return col;
    }
    const char *plain = wb_clean(s->book, head && *head ? head : " ", LONGEST_HEAD, 1);
    const char *unique = plain;

    for (int i = 2; head_taken(list, unique); i++) {
        unique = wb_format(s->book, "%s (%d)", plain, i);
    }
    const int left = look.style < WB_FIXED || look.style == WB_CI_HI || look.style == WB_INPUT_TEXT;
    const wb_look dress_up = wb_as(look.style == WB_TEXT || look.style == WB_WRAP ? WB_LIST_HEAD
                                   : left ? WB_LIST_HEAD_INDENT
                                          : WB_LIST_HEAD_RIGHT);

    list->column[list->n].header = unconst(s->book, unique);
    list->column[list->n].header_format = wb_look_format(s->book, dress_up);
    list->column[list->n].format = wb_look_format(s->book, look);
    if (!list->column[list->n].header) {
        return col;
    }
    list->n++;
    if (col < WB_COLUMNS) {
        s->width[col] =
            fmax(s->width[col], head_width(unique) +
                                    (dress_up.style == WB_LIST_HEAD_INDENT ? WB_INDENT_PIXELS : 0));
    }
    return col;
}

/* 1 when some head takes two lines. */
static int is_broken(const wb_list *list)
{
    for (size_t i = 0; i < list->n && i < WB_COLUMNS; i++) {
        if (wb_text_width(list->column[i].header, head_points) >
            list->s->width[i] - HEAD_PADDING + ROUNDING) {
            return 1;
        }
    }
    return 0;
}

static void break_heads(const wb_list *list)
{
    wb_put_height(list->s, list->top, TWO_LINES);
}

void wb_list_heads(const wb_list *list)
{
    if (!list->column) {
        return;
    }
    if (is_broken(list)) {
        break_heads(list);
    }
    for (size_t i = 0; i < list->n; i++) {
        wb_put_text(list->s, list->top, (lxw_col_t)i, list->column[i].header,
                    list->column[i].header_format);
    }
}

lxw_row_t wb_list_end(wb_list *list, const char *name, size_t rows)
{
    wb_book *book = list->s->book;
    const lxw_row_t last = list->top + (lxw_row_t)rows;

    if (!list->column || list->n == 0 || rows == 0) {
        return last + 1;
    }
    if (book->streams) { /* a table needs its rows in memory */
        if (!list->s->in_order) {
            wb_list_heads(list);
        }
        return last + 1;
    }
    lxw_table_column **columns = tq_arena_take(book->arena, list->n + 1, sizeof *columns);

    if (!columns) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return last + 1;
    }
    for (size_t i = 0; i < list->n; i++) {
        columns[i] = &list->column[i];
    }
    if (is_broken(list)) {
        break_heads(list);
    }
    const char *unique = book->number > 0 ? wb_format(book, "%s_%zu", name, book->number) : name;
    lxw_table_options options = {.name = unconst(book, unique),
                                 .no_autofilter = LXW_TRUE,
                                 .style_type = LXW_TABLE_STYLE_TYPE_LIGHT,
                                 .style_type_number = 1,
                                 .no_banded_rows = LXW_TRUE,
                                 .columns = columns};

    wb_check(book, book->xlsx->worksheet_add_table(list->s->ws, list->top, 0, last,
                                                   (lxw_col_t)(list->n - 1), &options));
    return last + 1;
}

static double number_at(const wb_value_column *c, size_t i)
{
    const void *at = (const char *)c->first + i * c->stride;

    switch (c->member) {
    case WB_SIZE:
        return (double)*(const size_t *)at;
    case WB_UINT64:
        return (double)*(const uint64_t *)at;
    case WB_PERCENT:
        return *(const double *)at / 100.0;
    default:
        return *(const double *)at;
    }
}

static int has_numbers(const wb_value_column *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (isfinite(number_at(c, i))) {
            return 1;
        }
    }
    return 0;
}

void wb_list_values(wb_list *list, const wb_value_column *column, size_t columns, size_t n)
{
    for (size_t j = 0; j < columns; j++) {
        const wb_value_column *c = &column[j];

        if (!has_numbers(c, n)) {
            continue;
        }
        const lxw_col_t col = wb_list_column(list, c->head, c->look);

        for (size_t i = 0; i < n; i++) {
            wb_engine_only(list->s, list->top + 1 + (lxw_row_t)i, col, number_at(c, i), c->look);
        }
    }
}

void wb_list_texts(wb_list *list, const char *head, const void *first, size_t stride, size_t n)
{
    const lxw_col_t col = wb_list_column(list, head, wb_as(WB_TEXT));

    for (size_t i = 0; i < n; i++) {
        const void *at = (const char *)first + i * stride;

        wb_text(list->s, list->top + 1 + (lxw_row_t)i, col, *(const char *const *)at,
                wb_as(WB_TEXT));
    }
}

lxw_row_t wb_value_list(wb_sheet *s, lxw_row_t row, const char *name, const char *head,
                        const void *first, size_t stride, const wb_value_column *column,
                        size_t columns, size_t n)
{
    wb_list list = wb_list_begin(s, row, columns + 1);

    wb_list_texts(&list, head, first, stride, n);
    wb_list_values(&list, column, columns, n);
    return wb_list_end(&list, name, n) + 1;
}
