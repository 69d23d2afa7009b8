/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading a model into the kernels' workspace, and the sums every estimator is made of. */
#include "pooling/problem_internal.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"

/* ---- memory ---- */

static int product(size_t a, size_t b, size_t *out)
{
    *out = a * b;
    return b == 0 || a <= SIZE_MAX / b;
}

tq_pool_work *tq_pool_work_new(size_t k, size_t p)
{
    size_t kp, pp, doubles;

    if (k == 0 || p == 0 || !product(k, p, &kp) || !product(p, p, &pp) || k > SIZE_MAX / 64 ||
        kp > SIZE_MAX / 64 || pp > SIZE_MAX / 128) {
        return NULL;
    }
    doubles = 6 * k + kp + 6 * pp + 3 * p;
    tq_pool_work *g = calloc(1, sizeof *g);
    double *at = g && doubles <= SIZE_MAX / sizeof(double) ? calloc(doubles, sizeof(double)) : NULL;

    if (!at) {
        free(g);
        return NULL;
    }
    g->block = at;
    g->k_max = k;
    g->p_max = p;
    double **vectors[] = {&g->y, &g->v, &g->w, &g->a, &g->u, &g->r};
    double **squares[] = {&g->R, &g->S, &g->A, &g->B, &g->C, &g->D};
    double **coefficients[] = {&g->beta, &g->b1, &g->b2};

    for (size_t i = 0; i < 6; i++, at += k) {
        *vectors[i] = at;
    }
    g->Q = at;
    at += kp;
    for (size_t i = 0; i < 6; i++, at += pp) {
        *squares[i] = at;
    }
    for (size_t i = 0; i < 3; i++, at += p) {
        *coefficients[i] = at;
    }
    return g;
}

void tq_pool_work_free(tq_pool_work *work)
{
    if (work) {
        free(work->block);
        free(work);
    }
}

/* ---- loading ---- */

static tq_status check_model(const tq_pool_work *g, const tq_model *m, tq_error *err)
{
    if (m->k < 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to pool");
    }
    if (m->k > g->k_max || m->p > g->p_max) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the workspace is made for %zu studies and %zu coefficients", g->k_max,
                       g->p_max);
    }
    if (m->p < 1 || (!m->X && m->p != 1)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "%zu coefficients do not belong to the design", m->p);
    }
    if (m->p >= m->k && !(m->k == 1 && m->p == 1)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "%zu coefficients need more than %zu studies", m->p, m->k);
    }
    for (size_t i = 0; i < m->k; i++) {
        if (!isfinite(m->yi[i])) {
            return tq_fail(err, TQ_EDATA, i, "yi", "value '%g' must be a finite number", m->yi[i]);
        }
        if (!(m->vi[i] > 0.0 && isfinite(m->vi[i]))) {
            return tq_fail(err, TQ_EDATA, i, "vi", "value '%g' must be > 0", m->vi[i]);
        }
    }
    for (size_t i = 0; m->X && i < m->k * m->p; i++) {
        if (!isfinite(m->X[i])) {
            return tq_fail(err, TQ_EDATA, i % m->k, NULL,
                           "value '%g' of a moderator must be a finite number", m->X[i]);
        }
    }
    return TQ_OK;
}

int problem_mean_only(const tq_model *m)
{
    return !m->X || (m->p == 1 && m->intercept);
}

/* Copy in with study `first` swapped to the front. */
static void load_column(const double *from, size_t k, size_t first, double *to)
{
    memcpy(to, from, k * sizeof *to);
    to[0] = from[first];
    to[first] = from[0];
}

/*
 * Half the binary exponent of the units: between the smallest variance and the spread of the
 * effects, so that neither squared weights at tau2 = 0 nor squared effects leave the range.
 */
static int choose_exponent(double v_min, double y_range)
{
    int e_v, e_y;

    frexp(v_min, &e_v);
    frexp(y_range, &e_y);
    const int e_spread = y_range > 0.0 ? 2 * e_y : e_v;
    const int middle = e_spread > e_v ? e_v + (e_spread - e_v) / 2 : e_v;

    return (middle - (middle < 0)) / 2;
}

/* Sum of squares around the unweighted fit: y'y less the part that the basis explains. */
static double unweighted_spread(tq_pool_work *g)
{
    const size_t k = g->k;
    double spread = 0.0;

    memcpy(g->r, g->y, k * sizeof *g->r);
    if (g->mean_only) {
        double sum = 0.0;

        for (size_t i = 0; i < k; i++) {
            sum += g->y[i];
        }
        for (size_t i = 0; i < k; i++) {
            g->r[i] -= sum / (double)k;
        }
    } else {
        tq_cross(k, g->p, g->Q, NULL, g->y, g->b1);
        for (size_t a = 0; a < g->p; a++) {
            for (size_t i = 0; i < k; i++) {
                g->r[i] -= g->Q[i + a * k] * g->b1[a];
            }
        }
    }
    for (size_t i = 0; i < k; i++) {
        spread += g->r[i] * g->r[i];
    }
    return spread;
}

