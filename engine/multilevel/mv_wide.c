/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel for blocks of many rows that a few random effects connect.
 *
 * M = D + Z S Z', with the effects of some terms of intercepts or slopes in Z and all the rest in D, which
 * falls into leaves of few rows. With S = B B' and C = I + B'Z'D^-1 Z B,
 *
 *     M^-1 = D^-1 - D^-1 Z G Z'D^-1,   G = B C^-1 B',   log |M| = log |D| + log |C|
 *
 * (Woodbury's identity as in Harville 1977, J. Am. Stat. Assoc. 72:320-338, sec. 5, in the form that allows
 * a singular S), so that the work grows with the rows, and with the cube of the columns of Z alone. Many columns
 * meet in sparse matrices: mv_crossed.c.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "multilevel/multilevel_internal.h"

struct mv_wide {
    mv_crossed *const *all;
    mv_crossed *crossed; /* of the block at hand; NULL: its columns meet in dense matrices */
    /* Of a leaf of n rows whose rows have `touched` columns of Z. */
    double *W, *D;     /* [n x n] D^-1, a derivative */
    double *Z, *H, *F; /* [n x touched] Z, D^-1 Z, a derivative times it */
    double *u, *a, *x; /* [n x c] D^-1 U, M^-1 U, a derivative times that */
    double *X;         /* [n_par][n x c] L^-1 D_r M^-1 U */
    size_t *column;    /* [touched] */
    size_t *at;        /* [m] where a column stands among them */
    size_t touched;
    double *L; /* factors of the leaves of a block, one after another */
    /* Of the block. */
    double *A0, *G, *Q, *T;   /* [m x m] Z'D^-1 Z, G, Z'M^-1 Z, scratch */
    double *ZU, *GU, *ZA, *Y; /* [m x c] Z'D^-1 U, G Z'D^-1 U, Z'M^-1 U, scratch */
    double *S;                /* [n_par][m x c] dS Z'M^-1 U */
    double *ZX;               /* [n_par][m x c] Z'D^-1 D_r M^-1 U */
    double *room;
    size_t *counts;
};

/* Columns that a row can have. */
static size_t columns_of_row(const tq_mv_problem *problem)
{
    size_t n = 0;

    for (size_t t = 0; t < problem->n_terms; t++) {
        n += !problem->wide[t]                         ? 0
             : problem->term[t].structure == TQ_MV_GEN ? problem->term[t].q
                                                       : 1;
    }
    return n;
}

void mv_wide_free(mv_wide *w)
{
    if (w) {
        free(w->room);
        free(w->counts);
        free(w);
    }
}

mv_wide *mv_wide_new(const tq_mv_problem *problem, mv_crossed *const *all)
{
    const size_t n = problem->largest_leaf, c = problem->c, m = problem->most_columns;
    const size_t q = problem->n_par, most = n * columns_of_row(problem);
    const size_t touched = most < m ? most : m;
    const size_t d = problem->most_dense_columns, squares = d * d; /* a few thousand at most */
    mv_wide *w = calloc(1, sizeof *w);

    if (!w) {
        return NULL;
    }
    w->room =
        malloc((2 * n * n + 3 * n * touched + 3 * n * c + q * n * c + problem->largest_factors +
                3 * squares + (d + 2) * (d + 2) + 4 * m * c + 2 * q * m * c + 1) *
               sizeof *w->room);
    w->counts = calloc(touched + m + 1, sizeof *w->counts);
    if (!w->room || !w->counts) {
        mv_wide_free(w);
        return NULL;
    }
    w->all = all;
    w->W = w->room;
    w->D = w->W + n * n;
    w->Z = w->D + n * n;
    w->H = w->Z + n * touched;
    w->F = w->H + n * touched;
    w->u = w->F + n * touched;
    w->a = w->u + n * c;
    w->x = w->a + n * c;
    w->X = w->x + n * c;
    w->L = w->X + q * n * c;
    w->A0 = w->L + problem->largest_factors;
    w->G = w->A0 + squares;
    w->Q = w->G + squares;
    w->T = w->Q + (d + 2) * (d + 2); /* scratch of times_root() too */
    w->ZU = w->T + squares;
    w->GU = w->ZU + m * c;
    w->ZA = w->GU + m * c;
    w->Y = w->ZA + m * c;
    w->S = w->Y + m * c;
    w->ZX = w->S + q * m * c;
    w->column = w->counts;
    w->at = w->counts + touched;
    return w;
}

