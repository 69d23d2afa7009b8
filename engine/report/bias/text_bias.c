/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of small-study effects, trim and fill, fail-safe N in the plain-text report. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL };

/* ---- tests ---- */

/* "t = -1.40", "tau = 0.03", "10 of 4.9 expected". */
static void put_statistic(char *text, const tq_bias_result *r)
{
    char number[CELL / 4];

    if (!isnan(r->expected)) {
        snprintf(text, CELL, "%.0f, expected %s", r->observed,
                 tq_format_number(number, sizeof number, r->expected, 2));
    } else if (!isnan(r->tau)) {
        snprintf(text, CELL, "tau = %s", tq_format_number(number, sizeof number, r->tau, 3));
    } else {
        snprintf(text, CELL, "%s = %s", isnan(r->df) ? "z" : "t",
                 tq_format_number(number, sizeof number, r->stat, 3));
    }
}

static void put_p(char *text, const tq_bias_result *r)
{
    tq_format_p(text, CELL, r->pval, 4);
    if (r->exact) {
        strcat(text, " (exact)");
    }
}

static void test_row(const report *r, const tq_bias_result *t, text_table *table)
{
    const char *predictor = tq_bias_predictor_name(t->predictor);
    char text[CELL];

    text_table_cell(table, 0, tq_bias_test_name(t->test));
    text_table_cell(table, 1, predictor ? predictor : "");
    report_count(table, 2, t->k);
    if (!t->why[0]) {
        if (isnan(t->tau) && !isnan(t->est)) {
            text_table_cell(table, 3, report_number(text, t->est, r->opt->digits));
            text_table_cell(table, 4, report_number(text, t->se, r->opt->digits));
        }
        put_statistic(text, t);
        text_table_cell(table, 5, text);
        snprintf(text, sizeof text, "%g", t->df);
        text_table_cell(table, 6, isnan(t->df) ? "" : text);
        put_p(text, t);
        text_table_cell(table, 7, text);
        tq_format_interval(text, sizeof text, t->limit, t->limit_lb, t->limit_ub, r->opt->digits);
        text_table_cell(table, 8, isnan(t->limit) ? "" : text);
    } else {
        text_table_cell(table, 5, "not done");
    }
    text_table_end_row(table);
}

static int tests(const report *r)
{
    const tq_bias *bias = r->a->bias;
    char limit[64];
    const char *heads[] = {"Test",      "Predictor", "k", "Estimate", "SE",
                           "Statistic", "df",        "p", limit};

    snprintf(limit, sizeof limit, "Limit [%g%% CI]", bias->level);
    text_table *t = text_table_new(9, heads);

    for (size_t i = 0; t && i < bias->n; i++) {
        test_row(r, &bias->result[i], t);
    }
    if (t) {
        text_table_left(t, 1);
        report_bold(r, "Small-study effects");
    }
    return report_table(r, t);
}

/* What each name stands for, and why some were not done. */
static int meanings(const report *r)
{
    const tq_bias *bias = r->a->bias;
    char line[TQ_BIAS_WHY + CELL];
    int limit = 0;

    tq_buffer_text(r->out, "\n");
    for (size_t i = 0; i < bias->n; i++) {
        const tq_bias_result *t = &bias->result[i];

        snprintf(line, sizeof line, "%s: %s%s%s", tq_bias_test_name(t->test),
                 tq_bias_test_label(t->test), t->why[0] ? "; not done: " : "", t->why);
        tq_buffer_text(r->out, "  - ");
        report_wrapped(r, line, REPORT_LINE - 4, 4);
        limit |= !isnan(t->limit);
    }
    if (limit) {
        tq_buffer_text(r->out, "  (Limit: the effect of a study without sampling error, on the "
                               "analysis scale)\n");
    }
    tq_buffer_text(r->out, "\n");
    snprintf(line, sizeof line, "%s: %s", bias->chosen ? "Chosen by the measure" : "Which to use",
             bias->advice);
    report_wrapped(r, line, REPORT_LINE, 0);
    return 1;
}

int report_asymmetry(const report *r)
{
    return !r->a->bias || (tests(r) && meanings(r));
}

