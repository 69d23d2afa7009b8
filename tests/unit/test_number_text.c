/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers of long tables: text to double and back, against strtod and printf. */
#include "support/near.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/decimal_few_internal.h"
#include "core/parse_number.h"
#include "core/splitmix.h"

/* Values of each kind; TAUSQ_NUMBERS=10000000 makes it a long test. */
static uint64_t values(void)
{
    const char *text = getenv("TAUSQ_NUMBERS");

    return text ? strtoull(text, NULL, 10) : 100000;
}

/* From memory that ends with the text: nothing behind it is looked at. */
static double read(const char *text)
{
    const size_t size = strlen(text);
    char *copy = malloc(size > 0 ? size : 1);
    double value = NAN;

    assert_non_null(copy);
    for (size_t i = 0; i < size; i++) {
        copy[i] = text[i];
    }
    if (!tq_read_number(copy, size, &value)) {
        fail_msg("'%s' is not read", text);
    }
    free(copy);
    return value;
}

static const char *significant(double x, int digits)
{
    static char text[TQ_SIGNIFICANT_SIZE + 1];

    memset(text, '#', sizeof text); /* what is not written shows */
    text[tq_decimal_significant(text, x, digits)] = '\0';
    return text;
}

static double any_double(uint64_t *state)
{
    uint64_t bits;
    double x;

    do {
        bits = tq_splitmix(state);
        memcpy(&x, &bits, sizeof x);
    } while (!isfinite(x) || x == 0.0);
    return x;
}

/* As effects and p-values are: 1e-12 to 1e4 in size. */
static double plain_double(uint64_t *state)
{
    const double u = (double)(tq_splitmix(state) >> 11) * 0x1p-53;
    const double size = (double)(tq_splitmix(state) % 16) - 12.0;

    return (u - 0.5) * pow(10.0, size);
}

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void same(const char *text)
{
    const double got = read(text), want = strtod(text, NULL);

    if (bits_of(got) != bits_of(want)) {
        fail_msg("'%s' is read as %.17g, not %.17g", text, got, want);
    }
}

/* x as programs write it, in the i-th of seven ways. */
static void write_as(char text[static 400], uint64_t i, double x)
{
    switch (i % 7) {
    case 0:
        snprintf(text, 400, "%.17g", x);
        break;
    case 1:
        snprintf(text, 400, "%.16g", x);
        break;
    case 2:
        snprintf(text, 400, "%.6g", x);
        break;
    case 3:
        snprintf(text, 400, "%.12f", x);
        break;
    case 4:
        snprintf(text, 400, "%.4e", x);
        break;
    case 5: /* the point at every place of up to 20 digits */
        snprintf(text, 400, "%+.*f", (int)(i / 7 % 15), fabs(x) < 1e5 ? x : 4.5);
        break;
    default:
        snprintf(text, 400, "%.19e", x);
    }
}

static void texts_are_read_as_strtod_reads_them(void **unused)
{
    uint64_t state = 20261;
    char text[400];

    (void)unused;
    for (uint64_t i = 0, n = values(); i < n; i++) {
        write_as(text, i / 2, i % 2 ? any_double(&state) : plain_double(&state));
        if (isfinite(strtod(text, NULL))) {
            same(text);
        }
    }
}

static void forms_of_plain_numbers(void **unused)
{
    static const char *const good[] = {"2.385",
                                       "-0.418",
                                       "+7",
                                       "-0",
                                       ".5",
                                       "5.",
                                       "1e5",
                                       "1E-05",
                                       "3e+2",
                                       "00012.5",
                                       "12345678",
                                       "123456789",
                                       "0.00000000000000000000012",
                                       "1e-320",
                                       "4.9e-324",
                                       "1e300",
                                       "1e-300",
                                       "9007199254740993",
                                       "0.12345678901234567890123456789",
                                       "18446744073709551616",
                                       "1e0000000000000000001"};
    static const char *const bad[] = {
        "",      "-",   ".",        "e5",         "1e",        "1e+", "1.2.3", "12a",
        " 1",    "1 ",  "0x10",     "nan",        "inf",       "1,5", "--1",   "1e5.0",
        "1e999", "+-1", "1234567a", "1/23456789", "12345678:", "1-2"};
    double value;

    (void)unused;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        same(good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (tq_read_number(bad[i], strlen(bad[i]), &value)) {
            fail_msg("'%s' is read as %g", bad[i], value);
        }
    }
    assert_true(tq_read_number("2.385xyz", 5, &value));
    assert_near(value, 2.385, 0.0);
}

static void shortest_reads_back_and_none_is_shorter(void **unused)
{
    uint64_t state = 20262;
    char shorter[64];

    (void)unused;
    for (uint64_t i = 0, n = values(); i < n; i++) {
        const double x = i % 2 ? any_double(&state) : plain_double(&state);
        const char *const text = significant(x, TQ_SIGNIFICANT_SHORTEST);
        size_t digits = 0;

        if (strtod(text, NULL) != x) {
            fail_msg("%.17g is written '%s'", x, text);
        }
        snprintf(shorter, sizeof shorter, "%.16e", strtod(text, NULL));
        for (int k = 1; k <= 17; k++) {
            snprintf(shorter, sizeof shorter, "%.*e", k - 1, x);
            if (strtod(shorter, NULL) == x) {
                digits = (size_t)k;
                break;
            }
        }
        if (strtod(shorter, NULL) == x && strcmp(significant(x, (int)digits), text) != 0) {
            fail_msg("%.17g is written '%s', but %zu digits do", x, text, digits);
        }
    }
}

