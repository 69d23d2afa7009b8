/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean and SD from quantiles: formulas, published examples, properties, and every refusal. */
#include "effects/quantile_summaries.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "support/near.h"

/* One sample with all five; what a case does not have is taken away. */
static const tq_quantiles sample = {
    .min = 12.4, .q1 = 27.9, .median = 38.2, .q3 = 47.3, .max = 71.6, .n = 37.0};

static tq_quantiles only(tq_quantiles q, tq_quantiles_case given)
{
    if (given == TQ_QUANTILES_S1) {
        q.q1 = q.q3 = NAN;
    } else if (given == TQ_QUANTILES_S2) {
        q.min = q.max = NAN;
    }
    return q;
}

static tq_quantiles_moments by(tq_quantiles_method method, tq_quantiles q)
{
    const tq_quantiles_options opt = {.method = method, .dist = TQ_QUANTILES_NORMAL};
    tq_quantiles_moments out;
    tq_error err;
    const tq_status status = tq_quantiles_estimate(&q, &opt, &out, &err);

    if (status != TQ_OK) {
        fail_msg("%s: %s", tq_quantiles_method_name(method), err.message);
    }
    return out;
}

static void assert_moments(tq_quantiles_moments m, double mean, double sd, double tol)
{
    assert_null(m.why);
    assert_near(m.mean, mean, tol);
    assert_near(m.sd, sd, tol);
}

/* Worked from the papers' formulas in R 4.2.2. */
static void closed_forms_are_those_of_the_papers(void **state)
{
    const tq_quantiles s1 = only(sample, TQ_QUANTILES_S1), s2 = only(sample, TQ_QUANTILES_S2);
    tq_quantiles small = sample, large = sample;

    (void)state;
    small.n = 12.0;
    large.n = 90.0;
    assert_moments(by(TQ_QUANTILES_LUO_WAN_SHI, s1), 38.999912698200276, 13.927088644035704, 1e-13);
    assert_moments(by(TQ_QUANTILES_LUO_WAN_SHI, s2), 37.773675675675676, 14.96176593352955, 1e-13);
    assert_moments(by(TQ_QUANTILES_LUO_WAN_SHI, sample), 38.325276739454374, 14.319495734391889,
                   1e-13);
    assert_moments(by(TQ_QUANTILES_WAN2014, s1), 40.1, 13.927088644035704, 1e-13);
    assert_moments(by(TQ_QUANTILES_WAN2014, s2), 37.8, 14.96176593352955, 1e-13);
    assert_moments(by(TQ_QUANTILES_WAN2014, sample), 38.85, 14.444427288782627, 1e-13);
    assert_moments(by(TQ_QUANTILES_BLAND2015, sample), 38.85, 14.343116816089859, 1e-13);
    assert_moments(by(TQ_QUANTILES_HOZO2005, small), 40.1, 17.124738440824917, 1e-13);
    assert_moments(by(TQ_QUANTILES_HOZO2005, s1), 38.2, 14.8, 1e-13);
    assert_moments(by(TQ_QUANTILES_HOZO2005, large), 38.2, 9.8666666666666654, 1e-13);
}

/* Hozo et al. change their formulas above these sizes. */
static void hozo_changes_at_15_25_and_70(void **state)
{
    const double n[] = {15.0, 16.0, 25.0, 26.0, 70.0, 71.0};
    const double mean[] = {40.1, 40.1, 40.1, 38.2, 38.2, 38.2};
    const double sd[] = {17.124738440824917, 14.8, 14.8, 14.8, 14.8, 59.2 / 6.0};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        tq_quantiles q = sample;

        q.n = n[i];
        assert_moments(by(TQ_QUANTILES_HOZO2005, q), mean[i], sd[i], 1e-13);
    }
}

/* Wan et al. (2014), Table 1: the expected range of n normal values in SDs, which eq. 9 approximates
   to about half a percent. */
