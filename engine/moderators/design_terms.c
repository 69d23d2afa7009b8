/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From terms to columns: how factors are coded, products of the parts, redundant ones left out. */
#include <math.h>
#include <string.h>

#include <cblas.h>

#include "moderators/design_internal.h"

/* What is left of a column beside those before it, relative to its length. Far above the rounding of
   decimals and of the projection (k p 1e-16), far below what sheets tell apart: powers of a year up to
   the third keep 1e-8. */
static const double REDUNDANT = 1e-10;

/* ---- columns ---- */

/* Append text to a list of names. */
tq_status design_keep_name(design_builder *b, const char *name, const char **list, size_t *n)
{
    if (!name) {
        return design_no_memory(b->source->err);
    }
    list[(*n)++] = name;
    return TQ_OK;
}

/* Add b->column to the basis, unless it is a combination of what is there. */
static int extends_basis(design_builder *b)
{
    const blasint k = (blasint)b->source->k;
    const double length = cblas_dnrm2(k, b->column, 1);
    const size_t p = b->design->p;
    double left = length, before;

    memcpy(b->rest, b->column, b->source->k * sizeof *b->rest);
    do { /* again where much was taken away: what is left then holds the rounding of it */
        before = left;
        for (size_t j = 0; j < p; j++) {
            const double *q = b->basis + j * b->source->k;

            cblas_daxpy(k, -cblas_ddot(k, q, 1, b->rest, 1), q, 1, b->rest, 1);
        }
        left = cblas_dnrm2(k, b->rest, 1);
    } while (left < 0.5 * before && left > REDUNDANT * length);
    if (p == b->capacity || !(left > REDUNDANT * length)) {
        return 0;
    }
    for (size_t i = 0; i < b->source->k; i++) {
        b->basis[i + p * b->source->k] = b->rest[i] / left;
    }
    return 1;
}

/* Keep b->column with its name and product, or list it as redundant; *kept says which. */
static tq_status keep_column(design_builder *b, const char *name, const design_product *product,
                             int *kept)
{
    tq_design *d = b->design;
    const size_t k = b->source->k;

    b->wanted++;
    *kept = extends_basis(b);
    if (!*kept) {
        return design_keep_name(b, name, b->dropped, &d->n_dropped);
    }
    memcpy(d->X + d->p * k, b->column, k * sizeof *d->X);
    b->product[d->p] = *product;
    return design_keep_name(b, name, b->name, &d->p);
}

/* A column of a part at a study. */
static double part_value(const design_part *part, size_t column, size_t row, size_t k)
{
    return part->factor ? (double)(part->code[row] == column) : part->value[row + column * k];
}

/* b->column: the product of the parts' columns. */
static tq_status multiply(design_builder *b, const design_product *product)
{
    const size_t k = b->source->k;

    for (size_t i = 0; i < k; i++) {
        double x = 1.0;

        for (size_t c = 0; c < product->n; c++) {
            x *= part_value(&b->part[product->part[c]], product->column[c], i, k);
        }
        if (!isfinite(x)) {
            return tq_fail(b->source->err, TQ_EDATA, i, NULL,
                           "the moderators leave the range of numbers");
        }
        b->column[i] = x;
    }
    return TQ_OK;
}

static const char *name_product(const design_builder *b, const design_product *product)
{
    tq_arena *arena = b->source->arena;
    const char *name = NULL;

    for (size_t c = 0; c < product->n; c++) {
        const design_part *part = &b->part[product->part[c]];
        const char *own =
            part->factor
                ? tq_arena_format(arena, "%s%s", b->source->formula->variable[part->variable],
                                  part->level[product->column[c]])
                : design_basis_name(b->source->formula, part, product->column[c], arena);

        name = c == 0 || !own || !name ? own : tq_arena_format(arena, "%s:%s", name, own);
        if (!name) {
            return NULL;
        }
    }
    return name;
}

/* ---- terms ---- */

/*
 * Whether a factor has a column for every level in a term: where the term without it is part of no
 * term before. A factor that stands alone never has, but for the first one of a formula without
 * intercept: Chambers & Hastie (1992), Statistical Models in S, section 2.4.1.
 */
static int all_levels(const design_builder *b, size_t t, size_t part)
{
    const tq_formula_tree *tree = b->source->formula->tree;
    const uint64_t rest = tree->term[t] & ~((uint64_t)1 << part);

    if (!b->source->formula->intercept) {
        int first = 1;

        for (size_t i = 0; first && i <= t; i++) {
            for (size_t j = 0; j < (i == t ? part : tree->n_parts); j++) {
                first = first && !(formula_has_part(tree->term[i], j) && b->part[j].factor);
            }
        }
        if (first) {
            return 1;
        }
    }
    for (size_t i = 0; rest && i < t; i++) {
        if ((rest & ~tree->term[i]) == 0) {
            return 0;
        }
    }
    return rest != 0;
}

