/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file contrasts.h  What is to be tested, as a user writes it: columns, terms, contrasts. */
#ifndef TQ_MODERATORS_CONTRASTS_H
#define TQ_MODERATORS_CONTRASTS_H

#include "moderators/marginal_means.h"

/**
 * Coefficients to be tested together: "2,3" (counted from 1, the intercept among them), or names of
 * columns or terms: "alloc", "allocrandom", "poly(dose, 2)". Commas inside parentheses belong to a name.
 *
 * @param[out] column  [design->p] 0-based, in order, each once.
 * @retval TQ_EINVAL  An unknown name (the nearest is given) or number, nothing, or a term whose columns
 *                    are all redundant.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_columns_parse(const tq_design *design, const char *text, size_t *column,
                                  size_t *n, tq_error *err);

/**
 * A linear combination of the coefficients, optionally compared with a number other than 0:
 *
 *     contrast = (vector | sum) [ ('=' | '==') number ]        blanks around the sign
 *     vector   = number {',' number}                            one for each coefficient
 *     sum      = ['-'] part { (' + ' | ' - ') part }            blanks around the sign
 *     part     = [number '*'] (setting {',' setting} | column)
 *     setting  = variable '=' (number | level | quoted level)     quotes as in formula.h
 *
 * "alloc=random - alloc=systematic" compares two levels; "dose=40 - dose=20" two doses;
 * "alloc=random - 0.5*alloc=alternate - 0.5*alloc=systematic" a level with the mean of two;
 * "allocrandom" and "10*dose" are coefficients. What a part does not set is as in tq_marginal_row():
 * it cancels between parts unless it interacts with what they set.
 *
 * @param[out] c    [design->p]
 * @param[out] rhs  0 unless given.
 * @retval TQ_EINVAL  Syntax, an unknown variable or column (the nearest is given), a variable set twice,
 *                    a vector of another length, a combination that is 0 whatever the coefficients.
 * @retval TQ_EDATA   A level that no study has (the nearest is given).
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_contrast_parse(const tq_design *design, const tq_variable *data,
                                   tq_marginal_weights weights, const char *text, double *c,
                                   double *rhs, tq_error *err);

#endif
