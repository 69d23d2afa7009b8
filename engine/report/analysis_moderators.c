/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The moderators of an analysis: their design, the names of the terms, predictions at new values. */
#include <math.h>

#include "report/analysis_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* A variable of the studies that are used. */
static tq_status gather_variable(const tq_dataset *data, size_t j, tq_arena *arena,
                                 tq_variable *out, tq_error *err)
{
    const tq_variable *all = &data->variable[j];
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

tq_status analysis_design(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_dataset *data = in->data;
    tq_variable *variable = tq_arena_take(a->arena, data->n_variables, sizeof *variable);
    tq_design *design = NULL;
    tq_status status = variable ? TQ_OK : no_memory(err);

    if (status != TQ_OK || !in->spec->formula) {
        return status;
    }

    for (size_t j = 0; status == TQ_OK && j < data->n_variables; j++) {
        status = gather_variable(data, j, a->arena, &variable[j], err);
    }
    if (status == TQ_OK) {
        status = tq_design_build(in->spec->formula, data->k, variable, a->arena, &design, err);
        if (status != TQ_OK) {
            analysis_locate(data, err);
        }
    }
    a->design = design;
    return status;
}

tq_status analysis_terms(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    static const char *const mean[] = {"intrcpt"};

    (void)in;
    (void)err;
    a->term = a->design ? a->design->column : mean;
    return TQ_OK;
}

/* Values of one set of --newmods, by name. */
static void name_values(const tq_formula *formula, const char *const *text, tq_value *value)
{
    for (size_t j = 0; j < formula->n_variables; j++) {
        value[j] = (tq_value){formula->variable[j], text[j], NAN};
    }
}

/* An error of a set names the set. */
static tq_status in_set(const char *set, tq_status status, tq_error *err)
{
    char message[sizeof err->message];

    tq_copy_text(message, sizeof message, err->message);
    return tq_fail(err, status, TQ_NO_ROW, NULL, "--newmods \"%.80s\": %s", set, message);
}

tq_status analysis_predictions(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_newmods *newmods = in->spec->newmods;
    const size_t n = newmods && a->design ? newmods->n : 0, m = in->data->n_variables;
    double *x = tq_arena_take(a->arena, a->fit->p, sizeof *x);
    tq_value *value = tq_arena_take(a->arena, m, sizeof *value);

    a->predicted = tq_arena_take(a->arena, n, sizeof *a->predicted);
    a->predicted_natural = tq_arena_take(a->arena, n, sizeof *a->predicted_natural);
    if (!x || !value || !a->predicted || !a->predicted_natural) {
        return no_memory(err);
    }
    for (size_t s = 0; s < n; s++) {
        name_values(in->spec->formula, newmods->value + s * m, value);
        const tq_status status = tq_design_row(a->design, m, value, x, err);

        if (status != TQ_OK) {
            return in_set(newmods->text[s], status, err);
        }
        tq_pool_predict(a->fit, x, &a->predicted[s]);
        a->predicted_natural[s] = analysis_natural(a->transform, &a->predicted[s], a->ni_mean);
    }
    a->predicted_at = n ? newmods->text : NULL;
    a->n_predicted = n;
    return TQ_OK;
}
