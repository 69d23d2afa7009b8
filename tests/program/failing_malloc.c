/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded: the allocation number FAIL_AT, from 0, fails, and all after it unless FAIL_ONCE is set.
 * glibc's own names are called behind it.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static int fails(void)
{
    static int begun;
    static long left = -1;

    if (!begun) {
        const char *at = getenv("FAIL_AT");

        begun = 1;
        left = at ? strtol(at, NULL, 10) : -1;
    }
    if (left != 0) {
        left -= left > 0;
        return 0;
    }
    left = getenv("FAIL_ONCE") ? -1 : 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}
