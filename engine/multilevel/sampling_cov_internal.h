/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sampling_cov_internal.h  What the makers of sampling covariances share. */
#ifndef TQ_MULTILEVEL_SAMPLING_COV_INTERNAL_H
#define TQ_MULTILEVEL_SAMPLING_COV_INTERNAL_H

#include "multilevel/sampling_cov.h"

/* A matrix of a block for each cluster, rows in increasing order; NULL: memory is short. */
tq_block_matrix *sampling_by_cluster(size_t k, const size_t *cluster, size_t n_clusters);

/* Put spec->given into V, whose blocks are the clusters. */
tq_status sampling_put_given(const tq_sampling_spec *spec, size_t k, tq_block_matrix *V,
                             tq_error *err);

#endif
