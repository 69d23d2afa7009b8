/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files as streams, whatever they are packed in, and their windows. */
#include "support/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ZLIB_CONST
#include <zlib.h>

#include "core/buffer.h"
#include "core/splitmix.h"
#include "frame/stream/bgzip.h"
#include "frame/stream/text_file.h"

enum { ROWS = 20000 };

/* ---- files ---- */

static char path[64];

static const char *file_of(const void *bytes, size_t size)
{
    strcpy(path, "/tmp/tausq-window-XXXXXX");
    const int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    return path;
}

/* Keys in runs of 1 to 40, a bad line now and then. */
static void write_rows(tq_buffer *out)
{
    uint64_t stream = 20265;

    tq_buffer_text(out, "key\tvalue\n");
    for (size_t i = 0, run = 0, key = 0; i < ROWS; i++) {
        if (run-- == 0) {
            key++;
            run = (size_t)tq_splitmix_below(&stream, 40);
        }
        if (tq_splitmix_below(&stream, 50) == 0) {
            tq_buffer_text(out, "bad\n");
        }
        tq_buffer_format(out, "k%zu\t%llu\n", key, (unsigned long long)tq_splitmix(&stream));
    }
}

static void gzip_member(tq_buffer *out, const char *text, size_t size)
{
    z_stream z = {.next_in = (const Bytef *)text, .avail_in = (uInt)size};
    char *const to = tq_buffer_room(out, compressBound((uLong)size) + 64);

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)compressBound((uLong)size) + 64;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->size += z.total_out;
    deflateEnd(&z);
}

/* ---- reading ---- */

static size_t key_size(const char *line, size_t size)
{
    const char *tab = memchr(line, '\t', size);

    return tab ? (size_t)(tab - line) : 0;
}

static int same_key(const void *user, const char *a, size_t a_size, const char *b, size_t b_size)
{
    const size_t n = key_size(a, a_size);

    (void)user;
    if (n == 0 || key_size(b, b_size) == 0) {
        return -1;
    }
    return n == key_size(b, b_size) && memcmp(a, b, n) == 0;
}

/* All windows, one after the other; none ends inside a line, or a group. */
static tq_status read_windows(const char *of, size_t threads, const tq_window_options *opt,
                              tq_buffer *out, tq_error *err)
{
    tq_text_file file;
    tq_window window = {0};
    char last[32] = "";
    int more = 1;
    uint64_t offset = 0;
    tq_status status = tq_text_file_open(of, threads, 0, &file, err);

    if (status != TQ_OK) {
        return status;
    }
    status = tq_text_file_start(&file, opt, err);
    for (uint64_t i = 0; status == TQ_OK && more; i++) {
        status = tq_windows_next(file.windows, &window, &more, err);
        if (status != TQ_OK || !more) {
            break;
        }
        assert_int_equal(window.index, i);
        assert_int_equal(window.text[window.size - 1], '\n');
        if (i > 0) {
            assert_int_equal(window.offset, offset);
        }
        offset = window.offset + window.size;
        if (opt->same) {
            const size_t n = key_size(window.text, window.size);

            assert_true(strlen(last) != n || memcmp(last, window.text, n) != 0);
            const char *line = window.text + window.size - 1;

            do {
                while (line > window.text && line[-1] != '\n') {
                    line--;
                }
                tq_copy_text(last, key_size(line, 20) + 1, line);
            } while (*last != 'k' && --line > window.text);
        }
        tq_buffer_append(out, window.text, window.size);
    }
    tq_window_free(&window);
    tq_text_file_close(&file);
    return status;
}

static void expect_rows(const char *of, const tq_window_options *opt, const tq_buffer *rows)
{
    for (size_t threads = 1; threads <= 3; threads++) {
        tq_buffer got = {0};
        tq_error err;

        if (read_windows(of, threads, opt, &got, &err) != TQ_OK) {
            fail_msg("%s", err.message);
        }
        assert_int_equal(got.size + strlen("key\tvalue\n"), rows->size);
        assert_memory_equal(got.data, rows->data + strlen("key\tvalue\n"), got.size);
        tq_buffer_free(&got);
    }
}

