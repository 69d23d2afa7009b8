/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mantel-Haenszel and Peto: published values, closed forms, invariances, and what has no estimate. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "core/distributions.h"
#include "pooling/pool.h"

enum { MAX = 40 };

/* Studies of two groups, with room for their effects. */
typedef struct {
    tq_count_scale scale;
    size_t k;
    double x1[MAX], n1[MAX], x2[MAX], n2[MAX], yi[MAX], vi[MAX];
} studies;

typedef struct {
    double beta, se, pval, ci_lb, ci_ub, weight[MAX];
    tq_pool fit; /* its arrays are gone */
} result;

static tq_status fit(const studies *s, const tq_pool_options *opt, result *out, tq_error *err)
{
    const tq_counts counts = {s->scale, s->x1, s->n1, s->x2, s->n2};
    const tq_model model = {s->k, 1, s->yi, s->vi, NULL, 1, &counts};
    tq_pool_work *work = tq_pool_work_new(s->k, 1);
    tq_pool *pool = tq_pool_new(s->k, 1);
    const tq_status status = tq_pool_fit(&model, opt, work, pool, err);

    if (status == TQ_OK) {
        *out = (result){pool->beta[0],  pool->se[0], pool->pval[0], pool->ci_lb[0],
                        pool->ci_ub[0], {0.0},       *pool};
        memcpy(out->weight, pool->weight, s->k * sizeof *pool->weight);
    }
    tq_pool_free(pool);
    tq_pool_work_free(work);
    return status;
}

static tq_pool_options options(tq_method method)
{
    tq_pool_options opt = tq_pool_defaults();

    opt.method = method;
    return opt;
}

static result fitted(const studies *s, const tq_pool_options *opt)
{
    result out;
    tq_error err = {.message = ""};

    if (fit(s, opt, &out, &err) != TQ_OK) {
        print_error("%s\n", err.message);
        fail();
    }
    return out;
}

static result mh(const studies *s)
{
    const tq_pool_options opt = options(TQ_MH);

    return fitted(s, &opt);
}

