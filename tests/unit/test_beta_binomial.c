/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Beta-binomial models. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "counts/beta_binomial.h"

/* Survivors of litters, control and treated: Weil (1970), Food Cosmet. Toxicol. 8:177-182. */
static const tq_count_study litters[] = {
    {13, 13, 12, 12}, {12, 12, 11, 11}, {9, 9, 10, 10},  {9, 9, 9, 9},
    {8, 8, 10, 11},   {8, 8, 9, 10},    {12, 13, 9, 10}, {11, 12, 8, 9},
    {9, 10, 8, 9},    {9, 10, 4, 5},    {8, 9, 7, 9},    {11, 13, 4, 7},
    {4, 5, 5, 10},    {5, 7, 3, 6},     {7, 10, 3, 10},  {7, 10, 0, 7}};
enum { LITTERS = sizeof litters / sizeof *litters };

static tq_beta_binomial_problem problem(const tq_count_study *s, size_t k)
{
    return (tq_beta_binomial_problem){
        .k = k, .study = s, .groups = 2, .separate = 0, .tol = 1e-10, .max_iter = 500};
}

static tq_beta_binomial_fit fitted(const tq_beta_binomial_problem *p)
{
    tq_beta_binomial_fit fit = {0};
    tq_error err;

    if (tq_beta_binomial_maximise(p, &fit, &err) != TQ_OK) {
        fail_msg("%s", err.message);
    }
    return fit;
}

/* Probabilities sum to 1; mean n p; variance n p (1 - p) (1 + (n - 1) rho). */
static void the_distribution_has_its_moments(void **state)
{
    static const double rhos[] = {0.0, 1e-9, 1e-4, 0.07, 0.6};

    (void)state;
    for (size_t r = 0; r < 5; r++) {
        const double n = 37.0, p = 0.231, rho = rhos[r];
        double sum[3] = {0.0, 0.0, 0.0};

        for (double x = 0.0; x <= n; x++) {
            const double P = exp(tq_beta_binomial_log(x, n, p, rho));

            sum[0] += P;
            sum[1] += x * P;
            sum[2] += x * x * P;
        }
        assert_near(sum[0], 1.0, 1e-9);
        assert_near(sum[1], n * p, 1e-8);
        assert_near(sum[2] - sum[1] * sum[1], n * p * (1.0 - p) * (1.0 + (n - 1.0) * rho), 1e-6);
    }
}

/* The product of its factors in long double: people one after the other, as from an urn (Polya). */
static double by_factors(double x, double n, double p, double rho)
{
    const long double g = (long double)rho / (1.0L - (long double)rho);
    long double ll = 0.0L;

    for (double j = 0.0; j < n; j++) {
        const long double jl = (long double)j, yes = jl, no = jl - (long double)x;

        ll += j < x ? logl(((long double)p + yes * g) / (yes + 1.0L))
                    : logl((1.0L - (long double)p + no * g) / (no + 1.0L));
        ll += logl((jl + 1.0L) / (1.0L + jl * g));
    }
    return (double)ll;
}

/* Trials of tens of thousands: what gammas of their sizes lose is more than the search can bear. */
static void large_counts_keep_their_digits(void **state)
{
    static const double counts[][2] = {
        {186.0, 50634.0}, {29.0, 17854.0}, {0.0, 21703.0}, {31007.0, 60211.0}, {9.0, 9.0}};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const double x = counts[i][0], n = counts[i][1];

        for (double rho = 1e-12; rho < 1.0; rho *= 17.3) {
            for (double p = 0.0017; p < 1.0; p += 0.291) {
                const double ll = by_factors(x, n, p, rho);

                assert_near(tq_beta_binomial_log(x, n, p, rho), ll, 1e-13 * (fabs(ll) + 10.0));
            }
        }
    }
}

