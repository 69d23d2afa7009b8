/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file arena.h  Memory that is taken piece by piece and given back at once. */
#ifndef TQ_CORE_ARENA_H
#define TQ_CORE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "core/status.h"

/** Opaque: grows by blocks; pieces live until the arena is freed. Not for kernels. */
typedef struct tq_arena tq_arena;

/** NULL when memory is short. */
TQ_API tq_arena *tq_arena_new(void);
/** Frees every piece; NULL is fine. */
TQ_API void tq_arena_free(tq_arena *arena);

/** count * size zeroed bytes, aligned for any type; NULL when memory is short or the product overflows. */
TQ_API void *tq_arena_take(tq_arena *arena, size_t count, size_t size);
/** A copy of text, or NULL. */
TQ_API char *tq_arena_text(tq_arena *arena, const char *text);
/** printf into the arena, or NULL. */
TQ_API char *tq_arena_format(tq_arena *arena, const char *fmt, ...) TQ_PRINTF(2, 3);
/** vprintf into the arena, or NULL. */
TQ_API char *tq_arena_vformat(tq_arena *arena, const char *fmt, va_list args) TQ_PRINTF(2, 0);

#endif
