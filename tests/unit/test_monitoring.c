/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boundaries against published tables, brute force, simulation, and what must hold of them. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "sequential/monitoring.h"
#include "support/random.h"

enum { MOST = 64 };

static void equally_spaced(size_t n, double *t)
{
    for (size_t j = 0; j < n; j++) {
        t[j] = (double)(j + 1) / (double)n;
    }
}

typedef struct {
    tq_spending_kind kind;
    int sides;
    double alpha;
    size_t n;
    double z[5];
} printed_boundaries;

/* Boundaries of n equally spaced looks as another program prints them. */
static void are_printed(const printed_boundaries *rows, size_t count, double tolerance)
{
    double t[5];
    tq_monitoring_look look[5];

    for (size_t r = 0; r < count; r++) {
        tq_monitoring_options opt = tq_monitoring_defaults();

        opt.spending = rows[r].kind;
        opt.sides = rows[r].sides;
        opt.alpha = rows[r].alpha;
        equally_spaced(rows[r].n, t);
        assert_int_equal(tq_monitoring(rows[r].n, t, &opt, look, NULL), TQ_OK);
        for (size_t j = 0; j < rows[r].n; j++) {
            assert_true(fabs(look[j].critical - rows[r].z[j]) < tolerance);
        }
    }
}

/* Reboussin, DeMets, Kim & Lan (2000), Control. Clin. Trials 21:190-207, and its program:
   two-sided alpha 0.05. The program's own grid leaves up to 1.2e-4 in three of them (its 3.3569 is
   3.35701, by brute force below); the others stand in validation/published to the last digit. */
static void lan_demets_values(void **state)
{
    static const printed_boundaries rows[] = {
        {TQ_SPEND_OBF, 2, 0.05, 5, {4.8769, 3.3569, 2.6803, 2.2898, 2.0310}},
        {TQ_SPEND_POCOCK, 2, 0.05, 5, {2.4380, 2.4268, 2.4101, 2.3966, 2.3859}},
        {TQ_SPEND_OBF, 2, 0.05, 4, {4.3326, 2.9631, 2.3590, 2.0141}},
        {TQ_SPEND_OBF, 2, 0.05, 3, {3.7103, 2.5114, 1.9930}},
        {TQ_SPEND_OBF, 2, 0.05, 2, {2.9626, 1.9686}},
    };

    (void)state;
    are_printed(rows, sizeof rows / sizeof *rows, 1.3e-4);
}

/* gsDesign, test.type = 1, sfLDOF and sfLDPocock, to six decimals. */
static void gsdesign_values(void **state)
{
    static const printed_boundaries rows[] = {
        {TQ_SPEND_OBF, 1, 0.025, 3, {3.710303, 2.511427, 1.993048}},
        {TQ_SPEND_OBF, 1, 0.025, 4, {4.332634, 2.963131, 2.359044, 2.014090}},
        {TQ_SPEND_OBF, 1, 0.05, 3, {3.200102, 2.140815, 1.694812}},
        {TQ_SPEND_POCOCK, 1, 0.025, 3, {2.279428, 2.294910, 2.295939}},
        {TQ_SPEND_POCOCK, 1, 0.025, 5, {2.437977, 2.426814, 2.410194, 2.396649, 2.386000}},
    };

    (void)state;
    are_printed(rows, sizeof rows / sizeof *rows, 1.5e-6);
}

/* P(Z >= z) at t, from the density of S at the last look, which stands at n points with weights. */
static double upper_tail(size_t n, const double *s, const double *mass, double step, double t,
                         double z)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        sum += mass[i] * 0.5 * erfc((z * sqrt(t) - s[i]) / sqrt(2.0 * step));
    }
    return sum;
}

/* What a boundary spends at each of five looks, by Simpson's rule on a fixed grid from boundary to
   boundary, independent of the recursion; and the values of the printed table that are off by one in
   their last digit would spend more than they may. */
