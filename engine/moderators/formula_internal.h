/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file formula_internal.h  The parsed formula: arithmetic, the parts of terms, terms. */
#ifndef TQ_MODERATORS_FORMULA_INTERNAL_H
#define TQ_MODERATORS_FORMULA_INTERNAL_H

#include <stdint.h>

#include "core/buffer.h"
#include "moderators/formula.h"

enum {
    FORMULA_BYTES = 8000, /* of the text; bounds the depth of a chain a + a + ... in a tree */
    FORMULA_DEPTH = 100,  /* a pair of parentheses counts twice */
    FORMULA_PARTS = 60,   /* a term is a set of parts, in 64 bits */
    FORMULA_TERMS = 500,
    FORMULA_VARIABLES = 200,
    FORMULA_NAME = 128, /* bytes of a name or level, with its end */
    FORMULA_KNOTS = 20,
    FORMULA_DEGREE = 20
};

/* A function of one number. */
typedef struct {
    const char *name;
    double (*of)(double);
    const char *needs; /* the numbers for which its value is finite */
} formula_function;

typedef enum {
    NODE_NUMBER,
    NODE_VARIABLE,
    NODE_NEGATE,
    NODE_ADD,
    NODE_SUBTRACT,
    NODE_MULTIPLY,
    NODE_DIVIDE,
    NODE_POWER,
    NODE_CALL
} formula_operation;

typedef struct formula_node {
    formula_operation operation;
    double number;
    size_t variable;
    const formula_function *function;
    struct formula_node *left, *right; /* right NULL for one operand */
} formula_node;

typedef enum {
    PART_VARIABLE, /* a number or a factor, as the column turns out */
    PART_NUMBER,
    PART_FACTOR,
    PART_POLY,
    PART_RCS
} formula_part_kind;

/* What terms are made of. */
typedef struct {
    formula_part_kind kind;
    const char *key;       /* the part written in one way; equal for equal parts */
    const char *name;      /* the same for readers */
    formula_node *number;  /* all but factors */
    size_t variable;       /* PART_VARIABLE, PART_FACTOR */
    const char *reference; /* relevel(): its level, else NULL */
    size_t count;          /* degree, or number of knots */
    const double *knot;    /* [count] given, or NULL */
} formula_part;

struct tq_formula_tree {
    const formula_part *part; /* [n_parts] in the order of their first appearance */
    size_t n_parts;
    const uint64_t *term; /* [n_terms] sets of parts, in the order of the design */
    size_t n_terms;
};

/* Whether a term has a part. */
static inline int formula_has_part(uint64_t term, size_t part)
{
    return (int)(term >> part & 1);
}

/* ---- reading (formula_reader.c) ---- */

typedef struct {
    const char *text, *at;
    int depth;
    tq_arena *arena;
    tq_error *err;
    const char **variable; /* grows to n_variables <= bytes of the text */
    size_t n_variables;
} formula_reader;

/* What is wrong where the reader stands: the place, then the sentence. */
tq_status formula_wrong(const formula_reader *r, const char *fmt, ...) TQ_PRINTF(2, 3);
/* What is needed there: "'+' or '-'" becomes "'+' or '-' is needed", or is missing at the end. */
tq_status formula_syntax(const formula_reader *r, const char *wanted);
static inline tq_status formula_no_memory(const formula_reader *r)
{
    return tq_fail(r->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}
/* One level deeper; the caller decrements depth when it is out again. */
tq_status formula_deeper(formula_reader *r);
/* Step over blanks; and over this character, if it stands there. */
void formula_skip(formula_reader *r);
int formula_sees(formula_reader *r, char c);
tq_status formula_expect(formula_reader *r, char c);
/* A name, bare or between backticks, into name[FORMULA_NAME]; *quoted may be NULL. */
tq_status formula_read_name(formula_reader *r, const char *wanted, char *name, int *quoted);
/* The index of a variable, which is new at its first appearance. */
tq_status formula_variable(formula_reader *r, const char *name, size_t *index);
/* A number without sign, as written in a formula. */
tq_status formula_read_number(formula_reader *r, double *out);
/* Text in quotes into text[FORMULA_NAME]. */
tq_status formula_read_quoted(formula_reader *r, char *text);
/* Whether a name stands in formulas without backticks. */
int formula_bare(const char *name);

/* ---- arithmetic (formula_number.c) ---- */

tq_status formula_read_expression(formula_reader *r, formula_node **out);
/* The arguments of a function whose name was read, from '(' on. */
tq_status formula_read_call(formula_reader *r, const char *start, const char *name,
                            formula_node **out);
const formula_function *formula_function_at(size_t i);
/* Write an expression in one way: blanks around + - * /; variable: their names. */
void formula_write(const char *const *variable, const formula_node *node, tq_buffer *out);
/* A number with up to 15 digits. */
void formula_write_number(double x, tq_buffer *out);
/* Value at value[n_variables]. Where it is not finite, *bad is the innermost part that is not. */
double formula_value(const formula_node *node, const double *value, const formula_node **bad);
/* The first variable of an expression; SIZE_MAX: none. */
size_t formula_first_variable(const formula_node *node);

/* ---- parts (formula_part.c) ---- */

/* A variable, a function or a factor. */
tq_status formula_read_part(formula_reader *r, formula_part *out);

#endif
