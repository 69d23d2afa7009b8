/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small-study effects of an analysis: the tests, fail-safe N, trim and fill. */
#include <math.h>
#include <string.h>

#include "report/analysis_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- the studies as the tests see them ---- */

/* Measures whose ai and ci are events of two groups of people. */
static int has_tables(const tq_measure *measure)
{
    const tq_count_scale scale = tq_count_scale_find(measure->code);

    return scale == TQ_COUNT_OR || scale == TQ_COUNT_RR || scale == TQ_COUNT_RD ||
           scale == TQ_COUNT_PETO;
}

tq_status analysis_sizes(const analysis_input *in, const tq_analysis *a, tq_bias_studies *s,
                         tq_error *err)
{
    const tq_dataset *data = in->data;
    const size_t k = data->k;
    const int tables = has_tables(data->measure);
    double *ni = tq_arena_take(a->arena, 5 * k, sizeof *ni);

    if (!ni) {
        return no_memory(err);
    }
    double *n1 = ni + k, *n2 = n1 + k, *x1 = n2 + k, *x2 = x1 + k;

    for (size_t i = 0; i < k; i++) {
        const size_t at = data->used[i];

        n1[i] = analysis_value(data, TQ_IN_N1I, at);
        n2[i] = analysis_value(data, TQ_IN_N2I, at);
        x1[i] = tables ? analysis_value(data, TQ_IN_AI, at) : (double)NAN;
        x2[i] = tables ? analysis_value(data, TQ_IN_CI, at) : (double)NAN;
        ni[i] = data->effect[at].ni;
        ni[i] = isnan(ni[i]) ? analysis_value(data, TQ_IN_NI, at) : ni[i];
        ni[i] = isnan(ni[i]) ? n1[i] + n2[i] : ni[i];
        if (isnan(ni[i])) { /* rates: the person-time is their size */
            ni[i] = analysis_value(data, TQ_IN_T1I, at) + analysis_value(data, TQ_IN_T2I, at);
        }
        analysis_turn(a->effects.rescale * (data->flip ? data->flip[at] : 1.0), &x1[i], &n1[i],
                      &x2[i], &n2[i]);
    }
    s->ni = ni;
    s->n1 = n1;
    s->n2 = n2;
    s->x1 = x1;
    s->x2 = x2;
    return TQ_OK;
}

tq_status analysis_bias(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    tq_bias_studies studies = {
        .model = in->of.model, .measure = a->measure->code, .null_value = a->measure->null_value};

    if (!in->spec->bias) {
        return TQ_OK;
    }
    tq_status status = analysis_sizes(in, a, &studies, err);

    if (status == TQ_OK) {
        status = tq_bias_run(&studies, &a->options, in->spec->bias, &a->bias, err);
    }
    if (status != TQ_OK) {
        analysis_locate(in->data, err);
        return status;
    }
    for (size_t i = 0; i < a->bias->n; i++) {
        if (!a->bias->result[i].why[0]) {
            return TQ_OK;
        }
    }
    const tq_bias_result *first = &a->bias->result[0];

    return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no test can be done; %s: %s",
                   tq_bias_test_name(first->test), first->why);
}

tq_status analysis_fail_safe(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    if (!in->spec->fail_safe) {
        return TQ_OK;
    }
    tq_fail_safe_options opt = *in->spec->fail_safe;

    opt.null_value = isnan(a->measure->null_value) ? 0.0 : a->measure->null_value;
    a->fail_safe = tq_arena_take(a->arena, 1, sizeof *a->fail_safe);
    if (!a->fail_safe) {
        return no_memory(err);
    }
    const tq_status status = tq_fail_safe_find(&in->of.model, &a->options, &opt, a->fail_safe, err);

    if (status != TQ_OK) {
        analysis_locate(in->data, err);
    }
    return status;
}

/* ---- trim and fill ---- */

/* values[k] with those of the filled studies behind them; more NULL: of the studies they mirror. */
static double *lengthen(tq_arena *arena, const double *values, const double *more,
                        const tq_trim_fill *fill)
{
    double *out = tq_arena_take(arena, fill->k + fill->k0, sizeof *out);

    if (out) {
        memcpy(out, values, fill->k * sizeof *out);
        for (size_t j = 0; j < fill->k0; j++) {
            out[fill->k + j] = more ? more[j] : values[fill->mirror_of[j]];
        }
    }
    return out;
}

tq_status analysis_fill(analysis_input *in, tq_analysis *a, tq_error *err)
{
    tq_pool_options opt = in->spec->options;

    opt.weights = in->of.weights;
    const tq_status status =
        tq_trim_fill_find(&in->of.model, &opt, in->spec->trim_fill, &a->trim_fill, err);

    if (status != TQ_OK) {
        analysis_locate(in->data, err);
        return status;
    }
    const tq_trim_fill *fill = a->trim_fill;

    in->of.yi = lengthen(a->arena, in->of.yi, fill->yi, fill);
    in->of.vi = lengthen(a->arena, in->of.vi, fill->vi, fill);
    if (in->of.weights) {
        in->of.weights = lengthen(a->arena, in->of.weights, NULL, fill);
    }
    if (!in->of.yi || !in->of.vi || (opt.weights && !in->of.weights)) {
        return no_memory(err);
    }
    in->of.model.yi = in->of.yi;
    in->of.model.vi = in->of.vi;
    in->of.model.k = fill->k + fill->k0;
    a->n_filled = fill->k0;
    return TQ_OK;
}

tq_status analysis_filled_study(const analysis_input *in, tq_analysis *a, size_t i, tq_error *err)
{
    const size_t at = in->data->k + i, of = a->trim_fill->mirror_of[i];
    const tq_effect_row effect = {.yi = in->of.yi[at], .vi = in->of.vi[at]};
    const tq_effect_interval s = tq_effect_interval_of(&effect, a->options.level);
    const tq_prediction p = {effect.yi, s.sei, s.ci_lb, s.ci_ub, NAN, NAN, NAN};
    const char *label = tq_arena_format(a->arena, "Filled %zu", i + 1);
    const char *from = tq_arena_format(a->arena, "mirror image of %s", a->study[of].label);

    if (!label || !from) {
        return no_memory(err);
    }
    a->study[at] = (tq_study){.label = label,
                              .filled = 1,
                              .yi = effect.yi,
                              .vi = effect.vi,
                              .sei = s.sei,
                              .ci_lb = s.ci_lb,
                              .ci_ub = s.ci_ub,
                              .weight = a->fit->weight[at],
                              .ni = a->study[of].ni,
                              .natural = analysis_natural(a->transform, &p, a->study[of].ni),
                              .from = from};
    return TQ_OK;
}