/* Q and R from the caller's design. */
static tq_status load_design(tq_pool_work *g, const tq_model *m, tq_error *err)
{
    tq_error singular;

    for (size_t a = 0; a < m->p; a++) {
        load_column(m->X + a * m->k, m->k, g->first, g->Q + a * m->k);
    }
    if (tq_qr(m->k, m->p, g->Q, g->R, g->b1, &singular) != TQ_OK) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "column %zu of the design is a linear combination of those before it",
                       singular.row + 1);
    }
    return TQ_OK;
}

tq_status problem_load(tq_pool_work *g, const tq_model *m, tq_error *err)
{
    tq_status status = check_model(g, m, err);

    if (status != TQ_OK) {
        return status;
    }
    size_t first = 0;
    double v_max = m->vi[0], y_lo = m->yi[0], y_hi = m->yi[0];

    for (size_t i = 1; i < m->k; i++) {
        first = m->vi[i] < m->vi[first] ? i : first;
        v_max = fmax(v_max, m->vi[i]);
        y_lo = fmin(y_lo, m->yi[i]);
        y_hi = fmax(y_hi, m->yi[i]);
    }
    g->k = m->k;
    g->p = m->p;
    g->mean_only = problem_mean_only(m);
    g->intercept = !m->X || m->intercept;
    g->first = first;
    g->shift = g->intercept ? m->yi[first] : 0.0;
    g->exponent =
        choose_exponent(m->vi[first], fmax(fabs(y_hi - g->shift), fabs(y_lo - g->shift)));
    load_column(m->yi, m->k, first, g->y);
    load_column(m->vi, m->k, first, g->v);
    for (size_t i = 0; i < m->k; i++) {
        g->y[i] = ldexp(g->y[i] - g->shift, -g->exponent);
        /* A variance beyond the range has no weight next to the others; v + t must stay finite. */
        g->v[i] = fmin(ldexp(g->v[i], -2 * g->exponent), 0.25 * DBL_MAX);
    }
    g->v_min = g->v[0];
    g->v_max = fmin(ldexp(v_max, -2 * g->exponent), 0.25 * DBL_MAX);
    status = g->mean_only ? TQ_OK : load_design(g, m, err);
    if (status == TQ_OK) {
        g->spread = unweighted_spread(g);
    }
    return status;
}

void problem_weights(tq_pool_work *g, const double *weights)
{
    load_column(weights, g->k, g->first, g->a);
}

double problem_tau2_out(const tq_pool_work *g, double t)
{
    return ldexp(t, 2 * g->exponent);
}

double problem_tau2_in(const tq_pool_work *g, double tau2)
{
    return ldexp(tau2, -2 * g->exponent);
}

double problem_log_variances(const tq_pool_work *g, double t)
{
    double sum = 0.0;

    for (size_t i = 0; i < g->k; i++) {
        sum += log(g->v[i] + t);
    }
    return sum;
}

/* ---- evaluation: the intercept alone ---- */

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

static void evaluate_mean(tq_pool_work *g, double t, int details, problem_sums *s)
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
    if (details) {
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

/* ---- evaluation: a design matrix ---- */

/* tr(P) and tr(PP) from Gram matrices: with F = (Q'WQ)^-1 and Gj = Q'W^j Q,
   tr P = sw - tr(F G2), tr PP = sw2 - 2 tr(F G3) + tr(F G2 F G2). */
static void traces_design(tq_pool_work *g, int details, problem_sums *s)
{
    const size_t k = g->k, p = g->p;

    for (size_t i = 0; i < k; i++) {
        g->u[i] = g->w[i] * g->w[i];
    }
    tq_gram(k, p, g->Q, g->u, g->B);
    s->trP = s->sw - tq_trace_product(p, g->A, g->B);
    if (!details) {
        return;
    }
    for (size_t i = 0; i < k; i++) {
        g->u[i] *= g->w[i];
    }
    tq_gram(k, p, g->Q, g->u, g->C);
    tq_multiply(p, g->A, g->B, g->D);
    double square = 0.0;

    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            square += g->D[a + b * p] * g->D[b + a * p];
        }
    }
    s->trPP = s->sw2 - 2.0 * tq_trace_product(p, g->A, g->C) + square;
}

