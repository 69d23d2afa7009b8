/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Covariances from what is known of the effects: clusters, outcomes, times, groups. */
#include "multilevel/sampling_cov_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STRUCTURE_ROW(id, name, text) [TQ_COV_##id] = {name, text},
static const struct {
    const char *name, *text;
} structures[] = {TQ_COV_STRUCTURE_LIST(STRUCTURE_ROW)};
#undef STRUCTURE_ROW

const char *tq_cov_structure_name(tq_cov_structure s)
{
    return (unsigned)s < TQ_COV_COUNT ? structures[s].name : NULL;
}

const char *tq_cov_structure_text(tq_cov_structure s)
{
    return (unsigned)s < TQ_COV_COUNT ? structures[s].text : NULL;
}

/* ---- what is asked for ---- */

static int within(double x, double lo, double hi)
{
    return x >= lo && x <= hi;
}

static int has_time(tq_cov_structure s)
{
    return s == TQ_COV_CAR || s == TQ_COV_CS_PLUS_CAR || s == TQ_COV_CS_CAR;
}

static int has_rho(const tq_sampling_spec *spec)
{
    return spec->structure == TQ_COV_CS || spec->structure == TQ_COV_CS_PLUS_CAR ||
           spec->structure == TQ_COV_CS_CAR;
}

static tq_status check_reported(const tq_sampling_spec *spec, tq_error *err)
{
    if (spec->n_reported && !spec->obs) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "reported correlations are of outcomes, which are not given");
    }
    for (size_t i = 0; i < spec->n_reported; i++) {
        if (!within(spec->reported[i].r, -1.0, 1.0)) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "reported correlation %g must be from -1 to 1", spec->reported[i].r);
        }
    }
    return TQ_OK;
}

static tq_status check_spec(const tq_sampling_spec *spec, tq_error *err)
{
    if ((unsigned)spec->structure >= TQ_COV_COUNT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "unknown structure of covariances");
    }
    const char *name = structures[spec->structure].name;

    if (has_rho(spec) && !within(spec->rho, -1.0, 1.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "rho = %g: structure %s needs a correlation from -1 to 1", spec->rho, name);
    }
    if (spec->type && !isnan(spec->rho_type) && !within(spec->rho_type, -1.0, 1.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "rho = %g between types must be from -1 to 1", spec->rho_type);
    }
    if (has_time(spec->structure) && !within(spec->phi, 0.0, 1.0)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "phi = %g: structure %s needs a correlation from 0 to 1", spec->phi, name);
    }
    if (has_time(spec->structure) && !spec->time) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "structure %s needs the times of effects",
                       name);
    }
    return check_reported(spec, err);
}

static tq_status check_rows(size_t k, const double *vi, const tq_sampling_spec *spec, tq_error *err)
{
    for (size_t i = 0; i < k; i++) {
        if (!(vi[i] > 0.0 && isfinite(vi[i]))) {
            return tq_fail(err, TQ_EDATA, i, "vi", "value '%g' must be > 0", vi[i]);
        }
        if (has_time(spec->structure) && !isfinite(spec->time[i])) {
            return tq_fail(err, TQ_EDATA, i, "time", "value '%g' must be finite", spec->time[i]);
        }
        for (int g = 0; g < 2; g++) {
            const double *size = g ? spec->size2 : spec->size1;

            if (size && !(size[i] > 0.0 && isfinite(size[i]))) {
                return tq_fail(err, TQ_EDATA, i, g ? "n2i" : "n1i", "value '%g' must be > 0",
                               size[i]);
            }
        }
    }
    return TQ_OK;
}

/* ---- correlations ---- */

/* Reported correlations in the order in which they are looked up. */
static int by_pair(const void *left, const void *right)
{
    const tq_reported_correlation *a = left, *b = right;
    const size_t x[] = {a->cluster, a->first, a->second}, y[] = {b->cluster, b->first, b->second};

    for (int c = 0; c < 3; c++) {
        if (x[c] != y[c]) {
            return x[c] < y[c] ? -1 : 1;
        }
    }
    return 0;
}

static tq_reported_correlation in_order(tq_reported_correlation r)
{
    const size_t first = r.first < r.second ? r.first : r.second;

    r.second = r.first < r.second ? r.second : r.first;
    r.first = first;
    return r;
}

typedef struct {
    const tq_sampling_spec *spec;
    tq_reported_correlation *reported; /* sorted */
} source;

static const tq_reported_correlation *find(const source *s, size_t i, size_t j, size_t cluster)
{
    const size_t *obs = s->spec->obs;
    const tq_reported_correlation key =
        in_order((tq_reported_correlation){cluster, obs[i], obs[j], 0.0});

    return bsearch(&key, s->reported, s->spec->n_reported, sizeof *s->reported, by_pair);
}

