/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decimal text: printf's digits, freed from the locale's radix character. */
#include "core/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More digits than these do not tell doubles apart. */
enum { DECIMALS_MAX = 17 };

static int clamp_decimals(int decimals)
{
    return decimals < 0 ? 0 : decimals > DECIMALS_MAX ? DECIMALS_MAX : decimals;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Copy a printed number up to end; whatever stands between two digits is the radix character. */
static char *copy_with_point(char *dst, const char *src, const char *end)
{
    for (const char *p = src; p < end; p++) {
        if (is_digit(*p) || *p == '-') {
            *dst++ = *p;
        } else if (p > src && is_digit(p[-1])) {
            *dst++ = '.';
        }
    }
    *dst = '\0';
    return dst;
}

static int is_zero_text(const char *text)
{
    return text[strspn(text, "-0.")] == '\0';
}

static char *deliver(char *out, size_t size, const char *text)
{
    if (size > 0) {
        const char *const unsigned_zero = *text == '-' && is_zero_text(text) ? text + 1 : text;

        snprintf(out, size, "%s", unsigned_zero);
    }
    return out;
}

static const char *special_text(double x)
{
    return isnan(x) ? "nan" : x > 0.0 ? "inf" : "-inf";
}

char *tq_decimal_fixed(char *out, size_t size, double x, int decimals)
{
    char printed[TQ_DECIMAL_SIZE], text[TQ_DECIMAL_SIZE];

    if (!isfinite(x)) {
        return deliver(out, size, special_text(x));
    }
    snprintf(printed, sizeof printed, "%.*f", clamp_decimals(decimals), x);
    copy_with_point(text, printed, printed + strlen(printed));
    return deliver(out, size, text);
}

char *tq_decimal_trimmed(char *out, size_t size, double x, int decimals)
{
    char text[TQ_DECIMAL_SIZE];

    tq_decimal_fixed(text, sizeof text, x, decimals);
    if (strchr(text, '.')) {
        char *end = text + strlen(text);

        while (end[-1] == '0') {
            end--;
        }
        *(end[-1] == '.' ? end - 1 : end) = '\0';
    }
    return deliver(out, size, text);
}

char *tq_decimal_scientific(char *out, size_t size, double x, int decimals)
{
    char printed[TQ_DECIMAL_SIZE], text[TQ_DECIMAL_SIZE];

    if (!isfinite(x)) {
        return deliver(out, size, special_text(x));
    }
    snprintf(printed, sizeof printed, "%.*e", clamp_decimals(decimals), x);

    const char *const e = strchr(printed, 'e');
    char *const end = copy_with_point(text, printed, e);

    if (is_zero_text(text)) {
        return deliver(out, size, text);
    }
    snprintf(end, sizeof text - (size_t)(end - text), "e%ld", strtol(e + 1, NULL, 10));
    return deliver(out, size, text);
}
