/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formulas of the workbook are evaluated as spreadsheets evaluate them. */
#include "support/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/workbook/workbook_formula_internal.h"
#include "report/workbook/workbook_functions_internal.h"

static const wb_kind first = {.name = "First"}, second = {.name = "Second"};

/* Two sheets without a file: A1:A4 of First hold numbers, B1 is a text, B2 is empty. */
typedef struct {
    wb_book book;
    wb_sheet sheet[2];
    lxw_row_t next;
} fixture;

static fixture *new_fixture(void)
{
    static const double column[] = {2.385, -0.418, 7.25, 0.5};
    fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->book.arena = tq_arena_new();
    f->book.cells = wb_cells_new();
    f->book.sheet = f->sheet;
    f->book.n_sheets = 2;
    f->sheet[0].book = f->sheet[1].book = &f->book;
    f->sheet[0].kind = &first;
    f->sheet[1].kind = &second;
    for (lxw_row_t i = 0; i < 4; i++) {
        wb_keep_number(&f->sheet[0], i, 0, column[i]);
    }
    wb_keep_text(&f->sheet[0], 0, 1, "word");
    wb_keep_number(&f->sheet[1], 11, 27, 31.5); /* AB12 */
    wb_keep_name(&f->book, "some_name", "First!$A$3");
    f->next = 20;
    return f;
}

static void free_fixture(fixture *f)
{
    wb_cells_free(f->book.cells);
    tq_arena_free(f->book.arena);
    free(f);
}

/* The result as a number; NaN for texts and errors. */
static double value_of(fixture *f, const char *formula)
{
    wb_keep_formula(&f->sheet[0], f->next, 3, formula, (double)NAN, NULL);
    return wb_cell_number(&f->sheet[0], f->next++, 3);
}

/* 1 when a formula gives this text. */
static int gives(fixture *f, const char *formula, const char *text)
{
    char test[2048];

    snprintf(test, sizeof test, "IF(EXACT(%s,\"%s\"),1,0)", formula, text);
    return value_of(f, test) == 1.0;
}

static void operators_bind_as_in_spreadsheets(void **state)
{
    fixture *f = new_fixture();

    (void)state;
    assert_near(value_of(f, "2+3*4^2/8-1"), 7.0, 1e-15);
    assert_near(value_of(f, "-2^2"), 4.0, 0.0); /* the sign binds tighter than the power */
    assert_near(value_of(f, "(1-3)*-1.5"), 3.0, 0.0);
    assert_near(value_of(f, "2^3^2"), 64.0, 0.0); /* from the left */
    assert_near(value_of(f, "1+1=2"), 1.0, 0.0);
    assert_near(value_of(f, "IF(3<>3,7,IF(2<=1,8,9.5))"), 9.5, 0.0);
    assert_true(isnan(value_of(f, "1/0")));
    assert_true(isnan(value_of(f, "2+")));
    assert_true(isnan(value_of(f, "2)")));
    free_fixture(f);
}

static void references_reach_cells_sheets_ranges_and_names(void **state)
{
    fixture *f = new_fixture();

    (void)state;
    assert_near(value_of(f, "A1+$A$2"), 1.967, 1e-15);
    assert_near(value_of(f, "Second!$AB$12*2"), 63.0, 0.0);
    assert_near(value_of(f, "SUM(A1:A4)"), 9.717, 1e-14);
    assert_near(value_of(f, "some_name+1"), 8.25, 0.0);
    assert_near(value_of(f, "B2+1"), 1.0, 0.0); /* empty counts as 0 */
    assert_true(isnan(value_of(f, "B1+1")));
    assert_true(isnan(value_of(f, "Third!A1")));
    assert_true(isnan(value_of(f, "no_such_name")));
    free_fixture(f);
}

