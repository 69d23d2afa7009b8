/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Long files in any order: threads read windows and collect rows by the hash of their key; then groups
 * are fitted in the order of their first rows, each with its rows in the order of the file.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "report/batch/batch_lines_internal.h"
#include "report/batch/key_sets_internal.h"

enum { AHEAD_PER_THREAD = 4, GROUPS_AT_ONCE = 2048 };

/* A row of a set. */
struct study {
    uint64_t place;
    double yi, vi; /* NaN: the row has its key alone */
    uint32_t number;
};

struct studies {
    struct study *at; /* [n] */
    size_t n, capacity;
    size_t *begin; /* [keys + 1] once sorted */
};

struct worker {
    tq_window window;
    tq_field *fields;
    struct keyed_rows rows;
    struct study *study; /* [of rows.n] */
    size_t study_capacity;
    tq_buffer keys; /* of several columns */
    struct fitter fitter;
    double *yi, *vi;
    size_t *offset;
    size_t capacity;
};

struct groups {
    struct lines_run *run;
    struct key_sets sets;
    struct studies studies[KEY_SETS];
    struct worker *worker;
    tq_in_order *queue;
    struct key_place *order;
    size_t n_order;
};

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- reading ---- */

/* Keys of several columns are their texts with a byte between that no text has. */
static void key_of(const struct lines_run *run, struct worker *w, struct keyed *row)
{
    const struct line_columns *const c = &run->columns;

    if (c->n_by == 1) {
        row->key = w->fields[c->place[0]].at;
        row->size = w->fields[c->place[0]].size;
    } else {
        const size_t begin = w->keys.size;

        for (size_t i = 0; i < c->n_by; i++) {
            tq_buffer_append(&w->keys, "", i > 0);
            tq_buffer_append(&w->keys, w->fields[c->place[i]].at, w->fields[c->place[i]].size);
        }
        row->key = NULL; /* the buffer may move: set at the end of the window */
        row->place = begin;
        row->size = w->keys.size - begin;
    }
}

static tq_status room_for_study(struct worker *w, tq_error *err)
{
    if (w->rows.n < w->study_capacity) {
        return TQ_OK;
    }
    const size_t wider = w->study_capacity ? 2 * w->study_capacity : 4096;
    struct study *study = realloc(w->study, wider * sizeof *study);

    if (!study) {
        return no_memory(err);
    }
    w->study = study;
    w->study_capacity = wider;
    return TQ_OK;
}

/* Whether this part of the keys has that one. */
static int is_own(const tq_batch_spec *spec, uint64_t hash)
{
    return spec->shards == 1 || hash % spec->shards == spec->shard;
}

static tq_status add_row(const struct lines_run *run, struct worker *w, struct line_tally *t,
                         const tq_line_scanner *s, tq_error *err)
{
    struct keyed row = {0};
    const size_t before = w->keys.size;

    key_of(run, w, &row);
    const char *key = row.key ? row.key : w->keys.data + before;

    if (w->keys.failed) {
        return no_memory(err);
    }
    row.hash = hash_bytes(0, key, row.size);
    if (!is_own(run->spec, row.hash)) {
        w->keys.size = before;
        return TQ_OK;
    }
    tq_status status = room_for_study(w, err);

    if (status != TQ_OK) {
        return status;
    }
    struct study *const study = &w->study[w->rows.n];
    const int kind = lines_read_study(run, w->fields, 0, t, s->n_lines, &study->yi, &study->vi);

    if (kind < 0) {
        study->yi = study->vi = NAN; /* its group is one all the same */
    }
    study->place = w->window.offset + s->line;
    row.row = w->rows.n;
    t->used += kind > 0;
    t->missing += kind == 0;
    return keyed_add(&w->rows, &row, err);
}

