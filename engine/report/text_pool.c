/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain-text report of a pooled analysis. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/page/format.h"
#include "report/text_report_internal.h"

enum { LINE = REPORT_LINE, CELL = REPORT_CELL };

/* ---- small pieces ---- */

const char *report_number(char *buffer, double x, int decimals)
{
    return tq_format_number(buffer, CELL, x, decimals);
}

const char *report_interval(char *buffer, double lo, double hi, int decimals)
{
    char a[CELL / 4], b[CELL / 4];

    buffer[0] = '\0';
    if (!isnan(lo) || !isnan(hi)) {
        tq_format_number(a, sizeof a, lo, decimals);
        tq_format_number(b, sizeof b, hi, decimals);
        snprintf(buffer, CELL, "[%s, %s]", a, b);
    }
    return buffer;
}

static void put_estimate(char *out, double est, double lo, double hi, int decimals)
{
    tq_format_interval(out, CELL, est, lo, hi, decimals);
}

void report_bold(const report *r, const char *text)
{
    page_heading(r->page, text);
}

void report_wrapped(const report *r, const char *text, size_t length, size_t indent)
{
    page_wrapped(r->page, text, length, indent);
}

void report_cell(text_table *t, size_t column, double x, int decimals)
{
    char text[CELL];

    text_table_cell(t, column, isnan(x) ? "" : report_number(text, x, decimals));
}

void report_percent(text_table *t, size_t column, double x, int decimals)
{
    char text[CELL];

    report_number(text, x, decimals);
    text_table_cell(t, column, isnan(x) ? "" : strcat(text, "%"));
}

void report_p(text_table *t, size_t column, double p)
{
    char text[CELL];

    text_table_cell(t, column, isnan(p) ? "" : tq_format_p(text, sizeof text, p, 4));
}

void report_count(text_table *t, size_t column, size_t n)
{
    char text[CELL];

    snprintf(text, sizeof text, "%zu", n);
    text_table_cell(t, column, text);
}

void report_k(text_table *t, size_t column, size_t k, size_t studies)
{
    char text[CELL];

    if (studies == k) {
        report_count(t, column, k);
        return;
    }
    snprintf(text, sizeof text, "%zu (%zu)", k, studies);
    text_table_cell(t, column, text);
}

int report_table(const report *r, text_table *t)
{
    if (t) {
        page_table(r->page, t);
        text_table_free(t);
    }
    return t != NULL;
}

int report_titled(const report *r, const char *title, text_table *t)
{
    if (t) {
        tq_buffer_text(r->out, "\n");
        report_bold(r, title);
    }
    return report_table(r, t);
}

/* ---- head ---- */

int report_head(const report *r)
{
    const tq_analysis *a = r->a;
    const tq_pool *fit = a->fit;

    if (a->provenance.title) {
        page_title(r->page, a->provenance.title);
    }
    if (a->provenance.notice) {
        tq_buffer_text(r->out, "! ");
        report_wrapped(r, a->provenance.notice, LINE, 2);
        tq_buffer_text(r->out, "\n");
    }
    const char *unit = a->multilevel ? "effect" : a->k == 1 ? "study" : "studie";

    tq_buffer_format(r->out, "%s of %zu %s%s, measure %s: %s%s%s%s\n", tq_analysis_model_name(a),
                     a->k, unit, a->k == 1 ? "" : "s", a->measure->code, a->measure->name,
                     a->vtype ? " (variance type " : "", a->vtype ? a->vtype : "",
                     a->vtype ? ")" : "");
    tq_buffer_format(r->out, "Data: %s (%zu row%s, %zu used)\n", a->provenance.source, a->rows,
                     a->rows == 1 ? "" : "s", a->k - a->n_filled);
    if (a->multilevel) {
        tq_buffer_format(r->out, "Components: %s (%s)", tq_method_name(fit->method),
                         tq_method_label(fit->method));
    } else if (tq_method_random(fit->method)) {
        tq_buffer_format(r->out, "tau2: %s%s (%s)", fit->tau2_fixed ? "fixed by the user; " : "",
                         tq_method_name(fit->method), tq_method_label(fit->method));
    } else {
        tq_buffer_format(r->out, "Method: %s (%s)", tq_method_name(fit->method),
                         tq_method_label(fit->method));
    }
    if (a->event_model) {
        tq_buffer_format(r->out, "; model: %s", a->event_model);
    }
    if (a->mh_variance) {
        tq_buffer_format(r->out, "; variance: %s", a->mh_variance);
    }
    tq_buffer_format(r->out, "; test: %s; level: %g%%\n\n", tq_analysis_test_label(a), fit->level);
    return 1;
}

