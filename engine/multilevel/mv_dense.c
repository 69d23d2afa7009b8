/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel for blocks of few rows: their covariance as a dense matrix. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "multilevel/multilevel_internal.h"

struct mv_dense {
    double *L, *W, *D; /* [n x n] factor of M, M^-1, a derivative */
    double *A, *B;     /* [n x c] M^-1 U, L^-1 U */
    double *H;         /* [n_par][n x c] L^-1 D_r M^-1 U */
    double *F;         /* [n x c] D_r M^-1 U */
    double *G;         /* [n_par][n x n] M^-1 D_r; MV_INFORMATION alone */
};

mv_dense *mv_dense_new(const tq_mv_problem *problem, mv_depth depth)
{
    const size_t n = problem->largest_dense, c = problem->c, q = problem->n_par + 1;
    const size_t squares = n > 0 && n > SIZE_MAX / 64 / n / q ? 0 : n * n;
    mv_dense *work = squares || n == 0 ? calloc(1, sizeof *work) : NULL;

    if (!work) {
        return NULL;
    }
    work->L = malloc((squares + 1) * sizeof *work->L);
    work->W = malloc((squares + 1) * sizeof *work->W);
    work->D = malloc((squares + 1) * sizeof *work->D);
    work->A = malloc((n * c + 1) * sizeof *work->A);
    work->B = malloc((n * c + 1) * sizeof *work->B);
    work->F = malloc((n * c + 1) * sizeof *work->F);
    work->H = malloc((q * n * c + 1) * sizeof *work->H);
    work->G = malloc((depth == MV_INFORMATION ? q * squares + 1 : 1) * sizeof *work->G);
    if (!work->L || !work->W || !work->D || !work->A || !work->B || !work->F || !work->H ||
        !work->G) {
        mv_dense_free(work);
        return NULL;
    }
    return work;
}

void mv_dense_free(mv_dense *work)
{
    if (work) {
        free(work->L);
        free(work->W);
        free(work->D);
        free(work->A);
        free(work->B);
        free(work->F);
        free(work->H);
        free(work->G);
        free(work);
    }
}

void mv_marginal_of(const tq_mv_problem *problem, const mv_states *states, size_t b, double *M)
{
    const tq_block_matrix *V = problem->model->V;
    const size_t begin = problem->start[b], n = problem->start[b + 1] - begin;

    memset(M, 0, n * n * sizeof *M);
    for (size_t a = problem->v_start[b]; a < problem->v_start[b + 1]; a++) {
        const size_t v = problem->v_block[a], m = V->start[v + 1] - V->start[v];
        const size_t *row = V->row + V->start[v];
        const double *value = V->value + V->at[v];

        for (size_t j = 0; j < m; j++) {
            for (size_t i = 0; i < m; i++) {
                M[problem->place[row[i]] + problem->place[row[j]] * n] +=
                    value[i + j * m] / problem->unit;
            }
        }
    }
    for (size_t t = 0; t < problem->n_terms; t++) {
        mv_term_add(&states->of[t], n, problem->row + begin, M);
    }
}

/* T[c x c] += A'B for n rows. */
static void add_product(size_t n, size_t c, const double *A, const double *B, double *T)
{
    for (size_t d = 0; d < c; d++) {
        for (size_t a = 0; a < c; a++) {
            double x = 0.0;

            for (size_t i = 0; i < n; i++) {
                x += A[i + a * n] * B[i + d * n];
            }
            T[a + d * c] += x;
        }
    }
}

/* F[n x c] = D A for a symmetric D. */
static void multiply(size_t n, size_t c, const double *D, const double *A, double *F)
{
    for (size_t d = 0; d < c; d++) {
        for (size_t i = 0; i < n; i++) {
            double x = 0.0;

            for (size_t j = 0; j < n; j++) {
                x += D[j + i * n] * A[j + d * n];
            }
            F[i + d * n] = x;
        }
    }
}

static double trace_of(size_t n, const double *A, const double *B)
{
    double x = 0.0;

    for (size_t i = 0; i < n * n; i++) {
        x += A[i] * B[i];
    }
    return x;
}

/* tr(G_r G_s), G not symmetric. */
static double trace_transposed(size_t n, const double *A, const double *B)
{
    double x = 0.0;

    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++) {
            x += A[i + j * n] * B[j + i * n];
        }
    }
    return x;
}

/* What parameter r of the model, number `of` of its term, adds. */
static void add_parameter(const tq_mv_problem *problem, const mv_term_state *state, size_t of,
                          size_t r, size_t b, mv_depth depth, mv_dense *work, mv_sums *sums)
{
    const size_t begin = problem->start[b], n = problem->start[b + 1] - begin, c = problem->c;
    double *H = work->H + r * n * c;

    mv_term_derivative(state, of, n, problem->row + begin, work->D);
    sums->tr[r] += trace_of(n, work->W, work->D);
    multiply(n, c, work->D, work->A, work->F);
    add_product(n, c, work->A, work->F, sums->T1 + r * c * c);
    memcpy(H, work->F, n * c * sizeof *H);
    mv_forward(n, work->L, c, H);
    for (size_t s = 0; s <= r; s++) {
        add_product(n, c, work->H + s * n * c, H, sums->T2 + mv_pair(s, r) * c * c);
    }
    if (depth == MV_INFORMATION) {
        double *G = work->G + r * n * n;

        multiply(n, n, work->W, work->D, G);
        for (size_t s = 0; s <= r; s++) {
            sums->trr[mv_pair(s, r)] += trace_transposed(n, work->G + s * n * n, G);
        }
    }
}

int mv_dense_add(const tq_mv_problem *problem, const mv_states *states, size_t b, mv_depth depth,
                 mv_dense *work, mv_sums *sums)
{
    const size_t begin = problem->start[b], n = problem->start[b + 1] - begin, c = problem->c;
    double log_det;

    mv_marginal_of(problem, states, b, work->L);
    if (!mv_cholesky(n, work->L, &log_det)) {
        return 0;
    }
    *sums->log_det += log_det;
    memcpy(work->B, problem->U + begin * c, n * c * sizeof *work->B);
    mv_forward(n, work->L, c, work->B);
    add_product(n, c, work->B, work->B, sums->T0);
    if (depth == MV_LIKELIHOOD) {
        return 1;
    }
    memcpy(work->A, work->B, n * c * sizeof *work->A);
    mv_backward(n, work->L, c, work->A);
    mv_inverse_of(n, work->L, work->W);
    for (size_t t = 0; t < problem->n_terms; t++) {
        for (size_t r = problem->first[t]; r < problem->first[t + 1]; r++) {
            add_parameter(problem, &states->of[t], r - problem->first[t], r, b, depth, work, sums);
        }
    }
    return 1;
}
