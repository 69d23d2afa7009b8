/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Explicit k x k matrices in long double, kept far from the engine's formulas on purpose. */
#include "support/slow_model.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"

static const long double LOG_2PI = 1.837877066409345483560659472811235279722794947275L;

static long double design(const tq_model *m, size_t i, size_t a)
{
    return m->X ? (long double)m->X[i + a * m->k] : 1.0L;
}

/* Lower Cholesky factor of the leading n x n part; returns log|A|. */
static long double cholesky(size_t n, slow_matrix A)
{
    long double logdet = 0.0L;

    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            for (size_t c = 0; c < j; c++) {
                A[i][j] -= A[i][c] * A[j][c];
            }
            if (i > j) {
                A[i][j] /= A[j][j];
            } else {
                assert(A[j][j] > 0.0L);
                A[j][j] = sqrtl(A[j][j]);
                logdet += 2.0L * logl(A[j][j]);
            }
        }
    }
    return logdet;
}

/* x := C^-1 x for the lower factor C. */
static void forward(size_t n, slow_matrix C, long double *x)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < i; c++) {
            x[i] -= C[i][c] * x[c];
        }
        x[i] /= C[i][i];
    }
}

/*
 * Contrasts [k - p x k]: study order[p + j] less the surface through the pivot studies order[0..p),
 * which are chosen for their precision: Gauss-Jordan on the weighted design.
 */
static void contrasts(const tq_model *m, const long double *a, slow_matrix L)
{
    const size_t k = m->k, p = m->p;
    static slow_matrix Z;
    size_t order[SLOW_MAX];

    for (size_t i = 0; i < k; i++) {
        order[i] = i;
        for (size_t c = 0; c < p; c++) {
            Z[i][c] = design(m, i, c);
        }
    }
    for (size_t j = 0; j < p; j++) {
        size_t row = j, column = j;
        long double most = -1.0L;

        for (size_t i = j; i < k; i++) {
            for (size_t c = j; c < p; c++) {
                const long double size = fabsl(Z[order[i]][c]) * sqrtl(a[order[i]]);

                if (size > most) {
                    most = size;
                    row = i;
                    column = c;
                }
            }
        }
        const size_t swap = order[j];

        order[j] = order[row];
        order[row] = swap;
        for (size_t i = 0; i < k; i++) {
            const long double z = Z[i][j];

            Z[i][j] = Z[i][column];
            Z[i][column] = z;
        }
        const long double pivot = Z[order[j]][j];

        assert(pivot != 0.0L);
        for (size_t i = 0; i < k; i++) {
            Z[i][j] /= pivot;
        }
        for (size_t c = 0; c < p; c++) {
            const long double factor = Z[order[j]][c];

            for (size_t i = 0; c != j && i < k; i++) {
                Z[i][c] -= factor * Z[i][j];
            }
        }
    }
    memset(L, 0, sizeof(slow_matrix));
    for (size_t j = 0; j < k - p; j++) {
        L[j][order[p + j]] = 1.0L;
        for (size_t c = 0; c < p; c++) {
            L[j][order[c]] = -Z[order[p + j]][c];
        }
    }
}

/* Lower factor of L diag(d) L'; returns its log determinant. */
static long double contrast_factor(const tq_model *m, slow_matrix L, const long double *d,
                                   slow_matrix C)
{
    const size_t n = m->k - m->p;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            C[i][j] = 0.0L;
            for (size_t s = 0; s < m->k; s++) {
                C[i][j] += L[i][s] * (d ? d[s] : 1.0L) * L[j][s];
            }
        }
    }
    return cholesky(n, C);
}

void slow_projection(const tq_model *m, const long double *a, slow_matrix P)
{
    const size_t k = m->k, n = k - m->p;
    static slow_matrix L, C;
    long double d[SLOW_MAX] = {0.0L};

    assert(k <= SLOW_MAX);
    for (size_t i = 0; i < k; i++) {
        d[i] = 1.0L / a[i];
    }
    contrasts(m, a, L);
    contrast_factor(m, L, d, C);
    for (size_t i = 0; i < k; i++) { /* columns of C^-1 L, in place */
        long double x[SLOW_MAX];

        for (size_t j = 0; j < n; j++) {
            x[j] = L[j][i];
        }
        forward(n, C, x);
        for (size_t j = 0; j < n; j++) {
            L[j][i] = x[j];
        }
    }
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            P[i][j] = 0.0L;
            for (size_t c = 0; c < n; c++) {
                P[i][j] += L[c][i] * L[c][j];
            }
        }
    }
}

