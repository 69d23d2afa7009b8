/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A multilevel model by the levels of a --subgroup. */
#include <math.h>
#include <string.h>

#include "core/distributions.h"
#include "report/dependent/multilevel_factors_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

void analysis_level_models_free(tq_level_models *models)
{
    if (models) {
        tq_mv_subgroups_free(models->fit);
        tq_robust_free(models->robust);
    }
}

/* The fit that holds the components of level j; NULL: a level of one effect. */
static const tq_mv_fit *fit_of(const tq_level_models *models, size_t j)
{
    return models->fit->joint ? models->fit->joint : models->fit->level[j].fit;
}

static tq_status count_clusters(const tq_analysis *a, const size_t *of, size_t n,
                                tq_level_models *out, tq_error *err)
{
    const tq_multilevel *m = a->multilevel;
    const size_t groups = m->model.n_terms ? m->term[0].levels : 0;
    unsigned char *seen = tq_arena_take(a->arena, groups * n + 1, sizeof *seen);

    out->clusters = tq_arena_take(a->arena, n, sizeof *out->clusters);
    if (!seen || !out->clusters) {
        return no_memory(err);
    }
    for (size_t i = 0; groups && i < a->k; i++) {
        if (of[i] != TQ_NO_LEVEL) {
            seen[m->model.term[0].group[i] * n + of[i]] = 1;
        }
    }
    for (size_t g = 0; g < groups; g++) {
        size_t levels = 0;

        for (size_t j = 0; j < n; j++) {
            levels += seen[g * n + j];
            out->clusters[j] += seen[g * n + j];
        }
        out->shared += levels > 1;
    }
    return TQ_OK;
}

/* ---- a level as a pooled fit ---- */

static void copy_mean(const tq_linear *mean, tq_pool *to)
{
    to->beta[0] = mean->est;
    to->se[0] = mean->se;
    to->stat[0] = mean->stat;
    to->df[0] = mean->df;
    to->pval[0] = mean->pval;
    to->ci_lb[0] = mean->ci_lb;
    to->ci_ub[0] = mean->ci_ub;
    to->vb[0] = to->vb_model[0] = mean->se * mean->se;
    to->kr[0] = 0.0;
}

static void fill_level(const analysis_input *in, const tq_analysis *a, const tq_block *block,
                       size_t j, tq_pool *to)
{
    const tq_level_models *models = block->models;
    const tq_mv_level *level = &models->fit->level[j];
    const tq_mv_fit *fit = fit_of(models, j);
    const double total = fit ? multilevel_total(in, a->multilevel, fit, TQ_NO_ROW, block->fit->by,
                                                block->fit->level[j].name)
                             : (double)NAN;

    multilevel_clear(to);
    to->k = level->k;
    to->p = 1;
    to->method = a->fit->method;
    to->test = a->fit->test;
    to->level = a->fit->level;
    to->predict = a->fit->predict;
    copy_mean(&level->mean, to);
    multilevel_prediction(a, &level->mean, total, &to->prediction);
    to->typical_vi = level->typical_vi;
    to->QE = level->QE;
    to->QE_df = level->QE_df;
    to->QE_pval = level->QE_pval;
    to->I2 = level->k > 1 ? 100.0 * total / (total + level->typical_vi) : (double)NAN;
    to->ll = models->fit->joint || !fit ? (double)NAN : fit->ll;
}

/* Fits of the levels with what the views of pooled levels ask for. */
static tq_status fill_levels(const analysis_input *in, tq_analysis *a, tq_block *block,
                             tq_error *err)
{
    tq_level_models *models = block->models;
    tq_subgroups *g = block->fit;
    const size_t n = a->multilevel->fit->n_components;

    models->n_components = n;
    models->component = tq_arena_take(a->arena, g->n * n + 1, sizeof *models->component);
    if (!models->component) {
        return no_memory(err);
    }
    g->QW = g->QW_df = 0.0;
    for (size_t j = 0; j < g->n; j++) {
        const tq_mv_fit *fit = fit_of(models, j);

        g->level[j].fit = tq_pool_new(g->level[j].k, 1);
        if (!g->level[j].fit) {
            return no_memory(err);
        }
        fill_level(in, a, block, j, g->level[j].fit);
        g->QW += models->fit->level[j].QE;
        g->QW_df += models->fit->level[j].QE_df;
        for (size_t r = 0; r < n; r++) {
            models->component[j * n + r] = fit ? fit->component[r].value : (double)NAN;
        }
    }
    g->QW_pval = g->QW_df > 0.0 ? tq_chisq_upper(g->QW, g->QW_df) : (double)NAN;
    g->QB = models->fit->between.stat;
    g->QB_df = models->fit->between.df1;
    g->QB_df2 = models->fit->between.df2;
    g->QB_pval = models->fit->between.pval;
    return TQ_OK;
}

/* ---- robust inference ---- */

static tq_status make_robust(const analysis_input *in, tq_analysis *a, tq_level_models *models,
                             tq_error *err)
{
    const tq_robust_spec *spec = in->spec->robust;
    const size_t n = models->fit->n;

    models->between = (tq_wald){NAN, NAN, NAN, NAN};
    if (!spec) {
        return TQ_OK;
    }
    const tq_status status =
        tq_mv_subgroups_robust(models->fit, a->robust->cluster, spec->type, a->options.level,
                               spec->bootstrap.threads, &models->robust, &models->between, err);

    models->natural = status == TQ_OK ? tq_arena_take(a->arena, n, sizeof *models->natural) : NULL;
    if (status != TQ_OK || !models->natural) {
        return status == TQ_OK ? no_memory(err) : status;
    }
    for (size_t j = 0; j < n; j++) {
        const tq_robust *r = models->robust;
        const tq_prediction p = {r->beta[j], NAN, r->ci_lb[j], r->ci_ub[j], NAN, NAN, NAN};

        models->natural[j] = analysis_natural(a->transform, &p, a->ni_mean);
    }
    return TQ_OK;
}

tq_status analysis_level_models(const analysis_input *in, tq_analysis *a, const char *by,
                                const char *const *label, tq_block *block, tq_error *err)
{
    const tq_multilevel *m = a->multilevel;
    const tq_subgroup_tau2 mode = in->spec->subgroup_tau2;
    tq_subgroups *g = tq_subgroups_new(a->k, by, label, mode);
    const char **name = g ? tq_arena_take(a->arena, g->n, sizeof *name) : NULL;
    tq_status status;

    block->fit = g;
    block->models = tq_arena_take(a->arena, 1, sizeof *block->models);
    if (!g || !name || !block->models) {
        return no_memory(err);
    }
    for (size_t j = 0; j < g->n; j++) {
        name[j] = g->level[j].name;
    }
    status = tq_mv_subgroups_fit(&m->model, &m->options, mode, g->n, g->of, name,
                                 &block->models->fit, err);
    status = status == TQ_OK ? count_clusters(a, g->of, g->n, block->models, err) : status;
    status = status == TQ_OK ? fill_levels(in, a, block, err) : status;
    return status == TQ_OK ? make_robust(in, a, block->models, err) : status;
}
