/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file on_demand.h  Libraries that are loaded when first needed: a run without them starts sooner. */
#ifndef TQ_CORE_ON_DEMAND_H
#define TQ_CORE_ON_DEMAND_H

#include <stddef.h>

#include "core/status.h"

/**
 * A family of functions is one list, X(cairo_create) X(cairo_fill) ...; the two macros below turn
 * it into a struct of pointers that has the types of the library's header, and into their names:
 *
 *     typedef struct { DRAWING_LIST(TQ_ON_DEMAND_POINTER) } drawing_api;
 *     static const char *const names[] = {DRAWING_LIST(TQ_ON_DEMAND_NAME)};
 */
#define TQ_ON_DEMAND_POINTER(function) __typeof__(function) *function;
#define TQ_ON_DEMAND_NAME(function) #function,

/** A library and what is wanted of it; static, one per family. */
typedef struct {
    const char *purpose;      /* who needs it, for messages: "figures need ..." */
    const char *soname;       /* "libcairo.so.2"; its dependencies are searched too */
    const char *package;      /* Debian's */
    tq_status failure;        /* what it means when it is missing */
    const char *const *names; /* [n] */
    size_t n;
    void *api; /* the struct of n pointers, in the order of the names */
    int ready; /* the pointers are set; starts as 0 */
} tq_on_demand;

/**
 * Load the library and set its pointers, the first time; the library stays loaded.
 * @retval library->failure  It, or one of its functions, is missing; a later call tries again.
 * Safe from any thread.
 */
tq_status tq_on_demand_load(tq_on_demand *library, tq_error *err);

#endif
