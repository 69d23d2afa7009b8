/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether covariance matrices are positive definite, what is wrong where not, and the nearest that are. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/eigen.h"
#include "multilevel/sampling_cov.h"

/* Correlations with smaller eigenvalues give weights that are rounding alone. */
static const double LEAST = 1e-9;
enum { MAX_ITER = 1000 };

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* R := the correlations of V[n x n]; the place of a variance that is not > 0, n where all are. */
static size_t to_correlations(size_t n, const double *V, double *R)
{
    for (size_t i = 0; i < n; i++) {
        if (!(V[i + i * n] > 0.0 && isfinite(V[i + i * n]))) {
            return i;
        }
    }
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) {
            R[i + j * n] = V[i + j * n] / (sqrt(V[i + i * n]) * sqrt(V[j + j * n]));
        }
    }
    return n;
}

/* Whether the Cholesky factor of R[n x n] - LEAST I exists; R is overwritten. */
static int is_positive(size_t n, double *R)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i <= j; i++) {
            double sum = R[i + j * n] - (i == j ? LEAST : 0.0);

            for (size_t c = 0; c < i; c++) {
                sum -= R[c + i * n] * R[c + j * n];
            }
            if (i == j && !(sum > 0.0)) {
                return 0;
            }
            R[i + j * n] = i == j ? sqrt(sum) : sum / R[i + i * n];
        }
    }
    return 1;
}

/* ---- what is wrong ---- */

static double smallest(size_t n, const double *d)
{
    double least = d[0];

    for (size_t i = 1; i < n; i++) {
        least = fmin(least, d[i]);
    }
    return least;
}

/* Whether all correlations are one and the same. */
static int is_even(size_t n, const double *R)
{
    for (size_t j = 1; j < n; j++) {
        for (size_t i = 0; i < j; i++) {
            if (fabs(R[i + j * n] - R[n]) > 1e-12) {
                return 0;
            }
        }
    }
    return 1;
}

/* The pair with the largest correlation in size. */
static double strongest(size_t n, const double *R, size_t *a, size_t *b)
{
    double most = -1.0;

    for (size_t j = 1; j < n; j++) {
        for (size_t i = 0; i < j; i++) {
            if (!(fabs(R[i + j * n]) <= most)) {
                most = fabs(R[i + j * n]);
                *a = i;
                *b = j;
            }
        }
    }
    return R[*a + *b * n];
}

static tq_status refuse(const tq_block_matrix *V, size_t block, const char *const *name, double *R,
                        double *Q, double *d, tq_error *err)
{
    const size_t n = V->start[block + 1] - V->start[block];
    const size_t *row = V->row + V->start[block];
    const double *value = V->value + V->at[block];
    char cluster[72];
    size_t a = 0, b = 0;

    snprintf(cluster, sizeof cluster, name ? "'%.60s'" : "%.0s%zu", name ? name[row[0]] : "",
             block + 1);
    const size_t bad = to_correlations(n, value, R);

    if (bad < n) {
        return tq_fail(err, TQ_EDATA, row[bad], NULL, "cluster %s: variance %g must be > 0",
                       cluster, value[bad + bad * n]);
    }
    const double r = strongest(n, R, &a, &b);

    if (!(fabs(r) < 1.0 - LEAST)) {
        return tq_fail(err, TQ_EDATA, row[b], NULL,
                       "cluster %s: its effects %zu and %zu have correlation %.6g, which must be "
                       "between -1 and 1; say what tells them apart (outcome, time, groups)",
                       cluster, a + 1, b + 1, r);
    }
    const int even = is_even(n, R);

    tq_eigen_symmetric(n, R, Q, d);
    if (even && r < 0.0) {
        return tq_fail(err, TQ_EDATA, row[0], NULL,
                       "cluster %s: %zu effects cannot all have correlation %.6g; it must be above "
                       "%.6g",
                       cluster, n, r, -1.0 / ((double)n - 1.0));
    }
    return tq_fail(err, TQ_EDATA, row[b], NULL,
                   "cluster %s: the covariance matrix of its %zu effects is not positive definite "
                   "(smallest eigenvalue of the correlations %.3g); the largest correlation is "
                   "%.4g, of effects %zu and %zu",
                   cluster, n, smallest(n, d), r, a + 1, b + 1);
}

static size_t largest_block(const tq_block_matrix *V)
{
    size_t n = 1;

    for (size_t b = 0; b < V->n_blocks; b++) {
        const size_t rows = V->start[b + 1] - V->start[b];

        n = rows > n ? rows : n;
    }
    return n;
}

