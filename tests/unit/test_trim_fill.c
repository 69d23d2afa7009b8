/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trim and fill: metafor's values, mirror images, and what it refuses. */
#include "support/near.h"

#include <math.h>

#include "bias/trim_fill.h"
#include "core/distributions.h"
#include "support/bcg.h"

enum { K = BCG_K };

static tq_model model_of(size_t k, const double *y, const double *v)
{
    return (tq_model){.k = k, .p = 1, .yi = y, .vi = v, .intercept = 1};
}

static tq_trim_fill *find(const tq_model *m, tq_method method, tq_fill_estimator estimator,
                          tq_fill_side side)
{
    tq_pool_options opt = tq_pool_defaults();
    tq_trim_fill_options o = tq_trim_fill_defaults();
    tq_trim_fill *out = NULL;

    opt.method = method;
    o.estimator = estimator;
    o.side = side;
    assert_int_equal(tq_trim_fill_find(m, &opt, &o, &out, NULL), TQ_OK);
    return out;
}

/* metafor 5.1-12: trimfill(rma(yi, vi, method=...), estimator=...). */
static void the_number_missing_is_that_of_the_peer(void **state)
{
    static const struct {
        tq_method method;
        tq_fill_estimator estimator;
        size_t k0;
        double se;
    } cases[] = {{TQ_REML, TQ_FILL_L0, 1, 2.452798643182925},
                 {TQ_REML, TQ_FILL_R0, 0, 1.4142135623730951},
                 {TQ_REML, TQ_FILL_Q0, 1, 2.778625740854834},
                 {TQ_EE, TQ_FILL_L0, 4, 2.3853255911929505},
                 {TQ_EE, TQ_FILL_R0, 4, 3.1622776601683795}};
    const tq_model m = model_of(K, bcg_yi, bcg_vi);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tq_trim_fill *f = find(&m, cases[i].method, cases[i].estimator, TQ_SIDE_AUTO);

        assert_int_equal(f->side, TQ_SIDE_RIGHT);
        assert_int_equal(f->side_found, 1);
        assert_int_equal(f->k0, cases[i].k0);
        assert_near(f->se_k0, cases[i].se, 1e-12);
        assert_true(isnan(f->pval) == (cases[i].estimator != TQ_FILL_R0));
        tq_trim_fill_free(f);
    }
}

/* Trimmed by EE, a random-effects model lacks what EE lacks, mirrored around the same centre. */
static void another_method_trims(void **state)
{
    const tq_model m = model_of(K, bcg_yi, bcg_vi);
    tq_pool_options opt = tq_pool_defaults();
    tq_trim_fill_options o = tq_trim_fill_defaults();
    tq_trim_fill *whole = find(&m, TQ_REML, TQ_FILL_L0, TQ_SIDE_AUTO), *out = NULL;
    tq_trim_fill *ee = find(&m, TQ_EE, TQ_FILL_L0, TQ_SIDE_AUTO);

    (void)state;
    assert_int_equal(whole->trim_method, TQ_REML);
    o.trim_method = TQ_EE;
    opt.tau2 = 0.25; /* of the model, which has one, not of EE */
    opt.test = TQ_TEST_KNHA;
    assert_int_equal(tq_trim_fill_find(&m, &opt, &o, &out, NULL), TQ_OK);
    assert_int_equal(out->trim_method, TQ_EE);
    assert_int_equal(out->k0, ee->k0);
    assert_near(out->centre, ee->centre, 1e-14);
    for (size_t j = 0; j < ee->k0; j++) {
        assert_near(out->yi[j], ee->yi[j], 1e-14);
    }
    tq_trim_fill_free(out);
    o.trim_method = TQ_REML;
    opt = tq_pool_defaults();
    assert_int_equal(tq_trim_fill_find(&m, &opt, &o, &out, NULL), TQ_OK);
    assert_near(out->observed.pred, whole->observed.pred, 0.0);
    assert_int_equal(out->k0, whole->k0);
    tq_trim_fill_free(out);
    tq_trim_fill_free(whole);
    tq_trim_fill_free(ee);
}

static void filled_studies_are_mirror_images(void **state)
{
    const tq_model m = model_of(K, bcg_yi, bcg_vi);
    tq_trim_fill *f = find(&m, TQ_EE, TQ_FILL_L0, TQ_SIDE_RIGHT);

    (void)state;
    assert_int_equal(f->k0, 4);
    for (size_t j = 0; j < f->k0; j++) {
        const size_t of = f->mirror_of[j];

        assert_near(f->yi[j] - f->centre, f->centre - bcg_yi[of], 1e-12);
        assert_near(f->vi[j], bcg_vi[of], 0.0);
        assert_true(f->yi[j] > f->centre);
    }
    assert_near(f->yi[0], 0.7892928192600778, 1e-12); /* metafor 5.1-12 */
    assert_near(f->observed.pred, -0.430285163654091, 1e-12);
    tq_trim_fill_free(f);
}

static void the_other_side_of_turned_effects_is_the_same(void **state)
{
    double turned[K];
    const tq_model m = model_of(K, bcg_yi, bcg_vi), t = model_of(K, turned, bcg_vi);

    (void)state;
    for (size_t i = 0; i < K; i++) {
        turned[i] = -bcg_yi[i];
    }
    for (tq_fill_estimator e = 0; e < TQ_FILL_COUNT; e++) {
        for (tq_fill_side s = 0; s < TQ_SIDE_AUTO; s++) {
            tq_trim_fill *a = find(&m, TQ_DL, e, s), *b = find(&t, TQ_DL, e, !s);

            assert_int_equal(a->k0, b->k0);
            assert_near(a->estimate, b->estimate, 0.0);
            assert_near(a->centre, -b->centre, 0.0);
            for (size_t j = 0; j < a->k0; j++) {
                assert_near(a->yi[j], -b->yi[j], 0.0);
                assert_int_equal(a->mirror_of[j], b->mirror_of[j]);
            }
            tq_trim_fill_free(a);
            tq_trim_fill_free(b);
        }
    }
}

