/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model laid out for its kernels: connected rows as blocks, units, an orthonormal design. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"
#include "linalg/sparse_cholesky.h"
#include "multilevel/multilevel_internal.h"

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- connected rows ---- */

size_t mv_root_row(size_t *parent, size_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/* The smallest row stays the root. */
static void join(size_t *parent, size_t i, size_t j)
{
    const size_t a = mv_root_row(parent, i), b = mv_root_row(parent, j);

    if (a < b) {
        parent[b] = a;
    } else {
        parent[a] = b;
    }
}

/* Groups that a known R relates are connected too; first[g]: a row of group g. */
static void join_related(const tq_mv_term *t, const size_t *first, size_t *parent)
{
    for (size_t b = 0; t->R && b < t->n_groups; b++) {
        for (size_t a = 0; a < b; a++) {
            if (t->R[a + b * t->n_groups] != 0.0) {
                join(parent, first[a], first[b]);
            }
        }
    }
}

int mv_join_term(const tq_mv_term *t, size_t k, size_t *parent)
{
    size_t *first = malloc((t->n_groups + 1) * sizeof *first);

    if (!first) {
        return 0;
    }
    for (size_t g = 0; g < t->n_groups; g++) {
        first[g] = SIZE_MAX;
    }
    for (size_t i = 0; i < k; i++) {
        size_t *of = &first[t->group[i]];

        *of = *of == SIZE_MAX ? i : *of;
        join(parent, *of, i);
    }
    join_related(t, first, parent);
    free(first);
    return 1;
}

void mv_join_sampling(const tq_mv_problem *problem, size_t *parent)
{
    const tq_block_matrix *V = problem->model->V;

    for (size_t b = 0; b < V->n_blocks; b++) {
        for (size_t a = V->start[b]; a < V->start[b + 1]; a++) {
            join(parent, V->row[V->start[b]], V->row[a]);
        }
    }
}

static int connect_rows(const tq_mv_problem *problem, size_t *parent)
{
    int whole = 1;

    for (size_t i = 0; i < problem->k; i++) {
        parent[i] = i;
    }
    mv_join_sampling(problem, parent);
    for (size_t t = 0; whole && t < problem->n_terms; t++) {
        whole = mv_join_term(&problem->term[t], problem->k, parent);
    }
    return whole;
}

/* Blocks in the order of their first row; parent[] becomes the block of each row. */
static int make_blocks(tq_mv_problem *problem, size_t *parent)
{
    const size_t k = problem->k;
    size_t *number = malloc((k + 1) * sizeof *number);

    if (!number) {
        return 0;
    }
    for (size_t i = 0; i < k; i++) { /* roots come before the rows that they stand for */
        const size_t root = mv_root_row(parent, i);

        number[i] = root == i ? problem->n_blocks++ : number[root];
    }
    problem->start = calloc(problem->n_blocks + 2, sizeof *problem->start);
    problem->row = malloc((k + 1) * sizeof *problem->row);
    problem->place = malloc((k + 1) * sizeof *problem->place);
    if (!problem->start || !problem->row || !problem->place) {
        free(number);
        return 0;
    }
    for (size_t i = 0; i < k; i++) {
        problem->start[number[i] + 2]++;
    }
    for (size_t b = 2; b < problem->n_blocks + 2; b++) {
        problem->largest =
            problem->start[b] > problem->largest ? problem->start[b] : problem->largest;
        problem->start[b] += problem->start[b - 1];
    }
    for (size_t i = 0; i < k; i++) {
        problem->row[problem->start[number[i] + 1]++] = i;
    }
    memcpy(parent, number, k * sizeof *parent);
    free(number);
    if (!mv_leaves_lay(problem, parent)) {
        return 0;
    }
    for (size_t b = 0; b < problem->n_blocks; b++) {
        for (size_t a = problem->start[b]; a < problem->start[b + 1]; a++) {
            problem->place[problem->row[a]] = a - problem->start[b];
        }
    }
    return 1;
}

/* The blocks of V in each block; block[k] of each row. */
static int place_sampling(tq_mv_problem *problem, const size_t *block)
{
    const tq_block_matrix *V = problem->model->V;

    problem->v_start = calloc(problem->n_blocks + 2, sizeof *problem->v_start);
    problem->v_block = malloc((V->n_blocks + 1) * sizeof *problem->v_block);
    if (!problem->v_start || !problem->v_block) {
        return 0;
    }
    for (size_t b = 0; b < V->n_blocks; b++) {
        problem->v_start[block[V->row[V->start[b]]] + 2]++;
    }
    for (size_t b = 2; b < problem->n_blocks + 2; b++) {
        problem->v_start[b] += problem->v_start[b - 1];
    }
    for (size_t b = 0; b < V->n_blocks; b++) {
        problem->v_block[problem->v_start[block[V->row[V->start[b]]] + 1]++] = b;
    }
    return problem->largest_wide == 0 || mv_leaves_sampling(problem);
}

/* Operations for a block of n rows, about. */
static double work_of(const tq_mv_problem *problem, size_t b, double n)
{
    const double m = (double)problem->columns[b];

    return problem->kernel[b] == MV_DENSE  ? 8.0 * n + n * n * n
           : problem->kernel[b] == MV_WIDE ? 1000.0 * n + m * m * m
                                           : 1000.0 * n + m * m;
}

/* Runs of blocks of about equal work, as many for any number of threads. */
static int make_chunks(tq_mv_problem *problem)
{
    enum { CHUNKS = 64 };
    double total = 0.0, done = 0.0;

    problem->chunk = calloc(CHUNKS + 2, sizeof *problem->chunk);
    if (!problem->chunk) {
        return 0;
    }
    for (size_t b = 0; b < problem->n_blocks; b++) {
        const double n = (double)(problem->start[b + 1] - problem->start[b]);

        total += work_of(problem, b, n);
    }
    for (size_t b = 0; b < problem->n_blocks; b++) {
        const double n = (double)(problem->start[b + 1] - problem->start[b]);

        done += work_of(problem, b, n);
        if (done * CHUNKS >= total * (double)(problem->n_chunks + 1) ||
            b + 1 == problem->n_blocks) {
            problem->chunk[++problem->n_chunks] = b + 1;
        }
    }
    return 1;
}

/* A dense block takes its cube in operations, its square in memory. */
enum { DENSE_LIMIT = 5000 };

static tq_status lay_blocks(tq_mv_problem *problem, tq_error *err)
{
    size_t *parent = malloc((problem->k + 1) * sizeof *parent);
    const int whole = parent && connect_rows(problem, parent) && make_blocks(problem, parent) &&
                      place_sampling(problem, parent) && make_chunks(problem);

    free(parent);
    if (whole && problem->most_dense_columns > DENSE_LIMIT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "%zu levels of crossed factors are connected: more than %d need the Debian "
                       "package %s",
                       problem->most_dense_columns, DENSE_LIMIT, tq_sparse_package());
    }
    if (whole && problem->largest_dense > DENSE_LIMIT) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "%zu effects are connected by random effects whose covariance has no short "
                       "form; %d at most",
                       problem->largest_dense, DENSE_LIMIT);
    }
    return whole ? TQ_OK : no_memory(err);
}

