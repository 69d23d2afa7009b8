/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What depends on single studies: a block for each analysis of parts of them. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 4 };

/* A column of numbers of the rows of a sequence. */
typedef double row_value(const tq_sequence_row *row);

static double natural_of(const tq_sequence_row *row)
{
    return row->natural.pred;
}

static double natural_lb(const tq_sequence_row *row)
{
    return row->natural.ci_lb;
}

static double natural_ub(const tq_sequence_row *row)
{
    return row->natural.ci_ub;
}

static double count_of(const tq_sequence_row *row)
{
    return (double)row->pool.k;
}

static double beta_of(const tq_sequence_row *row)
{
    return row->pool.beta;
}

static double se_of(const tq_sequence_row *row)
{
    return row->pool.se;
}

static double lb_of(const tq_sequence_row *row)
{
    return row->pool.ci_lb;
}

static double ub_of(const tq_sequence_row *row)
{
    return row->pool.ci_ub;
}

static double p_of(const tq_sequence_row *row)
{
    return row->pool.pval;
}

static double Q_of(const tq_sequence_row *row)
{
    return row->pool.QE;
}

static double tau2_of(const tq_sequence_row *row)
{
    return row->pool.tau2;
}

static double I2_of(const tq_sequence_row *row)
{
    return row->pool.I2 / 100.0;
}

static void add_column(wb_list *list, const tq_sequence *q, const char *head, row_value *value,
                       wb_look look)
{
    const lxw_col_t col = wb_list_column(list, head, look);

    for (size_t j = 0; j < q->n; j++) {
        wb_engine_only(list->s, list->top + 1 + (lxw_row_t)j, col, value(&q->row[j]), look);
    }
}

static void add_labels(wb_list *list, const tq_sequence *q, const char *head)
{
    const lxw_col_t col = wb_list_column(list, head, wb_as(WB_TEXT));

    for (size_t j = 0; j < q->n; j++) {
        wb_text(list->s, list->top + 1 + (lxw_row_t)j, col, q->row[j].label, wb_as(WB_TEXT));
    }
}

/* The values that the studies were ordered by, numbers as numbers. */
static void add_order(wb_list *list, const tq_sequence *q)
{
    const wb_look number = {.style = WB_RIGHT};
    const lxw_col_t col =
        wb_list_column(list, q->by, isnan(q->row[0].order) ? wb_as(WB_TEXT) : number);

    for (size_t j = 0; j < q->n; j++) {
        const lxw_row_t row = list->top + 1 + (lxw_row_t)j;

        if (isnan(q->row[j].order)) {
            wb_text(list->s, row, col, q->row[j].at, wb_as(WB_TEXT));
        } else {
            wb_number(list->s, row, col, q->row[j].order, number);
        }
    }
}

/* Returns the row after the block. */
static lxw_row_t write_sequence(wb_sheet *s, lxw_row_t row, const tq_sequence *q, const char *title,
                                const char *first, const char *table)
{
    enum { COLUMNS = 14 };
    wb_book *book = s->book;
    const int fine = book->digits + 2;

    wb_flow(s, row++, 0, title, wb_as(WB_SECTION));
    row = wb_paragraph(s, row, 0, q->reading, wb_as(WB_TEXT)) + 1;
    wb_list list = wb_list_begin(s, row, COLUMNS);

    add_labels(&list, q, first);
    if (q->n > 0 && q->row[0].at) {
        add_order(&list, q);
    }
    add_column(&list, q, "Studies", count_of, wb_as(WB_COUNT));
    if (wb_has_natural(book)) {
        add_column(&list, q, wb_natural_name(book), natural_of,
                   wb_decimals(WB_FIXED, book->digits));
        add_column(&list, q, "CI low", natural_lb, wb_decimals(WB_CI_LO, book->digits));
        add_column(&list, q, "CI high", natural_ub, wb_decimals(WB_CI_HI, book->digits));
    }
    add_column(&list, q, "Estimate", beta_of, wb_decimals(WB_FIXED, fine));
    add_column(&list, q, "SE", se_of, wb_decimals(WB_FIXED, fine));
    add_column(&list, q, wb_has_natural(book) ? "Estimate low" : "CI low", lb_of,
               wb_decimals(WB_CI_LO, fine));
    add_column(&list, q, wb_has_natural(book) ? "Estimate high" : "CI high", ub_of,
               wb_decimals(WB_CI_HI, fine));
    add_column(&list, q, "p", p_of, wb_as(WB_PVAL));
    add_column(&list, q, "Q", Q_of, wb_decimals(WB_FIXED, 2));
    if (tq_method_random(book->a->fit->method)) {
        add_column(&list, q, "tau\xC2\xB2", tau2_of, wb_decimals(WB_FIXED, fine));
    }
    add_column(&list, q, "I\xC2\xB2", I2_of, wb_decimals(WB_SHARE, 1));
    return wb_list_end(&list, table, q->n) + 1;
}

/* ---- influence ---- */

typedef double influence_value(const tq_influence *f, size_t i);

static double rstudent_of(const tq_influence *f, size_t i)
{
    return f->residual[i].rstudent;
}

