/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file bgzip.h  Compressed output in blocks that any gunzip reads and tabix can index. */
#ifndef TQ_FRAME_STREAM_BGZIP_H
#define TQ_FRAME_STREAM_BGZIP_H

#include "core/buffer.h"

/** Append text[size] as blocks. Pieces packed by different threads follow one another in one file.
    @retval TQ_EREAD  ISA-L is not installed. */
TQ_API tq_status tq_bgzip_pack(const char *text, size_t size, tq_buffer *out, tq_error *err);
/** Append the empty block that ends a file. */
TQ_API void tq_bgzip_end(tq_buffer *out);

#endif
