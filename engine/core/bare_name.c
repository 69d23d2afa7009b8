/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that stand without quotes: one rule for the languages of --mods and --subset. */
#include "core/bare_name.h"

#include <string.h>

#include "core/parse_number.h"

int tq_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int tq_in_name(const char *p)
{
    const unsigned char c = (unsigned char)*p;

    if (c >= 0x80) {
        return tq_blank_at(p) == 0 && strncmp(p, "\xE2\x80", 2) != 0 &&
               strncmp(p, "\xE2\x88\x92", 3) != 0;
    }
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || tq_is_digit(*p) || c == '.' ||
           c == '_';
}

size_t tq_name_length(const char *s)
{
    size_t n = 0;

    if (tq_is_digit(s[0]) || (s[0] == '.' && tq_is_digit(s[1]))) {
        return 0;
    }
    while (tq_in_name(s + n)) {
        n++;
    }
    return n;
}