static double dffits_of(const tq_influence *f, size_t i)
{
    return f->row[i].dffits;
}

static double cook_of(const tq_influence *f, size_t i)
{
    return f->row[i].cook_d;
}

static double cov_of(const tq_influence *f, size_t i)
{
    return f->row[i].cov_r;
}

static double tau2_del_of(const tq_influence *f, size_t i)
{
    return f->residual[i].tau2_del;
}

static double QE_del_of(const tq_influence *f, size_t i)
{
    return f->row[i].QE_del;
}

static double hat_of(const tq_influence *f, size_t i)
{
    return f->residual[i].hat;
}

static double baujat_x_of(const tq_influence *f, size_t i)
{
    return f->row[i].baujat_x;
}

static double baujat_y_of(const tq_influence *f, size_t i)
{
    return f->row[i].baujat_y;
}

static const struct {
    const char *head;
    influence_value *value;
    int decimals;
} influence_columns[] = {
    {"Studentised residual", rstudent_of, 4},
    {"DFFITS", dffits_of, 4},
    {"Cook's distance", cook_of, 4},
    {"Covariance ratio", cov_of, 4},
    {"tau\xC2\xB2 without it", tau2_del_of, 4},
    {"Q without it", QE_del_of, 2},
    {"Hat value", hat_of, 4},
    {"Baujat x", baujat_x_of, 4},
    {"Baujat y", baujat_y_of, 4},
};

enum { INFLUENCE_COLUMNS = sizeof influence_columns / sizeof *influence_columns };

static void write_influence_columns(wb_list *list, const tq_influence *f)
{
    const tq_analysis *a = list->s->book->a;

    for (size_t c = 0; c < INFLUENCE_COLUMNS; c++) {
        const wb_look look = wb_decimals(WB_FIXED, influence_columns[c].decimals);
        const lxw_col_t col = wb_list_column(list, influence_columns[c].head, look);

        for (size_t i = 0; i < f->k; i++) {
            wb_engine_only(list->s, list->top + 1 + (lxw_row_t)i, col,
                           influence_columns[c].value(f, i), look);
        }
    }
    for (size_t b = 0; b < f->p; b++) {
        const wb_look look = wb_decimals(WB_FIXED, 4);
        const lxw_col_t col = wb_list_column(
            list, f->p == 1 ? "DFBETAS" : wb_format(list->s->book, "DFBETAS %s", a->term[b]), look);

        for (size_t i = 0; i < f->k; i++) {
            wb_engine_only(list->s, list->top + 1 + (lxw_row_t)i, col, f->dfbs[i * f->p + b], look);
        }
    }
}

static lxw_row_t write_influence(wb_sheet *s, lxw_row_t row, const tq_influence *f)
{
    const tq_analysis *a = s->book->a;

    wb_flow(s, row++, 0, "Influence of each study, the model fitted without it", wb_as(WB_SECTION));
    row = wb_paragraph(s, row, 0, a->sensitivity->influence_reading, wb_as(WB_TEXT));
    row = wb_paragraph(s, row, 0,
                       wb_format(s->book,
                                 "Limits: |DFFITS| > %.3f, Cook's distance > %.3f, hat > %.3f, "
                                 "|DFBETAS| > %g.",
                                 f->limits.dffits, f->limits.cook_d, f->limits.hat, f->limits.dfbs),
                       wb_as(WB_TEXT)) +
          1;
    wb_list list = wb_list_begin(s, row, INFLUENCE_COLUMNS + f->p + 2);
    const lxw_col_t study = wb_list_column(&list, "Study", wb_as(WB_TEXT));

    for (size_t i = 0; i < f->k; i++) {
        wb_text(s, row + 1 + (lxw_row_t)i, study, a->study[i].label, wb_as(WB_TEXT));
    }
    const lxw_col_t mark = wb_list_column(&list, "Influential", wb_as(WB_TEXT));

    for (size_t i = 0; i < f->k; i++) {
        wb_text(s, row + 1 + (lxw_row_t)i, mark, f->row[i].influential ? "yes" : "no",
                wb_as(WB_TEXT));
    }
    write_influence_columns(&list, f);
    return wb_list_end(&list, "Influence", f->k) + 1;
}

void wb_sensitivity(wb_sheet *s)
{
    enum { LABEL_PIXELS = 150 };
    const tq_sensitivity *all = s->book->a->sensitivity;
    lxw_row_t row = TABLE_ROW;

    wb_top(s, "Sensitivity", "What the result owes to single studies.");
    s->width[0] = LABEL_PIXELS;
    if (all->loo) {
        row = write_sequence(s, row, all->loo,
                             all->loo->by ? wb_format(s->book, "Leave-one-out by %s", all->loo->by)
                                          : "Leave-one-out",
                             "Left out", "LeaveOneOut");
    }
    if (all->cumul) {
        write_sequence(s, row, all->cumul,
                       all->cumul->by ? wb_format(s->book, "Cumulative by %s", all->cumul->by)
                                      : "Cumulative",
                       "Added", "Cumulative");
    }
    if (all->influence) {
        write_influence(s, row, all->influence);
    }
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
}
