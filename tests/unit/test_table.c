/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells to numbers, names to columns. */
#include "support/near.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/csv.h"
#include "frame/table.h"

#define NBSP "\xC2\xA0"
#define MINUS "\xE2\x88\x92" /* U+2212 */

static tq_table *table_of(const char *text, char decimal)
{
    const tq_csv_options opt = {.separator = ';', .decimal = decimal};
    tq_table *table = NULL;

    assert_int_equal(tq_csv_parse(text, strlen(text), "knee.csv", &opt, &table, NULL), TQ_OK);
    return table;
}

struct reading {
    const char *text;
    double value;
};

static void check_readings(const struct reading *r, size_t n, char decimal)
{
    for (size_t i = 0; i < n; i++) {
        double value = 7.25;

        if (!tq_parse_number(r[i].text, decimal, &value)) {
            fail_msg("'%s' was refused", r[i].text);
        }
        assert_true(value == r[i].value && signbit(value) == signbit(r[i].value));
    }
}

static void check_refused(const char *const *texts, size_t n, char decimal)
{
    for (size_t i = 0; i < n; i++) {
        double value = 7.25;

        if (tq_parse_number(texts[i], decimal, &value)) {
            fail_msg("'%s' was read as %g", texts[i], value);
        }
        assert_true(value == 7.25);
    }
}

static void numbers_are_read_as_sheets_write_them(void **state)
{
    static const struct reading point[] = {
        {"2.385", 2.385},
        {"-0.418", -0.418},
        {"+12", 12.0},
        {".5", 0.5},
        {"5.", 5.0},
        {"-0", -0.0},
        {"000.125", 0.125},
        {"1e-3", 0.001},
        {"2.5E+4", 25000.0},
        {"-3e2", -300.0},
        {"  7.5\t", 7.5},
        {NBSP "7.5" NBSP, 7.5},
        {MINUS "0.25", -0.25},
        {MINUS " 0.25", -0.25},
        {"- 3", -3.0},
        {"1e" MINUS "2", 0.01},
        {"1,234", 1234.0},
        {"12,345,678.5", 12345678.5},
        {"-1,000", -1000.0},
        {"1e-400", 0.0},
        {"4.9406564584124654e-324", 0x1p-1074},
        {"0e99999999999999999999", 0.0},
        {"1e-99999999999999999999", 0.0},
    };
    static const struct reading comma[] = {
        {"2,385", 2.385}, {"-,5", -0.5}, {"1.234,5", 1234.5}, {"1.234", 1234.0}, {"3,5e1", 35.0},
    };

    (void)state;
    check_readings(point, sizeof point / sizeof *point, '.');
    check_readings(comma, sizeof comma / sizeof *comma, ',');
}

static void what_is_not_one_number_is_refused(void **state)
{
    static const char *const point[] = {
        "",       " ",         "abc",       "-",        "+",        ".",      "-.",     "e5",
        "1e",     "1e+",       "1.2.3",     "12a",      "1 2",      "--1",    "+-1",    "inf",
        "-Inf",   "nan",       "NaN",       "infinity", "0x1p3",    "0x10",   "1e999",  "-1e309",
        "3,5",    "0,512",     "1,23",      "1,2345",   "1234,567", "1,,234", ",234",   "1,234,",
        "01,234", "1.234,567", "1,234.5.6", "12%",      "1/2",      "5 (2)",  "<0.001", "1d3",
        "1_000",  "\xD9\xA1",  "1f",        "1e5.0",
    };
    static const char *const comma[] = {"1.5", "0.512", "1,5,5", "1,234.5", "3,5,", "1,5 2"};

    (void)state;
    check_refused(point, sizeof point / sizeof *point, '.');
    check_refused(comma, sizeof comma / sizeof *comma, ',');
}

static void numbers_survive_printing_with_17_digits(void **state)
{
    unsigned long long seed = 88172645463325252ULL;
    char text[64];

    (void)state;
    for (int i = 0; i < 200000; i++) {
        double x, back;

        seed ^= seed << 13; /* Marsaglia (2003), J. Stat. Softw. 8(14) */
        seed ^= seed >> 7;
        seed ^= seed << 17;
        memcpy(&x, &seed, sizeof x);
        if (i % 2) { /* the sizes of effects and variances rather than of all doubles */
            x = ldexp((double)(seed >> 11), -60 - i % 23) * (seed & 1 ? 1.0 : -1.0);
        }
        if (!isfinite(x)) {
            continue;
        }
        snprintf(text, sizeof text, "%.17g", x);
        assert_true(tq_parse_number(text, '.', &back));
        assert_true(back == x);
    }
}

