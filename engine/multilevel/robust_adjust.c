/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of the clusters, for CR2 adjusted so that their squares have the expectation they should. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "linalg/eigen.h"
#include "multilevel/robust_internal.h"

enum { CHUNK_ROWS = 2000 };

/* Rows of each cluster, and blocks of Phi in it. */
typedef struct {
    size_t *start, *row;    /* [m + 1], [k] */
    size_t *first, *blocks; /* [m + 1], [Phi->n_blocks] */
    size_t *place;          /* [k] of a row in its cluster */
    size_t largest;
} layout;

/* Matrices of one thread, for a cluster of n rows. */
typedef struct {
    double *Phi, *D, *C, *Q, *eigen; /* [n x n], eigen [4 n] */
    double *T, *PT, *U, *XB;         /* [n x p] */
} scratch;

typedef struct {
    const tq_robust_problem *problem;
    tq_robust_parts *parts;
    const layout *of;
    scratch *scratch;    /* [threads] */
    double *BSB;         /* [p x p] */
    double *TPT;         /* [m x p x p] of each cluster */
    unsigned char *lack; /* [m] 1: of deficient rank; 2: Phi is not positive definite */
} work;

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

/* ---- who belongs to a cluster ---- */

static void free_layout(layout *of)
{
    free(of->start);
    free(of->row);
    free(of->first);
    free(of->blocks);
    free(of->place);
}

/* Members 0 .. n - 1 by the number of their group: those of g are member[start[g]], ... */
static void sort_by_group(size_t n, const size_t *group, size_t groups, size_t *start,
                          size_t *member)
{
    for (size_t i = 0; i < n; i++) {
        start[group[i] + 1]++;
    }
    for (size_t g = 0; g < groups; g++) {
        start[g + 1] += start[g];
    }
    for (size_t i = n; i-- > 0;) {
        member[--start[group[i] + 1]] = i;
    }
    /* start[g + 1] is now where g begins: shift by one. */
    for (size_t g = 0; g < groups; g++) {
        start[g] = start[g + 1];
    }
    start[groups] = n;
}

/* The cluster of each block of Phi, into group. */
static tq_status clusters_of_blocks(const tq_robust_problem *p, size_t *group, tq_error *err)
{
    const tq_block_matrix *Phi = p->Phi;

    for (size_t b = 0; b < Phi->n_blocks; b++) {
        group[b] = p->cluster[Phi->row[Phi->start[b]]];
        for (size_t a = Phi->start[b]; a < Phi->start[b + 1]; a++) {
            if (p->cluster[Phi->row[a]] != group[b]) {
                return tq_fail(
                    err, TQ_EDATA, Phi->row[a], NULL,
                    "depends on rows of another cluster by the model; CR2 needs clusters "
                    "that contain whole random effects, CR0 to CR1S do not");
            }
        }
    }
    return TQ_OK;
}

static tq_status lay_out(const tq_robust_problem *p, int phi, layout *of, tq_error *err)
{
    const size_t blocks = phi ? p->Phi->n_blocks : 0;
    size_t *group = calloc(blocks + 1, sizeof *group);

    of->start = calloc(p->m + 2, sizeof *of->start);
    of->row = calloc(p->k + 1, sizeof *of->row);
    of->first = calloc(p->m + 2, sizeof *of->first);
    of->blocks = calloc(blocks + 1, sizeof *of->blocks);
    of->place = calloc(p->k + 1, sizeof *of->place);
    tq_status status = group && of->start && of->row && of->first && of->blocks && of->place
                           ? TQ_OK
                           : no_memory(err);

    status = status == TQ_OK && phi ? clusters_of_blocks(p, group, err) : status;
    if (status == TQ_OK) {
        sort_by_group(p->k, p->cluster, p->m, of->start, of->row);
        sort_by_group(blocks, group, p->m, of->first, of->blocks);
        for (size_t i = 0; i < p->m; i++) {
            const size_t n = of->start[i + 1] - of->start[i];

            of->largest = n > of->largest ? n : of->largest;
            for (size_t a = 0; a < n; a++) {
                of->place[of->row[of->start[i] + a]] = a;
            }
        }
    }
    free(group);
    return status;
}