/* ---- study table ---- */

static void study_rows(const report *r, text_table *t)
{
    const tq_analysis *a = r->a;
    char text[CELL];

    for (size_t i = 0; i < a->k; i++) {
        const tq_study *s = &a->study[i];

        text_table_cell(t, 0, s->label);
        text_table_cell(t, 1, report_number(text, s->yi, r->opt->digits));
        text_table_cell(t, 2, report_number(text, s->sei, r->opt->digits));
        report_interval(text, s->ci_lb, s->ci_ub, r->opt->digits);
        text_table_cell(t, 3, text);
        if (r->natural) {
            put_estimate(text, s->natural.pred, s->natural.ci_lb, s->natural.ci_ub, 2);
            text_table_cell(t, 4, text);
        }
        report_number(text, s->weight, 2);
        text_table_cell(t, r->natural ? 5 : 4, isnan(s->weight) ? text : strcat(text, "%"));
        text_table_end_row(t);
    }
}

static void pooled_rows(const report *r, text_table *t)
{
    const tq_analysis *a = r->a;
    const tq_prediction *p = &a->fit->prediction;
    char text[CELL];

    if (isnan(p->pred) || a->levels_only) {
        return;
    }
    if (a->k <= REPORT_LISTED) { /* a rule below the studies */
        text_table_rule(t);
    }
    text_table_cell(t, 0, "Pooled");
    text_table_cell(t, 1, report_number(text, p->pred, r->opt->digits));
    text_table_cell(t, 2, report_number(text, p->se, r->opt->digits));
    report_interval(text, p->ci_lb, p->ci_ub, r->opt->digits);
    text_table_cell(t, 3, text);
    if (r->natural) {
        put_estimate(text, a->natural.pred, a->natural.ci_lb, a->natural.ci_ub, 2);
        text_table_cell(t, 4, text);
    }
    text_table_end_row(t);
    if (!isnan(p->pi_lb)) {
        text_table_cell(t, 0, "Prediction interval");
        report_interval(text, p->pi_lb, p->pi_ub, r->opt->digits);
        text_table_cell(t, 3, text);
        if (r->natural) {
            report_interval(text, a->natural.pi_lb, a->natural.pi_ub, 2);
            text_table_cell(t, 4, text);
        }
        text_table_end_row(t);
    }
}

const char *report_effect_head(const report *r)
{
    return r->natural ? "yi" : r->a->measure->code;
}

static int study_table(const report *r)
{
    char interval[32];
    const char *heads[6] = {"Study", report_effect_head(r), "SE", interval, "", "Weight"};
    char natural[CELL];

    snprintf(interval, sizeof interval, "%g%% CI", r->a->options.level);
    snprintf(natural, sizeof natural, "%s [%g%% CI]", tq_analysis_scale_name(r->a, 1),
             r->a->options.level);
    heads[4] = r->natural ? natural : "Weight";
    text_table *t = text_table_new(r->natural ? 6 : 5, heads);

    if (!t) {
        return 0;
    }
    text_table_title(t, r->a->k <= REPORT_LISTED ? "Studies" : "Pooled effect");
    if (r->a->k <= REPORT_LISTED) {
        study_rows(r, t);
    } else {
        tq_buffer_format(r->out, "%zu studies, not listed here: --format csv and json list them.\n",
                         r->a->k);
        if (isnan(r->a->fit->prediction.pred) || r->a->levels_only) { /* nothing but heads */
            text_table_free(t);
            tq_buffer_text(r->out, "\n");
            return 1;
        }
    }
    pooled_rows(r, t);
    report_table(r, t);
    tq_buffer_text(r->out, "\n");
    return 1;
}

/* ---- results ---- */

static int test_line(const report *r)
{
    const tq_pool *fit = r->a->fit;
    char stat[CELL], p[CELL], df[CELL] = "";

    if (fit->p > 1 || r->a->levels_only) {
        return 1;
    }
    if (!isnan(fit->df[0])) {
        char d[CELL / 4];

        snprintf(df, sizeof df, ", df = %s",
                 tq_format_df(d, sizeof d, fit->df[0], fit->df[0] == round(fit->df[0]) ? 0 : 2));
    }
    tq_buffer_format(r->out, "Test of the pooled effect: %s = %s%s, p %s\n",
                     tq_test_statistic(fit->test),
                     report_number(stat, fit->stat[0], r->opt->digits), df,
                     tq_format_p_relation(p, sizeof p, fit->pval[0], 4));
    return 1;
}

