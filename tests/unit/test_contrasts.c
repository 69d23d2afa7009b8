/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns to be tested, contrasts as users write them, and marginal means. */
#include "support/near.h"

#include <math.h>
#include <string.h>

#include "moderators/contrasts.h"

enum { K = 12, P = 24 };

/* Two factors, unequally spread, and numbers with entropy. */
static const char *const f[K] = {"a", "b", "a", "b", "a", "b", "a", "a", "a", "b", "a", "b"};
static const char *const g[K] = {"x", "y - z", "z", "x", "x",     "z",
                                 "x", "y - z", "z", "x", "y - z", "x"};
static const double z[K] = {13.5, 44, 19.25, 27, 42, 55, 18, 33, 38.75, 41, 8.125, 60.5};
static const double w[K] = {2, 10, 2, 3, 10, 3, 2, 3, 10, 2, 10, 3};
static const tq_variable all[] = {{"f", NULL, f}, {"g", NULL, g}, {"z", z, NULL}, {"w", w, NULL}};

typedef struct {
    tq_formula formula;
    tq_design *design;
    tq_variable variable[4];
} model;

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

static const model *build(const char *text, tq_arena *arena)
{
    model *m = tq_arena_take(arena, 1, sizeof *m);
    tq_error err;

    assert_non_null(m);
    assert_int_equal(tq_formula_parse(text, arena, &m->formula, &err), TQ_OK);
    for (size_t j = 0; j < m->formula.n_variables; j++) {
        for (size_t i = 0; i < 4; i++) {
            if (strcmp(all[i].name, m->formula.variable[j]) == 0) {
                m->variable[j] = all[i];
            }
        }
    }
    if (tq_design_build(&m->formula, K, m->variable, arena, &m->design, &err) != TQ_OK) {
        fail_msg("%s: %s", text, err.message);
    }
    return m;
}

static void assert_row(const double *x, size_t p, const double *want)
{
    for (size_t a = 0; a < p; a++) {
        assert_near(x[a], want[a], 1e-13);
    }
}

/* ---- columns ---- */

static void columns_are_named_by_number_name_or_term(void **state)
{
    static const struct {
        const char *text;
        size_t n, column[8];
    } cases[] = {
        {"2,3", 2, {1, 2}},        {"g", 2, {2, 3}},
        {"fb, z", 2, {1, 4}},      {"z,1,fb,fb", 3, {0, 1, 4}},
        {"poly(w, 2)", 2, {5, 6}}, {"poly(w, 2)2,intrcpt", 2, {0, 6}},
        {"`gz`", 1, {3}},
    };
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"0", "counted from 1 to 7"},
        {"8", "counted from 1 to 7"},
        {"1.5", "counted from 1 to 7"},
        {"fbb", "did you mean 'fb'"},
        {"", "neither"},
        {"g,,z", "neither"},
    };
    const model *m = build("~ f + g + z + poly(w, 2)", *state);
    size_t column[P], n;
    tq_error err;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(tq_columns_parse(m->design, cases[i].text, column, &n, &err), TQ_OK);
        assert_int_equal(n, cases[i].n);
        assert_memory_equal(column, cases[i].column, n * sizeof *column);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(tq_columns_parse(m->design, wrong[i].text, column, &n, &err), TQ_EINVAL);
        if (!strstr(err.message, wrong[i].says)) {
            fail_msg("\"%s\": %s", wrong[i].text, err.message);
        }
    }
    /* intrcpt z z' z'': apostrophes end the names of splines */
    m = build("~ rcs(z, 4)", *state);
    assert_int_equal(tq_columns_parse(m->design, "rcs(z, 4)z',rcs(z, 4)z''", column, &n, &err),
                     TQ_OK);
    assert_int_equal(n, 2);
    assert_int_equal(column[0], 2);
    assert_int_equal(column[1], 3);
    m = build("~ z + I(2*z)", *state);
    assert_int_equal(tq_columns_parse(m->design, "I(2 * z)", column, &n, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "redundant"));
}

/* ---- marginal rows ---- */

static void marginal_rows_average_the_other_factors(void **state)
{
    const model *m = build("~ f + g + z", *state); /* intrcpt fb gy-z gz z */
    const double mean =
        (13.5 + 44 + 19.25 + 27 + 42 + 55 + 18 + 33 + 38.75 + 41 + 8.125 + 60.5) / K;
    const double equal[] = {1, 1, 1.0 / 3, 1.0 / 3, mean}, spread[] = {1, 1, 0.25, 0.25, mean};
    const double set_z[] = {1, 5.0 / K, 0, 1, 20.5};
    const tq_value b = {"f", "b", NAN}, at[] = {{"g", "z", NAN}, {"z", "20.5", NAN}};
    double x[P];

    assert_int_equal(tq_marginal_row(m->design, m->variable, 1, &b, TQ_MARGINAL_EQUAL, x, NULL),
                     TQ_OK);
    assert_row(x, 5, equal);
    assert_int_equal(
        tq_marginal_row(m->design, m->variable, 1, &b, TQ_MARGINAL_PROPORTIONAL, x, NULL), TQ_OK);
    assert_row(x, 5, spread);
    assert_int_equal(
        tq_marginal_row(m->design, m->variable, 2, at, TQ_MARGINAL_PROPORTIONAL, x, NULL), TQ_OK);
    assert_row(x, 5, set_z);
}

