/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimators of tau2: invariances, limits, and an independent solution in long double. */
#include "support/near.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/distributions.h"
#include "pooling/pool.h"
#include "support/random.h"
#include "support/slow_model.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- problems ---- */

typedef struct {
    size_t k, p;
    double yi[SLOW_MAX], vi[SLOW_MAX], weights[SLOW_MAX], X[SLOW_MAX * 3];
} problem;

static tq_model model_of(const problem *q)
{
    return (tq_model){q->k, q->p, q->yi, q->vi, q->p > 1 ? q->X : NULL, 1, NULL};
}

/* Variances over `decades` powers of ten around 0.1, effects of spread tau around -0.4. */
static problem random_problem(random_stream *r, size_t k, size_t p, double decades, double tau)
{
    problem q = {.k = k, .p = p};

    for (size_t i = 0; i < k; i++) {
        q.vi[i] = 0.1 * pow(10.0, decades * (random_uniform(r) - 0.5));
        q.yi[i] = -0.4 + sqrt(q.vi[i]) * random_normal(r) + tau * random_normal(r);
        q.weights[i] = 0.2 + random_uniform(r);
        q.X[i] = 1.0;
        q.X[i + k] = 1970.0 + floor(40.0 * random_uniform(r));
        q.X[i + 2 * k] = random_normal(r);
    }
    return q;
}

static double estimate(const problem *q, tq_method method)
{
    const tq_model m = model_of(q);
    tq_pool_options o = tq_pool_defaults();
    tq_pool_work *work = tq_pool_work_new(q->k, q->p);
    double tau2 = -1.0;
    tq_error err;

    o.method = method;
    o.tol = 1e-13;
    o.weights = q->weights;
    const tq_status status = tq_tau2_estimate(&m, &o, work, &tau2, &err);

    if (status != TQ_OK) {
        print_error("%s: %s\n", tq_method_name(method), err.message);
    }
    assert_int_equal(status, TQ_OK);
    assert_true(tau2 >= 0.0);
    tq_pool_work_free(work);
    return tau2;
}

/* Standard error of tau2 from the fit. */
static double se_of(const problem *q, tq_method method, double *tau2)
{
    const tq_model m = model_of(q);
    tq_pool_options o = tq_pool_defaults();
    tq_pool_work *work = tq_pool_work_new(q->k, q->p);
    tq_pool *fit = tq_pool_new(q->k, q->p);

    o.method = method;
    o.tol = 1e-13;
    o.weights = method == TQ_GENQ || method == TQ_GENQM ? q->weights : NULL;
    o.ci_tau2 = TQ_CI_NONE;
    assert_int_equal(tq_pool_fit(&m, &o, work, fit, NULL), TQ_OK);
    const double se = fit->se_tau2;

    *tau2 = fit->tau2;
    tq_pool_free(fit);
    tq_pool_work_free(work);
    return se;
}

/* Tolerances relative to tau2 plus the smallest variance. */
static void assert_tau2(double got, double want, double v_min, double tol)
{
    if (!(fabs(got - want) <= tol * (want + v_min))) {
        print_error("tau2: got %.17g, want %.17g, smallest variance %g\n", got, want, v_min);
    }
    assert_true(fabs(got - want) <= tol * (want + v_min));
}

static double smallest(const problem *q)
{
    double v = q->vi[0];

    for (size_t i = 1; i < q->k; i++) {
        v = fmin(v, q->vi[i]);
    }
    return v;
}

/* ---- published values ---- */

/* BCG vaccine, log relative risks: Colditz et al. (1994), JAMA 271:698-702; yi, vi by definition. */
/* clang-format off */
static const double bcg[13][4] = {
    {4, 119, 11, 128}, {6, 300, 29, 274}, {3, 228, 11, 209}, {62, 13536, 248, 12619},
    {33, 5036, 47, 5761}, {180, 1361, 372, 1079}, {8, 2537, 10, 619}, {505, 87886, 499, 87892},
    {29, 7470, 45, 7232}, {17, 1699, 65, 1600}, {186, 50448, 141, 27197}, {5, 2493, 3, 2338},
    {27, 16886, 29, 17825}};
