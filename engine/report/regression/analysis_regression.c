/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inference about a regression beyond its coefficients: terms, contrasts, marginal means, inflation. */
#include <math.h>
#include <string.h>

#include "report/analysis_internal.h"

tq_regression_spec tq_regression_defaults(void)
{
    return (tq_regression_spec){.selection = tq_selection_defaults()};
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* What the parts of this file work from. */
typedef struct {
    const analysis_input *in;
    const tq_regression_spec *spec;
    const tq_variable *variable; /* of the studies used */
    tq_pool_work *work;
    tq_analysis *a;
    tq_regression *r;
} inference;

/* c'beta under the fitted model. */
static void linear_of(const inference *s, const double *c, double rhs, tq_linear *out)
{
    if (s->a->multilevel) {
        tq_mv_linear(s->a->multilevel->fit, c, rhs, out);
    } else {
        tq_pool_linear(s->a->fit, c, rhs, out);
    }
}

/* The same for a line of a table, with its cluster-robust test where there are clusters. */
static void test_line(const inference *s, const double *c, tq_contrast_line *line)
{
    line->padj = line->robust_padj = NAN;
    line->robust = (tq_linear){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    linear_of(s, c, line->rhs, &line->test);
    if (s->a->robust) {
        tq_robust_linear(s->a->robust->fit, c, line->rhs, &line->robust);
    }
}

static tq_status wald_of(const inference *s, size_t n, const size_t *column, tq_wald *out,
                         tq_error *err)
{
    return s->a->multilevel ? tq_mv_wald_columns(s->a->multilevel->fit, n, column, out, err)
                            : tq_pool_wald_columns(s->a->fit, n, column, s->work, out, err);
}

/* ---- tests of terms ---- */

/* What --btt tests, cluster-robust, behind the tests that are there. */
static tq_status test_btt_robust(const inference *s, tq_error *err)
{
    tq_robust_report *b = s->a->robust;
    tq_robust_test *list = tq_arena_take(s->a->arena, b->n_tests + 1, sizeof *list);

    if (!list) {
        return no_memory(err);
    }
    for (size_t i = 0; i < b->n_tests; i++) {
        list[i] = b->test[i];
        if (strcmp(list[i].name, s->r->btt) == 0) { /* a term of several columns */
            return TQ_OK;
        }
    }
    list[b->n_tests] = (tq_robust_test){
        .name = s->r->btt, .first = s->r->btt_column[0], .n = s->r->n_btt, .wild = {.pval = NAN}};
    const tq_status status =
        tq_robust_wald_columns(b->fit, s->r->n_btt, s->r->btt_column, &list[b->n_tests].wald, err);

    b->test = list;
    b->n_tests++;
    return status;
}

static tq_status test_btt(const inference *s, tq_error *err)
{
    const char *text = s->spec->btt;
    tq_pool *fit = s->a->fit;
    tq_wald test;

    if (!text) {
        return TQ_OK;
    }
    s->r->btt = text;
    s->r->btt_column = tq_arena_take(s->a->arena, fit->p, sizeof(size_t));
    if (!s->r->btt_column) {
        return no_memory(err);
    }
    tq_status status = tq_columns_parse(s->a->design, text, s->r->btt_column, &s->r->n_btt, err);

    if (status == TQ_OK) {
        status = wald_of(s, s->r->n_btt, s->r->btt_column, &test, err);
    }
    if (status == TQ_OK) {
        fit->QM = test.stat;
        fit->QM_df1 = test.df1;
        fit->QM_df2 = test.df2;
        fit->QM_pval = test.pval;
        status = s->a->robust ? test_btt_robust(s, err) : TQ_OK;
    }
    return analysis_in_option("btt", text, status, err);
}

static void columns_of(const tq_design_term *term, size_t *column)
{
    for (size_t i = 0; i < term->n; i++) {
        column[i] = term->first + i;
    }
}

static int has_wide_term(const tq_design *d)
{
    for (size_t j = 0; d && j < d->n_terms; j++) {
        if (d->term[j].n > 1 || d->term[j].kind == TQ_TERM_FACTOR) {
            return 1;
        }
    }
    return 0;
}

static tq_status test_terms(const inference *s, tq_error *err)
{
    const tq_design *d = s->a->design;
    size_t *column = tq_arena_take(s->a->arena, d->p, sizeof *column);
    tq_status status = TQ_OK;

    if (!column) {
        return no_memory(err);
    }
    if (!has_wide_term(d)) {
        return TQ_OK;
    }
    s->r->term = tq_arena_take(s->a->arena, d->n_terms, sizeof *s->r->term);
    if (!s->r->term) {
        return no_memory(err);
    }
    for (size_t j = 0; status == TQ_OK && j < d->n_terms; j++) {
        tq_term_test *out = &s->r->term[s->r->n_terms];

        if (d->term[j].n == 0) {
            continue;
        }
        columns_of(&d->term[j], column);
        out->name = d->term[j].name;
        out->m = d->term[j].n;
        status = wald_of(s, out->m, column, &out->test, err);
        s->r->n_terms++;
    }
    return status;
}

/* ---- contrasts ---- */

static tq_status test_contrasts(const inference *s, tq_error *err)
{
    const tq_regression_spec *spec = s->spec;
    double *c = tq_arena_take(s->a->arena, s->a->fit->p, sizeof *c);

    s->r->contrast = tq_arena_take(s->a->arena, spec->n_contrasts, sizeof *s->r->contrast);
    if (!c || !s->r->contrast) {
        return no_memory(err);
    }
    for (size_t i = 0; i < spec->n_contrasts; i++) {
        tq_contrast_line *line = &s->r->contrast[i];
        const tq_status status = tq_contrast_parse(s->a->design, s->variable, spec->weights,
                                                   spec->contrast[i], c, &line->rhs, err);

        if (status != TQ_OK) {
            return analysis_in_option("contrast", spec->contrast[i], status, err);
        }
        line->label = spec->contrast[i];
        test_line(s, c, line);
    }
    s->r->n_contrasts = spec->n_contrasts;
    return TQ_OK;
}

/* Rows [n_levels x p] of the marginal means of a factor, one after the other. */
static tq_status marginal_rows(const inference *s, const char *name, const char *option,
                               const tq_design_variable **factor, double **rows, tq_error *err)
{
    const tq_design *d = s->a->design;
    size_t v;
    tq_status status = tq_design_factor(d, name, &v, err);

    if (status != TQ_OK) {
        (void)analysis_in_option(option, name, status, err);
        return status;
    }
    *factor = &d->variable[v];
    *rows = tq_arena_take(s->a->arena, (*factor)->n_levels, d->p * sizeof **rows);
    if (!*rows) {
        return no_memory(err);
    }
    for (size_t l = 0; status == TQ_OK && l < (*factor)->n_levels; l++) {
        const tq_value set = {name, (*factor)->level[l], NAN};

        status = tq_marginal_row(d, s->variable, 1, &set, s->spec->weights, *rows + l * d->p, err);
    }
    return analysis_in_option(option, name, status, err);
}

static tq_status compare_levels(const inference *s, const tq_design_variable *factor,
                                const double *rows, tq_pairwise *out, tq_error *err)
{
    tq_arena *arena = s->a->arena;
    const size_t p = s->a->fit->p, n = factor->n_levels, pairs = n * (n - 1) / 2;
    double *c = tq_arena_take(arena, p, sizeof *c),
           *pval = tq_arena_take(arena, pairs, 4 * sizeof *pval);

    *out = (tq_pairwise){factor->name, tq_arena_take(arena, pairs, sizeof *out->line), 0};
    if (!c || !pval || !out->line) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            tq_contrast_line *line = &out->line[out->n];

            for (size_t a = 0; a < p; a++) {
                c[a] = rows[j * p + a] - rows[i * p + a];
            }
            line->label = tq_arena_format(arena, "%s - %s", factor->level[j], factor->level[i]);
            line->rhs = 0.0;
            test_line(s, c, line);
            pval[out->n] = line->test.pval;
            pval[2 * pairs + out->n++] = line->robust.pval;
            if (!line->label) {
                return no_memory(err);
            }
        }
    }
    tq_status status = tq_adjust_pvalues(s->spec->adjust, pairs, pval, pval + pairs, err);

    if (status == TQ_OK && s->a->robust) {
        status = tq_adjust_pvalues(s->spec->adjust, pairs, pval + 2 * pairs, pval + 3 * pairs, err);
    }
    for (size_t i = 0; status == TQ_OK && i < pairs; i++) {
        out->line[i].padj = pval[pairs + i];
        out->line[i].robust_padj = s->a->robust ? pval[3 * pairs + i] : (double)NAN;
    }
    return status;
}

