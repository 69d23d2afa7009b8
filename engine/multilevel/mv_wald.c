/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of several combinations of the coefficients at once, under the test of the fit. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "multilevel/multilevel_internal.h"

typedef struct {
    const tq_mv_fit *fit;
    size_t m;
    const double *L;       /* [m x p] */
    double *inverse;       /* [m x m] (L vb L')^-1 */
    double *A, *half;      /* [m x m], [m x p] */
    double *d, *c, *scale; /* [m], [p], [m] */
    double *G;             /* [n_uncertain][m x m] */
    double *room;
} wald_test;

static int begin(const tq_mv_fit *fit, size_t m, const double *L, wald_test *w)
{
    const size_t p = fit->p;

    *w = (wald_test){.fit = fit, .m = m, .L = L};
    w->room = calloc(2 * m * m + m * p + 2 * m + p + fit->n_uncertain * m * m, sizeof *w->room);
    if (!w->room) {
        return 0;
    }
    w->inverse = w->room;
    w->A = w->inverse + m * m;
    w->half = w->A + m * m;
    w->d = w->half + m * p;
    w->c = w->d + m;
    w->scale = w->c + p;
    w->G = w->scale + m;
    return 1;
}

/* out[m x m] = L M L'. */
static void congruence(const wald_test *w, const double *M, double *out)
{
    const size_t m = w->m, p = w->fit->p;

    memset(w->half, 0, m * p * sizeof *w->half);
    for (size_t b = 0; b < p; b++) {
        for (size_t a = 0; a < p; a++) {
            for (size_t i = 0; i < m; i++) {
                w->half[i + b * m] += w->L[i + a * m] * M[a + b * p];
            }
        }
    }
    memset(out, 0, m * m * sizeof *out);
    for (size_t a = 0; a < p; a++) {
        for (size_t j = 0; j < m; j++) {
            for (size_t i = 0; i < m; i++) {
                out[i + j * m] += w->half[i + a * m] * w->L[j + a * m];
            }
        }
    }
}

/* out = (L vb L')^-1, inverted as correlations so that units do not matter; 0: singular. */
static int invert(const wald_test *w, const double *vb, double *out)
{
    const size_t m = w->m;
    double log_det;

    congruence(w, vb, out);
    for (size_t i = 0; i < m; i++) {
        w->scale[i] = 1.0 / sqrt(out[i + i * m]);
        if (!isfinite(w->scale[i])) {
            return 0;
        }
    }
    for (size_t i = 0; i < m * m; i++) {
        out[i] *= w->scale[i % m] * w->scale[i / m];
    }
    if (tq_invert_spd(m, out, &log_det, NULL) != TQ_OK) {
        return 0;
    }
    for (size_t i = 0; i < m; i++) { /* a diagonal of 1e12: nothing is left of combination i */
        if (!(out[i + i * m] < 1e12)) {
            return 0;
        }
    }
    for (size_t i = 0; i < m * m; i++) {
        out[i] *= w->scale[i % m] * w->scale[i / m];
    }
    return 1;
}

/*
 * Kenward & Roger (1997), sec. 2: with Theta = L'(L Phi L')^-1 L,
 *     A1 = sum W_rs tr(Theta C_r) tr(Theta C_s),  A2 = sum W_rs tr(Theta C_r Theta C_s).
 * inverse: (L Phi L')^-1.
 */
static void uncertainty_traces(const wald_test *w, const double *inverse, double *a1, double *a2)
{
    const size_t m = w->m, n = w->fit->n_uncertain, p = w->fit->p;

    *a1 = *a2 = 0.0;
    for (size_t r = 0; r < n; r++) {
        congruence(w, w->fit->dvb + r * p * p, w->A);
        tq_multiply(m, inverse, w->A, w->G + r * m * m);
    }
    for (size_t r = 0; r < n; r++) {
        for (size_t s = 0; s < n; s++) {
            const double *G = w->G + r * m * m, *H = w->G + s * m * m;
            double tr = 0.0, ts = 0.0, both = 0.0;

            for (size_t i = 0; i < m; i++) {
                tr += G[i * (m + 1)];
                ts += H[i * (m + 1)];
                for (size_t j = 0; j < m; j++) {
                    both += G[i + j * m] * H[j + i * m];
                }
            }
            *a1 += w->fit->vdvb[r + s * n] * tr * ts;
            *a2 += w->fit->vdvb[r + s * n] * both;
        }
    }
}

static void kenward_roger(const wald_test *w, const double *inverse, tq_wald *out)
{
    const double m = (double)w->m;
    double a1, a2;

    uncertainty_traces(w, inverse, &a1, &a2);
    if (!(a2 * MV_ENDLESS >
          2.0)) { /* nothing is uncertain: components are given, or hardly matter */
        out->df2 = MV_ENDLESS;
        return;
    }
    if (m == 1.0) {
        out->df2 = 2.0 / a2;
        return;
    }
    const double b = (a1 + 6.0 * a2) / (2.0 * m);
    const double g = ((m + 1.0) * a1 - (m + 4.0) * a2) / ((m + 2.0) * a2);
    const double d = 3.0 * m + 2.0 * (1.0 - g);
    const double c1 = g / d, c2 = (m - g) / d, c3 = (m + 2.0 - g) / d;
    const double mean = 1.0 / (1.0 - a2 / m), root = 1.0 - c2 * b;
    const double variance = 2.0 / m * (1.0 + c1 * b) / (root * root * (1.0 - c3 * b));
    const double rho = variance / (2.0 * mean * mean);

    out->df2 = 4.0 + (m + 2.0) / (m * rho - 1.0);
    out->stat *= out->df2 / (mean * (out->df2 - 2.0));
}