static void expected_ranges_are_those_of_wan(void **state)
{
    const double n[] = {5, 10, 15, 20, 25, 30, 40, 50};
    const double range[] = {2.326, 3.078, 3.472, 3.735, 3.931, 4.086, 4.322, 4.498};

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        const tq_quantiles q = {-1.3, NAN, -1.3 + 0.4 * range[i], NAN, -1.3 + range[i], n[i]};

        assert_near(by(TQ_QUANTILES_WAN2014, q).sd, 1.0, 0.02);
    }
}

/* Shi, Tong, Wang & Genton (2020), worked in R 4.2.2 from the difference of the two moments. */
static void lognormal_samples_are_corrected_for_bias(void **state)
{
    const tq_quantiles_options opt = {TQ_QUANTILES_LUO_WAN_SHI, TQ_QUANTILES_LOGNORMAL};
    const double mean[] = {39.268974864204367, 39.793660211669909, 38.91137724741322};
    const double sd[] = {16.444487455588369, 16.173334959630498, 16.303241040221501};

    (void)state;
    for (tq_quantiles_case c = TQ_QUANTILES_S1; c <= TQ_QUANTILES_S3; c++) {
        const tq_quantiles q = only(sample, c);
        tq_quantiles_moments m;

        assert_int_equal(tq_quantiles_estimate(&q, &opt, &m, NULL), TQ_OK);
        assert_int_equal(m.given, c);
        assert_moments(m, mean[c], sd[c], 1e-13);
    }
}

/* A tiny spread: the difference of the two moments is taken without loss, sd/mean = SD of the logs. */
static void lognormal_sd_survives_a_tiny_spread(void **state)
{
    const tq_quantiles_options opt = {TQ_QUANTILES_LUO_WAN_SHI, TQ_QUANTILES_LOGNORMAL};
    const double z = gsl_cdf_ugaussian_Pinv((0.75e6 - 0.125) / (1e6 + 0.25)), sd = 1e-9;
    const tq_quantiles q = {NAN, 7.3 * (1.0 - z * sd), 7.3, 7.3 * (1.0 + z * sd), NAN, 1e6};
    tq_quantiles_moments m;

    (void)state;
    assert_int_equal(tq_quantiles_estimate(&q, &opt, &m, NULL), TQ_OK);
    assert_relative(m.sd / m.mean, sd / sqrt(1.0 + 1.58e-6), 1e-6);
}

static void skewness_is_tested_as_shi_et_al_do(void **state)
{
    const double stat[] = {0.12837837837837829, 0.061855670103093667, 0.17338499901170323};
    const double crit[] = {0.32697873024843471, 0.43127455521967889, 0.49240727522426686};
    tq_quantiles skewed = {2.0, 3.1, 3.4, 8.8, 30.5, 60.0};
    tq_quantiles_skewness t;

    (void)state;
    for (tq_quantiles_case c = TQ_QUANTILES_S1; c <= TQ_QUANTILES_S3; c++) {
        const tq_quantiles q = only(sample, c), s = only(skewed, c);

        assert_int_equal(tq_quantiles_test_skewness(&q, TQ_QUANTILES_NORMAL, &t, NULL), TQ_OK);
        assert_near(t.stat, stat[c], 1e-14);
        assert_near(t.crit, crit[c], 1e-14);
        assert_false(t.skewed);
        assert_int_equal(tq_quantiles_test_skewness(&s, TQ_QUANTILES_NORMAL, &t, NULL), TQ_OK);
        assert_true(t.skewed);
    }
    /* The mirror image is as skewed; logarithms of a log-normal sample are not. */
    const tq_quantiles mirror = {-30.5, -8.8, -3.4, -3.1, -2.0, 60.0};
    const tq_quantiles logs = {exp(-2.1), exp(-0.7), exp(0.1), exp(0.8), exp(2.2), 60.0};

    assert_int_equal(tq_quantiles_test_skewness(&mirror, TQ_QUANTILES_NORMAL, &t, NULL), TQ_OK);
    assert_true(t.skewed);
    assert_int_equal(tq_quantiles_test_skewness(&logs, TQ_QUANTILES_NORMAL, &t, NULL), TQ_OK);
    assert_true(t.skewed);
    assert_int_equal(tq_quantiles_test_skewness(&logs, TQ_QUANTILES_LOGNORMAL, &t, NULL), TQ_OK);
    assert_false(t.skewed);
}

