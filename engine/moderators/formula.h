/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file formula.h  The language of --mods and --newmods.
 *
 *     formula  = ['~'] ['-'] item {('+' | '-') item}
 *     item     = '0' | '1' | term
 *     sum      = ['-'] term {('+' | '-') term}
 *     term     = crossed {'*' crossed}          a*b is a + b + a:b
 *     crossed  = primary {':' primary}          a:b is the interaction alone
 *     primary  = '(' sum ')' | variable | function | factor
 *     factor   = 'factor(' variable ')' | 'relevel(' (variable | factor) ',' level ')'
 *     function = ('I' | 'log' | 'log2' | 'log10' | 'log1p' | 'exp' | 'sqrt' | 'abs') '(' number ')'
 *              | 'poly(' number ',' degree ')' | 'rcs(' number ',' (count | 'c(' knots ')') ')'
 *     number   = arithmetic of variables, numbers, functions and + - * / ^ ( )
 *     variable = letters, digits, '.', '_', any UTF-8; any other name between backticks
 *     level    = text in single or double quotes, one of them doubled within; or a number
 *
 * "- 1", "+ 0" take the intercept out, "- term" takes a term out; a term named again counts once.
 * What the parts mean to the design stands in design.h.
 */
#ifndef TQ_MODERATORS_FORMULA_H
#define TQ_MODERATORS_FORMULA_H

#include "core/arena.h"

/** The parsed terms; opaque. */
typedef struct tq_formula_tree tq_formula_tree;

/** A parsed formula; every text and array lives in the arena it was parsed into. */
typedef struct {
    const char *text;            /* as written */
    int intercept;               /* 1 unless the formula takes it out */
    const char *const *variable; /* [n_variables] in the order of their first appearance */
    const int *number;           /* [n_variables] 1: a part of the formula computes with it */
    size_t n_variables;
    const tq_formula_tree *tree;
} tq_formula;

/**
 * @param[in]  arena  Holds what out points to.
 * @retval TQ_EINVAL  Syntax error; the message shows the character and what is needed there. An
 *                    unknown function (the nearest name is given). Nothing left to fit. More than
 *                    8000 bytes, 48 nested parentheses, 60 parts, 200 variables or 500 terms.
 */
TQ_API tq_status tq_formula_parse(const char *text, tq_arena *arena, tq_formula *out,
                                  tq_error *err);

/** New values of the variables: one set per prediction. */
typedef struct {
    size_t n;                 /* sets */
    const char **text;        /* [n] as written */
    const char *const *value; /* [n x formula->n_variables] set by set, as written */
} tq_newmods;

/**
 * Parse "dose=40,cell_source=AD;dose=80,cell_source='BM, young'": for every set a value for each
 * variable of the formula. Values end at ',' or ';' unless they stand in quotes.
 * @retval TQ_EINVAL  A malformed set, an unknown variable, one that a set leaves out or gives twice.
 */
TQ_API tq_status tq_newmods_parse(const char *text, const tq_formula *formula, tq_arena *arena,
                                  tq_newmods *out, tq_error *err);

#endif
