/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the columns of Z of a wide block meet, where they are many: with S = B B', A = Z'D^-1 Z and C = I + B'A B
 * as in mv_wide.c, all three are sparse, for two levels meet only where a leaf has both. Traces need no more of
 * G = B C^-1 B' and of Z'M^-1 Z than stands where A has elements or in the square of a level's own columns:
 *
 *     Z'M^-1 Z B = A B C^-1
 *
 * gives the latter from elements of C^-1 within the pattern, and without differences. S is kept off 0 by an
 * amount that rounding hides, so that B can be divided by.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/sparse_cholesky.h"
#include "multilevel/multilevel_internal.h"

/* The smallest variance of intercepts, in units of the typical sampling variance; what is added to that of
   slopes, whose roots are divided by as matrices. */
static const double LEAST = 1e-18, LEAST_OF_SLOPES = 1e-13;

/* The square of B that belongs to a group of columns: size times root, or times the identity. */
typedef struct {
    const double *root; /* [n x n]; NULL: the identity */
    double size;
} factor_of_S;

struct mv_crossed {
    const tq_mv_problem *problem;
    size_t m, n_groups;
    const mv_columns *group; /* [n_groups] columns in order */
    size_t *group_of;        /* [m] */
    /* Groups g >= h that meet h: link[link_start[h]] = h, .., in order. Their part of a symmetric matrix is the
       [n_g x n_h] at `at`, column by column; h with itself has both triangles. */
    size_t *link_start, *link, *at;
    size_t size;         /* of such a matrix */
    double *A, *C, *G;   /* C: its inverse, after it has been inverted */
    size_t *own_at;      /* [n_groups] where a group's square begins in QB */
    double *QB;          /* Z'M^-1 Z B in these squares */
    double *root;        /* [terms] of slopes, one after another */
    factor_of_S *factor; /* [n_terms] */
    double *small;       /* three products of two groups */
    tq_sparse *sparse;
    size_t *from;  /* [start[m]] where the elements of its lower triangle stand in A, C, G */
    size_t *start; /* [m + 1] */
    double *value; /* [start[m]] */
};

void mv_crossed_free(mv_crossed *s)
{
    if (!s) {
        return;
    }
    tq_sparse_free(s->sparse);
    free(s->group_of);
    free(s->link_start);
    free(s->link);
    free(s->at);
    free(s->A);
    free(s->C);
    free(s->G);
    free(s->own_at);
    free(s->QB);
    free(s->root);
    free(s->factor);
    free(s->small);
    free(s->from);
    free(s->start);
    free(s->value);
    free(s);
}

/* ---- the pattern ---- */

/* Which groups of columns the leaves have, and the other way round. */
typedef struct {
    size_t n_leaves;
    size_t *leaf_start, *leaf_group; /* of a leaf */
    size_t *group_start, *group_leaf;
    size_t *mark; /* [n_groups] */
} meetings;

static void meetings_free(meetings *of)
{
    free(of->leaf_start);
    free(of->leaf_group);
    free(of->group_start);
    free(of->group_leaf);
    free(of->mark);
}

/* The groups of leaf l, each once, into out; how many. */
static size_t groups_of_leaf(const mv_crossed *s, size_t l, size_t *mark, size_t *out)
{
    const tq_mv_problem *problem = s->problem;
    size_t n = 0;

    for (size_t a = problem->leaf[l]; a < problem->leaf_end[l]; a++) {
        for (size_t t = 0; t < problem->n_terms; t++) {
            if (problem->wide[t]) {
                const size_t level = problem->term[t].group[problem->row[a]];
                const size_t g = s->group_of[problem->column_of[t][level]];

                if (mark[g] != l) {
                    mark[g] = l;
                    out[n++] = g;
                }
            }
        }
    }
    return n;
}

