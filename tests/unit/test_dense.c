/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small dense matrices: Gram matrices, Cholesky inverse, QR, triangular solves. */
#include "support/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linalg/dense.h"
#include "support/random.h"

enum { K = 5, P = 3 };

/* clang-format off */
static const double X[K * P] = {1, 1, 1, 1, 1,  2.385, -0.418, 3.7, 1.06, -2.2,  0.31, 7.9, -1.3, 4.4, 0.02};
static const double w[K] = {3.1, 0.07, 12.5, 1.9, 0.6};
static const double y[K] = {-0.89, -1.59, 0.31, 2.44, -0.22};
/* clang-format on */

static void gram_and_cross_sum_over_studies(void **state)
{
    double G[P * P], c[P];

    (void)state;
    tq_gram(K, P, X, w, G);
    tq_cross(K, P, X, w, y, c);
    for (size_t a = 0; a < P; a++) {
        double want_c = 0.0;

        for (size_t b = 0; b < P; b++) {
            double want = 0.0;

            for (size_t i = 0; i < K; i++) {
                want += X[i + a * K] * w[i] * X[i + b * K];
            }
            assert_relative(G[a + b * P], want, 1e-15);
            assert_relative(G[a + b * P], G[b + a * P], 0.0);
        }
        for (size_t i = 0; i < K; i++) {
            want_c += X[i + a * K] * w[i] * y[i];
        }
        assert_relative(c[a], want_c, 1e-14);
    }
    tq_gram(K, P, X, NULL, G);
    tq_cross(K, P, X, NULL, y, c);
    assert_near(G[0], 5.0, 1e-15);
    assert_near(c[0], 0.05, 1e-14);
}

static void inverse_times_matrix_is_the_identity(void **state)
{
    double G[P * P], A[P * P], I[P * P], logdet;

    (void)state;
    tq_gram(K, P, X, w, G);
    memcpy(A, G, sizeof A);
    assert_int_equal(tq_invert_spd(P, A, &logdet, NULL), TQ_OK);
    tq_multiply(P, G, A, I);
    for (size_t a = 0; a < P; a++) {
        for (size_t b = 0; b < P; b++) {
            assert_near(I[a + b * P], a == b ? 1.0 : 0.0, 1e-13);
            assert_relative(A[a + b * P], A[b + a * P], 0.0);
        }
    }
    const double det = G[0] * (G[4] * G[8] - G[7] * G[5]) - G[3] * (G[1] * G[8] - G[7] * G[2]) +
                       G[6] * (G[1] * G[5] - G[4] * G[2]);

    assert_near(logdet, log(det), 1e-13);
    assert_near(tq_trace_product(P, G, A), 3.0, 1e-13);
}

static void one_by_one_is_a_reciprocal(void **state)
{
    double a = 0.3125, logdet;

    (void)state;
    assert_int_equal(tq_invert_spd(1, &a, &logdet, NULL), TQ_OK);
    assert_near(a, 3.2, 1e-15);
    assert_near(logdet, log(0.3125), 1e-15);
}

static void indefinite_singular_and_nan_are_refused(void **state)
{
    double indefinite[] = {1.0, 2.0, 2.0, 1.0}, zero = 0.0, nan_ = NAN, logdet;
    tq_error err;

    (void)state;
    assert_int_equal(tq_invert_spd(2, indefinite, &logdet, &err), TQ_EDATA);
    assert_int_equal(err.row, TQ_NO_ROW);
    assert_int_equal(tq_invert_spd(1, &zero, &logdet, NULL), TQ_EDATA);
    assert_int_equal(tq_invert_spd(1, &nan_, &logdet, NULL), TQ_EDATA);
}

static void forms_and_products_match_their_sums(void **state)
{
    const double A[] = {2.0, -1.0, 0.5, 3.0}, B[] = {0.7, 0.1, 4.0, -2.0};
    const double x[] = {1.5, -0.25}, z[] = {2.0, 8.0};
    double C[4];

    (void)state;
    tq_multiply(2, A, B, C); /* columns (2, -1) and (0.5, 3) */
    assert_near(C[0], 2.0 * 0.7 + 0.5 * 0.1, 1e-15);
    assert_near(C[1], -1.0 * 0.7 + 3.0 * 0.1, 1e-15);
    assert_near(C[2], 2.0 * 4.0 + 0.5 * -2.0, 1e-15);
    assert_near(C[3], -1.0 * 4.0 + 3.0 * -2.0, 1e-15);
    assert_near(tq_bilinear(2, x, A, z), 1.5 * (2.0 * 2.0 + 0.5 * 8.0) - 0.25 * (-2.0 + 24.0),
                1e-14);
}