static int coefficient_table(const report *r)
{
    const tq_pool *fit = r->a->fit;
    char interval[32], text[CELL];
    const char *heads[] = {"Term", "Estimate", "SE", "Statistic", "df", "p", interval};

    if (fit->p == 1 && !isnan(fit->prediction.pred)) {
        return 1;
    }
    snprintf(interval, sizeof interval, "%g%% CI", fit->level);
    text_table *t = text_table_new(7, heads);

    if (!t) {
        return 0;
    }
    for (size_t i = 0; i < fit->p; i++) {
        text_table_cell(t, 0, r->a->term[i]);
        text_table_cell(t, 1, report_number(text, fit->beta[i], r->opt->digits));
        text_table_cell(t, 2, report_number(text, fit->se[i], r->opt->digits));
        text_table_cell(t, 3, report_number(text, fit->stat[i], r->opt->digits));
        text_table_cell(t, 4,
                        isnan(fit->df[i]) ? "" : tq_format_df(text, sizeof text, fit->df[i], 2));
        text_table_cell(t, 5, tq_format_p(text, sizeof text, fit->pval[i], 4));
        report_interval(text, fit->ci_lb[i], fit->ci_ub[i], r->opt->digits);
        text_table_cell(t, 6, text);
        text_table_end_row(t);
    }
    tq_buffer_text(r->out, "\n");
    report_bold(r, "Coefficients");
    report_table(r, t);
    if (!isnan(fit->QM)) {
        char stat[CELL], p[CELL];

        const tq_regression *g = r->a->regression;

        tq_buffer_format(r->out, "Test of %s: %s = %s, df = %g",
                         g && g->btt ? g->btt : "the moderators", isnan(fit->QM_df2) ? "QM" : "F",
                         report_number(stat, fit->QM, r->opt->digits), fit->QM_df1);
        if (!isnan(fit->QM_df2)) {
            tq_buffer_format(r->out, " and %s", tq_format_df(stat, sizeof stat, fit->QM_df2, 2));
        }
        tq_buffer_format(r->out, ", p %s\n", tq_format_p_relation(p, sizeof p, fit->QM_pval, 4));
    }
    return 1;
}

static void quantity(const report *r, const char *name, double value, const double ci[2],
                     const char *unit, int decimals)
{
    char text[CELL], limits[CELL];

    if (isnan(value)) {
        return;
    }
    report_number(text, value, decimals);
    tq_buffer_format(r->out, "  %-5s %s%s", name, text, unit);
    if (!isnan(ci[0])) {
        report_interval(limits, ci[0], ci[1], decimals);
        tq_buffer_format(r->out, "  %s", limits);
    }
    tq_buffer_text(r->out, "\n");
}

/* The correlation of beta-binomial events within a study, of both groups or each. */
static void report_correlation(const report *r, const tq_pool *fit)
{
    const double none[2] = {NAN, NAN};

    quantity(r, fit->rho[0] == fit->rho[1] || isnan(fit->rho[1]) ? "rho" : "rho1", fit->rho[0],
             none, "", r->opt->digits);
    if (fit->rho[1] != fit->rho[0]) {
        quantity(r, "rho2", fit->rho[1], none, "", r->opt->digits);
    }
}

/* Where the intervals come from, and I2 where that is not tau2. */
static void intervals_note(const report *r)
{
    const tq_pool *fit = r->a->fit;
    const int known = fit->ci.method != TQ_CI_NONE && !fit->ci.empty;
    const int from_q = r->a->options.i2 == TQ_I2_Q && !isnan(fit->tau2) && !isnan(fit->I2);

    if (known) {
        tq_buffer_format(r->out, "  (%g%% intervals: %s%s)\n", fit->level,
                         tq_ci_tau2_label(fit->ci.method),
                         from_q ? "; of I2 and H2, which come from Q, test-based" : "");
    } else if (from_q) {
        tq_buffer_text(r->out, "  (I2 and H2 come from Q)\n");
    }
}

