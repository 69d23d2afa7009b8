/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inference about a regression as lists on its sheet: terms, contrasts, marginal means, inflation. */
#include "report/workbook/workbook_internal.h"

/* ---- terms ---- */

static const char *term_name(const void *list, size_t i)
{
    return ((const tq_term_test *)list)[i].name;
}

static double term_stat(const void *list, size_t i)
{
    return ((const tq_term_test *)list)[i].test.stat;
}

static double term_df1(const void *list, size_t i)
{
    return ((const tq_term_test *)list)[i].test.df1;
}

static double term_df2(const void *list, size_t i)
{
    return ((const tq_term_test *)list)[i].test.df2;
}

static double term_pval(const void *list, size_t i)
{
    return ((const tq_term_test *)list)[i].test.pval;
}

static lxw_row_t write_terms(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    const wb_value_column columns[] = {
        {s->book->a->fit->QM_df2 > 0.0 ? "F" : "QM", term_stat, wb_decimals(WB_FIXED, 2)},
        {"df", term_df1, wb_decimals(WB_FIXED, 0)},
        {"df, denominator", term_df2, wb_decimals(WB_FIXED, 1)},
        {"p", term_pval, wb_as(WB_PVAL)},
    };

    if (g->n_terms == 0) {
        return row;
    }
    wb_flow(s, row, 0, "Tests of the terms", wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "TermTable", "Term", term_name, columns,
                         sizeof columns / sizeof *columns, g->term, g->n_terms);
}

/* ---- contrasts ---- */

static const char *line_label(const void *list, size_t i)
{
    return ((const tq_contrast_line *)list)[i].label;
}

#define LINE_VALUE(name, member) \
    static double line_##name(const void *list, size_t i) \
    { \
        return ((const tq_contrast_line *)list)[i].member; \
    }
LINE_VALUE(est, test.est)
LINE_VALUE(se, test.se)
LINE_VALUE(stat, test.stat)
LINE_VALUE(df, test.df)
LINE_VALUE(pval, test.pval)
LINE_VALUE(padj, padj)
LINE_VALUE(ci_lb, test.ci_lb)
LINE_VALUE(ci_ub, test.ci_ub)
LINE_VALUE(rhs, rhs)
#undef LINE_VALUE

