/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loading a model into the kernels' workspace. */
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
    doubles = 8 * k + 2 * kp + 8 * pp + 3 * p;
    tq_pool_work *g = calloc(1, sizeof *g);
    double *at = g && doubles <= SIZE_MAX / sizeof(double) ? calloc(doubles, sizeof(double)) : NULL;
    size_t *pivot = calloc(p, sizeof *pivot);

    if (!at || !pivot) {
        free(pivot);
        free(at);
        free(g);
        return NULL;
    }
    g->block = at;
    g->pivot = pivot;
    g->k_max = k;
    g->p_max = p;
    double **vectors[] = {&g->y, &g->v, &g->w, &g->a, &g->u, &g->r, &g->e, &g->h};
    double **squares[] = {&g->R, &g->T, &g->A, &g->E, &g->S, &g->B, &g->C, &g->D};
    double **coefficients[] = {&g->beta, &g->b1, &g->b2};

    for (size_t i = 0; i < 8; i++, at += k) {
        *vectors[i] = at;
    }
    g->Q = at;
    g->Z = at + kp;
    at += 2 * kp;
    for (size_t i = 0; i < 8; i++, at += pp) {
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
        free(work->pivot);
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
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "%zu coefficients need more than %zu %s",
                       m->p, m->k, m->k == 1 ? "study" : "studies");
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

double problem_spread(tq_pool_work *g)
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
    double y_lo = m->yi[0], y_hi = m->yi[0];

    for (size_t i = 1; i < m->k; i++) {
        first = m->vi[i] < m->vi[first] ? i : first;
        y_lo = m->yi[i] < y_lo ? m->yi[i] : y_lo;
        y_hi = m->yi[i] > y_hi ? m->yi[i] : y_hi;
    }
    g->k = m->k;
    g->p = m->p;
    g->has_basis = 0;
    g->mean_only = problem_mean_only(m);
    g->intercept = !m->X || m->intercept;
    g->first = first;
    g->shift = g->intercept ? m->yi[first] : 0.0;
    g->exponent = choose_exponent(m->vi[first], fmax(fabs(y_hi - g->shift), fabs(y_lo - g->shift)));
    load_column(m->yi, m->k, first, g->y);
    load_column(m->vi, m->k, first, g->v);
    const double unit = ldexp(1.0, -g->exponent);

    g->v_max = 0.0;
    for (size_t i = 0; i < m->k; i++) {
        const double v = g->v[i] * unit * unit; /* unit^2 alone may leave the range */

        g->y[i] = (g->y[i] - g->shift) * unit;
        /* A variance beyond the range has no weight next to the others; v + t must stay finite. */
        g->v[i] = v < 0.25 * DBL_MAX ? v : 0.25 * DBL_MAX;
        g->v_max = g->v[i] > g->v_max ? g->v[i] : g->v_max;
    }
    g->v_min = g->v[0];
    status = g->mean_only ? TQ_OK : load_design(g, m, err);
    if (status == TQ_OK) {
        g->spread = problem_spread(g);
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
