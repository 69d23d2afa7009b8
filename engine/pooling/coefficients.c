/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coefficients of the model at a value of tau2: covariance, tests, intervals, omnibus test. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "linalg/dense.h"
#include "pooling/pool_internal.h"

/* M := T M T', from the basis of the pivots to the orthonormal one; uses S. */
static void to_orthonormal(tq_pool_work *g, double *M)
{
    const size_t p = g->p;

    tq_multiply(p, g->T, M, g->S);
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            M[a + b * p] = 0.0;
            for (size_t c = 0; c < p; c++) {
                M[a + b * p] += g->S[a + c * p] * g->T[b + c * p];
            }
        }
    }
}

/* The weights of the pooled estimate into g->a, in the kernels' order; 1 when 1/(vi + t). */
static int choose_weights(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    if (pool_own_weights(g, opt)) {
        return 0;
    }
    if (opt->weights) {
        problem_weights(g, opt->weights);
        return 0;
    }
    for (size_t i = 0; i < g->k; i++) {
        g->a[i] = opt->weighted ? 1.0 / (g->v[i] + t) : 1.0;
    }
    return opt->weighted;
}

/*
 * beta = F X'Ay with F = (X'AX)^-1, into g->beta; its covariance under Var(yi) = vi + t is F when
 * A = W, else F X'A diag(vi + t) A X F.
 */
static tq_status estimate(tq_pool_work *g, double t, int optimal, double *vb, tq_error *err)
{
    const size_t k = g->k, p = g->p;

    if (!problem_regress(g, g->a, NULL)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the weighted design is singular");
    }
    for (size_t a = 0; a < p; a++) {
        g->beta[a] = 0.0;
        for (size_t b = 0; b < p; b++) {
            g->beta[a] += g->T[a + b * p] * g->b1[b];
        }
    }
    memcpy(vb, g->A, p * p * sizeof *vb);
    if (!optimal) {
        for (size_t i = 0; i < k; i++) {
            g->u[i] = g->a[i] * (g->a[i] * (g->v[i] + t));
        }
        tq_gram(k, p, g->Z, g->u, g->B);
        tq_multiply(p, g->A, g->B, g->C);
        tq_multiply(p, g->C, g->A, vb);
    }
    to_orthonormal(g, vb);
    return TQ_OK;
}

/* sum wi ri^2 with wi = 1/(vi + t) around the fit just made, whatever weights made it. */
static double residual_sum(const tq_pool_work *g, double t)
{
    double sum = 0.0;

    for (size_t i = 0; i < g->k; i++) {
        sum += g->r[i] * (g->r[i] / (g->v[i] + t));
    }
    return sum;
}

/* y'Py / (k - p): Knapp & Hartung (2003), Stat. Med. 22:2693-2710. With user weights too, y'Py is
   around the inverse-variance fit. */
static double knapp_hartung(tq_pool_work *g, double t)
{
    problem_sums s;

    if (g->k == g->p) {
        return NAN;
    }
    problem_evaluate(g, t, SUMS_PLAIN, &s);
    /* Equal effects leave rounding only. */
    return s.Q <= DBL_EPSILON ? 0.0 : s.Q / (double)(g->k - g->p);
}

/* out = Z'W P WZ: products of the residuals of the columns of WZ. */
static void weighted_columns(tq_pool_work *g, double *out)
{
    const size_t k = g->k, p = g->p;

    for (size_t a = 0; a < p; a++) {
        for (size_t i = 0; i < k; i++) {
            g->u[i] = g->w[i] * g->Z[i + a * k];
        }
        problem_residuals(g, g->w, g->u, g->r);
        for (size_t b = 0; b <= a; b++) {
            double sum = 0.0;

            for (size_t i = 0; i < k; i++) {
                g->u[i] = g->w[i] * g->Z[i + b * k];
            }
            problem_residuals(g, g->w, g->u, g->e);
            for (size_t i = 0; i < k; i++) {
                sum += g->w[i] * g->r[i] * g->e[i];
            }
            out[a + b * p] = out[b + a * p] = sum;
        }
    }
}