static tq_status read_window(const struct lines_run *run, struct worker *w, struct line_tally *t,
                             tq_error *err)
{
    const struct wanted_columns *const wanted = &run->columns.wanted;
    const int first = run->spec->shard == 0; /* what has no key is counted there */
    tq_line_scanner s;
    tq_line_kind kind;
    tq_status status = TQ_OK;

    w->rows.n = 0;
    w->keys.size = 0;
    tq_line_scan(&s, &run->file.form, run->spec->lenient, wanted->column, wanted->n, w->window.text,
                 w->window.size);
    while (status == TQ_OK && (kind = tq_line_next(&s, w->fields)) != TQ_LINE_END) {
        if (kind == TQ_LINE_FIELDS) {
            status = add_row(run, w, t, &s, err);
        } else if (first) {
            tally_kind(t, s.n_lines, kind, s.found, s.columns);
        }
    }
    t->lines = s.n_lines;
    for (size_t i = 0; i < w->rows.n; i++) {
        struct keyed *const row = &w->rows.row[i];

        row->key = row->key ? row->key : w->keys.data + row->place;
        row->place = w->study[i].place;
    }
    return status;
}

struct storing {
    struct groups *groups;
    const struct worker *worker;
};

static int store_study(void *user, struct key_set *set, uint32_t number, const struct keyed *row)
{
    const struct storing *const to = user;
    struct studies *const all = &to->groups->studies[set - to->groups->sets.set];

    if (all->n == all->capacity) {
        const size_t wider = all->capacity ? all->capacity + all->capacity / 2 : 256;
        struct study *at = realloc(all->at, wider * sizeof *at);

        if (!at) {
            return 0;
        }
        all->at = at;
        all->capacity = wider;
    }
    all->at[all->n] = to->worker->study[row->row];
    all->at[all->n++].number = number;
    return 1;
}

static tq_status collect(struct groups *g, struct worker *w, struct line_tally *t, tq_error *err)
{
    struct storing to = {g, w};
    tq_status status = read_window(g->run, w, t, err);

    return status == TQ_OK ? key_sets_store(&g->sets, &w->rows, store_study, &to, err) : status;
}

static tq_status deliver_tally(void *user, void *item, tq_error *err)
{
    struct groups *const g = user;
    const tq_status status =
        tally_add(item, g->run->file.header_line, g->run->spec->strict, g->run->summary->file, err);

    free(item);
    return status;
}

static tq_status one_window(void *user, size_t thread, int *more, tq_error *err)
{
    struct groups *const g = user;
    struct worker *const w = &g->worker[thread];
    tq_status status = tq_windows_next(g->run->file.windows, &w->window, more, err);

    if (status != TQ_OK || !*more) {
        return status;
    }
    struct line_tally *t = calloc(1, sizeof *t);

    if (!t) {
        return no_memory(err);
    }
    status = collect(g, w, t, err);
    if (status != TQ_OK) {
        free(t);
        return status;
    }
    return tq_in_order_put(g->queue, w->window.index, t);
}

static void read_all(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    struct groups *const g = context;

    (void)begin;
    (void)end;
    lines_windows(g->run, thread, READING_SHARE, one_window, g, g->queue);
}

/* ---- groups ---- */

static int by_place(const void *a, const void *b)
{
    const struct study *x = a, *y = b;

    return (x->place > y->place) - (x->place < y->place);
}

/* Studies of a set by key, in the order of the file, whatever threads did. */
static int sort_set(struct studies *all, size_t keys)
{
    struct study *sorted = malloc((all->n ? all->n : 1) * sizeof *sorted);

    all->begin = calloc(keys + 2, sizeof *all->begin);
    if (!sorted || !all->begin) {
        free(sorted);
        return 0;
    }
    for (size_t i = 0; i < all->n; i++) {
        all->begin[all->at[i].number + 2]++;
    }
    for (size_t i = 2; i < keys + 2; i++) {
        all->begin[i] += all->begin[i - 1];
    }
    for (size_t i = 0; i < all->n; i++) {
        sorted[all->begin[all->at[i].number + 1]++] = all->at[i];
    }
    free(all->at);
    all->at = sorted;
    all->capacity = all->n;
    for (size_t k = 0; k < keys; k++) {
        size_t i = all->begin[k] + 1;

        while (i < all->begin[k + 1] && sorted[i - 1].place < sorted[i].place) {
            i++;
        }
        if (i < all->begin[k + 1]) {
            qsort(sorted + all->begin[k], all->begin[k + 1] - all->begin[k], sizeof *sorted,
                  by_place);
        }
    }
    return 1;
}

