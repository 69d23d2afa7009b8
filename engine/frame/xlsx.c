/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The workbook: its archive, its list of sheets, and which of them is read. */
#include "frame/xlsx.h"

#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "frame/xlsx_internal.h"

/* Sheets beyond this many do not come from a spreadsheet program. */
enum { SHEETS_MAX = 4096 };

/* ---- parts ---- */

static tq_status feed(void *xml, const char *block, size_t size, int last)
{
    return xml_feed(xml, block, size, last);
}

tq_status xlsx_feed_part(struct package *package, const char *part, struct xml_reader *xml,
                         tq_error *err)
{
    const zip_int64_t at = package->library->zip_name_locate(package->zip, part, ZIP_FL_ENC_RAW);

    return at < 0 ? package_fail(part, "is missing", err)
                  : package_unpack(package, (zip_uint64_t)at, part, feed, xml, err);
}

static tq_status open_package(const char *bytes, size_t size, struct package *package,
                              tq_error *err)
{
    static const char compound[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

    if (size >= sizeof compound - 1 && memcmp(bytes, compound, sizeof compound - 1) == 0) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL,
                       "a workbook with a password, or in the format of before 2007; save it as "
                       ".xlsx without password");
    }
    return package_open(bytes, size, "a workbook", "no .xlsx workbook, or a damaged one", package,
                        err);
}

/* ---- relationships: which part is which sheet ---- */

struct relation {
    char *id, *part; /* part is "xl/..." */
};

struct sheet {
    char *name, *id; /* id of its relation */
    int hidden;
};

struct workbook {
    struct package package;
    struct xlsx_book book;
    struct relation *relation;
    struct sheet *sheet;
    size_t n_relations, n_sheets;
    char *styles, *strings; /* parts, or NULL */
};

static char *copy_of(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

/*
 * The part a target names, relative to xl/: "worksheets/sheet1.xml" or "/xl/worksheets/sheet1.xml".
 * NULL when it is, or may be, outside that folder, or memory is out.
 */
static char *part_of(const char *target)
{
    static const char folder[] = "xl/";
    const int absolute = target[0] == '/';
    const char *const path = absolute ? target + 1 : target;
    const size_t size = strlen(path) + 1, head = absolute ? 0 : sizeof folder - 1;

    if ((absolute && strncmp(path, folder, sizeof folder - 1) != 0) || strstr(path, "..") ||
        strchr(path, '\\') || strchr(path, ':')) {
        return NULL;
    }
    char *const part = malloc(head + size);

    if (part) {
        memcpy(part, folder, head);
        memcpy(part + head, path, size);
    }
    return part;
}

static int ends_with(const char *text, const char *tail)
{
    const size_t n = strlen(text), m = strlen(tail);

    return n >= m && strcmp(text + n - m, tail) == 0;
}

/* One more element of an array of structs; NULL when memory is out. */
static void *grow(void *array, size_t n, size_t size)
{
    /* Doubling at powers of two; n is below SHEETS_MAX. */
    return (n & (n - 1)) == 0 ? realloc(array, (n ? 2 * n : 1) * size) : array;
}

/* Keep the part of a relation in *slot, once. */
static tq_status keep_part(char **slot, const char *target, tq_error *err)
{
    free(*slot);
    *slot = part_of(target);
    return *slot ? TQ_OK
                 : tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL,
                           "damaged: a part called '%.60s' is not part of a workbook", target);
}

static tq_status add_relation(struct workbook *w, const char *id, const char *target, tq_error *err)
{
    if (w->n_relations == SHEETS_MAX) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "more than %d sheets", SHEETS_MAX);
    }
    struct relation *const list = grow(w->relation, w->n_relations, sizeof *list);

    if (!list) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    w->relation = list;
    struct relation *const r = &list[w->n_relations++];

    *r = (struct relation){.id = copy_of(id)};
    return r->id ? keep_part(&r->part, target, err)
                 : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static void start_relation(struct xml_reader *xml, const char *name, const char **atts)
{
    struct workbook *const w = xml->user;
    const char *const id = xml_attribute(atts, "Id"), *const type = xml_attribute(atts, "Type"),
                      *const target = xml_attribute(atts, "Target"),
                      *const mode = xml_attribute(atts, "TargetMode");
    tq_status status = TQ_OK;

    if (strcmp(name, "Relationship") != 0 || !id || !type || !target ||
        (mode && strcmp(mode, "External") == 0)) {
        return;
    }
    /* The type is a URI, of which the strict and the transitional form end alike. */
    if (ends_with(type, "/worksheet")) {
        status = add_relation(w, id, target, xml->err);
    } else if (ends_with(type, "/styles")) {
        status = keep_part(&w->styles, target, xml->err);
    } else if (ends_with(type, "/sharedStrings")) {
        status = keep_part(&w->strings, target, xml->err);
    }
    if (status != TQ_OK) {
        xml_stop(xml, status);
    }
}

