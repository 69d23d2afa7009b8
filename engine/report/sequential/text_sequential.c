/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of a trial sequential analysis. */
#include <math.h>
#include <stdio.h>

#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL };

static void put_boundaries(const tq_monitoring_look *m, text_table *t, size_t *c)
{
    report_cell(t, (*c)++, 100.0 * m->t, 2);
    report_cell(t, (*c)++, m->tested ? m->critical : (double)NAN, 4);
    report_cell(t, (*c)++, m->futility, 4);
}

static void put_information(const tq_tsa *tsa, double x, text_table *t, size_t *c)
{
    const int people = tsa->required.unit == TQ_UNIT_PARTICIPANTS;

    report_cell(t, (*c)++, people ? ceil(x - 1e-9) : x, people ? 0 : 2);
}

static void look_row(const report *r, size_t j, text_table *t)
{
    const tq_sequential *s = r->a->sequential;
    const tq_tsa_look *look = &s->tsa->look[j];
    const tq_sequence_row *row = &r->a->sensitivity->cumul->row[j];
    char text[CELL];
    size_t c = 0;

    text_table_cell(t, c++, row->label);
    if (row->at) {
        text_table_cell(t, c++, row->at);
    }
    put_information(s->tsa, look->information, t, &c);
    report_cell(t, c++, look->z, 4);
    put_boundaries(&look->monitoring, t, &c);
    if (look->monitoring.tested) {
        const tq_natural *n = &s->natural[j];

        tq_format_interval(text, sizeof text, n->pred, n->ci_lb, n->ci_ub, 2);
        text_table_cell(t, c, text);
    }
    c++;
    if (!isnan(s->tsa->options.lil)) {
        report_cell(t, c++, look->z_lil, 4);
    }
    text_table_end_row(t);
}

static void planned_row(const report *r, text_table *t)
{
    const tq_tsa *tsa = r->a->sequential->tsa;
    size_t c = 0;

    text_table_rule(t);
    text_table_cell(t, c++, "Required");
    c += r->a->sensitivity->cumul->row[0].at != NULL;
    put_information(tsa, tsa->required.required, t, &c);
    c++;
    put_boundaries(&tsa->planned, t, &c);
    text_table_end_row(t);
}

static int looks(const report *r)
{
    const tq_tsa *tsa = r->a->sequential->tsa;
    const tq_sequence *cumul = r->a->sensitivity->cumul;
    char interval[CELL];
    const char *heads[TEXT_TABLE_COLUMNS];
    size_t n = 0;

    snprintf(interval, sizeof interval, "%s [adjusted %g%% CI]", tq_analysis_scale_name(r->a, 1),
             100.0 * (1.0 - tsa->options.required.alpha));
    heads[n++] = "Added";
    if (cumul->row[0].at) {
        heads[n++] = cumul->by;
    }
    heads[n++] = tsa->required.unit == TQ_UNIT_PARTICIPANTS ? "Participants" : "Information";
    heads[n++] = "Z";
    heads[n++] = "%";
    heads[n++] = "Boundary";
    heads[n++] = "Futility";
    heads[n++] = interval;
    if (!isnan(tsa->options.lil)) {
        heads[n++] = "Penalised Z";
    }
    text_table *t = text_table_new(n, heads);

    if (!t) {
        return 0;
    }
    for (size_t j = 0; j < tsa->n; j++) {
        look_row(r, j, t);
    }
    if (tsa->planned_given) {
        planned_row(r, t);
    }
    report_bold(r, "Trial sequential analysis");
    return report_table(r, t);
}

static int reading(const report *r)
{
    tq_buffer_text(r->out, "\n");
    report_wrapped(r, r->a->sequential->reading, REPORT_LINE, 0);
    tq_buffer_text(r->out, "\n");
    report_wrapped(r, r->a->sequential->assumed, REPORT_LINE, 0);
    return 1;
}

static int how(const report *r)
{
    const tq_tsa *tsa = r->a->sequential->tsa;
    const tq_monitoring_options *m = &tsa->options.monitoring;
    char text[CELL], interval[CELL];

    tq_buffer_format(r->out, "\n  Boundaries  of %s; alpha spending %s; beta spending %s%s\n",
                     tsa->options.required.sides == 2 ? "|Z|" : "Z in the anticipated direction",
                     tq_spending_label(m->spending), tq_spending_label(m->futility),
                     m->futility == TQ_SPEND_NONE ? "" : ", non-binding");
    tq_buffer_format(r->out, "  Single test %s\n", report_number(text, tsa->conventional, 4));
    tq_buffer_format(r->out, "  Power       %s of these looks at the anticipated effect\n",
                     report_number(text, tsa->power, 4));
    if (!isnan(tsa->stagewise_est)) {
        const tq_natural *n = &r->a->sequential->stagewise;

        tq_format_interval(interval, sizeof interval, n->pred, n->ci_lb, n->ci_ub, 2);
        tq_buffer_format(r->out, "  Stage-wise  %s, p %s, at %s\n", interval,
                         tq_format_p_relation(text, sizeof text, tsa->stagewise_pval, 4),
                         r->a->sensitivity->cumul->row[tsa->decision].label);
    }
    return 1;
}

int report_sequential(const report *r)
{
    static report_section *const parts[] = {looks, reading, how};

    return !r->a->sequential || report_parts(r, parts, sizeof parts / sizeof *parts);
}

static report_section *const sections[] = {report_head, report_sequential, report_excluded,
                                           report_foot};

tq_status tq_tsa_text(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                      tq_error *err)
{
    return report_write(a, opt, sections, sizeof sections / sizeof *sections, out, err);
}
