/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many specifications against fits made by hand, rules for outliers, agreement, ranks. */
#include "support/bcg.h"
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "diagnostics/residuals.h"
#include "diagnostics/specifications.h"

enum { K = BCG_K, METHODS = 4, TESTS = 2, RULES = 4, N = METHODS * TESTS * RULES };

static const tq_model model = {K, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
static const tq_method methods[METHODS] = {TQ_REML, TQ_DL, TQ_EE, TQ_PM};
static const tq_test tests_of[TESTS] = {TQ_TEST_Z, TQ_TEST_KNHA};
static const tq_outlier_rule rules[RULES] = {{TQ_OUTLIERS_KEEP, NAN},
                                             {TQ_OUTLIERS_RSTUDENT, 1.7},
                                             {TQ_OUTLIERS_RSTANDARD, 1.4},
                                             {TQ_OUTLIERS_INTERVAL, NAN}};

static void at(const void *user, size_t j, tq_specification *out)
{
    (void)user;
    *out = (tq_specification){
        .model = &model, .opt = tq_pool_defaults(), .rule = rules[j % RULES], .null_value = 0.0};
    out->opt.test = tests_of[j / RULES % TESTS];
    out->opt.method = methods[j / RULES / TESTS];
}

static void fit(size_t threads, tq_specification_fit *out)
{
    int interrupted;

    assert_int_equal(tq_specifications_fit(N, K, at, NULL, threads, NULL, out, &interrupted, NULL),
                     TQ_OK);
    assert_int_equal(interrupted, 0);
}

/* ---- rules ---- */

static void rules_are_read(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",           "rstudent",  "rstudent<3",
                                        "rstudent>0", "rstudent>", "none>2",
                                        "ci>1",       "student>3", "rstudent>x"};
    tq_outlier_rule rule;
    tq_error err;

    assert_int_equal(tq_outlier_rule_parse("none", &rule, NULL), TQ_OK);
    assert_int_equal(rule.kind, TQ_OUTLIERS_KEEP);
    assert_int_equal(tq_outlier_rule_parse("rstudent>2.6", &rule, NULL), TQ_OK);
    assert_int_equal(rule.kind, TQ_OUTLIERS_RSTUDENT);
    assert_near(rule.limit, 2.6, 0.0);
    assert_int_equal(tq_outlier_rule_parse("rstandard > 3", &rule, NULL), TQ_OK);
    assert_int_equal(rule.kind, TQ_OUTLIERS_RSTANDARD);
    assert_int_equal(tq_outlier_rule_parse("ci", &rule, NULL), TQ_OK);
    assert_int_equal(rule.kind, TQ_OUTLIERS_INTERVAL);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(tq_outlier_rule_parse(wrong[i], &rule, &err), TQ_EINVAL);
    }
}

/* ---- fits ---- */

/* Whether the rule leaves study i of the fit out, from the definitions. */
static int outlying(const tq_outlier_rule *rule, const tq_pool *p, const tq_residual *e, size_t i)
{
    const double z = 1.9599639845400545, half = z * sqrt(bcg_vi[i]);

    return rule->kind == TQ_OUTLIERS_RSTUDENT    ? fabs(e[i].rstudent) > rule->limit
           : rule->kind == TQ_OUTLIERS_RSTANDARD ? fabs(e[i].rstandard) > rule->limit
           : rule->kind == TQ_OUTLIERS_INTERVAL
               ? bcg_yi[i] - half > p->ci_ub[0] || bcg_yi[i] + half < p->ci_lb[0]
               : 0;
}

