/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formula parser and the new values of moderators. */
#include <string.h>

#include "moderators/formula.h"
#include "support/near.h"

static int make_arena(void **state)
{
    *state = tq_arena_new();
    return *state ? 0 : -1;
}

static int free_arena(void **state)
{
    tq_arena_free(*state);
    return 0;
}

static void columns_stand_in_the_order_of_the_formula(void **state)
{
    tq_formula f;

    assert_int_equal(tq_formula_parse("~ dose + age.years", *state, &f, NULL), TQ_OK);
    assert_int_equal(f.intercept, 1);
    assert_int_equal(f.n, 2);
    assert_string_equal(f.name[0], "dose");
    assert_string_equal(f.name[1], "age.years");
}

static void the_intercept_can_be_taken_out(void **state)
{
    static const char *const without[] = {"~ dose - 1", "0 + dose", "~dose+0", "~ 1 - 1 + dose"};
    static const char *const with[] = {"dose", "~ 1 + dose", "~ 0 + dose + 1"};
    tq_formula f;

    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        assert_int_equal(tq_formula_parse(without[i], *state, &f, NULL), TQ_OK);
        assert_int_equal(f.intercept, 0);
        assert_int_equal(f.n, 1);
    }
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        assert_int_equal(tq_formula_parse(with[i], *state, &f, NULL), TQ_OK);
        assert_int_equal(f.intercept, 1);
    }
}

static void minus_takes_a_column_out(void **state)
{
    tq_formula f;

    assert_int_equal(tq_formula_parse("~ a + b + c - b", *state, &f, NULL), TQ_OK);
    assert_int_equal(f.n, 2);
    assert_string_equal(f.name[1], "c");
}

static void backticks_hold_any_name(void **state)
{
    tq_formula f;

    assert_int_equal(tq_formula_parse("~ `dose (million)` + `1`", *state, &f, NULL), TQ_OK);
    assert_string_equal(f.name[0], "dose (million)");
    assert_string_equal(f.name[1], "1");
}

static void errors_show_the_character(void **state)
{
    static const struct {
        const char *formula, *part;
    } cases[] = {
        {"~ dose +", "missing at the end"}, {"", "missing at the end"},
        {"~ dose * age", "at character 8"}, {"~ dose age", "'+' or '-'"},
        {"~ dose + dose", "named twice"},   {"~ dose - age", "no 'age' to take away"},
        {"~ `dose", "a column name"},       {"~ dose + (age)", "at character 10"},
        {"~ -1", "nor an intercept"},       {"~ dose - dose - 1", "nor an intercept"},
    };
    tq_formula f;
    tq_error err;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(tq_formula_parse(cases[i].formula, *state, &f, &err), TQ_EINVAL);
        assert_non_null(strstr(err.message, cases[i].part));
    }
}

static void new_values_stand_by_the_formula(void **state)
{
    tq_formula f;
    tq_newmods sets;

    assert_int_equal(tq_formula_parse("~ dose + age", *state, &f, NULL), TQ_OK);
    assert_int_equal(
        tq_newmods_parse("age=61.5, dose=40;dose=-2.25e1,age=7", &f, *state, &sets, NULL), TQ_OK);
    assert_int_equal(sets.n, 2);
    assert_near(sets.value[0], 40.0, 0.0);
    assert_near(sets.value[1], 61.5, 0.0);
    assert_near(sets.value[2], -22.5, 0.0);
    assert_near(sets.value[3], 7.0, 0.0);
    assert_string_equal(sets.text[0], "age=61.5, dose=40");
}

static void new_values_are_checked(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"dose=40", "no value for 'age'"},
        {"dose=40,age=x", "a number"},
        {"dose=40,sex=1", "not a moderator"},
        {"dose 40", "'='"},
        {"doze=40,age=1", "did you mean 'dose'?"},
        {"dose=40,age=1;", "missing at the end"},
        {"dose=1,age=inf", "a number"},
    };
    tq_formula f;
    tq_newmods sets;
    tq_error err;

    assert_int_equal(tq_formula_parse("~ dose + age", *state, &f, NULL), TQ_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(tq_newmods_parse(cases[i].text, &f, *state, &sets, &err), TQ_EINVAL);
        assert_non_null(strstr(err.message, cases[i].part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_stand_in_the_order_of_the_formula),
        cmocka_unit_test(the_intercept_can_be_taken_out),
        cmocka_unit_test(minus_takes_a_column_out),
        cmocka_unit_test(backticks_hold_any_name),
        cmocka_unit_test(errors_show_the_character),
        cmocka_unit_test(new_values_stand_by_the_formula),
        cmocka_unit_test(new_values_are_checked),
    };

    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
