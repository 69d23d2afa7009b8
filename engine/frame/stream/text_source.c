/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a file, telling what it is, reading its bytes. */
#include "frame/stream/text_source_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frame/bytes_internal.h"

struct tq_source {
    struct raw raw;
    struct decoder decoder; /* state NULL: plain */
    tq_source_kind kind;
    uint64_t size;
    int regular;
    char path[256];
};

/* Up to size bytes: fewer at the end alone, whatever pieces a pipe comes in. */
static tq_status read_fully(int fd, unsigned char *out, size_t size, size_t *n, tq_error *err)
{
    *n = 0;
    while (*n < size) {
        const ssize_t got = read(fd, out + *n, size - *n);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return bytes_fail_errno(errno, err);
        }
        if (got == 0) {
            break;
        }
        *n += (size_t)got;
    }
    return TQ_OK;
}

tq_status raw_read(struct raw *raw, unsigned char *out, size_t size, size_t *n, tq_error *err)
{
    const size_t left = raw->head_size - raw->head_used, kept = left < size ? left : size;
    size_t more = 0;

    memcpy(out, raw->head + raw->head_used, kept);
    raw->head_used += kept;
    const tq_status status =
        kept < size ? read_fully(raw->fd, out + kept, size - kept, &more, err) : TQ_OK;

    *n = kept + more;
    atomic_fetch_add(&raw->position, *n);
    return status;
}

static tq_source_kind kind_of(const unsigned char *head, size_t size)
{
    if (size < 2 || head[0] != 0x1F || head[1] != 0x8B) {
        return TQ_SOURCE_PLAIN;
    }
    return bgzip_block_size(head, size) > 0 ? TQ_SOURCE_BGZIP : TQ_SOURCE_GZIP;
}

static tq_status look(tq_source *s, size_t threads, tq_error *err)
{
    struct stat info;

    if (fstat(s->raw.fd, &info) != 0) {
        return bytes_fail_errno(errno, err);
    }
    s->regular = S_ISREG(info.st_mode);
    s->size = s->regular && info.st_size > 0 ? (uint64_t)info.st_size : 0;
    const tq_status status =
        read_fully(s->raw.fd, s->raw.head, sizeof s->raw.head, &s->raw.head_size, err);

    if (status != TQ_OK) {
        return status;
    }
    s->kind = kind_of(s->raw.head, s->raw.head_size);
    switch (s->kind) {
    case TQ_SOURCE_GZIP:
        return gzip_decoder(&s->raw, &s->decoder, err);
    case TQ_SOURCE_BGZIP:
        return bgzip_decoder(&s->raw, threads, &s->decoder, err);
    default:
        return TQ_OK;
    }
}

/* An error of a source says which. */
static tq_status named(const tq_source *s, tq_status status, tq_error *err)
{
    if (status != TQ_OK && err) {
        tq_copy_text(err->file, sizeof err->file, s->path);
    }
    return status;
}

tq_status tq_source_open(const char *path, size_t threads, tq_source **out, tq_error *err)
{
    tq_source *s = calloc(1, sizeof *s);

    if (!s) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    const int standard = strcmp(path, "-") == 0;

    tq_copy_text(s->path, sizeof s->path, standard ? "standard input" : path);
    s->raw.fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    const tq_status status =
        named(s, s->raw.fd < 0 ? bytes_fail_errno(errno, err) : look(s, threads, err), err);

    if (status != TQ_OK) {
        tq_source_close(s);
        return status;
    }
    *out = s;
    return TQ_OK;
}

void tq_source_close(tq_source *source)
{
    if (source) {
        if (source->decoder.state) {
            source->decoder.free(source->decoder.state);
        }
        if (source->raw.fd >= 0) {
            close(source->raw.fd);
        }
        free(source);
    }
}

const char *tq_source_path(const tq_source *source)
{
    return source->path;
}

tq_source_kind tq_source_kind_of(const tq_source *source)
{
    return source->kind;
}

uint64_t tq_source_size(const tq_source *source)
{
    return source->size;
}

uint64_t tq_source_position(const tq_source *source)
{
    return atomic_load(&source->raw.position);
}

int tq_source_seekable(const tq_source *source)
{
    return source->kind == TQ_SOURCE_PLAIN && source->regular;
}

tq_status tq_source_read(tq_source *source, char *out, size_t size, size_t *n, tq_error *err)
{
    const struct decoder *d = &source->decoder;

    return named(source,
                 d->state ? d->read(d->state, out, size, n, err)
                          : raw_read(&source->raw, (unsigned char *)out, size, n, err),
                 err);
}

tq_status tq_source_seek(tq_source *source, uint64_t offset, tq_error *err)
{
    if (!tq_source_seekable(source)) {
        return named(source, tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "is no plain file"), err);
    }
    if (lseek(source->raw.fd, (off_t)offset, SEEK_SET) < 0) {
        return named(source, bytes_fail_errno(errno, err), err);
    }
    source->raw.head_used = source->raw.head_size;
    atomic_store(&source->raw.position, offset);
    return TQ_OK;
}
