/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file key_sets_internal.h  Keys that threads collect together: sets by hash, each with a lock, whose
 * order in the end is where in the input a key stood first.
 */
#ifndef TQ_REPORT_BATCH_KEY_SETS_INTERNAL_H
#define TQ_REPORT_BATCH_KEY_SETS_INTERNAL_H

#include <threads.h>

#include "core/status.h"
#include "frame/stream/key_table.h"
#include "report/batch/key_order_internal.h"

enum { KEY_SETS = 64 };

struct key_set {
    mtx_t lock;
    tq_key_table table;
    uint64_t *first; /* [table.n] least place of each key */
    size_t first_capacity;
};

struct key_sets {
    struct key_set set[KEY_SETS];
    size_t locks; /* made */
};

tq_status key_sets_begin(struct key_sets *sets, tq_error *err);
void key_sets_end(struct key_sets *sets);
uint64_t key_sets_memory(const struct key_sets *sets);

/* A row on its way into the sets. */
struct keyed {
    uint64_t hash, place;
    const char *key;
    size_t size;
    size_t row; /* the caller's */
};

/* Rows that one thread has read; free rows and sorted. */
struct keyed_rows {
    struct keyed *row, *sorted; /* [capacity] */
    size_t n, capacity;
};

tq_status keyed_add(struct keyed_rows *rows, const struct keyed *row, tq_error *err);
void keyed_free(struct keyed_rows *rows);

/* Stores what row->row means under key `number` of the set, whose lock is held. 0: memory is short. */
typedef int store_row(void *user, struct key_set *set, uint32_t number, const struct keyed *row);

/* Put the rows into their sets, and empty them. */
tq_status key_sets_store(struct key_sets *sets, struct keyed_rows *rows, store_row *store,
                         void *user, tq_error *err);

/* All keys by their first place; free() them. */
tq_status key_sets_order(const struct key_sets *sets, struct key_place **out, size_t *n,
                         tq_error *err);

#endif
