/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file in_order.h  What threads make of numbered pieces of work, delivered in the order of the numbers. */
#ifndef TQ_CORE_IN_ORDER_H
#define TQ_CORE_IN_ORDER_H

#include <stdint.h>

#include "core/status.h"

/** Called for item 0, 1, ... one at a time, from whichever thread; owns the item. */
typedef tq_status tq_deliver(void *user, void *item, tq_error *err);

typedef struct tq_in_order tq_in_order;

/**
 * @param[in] limit    A thread that is so many items ahead waits; > 0.
 * @param[in] discard  Frees an item that is not delivered any more.
 * @return NULL when memory is short.
 */
TQ_API tq_in_order *tq_in_order_new(size_t limit, tq_deliver *deliver, void *user,
                                    void (*discard)(void *item));
/** Discards what was not delivered. */
TQ_API void tq_in_order_free(tq_in_order *queue);

/**
 * Hand over the item of a number; every number from 0 on must come, once. Safe from any thread.
 * @return The first failure of a delivery, which is the same whatever the threads, or of
 *         tq_in_order_stop(): the thread is to end its work.
 */
TQ_API tq_status tq_in_order_put(tq_in_order *queue, uint64_t index, void *item);

/** Deliver no more, because of a failure elsewhere; the first failure stays. */
TQ_API void tq_in_order_stop(tq_in_order *queue, const tq_error *why);

/** What failed, or TQ_OK. */
TQ_API tq_status tq_in_order_status(tq_in_order *queue, tq_error *err);

#endif
