/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The --subset language: what expressions mean, and what is said about wrong ones. */
#include "support/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/csv.h"
#include "frame/subset.h"

/* Row 3 misses its dose; 'table' is numeric where 6 and 6.0 are one number and two texts. */
static const char sheet[] =
    "study,outcome,months,dose,cell_source,table,follow up,\xC3\xA4rm,pre,post\n"
    "Vega,VAS,12,40,BM,6,3,l,2.50,2.5\n"
    "Orozco,WOMAC,24,22.5,AD,6.0,6,r,9,10\n"
    "O'Neil,VAS,6,NA,UC,7,9,l,abd,abc\n"
    "Lamo,VAS,12,100,,8,12,r,.,4\n"
    "Jo \"Z\",KOOS,36,-1.5,BM,10,15,l,3,\n";

enum { ROWS = 5 };

static tq_table *knee(void)
{
    tq_table *t = NULL;

    assert_int_equal(tq_csv_parse(sheet, sizeof sheet - 1, "knee.csv", NULL, &t, NULL), TQ_OK);
    return t;
}

/* want: a digit per row, "10110". */
static void selects(const char *expression, const char *want)
{
    tq_table *t = knee();
    unsigned char keep[ROWS];
    char got[ROWS + 1] = "";
    tq_error err;

    if (tq_subset_select(t, expression, keep, &err) != TQ_OK) {
        fail_msg("%s: %s", expression, err.message);
    }
    for (size_t i = 0; i < ROWS; i++) {
        got[i] = (char)('0' + keep[i]);
    }
    if (strcmp(got, want) != 0) {
        fail_msg("%s: got %s, want %s", expression, got, want);
    }
    tq_table_free(t);
}

static void refuses(const char *expression, const char *message)
{
    tq_table *t = knee();
    unsigned char keep[ROWS] = {9, 9, 9, 9, 9};
    tq_error err;

    if (tq_subset_select(t, expression, keep, &err) != TQ_EINVAL) {
        fail_msg("%s: not refused", expression);
    }
    assert_int_equal(err.status, TQ_EINVAL);
    if (!strstr(err.message, message)) {
        fail_msg("%s: got %s", expression, err.message);
    }
    assert_string_equal(err.file, "");
    assert_int_equal(tq_subset_select(t, expression, keep, NULL), TQ_EINVAL);
    for (size_t i = 0; i < ROWS; i++) {
        assert_int_equal(keep[i], 9);
    }
    tq_table_free(t);
}

static void numbers_compare_as_numbers(void **state)
{
    (void)state;
    selects("months == 12", "10010");
    selects("months != 12", "01101");
    selects("months < 12", "00100");
    selects("months <= 12", "10110");
    selects("months > 12.0", "01001");
    selects("months >= 1.2e1", "11011");
    selects("table == 6", "11000");
    selects("dose < -1", "00001");
    selects("dose > +22.4", "11010");
    selects("dose == \xE2\x88\x92"
            "1.5",
            "00001");
    selects("dose > .5", "11010");
}

static void quoted_text_compares_with_the_cells_text(void **state)
{
    (void)state;
    selects("outcome == 'VAS'", "10110");
    selects("outcome != \"VAS\"", "01001");
    selects("table == '6'", "10000");
    selects("table != '6'", "01111");
    selects("table < '6.0'", "10001"); /* byte order: "10" before "6" */
    selects("study >= 'Orozco'", "11000");
    selects("study == 'O''Neil'", "00100");
    selects("study == \"O'Neil\"", "00100");
    selects("study == \"Jo \"\"Z\"\"\"", "00001");
    selects("outcome == 'Lequesne index'", "00000"); /* absent, and near nothing that is there */
}

static void in_matches_any_of_its_list(void **state)
{
    (void)state;
    selects("cell_source in ('BM','AD')", "11001");
    selects("months in (6, 36)", "00101");
    selects("months in(12)", "10010");
    selects("table in ('6', 8, 10)", "10011");
    selects("table IN (6.0)", "11000");
}

static void a_comparison_with_a_missing_cell_is_false(void **state)
{
    (void)state;
    selects("dose == 40", "10000");
    selects("dose != 40", "01011");
    selects("cell_source != 'BM'", "01100");
    selects("cell_source in ('AD')", "01000");
    selects("cell_source == ''", "00000");
    selects("missing(dose)", "00100");
    selects("missing( pre )", "00010");
    selects("!missing(cell_source)", "11101");
    selects("months < dose", "10010");
}

static void negation_is_logical(void **state)
{
    (void)state;
    selects("!(dose == 40)", "01111");
    selects("!dose == 40", "01111");
    selects("!!(dose == 40)", "10000");
    selects("!(cell_source in ('BM')) & months <= 12", "00110");
}

