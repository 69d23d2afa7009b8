/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results by level of each grouping, the test between levels, and the studies without a level. */
#include <math.h>
#include <string.h>

#include "report/workbook/workbook_live_internal.h"

enum { FIRST_ROW = 4 };
/* Columns of a test below the levels. */
enum { STAT = 3, DF = 5, PVAL = 8 };

/* A column of the table of levels. */
typedef struct {
    const char *head;
    wb_look look;
    double (*value)(const tq_block *block, size_t level);
    wb_quantity live;
} level_column;

static double level_k(const tq_block *b, size_t j)
{
    return (double)b->fit->level[j].k;
}

static double natural_pred(const tq_block *b, size_t j)
{
    return b->natural[j].pred;
}

static double natural_ci_lb(const tq_block *b, size_t j)
{
    return b->natural[j].ci_lb;
}

static double natural_ci_ub(const tq_block *b, size_t j)
{
    return b->natural[j].ci_ub;
}

static double natural_pi_lb(const tq_block *b, size_t j)
{
    return b->natural[j].pi_lb;
}

static double natural_pi_ub(const tq_block *b, size_t j)
{
    return b->natural[j].pi_ub;
}

static double level_beta(const tq_block *b, size_t j)
{
    return b->fit->level[j].fit->beta[0];
}

static double level_se(const tq_block *b, size_t j)
{
    return b->fit->level[j].fit->se[0];
}

static double level_pval(const tq_block *b, size_t j)
{
    return b->fit->level[j].fit->pval[0];
}

static double level_tau2(const tq_block *b, size_t j)
{
    return b->fit->level[j].fit->tau2;
}

static double level_I2(const tq_block *b, size_t j)
{
    return b->fit->level[j].fit->I2;
}

static double level_Q(const tq_block *b, size_t j)
{
    return b->fit->level[j].fit->QE;
}

static double level_Q_df(const tq_block *b, size_t j)
{
    return b->fit->level[j].fit->QE_df;
}

static double level_Q_pval(const tq_block *b, size_t j)
{
    return b->fit->level[j].fit->QE_pval;
}

static void write_column(wb_list *list, size_t which, const level_column *c)
{
    wb_book *book = list->s->book;
    const tq_block *block = &book->a->block[which];
    const lxw_col_t col = wb_list_column(list, c->head, c->look);

    for (size_t j = 0; j < block->fit->n; j++) {
        const lxw_row_t row = list->top + 1 + (lxw_row_t)j;

        if (block->fit->level[j].fit) {
            const double value = c->value(block, j);
            const char *formula = isfinite(value) ? wb_live_level(book, which, j, c->live) : NULL;

            wb_following(
                list->s, row, col, formula, value, c->look,
                wb_format(book, "%s %s: %s", block->fit->by, block->fit->level[j].name, c->head));
        }
    }
}

/* Of a multilevel model: levels of its outermost factor, components, robust inference. */
static void write_models(wb_list *list, const tq_block *block)
{
    wb_book *book = list->s->book;
    const tq_level_models *m = block->models;
    const tq_robust *r = m->robust;
    const int digits = book->digits, fine = digits + 2;
    const wb_look precise = wb_decimals(WB_FIXED, fine);
    const tq_multilevel *whole = book->a->multilevel;
    const wb_value_column clusters = {wb_format(book, "Levels of %s", whole->factor),
                                      wb_as(WB_COUNT), m->clusters, sizeof *m->clusters, WB_SIZE};

    wb_list_values(list, &clusters, whole->model.n_terms > 0, block->fit->n);
    for (size_t i = 0; i < m->n_components; i++) {
        const wb_value_column column = {whole->label[i], precise, m->component + i,
                                        m->n_components * sizeof *m->component, WB_DOUBLE};

        wb_list_values(list, &column, 1, block->fit->n);
    }
    if (r) {
        const wb_value_column columns[] = {
            {"Robust SE", precise, r->se, sizeof *r->se, WB_DOUBLE},
            {"Robust t", wb_decimals(WB_FIXED, 2), r->stat, sizeof *r->stat, WB_DOUBLE},
            {"Robust df", wb_decimals(WB_FIXED, 2), r->df, sizeof *r->df, WB_DOUBLE},
            {"Robust p", wb_as(WB_PVAL), r->pval, sizeof *r->pval, WB_DOUBLE},
            {"Robust CI low", wb_decimals(WB_CI_LO, digits), &m->natural->ci_lb, sizeof *m->natural,
             WB_DOUBLE},
            {"Robust CI high", wb_decimals(WB_CI_HI, digits), &m->natural->ci_ub,
             sizeof *m->natural, WB_DOUBLE},
        };

        wb_list_values(list, columns, sizeof columns / sizeof *columns, block->fit->n);
    }
}