/* ---- small products ---- */

/* T[c x d] += A'B for n rows. */
static void add_product(size_t n, size_t c, const double *A, size_t d, const double *B, double *T)
{
    for (size_t j = 0; j < d; j++) {
        for (size_t i = 0; i < c; i++) {
            double x = 0.0;

            for (size_t r = 0; r < n; r++) {
                x += A[r + i * n] * B[r + j * n];
            }
            T[i + j * c] += x;
        }
    }
}

/* out[m x c] = A B for a symmetric A[m x m]. */
static void multiply(size_t m, const double *A, size_t c, const double *B, double *out)
{
    memset(out, 0, m * c * sizeof *out);
    add_product(m, m, A, c, B, out);
}

/* ---- how the columns of Z meet ---- */

static void clear_links(const tq_mv_problem *problem, size_t b, mv_wide *w)
{
    const size_t m = problem->columns[b];

    w->crossed = problem->kernel[b] == MV_CROSSED ? w->all[problem->crossed_of[b]] : NULL;
    if (w->crossed) {
        mv_crossed_clear(w->crossed);
    } else {
        memset(w->A0, 0, m * m * sizeof *w->A0);
    }
}

/* Z'D^-1 Z += x in the i-th and j-th of the columns that a leaf touches. */
static void add_link(mv_wide *w, size_t m, size_t i, size_t j, double x)
{
    if (w->crossed) {
        mv_crossed_add(w->crossed, w->column[i], w->column[j], x);
    } else {
        w->A0[w->column[i] + w->column[j] * m] += x;
    }
}

/* G there. */
static double link_at(const mv_wide *w, size_t m, size_t i, size_t j)
{
    return w->crossed ? mv_crossed_at(w->crossed, w->column[i], w->column[j])
                      : w->G[w->column[i] + w->column[j] * m];
}

/* out[m x c] = Z'D^-1 Z X; G X. 0: out of memory. */
static void times_links(const mv_wide *w, size_t m, size_t c, const double *X, double *out)
{
    if (w->crossed) {
        mv_crossed_multiply(w->crossed, c, X, out);
    } else {
        multiply(m, w->A0, c, X, out);
    }
}

static int times_G(const mv_wide *w, size_t m, size_t c, const double *X, double *out)
{
    if (w->crossed) {
        return mv_crossed_apply(w->crossed, c, X, out);
    }
    multiply(m, w->G, c, X, out);
    return 1;
}

/* ---- leaves ---- */

typedef struct {
    size_t l, n, begin, place; /* leaf; its rows, the first in row[], the first within the block */
    const size_t *row;
    double *L;
} leaf;

/* D of a leaf: its blocks of V and the terms that are not wide. */
static void covariance_of(const tq_mv_problem *problem, const mv_states *states, const leaf *f)
{
    const tq_block_matrix *V = problem->model->V;

    memset(f->L, 0, f->n * f->n * sizeof *f->L);
    for (size_t a = problem->leaf_v[f->l]; a < problem->leaf_v_end[f->l]; a++) {
        const size_t v = problem->v_block[a], m = V->start[v + 1] - V->start[v];
        const size_t *row = V->row + V->start[v];

        for (size_t i = 0; i < m * m; i++) {
            f->L[problem->place[row[i % m]] - f->place +
                 (problem->place[row[i / m]] - f->place) * f->n] =
                V->value[V->at[v] + i] / problem->unit;
        }
    }
    for (size_t t = 0; t < problem->n_terms; t++) {
        if (!problem->wide[t]) {
            mv_term_add(&states->of[t], f->n, f->row, f->L);
        }
    }
}