static const double ablat[13] = {44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33};
/* clang-format on */

static problem bcg_problem(size_t p)
{
    problem q = {.k = 13, .p = p};

    for (size_t i = 0; i < 13; i++) {
        const double a = bcg[i][0], n1 = a + bcg[i][1], c = bcg[i][2], n2 = c + bcg[i][3];

        q.yi[i] = log(a / n1) - log(c / n2);
        q.vi[i] = 1.0 / a - 1.0 / n1 + 1.0 / c - 1.0 / n2;
        q.weights[i] = sqrt(n1 + n2);
        q.X[i] = 1.0;
        q.X[i + 13] = ablat[i];
    }
    return q;
}

/* metafor 3.8.1, rma(measure="RR", method=, weights=sqrt(n), control=list(threshold=1e-15, tol=1e-14)),
   without and with ablat as moderator: tau2 and its standard error. */
static void bcg_matches_published_software(void **state)
{
    static const struct {
        tq_method method;
        double tau2[2], se[2];
    } rows[] = {
        {TQ_DL,
         {0.30876026286237612, 0.063300502426415162},
         {0.22986999251102577, 0.05482514785662617}},
        {TQ_HE,
         {0.32856385799576882, 0.20904802635887601},
         {0.20708717829893372, 0.17071196461608135}},
        {TQ_HS,
         {0.22836286367690678, 0.029084907899851069},
         {0.12790455661327949, 0.016288456773166253}},
        {TQ_HSK,
         {0.2491699302809654, 0.038249788531059724},
         {0.15070919007573519, 0.022893708802436522}},
        {TQ_SJ,
         {0.34551570159859507, 0.23184371611897864},
         {0.14968051134734317, 0.11953378064610619}},
        {TQ_ML,
         {0.28002813726864362, 0.034351442481235672},
         {0.14425194938276392, 0.028014180120631012}},
        {TQ_REML,
         {0.31324325813648074, 0.076347963955198453},
         {0.16642575283697081, 0.059047228904438899}},
        {TQ_EB,
         {0.31806845220502389, 0.14213194147275626},
         {0.17366302746275647, 0.09749856351571351}},
        {TQ_PM,
         {0.31806845220502389, 0.1421319414727559},
         {0.17366302746275647, 0.097498563515713316}},
        {TQ_PMM,
         {0.34338790689580684, 0.16155510876408125},
         {0.18477571554342329, 0.10719464029414656}},
        {TQ_GENQ,
         {0.3209249565954862, 0.17983846313316701},
         {0.19767992744420412, 0.13263207013625239}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t p = 1; p <= 2; p++) {
            const problem q = bcg_problem(p);
            double tau2;
            const double se = se_of(&q, rows[i].method, &tau2);

            assert_relative(tau2, rows[i].tau2[p - 1], 1e-9);
            assert_relative(se, rows[i].se[p - 1], 1e-9);
        }
    }
}

/* ---- every method ---- */

static void shifting_and_scaling_the_effects(void **state)
{
    random_stream r = {11};

    (void)state;
    for (int n = 0; n < 60; n++) {
        const problem q = random_problem(&r, 3 + random_index(&r, 10), 1, 2.0, 0.5);
        problem moved = q, flipped = q;

        for (size_t i = 0; i < q.k; i++) {
            moved.yi[i] = 2.385 * q.yi[i] - 11.7;
            moved.vi[i] = 2.385 * 2.385 * q.vi[i];
            flipped.yi[i] = -q.yi[i];
        }
        for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
            if (tq_method_counts(m)) { /* tests of their own */
                continue;
            }
            const double tau2 = estimate(&q, m);

            assert_tau2(estimate(&moved, m) / (2.385 * 2.385), tau2, smallest(&q), 1e-11);
            assert_tau2(estimate(&flipped, m), tau2, smallest(&q), 1e-12);
        }
    }
}