/* The least squares of each family, minimised over both parameters with R's optim(): the normal's
   sum is 22.2, the log-normal's 35.6, the gamma's 10.7, the Weibull's 6.5. */
static void quantile_estimation_takes_the_best_family(void **state)
{
    const tq_quantiles_moments m = by(TQ_QUANTILES_QE, sample);

    (void)state;
    assert_string_equal(m.fitted, "Weibull");
    assert_moments(m, 38.830719944707475, 15.635978761594176, 1e-7);
}

/*
 * README of the R package estmeansd (version 1.0.1): min 2, median 4, max 9, n = 100. Its BC and MLN
 * means and SDs come from 10,000 random numbers: standard errors 0.013 and 0.012. Its second figures
 * for BC are those of the README of version 0.2.0.
 */
static void published_example_of_estmeansd(void **state)
{
    const tq_quantiles q = {
        .min = 2.0, .q1 = NAN, .median = 4.0, .q3 = NAN, .max = 9.0, .n = 100.0};
    const tq_quantiles_moments bc = by(TQ_QUANTILES_BC, q), mln = by(TQ_QUANTILES_MLN, q);

    (void)state;
    assert_moments(by(TQ_QUANTILES_QE, q), 4.347284, 1.502171, 1e-4);
    assert_true(fabs(bc.mean - 4.210971) < 0.026 && fabs(bc.sd - 1.337348) < 0.05);
    assert_true(fabs(bc.mean - 4.204881) < 0.026 && fabs(bc.sd - 1.277236) < 0.05);
    assert_true(fabs(mln.mean - 4.195238) < 0.026 && fabs(mln.sd - 1.294908) < 0.024);
    /* Both powers stop at 0, where the moments are those of a log-normal distribution; Luo's mean and
       Wan's SD of the logarithms give 4.213119 and 1.297355, maximum likelihood in R 4.202342 and
       1.300905. */
    assert_near(bc.lambda, 0.0, 0.0);
    assert_near(mln.lambda, 0.0, 0.0);
    assert_moments(bc, 4.213119, 1.297355, 1e-6);
    assert_moments(mln, 4.202342, 1.300905, 2e-4);
}

/* Quantiles of a distribution at 1/n, 1/4, 1/2, 3/4, 1 - 1/n. */
static tq_quantiles exact_quantiles(double (*quantile)(double p), double n)
{
    return (tq_quantiles){quantile(1.0 / n), quantile(0.25),          quantile(0.5),
                          quantile(0.75),    quantile(1.0 - 1.0 / n), n};
}

static double normal_q(double p)
{
    return 52.7 + 8.3 * gsl_cdf_ugaussian_Pinv(p);
}

static double lognormal_q(double p)
{
    return exp(2.1 + 0.63 * gsl_cdf_ugaussian_Pinv(p));
}

static double gamma_q(double p)
{
    return gsl_cdf_gamma_Pinv(p, 2.7, 3.9);
}

/* A coefficient of variation of 1 percent: quantiles by expansion, not by GSL. */
static double narrow_gamma_q(double p)
{
    return gsl_cdf_gamma_Pinv(p, 1e4, 0.0039);
}

static double weibull_q(double p)
{
    return gsl_cdf_weibull_Pinv(p, 21.3, 1.8);
}

static double beta_q(double p)
{
    return gsl_cdf_beta_Pinv(p, 2.2, 5.1);
}

