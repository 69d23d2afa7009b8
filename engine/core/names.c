/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nearest valid name: restricted Damerau-Levenshtein distance over three rolling rows. */
#include "core/names.h"

#include <ctype.h>
#include <string.h>

enum { MAX_NAME = 63 };

static int lower(char c)
{
    return tolower((unsigned char)c);
}

static size_t min3(size_t a, size_t b, size_t c)
{
    const size_t m = a < b ? a : b;

    return m < c ? m : c;
}

/* Edits (insert, delete, replace, swap of neighbours) that turn a into b, both short. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t rows[3][MAX_NAME + 1];

    for (size_t j = 0; j <= nb; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i - 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            const size_t replace = last[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));

            now[j] = min3(last[j] + 1, now[j - 1] + 1, replace);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                const size_t swap = rows[(i + 1) % 3][j - 2] + 1;

                now[j] = now[j] < swap ? now[j] : swap;
            }
        }
    }
    return rows[na % 3][nb];
}

/* Of names equally far a word is more often the beginning than a slip. */
static int begins_with(const char *name, const char *start, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (lower(name[i]) != lower(start[i])) {
            return 0;
        }
    }
    return 1;
}

/* Edits to a candidate, or one more than to its first word ("egger" of "egger-lm"). 2 * *edits above
   *longer: not near. */
static void compare(const char *name, size_t length, const char *candidate, size_t n, size_t *edits,
                    size_t *longer)
{
    const size_t word = strcspn(candidate, "-");

    *edits = distance(name, length, candidate, n);
    *longer = n > length ? n : length;
    if (word < n) {
        const size_t first = distance(name, length, candidate, word) + 1;

        if (first < *edits) {
            *edits = first;
            *longer = word > length ? word : length;
        }
    }
}

const char *tq_nearest_name(const char *name, tq_name_at at, const void *table)
{
    const size_t length = strlen(name);
    const char *best = NULL, *candidate;
    size_t least = (size_t)-1;
    int best_begins = 0;

    if (length == 0 || length > MAX_NAME) {
        return NULL;
    }
    for (size_t i = 0; (candidate = at(table, i)) != NULL; i++) {
        const size_t n = strlen(candidate);

        if (n > MAX_NAME) {
            continue;
        }
        size_t d, longer;

        compare(name, length, candidate, n, &d, &longer);
        const int begins = n >= length && begins_with(candidate, name, length);

        if (2 * d <= longer && (d < least || (d == least && begins && !best_begins))) {
            least = d;
            best = candidate;
            best_begins = begins;
        }
    }
    return best;
}
