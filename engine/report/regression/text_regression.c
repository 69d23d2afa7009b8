/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inference about a regression in the plain-text report: terms, contrasts, marginal means, inflation. */
#include <math.h>
#include <stdio.h>

#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { CELL = REPORT_CELL };

static void put_wald(const report *r, const tq_wald *w, size_t column, text_table *t)
{
    char text[CELL], df2[CELL / 2];

    if (isnan(w->df2)) {
        snprintf(text, sizeof text, "%g", w->df1);
    } else {
        snprintf(text, sizeof text, "%g and %s", w->df1,
                 tq_format_df(df2, sizeof df2, w->df2, w->df2 == round(w->df2) ? 0 : 2));
    }
    text_table_cell(t, column, text);
    text_table_cell(t, column + 1, report_number(text, w->stat, r->opt->digits));
    text_table_cell(t, column + 2, tq_format_p(text, sizeof text, w->pval, 4));
}

static int terms(const report *r)
{
    const tq_regression *g = r->a->regression;
    const char *heads[] = {"Term", "df", isnan(r->a->fit->QM_df2) ? "QM" : "F", "p"};

    if (!g || g->n_terms == 0) {
        return 1;
    }
    text_table *t = text_table_new(4, heads);

    for (size_t j = 0; t && j < g->n_terms; j++) {
        text_table_cell(t, 0, g->term[j].name);
        put_wald(r, &g->term[j].test, 1, t);
        text_table_end_row(t);
    }
    return report_titled(r, "Tests of the terms", t);
}

/* ---- contrasts ---- */

/* With clusters the lines are robust; those of the model alone are for JSON and workbook. */
static int has_df(const report *r)
{
    return r->a->robust || !isnan(r->a->fit->df[0]);
}

const char *report_robust_title(const report *r, char *out, const char *title)
{
    if (r->a->robust) {
        snprintf(out, CELL, "%.120s (cluster-robust, %s)", title,
                 tq_robust_name(r->a->robust->fit->type));
        return out;
    }
    return title;
}

static void contrast_row(const report *r, const tq_contrast_line *line, int adjusted, text_table *t)
{
    const tq_linear *l = r->a->robust ? &line->robust : &line->test;
    const int digits = r->opt->digits;
    char text[CELL];
    size_t at = 0;

    text_table_cell(t, at++, line->label);
    text_table_cell(t, at++, report_number(text, l->est, digits));
    text_table_cell(t, at++, report_number(text, l->se, digits));
    text_table_cell(t, at++, report_number(text, l->stat, digits));
    if (has_df(r)) {
        text_table_cell(t, at++, tq_format_df(text, sizeof text, l->df, 2));
    }
    text_table_cell(t, at++, tq_format_p(text, sizeof text, l->pval, 4));
    if (adjusted) {
        const double padj = r->a->robust ? line->robust_padj : line->padj;

        text_table_cell(t, at++, tq_format_p(text, sizeof text, padj, 4));
    }
    report_interval(text, l->ci_lb, l->ci_ub, digits);
    text_table_cell(t, at, text);
    text_table_end_row(t);
}

static int contrast_table(const report *r, const char *title, const char *head,
                          const tq_contrast_line *line, size_t n, int adjusted)
{
    char interval[32];
    const char *heads[8] = {head, "Estimate", r->a->robust ? "Robust SE" : "SE",
                            r->a->robust ? "t" : tq_test_statistic(r->a->fit->test)};
    char whole[CELL];
    size_t columns = 4;

    snprintf(interval, sizeof interval, "%g%% CI", r->a->fit->level);
    if (has_df(r)) {
        heads[columns++] = "df";
    }
    heads[columns++] = "p";
    if (adjusted) {
        heads[columns++] = "adjusted p";
    }
    heads[columns++] = interval;
    text_table *t = text_table_new(columns, heads);

    for (size_t i = 0; t && i < n; i++) {
        contrast_row(r, &line[i], adjusted, t);
    }
    return report_titled(r, report_robust_title(r, whole, title), t);
}

