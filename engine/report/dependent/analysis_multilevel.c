/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A multilevel model in an analysis: its terms from the sheet, the fit, what views see of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "report/dependent/multilevel_factors_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- terms ---- */

typedef struct {
    const analysis_input *in;
    tq_analysis *a;
    tq_mv_term *term;          /* [n] */
    tq_multilevel_term *shown; /* [n] */
    unsigned char *related;    /* [n_relations] 1: the known correlations have found their factor */
    size_t n, inner_terms;     /* inner_terms: of the form ~ inner | outer */
} terms;

/* "district/school" of the first n names. */
static const char *joined(tq_arena *arena, const char *const *name, size_t n, const char *between)
{
    const char *out = name[0];

    for (size_t i = 1; out && i < n; i++) {
        out = tq_arena_format(arena, "%s%s%s", out, between, name[i]);
    }
    return out;
}

static void take_factor(const multilevel_factor *f, tq_mv_term *term, tq_multilevel_term *shown)
{
    term->group = f->code;
    term->n_groups = f->n;
    shown->levels = f->n;
    shown->level = f->level;
}

/* Known correlations of a factor's levels, where there are any. */
static tq_status relate(terms *t, const char *name, const multilevel_factor *f, tq_mv_term *term,
                        tq_error *err)
{
    const tq_multilevel_spec *spec = t->in->spec->multilevel;

    for (size_t i = 0; i < spec->n_relations; i++) {
        if (strcmp(spec->relation[i].factor, name) == 0) {
            t->related[i] = 1;
            return multilevel_relate(&spec->relation[i], f, t->a->arena, &term->R, err);
        }
    }
    return TQ_OK;
}

/* ~ 1 | a/b/c: an intercept for a, for b within a, for c within those. */
static tq_status add_intercepts(terms *t, const tq_random_formula *f, tq_error *err)
{
    multilevel_factor outer, factor;
    tq_arena *arena = t->a->arena;
    tq_status status = TQ_OK;

    for (size_t i = 0; status == TQ_OK && i < f->n_outer; i++) {
        const tq_variable *v = multilevel_column(t->in->data, f->outer[i]);
        const char *name = joined(arena, f->outer, i + 1, "/");

        status = name ? multilevel_levels(t->in->data, v, i ? &outer : NULL, arena, &factor, err)
                      : no_memory(err);
        if (status == TQ_OK) {
            t->term[t->n] = (tq_mv_term){.name = name, .structure = TQ_MV_INTERCEPT};
            t->shown[t->n] =
                (tq_multilevel_term){.name = name, .variances = "sigma2", .formula = f};
            take_factor(&factor, &t->term[t->n], &t->shown[t->n]);
            status = relate(t, f->outer[i], &factor, &t->term[t->n], err);
            t->n++;
        }
        outer = factor;
    }
    return status;
}

/* The levels, times, coordinates or slopes that stand before the bar. */
static tq_status add_inner(terms *t, const tq_random_formula *f, tq_mv_structure s,
                           tq_mv_term *term, tq_error *err)
{
    tq_arena *arena = t->a->arena;
    multilevel_factor inner;
    const char *name = tq_mv_structure_name(s);

    if (s >= TQ_MV_CAR) {
        if (s == TQ_MV_CAR && f->n_inner != 1) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--random \"%.60s\": structure CAR has one time", f->text);
        }
        if (term->distance == TQ_MV_GCD && s != TQ_MV_GEN && s != TQ_MV_CAR && f->n_inner != 2) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--random \"%.60s\": great-circle distances are between longitude + "
                           "latitude",
                           f->text);
        }
        term->q = f->n_inner + (s == TQ_MV_GEN ? 1 : 0);
        return multilevel_numbers(t->in->data, f->inner, f->n_inner, s == TQ_MV_GEN, name, arena,
                                  &term->Z, &term->z_name, err);
    }
    if (f->n_inner != 1) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--random \"%.60s\": structure %s has one factor before the bar; random "
                       "slopes are structure GEN",
                       f->text, name);
    }
    const tq_status status = multilevel_levels(
        t->in->data, multilevel_column(t->in->data, f->inner[0]), NULL, arena, &inner, err);

    term->inner = inner.code;
    term->n_inner = inner.n;
    term->inner_name = inner.level;
    return status;
}