/* ---- terms ---- */

/* Columns of random slopes are divided by their root mean square. */
static int scale_term(tq_mv_problem *problem, size_t t)
{
    tq_mv_term *term = &problem->term[t];
    const size_t k = problem->k, q = problem->model->term[t].q;

    *term = problem->model->term[t];
    if (term->structure != TQ_MV_GEN) {
        return 1;
    }
    double *Z = malloc((k * q + 1) * sizeof *Z), *scale = malloc((q + 1) * sizeof *scale);

    problem->scaled[t] = Z;
    problem->scale[t] = scale;
    if (!Z || !scale) {
        return 0;
    }
    for (size_t a = 0; a < q; a++) {
        double sum = 0.0;

        for (size_t i = 0; i < k; i++) {
            sum = hypot(sum, term->Z[a * k + i]);
        }
        scale[a] = sum > 0.0 ? sum / sqrt((double)k) : 1.0;
        for (size_t i = 0; i < k; i++) {
            Z[a * k + i] = term->Z[a * k + i] / scale[a];
        }
    }
    term->Z = Z;
    return 1;
}

static tq_status lay_terms(tq_mv_problem *problem, tq_error *err)
{
    const size_t n = problem->n_terms = problem->model->n_terms;
    int whole;

    problem->term = calloc(n + 1, sizeof *problem->term);
    problem->scaled = calloc(n + 1, sizeof *problem->scaled);
    problem->scale = calloc(n + 1, sizeof *problem->scale);
    problem->by_cholesky = calloc(n + 1, sizeof *problem->by_cholesky);
    problem->lead = calloc(n + 1, sizeof *problem->lead);
    problem->first = calloc(n + 1, sizeof *problem->first);
    whole = problem->term && problem->scaled && problem->scale && problem->by_cholesky &&
            problem->lead && problem->first;
    for (size_t t = 0; whole && t < n; t++) {
        whole = scale_term(problem, t);
        problem->first[t + 1] = problem->first[t] + tq_mv_variances(&problem->term[t]) +
                                tq_mv_correlations(&problem->term[t]);
    }
    problem->n_par = whole ? problem->first[n] : 0;
    problem->par = calloc(problem->n_par + 1, sizeof *problem->par);
    problem->phi = calloc(problem->n_par + 1, sizeof *problem->phi);
    return whole && problem->par && problem->phi ? TQ_OK : no_memory(err);
}

