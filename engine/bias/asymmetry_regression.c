/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Regressions of effects on a measure of size. By least squares with weights 1/v and an error variance
 * of its own,
 *
 *     y = b0 + b1 x + e,   e ~ N(0, phi v),
 *
 * or as a meta-regression, e ~ N(0, tau2 + v). Egger's regression of y / se on 1 / se is the first
 * with x = se: its intercept is the slope b1 here, and its slope the intercept.
 */
#include <math.h>
#include <string.h>

#include "bias/asymmetry_internal.h"

typedef struct {
    double y, v, x;
} point;

/* A point of study i; v not > 0, or anything not finite: it has none. */
typedef point point_fn(const bias_room *room, size_t i);

static double predictor_of(const tq_bias_studies *s, tq_bias_predictor predictor, size_t i)
{
    const double n = s->ni ? s->ni[i] : (double)NAN;

    switch (predictor) {
    case TQ_PREDICTOR_SEI:
        return sqrt(s->model.vi[i]);
    case TQ_PREDICTOR_VI:
        return s->model.vi[i];
    case TQ_PREDICTOR_NI:
        return n;
    case TQ_PREDICTOR_NINV:
        return 1.0 / n;
    case TQ_PREDICTOR_SQRTNI:
        return sqrt(n);
    default:
        return 1.0 / sqrt(n);
    }
}

static point egger(const bias_room *room, size_t i)
{
    const tq_bias_studies *s = room->s;

    return (point){s->model.yi[i], s->model.vi[i], predictor_of(s, room->predictor, i)};
}

static point by_sei(const bias_room *room, size_t i)
{
    const tq_model *m = &room->s->model;

    return (point){m->yi[i], m->vi[i], sqrt(m->vi[i])};
}

static point by_vi(const bias_room *room, size_t i)
{
    const tq_model *m = &room->s->model;

    return (point){m->yi[i], m->vi[i], m->vi[i]};
}

static point by_ni(const bias_room *room, size_t i)
{
    const tq_model *m = &room->s->model;

    return (point){m->yi[i], m->vi[i], predictor_of(room->s, TQ_PREDICTOR_NI, i)};
}

static const point nowhere = {NAN, NAN, NAN};

/* Events, the sizes, and their sums. */
typedef struct {
    double a, n1, c, n2, m, N;
} table;

static int table_of(const bias_room *room, size_t i, table *t)
{
    const tq_bias_studies *s = room->s;

    if (!bias_has_table(s, i)) {
        return 0;
    }
    *t = (table){s->x1[i], s->n1[i], s->x2[i], s->n2[i], s->x1[i] + s->x2[i], s->n1[i] + s->n2[i]};
    return 1;
}

/* Score Z and information V of the log ratio at no effect; the study enters with Z / V and 1 / V. Odds
   ratio: the hypergeometric mean and variance. Risk ratio: Harbord, Harris & Sterne (2009), Stata J.
   9:197-210. */
static point harbord(const bias_room *room, size_t i)
{
    table t;

    if (!table_of(room, i, &t)) {
        return nowhere;
    }
    const int risk = room->s->measure && strcmp(room->s->measure, "RR") == 0;
    const double rest = t.N - t.m, excess = t.a - t.m * (t.n1 / t.N);
    const double Z = risk ? excess * (t.N / rest) : excess;
    const double V = risk ? t.n1 * (t.n2 / t.N) * (t.m / rest)
                          : (t.n1 / t.N) * (t.n2 / t.N) * t.m * (rest / (t.N - 1.0));

    return (point){Z / V, 1.0 / V, 1.0 / sqrt(V)};
}

/* Weights m (N - m) / N: the inverse of the variance of a log odds ratio at no effect, up to the
   balance of the groups. */
static point peters(const bias_room *room, size_t i)
{
    table t;

    return table_of(room, i, &t)
               ? (point){room->s->model.yi[i], 1.0 / t.m + 1.0 / (t.N - t.m), 1.0 / t.N}
               : nowhere;
}

static int groups_of(const bias_room *room, size_t i, double *n1, double *n2)
{
    const tq_bias_studies *s = room->s;

    if (!s->n1 || !s->n2) {
        return 0;
    }
    *n1 = s->n1[i];
    *n2 = s->n2[i];
    return 1;
}

/* ESS = 4 n1 n2 / (n1 + n2): weights ESS, predictor 1 / sqrt(ESS). */
static point deeks(const bias_room *room, size_t i)
{
    double n1, n2;

    if (!groups_of(room, i, &n1, &n2)) {
        return nowhere;
    }
    const double ess = 4.0 * n1 * (n2 / (n1 + n2));

    return (point){room->s->model.yi[i], 1.0 / ess, 1.0 / sqrt(ess)};
}

