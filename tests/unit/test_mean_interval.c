/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals of the pooled effect by likelihood and by the bootstrap. */
#include "support/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "core/distributions.h"
#include "core/splitmix.h"
#include "moderators/mean_bootstrap.h"
#include "pooling/mean_interval.h"
#include "support/random.h"

enum { MAX = 16 };

typedef struct {
    size_t k;
    double yi[MAX], vi[MAX], w[MAX], X[2 * MAX];
} problem;

static problem random_problem(random_stream *r, size_t k, double tau)
{
    problem p = {.k = k};

    for (size_t i = 0; i < k; i++) {
        p.vi[i] = 0.02 + random_uniform(r);
        p.yi[i] = 0.7 + sqrt(p.vi[i]) * random_normal(r) + tau * random_normal(r);
        p.w[i] = 0.1 + random_uniform(r);
        p.X[i] = 1.0;
        p.X[i + k] = random_normal(r);
    }
    return p;
}

static tq_mean_interval_options of_kind(tq_ci_mu kind)
{
    tq_mean_interval_options o = tq_mean_interval_defaults();

    o.kind = kind;
    o.iterations = 400;
    return o;
}

static tq_pool_options sharp(tq_method method)
{
    tq_pool_options o = tq_pool_defaults();

    o.method = method;
    o.tol = 1e-13;
    return o;
}

static tq_status try_find(const problem *p, size_t coefficients, const tq_pool_options *o,
                          const tq_mean_interval_options *how, tq_mean_interval *out, tq_error *err)
{
    const tq_model m = {p->k, coefficients, p->yi, p->vi, coefficients > 1 ? p->X : NULL, 1, NULL};
    tq_pool_work *work = tq_pool_work_new(p->k, coefficients);
    tq_pool *fit = tq_pool_new(p->k, coefficients);

    assert_int_equal(tq_pool_fit(&m, o, work, fit, err), TQ_OK);
    const int drawn = how->kind == TQ_CI_MU_BOOT_PARAM || how->kind == TQ_CI_MU_BOOT_NONPARAM;
    const tq_status status =
        (drawn ? tq_mean_bootstrap : tq_mean_interval_find)(&m, o, how, fit, out, err);

    tq_pool_free(fit);
    tq_pool_work_free(work);
    return status;
}