static void sort_sets(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    struct groups *const g = context;

    (void)thread;
    for (uint64_t i = begin; i < end; i++) {
        if (!sort_set(&g->studies[i], g->sets.set[i].table.n)) {
            tq_error err;

            no_memory(&err);
            tq_in_order_stop(g->queue, &err);
        }
    }
}

struct item {
    tq_buffer rows;
    struct row_counts counts;
};

static void item_free(void *user)
{
    struct item *item = user;

    tq_buffer_free(&item->rows);
    free(item);
}

static tq_status deliver_rows(void *user, void *what, tq_error *err)
{
    struct groups *const g = user;
    struct item *const item = what;
    const tq_status status = give_rows(g->run->spec, &item->rows, err);

    summary_add(g->run->summary, &item->counts);
    item_free(item);
    return status;
}

struct labels {
    const struct groups *groups;
    const struct key_place *key;
};

static void label(void *user, size_t j, tq_buffer *out)
{
    const struct labels *const l = user;
    const struct key_place *const key = &l->key[j];
    const char separator = l->groups->run->spec->separator;
    size_t size;
    const char *text = tq_key_table_text(&l->groups->sets.set[key->set].table, key->number, &size);

    put_place(l->groups->run->spec, key->first, out);
    for (size_t i = 0; i < l->groups->run->columns.n_by; i++) {
        const char *const end = size > 0 ? memchr(text, '\0', size) : NULL;
        const size_t part = end ? (size_t)(end - text) : size;

        tq_buffer_append(out, &separator, i > 0);
        put_text(out, text, part, separator);
        text += part + 1;
        size -= part + (end != NULL);
    }
}

/* The studies of keys from begin to end - 1, side by side. */
static tq_status gather(const struct groups *g, struct worker *w, size_t begin, size_t end,
                        tq_error *err)
{
    size_t n = 0;

    for (size_t j = begin; j < end; j++) {
        const struct studies *all = &g->studies[g->order[j].set];

        n += all->begin[g->order[j].number + 1] - all->begin[g->order[j].number];
    }
    if (n > w->capacity) {
        free(w->yi);
        free(w->vi);
        w->yi = malloc(n * sizeof *w->yi);
        w->vi = malloc(n * sizeof *w->vi);
        w->capacity = w->yi && w->vi ? n : 0;
        if (!w->capacity) {
            return no_memory(err);
        }
    }
    n = 0;
    for (size_t j = begin; j < end; j++) {
        const struct studies *all = &g->studies[g->order[j].set];
        const size_t number = g->order[j].number;

        w->offset[j - begin] = n;
        for (size_t i = all->begin[number]; i < all->begin[number + 1]; i++) {
            w->yi[n] = all->at[i].yi;
            w->vi[n++] = all->at[i].vi;
        }
    }
    w->offset[end - begin] = n;
    return TQ_OK;
}

static tq_status fit_groups(const struct groups *g, struct worker *w, size_t begin, size_t end,
                            struct item *item, tq_error *err)
{
    struct labels labels = {g, g->order + begin};
    tq_status status = gather(g, w, begin, end, err);

    if (status == TQ_OK) {
        const tq_batch_problems in = tq_batch_ragged(end - begin, w->offset, w->yi, w->vi);

        status =
            fitter_rows(&w->fitter, &in, label, NULL, &labels, &item->rows, &item->counts, err);
    }
    return status == TQ_OK ? pack_rows(g->run->spec, &item->rows, err) : status;
}

static void fit_all(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    struct groups *const g = context;
    tq_error err = {.status = TQ_OK};

    for (uint64_t i = begin; i < end; i++) {
        const size_t from = (size_t)i * GROUPS_AT_ONCE;
        const size_t to = g->n_order - from < GROUPS_AT_ONCE ? g->n_order : from + GROUPS_AT_ONCE;
        struct item *item = calloc(1, sizeof *item);
        const tq_status status =
            item ? fit_groups(g, &g->worker[thread], from, to, item, &err) : no_memory(&err);

        if (status != TQ_OK) {
            if (item) {
                item_free(item);
            }
            tq_in_order_stop(g->queue, &err);
            return;
        }
        if (tq_in_order_put(g->queue, i, item) != TQ_OK) {
            return;
        }
    }
}

