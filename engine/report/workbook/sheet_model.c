/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pooled model: coefficients, the pooled effect on both scales, tests, fit, settings. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 5, LABEL = 0 };

static int has_natural(const tq_analysis *a)
{
    return a->transform && strcmp(a->transform->name, "none") != 0;
}

static lxw_row_t write_coefficients(wb_sheet *s)
{
    const tq_analysis *a = s->book->a;
    const tq_pool *fit = a->fit;
    const int fine = s->book->digits + 2;
    const struct {
        const char *head;
        const double *value; /* [p] */
        wb_look look;
    } columns[] = {
        {"Estimate", fit->beta, wb_decimals(WB_FIXED, fine)},
        {"SE", fit->se, wb_decimals(WB_FIXED, fine)},
        {"CI low", fit->ci_lb, wb_decimals(WB_CI_LO, fine)},
        {"CI high", fit->ci_ub, wb_decimals(WB_CI_HI, fine)},
        {tq_test_statistic(fit->test), fit->stat, wb_decimals(WB_FIXED, 2)},
        {"df", fit->df, wb_decimals(WB_FIXED, 1)},
        {"p", fit->pval, wb_as(WB_PVAL)},
    };
    const size_t n = sizeof columns / sizeof *columns;

    wb_flow(s, TABLE_ROW - 1, 0,
            wb_format(s->book, "Coefficients (%s)", tq_analysis_scale_name(a, 0)),
            wb_as(WB_SECTION));
    wb_list list = wb_list_begin(s, TABLE_ROW, n + 1);

    wb_list_column(&list, "Term", wb_as(WB_TEXT));
    for (size_t i = 0; i < fit->p; i++) {
        wb_text(s, TABLE_ROW + 1 + (lxw_row_t)i, LABEL, a->term ? a->term[i] : "intrcpt",
                wb_as(WB_TEXT));
    }
    for (size_t j = 0; j < n; j++) {
        if (columns[j].value == fit->df && isnan(fit->df[0])) {
            continue;
        }
        const lxw_col_t col = wb_list_column(&list, columns[j].head, columns[j].look);

        for (size_t i = 0; i < fit->p; i++) {
            wb_optional(s, TABLE_ROW + 1 + (lxw_row_t)i, col, columns[j].value[i], columns[j].look);
        }
    }
    return wb_list_end(&list, "CoefficientTable", fit->p) + 1;
}

/* A labelled number that may carry a defined name. */
typedef struct {
    const char *label;
    double value;
    wb_look look;
    const char *name; /* or NULL */
} entry;

/* Entries whose number does not exist are left out. Returns the row after the last. */
static lxw_row_t write_entries(wb_sheet *s, lxw_row_t row, const char *title, const entry *e,
                               size_t n)
{
    lxw_row_t start = row + 1;

    for (size_t i = 0; i < n; i++) {
        if (isfinite(e[i].value)) {
            wb_flow(s, start, 0, e[i].label, wb_as(WB_TEXT));
            wb_number(s, start, 1, e[i].value, e[i].look);
            if (e[i].name) {
                wb_define(s, start, 1, e[i].name);
                wb_flow(s, start, 2, e[i].name, wb_as(WB_NAME));
            }
            start++;
        }
    }
    if (start == row + 1) {
        return row;
    }
    wb_flow(s, row, 0, title, wb_as(WB_SECTION));
    return start + 1;
}

static lxw_row_t write_pooled(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_prediction *p = &a->fit->prediction;
    const wb_look fine = wb_decimals(WB_FIXED, s->book->digits + 2);
    const double pval = a->fit->p == 1 ? a->fit->pval[0] : WB_NONE;
    const entry entries[] = {
        {"Pooled effect", p->pred, fine, "tausq_pooled"},
        {"Standard error", p->se, fine, "tausq_se"},
        {"Confidence interval, low", p->ci_lb, fine, "tausq_ci_lb"},
        {"Confidence interval, high", p->ci_ub, fine, "tausq_ci_ub"},
        {"p", pval, wb_as(WB_PVAL), "tausq_pval"},
        {"Prediction interval, low", p->pi_lb, fine, "tausq_pi_lb"},
        {"Prediction interval, high", p->pi_ub, fine, "tausq_pi_ub"},
        {"Prediction interval, df", p->pi_df, wb_decimals(WB_FIXED, 1), "tausq_pi_df"},
        {"Studies (k)", (double)a->k, wb_as(WB_COUNT), "tausq_k"},
    };

    const char *title = a->fit->p == 1
                            ? wb_format(s->book, "Pooled effect (%s)", tq_analysis_scale_name(a, 0))
                            : "Studies";

    return write_entries(s, row, title, entries, sizeof entries / sizeof *entries);
}

