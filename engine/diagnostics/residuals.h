/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file residuals.h  Residuals of a fitted model, raw, standardised and studentised, and leverages. */
#ifndef TQ_DIAGNOSTICS_RESIDUALS_H
#define TQ_DIAGNOSTICS_RESIDUALS_H

#include "core/progress_callback.h"
#include "pooling/pool.h"

/** Of one study; NaN where it does not exist. Mi = vi + tau2. */
typedef struct {
    double resid;     /* yi - xi'beta */
    double hat;       /* leverage: diagonal of X (X'AX)^-1 X'A for the weights A of the fit */
    double pearson;   /* resid / sqrt(Mi) */
    double se;        /* standard error of resid, sqrt of the diagonal of (I - H) M (I - H)' */
    double rstandard; /* resid / se: internally studentised */
    double resid_del; /* yi - xi'beta of the model fitted without the study */
    double se_del;    /* sqrt(vi + tau2 + Var(xi'beta)) of that model, by the test in use */
    double rstudent;  /* resid_del / se_del: externally studentised (deleted) */
    double tau2_del;  /* tau2 of that model; NaN for EE, FE */
} tq_residual;

/**
 * Residuals of every study: Viechtbauer & Cheung (2010), Res. Synth. Methods 1:112-125. For the
 * deleted ones tau2 is estimated anew without each study, k fits; with tau2 fixed (or none) and
 * inverse-variance weights they follow from the fit itself. rstudent is the test of the study's
 * indicator in the mean-shift outlier model, for z, t, Knapp-Hartung and its ad hoc form. A study
 * without which the model cannot be fitted has none.
 *
 * @param[in]  fit       tq_pool_fit(model, opt).
 * @param[in]  threads   0: one per processor. Never changes the result.
 * @param[in]  progress  Or NULL.
 * @param[out] out       [k]
 * @retval TQ_EINTR  progress asked to stop.
 * @retval TQ_EDATA  The weighted design is singular.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_residuals(const tq_model *model, const tq_pool_options *opt, const tq_pool *fit,
                              size_t threads, const tq_progress *progress, tq_residual *out,
                              tq_error *err);

#endif
