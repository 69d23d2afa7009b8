/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sums that estimators are made of, at a value of tau2 or for fixed weights. */
#include <math.h>

#include "pooling/problem_internal.h"

/* ---- weights 1/(vi + t), the intercept alone ---- */

/*
 * With the constant 1 as design, P_ij = w_i (d_ij - w_j / sw). Every trace is written as a sum of
 * positive terms: a study with almost all weight would otherwise cancel them away. `rest` is
 * sw - w_0 summed without w_0, the one complement that subtraction would lose.
 */
static void traces_mean(const tq_pool_work *g, double sw, double rest, problem_sums *s)
{
    const double *w = g->w;
    const double share = 1.0 / sw;
    double own = 0.0, pairs = 0.0, sum2 = 0.0;

    for (size_t i = 0; i < g->k; i++) {
        const double w2 = share * w[i] * w[i], f = w[i] * ((i == 0 ? rest : sw - w[i]) * share);

        own += f * f;
        pairs += sum2 * w2;
        sum2 += w2;
    }
    s->trPP = own + 2.0 * pairs;
}

static void evaluate_mean(tq_pool_work *g, double t, problem_detail detail, problem_sums *s)
{
    const size_t k = g->k;
    double *w = g->w;
    const double *y = g->y, *v = g->v;
    double rest = 0.0, swy = 0.0, pairs = 0.0;

    w[0] = 1.0 / (v[0] + t);
    for (size_t i = 1; i < k; i++) {
        w[i] = 1.0 / (v[i] + t);
        pairs += rest * w[i];
        rest += w[i];
        swy += w[i] * y[i]; /* y[0] is 0 */
    }
    const double sw = w[0] + rest, mu = (swy + w[0] * y[0]) / sw;
    double Q = 0.0, PP = 0.0, sw2 = 0.0;

    pairs += w[0] * rest;
    for (size_t i = 0; i < k; i++) {
        const double r = y[i] - mu, wr = w[i] * r;

        Q += wr * r;
        PP += wr * wr;
        sw2 += w[i] * w[i];
    }
    g->beta[0] = mu;
    s->sw = sw;
    s->sw2 = sw2;
    s->Q = Q;
    s->yPPy = PP;
    s->trP = 2.0 * pairs / sw;
    s->logdetA = NAN; /* log sw, taken by those who need it: logarithms are dear */
    if (detail == SUMS_DETAIL) {
        double c = 0.0, wide = 0.0;

        for (size_t i = 0; i < k; i++) {
            c += w[i] * (w[i] * (y[i] - mu));
        }
        c /= sw;
        for (size_t i = 0; i < k; i++) {
            const double d = w[i] * (y[i] - mu) - c;

            wide += w[i] * d * d;
        }
        s->yPPPy = wide;
        traces_mean(g, sw, rest, s);
    }
}

/* ---- weights 1/(vi + t), a design matrix ---- */

static void evaluate_design(tq_pool_work *g, double t, problem_detail detail, problem_sums *s)
{
    const size_t k = g->k;
    double *w = g->w;

    *s = (problem_sums){.trPP = NAN, .yPPPy = NAN};
    for (size_t i = 0; i < k; i++) {
        w[i] = 1.0 / (g->v[i] + t);
        s->sw += w[i];
        s->sw2 += w[i] * w[i];
    }
    if (!problem_regress(g, w, &s->logdetA)) {
        *s = (problem_sums){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        return;
    }
    for (size_t i = 0; i < k; i++) {
        const double wr = w[i] * g->r[i];

        s->Q += wr * g->r[i];
        s->yPPy += wr * wr;
    }
    s->trP = detail == SUMS_PLAIN ? (double)NAN : problem_trace(g, NULL);
    if (detail == SUMS_DETAIL) {
        s->trPP = problem_trace_pair(g, w, NULL, NULL);
        for (size_t i = 0; i < k; i++) {
            g->u[i] = w[i] * g->r[i];
        }
        problem_residuals(g, w, g->u, g->e);
        s->yPPPy = 0.0;
        for (size_t i = 0; i < k; i++) {
            s->yPPPy += w[i] * g->e[i] * g->e[i];
        }
    }
}

void problem_evaluate(tq_pool_work *g, double t, problem_detail detail, problem_sums *s)
{
    if (g->mean_only) {
        evaluate_mean(g, t, detail, s);
    } else {
        evaluate_design(g, t, detail, s);
    }
}

double problem_log_variances(const tq_pool_work *g, double t)
{
    double sum = 0.0;

    for (size_t i = 0; i < g->k; i++) {
        sum += log(g->v[i] + t);
    }
    return sum;
}

/* ---- fixed weights ---- */

void problem_quadratic_form(tq_pool_work *g, problem_form *f)
{
    if (!problem_regress(g, g->a, NULL)) {
        *f = (problem_form){NAN, NAN, NAN, NAN, NAN, NAN};
        return;
    }
    f->Q = 0.0;
    for (size_t i = 0; i < g->k; i++) {
        f->Q += g->a[i] * g->r[i] * g->r[i];
    }
    f->trP = problem_trace(g, NULL);
    f->trPV = problem_trace(g, g->v);
    f->trPP = problem_trace_pair(g, g->a, NULL, NULL);
    f->trPVP = problem_trace_pair(g, g->a, g->v, NULL);
    f->trPVPV = problem_trace_pair(g, g->a, g->v, g->v);
}
