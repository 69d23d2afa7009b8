/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a dataset to a pooled analysis: the engine is called here, and nowhere below. */
#include "report/analysis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/analysis_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* An error about a study of the model names its row of the sheet; one that stands somewhere already stays there. */
void analysis_locate(const tq_dataset *data, tq_error *err)
{
    if (err->file[0] != '\0') {
        return;
    }
    if (err->row != TQ_NO_ROW && err->row < data->k) {
        tq_dataset_locate(data, data->used[err->row], err);
    } else if (err->status == TQ_EDATA) {
        tq_copy_text(err->file, sizeof err->file, tq_table_source(data->table));
    }
}

static tq_status gather(analysis_input *in, tq_analysis *a, tq_error *err)
{
    const int counts = tq_method_counts(in->spec->options.method) && !in->spec->trim_fill;
    tq_status status = analysis_gather(in->data, counts, a->arena, &in->of, err);

    status = status == TQ_OK ? analysis_design(in, a, err) : status;
    analysis_set_design(&in->of.model, a->design);
    return status == TQ_OK && in->spec->trim_fill ? analysis_fill(in, a, err) : status;
}

tq_natural analysis_natural(const tq_transform *t, const tq_prediction *p, double n)
{
    const tq_natural out = {tq_transform_apply(t, p->pred, n), tq_transform_apply(t, p->ci_lb, n),
                            tq_transform_apply(t, p->ci_ub, n), tq_transform_apply(t, p->pi_lb, n),
                            tq_transform_apply(t, p->pi_ub, n)};

    return t->decreasing ? (tq_natural){out.pred, out.ci_ub, out.ci_lb, out.pi_ub, out.pi_lb} : out;
}

/* ---- the overall model ---- */

static tq_status fit_overall(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    tq_pool_work *work = tq_pool_work_new(in->of.model.k, in->of.model.p);
    tq_status status = TQ_ENOMEM;

    a->fit = tq_pool_new(in->of.model.k, in->of.model.p);
    if (work && a->fit && in->spec->scale) {
        status = analysis_location_scale(in, a, err);
    } else if (work && a->fit && in->spec->selmodel) {
        status = analysis_selmodel(in, a, err);
    } else if (work && a->fit && in->spec->multilevel) {
        status = analysis_multilevel(in, a, err);
    } else if (work && a->fit) {
        status = tq_pool_fit(&in->of.model, &a->options, work, a->fit, err);
    } else {
        no_memory(err);
    }
    tq_pool_work_free(work);
    if (status != TQ_OK) {
        analysis_locate(in->data, err);
        return status;
    }
    if (a->fit->why_none) {
        status =
            tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "method %s: the %s cannot be estimated: %s",
                    tq_method_name(a->fit->method), a->measure->natural, a->fit->why_none);
        analysis_locate(in->data, err);
        return status;
    }
    a->natural = analysis_natural(a->transform, &a->fit->prediction, a->ni_mean);
    return TQ_OK;
}

static tq_status test_permutations(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    if (!in->spec->permutation) {
        return TQ_OK;
    }
    const tq_status status = tq_permutation_test(&in->of.model, &a->options, in->spec->permutation,
                                                 &a->permutation, err);

    if (status != TQ_OK) {
        analysis_locate(in->data, err);
    }
    return status;
}

/* Miller (1978), Am. Stat. 32:138: the harmonic mean inverts pooled double arcsines. */
static double harmonic_mean(const tq_dataset *data)
{
    double sum = 0.0;

    for (size_t i = 0; i < data->k; i++) {
        sum += 1.0 / data->effect[data->used[i]].ni;
    }
    return (double)data->k / sum;
}