static tq_status test_pairs(const inference *s, tq_error *err)
{
    tq_status status = TQ_OK;

    s->r->adjust = s->spec->adjust;
    s->r->pairwise = tq_arena_take(s->a->arena, s->spec->n_pairwise, sizeof *s->r->pairwise);
    if (!s->r->pairwise) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < s->spec->n_pairwise; i++) {
        const tq_design_variable *factor = NULL;
        double *rows = NULL;

        status = marginal_rows(s, s->spec->pairwise[i], "pairwise", &factor, &rows, err);
        if (status == TQ_OK) {
            status = compare_levels(s, factor, rows, &s->r->pairwise[i], err);
            s->r->n_pairwise++;
        }
    }
    return status;
}

static void find_mean(const inference *s, const double *row, tq_marginal_means *out, size_t l)
{
    const tq_analysis *a = s->a;

    if (a->multilevel) {
        analysis_multilevel_predict(s->in, a, row, TQ_NO_ROW, &out->mean[l]);
    } else {
        tq_pool_predict(a->fit, row, &out->mean[l]);
    }
    out->natural[l] = analysis_natural(a->transform, &out->mean[l], a->ni_mean);
    if (a->robust) {
        out->robust[l] = analysis_robust_prediction(a, row, &out->mean[l]);
        out->robust_natural[l] = analysis_natural(a->transform, &out->robust[l], a->ni_mean);
    }
}

