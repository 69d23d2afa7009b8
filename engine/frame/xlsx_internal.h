/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file xlsx_internal.h  What the parts of the workbook reader share. */
#ifndef TQ_FRAME_XLSX_INTERNAL_H
#define TQ_FRAME_XLSX_INTERNAL_H

#include "frame/package_internal.h"
#include "frame/table_build_internal.h"
#include "frame/xlsx.h"
#include "frame/xml_internal.h"

/* The limits of the format: ISO/IEC 29500-1 leaves them open, every spreadsheet has these. */
enum { XLSX_MAX_COLUMNS = 16384, XLSX_MAX_ROWS = 1048576 };

/* What turns the cells of a sheet into text. */
struct xlsx_book {
    int date1904;
    struct offsets styles;  /* calendar parts of each cell format, 0: a number */
    struct offsets strings; /* offsets of the shared strings in the table's text */
};

/** Unpack a part into the reader, which is open. @retval TQ_EREAD  Missing, damaged, too large. */
tq_status xlsx_feed_part(struct package *package, const char *part, struct xml_reader *xml,
                         tq_error *err);

/** The calendar parts that a number format shows: of its number, and of its code. */
int xlsx_builtin_format(long id);
int xlsx_format_code(const char *code);

/** Styles, shared strings, and then the sheet: part names the part in the package. */
tq_status xlsx_read_styles(struct package *package, const char *part, struct xlsx_book *book,
                           tq_error *err);
tq_status xlsx_read_strings(struct package *package, const char *part, struct xlsx_book *book,
                            struct table_build *build, tq_error *err);
tq_status xlsx_read_rows(struct package *package, const char *part, const struct xlsx_book *book,
                         size_t header_row, struct table_build *build, tq_buffer *note,
                         tq_error *err);

/** Undo _x000D_, which stands for a character that XML cannot hold, in place; the new size. */
size_t xlsx_unescape(char *text, size_t size);

/** A whole number from 0 to max, or -1. */
long xlsx_integer(const char *text, long max);

#endif
