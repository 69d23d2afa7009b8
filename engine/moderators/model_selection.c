/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All subsets of terms. Models are numbered by the bits of their terms and taken in blocks; a block sums
 * in the order of its models, and blocks are added in order, so that the sums do not depend on which
 * thread did what.
 */
#include "moderators/model_selection.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "core/parallel.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- criteria and options ---- */

static const char *const criteria[TQ_CRITERION_COUNT] = {
    [TQ_CRITERION_AICC] = "AICc", [TQ_CRITERION_AIC] = "AIC", [TQ_CRITERION_BIC] = "BIC"};

const char *tq_criterion_name(tq_criterion criterion)
{
    return criterion < TQ_CRITERION_COUNT ? criteria[criterion] : NULL;
}

double tq_criterion_of(const tq_pool *fit, tq_criterion criterion)
{
    const double values[TQ_CRITERION_COUNT] = {[TQ_CRITERION_AICC] = fit->AICc,
                                               [TQ_CRITERION_AIC] = fit->AIC,
                                               [TQ_CRITERION_BIC] = fit->BIC};

    return criterion < TQ_CRITERION_COUNT ? values[criterion] : (double)NAN;
}

tq_status tq_likelihood_options(const tq_pool_options *opt, tq_pool_options *out, tq_error *err)
{
    if (opt->weights || !opt->weighted || opt->method == TQ_IVHET ||
        tq_method_counts(opt->method)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "models are compared by the likelihood of inverse-variance weights: leave "
                       "--weights and --weighted out, and take --method ML, REML, EE or FE");
    }
    if (opt->test == TQ_TEST_KR) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "models are compared by ML, for which test kr (Kenward-Roger) does not exist");
    }
    *out = *opt;
    if (opt->method != TQ_EE && opt->method != TQ_FE) {
        out->method = TQ_ML;
    }
    out->ci_tau2 = TQ_CI_NONE;
    out->predict = TQ_PREDICT_NONE;
    return TQ_OK;
}

tq_selection_options tq_selection_defaults(void)
{
    return (tq_selection_options){.criterion = TQ_CRITERION_AICC, .top = 10};
}

/* ---- one model ---- */

enum { MODELS = 64 }; /* of a block */

typedef struct {
    double *X;
    size_t *column; /* [p] of the full model, for each column of X */
    tq_pool_work *work;
    tq_pool *fit;
} room;

/* Sums of a block of models, each weighted by exp(-(criterion - least) / 2). */
typedef struct {
    double least, weight;
    uint64_t n_models, n_failed;
} block_head;

typedef struct {
    const tq_model *full;
    size_t n_terms, threads, stride;
    const tq_selection_term *term;
    tq_pool_options pool;
    tq_criterion criterion;
    size_t *owner; /* [p] term of each column, n_terms: in every model */
    const double
        *from;        /* [p] coefficients of the full model: averages are taken relative to them */
    room *rooms;      /* [threads] */
    double *value;    /* [2^n_terms] criterion; NaN: no such model, or it failed */
    block_head *head; /* [blocks] */
    double *sum;      /* [blocks x stride]: 2 n_terms, then 6 p */
} search;

/* The sums of a coefficient. */
enum { ALL_1, ALL_2, WITH_0, WITH_1, WITH_2, WITH_N, SUMS };

/* Without intercept the empty set is no model. */
static int permitted(const search *s, uint32_t terms)
{
    size_t p = 0;

    for (size_t a = 0; a < s->full->p; a++) {
        p += s->owner[a] == s->n_terms || (terms >> s->owner[a] & 1);
    }
    if (p == 0) {
        return 0;
    }
    for (size_t j = 0; j < s->n_terms; j++) {
        if ((terms >> j & 1) && (s->term[j].needs & ~terms)) {
            return 0;
        }
    }
    return 1;
}

