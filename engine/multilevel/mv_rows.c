/* SPDX-License-Identifier: GPL-3.0-or-later */
/* True effects and residuals of the rows, effects of levels. */
#include "multilevel/effects_of_rows.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"
#include "multilevel/multilevel_internal.h"

/* One piece at a time, in the user's units: a dense block, or a leaf of a wide one, within which V stays. */
typedef struct {
    const tq_mv_fit *fit;
    const tq_mv_problem *problem;
    mv_states states;
    int all_dense; /* wide blocks too */
    size_t n;      /* rows of the piece */
    const size_t *row;
    double *M, *W, *V, *K; /* [n x n] M (of a leaf its diagonal), M^-1, V, V M^-1 */
    double *X, *A;         /* [n x p] the design, M^-1 X */
    double *e, *We;        /* [n] residuals, M^-1 e */
    double *room;
    /* Of wide blocks. */
    mv_crossed **crossed;
    mv_wide *wide;
    double *solved;     /* [rows of the block x p + 1] M^-1 of X and e */
    size_t begin, rows; /* of the block */
} block_work;

/* Called with each piece. */
typedef void piece_fn(block_work *w, void *context);

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* all_dense: known correlations need all of M^-1. */
static tq_status work_init(const tq_mv_fit *fit, int all_dense, block_work *w, tq_error *err)
{
    enum { MOST = 5000 };
    const tq_mv_problem *problem = fit->problem;
    const size_t n =
        all_dense ? problem->largest : larger(problem->largest_dense, problem->largest_leaf);
    const size_t p = fit->p;
    tq_status status;

    *w = (block_work){.fit = fit, .problem = problem, .all_dense = all_dense};
    if (n > MOST) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "effects of related levels among %zu connected effects; %d at most", n,
                       MOST);
    }
    w->room = malloc((4 * n * n + 2 * n * p + 2 * n + 1) * sizeof *w->room);
    w->solved = malloc((problem->largest_wide * (p + 1) + 1) * sizeof *w->solved);
    status = mv_crossed_all(problem, &w->crossed, err);
    w->wide = status == TQ_OK ? mv_wide_new(problem, w->crossed) : NULL;
    if (!w->room || !w->solved || !w->wide || !mv_states_init(problem, &w->states)) {
        return no_memory(err);
    }
    w->M = w->room;
    w->W = w->M + n * n;
    w->V = w->W + n * n;
    w->K = w->V + n * n;
    w->X = w->K + n * n;
    w->A = w->X + n * p;
    w->e = w->A + n * p;
    w->We = w->e + n;
    mv_states_at(problem, problem->phi, &w->states);
    return TQ_OK;
}

static void work_free(block_work *w)
{
    mv_states_free(&w->states);
    mv_wide_free(w->wide);
    mv_crossed_free_all(w->problem, w->crossed);
    free(w->solved);
    free(w->room);
}

static double x_of(const tq_mv_model *m, size_t i, size_t a)
{
    return m->X ? m->X[i + a * m->k] : 1.0;
}

/* V of the piece, as a dense matrix, from some of the blocks of V; place: of its first row in the block. */
static void sampling_of(block_work *w, size_t first, size_t end, size_t place)
{
    const tq_mv_problem *problem = w->problem;
    const tq_block_matrix *V = w->fit->model->V;

    memset(w->V, 0, w->n * w->n * sizeof *w->V);
    for (size_t a = first; a < end; a++) {
        const size_t v = problem->v_block[a], m = V->start[v + 1] - V->start[v];
        const size_t *row = V->row + V->start[v];

        for (size_t i = 0; i < m * m; i++) {
            w->V[problem->place[row[i % m]] - place + (problem->place[row[i / m]] - place) * w->n] =
                V->value[V->at[v] + i];
        }
    }
}

/* The design and the residuals of some rows, n apart. */
static void rows_of(const tq_mv_fit *fit, size_t n, const size_t *row, double *X, double *e)
{
    for (size_t i = 0; i < n; i++) {
        e[i] = fit->model->yi[row[i]];
        for (size_t a = 0; a < fit->p; a++) {
            X[i + a * n] = x_of(fit->model, row[i], a);
            e[i] -= X[i + a * n] * fit->beta[a];
        }
    }
}