/*
 * Kenward & Roger (1997), Biometrics 53:983-997, for one variance component with expected
 * information I_E = tr(PP) / 2 (Partlett & Riley 2017, Stat. Med. 36:301-317): with
 * Phi = (X'WX)^-1, G2 = X'W^2X,
 *
 *     Phi_A = Phi + 2 Phi X'W P WX Phi / I_E.
 *
 * On return vb = Phi_A and kr = Phi_A G2 Phi_A, whose ratio to vb gives the degrees of freedom. They are
 * taken from Phi_A, as Partlett & Riley do; Kenward & Roger take them from Phi.
 */
static void kenward_roger(tq_pool_work *g, double t, tq_pool *fit)
{
    const size_t p = g->p, pp = p * p;
    problem_sums s;

    problem_evaluate(g, t, SUMS_DETAIL, &s);
    fit->kr_information = 0.5 * s.trPP;
    problem_regress(g, g->w, NULL); /* the basis, also where the intercept stands alone */
    weighted_columns(g, g->C);
    tq_multiply(p, g->A, g->C, g->S);
    tq_multiply(p, g->S, g->A, fit->vb);
    for (size_t i = 0; i < pp; i++) {
        fit->vb[i] = g->A[i] + 2.0 * fit->vb[i] / fit->kr_information;
    }
    for (size_t i = 0; i < g->k; i++) {
        g->u[i] = g->w[i] * g->w[i];
    }
    tq_gram(g->k, p, g->Z, g->u, g->B);
    tq_multiply(p, fit->vb, g->B, g->S);
    tq_multiply(p, g->S, fit->vb, fit->kr);
    to_orthonormal(g, fit->vb);
    to_orthonormal(g, fit->kr);
}

/* From the orthonormal basis and the kernels' units to the caller's: X = Q R. */
static void to_caller(tq_pool_work *g, tq_pool *fit)
{
    const size_t p = g->p;
    const double unit = ldexp(1.0, 2 * g->exponent);
    double *matrices[] = {fit->vb, fit->vb_model, fit->kr};

    for (size_t a = 0; a < p; a++) {
        fit->beta[a] = ldexp(fit->beta[a], g->exponent);
    }
    if (!g->mean_only) {
        tq_solve_upper(p, g->R, fit->beta);
        for (size_t m = 0; m < 3; m++) {
            tq_congruence_upper(p, g->R, matrices[m]);
        }
    }
    /* The effects were taken relative to one study, which moves the intercept alone. */
    fit->beta[0] += g->shift;
    for (size_t i = 0; i < p * p; i++) { /* kr has no unit, the information 1 / unit^2 */
        fit->vb[i] *= unit;
        fit->vb_model[i] *= unit;
    }
    fit->kr_information = fit->kr_information / unit / unit;
}

void pool_test_coefficients(tq_pool *fit)
{
    for (size_t a = 0; a < fit->p; a++) {
        const size_t aa = a + a * fit->p;
        tq_linear test;

        pool_linear(fit, fit->beta[a], 0.0, fit->vb[aa], fit->kr[aa], &test);
        fit->se[a] = test.se;
        fit->stat[a] = test.stat;
        fit->df[a] = test.df;
        fit->pval[a] = test.pval;
        fit->ci_lb[a] = test.ci_lb;
        fit->ci_ub[a] = test.ci_ub;
    }
}

/* Copy of the block of the moderators, rows and columns from `from` on. */
static void block_of(const double *full, size_t p, size_t from, double *out)
{
    const size_t m = p - from;

    for (size_t b = 0; b < m; b++) {
        memcpy(out + b * m, full + from + (from + b) * p, m * sizeof *out);
    }
}

