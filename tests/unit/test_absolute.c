/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects beside the value of a control group. */
#include "effects/absolute.h"

#include <math.h>

#include "effects/measure.h"
#include "support/near.h"

static void values_by_hand(void **state)
{
    static const struct {
        const char *measure;
        double effect, control, value;
    } cases[] = {
        {"RR", 0.75, 0.24, 0.18},   {"OR", 0.5, 0.2, 1.0 / 9.0}, /* odds 1/4, halved: 1/8 */
        {"PETO", 2.0, 0.25, 0.4},                                /* odds 1/3, doubled: 2/3 */
        {"RD", -0.05, 0.31, 0.26},  {"HR", 2.0, 0.3, 0.51},      /* 1 - 0.7^2 */
        {"IRR", 1.5, 0.08, 0.12},   {"IRD", -0.02, 0.08, 0.06},
        {"MD", -8.5, 42.25, 33.75}, {"ROM", 0.9, 42.5, 38.25},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_near(tq_absolute_value(cases[i].measure, cases[i].effect, cases[i].control),
                    cases[i].value, 1e-14);
    }
}

/* No effect leaves the control group's value, whatever it is. */
static void no_effect_changes_nothing(void **state)
{
    static const double control[] = {0.0, 0.0137, 0.385, 1.0};

    (void)state;
    for (size_t i = 0; i < sizeof control / sizeof *control; i++) {
        assert_near(tq_absolute_value("RR", 1.0, control[i]), control[i], 1e-15);
        assert_near(tq_absolute_value("OR", 1.0, control[i]), control[i], 1e-15);
        assert_near(tq_absolute_value("HR", 1.0, control[i]), control[i], 1e-15);
        assert_near(tq_absolute_value("RD", 0.0, control[i]), control[i], 1e-15);
    }
}

static void risks_stay_risks(void **state)
{
    (void)state;
    assert_near(tq_absolute_value("RR", 4.0, 0.385), 1.0, 0.0);
    assert_near(tq_absolute_value("RD", -0.5, 0.385), 0.0, 0.0);
    assert_near(tq_absolute_value("OR", (double)INFINITY, 0.385), 1.0, 0.0);
    assert_near(tq_absolute_value("IRD", -0.5, 0.385), 0.0, 0.0);
    assert_near(tq_absolute_value("MD", -45.5, 42.25), -3.25, 1e-15);
}

static void what_has_no_value_is_nan(void **state)
{
    (void)state;
    assert_true(isnan(tq_absolute_value("SMD", -0.385, 42.25)));
    assert_true(isnan(tq_absolute_value("COR", 0.385, 0.25)));
    assert_true(isnan(tq_absolute_value("RR", (double)NAN, 0.25)));
    assert_true(isnan(tq_absolute_value("RR", 0.75, (double)NAN)));
    assert_true(isnan(tq_absolute_value("RR", 0.75, 1.25)));
    assert_true(isnan(tq_absolute_value("IRR", 0.75, -0.25)));
    assert_int_equal(tq_absolute_kind_of("COR"), TQ_ABSOLUTE_NONE);
    assert_int_equal(tq_absolute_kind_of("SMD"), TQ_ABSOLUTE_MEAN);
}

/* Every measure has a reading or none, and the answer is never outside its range. */
static void every_measure_is_answered(void **state)
{
    const tq_measure *m;

    (void)state;
    for (size_t i = 0; (m = tq_measure_at(i)) != NULL; i++) {
        const tq_absolute_kind kind = tq_absolute_kind_of(m->code);
        const double value = tq_absolute_value(m->code, 1.385, 0.265);

        assert_true((unsigned)kind < TQ_ABSOLUTE_COUNT);
        if (kind == TQ_ABSOLUTE_NONE) {
            assert_true(isnan(value));
        } else if (kind == TQ_ABSOLUTE_RISK) {
            assert_true(value >= 0.0 && value <= 1.0);
        }
    }
}

static void medians_leave_out_what_is_missing(void **state)
{
    const double x[] = {3.25, (double)NAN, -1.5, 8.75, 0.5};
    double room[5];

    (void)state;
    assert_near(tq_median_of(x, 5, room), 1.875, 1e-15);
    assert_near(tq_median_of(x, 4, room), 3.25, 1e-15);
    assert_true(isnan(tq_median_of(x + 1, 1, room)));
    assert_true(isnan(tq_median_of(x, 0, room)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_by_hand),
        cmocka_unit_test(no_effect_changes_nothing),
        cmocka_unit_test(risks_stay_risks),
        cmocka_unit_test(what_has_no_value_is_nan),
        cmocka_unit_test(every_measure_is_answered),
        cmocka_unit_test(medians_leave_out_what_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
