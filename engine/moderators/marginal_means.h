/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file marginal_means.h  Rows of a design that stand for all studies: estimated marginal means. */
#ifndef TQ_MODERATORS_MARGINAL_MEANS_H
#define TQ_MODERATORS_MARGINAL_MEANS_H

#include "moderators/design.h"

/** What the levels of the other factors count. */
typedef enum {
    TQ_MARGINAL_EQUAL,        /* every combination of their levels the same */
    TQ_MARGINAL_PROPORTIONAL, /* every combination as often as studies have it */
    TQ_MARGINAL_COUNT
} tq_marginal_weights;

/** "equal", "proportional"; NULL outside the range. */
TQ_API const char *tq_marginal_name(tq_marginal_weights weights);

/**
 * The row x[p] of the design with some variables set, numeric ones that are not at their means over the
 * studies (the means of the variables, not of functions of them), and factors that are not averaged
 * over: x'beta is an estimated marginal mean (Searle, Speed & Milliken 1980, Am. Stat. 34:216-221).
 *
 * @param[in]  data  [design->n_variables] as the design was built from.
 * @param[in]  set   [n] values; other variables than those of the design are ignored.
 * @retval TQ_EINVAL, TQ_EDATA  As tq_design_row(); more than 1,000,000 combinations of the other
 *                    factors.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_marginal_row(const tq_design *design, const tq_variable *data, size_t n,
                                 const tq_value *set, tq_marginal_weights weights, double *x,
                                 tq_error *err);

/**
 * The factor of that name: its index in design->variable.
 * @retval TQ_EINVAL  There is none; the nearest is named.
 */
TQ_API tq_status tq_design_factor(const tq_design *design, const char *name, size_t *out,
                                  tq_error *err);

#endif
