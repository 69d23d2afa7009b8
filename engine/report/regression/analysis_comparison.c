/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What takes many fits: residuals without each study, models side by side, all subsets of terms. */
#include <string.h>

#include "report/analysis_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status find_residuals(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_regression_spec *spec = in->spec->regression;

    if (!spec->residuals) {
        return TQ_OK;
    }
    if (tq_method_counts(a->fit->method)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--residuals: method %s pools counts; residuals are those of effects",
                       tq_method_name(a->fit->method));
    }
    a->regression->residual = tq_arena_take(a->arena, a->k, sizeof *a->regression->residual);
    if (!a->regression->residual) {
        return no_memory(err);
    }
    return tq_residuals(&in->of.model, &a->options, a->fit, spec->selection.threads, spec->progress,
                        a->regression->residual, err);
}

/* ---- models side by side ---- */

/* The variables of a formula among those of the dataset, in the formula's order. */
static tq_status pick_variables(const tq_dataset *data, const tq_formula *formula, tq_variable *out,
                                tq_error *err)
{
    for (size_t i = 0; i < formula->n_variables; i++) {
        size_t j = 0;

        while (j < data->n_variables && strcmp(data->variable[j].name, formula->variable[i]) != 0) {
            j++;
        }
        if (j == data->n_variables) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "the dataset was read without column '%.60s'", formula->variable[i]);
        }
        out[i] = data->variable[j];
    }
    return TQ_OK;
}

tq_status analysis_compared_model(const analysis_input *in, const tq_formula *formula,
                                  tq_analysis *a, tq_model *out, tq_error *err)
{
    tq_variable *variable = tq_arena_take(a->arena, formula->n_variables, sizeof *variable);
    const tq_design *design;
    tq_status status = variable ? pick_variables(in->data, formula, variable, err) : no_memory(err);

    if (status == TQ_OK) {
        status = analysis_build_design(in->data, formula, variable, a->arena, &design, err);
    }
    if (status == TQ_OK) {
        *out = in->of.model;
        out->p = design->p;
        out->X = design->X;
        out->intercept = design->intercept;
    }
    return status;
}

static tq_status compare(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_regression_spec *spec = in->spec->regression;
    const size_t n = spec->n_compared + 1;
    tq_regression *r = a->regression;
    tq_model *model = tq_arena_take(a->arena, n, sizeof *model);
    const char **text = tq_arena_take(a->arena, n, sizeof *text);
    tq_pool_options used;
    tq_status status = TQ_OK;

    if (n == 1) {
        return TQ_OK;
    }
    r->compared = tq_arena_take(a->arena, n, sizeof *r->compared);
    if (!model || !text || !r->compared) {
        return no_memory(err);
    }
    model[0] = in->of.model;
    text[0] = in->spec->formula ? in->spec->formula->text : "~ 1";
    for (size_t i = 1; status == TQ_OK && i < n; i++) {
        text[i] = spec->compared[i - 1]->text;
        status = analysis_in_option(
            "compare", text[i],
            analysis_compared_model(in, spec->compared[i - 1], a, &model[i], err), err);
    }
    status = status == TQ_OK ? tq_likelihood_options(&a->options, &used, err) : status;
    if (status == TQ_OK) {
        status = tq_compare(n, model, &a->options, spec->selection.criterion, r->compared, err);
        if (status != TQ_OK && err->row < n) {
            status = analysis_in_option("compare", text[err->row], status, err);
        }
    }
    if (status == TQ_OK) {
        r->likelihood_method = used.method;
        r->compared_text = text;
        r->n_compared = n;
    }
    return status;
}

/* ---- all subsets ---- */

/* Whether the variables of term b are part of those of term a. */
static int contains(const tq_design_term *a, const tq_design_term *b)
{
    if (b->n_variables >= a->n_variables) {
        return 0;
    }
    for (size_t i = 0; i < b->n_variables; i++) {
        size_t j = 0;

        while (j < a->n_variables && a->variable[j] != b->variable[i]) {
            j++;
        }
        if (j == a->n_variables) {
            return 0;
        }
    }
    return 1;
}

