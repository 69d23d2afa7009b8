/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workbook reader: every kind of cell, the choice of sheet and header, and what it refuses. */
#include "support/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xlsxwriter.h>

#include "core/buffer.h"
#include "frame/sheet.h"
#include "frame/xlsx.h"
#include "support/sheets.h"

#define ROW(n, cells) "<row r='" #n "'>" cells "</row>"
#define TEXT(ref, text) "<c r='" #ref "' t='inlineStr'><is><t>" text "</t></is></c>"
#define NUMBER(ref, value) "<c r='" #ref "'><v>" value "</v></c>"
#define STYLED(ref, style, value) "<c r='" #ref "' s='" #style "'><v>" value "</v></c>"

static tq_table *parse(sheet_file file, const tq_xlsx_options *opt)
{
    tq_table *t = NULL;
    tq_error err;

    if (tq_xlsx_parse(file.data, file.size, "knee.xlsx", opt, &t, &err) != TQ_OK) {
        fail_msg("line %zu: %s", err.line, err.message);
    }
    free(file.data);
    return t;
}

static void check(const char *rows, const char *want)
{
    sheet_check(parse(sheet_workbook(rows, NULL), NULL), want);
}

static void refuse_file(sheet_file file, const tq_xlsx_options *opt, tq_status status, size_t line,
                        const char *message)
{
    tq_table *untouched = (tq_table *)&file, *t = untouched;
    tq_error err = {0};

    assert_int_equal(tq_xlsx_parse(file.data, file.size, "knee.xlsx", opt, &t, &err), status);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, "knee.xlsx");
    assert_int_equal(err.line, line);
    assert_ptr_equal(t, untouched);
    assert_int_equal(tq_xlsx_parse(file.data, file.size, "knee.xlsx", opt, &t, NULL), status);
    free(file.data);
}

static void refuse(const char *rows, tq_status status, size_t line, const char *message)
{
    refuse_file(sheet_workbook(rows, NULL), NULL, status, line, message);
}

/* A workbook whose parts replace, by name, those of the usual one; NULL text leaves one out. */
static sheet_file with_part(const char *name, const char *text)
{
    static const char relations[] =
        "<Relationships><Relationship Id='a' Type='x/worksheet' Target='worksheets/s.xml'/>"
        "</Relationships>";
    static const char book[] = "<workbook xmlns:r='r'><sheets><sheet name='A' r:id='a'/></sheets>"
                               "</workbook>";
    static const char sheet[] = "<worksheet><sheetData>" ROW(1, TEXT(A1, "a"))
        ROW(2, NUMBER(A2, "1")) "</sheetData></worksheet>";
    const sheet_part usual[] = {{"xl/workbook.xml", book, 0},
                                {"xl/_rels/workbook.xml.rels", relations, 0},
                                {"xl/worksheets/s.xml", sheet, 0}};
    sheet_part parts[4];
    size_t n = 0;

    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (strcmp(usual[i].name, name) != 0) {
            parts[n++] = usual[i];
        }
    }
    if (text) {
        parts[n++] = (sheet_part){name, text, 0};
    }
    return sheet_zip(parts, n);
}

/* ---- cells ---- */

static void a_first_sheet_that_holds_no_table_is_named(void **state)
{
    static const char relations[] =
        "<Relationships><Relationship Id='a' Type='x/worksheet' Target='n.xml'/>"
        "<Relationship Id='b' Type='x/worksheet' Target='s.xml'/></Relationships>";
    static const char book[] = "<workbook xmlns:r='r'><sheets><sheet name='Notes' r:id='a'/>"
                               "<sheet name='Pain' r:id='b'/></sheets></workbook>";
    const sheet_part parts[] = {
        {"xl/workbook.xml", book, 0},
        {"xl/_rels/workbook.xml.rels", relations, 0},
        {"xl/n.xml",
         "<worksheet><sheetData>" ROW(1, TEXT(A1, "of 2015")) "</sheetData></worksheet>", 0},
        {"xl/s.xml",
         "<worksheet><sheetData>" ROW(1, TEXT(A1, "a")) ROW(2, NUMBER(A2, "1")) "</sheetData>"
                                                                                "</worksheet>",
         0}};
    const tq_xlsx_options asked = {.sheet = "Notes"};

    (void)state;
    refuse_file(sheet_zip(parts, 4), NULL, TQ_EDATA, 0,
                "sheet 'Notes': a header but no rows; --sheet takes another of the 2");
    refuse_file(sheet_zip(parts, 4), &asked, TQ_EDATA, 0, "a header but no rows");
}