static int contrasts(const report *r)
{
    const tq_regression *g = r->a->regression;

    return !g || g->n_contrasts == 0 ||
           contrast_table(r, "Contrasts", "Contrast", g->contrast, g->n_contrasts, 0);
}

static int pairs(const report *r)
{
    const tq_regression *g = r->a->regression;
    int whole = 1;

    for (size_t i = 0; g && whole && i < g->n_pairwise; i++) {
        const tq_pairwise *p = &g->pairwise[i];
        char title[CELL];

        snprintf(title, sizeof title, "Pairwise comparisons of %.80s", p->factor);
        whole = contrast_table(r, title, "Levels", p->line, p->n, g->adjust != TQ_ADJUST_NONE);
        if (whole && g->adjust != TQ_ADJUST_NONE) {
            tq_buffer_format(r->out, "  (p adjusted for %zu comparison%s: %s; intervals are not)\n",
                             p->n, p->n == 1 ? "" : "s", tq_adjust_label(g->adjust));
        }
    }
    return whole;
}

/* ---- marginal means ---- */

static int means_table(const report *r, const tq_marginal_means *m)
{
    char title[CELL], whole[CELL];

    snprintf(title, sizeof title, "Marginal means of %.80s", m->factor);
    return report_prediction_table(r, report_robust_title(r, whole, title), "Level", m->level,
                                   m->robust ? m->robust : m->mean,
                                   m->robust ? m->robust_natural : m->natural, m->n);
}

static int means(const report *r)
{
    const tq_regression *g = r->a->regression;
    int whole = 1;

    for (size_t i = 0; g && whole && i < g->n_emm; i++) {
        whole = means_table(r, &g->emm[i]);
    }
    if (g && g->n_emm + g->n_pairwise + g->n_contrasts > 0) {
        tq_buffer_text(r->out, "  ");
        report_wrapped(
            r,
            g->weights == TQ_MARGINAL_EQUAL
                ? "(what is not named: numeric moderators at their means over the studies, "
                  "other factors averaged, each combination of levels counting the same)"
                : "(what is not named: numeric moderators at their means over the studies, "
                  "other factors averaged, combinations of levels as often as studies have "
                  "them)",
            REPORT_LINE - 2, 3);
    }
    return whole;
}

/* ---- inflation ---- */

static int inflation(const report *r)
{
    const tq_regression *g = r->a->regression;
    const char *heads[] = {"Coefficient", "VIF", "sqrt"};
    const char *term_heads[] = {"Term", "df", "GVIF", "GVIF^(1/(2 df))"};

    if (!g || g->n_vif == 0) {
        return 1;
    }
    text_table *t = text_table_new(3, heads);

    for (size_t i = 0; t && i < g->n_vif; i++) {
        text_table_cell(t, 0, g->vif[i].name);
        report_cell(t, 1, g->vif[i].of.gvif, r->opt->digits);
        report_cell(t, 2, g->vif[i].of.gsif, r->opt->digits);
        text_table_end_row(t);
    }
    if (!report_titled(r, "Variance inflation", t) || g->n_gvif == 0) {
        return t != NULL;
    }
    t = text_table_new(4, term_heads);
    for (size_t i = 0; t && i < g->n_gvif; i++) {
        text_table_cell(t, 0, g->gvif[i].name);
        report_count(t, 1, g->gvif[i].of.m);
        report_cell(t, 2, g->gvif[i].of.gvif, r->opt->digits);
        report_cell(t, 3, g->gvif[i].of.gsif, r->opt->digits);
        text_table_end_row(t);
    }
    tq_buffer_text(r->out, "\n");
    return report_table(r, t);
}

int report_regression(const report *r)
{
    static report_section *const parts[] = {terms, contrasts, pairs, means, inflation};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i](r)) {
            return 0;
        }
    }
    return 1;
}
