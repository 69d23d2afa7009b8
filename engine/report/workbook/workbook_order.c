/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order of writes. In constant memory the library takes cells row by row and refuses those of earlier
 * rows; sheets of a page or two are written as their tables come, and sorted here.
 */
#include <stdlib.h>

#include "report/workbook/workbook_internal.h"

typedef enum { HEIGHT, NUMBER, TEXT, LINK } put_kind;

struct wb_waiting {
    put_kind kind;
    lxw_row_t row;
    lxw_col_t col;
    size_t order;
    double x;
    uint32_t pixels;
    const char *text;
    lxw_format *format;
};

static void put(wb_sheet *s, const struct wb_waiting *w)
{
    const wb_library *xlsx = s->book->xlsx;

    switch (w->kind) {
    case HEIGHT:
        wb_check(s->book, xlsx->worksheet_set_row_pixels(s->ws, w->row, w->pixels, NULL));
        break;
    case NUMBER:
        wb_check(s->book, xlsx->worksheet_write_number(s->ws, w->row, w->col, w->x, w->format));
        break;
    case TEXT:
        /* A string always: text that starts with = + - @ is no formula. */
        wb_check(s->book,
                 w->text ? xlsx->worksheet_write_string(s->ws, w->row, w->col, w->text, w->format)
                         : xlsx->worksheet_write_blank(s->ws, w->row, w->col, w->format));
        break;
    default:
        wb_check(s->book, xlsx->worksheet_write_url(s->ws, w->row, w->col, w->text, w->format));
    }
}

static void wait_or_put(wb_sheet *s, struct wb_waiting w)
{
    if (!s->book->streams || s->in_order) {
        put(s, &w);
        return;
    }
    if (s->n_waiting == s->room) {
        enum { FIRST = 64 };
        const size_t room = s->room ? 2 * s->room : FIRST;
        struct wb_waiting *more = realloc(s->waiting, room * sizeof *more);

        if (!more) {
            wb_check(s->book, LXW_ERROR_MEMORY_MALLOC_FAILED);
            return;
        }
        s->waiting = more;
        s->room = room;
    }
    w.order = s->n_waiting;
    s->waiting[s->n_waiting++] = w;
}

void wb_put_number(wb_sheet *s, lxw_row_t row, lxw_col_t col, double x, lxw_format *format)
{
    wait_or_put(
        s, (struct wb_waiting){.kind = NUMBER, .row = row, .col = col, .x = x, .format = format});
}

void wb_put_text(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text, lxw_format *format)
{
    wait_or_put(s, (struct wb_waiting){
                       .kind = TEXT, .row = row, .col = col, .text = text, .format = format});
}

void wb_put_link(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *target, lxw_format *format)
{
    wait_or_put(s, (struct wb_waiting){
                       .kind = LINK, .row = row, .col = col, .text = target, .format = format});
}

void wb_put_height(wb_sheet *s, lxw_row_t row, uint32_t pixels)
{
    wait_or_put(s, (struct wb_waiting){.kind = HEIGHT, .row = row, .pixels = pixels});
}

/* By row and column; heights before cells, later writes of a cell after earlier ones. */
static int by_place(const void *a, const void *b)
{
    const struct wb_waiting *x = a, *y = b;

    if (x->row != y->row) {
        return x->row < y->row ? -1 : 1;
    }
    if ((x->kind == HEIGHT) != (y->kind == HEIGHT)) {
        return x->kind == HEIGHT ? -1 : 1;
    }
    if (x->col != y->col) {
        return x->col < y->col ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

void wb_put_waiting(wb_sheet *s)
{
    if (s->n_waiting > 0) {
        qsort(s->waiting, s->n_waiting, sizeof *s->waiting, by_place);
    }
    for (size_t i = 0; i < s->n_waiting; i++) {
        put(s, &s->waiting[i]);
    }
    free(s->waiting);
    s->waiting = NULL;
    s->n_waiting = s->room = 0;
}