static tq_status add_sheet(struct workbook *w, const char **atts, tq_error *err)
{
    const char *const name = xml_attribute(atts, "name"), *const id = xml_prefixed(atts, "id"),
                      *const state = xml_attribute(atts, "state");

    if (!name || !id) {
        return TQ_OK;
    }
    if (w->n_sheets == SHEETS_MAX) {
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "more than %d sheets", SHEETS_MAX);
    }
    struct sheet *const list = grow(w->sheet, w->n_sheets, sizeof *list);

    if (!list) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    w->sheet = list;
    struct sheet *const s = &list[w->n_sheets++];

    *s = (struct sheet){
        .name = copy_of(name), .id = copy_of(id), .hidden = state && strcmp(state, "visible") != 0};
    return s->name && s->id ? TQ_OK : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static void start_workbook(struct xml_reader *xml, const char *name, const char **atts)
{
    struct workbook *const w = xml->user;

    if (strcmp(name, "workbookPr") == 0) {
        const char *const date1904 = xml_attribute(atts, "date1904");

        w->book.date1904 =
            date1904 && (strcmp(date1904, "1") == 0 || strcmp(date1904, "true") == 0);
    } else if (strcmp(name, "sheet") == 0) {
        const tq_status status = add_sheet(w, atts, xml->err);

        if (status != TQ_OK) {
            xml_stop(xml, status);
        }
    }
}

static void end_nothing(struct xml_reader *xml, const char *name)
{
    (void)xml;
    (void)name;
}

static tq_status read_part(struct workbook *w, const char *part, xml_start_fn *start, tq_error *err)
{
    struct xml_reader xml;
    tq_status status = xml_open(&xml, part, start, end_nothing, w, err);

    if (status == TQ_OK) {
        status = xlsx_feed_part(&w->package, part, &xml, err);
    }
    xml_close(&xml);
    return status;
}

/* ---- the sheet that is asked for ---- */

static const char *part_of_sheet(const struct workbook *w, const struct sheet *s)
{
    for (size_t i = 0; i < w->n_relations; i++) {
        if (strcmp(w->relation[i].id, s->id) == 0) {
            return w->relation[i].part;
        }
    }
    return NULL; /* a sheet of charts or macros */
}

static const char *name_at(const void *table, size_t i)
{
    const struct workbook *const w = table;

    return i < w->n_sheets ? w->sheet[i].name : NULL;
}

static tq_status fail_no_sheet(const struct workbook *w, const char *wanted, tq_error *err)
{
    const char *const nearest = tq_nearest_name(wanted, name_at, w);
    char shown[64], name[64];
    tq_buffer list = {0};

    table_shown_text(shown, sizeof shown, wanted);
    if (nearest) {
        table_shown_text(name, sizeof name, nearest);
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no sheet '%s'; did you mean '%s'?", shown,
                       name);
    }
    for (size_t i = 0; i < w->n_sheets && list.size < sizeof err->message; i++) {
        table_shown_text(name, sizeof name, w->sheet[i].name);
        tq_buffer_format(&list, "%s'%s'", i > 0 ? ", " : "", name);
    }
    tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no sheet '%s'; the workbook has %s", shown,
            list.data ? list.data : "none");
    tq_buffer_free(&list);
    return TQ_EINVAL;
}

