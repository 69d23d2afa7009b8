/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenvalues of symmetric matrices against what defines them. */
#include "linalg/eigen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"
#include "support/near.h"
#include "support/random.h"

enum { MOST = 23 };

/* Z'Z of `rows` random rows: of that rank at most. */
static void random_gram(size_t n, size_t rows, random_stream *r, double *A)
{
    double Z[MOST * MOST];

    for (size_t i = 0; i < rows * n; i++) {
        Z[i] = random_normal(r);
    }
    tq_gram(rows, n, Z, NULL, A);
}

static void eigenvectors_multiply_back(void **state)
{
    random_stream r = {11};
    double A[MOST * MOST], S[MOST * MOST], Q[MOST * MOST], G[MOST * MOST], d[3 * MOST];

    (void)state;
    for (size_t n = 1; n <= MOST; n++) {
        random_gram(n, n, &r, A);
        memcpy(S, A, sizeof S);
        tq_eigen_symmetric(n, S, Q, d);
        tq_gram(n, n, Q, NULL, G);
        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i < n; i++) {
                double sum = 0.0;

                for (size_t c = 0; c < n; c++) {
                    sum += Q[i + c * n] * d[c] * Q[j + c * n];
                }
                assert_near(sum, A[i + j * n], 1e-12);
                assert_near(G[i + j * n], i == j ? 1.0 : 0.0, 1e-13);
            }
        }
    }
}

/* 2 x 2 by hand: (5, 2; 2, 2) has 6 and 1. Zeros, and a diagonal over 30 orders, stay as they are. */
static void closed_forms_come_out(void **state)
{
    double A[] = {5.0, 2.0, 2.0, 2.0}, Q[9], d[9];
    double wide[] = {1e-20, 0.0, 0.0, 0.0, 1e10, 0.0, 0.0, 0.0, -3.5}, none[4] = {0.0};

    (void)state;
    tq_eigen_symmetric(2, A, Q, d);
    assert_near(fmax(d[0], d[1]), 6.0, 1e-15);
    assert_near(fmin(d[0], d[1]), 1.0, 1e-15);
    tq_eigen_symmetric(3, wide, Q, d);
    assert_relative(d[0], 1e-20, 0.0);
    assert_relative(d[1], 1e10, 0.0);
    assert_near(d[2], -3.5, 0.0);
    tq_eigen_symmetric(2, none, Q, d);
    assert_near(d[0], 0.0, 0.0);
    assert_near(Q[0], 1.0, 0.0);
}

static void powers_undo_each_other_where_there_is_rank(void **state)
{
    random_stream r = {12};
    double A[36], S[36], Q[36], B[36], C[36], D[36], d[24];

    (void)state;
    for (size_t rows = 1; rows <= 6; rows++) {
        random_gram(6, rows, &r, A);
        memcpy(S, A, sizeof S);
        assert_int_equal(tq_power_symmetric(6, S, -0.5, Q, d, B), rows);
        tq_multiply(6, B, B, C); /* the generalised inverse: A C A = A */
        tq_multiply(6, A, C, D);
        tq_multiply(6, D, A, S);
        for (size_t i = 0; i < 36; i++) {
            assert_near(S[i], A[i], 1e-9);
        }
        memcpy(S, A, sizeof S);
        tq_power_symmetric(6, S, 0.5, Q, d, S);
        tq_multiply(6, S, S, C);
        for (size_t i = 0; i < 36; i++) {
            assert_near(C[i], A[i], 1e-12);
        }
    }
    double wide[] = {1e-24, 1e-12, 1e-12, 4.0}, low[] = {1e-24, 1e-12, 1e-12, 1.0}; /* rank 2, 1 */

    assert_int_equal(tq_power_symmetric(2, wide, -1.0, Q, d, B), 2);
    assert_relative(B[0], 4e24 / 3.0, 1e-12);
    assert_int_equal(tq_power_symmetric(2, low, -1.0, Q, d, B), 1);
    memset(A, 0, sizeof A);
    assert_int_equal(tq_power_symmetric(6, A, -0.5, Q, d, B), 0);
    assert_near(B[7], 0.0, 0.0);
}

/* Beyond 64 rows: full rank, a few directions, a diagonal, an identity plus a few directions. */
static void many_rows_multiply_back_too(void **state)
{
    enum { N = 90 };
    random_stream r = {13};
    double *A = calloc(N * N, sizeof *A), *S = calloc(N * N, sizeof *S);
    double *Q = calloc(N * N, sizeof *Q), *B = calloc(N * N, sizeof *B), d[4 * N];

    (void)state;
    for (size_t rows = 1; rows <= N; rows += 30) {
        double *Z = calloc(rows * N, sizeof *Z);

        for (size_t i = 0; i < rows * N; i++) {
            Z[i] = random_normal(&r);
        }
        tq_gram(rows, N, Z, NULL, A);
        for (int added = 0; added < 2; added++) {
            for (size_t i = 0; i < N; i++) {
                A[i + i * N] += added ? 1.0 + (double)(i % 3) : 0.0;
            }
            memcpy(S, A, N * N * sizeof *S);
            tq_eigen_symmetric(N, S, Q, d);
            for (size_t j = 0; j < N; j++) {
                for (size_t i = 0; i < N; i++) {
                    double sum = 0.0, one = 0.0;

                    for (size_t c = 0; c < N; c++) {
                        sum += Q[i + c * N] * d[c] * Q[j + c * N];
                        one += Q[c + i * N] * Q[c + j * N];
                    }
                    assert_near(sum, A[i + j * N], 1e-11);
                    assert_near(one, i == j ? 1.0 : 0.0, 1e-12);
                }
            }
            memcpy(S, A, N * N * sizeof *S);
            assert_int_equal(tq_power_symmetric(N, S, -1.0, Q, d, B), added ? N : rows);
        }
        free(Z);
    }
    memset(A, 0, N * N * sizeof *A);
    for (size_t i = 0; i < N; i++) {
        A[i + i * N] = (double)i - 3.5;
    }
    tq_eigen_symmetric(N, A, Q, d);
    for (size_t i = 0; i < N; i++) {
        assert_near(d[i], (double)i - 3.5, 0.0);
    }
    free(B);
    free(Q);
    free(S);
    free(A);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eigenvectors_multiply_back),
        cmocka_unit_test(closed_forms_come_out),
        cmocka_unit_test(many_rows_multiply_back_too),
        cmocka_unit_test(powers_undo_each_other_where_there_is_rank),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
