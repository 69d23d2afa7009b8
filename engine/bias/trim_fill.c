/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trim and fill: Duval & Tweedie (2000), J. Am. Stat. Assoc. 95:89-98 (T&F a below) and Biometrics
 * 56:455-463. The studies are turned so that those missing lie on the left, and sorted.
 */
#include "bias/trim_fill.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static const char *const estimators[TQ_FILL_COUNT] = {
    [TQ_FILL_L0] = "L0", [TQ_FILL_R0] = "R0", [TQ_FILL_Q0] = "Q0"};
static const char *const sides[TQ_SIDE_COUNT] = {
    [TQ_SIDE_LEFT] = "left", [TQ_SIDE_RIGHT] = "right", [TQ_SIDE_AUTO] = "auto"};

const char *tq_fill_estimator_name(tq_fill_estimator estimator)
{
    return (unsigned)estimator < TQ_FILL_COUNT ? estimators[estimator] : NULL;
}

const char *tq_fill_side_name(tq_fill_side side)
{
    return (unsigned)side < TQ_SIDE_COUNT ? sides[side] : NULL;
}

tq_trim_fill_options tq_trim_fill_defaults(void)
{
    return (tq_trim_fill_options){.estimator = TQ_FILL_L0,
                                  .side = TQ_SIDE_AUTO,
                                  .trim_method = TQ_METHOD_COUNT,
                                  .max_iter = 100};
}

/* A study, turned. */
typedef struct {
    double y, distance;
    size_t i;
} turned;

typedef struct {
    const tq_model *model;
    tq_pool_options opt;   /* of trimming */
    const double *weights; /* [k] of the studies as given, or NULL */
    tq_pool_work *work;
    tq_pool *fit;
    turned *study;         /* [k] by effect */
    turned *rank;          /* [k] by distance from the centre */
    double *y, *v, *w, *X; /* [k], [k], [k], [2 k] */
} trimmer;

/* ---- the side ---- */

static tq_status find_side(trimmer *t, tq_fill_side *side, tq_error *err)
{
    const tq_model *m = t->model;
    double lo = INFINITY, hi = 0.0;

    for (size_t i = 0; i < m->k; i++) {
        t->X[i] = 1.0;
        t->X[m->k + i] = sqrt(m->vi[i]);
        lo = fmin(lo, t->X[m->k + i]);
        hi = fmax(hi, t->X[m->k + i]);
    }
    if (m->k < 3 || !(hi - lo > 1e-10 * hi)) {
        return tq_fail(
            err, TQ_EDATA, TQ_NO_ROW, NULL,
            "%s: the side on which studies are missing cannot be found; give it (left or "
            "right)",
            m->k < 3 ? "fewer than three studies" : "the standard errors are all equal");
    }
    const tq_model slope = {.k = m->k, .p = 2, .yi = m->yi, .vi = m->vi, .X = t->X, .intercept = 1};
    tq_pool_options opt = t->opt;

    opt.weights = t->weights;
    opt.test = tq_method_test(opt.method); /* the slope's sign needs none, and some know no slope */
    opt.test = opt.test == TQ_TEST_HC ? TQ_TEST_Z : opt.test;
    opt.method = opt.method == TQ_HC ? TQ_DL : opt.method; /* HC takes DL's tau2 */
    const tq_status status = tq_pool_fit(&slope, &opt, t->work, t->fit, err);

    *side = t->fit->beta[1] < 0.0 ? TQ_SIDE_RIGHT : TQ_SIDE_LEFT;
    return status;
}

/* ---- trimming ---- */

static int by_effect(const void *a, const void *b)
{
    const turned *p = a, *q = b;

    if (p->y != q->y) {
        return p->y < q->y ? -1 : 1;
    }
    return (p->i > q->i) - (p->i < q->i);
}

/* Equal distances keep the order of the effects. */
static int by_distance(const void *a, const void *b)
{
    const turned *p = a, *q = b;
    const double x = fabs(p->distance), y = fabs(q->distance);

    if (x != y) {
        return x < y ? -1 : 1;
    }
    return (p->i > q->i) - (p->i < q->i);
}

/* Pool all but the last k0. */
static tq_status pool_rest(trimmer *t, size_t k0, double *centre, tq_error *err)
{
    const size_t n = t->model->k - k0;
    const tq_model rest = {.k = n, .p = 1, .yi = t->y, .vi = t->v, .intercept = 1};

    for (size_t i = 0; i < n; i++) {
        t->y[i] = t->study[i].y;
        t->v[i] = t->model->vi[t->study[i].i];
        t->w[i] = t->weights ? t->weights[t->study[i].i] : 1.0;
    }
    t->opt.weights = t->weights ? t->w : NULL;
    const tq_status status = tq_pool_fit(&rest, &t->opt, t->work, t->fit, err);

    if (status != TQ_OK && err && err->row != TQ_NO_ROW && err->row < n) {
        err->row = t->study[err->row].i;
    }
    *centre = t->fit->beta[0];
    return status;
}