static void every_packing_holds_the_same_text(void **state)
{
    tq_buffer rows = {0}, packed = {0};
    tq_window_options opt = {.size = 5000};

    (void)state;
    write_rows(&rows);
    for (int groups = 0; groups < 2; groups++) {
        opt.same = groups ? same_key : NULL;
        expect_rows(file_of(rows.data, rows.size), &opt, &rows);
        unlink(path);

        packed.size = 0;
        gzip_member(&packed, rows.data, 100000);
        gzip_member(&packed, rows.data + 100000, rows.size - 100000);
        tq_buffer_append(&packed, "\0\0\0\0", 4);
        expect_rows(file_of(packed.data, packed.size), &opt, &rows);
        unlink(path);

        packed.size = 0;
        assert_int_equal(tq_bgzip_pack(rows.data, rows.size, &packed, NULL), TQ_OK);
        tq_bgzip_end(&packed);
        expect_rows(file_of(packed.data, packed.size), &opt, &rows);
        unlink(path);
    }
    /* Without a newline at the end. */
    opt.same = NULL;
    expect_rows(file_of(rows.data, rows.size - 1), &opt, &rows);
    unlink(path);
    tq_buffer_free(&packed);
    tq_buffer_free(&rows);
}

/* Parts by bytes hold every line, or group, once and whole. */
static void parts_make_the_whole(void **state)
{
    tq_buffer rows = {0};
    tq_error err;

    (void)state;
    write_rows(&rows);
    const char *of = file_of(rows.data, rows.size);

    for (int groups = 0; groups < 2; groups++) {
        for (uint64_t parts = 1; parts <= 40; parts += 3) {
            tq_buffer got = {0};

            for (uint64_t i = 0; i < parts; i++) {
                const tq_window_options opt = {.same = groups ? same_key : NULL,
                                               .size = 7000,
                                               .begin = 10 + (rows.size - 10) * i / parts,
                                               .end = 10 + (rows.size - 10) * (i + 1) / parts};

                assert_int_equal(read_windows(of, 1, &opt, &got, &err), TQ_OK);
            }
            assert_int_equal(got.size + 10, rows.size);
            assert_memory_equal(got.data, rows.data + 10, got.size);
            tq_buffer_free(&got);
        }
    }
    unlink(of);
    tq_buffer_free(&rows);
}

static void refuse(const void *bytes, size_t size, tq_status status, const char *message)
{
    tq_buffer got = {0};
    tq_error err = {0};
    const tq_window_options opt = {.size = 1000};

    assert_int_equal(read_windows(file_of(bytes, size), 2, &opt, &got, &err), status);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, path);
    unlink(path);
    tq_buffer_free(&got);
}

static void damage_is_told(void **state)
{
    tq_buffer rows = {0}, packed = {0};

    (void)state;
    write_rows(&rows);
    gzip_member(&packed, rows.data, rows.size);
    refuse(packed.data, packed.size / 2, TQ_EREAD, "cut short: the gzip data ends too early");
    packed.data[packed.size / 2] ^= 0x55;
    refuse(packed.data, packed.size, TQ_EREAD, "not gzip, or damaged");

    packed.size = 0;
    assert_int_equal(tq_bgzip_pack(rows.data, rows.size, &packed, NULL), TQ_OK);
    refuse(packed.data, packed.size - 10, TQ_EREAD, "cut short: the bgzip data ends too early");
    packed.data[packed.size / 2] ^= 0x55;
    refuse(packed.data, packed.size, TQ_EREAD, "not bgzip, or damaged");

    refuse("", 0, TQ_EDATA, "is empty");
    refuse("\n\n", 2, TQ_EDATA, "is empty");
    refuse("a\tb\n1\t2\0", 9, TQ_EREAD, "not a text file: it holds a byte 0x00");
    rows.data[rows.size / 2] = '\0';
    rows.data[9] = '\n';
    refuse(rows.data, rows.size, TQ_EREAD, "not a text file: it holds a byte 0x00");
    tq_buffer_free(&packed);
    tq_buffer_free(&rows);

    tq_text_file file;
    tq_error err;

    assert_int_equal(tq_text_file_open("/nowhere/at.all", 1, 0, &file, &err), TQ_EREAD);
    assert_string_equal(err.message, "no such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_packing_holds_the_same_text),
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(damage_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
