/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Least squares, or the mean, within each block of dependent effects. */
#include "multilevel/aggregate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"

/* w[n] := weights that add up to 1; *v := w'V w. V is overwritten. */
static tq_status weights_of(size_t n, double *V, int weighted, double *w, double *v, tq_error *err)
{
    double total = 0.0, logdet;

    if (!weighted) {
        for (size_t i = 0; i < n * n; i++) {
            total += V[i];
        }
        for (size_t i = 0; i < n; i++) {
            w[i] = 1.0 / (double)n;
        }
        *v = total / (double)n / (double)n;
        return TQ_OK;
    }
    if (tq_invert_spd(n, V, &logdet, NULL) != TQ_OK) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "the covariance matrix of its cluster is not positive definite");
    }
    for (size_t j = 0; j < n; j++) {
        w[j] = 0.0;
        for (size_t i = 0; i < n; i++) {
            w[j] += V[i + j * n];
        }
        total += w[j];
    }
    for (size_t j = 0; j < n; j++) {
        w[j] /= total;
    }
    *v = 1.0 / total;
    return TQ_OK;
}

/* Weights are fractions of precisions: scaled, so that variances of any size invert. */
static double scale_down(size_t n, const double *V, double *out)
{
    double scale = V[0];

    for (size_t i = 1; i < n; i++) {
        scale = fmin(scale, V[i + i * n]);
    }
    for (size_t i = 0; i < n * n; i++) {
        out[i] = V[i] / scale;
    }
    return scale;
}

tq_status tq_aggregate(const tq_block_matrix *V, const double *yi, int weighted, double *yi_out,
                       double *vi_out, double *weight, tq_error *err)
{
    size_t most = 1;
    tq_status status = TQ_OK;

    for (size_t b = 0; b < V->n_blocks; b++) {
        const size_t n = V->start[b + 1] - V->start[b];

        most = n > most ? n : most;
    }
    double *room = calloc(most + 1, most * sizeof *room);

    if (!room) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t b = 0; status == TQ_OK && b < V->n_blocks; b++) {
        const size_t n = V->start[b + 1] - V->start[b], *row = V->row + V->start[b];
        double *block = room + most, *w = room;
        const double scale = scale_down(n, V->value + V->at[b], block);

        status = weights_of(n, block, weighted, w, &vi_out[b], err);
        if (status != TQ_OK && err) {
            err->row = row[0];
        }
        vi_out[b] *= scale;
        yi_out[b] = 0.0;
        for (size_t i = 0; i < n; i++) { /* differences from the first: equal effects stay equal */
            yi_out[b] += w[i] * (yi[row[i]] - yi[row[0]]);
            if (weight) {
                weight[row[i]] = w[i];
            }
        }
        yi_out[b] += yi[row[0]];
    }
    free(room);
    return status;
}
