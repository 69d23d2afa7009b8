/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all measures share: options, the choice of recipes, zero cells, averages, row states. */
#include "effects/measure.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/distributions.h"
#include "effects/effects_internal.h"

#define VTYPE_NAME(name) #name,
static const char *const vtype_names[] = {VTYPE_LIST(VTYPE_NAME)};

tq_effect_options tq_effect_defaults(void)
{
    return (tq_effect_options){.add = NAN,
                               .to = TQ_TO_COUNT,
                               .correct = 1,
                               .exact_bias = 1,
                               .ci_level = 95.0,
                               .rescale = 1.0};
}

/* A recipe whose columns are all given, its inputs spelled out. */
typedef struct {
    const tq_recipe *recipe;
    size_t n;
    tq_input input[TQ_RECIPE_NEEDS];
    tq_input_kind kind[TQ_RECIPE_NEEDS];
} open_recipe;

/* One call of tq_effects_compute(). */
typedef struct {
    const tq_measure *m;
    const tq_inputs *in;
    open_recipe recipe[TQ_MEASURE_RECIPES];
    size_t n_recipes;
    double add;
    tq_zero_rule to;
    effect_setting set;
} job;

static open_recipe spell_out(const tq_recipe *recipe)
{
    open_recipe o = {.recipe = recipe};

    for (unsigned j = 0; j < TQ_INPUT_COUNT; j++) {
        if (!(recipe->needs & TQ_INPUT_BIT(j))) {
            continue;
        }
        assert(o.n < TQ_RECIPE_NEEDS);
        o.input[o.n] = (tq_input)j;
        o.kind[o.n] = tq_input_kind_of((tq_input)j);
        for (size_t k = 0; k < sizeof recipe->as / sizeof *recipe->as; k++) {
            if (recipe->as[k].input == (tq_input)j) {
                o.kind[o.n] = recipe->as[k].kind;
            }
        }
        o.n++;
    }
    return o;
}

size_t input_set_size(tq_input_set set)
{
    size_t n = 0;

    for (; set; set &= set - 1) {
        n++;
    }
    return n;
}

/* Append the names of a set to text[size]: "ai, n1i". */
static void list_inputs(tq_input_set set, char *text, size_t size)
{
    size_t used = strlen(text);

    for (unsigned j = 0, first = 1; j < TQ_INPUT_COUNT; j++) {
        if ((set & TQ_INPUT_BIT(j)) && used < size) {
            const int n = snprintf(text + used, size - used, "%s%s", first ? "" : ", ",
                                   tq_input_name((tq_input)j));

            used += n > 0 ? (size_t)n : 0;
            first = 0;
        }
    }
}

/* No recipe is complete: say what is missing for the nearest, and what else would do. */
static tq_status no_recipe(const tq_measure *m, tq_input_set given, tq_error *err)
{
    char needs[256] = "", missing[128] = "";
    const tq_recipe *nearest = &m->recipes[0];

    for (size_t j = 0; j < m->n_recipes; j++) {
        const tq_recipe *r = &m->recipes[j];

        if (input_set_size(r->needs & ~given) < input_set_size(nearest->needs & ~given)) {
            nearest = r;
        }
        if (j > 0) {
            tq_copy_text(needs + strlen(needs), sizeof needs - strlen(needs), "; or ");
        }
        list_inputs(r->needs, needs, sizeof needs);
    }
    list_inputs(nearest->needs & ~given, missing, sizeof missing);
    return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "measure %s lacks %s (it needs %s)", m->code,
                   missing, needs);
}

static tq_status find_vtype(const tq_measure *m, const char *name, effect_vtype *vtype,
                            tq_error *err)
{
    char valid[128] = "";
    const char *wanted = NULL;

    for (size_t j = 0; j < TQ_MEASURE_VTYPES && m->vtypes[j]; j++) {
        if (!name || strcmp(name, m->vtypes[j]) == 0) {
            wanted = m->vtypes[j];
            break;
        }
        tq_copy_text(valid + strlen(valid), sizeof valid - strlen(valid), j ? ", " : "");
        tq_copy_text(valid + strlen(valid), sizeof valid - strlen(valid), m->vtypes[j]);
    }
    if (!wanted) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "unknown variance type '%s'; measure %s has %s", name, m->code, valid);
    }
    for (unsigned v = 0; v < VTYPE_COUNT; v++) {
        if (strcmp(vtype_names[v], wanted) == 0) {
            *vtype = (effect_vtype)v;
        }
    }
    return TQ_OK;
}

