/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file multiverse_internal.h  Rows of the table of specifications. */
#ifndef TQ_REPORT_SENSITIVITY_MULTIVERSE_INTERNAL_H
#define TQ_REPORT_SENSITIVITY_MULTIVERSE_INTERNAL_H

#include "core/buffer.h"
#include "report/sensitivity/multiverse_report.h"

/* multiverse_view.c: the table as CSV. */
void multiverse_csv_head(const tq_multiverse *m, tq_buffer *out);
void multiverse_csv_row(const tq_multiverse *m, size_t j, tq_buffer *out);

#endif
