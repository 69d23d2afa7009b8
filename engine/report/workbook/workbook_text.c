/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text for cells: valid UTF-8 within Excel's limits, and its width in Arial. */
#include <stdint.h>
#include <string.h>

#include "report/workbook/workbook_internal.h"

/* Bytes of the UTF-8 character at p and its code point; 0 where there is no valid one, or one that
   XML 1.0 does not allow (Unicode 15, table 3-7; XML 1.0, production 2). */
static size_t decode(const unsigned char *p, uint32_t *cp)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t n = p[0] < 0x80           ? 1
                     : (p[0] >> 5) == 0x06 ? 2
                     : (p[0] >> 4) == 0x0E ? 3
                     : (p[0] >> 3) == 0x1E ? 4
                                           : 0;

    if (n == 0) {
        return 0;
    }
    *cp = n == 1 ? p[0] : p[0] & (0x7FU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
        *cp = (*cp << 6) | (p[i] & 0x3FU);
    }
    const int surrogate = *cp >= 0xD800 && *cp <= 0xDFFF;
    const int no_character = *cp == 0xFFFE || *cp == 0xFFFF || *cp > 0x10FFFF;

    return *cp < smallest[n] || surrogate || no_character ? 0 : n;
}

static int is_clean(const char *text, size_t units, int one_line)
{
    size_t n_units = 0;

    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        uint32_t cp = 0;
        const size_t n = decode(p, &cp);

        n_units += cp > 0xFFFF ? 2 : 1;
        if (n == 0 || n_units > units || (one_line && (cp < 0x20 || cp == 0x7F))) {
            return 0;
        }
        p += n;
    }
    return 1;
}

const char *wb_clean(wb_book *book, const char *text, size_t units, int one_line)
{
    static const char replacement[] = "\xEF\xBF\xBD", ellipsis[] = "\xE2\x80\xA6";
    size_t used = 0, n_units = 0;

    if (is_clean(text, units, one_line)) {
        return text;
    }
    /* An invalid byte grows to three. */
    char *out = tq_arena_take(book->arena, strlen(text) + 2, sizeof replacement - 1);

    if (!out) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return "";
    }
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        uint32_t cp = 0xFFFD;
        const size_t n = decode(p, &cp);

        cp = n ? cp : 0xFFFD;
        n_units += cp > 0xFFFF ? 2 : 1;
        if (n_units >= units && p[n ? n : 1]) {
            memcpy(out + used, ellipsis, sizeof ellipsis);
            return out;
        }
        if (n == 0) {
            memcpy(out + used, replacement, sizeof replacement - 1);
            used += sizeof replacement - 1;
        } else if (one_line && (cp < 0x20 || cp == 0x7F)) {
            out[used++] = ' ';
        } else {
            memcpy(out + used, p, n);
            used += n;
        }
        p += n ? n : 1;
    }
    out[used] = '\0';
    return out;
}

/* Advance width in thousandths of an em; Arial and its metric twin Liberation Sans. */
static double advance(uint32_t cp)
{
    /* clang-format off */
    static const short ascii[] = {
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, /* ' ' to / */
        556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, /* 0 to ? */
        1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, /* @ to O */
        667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, /* P to _ */
        333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, /* ` to o */
        556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584};     /* p to ~ */
    /* clang-format on */
    enum { TYPICAL = 556, WIDE = 1000, FIRST_ARROW = 0x2190, LAST_ARROW = 0x21FF, CJK = 0x2E80 };

    if (cp >= ' ' && cp - ' ' < sizeof ascii / sizeof *ascii) {
        return ascii[cp - ' '];
    }
    return cp >= CJK || (cp >= FIRST_ARROW && cp <= LAST_ARROW) ? WIDE : TYPICAL;
}

static const double pixels_per_point = 96.0 / 72.0;

double wb_text_width(const char *text, double points)
{
    double width = 0.0;

    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        uint32_t cp = 0;
        const size_t n = decode(p, &cp);

        width += advance(cp);
        p += n ? n : 1;
    }
    return width / 1000.0 * points * pixels_per_point;
}

/* Bytes of text that fit the width. */
static size_t fitting(const char *text, double points, double pixels)
{
    const double limit = pixels / pixels_per_point / points * 1000.0;
    const unsigned char *p = (const unsigned char *)text;
    double width = 0.0;

    while (*p) {
        uint32_t cp = 0;
        const size_t n = decode(p, &cp);

        width += advance(cp);
        if (width > limit) {
            break;
        }
        p += n ? n : 1;
    }
    return (size_t)(p - (const unsigned char *)text);
}

const char *wb_shorten(wb_book *book, const char *text, double points, double pixels)
{
    const char *clean = wb_clean(book, text, WB_LONGEST_TEXT, 1);

    if (wb_text_width(clean, points) <= pixels) {
        return clean;
    }
    const size_t n = fitting(clean, points, pixels - wb_text_width("\xE2\x80\xA6", points));

    return wb_format(book, "%.*s\xE2\x80\xA6", (int)n, clean);
}

size_t wb_line_length(const char *text, double points, double pixels)
{
    const char *newline = strchr(text, '\n');
    const size_t fits = fitting(text, points, pixels);

    if (newline && (size_t)(newline - text) <= fits) {
        return (size_t)(newline - text);
    }
    if (!text[fits]) {
        return fits;
    }
    for (size_t n = fits; n > 0; n--) {
        if (text[n] == ' ') {
            return n;
        }
    }
    return fits > 0 ? fits : strlen(text);
}
