/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multilevel models in report and document: components of variance, their shares. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/analysis_internal.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

/* ---- text ---- */

static const char *open_interval(char *text, double lo, int digits)
{
    char lower[REPORT_CELL / 2];

    snprintf(text, REPORT_CELL, "[%s, no limit)",
             tq_format_number(lower, sizeof lower, lo, digits));
    return text;
}

/* Which columns the table of components has beside the estimates. */
typedef struct {
    int interval, shares, explained; /* the column they stand in; 0: none */
    size_t n;
} component_columns;

static int any(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isnan(x[i])) {
            return 1;
        }
    }
    return 0;
}

static component_columns columns_of(const tq_multilevel *m)
{
    const size_t n = m->fit->n_components;
    component_columns c = {.n = 4};

    for (size_t i = 0; i < n; i++) {
        c.interval |= !isnan(m->fit->component[i].ci_ub) || !isnan(m->fit->component[i].ci_lb);
    }
    c.interval = c.interval ? (int)c.n++ : 0;
    c.shares = any(m->I2, n) ? (int)c.n++ : 0;
    c.explained = any(m->R2, n) ? (int)c.n++ : 0;
    return c;
}

static void component_row(const report *r, size_t i, const component_columns *columns,
                          text_table *t)
{
    const tq_multilevel *m = r->a->multilevel;
    const tq_mv_component *c = &m->fit->component[i];
    const int digits = r->opt->digits, variance = c->role == TQ_MV_VARIANCE;
    char text[REPORT_CELL];

    text_table_cell(t, 0, m->label[i]);
    report_cell(t, 1, c->value, digits);
    report_cell(t, 2, variance ? sqrt(c->value) : NAN, digits);
    text_table_cell(t, 3,
                    c->fixed == 1   ? "given"
                    : c->fixed == 2 ? "one level"
                    : c->edge       ? "at a bound"
                    : isnan(c->se)  ? ""
                                    : report_number(text, c->se, digits));
    if (columns->interval) {
        const int none = isnan(c->ci_lb) && isnan(c->ci_ub);

        text_table_cell(t, (size_t)columns->interval,
                        none              ? ""
                        : isnan(c->ci_ub) ? open_interval(text, c->ci_lb, digits)
                                          : report_interval(text, c->ci_lb, c->ci_ub, digits));
    }
    if (columns->shares) {
        report_percent(t, (size_t)columns->shares, m->I2[i], 2);
    }
    if (columns->explained) {
        report_percent(t, (size_t)columns->explained, m->R2[i], 2);
    }
    text_table_end_row(t);
}

static text_table *component_table(const report *r)
{
    const tq_multilevel *m = r->a->multilevel;
    const component_columns columns = columns_of(m);
    char interval[32];
    const char *heads[7] = {"Component", "Estimate", "SD", "SE"};

    snprintf(interval, sizeof interval, "%g%% CI", m->fit->level);
    if (columns.interval) {
        heads[columns.interval] = interval;
    }
    if (columns.shares) {
        heads[columns.shares] = "I2";
    }
    if (columns.explained) {
        heads[columns.explained] = "R2";
    }
    text_table *t = text_table_new(columns.n, heads);

    for (size_t i = 0; t && i < m->fit->n_components; i++) {
        component_row(r, i, &columns, t);
    }
    return t;
}

/* "district/school (56 levels)" for each factor. */
static void factors_line(const report *r)
{
    const tq_multilevel *m = r->a->multilevel;

    tq_buffer_text(r->out, "Levels: ");
    for (size_t t = 0; t < m->model.n_terms; t++) {
        tq_buffer_format(r->out, "%s%s %zu", t ? ", " : "", m->term[t].name, m->term[t].levels);
        if (m->model.term[t].structure != TQ_MV_INTERCEPT) {
            tq_buffer_format(r->out, " (%s)", tq_mv_structure_name(m->model.term[t].structure));
        }
    }
    tq_buffer_format(r->out, "; %zu independent block%s%s of %zu effect%s\n", m->fit->n_blocks,
                     m->fit->n_blocks == 1 ? "" : "s",
                     m->fit->n_blocks > 1 && m->fit->largest_block > 1 ? ", the largest" : "",
                     m->fit->largest_block, m->fit->largest_block == 1 ? "" : "s");
    if (m->errors) {
        tq_buffer_format(r->out, "Sampling errors: %s\n", m->errors);
    }
}