static void qr_is_orthonormal_and_multiplies_back(void **state)
{
    double Q[K * P], R[P * P], tau[P], G[P * P];

    (void)state;
    memcpy(Q, X, sizeof Q);
    assert_int_equal(tq_qr(K, P, Q, R, tau, NULL), TQ_OK);
    tq_gram(K, P, Q, NULL, G);
    for (size_t a = 0; a < P; a++) {
        for (size_t b = 0; b < P; b++) {
            assert_near(G[a + b * P], a == b ? 1.0 : 0.0, 1e-15);
        }
        assert_true(a == 0 || R[a] == 0.0); /* below the diagonal */
    }
    for (size_t i = 0; i < K; i++) {
        for (size_t b = 0; b < P; b++) {
            double sum = 0.0;

            for (size_t a = 0; a < P; a++) {
                sum += Q[i + a * K] * R[a + b * P];
            }
            assert_near(sum, X[i + b * K], 1e-14);
        }
    }
}

static void square_designs_have_a_qr(void **state)
{
    double Q[] = {3.0, 4.0, -1.0, 2.0}, R[4], tau[2];

    (void)state;
    assert_int_equal(tq_qr(2, 2, Q, R, tau, NULL), TQ_OK);
    assert_near(fabs(R[0]), 5.0, 1e-15);
    assert_near(fabs(R[0] * R[3]), 10.0, 1e-14); /* |det| */
}

static void dependent_columns_are_named(void **state)
{
    double Q[K * P], R[P * P], tau[P];
    tq_error err;

    (void)state;
    memcpy(Q, X, sizeof Q);
    for (size_t i = 0; i < K; i++) {
        Q[i + 2 * K] = 0.1 * Q[i] - 3.3 * Q[i + K];
    }
    assert_int_equal(tq_qr(K, P, Q, R, tau, &err), TQ_EDATA);
    assert_int_equal(err.row, 2);
    memcpy(Q, X, sizeof Q);
    memset(Q + K, 0, K * sizeof *Q);
    assert_int_equal(tq_qr(K, P, Q, R, tau, &err), TQ_EDATA);
    assert_int_equal(err.row, 1);
    memcpy(Q, X, sizeof Q);
    Q[3] = NAN;
    assert_int_equal(tq_qr(K, P, Q, R, tau, &err), TQ_EDATA);
}

/* ---- tall designs, taken by blocks of rows ---- */

enum { TALL = 9001, WIDE = 11 };

static double *tall_design(void)
{
    random_stream r = {20240311};
    double *D = calloc(TALL * WIDE, sizeof *D);

    assert_non_null(D);
    for (size_t i = 0; i < TALL; i++) {
        D[i] = 1.0;
        for (size_t a = 1; a < WIDE; a++) { /* a year, and columns close to those before them */
            D[i + a * TALL] = a == 1 ? 2003.0 + 7.0 * random_normal(&r)
                                     : 0.9 * D[i + (a - 1) * TALL] + random_normal(&r);
        }
    }
    return D;
}

static void blocks_of_rows_sum_to_the_whole(void **state)
{
    double *D = tall_design(), *u = calloc(2 * TALL, sizeof *u), *h = u + TALL;
    double G[WIDE * WIDE], A[WIDE * WIDE], c[WIDE] = {0}, b[WIDE];
    random_stream r = {77};

    (void)state;
    for (size_t i = 0; i < TALL; i++) {
        u[i] = random_normal(&r); /* weights of either sign */
    }
    tq_gram(TALL, WIDE, D, u, G);
    tq_row_forms(TALL, WIDE, D, G, h);
    for (size_t a = 0; a < WIDE; a++) {
        for (size_t d = 0; d < WIDE; d++) {
            double want = 0.0, size = 0.0;

            for (size_t i = 0; i < TALL; i++) {
                want += u[i] * D[i + a * TALL] * D[i + d * TALL];
                size += fabs(u[i] * D[i + a * TALL] * D[i + d * TALL]);
            }
            assert_near(G[a + d * WIDE] / size, want / size, 1e-14);
            assert_relative(G[a + d * WIDE], G[d + a * WIDE], 0.0);
        }
    }
    for (size_t i = 0; i < TALL; i += 997) {
        for (size_t a = 0; a < WIDE; a++) {
            b[a] = D[i + a * TALL];
        }
        assert_relative(h[i], tq_bilinear(WIDE, b, G, b), 1e-11);
    }
    /* y - D b, then D'W of it, in blocks of an uneven length */
    memcpy(h, D + TALL, TALL * sizeof *h);
    for (size_t from = 0; from < TALL; from += 350) {
        const size_t n = TALL - from < 350 ? TALL - from : 350;

        tq_subtract_product(n, WIDE, D + from, TALL, b, h + from);
        tq_add_cross(n, WIDE, D + from, TALL, u + from, h + from, c);
    }
    tq_cross(TALL, WIDE, D, u, h, A);
    for (size_t a = 0; a < WIDE; a++) {
        assert_relative(c[a], A[a], 1e-11);
    }
    free(u);
    free(D);
}

