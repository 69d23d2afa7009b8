/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain-text report of the models of subsets of the studies. */
#include <stdio.h>

#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL };

static int how(const report *r)
{
    const tq_gosh *g = r->a->gosh->fit;
    char title[CELL];

    snprintf(title, sizeof title, "Models of %s%llu %ssubset%s of the %zu stud%s",
             g->all && !g->interrupted && g->models > 1 ? "all " : "",
             (unsigned long long)g->models, g->all ? "" : "random ", g->models == 1 ? "" : "s",
             g->k, g->k == 1 ? "y" : "ies");
    report_bold(r, title);
    if (g->interrupted) {
        tq_buffer_format(r->out,
                         "Interrupted: the first %llu of %llu subsets; what follows is of these\n",
                         (unsigned long long)g->models, (unsigned long long)g->asked);
    }
    if (!g->all) {
        tq_buffer_format(r->out, "Each drawn anew among all that are not empty; seed %llu\n",
                         (unsigned long long)g->seed);
    }
    return 1;
}

static void quantile_row(text_table *t, const char *name, const double *x, int decimals,
                         void (*cell)(text_table *t, size_t column, double x, int decimals))
{
    text_table_cell(t, 0, name);
    for (size_t q = 0; q < TQ_GOSH_QUANTILES; q++) {
        cell(t, q + 1, x[q], decimals);
    }
    text_table_end_row(t);
}

static int quantiles(const report *r)
{
    static const char *const heads[] = {"", "Min", "2.5%", "25%", "Median", "75%", "97.5%", "Max"};
    const tq_gosh_report *g = r->a->gosh;
    text_table *t = text_table_new(TQ_GOSH_QUANTILES + 1, heads);

    if (!t) {
        return 0;
    }
    text_table_title(t, "Quantiles of the models");
    quantile_row(t, "Estimate", g->fit->estimate, r->opt->digits, report_cell);
    if (r->natural) {
        quantile_row(t, tq_analysis_scale_name(r->a, 1), g->natural, 2, report_cell);
    }
    quantile_row(t, "I2", g->fit->I2, 1, report_percent);
    return report_table(r, t);
}

static int by_study(const report *r)
{
    static const char *const heads[] = {"Study", "Estimate with", "without", "I2 with", "without"};
    const tq_gosh *g = r->a->gosh->fit;
    text_table *t = text_table_new(sizeof heads / sizeof *heads, heads);

    if (!t) {
        return 0;
    }
    text_table_title(t, "Medians with and without each study");
    for (size_t i = 0; i < g->k; i++) {
        const tq_gosh_study *s = &g->study[i];

        text_table_cell(t, 0, r->a->study[i].label);
        report_cell(t, 1, s->estimate_with, r->opt->digits);
        report_cell(t, 2, s->estimate_without, r->opt->digits);
        report_percent(t, 3, s->I2_with, 1);
        report_percent(t, 4, s->I2_without, 1);
        text_table_end_row(t);
    }
    report_titled(r, "Medians of the models with and without each study", t);
    tq_buffer_text(r->out, "\n");
    report_wrapped(r, r->a->gosh->reading, REPORT_LINE, 0);
    return 1;
}

int report_gosh(const report *r)
{
    static report_section *const parts[] = {how, quantiles, by_study};

    return !r->a->gosh || report_parts(r, parts, sizeof parts / sizeof *parts);
}

static report_section *const sections[] = {report_head, report_gosh, report_excluded, report_foot};

tq_status tq_gosh_text(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                       tq_error *err)
{
    return report_write(a, opt, sections, sizeof sections / sizeof *sections, out, err);
}
