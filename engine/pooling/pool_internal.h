/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file pool_internal.h  The stages of a fit: each fills its part of tq_pool. */
#ifndef TQ_POOLING_POOL_INTERNAL_H
#define TQ_POOLING_POOL_INTERNAL_H

#include "pooling/tau2_internal.h"
#include "pooling/wald.h"

/* pool.c: the stages one after the other, for methods that add to them or change their result. */
pool_fit_fn pool_fit_stages;

/* weights.c: weights of a method of its own into g->a, in the kernels' order; 0: it has none. */
int pool_own_weights(tq_pool_work *g, const tq_pool_options *opt);

/* pool.c: options outside their ranges, and what methods and tests need. */
tq_status pool_check_options(const tq_model *model, const tq_pool_options *opt, tq_error *err);
/* pool.c: tau2 of the loaded problem, as given or by the method. */
tq_status pool_estimate_tau2(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out,
                             tq_error *err);

/* coefficients.c: beta, vb, vb_model, kr and kh, in the orthonormal basis and the kernels' units, at tau2 = t. */
tq_status pool_estimate(tq_pool_work *g, const tq_pool_options *opt, double t, tq_pool *fit,
                        tq_error *err);
/* coefficients.c: QM and its degrees of freedom, the Wald test that every coefficient but the intercept
   is 0, from beta and vb in the caller's columns; none where the covariance has collapsed
   (Knapp-Hartung with a perfect fit). */
void pool_omnibus(tq_pool_work *g, tq_pool *fit);
/* Tests and intervals of the coefficients from beta and vb. */
void pool_test_coefficients(tq_pool *fit);
/* Tests and intervals of the coefficients, and the omnibus test with its p-value, from beta and vb. */
void pool_tests(tq_pool_work *g, tq_pool *fit);
/* @retval TQ_EDATA  A coefficient or its variance is no positive number: a moderator of 1e160 has one
   whose variance is 0 in double, and no test follows from that. */
tq_status pool_check_range(const tq_pool *fit, tq_error *err);
/* pool.c: log-likelihood, AIC, BIC and AICc of n observations. */
void pool_criteria(double ll, double parameters, double n, tq_pool *fit);
/* pool.c: the head of a fit, and NaN for every number that a stage may find. */
void pool_head(const tq_model *model, const tq_pool_options *opt, tq_pool *fit);

/* coefficients.c: beta, vb, tests, QM and weights at tau2 = t (kernel units). */
tq_status pool_coefficients(tq_pool_work *g, const tq_pool_options *opt, double t, tq_pool *fit,
                            tq_error *err);

/* wald.c: degrees of freedom of c'beta under the test in use, from c'kr c and its variance; NaN: normal. */
double pool_df(const tq_pool *fit, double kr, double variance);
/* wald.c: standard error, degrees of freedom and half width of the interval of c'beta, from the same. */
typedef struct {
    double se, df, half;
} pool_width;
pool_width pool_width_of(const tq_pool *fit, double variance, double kr);
/* wald.c: those of est = c'beta with the test of est = rhs. */
void pool_linear(const tq_pool *fit, double est, double rhs, double variance, double kr,
                 tq_linear *out);
/* wald.c: the joint test of m combinations, but its p-value, from their Wald statistic, the inverse of
   their covariance [m x m] and, for the test kr, their block of fit->kr; product [m x m] is scratch. */
void pool_wald_statistic(const tq_pool *fit, size_t m, double wald, const double *inverse,
                         const double *kr, double *product, tq_wald *out);
double pool_wald_p(double stat, double df1, double df2);

/* tau2_ci.c: limits of tau2, I2, H2. I2 and H2 follow from fit->typical_vi. */
tq_status pool_tau2_ci(tq_pool_work *g, const tq_pool_options *opt, tq_pool *fit, tq_error *err);

/* prediction.c */
void pool_prediction(tq_pool *fit);
/* prediction_nnf.c */
tq_status pool_prediction_nnf(tq_pool_work *g, const tq_pool_options *opt, tq_pool *fit,
                              tq_error *err);

#endif
