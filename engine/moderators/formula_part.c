/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts that terms are made of: variables, functions of numbers, factors, polynomials, splines. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "moderators/formula_internal.h"

typedef tq_status part_reader(formula_reader *r, formula_part *out);

/* ---- texts of parts ---- */

static tq_status keep_text(const formula_reader *r, tq_buffer *text, const char **out)
{
    *out = text->data && !text->failed ? tq_arena_text(r->arena, text->data) : NULL;
    tq_buffer_free(text);
    return *out ? TQ_OK : formula_no_memory(r);
}

static void write_variable(const formula_reader *r, size_t variable, tq_buffer *out)
{
    const formula_node node = {.operation = NODE_VARIABLE, .variable = variable};

    formula_write(r->variable, &node, out);
}

/* key and name of a part from one text. */
static tq_status name_part(const formula_reader *r, tq_buffer *text, formula_part *out)
{
    const tq_status status = keep_text(r, text, &out->key);

    out->name = out->key;
    return status;
}

/* ---- factors ---- */

/* The variable of factor(), from '(' on. */
static tq_status read_factored(formula_reader *r, size_t *variable)
{
    char name[FORMULA_NAME];
    tq_status status = formula_expect(r, '(');

    status = status == TQ_OK ? formula_read_name(r, "a column", name, NULL) : status;
    status = status == TQ_OK ? formula_expect(r, ')') : status;
    return status == TQ_OK ? formula_variable(r, name, variable) : status;
}

static tq_status read_factor(formula_reader *r, formula_part *out)
{
    tq_buffer text = {0};
    const tq_status status = read_factored(r, &out->variable);

    if (status != TQ_OK) {
        return status;
    }
    out->kind = PART_FACTOR;
    tq_buffer_text(&text, "factor(");
    write_variable(r, out->variable, &text);
    tq_buffer_text(&text, ")");
    return name_part(r, &text, out);
}

/* The level of relevel(): a text in quotes, or a number. */
static tq_status read_level(formula_reader *r, const char **out)
{
    char level[FORMULA_NAME];
    tq_status status;

    formula_skip(r);
    if (*r->at == '\'' || *r->at == '"') {
        status = formula_read_quoted(r, level);
    } else {
        double number;
        const char *start = r->at;

        status = formula_read_number(r, &number);
        if (status != TQ_OK) {
            r->at = start;
            return formula_syntax(r, "a level in quotes");
        }
        tq_copy_text(level, (size_t)(r->at - start) + 1, start);
    }
    if (status == TQ_OK) {
        *out = tq_arena_text(r->arena, level);
        status = *out ? TQ_OK : formula_no_memory(r);
    }
    return status;
}

/* relevel(x, 'AD') and relevel(factor(x), 'AD') are one. */
static tq_status read_relevel(formula_reader *r, formula_part *out)
{
    char name[FORMULA_NAME];
    int quoted;
    tq_buffer text = {0};
    tq_status status = formula_expect(r, '(');

    status = status == TQ_OK ? formula_read_name(r, "a column", name, &quoted) : status;
    if (status == TQ_OK && !quoted && strcmp(name, "factor") == 0 && formula_sees(r, '(')) {
        r->at--;
        status = read_factored(r, &out->variable);
    } else if (status == TQ_OK) {
        status = formula_variable(r, name, &out->variable);
    }
    status = status == TQ_OK ? formula_expect(r, ',') : status;
    status = status == TQ_OK ? read_level(r, &out->reference) : status;
    status = status == TQ_OK ? formula_expect(r, ')') : status;
    if (status != TQ_OK) {
        return status;
    }
    out->kind = PART_FACTOR;
    tq_buffer_text(&text, "relevel(");
    write_variable(r, out->variable, &text);
    tq_buffer_format(&text, ", '%s')", out->reference);
    return name_part(r, &text, out);
}

/* ---- polynomials and splines ---- */

static tq_status read_whole(formula_reader *r, size_t least, size_t most, const char *wanted,
                            size_t *out)
{
    double number = 0.0;
    const char *start;

    formula_skip(r);
    start = r->at;
    if (formula_read_number(r, &number) != TQ_OK || number < (double)least ||
        number > (double)most || number != floor(number)) {
        r->at = start;
        return formula_syntax(r, wanted);
    }
    *out = (size_t)number;
    return TQ_OK;
}

static tq_status read_number_and_comma(formula_reader *r, formula_part *out)
{
    tq_status status = formula_expect(r, '(');

    status = status == TQ_OK ? formula_read_expression(r, &out->number) : status;
    return status == TQ_OK ? formula_expect(r, ',') : status;
}

static tq_status read_poly(formula_reader *r, formula_part *out)
{
    tq_buffer text = {0};
    tq_status status = read_number_and_comma(r, out);

    out->kind = PART_POLY;
    if (status == TQ_OK) {
        status = read_whole(r, 1, FORMULA_DEGREE, "a degree from 1 to 20", &out->count);
    }
    status = status == TQ_OK ? formula_expect(r, ')') : status;
    if (status != TQ_OK) {
        return status;
    }
    tq_buffer_text(&text, "poly(");
    formula_write(r->variable, out->number, &text);
    tq_buffer_format(&text, ", %zu)", out->count);
    return name_part(r, &text, out);
}

