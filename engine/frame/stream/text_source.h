/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file text_source.h  A file as a stream of text: plain, gzip or bgzip, told by its first bytes. */
#ifndef TQ_FRAME_STREAM_TEXT_SOURCE_H
#define TQ_FRAME_STREAM_TEXT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "core/status.h"

typedef enum { TQ_SOURCE_PLAIN, TQ_SOURCE_GZIP, TQ_SOURCE_BGZIP } tq_source_kind;

/** One reader at a time. */
typedef struct tq_source tq_source;

/**
 * Open a file, a pipe or ("-") standard input. err->file names it on failure.
 * @param[in] threads  Unpack the blocks of bgzip on that many threads, >= 1.
 * @retval TQ_EREAD  It cannot be opened or read, or is a directory.
 */
TQ_API tq_status tq_source_open(const char *path, size_t threads, tq_source **out, tq_error *err);
TQ_API void tq_source_close(tq_source *source);

/** As messages name it. */
TQ_API const char *tq_source_path(const tq_source *source);
TQ_API tq_source_kind tq_source_kind_of(const tq_source *source);
/** Bytes stored; 0 where that is not known (a pipe). */
TQ_API uint64_t tq_source_size(const tq_source *source);
/** Bytes of them read so far. Safe from any thread. */
TQ_API uint64_t tq_source_position(const tq_source *source);
/** 1 for plain files, which tq_source_seek() works on. */
TQ_API int tq_source_seekable(const tq_source *source);

/**
 * Text from where the last call ended.
 * @param[out] n  Bytes written to out[size], size > 0; 0 at the end alone.
 * @retval TQ_EREAD  Unreadable; not gzip, damaged or cut short.
 */
TQ_API tq_status tq_source_read(tq_source *source, char *out, size_t size, size_t *n,
                                tq_error *err);
/** Go on reading at a byte of a seekable source. */
TQ_API tq_status tq_source_seek(tq_source *source, uint64_t offset, tq_error *err);

#endif
