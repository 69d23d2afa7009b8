/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of small-study effects: closed forms, invariance, brute force, and what they refuse. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "bias/asymmetry.h"
#include "bias/kendall_internal.h"
#include "core/distributions.h"

enum { K = 9 };

/* Tables of two groups with every size of study and one zero cell. */
static const double x1[K] = {4, 6, 3, 62, 33, 180, 8, 505, 0};
static const double n1[K] = {123, 306, 231, 13598, 5069, 1541, 2545, 88391, 78};
static const double x2[K] = {11, 29, 11, 248, 47, 372, 10, 499, 5};
static const double n2[K] = {139, 303, 220, 12867, 5808, 1451, 629, 88391, 66};
static double yi[K], vi[K], ni[K];

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < K; i++) {
        const double add = x1[i] > 0.0 ? 0.0 : 0.5, a = x1[i] + add, c = x2[i] + add;
        const double b = n1[i] - x1[i] + add, d = n2[i] - x2[i] + add;

        yi[i] = log(a * d / (b * c));
        vi[i] = 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d;
        ni[i] = n1[i] + n2[i];
    }
    return 0;
}

static tq_bias_studies studies_of(size_t k, const double *y, const double *v)
{
    return (tq_bias_studies){.model = {.k = k, .p = 1, .yi = y, .vi = v, .intercept = 1},
                             .measure = "OR",
                             .ni = ni,
                             .n1 = n1,
                             .n2 = n2,
                             .x1 = x1,
                             .x2 = x2};
}

/* One test with the options given. */
static tq_bias_result run(const tq_bias_studies *s, tq_bias_test test, tq_bias_predictor predictor,
                          const tq_pool_options *opt)
{
    tq_bias_options o = tq_bias_defaults();
    tq_bias *out = NULL;

    o.test = &test;
    o.n = 1;
    o.predictor = predictor;
    assert_int_equal(tq_bias_run(s, opt, &o, &out, NULL), TQ_OK);
    assert_int_equal(out->n, 1);
    const tq_bias_result got = out->result[0];

    assert_int_equal(got.test, test);
    tq_bias_free(out);
    return got;
}

/* Weighted least squares of two coefficients from its normal equations. */
static void line(const double *y, const double *v, const double *x, double b[2], double se[2])
{
    double s = 0.0, sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0, rss = 0.0;

    for (size_t i = 0; i < K; i++) {
        const double w = 1.0 / v[i];

        s += w;
        sx += w * x[i];
        sy += w * y[i];
    }
    const double mx = sx / s, my = sy / s;

    for (size_t i = 0; i < K; i++) {
        sxx += (x[i] - mx) * (x[i] - mx) / v[i];
        sxy += (x[i] - mx) * (y[i] - my) / v[i];
    }
    b[1] = sxy / sxx;
    b[0] = my - b[1] * mx;
    for (size_t i = 0; i < K; i++) {
        const double r = y[i] - b[0] - b[1] * x[i];

        rss += r * r / v[i];
    }
    const double phi = rss / (K - 2.0);

    se[0] = sqrt(phi * (1.0 / s + mx * mx / sxx));
    se[1] = sqrt(phi / sxx);
}

static void egger_is_weighted_least_squares(void **state)
{
    const tq_bias_studies s = studies_of(K, yi, vi);

    (void)state;
    for (tq_bias_predictor p = 0; p < TQ_PREDICTOR_COUNT; p++) {
        const tq_bias_result got = run(&s, TQ_BIAS_EGGER_LM, p, NULL);
        double x[K], b[2], se[2];

        for (size_t i = 0; i < K; i++) {
            const double of[] = {sqrt(vi[i]), vi[i],       ni[i],
                                 1.0 / ni[i], sqrt(ni[i]), 1.0 / sqrt(ni[i])};

            x[i] = of[p];
        }
        line(yi, vi, x, b, se);
        assert_int_equal(got.predictor, p);
        assert_relative(got.est, b[1], 1e-10);
        assert_relative(got.se, se[1], 1e-10);
        assert_near(got.stat, b[1] / se[1], 1e-10);
        assert_near(got.df, K - 2.0, 0.0);
        assert_near(got.pval, tq_two_sided_p(b[1] / se[1], K - 2.0), 1e-10);
        if (p == TQ_PREDICTOR_NI || p == TQ_PREDICTOR_SQRTNI) {
            assert_true(isnan(got.limit)); /* a study without error has no finite size */
        } else {
            assert_near(got.limit, b[0], 1e-10);
            assert_near(got.limit_ub, b[0] + tq_critical_value(95.0, K - 2.0) * se[0], 1e-10);
        }
    }
}

