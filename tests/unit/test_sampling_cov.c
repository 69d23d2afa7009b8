/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sampling covariances: structures, groups, given values, positive definiteness, the nearest matrix. */
#include "multilevel/sampling_cov.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "linalg/eigen.h"
#include "support/near.h"
#include "support/random.h"

enum { K = 8, N = 5 };

/* Cluster 0 has the rows 0, 1, 2, 3 and 7. */
static const size_t cluster[K] = {0, 0, 0, 0, 1, 1, 2, 0}, each[K] = {0, 1, 2, 3, 4, 5, 6, 7};
static const size_t out[K] = {0, 0, 1, 1, 0, 1, 0, 2}, type[K] = {0, 0, 0, 0, 0, 0, 0, 1};
static const size_t arm[K] = {1, 1, 2, 2, 1, 2, 1, 1}, control[K] = {9, 9, 9, 9, 9, 9, 9, 9};
static const double times[K] = {3, 6, 3, 6.5, 3, 6, 12, 6}, others[K] = {3, 6, 7, 8, 3, 6, 12, 9};
static const double n1[K] = {20, 20, 30, 30, 15, 16, 12, 20};
static const double n2[K] = {40, 40, 40, 40, 20, 20, 13, 40};
static const double vi[K] = {0.113, 0.124, 0.2317, 0.19, 0.205, 0.31, 0.4, 0.151};

/* vcalc() of metafor 3.8.1 in R 4.2.2: covariances of cluster 0 below the diagonal, row by row. */
/* clang-format off */
static const double cs_by_row[] = {0.0710233764333969, 0.0970853026981942, 0.101700973446669, 0.0879158688747373, 0.0920956025008795, 0.125889951942162, 0.0783752511957697, 0.0821014007188671, 0.112228392129621, 0.101628736093686};
static const double all_of_it[] = {0.0862934023665772, 0.0366947952712643, 0.0280222896734724, 0.0229809001423853, 0.0330225896708818, 0.145107079181892, 0.028567779060858, 0.0410507003594336, 0.015461486784556, 0.0182204359364502};
static const double outcomes_in_time[] = {0.0862934023665772, 0.088994860806678, 0.0679616755057363, 0.0557349344577303, 0.0800887632567765, 0.145107079181892, 0.0523742616115731, 0.0752596173256282, 0.0749966230406193, 0.0883790274895577};
static const double by_time[] = {0.0726953850869331, 0.0844652246526654, 0.144076379049447, 0.0650145634546238, 0.110898454678142, 0.17834409858473, 0.0492653133757871, 0.0840342045274571, 0.135141688856085, 0.143974042799388};
/* clang-format on */

static tq_sampling_spec base(tq_cov_structure structure, double rho, double phi)
{
    return (tq_sampling_spec){.cluster = cluster,
                              .n_clusters = 3,
                              .structure = structure,
                              .rho = rho,
                              .rho_type = NAN,
                              .phi = phi};
}

static void expect_cluster(const tq_sampling_spec *spec, const double *want)
{
    tq_block_matrix *V = NULL;
    tq_error err;
    size_t at = 0;

    assert_int_equal(tq_sampling_cov(K, vi, spec, &V, &err), TQ_OK);
    assert_int_equal(V->n_blocks, 3);
    assert_int_equal(V->start[1], N);
    assert_int_equal(V->row[4], 7);
    for (size_t a = 0; a < N; a++) {
        assert_near(V->value[a + a * N], vi[V->row[a]], 0.0);
        for (size_t b = 0; b < a; b++) {
            assert_near(V->value[a + b * N], want[at], 1e-14);
            assert_near(V->value[b + a * N], want[at++], 1e-14);
        }
    }
    assert_int_equal(tq_covariance_check(V, NULL, &err), TQ_OK);
    tq_block_matrix_free(V);
}

