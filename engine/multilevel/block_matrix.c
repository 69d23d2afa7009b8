/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Block-diagonal matrices: their memory. */
#include "multilevel/block_matrix.h"

#include <stdint.h>
#include <stdlib.h>

/* Sizes of rows and values; 0 where they overflow. */
static int measure(size_t n_blocks, const size_t *size, size_t *rows, size_t *values)
{
    *rows = *values = 0;
    for (size_t b = 0; b < n_blocks; b++) {
        const size_t n = size ? size[b] : 1;

        if (n == 0 || n > SIZE_MAX / n || *values > SIZE_MAX / sizeof(double) - n * n) {
            return 0;
        }
        *rows += n;
        *values += n * n;
    }
    return n_blocks < SIZE_MAX / sizeof(size_t);
}

static tq_block_matrix *make(size_t n_blocks, const size_t *size)
{
    size_t rows, values;
    tq_block_matrix *m = measure(n_blocks, size, &rows, &values) ? calloc(1, sizeof *m) : NULL;

    if (!m) {
        return NULL;
    }
    m->k = rows;
    m->n_blocks = n_blocks;
    m->start = calloc(n_blocks + 1, sizeof *m->start);
    m->at = calloc(n_blocks + 1, sizeof *m->at);
    m->row = calloc(rows + 1, sizeof *m->row);
    m->value = calloc(values + 1, sizeof *m->value);
    if (!m->start || !m->at || !m->row || !m->value) {
        tq_block_matrix_free(m);
        return NULL;
    }
    for (size_t b = 0; b < n_blocks; b++) {
        const size_t n = size ? size[b] : 1;

        m->start[b + 1] = m->start[b] + n;
        m->at[b + 1] = m->at[b] + n * n;
    }
    for (size_t i = 0; i < rows; i++) {
        m->row[i] = i;
    }
    return m;
}

tq_block_matrix *tq_block_matrix_new(size_t n_blocks, const size_t *size)
{
    return make(n_blocks, size);
}

tq_block_matrix *tq_block_matrix_diagonal(size_t k, const double *v)
{
    tq_block_matrix *m = make(k, NULL);

    for (size_t i = 0; m && i < k; i++) {
        m->value[i] = v[i];
    }
    return m;
}

void tq_block_matrix_free(tq_block_matrix *m)
{
    if (m) {
        free(m->start);
        free(m->at);
        free(m->row);
        free(m->value);
        free(m);
    }
}
