/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an analysis says about every value of tau2. */
#include "report/tau2_profile.h"

#include <math.h>
#include <stdlib.h>

#include "diagnostics/heterogeneity_profile.h"
#include "report/analysis_internal.h"

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
    tq_model model;

    if (status != TQ_OK) {
        return status;
    }
    double *const room = analysis_model_again(a, &model, err);

    status = room ? tq_heterogeneity_profile(&model, &a->options, n, tau2, ll, Q, err) : TQ_ENOMEM;
    free(room);
    return status;
}
