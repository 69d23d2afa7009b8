/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A long table goes to its staged file as it is made, so that memory need not hold it. */
#include "rows_file.h"

#include <errno.h>
#include <string.h>

static tq_status cannot_write(const cli_rows *rows, int error, tq_error *err)
{
    tq_fail(err, TQ_EWRITE, TQ_NO_ROW, NULL, "cannot be written: %s", strerror(error));
    if (err) {
        tq_copy_text(err->file, sizeof err->file, rows->path);
    }
    return TQ_EWRITE;
}

static tq_status take(void *user, const tq_buffer *bytes, tq_error *err)
{
    const cli_rows *rows = user;

    errno = 0;
    return bytes->size == 0 || fwrite(bytes->data, bytes->size, 1, rows->file) == 1
               ? TQ_OK
               : cannot_write(rows, errno, err);
}

tq_status cli_rows_open(const cli_args *args, cli_output *out, cli_rows *rows, tq_error *err)
{
    const char *temporary;

    *rows = (cli_rows){.path = cli_value(args, "csv"), .writer = {take, rows}};
    if (!rows->path) {
        return TQ_OK;
    }
    const tq_status status = cli_stage_path(out, rows->path, &temporary, err);

    if (status != TQ_OK) {
        return status;
    }
    rows->file = fopen(temporary, "wb");
    return rows->file ? TQ_OK : cannot_write(rows, errno, err);
}

const tq_row_writer *cli_rows_writer(const cli_rows *rows)
{
    return rows->file ? &rows->writer : NULL;
}

tq_status cli_rows_close(cli_rows *rows, tq_error *err)
{
    FILE *file = rows->file;

    rows->file = NULL;
    return file && fclose(file) != 0 ? cannot_write(rows, errno, err) : TQ_OK;
}
