/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header of a file, and what was read with it. */
#include "frame/stream/text_file.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 16, HEADER_MAX = 1 << 26 };

/* One line more at the end of file->text; *ended: there is no more text. */
static tq_status read_more(tq_text_file *file, int *ended, tq_error *err)
{
    size_t n = 0;
    char *text = file->size < HEADER_MAX ? realloc(file->text, file->size + BLOCK + 1) : NULL;

    if (!text) {
        return file->size < HEADER_MAX
                   ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory")
                   : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the header is longer than 64 MiB");
    }
    file->text = text;
    const tq_status status = tq_source_read(file->source, text + file->size, BLOCK, &n, err);

    if (status != TQ_OK) {
        return status;
    }
    if (n > 0 && memchr(text + file->size, '\0', n)) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "not a text file: it holds a byte 0x00");
    }
    file->size += n;
    *ended = n == 0;
    if (*ended && file->size > 0 && text[file->size - 1] != '\n') {
        text[file->size++] = '\n';
    }
    return TQ_OK;
}

static int is_header(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') {
            return !(size > 1 && line[0] == '#' && line[1] == '#');
        }
    }
    return 0;
}

/* The line of the names: from *begin, *size bytes without its end. */
static tq_status find_header(tq_text_file *file, size_t *begin, size_t *size, tq_error *err)
{
    size_t at = 0;
    int ended = 0;

    for (;;) {
        const char *newline =
            file->size > at ? memchr(file->text + at, '\n', file->size - at) : NULL;

        if (newline) {
            const size_t end = (size_t)(newline - file->text);

            file->header_line++;
            if (is_header(file->text + at, end - at)) {
                *begin = at;
                *size = end - at - (end > at && file->text[end - 1] == '\r');
                file->begin = end + 1;
                return TQ_OK;
            }
            at = end + 1;
        } else if (ended) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "is empty");
        } else {
            const tq_status status = read_more(file, &ended, err);

            if (status != TQ_OK) {
                return status;
            }
        }
    }
}

tq_status tq_text_file_open(const char *path, size_t threads, char separator, tq_text_file *file,
                            tq_error *err)
{
    size_t begin = 0, size = 0;

    *file = (tq_text_file){0};
    tq_copy_text(file->path, sizeof file->path, strcmp(path, "-") == 0 ? "standard input" : path);
    tq_status status = tq_source_open(path, threads, &file->source, err);

    status = status == TQ_OK ? find_header(file, &begin, &size, err) : status;
    if (status == TQ_OK) {
        status = tq_line_form_read(file->text + begin, size, separator, &file->form, err);
    }
    if (status != TQ_OK) {
        if (err) {
            tq_copy_text(err->file, sizeof err->file, file->path);
            err->line = status == TQ_EDATA ? file->header_line : 0;
        }
        tq_text_file_close(file);
    }
    return status;
}

tq_status tq_text_file_start(tq_text_file *file, const tq_window_options *opt, tq_error *err)
{
    const tq_status status =
        tq_windows_new(file->source, opt, file->begin, file->text + file->begin,
                       file->size - (size_t)file->begin, &file->windows, err);

    free(file->text);
    file->text = NULL;
    return status;
}

void tq_text_file_close(tq_text_file *file)
{
    tq_windows_free(file->windows);
    tq_source_close(file->source);
    tq_line_form_free(&file->form);
    free(file->text);
    *file = (tq_text_file){0};
}
