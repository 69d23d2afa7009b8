/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The moderators of an analysis: their design, the names of the terms, predictions at new values. */
#include <math.h>

#include "report/analysis_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* A variable of the studies that are used. */
static tq_status gather_variable(const tq_dataset *data, const tq_variable *all, tq_arena *arena,
                                 tq_variable *out, tq_error *err)
{
    double *number = all->number ? tq_arena_take(arena, data->k, sizeof *number) : NULL;
    const char **text = all->text ? tq_arena_take(arena, data->k, sizeof *text) : NULL;

    if (!number && !text) {
        return no_memory(err);
    }
    for (size_t i = 0; i < data->k; i++) {
        if (number) {
            number[i] = all->number[data->used[i]];
        } else {
            text[i] = all->text[data->used[i]];
        }
    }
    *out = (tq_variable){all->name, number, text};
    return TQ_OK;
}

tq_status analysis_variables(const tq_dataset *data, tq_arena *arena, tq_variable **out,
                             tq_error *err)
{
    tq_variable *variable = tq_arena_take(arena, data->n_variables, sizeof *variable);
    tq_status status = variable ? TQ_OK : no_memory(err);

    for (size_t j = 0; status == TQ_OK && j < data->n_variables; j++) {
        status = gather_variable(data, &data->variable[j], arena, &variable[j], err);
    }
    *out = variable;
    return status;
}

tq_status analysis_build_design(const tq_dataset *data, const tq_formula *formula,
                                const tq_variable *all, tq_arena *arena, const tq_design **out,
                                tq_error *err)
{
    tq_variable *variable = tq_arena_take(arena, formula->n_variables, sizeof *variable);
    tq_design *design = NULL;
    tq_status status = variable ? TQ_OK : no_memory(err);

    for (size_t j = 0; status == TQ_OK && j < formula->n_variables; j++) {
        status = gather_variable(data, &all[j], arena, &variable[j], err);
    }
    if (status == TQ_OK) {
        status = tq_design_build(formula, data->k, variable, arena, &design, err);
        if (status != TQ_OK) {
            analysis_locate(data, err);
        }
    }
    *out = design;
    return status;
}

tq_status analysis_design(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_dataset *data = in->data;
    tq_variable *variable = NULL;

    if (!in->spec->formula) {
        return TQ_OK;
    }
    const tq_status status = analysis_variables(data, a->arena, &variable, err);

    a->variable = variable;
    return status == TQ_OK ? analysis_build_design(data, in->spec->formula, data->variable,
                                                   a->arena, &a->design, err)
                           : status;
}

tq_status analysis_terms(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    static const char *const mean[] = {"intrcpt"};

    (void)in;
    (void)err;
    a->term = a->design ? a->design->column : mean;
    return TQ_OK;
}

tq_status analysis_in_option(const char *option, const char *text, tq_status status, tq_error *err)
{
    char message[sizeof err->message];

    if (status == TQ_OK || status == TQ_ENOMEM || status == TQ_EINTR) {
        return status;
    }
    tq_copy_text(message, sizeof message, err->message);
    return tq_fail(err, status, TQ_NO_ROW, NULL, "--%s \"%.80s\": %s", option, text, message);
}

tq_status analysis_new_row(const tq_design *design, const tq_formula *formula,
                           const tq_newmods *values, size_t set, const char *option,
                           tq_arena *arena, double *x, tq_error *err)
{
    const size_t m = formula->n_variables;
    const char *const *text = values->value + set * m;
    tq_value *value = tq_arena_take(arena, m, sizeof *value);

    if (!value) {
        return no_memory(err);
    }
    for (size_t j = 0; j < m; j++) {
        value[j] = (tq_value){formula->variable[j], text[j], NAN};
    }
    return analysis_in_option(option, values->text[set], tq_design_row(design, m, value, x, err),
                              err);
}

tq_status analysis_predictions(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_newmods *newmods = in->spec->newmods;
    const size_t n = newmods && a->design ? newmods->n : 0;
    double *x = tq_arena_take(a->arena, a->fit->p, sizeof *x);

    a->predicted = tq_arena_take(a->arena, n, sizeof *a->predicted);
    a->predicted_natural = tq_arena_take(a->arena, n, sizeof *a->predicted_natural);
    if (a->robust && n > 0) {
        a->predicted_robust = tq_arena_take(a->arena, n, sizeof *a->predicted_robust);
        a->predicted_robust_natural =
            tq_arena_take(a->arena, n, sizeof *a->predicted_robust_natural);
    }
    if (!x || !a->predicted || !a->predicted_natural ||
        (a->robust && n > 0 && (!a->predicted_robust || !a->predicted_robust_natural))) {
        return no_memory(err);
    }
    for (size_t s = 0; s < n; s++) {
        const tq_status status =
            analysis_new_row(a->design, in->spec->formula, newmods, s, "newmods", a->arena, x, err);

        if (status != TQ_OK) {
            return status;
        }
        if (a->multilevel) {
            analysis_multilevel_predict(in, a, x, s, &a->predicted[s]);
        } else {
            tq_pool_predict(a->fit, x, &a->predicted[s]);
        }
        a->predicted_natural[s] = analysis_natural(a->transform, &a->predicted[s], a->ni_mean);
        if (a->robust) {
            a->predicted_robust[s] = analysis_robust_prediction(a, x, &a->predicted[s]);
            a->predicted_robust_natural[s] =
                analysis_natural(a->transform, &a->predicted_robust[s], a->ni_mean);
        }
    }
    a->predicted_at = n ? newmods->text : NULL;
    a->n_predicted = n;
    return TQ_OK;
}

tq_status analysis_fitted(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    enum { MOST = 5000 };
    const tq_model *model = &in->of.model;
    double *x = tq_arena_take(a->arena, a->fit->p, sizeof *x);

    if (!a->design || a->scale || a->k > MOST || a->n_filled > 0) {
        return TQ_OK;
    }
    a->fitted = tq_arena_take(a->arena, a->k, sizeof *a->fitted);
    if (!x || !a->fitted) {
        return no_memory(err);
    }
    for (size_t i = 0; i < a->k; i++) {
        tq_prediction p;

        for (size_t c = 0; c < a->fit->p; c++) {
            x[c] =
                model->X ? model->X[i + c * model->k] : 1.0; /* a constant moderator is left out */
        }
        if (a->multilevel) {
            analysis_multilevel_predict(in, a, x, TQ_NO_ROW, &p);
        } else {
            tq_pool_predict(a->fit, x, &p);
        }
        p = a->robust ? analysis_robust_prediction(a, x, &p) : p;
        a->fitted[i] = analysis_natural(a->transform, &p, in->data->effect[in->data->used[i]].ni);
    }
    return TQ_OK;
}