tq_status tq_bias_text(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                       tq_error *err)
{
    static report_section *const sections[] = {report_head, report_asymmetry, report_excluded,
                                               report_foot};

    return report_write(a, opt, sections, sizeof sections / sizeof *sections, out, err);
}

/* ---- trim and fill ---- */

int report_trim_fill(const report *r)
{
    const tq_trim_fill *fill = r->a->trim_fill;
    char text[CELL];

    if (!fill) {
        return 1;
    }
    report_bold(r, "Trim and fill");
    tq_buffer_format(r->out, "  Missing on the %s%s: %zu stud%s (%s", tq_fill_side_name(fill->side),
                     fill->side_found ? " (by the slope on the standard error)" : "", fill->k0,
                     fill->k0 == 1 ? "y" : "ies", tq_fill_estimator_name(fill->estimator));
    if (!isnan(fill->se_k0)) {
        tq_buffer_format(r->out, ", SE %s", report_number(text, fill->se_k0, 2));
    }
    if (!isnan(fill->pval)) {
        tq_buffer_format(r->out, ", p %s of none missing",
                         tq_format_p_relation(text, sizeof text, fill->pval, 4));
    }
    if (fill->trim_method != r->a->fit->method) {
        tq_buffer_format(r->out, ", trimmed by %s", tq_method_name(fill->trim_method));
    }
    tq_buffer_text(r->out, ")\n");
    tq_format_interval(text, sizeof text, fill->observed.pred, fill->observed.ci_lb,
                       fill->observed.ci_ub, r->opt->digits);
    tq_buffer_format(r->out, "  Pooled without them (%zu): %s\n", fill->k, text);
    tq_format_interval(text, sizeof text, r->a->fit->prediction.pred, r->a->fit->prediction.ci_lb,
                       r->a->fit->prediction.ci_ub, r->opt->digits);
    tq_buffer_format(r->out, "  Pooled with them (%zu):    %s\n\n", r->a->k, text);
    return 1;
}

/* ---- fail-safe N ---- */

static void method_row(const report *r, const char *name, const char *until,
                       const tq_fail_safe_n *n, text_table *t)
{
    char text[CELL];

    text_table_cell(t, 0, name);
    snprintf(text, sizeof text, "%.15g", n->fsn);
    text_table_cell(t, 1, isnan(n->fsn) ? "none" : text);
    report_p(t, 2, n->pval);
    report_cell(t, 3, n->estimate, r->opt->digits);
    text_table_cell(t, 4, n->why ? n->why : until);
    text_table_end_row(t);
}

static int numbers(const report *r)
{
    const tq_fail_safe *f = r->a->fail_safe;
    const char *heads[] = {"Method", "N", "p observed", "Effect observed", "Until"};
    text_table *t = text_table_new(5, heads);
    char one[64], two[64], half[CELL], model[CELL], number[CELL / 4];

    if (!t) {
        return 0;
    }
    snprintf(one, sizeof one, "one-sided combined p is %g", f->alpha);
    snprintf(two, sizeof two, "equal-effects p is %g", f->alpha);
    snprintf(half, sizeof half, "mean effect is %s",
             tq_format_number(number, sizeof number, f->orwin.target, r->opt->digits));
    if (isnan(f->general.target)) {
        snprintf(model, sizeof model, "p of this model is above %g", f->alpha);
    } else {
        snprintf(model, sizeof model, "effect of this model is %s",
                 tq_format_number(number, sizeof number, f->general.target, r->opt->digits));
    }
    text_table_left(t, 4);
    method_row(r, "Rosenthal", one, &f->rosenthal, t);
    method_row(r, "Orwin", half, &f->orwin, t);
    method_row(r, "Rosenberg", two, &f->rosenberg, t);
    method_row(r, "General", model, &f->general, t);
    report_bold(r, "Fail-safe N: unseen studies without an effect that would undo the result");
    return report_table(r, t);
}

int report_fail_safe(const report *r)
{
    return !r->a->fail_safe || numbers(r);
}

tq_status tq_fail_safe_text(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                            tq_error *err)
{
    static report_section *const sections[] = {report_head, report_fail_safe, report_excluded,
                                               report_foot};

    return report_write(a, opt, sections, sizeof sections / sizeof *sections, out, err);
}
