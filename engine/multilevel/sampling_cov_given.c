/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Covariances that are given as such: by rows of V, pair by pair, in place of structured ones. */
#include "multilevel/sampling_cov_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- rows by cluster ---- */

tq_block_matrix *sampling_by_cluster(size_t k, const size_t *cluster, size_t n_clusters)
{
    size_t *size = calloc(n_clusters + 1, sizeof *size);
    tq_block_matrix *V = NULL;

    for (size_t i = 0; size && i < k; i++) {
        size[cluster[i]]++;
    }
    V = size ? tq_block_matrix_new(n_clusters, size) : NULL;
    if (V) {
        memset(size, 0, n_clusters * sizeof *size);
        for (size_t i = 0; i < k; i++) {
            V->row[V->start[cluster[i]] + size[cluster[i]]++] = i;
        }
    }
    free(size);
    return V;
}

/* ---- covariances that are given ---- */

/* place[k]: of each row in its block. NULL: memory is short. */
static size_t *places(const tq_block_matrix *V)
{
    size_t *place = calloc(V->k + 1, sizeof *place);

    for (size_t b = 0; place && b < V->n_blocks; b++) {
        for (size_t a = V->start[b]; a < V->start[b + 1]; a++) {
            place[V->row[a]] = a - V->start[b];
        }
    }
    return place;
}

static void put(tq_block_matrix *V, size_t block, const size_t *place, size_t i, size_t j, double v)
{
    const size_t n = V->start[block + 1] - V->start[block];
    double *value = V->value + V->at[block];

    value[place[i] + place[j] * n] = value[place[j] + place[i] * n] = v;
}

tq_status sampling_put_given(const tq_sampling_spec *spec, size_t k, tq_block_matrix *V,
                             tq_error *err)
{
    size_t *place = spec->n_given ? places(V) : NULL;
    tq_status status = place || spec->n_given == 0 ? TQ_OK : no_memory(err);

    for (size_t g = 0; status == TQ_OK && g < spec->n_given; g++) {
        const tq_given_covariance *c = &spec->given[g];

        if (c->i >= k || c->j >= k || spec->cluster[c->i] != spec->cluster[c->j]) {
            status = tq_fail(err, TQ_EDATA, c->i < k ? c->i : TQ_NO_ROW, NULL,
                             "its covariance with another effect is given, but they are of "
                             "different clusters");
        } else {
            put(V, spec->cluster[c->i], place, c->i, c->j, c->cov);
        }
    }
    free(place);
    return status;
}

/* ---- V by its rows ---- */

/* How printed figures may differ: a covariance that stands there twice, a variance beside vi. */
static const double TWICE = 1e-6, DIAGONAL = 1e-4;

static tq_status missing(size_t row, size_t position, tq_error *err)
{
    char name[32];

    snprintf(name, sizeof name, "V%zu", position + 1);
    return tq_fail(err, TQ_EDATA, row, name,
                   "is missing; a block of n rows needs n covariances in each");
}

static tq_status fill_rows(const double *vi, const size_t *position, const double *const *column,
                           const size_t *row, size_t n, double *V, tq_error *err)
{
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b <= a; b++) {
            const size_t i = row[a], j = row[b];
            const double v = column[position[j]][i], twin = column[position[i]][j];
            const double scale = sqrt(vi[i]) * sqrt(vi[j]);

            if (isnan(v) || isnan(twin)) {
                return isnan(v) ? missing(i, position[j], err) : missing(j, position[i], err);
            }
            if (i == j && !(fabs(v - vi[i]) <= DIAGONAL * vi[i])) {
                return tq_fail(err, TQ_EDATA, i, "vi",
                               "the covariance matrix has %g on its diagonal, and vi is %g", v,
                               vi[i]);
            }
            if (!(fabs(v - twin) <= TWICE * scale)) {
                return tq_fail(err, TQ_EDATA, i, NULL,
                               "its covariance with row %zu of its cluster stands there as %g and "
                               "as %g",
                               position[j] + 1, v, twin);
            }
            V[a + b * n] = V[b + a * n] = 0.5 * (v + twin);
        }
    }
    return TQ_OK;
}