static void digits_are_those_of_printf(void **unused)
{
    uint64_t state = 20263;
    char want[64], got[64];

    (void)unused;
    for (uint64_t i = 0, n = values(); i < n; i++) {
        const double x = i % 2 ? any_double(&state) : plain_double(&state);
        const int digits = (int)(i / 2 % 17) + 1;

        snprintf(want, sizeof want, "%.*e", digits - 1, x);
        if (!isfinite(strtod(want, NULL))) {
            continue; /* rounded beyond the doubles */
        }
        snprintf(got, sizeof got, "%.*e", digits - 1, strtod(significant(x, digits), NULL));
        if (strcmp(want, got) != 0) {
            fail_msg("%.17g to %d digits: '%s'", x, digits, significant(x, digits));
        }
    }
}

static void forms_of_written_numbers(void **unused)
{
    static const struct {
        double x;
        int digits;
        const char *text;
    } rows[] = {
        {0.0, 8, "0"},
        {-0.0, 8, "0"},
        {2.385, 8, "2.385"},
        {-0.0412, 8, "-0.0412"},
        {1.25e-7, 8, "1.25e-7"},
        {1e-5, 8, "0.00001"},
        {9.9e-6, 8, "9.9e-6"},
        {9.9e-7, 8, "9.9e-7"},
        {123456789.0, 8, "123456790"},
        {1e22, 8, "1e22"},
        {0.125, 2, "0.12"},
        {0.375, 2, "0.38"},
        {99.96, 3, "100"},
        {9.7e15, 1, "10000000000000000"}, /* rounded to a digit more */
        {-9999999963456789.0, 8, "-10000000000000000"},
        {9999999943456789.0, 8, "9999999900000000"},
        {0.1, 0, "0.1"},
        {0.1 + 0.2, 0, "0.30000000000000004"},
        {5e-324, 0, "5e-324"},
        {1.7976931348623157e308, 0, "1.7976931348623157e308"},
        {1e100, 0, "1e100"},
        {12.5, 1, "10"},
        {1234.5, 17, "1234.5"},
        {NAN, 8, "NA"},
        {INFINITY, 8, "Inf"},
        {-INFINITY, 8, "-Inf"},
        {9.5, 1, "10"},
        {8.5, 1, "8"},
        {100.0, 8, "100"},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(significant(rows[i].x, rows[i].digits), rows[i].text);
    }
}

/* What is hard: zeros, what is no number, neighbours of powers of ten and of ties, ends of ranges. */
static double hard_double(uint64_t *state)
{
    static const double special[] = {0.0, -0.0, NAN, INFINITY, 5e-324, 1e-16, 1e16, 1e11, 1e10};
    const uint64_t draw = tq_splitmix(state);
    const double power = pow(10.0, (double)(draw / 8 % 24) - 12.0);

    switch (draw % 8) {
    case 0:
        return special[draw / 8 % (sizeof special / sizeof *special)];
    case 1:
        return nextafter(power, 0.0);
    case 2:
        return -nextafter(power, INFINITY);
    case 3:
        return power;
    case 4: /* a tie of up to 8 digits */
        return ((double)(draw / 8 % 1000000) + 0.5) / 1024.0;
    case 5:
        return -any_double(state);
    default:
        return plain_double(state);
    }
}

/* Of one way to find digits: n numbers, of n from 0 to 19. */
static void column_is_written(few_find_fn *find, int digits, uint64_t *state)
{
    enum { MOST = 19 };
    double x[MOST] = {0.0};
    uint64_t found[MOST + 1];
    signed char point[MOST + 1];
    char text[TQ_SIGNIFICANT_SIZE + 1];
    const size_t n = tq_splitmix(state) % (MOST + 1);

    for (size_t i = 0; i < n; i++) {
        x[i] = hard_double(state);
    }
    found[n] = 77;
    point[n] = 77;
    find(x, n, digits, found, point);
    assert_int_equal(found[n], 77);
    assert_int_equal(point[n], 77);
    for (size_t i = 0; i < n; i++) {
        text[tq_decimal_put_found(text, x[i], digits, found[i], point[i])] = '\0';
        if (strcmp(text, significant(x[i], digits)) != 0) {
            fail_msg("%.17g to %d digits: '%s', in a column '%s'", x[i], digits,
                     significant(x[i], digits), text);
        }
    }
}

static void columns_have_the_digits_of_single_numbers(void **unused)
{
    uint64_t state = 20264;

    (void)unused;
    for (uint64_t i = 0, n = values() / 4; i < n; i++) {
        for (size_t way = 0; few_find_way(way); way++) {
            column_is_written(few_find_way(way), (int)(i % 8) + 1, &state);
        }
        column_is_written(tq_decimal_find, (int)(i % 20), &state);
    }
}

/* So that a column is quick where it can be: of plain numbers, nearly all are found. */
static void plain_numbers_are_found_in_columns(void **unused)
{
    const double x[] = {0.0412, -12.5, 0.00028043153, 99.999999999, 64881922.4, 1e10, 0.0001, 7.0};
    uint64_t found[8];
    signed char point[8];

    (void)unused;
    for (size_t way = 0; few_find_way(way); way++) {
        few_find_way(way)(x, 8, 7, found, point);
        for (size_t i = 0; i < 8; i++) {
            assert_true(i == 3 || found[i] != 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read_as_strtod_reads_them),
        cmocka_unit_test(forms_of_plain_numbers),
        cmocka_unit_test(shortest_reads_back_and_none_is_shorter),
        cmocka_unit_test(digits_are_those_of_printf),
        cmocka_unit_test(forms_of_written_numbers),
        cmocka_unit_test(columns_have_the_digits_of_single_numbers),
        cmocka_unit_test(plain_numbers_are_found_in_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
