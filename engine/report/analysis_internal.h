/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file analysis_internal.h  Parts of the analysis that stand in files of their own. */
#ifndef TQ_REPORT_ANALYSIS_INTERNAL_H
#define TQ_REPORT_ANALYSIS_INTERNAL_H

#include "report/analysis.h"

/* raw_columns.c: the inputs shown beside each study, in Cochrane's order. */
tq_status analysis_raw_columns(const tq_dataset *data, tq_analysis *a, tq_error *err);

/* warnings.c: what a careful reader must be told. */
tq_status analysis_warnings(const tq_dataset *data, tq_analysis *a, tq_error *err);

/* reading.c: the result in plain sentences. */
tq_status analysis_reading(tq_analysis *a, tq_error *err);

#endif
