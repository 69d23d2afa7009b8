/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leave-one-out and cumulative meta-analysis against fits made by hand, and their invariances. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "diagnostics/sequence.h"
#include "support/bcg.h"
#include "support/stop.h"

enum { K = BCG_K };

/* BCG vaccine, log relative risks: Colditz et al. (1994), JAMA 271:698-702; year of publication. */
/* clang-format off */
static const double year[K] = {1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976};
static const double quality[K] = {2.3, 0.4, 1.1, 7.9, 3.2, 0.6, 2.8, 5.1, 1.7, 0.9, 4.4, 2.2, 3.6};
/* clang-format on */

static const tq_model model = {K, 1, bcg_yi, bcg_vi, NULL, 1, NULL};

/* The studies at the indices, pooled by tq_pool_fit(). */
static void fit_of(const size_t *index, size_t n, const tq_pool_options *o, tq_part_pool *out)
{
    double y[K], v[K], w[K];
    tq_pool_options opt = *o;
    tq_pool_work *work = tq_pool_work_new(K, 1);
    tq_pool *fit = tq_pool_new(K, 1);
    const tq_model m = {n, 1, y, v, NULL, 1, NULL};

    for (size_t i = 0; i < n; i++) {
        y[i] = bcg_yi[index[i]];
        v[i] = bcg_vi[index[i]];
        w[i] = opt.weights ? opt.weights[index[i]] : 0.0;
    }
    opt.weights = opt.weights ? w : NULL;
    assert_int_equal(tq_pool_fit(&m, &opt, work, fit, NULL), TQ_OK);
    *out = (tq_part_pool){n,
                          fit->beta[0],
                          fit->se[0],
                          fit->stat[0],
                          fit->df[0],
                          fit->pval[0],
                          fit->ci_lb[0],
                          fit->ci_ub[0],
                          fit->QE,
                          fit->QE_df,
                          fit->QE_pval,
                          fit->tau2,
                          fit->I2,
                          fit->H2,
                          ""};
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

static void assert_same_part(const tq_part_pool *got, const tq_part_pool *want, double tol)
{
    const double *a = &got->beta, *b = &want->beta;

    assert_int_equal(got->k, want->k);
    assert_string_equal(got->why_none, want->why_none);
    for (size_t i = 0; i < 13; i++) { /* beta to H2 */
        assert_near(a[i], b[i], tol * fmax(fabs(b[i]), 1e-3));
    }
}

static tq_pool_options options_of(tq_method method, tq_test test)
{
    tq_pool_options o = tq_pool_defaults();

    o.method = method;
    o.test = test;
    return o;
}

static void without_each_study_as_by_hand(void **state)
{
    (void)state;
    tq_pool_options cases[] = {options_of(TQ_REML, TQ_TEST_Z), options_of(TQ_DL, TQ_TEST_KNHA),
                               options_of(TQ_EE, TQ_TEST_Z), options_of(TQ_GENQ, TQ_TEST_T),
                               options_of(TQ_PM, TQ_TEST_ADHOC)};

    cases[3].weights = quality;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        tq_part_pool part[K], want;

        assert_int_equal(tq_leave_out(&model, &cases[c], NULL, K, 1, NULL, part, NULL), TQ_OK);
        for (size_t j = 0; j < K; j++) {
            size_t index[K], n = 0;

            for (size_t i = 0; i < K; i++) {
                index[n] = i;
                n += i != j;
            }
            fit_of(index, n, &cases[c], &want);
            assert_same_part(&part[j], &want, 1e-12);
        }
    }
}

