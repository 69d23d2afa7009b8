/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches against the same problems fitted one by one; layouts, missing studies, threads. */
#include "support/near.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch/batch_internal.h"
#include "core/distributions.h"
#include "pooling/pool.h"
#include "support/random.h"
#include "support/stop.h"

enum { N = 700, K = 11, COLUMNS = TQ_BATCH_COLUMN_COUNT };

/* Results of one batch. */
typedef struct {
    double value[COLUMNS][N];
    unsigned char outcome[N];
} table;

static double yi[N * K], vi[N * K];
static table got, other;

static tq_batch_results all_of(table *t)
{
    tq_batch_results out = {.outcome = t->outcome};

    memset(t, 0, sizeof *t);
    for (size_t c = 0; c < COLUMNS; c++) {
        out.column[c] = t->value[c];
    }
    return out;
}

/* Sizes of studies over a factor of `spread`, tau2 between none and twice the typical vi; of every
   seventh problem the effects are equal, of every fifth the variances. */
static void problems(uint64_t seed, double spread)
{
    random_stream state = {seed};

    for (size_t j = 0; j < N; j++) {
        const double tau2 = j % 3 == 0 ? 0.0 : 0.14 * random_uniform(&state);

        for (size_t i = j * K; i < (j + 1) * K; i++) {
            vi[i] = j % 5 == 4 ? 0.037 : 0.01 * pow(spread, random_uniform(&state));
            yi[i] = j % 7 == 6 ? 0.613 : -0.31 + sqrt(vi[i] + tau2) * random_normal(&state);
        }
    }
}

/* Leave out a study here and there: k from 0 to K. */
static void drop_some(uint64_t seed)
{
    random_stream state = {seed};

    for (size_t j = 0; j < N; j++) {
        const double share = j % 4 == 0 ? 0.0 : random_uniform(&state);

        for (size_t i = j * K; i < (j + 1) * K; i++) {
            if (random_uniform(&state) < share) {
                *(i % 2 ? &yi[i] : &vi[i]) = NAN;
            }
        }
    }
}

static void fit(const tq_batch_problems *in, const tq_batch_options *o, table *t)
{
    tq_batch_work *work = tq_batch_work_new();
    const tq_batch_results out = all_of(t);

    assert_int_equal(tq_batch_fit(in, o, work, &out, NULL), TQ_OK);
    tq_batch_work_free(work);
}

/* ---- the same as one by one ---- */

/* Of the value, or of `scale` where the value is smaller. */
static void near_value(const tq_batch_options *o, size_t j, tq_batch_column c, double want,
                       double scale)
{
    const double have = got.value[c][j], tol = 1e-12 * fmax(fabs(want), scale);

    if (!(fabs(have - want) <= tol) && !(isnan(have) && isnan(want)) && have != want) {
        fail_msg("%s %s, problem %zu (k = %g): %s is %.17g, not %.17g", tq_method_name(o->method),
                 tq_test_name(o->test), j, got.value[TQ_BATCH_K][j], tq_batch_column_name(c), have,
                 want);
    }
}

/* The tails belong to the statistics, however small they are. */
static void near_tails(const tq_batch_options *o, size_t j)
{
    const double stat = got.value[TQ_BATCH_STAT][j], df = got.value[TQ_BATCH_DF][j];
    const double Q = got.value[TQ_BATCH_QE][j], Q_df = got.value[TQ_BATCH_QE_DF][j];

    near_value(o, j, TQ_BATCH_PVAL, tq_two_sided_p(stat, df), 1e-295);
    near_value(o, j, TQ_BATCH_LOG10P, tq_two_sided_log10_p(stat, df), 1e-3);
    near_value(o, j, TQ_BATCH_QE_PVAL, tq_chisq_upper(Q, Q_df), 1e-295);
}