void slow_projection_at(const tq_model *m, long double tau2, slow_matrix P)
{
    long double a[SLOW_MAX];

    for (size_t i = 0; i < m->k; i++) {
        a[i] = 1.0L / ((long double)m->vi[i] + tau2);
    }
    slow_projection(m, a, P);
}

/* Py, with y taken relative to the study whose weight, and so whose row of P, is largest. */
static void apply(const tq_model *m, slow_matrix P, long double *Py)
{
    const size_t k = m->k;
    size_t first = 0;

    for (size_t i = 1; i < k; i++) {
        first = m->vi[i] < m->vi[first] ? i : first;
    }
    const int shift = !m->X || m->intercept;
    const long double y0 = shift ? (long double)m->yi[first] : 0.0L;

    for (size_t i = 0; i < k; i++) {
        Py[i] = 0.0L;
        for (size_t j = 0; j < k; j++) {
            Py[i] += P[i][j] * ((long double)m->yi[j] - y0);
        }
    }
}

long double slow_form(const tq_model *m, slow_matrix P)
{
    long double Py[SLOW_MAX], sum = 0.0L;
    size_t first = 0;

    apply(m, P, Py);
    for (size_t i = 1; i < m->k; i++) {
        first = m->vi[i] < m->vi[first] ? i : first;
    }
    const long double y0 = !m->X || m->intercept ? (long double)m->yi[first] : 0.0L;

    for (size_t i = 0; i < m->k; i++) {
        sum += ((long double)m->yi[i] - y0) * Py[i];
    }
    return sum;
}

long double slow_trace(size_t k, slow_matrix P, const long double *d1, const long double *d2)
{
    long double sum = 0.0L;

    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            sum += P[i][j] * P[i][j] * (d1 ? d1[i] : 1.0L) * (d2 ? d2[j] : 1.0L);
        }
    }
    return sum;
}

long double slow_trace1(size_t k, slow_matrix P, const long double *d)
{
    long double sum = 0.0L;

    for (size_t i = 0; i < k; i++) {
        sum += P[i][i] * (d ? d[i] : 1.0L);
    }
    return sum;
}

/* y'P(tau2)y; *logdet, unless NULL, gets log|L V L'| - log|L L'|. */
static long double contrast_form(const tq_model *m, long double tau2, long double *logdet)
{
    const size_t k = m->k, n = k - m->p;
    static slow_matrix L, C;
    long double a[SLOW_MAX] = {0.0L}, d[SLOW_MAX] = {0.0L}, x[SLOW_MAX], sum = 0.0L;

    for (size_t i = 0; i < k; i++) {
        d[i] = (long double)m->vi[i] + tau2;
        a[i] = 1.0L / d[i];
    }
    contrasts(m, a, L);
    if (logdet) {
        *logdet = -contrast_factor(m, L, NULL, C);
        *logdet += contrast_factor(m, L, d, C);
    } else {
        contrast_factor(m, L, d, C);
    }
    for (size_t j = 0; j < n; j++) {
        x[j] = 0.0L;
        for (size_t i = 0; i < k; i++) {
            x[j] += L[j][i] * (long double)m->yi[i];
        }
    }
    forward(n, C, x);
    for (size_t j = 0; j < n; j++) {
        sum += x[j] * x[j];
    }
    return sum;
}

long double slow_Q(const tq_model *m, long double tau2)
{
    return contrast_form(m, tau2, NULL);
}

long double slow_loglik(const tq_model *m, int restricted, long double tau2)
{
    const long double k = (long double)m->k, p = (long double)m->p;
    long double logdet, sum = 0.0L;
    const long double Q = contrast_form(m, tau2, &logdet);

    if (restricted) {
        return -0.5L * ((k - p) * LOG_2PI + logdet + Q);
    }
    for (size_t i = 0; i < m->k; i++) {
        sum += logl((long double)m->vi[i] + tau2);
    }
    return -0.5L * (k * LOG_2PI + sum + Q);
}

long double slow_score(const tq_model *m, int restricted, long double tau2)
{
    static slow_matrix P;
    long double Py[SLOW_MAX], sum = 0.0L;

    slow_projection_at(m, tau2, P);
    apply(m, P, Py);
    for (size_t i = 0; i < m->k; i++) {
        sum += Py[i] * Py[i];
        sum -= restricted ? P[i][i] : 1.0L / ((long double)m->vi[i] + tau2);
    }
    return 0.5L * sum;
}

