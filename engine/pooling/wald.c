/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wald tests of linear combinations of coefficients, one or several at a time. */
#include "pooling/wald.h"

#include <math.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "pooling/pool_internal.h"

double pool_df(const tq_pool *fit, double kr, double variance)
{
    switch (fit->test) {
    case TQ_TEST_Z:
    case TQ_TEST_HC:
    case TQ_TEST_PLR:
        return NAN;
    case TQ_TEST_KR: {
        const double slope = kr / variance;

        return 2.0 * fit->kr_information / (slope * slope);
    }
    default:
        return (double)(fit->k - fit->p);
    }
}

pool_width pool_width_of(const tq_pool *fit, double variance, double kr)
{
    const double se = sqrt(variance), df = pool_df(fit, kr, variance);
    const double critical =
        isnan(fit->critical) ? tq_critical_value(fit->level, df) : fit->critical;

    return (pool_width){se, df, critical * se};
}

void pool_linear(const tq_pool *fit, double est, double rhs, double variance, double kr,
                 tq_linear *out)
{
    const pool_width w = pool_width_of(fit, variance, kr);
    const double stat = (est - rhs) / w.se;

    *out = (tq_linear){est, w.se, NAN, w.df, NAN, est - w.half, est + w.half};
    if (isfinite(stat)) { /* Knapp-Hartung with equal effects: no test, no width */
        out->stat = stat;
        out->pval = tq_two_sided_p(stat, w.df);
    }
}

void tq_pool_linear(const tq_pool *fit, const double *c, double rhs, tq_linear *out)
{
    double est = 0.0;

    for (size_t a = 0; a < fit->p; a++) {
        est += c[a] * fit->beta[a];
    }
    /* Rounding may leave a difference of equal rows a variance below 0. */
    pool_linear(fit, est, rhs, fmax(0.0, tq_bilinear(fit->p, c, fit->vb, c)),
                tq_bilinear(fit->p, c, fit->kr, c), out);
}

/* The F test of m combinations from their Wald statistic and the traces of their covariance's uncertainty,
   a1 = tr(G)^2 / I_E and a2 = tr(G^2) / I_E: Kenward & Roger (1997), sec. 2. */
static double kenward_roger_f(double wald, double m, double a1, double a2, double *df2)
{
    if (m == 1.0) {
        *df2 = 2.0 / a2;
        return wald;
    }
    const double b = (a1 + 6.0 * a2) / (2.0 * m);
    const double gg = ((m + 1.0) * a1 - (m + 4.0) * a2) / ((m + 2.0) * a2);
    const double d = 3.0 * m + 2.0 * (1.0 - gg);
    const double c1 = gg / d, c2 = (m - gg) / d, c3 = (m + 2.0 - gg) / d;
    const double mean = 1.0 / (1.0 - a2 / m);
    const double root = 1.0 - c2 * b;
    const double variance = 2.0 / m * (1.0 + c1 * b) / (root * root * (1.0 - c3 * b));
    const double rho = variance / (2.0 * mean * mean);

    *df2 = 4.0 + (m + 2.0) / (m * rho - 1.0);
    return *df2 / (mean * (*df2 - 2.0)) * wald / m;
}

void pool_wald_statistic(const tq_pool *fit, size_t m, double wald, const double *inverse,
                         const double *kr, double *product, tq_wald *out)
{
    *out = (tq_wald){wald, (double)m, NAN, NAN};
    if (isnan(pool_df(fit, 1.0, 1.0))) { /* a normal reference */
        return;
    }
    if (fit->test == TQ_TEST_KR) {
        double trace = 0.0, square = 0.0;

        tq_multiply(m, inverse, kr, product);
        for (size_t a = 0; a < m; a++) {
            trace += product[a + a * m];
            for (size_t b = 0; b < m; b++) {
                square += product[a + b * m] * product[b + a * m];
            }
        }
        out->stat = kenward_roger_f(wald, (double)m, trace * trace / fit->kr_information,
                                    square / fit->kr_information, &out->df2);
    } else {
        out->stat = wald / (double)m;
        out->df2 = (double)(fit->k - fit->p);
    }
}

double pool_wald_p(double stat, double df1, double df2)
{
    if (isnan(stat)) {
        return NAN;
    }
    return isnan(df2) ? tq_chisq_upper(stat, df1) : tq_f_upper(stat, df1, df2);
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
    if (fit->test == TQ_TEST_KR) {
        congruence(m, fit->p, L, fit->kr, g->S, g->B);
    }
    pool_wald_statistic(fit, m, tq_bilinear(m, g->b1, g->A, g->b1), g->A, g->B, g->C, out);
    out->pval = pool_wald_p(out->stat, out->df1, out->df2);
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