static int heterogeneity(const report *r)
{
    const tq_pool *fit = r->a->fit;
    const tq_heterogeneity_ci *ci = &fit->ci;
    char text[CELL], p[CELL];

    if (r->a->levels_only) {
        tq_buffer_text(r->out,
                       "No overall row: the levels below are not pooled with each other.\n");
        return 1;
    }
    tq_buffer_text(r->out, "\n");
    if (!isnan(fit->QE) || !isnan(fit->tau2) || !isnan(fit->rho[0])) {
        report_bold(r, fit->p > 1 ? "Residual heterogeneity" : "Heterogeneity");
    }
    if (!isnan(fit->QE)) {
        tq_buffer_format(r->out, "  Q     %s, df = %g, p %s\n",
                         report_number(text, fit->QE, r->opt->digits), fit->QE_df,
                         tq_format_p_relation(p, sizeof p, fit->QE_pval, 4));
    }
    quantity(r, "tau2", fit->tau2, ci->tau2, "", r->opt->digits);
    if (!isnan(fit->se_tau2)) {
        tq_buffer_format(r->out, "  SE    %s (of tau2)\n",
                         report_number(text, fit->se_tau2, r->opt->digits));
    }
    quantity(r, "tau", fit->tau, ci->tau, "", r->opt->digits);
    quantity(r, "I2", fit->I2, ci->I2, "%", 2);
    quantity(r, "H2", fit->H2, ci->H2, "", 2);
    report_correlation(r, fit);
    if (!isnan(fit->R2)) {
        tq_buffer_format(r->out, "  R2    %s%%\n", report_number(text, fit->R2, 2));
    }
    intervals_note(r);
    tq_buffer_format(r->out, "Fit: log-likelihood %s",
                     report_number(text, fit->ll, r->opt->digits));
    tq_buffer_format(r->out, ", AIC %s", report_number(text, fit->AIC, r->opt->digits));
    tq_buffer_format(r->out, ", BIC %s", report_number(text, fit->BIC, r->opt->digits));
    tq_buffer_format(r->out, ", AICc %s\n", report_number(text, fit->AICc, r->opt->digits));
    return 1;
}

/* ---- subgroups ---- */

static void level_row(const report *r, const tq_block *block, size_t j, text_table *t)
{
    const tq_subgroup_level *l = &block->fit->level[j];
    const tq_prediction *p = &l->fit->prediction;
    char text[CELL];

    text_table_cell(t, 0, l->name);
    snprintf(text, sizeof text, "%zu", l->k);
    text_table_cell(t, 1, text);
    put_estimate(text, block->natural[j].pred, block->natural[j].ci_lb, block->natural[j].ci_ub, 2);
    text_table_cell(t, 2, text);
    if (l->fit->why_none) {
        text_table_end_row(t);
        return;
    }
    report_interval(text, block->natural[j].pi_lb, block->natural[j].pi_ub, 2);
    text_table_cell(t, 3, isnan(p->pi_lb) ? "" : text);
    text_table_cell(t, 4, tq_format_p(text, sizeof text, l->fit->pval[0], 4));
    text_table_cell(
        t, 5,
        isnan(l->fit->tau2) || l->k == 1 ? "" : report_number(text, l->fit->tau2, r->opt->digits));
    text_table_cell(t, 6,
                    isnan(l->fit->I2) || l->k == 1
                        ? ""
                        : strcat((report_number(text, l->fit->I2, 1), text), "%"));
    text_table_cell(t, 7, isnan(l->fit->QE) || l->k == 1 ? "" : report_number(text, l->fit->QE, 2));
    text_table_end_row(t);
}

static int subgroup_table(const report *r, const tq_block *block)
{
    const tq_subgroups *g = block->fit;
    char effect[CELL], text[CELL], p[CELL];
    const char *heads[] = {"Level", "k", effect, "Prediction", "p", "tau2", "I2", "Q"};

    snprintf(effect, sizeof effect, "%s [%g%% CI]", tq_analysis_scale_name(r->a, 1),
             r->a->options.level);
    text_table *t = text_table_new(8, heads);

    if (!t) {
        return 0;
    }
    for (size_t j = 0; j < g->n; j++) {
        level_row(r, block, j, t);
    }
    const tq_method method = r->a->fit->method;

    snprintf(text, sizeof text, "Subgroups by %.80s%s", g->by,
             tq_method_counts(method) && !tq_method_random(method) ? "" /* there is no tau2 */
             : g->mode == TQ_TAU2_COMMON                           ? " (common tau2)"
                                                                   : " (separate tau2)");
    tq_buffer_text(r->out, "\n");
    report_bold(r, text);
    report_table(r, t);
    if (!isnan(g->QB)) {
        tq_buffer_format(r->out, "Between levels: Q = %s, df = %g, p %s\n",
                         report_number(text, g->QB, 4), g->QB_df,
                         tq_format_p_relation(p, sizeof p, g->QB_pval, 4));
    }
    if (!isnan(g->QW)) {
        tq_buffer_format(r->out, "Within levels: %s = %s, df = %g, p %s\n",
                         r->a->fit->method == TQ_GLMM ? "LR chi-square" : "Q",
                         report_number(text, g->QW, 4), g->QW_df,
                         tq_format_p_relation(p, sizeof p, g->QW_pval, 4));
    }
    return 1;
}

