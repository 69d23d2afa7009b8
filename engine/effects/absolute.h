/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file absolute.h  What a pooled effect means for people: risks, rates and means at that of a control group. */
#ifndef TQ_EFFECTS_ABSOLUTE_H
#define TQ_EFFECTS_ABSOLUTE_H

#include <stddef.h>

#include "core/api.h"

/** What the control group's value is, and so what an effect makes of it. */
typedef enum {
    TQ_ABSOLUTE_NONE, /* the measure has no such reading */
    TQ_ABSOLUTE_RISK, /* of an event, in [0, 1] */
    TQ_ABSOLUTE_RATE, /* events by person-time, >= 0 */
    TQ_ABSOLUTE_MEAN, /* of the outcome */
    TQ_ABSOLUTE_COUNT
} tq_absolute_kind;

/** What the measure with this code ("OR") reads as. */
TQ_API tq_absolute_kind tq_absolute_kind_of(const char *measure);

/**
 * The value of group 1 that an effect means beside `control`, that of group 2:
 *
 *     RR, IRR, ROM:  effect control          OR, PETO:  effect control / (1 - control + effect control)
 *     RD, IRD, MD:   control + effect        HR:        1 - (1 - control)^effect
 *
 * Risks are kept within [0, 1], rates >= 0.
 *
 * @param[in]  measure  Code.
 * @param[in]  effect   On the natural scale: a ratio, a difference.
 * @param[in]  control  Within the range of its kind.
 * @return NaN where the measure has no such reading (standardised differences need an SD), an argument
 *         is NaN, or control lies outside its range.
 *
 * Source: Schünemann et al. (2019), Cochrane Handbook for Systematic Reviews of Interventions, 2nd ed.,
 * ch. 14-15 (section 15.4.4).
 */
TQ_API double tq_absolute_value(const char *measure, double effect, double control);

/** The median of n values, those that are NaN left out: NaN where none is left. room: [n]. */
TQ_API double tq_median_of(const double *x, size_t n, double *room);

#endif
