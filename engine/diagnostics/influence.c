/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Influence of studies: by downdates where tau2 is known, else from fits without each study. */
#include "diagnostics/influence.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "diagnostics/parts_internal.h"
#include "diagnostics/residuals_internal.h"
#include "diagnostics/study_internal.h"
#include "linalg/dense.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- memory ---- */

static tq_influence *influence_new(size_t k, size_t p)
{
    tq_influence *out = calloc(1, sizeof *out);

    if (!out) {
        return NULL;
    }
    out->k = k;
    out->p = p;
    out->residual = calloc(k, sizeof *out->residual);
    out->row = calloc(k, sizeof *out->row);
    out->dfbs = calloc(k, p * sizeof *out->dfbs); /* p < k, and the design is k x p */
    if (!out->residual || !out->row || !out->dfbs) {
        tq_influence_free(out);
        return NULL;
    }
    for (size_t i = 0; i < k; i++) {
        out->row[i] = (tq_influence_row){NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0};
        for (size_t a = 0; a < p; a++) {
            out->dfbs[i * p + a] = NAN;
        }
    }
    return out;
}

void tq_influence_free(tq_influence *influence)
{
    if (influence) {
        free(influence->residual);
        free(influence->row);
        free(influence->dfbs);
        free(influence);
    }
}

/* What does not exist is NaN, never infinite. */
static double finite_or_nan(double x)
{
    return isfinite(x) ? x : (double)NAN;
}

/* A coefficient that other studies determine alone changes by rounding, which is no change. */
static double known_change(double change, double coefficient)
{
    return fabs(change) > 16.0 * DBL_EPSILON * fabs(coefficient) ? change : 0.0;
}

/* ---- tau2 known: downdates ---- */

/*
 * With Phi = (X'WX)^-1, wi = 1 / Mi and hi the leverage (Belsley, Kuh & Welsch 1980, ch. 2):
 *
 *     b - b(-i) = Phi xi wi ri / (1 - hi),   |Phi(-i)| = |Phi| / (1 - hi),   xi'Phi(-i) xi = hi Mi / (1 - hi).
 */
static void downdate_one(const tq_model *m, const tq_pool *fit, size_t i, tq_influence *out)
{
    const size_t p = m->p;
    const tq_residual *r = &out->residual[i];
    tq_influence_row *row = &out->row[i];
    const double M = m->vi[i] + study_tau2(fit), left = 1.0 - r->hat;
    const double whole = residuals_factor(fit, fit->kh);
    const double factor = residuals_deleted_factor(m, fit, r, i);

    row->dffits = finite_or_nan(r->resid * sqrt(r->hat) / (left * sqrt(factor * M)));
    row->cook_d = finite_or_nan(r->resid * r->resid * r->hat / (M * left * left * whole));
    row->cov_r = finite_or_nan(pow(factor / whole, (double)p) / left);
    row->baujat_y = finite_or_nan(r->hat * r->resid * r->resid / (left * M * factor));
    for (size_t a = 0; a < p; a++) {
        double change = 0.0;

        for (size_t b = 0; b < p; b++) {
            change += fit->vb_model[a + b * p] * study_design(m, i, b);
        }
        change *= r->resid / (M * left);
        change = known_change(change, fit->beta[a]);
        out->dfbs[i * p + a] = finite_or_nan(change / sqrt(factor * fit->vb_model[a + a * p]));
    }
}

/* QE(-i) = QE - ri^2 / (vi (1 - hi)) of the fixed-effects fit, whose residuals are in r. */
static void downdate_QE(const tq_model *m, double QE, const tq_residual *r, tq_influence *out)
{
    for (size_t i = 0; i < m->k; i++) {
        const double part = r[i].resid * r[i].resid / (m->vi[i] * (1.0 - r[i].hat));

        if (residuals_deletable(m, &out->residual[i])) {
            out->row[i].QE_del = m->k - 1 == m->p ? 0.0 : fmax(0.0, QE - part);
        }
    }
}

/* The fixed-effects residuals that QE is made of, where tau2 is another value than 0. */
static tq_status fixed_QE(const tq_model *m, double QE, tq_influence *out, tq_error *err)
{
    tq_pool_options o = tq_pool_defaults();
    tq_pool *fit = NULL;
    tq_residual *r = calloc(m->k, sizeof *r);

    o.method = TQ_FE;
    o.ci_tau2 = TQ_CI_NONE;
    o.predict = TQ_PREDICT_NONE;
    tq_status status = r ? tq_pool_fit_once(m, &o, &fit, err) : no_memory(err);

    status = status == TQ_OK ? residuals_of_fit(m, fit, r, err) : status;
    if (status == TQ_OK) {
        downdate_QE(m, QE, r, out);
    }
    free(r);
    tq_pool_free(fit);
    return status;
}

