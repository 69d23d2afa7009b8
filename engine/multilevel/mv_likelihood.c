/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The (restricted) likelihood at some values of the parameters, its gradient and average information:
 * Gilmour, Thompson & Cullis (1995), Biometrics 51:1440-1450, eq. 4 and 6. With U = [X y],
 * everything follows from sums over blocks of U'M^-1 U, U'M^-1 D_r M^-1 U and
 * U'M^-1 D_r M^-1 D_s M^-1 U, D_r the derivative of M by parameter r.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "core/parallel.h"
#include "linalg/dense.h"
#include "multilevel/multilevel_internal.h"

typedef struct {
    mv_states states;
    mv_dense *dense;
    mv_wide *wide;
} worker;

struct mv_evaluator {
    const tq_mv_problem *problem;
    int ml;
    size_t threads;
    mv_depth deepest;      /* that the workers have room for */
    mv_crossed **crossed;  /* those of blocks, which one worker at a time has */
    worker *worker;        /* [threads] */
    double *chunk;         /* [n_chunks][mv_sums_size()] */
    unsigned char *failed; /* [n_chunks] */
    double *room;          /* of value */
    double *scratch;       /* [n_par + 1][c] */
    mv_value value;
    const double *phi;
    mv_depth depth;
    double *known; /* [n_par] phi of the value, where has_value */
    int has_value;
};

size_t mv_sums_size(const tq_mv_problem *problem)
{
    const size_t n = problem->n_par, c = problem->c;

    return 1 + c * c + n * (1 + c * c) + n * (n + 1) / 2 * (1 + c * c);
}

void mv_sums_at(const tq_mv_problem *problem, double *room, mv_sums *out)
{
    const size_t n = problem->n_par, c = problem->c;

    out->log_det = room;
    out->T0 = room + 1;
    out->tr = out->T0 + c * c;
    out->T1 = out->tr + n;
    out->T2 = out->T1 + n * c * c;
    out->trr = out->T2 + n * (n + 1) / 2 * c * c;
}

/* ---- memory ---- */

void mv_evaluator_free(mv_evaluator *e)
{
    if (!e) {
        return;
    }
    for (size_t t = 0; e->worker && t < e->threads; t++) {
        mv_states_free(&e->worker[t].states);
        mv_dense_free(e->worker[t].dense);
        mv_wide_free(e->worker[t].wide);
    }
    free(e->worker);
    mv_crossed_free_all(e->problem, e->crossed);
    free(e->chunk);
    free(e->failed);
    free(e->room);
    free(e->scratch);
    free(e->known);
    free(e);
}

static int make_workers(mv_evaluator *e, mv_depth deepest)
{
    e->worker = calloc(e->threads, sizeof *e->worker);
    for (size_t t = 0; e->worker && t < e->threads; t++) {
        if (!mv_states_init(e->problem, &e->worker[t].states)) {
            return 0;
        }
        e->worker[t].dense = mv_dense_new(e->problem, deepest);
        e->worker[t].wide = mv_wide_new(e->problem, e->crossed);
        if (!e->worker[t].dense || !e->worker[t].wide) {
            return 0;
        }
    }
    return e->worker != NULL;
}

mv_evaluator *mv_evaluator_new(const tq_mv_problem *problem, int ml, size_t threads,
                               mv_depth deepest)
{
    const size_t n = problem->n_par, p = problem->p, sums = mv_sums_size(problem);
    mv_evaluator *e = calloc(1, sizeof *e);

    if (!e) {
        return NULL;
    }
    /* small problems are done before a thread has started */
    e->threads = problem->k < 2000 ? 1 : tq_threads(threads, problem->n_chunks);
    e->problem = problem;
    e->ml = ml;
    e->chunk = malloc(problem->n_chunks * sums * sizeof *e->chunk);
    e->failed = malloc(problem->n_chunks);
    e->room = malloc((sums + p + p * p + n + n * n) * sizeof *e->room);
    e->scratch = malloc((n + 1) * problem->c * sizeof *e->scratch);
    e->known = malloc((n + 1) * sizeof *e->known);
    if (mv_crossed_all(problem, &e->crossed, NULL) != TQ_OK || !make_workers(e, deepest) ||
        !e->chunk || !e->failed || !e->room || !e->scratch || !e->known) {
        mv_evaluator_free(e);
        return NULL;
    }
    mv_sums_at(problem, e->room, &e->value.sums);
    e->value.beta = e->room + sums;
    e->value.vb = e->value.beta + p;
    e->value.gradient = e->value.vb + p * p;
    e->value.average = e->value.gradient + n;
    return e;
}

/* ---- the sums ---- */

static void add_chunks(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    mv_evaluator *e = context;
    const tq_mv_problem *problem = e->problem;
    const size_t size = mv_sums_size(problem);
    worker *w = &e->worker[thread];
    const int valid = mv_states_at(problem, e->phi, &w->states);

    for (size_t i = (size_t)begin; i < (size_t)end; i++) {
        mv_sums sums;

        memset(e->chunk + i * size, 0, size * sizeof *e->chunk);
        mv_sums_at(problem, e->chunk + i * size, &sums);
        e->failed[i] = !valid;
        for (size_t b = problem->chunk[i]; !e->failed[i] && b < problem->chunk[i + 1]; b++) {
            e->failed[i] = problem->kernel[b] != MV_DENSE
                               ? !mv_wide_add(problem, &w->states, b, e->depth, w->wide, &sums)
                               : !mv_dense_add(problem, &w->states, b, e->depth, w->dense, &sums);
        }
    }
}

