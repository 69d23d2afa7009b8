/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small-study effects: tests of asymmetry, what trim and fill changed, fail-safe N. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { FIRST_ROW = 4 };

static lxw_row_t write_tests(wb_sheet *s, lxw_row_t row)
{
    const tq_bias *bias = s->book->a->bias;
    const int fine = s->book->digits + 2;
    const tq_bias_result *r = bias->result;
    const wb_look number = wb_decimals(WB_FIXED, fine), two = wb_decimals(WB_FIXED, 2);
    const wb_value_column columns[] = {
        {"Studies", wb_as(WB_COUNT), &r->k, sizeof *r, WB_SIZE},
        {"Estimate", number, &r->est, sizeof *r, WB_DOUBLE},
        {"SE", number, &r->se, sizeof *r, WB_DOUBLE},
        {"Statistic", two, &r->stat, sizeof *r, WB_DOUBLE},
        {"df", wb_as(WB_COUNT), &r->df, sizeof *r, WB_DOUBLE},
        {"Kendall tau", wb_decimals(WB_FIXED, 3), &r->tau, sizeof *r, WB_DOUBLE},
        {"Significant", wb_as(WB_COUNT), &r->observed, sizeof *r, WB_DOUBLE},
        {"Expected", two, &r->expected, sizeof *r, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &r->pval, sizeof *r, WB_DOUBLE},
        {"Limit", number, &r->limit, sizeof *r, WB_DOUBLE},
        {"Limit low", wb_decimals(WB_CI_LO, fine), &r->limit_lb, sizeof *r, WB_DOUBLE},
        {"Limit high", wb_decimals(WB_CI_HI, fine), &r->limit_ub, sizeof *r, WB_DOUBLE},
    };
    const size_t n = sizeof columns / sizeof *columns;
    wb_list list = wb_list_begin(s, row, n + 2);

    wb_list_column(&list, "Test", wb_as(WB_TEXT));
    wb_list_column(&list, "Predictor", wb_as(WB_TEXT));
    for (size_t i = 0; i < bias->n; i++) {
        const lxw_row_t at = row + 1 + (lxw_row_t)i;

        wb_text(s, at, 0, tq_bias_test_name(r[i].test), wb_as(WB_TEXT));
        wb_text(s, at, 1, tq_bias_predictor_name(r[i].predictor), wb_as(WB_TEXT));
    }
    wb_list_values(&list, columns, n, bias->n);
    row = wb_list_end(&list, "BiasTests", bias->n) + 1;
    wb_flow(s, row++, 0, "The tests", wb_as(WB_SECTION));
    for (size_t i = 0; i < bias->n; i++) {
        row = wb_paragraph(s, row, 0,
                           wb_format(s->book, "%s: %s. %s%s%s", tq_bias_test_name(r[i].test),
                                     tq_bias_test_label(r[i].test), tq_bias_test_source(r[i].test),
                                     r[i].why[0] ? ". Not done: " : "", r[i].why),
                           wb_as(WB_TEXT));
    }
    return wb_paragraph(s, row, 0, wb_format(s->book, "Which to use: %s", bias->advice),
                        wb_as(WB_NOTE)) +
           1;
}

