/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firth's penalised likelihood. With weights w1, w2 = n p (1 - p) of the groups of study i,
 * D_i = w1 + w2 and m_i = w1 / D_i, the information on (a, beta) is an arrow: D_i on the diagonal of
 * the intercepts, and
 *
 *     S = sum m_i w2 x_i x_i'
 *
 * on beta once they are removed, so log|I| = sum log D_i + log|S|. The penalised score adds
 * h (1/2 - p) to each group's score, with its leverage h = w (1 / D_i + (c - m_i)^2 x_i' S^-1 x_i),
 * c = 1 in group 1 and 0 in group 2.
 */
#include "counts/firth.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"
#include "optim/root.h"

enum { ALL_FREE = -1 };

typedef struct {
    const tq_firth_problem *in;
    size_t k, p;
    double *a, *step_a;            /* [k] intercepts and their step */
    double *w1, *w2, *u1, *u2, *h; /* [k] weights, penalised scores, information m w2 */
    double *beta, *step, *score;   /* [p] */
    double *S, *V;                 /* [p x p] */
    double *best_a, *best_beta;    /* [k], [p] the unrestricted maximum */
    double *block;
    double ll, penalised;
    int iterations;
} firth_state;

static tq_status take_memory(firth_state *g, tq_error *err)
{
    const size_t k = g->k, p = g->p;
    double *at = NULL;

    if (p > 0 && k < SIZE_MAX / 256 && p < SIZE_MAX / 256 / p) {
        at = g->block = calloc(8 * k + 4 * p + 2 * p * p, sizeof *at);
    }
    if (!at) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    double **const parts[] = {&g->a,     &g->step_a,    &g->w1,     &g->w2,   &g->u1,
                              &g->u2,    &g->h,         &g->best_a, &g->beta, &g->step,
                              &g->score, &g->best_beta, &g->S,      &g->V};
    const size_t sizes[] = {k, k, k, k, k, k, k, k, p, p, p, p, p * p, p * p};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i] = at;
        at += sizes[i];
    }
    return TQ_OK;
}

static double effect(const firth_state *g, size_t i)
{
    double sum = 0.0;

    for (size_t j = 0; j < g->p; j++) {
        sum += g->beta[j] * g->in->X[i + j * g->k];
    }
    return sum;
}

static double leverage_form(const firth_state *g, size_t i)
{
    double sum = 0.0;

    for (size_t a = 0; a < g->p; a++) {
        for (size_t b = 0; b < g->p; b++) {
            sum += g->in->X[i + a * g->k] * g->V[a + b * g->p] * g->in->X[i + b * g->k];
        }
    }
    return sum;
}

/* h (1/2 - p), with w = n p q and p from the score x - n p. */
static double penalty_score(double h, double x, double n, double d1)
{
    return h * (0.5 - (x - d1) / n);
}

/* Likelihood, weights and penalised scores at (a, beta). 0 where the information is singular. */
static int evaluate(firth_state *g)
{
    double logs = 0.0, logdet;

    g->ll = 0.0;
    for (size_t i = 0; i < g->k; i++) {
        const tq_count_study *s = &g->in->study[i];
        const tq_slopes one = tq_binomial_slopes(s->x1, s->n1, g->a[i] + effect(g, i));
        const tq_slopes two = tq_binomial_slopes(s->x2, s->n2, g->a[i]);
        const double D = -(one.d2 + two.d2);

        g->ll += one.ll + two.ll;
        logs += log(D);
        g->w1[i] = -one.d2;
        g->w2[i] = -two.d2;
        g->u1[i] = one.d1;
        g->u2[i] = two.d1;
        g->h[i] = g->w1[i] * (g->w2[i] / D);
    }
    tq_gram(g->k, g->p, g->in->X, g->h, g->S);
    memcpy(g->V, g->S, g->p * g->p * sizeof *g->V);
    if (!isfinite(logs) || tq_invert_spd(g->p, g->V, &logdet, NULL) != TQ_OK) {
        return 0;
    }
    g->penalised = g->ll + 0.5 * (logs + logdet);
    for (size_t i = 0; i < g->k; i++) {
        const tq_count_study *s = &g->in->study[i];
        const double D = g->w1[i] + g->w2[i], m = g->w1[i] / D, form = leverage_form(g, i);
        const double h1 = g->w1[i] * (1.0 / D + (1.0 - m) * (1.0 - m) * form);
        const double h2 = g->w2[i] * (1.0 / D + m * m * form);

        g->u1[i] += penalty_score(h1, s->x1, s->n1, g->u1[i]);
        g->u2[i] += penalty_score(h2, s->x2, s->n2, g->u2[i]);
    }
    return 1;
}

