/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_fitter_internal.h  Problems in, printed rows out: what one thread of a run works with. */
#ifndef TQ_REPORT_BATCH_BATCH_FITTER_INTERNAL_H
#define TQ_REPORT_BATCH_BATCH_FITTER_INTERNAL_H

#include "report/batch/batch_spec.h"

enum { MOST_MODELS = 8 };

/* Counts of the rows that were printed; add up. */
struct row_counts {
    uint64_t problems, printed, too_few, outcome[TQ_BATCH_OUTCOME_COUNT];
};

/* Add them to the summary. */
void summary_add(tq_batch_summary *to, const struct row_counts *more);

struct fitter {
    const tq_batch_spec *spec;
    tq_batch_work *work;
    tq_batch_results results[MOST_MODELS];
    double *values;         /* [columns needed x capacity] */
    const double **printed; /* [spec->n_columns] of values */
    uint64_t *found;        /* [spec->n_columns, some rows] digits, tq_decimal_find() */
    signed char *point;
    unsigned char *outcome;
    size_t capacity, n_arrays;
};

tq_status fitter_begin(struct fitter *f, const tq_batch_spec *spec, tq_error *err);
void fitter_end(struct fitter *f);

/* Writes what stands before the numbers of problem j, separators between, none at the end. */
typedef void write_label(void *user, size_t j, tq_buffer *out);
/* Writes what stands behind them, with a separator before each field; NULL: nothing does. */
typedef void write_rest(void *user, size_t j, const struct fitter *f, tq_buffer *out);

/* Fit in->n problems and append their rows. */
tq_status fitter_rows(struct fitter *f, const tq_batch_problems *in, write_label *label,
                      write_rest *rest, void *user, tq_buffer *out, struct row_counts *counts,
                      tq_error *err);

/* The columns of problem j that are printed behind the others. */
void fitter_more(const struct fitter *f, size_t j, tq_buffer *out);
/* The names of the columns, each after a separator; of those behind. */
void fitter_header(const tq_batch_spec *spec, tq_buffer *out);
void fitter_header_more(const tq_batch_spec *spec, tq_buffer *out);

/* What rows of a part begin with: where they belong among those of the other parts. */
void put_place(const tq_batch_spec *spec, uint64_t place, tq_buffer *out);
/* What marks the header among the rows of a part. */
void put_header_mark(const tq_batch_spec *spec, tq_buffer *out);
/* A text as a field: quoted where it holds the separator, quotes or a line break. */
void put_text(tq_buffer *out, const char *text, size_t size, char separator);
/* A number in a style. */
void put_number(tq_buffer *out, double x, tq_print_style style, int digits);

#endif
