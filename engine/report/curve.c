/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predictions of a model along one of its moderators. */
#include "report/curve.h"

#include <math.h>
#include <stdlib.h>

/* The middle of a variable: its reference level, or its mean. */
static tq_value held(const tq_design_variable *v)
{
    return (tq_value){v->name, v->n_levels > 0 ? v->level[0] : NULL, v->mean};
}

tq_status tq_analysis_curve(const tq_analysis *a, size_t variable, size_t n, const tq_value *at,
                            tq_prediction *out, tq_error *err)
{
    const tq_design *const d = a->design;

    if (!d || variable >= d->n_variables) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no such variable of --mods");
    }
    tq_value *const value = calloc(d->n_variables, sizeof *value);
    double *const x = calloc(d->p, sizeof *x);
    const int failed = !value || !x;

    for (size_t j = 0; !failed && j < d->n_variables; j++) {
        value[j] = held(&d->variable[j]);
    }
    for (size_t i = 0; !failed && i < n; i++) {
        tq_error outside;

        value[variable] = at[i];
        if (tq_design_row(d, d->n_variables, value, x, &outside) == TQ_OK) {
            tq_pool_predict(a->fit, x, &out[i]);
        } else {
            out[i] = (tq_prediction){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        }
    }
    free(x);
    free(value);
    return failed ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory") : TQ_OK;
}
