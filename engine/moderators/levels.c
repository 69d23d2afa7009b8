/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levels of texts, for designs and for subgroups. */
#include "moderators/levels_internal.h"

#include <stdlib.h>
#include <string.h>

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t levels_of(size_t n, const char **text)
{
    size_t different = 0;

    qsort(text, n, sizeof *text, by_bytes);
    for (size_t i = 0; i < n; i++) {
        if (different == 0 || strcmp(text[i], text[different - 1]) != 0) {
            text[different++] = text[i];
        }
    }
    return different;
}

size_t levels_find(size_t n, const char *const *level, const char *text)
{
    const char *const *at = bsearch(&text, level, n, sizeof *level, by_bytes);

    return (size_t)(at - level);
}
