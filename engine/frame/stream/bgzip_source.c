/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bgzip: gzip in members of at most 64 KiB whose headers tell their size, so that threads unpack runs of
 * them side by side. Runs go round a ring of slots; the reader takes them in order.
 * Format: SAM/BAM Format Specification, section 4.1 (hts-specs).
 */
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "frame/stream/isal_internal.h"
#include "frame/stream/text_source_internal.h"

enum { HEADER = 18, BLOCK_MAX = 1 << 16, RUN = 16, MOST_THREADS = 64 };

typedef enum { SLOT_EMPTY, SLOT_TAKEN, SLOT_FULL } slot_state;

struct slot {
    slot_state state;
    size_t raw_size, size, used;
    tq_status status;
    tq_error err;
    unsigned char raw[RUN * BLOCK_MAX];
    unsigned char text[RUN * BLOCK_MAX];
};

struct bgzip {
    struct raw *raw;
    const isal_api *isal;
    mtx_t lock;
    cnd_t changed;
    struct slot *slot;
    size_t n_slots, n_threads;
    size_t next_in, next_out; /* runs taken by threads, runs read */
    int ended, stop;          /* no more runs come; threads are to leave */
    thrd_t thread[MOST_THREADS];
};

size_t bgzip_block_size(const unsigned char *head, size_t size)
{
    static const unsigned char magic[] = {0x1F, 0x8B, 8, 4};

    if (size < HEADER || memcmp(head, magic, sizeof magic) != 0 || head[10] != 6 || head[11] != 0 ||
        head[12] != 'B' || head[13] != 'C' || head[14] != 2 || head[15] != 0) {
        return 0;
    }
    return (size_t)(head[16] | head[17] << 8) + 1;
}

static uint32_t little_endian(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static tq_status damaged(tq_error *err)
{
    return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "not bgzip, or damaged");
}

static tq_status cut_short(tq_error *err)
{
    return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "cut short: the bgzip data ends too early");
}

/* Stored bytes of the next run of blocks; *ended where the file does. Under the lock. */
static tq_status take_run(struct bgzip *b, struct slot *s, int *ended, tq_error *err)
{
    size_t n;

    s->raw_size = 0;
    for (int i = 0; i < RUN; i++) {
        unsigned char *const at = s->raw + s->raw_size;
        tq_status status = raw_read(b->raw, at, HEADER, &n, err);

        if (status != TQ_OK || n == 0) {
            *ended = 1;
            return status;
        }
        const size_t size = bgzip_block_size(at, n);

        if (size < HEADER + 8) {
            return n < HEADER ? cut_short(err) : damaged(err);
        }
        status = raw_read(b->raw, at + HEADER, size - HEADER, &n, err);
        if (status != TQ_OK || n < size - HEADER) {
            return status != TQ_OK ? status : cut_short(err);
        }
        s->raw_size += size;
    }
    return TQ_OK;
}

static tq_status unpack_run(const isal_api *isal, struct inflate_state *z, struct slot *s)
{
    s->size = s->used = 0;
    for (size_t at = 0; at < s->raw_size;) {
        unsigned char *const block = s->raw + at;
        const size_t size = bgzip_block_size(block, HEADER);
        const uint32_t text = little_endian(block + size - 4);

        if (text > BLOCK_MAX) {
            return damaged(&s->err);
        }
        isal->isal_inflate_init(z);
        z->crc_flag = ISAL_GZIP_NO_HDR_VER;
        z->next_in = block + HEADER;
        z->avail_in = (uint32_t)(size - HEADER);
        z->next_out = s->text + s->size;
        z->avail_out = text;
        if (isal->isal_inflate_stateless(z) != ISAL_DECOMP_OK || z->avail_out != 0) {
            return damaged(&s->err);
        }
        s->size += text;
        at += size;
    }
    return TQ_OK;
}

