/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the studies of an analysis stand in the plots that have a point for each. */
#include "report/points.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/distributions.h"
#include "report/analysis_internal.h"

tq_status tq_analysis_radial(const tq_analysis *a, tq_point *out, tq_error *err)
{
    double *const yi = calloc(a->k, sizeof *yi), *const vi = calloc(a->k, sizeof *vi);
    const int failed = !yi || !vi;

    for (size_t i = 0; !failed && i < a->k; i++) {
        yi[i] = a->study[i].yi;
        vi[i] = a->study[i].vi;
    }
    if (!failed) {
        const tq_model model = {a->k, 1, yi, vi, NULL, 1, NULL};

        tq_radial_points(&model, a->fit, out);
    }
    free(vi);
    free(yi);
    return failed ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory") : TQ_OK;
}

tq_status tq_analysis_labbe(const tq_analysis *a, tq_point *out, tq_count_scale *scale,
                            tq_error *err)
{
    *scale = a->measure ? tq_count_scale_find(a->measure->code) : TQ_COUNT_COUNT;
    if (*scale == TQ_COUNT_COUNT) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "a L'Abbe plot needs risks or rates of two groups: measures OR, RR, RD, "
                       "PETO, IRR, IRD");
    }
    double *const room = a->k <= SIZE_MAX / 4 ? calloc(4 * a->k, sizeof *room) : NULL;
    tq_counts counts;
    tq_status status;

    if (!room) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    status = analysis_groups(a, *scale, tq_count_scale_binomial(*scale) ? "Total" : "Person-time",
                             room, &counts)
                 ? tq_labbe_points(&counts, a->k, out, err)
                 : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "a L'Abbe plot needs the events and totals of two groups in the sheet");
    free(room);
    return status;
}

void tq_p_value_function(double est, double se, double df, size_t n, const double *at, double *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = isfinite(est) && se > 0.0 ? tq_two_sided_p((est - at[i]) / se, df) : (double)NAN;
    }
}
