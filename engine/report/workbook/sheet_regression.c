/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model with moderators: coefficients, their test, what they explain, levels, predictions. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { TOP_ROW = 4, LABEL = 0 };

static lxw_row_t write_test(wb_sheet *s, lxw_row_t row)
{
    const tq_pool *fit = s->book->a->fit;
    const wb_look two = wb_decimals(WB_FIXED, 2), df = wb_decimals(WB_FIXED, 1);
    const wb_entry moderators[] = {
        {fit->QM_df2 > 0.0 ? "F" : "QM", fit->QM, two, "tausq_QM"},
        {"df", fit->QM_df1, wb_decimals(WB_FIXED, 0), "tausq_QM_df"},
        {"df of the denominator", fit->QM_df2, df, NULL},
        {"p", fit->QM_pval, wb_as(WB_PVAL), "tausq_QM_pval"},
    };

    const tq_regression *g = s->book->a->regression;

    return wb_entries(s, row,
                      wb_format(s->book, "Test of %s", g && g->btt ? g->btt : "the moderators"),
                      moderators, sizeof moderators / sizeof *moderators);
}

/* The names of these numbers stand on Heterogeneity, with their intervals. */
static lxw_row_t write_heterogeneity(wb_sheet *s, lxw_row_t row)
{
    const tq_pool *fit = s->book->a->fit;
    const wb_look two = wb_decimals(WB_FIXED, 2), one = wb_decimals(WB_FIXED, 1);
    const wb_entry entries[] = {
        {"R\xC2\xB2 (%), explained", fit->R2, one, NULL},
        {"tau\xC2\xB2, residual", fit->tau2, wb_decimals(WB_FIXED, s->book->digits + 2), NULL},
        {"I\xC2\xB2 (%), residual", fit->I2, one, NULL},
        {"QE", fit->QE, two, NULL},
        {"df of QE", fit->QE_df, wb_decimals(WB_FIXED, 0), NULL},
        {"p of QE", fit->QE_pval, wb_as(WB_PVAL), NULL},
    };

    return wb_entries(s, row, "Heterogeneity beside the moderators", entries,
                      sizeof entries / sizeof *entries);
}

/* ---- levels ---- */

static size_t count_levels(const tq_design *d)
{
    size_t n = 0;

    for (size_t j = 0; d && j < d->n_variables; j++) {
        n += d->variable[j].n_levels;
    }
    return n;
}

/* 1: the level has no column of its own in the term of its factor alone. */
static int is_reference(const tq_design *d, size_t variable, size_t level)
{
    for (size_t t = 0; t < d->n_terms; t++) {
        const tq_design_term *term = &d->term[t];

        if (term->kind == TQ_TERM_FACTOR && term->variable[0] == variable) {
            return level == 0 && !term->all_levels;
        }
    }
    return 0;
}

static lxw_row_t write_levels(wb_sheet *s, lxw_row_t row)
{
    enum { VARIABLE = 0, LEVEL, STUDIES, ROLE, COLUMNS };
    const tq_design *d = s->book->a->design;
    const size_t n = count_levels(d);
    lxw_row_t at = row + 2;

    if (n == 0) {
        return row;
    }
    wb_flow(s, row, 0, "Levels of the factors", wb_as(WB_SECTION));
    wb_list list = wb_list_begin(s, row + 1, COLUMNS);

    wb_list_column(&list, "Factor", wb_as(WB_TEXT));
    wb_list_column(&list, "Level", wb_as(WB_INDENT));
    wb_list_column(&list, "Studies", wb_as(WB_COUNT));
    wb_list_column(&list, "Role", wb_as(WB_INDENT));
    for (size_t j = 0; j < d->n_variables; j++) {
        for (size_t l = 0; l < d->variable[j].n_levels; l++, at++) {
            wb_text(s, at, VARIABLE, d->variable[j].name, wb_as(WB_TEXT));
            wb_text(s, at, LEVEL, d->variable[j].level[l], wb_as(WB_INDENT));
            wb_number(s, at, STUDIES, (double)d->variable[j].level_k[l], wb_as(WB_COUNT));
            if (is_reference(d, j, l)) {
                wb_text(s, at, ROLE, "reference", wb_as(WB_INDENT));
            }
        }
    }
    return wb_list_end(&list, "LevelTable", n) + 1;
}

/* ---- predictions ---- */

/* Predicted values at the given values of the moderators. */
static lxw_row_t write_predictions(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;

    if (a->n_predicted == 0) {
        return row;
    }
    wb_flow(s, row, 0, wb_format(s->book, "Predictions (%s)", tq_analysis_scale_name(a, 0)),
            wb_as(WB_SECTION));
    row = wb_prediction_list(s, row + 1, "PredictionTable", "At", a->predicted_at, a->predicted,
                             a->predicted_natural, a->n_predicted);
    if (!a->predicted_robust) {
        return row;
    }
    wb_flow(s, row, 0, "The same, cluster-robust", wb_as(WB_SECTION));
    return wb_prediction_list(s, row + 1, "RobustPredictionTable", "At", a->predicted_at,
                              a->predicted_robust, a->predicted_robust_natural, a->n_predicted);
}

static lxw_row_t write_notes(wb_sheet *s, lxw_row_t row)
{
    const tq_design *d = s->book->a->design;

    for (size_t i = 0; d && i < d->n_notes; i++) {
        wb_flow(s, row++, LABEL, d->note[i], wb_as(WB_NOTE));
    }
    return row + (d && d->n_notes > 0);
}

void wb_regression(wb_sheet *s)
{
    enum { LABEL_PIXELS = 190, ONE_PAGE = 45 };
    const tq_analysis *a = s->book->a;

    wb_top(s, "Regression",
           a->design ? wb_format(s->book, "Moderators: %s", a->design->formula)
                     : "The effect by characteristics of the studies");
    s->width[LABEL] = LABEL_PIXELS;
    lxw_row_t row = wb_coefficients(s, TOP_ROW);

    row = write_notes(s, row);
    row = write_predictions(s, row);
    row = write_test(s, row);
    row = wb_regression_blocks(s, row);
    row = write_heterogeneity(s, row);
    row = write_levels(s, row);
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
    s->book->xlsx->worksheet_fit_to_pages(s->ws, 1, row <= ONE_PAGE ? 1 : 0);
}
