/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All subsets and comparisons of models against fits made one by one. */
#include "support/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "moderators/comparison.h"
#include "support/random.h"
#include "support/stop.h"

enum { K = 41, P = 8, TERMS = 6 };

static double yi[K], vi[K], X[K * P];
static const tq_model full = {K, P, yi, vi, X, 1, NULL};
/* Four columns, a factor of two columns, and the product of the first two, which needs them. */
static const tq_selection_term terms[TERMS] = {{1, 1, 0}, {2, 1, 0}, {3, 1, 0},
                                               {4, 1, 0}, {5, 2, 0}, {7, 1, 3}};

static int make_data(void **state)
{
    random_stream r = {31};

    (void)state;
    for (size_t i = 0; i < K; i++) {
        vi[i] = 0.01 * pow(20.0, random_uniform(&r));
        X[i] = 1.0;
        for (size_t a = 1; a < 5; a++) {
            X[i + a * K] = 2.0 + random_normal(&r);
        }
        X[i + 5 * K] = i % 3 == 1;
        X[i + 6 * K] = i % 3 == 2;
        X[i + 7 * K] = X[i + K] * X[i + 2 * K];
        yi[i] = 0.4 + 0.15 * X[i + K] - 0.1 * X[i + 3 * K] + 0.2 * X[i + 6 * K] +
                sqrt(vi[i] + 0.03) * random_normal(&r);
    }
    return 0;
}

static tq_pool_options precise(void)
{
    tq_pool_options o = tq_pool_defaults();

    o.tol = 1e-13;
    return o;
}

/* Coefficients b[P] and variances of a subset by itself (0 where absent); returns AICc, NaN: no model. */
static double by_hand(uint32_t subset, tq_method method, double *b, double *var, size_t *p)
{
    double D[K * P];
    size_t column[P];
    tq_pool_options o = precise();

    *p = 0;
    memset(b, 0, P * sizeof *b);
    memset(var, 0, P * sizeof *var);
    for (size_t a = 0; a < P; a++) {
        int in = a == 0;

        for (size_t j = 0; j < TERMS; j++) {
            in |= a >= terms[j].first && a < terms[j].first + terms[j].n && (subset >> j & 1);
        }
        if (in) {
            memcpy(D + *p * K, X + a * K, sizeof *D * K);
            column[(*p)++] = a;
        }
    }
    if ((subset >> 5 & 1) && (subset & 3) != 3) {
        return NAN;
    }
    const tq_model m = {K, *p, yi, vi, D, 1, NULL};
    tq_pool_work *work = tq_pool_work_new(K, *p);
    tq_pool *fit = tq_pool_new(K, *p);

    o.method = method;
    assert_int_equal(tq_pool_fit(&m, &o, work, fit, NULL), TQ_OK);
    for (size_t a = 0; a < *p; a++) {
        b[column[a]] = fit->beta[a];
        var[column[a]] = fit->vb[a + a * *p];
    }
    const double AICc = fit->AICc;

    tq_pool_free(fit);
    tq_pool_work_free(work);
    return AICc;
}

