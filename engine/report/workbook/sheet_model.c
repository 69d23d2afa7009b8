/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pooled model: the pooled effect on both scales, fit, settings. */
#include <math.h>

#include "report/analysis_internal.h"
#include "report/workbook/workbook_internal.h"

enum { TOP_ROW = 4, LABEL = 0 };

static lxw_row_t write_pooled(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_prediction *p = &a->fit->prediction;
    const wb_look fine = wb_decimals(WB_FIXED, s->book->digits + 2);
    const double pval = a->fit->p == 1 ? a->fit->pval[0] : WB_NONE;
    const wb_entry entries[] = {
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

    return wb_entries(s, row, title, entries, sizeof entries / sizeof *entries);
}

/* The scale part of a location-scale model. */
static lxw_row_t write_scale(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_scale *scale = a->scale;
    const int fine = s->book->digits + 2;

    if (!scale) {
        return row;
    }
    const wb_look number = wb_decimals(WB_FIXED, fine);
    const size_t each = sizeof *scale->alpha;
    const wb_value_column columns[] = {
        {"Estimate", number, scale->alpha, each, WB_DOUBLE},
        {"SE", number, scale->se, each, WB_DOUBLE},
        {"CI low", wb_decimals(WB_CI_LO, fine), scale->ci_lb, each, WB_DOUBLE},
        {"CI high", wb_decimals(WB_CI_HI, fine), scale->ci_ub, each, WB_DOUBLE},
        {isnan(scale->df) ? "z" : "t", wb_decimals(WB_FIXED, 2), scale->stat, each, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), scale->pval, each, WB_DOUBLE},
    };

    wb_flow(s, row, 0,
            scale->link == TQ_LINK_LOG ? "Scale part (log tau\xC2\xB2)"
                                       : "Scale part (tau\xC2\xB2)",
            wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "ScaleTable", "Term", a->scale_design->column,
                         sizeof *a->scale_design->column, columns, sizeof columns / sizeof *columns,
                         scale->q);
}

static lxw_row_t write_scale_tests(wb_sheet *s, lxw_row_t row)
{
    const tq_scale *scale = s->book->a->scale;

    if (!scale) {
        return row;
    }
    const wb_look two = wb_decimals(WB_FIXED, 2), df = wb_decimals(WB_FIXED, 1);
    const wb_entry entries[] = {
        {scale->QS_df2 > 0.0 ? "F" : "QS", scale->QS, two, "tausq_QS"},
        {"df", scale->QS_df1, df, NULL},
        {"df of the denominator", scale->QS_df2, df, NULL},
        {"p", scale->QS_pval, wb_as(WB_PVAL), "tausq_QS_pval"},
        {"Likelihood ratio against one tau\xC2\xB2", scale->LRT, two, "tausq_LRT"},
        {"df", scale->LRT_df, df, NULL},
        {"p", scale->LRT_pval, wb_as(WB_PVAL), "tausq_LRT_pval"},
    };

    return wb_entries(s, row, "Tests of the scale part", entries, sizeof entries / sizeof *entries);
}

/* tau2 at the given values of the scale part's moderators. */
static lxw_row_t write_scale_predictions(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_scale_prediction *p = a->scaled;
    const int fine = s->book->digits + 2;

    if (a->n_scaled == 0) {
        return row;
    }
    const wb_value_column columns[] = {
        {"tau\xC2\xB2", wb_decimals(WB_FIXED, fine), &p->tau2, sizeof *p, WB_DOUBLE},
        {"CI low", wb_decimals(WB_CI_LO, fine), &p->tau2_lb, sizeof *p, WB_DOUBLE},
        {"CI high", wb_decimals(WB_CI_HI, fine), &p->tau2_ub, sizeof *p, WB_DOUBLE},
    };

    wb_flow(s, row, 0, "Predicted tau\xC2\xB2", wb_as(WB_SECTION));
    return wb_value_list(s, row + 1, "ScalePredictionTable", "At", a->scaled_at,
                         sizeof *a->scaled_at, columns, sizeof columns / sizeof *columns,
                         a->n_scaled);
}

