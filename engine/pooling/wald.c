/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wald tests of linear combinations of coefficients, one or several at a time. */
#include "pooling/wald.h"

#include <math.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "pooling/pool_internal.h"

void tq_pool_linear(const tq_pool *fit, const double *c, double rhs, tq_linear *out)
{
    double est = 0.0;

    for (size_t a = 0; a < fit->p; a++) {
        est += c[a] * fit->beta[a];
    }
    /* Rounding may leave a difference of equal rows a variance below 0. */
    const double variance = fmax(0.0, tq_bilinear(fit->p, c, fit->vb, c)), se = sqrt(variance);
    const double df = pool_df(fit, tq_bilinear(fit->p, c, fit->kr, c), variance),
                 stat = (est - rhs) / se;
    const double half = tq_critical_value(fit->level, df) * se;

    *out = (tq_linear){est, se, NAN, df, NAN, est - half, est + half};
    if (isfinite(stat)) {
        out->stat = stat;
        out->pval = tq_two_sided_p(stat, df);
    }
}

/* out[m x m] = L M L' for L[m x p] column by column; half[m x p] is scratch. */
static void congruence(size_t m, size_t p, const double *L, const double *M, double *half,
                       double *out)
{
    memset(half, 0, m * p * sizeof *half);
    for (size_t b = 0; b < p; b++) {
        for (size_t a = 0; a < p; a++) {
            for (size_t i = 0; i < m; i++) {
                half[i + b * m] += L[i + a * m] * M[a + b * p];
            }
        }
    }
    memset(out, 0, m * m * sizeof *out);
    for (size_t a = 0; a < p; a++) {
        for (size_t j = 0; j < m; j++) {
            for (size_t i = 0; i < m; i++) {
                out[i + j * m] += half[i + a * m] * L[j + a * m];
            }
        }
    }
}

/* M[m x m] = D M D for the diagonal matrix D of d. */
static void scale_both_sides(size_t m, const double *d, double *M)
{
    for (size_t j = 0; j < m; j++) {
        for (size_t i = 0; i < m; i++) {
            M[i + j * m] *= d[i] * d[j];
        }
    }
}

/* inverse = (L vb L')^-1; 0 where it is singular. */
static int invert_covariance(const tq_pool *fit, size_t m, const double *L, tq_pool_work *g,
                             double *inverse)
{
    double logdet;

    congruence(m, fit->p, L, fit->vb, g->S, inverse);
    /* Scaled to correlations, so that dependence shows whatever the units of the combinations. */
    for (size_t i = 0; i < m; i++) {
        g->b1[i] = 1.0 / sqrt(inverse[i + i * m]);
        if (!isfinite(g->b1[i])) {
            return 0;
        }
    }
    scale_both_sides(m, g->b1, inverse);
    if (tq_invert_spd(m, inverse, &logdet, NULL) != TQ_OK) {
        return 0;
    }
    for (size_t i = 0; i < m; i++) { /* a diagonal of 1e12: nothing is left of combination i */
        if (!(inverse[i + i * m] < 1e12)) {
            return 0;
        }
    }
    scale_both_sides(m, g->b1, inverse);
    return 1;
}

static void test_of(const tq_pool *fit, size_t m, const double *L, double wald, tq_pool_work *g,
                    const double *inverse, tq_wald *out)
{
    out->df1 = (double)m;
    if (isnan(pool_df(fit, 1.0, 1.0))) { /* a normal reference */
        *out = (tq_wald){wald, (double)m, NAN, tq_chisq_upper(wald, (double)m)};
        return;
    }
    if (fit->test == TQ_TEST_KR) {
        double trace = 0.0, square = 0.0;

        congruence(m, fit->p, L, fit->kr, g->S, g->B);
        tq_multiply(m, inverse, g->B, g->C);
        for (size_t a = 0; a < m; a++) {
            trace += g->C[a + a * m];
            for (size_t b = 0; b < m; b++) {
                square += g->C[a + b * m] * g->C[b + a * m];
            }
        }
        out->stat = pool_kenward_roger_f(wald, (double)m, trace * trace / fit->kr_information,
                                         square / fit->kr_information, &out->df2);
    } else {
        out->stat = wald / (double)m;
        out->df2 = (double)(fit->k - fit->p);
    }
    out->pval = tq_f_upper(out->stat, out->df1, out->df2);
}

/* Whether every row of L has a variance above 0: if so, a singular covariance is due to L. */
static int has_spread(const tq_pool *fit)
{
    for (size_t a = 0; a < fit->p; a++) {
        if (!(fit->se[a] > 0.0)) {
            return 0;
        }
    }
    return 1;
}

tq_status tq_pool_wald(const tq_pool *fit, size_t m, const double *L, const double *rhs,
                       tq_pool_work *g, tq_wald *out, tq_error *err)
{
    if (m == 0 || m > fit->p) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "%zu combinations of %zu coefficients cannot be tested together", m, fit->p);
    }
    *out = (tq_wald){NAN, (double)m, NAN, NAN};
    if (!has_spread(fit)) {
        return TQ_OK;
    }
    if (!invert_covariance(fit, m, L, g, g->A)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "the combinations to be tested are linearly dependent");
    }
    for (size_t i = 0; i < m; i++) {
        g->b1[i] = rhs ? -rhs[i] : 0.0;
        for (size_t a = 0; a < fit->p; a++) {
            g->b1[i] += L[i + a * m] * fit->beta[a];
        }
    }
    test_of(fit, m, L, tq_bilinear(m, g->b1, g->A, g->b1), g, g->A, out);
    return TQ_OK;
}

tq_status tq_pool_wald_columns(const tq_pool *fit, size_t n, const size_t *column, tq_pool_work *g,
                               tq_wald *out, tq_error *err)
{
    if (n > fit->p) {
        return tq_pool_wald(fit, n, NULL, NULL, g, out, err);
    }
    memset(g->D, 0, n * fit->p * sizeof *g->D);
    for (size_t i = 0; i < n; i++) {
        g->D[i + column[i] * n] = 1.0;
    }
    return tq_pool_wald(fit, n, g->D, NULL, g, out, err);
}