static void shared_strings_join_their_runs_without_phonetics(void **state)
{
    static const char strings[] = "<si><t>study</t></si><si><r><rPr/><t>Ve</t></r><r><t xml:space="
                                  "'preserve'>ga </t></r><r><t>2015</t></r><rPh sb='0' eb='1'>"
                                  "<t>beh</t></rPh></si><si><t>a_x000A_b_x0041_c</t></si>";

    (void)state;
    sheet_check(parse(sheet_workbook(ROW(1, "<c r='A1' t='s'><v>0</v></c>")
                                         ROW(2, "<c r='A2' t='s'><v>1</v></c>")
                                             ROW(3, "<c r='A3' t='s'><v>2</v></c>"),
                                     strings),
                      NULL),
                "study/Vega 2015/a\nbAc");
}

static void every_type_of_cell_becomes_text(void **state)
{
    (void)state;
    check(ROW(1, TEXT(A1, "a") TEXT(B1, "b") TEXT(C1, "c") TEXT(D1, "d") TEXT(E1, "e"))
              ROW(2, "<c r='A2' t='b'><v>1</v></c><c r='B2' t='b'><v>0</v></c>"
                     "<c r='C2' t='e'><v>#N/A</v></c><c r='D2' t='e'><v>#DIV/0!</v></c>"
                     "<c r='E2' t='str'><f>A1&amp;B1</f><v>ab</v></c>"),
          "a|b|c|d|e/TRUE|FALSE||#DIV/0!|ab");
}

static void numbers_are_the_shortest_text_that_reads_back(void **state)
{
    (void)state;
    check(ROW(1, TEXT(A1, "a") TEXT(B1, "b") TEXT(C1, "c") TEXT(D1, "d"))
              ROW(2, NUMBER(A2, "2.3999999999999999") NUMBER(B2, "0.30000000000000004")
                         NUMBER(C2, "-3.25E-2") NUMBER(D2, "12345678901234")),
          "a|b|c|d/2.4|0.30000000000000004|-0.0325|12345678901234");
}

static void numbers_get_the_decimal_mark_that_is_asked_for(void **state)
{
    const tq_xlsx_options opt = {.decimal = ','};
    double x[1];
    tq_table *t =
        parse(sheet_workbook(ROW(1, TEXT(A1, "a")) ROW(2, NUMBER(A2, "1.234")), NULL), &opt);

    (void)state;
    assert_int_equal(tq_table_numbers(t, 0, NULL, x, NULL), TQ_OK);
    assert_near(x[0], 1.234, 0.0);
    sheet_check(t, "a/1,234");
}

