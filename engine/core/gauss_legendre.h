/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file gauss_legendre.h  Gauss-Legendre quadrature with 20 points. */
#ifndef TQ_CORE_GAUSS_LEGENDRE_H
#define TQ_CORE_GAUSS_LEGENDRE_H

#include "core/api.h"

/* The nodes lie in pairs +x, -x on (-1, 1), the outermost first; both of a pair have the same weight. */
enum { TQ_GAUSS_PAIRS = 10 };

typedef struct {
    double x, weight; /* 0 < x < 1; the weights of all 20 points sum to 2 */
} tq_gauss_pair;

/** Exact for polynomials to degree 39. */
extern TQ_API const tq_gauss_pair tq_gauss_pairs[TQ_GAUSS_PAIRS];

#endif
