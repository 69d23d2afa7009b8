/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block of a method for publication bias: its adjusted effects, tests, numbers and table. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

static lxw_row_t write_estimates(wb_sheet *s, const tq_answers *f, lxw_row_t row)
{
    enum { COLUMNS = 8 };
    const int fine = s->book->digits + 2, digits = s->book->digits;
    const tq_answer_estimate *e = f->estimate;
    const wb_value_column columns[COLUMNS] = {
        {"Estimate", wb_decimals(WB_FIXED, fine), &e->value.est, sizeof *e, WB_DOUBLE},
        {"SE", wb_decimals(WB_FIXED, fine), &e->value.se, sizeof *e, WB_DOUBLE},
        {"CI low", wb_decimals(WB_CI_LO, fine), &e->value.ci_lb, sizeof *e, WB_DOUBLE},
        {"CI high", wb_decimals(WB_CI_HI, fine), &e->value.ci_ub, sizeof *e, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &e->value.pval, sizeof *e, WB_DOUBLE},
        {wb_natural_name(s->book), wb_decimals(WB_FIXED, digits), &e->natural.pred, sizeof *e,
         WB_DOUBLE},
        {"Natural CI low", wb_decimals(WB_CI_LO, digits), &e->natural.ci_lb, sizeof *e, WB_DOUBLE},
        {"Natural CI high", wb_decimals(WB_CI_HI, digits), &e->natural.ci_ub, sizeof *e, WB_DOUBLE},
    };

    return f->n_estimates == 0
               ? row
               : wb_value_list(s, row, "AdjustedEffects", "Effect", &e->label, sizeof *e, columns,
                               wb_has_natural(s->book) ? COLUMNS : COLUMNS - 3, f->n_estimates);
}

static lxw_row_t write_tests(wb_sheet *s, const tq_answers *f, lxw_row_t row)
{
    const tq_answer_test *t = f->test;
    const wb_value_column columns[] = {
        {"Statistic", wb_decimals(WB_FIXED, 2), &t->stat, sizeof *t, WB_DOUBLE},
        {"df", wb_as(WB_COUNT), &t->df, sizeof *t, WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &t->pval, sizeof *t, WB_DOUBLE},
    };

    return f->n_tests == 0 ? row
                           : wb_value_list(s, row, "SelectionTests", "Test", &t->label, sizeof *t,
                                           columns, sizeof columns / sizeof *columns, f->n_tests);
}

static wb_look look_of(const wb_book *book, tq_show show)
{
    switch (show) {
    case TQ_SHOW_EFFECT:
        return wb_decimals(WB_FIXED, book->digits + 2);
    case TQ_SHOW_PERCENT:
        return wb_decimals(WB_SHARE, 1);
    case TQ_SHOW_P:
        return wb_as(WB_PVAL);
    case TQ_SHOW_COUNT:
        return wb_as(WB_COUNT);
    default:
        return wb_decimals(WB_FIXED, 2);
    }
}

static lxw_row_t write_numbers(wb_sheet *s, const tq_answers *f, lxw_row_t row)
{
    for (size_t i = 0; i < f->n_numbers; i++) {
        const tq_answer_number *n = &f->number[i];

        if (isfinite(n->value)) {
            wb_flow(s, row, 0, n->label, wb_as(WB_TEXT));
            wb_engine_only(s, row++, 1, n->show == TQ_SHOW_PERCENT ? n->value / 100.0 : n->value,
                           look_of(s->book, n->show));
        } else if (n->none) {
            wb_flow(s, row, 0, n->label, wb_as(WB_TEXT));
            wb_text(s, row++, 1, n->none, wb_as(WB_RIGHT));
        }
    }
    return row + 1;
}

static lxw_row_t write_rows(wb_sheet *s, const tq_answers *f, lxw_row_t row)
{
    wb_value_column columns[TQ_ANSWERS_MOST];
    size_t n = 0;

    for (size_t j = 0; f->n_rows > 0 && j < f->n_columns; j++) {
        const tq_answer_column *c = &f->column[j];
        const int natural = c->show == TQ_SHOW_NATURAL;

        if (!natural || wb_has_natural(s->book)) {
            columns[n++] = (wb_value_column){natural ? wb_natural_name(s->book) : c->head,
                                             look_of(s->book, c->show), c->value, sizeof *c->value,
                                             c->show == TQ_SHOW_PERCENT ? WB_PERCENT : WB_DOUBLE};
        }
    }
    if (f->n_rows == 0) {
        return row;
    }
    wb_flow(s, row++, 0, f->rows_title, wb_as(WB_SECTION));
    return wb_value_list(s, row, "SelectionRows", f->rows_head, f->row, sizeof *f->row, columns, n,
                         f->n_rows);
}

lxw_row_t wb_answers(wb_sheet *s, lxw_row_t row)
{
    const tq_answers *f = &s->book->a->publication->answers;

    wb_flow(s, row++, 0, f->title, wb_as(WB_SECTION));
    row = wb_paragraph(s, row, 0, f->reading, wb_as(WB_TEXT)) + 1;
    row = write_estimates(s, f, row);
    row = write_tests(s, f, row);
    row = write_numbers(s, f, row);
    row = write_rows(s, f, row);
    for (size_t i = 0; i < TQ_ANSWERS_SOURCES && f->source[i]; i++) {
        row = wb_paragraph(s, row, 0, f->source[i], wb_as(WB_NOTE));
    }
    return row + 1;
}
