/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain-text report of a permutation test. */
#include <math.h>
#include <stdio.h>

#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL };

/* "0.0051", and how far simulation may have it off. */
static void put_p(char *text, double p, double se)
{
    char number[CELL / 2], error[CELL / 4];

    tq_format_p(number, sizeof number, p, 4);
    if (isnan(se)) {
        snprintf(text, CELL, "%s", number);
    } else {
        snprintf(text, CELL, "%s (%s)", number, tq_format_number(error, sizeof error, se, 4));
    }
}

static void coefficient_row(const report *r, size_t a, text_table *t)
{
    const tq_pool *fit = r->a->fit;
    const tq_permutation *test = r->a->permutation;
    const int digits = r->opt->digits;
    char text[CELL];

    text_table_cell(t, 0, r->a->term[a]);
    text_table_cell(t, 1, report_number(text, fit->beta[a], digits));
    text_table_cell(t, 2, report_number(text, fit->se[a], digits));
    text_table_cell(t, 3, report_number(text, fit->stat[a], digits));
    text_table_cell(t, 4, tq_format_p(text, sizeof text, fit->pval[a], 4));
    report_interval(text, fit->ci_lb[a], fit->ci_ub[a], digits);
    text_table_cell(t, 5, text);
    put_p(text, test->pval[a], test->pval_se[a]);
    text_table_cell(t, 6, text);
    if (test->has_ci) {
        report_interval(text, test->ci_lb[a], test->ci_ub[a], digits);
        text_table_cell(t, 7, *text ? text : "none");
    }
    text_table_end_row(t);
}

static int coefficient_table(const report *r)
{
    const tq_permutation *test = r->a->permutation;
    char interval[32], permuted[64];
    const char *heads[] = {"Term",
                           "Estimate",
                           "SE",
                           tq_test_statistic(r->a->fit->test),
                           "p",
                           interval,
                           test->exact ? "Permutation p" : "Permutation p (SE)",
                           permuted};

    snprintf(interval, sizeof interval, "%g%% CI", test->level);
    snprintf(permuted, sizeof permuted, "Permutation %g%% CI", test->level);
    text_table *t = text_table_new(test->has_ci ? 8 : 7, heads);

    if (!t) {
        return 0;
    }
    for (size_t a = 0; a < test->p; a++) {
        coefficient_row(r, a, t);
    }
    report_bold(r, "Permutation test");
    return report_table(r, t);
}

static int moderators_line(const report *r)
{
    const tq_pool *fit = r->a->fit;
    const tq_permutation *test = r->a->permutation;
    char stat[CELL], p[CELL];

    if (isnan(test->QM_pval)) {
        return 1;
    }
    tq_buffer_format(r->out, "Test of the moderators: %s = %s, p %s",
                     isnan(fit->QM_df2) ? "QM" : "F", report_number(stat, fit->QM, r->opt->digits),
                     tq_format_p_relation(p, sizeof p, fit->QM_pval, 4));
    tq_buffer_format(r->out, "; permutation p %s",
                     tq_format_p_relation(p, sizeof p, test->QM_pval, 4));
    if (!isnan(test->QM_pval_se)) {
        tq_buffer_format(r->out, " (SE %s)", report_number(p, test->QM_pval_se, 4));
    }
    tq_buffer_text(r->out, "\n");
    return 1;
}

static int how(const report *r)
{
    const tq_permutation *test = r->a->permutation;
    const char *what = test->signs ? "choices of signs of the effects"
                                   : "orders of the moderators among the studies";

    tq_buffer_text(r->out, "\n");
    if (test->exact) {
        tq_buffer_format(r->out, "Exact: all %llu %s\n", (unsigned long long)test->iterations,
                         what);
        return 1;
    }
    tq_buffer_format(r->out, "Random: %llu of ", (unsigned long long)test->iterations);
    if (test->possible < UINT64_MAX) {
        tq_buffer_format(r->out, "%llu %s", (unsigned long long)test->possible, what);
    } else {
        tq_buffer_format(r->out, "more than 10^19 %s", what);
    }
    tq_buffer_format(r->out, ", the data as the first; seed %llu\n",
                     (unsigned long long)test->seed);
    return 1;
}

int report_permutation(const report *r)
{
    static report_section *const parts[] = {coefficient_table, moderators_line, how};

    return !r->a->permutation || report_parts(r, parts, sizeof parts / sizeof *parts);
}

static report_section *const sections[] = {report_head, report_permutation, report_excluded,
                                           report_foot};

tq_status tq_permute_text(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                          tq_error *err)
{
    return report_write(a, opt, sections, sizeof sections / sizeof *sections, out, err);
}
