/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood and the generalised Q statistic along tau2: fits with tau2 fixed. */
#include "diagnostics/heterogeneity_profile.h"

#include "diagnostics/study_internal.h"

static double generalised_Q(const tq_model *model, const tq_pool *fit, double tau2)
{
    double Q = 0.0;

    for (size_t i = 0; i < model->k; i++) {
        const double r = model->yi[i] - study_fitted(model, fit, i);

        Q += r * r / (model->vi[i] + tau2);
    }
    return Q;
}

tq_status tq_heterogeneity_profile(const tq_model *model, const tq_pool_options *opt, size_t n,
                                   const double *tau2, double *ll, double *Q, tq_error *err)
{
    tq_pool_work *const work = tq_pool_work_new(model->k, model->p);
    tq_pool *const fit = tq_pool_new(model->k, model->p);
    tq_pool_options plain = *opt;
    tq_status status =
        work && fit ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    plain.weights = NULL;
    plain.test = TQ_TEST_Z;
    plain.ci_tau2 = TQ_CI_NONE;
    plain.predict = TQ_PREDICT_NONE;
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        plain.tau2 = tau2[i];
        status = tq_pool_fit(model, &plain, work, fit, err);
        if (status == TQ_OK) {
            ll[i] = fit->ll;
            Q[i] = generalised_Q(model, fit, tau2[i]);
        }
    }
    tq_pool_free(fit);
    tq_pool_work_free(work);
    return status;
}
