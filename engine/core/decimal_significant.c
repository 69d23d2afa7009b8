/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers by their significant digits, fast. x 10^n with n such that N digits stand before the point is
 * known to twice 53 bits; where that does not decide the last digit, printf does.
 */
#include "core/decimal.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal_few_internal.h"
#include "core/parse_number.h"
#include "core/power_of_ten_internal.h"

enum { DIGITS_MAX = 17, DIGITS_ALWAYS_KEPT = 15 };

/* Apart, so that the quick way does without what these need. */
#if defined(__GNUC__)
#define RARE __attribute__((noinline))
#else
#define RARE
#endif

/* A number is  0.d1d2d3...  10^point, with n digits. */
struct digits {
    uint64_t value;
    int n, point;
};

/* By printf: sign, digits and exponent do not depend on the locale, the radix character is skipped. */
static void printed_digits(double x, int n, struct digits *d)
{
    char text[64];
    const char *p = text;

    snprintf(text, sizeof text, "%.*e", n - 1, x);
    d->value = 0;
    for (; *p && *p != 'e'; p++) {
        if (*p >= '0' && *p <= '9') {
            d->value = 10 * d->value + (uint64_t)(*p - '0');
        }
    }
    d->n = n;
    d->point = *p ? (int)strtol(p + 1, NULL, 10) + 1 : 1;
}

/*
 * x 10^shift rounded to a whole number; 0 where that is too close to call. The product is known to
 * within 10^17 2^-100, far less than the margin.
 */
static int rounded_product(double x, int shift, uint64_t *out)
{
    const double margin = 0x1p-36;
    const struct power p = power_of_ten(shift);
    const double product = x * p.hi;
    const double rest = fma(x, p.hi, -product) + x * p.lo;
    const uint64_t whole = (uint64_t)product;
    const double fraction = (product - (double)whole) + rest, below = floor(fraction);
    const double part = fraction - below;

    *out = (uint64_t)((int64_t)whole + (int64_t)below) + (part > 0.5);
    return fabs(part - 0.5) > margin;
}

/* The same for few digits by one product, which is known to within 10^12 2^-51. */
static int quick_product(double x, int shift, int n, uint64_t *out)
{
    const int few = 12;
    const double margin = 1e-3;

    if (n > few) {
        return 0;
    }
    const double product = x * power_of_ten_near(shift);
    const uint64_t whole = (uint64_t)product;
    const double part = product - (double)whole;

    *out = whole + (part > 0.5);
    return fabs(part - 0.5) > margin;
}

/* x > 0, finite, to n digits. */
static void find_digits(double x, int n, struct digits *d)
{
    if (x < 1e-250 || x > 1e250) {
        printed_digits(x, n, d);
        return;
    }
    int point = decimal_exponent(x) + 1;
    uint64_t value;

    for (;;) {
        const int shift = n - point;

        if (shift < POWER_MIN || shift > POWER_MAX ||
            !(quick_product(x, shift, n, &value) || rounded_product(x, shift, &value))) {
            printed_digits(x, n, d);
            return;
        }
        if (value < whole_power[n]) {
            break;
        }
        point++;
    }
    *d = (struct digits){value, n, point};
}

/* The double that digits stand for. */
static double value_of(const struct digits *d)
{
    char text[48];
    double value = 0.0;
    const int n =
        snprintf(text, sizeof text, "%llue%d", (unsigned long long)d->value, d->point - d->n);

    tq_read_number(text, (size_t)n, &value);
    return value;
}

/* 15 digits are enough for whatever has at most 15, where doubles have all their bits; the rest needs
   16 or 17. */
static void find_shortest(double x, struct digits *d)
{
    for (int n = x < DBL_MIN ? 1 : DIGITS_ALWAYS_KEPT; n < DIGITS_MAX; n++) {
        find_digits(x, n, d);
        if (value_of(d) == x) {
            return;
        }
    }
    find_digits(x, DIGITS_MAX, d);
}

static void drop_zeros(struct digits *d)
{
    while (d->n > 8 && d->value % 100000000 == 0) {
        d->value /= 100000000;
        d->n -= 8;
    }
    while (d->n > 1 && d->value % 10 == 0) {
        d->value /= 10;
        d->n--;
    }
}

/* The n digits of value. */
static char *put_digits(char *out, uint64_t value, int n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    int i = n;

    for (; i >= 2; i -= 2, value /= 100) {
        memcpy(out + i - 2, pairs + 2 * (value % 100), 2);
    }
    if (i == 1) {
        *out = (char)('0' + value % 10);
    }
    return out + n;
}

static char *put_zeros(char *out, int n)
{
    memset(out, '0', (size_t)n);
    return out + n;
}

/* Digits with a point after the first `before` of them, of which there is at least one. */
static char *put_split(char *out, const struct digits *d, int before)
{
    if (before >= d->n) {
        return put_digits(out, d->value, d->n);
    }
    const uint64_t scale = whole_power[d->n - before];

    out = put_digits(out, d->value / scale, before);
    *out++ = '.';
    return put_digits(out, d->value % scale, d->n - before);
}

static char *put_number(char *out, const struct digits *d)
{
    if (d->point > DIGITS_MAX || d->point <= FIXED_LEAST) {
        char *const end = put_split(out, d, 1);

        return end + snprintf(end, 8, "e%d", d->point - 1);
    }
    if (d->point <= 0) {
        *out++ = '0';
        *out++ = '.';
        return put_digits(put_zeros(out, -d->point), d->value, d->n);
    }
    if (d->point >= d->n) {
        return put_zeros(put_digits(out, d->value, d->n), d->point - d->n);
    }
    return put_split(out, d, d->point);
}

/* More digits, and numbers that are far from 1 or close to a tie; x > 0. */
static RARE size_t put_any(char *out, double x, int digits)
{
    struct digits d;

    if (digits == TQ_SIGNIFICANT_SHORTEST) {
        find_shortest(x, &d);
    } else {
        find_digits(x, digits < 1 ? 1 : digits > DIGITS_MAX ? DIGITS_MAX : digits, &d);
    }
    drop_zeros(&d);
    return (size_t)(put_number(out, &d) - out);
}

static RARE size_t put_special(char *out, double x)
{
    const char *text = x == 0.0 ? "0" : isnan(x) ? "NA" : x > 0.0 ? "Inf" : "-Inf";
    size_t size = 0;

    for (; *text; text++) {
        out[size++] = *text;
    }
    return size;
}

size_t tq_decimal_significant(char *out, double x, int digits)
{
    const double size = fabs(x);
    const size_t sign = x < 0.0;

    *out = '-'; /* signs are as good as random: no branch on them */
    if (digits >= 1 && digits <= EIGHT) {
        int point;
        const uint64_t found = few_digits(size, digits, &point);

        if (found) {
            return sign + few_put(out + sign, found, point);
        }
    }
    return x == 0.0 || !isfinite(x) ? put_special(out, x)
                                    : sign + put_any(out + sign, size, digits);
}
