/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cluster-robust inference: weights of a working model before the fit, covariance and tests after it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frame/text_numbers.h"
#include "linalg/dense.h"
#include "report/analysis_internal.h"

tq_robust_spec tq_robust_spec_defaults(void)
{
    return (tq_robust_spec){
        .type = TQ_ROBUST_CR2, .weighted_by = -1, .rho = 0.8, .bootstrap = tq_wild_defaults()};
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- clusters ---- */

static void count_largest(tq_robust_report *r, size_t k, size_t *count)
{
    for (size_t i = 0; i < k; i++) {
        const size_t n = ++count[r->cluster[i]];

        r->largest = n > r->largest ? n : r->largest;
    }
}

static tq_status number_clusters(const tq_dataset *data, const tq_variable *key,
                                 tq_robust_report *r, tq_arena *arena, tq_error *err)
{
    const char **text = tq_arena_take(arena, data->k + 1, sizeof *text);
    size_t *count = tq_arena_take(arena, data->k + 1, sizeof *count);

    r->by = key->name;
    r->cluster = tq_arena_take(arena, data->k + 1, sizeof *r->cluster);
    if (!text || !count || !r->cluster) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->k; i++) {
        text[i] = key->text[data->used[i]];
    }
    const tq_status status = tq_number_texts(data->k, text, r->cluster, NULL, &r->m, err);

    if (status == TQ_OK) {
        count_largest(r, data->k, count);
    }
    return status;
}

/* ---- before the fit ---- */

/* Methods whose pooled effect is a weighted mean of effects with a covariance that is known. */
static tq_status check_method(const analysis_input *in, tq_error *err)
{
    const tq_analysis_spec *spec = in->spec;
    const tq_method method = spec->options.method;

    if (tq_method_counts(method) || method == TQ_HC) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--cluster: method %s is no weighted regression of effects, which robust "
                       "inference is about",
                       tq_method_name(method));
    }
    if (spec->scale || spec->selmodel || spec->trim_fill) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--cluster and %s exclude each other",
                       spec->scale      ? "--scale"
                       : spec->selmodel ? "selection models"
                                        : "trim and fill");
    }
    return TQ_OK;
}

static tq_status take_working_weights(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_robust_spec *spec = in->spec->robust;
    tq_robust_report *r = a->robust;
    const tq_model *m = &in->of.model;

    if (in->of.weights) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--weights and --working exclude each other: both say what effects weigh");
    }
    r->weight = tq_arena_take(a->arena, m->k + 1, sizeof *r->weight);
    if (!r->weight) {
        return no_memory(err);
    }
    const tq_status status =
        tq_working_weights(m->k, m->p, m->X, m->yi, m->vi, r->cluster, r->m,
                           (tq_working)spec->weighted_by, spec->rho, r->weight, &r->working, err);

    if (status != TQ_OK) {
        analysis_locate(in->data, err);
        return status;
    }
    a->options.weights = r->weight;
    a->options.tau2 = r->working.tau2 + (isnan(r->working.omega2) ? 0.0 : r->working.omega2);
    a->weights_name = tq_working_name((tq_working)spec->weighted_by);
    return TQ_OK;
}

tq_status analysis_clusters(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_robust_spec *spec = in->spec->robust;
    tq_status status = spec ? check_method(in, err) : TQ_OK;

    if (!spec || status != TQ_OK) {
        return status;
    }
    a->robust = tq_arena_take(a->arena, 1, sizeof *a->robust);
    if (!a->robust) {
        return no_memory(err);
    }
    a->robust->weighted_by = spec->weighted_by;
    a->robust->rho = spec->rho;
    a->robust->seed = spec->bootstrap.seed;
    status = number_clusters(in->data, &in->data->key[spec->key], a->robust, a->arena, err);
    return status == TQ_OK && spec->weighted_by >= 0 ? take_working_weights(in, a, err) : status;
}

/* ---- the regression ---- */

/* The fitted regression, with arrays of its own. */
typedef struct {
    tq_robust_problem of;
    double *X, *WX, *residual, *bread;
    tq_block_matrix *Phi;
} regression;

static void free_regression(regression *g)
{
    free(g->X);
    free(g->WX);
    free(g->residual);
    free(g->bread);
    tq_block_matrix_free(g->Phi);
}