/* Fit a subset into room r. */
static tq_status fit_subset(const search *s, uint32_t terms, room *r, tq_error *err)
{
    const size_t k = s->full->k;
    size_t p = 0;

    for (size_t a = 0; a < s->full->p; a++) {
        if (s->owner[a] == s->n_terms || (terms >> s->owner[a] & 1)) {
            memcpy(r->X + p * k, s->full->X + a * k, k * sizeof *r->X);
            r->column[p++] = a;
        }
    }
    const tq_model model = {k, p, s->full->yi, s->full->vi, r->X, s->full->intercept, NULL};

    return tq_pool_fit(&model, &s->pool, r->work, r->fit, err);
}

/* All sums of a block times a factor. */
static void scale_block(const search *s, block_head *head, double *sum, double factor)
{
    head->weight *= factor;
    for (size_t j = 0; j < s->n_terms; j++) {
        sum[2 * j] *= factor;
    }
    for (size_t a = 0; a < s->full->p; a++) {
        double *c = sum + 2 * s->n_terms + SUMS * a;

        for (int i = 0; i < WITH_N; i++) {
            c[i] *= factor;
        }
    }
}

static void add_model(const search *s, uint32_t terms, const room *r, double value,
                      block_head *head, double *sum)
{
    size_t at = 0;

    if (value < head->least) {
        scale_block(s, head, sum, exp(0.5 * (value - head->least)));
        head->least = value;
    }
    const double w = exp(0.5 * (head->least - value));

    head->weight += w;
    head->n_models++;
    for (size_t j = 0; j < s->n_terms; j++) {
        sum[2 * j] += terms >> j & 1 ? w : 0.0;
        sum[2 * j + 1] += (double)(terms >> j & 1);
    }
    for (size_t a = 0; a < s->full->p; a++) {
        double *c = sum + 2 * s->n_terms + SUMS * a;
        const int with = at < r->fit->p && r->column[at] == a;
        const double d = (with ? r->fit->beta[at] : 0.0) - s->from[a];
        const double square = d * d + (with ? r->fit->vb[at + at * r->fit->p] : 0.0);

        c[ALL_1] += w * d;
        c[ALL_2] += w * square;
        if (with) {
            c[WITH_0] += w;
            c[WITH_1] += w * d;
            c[WITH_2] += w * square;
            c[WITH_N] += 1.0;
            at++;
        }
    }
}

static void do_blocks(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    search *s = context;
    room *r = &s->rooms[thread];
    const uint64_t n = UINT64_C(1) << s->n_terms;

    for (uint64_t b = begin; b < end; b++) {
        block_head *head = &s->head[b];

        head->least = INFINITY;
        for (uint64_t m = b * MODELS; m < (b + 1) * MODELS && m < n; m++) {
            s->value[m] = NAN;
            if (!permitted(s, (uint32_t)m)) {
                continue;
            }
            const double value = fit_subset(s, (uint32_t)m, r, NULL) == TQ_OK
                                     ? tq_criterion_of(r->fit, s->criterion)
                                     : (double)NAN;

            if (isfinite(value)) {
                s->value[m] = value;
                add_model(s, (uint32_t)m, r, value, head, s->sum + b * s->stride);
            } else {
                head->n_failed++;
            }
        }
    }
}

/* ---- the result ---- */

static tq_averaged average_of(const double *c, double weight, double from, double level)
{
    const double shift = c[ALL_1] / weight, with = c[WITH_1] / c[WITH_0];
    /* Variances around the averages, from those around the full model. */
    const double variance = fmax(0.0, c[ALL_2] / weight - shift * shift);
    const double with_variance = fmax(0.0, c[WITH_2] / c[WITH_0] - with * with);
    tq_averaged out = {.est = from + shift,
                       .se = sqrt(variance),
                       .cond_est = from + with,
                       .cond_se = sqrt(with_variance),
                       .weight = c[WITH_0] / weight,
                       .n = (uint64_t)c[WITH_N]};
    const double half = tq_critical_value(level, NAN) * out.se;

    out.stat = out.se > 0.0 ? out.est / out.se : (double)NAN;
    out.pval = tq_two_sided_p(out.stat, NAN);
    out.ci_lb = out.est - half;
    out.ci_ub = out.est + half;
    return out;
}

