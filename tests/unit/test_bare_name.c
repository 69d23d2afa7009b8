/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that stand without quotes. */
#include "support/near.h"

#include "core/bare_name.h"

static void names_end_where_the_language_goes_on(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {"dose*2", 4},
        {"cell_source)", 11},
        {".x1 + y", 3},
        {"Dosis_\xC3\xA4 ", 8},          /* a umlaut */
        {"\xE5\x89\x82\xE9\x87\x8F", 6}, /* two Chinese characters */
        {"a\xC2\xA0", 1},                /* no-break space */
        {"a\xE2\x80\x99s", 1},           /* right single quotation mark */
        {"a\xE2\x88\x92"
         "b",
         1}, /* minus sign */
        {"", 0},
        {"2x", 0},
        {".5", 0},
        {"'a'", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (tq_name_length(cases[i].text) != cases[i].length) {
            fail_msg("'%s': %zu bytes, not %zu", cases[i].text, tq_name_length(cases[i].text),
                     cases[i].length);
        }
    }
}

static void digits_are_ascii(void **state)
{
    size_t n = 0;

    (void)state;
    for (int c = -128; c < 128; c++) {
        n += tq_is_digit((char)c) != 0;
    }
    assert_int_equal(n, 10);
    assert_true(tq_is_digit('0') && tq_is_digit('9') && tq_in_name("7") && !tq_in_name(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_end_where_the_language_goes_on),
        cmocka_unit_test(digits_are_ascii),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
