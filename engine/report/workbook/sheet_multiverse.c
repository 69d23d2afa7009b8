/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The specifications of a multiverse: agreement, the choices, and every specification. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 4 };
/* Rows that spreadsheets work with at ease; --csv has all. */
enum { MOST_ROWS = 100000 };

static lxw_row_t line(wb_sheet *s, lxw_row_t row, const char *label, double x, wb_look look)
{
    wb_flow(s, row, 0, label, wb_as(WB_TEXT));
    wb_engine_only(s, row, 1, x, look);
    return row + 1;
}

static lxw_row_t write_agreement(wb_sheet *s, lxw_row_t row)
{
    const tq_multiverse *m = s->book->a->multiverse;
    const tq_specification_summary *all = &m->all;
    const wb_look share = wb_decimals(WB_SHARE, 1),
                  fine = wb_decimals(WB_FIXED, s->book->digits + 2);
    const double n = (double)all->valid;

    wb_flow(s, row++, 0, "Agreement with the reference", wb_as(WB_SECTION));
    row = line(s, row, "Specifications", (double)m->done, wb_as(WB_COUNT));
    row = line(s, row, "With a model", n, wb_as(WB_COUNT));
    if (m->has_null && all->valid > 0) {
        row = line(s, row, "Same direction", (double)all->same_direction / n, share);
        row = line(s, row, "Same significance", (double)all->same_significance / n, share);
        row = line(s, row, "Both", (double)all->same_both / n, share);
    }
    row = line(s, row, "Median estimate", all->median, fine);
    row = line(s, row, "Smallest", all->min, fine);
    return line(s, row, "Largest", all->max, fine) + 1;
}

/* A column of a list: its head, look, and value in row i. */
typedef struct {
    const char *head;
    wb_look look;
    double (*of)(const tq_multiverse *m, const tq_specification_summary *s);
} summary_column;

static double models_of(const tq_multiverse *m, const tq_specification_summary *s)
{
    (void)m;
    return (double)s->valid;
}

static double median_of(const tq_multiverse *m, const tq_specification_summary *s)
{
    (void)m;
    return s->median;
}

static double min_of(const tq_multiverse *m, const tq_specification_summary *s)
{
    (void)m;
    return s->min;
}

static double max_of(const tq_multiverse *m, const tq_specification_summary *s)
{
    (void)m;
    return s->max;
}

static double significant_of(const tq_multiverse *m, const tq_specification_summary *s)
{
    return m->has_null && s->valid > 0 ? (double)s->significant / (double)s->valid : WB_NONE;
}

static double agree_of(const tq_multiverse *m, const tq_specification_summary *s)
{
    return m->has_null && s->valid > 0 ? (double)s->same_both / (double)s->valid : WB_NONE;
}

static lxw_row_t write_choices(wb_sheet *s, lxw_row_t row)
{
    const tq_multiverse *m = s->book->a->multiverse;
    const wb_look fine = wb_decimals(WB_FIXED, s->book->digits + 2),
                  share = wb_decimals(WB_SHARE, 1);
    const summary_column columns[] = {{"Models", wb_as(WB_COUNT), models_of},
                                      {"Median", fine, median_of},
                                      {"Smallest", fine, min_of},
                                      {"Largest", fine, max_of},
                                      {"Significant", share, significant_of},
                                      {"Agree", share, agree_of}};
    enum { COLUMNS = sizeof columns / sizeof *columns };
    size_t n = 0;

    wb_flow(s, row++, 0, "By choice; the first option of each makes the reference",
            wb_as(WB_SECTION));
    wb_list list = wb_list_begin(s, row, COLUMNS + 2);
    const lxw_col_t choice = wb_list_column(&list, "Choice", wb_as(WB_TEXT));
    const lxw_col_t option = wb_list_column(&list, "Option", wb_as(WB_TEXT));

    for (size_t i = 0; i < COLUMNS; i++) {
        wb_list_column(&list, columns[i].head, columns[i].look);
    }
    for (size_t c = 0; c < m->n_choices; c++) {
        for (size_t o = 0; o < m->choice[c].n; o++, n++) {
            const lxw_row_t at = list.top + 1 + (lxw_row_t)n;

            wb_text(s, at, choice, m->choice[c].name, wb_as(WB_TEXT));
            wb_text(s, at, option, m->choice[c].option[o], wb_as(WB_TEXT));
            for (size_t i = 0; i < COLUMNS; i++) {
                wb_engine_only(s, at, (lxw_col_t)(option + 1 + i), columns[i].of(m, &m->by[c][o]),
                               columns[i].look);
            }
        }
    }
    return wb_list_end(&list, "Choices", n) + 1;
}

