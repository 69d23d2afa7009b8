/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file bytes_internal.h  A whole file in memory, and whether it is text. */
#ifndef TQ_FRAME_BYTES_INTERNAL_H
#define TQ_FRAME_BYTES_INTERNAL_H

#include "core/status.h"

/* Terminated at data[size]; release data with free(). */
struct bytes {
    char *data;
    size_t size;
};

/**
 * Read a file, a pipe or ("-") standard input to its end.
 *
 * Stops early, with success, at a block that holds a NUL: that is no text, and what has no end
 * (/dev/zero) is recognised before it fills the memory.
 * @retval TQ_EREAD  Cannot be opened or read, is a directory, or exceeds TABLE_MAX_BYTES.
 */
tq_status bytes_read(const char *path, struct bytes *out, tq_error *err);

/** The same for what is no text: NUL bytes do not end it. */
tq_status bytes_read_binary(const char *path, struct bytes *out, tq_error *err);

/** TQ_EREAD with the system's reason for an errno. */
tq_status bytes_fail_errno(int code, tq_error *err);

/** Where data[size] stops being UTF-8 without NUL; size when it does not. */
size_t bytes_not_text_at(const char *data, size_t size);

/** TQ_OK when the bytes are UTF-8 without NUL; else TQ_EREAD naming the byte and its line. */
tq_status bytes_check_text(const char *data, size_t size, tq_error *err);

#endif
