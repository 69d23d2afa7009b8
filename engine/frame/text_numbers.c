/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash table with open addressing, at most half full. */
#include "frame/text_numbers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u;

    for (; *text; text++) {
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    }
    return hash ^ (hash >> 29);
}

tq_status tq_number_texts(size_t n, const char *const *text, size_t *number, size_t *first,
                          size_t *count, tq_error *err)
{
    size_t slots = 16;

    while (slots / 2 < n && slots <= SIZE_MAX / 2) {
        slots *= 2;
    }
    size_t *slot = calloc(slots, sizeof *slot); /* 1 + a row that has the text; 0: free */

    if (!slot) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)hash_of(text[i]) & (slots - 1);

        while (slot[at] && strcmp(text[slot[at] - 1], text[i]) != 0) {
            at = (at + 1) & (slots - 1);
        }
        if (slot[at]) {
            number[i] = number[slot[at] - 1];
            continue;
        }
        slot[at] = i + 1;
        number[i] = *count;
        if (first) {
            first[*count] = i;
        }
        ++*count;
    }
    free(slot);
    return TQ_OK;
}