static double ll_at(const tq_count_study *s, size_t k, const double logit[2], const double rho[2])
{
    double ll = 0.0;

    for (size_t i = 0; i < k; i++) {
        ll += tq_beta_binomial_log(s[i].x1, s[i].n1, 1.0 / (1.0 + exp(-logit[0])), rho[0]) +
              tq_beta_binomial_log(s[i].x2, s[i].n2, 1.0 / (1.0 + exp(-logit[1])), rho[1]);
    }
    return ll;
}

static void the_estimates_maximise_the_likelihood(void **state)
{
    (void)state;
    for (int separate = 0; separate < 2; separate++) {
        tq_beta_binomial_problem p = problem(litters, LITTERS);

        p.separate = separate;
        const tq_beta_binomial_fit fit = fitted(&p);

        assert_near(ll_at(litters, LITTERS, fit.logit, fit.rho), fit.ll, 1e-10);
        assert_int_equal(fit.parameters, separate ? 4 : 3);
        assert_int_equal(separate, fit.rho[0] != fit.rho[1]);
        for (int m = 0; m < 8; m++) { /* every parameter a little up and down */
            double logit[2] = {fit.logit[0], fit.logit[1]}, rho[2] = {fit.rho[0], fit.rho[1]};
            const double d = m % 2 ? 1e-3 : -1e-3;

            if (m < 4) {
                logit[m / 2] += d;
            } else {
                rho[0] += m < 6 || !separate ? d : 0.0;
                rho[1] += m >= 6 || !separate ? d : 0.0;
            }
            assert_true(ll_at(litters, LITTERS, logit, rho) < fit.ll);
        }
    }
}

/* With a correlation for each group the groups are fitted apart. */
/* Comstock & Palmer (1966), Comstock et al. (1976), of the BCG trials: 113,000 people, 383 cases. */
static void the_largest_trials_have_a_maximum(void **state)
{
    static const tq_count_study bcg[] = {{186, 50634, 141, 27338}, {27, 16913, 29, 17854}};

    (void)state;
    for (int separate = 0; separate < 2; separate++) {
        tq_beta_binomial_problem p = problem(bcg, 2);

        p.separate = separate;
        const tq_beta_binomial_fit fit = fitted(&p);

        assert_true(fit.ll > fit.ll_binomial + 1.0);
        for (int j = 0; j < 2; j++) {
            for (int m = -1; m < 2; m += 2) {
                double logit[2] = {fit.logit[0], fit.logit[1]}, rho[2] = {fit.rho[0], fit.rho[1]};

                logit[j] += m * 0.002;
                assert_true(ll_at(bcg, 2, logit, rho) < fit.ll);
                logit[j] = fit.logit[j];
                for (int l = 0; l < 2; l++) {
                    rho[l] *= separate && l != j ? 1.0 : 1.0 + m * 0.003;
                }
                assert_true(ll_at(bcg, 2, logit, rho) < fit.ll);
            }
        }
    }
}

static void separate_correlations_are_two_single_groups(void **state)
{
    tq_count_study other[LITTERS];

    (void)state;
    for (size_t i = 0; i < LITTERS; i++) {
        other[i] = (tq_count_study){litters[i].x2, litters[i].n2, NAN, NAN};
    }
    tq_beta_binomial_problem both = problem(litters, LITTERS), one = both, two = both;

    both.separate = 1;
    one.groups = two.groups = 1;
    two.study = other;
    const tq_beta_binomial_fit b = fitted(&both), f = fitted(&one), s = fitted(&two);

    assert_near(b.logit[0], f.logit[0], 1e-7);
    assert_near(b.logit[1], s.logit[0], 1e-7);
    assert_near(b.rho[0], f.rho[0], 1e-7);
    assert_near(b.rho[1], s.rho[0], 1e-7);
    assert_near(b.cov[0], f.cov[0], 1e-6);
    assert_near(b.cov[2], s.cov[0], 1e-6);
    assert_near(b.cov[1], 0.0, 1e-8);
    assert_near(b.ll, f.ll + s.ll, 1e-9);
    assert_true(isnan(f.logit[1]) && isnan(f.rho[1]) && isnan(f.cov[2]));
}

