/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as printers set them. */
#ifndef TQ_REPORT_FIGURE_TYPESET_INTERNAL_H
#define TQ_REPORT_FIGURE_TYPESET_INTERNAL_H

#include "core/arena.h"

/** "−0.5": a copy with minus signs in place of hyphens; NULL when memory is short. */
const char *typeset_minus(tq_arena *arena, const char *number);

#endif