static int find_meetings(const mv_crossed *s, size_t b, meetings *of)
{
    const tq_mv_problem *problem = s->problem;
    const size_t first = problem->leaf_of[b], n = problem->leaf_of[b + 1] - first;
    const size_t rows = problem->start[b + 1] - problem->start[b];
    const size_t most = rows * problem->n_terms + 1;

    *of = (meetings){.n_leaves = n,
                     .leaf_start = calloc(n + 1, sizeof(size_t)),
                     .leaf_group = malloc(most * sizeof(size_t)),
                     .group_start = calloc(s->n_groups + 2, sizeof(size_t)),
                     .group_leaf = malloc(most * sizeof(size_t)),
                     .mark = malloc((s->n_groups + 1) * sizeof(size_t))};
    if (!of->leaf_start || !of->leaf_group || !of->group_start || !of->group_leaf || !of->mark) {
        return 0;
    }
    memset(of->mark, 0xff, s->n_groups * sizeof *of->mark);
    for (size_t l = 0; l < n; l++) {
        const size_t at = of->leaf_start[l];

        of->leaf_start[l + 1] = at + groups_of_leaf(s, first + l, of->mark, of->leaf_group + at);
        for (size_t a = at; a < of->leaf_start[l + 1]; a++) {
            of->group_start[of->leaf_group[a] + 2]++;
        }
    }
    for (size_t g = 2; g < s->n_groups + 2; g++) {
        of->group_start[g] += of->group_start[g - 1];
    }
    for (size_t l = 0; l < n; l++) {
        for (size_t a = of->leaf_start[l]; a < of->leaf_start[l + 1]; a++) {
            of->group_leaf[of->group_start[of->leaf_group[a] + 1]++] = l;
        }
    }
    memset(of->mark, 0xff, s->n_groups * sizeof *of->mark);
    return 1;
}

static int by_number(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return x < y ? -1 : x > y;
}

/* The groups from h on that meet h, in order, into out (NULL: not wanted); how many. */
static size_t links_of(const meetings *of, size_t h, size_t *out)
{
    size_t n = 0;

    for (size_t i = of->group_start[h]; i < of->group_start[h + 1]; i++) {
        const size_t l = of->group_leaf[i];

        for (size_t a = of->leaf_start[l]; a < of->leaf_start[l + 1]; a++) {
            const size_t g = of->leaf_group[a];

            if (g >= h && of->mark[g] != h) {
                of->mark[g] = h;
                if (out) {
                    out[n] = g;
                }
                n++;
            }
        }
    }
    if (out) {
        qsort(out, n, sizeof *out, by_number);
    }
    return n;
}

static int find_links(mv_crossed *s, const meetings *of)
{
    s->link_start = calloc(s->n_groups + 1, sizeof *s->link_start);
    if (!s->link_start) {
        return 0;
    }
    for (size_t h = 0; h < s->n_groups; h++) {
        s->link_start[h + 1] = s->link_start[h] + links_of(of, h, NULL);
    }
    s->link = malloc((s->link_start[s->n_groups] + 1) * sizeof *s->link);
    s->at = malloc((s->link_start[s->n_groups] + 1) * sizeof *s->at);
    if (!s->link || !s->at) {
        return 0;
    }
    memset(of->mark, 0xff, s->n_groups * sizeof *of->mark);
    for (size_t h = 0; h < s->n_groups; h++) {
        links_of(of, h, s->link + s->link_start[h]);
        for (size_t a = s->link_start[h]; a < s->link_start[h + 1]; a++) {
            s->at[a] = s->size;
            s->size += s->group[h].n * s->group[s->link[a]].n;
        }
    }
    return 1;
}