static void regressions_of_counts_are_their_papers_formulas(void **state)
{
    const tq_bias_studies s = studies_of(K, yi, vi);
    double y[K], v[K], x[K], b[2], se[2];

    (void)state;
    for (size_t i = 0; i < K; i++) { /* Harbord: Z / V on 1 / sqrt(V), weights V */
        const double m = x1[i] + x2[i], N = ni[i];
        const double V = n1[i] * n2[i] * m * (N - m) / (N * N * (N - 1.0));

        y[i] = (x1[i] - m * n1[i] / N) / V;
        v[i] = 1.0 / V;
        x[i] = 1.0 / sqrt(V);
    }
    line(y, v, x, b, se);
    assert_near(run(&s, TQ_BIAS_HARBORD, 0, NULL).stat, b[1] / se[1], 1e-10);
    for (size_t i = 0; i < K; i++) {
        const double m = x1[i] + x2[i];

        v[i] = ni[i] / (m * (ni[i] - m));
        x[i] = 1.0 / ni[i];
    }
    line(yi, v, x, b, se);
    assert_near(run(&s, TQ_BIAS_PETERS, 0, NULL).stat, b[1] / se[1], 1e-10);
    for (size_t i = 0; i < K; i++) {
        v[i] = ni[i] / (4.0 * n1[i] * n2[i]);
        x[i] = sqrt(v[i]);
    }
    line(yi, v, x, b, se);
    assert_near(run(&s, TQ_BIAS_DEEKS, 0, NULL).stat, b[1] / se[1], 1e-10);
    for (size_t i = 0; i < K; i++) {
        y[i] = asin(sqrt(x1[i] / n1[i])) - asin(sqrt(x2[i] / n2[i]));
        v[i] = 0.25 / n1[i] + 0.25 / n2[i];
        x[i] = sqrt(v[i]);
    }
    line(y, v, x, b, se);
    assert_near(run(&s, TQ_BIAS_RUECKER, 0, NULL).stat, b[1] / se[1], 1e-10);
}

/* Harbord, Harris & Sterne (2009): score and information of the log risk ratio. */
static void the_score_of_a_risk_ratio_is_its_own(void **state)
{
    tq_bias_studies s = studies_of(K, yi, vi);
    double y[K], v[K], x[K], b[2], se[2];

    (void)state;
    s.measure = "RR";
    for (size_t i = 0; i < K; i++) {
        const double m = x1[i] + x2[i], N = ni[i];
        const double Z = (x1[i] * N - m * n1[i]) / (N - m), V = m * n1[i] * n2[i] / (N * (N - m));

        y[i] = Z / V;
        v[i] = 1.0 / V;
        x[i] = 1.0 / sqrt(V);
    }
    line(y, v, x, b, se);
    const tq_bias_result got = run(&s, TQ_BIAS_HARBORD, 0, NULL);

    assert_relative(got.est, b[1], 1e-10);
    assert_near(got.stat, b[1] / se[1], 1e-10);
}

