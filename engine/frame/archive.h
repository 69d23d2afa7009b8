/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file archive.h  Reading a CSV file out of a zip archive, such as RevMan Web's data package. */
#ifndef TQ_FRAME_ARCHIVE_H
#define TQ_FRAME_ARCHIVE_H

#include "frame/csv.h"

/**
 * Read one file of an archive in memory: borrows bytes[size]; source is the name for messages.
 *
 * The sheet is the file called ...-data-rows.csv, that of RevMan Web's data package; where there is
 * none, the only .csv or .tsv. Names are compared in any case. Folders do not matter, and what
 * a Mac adds (__MACOSX, ._name) is passed over. tq_table_sheet() is the name of the file inside.
 *
 * @param[in]  sheet  One of the .csv and .tsv files: its name, with or without its folder; NULL: as
 *                    above.
 * @param[in]  opt    NULL for the defaults.
 * @param[out] out    Written only on TQ_OK; the caller frees it.
 * @retval TQ_EINVAL  No such file, or more than one that could be meant; the message lists them.
 *                    Options as tq_csv_parse().
 * @retval TQ_EREAD   No archive, damaged, encrypted, a name that leads out of the archive, no .csv
 *                    or .tsv in it, or larger than its limits allow: 65536 parts, 2 GiB, 250 times
 *                    its packed size. Text as tq_csv_parse().
 * @retval TQ_EDATA   As tq_csv_parse().
 */
TQ_API tq_status tq_archive_parse(const char *bytes, size_t size, const char *source,
                                  const char *sheet, const tq_csv_options *opt, tq_table **out,
                                  tq_error *err);

#endif
