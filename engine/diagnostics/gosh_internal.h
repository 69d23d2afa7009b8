/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file gosh_internal.h  What is kept of the models of subsets: values, or counts in bins. */
#ifndef TQ_DIAGNOSTICS_GOSH_INTERNAL_H
#define TQ_DIAGNOSTICS_GOSH_INTERNAL_H

#include "diagnostics/gosh.h"

typedef struct gosh_tally gosh_tally;

/* For up to n models of k studies whose estimates lie in [lo, hi]; NULL: memory is short. */
gosh_tally *gosh_tally_new(size_t k, uint64_t n, double lo, double hi);
void gosh_tally_free(gosh_tally *t);
/* Count models; *out gets the cells of its picture. */
void gosh_tally_add(gosh_tally *t, const tq_gosh_stretch *s, tq_gosh *out);
/* Quantiles and medians into *out, whose arrays are made. @retval TQ_ENOMEM */
tq_status gosh_tally_summarise(gosh_tally *t, tq_gosh *out, tq_error *err);

/* gosh_batch.c: fits of subsets side by side, where tq_batch_suits(). */
typedef struct gosh_batch gosh_batch;

/* For up to n subsets at a time; NULL: memory is short. */
gosh_batch *gosh_batch_new(const tq_model *model, const tq_pool_options *opt, size_t n,
                           size_t threads);
void gosh_batch_free(gosh_batch *b);
/* The models of n subsets, each of as many words as the studies need. @retval TQ_ENOMEM */
tq_status gosh_batch_fit(gosh_batch *b, const uint64_t *member, size_t n, tq_gosh_model *model,
                         tq_error *err);

#endif
