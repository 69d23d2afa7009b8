/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file residuals_internal.h  The parts that residuals are made of, for what else case deletion gives. */
#ifndef TQ_DIAGNOSTICS_RESIDUALS_INTERNAL_H
#define TQ_DIAGNOSTICS_RESIDUALS_INTERNAL_H

#include "diagnostics/residuals.h"

/* All NaN, then what the fit itself gives. */
tq_status residuals_of_fit(const tq_model *m, const tq_pool *fit, tq_residual *out, tq_error *err);

/* 1 where the weights are 1 / Mi, and follow tau2. */
int residuals_optimal_weights(const tq_pool_options *opt);
/* 1 where tau2 is known and the weights are 1 / Mi: the fit without a study is a downdate. */
int residuals_have_closed_form(const tq_pool_options *opt, const tq_pool *fit);
/* Knapp-Hartung factor of the downdated fit without a study; 1 where the test has none. */
double residuals_deleted_factor(const tq_model *m, const tq_pool *fit, const tq_residual *r,
                                size_t i);
/* 1 where a model of k - 1 studies with p coefficients exists, and the study has a residual. */
int residuals_deletable(const tq_model *m, const tq_residual *r);
/* The deleted residuals by downdates. */
void residuals_downdate(const tq_model *m, const tq_pool *fit, tq_residual *out);
/* The deleted residual of study i from the fit without it. */
void residuals_deleted(const tq_model *m, const tq_pool *without, size_t i, tq_residual *out);

/* What the test, or the method, multiplies variances with. */
double residuals_factor(const tq_pool *fit, double kh);
/* The studies but the i-th into index[k - 1]; how many they are. */
size_t residuals_others(size_t k, size_t i, size_t *index);

#endif