/* The arcsine test with additive heterogeneity is a meta-regression of arcsine differences. */
static void ruecker_thompson_is_a_meta_regression(void **state)
{
    const tq_bias_studies s = studies_of(K, yi, vi);
    const tq_bias_result got = run(&s, TQ_BIAS_RUECKER_THOMPSON, 0, NULL);
    double y[K], v[K], X[2 * K];
    const tq_model m = {.k = K, .p = 2, .yi = y, .vi = v, .X = X, .intercept = 1};
    tq_pool_options opt = tq_pool_defaults();
    tq_pool_work *work = tq_pool_work_new(K, 2);
    tq_pool *fit = tq_pool_new(K, 2);

    (void)state;
    for (size_t i = 0; i < K; i++) {
        y[i] = asin(sqrt(x1[i] / n1[i])) - asin(sqrt(x2[i] / n2[i]));
        v[i] = 0.25 / n1[i] + 0.25 / n2[i];
        X[i] = 1.0;
        X[K + i] = sqrt(v[i]);
    }
    opt.test = TQ_TEST_T;
    assert_int_equal(tq_pool_fit(&m, &opt, work, fit, NULL), TQ_OK);
    assert_true(fit->tau2 > 0.0);
    assert_relative(got.est, fit->beta[1], 1e-8);
    assert_relative(got.se, fit->se[1], 1e-8);
    assert_near(got.df, K - 2.0, 0.0);
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

/* Events of group 1 with the margins given, odds ratio psi: mean and variance over all of its terms. */
static void hypergeometric(size_t i, double psi, double *mean, double *variance)
{
    const double m = x1[i] + x2[i], lo = fmax(0.0, m - n2[i]), hi = fmin(n1[i], m);
    double most = -INFINITY, s0 = 0.0, s1 = 0.0, s2 = 0.0;

    for (int pass = 0; pass < 2; pass++) {
        for (double x = lo; x <= hi; x += 1.0) {
            const double l = x * log(psi) - lgamma(x + 1.0) - lgamma(n1[i] - x + 1.0) -
                             lgamma(m - x + 1.0) - lgamma(n2[i] - m + x + 1.0);

            most = pass ? most : fmax(most, l);
            s0 += pass ? exp(l - most) : 0.0;
            s1 += pass ? exp(l - most) * (x - x1[i]) : 0.0;
            s2 += pass ? exp(l - most) * (x - x1[i]) * (x - x1[i]) : 0.0;
        }
    }
    *mean = x1[i] + s1 / s0;
    *variance = s2 / s0 - s1 / s0 * (s1 / s0);
}

/* Schwarzer, Antes & Schumacher (2007): Kendall's tau pair by pair, over exact moments. */
static void schwarzer_ranks_events_against_their_moments(void **state)
{
    const tq_bias_studies s = studies_of(K, yi, vi);
    const tq_bias_result got = run(&s, TQ_BIAS_SCHWARZER, 0, NULL);
    double over = 0.0, under = 0.0, z[K], v[K], S = 0.0;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        over += x1[i] * (n2[i] - x2[i]) / ni[i];
        under += x2[i] * (n1[i] - x1[i]) / ni[i];
    }
    for (size_t i = 0; i < K; i++) {
        double mean;

        hypergeometric(i, over / under, &mean, &v[i]);
        z[i] = (x1[i] - mean) / sqrt(v[i]);
    }
    for (size_t i = 0; i < K; i++) {
        for (size_t j = 0; j < i; j++) {
            S += (z[i] > z[j]) == (1.0 / v[i] > 1.0 / v[j]) ? 1.0 : -1.0;
        }
    }
    assert_int_equal(got.k, K);
    assert_near(got.tau, S / (0.5 * K * (K - 1.0)), 1e-14);
    assert_int_equal(got.exact, 1);
}

/* Every test: as it is, in other units, and turned around. */
static void units_and_direction_do_not_matter(void **state)
{
    static const double scales[] = {7.3, 1e-140, 1e140};
    double y[K], v[K], minus[K];

    (void)state;
    for (size_t i = 0; i < K; i++) {
        minus[i] = -yi[i];
    }
    const tq_bias_studies s = studies_of(K, yi, vi), in_units = studies_of(K, y, v);
    tq_bias_studies turned = studies_of(K, minus, vi);

    turned.x1 = x2;
    turned.n1 = n2;
    turned.x2 = x1;
    turned.n2 = n1;
    for (tq_bias_test t = 0; t < TQ_BIAS_TEST_COUNT; t++) {
        const tq_bias_result got = run(&s, t, 0, NULL), back = run(&turned, t, 0, NULL);

        assert_string_equal(got.why, "");
        assert_true(got.pval >= 0.0 && got.pval <= 1.0);
        /* the weights of these come from counts, which do not follow the effects far */
        const size_t n = t == TQ_BIAS_PETERS || t == TQ_BIAS_DEEKS ? 1 : 3;

        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i < K; i++) {
                y[i] = scales[j] * yi[i];
                v[i] = scales[j] * scales[j] * vi[i];
            }
            const tq_bias_result other = run(&in_units, t, 0, NULL);

            assert_string_equal(other.why, "");
            assert_near(other.stat, got.stat, 1e-8);
            assert_near(other.pval, got.pval, 1e-8);
            assert_near(other.tau, got.tau, 1e-12);
        }
        assert_near(back.stat, isnan(got.expected) ? -got.stat : got.stat, 1e-8);
        assert_near(back.pval, got.pval, 1e-8);
        assert_near(back.tau, -got.tau, 1e-12);
        assert_near(back.limit, -got.limit, 1e-8);
    }
}

