/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CSV reader: what it accepts, and how it refuses the rest. */
#include "support/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frame/csv.h"

#define BOM "\xEF\xBB\xBF"
#define SIZED(text) (text), sizeof(text) - 1

static tq_table *parse_sized(const char *bytes, size_t size)
{
    tq_table *t = NULL;
    tq_error err;

    /* A block of just this size, so that a sanitizer sees a step beyond it. */
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    if (tq_csv_parse(copy, size, "knee.csv", NULL, &t, &err) != TQ_OK) {
        fail_msg("line %zu: %s", err.line, err.message);
    }
    free(copy);
    return t;
}

static tq_table *parse(const char *text)
{
    return parse_sized(text, strlen(text));
}

/* Cells joined: "a|b/1|2/3|4" for a header and two rows. */
static void check(const char *text, const char *want)
{
    tq_table *t = parse(text);
    char got[512] = "";
    size_t n = 0;

    for (size_t c = 0; c < tq_table_columns(t); c++) {
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%s", c ? "|" : "", tq_table_name(t, c));
    }
    for (size_t i = 0; i < tq_table_rows(t); i++) {
        for (size_t c = 0; c < tq_table_columns(t); c++) {
            n += (size_t)snprintf(got + n, sizeof got - n, "%s%s", c ? "|" : "/",
                                  tq_table_cell(t, i, c));
        }
    }
    assert_string_equal(got, want);
    tq_table_free(t);
}

static void refuse_sized(const char *bytes, size_t size, const tq_csv_options *opt,
                         tq_status status, size_t line, const char *message)
{
    tq_table *untouched = (tq_table *)&size, *t = untouched;
    tq_error err = {0};
    char *copy = malloc(size ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    assert_int_equal(tq_csv_parse(copy, size, "knee.csv", opt, &t, &err), status);
    assert_int_equal(err.status, status);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, "knee.csv");
    assert_int_equal(err.line, line);
    assert_ptr_equal(t, untouched);
    assert_int_equal(tq_csv_parse(copy, size, "knee.csv", opt, &t, NULL), status);
    free(copy);
}

static void refuse(const char *text, size_t line, const char *message)
{
    refuse_sized(text, strlen(text), NULL, TQ_EDATA, line, message);
}

static void line_breaks_may_be_lf_crlf_or_cr(void **state)
{
    (void)state;
    check("a,b\n1,2\n3,4\n", "a|b/1|2/3|4");
    check("a,b\r\n1,2\r\n3,4\r\n", "a|b/1|2/3|4");
    check("a,b\r1,2\r3,4\r", "a|b/1|2/3|4");
    check("a,b\r\n1,2\n3,4", "a|b/1|2/3|4");
    check("a,b\n1,2\n3,", "a|b/1|2/3|");
}

static void a_byte_order_mark_is_stripped(void **state)
{
    (void)state;
    check(BOM "yi,vi\n1,2\n", "yi|vi/1|2");
    check(BOM "\"yi\",vi\n1,2\n", "yi|vi/1|2");
}

static void blank_lines_are_skipped_and_lines_counted(void **state)
{
    tq_table *t = parse("\n  \na,b\n\n1,2\n \t \n\"x\ny\r\nz\",4\r\n\r\n5,6\n\n\n");

    (void)state;
    assert_int_equal(tq_table_rows(t), 3);
    assert_int_equal(tq_table_line(t, 0), 5);
    assert_int_equal(tq_table_line(t, 1), 7);
    assert_int_equal(tq_table_line(t, 2), 11);
    assert_string_equal(tq_table_cell(t, 1, 0), "x\ny\r\nz");
    tq_table_free(t);
}

static void quotes_protect_separators_breaks_and_quotes(void **state)
{
    (void)state;
    check("a,b\n\"1,5\",\"say \"\"hi\"\"\"\n", "a|b/1,5|say \"hi\"");
    check("a,b\n\"\",\"\"\"\"\n", "a|b/|\"");
    check("\"a\nb\",\"c,d\"\n1,2\n", "a\nb|c,d/1|2");
    check("a,b\n \"1,5\" , \"2\"\t\n", "a|b/1,5|2");
    check("a,b\n5\" needle,x\"y\"z\n", "a|b/5\" needle|x\"y\"z");
    check("a\n\"1\"", "a/1");
}

