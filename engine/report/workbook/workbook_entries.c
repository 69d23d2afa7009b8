/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks that more than one sheet has: labelled numbers, coefficients. */
#include <math.h>
#include <string.h>

#include "report/workbook/workbook_live_internal.h"

enum { LABEL = 0 };

int wb_has_natural(const wb_book *book)
{
    return book->a->transform && strcmp(book->a->transform->name, "none") != 0;
}

int wb_is_regression(const wb_book *book)
{
    return isnan(book->a->fit->prediction.pred);
}

lxw_row_t wb_entries(wb_sheet *s, lxw_row_t row, const char *title, const wb_entry *e, size_t n)
{
    lxw_row_t start = row + 1;

    for (size_t i = 0; i < n; i++) {
        if (isfinite(e[i].value)) {
            wb_flow(s, start, 0, e[i].label, wb_as(WB_TEXT));
            wb_named_number(s, start, 1, e[i].name, e[i].value, e[i].look,
                            wb_format(s->book, "%s: %s", title, e[i].label));
            if (e[i].name) {
                wb_define(s, start, 1, e[i].name);
                wb_flow(s, start, 2, e[i].name, wb_as(WB_NAME));
            }
            if (s->book->live && !wb_live_named(s->book, e[i].name)) {
                wb_flow(s, start, e[i].name ? 3 : 2,
                        "engine's value: gone once an input was changed", wb_as(WB_NOTE));
            }
            start++;
        }
    }
    if (start == row + 1) {
        return row;
    }
    wb_flow(s, row, 0, title, wb_as(WB_SECTION));
    return start + 1;
}

lxw_row_t wb_coefficients(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_pool *fit = a->fit;
    const int fine = s->book->digits + 2;
    const struct {
        const char *head;
        const double *value; /* [p] */
        wb_look look;
        wb_quantity live;
    } columns[] = {
        {"Estimate", fit->beta, wb_decimals(WB_FIXED, fine), WB_LIVE_MU},
        {"SE", fit->se, wb_decimals(WB_FIXED, fine), WB_LIVE_SE},
        {"CI low", fit->ci_lb, wb_decimals(WB_CI_LO, fine), WB_LIVE_CI_LB},
        {"CI high", fit->ci_ub, wb_decimals(WB_CI_HI, fine), WB_LIVE_CI_UB},
        {tq_test_statistic(fit->test), fit->stat, wb_decimals(WB_FIXED, 2), WB_LIVE_STAT},
        {"df", fit->df, wb_decimals(WB_FIXED, 1), WB_LIVE_DF},
        {"p", fit->pval, wb_as(WB_PVAL), WB_LIVE_PVAL},
    };
    const size_t n = sizeof columns / sizeof *columns;

    wb_flow(s, row, 0, wb_format(s->book, "Coefficients (%s)", tq_analysis_scale_name(a, 0)),
            wb_as(WB_SECTION));
    wb_list list = wb_list_begin(s, row + 1, n + 1);

    wb_list_column(&list, "Term", wb_as(WB_TEXT));
    for (size_t i = 0; i < fit->p; i++) {
        wb_text(s, row + 2 + (lxw_row_t)i, LABEL, a->term ? a->term[i] : "intrcpt", wb_as(WB_TEXT));
    }
    for (size_t j = 0; j < n; j++) {
        if (columns[j].value == fit->df && isnan(fit->df[0])) {
            continue;
        }
        const lxw_col_t col = wb_list_column(&list, columns[j].head, columns[j].look);

        for (size_t i = 0; i < fit->p; i++) {
            const char *formula = wb_live_overall(s->book, columns[j].live);
            const double x = columns[j].value[i];

            if (formula && isfinite(x)) {
                wb_formula(s, row + 2 + (lxw_row_t)i, col, formula, x, columns[j].look);
            } else {
                wb_optional(s, row + 2 + (lxw_row_t)i, col, x, columns[j].look);
            }
        }
    }
    return wb_list_end(&list, "CoefficientTable", fit->p) + 1;
}
