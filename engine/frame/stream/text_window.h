/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file text_window.h  A stream of text in windows of whole lines, or of whole groups of lines, for
 * threads that take one after the other.
 */
#ifndef TQ_FRAME_STREAM_TEXT_WINDOW_H
#define TQ_FRAME_STREAM_TEXT_WINDOW_H

#include "frame/stream/text_source.h"

/** Readable bytes behind the text of a window, so that its end can be read in wide words. */
enum { TQ_WINDOW_SLACK = 64 };

/** Owned by the thread that takes windows; start from {0}, end with tq_window_free(). */
typedef struct {
    char *text; /* [size]; may be changed by its owner; ends with a newline */
    size_t size, capacity;
    uint64_t offset; /* of its first byte in the text of the file */
    uint64_t index;  /* 0, 1, ... in the order of the text */
} tq_window;

TQ_API void tq_window_free(tq_window *window);

/** Whether two lines (newline excluded, but there) belong to one group: 1, 0; -1: one of them has no group,
    which neither begins nor ends one. */
typedef int tq_same_group(const void *user, const char *a, size_t a_size, const char *b,
                          size_t b_size);

typedef struct {
    tq_same_group *same; /* NULL: lines stand alone */
    const void *user;
    /* The part of the text that counts: lines, or groups, that begin at a byte from begin to end - 1.
       Seekable sources alone; 0 and UINT64_MAX (or 0): all of it. */
    uint64_t begin, end;
    size_t
        size; /* text per window, about; 0: 1 MiB. It never changes what the windows hold together */
} tq_window_options;

/** Safe from any thread, but for new and free. */
typedef struct tq_windows tq_windows;

/**
 * Windows of the rest of a source, which it borrows until freed.
 * @param[in] offset  Where in the text of the file that rest begins.
 * @param[in] text    [size] text that was read already and comes before it, at offset.
 */
TQ_API tq_status tq_windows_new(tq_source *source, const tq_window_options *opt, uint64_t offset,
                                const char *text, size_t size, tq_windows **out, tq_error *err);
TQ_API void tq_windows_free(tq_windows *windows);

/**
 * The next window.
 * @param[out] more  0 at the end; then window holds nothing.
 * @retval TQ_EREAD  As tq_source_read(), or a NUL byte, or a line beyond 64 MiB.
 */
TQ_API tq_status tq_windows_next(tq_windows *windows, tq_window *window, int *more, tq_error *err);

#endif
