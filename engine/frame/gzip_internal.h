/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file gzip_internal.h  Unpacking gzip (RFC 1952) in memory. */
#ifndef TQ_FRAME_GZIP_INTERNAL_H
#define TQ_FRAME_GZIP_INTERNAL_H

#include "frame/bytes_internal.h"

/**
 * Unpack every member of packed[size]; release out->data with free().
 *
 * Like bytes_read() it stops, with success, at a block that holds a NUL, which is no text.
 * @retval TQ_EREAD  Not gzip, damaged, cut short, or more than TABLE_MAX_BYTES unpacked.
 */
tq_status gzip_unpack(const char *packed, size_t size, struct bytes *out, tq_error *err);

#endif
