/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file formula.h  Formulas of meta-regression: which columns moderate the effect. */
#ifndef TQ_MODERATORS_FORMULA_H
#define TQ_MODERATORS_FORMULA_H

#include "core/arena.h"

/** A parsed formula: numeric columns that enter as they are. */
typedef struct {
    int intercept;           /* 1 unless the formula says "- 1", "+ 0" or "0 +" */
    const char *const *name; /* [n] columns, in the order of the formula */
    size_t n;
} tq_formula;

/**
 * Parse  ['~'] item {('+' | '-') item},  item a column (letters, digits, '.', '_'; any other name
 * between backticks), 1 or 0. "- 1" and "0" take the intercept out, "- column" takes a column out.
 *
 * @param[in]  arena  Holds the texts and the array.
 * @retval TQ_EINVAL  Syntax error; the message shows the character. A column named twice. Nothing
 *                    left to fit.
 */
TQ_API tq_status tq_formula_parse(const char *text, tq_arena *arena, tq_formula *out,
                                  tq_error *err);

/** New values of the moderators: one set per prediction. */
typedef struct {
    size_t n;          /* sets */
    const char **text; /* [n] as written */
    double *value;     /* [n x formula->n] row by row */
} tq_newmods;

/**
 * Parse "dose=40,age=60;dose=80,age=60": for every set a value for each column of the formula.
 * @retval TQ_EINVAL  A malformed set, an unknown column, or one that a set leaves out.
 */
TQ_API tq_status tq_newmods_parse(const char *text, const tq_formula *formula, tq_arena *arena,
                                  tq_newmods *out, tq_error *err);

#endif
