/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small dense matrices: plain loops for p x p, vectors of level 1 of BLAS for columns of length k. The
 * higher levels take their buffers from a pool that OpenBLAS without threads does not guard: two fits
 * on two threads would get the same one.
 */
#include "linalg/dense.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include <cblas.h>

/* Doubles of a block of rows that stays in the first-level cache, and the smallest design that gains from
   being taken so. */
enum { BLOCK = 4096, LEAST_ROWS = 16, LEAST_COLUMNS = 6, BLOCK_ROWS = 24 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t tq_block_rows(size_t k, size_t p)
{
    const size_t rows = BLOCK / p;

    return p >= LEAST_COLUMNS && k >= BLOCK_ROWS && rows >= LEAST_ROWS ? rows : 0;
}

static void gram_plain(size_t k, size_t p, const double *X, const double *w, double *G)
{
    for (size_t a = 0; a < p; a++) {
        const double *xa = X + a * k;

        for (size_t b = a; b < p; b++) {
            const double *xb = X + b * k;
            double sum = 0.0;

            for (size_t i = 0; i < k; i++) {
                sum += (w ? w[i] : 1.0) * xa[i] * xb[i];
            }
            G[a + b * p] = sum;
        }
    }
}

/* ---- columns of length n, four at a time ---- */

typedef double pair __attribute__((vector_size(2 * sizeof(double))));

static pair load(const double *x)
{
    pair two;

    memcpy(&two, x, sizeof two);
    return two;
}

/* The columns from `first` on; behind the last, the last again. */
static void four_columns(const double *X, size_t ld, size_t first, size_t p,
                         const double *column[4])
{
    for (size_t c = 0; c < 4; c++) {
        column[c] = X + (first + c < p ? first + c : p - 1) * ld;
    }
}

/* sum[c] = x'y[c]. */
static void dots(size_t n, const double *x, const double *const y[4], double sum[4])
{
    pair s[4] = {{0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}};
    const size_t even = n - n % 2;

    for (size_t i = 0; i < even; i += 2) {
        const pair xi = load(x + i);

        s[0] += xi * load(y[0] + i);
        s[1] += xi * load(y[1] + i);
        s[2] += xi * load(y[2] + i);
        s[3] += xi * load(y[3] + i);
    }
    for (size_t c = 0; c < 4; c++) {
        sum[c] = s[c][0] + s[c][1] + (even < n ? x[even] * y[c][even] : 0.0);
    }
}

/* out += sum of b[c] x[c] for up to four columns. */
static void add_columns(size_t n, const double *const x[4], const double *b, size_t columns,
                        double *out)
{
    const double b0 = b[0], b1 = columns > 1 ? b[1] : 0.0, b2 = columns > 2 ? b[2] : 0.0,
                 b3 = columns > 3 ? b[3] : 0.0;
    const pair c0 = {b0, b0}, c1 = {b1, b1}, c2 = {b2, b2}, c3 = {b3, b3};
    size_t i = 0;

    for (; i + 2 <= n; i += 2) {
        const pair sum = load(out + i) + (c0 * load(x[0] + i) + c1 * load(x[1] + i)) +
                         (c2 * load(x[2] + i) + c3 * load(x[3] + i));

        memcpy(out + i, &sum, sizeof sum);
    }
    if (i < n) {
        out[i] += (b0 * x[0][i] + b1 * x[1][i]) + (b2 * x[2][i] + b3 * x[3][i]);
    }
}

/* out[n] += X b. */
static void add_product(size_t n, size_t p, const double *X, size_t ld, const double *b,
                        double *out)
{
    for (size_t a = 0; a < p; a += 4) {
        const double *column[4];

        four_columns(X, ld, a, p, column);
        add_columns(n, column, b + a, smaller(4, p - a), out);
    }
}

/* ---- Gram matrices ---- */

/* Rows by blocks, so that the columns of a block stay in the cache. */
static void gram_blocks(size_t k, size_t p, const double *X, const double *w, size_t rows,
                        double *G)
{
    double wx[BLOCK / LEAST_COLUMNS];

    memset(G, 0, p * p * sizeof *G);
    for (size_t from = 0; from < k; from += rows) {
        const size_t n = smaller(rows, k - from);

        for (size_t a = 0; a < p; a++) {
            const double *x = X + from + a * k;

            for (size_t i = 0; i < n; i++) {
                wx[i] = (w ? w[from + i] : 1.0) * x[i];
            }
            for (size_t b = a; b < p; b += 4) {
                const double *column[4];
                double sum[4];

                four_columns(X + from, k, b, p, column);
                dots(n, wx, column, sum);
                for (size_t c = 0; c < 4 && b + c < p; c++) {
                    G[a + (b + c) * p] += sum[c];
                }
            }
        }
    }
}

void tq_gram(size_t k, size_t p, const double *X, const double *w, double *G)
{
    const size_t rows = tq_block_rows(k, p);

    if (rows) {
        gram_blocks(k, p, X, w, rows, G);
    } else {
        gram_plain(k, p, X, w, G);
    }
    for (size_t a = 0; a < p; a++) {
        for (size_t b = a + 1; b < p; b++) {
            G[b + a * p] = G[a + b * p];
        }
    }
}

static void leverage_plain(size_t k, size_t p, const double *X, const double *A, double *h)
{
    memset(h, 0, k * sizeof *h);
    for (size_t b = 0; b < p; b++) {
        const double *xb = X + b * k;

        for (size_t a = 0; a <= b; a++) {
            const double *xa = X + a * k, factor = (a < b ? 2.0 : 1.0) * A[a + b * p];

            for (size_t i = 0; i < k; i++) {
                h[i] += factor * xa[i] * xb[i];
            }
        }
    }
}

void tq_row_forms(size_t k, size_t p, const double *X, const double *A, double *h)
{
    const size_t rows = tq_block_rows(k, p);
    double y[BLOCK / LEAST_COLUMNS];

    if (!rows) {
        leverage_plain(k, p, X, A, h);
        return;
    }
    memset(h, 0, k * sizeof *h);
    for (size_t from = 0; from < k; from += rows) {
        const size_t n = smaller(rows, k - from);

        for (size_t b = 0; b < p; b++) {
            const double *x = X + from + b * k;

            memset(y, 0, n * sizeof *y);
            add_product(n, p, X + from, k, A + b * p, y);
            for (size_t i = 0; i < n; i++) {
                h[from + i] += x[i] * y[i];
            }
        }
    }
}

void tq_subtract_product(size_t n, size_t p, const double *X, size_t ld, const double *b,
                         double *out)
{
    if (!tq_block_rows(n, p)) {
        for (size_t a = 0; a < p; a++) {
            const double *x = X + a * ld;

            for (size_t i = 0; i < n; i++) {
                out[i] -= b[a] * x[i];
            }
        }
        return;
    }
    for (size_t a = 0; a < p; a += 4) {
        const size_t columns = smaller(4, p - a);
        const double *column[4];
        double minus[4];

        for (size_t c = 0; c < columns; c++) {
            minus[c] = -b[a + c];
        }
        four_columns(X, ld, a, p, column);
        add_columns(n, column, minus, columns, out);
    }
}

void tq_add_cross(size_t n, size_t p, const double *X, size_t ld, const double *w, const double *y,
                  double *out)
{
    double wy[BLOCK / LEAST_COLUMNS];

    if (!tq_block_rows(n, p)) {
        for (size_t a = 0; a < p; a++) {
            const double *x = X + a * ld;
            double sum = 0.0;

            for (size_t i = 0; i < n; i++) {
                sum += w[i] * x[i] * y[i];
            }
            out[a] += sum;
        }
        return;
    }

    for (size_t from = 0; from < n; from += BLOCK / LEAST_COLUMNS) {
        const size_t m = smaller(BLOCK / LEAST_COLUMNS, n - from);

        for (size_t i = 0; i < m; i++) {
            wy[i] = w[from + i] * y[from + i];
        }
        for (size_t a = 0; a < p; a += 4) {
            const double *column[4];
            double sum[4];

            four_columns(X + from, ld, a, p, column);
            dots(m, wy, column, sum);
            for (size_t c = 0; c < 4 && a + c < p; c++) {
                out[a + c] += sum[c];
            }
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

/* ---- QR ---- */

/* Designs with so many rows are taken block by block, in a buffer of STACK doubles. */
enum { TALL_ROWS = 4096, TALL_COLUMNS = 64, STACK = 16384 };

static tq_status singular(size_t column, tq_error *err)
{
    return tq_fail(err, TQ_EDATA, column, NULL, "the design is singular");
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

static tq_status qr_plain(size_t k, size_t p, double *X, double *R, double *tau, tq_error *err)
{
    for (size_t j = 0; j < p; j++) {
        const double norm = cblas_dnrm2((blasint)k, X + j * k, 1);

        tau[j] = reflect(k, p, j, X);
        /* What is left of the column after removing those before it is rounding alone. */
        if (!(fabs(X[j + j * k]) > 16.0 * DBL_EPSILON * (double)p * norm)) {
            return singular(j, err);
        }
    }
    memset(R, 0, p * p * sizeof *R);
    for (size_t b = 0; b < p; b++) {
        memcpy(R + b * p, X + b * k, (b + 1) * sizeof *R);
    }
    form_q(k, p, X, tau);
    return TQ_OK;
}

/* The triangle of the QR of [R; rows of X], block after block: R is that of all rows at the end. */
static void stack_triangles(size_t k, size_t p, const double *X, double *R)
{
    double block[STACK];
    const size_t rows = STACK / p - p;

    memset(R, 0, p * p * sizeof *R);
    for (size_t from = 0; from < k; from += rows) {
        const size_t n = smaller(rows, k - from), m = n + p;

        for (size_t a = 0; a < p; a++) {
            memcpy(block + a * m, R + a * p, p * sizeof *R);
            memcpy(block + a * m + p, X + from + a * k, n * sizeof *R);
        }
        for (size_t a = 0; a < p; a++) {
            reflect(m, p, a, block);
        }
        for (size_t a = 0; a < p; a++) {
            memcpy(R + a * p, block + a * m, (a + 1) * sizeof *R);
        }
    }
}

/* X := X R^-1, block of rows by block. */
static void divide_upper(size_t k, size_t p, double *X, const double *R)
{
    const size_t rows = BLOCK / p;

    for (size_t from = 0; from < k; from += rows) {
        const size_t n = smaller(rows, k - from);

        for (size_t b = 0; b < p; b++) {
            double *x = X + from + b * k;
            const double over = 1.0 / R[b + b * p];

            if (b > 0) {
                tq_subtract_product(n, b, X + from, k, R + b * p, x);
            }
            for (size_t i = 0; i < n; i++) {
                x[i] *= over;
            }
        }
    }
}

/*
 * Tall designs: Demmel, Grigori, Hoemmen & Langou (2012), SIAM J. Sci. Comput. 34:A206-A239. The
 * columns of X R^-1 are orthogonal but for the condition of X; done twice, to rounding.
 */
static tq_status qr_tall(size_t k, size_t p, double *X, double *R, tq_error *err)
{
    double norm[TALL_COLUMNS], first[TALL_COLUMNS * TALL_COLUMNS];
    double second[TALL_COLUMNS * TALL_COLUMNS];

    for (size_t a = 0; a < p; a++) {
        norm[a] = cblas_dnrm2((blasint)k, X + a * k, 1);
    }
    stack_triangles(k, p, X, first);
    for (size_t a = 0; a < p; a++) {
        if (!(fabs(first[a + a * p]) > 16.0 * DBL_EPSILON * (double)p * norm[a])) {
            return singular(a, err);
        }
    }
    divide_upper(k, p, X, first);
    stack_triangles(k, p, X, second);
    divide_upper(k, p, X, second);
    tq_multiply(p, second, first, R);
    return TQ_OK;
}

tq_status tq_qr(size_t k, size_t p, double *X, double *R, double *tau, tq_error *err)
{
    return k >= TALL_ROWS && p > 1 && p <= TALL_COLUMNS ? qr_tall(k, p, X, R, err)
                                                        : qr_plain(k, p, X, R, tau, err);
}

void tq_solve_upper(size_t p, const double *R, double *x)
{
    for (size_t j = p; j-- > 0;) {
        x[j] /= R[j + j * p];
        for (size_t i = 0; i < j; i++) {
            x[i] -= R[i + j * p] * x[j];
        }
    }
}

void tq_congruence_upper(size_t p, const double *R, double *A)
{
    for (size_t b = 0; b < p; b++) { /* R^-1 A, column by column */
        tq_solve_upper(p, R, A + b * p);
    }
    for (size_t b = p; b-- > 0;) { /* times R^-T, from the last column on */
        for (size_t a = 0; a < p; a++) {
            A[a + b * p] /= R[b + b * p];
        }
        for (size_t c = 0; c < b; c++) {
            for (size_t a = 0; a < p; a++) {
                A[a + c * p] -= R[c + b * p] * A[a + b * p];
            }
        }
    }
}