static void each_is_the_fit_of_the_studies_that_are_left(void **state)
{
    (void)state;
    tq_specification_fit got[N];
    tq_pool_work *work = tq_pool_work_new(K, 1);
    tq_pool *p = tq_pool_new(K, 1);
    size_t removed = 0;

    fit(1, got);
    for (size_t j = 0; j < N; j++) {
        tq_specification s;
        tq_residual e[K];
        double y[K], v[K];
        tq_model rest = {0, 1, y, v, NULL, 1, NULL};

        at(NULL, j, &s);
        assert_int_equal(tq_pool_fit(&model, &s.opt, work, p, NULL), TQ_OK);
        assert_int_equal(tq_residuals(&model, &s.opt, p, 1, NULL, e, NULL), TQ_OK);
        for (size_t i = 0; i < K; i++) {
            if (!outlying(&s.rule, p, e, i)) {
                y[rest.k] = bcg_yi[i];
                v[rest.k++] = bcg_vi[i];
            }
        }
        assert_int_equal(tq_pool_fit(&rest, &s.opt, work, p, NULL), TQ_OK);
        assert_true(got[j].done);
        assert_string_equal(got[j].why_none, "");
        assert_int_equal(got[j].k, rest.k);
        assert_int_equal(got[j].removed, K - rest.k);
        assert_near(got[j].estimate, p->beta[0], 1e-14);
        assert_near(got[j].se, p->se[0], 1e-14);
        assert_near(got[j].pval, p->pval[0], 1e-14);
        assert_near(got[j].ci_lb, p->ci_lb[0], 1e-14);
        assert_near(got[j].ci_ub, p->ci_ub[0], 1e-14);
        assert_near(got[j].tau2, p->tau2, 1e-14);
        assert_near(got[j].I2, p->I2, 1e-13);
        assert_int_equal(got[j].direction, -1);
        assert_int_equal(got[j].significant, p->ci_ub[0] < 0.0);
        removed += got[j].removed;
    }
    assert_true(removed > 20); /* the rules did something */
    tq_pool_free(p);
    tq_pool_work_free(work);
}

static const double weights[K] = {3.5, 2, 7.25, 1, 4, 9, 2.5, 6, 3, 8, 1.5, 5, 2.75};

static void weighted(const void *user, size_t j, tq_specification *out)
{
    (void)user;
    (void)j;
    *out = (tq_specification){.model = &model,
                              .opt = tq_pool_defaults(),
                              .rule = {TQ_OUTLIERS_RSTANDARD, 0.9},
                              .null_value = 0.0};
    out->opt.method = TQ_GENQ;
    out->opt.weights = weights;
}

static void weights_stay_with_their_studies(void **state)
{
    (void)state;
    tq_specification s;
    tq_specification_fit got;
    tq_pool_work *work = tq_pool_work_new(K, 1);
    tq_pool *p = tq_pool_new(K, 1);
    tq_residual e[K];
    double y[K], v[K], w[K];
    tq_model rest = {0, 1, y, v, NULL, 1, NULL};
    int interrupted;

    weighted(NULL, 0, &s);
    assert_int_equal(tq_pool_fit(&model, &s.opt, work, p, NULL), TQ_OK);
    assert_int_equal(tq_residuals(&model, &s.opt, p, 1, NULL, e, NULL), TQ_OK);
    for (size_t i = 0; i < K; i++) {
        if (!outlying(&s.rule, p, e, i)) {
            y[rest.k] = bcg_yi[i];
            v[rest.k] = bcg_vi[i];
            w[rest.k++] = weights[i];
        }
    }
    assert_in_range(rest.k, 5, K - 1);
    s.opt.weights = w;
    assert_int_equal(tq_pool_fit(&rest, &s.opt, work, p, NULL), TQ_OK);
    assert_int_equal(tq_specifications_fit(1, K, weighted, NULL, 1, NULL, &got, &interrupted, NULL),
                     TQ_OK);
    assert_int_equal(got.k, rest.k);
    assert_near(got.estimate, p->beta[0], 1e-14);
    assert_near(got.se, p->se[0], 1e-14);
    assert_near(got.tau2, p->tau2, 1e-14);
    tq_pool_free(p);
    tq_pool_work_free(work);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    static tq_specification_fit one[N], three[N];

    fit(1, one);
    fit(3, three);
    assert_memory_equal(one, three, sizeof one);
}

/* ---- what cannot be fitted ---- */

static const tq_model single = {1, 1, bcg_yi, bcg_vi, NULL, 1, NULL};
static const double apart_y[2] = {-3.7, 4.1}, apart_v[2] = {0.013, 0.011};
static const tq_model apart = {2, 1, apart_y, apart_v, NULL, 1, NULL};

static void odd_ones(const void *user, size_t j, tq_specification *out)
{
    (void)user;
    *out = (tq_specification){
        .model = &model, .opt = tq_pool_defaults(), .rule = rules[0], .null_value = NAN};
    if (j == 0) {
        out->model = NULL;
        out->why_none = "column 'x' is missing";
    } else if (j == 1) {
        out->opt.method = TQ_GENQ;
    } else if (j == 2) {
        out->model = &single;
        out->rule = rules[1];
    } else if (j == 3) { /* an interval between two studies, neither of which it meets */
        out->model = &apart;
        out->opt.method = TQ_EE;
        out->rule = rules[3];
    }
}