static void operators_bind_not_then_and_then_or(void **state)
{
    (void)state;
    selects("outcome == 'KOOS' | outcome == 'VAS' & months == 12", "10011");
    selects("(outcome == 'KOOS' | outcome == 'VAS') & months == 12", "10010");
    selects("outcome == 'VAS' & months >= 12 & cell_source in ('BM','AD')", "10000");
    selects("!outcome == 'VAS' & months == 24", "01000");
    selects("months==6|months==12|months==24&dose>50", "10110");
    selects("  ( ( months == 6 ) )\t", "00100");
}

static void columns_compare_as_numbers_or_else_as_text(void **state)
{
    tq_table *t = NULL;
    unsigned char keep[5];
    static const char text[] = "a,b\n2.50,2.5\n9,10\nabd,abc\nNA,4\n3,x\n";

    (void)state;
    assert_int_equal(tq_csv_parse(text, sizeof text - 1, "x", NULL, &t, NULL), TQ_OK);
    assert_int_equal(tq_subset_select(t, "a == b", keep, NULL), TQ_OK);
    assert_memory_equal(keep, "\1\0\0\0\0", 5);
    assert_int_equal(tq_subset_select(t, "a < b", keep, NULL), TQ_OK);
    assert_memory_equal(keep, "\0\1\0\0\1", 5);
    assert_int_equal(tq_subset_select(t, "a != b", keep, NULL), TQ_OK);
    assert_memory_equal(keep, "\0\1\1\0\1", 5);
    tq_table_free(t);
}

static void names_may_be_in_backticks_or_any_script(void **state)
{
    (void)state;
    selects("`follow up` > 8", "00111");
    selects("\xC3\xA4rm == 'l'", "10101");
    selects("missing(`dose`)", "00100");
    selects("months > `follow up`", "11001");
}

static void words_of_the_language_may_name_columns(void **state)
{
    static const char text[] = "in,missing,not,and\n1,2,3,4\n5,6,7,8\n";
    tq_table *t = NULL;
    unsigned char keep[2];

    (void)state;
    assert_int_equal(tq_csv_parse(text, sizeof text - 1, "x", NULL, &t, NULL), TQ_OK);
    assert_int_equal(
        tq_subset_select(t, "in in (5) & missing == 6 & not == 7 & and > 4", keep, NULL), TQ_OK);
    assert_memory_equal(keep, "\0\1", 2);
    tq_table_free(t);
}

static void a_cell_that_is_not_a_number_is_named(void **state)
{
    tq_table *t = knee();
    unsigned char keep[ROWS] = {9, 9, 9, 9, 9};
    tq_error err;

    (void)state;
    assert_int_equal(tq_subset_select(t, "pre > 2", keep, &err), TQ_EDATA);
    assert_string_equal(err.message, "value 'abd' is not a number");
    assert_string_equal(err.column, "pre");
    assert_string_equal(err.file, "knee.csv");
    assert_int_equal(err.line, 4);
    assert_int_equal(err.row, 2);
    assert_int_equal(keep[0], 9);
    assert_int_equal(tq_subset_select(t, "pre > 2", keep, NULL), TQ_EDATA);
    tq_table_free(t);
    /* Not asked when the rest decides already. */
    selects("study == 'Vega' & pre > 2", "10000");
    selects("study == 'O''Neil' | pre > 2.5", "01101");
}

static void wrong_operators_are_met_with_the_right_ones(void **state)
{
    (void)state;
    refuses("outcome == 'VAS' & dose = 3",
            "in \"--subset\": at character 25, \"dose = 3\": use '==' to compare");
    refuses("dose == 3 && months == 2", "at character 11");
    refuses("dose == 3 && months == 2", "use a single '&'");
    refuses("dose == 3 || months == 2", "use a single '|'");
    refuses("dose == 3 and months == 2", "use '&' for and");
    refuses("dose == 3 OR months == 2", "use '|' for or");
    refuses("not dose == 3", "use '!' for not");
    refuses("dose =< 3", "use '<='");
    refuses("dose => 3", "use '>='");
    refuses("dose <> 3", "expected a value");
    refuses("dose %in% (3)", "use 'in'");
    refuses("dose not in (3)", "write !(");
    refuses("is.na(dose)", "use missing(column)");
    refuses("dose == NA", "missing(column)");
    refuses("1 < dose", "before the value");
    refuses("1 < dose < 3", "before the value");
    refuses("dose > 1 < 3", "one comparison at a time");
    refuses("outcome == \xE2\x80\x98VAS\xE2\x80\x99", "straight quotes");
    refuses("'outcome' == 'VAS'", "`backticks`");
    refuses("outcome == 12abc", "text needs quotes");
    refuses("outcome == VAS", "unknown column 'VAS'; text needs quotes");
}

static void unknown_columns_name_the_nearest(void **state)
{
    (void)state;
    refuses("outcom == 'VAS'", "at character 1");
    refuses("outcom == 'VAS'", "unknown column 'outcom'; did you mean 'outcome'?");
    refuses("`follow-up` == 1", "did you mean 'follow up'?");
    refuses("missing(xyzzyx)", "unknown column 'xyzzyx'");
    refuses("months > dsoe", "did you mean 'dose'?");
}

