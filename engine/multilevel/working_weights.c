/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moment estimators of heterogeneity between and within clusters, in sums over clusters. */
#include "multilevel/working_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"

static const char *const names[TQ_WORKING_COUNT] = {
    [TQ_WORKING_CORR] = "CORR", [TQ_WORKING_HIER] = "HIER"};

const char *tq_working_name(tq_working w)
{
    return (unsigned)w < TQ_WORKING_COUNT ? names[w] : NULL;
}

/* The regression of the first step, and sums over it. In each cluster with n rows, s = X'1, u = X'w; matrices
   [p x p] are sums over clusters. */
typedef struct {
    size_t k, p, m;
    const double *X, *yi, *vi;
    const size_t *cluster;
    double *w, *e;            /* [k] */
    double *n, *mean, *sum_e; /* [m] rows, mean of vi, sum of residuals */
    double *s, *u;            /* [m x p] */
    double *bread;            /* (X'WX)^-1 */
    double *A, *M, *N;        /* scratch matrices */
} first_step;

static double x_of(const first_step *f, size_t i, size_t c)
{
    return f->X ? f->X[i + c * f->k] : 1.0;
}

/* ---- sums over clusters ---- */

/* out[p x p] = sum of factor_j a_j b_j' for vectors [m x p]; factor NULL: 1. */
static void outer(const first_step *f, const double *a, const double *b, const double *factor,
                  double *out)
{
    const size_t p = f->p;

    memset(out, 0, p * p * sizeof *out);
    for (size_t j = 0; j < f->m; j++) {
        for (size_t d = 0; d < p; d++) {
            for (size_t c = 0; c < p; c++) {
                out[c + d * p] += (factor ? factor[j] : 1.0) * a[j * p + c] * b[j * p + d];
            }
        }
    }
}

/* out[p x p] = X'diag(x)X; x: NULL for 1. */
static void gram(const first_step *f, const double *x, int squared, double *out)
{
    const size_t p = f->p;

    memset(out, 0, p * p * sizeof *out);
    for (size_t d = 0; d < p; d++) {
        for (size_t c = 0; c <= d; c++) {
            for (size_t i = 0; i < f->k; i++) {
                const double xi = x ? (squared ? x[i] * x[i] : x[i]) : 1.0;

                out[c + d * p] += xi * x_of(f, i, c) * x_of(f, i, d);
            }
            out[d + c * p] = out[c + d * p];
        }
    }
}

/* tr(A B) for any two matrices. */
static double trace_of(size_t p, const double *A, const double *B)
{
    double sum = 0.0;

    for (size_t b = 0; b < p; b++) {
        for (size_t a = 0; a < p; a++) {
            sum += A[a + b * p] * B[b + a * p];
        }
    }
    return sum;
}

static double total(size_t n, const double *x)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        sum += x[i];
    }
    return sum;
}

/* ---- the regression ---- */

static tq_status regress(first_step *f, tq_error *err)
{
    const size_t p = f->p;
    double *cross = f->N, *beta = f->A, logdet;

    gram(f, f->w, 0, f->bread);
    const tq_status status = tq_invert_spd(p, f->bread, &logdet, err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t c = 0; c < p; c++) {
        cross[c] = 0.0;
        for (size_t i = 0; i < f->k; i++) {
            cross[c] += x_of(f, i, c) * f->w[i] * f->yi[i];
        }
    }
    for (size_t a = 0; a < p; a++) {
        beta[a] = 0.0;
        for (size_t c = 0; c < p; c++) {
            beta[a] += f->bread[a + c * p] * cross[c];
        }
    }
    for (size_t i = 0; i < f->k; i++) {
        f->e[i] = f->yi[i];
        for (size_t c = 0; c < p; c++) {
            f->e[i] -= x_of(f, i, c) * beta[c];
        }
        f->sum_e[f->cluster[i]] += f->e[i];
    }
    return TQ_OK;
}

static double quadratic(const first_step *f)
{
    double QE = 0.0;

    for (size_t i = 0; i < f->k; i++) {
        QE += f->w[i] * f->e[i] * f->e[i];
    }
    return QE;
}

