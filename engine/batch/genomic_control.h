/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file genomic_control.h  Inflation of a cohort's test statistics, and Z scores from p-values. */
#ifndef TQ_BATCH_GENOMIC_CONTROL_H
#define TQ_BATCH_GENOMIC_CONTROL_H

#include <stddef.h>

#include "core/api.h"

/**
 * The factor by which chi-square statistics with 1 degree of freedom are inflated: their median over that of
 * the distribution, 0.4549. Devlin & Roeder (1999), Biometrics 55:997-1004.
 * @param[in,out] chi2  [n] in any order, which changes; n = 0 gives NaN.
 */
TQ_API double tq_genomic_lambda(double *chi2, size_t n);

/** |z| of a two-sided p-value, 0 < p <= 1. */
TQ_API double tq_z_of_p(double p);

#endif