static void structures_agree_with_vcalc(void **state)
{
    tq_sampling_spec spec = base(TQ_COV_CS, 0.6, NAN);

    (void)state;
    expect_cluster(&spec, cs_by_row);
    spec.obs = each;
    expect_cluster(&spec, cs_by_row);
    spec = base(TQ_COV_CS_CAR, 0.55, 0.9);
    spec.obs = out;
    spec.time = times;
    expect_cluster(&spec, outcomes_in_time);
    spec = base(TQ_COV_CAR, NAN, 0.85);
    spec.time = others;
    expect_cluster(&spec, by_time);
    spec = base(TQ_COV_CS_CAR, 0.6, 0.9);
    spec.rho_type = 0.3;
    spec.obs = out;
    spec.type = type;
    spec.time = times;
    spec.group1 = arm;
    spec.group2 = control;
    spec.size1 = n1;
    spec.size2 = n2;
    expect_cluster(&spec, all_of_it);
}

/* By hand: rho + (1 - rho) phi^d; independence; rows of one type with one obs each. */
static void simple_structures_have_closed_forms(void **state)
{
    tq_sampling_spec spec = base(TQ_COV_CS_PLUS_CAR, 0.6, 0.9);
    tq_block_matrix *V = NULL;

    (void)state;
    spec.time = others;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, NULL), TQ_OK);
    assert_near(V->value[1], (0.6 + 0.4 * pow(0.9, 3.0)) * sqrt(0.113 * 0.124), 1e-16);
    tq_block_matrix_free(V);
    spec = base(TQ_COV_ID, NAN, NAN);
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, NULL), TQ_OK);
    assert_int_equal(V->n_blocks, 3);
    assert_near(V->value[1], 0.0, 0.0);
    assert_near(V->value[V->at[2]], 0.4, 0.0);
    tq_block_matrix_free(V);
    spec = base(TQ_COV_CS, 0.6, NAN);
    spec.type = out; /* one rho serves types as well */
    spec.n_clusters = K;
    spec.cluster = each;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, NULL), TQ_OK);
    assert_int_equal(V->n_blocks, K);
    assert_near(V->value[2], 0.2317, 0.0);
    tq_block_matrix_free(V);
}

/* Means of five groups with variances 1/n, compared in pairs: the correlations of C diag(1/n) C'. */
static void comparisons_correlate_by_the_groups_they_share(void **state)
{
    static const double n[] = {17.0, 23.0, 41.0, 8.0, 30.0};
    static const size_t first[] = {0, 1, 2, 3, 1, 4}, second[] = {2, 2, 1, 4, 0, 3};
    static const size_t one[6] = {0};
    double s1[6], s2[6], v[6], C[6][5] = {{0.0}};
    tq_sampling_spec spec = {.cluster = one, .n_clusters = 1, .structure = TQ_COV_CS, .rho = 0.7};
    tq_block_matrix *V = NULL;

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        s1[i] = n[first[i]];
        s2[i] = n[second[i]];
        v[i] = 2.3 * (1.0 / s1[i] + 1.0 / s2[i]);
        C[i][first[i]] = 1.0;
        C[i][second[i]] = -1.0;
    }
    spec.obs = one; /* one outcome: groups alone make the correlations */
    spec.group1 = first;
    spec.group2 = second;
    spec.size1 = s1;
    spec.size2 = s2;
    assert_int_equal(tq_sampling_cov(6, v, &spec, &V, NULL), TQ_OK);
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < 6; j++) {
            double want = 0.0;

            for (size_t g = 0; g < 5; g++) {
                want += 2.3 * C[i][g] * C[j][g] / n[g];
            }
            assert_near(V->value[i + j * 6], want, 1e-15);
        }
    }
    tq_block_matrix_free(V);
    spec.size1 = spec.size2 = NULL;
    assert_int_equal(tq_sampling_cov(6, v, &spec, &V, NULL), TQ_OK);
    assert_near(V->value[1], 0.5 * sqrt(v[0] * v[1]), 1e-15);
    tq_block_matrix_free(V);
}