static double expit(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* Effects of the studies, without increments: NaN where they do not exist. */
static void set_effects(studies *s)
{
    for (size_t i = 0; i < s->k; i++) {
        const double a = s->x1[i], b = s->n1[i] - a, c = s->x2[i], d = s->n2[i] - c;
        const double n1 = s->n1[i], n2 = s->n2[i];

        switch (s->scale) {
        case TQ_COUNT_OR:
            s->yi[i] = log(a * d / b / c);
            s->vi[i] = 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d;
            break;
        case TQ_COUNT_RR:
            s->yi[i] = log(a / n1 / c * n2);
            s->vi[i] = b / a / n1 + d / c / n2;
            break;
        case TQ_COUNT_RD:
            s->yi[i] = a / n1 - c / n2;
            s->vi[i] = a * b / n1 / n1 / n1 + c * d / n2 / n2 / n2;
            break;
        case TQ_COUNT_IRR:
            s->yi[i] = log(a / n1 / c * n2);
            s->vi[i] = 1.0 / a + 1.0 / c;
            break;
        default:
            s->yi[i] = a / n1 - c / n2;
            s->vi[i] = a / n1 / n1 + c / n2 / n2;
        }
        if (!isfinite(s->yi[i]) || !isfinite(s->vi[i]) || !(s->vi[i] > 0.0)) {
            s->yi[i] = s->vi[i] = NAN;
        }
    }
}

/* Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed., Table 15-1: deaths with
   tolbutamide and placebo by age. */
static studies tolbutamide(tq_count_scale scale)
{
    studies s = {scale, 2, {8, 22}, {106, 98}, {5, 16}, {120, 85}, {0}, {0}};

    set_effects(&s);
    return s;
}

/* The same, Table 15-2: coronary deaths of smokers and nonsmokers, 10,000 person-years. */
static studies doctors(tq_count_scale scale)
{
    studies s = {scale,
                 5,
                 {32, 104, 206, 186, 102},
                 {5.2407, 4.3248, 2.8612, 1.2663, 0.5317},
                 {2, 12, 28, 28, 31},
                 {1.8790, 1.0673, 0.5710, 0.2585, 0.1462},
                 {0},
                 {0}};

    set_effects(&s);
    return s;
}

/* Numbers as the chapter prints them. */
static void the_examples_of_modern_epidemiology(void **state)
{
    tq_pool_options opt = options(TQ_MH);
    studies s = tolbutamide(TQ_COUNT_RD);

    (void)state;
    opt.level = 90.0;
    opt.mh_variance = TQ_MH_GR; /* as in the chapter */
    result r = fitted(&s, &opt);

    assert_near(r.beta, 0.035, 0.0005);
    assert_near(r.ci_lb, -0.018, 0.0005);
    assert_near(r.ci_ub, 0.088, 0.001); /* the chapter goes on from rounded numbers: 0.0874 */
    s = tolbutamide(TQ_COUNT_RR);
    r = fitted(&s, &opt);
    assert_near(exp(r.beta), 1.33, 0.005);
    assert_near(exp(r.ci_lb), 0.87, 0.005);
    assert_near(exp(r.ci_ub), 2.03, 0.005);
    s = tolbutamide(TQ_COUNT_OR);
    r = fitted(&s, &opt);
    assert_near(exp(r.beta), 1.40, 0.005);
    assert_near(exp(r.ci_lb), 0.84, 0.005);
    assert_near(exp(r.ci_ub), 2.34, 0.005);
    s = doctors(TQ_COUNT_IRD);
    r = fitted(&s, &opt);
    assert_near(r.beta, 11.44, 0.005);
    assert_near(r.ci_lb, 6.35, 0.005);
    assert_near(r.ci_ub, 16.53, 0.005);
    s = doctors(TQ_COUNT_IRR);
    r = fitted(&s, &opt);
    assert_near(exp(r.beta), 1.42, 0.005);
    assert_near(exp(r.ci_lb), 1.19, 0.005);
    assert_near(exp(r.ci_ub), 1.70, 0.005);
    assert_near(r.fit.QE, 10.41, 0.005);
}

/* One table: the crude measure with its own variance, all the weight, nothing to compare. */
static void one_study_is_its_crude_measure(void **state)
{
    static const tq_count_scale scales[] = {TQ_COUNT_OR, TQ_COUNT_RR, TQ_COUNT_RD, TQ_COUNT_IRR,
                                            TQ_COUNT_IRD};
    tq_pool_options opt = options(TQ_MH);

    (void)state;
    opt.mh_variance = TQ_MH_GR;
    for (size_t j = 0; j < sizeof scales / sizeof *scales; j++) {
        studies s = {scales[j], 1, {7}, {31}, {11}, {26}, {0}, {0}};

        set_effects(&s);
        const result r = fitted(&s, &opt);

        assert_near(r.beta, s.yi[0], 1e-14);
        assert_near(r.se * r.se, s.vi[0], 1e-14);
        assert_near(r.weight[0], 100.0, 1e-12);
        assert_near(r.fit.QE, 0.0, 0.0);
        assert_near(r.fit.QE_pval, 1.0, 0.0);
        assert_true(isnan(r.fit.tau2) && isnan(r.fit.se_tau2) && isnan(r.fit.prediction.pi_lb));
        assert_true(isnan(r.fit.I2) && isnan(r.fit.ta.stat));
        assert_int_equal(r.fit.ci.method, TQ_CI_NONE);
    }
}

static const studies mixed = {TQ_COUNT_OR,
                              6,
                              {3, 0, 12, 7, 1, 25},
                              {41, 38, 113, 52, 19, 204},
                              {5, 2, 9, 13, 0, 31},
                              {39, 40, 98, 55, 21, 187},
                              {0},
                              {0}};

static studies exchanged(const studies *s)
{
    studies out = *s;

    memcpy(out.x1, s->x2, sizeof out.x1);
    memcpy(out.n1, s->n2, sizeof out.n1);
    memcpy(out.x2, s->x1, sizeof out.x2);
    memcpy(out.n2, s->n1, sizeof out.n2);
    return out;
}

static void exchanging_the_groups_turns_the_sign(void **state)
{
    (void)state;
    for (tq_count_scale scale = 0; scale < TQ_COUNT_COUNT; scale++) {
        for (tq_mh_variance v = 0; v < TQ_MH_COUNT; v++) {
            tq_pool_options opt = options(scale == TQ_COUNT_PETO ? TQ_PETO : TQ_MH);
            studies s = mixed;

            if (scale == TQ_COUNT_PLO || scale == TQ_COUNT_IRLN) {
                continue;
            }
            s.scale = scale;
            opt.mh_variance = v;
            set_effects(&s);
            studies t = exchanged(&s);
            set_effects(&t);
            const result one = fitted(&s, &opt), two = fitted(&t, &opt);

            assert_near(two.beta, -one.beta, 1e-14);
            assert_near(two.se, one.se, 1e-14);
            assert_near(two.fit.QE, one.fit.QE, 1e-12);
            if (opt.method == TQ_MH) {
                assert_near(two.fit.cmh.stat, one.fit.cmh.stat, 1e-13);
            }
            if (scale == TQ_COUNT_OR) {
                assert_near(two.fit.bd.stat, one.fit.bd.stat, 1e-12);
                assert_near(two.fit.ta.stat, one.fit.ta.stat, 1e-12);
            }
        }
    }
}

/* Odds and risk differences do not care which outcome is called the event. */
static void exchanging_the_outcomes_turns_the_sign(void **state)
{
    static const tq_count_scale scales[] = {TQ_COUNT_OR, TQ_COUNT_RD, TQ_COUNT_PETO};

    (void)state;
    for (size_t j = 0; j < 3; j++) {
        const tq_pool_options opt = options(scales[j] == TQ_COUNT_PETO ? TQ_PETO : TQ_MH);
        studies s = mixed, t = mixed;

        s.scale = t.scale = scales[j];
        for (size_t i = 0; i < s.k; i++) {
            t.x1[i] = s.n1[i] - s.x1[i];
            t.x2[i] = s.n2[i] - s.x2[i];
        }
        set_effects(&s);
        set_effects(&t);
        const result one = fitted(&s, &opt), two = fitted(&t, &opt);

        assert_near(two.beta, -one.beta, 1e-13);
        assert_near(two.se, one.se, 1e-13);
    }
}

/* Pairs: 31 with an event in group 1 alone, 14 in group 2 alone. The odds ratio is 31/14, its variance
   1/31 + 1/14, and the test is McNemar's. */
static void pairs_give_the_matched_odds_ratio(void **state)
{
    const tq_pool_options opt = options(TQ_MH);
    enum { PAIRS = 31 + 14 };
    double x1[PAIRS], n[PAIRS], x2[PAIRS], y[PAIRS];
    tq_pool_work *work = tq_pool_work_new(PAIRS, 1);
    tq_pool *pool = tq_pool_new(PAIRS, 1);

    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        x1[i] = i < 31;
        x2[i] = i >= 31;
        n[i] = 1.0;
        y[i] = NAN;
    }
    const tq_counts counts = {TQ_COUNT_OR, x1, n, x2, n};
    const tq_model model = {PAIRS, 1, y, y, NULL, 1, &counts};

    assert_int_equal(tq_pool_fit(&model, &opt, work, pool, NULL), TQ_OK);
    assert_near(pool->beta[0], log(31.0 / 14.0), 1e-14);
    assert_near(pool->vb[0], 1.0 / 31.0 + 1.0 / 14.0, 1e-14);
    assert_near(pool->cmh.stat, (17.0 - 1.0) * (17.0 - 1.0) / 45.0, 1e-12);
    assert_near(pool->QE_df, 0.0, 0.0); /* no study has an effect of its own */
    assert_true(isnan(pool->ll));
    tq_pool_free(pool);
    tq_pool_work_free(work);
}

