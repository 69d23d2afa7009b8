/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Permutation tests against enumeration by hand, published p-values, and their invariances. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "batch/batch.h"
#include "moderators/permutation_internal.h"
#include "support/bcg.h"

enum { K = BCG_K, SMALL = 6, MAX = 720 };

/* BCG vaccine, log relative risks, and absolute latitude: Colditz et al. (1994), JAMA 271:698-702. */
/* clang-format off */
static const double X[2 * K] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33};
/* Six of them, with a moderator of two values, and one more. */
static const double X_small[3 * SMALL] = {1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 1, 44, 55, 42, 52, 13, 44};
/* clang-format on */

static const tq_model mean = {K, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
static const tq_model latitude = {K, 2, bcg_yi, bcg_vi, X, 1, NULL};

static tq_permutation *test_of(const tq_model *m, const tq_pool_options *o,
                               const tq_permutation_options *perm)
{
    tq_permutation *out = NULL;
    tq_error err = {.message = ""};
    const tq_status status = tq_permutation_test(m, o, perm, &out, &err);

    if (status != TQ_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(status, TQ_OK);
    return out;
}

/* ---- by hand ---- */

/* |statistics| of a fit from scratch, then QM. */
static void statistics(const tq_model *m, const tq_pool_options *o, double *out)
{
    tq_pool_work *work = tq_pool_work_new(m->k, m->p);
    tq_pool *fit = tq_pool_new(m->k, m->p);

    assert_int_equal(tq_pool_fit(m, o, work, fit, NULL), TQ_OK);
    for (size_t a = 0; a < m->p; a++) {
        out[a] = fabs(fit->stat[a]);
    }
    out[m->p] = fit->QM;
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

typedef struct {
    double observed[4];
    size_t at_least[4], n;
} tally;

static void tally_one(const tq_model *m, const tq_pool_options *o, tally *t)
{
    double stat[4];

    statistics(m, o, stat);
    for (size_t a = 0; a <= m->p; a++) {
        t->at_least[a] += stat[a] >= t->observed[a] - 1e-7;
    }
    t->n++;
}

static void flip_by_hand(const tq_model *m, const tq_pool_options *o, tally *t)
{
    *t = (tally){.n = 0};
    statistics(m, o, t->observed);
    for (size_t bits = 0; bits < (size_t)1 << m->k; bits++) {
        double y[SMALL];
        tq_model flipped = *m;

        for (size_t i = 0; i < m->k; i++) {
            y[i] = bits >> i & 1 ? -m->yi[i] : m->yi[i];
        }
        flipped.yi = y;
        tally_one(&flipped, o, t);
    }
}

/* All k! orders, equal ones as often as they occur: the shares are those of the distinct ones. */
static void order_by_hand(const tq_model *m, const tq_pool_options *o, size_t *row, size_t at,
                          tally *t)
{
    if (at == m->k) {
        double permuted[3 * SMALL];
        tq_model other = *m;

        for (size_t i = 0; i < m->k * m->p; i++) {
            permuted[i] = m->X[row[i % m->k] + i / m->k * m->k];
        }
        other.X = permuted;
        tally_one(&other, o, t);
        return;
    }
    for (size_t i = at; i < m->k; i++) {
        const size_t kept = row[at];

        row[at] = row[i];
        row[i] = kept;
        order_by_hand(m, o, row, at + 1, t);
        row[i] = row[at];
        row[at] = kept;
    }
}

static void exact_signs_are_those_of_enumeration(void **state)
{
    static const tq_method methods[] = {TQ_REML, TQ_DL, TQ_EE, TQ_PM, TQ_HC};

    (void)state;
    for (size_t k = 4; k <= SMALL; k++) {
        for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
            const tq_model m = {k, 1, bcg_yi + 3, bcg_vi + 3, NULL, 1, NULL};
            tq_pool_options o = tq_pool_defaults();
            tally t;

            o.method = methods[i];
            o.test = methods[i] == TQ_PM ? TQ_TEST_KNHA : TQ_TEST_Z;
            o.ci_tau2 = TQ_CI_NONE;
            flip_by_hand(&m, &o, &t);
            tq_permutation *test = test_of(&m, &o, NULL);

            assert_true(test->exact && test->signs);
            assert_int_equal(test->iterations, t.n);
            assert_int_equal(test->possible, t.n);
            assert_int_equal(test->failed, 0);
            assert_near(test->pval[0], (double)t.at_least[0] / (double)t.n, 1e-15);
            assert_true(isnan(test->QM_pval) && isnan(test->pval_se[0]));
            tq_permutation_free(test);
        }
    }
}

static void check_orders(const tq_model *m, tq_test kind, uint64_t distinct)
{
    tq_pool_options o = tq_pool_defaults();
    size_t row[SMALL];
    tally t = {.n = 0};

    o.test = kind;
    o.ci_tau2 = TQ_CI_NONE;
    for (size_t i = 0; i < m->k; i++) {
        row[i] = i;
    }
    statistics(m, &o, t.observed);
    order_by_hand(m, &o, row, 0, &t);
    tq_permutation *test = test_of(m, &o, NULL);

    assert_true(test->exact && !test->signs);
    assert_int_equal(test->iterations, distinct);
    assert_int_equal(test->possible, distinct);
    for (size_t a = 0; a < m->p; a++) {
        assert_near(test->pval[a], (double)t.at_least[a] / (double)t.n, 1e-15);
    }
    assert_near(test->QM_pval, (double)t.at_least[m->p] / (double)t.n, 1e-15);
    tq_permutation_free(test);
}

static void exact_orders_are_those_of_enumeration(void **state)
{
    const tq_model two_values = {SMALL, 2, bcg_yi, bcg_vi, X_small, 1, NULL};
    const tq_model both = {SMALL, 3, bcg_yi, bcg_vi, X_small, 1, NULL};
    const tq_model no_intercept = {SMALL, 2, bcg_yi, bcg_vi, X_small + SMALL, 0, NULL};

    (void)state;
    check_orders(&two_values, TQ_TEST_Z, 20); /* 6! / (3! 3!) */
    check_orders(&two_values, TQ_TEST_KNHA, 20);
    check_orders(&both, TQ_TEST_Z, 360); /* 6! / 2!: the first and the last row are equal */
    check_orders(&no_intercept, TQ_TEST_T, 360);
}

/* ---- published ---- */

/* Lidocaine after myocardial infarction, risk differences of Hine et al. (1989), Arch. Intern. Med.
   149:2694-2698, with the exact p of Follmann & Proschan (1999), Biometrics 55:732-737. */
static void the_lidocaine_trials_give_the_published_p(void **state)
{
    static const double n1[] = {39, 44, 107, 103, 110, 154}, n2[] = {43, 44, 110, 100, 106, 146};
    static const double a[] = {2, 4, 6, 7, 7, 11}, c[] = {1, 4, 4, 5, 3, 4};
    static const tq_method methods[] = {TQ_FE, TQ_DL};
    double y[SMALL], v[SMALL];

    (void)state;
    for (size_t i = 0; i < SMALL; i++) {
        const double p1 = a[i] / n1[i], p2 = c[i] / n2[i];

        y[i] = p1 - p2;
        v[i] = p1 * (1.0 - p1) / n1[i] + p2 * (1.0 - p2) / n2[i];
    }
    for (size_t i = 0; i < 2; i++) {
        const tq_model m = {SMALL, 1, y, v, NULL, 1, NULL};
        tq_pool_options o = tq_pool_defaults();

        o.method = methods[i];
        tq_permutation *test = test_of(&m, &o, NULL);

        assert_near(test->pval[0], 0.0625, 1e-15);
        tq_permutation_free(test);
    }
}

/* permutest(rma(yi, vi), exact=TRUE) of metafor 3.8.1. */
static void the_vaccine_trials_give_metafors_exact_p(void **state)
{
    (void)state;
    tq_permutation *test = test_of(&mean, NULL, NULL);

    assert_true(test->exact);
    assert_int_equal(test->iterations, 8192);
    assert_near(test->pval[0], 0.00146484375, 1e-15);
    tq_permutation_free(test);
}

/* ---- properties ---- */

static void the_order_of_studies_changes_nothing(void **state)
{
    static const size_t order[SMALL] = {4, 2, 5, 0, 3, 1};
    const tq_model m = {SMALL, 2, bcg_yi, bcg_vi, X_small, 1, NULL},
                   plain = {SMALL, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
    double y[SMALL], v[SMALL], x[2 * SMALL];
    tq_permutation_options perm = tq_permutation_defaults();

    (void)state;
    perm.ci = 1;
    for (size_t i = 0; i < SMALL; i++) {
        y[i] = bcg_yi[order[i]];
        v[i] = bcg_vi[order[i]];
        x[i] = 1.0;
        x[i + SMALL] = X_small[order[i] + SMALL];
    }
    const tq_model m2 = {SMALL, 2, y, v, x, 1, NULL}, plain2 = {SMALL, 1, y, v, NULL, 1, NULL};
    const tq_model *pairs[][2] = {{&m, &m2}, {&plain, &plain2}};

    for (size_t i = 0; i < 2; i++) {
        tq_permutation *one = test_of(pairs[i][0], NULL, &perm);
        tq_permutation *other = test_of(pairs[i][1], NULL, &perm);

        for (size_t a = 0; a < one->p; a++) {
            assert_near(other->pval[a], one->pval[a], 1e-15);
            assert_near(other->ci_lb[a], one->ci_lb[a], 1e-7);
            assert_near(other->ci_ub[a], one->ci_ub[a], 1e-7);
        }
        tq_permutation_free(one);
        tq_permutation_free(other);
    }
}

/* Statistics found by either way. Those of the batch engine may be missing, and are then found by the other. */
static void compare_ways(const tq_model *m, const tq_pool_options *o, double delta, size_t *found)
{
    enum { N = 200 };
    const tq_permutation_options perm = {.iterations = N, .exact = TQ_EXACT_NO, .seed = 9};
    permutation_plan plan;
    permutation_draw draw;
    tq_refit *refit = NULL;
    tq_refit_result r;
    uint64_t number[N];

    assert_true(tq_batch_suits_test(m, o));
    assert_int_equal(permutation_plan_make(m, &perm, &plan, NULL), TQ_OK);
    assert_int_equal(permutation_draw_new(&plan, &draw, NULL), TQ_OK);
    assert_int_equal(tq_refit_new(m, o, &refit, NULL), TQ_OK);
    assert_int_equal(tq_refit_shift(refit, 0, delta, NULL), TQ_OK);
    permutation_batch *batch = permutation_batch_new(m, o, &plan);

    assert_non_null(batch);
    permutation_batch_shift(batch, delta);
    for (size_t i = 0; i < N; i++) {
        number[i] = (7 * i) % N;
    }
    const double *stat = permutation_batch_fit(batch, &plan, number, N);

    for (size_t i = 0; i < N; i++) {
        uint64_t stream = permutation_stream(&plan, number[i]);

        permutation_make(&plan, number[i], &stream, &draw);
        assert_int_equal(tq_refit_signs(refit, draw.sign, &r, NULL), TQ_OK);
        if (isfinite(stat[i])) {
            assert_near(stat[i], r.stat[0], 1e-12 * fmax(1.0, fabs(r.stat[0])));
            *found += 1;
        }
    }
    permutation_batch_free(batch);
    tq_refit_free(refit);
    permutation_draw_free(&draw);
    permutation_plan_free(&plan);
}

static void side_by_side_is_as_one_by_one(void **state)
{
    static const tq_test kinds[] = {TQ_TEST_Z, TQ_TEST_T, TQ_TEST_KNHA, TQ_TEST_ADHOC};
    double yi[TQ_BATCH_SIDE_BY_SIDE], vi[TQ_BATCH_SIDE_BY_SIDE];
    size_t found = 0, all = 0;

    (void)state;
    for (size_t i = 0; i < TQ_BATCH_SIDE_BY_SIDE; i++) {
        yi[i] = 0.31 + sin(37.0 * (double)i);
        vi[i] = exp(-1.5 + 1.8 * cos(11.0 * (double)i));
    }
    const tq_model models[] = {mean,
                               {5, 1, bcg_yi + 2, bcg_vi + 2, X, 1, NULL},
                               {TQ_BATCH_SIDE_BY_SIDE, 1, yi, vi, NULL, 1, NULL}};

    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        for (tq_method method = 0; method < TQ_METHOD_COUNT; method++) {
            tq_pool_options o = tq_pool_defaults();

            o.method = method;
            o.test = kinds[(method + i) % 4];
            if (tq_batch_method(method)) {
                compare_ways(&models[i], &o, method % 2 ? 0.0 : -0.417, &found);
                all += 200;
            }
        }
    }
    assert_true(found > all * 9 / 10);
}

static void threads_change_nothing(void **state)
{
    const tq_model *models[] = {&mean, &latitude};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        tq_permutation_options perm = {
            .iterations = 1200, .exact = TQ_EXACT_NO, .seed = 77, .ci = 1};

        perm.threads = 1;
        tq_permutation *one = test_of(models[i], NULL, &perm);

        perm.threads = 4;
        tq_permutation *four = test_of(models[i], NULL, &perm);

        for (size_t a = 0; a < one->p; a++) {
            assert_true(one->pval[a] == four->pval[a]);
            assert_true(one->ci_lb[a] == four->ci_lb[a] || isnan(one->ci_lb[a]));
            assert_true(one->ci_ub[a] == four->ci_ub[a] || isnan(one->ci_ub[a]));
        }
        assert_int_equal(one->iterations, four->iterations);
        tq_permutation_free(one);
        tq_permutation_free(four);
    }
}

static void seeds_differ_and_repeat(void **state)
{
    tq_permutation_options perm = {.iterations = 400, .exact = TQ_EXACT_NO, .seed = 3};
    tq_permutation *one = test_of(&latitude, NULL, &perm), *again = test_of(&latitude, NULL, &perm);

    (void)state;
    perm.seed = 4;
    tq_permutation *other = test_of(&latitude, NULL, &perm);

    assert_true(one->pval[0] == again->pval[0]);
    assert_true(one->pval[0] != other->pval[0]);
    assert_int_equal(other->seed, 4);
    tq_permutation_free(one);
    tq_permutation_free(again);
    tq_permutation_free(other);
}

/* Within five simulation errors of the exact p, for signs and for orders. */
static void random_permutations_approach_the_exact_p(void **state)
{
    const tq_model small = {SMALL, 2, bcg_yi, bcg_vi, X_small, 1, NULL};
    const tq_model shifted = {8, 1, bcg_yi + 5, bcg_vi + 5, NULL, 1, NULL};
    const tq_model *models[] = {&small, &shifted};
    const tq_permutation_options perm = {.iterations = 4000, .exact = TQ_EXACT_NO, .seed = 12};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        tq_permutation *exact = test_of(models[i], NULL, NULL);
        tq_permutation *random = test_of(models[i], NULL, &perm);

        assert_true(exact->exact && !random->exact);
        for (size_t a = 0; a < exact->p; a++) {
            const double se = sqrt(random->pval[a] * (1.0 - random->pval[a]) / 4000.0);

            assert_near(random->pval_se[a], se, 1e-12);
            assert_near(random->pval[a], exact->pval[a], 5.0 * se);
        }
        tq_permutation_free(exact);
        tq_permutation_free(random);
    }
}