/* All orders of six values by brute force. */
static void kendall_is_the_share_of_all_orders(void **state)
{
    enum { N = 6, ORDERS = 720 };
    const double x[N] = {0.31, 1.7, 2.2, 3.9, 4.05, 6.6}, y[N] = {2.4, 0.7, 5.1, 3.3, 6.8, 9.2};
    double observed = 0.0;
    size_t least = 0, index[N] = {0, 1, 2, 3, 4, 5}, count[N] = {0};
    kendall got;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < i; j++) {
            observed += y[i] > y[j] ? 1.0 : -1.0;
        }
    }
    for (size_t order = 0, i = 0; order < ORDERS;) { /* Heap's algorithm */
        double S = 0.0;

        for (size_t a = 0; a < N; a++) {
            for (size_t b = 0; b < a; b++) {
                S += index[a] > index[b] ? 1.0 : -1.0;
            }
        }
        least += fabs(S) >= fabs(observed);
        order++;
        for (i = 0; i < N && count[i] >= i; i++) {
            count[i] = 0;
        }
        if (i < N) {
            const size_t at = i % 2 ? count[i] : 0, kept = index[at];

            index[at] = index[i];
            index[i] = kept;
            count[i]++;
        }
    }
    assert_int_equal(kendall_test(N, x, y, &got, NULL), TQ_OK);
    assert_int_equal(got.exact, 1);
    assert_near(got.tau, observed / 15.0, 1e-14);
    assert_near(got.pval, (double)least / ORDERS, 1e-14);
}

/* R 4.2.2: cor.test(x, y, method = "kendall", exact = FALSE). */
static void kendall_with_ties_is_normal(void **state)
{
    const double x[] = {1, 2, 2, 3, 4, 4, 4, 5, 6, 7}, y[] = {2, 1, 3, 3, 5, 4, 4, 4, 7, 5};
    kendall got;

    (void)state;
    assert_int_equal(kendall_test(10, x, y, &got, NULL), TQ_OK);
    assert_int_equal(got.exact, 0);
    assert_near(got.tau, 0.765490437403432, 1e-13);
    assert_near(got.z, 2.88929969026393, 1e-12);
    assert_int_equal(kendall_test(10, x, (const double[10]){0}, &got, NULL), TQ_OK);
    assert_true(isnan(got.tau) && isnan(got.pval));
}

/* metafor 3.8.1: tes(y, v, test=...). */
static void excess_of_significance_as_the_peer_has_it(void **state)
{
    static const double y[] = {0.35, 0.62, 0.12, 0.48, 0.29, 0.05, 0.77};
    static const double v[] = {0.030, 0.090, 0.012, 0.055, 0.021, 0.008, 0.110};
    const tq_bias_studies s = studies_of(7, y, v);
    tq_pool_options opt = tq_pool_defaults();

    (void)state;
    opt.method = TQ_EE;
    const tq_bias_result got = run(&s, TQ_BIAS_TES, 0, &opt);

    assert_near(got.observed, 5.0, 0.0);
    assert_near(got.expected, 1.8298176306010225, 1e-13);
    assert_near(got.pval, 0.00858561944800718, 1e-14);
    assert_near(run(&s, TQ_BIAS_TES_CHI2, 0, &opt).pval, 0.00319618145646286, 1e-14);
    assert_near(run(&s, TQ_BIAS_TES_BINOMIAL, 0, &opt).pval, 0.015715412793144, 1e-14);
}