/* The lower triangle by columns. */
static tq_status analyse(mv_crossed *s, tq_error *err)
{
    size_t *row = malloc((s->size + 1) * sizeof *row), at = 0;

    s->from = malloc((s->size + 1) * sizeof *s->from);
    s->start = calloc(s->m + 1, sizeof *s->start);
    s->value = malloc((s->size + 1) * sizeof *s->value);
    if (!row || !s->from || !s->start || !s->value) {
        free(row);
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t h = 0; h < s->n_groups; h++) {
        for (size_t c = 0; c < s->group[h].n; c++) {
            for (size_t a = s->link_start[h]; a < s->link_start[h + 1]; a++) {
                const mv_columns *g = &s->group[s->link[a]];

                for (size_t r = s->link[a] == h ? c : 0; r < g->n; r++) {
                    s->from[at] = s->at[a] + r + c * g->n;
                    row[at++] = g->first + r;
                }
            }
            s->start[s->group[h].first + c + 1] = at;
        }
    }
    const tq_status status = tq_sparse_new(s->m, s->start, row, &s->sparse, err);

    free(row);
    return status;
}

static int allocate(mv_crossed *s)
{
    const tq_mv_problem *problem = s->problem;
    size_t own = 0, roots = 0, most = 1;

    s->own_at = malloc((s->n_groups + 1) * sizeof *s->own_at);
    for (size_t g = 0; s->own_at && g < s->n_groups; g++) {
        s->own_at[g] = own;
        own += s->group[g].n * s->group[g].n;
        most = s->group[g].n > most ? s->group[g].n : most;
    }
    for (size_t t = 0; t < problem->n_terms; t++) {
        roots += problem->term[t].q * problem->term[t].q;
    }
    s->A = malloc((s->size + 1) * sizeof *s->A);
    s->C = malloc((s->size + 1) * sizeof *s->C);
    s->G = malloc((s->size + 1) * sizeof *s->G);
    s->QB = malloc((own + 1) * sizeof *s->QB);
    s->root = malloc((roots + 1) * sizeof *s->root);
    s->factor = calloc(problem->n_terms + 1, sizeof *s->factor);
    s->small = malloc(3 * most * most * sizeof *s->small);
    return s->own_at && s->A && s->C && s->G && s->QB && s->root && s->factor && s->small;
}

tq_status mv_crossed_new(const tq_mv_problem *problem, size_t b, mv_crossed **out, tq_error *err)
{
    mv_crossed *s = calloc(1, sizeof *s);
    meetings of = {0};
    int whole = s != NULL;

    if (whole) {
        s->problem = problem;
        s->m = problem->columns[b];
        s->group = problem->wide_group + problem->wide_start[b];
        s->n_groups = problem->wide_start[b + 1] - problem->wide_start[b];
        s->group_of = malloc((s->m + 1) * sizeof *s->group_of);
        whole = s->group_of != NULL;
    }
    for (size_t g = 0; whole && g < s->n_groups; g++) {
        for (size_t c = 0; c < s->group[g].n; c++) {
            s->group_of[s->group[g].first + c] = g;
        }
    }
    whole = whole && find_meetings(s, b, &of) && find_links(s, &of) && allocate(s);
    meetings_free(&of);
    const tq_status status =
        whole ? analyse(s, err) : tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");

    if (status != TQ_OK) {
        mv_crossed_free(s);
        return status;
    }
    *out = s;
    return TQ_OK;
}

/* ---- elements ---- */

/* Where the element of columns i >= j stands. */
static size_t place_of(const mv_crossed *s, size_t i, size_t j)
{
    const size_t g = s->group_of[i], h = s->group_of[j];
    size_t low = s->link_start[h], high = s->link_start[h + 1];

    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;

        if (s->link[middle] <= g) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return s->at[low] + (i - s->group[g].first) + (j - s->group[h].first) * s->group[g].n;
}

void mv_crossed_clear(mv_crossed *s)
{
    memset(s->A, 0, s->size * sizeof *s->A);
}

/* Within a group both triangles are filled in, as both are asked for. */
void mv_crossed_add(mv_crossed *s, size_t i, size_t j, double x)
{
    if (i >= j || s->group_of[i] == s->group_of[j]) {
        s->A[place_of(s, i, j)] += x;
    }
}

double mv_crossed_at(const mv_crossed *s, size_t i, size_t j)
{
    return s->G[i >= j ? place_of(s, i, j) : place_of(s, j, i)];
}

/* ---- products of small matrices ---- */

