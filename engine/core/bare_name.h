/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file bare_name.h  Names that stand without quotes in formulas and conditions. */
#ifndef TQ_CORE_BARE_NAME_H
#define TQ_CORE_BARE_NAME_H

#include <stddef.h>

/** 0 to 9, whatever the locale. */
int tq_is_digit(char c);

/**
 * Whether what stands at p may be part of a name: ASCII letters, digits, '.', '_', and characters of
 * every script but the blanks, quotes and minus signs of word processors (UTF-8). 0 at the end.
 */
int tq_in_name(const char *p);

/** Bytes of the name at s; 0 where none starts, as at a digit, or a point before one. */
size_t tq_name_length(const char *s);

#endif
