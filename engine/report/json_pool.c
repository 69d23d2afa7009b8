/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON document of a pooled analysis. */
#include <math.h>
#include <string.h>

#include "report/json_internal.h"
#include "report/view.h"

tq_view_options tq_view_defaults(void)
{
    return (tq_view_options){.digits = 4, .colour = 0};
}

static json_t *data_object(const tq_analysis *a)
{
    json_t *sheet = a->provenance.sheet ? json_text(a->provenance.sheet) : NULL;

    return json_pack("{s:o, s:o*, s:o, s:I, s:I, s:o}", "source", json_text(a->provenance.source),
                     "sheet", sheet, "sha256", json_text(a->provenance.sha256), "rows",
                     (json_int_t)a->rows, "used", (json_int_t)(a->k - a->n_filled), "excluded",
                     json_excluded(a->excluded, a->n_excluded));
}

static json_t *model_object(const tq_analysis *a)
{
    const tq_pool *fit = a->fit;

    json_t *out =
        json_pack("{s:s, s:o, s:s, s:s, s:o, s:s, s:s, s:o, s:b, s:s}", "measure", a->measure->code,
                  "vtype", json_text(a->vtype), "method", tq_method_name(fit->method), "test",
                  tq_test_name(fit->test), "level", json_number(fit->level), "ci_tau2",
                  tq_ci_tau2_name(a->options.ci_tau2), "predict", tq_predict_name(fit->predict),
                  "tau2_fixed", fit->tau2_fixed ? json_number(fit->tau2) : json_null(), "weighted",
                  a->options.weighted, "transform", a->transform->name);

    if (a->options.i2 != TQ_I2_TAU2 && tq_method_random(fit->method)) {
        json_object_set_new(out, "i2", json_text(tq_i2_name(a->options.i2)));
    }
    if (fit->method == TQ_GLMM) {
        json_object_set_new(out, "glmm_model", json_text(a->glmm_model));
        json_object_set_new(out, "nagq", json_integer((json_int_t)a->nagq));
    }
    if (fit->method == TQ_BB) {
        json_object_set_new(out, "correlation",
                            json_text(a->options.separate_rho ? "groups" : "common"));
    }
    if (fit->method == TQ_MH) {
        json_object_set_new(out, "correct", json_boolean(a->options.correct));
    }
    if (a->mh_variance && strcmp(a->measure->code, "RD") == 0) {
        json_object_set_new(out, "mh_variance",
                            json_text(tq_mh_variance_name(a->options.mh_variance)));
    }
    return out;
}

json_t *json_coefficients(const tq_pool *fit, const char *const *term)
{
    json_t *list = json_array();

    for (size_t i = 0; i < fit->p; i++) {
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "term",
                            term ? term[i] : "intrcpt", "beta", json_number(fit->beta[i]), "se",
                            json_number(fit->se[i]), "stat", json_number(fit->stat[i]), "df",
                            json_number(fit->df[i]), "pval", json_number(fit->pval[i]), "ci_lb",
                            json_number(fit->ci_lb[i]), "ci_ub", json_number(fit->ci_ub[i])));
    }
    return list;
}

static json_t *vcov(const tq_pool *fit)
{
    json_t *rows = json_array();

    for (size_t a = 0; a < fit->p; a++) {
        json_t *row = json_array();

        for (size_t b = 0; b < fit->p; b++) {
            json_array_append_new(row, json_number(fit->vb[a + b * fit->p]));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}

json_t *json_prediction(const tq_prediction *p)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "pred", json_number(p->pred), "se",
                     json_number(p->se), "ci_lb", json_number(p->ci_lb), "ci_ub",
                     json_number(p->ci_ub), "pi_lb", json_number(p->pi_lb), "pi_ub",
                     json_number(p->pi_ub), "pi_df", json_number(p->pi_df));
}

json_t *json_natural(const tq_natural *n)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "pred", json_number(n->pred), "ci_lb",
                     json_number(n->ci_lb), "ci_ub", json_number(n->ci_ub), "pi_lb",
                     json_number(n->pi_lb), "pi_ub", json_number(n->pi_ub));
}

json_t *json_robust_prediction(const tq_prediction *p, const tq_natural *n)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "se", json_number(p->se), "ci_lb",
                     json_number(p->ci_lb), "ci_ub", json_number(p->ci_ub), "transformed",
                     json_natural(n));
}

