/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of keys by hash, open addressing with linear probing, at most two thirds full. */
#include "report/batch/key_chain_internal.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64, TEXT_PIECE = 1 << 14 };

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static uint64_t *slots_of(const struct chain_set *set)
{
    return atomic_load_explicit(&set->slot, memory_order_relaxed);
}

static size_t n_slots(const struct chain_set *set)
{
    return atomic_load_explicit(&set->slots, memory_order_relaxed);
}

tq_status key_chain_begin(struct key_chain *chain, size_t columns, tq_error *err)
{
    *chain = (struct key_chain){.columns = columns};
    for (; chain->locks < CHAIN_SETS; chain->locks++) {
        if (mtx_init(&chain->set[chain->locks].lock, mtx_plain) != thrd_success) {
            return no_memory(err);
        }
    }
    return TQ_OK;
}

void key_chain_end(struct key_chain *chain)
{
    for (size_t i = 0; i < chain->locks; i++) {
        mtx_destroy(&chain->set[i].lock);
        free(slots_of(&chain->set[i]));
    }
    for (size_t i = 0; i < CHAIN_LEAVES; i++) {
        free(chain->leaf[i]);
    }
    chain->locks = 0;
}

/* ---- new keys ---- */

static struct chain_block **leaf_of(struct key_chain *chain, uint32_t block)
{
    _Atomic(struct chain_block **) *const at = &chain->leaf[block >> CHAIN_LEAF_BITS];
    struct chain_block **leaf = atomic_load_explicit(at, memory_order_acquire);

    if (!leaf) {
        struct chain_block **const new = calloc(CHAIN_LEAVES, sizeof *new);

        if (!new || atomic_compare_exchange_strong(at, &leaf, new)) {
            return new;
        }
        free(new); /* another thread was first */
    }
    return leaf;
}

static int next_block(struct key_chain *chain, struct chain_writer *w)
{
    const size_t size = sizeof *w->block + chain->columns * sizeof *w->block->column;
    struct chain_block *const block = tq_arena_take(w->arena, 1, size);
    uint32_t number = atomic_load(&chain->blocks);

    /* The last numbers stay unused: CHAIN_NONE is one of them. */
    do {
        if (!block || number >= UINT32_MAX / CHAIN_KEYS) {
            return 0;
        }
    } while (!atomic_compare_exchange_weak(&chain->blocks, &number, number + 1));

    struct chain_block **const leaf = leaf_of(chain, number);

    if (!leaf) {
        return 0;
    }
    leaf[number & (CHAIN_LEAVES - 1)] = block;
    w->block = block;
    w->number = number * CHAIN_KEYS;
    w->used = 0;
    return 1;
}

static char *keep_text(struct chain_writer *w, const char *text, size_t size)
{
    if (size > w->text_left) {
        w->text_left = size > TEXT_PIECE ? size : TEXT_PIECE;
        w->text = tq_arena_take(w->arena, w->text_left, 1);
        if (!w->text) {
            w->text_left = 0;
            return NULL;
        }
    }
    char *const kept = w->text;

    memcpy(kept, text, size);
    w->text += size;
    w->text_left -= size;
    w->text_bytes += size;
    return kept;
}

static uint32_t new_key(struct key_chain *chain, struct chain_writer *w, const char *text,
                        size_t size)
{
    if (size > UINT32_MAX || (w->used == CHAIN_KEYS && !next_block(chain, w))) {
        return CHAIN_NONE;
    }
    struct chain_key *const key = &w->block->key[w->used];

    key->text = keep_text(w, text, size);
    if (!key->text) {
        return CHAIN_NONE;
    }
    key->size = (uint32_t)size;
    atomic_store_explicit(&key->first, UINT64_MAX, memory_order_relaxed);
    return w->number + w->used++;
}

/* ---- sets ---- */

/* By bits that the slots do not go by. */
static struct chain_set *set_of(struct key_chain *chain, uint64_t hash)
{
    return &chain->set[hash >> 58];
}

_Static_assert(CHAIN_SETS == 1 << 6, "as many sets as six bits tell apart");

static void place(uint64_t *slot, size_t slots, uint64_t value)
{
    size_t i = (size_t)(value >> 32) & (slots - 1);

    while (slot[i]) {
        i = (i + 1) & (slots - 1);
    }
    slot[i] = value;
}

