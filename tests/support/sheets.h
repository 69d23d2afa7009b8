/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sheets.h  What the tests of the readers share: small files made in memory, and checks. */
#ifndef TQ_TESTS_SHEETS_H
#define TQ_TESTS_SHEETS_H

#include "frame/table.h"

/** Bytes of a file under test; free data. */
typedef struct {
    char *data;
    size_t size;
} sheet_file;

/** A part of an archive; size 0: the length of text. */
typedef struct {
    const char *name, *text;
    size_t size;
} sheet_part;

/** A copy of bytes[size], in a block of just that size. */
sheet_file sheet_copy(const void *bytes, size_t size);

/** A zip archive of parts[n], deflated. */
sheet_file sheet_zip(const sheet_part *parts, size_t n);

/** A workbook of one sheet, "Data": its rows, and the texts they share or NULL. */
sheet_file sheet_workbook(const char *rows, const char *strings);

/** Fails unless the table is want: "a|b/1|2/3|4" for a header and two rows. Frees the table. */
void sheet_check(tq_table *table, const char *want);

#endif
