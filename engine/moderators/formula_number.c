/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic in formulas: recursive descent into a tree, its text, its value. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "core/decimal.h"
#include "core/names.h"
#include "moderators/formula_internal.h"

static double as_is(double x)
{
    return x;
}

static const formula_function functions[] = {
    {"I", as_is, "a finite number"},   {"log", log, "a number > 0"},
    {"log2", log2, "a number > 0"},    {"log10", log10, "a number > 0"},
    {"log1p", log1p, "a number > -1"}, {"exp", exp, "a number below 709"},
    {"sqrt", sqrt, "a number >= 0"},   {"abs", fabs, "a finite number"},
};

const formula_function *formula_function_at(size_t i)
{
    return i < sizeof functions / sizeof *functions ? &functions[i] : NULL;
}

/* ---- reading ---- */

static tq_status new_node(const formula_reader *r, const formula_node *from, formula_node **out)
{
    formula_node *node = tq_arena_take(r->arena, 1, sizeof *node);

    if (!node) {
        return formula_no_memory(r);
    }
    *node = *from;
    *out = node;
    return TQ_OK;
}

static const char *function_name_at(const void *table, size_t i)
{
    static const char *const parts[] = {"factor", "relevel", "poly", "rcs"};
    const size_t n = sizeof functions / sizeof *functions;

    (void)table;
    if (i < n) {
        return functions[i].name;
    }
    return i - n < sizeof parts / sizeof *parts ? parts[i - n] : NULL;
}

static const formula_function *find_function(const char *name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strcmp(functions[i].name, name) == 0) {
            return &functions[i];
        }
    }
    return NULL;
}

static tq_status unknown_function(formula_reader *r, const char *start, const char *name)
{
    const char *nearest = tq_nearest_name(name, function_name_at, NULL);

    r->at = start;
    if (nearest && strcmp(nearest, name) == 0) {
        return formula_wrong(r, "%s() makes no number that one can compute with", name);
    }
    if (nearest) {
        return formula_wrong(r, "there is no function '%.40s'; did you mean '%s'?", name, nearest);
    }
    return formula_wrong(r,
                         "there is no function '%.40s', but I log log2 log10 log1p exp sqrt abs "
                         "factor relevel poly rcs",
                         name);
}

tq_status formula_read_call(formula_reader *r, const char *start, const char *name,
                            formula_node **out)
{
    formula_node node = {.operation = NODE_CALL, .function = find_function(name)};

    if (!node.function) {
        return unknown_function(r, start, name);
    }
    tq_status status = formula_expect(r, '(');

    status = status == TQ_OK ? formula_read_expression(r, &node.left) : status;
    status = status == TQ_OK ? formula_expect(r, ')') : status;
    return status == TQ_OK ? new_node(r, &node, out) : status;
}

static tq_status read_named(formula_reader *r, formula_node **out)
{
    formula_node node = {.operation = NODE_VARIABLE};
    char name[FORMULA_NAME];
    int quoted;

    formula_skip(r);
    const char *start = r->at;
    tq_status status = formula_read_name(r, "a number, a column or a function", name, &quoted);

    if (status != TQ_OK) {
        return status;
    }
    const char *after = r->at;

    if (!quoted && formula_sees(r, '(')) {
        r->at = after;
        return formula_read_call(r, start, name, out);
    }
    status = formula_variable(r, name, &node.variable);
    if (status == TQ_OK) {
        status = new_node(r, &node, out);
    }
    return status;
}

static tq_status read_primary(formula_reader *r, formula_node **out)
{
    formula_node node = {.operation = NODE_NUMBER};

    if (formula_sees(r, '(')) {
        const tq_status status = formula_read_expression(r, out);

        return status == TQ_OK ? formula_expect(r, ')') : status;
    }
    if ((*r->at >= '0' && *r->at <= '9') || *r->at == '.') {
        const tq_status status = formula_read_number(r, &node.number);

        return status == TQ_OK ? new_node(r, &node, out) : status;
    }
    return read_named(r, out);
}

static tq_status read_signed(formula_reader *r, formula_node **out);

/* a ^ b, from the right; a sign may stand after it: 10^-2. */
static tq_status read_power(formula_reader *r, formula_node **out)
{
    formula_node node = {.operation = NODE_POWER};
    tq_status status = read_primary(r, &node.left);

    *out = node.left;
    if (status == TQ_OK && formula_sees(r, '^')) {
        status = read_signed(r, &node.right);
        status = status == TQ_OK ? new_node(r, &node, out) : status;
    }
    return status;
}

/* Signs bind less than powers: -x^2 is -(x^2). */
static tq_status read_signed(formula_reader *r, formula_node **out)
{
    formula_node node = {.operation = NODE_NEGATE};
    tq_status status = formula_deeper(r);

    if (status == TQ_OK && formula_sees(r, '-')) {
        status = read_signed(r, &node.left);
        status = status == TQ_OK ? new_node(r, &node, out) : status;
    } else if (status == TQ_OK) {
        status = formula_sees(r, '+') ? read_signed(r, out) : read_power(r, out);
    }
    r->depth--;
    return status;
}

