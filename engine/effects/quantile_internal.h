/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file quantile_internal.h  What the methods for samples reported by quantiles share. */
#ifndef TQ_EFFECTS_QUANTILE_INTERNAL_H
#define TQ_EFFECTS_QUANTILE_INTERNAL_H

#include <stddef.h>

#include "effects/quantile_summaries.h"

enum { AT_MIN, AT_Q1, AT_MEDIAN, AT_Q3, AT_MAX, QUANTILES };

/* A sample whose quantiles are in order; those that its case does not have are NaN. */
typedef struct {
    tq_quantiles_case given;
    double x[QUANTILES];
    double n;
} quantile_sample;

typedef struct {
    double mean, sd;
} quantile_pair;

/* Distances of the expected quartiles, and of the expected extremes, from the mean of a normal
   sample, in SDs: Blom's approximation as in Wan et al. (2014), eq. 9 and 16. */
double expected_quartile(double n);
double expected_extreme(double n);

double luo_mean(const quantile_sample *s);
double wan_sd(const quantile_sample *s);

/* The methods in files of their own; s has a range > 0. They write mean, sd, fitted, lambda and why
   of out. */
tq_status quantiles_fit(const quantile_sample *s, tq_quantiles_moments *out, tq_error *err);
tq_status quantiles_box_cox(const quantile_sample *s, tq_quantiles_moments *out, tq_error *err);
tq_status quantiles_likelihood(const quantile_sample *s, tq_quantiles_moments *out, tq_error *err);

typedef double minimise_fn(const double *x, void *context);

/* Least f(x) in [lo, hi] on a grid, then by Brent's method between the neighbours of the best point,
   unless that is an end. f may be infinite, not NaN. */
tq_status minimise_line(minimise_fn *f, void *context, double lo, double hi, double *x, double *fx,
                        tq_error *err);
/* A minimum of f near x[2] by Nelder and Mead's simplex with sides step[2], started twice. */
tq_status minimise_plane(minimise_fn *f, void *context, double *x, const double *step, double *fx,
                         tq_error *err);

#endif