/* Effects of a pooled model are independent but for tau2 in its working model: W and Phi are diagonal. */
static tq_status pooled_regression(const analysis_input *in, const tq_analysis *a, regression *g,
                                   tq_error *err)
{
    const tq_model *m = &in->of.model;
    const size_t k = m->k, p = m->p;
    const double tau2 = isnan(a->fit->tau2) ? 0.0 : a->fit->tau2;
    double *variance = calloc(k + 1, sizeof *variance), logdet;
    tq_status status = variance ? TQ_OK : no_memory(err);

    for (size_t i = 0; status == TQ_OK && i < k; i++) {
        const double w = a->fit->weight[i] / 100.0;

        variance[i] = a->robust->weight ? 1.0 / a->robust->weight[i] : m->vi[i] + tau2;
        for (size_t c = 0; c < p; c++) {
            g->X[i + c * k] = m->X ? m->X[i + c * k] : 1.0;
            g->WX[i + c * k] = w * g->X[i + c * k];
        }
    }
    if (status == TQ_OK) {
        for (size_t c = 0; c < p; c++) {
            for (size_t d = 0; d < p; d++) {
                tq_cross(k, 1, g->X + c * k, NULL, g->WX + d * k, &g->bread[c + d * p]);
            }
        }
        status = tq_invert_spd(p, g->bread, &logdet, err);
        g->Phi = tq_block_matrix_diagonal(k, variance);
        status = status == TQ_OK && !g->Phi ? no_memory(err) : status;
    }
    free(variance);
    return status;
}

static int in_one_cluster(const size_t *cluster, size_t n, const size_t *row)
{
    size_t i = 1;

    while (i < n && cluster[row[i]] == cluster[row[0]]) {
        i++;
    }
    return i >= n;
}

/* The blocks of M, which is Phi. One that reaches into two clusters stays empty: it is going to be refused. */
static tq_status marginal_blocks(const tq_mv_fit *fit, const size_t *cluster, tq_block_matrix **out,
                                 tq_error *err)
{
    size_t *size = calloc(fit->n_blocks + 1, sizeof *size);
    tq_block_matrix *M = NULL;
    tq_status status = TQ_OK;

    for (size_t b = 0; size && b < fit->n_blocks; b++) {
        tq_mv_block(fit, b, &size[b]);
    }
    M = size ? tq_block_matrix_new(fit->n_blocks, size) : NULL;
    status = M ? TQ_OK : no_memory(err);
    for (size_t b = 0; status == TQ_OK && b < fit->n_blocks; b++) {
        size_t n;
        const size_t *row = tq_mv_block(fit, b, &n);

        memcpy(M->row + M->start[b], row, n * sizeof *row);
        status = in_one_cluster(cluster, n, row) ? tq_mv_marginal(fit, b, M->value + M->at[b], err)
                                                 : TQ_OK;
    }
    free(size);
    if (status != TQ_OK) {
        tq_block_matrix_free(M);
        return status;
    }
    *out = M;
    return TQ_OK;
}

/* Of a multilevel model: W is the inverse of the marginal covariance M. */
static tq_status multilevel_regression(const analysis_input *in, const tq_mv_model *m,
                                       const tq_mv_fit *fit, const size_t *cluster, regression *g,
                                       tq_error *err)
{
    const size_t k = m->k, p = m->p;

    for (size_t x = 0; x < k * p; x++) {
        g->X[x] = m->X ? m->X[x] : 1.0;
    }
    memcpy(g->WX, g->X, k * p * sizeof *g->WX);
    memcpy(g->bread, fit->vb_model, p * p * sizeof *g->bread);
    const tq_status status = tq_mv_solve(fit, p, g->WX, err);

    return status == TQ_OK && in->spec->robust->type == TQ_ROBUST_CR2
               ? marginal_blocks(fit, cluster, &g->Phi, err)
               : status;
}

/* mv, fit: of a multilevel model; NULL: the pooled one of the analysis. */
static tq_status take_regression(const analysis_input *in, const tq_analysis *a,
                                 const tq_mv_model *mv, const tq_mv_fit *fit, regression *g,
                                 tq_error *err)
{
    const tq_model *m = &in->of.model;
    const size_t k = m->k, p = mv ? mv->p : m->p;
    const double *beta = fit ? fit->beta : a->fit->beta;

    g->X = calloc(k * p + 1, sizeof *g->X);
    g->WX = calloc(k * p + 1, sizeof *g->WX);
    g->residual = calloc(k + 1, sizeof *g->residual);
    g->bread = calloc(p * p + 1, sizeof *g->bread);
    if (!g->X || !g->WX || !g->residual || !g->bread) {
        return no_memory(err);
    }
    const tq_status status = mv && fit
                                 ? multilevel_regression(in, mv, fit, a->robust->cluster, g, err)
                                 : pooled_regression(in, a, g, err);

    for (size_t i = 0; status == TQ_OK && i < k; i++) {
        g->residual[i] = m->yi[i];
        for (size_t c = 0; c < p; c++) {
            g->residual[i] -= g->X[i + c * k] * beta[c];
        }
    }
    g->of = (tq_robust_problem){
        k, p, g->X, g->WX, g->residual, beta, g->bread, g->Phi, a->robust->cluster, a->robust->m};
    return status;
}