/* Sum of the ranks of what lies right of the centre, and the highest rank left of it (0: none). */
static void rank_sums(trimmer *t, double centre, double *Sr, double *last_left)
{
    const size_t k = t->model->k;
    const double nothing = t->study[0].y == t->study[k - 1].y ? 0.0 : 1.0; /* all equal: no sides */

    for (size_t i = 0; i < k; i++) {
        t->study[i].distance = nothing * (t->study[i].y - centre);
        t->rank[i] = (turned){t->study[i].y, t->study[i].distance, i};
    }
    qsort(t->rank, k, sizeof *t->rank, by_distance);
    *Sr = *last_left = 0.0;
    for (size_t r = 0; r < k; r++) {
        if (t->rank[r].distance > 0.0) {
            *Sr += (double)(r + 1);
        } else if (t->rank[r].distance < 0.0) {
            *last_left = (double)(r + 1);
        }
    }
}

/* T&F a, eqs. 2.2 to 2.4 for the estimates; 4.1 to 4.3 for their variances. NaN: there is none. */
static double estimate(tq_fill_estimator kind, double k, double Sr, double last_left, double *se)
{
    double k0;

    if (kind == TQ_FILL_R0) {
        k0 = last_left > 0.0 ? k - last_left - 1.0 : 0.0;
        *se = sqrt(2.0 * fmax(0.0, k0) + 2.0);
        return k0;
    }
    if (kind == TQ_FILL_L0) {
        k0 = (4.0 * Sr - k * (k + 1.0)) / (2.0 * k - 1.0);
    } else {
        k0 = k - 0.5 - sqrt(2.0 * k * k - 4.0 * Sr + 0.25);
    }
    const double var = (k * (k + 1.0) * (2.0 * k + 1.0) + 10.0 * k0 * k0 * k0 + 27.0 * k0 * k0 +
                        17.0 * k0 - 18.0 * k * k0 * k0 - 18.0 * k * k0 + 6.0 * k * k * k0) /
                       24.0;

    *se = kind == TQ_FILL_L0
              ? 4.0 * sqrt(var) / (2.0 * k - 1.0)
              : 2.0 * sqrt(var) / sqrt((k - 0.5) * (k - 0.5) - k0 * (2.0 * k - k0 - 1.0));
    *se = isfinite(*se) ? *se : (double)NAN;
    return k0;
}

static tq_status trim(trimmer *t, const tq_trim_fill_options *o, tq_trim_fill *out, tq_error *err)
{
    const size_t k = t->model->k;

    for (int iter = 0; iter < o->max_iter; iter++) {
        double Sr, last_left;
        const tq_status status = pool_rest(t, out->k0, &out->centre, err);

        if (status != TQ_OK) {
            return status;
        }
        rank_sums(t, out->centre, &Sr, &last_left);
        out->estimate = estimate(o->estimator, (double)k, Sr, last_left, &out->se_k0);
        if (isnan(out->estimate)) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "Q0 does not exist: nearly all effects lie on one side; L0 and R0 do");
        }
        const double rounded = fmax(0.0, rint(out->estimate));

        if (!(rounded < (double)k)) {
            return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                           "trim and fill: %s would take every study off",
                           estimators[o->estimator]);
        }
        if ((size_t)rounded == out->k0) {
            return TQ_OK;
        }
        out->k0 = (size_t)rounded;
    }
    return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                   "trim and fill: k0 did not come to rest in %d rounds", o->max_iter);
}

/* ---- filling ---- */

static tq_status mirror(const trimmer *t, double sign, tq_trim_fill *out, tq_error *err)
{
    const size_t k = out->k, k0 = out->k0;

    out->yi = calloc(2 * k0 + 1, sizeof *out->yi);
    out->mirror_of = calloc(k0 + 1, sizeof *out->mirror_of);
    if (!out->yi || !out->mirror_of) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    out->vi = out->yi + k0;
    for (size_t j = 0; j < k0; j++) {
        const turned *s = &t->study[k - k0 + j];

        out->yi[j] = sign * (2.0 * out->centre - s->y);
        out->vi[j] = t->model->vi[s->i];
        out->mirror_of[j] = s->i;
    }
    out->centre *= sign;
    return TQ_OK;
}