static void all_subsets_agree_with_fits_one_by_one(void **state)
{
    static const tq_method methods[] = {TQ_REML, TQ_EE};

    (void)state;
    for (size_t e = 0; e < 2; e++) {
        tq_pool_options o = precise();
        tq_selection *s;
        double b[64][P], var[64][P], w[64], least = INFINITY, sum = 0.0, all = 0.0;
        size_t p, models = 0;

        o.method = methods[e];
        assert_int_equal(tq_select(&full, TERMS, terms, &o, NULL, NULL, &s, NULL), TQ_OK);
        assert_int_equal(s->method, e ? TQ_EE : TQ_ML);
        for (uint32_t m = 0; m < 64; m++) {
            w[m] = by_hand(m, s->method, b[m], var[m], &p);
            models += isnan(w[m]) ? 0 : 1;
            least = fmin(least, w[m]);
        }
        for (size_t m = 0; m < 64; m++) {
            w[m] = isnan(w[m]) ? 0.0 : exp(0.5 * (least - w[m]));
            sum += w[m];
        }
        assert_int_equal(s->n_models, models);
        assert_int_equal(models, 40); /* 32 without the product, 8 with it */
        assert_int_equal(s->n_failed, 0);
        for (size_t j = 0; j < TERMS; j++) {
            double importance = 0.0;

            for (size_t m = 0; m < 64; m++) {
                importance += m >> j & 1 ? w[m] / sum : 0.0;
            }
            assert_near(s->importance[j], importance, 1e-9);
            assert_int_equal(s->n_with[j], j == 5 ? 8 : j < 2 ? 24 : 20);
        }
        for (size_t a = 0; a < P; a++) {
            double est = 0.0, variance = 0.0, with = 0.0, cond = 0.0, cond_variance = 0.0;

            for (size_t m = 0; m < 64; m++) {
                est += w[m] / sum * b[m][a];
                with += var[m][a] > 0.0 ? w[m] : 0.0;
            }
            for (size_t m = 0; m < 64; m++) {
                cond += w[m] / with * b[m][a];
                variance += w[m] / sum * (var[m][a] + (b[m][a] - est) * (b[m][a] - est));
            }
            for (size_t m = 0; m < 64; m++) {
                cond_variance +=
                    var[m][a] > 0.0
                        ? w[m] / with * (var[m][a] + (b[m][a] - cond) * (b[m][a] - cond))
                        : 0.0;
            }
            assert_near(s->average[a].est, est, 1e-9);
            assert_near(s->average[a].se, sqrt(variance), 1e-9);
            assert_near(s->average[a].weight, with / sum, 1e-9);
            assert_near(s->average[a].cond_est, cond, 1e-9);
            assert_near(s->average[a].cond_se, sqrt(cond_variance), 1e-9);
            assert_near(s->average[a].ci_ub - est, 1.959963984540054 * sqrt(variance), 1e-8);
        }
        assert_int_equal(s->n_best, 10);
        for (size_t i = 0; i < s->n_best; i++) {
            assert_near(s->best[i].weight, w[s->best[i].terms] / sum, 1e-9);
            assert_true(i == 0 || s->best[i].delta >= s->best[i - 1].delta);
        }
        assert_near(s->best[0].delta, 0.0, 0.0);
        tq_selection_free(s);
        tq_selection_options every = tq_selection_defaults();

        every.top = 1000;
        assert_int_equal(tq_select(&full, TERMS, terms, &o, &every, NULL, &s, NULL), TQ_OK);
        assert_int_equal(s->n_best, 40);
        for (size_t i = 0; i < s->n_best; i++) {
            all += s->best[i].weight;
        }
        assert_near(all, 1.0, 1e-13);
        tq_selection_free(s);
    }
}

static void criteria_are_those_of_the_fit(void **state)
{
    const tq_pool_options o = precise();

    (void)state;
    for (tq_criterion c = 0; c < TQ_CRITERION_COUNT; c++) {
        tq_selection_options opt = tq_selection_defaults();
        tq_selection *s;

        opt.criterion = c;
        opt.top = 40;
        assert_int_equal(tq_select(&full, TERMS, terms, &o, &opt, NULL, &s, NULL), TQ_OK);
        for (size_t i = 0; i < s->n_best; i++) {
            const tq_selected *b = &s->best[i], *first = &s->best[0];
            const double value[] = {b->AICc - first->AICc, b->AIC - first->AIC,
                                    b->BIC - first->BIC};
            const double params = (double)b->p + 1.0;

            assert_near(b->delta, value[c], 1e-10);
            assert_near(b->AIC, 2.0 * params - 2.0 * b->ll, 1e-10);
            assert_near(b->BIC, params * log(K) - 2.0 * b->ll, 1e-10);
        }
        assert_non_null(tq_criterion_name(c));
        tq_selection_free(s);
    }
    assert_null(tq_criterion_name(TQ_CRITERION_COUNT));
}