static void the_order_of_studies_does_not_matter(void **state)
{
    random_stream r = {12};

    (void)state;
    for (int n = 0; n < 60; n++) {
        const problem q =
            random_problem(&r, 4 + random_index(&r, 9), 1 + random_index(&r, 3), 2.0, 0.4);
        problem mixed = q;

        for (size_t i = q.k; i-- > 1;) {
            const size_t j = random_index(&r, i + 1);
            double *columns[] = {mixed.yi, mixed.vi, mixed.weights, mixed.X + q.k,
                                 mixed.X + 2 * q.k};

            for (size_t c = 0; c < COUNT(columns); c++) {
                const double swap = columns[c][i];

                columns[c][i] = columns[c][j];
                columns[c][j] = swap;
            }
        }
        for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
            if (tq_method_counts(m)) { /* tests of their own */
                continue;
            }
            assert_tau2(estimate(&mixed, m), estimate(&q, m), smallest(&q), 1e-11);
        }
    }
}

static void identical_effects_have_no_heterogeneity(void **state)
{
    random_stream r = {13};

    (void)state;
    for (size_t k = 2; k < 9; k++) {
        problem q = random_problem(&r, k, 1, 3.0, 0.0);

        for (size_t i = 0; i < k; i++) {
            q.yi[i] = -0.4180339;
        }
        for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
            if (tq_method_counts(m)) { /* tests of their own */
                continue;
            }
            assert_near(estimate(&q, m), 0.0, 0.0);
        }
    }
}

static void one_study_gives_0_and_two_have_closed_forms(void **state)
{
    const problem one = {.k = 1, .p = 1, .yi = {2.385}, .vi = {0.31}, .weights = {1.7}};
    const problem two = {
        .k = 2, .p = 1, .yi = {1.43, -0.418}, .vi = {0.31, 0.052}, .weights = {1.7, 0.6}};
    const double d2 = (1.43 + 0.418) * (1.43 + 0.418), both = 0.31 + 0.052;
    /* With two studies Q(t) = d^2 / (v1 + v2 + 2t) whatever the weights. */
    static const tq_method same[] = {TQ_DL, TQ_DLIT, TQ_HE,   TQ_CO,   TQ_REML,
                                     TQ_EB, TQ_PM,   TQ_SJIT, TQ_GENQ, TQ_IVHET};

    (void)state;
    for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
        if (tq_method_counts(m)) { /* tests of their own */
            continue;
        }
        assert_near(estimate(&one, m), 0.0, 0.0);
    }
    for (size_t i = 0; i < COUNT(same); i++) {
        assert_near(estimate(&two, same[i]), 0.5 * (d2 - both), 1e-12);
    }
    const double median = tq_chisq_quantile(0.5, 1.0);

    assert_near(estimate(&two, TQ_PMM), 0.5 * (d2 / median - both), 1e-12);
    assert_near(estimate(&two, TQ_GENQM), 0.5 * (d2 / median - both), 1e-11);
    const double w = 1.0 / 0.31 + 1.0 / 0.052;

    assert_near(estimate(&two, TQ_HS), (d2 / both - 2.0) / w, 1e-12);
    assert_near(estimate(&two, TQ_HSK), (2.0 * d2 / both - 2.0) / w, 1e-12);
    assert_near(estimate(&two, TQ_SJ), d2 / 4.0 * d2 / (both + d2 / 2.0), 1e-12);
}

/* Each study n times: sums over studies multiply by n, so Q(t) / n is unchanged and estimators that
   are ratios of sums approach the plug-in limit; ML does not move at all. */