/* Hundreds of studies, fitted side by side up to TQ_BATCH_SIDE_BY_SIDE of them: as one by one. */
static void many_studies_are_left_out_as_by_hand(void **state)
{
    enum { MANY = 540 };
    static double yi[MANY], vi[MANY], y[MANY], v[MANY];
    static tq_part_pool part[MANY];
    static size_t step[MANY];
    const tq_model many = {MANY, 1, yi, vi, NULL, 1, NULL};
    tq_pool_work *work = tq_pool_work_new(MANY, 1);
    tq_pool *fit = tq_pool_new(MANY, 1);

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        vi[i] = exp(-2.0 + 1.9 * sin(12.9 * (double)i));
        yi[i] = 0.2 + 0.9 * cos(78.2 * (double)i) + sqrt(vi[i]) * sin(4.1 * (double)i);
        step[i] = i;
    }
    for (size_t k = 150; k <= MANY; k += 195) {
        const tq_pool_options o = options_of(k == 345 ? TQ_ML : TQ_REML, TQ_TEST_KNHA);
        tq_model m = many;

        m.k = k;
        assert_int_equal(tq_leave_out(&m, &o, NULL, k, 2, NULL, part, NULL), TQ_OK);
        for (size_t j = 3; j < k; j += 61) {
            for (size_t i = 0, n = 0; i < k; i++) {
                y[n] = yi[i];
                v[n] = vi[i];
                n += i != j;
            }
            const tq_model rest = {k - 1, 1, y, v, NULL, 1, NULL};

            assert_int_equal(tq_pool_fit(&rest, &o, work, fit, NULL), TQ_OK);
            assert_int_equal(part[j].k, k - 1);
            assert_near(part[j].beta, fit->beta[0], 1e-12 * fabs(fit->beta[0]));
            assert_near(part[j].ci_lb, fit->ci_lb[0], 1e-12 * fabs(fit->ci_lb[0]));
            assert_near(part[j].tau2, fit->tau2, 1e-12 * fit->tau2);
            assert_near(part[j].I2, fit->I2, 1e-12 * fit->I2);
        }
        assert_int_equal(tq_accumulate(&m, &o, step, k, 2, NULL, part, NULL), TQ_OK);
        assert_int_equal(tq_pool_fit(&m, &o, work, fit, NULL), TQ_OK);
        assert_near(part[k - 1].beta, fit->beta[0], 1e-12 * fabs(fit->beta[0]));
        assert_near(part[k - 1].tau2, fit->tau2, 1e-12 * fit->tau2);
    }
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

static void groups_are_left_out_together(void **state)
{
    (void)state;
    static const size_t group[K] = {0, 1, 1, 2, 0, 2, 1, 2, 0, 0, 1, 2, 1};
    const tq_pool_options o = options_of(TQ_REML, TQ_TEST_Z);
    const size_t rest[8] = {1, 2, 3, 5, 6, 7, 10, 11}; /* and 12: without group 0 */
    size_t index[K];
    tq_part_pool part[3], want;

    memcpy(index, rest, sizeof rest);
    index[8] = 12;
    assert_int_equal(tq_leave_out(&model, &o, group, 3, 2, NULL, part, NULL), TQ_OK);
    fit_of(index, 9, &o, &want);
    assert_same_part(&part[0], &want, 1e-12);
    assert_int_equal(part[1].k, 8);
    assert_int_equal(part[2].k, 9);
}

static void the_last_step_is_the_whole(void **state)
{
    (void)state;
    for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
        tq_pool_options o = options_of(m, tq_method_test(m));
        size_t step[K], n, all[K];
        tq_part_pool part[K], want;

        if (tq_method_counts(m)) {
            continue;
        }
        o.weights = m == TQ_GENQ || m == TQ_GENQM || m == TQ_QE ? quality : NULL;
        if (m == TQ_QE) {
            static double score[K];

            for (size_t i = 0; i < K; i++) {
                score[i] = quality[i] / 10.0;
            }
            o.weights = score;
        }
        for (size_t i = 0; i < K; i++) {
            all[i] = i;
        }
        assert_int_equal(tq_accumulation_steps(K, year, 1, 0, step, &n, NULL), TQ_OK);
        assert_int_equal(n, K);
        assert_int_equal(tq_accumulate(&model, &o, step, n, 1, NULL, part, NULL), TQ_OK);
        fit_of(all, K, &o, &want);
        assert_same_part(&part[K - 1], &want, 1e-12);
    }
}

