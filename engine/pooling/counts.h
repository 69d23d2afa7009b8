/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file counts.h  Events of studies, for the methods that work on counts instead of effects. */
#ifndef TQ_POOLING_COUNTS_H
#define TQ_POOLING_COUNTS_H

#include <stddef.h>

#include "core/api.h"

/** What is pooled: the scale of yi, and so the distribution of the events. */
typedef enum {
    TQ_COUNT_OR,   /* log odds ratio of two groups, binomial */
    TQ_COUNT_RR,   /* log risk ratio */
    TQ_COUNT_RD,   /* risk difference */
    TQ_COUNT_IRR,  /* log incidence rate ratio of two groups, Poisson */
    TQ_COUNT_IRD,  /* incidence rate difference */
    TQ_COUNT_PLO,  /* log odds of one group, binomial */
    TQ_COUNT_IRLN, /* log incidence rate of one group, Poisson */
    TQ_COUNT_PETO, /* log odds ratio of two groups, binomial, by observed minus expected events */
    TQ_COUNT_COUNT
} tq_count_scale;

/** A set of scales, one bit each. */
#define TQ_COUNT_BIT(scale) (1u << (scale))

/** The scale of an effect-size measure by its code ("OR"); TQ_COUNT_COUNT: none. */
TQ_API tq_count_scale tq_count_scale_find(const char *measure);
/** Code of the measure, NULL outside the range. */
TQ_API const char *tq_count_scale_name(tq_count_scale scale);
/** 1 when the events of the scale are among people (binomial), not over time (Poisson). */
TQ_API int tq_count_scale_binomial(tq_count_scale scale);

/**
 * Events as they were observed: no increment for zero cells. Borrowed by every function that takes
 * it. Groups without events, and studies without any, are in place; a study may lack yi and vi then
 * (NaN in the model). On the scale of Peto, the counts of a study that gives observed minus expected
 * events alone are NaN; yi = (O - E) / V and vi = 1 / V tell them.
 */
typedef struct {
    tq_count_scale scale;
    const double *x1,
        *n1; /* [k] events (>= 0), and size (>= events) or person-time (> 0); group 1 */
    const double *x2, *n2; /* [k] the same of group 2; NULL for scales of one group */
} tq_counts;

/** What k studies lack that determines no ratio, difference or rate; static text ("no study has events
    in group 1"). NULL where one group lacks nothing. */
TQ_API const char *tq_counts_lack(const tq_counts *counts, size_t k);

#endif