/* ---- effects and design ---- */

/* exp(mean log vi): effects are divided by its root. */
static tq_status find_unit(tq_mv_problem *problem, tq_error *err)
{
    const tq_block_matrix *V = problem->model->V;
    double sum = 0.0;

    for (size_t b = 0; b < V->n_blocks; b++) {
        const size_t n = V->start[b + 1] - V->start[b];

        for (size_t a = 0; a < n; a++) {
            const double vi = V->value[V->at[b] + a * (n + 1)];

            if (!(vi > 0.0 && isfinite(vi))) {
                return tq_fail(err, TQ_EDATA, V->row[V->start[b] + a], "vi",
                               "value '%g' must be > 0", vi);
            }
            sum += log(vi) / (double)problem->k;
        }
    }
    problem->unit = exp(sum);
    return TQ_OK;
}

/* y less what the design explains without weights, so that quadratic forms do not cancel. */
static void centre(const tq_mv_problem *problem, const double *Q, double *y)
{
    const size_t k = problem->k, p = problem->p;
    double *b = problem->b0 + p;

    for (int twice = 0; twice < 2; twice++) {
        tq_cross(k, p, Q, NULL, y, b);
        for (size_t a = 0; a < p; a++) {
            problem->b0[a] += b[a];
        }
        tq_subtract_product(k, p, Q, k, b, y);
    }
}

/* Where searches start: the variance between effects that V does not explain. */
static void find_total(tq_mv_problem *problem, const double *y)
{
    const tq_block_matrix *V = problem->model->V;
    const double df = (double)(problem->k - problem->p);
    double rss = 0.0, mean = 0.0;

    for (size_t i = 0; i < problem->k; i++) {
        rss += y[i] * y[i];
    }
    for (size_t b = 0; b < V->n_blocks; b++) {
        const size_t n = V->start[b + 1] - V->start[b];

        for (size_t a = 0; a < n; a++) {
            mean += V->value[V->at[b] + a * (n + 1)] / problem->unit / (double)problem->k;
        }
    }
    problem->total = fmax(0.1, (df > 0.0 ? rss / df : 0.0) - mean);
}

static void fill_blocks(tq_mv_problem *problem, const double *Q, const double *y)
{
    const size_t k = problem->k, c = problem->c;

    for (size_t b = 0; b < problem->n_blocks; b++) {
        const size_t begin = problem->start[b], n = problem->start[b + 1] - begin;
        double *U = problem->U + begin * c;

        for (size_t i = 0; i < n; i++) {
            for (size_t a = 0; a < problem->p; a++) {
                U[i + a * n] = Q[problem->row[begin + i] + a * k];
            }
            U[i + problem->p * n] = y[problem->row[begin + i]];
        }
    }
}

