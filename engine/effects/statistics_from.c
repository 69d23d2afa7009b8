/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formulas between the statistics that studies report. */
#include "effects/statistics_from.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>

#include "core/distributions.h"
#include "core/gsl_quiet.h"
#include "effects/effects_internal.h"

static int is_df(double df)
{
    return isnan(df) || (df > 0.0 && isfinite(df));
}

static int is_size(double n)
{
    return n > 0.0 && isfinite(n);
}

/* NaN out of range. */
static double critical(double level, double df)
{
    return level > 0.0 && level < 100.0 && is_df(df) ? tq_critical_value(level, df) : NAN;
}

static double finite_or_nan(double x)
{
    return isfinite(x) ? x : NAN;
}

double tq_t_from_p(double p, double df)
{
    if (!(p > 0.0 && p <= 1.0) || !is_df(df)) {
        return NAN;
    }
    tq_gsl_quiet();
    return isnan(df) ? gsl_cdf_ugaussian_Qinv(0.5 * p) : t_from_signed_p(p, df);
}

double tq_t_from_f(double f, double sign)
{
    return f >= 0.0 && isfinite(f) && !isnan(sign) ? copysign(sqrt(f), sign) : NAN;
}

double tq_chisq1_from_p(double p)
{
    const double z = tq_t_from_p(p, NAN);

    return z * z;
}

double tq_se_from_ci(double lb, double ub, double level, double df)
{
    return lb <= ub ? finite_or_nan((ub - lb) / (2.0 * critical(level, df))) : NAN;
}

double tq_se_from_limit(double estimate, double limit, double level, double df)
{
    return finite_or_nan(fabs(limit - estimate) / critical(level, df));
}

double tq_se_from_t(double estimate, double t)
{
    return estimate != 0.0 ? finite_or_nan(fabs(estimate / t)) : NAN;
}

double tq_se_from_p(double estimate, double p, double df)
{
    return tq_se_from_t(estimate, tq_t_from_p(p, df));
}

double tq_sd_from_se(double se, double n)
{
    return se >= 0.0 && is_size(n) ? finite_or_nan(se * sqrt(n)) : NAN;
}

double tq_sd_from_ci(double lb, double ub, double level, double n)
{
    return n > 1.0 ? tq_sd_from_se(tq_se_from_ci(lb, ub, level, n - 1.0), n) : NAN;
}

double tq_sd_from_se_difference(double se, double n1, double n2)
{
    return se >= 0.0 && is_size(n1) && is_size(n2) ? finite_or_nan(se / sqrt(1.0 / n1 + 1.0 / n2))
                                                   : NAN;
}

/* sd1^2 + sd2^2 - 2 r sd1 sd2 as (sd1 - sd2)^2 + 2 (1 - r) sd1 sd2, both terms >= 0. */
double tq_sd_of_change(double sd1, double sd2, double r)
{
    if (!(sd1 >= 0.0 && sd2 >= 0.0 && fabs(r) <= 1.0)) {
        return NAN;
    }
    return finite_or_nan(hypot(sd1 - sd2, sqrt(2.0 * (1.0 - r)) * sqrt(sd1) * sqrt(sd2)));
}

/* (sd1^2 + sd2^2 - change^2) / (2 sd1 sd2), in ratios so that no square overflows. */
double tq_r_from_sds(double sd1, double sd2, double sd_change)
{
    if (!(sd1 > 0.0 && sd2 > 0.0 && sd_change >= 0.0)) {
        return NAN;
    }
    return finite_or_nan(0.5 * (sd1 / sd2 + sd2 / sd1 - sd_change / sd1 * (sd_change / sd2)));
}

double tq_d_from_t(double t, double n1, double n2)
{
    return is_size(n1) && is_size(n2) ? finite_or_nan(t * sqrt(1.0 / n1 + 1.0 / n2)) : NAN;
}

double tq_t_from_d(double d, double n1, double n2)
{
    return is_size(n1) && is_size(n2) ? finite_or_nan(d / sqrt(1.0 / n1 + 1.0 / n2)) : NAN;
}

double tq_r_from_t(double t, double df)
{
    return is_size(df) ? finite_or_nan(t / hypot(t, sqrt(df))) : NAN;
}

double tq_t_from_r(double r, double df)
{
    return is_size(df) && fabs(r) < 1.0 ? r * sqrt(df) / sqrt((1.0 - r) * (1.0 + r)) : NAN;
}

double tq_r_from_d(double d, double n1, double n2)
{
    return tq_r_from_t(tq_t_from_d(d, n1, n2), n1 + n2 - 2.0);
}

double tq_d_from_r(double r, double n1, double n2)
{
    return tq_d_from_t(tq_t_from_r(r, n1 + n2 - 2.0), n1, n2);
}

double tq_d_from_log_odds_ratio(double log_odds_ratio)
{
    return finite_or_nan(log_odds_ratio * (sqrt(3.0) / M_PI));
}

double tq_log_odds_ratio_from_d(double d)
{
    return finite_or_nan(d * (M_PI / sqrt(3.0)));
}
