/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/sheets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "support/near.h"

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define RELATIONS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

sheet_file sheet_copy(const void *bytes, size_t size)
{
    const sheet_file file = {malloc(size ? size : 1), size};

    assert_non_null(file.data);
    memcpy(file.data, bytes, size);
    return file;
}

sheet_file sheet_zip(const sheet_part *parts, size_t n)
{
    zip_source_t *const target = zip_source_buffer_create(NULL, 0, 0, NULL);
    sheet_file file = {0};
    zip_stat_t info;

    assert_non_null(target);
    zip_source_keep(target);
    zip_t *const zip = zip_open_from_source(target, ZIP_TRUNCATE, NULL);

    assert_non_null(zip);
    for (size_t i = 0; i < n; i++) {
        const size_t size = parts[i].size ? parts[i].size : strlen(parts[i].text);
        zip_source_t *const source = zip_source_buffer(zip, parts[i].text, size, 0);

        assert_non_null(source);
        assert_true(zip_file_add(zip, parts[i].name, source, ZIP_FL_ENC_UTF_8) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_open(target), 0);
    assert_int_equal(zip_source_stat(target, &info), 0);
    file.size = (size_t)info.size;
    file.data = malloc(file.size);
    assert_non_null(file.data);
    assert_int_equal(zip_source_read(target, file.data, file.size), file.size);
    zip_source_close(target);
    zip_source_free(target);
    return file;
}

sheet_file sheet_workbook(const char *rows, const char *strings)
{
    static const char book[] = "<workbook xmlns='" MAIN "' xmlns:r='" RELATIONS "'><sheets>"
                               "<sheet name='Data' sheetId='1' r:id='rId1'/></sheets></workbook>";
    static const char relations[] =
        "<Relationships>"
        "<Relationship Id='rId1' Type='" RELATIONS "/worksheet' Target='worksheets/sheet1.xml'/>"
        "<Relationship Id='rId2' Type='" RELATIONS "/sharedStrings' Target='sharedStrings.xml'/>"
        "<Relationship Id='rId3' Type='" RELATIONS "/styles' Target='styles.xml'/>"
        "</Relationships>";
    /* Cell formats: 0 General, 1 date, 2 date and time, 3 time, 4 and 5 of the file's own. */
    static const char styles[] =
        "<styleSheet xmlns='" MAIN "'><numFmts>"
        "<numFmt numFmtId='164' formatCode='[$-407]d\\.\\ mmm\\ yyyy;@'/>"
        "<numFmt numFmtId='165' formatCode='0.00\" days\"'/></numFmts>"
        "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
        "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='22'/><xf numFmtId='20'/>"
        "<xf numFmtId='164'/><xf numFmtId='165'/></cellXfs></styleSheet>";
    char *const sheet = malloc(strlen(rows) + 256), *const texts = malloc(
                                                        strlen(strings ? strings : "") + 256);

    assert_true(sheet && texts);
    sprintf(sheet,
            "<?xml version='1.0' encoding='UTF-8'?><worksheet xmlns='" MAIN
            "'><sheetData>%s</sheetData></worksheet>",
            rows);
    sprintf(texts, "<sst xmlns='" MAIN "'>%s</sst>", strings ? strings : "");

    const sheet_part parts[] = {{"xl/workbook.xml", book, 0},
                                {"xl/_rels/workbook.xml.rels", relations, 0},
                                {"xl/styles.xml", styles, 0},
                                {"xl/sharedStrings.xml", texts, 0},
                                {"xl/worksheets/sheet1.xml", sheet, 0}};
    const sheet_file file = sheet_zip(parts, sizeof parts / sizeof *parts);

    free(sheet);
    free(texts);
    return file;
}

void sheet_check(tq_table *t, const char *want)
{
    char got[4096] = "";
    size_t n = 0;

    for (size_t c = 0; c < tq_table_columns(t); c++) {
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%s", c ? "|" : "", tq_table_name(t, c));
    }
    for (size_t i = 0; i < tq_table_rows(t); i++) {
        for (size_t c = 0; c < tq_table_columns(t) && n < sizeof got; c++) {
            n += (size_t)snprintf(got + n, sizeof got - n, "%s%s", c ? "|" : "/",
                                  tq_table_cell(t, i, c));
        }
    }
    assert_string_equal(got, want);
    tq_table_free(t);
}
