/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Best linear unbiased predictions. */
#include "diagnostics/blup.h"

#include <math.h>

#include "core/distributions.h"
#include "diagnostics/study_internal.h"

static void predict(const tq_model *m, const tq_pool *fit, double critical, size_t i, tq_blup *out)
{
    const double li = fit->tau2 / (fit->tau2 + m->vi[i]), rest = m->vi[i] / (fit->tau2 + m->vi[i]);
    const double fitted = study_fitted(m, fit, i), variance = study_variance(m, fit->vb, i);

    out->shrinkage = li;
    out->ranef = li * (m->yi[i] - fitted);
    out->pred = fitted + out->ranef;
    out->se = sqrt(li * m->vi[i] + rest * rest * variance);
    out->pi_lb = out->pred - critical * out->se;
    out->pi_ub = out->pred + critical * out->se;
}

tq_status tq_blup_of(const tq_model *model, const tq_pool *fit, tq_blup *out, tq_error *err)
{
    const double df = fit->test == TQ_TEST_Z ? (double)NAN : (double)fit->k - (double)fit->p;

    if (tq_method_counts(fit->method)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method %s pools counts; predictions of true effects need one that pools "
                       "effects, as --method REML",
                       tq_method_name(fit->method));
    }
    if (isnan(fit->tau2)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method %s has no effects of studies to predict; try --method REML",
                       tq_method_name(fit->method));
    }
    const double critical = tq_critical_value(fit->level, df);

    for (size_t i = 0; i < model->k; i++) {
        predict(model, fit, critical, i, &out[i]);
    }
    return TQ_OK;
}
