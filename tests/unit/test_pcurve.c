/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The p-curve: published results, uniformity, power that was put in. */
#include "support/near.h"

#include <math.h>

#include "bias/pcurve.h"
#include "core/distributions.h"

enum { K = 18, GRID = 999 };

/* Third-wave treatments: Harrer et al. (2021), Doing Meta-Analysis in R, chapter 9. */
static const double yi[K] = {0.7091362, 0.3548641, 1.7911700, 0.1824552, 0.4218509, 0.6300000,
                             0.7248838, 0.5286638, 0.2840000, 1.2750682, 0.1036082, 0.3883906,
                             0.5407398, 0.4261593, 0.5153969, 1.4797260, 0.6125782, 0.6000000};
static const double sei[K] = {0.2608202, 0.1963624, 0.3455692, 0.1177874, 0.1448128, 0.1960000,
                              0.2246641, 0.2104609, 0.1680000, 0.3371997, 0.1947275, 0.2307689,
                              0.2443133, 0.2579379, 0.3512737, 0.3152817, 0.2266834, 0.2490000};

static tq_pcurve *find(size_t k, const double *y, const double *v, double null_value)
{
    const tq_model m = {.k = k, .p = 1, .yi = y, .vi = v, .intercept = 1};
    tq_pcurve *out = NULL;

    assert_int_equal(tq_pcurve_find(&m, null_value, &out, NULL), TQ_OK);
    return out;
}

static void published_results(void **state)
{
    double y[K], v[K];
    size_t k = 0;

    (void)state;
    for (size_t i = 0; i < K; i++) {
        if (i != 2 && i != 15) { /* the outliers that the book leaves out */
            y[k] = yi[i];
            v[k++] = sei[i] * sei[i];
        }
    }
    tq_pcurve *c = find(k, y, v, 0.0);

    assert_int_equal(c->significant, 9);
    assert_int_equal(c->half, 8);
    assert_int_equal(c->greater, 9);
    assert_near(c->full_right.z, -3.797, 5e-4);
    assert_near(c->half_right.z, -2.743, 5e-4);
    assert_near(c->binomial_right, 0.020, 5e-4);
    assert_near(c->full_flat.z, 1.540, 5e-4);
    assert_near(c->binomial_flat, 0.952, 5e-4);
    assert_near(c->half_flat.z, 0.87809, 5e-6); /* written out in R, see validation/DEVIATIONS.md */
    assert_near(c->power, 0.66, 5e-3);
    assert_near(c->power_lb, 0.311, 5e-4);
    assert_near(c->power_ub, 0.878, 5e-4);
    assert_int_equal(c->verdict, TQ_PCURVE_EVIDENCE);
    tq_pcurve_free(c);
}

/* Studies at the quantiles of what a power makes of z, given significance: each test of that power has z =
   0, the power is found again, and the shares are those expected. */