/* Decimals of any length, near and at the middle between two doubles, against strtod. */
static void numbers_are_rounded_to_nearest_even(void **state)
{
    static const char *const texts[] = {
        "9007199254740993",
        "9007199254740993.0000000000000000000000000000000000001",
        "9007199254740992.9999999999999999999999999999999999999",
        "9007199254740995",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124",
        "1.00000000000000011102230246251565404236316680908203126",
        "9999999999999999999",
        "99999999999999999999",
        "18446744073709551615e-19",
        "1234567890123456789e22",
        "1234567890123456789e-22",
        "1234567890123456789e23",
        "8.5e22",
        "1e23",
        "2.2250738585072011e-308",
        "1.7976931348623157e308",
        "0.000000000000000000000000000000000000000012345678901234567890123",
    };
    double value;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_true(tq_parse_number(texts[i], '.', &value));
        assert_true(value == strtod(texts[i], NULL));
    }
}

/* Half of the least double is a tie, which goes to zero unless a digit a thousand on says more. */
static void a_digit_far_beyond_the_others_still_decides(void **state)
{
    char text[2400];
    double value;
    const int n = snprintf(text, sizeof text, "%.1074f", 0x1p-1074);
    int carry = 0;

    (void)state;
    for (int i = n - 1; i >= 0; i--) { /* times five, and with e-1 a half */
        if (text[i] != '.') {
            const int digit = 5 * (text[i] - '0') + carry;

            text[i] = (char)('0' + digit % 10);
            carry = digit / 10;
        }
    }
    memset(text + n, '0', 1000);
    strcpy(text + n + 1000, "e-1");
    assert_true(tq_parse_number(text, '.', &value));
    assert_true(value == 0.0);
    text[n + 999] = '1';
    assert_true(tq_parse_number(text, '.', &value));
    assert_true(value == 0x1p-1074);
}

static void numbers_do_not_depend_on_the_locale(void **state)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8"};
    double value = 0.0;
    size_t i = 0;

    (void)state;
    while (i < sizeof locales / sizeof *locales && !setlocale(LC_ALL, locales[i])) {
        i++;
    }
    errno = 0;
    assert_true(tq_parse_number("2.385", '.', &value));
    assert_near(value, 2.385, 0.0);
    assert_true(tq_parse_number("0.12345678901234567890123456789", '.', &value));
    assert_near(value, 0.12345678901234567890123456789, 0.0);
    assert_true(tq_parse_number("1e-320", '.', &value));
    assert_int_equal(errno, 0);
    assert_false(tq_parse_number("3,5", '.', &value));
    setlocale(LC_ALL, "C");
    if (i == sizeof locales / sizeof *locales) {
        print_message("no locale with a decimal comma is installed; tried in C only\n");
    }
}

static void a_column_becomes_numbers_with_nan_for_missing(void **state)
{
    tq_table *t = table_of("study;yi\nA;2.385\nB;NA\nC;.\nD; \nE;-0.418\n", '.');
    double yi[5];

    (void)state;
    assert_int_equal(tq_table_numbers(t, 1, NULL, yi, NULL), TQ_OK);
    assert_near(yi[0], 2.385, 0.0);
    assert_true(isnan(yi[1]) && isnan(yi[2]) && isnan(yi[3]));
    assert_near(yi[4], -0.418, 0.0);
    assert_true(tq_table_missing(t, 1, 1) && tq_table_missing(t, 2, 1));
    assert_true(tq_table_missing(t, 3, 1) && !tq_table_missing(t, 4, 1));
    tq_table_free(t);
}

static void rows_not_used_are_not_read(void **state)
{
    static const unsigned char use[] = {1, 0, 1};
    tq_table *t = table_of("yi\n2.5\nsee text\n-3.5\n", '.');
    double yi[3];

    (void)state;
    assert_int_equal(tq_table_numbers(t, 0, use, yi, NULL), TQ_OK);
    assert_true(yi[0] == 2.5 && isnan(yi[1]) && yi[2] == -3.5);
    tq_table_free(t);
}