/* out[n] = A[n x n] x. */
static void apply(size_t n, const double *A, const double *x, double *out)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;

        for (size_t j = 0; j < n; j++) {
            sum += A[j + i * n] * x[j];
        }
        out[i] = sum;
    }
}

/* 0: M is singular. */
static int open_block(block_work *w, size_t b)
{
    const tq_mv_problem *problem = w->problem;
    const size_t p = w->fit->p;
    double log_det;

    assert(w->M);
    w->n = problem->start[b + 1] - problem->start[b];
    w->row = problem->row + problem->start[b];
    mv_marginal_of(problem, &w->states, b, w->M);
    for (size_t i = 0; i < w->n * w->n; i++) {
        w->M[i] *= problem->unit;
    }
    memcpy(w->K, w->M, w->n * w->n * sizeof *w->K);
    if (!mv_cholesky(w->n, w->K, &log_det)) {
        return 0;
    }
    mv_inverse_of(w->n, w->K, w->W);
    rows_of(w->fit, w->n, w->row, w->X, w->e);
    sampling_of(w, problem->v_start[b], problem->v_start[b + 1], 0);
    for (size_t a = 0; a < p; a++) {
        apply(w->n, w->W, w->X + a * w->n, w->A + a * w->n);
    }
    apply(w->n, w->W, w->e, w->We);
    return 1;
}

typedef struct {
    block_work *w;
    piece_fn *piece;
    void *context;
} leaf_visit;

static void open_leaf(void *context, size_t l, size_t n, const size_t *row, const double *W)
{
    const leaf_visit *visit = context;
    block_work *w = visit->w;
    const tq_mv_problem *problem = w->problem;
    const size_t place = problem->leaf[l] - w->begin, p = w->fit->p;

    w->n = n;
    w->row = row;
    for (size_t i = 0; i < n * n; i++) {
        w->W[i] = W[i] / problem->unit;
    }
    rows_of(w->fit, n, row, w->X, w->e);
    sampling_of(w, problem->leaf_v[l], problem->leaf_v_end[l], place);
    for (size_t a = 0; a < p; a++) {
        memcpy(w->A + a * n, w->solved + place + a * w->rows, n * sizeof *w->A);
    }
    memcpy(w->We, w->solved + place + p * w->rows, n * sizeof *w->We);
    for (size_t i = 0; i < n; i++) {
        double x = 0.0;

        for (size_t t = 0; t < problem->n_terms; t++) {
            mv_term_add(&w->states.of[t], 1, row + i, &x);
        }
        w->M[i * (n + 1)] = w->V[i * (n + 1)] + x * problem->unit;
    }
    visit->piece(w, visit->context);
}

/* 0: M is singular. */
static int open_leaves(block_work *w, size_t b, piece_fn *piece, void *context)
{
    const tq_mv_problem *problem = w->problem;
    const size_t p = w->fit->p;
    leaf_visit visit = {w, piece, context};

    assert(w->solved);
    w->begin = problem->start[b];
    w->rows = problem->start[b + 1] - w->begin;
    w->row = problem->row + w->begin;
    rows_of(w->fit, w->rows, w->row, w->solved, w->solved + p * w->rows);
    if (!mv_wide_solve(problem, &w->states, b, p + 1, w->solved, w->wide)) {
        return 0;
    }
    for (size_t i = 0; i < w->rows * (p + 1); i++) {
        w->solved[i] /= problem->unit;
    }
    return mv_wide_each_leaf(problem, &w->states, b, w->wide, open_leaf, &visit);
}

/* sum over coefficients of A[i, .] vb B[j, .]. */
static double through_vb(const block_work *w, const double *A, const double *B, size_t i)
{
    const size_t p = w->fit->p;
    double sum = 0.0;

    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            sum += A[i + a * w->n] * w->fit->vb_model[a + b * p] * B[i + b * w->n];
        }
    }
    return sum;
}

static double row_product(const block_work *w, const double *A, const double *B, size_t i)
{
    double sum = 0.0;

    for (size_t j = 0; j < w->n; j++) {
        sum += A[i + j * w->n] * B[j + i * w->n];
    }
    return sum;
}