/* out[n x m] = A B, B[k x m] or, transposed, B[m x k]'. */
static void multiply(size_t n, size_t k, size_t m, const double *A, const double *B, int transposed,
                     double *out)
{
    memset(out, 0, n * m * sizeof *out);
    for (size_t j = 0; j < m; j++) {
        for (size_t c = 0; c < k; c++) {
            const double x = transposed ? B[j + c * m] : B[c + j * k];

            for (size_t i = 0; i < n; i++) {
                out[i + j * n] += A[i + c * n] * x;
            }
        }
    }
}

/* out[k x m] = A[n x k]' B[n x m]. */
static void multiply_transposed(size_t n, size_t k, size_t m, const double *A, const double *B,
                                double *out)
{
    for (size_t j = 0; j < m; j++) {
        for (size_t i = 0; i < k; i++) {
            double x = 0.0;

            for (size_t r = 0; r < n; r++) {
                x += A[r + i * n] * B[r + j * n];
            }
            out[i + j * k] = x;
        }
    }
}

/* out[n x m] = X times the root of a group of m columns, or its transpose. */
static void times_factor(const factor_of_S *f, size_t n, size_t m, const double *X, int transposed,
                         double *out)
{
    if (f->root) {
        multiply(n, m, m, X, f->root, transposed, out);
    } else {
        memcpy(out, X, n * m * sizeof *out);
    }
    for (size_t i = 0; i < n * m; i++) {
        out[i] *= f->size;
    }
}

/* out[m x n] = the root, or its transpose, times X[m x n]. */
static void factor_times(const factor_of_S *f, size_t m, size_t n, const double *X, int transposed,
                         double *out)
{
    if (f->root && transposed) {
        multiply_transposed(m, m, n, f->root, X, out);
    } else if (f->root) {
        multiply(m, m, n, f->root, X, 0, out);
    } else {
        memcpy(out, X, m * n * sizeof *out);
    }
    for (size_t i = 0; i < m * n; i++) {
        out[i] *= f->size;
    }
}

static const factor_of_S *factor_of(const mv_crossed *s, size_t g)
{
    return &s->factor[s->group[g].term];
}

/* ---- the factor ---- */

static void find_factors(mv_crossed *s, const mv_states *states)
{
    double *root = s->root;

    for (size_t t = 0; t < s->problem->n_terms; t++) {
        const mv_term_state *state = &states->of[t];
        const size_t q = state->levels;

        if (!s->problem->wide[t]) {
            continue;
        }
        if (!state->T) {
            s->factor[t] =
                (factor_of_S){s->problem->root_of_R[t], sqrt(fmax(state->phi[0], LEAST))};
            continue;
        }
        memcpy(root, state->T, q * q * sizeof *root);
        for (size_t a = 0; a < q; a++) {
            root[a * (q + 1)] += LEAST_OF_SLOPES * (1.0 + root[a * (q + 1)]);
        }
        mv_root_of(q, root);
        s->factor[t] = (factor_of_S){root, 1.0};
        root += q * q;
    }
}

/* C = I + B'A B. */
static void fill_C(mv_crossed *s)
{
    for (size_t h = 0; h < s->n_groups; h++) {
        const factor_of_S *right = factor_of(s, h);
        const size_t n_h = s->group[h].n;

        for (size_t a = s->link_start[h]; a < s->link_start[h + 1]; a++) {
            const size_t g = s->link[a], n_g = s->group[g].n, at = s->at[a];
            const factor_of_S *left = factor_of(s, g);

            if (n_g == 1 && n_h == 1 && !left->root && !right->root) {
                s->C[at] = left->size * s->A[at] * right->size;
            } else {
                times_factor(right, n_g, n_h, s->A + at, 0, s->small);
                factor_times(left, n_g, n_h, s->small, 1, s->C + at);
            }
            for (size_t i = 0; g == h && i < n_h; i++) {
                s->C[at + i * (n_h + 1)] += 1.0;
            }
        }
    }
}

