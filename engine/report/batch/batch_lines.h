/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_lines.h  A meta-analysis for each group of rows of a long file, or each row of a wide one. */
#ifndef TQ_REPORT_BATCH_BATCH_LINES_H
#define TQ_REPORT_BATCH_BATCH_LINES_H

#include "report/batch/batch_spec.h"

/** Columns of the file; those not named are NULL. */
typedef struct {
    const char *path;
    const char *const
        *by; /* [n_by] long: rows with the same texts are a group; wide: shown beside */
    size_t n_by;
    /* Long. yi: default "yi"; vi or sei: default "vi", else "sei". */
    const char *yi, *vi, *sei;
    int sorted; /* 1: rows of a group stand together, and the file is streamed */
    /* Wide: names, or patterns with one '*', separated by commas; se or variances. */
    const char *effects, *se, *variances;
} tq_batch_lines;

/** 1 where parts of the run are stretches of the file, not of the keys: a wide or sorted file. */
TQ_API int tq_batch_by_bytes(const tq_batch_lines *in);

/**
 * Fit and print the problems of a file, in its order: those of a long file where their first row stands.
 * A wide or sorted file needs memory for some windows of text alone; of an unsorted one, 40 bytes a row
 * and the texts of the groups are held.
 *
 * @param[out] out  Also on failure after the file was opened; the caller frees it.
 * @retval TQ_EINVAL  A column that is not there, or an option outside its range.
 * @retval TQ_EREAD   The file cannot be read.
 * @retval TQ_EDATA   No rows; a bad line with spec->strict; a group that comes back in a sorted file.
 * @retval TQ_EINTR   progress asked to stop.
 */
TQ_API tq_status tq_batch_run_lines(const tq_batch_lines *in, const tq_batch_spec *spec,
                                    tq_batch_summary *out, tq_error *err);

#endif
