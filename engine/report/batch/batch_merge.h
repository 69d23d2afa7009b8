/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file batch_merge.h  Parts of a run, made apart (--shard I/N), put together to what one run prints.
 *
 * A part is text: a line that says which part of what it is, its rows, each behind the place where it belongs
 * and a tab, and lines of counts that begin with '#'.
 */
#ifndef TQ_REPORT_BATCH_BATCH_MERGE_H
#define TQ_REPORT_BATCH_BATCH_MERGE_H

#include "report/batch/batch_report.h"

/** The first line of a part. */
TQ_API void tq_batch_part_begin(const tq_batch_spec *spec, const tq_batch_provenance *provenance,
                                tq_buffer *out);
/** Its last ones. */
TQ_API void tq_batch_part_end(const tq_batch_summary *summary, const tq_batch_spec *spec,
                              const tq_batch_provenance *provenance, tq_buffer *out);

/** What the parts say of themselves, added up. Start from {0}; free with tq_batch_parts_free(). */
typedef struct {
    size_t n;      /* parts there are to be; 0: none was seen */
    size_t seen;   /* begun */
    size_t ended;  /* that are whole */
    char *have;    /* [n] */
    char *command; /* of all of them */
    char *header;  /* the line of the names, newline included; from a part that has it */
    char problem[16], scheme[64];
    int min_weight; /* as in tq_batch_provenance */
    tq_batch_options model[8];
    size_t n_models;
    tq_batch_summary summary;
    size_t file;           /* the next one among those of a part */
    uint64_t lines_before; /* in the file, of the parts before */
    int by_bytes;          /* parts are stretches of one file */
} tq_batch_parts;

/**
 * Take a line of a part that begins with '#', newline excluded; parts by bytes in their order.
 * @retval TQ_EDATA  It is no part of this run, or a part that was there before, or damaged.
 */
TQ_API tq_status tq_batch_parts_line(tq_batch_parts *parts, const char *line, size_t size,
                                     tq_error *err);
/** @retval TQ_EDATA  A part has not begun; the message says which. */
TQ_API tq_status tq_batch_parts_all(const tq_batch_parts *parts, tq_error *err);
/** @retval TQ_EDATA  A part is missing or not whole; the message says which. */
TQ_API tq_status tq_batch_parts_check(const tq_batch_parts *parts, tq_error *err);
TQ_API void tq_batch_parts_free(tq_batch_parts *parts);

/**
 * Join the parts of paths[n], in any order, to spec->out (of spec only packed, out, progress and separator
 * count; separator 0: whichever the parts have).
 * @param[out] parts  Also on failure; the caller frees it.
 * @retval TQ_EINVAL  The parts have another separator than spec.
 * @retval TQ_EREAD  A file cannot be read. @retval TQ_EDATA  As above, or a line that is no row of a part.
 */
TQ_API tq_status tq_batch_merge(const char *const *paths, size_t n, const tq_batch_spec *spec,
                                tq_batch_parts *parts, tq_error *err);

#endif
