/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A multilevel model by the levels of a factor: separate models, or one with a mean for each. */
#include "multilevel/multilevel_subgroups.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "multilevel/multilevel_internal.h"

/* Effects that are fitted together: those of a level, or all. */
typedef struct {
    mv_subset *rows;
    const tq_mv_fit *fit; /* NULL: one effect, whose sampling variance is v */
    double v;
    size_t column, n; /* coefficients: the levels from `column` on */
} part;

struct tq_mv_level_parts {
    const tq_mv_model *model;
    size_t n;
    part *part;
    double *X; /* common: [k x n] */
};

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

void tq_mv_subgroups_free(tq_mv_subgroups *g)
{
    if (!g) {
        return;
    }
    for (size_t j = 0; g->level && j < g->n; j++) {
        tq_mv_fit_free(g->level[j].fit);
    }
    tq_mv_fit_free(g->joint);
    for (size_t i = 0; g->parts && g->parts->part && i < g->parts->n; i++) {
        mv_subset_free(g->parts->part[i].rows);
    }
    if (g->parts) {
        free(g->parts->part);
        free(g->parts->X);
    }
    free(g->parts);
    free(g->level);
    free(g);
}

/* ---- rows ---- */

/* The effects of level j (TQ_NO_LEVEL: all that have one) of the mean model. */
static tq_status take_rows(const tq_mv_model *model, const size_t *of, size_t j, mv_subset **out,
                           tq_error *err)
{
    unsigned char *keep = malloc(model->k + 1);
    tq_mv_model mean = *model;

    if (!keep) {
        return no_memory(err);
    }
    mean.X = NULL;
    mean.p = 1;
    mean.intercept = 1;
    for (size_t i = 0; i < model->k; i++) {
        keep[i] = of[i] != TQ_NO_LEVEL && (j == TQ_NO_LEVEL || of[i] == j);
    }
    *out = mv_subset_new(&mean, keep);
    free(keep);
    return *out ? TQ_OK : no_memory(err);
}

/* An error of a level's fit names the level and the row of the whole model. */
static tq_status in_level(tq_status status, const char *name, const mv_subset *rows, size_t k,
                          tq_error *err)
{
    if (status == TQ_OK || status == TQ_ENOMEM || status == TQ_EINTR || !err) {
        return status;
    }
    const tq_error inner = *err;
    size_t row = TQ_NO_ROW;

    for (size_t i = 0; inner.row != TQ_NO_ROW && i < k; i++) {
        row = rows->new_row[i] == inner.row ? i : row;
    }
    return name ? tq_fail(err, status, row, inner.column, "subgroup '%.60s': %.180s", name,
                          inner.message)
                : tq_fail(err, status, row, inner.column, "%.240s", inner.message);
}

/* Q of the effects against their mean by V alone. */
static tq_status find_q(const mv_subset *rows, const tq_mv_options *opt, tq_mv_level *level,
                        tq_error *err)
{
    tq_mv_model fixed = rows->model;
    tq_mv_options plain = *opt;
    tq_mv_fit *fit = NULL;

    level->QE = level->QE_df = 0.0;
    level->QE_pval = 1.0;
    level->typical_vi = NAN;
    if (level->k < 2) {
        return TQ_OK;
    }
    fixed.n_terms = 0;
    plain.fixed = NULL;
    plain.equal = NULL;
    plain.test = TQ_MV_Z;
    const tq_status status = tq_mv_fit_model(&fixed, &plain, &fit, err);

    if (status == TQ_OK) {
        level->QE = fit->QE;
        level->QE_df = fit->QE_df;
        level->QE_pval = fit->QE_pval;
        level->typical_vi = fit->typical_vi;
    }
    tq_mv_fit_free(fit);
    return status;
}

/* ---- separate ---- */

/* An effect alone is its level's result. */
static void take_effect(const part *p, const tq_mv_options *opt, tq_mv_level *level)
{
    const double est = p->rows->model.yi[0], se = sqrt(p->v),
                 half = tq_critical_value(opt->level, NAN) * se;

    level->mean =
        (tq_linear){est, se, est / se, NAN, tq_two_sided_p(est / se, NAN), est - half, est + half};
}

