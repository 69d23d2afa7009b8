/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file csv_internal.h  CSV for the readers that unpack it first. */
#ifndef TQ_FRAME_CSV_INTERNAL_H
#define TQ_FRAME_CSV_INTERNAL_H

#include "frame/bytes_internal.h"
#include "frame/csv.h"

/** tq_csv_parse() of bytes that become the table's own, and are freed when it fails. */
tq_status csv_parse_owned(struct bytes b, const char *source, const tq_csv_options *opt,
                          tq_table **out, tq_error *err);

#endif