static void the_first_step_is_a_study(void **state)
{
    (void)state;
    size_t step[K], n;
    tq_part_pool part[K];

    assert_int_equal(tq_accumulation_steps(K, year, 0, 0, step, &n, NULL), TQ_OK);
    assert_int_equal(tq_accumulate(&model, NULL, step, n, 1, NULL, part, NULL), TQ_OK);
    assert_near(part[0].beta, bcg_yi[0], 0.0);
    assert_near(part[0].se, sqrt(bcg_vi[0]), 1e-15);
    assert_near(part[0].tau2, 0.0, 0.0);
    assert_near(part[0].QE, 0.0, 0.0);
    assert_near(part[0].QE_pval, 1.0, 0.0);
    assert_int_equal(part[0].k, 1);
}

static void steps_follow_values_and_ties_the_sheet(void **state)
{
    (void)state;
    static const double value[5] = {2.5, -1.0, 2.5, 7.25, -1.0};
    static const size_t up[5] = {2, 0, 3, 4, 1}, down[5] = {1, 3, 2, 0, 4},
                        tied[5] = {1, 0, 1, 2, 0};
    const size_t *const want[3] = {up, down, tied};
    size_t step[5], n;

    for (int c = 0; c < 3; c++) {
        assert_int_equal(tq_accumulation_steps(5, value, c == 1, c == 2, step, &n, NULL), TQ_OK);
        assert_int_equal(n, c == 2 ? 3 : 5);
        assert_memory_equal(step, want[c], sizeof step);
    }
    assert_int_equal(tq_accumulation_steps(5, NULL, 1, 1, step, &n, NULL), TQ_OK);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(step[i], i);
    }
}

/* Effects times c and variances times c^2 scale estimates; the order of the studies changes nothing. */
static void scales_and_orders(void **state)
{
    (void)state;
    const double c = 37.5;
    const tq_pool_options o = options_of(TQ_REML, TQ_TEST_KNHA);
    double y[K], v[K];
    tq_part_pool part[K], moved[K];
    const tq_model other = {K, 1, y, v, NULL, 1, NULL};

    for (size_t i = 0; i < K; i++) {
        y[i] = c * bcg_yi[(i * 5) % K];
        v[i] = c * c * bcg_vi[(i * 5) % K];
    }
    assert_int_equal(tq_leave_out(&model, &o, NULL, K, 1, NULL, part, NULL), TQ_OK);
    assert_int_equal(tq_leave_out(&other, &o, NULL, K, 1, NULL, moved, NULL), TQ_OK);
    for (size_t i = 0; i < K; i++) {
        const tq_part_pool *want = &part[(i * 5) % K];

        assert_near(moved[i].beta, c * want->beta, 1e-10);
        assert_near(moved[i].ci_ub, c * want->ci_ub, 1e-10);
        assert_near(moved[i].tau2, c * c * want->tau2, 1e-8);
        assert_near(moved[i].stat, want->stat, 1e-9);
        assert_near(moved[i].I2, want->I2, 1e-8);
    }
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    enum { MANY = 200 };
    static double y[MANY], v[MANY];
    static tq_part_pool one[MANY], four[MANY];
    const tq_model many = {MANY, 1, y, v, NULL, 1, NULL};

    for (size_t i = 0; i < MANY; i++) {
        const size_t round = i / K;

        y[i] = bcg_yi[i % K] + 0.01 * (double)round;
        v[i] = bcg_vi[(i * 7) % K];
    }
    memset(one, 0, sizeof one);
    memset(four, 0, sizeof four);
    assert_int_equal(tq_leave_out(&many, NULL, NULL, MANY, 1, NULL, one, NULL), TQ_OK);
    assert_int_equal(tq_leave_out(&many, NULL, NULL, MANY, 4, NULL, four, NULL), TQ_OK);
    assert_memory_equal(one, four, sizeof one);
}