/* Mean with weights 1/v over the studies with v <= most, its standard error with the error variance of
   their own; their number. */
static size_t powered_mean(const double *y, const double *v, double most, double *mean, double *se)
{
    double s = 0.0, sy = 0.0, q = 0.0;
    size_t n = 0;

    for (size_t i = 0; i < K; i++) {
        if (v[i] <= most) {
            s += 1.0 / v[i];
            sy += y[i] / v[i];
            n++;
        }
    }
    *mean = sy / s;
    for (size_t i = 0; i < K; i++) {
        q += v[i] <= most ? (y[i] - *mean) * (y[i] - *mean) / v[i] : 0.0;
    }
    *se = sqrt(q / ((double)n - 1.0) / s);
    return n;
}

static void waap_is_the_mean_of_the_powered(void **state)
{
    double mean, se, small[K];
    const tq_bias_studies s = studies_of(K, yi, vi), none = studies_of(K, small, vi);

    (void)state;
    powered_mean(yi, vi, INFINITY, &mean, &se);
    const double most = mean / 2.8 * (mean / 2.8);
    const size_t n = powered_mean(yi, vi, most, &mean, &se);
    tq_bias_result got = run(&s, TQ_BIAS_WAAP, TQ_PREDICTOR_SEI, NULL);

    assert_in_range(n, 2, K - 1); /* the data are a case of it */
    assert_int_equal(got.k, n);
    assert_near(got.est, mean, 1e-12);
    assert_near(got.se, se, 1e-12);
    assert_near(got.stat, mean / se, 1e-11);
    assert_near(got.df, (double)(n - 1), 0.0);
    assert_near(got.pval, tq_two_sided_p(mean / se, (double)(n - 1)), 1e-11);
    for (size_t i = 0; i < K; i++) { /* no study could find so small an effect: all of them */
        small[i] = 0.01 * yi[i];
    }
    assert_int_equal(powered_mean(small, vi, INFINITY, &mean, &se), K);
    got = run(&none, TQ_BIAS_WAAP, TQ_PREDICTOR_SEI, NULL);
    assert_int_equal(got.k, K);
    assert_near(got.est, mean, 1e-13);
    assert_near(got.se, se, 1e-13);
    const tq_bias_studies one = studies_of(1, yi, vi);

    assert_string_equal(run(&one, TQ_BIAS_WAAP, TQ_PREDICTOR_SEI, NULL).why,
                        "1 study: it needs at least 2");
}

/* Lin & Chu (2018): residuals of the weighted line of yi on si, over si; T = m3 / s^3. */
static void skewness_is_that_of_the_residuals(void **state)
{
    const tq_bias_studies s = studies_of(K, yi, vi);
    tq_pool_work *work = tq_pool_work_new(K, 1);
    tq_pool *fit = tq_pool_new(K, 1);

    (void)state;
    for (int random = 0; random < 2; random++) {
        double v[K], x[K], b[2], se[2], m2 = 0.0, m3 = 0.0;
        tq_pool_options opt = tq_pool_defaults();

        opt.method = random ? TQ_REML : TQ_EE;
        assert_int_equal(tq_pool_fit(&s.model, &opt, work, fit, NULL), TQ_OK);
        for (size_t i = 0; i < K; i++) {
            v[i] = vi[i] + (random ? fit->tau2 : 0.0);
            x[i] = sqrt(v[i]);
        }
        line(yi, v, x, b, se);
        for (size_t i = 0; i < K; i++) {
            const double r = (yi[i] - b[0] - b[1] * x[i]) / x[i];

            m2 += r * r / (K - 1.0);
            m3 += r * r * r / K;
        }
        const double T = m3 / pow(m2, 1.5);
        const tq_bias_result got = run(&s, TQ_BIAS_SKEW, 0, &opt);

        assert_true(fabs(T) > 0.1); /* the data are a case of it */
        assert_near(got.est, T, 1e-10);
        assert_near(got.stat, T * sqrt(K / 6.0), 1e-10);
        assert_near(got.pval, tq_two_sided_p(T * sqrt(K / 6.0), NAN), 1e-10);
    }
    tq_pool_free(fit);
    tq_pool_work_free(work);
}