static void reported_and_given_values_come_first(void **state)
{
    const tq_reported_correlation reported[] = {
        {TQ_COV_ANY, 1, 0, 0.31}, {1, 0, 1, -0.22}, {TQ_COV_ANY, 0, 2, 0.44}};
    const tq_reported_correlation twice[] = {{1, 0, 1, -0.22}, {1, 1, 0, -0.2}};
    const tq_given_covariance given[] = {{3, 7, 0.0123}};
    tq_sampling_spec spec = base(TQ_COV_CS, 0.6, NAN);
    tq_block_matrix *V = NULL;
    tq_error err;

    (void)state;
    spec.obs = out;
    spec.reported = reported;
    spec.n_reported = 3;
    spec.given = given;
    spec.n_given = 1;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, NULL), TQ_OK);
    assert_near(V->value[2], 0.31 * sqrt(0.113 * 0.2317), 1e-16); /* rows 2 and 0 */
    assert_near(V->value[4], 0.44 * sqrt(0.113 * 0.151), 1e-16);
    assert_near(V->value[4 + 2 * N], 0.6 * sqrt(0.2317 * 0.151), 1e-16); /* not reported */
    assert_near(V->value[3 + 4 * N], 0.0123, 0.0);
    assert_near(V->value[V->at[1] + 1], -0.22 * sqrt(0.205 * 0.31), 1e-16); /* its own */
    tq_block_matrix_free(V);

    const tq_given_covariance across[] = {{3, 4, 0.01}};

    spec.reported = twice;
    spec.n_reported = 2;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EINVAL);
    spec.reported = reported;
    spec.given = across;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EDATA);
    assert_int_equal(err.row, 3);
    spec.obs = NULL;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EINVAL);
}

static void what_is_out_of_range_is_refused(void **state)
{
    const tq_reported_correlation beyond[] = {{TQ_COV_ANY, 1, 0, 1.01}};
    double bad[K];
    tq_sampling_spec spec;
    tq_block_matrix *V = NULL;
    tq_error err;

    (void)state;
    spec = base(TQ_COV_CS, 1.2, NAN);
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EINVAL);
    spec = base(TQ_COV_CS, NAN, NAN);
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EINVAL);
    spec = base(TQ_COV_CS, 0.5, NAN);
    spec.type = type;
    spec.rho_type = -1.5;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EINVAL);
    spec = base(TQ_COV_CAR, NAN, -0.1);
    spec.time = times;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EINVAL);
    spec = base(TQ_COV_CAR, NAN, 0.5);
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EINVAL);
    assert_string_equal(err.message, "structure CAR needs the times of effects");
    spec = base(TQ_COV_COUNT, 0.5, 0.5);
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EINVAL);
    spec = base(TQ_COV_CS, 0.5, NAN);
    spec.obs = out;
    spec.reported = beyond;
    spec.n_reported = 1;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EINVAL);

    memcpy(bad, vi, sizeof bad);
    bad[5] = NAN;
    spec = base(TQ_COV_CS, 0.5, NAN);
    assert_int_equal(tq_sampling_cov(K, bad, &spec, &V, &err), TQ_EDATA);
    assert_int_equal(err.row, 5);
    assert_string_equal(err.column, "vi");
    spec = base(TQ_COV_CAR, NAN, 0.5);
    spec.time = bad;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EDATA);
    assert_int_equal(err.row, 5);
    spec = base(TQ_COV_CS, 0.5, NAN);
    bad[5] = 0.0;
    spec.size2 = bad;
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, &err), TQ_EDATA);
    assert_string_equal(err.column, "n2i");
    assert_null(V);
}

/* ---- by rows, by pairs ---- */