/* The part of the standard error that does not depend on the effect. */
static point pustejovsky(const bias_room *room, size_t i)
{
    double n1, n2;

    return groups_of(room, i, &n1, &n2)
               ? (point){room->s->model.yi[i], room->s->model.vi[i], sqrt(1.0 / n1 + 1.0 / n2)}
               : nowhere;
}

/* The arcsine difference has a variance that the sizes alone determine; defined with zero cells. */
static point ruecker(const bias_room *room, size_t i)
{
    table t;

    if (!table_of(room, i, &t)) {
        return nowhere;
    }
    const double v = 0.25 / t.n1 + 0.25 / t.n2;

    return (point){asin(sqrt(t.a / t.n1)) - asin(sqrt(t.c / t.n2)), v, sqrt(v)};
}

/* How the tests differ. limit: the predictor of a study without error is 0. */
static const struct {
    point_fn *at;
    int random; /* 1: as a moderator of the model */
    int t;      /* 1: tested with t whatever the model's test */
    int moderators, limit;
    tq_bias_predictor predictor; /* COUNT: as asked for (egger), or none of the list */
} kinds[TQ_BIAS_TEST_COUNT] = {
    [TQ_BIAS_EGGER_LM] = {egger, 0, 1, 1, 1, TQ_PREDICTOR_COUNT},
    [TQ_BIAS_EGGER_RMA] = {egger, 1, 0, 1, 1, TQ_PREDICTOR_COUNT},
    [TQ_BIAS_HARBORD] = {harbord, 0, 1, 0, 1, TQ_PREDICTOR_COUNT},
    [TQ_BIAS_PETERS] = {peters, 0, 1, 0, 1, TQ_PREDICTOR_NINV},
    [TQ_BIAS_MACASKILL] = {by_ni, 0, 1, 1, 0, TQ_PREDICTOR_NI},
    [TQ_BIAS_THOMPSON] = {by_sei, 1, 1, 1, 1, TQ_PREDICTOR_SEI},
    [TQ_BIAS_DEEKS] = {deeks, 0, 1, 0, 1, TQ_PREDICTOR_COUNT},
    [TQ_BIAS_PUSTEJOVSKY] = {pustejovsky, 0, 1, 1, 1, TQ_PREDICTOR_COUNT},
    [TQ_BIAS_RUECKER] = {ruecker, 0, 1, 0, 0, TQ_PREDICTOR_COUNT},
    [TQ_BIAS_RUECKER_THOMPSON] = {ruecker, 1, 1, 0, 0, TQ_PREDICTOR_COUNT},
    [TQ_BIAS_PET] = {by_sei, 0, 1, 0, 1, TQ_PREDICTOR_SEI},
    [TQ_BIAS_PEESE] = {by_vi, 0, 1, 0, 1, TQ_PREDICTOR_VI},
};

/* Predictor and design of the studies that have a point; the predictor is the last column. Its scale is
   taken out, so that sample sizes stand beside intercepts. Returns how many there are. */
static size_t gather(bias_room *room, tq_bias_test test, double *scale, int *constant)
{
    const tq_model *m = &room->s->model;
    const size_t p = kinds[test].moderators ? m->p : 1, k = m->k;
    double lo = INFINITY, hi = 0.0, *x = room->X + p * k;
    size_t n = 0;

    for (size_t i = 0; i < k; i++) {
        const point at = kinds[test].at(room, i);

        if (isfinite(at.y) && at.v > 0.0 && isfinite(at.v) && isfinite(at.x)) {
            room->y[n] = at.y;
            room->v[n] = at.v;
            room->w[n] = room->opt.weights ? room->opt.weights[i] : 1.0;
            x[n] = at.x;
            for (size_t a = 0; a < p; a++) {
                room->X[a * k + n] = m->X && kinds[test].moderators ? m->X[a * k + i] : 1.0;
            }
            lo = fmin(lo, at.x);
            hi = fmax(hi, at.x);
            n++;
        }
    }
    for (size_t a = 1; a <= p && n < k; a++) { /* close the gaps between the columns */
        memmove(room->X + a * n, room->X + a * k, n * sizeof *room->X);
    }
    *scale = hi;
    *constant = !(hi - lo > 1e-10 * hi); /* beyond the rounding of any predictor */
    for (size_t i = 0; i < n && hi > 0.0; i++) {
        room->X[p * n + i] /= hi;
    }
    return n;
}

static tq_status fit(bias_room *room, tq_bias_test test, size_t n, size_t p, tq_error *err)
{
    const tq_model *m = &room->s->model;
    const int moderators = kinds[test].moderators && m->X;
    const tq_model model = {.k = n,
                            .p = p + 1,
                            .yi = room->y,
                            .vi = room->v,
                            .X = room->X,
                            .intercept = moderators ? m->intercept : 1};
    tq_pool_options opt = room->opt;

    if (!kinds[test].random) {
        opt.method = TQ_UWLS;
        opt.tau2 = NAN;
        opt.weighted = 1;
        opt.weights = NULL;
    } else if (opt.weights) {
        opt.weights = room->w;
    }
    opt.test = kinds[test].t ? TQ_TEST_T : opt.test;
    return tq_pool_fit(&model, &opt, room->work, room->fit, err);
}

