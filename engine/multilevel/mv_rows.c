/* SPDX-License-Identifier: GPL-3.0-or-later */
/* True effects and residuals of the rows, effects of levels. */
#include "multilevel/effects_of_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"
#include "multilevel/multilevel_internal.h"

/* One block at a time, in the user's units. */
typedef struct {
    const tq_mv_fit *fit;
    const tq_mv_problem *problem;
    mv_states states;
    size_t n; /* rows of the block */
    const size_t *row;
    double *M, *W, *V, *K; /* [n x n] M, M^-1, V, V M^-1 */
    double *X, *A;         /* [n x p] the design, M^-1 X */
    double *e, *We;        /* [n] residuals, M^-1 e */
    double *room;
} block_work;

static int work_init(const tq_mv_fit *fit, block_work *w)
{
    const size_t n = fit->problem->largest, p = fit->p;

    *w = (block_work){.fit = fit, .problem = fit->problem};
    w->room = malloc((4 * n * n + 2 * n * p + 2 * n + 1) * sizeof *w->room);
    if (!w->room || !mv_states_init(fit->problem, &w->states)) {
        return 0;
    }
    w->M = w->room;
    w->W = w->M + n * n;
    w->V = w->W + n * n;
    w->K = w->V + n * n;
    w->X = w->K + n * n;
    w->A = w->X + n * p;
    w->e = w->A + n * p;
    w->We = w->e + n;
    return mv_states_at(fit->problem, fit->problem->phi, &w->states);
}

static void work_free(block_work *w)
{
    mv_states_free(&w->states);
    free(w->room);
}

static double x_of(const tq_mv_model *m, size_t i, size_t a)
{
    return m->X ? m->X[i + a * m->k] : 1.0;
}

/* V of the block, as a dense matrix. */
static void sampling_of(block_work *w, size_t b)
{
    const tq_mv_problem *problem = w->problem;
    const tq_block_matrix *V = w->fit->model->V;

    memset(w->V, 0, w->n * w->n * sizeof *w->V);
    for (size_t a = problem->v_start[b]; a < problem->v_start[b + 1]; a++) {
        const size_t v = problem->v_block[a], m = V->start[v + 1] - V->start[v];
        const size_t *row = V->row + V->start[v];

        for (size_t i = 0; i < m * m; i++) {
            w->V[problem->place[row[i % m]] + problem->place[row[i / m]] * w->n] =
                V->value[V->at[v] + i];
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
    const tq_mv_model *m = w->fit->model;
    const size_t p = w->fit->p;
    double log_det;

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
    for (size_t i = 0; i < w->n; i++) {
        w->e[i] = m->yi[w->row[i]];
        for (size_t a = 0; a < p; a++) {
            w->X[i + a * w->n] = x_of(m, w->row[i], a);
            w->e[i] -= w->X[i + a * w->n] * w->fit->beta[a];
        }
    }
    for (size_t a = 0; a < p; a++) {
        apply(w->n, w->W, w->X + a * w->n, w->A + a * w->n);
    }
    apply(w->n, w->W, w->e, w->We);
    return 1;
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

static void fill_rows(block_work *w, size_t b, tq_mv_row *out)
{
    const size_t n = w->n, p = w->fit->p;

    sampling_of(w, b);
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

/* Both work with dense blocks. */
static tq_status check_size(const tq_mv_fit *fit, tq_error *err)
{
    enum { MOST = 5000 };

    return fit->largest_block <= MOST
               ? TQ_OK
               : tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                         "true effects and residuals of %zu connected effects; %d at most",
                         fit->largest_block, MOST);
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

tq_status tq_mv_rows(const tq_mv_fit *fit, tq_mv_row *out, tq_error *err)
{
    block_work w = {.fit = fit};
    tq_status status = check_size(fit, err);

    status = status == TQ_OK && !work_init(fit, &w) ? no_memory(err) : status;
    for (size_t b = 0; status == TQ_OK && b < fit->n_blocks; b++) {
        if (open_block(&w, b)) {
            fill_rows(&w, b, out);
        } else {
            status = singular(&w, err);
        }
    }
    work_free(&w);
    return status;
}

/* ---- levels ---- */

/* Z'M^-1 e and, for pairs of groups, Z'P Z: all pairs with R, else a group with itself. */
static void add_levels(const block_work *w, const tq_mv_term *t, double *ze, double *zpz)
{
    const size_t n = w->n, g = t->n_groups;

    for (size_t i = 0; i < n; i++) {
        const size_t a = t->group[w->row[i]];

        ze[a] += w->We[i];
        for (size_t j = 0; j < n; j++) {
            const size_t b = t->group[w->row[j]];

            if (t->R) {
                zpz[a + b * g] += w->W[i + j * n];
            } else if (a == b) {
                zpz[a] += w->W[i + j * n];
            }
        }
    }
}

/* zx[g x p] = Z'M^-1 X. */
static void add_design(const block_work *w, const tq_mv_term *t, double *zx)
{
    for (size_t a = 0; a < w->fit->p; a++) {
        for (size_t i = 0; i < w->n; i++) {
            zx[t->group[w->row[i]] + a * t->n_groups] += w->A[i + a * w->n];
        }
    }
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
    double *room = NULL, *ze, *zpz, *zx, s;
    block_work w = {.fit = fit};
    tq_status status = check_size(fit, err);

    if (status == TQ_OK && t->structure != TQ_MV_INTERCEPT) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL, "'%.60s' is no term of intercepts",
                       t->name);
    }
    s = fit->component[fit->problem->first[term]].value;
    room = calloc(g + squares + g * fit->p + 1, sizeof *room);
    ze = room;
    if (status == TQ_OK && (!work_init(fit, &w) || !room)) {
        status = no_memory(err);
    }
    for (size_t b = 0; status == TQ_OK && b < fit->n_blocks; b++) {
        if (open_block(&w, b)) {
            add_levels(&w, t, ze, room + g);
            add_design(&w, t, room + g + squares);
        } else {
            status = singular(&w, err);
        }
    }
    if (status == TQ_OK) {
        zpz = room + g;
        zx = zpz + squares;
        if (t->R) {
            related_levels(fit, t, s, ze, zpz, zx, u, se, mean_se);
        } else {
            independent_levels(fit, t, s, ze, zpz, zx, u, se, mean_se);
        }
    }
    work_free(&w);
    free(room);
    return status;
}
