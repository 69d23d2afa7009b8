/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The models of subsets of the studies: quantiles, and medians with and without each study. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 5 };

static lxw_row_t write_quantiles(wb_sheet *s, lxw_row_t row)
{
    enum { COLUMNS = 4 };
    const tq_gosh_report *g = s->book->a->gosh;
    const wb_look share = wb_decimals(WB_SHARE, 1);
    const size_t each = sizeof *g->natural, first = wb_has_natural(s->book) ? 0 : 1;
    const wb_value_column columns[] = {
        {wb_natural_name(s->book), wb_decimals(WB_FIXED, s->book->digits), g->natural, each,
         WB_DOUBLE},
        {"Estimate", wb_decimals(WB_FIXED, s->book->digits + 2), g->fit->estimate, each, WB_DOUBLE},
        {"I\xC2\xB2", share, g->fit->I2, each, WB_PERCENT},
    };

    wb_flow(s, row++, 0, "Quantiles of the models", wb_as(WB_SECTION));
    wb_list list = wb_list_begin(s, row, COLUMNS);

    const lxw_col_t percent = wb_list_column(&list, "Quantile", share);

    for (size_t q = 0; q < TQ_GOSH_QUANTILES; q++) {
        wb_number(s, list.top + 1 + (lxw_row_t)q, percent, tq_gosh_probability(q) / 100.0, share);
    }
    wb_list_values(&list, &columns[first], sizeof columns / sizeof *columns - first,
                   TQ_GOSH_QUANTILES);
    return wb_list_end(&list, "GoshQuantiles", TQ_GOSH_QUANTILES) + 1;
}

static lxw_row_t write_studies(wb_sheet *s, lxw_row_t row)
{
    const wb_look fine = wb_decimals(WB_FIXED, s->book->digits + 2),
                  share = wb_decimals(WB_SHARE, 1);
    const tq_analysis *a = s->book->a;
    const tq_gosh_study *g = a->gosh->fit->study;
    const wb_value_column columns[] = {
        {"Estimate with it", fine, &g->estimate_with, sizeof *g, WB_DOUBLE},
        {"Estimate without", fine, &g->estimate_without, sizeof *g, WB_DOUBLE},
        {"I\xC2\xB2 with it", share, &g->I2_with, sizeof *g, WB_PERCENT},
        {"I\xC2\xB2 without", share, &g->I2_without, sizeof *g, WB_PERCENT},
    };

    wb_flow(s, row++, 0, "Medians of the models with and without each study", wb_as(WB_SECTION));
    return wb_value_list(s, row, "GoshStudies", "Study", &a->study->label, sizeof *a->study,
                         columns, sizeof columns / sizeof *columns, a->k);
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
