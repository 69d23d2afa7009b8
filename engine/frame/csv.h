/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file csv.h  Reading CSV and TSV (RFC 4180) into a table. */
#ifndef TQ_FRAME_CSV_H
#define TQ_FRAME_CSV_H

#include "frame/table.h"

typedef struct {
    char separator; /* ',' ';' or tab; 0 (default): by extension .tsv, else found in the header */
    char decimal;   /* '.' (default) or ',' */
    size_t header_row; /* 1-based line of the names; 0 (default): the first that is not empty */
} tq_csv_options;

/**
 * Read a whole file; path "-" is standard input.
 *
 * UTF-8 with or without byte-order mark, LF, CRLF or CR, quoted fields with doubled quotes and
 * line breaks. Empty lines are skipped. Header names are trimmed; empty ones at the end of the
 * header are dropped, with the fields below them, which must be empty.
 *
 * @param[in]  opt  NULL for the defaults.
 * @param[out] out  Written only on TQ_OK; the caller frees it.
 * @retval TQ_EINVAL Another separator or decimal mark than those above, or a header_row beyond the
 *                   end of the text.
 * @retval TQ_EREAD  Missing, a directory, unreadable, not text (NUL bytes, invalid UTF-8), or
 *                   larger than 4 GiB.
 * @retval TQ_EDATA  Empty, a header only, an empty or duplicate header name, a row with too few or
 *                   too many fields (err->line), or a quote that is not closed.
 */
TQ_API tq_status tq_csv_read(const char *path, const tq_csv_options *opt, tq_table **out,
                             tq_error *err);

/** The same from memory: borrows bytes[size] until return; source is the name for messages. */
TQ_API tq_status tq_csv_parse(const char *bytes, size_t size, const char *source,
                              const tq_csv_options *opt, tq_table **out, tq_error *err);

#endif
