/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file bivariate_normal.h  The standard bivariate normal distribution. */
#ifndef TQ_CORE_BIVARIATE_NORMAL_H
#define TQ_CORE_BIVARIATE_NORMAL_H

#include "core/api.h"

/**
 * P(X <= h, Y <= k) for standard normal X and Y with correlation rho, to about 1e-15. Limits may be
 * infinite. NaN where an argument is NaN or |rho| > 1.
 *
 * Source: Drezner & Wesolowsky (1990), J. Stat. Comput. Simul. 35:101-107, with the expansion
 * around |rho| = 1 of Genz (2004), Stat. Comput. 14:251-260.
 */
TQ_API double tq_bivariate_normal(double h, double k, double rho);

/** The density at (h, k); |rho| < 1. */
TQ_API double tq_bivariate_normal_density(double h, double k, double rho);

#endif
