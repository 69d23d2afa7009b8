/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coordinates of studies in radial, L'Abbe and normal quantile plots; p-value functions. */
#include "diagnostics/study_plots.h"

#include <math.h>

#include "core/distributions.h"
#include "diagnostics/study_internal.h"

void tq_radial_points(const tq_model *model, const tq_pool *fit, tq_point *out)
{
    const double tau2 = study_tau2(fit);

    for (size_t i = 0; i < model->k; i++) {
        const double x = 1.0 / sqrt(model->vi[i] + tau2);

        out[i] = (tq_point){x, model->yi[i] * x};
    }
}

static double share(double events, double of)
{
    return of > 0.0 ? events / of : (double)NAN;
}

tq_status tq_labbe_points(const tq_counts *counts, size_t k, tq_point *out, tq_error *err)
{
    if (!counts->x2) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "a L'Abbe plot compares two groups; measure %s has one",
                       tq_count_scale_name(counts->scale));
    }
    for (size_t i = 0; i < k; i++) {
        out[i] =
            (tq_point){share(counts->x2[i], counts->n2[i]), share(counts->x1[i], counts->n1[i])};
        if (isnan(out[i].x) || isnan(out[i].y)) {
            out[i] = (tq_point){NAN, NAN};
        }
    }
    return TQ_OK;
}

double tq_labbe_line(tq_count_scale scale, double effect, double risk)
{
    double y = NAN;

    switch (scale) {
    case TQ_COUNT_OR:
    case TQ_COUNT_PETO: /* e^effect r / (1 - r + e^effect r), without overflow */
        y = risk > 0.0 ? 1.0 / (1.0 + exp(-effect) * (1.0 - risk) / risk) : 0.0;
        break;
    case TQ_COUNT_RR:
    case TQ_COUNT_IRR:
        y = risk * exp(effect);
        break;
    case TQ_COUNT_RD:
    case TQ_COUNT_IRD:
        y = risk + effect;
        break;
    default:
        break;
    }
    const double most = tq_count_scale_binomial(scale) ? 1.0 : INFINITY;

    return risk >= 0.0 && risk <= most && y >= 0.0 && y <= most ? y : (double)NAN;
}

void tq_normal_points(const double *value, size_t k, tq_point *out)
{
    size_t n = 0;

    for (size_t i = 0; i < k; i++) {
        n += isnan(value[i]) ? 0 : 1;
    }
    const double a = n <= 10 ? 0.375 : 0.5;

    for (size_t i = 0; i < k; i++) {
        size_t rank = 1; /* equal values in their order */

        for (size_t j = 0; j < k; j++) {
            rank += value[j] < value[i] || (j < i && value[j] == value[i]);
        }
        out[i] = (tq_point){NAN, NAN};
        if (!isnan(value[i])) {
            out[i] = (tq_point){
                tq_normal_quantile(((double)rank - a) / ((double)n + 1.0 - 2.0 * a)), value[i]};
        }
    }
}

void tq_p_value_function(double est, double se, double df, size_t n, const double *at, double *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = isfinite(est) && se > 0.0 ? tq_two_sided_p((est - at[i]) / se, df) : (double)NAN;
    }
}