/* Z of a leaf, over the columns that it touches. */
static void gather_columns(const tq_mv_problem *problem, const leaf *f, mv_wide *w)
{
    w->touched = 0;
    for (int fill = 0; fill < 2; fill++) {
        for (size_t i = 0; i < f->n; i++) {
            for (size_t t = 0; t < problem->n_terms; t++) {
                const tq_mv_term *term = &problem->term[t];
                const int slopes = term->structure == TQ_MV_GEN;

                for (size_t a = 0; problem->wide[t] && a < (slopes ? term->q : 1); a++) {
                    const size_t column = problem->column_of[t][term->group[f->row[i]]] + a;

                    if (fill) {
                        w->Z[i + w->at[column] * f->n] =
                            slopes ? term->Z[f->row[i] + a * problem->k] : 1.0;
                    } else if (w->at[column] == SIZE_MAX) {
                        w->at[column] = w->touched;
                        w->column[w->touched++] = column;
                    }
                }
            }
        }
        if (!fill) {
            memset(w->Z, 0, f->n * w->touched * sizeof *w->Z);
        }
    }
    for (size_t j = 0; j < w->touched; j++) {
        w->at[w->column[j]] = SIZE_MAX;
    }
    memcpy(w->H, w->Z, f->n * w->touched * sizeof *w->H);
    mv_forward(f->n, f->L, w->touched, w->H);
    mv_backward(f->n, f->L, w->touched, w->H);
}

/* Leaf l of block b; L is where its factor begins, and moves on. */
static leaf leaf_at(const tq_mv_problem *problem, size_t b, size_t l, double **L)
{
    const leaf f = {.l = l,
                    .n = problem->leaf_end[l] - problem->leaf[l],
                    .begin = problem->leaf[l],
                    .place = problem->leaf[l] - problem->start[b],
                    .row = problem->row + problem->leaf[l],
                    .L = *L};

    *L += f.n * f.n;
    return f;
}

/* x[n x m]: rows of a leaf out of a matrix over the block. */
static void gather(const leaf *f, size_t rows, size_t m, const double *of, double *x)
{
    for (size_t a = 0; a < m; a++) {
        memcpy(x + a * f->n, of + f->place + a * rows, f->n * sizeof *x);
    }
}

/* ---- S ---- */

/* The factor of S for some columns: out[n x n], times *size. NULL: the identity. */
static const double *root_at(const tq_mv_problem *problem, const mv_states *states,
                             const mv_columns *g, double *out, double *size)
{
    const mv_term_state *s = &states->of[g->term];

    *size = s->T ? 1.0 : sqrt(fmax(s->phi[0], 0.0));
    if (!s->T) {
        return problem->root_of_R[g->term];
    }
    memcpy(out, s->T, g->n * g->n * sizeof *out);
    mv_root_of(g->n, out);
    return out;
}

/* X[rows x m] := X B, or X B'. scratch: [n x n + n] for the widest group of columns. */
static void times_root(const tq_mv_problem *problem, const mv_states *states, size_t b,
                       int transposed, size_t rows, double *X, double *scratch)
{
    for (size_t e = problem->wide_start[b]; e < problem->wide_start[b + 1]; e++) {
        const mv_columns *g = &problem->wide_group[e];
        const size_t q = g->n;
        double size, *row = scratch + q * q;
        const double *root = root_at(problem, states, g, scratch, &size);

        for (size_t i = 0; i < rows; i++) {
            for (size_t a = 0; a < q; a++) {
                row[a] = X[i + (g->first + a) * rows];
            }
            for (size_t a = 0; a < q; a++) {
                double x = root ? 0.0 : row[a];

                for (size_t d = 0; root && d < q; d++) {
                    x += row[d] * (transposed ? root[a + d * q] : root[d + a * q]);
                }
                X[i + (g->first + a) * rows] = size * x;
            }
        }
    }
}