static tq_status fit_alone(const tq_mv_model *model, const tq_mv_options *opt, const size_t *of,
                           size_t j, const char *name, tq_mv_subgroups *g, tq_error *err)
{
    tq_mv_level *level = &g->level[j];
    part *p = &g->parts->part[j];
    const double one = 1.0;
    tq_status status = take_rows(model, of, j, &p->rows, err);

    *p = (part){.rows = p->rows, .v = NAN, .column = j, .n = 1};
    if (status != TQ_OK) {
        return status;
    }
    status = find_q(p->rows, opt, level, err);
    if (status == TQ_OK && level->k == 1) {
        p->v = p->rows->model.V->value[0];
        take_effect(p, opt, level);
        return TQ_OK;
    }
    status = status == TQ_OK ? tq_mv_fit_model(&p->rows->model, opt, &level->fit, err) : status;
    if (status == TQ_OK) {
        p->fit = level->fit;
        tq_mv_linear(level->fit, &one, 0.0, &level->mean);
    }
    return in_level(status, name, p->rows, model->k, err);
}

/* Heterogeneity between estimates that each weigh 1/se^2, taken for independent: Borenstein et al. (2009),
   Introduction to Meta-Analysis, ch. 19. */
static void between_separate(tq_mv_subgroups *g)
{
    const double y0 = g->level[0].mean.est;
    double sw = 0.0, swy = 0.0, Q = 0.0;

    for (size_t j = 0; j < g->n; j++) {
        const tq_linear *m = &g->level[j].mean;
        const double w = 1.0 / (m->se * m->se);

        sw += w;
        swy += w * (m->est - y0);
    }
    for (size_t j = 0; j < g->n; j++) {
        const tq_linear *m = &g->level[j].mean;
        const double z = (m->est - y0 - swy / sw) / m->se;

        Q += z * z;
    }
    g->between = (tq_wald){Q, (double)(g->n - 1), NAN, tq_chisq_upper(Q, (double)(g->n - 1))};
}

/* ---- common ---- */

/* A column for each level, which is its mean. */
static int add_design(const size_t *of, size_t k, part *p, tq_mv_subgroups *g)
{
    const size_t rows = p->rows->model.k;

    g->parts->X = calloc(rows * g->n + 1, sizeof *g->parts->X);
    for (size_t i = 0; g->parts->X && i < k; i++) {
        if (of[i] != TQ_NO_LEVEL) {
            g->parts->X[p->rows->new_row[i] + of[i] * rows] = 1.0;
        }
    }
    p->rows->model.X = g->parts->X;
    p->rows->model.p = g->n;
    p->rows->model.intercept = g->n == 1;
    return g->parts->X != NULL;
}

/* [n - 1 x n] the levels' means less the first; NULL: out of memory. */
static double *differences(size_t n)
{
    const size_t m = n - 1;
    double *L = calloc(m * n + 1, sizeof *L);

    for (size_t j = 0; L && j < m; j++) {
        L[j] = -1.0;
        L[j + (j + 1) * m] = 1.0;
    }
    return L;
}

static tq_status test_differences(tq_mv_subgroups *g, tq_error *err)
{
    double *L = differences(g->n);

    if (!L) {
        return no_memory(err);
    }
    const tq_status status = tq_mv_wald(g->joint, g->n - 1, L, NULL, &g->between, err);

    free(L);
    return status;
}

static tq_status find_means(const tq_mv_model *model, const tq_mv_options *opt, const size_t *of,
                            const char *const *name, tq_mv_subgroups *g, tq_error *err)
{
    double *c = calloc(g->n, sizeof *c);
    tq_status status = c ? TQ_OK : no_memory(err);

    for (size_t j = 0; status == TQ_OK && j < g->n; j++) {
        mv_subset *rows = NULL;

        c[j] = 1.0;
        tq_mv_linear(g->joint, c, 0.0, &g->level[j].mean);
        c[j] = 0.0;
        status = take_rows(model, of, j, &rows, err);
        status = status == TQ_OK
                     ? in_level(find_q(rows, opt, &g->level[j], err), name[j], rows, model->k, err)
                     : status;
        mv_subset_free(rows);
    }
    free(c);
    return status;
}