static void compare_fit(const tq_batch_options *o, size_t j, const tq_pool *f)
{
    /* Errors of rounding in tau2 are of the size of the sampling variances; they pass on. */
    const double typical = isnan(f->typical_vi) ? 0.0 : f->typical_vi, se = f->se[0];
    const double wide = fabs(f->prediction.pi_ub - f->prediction.pi_lb);

    near_value(o, j, TQ_BATCH_BETA, f->beta[0], se);
    near_value(o, j, TQ_BATCH_SE, se, 0.0);
    near_value(o, j, TQ_BATCH_STAT, f->stat[0], 1.0);
    near_value(o, j, TQ_BATCH_DF, f->df[0], 0.0);
    near_value(o, j, TQ_BATCH_PVAL, f->pval[0], 0.01);
    near_tails(o, j);
    near_value(o, j, TQ_BATCH_CI_LB, f->ci_lb[0], se);
    near_value(o, j, TQ_BATCH_CI_UB, f->ci_ub[0], se);
    near_value(o, j, TQ_BATCH_TAU2, f->tau2, typical);
    near_value(o, j, TQ_BATCH_QE, f->QE, 1e-6);
    near_value(o, j, TQ_BATCH_QE_DF, f->QE_df, 0.0);
    near_value(o, j, TQ_BATCH_I2, f->I2, 100.0);
    near_value(o, j, TQ_BATCH_H2, f->H2, 0.0);
    near_value(o, j, TQ_BATCH_PI_LB, f->prediction.pi_lb, wide);
    near_value(o, j, TQ_BATCH_PI_UB, f->prediction.pi_ub, wide);
}

/* Studies of problem j of the dense arrays, without the missing ones. */
static size_t present(size_t j, double *y, double *v)
{
    size_t k = 0;

    for (size_t i = j * K; i < (j + 1) * K; i++) {
        if (!isnan(yi[i]) && !isnan(vi[i])) {
            y[k] = yi[i];
            v[k++] = vi[i];
        }
    }
    return k;
}

static void compare_one_by_one(const tq_batch_options *o)
{
    tq_pool_work *work = tq_pool_work_new(K, 1);
    tq_pool *f = tq_pool_new(K, 1);
    tq_pool_options opt = tq_pool_defaults();

    opt.method = o->method;
    opt.test = o->test;
    opt.level = o->level;
    opt.predict = o->predict;
    opt.i2 = o->i2;
    opt.tol = o->tol;
    for (size_t j = 0; j < N; j++) {
        double y[K], v[K];
        const size_t k = present(j, y, v);
        const tq_model m = {k, 1, y, v, NULL, 1, NULL};

        assert_near(got.value[TQ_BATCH_K][j], (double)k, 0.0);
        assert_int_equal(got.outcome[j], k == 0 ? TQ_BATCH_EMPTY : TQ_BATCH_FITTED);
        if (k > 0) {
            assert_int_equal(tq_pool_fit(&m, &opt, work, f, NULL), TQ_OK);
            compare_fit(o, j, f);
        } else {
            for (size_t c = TQ_BATCH_K + 1; c < COLUMNS; c++) {
                assert_true(isnan(got.value[c][j]));
            }
        }
    }
    tq_pool_free(f);
    tq_pool_work_free(work);
}

static void equals_the_fit_of_one_problem_at_a_time(void **state)
{
    static const tq_test tests[] = {TQ_TEST_Z, TQ_TEST_T, TQ_TEST_KNHA, TQ_TEST_ADHOC};
    size_t turn = 0;

    (void)state;
    for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
        for (size_t t = 0; tq_batch_method(m) && t < 4; t++, turn++) {
            tq_batch_options o = tq_batch_defaults();
            const tq_batch_problems in = tq_batch_dense(N, K, yi, vi);

            o.method = m;
            o.test = tests[t];
            o.level = turn % 2 ? 95.0 : 90.5;
            o.i2 = turn % 3 ? TQ_I2_TAU2 : TQ_I2_Q;
            o.predict = (tq_predict)((turn + turn / 4) % TQ_PREDICT_NNF);
            problems(31 + turn, turn % 3 ? 50.0 : 1e5);
            drop_some(57 + turn);
            fit(&in, &o, &got);
            compare_one_by_one(&o);
        }
    }
}

/* Variances and effects from 1e-120 to 1e120, one study holding almost all weight. */
static void equals_it_in_any_units(void **state)
{
    static const double units[] = {1e-120, 1e-60, 1e-7, 3e8, 1e60, 1e120};

    (void)state;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        tq_batch_options o = tq_batch_defaults();
        const tq_batch_problems in = tq_batch_dense(N, K, yi, vi);

        o.method = u % 2 ? TQ_REML : TQ_DL;
        problems(400 + u, u < 3 ? 50.0 : 1e12);
        for (size_t i = 0; i < (size_t)N * K; i++) {
            yi[i] *= units[u];
            vi[i] *= units[u] * units[u];
        }
        fit(&in, &o, &got);
        compare_one_by_one(&o);
    }
}

