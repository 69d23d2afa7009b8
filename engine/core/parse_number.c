/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text to number: whatever the locale, correctly rounded, forgiving about how sheets write it. */
#include "core/parse_number.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/power_of_ten_internal.h"

/*
 * A decimal halfway between two doubles has fewer than 770 significant digits; of what follows
 * them, all that matters is whether it is zero.
 */
enum { DIGITS_MAX = 770 };

/* 10^19 - 1 is the largest run of nines below 2^64. */
enum { MANTISSA_DIGITS = 19 };

/* Powers of ten beyond 10^22 are not doubles: 5^23 > 2^53. */
enum { EXACT_POWERS = 23 };

/* An exponent beyond this is zero or infinity whatever DIGITS_MAX digits stand before it. */
#define EXPONENT_MAX 1000000000LL

/* A number taken apart:  mantissa * 10^exponent  while digits <= MANTISSA_DIGITS. */
struct decimal {
    const char *first; /* leading significant digit, NULL for zero */
    const char *end;   /* one past the last digit */
    uint64_t mantissa;
    size_t digits; /* significant ones */
    long long exponent;
    int negative;
};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

size_t tq_blank_at(const char *p)
{
    const unsigned char c = (unsigned char)p[0];

    if (c == ' ' || (c >= '\t' && c <= '\r')) {
        return 1;
    }
    return c == 0xC2 && (unsigned char)p[1] == 0xA0 ? 2 : 0; /* U+00A0 */
}

static const char *skip_blanks(const char *p)
{
    for (size_t n; (n = tq_blank_at(p)) > 0;) {
        p += n;
    }
    return p;
}

static const char *read_sign(const char *p, int *negative)
{
    static const char minus[] = "\xE2\x88\x92"; /* U+2212, what word processors make of '-' */

    *negative = 0;
    if (*p == '+') {
        return p + 1;
    }
    if (*p == '-') {
        *negative = 1;
        return p + 1;
    }
    if (strncmp(p, minus, sizeof minus - 1) == 0) {
        *negative = 1;
        return p + sizeof minus - 1;
    }
    return p;
}

static void take_digit(struct decimal *d, const char *p)
{
    if (d->digits == 0) {
        if (*p == '0') {
            return;
        }
        d->first = p;
    }
    if (d->digits < MANTISSA_DIGITS) {
        d->mantissa = 10 * d->mantissa + (uint64_t)(*p - '0');
    }
    d->digits++;
}

/*
 * Digits before the decimal mark. Groups count only when each has three digits and the first does
 * not start with a zero: "0,512" is a decimal comma, not five hundred and twelve.
 */
static const char *read_integer(const char *p, char group, struct decimal *d)
{
    const char *const start = p;

    for (; is_digit(*p); p++) {
        take_digit(d, p);
    }
    if (*p != group || p == start || p - start > 3 || *start == '0') {
        return p;
    }
    while (*p == group && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3]) && !is_digit(p[4])) {
        for (int i = 1; i <= 3; i++) {
            take_digit(d, p + i);
        }
        p += 4;
    }
    return p;
}

/* The power of ten after an 'e'; p is left on the 'e' when no digits follow it. */
static const char *read_exponent(const char *p, struct decimal *d)
{
    int negative;
    long long value = 0;
    const char *q = read_sign(p + 1, &negative);

    if (!is_digit(*q)) {
        return p;
    }
    for (; is_digit(*q); q++) {
        value = value < EXPONENT_MAX ? 10 * value + (*q - '0') : value;
    }
    d->exponent += negative ? -value : value;
    return q;
}

/* Take text apart; 0 when it is not one whole number. */
static int read_decimal(const char *text, char mark, struct decimal *d)
{
    const char *p = skip_blanks(text);
    const char *const sign = p;

    *d = (struct decimal){0};
    p = read_sign(p, &d->negative);
    p = p > sign ? skip_blanks(p) : p;

    const char *const digits = p;

    p = read_integer(p, mark == '.' ? ',' : '.', d);
    int any = p > digits;

    if (*p == mark) {
        const char *const fraction = ++p;

        for (; is_digit(*p); p++) {
            take_digit(d, p);
        }
        any = any || p > fraction;
        d->exponent = -(long long)(p - fraction);
    }
    d->end = p;
    if (any && (*p == 'e' || *p == 'E')) {
        p = read_exponent(p, d);
    }
    return any && *skip_blanks(p) == '\0';
}

