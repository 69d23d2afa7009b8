/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV in a zip archive: which file is the sheet, and what is refused. */
#include "support/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/archive.h"
#include "frame/sha256.h"
#include "frame/sheet.h"
#include "support/sheets.h"

#define ROWS "Analysis group,Analysis number,Study,Experimental cases\n1,2,Vega 2015,3\n"
#define OTHER "Analysis group,Model\n1,RE\n"

static tq_table *parse(sheet_file file, const char *sheet)
{
    const tq_sheet_options opt = {.sheet = sheet};
    tq_table *t = NULL;
    tq_error err;

    if (tq_sheet_parse(file.data, file.size, "knee.ZIP", &opt, &t, &err) != TQ_OK) {
        fail_msg("line %zu: %s", err.line, err.message);
    }
    free(file.data);
    return t;
}

static void refuse(sheet_file file, const char *sheet, tq_status status, size_t line,
                   const char *message)
{
    tq_table *untouched = (tq_table *)&file, *t = untouched;
    tq_error err = {0};

    assert_int_equal(tq_archive_parse(file.data, file.size, "knee.zip", sheet, NULL, &t, &err),
                     status);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, "knee.zip");
    assert_int_equal(err.line, line);
    assert_ptr_equal(t, untouched);
    assert_int_equal(tq_archive_parse(file.data, file.size, "knee.zip", sheet, NULL, &t, NULL),
                     status);
    free(file.data);
}

static sheet_file one(const char *name, const char *text)
{
    return sheet_zip(&(sheet_part){name, text, 0}, 1);
}

static sheet_file package(void)
{
    const sheet_part parts[] = {{"CD1/CD1-overall-estimates-and-settings.csv", OTHER, 0},
                                {"CD1/CD1-Data-Rows.CSV", ROWS, 0},
                                {"__MACOSX/CD1/._CD1-data-rows.csv", "\1\2", 0},
                                {"CD1/._CD1-data-rows.csv", "\1\2", 0},
                                {"CD1/references.ris", "TY  - JOUR", 0}};

    return sheet_zip(parts, sizeof parts / sizeof *parts);
}

/* ---- which file ---- */

static void the_data_rows_of_revman_are_the_sheet(void **state)
{
    sheet_file file = package();
    char digest[TQ_SHA256_HEX];

    (void)state;
    tq_sha256_hex(file.data, file.size, digest);
    tq_table *t = parse(file, NULL);

    assert_string_equal(tq_table_sheet(t), "CD1/CD1-Data-Rows.CSV");
    assert_string_equal(tq_table_sha256(t), digest);
    assert_int_equal(tq_table_line(t, 0), 2);
    assert_int_equal(tq_table_find(t, "ai"), 3); /* RevMan's names are known here too */
    sheet_check(t, "Analysis group|Analysis number|Study|Experimental cases/1|2|Vega 2015|3");
}

static void another_file_is_read_by_its_name(void **state)
{
    (void)state;
    sheet_check(parse(package(), "cd1-overall-estimates-and-settings.csv"),
                "Analysis group|Model/1|RE");
    sheet_check(parse(package(), "CD1/CD1-overall-estimates-and-settings.csv"),
                "Analysis group|Model/1|RE");
}

static void the_only_csv_is_the_sheet(void **state)
{
    (void)state;
    sheet_check(parse(one("trial\\pain.tsv", "a\tb\n1,5\t2\n"), NULL), "a|b/1,5|2");
    sheet_check(parse(one("Pain: a.csv", "a;b\n1;2\n"), NULL), "a|b/1|2");
    sheet_check(parse(one("data-rows.csv", "a\n1\n"), NULL), "a/1");
}

static void a_name_with_its_folder_goes_before_others(void **state)
{
    const sheet_part parts[] = {{"old/pain.csv", "a\n1\n", 0}, {"pain.csv", "a\n2\n", 0}};

    (void)state;
    sheet_check(parse(sheet_zip(parts, 2), "pain.csv"), "a/2");
    sheet_check(parse(sheet_zip(parts, 2), "old/pain.csv"), "a/1");
    refuse(sheet_zip(parts, 2), "PAIN.csv", TQ_EINVAL, 0,
           "the archive has 2 sheets; choose with --sheet among 'old/pain.csv', 'pain.csv'");
}

static void options_of_csv_hold(void **state)
{
    const sheet_file file = one("pain.csv", "of 2015\na|b;c\n0,5;1\n");
    const tq_csv_options opt = {.decimal = ',', .header_row = 2};
    double x[1];
    tq_table *t = NULL;

    (void)state;
    assert_int_equal(tq_archive_parse(file.data, file.size, "p.zip", NULL, &opt, &t, NULL), TQ_OK);
    assert_int_equal(tq_table_numbers(t, 0, NULL, x, NULL), TQ_OK);
    assert_near(x[0], 0.5, 0.0);
    tq_table_free(t);
    free(file.data);
}

/* ---- what is refused ---- */

