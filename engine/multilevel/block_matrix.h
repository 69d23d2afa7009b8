/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file block_matrix.h  Symmetric block-diagonal matrices over the rows of a sheet. */
#ifndef TQ_MULTILEVEL_BLOCK_MATRIX_H
#define TQ_MULTILEVEL_BLOCK_MATRIX_H

#include "core/status.h"

/**
 * A symmetric matrix over k rows, 0 between the blocks that the rows are divided into. The rows of a
 * block may stand anywhere. Plain data; the arrays belong to the struct.
 */
typedef struct {
    size_t k, n_blocks;
    size_t *start; /* [n_blocks + 1]: block b has the rows row[start[b]] .. row[start[b + 1] - 1] */
    size_t *row;   /* [k] each row once */
    size_t *at;    /* [n_blocks + 1]: its matrix is value + at[b], of n = start[b + 1] - start[b] */
    double *value; /* the blocks one after another, each [n x n] with both triangles */
} tq_block_matrix;

/**
 * For blocks of size[n_blocks] rows, > 0 each: start and at are filled in, row counts from 0 on, value
 * is 0. NULL when memory is short or the sizes overflow.
 */
TQ_API tq_block_matrix *tq_block_matrix_new(size_t n_blocks, const size_t *size);
/** k blocks of one row: diag(v). NULL when memory is short. */
TQ_API tq_block_matrix *tq_block_matrix_diagonal(size_t k, const double *v);
/** NULL is fine. */
TQ_API void tq_block_matrix_free(tq_block_matrix *m);

#endif