/* Columns that write_models() writes. */
static size_t model_columns(const tq_block *block)
{
    return block->models ? 1 + block->models->n_components + (block->models->robust ? 6 : 0) : 0;
}

static lxw_row_t write_levels(wb_sheet *s, lxw_row_t top, size_t which)
{
    wb_book *book = s->book;
    const tq_block *block = &book->a->block[which];
    const int digits = book->digits, fine = digits + 2;
    const wb_look precise = wb_decimals(WB_FIXED, fine), two = wb_decimals(WB_FIXED, 2);
    const level_column columns[] = {
        {"k", wb_as(WB_COUNT), level_k, WB_LIVE_K},
        {wb_natural_name(book), wb_decimals(WB_FIXED, digits), natural_pred, WB_LIVE_NAT},
        {"CI low", wb_decimals(WB_CI_LO, digits), natural_ci_lb, WB_LIVE_NAT_LB},
        {"CI high", wb_decimals(WB_CI_HI, digits), natural_ci_ub, WB_LIVE_NAT_UB},
        {"PI low", wb_decimals(WB_CI_LO, digits), natural_pi_lb, WB_LIVE_NAT_PI_LB},
        {"PI high", wb_decimals(WB_CI_HI, digits), natural_pi_ub, WB_LIVE_NAT_PI_UB},
        {"p", wb_as(WB_PVAL), level_pval, WB_LIVE_PVAL},
        {"beta", precise, level_beta, WB_LIVE_MU},
        {"SE", precise, level_se, WB_LIVE_SE},
        {"tau\xC2\xB2", precise, level_tau2, WB_LIVE_TAU2},
        {"I\xC2\xB2 (%)", wb_decimals(WB_FIXED, 1), level_I2, WB_LIVE_I2},
        {"Q", two, level_Q, WB_LIVE_Q},
        {"df", wb_as(WB_COUNT), level_Q_df, WB_LIVE_DF},
        {"p of Q", wb_as(WB_PVAL), level_Q_pval, WB_LIVE_QP},
    };
    const size_t n = sizeof columns / sizeof *columns;
    wb_list list = wb_list_begin(s, top, n + 1 + model_columns(block));

    wb_list_column(&list, "Level", wb_as(WB_TEXT));
    for (size_t j = 0; j < block->fit->n; j++) {
        wb_text(s, top + 1 + (lxw_row_t)j, 0, block->fit->level[j].name, wb_as(WB_TEXT));
    }
    for (size_t c = 0; c < n; c++) {
        if (block->models && columns[c].live == WB_LIVE_TAU2) { /* has components instead */
            continue;
        }
        write_column(&list, which, &columns[c]);
    }
    if (block->models) {
        write_models(&list, block);
    }
    return wb_list_end(&list, wb_format(book, "SubgroupTable%zu", which + 1), block->fit->n);
}

/* A test statistic in one row: label, value, degrees of freedom, p, and their formulas. */
typedef struct {
    const char *label;
    double stat, df, df2, pval;
    const char *live_stat, *live_df, *live_df2, *live_pval;
} level_test;

static lxw_row_t write_test(wb_sheet *s, lxw_row_t row, const char *by, const level_test *t)
{
    if (!isfinite(t->stat)) {
        return row;
    }
    const int is_F = t->df2 > 0.0;

    wb_flow(s, row, 0, t->label, wb_as(WB_TEXT));
    wb_flow(s, row, 2, is_F ? "F" : "Q", wb_as(WB_RIGHT));
    wb_following(s, row, STAT, t->live_stat, t->stat, wb_decimals(WB_FIXED, 2),
                 wb_format(s->book, "%s, %s: %s", by, t->label, is_F ? "F" : "Q"));
    wb_flow(s, row, 4, "df", wb_as(WB_RIGHT));
    wb_following(s, row, DF, t->live_df, t->df, wb_decimals(WB_FIXED, 0), NULL);
    if (is_F) {
        wb_following(s, row, DF + 1, t->live_df2, t->df2, wb_decimals(WB_FIXED, 1), NULL);
    }
    wb_flow(s, row, 7, "p", wb_as(WB_RIGHT));
    wb_following(s, row, PVAL, t->live_pval, t->pval, wb_as(WB_PVAL),
                 wb_format(s->book, "%s, %s: p", by, t->label));
    return row + 1;
}

