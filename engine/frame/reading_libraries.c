/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where libzip, ReadStat and libyaml come from. */
#include "frame/reading_libraries_internal.h"

static zip_api zip;
static readstat_api readstat;
static yaml_api yaml;
static const char *const zip_names[] = {ZIP_LIST(TQ_ON_DEMAND_NAME)};
static const char *const readstat_names[] = {READSTAT_LIST(TQ_ON_DEMAND_NAME)};
static const char *const yaml_names[] = {YAML_LIST(TQ_ON_DEMAND_NAME)};

_Static_assert(sizeof zip == sizeof zip_names, "a name per function");
_Static_assert(sizeof readstat == sizeof readstat_names, "a name per function");
_Static_assert(sizeof yaml == sizeof yaml_names, "a name per function");

#define ZIP_LIBRARY(file, debian) \
    { \
        .purpose = "workbooks and archives", .soname = file, .package = debian, \
        .failure = TQ_EREAD, .names = zip_names, .n = sizeof zip_names / sizeof *zip_names, \
        .api = &zip \
    }

/* Both have the functions above with the same structs; systems carry one or the other. */
static tq_on_demand zip_libraries[] = {ZIP_LIBRARY("libzip.so.5", "libzip5"),
                                       ZIP_LIBRARY("libzip.so.4", "libzip4")};
#undef ZIP_LIBRARY

static tq_on_demand readstat_library = {.purpose = "files of Stata, SPSS and SAS",
                                        .soname = "libreadstat.so.1",
                                        .package = "libreadstat1",
                                        .failure = TQ_EREAD,
                                        .names = readstat_names,
                                        .n = sizeof readstat_names / sizeof *readstat_names,
                                        .api = &readstat};

static tq_on_demand yaml_library = {.purpose = "plans and published cases",
                                    .soname = "libyaml-0.so.2",
                                    .package = "libyaml-0-2",
                                    .failure = TQ_EREAD,
                                    .names = yaml_names,
                                    .n = sizeof yaml_names / sizeof *yaml_names,
                                    .api = &yaml};

const zip_api *zip_library_load(tq_error *err)
{
    for (size_t i = 0; i < sizeof zip_libraries / sizeof *zip_libraries; i++) {
        if (tq_on_demand_load(&zip_libraries[i], err) == TQ_OK) {
            return &zip;
        }
    }
    return NULL;
}

const readstat_api *readstat_library_load(tq_error *err)
{
    return tq_on_demand_load(&readstat_library, err) == TQ_OK ? &readstat : NULL;
}

const yaml_api *yaml_library_load(tq_error *err)
{
    return tq_on_demand_load(&yaml_library, err) == TQ_OK ? &yaml : NULL;
}