static void one_moderator_has_one_p(void **state)
{
    static const tq_test kinds[] = {TQ_TEST_Z, TQ_TEST_T, TQ_TEST_KNHA, TQ_TEST_ADHOC, TQ_TEST_KR};
    tq_permutation_options perm = {.iterations = 3000, .exact = TQ_EXACT_NO, .seed = 1};
    tq_pool_options o = tq_pool_defaults();

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        o.test = kinds[i];
        tq_permutation *test = test_of(&latitude, &o, &perm);

        assert_near(test->QM, test->stat[1] * test->stat[1], 1e-10);
        assert_true(test->QM_pval == test->pval[1]);
        assert_true(test->QM_pval < 0.05);
        tq_permutation_free(test);
    }
}

/* 20 different rows have 20! orders; with one more there are more than can be counted. */
static void more_orders_than_can_be_counted_are_said_so(void **state)
{
    enum { MANY = 22 };
    double y[MANY], v[MANY], x[2 * MANY];
    const tq_permutation_options perm = {.iterations = 5, .seed = 1};

    (void)state;
    for (size_t k = 20; k <= MANY; k++) {
        for (size_t i = 0; i < k; i++) {
            y[i] = bcg_yi[i % K] + 0.01 * (double)i;
            v[i] = bcg_vi[i % K];
            x[i] = 1.0;
            x[i + k] = 3.7 * (double)i;
        }
        const tq_model m = {k, 2, y, v, x, 1, NULL};
        tq_permutation *test = test_of(&m, NULL, &perm);

        assert_true(test->possible == (k == 20 ? UINT64_C(2432902008176640000) : UINT64_MAX));
        assert_int_equal(test->iterations, 5);
        tq_permutation_free(test);
    }
}

