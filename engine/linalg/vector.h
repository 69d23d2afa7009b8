/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file vector.h  Vectors of a few numbers, in place: below the length at which CBLAS gains. */
#ifndef TQ_LINALG_VECTOR_H
#define TQ_LINALG_VECTOR_H

#include <stddef.h>

/** x'y. */
static inline double tq_dot(size_t n, const double *x, const double *y)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        sum += x[i] * y[i];
    }
    return sum;
}

/** y += b x. */
static inline void tq_add_multiple(size_t n, double b, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++) {
        y[i] += b * x[i];
    }
}

#endif
