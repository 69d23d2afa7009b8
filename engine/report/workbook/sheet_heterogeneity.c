/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much the studies differ beyond chance: the variance, its relatives and Cochran's Q. */
#include <math.h>

#include "report/workbook/workbook_live_internal.h"

enum { TABLE_ROW = 4, QUANTITY = 0, ESTIMATE, LOW, HIGH, METHOD, NAME };

typedef struct {
    const char *quantity;
    double value;
    const double *limits; /* [2] or NULL */
    int decimals;
    const char *method;
    const char *name; /* defined name of the value; NULL: none */
    wb_style style;   /* of the value */
} quantity;

static const char *tau2_method(wb_book *book)
{
    const tq_pool *fit = book->a->fit;

    if (fit->tau2_fixed) {
        return "given, not estimated";
    }
    return tq_method_random(fit->method) ? tq_method_label(fit->method)
                                         : "no tau\xC2\xB2 in this model";
}

static const char *ci_method(wb_book *book)
{
    const tq_heterogeneity_ci *ci = &book->a->fit->ci;

    if (ci->empty) {
        return "no interval: the set of plausible values is empty";
    }
    return ci->method == TQ_CI_NONE ? NULL
                                    : wb_format(book, "%g%% interval: %s", book->a->fit->level,
                                                tq_ci_tau2_label(ci->method));
}

static void write_quantity(wb_sheet *s, lxw_row_t row, const quantity *q)
{
    wb_text(s, row, QUANTITY, q->quantity, wb_as(WB_TEXT));
    wb_named_number(s, row, ESTIMATE, q->name, q->value, wb_decimals(q->style, q->decimals),
                    q->quantity);
    if (q->limits && (isfinite(q->limits[0]) || isfinite(q->limits[1]))) {
        wb_named_number(s, row, LOW, NULL, q->limits[0], wb_decimals(WB_CI_LO, q->decimals), NULL);
        wb_named_number(s, row, HIGH, NULL, q->limits[1], wb_decimals(WB_CI_HI, q->decimals), NULL);
    }
    wb_text(s, row, METHOD, q->method, wb_as(WB_INDENT));
    if (q->name && isfinite(q->value)) {
        wb_define(s, row, ESTIMATE, q->name);
        wb_text(s, row, NAME, q->name, wb_as(WB_NAME));
    }
}

static void write_heads(wb_list *list)
{
    wb_list_column(list, "Quantity", wb_as(WB_TEXT));
    wb_list_column(list, "Estimate", wb_as(WB_FIXED));
    wb_list_column(list, "CI low", wb_as(WB_CI_LO));
    wb_list_column(list, "CI high", wb_as(WB_CI_HI));
    wb_list_column(list, "Method", wb_as(WB_INDENT));
    wb_list_column(list, "Name in formulas", wb_as(WB_NAME));
}

void wb_heterogeneity(wb_sheet *s)
{
    wb_book *book = s->book;
    const tq_pool *fit = book->a->fit;
    const int residual = fit->p > 1, fine = book->digits + 2;
    const char *ci = ci_method(book);
    const quantity all[] = {
        {residual ? "tau\xC2\xB2 (residual)" : "tau\xC2\xB2", fit->tau2, fit->ci.tau2, fine,
         tau2_method(book), "tausq_tau2", WB_FIXED},
        {"SE of tau\xC2\xB2", fit->se_tau2, NULL, fine, NULL, "tausq_tau2_se", WB_FIXED},
        {"tau", fit->tau, fit->ci.tau, fine, "square root of tau\xC2\xB2", "tausq_tau", WB_FIXED},
        {"I\xC2\xB2 (%)", fit->I2, fit->ci.I2, 1,
         "share of the variance that is not sampling error", "tausq_I2", WB_FIXED},
        {"H\xC2\xB2", fit->H2, fit->ci.H2, 2, "total over sampling variance", "tausq_H2", WB_FIXED},
        {"R\xC2\xB2 (%)", fit->R2, NULL, 1, "share of tau\xC2\xB2 explained by the moderators",
         "tausq_R2", WB_FIXED},
        {fit->rho[1] != fit->rho[0] && !isnan(fit->rho[1]) ? "rho (group 1)" : "rho", fit->rho[0],
         NULL, fine, "correlation of events within a study", "tausq_rho", WB_FIXED},
        {"rho (group 2)", fit->rho[1] != fit->rho[0] ? fit->rho[1] : (double)NAN, NULL, fine,
         "correlation of events within a study", "tausq_rho2", WB_FIXED},
        {residual ? "QE (residual)" : "Q", fit->QE, NULL, 2,
         "Cochran's test, chi-square under homogeneity", "tausq_Q", WB_FIXED},
        {"df of Q", fit->QE_df, NULL, 0, NULL, "tausq_Q_df", WB_FIXED},
        {"p of Q", fit->QE_pval, NULL, 4, NULL, "tausq_Q_pval", WB_PVAL},
        {"Typical sampling variance", fit->typical_vi, NULL, fine, NULL, "tausq_typical_vi",
         WB_FIXED},
    };
    lxw_row_t row = TABLE_ROW;

    wb_top(s, "Heterogeneity", ci ? ci : "No intervals were asked for, or none exist.");
    wb_list list = wb_list_begin(s, TABLE_ROW, 6);

    write_heads(&list);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const int moderators_only = all[i].value != all[i].value && all[i].limits == NULL;

        if (!moderators_only) {
            write_quantity(s, ++row, &all[i]);
        }
    }
    row = wb_list_end(&list, "HeterogeneityTable", row - TABLE_ROW);
    if (book->live) {
        wb_paragraph(
            s, row + 1, 0,
            "Estimates follow the Studies sheet. Confidence limits and standard errors are the "
            "engine's: they go once an input was changed.",
            wb_as(WB_SUBTITLE));
    }
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 1);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}