tq_status tq_sampling_cov_rows(size_t k, const double *vi, const size_t *cluster, size_t n_clusters,
                               const size_t *position, size_t width, const double *const *column,
                               tq_block_matrix **out, tq_error *err)
{
    tq_block_matrix *V;
    tq_status status = TQ_OK;

    for (size_t i = 0; i < k; i++) {
        if (!(vi[i] > 0.0 && isfinite(vi[i]))) {
            return tq_fail(err, TQ_EDATA, i, "vi", "value '%g' must be > 0", vi[i]);
        }
        if (position[i] >= width) {
            return tq_fail(
                err, TQ_EDATA, i, NULL,
                "is row %zu of its cluster, but only %zu columns of covariances are given",
                position[i] + 1, width);
        }
    }
    V = sampling_by_cluster(k, cluster, n_clusters);
    if (!V) {
        return no_memory(err);
    }
    for (size_t b = 0; status == TQ_OK && b < V->n_blocks; b++) {
        status = fill_rows(vi, position, column, V->row + V->start[b],
                           V->start[b + 1] - V->start[b], V->value + V->at[b], err);
    }
    if (status != TQ_OK) {
        tq_block_matrix_free(V);
        return status;
    }
    *out = V;
    return TQ_OK;
}

/* ---- V pair by pair ---- */

static size_t root_of(size_t *parent, size_t i)
{
    while (parent[i] != i) {
        i = parent[i] = parent[parent[i]];
    }
    return i;
}

/* Number the sets of rows that the pairs connect, in the order of their first rows. */
static size_t components(size_t k, const tq_given_covariance *pair, size_t n, size_t *parent,
                         size_t *number)
{
    size_t sets = 0;

    for (size_t i = 0; i < k; i++) {
        parent[i] = i;
    }
    for (size_t p = 0; p < n; p++) {
        const size_t a = root_of(parent, pair[p].i), b = root_of(parent, pair[p].j);

        parent[a > b ? a : b] = a > b ? b : a; /* the first row is the root */
    }
    for (size_t i = 0; i < k; i++) {
        const size_t r = root_of(parent, i);

        number[i] = r == i ? sets++ : number[r];
    }
    return sets;
}

tq_status tq_sampling_cov_pairs(size_t k, const double *vi, const tq_given_covariance *pair,
                                size_t n, tq_block_matrix **out, tq_error *err)
{
    size_t *parent = calloc(k + 1, sizeof *parent), *number = calloc(k + 1, sizeof *number);
    size_t *place = NULL;
    tq_block_matrix *V = NULL;
    tq_status status = parent && number ? TQ_OK : no_memory(err);

    for (size_t p = 0; status == TQ_OK && p < n; p++) {
        if (pair[p].i >= k || pair[p].j >= k) {
            status = tq_fail(err, TQ_EDATA, pair[p].i < k ? pair[p].i : TQ_NO_ROW, NULL,
                             "covariance %g is of no pair of the %zu effects", pair[p].cov, k);
        }
    }
    if (status == TQ_OK) {
        V = sampling_by_cluster(k, number, components(k, pair, n, parent, number));
        place = V ? places(V) : NULL;
        status = place ? TQ_OK : no_memory(err);
    }
    for (size_t i = 0; status == TQ_OK && i < k; i++) {
        put(V, number[i], place, i, i, vi[i]);
    }
    for (size_t p = 0; status == TQ_OK && p < n; p++) {
        put(V, number[pair[p].i], place, pair[p].i, pair[p].j, pair[p].cov);
    }
    free(place);
    free(number);
    free(parent);
    if (status != TQ_OK) {
        tq_block_matrix_free(V);
        return status;
    }
    *out = V;
    return TQ_OK;
}
