/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error context: recording a failure and putting it into one line. */
#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *tq_status_text(tq_status status)
{
#define TQ_STATUS_TEXT(name, text) text,
    static const char *const texts[] = {TQ_STATUS_LIST(TQ_STATUS_TEXT)};
#undef TQ_STATUS_TEXT

    return (unsigned)status < TQ_STATUS_COUNT ? texts[status] : "unknown status";
}

/* Shorten text[len] so that it does not end inside a UTF-8 sequence that was cut. */
static size_t whole_characters(const char *text, size_t len)
{
    size_t start = len;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start == 0) {
        return len;
    }
    const unsigned char lead = (unsigned char)text[start - 1];
    const size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;

    return len - (start - 1) < want ? start - 1 : len;
}

void tq_copy_text(char *dst, size_t size, const char *src)
{
    size_t len = strlen(src);

    if (size == 0) {
        return;
    }
    if (len >= size) {
        len = whole_characters(src, size - 1);
    }
    memcpy(dst, src, len);
    dst[len] = '\0';
}

tq_status tq_fail(tq_error *err, tq_status status, size_t row, const char *column, const char *fmt,
                  ...)
{
    if (!err) {
        return status;
    }
    char text[512] = "";
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);

    *err = (tq_error){.status = status, .row = row};
    tq_copy_text(err->column, sizeof err->column, column ? column : "");
    tq_copy_text(err->message, sizeof err->message, text);
    return status;
}

void tq_error_text(const tq_error *err, char *out, size_t size)
{
    char where[352] = "", what[192] = "";

    if (err->file[0] && err->line) {
        snprintf(where, sizeof where, "%s:%zu: ", err->file, err->line);
    } else if (err->file[0]) {
        snprintf(where, sizeof where, "%s: ", err->file);
    }
    if (err->column[0] && err->study[0]) {
        snprintf(what, sizeof what, "column '%s', study '%s': ", err->column, err->study);
    } else if (err->column[0]) {
        snprintf(what, sizeof what, "column '%s': ", err->column);
    } else if (err->study[0]) {
        snprintf(what, sizeof what, "study '%s': ", err->study);
    }
    snprintf(out, size, "%s%s%s", where, what, err->message);
}