static tq_status by_downdates(const tq_model *m, const tq_pool *fit, tq_influence *out,
                              tq_error *err)
{
    residuals_downdate(m, fit, out->residual);
    for (size_t i = 0; i < m->k; i++) {
        if (residuals_deletable(m, &out->residual[i])) {
            downdate_one(m, fit, i, out);
        }
    }
    if (study_tau2(fit) > 0.0) {
        return fixed_QE(m, fit->QE, out, err);
    }
    downdate_QE(m, fit->QE, out->residual, out);
    return TQ_OK;
}

/* ---- fits without each study ---- */

/* What all deletions share, and what a thread works in. */
typedef struct {
    const tq_model *model;
    const tq_pool *fit;
    int optimal;               /* 1: the weights are 1 / Mi, and follow tau2 */
    double *Q, *R;             /* X = Q R */
    double *F;                 /* [p x p] (Q'AQ)^-1 for weights of another kind */
    double *precision, logdet; /* Var(b)^-1, log |Var(b)| */
    double *block;
    struct influence_scratch {
        double *w, *V, *S, *T, *change; /* [k], [p x p] thrice, [p] */
    } * scratch;
    tq_influence *out;
} deletion;

static void deletion_free(deletion *d)
{
    free(d->scratch);
    free(d->block);
}

static int deletion_allocate(deletion *d, size_t threads)
{
    const size_t k = d->model->k, p = d->model->p,
                 pp = p * p; /* k x p is in memory already, p < k */
    const size_t shared = k * p + 3 * pp + p, own = k + 3 * pp + p;

    if (threads > (SIZE_MAX / sizeof(double) - shared) / own) {
        return 0;
    }
    d->block = calloc(shared + threads * own, sizeof(double));
    d->scratch = calloc(threads, sizeof *d->scratch);
    if (!d->block || !d->scratch) {
        return 0;
    }
    d->Q = d->block;
    d->R = d->Q + k * p;
    d->F = d->R + pp;
    d->precision = d->F + pp;
    for (size_t t = 0; t < threads; t++) {
        double *at = d->block + shared + t * own;

        d->scratch[t] =
            (struct influence_scratch){at, at + k, at + k + pp, at + k + 2 * pp, at + k + 3 * pp};
    }
    return 1;
}

static tq_status singular(tq_error *err)
{
    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the weighted design is singular");
}

/* Everything of the fit of all studies. */
static tq_status prepare(deletion *d, tq_error *err)
{
    const tq_model *m = d->model;
    const size_t k = m->k, p = m->p;
    double logdet;

    for (size_t a = 0; a < p; a++) {
        for (size_t i = 0; i < k; i++) {
            d->Q[i + a * k] = study_design(m, i, a);
        }
    }
    if (tq_qr(k, p, d->Q, d->R, d->precision + p * p, NULL) != TQ_OK) {
        return singular(err);
    }
    memcpy(d->precision, d->fit->vb, p * p * sizeof *d->precision);
    if (tq_invert_spd(p, d->precision, &d->logdet, NULL) != TQ_OK) {
        d->logdet = NAN; /* Knapp-Hartung of a perfect fit: nothing to compare with */
        for (size_t a = 0; a < p * p; a++) {
            d->precision[a] = NAN;
        }
    }
    tq_gram(k, p, d->Q, d->fit->weight, d->F);
    return tq_invert_spd(p, d->F, &logdet, NULL) == TQ_OK ? TQ_OK : singular(err);
}

/* V := the covariance of b, over all studies, in the basis Q at another tau2; 0: singular. */
static int covariance_at(const deletion *d, double tau2, struct influence_scratch *s)
{
    const tq_model *m = d->model;
    const double *a = d->fit->weight;
    double logdet;

    for (size_t j = 0; j < m->k; j++) {
        const double M = m->vi[j] + tau2;

        s->w[j] = d->optimal ? 1.0 / M : a[j] * a[j] * M;
    }
    tq_gram(m->k, m->p, d->Q, s->w, s->V);
    if (d->optimal) {
        return tq_invert_spd(m->p, s->V, &logdet, NULL) == TQ_OK;
    }
    tq_multiply(m->p, d->F, s->V, s->S);
    tq_multiply(m->p, s->S, d->F, s->V);
    return 1;
}

