/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file subset.h  The --subset expression language. */
#ifndef TQ_FRAME_SUBSET_H
#define TQ_FRAME_SUBSET_H

#include "frame/table.h"

/**
 * Rows of the table for which the expression is true.
 *
 *     expr    := and { '|' and }          and   := unary { '&' unary }
 *     unary   := '!' unary | '(' expr ')' | 'missing' '(' column ')' | test
 *     test    := column op value | column 'in' '(' value { ',' value } ')'
 *     op      := '==' | '!=' | '<' | '<=' | '>' | '>='
 *     value   := number | quoted text ('...' or "...") | column
 *     column  := letters, digits, '.', '_' (not starting with a digit), or `any text`
 *
 * A number compares numerically (a cell that is not a number is an error naming line and column);
 * quoted text compares with the cell's text. A comparison with a missing cell is false.
 *
 * @param[out] keep  [rows] 1 or 0.
 * @retval TQ_EINVAL  Syntax error (the message points at the character) or unknown column (the
 *                    nearest one is named).
 * @retval TQ_EDATA   A numeric comparison with a cell that is not a number.
 */
TQ_API tq_status tq_subset_select(const tq_table *table, const char *expression,
                                  unsigned char *keep, tq_error *err);

#endif