static void a_study_without_events_leaves_ratios_alone(void **state)
{
    static const tq_count_scale scales[] = {TQ_COUNT_OR, TQ_COUNT_RR, TQ_COUNT_IRR, TQ_COUNT_PETO};

    (void)state;
    for (size_t j = 0; j < 4; j++) {
        const tq_pool_options opt = options(scales[j] == TQ_COUNT_PETO ? TQ_PETO : TQ_MH);
        studies s = mixed;

        s.scale = scales[j];
        set_effects(&s);
        const result before = fitted(&s, &opt);

        s.x1[s.k] = s.x2[s.k] = 0.0;
        s.n1[s.k] = 61.0;
        s.n2[s.k] = 58.0;
        s.k++;
        set_effects(&s);
        const result after = fitted(&s, &opt);

        assert_near(after.beta, before.beta, 1e-15);
        assert_near(after.se, before.se, 1e-15);
        assert_near(after.fit.QE, before.fit.QE, 1e-13);
        assert_near(after.fit.QE_df, before.fit.QE_df, 0.0);
        assert_near(after.weight[6], 0.0, 0.0);
    }
    studies s = mixed;

    s.scale = TQ_COUNT_RD; /* but a difference of no risks is a difference */
    const double before = mh(&s).beta;

    s.n1[s.k] = s.n2[s.k] = 60.0;
    s.k++;
    assert_true(fabs(mh(&s).beta) < fabs(before));
}

