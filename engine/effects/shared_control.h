/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file shared_control.h  Covariance of effects that are computed against the same control group. */
#ifndef TQ_EFFECTS_SHARED_CONTROL_H
#define TQ_EFFECTS_SHARED_CONTROL_H

#include "effects/measure.h"

/** 1 when a covariance of shared controls is known for the measure. */
TQ_API int tq_shared_control_known(const tq_measure *m);

/**
 * Sampling covariance of the effects of rows i and j, whose group 2 are the same people.
 *
 * The part of the variance that group 2 contributes; for the SMD the part that the common control
 * and the pooled SD contribute. Gleser & Olkin (2009), in Cooper, Hedges & Valentine, Handbook of
 * Research Synthesis, 2nd ed., ch. 19: MD, SMD, RD, AS (arcsine), RR, OR; by the same argument ROM,
 * IRR, IRD, IRSD.
 *
 * @param[in]  in     Columns the effects were computed from.
 * @param[in]  rows   The effects, both with state TQ_ROW_OK.
 * @param[in]  total  People in all arms of the study, the control once (SMD only; else ignored).
 * @return NaN where the measure has no such formula or a value is missing.
 */
TQ_API double tq_shared_control_covariance(const tq_measure *m, const tq_inputs *in,
                                           const tq_effect_row *rows, size_t i, size_t j,
                                           double total);

#endif
