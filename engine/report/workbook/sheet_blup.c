/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The predicted true effect of each study. */
#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 4 };

void wb_blup(wb_sheet *s)
{
    enum { COLUMNS = 10, LABEL_PIXELS = 150 };
    const wb_book *book = s->book;
    const tq_analysis *a = book->a;
    const int fine = book->digits + 2, natural = wb_has_natural(book);
    const wb_look estimate = wb_decimals(WB_FIXED, fine), lo = wb_decimals(WB_CI_LO, fine),
                  hi = wb_decimals(WB_CI_HI, fine), share = wb_decimals(WB_SHARE, 1),
                  on_natural = wb_decimals(WB_FIXED, book->digits);
    wb_list list = wb_list_begin(s, TABLE_ROW, COLUMNS);
    const lxw_col_t first = wb_list_column(&list, "Study", wb_as(WB_TEXT));

    wb_list_column(&list, "Observed", estimate);
    wb_list_column(&list, "Predicted", estimate);
    wb_list_column(&list, "SE", estimate);
    wb_list_column(&list, "PI low", lo);
    wb_list_column(&list, "PI high", hi);
    wb_list_column(&list, "Own weight", share);
    if (natural) {
        wb_list_column(&list, wb_natural_name(s->book), on_natural);
    }
    wb_top(s, "True effects",
           "Best linear unbiased predictions: each study's effect drawn towards the model.");
    s->width[0] = LABEL_PIXELS;
    for (size_t i = 0; i < a->k; i++) {
        const lxw_row_t row = TABLE_ROW + 1 + (lxw_row_t)i;
        const tq_blup *b = &a->blup[i];

        wb_text(s, row, first, a->study[i].label, wb_as(WB_TEXT));
        wb_engine_only(s, row, first + 1, a->study[i].yi, estimate);
        wb_engine_only(s, row, first + 2, b->pred, estimate);
        wb_engine_only(s, row, first + 3, b->se, estimate);
        wb_engine_only(s, row, first + 4, b->pi_lb, lo);
        wb_engine_only(s, row, first + 5, b->pi_ub, hi);
        wb_engine_only(s, row, first + 6, b->shrinkage, share);
        if (natural) {
            wb_engine_only(s, row, first + 7, a->blup_natural[i].pred, on_natural);
        }
    }
    wb_list_end(&list, "TrueEffects", a->k);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 1);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}