static void boundaries_by_brute_force(void **state)
{
    enum { LOOKS = 5, N = 1201 };
    static const struct {
        tq_spending_kind kind;
        double printed[LOOKS]; /* NaN: agrees */
    } rows[] = {{TQ_SPEND_OBF, {NAN, 3.3569, NAN, NAN, NAN}},
                {TQ_SPEND_POCOCK, {NAN, NAN, 2.4101, NAN, 2.3859}}};
    double t[LOOKS], s[N] = {0.0}, mass[N] = {1.0}, next_s[N], next[N];
    tq_monitoring_look look[LOOKS];

    (void)state;
    equally_spaced(LOOKS, t);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        tq_monitoring_options opt = tq_monitoring_defaults();
        size_t n = 1;
        double spent = 0.0;

        s[0] = 0.0;
        mass[0] = 1.0;
        opt.spending = rows[r].kind;
        assert_int_equal(tq_monitoring(LOOKS, t, &opt, look, NULL), TQ_OK);
        for (size_t j = 0; j < LOOKS; j++) {
            const double z = look[j].critical, edge = z * sqrt(t[j]), h = 2.0 * edge / (N - 1);
            const double may = tq_spending_value(rows[r].kind, NAN, 0.025, t[j]) - spent;

            assert_relative(upper_tail(n, s, mass, 0.2, t[j], z), may, 1e-8);
            if (!isnan(rows[r].printed[j])) {
                assert_true(fabs(rows[r].printed[j] - z) > 5e-5);
                assert_true(upper_tail(n, s, mass, 0.2, t[j], rows[r].printed[j] + 5e-5) > may);
            }
            spent += may;
            for (size_t i = 0; i < N; i++) {
                const double weight = i == 0 || i == N - 1 ? 1.0 : i % 2 ? 4.0 : 2.0;
                double sum = 0.0;

                next_s[i] = -edge + h * (double)i;
                for (size_t a = 0; a < n; a++) {
                    const double d = next_s[i] - s[a];

                    sum += mass[a] * exp(-d * d / 0.4);
                }
                next[i] = weight * h / 3.0 * sum / sqrt(0.4 * M_PI);
            }
            n = N;
            memcpy(s, next_s, sizeof s);
            memcpy(mass, next, sizeof mass);
        }
    }
    /* two looks with 30 digits of mpmath */
    assert_int_equal(tq_monitoring(LOOKS, t, NULL, look, NULL), TQ_OK);
    assert_near(look[0].critical, 4.876884948790761, 1e-9);
    assert_near(look[1].critical, 3.357011921574643, 1e-9);
}

/* Jennison & Turnbull (2000), tables 2.1 and 2.3: constants of classical boundaries of K looks. */
static void classical_constants(void **state)
{
    static const struct {
        double alpha;
        size_t n;
        double pocock, obf;
    } rows[] = {
        {0.05, 2, 2.178, 1.977}, {0.05, 3, 2.289, 2.004},  {0.05, 4, 2.361, 2.024},
        {0.05, 5, 2.413, 2.040}, {0.05, 10, 2.555, 2.087}, {0.01, 2, 2.772, 2.580},
        {0.01, 5, 2.986, 2.621},
    };
    double t[10], lower[10], upper[10], below[10], above[10];

    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        for (int obf = 0; obf < 2; obf++) {
            double sum = 0.0;

            equally_spaced(rows[r].n, t);
            for (size_t j = 0; j < rows[r].n; j++) {
                upper[j] = obf ? rows[r].obf / sqrt(t[j]) : rows[r].pocock;
                lower[j] = -upper[j];
            }
            assert_int_equal(tq_stopping(rows[r].n, t, lower, upper, 0.0, below, above, NULL),
                             TQ_OK);
            for (size_t j = 0; j < rows[r].n; j++) {
                assert_near(below[j], above[j], 1e-10);
                sum += below[j] + above[j];
            }
            /* half a unit of the third decimal of the constant is worth 0.4% of alpha or less */
            assert_true(fabs(sum / rows[r].alpha - 1.0) < 0.004);
        }
    }
}

/* gsDesign's default: Hwang-Shih-DeCani, -4, one-sided 0.025, three looks. */
static void gamma_family(void **state)
{
    double t[3];
    tq_monitoring_options opt = tq_monitoring_defaults();
    tq_monitoring_look look[3];

    (void)state;
    opt.alpha = 0.025;
    opt.sides = 1;
    opt.spending = TQ_SPEND_HSD;
    equally_spaced(3, t);
    assert_int_equal(tq_monitoring(3, t, &opt, look, NULL), TQ_OK);
    assert_true(fabs(look[0].critical - 3.01) < 0.005);
    assert_true(fabs(look[1].critical - 2.55) < 0.005);
    assert_true(fabs(look[2].critical - 2.00) < 0.005);
}

static void one_look_is_the_single_test(void **state)
{
    static const double at[] = {1.0, 1.377};
    tq_monitoring_look look;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(tq_monitoring(1, &at[i], NULL, &look, NULL), TQ_OK);
        assert_near(look.critical, 1.9599639845400545, 1e-10);
        assert_near(look.futility, look.critical, 0.0);
        assert_near(look.alpha_spent, 0.05, 1e-12);
    }
    assert_true(look.power > 0.9);
}