static void transpose(size_t m, double *X)
{
    for (size_t j = 0; j < m; j++) {
        for (size_t i = 0; i < j; i++) {
            const double x = X[i + j * m];

            X[i + j * m] = X[j + i * m];
            X[j + i * m] = x;
        }
    }
}

/* Y[m x c] = dS (Z'A), dS the derivative of S by parameter r of term t; 0 in the columns of others. */
static void slope_of(const tq_mv_problem *problem, const mv_states *states, size_t b, size_t t,
                     size_t r, const mv_wide *w, double *Y)
{
    const size_t m = problem->columns[b], c = problem->c;
    const mv_term_state *s = &states->of[t];

    memset(Y, 0, m * c * sizeof *Y);
    if (s->T) {
        mv_term_slope(s, r);
    }
    for (size_t e = problem->wide_start[b]; e < problem->wide_start[b + 1]; e++) {
        const mv_columns *g = &problem->wide_group[e];
        const double *dS = s->T ? s->dT : problem->term[t].R;

        for (size_t a = 0; g->term == t && a < g->n; a++) {
            for (size_t j = 0; j < c; j++) {
                double x = dS ? 0.0 : w->ZA[g->first + j * m];

                for (size_t d = 0; dS && d < g->n; d++) {
                    x += dS[a + d * g->n] * w->ZA[g->first + d + j * m];
                }
                Y[g->first + a + j * m] = x;
            }
        }
    }
}

/* tr(dS Q), after slope_of() of the same parameter. */
static double trace_of_slope(const tq_mv_problem *problem, const mv_states *states, size_t b,
                             size_t t, const mv_wide *w)
{
    const size_t m = problem->columns[b];
    const mv_term_state *s = &states->of[t];
    double sum = 0.0;

    for (size_t e = problem->wide_start[b]; e < problem->wide_start[b + 1]; e++) {
        const mv_columns *g = &problem->wide_group[e];
        const double *dS = s->T ? s->dT : problem->term[t].R;

        for (size_t a = 0; g->term == t && a < g->n; a++) {
            for (size_t d = 0; d < g->n; d++) {
                sum += (dS ? dS[a + d * g->n] : 1.0) * w->Q[g->first + a + (g->first + d) * m];
            }
        }
    }
    return sum;
}

/* ---- the block ---- */

/* Factors of the leaves, A0, Z'D^-1 U and U'D^-1 U of x[rows x c]. 0: a leaf is not positive definite. */
static int first_pass(const tq_mv_problem *problem, const mv_states *states, size_t b, size_t c,
                      const double *U, mv_wide *w, double *log_det, double *T0)
{
    const size_t rows = problem->start[b + 1] - problem->start[b], m = problem->columns[b];
    double *L = w->L, one;

    clear_links(problem, b, w);
    memset(w->ZU, 0, m * c * sizeof *w->ZU);
    for (size_t i = 0; i < m; i++) {
        w->at[i] = SIZE_MAX;
    }
    for (size_t l = problem->leaf_of[b]; l < problem->leaf_of[b + 1]; l++) {
        const leaf f = leaf_at(problem, b, l, &L);

        covariance_of(problem, states, &f);
        if (!mv_cholesky(f.n, f.L, &one)) {
            return 0;
        }
        *log_det += one;
        gather_columns(problem, &f, w);
        gather(&f, rows, c, U, w->u);
        for (size_t j = 0; j < w->touched; j++) {
            const double *h = w->H + j * f.n;

            for (size_t i = 0; i < w->touched; i++) {
                double x = 0.0;

                for (size_t r = 0; r < f.n; r++) {
                    x += w->Z[r + i * f.n] * h[r];
                }
                add_link(w, m, i, j, x);
            }
            for (size_t i = 0; i < c; i++) {
                double x = 0.0;

                for (size_t r = 0; r < f.n; r++) {
                    x += h[r] * w->u[r + i * f.n];
                }
                w->ZU[w->column[j] + i * m] += x;
            }
        }
        if (T0) {
            mv_forward(f.n, f.L, c, w->u);
            add_product(f.n, c, w->u, c, w->u, T0);
        }
    }
    return 1;
}