static void fill_rows(block_work *w, void *context)
{
    const size_t n = w->n, p = w->fit->p;
    tq_mv_row *out = context;

    for (size_t j = 0; j < n; j++) { /* K = V W, by columns; both are symmetric */
        apply(n, w->V, w->W + j * n, w->K + j * n);
    }
    for (size_t i = 0; i < n; i++) {
        tq_mv_row *r = &out[w->row[i]];
        const double own = w->M[i * (n + 1)] - through_vb(w, w->X, w->X, i);

        r->resid = w->e[i];
        r->fitted = w->fit->model->yi[w->row[i]] - w->e[i];
        r->hat = through_vb(w, w->X, w->A, i);
        r->resid_se = own > 1e-12 * w->M[i * (n + 1)] ? sqrt(own) : NAN;
        r->z = r->resid / r->resid_se;
        r->true_se = w->V[i * (n + 1)] - row_product(w, w->K, w->V, i);
        r->true_effect = w->fit->model->yi[w->row[i]];
        for (size_t j = 0; j < n; j++) {
            r->true_effect -= w->V[i + j * n] * w->We[j];
        }
    }
    for (size_t a = 0; a < p; a++) { /* V M^-1 X in place of M^-1 X */
        memcpy(w->We, w->A + a * n, n * sizeof *w->We);
        apply(n, w->V, w->We, w->A + a * n);
    }
    for (size_t i = 0; i < n; i++) {
        tq_mv_row *r = &out[w->row[i]];

        r->true_se = sqrt(fmax(0.0, r->true_se + through_vb(w, w->A, w->A, i)));
    }
}

static tq_status singular(const block_work *w, tq_error *err)
{
    return tq_fail(err, TQ_EDATA, w->row[0], NULL,
                   "the marginal covariance is not positive definite");
}

/* Each piece of block b. */
static tq_status each_piece(block_work *w, size_t b, piece_fn *piece, void *context, tq_error *err)
{
    if (w->problem->kernel[b] != MV_DENSE && !w->all_dense) {
        return open_leaves(w, b, piece, context) ? TQ_OK : singular(w, err);
    }
    if (!open_block(w, b)) {
        return singular(w, err);
    }
    piece(w, context);
    return TQ_OK;
}

tq_status tq_mv_rows(const tq_mv_fit *fit, tq_mv_row *out, tq_error *err)
{
    block_work w;
    tq_status status = work_init(fit, 0, &w, err);

    for (size_t b = 0; status == TQ_OK && b < fit->n_blocks; b++) {
        status = each_piece(&w, b, fill_rows, out, err);
    }
    work_free(&w);
    return status;
}

/* ---- levels ---- */

typedef struct {
    const tq_mv_term *t;
    int beyond; /* 1: levels reach beyond the leaves of this block, and Z'M^-1 Z comes from elsewhere */
    double *ze;  /* [g] Z'M^-1 e */
    double *zmz; /* Z'M^-1 Z: all pairs of levels with R, else [g] a level with itself */
    double *zx;  /* [g x p] Z'M^-1 X */
} level_sums;

static void add_levels(block_work *w, void *context)
{
    const level_sums *sums = context;
    const tq_mv_term *t = sums->t;
    const size_t n = w->n, g = t->n_groups;

    for (size_t i = 0; i < n; i++) {
        const size_t a = t->group[w->row[i]];

        sums->ze[a] += w->We[i];
        for (size_t c = 0; c < w->fit->p; c++) {
            sums->zx[a + c * g] += w->A[i + c * n];
        }
        for (size_t j = 0; j < n && !sums->beyond; j++) {
            const size_t b = t->group[w->row[j]];

            if (t->R) {
                sums->zmz[a + b * g] += w->W[i + j * n];
            } else if (a == b) {
                sums->zmz[a] += w->W[i + j * n];
            }
        }
    }
}

static tq_status add_block(block_work *w, size_t b, size_t term, level_sums *sums, tq_error *err)
{
    const tq_mv_problem *problem = w->problem;

    sums->beyond = problem->kernel[b] != MV_DENSE && !w->all_dense && problem->wide[term];
    const tq_status status = each_piece(w, b, add_levels, sums, err);

    for (size_t a = problem->start[b]; sums->beyond && status == TQ_OK && a < problem->start[b + 1];
         a++) {
        const size_t level = sums->t->group[problem->row[a]];

        sums->zmz[level] = mv_wide_gram(problem, b, term, level, w->wide) / problem->unit;
    }
    return status;
}