/* Without each random term. */
static int dropped_table(const report *r)
{
    static const char *const heads[] = {"Without", "Log-likelihood", "LR", "df",
                                        "p",       "p, 0 at a bound"};
    const tq_multilevel *m = r->a->multilevel;
    text_table *t = m->n_dropped ? text_table_new(6, heads) : NULL;

    for (size_t i = 0; t && i < m->n_dropped; i++) {
        const tq_multilevel_rival *d = &m->dropped[i];

        text_table_cell(t, 0, d->name);
        report_cell(t, 1, d->ll, r->opt->digits);
        report_cell(t, 2, d->stat, r->opt->digits);
        report_cell(t, 3, d->df, 0);
        report_p(t, 4, d->pval);
        report_p(t, 5, d->pval_half);
        text_table_end_row(t);
    }
    return m->n_dropped ? report_titled(r, "Tests of the random terms", t) : 1;
}

static int compared_table(const report *r)
{
    static const char *const heads[] = {"Moderators", "p",  "Log-likelihood", "AIC", "BIC", "AICc",
                                        "LR",         "df", "p (LR)"};
    const tq_multilevel *m = r->a->multilevel;
    text_table *t = m->n_compared ? text_table_new(9, heads) : NULL;

    for (size_t i = 0; t && i < m->n_compared; i++) {
        const tq_multilevel_rival *c = &m->compared[i];

        text_table_cell(t, 0, c->name);
        report_count(t, 1, c->p);
        report_cell(t, 2, c->ll, r->opt->digits);
        report_cell(t, 3, c->AIC, 2);
        report_cell(t, 4, c->BIC, 2);
        report_cell(t, 5, c->AICc, 2);
        report_cell(t, 6, c->stat, r->opt->digits);
        report_cell(t, 7, c->df, 0);
        if (i > 0 && isnan(c->df)) {
            text_table_cell(t, 7, c->nesting == TQ_SAME ? "same" : "not nested");
        }
        report_p(t, 8, c->pval);
        text_table_end_row(t);
    }
    return m->n_compared ? report_titled(r, "Models with other moderators (maximum likelihood)", t)
                         : 1;
}

static int egger_line(const report *r)
{
    const tq_pool *fit = r->a->fit;
    const size_t last = r->a->multilevel->egger - 1;
    char stat[REPORT_CELL], p[REPORT_CELL], df[REPORT_CELL] = "";

    if (!r->a->multilevel->egger) {
        return 1;
    }
    if (!isnan(fit->df[last])) {
        char d[REPORT_CELL / 4];

        snprintf(df, sizeof df, ", df = %s", tq_format_df(d, sizeof d, fit->df[last], 2));
    }
    tq_buffer_format(
        r->out, "\nTest for small-study effects (Egger, multilevel): %s = %s%s, p %s\n",
        isnan(fit->df[last]) ? "z" : "t", report_number(stat, fit->stat[last], r->opt->digits), df,
        tq_format_p_relation(p, sizeof p, fit->pval[last], 4));
    return 1;
}

/* ---- effects of levels, residuals, influence ---- */

static int effects_table(const report *r, const tq_multilevel_effects *e)
{
    const tq_multilevel *m = r->a->multilevel;
    const tq_multilevel_term *term = &m->term[e->term];
    const char *heads[] = {"Level", "Effect", "SE"};
    char title[REPORT_CELL];

    if (term->levels > REPORT_LISTED) {
        tq_buffer_format(r->out, "\n%zu levels of %s, not listed here: --format json lists them.\n",
                         term->levels, term->name);
        return 1;
    }
    text_table *t = text_table_new(3, heads);

    for (size_t g = 0; t && g < term->levels; g++) {
        text_table_cell(t, 0, term->level[g]);
        report_cell(t, 1, e->u[g], r->opt->digits);
        report_cell(t, 2, e->se[g], r->opt->digits);
        text_table_end_row(t);
    }
    snprintf(title, sizeof title, "Predicted effects of the levels of %.100s", term->name);
    return report_titled(r, title, t);
}

