/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a regression was asked for beyond its fit, in the JSON document. */
#include <math.h>

#include "report/json_internal.h"

static json_t *integers(const size_t *x, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, json_integer((json_int_t)x[i] + 1));
    }
    return list;
}

/* ---- tests ---- */

static json_t *wald(const tq_wald *w)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "stat", json_number(w->stat), "df1",
                     json_number(w->df1), "df2", json_number(w->df2), "pval", json_number(w->pval));
}

static json_t *term_tests(const tq_regression *g)
{
    json_t *list = json_array();

    for (size_t j = 0; j < g->n_terms; j++) {
        json_t *one = wald(&g->term[j].test);

        json_object_set_new(one, "term", json_text(g->term[j].name));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *contrast_line(const tq_contrast_line *c, int adjusted)
{
    const tq_linear *l = &c->test;
    json_t *one = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "contrast", json_text(c->label), "rhs",
        json_number(c->rhs), "est", json_number(l->est), "se", json_number(l->se), "stat",
        json_number(l->stat), "df", json_number(l->df), "pval", json_number(l->pval), "ci_lb",
        json_number(l->ci_lb), "ci_ub", json_number(l->ci_ub));

    if (adjusted) {
        json_object_set_new(one, "pval_adj", json_number(c->padj));
    }
    if (!isnan(c->robust.est)) {
        const tq_linear *b = &c->robust;
        json_t *robust =
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "se", json_number(b->se), "stat",
                      json_number(b->stat), "df", json_number(b->df), "pval", json_number(b->pval),
                      "ci_lb", json_number(b->ci_lb), "ci_ub", json_number(b->ci_ub));

        if (adjusted) {
            json_object_set_new(robust, "pval_adj", json_number(c->robust_padj));
        }
        json_object_set_new(one, "robust", robust);
    }
    return one;
}

static json_t *contrast_lines(const tq_contrast_line *line, size_t n, int adjusted)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, contrast_line(&line[i], adjusted));
    }
    return list;
}

static json_t *pairwise(const tq_regression *g)
{
    json_t *list = json_array();

    for (size_t i = 0; i < g->n_pairwise; i++) {
        const tq_pairwise *p = &g->pairwise[i];

        json_array_append_new(list, json_pack("{s:o, s:s, s:o}", "factor", json_text(p->factor),
                                              "adjust", tq_adjust_name(g->adjust), "comparisons",
                                              contrast_lines(p->line, p->n, 1)));
    }
    return list;
}

static json_t *marginal_means(const tq_regression *g)
{
    json_t *list = json_array();

    for (size_t i = 0; i < g->n_emm; i++) {
        const tq_marginal_means *m = &g->emm[i];
        json_t *levels = json_array();

        for (size_t l = 0; l < m->n; l++) {
            json_t *one = json_prediction(&m->mean[l]);

            json_object_set_new(one, "level", json_text(m->level[l]));
            json_object_set_new(one, "transformed", json_natural(&m->natural[l]));
            if (m->robust) {
                json_object_set_new(one, "robust",
                                    json_robust_prediction(&m->robust[l], &m->robust_natural[l]));
            }
            json_array_append_new(levels, one);
        }
        json_array_append_new(list,
                              json_pack("{s:o, s:s, s:o}", "factor", json_text(m->factor),
                                        "weights", tq_marginal_name(g->weights), "levels", levels));
    }
    return list;
}

static json_t *inflation(const char *key, const tq_inflation_line *line, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_array_append_new(list, json_pack("{s:o, s:I, s:o, s:o}", key, json_text(line[i].name),
                                              "df", (json_int_t)line[i].of.m, "gvif",
                                              json_number(line[i].of.gvif), "gsif",
                                              json_number(line[i].of.gsif)));
    }
    return list;
}

/* ---- many fits ---- */

static json_t *residuals(const tq_analysis *a)
{
    json_t *list = json_array();

    for (size_t i = 0; i < a->k; i++) {
        const tq_residual *e = &a->regression->residual[i];

        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "study",
                            json_text(a->study[i].label), "resid", json_number(e->resid), "se",
                            json_number(e->se), "pearson", json_number(e->pearson), "rstandard",
                            json_number(e->rstandard), "resid_del", json_number(e->resid_del),
                            "se_del", json_number(e->se_del), "rstudent", json_number(e->rstudent),
                            "hat", json_number(e->hat), "tau2_del", json_number(e->tau2_del)));
    }
    return list;
}