static void quantile_estimation_recovers_its_families(void **state)
{
    const struct {
        const char *name;
        double (*quantile)(double p);
        double mean, sd;
    } dist[] = {
        {"normal", normal_q, 52.7, 8.3},
        {"log-normal", lognormal_q, exp(2.1 + 0.5 * 0.63 * 0.63),
         exp(2.1 + 0.5 * 0.63 * 0.63) * sqrt(expm1(0.63 * 0.63))},
        {"gamma", gamma_q, 2.7 * 3.9, sqrt(2.7) * 3.9},
        {"gamma", narrow_gamma_q, 39.0, 0.39},
        {"Weibull", weibull_q, 21.3 * tgamma(1.0 + 1.0 / 1.8),
         21.3 * sqrt(tgamma(1.0 + 2.0 / 1.8) - pow(tgamma(1.0 + 1.0 / 1.8), 2.0))},
        {"beta", beta_q, 2.2 / 7.3, sqrt(2.2 * 5.1 / 8.3) / 7.3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof dist / sizeof *dist; i++) {
        for (tq_quantiles_case c = TQ_QUANTILES_S1; c <= TQ_QUANTILES_S3; c++) {
            const tq_quantiles q = only(exact_quantiles(dist[i].quantile, 83.0), c);
            const tq_quantiles_moments m = by(TQ_QUANTILES_QE, q);

            assert_string_equal(m.fitted, dist[i].name);
            assert_moments(m, dist[i].mean, dist[i].sd, 1e-6);
        }
    }
}

/* Expected quantiles as Wan's formulas have them, for a sample that the power lambda makes normal. */
static tq_quantiles powered(double lambda, double mu, double sd, double n)
{
    const double extreme = gsl_cdf_ugaussian_Pinv((n - 0.375) / (n + 0.25));
    const double quartile = gsl_cdf_ugaussian_Pinv((0.75 * n - 0.125) / (n + 0.25));
    const double z[] = {-extreme, -quartile, 0.0, quartile, extreme};
    double x[5];

    for (int i = 0; i < 5; i++) {
        const double y = mu + sd * z[i];

        x[i] = lambda > 0.0 ? pow(1.0 + lambda * y, 1.0 / lambda) : exp(y);
    }
    return (tq_quantiles){x[0], x[1], x[2], x[3], x[4], n};
}

static void box_cox_recovers_normal_and_lognormal_samples(void **state)
{
    const double mean = exp(1.4 + 0.5 * 0.38 * 0.38), sd = mean * sqrt(expm1(0.38 * 0.38));

    (void)state;
    for (tq_quantiles_case c = TQ_QUANTILES_S1; c <= TQ_QUANTILES_S3; c++) {
        /* 52.7 is 6.3 SDs above 0: what is cut off is 2e-10 of the sample. */
        const tq_quantiles_moments normal =
            by(TQ_QUANTILES_BC, only(powered(1.0, 51.7, 8.3, 61.0), c));
        const tq_quantiles_moments lognormal =
            by(TQ_QUANTILES_BC, only(powered(0.0, 1.4, 0.38, 61.0), c));

        assert_near(normal.lambda, 1.0, 1e-6);
        assert_moments(normal, 52.7, 8.3, 1e-6);
        assert_near(lognormal.lambda, 0.0, 1e-6);
        assert_moments(lognormal, mean, sd, 1e-6);
    }
}

/* A square root makes it normal: x = (1 + y/2)^2 has E x = m^2 + s^2 and Var x = 2 s^4 + 4 m^2 s^2
   for 1 + y/2 with the mean m and the SD s, here 11.4 SDs from 0. */
static void box_cox_integrates_the_inverse(void **state)
{
    const double m = 1.0 + 0.5 * 4.6, s = 0.5 * 0.58;
    const tq_quantiles_moments e = by(TQ_QUANTILES_BC, powered(0.5, 4.6, 0.58, 61.0));

    (void)state;
    assert_near(e.lambda, 0.5, 1e-6);
    assert_moments(e, m * m + s * s, sqrt(2.0 * pow(s, 4.0) + 4.0 * m * m * s * s), 1e-6);
}

/* Maximum likelihood is no identity for expected quantiles, but near one for a large sample. */
static void likelihood_recovers_large_samples(void **state)
{
    const double mean = exp(1.4 + 0.5 * 0.38 * 0.38), sd = mean * sqrt(expm1(0.38 * 0.38));

    (void)state;
    for (tq_quantiles_case c = TQ_QUANTILES_S2; c <= TQ_QUANTILES_S3; c++) {
        assert_moments(by(TQ_QUANTILES_MLN, only(powered(1.0, 51.7, 8.3, 40001.0), c)), 52.7, 8.3,
                       2e-2);
        assert_moments(by(TQ_QUANTILES_MLN, only(powered(0.0, 1.4, 0.38, 40001.0), c)), mean, sd,
                       2e-2);
    }
}

/* Mean and SD take the unit of the values, over 24 decades; values > 1 keep the beta family out. */
static void every_method_scales_with_the_unit(void **state)
{
    const double unit[] = {1e-12, 0.1, 3.7, 1e12};

    (void)state;
    for (tq_quantiles_method method = 0; method < TQ_QUANTILES_COUNT; method++) {
        const tq_quantiles_moments m = by(method, sample);

        for (size_t i = 0; i < 4; i++) {
            const double f = unit[i];
            const tq_quantiles q = {f * sample.min, f * sample.q1,  f * sample.median,
                                    f * sample.q3,  f * sample.max, sample.n};
            const tq_quantiles_moments scaled = by(method, q);

            if (scaled.fitted && strcmp(scaled.fitted, "beta") == 0) {
                continue;
            }
            const double tol = method < TQ_QUANTILES_QE ? 1e-14 : 1e-6;

            assert_relative(scaled.mean, f * m.mean, tol);
            assert_relative(scaled.sd, f * m.sd, tol);
        }
    }
}

static void closed_forms_shift_with_the_origin(void **state)
{
    (void)state;
    for (tq_quantiles_method method = 0; method <= TQ_QUANTILES_BLAND2015; method++) {
        const tq_quantiles_moments m = by(method, sample);
        const tq_quantiles q = {sample.min - 1e4, sample.q1 - 1e4,  sample.median - 1e4,
                                sample.q3 - 1e4,  sample.max - 1e4, sample.n};
        const tq_quantiles_moments moved = by(method, q);

        assert_near(moved.mean, m.mean - 1e4, 1e-13);
        assert_near(moved.sd, m.sd, 1e-10);
    }
}

static double narrow_q(double p)
{
    return 1e5 + 1.7 * gsl_cdf_ugaussian_Pinv(p);
}

/* Narrow samples far from 0 are all but normal, whatever family or power; every method sees that. */
static void narrow_samples_are_as_good_as_normal(void **state)
{
    const tq_quantiles expected = powered(1.0, 99999.0, 1.7, 61.0);

    (void)state;
    assert_moments(by(TQ_QUANTILES_QE, exact_quantiles(narrow_q, 61.0)), 1e5, 1.7, 1e-9);
    assert_moments(by(TQ_QUANTILES_BC, expected), 1e5, 1.7, 1e-6);
    assert_moments(by(TQ_QUANTILES_MLN, expected), 1e5, 1.7, 0.03);
}

static void equal_quantiles_have_sd_0(void **state)
{
    const tq_quantiles q = {4.2, 4.2, 4.2, 4.2, 4.2, 23.0};
    const tq_quantiles_options lognormal = {TQ_QUANTILES_LUO_WAN_SHI, TQ_QUANTILES_LOGNORMAL};
    tq_quantiles_moments m;
    tq_quantiles_skewness t;

    (void)state;
    for (tq_quantiles_method method = 0; method < TQ_QUANTILES_COUNT; method++) {
        assert_moments(by(method, q), 4.2, 0.0, 0.0);
    }
    assert_int_equal(tq_quantiles_estimate(&q, &lognormal, &m, NULL), TQ_OK);
    assert_moments(m, 4.2, 0.0, 1e-15);
    assert_int_equal(tq_quantiles_test_skewness(&q, TQ_QUANTILES_NORMAL, &t, NULL), TQ_OK);
    assert_near(t.stat, 0.0, 0.0);
    assert_false(t.skewed);
}

/* Scores with floors and ceilings: ties, zeros, negative changes. */
static void ties_and_zeros_are_answered(void **state)
{
    const tq_quantiles floor_ = {0.0, 0.0, 3.1, 7.4, 28.0, 41.0};
    const tq_quantiles zero_min = {0.0, 1.2, 3.1, 7.4, 28.0, 41.0};
    const tq_quantiles tied = {1.0, 3.0, 3.0, 7.4, 28.0, 41.0};
    const tq_quantiles ceiling = {1.0, 3.0, 10.0, 10.0, 10.0, 41.0};
    const tq_quantiles change = {-9.3, -4.1, -2.2, 0.4, 6.0, 41.0};
    const tq_quantiles all[] = {floor_, zero_min, tied, ceiling, change};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        const tq_quantiles_moments m = by(TQ_QUANTILES_QE, all[i]);

        assert_null(m.why);
        assert_true(m.mean > all[i].min && m.mean < all[i].max && m.sd > 0.0);
    }
    assert_string_equal(by(TQ_QUANTILES_QE, change).fitted, "normal");
    assert_string_equal(by(TQ_QUANTILES_QE, floor_).fitted, "normal");
    assert_string_not_equal(by(TQ_QUANTILES_QE, zero_min).fitted, "normal");
    for (size_t i = 2; i < 4; i++) {
        for (tq_quantiles_method method = TQ_QUANTILES_BC; method <= TQ_QUANTILES_MLN; method++) {
            const tq_quantiles_moments m = by(method, all[i]);

            assert_non_null(m.why);
            assert_true(isnan(m.mean) && isnan(m.sd));
        }
    }
}

