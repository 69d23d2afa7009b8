/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file decimal.h  Numbers as decimal text with a point, whatever the locale. */
#ifndef TQ_CORE_DECIMAL_H
#define TQ_CORE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#include "core/api.h"

/** Room for any text these functions make of a double. */
enum { TQ_DECIMAL_SIZE = 352 };

/**
 * "-12.50" with decimals digits after the point (0 to 17; values outside are brought inside).
 * What rounds to zero has no sign; NaN and infinities are "nan", "inf", "-inf".
 * Writes at most size bytes, always terminated when size > 0; returns out.
 */
TQ_API char *tq_decimal_fixed(char *out, size_t size, double x, int decimals);

/** tq_decimal_fixed() without the zeros that end a fraction: "12.5", "12". */
TQ_API char *tq_decimal_trimmed(char *out, size_t size, double x, int decimals);

/** "1.25e-7": as above, the exponent without padding or plus sign. */
TQ_API char *tq_decimal_scientific(char *out, size_t size, double x, int decimals);

/** Room for any text of tq_decimal_significant(). */
enum { TQ_SIGNIFICANT_SIZE = 32, TQ_SIGNIFICANT_SHORTEST = 0 };

/**
 * Write a number with the digits that count, correctly rounded (ties to even), without zeros that end a
 * fraction: "0.0412", "-12.5", "1.25e-7"; a power of ten stands where the number is below 1e-5 or has
 * more than 17 digits before the point. NaN and infinities are "NA", "Inf", "-Inf", as tables of
 * statistics write them. Made for tables of millions of numbers.
 *
 * @param[in] digits  1 to 17, or TQ_SIGNIFICANT_SHORTEST: as few as read back the same double.
 * @param[out] out    [TQ_SIGNIFICANT_SIZE], not terminated.
 * @return The number of bytes written.
 */
TQ_API size_t tq_decimal_significant(char *out, double x, int digits);

/**
 * The digits of a column of n numbers, found side by side before any is written: what
 * tq_decimal_put_found() then makes of number i with found[i] and point[i] is the text of
 * tq_decimal_significant(). For tables that are written row by row.
 */
TQ_API void tq_decimal_find(const double *x, size_t n, int digits, uint64_t *found,
                            signed char *point);
TQ_API size_t tq_decimal_put_found(char *out, double x, int digits, uint64_t found, int point);

#endif
