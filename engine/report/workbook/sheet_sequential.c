/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trial sequential analysis: its looks with their boundaries, what was required, what follows. */
#include <math.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 4 };

static lxw_row_t write_looks(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const tq_tsa *tsa = a->sequential->tsa;
    const tq_tsa_look *look = tsa->look;
    const tq_natural *natural = a->sequential->natural;
    const tq_sequence_row *step = a->sensitivity->cumul->row;
    const int people = tsa->required.unit == TQ_UNIT_PARTICIPANTS, digits = s->book->digits;
    const wb_look four = wb_decimals(WB_FIXED, 4);
    const wb_value_column columns[] = {
        {people ? "Participants" : "Information",
         people ? wb_as(WB_COUNT) : wb_decimals(WB_FIXED, 2), &look->information, sizeof *look,
         WB_DOUBLE},
        {"Of the required", wb_decimals(WB_SHARE, 1), &look->monitoring.t, sizeof *look, WB_DOUBLE},
        {"Z", four, &look->z, sizeof *look, WB_DOUBLE},
        {"Boundary", four, &look->monitoring.critical, sizeof *look, WB_DOUBLE},
        {"Futility", four, &look->monitoring.futility, sizeof *look, WB_DOUBLE},
        {"Alpha spent", wb_decimals(WB_FIXED, 6), &look->monitoring.alpha_spent, sizeof *look,
         WB_DOUBLE},
        {wb_natural_name(s->book), wb_decimals(WB_FIXED, digits), &natural->pred, sizeof *natural,
         WB_DOUBLE},
        {"Adjusted CI low", wb_decimals(WB_CI_LO, digits), &natural->ci_lb, sizeof *natural,
         WB_DOUBLE},
        {"Adjusted CI high", wb_decimals(WB_CI_HI, digits), &natural->ci_ub, sizeof *natural,
         WB_DOUBLE},
        {"Penalised Z", four, &look->z_lil, sizeof *look, WB_DOUBLE},
    };

    return wb_value_list(s, row, "Looks", "Added", &step->label, sizeof *step, columns,
                         sizeof columns / sizeof *columns, tsa->n);
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
