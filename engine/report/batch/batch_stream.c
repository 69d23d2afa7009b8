/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Wide and sorted long files: each thread takes a window of text, fits its problems, prints them, and
 * hands the rows on in the order of the windows. Nothing is kept but the windows at work.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/parallel.h"
#include "report/batch/batch_lines_internal.h"

enum { AHEAD_PER_THREAD = 4, SEEN = 1 << 22 };

/* ---- what a window becomes ---- */

struct group {
    uint64_t hash; /* of its key */
    uint64_t line; /* of its first row, 1-based in the window */
};

struct item {
    tq_buffer rows;
    struct row_counts counts;
    struct line_tally tally;
    struct group *group; /* [n_groups] in order; sorted long files */
    size_t n_groups;
};

static void item_free(void *user)
{
    struct item *item = user;

    if (item) {
        tq_buffer_free(&item->rows);
        free(item->group);
        free(item);
    }
}

/* A thread at work. */
struct worker {
    tq_window window;
    struct fitter fitter;
    tq_field *fields; /* of a line */
    tq_field *by;     /* [n_by x problems] */
    double *yi, *vi;
    size_t *offset; /* [problems + 1] long files */
    uint64_t *line; /* [problems] of their first rows */
    size_t n, problems, capacity, problem_capacity;
};

struct stream {
    struct lines_run *run;
    struct worker *worker; /* [threads] */
    tq_in_order *queue;
    uint64_t *seen; /* [SEEN] hashes of groups; direct-mapped, so that memory stays what it is */
};

/* ---- room ---- */