static void threads_change_nothing(void **state)
{
    const tq_pool_options o = precise();
    tq_selection_options opt = tq_selection_defaults();
    tq_selection *one, *four;
    enum { MANY = 10 };
    double *D = calloc(K * (MANY + 1), sizeof *D);
    const tq_model wide = {K, MANY + 1, yi, vi, D, 1, NULL};
    tq_selection_term each[MANY];
    random_stream r = {8};

    (void)state;
    for (size_t i = 0; i < K; i++) {
        D[i] = 1.0;
        for (size_t a = 1; a <= MANY; a++) {
            D[i + a * K] = random_normal(&r);
            each[a - 1] = (tq_selection_term){a, 1, 0};
        }
    }
    opt.threads = 1;
    assert_int_equal(tq_select(&wide, MANY, each, &o, &opt, NULL, &one, NULL), TQ_OK);
    opt.threads = 4;
    assert_int_equal(tq_select(&wide, MANY, each, &o, &opt, NULL, &four, NULL), TQ_OK);
    assert_int_equal(one->n_models, 1024);
    assert_memory_equal(one->average, four->average, (MANY + 1) * sizeof *one->average);
    assert_memory_equal(one->importance, four->importance, MANY * sizeof *one->importance);
    assert_memory_equal(one->best, four->best, one->n_best * sizeof *one->best);
    tq_selection_free(one);
    tq_selection_free(four);
    free(D);
}

/* More coefficients than studies allow: those models are left out and counted. */
static void models_too_large_for_the_studies_are_counted(void **state)
{
    const tq_model few = {6, P, yi, vi, X, 1, NULL};
    double D[6 * P];
    tq_model m = few;
    const tq_pool_options o = precise();
    tq_selection *s;

    (void)state;
    for (size_t a = 0; a < P; a++) {
        memcpy(D + 6 * a, X + a * K, 6 * sizeof *D);
    }
    m.X = D;
    assert_int_equal(tq_select(&m, TERMS, terms, &o, NULL, NULL, &s, NULL), TQ_OK);
    assert_true(s->n_failed > 0);
    assert_int_equal(s->n_models + s->n_failed, 40);
    tq_selection_free(s);
}

static void selections_that_cannot_be_are_refused(void **state)
{
    const tq_selection_term overlap[2] = {{1, 2, 0}, {2, 1, 0}};
    const tq_model mean = {K, 1, yi, vi, NULL, 1, NULL};
    const tq_progress stop = {stop_at_once, NULL};
    double none[K * 1];
    tq_pool_options o = precise();
    tq_selection *s;

    (void)state;
    assert_int_equal(tq_select(&full, 0, terms, &o, NULL, NULL, &s, NULL), TQ_EINVAL);
    assert_int_equal(tq_select(&full, 21, terms, &o, NULL, NULL, &s, NULL), TQ_EINVAL);
    assert_int_equal(tq_select(&mean, 1, terms, &o, NULL, NULL, &s, NULL), TQ_EINVAL);
    assert_int_equal(tq_select(&full, 2, overlap, &o, NULL, NULL, &s, NULL), TQ_EINVAL);
    assert_int_equal(tq_select(&full, TERMS, terms, &o, NULL, &stop, &s, NULL), TQ_EINTR);
    o.test = TQ_TEST_KR;
    assert_int_equal(tq_select(&full, TERMS, terms, &o, NULL, NULL, &s, NULL), TQ_EINVAL);
    o = precise();
    o.weighted = 0;
    assert_int_equal(tq_select(&full, TERMS, terms, &o, NULL, NULL, &s, NULL), TQ_EINVAL);
    memset(none, 0, sizeof none);
    const tq_model zero = {K, 1, yi, vi, none, 0, NULL}; /* a column of zeros alone */
    const tq_selection_term only = {0, 1, 0};

    o = precise();
    assert_int_equal(tq_select(&zero, 1, &only, &o, NULL, NULL, &s, NULL), TQ_EDATA);
}

/* ---- comparison ---- */