/* Components of structures with one for each level grow with their number. */
static tq_status check_size(const tq_mv_term *term, tq_error *err)
{
    enum { MANY = 60 };
    const size_t n = tq_mv_variances(term);

    return n <= MANY
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "--random: structure %s has a variance for each of the %zu levels of "
                         "'%.60s'; above %d use CS, ID or AR",
                         tq_mv_structure_name(term->structure), n, term->name, MANY);
}

static tq_status add_structured(terms *t, const tq_random_term *random, tq_error *err)
{
    static const char *const variances[] = {"tau2", "gamma2"}, *const correlations[] = {"rho",
                                                                                        "phi"};
    const tq_random_formula *f = &random->formula;
    tq_arena *arena = t->a->arena;
    multilevel_factor outer, factor;
    tq_mv_term *term = &t->term[t->n];
    const char *inner = joined(arena, f->inner, f->n_inner, " + ");
    const char *group = joined(arena, f->outer, f->n_outer, "/");
    const char *name = inner && group ? tq_arena_format(arena, "%s | %s", inner, group) : NULL;
    tq_status status = name ? TQ_OK : no_memory(err);

    if (t->inner_terms == 2) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "--random: two terms ~ inner | outer at most, besides any number of ~ 1 | "
                       "...");
    }
    for (size_t i = 0; status == TQ_OK && i < f->n_outer; i++) {
        status = multilevel_levels(t->in->data, multilevel_column(t->in->data, f->outer[i]),
                                   i ? &outer : NULL, arena, &factor, err);
        outer = factor;
    }
    if (status != TQ_OK) {
        return status;
    }
    *term = (tq_mv_term){.name = name,
                         .structure = random->structure,
                         .distance = t->in->spec->multilevel->distance};
    t->shown[t->n] =
        (tq_multilevel_term){.name = name, .variances = variances[t->inner_terms], .formula = f};
    take_factor(&factor, term, &t->shown[t->n]);
    status = add_inner(t, f, random->structure, term, err);
    status = status == TQ_OK ? check_size(term, err) : status;
    if (status == TQ_OK && tq_mv_correlations(term) > 0) {
        t->shown[t->n].correlations = correlations[t->inner_terms];
    }
    t->inner_terms++;
    t->n++;
    return status;
}

/* "district" of ~ 1 | district/school, "study" of ~ outcome | study. */
static const char *grouping_of(const tq_multilevel_spec *spec, tq_arena *arena)
{
    const tq_random_formula *f = &spec->random[0].formula;

    return joined(arena, f->outer, f->n_inner ? f->n_outer : 1, "/");
}

/* Each relation belongs to a factor, and no factor has two. */
static tq_status check_relations(const terms *t, tq_error *err)
{
    const tq_multilevel_spec *spec = t->in->spec->multilevel;

    for (size_t i = 0; i < spec->n_relations; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(spec->relation[i].factor, spec->relation[j].factor) == 0) {
                return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                               "--R: the factor '%.60s' has two files", spec->relation[i].factor);
            }
        }
        if (!t->related[i]) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "--R: no term ~ 1 | ... of --random has the factor '%.60s'",
                           spec->relation[i].factor);
        }
    }
    return TQ_OK;
}

static tq_status make_terms(const analysis_input *in, tq_analysis *a, tq_multilevel *m,
                            tq_error *err)
{
    const tq_multilevel_spec *spec = in->spec->multilevel;
    terms t = {.in = in, .a = a};
    size_t n = 0, at = 0;
    tq_status status = TQ_OK;

    for (size_t i = 0; i < spec->n_random; i++) {
        n += spec->random[i].formula.n_inner ? 1 : spec->random[i].formula.n_outer;
    }
    t.term = tq_arena_take(a->arena, n, sizeof *t.term);
    t.shown = tq_arena_take(a->arena, n, sizeof *t.shown);
    t.related = tq_arena_take(a->arena, spec->n_relations + 1, sizeof *t.related);
    if (!t.term || !t.shown || !t.related) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < spec->n_random; i++) {
        status = spec->random[i].formula.n_inner
                     ? add_structured(&t, &spec->random[i], err)
                     : add_intercepts(&t, &spec->random[i].formula, err);
    }
    for (size_t i = 0; status == TQ_OK && i < t.n; i++) {
        t.shown[i].first = at;
        t.shown[i].n = tq_mv_variances(&t.term[i]) + tq_mv_correlations(&t.term[i]);
        at += t.shown[i].n;
    }
    status = status == TQ_OK ? check_relations(&t, err) : status;
    m->model.term = t.term;
    m->model.n_terms = t.n;
    m->term = t.shown;
    m->structured = t.inner_terms > 0;
    m->factor = grouping_of(spec, a->arena);
    if (!m->factor) {
        return no_memory(err);
    }
    return status;
}