static tq_status describe_studies(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_dataset *data = in->data;

    a->study = tq_arena_take(a->arena, a->k, sizeof *a->study);
    if (!a->study) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->k; i++) {
        const size_t at = data->used[i];
        const tq_effect_row *e = &data->effect[at];
        const tq_effect_row estimable = {.yi = in->of.yi[i], .vi = in->of.vi[i]};
        const tq_effect_interval s = tq_effect_interval_of(&estimable, a->options.level);
        const tq_prediction p = {in->of.yi[i], s.sei, s.ci_lb, s.ci_ub, NAN, NAN, NAN};

        a->study[i] = (tq_study){.label = data->label[at],
                                 .row = data->row[at] + 1,
                                 .yi = in->of.yi[i],
                                 .vi = in->of.vi[i],
                                 .sei = s.sei,
                                 .ci_lb = s.ci_lb,
                                 .ci_ub = s.ci_ub,
                                 .weight = a->fit->weight[i],
                                 .ni = e->ni,
                                 .natural = analysis_natural(a->transform, &p, e->ni),
                                 .from = e->from,
                                 .added = e->added};
    }
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < a->n_filled; i++) {
        status = analysis_filled_study(in, a, i, err);
    }
    return status;
}

/* ---- subgroups ---- */

static tq_status leave_out(const tq_dataset *data, const char **label, const char *by,
                           tq_analysis *a, tq_block *block, tq_error *err)
{
    block->left_out = tq_arena_take(a->arena, a->k, sizeof *block->left_out);
    if (!block->left_out) {
        return no_memory(err);
    }
    for (size_t i = 0; i < a->k; i++) {
        if (!label[i]) {
            const char *why = tq_arena_format(a->arena, "%s is missing", by);

            if (!why) {
                return no_memory(err);
            }
            block->left_out[block->n_left_out++] =
                (tq_excluded){data->row[data->used[i]] + 1, a->study[i].label, why};
        }
    }
    return TQ_OK;
}

static tq_status fit_block(const analysis_input *in, size_t j, tq_analysis *a, tq_error *err)
{
    const tq_dataset *data = in->data;
    const char **label = tq_arena_take(a->arena, a->k, sizeof *label);
    tq_block *block = &a->block[j];
    const tq_model mean = {a->k, 1, in->of.yi, in->of.vi, NULL, 1, in->of.model.counts};

    if (!label) {
        return no_memory(err);
    }
    for (size_t i = 0; i < a->k; i++) {
        label[i] = data->group[j][data->used[i]];
    }
    tq_status status = a->multilevel
                           ? analysis_level_models(in, a, data->group_name[j], label, block, err)
                           : tq_subgroups_fit(&mean, &a->options, data->group_name[j], label,
                                              in->spec->subgroup_tau2, &block->fit, err);

    a->n_blocks++;
    if (status != TQ_OK) {
        if (a->multilevel) {
            analysis_locate(data, err);
        }
        return status;
    }
    block->natural = tq_arena_take(a->arena, block->fit->n, sizeof *block->natural);
    if (!block->natural) {
        return no_memory(err);
    }
    for (size_t l = 0; l < block->fit->n; l++) {
        block->natural[l] =
            analysis_natural(a->transform, &block->fit->level[l].fit->prediction, a->ni_mean);
    }
    return leave_out(data, label, data->group_name[j], a, block, err);
}

static tq_status fit_blocks(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const int alone = in->spec->multilevel && in->spec->multilevel->fit_only;
    const size_t n = alone ? 0 : in->data->n_groups;
    tq_status status = TQ_OK;

    a->block = tq_arena_take(a->arena, n, sizeof *a->block);
    if (!a->block) {
        return no_memory(err);
    }
    for (size_t j = 0; status == TQ_OK && j < n; j++) {
        status = fit_block(in, j, a, err);
    }
    return status;
}

/* ---- the whole ---- */