/* Defined names of the test between levels: "tausq_QB", "tausq_QB_2" of the second block. */
static void name_test(wb_sheet *s, lxw_row_t row, size_t which)
{
    static const struct {
        const char *name;
        lxw_col_t col;
    } cells[] = {{"tausq_QB", STAT}, {"tausq_QB_df", DF}, {"tausq_QB_pval", PVAL}};

    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        wb_define(s, row, cells[i].col,
                  which == 0 ? cells[i].name
                             : wb_format(s->book, "%s_%zu", cells[i].name, which + 1));
    }
}

static lxw_row_t write_left_out(wb_sheet *s, lxw_row_t row, const tq_block *block)
{
    if (block->n_left_out == 0) {
        return row;
    }
    wb_flow(s, ++row, 0, "Pooled studies without a level here", wb_bold(wb_as(WB_TEXT)));
    for (size_t i = 0; i < block->n_left_out; i++) {
        const tq_excluded *study = &block->left_out[i];

        wb_flow(s, ++row, 0,
                wb_format(s->book, "%s (row %zu): %s", study->study ? study->study : "", study->row,
                          study->reason ? study->reason : ""),
                wb_as(WB_TEXT));
    }
    return row + 1;
}

static lxw_row_t write_block(wb_sheet *s, lxw_row_t row, size_t which)
{
    const tq_block *block = &s->book->a->block[which];
    const tq_subgroups *fit = block->fit;
    const int common = fit->mode == TQ_TAU2_COMMON;

    wb_flow(s, row, 0,
            wb_format(s->book, "By %s (%s %s)", fit->by, common ? "common" : "separate",
                      block->models ? "components" : "tau\xC2\xB2"),
            wb_as(WB_SECTION));
    row = write_levels(s, row + 1, which);
    const wb_live_tests live = wb_live_block_tests(s->book, which);
    const level_test between = {"Between levels", fit->QB,      fit->QB_df,
                                fit->QB_df2,      fit->QB_pval, live.QB,
                                live.QB_df,       live.QB_df2,  live.QB_pval};
    const level_test within = {"Within levels", fit->QW,    fit->QW_df, WB_NONE,     fit->QW_pval,
                               live.QW,         live.QW_df, NULL,       live.QW_pval};

    if (isfinite(fit->QB)) {
        name_test(s, row + 1, which);
    }
    row = write_test(s, row + 1, fit->by, &between);
    row = write_test(s, row, fit->by, &within);
    if (block->models && block->models->robust) {
        const tq_wald *w = &block->models->between;
        const level_test robust = {
            "Between, robust", w->stat, w->df1, w->df2, w->pval, NULL, NULL, NULL, NULL};

        row = write_test(s, row, fit->by, &robust);
    }
    if (s->book->live && !wb_live_pool(s->book, which, 0)) {
        wb_flow(s, row++, 0,
                fit->mode == TQ_TAU2_COMMON && !isfinite(fit->QB)
                    ? "Engine's values, gone once an input was changed: a common tau\xC2\xB2 could "
                      "not be estimated"
                    : "Engine's values, gone once an input was changed: too many levels or studies "
                      "for formulas",
                wb_as(WB_NOTE));
    }
    row = write_left_out(s, row, block);
    return row + 1;
}

void wb_subgroups(wb_sheet *s)
{
    const tq_analysis *a = s->book->a;
    lxw_row_t row = FIRST_ROW;

    wb_top(s, "Subgroups",
           wb_format(s->book, "CI: %g%% confidence interval; PI: prediction interval; beta: %s",
                     a->options.level, tq_analysis_scale_name(a, 0)));
    for (size_t i = 0; i < a->n_blocks; i++) {
        row = write_block(s, row, i);
    }
    s->book->xlsx->worksheet_freeze_panes(s->ws, FIRST_ROW - 1, 1);
    wb_finish(s, 0, 0);
}