static json_t *comparison(const tq_regression *g)
{
    json_t *list = json_array();

    for (size_t i = 0; i < g->n_compared; i++) {
        const tq_compared *m = &g->compared[i];
        json_t *one = json_pack(
            "{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "formula",
            json_text(g->compared_text[i]), "p", (json_int_t)m->p, "ll", json_number(m->ll), "AIC",
            json_number(m->AIC), "AICc", json_number(m->AICc), "BIC", json_number(m->BIC), "QE",
            json_number(m->QE), "tau2", json_number(m->tau2), "R2", json_number(m->R2), "delta",
            json_number(m->delta), "weight", json_number(m->weight));

        json_object_set_new(one, "nested", json_string(tq_nesting_name(m->nesting)));
        json_object_set_new(one, "LRT",
                            json_pack("{s:o, s:o, s:o}", "stat", json_number(m->LRT), "df",
                                      json_number(m->df), "pval", json_number(m->pval)));
        json_array_append_new(list, one);
    }
    return json_pack("{s:s, s:s, s:o}", "method", tq_method_name(g->likelihood_method), "criterion",
                     tq_criterion_name(g->criterion), "models", list);
}

static json_t *best(const tq_regression *g)
{
    const tq_selection *s = g->selection;
    json_t *list = json_array();

    for (size_t i = 0; i < s->n_best; i++) {
        const tq_selected *m = &s->best[i];

        json_array_append_new(list,
                              json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                                        "formula", json_text(g->selection_text[i]), "p",
                                        (json_int_t)m->p, "ll", json_number(m->ll), "AIC",
                                        json_number(m->AIC), "AICc", json_number(m->AICc), "BIC",
                                        json_number(m->BIC), "QE", json_number(m->QE), "tau2",
                                        json_number(m->tau2), "R2", json_number(m->R2), "delta",
                                        json_number(m->delta), "weight", json_number(m->weight)));
    }
    return list;
}

static json_t *importance(const tq_regression *g)
{
    json_t *list = json_array();

    for (size_t j = 0; j < g->selection->n_terms; j++) {
        json_array_append_new(list,
                              json_pack("{s:o, s:o, s:I}", "term", json_text(g->selection_term[j]),
                                        "importance", json_number(g->selection->importance[j]),
                                        "models", (json_int_t)g->selection->n_with[j]));
    }
    return list;
}

static json_t *averages(const tq_analysis *a)
{
    const tq_selection *s = a->regression->selection;
    json_t *list = json_array();

    for (size_t i = 0; i < s->p; i++) {
        const tq_averaged *c = &s->average[i];

        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "term",
                      json_text(a->term[i]), "est", json_number(c->est), "se", json_number(c->se),
                      "stat", json_number(c->stat), "pval", json_number(c->pval), "ci_lb",
                      json_number(c->ci_lb), "ci_ub", json_number(c->ci_ub), "cond_est",
                      json_number(c->cond_est), "cond_se", json_number(c->cond_se), "weight",
                      json_number(c->weight), "models", (json_int_t)c->n));
    }
    return list;
}

static json_t *selection(const tq_analysis *a)
{
    const tq_selection *s = a->regression->selection;

    return json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o}", "method", tq_method_name(s->method),
                     "criterion", tq_criterion_name(s->criterion), "models",
                     (json_int_t)s->n_models, "failed", (json_int_t)s->n_failed, "best",
                     best(a->regression), "importance", importance(a->regression), "coefficients",
                     averages(a));
}

void json_regression(const tq_analysis *a, json_t *doc)
{
    const tq_regression *g = a->regression;

    if (!g) {
        return;
    }
    const struct {
        const char *name;
        json_t *value;
    } parts[] = {
        {"btt", g->btt ? integers(g->btt_column, g->n_btt) : NULL},
        {"term_tests", g->n_terms ? term_tests(g) : NULL},
        {"contrasts", g->n_contrasts ? contrast_lines(g->contrast, g->n_contrasts, 0) : NULL},
        {"pairwise", g->n_pairwise ? pairwise(g) : NULL},
        {"marginal_means", g->n_emm ? marginal_means(g) : NULL},
        {"vif", g->n_vif ? inflation("coefficient", g->vif, g->n_vif) : NULL},
        {"gvif", g->n_gvif ? inflation("term", g->gvif, g->n_gvif) : NULL},
        {"residuals", g->residual ? residuals(a) : NULL},
        {"comparison", g->n_compared ? comparison(g) : NULL},
        {"all_subsets", g->selection ? selection(a) : NULL},
    };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].value) {
            json_object_set_new(doc, parts[i].name, parts[i].value);
        }
    }
}
