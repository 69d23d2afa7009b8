/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A growing arena: a list of blocks, the newest first. */
#define _DEFAULT_SOURCE /* madvise() */
#include "core/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef struct block {
    struct block *next;
    size_t size, used;
    max_align_t bytes[];
} block;

struct tq_arena {
    block *head;
};

enum { FIRST_BLOCK = 16384 };

tq_arena *tq_arena_new(void)
{
    return calloc(1, sizeof(tq_arena));
}

void tq_arena_free(tq_arena *arena)
{
    if (!arena) {
        return;
    }
    for (block *b = arena->head, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    free(arena);
}

/* Large blocks by pages of 2 MiB where the system has them: to get small ones, each cleared by itself, takes
   as long as to fill them. Only advice: it may do nothing. */
static void advise_huge_pages(void *piece, size_t size)
{
#ifdef MADV_HUGEPAGE
    const uintptr_t page = (uintptr_t)1 << 21;
    const uintptr_t begin = ((uintptr_t)piece + page - 1) / page * page;
    const uintptr_t end = ((uintptr_t)piece + size) / page * page;

    if (end > begin) {
        madvise((char *)piece + (begin - (uintptr_t)piece), end - begin, MADV_HUGEPAGE);
    }
#else
    (void)piece;
    (void)size;
#endif
}

/* A new block that holds at least need bytes; blocks double so that their number stays small. */
static block *grow(tq_arena *arena, size_t need)
{
    size_t size = arena->head ? arena->head->size : FIRST_BLOCK / 2;

    size = size < (SIZE_MAX - sizeof(block)) / 2 ? 2 * size : size;
    size = size > need ? size : need;
    if (size > SIZE_MAX - sizeof(block)) {
        return NULL;
    }
    block *b = calloc(1, sizeof(block) + size);

    if (b) {
        advise_huge_pages(b, size);
        b->size = size;
        b->next = arena->head;
        arena->head = b;
    }
    return b;
}

void *tq_arena_take(tq_arena *arena, size_t count, size_t size)
{
    const size_t unit = sizeof(max_align_t);

    if (size != 0 && count > (SIZE_MAX - unit) / size) {
        return NULL;
    }
    const size_t need = (count * size + unit - 1) / unit * unit;
    block *b = arena->head;

    if (!b || b->size - b->used < need) {
        b = grow(arena, need);
    }
    if (!b) {
        return NULL;
    }
    char *piece = (char *)b->bytes + b->used;

    b->used += need;
    return piece;
}

char *tq_arena_text(tq_arena *arena, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *copy = tq_arena_take(arena, n, 1);

    return copy ? memcpy(copy, text, n) : NULL;
}

char *tq_arena_vformat(tq_arena *arena, const char *fmt, va_list args)
{
    va_list again;

    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, fmt, args);
    char *text = n < 0 ? NULL : tq_arena_take(arena, (size_t)n + 1, 1);

    if (text) {
        vsnprintf(text, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    return text;
}

char *tq_arena_format(tq_arena *arena, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    char *text = tq_arena_vformat(arena, fmt, args);

    va_end(args);
    return text;
}