/* The interval asked for beside the test's own. */
static lxw_row_t write_pooled_interval(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_mean_interval *ci = &a->ci_mu;
    const wb_look fine = wb_decimals(WB_FIXED, s->book->digits + 2);
    const wb_look natural = wb_decimals(WB_FIXED, s->book->digits);
    const int both = has_natural(a);
    const entry entries[] = {
        {"Low", ci->ci_lb, fine, "tausq_ci_mu_lb"},
        {"High", ci->ci_ub, fine, "tausq_ci_mu_ub"},
        {"Low, natural scale", both ? a->ci_mu_natural.ci_lb : WB_NONE, natural, NULL},
        {"High, natural scale", both ? a->ci_mu_natural.ci_ub : WB_NONE, natural, NULL},
        {"Statistic", ci->stat, wb_decimals(WB_FIXED, 2), NULL},
        {"p", ci->pval, wb_as(WB_PVAL), "tausq_ci_mu_pval"},
        {"Maximum likelihood estimate", ci->mu, fine, NULL},
        {"Samples", ci->iterations ? (double)ci->iterations : WB_NONE, wb_as(WB_COUNT), NULL},
    };

    return ci->kind == TQ_CI_MU_WALD
               ? row
               : write_entries(s, row,
                               wb_format(s->book, "Interval by %s", tq_ci_mu_label(ci->kind)),
                               entries, sizeof entries / sizeof *entries);
}

static lxw_row_t write_natural(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const wb_look look = wb_decimals(WB_FIXED, s->book->digits);
    const entry entries[] = {
        {"Pooled effect", a->natural.pred, look, "tausq_natural_pooled"},
        {"Confidence interval, low", a->natural.ci_lb, look, "tausq_natural_ci_lb"},
        {"Confidence interval, high", a->natural.ci_ub, look, "tausq_natural_ci_ub"},
        {"Prediction interval, low", a->natural.pi_lb, look, "tausq_natural_pi_lb"},
        {"Prediction interval, high", a->natural.pi_ub, look, "tausq_natural_pi_ub"},
    };

    return has_natural(a) ? write_entries(s, row, wb_natural_name(s->book), entries,
                                          sizeof entries / sizeof *entries)
                          : row;
}

/* A column of the table of predictions, found at a place in tq_prediction or tq_natural. */
static void add_predictions(wb_list *list, const char *head, wb_look look, const void *first,
                            size_t stride, size_t offset)
{
    const lxw_col_t col = wb_list_column(list, head, look);

    for (size_t i = 0; i < list->s->book->a->n_predicted; i++) {
        double x;

        memcpy(&x, (const char *)first + i * stride + offset, sizeof x);
        wb_number(list->s, list->top + 1 + (lxw_row_t)i, col, x, look);
    }
}

/* Predicted values at the given values of the moderators. */
static lxw_row_t write_predictions(wb_sheet *s, lxw_row_t row)
{
    enum { COLUMNS = 12 };
    const tq_analysis *a = s->book->a;
    const int fine = s->book->digits + 2, digits = s->book->digits;
    const wb_look lo = wb_decimals(WB_CI_LO, fine), hi = wb_decimals(WB_CI_HI, fine);

    if (a->n_predicted == 0) {
        return row;
    }
    wb_flow(s, row, 0, wb_format(s->book, "Predictions (%s)", tq_analysis_scale_name(a, 0)),
            wb_as(WB_SECTION));
    wb_list list = wb_list_begin(s, row + 1, COLUMNS);

    wb_list_column(&list, "At", wb_as(WB_TEXT));
    for (size_t i = 0; i < a->n_predicted; i++) {
        wb_text(s, row + 2 + (lxw_row_t)i, LABEL, a->predicted_at[i], wb_as(WB_TEXT));
    }
#define PREDICTED(head, look, field) \
    add_predictions(&list, head, look, a->predicted, sizeof *a->predicted, \
                    offsetof(tq_prediction, field))
#define NATURAL(head, style, field) \
    add_predictions(&list, head, wb_decimals(style, digits), a->predicted_natural, \
                    sizeof *a->predicted_natural, offsetof(tq_natural, field))
    PREDICTED("Estimate", wb_decimals(WB_FIXED, fine), pred);
    PREDICTED("SE", wb_decimals(WB_FIXED, fine), se);
    PREDICTED("CI low", lo, ci_lb);
    PREDICTED("CI high", hi, ci_ub);
    PREDICTED("PI low", lo, pi_lb);
    PREDICTED("PI high", hi, pi_ub);
    if (has_natural(a)) {
        NATURAL(wb_natural_name(s->book), WB_FIXED, pred);
        NATURAL("Low", WB_CI_LO, ci_lb);
        NATURAL("High", WB_CI_HI, ci_ub);
        NATURAL("PI low, natural", WB_CI_LO, pi_lb);
        NATURAL("PI high, natural", WB_CI_HI, pi_ub);
    }
#undef PREDICTED
#undef NATURAL
    return wb_list_end(&list, "PredictionTable", a->n_predicted) + 1;
}

