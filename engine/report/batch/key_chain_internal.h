/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file key_chain_internal.h  Keys that threads number together, each with the key that followed it once:
 * files that have them in one order find all but the first without a hash.
 */
#ifndef TQ_REPORT_BATCH_KEY_CHAIN_INTERNAL_H
#define TQ_REPORT_BATCH_KEY_CHAIN_INTERNAL_H

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <threads.h>

#include "core/arena.h"
#include "core/status.h"
#include "report/batch/key_order_internal.h"

enum {
    CHAIN_KEYS = 64, /* of a block */
    CHAIN_SETS = 64,
    CHAIN_LEAF_BITS = 13,
    CHAIN_LEAVES = 1 << 13, /* of as many blocks each: all numbers of 32 bits */
    CHAIN_GUESSES = 3,      /* keys that a file may leave out between two that it has */
    CHAIN_AHEAD = 16        /* keys that are fetched before they are compared */
};

#define CHAIN_NONE UINT32_MAX

struct chain_key {
    const char *text;
    _Atomic uint64_t first; /* the least place that it stands at */
    uint32_t size;
    _Atomic uint32_t next; /* number + 1 of the key behind it where it was met first; 0: none yet */
};

/* Filled by one thread; others see of it what they learn from `next` and from the sets. */
struct chain_block {
    struct chain_key key[CHAIN_KEYS];
    _Atomic(void *) column[]; /* [columns] the caller's */
};

/* Keys by hash, each half of a slot: the low half of the hash, number + 1; 0: empty. */
struct chain_set {
    mtx_t lock;
    _Atomic(uint64_t *) slot; /* looked at without the lock by what fetches ahead, alone */
    _Atomic size_t slots;
    size_t n;
};

struct key_chain {
    struct chain_set set[CHAIN_SETS];
    size_t locks;   /* made */
    size_t columns; /* of a block */
    _Atomic(struct chain_block **) leaf[CHAIN_LEAVES];
    _Atomic uint32_t blocks;
};

/* Of a thread: start from {.used = CHAIN_KEYS} and an arena. */
struct chain_writer {
    tq_arena
        *arena; /* keeps blocks, texts, and the caller's columns, as long as the chain is used */
    struct chain_block *block;
    uint32_t number; /* of the block's first key */
    uint32_t used;   /* keys of the block */
    char *text;
    size_t text_left;
    uint64_t text_bytes; /* of all keys that it gave numbers */
};

tq_status key_chain_begin(struct key_chain *chain, size_t columns, tq_error *err);
void key_chain_end(struct key_chain *chain);

static inline struct chain_block *key_chain_block(const struct key_chain *chain, uint32_t number)
{
    const uint32_t block = number / CHAIN_KEYS;

    return chain->leaf[block >> CHAIN_LEAF_BITS][block & (CHAIN_LEAVES - 1)];
}

static inline struct chain_key *key_chain_key(const struct key_chain *chain, uint32_t number)
{
    return &key_chain_block(chain, number)->key[number % CHAIN_KEYS];
}

/* Whether a key has this text: most have few bytes, which two loads take. */
static inline int chain_key_is(const struct chain_key *key, const char *text, size_t size)
{
    uint64_t a[2], b[2];

    if (key->size != size) {
        return 0;
    }
    if (size < sizeof *a || size > sizeof a) {
        return memcmp(key->text, text, size) == 0;
    }
    memcpy(&a[0], key->text, sizeof *a);
    memcpy(&a[1], key->text + size - sizeof *a, sizeof *a);
    memcpy(&b[0], text, sizeof *b);
    memcpy(&b[1], text + size - sizeof *b, sizeof *b);
    return a[0] == b[0] && a[1] == b[1];
}

static inline uint32_t chain_next(const struct chain_key *key)
{
    return atomic_load_explicit(&key->next, memory_order_acquire) - 1;
}

/* The number of the key behind `last`, or behind one or two more; CHAIN_NONE: it is another. */
static inline uint32_t key_chain_guess(const struct key_chain *chain, uint32_t last,
                                       const char *text, size_t size)
{
    const struct chain_key *key = key_chain_key(chain, last);
    uint32_t next = chain_next(key);

    /* Mostly it has the next number, too: then no address waits for what the last one held. */
    if (next == last + 1 && next % CHAIN_KEYS != 0 && chain_key_is(key + 1, text, size)) {
        return last + 1;
    }
    for (int i = 0; i < CHAIN_GUESSES && next != CHAIN_NONE; i++) {
        key = key_chain_key(chain, next);
        if (chain_key_is(key, text, size)) {
            return next;
        }
        next = chain_next(key);
    }
    return CHAIN_NONE;
}

/* Fetch the key that is some behind `number` in the chain, as far as its block and the next one tell. */
static inline void key_chain_fetch(const struct key_chain *chain, uint32_t number)
{
    const uint32_t ahead = number % CHAIN_KEYS + CHAIN_AHEAD;
    const struct chain_block *block = key_chain_block(chain, number);

    if (ahead >= CHAIN_KEYS) {
        const uint32_t next = chain_next(&block->key[CHAIN_KEYS - 1]);

        if (next == CHAIN_NONE) {
            return;
        }
        block = key_chain_block(chain, next);
    }
    __builtin_prefetch(&block->key[ahead % CHAIN_KEYS]);
}

/* A key behind `last`, unless there is one already. */
static inline void key_chain_link(const struct key_chain *chain, uint32_t last, uint32_t number)
{
    struct chain_key *const key = key_chain_key(chain, last);

    if (atomic_load_explicit(&key->next, memory_order_relaxed) == 0) {
        atomic_store_explicit(&key->next, number + 1, memory_order_release);
    }
}

/* The key stands at this place, too. */
static inline void chain_key_stands(struct chain_key *key, uint64_t place)
{
    uint64_t first = atomic_load_explicit(&key->first, memory_order_relaxed);

    while (place < first &&
           !atomic_compare_exchange_weak_explicit(&key->first, &first, place, memory_order_relaxed,
                                                  memory_order_relaxed)) {
    }
}

/* Fetch what key_chain_number() of that hash looks at first. */
void key_chain_prefetch(struct key_chain *chain, uint64_t hash);
/* The number of a key, a new one where it is new; CHAIN_NONE: memory is short. */
uint32_t key_chain_number(struct key_chain *chain, struct chain_writer *w, uint64_t hash,
                          const char *key, size_t size);

/* ---- when all is read ---- */

/* All keys by their first place; free() them. */
tq_status key_chain_order(const struct key_chain *chain, struct key_place **out, size_t *n,
                          tq_error *err);
size_t key_chain_count(const struct key_chain *chain);
/* Bytes of keys and their sets, without texts; the same whatever the threads. */
uint64_t key_chain_memory(const struct key_chain *chain);

#endif