static tq_status lay_design(tq_mv_problem *problem, tq_error *err)
{
    const tq_mv_model *model = problem->model;
    const size_t k = problem->k, p = problem->p;
    double *Q = malloc(k * p * sizeof *Q), *y = malloc(k * sizeof *y),
           *tau = malloc(p * sizeof *tau);

    problem->U = malloc(k * problem->c * sizeof *problem->U);
    problem->R = calloc(p * p, sizeof *problem->R);
    problem->b0 = calloc(2 * p, sizeof *problem->b0);
    tq_status status =
        Q && y && tau && problem->U && problem->R && problem->b0 ? TQ_OK : no_memory(err);

    for (size_t i = 0; status == TQ_OK && i < k * p; i++) {
        Q[i] = model->X ? model->X[i] : 1.0;
    }
    if (status == TQ_OK) {
        status = tq_qr(k, p, Q, problem->R, tau, err);
    }
    if (status == TQ_OK) {
        for (size_t a = 0; a < p; a++) {
            problem->log_det_XX += 2.0 * log(fabs(problem->R[a + a * p]));
        }
        for (size_t i = 0; i < k; i++) {
            y[i] = model->yi[i] / sqrt(problem->unit);
        }
        centre(problem, Q, y);
        find_total(problem, y);
        fill_blocks(problem, Q, y);
    }
    free(Q);
    free(y);
    free(tau);
    return status;
}

/* ---- the whole ---- */

static tq_status check(const tq_mv_model *model, tq_error *err)
{
    if (model->k < 1 || model->p < 1 ||
        (model->p >= model->k && !(model->k == 1 && model->p == 1))) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "%zu coefficients need more than %zu effects", model->p, model->k);
    }
    if (model->V->k != model->k || model->k > SIZE_MAX / 64 / (model->p + 2)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "V has %zu rows for %zu effects",
                       model->V->k, model->k);
    }
    for (size_t i = 0; i < model->k; i++) {
        if (!isfinite(model->yi[i])) {
            return tq_fail(err, TQ_EDATA, i, "yi", "value '%g' must be finite", model->yi[i]);
        }
    }
    return TQ_OK;
}

tq_status mv_problem_new(const tq_mv_model *model, const tq_mv_options *opt, const int *by_cholesky,
                         tq_mv_problem **out, tq_error *err)
{
    tq_status status = check(model, err);
    tq_mv_problem *problem = status == TQ_OK ? calloc(1, sizeof *problem) : NULL;

    if (!problem) {
        return status == TQ_OK ? no_memory(err) : status;
    }
    problem->model = model;
    problem->k = model->k;
    problem->p = model->p;
    problem->c = model->p + 1;
    problem->dense_only = opt->test == TQ_MV_KR;
    status = lay_terms(problem, err);
    status = status == TQ_OK ? find_unit(problem, err) : status;
    status = status == TQ_OK ? lay_blocks(problem, err) : status;
    status = status == TQ_OK ? lay_design(problem, err) : status;
    status = status == TQ_OK ? mv_parameters_set(problem, opt, by_cholesky, err) : status;
    if (status != TQ_OK) {
        mv_problem_free(problem);
        return status;
    }
    *out = problem;
    return TQ_OK;
}

void mv_problem_free(tq_mv_problem *problem)
{
    if (!problem) {
        return;
    }
    for (size_t t = 0; problem->scaled && problem->scale && t < problem->n_terms; t++) {
        free(problem->scaled[t]);
        free(problem->scale[t]);
    }
    free(problem->term);
    free(problem->scaled);
    free(problem->scale);
    free(problem->par);
    free(problem->first);
    free(problem->by_cholesky);
    free(problem->lead);
    free(problem->R);
    free(problem->b0);
    free(problem->U);
    free(problem->start);
    free(problem->row);
    free(problem->place);
    free(problem->v_start);
    free(problem->v_block);
    free(problem->chunk);
    mv_leaves_free(problem);
    free(problem->p_diagonal);
    free(problem->phi);
    free(problem);
}
