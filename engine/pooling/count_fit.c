/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the closed-form methods that pool counts share. */
#include "pooling/count_fit_internal.h"

#include <math.h>

#include "core/distributions.h"

/* ---- checks ---- */

tq_status count_fit_no_tau2(const tq_pool_options *o, tq_error *err)
{
    return isnan(o->tau2)
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "method %s has no tau2 that could be given", tq_method_name(o->method));
}

tq_status count_fit_own_weights(const tq_pool_options *o, tq_error *err)
{
    if (o->weights || !o->weighted) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method %s has weights of its own; leave --weights and --weighted out",
                       tq_method_name(o->method));
    }
    return TQ_OK;
}

tq_status count_fit_check_options(const tq_model *m, const tq_pool_options *o, tq_error *err)
{
    const char *name = tq_method_name(o->method);

    if (m->p != 1 || (m->X && !m->intercept)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "method %s takes no moderators", name);
    }
    if (o->test != TQ_TEST_Z) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "method %s has test z alone, not %s", name,
                       tq_test_name(o->test));
    }
    const tq_status status = count_fit_no_tau2(o, err);

    return status == TQ_OK ? count_fit_own_weights(o, err) : status;
}

static tq_status check_group(const double *x, const double *n, size_t i, int binomial,
                             const char *const column[2], tq_error *err)
{
    if (!(x[i] >= 0.0 && isfinite(x[i]))) {
        return tq_fail(err, TQ_EDATA, i, column[0], "value '%g' must be a number >= 0", x[i]);
    }
    if (!(n[i] > 0.0 && isfinite(n[i]) && (!binomial || n[i] >= x[i]))) {
        return tq_fail(err, TQ_EDATA, i, column[1], "value '%g' must be > 0%s", n[i],
                       binomial ? ", and at least the number of events" : "");
    }
    return TQ_OK;
}

tq_status count_fit_check_counts(const tq_model *m, tq_error *err)
{
    static const char *const first[2] = {"x1", "n1"}, *const second[2] = {"x2", "n2"};
    const tq_counts *c = m->counts;
    const int binomial = tq_count_scale_binomial(c->scale);
    tq_status status =
        m->k >= 1 ? TQ_OK : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to pool");

    for (size_t i = 0; status == TQ_OK && i < m->k; i++) {
        if (c->scale == TQ_COUNT_PETO && isnan(c->x1[i]) && isfinite(m->yi[i]) && m->vi[i] > 0.0) {
            continue;
        }
        status = check_group(c->x1, c->n1, i, binomial, first, err);
        if (status == TQ_OK && c->x2) {
            status = check_group(c->x2, c->n2, i, binomial, second, err);
        }
    }
    return status;
}

tq_status count_fit_check(const tq_model *m, const tq_pool_options *o, tq_error *err)
{
    const tq_status status = count_fit_check_options(m, o, err);

    return status == TQ_OK ? count_fit_check_counts(m, err) : status;
}

/* ---- results ---- */

void count_fit_effect(const tq_counts *counts, double beta, double var, tq_pool *fit)
{
    const int exists = isfinite(beta) && var > 0.0 && isfinite(var);

    fit->why_none = exists ? NULL : tq_counts_lack(counts, fit->k);
    fit->beta[0] = exists ? beta : (double)NAN;
    fit->vb[0] = fit->vb_model[0] = exists ? var : (double)NAN;
    fit->kr[0] = NAN;
    fit->predict = TQ_PREDICT_NONE; /* no tau2, no prediction interval */
    pool_test_coefficients(fit);
    pool_prediction(fit);
}

void count_fit_heterogeneity(double Q, size_t studies, tq_pool *fit)
{
    const double df = studies > 0 ? (double)studies - 1.0 : 0.0;

    if (isnan(fit->beta[0])) {
        return;
    }
    fit->QE = df > 0.0 ? fmax(0.0, Q) : 0.0;
    fit->QE_df = df;
    fit->QE_pval = tq_chisq_upper(fit->QE, df);
    if (df > 0.0) {
        fit->I2 = fit->QE > 0.0 ? fmax(0.0, 100.0 * (fit->QE - df) / fit->QE) : 0.0;
        fit->H2 = fit->QE / df;
    }
}

static int has_effect(const tq_model *m, size_t i)
{
    return isfinite(m->yi[i]) && m->vi[i] > 0.0 && isfinite(m->vi[i]);
}

double count_fit_residual(const tq_model *m, double beta, size_t *studies)
{
    double Q = 0.0;

    *studies = 0;
    for (size_t i = 0; i < m->k; i++) {
        if (has_effect(m, i)) {
            Q += (m->yi[i] - beta) * ((m->yi[i] - beta) / m->vi[i]);
            (*studies)++;
        }
    }
    return Q;
}

void count_fit_statistics(const tq_model *m, double beta, tq_pool *fit)
{
    size_t studies;
    const double residual = count_fit_residual(m, beta, &studies), k = (double)studies;
    double logs = 0.0;

    if (studies == 0 || isnan(beta)) {
        return;
    }
    for (size_t i = 0; i < m->k; i++) {
        logs += has_effect(m, i) ? log(m->vi[i]) : 0.0;
    }
    pool_criteria(-0.5 * (k * TQ_LOG_2PI + logs + residual), 1.0, k, fit);
    fit->deviance = residual;
}

void count_fit_percent(size_t k, double *weight)
{
    double sum = 0.0;

    for (size_t i = 0; i < k; i++) {
        sum += weight[i];
    }
    for (size_t i = 0; i < k; i++) {
        weight[i] = sum > 0.0 ? 100.0 * (weight[i] / sum) : (double)NAN;
    }
}

/* ---- tables ---- */

count_table count_table_at(const tq_counts *counts, size_t i)
{
    const double a = counts->x1[i], n1 = counts->n1[i], c = counts->x2[i], n2 = counts->n2[i];

    return (count_table){a, n1 - a, c, n2 - c, n1, n2, n1 + n2, a + c};
}

double count_table_excess(const count_table *t)
{
    return t->a * (t->d / t->N) - t->b * (t->c / t->N);
}

double count_table_variance(const count_table *t)
{
    /* A divided control arm may leave less than two people; they tell nothing. */
    return t->N > 1.0 ? t->m * ((t->b + t->d) / (t->N - 1.0)) * (t->n1 / t->N) * (t->n2 / t->N)
                      : 0.0;
}
