/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Residuals and leverages: from one QR of the weighted design, and from fits without each study. */
#include "diagnostics/residuals.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "diagnostics/parts_internal.h"
#include "diagnostics/residuals_internal.h"
#include "diagnostics/study_internal.h"
#include "linalg/dense.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* Variance of an effect around the model; UWLS takes the sampling variances for known up to a factor. */
static double variance_at(const tq_model *m, const tq_pool *fit, size_t i)
{
    return (fit->method == TQ_UWLS ? fit->kh : 1.0) * (m->vi[i] + study_tau2(fit));
}

/* ---- the fit at hand ---- */

/*
 * With sqrt(A) X = Q R the leverage of study i is |q_i|^2, and the variance of its fitted value is
 * q_i' [Q' A M Q] q_i / a_i, which is |q_i|^2 M_i for the weights A = M^-1. No column of X needs to be
 * centred for that.
 */
static tq_status from_fit(const tq_model *m, const tq_pool *fit, tq_residual *out, tq_error *err)
{
    const size_t k = m->k, p = m->p;

    assert(k > 0 && p > 0);
    double *Q = calloc(k, p * sizeof *Q), *aM = calloc(k, sizeof *aM), *h = calloc(k, sizeof *h);
    double *small = calloc(2 * p + 1, p * sizeof *small), *R = small, *B = small ? R + p * p : NULL;
    tq_status status = TQ_OK;

    if (!Q || !aM || !h || !small) {
        status = no_memory(err);
        goto done;
    }
    for (size_t i = 0; i < k; i++) {
        aM[i] = fit->weight[i] * variance_at(m, fit, i);
        for (size_t a = 0; a < p; a++) {
            Q[i + a * k] = sqrt(fit->weight[i]) * study_design(m, i, a);
        }
    }
    if (tq_qr(k, p, Q, R, small + 2 * p * p, NULL) != TQ_OK) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the weighted design is singular");
        goto done;
    }
    tq_gram(k, p, Q, aM, B);
    tq_row_forms(k, p, Q, B, h);
    for (size_t i = 0; i < k; i++) {
        const double Mi = variance_at(m, fit, i), ai = fit->weight[i];
        double hat = 0.0;

        for (size_t a = 0; a < p; a++) {
            hat += Q[i + a * k] * Q[i + a * k];
        }
        const double variance = Mi * (1.0 - 2.0 * hat) + (ai > 0.0 ? h[i] / ai : 0.0);

        out[i].resid = m->yi[i] - study_fitted(m, fit, i);
        out[i].hat = hat;
        out[i].pearson = out[i].resid / sqrt(Mi);
        /* A study that the model follows whatever its effect has no residual, but for rounding. */
        out[i].se = 1.0 - hat > 1e-10 ? sqrt(fmax(0.0, variance)) : 0.0;
        out[i].rstandard = out[i].se > 0.0 ? out[i].resid / out[i].se : (double)NAN;
    }
done:
    free(small);
    free(h);
    free(aM);
    free(Q);
    return status;
}

/* ---- without the study ---- */

/* What the test, or the method, multiplies variances with: it takes them for known up to a factor. */
double residuals_factor(const tq_pool *fit, double kh)
{
    if (fit->method == TQ_UWLS) {
        return kh;
    }
    switch (fit->test) {
    case TQ_TEST_KNHA:
        return kh;
    case TQ_TEST_ADHOC:
        return fmax(1.0, kh);
    default:
        return 1.0;
    }
}

int residuals_optimal_weights(const tq_pool_options *opt)
{
    return !opt->weights && opt->weighted && opt->method != TQ_IVHET && opt->method != TQ_HC &&
           opt->method != TQ_QE;
}

/* The weights do not depend on the study. */
int residuals_have_closed_form(const tq_pool_options *opt, const tq_pool *fit)
{
    const int known = opt->method == TQ_EE || opt->method == TQ_FE || fit->tau2_fixed;

    return known && residuals_optimal_weights(opt) && fit->test != TQ_TEST_KR;
}

/* One study has a mean, with no test but z. */
int residuals_deletable(const tq_model *m, const tq_residual *r)
{
    return r->se > 0.0 && (m->k - 1 > m->p || (m->k == 2 && m->p == 1));
}

/* Without study i the residual sum of squares falls by ri^2 / (Mi (1 - hi)). */
double residuals_deleted_factor(const tq_model *m, const tq_pool *fit, const tq_residual *r,
                                size_t i)
{
    const double df = (double)m->k - (double)m->p;
    const double Mi = m->vi[i] + study_tau2(fit),
                 part = r->resid * r->resid / (Mi * (1.0 - r->hat));

    return m->k - 1 > m->p ? residuals_factor(fit, (fit->kh * df - part) / (df - 1.0)) : 1.0;
}

/* The prediction error of study i is ri / (1 - hi), and its variance Mi / (1 - hi). */
void residuals_downdate(const tq_model *m, const tq_pool *fit, tq_residual *out)
{
    for (size_t i = 0; i < m->k; i++) {
        tq_residual *r = &out[i];
        const double Mi = m->vi[i] + study_tau2(fit), left = 1.0 - r->hat;

        if (!residuals_deletable(m, r)) {
            continue;
        }
        r->resid_del = r->resid / left;
        r->se_del = sqrt(residuals_deleted_factor(m, fit, r, i) * Mi / left);
        r->rstudent = r->resid_del / r->se_del;
        r->tau2_del = fit->tau2;
    }
}

void residuals_deleted(const tq_model *m, const tq_pool *without, size_t i, tq_residual *out)
{
    const double *vb = without->test == TQ_TEST_KR ? without->vb : without->vb_model;
    const double variance = study_variance(m, vb, i) + (m->vi[i] + study_tau2(without));

    out->resid_del = m->yi[i] - study_fitted(m, without, i);
    out->se_del = sqrt(residuals_factor(without, without->kh) * variance);
    out->rstudent = out->resid_del / out->se_del;
    out->tau2_del = without->tau2;
}

size_t residuals_others(size_t k, size_t i, size_t *index)
{
    size_t n = 0;

    for (size_t j = 0; j < k; j++) {
        if (j != i) {
            index[n++] = j;
        }
    }
    return n;
}

typedef struct {
    const tq_model *model;
    tq_residual *out;
} deletion;

static size_t others(const void *user, size_t i, size_t *index)
{
    const deletion *d = user;

    return residuals_others(d->model->k, i, index);
}

static void keep(void *user, size_t thread, size_t i, const tq_pool *without, const tq_error *why)
{
    const deletion *d = user;

    (void)thread;
    (void)why;
    if (without && d->out[i].se > 0.0) {
        residuals_deleted(d->model, without, i, &d->out[i]);
    }
}

tq_status residuals_of_fit(const tq_model *m, const tq_pool *fit, tq_residual *out, tq_error *err)
{
    for (size_t i = 0; i < m->k; i++) {
        out[i] = (tq_residual){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    }
    return from_fit(m, fit, out, err);
}

tq_status tq_residuals(const tq_model *model, const tq_pool_options *opt, const tq_pool *fit,
                       size_t threads, const tq_progress *progress, tq_residual *out, tq_error *err)
{
    deletion d = {model, out};
    const parts p = {model, opt, model->k, others, keep, &d};
    const tq_status status = residuals_of_fit(model, fit, out, err);

    if (status != TQ_OK) {
        return status;
    }
    if (residuals_have_closed_form(opt, fit)) {
        residuals_downdate(model, fit, out);
        return TQ_OK;
    }
    return model->k > 1 ? parts_fit(&p, threads, progress, err) : TQ_OK;
}