static int residual_table(const report *r)
{
    static const char *const heads[] = {"Study", "Fitted", "Residual", "SE", "z", "Leverage"};
    const tq_multilevel *m = r->a->multilevel;
    text_table *t;

    if (!m->row || !m->residuals || r->a->k > REPORT_LISTED) {
        return 1;
    }
    t = text_table_new(6, heads);
    for (size_t i = 0; t && i < r->a->k; i++) {
        text_table_cell(t, 0, r->a->study[i].label);
        report_cell(t, 1, m->row[i].fitted, r->opt->digits);
        report_cell(t, 2, m->row[i].resid, r->opt->digits);
        report_cell(t, 3, m->row[i].resid_se, r->opt->digits);
        report_cell(t, 4, m->row[i].z, r->opt->digits);
        report_cell(t, 5, m->row[i].hat, r->opt->digits);
        text_table_end_row(t);
    }
    return report_titled(r, "Residuals", t);
}

/* Cook's distance, then for each coefficient what it becomes and by how many standard errors it moves. */
static int influence_table(const report *r)
{
    const tq_multilevel *m = r->a->multilevel;
    const size_t p = r->a->fit->p, shown = p < 4 ? p : 4;
    const char *heads[3 + 2 * 4] = {"Without", "k", "Cook's D"};
    char title[REPORT_CELL], names[2 * 4][REPORT_CELL];
    text_table *t;

    if (!m->influence || m->influence->n > REPORT_LISTED) {
        return 1;
    }
    for (size_t a = 0; a < shown; a++) {
        snprintf(names[2 * a], REPORT_CELL, "%.60s", p == 1 ? "Estimate" : r->a->term[a]);
        snprintf(names[2 * a + 1], REPORT_CELL, "dfbetas");
        heads[3 + 2 * a] = names[2 * a];
        heads[4 + 2 * a] = names[2 * a + 1];
    }
    t = text_table_new(3 + 2 * shown, heads);
    for (size_t i = 0; t && i < m->influence->n; i++) {
        const tq_mv_influence_row *row = &m->influence->row[i];

        text_table_cell(t, 0, m->influence_level[i]);
        report_count(t, 1, row->k);
        report_cell(t, 2, row->cook, r->opt->digits);
        for (size_t a = 0; a < shown; a++) {
            report_cell(t, 3 + 2 * a, row->beta[a], r->opt->digits);
            report_cell(t, 4 + 2 * a, row->dfbs[a], r->opt->digits);
        }
        text_table_end_row(t);
    }
    snprintf(title, sizeof title, "Influence: the fit without each %.80s", m->influence_by);
    return report_titled(r, title, t);
}

int report_multilevel(const report *r)
{
    const tq_multilevel *m = r->a->multilevel;
    char text[REPORT_CELL];

    if (!m) {
        return 1;
    }
    if (m->fit->n_components > 0 &&
        !report_titled(r, "Components of variance", component_table(r))) {
        return 0;
    }
    if (!isnan(m->I2_total) && m->model.n_terms > 1) {
        tq_buffer_format(r->out, "I2 of all levels together: %s%%\n",
                         report_number(text, m->I2_total, 2));
    }
    if (!isnan(m->R2_total) && m->model.n_terms > 1) {
        tq_buffer_format(r->out, "R2 of all levels together: %s%%\n",
                         report_number(text, m->R2_total, 2));
    }
    factors_line(r);
    return dropped_table(r) && compared_table(r) && egger_line(r);
}

int report_multilevel_rows(const report *r)
{
    const tq_multilevel *m = r->a->multilevel;
    int whole = 1;

    for (size_t i = 0; m && whole && i < m->n_effects; i++) {
        whole = effects_table(r, &m->effects[i]);
    }
    return whole && (!m || (residual_table(r) && influence_table(r)));
}

/* ---- JSON ---- */

