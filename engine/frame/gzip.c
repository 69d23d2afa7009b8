/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gzip by zlib: members one after the other, as `cat a.gz b.gz` and bgzip make them. */
#include "frame/gzip_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "core/buffer.h"
#include "frame/table_internal.h"

/* 16 more than the window's bits: a gzip header and trailer around each member. */
enum { BLOCK = 1 << 16, GZIP_WINDOW = 15 + 16 };

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static tq_status fail_damaged(int code, tq_error *err)
{
    switch (code) {
    case Z_MEM_ERROR:
        return no_memory(err);
    case Z_BUF_ERROR:
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "cut short: the gzip data ends too early");
    default:
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "not gzip, or damaged");
    }
}

/* What follows the last member may be zeros: tapes and some tools pad to whole blocks. */
static int is_padding(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0) {
            return 0;
        }
    }
    return 1;
}

/* Unpack to the end; *left are the bytes not yet handed to z. */
static tq_status unpack(z_stream *z, size_t left, unsigned char *block, tq_buffer *text,
                        tq_error *err)
{
    for (;;) {
        const uInt piece = left > UINT_MAX - z->avail_in ? UINT_MAX - z->avail_in : (uInt)left;

        z->avail_in += piece;
        left -= piece;
        z->next_out = block;
        z->avail_out = BLOCK;
        const int code = inflate(z, Z_NO_FLUSH);
        const size_t n = BLOCK - z->avail_out;

        if (code != Z_OK && code != Z_STREAM_END) {
            return fail_damaged(code, err);
        }
        if (n > TABLE_MAX_BYTES - text->size) {
            return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL,
                           "larger than 4 GiB when unpacked, the limit for a sheet");
        }
        tq_buffer_append(text, block, n);
        if (text->failed) {
            return no_memory(err);
        }
        if (memchr(block, '\0', n) ||
            (code == Z_STREAM_END && is_padding(z->next_in, z->avail_in + left))) {
            return TQ_OK;
        }
        if (code == Z_STREAM_END && inflateReset(z) != Z_OK) {
            return fail_damaged(Z_DATA_ERROR, err);
        }
    }
}

tq_status gzip_unpack(const char *packed, size_t size, struct bytes *out, tq_error *err)
{
    z_stream z = {.next_in = (const Bytef *)packed};
    unsigned char *const block = malloc(BLOCK);
    tq_buffer text = {0};

    tq_buffer_append(&text, "", 0);
    if (!block || text.failed || inflateInit2(&z, GZIP_WINDOW) != Z_OK) {
        free(block);
        tq_buffer_free(&text);
        return no_memory(err);
    }
    const tq_status status = unpack(&z, size, block, &text, err);

    inflateEnd(&z);
    free(block);
    if (status != TQ_OK) {
        tq_buffer_free(&text);
        return status;
    }
    *out = (struct bytes){text.data, text.size};
    return TQ_OK;
}
