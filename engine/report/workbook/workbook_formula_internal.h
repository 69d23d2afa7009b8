/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Formulas. A formula is kept until every sheet is filled; then it is evaluated, so that its cell can
 * carry the result it will show, and written. Spreadsheets that do not recalculate on opening, and
 * readers of mail, show that result.
 */
#ifndef TQ_REPORT_WORKBOOK_FORMULA_INTERNAL_H
#define TQ_REPORT_WORKBOOK_FORMULA_INTERNAL_H

#include "report/workbook/workbook_internal.h"

/* What is known about the cells of a book: values and formulas. */
typedef struct wb_cells wb_cells;

wb_cells *wb_cells_new(void);
void wb_cells_free(wb_cells *cells);

/* Remember what was written, for formulas that refer to it; nothing is done without book->cells. */
void wb_keep_number(wb_sheet *s, lxw_row_t row, lxw_col_t col, double x);
void wb_keep_text(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *text);
void wb_keep_name(wb_book *book, const char *name, const char *reference);

/* Remember a formula (without "="); expected: the engine's value, NaN where it has none. */
void wb_keep_formula(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula,
                     double expected, lxw_format *format);

/* Evaluate every formula and write it. Returns how many differ from what was expected by more than
   1e-9 of max(1, |expected|). */
size_t wb_write_formulas(wb_book *book);

/* The number that a cell holds after wb_write_formulas() or before; NaN: none. */
double wb_cell_number(wb_sheet *s, lxw_row_t row, lxw_col_t col);

#endif