static void sum_clusters(first_step *f, tq_working kind)
{
    const size_t p = f->p;

    for (size_t i = 0; i < f->k; i++) {
        f->n[f->cluster[i]] += 1.0;
        f->mean[f->cluster[i]] += f->vi[i];
    }
    for (size_t j = 0; j < f->m; j++) {
        f->mean[j] /= f->n[j];
    }
    for (size_t i = 0; i < f->k; i++) {
        const size_t j = f->cluster[i];

        f->w[i] = 1.0 / (kind == TQ_WORKING_CORR ? f->n[j] * f->mean[j] : f->vi[i]);
        for (size_t c = 0; c < p; c++) {
            f->s[j * p + c] += x_of(f, i, c);
            f->u[j * p + c] += f->w[i] * x_of(f, i, c);
        }
    }
}

/* ---- CORR ---- */

/* E(QE) = m - tr(B sum w^2 v ((1 - rho) X'X + rho s s')) + tau2 (sum n w - tr(B sum u u')): here w v n = 1. */
static void correlated(first_step *f, double rho, tq_working_fit *out)
{
    const size_t p = f->p;
    double by_tau2 = total(f->k, f->w);

    outer(f, f->u, f->u, NULL, f->M); /* u = w s */
    by_tau2 -= trace_of(p, f->bread, f->M);
    outer(f, f->u, f->u, f->mean, f->N);
    double expected = (double)f->m - rho * trace_of(p, f->bread, f->N);

    memset(f->N, 0, p * p * sizeof *f->N);
    for (size_t i = 0; i < f->k; i++) {
        const double x = f->w[i] * f->w[i] * f->mean[f->cluster[i]];

        for (size_t d = 0; d < p; d++) {
            for (size_t c = 0; c < p; c++) {
                f->N[c + d * p] += x * x_of(f, i, c) * x_of(f, i, d);
            }
        }
    }
    expected -= (1.0 - rho) * trace_of(p, f->bread, f->N);
    out->QE = quadratic(f);
    out->tau2 = fmax(0.0, (out->QE - expected) / by_tau2);
    out->omega2 = NAN;
    out->I2 = 100.0 * fmax(0.0, (out->QE - expected) / out->QE);
}

/* ---- HIER ---- */

/* tr(M R S R') for R = I - X B X'W is tr(M S) - 2 tr(B X'W S M X) + tr(B X'M X B X'W S W X): what a quadratic form
   with M of the residuals gets from an error covariance S. WSMX, WSWX as named. */
static double expectation(const first_step *f, double MS, const double *WSMX, const double *XMX,
                          const double *WSWX, double *half, double *product)
{
    const size_t p = f->p;

    tq_multiply(p, f->bread, XMX, half);
    tq_multiply(p, half, f->bread, product);
    return MS - 2.0 * trace_of(p, f->bread, WSMX) + trace_of(p, product, WSWX);
}

/* Expectations of QE and of Q1 = sum of (sum of e in cluster)^2 from V, tau2 (J) and omega2 (I). */
typedef struct {
    double QE[3], Q1[3];
} expectations;

static tq_status hierarchical_moments(const first_step *f, expectations *x, tq_error *err)
{
    const size_t p = f->p, square = p * p;
    double *room = calloc(8 * square + 1, sizeof *room), nn = 0.0;

    if (!room) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    double *XWX = room, *UU = room + square, *XW2X = room + 2 * square, *SS = room + 3 * square;
    double *US = room + 4 * square, *nUS = room + 5 * square;

    gram(f, f->w, 0, XWX);
    gram(f, f->w, 1, XW2X);
    outer(f, f->u, f->u, NULL, UU);
    outer(f, f->s, f->s, NULL, SS);
    outer(f, f->u, f->s, NULL, US);
    outer(f, f->u, f->s, f->n, nUS);
    for (size_t j = 0; j < f->m; j++) {
        nn += f->n[j] * f->n[j];
    }
    const double sum_w = total(f->k, f->w);

    /* QE has M = W, whose X'M X is the inverse of B. */
    x->QE[0] = (double)f->k - (double)p;
    x->QE[1] = sum_w - trace_of(p, f->bread, UU);
    x->QE[2] = sum_w - trace_of(p, f->bread, XW2X);
    double *half = room + 6 * square, *product = room + 7 * square;

    x->Q1[0] = expectation(f, total(f->k, f->vi), SS, SS, XWX, half, product);
    x->Q1[1] = expectation(f, nn, nUS, SS, UU, half, product);
    x->Q1[2] = expectation(f, (double)f->k, US, SS, XW2X, half, product);
    free(room);
    return TQ_OK;
}