static void tall_designs_have_the_same_qr(void **state)
{
    double *D = tall_design(), *Q = calloc(TALL * WIDE, sizeof *Q);
    double R[WIDE * WIDE], tau[WIDE], G[WIDE * WIDE];
    tq_error err;

    (void)state;
    memcpy(Q, D, TALL * WIDE * sizeof *Q);
    assert_int_equal(tq_qr(TALL, WIDE, Q, R, tau, NULL), TQ_OK);
    tq_gram(TALL, WIDE, Q, NULL, G);
    for (size_t a = 0; a < WIDE; a++) {
        for (size_t b = 0; b < WIDE; b++) {
            /* Sums of thousands of products, in the order of the machine's kernels. */
            assert_near(G[a + b * WIDE], a == b ? 1.0 : 0.0, 1e-13);
            assert_true(a <= b || R[a + b * WIDE] == 0.0);
        }
    }
    for (size_t i = 0; i < TALL; i += 487) {
        for (size_t b = 0; b < WIDE; b++) {
            double sum = 0.0;

            for (size_t a = 0; a <= b; a++) {
                sum += Q[i + a * TALL] * R[a + b * WIDE];
            }
            assert_near(sum, D[i + b * TALL], 1e-12);
        }
    }
    memcpy(Q, D, TALL * WIDE * sizeof *Q);
    for (size_t i = 0; i < TALL; i++) {
        Q[i + 7 * TALL] = 3.0 * Q[i + 2 * TALL] - 0.4 * Q[i] + 0.01 * Q[i + 5 * TALL];
    }
    assert_int_equal(tq_qr(TALL, WIDE, Q, R, tau, &err), TQ_EDATA);
    assert_int_equal(err.row, 7);
    D[3 + 4 * TALL] = NAN;
    assert_int_equal(tq_qr(TALL, WIDE, D, R, tau, &err), TQ_EDATA);
    free(Q);
    free(D);
}

static void triangular_solves_undo_the_products(void **state)
{
    const double R[] = {2.0, 0.0, 0.0, -1.5, 0.5, 0.0, 0.25, 3.0, 1.25};
    const double B[] = {4.0, 1.0, -0.5, 1.0, 3.0, 0.2, -0.5, 0.2, 2.0};
    double x[] = {1.0, -2.0, 0.75}, A[9], Rt[9], half[9], back[9];

    (void)state;
    tq_solve_upper(3, R, x);
    for (size_t a = 0; a < 3; a++) {
        const double want[] = {1.0, -2.0, 0.75};

        assert_near(R[a] * x[0] + R[a + 3] * x[1] + R[a + 6] * x[2], want[a], 1e-14);
    }
    memcpy(A, B, sizeof A);
    tq_congruence_upper(3, R, A);
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = 0; b < 3; b++) {
            Rt[a + b * 3] = R[b + a * 3];
        }
    }
    tq_multiply(3, R, A, half);
    tq_multiply(3, half, Rt, back);
    for (size_t i = 0; i < 9; i++) {
        assert_near(back[i], B[i], 1e-13);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gram_and_cross_sum_over_studies),
        cmocka_unit_test(inverse_times_matrix_is_the_identity),
        cmocka_unit_test(one_by_one_is_a_reciprocal),
        cmocka_unit_test(indefinite_singular_and_nan_are_refused),
        cmocka_unit_test(forms_and_products_match_their_sums),
        cmocka_unit_test(qr_is_orthonormal_and_multiplies_back),
        cmocka_unit_test(square_designs_have_a_qr),
        cmocka_unit_test(dependent_columns_are_named),
        cmocka_unit_test(blocks_of_rows_sum_to_the_whole),
        cmocka_unit_test(tall_designs_have_the_same_qr),
        cmocka_unit_test(triangular_solves_undo_the_products),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
