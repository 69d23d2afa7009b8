/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file significance_internal.h  Studies turned so that the favoured direction is upwards. */
#ifndef TQ_BIAS_SIGNIFICANCE_INTERNAL_H
#define TQ_BIAS_SIGNIFICANCE_INTERNAL_H

#include "bias/significance.h"

/* Effects relative to no effect, times `sign`. */
typedef struct {
    size_t k;
    double sign; /* 1: large effects are favoured, -1: small ones */
    double null_value;
    double critical;  /* z beyond which a study is significant in that direction */
    double *y, *s;    /* [k] effect, standard error */
    int *affirmative; /* [k] 1: y / s > critical */
    size_t n_affirmative;
} turned_studies;

/* what: who asks, for messages. alpha: two-sided level. Free with turned_free(), also after a failure.
   @retval TQ_EINVAL  Moderators; alpha, null_value or favour outside its range.
   @retval TQ_EDATA   k < 1; a yi or vi outside its range.
   @retval TQ_ENOMEM */
tq_status turned_make(const tq_model *model, tq_favour favour, double alpha, double null_value,
                      const char *what, turned_studies *out, tq_error *err);
void turned_free(turned_studies *t);

#endif
