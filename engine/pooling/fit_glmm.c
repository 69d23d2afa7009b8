/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generalised linear mixed models as a method of pooling. */
#include <math.h>
#include <stdlib.h>

#include "core/distributions.h"
#include "counts/glmm.h"
#include "pooling/count_fit_internal.h"
#include "pooling/event_fit_internal.h"

static tq_status check_options(const tq_pool_options *o, tq_error *err)
{
    if (o->test != TQ_TEST_Z && o->test != TQ_TEST_T) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "method GLMM has the tests z and t, not %s",
                       tq_test_name(o->test));
    }
    if (o->predict == TQ_PREDICT_HK || o->predict == TQ_PREDICT_NNF) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method GLMM has the prediction intervals default, t, riley and none, not "
                       "%s",
                       tq_predict_name(o->predict));
    }
    if (!tq_glmm_model_name(o->glmm_model)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown model of method GLMM");
    }
    return count_fit_own_weights(o, err);
}

static int unconditional(const tq_pool_options *o, const event_data *d)
{
    return d->groups == 2 && (o->glmm_model == TQ_GLMM_UM_FS || o->glmm_model == TQ_GLMM_UM_RS);
}

/*
 * I2 and H2 from tau2 and the typical variance of the effects, as for other methods: (k - p) / tr(P)
 * over the studies that have an effect.
 */
static tq_status relative_heterogeneity(const tq_model *m, tq_pool_work *g, tq_pool *fit,
                                        tq_error *err)
{
    event_data d;
    tq_model some = *m;
    problem_sums s;
    size_t n = 0;

    fit->I2 = fit->tau2 > 0.0 ? (double)NAN : 0.0;
    fit->H2 = fit->tau2 > 0.0 ? (double)NAN : 1.0;
    tq_status status = event_data_gather(m, 1, &d, err);
    double *const effects = status == TQ_OK ? calloc(m->k, 2 * sizeof *effects) : NULL;

    if (status == TQ_OK && !effects) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; status == TQ_OK && i < m->k; i++) {
        if (isfinite(m->yi[i]) && m->vi[i] > 0.0) {
            effects[n] = m->yi[i];
            effects[n + m->k] = m->vi[i];
            d.at[n++] = i;
        }
    }
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        for (size_t j = 0; j < m->p; j++) {
            d.X[i + j * n] = m->X ? m->X[d.at[i] + j * m->k] : 1.0;
        }
    }
    some.k = n;
    some.yi = effects;
    some.vi = effects ? effects + m->k : NULL;
    some.X = m->X ? d.X : NULL;
    /* A design that the studies with an effect do not determine leaves I2 without meaning. */
    if (status == TQ_OK && n > m->p && problem_load(g, &some, NULL) == TQ_OK) {
        problem_evaluate(g, 0.0, SUMS_TRACE, &s);
        fit->typical_vi = problem_tau2_out(g, (double)(n - m->p) / s.trP);
        fit->I2 = 100.0 * fit->tau2 / (fit->tau2 + fit->typical_vi);
        fit->H2 = fit->tau2 / fit->typical_vi + 1.0;
    }
    free(effects);
    event_data_free(&d);
    return status;
}

static tq_statistic chi_square(double stat, double df)
{
    return isnan(stat) || !(df > 0.0) ? (tq_statistic){NAN, NAN, NAN}
                                      : (tq_statistic){stat, df, tq_chisq_upper(stat, df)};
}

static tq_status maximise(const tq_model *m, const tq_pool_options *o, const event_data *d,
                          tq_pool_work *g, tq_pool *fit, tq_error *err)
{
    const tq_glmm_problem problem = {
        .k = d->k,
        .p = m->p,
        .study = d->study,
        .X = d->X,
        .events = tq_count_scale_binomial(m->counts->scale) ? TQ_GLMM_BINOMIAL : TQ_GLMM_POISSON,
        .groups = d->groups,
        .model = o->glmm_model,
        .tau2 = o->tau2,
        .points = o->nagq,
        .tol = o->tol,
        .max_iter = o->max_iter};
    tq_glmm_fit out = {.beta = fit->beta, .vb = fit->vb, .weight = d->weight};
    tq_status status = event_data_locate(d, tq_glmm_maximise(&problem, &out, err), err);

    if (status != TQ_OK) {
        return status;
    }
    const double df = (double)d->k - (double)m->p;

    fit->tau2 = out.tau2;
    fit->tau = sqrt(out.tau2);
    fit->se_tau2 = out.se_tau2;
    fit->iterations = out.iterations;
    fit->lrt = chi_square(out.LRT, df);
    fit->wld = chi_square(out.wald, df);
    fit->deviance = 2.0 * (out.ll_saturated - out.ll);
    pool_criteria(out.ll, (double)out.parameters, (double)d->k * (unconditional(o, d) ? 2.0 : 1.0),
                  fit);
    event_weights(m, d, fit);
    status = relative_heterogeneity(m, g, fit, err);
    event_tests(m, g, fit);
    return status == TQ_OK ? pool_check_range(fit, err) : status;
}

tq_status pool_fit_glmm(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                        tq_pool *fit, tq_error *err)
{
    event_data d = {0};
    tq_status status = check_options(opt, err);

    status = status == TQ_OK ? event_begin(model, opt, 0, &d, fit, err) : status;
    if (status == TQ_OK) {
        const char *lack = event_lack(model);

        if (d.k == 0 || (lack && problem_mean_only(model))) {
            status = event_none(model, lack ? lack : "no study has events", fit);
        } else if (d.k < model->p || (d.k == model->p && d.k > 1)) {
            status = event_few(model, d.k, err);
        } else {
            status = maximise(model, opt, &d, g, fit, err);
        }
    }
    event_data_free(&d);
    return status;
}
