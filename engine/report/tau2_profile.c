/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood and the generalised Q statistic along tau2: fits with tau2 fixed. */
#include "report/tau2_profile.h"

#include <math.h>
#include <stdlib.h>

static double generalised_Q(const tq_model *model, const double *beta, double tau2)
{
    double Q = 0.0;

    for (size_t i = 0; i < model->k; i++) {
        double fitted = model->X ? 0.0 : beta[0];

        for (size_t j = 0; model->X && j < model->p; j++) {
            fitted += model->X[j * model->k + i] * beta[j];
        }
        const double r = model->yi[i] - fitted;

        Q += r * r / (model->vi[i] + tau2);
    }
    return Q;
}

static tq_status profile(const tq_analysis *a, const tq_model *model, size_t n, const double *tau2,
                         double *ll, double *Q, tq_error *err)
{
    tq_pool_work *const work = tq_pool_work_new(model->k, model->p);
    tq_pool *const fit = tq_pool_new(model->k, model->p);
    tq_pool_options opt = a->options;
    tq_status status =
        work && fit ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    opt.weights = NULL;
    opt.test = TQ_TEST_Z;
    opt.ci_tau2 = TQ_CI_NONE;
    opt.predict = TQ_PREDICT_NONE;
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        opt.tau2 = tau2[i];
        status = tq_pool_fit(model, &opt, work, fit, err);
        if (status == TQ_OK) {
            ll[i] = fit->ll;
            Q[i] = generalised_Q(model, fit->beta, tau2[i]);
        }
    }
    tq_pool_free(fit);
    tq_pool_work_free(work);
    return status;
}

static tq_status check(const tq_analysis *a, tq_error *err)
{
    const tq_method method = a->fit->method;

    if (!tq_method_random(method) || tq_method_counts(method) || isnan(a->fit->tau2) || a->scale ||
        a->weights_name || !a->options.weighted) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "a profile of tau2 needs a random-effects model of effects with inverse-"
                       "variance weights, such as --method REML");
    }
    return TQ_OK;
}

tq_status tq_analysis_tau2_profile(const tq_analysis *a, size_t n, const double *tau2, double *ll,
                                   double *Q, tq_error *err)
{
    tq_status status = check(a, err);
    double *const yi = calloc(a->k, sizeof *yi), *const vi = calloc(a->k, sizeof *vi);
    const tq_design *const d = a->design;
    const int mean = !d || (d->p == 1 && d->intercept);

    if (status == TQ_OK && (!yi || !vi)) {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; status == TQ_OK && i < a->k; i++) {
        yi[i] = a->study[i].yi;
        vi[i] = a->study[i].vi;
    }
    if (status == TQ_OK) {
        const tq_model model = {
            a->k, d ? d->p : 1, yi, vi, mean ? NULL : d->X, d ? d->intercept : 1, NULL};

        status = profile(a, &model, n, tau2, ll, Q, err);
    }
    free(vi);
    free(yi);
    return status;
}
