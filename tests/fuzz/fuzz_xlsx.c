/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a workbook; where they are none, as the rows of a sheet in one. */
#include "frame/xlsx.h"
#include "fuzz/fuzz.h"

/* ---- a zip archive of stored parts, so that the XML itself can be mutated ---- */

struct archive {
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

static void add(struct archive *a, const char *name, const void *data, size_t size)
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

static void close_archive(struct archive *a)
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

/* The first byte says which part the bytes are; the others are fixed. */
static void read_part(const uint8_t *data, size_t size)
{
    static const char relations[] =
        "<Relationships><Relationship Id='a' Type='/worksheet' Target='s.xml'/><Relationship "
        "Id='b' Type='/sharedStrings' Target='t.xml'/><Relationship Id='c' Type='/styles' "
        "Target='f.xml'/></Relationships>";
    static const struct {
        const char *name, *text;
    } parts[] = {
        {"xl/s.xml",
         "<w><row r='1'><c t='s'><v>0</v></c></row><row><c s='1'><v>7</v></c></row></w>"},
        {"xl/t.xml", "<sst><si><t>a</t></si></sst>"},
        {"xl/f.xml", "<s><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></s>"},
        {"xl/workbook.xml", "<w xmlns:r='r'><sheet name='A' r:id='a'/></w>"},
        {"xl/_rels/workbook.xml.rels", relations},
    };
    enum { PARTS = sizeof parts / sizeof *parts, ROOM = 4096 };
    struct archive a = {.bytes = malloc(size + ROOM)};
    const size_t mutated = size > 0 ? data[0] % PARTS : 0;
    tq_table *t = NULL;

    if (!a.bytes || size == 0) {
        free(a.bytes);
        return;
    }
    for (size_t i = 0; i < PARTS; i++) {
        if (i == mutated) {
            add(&a, parts[i].name, data + 1, size - 1);
        } else {
            add(&a, parts[i].name, parts[i].text, strlen(parts[i].text));
        }
    }
    close_archive(&a);
    if (tq_xlsx_parse((const char *)a.bytes, a.size, "x", NULL, &t, NULL) == TQ_OK) {
        fuzz_use_table(t);
    }
    free(a.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const tq_xlsx_options opt = {.sheet = size > 40 && data[size / 2] & 1 ? "Data" : NULL};
    tq_table *t = NULL;
    tq_error err;

    if (tq_xlsx_parse((const char *)data, size, "x", &opt, &t, &err) == TQ_OK) {
        fuzz_use_table(t);
    } else if (size < 2 || data[0] != 'P') {
        read_part(data, size);
    }
    return 0;
}
