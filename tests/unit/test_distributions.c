/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tails and quantiles against R 4.2.2 (pnorm, pt, qt, pchisq, qchisq, pf), and against each other. */
#include "support/near.h"

#include <math.h>

#include "core/distributions.h"

typedef struct {
    double x, df, want;
} row;

#define ROWS(a) (sizeof(a) / sizeof *(a))

static void two_sided_p_keeps_its_tail(void **state)
{
    static const row rows[] = {
        {0.3, NAN, 0.76417715562209465},       {-1.959963984540054, NAN, 0.050000000000000024},
        {5.2, NAN, 1.992885263386694e-07},     {12.7, NAN, 5.9129707297041001e-37},
        {-37.1, NAN, 2.8094239326212443e-301}, {0.71, 1.0, 0.6069472017347104},
        {-2.5, 3.7, 0.071822022911826752},     {4.4, 0.4, 0.36625916578574602},
        {19.3, 12.0, 2.113391247535085e-10},   {-1000.0, 9.0, 5.0916066078969557e-24},
        {3.1, 1e6, 0.0019352601513240779},     {61.0, 250.0, 3.9496204381431803e-152},
        {1e20, 13.0, 3.7779528840359483e-254},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        assert_relative(tq_two_sided_p(rows[i].x, rows[i].df), rows[i].want, 1e-11);
    }
    assert_near(tq_two_sided_p(0.0, NAN), 1.0, 0.0);
    assert_near(tq_two_sided_p(0.0, 7.3), 1.0, 1e-15);
    assert_near(tq_two_sided_p(NAN, 4.0), NAN, 0.0);
}

/* Against mpmath 1.2, 30 digits. */
static void log10_p_goes_on_below_the_range(void **state)
{
    static const row rows[] = {
        {1.3, NAN, -0.713092472933308914},  {-50.0, NAN, -544.665305866332674},
        {2.1, 9.0, -1.18629706310598762},   {1e100, 7.0, -697.578224798674605},
        {-1e8, 41.5, -299.335201958910385}, {60.0, 3000.0, -515.339177746504466},
        {45.0, 1e5, -437.077306699738169},  {1e40, 9.0, -356.293129168694923},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        assert_relative(tq_two_sided_log10_p(rows[i].x, rows[i].df), rows[i].want, 1e-12);
    }
    /* Both ways meet. */
    for (double x = 30.0; x < 40.0; x += 0.37) {
        const double p = tq_two_sided_p(x, NAN);

        if (p > 1e-300) {
            assert_relative(tq_two_sided_log10_p(x, NAN), log10(p), 1e-12);
        }
    }
    assert_near(tq_two_sided_log10_p(NAN, 4.0), NAN, 0.0);
    assert_near(tq_two_sided_log10_p(0.0, 7.3), 0.0, 1e-15);
    assert_true(tq_two_sided_log10_p(2.7e161, NAN) == -(double)INFINITY);
    assert_relative(tq_two_sided_log10_p(-2.7e153, NAN), -1.5830033865373527e306, 1e-14);
    assert_relative(tq_two_sided_log10_p(1.0001e4, NAN),
                    tq_two_sided_log10_p(0.99999e4, NAN) * 1.0001 * 1.0001 / (0.99999 * 0.99999),
                    1e-7);
}

static void critical_values_match(void **state)
{
    static const row rows[] = {
        {95, NAN, 1.9599639845400538},        {99.9, NAN, 3.2905267314919104},
        {99.999999, NAN, 5.7307288686645093}, {50, NAN, 0.67448975019608171},
        {1, NAN, 0.012533469508069278},       {95, 1, 12.706204736174707},
        {95, 2, 4.3026527297494637},          {95, 0.5, 164.55767348049446},
        {90, 12, 1.7822875556493198},         {99.9, 3.3, 11.1066951899333},
        {95, 1e5, 1.959987707534609},         {80, 37.25, 1.3046951383785794},
        {99.999, 1, 63661.977231218181},      {50, 6, 0.7175581964914125},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        assert_relative(tq_critical_value(rows[i].x, rows[i].df), rows[i].want, 1e-12);
    }
}

/* A million studies have a million degrees of freedom, where GSL's inverse is no use. */
static void chisq_quantiles_hold_with_many_degrees_of_freedom(void **state)
{
    static const struct {
        double p, df, want; /* R 4.2.2: qchisq() */
    } rows[] = {
        {0.025, 1e4, 9724.7183773897978}, {0.975, 1e4, 10279.070179887591},
        {0.025, 1e5, 99125.373300647349}, {0.975, 1e5, 100878.41530566558},
        {0.025, 1e6, 997230.08714329009}, {0.975, 1e6, 1002773.701467926},
        {0.5, 1e6, 999999.3333333334123}, {1e-9, 1e6, 991541.122093849},
        {0.025, 1e8, 99972283.817867517}, {0.975, 1e8, 100027719.97074424},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        assert_relative(tq_chisq_quantile(rows[i].p, rows[i].df), rows[i].want, 1e-12);
    }
    for (double df = 9990.0; df < 10015.0; df += 5.0) { /* across the change of methods */
        for (double p = 1e-12; p < 1.0; p = p < 0.5 ? p * 40.0 : p + 0.11) {
            const double x = tq_chisq_quantile(p, df);

            assert_relative(1.0 - tq_chisq_upper(x, df), p, p < 1e-3 ? 1e-3 : 1e-9);
        }
    }
}

