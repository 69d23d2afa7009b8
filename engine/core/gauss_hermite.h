/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file gauss_hermite.h  Gauss-Hermite quadrature: expectations over a standard normal variable. */
#ifndef TQ_CORE_GAUSS_HERMITE_H
#define TQ_CORE_GAUSS_HERMITE_H

#include "core/status.h"

enum { TQ_HERMITE_MAX = 100 };

/**
 * Nodes and weights with  E f(Z) = sum wj f(xj),  Z ~ N(0, 1), exact for polynomials of degree
 * 2n - 1.
 *
 * @param[in]  n  Points, 1 to TQ_HERMITE_MAX.
 * @param[out] x  [n] rising, symmetric around 0.
 * @param[out] w  [n] > 0, sum 1; each right to about 1e-13 of itself, the tiny outermost too.
 * @retval TQ_EINVAL  n outside its range.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_gauss_hermite(size_t n, double *x, double *w, tq_error *err);

#endif