/* Columns after the choices. */
enum { STUDIES, ESTIMATE, LOW, HIGH, PVAL, RANK, WHY_NONE, RESULTS };

static void write_row(wb_sheet *s, lxw_row_t at, size_t j)
{
    const tq_multiverse *m = s->book->a->multiverse;
    const tq_specification_fit *f = &m->fit[j];
    const int fine = s->book->digits + 2;
    lxw_col_t col = 0;

    wb_number(s, at, col++, (double)(j + 1), wb_as(WB_COUNT));
    for (size_t i = 0; i < m->n_choices; i++) {
        wb_text(s, at, col++,
                m->choice[i].option[tq_multiverse_option(m->choice, m->n_choices, i, j)],
                wb_as(WB_INDENT));
    }
    if (f->done && f->why_none[0]) {
        wb_text(s, at, col + WHY_NONE, f->why_none, wb_as(WB_INDENT));
    } else if (f->done) {
        wb_engine_only(s, at, col + STUDIES, (double)f->k, wb_as(WB_COUNT));
        wb_engine_only(s, at, col + ESTIMATE, f->estimate, wb_decimals(WB_FIXED, fine));
        wb_engine_only(s, at, col + LOW, f->ci_lb, wb_decimals(WB_CI_LO, fine));
        wb_engine_only(s, at, col + HIGH, f->ci_ub, wb_decimals(WB_CI_HI, fine));
        wb_engine_only(s, at, col + PVAL, f->pval, wb_as(WB_PVAL));
        wb_engine_only(s, at, col + RANK, m->rank[j] ? (double)m->rank[j] : WB_NONE,
                       wb_as(WB_COUNT));
    }
}

static void write_specifications(wb_sheet *s, lxw_row_t row)
{
    const tq_multiverse *m = s->book->a->multiverse;
    const size_t shown = m->n < MOST_ROWS ? m->n : MOST_ROWS;
    const int digits = s->book->digits + 2;

    wb_flow(s, row++, 0, "Specifications", wb_as(WB_SECTION));
    wb_list list = wb_list_begin(s, row, 1 + m->n_choices + RESULTS);

    wb_list_column(&list, "Number", wb_as(WB_COUNT));
    for (size_t i = 0; i < m->n_choices; i++) {
        wb_list_column(&list, m->choice[i].name, wb_as(WB_INDENT));
    }
    wb_list_column(&list, "Studies", wb_as(WB_COUNT));
    wb_list_column(&list, "Estimate", wb_decimals(WB_FIXED, digits));
    wb_list_column(&list, "CI low", wb_decimals(WB_CI_LO, digits));
    wb_list_column(&list, "CI high", wb_decimals(WB_CI_HI, digits));
    wb_list_column(&list, "p", wb_as(WB_PVAL));
    wb_list_column(&list, "Rank", wb_as(WB_COUNT));
    wb_list_column(&list, "Why none", wb_as(WB_INDENT));
    for (size_t j = 0; j < shown; j++) {
        write_row(s, list.top + 1 + (lxw_row_t)j, j);
    }
    row = wb_list_end(&list, "SpecificationTable", shown) + 1;
    if (shown < m->n) {
        wb_flow(s, row, 0,
                wb_format(s->book, "the first %zu of %zu; --csv has all of them", shown, m->n),
                wb_as(WB_NOTE));
    }
}

void wb_multiverse(wb_sheet *s)
{
    enum { LABEL_PIXELS = 150 };
    lxw_row_t row = TABLE_ROW;

    wb_top(s, "Specifications", "Every combination of the listed choices.");
    s->width[0] = LABEL_PIXELS;
    row = wb_paragraph(s, row, 0, s->book->a->multiverse->reading, wb_as(WB_TEXT)) + 1;
    row = write_agreement(s, row);
    row = write_choices(s, row);
    write_specifications(s, row);
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
}