static json_t *component(const tq_multilevel *m, size_t i)
{
    const tq_mv_component *c = &m->fit->component[i];
    static const char *const roles[] = {"variance", "correlation", "range"};

    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b}", "name", json_text(m->label[i]),
        "role", roles[c->role], "value", json_number(c->value), "se", json_number(c->se), "ci_lb",
        json_number(c->ci_lb), "ci_ub", json_number(c->ci_ub), "I2", json_number(m->I2[i]), "R2",
        json_number(m->R2[i]), "fixed", c->fixed == 1, "one_level", c->fixed == 2, "edge", c->edge);
}

/* The flat list of a term's variances or correlations. */
static void add_list(const tq_multilevel *m, const tq_multilevel_term *t, int variances,
                     json_t *doc)
{
    const char *name = variances ? t->variances : t->correlations;
    json_t *list = json_array();

    for (size_t i = t->first; i < t->first + t->n; i++) {
        const tq_mv_component *c = &m->fit->component[i];

        if ((c->role == TQ_MV_VARIANCE) == variances) {
            json_array_append_new(list, json_number(c->value));
        }
    }
    json_object_set_new(doc, name, list);
}

static json_t *intercepts(const tq_multilevel *m)
{
    json_t *list = json_array();

    for (size_t t = 0; t < m->model.n_terms; t++) {
        if (m->model.term[t].structure == TQ_MV_INTERCEPT) {
            json_array_append_new(
                list, json_pack("{s:o, s:o, s:I}", "factor", json_text(m->term[t].name), "value",
                                json_number(m->fit->component[m->term[t].first].value), "levels",
                                (json_int_t)m->term[t].levels));
        }
    }
    return list;
}

static json_t *random_terms(const tq_multilevel *m)
{
    json_t *list = json_array();

    for (size_t t = 0; t < m->model.n_terms; t++) {
        json_array_append_new(list,
                              json_pack("{s:o, s:s, s:I}", "term", json_text(m->term[t].name),
                                        "struct", tq_mv_structure_name(m->model.term[t].structure),
                                        "levels", (json_int_t)m->term[t].levels));
    }
    return list;
}

static json_t *rival(const tq_multilevel_rival *r)
{
    return json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name",
                     json_text(r->name), "p", (json_int_t)r->p, "components",
                     (json_int_t)r->components, "ll", json_number(r->ll), "AIC",
                     json_number(r->AIC), "BIC", json_number(r->BIC), "AICc", json_number(r->AICc),
                     "stat", json_number(r->stat), "df", json_number(r->df), "pval",
                     json_number(r->pval), "pval_half", json_number(r->pval_half));
}

static void add_rivals(const tq_multilevel *m, json_t *doc)
{
    const struct {
        const char *name;
        const tq_multilevel_rival *list;
        size_t n;
    } parts[] = {{"dropped", m->dropped, m->n_dropped}, {"compared", m->compared, m->n_compared}};

    for (size_t p = 0; p < 2; p++) {
        json_t *list = parts[p].n ? json_array() : NULL;

        for (size_t i = 0; i < parts[p].n; i++) {
            json_t *one = rival(&parts[p].list[i]);

            if (parts[p].list == m->compared) {
                json_object_set_new(one, "nested",
                                    json_string(tq_nesting_name(m->compared[i].nesting)));
            }
            json_array_append_new(list, one);
        }
        if (list) {
            json_object_set_new(doc, parts[p].name, list);
        }
    }
}

static void add_rows(const tq_analysis *a, json_t *doc)
{
    const tq_multilevel *m = a->multilevel;
    json_t *list = m->residuals ? json_array() : NULL;

    for (size_t i = 0; list && i < a->k; i++) {
        const tq_mv_row *r = &m->row[i];

        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "study",
                                              json_text(a->study[i].label), "fitted",
                                              json_number(r->fitted), "resid",
                                              json_number(r->resid), "se", json_number(r->resid_se),
                                              "z", json_number(r->z), "hat", json_number(r->hat)));
    }
    if (list) {
        json_object_set_new(doc, "residuals", list);
    }
}