int mv_crossed_factor(mv_crossed *s, const mv_states *states, double *log_det)
{
    double one;

    find_factors(s, states);
    fill_C(s);
    for (size_t i = 0; i < s->start[s->m]; i++) {
        s->value[i] = s->C[s->from[i]];
    }
    if (!tq_sparse_factor(s->sparse, s->value, &one)) {
        return 0;
    }
    *log_det += one;
    return 1;
}

/* X[m x c] := the roots of S, or their transposes, times X. */
static void roots_times(const mv_crossed *s, size_t c, double *X, int transposed)
{
    for (size_t g = 0; g < s->n_groups; g++) {
        const factor_of_S *f = factor_of(s, g);
        const size_t n = s->group[g].n;

        for (size_t j = 0; j < c; j++) {
            double *x = X + s->group[g].first + j * s->m;

            if (f->root) {
                memcpy(s->small, x, n * sizeof *x);
                factor_times(f, n, 1, s->small, transposed, x);
            } else {
                x[0] *= f->size; /* groups of more have a root */
            }
        }
    }
}

int mv_crossed_apply(mv_crossed *s, size_t c, const double *X, double *out)
{
    memmove(out, X, s->m * c * sizeof *out);
    roots_times(s, c, out, 1);
    if (!tq_sparse_solve(s->sparse, c, out)) {
        return 0;
    }
    roots_times(s, c, out, 0);
    return 1;
}

void mv_crossed_multiply(const mv_crossed *s, size_t c, const double *X, double *out)
{
    memset(out, 0, s->m * c * sizeof *out);
    for (size_t h = 0; h < s->n_groups; h++) {
        const mv_columns *right = &s->group[h];

        for (size_t a = s->link_start[h]; a < s->link_start[h + 1]; a++) {
            const mv_columns *left = &s->group[s->link[a]];

            for (size_t e = 0; e < left->n * right->n; e++) {
                const size_t i = left->first + e % left->n, j = right->first + e / left->n;
                const double x = s->A[s->at[a] + e];

                for (size_t d = 0; d < c; d++) {
                    out[i + d * s->m] += x * X[j + d * s->m];
                    if (left != right) {
                        out[j + d * s->m] += x * X[i + d * s->m];
                    }
                }
            }
        }
    }
}

/* ---- the inverse where it is needed ---- */

/* Elements of C^-1 where C has its own. */
static int invert_C(mv_crossed *s)
{
    if (!tq_sparse_inverse(s->sparse, s->value)) {
        return 0;
    }
    for (size_t i = 0; i < s->start[s->m]; i++) {
        s->C[s->from[i]] = s->value[i];
    }
    for (size_t h = 0; h < s->n_groups; h++) {
        const size_t n = s->group[h].n;
        double *own = s->C + s->at[s->link_start[h]];

        for (size_t j = 1; j < n; j++) {
            for (size_t i = 0; i < j; i++) {
                own[i + j * n] = own[j + i * n];
            }
        }
    }
    return 1;
}

/* QB of group g += A_gh B_h K_hg; K_hg as it stands, or transposed. scratch: s->small. */
static void add_to_own(mv_crossed *s, size_t g, size_t h, const double *A_gh, const double *K,
                       int transposed)
{
    const size_t n = s->group[g].n, m = s->group[h].n;
    const size_t most = n > m ? n : m;
    double *AB = s->small, *product = s->small + most * most, *own = s->QB + s->own_at[g];

    times_factor(factor_of(s, h), n, m, A_gh, 0, AB);
    multiply(n, m, n, AB, K, transposed, product);
    for (size_t i = 0; i < n * n; i++) {
        own[i] += product[i];
    }
}

