/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a workbook; where they are none, as the rows of a sheet in one. */
#include "frame/xlsx.h"
#include "fuzz/stored_zip.h"

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
    struct stored_zip a = {.bytes = malloc(size + ROOM)};
    const size_t mutated = size > 0 ? data[0] % PARTS : 0;
    tq_table *t = NULL;

    if (!a.bytes || size == 0) {
        free(a.bytes);
        return;
    }
    for (size_t i = 0; i < PARTS; i++) {
        if (i == mutated) {
            stored_zip_add(&a, parts[i].name, data + 1, size - 1);
        } else {
            stored_zip_add(&a, parts[i].name, parts[i].text, strlen(parts[i].text));
        }
    }
    stored_zip_close(&a);
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