/* mantissa = hi + lo, lo exact; at most 10^19 - 1. */
static double low_part(uint64_t mantissa, double hi)
{
    const uint64_t near = (uint64_t)hi; /* at most 10^19, so in range */

    return mantissa < near ? -(double)(near - mantissa) : (double)(mantissa - near);
}

/*
 * The same for powers that are no doubles: (hi + lo) (p.hi + p.lo) = q + c to within q 2^-101, while
 * neither end of the range of doubles is near.
 */
static int far_value(uint64_t mantissa, long long exponent, double *out)
{
    const long long magnitude_max = 295; /* of mantissa * 10^exponent < 10^(19 + exponent) */

    if (exponent < POWER_MIN || exponent > magnitude_max - MANTISSA_DIGITS) {
        return 0;
    }
    const struct power p = power_of_ten((int)exponent);
    const double hi = (double)mantissa, lo = low_part(mantissa, hi);
    const double q = hi * p.hi;
    const double c = fma(hi, p.hi, -q) + (hi * p.lo + lo * p.hi);
    const double slack = q * 0x1p-98;

    *out = q + (c + slack);
    return q + (c - slack) == *out;
}

static const double exact_power[EXACT_POWERS] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/*
 * The value from a few double operations, or 0 when they cannot vouch for the last bit.
 *
 * Up to 2^53 mantissa and power are exact and one operation rounds once: Clinger (1990), Proc.
 * ACM SIGPLAN PLDI, 92-101. Above, mantissa = hi + lo with |lo| <= 2^-53 hi, and fma gives
 * the error of hi * power or hi / power exactly, so that value = q + c to within q 2^-103. When
 * both ends of an interval wider than that round to the same double, so does the value.
 */
static int quick_value(uint64_t mantissa, long long exponent, double *out)
{
    if (FLT_EVAL_METHOD != 0) {
        return 0;
    }
    if (exponent <= -EXACT_POWERS || exponent >= EXACT_POWERS) {
        return far_value(mantissa, exponent, out);
    }
    const int divide = exponent < 0;
    const double p = exact_power[divide ? -exponent : exponent];

    if (mantissa <= (uint64_t)1 << DBL_MANT_DIG) {
        *out = divide ? (double)mantissa / p : (double)mantissa * p;
        return 1;
    }
    const double hi = (double)mantissa;
    const double lo = low_part(mantissa, hi);
    const double q = divide ? hi / p : hi * p;
    const double c = divide ? (fma(-q, p, hi) + lo) / p : fma(hi, p, -q) + lo * p;
    const double slack = q * 0x1p-100;

    *out = q + (c + slack);
    return q + (c - slack) == *out;
}

/*
 * The value by strtod, for the rare rest. Written as digits and a power, without a decimal mark,
 * the text means the same in every locale.
 */
static double slow_value(const struct decimal *d)
{
    char text[DIGITS_MAX + 32];
    size_t n = 0;
    long long exponent = d->exponent;
    int rest = 0;

    for (const char *p = d->first; p < d->end; p++) {
        if (!is_digit(*p)) {
            continue;
        }
        if (n < DIGITS_MAX) {
            text[n++] = *p;
        } else {
            rest = rest || *p != '0';
            exponent++;
        }
    }
    if (rest) {
        text[n++] = '1';
        exponent--;
    }
    snprintf(text + n, sizeof text - n, "e%lld", exponent);

    const int saved = errno;
    const double value = strtod(text, NULL);

    errno = saved;
    return value;
}

int tq_parse_number(const char *text, char decimal, double *out)
{
    struct decimal d;
    double value = 0.0;

    if (!read_decimal(text, decimal, &d)) {
        return 0;
    }
    if (d.digits > 0 &&
        (d.digits > MANTISSA_DIGITS || !quick_value(d.mantissa, d.exponent, &value))) {
        value = slow_value(&d);
    }
    if (!isfinite(value)) {
        return 0;
    }
    *out = d.negative ? -value : value;
    return 1;
}

