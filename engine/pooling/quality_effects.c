/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The quality effects model: Doi & Thalib (2008), Epidemiology 19:94-100; Doi et al. (2015), Contemp.
 * Clin. Trials 45:123-129. Weights by quality and precision (weights.c) with the variance of the
 * random-effects model, tau2 by DerSimonian & Laird. Equal scores give the method IVhet.
 */
#include "pooling/pool_internal.h"

static tq_status check_scores(const tq_model *model, const double *score, tq_error *err)
{
    if (!score) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method QE needs quality scores (--quality COL)");
    }
    for (size_t i = 0; i < model->k; i++) {
        if (!(score[i] >= 0.0 && score[i] <= 1.0)) {
            return tq_fail(err, TQ_EDATA, i, "weights",
                           "quality score '%g' must be between 0 and 1", score[i]);
        }
    }
    return TQ_OK;
}

tq_status pool_fit_qe(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                      tq_pool *fit, tq_error *err)
{
    if (!problem_mean_only(model)) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "method QE exists for models without moderators only, and so without a common "
            "tau2 of subgroups");
    }
    if (!opt->weighted) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method QE is a way to weigh; leave --weighted no out");
    }
    const tq_status status = check_scores(model, opt->weights, err);

    return status == TQ_OK ? pool_fit_stages(model, opt, g, fit, err) : status;
}
