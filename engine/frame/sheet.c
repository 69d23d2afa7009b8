/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which reader a file gets: a table of extensions. */
#include "frame/sheet.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "frame/archive.h"
#include "frame/csv_internal.h"
#include "frame/gzip_internal.h"
#include "frame/rm5.h"
#include "frame/statfile.h"
#include "frame/table_internal.h"
#include "frame/xlsx.h"

/* Bytes are borrowed; source is the path without the sheet. */
typedef tq_status reader_fn(const char *bytes, size_t size, const char *source,
                            const tq_sheet_options *opt, tq_table **out, tq_error *err);

static tq_csv_options csv_options(const tq_sheet_options *opt)
{
    return (tq_csv_options){
        .separator = opt->separator, .decimal = opt->decimal, .header_row = opt->header_row};
}

static tq_status read_csv(const char *bytes, size_t size, const char *source,
                          const tq_sheet_options *opt, tq_table **out, tq_error *err)
{
    const tq_csv_options csv = csv_options(opt);

    return tq_csv_parse(bytes, size, source, &csv, out, err);
}

/* The digest is of the file as it is stored, not of the text that was packed. */
static tq_status read_gzip(const char *bytes, size_t size, const char *source,
                           const tq_sheet_options *opt, tq_table **out, tq_error *err)
{
    tq_csv_options csv = csv_options(opt);
    struct bytes text = {0};
    const size_t n = strlen(source);
    tq_status status = gzip_unpack(bytes, size, &text, err);

    if (!csv.separator && n >= 7 && strcasecmp(source + n - 7, ".tsv.gz") == 0) {
        csv.separator = '\t';
    }
    status = status == TQ_OK ? csv_parse_owned(text, source, &csv, out, err) : status;
    if (status == TQ_OK) {
        tq_sha256_hex(bytes, size, (*out)->sha256);
    }
    return status;
}

static tq_status read_archive(const char *bytes, size_t size, const char *source,
                              const tq_sheet_options *opt, tq_table **out, tq_error *err)
{
    const tq_csv_options csv = csv_options(opt);

    return tq_archive_parse(bytes, size, source, opt->sheet, &csv, out, err);
}

static tq_status read_xlsx(const char *bytes, size_t size, const char *source,
                           const tq_sheet_options *opt, tq_table **out, tq_error *err)
{
    const tq_xlsx_options xlsx = {
        .sheet = opt->sheet, .header_row = opt->header_row, .decimal = opt->decimal};

    return tq_xlsx_parse(bytes, size, source, &xlsx, out, err);
}

#define STATFILE_READER(name, kind) \
    static tq_status name(const char *bytes, size_t size, const char *source, \
                          const tq_sheet_options *opt, tq_table **out, tq_error *err) \
    { \
        return tq_statfile_parse(bytes, size, source, kind, opt->decimal, out, err); \
    }
STATFILE_READER(read_dta, TQ_STATFILE_DTA)
STATFILE_READER(read_sav, TQ_STATFILE_SAV)
STATFILE_READER(read_por, TQ_STATFILE_POR)
STATFILE_READER(read_sas7bdat, TQ_STATFILE_SAS7BDAT)
STATFILE_READER(read_xpt, TQ_STATFILE_XPT)
#undef STATFILE_READER

static tq_status read_rm5(const char *bytes, size_t size, const char *source,
                          const tq_sheet_options *opt, tq_table **out, tq_error *err)
{
    return tq_rm5_parse(bytes, size, source, opt->decimal, out, err);
}

static tq_status refuse(const char *bytes, size_t size, const char *source,
                        const tq_sheet_options *opt, tq_table **out, tq_error *err)
{
    (void)bytes;
    (void)size;
    (void)source;
    (void)opt;
    (void)out;
    return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL,
                   "this format is not read; save the sheet as .xlsx or CSV");
}

/* What an option means to a format. */
enum { TAKES_SHEET = 1, TAKES_HEADER = 2, IS_TEXT = 4 };

struct reader {
    const char *extension;
    reader_fn *read;
    int flags;
};

