/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows from V alone: Q of the residuals, log |V|, typical sampling variances. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "linalg/dense.h"
#include "multilevel/multilevel_internal.h"

typedef struct {
    tq_mv_problem *problem;
    double *A; /* [k x c] V^-1 U of each block of V, where the rows of the problem's block stand */
    double *T; /* [c x c] U'V^-1 U */
    double *L; /* of one block, and its inverse */
    double *W;
    double *u;  /* [largest x c] */
    double *vb; /* [p x p] */
} sampling;

static size_t largest_of(const tq_block_matrix *V)
{
    size_t n = 0;

    for (size_t b = 0; b < V->n_blocks; b++) {
        const size_t m = V->start[b + 1] - V->start[b];

        n = m > n ? m : n;
    }
    return n;
}

/* One block v of V within block b: V^-1 of its rows of U, and the diagonal of V^-1. */
static tq_status add_block(sampling *s, size_t b, size_t v, tq_error *err)
{
    tq_mv_problem *problem = s->problem;
    const tq_block_matrix *V = problem->model->V;
    const size_t n = V->start[v + 1] - V->start[v], c = problem->c;
    const size_t begin = problem->start[b], m = problem->start[b + 1] - begin;
    const size_t *row = V->row + V->start[v];
    const double *U = problem->U + begin * c;
    double *A = s->A + begin * c, log_det;

    for (size_t a = 0; a < n * n; a++) {
        s->L[a] = V->value[V->at[v] + a] / problem->unit;
    }
    if (!mv_cholesky(n, s->L, &log_det)) {
        return tq_fail(err, TQ_EDATA, row[0], NULL,
                       "the sampling covariances of the %zu effects that begin with this one are "
                       "not positive definite",
                       n);
    }
    problem->log_det_V += log_det + (double)n * log(problem->unit);
    mv_inverse_of(n, s->L, s->W);
    for (size_t i = 0; i < n; i++) {
        problem->p_diagonal[row[i]] = s->W[i * (n + 1)];
    }
    for (size_t a = 0; a < c; a++) {
        for (size_t i = 0; i < n; i++) {
            double x = 0.0;

            for (size_t j = 0; j < n; j++) {
                x += s->W[j + i * n] * U[problem->place[row[j]] + a * m];
            }
            s->u[i] = x;
        }
        for (size_t i = 0; i < n; i++) {
            A[problem->place[row[i]] + a * m] = s->u[i];
        }
    }
    return TQ_OK;
}

static void add_forms(sampling *s, size_t b)
{
    const tq_mv_problem *problem = s->problem;
    const size_t c = problem->c, begin = problem->start[b], m = problem->start[b + 1] - begin;
    const double *U = problem->U + begin * c, *A = s->A + begin * c;

    for (size_t a = 0; a < c; a++) {
        for (size_t d = 0; d < c; d++) {
            for (size_t i = 0; i < m; i++) {
                s->T[a + d * c] += U[i + a * m] * A[i + d * m];
            }
        }
    }
}

/* P = W - W X (X'WX)^-1 X'W: its diagonal, and from its trace the typical variance. */
static void finish_diagonal(sampling *s)
{
    tq_mv_problem *problem = s->problem;
    const size_t p = problem->p, c = problem->c;
    double trace = 0.0;

    for (size_t b = 0; b < problem->n_blocks; b++) {
        const size_t begin = problem->start[b], m = problem->start[b + 1] - begin;
        const double *A = s->A + begin * c;

        for (size_t i = 0; i < m; i++) {
            double h = 0.0;

            for (size_t a = 0; a < p; a++) {
                for (size_t d = 0; d < p; d++) {
                    h += A[i + a * m] * s->vb[a + d * p] * A[i + d * m];
                }
            }
            double *of = &problem->p_diagonal[problem->row[begin + i]];

            *of = (*of - h) / problem->unit;
            trace += *of;
        }
    }
    problem->typical_vi = (double)(problem->k - p) / trace;
}

static tq_status finish(sampling *s, tq_error *err)
{
    tq_mv_problem *problem = s->problem;
    const size_t p = problem->p, c = problem->c;
    double log_det, rss = s->T[p + p * c];

    for (size_t a = 0; a < p; a++) {
        memcpy(s->vb + a * p, s->T + a * c, p * sizeof *s->vb);
    }
    const tq_status status = tq_invert_spd(p, s->vb, &log_det, err);

    for (size_t a = 0; status == TQ_OK && a < p; a++) {
        for (size_t d = 0; d < p; d++) {
            rss -= s->T[a + p * c] * s->vb[a + d * p] * s->T[d + p * c];
        }
    }
    problem->QE = fmax(0.0, rss);
    if (status == TQ_OK) {
        finish_diagonal(s);
    }
    return status;
}

static tq_status run(sampling *s, tq_error *err)
{
    const tq_mv_problem *problem = s->problem;
    tq_status status = TQ_OK;

    for (size_t b = 0; status == TQ_OK && b < problem->n_blocks; b++) {
        for (size_t v = problem->v_start[b]; status == TQ_OK && v < problem->v_start[b + 1]; v++) {
            status = add_block(s, b, problem->v_block[v], err);
        }
        if (status == TQ_OK) {
            add_forms(s, b);
        }
    }
    return status == TQ_OK ? finish(s, err) : status;
}

tq_status mv_sampling(tq_mv_problem *problem, tq_error *err)
{
    const size_t n = largest_of(problem->model->V), c = problem->c, p = problem->p;
    sampling s = {.problem = problem,
                  .A = malloc(problem->k * c * sizeof *s.A),
                  .T = calloc(c * c, sizeof *s.T),
                  .L = malloc((n * n + 1) * sizeof *s.L),
                  .W = malloc((n * n + 1) * sizeof *s.W),
                  .u = malloc((n + 1) * sizeof *s.u),
                  .vb = malloc(p * p * sizeof *s.vb)};
    tq_status status;

    problem->p_diagonal = malloc(problem->k * sizeof *problem->p_diagonal);
    if (s.A && s.T && s.L && s.W && s.u && s.vb && problem->p_diagonal) {
        status = run(&s, err);
    } else {
        status = tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    free(s.A);
    free(s.T);
    free(s.L);
    free(s.W);
    free(s.u);
    free(s.vb);
    return status;
}
