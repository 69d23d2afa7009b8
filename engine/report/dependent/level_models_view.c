/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The levels of a multilevel model in report, JSON and CSV: what those of a pooled model have not. */
#include <math.h>
#include <stdio.h>

#include "report/csv_table_internal.h"
#include "report/json_internal.h"
#include "report/page/format.h"
#include "report/text_report_internal.h"

/* More components than these make no columns of a table of levels; JSON and workbook have them. */
enum { FEW_COMPONENTS = 2, FIXED_HEADS = 8 };

/* ---- text ---- */

static void level_row(const report *r, const tq_block *block, size_t j, size_t components,
                      text_table *t)
{
    const tq_subgroup_level *l = &block->fit->level[j];
    const tq_level_models *m = block->models;
    const tq_natural *n = &block->natural[j];
    char text[REPORT_CELL];
    size_t c = 0;

    text_table_cell(t, c++, l->name);
    report_count(t, c++, l->k);
    report_count(t, c++, m->clusters[j]);
    text_table_cell(t, c++, tq_format_interval(text, sizeof text, n->pred, n->ci_lb, n->ci_ub, 2));
    text_table_cell(t, c++, report_interval(text, n->pi_lb, n->pi_ub, 2));
    report_p(t, c++, l->fit->pval[0]);
    for (size_t i = 0; i < components; i++) {
        report_cell(t, c++, m->component[j * m->n_components + i], r->opt->digits);
    }
    report_percent(t, c++, l->fit->I2, 1);
    report_cell(t, c, l->k > 1 ? l->fit->QE : (double)NAN, 2);
    text_table_end_row(t);
}

static int level_table(const report *r, const tq_block *block)
{
    const tq_multilevel *m = r->a->multilevel;
    const size_t components =
        block->models->n_components <= FEW_COMPONENTS ? block->models->n_components : 0;
    const char *heads[FIXED_HEADS + FEW_COMPONENTS] = {"Level", "k"};
    char effect[REPORT_CELL], title[REPORT_CELL];
    size_t c = 2;

    snprintf(effect, sizeof effect, "%s [%g%% CI]", tq_analysis_scale_name(r->a, 1),
             r->a->options.level);
    heads[c++] = m->model.n_terms ? m->factor : "Levels";
    heads[c++] = effect;
    heads[c++] = "Prediction";
    heads[c++] = "p";
    for (size_t i = 0; i < components; i++) {
        heads[c++] = m->label[i];
    }
    heads[c++] = "I2";
    heads[c++] = "Q";
    text_table *t = text_table_new(c, heads);

    for (size_t j = 0; t && j < block->fit->n; j++) {
        level_row(r, block, j, components, t);
    }
    snprintf(title, sizeof title, "Subgroups by %.80s (%s components)", block->fit->by,
             block->fit->mode == TQ_TAU2_COMMON ? "common" : "separate");
    return report_titled(r, title, t);
}

static int robust_table(const report *r, const tq_block *block)
{
    const tq_level_models *m = block->models;
    const tq_robust *f = m->robust;
    char effect[REPORT_CELL], title[REPORT_CELL], text[REPORT_CELL];
    const char *heads[] = {"Level", "Robust SE", "t", "df", "p", effect};

    snprintf(effect, sizeof effect, "%s [%g%% CI]", tq_analysis_scale_name(r->a, 1), f->level);
    text_table *t = text_table_new(6, heads);

    for (size_t j = 0; t && j < f->p; j++) {
        const tq_natural *n = &m->natural[j];

        text_table_cell(t, 0, block->fit->level[j].name);
        report_cell(t, 1, f->se[j], r->opt->digits);
        report_cell(t, 2, f->stat[j], 3);
        report_cell(t, 3, f->df[j], f->type == TQ_ROBUST_CR2 ? 2 : 0);
        report_p(t, 4, f->pval[j]);
        text_table_cell(t, 5,
                        isnan(n->ci_lb) ? ""
                                        : tq_format_interval(text, sizeof text, n->pred, n->ci_lb,
                                                             n->ci_ub, 2));
        text_table_end_row(t);
    }
    snprintf(title, sizeof title, "The same, cluster-robust (%s, %zu clusters by %.60s)",
             tq_robust_name(f->type), f->m, r->a->robust->by);
    return report_titled(r, title, t);
}