static void normal_quantiles_reach_both_tails(void **state)
{
    static const row rows[] = {
        {1e-300, 0, -37.047096299361201},
        {1e-20, 0, -9.2623400897984052},
        {0.0013, 0, -3.0114537584997847},
        {0.2, 0, -0.84162123357291418},
        {0.5, 0, 0.0},
        {0.77, 0, 0.73884684918521371},
        {0.999999, 0, 4.7534243088170891},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        assert_relative(tq_normal_quantile(rows[i].x), rows[i].want, 1e-13);
    }
}

static void t_quantiles_reach_both_tails(void **state)
{
    static const row rows[] = {
        {1e-20, 5, -15683.92545436577},  {1e-6, 2.5, -220.17342917823751},
        {0.03, 11, -2.0961388390663367}, {0.5, 4, 0.0},
        {0.81, 0.7, 1.9100947002592363}, {0.9995, 44, 3.5258013064872133},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        assert_near(tq_t_quantile(rows[i].x, rows[i].df), rows[i].want, 1e-12);
    }
}

static void chi_square_tails_and_quantiles_match(void **state)
{
    static const row tails[] = {
        {152.23300808237326, 12, 1.9967645908460005e-26},
        {0.3, 1, 0.58388242077036523},
        {1e-10, 3, 0.99999999999999978},
        {1400, 1, 2.1010145162641344e-306},
        {900, 250, 3.3686951855209866e-74},
        {7.7, 0.5, 0.0018359888524363285},
        {1200, 40, 1.3710104166399115e-225},
        {5e4, 49000, 0.00074909626919508776},
    };
    static const row quantiles[] = {
        {0.025, 1, 0.00098206911717525617}, {0.975, 1, 5.0238861873148846},
        {0.5, 1, 0.45493642311957283},      {0.025, 12, 4.4037885069817015},
        {0.975, 12, 23.336664158645334},    {0.5, 159, 158.3338325508727},
        {1e-8, 3, 1.122333097305001e-05},   {1.0 - 1e-8, 3, 40.129999007394098},
        {0.95, 0.3, 1.6511748729089388},    {0.0005, 999, 858.43508462834575},
        {0.5, 2, 1.3862943611198906},       {1e-12, 1, 1.5707963267948977e-24},
        {0.025, 1e4, 9724.7183773897978},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(tails); i++) {
        assert_relative(tq_chisq_upper(tails[i].x, tails[i].df), tails[i].want, 1e-11);
    }
    for (size_t i = 0; i < ROWS(quantiles); i++) {
        assert_relative(tq_chisq_quantile(quantiles[i].x, quantiles[i].df), quantiles[i].want,
                        1e-12);
    }
    assert_near(tq_chisq_upper(3.3, 0.0), 1.0, 0.0);
}

static void f_tails_match(void **state)
{
    static const double rows[][4] = {
        {3.3, 2, 17, 0.061526726102830873},   {120, 1, 4.5, 0.00020535519466207308},
        {1e-3, 5, 6, 0.99999984264653263},    {44, 3, 900, 1.5466141305225438e-26},
        {2.2, 7.5, 3.25, 0.2650987408226898}, {1e6, 2, 11, 1.1802707784535569e-29},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        assert_relative(tq_f_upper(rows[i][0], rows[i][1], rows[i][2]), rows[i][3], 1e-11);
    }
}

/* Quantile and distribution are inverses over a grid of degrees of freedom and probabilities. */
static void quantiles_invert_the_distributions(void **state)
{
    static const double dfs[] = {0.2, 0.5, 1.0, 2.0, 3.7, 10.0, 12.5, 61.0, 250.0, 4321.0};

    (void)state;
    for (size_t i = 0; i < ROWS(dfs); i++) {
        for (double tail = 1e-9; tail < 0.5; tail *= 3.1) {
            const double t = tq_critical_value(100.0 - 200.0 * tail, dfs[i]);
            const double upper = tq_chisq_quantile(1.0 - tail, dfs[i]);
            const double lower = tq_chisq_quantile(tail, dfs[i]);

            /* 100 - 200 tail is rounded, which moves tail by about 1e-16 */
            assert_relative(tq_two_sided_p(t, dfs[i]), 2.0 * tail, 1e-11 + 3e-16 / tail);
            assert_relative(tq_chisq_upper(upper, dfs[i]), tail, 1e-11 + 3e-16 / tail);
            assert_near(tq_chisq_upper(lower, dfs[i]), 1.0 - tail, 1e-12);
            assert_true(lower >= 0.0 && lower < upper);
            assert_relative(tq_t_quantile(tail, dfs[i]), -t, 1e-10 + 1e-15 / tail);
        }
    }
}

static void exact_values_for_two_degrees_of_freedom(void **state)
{
    (void)state;
    for (double x = 0.017; x < 1300.0; x *= 2.3) {
        assert_relative(tq_chisq_upper(x, 2.0), exp(-0.5 * x), 1e-13);
        assert_relative(tq_two_sided_p(x, 2.0), 2.0 / (x * x + 2.0 + x * sqrt(x * x + 2.0)), 1e-13);
        assert_relative(tq_f_upper(x, 2.0, 8.0), pow(1.0 + x / 4.0, -4.0), 1e-13);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sided_p_keeps_its_tail),
        cmocka_unit_test(log10_p_goes_on_below_the_range),
        cmocka_unit_test(critical_values_match),
        cmocka_unit_test(chisq_quantiles_hold_with_many_degrees_of_freedom),
        cmocka_unit_test(normal_quantiles_reach_both_tails),
        cmocka_unit_test(t_quantiles_reach_both_tails),
        cmocka_unit_test(chi_square_tails_and_quantiles_match),
        cmocka_unit_test(f_tails_match),
        cmocka_unit_test(quantiles_invert_the_distributions),
        cmocka_unit_test(exact_values_for_two_degrees_of_freedom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