static tq_status find(trimmer *t, const tq_pool_options *model, const tq_trim_fill_options *o,
                      tq_trim_fill *out, tq_error *err)
{
    const tq_model *m = t->model;
    tq_pool_options opt = *model;

    opt.ci_tau2 = TQ_CI_NONE;
    opt.predict = TQ_PREDICT_NONE;
    tq_status status = tq_pool_fit(m, &opt, t->work, t->fit, err);

    out->observed = t->fit->prediction;
    if (status == TQ_OK && o->side == TQ_SIDE_AUTO) {
        status = find_side(t, &out->side, err);
        out->side_found = 1;
    }
    if (status != TQ_OK) {
        return status;
    }
    const double sign = out->side == TQ_SIDE_RIGHT ? -1.0 : 1.0;

    for (size_t i = 0; i < m->k; i++) {
        t->study[i] = (turned){sign * m->yi[i], 0.0, i};
    }
    qsort(t->study, m->k, sizeof *t->study, by_effect);
    status = trim(t, o, out, err);
    if (status == TQ_OK && o->estimator == TQ_FILL_R0) {
        /* T&F a, 3: R0 + 1 is negative binomial, a run of length 2 of fair coins */
        out->pval = ((double)out->k0 + 2.0) * exp2(-(double)out->k0 - 1.0);
    }
    return status == TQ_OK ? mirror(t, sign, out, err) : status;
}

static tq_method trim_method(const tq_pool_options *opt, const tq_trim_fill_options *fill)
{
    return fill->trim_method == TQ_METHOD_COUNT ? opt->method : fill->trim_method;
}

static tq_status check(const tq_model *model, const tq_pool_options *opt,
                       const tq_trim_fill_options *fill, tq_error *err)
{
    if (model->X && model->p > 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "trim and fill knows no moderators");
    }
    const tq_method method[] = {opt->method, trim_method(opt, fill)};

    for (size_t i = 0; i < 2; i++) {
        if (tq_method_counts(method[i])) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "method %s pools counts, which filled studies have none of; REML or EE "
                           "do not",
                           tq_method_name(method[i]));
        }
    }
    if ((unsigned)fill->estimator >= TQ_FILL_COUNT || (unsigned)fill->side >= TQ_SIDE_COUNT ||
        (unsigned)fill->trim_method > TQ_METHOD_COUNT || fill->max_iter < 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "trim and fill: an option out of range");
    }
    return TQ_OK;
}

static void trimmer_free(trimmer *t)
{
    free(t->study);
    free(t->y);
    tq_pool_work_free(t->work);
    tq_pool_free(t->fit);
}

static int trimmer_make(const tq_model *model, const tq_pool_options *opt, tq_method method,
                        trimmer *t)
{
    const size_t k = model->k;

    *t = (trimmer){.model = model, .opt = *opt, .weights = opt->weights};
    if (method != opt->method) {
        t->opt.method = method;
        t->opt.test = tq_method_test(method);
        t->opt.tau2 = NAN;
    }
    t->opt.ci_tau2 = TQ_CI_NONE;
    t->opt.predict = TQ_PREDICT_NONE;
    if (k <= SIZE_MAX / 8 / sizeof(turned)) {
        t->study = calloc(2 * k, sizeof *t->study);
        t->y = calloc(5 * k, sizeof *t->y);
        t->work = tq_pool_work_new(k, 2);
        t->fit = tq_pool_new(k, 2);
    }
    if (!t->study || !t->y || !t->work || !t->fit) {
        return 0;
    }
    t->rank = t->study + k;
    t->v = t->y + k;
    t->w = t->v + k;
    t->X = t->w + k;
    return 1;
}

tq_status tq_trim_fill_find(const tq_model *model, const tq_pool_options *opt,
                            const tq_trim_fill_options *fill, tq_trim_fill **out, tq_error *err)
{
    const tq_pool_options usual_model = tq_pool_defaults();
    const tq_trim_fill_options usual = tq_trim_fill_defaults();
    trimmer t;

    opt = opt ? opt : &usual_model;
    fill = fill ? fill : &usual;
    if (model->k < 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to pool");
    }
    tq_status status = check(model, opt, fill, err);

    if (status != TQ_OK) {
        return status;
    }
    tq_trim_fill *made = calloc(1, sizeof *made);

    if (trimmer_make(model, opt, trim_method(opt, fill), &t) && made) {
        made->estimator = fill->estimator;
        made->trim_method = t.opt.method;
        made->side = fill->side;
        made->k = model->k;
        made->pval = NAN;
        status = find(&t, opt, fill, made, err);
    } else {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    trimmer_free(&t);
    if (status == TQ_OK) {
        *out = made;
    } else {
        tq_trim_fill_free(made);
    }
    return status;
}

void tq_trim_fill_free(tq_trim_fill *fill)
{
    if (fill) {
        free(fill->yi); /* and vi, which follows it */
        free(fill->mirror_of);
        free(fill);
    }
}