/* ---- small matrices ---- */

/* out[n x p] of the rows of A[k x p] that row[n] names. */
static void gather(size_t k, size_t p, const double *A, const size_t *row, size_t n, double *out)
{
    for (size_t c = 0; c < p; c++) {
        for (size_t a = 0; a < n; a++) {
            out[a + c * n] = A[row[a] + c * k];
        }
    }
}

/* C[m x n] = A[l x m]'B[l x n]. */
static void cross(size_t l, size_t m, size_t n, const double *A, const double *B, double *C)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < m; i++) {
            double sum = 0.0;

            for (size_t a = 0; a < l; a++) {
                sum += A[a + i * l] * B[a + j * l];
            }
            C[i + j * m] = sum;
        }
    }
}

/* C[m x n] = A[m x l] B[l x n]. */
static void times(size_t m, size_t l, size_t n, const double *A, const double *B, double *C)
{
    memset(C, 0, m * n * sizeof *C);
    for (size_t j = 0; j < n; j++) {
        for (size_t a = 0; a < l; a++) {
            const double b = B[a + j * l];

            for (size_t i = 0; b != 0.0 && i < m; i++) {
                C[i + j * m] += A[i + a * m] * b;
            }
        }
    }
}

/* The upper triangular D with D'D = A[n x n]; 0: A is not positive definite. */
static int upper_factor(size_t n, const double *A, double *D)
{
    memset(D, 0, n * n * sizeof *D);
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i <= j; i++) {
            double sum = A[i + j * n];

            for (size_t c = 0; c < i; c++) {
                sum -= D[c + i * n] * D[c + j * n];
            }
            if (i == j && !(sum > 0.0 && isfinite(sum))) {
                return 0;
            }
            D[i + j * n] = i == j ? sqrt(sum) : sum / D[i + i * n];
        }
    }
    return 1;
}

/* ---- one cluster ---- */

static void phi_of(const work *w, size_t i, size_t n, double *Phi)
{
    const tq_block_matrix *all = w->problem->Phi;

    memset(Phi, 0, n * n * sizeof *Phi);
    for (size_t x = w->of->first[i]; x < w->of->first[i + 1]; x++) {
        const size_t b = w->of->blocks[x], start = all->start[b], s = all->start[b + 1] - start;
        const double *value = all->value + all->at[b];

        for (size_t c = 0; c < s; c++) {
            for (size_t a = 0; a < s; a++) {
                const size_t r = w->of->place[all->row[start + a]];

                Phi[r + w->of->place[all->row[start + c]] * n] = value[a + c * s];
            }
        }
    }
}

/* T_i'Phi_i T_i, which the adjustments of all clusters need. */
static void meat_task(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    work *w = context;
    const tq_robust_problem *q = w->problem;
    scratch *s = &w->scratch[thread];

    for (size_t i = (size_t)begin; i < (size_t)end; i++) {
        const size_t *row = w->of->row + w->of->start[i], p = q->p;
        const size_t n = w->of->start[i + 1] - w->of->start[i];

        gather(q->k, p, q->WX, row, n, s->T);
        phi_of(w, i, n, s->Phi);
        times(n, n, p, s->Phi, s->T, s->PT);
        cross(n, p, p, s->T, s->PT, w->TPT + i * p * p);
    }
}

/*
 * C := (I - H)_i Phi (I - H)_i' = Phi_i - X B (Phi T)' - (Phi T) B X' + X BSB X', and for efficient weights
 * Phi_i - X B X'.
 */
