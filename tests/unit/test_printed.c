/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures as publications print them. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "core/printed.h"

static tq_printed read(const char *text)
{
    tq_printed p = {.n = 0};
    tq_error err;

    if (tq_printed_read(text, &p, &err) != TQ_OK) {
        fail_msg("%s: %s", text, err.message);
    }
    return p;
}

static void a_number_knows_its_last_digit(void **state)
{
    static const struct {
        const char *text;
        double value, half;
        int decimals;
    } row[] = {
        {"0.3681", 0.3681, 5e-5, 4},
        {"-14.10", -14.1, 5e-3, 2},
        {".6304", 0.6304, 5e-5, 4},
        {"1500", 1500, 0.5, 0},
        {"51,226", 51226, 0.5, 0},
        {"1,234,567", 1234567, 0.5, 0},
        {"+0.95", 0.95, 5e-3, 2},
        {"\xE2\x88\x92"
         "0.81",
         -0.81, 5e-3, 2},                      /* U+2212 */
        {"\xE2\x80\x93 0.81", -0.81, 5e-3, 2}, /* en dash */
        {"0\xC2\xB7"
         "84",
         0.84, 5e-3, 2}, /* raised point */
        {"1.2e-5", 1.2e-5, 5e-7, 6},
        {"1.2e3", 1200, 50, -2},
        {"1.9 x 10^-7", 1.9e-7, 5e-9, 8},
        {"1.9 \xC3\x97 10\xE2\x81\xBB\xE2\x81\xB7", 1.9e-7, 5e-9, 8}, /* times sign, raised -7 */
        {" 0.71 ", 0.71, 5e-3, 2},
        {"= 0.71", 0.71, 5e-3, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const tq_printed p = read(row[i].text);

        assert_int_equal(p.n, 1);
        assert_relative(p.number[0].value, row[i].value, 1e-14);
        assert_relative(p.number[0].half, row[i].half, 1e-14);
        assert_int_equal(p.number[0].decimals, row[i].decimals);
        assert_int_equal(p.number[0].kind, TQ_PRINTED_ROUNDED);
    }
}

static void a_percent_sign_is_kept_apart(void **state)
{
    (void)state;
    const tq_printed p = read("92.2%"), q = read("13 % to 36 %");

    assert_near(p.number[0].value, 92.2, 1e-14);
    assert_int_equal(p.number[0].percent, 1);
    assert_near(q.number[1].value, 36, 1e-14);
    assert_int_equal(q.number[0].percent, 1);
    assert_int_equal(read("0.922").number[0].percent, 0);
}

static void an_interval_has_two_ends(void **state)
{
    static const char minus_to_dash[] = "\xE2\x88\x92"
                                        "0.06\xE2\x80\x93"
                                        "0.17";
    static const char *const text[] = {"-0.06 to 0.17", "(-0.06, 0.17)", "-0.06,0.17",
                                       "[-0.06; 0.17]", "-0.06-0.17",    minus_to_dash,
                                       "-0.06 and 0.17"};

    (void)state;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        const tq_printed p = read(text[i]);

        assert_int_equal(p.n, 2);
        assert_near(p.number[0].value, -0.06, 1e-14);
        assert_near(p.number[1].value, 0.17, 1e-14);
    }
    assert_near(read("-0.60--0.25").number[1].value, -0.25, 1e-14);
}

static void agreement_is_half_a_unit_of_the_last_digit(void **state)
{
    (void)state;
    const tq_printed p = read("0.368"), zero = read("0.000"), whole = read("-71");

    assert_true(tq_printed_agrees(&p.number[0], 0.36849));
    assert_true(tq_printed_agrees(&p.number[0], 0.36751));
    assert_true(tq_printed_agrees(&p.number[0], 0.3685)); /* a tie */
    assert_true(tq_printed_agrees(&p.number[0], 0.3675));
    assert_false(tq_printed_agrees(&p.number[0], 0.36851));
    assert_false(tq_printed_agrees(&p.number[0], 0.36749));
    assert_false(tq_printed_agrees(&p.number[0], NAN));
    assert_false(tq_printed_agrees(&p.number[0], INFINITY));
    assert_true(tq_printed_agrees(&zero.number[0], -0.0004));
    assert_true(tq_printed_agrees(&whole.number[0], -70.51));
    assert_false(tq_printed_agrees(&whole.number[0], 71));
}

static void a_bound_holds_on_one_side(void **state)
{
    (void)state;
    const tq_printed below = read("<.0001"), most = read("\xE2\x89\xA4 0.05");
    const tq_printed above = read("> 0.99"), least = read(">=2");

    assert_true(tq_printed_agrees(&below.number[0], 9.9e-5));
    assert_false(tq_printed_agrees(&below.number[0], 1e-4));
    assert_false(tq_printed_agrees(&below.number[0], NAN));
    assert_true(tq_printed_agrees(&most.number[0], 0.05));
    assert_false(tq_printed_agrees(&most.number[0], 0.0501));
    assert_true(tq_printed_agrees(&above.number[0], 0.991));
    assert_false(tq_printed_agrees(&above.number[0], 0.99));
    assert_true(tq_printed_agrees(&least.number[0], 2));
    assert_false(tq_printed_agrees(&least.number[0], 1.9));
    assert_int_equal(read("<=0.05").number[0].kind, TQ_PRINTED_AT_MOST);
    assert_int_equal(read("\xE2\x89\xA5 7").number[0].kind, TQ_PRINTED_AT_LEAST);
}

static void a_value_lies_in_a_printed_range(void **state)
{
    (void)state;
    const tq_printed p = read("0.70 to 0.34"); /* in either order */

    assert_true(tq_printed_contains(&p, 0.3351));
    assert_true(tq_printed_contains(&p, 0.7049));
    assert_false(tq_printed_contains(&p, 0.3349));
    assert_false(tq_printed_contains(&p, 0.7051));
    assert_false(tq_printed_contains(&p, NAN));
}

static void what_is_no_figure_is_refused(void **state)
{
    static const char *const text[] = {
        "",  "n.s.",        "0.05*",  "1.2.3", "0.3 to", "(0.3",       "<",           "0.3 0.4 0.5",
        "-", "<0.1 to 0.3", "1e9999", "0,15x", "0,15",   "1,5 to 2,5", "0.368 (0.02)"};

    (void)state;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        tq_printed p = {.n = 7};
        tq_error err;

        if (tq_printed_read(text[i], &p, &err) != TQ_EINVAL) {
            fail_msg("accepted: %s", text[i]);
        }
        assert_int_equal(p.n, 7);
        assert_non_null(strstr(err.message, "is no printed figure"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_knows_its_last_digit),
        cmocka_unit_test(a_percent_sign_is_kept_apart),
        cmocka_unit_test(an_interval_has_two_ends),
        cmocka_unit_test(agreement_is_half_a_unit_of_the_last_digit),
        cmocka_unit_test(a_bound_holds_on_one_side),
        cmocka_unit_test(a_value_lies_in_a_printed_range),
        cmocka_unit_test(what_is_no_figure_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
