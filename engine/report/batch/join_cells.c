/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of cohorts into the table: a column of cells for each block of keys and cohort. What stands in the
 * table in the end does not depend on who came first.
 */
#include "report/batch/batch_join_internal.h"

enum { AHEAD = 8, MOST_LUCK = 8 };

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- columns ---- */

/* The column of a cohort, made where there is none; NULL: memory is short. */
static struct cell_column *column_of(struct join_run *run, struct join_worker *w, uint32_t number,
                                     size_t cohort)
{
    _Atomic(void *) *const at = &key_chain_block(&run->keys, number)->column[cohort];
    void *column = atomic_load_explicit(at, memory_order_acquire);

    if (!column) {
        const size_t cells = CHAIN_KEYS * run->form.words * sizeof(union word);
        struct cell_column *const new =
            tq_arena_take(w->writer.arena, 1, sizeof(struct cell_column) + cells);

        if (!new) {
            return NULL;
        }
        atomic_flag_clear(&new->held);
        if (atomic_compare_exchange_strong(at, &column, new)) {
            column = new;
        }
    }
    return column;
}

static void hold(struct cell_column *column)
{
    while (atomic_flag_test_and_set_explicit(&column->held, memory_order_acquire)) {
        thrd_yield();
    }
}

static void release(struct cell_column *column)
{
    if (column) {
        atomic_flag_clear_explicit(&column->held, memory_order_release);
    }
}

/* ---- rows ---- */

/* The hashes of row i and of some behind it, and what they lead to on its way. */
static void hash_ahead(struct join_run *run, struct join_worker *w, size_t i, size_t *hashed)
{
    for (*hashed = *hashed > i ? *hashed : i; *hashed < w->n_rows && *hashed <= i + AHEAD;
         ++*hashed) {
        struct join_row *const row = &w->row[*hashed];

        row->hash = hash_bytes(0, row->key, row->size);
        key_chain_prefetch(&run->keys, row->hash);
    }
}

/* The key's number: that behind the last one, or by hash. */
static uint32_t number_of_row(struct join_run *run, struct join_worker *w, size_t i, size_t *hashed)
{
    const struct join_row *const row = &w->row[i];
    uint32_t number = CHAIN_NONE;

    if (w->last != CHAIN_NONE && (w->luck > 0 || i % MOST_LUCK == 0)) {
        key_chain_fetch(&run->keys, w->last);
        number = key_chain_guess(&run->keys, w->last, row->key, row->size);
        w->luck = number != CHAIN_NONE ? MOST_LUCK : w->luck - (w->luck > 0);
    }
    if (number == CHAIN_NONE) {
        hash_ahead(run, w, i, hashed);
        number = key_chain_number(&run->keys, &w->writer, row->hash, row->key, row->size);
        if (number != CHAIN_NONE && w->last != CHAIN_NONE) {
            key_chain_link(&run->keys, w->last, number);
        }
    }
    w->last = number;
    return number;
}

/* Of rows with one key in a file the first counts: that of the first window, and in a window the rows come
   one after the other. */
static void store_cell(struct join_worker *w, int own, union word *at, const union word *cell,
                       size_t words)
{
    const int is_repeated = at[CELL_HEAD].bits != 0;

    w->duplicates += (uint64_t)(is_repeated && own);
    if (!is_repeated || at[CELL_HEAD].bits >> 32 > cell[CELL_HEAD].bits >> 32) {
        for (size_t i = 0; i < words; i++) {
            at[i] = cell[i];
        }
    }
}

tq_status join_store(struct join_run *run, size_t cohort, struct join_worker *w, tq_error *err)
{
    const size_t words = run->form.words;
    struct cell_column *column = NULL;
    uint32_t block = 0;
    size_t hashed = 0, i = 0;

    for (; i < w->n_rows; i++) {
        const uint32_t number = number_of_row(run, w, i, &hashed);

        if (number == CHAIN_NONE) {
            break;
        }
        if (!column || number / CHAIN_KEYS != block) {
            release(column);
            block = number / CHAIN_KEYS;
            column = column_of(run, w, number, cohort);
            if (!column) {
                break;
            }
            hold(column);
        }
        chain_key_stands(key_chain_key(&run->keys, number), w->row[i].place);
        store_cell(w, w->row[i].own, column->cell + number % CHAIN_KEYS * words,
                   w->cell + i * words, words);
    }
    release(column);
    const int stored = i == w->n_rows;

    w->n_rows = 0;
    return stored ? TQ_OK : no_memory(err);
}