static void a_choice_that_is_open_names_the_files(void **state)
{
    const sheet_part reviews[] = {
        {"CD1-data-rows.csv", ROWS, 0}, {"CD2-data-rows.csv", ROWS, 0}, {"pain.csv", "a\n1\n", 0}};

    (void)state;
    refuse(sheet_zip(reviews, 3), NULL, TQ_EINVAL, 0,
           "the archive has 2 sheets; choose with --sheet among 'CD1-data-rows.csv', "
           "'CD2-data-rows.csv'");
    refuse(sheet_zip(reviews, 3), "pian.csv", TQ_EINVAL, 0,
           "no file 'pian.csv' in the archive; did you mean 'pain.csv'?");
    refuse(sheet_zip(reviews + 1, 2), "Mortality", TQ_EINVAL, 0,
           "no file 'Mortality' in the archive, which has 'CD2-data-rows.csv', 'pain.csv'");
}

static void a_long_list_of_names_ends_with_dots(void **state)
{
    sheet_part parts[9];
    char names[9][32];

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        snprintf(names[i], sizeof names[i], "comparison %zu, pain at rest.csv", i);
        parts[i] = (sheet_part){names[i], "a\n1\n", 0};
    }
    refuse(
        sheet_zip(parts, 9), NULL, TQ_EINVAL, 0,
        "the archive has 9 sheets; choose with --sheet among 'comparison 0, pain at rest.csv', "
        "'comparison 1, pain at rest.csv', 'comparison 2, pain at rest.csv', 'comparison 3, pain "
        "at rest.csv', ...");
}

static void what_holds_no_sheet_is_refused(void **state)
{
    (void)state;
    refuse(sheet_copy("", 0), NULL, TQ_EREAD, 0, "no .zip archive, or a damaged one");
    refuse(sheet_copy("PK\3\4 and so on", 14), NULL, TQ_EREAD, 0,
           "no .zip archive, or a damaged one");
    refuse(one("pain.xlsx", "PK"), NULL, TQ_EREAD, 0,
           "the archive holds no .csv or .tsv; unpack it and give the sheet");
    refuse(one("._pain.csv", "a\n1\n"), NULL, TQ_EREAD, 0,
           "the archive holds no .csv or .tsv; unpack it and give the sheet");
    refuse(one("pain.csv", "a,b\n1\n"), NULL, TQ_EDATA, 2,
           "expected 2 fields as in the header, found 1");
    refuse(sheet_zip(&(sheet_part){"pain.csv", "a\n\0\n", 4}, 1), NULL, TQ_EREAD, 2,
           "not a text file in UTF-8: byte 0x00 at offset 2; save the sheet as CSV");
}

static void names_that_lead_out_of_the_archive_are_refused(void **state)
{
    static const char *const names[] = {"../pain.csv",    "a/../../pain.csv", "/etc/pain.csv",
                                        "..\\pain.csv",   "a\\..\\pain.csv",  "\\\\host\\pain.csv",
                                        "C:\\a\\pain.csv"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char message[128];

        snprintf(message, sizeof message, "damaged: part %s leads out of the archive", names[i]);
        refuse(one(names[i], "a\n1\n"), NULL, TQ_EREAD, 0, message);
    }
    sheet_check(parse(one("a..b/pain..csv", "a\n1\n"), NULL), "a/1");
    const sheet_part beside[] = {{"pain.csv", "a\n1\n", 0}, {"../.ssh/config", "x", 0}};

    refuse(sheet_zip(beside, 2), NULL, TQ_EREAD, 0,
           "damaged: part ../.ssh/config leads out of the archive");
}

static void a_file_that_unpacks_without_end_is_refused(void **state)
{
    enum { BYTES = 70 << 20 };
    char *const lines = malloc(BYTES);

    (void)state;
    assert_non_null(lines);
    memset(lines, '\n', BYTES);
    refuse(sheet_zip(&(sheet_part){"pain.csv", lines, BYTES}, 1), NULL, TQ_EREAD, 0,
           "damaged: part pain.csv unpacks to more than an archive may");
    free(lines);
}

/* Every byte of a small archive altered, and every length: an error or a table, never a crash. */
static void an_archive_cut_short_or_altered_is_refused_or_read(void **state)
{
    sheet_file file = one("pain.csv", "a,b\n1,2\n");
    size_t refused = 0;

    (void)state;
    for (size_t i = 0; i < 2 * file.size; i++) {
        const size_t at = i < file.size ? i : i - file.size;
        const size_t size = i < file.size ? file.size : at;
        sheet_file altered = sheet_copy(file.data, size);
        tq_error err = {0};
        tq_table *t = NULL;

        if (i < file.size) {
            altered.data[at] ^= 0x25;
        }
        if (tq_archive_parse(altered.data, size, "x", NULL, NULL, &t, &err) != TQ_OK) {
            assert_true(err.message[0]);
            refused++;
        }
        tq_table_free(t);
        free(altered.data);
    }
    assert_true(refused > file.size);
    free(file.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_data_rows_of_revman_are_the_sheet),
        cmocka_unit_test(another_file_is_read_by_its_name),
        cmocka_unit_test(the_only_csv_is_the_sheet),
        cmocka_unit_test(a_name_with_its_folder_goes_before_others),
        cmocka_unit_test(options_of_csv_hold),
        cmocka_unit_test(a_choice_that_is_open_names_the_files),
        cmocka_unit_test(a_long_list_of_names_ends_with_dots),
        cmocka_unit_test(what_holds_no_sheet_is_refused),
        cmocka_unit_test(names_that_lead_out_of_the_archive_are_refused),
        cmocka_unit_test(a_file_that_unpacks_without_end_is_refused),
        cmocka_unit_test(an_archive_cut_short_or_altered_is_refused_or_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
