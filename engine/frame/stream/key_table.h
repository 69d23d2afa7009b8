/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file key_table.h  Texts to small numbers: 0, 1, ... in the order in which they come. */
#ifndef TQ_FRAME_STREAM_KEY_TABLE_H
#define TQ_FRAME_STREAM_KEY_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/api.h"

/** Start from {0}. Treat as opaque, but for n. */
typedef struct {
    size_t n;       /* keys */
    uint64_t *slot; /* [slots], a power of two: high half of the hash, number + 1; 0: empty */
    size_t slots;
    uint64_t *hash; /* [n] */
    size_t *end;    /* [n] of each text in text[] */
    size_t capacity;
    char *text;
    size_t text_size, text_capacity;
} tq_key_table;

TQ_API void tq_key_table_free(tq_key_table *table);

/**
 * The number of a key, a new one where it is new.
 * @param[in] hash  Of the key, well mixed; the same for the same key.
 * @return UINT32_MAX when memory is short, or there are as many keys.
 */
TQ_API uint32_t tq_key_table_add(tq_key_table *table, uint64_t hash, const char *key, size_t size);
/** Whether the table has a key. */
TQ_API int tq_key_table_has(const tq_key_table *table, uint64_t hash, const char *key, size_t size);
/** Fetch what tq_key_table_add() of that hash looks at first. */
TQ_API void tq_key_table_prefetch(const tq_key_table *table, uint64_t hash);

/** The text of a key; it moves when keys are added. */
TQ_API const char *tq_key_table_text(const tq_key_table *table, uint32_t number, size_t *size);
/** Bytes held. */
TQ_API size_t tq_key_table_memory(const tq_key_table *table);

#endif
