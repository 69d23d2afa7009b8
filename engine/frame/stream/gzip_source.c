/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gzip as a stream, by ISA-L: members one after the other, of any length. */
#include <stdlib.h>
#include <string.h>

#include "frame/stream/isal_internal.h"
#include "frame/stream/text_source_internal.h"

enum { RAW_BLOCK = 1 << 18 };

struct gzip_state {
    struct raw *raw;
    const isal_api *isal;
    struct inflate_state inflate;
    int raw_ended, ended;
    unsigned char block[RAW_BLOCK];
};

static tq_status refill(struct gzip_state *g, tq_error *err)
{
    size_t n;
    const tq_status status = raw_read(g->raw, g->block, RAW_BLOCK, &n, err);

    if (status == TQ_OK) {
        g->raw_ended = n < RAW_BLOCK;
        g->inflate.next_in = g->block;
        g->inflate.avail_in = (uint32_t)n;
    }
    return status;
}

/* After a member: another one, or zeros that pad to the end. */
static tq_status next_member(struct gzip_state *g, tq_error *err)
{
    struct inflate_state *const z = &g->inflate;

    for (;;) {
        while (z->avail_in > 0 && *z->next_in == 0) {
            z->next_in++;
            z->avail_in--;
        }
        if (z->avail_in > 0) {
            g->isal->isal_inflate_reset(z);
            z->crc_flag = ISAL_GZIP;
            return TQ_OK;
        }
        if (g->raw_ended) {
            g->ended = 1;
            return TQ_OK;
        }
        const tq_status status = refill(g, err);

        if (status != TQ_OK) {
            return status;
        }
    }
}

static tq_status step(struct gzip_state *g, tq_error *err)
{
    struct inflate_state *const z = &g->inflate;

    if (z->block_state == ISAL_BLOCK_FINISH) {
        return next_member(g, err);
    }
    if (z->avail_in == 0 && !g->raw_ended) {
        const tq_status status = refill(g, err);

        if (status != TQ_OK) {
            return status;
        }
    }
    const uint32_t in = z->avail_in, out = z->avail_out;

    if (g->isal->isal_inflate(z) != ISAL_DECOMP_OK) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "not gzip, or damaged");
    }
    if (z->avail_in == in && z->avail_out == out && g->raw_ended &&
        z->block_state != ISAL_BLOCK_FINISH) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "cut short: the gzip data ends too early");
    }
    return TQ_OK;
}

static tq_status gzip_read(void *state, char *out, size_t size, size_t *n, tq_error *err)
{
    struct gzip_state *const g = state;
    const uint32_t most = size > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)size;
    tq_status status = TQ_OK;

    g->inflate.next_out = (uint8_t *)out;
    g->inflate.avail_out = most;
    while (status == TQ_OK && g->inflate.avail_out > 0 && !g->ended) {
        status = step(g, err);
    }
    *n = most - g->inflate.avail_out;
    return status;
}

tq_status gzip_decoder(struct raw *raw, struct decoder *out, tq_error *err)
{
    const isal_api *isal = isal_load(err);

    if (!isal) {
        return TQ_EREAD;
    }
    struct gzip_state *g = malloc(sizeof *g);

    if (!g) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    g->raw = raw;
    g->isal = isal;
    g->raw_ended = g->ended = 0;
    isal->isal_inflate_init(&g->inflate);
    g->inflate.crc_flag = ISAL_GZIP;
    g->inflate.avail_in = 0;
    *out = (struct decoder){g, gzip_read, free};
    return TQ_OK;
}