/* Effects that scatter far more than their variances tell, by factors up to 1000: the likelihood often
   has several maxima, and the proof that it has one more than one look. */
static void equals_it_where_maxima_are_several(void **state)
{
    (void)state;
    for (size_t turn = 0; turn < 8; turn++) {
        tq_batch_options o = tq_batch_defaults();
        const tq_batch_problems in = tq_batch_dense(N, K, yi, vi);
        random_stream r = {1300 + turn};

        o.method = turn % 2 ? TQ_REML : TQ_ML;
        o.tol =
            1e-13; /* of the fit of one: it stops at a step of this, which here may be far from the last */
        problems(1200 + turn, turn < 4 ? 200.0 : 1e4);
        for (size_t i = 0; i < (size_t)N * K; i++) {
            yi[i] = 0.3 + pow(10.0, 3.0 * random_uniform(&r) - 2.0) * random_normal(&r);
        }
        drop_some(1400 + turn);
        fit(&in, &o, &got);
        compare_one_by_one(&o);
    }
}

/* ---- nothing else matters ---- */

/* The same bits, or NaN both. */
static int same_double(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b && !signbit(a) == !signbit(b);
}

static void same_table(const table *a, const table *b)
{
    assert_memory_equal(a->outcome, b->outcome, sizeof a->outcome);
    for (size_t c = 0; c < COLUMNS; c++) {
        for (size_t j = 0; j < N; j++) {
            if (!same_double(a->value[c][j], b->value[c][j])) {
                fail_msg("problem %zu: %s is %.17g and %.17g", j,
                         tq_batch_column_name((tq_batch_column)c), a->value[c][j], b->value[c][j]);
            }
        }
    }
}

/* Rows, columns of cohorts, and ragged: the same bits, although missing studies stand elsewhere. */
static void layouts_give_the_same_bits(void **state)
{
    static double y2[N * K], v2[N * K];
    static size_t offset[N + 1];
    tq_batch_options o = tq_batch_defaults();
    const tq_batch_problems rows = tq_batch_dense(N, K, yi, vi);
    const tq_batch_problems columns = tq_batch_columns(N, K, y2, v2);
    const tq_batch_problems ragged = tq_batch_ragged(N, offset, y2, v2);

    (void)state;
    problems(71, 50.0);
    drop_some(72);
    fit(&rows, &o, &got);
    for (size_t j = 0; j < N; j++) {
        for (size_t i = 0; i < K; i++) {
            y2[i * N + j] = yi[j * K + i];
            v2[i * N + j] = vi[j * K + i];
        }
    }
    fit(&columns, &o, &other);
    same_table(&got, &other);
    for (size_t j = 0; j < N; j++) {
        offset[j + 1] = offset[j] + present(j, y2 + offset[j], v2 + offset[j]);
    }
    fit(&ragged, &o, &other);
    same_table(&got, &other);
}

/* Every width of vectors that this processor has. */
static void widths_give_the_same_bits(void **state)
{
    static const tq_method methods[] = {TQ_FE, TQ_DL, TQ_HE, TQ_HS, TQ_SJ, TQ_PM, TQ_ML, TQ_REML};
    tq_batch_work *work = tq_batch_work_new();
    const tq_batch_problems in = tq_batch_dense(N, K, yi, vi);

    (void)state;
    problems(91, 120.0);
    drop_some(92);
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        tq_batch_options o = tq_batch_defaults();
        const tq_batch_results first = all_of(&got);

        o.method = methods[m];
        o.test = m % 2 ? TQ_TEST_KNHA : TQ_TEST_Z;
        work->fit = lanes_fit_width(0);
        assert_int_equal(tq_batch_fit(&in, &o, work, &first, NULL), TQ_OK);
        for (size_t w = 1; lanes_fit_width(w); w++) {
            const tq_batch_results next = all_of(&other);

            work->fit = lanes_fit_width(w);
            assert_int_equal(tq_batch_fit(&in, &o, work, &next, NULL), TQ_OK);
            same_table(&got, &other);
        }
    }
    tq_batch_work_free(work);
}