void pool_omnibus(tq_pool_work *g, tq_pool *fit)
{
    const size_t p = fit->p, from = g->intercept ? 1 : 0, m = p - from;
    double logdet;

    fit->QM = fit->QM_df1 = fit->QM_df2 = NAN;
    if (g->mean_only || m == 0) {
        return;
    }
    block_of(fit->vb, p, from, g->A);
    if (tq_invert_spd(m, g->A, &logdet, NULL) != TQ_OK) {
        return;
    }
    if (fit->test == TQ_TEST_KR) {
        block_of(fit->kr, p, from, g->B);
    }
    tq_wald test;

    pool_wald_statistic(fit, m, tq_bilinear(m, fit->beta + from, g->A, fit->beta + from), g->A,
                        g->B, g->C, &test);
    fit->QM = test.stat;
    fit->QM_df1 = test.df1;
    fit->QM_df2 = test.df2;
}

void pool_tests(tq_pool_work *g, tq_pool *fit)
{
    pool_test_coefficients(fit);
    pool_omnibus(g, fit);
    fit->QM_pval = pool_wald_p(fit->QM, fit->QM_df1, fit->QM_df2);
}

static void study_weights(const tq_pool_work *g, tq_pool *fit)
{
    double sum = 0.0;

    for (size_t i = 0; i < g->k; i++) {
        sum += g->a[i];
    }
    for (size_t i = 0; i < g->k; i++) {
        fit->weight[i] = 100.0 * g->a[i] / sum;
    }
    const double swap = fit->weight[0];

    fit->weight[0] = fit->weight[g->first];
    fit->weight[g->first] = swap;
}

/* What the test, or the method, multiplies the covariance of the coefficients with. */
static double covariance_factor(const tq_pool_options *opt, const tq_pool *fit)
{
    if (fit->k == fit->p) {
        return 1.0;
    }
    if (fit->test == TQ_TEST_ADHOC) {
        return fmax(1.0, fit->kh);
    }
    return fit->test == TQ_TEST_KNHA || opt->method == TQ_UWLS ? fit->kh : 1.0;
}

tq_status pool_estimate(tq_pool_work *g, const tq_pool_options *opt, double t, tq_pool *fit,
                        tq_error *err)
{
    const size_t p = g->p, pp = p * p;
    const int optimal = choose_weights(g, opt, t);
    const tq_status status = estimate(g, t, optimal, fit->vb, err);

    if (status != TQ_OK) {
        return status;
    }
    memcpy(fit->beta, g->beta, p * sizeof *fit->beta);
    g->residual = residual_sum(g, t);
    memcpy(fit->vb_model, fit->vb, pp * sizeof *fit->vb);
    memset(fit->kr, 0, pp * sizeof *fit->kr);
    fit->kr_information = NAN;
    fit->kh = knapp_hartung(g, t);
    if (fit->test == TQ_TEST_KR) {
        kenward_roger(g, t, fit);
    } else {
        const double factor = covariance_factor(opt, fit);

        for (size_t i = 0; i < pp; i++) {
            fit->vb[i] *= factor;
        }
    }
    return TQ_OK;
}

tq_status pool_check_range(const tq_pool *fit, tq_error *err)
{
    for (size_t a = 0; a < fit->p; a++) {
        const double variance = fit->vb_model[a + a * fit->p];

        if (!(variance > 0.0 && isfinite(variance) && isfinite(fit->beta[a]))) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "coefficient %zu or its variance is beyond the range of numbers: its "
                           "moderator needs other units",
                           a + 1);
        }
    }
    return TQ_OK;
}

tq_status pool_coefficients(tq_pool_work *g, const tq_pool_options *opt, double t, tq_pool *fit,
                            tq_error *err)
{
    const tq_status status = pool_estimate(g, opt, t, fit, err);

    if (status != TQ_OK) {
        return status;
    }
    study_weights(g, fit);
    to_caller(g, fit);
    pool_tests(g, fit);
    return pool_check_range(fit, err);
}