static tq_status find_means(const inference *s, tq_error *err)
{
    tq_arena *arena = s->a->arena;

    s->r->emm = tq_arena_take(arena, s->spec->n_emm, sizeof *s->r->emm);
    if (!s->r->emm) {
        return no_memory(err);
    }
    for (size_t i = 0; i < s->spec->n_emm; i++) {
        tq_marginal_means *out = &s->r->emm[i];
        const tq_design_variable *factor = NULL;
        double *rows = NULL;
        const tq_status status = marginal_rows(s, s->spec->emm[i], "emm", &factor, &rows, err);

        if (status != TQ_OK) {
            return status;
        }
        *out = (tq_marginal_means){
            .factor = factor->name,
            .level = factor->level,
            .mean = tq_arena_take(arena, factor->n_levels, sizeof *out->mean),
            .natural = tq_arena_take(arena, factor->n_levels, sizeof *out->natural),
            .n = factor->n_levels};
        if (s->a->robust) {
            out->robust = tq_arena_take(arena, out->n, sizeof *out->robust);
            out->robust_natural = tq_arena_take(arena, out->n, sizeof *out->robust_natural);
        }
        if (!out->mean || !out->natural ||
            (s->a->robust && (!out->robust || !out->robust_natural))) {
            return no_memory(err);
        }
        for (size_t l = 0; l < out->n; l++) {
            find_mean(s, rows + l * s->a->fit->p, out, l);
        }
        s->r->n_emm++;
    }
    return TQ_OK;
}

/* ---- inflation ---- */

static tq_status inflate(const inference *s, tq_error *err)
{
    const tq_design *d = s->a->design;
    const size_t from = d->intercept ? 1 : 0;
    size_t *column = tq_arena_take(s->a->arena, d->p, sizeof *column);
    int wide = 0;
    tq_status status = TQ_OK;

    if (!s->spec->vif) {
        return TQ_OK;
    }
    s->r->vif = tq_arena_take(s->a->arena, d->p, sizeof *s->r->vif);
    s->r->gvif = tq_arena_take(s->a->arena, d->n_terms, sizeof *s->r->gvif);
    if (!column || !s->r->vif || !s->r->gvif) {
        return no_memory(err);
    }
    for (size_t a = from; status == TQ_OK && a < d->p; a++) {
        tq_inflation_line *line = &s->r->vif[s->r->n_vif++];

        line->name = d->column[a];
        status = tq_inflation_of(s->a->fit, d->intercept, 1, &a, &line->of, err);
    }
    for (size_t j = 0; j < d->n_terms; j++) {
        wide |= d->term[j].n > 1;
    }
    for (size_t j = 0; status == TQ_OK && wide && j < d->n_terms; j++) {
        tq_inflation_line *line = &s->r->gvif[s->r->n_gvif];

        if (d->term[j].n > 0) {
            columns_of(&d->term[j], column);
            line->name = d->term[j].name;
            status = tq_inflation_of(s->a->fit, d->intercept, d->term[j].n, column, &line->of, err);
            s->r->n_gvif++;
        }
    }
    return status;
}

/* ---- the stage ---- */

/* The option that needs moderators, or NULL. */
static const char *asks_for_moderators(const tq_regression_spec *spec)
{
    return spec->btt           ? "btt"
           : spec->n_contrasts ? "contrast"
           : spec->n_pairwise  ? "pairwise"
           : spec->n_emm       ? "emm"
           : spec->vif         ? "vif"
           : spec->all_subsets ? "all-subsets"
                               : NULL;
}

static tq_status run(inference *s, tq_error *err)
{
    static tq_status (*const parts[])(const inference *, tq_error *) = {
        test_terms, test_btt, test_contrasts, test_pairs, find_means, inflate,
    };
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < sizeof parts / sizeof *parts; i++) {
        status = parts[i](s, err);
    }
    return status;
}

tq_status analysis_regression(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_regression_spec defaults = tq_regression_defaults();
    inference s = {
        .in = in, .spec = in->spec->regression ? in->spec->regression : &defaults, .a = a};
    const char *option = asks_for_moderators(s.spec);
    tq_variable *variable = NULL;

    if (!a->design && option) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s needs the moderators of --mods",
                       option);
    }
    if (!in->spec->regression && !has_wide_term(a->design)) {
        return TQ_OK;
    }
    a->regression = s.r = tq_arena_take(a->arena, 1, sizeof *a->regression);
    if (!s.r) {
        return no_memory(err);
    }
    s.r->weights = s.spec->weights;
    if (!a->design) {
        return TQ_OK;
    }
    tq_status status = analysis_variables(in->data, a->arena, &variable, err);

    s.variable = variable;
    s.work = tq_pool_work_new(1, a->fit->p); /* for its small matrices alone */
    if (status == TQ_OK) {
        status = s.work ? run(&s, err) : no_memory(err);
    }
    tq_pool_work_free(s.work);
    return status;
}
