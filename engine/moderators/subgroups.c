/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subgroup pooling with separate or common tau2. */
#include "moderators/subgroups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "moderators/levels_internal.h"

/* The studies of one level, gathered. */
typedef struct {
    double *yi, *vi, *weights;
    double *count[4]; /* x1, n1, x2, n2 where the model has counts */
    tq_counts counts;
    double *X;   /* of the common tau2 alone */
    size_t *row; /* of the caller's arrays */
} gathered;

/* Fill groups->level with the distinct labels in byte order and groups->of with their indices. */
static tq_status find_levels(size_t k, const char *const *label, tq_subgroups *groups)
{
    const char **sorted = calloc(k, sizeof *sorted);
    size_t used = 0;

    if (!sorted) {
        return TQ_ENOMEM;
    }
    for (size_t i = 0; i < k; i++) {
        if (label[i]) {
            sorted[used++] = label[i];
        }
    }
    const size_t n = levels_of(used, sorted);

    groups->level = calloc(n ? n : 1, sizeof *groups->level);
    if (!groups->level) {
        free(sorted);
        return TQ_ENOMEM;
    }
    groups->n = n;
    for (size_t j = 0; j < n; j++) {
        groups->level[j].name = sorted[j];
    }
    for (size_t i = 0; i < k; i++) {
        groups->of[i] = TQ_NO_LEVEL;
        if (label[i]) {
            groups->of[i] = levels_find(n, sorted, label[i]);
            groups->level[groups->of[i]].k++;
        }
    }
    free(sorted);
    return TQ_OK;
}

/* Copy what the caller's counts say of study i, as far as they have it, to place k. */
static void gather_counts(const tq_counts *from, size_t i, size_t k, gathered *out)
{
    const double *const columns[] = {from->x1, from->n1, from->x2, from->n2};

    for (size_t c = 0; c < 4; c++) {
        if (columns[c]) {
            out->count[c][k] = columns[c][i];
        }
    }
}

/* Gather the studies of level j (TQ_NO_LEVEL: all that have a level); returns their number. */
static size_t gather(const tq_model *m, const tq_pool_options *opt, const tq_subgroups *groups,
                     size_t j, gathered *out)
{
    size_t k = 0;

    for (size_t i = 0; i < m->k; i++) {
        if (groups->of[i] == TQ_NO_LEVEL || (j != TQ_NO_LEVEL && groups->of[i] != j)) {
            continue;
        }
        out->yi[k] = m->yi[i];
        out->vi[k] = m->vi[i];
        out->weights[k] = opt->weights ? opt->weights[i] : 1.0;
        out->row[k] = i;
        if (m->counts) {
            gather_counts(m->counts, i, k, out);
        }
        k++;
    }
    return k;
}

/* The gathered studies as a model. */
static tq_model model_of(const tq_model *m, size_t k, size_t p, const double *X, gathered *part)
{
    tq_model out = {k, p, part->yi, part->vi, X, 1, NULL};

    if (m->counts) {
        const int two = m->counts->x2 != NULL;

        part->counts = (tq_counts){m->counts->scale, part->count[0], part->count[1],
                                   two ? part->count[2] : NULL, two ? part->count[3] : NULL};
        out.counts = &part->counts;
    }
    return out;
}

/* A row of the gathered studies is the caller's again. */
static tq_status translate(tq_status status, const gathered *part, size_t k, tq_error *err)
{
    if (status != TQ_OK && err && err->row < k) {
        err->row = part->row[err->row];
    }
    return status;
}

/* Treatment design of the classified studies: the first column 1, then a dummy per other level. */
static void factor_design(const tq_model *m, const tq_subgroups *groups, size_t k, double *X)
{
    size_t row = 0;

    memset(X, 0, k * groups->n * sizeof *X);
    for (size_t i = 0; i < m->k; i++) {
        if (groups->of[i] == TQ_NO_LEVEL) {
            continue;
        }
        X[row] = 1.0;
        if (groups->of[i] > 0) {
            X[row + groups->of[i] * k] = 1.0;
        }
        row++;
    }
}