static void duplicated_studies_leave_maximum_likelihood_in_place(void **state)
{
    random_stream r = {14};

    (void)state;
    for (int n = 0; n < 20; n++) {
        const problem q = random_problem(&r, 5, 1, 1.5, 0.6);
        problem many = q;

        for (size_t copies = 2; copies <= 7; copies++) {
            many.k = q.k * copies;
            for (size_t i = 0; i < many.k; i++) {
                many.yi[i] = q.yi[i % q.k];
                many.vi[i] = q.vi[i % q.k];
                many.weights[i] = q.weights[i % q.k];
            }
            assert_tau2(estimate(&many, TQ_ML), estimate(&q, TQ_ML), smallest(&q), 1e-10);
        }
        /* REML tends to ML like 1 / k. */
        const double ml = estimate(&many, TQ_ML), far = fabs(estimate(&q, TQ_REML) - ml);

        if (ml > 0.0) {
            assert_true(fabs(estimate(&many, TQ_REML) - ml) <= 0.3 * far + 1e-12);
        }
    }
}

/* ---- against explicit matrices ---- */

typedef struct {
    double tau2, se;
} moment;

/* (y'Py - constant) / divisor with weights a, and the standard error at tau2. */
static moment slow_moment(const tq_model *m, const long double *a, tq_method method)
{
    static slow_matrix P;
    const size_t k = m->k;
    const long double df = (long double)(k - m->p), n = (long double)k;
    long double v[SLOW_MAX], sw = 0.0L, constant, divisor;

    slow_projection(m, a, P);
    for (size_t i = 0; i < k; i++) {
        v[i] = (long double)m->vi[i];
        sw += a[i];
    }
    constant = slow_trace1(k, P, v);
    divisor = slow_trace1(k, P, NULL);
    long double Q = slow_form(m, P);

    if (method == TQ_HS || method == TQ_HSK) {
        constant = n;
        divisor = sw;
    }
    if (method == TQ_HSK) {
        Q *= n / df;
        divisor *= 1.0L;
    }
    const long double t = fmaxl(0.0L, (Q - constant) / divisor);
    long double spread = 2.0L * slow_trace(k, P, v, v) + 4.0L * t * slow_trace(k, P, v, NULL) +
                         2.0L * t * t * slow_trace(k, P, NULL, NULL);

    spread = sqrtl(spread) * (method == TQ_HSK ? n / df : 1.0L);
    return (moment){(double)t, (double)(spread / divisor)};
}

static moment slow_sj(const tq_model *m)
{
    static slow_matrix P;
    const size_t k = m->k;
    long double mean = 0.0L, t0 = 0.0L, a[SLOW_MAX], v[SLOW_MAX];

    for (size_t i = 0; i < k; i++) {
        mean += (long double)m->yi[i] / (long double)k;
    }
    for (size_t i = 0; i < k; i++) {
        t0 += ((long double)m->yi[i] - mean) * ((long double)m->yi[i] - mean) / (long double)k;
    }
    for (size_t i = 0; i < k; i++) {
        v[i] = (long double)m->vi[i];
        a[i] = 1.0L / (v[i] + t0);
    }
    slow_projection(m, a, P);
    const long double c = t0 / (long double)(k - m->p), t = c * slow_form(m, P);
    const long double spread = 2.0L * slow_trace(k, P, v, v) +
                               4.0L * t * slow_trace(k, P, v, NULL) +
                               2.0L * t * t * slow_trace(k, P, NULL, NULL);

    return (moment){(double)t, (double)(c * sqrtl(spread))};
}

static void moment_estimators_match_explicit_matrices(void **state)
{
    static const tq_method methods[] = {TQ_DL,  TQ_HE, TQ_CO,   TQ_HS,
                                        TQ_HSK, TQ_SJ, TQ_GENQ, TQ_IVHET};
    random_stream r = {21};

    (void)state;
    for (int n = 0; n < 400; n++) {
        const size_t p = 1 + random_index(&r, 3);
        const problem q = random_problem(&r, p + 1 + random_index(&r, 10), p,
                                         4.0 * random_uniform(&r), random_uniform(&r));
        const tq_model m = model_of(&q);

        for (size_t j = 0; j < COUNT(methods); j++) {
            const tq_method method = methods[j];
            long double a[SLOW_MAX];
            double tau2;

            for (size_t i = 0; i < q.k; i++) {
                a[i] = method == TQ_HE || method == TQ_CO ? 1.0L
                       : method == TQ_GENQ                ? (long double)q.weights[i]
                                                          : 1.0L / (long double)q.vi[i];
            }
            const moment want = method == TQ_SJ ? slow_sj(&m) : slow_moment(&m, a, method);
            const double se = se_of(&q, method, &tau2);

            assert_tau2(tau2, want.tau2, smallest(&q), 1e-9);
            assert_relative(se, want.se, 1e-9);
        }
    }
}