/* Alpha spent is what was allowed, and what the boundaries have by themselves. */
static void all_alpha_is_spent(void **state)
{
    static const double t[7] = {0.153, 0.19, 0.241, 0.55, 0.613, 0.97, 1.21};
    double lower[7], upper[7], below[7], above[7];

    (void)state;
    for (int sides = 1; sides <= 2; sides++) {
        for (tq_spending_kind kind = 0; kind < TQ_SPEND_NONE; kind++) {
            tq_monitoring_options opt = tq_monitoring_defaults();
            tq_monitoring_look look[7];
            double sum = 0.0;

            opt.alpha = 0.037;
            opt.sides = sides;
            opt.spending = kind;
            opt.futility = TQ_SPEND_NONE;
            assert_int_equal(tq_monitoring(7, t, &opt, look, NULL), TQ_OK);
            for (size_t j = 0; j < 7; j++) {
                const double may =
                    tq_spending_value(kind, tq_spending_default(kind), opt.alpha / sides, t[j]);

                assert_true(look[j].tested && isnan(look[j].futility));
                assert_near(look[j].alpha_spent, sides * may, 1e-9);
                upper[j] = look[j].critical;
                lower[j] = sides == 2 ? -upper[j] : -INFINITY;
            }
            assert_int_equal(tq_stopping(7, t, lower, upper, 0.0, below, above, NULL), TQ_OK);
            for (size_t j = 0; j < 7; j++) {
                sum += above[j] + below[j];
            }
            assert_near(sum, opt.alpha, 1e-9);
            assert_int_equal(
                tq_stopping(7, t, lower, upper, tq_monitoring_drift(&opt), below, above, NULL),
                TQ_OK);
            sum = 0.0;
            for (size_t j = 0; j < 7; j++) {
                sum += above[j];
            }
            assert_near(look[6].power, sum, 1e-9);
        }
    }
}

/* One-sided futility spends beta as allowed, given that the upper boundary does not know of it. */
static void futility_spends_beta(void **state)
{
    static const double t[5] = {0.22, 0.41, 0.58, 0.83, 0.94};
    tq_monitoring_options opt = tq_monitoring_defaults();
    tq_monitoring_look with[5], without[5];
    double lower[5], upper[5], below[5], above[5], sum = 0.0;

    (void)state;
    opt.sides = 1;
    opt.futility = TQ_SPEND_POCOCK;
    assert_int_equal(tq_monitoring(5, t, &opt, with, NULL), TQ_OK);
    opt.futility = TQ_SPEND_NONE;
    assert_int_equal(tq_monitoring(5, t, &opt, without, NULL), TQ_OK);
    for (size_t j = 0; j < 5; j++) {
        assert_near(with[j].critical, without[j].critical, 0.0);
        assert_true(with[j].futility < with[j].critical);
        lower[j] = with[j].futility;
        upper[j] = with[j].critical;
    }
    assert_int_equal(tq_stopping(5, t, lower, upper, tq_monitoring_drift(&opt), below, above, NULL),
                     TQ_OK);
    for (size_t j = 0; j < 5; j++) {
        sum += below[j];
        assert_near(sum, with[j].beta_spent, 1e-9);
        assert_near(sum, tq_spending_value(TQ_SPEND_POCOCK, NAN, 0.1, t[j]), 1e-9);
    }
}

/* The wedge opens late, widens, and meets the boundary where the information is complete. */
static void the_wedge_opens_and_closes(void **state)
{
    double t[10];
    tq_monitoring_look look[10];

    (void)state;
    equally_spaced(10, t);
    assert_int_equal(tq_monitoring(10, t, NULL, look, NULL), TQ_OK);
    assert_true(isnan(look[0].futility) && isnan(look[3].futility));
    for (size_t j = 5; j < 10; j++) {
        assert_true(look[j].futility > 0.0);
        assert_true(isnan(look[j - 1].futility) || look[j].futility > look[j - 1].futility);
        assert_true(look[j].beta_spent <= tq_spending_value(TQ_SPEND_OBF, NAN, 0.1, t[j]) + 1e-9 ||
                    j == 9);
    }
    assert_near(look[9].futility, look[9].critical, 0.0);
    assert_near(look[9].power + look[9].beta_spent, 1.0, 1e-3); /* but for the wrong direction */
}