static tq_status check_options(const tq_measure *m, const tq_effect_options *opt, tq_error *err)
{
    if (!isnan(opt->add) && !(opt->add >= 0.0 && isfinite(opt->add))) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "add '%g' must be >= 0", opt->add);
    }
    if ((unsigned)opt->to > TQ_TO_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown rule for zero cells");
    }
    if (!(opt->ci_level > 0.0 && opt->ci_level < 100.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "confidence level '%g' must be between 0 and 100", opt->ci_level);
    }
    if (opt->to == TQ_TO_TACC && !m->family->share) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "rule tacc needs tables of two groups; measure %s has none", m->code);
    }
    if (opt->add_events && strcmp(m->code, "RR") != 0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "increments of events alone (add-cells) are those of measure RR, not of %s",
                       m->code);
    }
    if (!isfinite(opt->rescale) || opt->rescale == 0.0) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "rescale '%g' must be finite, and not 0",
                       opt->rescale);
    }
    return TQ_OK;
}

static tq_status prepare(job *w, tq_error *err)
{
    const tq_effect_options *opt = w->set.opt;
    const tq_input_set given = tq_inputs_given(w->in);
    const tq_status status = check_options(w->m, opt, err);

    if (status != TQ_OK) {
        return status;
    }
    w->add = isnan(opt->add) ? w->m->add : opt->add;
    w->to = opt->to == TQ_TO_COUNT ? w->m->to : opt->to;
    assert(w->m->n_recipes <= TQ_MEASURE_RECIPES);
    for (size_t j = 0; j < w->m->n_recipes; j++) {
        if ((w->m->recipes[j].needs & ~given) == 0) {
            w->recipe[w->n_recipes++] = spell_out(&w->m->recipes[j]);
        }
    }
    if (w->n_recipes == 0) {
        return no_recipe(w->m, given, err);
    }
    return find_vtype(w->m, opt->vtype, &w->set.vtype, err);
}

/* The first recipe that row i completes; else NULL and the first input that the nearest lacks. */
static const tq_recipe *choose(const job *w, size_t i, tq_input *missing)
{
    size_t least = TQ_RECIPE_NEEDS + 1;

    for (size_t j = 0; j < w->n_recipes; j++) {
        const open_recipe *o = &w->recipe[j];
        size_t lacks = 0;
        tq_input first = o->input[0];

        for (size_t k = o->n; k-- > 0;) {
            if (isnan(w->in->column[o->input[k]][i])) {
                first = o->input[k];
                lacks++;
            }
        }
        if (lacks == 0) {
            return o->recipe;
        }
        if (lacks < least) {
            least = lacks;
            *missing = first;
        }
    }
    return NULL;
}

/* Every value that is there, in a complete row or not: a wrong value is an error, never a gap. */
static tq_status check_row(const job *w, size_t i, tq_error *err)
{
    for (size_t j = 0; j < w->n_recipes; j++) {
        const open_recipe *o = &w->recipe[j];

        for (size_t k = 0; k < o->n; k++) {
            const double value = w->in->column[o->input[k]][i];
            const tq_status status = tq_input_check(o->input[k], o->kind[k], value, i, err);

            if (status != TQ_OK) {
                return status;
            }
        }
    }
    if (w->set.opt->flip && (w->set.opt->flip[i] == 0.0 || isinf(w->set.opt->flip[i]))) {
        return tq_fail(err, TQ_EDATA, i, "flip", "value '%g' must be finite, and not 0",
                       w->set.opt->flip[i]);
    }
    return TQ_OK;
}

