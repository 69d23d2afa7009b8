/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where libxlsxwriter comes from. */
#include "report/workbook/workbook_library_internal.h"

static wb_library api;
static const char *const names[] = {WB_LIBRARY_LIST(TQ_ON_DEMAND_NAME)};

/* Its structs are read here: the number of its interface has to be that of the header. */
static tq_on_demand library = {.purpose = "workbooks",
                               .soname = "libxlsxwriter.so." LXW_SOVERSION,
                               .package = "libxlsxwriter" LXW_SOVERSION,
                               .failure = TQ_EWRITE,
                               .names = names,
                               .n = sizeof names / sizeof *names,
                               .api = &api};
_Static_assert(sizeof api == sizeof names, "a name per function");

const wb_library *wb_library_load(tq_error *err)
{
    return tq_on_demand_load(&library, err) == TQ_OK ? &api : NULL;
}