static void symmetric_studies_are_not_skewed(void **state)
{
    const double y[] = {0.4, -0.4, 1.1, -1.1, 0.7, -0.7}, v[] = {0.1, 0.1, 0.5, 0.5, 0.3, 0.3};
    const tq_bias_studies s = studies_of(6, y, v);

    (void)state;
    assert_near(run(&s, TQ_BIAS_SKEW, 0, NULL).est, 0.0, 1e-12);
}

static void pet_peese_goes_on_where_pet_finds_an_effect(void **state)
{
    double far[K], near[K];

    (void)state;
    for (size_t i = 0; i < K; i++) {
        far[i] = 2.4 + 0.1 * yi[i];
        near[i] = 0.01 * yi[i];
    }
    const tq_bias_studies s = studies_of(K, far, vi), none = studies_of(K, near, vi);
    const tq_bias_result peese = run(&s, TQ_BIAS_PEESE, 0, NULL),
                         pet = run(&none, TQ_BIAS_PET, 0, NULL);
    const tq_bias_result on = run(&s, TQ_BIAS_PET_PEESE, 0, NULL),
                         off = run(&none, TQ_BIAS_PET_PEESE, 0, NULL);

    assert_int_equal(on.predictor, TQ_PREDICTOR_VI);
    assert_near(on.est, peese.est, 0.0);
    assert_int_equal(off.predictor, TQ_PREDICTOR_SEI);
    assert_near(off.est, pet.est, 0.0);
    assert_near(off.est, off.limit, 0.0);
}

static void the_measure_chooses_the_tests(void **state)
{
    static const struct {
        const char *measure;
        int counts;
        tq_bias_test first;
    } cases[] = {{"OR", 1, TQ_BIAS_HARBORD},  {"OR", 0, TQ_BIAS_EGGER_LM},
                 {"RR", 1, TQ_BIAS_PETERS},   {"SMD", 1, TQ_BIAS_PUSTEJOVSKY},
                 {"MD", 1, TQ_BIAS_EGGER_LM}, {NULL, 1, TQ_BIAS_EGGER_LM}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tq_bias_studies s = studies_of(K, yi, vi);
        tq_bias *out = NULL;

        s.measure = cases[i].measure;
        s.x1 = cases[i].counts ? x1 : NULL;
        assert_int_equal(tq_bias_run(&s, NULL, NULL, &out, NULL), TQ_OK);
        assert_int_equal(out->chosen, 1);
        assert_int_equal(out->result[0].test, cases[i].first);
        assert_true(strlen(out->advice) > 0);
        tq_bias_free(out);
    }
}

static void moderators_stay_in_the_regression(void **state)
{
    double X[2 * K];
    tq_bias_studies s = studies_of(K, yi, vi);

    (void)state;
    for (size_t i = 0; i < K; i++) {
        X[i] = 1.0;
        X[K + i] = (double)(i * i % 5);
    }
    s.model.X = X;
    s.model.p = 2;
    const tq_bias_result got = run(&s, TQ_BIAS_EGGER_LM, 0, NULL);

    assert_near(got.df, K - 3.0, 0.0);
    assert_true(isnan(got.limit));
    assert_true(strstr(run(&s, TQ_BIAS_PETERS, 0, NULL).why, "moderators") != NULL);
    assert_true(strstr(run(&s, TQ_BIAS_SKEW, 0, NULL).why, "moderators") != NULL);
    assert_true(strstr(run(&s, TQ_BIAS_TES, 0, NULL).why, "moderators") != NULL);
    assert_true(strstr(run(&s, TQ_BIAS_BEGG, 0, NULL).why, "moderators") != NULL);
}

