/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file significance.h  The side on which studies count as significant, and the studies turned to it. */
#ifndef TQ_BIAS_SIGNIFICANCE_H
#define TQ_BIAS_SIGNIFICANCE_H

#include "pooling/pool.h"

/** The direction of effects that are seen more often. */
typedef enum { TQ_FAVOUR_AUTO, TQ_FAVOUR_GREATER, TQ_FAVOUR_LESS, TQ_FAVOUR_COUNT } tq_favour;

/** Name as on the command line ("auto", "greater", "less"); NULL outside the range. */
TQ_API const char *tq_favour_name(tq_favour favour);

#endif
