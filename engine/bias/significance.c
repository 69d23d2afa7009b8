/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Studies turned so that the favoured direction is upwards. */
#include "bias/significance_internal.h"

#include <math.h>
#include <stdlib.h>

#include "core/distributions.h"

static const char *const names[TQ_FAVOUR_COUNT] = {
    [TQ_FAVOUR_AUTO] = "auto", [TQ_FAVOUR_GREATER] = "greater", [TQ_FAVOUR_LESS] = "less"};

const char *tq_favour_name(tq_favour favour)
{
    return (unsigned)favour < TQ_FAVOUR_COUNT ? names[favour] : NULL;
}

static tq_status check(const tq_model *m, tq_favour favour, double alpha, double null_value,
                       const char *what, tq_error *err)
{
    if (m->X && m->p > 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "%s knows no moderators", what);
    }
    if (!(alpha > 0.0 && alpha < 1.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "alpha '%g' must be above 0 and below 1",
                       alpha);
    }
    if (!isfinite(null_value) || (unsigned)favour >= TQ_FAVOUR_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "%s needs a finite value of no effect and a direction that exists", what);
    }
    if (m->k < 1) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to look at");
    }
    for (size_t i = 0; i < m->k; i++) {
        if (!isfinite(m->yi[i]) || !(m->vi[i] > 0.0 && isfinite(m->vi[i]))) {
            return tq_fail(err, TQ_EDATA, i, "vi", "value '%g' must be > 0 and its effect finite",
                           m->vi[i]);
        }
    }
    return TQ_OK;
}

/* The direction of the inverse variance mean. */
static double sign_of_mean(const tq_model *m, double null_value)
{
    double sum = 0.0;

    for (size_t i = 0; i < m->k; i++) {
        sum += (m->yi[i] - null_value) / m->vi[i];
    }
    return sum < 0.0 ? -1.0 : 1.0;
}

tq_status turned_make(const tq_model *model, tq_favour favour, double alpha, double null_value,
                      const char *what, turned_studies *out, tq_error *err)
{
    const tq_status status = check(model, favour, alpha, null_value, what, err);
    const size_t k = model->k;

    *out = (turned_studies){.k = k, .null_value = null_value};
    if (status != TQ_OK) {
        return status;
    }
    if (k <= SIZE_MAX / sizeof(double) / 2) {
        out->y = calloc(2 * k, sizeof *out->y);
        out->affirmative = calloc(k, sizeof *out->affirmative);
    }
    if (!out->y || !out->affirmative) {
        turned_free(out);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    out->s = out->y + k;
    out->sign = favour == TQ_FAVOUR_AUTO      ? sign_of_mean(model, null_value)
                : favour == TQ_FAVOUR_GREATER ? 1.0
                                              : -1.0;
    out->critical = tq_normal_quantile(1.0 - alpha / 2.0);
    for (size_t i = 0; i < k; i++) {
        out->y[i] = out->sign * (model->yi[i] - null_value);
        out->s[i] = sqrt(model->vi[i]);
        out->affirmative[i] = out->y[i] > out->critical * out->s[i];
        out->n_affirmative += (size_t)out->affirmative[i];
    }
    return TQ_OK;
}

void turned_free(turned_studies *t)
{
    free(t->y); /* and s, which follows */
    free(t->affirmative);
    t->y = t->s = NULL;
    t->affirmative = NULL;
}
