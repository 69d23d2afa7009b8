/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file stored_zip.h  A zip archive of stored parts, so that what is in it can be mutated. */
#ifndef TQ_TESTS_STORED_ZIP_H
#define TQ_TESTS_STORED_ZIP_H

#include "fuzz/fuzz.h"

struct stored_zip {
    uint8_t *bytes; /* large enough */
    size_t size;
    uint8_t directory[1024];
    size_t directory_size;
    unsigned parts;
};

static uint8_t *put(uint8_t *to, unsigned long value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        *to++ = (uint8_t)value;
        value >>= 8;
    }
    return to;
}

static uint8_t *put_bytes(uint8_t *to, const void *bytes, size_t size)
{
    memcpy(to, bytes, size);
    return to + size;
}

static unsigned long crc32_of(const uint8_t *p, size_t n)
{
    unsigned long crc = 0xFFFFFFFFUL;

    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320UL : crc >> 1;
        }
    }
    return crc ^ 0xFFFFFFFFUL;
}

/* The fields that the local header and the directory have in common. */
static uint8_t *put_fields(uint8_t *p, const void *data, size_t size, size_t name_size)
{
    p = put(p, 20, 2);
    p = put(p, 0, 8); /* flags, stored, time */
    p = put(p, crc32_of(data, size), 4);
    p = put(p, size, 4);
    p = put(p, size, 4);
    p = put(p, name_size, 2);
    return put(p, 0, 2);
}

static void stored_zip_add(struct stored_zip *a, const char *name, const void *data, size_t size)
{
    const size_t n = strlen(name), at = a->size;
    uint8_t *p = put(a->bytes + at, 0x04034B50, 4);

    p = put_fields(p, data, size, n);
    p = put_bytes(p, name, n);
    p = put_bytes(p, data, size);
    a->size = (size_t)(p - a->bytes);

    p = put(a->directory + a->directory_size, 0x02014B50, 4);
    p = put(p, 20, 2);
    p = put_fields(p, data, size, n);
    p = put(p, 0, 10); /* comment, disk, attributes */
    p = put(p, at, 4);
    p = put_bytes(p, name, n);
    a->directory_size = (size_t)(p - a->directory);
    a->parts++;
}

static void stored_zip_close(struct stored_zip *a)
{
    const size_t at = a->size;
    uint8_t *p = a->bytes + at;

    memcpy(p, a->directory, a->directory_size);
    p = put(p + a->directory_size, 0x06054B50, 4);
    p = put(p, 0, 4);
    p = put(p, a->parts, 2);
    p = put(p, a->parts, 2);
    p = put(p, a->directory_size, 4);
    p = put(p, at, 4);
    p = put(p, 0, 2);
    a->size = (size_t)(p - a->bytes);
}

#endif
