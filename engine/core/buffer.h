/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file buffer.h  Output that grows in memory until someone writes it somewhere. */
#ifndef TQ_CORE_BUFFER_H
#define TQ_CORE_BUFFER_H

#include <stddef.h>

#include "core/status.h"

/**
 * Bytes, start from {0}. data[size] is always 0 once anything was appended, so text can be used as
 * a string. When memory is short, failed is set and stays set: later calls change nothing, so a
 * writer appends without checks and asks once, at the end.
 */
typedef struct {
    char *data; /* NULL while empty */
    size_t size, capacity;
    int failed;
} tq_buffer;

TQ_API void tq_buffer_append(tq_buffer *buffer, const void *bytes, size_t size);
/** A byte, without a call where there is room. */
static inline void tq_buffer_byte(tq_buffer *buffer, char byte)
{
    if (buffer->capacity - buffer->size > 1) { /* both are 0 while it is empty */
        buffer->data[buffer->size++] = byte;
        buffer->data[buffer->size] = '\0';
    } else {
        tq_buffer_append(buffer, &byte, 1);
    }
}
TQ_API void tq_buffer_text(tq_buffer *buffer, const char *text);
/** Room for size bytes at data[size], to be written there and added to size; NULL when memory is short. */
TQ_API char *tq_buffer_room(tq_buffer *buffer, size_t size);
/** printf; for text and integers, because %f and %g follow the locale. */
TQ_API void tq_buffer_format(tq_buffer *buffer, const char *fmt, ...) TQ_PRINTF(2, 3);
/** tq_decimal_trimmed(). */
TQ_API void tq_buffer_number(tq_buffer *buffer, double x, int decimals);
/** TQ_ENOMEM when an append failed, else TQ_OK. */
TQ_API tq_status tq_buffer_status(const tq_buffer *buffer, tq_error *err);
/** Frees the bytes and empties the buffer; NULL is fine. */
TQ_API void tq_buffer_free(tq_buffer *buffer);

#endif