static void what_cannot_be_done_says_why(void **state)
{
    const double same[K] = {0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2};
    tq_bias_studies few = studies_of(2, yi, vi), equal = studies_of(K, yi, same),
                    identical = studies_of(K, same, vi), bare = studies_of(K, yi, vi);
    tq_pool_options counts = tq_pool_defaults();

    (void)state;
    assert_string_equal(run(&few, TQ_BIAS_EGGER_LM, 0, NULL).why, "2 studies: it needs at least 3");
    assert_near(run(&few, TQ_BIAS_BEGG, 0, NULL).pval, 1.0, 0.0);
    few.model.k = 1;
    for (tq_bias_test t = 0; t < TQ_BIAS_TEST_COUNT; t++) {
        const tq_bias_result got = run(&few, t, 0, NULL);

        assert_true(got.why[0] || got.pval >= 0.0);
    }
    few.model.k = 3;
    assert_near(run(&few, TQ_BIAS_EGGER_LM, 0, NULL).df, 1.0, 0.0);
    assert_true(strstr(run(&equal, TQ_BIAS_EGGER_LM, 0, NULL).why, "the same") != NULL);
    assert_true(strstr(run(&equal, TQ_BIAS_BEGG, 0, NULL).why, "the same") != NULL);
    assert_true(strstr(run(&equal, TQ_BIAS_SKEW, 0, NULL).why, "the same") != NULL);
    assert_true(strstr(run(&identical, TQ_BIAS_BEGG, 0, NULL).why, "the same") != NULL);
    assert_true(strstr(run(&identical, TQ_BIAS_SKEW, 0, NULL).why, "on the line") != NULL);
    bare.x1 = bare.x2 = bare.n1 = bare.n2 = bare.ni = NULL;
    bare.null_value = NAN;
    for (tq_bias_test t = 0; t < TQ_BIAS_TEST_COUNT; t++) {
        const tq_bias_result got = run(&bare, t, 0, NULL);

        assert_true(!tq_bias_test_needs(t) || strstr(got.why, tq_bias_test_needs(t)));
        assert_true(tq_bias_test_needs(t) || !got.why[0] || strstr(got.why, "no effect"));
    }
    counts.method = TQ_MH;
    assert_true(strstr(run(&bare, TQ_BIAS_THOMPSON, 0, &counts).why, "MH") != NULL);
    counts.method = TQ_HC;
    assert_true(strstr(run(&bare, TQ_BIAS_THOMPSON, 0, &counts).why, "HC") != NULL);
}

/* Where every study is sure to be significant, none can be so beyond expectation by chance. */
static void certain_significance_has_no_chi_square(void **state)
{
    static const double y[] = {10.0, 10.1, 9.9, 10.05}, v[] = {0.01, 0.02, 0.01, 0.03};
    const tq_bias_studies s = studies_of(4, y, v);
    const tq_bias_result got = run(&s, TQ_BIAS_TES_CHI2, 0, NULL);

    (void)state;
    assert_true(strstr(got.why, "certain to be significant") != NULL);
    assert_near(got.observed, 4.0, 0.0);
    assert_near(got.expected, 4.0, 1e-12);
    assert_true(isnan(got.stat) && isnan(got.pval));
    assert_near(run(&s, TQ_BIAS_TES, 0, NULL).pval, 1.0, 0.0);
    assert_near(run(&s, TQ_BIAS_TES_BINOMIAL, 0, NULL).pval, 1.0, 0.0);
}

/* Tables without an event are known; they only tell nothing. */
static void tables_without_events_are_not_unknown(void **state)
{
    static const tq_bias_test tests[] = {TQ_BIAS_HARBORD, TQ_BIAS_PETERS, TQ_BIAS_SCHWARZER};
    const double nothing[K] = {0};
    tq_bias_studies s = studies_of(K, yi, vi);

    (void)state;
    s.x1 = s.x2 = nothing;
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        const tq_bias_result got = run(&s, tests[i], 0, NULL);

        assert_int_equal(got.k, 0);
        assert_string_equal(got.why, "no study has both events and non-events");
    }
}

