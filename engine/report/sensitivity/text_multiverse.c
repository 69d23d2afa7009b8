/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain-text report of a multiverse: agreement, the choices, what has no model. */
#include <math.h>
#include <stdio.h>

#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL };

static double percent_of(size_t n, size_t of)
{
    return of > 0 ? 100.0 * (double)n / (double)of : (double)NAN;
}

static int counted(const report *r)
{
    const tq_multiverse *m = r->a->multiverse;
    char title[CELL];

    snprintf(title, sizeof title, "Multiverse: %zu specification%s, %zu with a model", m->done,
             m->done == 1 ? "" : "s", m->all.valid);
    report_bold(r, title);
    if (m->interrupted) {
        tq_buffer_format(r->out, "Interrupted: %zu of %zu specifications were fitted\n", m->done,
                         m->n);
    }
    return 1;
}

static void share_line(const report *r, const char *what, size_t n)
{
    const size_t of = r->a->multiverse->all.valid;
    char percent[CELL];

    if (of > 0) {
        report_number(percent, percent_of(n, of), 1);
        tq_buffer_format(r->out, "%s: %zu of %zu (%s%%)\n", what, n, of, percent);
    }
}

static int agreement(const report *r)
{
    const tq_multiverse *m = r->a->multiverse;
    const tq_specification_summary *s = &m->all;
    char median[CELL], min[CELL], max[CELL];

    if (m->has_null) {
        share_line(r, "Same direction as the reference", s->same_direction);
        share_line(r, "Same significance", s->same_significance);
        share_line(r, "Both", s->same_both);
    }
    tq_buffer_format(r->out, "Estimate: median %s, from %s to %s",
                     report_number(median, s->median, r->opt->digits),
                     report_number(min, s->min, r->opt->digits),
                     report_number(max, s->max, r->opt->digits));
    if (r->natural) {
        tq_buffer_format(r->out, " (%s %s, from %s to %s)", tq_analysis_scale_name(r->a, 1),
                         report_number(median, m->natural_all.pred, 2),
                         report_number(min, m->natural_all.ci_lb, 2),
                         report_number(max, m->natural_all.ci_ub, 2));
    }
    tq_buffer_text(r->out, "\n");
    if (m->mixed) {
        tq_buffer_format(r->out, "Estimates are of the %zu specifications of measure %s\n",
                         s->comparable, r->a->measure->code);
    }
    return 1;
}

static int by_choice(const report *r)
{
    static const char *const heads[] = {"Choice", "Option",      "n",
                                        "Models", "Median",      "Min",
                                        "Max",    "Significant", "Agree with the reference"};
    const tq_multiverse *m = r->a->multiverse;
    text_table *t = text_table_new(m->has_null ? 9 : 7, heads);

    if (!t) {
        return 0;
    }
    text_table_left(t, 1);
    for (size_t c = 0; c < m->n_choices; c++) {
        for (size_t o = 0; o < m->choice[c].n; o++) {
            const tq_specification_summary *s = &m->by[c][o];

            text_table_cell(t, 0, o == 0 ? m->choice[c].name : "");
            text_table_cell(t, 1, m->choice[c].option[o]);
            report_count(t, 2, s->n);
            report_count(t, 3, s->valid);
            report_cell(t, 4, s->median, r->opt->digits);
            report_cell(t, 5, s->min, r->opt->digits);
            report_cell(t, 6, s->max, r->opt->digits);
            if (m->has_null) {
                report_percent(t, 7, percent_of(s->significant, s->valid), 1);
                report_percent(t, 8, percent_of(s->same_both, s->valid), 1);
            }
            text_table_end_row(t);
        }
    }
    report_titled(r, "By choice; the first option of each makes the reference", t);
    tq_buffer_text(r->out, "\n");
    report_wrapped(r, m->reading, REPORT_LINE, 0);
    return 1;
}

static int without_model(const report *r)
{
    const tq_multiverse *m = r->a->multiverse;

    if (m->n_gaps == 0) {
        return 1;
    }
    tq_buffer_text(r->out, "\n");
    report_bold(r, "Specifications without a model");
    for (size_t g = 0; g < m->n_gaps; g++) {
        tq_buffer_format(r->out, "  %zu, first number %zu: %s\n", m->gap[g].n, m->gap[g].first + 1,
                         m->gap[g].reason);
    }
    return 1;
}

int report_multiverse(const report *r)
{
    static report_section *const parts[] = {counted, agreement, by_choice, without_model};

    return !r->a->multiverse || report_parts(r, parts, sizeof parts / sizeof *parts);
}

static report_section *const sections[] = {report_head, report_multiverse, report_excluded,
                                           report_foot};

tq_status tq_multiverse_text(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                             tq_error *err)
{
    return report_write(a, opt, sections, sizeof sections / sizeof *sections, out, err);
}
