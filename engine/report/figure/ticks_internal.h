/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ticks that readers can read: 1 to 7 round values whose labels do not touch. */
#ifndef TQ_REPORT_FIGURE_TICKS_INTERNAL_H
#define TQ_REPORT_FIGURE_TICKS_INTERNAL_H

#include "core/arena.h"
#include "report/figure/forest.h"

/* Size of tick labels in points. */
#define TICK_FONT 7.5
/* Below log(DBL_MAX) = 709.8 and -log(DBL_MIN) = 708.4. */
#define TICKS_LARGEST_LOG 700.0

/** An axis that wants ticks: its ends on the axis scale, and what it measures on paper. */
typedef struct {
    double lo, hi;
    double length; /* points */
    int upright;   /* 1: labels stand above each other, not side by side */
} tick_range;

/**
 * Choose the ticks of an axis; log_axis: the axis scale is the logarithm of what labels say.
 * @param[in]  arena  Holds ticks and labels. Minus signs of labels are typeset as such.
 * @retval TQ_ENOMEM
 */
tq_status ticks_choose(tick_range r, int log_axis, tq_arena *arena, tq_forest_tick **tick,
                       size_t *n, tq_error *err);

#endif
