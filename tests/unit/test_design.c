/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From formulas to design matrices: names, coding, bases, redundant columns, rows at new values. */
#include <math.h>
#include <string.h>

#include "moderators/design.h"
#include "support/near.h"

enum { K = 12, P = 24 };

/* Two crossed factors, a third that splits the studies, numbers with entropy. */
static const char *const f[K] = {"a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "a", "b"};
static const char *const g[K] = {"x", "y", "z", "x", "y", "z", "x", "y", "z", "x", "y", "z"};
static const char *const h[K] = {"u", "u", "u", "u", "u", "u", "v", "v", "v", "v", "v", "v"};
static const double z[K] = {13.5, 44, 19.25, 27, 42, 55, 18, 33, 38.75, 41, 8.125, 60.5};
static const double w[K] = {2, 10, 2, 3, 10, 3, 2, 3, 10, 2, 10, 3};
static const tq_variable all[] = {
    {"f", NULL, f}, {"g", NULL, g}, {"h", NULL, h}, {"z", z, NULL}, {"w", w, NULL}};

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

static tq_status build_k(size_t k, const char *text, tq_arena *arena, tq_design **out,
                         tq_error *err)
{
    tq_formula *formula = tq_arena_take(arena, 1, sizeof *formula);
    tq_variable variable[8];

    assert_non_null(formula);
    assert_int_equal(tq_formula_parse(text, arena, formula, err), TQ_OK);
    for (size_t j = 0; j < formula->n_variables; j++) {
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            if (strcmp(all[i].name, formula->variable[j]) == 0) {
                variable[j] = all[i];
            }
        }
    }
    return tq_design_build(formula, k, variable, arena, out, err);
}

static const tq_design *build(const char *text, tq_arena *arena)
{
    tq_design *d = NULL;
    tq_error err = {0};

    if (build_k(K, text, arena, &d, &err) != TQ_OK) {
        fail_msg("%s: %s", text, err.message);
    }
    return d;
}

static void assert_columns(const tq_design *d, const char *expected)
{
    char names[1024] = "";

    for (size_t j = 0; j < d->p; j++) {
        strcat(strcat(names, j ? " " : ""), d->column[j]);
    }
    assert_string_equal(names, expected);
}

