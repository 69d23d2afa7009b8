/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A radix sort by bytes, least significant first, which ends as soon as the keys are in order. */
#include "report/batch/key_order_internal.h"

#include <stdlib.h>

enum { DIGIT = 256 };

struct key_place *key_places_new(size_t n, tq_error *err)
{
    struct key_place *const places = calloc(n ? n : 1, sizeof *places);

    if (!places) {
        tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    return places;
}

/* One pass, by the byte at shift; 0 when all have the same. */
static int sort_pass(const struct key_place *from, struct key_place *to, size_t n, int shift)
{
    size_t next[DIGIT] = {0}, sum = 0;

    for (size_t i = 0; i < n; i++) {
        next[from[i].first >> shift & (DIGIT - 1)]++;
    }
    if (next[from[0].first >> shift & (DIGIT - 1)] == n) {
        return 0;
    }
    for (size_t d = 0; d < DIGIT; d++) {
        const size_t count = next[d];

        next[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) {
        to[next[from[i].first >> shift & (DIGIT - 1)]++] = from[i];
    }
    return 1;
}

static int in_order(const struct key_place *places, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (places[i - 1].first > places[i].first) {
            return 0;
        }
    }
    return 1;
}

tq_status key_places_sort(struct key_place **places, size_t n, tq_error *err)
{
    struct key_place *other = key_places_new(n, err);

    if (!other) {
        return TQ_ENOMEM;
    }
    for (int shift = 0; !in_order(*places, n) && shift < 64; shift += 8) {
        if (sort_pass(*places, other, n, shift)) {
            struct key_place *const sorted = other;

            other = *places;
            *places = sorted;
        }
    }
    free(other);
    return TQ_OK;
}

uint64_t key_places_memory(size_t n)
{
    return (uint64_t)n * 2 * sizeof(struct key_place);
}