/* ---- what is derived from the fit ---- */

/* A level of a component in words. */
static const char *level_of(const tq_mv_term *t, size_t at)
{
    return t->structure == TQ_MV_GEN ? t->z_name[at] : t->inner_name[at];
}

static const char *label_of(const tq_multilevel *m, size_t r, tq_arena *arena)
{
    const tq_mv_component *c = &m->fit->component[r];
    const tq_multilevel_term *shown = &m->term[c->term];
    const tq_mv_term *t = &m->model.term[c->term];
    const char *what = c->role == TQ_MV_VARIANCE ? shown->variances : shown->correlations;

    if (t->structure == TQ_MV_INTERCEPT) {
        return tq_arena_format(arena, "%s %s", what, shown->name);
    }
    return c->first == TQ_MV_ALL ? tq_arena_format(arena, "%s", what)
           : c->second == TQ_MV_ALL
               ? tq_arena_format(arena, "%s %s", what, level_of(t, c->first))
               : tq_arena_format(arena, "%s %s, %s", what, level_of(t, c->first),
                                 level_of(t, c->second));
}

/* Whether the model has one variance for all effects, which I2 and a prediction interval need. */
static int is_uniform(const tq_multilevel *m)
{
    for (size_t r = 0; r < m->fit->n_components; r++) {
        if (m->fit->component[r].role == TQ_MV_VARIANCE &&
            m->fit->component[r].first != TQ_MV_ALL) {
            return 0;
        }
    }
    return 1;
}

static double total_variance(const tq_multilevel *m)
{
    double sum = 0.0;

    for (size_t r = 0; r < m->fit->n_components; r++) {
        sum += m->fit->component[r].role == TQ_MV_VARIANCE ? m->fit->component[r].value : 0.0;
    }
    return sum;
}

static tq_status describe_components(tq_analysis *a, tq_multilevel *m, tq_error *err)
{
    const size_t n = m->fit->n_components;
    const char **label = tq_arena_take(a->arena, n, sizeof *label);
    const double total = total_variance(m) + m->fit->typical_vi;

    m->I2 = tq_arena_take(a->arena, n, sizeof *m->I2);
    if (!label || !m->I2) {
        return no_memory(err);
    }
    m->label = label;
    m->I2_total = NAN;
    m->tau2 = is_uniform(m) && n > 0 ? total_variance(m) : (double)NAN;
    for (size_t r = 0; r < n; r++) {
        const tq_mv_component *c = &m->fit->component[r];

        label[r] = label_of(m, r, a->arena);
        if (!label[r]) {
            return no_memory(err);
        }
        m->I2[r] = NAN;
        if (is_uniform(m) && c->role == TQ_MV_VARIANCE) {
            m->I2[r] = 100.0 * c->value / total;
            m->I2_total = (isnan(m->I2_total) ? 0.0 : m->I2_total) + m->I2[r];
        }
    }
    return TQ_OK;
}

/* Rows of M^-1 1: with an intercept alone what each effect weighs in the estimate. */
static tq_status find_weights(tq_analysis *a, tq_multilevel *m, tq_error *err)
{
    const size_t k = m->model.k;
    double sum = 0.0;

    m->weight = tq_arena_take(a->arena, k, sizeof *m->weight);
    if (!m->weight) {
        return no_memory(err);
    }
    for (size_t i = 0; i < k; i++) {
        m->weight[i] = 1.0;
    }
    const tq_status status = tq_mv_solve(m->fit, 1, m->weight, err);

    for (size_t i = 0; i < k; i++) {
        sum += m->weight[i];
    }
    for (size_t i = 0; i < k; i++) {
        m->weight[i] *= 100.0 / sum;
    }
    return status;
}

/* ---- as a pooled fit, for the views that know nothing of levels ---- */