static void rows_of_a_matrix_are_read_by_position(void **state)
{
    static const size_t study[] = {0, 0, 1, 0, 1}, position[] = {0, 1, 0, 2, 1};
    const double v[] = {0.0075, 0.0077, 0.4, 0.0057, 0.0304};
    double V1[] = {0.0075, 0.003, 0.4, 0.001, 0.02}, V2[] = {0.003, 0.0077, 0.02, 0.002, 0.0304};
    double V3[] = {0.001, 0.002, NAN, 0.0057, NAN};
    const double *const column[] = {V1, V2, V3};
    tq_block_matrix *V = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_sampling_cov_rows(5, v, study, 2, position, 3, column, &V, &err), TQ_OK);
    assert_near(V->value[1], 0.003, 0.0);
    assert_near(V->value[2 + 3], 0.002, 0.0);
    assert_near(V->value[V->at[1] + 2], 0.02, 0.0);
    tq_block_matrix_free(V);
    V = NULL;
    V1[1] = 0.0031;
    assert_int_equal(tq_sampling_cov_rows(5, v, study, 2, position, 3, column, &V, &err), TQ_EDATA);
    assert_int_equal(err.row, 1);
    V1[1] = NAN;
    assert_int_equal(tq_sampling_cov_rows(5, v, study, 2, position, 3, column, &V, &err), TQ_EDATA);
    assert_string_equal(err.column, "V1");
    V1[1] = 0.003;
    V3[3] = 0.0058;
    assert_int_equal(tq_sampling_cov_rows(5, v, study, 2, position, 3, column, &V, &err), TQ_EDATA);
    assert_string_equal(err.column, "vi");
    assert_int_equal(tq_sampling_cov_rows(5, v, study, 2, position, 2, column, &V, &err), TQ_EDATA);
    assert_int_equal(err.row, 3);
    assert_int_equal(tq_sampling_cov_rows(5, V3, study, 2, position, 3, column, &V, &err),
                     TQ_EDATA);
    assert_int_equal(err.row, 2);
    assert_null(V);
}

static void pairs_connect_rows_into_blocks(void **state)
{
    const tq_given_covariance pair[] = {{4, 1, 0.011}, {6, 3, 0.02}, {1, 7, -0.03}, {0, 0, 0.5}};
    const tq_given_covariance wrong[] = {{1, 8, 0.1}};
    tq_block_matrix *V = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_sampling_cov_pairs(K, vi, pair, 4, &V, &err), TQ_OK);
    assert_int_equal(V->n_blocks, 5); /* 0 | 1 4 7 | 2 | 3 6 | 5 */
    assert_int_equal(V->start[2], 4);
    assert_int_equal(V->row[3], 7);
    assert_near(V->value[0], 0.5, 0.0);
    assert_near(V->value[V->at[1] + 1], 0.011, 0.0);
    assert_near(V->value[V->at[1] + 2 * 3], -0.03, 0.0);
    assert_near(V->value[V->at[1] + 1 + 2 * 3], 0.0, 0.0);
    assert_near(V->value[V->at[3] + 3], 0.4, 0.0);
    tq_block_matrix_free(V);
    V = NULL;
    assert_int_equal(tq_sampling_cov_pairs(K, vi, wrong, 1, &V, &err), TQ_EDATA);
    assert_int_equal(err.row, 1);
    assert_null(V);
}

/* ---- positive definiteness ---- */

static void refused(const tq_sampling_spec *spec, const char *message, size_t row)
{
    const char *const name[K] = {"Ito", "Ito", "Ito", "Ito", "Roy", "Roy", "Vega", "Ito"};
    tq_block_matrix *V = NULL;
    tq_error err;

    assert_int_equal(tq_sampling_cov(K, vi, spec, &V, &err), TQ_OK);
    assert_int_equal(tq_covariance_check(V, name, &err), TQ_EDATA);
    assert_string_equal(err.message, message);
    assert_int_equal(err.row, row);
    tq_block_matrix_free(V);
}

