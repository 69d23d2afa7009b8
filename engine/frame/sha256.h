/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sha256.h  SHA-256 of a block of memory, for the provenance of what was read. */
#ifndef TQ_FRAME_SHA256_H
#define TQ_FRAME_SHA256_H

#include <stddef.h>

#include "core/api.h"

/** Characters of a digest in hexadecimal, with its terminator. */
#define TQ_SHA256_HEX 65

/**
 * Digest of bytes[size] as 64 lower-case hex digits, terminated.
 *
 * Borrows bytes (NULL is fine when size is 0), allocates nothing; safe from any thread.
 * Source: FIPS 180-4 (2015), Secure Hash Standard, sections 4.1.2, 4.2.2, 5 and 6.2.
 */
TQ_API void tq_sha256_hex(const void *bytes, size_t size, char hex[TQ_SHA256_HEX]);

#endif
