/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A byte buffer that doubles as it grows and remembers that memory ran short. */
#include "core/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"

enum { FIRST_CAPACITY = 4096 };

/* Room for size more bytes and the terminating 0. */
static int reserve(tq_buffer *b, size_t size)
{
    if (b->failed || size >= SIZE_MAX - b->size) {
        b->failed = 1;
        return 0;
    }
    const size_t need = b->size + size + 1;

    if (need <= b->capacity) {
        return 1;
    }
    size_t capacity = b->capacity > 0 ? b->capacity : FIRST_CAPACITY;

    while (capacity < need) {
        capacity = capacity > SIZE_MAX / 2 ? need : 2 * capacity;
    }
    char *const data = realloc(b->data, capacity);

    if (!data) {
        b->failed = 1;
        return 0;
    }
    b->data = data;
    b->capacity = capacity;
    return 1;
}

void tq_buffer_append(tq_buffer *b, const void *bytes, size_t size)
{
    if (!reserve(b, size)) {
        return;
    }
    if (size > 0) {
        memcpy(b->data + b->size, bytes, size);
    }
    b->size += size;
    b->data[b->size] = '\0';
}

char *tq_buffer_room(tq_buffer *b, size_t size)
{
    return reserve(b, size) ? b->data + b->size : NULL;
}

void tq_buffer_text(tq_buffer *b, const char *text)
{
    tq_buffer_append(b, text, strlen(text));
}

void tq_buffer_format(tq_buffer *b, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    const int length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    if (length < 0 || !reserve(b, (size_t)length)) {
        b->failed = 1;
        return;
    }
    va_start(args, fmt);
    vsnprintf(b->data + b->size, (size_t)length + 1, fmt, args);
    va_end(args);
    b->size += (size_t)length;
}

void tq_buffer_number(tq_buffer *b, double x, int decimals)
{
    char text[TQ_DECIMAL_SIZE];

    tq_buffer_text(b, tq_decimal_trimmed(text, sizeof text, x, decimals));
}

tq_status tq_buffer_status(const tq_buffer *b, tq_error *err)
{
    return b->failed ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory") : TQ_OK;
}

void tq_buffer_free(tq_buffer *b)
{
    if (b) {
        free(b->data);
        *b = (tq_buffer){0};
    }
}
