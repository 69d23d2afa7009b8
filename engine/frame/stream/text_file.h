/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file text_file.h  A file with a header line: its columns, and its rows in windows. */
#ifndef TQ_FRAME_STREAM_TEXT_FILE_H
#define TQ_FRAME_STREAM_TEXT_FILE_H

#include "frame/stream/line_form.h"
#include "frame/stream/text_window.h"

/** Start from {0}; tq_text_file_close() takes it back to that. */
typedef struct {
    char path[256];
    tq_source *source;
    tq_line_form form;
    size_t header_line; /* 1-based line of the names; rows stand below */
    uint64_t begin;     /* of the rows in the text */
    char *text;         /* [size] that was read with the header */
    size_t size;
    tq_windows *windows; /* NULL before tq_text_file_start() */
} tq_text_file;

/**
 * Open a file and read its header: the first line that is not empty and no comment. Lines that begin with
 * '#' are comments, but for the last of them where a row stands behind it ("#CHROM POS ...").
 * err->file, err->line say where it failed.
 * @param[in] threads    For the blocks of bgzip, >= 1.
 * @param[in] separator  As in tq_line_form_read().
 * @retval TQ_EREAD  As tq_source_open() and tq_source_read().
 * @retval TQ_EDATA  As tq_line_form_read(); empty; a header longer than 64 MiB.
 */
TQ_API tq_status tq_text_file_open(const char *path, size_t threads, char separator,
                                   tq_text_file *file, tq_error *err);
/** Make windows of the rows. */
TQ_API tq_status tq_text_file_start(tq_text_file *file, const tq_window_options *opt,
                                    tq_error *err);
TQ_API void tq_text_file_close(tq_text_file *file);

#endif
