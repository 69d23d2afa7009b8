/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open addressing with linear probing, at most two thirds full; texts one after the other. */
#include "frame/stream/key_table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 256, FIRST_TEXT = 4096 };

void tq_key_table_free(tq_key_table *table)
{
    free(table->slot);
    free(table->hash);
    free(table->end);
    free(table->text);
    *table = (tq_key_table){0};
}

static void place(tq_key_table *t, uint64_t hash, uint32_t number)
{
    size_t i = (size_t)hash & (t->slots - 1);

    while (t->slot[i]) {
        i = (i + 1) & (t->slots - 1);
    }
    t->slot[i] = (hash >> 32 << 32) | (number + 1U);
}

static int widen_slots(tq_key_table *t)
{
    const size_t slots = t->slots ? 2 * t->slots : FIRST_SLOTS;
    uint64_t *slot = calloc(slots, sizeof *slot);

    if (!slot) {
        return 0;
    }
    free(t->slot);
    t->slot = slot;
    t->slots = slots;
    for (size_t i = 0; i < t->n; i++) {
        place(t, t->hash[i], (uint32_t)i);
    }
    return 1;
}

/* Half as much again, so that little is held in vain. */
static size_t wider(size_t capacity, size_t first)
{
    return capacity ? capacity + capacity / 2 : first;
}

static int widen_keys(tq_key_table *t)
{
    const size_t capacity = wider(t->capacity, FIRST_SLOTS / 2);
    uint64_t *hash = realloc(t->hash, capacity * sizeof *hash);

    if (!hash) {
        return 0;
    }
    t->hash = hash;

    size_t *end = realloc(t->end, capacity * sizeof *end);

    if (!end) {
        return 0;
    }
    t->end = end;
    t->capacity = capacity;
    return 1;
}

static int widen_text(tq_key_table *t, size_t size)
{
    size_t capacity = wider(t->text_capacity, FIRST_TEXT);

    capacity = capacity < t->text_size + size ? t->text_size + size : capacity;
    char *text = realloc(t->text, capacity);

    if (!text) {
        return 0;
    }
    t->text = text;
    t->text_capacity = capacity;
    return 1;
}

const char *tq_key_table_text(const tq_key_table *table, uint32_t number, size_t *size)
{
    const size_t begin = number ? table->end[number - 1] : 0;

    *size = table->end[number] - begin;
    return table->text + begin;
}

void tq_key_table_prefetch(const tq_key_table *table, uint64_t hash)
{
    if (table->slots) {
        __builtin_prefetch(&table->slot[(size_t)hash & (table->slots - 1)]);
    }
}

static uint32_t find(const tq_key_table *t, uint64_t hash, const char *key, size_t size)
{
    for (size_t i = (size_t)hash & (t->slots - 1); t->slots && t->slot[i];
         i = (i + 1) & (t->slots - 1)) {
        const uint32_t number = (uint32_t)t->slot[i] - 1;
        size_t own;

        if (t->slot[i] >> 32 == hash >> 32) {
            const char *text = tq_key_table_text(t, number, &own);

            if (own == size && memcmp(text, key, size) == 0) {
                return number;
            }
        }
    }
    return UINT32_MAX;
}

int tq_key_table_has(const tq_key_table *table, uint64_t hash, const char *key, size_t size)
{
    return find(table, hash, key, size) != UINT32_MAX;
}

uint32_t tq_key_table_add(tq_key_table *table, uint64_t hash, const char *key, size_t size)
{
    const uint32_t found = find(table, hash, key, size);

    if (found != UINT32_MAX) {
        return found;
    }
    /* >= size: there is a text, if an empty one, once there is a key. */
    if (table->n >= UINT32_MAX - 1 ||
        ((table->n + 1) * 3 > table->slots * 2 && !widen_slots(table)) ||
        (table->n == table->capacity && !widen_keys(table)) ||
        (size >= table->text_capacity - table->text_size && !widen_text(table, size))) {
        return UINT32_MAX;
    }
    if (size > 0) {
        memcpy(table->text + table->text_size, key, size);
    }
    table->text_size += size;
    table->hash[table->n] = hash;
    table->end[table->n] = table->text_size;
    place(table, hash, (uint32_t)table->n);
    return (uint32_t)table->n++;
}

size_t tq_key_table_memory(const tq_key_table *table)
{
    return table->slots * sizeof *table->slot +
           table->capacity * (sizeof *table->hash + sizeof *table->end) + table->text_capacity;
}
