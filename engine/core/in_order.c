/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ring of items that wait for those before them. */
#include "core/in_order.h"

#include <stdlib.h>
#include <threads.h>

struct tq_in_order {
    mtx_t lock;
    cnd_t moved;
    size_t limit;
    void **ring; /* [limit] item of a number at number % limit; NULL: not there yet */
    uint64_t next;
    int delivering; /* a thread is, without the lock */
    tq_deliver *deliver;
    void *user;
    void (*discard)(void *item);
    tq_error failure;
};

tq_in_order *tq_in_order_new(size_t limit, tq_deliver *deliver, void *user,
                             void (*discard)(void *item))
{
    tq_in_order *q = calloc(1, sizeof *q);
    void **ring = calloc(limit, sizeof *ring);

    if (!q || !ring || mtx_init(&q->lock, mtx_plain) != thrd_success) {
        free(ring);
        free(q);
        return NULL;
    }
    if (cnd_init(&q->moved) != thrd_success) {
        mtx_destroy(&q->lock);
        free(ring);
        free(q);
        return NULL;
    }
    q->limit = limit;
    q->ring = ring;
    q->deliver = deliver;
    q->user = user;
    q->discard = discard;
    return q;
}

void tq_in_order_free(tq_in_order *q)
{
    if (q) {
        for (size_t i = 0; i < q->limit; i++) {
            if (q->ring[i]) {
                q->discard(q->ring[i]);
            }
        }
        cnd_destroy(&q->moved);
        mtx_destroy(&q->lock);
        free(q->ring);
        free(q);
    }
}

/* Deliver whatever has its turn; the lock is held, but not during a delivery. */
static void deliver_ready(tq_in_order *q)
{
    void *item;

    q->delivering = 1;
    while (q->failure.status == TQ_OK && (item = q->ring[q->next % q->limit]) != NULL) {
        tq_error err = {.status = TQ_OK};

        q->ring[q->next % q->limit] = NULL;
        mtx_unlock(&q->lock);
        const tq_status status = q->deliver(q->user, item, &err);

        mtx_lock(&q->lock);
        q->next++;
        if (status != TQ_OK && q->failure.status == TQ_OK) {
            q->failure = err;
            q->failure.status = status;
        }
        cnd_broadcast(&q->moved);
    }
    q->delivering = 0;
}

tq_status tq_in_order_put(tq_in_order *q, uint64_t index, void *item)
{
    mtx_lock(&q->lock);
    while (q->failure.status == TQ_OK && index >= q->next + q->limit) {
        cnd_wait(&q->moved, &q->lock);
    }
    if (q->failure.status == TQ_OK) {
        q->ring[index % q->limit] = item;
        if (!q->delivering) {
            deliver_ready(q);
        }
    } else {
        q->discard(item);
    }
    const tq_status status = q->failure.status;

    mtx_unlock(&q->lock);
    return status;
}

void tq_in_order_stop(tq_in_order *q, const tq_error *why)
{
    mtx_lock(&q->lock);
    if (q->failure.status == TQ_OK) {
        q->failure = *why;
    }
    cnd_broadcast(&q->moved);
    mtx_unlock(&q->lock);
}

tq_status tq_in_order_status(tq_in_order *q, tq_error *err)
{
    mtx_lock(&q->lock);
    const tq_status status = q->failure.status;

    if (status != TQ_OK && err) {
        *err = q->failure;
    }
    mtx_unlock(&q->lock);
    return status;
}