/*
 * The scoring step, with coefficient `held` not moving; the most it changes a logit or an effect,
 * which unlike the coefficients have no units.
 */
static double scoring_step(firth_state *g, int held)
{
    const size_t k = g->k, p = g->p;
    double largest = 0.0, logdet;

    memset(g->score, 0, p * sizeof *g->score);
    for (size_t i = 0; i < k; i++) {
        const double m = g->w1[i] / (g->w1[i] + g->w2[i]);
        const double u = g->u1[i] - m * (g->u1[i] + g->u2[i]);

        for (size_t j = 0; j < p; j++) {
            g->score[j] += u * g->in->X[i + j * k];
        }
    }
    memcpy(g->V, g->S, p * p * sizeof *g->V);
    if (held >= 0) {
        for (size_t j = 0; j < p; j++) {
            g->V[(size_t)held + j * p] = g->V[j + (size_t)held * p] = 0.0;
        }
        g->V[(size_t)held * (p + 1)] = 1.0;
        g->score[held] = 0.0;
    }
    if (tq_invert_spd(p, g->V, &logdet, NULL) != TQ_OK) {
        return NAN;
    }
    for (size_t a = 0; a < p; a++) {
        g->step[a] = 0.0;
        for (size_t b = 0; b < p; b++) {
            g->step[a] += g->V[a + b * p] * g->score[b];
        }
    }
    for (size_t i = 0; i < k; i++) {
        double d = 0.0;

        for (size_t j = 0; j < p; j++) {
            d += g->step[j] * g->in->X[i + j * k];
        }
        g->step_a[i] = (g->u1[i] + g->u2[i] - g->w1[i] * d) / (g->w1[i] + g->w2[i]);
        largest = fmax(largest, fmax(fabs(d), fabs(g->step_a[i])));
    }
    return largest;
}

static void move(firth_state *g, double fraction)
{
    for (size_t i = 0; i < g->k; i++) {
        g->a[i] += fraction * g->step_a[i];
    }
    for (size_t j = 0; j < g->p; j++) {
        g->beta[j] += fraction * g->step[j];
    }
}

/* Scoring steps of at most 5, halved where they do not raise the penalised likelihood. */
static tq_status ascend(firth_state *g, int held, tq_error *err)
{
    if (!evaluate(g)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the design is singular");
    }
    for (int iter = 0; iter < g->in->max_iter; iter++) {
        const double before = g->penalised, largest = scoring_step(g, held);
        double fraction = largest > 5.0 ? 5.0 / largest : 1.0;

        if (isnan(largest)) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the design is singular");
        }
        g->iterations++;
        move(g, fraction);
        while (!evaluate(g) || (g->penalised < before && fraction * largest > 1e-5)) {
            fraction *= 0.5;
            move(g, -fraction);
            if (fraction < 1e-12) {
                return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                               "the penalised likelihood was not maximised");
            }
        }
        if (largest <= g->in->tol) {
            return TQ_OK;
        }
    }
    return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                   "the penalised likelihood was not maximised in %d steps", g->in->max_iter);
}

/* ---- profiles ---- */

typedef struct {
    firth_state *g;
    int j;
    double most, drop; /* the maximum; how far below it the profile is sought */
    tq_error *err;
    tq_status status;
} profile;