/* Both variances of the risk difference estimate the same: nearly equal in large tables. */
static void the_two_variances_agree_in_large_tables(void **state)
{
    tq_pool_options opt = options(TQ_MH);
    studies s = {TQ_COUNT_RD, 2, {3130, 820}, {12400, 9100}, {4075, 1133}, {12150, 9320}, {0}, {0}};

    (void)state;
    const double sato = fitted(&s, &opt).se;

    opt.mh_variance = TQ_MH_GR;
    assert_near(fitted(&s, &opt).se / sato, 1.0, 1e-3);
}

/* The odds ratios of the tables are all 2.5: both tests are 0, and so is Q. */
static void equal_odds_ratios_are_seen_to_be_equal(void **state)
{
    studies s = {TQ_COUNT_OR, 3, {10, 20, 35}, {30, 36, 105}, {8, 16, 20}, {48, 48, 120}, {0}, {0}};

    (void)state;
    set_effects(&s);
    const result r = mh(&s);

    assert_near(exp(r.beta), 2.5, 1e-13);
    assert_near(r.fit.bd.stat, 0.0, 1e-13);
    assert_near(r.fit.ta.stat, 0.0, 1e-13);
    assert_near(r.fit.ta.df, 2.0, 0.0);
    assert_near(r.fit.QE, 0.0, 1e-13);
}

/* Breslow-Day by brute force: bisect for the fitted events of each table. */
static void breslow_day_matches_bisection(void **state)
{
    studies s = mixed;
    double bd = 0.0, excess = 0.0, variance = 0.0;

    (void)state;
    for (int large = 0; large < 2; large++) { /* odds ratio below and above 1 */
        bd = excess = variance = 0.0;
        set_effects(&s);
        const result r = mh(&s);

        for (size_t i = 0; i < s.k; i++) {
            const double m = s.x1[i] + s.x2[i], n1 = s.n1[i], n2 = s.n2[i];
            double lo = fmax(0.0, m - n2), hi = fmin(m, n1);

            for (int step = 0; step < 200; step++) {
                const double A = 0.5 * (lo + hi);
                const double odds = log(A) + log(n2 - m + A) - log(m - A) - log(n1 - A);

                *(odds < r.beta ? &lo : &hi) = A;
            }
            const double V =
                1.0 / (1.0 / lo + 1.0 / (m - lo) + 1.0 / (n1 - lo) + 1.0 / (n2 - m + lo));

            bd += (s.x1[i] - lo) * (s.x1[i] - lo) / V;
            excess += s.x1[i] - lo;
            variance += V;
        }
        assert_near(r.fit.bd.stat, bd, 1e-10);
        assert_near(r.fit.ta.stat, bd - excess * excess / variance, 1e-10);
        assert_near(r.fit.bd.pval, tq_chisq_upper(bd, 5.0), 1e-10);
        s = exchanged(&s);
    }
}