static lxw_row_t write_fill(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_trim_fill *f = a->trim_fill;
    const int fine = s->book->digits + 2, digits = s->book->digits;
    const wb_entry entries[] = {
        {"Studies observed", (double)f->k, wb_as(WB_COUNT), NULL},
        {"Studies filled in (k0)", (double)f->k0, wb_as(WB_COUNT), NULL},
        {"k0 before rounding", f->estimate, wb_decimals(WB_FIXED, 2), NULL},
        {"SE of k0", f->se_k0, wb_decimals(WB_FIXED, 2), NULL},
        {"p of none missing", f->pval, wb_as(WB_PVAL), NULL},
        {"Pooled effect, observed", f->observed.pred, wb_decimals(WB_FIXED, fine), NULL},
        {"   CI low", f->observed.ci_lb, wb_decimals(WB_FIXED, fine), NULL},
        {"   CI high", f->observed.ci_ub, wb_decimals(WB_FIXED, fine), NULL},
        {"Pooled effect, with filled", a->fit->prediction.pred, wb_decimals(WB_FIXED, fine), NULL},
        {"   CI low", a->fit->prediction.ci_lb, wb_decimals(WB_FIXED, fine), NULL},
        {"   CI high", a->fit->prediction.ci_ub, wb_decimals(WB_FIXED, fine), NULL},
    };
    const wb_entry natural[] = {
        {"Observed", a->observed.pred, wb_decimals(WB_FIXED, digits), NULL},
        {"   CI low", a->observed.ci_lb, wb_decimals(WB_FIXED, digits), NULL},
        {"   CI high", a->observed.ci_ub, wb_decimals(WB_FIXED, digits), NULL},
        {"With filled", a->natural.pred, wb_decimals(WB_FIXED, digits), NULL},
        {"   CI low", a->natural.ci_lb, wb_decimals(WB_FIXED, digits), NULL},
        {"   CI high", a->natural.ci_ub, wb_decimals(WB_FIXED, digits), NULL},
    };

    row = wb_entries(s, row,
                     wb_format(s->book, "Trim and fill: %s, trimmed by %s, missing on the %s%s",
                               tq_fill_estimator_name(f->estimator), tq_method_name(f->trim_method),
                               tq_fill_side_name(f->side),
                               f->side_found ? " by the slope on the standard error" : ""),
                     entries, sizeof entries / sizeof *entries);
    if (wb_has_natural(s->book)) {
        row =
            wb_entries(s, row, wb_natural_name(s->book), natural, sizeof natural / sizeof *natural);
    }
    return row;
}

static lxw_row_t write_fail_safe(wb_sheet *s, lxw_row_t row)
{
    enum { METHODS = 4 };
    const tq_fail_safe *f = s->book->a->fail_safe;
    const int fine = s->book->digits + 2;
    const tq_fail_safe_n *const n[METHODS] = {&f->rosenthal, &f->orwin, &f->rosenberg, &f->general};
    static const char *const names[METHODS] = {"Rosenthal", "Orwin", "Rosenberg", "General"};
    wb_list list = wb_list_begin(s, row, 5);

    wb_list_column(&list, "Method", wb_as(WB_TEXT));
    wb_list_column(&list, "Fail-safe N", wb_as(WB_COUNT));
    wb_list_column(&list, "p observed", wb_as(WB_PVAL));
    wb_list_column(&list, "Effect observed", wb_decimals(WB_FIXED, fine));
    wb_list_column(&list, "Target effect", wb_decimals(WB_FIXED, fine));
    for (size_t i = 0; i < METHODS; i++) {
        const lxw_row_t at = row + 1 + (lxw_row_t)i;

        wb_text(s, at, 0, names[i], wb_as(WB_TEXT));
        wb_engine_only(s, at, 1, n[i]->fsn, wb_as(WB_COUNT));
        wb_engine_only(s, at, 2, n[i]->pval, wb_as(WB_PVAL));
        wb_engine_only(s, at, 3, n[i]->estimate, wb_decimals(WB_FIXED, fine));
        wb_engine_only(s, at, 4, n[i]->target, wb_decimals(WB_FIXED, fine));
    }
    row = wb_list_end(&list, "FailSafeN", METHODS) + 1;
    for (size_t i = 0; i < METHODS; i++) {
        if (n[i]->why) {
            row = wb_paragraph(s, row, 0, wb_format(s->book, "%s: %s.", names[i], n[i]->why),
                               wb_as(WB_TEXT));
        }
    }
    return wb_paragraph(s, row, 0,
                        wb_format(s->book,
                                  "Unseen studies without an effect until the combined one-sided p "
                                  "(Rosenthal), the equal-effects p (Rosenberg) or the p of this "
                                  "model (General) is %g, or the mean effect the target (Orwin; "
                                  "General where one was given).",
                                  f->alpha),
                        wb_as(WB_NOTE)) +
           1;
}

void wb_bias(wb_sheet *s)
{
    enum { LABEL_PIXELS = 175 };
    const tq_analysis *a = s->book->a;
    lxw_row_t row = FIRST_ROW;

    wb_top(s, "Small-study effects", NULL);
    s->width[0] = LABEL_PIXELS;
    if (a->bias) {
        row = write_tests(s, row);
    }
    if (a->trim_fill) {
        row = write_fill(s, row);
    }
    if (a->fail_safe) {
        row = write_fail_safe(s, row);
    }
    if (a->publication) {
        row = wb_answers(s, row);
    }
    if (a->selmodel) {
        wb_selection(s, row);
    }
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
}
