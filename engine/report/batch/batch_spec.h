/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_spec.h  What runs over millions of meta-analyses have in common: model, columns, counts. */
#ifndef TQ_REPORT_BATCH_BATCH_SPEC_H
#define TQ_REPORT_BATCH_BATCH_SPEC_H

#include "batch/batch.h"
#include "core/buffer.h"
#include "core/progress_callback.h"
#include "frame/stream/text_source.h"
#include "report/rows.h"

/** How a column of the output is printed. */
typedef enum {
    TQ_PRINT_SIGNIFICANT, /* so many significant digits; 0: as few as read back the same number */
    TQ_PRINT_FIXED,       /* so many decimals */
    TQ_PRINT_GENERAL,     /* so many significant digits, the exponent with two digits: C's %g */
    TQ_PRINT_LOG10,       /* the same of log10 of the value */
    TQ_PRINT_OF_LOG10     /* the same of the number whose log10 the value is, however small it be */
} tq_print_style;

typedef struct {
    tq_batch_column column;
    size_t model; /* of which model */
    char name[48];
    tq_print_style style;
    int digits;
} tq_print_column;

/** Models, and the columns printed of them; borrowed by the runs. */
typedef struct {
    const tq_batch_options *model; /* [n_models], threads and progress ignored */
    size_t n_models;
    const tq_print_column *column; /* [n_columns] */
    size_t n_columns;
    size_t n_more;        /* the last of them, printed behind the directions of cohorts */
    int digits;           /* significant ones of other numbers; 0: as many as read back the same */
    char separator;       /* of the output: ',' or tab */
    int packed;           /* 1: bgzip */
    char in_separator;    /* of the input; 0: found in each header */
    char decimal;         /* mark of the input: '.' or ',' */
    int strict;           /* a bad line ends the run */
    int lenient;          /* lines may have more fields than the header */
    size_t min_k;         /* problems with fewer studies are left out of the output */
    size_t threads;       /* >= 1; never changes a byte of the output */
    size_t shard, shards; /* this part (from 0) of so many; shards = 1: all of it */
    int shard_rows; /* 1: rows as parts keep them, to be merged: each behind its place and a tab */
    int by_bytes; /* the parts are stretches of one file, else of the keys; see tq_batch_by_bytes() */
    const tq_progress *progress;
    const tq_row_writer *out; /* takes the rows in order */
} tq_batch_spec;

/** A line that was left out, and why. */
typedef struct {
    uint64_t line; /* 1-based in its file */
    char reason[160];
} tq_bad_line;

enum { TQ_BAD_LINES_SHOWN = 10, TQ_MISMATCHES_SHOWN = 10 };

/** What genomic control did to a cohort's standard errors. */
typedef enum {
    TQ_LAMBDA_KEPT,      /* nothing: lambda is at most 1, or was not asked for */
    TQ_LAMBDA_CORRECTED, /* they were multiplied with sqrt(lambda) */
    TQ_LAMBDA_UNKNOWN    /* nothing: no row tells lambda, as none is of a listed key */
} tq_lambda_use;

/** What became of a file's lines. */
typedef struct {
    char path[256];
    tq_source_kind kind;
    uint64_t lines;   /* below the header, empty ones too */
    uint64_t used;    /* rows that counted */
    uint64_t missing; /* rows without value or key */
    uint64_t other;   /* rows that filters, duplicates or other parts left out */
    uint64_t bad;     /* lines that are no rows */
    tq_bad_line bad_line[TQ_BAD_LINES_SHOWN];
    size_t n_bad_lines;
    /* Of joined cohorts; 0 and NaN otherwise. */
    uint64_t duplicates, flipped, strand, palindromic, mismatched;
    uint64_t n_lambda; /* values that lambda comes from */
    double lambda;
    tq_lambda_use lambda_use;
} tq_batch_file;

typedef struct {
    uint64_t place; /* of its key in the order of the output */
    char key[64], detail[160];
} tq_mismatch;

/** What a run did. Free with tq_batch_summary_free(). */
typedef struct {
    tq_batch_file *file; /* [n_files] */
    size_t n_files;
    uint64_t problems; /* groups, lines or keys */
    uint64_t printed;
    uint64_t too_few;                         /* left out by min_k */
    uint64_t outcome[TQ_BATCH_OUTCOME_COUNT]; /* of the printed ones, under the last model */
    tq_mismatch mismatch[TQ_MISMATCHES_SHOWN];
    size_t n_mismatches; /* of those listed */
    uint64_t memory;     /* bytes that grew with the data; 0: none did */
} tq_batch_summary;

TQ_API void tq_batch_summary_free(tq_batch_summary *summary);

#endif
