/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain-text reports of leave-one-out and cumulative meta-analysis. */
#include <stdio.h>

#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL, MOST_COLUMNS = 11 };

/* Which columns a table of parts has, beside those it always has. */
typedef struct {
    int at, natural, random;
} shown;

static void sequence_row(const report *r, const shown *has, const char *label, const char *at,
                         const tq_part_pool *p, const tq_natural *n, text_table *t)
{
    const int digits = r->opt->digits;
    char text[CELL];
    size_t c = 0;

    text_table_cell(t, c++, label);
    if (has->at) {
        text_table_cell(t, c++, at ? at : "");
    }
    report_count(t, c++, p->k);
    if (p->why_none[0]) {
        text_table_cell(t, c, "NE");
        text_table_end_row(t);
        return;
    }
    report_cell(t, c++, p->beta, digits);
    report_interval(text, p->ci_lb, p->ci_ub, digits);
    text_table_cell(t, c++, text);
    if (has->natural) {
        tq_format_interval(text, sizeof text, n->pred, n->ci_lb, n->ci_ub, 2);
        text_table_cell(t, c++, text);
    }
    report_p(t, c++, p->pval);
    if (p->k == 1) { /* one study says nothing of heterogeneity */
        text_table_end_row(t);
        return;
    }
    report_cell(t, c++, p->QE, 2);
    if (has->random) {
        report_cell(t, c++, p->tau2, digits);
    }
    report_percent(t, c, p->I2, 1);
    text_table_end_row(t);
}

static text_table *sequence_head(const report *r, const shown *has, const char *first,
                                 const char *by)
{
    char interval[32], natural[CELL];
    const char *heads[MOST_COLUMNS];
    size_t n = 0;

    snprintf(interval, sizeof interval, "%g%% CI", r->a->options.level);
    snprintf(natural, sizeof natural, "%s [%g%% CI]", tq_analysis_scale_name(r->a, 1),
             r->a->options.level);
    heads[n++] = first;
    if (has->at) {
        heads[n++] = by;
    }
    heads[n++] = "k";
    heads[n++] = "Estimate";
    heads[n++] = interval;
    if (has->natural) {
        heads[n++] = natural;
    }
    heads[n++] = "p";
    heads[n++] = "Q";
    if (has->random) {
        heads[n++] = "tau2";
    }
    heads[n++] = "I2";
    return text_table_new(n, heads);
}

/* The fit of all studies as a part. */
static tq_part_pool whole_of(const tq_pool *fit)
{
    return (tq_part_pool){.k = fit->k,
                          .beta = fit->beta[0],
                          .ci_lb = fit->ci_lb[0],
                          .ci_ub = fit->ci_ub[0],
                          .pval = fit->pval[0],
                          .QE = fit->QE,
                          .tau2 = fit->tau2,
                          .I2 = fit->I2};
}

static int sequence_table(const report *r, const tq_sequence *s, const char *title,
                          const char *first, int with_whole)
{
    const shown has = {s->n > 0 && s->row[0].at != NULL, r->natural,
                       tq_method_random(r->a->fit->method)};
    const tq_part_pool whole = whole_of(r->a->fit);
    text_table *t = sequence_head(r, &has, first, s->by);

    if (!t) {
        return 0;
    }
    for (size_t j = 0; j < s->n; j++) {
        const tq_sequence_row *row = &s->row[j];

        sequence_row(r, &has, row->label, row->at, &row->pool, &row->natural, t);
    }
    if (with_whole) {
        text_table_rule(t);
        sequence_row(r, &has, "none", NULL, &whole, &r->a->natural, t);
    }
    report_bold(r, title);
    report_table(r, t);
    if (*s->reading) {
        tq_buffer_text(r->out, "\n");
        report_wrapped(r, s->reading, REPORT_LINE, 0);
    }
    return 1;
}

static int leave_one_out(const report *r)
{
    const tq_sequence *s = r->a->sensitivity->loo;
    char title[CELL];

    if (!s) {
        return 1;
    }
    if (s->by) {
        snprintf(title, sizeof title, "Leave-one-out by %.100s", s->by);
    } else {
        snprintf(title, sizeof title, "Leave-one-out");
    }
    return sequence_table(r, s, title, "Left out", 1);
}

static int cumulative(const report *r)
{
    const tq_sequence *s = r->a->sensitivity->cumul;
    char title[CELL];

    if (!s) {
        return 1;
    }
    if (s->by) {
        snprintf(title, sizeof title, "Cumulative by %.100s, %s", s->by,
                 s->descending ? "descending" : "ascending");
    } else {
        snprintf(title, sizeof title, "Cumulative, in the order of the sheet");
    }
    return sequence_table(r, s, title, "Added", 0);
}

int report_sequences(const report *r)
{
    static report_section *const parts[] = {leave_one_out, cumulative};

    return !r->a->sensitivity || report_parts(r, parts, sizeof parts / sizeof *parts);
}

static report_section *const sections[] = {report_head, report_sequences, report_excluded,
                                           report_foot};

tq_status tq_sequence_text(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                           tq_error *err)
{
    return report_write(a, opt, sections, sizeof sections / sizeof *sections, out, err);
}
