/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as readers see them, in every locale. */
#include "support/near.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "core/decimal.h"
#include "report/page/format.h"

static const char *number(double x, int decimals)
{
    static char text[64];

    return tq_format_number(text, sizeof text, x, decimals);
}

static const char *p_value(double p, int decimals)
{
    static char text[64];

    return tq_format_p(text, sizeof text, p, decimals);
}

static const char *relation(double p, int decimals)
{
    static char text[64];

    return tq_format_p_relation(text, sizeof text, p, decimals);
}

static const char *interval(double est, double lo, double hi)
{
    static char text[128];

    return tq_format_interval(text, sizeof text, est, lo, hi, 2);
}

static void numbers_have_fixed_decimals(void **state)
{
    (void)state;
    assert_string_equal(number(0.4893, 2), "0.49");
    assert_string_equal(number(-12.345, 1), "-12.3");
    assert_string_equal(number(88391.0, 0), "88391");
    assert_string_equal(number(9999999.0, 2), "9999999.00");
}

static void zero_has_no_sign_and_is_never_scientific(void **state)
{
    (void)state;
    assert_string_equal(number(0.0, 2), "0.00");
    assert_string_equal(number(-0.0, 2), "0.00");
    assert_string_equal(number(-0.0, 0), "0");
}

static void tiny_and_huge_values_keep_their_digits(void **state)
{
    (void)state;
    assert_string_equal(number(0.0000412, 2), "4.12e-5");
    assert_string_equal(number(-0.0000412, 2), "-4.12e-5");
    assert_string_equal(number(0.0051, 2), "0.01");
    assert_string_equal(number(1.237e7, 2), "1.24e7");
    assert_string_equal(number(-2.5e300, 1), "-2.5e300");
    assert_string_equal(number(4.9e-324, 3), "4.941e-324");
}

static void what_does_not_exist_is_said(void **state)
{
    (void)state;
    assert_string_equal(number(NAN, 2), "NE");
    assert_string_equal(number(INFINITY, 2), "Inf");
    assert_string_equal(number(-INFINITY, 2), "-Inf");
    assert_string_equal(p_value(NAN, 4), "NE");
    assert_string_equal(interval(NAN, NAN, NAN), "NE");
}

static void p_is_never_printed_as_zero(void **state)
{
    (void)state;
    assert_string_equal(p_value(0.0321, 2), "0.03");
    assert_string_equal(p_value(0.00003, 4), "< 0.0001");
    assert_string_equal(p_value(0.0, 3), "< 0.001");
    assert_string_equal(p_value(0.001, 3), "0.001");
    assert_string_equal(p_value(1.0, 2), "1.00");
    assert_string_equal(relation(0.0321, 3), "= 0.032");
    assert_string_equal(relation(0.0000321, 3), "< 0.001");
}

static void intervals_show_tiny_limits_as_zero_beside_visible_ones(void **state)
{
    (void)state;
    assert_string_equal(interval(0.4893, 0.3421, 0.6999), "0.49 [0.34, 0.70]");
    assert_string_equal(interval(0.0021, -0.31, 0.317), "0.00 [-0.31, 0.32]");
    assert_string_equal(interval(0.0021, -0.0001, 0.0043), "2.10e-3 [-1.00e-4, 4.30e-3]");
    assert_string_equal(interval(3.1, 0.2, 4.7e9), "3.10 [0.20, 4.70e9]");
    assert_string_equal(interval(3.1, NAN, NAN), "3.10 [NE, NE]");
}

static void short_memory_cuts_and_terminates(void **state)
{
    char text[4] = "xyz", none = 'x';

    (void)state;
    assert_ptr_equal(tq_format_number(text, sizeof text, 12.345, 2), text);
    assert_string_equal(text, "12.");
    tq_format_number(&none, 0, 12.345, 2);
    assert_int_equal(none, 'x');
}

static void absurd_decimals_are_brought_inside(void **state)
{
    (void)state;
    assert_string_equal(number(2.75, -3), "3");
    assert_int_equal(strlen(number(0.3, 400)), strlen("0.") + 17);
}

static void decimal_text_ignores_the_locale(void **state)
{
    static const char *const comma[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "fa_IR.UTF-8"};
    const char *set = NULL;
    char text[TQ_DECIMAL_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof comma / sizeof *comma && !set; i++) {
        set = setlocale(LC_NUMERIC, comma[i]);
    }
    if (!set) {
        skip(); /* no such locale is installed */
    }
    tq_decimal_fixed(text, sizeof text, -1234.5678, 3);
    assert_string_equal(text, "-1234.568");
    tq_decimal_scientific(text, sizeof text, 1.5e-30, 2);
    assert_string_equal(text, "1.50e-30");
    setlocale(LC_NUMERIC, "C");
}

static void decimal_text_holds_the_largest_double(void **state)
{
    char text[TQ_DECIMAL_SIZE];

    (void)state;
    tq_decimal_fixed(text, sizeof text, -1.7976931348623157e308, 17);
    assert_int_equal(strlen(text), 1 + 309 + 1 + 17);
    tq_decimal_scientific(text, sizeof text, 0.0, 2);
    assert_string_equal(text, "0.00");
    tq_decimal_fixed(text, sizeof text, NAN, 2);
    assert_string_equal(text, "nan");
    tq_decimal_scientific(text, sizeof text, -INFINITY, 2);
    assert_string_equal(text, "-inf");
}

static void degrees_of_freedom_may_have_no_end(void **state)
{
    char text[64];

    (void)state;
    assert_string_equal(tq_format_df(text, sizeof text, 9.8632, 2), "9.86");
    assert_string_equal(tq_format_df(text, sizeof text, 1e9, 2), "inf");
    assert_string_equal(tq_format_df(text, sizeof text, INFINITY, 0), "inf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(degrees_of_freedom_may_have_no_end),
        cmocka_unit_test(numbers_have_fixed_decimals),
        cmocka_unit_test(zero_has_no_sign_and_is_never_scientific),
        cmocka_unit_test(tiny_and_huge_values_keep_their_digits),
        cmocka_unit_test(what_does_not_exist_is_said),
        cmocka_unit_test(p_is_never_printed_as_zero),
        cmocka_unit_test(intervals_show_tiny_limits_as_zero_beside_visible_ones),
        cmocka_unit_test(short_memory_cuts_and_terminates),
        cmocka_unit_test(absurd_decimals_are_brought_inside),
        cmocka_unit_test(decimal_text_ignores_the_locale),
        cmocka_unit_test(decimal_text_holds_the_largest_double),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