static void check_message(const char *text, char decimal, size_t row, size_t line,
                          const char *message)
{
    tq_table *t = table_of(text, decimal);
    double yi[4] = {9.5, 9.5, 9.5, 9.5};
    tq_error err;

    assert_int_equal(tq_table_numbers(t, 0, NULL, yi, &err), TQ_EDATA);
    assert_int_equal(err.status, TQ_EDATA);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, "knee.csv");
    assert_string_equal(err.column, "yi");
    assert_int_equal(err.row, row);
    assert_int_equal(err.line, line);
    for (size_t i = 0; i < 4; i++) {
        assert_true(yi[i] == 9.5);
    }
    assert_int_equal(tq_table_numbers(t, 0, NULL, yi, NULL), TQ_EDATA);
    tq_table_free(t);
}

static void a_cell_that_is_not_a_number_is_named_with_its_remedy(void **state)
{
    (void)state;
    check_message("yi\n1.5\nabc\n", '.', 1, 3, "value 'abc' is not a number");
    check_message("yi\n1.5\n\n3,5\n", '.', 1, 4,
                  "value '3,5' is not a number; a decimal comma needs --decimal ,");
    check_message("yi\n1.5\n", ',', 0, 2,
                  "value '1.5' is not a number; a decimal point needs --decimal .");
    check_message("yi\n1e999\n", '.', 0, 2, "value '1e999' is not a number");
    check_message("yi\n\"1\n2\x1b[31m\"\n", '.', 0, 2, "value '1 2 [31m' is not a number");
}

static void a_long_cell_is_cut_in_the_message(void **state)
{
    char text[4096] = "yi\n1,";
    tq_table *t;
    double yi;
    tq_error err;

    (void)state;
    memset(text + 5, '5', 4000);
    t = table_of(text, '.');
    assert_int_equal(tq_table_numbers(t, 0, NULL, &yi, &err), TQ_EDATA);
    assert_non_null(strstr(err.message, "--decimal ,"));
    tq_table_free(t);
}

static void columns_are_found_by_their_exact_name(void **state)
{
    tq_table *t = table_of("zeta;Alpha;alpha;m;yi\n1;2;3;4;5\n", '.');

    (void)state;
    for (size_t c = 0; c < tq_table_columns(t); c++) {
        assert_int_equal(tq_table_find(t, tq_table_name(t, c)), c);
    }
    assert_int_equal(tq_table_find(t, "ALPHA"), TQ_NO_COLUMN);
    assert_int_equal(tq_table_find(t, ""), TQ_NO_COLUMN);
    assert_string_equal(tq_table_nearest(t, "zet"), "zeta");
    assert_null(tq_table_nearest(t, "unrelated"));
    tq_table_free(t);
}

static void a_column_beyond_the_last_is_refused(void **state)
{
    tq_table *t = table_of("yi\n1\n", '.');
    double yi;
    tq_error err;

    (void)state;
    assert_int_equal(tq_table_numbers(t, 1, NULL, &yi, &err), TQ_EINVAL);
    assert_int_equal(err.status, TQ_EINVAL);
    tq_table_free(t);
    tq_table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_as_sheets_write_them),
        cmocka_unit_test(what_is_not_one_number_is_refused),
        cmocka_unit_test(numbers_survive_printing_with_17_digits),
        cmocka_unit_test(numbers_are_rounded_to_nearest_even),
        cmocka_unit_test(a_digit_far_beyond_the_others_still_decides),
        cmocka_unit_test(numbers_do_not_depend_on_the_locale),
        cmocka_unit_test(a_column_becomes_numbers_with_nan_for_missing),
        cmocka_unit_test(rows_not_used_are_not_read),
        cmocka_unit_test(a_cell_that_is_not_a_number_is_named_with_its_remedy),
        cmocka_unit_test(a_long_cell_is_cut_in_the_message),
        cmocka_unit_test(columns_are_found_by_their_exact_name),
        cmocka_unit_test(a_column_beyond_the_last_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
