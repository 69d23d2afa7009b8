/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file asymmetry_internal.h  What the families of tests of small-study effects share. */
#ifndef TQ_BIAS_ASYMMETRY_INTERNAL_H
#define TQ_BIAS_ASYMMETRY_INTERNAL_H

#include "bias/asymmetry.h"

/* Room for one test at a time: of k studies and one coefficient more than the model has. */
typedef struct {
    const tq_bias_studies *s;
    tq_pool_options opt; /* without intervals of tau2 and predictions; its weights are [k] */
    tq_bias_predictor predictor;
    double alpha;
    double *y, *v, *w, *X; /* [k], [k], [k], [k (p + 1)] */
    tq_pool_work *work;
    tq_pool *fit;
} bias_room;

/* Fills *out, or says in out->why what is missing. A failure of the studies' own is no error. */
typedef tq_status bias_fn(bias_room *room, tq_bias_result *out, tq_error *err);

/* asymmetry_regression.c, asymmetry_rank.c, excess.c, skewness.c, adequate_power.c: by
   out->test */
bias_fn bias_adequate_power, bias_regression, bias_intercept, bias_begg, bias_schwarzer,
    bias_excess, bias_skewness;

/* The fit of a mean to the room's studies as they are. */
tq_status bias_mean(bias_room *room, tq_error *err);

/* Whether two groups are there with their events, for study i. */
int bias_has_table(const tq_bias_studies *s, size_t i);

/* 1, and why in out: the studies have moderators, of which the test knows nothing. */
int bias_has_moderators(const bias_room *room, tq_bias_result *out);

/* Why tables that are known tell nothing. */
#define BIAS_NO_EVENTS "no study has both events and non-events"

/* out->why := printf; returns TQ_OK: the test is done with. */
tq_status bias_cannot(tq_bias_result *out, const char *fmt, ...) TQ_PRINTF(2, 3);
/* The same from an error of a fit that lies in the studies; other errors are passed on. */
tq_status bias_failed(tq_bias_result *out, tq_status status, tq_error *inner, tq_error *err);

#endif