/* Q(t) = target by bisection. */
static double slow_solve(const tq_model *m, long double target)
{
    long double lo = 0.0L, hi = 1e-3L;

    if (slow_Q(m, 0.0L) <= target) {
        return 0.0;
    }
    while (slow_Q(m, hi) > target) {
        hi *= 4.0L;
    }
    for (int n = 0; n < 120 && hi - lo > 1e-18L * hi; n++) {
        const long double mid = 0.5L * (lo + hi);

        if (slow_Q(m, mid) > target) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return (double)(0.5L * (lo + hi));
}

static void root_estimators_match_bisection(void **state)
{
    static const tq_method methods[] = {TQ_PM, TQ_EB, TQ_DLIT, TQ_SJIT, TQ_PMM};
    random_stream r = {22};

    (void)state;
    for (int n = 0; n < 300; n++) {
        const size_t p = 1 + random_index(&r, 3);
        const problem q = random_problem(&r, p + 1 + random_index(&r, 10), p,
                                         5.0 * random_uniform(&r), 2.0 * random_uniform(&r));
        const tq_model m = model_of(&q);
        const double df = (double)(q.k - p), root = slow_solve(&m, (long double)df);
        const double median = slow_solve(&m, (long double)tq_chisq_quantile(0.5, df));

        for (size_t j = 0; j < COUNT(methods); j++) {
            double tau2;
            const double want = methods[j] == TQ_PMM ? median : root;
            const double se = se_of(&q, methods[j], &tau2);
            double sw = 0.0;

            for (size_t i = 0; i < q.k; i++) {
                sw += 1.0 / (q.vi[i] + tau2);
            }
            assert_tau2(tau2, want, smallest(&q), 1e-10);
            assert_relative(se, sqrt(2.0 / df) * (double)q.k / sw, 1e-12);
        }
    }
}

static void genqm_stands_at_the_median_of_its_own_distribution(void **state)
{
    random_stream r = {23};
    int positive = 0;

    (void)state;
    for (int n = 0; n < 25; n++) {
        const size_t p = 1 + random_index(&r, 2), k = p + 2 + random_index(&r, 5);
        const problem q = random_problem(&r, k, p, 0.8, 0.7);
        const tq_model m = model_of(&q);
        const double tau2 = estimate(&q, TQ_GENQM);
        static slow_matrix P;
        long double a[SLOW_MAX], d[SLOW_MAX], lambda[SLOW_MAX];

        for (size_t i = 0; i < k; i++) {
            a[i] = (long double)q.weights[i];
            d[i] = (long double)q.vi[i] + (long double)tau2;
        }
        slow_projection(&m, a, P);
        slow_eigenvalues(k, P, d, lambda);
        const double cdf = slow_mixture_cdf(k - p, lambda, (double)slow_form(&m, P));

        if (tau2 > 0.0) {
            assert_near(cdf, 0.5, 1e-10);
            positive++;
        } else {
            assert_true(cdf <= 0.5 + 1e-10);
        }
    }
    assert_true(positive > 10);
}

/* ---- likelihoods ---- */

/* Thousands of problems, or a twentieth of them where every step is watched (make valgrind). */
static int problems(int n)
{
    return getenv("TQ_TEST_SHORT") ? n / 20 : n;
}

enum { GRID = 160 };

/* The highest point of the log-likelihood over [0, inf): a grid, then bisection of the score around
   every local maximum of the grid. */
typedef struct {
    double tau2, loglik;
    int maxima;
} peak;

static peak slow_maximum(const tq_model *m, int restricted, double v_min, double far)
{
    long double t[GRID], l[GRID];
    const double ratio = pow((far + v_min) / v_min, 1.0 / (GRID - 1));
    peak best = {0.0, -INFINITY, 0};

    for (int n = 0; n < GRID; n++) {
        t[n] = n == 0 ? 0.0L : (long double)(v_min * (pow(ratio, n) - 1.0));
        l[n] = slow_loglik(m, restricted, t[n]);
    }
    for (int n = 0; n + 1 < GRID; n++) {
        if ((n > 0 && l[n - 1] > l[n]) || l[n + 1] > l[n]) {
            continue;
        }
        long double lo = n > 0 ? t[n - 1] : 0.0L, hi = t[n + 1];

        if (n == 0 && slow_score(m, restricted, 0.0L) <= 0.0L) {
            hi = 0.0L;
        }
        for (int s = 0; s < 100 && hi - lo > 1e-17L * hi; s++) {
            const long double mid = 0.5L * (lo + hi);

            if (slow_score(m, restricted, mid) > 0.0L) {
                lo = mid;
            } else {
                hi = mid;
            }
        }
        const long double at = 0.5L * (lo + hi), loglik = slow_loglik(m, restricted, at);

        best.maxima++;
        if ((double)loglik > best.loglik) {
            best.tau2 = (double)at;
            best.loglik = (double)loglik;
        }
    }
    return best;
}

/* Checks one estimate against the grid; returns the number of maxima. */
static int check_likelihood(const problem *q, int restricted)
{
    const tq_model m = model_of(q);
    double lo = q->yi[0], hi = q->yi[0], v_max = 0.0;

    for (size_t i = 0; i < q->k; i++) {
        lo = fmin(lo, q->yi[i]);
        hi = fmax(hi, q->yi[i]);
        v_max = fmax(v_max, q->vi[i]);
    }
    const double far = 4.0 * ((hi - lo) * (hi - lo) * (double)q->k + v_max);
    const peak want = slow_maximum(&m, restricted, smallest(q), far);
    const double got = estimate(q, restricted ? TQ_REML : TQ_ML);
    const double loglik = (double)slow_loglik(&m, restricted, (long double)got);

    if (!(loglik >= want.loglik - 1e-9)) {
        print_error("k = %zu, p = %zu: likelihood %.12g at %g, but %.12g at %g\n", q->k, q->p,
                    loglik, got, want.loglik, want.tau2);
    }
    assert_true(loglik >= want.loglik - 1e-9);
    if (want.maxima == 1) {
        assert_tau2(got, want.tau2, smallest(q), 1e-8);
    }
    return want.maxima;
}

static void likelihood_estimates_are_global_maxima(void **state)
{
    random_stream r = {31};
    int several = 0;

    (void)state;
    for (int n = 0; n < problems(1500); n++) {
        const size_t p = n % 3 == 2 ? 2 : 1, k = p + 1 + random_index(&r, 11 - p);
        const problem q =
            random_problem(&r, k, p, 6.0 * random_uniform(&r), 3.0 * pow(random_uniform(&r), 3.0));

        several += check_likelihood(&q, 1) > 1;
        several += check_likelihood(&q, 0) > 1;
    }
    assert_true(several > problems(20));
}

/* Two precise studies far apart, and others in disagreement: made to have two maxima. */
static void the_higher_of_two_maxima_is_found(void **state)
{
    random_stream r = {32};
    int several = 0;

    (void)state;
    for (int n = 0; n < problems(700); n++) {
        const size_t k = 3 + random_index(&r, 8);
        problem q = random_problem(&r, k, 1, 0.0, 0.0);

        for (size_t i = 0; i < k; i++) {
            q.vi[i] =
                pow(10.0, i < k / 2 ? -6.0 + random_uniform(&r) : -1.0 + 2.0 * random_uniform(&r));
            q.yi[i] = i < k / 2 ? 0.004 * random_normal(&r) : 3.0 * random_normal(&r);
        }
        several += check_likelihood(&q, 1) > 1;
        several += check_likelihood(&q, 0) > 1;
    }
    assert_true(several > problems(100));
}

static void likelihood_standard_errors_are_the_expected_information(void **state)
{
    random_stream r = {33};

    (void)state;
    for (int n = 0; n < 100; n++) {
        const problem q =
            random_problem(&r, 6 + random_index(&r, 9), 1 + random_index(&r, 3), 1.5, 0.5);
        const tq_model m = model_of(&q);
        static slow_matrix P;
        double tau2, sum = 0.0, se = se_of(&q, TQ_REML, &tau2);

        slow_projection_at(&m, (long double)tau2, P);
        assert_relative(se, sqrt(2.0 / (double)slow_trace(q.k, P, NULL, NULL)), 1e-10);
        se = se_of(&q, TQ_ML, &tau2);
        for (size_t i = 0; i < q.k; i++) {
            sum += pow(q.vi[i] + tau2, -2.0);
        }
        assert_relative(se, sqrt(2.0 / sum), 1e-12);
    }
}

/* ---- extremes ---- */

/* One study with a weight 1e12 times the others': nothing may be lost to cancellation. */
static void one_dominating_study_costs_no_accuracy(void **state)
{
    static const tq_method methods[] = {TQ_DL, TQ_PM, TQ_PMM, TQ_REML, TQ_ML, TQ_HE, TQ_HS, TQ_SJ};
    random_stream r = {41};

    (void)state;
    for (int n = 0; n < 120; n++) {
        const size_t p = 1 + random_index(&r, 3), k = p + 2 + random_index(&r, 7);
        problem q = random_problem(&r, k, p, 0.7, n % 2 ? 0.8 : 0.05);
        const tq_model m = model_of(&q);
        long double a[SLOW_MAX];

        q.vi[random_index(&r, k)] *= 1e-12;
        if (n % 3 == 0) {
            q.vi[random_index(&r, k)] *= 1e-11;
        }
        for (size_t i = 0; i < k; i++) {
            a[i] = 1.0L / (long double)q.vi[i];
        }
        for (size_t j = 0; j < COUNT(methods); j++) {
            double tau2;
            const double se = se_of(&q, methods[j], &tau2);

            if (methods[j] == TQ_DL || methods[j] == TQ_HS) {
                const moment want = slow_moment(&m, a, methods[j]);

                assert_near(tau2, want.tau2, 1e-10);
                assert_relative(se, want.se, 1e-10);
            } else if (methods[j] == TQ_PM) {
                assert_near(tau2, slow_solve(&m, (long double)(k - p)), 1e-10);
            } else if (methods[j] == TQ_REML || methods[j] == TQ_ML) {
                const int restricted = methods[j] == TQ_REML;
                const peak want = slow_maximum(&m, restricted, smallest(&q), 1e3);
                const double loglik = (double)slow_loglik(&m, restricted, (long double)tau2);

                assert_true(loglik >= want.loglik - 1e-9);
                if (tau2 > 1e-6 && want.maxima == 1) {
                    assert_relative(tau2, want.tau2, 1e-9);
                }
            }
        }
    }
}

/* Powers of two scale exactly, so the answers must agree to the last digits. */
static void tiny_and_huge_units_give_the_same_answer(void **state)
{
    random_stream r = {42};

    (void)state;
    for (int n = 0; n < 30; n++) {
        const size_t p = 1 + random_index(&r, 2);
        const problem q = random_problem(&r, p + 2 + random_index(&r, 6), p, 2.0, 0.6);
        static const int powers[] = {-490, -333, -100, 101, 400, 490};

        for (size_t e = 0; e < COUNT(powers); e++) {
            problem scaled = q;

            for (size_t i = 0; i < q.k; i++) {
                scaled.yi[i] = ldexp(q.yi[i], powers[e]);
                scaled.vi[i] = ldexp(q.vi[i], 2 * powers[e]);
            }
            for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
                if (tq_method_counts(m)) { /* tests of their own */
                    continue;
                }
                const double tau2 = ldexp(estimate(&scaled, m), -2 * powers[e]);

                assert_tau2(tau2, estimate(&q, m), smallest(&q), 1e-11);
            }
        }
    }
}