static void dates_become_iso_text(void **state)
{
    (void)state;
    check(ROW(1, TEXT(A1, "a") TEXT(B1, "b") TEXT(C1, "c") TEXT(D1, "d") TEXT(E1, "e"))
              ROW(2, STYLED(A2, 1, "43526") STYLED(B2, 2, "43526.604166666664") STYLED(
                         C2, 3, "0.604166666666667") STYLED(D2, 4, "44196") STYLED(E2, 5, "43526"))
                  ROW(3, STYLED(A3, 1, "43526.5") STYLED(B3, 2, "43526") STYLED(C3, 3, "0")
                             STYLED(D3, 4, "43890.999999") STYLED(E3, 5, "-1"))
                      ROW(4, STYLED(A4, 1, "-3") STYLED(B4, 1, "2958465") STYLED(C4, 1, "2958466")
                                 STYLED(D4, 1, "not") STYLED(E4, 3, "1.25")),
          "a|b|c|d|e/2019-03-02|2019-03-02T14:30:00|14:30:00|2020-12-31|43526"
          "/2019-03-02T12:00:00|2019-03-02T00:00:00|00:00:00|2020-03-01|-1"
          "/-3|9999-12-31|2958466|not|1900-01-01T06:00:00");
}

static void the_leap_day_of_1900_is_kept(void **state)
{
    (void)state;
    check(ROW(1, TEXT(A1, "a")) ROW(2, STYLED(A2, 1, "1")) ROW(3, STYLED(A3, 1, "59"))
              ROW(4, STYLED(A4, 1, "60")) ROW(5, STYLED(A5, 1, "61")),
          "a/1900-01-01/1900-02-28/1900-02-29/1900-03-01");
}

static void the_1904_system_counts_from_its_own_day(void **state)
{
    static const char book[] = "<workbook xmlns:r='r'><workbookPr date1904='1'/><sheets><sheet "
                               "name='A' r:id='a'/></sheets></workbook>";
    static const char relations[] =
        "<Relationships><Relationship Id='a' Type='x/worksheet' Target='/xl/s.xml'/>"
        "<Relationship Id='b' Type='x/styles' Target='styles.xml'/></Relationships>";
    const sheet_part parts[] = {
        {"xl/workbook.xml", book, 0},
        {"xl/_rels/workbook.xml.rels", relations, 0},
        {"xl/styles.xml", "<styleSheet><cellXfs><xf numFmtId='14'/></cellXfs></styleSheet>", 0},
        {"xl/s.xml",
         "<worksheet><sheetData>" ROW(1, TEXT(A1, "a")) ROW(2, STYLED(A2, 0, "0"))
             ROW(3, STYLED(A3, 0, "42064")) "</sheetData></worksheet>",
         0}};

    (void)state;
    sheet_check(parse(sheet_zip(parts, 4), NULL), "a/1904-01-01/2019-03-02");
}

/* ---- rows and columns ---- */

static void rows_keep_their_numbers_and_empty_ones_are_skipped(void **state)
{
    tq_table *t =
        parse(sheet_workbook(ROW(3, TEXT(B3, "a") TEXT(C3, "b")) ROW(4, "") ROW(5, NUMBER(B5, "1"))
                                 ROW(6, TEXT(B6, " ")) ROW(9, NUMBER(C9, "2")),
                             NULL),
              NULL);

    (void)state;
    assert_int_equal(tq_table_line(t, 0), 5);
    assert_int_equal(tq_table_line(t, 1), 9);
    assert_string_equal(tq_table_sheet(t), "Data");
    assert_null(tq_table_note(t));
    sheet_check(t, "a|b/1|/|2");
}

static void cells_without_reference_follow_one_another(void **state)
{
    (void)state;
    check("<row><c t='inlineStr'><is><t>a</t></is></c><c t='inlineStr'><is><t>b</t></is></c></row>"
          "<row><c><v>1</v></c><c><v>2</v></c></row>",
          "a|b/1|2");
}

static void a_column_without_name_is_left_out_when_it_is_empty(void **state)
{
    (void)state;
    check(ROW(1, TEXT(A1, "a") TEXT(C1, "c")) ROW(2, NUMBER(A2, "1") NUMBER(C2, "3")), "a|c/1|3");
    refuse(ROW(1, TEXT(A1, "a") TEXT(C1, "c")) ROW(2, NUMBER(A2, "1") NUMBER(B2, "2")), TQ_EDATA, 2,
           "column B has a value here but no name in the header; if the names are in another row, "
           "give it with --header ROW");
    refuse(ROW(1, TEXT(A1, "a")) ROW(7, NUMBER(AA7, "2")), TQ_EDATA, 7,
           "column AA has a value here but no name in the header; if the names are in another row, "
           "give it with --header ROW");
}