static void nested_models_are_tested_by_their_likelihoods(void **state)
{
    double other[K * 2], same[K * 3];
    const tq_model mean = {K, 1, yi, vi, NULL, 1, NULL}, three = {K, 3, yi, vi, X, 1, NULL},
                   apart = {K, 2, yi, vi, other, 1, NULL}, rotated = {K, 3, yi, vi, same, 0, NULL};
    const tq_model models[] = {three, mean, full, apart, rotated};
    tq_pool_options o = precise();
    tq_compared c[5];
    double sum = 0.0;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        other[i] = 1.0;
        other[i + K] = X[i + 3 * K];
        same[i] = X[i] + X[i + K];
        same[i + K] = X[i] - 3.0 * X[i + 2 * K];
        same[i + 2 * K] = X[i + K] + 0.2 * X[i + 2 * K];
    }
    assert_int_equal(tq_compare(5, models, &o, TQ_CRITERION_AICC, c, NULL), TQ_OK);
    assert_int_equal(c[0].nesting, TQ_SAME);
    assert_int_equal(c[1].nesting, TQ_REDUCED);
    assert_int_equal(c[2].nesting, TQ_EXTENDED);
    assert_int_equal(c[3].nesting, TQ_NOT_NESTED);
    assert_int_equal(c[4].nesting, TQ_SAME);
    assert_string_equal(tq_nesting_name(c[1].nesting), "reduced");
    assert_null(tq_nesting_name((tq_nesting)(TQ_SAME + 1)));
    assert_near(c[1].LRT, 2.0 * (c[0].ll - c[1].ll), 1e-12);
    assert_near(c[1].df, 2.0, 0.0);
    assert_near(c[1].pval, tq_chisq_upper(c[1].LRT, 2.0), 1e-15);
    assert_near(c[2].LRT, 2.0 * (c[2].ll - c[0].ll), 1e-12);
    assert_near(c[2].df, 5.0, 0.0);
    assert_near(c[3].LRT, NAN, 0.0);
    assert_near(c[4].ll, c[0].ll, 1e-10);
    for (size_t i = 0; i < 5; i++) {
        sum += c[i].weight;
    }
    assert_near(sum, 1.0, 1e-14);
    /* Equal effects: the test is the difference in Q. */
    o.method = TQ_EE;
    assert_int_equal(tq_compare(2, models, &o, TQ_CRITERION_AICC, c, NULL), TQ_OK);
    assert_near(c[1].LRT, c[1].QE - c[0].QE, 1e-9);
}

static void comparisons_that_cannot_be_are_refused(void **state)
{
    const tq_model fewer = {K - 1, 1, yi, vi, NULL, 1, NULL};
    double twice[K * 3];
    const tq_model singular = {K, 3, yi, vi, twice, 1, NULL};
    const tq_model a[] = {full, fewer}, b[] = {full, singular};
    tq_pool_options o = precise();
    tq_compared c[2];
    tq_error err;

    (void)state;
    memcpy(twice, X, 2 * K * sizeof *X);
    memcpy(twice + 2 * K, X + K, K * sizeof *X);
    assert_int_equal(tq_compare(2, a, &o, TQ_CRITERION_AICC, c, &err), TQ_EINVAL);
    assert_int_equal(err.row, 1);
    assert_int_equal(tq_compare(2, b, &o, TQ_CRITERION_AICC, c, &err), TQ_EDATA);
    assert_int_equal(err.row, 1);
    o.test = TQ_TEST_KR;
    assert_int_equal(tq_compare(1, a, &o, TQ_CRITERION_AICC, c, NULL), TQ_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_subsets_agree_with_fits_one_by_one),
        cmocka_unit_test(criteria_are_those_of_the_fit),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(models_too_large_for_the_studies_are_counted),
        cmocka_unit_test(selections_that_cannot_be_are_refused),
        cmocka_unit_test(nested_models_are_tested_by_their_likelihoods),
        cmocka_unit_test(comparisons_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, make_data, NULL);
}
