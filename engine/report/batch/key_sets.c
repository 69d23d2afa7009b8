/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of keys: rows are sorted by set before a lock is taken, so that each is taken once a window. */
#include "report/batch/key_sets_internal.h"

#include <stdlib.h>
#include <string.h>

enum { AHEAD = 8 };

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* The set of a hash, by bits that its table does not begin with. */
static size_t set_of(uint64_t hash)
{
    return (size_t)(hash >> 58);
}

_Static_assert(KEY_SETS == 1 << 6, "as many sets as six bits tell apart");

tq_status key_sets_begin(struct key_sets *sets, tq_error *err)
{
    *sets = (struct key_sets){.locks = 0};
    for (; sets->locks < KEY_SETS; sets->locks++) {
        if (mtx_init(&sets->set[sets->locks].lock, mtx_plain) != thrd_success) {
            return no_memory(err);
        }
    }
    return TQ_OK;
}

void key_sets_end(struct key_sets *sets)
{
    for (size_t i = 0; i < sets->locks; i++) {
        mtx_destroy(&sets->set[i].lock);
        tq_key_table_free(&sets->set[i].table);
        free(sets->set[i].first);
    }
    sets->locks = 0;
}

uint64_t key_sets_memory(const struct key_sets *sets)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < KEY_SETS; i++) {
        bytes += tq_key_table_memory(&sets->set[i].table) +
                 sets->set[i].first_capacity * sizeof *sets->set[i].first;
    }
    return bytes;
}

/* ---- rows ---- */

tq_status keyed_add(struct keyed_rows *rows, const struct keyed *row, tq_error *err)
{
    if (rows->n == rows->capacity) {
        const size_t wider = rows->capacity ? 2 * rows->capacity : 4096;
        struct keyed *a = realloc(rows->row, wider * sizeof *a);

        if (!a) {
            return no_memory(err);
        }
        rows->row = a;

        struct keyed *b = realloc(rows->sorted, wider * sizeof *b);

        if (!b) {
            return no_memory(err);
        }
        rows->sorted = b;
        rows->capacity = wider;
    }
    rows->row[rows->n++] = *row;
    return TQ_OK;
}

void keyed_free(struct keyed_rows *rows)
{
    free(rows->row);
    free(rows->sorted);
    *rows = (struct keyed_rows){0};
}

/* Rows of one set side by side, in their order; begin[KEY_SETS + 1]. */
static void sort_by_set(struct keyed_rows *rows, size_t *begin)
{
    size_t next[KEY_SETS];

    memset(begin, 0, (KEY_SETS + 1) * sizeof *begin);
    for (size_t i = 0; i < rows->n; i++) {
        begin[set_of(rows->row[i].hash) + 1]++;
    }
    for (size_t i = 0; i < KEY_SETS; i++) {
        begin[i + 1] += begin[i];
        next[i] = begin[i];
    }
    for (size_t i = 0; i < rows->n; i++) {
        rows->sorted[next[set_of(rows->row[i].hash)]++] = rows->row[i];
    }
}

/* A new key has its first place here; an old one may have it here. */
static int note_first(struct key_set *set, uint32_t number, uint64_t place)
{
    if (number >= set->first_capacity) {
        const size_t wider = set->table.capacity;
        uint64_t *first = realloc(set->first, wider * sizeof *first);

        if (!first) {
            return 0;
        }
        memset(first + set->first_capacity, 0xFF, (wider - set->first_capacity) * sizeof *first);
        set->first = first;
        set->first_capacity = wider;
    }
    if (place < set->first[number]) {
        set->first[number] = place;
    }
    return 1;
}

static int store_set(struct key_set *set, const struct keyed *row, size_t n, store_row *store,
                     void *user)
{
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) {
            tq_key_table_prefetch(&set->table, row[i + AHEAD].hash);
        }
        const uint32_t number = tq_key_table_add(&set->table, row[i].hash, row[i].key, row[i].size);

        if (number == UINT32_MAX || !note_first(set, number, row[i].place) ||
            !store(user, set, number, &row[i])) {
            return 0;
        }
    }
    return 1;
}

tq_status key_sets_store(struct key_sets *sets, struct keyed_rows *rows, store_row *store,
                         void *user, tq_error *err)
{
    size_t begin[KEY_SETS + 1];
    int stored = 1;

    sort_by_set(rows, begin);
    for (size_t i = 0; stored && i < KEY_SETS; i++) {
        struct key_set *const set = &sets->set[i];

        if (begin[i] < begin[i + 1]) {
            mtx_lock(&set->lock);
            stored = store_set(set, rows->sorted + begin[i], begin[i + 1] - begin[i], store, user);
            mtx_unlock(&set->lock);
        }
    }
    rows->n = 0;
    return stored ? TQ_OK : no_memory(err);
}

/* ---- order ---- */

tq_status key_sets_order(const struct key_sets *sets, struct key_place **out, size_t *n,
                         tq_error *err)
{
    size_t count = 0, at = 0;

    for (size_t i = 0; i < KEY_SETS; i++) {
        count += sets->set[i].table.n;
    }
    struct key_place *keys = key_places_new(count, err);

    if (!keys) {
        return TQ_ENOMEM;
    }
    for (uint32_t i = 0; i < KEY_SETS; i++) {
        for (size_t j = 0; j < sets->set[i].table.n; j++) {
            keys[at++] = (struct key_place){sets->set[i].first[j], (uint32_t)j, i};
        }
    }
    const tq_status status = key_places_sort(&keys, count, err);

    *out = keys;
    *n = count;
    return status;
}
