/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items of threads in the order of their numbers; keys as numbers. */
#include "support/near.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/in_order.h"
#include "core/parallel.h"
#include "core/splitmix.h"
#include "frame/stream/key_table.h"

enum { ITEMS = 500, KEYS = 5000 };

static atomic_int alive;

struct delivery {
    tq_in_order *queue;
    uint64_t next, fail_at;
};

static void *item_of(uint64_t i)
{
    uint64_t *item = malloc(sizeof *item);

    assert_non_null(item);
    atomic_fetch_add(&alive, 1);
    *item = i;
    return item;
}

static void discard(void *item)
{
    atomic_fetch_sub(&alive, 1);
    free(item);
}

static tq_status deliver(void *user, void *item, tq_error *err)
{
    struct delivery *const d = user;
    const uint64_t i = *(uint64_t *)item;

    discard(item);
    assert_true(i == d->next);
    d->next++;
    return i == d->fail_at
               ? tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "item %llu", (unsigned long long)i)
               : TQ_OK;
}

static void put(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    struct delivery *const d = context;

    (void)thread;
    for (uint64_t i = begin; i < end; i++) {
        if (tq_in_order_put(d->queue, i, item_of(i)) != TQ_OK) {
            return;
        }
    }
}

static void items_come_in_order(void **state)
{
    (void)state;
    for (size_t limit = 1; limit < 20; limit += 6) {
        struct delivery d = {.fail_at = UINT64_MAX};
        tq_error err;

        d.queue = tq_in_order_new(limit, deliver, &d, discard);
        assert_non_null(d.queue);
        assert_int_equal(tq_parallel(3, ITEMS, 1, put, &d, NULL, NULL), TQ_OK);
        assert_int_equal(tq_in_order_status(d.queue, &err), TQ_OK);
        assert_true(d.next == ITEMS);
        tq_in_order_free(d.queue);
        assert_int_equal(atomic_load(&alive), 0);
    }
}

static void the_first_failure_ends_all(void **state)
{
    struct delivery d = {.fail_at = 57};
    tq_error err, late = {.status = TQ_EINTR};

    (void)state;
    d.queue = tq_in_order_new(8, deliver, &d, discard);
    assert_int_equal(tq_parallel(3, ITEMS, 1, put, &d, NULL, NULL), TQ_OK);
    tq_in_order_stop(d.queue, &late);
    assert_int_equal(tq_in_order_status(d.queue, &err), TQ_EDATA);
    assert_string_equal(err.message, "item 57");
    assert_true(d.next == 58);
    tq_in_order_free(d.queue);
    assert_int_equal(atomic_load(&alive), 0);

    d = (struct delivery){.fail_at = UINT64_MAX};
    d.queue = tq_in_order_new(8, deliver, &d, discard);
    tq_in_order_stop(d.queue, &late);
    assert_int_equal(tq_in_order_put(d.queue, 0, item_of(0)), TQ_EINTR);
    tq_in_order_free(d.queue);
    assert_int_equal(atomic_load(&alive), 0);
}

/* Few bits of hash, so that keys meet. */
static void keys_have_the_numbers_of_their_first_time(void **state)
{
    tq_key_table t = {0};
    char key[32];
    size_t size;

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < KEYS; i++) {
            const int n = snprintf(key, sizeof key, "rs%u", i * 7);
            const uint64_t hash = tq_splitmix_mix(i) & UINT64_C(0x00000003000003FF);

            tq_key_table_prefetch(&t, hash);
            assert_int_equal(tq_key_table_add(&t, hash, key, (size_t)n), i);
            assert_memory_equal(tq_key_table_text(&t, i, &size), key, (size_t)n);
            assert_int_equal(size, n);
        }
    }
    assert_int_equal(t.n, KEYS);
    assert_int_equal(tq_key_table_add(&t, 7, "", 0), KEYS);
    assert_int_equal(tq_key_table_add(&t, 7, "", 0), KEYS);
    assert_true(tq_key_table_memory(&t) < KEYS * 60);
    tq_key_table_free(&t);
}

/* An empty key is one too, before there is any text. */
static void a_first_key_may_be_empty(void **state)
{
    tq_key_table t = {0};
    size_t size = 9;

    (void)state;
    assert_int_equal(tq_key_table_add(&t, 7, "", 0), 0);
    assert_non_null(tq_key_table_text(&t, 0, &size));
    assert_int_equal(size, 0);
    assert_int_equal(tq_key_table_add(&t, 7, "", 0), 0);
    assert_int_equal(tq_key_table_add(&t, 7, "a", 1), 1);
    tq_key_table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_order),
        cmocka_unit_test(the_first_failure_ends_all),
        cmocka_unit_test(keys_have_the_numbers_of_their_first_time),
        cmocka_unit_test(a_first_key_may_be_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
