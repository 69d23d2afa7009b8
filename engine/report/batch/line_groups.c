/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where windows of a long file may be cut: between rows with different keys. */
#include <stdlib.h>
#include <string.h>

#include "report/batch/batch_lines_internal.h"

/* The key fields of a line, in a copy of it; 0 where it is no row. */
static int key_of(const struct lines_run *run, const char *line, size_t size, char *copy,
                  tq_field *by)
{
    const struct line_columns *const c = &run->columns;
    tq_field *fields = malloc(c->wanted.n * sizeof *fields);
    tq_line_scanner s;

    if (!fields) {
        return 0;
    }
    memcpy(copy, line, size);
    copy[size] = '\n';
    tq_line_scan(&s, &run->file.form, run->spec->lenient, c->wanted.column, c->wanted.n, copy,
                 size + 1);
    const int is_row = tq_line_next(&s, fields) == TQ_LINE_FIELDS;

    for (size_t i = 0; is_row && i < c->n_by; i++) {
        by[i] = fields[c->place[i]];
    }
    free(fields);
    return is_row;
}

/* tq_same_group of a run: -1 where a line is no row. */
static int same_group(const void *user, const char *a, size_t a_size, const char *b, size_t b_size)
{
    const struct lines_run *const run = user;
    const size_t n = run->columns.n_by, room = a_size + b_size + 2 + 2 * TQ_WINDOW_SLACK;
    char *copy = malloc(room);
    tq_field *by = malloc(2 * n * sizeof *by);
    int same = -1;

    if (copy && by && key_of(run, a, a_size, copy, by) &&
        key_of(run, b, b_size, copy + a_size + 1 + TQ_WINDOW_SLACK, by + n)) {
        same = same_fields(by, by + n, n);
    }
    free(copy);
    free(by);
    return same;
}

tq_status lines_start(struct lines_run *run, tq_error *err)
{
    const tq_batch_spec *const spec = run->spec;
    tq_window_options opt = {.user = run};
    const uint64_t size = tq_source_size(run->file.source), begin = run->file.begin;

    opt.same = run->columns.wide || !run->in->sorted ? NULL : same_group;
    if (spec->by_bytes) {
        if (!tq_source_seekable(run->file.source)) {
            tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                    "--shard takes parts of a plain file; unpack it first");
            if (err) {
                tq_copy_text(err->file, sizeof err->file, run->file.path);
            }
            return TQ_EINVAL;
        }
        const uint64_t rows = size > begin ? size - begin : 0;

        opt.begin = begin + rows / spec->shards * spec->shard +
                    rows % spec->shards * spec->shard / spec->shards;
        opt.end = spec->shard + 1 == spec->shards
                      ? UINT64_MAX
                      : begin + rows / spec->shards * (spec->shard + 1) +
                            rows % spec->shards * (spec->shard + 1) / spec->shards;
    }
    return tq_text_file_start(&run->file, &opt, err);
}
