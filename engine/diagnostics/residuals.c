/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Residuals and leverages: from one QR of the weighted design, and from fits without each study. */
#include "diagnostics/residuals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "linalg/dense.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static double tau2_of(const tq_pool *fit)
{
    return isnan(fit->tau2) ? 0.0 : fit->tau2;
}

/* Variance of an effect around the model; UWLS takes the sampling variances for known up to a factor. */
static double variance_at(const tq_model *m, const tq_pool *fit, size_t i)
{
    return (fit->method == TQ_UWLS ? fit->kh : 1.0) * (m->vi[i] + tau2_of(fit));
}

static double design_at(const tq_model *m, size_t i, size_t a)
{
    return m->X ? m->X[i + a * m->k] : 1.0;
}

static double predicted(const tq_model *m, const tq_pool *fit, size_t i)
{
    double sum = 0.0;

    for (size_t a = 0; a < m->p; a++) {
        sum += design_at(m, i, a) * fit->beta[a];
    }
    return sum;
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
            Q[i + a * k] = sqrt(fit->weight[i]) * design_at(m, i, a);
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

        out[i].resid = m->yi[i] - predicted(m, fit, i);
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
static double covariance_factor(const tq_pool *fit, double kh)
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

/* Weights 1 / Mi that do not depend on the study: the fit without it is a downdate. */
static int has_closed_form(const tq_pool_options *opt, const tq_pool *fit)
{
    const int known = opt->method == TQ_EE || opt->method == TQ_FE || fit->tau2_fixed;

    return known && !opt->weights && opt->weighted && opt->method != TQ_IVHET &&
           fit->test != TQ_TEST_KR;
}

/* Without study i the residual sum of squares falls by ri^2 / (Mi (1 - hi)), its prediction error
   is ri / (1 - hi), whose variance is Mi / (1 - hi). */
static void downdate(const tq_model *m, const tq_pool *fit, tq_residual *out)
{
    const double df = (double)m->k - (double)m->p, Q = fit->kh * df;

    for (size_t i = 0; i < m->k; i++) {
        tq_residual *r = &out[i];
        const double Mi = m->vi[i] + tau2_of(fit), left = 1.0 - r->hat;

        if (!(r->se > 0.0) || m->k - 1 <= m->p) {
            continue;
        }
        const double kh = (Q - r->resid * r->resid / (Mi * left)) / (df - 1.0);

        r->resid_del = r->resid / left;
        r->se_del = sqrt(covariance_factor(fit, kh) * Mi / left);
        r->rstudent = r->resid_del / r->se_del;
        r->tau2_del = fit->tau2;
    }
}

typedef struct {
    const tq_model *model;
    const tq_pool_options *opt;
    tq_residual *out;
    size_t n; /* workspaces */
    struct deletion_room {
        double *yi, *vi, *weights,
            *X; /* of the other studies; X is NULL where the model has none */
        tq_pool_work *work;
        tq_pool *fit;
    } * room;
} deletion;

static void room_free(deletion *d)
{
    for (size_t t = 0; d->room && t < d->n; t++) {
        tq_pool_work_free(d->room[t].work);
        tq_pool_free(d->room[t].fit);
        free(d->room[t].yi);
    }
    free(d->room);
}

static int room_new(deletion *d, size_t threads)
{
    const size_t k = d->model->k, p = d->model->p;

    d->n = threads;
    d->room = calloc(threads, sizeof *d->room);
    for (size_t t = 0; d->room && t < threads; t++) {
        struct deletion_room *r = &d->room[t];

        r->yi = calloc(k, (p + 3) * sizeof *r->yi);
        r->work = tq_pool_work_new(k, p);
        r->fit = tq_pool_new(k, p);
        if (!r->yi || !r->work || !r->fit) {
            return 0;
        }
        r->vi = r->yi + k;
        r->weights = r->yi + 2 * k;
        r->X = d->model->X ? r->yi + 3 * k : NULL;
    }
    return d->room != NULL;
}

/* to[k - 1] := from[k] without study i. */
static void without(const double *from, size_t k, size_t i, double *to)
{
    memcpy(to, from, i * sizeof *to);
    memcpy(to + i, from + i + 1, (k - 1 - i) * sizeof *to);
}

static void delete_one(const deletion *d, struct deletion_room *r, size_t i)
{
    const tq_model *m = d->model;
    const size_t k = m->k, p = m->p;
    const tq_model others = {k - 1, p, r->yi, r->vi, r->X, m->intercept, NULL};
    tq_pool_options opt = *d->opt;
    tq_residual *out = &d->out[i];
    double variance = 0.0;

    without(m->yi, k, i, r->yi);
    without(m->vi, k, i, r->vi);
    for (size_t a = 0; m->X && a < p; a++) {
        without(m->X + a * k, k, i, r->X + a * (k - 1));
    }
    if (opt.weights) {
        without(opt.weights, k, i, r->weights);
        opt.weights = r->weights;
    }
    opt.ci_tau2 = TQ_CI_NONE;
    opt.predict = TQ_PREDICT_NONE;
    if (tq_pool_fit(&others, &opt, r->work, r->fit, NULL) != TQ_OK) {
        return;
    }
    const double *vb = opt.test == TQ_TEST_KR ? r->fit->vb : r->fit->vb_model;

    for (size_t b = 0; b < p; b++) {
        for (size_t a = 0; a < p; a++) {
            variance += design_at(m, i, a) * vb[a + b * p] * design_at(m, i, b);
        }
    }
    out->resid_del = m->yi[i] - predicted(m, r->fit, i);
    variance += m->vi[i] + tau2_of(r->fit);
    out->se_del = sqrt(covariance_factor(r->fit, r->fit->kh) * variance);
    out->rstudent = out->resid_del / out->se_del;
    out->tau2_del = r->fit->tau2;
}

static void delete_some(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    const deletion *d = context;

    for (uint64_t i = begin; i < end; i++) {
        if (d->out[i].se > 0.0) {
            delete_one(d, &d->room[thread], (size_t)i);
        }
    }
}

static tq_status refit(const tq_model *m, const tq_pool_options *opt, size_t threads,
                       const tq_progress *progress, tq_residual *out, tq_error *err)
{
    enum { CHUNK = 8 };
    deletion d = {.model = m, .opt = opt, .out = out};
    tq_status status;

    threads = tq_threads(threads, (m->k + CHUNK - 1) / CHUNK);
    status = room_new(&d, threads)
                 ? tq_parallel(threads, m->k, CHUNK, delete_some, &d, progress, err)
                 : no_memory(err);
    room_free(&d);
    return status;
}

tq_status tq_residuals(const tq_model *model, const tq_pool_options *opt, const tq_pool *fit,
                       size_t threads, const tq_progress *progress, tq_residual *out, tq_error *err)
{
    for (size_t i = 0; i < model->k; i++) {
        out[i] = (tq_residual){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    }
    const tq_status status = from_fit(model, fit, out, err);

    if (status != TQ_OK) {
        return status;
    }
    if (has_closed_form(opt, fit)) {
        downdate(model, fit, out);
        return TQ_OK;
    }
    return model->k > 1 ? refit(model, opt, threads, progress, out, err) : TQ_OK;
}
