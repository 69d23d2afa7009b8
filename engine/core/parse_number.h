/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file parse_number.h  Text to a number, whatever the locale. */
#ifndef TQ_CORE_PARSE_NUMBER_H
#define TQ_CORE_PARSE_NUMBER_H

#include <stddef.h>

#include "core/api.h"

/** Read text as a number with this decimal mark; 1 on success. */
TQ_API int tq_parse_number(const char *text, char decimal, double *out);

/**
 * Read text[size], which need not be terminated, as a plain number with a decimal point: sign, digits,
 * fraction, exponent, nothing else; correctly rounded. 1 on success, 0 where it is no such number (then
 * tq_parse_number() may know better) or beyond the doubles.
 */
TQ_API int tq_read_number(const char *text, size_t size, double *out);

/** Bytes of the blank (ASCII or no-break space) at p, 0 when there is none. */
size_t tq_blank_at(const char *p);

#endif