static tq_status add_up(mv_evaluator *e, const tq_progress *progress, int *failed, tq_error *err)
{
    const size_t size = mv_sums_size(e->problem), n = e->problem->n_chunks;
    tq_status status = TQ_OK;

    if (e->threads == 1 && !progress) {
        add_chunks(e, 0, 0, n);
    } else {
        status = tq_parallel(e->threads, n, 1, add_chunks, e, progress, err);
    }
    memset(e->room, 0, size * sizeof *e->room);
    *failed = 0;
    for (size_t i = 0; status == TQ_OK && i < n; i++) {
        *failed |= e->failed[i];
        for (size_t a = 0; a < size; a++) {
            e->room[a] += e->chunk[i * size + a];
        }
    }
    return status;
}

/* ---- what follows from them ---- */

/* beta, its covariance and the residual sum of squares; 0: the design is singular under M. */
static int solve(mv_evaluator *e, double *log_det)
{
    const size_t p = e->problem->p, c = e->problem->c;
    mv_value *v = &e->value;
    const double *T0 = v->sums.T0;

    for (size_t a = 0; a < p; a++) {
        memcpy(v->vb + a * p, T0 + a * c, p * sizeof *v->vb);
    }
    if (tq_invert_spd(p, v->vb, log_det, NULL) != TQ_OK) {
        return 0;
    }
    v->rss = T0[p + p * c];
    for (size_t a = 0; a < p; a++) {
        v->beta[a] = 0.0;
        for (size_t b = 0; b < p; b++) {
            v->beta[a] += v->vb[a + b * p] * T0[b + p * c];
        }
        v->rss -= v->beta[a] * T0[a + p * c];
    }
    v->rss = fmax(0.0, v->rss);
    return 1;
}

/* out[c] = T (-beta, 1): U'M^-1 .. M^-1 of the residuals. */
static void of_residuals(const mv_evaluator *e, const double *T, double *out)
{
    const size_t p = e->problem->p, c = e->problem->c;

    for (size_t a = 0; a < c; a++) {
        out[a] = T[a + p * c];
        for (size_t b = 0; b < p; b++) {
            out[a] -= T[a + b * c] * e->value.beta[b];
        }
    }
}

static double with_residuals(const mv_evaluator *e, const double *x)
{
    const size_t p = e->problem->p;
    double out = x[p];

    for (size_t a = 0; a < p; a++) {
        out -= e->value.beta[a] * x[a];
    }
    return out;
}

static void find_gradient(mv_evaluator *e)
{
    const size_t n = e->problem->n_par, p = e->problem->p, c = e->problem->c;
    mv_value *v = &e->value;
    double *last = e->scratch + n * c;

    for (size_t r = 0; r < n; r++) {
        const double *T1 = v->sums.T1 + r * c * c;
        double *x = e->scratch + r * c, trace = v->sums.tr[r];

        of_residuals(e, T1, x);
        for (size_t a = 0; !e->ml && a < p; a++) {
            for (size_t b = 0; b < p; b++) {
                trace -= v->vb[a + b * p] * T1[a + b * c];
            }
        }
        v->gradient[r] = 0.5 * (with_residuals(e, x) - trace);
    }
    for (size_t r = 0; r < n; r++) {
        for (size_t s = 0; s <= r; s++) {
            of_residuals(e, v->sums.T2 + mv_pair(s, r) * c * c, last);
            double x = with_residuals(e, last);

            x -= tq_bilinear(p, e->scratch + r * c, v->vb, e->scratch + s * c);
            v->average[r + s * n] = v->average[s + r * n] = 0.5 * x;
        }
    }
}

tq_status mv_evaluate(mv_evaluator *e, const double *phi, mv_depth depth,
                      const tq_progress *progress, const mv_value **out, tq_error *err)
{
    const tq_mv_problem *problem = e->problem;
    const double k = (double)problem->k, p = (double)problem->p;
    double log_det;
    int failed;

    *out = &e->value;
    if (e->has_value && depth <= e->depth &&
        memcmp(e->known, phi, problem->n_par * sizeof *phi) == 0) {
        return TQ_OK;
    }
    e->has_value = 0;
    e->phi = phi;
    e->depth = depth;
    const tq_status status = add_up(e, progress, &failed, err);

    if (status != TQ_OK) {
        return status;
    }
    memcpy(e->known, phi, problem->n_par * sizeof *phi);
    e->has_value = 1;
    if (failed || !solve(e, &log_det)) {
        e->value.ll = -INFINITY;
        return TQ_OK;
    }
    const double df = e->ml ? k : k - p;

    e->value.ll =
        -0.5 * (df * (TQ_LOG_2PI + log(problem->unit)) + *e->value.sums.log_det + e->value.rss);
    if (!e->ml) { /* on the orthonormal design |X'X| cancels but for |R|, which is in neither */
        e->value.ll -= 0.5 * log_det;
    }
    if (depth != MV_LIKELIHOOD) {
        find_gradient(e);
    }
    return TQ_OK;
}