/* Takes runs and unpacks them until there are none. */
static int unpack_loop(void *user)
{
    struct bgzip *const b = user;
    struct inflate_state *z = malloc(sizeof *z);

    mtx_lock(&b->lock);
    while (!b->stop && !b->ended) {
        struct slot *s = &b->slot[b->next_in % b->n_slots];

        if (s->state != SLOT_EMPTY) {
            cnd_wait(&b->changed, &b->lock);
            continue;
        }
        b->next_in++;
        s->state = SLOT_TAKEN;
        s->status = z ? take_run(b, s, &b->ended, &s->err)
                      : tq_fail(&s->err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        b->ended = b->ended || s->status != TQ_OK;
        mtx_unlock(&b->lock);
        if (s->status == TQ_OK) {
            s->status = unpack_run(b->isal, z, s);
        }
        mtx_lock(&b->lock);
        s->state = SLOT_FULL;
        cnd_broadcast(&b->changed);
    }
    cnd_broadcast(&b->changed);
    mtx_unlock(&b->lock);
    free(z);
    return 0;
}

/* The next run, once it is there; NULL at the end. */
static struct slot *wait_for_run(struct bgzip *b)
{
    struct slot *s = &b->slot[b->next_out % b->n_slots];

    mtx_lock(&b->lock);
    while (s->state != SLOT_FULL && !(b->ended && b->next_out == b->next_in)) {
        cnd_wait(&b->changed, &b->lock);
    }
    const int full = s->state == SLOT_FULL;

    mtx_unlock(&b->lock);
    return full ? s : NULL;
}

static void release(struct bgzip *b, struct slot *s)
{
    mtx_lock(&b->lock);
    s->state = SLOT_EMPTY;
    b->next_out++;
    cnd_broadcast(&b->changed);
    mtx_unlock(&b->lock);
}

static tq_status bgzip_read(void *state, char *out, size_t size, size_t *n, tq_error *err)
{
    struct bgzip *const b = state;
    struct slot *s;

    *n = 0;
    while (*n < size && (s = wait_for_run(b)) != NULL) {
        if (s->status != TQ_OK) {
            return tq_fail(err, s->status, TQ_NO_ROW, NULL, "%s", s->err.message);
        }
        const size_t left = s->size - s->used, part = left < size - *n ? left : size - *n;

        memcpy(out + *n, s->text + s->used, part);
        s->used += part;
        *n += part;
        if (s->used == s->size) {
            release(b, s);
        }
    }
    return TQ_OK;
}

static void bgzip_free(void *state)
{
    struct bgzip *const b = state;

    mtx_lock(&b->lock);
    b->stop = 1;
    cnd_broadcast(&b->changed);
    mtx_unlock(&b->lock);
    for (size_t i = 0; i < b->n_threads; i++) {
        thrd_join(b->thread[i], NULL);
    }
    cnd_destroy(&b->changed);
    mtx_destroy(&b->lock);
    free(b->slot);
    free(b);
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* At least one thread works, or none of this does. */
static tq_status start(struct bgzip *b, size_t threads, tq_error *err)
{
    for (; b->n_threads < threads; b->n_threads++) {
        if (thrd_create(&b->thread[b->n_threads], unpack_loop, b) != thrd_success) {
            break;
        }
    }
    return b->n_threads > 0 ? TQ_OK : no_memory(err);
}

tq_status bgzip_decoder(struct raw *raw, size_t threads, struct decoder *out, tq_error *err)
{
    const isal_api *isal = isal_load(err);
    struct bgzip *b = isal ? calloc(1, sizeof *b) : NULL;

    if (!b) {
        return isal ? no_memory(err) : TQ_EREAD;
    }
    threads = threads < 1 ? 1 : threads > MOST_THREADS ? MOST_THREADS : threads;
    b->raw = raw;
    b->isal = isal;
    b->n_slots = 2 * threads;
    b->slot = calloc(b->n_slots, sizeof *b->slot);
    if (!b->slot || mtx_init(&b->lock, mtx_plain) != thrd_success) {
        free(b->slot);
        free(b);
        return no_memory(err);
    }
    if (cnd_init(&b->changed) != thrd_success) {
        mtx_destroy(&b->lock);
        free(b->slot);
        free(b);
        return no_memory(err);
    }
    const tq_status status = start(b, threads, err);

    if (status != TQ_OK) {
        bgzip_free(b);
        return status;
    }
    *out = (struct decoder){b, bgzip_read, bgzip_free};
    return TQ_OK;
}
