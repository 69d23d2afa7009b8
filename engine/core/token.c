/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers and quoted texts: one rule for the languages of --mods and --subset. */
#include "core/token.h"

#include <string.h>

#include "core/bare_name.h"

static const char digits[] = "0123456789";

size_t tq_number_length(const char *s)
{
    size_t n = strspn(s, digits);

    if (n == 0 && !(s[0] == '.' && tq_is_digit(s[1]))) {
        return 0;
    }
    if (s[n] == '.') {
        n += 1 + strspn(s + n + 1, digits);
    }
    if (s[n] == 'e' || s[n] == 'E') {
        const size_t sign = s[n + 1] == '+' || s[n + 1] == '-';
        const size_t exponent = strspn(s + n + 1 + sign, digits);

        n += exponent > 0 ? 1 + sign + exponent : 0;
    }
    return n;
}

size_t tq_read_quoted(const char *s, char *out, size_t room, size_t *n)
{
    const char quote = *s;
    const char *at = s + 1;

    for (*n = 0; *at && (*at != quote || at[1] == quote); at++) {
        at += *at == quote;
        if (*n + 1 < room) {
            out[*n] = *at;
        }
        ++*n;
    }
    out[*n < room ? *n : room - 1] = '\0';
    return *at ? (size_t)(at + 1 - s) : 0;
}

size_t tq_place_of(const char *text, const char *p)
{
    size_t place = 1;

    for (const char *c = text; c < p; c++) {
        place += ((unsigned char)*c & 0xC0) != 0x80;
    }
    return place;
}
