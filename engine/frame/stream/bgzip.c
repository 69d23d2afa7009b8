/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of bgzip by ISA-L: SAM/BAM Format Specification, section 4.1 (hts-specs). */
#include "frame/stream/bgzip.h"

#include <stdlib.h>
#include <string.h>

#include "frame/stream/isal_internal.h"

/* Text per block: what does not shrink must still fit in 64 KiB with its header. */
enum { TEXT_MAX = 0xFF00, HEADER = 18, FOOTER = 8, BLOCK_MAX = 1 << 16, LEVEL = 2 };

static void put_little_endian(unsigned char *to, uint32_t x, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        to[i] = (unsigned char)(x >> 8 * i);
    }
}

static void put_header(unsigned char *to, size_t block_size)
{
    static const unsigned char head[HEADER] = {0x1F, 0x8B, 8, 4,   0,   0, 0, 0, 0,
                                               0xFF, 6,    0, 'B', 'C', 2, 0, 0, 0};

    memcpy(to, head, HEADER);
    put_little_endian(to + 16, (uint32_t)(block_size - 1), 2);
}

/* ISA-L writes a gzip member: its header of 10 bytes is replaced by ours. */
static tq_status pack_block(const isal_api *isal, uint8_t *level, const char *text, size_t size,
                            tq_buffer *out, tq_error *err)
{
    enum { GZIP_HEADER = 10 };
    struct isal_zstream z;
    unsigned char copy[TEXT_MAX];
    unsigned char *const to = (unsigned char *)tq_buffer_room(out, BLOCK_MAX + HEADER);

    if (!to) {
        return tq_buffer_status(out, err);
    }
    memcpy(copy, text, size);
    isal->isal_deflate_stateless_init(&z);
    z.end_of_stream = 1;
    z.flush = NO_FLUSH;
    z.gzip_flag = IGZIP_GZIP;
    z.level = LEVEL;
    z.level_buf = level;
    z.level_buf_size = ISAL_DEF_LVL2_DEFAULT;
    z.next_in = copy;
    z.avail_in = (uint32_t)size;
    z.next_out = to + HEADER - GZIP_HEADER;
    z.avail_out = BLOCK_MAX - (HEADER - GZIP_HEADER);
    if (isal->isal_deflate_stateless(&z) != COMP_OK) {
        return tq_fail(err, TQ_EWRITE, TQ_NO_ROW, NULL, "cannot be compressed");
    }
    const size_t packed = HEADER - GZIP_HEADER + z.total_out;

    put_header(to, packed);
    out->size += packed;
    return TQ_OK;
}

tq_status tq_bgzip_pack(const char *text, size_t size, tq_buffer *out, tq_error *err)
{
    const isal_api *isal = isal_load(err);
    uint8_t *level = isal ? malloc(ISAL_DEF_LVL2_DEFAULT) : NULL;
    tq_status status = TQ_OK;

    if (!level) {
        return isal ? tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory") : TQ_EREAD;
    }
    while (status == TQ_OK && size > 0) {
        const size_t n = size < TEXT_MAX ? size : TEXT_MAX;

        status = pack_block(isal, level, text, n, out, err);
        text += n;
        size -= n;
    }
    free(level);
    return status;
}

void tq_bgzip_end(tq_buffer *out)
{
    static const unsigned char end[] = {0x1F, 0x8B, 8,    4, 0, 0, 0, 0, 0, 0xFF, 6, 0, 'B', 'C',
                                        2,    0,    0x1B, 0, 3, 0, 0, 0, 0, 0,    0, 0, 0,   0};

    tq_buffer_append(out, end, sizeof end);
}
