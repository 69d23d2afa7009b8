/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Libraries that are loaded when first needed, by dlopen(). */
#include "core/on_demand.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* Never unloaded: GLib registers types that must outlive every user. */
static tq_status load(const tq_on_demand *library, tq_error *err)
{
    void *const handle = dlopen(library->soname, RTLD_LAZY | RTLD_LOCAL);
    size_t found = 0;

    while (handle && found < library->n) {
        void *const address = dlsym(handle, library->names[found]);

        if (!address) {
            break;
        }
        /* POSIX gives pointers to functions the form of pointers to objects; C cannot cast them. */
        memcpy((char *)library->api + found * sizeof address, &address, sizeof address);
        found++;
    }
    if (handle && found == library->n) {
        return TQ_OK;
    }
    const char *const why = dlerror();

    return tq_fail(err, library->failure, TQ_NO_ROW, NULL, "%s need the Debian package %s: %s",
                   library->purpose, library->package, why ? why : library->soname);
}

tq_status tq_on_demand_load(tq_on_demand *library, tq_error *err)
{
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    tq_status status = TQ_OK;

    pthread_mutex_lock(&one_at_a_time);
    if (!library->ready) {
        status = load(library, err);
        library->ready = status == TQ_OK;
    }
    pthread_mutex_unlock(&one_at_a_time);
    return status;
}
