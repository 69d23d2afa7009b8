/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file text_numbers.h  Numbers for texts: the same for the same text. */
#ifndef TQ_FRAME_TEXT_NUMBERS_H
#define TQ_FRAME_TEXT_NUMBERS_H

#include "core/status.h"

/**
 * Number texts from 0 on, in the order in which each first appears.
 * @param[in]  text    [n], none NULL.
 * @param[out] number  [n].
 * @param[out] first   [n] or NULL: first[j] is where text number j first stands.
 * @param[out] count   How many different ones there are.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_number_texts(size_t n, const char *const *text, size_t *number, size_t *first,
                                 size_t *count, tq_error *err);

#endif
