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

/* More effects than these are listed as they come: nobody reads their clusters. */
enum { FOREST_MOST_NESTED = 2000 };

/* forest_nested.c: texts into the arena, NULL where memory is short. */

/* Level g of the outermost factor of a multilevel model: its name, or of a number "study 5". */
const char *forest_cluster_name(tq_arena *arena, const tq_analysis *a, size_t g);
/* Effect i among those of its cluster: its label without the cluster's name, or where all have the same its
   innermost level, "esid 3". */
const char *forest_effect_name(tq_arena *arena, const tq_analysis *a, size_t i);
/* Effect i, which is all of its cluster: "Vega 2015", "study 5: pain". */
const char *forest_alone_name(tq_arena *arena, const tq_analysis *a, size_t i);
/* Effect i where it does not stand below its cluster: its label, or where all of the cluster have the same
   "study 5, esid 3". */
const char *forest_full_name(tq_arena *arena, const tq_analysis *a, size_t i);
/* "cluster-robust (CR2, 17 clusters by study)" */
const char *forest_robust_text(tq_arena *arena, const tq_analysis *a);

/* forest_choice.c */

/* Refuse columns and orders that do not exist. @retval TQ_EINVAL */
tq_status forest_check_choice(const tq_analysis *a, const tq_forest_options *opt, tq_error *err);
/* Set the columns of a forest; effect: heading of the estimates. @retval 0  Memory is short. */
int forest_columns(const tq_analysis *a, const tq_forest_options *opt, const char *effect,
                   tq_forest *f);
/* The order of the studies, order[k]; equal ones as they come. @retval 0  Memory is short. */
int forest_order(const tq_analysis *a, const tq_forest_options *opt, size_t *order);
/* "A" for the first domain of the risk of bias. */
const char *forest_letter(tq_arena *arena, size_t j);

#endif
