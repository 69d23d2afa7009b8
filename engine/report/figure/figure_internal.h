/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writers of scenes, one per format. */
#ifndef TQ_REPORT_FIGURE_FIGURE_INTERNAL_H
#define TQ_REPORT_FIGURE_FIGURE_INTERNAL_H

#include "report/figure/figure.h"
#include "report/figure/scene_internal.h"

typedef tq_status scene_writer(const scene *s, const tq_figure_options *opt, tq_buffer *out,
                               tq_error *err);

scene_writer svg_write, pdf_write, png_write;

#endif