static tq_status fit_together(const tq_mv_model *model, const tq_mv_options *opt, const size_t *of,
                              const char *const *name, tq_mv_subgroups *g, tq_error *err)
{
    part *p = &g->parts->part[0];
    tq_status status = TQ_OK;

    if (g->k <= g->n) {
        return tq_fail(
            err, TQ_EDATA, TQ_NO_ROW, NULL,
            "%zu effects in %zu levels leave none for components that the levels have in "
            "common; use separate",
            g->k, g->n);
    }
    status = take_rows(model, of, TQ_NO_LEVEL, &p->rows, err);
    if (status != TQ_OK) {
        return status;
    }
    p->n = g->n;
    status = add_design(of, model->k, p, g) ? TQ_OK : no_memory(err);
    status = status == TQ_OK ? tq_mv_fit_model(&p->rows->model, opt, &g->joint, err) : status;
    p->fit = g->joint;
    status = in_level(status, NULL, p->rows, model->k, err);
    status = status == TQ_OK ? find_means(model, opt, of, name, g, err) : status;
    return status == TQ_OK && g->n > 1 ? test_differences(g, err) : status;
}

/* ---- the whole ---- */

static tq_mv_subgroups *new_groups(const tq_mv_model *model, tq_subgroup_tau2 mode, size_t n,
                                   const size_t *of)
{
    tq_mv_subgroups *g = calloc(1, sizeof *g);

    if (!g) {
        return NULL;
    }
    *g = (tq_mv_subgroups){.mode = mode, .n = n, .between = {NAN, NAN, NAN, NAN}};
    g->level = calloc(n, sizeof *g->level);
    g->parts = calloc(1, sizeof *g->parts);
    if (g->parts) {
        g->parts->model = model;
        g->parts->n = mode == TQ_TAU2_COMMON ? 1 : n;
        g->parts->part = calloc(g->parts->n, sizeof *g->parts->part);
    }
    if (!g->level || !g->parts || !g->parts->part) {
        tq_mv_subgroups_free(g);
        return NULL;
    }
    for (size_t i = 0; i < model->k; i++) {
        if (of[i] != TQ_NO_LEVEL) {
            g->level[of[i]].k++;
            g->k++;
        }
    }
    return g;
}

tq_status tq_mv_subgroups_fit(const tq_mv_model *model, const tq_mv_options *opt,
                              tq_subgroup_tau2 mode, size_t n, const size_t *of,
                              const char *const *name, tq_mv_subgroups **out, tq_error *err)
{
    tq_mv_subgroups *g = n > 0 ? new_groups(model, mode, n, of) : NULL;
    tq_status status = TQ_OK;

    if (n == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no effect has a level");
    }
    if (!g) {
        return no_memory(err);
    }
    if (mode == TQ_TAU2_COMMON) {
        status = fit_together(model, opt, of, name, g, err);
    }
    for (size_t j = 0; mode == TQ_TAU2_SEPARATE && status == TQ_OK && j < n; j++) {
        status = fit_alone(model, opt, of, j, name[j], g, err);
    }
    if (status != TQ_OK) {
        tq_mv_subgroups_free(g);
        return status;
    }
    if (mode == TQ_TAU2_SEPARATE && n > 1) {
        between_separate(g);
    }
    *out = g;
    return TQ_OK;
}

/* ---- robust inference ---- */

/* The regression of some parts, one after the other. */
typedef struct {
    const tq_mv_subgroups *g;
    const part *part; /* [n_parts] */
    size_t n_parts, k, p;
    size_t first; /* level of the first coefficient */
    double *X, *WX, *residual, *beta, *bread;
    size_t *cluster, m;
    tq_block_matrix *Phi;
    double *room;
} stack;