/* Both squares that a pair of groups adds to. */
static void add_pair(mv_crossed *s, size_t g, size_t h, const double *A, const double *K)
{
    const size_t n = s->group[g].n, m = s->group[h].n;
    const factor_of_S *left = factor_of(s, g), *right = factor_of(s, h);

    if (n == 1 && m == 1 && !left->root && !right->root) {
        s->QB[s->own_at[g]] += *A * right->size * *K;
        if (g != h) {
            s->QB[s->own_at[h]] += *A * left->size * *K;
        }
        return;
    }
    add_to_own(s, g, h, A, K, 1);
    if (g != h) {
        const size_t most = n > m ? n : m;
        double *turned = s->small + 2 * most * most;

        for (size_t j = 0; j < m; j++) {
            for (size_t i = 0; i < n; i++) {
                turned[j + i * m] = A[i + j * n];
            }
        }
        add_to_own(s, h, g, turned, K, 0);
    }
}

int mv_crossed_invert(mv_crossed *s)
{
    const size_t last = s->n_groups - 1, n_last = s->group[last].n;

    if (!invert_C(s)) {
        return 0;
    }
    memset(s->QB, 0, (s->own_at[last] + n_last * n_last) * sizeof *s->QB);
    for (size_t h = 0; h < s->n_groups; h++) {
        const size_t m = s->group[h].n;

        for (size_t a = s->link_start[h]; a < s->link_start[h + 1]; a++) {
            const size_t g = s->link[a], n = s->group[g].n, at = s->at[a];

            add_pair(s, g, h, s->A + at, s->C + at);
            times_factor(factor_of(s, h), n, m, s->C + at, 1, s->small);
            factor_times(factor_of(s, g), n, m, s->small, 0, s->G + at);
        }
    }
    return 1;
}

/* tr(dS Z'M^-1 Z) within a group of slopes: Z'M^-1 Z = QB B^-1, B lower triangular. */
static double trace_of_slopes(size_t q, const double *dT, const double *QB, const double *B,
                              double *row)
{
    double sum = 0.0;

    for (size_t i = 0; i < q; i++) {
        for (size_t j = q; j-- > 0;) { /* row B = QB[i, .] from the last column on */
            double x = QB[i + j * q];

            for (size_t c = j + 1; c < q; c++) {
                x -= row[c] * B[c + j * q];
            }
            row[j] = x / B[j * (q + 1)];
            sum += dT[i + j * q] * row[j];
        }
    }
    return sum;
}

double mv_crossed_trace(mv_crossed *s, const mv_term_state *state, size_t t)
{
    const factor_of_S *f = &s->factor[t];
    double sum = 0.0;

    for (size_t g = 0; g < s->n_groups; g++) {
        const size_t n = s->group[g].n;
        const double *QB = s->QB + s->own_at[g];

        if (s->group[g].term != t) {
            continue;
        }
        if (state->T) {
            sum += trace_of_slopes(n, state->dT, QB, f->root, s->small);
            continue;
        }
        for (size_t i = 0; i < n * n; i++) { /* dS = L L' with B = size L */
            sum += f->root ? f->root[i] * QB[i] / f->size : QB[i] / f->size;
        }
    }
    return sum;
}

double mv_crossed_gram(const mv_crossed *s, size_t column)
{
    const size_t g = s->group_of[column];

    return s->QB[s->own_at[g]] / factor_of(s, g)->size;
}

/* ---- those of a problem ---- */

void mv_crossed_free_all(const tq_mv_problem *problem, mv_crossed **all)
{
    for (size_t i = 0; all && i < problem->n_crossed; i++) {
        mv_crossed_free(all[i]);
    }
    free(all);
}

tq_status mv_crossed_all(const tq_mv_problem *problem, mv_crossed ***out, tq_error *err)
{
    mv_crossed **all = calloc(problem->n_crossed + 1, sizeof *all);
    tq_status status = TQ_OK;

    if (!all) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    for (size_t b = 0, i = 0; status == TQ_OK && i < problem->n_crossed; b++) {
        if (problem->kernel[b] == MV_CROSSED) {
            status = mv_crossed_new(problem, b, &all[i++], err);
        }
    }
    if (status != TQ_OK) {
        mv_crossed_free_all(problem, all);
        return status;
    }
    *out = all;
    return TQ_OK;
}