static void a_matrix_that_cannot_be_names_its_cluster(void **state)
{
    const tq_reported_correlation apart[] = {{0, 0, 1, 0.95}, {0, 1, 2, 0.95}, {0, 0, 2, -0.5}};
    tq_sampling_spec spec = base(TQ_COV_CS, 0.6, NAN);
    tq_block_matrix *V = tq_block_matrix_diagonal(K, n1);
    tq_error err;

    (void)state;
    spec.obs = out;
    refused(&spec,
            "cluster 'Ito': its effects 1 and 2 have correlation 1, which must be between -1 and "
            "1; say what tells them apart (outcome, time, groups)",
            1);
    spec = base(TQ_COV_CS, -0.3, NAN);
    refused(&spec,
            "cluster 'Ito': 5 effects cannot all have correlation -0.3; it must be above -0.25", 0);
    spec = base(TQ_COV_CS_CAR, 0.6, 0.9);
    spec.obs = out;
    spec.time = times;
    spec.reported = apart;
    spec.n_reported = 3;
    refused(&spec,
            "cluster 'Ito': the covariance matrix of its 5 effects is not positive definite "
            "(smallest eigenvalue of the correlations -0.773); the largest correlation is 0.95, of "
            "effects 1 and 3",
            2);
    assert_int_equal(tq_covariance_check(V, NULL, &err), TQ_OK);
    V->value[2] = 0.0;
    assert_int_equal(tq_covariance_check(V, NULL, &err), TQ_EDATA);
    assert_string_equal(err.message, "cluster 3: variance 0 must be > 0");
    assert_int_equal(err.row, 2);
    tq_block_matrix_free(V);
}

/* The matrix of Higham (2002), p. 334, whose nearest correlation matrix he prints to four digits; here
   eigenvalues are at least 1e-6, which changes it by less. */
static void the_nearest_matrix_is_that_of_higham(void **state)
{
    const tq_given_covariance pair[] = {{0, 1, 2.0}, {1, 2, 3.0}, {0, 2, 0.0}, {3, 4, 0.1}};
    const double v[] = {4.0, 1.0, 9.0, 1.0, 1.0};
    double Q[9], d[9], R[9];
    tq_block_matrix *V = NULL;
    tq_nearest_change change[5];
    size_t n = 0;
    tq_error err;

    (void)state;
    assert_int_equal(tq_sampling_cov_pairs(5, v, pair, 4, &V, &err), TQ_OK);
    assert_int_equal(tq_covariance_check(V, NULL, &err), TQ_EDATA);
    assert_int_equal(tq_covariance_nearest(V, 1e-6, change, &n, &err), TQ_OK);
    assert_int_equal(n, 1);
    assert_int_equal(change[0].row, 0);
    assert_near(change[0].lowest, 1.0 - sqrt(2.0), 1e-14);
    assert_near(V->value[1] / 2.0, 0.7607, 5e-5);
    assert_near(V->value[2] / 6.0, 0.1573, 5e-5);
    assert_near(V->value[5] / 3.0, 0.7607, 5e-5);
    assert_near(change[0].largest, 0.2393, 5e-5);
    assert_near(V->value[0], 4.0, 0.0);
    assert_near(V->value[V->at[1] + 1], 0.1, 0.0);
    assert_int_equal(tq_covariance_check(V, NULL, &err), TQ_OK);
    for (size_t i = 0; i < 9; i++) {
        R[i] = V->value[i] / sqrt(v[i % 3] * v[i / 3]);
    }
    tq_eigen_symmetric(3, R, Q, d);
    assert_near(fmin(d[0], fmin(d[1], d[2])), 1e-6, 1e-8);
    assert_int_equal(tq_covariance_nearest(V, 0.0, change, &n, &err), TQ_EINVAL);
    V->value[0] = -1.0;
    assert_int_equal(tq_covariance_nearest(V, 1e-6, change, &n, &err), TQ_EDATA);
    assert_int_equal(err.row, 0);
    tq_block_matrix_free(V);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structures_agree_with_vcalc),
        cmocka_unit_test(simple_structures_have_closed_forms),
        cmocka_unit_test(comparisons_correlate_by_the_groups_they_share),
        cmocka_unit_test(reported_and_given_values_come_first),
        cmocka_unit_test(what_is_out_of_range_is_refused),
        cmocka_unit_test(rows_of_a_matrix_are_read_by_position),
        cmocka_unit_test(pairs_connect_rows_into_blocks),
        cmocka_unit_test(a_matrix_that_cannot_be_names_its_cluster),
        cmocka_unit_test(the_nearest_matrix_is_that_of_higham),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
