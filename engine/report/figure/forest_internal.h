/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the forest plot share: the axis, and the size it is made for. */
#ifndef TQ_REPORT_FIGURE_FOREST_INTERNAL_H
#define TQ_REPORT_FIGURE_FOREST_INTERNAL_H

#include "report/figure/forest.h"

/* Width of the plot column in points: ticks are chosen to fit. */
#define FOREST_PLOT_WIDTH 190.0

/**
 * Set lo, hi and the ticks of a forest whose rows, null value and kind of axis are set.
 * @param[in] limits  lo and hi on the axis scale, or NULL: chosen from the marks.
 * @retval TQ_ENOMEM
 */
tq_status forest_axis(tq_forest *forest, const double limits[2]);

#endif