static void change_of_coefficients(const deletion *d, const tq_pool *without, double factor,
                                   size_t i, struct influence_scratch *s)
{
    const tq_model *m = d->model;
    const size_t p = m->p;
    const double tau2 = study_tau2(without), M = m->vi[i] + tau2;
    tq_influence_row *row = &d->out->row[i];
    double change = 0.0, logdet;

    if (!covariance_at(d, tau2, s)) {
        return;
    }
    const tq_model in_basis = {.k = m->k, .p = p, .X = d->Q};
    const double variance =
        d->optimal ? d->out->residual[i].hat * M : study_variance(&in_basis, s->V, i);

    tq_congruence_upper(p, d->R, s->V);
    for (size_t a = 0; a < p; a++) {
        s->change[a] = known_change(d->fit->beta[a] - without->beta[a], d->fit->beta[a]);
        change += study_design(m, i, a) * s->change[a];
        d->out->dfbs[i * p + a] = finite_or_nan(s->change[a] / sqrt(factor * s->V[a + a * p]));
    }
    row->dffits = finite_or_nan(change / sqrt(factor * variance));
    row->cook_d = finite_or_nan(tq_bilinear(p, s->change, d->precision, s->change));
    row->baujat_y = finite_or_nan(change * change / study_variance(m, without->vb, i));
    memcpy(s->T, without->vb, p * p * sizeof *s->T);
    row->cov_r = tq_invert_spd(p, s->T, &logdet, NULL) == TQ_OK
                     ? finite_or_nan(exp(logdet - d->logdet))
                     : (double)NAN;
}

static size_t others(const void *user, size_t i, size_t *index)
{
    const deletion *d = user;

    return residuals_others(d->model->k, i, index);
}

static void keep(void *user, size_t thread, size_t i, const tq_pool *without, const tq_error *why)
{
    const deletion *d = user;
    tq_residual *r = &d->out->residual[i];

    (void)why;
    if (!without || !(r->se > 0.0)) {
        return;
    }
    residuals_deleted(d->model, without, i, r);
    d->out->row[i].QE_del = without->QE;
    change_of_coefficients(d, without, residuals_factor(without, without->kh), i,
                           &d->scratch[thread]);
}

static tq_status by_fits(const tq_model *m, const tq_pool_options *opt, const tq_pool *fit,
                         size_t threads, const tq_progress *progress, tq_influence *out,
                         tq_error *err)
{
    deletion d = {.model = m, .fit = fit, .out = out, .optimal = residuals_optimal_weights(opt)};
    const parts p = {m, opt, m->k, others, keep, &d};
    tq_status status = TQ_OK;

    threads = parts_threads(threads, m->k);
    if (!deletion_allocate(&d, threads)) {
        status = no_memory(err);
    }
    status = status == TQ_OK ? prepare(&d, err) : status;
    status = status == TQ_OK ? parts_fit(&p, threads, progress, err) : status;
    deletion_free(&d);
    return status;
}

/* ---- flags ---- */

static void judge(tq_influence *out)
{
    const double k = (double)out->k, p = (double)out->p;
    const tq_influence_limits limits = {3.0 * sqrt(p / (k - p)), tq_chisq_quantile(0.5, p),
                                        3.0 * p / k, 1.0};

    out->limits = limits;
    for (size_t i = 0; i < out->k; i++) {
        tq_influence_row *row = &out->row[i];

        row->influential = fabs(row->dffits) > limits.dffits || row->cook_d > limits.cook_d ||
                           out->residual[i].hat > limits.hat;
        for (size_t a = 0; a < out->p; a++) {
            row->influential |= fabs(out->dfbs[i * out->p + a]) > limits.dfbs;
        }
    }
}

tq_status tq_influence_of(const tq_model *model, const tq_pool_options *opt, const tq_pool *fit,
                          size_t threads, const tq_progress *progress, tq_influence **out,
                          tq_error *err)
{
    const tq_pool_options defaults = tq_pool_defaults();

    opt = opt ? opt : &defaults;
    if (tq_method_counts(opt->method)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method %s pools counts, and its estimate has no leverages; try --method EE "
                       "or REML",
                       tq_method_name(opt->method));
    }
    if (model->k < 2) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "what a study does to the pooled effect takes at least two studies");
    }
    tq_influence *result = influence_new(model->k, model->p);

    if (!result) {
        return no_memory(err);
    }
    tq_status status = residuals_of_fit(model, fit, result->residual, err);

    if (status == TQ_OK) {
        status = residuals_have_closed_form(opt, fit)
                     ? by_downdates(model, fit, result, err)
                     : by_fits(model, opt, fit, threads, progress, result, err);
    }
    if (status != TQ_OK) {
        tq_influence_free(result);
        return status;
    }
    for (size_t i = 0; i < model->k; i++) {
        const double pearson = result->residual[i].pearson;

        result->row[i].weight = fit->weight[i];
        result->row[i].baujat_x = pearson * pearson;
    }
    judge(result);
    *out = result;
    return TQ_OK;
}