/* Between what was measured: 1 for the same. */
static double between_outcomes(const source *s, size_t i, size_t j)
{
    const tq_sampling_spec *spec = s->spec;
    const int same_type = !spec->type || spec->type[i] == spec->type[j];
    const int same_obs = spec->obs ? spec->obs[i] == spec->obs[j] : spec->type && same_type;

    if (same_type && same_obs) {
        return 1.0;
    }
    if (spec->obs && spec->n_reported) {
        const tq_reported_correlation *r = find(s, i, j, spec->cluster[i]);

        r = r ? r : find(s, i, j, TQ_COV_ANY);
        if (r) {
            return r->r;
        }
    }
    return same_type || isnan(spec->rho_type) ? spec->rho : spec->rho_type;
}

static double by_structure(const source *s, size_t i, size_t j)
{
    const tq_sampling_spec *spec = s->spec;
    const double decay =
        has_time(spec->structure) ? pow(spec->phi, fabs(spec->time[i] - spec->time[j])) : 1.0;

    switch (spec->structure) {
    case TQ_COV_CS:
        return between_outcomes(s, i, j);
    case TQ_COV_CAR:
        return decay;
    case TQ_COV_CS_PLUS_CAR:
        return spec->rho + (1.0 - spec->rho) * decay;
    case TQ_COV_CS_CAR:
        return between_outcomes(s, i, j) * decay;
    default:
        return 0.0;
    }
}

/* The parts of an effect's error that its two groups contribute: their squares add up to 1. */
static void parts_of(const tq_sampling_spec *spec, size_t i, double part[2])
{
    const double n1 = spec->size1 ? spec->size1[i] : 1.0, n2 = spec->size2 ? spec->size2[i] : 1.0;

    part[0] = sqrt(n2 / (n1 + n2));
    part[1] = -sqrt(n1 / (n1 + n2));
}

static double by_groups(const tq_sampling_spec *spec, size_t i, size_t j)
{
    double a[2], b[2], sum = 0.0;

    if (!spec->group1 || !spec->group2) {
        return 1.0;
    }
    parts_of(spec, i, a);
    parts_of(spec, j, b);
    const size_t gi[] = {spec->group1[i], spec->group2[i]};
    const size_t gj[] = {spec->group1[j], spec->group2[j]};

    for (int x = 0; x < 2; x++) {
        for (int y = 0; y < 2; y++) {
            sum += gi[x] == gj[y] ? a[x] * b[y] : 0.0;
        }
    }
    return sum;
}

static void fill_block(const source *s, const double *vi, const size_t *row, size_t n, double *V)
{
    for (size_t a = 0; a < n; a++) {
        V[a + a * n] = vi[row[a]];
        for (size_t b = 0; b < a; b++) {
            const double r = by_structure(s, row[a], row[b]) * by_groups(s->spec, row[a], row[b]);

            V[a + b * n] = V[b + a * n] = r * sqrt(vi[row[a]]) * sqrt(vi[row[b]]);
        }
    }
}

/* The reported correlations of *s, sorted; to be freed. */
static tq_status sort_reported(const tq_sampling_spec *spec, source *s, tq_error *err)
{
    const size_t n = spec->n_reported;

    s->reported = n ? malloc(n * sizeof *s->reported) : NULL;
    if (n && !s->reported) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        s->reported[i] = in_order(spec->reported[i]);
    }
    if (n > 1) {
        qsort(s->reported, n, sizeof *s->reported, by_pair);
    }
    for (size_t i = 1; i < n; i++) {
        if (by_pair(&s->reported[i - 1], &s->reported[i]) == 0) {
            return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                           "the correlation of two outcomes is reported twice, as %g and as %g",
                           s->reported[i - 1].r, s->reported[i].r);
        }
    }
    return TQ_OK;
}

static tq_status fill(size_t k, const double *vi, const tq_sampling_spec *spec, tq_block_matrix *V,
                      tq_error *err)
{
    source s = {spec, NULL};
    const tq_status status = sort_reported(spec, &s, err);

    for (size_t b = 0; status == TQ_OK && b < V->n_blocks; b++) {
        fill_block(&s, vi, V->row + V->start[b], V->start[b + 1] - V->start[b],
                   V->value + V->at[b]);
    }
    free(s.reported);
    return status == TQ_OK ? sampling_put_given(spec, k, V, err) : status;
}

tq_status tq_sampling_cov(size_t k, const double *vi, const tq_sampling_spec *spec,
                          tq_block_matrix **out, tq_error *err)
{
    tq_status status = check_spec(spec, err);

    status = status == TQ_OK ? check_rows(k, vi, spec, err) : status;
    if (status != TQ_OK) {
        return status;
    }
    tq_block_matrix *V = sampling_by_cluster(k, spec->cluster, spec->n_clusters);

    if (!V) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    status = fill(k, vi, spec, V, err);
    if (status != TQ_OK) {
        tq_block_matrix_free(V);
        return status;
    }
    *out = V;
    return TQ_OK;
}
