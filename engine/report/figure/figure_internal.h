/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writers of scenes, one per format. */
#ifndef TQ_REPORT_FIGURE_FIGURE_INTERNAL_H
#define TQ_REPORT_FIGURE_FIGURE_INTERNAL_H

#include "report/figure/chart.h"
#include "report/figure/scene_internal.h"
#include "report/figure/theme_internal.h"

#define POINTS_PER_MM (72.0 / 25.4)

typedef tq_status scene_writer(const scene *s, const tq_figure_options *opt, tq_buffer *out,
                               tq_error *err);

scene_writer svg_write, pdf_write, png_write;

/* What drawings have in common; lengths in points. */
#define PAPER_MARGIN 10.0
#define TICK_LENGTH 3.0
#define FAR_AWAY 1e5 /* marks beyond the axes are kept this close, so that clipping is exact */
/* Share of the font size between the baseline and the middle of capitals. */
#define MIDDLE 0.358

/* Draws a layout, a tq_forest, a tq_chart or tq_panels; s->failed where memory is short. */
typedef void figure_drawer(const void *layout, const tq_figure_options *opt, scene *s,
                           typesetter *t);

figure_drawer forest_draw, chart_draw, panels_draw;

/**
 * A chart as a scene, for scene_free(); *out is written on success alone.
 * @retval TQ_ENOMEM  Memory is short.
 * @retval TQ_EWRITE  Texts cannot be measured, see typesetter_open().
 */
tq_status chart_scene(const tq_chart *chart, const tq_figure_options *opt, scene **out,
                      tq_error *err);

#endif