/* The coefficients of a part: its rows of X, and what follows from its fit. */
static tq_status stack_part(stack *s, const part *p, size_t at, tq_error *err)
{
    const tq_mv_model *model = &p->rows->model;
    const size_t k = model->k;
    double *B = malloc((k * p->n + 1) * sizeof *B);
    tq_status status = B ? TQ_OK : no_memory(err);

    if (status == TQ_OK) {
        memcpy(B, model->X, k * p->n * sizeof *B);
        B[0] = p->fit ? B[0] : 1.0 / p->v;
        status = p->fit ? tq_mv_solve(p->fit, p->n, B, err) : TQ_OK;
    }
    for (size_t c = 0; status == TQ_OK && c < p->n; c++) {
        const size_t column = p->column - s->first + c;

        s->beta[column] = s->g->level[p->column + c].mean.est;
        memcpy(s->X + at + column * s->k, model->X + c * k, k * sizeof *B);
        memcpy(s->WX + at + column * s->k, B + c * k, k * sizeof *B);
        for (size_t d = 0; d < p->n; d++) {
            s->bread[column + (column - c + d) * s->p] =
                p->fit ? p->fit->vb_model[c + d * p->n] : p->v;
        }
    }
    free(B);
    return status;
}

/* The blocks of M of every part. */
static tq_status stack_blocks(stack *s, tq_error *err)
{
    size_t *size = malloc((s->k + 1) * sizeof *size), n = 0, at = 0;
    tq_status status = TQ_OK;

    for (size_t i = 0; size && i < s->n_parts; i++) {
        const tq_mv_fit *fit = s->part[i].fit;

        for (size_t b = 0; b < (fit ? fit->n_blocks : 1); b++, n++) {
            size[n] = 1;
            if (fit) {
                tq_mv_block(fit, b, &size[n]);
            }
        }
    }
    s->Phi = size ? tq_block_matrix_new(n, size) : NULL;
    free(size);
    if (!s->Phi) {
        return no_memory(err);
    }
    n = 0;
    for (size_t i = 0; status == TQ_OK && i < s->n_parts; i++) {
        const part *p = &s->part[i];

        if (!p->fit) {
            s->Phi->row[s->Phi->start[n]] = at;
            s->Phi->value[s->Phi->at[n++]] = p->v;
        }
        for (size_t b = 0; p->fit && status == TQ_OK && b < p->fit->n_blocks; b++, n++) {
            size_t m;
            const size_t *row = tq_mv_block(p->fit, b, &m);

            for (size_t a = 0; a < m; a++) {
                s->Phi->row[s->Phi->start[n] + a] = at + row[a];
            }
            status = tq_mv_marginal(p->fit, b, s->Phi->value + s->Phi->at[n], err);
        }
        at += p->rows->model.k;
    }
    return status;
}

/* Clusters of the rows that are there, numbered anew. */
static tq_status stack_clusters(stack *s, const size_t *cluster, tq_error *err)
{
    const size_t all = s->g->parts->model->k;
    size_t *number = malloc((all + 1) * sizeof *number), at = 0;

    if (!number) {
        return no_memory(err);
    }
    for (size_t i = 0; i < all; i++) {
        number[i] = SIZE_MAX;
    }
    for (size_t q = 0; q < s->n_parts; q++) {
        const mv_subset *rows = s->part[q].rows;

        for (size_t i = 0; i < all; i++) {
            if (rows->new_row[i] == SIZE_MAX) {
                continue;
            }
            if (number[cluster[i]] == SIZE_MAX) {
                number[cluster[i]] = s->m++;
            }
            s->cluster[at + rows->new_row[i]] = number[cluster[i]];
        }
        at += rows->model.k;
    }
    free(number);
    return TQ_OK;
}

static void find_residuals(stack *s)
{
    size_t at = 0;

    for (size_t q = 0; q < s->n_parts; q++) {
        const tq_mv_model *model = &s->part[q].rows->model;

        for (size_t i = 0; i < model->k; i++, at++) {
            s->residual[at] = model->yi[i];
            for (size_t c = 0; c < s->p; c++) {
                s->residual[at] -= s->X[at + c * s->k] * s->beta[c];
            }
        }
    }
}

