/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sparse_library_internal.h  CHOLMOD and the BLAS that it works with, loaded by the first large sparse matrix. */
#ifndef TQ_LINALG_SPARSE_LIBRARY_INTERNAL_H
#define TQ_LINALG_SPARSE_LIBRARY_INTERNAL_H

#include <cblas.h>
#include <suitesparse/cholmod.h>

#include "core/on_demand.h"

#define SPARSE_LIST(X) \
    X(cholmod_l_start) \
    X(cholmod_l_finish) \
    X(cholmod_l_allocate_sparse) \
    X(cholmod_l_free_sparse) \
    X(cholmod_l_free_factor) \
    X(cholmod_l_free_dense) \
    X(cholmod_l_analyze) \
    X(cholmod_l_factorize) \
    X(cholmod_l_solve2) \
    X(cblas_dsymm) \
    X(cblas_dgemm) \
    X(cblas_dtrsm)

typedef struct {
    SPARSE_LIST(TQ_ON_DEMAND_POINTER)
} sparse_api;

/** NULL, with err filled, where it is not installed. Safe from any thread. */
const sparse_api *sparse_load(tq_error *err);

#endif
