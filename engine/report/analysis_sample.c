/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The studies of a sheet as the engine takes them. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "report/analysis_internal.h"

/* Where the measure has any; of one group, or of two. */
static tq_status gather_counts(const tq_dataset *data, tq_arena *arena, analysis_sample *s,
                               tq_error *err)
{
    const tq_count_scale scale = tq_count_scale_find(data->measure->code);
    const int one = scale == TQ_COUNT_PLO || scale == TQ_COUNT_IRLN;

    if (!data->events || scale == TQ_COUNT_COUNT) {
        return TQ_OK;
    }
    double *x1 = tq_arena_take(arena, 4 * data->k, sizeof *x1);

    if (!x1) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    double *n1 = x1 + data->k, *x2 = n1 + data->k, *n2 = x2 + data->k;

    for (size_t i = 0; i < data->k; i++) {
        const tq_events *e = &data->events[data->used[i]];

        x1[i] = e->x1;
        n1[i] = e->n1;
        x2[i] = e->x2;
        n2[i] = e->n2;
    }
    s->counts = (tq_counts){scale, x1, n1, one ? NULL : x2, one ? NULL : n2};
    s->model.counts = &s->counts;
    return TQ_OK;
}

tq_status analysis_gather(const tq_dataset *data, int with_counts, tq_arena *arena,
                          analysis_sample *out, tq_error *err)
{
    const size_t k = data->k;

    *out = (analysis_sample){.yi = tq_arena_take(arena, k, sizeof(double)),
                             .vi = tq_arena_take(arena, k, sizeof(double)),
                             .weights =
                                 data->weights ? tq_arena_take(arena, k, sizeof(double)) : NULL};
    if (!out->yi || !out->vi || (data->weights && !out->weights)) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < k; i++) {
        const size_t at = data->used[i];
        const int estimable = data->effect[at].state == TQ_ROW_OK;

        out->yi[i] = estimable ? data->effect[at].yi : (double)NAN;
        out->vi[i] = estimable ? data->effect[at].vi : (double)NAN;
        if (data->weights && out->weights) {
            out->weights[i] = data->weights[at];
        }
    }
    out->model = (tq_model){k, 1, out->yi, out->vi, NULL, 1, NULL};
    return with_counts ? gather_counts(data, arena, out, err) : TQ_OK;
}

void analysis_set_design(tq_model *model, const tq_design *design)
{
    if (design) {
        model->p = design->p;
        model->X = design->p == 1 && design->intercept ? NULL : design->X;
        model->intercept = design->intercept;
    }
}

double *analysis_model_again(const tq_analysis *a, tq_model *out, tq_error *err)
{
    double *const yi = a->k <= SIZE_MAX / 2 ? calloc(2 * a->k, sizeof *yi) : NULL;

    if (!yi) {
        tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        return NULL;
    }
    double *const vi = yi + a->k;

    for (size_t i = 0; i < a->k; i++) {
        yi[i] = a->study[i].yi;
        vi[i] = a->study[i].vi;
    }
    *out = (tq_model){a->k, 1, yi, vi, NULL, 1, NULL};
    analysis_set_design(out, a->design);
    return yi;
}
