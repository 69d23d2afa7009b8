/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file mean_interval_internal.h  The kinds of intervals of the pooled effect. */
#ifndef TQ_POOLING_MEAN_INTERVAL_INTERNAL_H
#define TQ_POOLING_MEAN_INTERVAL_INTERNAL_H

#include "pooling/mean_interval.h"

typedef struct {
    const tq_model *model;
    const tq_pool_options *opt;
    const tq_mean_interval_options *how;
    const tq_pool *fit;
} mean_interval_input;

typedef tq_status mean_interval_fn(const mean_interval_input *in, tq_mean_interval *out,
                                   tq_error *err);

/* mean_likelihood.c */
mean_interval_fn mean_likelihood;

#endif
