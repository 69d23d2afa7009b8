/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sheet of points behind the forest chart: a block of columns for each kind of mark. */
#include "report/workbook/forest_live_internal.h"

static const wb_look coordinate = {.style = WB_FIXED, .decimals = 4};

static void write_heads(wb_sheet *s, wb_mark mark, const wb_points *p)
{
    const lxw_row_t row = WB_DATA_ROW - 1;

    wb_flow(s, row - 1, p->col, wb_mark_name(mark), wb_bold(wb_as(WB_TEXT)));
    wb_text(s, row, p->col, "x", wb_as(WB_HEAD_RIGHT));
    for (size_t set = 0; set < p->sets; set++) {
        const lxw_col_t col = (lxw_col_t)(p->col + 1 + set);

        wb_text(s, row, col,
                p->sets > 1 ? wb_format(s->book, "%zu pt", WB_SMALLEST_SQUARE + set) : "y",
                wb_as(WB_HEAD_RIGHT));
    }
    if (p->label) {
        wb_text(s, row, (lxw_col_t)(p->col + 2), "label", wb_as(WB_HEAD_INDENT));
    }
}

static void write_coordinate(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula,
                             double x)
{
    if (formula && isfinite(x)) {
        wb_formula(s, row, col, formula, x, coordinate);
    } else {
        wb_optional(s, row, col, x, coordinate);
    }
}

static void write_points(wb_sheet *s, wb_mark mark)
{
    const wb_points *p = &s->book->scene->of[mark];

    write_heads(s, mark, p);
    for (size_t i = 0; i < p->n; i++) {
        const lxw_row_t row = WB_DATA_ROW + (lxw_row_t)i;

        write_coordinate(s, row, p->col, p->fx ? p->fx[i] : NULL, p->x[i]);
        for (size_t set = 0; set < p->sets; set++) {
            const size_t at = set * p->n + i;

            write_coordinate(s, row, (lxw_col_t)(p->col + 1 + set), p->fy ? p->fy[at] : NULL,
                             p->y[at]);
        }
        if (p->label) {
            wb_text(s, row, (lxw_col_t)(p->col + 2), p->label[i], wb_as(WB_INDENT));
        }
    }
}

void wb_chartdata(wb_sheet *s)
{
    wb_flow(s, 0, 0, "Chart data", wb_as(WB_TITLE));
    wb_flow(
        s, 1, 0,
        "The chart on the Forest sheet draws these cells: x runs from 0 to 1 across the plot, y "
        "counts rows from its top.",
        wb_as(WB_SUBTITLE));
    wb_flow(s, 2, 0,
            "An empty row breaks a line; y = -9 is off the plot and keeps a mark from showing.",
            wb_as(WB_SUBTITLE));
    if (s->book->live) {
        forest_write_rows(s);
    }
    for (wb_mark mark = 0; mark < WB_MARK_COUNT; mark++) {
        if (mark != WB_MARK_FILLED || s->book->scene->of[mark].n > 0) {
            write_points(s, mark);
        }
    }
    s->book->xlsx->worksheet_set_tab_color(s->ws, WB_PALE);
    s->book->xlsx->worksheet_freeze_panes(s->ws, WB_DATA_ROW, 0);
    wb_finish(s, 0, 0);
}