/* Brownian motion at seven looks: the share that crosses is alpha, and under drift the power. */
static void simulated_error_rates(void **state)
{
    enum { RUNS = 40000 };
    static const double t[7] = {0.05, 0.12, 0.33, 0.34, 0.6, 0.88, 1.0};
    tq_monitoring_options opt = tq_monitoring_defaults();
    tq_monitoring_look look[7];
    random_stream r = {20260301};

    (void)state;
    opt.spending = TQ_SPEND_POCOCK;
    opt.futility = TQ_SPEND_NONE;
    assert_int_equal(tq_monitoring(7, t, &opt, look, NULL), TQ_OK);
    for (int alternative = 0; alternative < 2; alternative++) {
        const double drift = alternative ? tq_monitoring_drift(&opt) : 0.0;
        const double want = alternative ? look[6].power : opt.alpha;
        int crossed = 0;

        for (int i = 0; i < RUNS; i++) {
            double s = 0.0, last = 0.0;

            for (size_t j = 0; j < 7; j++) {
                s += drift * (t[j] - last) + sqrt(t[j] - last) * random_normal(&r);
                last = t[j];
                if (fabs(s / sqrt(t[j])) >= look[j].critical) {
                    crossed++;
                    break;
                }
            }
        }
        assert_true(fabs((double)crossed / RUNS - want) < 4.0 * sqrt(want * (1.0 - want) / RUNS));
    }
}

/* A look that adds next to nothing, or has next to no alpha, is passed over; its alpha is kept. */
static void looks_that_are_not_tested(void **state)
{
    static const double t[6] = {0.004, 0.3, 0.3, 0.30001, 0.7, 1.0}, plain[3] = {0.3, 0.7, 1.0};
    tq_monitoring_look look[6], want[3];

    (void)state;
    assert_int_equal(tq_monitoring(6, t, NULL, look, NULL), TQ_OK);
    assert_int_equal(tq_monitoring(3, plain, NULL, want, NULL), TQ_OK);
    assert_false(look[0].tested || look[2].tested || look[3].tested);
    assert_true(isnan(look[0].critical) && isnan(look[3].futility));
    assert_near(look[0].alpha_spent, 0.0, 0.0);
    assert_near(look[1].critical, want[0].critical, 1e-12);
    assert_near(look[3].alpha_spent, look[1].alpha_spent, 0.0);
    assert_near(look[4].critical, want[1].critical, 1e-12);
    assert_near(look[5].critical, want[2].critical, 1e-12);
}

/* After the first look with all information nothing is tested; it is tested however little it adds. */
static void the_last_look(void **state)
{
    static const double t[4] = {0.5, 0.999999, 1.000001, 1.7};
    tq_monitoring_look look[4];

    (void)state;
    assert_int_equal(tq_monitoring(4, t, NULL, look, NULL), TQ_OK);
    assert_true(look[1].tested && look[2].tested && !look[3].tested);
    assert_near(look[3].alpha_spent, 0.05, 1e-9);
    assert_true(isnan(look[3].critical));
}

/* Increments from 1e-4 of the information up to most of it: alpha holds to the recursion's accuracy. */
static void uneven_increments(void **state)
{
    double t[MOST];
    tq_monitoring_options opt = tq_monitoring_defaults();
    tq_monitoring_look look[MOST];
    size_t n = 0;

    (void)state;
    opt.spending = TQ_SPEND_POCOCK;
    for (double at = 0.02; at < 0.9; at *= n % 3 ? 1.00013 : 1.41) {
        t[n++] = at;
    }
    t[n++] = 1.0;
    assert_int_equal(tq_monitoring(n, t, &opt, look, NULL), TQ_OK);
    for (size_t j = 0; j < n; j++) {
        assert_true(look[j].tested);
        assert_true(look[j].critical > 1.959);
    }
    assert_near(look[n - 1].alpha_spent, 0.05, 1e-9);
}

static void stagewise_tails(void **state)
{
    static const double t[4] = {0.3, 0.52, 0.81, 1.0};
    tq_monitoring_look look[4];
    double tail, before = 0.0;

    (void)state;
    assert_int_equal(tq_monitoring(4, t, NULL, look, NULL), TQ_OK);
    assert_int_equal(tq_stagewise_tail(1, look, 2, 1.234, 0.0, &tail, NULL), TQ_OK);
    assert_near(tail, 0.5 * erfc(1.234 / sqrt(2.0)), 1e-12);
    for (size_t j = 0; j < 4; j++) { /* a result on the boundary has the alpha of its side */
        assert_int_equal(tq_stagewise_tail(j + 1, look, 2, look[j].critical, 0.0, &tail, NULL),
                         TQ_OK);
        assert_near(tail, look[j].alpha_spent / 2.0, 1e-10);
    }
    for (double drift = -4.0; drift < 8.0; drift += 0.7) {
        assert_int_equal(tq_stagewise_tail(3, look, 2, 1.71, drift, &tail, NULL), TQ_OK);
        assert_true(tail > before && tail < 1.0);
        before = tail;
    }
}