/* Read row i. s->why says why it has no estimate, and is NULL when nothing is known against it. */
static tq_status read_row(const job *w, size_t i, const tq_recipe *recipe, effect_study *s,
                          tq_error *err)
{
    const effect_family *family = w->m->family;

    *s = (effect_study){.ni = NAN};
    const tq_status status = family->read(w->in, i, recipe->id, w->set.opt, s, err);

    if (status == TQ_OK && !s->why && !s->no_cells && w->set.opt->drop00 && family->double_zero &&
        family->double_zero(s)) {
        s->why = family->why(s);
        s->dropped = 1;
    }
    return status;
}

static int has_zero(const effect_family *family, const effect_study *s)
{
    return !s->why && !s->no_cells && family->has_zero && family->has_zero(s);
}

/* Checks all rows; after it no row can fail. Turns if0all into what it comes to. */
static tq_status check(job *w, tq_error *err)
{
    int zero = 0;

    for (size_t i = 0; i < w->in->rows; i++) {
        tq_status status = check_row(w, i, err);
        tq_input missing;
        const tq_recipe *recipe = choose(w, i, &missing);
        effect_study s;

        if (status == TQ_OK && recipe) {
            status = read_row(w, i, recipe, &s, err);
        }
        if (status != TQ_OK) {
            return status;
        }
        zero |= recipe && has_zero(w->m->family, &s);
    }
    if (w->to == TQ_TO_IF0ALL) {
        w->to = zero ? TQ_TO_ALL : TQ_TO_NONE;
    }
    return TQ_OK;
}

/* Read a row that check() has passed, and add to its cells; returns what was added. */
static double study_at(const job *w, size_t i, const tq_recipe *recipe, effect_study *s)
{
    const effect_family *family = w->m->family;
    const tq_status status = read_row(w, i, recipe, s, NULL);

    assert(status == TQ_OK);
    (void)status;
    if (s->dropped) { /* its counts are as if missing; a variance may do without them (IRSD) */
        family->add(s, NAN, NAN);
    }
    if (!family->add || s->why || s->no_cells || !(w->add > 0.0) || w->to == TQ_TO_NONE ||
        (w->to != TQ_TO_ALL && !has_zero(family, s))) {
        return 0.0;
    }
    const double first = w->to == TQ_TO_TACC ? 2.0 * w->add * family->share(s) : w->add;

    (w->set.opt->add_events ? family->add_events : family->add)(s, first, 2.0 * w->add - first);
    return w->add;
}

static int averages(const job *w)
{
    const effect_vtype v = w->set.vtype;

    return w->m->average && (v == VTYPE_AV || v == VTYPE_AV2 || v == VTYPE_AVHO || v == VTYPE_HO);
}

/* The weighted averages that some variance types need. */
static void average(job *w)
{
    effect_term sum[2] = {{0.0, 0.0}, {0.0, 0.0}};

    for (size_t i = 0; i < w->in->rows; i++) {
        effect_term term[2] = {{NAN, 0.0}, {NAN, 0.0}};
        tq_input missing;
        const tq_recipe *recipe = choose(w, i, &missing);
        effect_study s;

        if (!recipe) {
            continue;
        }
        study_at(w, i, recipe, &s);
        if (s.why) {
            continue;
        }
        w->m->average(&s, &w->set, term);
        for (int j = 0; j < 2; j++) {
            if (isfinite(term[j].value)) {
                sum[j].weight += term[j].weight;
                sum[j].value += term[j].weight * term[j].value;
            }
        }
    }
    for (int j = 0; j < 2; j++) {
        w->set.mean[j] = (effect_term){sum[j].value / sum[j].weight, sum[j].weight};
    }
}

/* Why an effect that came out as e is none; NULL when it is one. */
static const char *why_not(const job *w, const effect_study *s, tq_effect e)
{
    if (isfinite(e.yi) && isfinite(e.vi) && e.vi > 0.0) {
        return NULL;
    }
    const char *why = w->m->family->why && !s->no_cells ? w->m->family->why(s) : NULL;

    return why ? why : "the effect or its variance is beyond the range of numbers";
}

