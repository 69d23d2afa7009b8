/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where ISA-L comes from. */
#include "frame/stream/isal_internal.h"

static isal_api api;
static const char *const names[] = {ISAL_LIST(TQ_ON_DEMAND_NAME)};

_Static_assert(sizeof api == sizeof names, "a name per function");

static tq_on_demand library = {.purpose = "streams of compressed text",
                               .soname = "libisal.so.2",
                               .package = "libisal2",
                               .failure = TQ_EREAD,
                               .names = names,
                               .n = sizeof names / sizeof *names,
                               .api = &api};

const isal_api *isal_load(tq_error *err)
{
    return tq_on_demand_load(&library, err) == TQ_OK ? &api : NULL;
}