static json_t *predictions(const tq_analysis *a)
{
    json_t *list = json_array();

    for (size_t i = 0; i < a->n_predicted; i++) {
        json_t *one = json_prediction(&a->predicted[i]);

        json_object_set_new(one, "at", json_text(a->predicted_at[i]));
        json_object_set_new(one, "transformed", json_natural(&a->predicted_natural[i]));
        if (a->predicted_robust) {
            json_object_set_new(
                one, "robust",
                json_robust_prediction(&a->predicted_robust[i], &a->predicted_robust_natural[i]));
        }
        json_array_append_new(list, one);
    }
    return list;
}

/* A statistic that the method has; nothing where it has none. */
static void add_statistic(json_t *to, const char *name, const tq_statistic *s)
{
    if (!isnan(s->stat)) {
        json_object_set_new(to, name,
                            json_pack("{s:o, s:o, s:o}", "stat", json_number(s->stat), "df",
                                      json_number(s->df), "pval", json_number(s->pval)));
    }
}

json_t *json_heterogeneity(const tq_pool *fit)
{
    json_t *ci = json_pack("{s:s, s:o, s:o, s:o, s:o}", "method", tq_ci_tau2_name(fit->ci.method),
                           "tau2", json_limits(fit->ci.tau2), "tau", json_limits(fit->ci.tau), "I2",
                           json_limits(fit->ci.I2), "H2", json_limits(fit->ci.H2));

    json_t *out =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "tau2",
                  json_number(fit->tau2), "se_tau2", json_number(fit->se_tau2), "tau",
                  json_number(fit->tau), "I2", json_number(fit->I2), "H2", json_number(fit->H2),
                  "R2", json_number(fit->R2), "QE", json_number(fit->QE), "QE_df",
                  json_number(fit->QE_df), "QE_pval", json_number(fit->QE_pval), "ci", ci);

    if (!isnan(fit->rho[0])) {
        json_object_set_new(
            out, "rho", json_pack("[o, o]", json_number(fit->rho[0]), json_number(fit->rho[1])));
    }
    add_statistic(out, "LRT", &fit->lrt);
    add_statistic(out, "Wld", &fit->wld);
    return out;
}

json_t *json_omnibus(const tq_pool *fit)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "stat", json_number(fit->QM), "df1",
                     json_number(fit->QM_df1), "df2", json_number(fit->QM_df2), "pval",
                     json_number(fit->QM_pval));
}

static json_t *fit_statistics(const tq_pool *fit)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "ll", json_number(fit->ll), "deviance",
                     json_number(fit->deviance), "AIC", json_number(fit->AIC), "BIC",
                     json_number(fit->BIC), "AICc", json_number(fit->AICc));
}

static json_t *convergence(const tq_pool *fit)
{
    return json_pack("{s:I, s:o}", "evaluations", (json_int_t)fit->iterations, "score",
                     json_number(fit->score));
}

static json_t *study(const tq_analysis *a, size_t i)
{
    const tq_study *s = &a->study[i];

    json_t *out = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "study", json_text(s->label), "row",
        s->filled ? json_null() : json_integer((json_int_t)s->row), "yi", json_number(s->yi), "vi",
        json_number(s->vi), "sei", json_number(s->sei), "ci_lb", json_number(s->ci_lb), "ci_ub",
        json_number(s->ci_ub), "weight", json_number(s->weight), "from", json_text(s->from));

    if (a->trim_fill) {
        json_object_set_new(out, "filled", json_boolean(s->filled));
    }
    return out;
}

static json_t *level(const tq_analysis *a, const tq_block *block, size_t j)
{
    const tq_subgroup_level *l = &block->fit->level[j];
    json_t *out =
        json_pack("{s:o, s:I, s:o, s:o, s:o, s:o}", "level", json_text(l->name), "k",
                  (json_int_t)l->k, "coefficients", json_coefficients(l->fit, NULL), "prediction",
                  json_prediction(&l->fit->prediction), "transformed",
                  json_natural(&block->natural[j]), "heterogeneity", json_heterogeneity(l->fit));

    if (block->models) {
        json_level_model(a, block, j, out);
    }
    return out;
}