static void variances_from_1e_300_to_1e300_are_no_obstacle(void **state)
{
    static const double grid[] = {1e-300, 1e-200, 1e-80, 1e-9, 0.3, 1e7, 1e90, 1e210, 1e300};
    random_stream r = {43};

    (void)state;
    for (int n = 0; n < 300; n++) {
        const size_t p = 1 + random_index(&r, 2), k = p + 1 + random_index(&r, 6);
        problem q = random_problem(&r, k, p, 0.0, 1.0);

        for (size_t i = 0; i < k; i++) {
            q.vi[i] = grid[random_index(&r, COUNT(grid))];
            if (n % 2) {
                q.yi[i] *= sqrt(q.vi[i]);
            }
        }
        for (tq_method m = 0; m < TQ_METHOD_COUNT; m++) {
            if (tq_method_counts(m)) { /* tests of their own */
                continue;
            }
            const tq_model model = model_of(&q);
            tq_pool_options o = tq_pool_defaults();
            tq_pool_work *work = tq_pool_work_new(k, p);
            double tau2 = -1.0;
            tq_error err;

            o.method = m;
            o.weights = q.weights;
            const tq_status status = tq_tau2_estimate(&model, &o, work, &tau2, &err);

            tq_pool_work_free(work);
            if (status == TQ_OK) {
                assert_true(tau2 >= 0.0 && isfinite(tau2));
            } else { /* refused, and said so */
                assert_true(status == TQ_EDATA || status == TQ_ENOCONV);
                assert_true(strlen(err.message) > 0);
            }
        }
    }
}