static void two_studies_leave_one_each(void **state)
{
    (void)state;
    const tq_model two = {2, 1, bcg_yi + 3, bcg_vi + 3, NULL, 1, NULL};
    tq_part_pool part[2];

    assert_int_equal(tq_leave_out(&two, NULL, NULL, 2, 1, NULL, part, NULL), TQ_OK);
    assert_near(part[0].beta, bcg_yi[4], 0.0);
    assert_near(part[1].beta, bcg_yi[3], 0.0);
    assert_near(part[1].I2, 0.0, 0.0);
}

/* Two positive weights are too few for tau2; the part says so and the others stand. */
static void a_part_without_a_fit_says_why(void **state)
{
    (void)state;
    static const double few[4] = {1.5, 2.5, 0.0, 0.0};
    tq_pool_options o = options_of(TQ_GENQ, TQ_TEST_Z);
    const tq_model four = {4, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
    tq_part_pool part[4];

    o.weights = few;
    assert_int_equal(tq_leave_out(&four, &o, NULL, 4, 1, NULL, part, NULL), TQ_OK);
    assert_true(isnan(part[0].beta) && isnan(part[0].tau2));
    assert_string_equal(part[0].why_none,
                        "tau2 needs more than 1 studies with a weight > 0, not 1");
    assert_int_equal(part[0].k, 3);
    assert_true(isfinite(part[3].beta));
    assert_string_equal(part[3].why_none, "");
}

static void refuses(void **state)
{
    (void)state;
    static const size_t gap[K] = {0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0}, one[K] = {0};
    const tq_model moderated = {K, 1, bcg_yi, bcg_vi, year, 0, NULL},
                   none = {0, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
    const tq_model single = {1, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
    const tq_progress now = {stop_at_once, NULL};
    const double missing[3] = {1.0, NAN, 2.0};
    tq_part_pool part[K];
    size_t step[3], n;
    tq_error err;

    assert_int_equal(tq_leave_out(&moderated, NULL, NULL, K, 1, NULL, part, &err), TQ_EINVAL);
    assert_int_equal(tq_leave_out(&model, NULL, NULL, K - 1, 1, NULL, part, &err), TQ_EINVAL);
    assert_int_equal(tq_leave_out(&model, NULL, gap, 3, 1, NULL, part, &err), TQ_EINVAL);
    assert_int_equal(tq_accumulate(&model, NULL, gap, 2, 1, NULL, part, &err), TQ_EINVAL);
    assert_int_equal(tq_leave_out(&model, NULL, one, 1, 1, NULL, part, &err), TQ_EDATA);
    assert_string_equal(err.message, "leaving one group of studies out needs at least two groups");
    assert_int_equal(tq_leave_out(&single, NULL, NULL, 1, 1, NULL, part, &err), TQ_EDATA);
    assert_int_equal(tq_leave_out(&none, NULL, NULL, 0, 1, NULL, part, &err), TQ_EDATA);
    assert_int_equal(tq_leave_out(&model, NULL, NULL, K, 1, &now, part, &err), TQ_EINTR);
    assert_int_equal(tq_accumulation_steps(3, missing, 0, 0, step, &n, &err), TQ_EDATA);
    assert_int_equal(err.row, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_each_study_as_by_hand),
        cmocka_unit_test(many_studies_are_left_out_as_by_hand),
        cmocka_unit_test(groups_are_left_out_together),
        cmocka_unit_test(the_last_step_is_the_whole),
        cmocka_unit_test(the_first_step_is_a_study),
        cmocka_unit_test(steps_follow_values_and_ties_the_sheet),
        cmocka_unit_test(scales_and_orders),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(two_studies_leave_one_each),
        cmocka_unit_test(a_part_without_a_fit_says_why),
        cmocka_unit_test(refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