/* Names and order as R's model.matrix gives them, with the names of this program. */
static void factors_are_coded_by_the_margins_of_their_terms(void **state)
{
    static const struct {
        const char *formula, *columns;
    } cases[] = {
        {"~ z", "intrcpt z"},
        {"~ z - 1", "z"},
        {"~ f", "intrcpt fb"},
        {"~ g - 1", "gx gy gz"},
        {"~ f + g - 1", "fa fb gy gz"},
        {"~ z - 1 + g", "z gx gy gz"},
        {"~ f:g - 1", "fa:gx fb:gx fa:gy fb:gy fa:gz fb:gz"},
        {"~ f + f:g", "intrcpt fb fa:gy fb:gy fa:gz fb:gz"},
        {"~ f*g - f", "intrcpt gy gz fb:gx fb:gy fb:gz"},
        {"~ f*g", "intrcpt fb gy gz fb:gy fb:gz"},
        {"~ z*f", "intrcpt z fb z:fb"},
        {"~ f:z + f", "intrcpt fb fa:z fb:z"},
        {"~ z + z:f - 1", "z z:fa"},
        {"~ z:f - 1", "z:fa z:fb"},
        {"~ (z + f):h + z", "intrcpt z z:hv fb:hu fb:hv"},
        {"~ 0 + f:g + f:h", "fa:gx fb:gx fa:gy fb:gy fa:gz fb:gz fa:hv fb:hv"},
        {"~ factor(w)", "intrcpt w3 w10"},
        {"~ relevel(f, 'b')", "intrcpt fa"},
        {"~ relevel(factor(w), 3)", "intrcpt w2 w10"},
        {"~ poly(z, 2)", "intrcpt poly(z, 2)1 poly(z, 2)2"},
        {"~ poly(z, 1)", "intrcpt poly(z, 1)"},
        {"~ rcs(log(z), 4)",
         "intrcpt rcs(log(z), 4)log(z) rcs(log(z), 4)log(z)' rcs(log(z), 4)log(z)''"},
        {"~ I( z^ 2)+log( z+1e0 )", "intrcpt I(z^2) log(z + 1)"},
        {"~ I(-z^2/(w-(1-w)))", "intrcpt I(-z^2 / (w - (1 - w)))"},
        {"~ I((z*w)^-2^0.5)", "intrcpt I((z * w)^-2^0.5)"},
        {"~ 1", "intrcpt"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const tq_design *d = build(cases[i].formula, *state);

        assert_columns(d, cases[i].columns);
        assert_int_equal(d->intercept, strcmp(d->column[0], "intrcpt") == 0);
    }
}

static void terms_say_what_their_columns_are(void **state)
{
    const tq_design *d = build("~ relevel(g, 'y') * log(z) + factor(w)", *state);

    assert_int_equal(d->n_terms, 4);
    assert_string_equal(d->term[0].name, "relevel(g, 'y')");
    assert_int_equal(d->term[0].kind, TQ_TERM_FACTOR);
    assert_int_equal(d->term[0].first, 1);
    assert_int_equal(d->term[0].n, 2);
    assert_int_equal(d->term[0].all_levels, 0);
    assert_int_equal(d->term[0].level[1], 2);
    assert_int_equal(d->term[1].kind, TQ_TERM_NUMERIC);
    assert_string_equal(d->term[2].name, "factor(w)");
    assert_int_equal(d->term[3].kind, TQ_TERM_INTERACTION);
    assert_string_equal(d->term[3].name, "relevel(g, 'y'):log(z)");
    assert_int_equal(d->term[3].n_variables, 2);
    assert_int_equal(d->term[3].first + d->term[3].n, d->p);
    assert_string_equal(d->variable[0].level[0], "y");
    assert_string_equal(d->variable[0].level[1], "x");
    assert_int_equal(d->variable[0].level_k[2], 4);
    assert_near(d->variable[1].lo, 8.125, 0.0);
    assert_near(d->variable[1].hi, 60.5, 0.0);
    assert_near(d->variable[1].mean, 400.125 / 12.0, 1e-14);
    assert_int_equal(d->variable[2].number, 0);
    assert_string_equal(d->variable[2].level[2], "10");
}

/* stats::poly and predict() of R 4.2.2. */
static void polynomials_are_those_of_r(void **state)
{
    static const double first[3][3] = {
        {-0.489243628494855809, 0.442967043093619339, -0.515462437613357638},
        {0.270142156191816141, -0.077557318897405539, -0.320898399544065460},
        {-0.346080734660483169, 0.049684355606774443, 0.281645473837907667}};
    static const double at[3] = {-0.070958999552688959, -0.321091640265757983,
                                 0.348050300253472167};
    static const double x[10] = {13.5, 44, 19.25, 27, 42, 55, 18, 33, 38.75, 41};
    const tq_variable variable = {"z", x, NULL};
    const tq_value value = {"z", NULL, 30.3};
    tq_formula formula;
    tq_design *d;
    double row[4];

    assert_int_equal(tq_formula_parse("~ poly(z, 3)", *state, &formula, NULL), TQ_OK);
    assert_int_equal(tq_design_build(&formula, 10, &variable, *state, &d, NULL), TQ_OK);
    assert_int_equal(tq_design_row(d, 1, &value, row, NULL), TQ_OK);
    for (size_t j = 0; j < 3; j++) {
        for (size_t i = 0; i < 3; i++) {
            assert_near(d->X[i + (j + 1) * 10], first[i][j], 1e-14);
        }
        assert_near(row[j + 1], at[j], 1e-14);
    }
}

/* rcspline.eval of Hmisc 4.8, with the knots that quantile() of R gives at Harrell's probabilities. */
static void splines_are_those_of_harrell(void **state)
{
    static const double x[10] = {13.5, 44, 19.25, 27, 42, 55, 18, 33, 38.75, 41};
    static const double second[5] = {0, 19.25503702216299118, 0.04336221483136455,
                                     1.26762474431891259, 15.56089393836310464};
    static const double third[5] = {0, 3.42755601708606239, 0, 0, 2.34700727573219092};
    const tq_variable variable = {"z", x, NULL};
    const tq_value value = {"z", "30.3", NAN};
    tq_formula formula;
    tq_design *d;
    double row[4];

    assert_int_equal(tq_formula_parse("~ rcs(z, 4)", *state, &formula, NULL), TQ_OK);
    assert_int_equal(tq_design_build(&formula, 10, &variable, *state, &d, NULL), TQ_OK);
    assert_int_equal(d->n_notes, 1);
    assert_string_equal(d->note[0], "rcs(z, 4): knots at 15.525, 27.9, 40.6625, 50.05");
    for (size_t i = 0; i < 5; i++) {
        assert_near(d->X[i + 10], x[i], 0.0);
        assert_near(d->X[i + 20], second[i], 1e-14);
        assert_near(d->X[i + 30], third[i], 1e-14);
    }
    assert_int_equal(tq_design_row(d, 1, &value, row, NULL), TQ_OK);
    assert_near(row[2], 2.705920881876256789, 1e-14);
    assert_near(row[3], 0.011597552592570884, 1e-14);
    assert_int_equal(
        tq_formula_parse("~ rcs(z, c(15.525,27.9,40.6625,50.05))", *state, &formula, NULL), TQ_OK);
    assert_int_equal(tq_design_build(&formula, 10, &variable, *state, &d, NULL), TQ_OK);
    assert_near(d->X[1 + 20], second[1], 1e-14);
    assert_int_equal(d->n_notes, 0);
}

/* The row at a study's own values is the study's row. */
static void rows_at_the_studies_are_those_of_x(void **state)
{
    static const char *const formulas[] = {"~ relevel(g,'z')*z + factor(w)", "~ f:g - 1",
                                           "~ rcs(z, 3):f + poly(z, 2)", "~ log(z)*f*h",
                                           "~ z + g + I(2 * z)"};
    double row[P];

    for (size_t c = 0; c < sizeof formulas / sizeof *formulas; c++) {
        const tq_design *d = build(formulas[c], *state);

        for (size_t i = 0; i < K; i++) {
            const tq_value value[] = {{"h", h[i], NAN},
                                      {"f", f[i], NAN},
                                      {"g", g[i], NAN},
                                      {"z", NULL, z[i]},
                                      {"w", NULL, w[i]}};

            assert_int_equal(tq_design_row(d, 5, value, row, NULL), TQ_OK);
            for (size_t j = 0; j < d->p; j++) {
                assert_near(row[j], d->X[i + j * K], 0.0);
            }
        }
    }
}

static void redundant_columns_are_left_out_and_named(void **state)
{
    const tq_design *d = build("~ z + I(3 * z - 2) + f + g + I(z - z)", *state);

    assert_columns(d, "intrcpt z fb gy gz");
    assert_int_equal(d->n_dropped, 2);
    assert_string_equal(d->dropped[0], "I(3 * z - 2)");
    assert_string_equal(d->dropped[1], "I(z - z)");
    assert_int_equal(d->term[1].n, 0);
    d = build("~ f:g", *state); /* a column for every cell beside the intercept */
    assert_int_equal(d->p, 6);
    assert_string_equal(d->dropped[0], "fb:gz");
    d = build("~ I(1990 + z/9) + I((1990 + z/9)^2) + I((1990 + z/9)^3)", *state);
    assert_int_equal(d->n_dropped, 0); /* near, but not redundant */
}

static void what_cannot_be_built_says_why(void **state)
{
    static const struct {
        size_t k;
        const char *formula, *part;
        tq_status status;
    } cases[] = {
        {K, "~ log(f)", "computes with 'f', which holds texts ('a')", TQ_EINVAL},
        {K, "~ relevel(f, 'c')", "no level 'c'", TQ_EDATA},
        {K, "~ relevel(factor(w), 11)", "did you mean '10'?", TQ_EDATA},
        {K, "~ log(z - 13.5)", "value '13.5': in log(z - 13.5), log needs a number > 0, not 0",
         TQ_EDATA},
        {K, "~ I(1 / (w - 2))", "value '2': 1 / (w - 2) is no finite number", TQ_EDATA},
        {K, "~ poly(w, 3)", "at least 4 different values, these studies have 3", TQ_EDATA},
        {K, "~ rcs(w, 4)", "at least 4 different values, these studies have 3", TQ_EDATA},
        {K, "~ rcs((w - 2) * (w - 3) * z, 3)", "would coincide at 0; give the knots", TQ_EDATA},
        {1, "~ f", "'f' has one level alone ('a') in the 1 studies", TQ_EDATA},
        {6, "~ f*g", "makes 6 coefficients, which need more than 6 studies", TQ_EDATA},
        {3, "~ h", "'h' has one level alone ('u')", TQ_EDATA},
        {1, "~ z", "makes 2 coefficients", TQ_EDATA},
        {K, "~ I(z - z) - 1", "none of the 1 columns", TQ_EDATA},
        {0, "~ z", "no studies", TQ_EDATA},
    };
    tq_design *d;
    tq_error err = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(build_k(cases[i].k, cases[i].formula, *state, &d, &err), cases[i].status);
        if (!strstr(err.message, cases[i].part)) {
            print_error("%s\n    %s\n", cases[i].formula, err.message);
        }
        assert_non_null(strstr(err.message, cases[i].part));
    }
    assert_int_equal(build_k(K, "~ log(z - 13.5)", *state, &d, &err), TQ_EDATA);
    assert_int_equal(err.row, 0);
    assert_string_equal(err.column, "z");
}