static const struct reader readers[] = {
    {".csv", read_csv, TAKES_HEADER | IS_TEXT},
    {".tsv", read_csv, TAKES_HEADER | IS_TEXT},
    {".csv.gz", read_gzip, TAKES_HEADER},
    {".tsv.gz", read_gzip, TAKES_HEADER},
    {".xlsx", read_xlsx, TAKES_SHEET | TAKES_HEADER},
    {".xlsm", read_xlsx, TAKES_SHEET | TAKES_HEADER},
    {".dta", read_dta, 0},
    {".sav", read_sav, 0},
    {".zsav", read_sav, 0},
    {".por", read_por, 0},
    {".sas7bdat", read_sas7bdat, 0},
    {".xpt", read_xpt, 0},
    {".rm5", read_rm5, 0},
    {".zip", read_archive, TAKES_SHEET | TAKES_HEADER},
    {".xls", refuse, TAKES_SHEET | TAKES_HEADER},
    {".xlsb", refuse, TAKES_SHEET | TAKES_HEADER},
    {".ods", refuse, TAKES_SHEET | TAKES_HEADER},
    {".numbers", refuse, TAKES_SHEET | TAKES_HEADER},
};

/* The reader for path[n]; CSV when no extension fits. */
static const struct reader *reader_of(const char *path, size_t n)
{
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        const size_t m = strlen(readers[i].extension);

        if (n > m && strncasecmp(path + n - m, readers[i].extension, m) == 0) {
            return &readers[i];
        }
    }
    return &readers[0];
}

static tq_status check_options(const struct reader *reader, const tq_sheet_options *opt,
                               tq_error *err)
{
    if (opt->sheet && !(reader->flags & TAKES_SHEET)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "a %s file has no sheets to choose from",
                       reader->extension);
    }
    if (opt->header_row > 0 && !(reader->flags & TAKES_HEADER)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "a %s file has no header row",
                       reader->extension);
    }
    if (opt->decimal && opt->decimal != '.' && opt->decimal != ',') {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "decimal mark '%c' must be '.' or ','",
                       opt->decimal);
    }
    return TQ_OK;
}

/* A path taken apart: "trials.xlsx#Pain" is sheet Pain of trials.xlsx. */
struct place {
    char *file; /* owned */
    const struct reader *reader;
    tq_sheet_options opt;
};

/* '#' is part of the name where the file has no sheets, or where one of that whole name exists. */
static tq_status find_place(const char *path, const tq_sheet_options *opt, int on_disk,
                            struct place *out, tq_error *err)
{
    static const tq_sheet_options defaults = {0};
    const char *const hash = strrchr(path, '#');
    const size_t before = hash ? (size_t)(hash - path) : 0;
    const int named = hash && (reader_of(path, before)->flags & TAKES_SHEET) &&
                      !(on_disk && access(path, F_OK) == 0);
    const size_t n = named ? before : strlen(path);

    *out = (struct place){
        .file = malloc(n + 1), .reader = reader_of(path, n), .opt = opt ? *opt : defaults};
    if (!out->file) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    memcpy(out->file, path, n);
    out->file[n] = '\0';
    if (named && !out->opt.sheet && hash[1]) {
        out->opt.sheet = hash + 1;
    }
    return check_options(out->reader, &out->opt, err);
}

static tq_status in_file(tq_status status, const char *file, tq_error *err)
{
    if (status != TQ_OK && err && err->file[0] == '\0') {
        tq_copy_text(err->file, sizeof err->file, file);
    }
    return status;
}

tq_status tq_sheet_parse(const char *bytes, size_t size, const char *path,
                         const tq_sheet_options *opt, tq_table **out, tq_error *err)
{
    struct place place;
    tq_status status = find_place(path, opt, 0, &place, err);

    status = status == TQ_OK ? place.reader->read(bytes, size, place.file, &place.opt, out, err)
                             : status;
    status = in_file(status, place.file ? place.file : path, err);
    free(place.file);
    return status;
}

static tq_status read_place(const struct place *place, tq_table **out, tq_error *err)
{
    struct bytes b = {0};

    if (place->reader->flags & IS_TEXT) {
        const tq_csv_options csv = csv_options(&place->opt);

        return tq_csv_read(place->file, &csv, out, err);
    }
    tq_status status = bytes_read_binary(place->file, &b, err);

    status = status == TQ_OK
                 ? place->reader->read(b.data, b.size, place->file, &place->opt, out, err)
                 : status;
    free(b.data);
    return status;
}

tq_status tq_sheet_read(const char *path, const tq_sheet_options *opt, tq_table **out,
                        tq_error *err)
{
    struct place place;
    tq_status status = find_place(path, opt, 1, &place, err);

    status = status == TQ_OK ? read_place(&place, out, err) : status;
    status = in_file(status, place.file ? place.file : path, err);
    free(place.file);
    return status;
}
