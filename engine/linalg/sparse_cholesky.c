/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse Cholesky factors by CHOLMOD, and the part of the inverse that their pattern holds. */
#include "linalg/sparse_cholesky.h"

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/sparse_library_internal.h"

struct tq_sparse {
    const sparse_api *api;
    cholmod_common common;
    size_t n;
    cholmod_sparse *A; /* lower triangle */
    cholmod_factor *L;
    cholmod_dense *X, *Y, *E; /* of solutions, used again */
    size_t *at;               /* [entries of A] where each stands in Z */
    size_t *of;               /* [n] supernode of a column of L */
    /* Of tq_sparse_inverse(). */
    double *Z;    /* [L->xsize] the inverse, laid out as L */
    double *part; /* what of it the rows of a panel need, where these stand apart */
    double *Y2;   /* [most rows of a supernode x PANEL] */
    size_t most;
};

/* Columns of a supernode that the inverse takes at once. */
enum { PANEL = 96 };

/* The OpenBLAS that starts no threads guards no buffers either. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

int tq_sparse_available(void)
{
    return sparse_load(NULL) != NULL;
}

void tq_sparse_free(tq_sparse *s)
{
    if (!s) {
        return;
    }
    if (s->api) {
        s->api->cholmod_l_free_dense(&s->X, &s->common);
        s->api->cholmod_l_free_dense(&s->Y, &s->common);
        s->api->cholmod_l_free_dense(&s->E, &s->common);
        s->api->cholmod_l_free_factor(&s->L, &s->common);
        s->api->cholmod_l_free_sparse(&s->A, &s->common);
        s->api->cholmod_l_finish(&s->common);
    }
    free(s->at);
    free(s->of);
    free(s->Z);
    free(s->part);
    free(s->Y2);
    free(s);
}

/* ---- analysis ---- */

static int copy_pattern(tq_sparse *s, const size_t *start, const size_t *row)
{
    s->A = s->api->cholmod_l_allocate_sparse(s->n, s->n, start[s->n], 1, 1, -1, CHOLMOD_REAL,
                                             &s->common);
    if (!s->A) {
        return 0;
    }
    SuiteSparse_long *const p = s->A->p, *const i = s->A->i;

    for (size_t j = 0; j <= s->n; j++) {
        p[j] = (SuiteSparse_long)start[j];
    }
    for (size_t a = 0; a < start[s->n]; a++) {
        i[a] = (SuiteSparse_long)row[a];
    }
    memset(s->A->x, 0, start[s->n] * sizeof(double));
    return 1;
}

/* A supernode of L: columns [first, end) whose rows are the same. */
typedef struct {
    size_t first, end, rows;
    const SuiteSparse_long *row; /* [rows] of L, the columns' own first */
    size_t x;                    /* where its [rows x columns] begin */
} supernode;

static supernode supernode_at(const cholmod_factor *L, size_t j)
{
    const SuiteSparse_long *first = L->super, *pi = L->pi, *px = L->px, *rows = L->s;

    return (supernode){.first = (size_t)first[j],
                       .end = (size_t)first[j + 1],
                       .rows = (size_t)(pi[j + 1] - pi[j]),
                       .row = rows + pi[j],
                       .x = (size_t)px[j]};
}

