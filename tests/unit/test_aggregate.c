/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects of one cluster into one, against metafor's aggregate() and what must hold. */
#include "multilevel/aggregate.h"

#include <math.h>

#include "multilevel/sampling_cov.h"
#include "support/near.h"

enum { K = 8 };

static const size_t cluster[K] = {0, 0, 0, 0, 1, 1, 2, 0}, out[K] = {0, 0, 1, 1, 0, 1, 0, 2};
static const double times[K] = {3, 6, 7, 8, 3, 6, 12, 9};
static const double vi[K] = {0.113, 0.124, 0.2317, 0.19, 0.205, 0.31, 0.4, 0.151};
static const double yi[K] = {0.1, 0.52, 0.31, 0.27, 0.93, 0.41, 0.7, -0.2};

static tq_block_matrix *V_of(tq_cov_structure structure)
{
    tq_block_matrix *V = NULL;
    tq_sampling_spec spec = {.cluster = cluster,
                             .n_clusters = 3,
                             .structure = structure,
                             .rho = 0.6,
                             .rho_type = NAN,
                             .phi = 0.9,
                             .obs = structure == TQ_COV_CS_CAR ? out : NULL,
                             .time = times};
    assert_int_equal(tq_sampling_cov(K, vi, &spec, &V, NULL), TQ_OK);
    return V;
}

/* aggregate() of metafor 3.8.1 with rho = .6 and phi = .9: yi of two clusters, then vi. */
static void structures_agree_with_metafor(void **state)
{
    /* clang-format off */
    static const double want[TQ_COV_COUNT][2][4] = {
        [TQ_COV_ID] = {{0.1966739518278637, 0.7230097087378641, 0.03019718106834063, 0.1233980582524272},
                       {0.2, 0.67, 0.032388, 0.12875}},
        [TQ_COV_CS] = {{0.1897717030215662, 0.7984763342912392, 0.09122964415701858, 0.1914062076297907},
                       {0.2, 0.67, 0.1083915884827186, 0.2043773759957332}},
        [TQ_COV_CAR] = {{0.1225179020186032, 0.8551463114166062, 0.07504573389525997, 0.2019446053937162},
                        {0.2, 0.67, 0.1298134698549108, 0.2206372618348159}},
        [TQ_COV_CS_PLUS_CAR] = {{0.2081468029325579, 1.08697929242759, 0.05903618145050495, 0.1990334098595662},
                                {0.2, 0.67, 0.1473617764246829, 0.2411322807296595}},
        [TQ_COV_CS_CAR] = {{0.08992323882190176, 0.7627087547390418, 0.08049961829241167, 0.1745223385935824},
                           {0.2, 0.67, 0.09964738848190074, 0.1838823571008895}},
    };
    /* clang-format on */
    (void)state;
    for (tq_cov_structure s = 0; s < TQ_COV_COUNT; s++) {
        tq_block_matrix *V = V_of(s);
        double y[3], v[3], weight[K];

        for (int mean = 0; mean < 2; mean++) {
            assert_int_equal(tq_aggregate(V, yi, !mean, y, v, weight, NULL), TQ_OK);
            for (size_t b = 0; b < 2; b++) {
                double sum = 0.0;

                assert_near(y[b], want[s][mean][b], 1e-14);
                assert_near(v[b], want[s][mean][2 + b], 1e-14);
                for (size_t i = 0; i < K; i++) {
                    sum += cluster[i] == b ? weight[i] : 0.0;
                }
                assert_near(sum, 1.0, 1e-15);
            }
            assert_near(y[2], 0.7, 0.0);
            assert_near(v[2], 0.4, 1e-16);
        }
        tq_block_matrix_free(V);
    }
}

/* Units do not matter, and equal effects stay what they are to the last bit. */
static void scale_and_equality_are_kept(void **state)
{
    tq_block_matrix *V = V_of(TQ_COV_CS_CAR);
    double y[3], v[3], y2[3], v2[3], scaled[K], equal[K];

    (void)state;
    assert_int_equal(tq_aggregate(V, yi, 1, y, v, NULL, NULL), TQ_OK);
    for (size_t i = 0; i < K; i++) {
        scaled[i] = 1e100 * yi[i];
        equal[i] = 0.1234567;
    }
    for (size_t i = 0; i < V->at[3]; i++) {
        V->value[i] *= 1e200;
    }
    assert_int_equal(tq_aggregate(V, scaled, 1, y2, v2, NULL, NULL), TQ_OK);
    for (size_t b = 0; b < 3; b++) {
        assert_relative(y2[b], 1e100 * y[b], 1e-12);
        assert_relative(v2[b], 1e200 * v[b], 1e-12);
    }
    assert_int_equal(tq_aggregate(V, equal, 1, y2, v2, NULL, NULL), TQ_OK);
    assert_near(y2[0], 0.1234567, 0.0);
    tq_block_matrix_free(V);
}

static void a_singular_block_is_refused(void **state)
{
    const tq_given_covariance pair[] = {{1, 2, 1.0}};
    const double v[] = {1.0, 1.0, 1.0};
    double y[3], u[3];
    tq_block_matrix *V = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_sampling_cov_pairs(3, v, pair, 1, &V, &err), TQ_OK);
    assert_int_equal(tq_aggregate(V, yi, 1, y, u, NULL, &err), TQ_EDATA);
    assert_int_equal(err.row, 1);
    assert_int_equal(tq_aggregate(V, yi, 0, y, u, NULL, &err), TQ_OK);
    assert_near(u[1], 1.0, 1e-15);
    tq_block_matrix_free(V);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structures_agree_with_metafor),
        cmocka_unit_test(scale_and_equality_are_kept),
        cmocka_unit_test(a_singular_block_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
