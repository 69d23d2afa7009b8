/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What takes many fits in the plain-text report: residuals, models side by side, all subsets. */
#include <math.h>
#include <stdio.h>

#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL };

static void put_numbers(text_table *t, size_t column, const double *x, size_t n, int decimals)
{
    for (size_t i = 0; i < n; i++) {
        report_cell(t, column + i, x[i], decimals);
    }
}

static int residuals(const report *r)
{
    const tq_regression *g = r->a->regression;
    const char *heads[] = {"Study",        "Residual", "Pearson", "Standardised",
                           "Studentised*", "Hat",      "tau2*"};
    const size_t columns = r->a->fit->tau2_fixed || isnan(r->a->fit->tau2) ? 6 : 7;

    if (!g || !g->residual) {
        return 1;
    }
    text_table *t = text_table_new(columns, heads);

    for (size_t i = 0; t && i < r->a->k && r->a->k <= REPORT_LISTED; i++) {
        const tq_residual *e = &g->residual[i];
        const double x[] = {e->resid, e->pearson, e->rstandard, e->rstudent, e->hat, e->tau2_del};

        text_table_cell(t, 0, r->a->study[i].label);
        put_numbers(t, 1, x, columns - 1, r->opt->digits);
        text_table_end_row(t);
    }
    if (!report_titled(r, "Residuals", t)) {
        return 0;
    }
    if (r->a->k > REPORT_LISTED) {
        tq_buffer_format(r->out, "%zu studies, not listed here: --format csv and json list them.\n",
                         r->a->k);
    }
    tq_buffer_text(r->out, "  (* deleted: from the model fitted without the study)\n");
    return 1;
}

/* ---- models side by side ---- */

static void method_note(const report *r)
{
    const tq_regression *g = r->a->regression;

    if (g->likelihood_method != r->a->fit->method) {
        tq_buffer_format(r->out,
                         "  (fitted by %s for this: by %s the likelihoods of different moderators "
                         "do not compare)\n",
                         tq_method_name(g->likelihood_method), tq_method_name(r->a->fit->method));
    }
}

static int comparison(const report *r)
{
    const tq_regression *g = r->a->regression;
    const char *heads[] = {"Model", "p",  "logLik", "AIC", "AICc", "BIC", "Weight",
                           "tau2",  "R2", "QE",     "LRT", "df",   "p "};
    char text[CELL];

    if (!g || g->n_compared == 0) {
        return 1;
    }
    text_table *t = text_table_new(13, heads);

    for (size_t i = 0; t && i < g->n_compared; i++) {
        const tq_compared *m = &g->compared[i];
        const double x[] = {m->ll, m->AIC, m->AICc, m->BIC}, y[] = {m->weight, m->tau2};

        text_table_cell(t, 0, g->compared_text[i]);
        report_count(t, 1, m->p);
        put_numbers(t, 2, x, 4, 2);
        put_numbers(t, 6, y, 2, r->opt->digits);
        report_cell(t, 8, m->R2, 1);
        report_cell(t, 9, m->QE, 2);
        report_cell(t, 10, m->LRT, 2);
        text_table_cell(t, 11,
                        isnan(m->df) ? i ? "not nested" : ""
                                     : (snprintf(text, sizeof text, "%g", m->df), text));
        if (i > 0 && m->nesting == TQ_SAME) {
            text_table_cell(t, 11, "same");
        }
        report_p(t, 12, m->pval);
        text_table_end_row(t);
    }
    if (!report_titled(r, "Models", t)) {
        return 0;
    }
    tq_buffer_format(r->out, "  (LRT against the first; weights by %s)\n",
                     tq_criterion_name(g->criterion));
    method_note(r);
    return 1;
}

/* ---- all subsets ---- */

static int best_models(const report *r)
{
    const tq_regression *g = r->a->regression;
    const tq_selection *s = g->selection;
    char title[CELL];
    const char *heads[] = {"Model", "p",      "logLik", tq_criterion_name(s->criterion),
                           "delta", "Weight", "tau2"};
    text_table *t = text_table_new(7, heads);

    for (size_t i = 0; t && i < s->n_best; i++) {
        const tq_selected *m = &s->best[i];
        const double value[] = {[TQ_CRITERION_AICC] = m->AICc,
                                [TQ_CRITERION_AIC] = m->AIC,
                                [TQ_CRITERION_BIC] = m->BIC};
        const double x[] = {m->ll, value[s->criterion], m->delta, m->weight, m->tau2};

        text_table_cell(t, 0, g->selection_text[i]);
        report_count(t, 1, m->p);
        put_numbers(t, 2, x, 5, r->opt->digits);
        text_table_end_row(t);
    }
    snprintf(title, sizeof title, "All subsets: the best %zu of %llu models, by %s", s->n_best,
             (unsigned long long)s->n_models, tq_criterion_name(s->criterion));
    return report_titled(r, title, t);
}

static int importance(const report *r)
{
    const tq_selection *s = r->a->regression->selection;
    const char *heads[] = {"Term", "Importance", "Models"};
    char text[CELL];
    text_table *t = text_table_new(3, heads);

    for (size_t j = 0; t && j < s->n_terms; j++) {
        text_table_cell(t, 0, r->a->regression->selection_term[j]);
        report_cell(t, 1, s->importance[j], 4);
        snprintf(text, sizeof text, "%llu", (unsigned long long)s->n_with[j]);
        text_table_cell(t, 2, text);
        text_table_end_row(t);
    }
    return report_titled(r, "Importance of the terms (sum of the weights of their models)", t);
}

static int averages(const report *r)
{
    const tq_selection *s = r->a->regression->selection;
    char interval[32], text[CELL];
    const char *heads[] = {"Coefficient", "Average",       "SE", "z", "p",
                           interval,      "Where present", "SE "};

    snprintf(interval, sizeof interval, "%g%% CI", r->a->fit->level);
    text_table *t = text_table_new(8, heads);

    for (size_t a = 0; t && a < s->p; a++) {
        const tq_averaged *c = &s->average[a];
        const double x[] = {c->est, c->se, c->stat}, with[] = {c->cond_est, c->cond_se};

        text_table_cell(t, 0, r->a->term[a]);
        put_numbers(t, 1, x, 3, r->opt->digits);
        report_p(t, 4, c->pval);
        report_interval(text, c->ci_lb, c->ci_ub, r->opt->digits);
        text_table_cell(t, 5, text);
        put_numbers(t, 6, with, 2, r->opt->digits);
        text_table_end_row(t);
    }
    return report_titled(r, "Model-averaged coefficients", t);
}

static int selection(const report *r)
{
    const tq_regression *g = r->a->regression;

    if (!g || !g->selection) {
        return 1;
    }
    if (!best_models(r) || !importance(r) || !averages(r)) {
        return 0;
    }
    tq_buffer_text(r->out, "  ");
    report_wrapped(r,
                   "(averages count a coefficient as 0 in models that lack it; SE unconditional: "
                   "variances within models and the spread of the estimates between them)",
                   REPORT_LINE - 2, 3);
    if (g->selection->n_failed > 0) {
        tq_buffer_format(r->out, "  (%llu of the models could not be fitted)\n",
                         (unsigned long long)g->selection->n_failed);
    }
    method_note(r);
    return 1;
}

int report_comparison(const report *r)
{
    return residuals(r) && comparison(r) && selection(r);
}
