/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where Cairo and Pango come from. */
#include "report/figure/drawing_internal.h"

static drawing_api api;
static const char *const names[] = {DRAWING_LIST(TQ_ON_DEMAND_NAME)};

/* PangoCairo shows Cairo's, Pango's and GObject's types in its interface, and so brings them all. */
static tq_on_demand library = {.purpose = "figures",
                               .soname = "libpangocairo-1.0.so.0",
                               .package = "libpangocairo-1.0-0",
                               .failure = TQ_EWRITE,
                               .names = names,
                               .n = sizeof names / sizeof *names,
                               .api = &api};
_Static_assert(sizeof api == sizeof names, "a name per function");

const drawing_api *drawing_load(tq_error *err)
{
    return tq_on_demand_load(&library, err) == TQ_OK ? &api : NULL;
}