static void set_up(const analysis_input *in, tq_analysis *a)
{
    const tq_dataset *data = in->data;
    const tq_analysis_spec *spec = in->spec;

    a->provenance = spec->provenance;
    if (!a->provenance.source) {
        a->provenance.source = tq_table_source(data->table);
    }
    if (!a->provenance.sheet) {
        a->provenance.sheet = tq_table_sheet(data->table);
    }
    if (!a->provenance.sha256) {
        a->provenance.sha256 = tq_table_sha256(data->table);
    }
    a->rows = data->rows;
    a->k = in->of.model.k;
    a->excluded = data->excluded;
    a->n_excluded = data->rows - data->k;
    a->measure = data->measure;
    a->vtype = spec->vtype;
    a->mh_variance = spec->options.method == TQ_MH && in->of.model.counts
                         ? tq_mh_variance_label(in->of.counts.scale, spec->options.mh_variance)
                         : NULL;
    a->effects = spec->effects ? *spec->effects : tq_effect_defaults();
    a->effects.vtype = NULL;
    a->effects.flip = NULL;
    a->weights_name = data->weights_name;
    a->levels_only = spec->levels_only && data->n_groups > 0;
    a->transform = spec->transform ? spec->transform : tq_transform_find(data->measure->transform);
    a->options = spec->options;
    a->options.weights = in->of.weights;
    a->assumption = data->assumption;
    a->n_assumptions = data->n_assumptions;
    a->ni_mean = harmonic_mean(data);
    if (a->trim_fill) {
        a->observed = analysis_natural(a->transform, &a->trim_fill->observed, a->ni_mean);
    }
}

/* In this order: each may use what those above it left. */
static analysis_stage *const stages[] = {
    analysis_event_model,
    analysis_clusters,
    fit_overall,
    analysis_pooled_interval,
    test_permutations,
    analysis_bias,
    analysis_fail_safe,
    analysis_terms,
    analysis_robust,
    analysis_predictions,
    analysis_rho,
    analysis_fitted,
    describe_studies,
    analysis_multilevel_extras,
    analysis_small_study,
    analysis_raw_columns,
    analysis_regression,
    analysis_comparison,
    analysis_sensitivity,
    analysis_sequential,
    analysis_blup,
    analysis_gosh,
    analysis_multiverse,
    fit_blocks,
    analysis_sheet_columns,
    analysis_publication,
    analysis_warnings,
    analysis_reading,
};

static tq_status fill(const tq_dataset *data, const tq_analysis_spec *spec, tq_analysis *a,
                      tq_error *err)
{
    analysis_input in = {.data = data, .spec = spec};
    tq_status status = gather(&in, a, err);

    if (status == TQ_OK) {
        set_up(&in, a);
    }
    for (size_t i = 0; status == TQ_OK && i < sizeof stages / sizeof *stages; i++) {
        status = stages[i](&in, a, err);
    }
    a->options.weights = NULL;
    return status;
}

tq_status tq_analysis_pool(const tq_dataset *data, const tq_analysis_spec *spec, tq_analysis **out,
                           tq_error *err)
{
    tq_arena *arena = tq_arena_new();
    tq_analysis *a = arena ? tq_arena_take(arena, 1, sizeof *a) : NULL;
    tq_error unheard;

    err = err ? err : &unheard;
    if (!a) {
        tq_arena_free(arena);
        return no_memory(err);
    }
    a->arena = arena;
    tq_status status = TQ_OK;

    if (data->k == 0) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                         "none of %zu rows can be used; the first, '%.60s': %s", data->rows,
                         data->excluded[0].study, data->excluded[0].reason);
        tq_copy_text(err->file, sizeof err->file, tq_table_source(data->table));
    } else {
        status = fill(data, spec, a, err);
    }
    if (status != TQ_OK) {
        tq_analysis_free(a);
        return status;
    }
    *out = a;
    return TQ_OK;
}

void tq_analysis_free(tq_analysis *analysis)
{
    if (!analysis) {
        return;
    }
    for (size_t j = 0; j < analysis->n_blocks; j++) {
        tq_subgroups_free(analysis->block[j].fit);
        analysis_level_models_free(analysis->block[j].models);
    }
    if (analysis->sequential) {
        tq_tsa_free(analysis->sequential->tsa);
    }
    if (analysis->sensitivity) {
        tq_influence_free(analysis->sensitivity->influence);
    }
    tq_permutation_free(analysis->permutation);
    tq_bias_free(analysis->bias);
    tq_trim_fill_free(analysis->trim_fill);
    if (analysis->gosh) {
        tq_gosh_free(analysis->gosh->fit);
    }
    analysis_publication_free(analysis->publication);
    tq_scale_free(analysis->scale);
    analysis_multilevel_free(analysis->multilevel);
    if (analysis->robust) {
        tq_robust_free(analysis->robust->fit);
    }
    if (analysis->regression) {
        tq_selection_free(analysis->regression->selection);
    }
    tq_pool_free(analysis->fit);
    tq_arena_free(analysis->arena); /* the analysis itself lies in it */
}