static void left_out(const report *r, const tq_block *block)
{
    for (size_t i = 0; i < block->n_left_out; i++) {
        tq_buffer_format(r->out, "  left out: row %zu, %s: %s\n", block->left_out[i].row,
                         block->left_out[i].study, block->left_out[i].reason);
    }
}

static int subgroups(const report *r)
{
    int whole = 1;

    for (size_t b = 0; whole && b < r->a->n_blocks; b++) {
        const tq_block *block = &r->a->block[b];

        whole = block->models ? report_level_models(r, block) : subgroup_table(r, block);
        left_out(r, block);
    }
    return whole;
}

/* ---- foot ---- */

void report_list(const report *r, const char *title, const char *const *texts, size_t n)
{
    if (n == 0) {
        return;
    }
    tq_buffer_text(r->out, "\n");
    report_bold(r, title);
    for (size_t i = 0; i < n; i++) {
        tq_buffer_text(r->out, "  - ");
        report_wrapped(r, texts[i], LINE - 4, 4);
    }
}

int report_excluded(const report *r)
{
    const tq_analysis *a = r->a;

    if (a->n_excluded > 0) {
        tq_buffer_text(r->out, "\n");
        report_bold(r, "Excluded rows");
    }
    for (size_t i = 0; i < a->n_excluded; i++) {
        tq_buffer_format(r->out, "  row %zu, %s: %s\n", a->excluded[i].row, a->excluded[i].study,
                         a->excluded[i].reason);
    }
    return 1;
}

int report_foot(const report *r)
{
    if (!page_compatibility(r->page, r->a->provenance.compat)) {
        return 0;
    }
    report_list(r, "Assumptions", r->a->assumption, r->a->n_assumptions);
    report_list(r, "Warnings", r->a->warning, r->a->n_warnings);
    tq_buffer_text(r->out, "\n");
    report_bold(r, "In words");
    report_wrapped(r, r->a->reading, LINE, 0);
    return 1;
}

int report_parts(const report *r, report_section *const *list, size_t n)
{
    int whole = 1;

    for (size_t i = 0; whole && i < n; i++) {
        whole = list[i](r);
    }
    return whole;
}

/* In the order in which they are read. */
int report_model(const report *r)
{
    static report_section *const parts[] = {
        test_line,          report_pooled_interval,
        report_moderators,  coefficient_table,
        report_robust,      report_regression,
        report_scale,       report_predictions,
        report_selmodel,    report_multilevel,
        report_small_study, report_rho,
        heterogeneity,      report_comparison,
        report_blup,        report_multilevel_rows,
        report_statistics,  subgroups,
    };

    return report_parts(r, parts, sizeof parts / sizeof *parts);
}

int report_pool(const report *r)
{
    return report_trim_fill(r) && study_table(r) && report_model(r);
}

static report_section *const sections[] = {report_head, report_pool, report_excluded, report_foot};

report report_of(const tq_analysis *a, const tq_view_options *opt, page *p)
{
    return (report){a, opt, p, p->lines, strcmp(a->transform->name, "none") != 0};
}

tq_status report_write(const tq_analysis *a, const tq_view_options *opt,
                       report_section *const *list, size_t n, tq_buffer *out, tq_error *err)
{
    char title[PAGE_TITLE];
    page doc;

    if (a->provenance.title) {
        tq_copy_text(title, sizeof title, a->provenance.title);
    } else {
        snprintf(title, sizeof title, "Meta-analysis: %.200s", a->measure->name);
    }
    page_begin(&doc, opt->markup, opt->colour, title, out);
    const report r = report_of(a, opt, &doc);
    const int whole = report_parts(&r, list, n);

    page_end(&doc);
    return whole ? tq_buffer_status(out, err)
                 : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

tq_status tq_pool_text(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                       tq_error *err)
{
    return report_write(a, opt, sections, sizeof sections / sizeof *sections, out, err);
}
