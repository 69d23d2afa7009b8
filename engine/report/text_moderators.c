/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The moderators of a model in the plain-text report: formula, levels, predictions. */
#include <math.h>
#include <stdio.h>

#include "report/format.h"
#include "report/text_report_internal.h"

/* "alloc: alternate (reference, 2 studies), random (7), systematic (4)" */
static void factor_line(const report *r, const tq_design_variable *v, int reference)
{
    tq_buffer line = {0};

    tq_buffer_format(&line, "%s: ", v->name);
    for (size_t l = 0; l < v->n_levels; l++) {
        tq_buffer_format(&line, "%s%s (%s%zu%s)", l ? ", " : "", v->level[l],
                         l == 0 && reference ? "reference, " : "", v->level_k[l],
                         l > 0               ? ""
                         : v->level_k[l] > 1 ? " studies"
                                             : " study");
    }
    if (line.failed) {
        r->out->failed = 1;
    } else {
        tq_buffer_text(r->out, "  ");
        report_wrapped(r, line.data, REPORT_LINE - 2, 4);
    }
    tq_buffer_free(&line);
}

/* 1 where the variable's factor alone is coded against its first level. */
static int has_reference(const tq_design *d, size_t variable)
{
    for (size_t t = 0; t < d->n_terms; t++) {
        const tq_design_term *term = &d->term[t];

        if (term->kind == TQ_TERM_FACTOR && term->variable[0] == variable) {
            return !term->all_levels;
        }
    }
    return 0;
}

int report_moderators(const report *r)
{
    const tq_design *d = r->a->design;

    if (!d) {
        return 1;
    }
    tq_buffer_text(r->out, "Moderators: ");
    report_wrapped(r, d->formula, REPORT_LINE - 12, 12);
    for (size_t j = 0; j < d->n_variables; j++) {
        if (d->variable[j].n_levels > 0) {
            factor_line(r, &d->variable[j], has_reference(d, j));
        }
    }
    for (size_t i = 0; i < d->n_notes; i++) {
        tq_buffer_text(r->out, "  ");
        report_wrapped(r, d->note[i], REPORT_LINE - 2, 4);
    }
    return 1;
}

static void prediction_row(const report *r, size_t i, text_table *t)
{
    const tq_prediction *p = &r->a->predicted[i];
    const tq_natural *n = &r->a->predicted_natural[i];
    char text[REPORT_CELL];

    text_table_cell(t, 0, r->a->predicted_at[i]);
    text_table_cell(t, 1, report_number(text, p->pred, r->opt->digits));
    text_table_cell(t, 2, report_number(text, p->se, r->opt->digits));
    report_interval(text, p->ci_lb, p->ci_ub, r->opt->digits);
    text_table_cell(t, 3, text);
    if (r->natural) {
        tq_format_interval(text, REPORT_CELL, n->pred, n->ci_lb, n->ci_ub, 2);
        text_table_cell(t, 4, text);
        report_interval(text, n->pi_lb, n->pi_ub, 2);
    } else {
        report_interval(text, p->pi_lb, p->pi_ub, r->opt->digits);
    }
    text_table_cell(t, r->natural ? 5 : 4, text);
    text_table_end_row(t);
}

/* Intervals for further studies stand on the natural scale, where there is one. */
int report_predictions(const report *r)
{
    const tq_analysis *a = r->a;
    char ci[32], pi[64], natural[REPORT_CELL];
    const char *heads[] = {"Predicted at", report_effect_head(r), "SE", ci, natural, pi};

    if (a->n_predicted == 0) {
        return 1;
    }
    snprintf(ci, sizeof ci, "%g%% CI", a->options.level);
    snprintf(natural, sizeof natural, "%s [%g%% CI]", tq_analysis_scale_name(a, 1),
             a->options.level);
    snprintf(pi, sizeof pi, "%g%% prediction", a->options.level);
    heads[4] = r->natural ? natural : pi;
    text_table *t = text_table_new(r->natural ? 6 : 5, heads);

    if (!t) {
        return 0;
    }
    for (size_t i = 0; i < a->n_predicted; i++) {
        prediction_row(r, i, t);
    }
    tq_buffer_text(r->out, "\n");
    report_bold(r, "Predictions");
    return report_table(r, t);
}
