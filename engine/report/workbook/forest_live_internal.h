/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forest plot as formulas: places of marks on ChartData, texts and numbers on Forest. */
#ifndef TQ_REPORT_WORKBOOK_FOREST_LIVE_INTERNAL_H
#define TQ_REPORT_WORKBOOK_FOREST_LIVE_INTERNAL_H

#include "report/workbook/workbook_live_internal.h"

/* Share of the plot's width kept free at each side: the largest square fits when it sits on a limit. */
#define FOREST_PAD 0.02

/* Columns of a row's place on ChartData. */
typedef enum { FOREST_LABEL, FOREST_EST, FOREST_LO, FOREST_HI, FOREST_Y, FOREST_SIZE } forest_place;
/* Cells of the scale. */
typedef enum {
    FOREST_SCALE_LO,
    FOREST_SCALE_HI,
    FOREST_SCALE_NULL,
    FOREST_SCALE_COUNT
} forest_scale;

/* The sheet's first columns: the place of every row, and the scale. */
void forest_write_rows(wb_sheet *s);

/* Cells and formulas of ChartData; rows are those of the layout. */
const char *forest_data_cell(wb_book *book, lxw_col_t col, size_t point);
const char *forest_scale_cell(wb_book *book, forest_scale which);
/* A value on the axis scale as a share of the plot's width; otherwise: where it cannot be placed. */
const char *forest_unit(wb_book *book, const char *value, double otherwise);
const char *forest_clamped(wb_book *book, size_t row, forest_place place);
const char *forest_y(wb_book *book, size_t row);
/* y where the row's estimate lies inside the axis, else off the plot. */
const char *forest_inside(wb_book *book, size_t row, double y);
const char *forest_square_y(wb_book *book, size_t row, int size);
const char *forest_head_y(wb_book *book, size_t row, int way, double shift);
/* A corner (-1, 0, 1: left, middle, right) of the outline at level s, and its height there. */
const char *forest_diamond_x(wb_book *book, size_t row, double s, int corner);
const char *forest_diamond_y(wb_book *book, size_t row, double s, double height, const char *x);

/* The natural scale of a row: estimate 0, low 1, high 2; NULL: it is not live. */
const char *forest_natural(wb_book *book, const tq_forest_row *r, int which);
/* The weight of a row, and the sum of a raw column over its studies. */
const char *forest_weight(wb_book *book, const tq_forest_row *r);
const char *forest_raw(wb_book *book, const tq_forest_row *r, size_t raw);
/* The text of a row: "Subtotal (k = 7)", a note; NULL: it is not live. */
const char *forest_text(wb_book *book, const tq_forest_row *r);

#endif
