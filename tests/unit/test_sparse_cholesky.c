/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse factors, solutions and inverses against the dense ones. */
#include "linalg/sparse_cholesky.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"
#include "support/near.h"
#include "support/random.h"

/* A sparse lower triangle, and the same matrix in full. */
typedef struct {
    size_t n, *start, *row;
    double *value, *full;
} matrix;

/* Where A has elements. */
typedef int pattern_fn(size_t i, size_t j, random_stream *r);

static matrix matrix_new(size_t n, pattern_fn *has, random_stream *r)
{
    matrix m = {n, calloc(n + 1, sizeof *m.start), malloc(n * n * sizeof *m.row),
                malloc(n * n * sizeof *m.value), calloc(n * n, sizeof *m.full)};
    size_t at = 0;

    for (size_t j = 0; j < n; j++) {
        m.row[at++] = j;
        for (size_t i = j + 1; i < n; i++) {
            if (has(i, j, r)) {
                m.row[at++] = i;
            }
        }
        m.start[j + 1] = at;
    }
    return m;
}

/* Values that make it positive definite by the size of its diagonal. */
static void fill(matrix *m, random_stream *r)
{
    memset(m->full, 0, m->n * m->n * sizeof *m->full);
    for (size_t j = 0; j < m->n; j++) {
        for (size_t a = m->start[j] + 1; a < m->start[j + 1]; a++) {
            const size_t i = m->row[a];

            m->value[a] = random_normal(r);
            m->full[i + j * m->n] = m->full[j + i * m->n] = m->value[a];
            m->full[i * (m->n + 1)] += fabs(m->value[a]);
            m->full[j * (m->n + 1)] += fabs(m->value[a]);
        }
    }
    for (size_t j = 0; j < m->n; j++) {
        m->full[j * (m->n + 1)] += 0.13;
        m->value[m->start[j]] = m->full[j * (m->n + 1)];
    }
}

static void matrix_free(matrix *m)
{
    free(m->start);
    free(m->row);
    free(m->value);
    free(m->full);
}

static void compare_with_dense(const matrix *m, tq_sparse *s, random_stream *r)
{
    enum { COLUMNS = 3 };
    const size_t n = m->n;
    double *inverse = malloc(n * n * sizeof *inverse), *part = malloc(m->start[n] * sizeof *part);
    double *B = malloc(n * COLUMNS * sizeof *B), *b = malloc(n * COLUMNS * sizeof *b);
    double got, want;

    memcpy(inverse, m->full, n * n * sizeof *inverse);
    assert_int_equal(tq_invert_spd(n, inverse, &want, NULL), TQ_OK);
    assert_true(tq_sparse_factor(s, m->value, &got));
    assert_near(got, want, 1e-12);
    for (size_t i = 0; i < n * COLUMNS; i++) {
        B[i] = b[i] = random_normal(r);
    }
    assert_true(tq_sparse_solve(s, COLUMNS, B));
    for (size_t c = 0; c < COLUMNS; c++) {
        for (size_t i = 0; i < n; i++) {
            double x = 0.0;

            for (size_t j = 0; j < n; j++) {
                x += inverse[i + j * n] * b[j + c * n];
            }
            assert_near(B[i + c * n], x, 1e-11);
        }
    }
    assert_true(tq_sparse_inverse(s, part));
    for (size_t j = 0; j < n; j++) {
        for (size_t a = m->start[j]; a < m->start[j + 1]; a++) {
            assert_near(part[a], inverse[m->row[a] + j * n], 1e-12);
        }
    }
    free(inverse);
    free(part);
    free(B);
    free(b);
}

static int diagonal(size_t i, size_t j, random_stream *r)
{
    (void)r;
    return i == j;
}

static int full(size_t i, size_t j, random_stream *r)
{
    (void)r;
    return i != j;
}

static int arrow(size_t i, size_t j, random_stream *r)
{
    (void)r;
    return j == 0 || i == j + 1;
}

/* Two factors: levels of one meet those of the other alone. */
static int crossed(size_t i, size_t j, random_stream *r)
{
    return (i % 3 == 0) != (j % 3 == 0) && random_uniform(r) < 0.04;
}

/* Parts that do not meet, of different density. */
static int scattered(size_t i, size_t j, random_stream *r)
{
    const size_t part = i / 60;

    return part == j / 60 && random_uniform(r) < 0.1 * (double)part;
}

static void agrees_with_dense_matrices(void **state)
{
    static const struct {
        size_t n;
        pattern_fn *has;
    } cases[] = {{1, diagonal}, {40, diagonal}, {7, full},       {251, full},
                 {90, arrow},   {420, crossed}, {300, scattered}};
    random_stream r = {5};

    (void)state;
    if (!tq_sparse_available()) {
        skip();
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        matrix m = matrix_new(cases[i].n, cases[i].has, &r);
        tq_sparse *s = NULL;

        assert_int_equal(tq_sparse_new(m.n, m.start, m.row, &s, NULL), TQ_OK);
        for (int values = 0; values < 2; values++) { /* one analysis for both */
            fill(&m, &r);
            compare_with_dense(&m, s, &r);
        }
        tq_sparse_free(s);
        matrix_free(&m);
    }
}

static void an_indefinite_matrix_is_told(void **state)
{
    const size_t start[] = {0, 2, 3}, row[] = {0, 1, 1};
    const double bad[] = {1.3, 2.1, 0.7}, good[] = {1.3, 0.2, 0.7};
    tq_sparse *s = NULL;
    double log_det;

    (void)state;
    if (!tq_sparse_available()) {
        skip();
    }
    assert_int_equal(tq_sparse_new(2, start, row, &s, NULL), TQ_OK);
    assert_false(tq_sparse_factor(s, bad, &log_det));
    assert_true(tq_sparse_factor(s, good, &log_det));
    assert_near(log_det, log(1.3 * 0.7 - 0.04), 1e-14);
    tq_sparse_free(s);
    tq_sparse_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_dense_matrices),
        cmocka_unit_test(an_indefinite_matrix_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
