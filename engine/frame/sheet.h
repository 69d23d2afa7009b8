/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sheet.h  A sheet in any of the formats that are read. */
#ifndef TQ_FRAME_SHEET_H
#define TQ_FRAME_SHEET_H

#include "frame/csv.h"

/** Start from {0}. */
typedef struct {
    char separator;    /* of CSV; 0: as tq_csv_options */
    char decimal;      /* mark of numbers: '.' (also 0) or ',' */
    const char *sheet; /* of a workbook: name, or number from 1; NULL: the first that is shown. Of
                          an archive: name of the file, NULL: as archive.h */
    size_t header_row; /* row of the names, from 1; 0: the first with a cell, below a title as in
                          xlsx.h */
} tq_sheet_options;

/**
 * Read a file, its format by the extension, in any case:
 *
 *     .csv .tsv  also .gz behind it   CSV (frame/csv.h)
 *     .xlsx .xlsm                     a workbook (frame/xlsx.h); "FILE.xlsx#Sheet" names the sheet
 *     .zip                            a CSV file in it (frame/archive.h); "FILE.zip#Name" names it
 *     .dta .sav .zsav .por .sas7bdat .xpt   Stata, SPSS, SAS (frame/statfile.h)
 *     .rm5                            RevMan 5 (frame/rm5.h)
 *
 * Any other name, and "-" (standard input), is CSV.
 *
 * @param[in]  opt  NULL for the defaults.
 * @param[out] out  Written only on TQ_OK; the caller frees it.
 * @retval TQ_EINVAL Options that do not fit the format (a sheet of a CSV file), or as the readers.
 * @retval TQ_EREAD  Missing, unreadable, or as the readers; .xls and .ods, which are not read.
 * @retval TQ_EDATA  As the readers.
 */
TQ_API tq_status tq_sheet_read(const char *path, const tq_sheet_options *opt, tq_table **out,
                               tq_error *err);

/** The same from memory: borrows bytes[size]; path tells the format, and is the name of the file. */
TQ_API tq_status tq_sheet_parse(const char *bytes, size_t size, const char *path,
                                const tq_sheet_options *opt, tq_table **out, tq_error *err);

#endif
