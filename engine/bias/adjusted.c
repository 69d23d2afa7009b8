/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wald tests of adjusted effects, and the logarithm of the normal distribution that selection needs. */
#include "bias/adjusted.h"

#include <math.h>

#include <gsl/gsl_sf_erf.h>

#include "core/distributions.h"

tq_adjusted tq_adjusted_of(double est, double se, double df, double null_value, double level)
{
    tq_adjusted out = {est, NAN, NAN, NAN, NAN, NAN, NAN};

    if (se > 0.0 && isfinite(se)) {
        const double half = se * tq_critical_value(level, df);

        out.se = se;
        out.df = df;
        out.stat = (est - null_value) / se;
        out.pval = tq_two_sided_p(out.stat, df);
        out.ci_lb = est - half;
        out.ci_ub = est + half;
    }
    return out;
}

double tq_log_normal_cdf(double x)
{
    return gsl_sf_log_erfc(-x * 0.70710678118654752440) - 0.69314718055994530942; /* log 2 */
}

double tq_mills_inverse(double x)
{
    return exp(-0.5 * (x * x + TQ_LOG_2PI) - tq_log_normal_cdf(x));
}