/* ---- tests ---- */

/* All but the intercept, then each term with several columns where there are others beside it. */
static tq_status list_tests(tq_analysis *a, tq_error *err)
{
    const tq_design *d = a->design;
    const size_t first = d && d->intercept ? 1 : 0, p = a->fit->p;
    tq_robust_test *list = tq_arena_take(a->arena, d ? d->n_terms + 1 : 1, sizeof *list);
    size_t n = 0;

    if (!list) {
        return no_memory(err);
    }
    if (d && p > first && p > 1) {
        list[n] = (tq_robust_test){.name = "moderators", .first = first, .n = p - first};
        n++;
    }
    for (size_t t = 0; d && t < d->n_terms; t++) {
        if (d->term[t].n > 1 && d->term[t].n < p - first) {
            list[n] = (tq_robust_test){
                .name = d->term[t].name, .first = d->term[t].first, .n = d->term[t].n};
            n++;
        }
    }
    a->robust->test = list;
    a->robust->n_tests = n;
    return TQ_OK;
}

static tq_status bootstrap(const tq_robust_spec *spec, const tq_robust *fit, size_t first, size_t n,
                           tq_wild *out, tq_error *err)
{
    double *C = calloc(n * fit->p + 1, sizeof *C);
    tq_status status = C ? TQ_OK : no_memory(err);

    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        C[i + (first + i) * n] = 1.0;
    }
    status = status == TQ_OK ? tq_robust_wild(fit, n, C, NULL, &spec->bootstrap, out, err) : status;
    free(C);
    return status;
}

static tq_status run_tests(const tq_robust_spec *spec, tq_robust_report *r, tq_arena *arena,
                           tq_error *err)
{
    const size_t p = r->fit->p;
    size_t *column = tq_arena_take(arena, p + 1, sizeof *column);
    tq_robust_test *list = tq_arena_take(arena, r->n_tests + 1, sizeof *list);
    tq_status status = column && list ? TQ_OK : no_memory(err);

    for (size_t t = 0; status == TQ_OK && t < r->n_tests; t++) {
        list[t] = r->test[t];
        list[t].wild.pval = NAN;
        for (size_t i = 0; i < list[t].n; i++) {
            column[i] = list[t].first + i;
        }
        status = tq_robust_wald_columns(r->fit, list[t].n, column, &list[t].wald, err);
        if (status == TQ_OK && spec->wild) {
            status = bootstrap(spec, r->fit, list[t].first, list[t].n, &list[t].wild, err);
        }
    }
    r->test = list;
    if (status != TQ_OK || !spec->wild) {
        return status;
    }
    r->wild = tq_arena_take(arena, p + 1, sizeof *r->wild);
    status = r->wild ? TQ_OK : no_memory(err);
    for (size_t c = 0; status == TQ_OK && c < p; c++) {
        status = bootstrap(spec, r->fit, c, 1, &r->wild[c], err);
    }
    return status;
}

tq_prediction analysis_robust_prediction(const tq_analysis *a, const double *x,
                                         const tq_prediction *model)
{
    tq_prediction out = *model;
    tq_linear at;

    tq_robust_linear(a->robust->fit, x, 0.0, &at);
    out.se = at.se;
    out.ci_lb = at.ci_lb;
    out.ci_ub = at.ci_ub;
    return out;
}

tq_status analysis_robust_of(const analysis_input *in, const tq_analysis *a,
                             const tq_mv_model *model, const tq_mv_fit *fit, tq_robust **out,
                             tq_error *err)
{
    const tq_robust_spec *spec = in->spec->robust;
    regression g = {0};
    tq_status status = take_regression(in, a, model, fit, &g, err);

    if (status == TQ_OK) {
        status =
            tq_robust_fit(&g.of, spec->type, a->options.level, spec->bootstrap.threads, out, err);
    }
    free_regression(&g);
    return status;
}

tq_status analysis_robust(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_robust_spec *spec = in->spec->robust;
    tq_robust_report *r = a->robust;
    const tq_multilevel *m = a->multilevel;

    if (!spec) {
        return TQ_OK;
    }
    tq_status status =
        analysis_robust_of(in, a, m ? &m->model : NULL, m ? m->fit : NULL, &r->fit, err);

    if (status != TQ_OK) {
        analysis_locate(in->data, err);
        return status;
    }
    status = list_tests(a, err);
    status = status == TQ_OK ? run_tests(spec, r, a->arena, err) : status;
    const tq_prediction p = {a->fit->p == 1 ? r->fit->beta[0] : (double)NAN,
                             NAN,
                             r->fit->ci_lb[0],
                             r->fit->ci_ub[0],
                             NAN,
                             NAN,
                             NAN};

    r->natural = analysis_natural(a->transform, &p, a->ni_mean);
    return status;
}