static void the_header_may_stand_below_a_title(void **state)
{
    const char *const rows = ROW(1, TEXT(A1, "Table 1")) ROW(3, TEXT(A3, "a") TEXT(B3, "b"))
        ROW(4, NUMBER(A4, "1") NUMBER(B4, "2"));

    (void)state;
    sheet_check(parse(sheet_workbook(rows, NULL), &(tq_xlsx_options){.header_row = 3}), "a|b/1|2");
    refuse_file(sheet_workbook(rows, NULL), &(tq_xlsx_options){.header_row = 2}, TQ_EINVAL, 0,
                "the header cannot be row 2: it is empty");
    refuse_file(sheet_workbook(rows, NULL), &(tq_xlsx_options){.header_row = 5}, TQ_EINVAL, 0,
                "the header cannot be row 5: it is empty");
}

static void the_header_is_found_below_a_title(void **state)
{
    const char *const titled = ROW(1, TEXT(A1, "Extraction, May"))
        ROW(3, TEXT(A3, "a") TEXT(B3, "b")) ROW(4, NUMBER(A4, "1") NUMBER(B4, "2"));
    tq_table *t = parse(sheet_workbook(titled, NULL), NULL);

    (void)state;
    assert_string_equal(tq_table_note(t),
                        "the header of the sheet is row 3 (--header takes another)");
    sheet_check(t, "a|b/1|2");
    /* A number is no name: the first row is the header, and lacks one. */
    refuse(ROW(1, TEXT(A1, "a")) ROW(2, NUMBER(A2, "1") NUMBER(B2, "2")), TQ_EDATA, 2,
           "column B has a value here but no name in the header; if the names are in another row, "
           "give it with --header ROW");
    check(ROW(1, TEXT(A1, "a")) ROW(2, TEXT(A2, "x")) ROW(4, NUMBER(A4, "7")), "a/x/7");
}

static void a_long_column_is_no_title(void **state)
{
    tq_buffer rows = {0}, want = {0};

    (void)state;
    for (int i = 1; i <= 40; i++) {
        tq_buffer_format(&rows, "<row r='%d'><c r='A%d' t='str'><v>w%d</v></c></row>", i, i, i);
        tq_buffer_format(&want, "%sw%d", i > 1 ? "/" : "", i);
    }
    tq_buffer_append(&rows, "", 1);
    tq_buffer_append(&want, "", 1);
    check(rows.data, want.data);
    tq_buffer_free(&rows);
    tq_buffer_free(&want);
}

static void merged_cells_hold_their_value_in_each_row(void **state)
{
    const char *const rows =
        ROW(1, TEXT(A1, "a") TEXT(B1, "b")) ROW(2, TEXT(A2, "x") NUMBER(B2, "1"))
            ROW(3, NUMBER(B3, "2")) ROW(4, NUMBER(B4, "3")) ROW(5, TEXT(A5, "y") NUMBER(B5, "4"));
    char sheet[4096];

    (void)state;
    snprintf(sheet, sizeof sheet,
             "%s</sheetData><mergeCells><mergeCell ref='A2:A3'/><mergeCell ref='A1:B1'/>"
             "<mergeCell ref='ZZ9:A0'/><mergeCell ref='B5:B1048576'/><mergeCell/></mergeCells>"
             "<sheetData>",
             rows);
    tq_table *t = parse(sheet_workbook(sheet, NULL), NULL);

    assert_string_equal(tq_table_note(t),
                        "merged cells hold their value in each of their rows (A2:A3)");
    sheet_check(t, "a|b/x|1/x|2/|3/y|4");
}

