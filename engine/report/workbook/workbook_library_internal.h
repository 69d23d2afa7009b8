/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libxlsxwriter, loaded with the first workbook. */
#ifndef TQ_REPORT_WORKBOOK_LIBRARY_INTERNAL_H
#define TQ_REPORT_WORKBOOK_LIBRARY_INTERNAL_H

#include <xlsxwriter.h>

#include "core/on_demand.h"

#define WB_LIBRARY_LIST(X) \
    X(chart_add_series) \
    X(chart_axis_major_gridlines_set_line) \
    X(chart_axis_major_gridlines_set_visible) \
    X(chart_axis_minor_gridlines_set_visible) \
    X(chart_axis_set_label_position) \
    X(chart_axis_set_line) \
    X(chart_axis_set_major_tick_mark) \
    X(chart_axis_set_major_unit) \
    X(chart_axis_set_max) \
    X(chart_axis_set_min) \
    X(chart_axis_set_name) \
    X(chart_axis_set_name_font) \
    X(chart_axis_set_num_font) \
    X(chart_axis_set_minor_tick_mark) \
    X(chart_axis_set_reverse) \
    X(chart_chartarea_set_fill) \
    X(chart_chartarea_set_line) \
    X(chart_legend_set_font) \
    X(chart_legend_set_position) \
    X(chart_plotarea_set_fill) \
    X(chart_plotarea_set_line) \
    X(chart_series_set_categories) \
    X(chart_series_set_labels) \
    X(chart_series_set_labels_font) \
    X(chart_series_set_labels_options) \
    X(chart_series_set_labels_position) \
    X(chart_series_set_line) \
    X(chart_series_set_marker_fill) \
    X(chart_series_set_marker_line) \
    X(chart_series_set_marker_size) \
    X(chart_series_set_marker_type) \
    X(chart_series_set_name) \
    X(chart_series_set_name_range) \
    X(chart_series_set_values) \
    X(chart_show_blanks_as) \
    X(chart_show_hidden_data) \
    X(chart_title_off) \
    X(chart_title_set_name) \
    X(chart_title_set_name_font) \
    X(format_set_align) \
    X(format_set_bg_color) \
    X(format_set_bold) \
    X(format_set_border) \
    X(format_set_border_color) \
    X(format_set_bottom) \
    X(format_set_bottom_color) \
    X(format_set_font_color) \
    X(format_set_font_name) \
    X(format_set_font_size) \
    X(format_set_font_strikeout) \
    X(format_set_indent) \
    X(format_set_italic) \
    X(format_set_num_format) \
    X(format_set_text_wrap) \
    X(format_set_underline) \
    X(lxw_rowcol_to_cell) \
    X(lxw_rowcol_to_cell_abs) \
    X(lxw_strerror) \
    X(lxw_workbook_free) \
    X(workbook_add_chart) \
    X(workbook_add_format) \
    X(workbook_add_worksheet) \
    X(workbook_close) \
    X(workbook_define_name) \
    X(workbook_new_opt) \
    X(workbook_set_properties) \
    X(worksheet_add_table) \
    X(worksheet_conditional_format_range) \
    X(worksheet_data_validation_range) \
    X(worksheet_fit_to_pages) \
    X(worksheet_freeze_panes) \
    X(worksheet_gridlines) \
    X(worksheet_ignore_errors) \
    X(worksheet_insert_chart_opt) \
    X(worksheet_print_area) \
    X(worksheet_repeat_columns) \
    X(worksheet_repeat_rows) \
    X(worksheet_merge_range) \
    X(worksheet_set_column_pixels) \
    X(worksheet_set_footer) \
    X(worksheet_set_landscape) \
    X(worksheet_set_margins) \
    X(worksheet_set_paper) \
    X(worksheet_set_row_pixels) \
    X(worksheet_set_tab_color) \
    X(worksheet_write_blank) \
    X(worksheet_write_formula_num) \
    X(worksheet_write_formula_str) \
    X(worksheet_write_number) \
    X(worksheet_write_string) \
    X(worksheet_write_url)

typedef struct {
    WB_LIBRARY_LIST(TQ_ON_DEMAND_POINTER)
} wb_library;

/* The functions, which stay for the life of the process; NULL when the library is missing. */
const wb_library *wb_library_load(tq_error *err);

#endif