/* Henmi-Copas and quality effects are defined for one mean. */
static int fits_regression(tq_method method)
{
    return !tq_method_counts(method) && method != TQ_HC && method != TQ_QE;
}

/* Why no study has a point: what the test needs is not known, or known and empty. */
static tq_status no_point(const bias_room *room, tq_bias_test test, tq_bias_result *out)
{
    const int of_events = kinds[test].at == harbord || kinds[test].at == peters;
    const char *needs = tq_bias_test_needs(test);

    for (size_t i = 0; of_events && i < room->s->model.k; i++) {
        if (bias_has_table(room->s, i)) {
            return bias_cannot(out, BIAS_NO_EVENTS);
        }
    }
    return bias_cannot(out, "it needs %s, which are not known", needs ? needs : "sample sizes");
}

/* The fit of a test, or why there is none; *done: there is one. */
static tq_status regress(bias_room *room, tq_bias_test test, tq_bias_result *out, size_t *p,
                         double *scale, int *done, tq_error *err)
{
    tq_error inner = {0};
    int constant;

    *done = 0;
    *p = kinds[test].moderators ? room->s->model.p : 1;
    if (!kinds[test].moderators && bias_has_moderators(room, out)) {
        return TQ_OK;
    }
    if (kinds[test].random && !fits_regression(room->opt.method)) {
        return bias_cannot(out, "method %s fits no regression; --method REML does",
                           tq_method_name(room->opt.method));
    }
    out->k = gather(room, test, scale, &constant);
    if (out->k == 0) {
        return no_point(room, test, out);
    }
    if (out->k < *p + 2) {
        return bias_cannot(out, "%zu stud%s: it needs at least %zu", out->k,
                           out->k == 1 ? "y" : "ies", *p + 2);
    }
    if (constant) {
        return bias_cannot(out,
                           "the predictor is the same in all studies, which cannot be told apart "
                           "by it");
    }
    const tq_status status = fit(room, test, out->k, *p, &inner);

    *done = status == TQ_OK;
    return *done ? TQ_OK : bias_failed(out, status, &inner, err);
}

/* The intercept, where it is the effect of a study without error. */
static void take_limit(const bias_room *room, int exists, tq_bias_result *out)
{
    const tq_bias_predictor x = out->predictor;

    if (exists && !room->s->model.X && x != TQ_PREDICTOR_NI && x != TQ_PREDICTOR_SQRTNI) {
        out->limit = room->fit->beta[0];
        out->limit_lb = room->fit->ci_lb[0];
        out->limit_ub = room->fit->ci_ub[0];
    }
}

static tq_status coefficient(bias_room *room, tq_bias_result *out, size_t a, double scale)
{
    const tq_pool *f = room->fit;

    if (!isfinite(f->stat[a])) {
        return bias_cannot(out, "the effects lie on the line exactly: there is no error to test "
                                "against");
    }
    out->est = f->beta[a] / scale;
    out->se = f->se[a] / scale;
    out->stat = f->stat[a];
    out->df = f->df[a];
    out->pval = f->pval[a];
    return TQ_OK;
}

tq_status bias_regression(bias_room *room, tq_bias_result *out, tq_error *err)
{
    const int is_egger = kinds[out->test].at == egger;
    size_t p;
    double scale;
    int done;

    out->predictor = is_egger ? room->predictor : kinds[out->test].predictor;
    const tq_status status = regress(room, out->test, out, &p, &scale, &done, err);

    if (!done) {
        return status;
    }
    take_limit(room, kinds[out->test].limit, out);
    return coefficient(room, out, p, scale);
}

/* pet-peese goes on with peese where pet finds an effect: at 5% one-sided, as Stanley (2017), Soc.
   Psychol. Personal. Sci. 8:581-591 recommends. */
tq_status bias_intercept(bias_room *room, tq_bias_result *out, tq_error *err)
{
    static const double finds = 0.10;
    const int both = out->test == TQ_BIAS_PET_PEESE;
    tq_bias_test test = both ? TQ_BIAS_PET : out->test;
    tq_status status = TQ_OK;
    size_t p;
    double scale;
    int done;

    for (int again = 1; again; test = TQ_BIAS_PEESE) {
        out->predictor = kinds[test].predictor;
        status = regress(room, test, out, &p, &scale, &done, err);
        again = both && done && test == TQ_BIAS_PET && room->fit->pval[0] < finds;
    }
    if (!done) {
        return status;
    }
    take_limit(room, 1, out);
    return coefficient(room, out, 0, 1.0);
}
