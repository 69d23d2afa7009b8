/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the studies of an analysis stand in the plots that have a point for each. */
#include "report/points.h"

#include <stdint.h>
#include <stdlib.h>

#include "report/analysis_internal.h"

tq_status tq_analysis_radial(const tq_analysis *a, tq_point *out, tq_error *err)
{
    tq_model model;
    tq_pool fit = *a->fit;
    double *const room = analysis_model_again(a, &model, err);

    fit.tau2 = tq_analysis_tau2(a); /* of all levels */
    if (room) {
        tq_radial_points(&model, &fit, out);
    }
    free(room);
    return room ? TQ_OK : TQ_ENOMEM;
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
