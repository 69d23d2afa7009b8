/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file root.h  A root of one variable inside a bracket: Newton steps, bisection when they fail. */
#ifndef TQ_OPTIM_ROOT_H
#define TQ_OPTIM_ROOT_H

#include "core/status.h"

/** f(x); writes f'(x) to *slope, NaN when it is not known. */
typedef double (*tq_root_fn)(double x, double *slope, void *context);

typedef struct {
    double tol;   /* stop when the step is <= tol * (|x| + scale) */
    double scale; /* > 0: what counts as large next to x = 0 */
    int max_iter;
} tq_root_options;

/**
 * Find x in [lo, hi] with f(x) = 0, where f changes sign from f_lo at lo to f_hi at hi.
 *
 * Newton steps (secant steps where f gives no slope); a step that leaves the bracket, or does not
 * shrink it fast enough, is replaced by bisection (geometric where the bracket spans decades), so
 * that it ends for every continuous f. Allocates nothing.
 *
 * @param[out] root  Written on TQ_OK.
 * @param[out] iter  Evaluations of f; may be NULL.
 * @retval TQ_ENOCONV  max_iter evaluations were not enough, or f was NaN.
 */
TQ_API tq_status tq_root_find(tq_root_fn f, void *context, double lo, double f_lo, double hi,
                              double f_hi, const tq_root_options *opt, double *root, int *iter);

#endif