static void studies_without_information_stay_out(void **state)
{
    double none1[K], none2[K];
    tq_bias_studies s = studies_of(K, yi, vi);

    (void)state;
    memcpy(none1, x1, sizeof none1);
    memcpy(none2, x2, sizeof none2);
    none1[3] = none2[3] = 0.0;
    s.x1 = none1;
    s.x2 = none2;
    assert_int_equal(run(&s, TQ_BIAS_HARBORD, 0, NULL).k, K - 1);
    assert_int_equal(run(&s, TQ_BIAS_SCHWARZER, 0, NULL).k, K - 1);
    assert_int_equal(run(&s, TQ_BIAS_RUECKER, 0, NULL).k, K);
    none1[2] = 2.5;
    assert_true(strstr(run(&s, TQ_BIAS_SCHWARZER, 0, NULL).why, "whole") != NULL);
}

static void wrong_arguments_are_refused(void **state)
{
    const double bad[K] = {0.2, 0.2, 0.2, NAN, 0.2, 0.2, 0.2, 0.2, 0.2};
    const tq_bias_test unknown = TQ_BIAS_TEST_COUNT;
    tq_bias_studies s = studies_of(K, yi, vi);
    tq_bias_options o = tq_bias_defaults();
    tq_bias *out = NULL;
    tq_error err;

    (void)state;
    o.alpha = 1.0;
    assert_int_equal(tq_bias_run(&s, NULL, &o, &out, NULL), TQ_EINVAL);
    o = tq_bias_defaults();
    o.predictor = TQ_PREDICTOR_COUNT;
    assert_int_equal(tq_bias_run(&s, NULL, &o, &out, NULL), TQ_EINVAL);
    o = tq_bias_defaults();
    o.test = &unknown;
    o.n = 1;
    assert_int_equal(tq_bias_run(&s, NULL, &o, &out, NULL), TQ_EINVAL);
    s.model.yi = bad;
    assert_int_equal(tq_bias_run(&s, NULL, NULL, &out, &err), TQ_EDATA);
    assert_int_equal(err.row, 3);
    s.model.yi = yi;
    s.model.vi = bad;
    assert_int_equal(tq_bias_run(&s, NULL, NULL, &out, &err), TQ_EDATA);
    s.model.k = 0;
    assert_int_equal(tq_bias_run(&s, NULL, NULL, &out, NULL), TQ_EDATA);
    assert_null(out);
    tq_bias_free(NULL);
    assert_null(tq_bias_test_name(TQ_BIAS_TEST_COUNT));
    assert_int_equal(tq_bias_test_find("eger"), TQ_BIAS_TEST_COUNT);
    for (tq_bias_test t = 0; t < TQ_BIAS_TEST_COUNT; t++) {
        assert_int_equal(tq_bias_test_find(tq_bias_test_name(t)), t);
        assert_non_null(tq_bias_test_label(t));
        assert_non_null(tq_bias_test_source(t));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(egger_is_weighted_least_squares),
        cmocka_unit_test(regressions_of_counts_are_their_papers_formulas),
        cmocka_unit_test(the_score_of_a_risk_ratio_is_its_own),
        cmocka_unit_test(ruecker_thompson_is_a_meta_regression),
        cmocka_unit_test(schwarzer_ranks_events_against_their_moments),
        cmocka_unit_test(units_and_direction_do_not_matter),
        cmocka_unit_test(kendall_is_the_share_of_all_orders),
        cmocka_unit_test(kendall_with_ties_is_normal),
        cmocka_unit_test(excess_of_significance_as_the_peer_has_it),
        cmocka_unit_test(waap_is_the_mean_of_the_powered),
        cmocka_unit_test(skewness_is_that_of_the_residuals),
        cmocka_unit_test(symmetric_studies_are_not_skewed),
        cmocka_unit_test(pet_peese_goes_on_where_pet_finds_an_effect),
        cmocka_unit_test(the_measure_chooses_the_tests),
        cmocka_unit_test(moderators_stay_in_the_regression),
        cmocka_unit_test(what_cannot_be_done_says_why),
        cmocka_unit_test(certain_significance_has_no_chi_square),
        cmocka_unit_test(tables_without_events_are_not_unknown),
        cmocka_unit_test(studies_without_information_stay_out),
        cmocka_unit_test(wrong_arguments_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