/* Statistics from 0 to beyond the range of p-values; the sums for t and chi-square at every k. */
static void tails_hold_far_out(void **state)
{
    tq_batch_options o = tq_batch_defaults();

    (void)state;
    for (size_t turn = 0; turn < 6; turn++) {
        const tq_batch_problems in = tq_batch_dense(N, K, yi, vi);
        const double far = pow(10.0, (double)turn - 2.0);

        o.method = TQ_FE;
        o.test = turn % 2 ? TQ_TEST_T : TQ_TEST_Z;
        problems(800 + turn, 3.0);
        for (size_t i = 0; i < (size_t)N * K; i++) {
            yi[i] = (yi[i] + 0.31) * far / (1.0 + (double)(i / K % 40)) + 0.01 * far;
        }
        drop_some(900 + turn);
        fit(&in, &o, &got);
        for (size_t j = 0; j < N; j++) {
            if (got.outcome[j] == TQ_BATCH_FITTED) {
                near_tails(&o, j);
            }
        }
    }
}

/* More studies than the lanes take, up to and beyond their limit. */
static void many_studies(void **state)
{
    enum { MOST = TQ_BATCH_SIDE_BY_SIDE + 3 };
    static double y[MOST], v[MOST];
    random_stream r = {77};
    tq_pool_work *work = tq_pool_work_new(MOST, 1);
    tq_batch_work *batch = tq_batch_work_new();
    tq_pool *f = tq_pool_new(MOST, 1);

    (void)state;
    for (size_t i = 0; i < MOST; i++) {
        v[i] = 0.01 * pow(30.0, random_uniform(&r));
        y[i] = 0.2 + sqrt(v[i] + 0.05) * random_normal(&r);
    }
    for (size_t k = 62; k <= MOST; k += k < 70 || k > MOST - 5 ? 1 : 20) {
        const tq_batch_problems in = tq_batch_dense(1, k, y, v);
        const tq_model m = {k, 1, y, v, NULL, 1, NULL};
        tq_batch_options o = tq_batch_defaults();
        tq_pool_options opt = tq_pool_defaults();
        const tq_batch_results out = all_of(&got);

        o.test = opt.test = TQ_TEST_KNHA;
        assert_int_equal(tq_batch_fit(&in, &o, batch, &out, NULL), TQ_OK);
        assert_int_equal(tq_pool_fit(&m, &opt, work, f, NULL), TQ_OK);
        compare_fit(&o, 0, f);
    }
    tq_pool_free(f);
    tq_batch_work_free(batch);
    tq_pool_work_free(work);
}

static void threads_and_neighbours_change_nothing(void **state)
{
    enum { TIMES = 40 };
    static double y2[TIMES * N * K], v2[TIMES * N * K], tau2[TIMES * N];
    tq_batch_options o = tq_batch_defaults();
    const tq_batch_problems in = tq_batch_dense(N, K, yi, vi);
    const tq_batch_problems many = tq_batch_dense((size_t)TIMES * N, K, y2, v2);
    const tq_batch_results out = {.column = {[TQ_BATCH_TAU2] = tau2}};
    tq_batch_work *work = tq_batch_work_new();

    (void)state;
    problems(81, 200.0);
    drop_some(82);
    fit(&in, &o, &got);
    for (size_t j = 0; j < (size_t)TIMES * N; j++) { /* in another order each time */
        const size_t from = j * 11 % N;

        memcpy(y2 + j * K, yi + from * K, K * sizeof *yi);
        memcpy(v2 + j * K, vi + from * K, K * sizeof *vi);
    }
    for (size_t threads = 1; threads <= 4; threads += 3) {
        o.threads = threads;
        assert_int_equal(tq_batch_fit(&many, &o, work, &out, NULL), TQ_OK);
        for (size_t j = 0; j < (size_t)TIMES * N; j++) {
            const double want = got.value[TQ_BATCH_TAU2][j * 11 % N];

            assert_true(tau2[j] == want || (isnan(tau2[j]) && isnan(want)));
        }
    }
    tq_batch_work_free(work);
}

/* ---- what cannot be fitted ---- */