/* The interval asked for beside the test's own. */
static lxw_row_t write_pooled_interval(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_mean_interval *ci = &a->ci_mu;
    const wb_look fine = wb_decimals(WB_FIXED, s->book->digits + 2);
    const wb_look natural = wb_decimals(WB_FIXED, s->book->digits);
    const int both = wb_has_natural(s->book);
    const wb_entry entries[] = {
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
               : wb_entries(s, row, wb_format(s->book, "Interval by %s", tq_ci_mu_label(ci->kind)),
                            entries, sizeof entries / sizeof *entries);
}

static lxw_row_t write_natural(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const wb_look look = wb_decimals(WB_FIXED, s->book->digits);
    const wb_entry entries[] = {
        {"Pooled effect", a->natural.pred, look, "tausq_natural_pooled"},
        {"Confidence interval, low", a->natural.ci_lb, look, "tausq_natural_ci_lb"},
        {"Confidence interval, high", a->natural.ci_ub, look, "tausq_natural_ci_ub"},
        {"Prediction interval, low", a->natural.pi_lb, look, "tausq_natural_pi_lb"},
        {"Prediction interval, high", a->natural.pi_ub, look, "tausq_natural_pi_ub"},
    };

    return wb_has_natural(s->book) ? wb_entries(s, row, wb_natural_name(s->book), entries,
                                                sizeof entries / sizeof *entries)
                                   : row;
}

/* Tests by name, of the methods that have any. */
static lxw_row_t write_named_tests(wb_sheet *s, lxw_row_t row)
{
    analysis_statistic all[ANALYSIS_STATISTICS];
    const size_t n = analysis_statistics(s->book->a, all);

    for (size_t i = 0; i < n; i++) {
        wb_book *book = s->book;
        const char *name = all[i].name;
        const wb_entry entries[] = {
            {"Chi-square", all[i].value.stat, wb_decimals(WB_FIXED, 2),
             wb_format(book, "tausq_%s", name)},
            {"df", all[i].value.df, wb_decimals(WB_FIXED, 0), wb_format(book, "tausq_%s_df", name)},
            {"p", all[i].value.pval, wb_as(WB_PVAL), wb_format(book, "tausq_%s_pval", name)},
        };

        row = wb_entries(s, row, wb_format(book, "%s: %s", name, all[i].meaning), entries,
                         sizeof entries / sizeof *entries);
    }
    return row;
}

static lxw_row_t write_criteria(wb_sheet *s, lxw_row_t row)
{
    const tq_pool *fit = s->book->a->fit;
    const wb_entry criteria[] = {
        {"Log-likelihood", fit->ll, wb_decimals(WB_FIXED, 4), NULL},
        {"Deviance", fit->deviance, wb_decimals(WB_FIXED, 4), NULL},
        {"AIC", fit->AIC, wb_decimals(WB_FIXED, 4), NULL},
        {"BIC", fit->BIC, wb_decimals(WB_FIXED, 4), NULL},
        {"AICc", fit->AICc, wb_decimals(WB_FIXED, 4), NULL},
    };

    row = write_named_tests(s, row);
    return wb_entries(s, row, "Fit", criteria, sizeof criteria / sizeof *criteria);
}

static void write_settings(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;
    const tq_analysis *a = book->a;
    const char *method = tq_method_label(a->fit->method),
               *source = tq_method_source(a->fit->method);
    /* Closed forms from counts have weights of their own, and no tau2. */
    const int counts = tq_method_counts(a->fit->method) && !tq_method_random(a->fit->method);
    const struct {
        const char *label, *value;
    } settings[] = {
        {"Measure",
         a->measure ? wb_format(book, "%s, %s", a->measure->code, a->measure->name) : NULL},
        {"Variance type", a->vtype},
        {"Method", wb_format(book, "%s, %s", tq_method_name(a->fit->method), method)},
        {"Source", source},
        {"Test", tq_analysis_test_label(a)},
        {"Confidence level", wb_format(book, "%g%%", a->fit->level)},
        {"Likelihood", a->event_model},
        {"Variance", a->mh_variance},
        {"Weights", counts                    ? method
                    : a->event_model          ? "information on each study's effect"
                    : a->fit->method == TQ_QE ? "precision and quality scores"
                    : a->weights_name         ? wb_format(book, "column '%s'", a->weights_name)
                    : a->options.weighted     ? "inverse variance"
                                              : "equal"},
        {"Interval of tau\xC2\xB2",
         counts || a->event_model ? NULL : tq_ci_tau2_label(a->options.ci_tau2)},
        {"Prediction interval", counts ? NULL : tq_predict_label(a->options.predict)},
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
    enum { LABEL_PIXELS = 190 };

    wb_top(s, "Model",
           s->book->live
               ? "Numbers follow the Studies sheet; the engine's own figures stand on Check. Grey "
                 "names can be used in formulas anywhere in the workbook."
               : wb_format(s->book,
                           "Values, not formulas: %s. Grey names can be used in formulas anywhere "
                           "in the workbook.",
                           s->book->frozen));
    s->width[LABEL] = LABEL_PIXELS;
    /* Those of a regression have a sheet of their own. */
    lxw_row_t row = wb_is_regression(s->book) ? TOP_ROW : wb_coefficients(s, TOP_ROW);

    row = write_pooled(s, row);
    row = write_natural(s, row);
    row = write_pooled_interval(s, row);
    row = write_scale(s, row);
    row = write_scale_tests(s, row);
    row = write_scale_predictions(s, row);
    row = write_criteria(s, row);
    write_settings(s, row);
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
    s->book->xlsx->worksheet_fit_to_pages(s->ws, 1, 1);
}