const char *tq_analysis_scale_name(const tq_analysis *a, int natural)
{
    if (a->provenance.effect && (natural || strcmp(a->transform->name, "none") == 0)) {
        return a->provenance.effect;
    }
    if (!natural || strcmp(a->transform->name, "none") == 0) {
        return a->measure->name;
    }
    return strcmp(a->transform->name, a->measure->transform) == 0 ? a->measure->natural
                                                                  : a->transform->label;
}

/* Row i of robust inference in place of the model's, where it can be trusted. */
static void prefer_robust(const tq_robust *r, size_t i, const tq_natural *natural, tq_headline *h)
{
    if (!(r->df[i] >= TQ_ROBUST_LEAST_DF)) {
        return;
    }
    h->robust = 1;
    h->pval = r->pval[i];
    h->linear.pred = r->beta[i]; /* weights of a working model have an estimate of their own */
    h->linear.se = r->se[i];
    h->linear.ci_lb = r->ci_lb[i];
    h->linear.ci_ub = r->ci_ub[i];
    h->natural.pred = natural->pred;
    h->natural.ci_lb = natural->ci_lb;
    h->natural.ci_ub = natural->ci_ub;
}

tq_headline tq_analysis_headline(const tq_analysis *a)
{
    tq_headline h = {a->fit->prediction, a->natural, a->fit->pval[0], 0};

    if (a->robust && a->fit->p == 1) {
        prefer_robust(a->robust->fit, 0, &a->robust->natural, &h);
    }
    return h;
}

tq_headline tq_block_headline(const tq_block *block, size_t level)
{
    const tq_pool *fit = block->fit->level[level].fit;
    const tq_level_models *models = block->models;
    tq_headline h = {fit->prediction, block->natural[level], fit->pval[0], 0};

    if (models && models->robust) {
        prefer_robust(models->robust, level, &models->natural[level], &h);
    }
    return h;
}

double tq_analysis_tau2(const tq_analysis *a)
{
    return a->multilevel ? a->multilevel->tau2 : a->fit->tau2;
}

double tq_analysis_I2(const tq_analysis *a)
{
    return a->multilevel ? a->multilevel->I2_total : a->fit->I2;
}

size_t tq_analysis_studies(const tq_analysis *a)
{
    const tq_multilevel *m = a->multilevel;

    return m && m->model.n_terms > 0 ? m->term[0].levels : a->k - a->n_filled;
}

const char *tq_analysis_model_name(const tq_analysis *a)
{
    static const char *const named[TQ_METHOD_COUNT] = {
        [TQ_EE] = "equal-effects model",    [TQ_FE] = "fixed-effects model",
        [TQ_UWLS] = "multiplicative model", [TQ_MH] = "Mantel-Haenszel model",
        [TQ_PETO] = "Peto model",           [TQ_BB] = "beta-binomial model",
        [TQ_FIRTH] = "penalised model",
    };

    if (a->selmodel) {
        return "selection model";
    }
    if (a->multilevel) {
        return a->multilevel->structured ? "multivariate model" : "multilevel model";
    }
    if (named[a->fit->method]) {
        return named[a->fit->method];
    }
    return a->fit->p > 1 ? "mixed-effects model" : "random-effects model";
}

const char *tq_analysis_test_label(const tq_analysis *a)
{
    static const char *const rules[TQ_MV_DF_COUNT] = {
        [TQ_MV_RESIDUAL] = "t with k - p df",
        [TQ_MV_CONTAIN] = "t with containment df",
        [TQ_MV_SATTERTHWAITE] = "t with Satterthwaite's df",
    };

    return a->multilevel && a->fit->test == TQ_TEST_T ? rules[a->multilevel->fit->df_rule]
                                                      : tq_test_label(a->fit->test);
}
