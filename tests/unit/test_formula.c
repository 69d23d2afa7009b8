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

static void variables_stand_in_the_order_of_the_formula(void **state)
{
    tq_formula f;

    assert_int_equal(tq_formula_parse("~ log(dose) + age.years*arm", *state, &f, NULL), TQ_OK);
    assert_int_equal(f.intercept, 1);
    assert_int_equal(f.n_variables, 3);
    assert_string_equal(f.variable[0], "dose");
    assert_string_equal(f.variable[1], "age.years");
    assert_string_equal(f.variable[2], "arm");
    assert_int_equal(f.number[0], 1);
    assert_int_equal(f.number[1], 0);
}

static void the_intercept_can_be_taken_out(void **state)
{
    static const char *const without[] = {"~ dose - 1", "0 + dose", "~dose+0", "~ 1 - 1 + dose",
                                          "- 1 + dose"};
    static const char *const with[] = {"dose", "~ 1 + dose", "~ 0 + dose + 1", "dose - 0"};
    tq_formula f;

    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        assert_int_equal(tq_formula_parse(without[i], *state, &f, NULL), TQ_OK);
        assert_int_equal(f.intercept, 0);
        assert_int_equal(f.n_variables, 1);
    }
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        assert_int_equal(tq_formula_parse(with[i], *state, &f, NULL), TQ_OK);
        assert_int_equal(f.intercept, 1);
    }
}

/* A variable of no term that is left would exclude studies that lack it. */
static void what_is_taken_out_is_not_read(void **state)
{
    tq_formula f;

    assert_int_equal(tq_formula_parse("~ a + log(b) + c - log( b )", *state, &f, NULL), TQ_OK);
    assert_int_equal(f.n_variables, 2);
    assert_string_equal(f.variable[1], "c");
}

static void backticks_hold_any_name(void **state)
{
    tq_formula f;

    assert_int_equal(
        tq_formula_parse("~ `dose (million)` + sqrt(`1`) + \xC3\xA9tude", *state, &f, NULL), TQ_OK);
    assert_string_equal(f.variable[0], "dose (million)");
    assert_string_equal(f.variable[1], "1");
    assert_string_equal(f.variable[2], "\xC3\xA9tude");
}

static void errors_show_the_character(void **state)
{
    static const struct {
        const char *formula, *part;
    } cases[] = {
        {"~ dose +", "a column or a function is missing at the end"},
        {"", "missing at the end"},
        {"~ dose age", "at character 8, 'age': '+', '-', '*' or ':' is needed"},
        {"~ dose^2", "at character 7, '^2': arithmetic goes into I(), as in I(x^2)"},
        {"~ \xC3\xA9 / 2", "at character 5, '/ 2'"},
        {"~ dose - age", "no term of 'age' to take away"},
        {"~ `dose", "a name between two backticks"},
        {"~ (dose + age", "')' is missing at the end"},
        {"~ -1", "nor an intercept"},
        {"~ dose - dose - 1", "nor an intercept"},
        {"~ lgo(dose)", "did you mean 'log'?"},
        {"~ fctor(dose)", "did you mean 'factor'?"},
        {"~ zzzzzzzz(dose)", "no function 'zzzzzzzz', but I log log2"},
        {"~ log(factor(dose))", "factor() makes no number"},
        {"~ log()", "at character 7, ')': a number, a column or a function is needed"},
        {"~ log(1)", "a function of some column"},
        {"~ log(dose", "')' is missing"},
        {"~ I(dose +)", "at character 11"},
        {"~ I(1.2.3 * dose)", "a number is needed"},
        {"~ poly(dose)", "','"},
        {"~ poly(dose, 0)", "a degree from 1 to 20"},
        {"~ poly(dose, 1.5)", "a degree from 1 to 20"},
        {"~ poly(dose, 1e300)", "a degree from 1 to 20"},
        {"~ rcs(dose, 2)", "a number of knots from 3 to 7, or c(knot, ...)"},
        {"~ rcs(dose, c(1, 2))", "at least three"},
        {"~ rcs(dose, c(1, 3, 2))", "at character 21, '2))': a knot above the one before it"},
        {"~ relevel(arm)", "','"},
        {"~ relevel(arm, AD)", "a level in quotes"},
        {"~ relevel(arm, 'AD)", "a level between two quotes"},
        {"~ factor(log(dose))", "')'"},
        {"~ 2*dose", "at character 3, '2*dose': a column or a function is needed"},
        {"~ a:(0 + b)", "at character 6"},
    };
    tq_formula f;
    tq_error err = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(tq_formula_parse(cases[i].formula, *state, &f, &err), TQ_EINVAL);
        if (!strstr(err.message, cases[i].part)) {
            print_error("%s\n    %s\n", cases[i].formula, err.message);
        }
        assert_non_null(strstr(err.message, cases[i].part));
    }
}