static tq_status list_terms(const tq_design *d, tq_selection_term *term, tq_error *err)
{
    if (d->n_dropped > 0) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "--all-subsets: column '%.60s' is a combination of those before it; leave it "
            "out of --mods",
            d->dropped[0]);
    }
    if (d->n_terms > TQ_SELECTION_TERMS) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--all-subsets: %zu terms have more than 2^%d subsets; leave some out of "
                       "--mods",
                       d->n_terms, TQ_SELECTION_TERMS);
    }
    for (size_t j = 0; j < d->n_terms; j++) {
        term[j] = (tq_selection_term){d->term[j].first, d->term[j].n, 0};
        for (size_t i = 0; i < d->n_terms; i++) {
            if (contains(&d->term[j], &d->term[i])) {
                term[j].needs |= UINT32_C(1) << i;
            }
        }
    }
    return TQ_OK;
}

/* "~ imag + meta", "~ 1". */
static tq_status formula_of(tq_analysis *a, uint32_t terms, const char **out, tq_error *err)
{
    const tq_design *d = a->design;
    tq_buffer text = {0};
    const char *between = "~ ";

    for (size_t j = 0; j < d->n_terms; j++) {
        if (terms >> j & 1) {
            tq_buffer_format(&text, "%s%s", between, d->term[j].name);
            between = " + ";
        }
    }
    tq_buffer_text(&text, terms == 0 ? "~ 1" : d->intercept ? "" : " - 1");
    return analysis_keep_text(a, &text, out, err);
}

static tq_status name_models(tq_analysis *a, tq_error *err)
{
    const tq_design *d = a->design;
    const tq_selection *s = a->regression->selection;
    const char **text = tq_arena_take(a->arena, s->n_best, sizeof *text);
    const char **term = tq_arena_take(a->arena, d->n_terms, sizeof *term);

    if (!text || !term) {
        return no_memory(err);
    }
    for (size_t i = 0; i < s->n_best; i++) {
        const tq_status status = formula_of(a, s->best[i].terms, &text[i], err);

        if (status != TQ_OK) {
            return status;
        }
    }
    for (size_t j = 0; j < d->n_terms; j++) {
        term[j] = d->term[j].name;
    }
    a->regression->selection_text = text;
    a->regression->selection_term = term;
    return TQ_OK;
}

static tq_status select_terms(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_regression_spec *spec = in->spec->regression;
    const tq_design *d = a->design;

    if (!spec->all_subsets) {
        return TQ_OK;
    }
    tq_selection_term *term = tq_arena_take(a->arena, d->n_terms, sizeof *term);
    tq_status status = term ? list_terms(d, term, err) : no_memory(err);

    if (status == TQ_OK) {
        status = tq_select(&in->of.model, d->n_terms, term, &a->options, &spec->selection,
                           spec->progress, &a->regression->selection, err);
    }
    if (status == TQ_OK) {
        a->regression->likelihood_method = a->regression->selection->method;
        status = name_models(a, err);
    }
    return status;
}

tq_status analysis_comparison(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    if (!in->spec->regression) {
        return TQ_OK;
    }
    const tq_regression_spec *spec = in->spec->regression;
    const char *refits = spec->residuals     ? "residuals"
                         : spec->n_compared  ? "compare"
                         : spec->all_subsets ? "all-subsets"
                                             : NULL;

    if (in->spec->scale && refits) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--%s fits models with one tau2; it does not go with --scale", refits);
    }
    a->regression->criterion = spec->selection.criterion;
    tq_status status = find_residuals(in, a, err);

    status = status == TQ_OK ? compare(in, a, err) : status;
    return status == TQ_OK ? select_terms(in, a, err) : status;
}
