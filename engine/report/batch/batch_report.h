/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_report.h  What a run over many meta-analyses did: as text, as JSON. */
#ifndef TQ_REPORT_BATCH_BATCH_REPORT_H
#define TQ_REPORT_BATCH_BATCH_REPORT_H

#include "report/batch/batch_spec.h"

/** How a run was asked for, in words. */
typedef struct {
    const char *command_line;
    const char *output; /* path; NULL: standard output */
    const char
        *problem;       /* what a meta-analysis is for: "group", "row", "key"; with "s" behind it */
    int min_weight;     /* 1: a least weight is asked for */
    const char *scheme; /* weights by sample size, in words; NULL: by inverse variance */
} tq_batch_provenance;

TQ_API void tq_batch_text(const tq_batch_summary *summary, const tq_batch_spec *spec,
                          const tq_batch_provenance *provenance, tq_buffer *out);
TQ_API tq_status tq_batch_json(const tq_batch_summary *summary, const tq_batch_spec *spec,
                               const tq_batch_provenance *provenance, tq_buffer *out,
                               tq_error *err);

#endif
