/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file key_order_internal.h  Keys in the order of the input: by the place where each stood first. */
#ifndef TQ_REPORT_BATCH_KEY_ORDER_INTERNAL_H
#define TQ_REPORT_BATCH_KEY_ORDER_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

/* A key at its place in the order of all. */
struct key_place {
    uint64_t first;
    uint32_t number;
    uint32_t set; /* where keys are numbered by set; otherwise 0 */
};

/* Room for n keys, also for none; NULL: memory is short. */
struct key_place *key_places_new(size_t n, tq_error *err);

/* Sort *places by first, those with the same in the order that they have; *places may be another array
   afterwards, to be freed like the first. */
tq_status key_places_sort(struct key_place **places, size_t n, tq_error *err);
/* Bytes that n keys take while they are sorted. */
uint64_t key_places_memory(size_t n);

#endif