static tq_mean_interval find(const problem *p, const tq_pool_options *o, tq_ci_mu kind)
{
    const tq_mean_interval_options how = of_kind(kind);
    tq_mean_interval out;
    tq_error err = {.message = ""};

    if (try_find(p, 1, o, &how, &out, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    return out;
}

/* ---- likelihood ---- */

/* With equal vi the total variance s2 is free: D = k log(1 + (ybar - mu)^2 / s2). */
static void equal_variances_have_closed_forms(void **state)
{
    random_stream r = {81};

    (void)state;
    for (size_t k = 3; k <= MAX; k++) {
        problem p = random_problem(&r, k, 3.0);
        const tq_pool_options o = sharp(TQ_REML);
        const double n = (double)k, c = tq_chisq_quantile(0.95, 1.0);
        double mean = 0.0, s2 = 0.0;

        for (size_t i = 0; i < k; i++) {
            p.vi[i] = 0.04;
            mean += p.yi[i] / n;
        }
        for (size_t i = 0; i < k; i++) {
            s2 += (p.yi[i] - mean) * (p.yi[i] - mean) / n;
        }
        const tq_mean_interval pl = find(&p, &o, TQ_CI_MU_PL),
                               bartlett = find(&p, &o, TQ_CI_MU_BARTLETT),
                               skovgaard = find(&p, &o, TQ_CI_MU_SKOVGAARD);
        const double D = n * log1p(mean * mean / s2);

        assert_near(pl.mu, mean, 1e-12);
        assert_near(pl.tau2, s2 - 0.04, 1e-11);
        assert_near(pl.ci_ub - mean, sqrt(s2 * expm1(c / n)), 1e-10);
        assert_near(mean - pl.ci_lb, sqrt(s2 * expm1(c / n)), 1e-10);
        assert_near(pl.stat, D, 1e-10);
        assert_near(pl.pval, tq_chisq_upper(D, 1.0), 1e-10);
        assert_near(bartlett.ci_ub - mean, sqrt(s2 * expm1(c / n * (1.0 + 1.5 / n))), 1e-10);
        assert_near(bartlett.stat, D / (1.0 + 1.5 / n), 1e-10);

        /* sum w~i^2 / sum wi^2 sqrt(|j| / j~) = sqrt(k w) w~ / w, w = 1 / s2 */
        const double root = copysign(sqrt(D), mean), changed = 1.0 / (s2 + mean * mean);
        const double u = mean * sqrt(n) * changed * sqrt(s2);

        assert_near(skovgaard.stat, root + log(u / root) / root, 1e-9);
        assert_near(0.5 * (skovgaard.ci_lb + skovgaard.ci_ub), mean, 1e-9);
        assert_true(skovgaard.ci_ub > bartlett.ci_ub || k > 8);
    }
}

/* D by a grid of tau2, refined around its best point. */
static double ratio_by_hand(const problem *p, double mu, double top)
{
    double lo = 0.0, hi = 60.0, best = -INFINITY, at = 0.0;

    for (int round = 0; round < 12; round++) {
        const double step = (hi - lo) / 600.0;

        for (int n = 0; n <= 600; n++) {
            const double t = lo + step * n;
            double l = 0.0;

            for (size_t i = 0; i < p->k; i++) {
                l -= 0.5 * (log(p->vi[i] + t) + (p->yi[i] - mu) * (p->yi[i] - mu) / (p->vi[i] + t));
            }
            if (l > best) {
                best = l;
                at = t;
            }
        }
        lo = fmax(0.0, at - 2.0 * step);
        hi = at + 2.0 * step;
    }
    return 2.0 * (top - best);
}

static void limits_lie_where_the_likelihood_has_fallen(void **state)
{
    random_stream r = {82};
    int at_zero = 0;

    (void)state;
    for (int n = 0; n < 30; n++) {
        const problem p = random_problem(&r, 2 + random_index(&r, 14), n % 3 ? 0.8 : 0.0);
        const tq_pool_options o = sharp(TQ_DL);
        const tq_mean_interval pl = find(&p, &o, TQ_CI_MU_PL);
        const double top = -0.5 * ratio_by_hand(&p, pl.mu, 0.0);
        const double c = tq_chisq_quantile(0.95, 1.0);
        double s1 = 0.0, s2 = 0.0, s3 = 0.0;

        for (size_t i = 0; i < p.k; i++) {
            const double w = 1.0 / (p.vi[i] + pl.tau2);

            s1 += w;
            s2 += w * w;
            s3 += w * w * w;
        }
        const tq_mean_interval bartlett = find(&p, &o, TQ_CI_MU_BARTLETT);
        const double B = 1.0 + 2.0 * s3 / (s1 * s2) - 0.5 * s2 / (s1 * s1);

        assert_near(ratio_by_hand(&p, pl.ci_lb, top), c, 1e-8);
        assert_near(ratio_by_hand(&p, pl.ci_ub, top), c, 1e-8);
        assert_near(ratio_by_hand(&p, bartlett.ci_lb, top), c * B, 1e-8);
        assert_near(ratio_by_hand(&p, 0.0, top), pl.stat, 1e-8);
        at_zero += pl.tau2 == 0.0;
    }
    assert_true(at_zero > 2);
}

static void intervals_move_and_stretch_with_the_effects(void **state)
{
    random_stream r = {83};

    (void)state;
    for (int n = 0; n < 12; n++) {
        const problem p = random_problem(&r, 5 + random_index(&r, 11), 1.1);
        problem moved = p;
        const tq_pool_options o = sharp(TQ_REML);

        for (size_t i = 0; i < p.k; i++) {
            moved.yi[i] = -2385.0 * p.yi[i] + 117.3;
            moved.vi[i] = 2385.0 * 2385.0 * p.vi[i];
        }
        for (tq_ci_mu kind = TQ_CI_MU_PL; kind <= TQ_CI_MU_BOOT_NONPARAM; kind++) {
            const tq_mean_interval a = find(&p, &o, kind), b = find(&moved, &o, kind);
            /* The parametric bootstrap draws errors that do not turn around. */
            const double tol = kind == TQ_CI_MU_BOOT_PARAM ? 0.3 : 1e-8;

            if (a.why) {
                assert_non_null(b.why);
                continue;
            }
            assert_near((b.ci_ub - 117.3) / -2385.0, a.ci_lb, tol);
            assert_near((b.ci_lb - 117.3) / -2385.0, a.ci_ub, tol);
        }
    }
}

/* p of the value at a limit is 1 - level. */
static void tests_agree_with_intervals(void **state)
{
    random_stream r = {84};

    (void)state;
    for (int n = 0; n < 12; n++) {
        const problem p = random_problem(&r, 4 + random_index(&r, 12), 0.9);
        const tq_pool_options o = sharp(TQ_ML);

        for (tq_ci_mu kind = TQ_CI_MU_PL; kind <= TQ_CI_MU_SKOVGAARD; kind++) {
            const tq_mean_interval a = find(&p, &o, kind);
            problem moved = p;

            for (size_t i = 0; i < p.k; i++) {
                moved.yi[i] -= a.ci_lb;
            }
            if (!a.why) {
                assert_near(find(&moved, &o, kind).pval, 0.05, 1e-8);
            }
        }
    }
}

static void skovgaard_at_the_estimate_is_a_limit(void **state)
{
    random_stream r = {85};
    problem p = random_problem(&r, 9, 1.3);
    const tq_pool_options o = sharp(TQ_ML);
    const double mu = find(&p, &o, TQ_CI_MU_SKOVGAARD).mu;
    double stat[3];

    (void)state;
    for (size_t i = 0; i < p.k; i++) {
        p.yi[i] -= mu + 0.02;
    }
    for (int n = 0; n < 3; n++) {
        for (size_t i = 0; i < p.k; i++) {
            p.yi[i] += 0.01;
        }
        stat[n] = find(&p, &o, TQ_CI_MU_SKOVGAARD).stat; /* mu^ at -0.01, 0, 0.01 */
    }
    assert_near(stat[1], 0.5 * (stat[0] + stat[2]), 1e-3);
}

/* ---- bootstrap ---- */

static double by_hand(double *sample, size_t n, double level)
{
    gsl_sort(sample, 1, n);
    return gsl_stats_quantile_from_sorted_data(sample, 1, n, level);
}

/* tau2 given: t* is the weighted mean of the normal errors over its standard error. */
static void the_parametric_bootstrap_draws_from_the_model(void **state)
{
    random_stream r = {86};
    const problem p = random_problem(&r, 7, 0.5);
    tq_pool_options o = sharp(TQ_REML);
    const tq_mean_interval_options how = of_kind(TQ_CI_MU_BOOT_PARAM);
    double sample[400], sw = 0.0, mu = 0.0;

    (void)state;
    o.tau2 = 0.31;
    const tq_mean_interval found = find(&p, &o, TQ_CI_MU_BOOT_PARAM);

    for (size_t i = 0; i < p.k; i++) {
        sw += 1.0 / (p.vi[i] + 0.31);
        mu += p.yi[i] / (p.vi[i] + 0.31);
    }
    mu /= sw;
    for (size_t b = 0; b < 400; b++) {
        uint64_t stream = tq_splitmix_stream(how.seed, b);

        sample[b] = 0.0;
        for (size_t i = 0; i < p.k; i++) {
            const double u = ((double)(tq_splitmix(&stream) >> 11) + 0.5) * 0x1p-53;

            sample[b] += tq_normal_quantile(u) / sqrt(p.vi[i] + 0.31) / sqrt(sw);
        }
    }
    assert_near(found.ci_lb, mu - by_hand(sample, 400, 0.975) / sqrt(sw), 1e-10);
    assert_near(found.ci_ub, mu - by_hand(sample, 400, 0.025) / sqrt(sw), 1e-10);
    size_t beyond = 0;

    for (size_t b = 0; b < 400; b++) {
        beyond += fabs(sample[b]) >= fabs(mu * sqrt(sw));
    }
    assert_near(found.pval, (double)(beyond + 1) / 401.0, 1e-14);
    assert_int_equal(found.iterations, 400);
    assert_int_equal(found.failed, 0);
}

/* Samples fitted side by side: as each by itself. t* of the parametric bootstrap. */
static void samples_side_by_side_are_as_one_by_one(void **state)
{
    static const tq_method methods[] = {TQ_REML, TQ_DL, TQ_PM, TQ_ML};
    random_stream r = {88};

    (void)state;
    for (size_t c = 0; c < 4; c++) {
        const problem p = random_problem(&r, 9, 0.7);
        tq_pool_options o = sharp(methods[c]);
        const tq_mean_interval_options how = of_kind(TQ_CI_MU_BOOT_PARAM);
        double sample[400], yi[9];
        tq_pool_work *work = tq_pool_work_new(9, 1);
        tq_pool *whole = tq_pool_new(9, 1), *fit = tq_pool_new(9, 1);

        o.test = c % 2 ? TQ_TEST_KNHA : TQ_TEST_Z;
        const tq_model m = {9, 1, p.yi, p.vi, NULL, 1, NULL},
                       drawn = {9, 1, yi, p.vi, NULL, 1, NULL};

        assert_int_equal(tq_pool_fit(&m, &o, work, whole, NULL), TQ_OK);
        for (size_t b = 0; b < 400; b++) {
            uint64_t stream = tq_splitmix_stream(how.seed, b);

            for (size_t i = 0; i < 9; i++) {
                const double u = ((double)(tq_splitmix(&stream) >> 11) + 0.5) * 0x1p-53;

                yi[i] = whole->beta[0] + sqrt(p.vi[i] + whole->tau2) * tq_normal_quantile(u);
            }
            assert_int_equal(tq_pool_fit(&drawn, &o, work, fit, NULL), TQ_OK);
            sample[b] = (fit->beta[0] - whole->beta[0]) / fit->se[0];
        }
        const tq_mean_interval found = find(&p, &o, TQ_CI_MU_BOOT_PARAM);
        const double hi = whole->beta[0] - whole->se[0] * by_hand(sample, 400, 0.025);
        const double lo = whole->beta[0] - whole->se[0] * by_hand(sample, 400, 0.975);

        assert_near(found.ci_lb, lo, 1e-11);
        assert_near(found.ci_ub, hi, 1e-11);
        tq_pool_free(fit);
        tq_pool_free(whole);
        tq_pool_work_free(work);
    }
}

/* With equal variances every estimate is the mean of the studies drawn. */
static void the_non_parametric_bootstrap_is_BCa(void **state)
{
    random_stream r = {87};
    problem p = random_problem(&r, 8, 1.2);
    const tq_pool_options o = sharp(TQ_REML);
    double sample[400], mean = 0.0, below = 0.0, square = 0.0, cube = 0.0;

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        p.vi[i] = 0.09;
        mean += p.yi[i] / 8.0;
    }
    const tq_mean_interval found = find(&p, &o, TQ_CI_MU_BOOT_NONPARAM);

    for (size_t b = 0; b < 400; b++) {
        uint64_t stream = tq_splitmix_stream(1, b);

        sample[b] = 0.0;
        for (size_t i = 0; i < 8; i++) {
            sample[b] += p.yi[tq_splitmix_below(&stream, 8)] / 8.0;
        }
        below += fabs(sample[b] - mean) < 1e-12 ? 0.5 : sample[b] < mean;
    }
    for (size_t i = 0; i < 8; i++) {
        const double d = (p.yi[i] - mean) / 7.0; /* mean of the leave-one-out means less each */

        square += d * d;
        cube += d * d * d;
    }
    const double a = cube / (6.0 * pow(square, 1.5)), z0 = gsl_cdf_ugaussian_Pinv(below / 400.0);
    const double z = tq_normal_quantile(0.975);

    assert_near(found.ci_lb,
                by_hand(sample, 400, gsl_cdf_ugaussian_P(z0 + (z0 - z) / (1.0 - a * (z0 - z)))),
                1e-10);
    assert_near(found.ci_ub,
                by_hand(sample, 400, gsl_cdf_ugaussian_P(z0 + (z0 + z) / (1.0 - a * (z0 + z)))),
                1e-10);
    assert_near(found.pval, NAN, 0.0);
}

static void threads_change_nothing_and_seeds_do(void **state)
{
    random_stream r = {88};
    const problem p = random_problem(&r, 9, 0.6);
    tq_pool_options o = sharp(TQ_QE);

    (void)state;
    o.weights = p.w;
    for (tq_ci_mu kind = TQ_CI_MU_BOOT_PARAM; kind <= TQ_CI_MU_BOOT_NONPARAM; kind++) {
        tq_mean_interval_options how = of_kind(kind);
        tq_mean_interval one, four, other;

        how.threads = 1;
        assert_int_equal(try_find(&p, 1, &o, &how, &one, NULL), TQ_OK);
        how.threads = 4;
        assert_int_equal(try_find(&p, 1, &o, &how, &four, NULL), TQ_OK);
        how.seed = 7;
        assert_int_equal(try_find(&p, 1, &o, &how, &other, NULL), TQ_OK);
        assert_near(four.ci_lb, one.ci_lb, 0.0);
        assert_near(four.ci_ub, one.ci_ub, 0.0);
        assert_true(other.ci_lb != one.ci_lb && fabs(other.ci_lb - one.ci_lb) < 0.3);
    }
}

/* ---- small, odd and refused ---- */

static void what_does_not_exist_is_said(void **state)
{
    const problem one = {.k = 1, .yi = {2.385}, .vi = {0.31}};
    const problem two = {.k = 2, .yi = {2.385, 0.4}, .vi = {0.31, 0.12}};
    const problem alike = {.k = 3, .yi = {0.41, 0.4, 0.42}, .vi = {0.31, 0.12, 0.2}};
    const tq_pool_options o = sharp(TQ_REML);

    (void)state;
    assert_non_null(strstr(find(&one, &o, TQ_CI_MU_PL).why, "two studies"));
    assert_near(find(&one, &o, TQ_CI_MU_BOOT_PARAM).ci_lb, NAN, 0.0);
    assert_non_null(strstr(find(&two, &o, TQ_CI_MU_BOOT_NONPARAM).why, "three studies"));
    assert_null(find(&two, &o, TQ_CI_MU_BARTLETT).why);
    assert_non_null(strstr(find(&alike, &o, TQ_CI_MU_SKOVGAARD).why, "tau2 is 0"));
    /* tau2 by two weights: each of their studies is needed. */
    const double two_weights[3] = {0.7, 0.4, 0.0};
    tq_pool_options weighted = sharp(TQ_GENQ);

    weighted.weights = two_weights;
    assert_non_null(
        strstr(find(&alike, &weighted, TQ_CI_MU_BOOT_NONPARAM).why, "without one of the studies"));
    const tq_mean_interval pl = find(&alike, &o, TQ_CI_MU_PL),
                           own = find(&alike, &o, TQ_CI_MU_WALD);

    assert_near(pl.tau2, 0.0, 0.0);
    assert_near(pl.mu, 0.5 * (own.ci_lb + own.ci_ub), 1e-12);
    assert_true(pl.ci_lb <= own.ci_lb + 1e-9); /* tau2 grows away from mu^ */
}

static void expect(const problem *p, size_t coefficients, const tq_pool_options *o,
                   const tq_mean_interval_options *how, tq_status status, const char *part)
{
    tq_mean_interval out;
    tq_error err = {.message = ""};

    assert_int_equal(try_find(p, coefficients, o, how, &out, &err), status);
    if (!strstr(err.message, part)) {
        fail_msg("'%s' does not contain '%s'", err.message, part);
    }
}

static int stop(void *user, double done)
{
    (void)user;
    (void)done;
    return 1;
}

static void what_cannot_be_done_is_refused(void **state)
{
    random_stream r = {89};
    const problem p = random_problem(&r, 7, 0.5);
    const tq_progress impatient = {stop, NULL};
    tq_mean_interval_options how = of_kind(TQ_CI_MU_PL);
    tq_pool_options o = sharp(TQ_REML);

    (void)state;
    expect(&p, 2, &o, &how, TQ_EINVAL, "without moderators");
    o.tau2 = 0.1;
    expect(&p, 1, &o, &how, TQ_EINVAL, "fixed tau2");
    o = sharp(TQ_REML);
    o.weights = p.w;
    expect(&p, 1, &o, &how, TQ_EINVAL, "user weights");
    o = sharp(TQ_EE);
    expect(&p, 1, &o, &how, TQ_EINVAL, "not method EE");
    o = sharp(TQ_HC);
    expect(&p, 1, &o, &how, TQ_EINVAL, "not method HC");
    o = sharp(TQ_REML);
    how.kind = TQ_CI_MU_COUNT;
    expect(&p, 1, &o, &how, TQ_EINVAL, "unknown interval");
    how.kind = TQ_CI_MU_PERMUTATION;
    expect(&p, 1, &o, &how, TQ_EINVAL, "by refits, not here");
    how = of_kind(TQ_CI_MU_BOOT_PARAM);
    how.iterations = 1;
    expect(&p, 1, &o, &how, TQ_EINVAL, "at least 2 samples");
    how.iterations = 4000;
    how.threads = 1;
    how.progress = &impatient;
    expect(&p, 1, &o, &how, TQ_EINTR, "");
    how.kind = TQ_CI_MU_BARTLETT;
    o = sharp(TQ_DL);
    o.ci_tau2 = TQ_CI_NONE;
    o.max_iter = 1;
    expect(&p, 1, &o, &how, TQ_ENOCONV, "");
}

static void every_kind_has_a_name(void **state)
{
    (void)state;
    for (tq_ci_mu kind = 0; kind <= TQ_CI_MU_COUNT; kind++) {
        const int none = !tq_ci_mu_name(kind) || !tq_ci_mu_label(kind) || !tq_ci_mu_source(kind);

        assert_int_equal(none, kind == TQ_CI_MU_COUNT);
    }
    assert_string_equal(tq_ci_mu_name(TQ_CI_MU_BOOT_NONPARAM), "boot-nonparam");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_variances_have_closed_forms),
        cmocka_unit_test(limits_lie_where_the_likelihood_has_fallen),
        cmocka_unit_test(intervals_move_and_stretch_with_the_effects),
        cmocka_unit_test(tests_agree_with_intervals),
        cmocka_unit_test(skovgaard_at_the_estimate_is_a_limit),
        cmocka_unit_test(the_parametric_bootstrap_draws_from_the_model),
        cmocka_unit_test(samples_side_by_side_are_as_one_by_one),
        cmocka_unit_test(the_non_parametric_bootstrap_is_BCa),
        cmocka_unit_test(threads_change_nothing_and_seeds_do),
        cmocka_unit_test(what_does_not_exist_is_said),
        cmocka_unit_test(what_cannot_be_done_is_refused),
        cmocka_unit_test(every_kind_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
