/* SPDX-License-Identifier: GPL-3.0-or-later */
/* zip by libzip: nothing is unpacked to the disk, and no more of it than a sheet can need. */
#include "frame/package_internal.h"

#include <stdlib.h>

#include "frame/table_internal.h"

/*
 * What an archive may unpack to. Excel's own files stay below 60 times their size; a part that
 * unpacks to more than RATIO times, and not by being small, is made to fill the memory.
 */
enum { PARTS_MAX = 65536, RATIO_MAX = 250, RATIO_FROM = 1 << 26, BLOCK = 1 << 16 };
#define UNPACKED_MAX ((size_t)1 << 31)

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

tq_status package_fail(const char *name, const char *why, tq_error *err)
{
    char shown[80];

    table_shown_text(shown, sizeof shown, name);
    return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "damaged: part %s %s", shown, why);
}

tq_status package_open(const char *bytes, size_t size, const char *kind, const char *broken,
                       struct package *out, tq_error *err)
{
    const zip_api *const api = zip_library_load(err);
    zip_error_t error;

    *out = (struct package){.library = api, .budget = UNPACKED_MAX, .kind = kind};
    if (!api) {
        return TQ_EREAD;
    }
    if (size == 0) { /* to libzip an archive without parts */
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "%s", broken);
    }
    api->zip_error_init(&error);
    zip_source_t *const source = api->zip_source_buffer_create(bytes, size, 0, &error);

    out->zip = source ? api->zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (!out->zip) {
        const int memory = api->zip_error_code_zip(&error) == ZIP_ER_MEMORY;

        if (source) {
            api->zip_source_free(source);
        }
        api->zip_error_fini(&error);
        return memory ? no_memory(err) : tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "%s", broken);
    }
    api->zip_error_fini(&error);
    return api->zip_get_num_entries(out->zip, 0) <= PARTS_MAX
               ? TQ_OK
               : tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL, "more than %d parts, too many for %s",
                         PARTS_MAX, kind);
}

void package_close(struct package *package)
{
    if (package->zip) {
        package->library->zip_discard(package->zip);
    }
}

/* One more block of n bytes; 1 when that is more than the part may unpack to. */
static int is_bomb(struct package *package, size_t unpacked, size_t packed, size_t n)
{
    if (n > package->budget || (unpacked > RATIO_FROM && unpacked / RATIO_MAX > packed)) {
        return 1;
    }
    package->budget -= n;
    return 0;
}

static tq_status unpack(struct package *package, zip_file_t *file, size_t packed, const char *name,
                        package_sink *sink, void *user, tq_error *err)
{
    char *const block = malloc(BLOCK), why[64];
    size_t unpacked = 0;
    tq_status status = block ? TQ_OK : no_memory(err);

    for (zip_int64_t n = 1; n > 0 && status == TQ_OK;) {
        n = package->library->zip_fread(file, block, BLOCK);
        if (n < 0) {
            status = package_fail(name, "cannot be unpacked", err);
            break;
        }
        unpacked += (size_t)n;
        if (is_bomb(package, unpacked, packed, (size_t)n)) {
            snprintf(why, sizeof why, "unpacks to more than %s may", package->kind);
            status = package_fail(name, why, err);
            break;
        }
        status = sink(user, block, (size_t)n, n == 0);
    }
    free(block);
    return status;
}

tq_status package_unpack(struct package *package, zip_uint64_t at, const char *name,
                         package_sink *sink, void *user, tq_error *err)
{
    const zip_api *const api = package->library;
    zip_stat_t info;

    api->zip_stat_init(&info);
    if (api->zip_stat_index(package->zip, at, 0, &info) != 0 ||
        !(info.valid & ZIP_STAT_COMP_SIZE)) {
        return package_fail(name, "cannot be unpacked", err);
    }
    if ((info.valid & ZIP_STAT_ENCRYPTION_METHOD) && info.encryption_method != ZIP_EM_NONE) {
        char shown[80];

        table_shown_text(shown, sizeof shown, name);
        return tq_fail(err, TQ_EREAD, TQ_NO_ROW, NULL,
                       "part %s is encrypted; save it without a password", shown);
    }
    zip_file_t *const file = api->zip_fopen_index(package->zip, at, 0);

    if (!file) {
        return package_fail(name, "cannot be unpacked, or is packed in a way not known here", err);
    }
    const tq_status status = unpack(package, file, (size_t)info.comp_size, name, sink, user, err);

    api->zip_fclose(file);
    return status;
}
