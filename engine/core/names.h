/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file names.h  The nearest valid name for a mistyped one. */
#ifndef TQ_CORE_NAMES_H
#define TQ_CORE_NAMES_H

#include <stddef.h>

#include "core/api.h"

/** Gives the i-th candidate of a table, NULL past its end. */
typedef const char *(*tq_name_at)(const void *table, size_t i);

/**
 * The candidate nearest to name by Damerau-Levenshtein distance, letter case ignored; NULL when
 * none is near enough to be worth suggesting (distance above half the length of the longer word).
 * The first word of a candidate with hyphens counts as one edit from it ("egger" of "egger-lm").
 * Of equally near ones, one that begins with name goes before the others, else the first.
 */
TQ_API const char *tq_nearest_name(const char *name, tq_name_at at, const void *table);

#endif
