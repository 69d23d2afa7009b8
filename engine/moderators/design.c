/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The design matrix: parts made ready with the studies, variables described, terms added. */
#include "moderators/design.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "moderators/design_internal.h"

/* ---- parts ---- */

static tq_status check_variables(const design_source *s)
{
    for (size_t j = 0; j < s->formula->n_variables; j++) {
        const tq_variable *v = &s->variable[j];

        if (s->formula->number[j] && !v->number) {
            return tq_fail(s->err, TQ_EINVAL, TQ_NO_ROW, v->name,
                           "the formula computes with '%.60s', which holds texts ('%.40s')",
                           v->name, v->text[0]);
        }
        for (size_t i = 0; v->number && i < s->k; i++) {
            if (!isfinite(v->number[i])) {
                return tq_fail(s->err, TQ_EDATA, i, v->name, "value '%g' must be a finite number",
                               v->number[i]);
            }
        }
    }
    return TQ_OK;
}

static tq_status ready_parts(design_builder *b)
{
    const design_source *s = b->source;
    const tq_formula_tree *tree = b->source->formula->tree;
    uint64_t used = 0;
    tq_status status = check_variables(s);

    for (size_t i = 0; i < tree->n_terms; i++) {
        used |= tree->term[i];
    }
    for (size_t j = 0; status == TQ_OK && j < tree->n_parts; j++) {
        const formula_part *part = &tree->part[j];

        if (formula_has_part(used, j)) {
            const int factor = part->kind == PART_FACTOR ||
                               (part->kind == PART_VARIABLE && s->variable[part->variable].text);

            b->part[j].part = part;
            status = factor ? design_levels(s, &b->part[j]) : design_numbers(s, &b->part[j]);
        }
    }
    return status;
}

/* ---- variables ---- */

static tq_status describe_levels(const design_source *s, const design_part *part,
                                 tq_design_variable *v)
{
    size_t *count = tq_arena_take(s->arena, part->n_columns, sizeof *count);

    if (!count) {
        return design_no_memory(s->err);
    }
    for (size_t i = 0; i < s->k; i++) {
        count[part->code[i]]++;
    }
    v->n_levels = part->n_columns;
    v->level = part->level;
    v->level_k = count;
    return TQ_OK;
}

static void describe_number(const design_source *s, const double *number, tq_design_variable *v)
{
    v->number = 1;
    v->lo = v->hi = number[0];
    v->mean = 0.0;
    for (size_t i = 0; i < s->k; i++) {
        v->lo = fmin(v->lo, number[i]);
        v->hi = fmax(v->hi, number[i]);
        v->mean += (number[i] - v->mean) / (double)(i + 1);
    }
}

static tq_status describe_variables(design_builder *b)
{
    const design_source *s = b->source;
    tq_design *d = b->design;
    tq_status status = TQ_OK;

    for (size_t j = 0; j < d->n_variables; j++) {
        d->variable[j] = (tq_design_variable){
            .name = s->formula->variable[j], .mean = NAN, .lo = NAN, .hi = NAN};
        if (s->formula->number[j]) {
            describe_number(s, s->variable[j].number, &d->variable[j]);
        }
    }
    for (size_t j = 0; status == TQ_OK && j < b->source->formula->tree->n_parts; j++) {
        const design_part *part = &b->part[j];

        if (part->part && part->factor && d->variable[part->variable].n_levels == 0) {
            status = describe_levels(s, part, &d->variable[part->variable]);
        } else if (part->part && part->part->kind == PART_VARIABLE && !part->factor) {
            describe_number(s, s->variable[part->part->variable].number,
                            &d->variable[part->part->variable]);
        }
    }
    return status;
}

/* ---- what a reader should know ---- */

static tq_status add_notes(design_builder *b)
{
    const size_t n = b->source->formula->tree->n_parts;
    const char **note = tq_arena_take(b->source->arena, n, sizeof *note);

    if (!note) {
        return design_no_memory(b->source->err);
    }
    for (size_t j = 0; j < n; j++) {
        const design_part *part = &b->part[j];

        if (part->knot && !part->part->knot) {
            tq_buffer text = {0};

            tq_buffer_format(&text, "%s: knots at", part->part->name);
            for (size_t i = 0; i < part->part->count; i++) {
                tq_buffer_text(&text, i ? ", " : " ");
                formula_write_number(part->knot[i], &text);
            }
            const char *kept =
                text.data && !text.failed ? tq_arena_text(b->source->arena, text.data) : NULL;

            tq_buffer_free(&text);
            if (design_keep_name(b, kept, note, &b->design->n_notes) != TQ_OK) {
                return TQ_ENOMEM;
            }
        }
    }
    b->design->note = note;
    return TQ_OK;
}