static void test_line(const report *r, const char *what, const char *how, const tq_wald *w)
{
    char stat[REPORT_CELL], df[REPORT_CELL], p[REPORT_CELL];

    if (isnan(w->stat)) {
        return;
    }
    tq_buffer_format(r->out, "%s%s: ", what, how);
    if (isnan(w->df2)) {
        tq_buffer_format(r->out, "Q = %s, df = %g", report_number(stat, w->stat, 4), w->df1);
    } else {
        tq_buffer_format(r->out, "F(%g, %s) = %s", w->df1, tq_format_df(df, sizeof df, w->df2, 2),
                         report_number(stat, w->stat, 3));
    }
    tq_buffer_format(r->out, ", p %s\n", tq_format_p_relation(p, sizeof p, w->pval, 4));
}

int report_level_models(const report *r, const tq_block *block)
{
    const tq_subgroups *g = block->fit;
    const tq_level_models *m = block->models;
    const tq_wald between = {g->QB, g->QB_df, g->QB_df2, g->QB_pval},
                  within = {g->QW, g->QW_df, NAN, g->QW_pval};

    if (!level_table(r, block)) {
        return 0;
    }
    test_line(r, "Between levels", "", &between);
    if (g->QW_df > 0.0) {
        test_line(r, "Within levels", "", &within);
    }
    if (m->robust) {
        if (!robust_table(r, block)) {
            return 0;
        }
        test_line(r, "Between levels", m->robust->type == TQ_ROBUST_CR2 ? " (HTZ)" : " (Wald)",
                  &m->between);
        if (isnan(m->between.stat) && g->n > 1) {
            tq_buffer_text(r->out,
                           "Between levels: no robust test, there are too few clusters or a level "
                           "stands in one\n");
        }
    }
    return 1;
}

/* ---- JSON ---- */

static json_t *json_wald(const tq_wald *w)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "stat", json_number(w->stat), "df",
                     json_number(w->df1), "df2", json_number(w->df2), "pval", json_number(w->pval));
}

void json_level_model(const tq_analysis *a, const tq_block *block, size_t j, json_t *level)
{
    const tq_level_models *m = block->models;
    json_t *list = json_array();

    for (size_t i = 0; i < m->n_components; i++) {
        json_array_append_new(list, json_pack("{s:o, s:o}", "name",
                                              json_text(a->multilevel->label[i]), "value",
                                              json_number(m->component[j * m->n_components + i])));
    }
    json_object_set_new(level, "clusters", json_count(m->clusters[j]));
    json_object_set_new(level, "components", list);
    if (m->robust) {
        const tq_robust *f = m->robust;
        json_t *one =
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "beta", json_number(f->beta[j]), "se",
                      json_number(f->se[j]), "stat", json_number(f->stat[j]), "df",
                      json_number(f->df[j]), "pval", json_number(f->pval[j]), "ci_lb",
                      json_number(f->ci_lb[j]), "ci_ub", json_number(f->ci_ub[j]));

        json_object_set_new(one, "transformed", json_natural(&m->natural[j]));
        json_object_set_new(level, "robust", one);
    }
}

void json_level_models(const tq_analysis *a, const tq_block *block, json_t *out)
{
    const tq_level_models *m = block->models;

    json_object_set_new(out, "shared_clusters", json_count(m->shared));
    if (m->robust) {
        json_object_set_new(out, "robust",
                            json_pack("{s:s, s:o, s:I, s:o}", "type",
                                      tq_robust_name(m->robust->type), "cluster",
                                      json_text(a->robust->by), "clusters",
                                      (json_int_t)m->robust->m, "QB", json_wald(&m->between)));
    }
}

/* ---- CSV ---- */

void csv_level_models(const tq_analysis *a, const tq_block *block, tq_buffer *out)
{
    const tq_level_models *m = block->models;

    for (size_t j = 0; m && m->robust && j < m->robust->p; j++) {
        const tq_robust *f = m->robust;
        double values[CSV_NUMBERS];

        csv_estimate(f->beta[j], f->se[j], f->ci_lb[j], f->ci_ub[j], f->pval[j], values);
        csv_natural(&m->natural[j], values);
        csv_row(a, "subgroup-robust", block->fit->level[j].name, block->fit->level[j].k, values,
                out);
    }
}
