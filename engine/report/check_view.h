/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file check_view.h  Views of an audit: the report by study, JSON, CSV. */
#ifndef TQ_REPORT_CHECK_VIEW_H
#define TQ_REPORT_CHECK_VIEW_H

#include "core/buffer.h"
#include "frame/audit.h"
#include "report/view.h"

/** A view of an audit, appended to out; findings below `least` are counted and not shown. */
typedef tq_status tq_check_view(const tq_audit *audit, const tq_provenance *provenance,
                                tq_finding_severity least, const tq_view_options *opt,
                                tq_buffer *out, tq_error *err);

/** By study, the studies with the worst findings first; in opt's markup. */
TQ_API tq_check_view tq_check_text;
/** Schema "tausq/1": data, checks, findings. */
TQ_API tq_check_view tq_check_json;
/** One row per finding; RFC 4180. */
TQ_API tq_check_view tq_check_csv;

#endif
