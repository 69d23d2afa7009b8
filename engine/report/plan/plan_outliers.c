/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Studies that a rule calls outliers, left out of the data as if they had not been usable. */
#include <math.h>
#include <string.h>

#include "report/plan/plan_internal.h"

/* What the rule finds in a fitted analysis of all studies; the rules are those of
   diagnostics/specifications.h. */
static int is_outlier(const tq_analysis *a, const tq_outlier_rule *rule, size_t i)
{
    const tq_influence *f = a->sensitivity ? a->sensitivity->influence : NULL;

    if (rule->kind == TQ_OUTLIERS_INTERVAL) {
        return a->study[i].ci_ub < a->fit->ci_lb[0] || a->study[i].ci_lb > a->fit->ci_ub[0];
    }
    if (!f) { /* one study alone has no residual */
        return 0;
    }
    return fabs(rule->kind == TQ_OUTLIERS_RSTUDENT ? f->residual[i].rstudent
                                                   : f->residual[i].rstandard) > rule->limit;
}

/* The rows left out, the outliers among them, in the order of the sheet. */
static tq_excluded *list_excluded(const tq_dataset *data, const tq_analysis *a,
                                  const unsigned char *out, tq_arena *arena)
{
    const size_t before = data->rows - data->k;
    tq_excluded *list = tq_arena_take(arena, data->rows, sizeof *list);
    size_t n = 0, j = 0;

    for (size_t i = 0; list && i < data->k; i++) {
        if (!out[i]) {
            continue;
        }
        while (j < before && data->excluded[j].row < a->study[i].row) {
            list[n++] = data->excluded[j++];
        }
        list[n++] = (tq_excluded){a->study[i].row, a->study[i].label, "outlier by the rule"};
    }
    if (list && j < before) {
        memcpy(list + n, data->excluded + j, (before - j) * sizeof *list);
    }
    return list;
}

static tq_status reduce(const tq_dataset **data, const tq_analysis *a, const tq_outlier_rule *rule,
                        tq_arena *arena, tq_error *err)
{
    tq_dataset *rest = tq_arena_take(arena, 1, sizeof *rest);
    size_t *used = tq_arena_take(arena, (*data)->k, sizeof *used);
    unsigned char *out = tq_arena_take(arena, (*data)->k, 1);
    size_t n = 0;

    if (!rest || !used || !out) {
        return plan_no_memory(err);
    }
    for (size_t i = 0; i < (*data)->k; i++) {
        out[i] = (*data)->k > 1 && is_outlier(a, rule, i);
        if (!out[i]) {
            used[n++] = (*data)->used[i];
        }
    }
    *rest = **data;
    rest->k = n;
    rest->used = used;
    rest->excluded = list_excluded(*data, a, out, arena);
    *data = rest;
    if (n == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "every study is an outlier");
    }
    return rest->excluded ? TQ_OK : plan_no_memory(err);
}

tq_status plan_without_outliers(const tq_dataset **data, const tq_analysis_spec *spec,
                                const tq_outlier_rule *rule, tq_arena *arena, tq_error *err)
{
    const tq_sensitivity_spec residuals = {
        .influence = rule->kind != TQ_OUTLIERS_INTERVAL && (*data)->k > 1, .threads = 1};
    tq_analysis_spec bare = *spec;
    tq_analysis *a = NULL;

    bare.sensitivity = residuals.influence ? &residuals : NULL;
    tq_status status = tq_analysis_pool(*data, &bare, &a, err);

    status = status == TQ_OK ? reduce(data, a, rule, arena, err) : status;
    tq_analysis_free(a);
    return status;
}