/* A study of negligible precision is no study; two of negligible variance are known exactly. */
static void negligible_studies_vanish(void **state)
{
    const problem with = {.k = 4,
                          .p = 1,
                          .yi = {0.41, -1.37, 0.93, 7.7},
                          .vi = {1e-300, 0.31, 0.052, 1e300},
                          .weights = {1.1, 0.4, 2.3, 0.9}};
    const problem without = {.k = 3,
                             .p = 1,
                             .yi = {0.41, -1.37, 0.93},
                             .vi = {1e-30, 0.31, 0.052},
                             .weights = {1.1, 0.4, 2.3}};

    (void)state;
    assert_relative(estimate(&with, TQ_REML), estimate(&without, TQ_REML), 1e-10);
    assert_relative(estimate(&with, TQ_ML), estimate(&without, TQ_ML), 1e-10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bcg_matches_published_software),
        cmocka_unit_test(shifting_and_scaling_the_effects),
        cmocka_unit_test(the_order_of_studies_does_not_matter),
        cmocka_unit_test(identical_effects_have_no_heterogeneity),
        cmocka_unit_test(one_study_gives_0_and_two_have_closed_forms),
        cmocka_unit_test(duplicated_studies_leave_maximum_likelihood_in_place),
        cmocka_unit_test(moment_estimators_match_explicit_matrices),
        cmocka_unit_test(root_estimators_match_bisection),
        cmocka_unit_test(genqm_stands_at_the_median_of_its_own_distribution),
        cmocka_unit_test(likelihood_estimates_are_global_maxima),
        cmocka_unit_test(the_higher_of_two_maxima_is_found),
        cmocka_unit_test(likelihood_standard_errors_are_the_expected_information),
        cmocka_unit_test(one_dominating_study_costs_no_accuracy),
        cmocka_unit_test(tiny_and_huge_units_give_the_same_answer),
        cmocka_unit_test(variances_from_1e_300_to_1e300_are_no_obstacle),
        cmocka_unit_test(negligible_studies_vanish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
