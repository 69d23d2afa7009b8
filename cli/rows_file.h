/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file rows_file.h  --csv FILE: a long table, written while it is made. */
#ifndef TQ_CLI_ROWS_FILE_H
#define TQ_CLI_ROWS_FILE_H

#include <stdio.h>

#include "cli.h"

typedef struct {
    FILE *file; /* NULL: no --csv */
    const char *path;
    tq_row_writer writer;
} cli_rows;

/* Stage the file, if --csv is given. */
tq_status cli_rows_open(const cli_args *args, cli_output *out, cli_rows *rows, tq_error *err);
/* Where the rows go; NULL: nowhere. */
const tq_row_writer *cli_rows_writer(const cli_rows *rows);
/* @retval TQ_EWRITE  Not all rows were written. */
tq_status cli_rows_close(cli_rows *rows, tq_error *err);

#endif