void slow_least_squares(const tq_model *m, const long double *a, long double *beta, slow_matrix cov)
{
    const size_t k = m->k, p = m->p;
    static slow_matrix C;
    long double Xy[SLOW_MAX];

    for (size_t r = 0; r < p; r++) {
        Xy[r] = 0.0L;
        for (size_t i = 0; i < k; i++) {
            Xy[r] += design(m, i, r) * a[i] * (long double)m->yi[i];
        }
        for (size_t c = 0; c < p; c++) {
            C[r][c] = 0.0L;
            for (size_t i = 0; i < k; i++) {
                C[r][c] += design(m, i, r) * a[i] * design(m, i, c);
            }
        }
    }
    cholesky(p, C);
    for (size_t c = 0; c < p; c++) { /* columns of the inverse: C^-T C^-1 e_c */
        long double x[SLOW_MAX] = {0.0L};

        x[c] = 1.0L;
        forward(p, C, x);
        for (size_t r = p; r-- > 0;) {
            for (size_t s = r + 1; s < p; s++) {
                x[r] -= C[s][r] * x[s];
            }
            x[r] /= C[r][r];
        }
        for (size_t r = 0; r < p; r++) {
            cov[r][c] = x[r];
        }
    }
    for (size_t r = 0; r < p; r++) {
        beta[r] = 0.0L;
        for (size_t c = 0; c < p; c++) {
            beta[r] += cov[r][c] * Xy[c];
        }
    }
}

static int falling(const void *a, const void *b)
{
    const long double x = *(const long double *)a, y = *(const long double *)b;

    return (x < y) - (x > y);
}

/* One Jacobi rotation that makes M[p][q] 0. */
static void rotate(size_t n, slow_matrix M, size_t p, size_t q)
{
    if (M[p][q] == 0.0L) {
        return;
    }
    const long double theta = (M[q][q] - M[p][p]) / (2.0L * M[p][q]);
    const long double t = (theta < 0.0L ? -1.0L : 1.0L) / (fabsl(theta) + hypotl(theta, 1.0L));
    const long double c = 1.0L / hypotl(t, 1.0L), s = t * c;

    for (size_t i = 0; i < n; i++) {
        const long double x = M[i][p], y = M[i][q];

        M[i][p] = c * x - s * y;
        M[i][q] = s * x + c * y;
    }
    for (size_t i = 0; i < n; i++) {
        const long double x = M[p][i], y = M[q][i];

        M[p][i] = c * x - s * y;
        M[q][i] = s * x + c * y;
    }
}

void slow_eigenvalues(size_t k, slow_matrix P, const long double *d, long double *lambda)
{
    static slow_matrix M;

    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j < k; j++) {
            M[i][j] = sqrtl(d[i]) * P[i][j] * sqrtl(d[j]);
        }
    }
    for (int sweep = 0; sweep < 30; sweep++) {
        for (size_t p = 0; p + 1 < k; p++) {
            for (size_t q = p + 1; q < k; q++) {
                rotate(k, M, p, q);
            }
        }
    }
    for (size_t i = 0; i < k; i++) {
        lambda[i] = M[i][i];
    }
    qsort(lambda, k, sizeof *lambda, falling);
}

/*
 * Ruben (1962), Ann. Math. Stat. 33:542-570: with b the smallest eigenvalue the weights of
 * P(Q <= q) = sum c_j P(chi2_{n + 2j} <= q / b) are positive and sum to 1.
 */
double slow_mixture_cdf(size_t n, const long double *lambda, double q)
{
    enum { TERMS = 6000 };
    static long double c[TERMS], g[TERMS];
    const long double b = lambda[n - 1];
    long double total, cdf;

    c[0] = 1.0L;
    for (size_t j = 0; j < n; j++) {
        c[0] *= sqrtl(b / lambda[j]);
    }
    total = c[0];
    cdf = c[0] * (1.0L - (long double)tq_chisq_upper((double)(q / b), (double)n));
    for (int r = 1; r < TERMS && !(total > 0.9L && c[r - 1] < 1e-18L); r++) {
        g[r] = 0.0L;
        for (size_t j = 0; j < n; j++) {
            g[r] += powl(1.0L - b / lambda[j], (long double)r);
        }
        c[r] = 0.0L;
        for (int s = 0; s < r; s++) {
            c[r] += g[r - s] * c[s];
        }
        c[r] /= 2.0L * (long double)r;
        total += c[r];
        cdf += c[r] *
               (1.0L - (long double)tq_chisq_upper((double)(q / b), (double)n + 2.0 * (double)r));
    }
    return (double)cdf;
}
