/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model over several correlations of sampling errors. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { FIRST_ROW = 4, LABEL_PIXELS = 150 };

/* A row of the list: a coefficient, or a component of variance, with one correlation. */
typedef struct {
    const char *label;
    double rho, estimate, se, ci_lb, ci_ub, pval;
    double robust_se, robust_df, robust_ci_lb, robust_ci_ub, robust_pval;
} flat;

static flat coefficient_of(const tq_analysis *a, size_t i, size_t c)
{
    const tq_rho_row *r = &a->rho->row[i];
    const int robust = r->robust_se != NULL;

    return (flat){.label = a->term[c],
                  .rho = r->rho,
                  .estimate = r->beta[c],
                  .se = r->se[c],
                  .ci_lb = r->ci_lb[c],
                  .ci_ub = r->ci_ub[c],
                  .pval = r->pval[c],
                  .robust_se = robust ? r->robust_se[c] : (double)NAN,
                  .robust_df = robust ? r->robust_df[c] : (double)NAN,
                  .robust_ci_lb = robust ? r->robust_ci_lb[c] : (double)NAN,
                  .robust_ci_ub = robust ? r->robust_ci_ub[c] : (double)NAN,
                  .robust_pval = robust ? r->robust_pval[c] : (double)NAN};
}

static flat component_of(const tq_analysis *a, size_t i, size_t c)
{
    const tq_rho_row *r = &a->rho->row[i];

    return (flat){.label = a->multilevel->label[c],
                  .rho = r->rho,
                  .estimate = r->component[c],
                  .se = NAN,
                  .ci_lb = NAN,
                  .ci_ub = NAN,
                  .pval = NAN,
                  .robust_se = NAN,
                  .robust_df = NAN,
                  .robust_ci_lb = NAN,
                  .robust_ci_ub = NAN,
                  .robust_pval = NAN};
}

static lxw_row_t write_list(wb_sheet *s, lxw_row_t row, const char *name, const char *head,
                            const flat *f, size_t n)
{
    const int fine = s->book->digits + 2;
    const wb_look number = wb_decimals(WB_FIXED, fine), two = wb_decimals(WB_FIXED, 2);
    const wb_look lo = wb_decimals(WB_CI_LO, fine), hi = wb_decimals(WB_CI_HI, fine);
    const wb_value_column columns[] = {
        {"rho", two, &f->rho, sizeof *f, WB_DOUBLE},
        {"Estimate", number, &f->estimate, sizeof *f, WB_DOUBLE},
        {"SE", number, &f->se, sizeof *f, WB_DOUBLE},
        {"CI low", lo, &f->ci_lb, sizeof *f, WB_DOUBLE},
        {"CI high", hi, &f->ci_ub, sizeof *f, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &f->pval, sizeof *f, WB_DOUBLE},
        {"Robust SE", number, &f->robust_se, sizeof *f, WB_DOUBLE},
        {"df", two, &f->robust_df, sizeof *f, WB_DOUBLE},
        {"Robust CI low", lo, &f->robust_ci_lb, sizeof *f, WB_DOUBLE},
        {"Robust CI high", hi, &f->robust_ci_ub, sizeof *f, WB_DOUBLE},
        {"Robust p", wb_as(WB_PVAL), &f->robust_pval, sizeof *f, WB_DOUBLE},
    };

    return wb_value_list(s, row, name, head, &f->label, sizeof *f, columns,
                         sizeof columns / sizeof *columns, n) +
           1;
}

/* By coefficient or component, over the correlations. */
static lxw_row_t write_rows(wb_sheet *s, lxw_row_t row, const char *name, const char *head,
                            size_t of, flat (*make)(const tq_analysis *a, size_t i, size_t c))
{
    const tq_analysis *a = s->book->a;
    const size_t n = a->rho->n;
    flat *f = tq_arena_take(s->book->arena, n * of + 1, sizeof *f);

    if (!f) {
        wb_check(s->book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return row;
    }
    for (size_t c = 0; c < of; c++) {
        for (size_t i = 0; i < n; i++) {
            f[c * n + i] = make(a, i, c);
        }
    }
    return write_list(s, row, name, head, f, n * of);
}

void wb_rho(wb_sheet *s)
{
    const tq_rho_sensitivity *rho = s->book->a->rho;
    lxw_row_t row = FIRST_ROW;

    wb_top(s, "Correlation", "The model for several correlations of sampling errors.");
    s->width[0] = LABEL_PIXELS;
    row = write_rows(s, row, "RhoCoefficients", "Coefficient", rho->p, coefficient_of);
    row = write_rows(s, row, "RhoComponents", "Component", rho->n_components, component_of);
    if (rho->reading[0]) {
        wb_paragraph(s, row, 0, rho->reading, wb_as(WB_TEXT));
    }
    wb_finish(s, FIRST_ROW, FIRST_ROW);
}
