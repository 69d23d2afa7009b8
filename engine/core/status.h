/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file status.h  Status codes and the error context every fallible function fills. */
#ifndef TQ_CORE_STATUS_H
#define TQ_CORE_STATUS_H

#include <stddef.h>

#include "core/api.h"

#define TQ_STATUS_LIST(X) \
    X(TQ_OK, "success") \
    X(TQ_EINVAL, "invalid argument") \
    X(TQ_EDATA, "unusable data") \
    X(TQ_ENOCONV, "no convergence") \
    X(TQ_ENOMEM, "out of memory") \
    X(TQ_EREAD, "input could not be read") \
    X(TQ_EWRITE, "output could not be written") \
    X(TQ_EINTR, "interrupted") \
    X(TQ_EDEVIATE, "not what was published")

#define TQ_STATUS_ENUM(name, text) name,
typedef enum { TQ_STATUS_LIST(TQ_STATUS_ENUM) TQ_STATUS_COUNT } tq_status;
#undef TQ_STATUS_ENUM

#define TQ_NO_ROW ((size_t)-1)

/**
 * Where and why something failed. Owned by the caller, usually on the stack; filled by the
 * function that fails. Statistics fill status, row, column and message; frame/ adds file, line
 * and study, which only it knows.
 */
typedef struct {
    tq_status status;
    size_t row;        /* 0-based row of the caller's arrays at fault, or TQ_NO_ROW */
    size_t line;       /* 1-based line of the input file, 0 when not known */
    char file[256];    /* input or output file at fault, empty when none */
    char column[64];   /* field at fault ("vi", "sd1i"), empty when none */
    char study[96];    /* label of the study at fault, empty when none */
    char message[256]; /* lower case, names the value, says what is right, no full stop */
} tq_error;

/** Static text of a status ("unusable data"). */
TQ_API const char *tq_status_text(tq_status status);

/**
 * Record a failure and return its status. Resets every field of err; err may be NULL.
 * column may be NULL. Text that does not fit is cut at a UTF-8 character boundary.
 */
TQ_API tq_status tq_fail(tq_error *err, tq_status status, size_t row, const char *column,
                         const char *fmt, ...) TQ_PRINTF(5, 6);

/** Write "FILE:LINE: column 'C', study 'S': message" into out[size]; parts not known are left out. */
TQ_API void tq_error_text(const tq_error *err, char *out, size_t size);

/** Copy src into dst[size], cutting at a UTF-8 character boundary; always terminated. */
TQ_API void tq_copy_text(char *dst, size_t size, const char *src);

#endif
