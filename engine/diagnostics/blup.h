/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file blup.h  The true effect of each study: best linear unbiased predictions. */
#ifndef TQ_DIAGNOSTICS_BLUP_H
#define TQ_DIAGNOSTICS_BLUP_H

#include "pooling/pool.h"

/** Of one study. */
typedef struct {
    double shrinkage;    /* tau2 / (tau2 + vi), from 0 to 1: what its own effect counts */
    double pred, se;     /* its true effect */
    double pi_lb, pi_ub; /* prediction interval, by the test in use */
    double ranef;        /* pred less the fitted value of the model */
} tq_blup;

/**
 * With li = tau2 / (tau2 + vi) and tau2 taken for known,
 *
 *     pred = li yi + (1 - li) xi'b,   se^2 = li vi + (1 - li)^2 Var(xi'b):
 *
 * Raudenbush & Bryk (1985), J. Educ. Stat. 10:75-98; Robinson (1991), Stat. Sci. 6:15-32.
 *
 * @param[in]  fit  tq_pool_fit(model, ...).
 * @param[out] out  [k]
 * @retval TQ_EINVAL  A method without tau2 (there is one true effect), or that pools counts.
 */
TQ_API tq_status tq_blup_of(const tq_model *model, const tq_pool *fit, tq_blup *out, tq_error *err);

#endif
