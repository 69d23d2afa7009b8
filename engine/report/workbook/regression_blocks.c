/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inference about a regression as lists on its sheet: terms, contrasts, marginal means, inflation. */
#include "report/workbook/workbook_internal.h"

/* ---- terms ---- */

static lxw_row_t write_terms(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    const tq_term_test *t = g->term;
    const char *statistic = s->book->a->fit->QM_df2 > 0.0 ? "F" : "QM";

    if (g->n_terms == 0) {
        return row;
    }
    const wb_value_column columns[] = {
        {statistic, wb_decimals(WB_FIXED, 2), &t->test.stat, sizeof *t, WB_DOUBLE},
        {"df", wb_decimals(WB_FIXED, 0), &t->test.df1, sizeof *t, WB_DOUBLE},
        {"df, denominator", wb_decimals(WB_FIXED, 1), &t->test.df2, sizeof *t, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &t->test.pval, sizeof *t, WB_DOUBLE},
    };

    wb_flow(s, row, 0, "Tests of the terms", wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "TermTable", "Term", &t->name, sizeof *t, columns,
                         sizeof columns / sizeof *columns, g->n_terms);
}

/* ---- contrasts ---- */

static lxw_row_t write_lines(wb_sheet *s, lxw_row_t row, const char *name, const char *head,
                             const tq_contrast_line *line, size_t n, int adjusted)
{
    const int fine = s->book->digits + 2;
    const wb_look number = wb_decimals(WB_FIXED, fine);
    const wb_value_column columns[] = {
        {"Estimate", number, &line->test.est, sizeof *line, WB_DOUBLE},
        {"SE", number, &line->test.se, sizeof *line, WB_DOUBLE},
        {"CI low", wb_decimals(WB_CI_LO, fine), &line->test.ci_lb, sizeof *line, WB_DOUBLE},
        {"CI high", wb_decimals(WB_CI_HI, fine), &line->test.ci_ub, sizeof *line, WB_DOUBLE},
        {tq_test_statistic(s->book->a->fit->test), wb_decimals(WB_FIXED, 2), &line->test.stat,
         sizeof *line, WB_DOUBLE},
        {"df", wb_decimals(WB_FIXED, 1), &line->test.df, sizeof *line, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &line->test.pval, sizeof *line, WB_DOUBLE},
        {adjusted ? "p, adjusted" : "Tested against",
         adjusted ? wb_as(WB_PVAL) : wb_decimals(WB_FIXED, 2), adjusted ? &line->padj : &line->rhs,
         sizeof *line, WB_DOUBLE},
        {"Robust SE", number, &line->robust.se, sizeof *line, WB_DOUBLE},
        {"Robust CI low", wb_decimals(WB_CI_LO, fine), &line->robust.ci_lb, sizeof *line,
         WB_DOUBLE},
        {"Robust CI high", wb_decimals(WB_CI_HI, fine), &line->robust.ci_ub, sizeof *line,
         WB_DOUBLE},
        {"Robust t", wb_decimals(WB_FIXED, 2), &line->robust.stat, sizeof *line, WB_DOUBLE},
        {"Robust df", wb_decimals(WB_FIXED, 1), &line->robust.df, sizeof *line, WB_DOUBLE},
        {"Robust p", wb_as(WB_PVAL), &line->robust.pval, sizeof *line, WB_DOUBLE},
        {"Robust p, adjusted", wb_as(WB_PVAL), &line->robust_padj, sizeof *line, WB_DOUBLE},
    };

    return wb_value_list(s, row, name, head, &line->label, sizeof *line, columns,
                         sizeof columns / sizeof *columns, n);
}

static lxw_row_t write_contrasts(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    if (g->n_contrasts > 0) {
        wb_flow(s, row, 0, "Contrasts", wb_as(WB_SECTION));
        row = write_lines(s, row + 1, "ContrastTable", "Contrast", g->contrast, g->n_contrasts, 0);
    }
    for (size_t i = 0; i < g->n_pairwise; i++) {
        const tq_pairwise *p = &g->pairwise[i];

        wb_flow(s, row, 0,
                wb_format(s->book, "Pairwise comparisons of %s (p adjusted: %s)", p->factor,
                          tq_adjust_name(g->adjust)),
                wb_as(WB_SECTION));
        row = write_lines(s, row + 1, wb_format(s->book, "PairTable%zu", i + 1), "Levels", p->line,
                          p->n, 1);
    }
    return row;
}

/* ---- marginal means ---- */

