/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file aggregation.h  The effects of a sheet, those of each cluster combined into one. */
#ifndef TQ_REPORT_DEPENDENT_AGGREGATION_H
#define TQ_REPORT_DEPENDENT_AGGREGATION_H

#include "frame/sheet_covariance.h"
#include "report/view.h"

/** What becomes of a column of the sheet where the rows of a cluster differ. */
typedef struct {
    const char *const *sum; /* [n_sum] columns that are added up */
    size_t n_sum;
    const char *const *max; /* [n_max] columns of which the largest is taken */
    size_t n_max;
} tq_aggregation_columns;

/** A cluster. */
typedef struct {
    const char *label;
    size_t n;                         /* effects */
    const size_t *at;                 /* [n] their places in data->used */
    double yi, vi, sei, ci_lb, ci_ub; /* 95% limits, as of effects alone */
    double least_weight;              /* of its effects; they add up to 1 */
} tq_cluster_effect;

typedef struct {
    const tq_dataset *data;  /* borrowed */
    tq_covariance_wish wish; /* as asked; pointers in it are not kept */
    int weighted;
    const char *by;          /* header of the column of clusters */
    const char *description; /* of V */
    size_t n;
    tq_cluster_effect *cluster; /* [n] in order of appearance */
    double *weight;             /* [data->k] of each effect in that of its cluster */
    size_t n_columns;           /* of the CSV before the effects */
    const char **column;        /* [n_columns] header */
    const char ***cell;         /* [n_columns][n] */
    const char **warning;       /* [n_warnings] */
    size_t n_warnings;
    tq_arena *arena;
} tq_aggregation;

/**
 * Combine the effects of each cluster: tq_aggregate() over tq_sheet_covariance_of().
 *
 * Columns of the sheet come along, but for those that effects were computed from: a value on which the rows
 * of a cluster agree as it is, numbers as their mean, different texts one after the other ("VAS; WOMAC").
 *
 * @param[in]  first  As for tq_sheet_covariance_of(). wish->cluster must be given.
 * @param[out] out    To be freed with tq_aggregation_free(); the dataset must outlive it.
 * @retval TQ_EINVAL  No column of that name; else as tq_sheet_covariance_of().
 * @retval TQ_EDATA   As tq_sheet_covariance_of(); a cell of --sum or --max that is no number.
 */
TQ_API tq_status tq_aggregation_of(const tq_dataset *data, const tq_covariance_wish *wish,
                                   size_t first, int weighted,
                                   const tq_aggregation_columns *columns, tq_aggregation **out,
                                   tq_error *err);
TQ_API void tq_aggregation_free(tq_aggregation *a);

typedef tq_status tq_aggregation_view(const tq_aggregation *a, const tq_provenance *provenance,
                                      const tq_view_options *opt, tq_buffer *out, tq_error *err);

TQ_API tq_aggregation_view tq_aggregation_text;
TQ_API tq_aggregation_view tq_aggregation_json;
/** A sheet with a row for each cluster: its columns, then yi, vi, sei, ci_lb, ci_ub, ki; it can be pooled. */
TQ_API tq_aggregation_view tq_aggregation_csv;

#endif
