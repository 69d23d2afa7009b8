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
 * quoted text compares with the cell's text in byte order, a quote inside it being doubled; two
 * columns compare as numbers where both cells are, else as text. Numbers have a decimal point
 * whatever the table's mark. A comparison with a missing cell is false, and '!' negates that too.
 * Rows are read left to right only as far as they are undecided.
 *
 * @param[out] keep  [rows] 1 or 0; written only on TQ_OK.
 * @retval TQ_EINVAL  Syntax error (the message points at the character) or unknown column (the
 *                    nearest one is named).
 * @retval TQ_EDATA   A numeric comparison with a cell that is not a number; a quoted text that its
 *                    column lacks but that is near one of its cells, which is named. Only ==, != and
 *                    'in' are checked: `c >= 'x' & c <= 'x'` is `c == 'x'` without.
 */
TQ_API tq_status tq_subset_select(const tq_table *table, const char *expression,
                                  unsigned char *keep, tq_error *err);

#endif
