/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trial sequential analysis: its looks with their boundaries, what was required, what follows. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 4 };

/* A column of the looks. */
typedef double look_value(const tq_analysis *a, size_t j);

static double information_of(const tq_analysis *a, size_t j)
{
    return a->sequential->tsa->look[j].information;
}

static double fraction_of(const tq_analysis *a, size_t j)
{
    return a->sequential->tsa->look[j].monitoring.t;
}

static double z_of(const tq_analysis *a, size_t j)
{
    return a->sequential->tsa->look[j].z;
}

static double critical_of(const tq_analysis *a, size_t j)
{
    return a->sequential->tsa->look[j].monitoring.critical;
}

static double futility_of(const tq_analysis *a, size_t j)
{
    return a->sequential->tsa->look[j].monitoring.futility;
}

static double alpha_of(const tq_analysis *a, size_t j)
{
    return a->sequential->tsa->look[j].monitoring.alpha_spent;
}

static double pred_of(const tq_analysis *a, size_t j)
{
    return a->sequential->natural[j].pred;
}

static double lb_of(const tq_analysis *a, size_t j)
{
    return a->sequential->natural[j].ci_lb;
}

static double ub_of(const tq_analysis *a, size_t j)
{
    return a->sequential->natural[j].ci_ub;
}

static double lil_of(const tq_analysis *a, size_t j)
{
    return a->sequential->tsa->look[j].z_lil;
}

static void add_column(wb_list *list, const char *head, look_value *value, wb_look look)
{
    const tq_analysis *a = list->s->book->a;
    const lxw_col_t col = wb_list_column(list, head, look);

    for (size_t j = 0; j < a->sequential->tsa->n; j++) {
        const double x = value(a, j);

        if (isfinite(x)) {
            wb_engine_only(list->s, list->top + 1 + (lxw_row_t)j, col, x, look);
        }
    }
}

static lxw_row_t write_looks(wb_sheet *s, lxw_row_t row)
{
    enum { COLUMNS = 12 };
    const tq_analysis *a = s->book->a;
    const tq_tsa *tsa = a->sequential->tsa;
    const int people = tsa->required.unit == TQ_UNIT_PARTICIPANTS, digits = s->book->digits;
    wb_list list = wb_list_begin(s, row, COLUMNS);
    const lxw_col_t added = wb_list_column(&list, "Added", wb_as(WB_TEXT));

    for (size_t j = 0; j < tsa->n; j++) {
        wb_text(s, row + 1 + (lxw_row_t)j, added, a->sensitivity->cumul->row[j].label,
                wb_as(WB_TEXT));
    }
    add_column(&list, people ? "Participants" : "Information", information_of,
               people ? wb_as(WB_COUNT) : wb_decimals(WB_FIXED, 2));
    add_column(&list, "Of the required", fraction_of, wb_decimals(WB_SHARE, 1));
    add_column(&list, "Z", z_of, wb_decimals(WB_FIXED, 4));
    add_column(&list, "Boundary", critical_of, wb_decimals(WB_FIXED, 4));
    add_column(&list, "Futility", futility_of, wb_decimals(WB_FIXED, 4));
    add_column(&list, "Alpha spent", alpha_of, wb_decimals(WB_FIXED, 6));
    add_column(&list, wb_natural_name(s->book), pred_of, wb_decimals(WB_FIXED, digits));
    add_column(&list, "Adjusted CI low", lb_of, wb_decimals(WB_CI_LO, digits));
    add_column(&list, "Adjusted CI high", ub_of, wb_decimals(WB_CI_HI, digits));
    if (!isnan(tsa->options.lil)) {
        add_column(&list, "Penalised Z", lil_of, wb_decimals(WB_FIXED, 4));
    }
    return wb_list_end(&list, "Looks", tsa->n) + 1;
}

static void write_numbers(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_tsa *tsa = a->sequential->tsa;
    const tq_required_information *r = &tsa->required;
    const struct {
        const char *label;
        double value;
        wb_look look;
    } entries[] = {
        {"Required", r->required, wb_decimals(WB_FIXED, 2)},
        {"Unadjusted", r->unadjusted, wb_decimals(WB_FIXED, 2)},
        {"Adjustment factor", r->factor, wb_decimals(WB_FIXED, 4)},
        {"D\xC2\xB2", r->D2 / 100.0, wb_decimals(WB_SHARE, 1)},
        {"I\xC2\xB2", r->I2 / 100.0, wb_decimals(WB_SHARE, 1)},
        {"Anticipated effect", a->sequential->anticipated.pred, wb_decimals(WB_FIXED, 4)},
        {"Control event rate", r->cer, wb_decimals(WB_SHARE, 1)},
        {"Treated event rate", r->eer, wb_decimals(WB_SHARE, 1)},
        {"Variance", r->variance, wb_decimals(WB_FIXED, 4)},
        {"Alpha", tsa->options.required.alpha, wb_decimals(WB_FIXED, 4)},
        {"Beta", tsa->options.required.beta, wb_decimals(WB_FIXED, 4)},
        {"Single test", tsa->conventional, wb_decimals(WB_FIXED, 4)},
        {"Boundary at required", tsa->planned_given ? tsa->planned.critical : (double)NAN,
         wb_decimals(WB_FIXED, 4)},
        {"Power of the looks", tsa->power, wb_decimals(WB_FIXED, 4)},
        {"Stage-wise estimate", a->sequential->stagewise.pred, wb_decimals(WB_FIXED, 4)},
        {"Stage-wise CI low", a->sequential->stagewise.ci_lb, wb_decimals(WB_FIXED, 4)},
        {"Stage-wise CI high", a->sequential->stagewise.ci_ub, wb_decimals(WB_FIXED, 4)},
        {"Stage-wise p", tsa->stagewise_pval, wb_as(WB_PVAL)},
    };

    wb_flow(s, row++, 0, "Numbers", wb_as(WB_SECTION));
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        if (isfinite(entries[i].value)) {
            wb_flow(s, row, 0, entries[i].label, wb_as(WB_TEXT));
            wb_engine_only(s, row++, 1, entries[i].value, entries[i].look);
        }
    }
    wb_flow(s, row, 0, "Alpha spending", wb_as(WB_TEXT));
    wb_flow(s, row++, 1, tq_spending_label(tsa->options.monitoring.spending), wb_as(WB_TEXT));
    wb_flow(s, row, 0, "Beta spending", wb_as(WB_TEXT));
    wb_flow(s, row, 1, tq_spending_label(tsa->options.monitoring.futility), wb_as(WB_TEXT));
}

void wb_sequential(wb_sheet *s)
{
    enum { LABEL_PIXELS = 150 };
    const tq_sequential *all = s->book->a->sequential;
    lxw_row_t row = TABLE_ROW;

    wb_top(s, "Trial sequential analysis", "The cumulative Z against monitoring boundaries.");
    s->width[0] = LABEL_PIXELS;
    row = wb_paragraph(s, row, 0, all->reading, wb_as(WB_TEXT));
    row = wb_paragraph(s, row, 0, all->assumed, wb_as(WB_TEXT)) + 1;
    row = write_looks(s, row);
    write_numbers(s, row);
    s->book->xlsx->worksheet_freeze_panes(s->ws, 2, 0);
    wb_finish(s, 0, 0);
}
