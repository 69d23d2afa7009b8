/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits of many specifications, and how far they agree with the first. */
#include "diagnostics/specifications.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "core/parallel.h"
#include "core/parse_number.h"
#include "diagnostics/residuals.h"

/* ---- rules for outliers ---- */

static const struct {
    const char *name;
    int has_limit;
} rules[TQ_OUTLIERS_COUNT] = {
    [TQ_OUTLIERS_KEEP] = {"none", 0},
    [TQ_OUTLIERS_RSTUDENT] = {"rstudent", 1},
    [TQ_OUTLIERS_RSTANDARD] = {"rstandard", 1},
    [TQ_OUTLIERS_INTERVAL] = {"ci", 0},
};

tq_status tq_outlier_rule_parse(const char *text, tq_outlier_rule *out, tq_error *err)
{
    const size_t n = strcspn(text, "> ");
    const char *limit = text + n + strspn(text + n, " ");

    for (size_t i = 0; i < TQ_OUTLIERS_COUNT; i++) {
        double x = NAN;

        if (strlen(rules[i].name) != n || strncmp(rules[i].name, text, n) != 0) {
            continue;
        }
        if (rules[i].has_limit && *limit == '>' &&
            tq_parse_number(limit + 1 + strspn(limit + 1, " "), '.', &x) && x > 0.0) {
            *out = (tq_outlier_rule){(tq_outliers)i, x};
            return TQ_OK;
        }
        if (!rules[i].has_limit && *limit == '\0') {
            *out = (tq_outlier_rule){(tq_outliers)i, NAN};
            return TQ_OK;
        }
    }
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                   "rule '%.40s' for outliers is none of none, rstudent>X, rstandard>X, ci", text);
}

/* ---- one fit ---- */

/* What a thread needs. */
typedef struct {
    tq_pool_work *work;
    tq_pool *fit;
    tq_residual *residual; /* [k] */
    double *yi, *vi, *w;   /* [k] of one block: the studies that are no outliers */
} room;

static int room_new(size_t k, room *r)
{
    r->work = tq_pool_work_new(k, 1);
    r->fit = tq_pool_new(k, 1);
    if (!r->work || !r->fit) { /* so the sizes below do not overflow */
        return 0;
    }
    r->residual = calloc(k, sizeof *r->residual);
    r->yi = calloc(k, 3 * sizeof *r->yi);
    if (!r->residual || !r->yi) {
        return 0;
    }
    r->vi = r->yi + k;
    r->w = r->vi + k;
    return 1;
}

static void room_free(room *r)
{
    tq_pool_work_free(r->work);
    tq_pool_free(r->fit);
    free(r->residual);
    free(r->yi);
}

static int is_outlier(const tq_specification *s, const room *r, double critical, size_t i)
{
    const tq_residual *e = &r->residual[i];
    const double half = critical * sqrt(s->model->vi[i]);

    switch (s->rule.kind) {
    case TQ_OUTLIERS_RSTUDENT:
        return fabs(e->rstudent) > s->rule.limit;
    case TQ_OUTLIERS_RSTANDARD:
        return fabs(e->rstandard) > s->rule.limit;
    case TQ_OUTLIERS_INTERVAL:
        return s->model->yi[i] + half < r->fit->ci_lb[0] ||
               s->model->yi[i] - half > r->fit->ci_ub[0];
    default:
        return 0;
    }
}

/* Fit again without the outliers of the fit in the room. */
static tq_status remove_outliers(const tq_specification *s, room *r, size_t *removed, tq_error *why)
{
    const tq_model *m = s->model;
    tq_model rest = *m;
    tq_pool_options opt = s->opt;
    tq_status status = TQ_OK;
    const double critical = tq_critical_value(opt.level, NAN);
    size_t n = 0;

    if (m->counts) {
        return tq_fail(why, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "outliers are found by residuals of effects, which method %s does not have",
                       tq_method_name(opt.method));
    }
    if (s->rule.kind != TQ_OUTLIERS_INTERVAL && m->k > 1) {
        status = tq_residuals(m, &opt, r->fit, 1, NULL, r->residual, why);
    }
    for (size_t i = 0; status == TQ_OK && i < m->k; i++) {
        if (m->k == 1 || !is_outlier(s, r, critical, i)) {
            r->yi[n] = m->yi[i];
            r->vi[n] = m->vi[i];
            r->w[n++] = opt.weights ? opt.weights[i] : 0.0;
        }
    }
    if (status != TQ_OK) {
        return status;
    }
    *removed = m->k - n;
    rest.k = n;
    rest.yi = r->yi;
    rest.vi = r->vi;
    opt.weights = opt.weights ? r->w : NULL;
    if (n == 0) {
        return tq_fail(why, TQ_EDATA, TQ_NO_ROW, NULL, "every study is an outlier");
    }
    return *removed > 0 ? tq_pool_fit(&rest, &opt, r->work, r->fit, why) : TQ_OK;
}

static void keep(const tq_specification *s, const tq_pool *p, tq_specification_fit *out)
{
    const double null = s->null_value;

    out->k = p->k;
    out->estimate = p->beta[0];
    out->se = p->se[0];
    out->stat = p->stat[0];
    out->pval = p->pval[0];
    out->ci_lb = p->ci_lb[0];
    out->ci_ub = p->ci_ub[0];
    out->tau2 = p->tau2;
    out->I2 = p->I2;
    out->direction = out->estimate > null ? 1 : out->estimate < null ? -1 : 0;
    out->significant = isnan(null) || isnan(out->ci_lb) || isnan(out->ci_ub) ? -1
                       : out->ci_lb > null || out->ci_ub < null              ? 1
                                                                             : 0;
}

