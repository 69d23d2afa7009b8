/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The design matrix: parts made ready, terms coded, products of columns, redundant ones left out. */
#include "moderators/design.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <cblas.h>

#include "core/parse_number.h"
#include "moderators/design_internal.h"

/* What is left of a column beside those before it, relative to its length. Far above the rounding of
   decimals and of the projection (k p 1e-16), far below what sheets tell apart: powers of a year up to
   the third keep 1e-8. */
static const double REDUNDANT = 1e-10;

enum { MAX_COLUMNS = 20000 }; /* before the redundant ones are left out */

/* ---- what is being built ---- */

typedef struct {
    const design_source *source;
    tq_design *design;
    design_part *part;
    design_product *product;
    double *basis;         /* [k x capacity] orthonormal, spans the columns kept so far */
    double *column, *rest; /* [k] */
    const char **name, **dropped;
    size_t capacity; /* columns that can be independent */
    size_t wanted;   /* columns that the formula asks for */
    size_t n_dropped_max;
} builder;

tq_status design_no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static const tq_formula_tree *tree_of(const builder *b)
{
    return b->source->formula->tree;
}

static int in_term(uint64_t term, size_t part)
{
    return (int)(term >> part & 1);
}

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

static tq_status ready_parts(builder *b)
{
    const design_source *s = b->source;
    const tq_formula_tree *tree = tree_of(b);
    uint64_t used = 0;
    tq_status status = check_variables(s);

    for (size_t i = 0; i < tree->n_terms; i++) {
        used |= tree->term[i];
    }
    for (size_t j = 0; status == TQ_OK && j < tree->n_parts; j++) {
        const formula_part *part = &tree->part[j];

        if (in_term(used, j)) {
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

static tq_status describe_variables(builder *b)
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
    for (size_t j = 0; status == TQ_OK && j < tree_of(b)->n_parts; j++) {
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

/* ---- columns ---- */

/* Append text to a list of names. */
static tq_status keep_name(builder *b, const char *name, const char **list, size_t *n)
{
    if (!name) {
        return design_no_memory(b->source->err);
    }
    list[(*n)++] = name;
    return TQ_OK;
}

/* Add b->column to the basis, unless it is a combination of what is there. */
static int extends_basis(builder *b)
{
    const blasint k = (blasint)b->source->k;
    const double length = cblas_dnrm2(k, b->column, 1);
    const size_t p = b->design->p;

    memcpy(b->rest, b->column, b->source->k * sizeof *b->rest);
    for (int pass = 0; pass < 2; pass++) { /* the second removes the rounding of the first */
        for (size_t j = 0; j < p; j++) {
            const double *q = b->basis + j * b->source->k;

            cblas_daxpy(k, -cblas_ddot(k, q, 1, b->rest, 1), q, 1, b->rest, 1);
        }
    }
    const double left = cblas_dnrm2(k, b->rest, 1);

    if (p == b->capacity || !(left > REDUNDANT * length)) {
        return 0;
    }
    for (size_t i = 0; i < b->source->k; i++) {
        b->basis[i + p * b->source->k] = b->rest[i] / left;
    }
    return 1;
}

/* Keep b->column with its name and product, or list it as redundant; *kept says which. */
static tq_status keep_column(builder *b, const char *name, const design_product *product, int *kept)
{
    tq_design *d = b->design;
    const size_t k = b->source->k;

    b->wanted++;
    *kept = extends_basis(b);
    if (!*kept) {
        return keep_name(b, name, b->dropped, &d->n_dropped);
    }
    memcpy(d->X + d->p * k, b->column, k * sizeof *d->X);
    b->product[d->p] = *product;
    return keep_name(b, name, b->name, &d->p);
}

/* A column of a part at a study. */
static double part_value(const design_part *part, size_t column, size_t row, size_t k)
{
    return part->factor ? (double)(part->code[row] == column) : part->value[row + column * k];
}

/* b->column: the product of the parts' columns. */
static tq_status multiply(builder *b, const design_product *product)
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

static const char *name_product(const builder *b, const design_product *product)
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
static int all_levels(const builder *b, size_t t, size_t part)
{
    const tq_formula_tree *tree = tree_of(b);
    const uint64_t rest = tree->term[t] & ~((uint64_t)1 << part);

    if (!b->source->formula->intercept) {
        int first = 1;

        for (size_t i = 0; first && i <= t; i++) {
            for (size_t j = 0; j < (i == t ? part : tree->n_parts); j++) {
                first = first && !(in_term(tree->term[i], j) && b->part[j].factor);
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

/* The parts of a term, and for each how many columns it has and from which on. */
typedef struct {
    size_t part[FORMULA_PARTS], first[FORMULA_PARTS], n_columns[FORMULA_PARTS], at[FORMULA_PARTS];
    size_t n, total;
} coding;

static tq_status code_term(const builder *b, size_t t, coding *c)
{
    c->n = 0;
    c->total = 1;
    for (size_t j = 0; j < tree_of(b)->n_parts; j++) {
        if (!in_term(tree_of(b)->term[t], j)) {
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
        if (c->total > MAX_COLUMNS / n) {
            return tq_fail(b->source->err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "the formula makes more than %d coefficients for %zu studies",
                           MAX_COLUMNS, b->source->k);
        }
        c->total *= n;
    }
    return TQ_OK;
}

/* The product that the coding stands at, then one step on: the first part changes fastest. */
static tq_status next_product(const builder *b, coding *c, design_product *out)
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

static tq_status room_for_dropped(builder *b, size_t more)
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

static tq_status add_columns(builder *b, coding *c, tq_design_term *term)
{
    size_t *level = tq_arena_take(b->source->arena, c->total, sizeof *level);
    tq_status status = level ? room_for_dropped(b, c->total) : design_no_memory(b->source->err);

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
static tq_status describe_term(const builder *b, const coding *c, tq_design_term *term)
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

static tq_status add_intercept(builder *b)
{
    const design_product none = {NULL, NULL, 0};
    int kept;

    for (size_t i = 0; i < b->source->k; i++) {
        b->column[i] = 1.0;
    }
    return keep_column(b, "intrcpt", &none, &kept);
}

static tq_status add_terms(builder *b)
{
    tq_status status = b->source->formula->intercept ? add_intercept(b) : TQ_OK;

    for (size_t t = 0; status == TQ_OK && t < b->design->n_terms; t++) {
        coding c;

        status = code_term(b, t, &c);
        status = status == TQ_OK ? describe_term(b, &c, &b->design->term[t]) : status;
        status = status == TQ_OK ? add_columns(b, &c, &b->design->term[t]) : status;
    }
    return status;
}

/* ---- what a reader should know ---- */

static tq_status add_notes(builder *b)
{
    const size_t n = tree_of(b)->n_parts;
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
            if (keep_name(b, kept, note, &b->design->n_notes) != TQ_OK) {
                return TQ_ENOMEM;
            }
        }
    }
    b->design->note = note;
    return TQ_OK;
}

/* ---- the whole ---- */

static tq_status take_room(builder *b, tq_design_plan **plan)
{
    const design_source *s = b->source;
    const tq_formula_tree *tree = tree_of(b);
    tq_arena *arena = s->arena;
    tq_design *d = tq_arena_take(arena, 1, sizeof *d);
    const size_t k = s->k;

    *plan = tq_arena_take(arena, 1, sizeof **plan);
    b->capacity = k < MAX_COLUMNS ? k : MAX_COLUMNS;
    b->design = d;
    b->part = tq_arena_take(arena, tree->n_parts, sizeof *b->part);
    b->product = tq_arena_take(arena, b->capacity, sizeof *b->product);
    b->name = tq_arena_take(arena, b->capacity, sizeof *b->name);
    b->column = tq_arena_take(arena, k, sizeof(double));
    b->rest = tq_arena_take(arena, k, sizeof(double));
    if (!d || !*plan || !b->part || !b->product || !b->name || !b->column || !b->rest) {
        return design_no_memory(s->err);
    }
    d->k = k;
    d->n_terms = tree->n_terms;
    d->n_variables = s->formula->n_variables;
    d->term = tq_arena_take(arena, d->n_terms, sizeof *d->term);
    d->variable = tq_arena_take(arena, d->n_variables, sizeof *d->variable);
    return d->term && d->variable ? TQ_OK : design_no_memory(s->err);
}

/* Room for the columns that the formula can make at most. */
static tq_status take_columns(builder *b)
{
    const size_t k = b->source->k;
    size_t most = 1;

    for (size_t t = 0; t < b->design->n_terms; t++) {
        coding c;
        const tq_status status = code_term(b, t, &c);

        if (status != TQ_OK) {
            return status;
        }
        most += c.total;
    }
    b->capacity = most < b->capacity ? most : b->capacity;
    b->design->X = tq_arena_take(b->source->arena, b->capacity, k * sizeof(double));
    b->basis = tq_arena_take(b->source->arena, b->capacity, k * sizeof(double));
    return b->design->X && b->basis ? TQ_OK : design_no_memory(b->source->err);
}

tq_status tq_design_build(const tq_formula *formula, size_t k, const tq_variable *variable,
                          tq_arena *arena, tq_design **out, tq_error *err)
{
    const design_source source = {formula, k, variable, arena, err};
    builder b = {.source = &source};
    tq_design_plan *plan;

    if (k == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "no studies to fit a formula to");
    }
    tq_status status = take_room(&b, &plan);

    status = status == TQ_OK ? ready_parts(&b) : status;
    status = status == TQ_OK ? describe_variables(&b) : status;
    status = status == TQ_OK ? take_columns(&b) : status;
    status = status == TQ_OK ? room_for_dropped(&b, 1) : status;
    status = status == TQ_OK ? add_terms(&b) : status;
    status = status == TQ_OK ? add_notes(&b) : status;
    if (status != TQ_OK) {
        return status;
    }
    if (b.design->p == 0 || (b.design->p >= k && b.wanted > 1)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       b.design->p ? "the formula makes %zu coefficients, which need more than %zu "
                                     "studies"
                                   : "none of the %zu columns of the formula varies (%zu studies)",
                       b.wanted, k);
    }
    *plan = (tq_design_plan){formula, b.part, b.product};
    b.design->plan = plan;
    b.design->column = b.name;
    b.design->dropped = b.dropped;
    b.design->intercept = formula->intercept;
    *out = b.design;
    return TQ_OK;
}

/* ---- rows ---- */

/* The variables of one row, as the parts need them. */
typedef struct {
    double number[FORMULA_VARIABLES]; /* of variables that enter as numbers */
    double x[FORMULA_PARTS];          /* values of the parts' expressions */
    size_t code[FORMULA_PARTS];       /* levels of factors */
} row_values;

static const tq_value *find_value(const char *name, size_t n, const tq_value *value)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(value[i].name, name) == 0) {
            return &value[i];
        }
    }
    return NULL;
}

static tq_status number_of(const tq_value *value, double *out, tq_error *err)
{
    *out = value->number;
    if (value->text && !tq_parse_number(value->text, '.', out)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.60s' needs a number, not '%.60s'",
                       value->name, value->text);
    }
    if (!isfinite(*out)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.60s' needs a finite number",
                       value->name);
    }
    return TQ_OK;
}

static tq_status read_values(const tq_design *d, size_t n, const tq_value *value, row_values *row,
                             tq_error *err)
{
    const tq_formula *formula = d->plan->formula;

    for (size_t j = 0; j < d->n_variables; j++) {
        const tq_design_variable *v = &d->variable[j];
        const tq_value *given = find_value(v->name, n, value);

        row->number[j] = 0.0;
        if (!given) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no value for '%.80s'", v->name);
        }
        if (v->number && number_of(given, &row->number[j], err) != TQ_OK) {
            return TQ_EINVAL;
        }
    }
    for (size_t j = 0; j < formula->tree->n_parts; j++) {
        const design_part *part = &d->plan->part[j];
        tq_status status = TQ_OK;

        if (part->part && part->factor) {
            const char *name = formula->variable[part->variable];

            status = design_level_of(part, name, find_value(name, n, value), &row->code[j], err);
        } else if (part->part) {
            status = design_expression(formula, part->part->number, row->number, TQ_NO_ROW,
                                       &row->x[j], err);
        }
        if (status != TQ_OK) {
            return status;
        }
    }
    return TQ_OK;
}

tq_status tq_design_row(const tq_design *design, size_t n, const tq_value *value, double *x,
                        tq_error *err)
{
    const tq_design_plan *plan = design->plan;
    row_values row;
    const tq_status status = read_values(design, n, value, &row, err);

    if (status != TQ_OK) {
        return status;
    }
    for (size_t j = 0; j < design->p; j++) {
        const design_product *product = &plan->product[j];

        x[j] = 1.0;
        for (size_t c = 0; c < product->n; c++) {
            const size_t at = product->part[c];
            const design_part *part = &plan->part[at];

            x[j] *= part->factor ? (double)(row.code[at] == product->column[c])
                                 : design_basis(part, product->column[c], row.x[at]);
        }
    }
    return TQ_OK;
}
