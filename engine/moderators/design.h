/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file design.h  From a formula and its variables to the design matrix X, and to rows of it.
 *
 * A variable of numbers enters as it is, one of texts as a factor; factor() makes a factor of
 * numbers. Levels of texts are in byte order, of numbers in order of size; the first, or the one
 * that relevel() names, is the reference. Factors have treatment contrasts, with one exception that
 * keeps the model the same however it is written: a factor of a term is coded with a column for
 * every level where the term without it is part of no term before it (Chambers & Hastie 1992,
 * Statistical Models in S, section 2.4.1), and so is the first factor of a formula without
 * intercept. Terms stand in the order of their number of factors and variables, then of the formula.
 *
 * Columns are called "intrcpt", "dose", "I(dose^2)", "allocrandom" (variable, then level, also for
 * factor() and relevel()), "poly(dose, 2)1", "dose:allocrandom". Columns that are linear combinations
 * of those before them are left out of X.
 *
 * poly(x, d): orthonormal polynomials over the studies, degrees 1 to d, leading coefficients positive.
 * rcs(x, n): x, then n - 2 columns of a restricted cubic spline, linear beyond the outer knots:
 *
 *     ((x - t_j)+^3 - (x - t_{n-1})+^3 (t_n - t_j) / (t_n - t_{n-1})
 *                   + (x - t_n)+^3 (t_{n-1} - t_j) / (t_n - t_{n-1})) / (t_n - t_1)^2
 *
 * (Harrell 2015, Regression Modeling Strategies, 2nd ed., eq. 2.25, divided by the square of the
 * span, so that every column has the unit of x), with knots at the quantiles of his table 2.3.
 */
#ifndef TQ_MODERATORS_DESIGN_H
#define TQ_MODERATORS_DESIGN_H

#include "moderators/formula.h"

/** A variable of the formula over k studies: numbers, or texts. Borrowed. */
typedef struct {
    const char *name;
    const double *number;    /* [k] finite, or NULL */
    const char *const *text; /* [k] none NULL; or NULL */
} tq_variable;

/** One value of a variable: a level, or a number. */
typedef struct {
    const char *name;
    const char *text; /* level, or a number as text (read where a number is needed); NULL: number */
    double number;
} tq_value;

/** A variable as the design uses it. */
typedef struct {
    const char *name;
    size_t n_levels;          /* 0: it enters as a number only */
    const char *const *level; /* [n_levels] in order; level[0] is the reference */
    const size_t *level_k;    /* [n_levels] studies of each */
    int number;               /* 1: it enters (also) as a number, and then has: */
    double mean, lo, hi;      /* over the studies; NaN where it enters by levels only */
} tq_design_variable;

typedef enum { TQ_TERM_NUMERIC, TQ_TERM_FACTOR, TQ_TERM_INTERACTION } tq_term_kind;

/** A term of the formula without the intercept: the columns [first, first + n) of X. */
typedef struct {
    const char *name; /* "dose", "poly(dose, 2)", "factor(weeks)", "dose:alloc" */
    tq_term_kind kind;
    size_t first, n;        /* n = 0: all its columns are redundant */
    const size_t *variable; /* [n_variables] indices into tq_design.variable */
    size_t n_variables;
    int all_levels;      /* factors: 1: a column for every level, none is the reference */
    const size_t *level; /* [n] factors: the level (of variable[0]) of each column; else NULL */
} tq_design_term;

/** How rows are made; opaque. */
typedef struct tq_design_plan tq_design_plan;

/** Plain data in the arena it was built into. */
typedef struct {
    const char *formula;       /* as written */
    size_t k, p;               /* studies, columns */
    double *X;                 /* [k x p] column by column */
    const char *const *column; /* [p] names */
    int intercept;             /* 1: the first column is the constant 1, "intrcpt" */
    tq_design_term *term;      /* [n_terms] */
    size_t n_terms;
    tq_design_variable *variable; /* [n_variables] in the order of the formula */
    size_t n_variables;
    const char *const *dropped; /* [n_dropped] names of the redundant columns */
    size_t n_dropped;
    const char *const *note; /* [n_notes] "rcs(dose, 3): knots at 5, 20, 40" */
    size_t n_notes;
    const tq_design_plan *plan;
} tq_design;

/**
 * Build the design matrix.
 *
 * A column is redundant where what the columns before it leave of it is below 1e-10 of its length.
 *
 * @param[in]  variable  [formula->n_variables] in the order of the formula.
 * @param[in]  arena     Holds the design. The formula and the variables' texts must outlive it.
 * @retval TQ_EINVAL  The formula computes with a variable of texts.
 * @retval TQ_EDATA   err->row and err->column name the value: log of a number <= 0, or any other
 *                    that is not finite. A level that does not exist (the nearest is given), a factor
 *                    of one level, too few different values for poly() or rcs(), or as many
 *                    coefficients as studies.
 */
TQ_API tq_status tq_design_build(const tq_formula *formula, size_t k, const tq_variable *variable,
                                 tq_arena *arena, tq_design **out, tq_error *err);

/**
 * The row x[p] of the design at new values of the variables, in any order; values of other names
 * are ignored. Allocates nothing.
 * @retval TQ_EINVAL  A variable without value, a text where a number is needed.
 * @retval TQ_EDATA   An unknown level (the nearest is given), a number where a level is needed, a
 *                    value outside the domain of a function (log of 0).
 */
TQ_API tq_status tq_design_row(const tq_design *design, size_t n, const tq_value *value, double *x,
                               tq_error *err);

#endif