/* M is asked for by CR2 alone, and of one block of many effects it is large. */
static tq_status build(const tq_mv_subgroups *g, const part *of, size_t n_parts,
                       const size_t *cluster, tq_robust_type type, stack *s, tq_error *err)
{
    tq_status status;
    size_t at = 0;

    *s = (stack){.g = g, .part = of, .n_parts = n_parts, .first = of[0].column};
    for (size_t q = 0; q < n_parts; q++) {
        s->k += of[q].rows->model.k;
        s->p += of[q].n;
    }
    s->room = calloc(2 * s->k * s->p + s->k + s->p + s->p * s->p + 1, sizeof *s->room);
    s->cluster = calloc(s->k + 1, sizeof *s->cluster);
    if (!s->room || !s->cluster) {
        return no_memory(err);
    }
    s->X = s->room;
    s->WX = s->X + s->k * s->p;
    s->residual = s->WX + s->k * s->p;
    s->beta = s->residual + s->k;
    s->bread = s->beta + s->p;
    status = stack_clusters(s, cluster, err);
    for (size_t q = 0; status == TQ_OK && q < n_parts; q++) {
        status = stack_part(s, &of[q], at, err);
        at += of[q].rows->model.k;
    }
    find_residuals(s);
    return status == TQ_OK && type == TQ_ROBUST_CR2 ? stack_blocks(s, err) : status;
}

/* The regression of some parts with its robust covariance; NULL where they stand in one cluster, which says
   nothing of a mean that is fitted to it. */
static tq_status fit_robust(const tq_mv_subgroups *g, const part *of, size_t n_parts,
                            const size_t *cluster, tq_robust_type type, double level,
                            size_t threads, tq_robust **out, tq_error *err)
{
    stack s;
    tq_status status = build(g, of, n_parts, cluster, type, &s, err);

    if (status == TQ_OK && s.m > 1) {
        const tq_robust_problem problem = {s.k,    s.p,     s.X,   s.WX,      s.residual,
                                           s.beta, s.bread, s.Phi, s.cluster, s.m};

        status = tq_robust_fit(&problem, type, level, threads, out, err);
    }
    if (status != TQ_OK && err) {
        err->row = TQ_NO_ROW; /* of the stack */
    }
    tq_block_matrix_free(s.Phi);
    free(s.cluster);
    free(s.room);
    return status;
}

static tq_status test_robust(const tq_robust *r, size_t n, tq_wald *between, tq_error *err)
{
    double *L = differences(n);

    if (!L) {
        return no_memory(err);
    }
    const tq_status status = n > 1 ? tq_robust_wald(r, n - 1, L, NULL, between, err) : TQ_OK;

    free(L);
    return status;
}

/* Of separate models each level has its own clusters, hence its own factor and degrees of freedom. */
static tq_status take_own(const tq_mv_subgroups *g, size_t j, const size_t *cluster, size_t threads,
                          tq_robust *r, int *lone, tq_error *err)
{
    tq_robust *own = NULL;
    const tq_status status =
        fit_robust(g, &g->parts->part[j], 1, cluster, r->type, r->level, threads, &own, err);

    r->se[j] = own ? own->se[0] : NAN;
    r->stat[j] = own ? own->stat[0] : NAN;
    r->df[j] = own ? own->df[0] : NAN;
    r->pval[j] = own ? own->pval[0] : NAN;
    r->ci_lb[j] = own ? own->ci_lb[0] : NAN;
    r->ci_ub[j] = own ? own->ci_ub[0] : NAN;
    *lone |= !own;
    tq_robust_free(own);
    return status;
}

tq_status tq_mv_subgroups_robust(const tq_mv_subgroups *g, const size_t *cluster,
                                 tq_robust_type type, double level, size_t threads,
                                 tq_robust **robust, tq_wald *between, tq_error *err)
{
    tq_robust *r = NULL;
    int lone = 0;
    tq_status status =
        fit_robust(g, g->parts->part, g->parts->n, cluster, type, level, threads, &r, err);

    *between = (tq_wald){NAN, NAN, NAN, NAN};
    if (status == TQ_OK && !r) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "robust inference needs two clusters at least, and all levels stand in one");
    }
    for (size_t j = 0; !g->joint && status == TQ_OK && j < g->n; j++) {
        status = take_own(g, j, cluster, threads, r, &lone, err);
    }
    status = status == TQ_OK && !lone ? test_robust(r, g->n, between, err) : status;
    if (status != TQ_OK) {
        tq_robust_free(r);
        return status;
    }
    *robust = r;
    return TQ_OK;
}