/* G = B C^-1 B'. 0: C is not positive definite. */
static int connect(const tq_mv_problem *problem, const mv_states *states, size_t b, mv_wide *w,
                   double *log_det)
{
    const size_t m = problem->columns[b];
    double one;

    if (w->crossed) {
        return mv_crossed_factor(w->crossed, states, log_det);
    }
    memcpy(w->T, w->A0, m * m * sizeof *w->T);
    times_root(problem, states, b, 0, m, w->T, w->Q);
    transpose(m, w->T);
    times_root(problem, states, b, 0, m, w->T, w->Q);
    for (size_t i = 0; i < m; i++) {
        w->T[i * (m + 1)] += 1.0;
    }
    if (!mv_cholesky(m, w->T, &one)) {
        return 0;
    }
    *log_det += one;
    mv_inverse_of(m, w->T, w->G);
    times_root(problem, states, b, 1, m, w->G, w->Q);
    transpose(m, w->G);
    times_root(problem, states, b, 1, m, w->G, w->Q);
    return 1;
}

/* M^-1 x of a leaf from D^-1 x: less D^-1 Z G Z'D^-1 x. */
static void correct(const leaf *f, const mv_wide *w, size_t m, size_t c, const double *GU,
                    double *x)
{
    for (size_t a = 0; a < c; a++) {
        for (size_t j = 0; j < w->touched; j++) {
            const double g = GU[w->column[j] + a * m];

            for (size_t i = 0; i < f->n; i++) {
                x[i + a * f->n] -= w->H[i + j * f->n] * g;
            }
        }
    }
}

/* tr(M^-1 D_r) of a leaf, D_r in w->D: tr(D^-1 D_r) - tr(G Z'D^-1 D_r D^-1 Z). */
static double trace_of_leaf(const leaf *f, mv_wide *w, size_t m)
{
    const size_t n = f->n;
    double sum = 0.0;

    for (size_t i = 0; i < n * n; i++) {
        sum += w->W[i] * w->D[i];
    }
    multiply(n, w->D, w->touched, w->H, w->F);
    for (size_t j = 0; j < w->touched; j++) {
        for (size_t i = 0; i < w->touched; i++) {
            double x = 0.0;

            for (size_t r = 0; r < n; r++) {
                x += w->H[r + i * n] * w->F[r + j * n];
            }
            sum -= link_at(w, m, i, j) * x;
        }
    }
    return sum;
}

/* D_r M^-1 U of a leaf into w->x, and what it adds. Y: dS Z'M^-1 U of a wide term, else NULL. */
static void add_parameter(const tq_mv_problem *problem, const mv_term_state *s, size_t of, size_t r,
                          size_t b, const leaf *f, const double *Y, mv_wide *w, mv_sums *sums)
{
    const size_t m = problem->columns[b], c = problem->c, n = f->n;
    double *X = w->X + r * n * c, *ZX = w->ZX + r * m * c;

    memset(w->x, 0, n * c * sizeof *w->x);
    if (Y) {
        for (size_t a = 0; a < c; a++) {
            for (size_t j = 0; j < w->touched; j++) {
                const double y = Y[w->column[j] + a * m];

                for (size_t i = 0; i < n; i++) {
                    w->x[i + a * n] += w->Z[i + j * n] * y;
                }
            }
        }
    } else {
        mv_term_derivative(s, of, n, f->row, w->D);
        sums->tr[r] += trace_of_leaf(f, w, m);
        multiply(n, w->D, c, w->a, w->x);
        add_product(n, c, w->a, c, w->x, sums->T1 + r * c * c);
    }
    for (size_t a = 0; a < c; a++) {
        for (size_t j = 0; j < w->touched; j++) {
            double x = 0.0;

            for (size_t i = 0; i < n; i++) {
                x += w->H[i + j * n] * w->x[i + a * n];
            }
            ZX[w->column[j] + a * m] += x;
        }
    }
    memcpy(X, w->x, n * c * sizeof *X);
    mv_forward(n, f->L, c, X);
    for (size_t q = 0; q <= r; q++) {
        add_product(n, c, w->X + q * n * c, c, X, sums->T2 + mv_pair(q, r) * c * c);
    }
}

