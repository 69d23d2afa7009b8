/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bivariate normal probabilities: closed forms, symmetries, limits; the quadrature behind them. */
#include "support/near.h"

#include <math.h>

#include <gsl/gsl_math.h>

#include "core/bivariate_normal.h"
#include "core/gauss_legendre.h"

static double normal(double x)
{
    return 0.5 * erfc(-x * M_SQRT1_2);
}

static const double correlations[] = {-1.0 + 1e-9, -0.9993, -0.93, -0.9249, -0.4, 0.0,
                                      0.17,        0.61,    0.924, 0.9251,  0.99, 1.0 - 1e-12};
enum { N_CORRELATIONS = sizeof correlations / sizeof *correlations };

static void points_are_those_of_degree_39(void **state)
{
    (void)state;
    for (int power = 0; power <= 38; power += 2) {
        double sum = 0.0;

        for (int i = 0; i < TQ_GAUSS_PAIRS; i++) {
            sum += 2.0 * tq_gauss_pairs[i].weight * gsl_pow_int(tq_gauss_pairs[i].x, power);
        }
        assert_near(sum, 2.0 / (power + 1.0), 4e-16);
    }
}

/* Sheppard (1899): P(X <= 0, Y <= 0) = 1/4 + asin(rho) / (2 pi). */
static void at_the_medians_it_is_an_arcsine(void **state)
{
    (void)state;
    for (int i = 0; i < N_CORRELATIONS; i++) {
        const double rho = correlations[i];

        assert_near(tq_bivariate_normal(0.0, 0.0, rho), 0.25 + asin(rho) / (2.0 * M_PI), 2e-16);
    }
}

static void quadrants_add_up(void **state)
{
    (void)state;
    for (int i = 0; i < N_CORRELATIONS; i++) {
        const double rho = correlations[i];

        for (double h = -4.1; h < 4.2; h += 0.63) {
            for (double k = -4.3; k < 4.2; k += 0.71) {
                const double p = tq_bivariate_normal(h, k, rho);

                assert_near(p, tq_bivariate_normal(k, h, rho), 1e-15);
                assert_near(p + tq_bivariate_normal(h, -k, -rho), normal(h), 2e-15);
                assert_near(1.0 - normal(h) - normal(k) + p, tq_bivariate_normal(-h, -k, rho),
                            2e-15);
            }
        }
    }
}

/* dP/drho is the density (Plackett 1954), also across the change of method at 0.925. */
static void rises_with_rho_as_the_density(void **state)
{
    (void)state;
    const double e = 1e-5;

    for (double rho = -0.97; rho < 0.98; rho += 0.0475) {
        const double slope =
            (tq_bivariate_normal(0.7, -0.3, rho + e) - tq_bivariate_normal(0.7, -0.3, rho - e)) /
            (2.0 * e);

        assert_near(slope, tq_bivariate_normal_density(0.7, -0.3, rho), 1e-7);
    }
}

static void ends_of_the_range(void **state)
{
    (void)state;
    assert_near(tq_bivariate_normal(0.4, -0.9, 1.0), normal(-0.9), 1e-16);
    assert_near(tq_bivariate_normal(0.4, -0.2, -1.0), normal(0.4) - normal(0.2), 1e-16);
    assert_near(tq_bivariate_normal(0.1, -0.2, -1.0), 0.0, 0.0);
    assert_near(tq_bivariate_normal(INFINITY, -0.2, 0.3), normal(-0.2), 1e-16);
    assert_near(tq_bivariate_normal(0.4, INFINITY, 0.3), normal(0.4), 1e-16);
    assert_near(tq_bivariate_normal(INFINITY, INFINITY, 0.3), 1.0, 0.0);
    assert_near(tq_bivariate_normal(-INFINITY, 2.0, 0.3), 0.0, 0.0);
    assert_near(tq_bivariate_normal(INFINITY, -INFINITY, 0.3), 0.0, 0.0);
    assert_true(isnan(tq_bivariate_normal(NAN, 0.0, 0.3)));
    assert_true(isnan(tq_bivariate_normal(0.0, NAN, 0.3)));
    assert_true(isnan(tq_bivariate_normal(0.0, 0.0, 1.1)));
    assert_true(isnan(tq_bivariate_normal(0.0, 0.0, NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_those_of_degree_39),
        cmocka_unit_test(at_the_medians_it_is_an_arcsine),
        cmocka_unit_test(quadrants_add_up),
        cmocka_unit_test(rises_with_rho_as_the_density),
        cmocka_unit_test(ends_of_the_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
