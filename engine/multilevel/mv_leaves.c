/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of many rows taken apart into leaves of few, which some random terms connect: see mv_wide.c. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/sparse_cholesky.h"
#include "multilevel/multilevel_internal.h"

/* A sparse matrix of the columns of Z pays from CROSSED_FROM of them on. */
enum { DENSE_MOST = 128, LEAF_MOST = 64, CROSSED_FROM = 64 };

static size_t largest_set(size_t *parent, size_t k, size_t *count)
{
    size_t largest = 0;

    memset(count, 0, k * sizeof *count);
    for (size_t i = 0; i < k; i++) {
        const size_t n = ++count[mv_root_row(parent, i)];

        largest = n > largest ? n : largest;
    }
    return largest;
}

/* Terms that may stand in Z; with known correlations only where they connect all groups. */
static int may_be_wide(const tq_mv_problem *problem, const tq_mv_term *t)
{
    return !problem->dense_only && (t->structure == TQ_MV_INTERCEPT || t->structure == TQ_MV_GEN) &&
           !(t->R && problem->n_blocks > 1);
}

static size_t finest(const tq_mv_problem *problem, const unsigned char *done)
{
    size_t best = SIZE_MAX;

    for (size_t t = 0; t < problem->n_terms; t++) {
        if (!done[t] &&
            (best == SIZE_MAX || problem->term[t].n_groups > problem->term[best].n_groups)) {
            best = t;
        }
    }
    return best;
}

/* The leaves: V and the terms that cannot be wide connect their rows; then, from the finest on, each other
   term as long as the leaves stay small. The rest is wide. leaf[k]: the first row of each row's leaf. */
static int choose_wide(tq_mv_problem *problem, size_t *leaf)
{
    const size_t k = problem->k;
    size_t *trial = malloc((2 * k + 1) * sizeof *trial), t;
    unsigned char *done = calloc(problem->n_terms + 1, 1);
    int whole = trial && done;

    for (size_t i = 0; i < k; i++) {
        leaf[i] = i;
    }
    mv_join_sampling(problem, leaf);
    for (t = 0; whole && t < problem->n_terms; t++) {
        done[t] = !may_be_wide(problem, &problem->term[t]);
        whole = !done[t] || mv_join_term(&problem->term[t], k, leaf);
    }
    while (whole && (t = finest(problem, done)) != SIZE_MAX) {
        done[t] = 1;
        memcpy(trial, leaf, k * sizeof *trial);
        whole = mv_join_term(&problem->term[t], k, trial);
        if (whole && largest_set(trial, k, trial + k) <= LEAF_MOST) {
            memcpy(leaf, trial, k * sizeof *leaf);
        } else {
            problem->wide[t] = 1;
        }
    }
    for (size_t i = 0; i < k; i++) {
        leaf[i] = mv_root_row(leaf, i);
    }
    free(trial);
    free(done);
    return whole;
}

static size_t width_of(const tq_mv_term *t)
{
    return t->structure == TQ_MV_GEN ? t->q : t->R ? t->n_groups : 1;
}

/* The same columns listed by block; home[]: the block of each group of each term, one after another. */
static int list_columns(tq_mv_problem *problem, const size_t *home, size_t entries)
{
    size_t *at = problem->wide_start = calloc(problem->n_blocks + 2, sizeof *at);

    problem->wide_group = calloc(entries + 1, sizeof *problem->wide_group);
    if (!at || !problem->wide_group) {
        return 0;
    }
    for (int fill = 0; fill < 2; fill++) {
        const size_t *block = home;

        for (size_t t = 0; t < problem->n_terms; t++) {
            const size_t step = problem->term[t].R ? problem->term[t].n_groups : 1;

            for (size_t g = 0; problem->wide[t] && g < problem->term[t].n_groups; g += step) {
                if (fill) {
                    problem->wide_group[at[block[g] + 1]++] =
                        (mv_columns){t, problem->column_of[t][g], width_of(&problem->term[t])};
                } else {
                    at[block[g] + 2]++;
                }
            }
            block += problem->wide[t] ? problem->term[t].n_groups : 0;
        }
        for (size_t b = 2; !fill && b < problem->n_blocks + 2; b++) {
            at[b] += at[b - 1];
        }
    }
    return 1;
}