/* By name, else by number from 1, else the first that is shown and holds cells; else NULL. */
static const struct sheet *choose_sheet(const struct workbook *w, const char *wanted)
{
    const long number = wanted ? xlsx_integer(wanted, SHEETS_MAX) : -1;

    for (size_t i = 0; i < w->n_sheets; i++) {
        const struct sheet *const s = &w->sheet[i];

        if (wanted ? strcmp(s->name, wanted) == 0 : !s->hidden && part_of_sheet(w, s)) {
            return s;
        }
    }
    return number >= 1 && (size_t)number <= w->n_sheets ? &w->sheet[number - 1] : NULL;
}

/* The part of the sheet that is asked for, and its name. */
static tq_status find_sheet(const struct workbook *w, const char *wanted, const char **part,
                            const char **name, tq_error *err)
{
    const struct sheet *const sheet = choose_sheet(w, wanted);
    char shown[64];

    if (!sheet) {
        return wanted ? fail_no_sheet(w, wanted, err)
                      : tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                                "the workbook has no sheet with cells");
    }
    *part = part_of_sheet(w, sheet);
    *name = sheet->name;
    if (!*part) {
        table_shown_text(shown, sizeof shown, sheet->name);
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "sheet '%s' holds no cells", shown);
    }
    return TQ_OK;
}

static tq_status read_sheet(struct workbook *w, const tq_xlsx_options *opt,
                            struct table_build *build, tq_buffer *note, const char **name,
                            tq_error *err)
{
    const char *part = NULL;
    tq_status status = find_sheet(w, opt->sheet, &part, name, err);

    if (status == TQ_OK && w->styles) {
        status = xlsx_read_styles(&w->package, w->styles, &w->book, err);
    }
    if (status == TQ_OK && w->strings) {
        status = xlsx_read_strings(&w->package, w->strings, &w->book, build, err);
    }
    return status == TQ_OK
               ? xlsx_read_rows(&w->package, part, &w->book, opt->header_row, build, note, err)
               : status;
}

static void close_workbook(struct workbook *w)
{
    for (size_t i = 0; i < w->n_relations; i++) {
        free(w->relation[i].id);
        free(w->relation[i].part);
    }
    for (size_t i = 0; i < w->n_sheets; i++) {
        free(w->sheet[i].name);
        free(w->sheet[i].id);
    }
    free(w->relation);
    free(w->sheet);
    free(w->styles);
    free(w->strings);
    free(w->book.styles.at);
    free(w->book.strings.at);
    package_close(&w->package);
}

/* The sheet was not asked for, and is none: which it is, and that there are others. */
static tq_status other_sheet(const struct workbook *w, const char *sheet, tq_status status,
                             tq_error *err)
{
    char shown[64];

    if (status != TQ_EDATA || !err || err->line > 0 || !sheet || w->n_sheets < 2) {
        return status;
    }
    const tq_error said = *err;

    table_shown_text(shown, sizeof shown, sheet);
    return tq_fail(err, status, TQ_NO_ROW, NULL,
                   "sheet '%s': %.120s; --sheet takes another of the %zu", shown, said.message,
                   w->n_sheets);
}

tq_status tq_xlsx_parse(const char *bytes, size_t size, const char *source,
                        const tq_xlsx_options *opt, tq_table **out, tq_error *err)
{
    static const tq_xlsx_options defaults = {0};
    struct workbook w = {0};
    struct table_build build;
    tq_buffer note = {0};
    const char *sheet = NULL;

    opt = opt ? opt : &defaults;
    tq_status status = build_start(&build, source, XLSX_MAX_COLUMNS, opt->decimal, err);

    build.letters = 1;
    status = status == TQ_OK ? open_package(bytes, size, &w.package, err) : status;
    status =
        status == TQ_OK ? read_part(&w, "xl/_rels/workbook.xml.rels", start_relation, err) : status;
    status = status == TQ_OK ? read_part(&w, "xl/workbook.xml", start_workbook, err) : status;
    status = status == TQ_OK ? read_sheet(&w, opt, &build, &note, &sheet, err) : status;
    status = status == TQ_OK ? tq_buffer_status(&note, err) : status;
    if (status == TQ_OK) {
        status = build_finish(&build, bytes, size, sheet, note.data, out, err);
    }
    status = opt->sheet ? status : other_sheet(&w, sheet, status, err);
    if (status != TQ_OK && err) {
        tq_copy_text(err->file, sizeof err->file, source);
    }
    close_workbook(&w);
    tq_buffer_free(&note);
    build_free(&build);
    return status;
}