static lxw_row_t write_lines(wb_sheet *s, lxw_row_t row, const char *name, const char *head,
                             const tq_contrast_line *line, size_t n, int adjusted)
{
    const int fine = s->book->digits + 2;
    const wb_look number = wb_decimals(WB_FIXED, fine);
    const wb_value_column columns[] = {
        {"Estimate", line_est, number},
        {"SE", line_se, number},
        {"CI low", line_ci_lb, wb_decimals(WB_CI_LO, fine)},
        {"CI high", line_ci_ub, wb_decimals(WB_CI_HI, fine)},
        {tq_test_statistic(s->book->a->fit->test), line_stat, wb_decimals(WB_FIXED, 2)},
        {"df", line_df, wb_decimals(WB_FIXED, 1)},
        {"p", line_pval, wb_as(WB_PVAL)},
        {adjusted ? "p, adjusted" : "Tested against", adjusted ? line_padj : line_rhs,
         adjusted ? wb_as(WB_PVAL) : wb_decimals(WB_FIXED, 2)},
    };

    return wb_value_list(s, row, name, head, line_label, columns, sizeof columns / sizeof *columns,
                         line, n);
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

static const char *mean_level(const void *list, size_t i)
{
    return ((const tq_marginal_means *)list)->level[i];
}

#define MEAN_VALUE(name, member) \
    static double mean_##name(const void *list, size_t i) \
    { \
        const tq_marginal_means *m = list; \
\
        return m->member; \
    }
MEAN_VALUE(pred, mean[i].pred)
MEAN_VALUE(se, mean[i].se)
MEAN_VALUE(ci_lb, mean[i].ci_lb)
MEAN_VALUE(ci_ub, mean[i].ci_ub)
MEAN_VALUE(pi_lb, mean[i].pi_lb)
MEAN_VALUE(pi_ub, mean[i].pi_ub)
MEAN_VALUE(natural, natural[i].pred)
MEAN_VALUE(natural_lb, natural[i].ci_lb)
MEAN_VALUE(natural_ub, natural[i].ci_ub)
MEAN_VALUE(natural_pi_lb, natural[i].pi_lb)
MEAN_VALUE(natural_pi_ub, natural[i].pi_ub)
#undef MEAN_VALUE

static lxw_row_t write_means(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    enum { PLAIN = 6, ALL = 11 };
    const int fine = s->book->digits + 2, digits = s->book->digits;
    const wb_value_column columns[ALL] = {
        {"Estimate", mean_pred, wb_decimals(WB_FIXED, fine)},
        {"SE", mean_se, wb_decimals(WB_FIXED, fine)},
        {"CI low", mean_ci_lb, wb_decimals(WB_CI_LO, fine)},
        {"CI high", mean_ci_ub, wb_decimals(WB_CI_HI, fine)},
        {"PI low", mean_pi_lb, wb_decimals(WB_CI_LO, fine)},
        {"PI high", mean_pi_ub, wb_decimals(WB_CI_HI, fine)},
        {wb_natural_name(s->book), mean_natural, wb_decimals(WB_FIXED, digits)},
        {"Low", mean_natural_lb, wb_decimals(WB_CI_LO, digits)},
        {"High", mean_natural_ub, wb_decimals(WB_CI_HI, digits)},
        {"PI low, natural", mean_natural_pi_lb, wb_decimals(WB_CI_LO, digits)},
        {"PI high, natural", mean_natural_pi_ub, wb_decimals(WB_CI_HI, digits)},
    };

    for (size_t i = 0; i < g->n_emm; i++) {
        wb_flow(s, row, 0,
                wb_format(s->book,
                          "Marginal means of %s (numeric moderators at their means, %s weights)",
                          g->emm[i].factor, tq_marginal_name(g->weights)),
                wb_as(WB_SECTION));
        row = wb_value_list(s, row + 1, wb_format(s->book, "MeanTable%zu", i + 1), "Level",
                            mean_level, columns, wb_has_natural(s->book) ? ALL : PLAIN, &g->emm[i],
                            g->emm[i].n);
    }
    return row;
}

/* ---- inflation ---- */

static const char *inflation_name(const void *list, size_t i)
{
    return ((const tq_inflation_line *)list)[i].name;
}

static double inflation_df(const void *list, size_t i)
{
    return (double)((const tq_inflation_line *)list)[i].of.m;
}

static double inflation_gvif(const void *list, size_t i)
{
    return ((const tq_inflation_line *)list)[i].of.gvif;
}

static double inflation_gsif(const void *list, size_t i)
{
    return ((const tq_inflation_line *)list)[i].of.gsif;
}

static lxw_row_t write_inflation(wb_sheet *s, lxw_row_t row, const tq_regression *g)
{
    const wb_value_column columns[] = {
        {"df", inflation_df, wb_decimals(WB_FIXED, 0)},
        {"GVIF", inflation_gvif, wb_decimals(WB_FIXED, 3)},
        {"GVIF^(1/(2 df))", inflation_gsif, wb_decimals(WB_FIXED, 3)},
    };

    if (g->n_vif > 0) {
        wb_flow(s, row, 0, "Variance inflation of the coefficients", wb_as(WB_SECTION));
        row = wb_value_list(s, row + 1, "InflationTable", "Coefficient", inflation_name, columns,
                            sizeof columns / sizeof *columns, g->vif, g->n_vif);
    }
    if (g->n_gvif > 0) {
        wb_flow(s, row, 0, "Variance inflation of the terms", wb_as(WB_SECTION));
        row = wb_value_list(s, row + 1, "TermInflationTable", "Term", inflation_name, columns,
                            sizeof columns / sizeof *columns, g->gvif, g->n_gvif);
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