/* The 0.5 of the correction never turns the difference around. */
static void the_correction_stops_at_no_difference(void **state)
{
    tq_pool_options opt = options(TQ_MH);
    studies s = {TQ_COUNT_OR, 1, {5}, {20}, {6}, {23}, {0}, {0}};

    (void)state;
    set_effects(&s);
    assert_near(fitted(&s, &opt).fit.cmh.stat, 0.0, 0.0);
    assert_near(fitted(&s, &opt).fit.cmh.pval, 1.0, 0.0);
    opt.correct = 0;
    assert_true(fitted(&s, &opt).fit.cmh.stat > 0.0);
}

/* Peto's sums by the textbook, and from O - E and V alone. */
static void peto_is_the_ratio_of_sums(void **state)
{
    const tq_pool_options opt = options(TQ_PETO);
    studies s = mixed, given = mixed;
    double O_E = 0.0, V = 0.0, parts = 0.0;

    (void)state;
    s.scale = given.scale = TQ_COUNT_PETO;
    for (size_t i = 0; i < s.k; i++) {
        const double m = s.x1[i] + s.x2[i], N = s.n1[i] + s.n2[i], E = s.n1[i] * m / N;
        const double v = s.n1[i] * s.n2[i] * m * (N - m) / (N * N * (N - 1.0));

        O_E += s.x1[i] - E;
        V += v;
        parts += (s.x1[i] - E) * (s.x1[i] - E) / v;
        s.yi[i] = given.yi[i] = (s.x1[i] - E) / v;
        s.vi[i] = given.vi[i] = 1.0 / v;
        given.x1[i] = given.n1[i] = given.x2[i] = given.n2[i] = NAN;
    }
    const result one = fitted(&s, &opt), two = fitted(&given, &opt);

    assert_near(one.beta, O_E / V, 1e-14);
    assert_near(one.se, 1.0 / sqrt(V), 1e-14);
    assert_near(one.fit.QE, parts - O_E * O_E / V, 1e-12);
    assert_near(one.fit.QE_df, 5.0, 0.0);
    assert_near(one.fit.deviance, one.fit.QE, 1e-12);
    assert_near(two.beta, one.beta, 1e-14);
    assert_near(two.se, one.se, 1e-14);
    assert_near(two.fit.QE, one.fit.QE, 1e-12);
    assert_near(two.weight[2], one.weight[2], 1e-12);
    assert_true(isnan(one.fit.cmh.stat));
}

/* Small effects in large balanced studies: all estimates of the log odds ratio come together. */
static void peto_and_mh_agree_where_both_hold(void **state)
{
    studies s = {TQ_COUNT_OR, 3, {0}, {40000, 30000, 20000}, {0}, {40000, 30000, 20000}, {0}, {0}};
    const double control[] = {-2.1, -1.7, -2.6}, effect = -0.05;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        s.x1[i] = s.n1[i] * expit(control[i] + effect);
        s.x2[i] = s.n2[i] * expit(control[i]);
    }
    set_effects(&s);
    const tq_pool_options opt = options(TQ_PETO);
    const double by_mh = mh(&s).beta;

    s.scale = TQ_COUNT_PETO;
    assert_near(by_mh, effect, 1e-12);
    assert_near(fitted(&s, &opt).beta, by_mh, 1e-4);
}

