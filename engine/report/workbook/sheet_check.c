/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formulas and the engine's own figures side by side. After a change on Studies they differ: that is the
   change's effect. */
#include <math.h>

#include "report/workbook/workbook_live_internal.h"

enum { VERDICT_ROW = 4, HEAD_ROW = 6, WHAT = 0, LIVE, ENGINE, DIFFERENCE, RELATIVE, AGREES };

static void write_line(wb_sheet *s, lxw_row_t row, const wb_checked *c)
{
    enum { DIGITS = 8 };
    wb_book *book = s->book;
    const char *live = wb_cell_at(book, NULL, row, LIVE),
               *engine = wb_cell_at(book, NULL, row, ENGINE),
               *relative = wb_cell_at(book, NULL, row, RELATIVE);

    wb_text(s, row, WHAT, c->what, wb_as(WB_TEXT));
    wb_formula(s, row, LIVE, c->cell, c->engine, wb_decimals(WB_FIXED, DIGITS));
    wb_number(s, row, ENGINE, c->engine, wb_decimals(WB_FIXED, DIGITS));
    wb_formula(s, row, DIFFERENCE,
               wb_format(book, "IF(ISNUMBER(%s),%s-%s,\"NE\")", live, live, engine), WB_NONE,
               wb_decimals(WB_SCIENTIFIC, 1));
    wb_formula(
        s, row, RELATIVE,
        wb_format(book, "IF(ISNUMBER(%s),ABS(%s-%s)/MAX(1,ABS(%s)),1)", live, live, engine, engine),
        WB_NONE, wb_decimals(WB_SCIENTIFIC, 1));
    wb_formula_text(s, row, AGREES, wb_format(book, "IF(%s<=1E-9,\"yes\",\"no\")", relative),
                    wb_as(WB_INDENT));
}

void wb_check_sheet(wb_sheet *s)
{
    static const char *const heads[] = {"Quantity",   "Live",     "Engine",
                                        "Difference", "Relative", "Equal"};
    enum { WHAT_PIXELS = 330, NUMBER_PIXELS = 110 };
    wb_book *book = s->book;
    lxw_row_t row = HEAD_ROW;

    wb_top(s, "Check",
           "Live: the formulas. Engine: what tausq computed from the data it read, as constants. "
           "Equal: "
           "to 1e-9 of max(1, value).");
    for (int col = WHAT; col <= AGREES; col++) {
        wb_text(s, HEAD_ROW, (lxw_col_t)col, heads[col],
                wb_as(col == WHAT     ? WB_HEAD
                      : col == AGREES ? WB_HEAD_INDENT
                                      : WB_HEAD_RIGHT));
        s->width[col] = col == WHAT ? WHAT_PIXELS : NUMBER_PIXELS;
    }
    for (const wb_checked *c = book->checked; c; c = c->next) {
        write_line(s, ++row, c);
    }
    wb_flow(s, VERDICT_ROW, WHAT, "live = engine", wb_bold(wb_as(WB_TEXT)));
    wb_formula_text(s, VERDICT_ROW, LIVE,
                    wb_format(book, "IF(MAX(%s)<=1E-9,\"yes\",\"no\")",
                              wb_range_at(book, NULL, HEAD_ROW + 1, RELATIVE, row, RELATIVE)),
                    wb_bold(wb_as(WB_RIGHT)));
    wb_define(s, VERDICT_ROW, LIVE, "tausq_live_is_engine");
    wb_flow(s, VERDICT_ROW, ENGINE, "tausq_live_is_engine", wb_as(WB_NAME));
    book->xlsx->worksheet_set_tab_color(s->ws, WB_PALE);
    book->xlsx->worksheet_freeze_panes(s->ws, HEAD_ROW + 1, 1);
    wb_finish(s, HEAD_ROW, HEAD_ROW);
}