/* Sums over the blocks, in their order. */
static void add_blocks(search *s, size_t blocks, block_head *all, double *total)
{
    *all = (block_head){.least = INFINITY};
    memset(total, 0, s->stride * sizeof *total);
    for (size_t b = 0; b < blocks; b++) {
        all->least = fmin(all->least, s->head[b].least);
    }
    for (size_t b = 0; b < blocks; b++) {
        double *sum = s->sum + b * s->stride;

        all->n_failed += s->head[b].n_failed;
        if (s->head[b].n_models == 0) {
            continue;
        }
        scale_block(s, &s->head[b], sum, exp(0.5 * (all->least - s->head[b].least)));
        all->n_models += s->head[b].n_models;
        all->weight += s->head[b].weight;
        for (size_t i = 0; i < s->stride; i++) {
            total[i] += sum[i];
        }
    }
}

typedef struct {
    double value;
    uint32_t terms;
} candidate;

static int better(const void *a, const void *b)
{
    const candidate *x = a, *y = b;

    if (x->value != y->value) {
        return x->value < y->value ? -1 : 1;
    }
    return (x->terms > y->terms) - (x->terms < y->terms);
}

static tq_status list_best(search *s, const block_head *all, tq_selection *out, tq_error *err)
{
    const size_t n = (size_t)1 << s->n_terms;
    candidate *order = calloc((size_t)all->n_models, sizeof *order);
    size_t m = 0;

    if (!order) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (!isnan(s->value[i])) {
            order[m++] = (candidate){s->value[i], (uint32_t)i};
        }
    }
    qsort(order, m, sizeof *order, better);
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < out->n_best; i++) {
        const tq_pool *fit = s->rooms[0].fit;

        status = fit_subset(s, order[i].terms, &s->rooms[0], err);
        if (status == TQ_OK) {
            const double delta = order[i].value - all->least;

            out->best[i] = (tq_selected){order[i].terms,
                                         fit->p,
                                         fit->ll,
                                         fit->AIC,
                                         fit->AICc,
                                         fit->BIC,
                                         fit->QE,
                                         fit->tau2,
                                         fit->R2,
                                         delta,
                                         exp(-0.5 * delta) / all->weight};
        }
    }
    free(order);
    return status;
}

void tq_selection_free(tq_selection *selection)
{
    if (selection) {
        free(selection->importance);
        free(selection->n_with);
        free(selection->average);
        free(selection->best);
        free(selection);
    }
}

static tq_status make_result(search *s, size_t blocks, size_t top, tq_selection **result,
                             tq_error *err)
{
    const size_t n = s->n_terms, p = s->full->p;
    double *total = calloc(s->stride, sizeof *total);
    tq_selection *out = calloc(1, sizeof *out);
    block_head all;
    tq_status status = TQ_OK;

    if (!total || !out) {
        status = no_memory(err);
        goto done;
    }
    add_blocks(s, blocks, &all, total);
    if (all.n_models == 0) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                         "none of the models can be fitted to %zu studies", s->full->k);
        goto done;
    }
    *out = (tq_selection){.criterion = s->criterion,
                          .method = s->pool.method,
                          .n_models = all.n_models,
                          .n_failed = all.n_failed,
                          .n_terms = n,
                          .p = p,
                          .importance = calloc(n, sizeof *out->importance),
                          .n_with = calloc(n, sizeof *out->n_with),
                          .average = calloc(p, sizeof *out->average),
                          .n_best = all.n_models < top ? (size_t)all.n_models : top};
    out->best = calloc(out->n_best ? out->n_best : 1, sizeof *out->best);
    if (!out->importance || !out->n_with || !out->average || !out->best) {
        status = no_memory(err);
        goto done;
    }
    for (size_t j = 0; j < n; j++) {
        out->importance[j] = total[2 * j] / all.weight;
        out->n_with[j] = (uint64_t)total[2 * j + 1];
    }
    for (size_t a = 0; a < p; a++) {
        out->average[a] =
            average_of(total + 2 * n + SUMS * a, all.weight, s->from[a], s->pool.level);
    }
    status = list_best(s, &all, out, err);