static tq_status read_knot(formula_reader *r, double *out)
{
    const double sign = formula_sees(r, '-') ? -1.0 : 1.0;
    const tq_status status = formula_read_number(r, out);

    *out *= sign;
    return status;
}

/* c(5, 20, 40): at least three, each above the one before it. */
static tq_status read_knots(formula_reader *r, formula_part *out)
{
    double *knot = tq_arena_take(r->arena, FORMULA_KNOTS, sizeof *knot);
    size_t n = 0;
    tq_status status = knot ? formula_expect(r, '(') : formula_no_memory(r);

    while (status == TQ_OK) {
        const char *start = r->at;

        if (n == FORMULA_KNOTS) {
            return formula_syntax(r, "')' after 20 knots");
        }
        status = read_knot(r, &knot[n]);
        if (status == TQ_OK && n > 0 && !(knot[n] > knot[n - 1])) {
            r->at = start;
            formula_skip(r);
            return formula_syntax(r, "a knot above the one before it");
        }
        n++;
        if (status == TQ_OK && !formula_sees(r, ',')) {
            break;
        }
    }
    if (status == TQ_OK && n < 3) {
        return formula_syntax(r, "',' and more knots, at least three,");
    }
    out->knot = knot;
    out->count = n;
    return status == TQ_OK ? formula_expect(r, ')') : status;
}

static void write_knots(const formula_part *part, tq_buffer *out)
{
    for (size_t i = 0; i < part->count; i++) {
        tq_buffer_text(out, i ? ", " : "c(");
        formula_write_number(part->knot[i], out);
    }
    tq_buffer_text(out, ")");
}

static tq_status read_rcs(formula_reader *r, formula_part *out)
{
    tq_buffer text = {0};
    tq_status status = read_number_and_comma(r, out);

    out->kind = PART_RCS;
    if (status == TQ_OK && formula_sees(r, 'c')) {
        status = read_knots(r, out);
    } else if (status == TQ_OK) {
        status = read_whole(r, 3, 7, "a number of knots from 3 to 7, or c(knot, ...)", &out->count);
    }
    status = status == TQ_OK ? formula_expect(r, ')') : status;
    if (status != TQ_OK) {
        return status;
    }
    tq_buffer_text(&text, "rcs(");
    formula_write(r->variable, out->number, &text);
    tq_buffer_text(&text, ", ");
    if (out->knot) {
        write_knots(out, &text);
    } else {
        tq_buffer_format(&text, "%zu", out->count);
    }
    tq_buffer_text(&text, ")");
    return name_part(r, &text, out);
}

/* ---- all of them ---- */

static const struct {
    const char *name;
    part_reader *read;
} readers[] = {
    {"factor", read_factor},
    {"relevel", read_relevel},
    {"poly", read_poly},
    {"rcs", read_rcs},
};

/* A function of numbers, whose name was read. */
static tq_status read_function(formula_reader *r, const char *start, const char *name,
                               formula_part *out)
{
    tq_buffer text = {0};
    const tq_status status = formula_read_call(r, start, name, &out->number);

    if (status != TQ_OK) {
        return status;
    }
    if (formula_first_variable(out->number) == SIZE_MAX) {
        r->at = start;
        return formula_syntax(r, "a function of some column");
    }
    out->kind = PART_NUMBER;
    formula_write(r->variable, out->number, &text);
    return name_part(r, &text, out);
}

static tq_status read_variable(formula_reader *r, const char *name, formula_part *out)
{
    tq_buffer text = {0};
    formula_node *node = tq_arena_take(r->arena, 1, sizeof *node);
    tq_status status = node ? formula_variable(r, name, &out->variable) : formula_no_memory(r);

    if (status != TQ_OK) {
        return status;
    }
    *node = (formula_node){.operation = NODE_VARIABLE, .variable = out->variable};
    out->kind = PART_VARIABLE;
    out->number = node;
    formula_write(r->variable, node, &text);
    status = name_part(r, &text, out);
    out->name = r->variable[out->variable];
    return status;
}

tq_status formula_read_part(formula_reader *r, formula_part *out)
{
    char name[FORMULA_NAME];
    int quoted;

    *out = (formula_part){.kind = PART_VARIABLE};
    formula_skip(r);
    const char *start = r->at;
    const tq_status status = formula_read_name(r, "a column or a function", name, &quoted);

    if (status != TQ_OK) {
        return status;
    }
    const char *after = r->at;

    if (quoted || !formula_sees(r, '(')) {
        r->at = after;
        return read_variable(r, name, out);
    }
    r->at = after;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        if (strcmp(readers[i].name, name) == 0) {
            return readers[i].read(r, out);
        }
    }
    return read_function(r, start, name, out);
}