tq_status design_code_term(const design_builder *b, size_t t, design_coding *c)
{
    c->n = 0;
    c->total = 1;
    for (size_t j = 0; j < b->source->formula->tree->n_parts; j++) {
        if (!formula_has_part(b->source->formula->tree->term[t], j)) {
            continue;
        }
        const design_part *part = &b->part[j];
        const size_t first = part->factor && !all_levels(b, t, j), n = part->n_columns - first;

        if (n == 0) {
            return tq_fail(b->source->err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "'%.60s' has one level alone ('%.60s') in the %zu studies that can be "
                           "used; a factor needs two",
                           b->source->formula->variable[part->variable], part->level[0],
                           b->source->k);
        }
        c->part[c->n] = j;
        c->first[c->n] = first;
        c->n_columns[c->n] = n;
        c->at[c->n++] = 0;
        if (c->total > DESIGN_COLUMNS / n) {
            return tq_fail(b->source->err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "the formula makes more than %d coefficients for %zu studies",
                           DESIGN_COLUMNS, b->source->k);
        }
        c->total *= n;
    }
    return TQ_OK;
}

/* The product that the design_coding stands at, then one step on: the first part changes fastest. */
static tq_status next_product(const design_builder *b, design_coding *c, design_product *out)
{
    size_t *part = tq_arena_take(b->source->arena, c->n, sizeof *part);
    size_t *column = tq_arena_take(b->source->arena, c->n, sizeof *column);

    if (!part || !column) {
        return design_no_memory(b->source->err);
    }
    for (size_t i = 0; i < c->n; i++) {
        part[i] = c->part[i];
        column[i] = c->first[i] + c->at[i];
    }
    for (size_t i = 0; i < c->n && ++c->at[i] == c->n_columns[i]; i++) {
        c->at[i] = 0;
    }
    *out = (design_product){part, column, c->n};
    return TQ_OK;
}

tq_status design_room_for_dropped(design_builder *b, size_t more)
{
    const size_t need = b->design->n_dropped + more;

    if (need > b->n_dropped_max) {
        const size_t size = 2 * need;
        const char **wider = tq_arena_take(b->source->arena, size, sizeof *wider);

        if (!wider) {
            return design_no_memory(b->source->err);
        }
        if (b->design->n_dropped) {
            memcpy(wider, b->dropped, b->design->n_dropped * sizeof *wider);
        }
        b->dropped = wider;
        b->n_dropped_max = size;
    }
    return TQ_OK;
}

static tq_status add_columns(design_builder *b, design_coding *c, tq_design_term *term)
{
    size_t *level = tq_arena_take(b->source->arena, c->total, sizeof *level);
    tq_status status =
        level ? design_room_for_dropped(b, c->total) : design_no_memory(b->source->err);

    term->first = b->design->p;
    for (size_t i = 0; status == TQ_OK && i < c->total; i++) {
        design_product product = {NULL, NULL, 0};
        int kept = 0;

        status = next_product(b, c, &product);
        status = status == TQ_OK ? multiply(b, &product) : status;
        if (status == TQ_OK) {
            status = keep_column(b, name_product(b, &product), &product, &kept);
        }
        if (status == TQ_OK && kept) {
            level[term->n++] = product.column[0];
        }
    }
    term->level = term->kind == TQ_TERM_FACTOR ? level : NULL;
    return status;
}

static void mark_variables(const formula_node *node, unsigned char *in)
{
    if (node->operation == NODE_VARIABLE) {
        in[node->variable] = 1;
    }
    if (node->left) {
        mark_variables(node->left, in);
    }
    if (node->right) {
        mark_variables(node->right, in);
    }
}

/* Name, kind and variables of a term. */
static tq_status describe_term(const design_builder *b, const design_coding *c,
                               tq_design_term *term)
{
    const size_t n = b->design->n_variables;
    size_t *variable = tq_arena_take(b->source->arena, n, sizeof *variable);
    unsigned char in[FORMULA_VARIABLES] = {0};
    tq_buffer name = {0};

    for (size_t i = 0; i < c->n; i++) {
        const design_part *part = &b->part[c->part[i]];

        tq_buffer_format(&name, "%s%s", i ? ":" : "", part->part->name);
        if (part->factor) {
            in[part->variable] = 1;
        } else {
            mark_variables(part->part->number, in);
        }
    }
    term->name = name.data && !name.failed ? tq_arena_text(b->source->arena, name.data) : NULL;
    tq_buffer_free(&name);
    if (!term->name || !variable) {
        return design_no_memory(b->source->err);
    }
    for (size_t j = 0; j < n; j++) {
        if (in[j]) {
            variable[term->n_variables++] = j;
        }
    }
    const int factor = c->n == 1 && b->part[c->part[0]].factor;

    term->variable = variable;
    term->kind = c->n > 1 ? TQ_TERM_INTERACTION : factor ? TQ_TERM_FACTOR : TQ_TERM_NUMERIC;
    term->all_levels = factor && c->first[0] == 0;
    return TQ_OK;
}

static tq_status add_intercept(design_builder *b)
{
    const design_product none = {NULL, NULL, 0};
    int kept;

    for (size_t i = 0; i < b->source->k; i++) {
        b->column[i] = 1.0;
    }
    return keep_column(b, "intrcpt", &none, &kept);
}

tq_status design_add_terms(design_builder *b)
{
    tq_status status = b->source->formula->intercept ? add_intercept(b) : TQ_OK;

    for (size_t t = 0; status == TQ_OK && t < b->design->n_terms; t++) {
        design_coding c;

        status = design_code_term(b, t, &c);
        status = status == TQ_OK ? describe_term(b, &c, &b->design->term[t]) : status;
        status = status == TQ_OK ? add_columns(b, &c, &b->design->term[t]) : status;
    }
    return status;
}
