/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the methods that maximise a likelihood of events share. */
#include "pooling/event_fit_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pooling/count_fit_internal.h"

static tq_status take_memory(const tq_model *m, event_data *d, tq_error *err)
{
    const size_t k = m->k, p = m->p;

    *d = (event_data){0};
    if (p < SIZE_MAX / sizeof(double) / k) {
        d->at = calloc(k, sizeof *d->at);
        d->study = calloc(k, sizeof *d->study);
        d->X = calloc(k * p, sizeof *d->X);
        d->weight = calloc(k, sizeof *d->weight);
        d->limits = calloc(3 * p, sizeof *d->limits);
    }
    return d->at && d->study && d->X && d->weight && d->limits
               ? TQ_OK
               : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

void event_data_free(event_data *d)
{
    free(d->at);
    free(d->study);
    free(d->X);
    free(d->weight);
    free(d->limits);
    *d = (event_data){0};
}

static int tells_nothing(const tq_counts *c, size_t i)
{
    const double x = c->x1[i] + c->x2[i];

    return x == 0.0 || (tq_count_scale_binomial(c->scale) && x == c->n1[i] + c->n2[i]);
}

tq_status event_data_gather(const tq_model *m, int all, event_data *d, tq_error *err)
{
    const tq_counts *c = m->counts;
    const int groups = c->x2 ? 2 : 1;
    const tq_status status = take_memory(m, d, err);

    if (status != TQ_OK) {
        return status;
    }
    d->groups = groups;
    for (size_t i = 0; i < m->k; i++) {
        if (all || groups == 1 || !tells_nothing(c, i)) {
            d->study[d->k] = (tq_count_study){c->x1[i], c->n1[i], groups == 2 ? c->x2[i] : 0.0,
                                              groups == 2 ? c->n2[i] : 0.0};
            d->at[d->k++] = i;
        }
    }
    for (size_t j = 0; j < m->p; j++) {
        for (size_t i = 0; i < d->k; i++) {
            d->X[i + j * d->k] = m->X ? m->X[d->at[i] + j * m->k] : 1.0;
        }
    }
    return TQ_OK;
}

tq_status event_begin(const tq_model *m, const tq_pool_options *opt, int all, event_data *d,
                      tq_pool *fit, tq_error *err)
{
    tq_status status = count_fit_check_counts(m, err);

    status = status == TQ_OK ? event_data_gather(m, all, d, err) : status;
    if (status == TQ_OK) {
        pool_head(m, opt, fit);
        fit->k = d->k;
        fit->test = d->k == 1 ? TQ_TEST_Z : opt->test;
    }
    return status;
}

const char *event_lack(const tq_model *m)
{
    const tq_counts *c = m->counts;
    const int binomial = tq_count_scale_binomial(c->scale);
    int more = 0, less = 0;

    for (size_t i = 0; c->x2 && i < m->k; i++) {
        more |= c->x1[i] > 0.0 && (!binomial || c->n2[i] > c->x2[i]);
        less |= c->x2[i] > 0.0 && (!binomial || c->n1[i] > c->x1[i]);
    }
    return more && less ? NULL : tq_counts_lack(c, m->k);
}

static int mixed_total(const double *x, const double *n, size_t k)
{
    int events = 0, others = 0;

    for (size_t i = 0; i < k; i++) {
        events |= x[i] > 0.0;
        others |= n[i] > x[i];
    }
    return events && others;
}

const char *event_lack_of_totals(const tq_model *m)
{
    const tq_counts *c = m->counts;

    return mixed_total(c->x1, c->n1, m->k) && (!c->x2 || mixed_total(c->x2, c->n2, m->k))
               ? NULL
               : tq_counts_lack(c, m->k);
}

tq_status event_data_locate(const event_data *d, tq_status status, tq_error *err)
{
    if (status != TQ_OK && err && err->row != TQ_NO_ROW && err->row < d->k) {
        err->row = d->at[err->row];
    }
    return status;
}

void event_weights(const tq_model *m, const event_data *d, tq_pool *fit)
{
    double sum = 0.0;

    for (size_t i = 0; i < m->k; i++) {
        fit->weight[i] = 0.0;
    }
    for (size_t i = 0; i < d->k; i++) {
        sum += d->weight[i];
    }
    for (size_t i = 0; i < d->k; i++) {
        fit->weight[d->at[i]] = 100.0 * d->weight[i] / sum;
    }
}

void event_tests(const tq_model *m, tq_pool_work *g, tq_pool *fit)
{
    memcpy(fit->vb_model, fit->vb, m->p * m->p * sizeof *fit->vb);
    memset(fit->kr, 0, m->p * m->p * sizeof *fit->kr);
    g->k = fit->k;
    g->p = m->p;
    g->mean_only = problem_mean_only(m);
    g->intercept = !m->X || m->intercept;
    pool_tests(g, fit);
    if (g->mean_only) {
        pool_prediction(fit);
    }
}

tq_status event_none(const tq_model *model, const char *why, tq_pool *fit)
{
    fit->why_none = why;
    for (size_t i = 0; i < model->k; i++) {
        fit->weight[i] = NAN;
    }
    for (size_t j = 0; j < fit->p; j++) {
        fit->beta[j] = fit->se[j] = fit->stat[j] = fit->df[j] = fit->pval[j] = NAN;
        fit->ci_lb[j] = fit->ci_ub[j] = NAN;
    }
    for (size_t j = 0; j < fit->p * fit->p; j++) {
        fit->vb[j] = fit->vb_model[j] = fit->kr[j] = NAN;
    }
    return TQ_OK;
}

tq_status event_few(const tq_model *model, size_t k, tq_error *err)
{
    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                   "%zu coefficients are too many for the %zu %s with events", model->p, k,
                   k == 1 ? "study" : "studies");
}