static json_t *block_object(const tq_analysis *a, const tq_block *block)
{
    const tq_subgroups *g = block->fit;
    json_t *levels = json_array();

    for (size_t j = 0; j < g->n; j++) {
        json_array_append_new(levels, level(a, block, j));
    }
    json_t *between =
        json_pack("{s:o, s:o, s:o, s:o}", "stat", json_number(g->QB), "df", json_number(g->QB_df),
                  "df2", json_number(g->QB_df2), "pval", json_number(g->QB_pval));
    json_t *within = json_pack("{s:o, s:o, s:o}", "stat", json_number(g->QW), "df",
                               json_number(g->QW_df), "pval", json_number(g->QW_pval));

    json_t *out = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "by", json_text(g->by), "tau2",
                            g->mode == TQ_TAU2_COMMON ? "common" : "separate", "common_tau2",
                            json_number(g->tau2), "levels", levels, "QB", between, "QW", within,
                            "left_out", json_excluded(block->left_out, block->n_left_out));

    if (block->models) {
        json_level_models(a, block, out);
    }
    return out;
}

/* ---- the document ---- */

void json_add_head(const tq_analysis *a, json_t *doc)
{
    if (a->provenance.date) {
        json_object_set_new(doc, "date", json_text(a->provenance.date));
    }
    if (a->provenance.notice) {
        json_object_set_new(doc, "notice", json_text(a->provenance.notice));
    }
    json_object_set_new(doc, "command_line", json_text(a->provenance.command_line));
    json_object_set_new(doc, "data", data_object(a));
    json_object_set_new(doc, "model", model_object(a));
}

static void add_fit(const tq_analysis *a, json_t *doc)
{
    const tq_pool *fit = a->fit;

    json_object_set_new(doc, "k", json_integer((json_int_t)fit->k));
    json_object_set_new(doc, "p", json_integer((json_int_t)fit->p));
    json_object_set_new(doc, "coefficients", json_coefficients(fit, a->term));
    json_object_set_new(doc, "vcov", vcov(fit));
    json_object_set_new(doc, "prediction", json_prediction(&fit->prediction));
    json_object_set_new(doc, "transformed", json_natural(&a->natural));
    json_object_set_new(doc, "predictions", predictions(a));
    json_object_set_new(doc, "heterogeneity", json_heterogeneity(fit));
    json_object_set_new(doc, "QM", json_omnibus(fit));
    add_statistic(doc, "MH", &fit->cmh);
    add_statistic(doc, "TA", &fit->ta);
    add_statistic(doc, "BD", &fit->bd);
    json_object_set_new(doc, "fit", fit_statistics(fit));
    json_object_set_new(doc, "convergence", convergence(fit));
}

static void add_blocks(const tq_analysis *a, json_t *doc)
{
    if (a->n_blocks > 0) {
        json_object_set_new(doc, "subgroups", block_object(a, &a->block[0]));
    }
    if (a->n_blocks > 1) {
        json_t *all = json_array();

        for (size_t b = 0; b < a->n_blocks; b++) {
            json_array_append_new(all, block_object(a, &a->block[b]));
        }
        json_object_set_new(doc, "subgroups_all", all);
    }
}

void json_add_foot(const tq_analysis *a, json_t *doc)
{
    json_object_set_new(doc, "reading", json_text(a->reading));
    json_object_set_new(doc, "assumptions", json_texts(a->assumption, a->n_assumptions));
    json_object_set_new(doc, "warnings", json_texts(a->warning, a->n_warnings));
}

tq_status json_write_sections(const tq_analysis *a, json_section *const *list, size_t n,
                              tq_buffer *out, tq_error *err)
{
    json_t *doc = json_head(&a->provenance);

    json_add_head(a, doc);
    for (size_t i = 0; i < n; i++) {
        list[i](a, doc);
    }
    json_add_foot(a, doc);
    return json_write(doc, out, err);
}

/* In the order of the document; NULL: the studies. */
static json_section *const sections[] = {json_add_head,
                                         json_trim_fill,
                                         json_moderators,
                                         add_fit,
                                         json_pooled_interval,
                                         json_regression,
                                         json_scale,
                                         json_selmodel,
                                         json_multilevel,
                                         json_small_study,
                                         json_robust,
                                         json_rho,
                                         json_blup,
                                         NULL,
                                         add_blocks,
                                         json_add_foot};

tq_status tq_pool_json(const tq_analysis *a, const tq_view_options *opt, tq_buffer *out,
                       tq_error *err)
{
    json_stream stream = {.out = out};

    (void)opt;
    json_stream_members(&stream, json_head(&a->provenance));
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        json_t *part = sections[i] ? json_object() : NULL;

        if (sections[i]) {
            sections[i](a, part);
            json_stream_members(&stream, part);
        } else {
            json_stream_list(&stream, "studies", a->k, study, a);
        }
    }
    return json_stream_end(&stream, err);
}