static void arrays_go_element_by_element_in_sumproduct(void **state)
{
    fixture *f = new_fixture();

    (void)state;
    assert_near(value_of(f, "SUMPRODUCT(A1:A4^2)"), 2.385 * 2.385 + 0.418 * 0.418 + 52.5625 + 0.25,
                1e-13);
    assert_near(value_of(f, "SUMPRODUCT(A1:A4,A1:A4)"),
                2.385 * 2.385 + 0.418 * 0.418 + 52.5625 + 0.25, 1e-13);
    assert_near(value_of(f, "SUMPRODUCT((A1:A4>0)*1)"), 3.0, 0.0);
    assert_near(value_of(f, "SUMPRODUCT(A1:A4/A1:A4)-SUM(A1:A1)"), 4.0 - 2.385, 1e-15);
    assert_near(value_of(f, "SUMPRODUCT(A1:A2,B1:B2)"), 0.0, 0.0); /* texts of a range count as 0 */
    assert_true(isnan(value_of(f, "SUMPRODUCT(A1:A2*B1:B2)")));    /* but not in arithmetic */
    assert_true(isnan(value_of(f, "SUMPRODUCT(A1:A4*A1:A3)")));
    assert_near(value_of(f, "MAX(A1:A4)-MIN(A1:A4,9)"), 7.25 + 0.418, 1e-15);
    free_fixture(f);
}

static void distributions_are_those_of_the_engine(void **state)
{
    fixture *f = new_fixture();

    (void)state;
    assert_near(value_of(f, "NORMSINV(0.975)"), 1.9599639845400543, 1e-14);
    assert_near(value_of(f, "NORMSDIST(-1.5)"), 0.066807201268858066, 1e-15);
    assert_near(value_of(f, "TINV(0.05,7)"), 2.3646242515927849, 1e-13);
    assert_near(value_of(f, "TDIST(2.3646242515927849,7,2)"), 0.05, 1e-14);
    assert_near(value_of(f, "CHIDIST(11.5,2)"), exp(-5.75), 1e-16);
    assert_near(value_of(f, "FDIST(3.2,2,9)"), pow(1.0 + 6.4 / 9.0, -4.5), 1e-15);
    assert_near(value_of(f, "EXP(GAMMALN(4.5))"), 11.631728396567448, 1e-12);
    assert_true(isnan(value_of(f, "TINV(0.05,0)")));
    assert_true(isnan(value_of(f, "CHIDIST(-1,3)")));
    free_fixture(f);
}

static void texts_are_made_as_spreadsheets_make_them(void **state)
{
    fixture *f = new_fixture();

    (void)state;
    assert_true(gives(f, "\"k = \"&A4&\", \"&FIXED(ROUND(2.345,2),2,TRUE)", "k = 0.5, 2.35"));
    assert_true(gives(f, "SUBSTITUTE(FIXED(A2,1,TRUE),\"-\",\"\xE2\x88\x92\")",
                      "\xE2\x88\x92"
                      "0.4"));
    assert_true(gives(f, "IFERROR(1/0,\"NE\")", "NE"));
    assert_true(gives(f, "IF(B1=\"word\",\"a\"\"b\",\"\")", "a\"\"b"));
    assert_near(value_of(f, "EXACT(\"a\",\"A\")"), 0.0, 0.0);
    assert_near(value_of(f, "ISNUMBER(B1)+ISNUMBER(A1)"), 1.0, 0.0);
    assert_near(value_of(f, "IF(AND(A1>0,OR(A2>0,A3>0)),4.5,0)"), 4.5, 0.0);
    free_fixture(f);
}

static void unknown_functions_and_wrong_arguments_are_errors(void **state)
{
    fixture *f = new_fixture();

    (void)state;
    assert_true(isnan(value_of(f, "LAMBDA(1)")));
    assert_true(isnan(value_of(f, "SQRT(1,2)")));
    assert_true(isnan(value_of(f, "SQRT(-1)")));
    assert_true(isnan(value_of(f, "LN(0)")));
    assert_true(isnan(value_of(f, "IF(1)")));
    free_fixture(f);
}

static void formulas_that_go_in_a_circle_are_errors(void **state)
{
    fixture *f = new_fixture();

    (void)state;
    wb_keep_formula(&f->sheet[0], 0, 5, "F2+1", (double)NAN, NULL);
    wb_keep_formula(&f->sheet[0], 1, 5, "F1+1", (double)NAN, NULL);
    assert_true(isnan(wb_cell_number(&f->sheet[0], 0, 5)));
    free_fixture(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_bind_as_in_spreadsheets),
        cmocka_unit_test(references_reach_cells_sheets_ranges_and_names),
        cmocka_unit_test(arrays_go_element_by_element_in_sumproduct),
        cmocka_unit_test(distributions_are_those_of_the_engine),
        cmocka_unit_test(texts_are_made_as_spreadsheets_make_them),
        cmocka_unit_test(unknown_functions_and_wrong_arguments_are_errors),
        cmocka_unit_test(formulas_that_go_in_a_circle_are_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