static void what_has_no_model_says_why(void **state)
{
    (void)state;
    tq_specification_fit got[5];
    tq_specification_summary s;
    const unsigned char comparable[5] = {0, 1, 1, 1, 1};
    double scratch[5];
    int interrupted;

    assert_int_equal(tq_specifications_fit(5, K, odd_ones, NULL, 1, NULL, got, &interrupted, NULL),
                     TQ_OK);
    assert_string_equal(got[0].why_none, "column 'x' is missing");
    assert_string_equal(got[1].why_none, "method GENQ needs weights (--weights COL)");
    assert_string_equal(got[2].why_none, "");
    assert_near(got[2].estimate, bcg_yi[0], 0.0);
    assert_string_equal(got[3].why_none, "every study is an outlier");
    assert_true(isnan(got[3].estimate));
    assert_int_equal(got[4].direction, 0); /* of a measure without a value of no effect */
    assert_int_equal(got[4].significant, -1);
    tq_specifications_summarise(5, got, NULL, comparable, scratch, &s);
    assert_int_equal(s.n, 5);
    assert_int_equal(s.valid, 2);
    assert_int_equal(s.comparable, 2);
    assert_near(s.median, 0.5 * (got[2].estimate + got[4].estimate), 1e-15);
}

/* ---- summaries ---- */

static tq_specification_fit made(double estimate, int direction, int significant)
{
    return (tq_specification_fit){
        .done = 1, .estimate = estimate, .direction = direction, .significant = significant};
}

static void agreement_is_with_the_first(void **state)
{
    (void)state;
    enum { M = 7 };
    tq_specification_fit f[M] = {made(-0.43, -1, 1), made(-0.71, -1, 1), made(-0.19, -1, 0),
                                 made(0.27, 1, 1),   made(0.08, 1, 0),   made(-0.71, -1, 1),
                                 made(-2.3, -1, 1)};
    const unsigned char comparable[M] = {1, 1, 1, 1, 1, 1, 0}, some[M] = {0, 1, 1, 0, 0, 0, 1};
    static const size_t want[M] = {3, 1, 4, 6, 5, 2, 0};
    size_t rank[M];
    double scratch[M];
    tq_specification_summary s;

    tq_specifications_summarise(M, f, NULL, comparable, scratch, &s);
    assert_int_equal(s.valid, M);
    assert_int_equal(s.significant, 5);
    assert_int_equal(s.same_direction, 5);
    assert_int_equal(s.same_significance, 5);
    assert_int_equal(s.same_both, 4);
    assert_int_equal(s.comparable, 6);
    assert_near(s.median, 0.5 * (-0.43 - 0.19), 1e-15);
    assert_near(s.min, -0.71, 0.0);
    assert_near(s.max, 0.27, 0.0);
    tq_specifications_summarise(M, f, some, comparable, scratch, &s);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.same_both, 2);
    assert_near(s.median, 0.5 * (-0.71 - 0.19), 1e-15);
    assert_int_equal(tq_specifications_rank(M, f, comparable, rank, NULL), TQ_OK);
    assert_memory_equal(rank, want, sizeof want);
    f[1].done = 0;
    tq_specifications_summarise(M, f, NULL, comparable, scratch, &s);
    assert_int_equal(s.n, M - 1);
}

/* ---- interruption ---- */

static int stop_at(void *user, double done)
{
    return done > *(double *)user;
}

static void what_was_done_before_an_interruption_is_kept(void **state)
{
    (void)state;
    static tq_specification_fit whole[N], part[N];
    double when = 0.4;
    const tq_progress progress = {stop_at, &when};
    size_t done = 0;
    int interrupted;

    fit(1, whole);
    assert_int_equal(tq_specifications_fit(N, K, at, NULL, 1, &progress, part, &interrupted, NULL),
                     TQ_OK);
    assert_int_equal(interrupted, 1);
    for (size_t j = 0; j < N; j++) {
        if (part[j].done) {
            assert_memory_equal(&part[j], &whole[j], sizeof part[j]);
            done++;
        } else { /* never a number that nobody computed */
            assert_true(isnan(part[j].estimate) && isnan(part[j].ci_lb) && isnan(part[j].tau2));
            assert_int_equal(part[j].significant, -1);
        }
    }
    assert_true(done > 0 && done < N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_read),
        cmocka_unit_test(each_is_the_fit_of_the_studies_that_are_left),
        cmocka_unit_test(weights_stay_with_their_studies),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(what_has_no_model_says_why),
        cmocka_unit_test(agreement_is_with_the_first),
        cmocka_unit_test(what_was_done_before_an_interruption_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