/* ---- plain numbers, for readers of many ---- */

/* Apart, so that the quick way does without what it needs. */
#if defined(__GNUC__)
#define RARE __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define RARE
#define ALWAYS_INLINE inline
#endif

#define ZEROS UINT64_C(0x3030303030303030)

/* Bytes as a number, the first in memory least significant, whatever the machine. */
static inline uint64_t word_at(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t half_word_at(const char *p)
{
    uint32_t word;

    memcpy(&word, p, sizeof word);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

/* Whether the eight bytes of a word are digits: 3 above, and still 3 above when 6 is added. */
static inline int all_digits(uint64_t word)
{
    const uint64_t high = UINT64_C(0xF0F0F0F0F0F0F0F0);

    return ((word & high) | ((word + UINT64_C(0x0606060606060606)) & high) >> 4) ==
           UINT64_C(0x3333333333333333);
}

/* The value of eight digits, most significant first in memory. */
static inline uint64_t eight_digits(uint64_t word)
{
    /* Neighbours are combined to numbers of 2, 4 and 8 digits. */
    word -= ZEROS;
    word = word * 10 + (word >> 8);
    return ((word & UINT64_C(0x000000FF000000FF)) * (100 + (UINT64_C(1000000) << 32)) +
            (word >> 16 & UINT64_C(0x000000FF000000FF)) * (1 + (UINT64_C(10000) << 32))) >>
           32;
}

/* Fewer than eight bytes in the upper bytes of a word, zeros before them. */
static inline uint64_t right_aligned(const char *p, size_t size)
{
    uint64_t word = 0;

    if (size == 0) {
        return ZEROS;
    }
    if (size >= 4) {
        word = half_word_at(p + size - 4) << 32 | half_word_at(p) << 8 * (8 - size);
    } else {
        for (size_t i = size; i-- > 0;) {
            word = word << 8 | (unsigned char)p[i];
        }
        word <<= 8 * (8 - size);
    }
    return word | ZEROS >> 8 * size;
}

/* Where the point is among the bytes of a word, times 8; 64: there is none. Other bytes below it may
   seem to be one, none above: they are no digits then, which is told later. */
static inline int point_bit(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), points = word ^ ones * '.';
    const uint64_t found = (points - ones) & ~points & ones << 7;

    return found ? __builtin_ctzll(found) & ~7 : 64;
}

/* The word without the byte at `bit`: what is before moves up, `in` comes in below. */
static inline uint64_t without_byte(uint64_t word, int bit, uint64_t in)
{
    const uint64_t before = (UINT64_C(1) << bit) - 1;

    return (word & ~before & ~(UINT64_C(0xFF) << bit)) | (word & before) << 8 | in;
}

/*
 * Digits with or without a point among them, up to 16 bytes in all, as mantissa * 10^exponent; 0: they
 * are not. No loop, no branch that depends on where the point is.
 */
static ALWAYS_INLINE int read_short(const char *p, size_t size, uint64_t *mantissa,
                                    long long *exponent)
{
    const int is_long = size > 8;
    uint64_t low = size < 8 ? right_aligned(p, size) : word_at(p + size - 8), high = ZEROS;
    int bit = point_bit(low);

    if (is_long) { /* the first size - 8 bytes */
        high = word_at(p) << 8 * (16 - size) | ZEROS >> 8 >> 8 * (size - 9);
    }
    *exponent = 0;
    if (bit < 64) {
        low = without_byte(low, bit, high >> 56);
        high = high << 8 | '0';
        *exponent = -(7 - bit / 8);
    } else if (is_long) {
        bit = point_bit(high);
        if (bit < 64) {
            high = without_byte(high, bit, '0');
            *exponent = -(15 - bit / 8);
        }
    }
    if (!all_digits(low) || (is_long && !all_digits(high))) {
        return 0;
    }
    *mantissa = eight_digits(low) + (is_long ? eight_digits(high) * 100000000 : 0);
    return size > (size_t)(bit < 64);
}

/* Digits from p on, into the mantissa; returns where they end. */
static const char *read_digits(const char *p, const char *end, uint64_t *mantissa)
{
    for (; end - p >= 8 && all_digits(word_at(p)); p += 8) {
        *mantissa = *mantissa * 100000000 + eight_digits(word_at(p));
    }
    for (; p < end && is_digit(*p); p++) {
        *mantissa = *mantissa * 10 + (uint64_t)(*p - '0');
    }
    return p;
}

/* An exponent of at most four digits up to end; 0 where it is not that. */
static int short_exponent(const char *p, const char *end, long long *exponent)
{
    const int negative = p < end && *p == '-';
    long long value = 0;

    p += p < end && (*p == '-' || *p == '+');
    if (p == end || end - p > 4) {
        return 0;
    }
    for (; p < end; p++) {
        if (!is_digit(*p)) {
            return 0;
        }
        value = 10 * value + (*p - '0');
    }
    *exponent += negative ? -value : value;
    return 1;
}

/* What the quick way leaves over, by way of a terminated copy. */
static int read_copy(const char *text, size_t size, double *out)
{
    static const char plain[] = "+-.0123456789eE";
    char copy[DIGITS_MAX + 64];

    if (size >= sizeof copy) {
        return 0;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    return strspn(copy, plain) == size && tq_parse_number(copy, '.', out);
}

/* What has an exponent, or more digits. */
static int read_long(const char *text, size_t size, double *out)
{
    const char *p = text, *const end = text + size;
    const int negative = size > 0 && *p == '-';
    uint64_t mantissa = 0;
    long long exponent = 0;
    double value;

    p += size > 0 && (*p == '-' || *p == '+');
    const char *const first = p;

    p = read_digits(p, end, &mantissa);
    ptrdiff_t digits = p - first;

    if (p < end && *p == '.') {
        const char *const fraction = ++p;

        p = read_digits(p, end, &mantissa);
        exponent = fraction - p;
        digits += p - fraction;
    }
    /* Leading zeros count as digits here: what has many of them goes the long way. */
    if (digits == 0 || digits > MANTISSA_DIGITS) {
        return digits > 0 && read_copy(text, size, out);
    }
    if (p < end && ((*p | 0x20) != 'e' || !short_exponent(p + 1, end, &exponent))) {
        return (*p | 0x20) == 'e' && read_copy(text, size, out);
    }
    if (mantissa == 0) {
        *out = negative ? -0.0 : 0.0;
        return 1;
    }
    if (!quick_value(mantissa, exponent, &value)) {
        return read_copy(text, size, out);
    }
    *out = negative ? -value : value;
    return 1;
}

/* 17 digits and more, exponents, and values that one division does not give. */
static RARE int read_other(const char *text, size_t size, double *out)
{
    const char *const digits = text + (size > 0 && (*text == '-' || *text == '+'));
    const size_t n = size - (size_t)(digits - text);
    uint64_t mantissa;
    long long exponent;

    if (n > 16 || n == 0 || !read_short(digits, n, &mantissa, &exponent)) {
        return read_long(text, size, out);
    }
    if (!quick_value(mantissa, exponent, out)) {
        return read_copy(text, size, out);
    }
    *out = *text == '-' ? -*out : *out;
    return 1;
}

int tq_read_number(const char *text, size_t size, double *out)
{
    if (size == 0) {
        return 0;
    }
    /* Signs are as good as random: no branch on them. '+' and '-' differ in one bit. */
    const unsigned from_plus = (unsigned)((unsigned char)*text - '+');
    const size_t sign = (from_plus & ~2U) == 0, digits = size - sign;
    const uint64_t negative = from_plus == 2;
    uint64_t mantissa, bits;
    long long exponent;

    if (digits > 16 || !read_short(text + sign, digits, &mantissa, &exponent) ||
        mantissa > (uint64_t)1 << DBL_MANT_DIG || FLT_EVAL_METHOD != 0) {
        return read_other(text, size, out);
    }
    const double value = (double)(int64_t)mantissa / exact_power[-exponent];

    memcpy(&bits, &value, sizeof bits);
    bits |= negative << 63;
    memcpy(out, &bits, sizeof bits);
    return 1;
}