static void add_effects(const tq_multilevel *m, json_t *doc)
{
    json_t *list = m->n_effects ? json_array() : NULL;

    for (size_t i = 0; i < m->n_effects; i++) {
        const tq_multilevel_effects *e = &m->effects[i];
        const tq_multilevel_term *t = &m->term[e->term];
        json_t *levels = json_array();

        for (size_t g = 0; g < t->levels; g++) {
            json_array_append_new(
                levels, json_pack("{s:o, s:o, s:o}", "level", json_text(t->level[g]), "effect",
                                  json_number(e->u[g]), "se", json_number(e->se[g])));
        }
        json_array_append_new(
            list, json_pack("{s:o, s:o}", "factor", json_text(t->name), "levels", levels));
    }
    if (list) {
        json_object_set_new(doc, "effects", list);
    }
}

static void add_influence(const tq_analysis *a, json_t *doc)
{
    const tq_multilevel *m = a->multilevel;
    json_t *rows = m->influence ? json_array() : NULL;

    for (size_t i = 0; rows && i < m->influence->n; i++) {
        const tq_mv_influence_row *r = &m->influence->row[i];

        json_array_append_new(
            rows, json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "level",
                            json_text(m->influence_level[i]), "k", (json_int_t)r->k, "cook_d",
                            json_number(r->cook), "beta", json_numbers(r->beta, a->fit->p), "dfbs",
                            json_numbers(r->dfbs, a->fit->p), "components",
                            json_numbers(r->component, m->fit->n_components), "QE",
                            json_number(r->QE), "why_none", json_text(r->why_none)));
    }
    if (rows) {
        json_object_set_new(
            doc, "influence",
            json_pack("{s:o, s:o}", "by", json_text(m->influence_by), "rows", rows));
    }
}

/* The effect at a standard error of 0 is the intercept. */
static void add_egger(const tq_analysis *a, json_t *doc)
{
    const tq_pool *fit = a->fit;
    const size_t last = a->multilevel->egger - 1;
    json_t *limit = json_pack("{s:o, s:o, s:o}", "beta", json_number(fit->beta[0]), "ci_lb",
                              json_number(fit->ci_lb[0]), "ci_ub", json_number(fit->ci_ub[0]));

    if (a->design && !a->design->intercept) {
        json_decref(limit);
        limit = json_null();
    }
    json_object_set_new(doc, "egger",
                        json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", "egger-mv", "predictor",
                                  "sei", "stat", json_number(fit->stat[last]), "df",
                                  json_number(fit->df[last]), "pval", json_number(fit->pval[last]),
                                  "limit", limit));
}

void json_multilevel(const tq_analysis *a, json_t *doc)
{
    const tq_multilevel *m = a->multilevel;
    json_t *components;

    if (!m) {
        return;
    }
    components = json_array();
    for (size_t i = 0; i < m->fit->n_components; i++) {
        json_array_append_new(components, component(m, i));
    }
    json_object_set_new(doc, "random", random_terms(m));
    json_object_set_new(doc, "V", json_text(m->errors ? m->errors : "independent"));
    json_object_set_new(doc, "sigma2", intercepts(m));
    for (size_t t = 0; t < m->model.n_terms; t++) {
        if (m->model.term[t].structure != TQ_MV_INTERCEPT) {
            add_list(m, &m->term[t], 1, doc);
        }
        if (m->term[t].correlations) {
            add_list(m, &m->term[t], 0, doc);
        }
    }
    json_object_set_new(doc, "components", components);
    add_rivals(m, doc);
    add_rows(a, doc);
    add_effects(m, doc);
    add_influence(a, doc);
    if (m->egger) {
        add_egger(a, doc);
    }
    json_object_set_new(
        doc, "multilevel",
        json_pack("{s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:b}", "dfs",
                  tq_mv_df_name(m->fit->df_rule), "I2", json_number(m->I2_total), "R2",
                  json_number(m->R2_total), "typical_vi", json_number(m->fit->typical_vi), "blocks",
                  (json_int_t)m->fit->n_blocks, "largest_block", (json_int_t)m->fit->largest_block,
                  "starts", (json_int_t)m->fit->starts, "agreeing", (json_int_t)m->fit->agreeing,
                  "flat", m->fit->flat));
}