static void what_has_no_estimate_says_why(void **state)
{
    static const struct {
        tq_count_scale scale;
        double x1[2], x2[2];
        const char *why;
    } cases[] = {
        {TQ_COUNT_OR, {0, 0}, {3, 4}, "no study has events in group 1"},
        {TQ_COUNT_RR, {3, 1}, {0, 0}, "no study has events in group 2"},
        {TQ_COUNT_RD, {0, 0}, {0, 0}, "no study has events"},
        {TQ_COUNT_IRR, {0, 0}, {0, 0}, "no study has events"},
        {TQ_COUNT_IRD, {0, 0}, {0, 0}, "no study has events"},
        {TQ_COUNT_PETO, {0, 0}, {0, 0}, "no study has events"},
        {TQ_COUNT_OR, {20, 20}, {3, 4}, "every study has nothing but events in group 1"},
        {TQ_COUNT_OR, {3, 2}, {20, 20}, "every study has nothing but events in group 2"},
        {TQ_COUNT_OR, {20, 20}, {20, 20}, "every study has nothing but events"},
        {TQ_COUNT_OR, {3, 0}, {20, 5}, "no study has events in one group and others without"},
    };

    (void)state;
    for (size_t j = 0; j < sizeof cases / sizeof *cases; j++) {
        const tq_pool_options opt = options(cases[j].scale == TQ_COUNT_PETO ? TQ_PETO : TQ_MH);
        studies s = {cases[j].scale, 2, {0}, {20, 20}, {0}, {20, 20}, {0}, {0}};

        memcpy(s.x1, cases[j].x1, sizeof cases[j].x1);
        memcpy(s.x2, cases[j].x2, sizeof cases[j].x2);
        set_effects(&s);
        const result r = fitted(&s, &opt);

        assert_non_null(r.fit.why_none);
        assert_true(strncmp(r.fit.why_none, cases[j].why, strlen(cases[j].why)) == 0);
        assert_true(isnan(r.beta) && isnan(r.se) && isnan(r.pval) && isnan(r.ci_lb));
        assert_true(isnan(r.fit.QE) && isnan(r.fit.ll) && isnan(r.fit.prediction.pred));
    }
    studies s = tolbutamide(TQ_COUNT_OR);

    assert_null(mh(&s).fit.why_none);
}

static void refuses(const tq_model *m, const tq_pool_options *opt, tq_status want, const char *text)
{
    tq_pool_work *work = tq_pool_work_new(m->k ? m->k : 1, m->p);
    tq_pool *pool = tq_pool_new(m->k ? m->k : 1, m->p);
    tq_error err = {.message = ""};

    assert_int_equal(tq_pool_fit(m, opt, work, pool, &err), want);
    if (!strstr(err.message, text)) {
        print_error("'%s' not in: %s\n", text, err.message);
    }
    assert_non_null(strstr(err.message, text));
    tq_pool_free(pool);
    tq_pool_work_free(work);
}