static void one_iteration_is_the_data(void **state)
{
    const tq_permutation_options perm = {.iterations = 1, .seed = 9};
    tq_permutation *test = test_of(&latitude, NULL, &perm);

    (void)state;
    assert_false(test->exact);
    assert_int_equal(test->iterations, 1);
    assert_near(test->pval[1], 1.0, 0.0);
    assert_near(test->QM_pval, 1.0, 0.0);
    tq_permutation_free(test);
}

static void one_or_two_studies_have_few_permutations(void **state)
{
    const tq_model one = {1, 1, bcg_yi, bcg_vi, NULL, 1, NULL},
                   two = {2, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
    tq_permutation_options perm = tq_permutation_defaults();

    (void)state;
    perm.ci = 1;
    tq_permutation *test = test_of(&one, NULL, &perm);

    assert_int_equal(test->iterations, 2);
    assert_near(test->pval[0], 1.0, 0.0);
    assert_true(isnan(test->ci_lb[0]) && isnan(test->ci_ub[0]));
    tq_permutation_free(test);
    test = test_of(&two, NULL, &perm);
    assert_int_equal(test->iterations, 4);
    assert_near(test->pval[0], 0.5, 0.0); /* both signs alike, or against each other */
    tq_permutation_free(test);
}

/* Equal rows of the design have one order: no permutation, p = 1. */
static void a_design_of_equal_rows_has_one_order(void **state)
{
    static const double twos[SMALL] = {2, 2, 2, 2, 2, 2};
    const tq_model m = {SMALL, 1, bcg_yi, bcg_vi, twos, 0, NULL};

    (void)state;
    tq_permutation *test = test_of(&m, NULL, NULL);

    assert_int_equal(test->possible, 1);
    assert_near(test->pval[0], 1.0, 0.0);
    tq_permutation_free(test);
}

/* ---- intervals ---- */

/* p of H0: beta_j = delta, from a test of its own. */
static double p_at(const tq_model *m, size_t j, double delta, const tq_permutation_options *perm)
{
    double y[K];
    tq_model shifted = *m;

    for (size_t i = 0; i < m->k; i++) {
        y[i] = m->yi[i] - delta * (m->X ? m->X[i + j * m->k] : 1.0);
    }
    shifted.yi = y;
    tq_permutation *test = test_of(&shifted, NULL, perm);
    const double p = test->pval[j];

    tq_permutation_free(test);
    return p;
}

static void limits_are_where_p_crosses_the_level(void **state)
{
    const struct {
        const tq_model *m;
        size_t j;
        tq_permutation_options perm;
        double level;
    } cases[] = {
        {&mean, 0, {.iterations = 10000, .seed = 1}, 95.0},
        {&mean, 0, {.iterations = 999, .exact = TQ_EXACT_NO, .seed = 1}, 95.0},
        /* 100 of 1000 is just at the level */
        {&mean, 0, {.iterations = 1000, .exact = TQ_EXACT_NO, .seed = 1}, 90.0},
        {&latitude, 1, {.iterations = 999, .exact = TQ_EXACT_NO, .seed = 8}, 95.0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const size_t j = cases[i].j;
        const double alpha = (100.0 - cases[i].level) / 100.0;
        tq_permutation_options perm = cases[i].perm;
        tq_pool_options o = tq_pool_defaults();

        o.level = cases[i].level;
        perm.ci = 1;
        tq_permutation *test = test_of(cases[i].m, &o, &perm);
        const double width = test->ci_ub[j] - test->ci_lb[j], step = 1e-7 * width;

        perm.ci = 0;
        assert_true(test->has_ci && width > 0.0);
        assert_true(p_at(cases[i].m, j, test->ci_lb[j] - step, &perm) <= alpha);
        assert_true(p_at(cases[i].m, j, test->ci_lb[j] + step, &perm) > alpha);
        assert_true(p_at(cases[i].m, j, test->ci_ub[j] - step, &perm) > alpha);
        assert_true(p_at(cases[i].m, j, test->ci_ub[j] + step, &perm) <= alpha);
        tq_permutation_free(test);
    }
}

static void too_few_permutations_bound_nothing(void **state)
{
    const tq_model m = {4, 1, bcg_yi, bcg_vi, NULL, 1, NULL}; /* p is at least 2/16 */
    tq_permutation_options perm = tq_permutation_defaults();
    tq_pool_options o = tq_pool_defaults();

    (void)state;
    perm.ci = 1;
    tq_permutation *test = test_of(&m, &o, &perm);

    assert_true(isnan(test->ci_lb[0]) && isnan(test->ci_ub[0]));
    tq_permutation_free(test);
    o.level = 80.0;
    test = test_of(&m, &o, &perm);
    assert_true(test->ci_lb[0] < test->ci_ub[0]);
    tq_permutation_free(test);
}

/* ---- refused, interrupted, failed ---- */

static int stop(void *user, double done)
{
    double *last = user;

    assert_true(done >= *last && done <= 1.0);
    *last = done;
    return done > 0.4;
}

static void progress_rises_and_may_stop_the_work(void **state)
{
    double last = 0.0;
    const tq_progress progress = {stop, &last};
    tq_permutation_options perm = {
        .iterations = 2000, .exact = TQ_EXACT_NO, .ci = 1, .threads = 1, .progress = &progress};
    tq_permutation *out = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_permutation_test(&mean, NULL, &perm, &out, &err), TQ_EINTR);
    assert_null(out);
    assert_true(last > 0.4);
}

static void what_cannot_be_tested_is_refused(void **state)
{
    static const double constant[2 * SMALL] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2};
    const tq_model singular = {SMALL, 2, bcg_yi, bcg_vi, constant, 1, NULL};
    double many[100];
    tq_permutation_options perm = tq_permutation_defaults();
    tq_permutation *out = NULL;
    tq_model none = mean;

    (void)state;
    none.k = 0;
    assert_int_equal(tq_permutation_test(&none, NULL, NULL, &out, NULL), TQ_EDATA);
    assert_int_equal(tq_permutation_test(&singular, NULL, NULL, &out, NULL), TQ_EDATA);
    perm.iterations = 0;
    assert_int_equal(tq_permutation_test(&mean, NULL, &perm, &out, NULL), TQ_EINVAL);
    perm = tq_permutation_defaults();
    perm.exact = TQ_EXACT_YES;
    for (size_t i = 0; i < 100; i++) {
        many[i] = 0.1 + (double)i;
    }
    const tq_model big = {100, 1, many, many, NULL, 1, NULL};

    assert_int_equal(tq_permutation_test(&big, NULL, &perm, &out, NULL), TQ_EINVAL);
    assert_null(out);
    assert_null(tq_exact_name(TQ_EXACT_COUNT));
    tq_permutation_free(NULL);
}

