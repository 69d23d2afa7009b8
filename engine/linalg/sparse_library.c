/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where CHOLMOD comes from. */
#include "linalg/sparse_library_internal.h"

static sparse_api api;
static const char *const names[] = {SPARSE_LIST(TQ_ON_DEMAND_NAME)};

/* Its BLAS is among its dependencies, and so found with it. */
static tq_on_demand library = {.purpose = "thousands of connected levels of crossed factors",
                               .soname = "libcholmod.so.3",
                               .package = "libcholmod3",
                               .failure = TQ_EINVAL,
                               .names = names,
                               .n = sizeof names / sizeof *names,
                               .api = &api};
_Static_assert(sizeof api == sizeof names, "a name per function");

const sparse_api *sparse_load(tq_error *err)
{
    return tq_on_demand_load(&library, err) == TQ_OK ? &api : NULL;
}