static lxw_row_t write_tests(wb_sheet *s, lxw_row_t row)
{
    const tq_pool *fit = s->book->a->fit;
    const wb_look two = wb_decimals(WB_FIXED, 2), df = wb_decimals(WB_FIXED, 1);
    const entry moderators[] = {
        {fit->QM_df2 > 0.0 ? "F" : "QM", fit->QM, two, "tausq_QM"},
        {"df", fit->QM_df1, df, "tausq_QM_df"},
        {"df of the denominator", fit->QM_df2, df, NULL},
        {"p", fit->QM_pval, wb_as(WB_PVAL), "tausq_QM_pval"},
    };
    const entry criteria[] = {
        {"Log-likelihood", fit->ll, wb_decimals(WB_FIXED, 4), NULL},
        {"Deviance", fit->deviance, wb_decimals(WB_FIXED, 4), NULL},
        {"AIC", fit->AIC, wb_decimals(WB_FIXED, 4), NULL},
        {"BIC", fit->BIC, wb_decimals(WB_FIXED, 4), NULL},
        {"AICc", fit->AICc, wb_decimals(WB_FIXED, 4), NULL},
    };

    row = write_entries(s, row, "Test of moderators", moderators,
                        sizeof moderators / sizeof *moderators);
    return write_entries(s, row, "Fit", criteria, sizeof criteria / sizeof *criteria);
}

static void write_settings(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;
    const tq_analysis *a = book->a;
    const char *method = tq_method_label(a->fit->method),
               *source = tq_method_source(a->fit->method);
    const struct {
        const char *label, *value;
    } settings[] = {
        {"Measure",
         a->measure ? wb_format(book, "%s, %s", a->measure->code, a->measure->name) : NULL},
        {"Variance type", a->vtype},
        {"Method", wb_format(book, "%s, %s", tq_method_name(a->fit->method), method)},
        {"Source", source},
        {"Test", tq_test_label(a->fit->test)},
        {"Confidence level", wb_format(book, "%g%%", a->fit->level)},
        {"Weights", a->fit->method == TQ_QE ? "precision and quality scores"
                    : a->options.weights    ? "given"
                    : a->options.weighted   ? "inverse variance"
                                            : "equal"},
        {"Interval of tau\xC2\xB2", tq_ci_tau2_label(a->options.ci_tau2)},
        {"Prediction interval", tq_predict_label(a->options.predict)},
        {"Back-transform", a->transform ? a->transform->label : NULL},
    };

    wb_flow(s, row++, 0, "Settings", wb_as(WB_SECTION));
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].value) {
            wb_flow(s, row, 0, settings[i].label, wb_as(WB_TEXT));
            wb_flow(s, row++, 1, settings[i].value, wb_as(WB_TEXT));
        }
    }
}

void wb_model(wb_sheet *s)
{
    enum { LABEL_PIXELS = 190, ONE_PAGE = 8 };

    wb_top(s, "Model",
           "Grey names beside numbers can be used in formulas anywhere in the workbook.");
    s->width[LABEL] = LABEL_PIXELS;
    lxw_row_t row = write_coefficients(s);

    row = write_pooled(s, row);
    row = write_natural(s, row);
    row = write_pooled_interval(s, row);
    row = write_predictions(s, row);
    row = write_tests(s, row);
    write_settings(s, row);
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
    s->book->xlsx->worksheet_fit_to_pages(s->ws, 1, s->book->a->fit->p <= ONE_PAGE ? 1 : 0);
}