/* A search of so few steps that some permutations find no tau2, though the data do. */
static void permutations_without_a_fit_are_told(void **state)
{
    tq_pool_options o = tq_pool_defaults();
    tq_permutation_options perm = {.iterations = 300, .exact = TQ_EXACT_NO, .seed = 2};
    static const double equal[SMALL] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    tq_permutation *out = NULL;
    int seen = 0;

    (void)state;
    for (o.max_iter = 2; o.max_iter < 12 && !seen; o.max_iter++) {
        if (tq_permutation_test(&latitude, &o, &perm, &out, NULL) != TQ_OK) {
            continue;
        }
        seen = out->failed > 0 && out->iterations > 1;
        assert_int_equal(out->iterations + out->dropped, 300);
        tq_permutation_free(out);
    }
    assert_true(seen);
    seen = 0;
    o.weights = equal; /* fitted one by one */
    for (size_t from = 0; from + SMALL <= K && !seen; from++) {
        const tq_model m = {SMALL, 1, bcg_yi + from, bcg_vi + from, NULL, 1, NULL};

        for (o.max_iter = 2; o.max_iter < 8 && !seen; o.max_iter++) {
            if (tq_permutation_test(&m, &o, NULL, &out, NULL) == TQ_OK) {
                seen = out->failed > 0;
                assert_int_equal(out->iterations + out->failed, 64);
                assert_int_equal(out->dropped, 0);
                tq_permutation_free(out);
            }
        }
    }
    assert_true(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_signs_are_those_of_enumeration),
        cmocka_unit_test(exact_orders_are_those_of_enumeration),
        cmocka_unit_test(the_lidocaine_trials_give_the_published_p),
        cmocka_unit_test(the_vaccine_trials_give_metafors_exact_p),
        cmocka_unit_test(the_order_of_studies_changes_nothing),
        cmocka_unit_test(side_by_side_is_as_one_by_one),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(seeds_differ_and_repeat),
        cmocka_unit_test(random_permutations_approach_the_exact_p),
        cmocka_unit_test(one_moderator_has_one_p),
        cmocka_unit_test(more_orders_than_can_be_counted_are_said_so),
        cmocka_unit_test(one_iteration_is_the_data),
        cmocka_unit_test(one_or_two_studies_have_few_permutations),
        cmocka_unit_test(a_design_of_equal_rows_has_one_order),
        cmocka_unit_test(limits_are_where_p_crosses_the_level),
        cmocka_unit_test(too_few_permutations_bound_nothing),
        cmocka_unit_test(progress_rises_and_may_stop_the_work),
        cmocka_unit_test(what_cannot_be_tested_is_refused),
        cmocka_unit_test(permutations_without_a_fit_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
