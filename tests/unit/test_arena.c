/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arena: pieces are zeroed, aligned and apart. */
#include "support/near.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

enum { PIECES = 3000 };

static void pieces_are_zeroed_aligned_and_do_not_overlap(void **state)
{
    tq_arena *arena = tq_arena_new();
    unsigned char *piece[PIECES];

    (void)state;
    for (size_t i = 0; i < PIECES; i++) {
        const size_t n = 1 + i * 37 % 211;

        piece[i] = tq_arena_take(arena, n, 1);
        assert_non_null(piece[i]);
        assert_int_equal((uintptr_t)piece[i] % alignof(max_align_t), 0);
        for (size_t b = 0; b < n; b++) {
            assert_int_equal(piece[i][b], 0);
        }
        memset(piece[i], (int)(i % 251) + 1, n);
    }
    for (size_t i = 0; i < PIECES; i++) {
        const size_t n = 1 + i * 37 % 211;

        assert_int_equal(piece[i][0], i % 251 + 1);
        assert_int_equal(piece[i][n - 1], i % 251 + 1);
    }
    tq_arena_free(arena);
    tq_arena_free(NULL);
}

static void a_piece_may_be_larger_than_a_block(void **state)
{
    tq_arena *arena = tq_arena_new();
    char *before = tq_arena_text(arena, "before"), *big = tq_arena_take(arena, 1000, 3001);
    char *after = tq_arena_text(arena, "after");

    (void)state;
    memset(big, 7, 3001000);
    assert_string_equal(before, "before");
    assert_string_equal(after, "after");
    tq_arena_free(arena);
}

static void text_is_copied_and_formatted(void **state)
{
    tq_arena *arena = tq_arena_new();
    char source[] = "Vega 2015";
    const char *copy = tq_arena_text(arena, source);
    char long_text[40000];

    (void)state;
    source[0] = 'X';
    assert_string_equal(copy, "Vega 2015");
    assert_string_equal(tq_arena_format(arena, "%s: %d of %.3f", copy, 13, 2.385),
                        "Vega 2015: 13 of 2.385");
    assert_string_equal(tq_arena_text(arena, ""), "");
    memset(long_text, 'q', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    assert_int_equal(strlen(tq_arena_format(arena, "<%s>", long_text)), sizeof long_text + 1);
    tq_arena_free(arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    tq_arena *arena = tq_arena_new();

    (void)state;
    assert_null(tq_arena_take(arena, SIZE_MAX, 2));
    assert_null(tq_arena_take(arena, SIZE_MAX, 1));
    assert_null(tq_arena_take(arena, SIZE_MAX / 8, 16));
    assert_non_null(tq_arena_take(arena, 0, 8));
    assert_non_null(tq_arena_take(arena, 8, 0));
    assert_string_equal(tq_arena_text(arena, "still usable"), "still usable");
    tq_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_do_not_overlap),
        cmocka_unit_test(a_piece_may_be_larger_than_a_block),
        cmocka_unit_test(text_is_copied_and_formatted),
        cmocka_unit_test(sizes_that_overflow_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