static void hidden_rows_are_read_and_noted(void **state)
{
    tq_table *t = parse(
        sheet_workbook(ROW(1, TEXT(A1, "a")) "<row r='2' hidden='1'>" NUMBER(A2, "1") "</row>" ROW(
                           3, NUMBER(A3, "2")) "<row r='4' hidden='true'>" NUMBER(A4, "3") "</row>",
                       NULL),
        NULL);

    (void)state;
    assert_string_equal(tq_table_note(t), "2 hidden rows of the sheet were read (rows 2, 4)");
    sheet_check(t, "a/1/2/3");
}

static void a_sheet_without_table_is_refused(void **state)
{
    (void)state;
    refuse("", TQ_EDATA, 0, "the sheet is empty");
    refuse(ROW(1, TEXT(A1, "a")), TQ_EDATA, 0, "a header but no rows");
    refuse(ROW(2, TEXT(A2, "a") TEXT(B2, "a")) ROW(3, NUMBER(A3, "1")), TQ_EDATA, 2,
           "the header has 'a' twice, in columns 1 and 2");
}

static void a_formula_that_was_never_calculated_is_refused(void **state)
{
    (void)state;
    refuse(ROW(1, TEXT(A1, "a")) ROW(2, "<c r='A2'><f>1+1</f></c>"), TQ_EDATA, 2,
           "cell A2 is a formula that was never calculated; open the workbook in a spreadsheet "
           "program and save it");
    check(ROW(1, TEXT(A1, "a") TEXT(B1, "b"))
              ROW(2, "<c r='A2'><f>1+1</f><v>2</v></c><c r='B2' t='str'><f>\"\"</f><v/></c>"),
          "a|b/2|");
}

/* ---- sheets ---- */

static sheet_file three_sheets(void)
{
    static const char book[] =
        "<workbook xmlns:r='r'><sheets><sheet name='Notes' state='hidden' r:id='a'/>"
        "<sheet name='Pain' r:id='b'/><sheet name='3' r:id='c'/><sheet name='Chart' r:id='d'/>"
        "</sheets></workbook>";
    static const char relations[] =
        "<Relationships><Relationship Id='a' Type='x/worksheet' Target='1.xml'/>"
        "<Relationship Id='b' Type='x/worksheet' Target='2.xml'/>"
        "<Relationship Id='c' Type='x/worksheet' Target='3.xml'/>"
        "<Relationship Id='d' Type='x/chartsheet' Target='4.xml'/></Relationships>";
#define SHEET(name) \
    "<worksheet><sheetData>" ROW(1, TEXT(A1, name)) \
        ROW(2, NUMBER(A2, "1")) "</sheetData></worksheet>"
    const sheet_part parts[] = {{"xl/workbook.xml", book, 0},
                                {"xl/_rels/workbook.xml.rels", relations, 0},
                                {"xl/1.xml", SHEET("one"), 0},
                                {"xl/2.xml", SHEET("two"), 0},
                                {"xl/3.xml", SHEET("three"), 0}};
#undef SHEET

    return sheet_zip(parts, sizeof parts / sizeof *parts);
}

static void a_sheet_is_chosen_by_name_then_number_else_the_first_shown(void **state)
{
    (void)state;
    sheet_check(parse(three_sheets(), NULL), "two/1");
    sheet_check(parse(three_sheets(), &(tq_xlsx_options){.sheet = "Notes"}), "one/1");
    sheet_check(parse(three_sheets(), &(tq_xlsx_options){.sheet = "1"}), "one/1");
    sheet_check(parse(three_sheets(), &(tq_xlsx_options){.sheet = "3"}), "three/1");
    refuse_file(three_sheets(), &(tq_xlsx_options){.sheet = "pains"}, TQ_EINVAL, 0,
                "no sheet 'pains'; did you mean 'Pain'?");
    refuse_file(three_sheets(), &(tq_xlsx_options){.sheet = "9"}, TQ_EINVAL, 0,
                "no sheet '9'; the workbook has 'Notes', 'Pain', '3', 'Chart'");
    refuse_file(three_sheets(), &(tq_xlsx_options){.sheet = "Chart"}, TQ_EDATA, 0,
                "sheet 'Chart' holds no cells");
}