/* Columns of Z: of each wide term one (of slopes q) for each group, counted within its block. */
static int number_columns(tq_mv_problem *problem, const size_t *block)
{
    size_t entries = 0, at = 0;
    size_t *home;
    int whole;

    for (size_t t = 0; t < problem->n_terms; t++) {
        entries += problem->wide[t] ? problem->term[t].n_groups : 0;
    }
    home = calloc(entries + 1, sizeof *home);
    whole = home != NULL;
    for (size_t t = 0; whole && t < problem->n_terms; t++) {
        const tq_mv_term *term = &problem->term[t];

        if (!problem->wide[t]) {
            continue;
        }
        problem->column_of[t] = calloc(term->n_groups + 1, sizeof **problem->column_of);
        whole = problem->column_of[t] != NULL;
        for (size_t i = 0; i < problem->k; i++) {
            home[at + term->group[i]] = block[i];
        }
        for (size_t g = 0; whole && g < term->n_groups; g++) {
            size_t *columns = &problem->columns[home[at + g]];

            problem->column_of[t][g] = *columns;
            *columns += term->structure == TQ_MV_GEN ? term->q : 1;
        }
        at += term->n_groups;
    }
    whole = whole && list_columns(problem, home, entries);
    free(home);
    return whole;
}

static int find_roots(tq_mv_problem *problem)
{
    for (size_t t = 0; t < problem->n_terms; t++) {
        const tq_mv_term *term = &problem->term[t];
        const size_t squares = term->n_groups * term->n_groups;

        if (!problem->wide[t] || !term->R) {
            continue;
        }
        problem->root_of_R[t] = malloc((squares + 1) * sizeof **problem->root_of_R);
        if (!problem->root_of_R[t]) {
            return 0;
        }
        memcpy(problem->root_of_R[t], term->R, squares * sizeof **problem->root_of_R);
        mv_root_of(term->n_groups, problem->root_of_R[t]);
    }
    return 1;
}

static mv_kernel kernel_for(size_t rows, size_t columns)
{
    return columns >= CROSSED_FROM && tq_sparse_available() ? MV_CROSSED
           : columns > 0 && 2 * columns < rows              ? MV_WIDE
                                                            : MV_DENSE;
}

/* Which kernel each block goes by; sizes of their kinds. */
static void choose_kernels(tq_mv_problem *problem)
{
    problem->largest_dense = 0;
    for (size_t b = 0; b < problem->n_blocks; b++) {
        const size_t n = problem->start[b + 1] - problem->start[b], m = problem->columns[b];

        problem->kernel[b] = (unsigned char)(n > DENSE_MOST ? kernel_for(n, m) : MV_DENSE);
        if (problem->kernel[b] == MV_CROSSED) {
            problem->crossed_of[b] = problem->n_crossed++;
        } else if (problem->kernel[b] == MV_WIDE && m > problem->most_dense_columns) {
            problem->most_dense_columns = m;
        }
        if (problem->kernel[b] != MV_DENSE) {
            problem->largest_wide = n > problem->largest_wide ? n : problem->largest_wide;
            problem->most_columns = m > problem->most_columns ? m : problem->most_columns;
        } else {
            problem->largest_dense = n > problem->largest_dense ? n : problem->largest_dense;
        }
    }
}

typedef struct {
    size_t block, leaf, row;
} placed;

static int by_leaf(const void *a, const void *b)
{
    const placed *x = a, *y = b;

    return x->block != y->block ? (x->block < y->block ? -1 : 1)
           : x->leaf != y->leaf ? (x->leaf < y->leaf ? -1 : 1)
                                : (x->row < y->row ? -1 : 1);
}

/* Rows of wide blocks leaf by leaf. */
static int order_by_leaf(tq_mv_problem *problem, const size_t *block, const size_t *leaf)
{
    placed *rows = malloc((problem->k + 1) * sizeof *rows);

    if (!rows) {
        return 0;
    }
    for (size_t i = 0; i < problem->k; i++) {
        rows[i] = (placed){block[i], problem->kernel[block[i]] != MV_DENSE ? leaf[i] : 0, i};
    }
    qsort(rows, problem->k, sizeof *rows, by_leaf);
    for (size_t i = 0; i < problem->k; i++) {
        problem->row[i] = rows[i].row;
    }
    free(rows);
    return 1;
}

/* Where leaves begin in row, after it has been ordered. */
static void find_leaves(tq_mv_problem *problem, const size_t *leaf)
{
    size_t n = 0;

    for (size_t b = 0; b < problem->n_blocks; b++) {
        size_t factors = 0;

        problem->leaf_of[b] = n;
        for (size_t a = problem->start[b];
             problem->kernel[b] != MV_DENSE && a < problem->start[b + 1]; a++) {
            if (a == problem->start[b] || leaf[problem->row[a]] != leaf[problem->row[a - 1]]) {
                problem->leaf[n++] = a;
            }
            problem->leaf_end[n - 1] = a + 1;
        }
        for (size_t l = problem->leaf_of[b]; l < n; l++) {
            const size_t size = problem->leaf_end[l] - problem->leaf[l];

            factors += size * size;
            problem->largest_leaf = size > problem->largest_leaf ? size : problem->largest_leaf;
        }
        problem->largest_factors =
            factors > problem->largest_factors ? factors : problem->largest_factors;
    }
    problem->leaf_of[problem->n_blocks] = n;
}