/* Large studies with normal scores; small ones on both sides of them, then on the right alone. */
static void small_studies_on_one_side_lack_their_mirror_images(void **state)
{
    enum { LARGE = 15, SMALL = 6, N = LARGE + 2 * SMALL };
    double y[N], v[N];
    const tq_model both = model_of(N, y, v), right = model_of(N - SMALL, y, v);

    (void)state;
    for (size_t i = 0; i < N; i++) {
        const double tail = 0.52 + 0.083 * (double)((i - LARGE) % SMALL);

        y[i] = i < LARGE           ? 0.05 * tq_normal_quantile(((double)i + 0.5) / LARGE)
               : i < LARGE + SMALL ? tail
                                   : -tail;
        v[i] = i < LARGE ? 0.0012 : 0.21;
    }
    tq_trim_fill *all = find(&both, TQ_EE, TQ_FILL_L0, TQ_SIDE_LEFT),
                 *some = find(&right, TQ_EE, TQ_FILL_L0, TQ_SIDE_AUTO);

    assert_true(all->k0 <= 1); /* equal distances rank in the order of the effects */
    assert_int_equal(some->side, TQ_SIDE_LEFT);
    assert_true(some->k0 >= SMALL - 1 && some->k0 <= SMALL + 1);
    for (size_t j = 0; j < some->k0; j++) {
        assert_true(some->mirror_of[j] >= LARGE);
        assert_true(some->yi[j] < -0.4);
    }
    tq_trim_fill_free(all);
    tq_trim_fill_free(some);
}

static void identical_effects_miss_nothing(void **state)
{
    const double same[K] = {0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3};
    const tq_model m = model_of(K, same, bcg_vi), one = model_of(1, bcg_yi, bcg_vi);

    (void)state;
    for (tq_fill_estimator e = 0; e < TQ_FILL_COUNT; e++) {
        tq_trim_fill *f = find(&m, TQ_REML, e, TQ_SIDE_LEFT);

        assert_int_equal(f->k0, 0);
        tq_trim_fill_free(f);
        f = find(&one, TQ_REML, e, TQ_SIDE_LEFT);
        assert_int_equal(f->k0, 0);
        tq_trim_fill_free(f);
    }
}

static void what_cannot_be_done_is_refused(void **state)
{
    const double same[K] = {0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3};
    double X[2 * K];
    tq_model m = model_of(2, bcg_yi, bcg_vi);
    tq_pool_options opt = tq_pool_defaults();
    tq_trim_fill_options o = tq_trim_fill_defaults();
    tq_trim_fill *out = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_trim_fill_find(&m, NULL, NULL, &out, &err), TQ_EDATA);
    m = model_of(K, bcg_yi, same);
    assert_int_equal(tq_trim_fill_find(&m, NULL, NULL, &out, &err), TQ_EDATA);
    m = model_of(0, bcg_yi, bcg_vi);
    assert_int_equal(tq_trim_fill_find(&m, NULL, NULL, &out, NULL), TQ_EDATA);
    m = model_of(K, bcg_yi, bcg_vi);
    o.max_iter = 1;
    assert_int_equal(tq_trim_fill_find(&m, NULL, &o, &out, NULL), TQ_ENOCONV);
    o.max_iter = 0;
    assert_int_equal(tq_trim_fill_find(&m, NULL, &o, &out, NULL), TQ_EINVAL);
    o = tq_trim_fill_defaults();
    o.estimator = TQ_FILL_COUNT;
    assert_int_equal(tq_trim_fill_find(&m, NULL, &o, &out, NULL), TQ_EINVAL);
    o = tq_trim_fill_defaults();
    o.trim_method = TQ_MH;
    assert_int_equal(tq_trim_fill_find(&m, NULL, &o, &out, NULL), TQ_EINVAL);
    o.trim_method = (tq_method)(TQ_METHOD_COUNT + 1);
    assert_int_equal(tq_trim_fill_find(&m, NULL, &o, &out, NULL), TQ_EINVAL);
    opt.method = TQ_MH;
    assert_int_equal(tq_trim_fill_find(&m, &opt, NULL, &out, NULL), TQ_EINVAL);
    for (size_t i = 0; i < K; i++) {
        X[i] = 1.0;
        X[K + i] = (double)i;
    }
    m.X = X;
    m.p = 2;
    assert_int_equal(tq_trim_fill_find(&m, NULL, NULL, &out, NULL), TQ_EINVAL);
    assert_null(out);
    tq_trim_fill_free(NULL);
    assert_null(tq_fill_side_name(TQ_SIDE_COUNT));
    assert_null(tq_fill_estimator_name(TQ_FILL_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_number_missing_is_that_of_the_peer),
        cmocka_unit_test(another_method_trims),
        cmocka_unit_test(filled_studies_are_mirror_images),
        cmocka_unit_test(the_other_side_of_turned_effects_is_the_same),
        cmocka_unit_test(small_studies_on_one_side_lack_their_mirror_images),
        cmocka_unit_test(identical_effects_miss_nothing),
        cmocka_unit_test(what_cannot_be_done_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
