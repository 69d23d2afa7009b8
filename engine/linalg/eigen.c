/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cyclic Jacobi rotations for a few rows, Householder reflections and implicit QL for many: Golub & Van Loan
 * (2013), Matrix Computations, 4th ed., secs. 8.5, 8.3. GSL's routine calls BLAS of level 2, whose buffers
 * are not safe between threads.
 */
#include "linalg/eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/vector.h"

/* Sweeps converge quadratically: ten are rarely reached. */
enum { SWEEPS = 60, FEW_ROWS = 64 };

/* The rotation by which entry (i, j) becomes 0: t = tan of the smaller angle. */
static void rotation(const double *A, size_t n, size_t i, size_t j, double *c, double *s)
{
    const double theta = (A[j + j * n] - A[i + i * n]) / (2.0 * A[i + j * n]);
    const double t = (theta >= 0.0 ? 1.0 : -1.0) / (fabs(theta) + hypot(1.0, theta));

    *c = 1.0 / hypot(1.0, t);
    *s = t * *c;
}

static void turn(size_t n, double *x, size_t dx, double *y, double c, double s)
{
    for (size_t r = 0; r < n; r++) {
        const double a = x[r * dx], b = y[r * dx];

        x[r * dx] = c * a - s * b;
        y[r * dx] = s * a + c * b;
    }
}

/* One sweep over all pairs; 0 when all of them are 0 already. */
static int sweep(size_t n, double *A, double *Q)
{
    int turned = 0;

    for (size_t j = 1; j < n; j++) {
        for (size_t i = 0; i < j; i++) {
            const double off = fabs(A[i + j * n]);
            double c, s;

            /* Beside both of its diagonal entries: this keeps small eigenvalues accurate. */
            if (off <= DBL_EPSILON * sqrt(fabs(A[i + i * n])) * sqrt(fabs(A[j + j * n]))) {
                continue;
            }
            if (off < DBL_MIN) {
                continue;
            }
            rotation(A, n, i, j, &c, &s);
            turn(n, A + i * n, 1, A + j * n, c, s);
            turn(n, A + i, n, A + j, c, s);
            A[i + j * n] = A[j + i * n] = 0.0;
            turn(n, Q + i * n, 1, Q + j * n, c, s);
            turned = 1;
        }
    }
    return turned;
}

/* ---- many rows ---- */

/* Turn x[m] into (alpha, 0, ...) by I - beta v v'; v stands in x, alpha in *alpha. beta = 0: nothing to do. */
static double reflector(size_t m, double *x, double *alpha)
{
    double scale = 0.0;

    for (size_t i = 1; i < m; i++) {
        scale = fmax(scale, fabs(x[i]));
    }
    *alpha = x[0];
    if (!(scale > 0.0)) {
        return 0.0;
    }
    double norm = 0.0;

    for (size_t i = 0; i < m; i++) {
        norm = hypot(norm, x[i]);
    }
    *alpha = x[0] > 0.0 ? -norm : norm;
    x[0] -= *alpha;
    return 2.0 / tq_dot(m, x, x);
}

/* A := tridiagonal, its diagonal in d and what is beside it in e[n - 1]; reflector k below the diagonal of column
   k, its beta in beta[k]. w[n]: scratch. */
static void tridiagonalise(size_t n, double *A, double *d, double *e, double *beta, double *w)
{
    for (size_t k = 0; k + 1 < n; k++) {
        const size_t m = n - k - 1;
        double *v = A + k * n + k + 1;

        d[k] = A[k + k * n];
        beta[k] = reflector(m, v, &e[k]);
        if (beta[k] == 0.0) {
            continue;
        }
        for (size_t j = 0; j < m; j++) { /* the rest is symmetric: a column is a row */
            w[j] = beta[k] * tq_dot(m, A + (k + 1 + j) * n + k + 1, v);
        }
        tq_add_multiple(m, -0.5 * beta[k] * tq_dot(m, w, v), v, w);
        for (size_t j = 0; j < m; j++) {
            double *column = A + (k + 1 + j) * n + k + 1;

            for (size_t i = 0; i < m; i++) {
                column[i] -= v[i] * w[j] + w[i] * v[j];
            }
        }
    }
    d[n - 1] = A[n * n - 1];
}

