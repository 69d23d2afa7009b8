/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which file of an archive is the sheet, and its text. */
#include "frame/archive.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buffer.h"
#include "core/names.h"
#include "frame/csv_internal.h"
#include "frame/package_internal.h"
#include "frame/table_internal.h"

/* Files of an archive that may be the sheet, in its order; names are the archive's. */
struct candidates {
    struct member {
        zip_uint64_t at;
        const char *name;
    } * member;
    size_t n;
};

static int ends_with(const char *text, const char *tail)
{
    const size_t n = strlen(text), m = strlen(tail);

    return n >= m && strcasecmp(text + n - m, tail) == 0;
}

/* Behind the folder; some programs write Windows' separator. */
static const char *base_name(const char *name)
{
    const char *base = name;

    for (; *name; name++) {
        base = *name == '/' || *name == '\\' ? name + 1 : base;
    }
    return base;
}

static int is_text(const char *name)
{
    return (ends_with(name, ".csv") || ends_with(name, ".tsv")) &&
           strncmp(name, "__MACOSX/", strlen("__MACOSX/")) != 0 &&
           strncmp(base_name(name), "._", 2) != 0;
}

static int is_data_rows(const char *name)
{
    return strcasecmp(base_name(name), "data-rows.csv") == 0 || ends_with(name, "-data-rows.csv");
}

/* Nothing is written to the disk, but an archive with such names was made for harm. */
static int leads_out(const char *name)
{
    static const char *const inside[] = {"/../", "/..\\", "\\../", "\\..\\"};

    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        if (strstr(name, inside[i]) || strncmp(name, inside[i] + 1, 3) == 0) {
            return 1;
        }
    }
    return name[0] == '/' || name[0] == '\\' || (name[0] && name[1] == ':');
}

static tq_status find_texts(const struct package *package, struct candidates *out, tq_error *err)
{
    const zip_api *const api = package->library;
    const zip_int64_t n = api->zip_get_num_entries(package->zip, 0);

    out->member = calloc(n > 0 ? (size_t)n : 1, sizeof *out->member);
    if (!out->member) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (zip_int64_t i = 0; i < n; i++) {
        zip_stat_t info;

        api->zip_stat_init(&info);
        if (api->zip_stat_index(package->zip, (zip_uint64_t)i, 0, &info) != 0 ||
            !(info.valid & ZIP_STAT_NAME)) {
            continue;
        }
        if (leads_out(info.name)) {
            return package_fail(info.name, "leads out of the archive", err);
        }
        if (is_text(info.name)) {
            out->member[out->n++] = (struct member){(zip_uint64_t)i, info.name};
        }
    }
    return out->n > 0 ? TQ_OK
                      : tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL,
                                "the archive holds no .csv or .tsv; unpack it and give the sheet");
}

/* ---- which of them ---- */

static int is_called(const struct member *m, const char *wanted)
{
    return strcasecmp(m->name, wanted) == 0 || strcasecmp(base_name(m->name), wanted) == 0;
}

/* Whether a file is among those that are meant: the one asked for; else data rows, or any. */
static int is_meant(const struct member *m, const char *wanted, int data_rows)
{
    return wanted ? is_called(m, wanted) : !data_rows || is_data_rows(m->name);
}

static const char *name_at(const void *table, size_t i)
{
    const struct candidates *const c = table;

    return i < c->n ? base_name(c->member[i].name) : NULL;
}

/* "'a.csv', 'b.csv'", of those that are meant or, where none is, of all; as many as a message holds. */
static void list_names(const struct candidates *c, const char *wanted, int data_rows, size_t meant,
                       tq_buffer *list)
{
    enum { ROOM = 150 };

    for (size_t i = 0; i < c->n; i++) {
        char shown[96];

        if (meant > 0 && !is_meant(&c->member[i], wanted, data_rows)) {
            continue;
        }
        table_shown_text(shown, sizeof shown, c->member[i].name);
        if (list->size > 0 && list->size + strlen(shown) > ROOM) {
            tq_buffer_text(list, ", ...");
            return;
        }
        tq_buffer_format(list, "%s'%s'", list->size > 0 ? ", " : "", shown);
    }
}