static void evaluate_design(tq_pool_work *g, double t, int details, problem_sums *s)
{
    const size_t k = g->k, p = g->p;
    double *w = g->w;

    *s = (problem_sums){.trPP = NAN, .yPPPy = NAN};
    for (size_t i = 0; i < k; i++) {
        w[i] = 1.0 / (g->v[i] + t);
        s->sw += w[i];
        s->sw2 += w[i] * w[i];
    }
    tq_gram(k, p, g->Q, w, g->A);
    if (tq_invert_spd(p, g->A, &s->logdetA, NULL) != TQ_OK) {
        *s = (problem_sums){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        return;
    }
    tq_cross(k, p, g->Q, w, g->y, g->b1);
    for (size_t a = 0; a < p; a++) {
        g->beta[a] = 0.0;
        for (size_t b = 0; b < p; b++) {
            g->beta[a] += g->A[a + b * p] * g->b1[b];
        }
    }
    double wide = 0.0;

    for (size_t i = 0; i < k; i++) {
        double r = g->y[i];

        for (size_t a = 0; a < p; a++) {
            r -= g->Q[i + a * k] * g->beta[a];
        }
        const double wr = w[i] * r;

        g->r[i] = wr;
        s->Q += wr * r;
        s->yPPy += wr * wr;
        wide += w[i] * wr * wr;
    }
    traces_design(g, details, s);
    if (details) {
        tq_cross(k, p, g->Q, w, g->r, g->b1);
        s->yPPPy = wide - tq_bilinear(p, g->b1, g->A, g->b1);
    }
}

void problem_evaluate(tq_pool_work *g, double t, int details, problem_sums *s)
{
    if (g->mean_only) {
        evaluate_mean(g, t, details, s);
    } else {
        evaluate_design(g, t, details, s);
    }
}

/* ---- quadratic forms with fixed weights ---- */

/* Gram matrix of the design with weights u; the intercept alone stands for a column of ones. */
static void gram_of(const tq_pool_work *g, const double *u, double *G)
{
    if (g->mean_only) {
        double sum = 0.0;

        for (size_t i = 0; i < g->k; i++) {
            sum += u[i];
        }
        G[0] = sum;
    } else {
        tq_gram(g->k, g->p, g->Q, u, G);
    }
}

/* tr(F G1 F G2). */
static double trace_four(const tq_pool_work *g, const double *F, const double *G1, const double *G2,
                         double *scratch1, double *scratch2)
{
    const size_t p = g->p;
    double sum = 0.0;

    tq_multiply(p, F, G1, scratch1);
    tq_multiply(p, F, G2, scratch2);
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            sum += scratch1[a + b * p] * scratch2[b + a * p];
        }
    }
    return sum;
}

/* Residual sum of squares of y around its fit with weights a; F is (X'AX)^-1. */
static double residual_form(tq_pool_work *g, const double *F)
{
    const size_t k = g->k, p = g->p;
    const int mean = g->mean_only;
    double Q = 0.0;

    if (mean) {
        g->b1[0] = 0.0;
        for (size_t i = 0; i < k; i++) {
            g->b1[0] += g->a[i] * g->y[i];
        }
    } else {
        tq_cross(k, p, g->Q, g->a, g->y, g->b1);
    }
    for (size_t a = 0; a < p; a++) {
        g->beta[a] = 0.0;
        for (size_t b = 0; b < p; b++) {
            g->beta[a] += F[a + b * p] * g->b1[b];
        }
    }
    for (size_t i = 0; i < k; i++) {
        double r = g->y[i];

        for (size_t a = 0; a < p; a++) {
            r -= (mean ? 1.0 : g->Q[i + a * k]) * g->beta[a];
        }
        Q += g->a[i] * r * r;
    }
    return Q;
}

/*
 * tr(P D1 P D2) = sum a^2 d1 d2 - 2 tr(F X'(a^3 d1 d2)X) + tr(F X'(a^2 d1)X F X'(a^2 d2)X) for
 * diagonal D1, D2, by expanding P; here D1, D2 are I or V.
 */
void problem_quadratic_form(tq_pool_work *g, problem_form *f)
{
    const size_t k = g->k, p = g->p;
    double *u = g->u, *F = g->A, logdet;

    gram_of(g, g->a, F);
    if (tq_invert_spd(p, F, &logdet, NULL) != TQ_OK) {
        *f = (problem_form){NAN, NAN, NAN, NAN, NAN, NAN};
        return;
    }
    f->Q = residual_form(g, F);
    f->trP = f->trPV = 0.0;
    double square[3] = {0.0, 0.0, 0.0};

    for (size_t i = 0; i < k; i++) {
        const double a = g->a[i], v = g->v[i];

        f->trP += a;
        f->trPV += a * v;
        square[0] += a * a;
        square[1] += a * a * v;
        square[2] += a * v * a * v;
        u[i] = a * a;
    }
    gram_of(g, u, g->B); /* a^2 */
    f->trP -= tq_trace_product(p, F, g->B);
    for (size_t i = 0; i < k; i++) {
        u[i] *= g->v[i];
    }
    gram_of(g, u, g->C); /* a^2 v */
    f->trPV -= tq_trace_product(p, F, g->C);
    double *out[] = {&f->trPP, &f->trPVP, &f->trPVPV};

    for (int power = 0; power < 3; power++) { /* D1 D2 = v^power */
        for (size_t i = 0; i < k; i++) {
            const double a = g->a[i], v = g->v[i];

            u[i] = a * a * a * (power > 0 ? v : 1.0) * (power > 1 ? v : 1.0);
        }
        gram_of(g, u, g->D);
        const double cubic = tq_trace_product(p, F, g->D);
        const double *G1 = power > 1 ? g->C : g->B, *G2 = power > 0 ? g->C : g->B;

        *out[power] = square[power] - 2.0 * cubic + trace_four(g, F, G1, G2, g->S, g->D);
    }
}
