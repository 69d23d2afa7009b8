/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file isal_internal.h  ISA-L, loaded when the first compressed file is read or written. */
#ifndef TQ_FRAME_STREAM_ISAL_INTERNAL_H
#define TQ_FRAME_STREAM_ISAL_INTERNAL_H

#include <isa-l/igzip_lib.h>

#include "core/on_demand.h"

#define ISAL_LIST(X) \
    X(isal_inflate) \
    X(isal_inflate_init) \
    X(isal_inflate_reset) \
    X(isal_inflate_stateless) \
    X(isal_deflate_stateless) \
    X(isal_deflate_stateless_init)

typedef struct {
    ISAL_LIST(TQ_ON_DEMAND_POINTER)
} isal_api;

/** NULL, with err filled, where it is not installed. Safe from any thread. */
const isal_api *isal_load(tq_error *err);

#endif
