/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file inflation.h  Variance inflation factors of the coefficients of a meta-regression. */
#ifndef TQ_MODERATORS_INFLATION_H
#define TQ_MODERATORS_INFLATION_H

#include "pooling/pool.h"

/** Of a set of m coefficients. */
typedef struct {
    size_t m;
    double gvif; /* generalised variance inflation factor; for m = 1 the VIF */
    double gsif; /* gvif^(1 / (2 m)): the inflation of a standard error */
} tq_inflation;

/**
 * With R the correlations of all coefficients but the intercept, split into the set and the rest,
 * GVIF = |R_set| |R_rest| / |R|: Fox & Monette (1992), J. Am. Stat. Assoc. 87:178-183, eq. 10, on the
 * covariance matrix of the weighted regression. It does not depend on the coding of a factor.
 *
 * @param[in]  intercept  1 when the first coefficient is the intercept.
 * @param[in]  column     [m] coefficients of the set, not the intercept, each once.
 * @retval TQ_EINVAL  m is 0, or a column is the intercept or does not exist.
 * @retval TQ_EDATA   The covariance matrix is singular.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_inflation_of(const tq_pool *fit, int intercept, size_t m, const size_t *column,
                                 tq_inflation *out, tq_error *err);

#endif