static tq_effect_row row_at(const job *w, size_t i)
{
    tq_effect_row row = {.yi = NAN, .vi = NAN, .ni = NAN, .state = TQ_ROW_MISSING};
    const tq_recipe *recipe = choose(w, i, &row.input);
    const double f = w->set.opt->rescale * (w->set.opt->flip ? w->set.opt->flip[i] : 1.0);
    tq_effect e = {NAN, NAN};
    effect_study s;

    if (!recipe) {
        if (w->m->family->partial) {
            w->m->family->partial(w->in, i, &e);
        }
        row.yi = f * e.yi;
        row.vi = f * f * e.vi;
        return row;
    }
    row.added = study_at(w, i, recipe, &s);
    row.from = recipe->from;
    row.ni = s.ni;
    row.why = s.why ? s.why : isnan(f) ? "the multiplier of the effect is missing" : NULL;
    if (!row.why || s.dropped) {
        e = w->m->estimate(&s, &w->set);
        e = (tq_effect){f * e.yi, f * f * e.vi};
        row.why = row.why ? row.why : why_not(w, &s, e);
    }
    row.state = row.why ? TQ_ROW_NO_ESTIMATE : TQ_ROW_OK;
    if (isfinite(e.vi) && e.vi >= 0.0 && (isfinite(e.yi) || s.dropped)) {
        row.yi = e.yi;
        row.vi = e.vi;
    }
    return row;
}

tq_status tq_effects_compute(const tq_measure *m, const tq_inputs *in, const tq_effect_options *opt,
                             tq_effect_row *rows, tq_error *err)
{
    const tq_effect_options defaults = tq_effect_defaults();
    job w = {.m = m, .in = in, .set = {.opt = opt ? opt : &defaults}};
    tq_status status = prepare(&w, err);

    if (status == TQ_OK) {
        status = check(&w, err);
    }
    if (status != TQ_OK) {
        return status;
    }
    if (averages(&w)) {
        average(&w);
    }
    for (size_t i = 0; i < in->rows; i++) {
        rows[i] = row_at(&w, i);
    }
    return TQ_OK;
}

/* ---- the counts behind the effects ---- */

static const tq_events no_events = {NAN, NAN, NAN, NAN};

/* Counts follow an effect that is turned around, but no other multiple of it. */
static tq_status turn_events(const tq_effect_options *opt, size_t i, tq_events *e, tq_error *err)
{
    const double f = opt->rescale * (opt->flip ? opt->flip[i] : 1.0);

    if (isnan(f) || isnan(e->x1)) {
        *e = no_events;
    } else if (f == -1.0 && !isnan(e->x2)) {
        *e = (tq_events){e->x2, e->n2, e->x1, e->n1};
    } else if (f != 1.0) {
        return tq_fail(err, TQ_EINVAL, i, opt->flip ? "flip" : NULL,
                       "counts cannot follow a multiplier of the effect of %g; with --flip it must "
                       "be 1 or, for two groups, -1",
                       f);
    }
    return TQ_OK;
}

tq_status tq_effects_events(const tq_measure *m, const tq_inputs *in, const tq_effect_options *opt,
                            tq_events *out, tq_error *err)
{
    const tq_effect_options defaults = tq_effect_defaults();
    job w = {.m = m, .in = in, .set = {.opt = opt ? opt : &defaults}};
    tq_status status = prepare(&w, err);

    for (size_t i = 0; status == TQ_OK && i < in->rows; i++) {
        tq_input missing;
        const tq_recipe *recipe = m->family->events ? choose(&w, i, &missing) : NULL;
        effect_study s = {.ni = NAN};

        out[i] = no_events;
        if (recipe) {
            status = m->family->read(in, i, recipe->id, w.set.opt, &s, err);
        }
        if (recipe && status == TQ_OK && !s.why) {
            out[i] = m->family->events(&s);
            status = turn_events(w.set.opt, i, &out[i], err);
        }
    }
    return status;
}

tq_effect_interval tq_effect_interval_of(const tq_effect_row *row, double level)
{
    const double sei = sqrt(row->vi), half = tq_critical_value(level, (double)NAN) * sei;

    return (tq_effect_interval){sei, row->yi - half, row->yi + half};
}
