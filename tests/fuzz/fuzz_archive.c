/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an archive; where they are none, as a name and, below it, a file in one. */
#include "frame/archive.h"
#include "fuzz/stored_zip.h"

static void read_bytes(const void *bytes, size_t size, const char *sheet)
{
    tq_table *t = NULL;
    tq_error err;

    if (tq_archive_parse(bytes, size, "x", sheet, NULL, &t, &err) == TQ_OK) {
        fuzz_use_table(t);
    }
}

/* The first line is the name of the file. */
static void read_file(const uint8_t *data, size_t size)
{
    enum { NAME_MAX_SIZE = 200, ROOM = 4096 };
    const uint8_t *const end = memchr(data, '\n', size);
    const size_t n = end ? (size_t)(end - data) : 0;
    struct stored_zip a = {.bytes = malloc(size + ROOM)};
    char name[NAME_MAX_SIZE + 1] = "";

    if (a.bytes && end && n <= NAME_MAX_SIZE) {
        memcpy(name, data, n);
        stored_zip_add(&a, "trial/b.tsv", "a\tb\n1\t2\n", 8);
        stored_zip_add(&a, name, end + 1, size - n - 1);
        stored_zip_close(&a);
        read_bytes(a.bytes, a.size, NULL);
        read_bytes(a.bytes, a.size, name);
    }
    free(a.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_bytes(data, size, size > 40 && data[size / 2] & 1 ? "data.csv" : NULL);
    if (size < 2 || data[0] != 'P') {
        read_file(data, size);
    }
    return 0;
}
