/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Unrestricted weighted least squares: Stanley & Doucouliagos (2015), Stat. Med. 34:2116-2127.
 *
 *     yi = xi' beta + ei,   ei ~ N(0, phi vi),   phi = Q / (k - p),
 *
 * the estimate of the fixed-effects model with its covariance times phi, which is not held above 1.
 */
#include <math.h>

#include "core/distributions.h"
#include "pooling/pool_internal.h"

/* The likelihood of the model with phi at its maximum Q / k, which counts as a parameter. */
static void fit_statistics(const tq_model *model, tq_pool *fit)
{
    const double k = (double)fit->k, parameters = (double)fit->p + 1.0;
    double logs = 0.0;

    fit->ll = fit->deviance = fit->AIC = fit->BIC = fit->AICc = NAN;
    if (fit->k == fit->p || !(fit->QE > 0.0)) {
        return;
    }
    for (size_t i = 0; i < fit->k; i++) {
        logs += log(model->vi[i]);
    }
    pool_criteria(-0.5 * (k * (TQ_LOG_2PI + 1.0 + log(fit->QE / k)) + logs), parameters, k, fit);
    fit->deviance = fit->QE;
}

tq_status pool_fit_uwls(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                        tq_pool *fit, tq_error *err)
{
    if (opt->weights || !opt->weighted) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method UWLS weighs by 1/vi; leave the weights out");
    }
    const tq_status status = pool_fit_stages(model, opt, g, fit, err);

    if (status == TQ_OK) {
        fit_statistics(model, fit);
    }
    return status;
}