static void new_values_must_fit(void **state)
{
    static const struct {
        tq_value value[3];
        tq_status status;
        const char *part;
    } cases[] = {
        {{{"z", "3", 0}, {"w", "2", 0}, {"g", "xx", 0}}, TQ_EDATA, "no level 'xx'"},
        {{{"z", "3", 0}, {"w", "2", 0}, {"g", "X", 0}}, TQ_EDATA, "did you mean 'x'?"},
        {{{"z", "3", 0}, {"w", "2", 0}, {"g", NULL, 3}}, TQ_EDATA, "needs a level, such as 'x'"},
        {{{"z", "3", 0}, {"w", "4", 0}, {"g", "x", 0}}, TQ_EDATA, "no level '4'"},
        {{{"z", "3", 0}, {"w", NULL, 4}, {"g", "x", 0}}, TQ_EDATA, "no level 4"},
        {{{"z", "x", 0}, {"w", "2.0", 0}, {"g", "x", 0}}, TQ_EINVAL, "needs a number, not 'x'"},
        {{{"z", NULL, NAN}, {"w", "2", 0}, {"g", "x", 0}}, TQ_EINVAL, "a finite number"},
        {{{"z", "0", 0}, {"w", "2", 0}, {"g", "x", 0}}, TQ_EDATA, "log needs a number > 0, not 0"},
        {{{"z", "3", 0}, {"w", "2", 0}, {"f", "x", 0}}, TQ_EINVAL, "no value for 'g'"},
    };
    const tq_design *d = build("~ log(z) + factor(w) + g", *state);
    double row[P];
    tq_error err = {0};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(tq_design_row(d, 3, cases[i].value, row, &err), cases[i].status);
        assert_non_null(strstr(err.message, cases[i].part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_are_coded_by_the_margins_of_their_terms),
        cmocka_unit_test(terms_say_what_their_columns_are),
        cmocka_unit_test(polynomials_are_those_of_r),
        cmocka_unit_test(splines_are_those_of_harrell),
        cmocka_unit_test(rows_at_the_studies_are_those_of_x),
        cmocka_unit_test(redundant_columns_are_left_out_and_named),
        cmocka_unit_test(what_cannot_be_built_says_why),
        cmocka_unit_test(new_values_must_fit),
    };

    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
