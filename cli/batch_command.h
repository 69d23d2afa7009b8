/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file batch_command.h  What the files of `tausq batch` share, and names of what fits in batches. */
#ifndef TQ_CLI_BATCH_COMMAND_H
#define TQ_CLI_BATCH_COMMAND_H

#include <stdio.h>

#include "cli.h"
#include "progress.h"

enum { BATCH_MOST_MODELS = 8, BATCH_MOST_COLUMNS = BATCH_MOST_MODELS * TQ_BATCH_COLUMN_COUNT };

/* Options read, and where the rows go. */
typedef struct {
    const cli_args *args;
    tq_batch_options model[BATCH_MOST_MODELS];
    tq_print_column column[BATCH_MOST_COLUMNS];
    tq_batch_spec spec;
    tq_batch_provenance provenance;
    cli_progress progress;
    cli_output *output;
    FILE *rows;       /* standard output, or the staged file */
    const char *path; /* -o; NULL: standard output */
    tq_row_writer writer;
} batch_job;

/* batch_options.c: methods and tests that fit in batches, NULL beyond; --predict of them. */
const char *batch_method_at(size_t i);
const char *batch_test_at(size_t i);
tq_status batch_read_predict(const cli_args *args, tq_predict *out, tq_error *err);
/* batch_options.c: model, columns, forms of input and output. */
tq_status batch_read_options(const cli_args *args, batch_job *job, tq_error *err);

/* cmd_batch_join.c: the cohort files of args; a join that was put together otherwise. */
tq_status batch_join(batch_job *job, tq_error *err);
tq_status batch_run_join(batch_job *job, const tq_batch_join *in, tq_error *err);
extern const cli_option batch_join_options[];
/* cmd_batch_metal.c: the analyses of the script that --metal names. */
tq_status batch_metal(batch_job *job, tq_error *err);

/* batch_output.c */
/* A list of names separated by commas, cut in place in a copy; free() both. */
tq_status batch_split(const char *text, char **copy, const char ***names, size_t *n, tq_error *err);
/* The same of an option whose names are columns: none empty, none twice. */
tq_status batch_columns(const cli_args *args, const char *option, char **copy, const char ***names,
                        size_t *n, tq_error *err);
/* Where the rows go: staged before anything is read. */
tq_status batch_open(batch_job *job, tq_error *err);
/* The report, then the files to their places. */
tq_status batch_finish(batch_job *job, const tq_batch_summary *summary, tq_error *err);
/* Whatever happened: closes and removes what was not finished. */
void batch_close(batch_job *job);

#endif
