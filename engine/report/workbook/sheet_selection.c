/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block of a selection model: the parameters of its weight function, the function, and the effect
   without it. */
#include <math.h>

#include "report/analysis_internal.h"
#include "report/workbook/workbook_internal.h"

static lxw_row_t write_delta(wb_sheet *s, lxw_row_t row)
{
    const tq_selmodel *m = s->book->a->selmodel;
    const int fine = s->book->digits + 2;
    const tq_sel_delta *d = m->delta;
    const wb_look number = wb_decimals(WB_FIXED, fine), lo = wb_decimals(WB_CI_LO, fine),
                  hi = wb_decimals(WB_CI_HI, fine);
    const wb_value_column columns[] = {
        {"Estimate", number, &d->est, sizeof *d, WB_DOUBLE},
        {"SE", number, &d->se, sizeof *d, WB_DOUBLE},
        {"z", wb_decimals(WB_FIXED, 2), &d->stat, sizeof *d, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &d->pval, sizeof *d, WB_DOUBLE},
        {"CI low", lo, &d->ci_lb, sizeof *d, WB_DOUBLE},
        {"CI high", hi, &d->ci_ub, sizeof *d, WB_DOUBLE},
        {"Profile low", lo, &d->pl_lb, sizeof *d, WB_DOUBLE},
        {"Profile high", hi, &d->pl_ub, sizeof *d, WB_DOUBLE},
    };
    const size_t n = sizeof columns / sizeof *columns;
    wb_list list = wb_list_begin(s, row, n + 3);

    wb_list_column(&list, "Parameter", wb_as(WB_TEXT));
    wb_list_column(&list, "Studies", wb_as(WB_COUNT));
    wb_list_column(&list, "Given", wb_as(WB_INDENT));
    for (size_t i = 0; i < m->q; i++) {
        const lxw_row_t at = row + 1 + (lxw_row_t)i;

        wb_text(s, at, 0, analysis_delta_name(m, i, s->book->a->arena), wb_as(WB_TEXT));
        wb_optional(s, at, 1, d[i].n ? (double)d[i].n : (double)NAN, wb_as(WB_COUNT));
        wb_text(s, at, 2, d[i].fixed ? "yes" : "", wb_as(WB_INDENT));
    }
    wb_list_values(&list, columns, n, m->q);
    return wb_list_end(&list, "Selection", m->q) + 1;
}

static lxw_row_t write_tests(wb_sheet *s, lxw_row_t row)
{
    const tq_selmodel *m = s->book->a->selmodel;
    const tq_pool *fit = s->book->a->fit;
    const wb_look fine = wb_decimals(WB_FIXED, s->book->digits + 2), two = wb_decimals(WB_FIXED, 2);
    const wb_entry entries[] = {
        {"LR of no selection", m->lrt.stat, two, NULL},
        {"df", m->lrt.df, wb_as(WB_COUNT), NULL},
        {"p", m->lrt.pval, wb_as(WB_PVAL), NULL},
        {fit->p > 1 ? "First coefficient" : "Pooled effect", fit->beta[0], fine, NULL},
        {"   CI low", fit->ci_lb[0], fine, NULL},
        {"   CI high", fit->ci_ub[0], fine, NULL},
        {"   tau\xC2\xB2", fit->tau2, fine, NULL},
        {"Without selection", m->beta0, fine, NULL},
        {"   CI low", m->ci_lb0, fine, NULL},
        {"   CI high", m->ci_ub0, fine, NULL},
        {"   tau\xC2\xB2", m->tau20, fine, NULL},
    };

    return wb_entries(s, row, "What selection changes", entries, sizeof entries / sizeof *entries);
}

/* The function at p-values that readers know. */
static void write_weights(wb_sheet *s, lxw_row_t row)
{
    static const double at[] = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99};
    const size_t n = sizeof at / sizeof *at;
    const tq_selmodel *m = s->book->a->selmodel;
    const wb_look three = wb_decimals(WB_FIXED, 3);
    wb_list list = wb_list_begin(s, row, 2);

    wb_list_column(&list, "p", three);
    wb_list_column(&list, "w(p)", wb_decimals(WB_FIXED, 4));
    for (size_t i = 0; i < n; i++) {
        wb_number(s, row + 1 + (lxw_row_t)i, 0, at[i], three);
        wb_number(s, row + 1 + (lxw_row_t)i, 1, tq_selmodel_weight(m, at[i]),
                  wb_decimals(WB_FIXED, 4));
    }
    wb_list_end(&list, "SelectionWeights", n);
}

void wb_selection(wb_sheet *s, lxw_row_t row)
{
    const tq_selmodel *m = s->book->a->selmodel;

    wb_flow(s, row++, 0, "Selection model", wb_as(WB_SECTION));
    row = write_delta(s, row);
    row = wb_paragraph(s, row, 0,
                       wb_format(s->book,
                                 "w: the probability that a study is seen, relative to one whose "
                                 "weight is 1. By a %s, %s. Alternative: %s. %s",
                                 tq_sel_type_label(m->type), tq_sel_type_formula(m->type),
                                 tq_sel_alternative_name(m->alternative),
                                 tq_sel_type_source(m->type)),
                       wb_as(WB_NOTE)) +
          1;
    row = write_tests(s, row);
    if (m->type < TQ_SEL_TRUNC) {
        write_weights(s, row);
    }
}
