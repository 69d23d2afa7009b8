/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What takes many fits: residuals without each study, models side by side, all subsets of terms. */
#include "report/workbook/workbook_internal.h"

/* ---- residuals ---- */

void wb_residuals(wb_sheet *s)
{
    enum { TABLE_ROW = 4 };
    const tq_analysis *a = s->book->a;
    const tq_residual *r = a->regression->residual;
    const wb_look number = wb_decimals(WB_FIXED, s->book->digits + 2);
    const wb_look two = wb_decimals(WB_FIXED, 2), three = wb_decimals(WB_FIXED, 3);
    const wb_value_column columns[] = {
        {"Residual", number, &r->resid, sizeof *r, WB_DOUBLE},
        {"SE", number, &r->se, sizeof *r, WB_DOUBLE},
        {"Pearson", two, &r->pearson, sizeof *r, WB_DOUBLE},
        {"Standardised", two, &r->rstandard, sizeof *r, WB_DOUBLE},
        {"Deleted residual", number, &r->resid_del, sizeof *r, WB_DOUBLE},
        {"SE, deleted", number, &r->se_del, sizeof *r, WB_DOUBLE},
        {"Studentised (deleted)", two, &r->rstudent, sizeof *r, WB_DOUBLE},
        {"Hat value", three, &r->hat, sizeof *r, WB_DOUBLE},
        {"tau\xC2\xB2 without the study", number, &r->tau2_del, sizeof *r, WB_DOUBLE},
    };

    wb_top(s, "Residuals",
           "Standardised: by the standard error of the residual; deleted: from the model fitted "
           "without the study");
    wb_value_list(s, TABLE_ROW, "ResidualTable", "Study", &a->study->label, sizeof *a->study,
                  columns, sizeof columns / sizeof *columns, a->k);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 1);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}

/* ---- models ---- */

static lxw_row_t write_comparison(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    const tq_compared *m = g->compared;
    const wb_look two = wb_decimals(WB_FIXED, 2), one = wb_decimals(WB_FIXED, 1);
    const wb_look number = wb_decimals(WB_FIXED, s->book->digits + 2);
    if (g->n_compared == 0) {
        return row;
    }
    const wb_value_column columns[] = {
        {"Coefficients", wb_as(WB_COUNT), &m->p, sizeof *m, WB_SIZE},
        {"Log-likelihood", two, &m->ll, sizeof *m, WB_DOUBLE},
        {"AIC", two, &m->AIC, sizeof *m, WB_DOUBLE},
        {"AICc", two, &m->AICc, sizeof *m, WB_DOUBLE},
        {"BIC", two, &m->BIC, sizeof *m, WB_DOUBLE},
        {"Weight", wb_decimals(WB_SHARE, 1), &m->weight, sizeof *m, WB_DOUBLE},
        {"QE", two, &m->QE, sizeof *m, WB_DOUBLE},
        {"tau\xC2\xB2", number, &m->tau2, sizeof *m, WB_DOUBLE},
        {"R\xC2\xB2 (%)", one, &m->R2, sizeof *m, WB_DOUBLE},
        {"LRT", two, &m->LRT, sizeof *m, WB_DOUBLE},
        {"df", wb_decimals(WB_FIXED, 0), &m->df, sizeof *m, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &m->pval, sizeof *m, WB_DOUBLE},
    };

    wb_flow(s, row, 0, "Models side by side (LRT against the first)", wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "ComparisonTable", "Model", g->compared_text,
                         sizeof *g->compared_text, columns, sizeof columns / sizeof *columns,
                         g->n_compared);
}

static lxw_row_t write_best(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    const tq_selected *m = g->selection->best;
    const wb_look two = wb_decimals(WB_FIXED, 2),
                  number = wb_decimals(WB_FIXED, s->book->digits + 2);
    const wb_value_column columns[] = {
        {"Coefficients", wb_as(WB_COUNT), &m->p, sizeof *m, WB_SIZE},
        {"Log-likelihood", two, &m->ll, sizeof *m, WB_DOUBLE},
        {"AIC", two, &m->AIC, sizeof *m, WB_DOUBLE},
        {"AICc", two, &m->AICc, sizeof *m, WB_DOUBLE},
        {"BIC", two, &m->BIC, sizeof *m, WB_DOUBLE},
        {"Delta", two, &m->delta, sizeof *m, WB_DOUBLE},
        {"Weight", wb_decimals(WB_SHARE, 1), &m->weight, sizeof *m, WB_DOUBLE},
        {"QE", two, &m->QE, sizeof *m, WB_DOUBLE},
        {"tau\xC2\xB2", number, &m->tau2, sizeof *m, WB_DOUBLE},
        {"R\xC2\xB2 (%)", wb_decimals(WB_FIXED, 1), &m->R2, sizeof *m, WB_DOUBLE},
    };

    wb_flow(s, row, 0,
            wb_format(s->book, "All subsets: the best %zu of %llu models, by %s",
                      g->selection->n_best, (unsigned long long)g->selection->n_models,
                      tq_criterion_name(g->criterion)),
            wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "BestTable", "Model", g->selection_text,
                         sizeof *g->selection_text, columns, sizeof columns / sizeof *columns,
                         g->selection->n_best);
}

static lxw_row_t write_importance(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    const tq_selection *c = g->selection;
    const wb_value_column columns[] = {
        {"Importance", wb_decimals(WB_FIXED, 4), c->importance, sizeof *c->importance, WB_DOUBLE},
        {"Models", wb_as(WB_COUNT), c->n_with, sizeof *c->n_with, WB_UINT64},
    };

    wb_flow(s, row, 0, "Importance of the terms (sum of the weights of their models)",
            wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "ImportanceTable", "Term", g->selection_term,
                         sizeof *g->selection_term, columns, sizeof columns / sizeof *columns,
                         c->n_terms);
}

static lxw_row_t write_averages(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_averaged *c = a->regression->selection->average;
    const int fine = s->book->digits + 2;
    const wb_look number = wb_decimals(WB_FIXED, fine);
    const wb_value_column columns[] = {
        {"Average", number, &c->est, sizeof *c, WB_DOUBLE},
        {"SE", number, &c->se, sizeof *c, WB_DOUBLE},
        {"CI low", wb_decimals(WB_CI_LO, fine), &c->ci_lb, sizeof *c, WB_DOUBLE},
        {"CI high", wb_decimals(WB_CI_HI, fine), &c->ci_ub, sizeof *c, WB_DOUBLE},
        {"z", wb_decimals(WB_FIXED, 2), &c->stat, sizeof *c, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &c->pval, sizeof *c, WB_DOUBLE},
        {"Where present", number, &c->cond_est, sizeof *c, WB_DOUBLE},
        {"SE, present", number, &c->cond_se, sizeof *c, WB_DOUBLE},
    };

    wb_flow(s, row, 0, "Model-averaged coefficients (0 where absent; unconditional SE)",
            wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "AverageTable", "Coefficient", a->term, sizeof *a->term,
                         columns, sizeof columns / sizeof *columns, a->regression->selection->p);
}

void wb_models(wb_sheet *s)
{
    enum { TOP_ROW = 4 };
    const tq_regression *g = s->book->a->regression;
    lxw_row_t row = TOP_ROW;

    wb_top(s, "Models",
           wb_format(s->book, "Fitted to the same %zu studies by %s", s->book->a->k,
                     tq_method_name(g->likelihood_method)));
    row = write_comparison(s, row, g);
    if (g->selection) {
        row = write_best(s, row, g);
        row = write_importance(s, row, g);
        write_averages(s, row);
    }
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
}