/* Numbers that are factors, and functions of means rather than means of functions. */
static void marginal_rows_take_means_of_variables(void **state)
{
    const model *m = build("~ factor(w) + I(z^2)", *state); /* intrcpt w3 w10 I(z^2) */
    const double mean =
        (13.5 + 44 + 19.25 + 27 + 42 + 55 + 18 + 33 + 38.75 + 41 + 8.125 + 60.5) / K;
    const double want[] = {1, 0, 1, mean * mean}, spread[] = {1, 4.0 / K, 4.0 / K, mean * mean};
    const tq_value ten = {"w", "10", NAN};
    double x[P];

    assert_int_equal(tq_marginal_row(m->design, m->variable, 1, &ten, TQ_MARGINAL_EQUAL, x, NULL),
                     TQ_OK);
    assert_row(x, 4, want);
    assert_int_equal(
        tq_marginal_row(m->design, m->variable, 0, NULL, TQ_MARGINAL_PROPORTIONAL, x, NULL), TQ_OK);
    assert_row(x, 4, spread);
}

static void factors_are_found_by_name(void **state)
{
    const model *m = build("~ f + g + z", *state);
    size_t v = 9;
    tq_error err;
    double x[P];
    const tq_value unknown = {"f", "c", NAN};

    assert_int_equal(tq_design_factor(m->design, "g", &v, &err), TQ_OK);
    assert_string_equal(m->design->variable[v].name, "g");
    assert_int_equal(tq_design_factor(m->design, "z", &v, &err), TQ_EINVAL);
    assert_int_equal(tq_design_factor(m->design, "gg", &v, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "did you mean 'g'"));
    assert_int_equal(
        tq_marginal_row(m->design, m->variable, 1, &unknown, TQ_MARGINAL_EQUAL, x, &err), TQ_EDATA);
    m = build("~ z", *state);
    assert_int_equal(tq_design_factor(m->design, "f", &v, &err), TQ_EINVAL);
    assert_non_null(strstr(err.message, "it has none"));
    for (tq_marginal_weights i = 0; i < TQ_MARGINAL_COUNT; i++) {
        assert_non_null(tq_marginal_name(i));
    }
    assert_null(tq_marginal_name(TQ_MARGINAL_COUNT));
}

/* ---- contrasts ---- */

static void contrasts_read_as_they_are_written(void **state)
{
    static const struct {
        const char *text;
        double c[5], rhs;
    } cases[] = {
        /* intrcpt fb gy-z gz z */
        {"f=b - f=a", {0, 1, 0, 0, 0}, 0},
        {"f=a - f=b = 0.25", {0, -1, 0, 0, 0}, 0.25},
        {"g=z - 0.5*g=x - 0.5 * g='y - z'", {0, 0, -0.5, 1, 0}, 0},
        {"z=40 - z=20.5", {0, 0, 0, 0, 19.5}, 0},
        {"f=b,g=z - f=a,g=\"y - z\" == -1.5", {0, 1, -1, 1, 0}, -1.5},
        {"10*z", {0, 0, 0, 0, 10}, 0},
        {"fb - gz + 2*z", {0, 1, 0, -1, 2}, 0},
        {"-fb", {0, -1, 0, 0, 0}, 0},
        {"- fb + `gy - z`", {0, -1, 1, 0, 0}, 0},
        {"0,1,-1,0,0.5", {0, 1, -1, 0, 0.5}, 0},
        {"0, 1, -1, 0, 0.5 = 3", {0, 1, -1, 0, 0.5}, 3},
        {"-1*fb", {0, -1, 0, 0, 0}, 0},
        {"f=b,g=x,z=0", {1, 1, 0, 0, 0}, 0},
    };
    const model *m = build("~ f + g + z", *state);
    tq_error err;
    double c[P], rhs;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (tq_contrast_parse(m->design, m->variable, TQ_MARGINAL_EQUAL, cases[i].text, c, &rhs,
                              &err) != TQ_OK) {
            fail_msg("\"%s\": %s", cases[i].text, err.message);
        }
        assert_row(c, 5, cases[i].c);
        assert_near(rhs, cases[i].rhs, 0.0);
    }
}