/* The characters of part, without an end. */
static void put(char *at, const char *part)
{
    while (*part) {
        *at++ = *part++;
    }
}

/* Text that would overflow the stack, or make terms without end. */
static void limits_hold(void **state)
{
    enum { LONG = 7000 };
    static char text[LONG + 64];
    tq_formula f;
    tq_error err = {0};

    memset(text, '(', LONG);
    assert_int_equal(tq_formula_parse(text, *state, &f, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "less nesting"));
    put(text, "~ I(");
    memset(text + 4, '-', LONG - 4);
    assert_int_equal(tq_formula_parse(text, *state, &f, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "less nesting"));
    memset(text, 'a', LONG + 63);
    assert_int_equal(tq_formula_parse(text, *state, &f, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "fewer than 128 bytes"));
    assert_int_equal(tq_formula_parse("a*b*c*d*e*f*g*h*i*j", *state, &f, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "500 terms"));
    static char longer[9000];

    memset(longer, ' ', sizeof longer - 1);
    assert_int_equal(tq_formula_parse(longer, *state, &f, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "at most 8000 bytes"));
    for (size_t i = 0; i < 3000; i++) { /* a deep tree without nesting is fine */
        put(text + 2 * i, i ? "+x" : "I(");
    }
    put(text + 2, "x ");
    strcpy(text + 6000, ")");
    assert_int_equal(tq_formula_parse(text, *state, &f, &err), TQ_OK);
}

static void new_values_stand_by_the_formula(void **state)
{
    tq_formula f;
    tq_newmods sets;

    assert_int_equal(tq_formula_parse("~ dose + arm", *state, &f, NULL), TQ_OK);
    assert_int_equal(
        tq_newmods_parse("arm=cells , dose=40;dose=-2.25e1,arm='a; b'", &f, *state, &sets, NULL),
        TQ_OK);
    assert_int_equal(sets.n, 2);
    assert_string_equal(sets.value[0], "40");
    assert_string_equal(sets.value[1], "cells");
    assert_string_equal(sets.value[2], "-2.25e1");
    assert_string_equal(sets.value[3], "a; b");
    assert_string_equal(sets.text[0], "arm=cells , dose=40");
    assert_string_equal(sets.text[1], "dose=-2.25e1,arm='a; b'");
}

static void new_values_are_checked(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"dose=40", "no value for 'age'"},
        {"dose=40,age=", "a value is missing"},
        {"dose=,age=3", "a value is needed"},
        {"dose=40,sex=1", "not a moderator"},
        {"dose 40", "'='"},
        {"doze=40,age=1", "did you mean 'dose'?"},
        {"dose=40,age=1;", "missing at the end"},
        {"dose=40,age=1,dose=2", "two values for 'dose'"},
        {"dose=40,age='1' 2", "',' or ';'"},
        {"dose=40,age='1", "between two quotes"},
    };
    tq_formula f;
    tq_newmods sets;
    tq_error err = {0};

    assert_int_equal(tq_formula_parse("~ dose + age", *state, &f, NULL), TQ_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(tq_newmods_parse(cases[i].text, &f, *state, &sets, &err), TQ_EINVAL);
        assert_non_null(strstr(err.message, cases[i].part));
    }
    assert_int_equal(tq_formula_parse("~ 1", *state, &f, NULL), TQ_OK);
    assert_int_equal(tq_newmods_parse("dose=1", &f, *state, &sets, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "no moderators"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_stand_in_the_order_of_the_formula),
        cmocka_unit_test(the_intercept_can_be_taken_out),
        cmocka_unit_test(what_is_taken_out_is_not_read),
        cmocka_unit_test(backticks_hold_any_name),
        cmocka_unit_test(errors_show_the_character),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(new_values_stand_by_the_formula),
        cmocka_unit_test(new_values_are_checked),
    };

    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
