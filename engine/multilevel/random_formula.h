/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file random_formula.h  The language of --random.
 *
 *     formula = ['~'] inner '|' outer
 *     inner   = '1'                   random intercepts
 *             | name {'+' name}       a factor of levels, a time, coordinates, or random slopes
 *     outer   = name {'/' name}       levels within levels; several with inner other than 1 are one
 *
 * Names are as in formula.h: letters, digits, '.', '_', any UTF-8; any other name between backticks.
 */
#ifndef TQ_MULTILEVEL_RANDOM_FORMULA_H
#define TQ_MULTILEVEL_RANDOM_FORMULA_H

#include "core/arena.h"

/** A parsed formula; every text and array lives in the arena. */
typedef struct {
    const char *text;         /* as written */
    const char *const *inner; /* [n_inner] names; none: intercepts */
    size_t n_inner;
    const char *const *outer; /* [n_outer] names, from the outermost on */
    size_t n_outer;
} tq_random_formula;

/**
 * @param[in]  arena  Holds what out points to.
 * @retval TQ_EINVAL  Syntax error; the message shows what stands where something else is needed.
 */
TQ_API tq_status tq_random_formula_parse(const char *text, tq_arena *arena, tq_random_formula *out,
                                         tq_error *err);

#endif
