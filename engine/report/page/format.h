/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file format.h  Numbers as readers expect them, the same in every view. */
#ifndef TQ_REPORT_PAGE_FORMAT_H
#define TQ_REPORT_PAGE_FORMAT_H

#include <stddef.h>

#include "core/api.h"

/* Locale-independent; what does not exist (NaN) is shown as "NE" (not estimable) or as told. */

/** Fixed decimals, with scientific notation for magnitudes from 1e7 and below 10^-decimals / 2
    (0 stays "0.00"); minus zero is shown without sign. Writes at most size bytes; returns out. */
TQ_API char *tq_format_number(char *out, size_t size, double x, int decimals);
/** "0.03", "< 0.0001": decimals as given, never "0.0000". */
TQ_API char *tq_format_p(char *out, size_t size, double p, int decimals);
/** "= 0.03", "< 0.0001": for running text after p. */
TQ_API char *tq_format_p_relation(char *out, size_t size, double p, int decimals);
/** A number of people or studies, in whole: "357,347". */
TQ_API char *tq_format_count(char *out, size_t size, double n);
/** Degrees of freedom: as a number, "inf" from 1e8 on, where t and F are what they are without. */
TQ_API char *tq_format_df(char *out, size_t size, double df, int decimals);
/** "0.49 [0.34, 0.70]"; "NE" where nothing of it exists. */
TQ_API char *tq_format_interval(char *out, size_t size, double est, double lo, double hi,
                                int decimals);

#endif
