/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file sheet_covariance.h  The sampling covariance of the effects of a sheet. */
#ifndef TQ_FRAME_SHEET_COVARIANCE_H
#define TQ_FRAME_SHEET_COVARIANCE_H

#include "frame/dataset.h"
#include "multilevel/sampling_cov.h"

/** Which columns and values say how the errors of effects correlate. Texts are borrowed; NULL and NaN: not
    given. Start from tq_covariance_wish_none(). */
typedef struct {
    const char *cluster;           /* effects of two clusters are independent */
    const char *cluster_option;    /* that names it, for messages: "v-cluster" */
    const char *obs, *type, *time; /* outcome, type of outcome, time */
    const char *group1,
        *group2;                /* what is compared: equal texts in a cluster are the same people */
    const char *se1, *se2;      /* standard errors of the groups, in place of sizes */
    const char *size1, *size2;  /* sizes; NULL: the inputs n1i and n2i where read, else equal */
    tq_cov_structure structure; /* TQ_COV_COUNT (default): by what else is given */
    double rho, rho_type, phi;
    int shared; /* 1: rows that share a control arm get the covariance it makes (shared_control.h) */
    const char *const *columns; /* [n_columns] the rows of V */
    size_t n_columns;
    const tq_table *matrix;   /* V: a square matrix of the sheet's rows, or columns row, col, v */
    const tq_table *reported; /* columns obs1, obs2, r, and cluster where they differ by it */
    int nearest; /* 1: blocks that are not positive definite are replaced by the nearest; a note says so */
} tq_covariance_wish;

TQ_API tq_covariance_wish tq_covariance_wish_none(void);

/** Whether anything is asked for that makes V differ from diag(vi). */
TQ_API int tq_covariance_asked(const tq_covariance_wish *wish);

/** Whether what is asked for is complete and does not contradict itself, before any sheet is read.
    @retval TQ_EINVAL */
TQ_API tq_status tq_covariance_wish_check(const tq_covariance_wish *wish, tq_error *err);

enum { TQ_COVARIANCE_KEYS = 10 };

/** The columns that a dataset must be read with; how many. */
TQ_API size_t tq_covariance_keys(const tq_covariance_wish *wish, tq_key out[TQ_COVARIANCE_KEYS]);

/**
 * The diagonal of V where it is given itself, by columns or a file: the sampling variances of all rows of a sheet,
 * for tq_dataset_spec.own_vi.
 * @param[out] vi  [rows of the table] in the arena, NaN where a cell is empty; NULL: V is not given so.
 * @retval TQ_EINVAL  A column that does not exist; a matrix of another size. @retval TQ_EDATA  Cells that are no
 *         numbers. @retval TQ_ENOMEM
 */
TQ_API tq_status tq_covariance_diagonal(const tq_table *table, const tq_covariance_wish *wish,
                                        tq_arena *arena, const double **vi, tq_error *err);

/** V of the rows that are used, and how it came about. */
typedef struct {
    tq_block_matrix *V;      /* to be freed with tq_block_matrix_free() */
    size_t *cluster;         /* [k] number of each row's cluster, in order of appearance */
    size_t n_clusters;       /* 0 and NULL without a column of clusters */
    const char *const *name; /* [n_clusters] */
    const char *description; /* "CS*CAR within study: rho = 0.6, phi = 0.9 by months" */
    const char **note;       /* [n_notes] blocks that were replaced */
    size_t n_notes;
} tq_sheet_covariance;

/**
 * V of data->used, positive definite.
 *
 * @param[in]  first  Index in data->key of the first of the keys of tq_covariance_keys().
 * @param[in]  arena  Holds all of *out but V.
 * @retval TQ_EINVAL  As tq_covariance_wish_check(); a column that does not exist.
 * @retval TQ_EDATA   Values out of range; a block that is not positive definite (located; the message names
 *                    the cluster).
 * @retval TQ_ENOMEM, TQ_ENOCONV
 */
TQ_API tq_status tq_sheet_covariance_of(const tq_dataset *data, const tq_covariance_wish *wish,
                                        size_t first, tq_arena *arena, tq_sheet_covariance *out,
                                        tq_error *err);

/**
 * The covariances of rows that share a control arm (data->block), in the order of data->used.
 * @param[out] pair  Rows by their place in data->used, i < j; NaN where a value lacks that the formula needs.
 * @retval TQ_EINVAL  The measure has no formula.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_shared_control_pairs(const tq_dataset *data, tq_arena *arena,
                                         const tq_given_covariance **pair, size_t *n,
                                         tq_error *err);

#endif