/* Operators of one rank, from the left. */
static tq_status read_chain(formula_reader *r, const char *operators,
                            const formula_operation *operations,
                            tq_status (*read)(formula_reader *, formula_node **),
                            formula_node **out)
{
    tq_status status = read(r, out);

    while (status == TQ_OK) {
        formula_node node = {.left = *out};
        size_t i = 0;

        while (operators[i] && !formula_sees(r, operators[i])) {
            i++;
        }
        if (!operators[i]) {
            return TQ_OK;
        }
        node.operation = operations[i];
        status = read(r, &node.right);
        status = status == TQ_OK ? new_node(r, &node, out) : status;
    }
    return status;
}

static tq_status read_product(formula_reader *r, formula_node **out)
{
    static const formula_operation operations[] = {NODE_MULTIPLY, NODE_DIVIDE};

    return read_chain(r, "*/", operations, read_signed, out);
}

tq_status formula_read_expression(formula_reader *r, formula_node **out)
{
    static const formula_operation operations[] = {NODE_ADD, NODE_SUBTRACT};
    tq_status status = formula_deeper(r);

    status = status == TQ_OK ? read_chain(r, "+-", operations, read_product, out) : status;
    r->depth--;
    return status;
}

/* ---- writing ---- */

/* How an operation is written, and how tightly it binds. */
static const struct {
    const char *sign;
    int rank;
} operators[] = {
    [NODE_NUMBER] = {NULL, 9},  [NODE_VARIABLE] = {NULL, 9},  [NODE_NEGATE] = {"-", 3},
    [NODE_ADD] = {" + ", 1},    [NODE_SUBTRACT] = {" - ", 1}, [NODE_MULTIPLY] = {" * ", 2},
    [NODE_DIVIDE] = {" / ", 2}, [NODE_POWER] = {"^", 4},      [NODE_CALL] = {NULL, 9},
};

void formula_write_number(double x, tq_buffer *out)
{
    char number[TQ_DECIMAL_SIZE];
    const double size = fabs(x);

    if (x != 0.0 && (size < 1e-5 || size >= 1e15)) {
        tq_buffer_text(out, tq_decimal_scientific(number, sizeof number, x, 14));
    } else {
        tq_buffer_number(out, x, x != 0.0 ? 14 - (int)floor(log10(size)) : 0);
    }
}

static void write_operand(const char *const *variable, const formula_node *node, int least,
                          tq_buffer *out)
{
    const int open = operators[node->operation].rank < least;

    tq_buffer_text(out, open ? "(" : "");
    formula_write(variable, node, out);
    tq_buffer_text(out, open ? ")" : "");
}

void formula_write(const char *const *variable, const formula_node *node, tq_buffer *out)
{
    const int rank = operators[node->operation].rank, power = node->operation == NODE_POWER;

    switch (node->operation) {
    case NODE_NUMBER:
        formula_write_number(node->number, out);
        break;
    case NODE_VARIABLE: {
        const char *name = variable[node->variable], *quote = formula_bare(name) ? "" : "`";

        tq_buffer_format(out, "%s%s%s", quote, name, quote);
        break;
    }
    case NODE_CALL:
        tq_buffer_format(out, "%s(", node->function->name);
        formula_write(variable, node->left, out);
        tq_buffer_text(out, ")");
        break;
    case NODE_NEGATE:
        tq_buffer_text(out, "-");
        write_operand(variable, node->left, rank, out);
        break;
    default: /* from the left, powers from the right */
        write_operand(variable, node->left, rank + power, out);
        tq_buffer_text(out, operators[node->operation].sign);
        write_operand(variable, node->right, power ? operators[NODE_NEGATE].rank : rank + 1, out);
    }
}

/* ---- value ---- */

static double combine(formula_operation operation, double a, double b)
{
    switch (operation) {
    case NODE_ADD:
        return a + b;
    case NODE_SUBTRACT:
        return a - b;
    case NODE_MULTIPLY:
        return a * b;
    case NODE_DIVIDE:
        return a / b;
    default:
        return pow(a, b);
    }
}

double formula_value(const formula_node *node, const double *value, const formula_node **bad)
{
    double x;

    switch (node->operation) {
    case NODE_NUMBER:
        return node->number;
    case NODE_VARIABLE:
        return value[node->variable];
    case NODE_NEGATE:
        return -formula_value(node->left, value, bad);
    case NODE_CALL:
        x = node->function->of(formula_value(node->left, value, bad));
        break;
    default: {
        const double left = formula_value(node->left, value, bad);

        x = combine(node->operation, left, formula_value(node->right, value, bad));
    }
    }
    if (!isfinite(x) && !*bad) {
        *bad = node;
    }
    return x;
}

size_t formula_first_variable(const formula_node *node)
{
    if (node->operation == NODE_VARIABLE) {
        return node->variable;
    }
    size_t found = node->left ? formula_first_variable(node->left) : SIZE_MAX;

    return found == SIZE_MAX && node->right ? formula_first_variable(node->right) : found;
}
