/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file design_internal.h  How the parts of a formula become columns. */
#ifndef TQ_MODERATORS_DESIGN_INTERNAL_H
#define TQ_MODERATORS_DESIGN_INTERNAL_H

#include "moderators/design.h"
#include "moderators/formula_internal.h"

/* A part made ready with the studies: its levels, or its basis. */
typedef struct {
    const formula_part *part;
    int factor;
    size_t n_columns;           /* of numbers; of a factor its levels */
    size_t variable;            /* factors */
    const char *const *level;   /* [n_columns] factors */
    const double *level_number; /* [n_columns] of a factor of numbers; else NULL */
    double centre, scale;       /* poly(): the recurrence runs in (x - centre) / scale */
    const double *alpha, *norm; /* poly(): [count], [count + 1] */
    const double *knot;         /* rcs(): [count] */
    /* While the design is built: */
    const size_t *code;  /* [k] level of each study */
    const double *value; /* [k x n_columns] column by column */
} design_part;

/* A column of X is the product of a column of each part of its term. */
typedef struct {
    const size_t *part, *column; /* [n] */
    size_t n;
} design_product;

struct tq_design_plan {
    const tq_formula *formula;
    design_part *part;       /* [tree->n_parts]; those of no term stay empty */
    design_product *product; /* [p]; n = 0: the intercept */
};

typedef struct {
    const tq_formula *formula;
    size_t k;
    const tq_variable *variable;
    tq_arena *arena;   /* holds the design */
    tq_arena *scratch; /* arrays over the studies, until it is built */
    tq_error *err;
} design_source;

static inline tq_status design_no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- design_terms.c: columns ---- */

enum { DESIGN_COLUMNS = 20000 }; /* before the redundant ones are left out */

/* A design on its way. */
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
} design_builder;

/* The parts of a term, and for each how many columns it has and from which on. */
typedef struct {
    size_t part[FORMULA_PARTS], first[FORMULA_PARTS], n_columns[FORMULA_PARTS], at[FORMULA_PARTS];
    size_t n, total;
} design_coding;

/* How a term is coded. @retval TQ_EDATA  A factor of one level, too many columns. */
tq_status design_code_term(const design_builder *b, size_t t, design_coding *c);
/* Append a name to a list; NULL stands for short memory. */
tq_status design_keep_name(design_builder *b, const char *name, const char **list, size_t *n);
tq_status design_room_for_dropped(design_builder *b, size_t more);
/* The intercept and the columns of every term. */
tq_status design_add_terms(design_builder *b);

/* ---- design_levels.c: factors ---- */

tq_status design_levels(const design_source *s, design_part *part);
/* Of doubles, for qsort() and bsearch(). */
int design_by_size(const void *a, const void *b);
/* The level that a value names. */
tq_status design_level_of(const design_part *part, const char *variable, const tq_value *value,
                          size_t *out, tq_error *err);

/* ---- design_numbers.c: functions of numbers ---- */

tq_status design_numbers(const design_source *s, design_part *part);
/* Column c of a part that is no factor, where its expression has value x. */
double design_basis(const design_part *part, size_t c, double x);
/* Value of a part's expression at number[n_variables], which must be finite. */
tq_status design_expression(const tq_formula *formula, const formula_node *node,
                            const double *number, size_t row, double *out, tq_error *err);
/* Name of column c: "poly(dose, 2)1". NULL: memory is short. */
const char *design_basis_name(const tq_formula *formula, const design_part *part, size_t c,
                              tq_arena *arena);

#endif