static tq_status room_for_values(struct worker *w, size_t n, tq_error *err)
{
    if (n <= w->capacity) {
        return TQ_OK;
    }
    const size_t wider = n > 2 * w->capacity ? n : 2 * w->capacity;
    double *yi = wider > SIZE_MAX / sizeof *yi ? NULL : realloc(w->yi, wider * sizeof *yi);

    w->yi = yi ? yi : w->yi;
    double *vi = yi ? realloc(w->vi, wider * sizeof *vi) : NULL;

    w->vi = vi ? vi : w->vi;
    w->capacity = vi ? wider : w->capacity;
    return vi ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status room_for_problems(struct worker *w, size_t n, size_t n_by, tq_error *err)
{
    if (n <= w->problem_capacity) {
        return TQ_OK;
    }
    const size_t wider = n > 2 * w->problem_capacity ? n : 2 * w->problem_capacity;
    tq_field *by =
        wider > SIZE_MAX / sizeof *by / n_by ? NULL : realloc(w->by, wider * n_by * sizeof *by);

    w->by = by ? by : w->by;
    size_t *offset = by ? realloc(w->offset, (wider + 1) * sizeof *offset) : NULL;

    w->offset = offset ? offset : w->offset;
    uint64_t *line = offset ? realloc(w->line, wider * sizeof *line) : NULL;

    w->line = line ? line : w->line;
    w->problem_capacity = line ? wider : w->problem_capacity;
    return line ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- a line ---- */

/* A row of a long file: another study of the last group, or a new group. */
static tq_status add_study(const struct lines_run *run, struct worker *w, struct line_tally *t,
                           uint64_t line, tq_error *err)
{
    const size_t n_by = run->columns.n_by;
    double yi, vi;
    tq_status status = room_for_problems(w, w->problems + 1, n_by, err);

    status = status == TQ_OK ? room_for_values(w, w->n + 1, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    tq_field *const by = w->by + n_by * w->problems;

    for (size_t i = 0; i < n_by; i++) {
        by[i] = w->fields[run->columns.place[i]];
    }
    if (w->problems == 0 || !same_fields(by - n_by, by, n_by)) {
        w->line[w->problems] = line;
        w->offset[w->problems++] = w->n;
    }
    const int kind = lines_read_study(run, w->fields, 0, t, line, &yi, &vi);

    if (kind > 0) {
        w->yi[w->n] = yi;
        w->vi[w->n++] = vi;
    }
    t->used += kind > 0;
    t->missing += kind == 0;
    return TQ_OK;
}

/* A row of a wide file: a problem of k studies. */
static tq_status add_problem(const struct lines_run *run, struct worker *w, struct line_tally *t,
                             uint64_t line, tq_error *err)
{
    const size_t n_by = run->columns.n_by, k = run->columns.k;
    tq_status status = room_for_problems(w, w->problems + 1, n_by, err);
    size_t present = 0;

    status = status == TQ_OK ? room_for_values(w, w->n + k, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    for (size_t i = 0; i < n_by; i++) {
        w->by[n_by * w->problems + i] = w->fields[run->columns.place[i]];
    }
    for (size_t i = 0; i < k; i++) {
        const int kind =
            lines_read_study(run, w->fields, i, t, line, &w->yi[w->n + i], &w->vi[w->n + i]);

        if (kind < 0) {
            return TQ_OK;
        }
        present += (size_t)kind;
    }
    w->n += k;
    w->problems++;
    t->used += present > 0;
    t->missing += present == 0;
    return TQ_OK;
}

/* ---- a window ---- */

static tq_status read_window(const struct lines_run *run, struct worker *w, struct line_tally *t,
                             tq_error *err)
{
    const struct wanted_columns *const wanted = &run->columns.wanted;
    tq_line_scanner s;
    tq_line_kind kind;
    tq_status status = TQ_OK;

    w->n = w->problems = 0;
    tq_line_scan(&s, &run->file.form, run->spec->lenient, wanted->column, wanted->n, w->window.text,
                 w->window.size);
    while (status == TQ_OK && (kind = tq_line_next(&s, w->fields)) != TQ_LINE_END) {
        if (kind != TQ_LINE_FIELDS) {
            tally_kind(t, s.n_lines, kind, s.found, s.columns);
        } else if (run->columns.wide) {
            status = add_problem(run, w, t, s.n_lines, err);
        } else {
            status = add_study(run, w, t, s.n_lines, err);
        }
    }
    t->lines = s.n_lines;
    return status;
}

struct labels {
    const struct lines_run *run;
    const struct worker *worker;
};

static void label(void *user, size_t j, tq_buffer *out)
{
    const struct labels *const l = user;

    put_place(l->run->spec, l->worker->window.offset, out);
    lines_label(l->run, l->worker->by + l->run->columns.n_by * j, out);
}

static tq_status note_groups(const struct lines_run *run, const struct worker *w, struct item *item,
                             tq_error *err)
{
    const size_t n_by = run->columns.n_by;

    item->group = malloc((w->problems ? w->problems : 1) * sizeof *item->group);
    if (!item->group) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t j = 0; j < w->problems; j++) {
        uint64_t hash = 0;

        for (size_t i = 0; i < n_by; i++) {
            hash = hash_bytes(hash, w->by[n_by * j + i].at, w->by[n_by * j + i].size);
        }
        item->group[j] = (struct group){hash, w->line[j]};
    }
    item->n_groups = w->problems;
    return TQ_OK;
}

static tq_status work_window(struct stream *st, struct worker *w, struct item *item, tq_error *err)
{
    const struct lines_run *const run = st->run;
    struct labels labels = {run, w};
    tq_status status = read_window(run, w, &item->tally, err);

    if (status != TQ_OK || w->problems == 0) {
        return status;
    }
    tq_batch_problems in = tq_batch_dense(w->problems, run->columns.k, w->yi, w->vi);

    if (!run->columns.wide) {
        w->offset[w->problems] = w->n;
        in = tq_batch_ragged(w->problems, w->offset, w->yi, w->vi);
        status = note_groups(run, w, item, err);
    }
    if (status == TQ_OK) {
        status =
            fitter_rows(&w->fitter, &in, label, NULL, &labels, &item->rows, &item->counts, err);
    }
    return status == TQ_OK ? pack_rows(run->spec, &item->rows, err) : status;
}

/* ---- in order ---- */

/* A group that was there before, followed by others: as far back as the table remembers. */
static tq_status check_groups(struct stream *st, const struct item *item, tq_error *err)
{
    const struct lines_run *const run = st->run;

    for (size_t j = 0; st->seen && j < item->n_groups; j++) {
        const uint64_t hash = item->group[j].hash | 1; /* 0 is an empty place */
        uint64_t *const place = &st->seen[hash >> 1 & (SEEN - 1)];

        if (*place == hash) {
            tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                    "its group was there before, with others between: the rows are not sorted; "
                    "leave --sorted out");
            if (err) {
                tq_copy_text(err->file, sizeof err->file, run->file.path);
                err->line = run->file.header_line + run->summary->file->lines + item->group[j].line;
            }
            return TQ_EDATA;
        }
        *place = hash;
    }
    return TQ_OK;
}

static tq_status deliver(void *user, void *what, tq_error *err)
{
    struct stream *const st = user;
    struct item *const item = what;
    tq_batch_summary *const sum = st->run->summary;
    tq_status status = check_groups(st, item, err);

    if (status == TQ_OK) {
        status = tally_add(&item->tally, st->run->file.header_line, st->run->spec->strict,
                           sum->file, err);
    }
    status = status == TQ_OK ? give_rows(st->run->spec, &item->rows, err) : status;
    summary_add(sum, &item->counts);
    item_free(item);
    return status;
}

/* ---- threads ---- */

static tq_status one_window(void *user, size_t thread, int *more, tq_error *err)
{
    struct stream *const st = user;
    struct worker *const w = &st->worker[thread];
    tq_status status = tq_windows_next(st->run->file.windows, &w->window, more, err);
    struct item *item = status == TQ_OK && *more ? calloc(1, sizeof *item) : NULL;

    if (status != TQ_OK || !*more) {
        return status;
    }
    if (!item) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    status = work_window(st, w, item, err);
    if (status != TQ_OK) {
        item_free(item);
        return status;
    }
    return tq_in_order_put(st->queue, w->window.index, item);
}

static void work(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    struct stream *const st = context;

    (void)begin;
    (void)end;
    lines_windows(st->run, thread, 1.0, one_window, st, st->queue);
}

static tq_status begin(struct stream *st, tq_error *err)
{
    const struct lines_run *const run = st->run;
    const size_t threads = run->spec->threads;
    tq_status status = TQ_OK;

    st->worker = calloc(threads, sizeof *st->worker);
    st->queue = tq_in_order_new(AHEAD_PER_THREAD * threads, deliver, st, item_free);
    st->seen = run->columns.wide ? NULL : calloc(SEEN, sizeof *st->seen);
    if (!st->worker || !st->queue || (!run->columns.wide && !st->seen)) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; status == TQ_OK && i < threads; i++) {
        struct worker *const w = &st->worker[i];

        w->fields = malloc((run->columns.wanted.n ? run->columns.wanted.n : 1) * sizeof *w->fields);
        status = w->fields ? fitter_begin(&w->fitter, run->spec, err)
                           : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    return status;
}

static void end(struct stream *st)
{
    for (size_t i = 0; st->worker && i < st->run->spec->threads; i++) {
        struct worker *const w = &st->worker[i];

        tq_window_free(&w->window);
        fitter_end(&w->fitter);
        free(w->fields);
        free(w->by);
        free(w->yi);
        free(w->vi);
        free(w->offset);
        free(w->line);
    }
    free(st->worker);
    free(st->seen);
    tq_in_order_free(st->queue);
}

tq_status lines_stream(struct lines_run *run, tq_error *err)
{
    struct stream st = {.run = run};
    const size_t threads = run->spec->threads;
    tq_status status = lines_start(run, err);

    status = status == TQ_OK ? begin(&st, err) : status;
    if (status == TQ_OK) {
        status = tq_parallel(threads, threads, 1, work, &st, NULL, err);
    }
    status = status == TQ_OK ? tq_in_order_status(st.queue, err) : status;
    end(&st);
    return status;
}
