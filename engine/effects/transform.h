/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file transform.h  From the analysis scale to the natural scale (log odds ratio to odds ratio). */
#ifndef TQ_EFFECTS_TRANSFORM_H
#define TQ_EFFECTS_TRANSFORM_H

#include <stddef.h>

#include "core/api.h"

/** One way back to the natural scale; rows of a static table. */
typedef struct {
    const char *name;                    /* "exp", "none", "ilogit", "itanh", "ift", ... */
    const char *label;                   /* "exponential", for reports */
    int log_axis;                        /* 1 when a figure draws this scale on a log axis */
    double (*apply)(double y, double n); /* monotone; NaN outside the range */
    int decreasing; /* 1: larger y are smaller here, and the limits of an interval change places */
} tq_transform;

/** The row called name (exact), or NULL. */
TQ_API const tq_transform *tq_transform_find(const char *name);
/** The i-th row, NULL past the end; for help and hints. */
TQ_API const tq_transform *tq_transform_at(size_t i);
/** The valid name nearest to a mistyped one, or NULL. */
TQ_API const char *tq_transform_nearest(const char *name);

/**
 * y on the natural scale. n is the sample size that the Freeman-Tukey inverse needs (the harmonic
 * mean of the studies' sizes for a pooled value: Miller 1978, Am. Stat. 32:138), for rates the
 * person-time; others ignore it.
 */
TQ_API double tq_transform_apply(const tq_transform *t, double y, double n);

#endif
