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

/* Refuse what tq_forest_write() refuses. */
tq_status figure_check(tq_figure_format format, const tq_figure_options *opt, tq_error *err);
/* Append a scene as a file, or nothing. */
tq_status figure_write(scene *s, tq_figure_format format, const tq_figure_options *opt,
                       tq_buffer *out, tq_error *err);

/**
 * A layout as a scene, for scene_free(); *out is written on success alone.
 * @retval TQ_ENOMEM  Memory is short.
 * @retval TQ_EWRITE  Texts cannot be measured, see typesetter_open().
 */
tq_status forest_scene(const tq_forest *forest, const tq_figure_options *opt, scene **out,
                       tq_error *err);
tq_status chart_scene(const tq_chart *chart, const tq_figure_options *opt, scene **out,
                      tq_error *err);

#endif