done:
    free(total);
    if (status != TQ_OK) {
        tq_selection_free(out);
        return status;
    }
    *result = out;
    return TQ_OK;
}

/* ---- the search ---- */

static int take_rooms(search *s)
{
    const size_t k = s->full->k, p = s->full->p;

    s->rooms = calloc(s->threads, sizeof *s->rooms);
    for (size_t t = 0; s->rooms && t < s->threads; t++) {
        room *r = &s->rooms[t];

        r->X = calloc(k, p * sizeof *r->X);
        r->column = calloc(p, sizeof *r->column);
        r->work = tq_pool_work_new(k, p);
        r->fit = tq_pool_new(k, p);
        if (!r->X || !r->column || !r->work || !r->fit) {
            return 0;
        }
    }
    return s->rooms != NULL;
}

static void free_search(search *s, double *from)
{
    for (size_t t = 0; s->rooms && t < s->threads; t++) {
        free(s->rooms[t].X);
        free(s->rooms[t].column);
        tq_pool_work_free(s->rooms[t].work);
        tq_pool_free(s->rooms[t].fit);
    }
    free(s->rooms);
    free(s->owner);
    free(s->value);
    free(s->head);
    free(s->sum);
    free(from);
}

/* The term of every column. */
static tq_status own_columns(search *s, tq_error *err)
{
    for (size_t a = 0; a < s->full->p; a++) {
        s->owner[a] = s->n_terms;
    }
    for (size_t j = 0; j < s->n_terms; j++) {
        for (size_t a = s->term[j].first; a < s->term[j].first + s->term[j].n; a++) {
            if (a >= s->full->p || s->owner[a] != s->n_terms) {
                return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                               "column %zu belongs to two terms, or does not exist", a + 1);
            }
            s->owner[a] = j;
        }
    }
    return TQ_OK;
}

tq_status tq_select(const tq_model *full, size_t n_terms, const tq_selection_term *term,
                    const tq_pool_options *pool, const tq_selection_options *opt,
                    const tq_progress *progress, tq_selection **out, tq_error *err)
{
    const tq_selection_options defaults = tq_selection_defaults();

    opt = opt ? opt : &defaults;
    if (n_terms < 1 || n_terms > TQ_SELECTION_TERMS || !full->X ||
        opt->criterion >= TQ_CRITERION_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "all subsets need 1 to %d terms, not %zu",
                       TQ_SELECTION_TERMS, n_terms);
    }
    const size_t p = full->p, models = (size_t)1 << n_terms,
                 blocks = (models + MODELS - 1) / MODELS;
    search s = {.full = full,
                .n_terms = n_terms,
                .term = term,
                .criterion = opt->criterion,
                .threads = tq_threads(opt->threads, blocks),
                .stride = 2 * n_terms + SUMS * p,
                .owner = calloc(p, sizeof *s.owner),
                .value = calloc(models, sizeof *s.value),
                .head = calloc(blocks, sizeof *s.head)};
    double *from = calloc(p, sizeof *from);
    tq_status status = tq_likelihood_options(pool, &s.pool, err);

    s.sum = calloc(blocks, s.stride * sizeof *s.sum);
    s.from = from;
    if (status == TQ_OK &&
        (!s.owner || !s.value || !s.head || !s.sum || !from || !take_rooms(&s))) {
        status = no_memory(err);
    }
    status = status == TQ_OK ? own_columns(&s, err) : status;
    /* Where the full model has no fit, averages are taken relative to 0. */
    if (status == TQ_OK && fit_subset(&s, (uint32_t)(models - 1), &s.rooms[0], NULL) == TQ_OK) {
        memcpy(from, s.rooms[0].fit->beta, p * sizeof *from);
    }
    if (status == TQ_OK) {
        status = tq_parallel(s.threads, blocks, 1, do_blocks, &s, progress, err);
    }
    if (status == TQ_OK) {
        status = make_result(&s, blocks, opt->top, out, err);
    }
    free_search(&s, from);
    return status;
}