static void cells_and_names_are_trimmed(void **state)
{
    (void)state;
    check(" a ,\tb\n  1 ,\" 2 \"\n", "a|b/1|2");
    check("a,b\n\xC2\xA0 1\xC2\xA0,\xC2\xA0\n", "a|b/1|");
    check("a,b\nx y ,\xC3\xA0\n", "a|b/x y|\xC3\xA0"); /* U+00E0 ends in the byte A0 */
}

static void the_separator_is_found_in_the_header(void **state)
{
    (void)state;
    check("a;b;c\n1,5;2,5;3\n", "a|b|c/1,5|2,5|3");
    check("a\tb,c\td\n1\t2,3\t4\n", "a|b,c|d/1|2,3|4");
    check("\"a;b;c\",d\n1,2\n", "a;b;c|d/1|2");
    check("a,b;c\n1,2;3\n", "a|b;c/1|2;3");
    check("yi\n1.5\n-2.5\n", "yi/1.5/-2.5");
}

static void separator_and_decimal_follow_the_options(void **state)
{
    const tq_csv_options semicolon = {.separator = ';'}, comma = {.decimal = ','};
    tq_table *t = NULL;
    double x[2];

    (void)state;
    assert_int_equal(tq_csv_parse(SIZED("a,b,c;d\n1;2\n"), "x", &semicolon, &t, NULL), TQ_OK);
    assert_int_equal(tq_table_columns(t), 2);
    tq_table_free(t);
    assert_int_equal(tq_csv_parse(SIZED("yi\n3,5\n-0,25\n"), "x", &comma, &t, NULL), TQ_OK);
    assert_int_equal(tq_table_numbers(t, 0, NULL, x, NULL), TQ_OK);
    assert_true(x[0] == 3.5 && x[1] == -0.25);
    tq_table_free(t);
    assert_int_equal(tq_csv_parse(SIZED("a;b,c,d\n1\t2\n"), "X.TSV", NULL, &t, NULL), TQ_EDATA);
    assert_int_equal(tq_csv_parse(SIZED("a,b,c\td\n1\t2\n"), "X.TSV", NULL, &t, NULL), TQ_OK);
    assert_int_equal(tq_table_columns(t), 2);
    tq_table_free(t);
}

static void options_out_of_range_are_refused(void **state)
{
    const tq_csv_options bar = {.separator = '|'}, colon = {.decimal = ':'};

    (void)state;
    refuse_sized(SIZED("a\n1\n"), &bar, TQ_EINVAL, 0,
                 "separator '|' must be a comma, a semicolon or a tab");
    refuse_sized(SIZED("a\n1\n"), &colon, TQ_EINVAL, 0, "decimal mark ':' must be '.' or ','");
}

static void rows_that_do_not_fit_the_header_are_named(void **state)
{
    (void)state;
    refuse("a,b,c\n1,2,3\n\n1,2\n", 4, "expected 3 fields as in the header, found 2");
    refuse("a,b\n\"1\n\",2\n1,2,3\n", 4, "expected 2 fields as in the header, found 3");
    refuse("yi\n3,5\n", 2, "expected 1 field as in the header, found 2");
    refuse("Table 1\n\nstudy,yi,vi\n", 3,
           "expected 1 field as in the header, found 3; if the names are in another row, give it "
           "with --header ROW");
    refuse("a,b\n1,2,\n", 2, "expected 2 fields as in the header, found 3");
}

static void separators_at_the_end_of_every_line_are_no_columns(void **state)
{
    (void)state;
    check("a,b,\n1,2,\n3,4\n", "a|b/1|2/3|4");
    check("a,b,,,\n1,2,,,\n", "a|b/1|2");
    refuse("a,b,\n1,2,\n3,4,5\n", 3,
           "column 3 has a value here but no name in the header; if the names are in another row, "
           "give it with --header ROW");
    refuse("a,b,\n1,2,,\n", 2, "expected 2 fields as in the header, found 4");
}

static void the_header_needs_names_and_each_once(void **state)
{
    (void)state;
    refuse("a,,c\n1,2,3\n", 1, "column 2 has no name in the header");
    refuse("\"\",a\n1,2\n", 1, "column 1 has no name in the header");
    refuse("\n,\n1,2\n", 2, "column 1 has no name in the header");
    refuse("study,yi,vi, yi \n1,2,3,4\n", 1, "the header has 'yi' twice, in columns 2 and 4");
}

