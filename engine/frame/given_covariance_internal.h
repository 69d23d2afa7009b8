/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file given_covariance_internal.h  Covariances and correlations that stand in sheets. */
#ifndef TQ_FRAME_GIVEN_COVARIANCE_INTERNAL_H
#define TQ_FRAME_GIVEN_COVARIANCE_INTERNAL_H

#include "frame/sheet_covariance.h"

/* The variances of the used rows, into the arena. */
tq_status given_variances(const tq_dataset *data, tq_arena *arena, const double **vi,
                          tq_error *err);
/* V from its rows in columns of the sheet; the column of clusters is called `by`. */
tq_status given_columns(const tq_dataset *data, const tq_covariance_wish *wish, const char *by,
                        tq_sheet_covariance *out, tq_arena *arena, tq_error *err);
/* V from another sheet: square, or row, col, v. */
tq_status given_matrix(const tq_dataset *data, const tq_table *matrix, tq_arena *arena,
                       tq_block_matrix **out, tq_error *err);
/* Reported correlations into *spec; those of outcomes and clusters that the data do not have are left
   out. */
tq_status given_reported(const tq_table *table, const char *const *obs, size_t n_obs,
                         const char *const *cluster, size_t n_clusters, tq_arena *arena,
                         tq_sampling_spec *spec, tq_error *err);

#endif