/* ---- files of other programs ---- */

static void a_workbook_of_libxlsxwriter_is_read(void **state)
{
    char path[64];

    snprintf(path, sizeof path, "/tmp/test_xlsx_%ld.xlsx", (long)getpid());
    lxw_workbook *book = workbook_new(path);
    lxw_worksheet *sheet = workbook_add_worksheet(book, "Extraction");
    lxw_format *date = workbook_add_format(book);
    lxw_datetime day = {2019, 3, 2, 0, 0, 0.0};
    tq_table *t = NULL;

    (void)state;
    format_set_num_format(date, "dd mmm yyyy");
    worksheet_merge_range(sheet, 0, 0, 0, 1, "study", NULL);
    worksheet_write_string(sheet, 0, 2, "yi", NULL);
    worksheet_write_string(sheet, 0, 3, "on", NULL);
    worksheet_write_string(sheet, 1, 0, "M\xC3\xBCller & <Co>", NULL);
    worksheet_write_number(sheet, 1, 2, 2.385, NULL);
    worksheet_write_datetime(sheet, 1, 3, &day, date);
    worksheet_write_string(sheet, 2, 0, "  Vega\n2015 ", NULL);
    worksheet_write_formula_num(sheet, 2, 2, "=C2*2", NULL, -1.75);
    assert_int_equal(workbook_close(book), LXW_NO_ERROR);
    const tq_status status = tq_sheet_read(path, NULL, &t, NULL);

    unlink(path);
    assert_int_equal(status, TQ_OK);
    assert_string_equal(tq_table_source(t), path);
    assert_string_equal(tq_table_sheet(t), "Extraction");
    sheet_check(t, "study|yi|on/M\xC3\xBCller & <Co>|2.385|2019-03-02"
                   "/Vega\n2015|-1.75|");
}

/* ---- what is no workbook, damaged, or made to do harm ---- */

static void what_is_no_workbook_is_refused(void **state)
{
    (void)state;
    refuse_file(sheet_copy("a,b\n1,2\n", 8), NULL, TQ_EREAD, 0,
                "no .xlsx workbook, or a damaged one");
    refuse_file(sheet_copy("", 0), NULL, TQ_EREAD, 0, "no .xlsx workbook, or a damaged one");
    refuse_file(sheet_copy("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", 12), NULL, TQ_EREAD, 0,
                "a workbook with a password, or in the format of before 2007; save it as .xlsx "
                "without password");
    refuse_file(with_part("xl/workbook.xml", NULL), NULL, TQ_EREAD, 0,
                "damaged: part xl/workbook.xml is missing");
    refuse_file(with_part("xl/worksheets/s.xml", NULL), NULL, TQ_EREAD, 0,
                "damaged: part xl/worksheets/s.xml is missing");
    refuse_file(with_part("xl/workbook.xml", "<workbook/>"), NULL, TQ_EDATA, 0,
                "the workbook has no sheet with cells");
}

static void a_workbook_cut_short_or_altered_is_refused_or_read(void **state)
{
    const sheet_file whole = sheet_workbook(ROW(1, TEXT(A1, "a")) ROW(2, NUMBER(A2, "1")), NULL);

    (void)state;
    for (size_t size = 0; size < whole.size; size++) {
        char *const copy = malloc(size ? size : 1);
        tq_table *t = NULL;

        assert_non_null(copy);
        memcpy(copy, whole.data, size);
        assert_int_not_equal(tq_xlsx_parse(copy, size, "x", NULL, &t, NULL), TQ_OK);
        free(copy);
    }
    for (size_t i = 0; i < whole.size; i++) {
        char *const copy = malloc(whole.size);
        tq_table *t = NULL;

        assert_non_null(copy);
        memcpy(copy, whole.data, whole.size);
        copy[i] = (char)~copy[i];
        if (tq_xlsx_parse(copy, whole.size, "x", NULL, &t, NULL) == TQ_OK) {
            tq_table_free(t);
        }
        free(copy);
    }
    free(whole.data);
}

