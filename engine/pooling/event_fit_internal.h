/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file event_fit_internal.h  Between a model and the likelihoods of counts/: studies in, tests out. */
#ifndef TQ_POOLING_EVENT_FIT_INTERNAL_H
#define TQ_POOLING_EVENT_FIT_INTERNAL_H

#include "counts/response.h"
#include "pooling/pool_internal.h"

/* The studies whose events enter a likelihood, side by side. */
typedef struct {
    size_t k;              /* of model->k */
    size_t *at;            /* [k] study of the model */
    tq_count_study *study; /* [k] */
    double *X;             /* [k x p] */
    double *weight;        /* [k] for the likelihood to fill */
    double *limits;        /* [3 p] statistics and limits, for a likelihood that has its own */
    int groups;            /* 1 or 2 */
} event_data;

/*
 * all = 0 leaves out the studies of two groups that tell nothing about a ratio: without events, or, of
 * proportions, with nothing else. Needs event_data_free() also after a failure.
 */
tq_status event_data_gather(const tq_model *model, int all, event_data *out, tq_error *err);
void event_data_free(event_data *data);

/*
 * How such a fit begins: counts within their ranges, those that count gathered, and the head of a fit of
 * so many studies; one has test z. Needs event_data_free() also after a failure, of data set to {0}.
 */
tq_status event_begin(const tq_model *model, const tq_pool_options *opt, int all, event_data *data,
                      tq_pool *fit, tq_error *err);

/* Why the counts have no finite maximum of a likelihood without moderators: in each study as few (or as
   many) events of group 1 as its margins allow, or a total without events. NULL: they have one. */
const char *event_lack(const tq_model *model);
/* The same for the groups' totals, each by itself. */
const char *event_lack_of_totals(const tq_model *model);

/* Where an error of a likelihood names one of the gathered studies, name that of the model. */
tq_status event_data_locate(const event_data *data, tq_status status, tq_error *err);

/* Weights in percent of their sum; 0 for the studies left out. */
void event_weights(const tq_model *model, const event_data *data, tq_pool *fit);

/* Tests, intervals and omnibus test from beta and vb; the prediction of models without moderators. */
void event_tests(const tq_model *model, tq_pool_work *g, tq_pool *fit);

/* Nothing follows from the counts: NaN throughout, and why. */
tq_status event_none(const tq_model *model, const char *why, tq_pool *fit);

/* @retval TQ_EDATA  k studies with events are too few for the coefficients: always. */
tq_status event_few(const tq_model *model, size_t k, tq_error *err);

#endif
