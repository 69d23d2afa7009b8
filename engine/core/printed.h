/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file printed.h  Numbers as publications print them, and whether a value is the one printed. */
#ifndef TQ_CORE_PRINTED_H
#define TQ_CORE_PRINTED_H

#include <stddef.h>

#include "core/status.h"

/** How far a printed number says where the value lies. */
typedef enum {
    TQ_PRINTED_ROUNDED, /* "0.368": within half a unit of the last digit */
    TQ_PRINTED_BELOW,   /* "<.0001" */
    TQ_PRINTED_AT_MOST, /* "<=0.05", "\u2264 0.05" */
    TQ_PRINTED_ABOVE,   /* ">0.99" */
    TQ_PRINTED_AT_LEAST
} tq_printed_kind;

typedef struct {
    tq_printed_kind kind;
    double value;
    double half;  /* half a unit of the last digit printed: 0.0005 for "0.368", 50 for "1.2e3" */
    int decimals; /* digits after the point, 0 to 17, less the power of ten: 3 for "0.368" */
    int percent;  /* 1: a percent sign follows; the value is that before it */
} tq_printed_number;

/** One number, or the two of an interval. */
typedef struct {
    tq_printed_number number[2];
    size_t n; /* 1 or 2 */
} tq_printed;

/**
 * Read a figure as printed: a sign (also U+2212 and the dashes), digits with a point (also a raised one)
 * and commas between thousands, a power of ten ("1.2e-5", "1.2 x 10^-5" with a times sign or an x), a
 * percent sign; before it "<", ">", their forms with "=", or "=". Two of them with "to", "and", a comma, a semicolon
 * or a dash between are an interval, which may stand in brackets.
 *
 * @retval TQ_EINVAL  text is no such figure (the message names it), or an interval with "<" or ">".
 */
TQ_API tq_status tq_printed_read(const char *text, tq_printed *out, tq_error *err);

/** 1 when x lies where the printed number says; a tie counts for both of its neighbours, NaN for none. */
TQ_API int tq_printed_agrees(const tq_printed_number *printed, double x);

/** 1 when x lies between the two numbers of an interval, each widened by its half unit. */
TQ_API int tq_printed_contains(const tq_printed *interval, double x);

#endif