static void a_sheet_without_rows_is_refused(void **state)
{
    (void)state;
    refuse("", 0, "the file is empty");
    refuse(BOM, 0, "the file is empty");
    refuse(" \n\r\n\t", 0, "the file is empty");
    refuse("a,b,c", 0, "a header but no rows");
    refuse("a,b,c\n\n  \n", 0, "a header but no rows");
}

static void a_quote_that_is_not_closed_is_found_where_it_opens(void **state)
{
    (void)state;
    refuse("a,b\n1,2\n3,\"4\n5,6\n7,8\n", 3, "a quoted field opens here and is never closed");
    refuse("a,\"b\n1,2\n", 1, "a quoted field opens here and is never closed");
    refuse("a\n\"", 2, "a quoted field opens here and is never closed");
    refuse("a\n\"x\"\"", 2, "a quoted field opens here and is never closed");
    refuse("a,b\n\"1\"2,3\n", 2, "text after a closing quote; a quote inside a field is doubled");
}

static void refuse_bytes(const char *bytes, size_t size, size_t line, const char *message)
{
    refuse_sized(bytes, size, NULL, TQ_EREAD, line, message);
}

static void what_is_not_text_is_refused(void **state)
{
    (void)state;
    refuse_bytes(SIZED("a,b\n1,\0002\n"), 2,
                 "not a text file in UTF-8: byte 0x00 at offset 6; save the sheet as CSV");
    refuse_bytes(SIZED("study,yi\nM\xFCller,2\n"), 2,
                 "not a text file in UTF-8: byte 0xFC at offset 10; save the sheet as CSV UTF-8");
    refuse_bytes(SIZED("\xFF\xFE"
                       "a\0"),
                 1, "not a text file in UTF-8: byte 0xFF at offset 0; save the sheet as CSV UTF-8");
}

/* Overlong forms, surrogates, above U+10FFFF, a lone continuation, and sequences cut short. */
static void malformed_utf8_is_refused_wherever_it_stands(void **state)
{
    static const char *const bad[] = {
        "\xC0\xAF",
        "\xC1\x81",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\x80",
        "\xC3",
        "\xE2\x82",
        "\xF0\x9F\x98",
        "\xC3(",
        "\xE2\x82(",
        "\xF0\x9F\x98(",
    };
    static const char *const good[] = {"\xC3\xA9",         "\xED\x9F\xBF",     "\xEE\x80\x80",
                                       "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\xE0\xA0\x80"};
    char text[64];

    (void)state;
    for (size_t pad = 0; pad < 17; pad++) {
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            tq_table *t;
            const int n =
                snprintf(text, sizeof text, "a\n%.*s%s", (int)pad, "0123456789abcdefg", bad[i]);

            assert_int_equal(tq_csv_parse(text, (size_t)n, "x", NULL, &t, NULL), TQ_EREAD);
        }
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
            snprintf(text, sizeof text, "a\n%.*s%s", (int)pad, "0123456789abcdefg", good[i]);
            tq_table_free(parse(text));
        }
    }
}

static void the_digest_is_of_the_bytes_as_read(void **state)
{
    tq_table *t = parse(BOM "a,b\r\n\"1\", 2\r\n");

    (void)state;
    assert_string_equal(tq_table_sha256(t),
                        "2910a6c06730bd6bc634d00a5dd7b1a5aad2d33e5e709e1fd3fe2267486e78e5");
    assert_string_equal(tq_table_source(t), "knee.csv");
    tq_table_free(t);
}

static void refuse_path(const char *path, const char *message)
{
    tq_table *t = NULL;
    tq_error err;

    assert_int_equal(tq_csv_read(path, NULL, &t, &err), TQ_EREAD);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, path);
    assert_null(t);
}

static void paths_that_cannot_be_read_say_why(void **state)
{
    tq_table *t = NULL;
    tq_error err;

    (void)state;
    refuse_path("no/such/sheet.csv", "no such file");
    refuse_path(".", "is a directory");
    assert_int_equal(tq_csv_read("/dev/null", NULL, &t, &err), TQ_EDATA);
    assert_string_equal(err.message, "the file is empty");
    assert_int_equal(tq_csv_read("no/such/sheet.csv", NULL, &t, NULL), TQ_EREAD);
}

