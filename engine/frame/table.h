/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file table.h  A sheet in memory: named columns of text cells, with their place in the file. */
#ifndef TQ_FRAME_TABLE_H
#define TQ_FRAME_TABLE_H

#include "core/parse_number.h"
#include "core/status.h"

/** Opaque. Immutable once read; cells are UTF-8 text, trimmed of surrounding blanks. */
typedef struct tq_table tq_table;

/** Frees the table and every text it gave out; NULL is fine. */
TQ_API void tq_table_free(tq_table *table);

TQ_API size_t tq_table_rows(const tq_table *table);
TQ_API size_t tq_table_columns(const tq_table *table);
/** Name of column c as in the header; valid until the table is freed. */
TQ_API const char *tq_table_name(const tq_table *table, size_t c);
/**
 * Index of the column called name (exact), or TQ_NO_COLUMN. In a sheet of RevMan Web's data package
 * a column also answers to the name this program uses: "Experimental cases" to "ai".
 */
TQ_API size_t tq_table_find(const tq_table *table, const char *name);
#define TQ_NO_COLUMN ((size_t)-1)
/** The column name nearest to a mistyped one, or NULL. */
TQ_API const char *tq_table_nearest(const tq_table *table, const char *name);

/** Text of a cell, terminated; valid until the table is freed. */
TQ_API const char *tq_table_cell(const tq_table *table, size_t row, size_t c);
/** 1 when the cell is empty, NA or '.'. */
TQ_API int tq_table_missing(const tq_table *table, size_t row, size_t c);
/** 1-based line of the file on which the row starts; of a workbook its row, else the case. */
TQ_API size_t tq_table_line(const tq_table *table, size_t row);
/** What was read: a path, "@bcg" or "standard input". */
TQ_API const char *tq_table_source(const tq_table *table);
/** The sheet of the workbook that was read; NULL where the file has no sheets. */
TQ_API const char *tq_table_sheet(const tq_table *table);
/** What a reader of the results should know about how the sheet was read, a sentence; or NULL. */
TQ_API const char *tq_table_note(const tq_table *table);
/** Decimal mark that the numbers of the table are read with. */
TQ_API char tq_table_decimal(const tq_table *table);
/** SHA-256 of the bytes read, 64 hex digits. */
TQ_API const char *tq_table_sha256(const tq_table *table);

/**
 * A column as numbers: missing cells become NaN.
 *
 * Numbers are read with the table's decimal mark whatever the locale; "1,234.5" (groups of three)
 * is read as 1234.5, infinities and hexadecimal are refused.
 * @param[in]  use  [rows] rows to read (NULL: all); others are set to NaN unread.
 * @param[out] out  [rows].
 * @retval TQ_EDATA  A cell that is not a number: err has file, line, row, column and the text; a
 *                   decimal comma ("3,5") is named with its remedy (--decimal ,).
 */
TQ_API tq_status tq_table_numbers(const tq_table *table, size_t c, const unsigned char *use,
                                  double *out, tq_error *err);

#endif
