/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The permutation test: p-values and intervals of the coefficients, and what was permuted. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 5 };

static lxw_row_t write_coefficients(wb_sheet *s)
{
    const tq_analysis *a = s->book->a;
    const tq_pool *fit = a->fit;
    const tq_permutation *test = a->permutation;
    const int fine = s->book->digits + 2;
    const size_t each = sizeof *fit->beta;
    const wb_value_column columns[] = {
        {"Estimate", wb_decimals(WB_FIXED, fine), fit->beta, each, WB_DOUBLE},
        {"SE", wb_decimals(WB_FIXED, fine), fit->se, each, WB_DOUBLE},
        {tq_test_statistic(fit->test), wb_decimals(WB_FIXED, 2), test->stat, each, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), fit->pval, each, WB_DOUBLE},
        {"Permutation p", wb_as(WB_PVAL), test->pval, each, WB_DOUBLE},
        {"Simulation SE", wb_decimals(WB_FIXED, 4), test->pval_se, each, WB_DOUBLE},
        {"Perm. CI low", wb_decimals(WB_CI_LO, fine), test->ci_lb, each, WB_DOUBLE},
        {"Perm. CI high", wb_decimals(WB_CI_HI, fine), test->ci_ub, each, WB_DOUBLE},
    };

    return wb_value_list(s, TABLE_ROW, "PermutationTable", "Term", a->term, sizeof *a->term,
                         columns, sizeof columns / sizeof *columns, test->p);
}

static lxw_row_t write_moderators(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_permutation *test = a->permutation;
    const struct {
        const char *label;
        double value;
        wb_look look;
    } entries[] = {
        {a->fit->QM_df2 > 0.0 ? "F" : "QM", a->fit->QM, wb_decimals(WB_FIXED, 2)},
        {"p", a->fit->QM_pval, wb_as(WB_PVAL)},
        {"Permutation p", test->QM_pval, wb_as(WB_PVAL)},
        {"Simulation SE", test->QM_pval_se, wb_decimals(WB_FIXED, 4)},
    };

    if (isnan(test->QM_pval)) {
        return row;
    }
    wb_flow(s, row++, 0, "Test of moderators", wb_as(WB_SECTION));
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        if (!isnan(entries[i].value)) {
            wb_flow(s, row, 0, entries[i].label, wb_as(WB_TEXT));
            wb_engine_only(s, row++, 1, entries[i].value, entries[i].look);
        }
    }
    return row + 1;
}

/* A count as a number, or as text where a double, and so a cell, cannot hold it. */
static void write_count(wb_sheet *s, lxw_row_t row, uint64_t n)
{
    if (n == UINT64_MAX) {
        wb_flow(s, row, 1, "more than 10^19", wb_as(WB_TEXT));
    } else {
        wb_number(s, row, 1, (double)n, wb_as(WB_COUNT));
    }
}

static void write_how(wb_sheet *s, lxw_row_t row)
{
    const tq_permutation *test = s->book->a->permutation;
    const struct {
        const char *label;
        uint64_t n;
        int shown;
    } counts[] = {
        {"Counted", test->iterations, 1},
        {"Possible", test->possible, 1},
        {"Without a fit", test->failed, test->failed > 0},
        {"Left out", test->dropped, test->dropped > 0},
        {"Seed", test->seed, !test->exact},
    };

    wb_flow(s, row++, 0, "How", wb_as(WB_SECTION));
    wb_flow(s, row, 0, "Permuted", wb_as(WB_TEXT));
    wb_flow(s, row++, 1,
            test->signs ? "signs of the effects" : "rows of the moderators among the studies",
            wb_as(WB_TEXT));
    wb_flow(s, row, 0, "Permutations", wb_as(WB_TEXT));
    wb_flow(s, row++, 1, test->exact ? "all (exact)" : "random, the data as the first",
            wb_as(WB_TEXT));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (counts[i].shown) {
            wb_flow(s, row, 0, counts[i].label, wb_as(WB_TEXT));
            write_count(s, row++, counts[i].n);
        }
    }
}

void wb_permutation(wb_sheet *s)
{
    enum { LABEL_PIXELS = 150 };

    wb_top(s, "Permutation test",
           "p: the share of permutations whose statistic is at least that of the data.");
    s->width[0] = LABEL_PIXELS;
    lxw_row_t row = write_coefficients(s);

    row = write_moderators(s, row);
    write_how(s, row);
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
}