/* Methods stay finite for strongly skewed samples, wide ones, and the least sizes. */
static void hard_samples_have_finite_answers(void **state)
{
    const tq_quantiles hard[] = {
        {1e-9, 0.2, 1.0, 40.0, 9e4, 25.0},     {0.1, 99.0, 100.0, 100.2, 100.3, 25.0},
        {1e-290, 1e-280, 1e3, 1e4, 1e5, 25.0}, {1.0, 1.0001, 1.0002, 50.0, 51.0, 25.0},
        {1.0, 2.0, 3.0, 4.0, 5.5, 5.0},        {1.0, 2.0, 3.0, 4.0, 5.5, 1e9},
        {0.01, 0.3, 0.7, 0.98, 1.0, 300.0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        for (tq_quantiles_method method = 0; method < TQ_QUANTILES_COUNT; method++) {
            for (tq_quantiles_case c = TQ_QUANTILES_S1; c <= TQ_QUANTILES_S3; c++) {
                const tq_quantiles q = only(hard[i], c);
                const tq_quantiles_options opt = {method, TQ_QUANTILES_NORMAL};
                tq_quantiles_moments m;

                if (tq_quantiles_estimate(&q, &opt, &m, NULL) == TQ_OK && !m.why) {
                    assert_true(isfinite(m.mean) && isfinite(m.sd) && m.sd > 0.0);
                }
            }
        }
    }
}

static void methods_are_found_by_name(void **state)
{
    (void)state;
    for (tq_quantiles_method method = 0; method < TQ_QUANTILES_COUNT; method++) {
        assert_int_equal(tq_quantiles_method_find(tq_quantiles_method_name(method)), method);
        assert_non_null(tq_quantiles_method_source(method));
    }
    assert_int_equal(tq_quantiles_method_find("wan"), TQ_QUANTILES_COUNT);
    assert_null(tq_quantiles_method_name(TQ_QUANTILES_COUNT));
    assert_null(tq_quantiles_method_source(TQ_QUANTILES_COUNT));
}

/* A half pair beside a whole one is checked but not used. */
static void half_a_pair_is_left_out(void **state)
{
    tq_quantiles q = only(sample, TQ_QUANTILES_S2);
    const tq_quantiles_moments want = by(TQ_QUANTILES_LUO_WAN_SHI, q);

    (void)state;
    q.max = sample.max;
    const tq_quantiles_moments got = by(TQ_QUANTILES_LUO_WAN_SHI, q);

    assert_int_equal(got.given, TQ_QUANTILES_S2);
    assert_moments(got, want.mean, want.sd, 0.0);
}

static void assert_refused(tq_quantiles q, tq_quantiles_options opt, tq_status status,
                           const char *column)
{
    tq_quantiles_moments out = {.mean = 1.25, .sd = 2.5};
    tq_error err;

    assert_int_equal(tq_quantiles_estimate(&q, &opt, &out, &err), status);
    assert_int_equal(err.status, status);
    assert_string_equal(err.column, column);
    assert_true(err.message[0] != '\0');
    assert_near(out.mean, 1.25, 0.0); /* untouched */
    assert_near(out.sd, 2.5, 0.0);
    assert_int_equal(tq_quantiles_estimate(&q, &opt, &out, NULL), status);
}

static void wrong_options_are_refused(void **state)
{
    const tq_quantiles_options unknown = {TQ_QUANTILES_COUNT, TQ_QUANTILES_NORMAL};
    const tq_quantiles_options dist = {TQ_QUANTILES_LUO_WAN_SHI, (tq_quantiles_dist)7};
    tq_quantiles_skewness t;

    (void)state;
    assert_refused(sample, unknown, TQ_EINVAL, "");
    assert_refused(sample, dist, TQ_EINVAL, "");
    for (tq_quantiles_method method = 1; method < TQ_QUANTILES_COUNT; method++) {
        const tq_quantiles_options opt = {method, TQ_QUANTILES_LOGNORMAL};

        assert_refused(sample, opt, TQ_EINVAL, "");
    }
    assert_int_equal(tq_quantiles_test_skewness(&sample, (tq_quantiles_dist)7, &t, NULL),
                     TQ_EINVAL);
}

static void wrong_samples_are_refused_by_column(void **state)
{
    const tq_quantiles_options opt = tq_quantiles_defaults();
    const struct {
        tq_quantiles q;
        const char *column;
    } bad[] = {
        {{12.4, 27.9, 38.2, 47.3, 71.6, 2.9}, "n"},
        {{12.4, 27.9, 38.2, 47.3, 71.6, NAN}, "n"},
        {{12.4, 27.9, 38.2, 47.3, 71.6, HUGE_VAL}, "n"},
        {{28.4, 27.9, 38.2, 47.3, 71.6, 37.0}, "q1"},
        {{12.4, 39.9, 38.2, 47.3, 71.6, 37.0}, "median"},
        {{12.4, 27.9, 48.2, 47.3, 71.6, 37.0}, "q3"},
        {{12.4, 27.9, 38.2, 47.3, 41.6, 37.0}, "max"},
        {{-HUGE_VAL, 27.9, 38.2, 47.3, 71.6, 37.0}, "min"},
        {{12.4, 27.9, 38.2, 47.3, HUGE_VAL, 37.0}, "max"},
        {{12.4, 27.9, NAN, 47.3, 71.6, 37.0}, "median"},
        {{12.4, NAN, 38.2, NAN, NAN, 37.0}, "max"},
        {{NAN, NAN, 38.2, NAN, 71.6, 37.0}, "min"},
        {{NAN, NAN, 38.2, 47.3, NAN, 37.0}, "q1"},
        {{NAN, 27.9, 38.2, NAN, NAN, 37.0}, "q3"},
        {{NAN, NAN, 38.2, NAN, NAN, 37.0}, "q1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tq_quantiles_skewness t;

        assert_refused(bad[i].q, opt, TQ_EDATA, bad[i].column);
        assert_int_equal(tq_quantiles_test_skewness(&bad[i].q, TQ_QUANTILES_NORMAL, &t, NULL),
                         TQ_EDATA);
    }
}

static void methods_refuse_samples_that_they_cannot_take(void **state)
{
    const tq_quantiles zero = {0.0, 27.9, 38.2, 47.3, 71.6, 37.0};
    const tq_quantiles four = {12.4, 27.9, 38.2, 47.3, 71.6, 4.0};
    const tq_quantiles_options hozo = {TQ_QUANTILES_HOZO2005, TQ_QUANTILES_NORMAL};
    const tq_quantiles_options bland = {TQ_QUANTILES_BLAND2015, TQ_QUANTILES_NORMAL};
    const tq_quantiles_options bc = {TQ_QUANTILES_BC, TQ_QUANTILES_NORMAL};
    const tq_quantiles_options mln = {TQ_QUANTILES_MLN, TQ_QUANTILES_NORMAL};
    const tq_quantiles_options lognormal = {TQ_QUANTILES_LUO_WAN_SHI, TQ_QUANTILES_LOGNORMAL};

    (void)state;
    assert_refused(only(sample, TQ_QUANTILES_S2), hozo, TQ_EDATA, "min");
    assert_refused(only(sample, TQ_QUANTILES_S2), bland, TQ_EDATA, "min");
    assert_refused(only(sample, TQ_QUANTILES_S1), bland, TQ_EDATA, "q1");
    assert_refused(zero, bc, TQ_EDATA, "min");
    assert_refused(zero, mln, TQ_EDATA, "min");
    assert_refused(zero, lognormal, TQ_EDATA, "min");
    assert_refused(four, mln, TQ_EDATA, "n");
}

static void moments_out_of_range_say_so(void **state)
{
    const tq_quantiles q = {-1.7e308, NAN, 0.4, NAN, 1.7e308, 12.0};
    const tq_quantiles_moments m = by(TQ_QUANTILES_LUO_WAN_SHI, q);

    (void)state;
    assert_non_null(m.why);
    assert_true(isnan(m.mean) && isnan(m.sd));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_forms_are_those_of_the_papers),
        cmocka_unit_test(hozo_changes_at_15_25_and_70),
        cmocka_unit_test(expected_ranges_are_those_of_wan),
        cmocka_unit_test(lognormal_samples_are_corrected_for_bias),
        cmocka_unit_test(lognormal_sd_survives_a_tiny_spread),
        cmocka_unit_test(skewness_is_tested_as_shi_et_al_do),
        cmocka_unit_test(quantile_estimation_takes_the_best_family),
        cmocka_unit_test(published_example_of_estmeansd),
        cmocka_unit_test(quantile_estimation_recovers_its_families),
        cmocka_unit_test(box_cox_recovers_normal_and_lognormal_samples),
        cmocka_unit_test(box_cox_integrates_the_inverse),
        cmocka_unit_test(likelihood_recovers_large_samples),
        cmocka_unit_test(every_method_scales_with_the_unit),
        cmocka_unit_test(closed_forms_shift_with_the_origin),
        cmocka_unit_test(narrow_samples_are_as_good_as_normal),
        cmocka_unit_test(equal_quantiles_have_sd_0),
        cmocka_unit_test(ties_and_zeros_are_answered),
        cmocka_unit_test(hard_samples_have_finite_answers),
        cmocka_unit_test(methods_are_found_by_name),
        cmocka_unit_test(half_a_pair_is_left_out),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(wrong_samples_are_refused_by_column),
        cmocka_unit_test(methods_refuse_samples_that_they_cannot_take),
        cmocka_unit_test(moments_out_of_range_say_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