/*
 * Fai & Cornelius (1996), J. Stat. Comput. Simul. 54:363-378: the F statistic is a mean of squared t
 * statistics of independent combinations, here those that make the covariance the identity; its
 * degrees of freedom give it their expectation.
 */
static void fai_cornelius(const wald_test *w, tq_wald *out)
{
    const size_t m = w->m, p = w->fit->p;
    double log_det, mean = 0.0, df = NAN;

    congruence(w, w->fit->vb, w->A);
    if (!mv_cholesky(m, w->A, &log_det)) {
        return;
    }
    for (size_t i = 0; i < m; i++) { /* row i of the inverse of the factor, times L */
        for (size_t j = 0; j < m; j++) {
            w->d[j] = j == i ? 1.0 : 0.0;
        }
        mv_backward(m, w->A, 1, w->d);
        for (size_t a = 0; a < p; a++) {
            w->c[a] = 0.0;
            for (size_t j = 0; j < m; j++) {
                w->c[a] += w->d[j] * w->L[j + a * m];
            }
        }
        df = mv_own_df(w->fit, w->c);
        mean += df > 2.0 ? df / (df - 2.0) : INFINITY;
    }
    const double size = (double)m;

    out->df2 = m == 1        ? df
               : mean > size ? fmin(2.0 * mean / (mean - size), MV_ENDLESS)
                             : MV_ENDLESS;
}

/* The least of the degrees of freedom of the coefficients that take part. */
static double least_df(const wald_test *w)
{
    double df = NAN;

    for (size_t a = 0; a < w->fit->p; a++) {
        for (size_t i = 0; i < w->m; i++) {
            if (w->L[i + a * w->m] != 0.0) {
                df = isnan(df) ? w->fit->df[a] : fmin(df, w->fit->df[a]);
            }
        }
    }
    return df;
}

static void test(wald_test *w, const double *rhs, tq_wald *out)
{
    const tq_mv_fit *fit = w->fit;
    const size_t m = w->m;

    for (size_t i = 0; i < m; i++) {
        w->d[i] = rhs ? -rhs[i] : 0.0;
        for (size_t a = 0; a < fit->p; a++) {
            w->d[i] += w->L[i + a * m] * fit->beta[a];
        }
    }
    out->stat = tq_bilinear(m, w->d, w->inverse, w->d);
    if (fit->test != TQ_MV_Z) {
        out->stat /= (double)m;
        out->df2 = least_df(w);
    }
    if (fit->test == TQ_MV_KR && invert(w, fit->vb_model, w->inverse)) {
        kenward_roger(w, w->inverse, out);
    } else if (fit->test == TQ_MV_T && fit->df_rule == TQ_MV_SATTERTHWAITE) {
        fai_cornelius(w, out);
    }
    out->pval = isnan(out->df2) ? tq_chisq_upper(out->stat, out->df1)
                                : tq_f_upper(out->stat, out->df1, out->df2);
}

tq_status tq_mv_wald(const tq_mv_fit *fit, size_t m, const double *L, const double *rhs,
                     tq_wald *out, tq_error *err)
{
    wald_test w;

    if (m == 0 || m > fit->p) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "%zu combinations of %zu coefficients cannot be tested together", m, fit->p);
    }
    if (!begin(fit, m, L, &w)) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    const int whole = invert(&w, fit->vb, w.inverse);

    if (whole) {
        *out = (tq_wald){NAN, (double)m, NAN, NAN};
        test(&w, rhs, out);
    }
    free(w.room);
    return whole ? TQ_OK
                 : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "the combinations to be tested are linearly dependent");
}

tq_status tq_mv_wald_columns(const tq_mv_fit *fit, size_t n, const size_t *column, tq_wald *out,
                             tq_error *err)
{
    double *L = calloc(n * fit->p + 1, sizeof *L);

    if (!L) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        assert(column[i] < fit->p);
        L[i + column[i] * n] = 1.0;
    }
    const tq_status status = tq_mv_wald(fit, n, L, NULL, out, err);

    free(L);
    return status;
}

tq_status mv_omnibus(tq_mv_fit *fit, tq_error *err)
{
    const tq_mv_model *model = fit->model;
    const size_t from = !model->X || model->intercept ? 1 : 0, m = fit->p - from;
    size_t *column = malloc((m + 1) * sizeof *column);
    tq_wald all;
    tq_error unheard;

    if (!column) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t a = 0; a < m; a++) {
        column[a] = from + a;
    }
    const tq_status status = m > 0 ? tq_mv_wald_columns(fit, m, column, &all, &unheard) : TQ_EINVAL;

    free(column);
    if (status == TQ_OK) {
        fit->QM = all.stat;
        fit->QM_df1 = all.df1;
        fit->QM_df2 = all.df2;
        fit->QM_pval = all.pval;
    }
    return status == TQ_ENOMEM ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory") : TQ_OK;
}
