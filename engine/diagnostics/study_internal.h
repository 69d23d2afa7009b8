/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file study_internal.h  One study under a fitted model: its row of the design, its fitted value. */
#ifndef TQ_DIAGNOSTICS_STUDY_INTERNAL_H
#define TQ_DIAGNOSTICS_STUDY_INTERNAL_H

#include <math.h>

#include "pooling/pool.h"

/* tau2 of the fit; 0 for methods that have none. */
static inline double study_tau2(const tq_pool *fit)
{
    return isnan(fit->tau2) ? 0.0 : fit->tau2;
}

static inline double study_design(const tq_model *m, size_t i, size_t a)
{
    return m->X ? m->X[i + a * m->k] : 1.0;
}

static inline double study_fitted(const tq_model *m, const tq_pool *fit, size_t i)
{
    double sum = 0.0;

    for (size_t a = 0; a < m->p; a++) {
        sum += study_design(m, i, a) * fit->beta[a];
    }
    return sum;
}

/* xi'V xi: the variance of the fitted value where V is that of the coefficients. */
static inline double study_variance(const tq_model *m, const double *V, size_t i)
{
    double sum = 0.0;

    for (size_t b = 0; b < m->p; b++) {
        for (size_t a = 0; a < m->p; a++) {
            sum += study_design(m, i, a) * V[a + b * m->p] * study_design(m, i, b);
        }
    }
    return sum;
}

#endif