static double quantile_of(double shift, double level, double q)
{
    const double critical = -tq_normal_quantile(level / 2.0);
    double lo = critical, hi = critical + 12.0;
    const double tail =
        0.5 * (erfc((critical - shift) / sqrt(2.0)) + erfc((critical + shift) / sqrt(2.0)));

    for (int i = 0; i < 200; i++) {
        const double mid = 0.5 * (lo + hi);
        const double above =
            0.5 * (erfc((mid - shift) / sqrt(2.0)) + erfc((mid + shift) / sqrt(2.0)));

        if (above / tail > 1.0 - q) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return 0.5 * (lo + hi);
}

static tq_pcurve *ideal(double shift, double level)
{
    static double y[GRID], v[GRID];

    for (size_t i = 0; i < GRID; i++) {
        y[i] = 0.418 + 0.2385 * quantile_of(shift, level, ((double)i + 0.5) / GRID);
        v[i] = 0.2385 * 0.2385;
    }
    return find(GRID, y, v, 0.418);
}

static void studies_of_a_known_power(void **state)
{
    const double third = 1.5275; /* about the shift of a power of 1/3 */
    tq_pcurve *none = ideal(0.0, 0.05), *low = ideal(third, 0.05), *high = ideal(2.8, 0.05);
    tq_pcurve *half = ideal(third, 0.025);

    (void)state;
    assert_near(none->full_right.z, 0.0, 0.01);
    assert_near(none->power, 0.05, 1e-3);
    assert_near(low->full_flat.z, 0.0, 0.1);
    assert_near(low->power, 1.0 / 3.0, 3e-3);
    assert_near(half->half_flat.z, 0.0, 0.1); /* uniform within the half curve too */
    assert_near(high->power, 0.5 * erfc((1.959964 - 2.8) / sqrt(2.0)), 3e-3);
    for (int b = 0; b < TQ_PCURVE_BINS; b++) {
        assert_near(none->observed[b], 20.0, 0.2);
        assert_near(low->observed[b], low->expected[b], 0.3);
        assert_near(high->observed[b], high->fitted[b], 0.3);
    }
    tq_pcurve_free(none);
    tq_pcurve_free(low);
    tq_pcurve_free(high);
    tq_pcurve_free(half);
}

static void no_significant_study_is_a_result(void **state)
{
    const double y[] = {0.11, -0.2, 0.3}, v[] = {0.04, 0.09, 0.05};
    tq_pcurve *c = find(3, y, v, 0.0);

    (void)state;
    assert_int_equal(c->significant, 0);
    assert_int_equal(c->verdict, TQ_PCURVE_NONE);
    assert_true(isnan(c->power) && isnan(c->full_right.z) && isnan(c->pp_flat[1]));
    tq_pcurve_free(c);
}

/* p that underflow, and p just below 0.05. */
static void extreme_p(void **state)
{
    const double y[] = {60.0, 1.96}, v[] = {1.0, 1.0};
    tq_pcurve *c = find(2, y, v, 0.0);

    (void)state;
    assert_int_equal(c->significant, 2);
    assert_true(isfinite(c->full_right.z) && isfinite(c->full_flat.z));
    assert_true(c->power >= 0.05 && c->power <= 0.99);
    tq_pcurve_free(c);
}

/* The tail of flatness keeps its digits where 1 - pp is below 2^-53: written out in R with upper tails. */
static void tiny_p_counts_in_full(void **state)
{
    const double y[] = {12.3, 2.417}, v[] = {1.0, 1.0};
    tq_pcurve *c = find(2, y, v, 0.0);

    (void)state;
    assert_near(c->full_flat.z, 7.435115493, 1e-8);
    tq_pcurve_free(c);
}

static void refusals_and_names(void **state)
{
    const double y[] = {0.5, 0.4}, bad[] = {0.04, 0.0}, X[] = {1, 1, 2, 3};
    const tq_model wrong = {.k = 2, .p = 1, .yi = y, .vi = bad, .intercept = 1};
    const tq_model mods = {.k = 2, .p = 2, .yi = y, .vi = y, .X = X, .intercept = 1};
    tq_pcurve *out = NULL;
    tq_error err;

    (void)state;
    assert_int_equal(tq_pcurve_find(&wrong, 0.0, &out, &err), TQ_EDATA);
    assert_int_equal(err.row, 1);
    assert_int_equal(tq_pcurve_find(&mods, 0.0, &out, &err), TQ_EINVAL);
    for (int v = 0; v < TQ_PCURVE_VERDICT_COUNT; v++) {
        assert_non_null(tq_pcurve_verdict_name((tq_pcurve_verdict)v));
        assert_non_null(tq_pcurve_verdict_text((tq_pcurve_verdict)v));
    }
    assert_null(tq_pcurve_verdict_name(TQ_PCURVE_VERDICT_COUNT));
    tq_pcurve_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_results),
        cmocka_unit_test(studies_of_a_known_power),
        cmocka_unit_test(no_significant_study_is_a_result),
        cmocka_unit_test(extreme_p),
        cmocka_unit_test(tiny_p_counts_in_full),
        cmocka_unit_test(refusals_and_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
