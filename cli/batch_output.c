/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where `tausq batch` puts its rows, and its report. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "batch_command.h"

tq_status batch_split(const char *text, char **copy, const char ***names, size_t *n, tq_error *err)
{
    const size_t size = strlen(text) + 1;
    size_t count = 1;

    for (const char *p = text; *p; p++) {
        count += *p == ',';
    }
    *copy = malloc(size);
    *names = malloc(count * sizeof **names);
    if (!*copy || !*names) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    memcpy(*copy, text, size);
    *n = 0;
    for (char *p = *copy; p;) {
        char *const comma = strchr(p, ',');

        (*names)[(*n)++] = p;
        if (comma) {
            *comma = '\0';
        }
        p = comma ? comma + 1 : NULL;
    }
    return TQ_OK;
}

tq_status batch_columns(const cli_args *args, const char *option, char **copy, const char ***names,
                        size_t *n, tq_error *err)
{
    tq_status status = batch_split(cli_value(args, option), copy, names, n, err);

    for (size_t i = 0; status == TQ_OK && i < *n; i++) {
        const char *const name = (*names)[i];

        if (!*name) {
            status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: a name is empty", option);
        }
        for (size_t j = 0; status == TQ_OK && j < i; j++) {
            status = strcmp(name, (*names)[j]) == 0
                         ? tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "--%s: '%.60s' is given twice",
                                   option, name)
                         : TQ_OK;
        }
    }
    return status;
}

static tq_status cannot_write(const batch_job *job, int error, tq_error *err)
{
    tq_fail(err, TQ_EWRITE, TQ_NO_ROW, NULL, "cannot be written: %s", strerror(error));
    if (err) {
        tq_copy_text(err->file, sizeof err->file, job->path ? job->path : "standard output");
    }
    return TQ_EWRITE;
}

static tq_status take(void *user, const tq_buffer *rows, tq_error *err)
{
    const batch_job *const job = user;

    errno = 0;
    return fwrite(rows->data, rows->size, 1, job->rows) == 1 ? TQ_OK
                                                             : cannot_write(job, errno, err);
}

/* The first line of a part, or with a summary its last ones. */
static tq_status write_part(batch_job *job, const tq_batch_summary *summary, tq_error *err)
{
    tq_buffer lines = {0};

    if (summary) {
        tq_batch_part_end(summary, &job->spec, &job->provenance, &lines);
    } else {
        tq_batch_part_begin(&job->spec, &job->provenance, &lines);
    }
    tq_status status = tq_buffer_status(&lines, err);

    status = status == TQ_OK ? take(job, &lines, err) : status;
    tq_buffer_free(&lines);
    return status;
}

/* Megabytes of the files named on the command line, for the rate of progress; 0 where one is a pipe. */
static double input_size(const cli_args *args)
{
    double bytes = 0.0;
    struct stat info;

    for (size_t i = 0; i < args->n_places; i++) {
        if (stat(args->place[i], &info) != 0 || !S_ISREG(info.st_mode)) {
            return 0.0;
        }
        bytes += (double)info.st_size;
    }
    return bytes / 1e6;
}

tq_status batch_open(batch_job *job, tq_error *err)
{
    const char *temporary = NULL;

    job->writer = (tq_row_writer){take, job};
    job->spec.out = &job->writer;
    job->output = cli_output_new();
    if (!job->output) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    if (!job->path) {
        job->rows = stdout;
    } else {
        const tq_status status = cli_stage_path(job->output, job->path, &temporary, err);

        if (status != TQ_OK) {
            return status;
        }
        job->rows = fopen(temporary, "wb");
        if (!job->rows) {
            return cannot_write(job, errno, err);
        }
    }
    job->spec.progress =
        cli_progress_begin(&job->progress, job->args, "megabytes", input_size(job->args));
    return job->spec.shard_rows ? write_part(job, NULL, err) : TQ_OK;
}

static tq_status close_rows(batch_job *job, tq_error *err)
{
    FILE *const rows = job->rows;

    job->rows = NULL;
    errno = 0;
    if (rows && (rows == stdout ? fflush(rows) : fclose(rows)) != 0) {
        return cannot_write(job, errno, err);
    }
    return TQ_OK;
}

tq_status batch_finish(batch_job *job, const tq_batch_summary *summary, tq_error *err)
{
    const char *beside = cli_value(job->args, "json");
    const int quiet = cli_value(job->args, "quiet") != NULL;
    tq_buffer text = {0}, json = {0};
    tq_status status = job->spec.shard_rows ? write_part(job, summary, err) : TQ_OK;

    status = status == TQ_OK ? close_rows(job, err) : status;
    cli_progress_end(&job->progress);
    job->spec.progress = NULL;
    job->provenance.output = job->path;
    tq_batch_text(summary, &job->spec, &job->provenance, &text);
    status = status == TQ_OK ? tq_buffer_status(&text, err) : status;
    if (status == TQ_OK && beside) {
        status = tq_batch_json(summary, &job->spec, &job->provenance, &json, err);
        status = status == TQ_OK ? cli_stage(job->output, beside, &json, err) : status;
    }
    if (status == TQ_OK) {
        status = cli_commit(job->output, job->path && !quiet ? &text : NULL, err);
    }
    if (status == TQ_OK && !job->path && !quiet) {
        fputs(text.data, stderr);
    }
    tq_buffer_free(&json);
    tq_buffer_free(&text);
    return status;
}

void batch_close(batch_job *job)
{
    if (job->spec.progress) {
        cli_progress_end(&job->progress);
    }
    if (job->rows && job->rows != stdout) {
        fclose(job->rows);
    }
    cli_output_free(job->output);
}