static void spending_functions(void **state)
{
    (void)state;
    for (tq_spending_kind kind = 0; kind < TQ_SPEND_COUNT; kind++) {
        const double parameter = tq_spending_default(kind);
        double before = 0.0;

        assert_non_null(tq_spending_name(kind));
        assert_non_null(tq_spending_label(kind));
        assert_near(tq_spending_value(kind, parameter, 0.031, 0.0), 0.0, 0.0);
        for (double t = 0.05; t < 1.0; t += 0.05) {
            const double x = tq_spending_value(kind, parameter, 0.031, t);

            assert_true(x >= before && x <= 0.031);
            before = x;
        }
        assert_near(tq_spending_value(kind, parameter, 0.031, 1.0), 0.031, 0.0);
        assert_int_equal(tq_spending_check(kind, parameter, NULL), TQ_OK);
    }
    assert_null(tq_spending_name(TQ_SPEND_COUNT));
    assert_near(tq_spending_value(TQ_SPEND_POWER, 2.0, 0.031, 0.7), 0.031 * 0.49, 1e-12);
    assert_near(tq_spending_value(TQ_SPEND_HSD, 0.0, 0.031, 0.7), 0.0217, 1e-12);
    assert_near(tq_spending_value(TQ_SPEND_HSD, 1e-9, 0.031, 0.7), 0.0217, 1e-9);
}

static void refuses(void **state)
{
    static const double good[2] = {0.4, 1.0}, down[2] = {0.5, 0.4}, zero[1] = {0.0},
                        none[1] = {NAN}, close[2] = {0.5, 0.50001}, lower[2] = {2.5, 0.0},
                        upper[2] = {2.0, 2.0};
    const tq_monitoring_options fine = tq_monitoring_defaults();
    tq_monitoring_options bad[9];
    tq_monitoring_look look[2];
    double below[2], above[2];
    tq_error err;

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        bad[i] = fine;
    }
    bad[0].alpha = 0.0;
    bad[1].alpha = NAN;
    bad[2].beta = 1.0;
    bad[3].sides = 3;
    bad[4].spending = TQ_SPEND_NONE;
    bad[5].spending = TQ_SPEND_COUNT;
    bad[6].spending = TQ_SPEND_POWER;
    bad[6].parameter = -1.0;
    bad[7].futility = TQ_SPEND_HSD;
    bad[7].futility_parameter = 41.0;
    bad[8].beta = 0.99;
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(tq_monitoring(2, good, &bad[i], look, &err), TQ_EINVAL);
        assert_true(err.message[0]);
    }
    assert_int_equal(tq_monitoring(2, down, NULL, look, &err), TQ_EINVAL);
    assert_int_equal(err.row, 1);
    assert_int_equal(tq_monitoring(1, zero, NULL, look, &err), TQ_EINVAL);
    assert_int_equal(tq_monitoring(1, none, NULL, look, &err), TQ_EINVAL);
    assert_int_equal(tq_stopping(2, close, upper, upper, 0.0, below, above, &err), TQ_EINVAL);
    assert_int_equal(tq_stopping(2, good, lower, upper, 0.0, below, above, &err), TQ_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lan_demets_values),
        cmocka_unit_test(gsdesign_values),
        cmocka_unit_test(boundaries_by_brute_force),
        cmocka_unit_test(classical_constants),
        cmocka_unit_test(gamma_family),
        cmocka_unit_test(one_look_is_the_single_test),
        cmocka_unit_test(all_alpha_is_spent),
        cmocka_unit_test(futility_spends_beta),
        cmocka_unit_test(the_wedge_opens_and_closes),
        cmocka_unit_test(simulated_error_rates),
        cmocka_unit_test(looks_that_are_not_tested),
        cmocka_unit_test(the_last_look),
        cmocka_unit_test(uneven_increments),
        cmocka_unit_test(stagewise_tails),
        cmocka_unit_test(spending_functions),
        cmocka_unit_test(refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
