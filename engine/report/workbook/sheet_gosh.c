/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The models of subsets of the studies: quantiles, and medians with and without each study. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 5 };

static void add_numbers(wb_list *list, const char *head, const double *x, size_t n, double unit,
                        wb_look look)
{
    const lxw_col_t col = wb_list_column(list, head, look);

    for (size_t i = 0; i < n; i++) {
        wb_engine_only(list->s, list->top + 1 + (lxw_row_t)i, col, x[i] / unit, look);
    }
}

static lxw_row_t write_quantiles(wb_sheet *s, lxw_row_t row)
{
    enum { COLUMNS = 4 };
    const tq_gosh_report *g = s->book->a->gosh;
    const wb_look share = wb_decimals(WB_SHARE, 1);

    wb_flow(s, row++, 0, "Quantiles of the models", wb_as(WB_SECTION));
    wb_list list = wb_list_begin(s, row, COLUMNS);

    const lxw_col_t percent = wb_list_column(&list, "Quantile", share);

    for (size_t q = 0; q < TQ_GOSH_QUANTILES; q++) {
        wb_number(s, list.top + 1 + (lxw_row_t)q, percent, tq_gosh_probability(q) / 100.0, share);
    }
    if (wb_has_natural(s->book)) {
        add_numbers(&list, wb_natural_name(s->book), g->natural, TQ_GOSH_QUANTILES, 1.0,
                    wb_decimals(WB_FIXED, s->book->digits));
    }
    add_numbers(&list, "Estimate", g->fit->estimate, TQ_GOSH_QUANTILES, 1.0,
                wb_decimals(WB_FIXED, s->book->digits + 2));
    add_numbers(&list, "I\xC2\xB2", g->fit->I2, TQ_GOSH_QUANTILES, 100.0, share);
    return wb_list_end(&list, "GoshQuantiles", TQ_GOSH_QUANTILES) + 1;
}

/* A column of the studies' medians. */
typedef double study_value(const tq_gosh_study *s);

static double with_of(const tq_gosh_study *s)
{
    return s->estimate_with;
}

static double without_of(const tq_gosh_study *s)
{
    return s->estimate_without;
}

static double I2_with_of(const tq_gosh_study *s)
{
    return s->I2_with / 100.0;
}

static double I2_without_of(const tq_gosh_study *s)
{
    return s->I2_without / 100.0;
}

static lxw_row_t write_studies(wb_sheet *s, lxw_row_t row)
{
    const wb_look fine = wb_decimals(WB_FIXED, s->book->digits + 2),
                  share = wb_decimals(WB_SHARE, 1);
    const struct {
        const char *head;
        study_value *of;
        wb_look look;
    } columns[] = {{"Estimate with it", with_of, fine},
                   {"Estimate without", without_of, fine},
                   {"I\xC2\xB2 with it", I2_with_of, share},
                   {"I\xC2\xB2 without", I2_without_of, share}};
    const tq_analysis *a = s->book->a;
    const size_t n = sizeof columns / sizeof *columns;

    wb_flow(s, row++, 0, "Medians of the models with and without each study", wb_as(WB_SECTION));
    wb_list list = wb_list_begin(s, row, n + 1);
    const lxw_col_t first = wb_list_column(&list, "Study", wb_as(WB_TEXT));

    for (size_t i = 0; i < a->k; i++) {
        wb_text(s, list.top + 1 + (lxw_row_t)i, first, a->study[i].label, wb_as(WB_TEXT));
    }
    for (size_t c = 0; c < n; c++) {
        const lxw_col_t col = wb_list_column(&list, columns[c].head, columns[c].look);

        for (size_t i = 0; i < a->k; i++) {
            wb_engine_only(s, list.top + 1 + (lxw_row_t)i, col,
                           columns[c].of(&a->gosh->fit->study[i]), columns[c].look);
        }
    }
    return wb_list_end(&list, "GoshStudies", a->k) + 1;
}

static void write_how(wb_sheet *s, lxw_row_t row)
{
    const tq_gosh *g = s->book->a->gosh->fit;
    const struct {
        const char *label;
        uint64_t n;
        int shown;
    } counts[] = {
        {"Models", g->models, 1},
        {"Asked for", g->asked, g->interrupted},
        {"Without a fit", g->failed, g->failed > 0},
        {"Seed", g->seed, !g->all},
    };

    wb_flow(s, row++, 0, "How", wb_as(WB_SECTION));
    wb_flow(s, row, 0, "Subsets", wb_as(WB_TEXT));
    wb_flow(s, row++, 1, g->all ? "all that are not empty" : "random", wb_as(WB_TEXT));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (counts[i].shown) {
            wb_flow(s, row, 0, counts[i].label, wb_as(WB_TEXT));
            wb_number(s, row++, 1, (double)counts[i].n, wb_as(WB_COUNT));
        }
    }
}

void wb_gosh(wb_sheet *s)
{
    enum { LABEL_PIXELS = 150 };
    lxw_row_t row = TABLE_ROW - 1;

    wb_top(s, "GOSH", "The pooled model fitted to subsets of the studies.");
    s->width[0] = LABEL_PIXELS;
    row = wb_paragraph(s, row, 0, s->book->a->gosh->reading, wb_as(WB_TEXT)) + 1;
    row = write_quantiles(s, row);
    row = write_studies(s, row);
    write_how(s, row);
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
}
