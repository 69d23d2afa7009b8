/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers for readers: fixed decimals where they say something, powers of ten where not. */
#include "report/page/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/decimal.h"

/* From here on fixed decimals are a row of digits that nobody counts. */
#define FIXED_LIMIT 1e7

enum { TEXT_SIZE = 64 }; /* a number below FIXED_LIMIT or a power of ten, 17 decimals at most */

static int shows_nothing(const char *text)
{
    return text[strspn(text, "-0.")] == '\0';
}

static const char *special_text(double x)
{
    return isnan(x) ? "NE" : x > 0.0 ? "Inf" : "-Inf";
}

/* tiny_as_zero: what rounds to zero is "0.00", because its neighbours give it its meaning. */
static void number_text(char out[TEXT_SIZE], double x, int decimals, int tiny_as_zero)
{
    if (!isfinite(x)) {
        snprintf(out, TEXT_SIZE, "%s", special_text(x));
        return;
    }
    if (fabs(x) < FIXED_LIMIT) {
        tq_decimal_fixed(out, TEXT_SIZE, x, decimals);
        if (x == 0.0 || tiny_as_zero || !shows_nothing(out)) {
            return;
        }
    }
    tq_decimal_scientific(out, TEXT_SIZE, x, decimals);
}

static char *deliver(char *out, size_t size, const char *text)
{
    if (size > 0) {
        snprintf(out, size, "%s", text);
    }
    return out;
}

char *tq_format_number(char *out, size_t size, double x, int decimals)
{
    char text[TEXT_SIZE];

    number_text(text, x, decimals, 0);
    return deliver(out, size, text);
}

char *tq_format_count(char *out, size_t size, double n)
{
    char digits[TEXT_SIZE], text[TEXT_SIZE];
    size_t used = 0;

    number_text(digits, n, 0, 0);
    const size_t whole = strspn(digits, "-0123456789");

    for (size_t i = 0; digits[i] && used + 2 < sizeof text; i++) {
        if (!digits[whole] && i > 0 && digits[i - 1] != '-' && (whole - i) % 3 == 0) {
            text[used++] = ',';
        }
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return deliver(out, size, text);
}

/* Write p with the relation that stands before it; equals is "" or "= ". */
static char *p_text(char *out, size_t size, double p, int decimals, const char *equals)
{
    char number[TEXT_SIZE], text[TEXT_SIZE + 8];
    const double least = pow(10.0, -decimals);
    const int below = p >= 0.0 && p < least;

    number_text(number, below ? least : p, decimals, 1);
    snprintf(text, sizeof text, "%s%s", below ? "< " : equals, number);
    return deliver(out, size, text);
}

char *tq_format_df(char *out, size_t size, double df, int decimals)
{
    if (df >= 1e8) {
        snprintf(out, size, "inf");
        return out;
    }
    return tq_format_number(out, size, df, decimals);
}

char *tq_format_p(char *out, size_t size, double p, int decimals)
{
    return p_text(out, size, p, decimals, "");
}

char *tq_format_p_relation(char *out, size_t size, double p, int decimals)
{
    return p_text(out, size, p, decimals, "= ");
}

char *tq_format_interval(char *out, size_t size, double est, double lo, double hi, int decimals)
{
    char number[3][TEXT_SIZE], text[3 * TEXT_SIZE + 8];
    const double x[3] = {est, lo, hi};
    int visible = 0;

    for (int i = 0; i < 3; i++) {
        tq_decimal_fixed(number[0], TEXT_SIZE, x[i], decimals);
        visible = visible || (isfinite(x[i]) && !shows_nothing(number[0]));
    }
    for (int i = 0; i < 3; i++) {
        number_text(number[i], x[i], decimals, visible);
    }
    if (isnan(est) && isnan(lo) && isnan(hi)) {
        return deliver(out, size, number[0]);
    }
    snprintf(text, sizeof text, "%s [%s, %s]", number[0], number[1], number[2]);
    return deliver(out, size, text);
}
