/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file distributions.h  Tail probabilities and quantiles of the reference distributions. */
#ifndef TQ_CORE_DISTRIBUTIONS_H
#define TQ_CORE_DISTRIBUTIONS_H

#include "core/api.h"

#define TQ_LOG_2PI 1.8378770664093454836 /* log(2 pi) */

/* df may be fractional. Tails keep their relative accuracy down to about 1e-300. */

/** P(|Z| > |x|) for the standard normal, or for t with df degrees of freedom unless df is NaN. */
TQ_API double tq_two_sided_p(double x, double df);
/** log10 of tq_two_sided_p(), also where that is too small for a double; -infinity where x * x is too large. */
TQ_API double tq_two_sided_log10_p(double x, double df);
/** The x with P(|Z| > x) = 1 - level / 100; df as above. */
TQ_API double tq_critical_value(double level, double df);

TQ_API double tq_normal_quantile(double p);
TQ_API double tq_t_quantile(double p, double df);
/** P(chi2_df > x); 1 for df = 0 (a point mass at 0). */
TQ_API double tq_chisq_upper(double x, double df);
TQ_API double tq_chisq_quantile(double p, double df);
/** P(F_{df1,df2} > x). */
TQ_API double tq_f_upper(double x, double df1, double df2);

#endif
