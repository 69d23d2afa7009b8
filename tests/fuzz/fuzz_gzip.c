/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a packed sheet; where they are none, packed as one, in members whose sizes they say. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "frame/sheet.h"
#include "fuzz/fuzz.h"

static void read_bytes(const uint8_t *bytes, size_t size)
{
    static const char *const paths[] = {"x.csv.gz", "x.tsv.gz"};
    const tq_sheet_options opt = {0};
    tq_table *t = NULL;
    tq_error err;

    for (size_t i = 0; i < 2; i++) {
        if (tq_sheet_parse((const char *)bytes, size, paths[i], &opt, &t, &err) == TQ_OK) {
            fuzz_use_table(t);
        }
    }
}

/* A member of gzip at to[room]; its size, or 0. */
static size_t pack(uint8_t *text, size_t size, uint8_t *to, size_t room)
{
    enum { GZIP_WINDOW = 15 + 16, MEMORY = 8 };
    z_stream z = {.next_in = text, .next_out = to};
    size_t packed = 0;

    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY,
                     Z_DEFAULT_STRATEGY) == Z_OK) {
        z.avail_in = (uInt)size;
        z.avail_out = (uInt)room;
        packed = deflate(&z, Z_FINISH) == Z_STREAM_END ? z.total_out : 0;
        deflateEnd(&z);
    }
    return packed;
}

/* The first byte is the size of the first member, the last how much of the whole is cut off. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { ROOM = 256 };
    const size_t room = 2 * size + ROOM;
    uint8_t *const packed = malloc(room + size);

    read_bytes(data, size);
    if (packed && size > 2 && data[0] != 0x1F) {
        const size_t first = data[0] < size - 2 ? data[0] : size - 2, cut = data[size - 1] & 7;

        uint8_t *const text = packed + room;

        memcpy(text, data + 1, size - 2);
        size_t n = pack(text, first, packed, room);

        n += pack(text + first, size - 2 - first, packed + n, room - n);
        read_bytes(packed, n > cut ? n - cut : 0);
    }
    free(packed);
    return 0;
}