static int widen(struct chain_set *set)
{
    uint64_t *const old = slots_of(set);
    const size_t n = n_slots(set), slots = n ? 2 * n : FIRST_SLOTS;
    uint64_t *const slot = calloc(slots, sizeof *slot);

    if (!slot) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (old[i]) {
            place(slot, slots, old[i]);
        }
    }
    atomic_store_explicit(&set->slot, slot, memory_order_relaxed);
    atomic_store_explicit(&set->slots, slots, memory_order_relaxed);
    free(old);
    return 1;
}

static uint32_t find(const struct key_chain *chain, const struct chain_set *set, uint32_t half,
                     const char *text, size_t size)
{
    const uint64_t *const slot = slots_of(set);
    const size_t slots = n_slots(set);

    for (size_t i = half & (slots - 1); slots && slot[i]; i = (i + 1) & (slots - 1)) {
        const uint32_t number = (uint32_t)slot[i] - 1;

        if (slot[i] >> 32 == half && chain_key_is(key_chain_key(chain, number), text, size)) {
            return number;
        }
    }
    return CHAIN_NONE;
}

void key_chain_prefetch(struct key_chain *chain, uint64_t hash)
{
    const struct chain_set *const set = set_of(chain, hash);
    const uint64_t *const slot = atomic_load_explicit(&set->slot, memory_order_relaxed);
    const size_t slots = atomic_load_explicit(&set->slots, memory_order_relaxed);

    /* The table may be widened meanwhile: then in vain, and nothing is read. */
    if (slot) {
        __builtin_prefetch((const char *)slot +
                           sizeof *slot * ((size_t)(uint32_t)hash & (slots - 1)));
    }
}

uint32_t key_chain_number(struct key_chain *chain, struct chain_writer *w, uint64_t hash,
                          const char *key, size_t size)
{
    struct chain_set *const set = set_of(chain, hash);
    const uint32_t half = (uint32_t)hash;

    mtx_lock(&set->lock);
    uint32_t number = find(chain, set, half, key, size);

    if (number == CHAIN_NONE && ((set->n + 1) * 3 <= n_slots(set) * 2 || widen(set))) {
        number = new_key(chain, w, key, size);
        if (number != CHAIN_NONE) {
            place(slots_of(set), n_slots(set), (uint64_t)half << 32 | (number + 1U));
            set->n++;
        }
    }
    mtx_unlock(&set->lock);
    return number;
}

/* ---- order ---- */

/* Every key once, as blocks have them: what a block has not filled has no text. */
static void list_keys(const struct key_chain *chain, struct key_place *keys)
{
    const uint32_t blocks = atomic_load(&chain->blocks);
    size_t n = 0;

    for (uint32_t b = 0; b < blocks; b++) {
        const uint32_t number = b * CHAIN_KEYS;
        const struct chain_block *const block =
            chain->leaf[b >> CHAIN_LEAF_BITS] ? key_chain_block(chain, number) : NULL;

        for (uint32_t i = 0; block && i < CHAIN_KEYS && block->key[i].text; i++) {
            keys[n++] = (struct key_place){block->key[i].first, number + i, 0};
        }
    }
}

size_t key_chain_count(const struct key_chain *chain)
{
    size_t count = 0;

    for (size_t i = 0; i < CHAIN_SETS; i++) {
        count += chain->set[i].n;
    }
    return count;
}

tq_status key_chain_order(const struct key_chain *chain, struct key_place **out, size_t *n,
                          tq_error *err)
{
    const size_t count = key_chain_count(chain);
    struct key_place *keys = key_places_new(count, err);

    if (!keys) {
        return TQ_ENOMEM;
    }
    list_keys(chain, keys);

    const tq_status status = key_places_sort(&keys, count, err);

    *out = keys;
    *n = count;
    return status;
}

uint64_t key_chain_memory(const struct key_chain *chain)
{
    const uint64_t blocks = (key_chain_count(chain) + CHAIN_KEYS - 1) / CHAIN_KEYS;
    uint64_t bytes = blocks * (sizeof(struct chain_block) + chain->columns * sizeof(void *));

    for (size_t i = 0; i < CHAIN_SETS; i++) {
        bytes += n_slots(&chain->set[i]) * sizeof(uint64_t);
    }
    return bytes;
}
