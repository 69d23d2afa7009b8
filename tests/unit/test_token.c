/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers and quoted texts of the languages of --mods and --subset. */
#include "support/near.h"

#include <string.h>

#include "core/token.h"

static void numbers_end_where_the_language_goes_on(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {{"12.5*x", 4}, {".25)", 3}, {"3.", 2},  {"1e-3,", 4}, {"2E+10", 5},
                 {"1.2.3", 3},  {"7e", 1},   {"7e+", 1}, {".", 0},     {".e3", 0},
                 {"-4", 0},     {"", 0},     {"x1", 0},  {"0x1f", 1},  {"1,5", 1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (tq_number_length(cases[i].text) != cases[i].length) {
            fail_msg("'%s': %zu bytes, not %zu", cases[i].text, tq_number_length(cases[i].text),
                     cases[i].length);
        }
    }
}

static void a_doubled_quote_stands_for_one(void **state)
{
    char out[8];
    size_t n = 0;

    (void)state;
    assert_int_equal(tq_read_quoted("'it''s') + x", out, sizeof out, &n), 7);
    assert_string_equal(out, "it's");
    assert_int_equal(n, 4);
    assert_int_equal(tq_read_quoted("\"a'b\"", out, sizeof out, &n), 5);
    assert_string_equal(out, "a'b");
    assert_int_equal(tq_read_quoted("``", out, sizeof out, &n), 2);
    assert_int_equal(n, 0);
    assert_string_equal(out, "");
    assert_int_equal(tq_read_quoted("'open", out, sizeof out, &n), 0);
    assert_int_equal(tq_read_quoted("'open''", out, sizeof out, &n), 0);
    assert_int_equal(tq_read_quoted("'", out, 1, &n), 0);
    assert_int_equal(tq_read_quoted("'nineteen or twenty'", out, sizeof out, &n), 20);
    assert_int_equal(n, 18); /* more than there is room for */
    assert_string_equal(out, "ninetee");
}

static void places_are_characters(void **state)
{
    const char *const text = "\xC3\xA4 + \xE5\x89\x82 ?";

    (void)state;
    assert_int_equal(tq_place_of(text, text), 1);
    assert_int_equal(tq_place_of(text, strchr(text, '+')), 3);
    assert_int_equal(tq_place_of(text, strchr(text, '?')), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_end_where_the_language_goes_on),
        cmocka_unit_test(a_doubled_quote_stands_for_one),
        cmocka_unit_test(places_are_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