static void broken_expressions_are_refused(void **state)
{
    static const struct {
        const char *expression, *message;
    } cases[] = {
        {"", "the expression is empty"},
        {"  \t", "the expression is empty"},
        {"dose", "expected a comparison"},
        {"dose ==", "ends too early"},
        {"dose == 3 &", "ends too early"},
        {"(dose == 3", "expected ')'"},
        {"dose == 3)", "a ')' without its '('"},
        {"dose == 3, months == 2", "join conditions"},
        {"dose == 3 months", "expected '&', '|' or the end"},
        {"dose in 3", "list in parentheses"},
        {"dose in ()", "expected a value"},
        {"dose in (1, 2", "expected ',' or ')'"},
        {"dose in (1 2)", "expected ',' or ')'"},
        {"missing(dose", "expected ')'"},
        {"missing()", "expected a column"},
        {"outcome == 'VAS", "not closed"},
        {"`dose == 3", "not closed"},
        {"!", "ends too early"},
        {"& dose == 3", "expected a column"},
        {"dose == 1e999", "too large"},
        {"dose == #", "expected a value"},
        {"dose ! 3", "use '!='"},
        {"\xC3\xA4rm == 'l' & # == 1", "at character 14"}, /* characters, not bytes */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refuses(cases[i].expression, cases[i].message);
    }
}

/* What a hostile script may send: depth ends in an error, width and length do not matter. */
static void nesting_is_limited_and_length_is_not(void **state)
{
    enum { N = 200000 };
    static const char term[] = "dose==3|";
    char *text = malloc(N * sizeof term);
    tq_table *t = knee();
    unsigned char keep[ROWS];

    (void)state;
    assert_non_null(text);
    for (const char *open = "(!"; *open; open++) {
        memset(text, *open, N);
        text[N] = '\0';
        assert_int_equal(tq_subset_select(t, text, keep, NULL), TQ_EINVAL);
    }
    refuses("(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("
            "((((("
            "((((((((((((((((((((dose == 3",
            "nested deeper than 100");
    for (size_t i = 0; i < N; i++) {
        memcpy(text + i * (sizeof term - 1), term, sizeof term);
    }
    strcpy(text + N * (sizeof term - 1) - 1, "|dose==40");
    assert_int_equal(tq_subset_select(t, text, keep, NULL), TQ_OK);
    assert_memory_equal(keep, "\1\0\0\0\0", ROWS);
    tq_table_free(t);
    free(text);
}

static void numbers_of_the_expression_keep_the_point(void **state)
{
    const tq_csv_options comma = {.decimal = ','};
    static const char text[] = "yi;n\n0,5;1\n1,5;2\n1.500,5;3\n";
    tq_table *t = NULL;
    unsigned char keep[3];

    (void)state;
    assert_int_equal(tq_csv_parse(text, sizeof text - 1, "x", &comma, &t, NULL), TQ_OK);
    assert_int_equal(tq_subset_select(t, "yi in (1.5, 1500.5)", keep, NULL), TQ_OK);
    assert_memory_equal(keep, "\0\1\1", 3);
    tq_table_free(t);
}

static void a_slip_of_the_pen_is_not_an_empty_level(void **state)
{
    static const char *const slips[] = {"outcome == 'vas'", "outcome != 'VSA'",
                                        "!(outcome in ('VAS', 'WOMACC'))",
                                        "missing(outcome) | outcome == 'VAS '"};
    unsigned char keep[ROWS];
    tq_table *t = knee();
    tq_error err;

    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        assert_int_equal(tq_subset_select(t, slips[i], keep, &err), TQ_EDATA);
        assert_non_null(strstr(err.message, "did you mean '"));
        assert_string_equal(err.file, "knee.csv");
    }
    tq_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slip_of_the_pen_is_not_an_empty_level),
        cmocka_unit_test(numbers_compare_as_numbers),
        cmocka_unit_test(quoted_text_compares_with_the_cells_text),
        cmocka_unit_test(in_matches_any_of_its_list),
        cmocka_unit_test(a_comparison_with_a_missing_cell_is_false),
        cmocka_unit_test(negation_is_logical),
        cmocka_unit_test(operators_bind_not_then_and_then_or),
        cmocka_unit_test(columns_compare_as_numbers_or_else_as_text),
        cmocka_unit_test(names_may_be_in_backticks_or_any_script),
        cmocka_unit_test(words_of_the_language_may_name_columns),
        cmocka_unit_test(a_cell_that_is_not_a_number_is_named),
        cmocka_unit_test(wrong_operators_are_met_with_the_right_ones),
        cmocka_unit_test(unknown_columns_name_the_nearest),
        cmocka_unit_test(broken_expressions_are_refused),
        cmocka_unit_test(nesting_is_limited_and_length_is_not),
        cmocka_unit_test(numbers_of_the_expression_keep_the_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
