/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dense symmetric positive definite matrices, column by column. Blocks of a few rows come by the
 * hundred thousand, on several threads: see engine/linalg/README.md for why this is not LAPACK.
 */
#include <math.h>
#include <string.h>

#include "multilevel/multilevel_internal.h"

/* y[n] -= A[n x 4 columns, ld apart] a: four columns at once read and write y a quarter as often. */
static void subtract_four(size_t n, const double *restrict A, size_t ld, const double a[4],
                          double *restrict y)
{
    for (size_t i = 0; i < n; i++) {
        y[i] -= A[i] * a[0] + A[i + ld] * a[1] + A[i + 2 * ld] * a[2] + A[i + 3 * ld] * a[3];
    }
}

static void subtract_one(size_t n, const double *restrict A, double a, double *restrict y)
{
    for (size_t i = 0; i < n; i++) {
        y[i] -= A[i] * a;
    }
}

/* y[j..n) -= sum over columns c < j of A[j.., c] A[j, c]. */
static void subtract_before(size_t n, size_t j, const double *A, double *y)
{
    size_t c = 0;

    for (; c + 4 <= j; c += 4) {
        const double *at = A + j + c * n;
        const double a[4] = {at[0], at[n], at[2 * n], at[3 * n]};

        subtract_four(n - j, at, n, a, y + j);
    }
    for (; c < j; c++) {
        subtract_one(n - j, A + j + c * n, A[j + c * n], y + j);
    }
}

/* A pivot below rounding error of its diagonal element is none. */
static const double PIVOT = 1e-14;

int mv_cholesky(size_t n, double *A, double *log_det)
{
    double sum = 0.0;

    for (size_t j = 0; j < n; j++) {
        double *column = A + j * n;
        const double before = column[j];

        subtract_before(n, j, A, column);
        if (!(column[j] > PIVOT * before) || !(before > 0.0) || isinf(column[j])) {
            return 0;
        }
        const double root = sqrt(column[j]);

        sum += log(column[j]);
        column[j] = root;
        for (size_t i = j + 1; i < n; i++) {
            column[i] /= root;
        }
    }
    *log_det = sum;
    return 1;
}

void mv_root_of(size_t n, double *A)
{
    for (size_t j = 0; j < n; j++) {
        double *column = A + j * n;
        const double before = column[j];

        subtract_before(n, j, A, column);
        const double root = column[j] > PIVOT * before ? sqrt(column[j]) : 0.0;

        for (size_t i = j + 1; i < n; i++) {
            column[i] = root > 0.0 ? column[i] / root : 0.0;
        }
        column[j] = root;
    }
    for (size_t j = 1; j < n; j++) {
        memset(A + j * n, 0, j * sizeof *A);
    }
}

void mv_forward(size_t n, const double *L, size_t m, double *B)
{
    for (size_t c = 0; c < m; c++) {
        double *b = B + c * n;

        for (size_t j = 0; j < n; j++) {
            b[j] /= L[j + j * n];
            subtract_one(n - j - 1, L + j + 1 + j * n, b[j], b + j + 1);
        }
    }
}

void mv_backward(size_t n, const double *L, size_t m, double *B)
{
    for (size_t c = 0; c < m; c++) {
        double *b = B + c * n;

        for (size_t j = n; j-- > 0;) {
            const double *column = L + j * n;
            double x = b[j];

            for (size_t i = j + 1; i < n; i++) {
                x -= column[i] * b[i];
            }
            b[j] = x / column[j];
        }
    }
}

void mv_inverse_of(size_t n, const double *L, double *out)
{
    memset(out, 0, n * n * sizeof *out);
    for (size_t c = 0; c < n; c++) { /* L^-1, whose column c begins at row c */
        double *b = out + c * n;

        b[c] = 1.0;
        for (size_t j = c; j < n; j++) {
            b[j] /= L[j + j * n];
            subtract_one(n - j - 1, L + j + 1 + j * n, b[j], b + j + 1);
        }
    }
    for (size_t c = 0; c < n; c++) { /* L^-T L^-1: row i of column c needs the columns from i on */
        double *b = out + c * n;

        for (size_t i = c; i < n; i++) {
            const double *other = out + i * n;
            double x = 0.0;

            for (size_t j = i; j < n; j++) {
                x += other[j] * b[j];
            }
            b[i] = x;
        }
    }
    for (size_t c = 0; c < n; c++) {
        for (size_t i = c + 1; i < n; i++) {
            out[c + i * n] = out[i + c * n];
        }
    }
}
