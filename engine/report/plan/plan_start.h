/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file plan_start.h  A plan to start from, for a sheet. */
#ifndef TQ_REPORT_PLAN_PLAN_START_H
#define TQ_REPORT_PLAN_PLAN_START_H

#include "core/buffer.h"
#include "frame/table.h"

/**
 * Write a commented plan for the sheet: measure and inputs from the columns that tq_audit_run() recognises (of
 * several measures the one with most complete rows), an analysis for each outcome and visit where the sheet has
 * such columns, subgroups by its texts. tq_plan_read() accepts it.
 * @param[in] data  The sheet as the plan is to name it.
 * @retval TQ_EDATA   No columns that make a measure, or no row that has them all.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_plan_start(const tq_table *table, const char *data, tq_buffer *out,
                               tq_error *err);

#endif