/* Room for `matrices` matrices and a vector of the largest block. */
static double *room_for(const tq_block_matrix *V, size_t matrices, size_t *square)
{
    const size_t n = largest_block(V);

    *square = n * n; /* the matrix itself has as many numbers, so this does not overflow */
    return calloc((matrices + 3) * n + 4, n * sizeof(double));
}

tq_status tq_covariance_check(const tq_block_matrix *V, const char *const *name, tq_error *err)
{
    size_t square;
    double *R = room_for(V, 3, &square);
    tq_status status = R ? TQ_OK : no_memory(err);

    for (size_t b = 0; status == TQ_OK && b < V->n_blocks; b++) {
        const size_t n = V->start[b + 1] - V->start[b];

        if (to_correlations(n, V->value + V->at[b], R) < n || !is_positive(n, R)) {
            status = refuse(V, b, name, R, R + square, R + 2 * square, err);
        }
    }
    free(R);
    return status;
}

/* ---- the nearest ---- */

typedef struct {
    double *start, *X, *S, *Y, *Q, *d; /* R as it was, iterates of the algorithm, scratch */
    double least;
} nearest_work;

/* X := the projection of Y - S onto matrices with eigenvalues >= w->least; S := X - (Y - S). */
static void project(size_t n, nearest_work *w)
{
    for (size_t i = 0; i < n * n; i++) {
        w->S[i] = w->Y[i] - w->S[i]; /* what is projected */
        w->X[i] = w->S[i];
    }
    tq_eigen_symmetric(n, w->X, w->Q, w->d);
    memset(w->X, 0, n * n * sizeof *w->X);
    for (size_t c = 0; c < n; c++) {
        const double *q = w->Q + c * n, d = fmax(w->d[c], w->least);

        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i < n; i++) {
                w->X[i + j * n] += d * q[i] * q[j];
            }
        }
    }
    for (size_t i = 0; i < n * n; i++) {
        w->S[i] = w->X[i] - w->S[i];
    }
}

/* Y := X with ones on its diagonal; the largest difference between them. */
static double set_diagonal(size_t n, nearest_work *w)
{
    double most = 0.0;

    memcpy(w->Y, w->X, n * n * sizeof *w->Y);
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs(w->Y[i + i * n] - 1.0));
        w->Y[i + i * n] = 1.0;
    }
    return most;
}

static tq_status nearest(size_t n, double *V, nearest_work *w, tq_nearest_change *change,
                         tq_error *err)
{
    double moved = 1.0;

    to_correlations(n, V, w->Y);
    memcpy(w->start, w->Y, n * n * sizeof *w->start);
    memset(w->S, 0, n * n * sizeof *w->S);
    for (int iter = 0; iter < MAX_ITER && moved > 1e-9; iter++) {
        project(n, w);
        if (iter == 0) {
            change->lowest = smallest(n, w->d);
        }
        moved = set_diagonal(n, w);
    }
    if (moved > 1e-9) {
        return tq_fail(err, TQ_ENOCONV, change->row, NULL,
                       "no positive definite matrix was found in %d steps", MAX_ITER);
    }
    change->largest = 0.0;
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) {
            const double r = 0.5 * (w->Y[i + j * n] + w->Y[j + i * n]);

            change->largest = fmax(change->largest, fabs(r - w->start[i + j * n]));
            if (i != j) {
                V[i + j * n] = r * sqrt(V[i + i * n]) * sqrt(V[j + j * n]);
            }
        }
    }
    return TQ_OK;
}

tq_status tq_covariance_nearest(tq_block_matrix *V, double least, tq_nearest_change *change,
                                size_t *n, tq_error *err)
{
    size_t square;
    double *room = room_for(V, 6, &square);
    nearest_work w = {room,
                      room + (room ? square : 0),
                      room + (room ? 2 * square : 0),
                      room + (room ? 3 * square : 0),
                      room + (room ? 4 * square : 0),
                      room + (room ? 5 * square : 0),
                      least};
    tq_status status = room ? TQ_OK : no_memory(err);

    if (status == TQ_OK && !(least > LEAST && least < 1.0)) {
        status = tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "smallest eigenvalue %g must be in (%g, 1)", least, LEAST);
    }

    *n = 0;
    for (size_t b = 0; status == TQ_OK && b < V->n_blocks; b++) {
        const size_t rows = V->start[b + 1] - V->start[b];
        double *value = V->value + V->at[b];
        const size_t bad = to_correlations(rows, value, w.X);

        if (bad < rows) {
            status = tq_fail(err, TQ_EDATA, V->row[V->start[b] + bad], NULL,
                             "variance %g must be > 0", value[bad + bad * rows]);
        } else if (!is_positive(rows, w.X)) {
            change[*n].row = V->row[V->start[b]];
            status = nearest(rows, value, &w, &change[*n], err);
            *n += status == TQ_OK;
        }
    }
    free(room);
    return status;
}