/* ---- the run ---- */

static tq_status begin(struct groups *g, tq_error *err)
{
    const size_t threads = g->run->spec->threads;
    tq_status status = key_sets_begin(&g->sets, err);

    if (status != TQ_OK) {
        return status;
    }
    g->worker = calloc(threads, sizeof *g->worker);
    g->queue = tq_in_order_new(AHEAD_PER_THREAD * threads, deliver_tally, g, free);
    if (!g->worker || !g->queue) {
        return no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < threads; i++) {
        struct worker *const w = &g->worker[i];

        w->fields = malloc(g->run->columns.wanted.n * sizeof *w->fields);
        w->offset = malloc((GROUPS_AT_ONCE + 1) * sizeof *w->offset);
        status =
            w->fields && w->offset ? fitter_begin(&w->fitter, g->run->spec, err) : no_memory(err);
    }
    return status;
}

static void end(struct groups *g)
{
    for (size_t i = 0; g->worker && i < g->run->spec->threads; i++) {
        struct worker *const w = &g->worker[i];

        tq_window_free(&w->window);
        fitter_end(&w->fitter);
        keyed_free(&w->rows);
        tq_buffer_free(&w->keys);
        free(w->fields);
        free(w->study);
        free(w->yi);
        free(w->vi);
        free(w->offset);
    }
    for (size_t i = 0; i < KEY_SETS; i++) {
        free(g->studies[i].at);
        free(g->studies[i].begin);
    }
    free(g->worker);
    free(g->order);
    key_sets_end(&g->sets);
    tq_in_order_free(g->queue);
}

static uint64_t memory(const struct groups *g)
{
    uint64_t bytes = key_sets_memory(&g->sets);

    for (size_t i = 0; i < KEY_SETS; i++) {
        bytes += key_places_memory(g->sets.set[i].table.n) +
                 g->studies[i].capacity * sizeof(struct study);
    }
    return bytes;
}

static tq_status fit_and_print(struct groups *g, tq_error *err)
{
    const size_t threads = g->run->spec->threads;
    tq_progress_part part = {g->run->spec->progress, READING_SHARE, 1.0 - READING_SHARE};
    const tq_progress progress = {tq_progress_report_part, &part};

    g->run->summary->memory = memory(g);
    tq_in_order_free(g->queue);
    g->queue = tq_in_order_new(AHEAD_PER_THREAD * threads, deliver_rows, g, item_free);
    if (!g->queue) {
        return no_memory(err);
    }
    tq_status status = tq_parallel(threads, KEY_SETS, 1, sort_sets, g, NULL, err);

    status = status == TQ_OK ? tq_in_order_status(g->queue, err) : status;
    status = status == TQ_OK ? key_sets_order(&g->sets, &g->order, &g->n_order, err) : status;
    if (status == TQ_OK) {
        const uint64_t chunks = (g->n_order + GROUPS_AT_ONCE - 1) / GROUPS_AT_ONCE;

        status = tq_parallel(threads, chunks, 1, fit_all, g, &progress, err);
    }
    return status == TQ_OK ? tq_in_order_status(g->queue, err) : status;
}

tq_status lines_group(struct lines_run *run, tq_error *err)
{
    struct groups g = {.run = run};
    const size_t threads = run->spec->threads;
    tq_status status = lines_start(run, err);

    status = status == TQ_OK ? begin(&g, err) : status;
    if (status == TQ_OK) {
        status = tq_parallel(threads, threads, 1, read_all, &g, NULL, err);
    }
    status = status == TQ_OK ? tq_in_order_status(g.queue, err) : status;
    status = status == TQ_OK ? fit_and_print(&g, err) : status;
    end(&g);
    return status;
}
