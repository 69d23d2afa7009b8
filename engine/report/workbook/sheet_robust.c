/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cluster-robust inference: coefficients, tests of several, what they rest on. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { FIRST_ROW = 4, LABEL_PIXELS = 190 };

static lxw_row_t write_coefficients(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_robust_report *b = a->robust;
    const tq_robust *f = b->fit;
    const int fine = s->book->digits + 2;
    const wb_look number = wb_decimals(WB_FIXED, fine), two = wb_decimals(WB_FIXED, 2);
    const wb_value_column columns[] = {
        {"Estimate", number, f->beta, sizeof *f->beta, WB_DOUBLE},
        {"Robust SE", number, f->se, sizeof *f->se, WB_DOUBLE},
        {"t", two, f->stat, sizeof *f->stat, WB_DOUBLE},
        {"df", two, f->df, sizeof *f->df, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), f->pval, sizeof *f->pval, WB_DOUBLE},
        {"CI low", wb_decimals(WB_CI_LO, fine), f->ci_lb, sizeof *f->ci_lb, WB_DOUBLE},
        {"CI high", wb_decimals(WB_CI_HI, fine), f->ci_ub, sizeof *f->ci_ub, WB_DOUBLE},
        {"Model SE", number, a->fit->se, sizeof *a->fit->se, WB_DOUBLE},
        {"p, wild bootstrap", wb_as(WB_PVAL), b->wild ? &b->wild->pval : NULL, sizeof *b->wild,
         WB_DOUBLE},
    };
    const size_t n = sizeof columns / sizeof *columns - (b->wild ? 0 : 1);

    return wb_value_list(s, row, "RobustCoefficients", "Coefficient", a->term, sizeof *a->term,
                         columns, n, f->p) +
           1;
}

static lxw_row_t write_tests(wb_sheet *s, lxw_row_t row)
{
    const tq_robust_report *b = s->book->a->robust;
    const tq_robust_test *t = b->test;

    if (b->n_tests == 0) { /* first: there is nothing to point into */
        return row;
    }
    const wb_look two = wb_decimals(WB_FIXED, 2);
    const wb_value_column columns[] = {
        {"Coefficients", wb_as(WB_COUNT), &t->n, sizeof *t, WB_SIZE},
        {"F", two, &t->wald.stat, sizeof *t, WB_DOUBLE},
        {"df1", wb_as(WB_COUNT), &t->wald.df1, sizeof *t, WB_DOUBLE},
        {"df2", two, &t->wald.df2, sizeof *t, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &t->wald.pval, sizeof *t, WB_DOUBLE},
        {"p, wild bootstrap", wb_as(WB_PVAL), &t->wild.pval, sizeof *t, WB_DOUBLE},
    };
    const size_t n = sizeof columns / sizeof *columns - (b->wild ? 0 : 1);

    wb_flow(s, row++, 0, "Tests of several coefficients", wb_as(WB_SECTION));
    return wb_value_list(s, row, "RobustTests", "Test of", &t->name, sizeof *t, columns, n,
                         b->n_tests) +
           1;
}

static lxw_row_t write_basis(wb_sheet *s, lxw_row_t row)
{
    const tq_robust_report *b = s->book->a->robust;
    const int fine = s->book->digits + 2;
    const wb_entry clusters[] = {
        {"Clusters", (double)b->m, wb_as(WB_COUNT), NULL},
        {"Effects", (double)b->fit->k, wb_as(WB_COUNT), NULL},
        {"Effects of the largest cluster", (double)b->largest, wb_as(WB_COUNT), NULL},
    };
    const wb_entry working[] = {
        {"tau\xC2\xB2 of the working model", b->working.tau2, wb_decimals(WB_FIXED, fine), NULL},
        {"omega\xC2\xB2", b->working.omega2, wb_decimals(WB_FIXED, fine), NULL},
        {"rho", b->weighted_by == TQ_WORKING_CORR ? b->rho : (double)NAN, wb_decimals(WB_FIXED, 2),
         NULL},
    };

    row = wb_entries(s, row, "What it rests on", clusters, sizeof clusters / sizeof *clusters);
    return b->weighted_by >= 0 ? wb_entries(s, row,
                                            wb_format(s->book, "Working model %s",
                                                      tq_working_name((tq_working)b->weighted_by)),
                                            working, sizeof working / sizeof *working)
                               : row;
}

void wb_robust(wb_sheet *s)
{
    const tq_robust_report *b = s->book->a->robust;
    lxw_row_t row = FIRST_ROW;

    wb_top(s, "Robust",
           wb_format(s->book,
                     "Cluster-robust inference (%s): effects of one %s may depend on each "
                     "other.",
                     tq_robust_name(b->fit->type), b->by));
    s->width[0] = LABEL_PIXELS;
    row = write_coefficients(s, row);
    row = write_tests(s, row);
    write_basis(s, row);
    wb_finish(s, FIRST_ROW, FIRST_ROW);
}