/* QB and the common tau2 from the model with the factor as moderator. */
static tq_status fit_common(const tq_model *m, const tq_pool_options *opt, gathered *part,
                            tq_subgroups *groups, tq_pool_options *level_opt, tq_error *err)
{
    const size_t k = gather(m, opt, groups, TQ_NO_LEVEL, part);
    tq_pool_options factor_opt = *opt;
    tq_pool *fit = NULL;

    if (groups->n < 2 || k <= groups->n) {
        return TQ_OK; /* no comparison, or no degrees of freedom left for tau2 */
    }
    factor_design(m, groups, k, part->X);
    factor_opt.weights = opt->weights ? part->weights : NULL;
    factor_opt.ci_tau2 = TQ_CI_NONE;
    factor_opt.predict = TQ_PREDICT_NONE;
    const tq_model model = model_of(m, k, groups->n, part->X, part);
    const tq_status status =
        translate(tq_pool_fit_once(&model, &factor_opt, &fit, err), part, k, err);

    if (status == TQ_OK) {
        groups->QB = fit->QM;
        groups->QB_df = fit->QM_df1;
        groups->QB_df2 = fit->QM_df2;
        groups->QB_pval = fit->QM_pval;
        if (tq_method_random(opt->method)) {
            groups->tau2 = fit->tau2;
            level_opt->tau2 = fit->tau2;
        }
    }
    tq_pool_free(fit);
    return status;
}

static tq_status fit_level(const tq_model *m, const tq_pool_options *opt, gathered *part, size_t j,
                           tq_pool_work *work, tq_subgroups *groups, tq_error *err)
{
    tq_subgroup_level *level = &groups->level[j];
    tq_pool_options o = *opt;
    const size_t k = gather(m, opt, groups, j, part);
    const tq_model model = model_of(m, k, 1, NULL, part);

    o.weights = opt->weights ? part->weights : NULL;
    level->fit = tq_pool_new(k, 1);
    if (!level->fit) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    const tq_status status =
        translate(tq_pool_fit(&model, &o, work, level->fit, err), part, k, err);

    if (status != TQ_OK && err) {
        const tq_error inner = *err;
        char name[80];

        tq_copy_text(name, sizeof name, level->name);
        tq_fail(err, status, inner.row, inner.column, "subgroup '%s': %s", name, inner.message);
    }
    return status;
}

/* Heterogeneity between the levels' own estimates, each weighted by 1/se^2: Borenstein et al.
   (2009), Introduction to Meta-Analysis, ch. 19. Levels without an estimate (no events, for methods
   that pool counts) take no part. */
static void between_separate(tq_subgroups *groups)
{
    double sw = 0.0, swy = 0.0, QB = 0.0, y0 = NAN;
    size_t levels = 0;

    for (size_t j = 0; j < groups->n; j++) {
        const tq_pool *fit = groups->level[j].fit;

        if (fit->why_none) {
            continue;
        }
        const double w = 1.0 / (fit->se[0] * fit->se[0]);

        y0 = levels++ == 0 ? fit->beta[0] : y0;
        sw += w;
        swy += w * (fit->beta[0] - y0);
    }
    for (size_t j = 0; j < groups->n; j++) {
        const tq_pool *fit = groups->level[j].fit;
        const double z = fit->why_none ? 0.0 : (fit->beta[0] - y0 - swy / sw) / fit->se[0];

        QB += z * z;
    }
    if (levels >= 2 && isfinite(QB)) {
        groups->QB = QB;
        groups->QB_df = (double)(levels - 1);
        groups->QB_pval = tq_chisq_upper(QB, groups->QB_df);
    }
}

