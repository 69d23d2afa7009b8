/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a whole file, and telling text from other bytes. */
#include "frame/bytes_internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frame/table_internal.h"

enum { FIRST_BLOCK = 1 << 16 };

/* The system's reason in this program's style: lower case, and short for the common case. */
tq_status bytes_fail_errno(int code, tq_error *err)
{
    char text[128];

    if (code == ENOENT) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "no such file");
    }
    if (strerror_r(code, text, sizeof text) != 0) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "system error %d", code);
    }
    text[0] = (char)tolower((unsigned char)text[0]);
    return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "%s", text);
}

static ssize_t read_some(int fd, char *to, size_t size)
{
    ssize_t n;

    do {
        n = read(fd, to, size);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* Room for one byte more than a regular file says it has, so that its end is met without growing. */
static size_t first_capacity(int fd)
{
    struct stat info;

    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < FIRST_BLOCK ||
        (uintmax_t)info.st_size > TABLE_MAX_BYTES) {
        return FIRST_BLOCK;
    }
    return (size_t)info.st_size + 1;
}

/* Room for at least one byte more, terminator aside. */
static tq_status grow(struct bytes *b, size_t *capacity, tq_error *err)
{
    if (*capacity == TABLE_MAX_BYTES) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "larger than 4 GiB, the limit for a sheet");
    }
    const size_t wider = *capacity > TABLE_MAX_BYTES / 2 ? TABLE_MAX_BYTES : 2 * *capacity;
    char *data = realloc(b->data, wider + 1);

    if (!data) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    b->data = data;
    *capacity = wider;
    return TQ_OK;
}

static tq_status read_all(int fd, int text, struct bytes *b, tq_error *err)
{
    size_t capacity = first_capacity(fd);

    b->data = malloc(capacity + 1);
    if (!b->data) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (;;) {
        const tq_status status = b->size == capacity ? grow(b, &capacity, err) : TQ_OK;

        if (status != TQ_OK) {
            return status;
        }
        const ssize_t n = read_some(fd, b->data + b->size, capacity - b->size);

        if (n < 0) {
            return bytes_fail_errno(errno, err);
        }
        const char *const block = b->data + b->size;

        b->size += (size_t)n;
        b->data[b->size] = '\0';
        if (n == 0 || (text && memchr(block, '\0', (size_t)n))) {
            return TQ_OK;
        }
    }
}

static tq_status read_path(const char *path, int text, struct bytes *out, tq_error *err)
{
    struct bytes b = {0};
    const int standard = strcmp(path, "-") == 0;
    const int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0) {
        return bytes_fail_errno(errno, err);
    }
    const tq_status status = read_all(fd, text, &b, err);

    if (!standard) {
        close(fd);
    }
    if (status != TQ_OK) {
        free(b.data);
        return status;
    }
    *out = b;
    return TQ_OK;
}

tq_status bytes_read(const char *path, struct bytes *out, tq_error *err)
{
    return read_path(path, 1, out, err);
}

tq_status bytes_read_binary(const char *path, struct bytes *out, tq_error *err)
{
    return read_path(path, 0, out, err);
}

/* Bytes of the UTF-8 sequence at p[left]: 0 when malformed (Unicode 15.0, table 3-7). */
static size_t sequence(const unsigned char *p, size_t left)
{
    const unsigned char c = p[0];
    unsigned char least = 0x80, most = 0xBF; /* of the second byte */
    size_t n;

    if (c < 0x80) {
        return c != 0;
    }
    if (c < 0xC2 || c > 0xF4) {
        return 0;
    }
    n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (c == 0xE0) {
        least = 0xA0; /* overlong */
    } else if (c == 0xED) {
        most = 0x9F; /* surrogates */
    } else if (c == 0xF0) {
        least = 0x90; /* overlong */
    } else if (c == 0xF4) {
        most = 0x8F; /* above U+10FFFF */
    }
    if (left < n || p[1] < least || p[1] > most) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return n;
}

/* 1 when all eight bytes at p are ASCII and none is NUL. */
static int plain_eight(const unsigned char *p)
{
    const uint64_t high = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return ((word | (word - ones)) & high) == 0;
}

static size_t line_of(const char *data, size_t at)
{
    size_t line = 1;

    for (size_t i = 0; i < at; i++) {
        line += data[i] == '\n' || (data[i] == '\r' && data[i + 1] != '\n');
    }
    return line;
}

size_t bytes_not_text_at(const char *data, size_t size)
{
    const unsigned char *const p = (const unsigned char *)data;
    size_t at = 0, n = 1;

    while (at < size && n > 0) {
        if (size - at >= sizeof(uint64_t) && plain_eight(p + at)) {
            at += sizeof(uint64_t);
        } else {
            n = sequence(p + at, size - at);
            at += n;
        }
    }
    return at;
}

tq_status bytes_check_text(const char *data, size_t size, tq_error *err)
{
    const size_t at = bytes_not_text_at(data, size);

    if (at == size) {
        return TQ_OK;
    }
    const char *const advice = data[at] ? "save the sheet as CSV UTF-8" : "save the sheet as CSV";

    tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL,
            "not a text file in UTF-8: byte 0x%02X at offset %zu; %s", (unsigned char)data[at], at,
            advice);
    if (err) {
        err->line = line_of(data, at);
    }
    return TQ_EREAD;
}