static void residual_covariance(const work *w, size_t n, const double *X, scratch *s)
{
    const size_t p = w->problem->p;

    memcpy(s->C, s->Phi, n * n * sizeof *s->C);
    times(n, p, p, X, w->BSB, s->XB);
    for (size_t c = 0; c < p; c++) {
        for (size_t b = 0; b < n; b++) {
            for (size_t a = 0; a < n; a++) {
                s->C[a + b * n] += s->XB[a + c * n] * X[b + c * n];
            }
        }
    }
    times(n, p, p, X, w->problem->bread, s->XB);
    for (size_t c = 0; c < p; c++) {
        for (size_t b = 0; b < n; b++) {
            for (size_t a = 0; a < n; a++) {
                s->C[a + b * n] -=
                    s->XB[a + c * n] * s->PT[b + c * n] + s->PT[a + c * n] * s->XB[b + c * n];
            }
        }
    }
}

/* U := A'T = D'(D C D')^(+1/2) D T, the power being -1/2 where there is rank. 0: Phi is not positive
   definite; *full: 1 where C has full rank. X stands in s->U before. */
static int adjusted(const work *w, size_t n, scratch *s, int *full)
{
    const size_t p = w->problem->p;

    if (!upper_factor(n, s->Phi, s->D)) {
        return 0;
    }
    residual_covariance(w, n, s->U, s);
    times(n, n, n, s->D, s->C, s->Q);
    memset(s->C, 0, n * n * sizeof *s->C);
    for (size_t b = 0; b < n; b++) { /* C := (D C) D'; D is upper triangular */
        for (size_t c = b; c < n; c++) {
            const double f = s->D[b + c * n];

            for (size_t a = 0; f != 0.0 && a < n; a++) {
                s->C[a + b * n] += s->Q[a + c * n] * f;
            }
        }
    }
    for (size_t b = 0; b < n; b++) {
        for (size_t a = 0; a < b; a++) {
            s->C[a + b * n] = s->C[b + a * n] = 0.5 * (s->C[a + b * n] + s->C[b + a * n]);
        }
    }
    *full = tq_power_symmetric(n, s->C, -0.5, s->Q, s->eigen, s->C) == n;
    times(n, n, p, s->D, s->T, s->XB);
    times(n, n, p, s->C, s->XB, s->U);
    cross(n, n, p, s->D, s->U, s->XB);
    memcpy(s->U, s->XB, n * p * sizeof *s->U);
    return 1;
}

static void score_of(const tq_robust_problem *q, const size_t *row, size_t n, const double *U,
                     double *score)
{
    for (size_t c = 0; c < q->p; c++) {
        score[c] = 0.0;
        for (size_t a = 0; a < n; a++) {
            score[c] += U[a + c * n] * q->residual[row[a]];
        }
    }
}

static void cluster_task(void *context, size_t thread, uint64_t begin, uint64_t end)
{
    work *w = context;
    const tq_robust_problem *q = w->problem;
    tq_robust_parts *parts = w->parts;
    scratch *s = &w->scratch[thread];
    const size_t p = q->p;

    for (size_t i = (size_t)begin; i < (size_t)end; i++) {
        const size_t *row = w->of->row + w->of->start[i];
        const size_t n = w->of->start[i + 1] - w->of->start[i];
        int full = 1;

        gather(q->k, p, q->WX, row, n, s->T);
        gather(q->k, p, q->X, row, n, s->U);
        cross(n, p, p, s->U, s->T, parts->XT + i * p * p);
        score_of(q, row, n, s->T, parts->raw + i * p);
        if (parts->UPU) {
            phi_of(w, i, n, s->Phi);
            times(n, n, p, s->Phi, s->T, s->PT);
            if (!adjusted(w, n, s, &full)) {
                w->lack[i] = 2;
                continue;
            }
            w->lack[i] = full ? 0 : 1;
            cross(n, p, p, s->PT, s->U, parts->TPU + i * p * p);
            times(n, n, p, s->Phi, s->U, s->PT);
            cross(n, p, p, s->U, s->PT, parts->UPU + i * p * p);
            gather(q->k, p, q->X, row, n, s->XB);
            cross(n, p, p, s->XB, s->U, parts->XU + i * p * p);
            score_of(q, row, n, s->U, parts->score + i * p);
        }
    }
}

/* ---- all clusters ---- */

