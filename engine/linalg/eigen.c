/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cyclic Jacobi rotations: Golub & Van Loan (2013), Matrix Computations, 4th ed., sec. 8.5. Blocks are a
 * few rows each; GSL's routine calls BLAS of level 2, whose buffers are not safe between threads.
 */
#include "linalg/eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Sweeps converge quadratically: ten are rarely reached. */
enum { SWEEPS = 60 };

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

void tq_eigen_symmetric(size_t n, double *A, double *Q, double *d)
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
        d[n + i] = A[i + i * n];
    }
    tq_eigen_symmetric(n, A, Q, d);
    memset(B, 0, n * n * sizeof *B);
    for (size_t c = 0; c < n; c++) {
        const double *q = Q + c * n, f = pow(d[c], power);

        /* Rounding in sums of n terms: what is below is a direction without any variance. */
        if (!(d[c] > 1e-10 * (double)n * beside(n, d + n, q))) {
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
