/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refits against fits from scratch of the same signs and orders. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "core/splitmix.h"
#include "pooling/refit.h"

enum { K = 9, P = 3, ROUNDS = 12 };

static const double yi[K] = {-0.889, -1.585, 0.348, -1.441, -0.217, -0.786, 0.621, 0.012, -0.469};
static const double vi[K] = {0.3256, 0.1946, 0.4154, 0.0200, 0.0512,
                             0.0469, 0.2230, 0.0340, 0.0564};
static const double weights[K] = {0.47, 0.79, 0.14, 0.81, 0.62, 0.31, 0.29, 0.65, 0.33};
static const double X[K * P] = {1,   1,   1,   1,   1,   1,   1,   1,   1, /* */
                                44,  55,  42,  52,  13,  44,  19,  13,  27,
                                1.9, 0.3, 0.3, 2.4, 1.1, 0.7, 0.2, 1.1, 2.9};

static const tq_model mean = {K, 1, yi, vi, NULL, 1, NULL};
static const tq_model design = {K, P, yi, vi, X, 1, NULL};
static const tq_model no_intercept = {K, P - 1, yi, vi, X + K, 0, NULL};

/* Every method with every test that takes it. */
static int next_options(size_t i, tq_pool_options *o)
{
    *o = tq_pool_defaults();
    o->method = (tq_method)(i / TQ_TEST_COUNT);
    o->test = (tq_test)(i % TQ_TEST_COUNT);
    o->ci_tau2 = TQ_CI_NONE;
    o->weights =
        o->method == TQ_GENQ || o->method == TQ_GENQM || o->method == TQ_QE ? weights : NULL;
    return i < (size_t)TQ_METHOD_COUNT * TQ_TEST_COUNT;
}

/* Whether the fit does not know this test or model, or pools counts. */
static int refused(const tq_model *m, const tq_pool_options *o)
{
    tq_pool_work *work = tq_pool_work_new(m->k, m->p);
    tq_pool *fit = tq_pool_new(m->k, m->p);
    const tq_status status = tq_pool_fit(m, o, work, fit, NULL);

    tq_pool_free(fit);
    tq_pool_work_free(work);
    assert_true(status == TQ_OK || status == TQ_EINVAL);
    return status != TQ_OK;
}

static void shuffle(uint64_t *stream, size_t *row)
{
    for (size_t i = 0; i < K; i++) {
        row[i] = i;
    }
    for (size_t i = K; i > 1; i--) {
        const size_t j = (size_t)tq_splitmix_below(stream, i), kept = row[i - 1];

        row[i - 1] = row[j];
        row[j] = kept;
    }
}

static void compare(const tq_model *m, const tq_pool_options *o, const tq_refit_result *got)
{
    tq_pool_work *work = tq_pool_work_new(m->k, m->p);
    tq_pool *fit = tq_pool_new(m->k, m->p);

    assert_int_equal(tq_pool_fit(m, o, work, fit, NULL), TQ_OK);
    for (size_t a = 0; a < m->p; a++) {
        assert_near(got->beta[a], fit->beta[a], 1e-9);
        assert_near(got->stat[a], fit->stat[a], 1e-8);
    }
    assert_near(got->QM, fit->QM, 1e-8);
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

static void signs_are_fits_of_the_flipped_effects(void **state)
{
    tq_pool_options o;
    uint64_t stream = 7;

    (void)state;
    for (size_t i = 0; next_options(i, &o); i++) {
        tq_refit *refit = NULL;

        if (refused(&mean, &o)) {
            continue;
        }
        assert_int_equal(tq_refit_new(&mean, &o, &refit, NULL), TQ_OK);
        for (size_t round = 0; round < ROUNDS; round++) {
            const uint64_t bits = tq_splitmix(&stream);
            signed char sign[K];
            double y[K];
            tq_refit_result got;
            tq_model m = mean;

            for (size_t j = 0; j < K; j++) {
                sign[j] = bits >> j & 1 ? 1 : -1;
                y[j] = sign[j] * yi[j];
            }
            m.yi = y;
            assert_int_equal(tq_refit_signs(refit, sign, &got, NULL), TQ_OK);
            compare(&m, &o, &got);
        }
        tq_refit_free(refit);
    }
}

static void check_rows(const tq_model *m, const tq_pool_options *o, uint64_t *stream)
{
    tq_refit *refit = NULL;

    assert_int_equal(tq_refit_new(m, o, &refit, NULL), TQ_OK);
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t row[K];
        double permuted[K * P];
        tq_refit_result got;
        tq_model model = *m;

        shuffle(stream, row);
        for (size_t j = 0; j < K * m->p; j++) {
            permuted[j] = m->X[row[j % K] + j / K * K];
        }
        model.X = permuted;
        assert_int_equal(tq_refit_rows(refit, row, &got, NULL), TQ_OK);
        compare(&model, o, &got);
    }
    tq_refit_free(refit);
}

