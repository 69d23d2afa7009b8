/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file adjusted.h  A pooled effect as a method for publication bias leaves it. */
#ifndef TQ_BIAS_ADJUSTED_H
#define TQ_BIAS_ADJUSTED_H

#include "core/api.h"

/** What does not exist is NaN. */
typedef struct {
    double est, se;
    double stat, df, pval; /* Wald test of no effect; df NaN: standard normal */
    double ci_lb, ci_ub;
} tq_adjusted;

/** An estimate with its Wald test and interval. level in percent; df NaN: standard normal. A standard
    error that does not exist leaves the estimate alone. */
TQ_API tq_adjusted tq_adjusted_of(double est, double se, double df, double null_value,
                                  double level);

/** log P(Z <= x) of the standard normal, also far in the tail; the density divided by that. */
TQ_API double tq_log_normal_cdf(double x);
TQ_API double tq_mills_inverse(double x);

#endif