static double project(const tq_mv_fit *fit, const double *zx, size_t g, size_t a, size_t b)
{
    double sum = 0.0;

    for (size_t c = 0; c < fit->p; c++) {
        for (size_t d = 0; d < fit->p; d++) {
            sum += zx[a + c * g] * fit->vb_model[c + d * fit->p] * zx[b + d * g];
        }
    }
    return sum;
}

/* Of mu + u, whose error is (1 - s r'Z'M^-1 1) times that of mu, and apart from it that of u with mu known,
   s r'r - s^2 r'Z'M^-1 Z r; r: the row of R. known: s r'r - that. */
static double mean_error(const tq_mv_fit *fit, double known, double s_rzx)
{
    const int is_mean = fit->p == 1 && (!fit->model->X || fit->model->intercept);
    const double rest = 1.0 - s_rzx;

    return is_mean ? sqrt(fmax(0.0, known + rest * rest * fit->vb_model[0])) : NAN;
}

/* Without R: s z'M^-1 e, with s - s^2 (Z'P Z)_gg. */
static void independent_levels(const tq_mv_fit *fit, const tq_mv_term *t, double s,
                               const double *ze, const double *zpz, const double *zx, double *u,
                               double *se, double *mean_se)
{
    for (size_t a = 0; a < t->n_groups; a++) {
        const double q = zpz[a] - project(fit, zx, t->n_groups, a, a);

        u[a] = s * ze[a];
        se[a] = sqrt(fmax(0.0, s - s * s * q));
        if (mean_se) {
            mean_se[a] = mean_error(fit, s - s * s * zpz[a], s * zx[a]);
        }
    }
}

static void related_levels(const tq_mv_fit *fit, const tq_mv_term *t, double s, const double *ze,
                           double *zpz, const double *zx, double *u, double *se, double *mean_se)
{
    const size_t g = t->n_groups;

    for (size_t a = 0; mean_se && a < g; a++) {
        double rzx = 0.0, known = 0.0;

        for (size_t b = 0; b < g; b++) {
            rzx += t->R[a + b * g] * zx[b];
            for (size_t c = 0; c < g; c++) {
                known += t->R[a + b * g] * zpz[b + c * g] * t->R[c + a * g];
            }
        }
        mean_se[a] = mean_error(fit, s * t->R[a * (g + 1)] - s * s * known, s * rzx);
    }

    for (size_t a = 0; a < g; a++) {
        for (size_t b = 0; b < g; b++) {
            zpz[a + b * g] -= project(fit, zx, g, a, b);
        }
    }
    for (size_t a = 0; a < g; a++) {
        double quadratic = 0.0;

        u[a] = 0.0;
        for (size_t b = 0; b < g; b++) {
            u[a] += s * t->R[a + b * g] * ze[b];
            for (size_t c = 0; c < g; c++) {
                quadratic += t->R[a + b * g] * zpz[b + c * g] * t->R[c + a * g];
            }
        }
        se[a] = sqrt(fmax(0.0, s * t->R[a * (g + 1)] - s * s * quadratic));
    }
}

tq_status tq_mv_levels(const tq_mv_fit *fit, size_t term, double *u, double *se, double *mean_se,
                       tq_error *err)
{
    const tq_mv_term *t = &fit->model->term[term];
    const size_t g = t->n_groups, squares = t->R ? g * g : g;
    block_work w;

    if (t->structure != TQ_MV_INTERCEPT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.60s' is no term of intercepts",
                       t->name);
    }
    const double s = fit->component[fit->problem->first[term]].value;
    double *room = calloc(g + squares + g * fit->p + 1, sizeof *room);

    if (!room) {
        return no_memory(err);
    }
    level_sums sums = {t, 0, room, room + g, room + g + squares};
    tq_status status = work_init(fit, t->R != NULL, &w, err);

    for (size_t b = 0; status == TQ_OK && b < fit->n_blocks; b++) {
        status = add_block(&w, b, term, &sums, err);
    }
    if (status == TQ_OK && t->R) {
        related_levels(fit, t, s, sums.ze, sums.zmz, sums.zx, u, se, mean_se);
    } else if (status == TQ_OK) {
        independent_levels(fit, t, s, sums.ze, sums.zmz, sums.zx, u, se, mean_se);
    }
    work_free(&w);
    free(room);
    return status;
}
