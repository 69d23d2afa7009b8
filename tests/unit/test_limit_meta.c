/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limit meta-analysis: the regression by another route, limits, invariance. */
#include "support/near.h"

#include <math.h>

#include "bias/limit_meta.h"
#include "core/distributions.h"
#include "support/bcg.h"

static const tq_model bcg = {.k = BCG_K, .p = 1, .yi = bcg_yi, .vi = bcg_vi, .intercept = 1};

static tq_limit_meta *fit(const tq_model *m, const tq_pool_options *opt, double null_value)
{
    tq_limit_meta *out = NULL;

    assert_int_equal(tq_limit_meta_fit(m, opt, null_value, &out, NULL), TQ_OK);
    return out;
}

/* beta and alpha are the coefficients of a regression of the effects on si with weights 1 / si^2, which the
   pooled model with tau2 given fits too. */
static void beta0_is_a_prediction_of_the_meta_regression_on_total_errors(void **state)
{
    tq_limit_meta *l = fit(&bcg, NULL, 0.0);
    double X[2 * BCG_K];
    tq_pool_options opt = tq_pool_defaults();
    tq_pool *fitted = NULL;
    tq_prediction at;

    (void)state;
    for (size_t i = 0; i < BCG_K; i++) {
        X[i] = 1.0;
        X[BCG_K + i] = sqrt(bcg_vi[i] + l->tau2);
    }
    const tq_model m = {.k = BCG_K, .p = 2, .yi = bcg_yi, .vi = bcg_vi, .X = X, .intercept = 1};

    opt.tau2 = l->tau2;
    assert_int_equal(tq_pool_fit_once(&m, &opt, &fitted, NULL), TQ_OK);
    assert_near(l->beta, fitted->beta[0], 1e-10);
    assert_near(l->alpha, fitted->beta[1], 1e-10);
    assert_near(l->se_beta, fitted->se[0], 1e-10);
    assert_near(l->se_alpha, fitted->se[1], 1e-10);
    tq_pool_predict(fitted, (double[]){1.0, sqrt(l->tau2)}, &at);
    assert_near(l->beta0.est, at.pred, 1e-10);
    assert_near(l->beta0.se, at.se, 1e-10);
    assert_near(l->beta0.ci_lb, at.ci_lb, 1e-10);
    tq_pool_free(fitted);
    tq_limit_meta_free(l);
}

/* Without heterogeneity every study goes to beta, which is the limit of Egger's regression. */
static void with_equal_effects_all_studies_end_at_the_intercept(void **state)
{
    tq_pool_options opt = tq_pool_defaults();

    (void)state;
    opt.method = TQ_EE;
    tq_limit_meta *l = fit(&bcg, &opt, 0.0);

    for (size_t i = 0; i < BCG_K; i++) {
        assert_near(l->yi[i], l->beta, 1e-12);
    }
    assert_near(l->beta0.est, l->beta, 1e-12);
    assert_near(l->mulim.est, l->beta, 1e-12);
    assert_near(l->betalim.est, l->beta, 1e-10);
    assert_near(l->G2, 0.0, 0.0);
    assert_near(l->Q.stat, l->Q_small.stat + l->Q_resid.stat, 1e-10);
    assert_near(l->Q_resid.df, BCG_K - 2, 0.0);
    assert_near(l->Q.pval, tq_chisq_upper(152.23300783, 12.0), 1e-12);
    tq_limit_meta_free(l);
}

/* Effects in other units, turned around and moved, with no effect moved along. */
static void results_move_with_the_scale(void **state)
{
    const double scale = -2.385, shift = 0.418;
    double y[BCG_K], v[BCG_K];
    const tq_model moved = {.k = BCG_K, .p = 1, .yi = y, .vi = v, .intercept = 1};

    (void)state;
    for (size_t i = 0; i < BCG_K; i++) {
        y[i] = scale * bcg_yi[i] + shift;
        v[i] = scale * scale * bcg_vi[i];
    }
    tq_limit_meta *a = fit(&bcg, NULL, 0.0), *b = fit(&moved, NULL, shift);

    assert_near(b->beta0.est, scale * a->beta0.est + shift, 1e-8);
    assert_near(b->beta0.se, fabs(scale) * a->beta0.se, 1e-8);
    assert_near(b->beta0.stat, -a->beta0.stat, 1e-8);
    assert_near(b->beta0.ci_lb, scale * a->beta0.ci_ub + shift, 1e-8);
    assert_near(b->unadjusted.pval, a->unadjusted.pval, 1e-8);
    assert_near(b->alpha, -a->alpha, 1e-8);
    assert_near(b->Q_small.stat, a->Q_small.stat, 1e-8);
    assert_near(b->yi[4], scale * a->yi[4] + shift, 1e-8);
    assert_near(b->mulim.est, scale * a->mulim.est + shift, 1e-8);
    tq_limit_meta_free(a);
    tq_limit_meta_free(b);
}

static void what_it_cannot_do_it_says(void **state)
{
    const double same[] = {0.04, 0.04, 0.04}, X[] = {1, 1, 1, 1, 1, 2, 3, 4.5, 2, 1};
    const tq_model two = {.k = 2, .p = 1, .yi = bcg_yi, .vi = bcg_vi, .intercept = 1};
    const tq_model equal = {.k = 3, .p = 1, .yi = bcg_yi, .vi = same, .intercept = 1};
    const tq_model mods = {.k = 5, .p = 2, .yi = bcg_yi, .vi = bcg_vi, .X = X, .intercept = 1};
    tq_pool_options weights = tq_pool_defaults();
    tq_limit_meta *out = NULL;
    tq_error err;

    (void)state;
    weights.weights = bcg_vi;
    assert_int_equal(tq_limit_meta_fit(&two, NULL, 0.0, &out, &err), TQ_EDATA);
    assert_int_equal(tq_limit_meta_fit(&equal, NULL, 0.0, &out, &err), TQ_EDATA);
    assert_int_equal(tq_limit_meta_fit(&mods, NULL, 0.0, &out, &err), TQ_EINVAL);
    assert_int_equal(tq_limit_meta_fit(&bcg, &weights, 0.0, &out, &err), TQ_EINVAL);
    assert_null(out);
    tq_limit_meta_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beta0_is_a_prediction_of_the_meta_regression_on_total_errors),
        cmocka_unit_test(with_equal_effects_all_studies_end_at_the_intercept),
        cmocka_unit_test(results_move_with_the_scale),
        cmocka_unit_test(what_it_cannot_do_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
