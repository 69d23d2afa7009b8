/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file puniform_internal.h  The two halves of p-uniform. */
#ifndef TQ_BIAS_PUNIFORM_INTERNAL_H
#define TQ_BIAS_PUNIFORM_INTERNAL_H

#include "bias/puniform.h"
#include "bias/significance_internal.h"

/* puniform_star.c: fills the members star_*, on the turned scale. */
void puniform_star(const turned_studies *t, tq_puniform *out);

#endif
