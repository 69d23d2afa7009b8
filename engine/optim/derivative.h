/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file derivative.h  Gradient and Hessian of a smooth function from its values. */
#ifndef TQ_OPTIM_DERIVATIVE_H
#define TQ_OPTIM_DERIVATIVE_H

#include "optim/minimise.h"

/**
 * Gradient g[n] of f at x[n], by central differences of falling step extrapolated to 0.
 *
 * @param[in]  scale  [n] > 0: the first step is 0.1 * max(|xi|, scale), then halved; NULL: 1. f may be
 *                    infinite or NaN at steps that leave its domain; they are left out.
 * @param[in]  x      Changed during the call, restored on return.
 * @param[out] error  Largest estimated error of an element; may be NULL.
 *
 * @retval TQ_ENOCONV  f is not finite at x or at any step: an element does not exist.
 *
 * f is called without a gradient. Allocates nothing.
 * Source: Ridders (1982), Adv. Eng. Softw. 4:75-76.
 */
TQ_API tq_status tq_gradient(size_t n, tq_smooth_fn f, void *context, const double *scale,
                             double *x, double *g, double *error, tq_error *err);

/** The same for the Hessian H[n x n], both triangles. */
TQ_API tq_status tq_hessian(size_t n, tq_smooth_fn f, void *context, const double *scale, double *x,
                            double *H, double *error, tq_error *err);

#endif
