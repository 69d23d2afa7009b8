/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small dense matrices: plain loops for p x p, CBLAS for columns of length k. */
#include "linalg/dense.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include <cblas.h>

void tq_gram(size_t k, size_t p, const double *X, const double *w, double *G)
{
    for (size_t a = 0; a < p; a++) {
        const double *xa = X + a * k;

        for (size_t b = a; b < p; b++) {
            const double *xb = X + b * k;
            double sum = 0.0;

            for (size_t i = 0; i < k; i++) {
                sum += (w ? w[i] : 1.0) * xa[i] * xb[i];
            }
            G[a + b * p] = G[b + a * p] = sum;
        }
    }
}

void tq_cross(size_t k, size_t p, const double *X, const double *w, const double *y, double *out)
{
    for (size_t a = 0; a < p; a++) {
        const double *xa = X + a * k;
        double sum = 0.0;

        for (size_t i = 0; i < k; i++) {
            sum += (w ? w[i] : 1.0) * xa[i] * y[i];
        }
        out[a] = sum;
    }
}

/* U with A = U'U into the upper triangle; 0 when A is not positive definite. */
static int cholesky(size_t p, double *A, double *logdet)
{
    *logdet = 0.0;
    for (size_t j = 0; j < p; j++) {
        double *column = A + j * p;

        for (size_t i = 0; i <= j; i++) {
            for (size_t c = 0; c < i; c++) {
                column[i] -= A[c + i * p] * column[c];
            }
            if (i < j) {
                column[i] /= A[i + i * p];
            }
        }
        if (!(column[j] > 0.0 && isfinite(column[j]))) {
            return 0;
        }
        *logdet += log(column[j]);
        column[j] = sqrt(column[j]);
    }
    return 1;
}

/* The upper triangle of U becomes that of U^-1. */
static void invert_upper(size_t p, double *U)
{
    for (size_t j = 0; j < p; j++) {
        double *column = U + j * p;
        const double last = 1.0 / column[j];

        for (size_t i = 0; i < j; i++) { /* row i of the inverse so far, times column j */
            double sum = 0.0;

            for (size_t c = i; c < j; c++) {
                sum += U[i + c * p] * column[c];
            }
            column[i] = -sum * last;
        }
        column[j] = last;
    }
}

/* A few numbers, millions of times: LAPACK would take longer to check its arguments. */
tq_status tq_invert_spd(size_t p, double *A, double *logdet, tq_error *err)
{
    if (!cholesky(p, A, logdet)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the weighted design is singular");
    }
    invert_upper(p, A);
    for (size_t b = 0; b < p; b++) { /* U^-1 U^-T: entry (a, b) needs columns b and later alone */
        for (size_t a = 0; a <= b; a++) {
            double sum = 0.0;

            for (size_t c = b; c < p; c++) {
                sum += A[a + c * p] * A[b + c * p];
            }
            A[a + b * p] = sum;
        }
    }
    for (size_t a = 0; a < p; a++) {
        for (size_t b = a + 1; b < p; b++) {
            A[b + a * p] = A[a + b * p];
        }
    }
    return TQ_OK;
}

double tq_trace_product(size_t p, const double *A, const double *B)
{
    double sum = 0.0;

    for (size_t i = 0; i < p * p; i++) {
        sum += A[i] * B[i];
    }
    return sum;
}

double tq_bilinear(size_t p, const double *x, const double *A, const double *y)
{
    double sum = 0.0;

    for (size_t b = 0; b < p; b++) {
        for (size_t a = 0; a < p; a++) {
            sum += x[a] * A[a + b * p] * y[b];
        }
    }
    return sum;
}

/* A few numbers: a call of dgemm would cost more than its work. */
void tq_multiply(size_t p, const double *A, const double *B, double *C)
{
    for (size_t b = 0; b < p; b++) {
        for (size_t a = 0; a < p; a++) {
            double sum = 0.0;

            for (size_t c = 0; c < p; c++) {
                sum += A[a + c * p] * B[c + b * p];
            }
            C[a + b * p] = sum;
        }
    }
}

/*
 * Householder QR; LAPACK's dgeqrf would need a work array of its own, and p is small.
 * Reflector j is kept in column j below the diagonal (v_j = 1), then Q is formed backwards.
 */
static double reflect(size_t k, size_t p, size_t j, double *X)
{
    double *x = X + j * k;
    const double norm = cblas_dnrm2((blasint)(k - j), x + j, 1);

    if (!(norm > 0.0)) {
        return 0.0;
    }
    const double alpha = x[j] > 0.0 ? -norm : norm, tau = (alpha - x[j]) / alpha;

    cblas_dscal((blasint)(k - j - 1), 1.0 / (x[j] - alpha), x + j + 1, 1);
    x[j] = alpha;
    for (size_t b = j + 1; b < p; b++) {
        double *y = X + b * k;
        const double dot = y[j] + cblas_ddot((blasint)(k - j - 1), x + j + 1, 1, y + j + 1, 1);

        y[j] -= tau * dot;
        cblas_daxpy((blasint)(k - j - 1), -tau * dot, x + j + 1, 1, y + j + 1, 1);
    }
    return tau;
}

static void form_q(size_t k, size_t p, double *X, const double *tau)
{
    for (size_t j = p; j-- > 0;) {
        double *x = X + j * k;

        for (size_t b = j + 1; b < p; b++) {
            double *y = X + b * k;
            const double dot = y[j] + cblas_ddot((blasint)(k - j - 1), x + j + 1, 1, y + j + 1, 1);

            y[j] -= tau[j] * dot;
            cblas_daxpy((blasint)(k - j - 1), -tau[j] * dot, x + j + 1, 1, y + j + 1, 1);
        }
        cblas_dscal((blasint)(k - j - 1), -tau[j], x + j + 1, 1);
        x[j] = 1.0 - tau[j];
        memset(x, 0, j * sizeof *x);
    }
}

tq_status tq_qr(size_t k, size_t p, double *X, double *R, double *tau, tq_error *err)
{
    for (size_t j = 0; j < p; j++) {
        const double norm = cblas_dnrm2((blasint)k, X + j * k, 1);

        tau[j] = reflect(k, p, j, X);
        /* What is left of the column after removing those before it is rounding alone. */
        if (!(fabs(X[j + j * k]) > 16.0 * DBL_EPSILON * (double)p * norm)) {
            return tq_fail(err, TQ_EDATA, j, NULL, "the design is singular");
        }
    }
    memset(R, 0, p * p * sizeof *R);
    for (size_t b = 0; b < p; b++) {
        memcpy(R + b * p, X + b * k, (b + 1) * sizeof *R);
    }
    form_q(k, p, X, tau);
    return TQ_OK;
}

void tq_solve_upper(size_t p, const double *R, double *x)
{
    const blasint n = (blasint)p;

    cblas_dtrsv(CblasColMajor, CblasUpper, CblasNoTrans, CblasNonUnit, n, R, n, x, 1);
}

void tq_congruence_upper(size_t p, const double *R, double *A)
{
    const blasint n = (blasint)p;

    cblas_dtrsm(CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, n, n, 1.0, R, n,
                A, n);
    cblas_dtrsm(CblasColMajor, CblasRight, CblasUpper, CblasTrans, CblasNonUnit, n, n, 1.0, R, n, A,
                n);
}
