/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file working_weights.h  Weights of dependent effects by a working model, for robust inference. */
#ifndef TQ_MULTILEVEL_WORKING_WEIGHTS_H
#define TQ_MULTILEVEL_WORKING_WEIGHTS_H

#include "core/status.h"

/** Approximately efficient weights; robust inference is valid whether the working model holds or not. */
typedef enum {
    TQ_WORKING_CORR, /* effects of a cluster are estimates from the same people that correlate by rho */
    TQ_WORKING_HIER, /* effects of a cluster are from different people, alike by the cluster they stand in */
    TQ_WORKING_COUNT
} tq_working;

/** "CORR". */
TQ_API const char *tq_working_name(tq_working w);

typedef struct {
    double tau2;   /* between clusters, >= 0 */
    double omega2; /* HIER: within clusters, >= 0; CORR: NaN */
    double QE;     /* of the first step's weights, as though effects were independent */
    double I2;     /* CORR: percent by which QE exceeds its expectation without tau2; HIER: NaN */
} tq_working_fit;

/**
 * Method of moments of Hedges, Tipton & Johnson (2010), Res. Synth. Methods 1:39-65:
 *
 *     CORR  w = 1 / (n_j (mean of vi in cluster j + tau2)),  n_j effects in it (sec. 3.1),
 *     HIER  w = 1 / (vi + tau2 + omega2)  (sec. 3.2),
 *
 * from the residuals of a regression with the weights at tau2 = omega2 = 0. CORR: QE against its expectation;
 * HIER: QE and the sum of squared sums of residuals of each cluster, omega2 set to 0 first where it is negative,
 * then tau2.
 *
 * @param[in]  X        [k x p] column by column; NULL: the intercept alone, p = 1.
 * @param[in]  vi       [k] > 0.
 * @param[in]  cluster  [k] 0 .. m - 1, each present.
 * @param[in]  rho      CORR: in [0, 1]; hardly matters (Fisher & Tipton 2015, arXiv:1503.02220). HIER: ignored.
 * @param[out] w        [k].
 * @retval TQ_EINVAL  Unknown model, rho outside its range.
 * @retval TQ_EDATA   A vi that is not > 0 (err->row), a singular design; HIER without any cluster of two effects.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_working_weights(size_t k, size_t p, const double *X, const double *yi,
                                    const double *vi, const size_t *cluster, size_t m,
                                    tq_working kind, double rho, double *w, tq_working_fit *out,
                                    tq_error *err);

#endif
