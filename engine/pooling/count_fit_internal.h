/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file count_fit_internal.h  What the closed-form methods that pool counts share. */
#ifndef TQ_POOLING_COUNT_FIT_INTERNAL_H
#define TQ_POOLING_COUNT_FIT_INTERNAL_H

#include "pooling/pool_internal.h"

/* Counts within their ranges. */
tq_status count_fit_check_counts(const tq_model *model, tq_error *err);

/* Refuse a given tau2, and weights. */
tq_status count_fit_no_tau2(const tq_pool_options *opt, tq_error *err);
tq_status count_fit_own_weights(const tq_pool_options *opt, tq_error *err);

/* Refuse what such a method does not have: moderators, other tests than z, a given tau2, weights. */
tq_status count_fit_check_options(const tq_model *model, const tq_pool_options *opt, tq_error *err);

/* The same, and counts outside their ranges. */
tq_status count_fit_check(const tq_model *model, const tq_pool_options *opt, tq_error *err);

/* The pooled effect with its test and interval; NaN throughout, and why, unless beta is finite and
   var > 0. */
void count_fit_effect(const tq_counts *counts, double beta, double var, tq_pool *fit);

/* The studies that have an effect, around the pooled one: Q and what follows from it. */
void count_fit_heterogeneity(double Q, size_t studies, tq_pool *fit);

/* Sum of (yi - beta)^2 / vi over the studies that have an effect, and how many they are. */
double count_fit_residual(const tq_model *model, double beta, size_t *studies);

/* Likelihood of the effects at the pooled one, which was not chosen to maximise it. */
void count_fit_statistics(const tq_model *model, double beta, tq_pool *fit);

/* Make the weights percent of their sum; NaN where that is 0. */
void count_fit_percent(size_t k, double *weight);

/* A 2 x 2 table by its margins. */
typedef struct {
    double a, b, c, d; /* events and non-events of group 1, then of group 2 */
    double n1, n2, N;
    double m; /* events of both groups */
} count_table;

count_table count_table_at(const tq_counts *counts, size_t i);

/* Events of group 1 less those expected without an association, (ad - bc) / N, and their variance in
   the hypergeometric distribution: Mantel & Haenszel (1959), J. Natl. Cancer Inst. 22:719-748. */
double count_table_excess(const count_table *t);
double count_table_variance(const count_table *t);

/* breslow_day.c: whether the odds ratios are equal to the pooled one, psi. */
void breslow_day(const tq_counts *counts, size_t k, double psi, tq_statistic *bd, tq_statistic *ta);

#endif