static void rows_are_fits_of_the_permuted_design(void **state)
{
    tq_pool_options o;
    uint64_t stream = 11;

    (void)state;
    for (size_t i = 0; next_options(i, &o); i++) {
        if (!refused(&design, &o)) {
            check_rows(&design, &o, &stream);
            check_rows(&no_intercept, &o, &stream);
        }
    }
}

static void user_weights_and_a_fixed_tau2_stay_with_their_studies(void **state)
{
    tq_pool_options o = tq_pool_defaults();
    uint64_t stream = 5;

    (void)state;
    o.ci_tau2 = TQ_CI_NONE;
    o.weights = weights;
    o.tau2 = 0.137;
    check_rows(&design, &o, &stream);
    o.weights = NULL;
    o.weighted = 0;
    o.tau2 = NAN;
    check_rows(&design, &o, &stream);
}

static void a_shift_is_taken_off_the_effects(void **state)
{
    const double delta = 0.0271;
    static const signed char all[K] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    size_t row[K];
    double y[K];
    tq_refit_result got;
    tq_refit *refit = NULL;
    tq_model m = design;
    tq_pool_options o = tq_pool_defaults();

    (void)state;
    o.ci_tau2 = TQ_CI_NONE;
    for (size_t i = 0; i < K; i++) {
        row[i] = i;
        y[i] = yi[i] - delta * X[i + K];
    }
    m.yi = y;
    assert_int_equal(tq_refit_new(&design, NULL, &refit, NULL), TQ_OK);
    assert_int_equal(tq_refit_shift(refit, 1, delta, NULL), TQ_OK);
    assert_int_equal(tq_refit_rows(refit, row, &got, NULL), TQ_OK);
    compare(&m, &o, &got);
    tq_refit_free(refit);

    m = mean;
    m.yi = y;
    for (size_t i = 0; i < K; i++) {
        y[i] = yi[i] - delta;
    }
    assert_int_equal(tq_refit_new(&mean, NULL, &refit, NULL), TQ_OK);
    assert_int_equal(tq_refit_shift(refit, 0, delta, NULL), TQ_OK);
    assert_int_equal(tq_refit_signs(refit, all, &got, NULL), TQ_OK);
    compare(&m, &o, &got);
    assert_int_equal(tq_refit_shift(refit, 0, 1e308, NULL), TQ_OK);
    assert_int_equal(tq_refit_shift(refit, 0, (double)INFINITY, NULL), TQ_EDATA);
    tq_refit_free(refit);
}

/* Units of the kernels: the same statistics whatever the scale of effects and variances. */
static void scales_far_from_one_change_nothing(void **state)
{
    static const signed char sign[K] = {1, -1, 1, 1, -1, -1, 1, -1, 1};
    static const double scales[] = {1e-140, 1e-30, 1.0, 1e30, 1e140};
    tq_refit_result got;
    double want = NAN;

    (void)state;
    for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
        double y[K], v[K];
        tq_refit *refit = NULL;

        for (size_t i = 0; i < K; i++) {
            y[i] = scales[s] * yi[i];
            v[i] = scales[s] * vi[i] * scales[s];
        }
        const tq_model m = {K, 1, y, v, NULL, 1, NULL};

        assert_int_equal(tq_refit_new(&m, NULL, &refit, NULL), TQ_OK);
        assert_int_equal(tq_refit_signs(refit, sign, &got, NULL), TQ_OK);
        assert_near(got.stat[0], isnan(want) ? got.stat[0] : want, 1e-9);
        want = got.stat[0];
        tq_refit_free(refit);
    }
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    tq_refit *refit = NULL;
    tq_pool_options o = tq_pool_defaults();
    tq_model m = mean;
    const double bad[K] = {NAN};

    (void)state;
    o.tol = 0.0;
    assert_int_equal(tq_refit_new(&mean, &o, &refit, NULL), TQ_EINVAL);
    m.yi = bad;
    assert_int_equal(tq_refit_new(&m, NULL, &refit, NULL), TQ_EDATA);
    m.k = 0;
    assert_int_equal(tq_refit_new(&m, NULL, &refit, NULL), TQ_EDATA);
    assert_null(refit);
    o = tq_pool_defaults();
    o.max_iter = 1;
    assert_int_equal(tq_refit_new(&mean, &o, &refit, NULL), TQ_OK);
    tq_refit_result got;

    assert_int_equal(
        tq_refit_signs(refit, (const signed char[]){1, 1, 1, 1, 1, 1, 1, 1, 1}, &got, NULL),
        TQ_ENOCONV);
    tq_refit_free(refit);
    tq_refit_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_are_fits_of_the_flipped_effects),
        cmocka_unit_test(rows_are_fits_of_the_permuted_design),
        cmocka_unit_test(user_weights_and_a_fixed_tau2_stay_with_their_studies),
        cmocka_unit_test(a_shift_is_taken_off_the_effects),
        cmocka_unit_test(scales_far_from_one_change_nothing),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
