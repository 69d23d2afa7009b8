/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where CHOLMOD comes from. */
#include "linalg/sparse_library_internal.h"

#include "linalg/sparse_cholesky.h"

static sparse_api api;
static const char *const names[] = {SPARSE_LIST(TQ_ON_DEMAND_NAME)};

/* The library whose structs the header describes: 3 in Debian 12, 5 in Debian 13. */
#define TEXT_OF(x) #x
#define VERSION_OF(x) TEXT_OF(x)
#define PACKAGE "libcholmod" VERSION_OF(CHOLMOD_MAIN_VERSION)

/* Its BLAS is among its dependencies, and so found with it. */
static tq_on_demand library = {.purpose = "thousands of connected levels of crossed factors",
                               .soname = "libcholmod.so." VERSION_OF(CHOLMOD_MAIN_VERSION),
                               .package = PACKAGE,
                               .failure = TQ_EINVAL,
                               .names = names,
                               .n = sizeof names / sizeof *names,
                               .api = &api};
_Static_assert(sizeof api == sizeof names, "a name per function");

const sparse_api *sparse_load(tq_error *err)
{
    return tq_on_demand_load(&library, err) == TQ_OK ? &api : NULL;
}

const char *tq_sparse_package(void)
{
    return PACKAGE;
}