static void what_a_method_does_not_have_is_refused(void **state)
{
    const double X[] = {1, 1, 0, 1}, bad[] = {8, -1}, more[] = {8, 99}, none[] = {106, 0};
    const double lost[] = {8, NAN};
    studies s = tolbutamide(TQ_COUNT_OR);
    tq_counts c = {TQ_COUNT_OR, s.x1, s.n1, s.x2, s.n2};
    tq_model m = {2, 1, s.yi, s.vi, NULL, 1, &c};
    tq_pool_options opt = options(TQ_MH);

    (void)state;
    opt.test = TQ_TEST_KNHA;
    refuses(&m, &opt, TQ_EINVAL, "has test z alone, not knha");
    opt = options(TQ_MH);
    opt.tau2 = 0.1;
    refuses(&m, &opt, TQ_EINVAL, "no tau2");
    opt = options(TQ_MH);
    opt.weighted = 0;
    refuses(&m, &opt, TQ_EINVAL, "weights of its own");
    opt = options(TQ_MH);
    opt.weights = s.n1;
    refuses(&m, &opt, TQ_EINVAL, "weights of its own");
    opt = options(TQ_MH);
    opt.mh_variance = TQ_MH_COUNT;
    refuses(&m, &opt, TQ_EINVAL, "unknown");
    opt = options(TQ_MH);
    refuses(&(tq_model){2, 2, s.yi, s.vi, X, 1, &c}, &opt, TQ_EINVAL, "takes no moderators");
    refuses(&(tq_model){2, 1, s.yi, s.vi, NULL, 1, NULL}, &opt, TQ_EINVAL,
            "it needs --measure OR, RR, RD, IRR, IRD");
    refuses(&(tq_model){0, 1, s.yi, s.vi, NULL, 1, &c}, &opt, TQ_EDATA, "no studies");
    c.scale = TQ_COUNT_PETO;
    refuses(&m, &opt, TQ_EINVAL, "method MH pools counts");
    c.scale = TQ_COUNT_OR;
    c.x1 = bad;
    refuses(&m, &opt, TQ_EDATA, "value '-1' must be a number >= 0");
    c.x1 = more;
    refuses(&m, &opt, TQ_EDATA, "at least the number of events");
    c.x1 = lost;
    refuses(&m, &opt, TQ_EDATA, "must be a number >= 0");
    c.x1 = s.x1;
    c.n1 = none;
    refuses(&m, &opt, TQ_EDATA, "must be > 0");
    opt = options(TQ_PETO);
    c = (tq_counts){TQ_COUNT_OR, s.x1, s.n1, s.x2, s.n2};
    refuses(&m, &opt, TQ_EINVAL, "it needs --measure PETO");
}

static void there_is_no_tau2_to_estimate(void **state)
{
    const tq_pool_options opt = options(TQ_MH);
    studies s = tolbutamide(TQ_COUNT_OR);
    const tq_counts c = {TQ_COUNT_OR, s.x1, s.n1, s.x2, s.n2};
    const tq_model m = {2, 1, s.yi, s.vi, NULL, 1, &c};
    tq_pool_work *work = tq_pool_work_new(2, 1);
    double tau2;

    (void)state;
    assert_int_equal(tq_tau2_estimate(&m, &opt, work, &tau2, NULL), TQ_EINVAL);
    tq_pool_work_free(work);
}

static void scales_have_names(void **state)
{
    (void)state;
    for (tq_count_scale s = 0; s < TQ_COUNT_COUNT; s++) {
        assert_int_equal(tq_count_scale_find(tq_count_scale_name(s)), s);
    }
    assert_int_equal(tq_count_scale_find("SMD"), TQ_COUNT_COUNT);
    assert_null(tq_count_scale_name(TQ_COUNT_COUNT));
    assert_true(tq_count_scale_binomial(TQ_COUNT_PLO) && !tq_count_scale_binomial(TQ_COUNT_IRLN));
    assert_null(tq_mh_variance_label(TQ_COUNT_PLO, TQ_MH_GR));
    assert_null(tq_mh_variance_name(TQ_MH_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_modern_epidemiology),
        cmocka_unit_test(one_study_is_its_crude_measure),
        cmocka_unit_test(exchanging_the_groups_turns_the_sign),
        cmocka_unit_test(exchanging_the_outcomes_turns_the_sign),
        cmocka_unit_test(pairs_give_the_matched_odds_ratio),
        cmocka_unit_test(a_study_without_events_leaves_ratios_alone),
        cmocka_unit_test(the_two_variances_agree_in_large_tables),
        cmocka_unit_test(equal_odds_ratios_are_seen_to_be_equal),
        cmocka_unit_test(breslow_day_matches_bisection),
        cmocka_unit_test(the_correction_stops_at_no_difference),
        cmocka_unit_test(peto_is_the_ratio_of_sums),
        cmocka_unit_test(peto_and_mh_agree_where_both_hold),
        cmocka_unit_test(what_has_no_estimate_says_why),
        cmocka_unit_test(what_a_method_does_not_have_is_refused),
        cmocka_unit_test(there_is_no_tau2_to_estimate),
        cmocka_unit_test(scales_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
