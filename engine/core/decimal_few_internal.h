/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file decimal_few_internal.h  Up to eight digits of a number, which tables mostly have. */
#ifndef TQ_CORE_DECIMAL_FEW_INTERNAL_H
#define TQ_CORE_DECIMAL_FEW_INTERNAL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { EIGHT = 8, FIXED_LEAST = -5, NEAR_MIN = -16, NEAR_MAX = 28 };

static const uint64_t whole_power[] = {1,
                                       10,
                                       100,
                                       1000,
                                       10000,
                                       100000,
                                       1000000,
                                       10000000,
                                       100000000,
                                       1000000000,
                                       10000000000,
                                       100000000000,
                                       1000000000000,
                                       10000000000000,
                                       100000000000000,
                                       1000000000000000,
                                       10000000000000000,
                                       100000000000000000};

/* How far from a tie a product must be: it is known to within 10^8 2^-51. */
#define FEW_MARGIN 1e-3

/* Powers of ten, to the nearest double. */
static const double few_near[] = {1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8,
                                  1e-7,  1e-6,  1e-5,  1e-4,  1e-3,  1e-2,  1e-1,  1e0,  1e1,
                                  1e2,   1e3,   1e4,   1e5,   1e6,   1e7,   1e8,   1e9,  1e10,
                                  1e11,  1e12,  1e13,  1e14,  1e15,  1e16,  1e17,  1e18, 1e19,
                                  1e20,  1e21,  1e22,  1e23,  1e24,  1e25,  1e26,  1e27, 1e28};
_Static_assert(sizeof few_near / sizeof *few_near == NEAR_MAX - NEAR_MIN + 1, "a power each");

/*
 * floor(log10 x), or one less. The bits of a double are its logarithm to the base 2, straight between
 * powers of two: at most 0.0861 too small. 315653 / 2^20 is log10(2) from below.
 */
static int decimal_exponent(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    const int64_t log2_x = (int64_t)(bits >> 32) - ((int64_t)1023 << 20);

    return (int)((log2_x * 315653 + ((int64_t)512 << 40)) >> 40) - 512;
}

/* Bytes of a word to memory, the least significant first. */
static inline void few_word(char *out, uint64_t word)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(out, &word, sizeof word);
}

/* A number below 10^8 as eight digits 0 to 9, a byte each, the first in the lowest: fours, pairs and
   single digits are parted side by side, with reciprocals that are exact for so small numbers. */
static inline uint64_t eight_bytes(uint64_t value)
{
    const uint64_t first = value / 10000, fours = first | (value - 10000 * first) << 32;
    const uint64_t hundreds = (fours * 10486) >> 20 & UINT64_C(0x0000007F0000007F);
    const uint64_t pairs = hundreds | (fours - 100 * hundreds) << 16;
    const uint64_t tens = (pairs * 103) >> 10 & UINT64_C(0x000F000F000F000F);

    return tens | (pairs - 10 * tens) << 8;
}

/*
 * 1e-16 <= x < 1e16 to n digits, 1 to 8: digits 0 to 9, a byte each, the first in the lowest, and where
 * the point is, 0.d1d2d3... 10^point. 0: by another way, also where x is beyond that.
 */
static inline uint64_t few_digits(double x, int n, int *point)
{
    int64_t value;

    if (!(x >= 1e-16 && x < 1e16)) {
        return 0;
    }
    *point = decimal_exponent(x) + 1;
    if (*point <= FIXED_LEAST) {
        return 0;
    }
    for (;; ++*point) {
        const double product = x * few_near[n - *point - NEAR_MIN];
        const int64_t whole = (int64_t)product; /* signed: one instruction, there and back */
        const double part = product - (double)whole;

        value = whole + (part > 0.5);
        if (!(fabs(part - 0.5) > FEW_MARGIN)) {
            return 0;
        }
        if (value < (int64_t)whole_power[n]) {
            break;
        }
    }
    return eight_bytes((uint64_t)value * whole_power[EIGHT - n]);
}

/* What few_digits() found, with a point or zeros behind. */
static inline size_t few_put(char *out, uint64_t bytes, int point)
{
    const uint64_t text = bytes | UINT64_C(0x3030303030303030);
    const int left = EIGHT - __builtin_clzll(bytes) / 8; /* without the zeros at the end */
    const int before = 2 - point;                        /* of the first digit, in "0.0...": */

    if (point <= 0) {
        memcpy(out, "0.000000", EIGHT);
        few_word(out + before, text);
        return (size_t)before + (size_t)left;
    }
    few_word(out, text);
    if (point >= left) {
        memset(out + EIGHT, '0', EIGHT + 1); /* 9.9e15 may be rounded to 17 digits */
        return (size_t)point;
    }
    out[point] = '.';
    few_word(out + point + 1, text >> 8 * point);
    return (size_t)left + 1;
}

/* Both for n numbers at once, x of any sign and size; the i-th way to do it on this processor, the fastest first,
   or NULL. */
typedef void few_find_fn(const double *x, size_t n, int digits, uint64_t *found,
                         signed char *point);
few_find_fn *few_find_way(size_t i);

#endif
