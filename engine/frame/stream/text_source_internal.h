/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file text_source_internal.h  What is behind a source: raw bytes, and a decoder of them. */
#ifndef TQ_FRAME_STREAM_TEXT_SOURCE_INTERNAL_H
#define TQ_FRAME_STREAM_TEXT_SOURCE_INTERNAL_H

#include <stdatomic.h>

#include "frame/stream/text_source.h"

/* Raw bytes of the file; the first ones were looked at and are kept. */
struct raw {
    int fd;
    unsigned char head[32];
    size_t head_size, head_used;
    _Atomic uint64_t position;
};

/* As tq_source_read(), but of the stored bytes: fewer than size at the end alone. */
tq_status raw_read(struct raw *raw, unsigned char *out, size_t size, size_t *n, tq_error *err);

struct decoder {
    void *state;
    tq_status (*read)(void *state, char *out, size_t size, size_t *n, tq_error *err);
    void (*free)(void *state);
};

/* Both fill *out, whose state is to be freed, and borrow raw until then. */
tq_status gzip_decoder(struct raw *raw, struct decoder *out, tq_error *err);
tq_status bgzip_decoder(struct raw *raw, size_t threads, struct decoder *out, tq_error *err);

/* The size of the block that begins with these bytes (at least 18 are looked at); 0: no bgzip. */
size_t bgzip_block_size(const unsigned char *head, size_t size);

#endif
