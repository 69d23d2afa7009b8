/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What depends on single studies: a block for each analysis of parts of them. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 4, INFLUENCE_COLUMNS = 9 };

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
    const tq_sequence_row *r = q->row;
    const int fine = s->book->digits + 2, digits = s->book->digits;
    const int both = wb_has_natural(s->book), random = tq_method_random(s->book->a->fit->method);
    const wb_look number = wb_decimals(WB_FIXED, fine);
    const wb_value_column studies = {"Studies", wb_as(WB_COUNT), &r->pool.k, sizeof *r, WB_SIZE};
    const wb_value_column natural[] = {
        {wb_natural_name(s->book), wb_decimals(WB_FIXED, digits), &r->natural.pred, sizeof *r,
         WB_DOUBLE},
        {"CI low", wb_decimals(WB_CI_LO, digits), &r->natural.ci_lb, sizeof *r, WB_DOUBLE},
        {"CI high", wb_decimals(WB_CI_HI, digits), &r->natural.ci_ub, sizeof *r, WB_DOUBLE},
    };
    const wb_value_column model[] = {
        {"Estimate", number, &r->pool.beta, sizeof *r, WB_DOUBLE},
        {"SE", number, &r->pool.se, sizeof *r, WB_DOUBLE},
        {both ? "Estimate low" : "CI low", wb_decimals(WB_CI_LO, fine), &r->pool.ci_lb, sizeof *r,
         WB_DOUBLE},
        {both ? "Estimate high" : "CI high", wb_decimals(WB_CI_HI, fine), &r->pool.ci_ub, sizeof *r,
         WB_DOUBLE},
        {"p", wb_as(WB_PVAL), &r->pool.pval, sizeof *r, WB_DOUBLE},
        {"Q", wb_decimals(WB_FIXED, 2), &r->pool.QE, sizeof *r, WB_DOUBLE},
    };
    const wb_value_column spread[] = {
        {"tau\xC2\xB2", number, &r->pool.tau2, sizeof *r, WB_DOUBLE},
        {"I\xC2\xB2", wb_decimals(WB_SHARE, 1), &r->pool.I2, sizeof *r, WB_PERCENT},
    };
    enum { LABELS = 3, NATURAL = 3, MODEL = sizeof model / sizeof *model, SPREAD = 2 };

    wb_flow(s, row++, 0, title, wb_as(WB_SECTION));
    row = wb_paragraph(s, row, 0, q->reading, wb_as(WB_TEXT)) + 1;
    wb_list list = wb_list_begin(s, row, LABELS + NATURAL + MODEL + SPREAD);

    wb_list_texts(&list, first, &r->label, sizeof *r, q->n);
    if (q->n > 0 && r->at) {
        add_order(&list, q);
    }
    wb_list_values(&list, &studies, 1, q->n);
    wb_list_values(&list, natural, both ? NATURAL : 0, q->n);
    wb_list_values(&list, model, MODEL, q->n);
    wb_list_values(&list, random ? spread : spread + 1, random ? SPREAD : SPREAD - 1, q->n);
    return wb_list_end(&list, table, q->n) + 1;
}

/* ---- influence ---- */

static void write_influence_columns(wb_list *list, const tq_influence *f)
{
    const tq_analysis *a = list->s->book->a;
    const tq_residual *e = f->residual;
    const tq_influence_row *r = f->row;
    const wb_look four = wb_decimals(WB_FIXED, 4);
    const wb_value_column columns[INFLUENCE_COLUMNS] = {
        {"Studentised residual", four, &e->rstudent, sizeof *e, WB_DOUBLE},
        {"DFFITS", four, &r->dffits, sizeof *r, WB_DOUBLE},
        {"Cook's distance", four, &r->cook_d, sizeof *r, WB_DOUBLE},
        {"Covariance ratio", four, &r->cov_r, sizeof *r, WB_DOUBLE},
        {"tau\xC2\xB2 without it", four, &e->tau2_del, sizeof *e, WB_DOUBLE},
        {"Q without it", wb_decimals(WB_FIXED, 2), &r->QE_del, sizeof *r, WB_DOUBLE},
        {"Hat value", four, &e->hat, sizeof *e, WB_DOUBLE},
        {"Baujat x", four, &r->baujat_x, sizeof *r, WB_DOUBLE},
        {"Baujat y", four, &r->baujat_y, sizeof *r, WB_DOUBLE},
    };

    wb_list_values(list, columns, INFLUENCE_COLUMNS, f->k);
    for (size_t b = 0; b < f->p; b++) {
        const wb_value_column dfbs = {
            f->p == 1 ? "DFBETAS" : wb_format(list->s->book, "DFBETAS %s", a->term[b]), four,
            f->dfbs + b, f->p * sizeof *f->dfbs, WB_DOUBLE};

        wb_list_values(list, &dfbs, 1, f->k);
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

    wb_list_texts(&list, "Study", &a->study->label, sizeof *a->study, f->k);
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
        row = write_sequence(s, row, all->cumul,
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