static void problems_without_a_fit_say_why(void **state)
{
    const double y[] = {0.31, NAN,  0.17, INFINITY, 0.23, 0.41,
                        0.52, 0.64, 0.12, -1e200,   0.33, 0.47};
    const double v[] = {NAN, 0.02, 0.04, 0.05, 0.06, 0.0, 0.03, INFINITY, 0.05, 1e-200, 0.07, 0.03};
    static const tq_batch_outcome want[] = {TQ_BATCH_EMPTY,    TQ_BATCH_UNUSABLE, TQ_BATCH_UNUSABLE,
                                            TQ_BATCH_UNUSABLE, TQ_BATCH_TOO_FAR,  TQ_BATCH_FITTED};
    const tq_batch_problems in = tq_batch_dense(6, 2, y, v);
    double beta[6], k[6];
    unsigned char outcome[6];
    const tq_batch_results out = {{[TQ_BATCH_BETA] = beta, [TQ_BATCH_K] = k}, outcome};
    tq_batch_work *work = tq_batch_work_new();

    (void)state;
    assert_int_equal(tq_batch_fit(&in, NULL, work, &out, NULL), TQ_OK);
    for (size_t j = 0; j < 6; j++) {
        assert_int_equal(outcome[j], want[j]);
        assert_int_equal(isnan(beta[j]), want[j] != TQ_BATCH_FITTED);
        assert_near(k[j], want[j] == TQ_BATCH_EMPTY ? 0.0 : 2.0, 0.0);
        assert_non_null(tq_batch_outcome_text(want[j]));
    }
    assert_null(tq_batch_outcome_text(TQ_BATCH_OUTCOME_COUNT));
    tq_batch_work_free(work);
}

static void options_are_checked(void **state)
{
    const double one = 1.0;
    const tq_batch_problems in = tq_batch_dense(1, 1, &one, &one);
    tq_batch_options o[7];
    const tq_batch_results out = {.outcome = NULL};
    tq_batch_work *work = tq_batch_work_new();
    tq_error err;

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        o[i] = tq_batch_defaults();
    }
    o[0].method = TQ_MH;
    o[1].method = TQ_METHOD_COUNT;
    o[2].test = TQ_TEST_KR;
    o[3].level = 100.0;
    o[4].predict = TQ_PREDICT_NNF;
    o[5].tol = NAN;
    o[6].max_iter = 0;
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(tq_batch_fit(&in, &o[i], work, &out, &err), TQ_EINVAL);
        assert_true(strlen(err.message) > 0);
    }
    tq_batch_work_free(work);
    tq_batch_work_free(NULL);
}

static void stops_when_asked(void **state)
{
    const tq_batch_problems in = tq_batch_dense(N, K, yi, vi);
    tq_batch_options o = tq_batch_defaults();
    const tq_batch_results out = all_of(&got);
    const tq_progress stop = {stop_at_once, NULL};
    tq_batch_work *work = tq_batch_work_new();

    (void)state;
    o.progress = &stop;
    o.threads = 1; /* of several the others may leave nothing to the one that asks */
    assert_int_equal(tq_batch_fit(&in, &o, work, &out, NULL), TQ_EINTR);
    tq_batch_work_free(work);
}

static void columns_have_names(void **state)
{
    (void)state;
    for (tq_batch_column c = 0; c < TQ_BATCH_COLUMN_COUNT; c++) {
        assert_int_equal(tq_batch_column_find(tq_batch_column_name(c)), c);
        assert_non_null(tq_batch_column_label(c));
    }
    assert_int_equal(tq_batch_column_find("i2"), TQ_BATCH_COLUMN_COUNT);
    assert_null(tq_batch_column_name(TQ_BATCH_COLUMN_COUNT));
    assert_null(tq_batch_column_label(TQ_BATCH_COLUMN_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_fit_of_one_problem_at_a_time),
        cmocka_unit_test(equals_it_in_any_units),
        cmocka_unit_test(equals_it_where_maxima_are_several),
        cmocka_unit_test(tails_hold_far_out),
        cmocka_unit_test(many_studies),
        cmocka_unit_test(layouts_give_the_same_bits),
        cmocka_unit_test(widths_give_the_same_bits),
        cmocka_unit_test(threads_and_neighbours_change_nothing),
        cmocka_unit_test(problems_without_a_fit_say_why),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(columns_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