/* The place of a row of L in a supernode that has it. */
static size_t row_in(const supernode *j, size_t row)
{
    size_t low = 0, high = j->rows;

    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;

        if ((size_t)j->row[middle] <= row) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Where the elements of A stand in the factor's pattern. */
static int find_places(tq_sparse *s, const size_t *start, const size_t *row)
{
    const SuiteSparse_long *order = s->L->Perm;
    size_t *back = malloc((s->n + 1) * sizeof *back);

    s->of = malloc((s->n + 1) * sizeof *s->of);
    s->at = malloc((start[s->n] + 1) * sizeof *s->at);
    if (!back || !s->of || !s->at) {
        free(back);
        return 0;
    }
    for (size_t j = 0; j < s->n; j++) {
        back[order[j]] = j;
    }
    for (size_t j = 0; j < s->L->nsuper; j++) {
        const supernode node = supernode_at(s->L, j);

        for (size_t c = node.first; c < node.end; c++) {
            s->of[c] = j;
        }
    }
    for (size_t j = 0; j < s->n; j++) {
        for (size_t a = start[j]; a < start[j + 1]; a++) {
            const size_t x = back[j], y = back[row[a]], low = x < y ? x : y, high = x < y ? y : x;
            const supernode node = supernode_at(s->L, s->of[low]);

            s->at[a] = node.x + (low - node.first) * node.rows + row_in(&node, high);
        }
    }
    free(back);
    return 1;
}

static int analyse(tq_sparse *s, const size_t *start, const size_t *row)
{
    if (!copy_pattern(s, start, row)) {
        return 0;
    }
    s->L = s->api->cholmod_l_analyze(s->A, &s->common);
    return s->L && s->L->is_super && find_places(s, start, row);
}

static tq_status no_memory(tq_error *err)
{
    return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
}

tq_status tq_sparse_new(size_t n, const size_t *start, const size_t *row, tq_sparse **out,
                        tq_error *err)
{
    const sparse_api *api = sparse_load(err);
    tq_sparse *s = api ? calloc(1, sizeof *s) : NULL;

    if (!s) {
        return api ? no_memory(err) : TQ_EINVAL;
    }
    s->api = api;
    s->n = n;
    api->cholmod_l_start(&s->common);
    s->common.print = 0;
    s->common.supernodal = CHOLMOD_SUPERNODAL;
    /* One ordering: METIS's took longer and filled more on every design that was tried. */
    s->common.nmethods = 1;
    s->common.method[0].ordering = CHOLMOD_AMD;
    if (!analyse(s, start, row)) {
        tq_sparse_free(s);
        return no_memory(err);
    }
    *out = s;
    return TQ_OK;
}

/* ---- factor and solutions ---- */

int tq_sparse_factor(tq_sparse *s, const double *value, double *log_det)
{
    const SuiteSparse_long *p = s->A->p;
    double sum = 0.0;

    memcpy(s->A->x, value, (size_t)p[s->n] * sizeof *value);
    pthread_mutex_lock(&one_at_a_time);
    const int whole = s->api->cholmod_l_factorize(s->A, s->L, &s->common) &&
                      s->common.status == CHOLMOD_OK && s->L->minor == s->n;

    pthread_mutex_unlock(&one_at_a_time);
    for (size_t j = 0; whole && j < s->L->nsuper; j++) {
        const supernode node = supernode_at(s->L, j);
        const double *x = (const double *)s->L->x + node.x;

        for (size_t c = 0; c < node.end - node.first; c++) {
            sum += 2.0 * log(x[c * (node.rows + 1)]);
        }
    }
    *log_det = sum;
    return whole && isfinite(sum);
}

int tq_sparse_solve(tq_sparse *s, size_t m, double *B)
{
    cholmod_dense right = {.nrow = s->n,
                           .ncol = m,
                           .nzmax = s->n * m,
                           .d = s->n,
                           .x = B,
                           .xtype = CHOLMOD_REAL,
                           .dtype = CHOLMOD_DOUBLE};

    pthread_mutex_lock(&one_at_a_time);
    const int whole = s->api->cholmod_l_solve2(CHOLMOD_A, s->L, &right, NULL, &s->X, NULL, &s->Y,
                                               &s->E, &s->common);

    pthread_mutex_unlock(&one_at_a_time);
    if (whole) {
        memcpy(B, s->X->x, s->n * m * sizeof *B);
    }
    return whole;
}

/* ---- the inverse where the factor has elements ---- */

/*
 * With L = [L1; L2] the columns of a panel, L2 in the rows I below them, and Z = A^-1 known there:
 *
 *     Y = L2 L1^-1,   Z[I, panel] = -Z[I, I] Y,   Z[panel, panel] = (L1 L1')^-1 + Y' Z[I, I] Y
 *
 * (Takahashi, Fagan & Chin 1973; by panels of columns Lin et al. 2011, ACM Trans. Math. Softw. 37(4):40).
 */
typedef struct {
    size_t rows, width;          /* of I; columns of the panel */
    const SuiteSparse_long *row; /* [rows] I */
    const double *L;             /* L1's first element, ld apart */
    double *Z;                   /* the same in Z */
    size_t ld;
} panel;

static panel panel_at(const tq_sparse *s, const supernode *j, size_t first)
{
    const size_t width = j->end - first < PANEL ? j->end - first : PANEL;
    const size_t at = first - j->first;

    return (panel){.rows = j->rows - at - width,
                   .width = width,
                   .row = j->row + at + width,
                   .L = (const double *)s->L->x + j->x + at * (j->rows + 1),
                   .Z = s->Z + j->x + at * (j->rows + 1),
                   .ld = j->rows};
}

/* Whether I is a run of columns of one supernode. */
static int stands_together(const tq_sparse *s, const SuiteSparse_long *row, size_t rows)
{
    const supernode node = supernode_at(s->L, s->of[row[0]]);
    const size_t last = (size_t)row[rows - 1];

    return last < node.end && last - (size_t)row[0] + 1 == rows;
}

/* Z[I, I], its lower triangle, *ld apart. */
static const double *inverse_below(const tq_sparse *s, const panel *p, size_t *ld)
{
    if (stands_together(s, p->row, p->rows)) {
        const supernode node = supernode_at(s->L, s->of[p->row[0]]);

        *ld = node.rows;
        return s->Z + node.x + ((size_t)p->row[0] - node.first) * (node.rows + 1);
    }
    for (size_t c = 0; c < p->rows; c++) {
        const supernode node = supernode_at(s->L, s->of[p->row[c]]);
        const double *x = s->Z + node.x + ((size_t)p->row[c] - node.first) * node.rows;
        size_t at = (size_t)p->row[c] - node.first;

        for (size_t r = c; r < p->rows; r++) {
            while (node.row[at] < p->row[r]) {
                at++;
            }
            s->part[r + c * p->rows] = x[at];
        }
    }
    *ld = p->rows;
    return s->part;
}

/* The lower triangle of (L1 L1')^-1 for a panel. */
static void invert_corner(const panel *p)
{
    for (size_t c = 0; c < p->width; c++) { /* L1^-1 */
        for (size_t r = c; r < p->width; r++) {
            double x = r == c ? 1.0 : 0.0;

            for (size_t a = c; a < r; a++) {
                x -= p->L[r + a * p->ld] * p->Z[a + c * p->ld];
            }
            p->Z[r + c * p->ld] = x / p->L[r * (p->ld + 1)];
        }
    }
    for (size_t c = 0; c < p->width; c++) { /* row r of column c needs the columns from r on */
        for (size_t r = c; r < p->width; r++) {
            double x = 0.0;

            for (size_t a = r; a < p->width; a++) {
                x += p->Z[a + r * p->ld] * p->Z[a + c * p->ld];
            }
            p->Z[r + c * p->ld] = x;
        }
    }
}

static void invert_panel(const tq_sparse *s, const panel *p)
{
    const sparse_api *api = s->api;
    const blasint rows = (blasint)p->rows, width = (blasint)p->width, ld = (blasint)p->ld;
    double *below = p->Z + p->width;
    size_t apart;

    invert_corner(p);
    if (rows == 0) {
        return;
    }
    for (size_t c = 0; c < p->width; c++) {
        memcpy(s->Y2 + c * p->rows, p->L + p->width + c * p->ld, p->rows * sizeof *s->Y2);
    }
    api->cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, rows, width,
                     1.0, p->L, ld, s->Y2, rows);
    const double *known = inverse_below(s, p, &apart);

    api->cblas_dsymm(CblasColMajor, CblasLeft, CblasLower, rows, width, -1.0, known, (blasint)apart,
                     s->Y2, rows, 0.0, below, ld);
    api->cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, width, width, rows, -1.0, s->Y2, rows,
                     below, ld, 1.0, p->Z, ld);
}

