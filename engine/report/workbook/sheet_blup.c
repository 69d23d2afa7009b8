/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The predicted true effect of each study. */
#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 4 };

void wb_blup(wb_sheet *s)
{
    enum { COLUMNS = 7, LABEL_PIXELS = 150 };
    const wb_book *book = s->book;
    const tq_analysis *a = book->a;
    const tq_study *study = a->study;
    const tq_blup *b = a->blup;
    const int fine = book->digits + 2;
    const wb_look estimate = wb_decimals(WB_FIXED, fine);
    const wb_value_column columns[COLUMNS] = {
        {"Observed", estimate, &study->yi, sizeof *study, WB_DOUBLE},
        {"Predicted", estimate, &b->pred, sizeof *b, WB_DOUBLE},
        {"SE", estimate, &b->se, sizeof *b, WB_DOUBLE},
        {"PI low", wb_decimals(WB_CI_LO, fine), &b->pi_lb, sizeof *b, WB_DOUBLE},
        {"PI high", wb_decimals(WB_CI_HI, fine), &b->pi_ub, sizeof *b, WB_DOUBLE},
        {"Own weight", wb_decimals(WB_SHARE, 1), &b->shrinkage, sizeof *b, WB_DOUBLE},
        {wb_natural_name(s->book), wb_decimals(WB_FIXED, book->digits), &a->blup_natural->pred,
         sizeof *a->blup_natural, WB_DOUBLE},
    };

    wb_top(s, "True effects",
           "Best linear unbiased predictions: each study's effect drawn towards the model.");
    s->width[0] = LABEL_PIXELS;
    wb_value_list(s, TABLE_ROW, "TrueEffects", "Study", &study->label, sizeof *study, columns,
                  wb_has_natural(book) ? COLUMNS : COLUMNS - 1, a->k);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 1);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}