static void exchanging_the_groups_exchanges_the_estimates(void **state)
{
    tq_count_study turned[LITTERS];

    (void)state;
    for (size_t i = 0; i < LITTERS; i++) {
        turned[i] = (tq_count_study){litters[i].x2, litters[i].n2, litters[i].x1, litters[i].n1};
    }
    const tq_beta_binomial_problem p = problem(litters, LITTERS), q = problem(turned, LITTERS);
    const tq_beta_binomial_fit a = fitted(&p), b = fitted(&q);

    assert_near(a.logit[0], b.logit[1], 1e-7);
    assert_near(a.rho[0], b.rho[0], 1e-7);
    assert_near(a.cov[1], b.cov[1], 1e-7);
}

/* No more spread than chance allows: the groups' totals, Var(logit) = 1 / events + 1 / others. */
static void without_spread_the_totals_decide(void **state)
{
    const tq_count_study alike[] = {{5, 50, 11, 55}, {7, 70, 13, 65}, {3, 30, 8, 40}, {0, 2, 0, 1}};
    const tq_beta_binomial_problem p = problem(alike, 4);
    const tq_beta_binomial_fit fit = fitted(&p);

    (void)state;
    assert_near(fit.rho[0], 0.0, 0.0);
    assert_near(fit.logit[0], log(15.0 / 137.0), 1e-9);
    assert_near(fit.logit[1], log(32.0 / 129.0), 1e-9);
    assert_near(fit.cov[0], 1.0 / 15.0 + 1.0 / 137.0, 1e-7);
    assert_near(fit.cov[2], 1.0 / 32.0 + 1.0 / 129.0, 1e-7);
    assert_near(fit.cov[1], 0.0, 1e-9);
    assert_near(fit.ll, fit.ll_binomial, 1e-12);
}

static void one_study_is_binomial(void **state)
{
    const tq_count_study one = {3, 20, 9, 25};
    const tq_beta_binomial_problem p = problem(&one, 1);
    const tq_beta_binomial_fit fit = fitted(&p);

    (void)state;
    assert_near(fit.logit[0] - fit.logit[1], log(3.0 / 17.0 / (9.0 / 16.0)), 1e-9);
    assert_near(fit.rho[0], 0.0, 0.0);
}

static void failures_say_what_is_wrong(void **state)
{
    const tq_count_study none[] = {{0, 20, 3, 25}, {0, 31, 1, 30}};
    const tq_count_study full[] = {{1, 20, 25, 25}, {2, 31, 30, 30}};
    tq_beta_binomial_problem p = problem(none, 2);
    tq_beta_binomial_fit fit;
    tq_error err;

    (void)state;
    assert_int_equal(tq_beta_binomial_maximise(&p, &fit, &err), TQ_EDATA);
    assert_string_equal(err.message, "group 1 has no events in any study: its risk has no logit");
    p.study = full;
    assert_int_equal(tq_beta_binomial_maximise(&p, &fit, &err), TQ_EDATA);
    assert_non_null(strstr(err.message, "group 2 has nothing but events"));
    p = problem(litters, LITTERS);
    p.max_iter = 1;
    assert_int_equal(tq_beta_binomial_maximise(&p, &fit, &err), TQ_ENOCONV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_distribution_has_its_moments),
        cmocka_unit_test(large_counts_keep_their_digits),
        cmocka_unit_test(the_estimates_maximise_the_likelihood),
        cmocka_unit_test(the_largest_trials_have_a_maximum),
        cmocka_unit_test(separate_correlations_are_two_single_groups),
        cmocka_unit_test(exchanging_the_groups_exchanges_the_estimates),
        cmocka_unit_test(without_spread_the_totals_decide),
        cmocka_unit_test(one_study_is_binomial),
        cmocka_unit_test(failures_say_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