static void fail_choice(const struct candidates *c, const char *wanted, int data_rows, size_t meant,
                        tq_error *err)
{
    const char *const nearest = meant == 0 ? tq_nearest_name(wanted, name_at, c) : NULL;
    char shown[64], name[96];
    tq_buffer list = {0};

    list_names(c, wanted, data_rows, meant, &list);
    table_shown_text(shown, sizeof shown, wanted ? wanted : "");
    table_shown_text(name, sizeof name, nearest ? nearest : "");
    if (nearest) {
        tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no file '%s' in the archive; did you mean '%s'?",
                shown, name);
    } else if (meant == 0) {
        tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "no file '%s' in the archive, which has %s", shown,
                list.data ? list.data : "others");
    } else {
        tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                "the archive has %zu sheets; choose with --sheet among %s", meant,
                list.data ? list.data : "them");
    }
    tq_buffer_free(&list);
}

/* The file that is meant; NULL, which is TQ_EINVAL, where that is none or not plain. */
static const struct member *choose(const struct candidates *c, const char *wanted, tq_error *err)
{
    const struct member *chosen = NULL;
    size_t meant = 0;
    int data_rows = 0;

    for (size_t i = 0; i < c->n; i++) {
        data_rows |= is_data_rows(c->member[i].name);
    }
    for (size_t i = 0; i < c->n; i++) {
        if (is_meant(&c->member[i], wanted, data_rows)) {
            chosen = &c->member[i];
            meant++;
        }
    }
    /* A name with its folder goes before the same name in others. */
    for (size_t i = 0; wanted && meant > 1 && i < c->n; i++) {
        if (strcmp(c->member[i].name, wanted) == 0) {
            chosen = &c->member[i];
            meant = 1;
        }
    }
    if (meant != 1) {
        fail_choice(c, wanted, data_rows, meant, err);
        return NULL;
    }
    return chosen;
}

/* ---- its text ---- */

static tq_status keep(void *user, const char *block, size_t size, int last)
{
    (void)last;
    tq_buffer_append(user, block, size);
    return tq_buffer_status(user, NULL);
}

static tq_status read_member(struct package *package, const struct member *m, const char *source,
                             const tq_csv_options *opt, tq_table **out, tq_error *err)
{
    tq_csv_options csv = opt ? *opt : (tq_csv_options){0};
    tq_buffer text = {0};
    tq_table *table = NULL;

    if (!csv.separator && ends_with(m->name, ".tsv")) {
        csv.separator = '\t';
    }
    tq_buffer_append(&text, "", 0); /* never NULL */
    tq_status status = package_unpack(package, m->at, m->name, keep, &text, err);

    if (status != TQ_OK || text.failed) {
        status = text.failed ? tq_buffer_status(&text, err) : status;
        tq_buffer_free(&text);
        return status;
    }
    status = csv_parse_owned((struct bytes){text.data, text.size}, source, &csv, &table, err);
    if (status == TQ_OK) {
        table->sheet = strdup(m->name);
        if (!table->sheet) {
            tq_table_free(table);
            return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
        }
        *out = table;
    }
    return status;
}

tq_status tq_archive_parse(const char *bytes, size_t size, const char *source, const char *sheet,
                           const tq_csv_options *opt, tq_table **out, tq_error *err)
{
    struct package package;
    struct candidates candidates = {0};
    tq_status status =
        package_open(bytes, size, "an archive", "no .zip archive, or a damaged one", &package, err);

    status = status == TQ_OK ? find_texts(&package, &candidates, err) : status;
    if (status == TQ_OK) {
        const struct member *const chosen = choose(&candidates, sheet, err);

        status = chosen ? read_member(&package, chosen, source, opt, out, err) : TQ_EINVAL;
    }
    if (status == TQ_OK) {
        tq_sha256_hex(bytes, size, (*out)->sha256); /* of the file as it is stored */
    } else if (err) {
        tq_copy_text(err->file, sizeof err->file, source);
    }
    free(candidates.member);
    package_close(&package);
    return status;
}