static int allocate(tq_mv_problem *problem)
{
    const size_t n = problem->n_terms;

    problem->wide = calloc(n + 1, 1);
    problem->kernel = calloc(problem->n_blocks + 1, 1);
    problem->crossed_of = calloc(problem->n_blocks + 1, sizeof *problem->crossed_of);
    problem->columns = calloc(problem->n_blocks + 1, sizeof *problem->columns);
    problem->column_of = calloc(n + 1, sizeof *problem->column_of);
    problem->root_of_R = calloc(n + 1, sizeof *problem->root_of_R);
    return problem->wide && problem->kernel && problem->crossed_of && problem->columns &&
           problem->column_of && problem->root_of_R;
}

static int allocate_leaves(tq_mv_problem *problem)
{
    problem->leaf_of = calloc(problem->n_blocks + 2, sizeof *problem->leaf_of);
    problem->leaf = calloc(problem->k + 2, sizeof *problem->leaf);
    problem->leaf_v = calloc(problem->k + 2, sizeof *problem->leaf_v);
    problem->leaf_end = calloc(problem->k + 2, sizeof *problem->leaf_end);
    problem->leaf_v_end = calloc(problem->k + 2, sizeof *problem->leaf_v_end);
    return problem->leaf_of && problem->leaf && problem->leaf_v && problem->leaf_end &&
           problem->leaf_v_end;
}

int mv_leaves_lay(tq_mv_problem *problem, const size_t *block)
{
    if (!allocate(problem)) {
        return 0;
    }
    if (problem->largest <= DENSE_MOST) {
        problem->largest_dense = problem->largest;
        return 1;
    }
    size_t *leaf = malloc((problem->k + 1) * sizeof *leaf);
    int whole =
        leaf && choose_wide(problem, leaf) && number_columns(problem, block) && find_roots(problem);

    if (whole) {
        choose_kernels(problem);
    }
    if (whole && problem->largest_wide > 0) {
        whole = allocate_leaves(problem) && order_by_leaf(problem, block, leaf);
        if (whole) {
            find_leaves(problem, leaf);
        }
    }
    free(leaf);
    return whole;
}

/* ---- V by leaves ---- */

typedef struct {
    size_t place, v;
} placed_v;

static int by_place(const void *a, const void *b)
{
    const placed_v *x = a, *y = b;

    return x->place < y->place ? -1 : 1;
}

int mv_leaves_sampling(tq_mv_problem *problem)
{
    const tq_block_matrix *V = problem->model->V;
    placed_v *all = malloc((V->n_blocks + 1) * sizeof *all);

    if (!all) {
        return 0;
    }
    for (size_t b = 0; b < problem->n_blocks; b++) {
        const size_t first = problem->v_start[b], n = problem->v_start[b + 1] - first;
        size_t a = 0;

        if (problem->kernel[b] == MV_DENSE) {
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            const size_t v = problem->v_block[first + i];

            all[i] = (placed_v){problem->place[V->row[V->start[v]]], v};
        }
        qsort(all, n, sizeof *all, by_place);
        for (size_t i = 0; i < n; i++) {
            problem->v_block[first + i] = all[i].v;
        }
        for (size_t l = problem->leaf_of[b]; l < problem->leaf_of[b + 1]; l++) {
            problem->leaf_v[l] = first + a;
            while (a < n && all[a].place < problem->leaf_end[l] - problem->start[b]) {
                a++;
            }
            problem->leaf_v_end[l] = first + a;
        }
    }
    free(all);
    return 1;
}

void mv_leaves_free(tq_mv_problem *problem)
{
    for (size_t t = 0; problem->column_of && problem->root_of_R && t < problem->n_terms; t++) {
        free(problem->column_of[t]);
        free(problem->root_of_R[t]);
    }
    free(problem->column_of);
    free(problem->root_of_R);
    free(problem->wide);
    free(problem->wide_start);
    free(problem->wide_group);
    free(problem->kernel);
    free(problem->crossed_of);
    free(problem->leaf_of);
    free(problem->leaf);
    free(problem->leaf_v);
    free(problem->leaf_end);
    free(problem->leaf_v_end);
    free(problem->columns);
}