static int take_scratch(scratch *s, size_t n, size_t p, int phi)
{
    const size_t square = phi ? n : 1, wide = p > 0 ? p : 1;
    double *own = n == 0 || n > (size_t)-1 / sizeof(double) / (4 * square + 4 * wide + 4)
                      ? NULL
                      : calloc(n, (4 * square + 4 * wide + 4) * sizeof(double));

    if (!own) {
        return 0;
    }
    *s = (scratch){.Phi = own,
                   .D = own + n * square,
                   .C = own + 2 * n * square,
                   .Q = own + 3 * n * square,
                   .T = own + 4 * n * square,
                   .PT = own + 4 * n * square + n * wide,
                   .U = own + 4 * n * square + 2 * n * wide,
                   .XB = own + 4 * n * square + 3 * n * wide,
                   .eigen = own + 4 * n * square + 4 * n * wide};
    return 1;
}

/* S and B S B from the clusters', in their order. */
static void sum_meat(work *w)
{
    const size_t p = w->problem->p, m = w->problem->m;
    double *S = w->parts->S, *half = w->BSB + p * p;

    memset(S, 0, p * p * sizeof *S);
    for (size_t i = 0; i < m; i++) {
        for (size_t c = 0; c < p * p; c++) {
            S[c] += w->TPT[i * p * p + c];
        }
    }
    times(p, p, p, w->problem->bread, S, half);
    times(p, p, p, half, w->problem->bread, w->BSB);
}

static tq_status count_deficient(const work *w, size_t *deficient, tq_error *err)
{
    *deficient = 0;
    for (size_t i = 0; i < w->problem->m; i++) {
        if (w->lack[i] == 2) {
            return tq_fail(err, TQ_EDATA, w->of->row[w->of->start[i]], NULL,
                           "the working covariance of its cluster is not positive definite");
        }
        *deficient += w->lack[i];
    }
    return TQ_OK;
}

static tq_status run(work *w, int phi, size_t threads, size_t *deficient, tq_error *err)
{
    const size_t m = w->problem->m, rows = w->problem->k / m + 1;
    const size_t chunk = rows < CHUNK_ROWS ? CHUNK_ROWS / rows : 1;
    tq_status status = TQ_OK;

    if (phi) {
        status = tq_parallel(threads, m, chunk, meat_task, w, NULL, err);
        if (status == TQ_OK) {
            sum_meat(w);
        }
    }
    if (status == TQ_OK) {
        status = tq_parallel(threads, m, chunk, cluster_task, w, NULL, err);
    }
    return status == TQ_OK ? count_deficient(w, deficient, err) : status;
}

tq_status robust_adjust(const tq_robust_problem *problem, tq_robust_type type, size_t threads,
                        tq_robust_parts *parts, size_t *deficient, tq_error *err)
{
    const size_t p = problem->p, m = problem->m, used = tq_threads(threads, m);
    const int phi = type == TQ_ROBUST_CR2;
    layout of = {0};
    work w = {.problem = problem, .parts = parts, .of = &of};
    tq_status status = lay_out(problem, phi, &of, err);

    w.scratch = calloc(used, sizeof *w.scratch);
    w.BSB = calloc(2 * p * p + 1, sizeof *w.BSB);
    w.TPT = calloc(phi ? m : 1, p * p * sizeof *w.TPT);
    w.lack = calloc(m + 1, 1);
    if (status == TQ_OK && (!w.scratch || !w.BSB || !w.TPT || !w.lack)) {
        status = no_memory(err);
    }
    for (size_t t = 0; status == TQ_OK && t < used; t++) {
        status = take_scratch(&w.scratch[t], of.largest, p, phi) ? TQ_OK : no_memory(err);
    }
    status = status == TQ_OK ? run(&w, phi, used, deficient, err) : status;
    for (size_t t = 0; w.scratch && t < used; t++) {
        free(w.scratch[t].Phi);
    }
    free(w.lack);
    free(w.TPT);
    free(w.BSB);
    free(w.scratch);
    free_layout(&of);
    return status;
}
