/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file table_build_internal.h  A table row by row, for readers whose text is not the table's. */
#ifndef TQ_FRAME_TABLE_BUILD_INTERNAL_H
#define TQ_FRAME_TABLE_BUILD_INTERNAL_H

#include "core/buffer.h"
#include "frame/table_internal.h"

/** The offset of the empty text in every table that is built here. */
enum { BUILD_EMPTY = 0 };

/** Room for a column as its reader calls it: "7", or "G" in a workbook. */
enum { BUILD_LABEL = 24 };

/**
 * A table under construction. Texts are put first and give offsets; offsets are set in the row at
 * hand; the first row that is ended names the columns. Free it whatever happens.
 */
struct table_build {
    tq_table *table;
    tq_buffer text;      /* terminated cells */
    uint32_t *row;       /* [width] the row at hand */
    size_t width;        /* columns the format can have */
    size_t used;         /* of the row at hand: one past the last that was set */
    int letters;         /* messages call columns A, B, ... */
    struct offsets kept; /* [table->columns] which of the row's cells have a name */
    struct offsets names, cells, lines;
};

/** source is copied; decimal is the mark that numbers get. */
tq_status build_start(struct table_build *b, const char *source, size_t width, char decimal,
                      tq_error *err);

/**
 * Put text[size], trimmed, and say where.
 * @retval TQ_EREAD  Not UTF-8, or the table exceeds TABLE_MAX_BYTES.
 */
tq_status build_text(struct table_build *b, const char *text, size_t size, uint32_t *at,
                     tq_error *err);

/** Put a number: the shortest text that reads back the same; what is not finite is empty. */
tq_status build_number(struct table_build *b, double x, uint32_t *at, tq_error *err);

/** Cell c < width of the row at hand. */
void build_set(struct table_build *b, size_t c, uint32_t at);

/** 1 when nothing is set in the row at hand, or only empty text. */
int build_row_is_empty(const struct table_build *b);

/** Cells of the row at hand that are not empty. */
size_t build_row_cells(const struct table_build *b);

/** 1 when a cell of the row at hand is a number, which no column is called. */
int build_row_has_number(const struct table_build *b);

/** Forget the row at hand. */
void build_drop_row(struct table_build *b);

/**
 * The row at hand names the columns; those without a name are left out, and must stay empty.
 * @retval TQ_EDATA  No name at all, or one that occurs twice.
 */
tq_status build_end_header(struct table_build *b, size_t line, tq_error *err);

/**
 * The row at hand is data.
 * @retval TQ_EDATA  A cell in a column without name.
 * @retval TQ_EREAD  More than TABLE_MAX_CELLS cells.
 */
tq_status build_end_row(struct table_build *b, size_t line, tq_error *err);

/**
 * Give the empty cells of column c in the data rows up to last_line the text of that in first_line;
 * nothing where that row is no data row, the column has no name, or the cell is empty.
 * @return the number of cells that were filled.
 */
size_t build_repeat(struct table_build *b, size_t c, size_t first_line, size_t last_line);

/** Hand the table over; sheet and note (NULL: none) are copied, bytes[size] are digested. */
tq_status build_finish(struct table_build *b, const void *bytes, size_t size, const char *sheet,
                       const char *note, tq_table **out, tq_error *err);

void build_free(struct table_build *b);

/** "7" or "G" for column c. */
const char *build_column(const struct table_build *b, size_t c, char label[BUILD_LABEL]);

#endif
