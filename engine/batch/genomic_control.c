/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Genomic control. */
#include "batch/genomic_control.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

#include "core/gsl_quiet.h"

/* Median of the chi-square distribution with 1 degree of freedom: the square of the normal's third
   quartile. */
#define CHI2_MEDIAN 0.45493642311957283

double tq_genomic_lambda(double *chi2, size_t n)
{
    return n > 0 ? gsl_stats_median(chi2, 1, n) / CHI2_MEDIAN : (double)NAN;
}

double tq_z_of_p(double p)
{
    tq_gsl_quiet();
    return gsl_cdf_ugaussian_Qinv(0.5 * p);
}