/* Maximum of the penalised likelihood with beta_j = x, less the level sought. */
static double profile_less(double x, double *slope, void *context)
{
    profile *q = context;

    *slope = NAN;
    q->g->beta[q->j] = x;
    q->status = ascend(q->g, q->j, q->err);
    return q->status == TQ_OK ? q->g->penalised - (q->most - q->drop) : (double)NAN;
}

static void return_to_maximum(firth_state *g)
{
    memcpy(g->a, g->best_a, g->k * sizeof *g->a);
    memcpy(g->beta, g->best_beta, g->p * sizeof *g->beta);
}

/* The limit on one side: doubled steps of 1 SE until the profile is low enough, then a root. */
static tq_status find_limit(profile *q, double side, double se, double *limit)
{
    firth_state *g = q->g;
    const tq_root_options o = {fmax(g->in->tol, 1e-11), se, 200};
    double slope, lo = g->best_beta[q->j], f_lo = q->drop, step = 2.0 * se, hi = lo, f_hi = f_lo;

    return_to_maximum(g);
    for (int n = 0; n < 60 && f_hi > 0.0; n++, step *= 2.0) {
        lo = hi;
        f_lo = f_hi;
        hi = lo + side * step;
        f_hi = profile_less(hi, &slope, q);
    }
    if (!(f_hi <= 0.0)) {
        return q->status != TQ_OK ? q->status
                                  : tq_fail(q->err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                                            "the penalised likelihood falls too slowly: no "
                                            "confidence limit was found");
    }
    const tq_status status =
        side > 0.0 ? tq_root_find(profile_less, q, lo, f_lo, hi, f_hi, &o, limit, NULL)
                   : tq_root_find(profile_less, q, hi, f_hi, lo, f_lo, &o, limit, NULL);

    return status == TQ_OK || q->status != TQ_OK
               ? (status == TQ_OK ? TQ_OK : q->status)
               : tq_fail(q->err, status, TQ_NO_ROW, NULL, "no confidence limit was found");
}

static tq_status profile_coefficient(firth_state *g, size_t j, double most, tq_firth_fit *out,
                                     tq_error *err)
{
    profile q = {g, (int)j, most, 0.0, err, TQ_OK};
    const double se = sqrt(out->vb[j * (g->p + 1)]);
    double slope;

    return_to_maximum(g);
    const double at_null = profile_less(0.0, &slope, &q);

    out->stat[j] = fmax(0.0, -2.0 * at_null);
    q.drop = 0.5 * g->in->chi2;
    tq_status status = q.status;

    if (status == TQ_OK) {
        status = find_limit(&q, -1.0, se, &out->ci_lb[j]);
    }
    return status == TQ_OK ? find_limit(&q, 1.0, se, &out->ci_ub[j]) : status;
}

static void keep(firth_state *g, tq_firth_fit *out)
{
    memcpy(g->best_a, g->a, g->k * sizeof *g->a);
    memcpy(g->best_beta, g->beta, g->p * sizeof *g->beta);
    memcpy(out->beta, g->beta, g->p * sizeof *g->beta);
    memcpy(out->vb, g->V, g->p * g->p * sizeof *g->V);
    memcpy(out->weight, g->h, g->k * sizeof *g->h);
    out->ll = g->ll;
    out->ll_penalised = g->penalised;
}

tq_status tq_firth_maximise(const tq_firth_problem *in, tq_firth_fit *out, tq_error *err)
{
    firth_state g = {.in = in, .k = in->k, .p = in->p};
    tq_status status = take_memory(&g, err);

    for (size_t i = 0; status == TQ_OK && i < in->k; i++) { /* both groups at the pooled risk */
        const tq_count_study *s = &in->study[i];

        g.a[i] = log((s->x1 + s->x2 + 0.5) / (s->n1 + s->n2 - s->x1 - s->x2 + 0.5));
    }
    if (status == TQ_OK) {
        status = ascend(&g, ALL_FREE, err);
    }
    if (status == TQ_OK) {
        keep(&g, out);
    }
    for (size_t j = 0; status == TQ_OK && j < in->p; j++) {
        status = profile_coefficient(&g, j, out->ll_penalised, out, err);
    }
    out->iterations = g.iterations;
    free(g.block);
    return status;
}