static void within(tq_subgroups *groups)
{
    groups->QW = groups->QW_df = 0.0;
    for (size_t j = 0; j < groups->n; j++) {
        const tq_pool *fit = groups->level[j].fit;
        const int likelihood = fit->method == TQ_GLMM; /* its test of heterogeneity is this one */

        if (!fit->why_none && fit->k > 1) {
            groups->QW += likelihood ? fit->lrt.stat : fit->QE;
            groups->QW_df += likelihood ? fit->lrt.df : fit->QE_df;
        }
    }
    if (isnan(groups->QW)) {
        groups->QW_df = NAN;
    } else {
        groups->QW_pval = tq_chisq_upper(groups->QW, groups->QW_df);
    }
}

static tq_status fit_levels(const tq_model *m, const tq_pool_options *opt, gathered *part,
                            tq_pool_work *work, tq_subgroups *groups, tq_error *err)
{
    tq_pool_options level_opt = *opt;
    tq_status status = TQ_OK;

    if (groups->mode == TQ_TAU2_COMMON) {
        status = fit_common(m, opt, part, groups, &level_opt, err);
    }
    for (size_t j = 0; status == TQ_OK && j < groups->n; j++) {
        status = fit_level(m, &level_opt, part, j, work, groups, err);
    }
    if (status == TQ_OK && groups->mode == TQ_TAU2_SEPARATE) {
        between_separate(groups);
    } else if (status == TQ_OK && groups->n == 1) {
        groups->tau2 = groups->level[0].fit->tau2;
    }
    if (status == TQ_OK) {
        within(groups);
    }
    return status;
}

tq_subgroups *tq_subgroups_new(size_t k, const char *by, const char *const *label,
                               tq_subgroup_tau2 mode)
{
    tq_subgroups *groups = calloc(1, sizeof *groups);

    if (!groups) {
        return NULL;
    }
    *groups = (tq_subgroups){.by = by,
                             .mode = mode,
                             .of = calloc(k, sizeof *groups->of),
                             .tau2 = NAN,
                             .QB = NAN,
                             .QB_df = NAN,
                             .QB_df2 = NAN,
                             .QB_pval = NAN,
                             .QW = NAN,
                             .QW_df = NAN,
                             .QW_pval = NAN};
    if (!groups->of || find_levels(k, label, groups) != TQ_OK) {
        tq_subgroups_free(groups);
        return NULL;
    }
    return groups;
}

tq_status tq_subgroups_fit(const tq_model *model, const tq_pool_options *opt, const char *by,
                           const char *const *label, tq_subgroup_tau2 mode, tq_subgroups **out,
                           tq_error *err)
{
    const size_t k = model->k;
    const tq_pool_options defaults = tq_pool_defaults();

    if (k < 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to pool");
    }
    if (opt && mode == TQ_TAU2_COMMON && tq_method_counts(opt->method) &&
        !tq_method_random(opt->method)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method %s has no tau2 that levels could have in common; use separate",
                       tq_method_name(opt->method));
    }
    tq_subgroups *groups = tq_subgroups_new(k, by, label, mode);
    tq_pool_work *work = tq_pool_work_new(k, 1);
    const size_t design = groups && mode == TQ_TAU2_COMMON ? groups->n : 0;
    double *block = groups ? calloc(k, (7 + design) * sizeof *block) : NULL;
    size_t *row = calloc(k, sizeof *row);
    tq_status status = TQ_ENOMEM;

    if (work && block && row) {
        gathered part = {.yi = block,
                         .vi = block + k,
                         .weights = block + 2 * k,
                         .count = {block + 3 * k, block + 4 * k, block + 5 * k, block + 6 * k},
                         .X = block + 7 * k,
                         .row = row};

        status = fit_levels(model, opt ? opt : &defaults, &part, work, groups, err);
    } else {
        tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    free(row);
    free(block);
    tq_pool_work_free(work);
    if (status != TQ_OK) {
        tq_subgroups_free(groups);
        return status;
    }
    *out = groups;
    return TQ_OK;
}

void tq_subgroups_free(tq_subgroups *groups)
{
    if (!groups) {
        return;
    }
    for (size_t j = 0; groups->level && j < groups->n; j++) {
        tq_pool_free(groups->level[j].fit);
    }
    free(groups->level);
    free(groups->of);
    free(groups);
}
