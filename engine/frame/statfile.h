/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file statfile.h  Reading the data files of Stata, SPSS and SAS into a table. */
#ifndef TQ_FRAME_STATFILE_H
#define TQ_FRAME_STATFILE_H

#include "frame/table.h"

typedef enum {
    TQ_STATFILE_DTA,      /* Stata .dta, versions 104 to 119 */
    TQ_STATFILE_SAV,      /* SPSS .sav and .zsav */
    TQ_STATFILE_POR,      /* SPSS portable */
    TQ_STATFILE_SAS7BDAT, /* SAS */
    TQ_STATFILE_XPT,      /* SAS transport */
    TQ_STATFILE_COUNT
} tq_statfile_kind;

/**
 * Read a file in memory: borrows bytes[size]; source is the name for messages.
 *
 * Variables become columns, cases rows (lines count them from 1). A value that has a label becomes
 * the label; other numbers the shortest text that reads back the same, with this decimal mark ('.',
 * also 0, or ','); dates and date-times, as the variable's format tells, ISO 8601; system, tagged
 * (.a, .z) and user-defined missing values become empty.
 *
 * @param[out] out  Written only on TQ_OK; the caller frees it.
 * @retval TQ_EINVAL Unknown kind.
 * @retval TQ_EREAD  Damaged, of another kind, in an unknown encoding, or more than 2^27 cells.
 * @retval TQ_EDATA  No variables or no cases.
 */
TQ_API tq_status tq_statfile_parse(const char *bytes, size_t size, const char *source,
                                   tq_statfile_kind kind, char decimal, tq_table **out,
                                   tq_error *err);

#endif
