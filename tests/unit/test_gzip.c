/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressed CSV, and the choice of a reader by the name of the file. */
#include "support/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ZLIB_CONST
#include <zlib.h>

#include "core/buffer.h"
#include "frame/sha256.h"
#include "frame/sheet.h"
#include "support/sheets.h"

/* A gzip member. */
static sheet_file pack(const void *text, size_t size)
{
    sheet_file file = {malloc(compressBound((uLong)size) + 64), 0};
    z_stream z = {.next_in = text, .avail_in = (uInt)size};

    assert_non_null(file.data);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = (Bytef *)file.data;
    z.avail_out = (uInt)(compressBound((uLong)size) + 64);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    file.size = z.total_out;
    deflateEnd(&z);
    return file;
}

static tq_table *parse(sheet_file file, const char *path)
{
    tq_table *t = NULL;
    tq_error err;

    if (tq_sheet_parse(file.data, file.size, path, NULL, &t, &err) != TQ_OK) {
        fail_msg("line %zu: %s", err.line, err.message);
    }
    return t;
}

static void refuse(const char *bytes, size_t size, const char *path, const tq_sheet_options *opt,
                   tq_status status, const char *message)
{
    tq_table *t = NULL;
    tq_error err = {0};
    char *const copy = malloc(size ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    assert_int_equal(tq_sheet_parse(copy, size, path, opt, &t, &err), status);
    assert_string_equal(err.message, message);
    assert_null(t);
    assert_int_equal(tq_sheet_parse(copy, size, path, opt, &t, NULL), status);
    free(copy);
}

static void a_packed_sheet_reads_like_the_sheet(void **state)
{
    static const char text[] = "a\tb,c\n1\t2,3\n";
    const sheet_file file = pack(text, sizeof text - 1);
    char sha256[TQ_SHA256_HEX];
    tq_table *t = parse(file, "knee.tsv.gz");

    (void)state;
    tq_sha256_hex(file.data, file.size, sha256);
    assert_string_equal(tq_table_sha256(t), sha256);
    assert_string_equal(tq_table_source(t), "knee.tsv.gz");
    sheet_check(t, "a|b,c/1|2,3");
    sheet_check(parse(file, "knee.CSV.GZ"), "a\tb|c/1\t2|3");
    free(file.data);
}

static void members_follow_one_another_and_zeros_may_pad_the_last(void **state)
{
    const sheet_file head = pack("a,b\n1,2\n", 8), tail = pack("3,4\n", 4);
    sheet_file both = {malloc(head.size + tail.size + 512), head.size + tail.size};

    (void)state;
    assert_non_null(both.data);
    memcpy(both.data, head.data, head.size);
    memcpy(both.data + head.size, tail.data, tail.size);
    sheet_check(parse(both, "x.csv.gz"), "a|b/1|2/3|4");
    memset(both.data + both.size, 0, 512);
    both.size += 512;
    sheet_check(parse(both, "x.csv.gz"), "a|b/1|2/3|4");
    both.data[both.size - 1] = 'x';
    refuse(both.data, both.size, "x.csv.gz", NULL, TQ_EREAD, "not gzip, or damaged");
    free(head.data);
    free(tail.data);
    free(both.data);
}

static void a_sheet_larger_than_a_block_is_unpacked_whole(void **state)
{
    tq_buffer text = {0};

    (void)state;
    tq_buffer_text(&text, "row,half\n");
    for (int i = 0; i < 40000; i++) {
        tq_buffer_format(&text, "%d,%d.5\n", i, i / 2);
    }
    const sheet_file file = pack(text.data, text.size);
    tq_table *t = parse(file, "x.csv.gz");

    assert_int_equal(tq_table_rows(t), 40000);
    assert_string_equal(tq_table_cell(t, 39999, 0), "39999");
    tq_table_free(t);
    tq_buffer_free(&text);
    free(file.data);
}

static void what_is_not_gzip_or_damaged_is_refused(void **state)
{
    const sheet_file file = pack("a,b\n1,2\n", 8);

    (void)state;
    refuse("a,b\n1,2\n", 8, "x.csv.gz", NULL, TQ_EREAD, "not gzip, or damaged");
    refuse("", 0, "x.csv.gz", NULL, TQ_EREAD, "cut short: the gzip data ends too early");
    for (size_t size = 1; size < file.size; size++) {
        refuse(file.data, size, "x.csv.gz", NULL, TQ_EREAD,
               "cut short: the gzip data ends too early");
    }
    file.data[file.size - 6] ^= 1; /* its check sum */
    refuse(file.data, file.size, "x.csv.gz", NULL, TQ_EREAD, "not gzip, or damaged");
    free(file.data);
}

/* 256 MiB of NUL pack to 260 kB: the first block already is no text. */
static void a_bomb_of_zeros_is_not_unpacked(void **state)
{
    enum { BYTES = 1 << 28 };
    char *const zeros = calloc(BYTES, 1);

    (void)state;
    assert_non_null(zeros);
    const sheet_file file = pack(zeros, BYTES);

    free(zeros);
    refuse(file.data, file.size, "x.csv.gz", NULL, TQ_EREAD,
           "not a text file in UTF-8: byte 0x00 at offset 0; save the sheet as CSV");
    free(file.data);
}

static void the_extension_chooses_the_reader(void **state)
{
    char text[] = "a,b\n1,2\n";

    (void)state;
    refuse("a,b\n1,2\n", 8, "x.XLSX", NULL, TQ_EREAD, "no .xlsx workbook, or a damaged one");
    refuse("<a/>", 4, "x.rm5", NULL, TQ_EREAD, "not a review of RevMan 5");
    refuse("", 0, "x.ods", NULL, TQ_EREAD,
           "this format is not read; save the sheet as .xlsx or CSV");
    refuse("PK", 2, "review.zip", NULL, TQ_EREAD, "no .zip archive, or a damaged one");
    sheet_check(parse((sheet_file){text, 8}, "x.txt"), "a|b/1|2");
    sheet_check(parse((sheet_file){text, 8}, "a#b.csv"), "a|b/1|2");
    sheet_check(parse((sheet_file){text, 8}, ".csv"), "a|b/1|2");
}

static void options_that_do_not_fit_the_format_are_refused(void **state)
{
    (void)state;
    refuse("a\n1\n", 4, "x.csv", &(tq_sheet_options){.sheet = "Pain"}, TQ_EINVAL,
           "a .csv file has no sheets to choose from");
    refuse("", 0, "x.dta", &(tq_sheet_options){.header_row = 2}, TQ_EINVAL,
           "a .dta file has no header row");
    refuse("", 0, "x.dta", &(tq_sheet_options){.decimal = ';'}, TQ_EINVAL,
           "decimal mark ';' must be '.' or ','");
}

static void the_path_may_name_the_sheet(void **state)
{
    const sheet_file file =
        sheet_workbook("<row><c t='str'><v>a</v></c></row><row><c><v>1</v></c></row>", NULL);
    tq_table *t = parse(file, "trials.xlsx#Data");

    (void)state;
    assert_string_equal(tq_table_source(t), "trials.xlsx");
    sheet_check(t, "a/1");
    sheet_check(parse(file, "trials.xlsx#"), "a/1");
    refuse(file.data, file.size, "trials.xlsx#Pain", NULL, TQ_EINVAL,
           "no sheet 'Pain'; the workbook has 'Data'");
    /* The option is the stronger one: it names the sheet where a name has a '#'. */
    t = NULL;
    assert_int_equal(tq_sheet_parse(file.data, file.size, "trials.xlsx#Pain",
                                    &(tq_sheet_options){.sheet = "Data"}, &t, NULL),
                     TQ_OK);
    tq_table_free(t);
    free(file.data);
}

static void the_header_of_a_text_file_may_stand_below_a_title(void **state)
{
    static const char text[] = "Table 1\n\na,b\n1,2\n";
    tq_table *t = NULL;

    (void)state;
    assert_int_equal(tq_sheet_parse(text, sizeof text - 1, "x.csv",
                                    &(tq_sheet_options){.header_row = 3}, &t, NULL),
                     TQ_OK);
    assert_int_equal(tq_table_line(t, 0), 4);
    sheet_check(t, "a|b/1|2");
    refuse(text, sizeof text - 1, "x.csv", &(tq_sheet_options){.header_row = 9}, TQ_EINVAL,
           "the header cannot be line 9: the file ends before it");
}

static void files_are_read_from_disk(void **state)
{
    const sheet_file file = pack("a,b\n1,2\n", 8);
    char path[64];
    tq_table *t = NULL;
    tq_error err;

    (void)state;
    snprintf(path, sizeof path, "/tmp/test_gzip_%ld.csv.gz", (long)getpid());
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(file.data, 1, file.size, f), file.size);
    fclose(f);
    assert_int_equal(tq_sheet_read(path, NULL, &t, NULL), TQ_OK);
    sheet_check(t, "a|b/1|2");
    unlink(path);
    t = NULL;
    assert_int_equal(tq_sheet_read(path, NULL, &t, &err), TQ_EREAD);
    assert_string_equal(err.message, "no such file");
    assert_string_equal(err.file, path);
    assert_int_equal(tq_sheet_read("no/such.xlsx#Pain", NULL, &t, &err), TQ_EREAD);
    assert_string_equal(err.file, "no/such.xlsx");
    free(file.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packed_sheet_reads_like_the_sheet),
        cmocka_unit_test(members_follow_one_another_and_zeros_may_pad_the_last),
        cmocka_unit_test(a_sheet_larger_than_a_block_is_unpacked_whole),
        cmocka_unit_test(what_is_not_gzip_or_damaged_is_refused),
        cmocka_unit_test(a_bomb_of_zeros_is_not_unpacked),
        cmocka_unit_test(the_extension_chooses_the_reader),
        cmocka_unit_test(options_that_do_not_fit_the_format_are_refused),
        cmocka_unit_test(the_path_may_name_the_sheet),
        cmocka_unit_test(the_header_of_a_text_file_may_stand_below_a_title),
        cmocka_unit_test(files_are_read_from_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
