/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file method.h  The table of pooling methods: how tau2 is estimated. */
#ifndef TQ_POOLING_METHOD_H
#define TQ_POOLING_METHOD_H

#include <stddef.h>

#include "core/status.h"
#include "pooling/counts.h"

typedef enum {
    TQ_EE,
    TQ_FE,
    TQ_DL,
    TQ_DLIT,
    TQ_HE,
    TQ_CO,
    TQ_HS,
    TQ_HSK,
    TQ_SJ,
    TQ_SJIT,
    TQ_ML,
    TQ_REML,
    TQ_EB,
    TQ_PM,
    TQ_PMM,
    TQ_GENQ,
    TQ_GENQM,
    TQ_IVHET,
    TQ_HC,
    TQ_UWLS,
    TQ_QE,
    TQ_MH,
    TQ_PETO,
    TQ_GLMM,
    TQ_BB,
    TQ_FIRTH,
    TQ_METHOD_COUNT
} tq_method;

/** Name as on the command line ("REML"), NULL outside the range. */
TQ_API const char *tq_method_name(tq_method method);
/** For reports: "restricted maximum likelihood". */
TQ_API const char *tq_method_label(tq_method method);
/** Author (year), journal volume:pages. */
TQ_API const char *tq_method_source(tq_method method);
/** 1 when the method fits a model with tau2. */
TQ_API int tq_method_random(tq_method method);
/** The scales of counts that the method pools (TQ_COUNT_BIT each); 0: it pools effects. */
TQ_API unsigned tq_method_counts(tq_method method);
/**
 * Whether the method works for counts on a scale (TQ_COUNT_COUNT: there are none).
 * @retval TQ_EINVAL  It pools counts, but not these; the message names the measures that it pools.
 */
TQ_API tq_status tq_method_check(tq_method method, tq_count_scale scale, tq_error *err);
/** The method called name (exact), or TQ_METHOD_COUNT. */
TQ_API tq_method tq_method_find(const char *name);

#endif
