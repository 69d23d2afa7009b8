/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file minimise.h  The minimum of a smooth function of several variables, without constraints. */
#ifndef TQ_OPTIM_MINIMISE_H
#define TQ_OPTIM_MINIMISE_H

#include "core/status.h"

/**
 * f(x[n]). Unless gradient is NULL, it writes gradient[n], where the function knows it. Infinite or
 * NaN outside the domain of the function: the search turns back.
 */
typedef double (*tq_smooth_fn)(const double *x, double *gradient, void *context);

/** Start from tq_minimise_defaults() and change fields. */
typedef struct {
    double tol;          /* stop when the quasi-Newton step is <= tol * (|xi| + scale); 1e-10 */
    int max_iter;        /* quasi-Newton steps; 500 */
    int numeric;         /* 1: f writes no gradient, central differences take its place; 0 */
    const double *scale; /* [n] > 0, sizes that matter next to xi = 0; NULL: 1 */
} tq_minimise_options;

typedef struct {
    double value;
    int iterations, evaluations;
} tq_minimum;

/** Doubles of scratch memory that n variables need. */
#define TQ_MINIMISE_WORK(n) ((n) * (n) + 5 * (n))

TQ_API tq_minimise_options tq_minimise_defaults(void);

/**
 * BFGS with a line search for the (approximate) Wolfe conditions, from x to a local minimum near it.
 *
 * @param[in,out] x     Start, where f is finite; the minimum on TQ_OK, else the best point seen.
 * @param[in]     work  [TQ_MINIMISE_WORK(n)] scratch.
 * @param[out]    out   Written unless f is not finite at the start; may be NULL.
 *
 * @retval TQ_EINVAL   n = 0, tol not > 0, max_iter < 1.
 * @retval TQ_EDATA    f or its gradient is not finite at the start.
 * @retval TQ_ENOCONV  max_iter steps were not enough, or no step lowers f although its gradient is
 *                     not small.
 *
 * With numeric = 1, f must be smooth to rounding error: nested iterations in f have to converge.
 * Allocates nothing.
 * Source: Nocedal & Wright (2006), Numerical Optimization, 2nd ed., alg. 6.1; Hager & Zhang (2005),
 * SIAM J. Optim. 16:170-192, eq. 4.1, for the conditions near the minimum, where f no longer
 * changes but its gradient does.
 */
TQ_API tq_status tq_minimise(size_t n, tq_smooth_fn f, void *context,
                             const tq_minimise_options *opt, double *x, double *work,
                             tq_minimum *out, tq_error *err);

#endif