static void entities_cannot_be_declared(void **state)
{
    (void)state;
    refuse_file(with_part("xl/worksheets/s.xml",
                          "<!DOCTYPE w [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>"
                          "<worksheet><sheetData>&b;</sheetData></worksheet>"),
                NULL, TQ_EREAD, 0,
                "xl/worksheets/s.xml has a document type declaration, which is not allowed here");
    refuse_file(with_part("xl/workbook.xml",
                          "<!DOCTYPE w SYSTEM 'file:///etc/passwd'><workbook>&x;</workbook>"),
                NULL, TQ_EREAD, 0,
                "xl/workbook.xml has a document type declaration, which is not allowed here");
}

static void xml_that_is_not_well_formed_is_refused(void **state)
{
    (void)state;
    refuse_file(with_part("xl/worksheets/s.xml", "<worksheet>\n<row></worksheet>"), NULL, TQ_EREAD,
                0, "damaged: line 2 of xl/worksheets/s.xml is no valid XML (mismatched tag)");
    refuse_file(with_part("xl/worksheets/s.xml", "<worksheet>\xFC</worksheet>"), NULL, TQ_EREAD, 0,
                "damaged: line 1 of xl/worksheets/s.xml is no valid XML (not well-formed (invalid "
                "token))");
    refuse_file(with_part("xl/worksheets/s.xml", "<worksheet>&b;</worksheet>"), NULL, TQ_EREAD, 0,
                "damaged: line 1 of xl/worksheets/s.xml is no valid XML (undefined entity)");
}

static void parts_outside_the_workbook_are_refused(void **state)
{
    static const char *const targets[] = {"../secret.xml", "/etc/passwd", "a/../../x",
                                          "file:///x",     "..\\x",       "worksheets/../../x"};
    char relations[256], message[128];

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        snprintf(relations, sizeof relations,
                 "<Relationships><Relationship Id='a' Type='x/worksheet' Target='%s'/>"
                 "</Relationships>",
                 targets[i]);
        snprintf(message, sizeof message, "damaged: a part called '%s' is not part of a workbook",
                 targets[i]);
        refuse_file(with_part("xl/_rels/workbook.xml.rels", relations), NULL, TQ_EREAD, 0, message);
    }
    refuse_file(with_part("xl/_rels/workbook.xml.rels",
                          "<Relationships><Relationship Id='a' Type='x/worksheet' TargetMode="
                          "'External' Target='http://x'/></Relationships>"),
                NULL, TQ_EDATA, 0, "the workbook has no sheet with cells");
}

static void a_part_that_unpacks_without_end_is_refused(void **state)
{
    enum { BYTES = 1 << 28 }; /* of blanks, which pack to a thousandth */
    static const char head[] = "<worksheet>";
    char *const blanks = malloc(BYTES);
    sheet_part parts[3] = {
        {"xl/workbook.xml",
         "<workbook xmlns:r='r'><sheets><sheet name='A' r:id='a'/></sheets></workbook>", 0},
        {"xl/_rels/workbook.xml.rels",
         "<Relationships><Relationship Id='a' Type='x/worksheet' Target='s.xml'/></Relationships>",
         0}};

    (void)state;
    assert_non_null(blanks);
    memset(blanks, ' ', BYTES);
    memcpy(blanks, head, sizeof head - 1);
    parts[2] = (sheet_part){"xl/s.xml", blanks, BYTES};
    refuse_file(sheet_zip(parts, 3), NULL, TQ_EREAD, 0,
                "damaged: part xl/s.xml unpacks to more than a workbook may");
    free(blanks);
}