static const tq_specification_fit no_model = {.estimate = NAN,
                                              .se = NAN,
                                              .stat = NAN,
                                              .pval = NAN,
                                              .ci_lb = NAN,
                                              .ci_ub = NAN,
                                              .tau2 = NAN,
                                              .I2 = NAN,
                                              .significant = -1};

static void fit_one(const tq_specification *s, room *r, tq_specification_fit *out)
{
    tq_error why = {.status = TQ_OK};
    tq_status status;

    *out = no_model;
    out->done = 1;
    if (!s->model) {
        tq_copy_text(out->why_none, sizeof out->why_none, s->why_none);
        return;
    }
    status = tq_pool_fit(s->model, &s->opt, r->work, r->fit, &why);
    if (status == TQ_OK && !r->fit->why_none && s->rule.kind != TQ_OUTLIERS_KEEP) {
        status = remove_outliers(s, r, &out->removed, &why);
    }
    if (status != TQ_OK || r->fit->why_none) {
        tq_copy_text(out->why_none, sizeof out->why_none,
                     status != TQ_OK ? why.message : r->fit->why_none);
        return;
    }
    keep(s, r->fit, out);
}

/* ---- all fits ---- */

typedef struct {
    tq_specification_at *at;
    const void *user;
    room *room;
    tq_specification_fit *out;
} fit_loop;

static void fit_some(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const fit_loop *loop = context;

    for (uint64_t j = begin; j < end; j++) {
        tq_specification s;

        loop->at(loop->user, (size_t)j, &s);
        s.opt.ci_tau2 = TQ_CI_NONE;
        s.opt.predict = TQ_PREDICT_NONE;
        fit_one(&s, &loop->room[thread], &loop->out[j]);
    }
}

tq_status tq_specifications_fit(size_t n, size_t k_max, tq_specification_at *at, const void *user,
                                size_t threads, const tq_progress *progress,
                                tq_specification_fit *out, int *interrupted, tq_error *err)
{
    enum { CHUNK = 8 };
    const size_t used = tq_threads(threads, n / CHUNK + 1);
    fit_loop loop = {at, user, calloc(used, sizeof *loop.room), out};
    int whole = loop.room != NULL;
    tq_status status;

    for (size_t t = 0; whole && t < used; t++) {
        whole = room_new(k_max, &loop.room[t]);
    }
    for (size_t j = 0; j < n; j++) {
        out[j] = no_model;
    }
    status = whole ? tq_parallel(used, n, CHUNK, fit_some, &loop, progress, err)
                   : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    for (size_t t = 0; loop.room && t < used; t++) {
        room_free(&loop.room[t]);
    }
    free(loop.room);
    *interrupted = status == TQ_EINTR;
    return status == TQ_EINTR && out[0].done ? TQ_OK : status;
}

/* ---- summaries ---- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static int is_valid(const tq_specification_fit *f)
{
    return f->done && !f->why_none[0];
}

void tq_specifications_summarise(size_t n, const tq_specification_fit *fit,
                                 const unsigned char *chosen, const unsigned char *comparable,
                                 double *scratch, tq_specification_summary *out)
{
    size_t m = 0;

    *out = (tq_specification_summary){.median = NAN, .min = NAN, .max = NAN};
    for (size_t j = 0; j < n; j++) {
        if (!fit[j].done || (chosen && !chosen[j])) {
            continue;
        }
        out->n++;
        if (!is_valid(&fit[j])) {
            continue;
        }
        const int direction = fit[j].direction == fit[0].direction;
        const int significance = fit[j].significant == fit[0].significant;

        out->valid++;
        out->significant += fit[j].significant == 1;
        out->same_direction += (size_t)direction;
        out->same_significance += (size_t)significance;
        out->same_both += (size_t)(direction && significance);
        if (comparable[j]) {
            scratch[m++] = fit[j].estimate;
        }
    }
    out->comparable = m;
    if (m > 0) {
        qsort(scratch, m, sizeof *scratch, by_size);
        out->min = scratch[0];
        out->max = scratch[m - 1];
        out->median = 0.5 * (scratch[(m - 1) / 2] + scratch[m / 2]);
    }
}

/* An estimate and whose it is. */
typedef struct {
    double x;
    size_t j;
} place;

static int by_estimate(const void *a, const void *b)
{
    const place *p = a, *q = b;

    return p->x < q->x ? -1 : p->x > q->x ? 1 : p->j < q->j ? -1 : p->j > q->j;
}

tq_status tq_specifications_rank(size_t n, const tq_specification_fit *fit,
                                 const unsigned char *comparable, size_t *rank, tq_error *err)
{
    place *order = calloc(n, sizeof *order);
    size_t m = 0;

    if (!order) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t j = 0; j < n; j++) {
        rank[j] = 0;
        if (is_valid(&fit[j]) && comparable[j]) {
            order[m++] = (place){fit[j].estimate, j};
        }
    }
    qsort(order, m, sizeof *order, by_estimate);
    for (size_t i = 0; i < m; i++) {
        rank[order[i].j] = i + 1;
    }
    free(order);
    return TQ_OK;
}