static void copy_coefficients(const tq_mv_fit *from, tq_pool *to)
{
    const size_t p = from->p;

    memcpy(to->beta, from->beta, p * sizeof *to->beta);
    memcpy(to->se, from->se, p * sizeof *to->se);
    memcpy(to->stat, from->stat, p * sizeof *to->stat);
    memcpy(to->df, from->df, p * sizeof *to->df);
    memcpy(to->pval, from->pval, p * sizeof *to->pval);
    memcpy(to->ci_lb, from->ci_lb, p * sizeof *to->ci_lb);
    memcpy(to->ci_ub, from->ci_ub, p * sizeof *to->ci_ub);
    memcpy(to->vb, from->vb, p * p * sizeof *to->vb);
    memcpy(to->vb_model, from->vb_model, p * p * sizeof *to->vb_model);
    memset(to->kr, 0, p * p * sizeof *to->kr);
}

void multilevel_clear(tq_pool *to)
{
    const tq_statistic none = {NAN, NAN, NAN};

    to->critical = to->kr_information = to->kh = to->se_tau2 = NAN;
    to->tau2 = to->tau = to->I2 = to->H2 = to->R2 = NAN;
    to->ci = (tq_heterogeneity_ci){.method = TQ_CI_NONE,
                                   .tau2 = {NAN, NAN},
                                   .tau = {NAN, NAN},
                                   .I2 = {NAN, NAN},
                                   .H2 = {NAN, NAN}};
    to->cmh = to->bd = to->ta = to->lrt = to->wld = none;
    to->rho[0] = to->rho[1] = NAN;
    to->prediction = (tq_prediction){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    to->tau2_fixed = 0;
    to->why_none = NULL;
}

/* ---- predictions ---- */

/* The value of a variable among the new values, as written; NULL: it is none of them. */
static const char *value_of(const analysis_input *in, const char *name, size_t set)
{
    const tq_formula *f = in->spec->formula;

    for (size_t j = 0; f && in->spec->newmods && set != TQ_NO_ROW && j < f->n_variables; j++) {
        if (strcmp(f->variable[j], name) == 0) {
            return in->spec->newmods->value[set * f->n_variables + j];
        }
    }
    return NULL;
}

/* The variance of a term: its one, or of several that of the level that is named; NULL: none is. */
static const tq_mv_component *variance_at(const analysis_input *in, const tq_multilevel *m,
                                          const tq_mv_fit *fit, size_t t, size_t set,
                                          const char *by, const char *level)
{
    const tq_mv_component *first = &fit->component[m->term[t].first];
    const tq_mv_term *term = &m->model.term[t];
    const tq_random_formula *f = m->term[t].formula;
    const char *value = f->n_inner != 1                ? NULL
                        : !by                          ? value_of(in, f->inner[0], set)
                        : strcmp(f->inner[0], by) == 0 ? level
                                                       : NULL;

    if (first->first == TQ_MV_ALL) {
        return first;
    }
    for (size_t l = 0; value && term->inner && l < term->n_inner; l++) {
        if (strcmp(term->inner_name[l], value) == 0) {
            return first + l;
        }
    }
    return NULL;
}

double multilevel_total(const analysis_input *in, const tq_multilevel *m, const tq_mv_fit *fit,
                        size_t set, const char *by, const char *level)
{
    double sum = 0.0;
    int known = m->model.n_terms == 0; /* a factor of one level tells nothing of other levels */

    for (size_t t = 0; t < m->model.n_terms; t++) {
        const tq_mv_component *c = variance_at(in, m, fit, t, set, by, level);

        sum += c ? c->value : (double)NAN;
        known |= c && c->fixed != 2;
    }
    return known ? sum : NAN;
}

void multilevel_prediction(const tq_analysis *a, const tq_linear *at, double total,
                           tq_prediction *out)
{
    const double width =
        tq_critical_value(a->options.level, at->df) * sqrt(at->se * at->se + total);
    const int wanted = a->options.predict != TQ_PREDICT_NONE;

    *out = (tq_prediction){.pred = at->est,
                           .se = at->se,
                           .ci_lb = at->ci_lb,
                           .ci_ub = at->ci_ub,
                           .pi_lb = wanted ? at->est - width : NAN,
                           .pi_ub = wanted ? at->est + width : NAN,
                           .pi_df = wanted && !isnan(total) ? at->df : NAN};
}

void analysis_multilevel_predict(const analysis_input *in, const tq_analysis *a, const double *x,
                                 size_t set, tq_prediction *out)
{
    const tq_multilevel *m = a->multilevel;
    tq_linear at;

    tq_mv_linear(m->fit, x, 0.0, &at);
    multilevel_prediction(a, &at, multilevel_total(in, m, m->fit, set, NULL, NULL), out);
}

static void fill_pool(const analysis_input *in, const tq_analysis *a, tq_pool *to)
{
    const tq_multilevel *m = a->multilevel;
    const tq_mv_fit *fit = m->fit;
    const double one = 1.0;

    multilevel_clear(to);
    to->k = fit->k;
    to->p = fit->p;
    to->method = fit->ml ? TQ_ML : TQ_REML;
    to->test = a->options.test;
    to->level = fit->level;
    to->predict = a->options.predict;
    copy_coefficients(fit, to);
    memcpy(to->weight, m->weight, fit->k * sizeof *to->weight);
    to->typical_vi = fit->typical_vi;
    to->QE = fit->QE;
    to->QE_df = fit->QE_df;
    to->QE_pval = fit->QE_pval;
    to->QM = fit->QM;
    to->QM_df1 = fit->QM_df1;
    to->QM_df2 = fit->QM_df2;
    to->QM_pval = fit->QM_pval;
    to->ll = fit->ll;
    to->deviance = fit->deviance;
    to->AIC = fit->AIC;
    to->BIC = fit->BIC;
    to->AICc = fit->AICc;
    to->iterations = (int)fit->iterations;
    to->score = fit->score;
    if (fit->p == 1 && (!m->model.X || m->model.intercept)) {
        analysis_multilevel_predict(in, a, &one, TQ_NO_ROW, &to->prediction);
    }
}

/* ---- the stage ---- */

static tq_mv_options options_of(const tq_analysis *a, const tq_multilevel_spec *spec)
{
    tq_mv_options out = spec->options;

    out.ml = a->options.method == TQ_ML;
    out.test = a->options.test == TQ_TEST_Z    ? TQ_MV_Z
               : a->options.test == TQ_TEST_KR ? TQ_MV_KR
                                               : TQ_MV_T;
    out.level = a->options.level;
    return out;
}

/* V of the sheet, as it is asked for. */
static tq_status make_covariance(const analysis_input *in, tq_analysis *a, tq_multilevel *m,
                                 tq_error *err)
{
    const tq_multilevel_spec *spec = in->spec->multilevel;
    tq_sheet_covariance cov = {0};

    if (!spec->covariance || !tq_covariance_asked(spec->covariance)) {
        m->V = tq_block_matrix_diagonal(in->of.model.k, in->of.model.vi);
        return m->V ? TQ_OK : no_memory(err);
    }
    const tq_status status =
        tq_sheet_covariance_of(in->data, spec->covariance, spec->first_key, a->arena, &cov, err);

    m->V = cov.V;
    m->errors = cov.description;
    m->note = cov.note;
    m->n_notes = cov.n_notes;
    return status;
}

tq_status analysis_multilevel(const analysis_input *in, tq_analysis *a, tq_error *err)
{
    const tq_model *model = &in->of.model;
    tq_multilevel *m = tq_arena_take(a->arena, 1, sizeof *m);

    if (!m) {
        return no_memory(err);
    }
    a->multilevel = m;
    m->model = (tq_mv_model){.k = model->k,
                             .p = model->p,
                             .yi = model->yi,
                             .X = model->X,
                             .intercept = model->X ? model->intercept : 1};
    tq_status status = make_covariance(in, a, m, err);

    m->model.V = m->V;
    status = status == TQ_OK ? make_terms(in, a, m, err) : status;
    if (status == TQ_OK) {
        m->options = options_of(a, in->spec->multilevel);
        status = multilevel_given(in->spec->multilevel, m, a->arena, &m->options, err);
    }
    if (status == TQ_OK) {
        status = tq_mv_fit_model(&m->model, &m->options, &m->fit, err);
    }
    status = status == TQ_OK ? describe_components(a, m, err) : status;
    status = status == TQ_OK ? find_weights(a, m, err) : status;
    if (status == TQ_OK) {
        fill_pool(in, a, a->fit);
    }
    return status;
}

void analysis_multilevel_free(tq_multilevel *m)
{
    if (m) {
        tq_mv_influence_free(m->influence);
        tq_mv_fit_free(m->fit);
        tq_block_matrix_free(m->V);
    }
}