/* A quote opens where a name or a level begins, and not at the end of one; doubled it stands for itself. */
static void quotes_are_those_of_formulas(void **state)
{
    static const char *const h[K] = {"St John's", "b", "b", "a *x", "St John's", "a *x",
                                     "b",         "a", "a", "a",    "a *x",      "b"};
    static const tq_variable own[] = {{"h", NULL, h}, {"z", z, NULL}};
    static const struct {
        const char *text;
        double c[7], rhs;
    } cases[] = {
        /* intrcpt h(St John's) is the reference, a, a *x, b; z z' z'' */
        {"h='St John''s' - h=b", {0, 0, 0, -1, 0, 0, 0}, 0},
        {"h=St John's - h=b", {0, 0, 0, -1, 0, 0, 0}, 0},
        {"h=\"St John's\" - h=b = 2", {0, 0, 0, -1, 0, 0, 0}, 2},
        {"h=a *x - 2*h=b + h=a", {0, 1, 1, -2, 0, 0, 0}, 0},
        {"rcs(z, 4)z' = 0.5", {0, 0, 0, 0, 0, 1, 0}, 0.5},
        {"rcs(z, 4)z' - 2.5*`rcs(z, 4)z''`", {0, 0, 0, 0, 0, 1, -2.5}, 0},
        {"rcs(z, 4)z' - rcs(z, 4)z''", {0, 0, 0, 0, 0, 1, -1}, 0},
    };
    tq_formula formula;
    tq_design *design;
    tq_error err;
    double c[P], rhs;

    assert_int_equal(
        tq_formula_parse("~ relevel(h, 'St John''s') + rcs(z, 4)", *state, &formula, &err), TQ_OK);
    assert_int_equal(tq_design_build(&formula, K, own, *state, &design, &err), TQ_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (tq_contrast_parse(design, own, TQ_MARGINAL_EQUAL, cases[i].text, c, &rhs, &err) !=
            TQ_OK) {
            fail_msg("\"%s\": %s", cases[i].text, err.message);
        }
        assert_row(c, 7, cases[i].c);
        assert_near(rhs, cases[i].rhs, 0.0);
    }
}

/* With an interaction the difference of levels is that of their marginal means. */
static void interactions_are_averaged_over(void **state)
{
    const model *m = build("~ f * g", *state); /* intrcpt fb gy gz fb:gy fb:gz */
    const double equal[] = {0, 1, 0, 0, 1.0 / 3, 1.0 / 3}, spread[] = {0, 1, 0, 0, 0.25, 0.25};
    double c[P], rhs;

    assert_int_equal(
        tq_contrast_parse(m->design, m->variable, TQ_MARGINAL_EQUAL, "f=b - f=a", c, &rhs, NULL),
        TQ_OK);
    assert_row(c, 6, equal);
    assert_int_equal(tq_contrast_parse(m->design, m->variable, TQ_MARGINAL_PROPORTIONAL,
                                       "f=b - f=a", c, &rhs, NULL),
                     TQ_OK);
    assert_row(c, 6, spread);
}

static void contrasts_that_say_nothing_are_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"f=b - f=b", "0 whatever"},
        {"0,0,0,0,0", "0 whatever"},
        {"0,1", "2 numbers do not fit the 5"},
        {"f=bb - f=a", "did you mean 'b'"},
        {"ff=b - f=a", "did you mean 'f'"},
        {"fbb", "did you mean 'fb'"},
        {"f=b - ", "empty"},
        {"f=b -  + f=a", "empty"},
        {"", "empty"},
        {"f=b - f=a = x", "no number"},
        {"f=b,f", "no setting"},
        {"z=tall", "z"},
        {"f=b,g=x,z=1,f=a", "set twice"},
        {"f=b,f=a - f=a", "'f' is set twice"},
    };
    const model *m = build("~ f + g + z", *state);
    tq_error err;
    double c[P], rhs;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const tq_status status = tq_contrast_parse(m->design, m->variable, TQ_MARGINAL_EQUAL,
                                                   wrong[i].text, c, &rhs, &err);

        if ((status != TQ_EINVAL && status != TQ_EDATA) || !strstr(err.message, wrong[i].says)) {
            fail_msg("\"%s\": %s", wrong[i].text, status == TQ_OK ? "accepted" : err.message);
        }
    }
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, make_arena, free_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(columns_are_named_by_number_name_or_term),
        WITH_ARENA(marginal_rows_average_the_other_factors),
        WITH_ARENA(marginal_rows_take_means_of_variables),
        WITH_ARENA(factors_are_found_by_name),
        WITH_ARENA(contrasts_read_as_they_are_written),
        WITH_ARENA(quotes_are_those_of_formulas),
        WITH_ARENA(interactions_are_averaged_over),
        WITH_ARENA(contrasts_that_say_nothing_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