lxw_row_t wb_prediction_list(wb_sheet *s, lxw_row_t row, const char *name, const char *head,
                             const char *const *label, const tq_prediction *p, const tq_natural *n,
                             size_t rows)
{
    enum { PLAIN = 6, ALL = 11 };
    const int fine = s->book->digits + 2, digits = s->book->digits;
    const wb_value_column columns[ALL] = {
        {"Estimate", wb_decimals(WB_FIXED, fine), &p->pred, sizeof *p, WB_DOUBLE},
        {"SE", wb_decimals(WB_FIXED, fine), &p->se, sizeof *p, WB_DOUBLE},
        {"CI low", wb_decimals(WB_CI_LO, fine), &p->ci_lb, sizeof *p, WB_DOUBLE},
        {"CI high", wb_decimals(WB_CI_HI, fine), &p->ci_ub, sizeof *p, WB_DOUBLE},
        {"PI low", wb_decimals(WB_CI_LO, fine), &p->pi_lb, sizeof *p, WB_DOUBLE},
        {"PI high", wb_decimals(WB_CI_HI, fine), &p->pi_ub, sizeof *p, WB_DOUBLE},
        {wb_natural_name(s->book), wb_decimals(WB_FIXED, digits), &n->pred, sizeof *n, WB_DOUBLE},
        {"Low", wb_decimals(WB_CI_LO, digits), &n->ci_lb, sizeof *n, WB_DOUBLE},
        {"High", wb_decimals(WB_CI_HI, digits), &n->ci_ub, sizeof *n, WB_DOUBLE},
        {"PI low, natural", wb_decimals(WB_CI_LO, digits), &n->pi_lb, sizeof *n, WB_DOUBLE},
        {"PI high, natural", wb_decimals(WB_CI_HI, digits), &n->pi_ub, sizeof *n, WB_DOUBLE},
    };

    return wb_value_list(s, row, name, head, label, sizeof *label, columns,
                         wb_has_natural(s->book) ? ALL : PLAIN, rows);
}

static lxw_row_t write_means(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    for (size_t i = 0; i < g->n_emm; i++) {
        const tq_marginal_means *m = &g->emm[i];

        wb_flow(s, row, 0,
                wb_format(s->book,
                          "Marginal means of %s (numeric moderators at their means, %s weights)",
                          m->factor, tq_marginal_name(g->weights)),
                wb_as(WB_SECTION));
        row = wb_prediction_list(s, row + 1, wb_format(s->book, "MeanTable%zu", i + 1), "Level",
                                 m->level, m->mean, m->natural, m->n);
        if (m->robust) {
            wb_flow(s, row, 0, "The same, cluster-robust", wb_as(WB_SECTION));
            row = wb_prediction_list(s, row + 1, wb_format(s->book, "RobustMeanTable%zu", i + 1),
                                     "Level", m->level, m->robust, m->robust_natural, m->n);
        }
    }
    return row;
}

/* ---- inflation ---- */

static lxw_row_t write_inflation_list(wb_sheet *s, lxw_row_t row, const char *name,
                                      const char *head, const tq_inflation_line *line, size_t n)
{
    const wb_look three = wb_decimals(WB_FIXED, 3);
    const wb_value_column columns[] = {
        {"df", wb_decimals(WB_FIXED, 0), &line->of.m, sizeof *line, WB_SIZE},
        {"GVIF", three, &line->of.gvif, sizeof *line, WB_DOUBLE},
        {"GVIF^(1/(2 df))", three, &line->of.gsif, sizeof *line, WB_DOUBLE},
    };

    return wb_value_list(s, row, name, head, &line->name, sizeof *line, columns,
                         sizeof columns / sizeof *columns, n);
}

static lxw_row_t write_inflation(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    if (g->n_vif > 0) {
        wb_flow(s, row, 0, "Variance inflation of the coefficients", wb_as(WB_SECTION));
        row = write_inflation_list(s, row + 1, "InflationTable", "Coefficient", g->vif, g->n_vif);
    }
    if (g->n_gvif > 0) {
        wb_flow(s, row, 0, "Variance inflation of the terms", wb_as(WB_SECTION));
        row = write_inflation_list(s, row + 1, "TermInflationTable", "Term", g->gvif, g->n_gvif);
    }
    return row;
}

lxw_row_t wb_regression_blocks(wb_sheet *s, lxw_row_t row)
{
    const tq_regression *g = s->book->a->regression;

    if (g) {
        row = write_terms(s, row, g);
        row = write_contrasts(s, row, g);
        row = write_means(s, row, g);
        row = write_inflation(s, row, g);
    }
    return row;
}
