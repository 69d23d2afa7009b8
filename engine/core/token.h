/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file token.h  Numbers and quoted texts in formulas and conditions, and places in messages. */
#ifndef TQ_CORE_TOKEN_H
#define TQ_CORE_TOKEN_H

#include <stddef.h>

/** Bytes of the number at s, without a sign: digits, a point, digits, an exponent; 0 where none starts. */
size_t tq_number_length(const char *s);

/**
 * The text between the quote at s (any character) and the next of its kind; a doubled one stands for
 * one in the text.
 * @param[out] out   The text, cut to room - 1 bytes and terminated; room >= 1.
 * @param[out] n     Bytes of the whole text.
 * @return Bytes from s to behind the closing quote; 0 where there is none.
 */
size_t tq_read_quoted(const char *s, char *out, size_t room, size_t *n);

/** Which character of a UTF-8 text p points at, the first being 1. */
size_t tq_place_of(const char *text, const char *p);

#endif
