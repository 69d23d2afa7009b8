/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_lines_internal.h  A long or wide file that was opened, and a window of it taken apart. */
#ifndef TQ_REPORT_BATCH_BATCH_LINES_INTERNAL_H
#define TQ_REPORT_BATCH_BATCH_LINES_INTERNAL_H

#include "core/in_order.h"
#include "report/batch/batch_fitter_internal.h"
#include "report/batch/batch_input_internal.h"
#include "report/batch/batch_lines.h"

/* Which columns of the file are which; places are those among the wanted fields. */
struct line_columns {
    struct wanted_columns wanted;
    size_t *place;     /* [n_by], then effects [k], then variances [k] */
    const char **name; /* of the same columns */
    size_t n_by, k;    /* long: k = 1 */
    int is_se, wide;
};

tq_status line_columns_find(const tq_batch_lines *in, const tq_line_form *form,
                            struct line_columns *out, tq_error *err);
void line_columns_free(struct line_columns *columns);

/* One run. */
struct lines_run {
    const tq_batch_lines *in;
    const tq_batch_spec *spec;
    tq_text_file file;
    struct line_columns columns;
    tq_batch_summary *summary;
};

/* The rows below the header in windows, this part of them where there are several. */
tq_status lines_start(struct lines_run *run, tq_error *err);
/* What a thread does with the next window; *more 0: there was none. */
typedef tq_status take_window(void *user, size_t thread, int *more, tq_error *err);
/* A thread's loop over windows, to the last of them or a failure, of which the queue hears. share: of the
   work of the run, for its progress. */
void lines_windows(const struct lines_run *run, size_t thread, double share, take_window *take,
                   void *user, tq_in_order *queue);
/* The header of the output. */
tq_status lines_header(const struct lines_run *run, tq_error *err);
/* The texts of the key fields as fields of the output. */
void lines_label(const struct lines_run *run, const tq_field *by, tq_buffer *out);

/* Effect and variance of study i of a line: 1; 0 where they are missing; -1 where they are bad. */
int lines_read_study(const struct lines_run *run, const tq_field *fields, size_t i,
                     struct line_tally *t, uint64_t line, double *yi, double *vi);

/* batch_stream.c: wide and sorted files; batch_groups.c: unsorted long ones. */
tq_status lines_stream(struct lines_run *run, tq_error *err);
tq_status lines_group(struct lines_run *run, tq_error *err);

#endif
