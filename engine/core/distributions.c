/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reference distributions on GSL; quantiles are polished by one Newton step on the tail in use. */
#include "core/distributions.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_erf.h>
#include <gsl/gsl_sf_gamma.h>

#include "core/gsl_quiet.h"

double tq_two_sided_p(double x, double df)
{
    tq_gsl_quiet();
    if (isnan(x)) {
        return NAN;
    }
    /* erfc keeps relative accuracy far into the tail, where 1 - P would be 0. */
    return isnan(df) ? erfc(fabs(x) * M_SQRT1_2) : fmin(1.0, 2.0 * gsl_cdf_tdist_Q(fabs(x), df));
}

/*
 * The continued fraction of the incomplete beta function, I_x(a, b) a B(a, b) / (x^a (1 - x)^b), by
 * Lentz's method: DLMF 8.17.22. It converges fast for x < (a + 1) / (a + b + 2).
 */
static double beta_fraction(double x, double a, double b)
{
    double c = 1.0, d = 1.0 / (1.0 - (a + b) * x / (a + 1.0)), value = d;

    for (double m = 1.0; m < 1e4; m++) {
        const double even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));

        d = 1.0 / (1.0 + even * d);
        c = 1.0 + even / c;
        value *= d * c;
        d = 1.0 / (1.0 + odd * d);
        c = 1.0 + odd / c;
        value *= d * c;
        if (fabs(d * c - 1.0) < 1e-15) {
            break;
        }
    }
    return value;
}

/* log P(|T| > x) = log I_z(df / 2, 1 / 2) with z = df / (df + x^2), far in the tail. */
static double log_t_tail(double x, double df)
{
    const double a = 0.5 * df, r = x / df * x; /* x^2 alone may leave the range */
    const double log_z = isfinite(r) ? -log1p(r) : log(df) - 2.0 * log(fabs(x));
    const double z = 1.0 / (1.0 + r), rest = isfinite(r) ? r / (1.0 + r) : 1.0;

    return a * log_z + 0.5 * log(rest) - log(a) - gsl_sf_lnbeta(a, 0.5) +
           log(beta_fraction(z, a, 0.5));
}

double tq_two_sided_log10_p(double x, double df)
{
    const double p = tq_two_sided_p(x, df);

    /* Near the end of the range p loses digits, then is 0. */
    if (!(p < 1e-280) || isinf(x)) {
        return log10(p);
    }
    if (isnan(df) && fabs(x) > 1e4) {
        /* Abramowitz & Stegun (1964), 26.2.12: 1 / x^2 is nothing beside x^2 / 2. */
        return (0.5 * log(M_2_PI) - log(fabs(x)) - 0.5 * x * x) / M_LN10;
    }
    return (isnan(df) ? gsl_sf_log_erfc(fabs(x) * M_SQRT1_2) : log_t_tail(x, df)) / M_LN10;
}

double tq_normal_quantile(double p)
{
    tq_gsl_quiet();
    return gsl_cdf_ugaussian_Pinv(p);
}

/* x - (F(x) - p) / f(x), kept at x where the step is not a number or not small. */
static double polish(double x, double excess, double density)
{
    const double step = excess / density;

    return fabs(step) <= 1e-3 * fabs(x) ? x - step : x;
}

/* The x with P(T > x) = tail. */
static double t_upper_quantile(double tail, double df)
{
    const double x = gsl_cdf_tdist_Qinv(tail, df);

    return polish(x, tail - gsl_cdf_tdist_Q(x, df), gsl_ran_tdist_pdf(x, df));
}

double tq_t_quantile(double p, double df)
{
    tq_gsl_quiet();
    return p < 0.5 ? -t_upper_quantile(p, df) : t_upper_quantile(1.0 - p, df);
}

double tq_critical_value(double level, double df)
{
    const double tail = (100.0 - level) / 200.0;

    tq_gsl_quiet();
    return isnan(df) ? gsl_cdf_ugaussian_Qinv(tail) : t_upper_quantile(tail, df);
}

double tq_chisq_upper(double x, double df)
{
    tq_gsl_quiet();
    return df > 0.0 ? gsl_cdf_chisq_Q(x, df) : 1.0;
}

/*
 * With many degrees of freedom GSL's inverse, started at the mean, goes astray. Wilson & Hilferty (1931),
 * Proc. Natl. Acad. Sci. 17:684-688: (x / df)^(1/3) is nearly normal; Newton steps on the tail in use
 * make it exact.
 */
static double chisq_quantile_large(double p, double df)
{
    const double a = 2.0 / (9.0 * df), root = 1.0 - a + gsl_cdf_ugaussian_Pinv(p) * sqrt(a);
    double x = df * root * root * root;

    /* Beyond 1e7 the start is exact to 1e-12, and GSL's tail is not. */
    for (int i = 0; i < 4 && df <= 1e7; i++) {
        const double excess =
            p > 0.5 ? (1.0 - p) - gsl_cdf_chisq_Q(x, df) : gsl_cdf_chisq_P(x, df) - p;

        x = polish(x, excess, gsl_ran_chisq_pdf(x, df));
    }
    return x;
}

/* From here on the cube root is normal enough that four steps settle every tail down to 1e-300. */
static const double LARGE_DF = 1e4;

double tq_chisq_quantile(double p, double df)
{
    tq_gsl_quiet();
    if (df > LARGE_DF && p > 0.0 && p < 1.0) {
        return chisq_quantile_large(p, df);
    }
    if (p > 0.5) {
        const double x = gsl_cdf_chisq_Qinv(1.0 - p, df);

        return polish(x, (1.0 - p) - gsl_cdf_chisq_Q(x, df), gsl_ran_chisq_pdf(x, df));
    }
    /* GSL's inverse fails far out in this tail, where P(z) = z^a / gamma(a + 1) (1 - a z / (a + 1))
       with z = x / 2, a = df / 2; 1e-8 leaves an error of z^2 = 1e-16. */
    const double a = 0.5 * df, z = exp((log(p) + gsl_sf_lngamma(a + 1.0)) / a);

    if (z < 1e-8) {
        return 2.0 * z * (1.0 + z / (a + 1.0));
    }
    const double x = gsl_cdf_chisq_Pinv(p, df);

    return polish(x, gsl_cdf_chisq_P(x, df) - p, gsl_ran_chisq_pdf(x, df));
}

double tq_f_upper(double x, double df1, double df2)
{
    tq_gsl_quiet();
    return gsl_cdf_fdist_Q(x, df1, df2);
}