/* Memory of the inverse, with the first one. */
static int make_room(tq_sparse *s)
{
    size_t apart = 0;

    if (s->Z) {
        return 1;
    }
    for (size_t j = 0; j < s->L->nsuper; j++) {
        const supernode node = supernode_at(s->L, j);
        const size_t columns = node.end - node.first, below = node.rows - columns;

        s->most = node.rows > s->most ? node.rows : s->most;
        /* the panels before the last one of a supernode have I in two */
        if (below > 0 && (columns > PANEL || !stands_together(s, node.row + columns, below))) {
            apart = node.rows > apart ? node.rows : apart;
        }
    }
    if (s->most > SIZE_MAX / 64 / (s->most + PANEL)) {
        return 0;
    }
    s->Z = calloc(s->L->xsize + 1, sizeof *s->Z);
    s->Y2 = malloc((s->most * PANEL + 1) * sizeof *s->Y2);
    s->part = malloc((apart * apart + 1) * sizeof *s->part);
    if (s->Z && s->Y2 && s->part) {
        return 1;
    }
    free(s->Z);
    free(s->Y2);
    free(s->part);
    s->Z = s->Y2 = s->part = NULL;
    return 0;
}

int tq_sparse_inverse(tq_sparse *s, double *value)
{
    const SuiteSparse_long *p = s->A->p;

    if (!make_room(s)) {
        return 0;
    }
    pthread_mutex_lock(&one_at_a_time);
    for (size_t j = s->L->nsuper; j-- > 0;) {
        const supernode node = supernode_at(s->L, j);
        const size_t columns = node.end - node.first;

        for (size_t panels = (columns + PANEL - 1) / PANEL; panels-- > 0;) {
            const panel one = panel_at(s, &node, node.first + panels * PANEL);

            invert_panel(s, &one);
        }
    }
    pthread_mutex_unlock(&one_at_a_time);
    for (size_t a = 0; a < (size_t)p[s->n]; a++) {
        value[a] = s->Z[s->at[a]];
    }
    return 1;
}