static void a_source_without_end_is_refused_early(void **state)
{
    tq_table *t = NULL;

    (void)state;
    assert_int_equal(tq_csv_read("/dev/zero", NULL, &t, NULL), TQ_EREAD);
}

/* A temporary file with this text; the caller unlinks it. */
static void write_temporary(char *path, const char *text)
{
    const int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void standard_input_is_read_to_its_end(void **state)
{
    char path[] = "/tmp/test_csv_XXXXXX";
    const int saved = dup(STDIN_FILENO);
    tq_table *t = NULL;

    (void)state;
    write_temporary(path, "a,b\n1,2\n");
    assert_non_null(freopen(path, "r", stdin));
    assert_int_equal(tq_csv_read("-", NULL, &t, NULL), TQ_OK);
    assert_string_equal(tq_table_source(t), "standard input");
    assert_string_equal(tq_table_cell(t, 0, 1), "2");
    tq_table_free(t);
    unlink(path);
    if (saved >= 0) {
        dup2(saved, STDIN_FILENO);
        close(saved);
    }
}

static void a_file_larger_than_a_block_is_read_whole(void **state)
{
    enum { ROWS = 20000 };
    char path[] = "/tmp/test_csv_XXXXXX";
    tq_table *t = NULL;
    double *x = malloc(ROWS * sizeof *x);
    FILE *f;

    (void)state;
    assert_non_null(x);
    write_temporary(path, "");
    f = fopen(path, "w");
    assert_non_null(f);
    fputs("row,half\n", f);
    for (int i = 0; i < ROWS; i++) {
        fprintf(f, "%d,%.1f\n", i, i / 2.0);
    }
    assert_int_equal(fclose(f), 0);
    assert_int_equal(tq_csv_read(path, NULL, &t, NULL), TQ_OK);
    unlink(path);
    assert_int_equal(tq_table_rows(t), ROWS);
    assert_int_equal(tq_table_numbers(t, 1, NULL, x, NULL), TQ_OK);
    for (int i = 0; i < ROWS; i++) {
        assert_true(x[i] == i / 2.0);
        assert_int_equal(tq_table_line(t, (size_t)i), i + 2);
    }
    tq_table_free(t);
    free(x);
}

/* Finding duplicates and names must not take time quadratic in the columns. */
static void a_header_of_many_columns_is_indexed(void **state)
{
    enum { COLUMNS = 200000 };
    char *text = malloc(COLUMNS * 20), *p = text;
    tq_table *t;

    (void)state;
    assert_non_null(text);
    for (int c = 0; c < COLUMNS; c++) {
        p += sprintf(p, "%sc%d", c ? "," : "", c);
    }
    *p++ = '\n';
    for (int c = 0; c < COLUMNS; c++) {
        p += sprintf(p, "%s%d", c ? "," : "", c % 7);
    }
    t = parse_sized(text, (size_t)(p - text));
    assert_int_equal(tq_table_find(t, "c199999"), 199999);
    tq_table_free(t);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_breaks_may_be_lf_crlf_or_cr),
        cmocka_unit_test(a_byte_order_mark_is_stripped),
        cmocka_unit_test(blank_lines_are_skipped_and_lines_counted),
        cmocka_unit_test(quotes_protect_separators_breaks_and_quotes),
        cmocka_unit_test(cells_and_names_are_trimmed),
        cmocka_unit_test(the_separator_is_found_in_the_header),
        cmocka_unit_test(separator_and_decimal_follow_the_options),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(rows_that_do_not_fit_the_header_are_named),
        cmocka_unit_test(separators_at_the_end_of_every_line_are_no_columns),
        cmocka_unit_test(the_header_needs_names_and_each_once),
        cmocka_unit_test(a_sheet_without_rows_is_refused),
        cmocka_unit_test(a_quote_that_is_not_closed_is_found_where_it_opens),
        cmocka_unit_test(what_is_not_text_is_refused),
        cmocka_unit_test(malformed_utf8_is_refused_wherever_it_stands),
        cmocka_unit_test(the_digest_is_of_the_bytes_as_read),
        cmocka_unit_test(paths_that_cannot_be_read_say_why),
        cmocka_unit_test(a_source_without_end_is_refused_early),
        cmocka_unit_test(standard_input_is_read_to_its_end),
        cmocka_unit_test(a_file_larger_than_a_block_is_read_whole),
        cmocka_unit_test(a_header_of_many_columns_is_indexed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