static void second_pass(const tq_mv_problem *problem, const mv_states *states, size_t b,
                        double *slopes, mv_wide *w, mv_sums *sums)
{
    const size_t rows = problem->start[b + 1] - problem->start[b], m = problem->columns[b];
    const size_t c = problem->c;
    const double *U = problem->U + problem->start[b] * c;
    double *L = w->L;

    for (size_t l = problem->leaf_of[b]; l < problem->leaf_of[b + 1]; l++) {
        const leaf f = leaf_at(problem, b, l, &L);

        gather_columns(problem, &f, w);
        gather(&f, rows, c, U, w->a);
        mv_forward(f.n, f.L, c, w->a);
        mv_backward(f.n, f.L, c, w->a);
        correct(&f, w, m, c, w->GU, w->a);
        mv_inverse_of(f.n, f.L, w->W);
        for (size_t t = 0; t < problem->n_terms; t++) {
            for (size_t r = problem->first[t]; r < problem->first[t + 1]; r++) {
                add_parameter(problem, &states->of[t], r - problem->first[t], r, b, &f,
                              problem->wide[t] ? slopes + r * m * c : NULL, w, sums);
            }
        }
    }
}

/* Q = Z'M^-1 Z, or what else its traces are made of. 0: out of memory. */
static int find_gram(mv_wide *w, size_t m)
{
    if (w->crossed) {
        return mv_crossed_invert(w->crossed);
    }
    multiply(m, w->G, m, w->A0, w->T);
    multiply(m, w->A0, m, w->T, w->Q);
    for (size_t i = 0; i < m * m; i++) {
        w->Q[i] = w->A0[i] - w->Q[i];
    }
    return 1;
}

/* What the wide terms add by themselves: Z'M^-1 U, traces, T1. */
static void add_wide_terms(const tq_mv_problem *problem, const mv_states *states, size_t b,
                           double *slopes, mv_wide *w, mv_sums *sums)
{
    const size_t m = problem->columns[b], c = problem->c;

    times_links(w, m, c, w->GU, w->ZA);
    for (size_t i = 0; i < m * c; i++) {
        w->ZA[i] = w->ZU[i] - w->ZA[i];
    }
    for (size_t t = 0; t < problem->n_terms; t++) {
        for (size_t r = problem->first[t]; problem->wide[t] && r < problem->first[t + 1]; r++) {
            double *Y = slopes + r * m * c;

            slope_of(problem, states, b, t, r - problem->first[t], w, Y);
            sums->tr[r] += w->crossed ? mv_crossed_trace(w->crossed, &states->of[t], t)
                                      : trace_of_slope(problem, states, b, t, w);
            add_product(m, c, w->ZA, c, Y, sums->T1 + r * c * c);
        }
    }
}

/* T2 -= (Z'D^-1 X_q)' G (Z'D^-1 X_r). 0: out of memory. */
static int correct_products(const tq_mv_problem *problem, size_t b, mv_wide *w, mv_sums *sums)
{
    const size_t m = problem->columns[b], c = problem->c;

    for (size_t r = 0; r < problem->n_par; r++) {
        if (!times_G(w, m, c, w->ZX + r * m * c, w->Y)) {
            return 0;
        }
        for (size_t i = 0; i < m * c; i++) {
            w->Y[i] = -w->Y[i];
        }
        for (size_t q = 0; q <= r; q++) {
            add_product(m, c, w->ZX + q * m * c, c, w->Y, sums->T2 + mv_pair(q, r) * c * c);
        }
    }
    return 1;
}

