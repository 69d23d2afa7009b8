/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The moderators of a model in the plain-text report: formula, levels, predictions. */
#include <math.h>
#include <stdio.h>

#include "report/page/format.h"
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

/* Intervals for further studies stand on the natural scale, where there is one. */
static void prediction_row(const report *r, const char *label, const tq_prediction *p,
                           const tq_natural *n, text_table *t)
{
    char text[REPORT_CELL];

    text_table_cell(t, 0, label);
    text_table_cell(t, 1, report_number(text, p->pred, r->opt->digits));
    text_table_cell(t, 2, report_number(text, p->se, r->opt->digits));
    text_table_cell(t, 3, report_interval(text, p->ci_lb, p->ci_ub, r->opt->digits));
    if (r->natural) {
        text_table_cell(t, 4,
                        tq_format_interval(text, sizeof text, n->pred, n->ci_lb, n->ci_ub, 2));
        text_table_cell(t, 5, report_interval(text, n->pi_lb, n->pi_ub, 2));
    } else {
        text_table_cell(t, 4, report_interval(text, p->pi_lb, p->pi_ub, r->opt->digits));
    }
    text_table_end_row(t);
}

int report_prediction_table(const report *r, const char *title, const char *head,
                            const char *const *label, const tq_prediction *p,
                            const tq_natural *natural, size_t n)
{
    char ci[32], pi[64], effect[REPORT_CELL];
    const char *heads[] = {head, report_effect_head(r), "SE", ci, effect, pi};

    snprintf(ci, sizeof ci, "%g%% CI", r->a->options.level);
    snprintf(effect, sizeof effect, "%s [%g%% CI]", tq_analysis_scale_name(r->a, 1),
             r->a->options.level);
    /* Clusters change the error of the mean; the interval of new effects is the model's. */
    snprintf(pi, sizeof pi, r->a->robust ? "%g%% prediction (model)" : "%g%% prediction",
             r->a->options.level);
    heads[4] = r->natural ? effect : pi;
    text_table *t = text_table_new(r->natural ? 6 : 5, heads);

    for (size_t i = 0; t && i < n; i++) {
        prediction_row(r, label[i], &p[i], &natural[i], t);
    }
    return report_titled(r, title, t);
}

int report_predictions(const report *r)
{
    const tq_analysis *a = r->a;
    char title[REPORT_CELL];

    return a->n_predicted == 0 ||
           report_prediction_table(
               r, report_robust_title(r, title, "Predictions"), "Predicted at", a->predicted_at,
               a->predicted_robust ? a->predicted_robust : a->predicted,
               a->predicted_robust ? a->predicted_robust_natural : a->predicted_natural,
               a->n_predicted);
}
