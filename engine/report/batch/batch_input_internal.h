/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_input_internal.h  What the runs share: columns of a file, lines that are no rows, tallies. */
#ifndef TQ_REPORT_BATCH_BATCH_INPUT_INTERNAL_H
#define TQ_REPORT_BATCH_BATCH_INPUT_INTERNAL_H

#include <float.h>

#include "frame/stream/text_file.h"
#include "report/batch/batch_spec.h"

/* ---- columns ---- */

/* Columns to be read, in the order of the line, each once. */
struct wanted_columns {
    size_t *column; /* [n], ascending */
    size_t n;
};

/* Sort columns[n]; place[i]: where the i-th one given stands among the fields of a line. */
tq_status wanted_new(const size_t *columns, size_t n, struct wanted_columns *out, size_t *place,
                     tq_error *err);
void wanted_free(struct wanted_columns *wanted);

/* ---- lines that are left out ---- */

/* Of one window: lines count from 1 in it. */
struct line_tally {
    uint64_t lines, used, missing, other, bad;
    tq_bad_line bad_line[TQ_BAD_LINES_SHOWN];
    size_t n_bad_lines;
};

/* A line is none: why, in words. */
void tally_bad(struct line_tally *t, uint64_t line, const char *fmt, ...) TQ_PRINTF(3, 4);
void tally_kind(struct line_tally *t, uint64_t line, tq_line_kind kind, size_t found,
                size_t columns);
/* Add a window to its file, windows in order. @retval TQ_EDATA  strict, and there is a bad line. */
tq_status tally_add(const struct line_tally *t, size_t header_line, int strict, tq_batch_file *file,
                    tq_error *err);

/* A value as messages show it: cut, without control characters. */
const char *shown_field(const tq_field *field, char text[static 48]);

/* Whether n fields have the same texts. */
int same_fields(const tq_field *a, const tq_field *b, size_t n);

/* Whether a header has a column of that name; NULL: none has. */
int has_column(const tq_line_form *form, const char *name);

/* The sampling variance that a column gives; 0 where it is not > 0 and finite. */
static inline int variance_of(double value, int is_se, double *vi)
{
    *vi = is_se ? value * value : value;
    return value > 0.0 && *vi > 0.0 && *vi <= DBL_MAX;
}

/* Why it gives none. */
static inline const char *variance_fault(double value)
{
    return value > 0.0 ? "has a square that is no double" : "must be > 0";
}

/* What of a run's work is reading, for its progress, where all is read before the first row is printed. */
#define READING_SHARE 0.8

/* ---- output ---- */

/* Whether the output has columns of those names already, so that those of the input cannot have them. */
tq_status check_output_names(const tq_batch_spec *spec, size_t n, const char *const *name,
                             tq_error *err);
/* Take packed or plain bytes to spec->out. */
tq_status give_rows(const tq_batch_spec *spec, const tq_buffer *rows, tq_error *err);
/* Replace the text by bgzip of it, where the run packs its output. */
tq_status pack_rows(const tq_batch_spec *spec, tq_buffer *rows, tq_error *err);
/* The end of a packed output. */
tq_status end_rows(const tq_batch_spec *spec, tq_error *err);

/* Hash of bytes, the same on every machine. */
uint64_t hash_bytes(uint64_t seed, const char *bytes, size_t size);

#endif
