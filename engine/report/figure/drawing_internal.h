/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cairo and Pango, loaded with the first figure. */
#ifndef TQ_REPORT_FIGURE_DRAWING_INTERNAL_H
#define TQ_REPORT_FIGURE_DRAWING_INTERNAL_H

#include <cairo-pdf.h>
#include <cairo.h>
#include <pango/pangocairo.h>

#include "core/on_demand.h"

#define DRAWING_LIST(X) \
    X(cairo_arc) \
    X(cairo_clip) \
    X(cairo_close_path) \
    X(cairo_create) \
    X(cairo_destroy) \
    X(cairo_fill) \
    X(cairo_fill_preserve) \
    X(cairo_font_options_create) \
    X(cairo_font_options_destroy) \
    X(cairo_font_options_set_antialias) \
    X(cairo_font_options_set_hint_metrics) \
    X(cairo_font_options_set_hint_style) \
    X(cairo_image_surface_create) \
    X(cairo_line_to) \
    X(cairo_move_to) \
    X(cairo_new_path) \
    X(cairo_paint) \
    X(cairo_pdf_surface_create_for_stream) \
    X(cairo_pdf_surface_set_metadata) \
    X(cairo_pdf_surface_set_size) \
    X(cairo_rectangle) \
    X(cairo_restore) \
    X(cairo_rotate) \
    X(cairo_save) \
    X(cairo_scale) \
    X(cairo_set_dash) \
    X(cairo_set_line_width) \
    X(cairo_set_source_rgb) \
    X(cairo_show_page) \
    X(cairo_status) \
    X(cairo_status_to_string) \
    X(cairo_stroke) \
    X(cairo_surface_destroy) \
    X(cairo_surface_finish) \
    X(cairo_surface_status) \
    X(cairo_surface_write_to_png_stream) \
    X(cairo_translate) \
    X(g_object_unref) \
    X(pango_cairo_context_set_font_options) \
    X(pango_cairo_context_set_resolution) \
    X(pango_cairo_font_map_new) \
    X(pango_cairo_show_layout_line) \
    X(pango_cairo_update_context) \
    X(pango_context_set_language) \
    X(pango_context_set_round_glyph_positions) \
    X(pango_font_description_free) \
    X(pango_font_description_new) \
    X(pango_font_description_set_absolute_size) \
    X(pango_font_description_set_family) \
    X(pango_font_description_set_style) \
    X(pango_font_description_set_weight) \
    X(pango_font_map_create_context) \
    X(pango_language_from_string) \
    X(pango_layout_context_changed) \
    X(pango_layout_get_line_readonly) \
    X(pango_layout_line_get_extents) \
    X(pango_layout_new) \
    X(pango_layout_set_font_description) \
    X(pango_layout_set_single_paragraph_mode) \
    X(pango_layout_set_text)

typedef struct {
    DRAWING_LIST(TQ_ON_DEMAND_POINTER)
} drawing_api;

/** The functions, which stay for the life of the process; NULL when the library is missing. */
const drawing_api *drawing_load(tq_error *err);

#endif
