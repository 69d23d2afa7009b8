/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The permutation test: p-values and intervals of the coefficients, and what was permuted. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 5 };

static void add_column(wb_list *list, const char *head, const double *value, wb_look look)
{
    const lxw_col_t col = wb_list_column(list, head, look);

    for (size_t i = 0; i < list->s->book->a->permutation->p; i++) {
        wb_engine_only(list->s, TABLE_ROW + 1 + (lxw_row_t)i, col, value[i], look);
    }
}

static lxw_row_t write_coefficients(wb_sheet *s)
{
    enum { COLUMNS = 11 };
    const tq_analysis *a = s->book->a;
    const tq_permutation *test = a->permutation;
    const int fine = s->book->digits + 2;
    wb_list list = wb_list_begin(s, TABLE_ROW, COLUMNS);

    wb_list_column(&list, "Term", wb_as(WB_TEXT));
    for (size_t i = 0; i < test->p; i++) {
        wb_text(s, TABLE_ROW + 1 + (lxw_row_t)i, 0, a->term[i], wb_as(WB_TEXT));
    }
    add_column(&list, "Estimate", a->fit->beta, wb_decimals(WB_FIXED, fine));
    add_column(&list, "SE", a->fit->se, wb_decimals(WB_FIXED, fine));
    add_column(&list, tq_test_statistic(a->fit->test), test->stat, wb_decimals(WB_FIXED, 2));
    add_column(&list, "p", a->fit->pval, wb_as(WB_PVAL));
    add_column(&list, "Permutation p", test->pval, wb_as(WB_PVAL));
    if (!test->exact) {
        add_column(&list, "Simulation SE", test->pval_se, wb_decimals(WB_FIXED, 4));
    }
    if (test->has_ci) {
        add_column(&list, "Perm. CI low", test->ci_lb, wb_decimals(WB_CI_LO, fine));
        add_column(&list, "Perm. CI high", test->ci_ub, wb_decimals(WB_CI_HI, fine));
    }
    return wb_list_end(&list, "PermutationTable", test->p) + 1;
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
