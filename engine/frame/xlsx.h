/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file xlsx.h  Reading a sheet of an Excel workbook (ISO/IEC 29500) into a table. */
#ifndef TQ_FRAME_XLSX_H
#define TQ_FRAME_XLSX_H

#include "frame/table.h"

typedef struct {
    const char *sheet; /* its name, or its number from 1; NULL: the first that is not hidden */
    size_t header_row; /* 1-based row of the names; 0: the first that has more than one cell, so
                          that it is found below a title; where that one has numbers, or none has
                          more than one cell, the first with a cell */
    char decimal;      /* mark that numbers get in the table, '.' (also 0) or ',' */
} tq_xlsx_options;

/**
 * Read one sheet of a workbook in memory: borrows bytes[size]; source is the name for messages.
 *
 * Numbers become the shortest text that reads back the same, whatever their number format; dates
 * and times become ISO 8601 (2019-03-02, 2019-03-02T14:30:00, 14:30:00), truth values TRUE and
 * FALSE, #N/A an empty cell, other errors their text (#DIV/0!). A formula gives the value that was
 * stored with it. Of merged cells the first column has the value in each row, and the others are
 * empty. Empty rows are skipped and columns without name left out, which must be empty below. Rows
 * that are hidden or filtered are read; tq_table_note() tells of them, of merged cells, and of a
 * header below a title. Lines are the sheet's row numbers.
 *
 * @param[in]  opt  NULL for the defaults.
 * @param[out] out  Written only on TQ_OK; the caller frees it.
 * @retval TQ_EINVAL No such sheet (the message lists those there are) or an empty header_row.
 * @retval TQ_EREAD  Not a workbook, damaged, protected by a password, a document type declaration
 *                   or a part outside xl/, or larger than what its limits allow: 65536 parts, 2 GiB
 *                   of XML, 250 times its packed size, 16384 columns, 1048576 rows.
 * @retval TQ_EDATA  Empty, a header only, a name that occurs twice, a value below no name, or a
 *                   formula without a stored value.
 */
TQ_API tq_status tq_xlsx_parse(const char *bytes, size_t size, const char *source,
                               const tq_xlsx_options *opt, tq_table **out, tq_error *err);

#endif
