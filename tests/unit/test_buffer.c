/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The growing output buffer. */
#include "support/near.h"

#include <string.h>

#include "core/buffer.h"

static void appended_parts_stand_in_order_and_end_with_zero(void **state)
{
    tq_buffer b = {0};

    (void)state;
    tq_buffer_text(&b, "k = ");
    tq_buffer_format(&b, "%d of %s", 13, "17");
    tq_buffer_append(&b, "\0x", 2);
    assert_int_equal(b.size, 14);
    assert_memory_equal(b.data, "k = 13 of 17\0x", 15);
    assert_int_equal(tq_buffer_status(&b, NULL), TQ_OK);
    tq_buffer_free(&b);
    assert_null(b.data);
    assert_int_equal(b.size, 0);
    tq_buffer_free(NULL);
}

static void growth_keeps_every_byte(void **state)
{
    tq_buffer b = {0};

    (void)state;
    for (int i = 0; i < 20011; i++) {
        tq_buffer_format(&b, "%07d", i);
    }
    assert_int_equal(b.size, 7 * 20011);
    assert_memory_equal(b.data + 7 * 12345, "0012345", 7);
    tq_buffer_free(&b);
}

static void numbers_lose_only_idle_zeros(void **state)
{
    tq_buffer b = {0};

    (void)state;
    tq_buffer_number(&b, 12.5, 3);
    tq_buffer_text(&b, " ");
    tq_buffer_number(&b, 120.0, 3);
    tq_buffer_text(&b, " ");
    tq_buffer_number(&b, -0.0001, 3);
    tq_buffer_text(&b, " ");
    tq_buffer_number(&b, 120.0, 0);
    assert_string_equal(b.data, "12.5 120 0 120");
    tq_buffer_free(&b);
}

static void failure_sticks_and_changes_nothing(void **state)
{
    tq_buffer b = {0};
    tq_error err;

    (void)state;
    tq_buffer_text(&b, "kept");
    tq_buffer_append(&b, "x", (size_t)-1 - b.size);
    assert_true(b.failed);
    tq_buffer_text(&b, "ignored");
    tq_buffer_format(&b, "%d", 7);
    tq_buffer_number(&b, 7.0, 1);
    assert_string_equal(b.data, "kept");
    assert_int_equal(tq_buffer_status(&b, &err), TQ_ENOMEM);
    assert_int_equal(err.status, TQ_ENOMEM);
    tq_buffer_free(&b);
    assert_false(b.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appended_parts_stand_in_order_and_end_with_zero),
        cmocka_unit_test(growth_keeps_every_byte),
        cmocka_unit_test(numbers_lose_only_idle_zeros),
        cmocka_unit_test(failure_sticks_and_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
