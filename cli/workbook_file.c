/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workbooks as files. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli.h"

/* libxlsxwriter tells failures of the file system on stderr by itself, besides returning them: for
   its time stderr goes nowhere, so that the one line of ours stays the only one. */
static tq_status write_quietly(cli_workbook_writer *write, const void *user, const char *path,
                               const char *temporary, tq_error *err)
{
    const int nowhere = open("/dev/null", O_WRONLY), kept = dup(STDERR_FILENO);

    if (nowhere >= 0 && kept >= 0) {
        fflush(stderr);
        dup2(nowhere, STDERR_FILENO);
    }
    const tq_status status = write(user, temporary, err);

    if (status == TQ_EWRITE && err) { /* the library knows the temporary name alone */
        char reason[sizeof err->message];

        tq_copy_text(reason, sizeof reason, err->message);
        tq_fail(err, TQ_EWRITE, TQ_NO_ROW, NULL, "cannot be written: %s", reason);
        tq_copy_text(err->file, sizeof err->file, path);
    }
    if (nowhere >= 0 && kept >= 0) {
        fflush(stderr);
        dup2(kept, STDERR_FILENO);
    }
    if (nowhere >= 0) {
        close(nowhere);
    }
    if (kept >= 0) {
        close(kept);
    }
    return status;
}

tq_status cli_stage_workbook(cli_output *out, const char *path, cli_workbook_writer *write,
                             const void *user, tq_error *err)
{
    const char *temporary;
    const tq_status status = cli_stage_path(out, path, &temporary, err);

    return status == TQ_OK ? write_quietly(write, user, path, temporary, err) : status;
}