int mv_wide_add(const tq_mv_problem *problem, const mv_states *states, size_t b, mv_depth depth,
                mv_wide *w, mv_sums *sums)
{
    const size_t m = problem->columns[b], c = problem->c;
    const double *U = problem->U + problem->start[b] * c;

    if (!first_pass(problem, states, b, c, U, w, sums->log_det, sums->T0) ||
        !connect(problem, states, b, w, sums->log_det) || !times_G(w, m, c, w->ZU, w->GU)) {
        return 0;
    }
    for (size_t i = 0; i < m * c; i++) {
        w->Y[i] = -w->GU[i];
    }
    add_product(m, c, w->ZU, c, w->Y, sums->T0);
    if (depth == MV_LIKELIHOOD) {
        return 1;
    }
    if (!find_gram(w, m)) {
        return 0;
    }
    memset(w->ZX, 0, problem->n_par * m * c * sizeof *w->ZX);
    add_wide_terms(problem, states, b, w->S, w, sums);
    second_pass(problem, states, b, w->S, w, sums);
    return correct_products(problem, b, w, sums);
}

int mv_wide_solve(const tq_mv_problem *problem, const mv_states *states, size_t b, size_t columns,
                  double *x, mv_wide *w)
{
    const size_t rows = problem->start[b + 1] - problem->start[b], m = problem->columns[b];
    double unused = 0.0;

    for (size_t a = 0; a < columns; a++) {
        double *one = x + a * rows, *L = w->L;

        if (!first_pass(problem, states, b, 1, one, w, &unused, NULL) ||
            (a == 0 && !connect(problem, states, b, w, &unused)) ||
            !times_G(w, m, 1, w->ZU, w->GU)) {
            return 0;
        }
        for (size_t l = problem->leaf_of[b]; l < problem->leaf_of[b + 1]; l++) {
            const leaf f = leaf_at(problem, b, l, &L);

            gather_columns(problem, &f, w);
            gather(&f, rows, 1, one, w->u);
            mv_forward(f.n, f.L, 1, w->u);
            mv_backward(f.n, f.L, 1, w->u);
            correct(&f, w, m, 1, w->GU, w->u);
            memcpy(one + f.place, w->u, f.n * sizeof *one);
        }
    }
    return 1;
}

/* W = D^-1 - D^-1 Z G Z'D^-1 of a leaf. */
static void inverse_of_leaf(const leaf *f, size_t m, mv_wide *w)
{
    const size_t n = f->n;

    mv_inverse_of(n, f->L, w->W);
    memset(w->F, 0, n * w->touched * sizeof *w->F);
    for (size_t j = 0; j < w->touched; j++) { /* F = H G */
        for (size_t i = 0; i < w->touched; i++) {
            const double g = link_at(w, m, i, j);

            for (size_t r = 0; r < n; r++) {
                w->F[r + j * n] += w->H[r + i * n] * g;
            }
        }
    }
    for (size_t j = 0; j < w->touched; j++) {
        for (size_t c = 0; c < n; c++) {
            for (size_t r = 0; r < n; r++) {
                w->W[r + c * n] -= w->F[r + j * n] * w->H[c + j * n];
            }
        }
    }
}

int mv_wide_each_leaf(const tq_mv_problem *problem, const mv_states *states, size_t b, mv_wide *w,
                      mv_leaf_fn *visit, void *context)
{
    const size_t m = problem->columns[b];
    double unused = 0.0, *L = w->L;

    if (!first_pass(problem, states, b, problem->c, problem->U + problem->start[b] * problem->c, w,
                    &unused, NULL) ||
        !connect(problem, states, b, w, &unused) || !find_gram(w, m)) {
        return 0;
    }
    for (size_t l = problem->leaf_of[b]; l < problem->leaf_of[b + 1]; l++) {
        const leaf f = leaf_at(problem, b, l, &L);

        gather_columns(problem, &f, w);
        inverse_of_leaf(&f, m, w);
        visit(context, l, f.n, f.row, w->W);
    }
    return 1;
}

double mv_wide_gram(const tq_mv_problem *problem, size_t b, size_t t, size_t level,
                    const mv_wide *w)
{
    const size_t column = problem->column_of[t][level];

    return w->crossed ? mv_crossed_gram(w->crossed, column)
                      : w->Q[column * (problem->columns[b] + 1)];
}