static void references_outside_the_sheet_are_refused(void **state)
{
    (void)state;
    refuse("<row r='1'><c r='XFE1'><v>1</v></c></row>", TQ_EREAD, 1,
           "damaged: no cell can be 'XFE1'");
    refuse("<row r='1'><c r='1'><v>1</v></c></row>", TQ_EREAD, 1, "damaged: no cell can be '1'");
    refuse("<row r='1'><c r='AAAAAAAAAAAAAAAA1'><v>1</v></c></row>", TQ_EREAD, 1,
           "damaged: no cell can be 'AAAAAAAAAAAAAAAA1'");
    refuse("<row r='1048577'/>", TQ_EREAD, 0, "damaged: row '1048577' follows row 0");
    refuse("<row r='3'/><row r='3'/>", TQ_EREAD, 0, "damaged: row '3' follows row 3");
    refuse("<row r='-1'/>", TQ_EREAD, 0, "damaged: row '-1' follows row 0");
    refuse("<row r='1'><c r='A1' t='s'><v>7</v></c></row>", TQ_EREAD, 1,
           "damaged: cell A1 is text '7' of 0");
    refuse("<row r='1'><c r='A1' t='s'><v>99999999999999999999</v></c></row>", TQ_EREAD, 1,
           "damaged: cell A1 is text '99999999999999999999' of 0");
}

static void a_cell_in_the_last_corner_costs_no_memory(void **state)
{
    (void)state;
    refuse("<row r='1'><c r='XFD1'><v>1</v></c></row><row r='1048576'><c r='XFC1'><v>1</v></c>"
           "</row>",
           TQ_EDATA, 1048576,
           "column XFC has a value here but no name in the header; if the names are in another "
           "row, give it with --header ROW");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_sheet_that_holds_no_table_is_named),
        cmocka_unit_test(shared_strings_join_their_runs_without_phonetics),
        cmocka_unit_test(every_type_of_cell_becomes_text),
        cmocka_unit_test(numbers_are_the_shortest_text_that_reads_back),
        cmocka_unit_test(numbers_get_the_decimal_mark_that_is_asked_for),
        cmocka_unit_test(dates_become_iso_text),
        cmocka_unit_test(the_leap_day_of_1900_is_kept),
        cmocka_unit_test(the_1904_system_counts_from_its_own_day),
        cmocka_unit_test(rows_keep_their_numbers_and_empty_ones_are_skipped),
        cmocka_unit_test(cells_without_reference_follow_one_another),
        cmocka_unit_test(a_column_without_name_is_left_out_when_it_is_empty),
        cmocka_unit_test(the_header_may_stand_below_a_title),
        cmocka_unit_test(the_header_is_found_below_a_title),
        cmocka_unit_test(a_long_column_is_no_title),
        cmocka_unit_test(merged_cells_hold_their_value_in_each_row),
        cmocka_unit_test(hidden_rows_are_read_and_noted),
        cmocka_unit_test(a_sheet_without_table_is_refused),
        cmocka_unit_test(a_formula_that_was_never_calculated_is_refused),
        cmocka_unit_test(a_sheet_is_chosen_by_name_then_number_else_the_first_shown),
        cmocka_unit_test(a_workbook_of_libxlsxwriter_is_read),
        cmocka_unit_test(what_is_no_workbook_is_refused),
        cmocka_unit_test(a_workbook_cut_short_or_altered_is_refused_or_read),
        cmocka_unit_test(entities_cannot_be_declared),
        cmocka_unit_test(xml_that_is_not_well_formed_is_refused),
        cmocka_unit_test(parts_outside_the_workbook_are_refused),
        cmocka_unit_test(a_part_that_unpacks_without_end_is_refused),
        cmocka_unit_test(references_outside_the_sheet_are_refused),
        cmocka_unit_test(a_cell_in_the_last_corner_costs_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