static tq_status hierarchical(const first_step *f, tq_working_fit *out, tq_error *err)
{
    expectations x = {{0.0}, {0.0}};
    double Q1 = 0.0;
    const tq_status status = hierarchical_moments(f, &x, err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t j = 0; j < f->m; j++) {
        Q1 += f->sum_e[j] * f->sum_e[j];
    }
    out->QE = quadratic(f);
    out->I2 = NAN;
    const double q = out->QE - x.QE[0], q1 = Q1 - x.Q1[0];
    const double det = x.QE[2] * x.Q1[1] - x.QE[1] * x.Q1[2];

    if (f->m == f->k || !(fabs(det) > 1e-12 * fabs(x.QE[2] * x.Q1[1]))) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "HIER tells heterogeneity within clusters from that between them: some "
                       "cluster needs two effects");
    }
    out->omega2 = fmax(0.0, (q * x.Q1[1] - q1 * x.QE[1]) / det);
    out->tau2 = fmax(0.0, (q - out->omega2 * x.QE[2]) / x.QE[1]);
    return TQ_OK;
}

/* ---- both ---- */

static tq_status check(size_t k, const double *vi, tq_working kind, double rho, tq_error *err)
{
    if ((unsigned)kind >= TQ_WORKING_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown working model");
    }
    if (kind == TQ_WORKING_CORR && !(rho >= 0.0 && rho <= 1.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "rho = %g: the working model CORR has a correlation from 0 to 1", rho);
    }
    for (size_t i = 0; i < k; i++) {
        if (!(vi[i] > 0.0 && isfinite(vi[i]))) {
            return tq_fail(err, TQ_EDATA, i, "vi", "value '%g' must be > 0", vi[i]);
        }
    }
    return TQ_OK;
}

static void final_weights(first_step *f, tq_working kind, const tq_working_fit *fit)
{
    for (size_t i = 0; i < f->k; i++) {
        const size_t j = f->cluster[i];

        f->w[i] = 1.0 / (kind == TQ_WORKING_CORR ? f->n[j] * (f->mean[j] + fit->tau2)
                                                 : f->vi[i] + fit->tau2 + fit->omega2);
    }
}

tq_status tq_working_weights(size_t k, size_t p, const double *X, const double *yi,
                             const double *vi, const size_t *cluster, size_t m, tq_working kind,
                             double rho, double *w, tq_working_fit *out, tq_error *err)
{
    tq_status status = check(k, vi, kind, rho, err);
    double *room = calloc(k + 3 * m + 2 * m * p + 4 * p * p + 1, sizeof *room);
    first_step f = {k, p, m, X, yi, vi, cluster, .w = w};

    if (status == TQ_OK && !room) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    if (status == TQ_OK) {
        f.e = room;
        f.n = room + k;
        f.mean = f.n + m;
        f.sum_e = f.mean + m;
        f.s = f.sum_e + m;
        f.u = f.s + m * p;
        f.bread = f.u + m * p;
        f.A = f.bread + p * p;
        f.M = f.A + p * p;
        f.N = f.M + p * p;
        sum_clusters(&f, kind);
        status = regress(&f, err);
    }
    if (status == TQ_OK && kind == TQ_WORKING_CORR) {
        correlated(&f, rho, out);
    } else if (status == TQ_OK) {
        status = hierarchical(&f, out, err);
    }
    if (status == TQ_OK) {
        final_weights(&f, kind, out);
    }
    free(room);
    return status;
}