/* Q := the product of the reflectors. */
static void form_reflections(size_t n, const double *A, const double *beta, double *Q)
{
    memset(Q, 0, n * n * sizeof *Q);
    for (size_t i = 0; i < n; i++) {
        Q[i + i * n] = 1.0;
    }
    for (size_t k = n - 1; k-- > 0;) {
        const double *v = A + k * n + k + 1;
        const size_t m = n - k - 1;

        for (size_t j = k + 1; beta[k] != 0.0 && j < n; j++) {
            double *q = Q + j * n + k + 1;

            tq_add_multiple(m, -beta[k] * tq_dot(m, v, q), v, q);
        }
    }
}

/* One implicit QL step on rows l to m of the tridiagonal matrix, with Wilkinson's shift; e[n] of which the last
   is room. */
static void ql_step(size_t n, size_t l, size_t m, double *d, double *e, double *Q)
{
    double g = (d[l + 1] - d[l]) / (2.0 * e[l]);
    double s = 1.0, c = 1.0, p = 0.0;

    g = d[m] - d[l] + e[l] / (g + copysign(hypot(g, 1.0), g));
    for (size_t i = m; i-- > l;) {
        const double f = s * e[i], b = c * e[i], r = hypot(f, g);

        e[i + 1] = r;
        if (r == 0.0) { /* it splits here */
            d[i + 1] -= p;
            e[m] = 0.0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        const double t = (d[i] - g) * s + 2.0 * c * b;

        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        turn(n, Q + i * n, 1, Q + (i + 1) * n, c, s);
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0.0;
}

/* d, e: a tridiagonal matrix; d becomes its eigenvalues, Q its eigenvectors times Q. */
static void ql(size_t n, double *d, double *e, double *Q)
{
    e[n - 1] = 0.0;
    for (size_t l = 0; l < n; l++) {
        for (int step = 0; step < SWEEPS; step++) {
            size_t m = l;

            while (m + 1 < n && fabs(e[m]) > DBL_EPSILON * (fabs(d[m]) + fabs(d[m + 1]))) {
                m++;
            }
            if (m == l) {
                break;
            }
            ql_step(n, l, m, d, e, Q);
        }
    }
}

/* ---- both ---- */

static void by_rotations(size_t n, double *A, double *Q, double *d)
{
    memset(Q, 0, n * n * sizeof *Q);
    for (size_t i = 0; i < n; i++) {
        Q[i + i * n] = 1.0;
    }
    for (int i = 0; i < SWEEPS && sweep(n, A, Q); i++) {
    }
    for (size_t i = 0; i < n; i++) {
        d[i] = A[i + i * n];
    }
}

void tq_eigen_symmetric(size_t n, double *A, double *Q, double *d)
{
    double *e = d + n, *beta = d + 2 * n;

    if (n <= FEW_ROWS) {
        by_rotations(n, A, Q, d);
        return;
    }
    tridiagonalise(n, A, d, e, beta, Q); /* whose first column is free so far */
    form_reflections(n, A, beta, Q);
    ql(n, d, e, Q);
}

/* Sum of diagonal[i] q[i]^2: an eigenvalue of the diagonal matrix for the vector q. */
static double beside(size_t n, const double *diagonal, const double *q)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        sum += fabs(diagonal[i]) * q[i] * q[i];
    }
    return sum;
}

size_t tq_power_symmetric(size_t n, double *A, double power, double *Q, double *d, double *B)
{
    size_t rank = 0;

    for (size_t i = 0; i < n; i++) {
        d[3 * n + i] = A[i + i * n];
    }
    tq_eigen_symmetric(n, A, Q, d);
    memset(B, 0, n * n * sizeof *B);
    for (size_t c = 0; c < n; c++) {
        const double *q = Q + c * n, f = pow(d[c], power);

        /* Rounding in sums of n terms: what is below is a direction without any variance. */
        if (!(d[c] > 1e-10 * (double)n * beside(n, d + 3 * n, q))) {
            continue;
        }
        rank++;
        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i < n; i++) {
                B[i + j * n] += f * q[i] * q[j];
            }
        }
    }
    return rank;
}
