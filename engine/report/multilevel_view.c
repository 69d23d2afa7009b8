/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multilevel models in report and document: components of variance, their shares. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/analysis_internal.h"
#include "report/format.h"
#include "report/json_internal.h"
#include "report/text_report_internal.h"

/* ---- text ---- */

static void component_row(const report *r, size_t i, text_table *t)
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
                    : c->edge       ? "at the end of its range"
                    : isnan(c->se)  ? ""
                                    : report_number(text, c->se, digits));
    report_percent(t, 4, m->I2[i], 2);
    text_table_end_row(t);
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
    tq_buffer_format(r->out, "; %zu independent block%s, the largest of %zu effects\n",
                     m->fit->n_blocks, m->fit->n_blocks == 1 ? "" : "s", m->fit->largest_block);
    if (m->errors) {
        tq_buffer_format(r->out, "Sampling errors: %s\n", m->errors);
    }
}

int report_multilevel(const report *r)
{
    static const char *const heads[] = {"Component", "Estimate", "SD", "SE", "I2"};
    const tq_multilevel *m = r->a->multilevel;
    text_table *t = m ? text_table_new(5, heads) : NULL;

    if (!m) {
        return 1;
    }
    for (size_t i = 0; t && i < m->fit->n_components; i++) {
        component_row(r, i, t);
    }
    if (!report_titled(r, "Components of variance", t)) {
        return 0;
    }
    if (!isnan(m->I2_total)) {
        char text[REPORT_CELL];

        tq_buffer_format(r->out, "I2 of all levels together: %s%%\n",
                         report_number(text, m->I2_total, 2));
    }
    factors_line(r);
    return 1;
}

/* ---- JSON ---- */

static json_t *component(const tq_multilevel *m, size_t i)
{
    const tq_mv_component *c = &m->fit->component[i];
    static const char *const roles[] = {"variance", "correlation", "range"};

    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b}", "name",
                     json_text(m->label[i]), "role", roles[c->role], "value", json_number(c->value),
                     "se", json_number(c->se), "ci_lb", json_number(c->ci_lb), "ci_ub",
                     json_number(c->ci_ub), "I2", json_number(m->I2[i]), "fixed", c->fixed == 1,
                     "one_level", c->fixed == 2, "edge", c->edge);
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
    json_object_set_new(
        doc, "multilevel",
        json_pack("{s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:b}", "dfs", tq_mv_df_name(m->fit->df_rule),
                  "I2", json_number(m->I2_total), "typical_vi", json_number(m->fit->typical_vi),
                  "blocks", (json_int_t)m->fit->n_blocks, "largest_block",
                  (json_int_t)m->fit->largest_block, "starts", (json_int_t)m->fit->starts,
                  "agreeing", (json_int_t)m->fit->agreeing, "flat", m->fit->flat));
}