/* ---- the whole ---- */

static tq_status take_room(design_builder *b, tq_design_plan **plan)
{
    const design_source *s = b->source;
    const tq_formula_tree *tree = b->source->formula->tree;
    tq_arena *arena = s->arena;
    tq_design *d = tq_arena_take(arena, 1, sizeof *d);
    const size_t k = s->k;

    *plan = tq_arena_take(arena, 1, sizeof **plan);
    b->capacity = k < DESIGN_COLUMNS ? k : DESIGN_COLUMNS;
    b->design = d;
    b->part = tq_arena_take(arena, tree->n_parts, sizeof *b->part);
    b->product = tq_arena_take(arena, b->capacity, sizeof *b->product);
    b->name = tq_arena_take(arena, b->capacity, sizeof *b->name);
    b->column = tq_arena_take(s->scratch, k, sizeof(double));
    b->rest = tq_arena_take(s->scratch, k, sizeof(double));
    if (!d || !*plan || !b->part || !b->product || !b->name || !b->column || !b->rest) {
        return design_no_memory(s->err);
    }
    d->formula = s->formula->text;
    d->k = k;
    d->n_terms = tree->n_terms;
    d->n_variables = s->formula->n_variables;
    d->term = tq_arena_take(arena, d->n_terms, sizeof *d->term);
    d->variable = tq_arena_take(arena, d->n_variables, sizeof *d->variable);
    return d->term && d->variable ? TQ_OK : design_no_memory(s->err);
}

/* Room for the columns that the formula can make at most. */
static tq_status take_columns(design_builder *b)
{
    const size_t k = b->source->k;
    size_t most = 1;

    for (size_t t = 0; t < b->design->n_terms; t++) {
        design_coding c;
        const tq_status status = design_code_term(b, t, &c);

        if (status != TQ_OK) {
            return status;
        }
        most += c.total;
    }
    b->capacity = most < b->capacity ? most : b->capacity;
    b->design->X = tq_arena_take(b->source->arena, b->capacity, k * sizeof(double));
    b->basis = tq_arena_take(b->source->scratch, b->capacity, k * sizeof(double));
    return b->design->X && b->basis ? TQ_OK : design_no_memory(b->source->err);
}

/* What only building needs is freed with its arena. */
static void forget_studies(design_builder *b)
{
    for (size_t j = 0; j < b->source->formula->tree->n_parts; j++) {
        b->part[j].code = NULL;
        b->part[j].value = NULL;
    }
}

static tq_status build(design_builder *b, tq_design **out)
{
    const design_source *s = b->source;
    tq_design_plan *plan;
    tq_status status = take_room(b, &plan);

    status = status == TQ_OK ? ready_parts(b) : status;
    status = status == TQ_OK ? describe_variables(b) : status;
    status = status == TQ_OK ? take_columns(b) : status;
    status = status == TQ_OK ? design_room_for_dropped(b, 1) : status;
    status = status == TQ_OK ? design_add_terms(b) : status;
    status = status == TQ_OK ? add_notes(b) : status;
    if (status != TQ_OK) {
        return status;
    }
    if (b->design->p == 0 || (b->design->p >= s->k && b->wanted > 1)) {
        return tq_fail(s->err, TQ_EDATA, TQ_NO_ROW, NULL,
                       b->design->p ? "the formula makes %zu coefficients, which need more than "
                                      "%zu %s"
                                    : "none of the %zu columns of the formula varies (%zu %s)",
                       b->wanted, s->k, s->k == 1 ? "study" : "studies");
    }
    forget_studies(b);
    *plan = (tq_design_plan){s->formula, b->part, b->product};
    b->design->plan = plan;
    b->design->column = b->name;
    b->design->dropped = b->dropped;
    b->design->intercept = s->formula->intercept;
    *out = b->design;
    return TQ_OK;
}

tq_status tq_design_build(const tq_formula *formula, size_t k, const tq_variable *variable,
                          tq_arena *arena, tq_design **out, tq_error *err)
{
    tq_arena *scratch = tq_arena_new();
    const design_source source = {formula, k, variable, arena, scratch, err};
    design_builder b = {.source = &source};
    tq_status status;

    if (k == 0) {
        status = tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to fit a formula to");
    } else {
        status = scratch ? build(&b, out) : design_no_memory(err);
    }
    tq_arena_free(scratch);
    return status;
}
