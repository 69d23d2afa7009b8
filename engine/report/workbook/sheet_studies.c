/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every study: its inputs, effect, interval and weight; below, the rows left out and why. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 4 };

static double field_of(const void *item, size_t offset)
{
    double x;

    memcpy(&x, (const char *)item + offset, sizeof x);
    return x;
}

/* A column of numbers found at the same place in every study. */
static void add_numbers(wb_list *list, const char *head, wb_look look, size_t offset)
{
    const tq_analysis *a = list->s->book->a;
    const lxw_col_t col = wb_list_column(list, head, look);

    for (size_t i = 0; i < a->k; i++) {
        wb_number(list->s, list->top + 1 + (lxw_row_t)i, col, field_of(&a->study[i], offset), look);
    }
}

static void add_labels(wb_list *list)
{
    const tq_analysis *a = list->s->book->a;
    const wb_look count = wb_as(WB_COUNT);
    const lxw_col_t label = wb_list_column(list, "Study", wb_as(WB_TEXT));
    const lxw_col_t data_row = wb_list_column(list, "Row", count);

    for (size_t i = 0; i < a->k; i++) {
        const lxw_row_t row = list->top + 1 + (lxw_row_t)i;

        wb_text(list->s, row, label, a->study[i].label, wb_as(WB_TEXT));
        wb_number(list->s, row, data_row, (double)a->study[i].row, count);
    }
}

static void add_levels(wb_list *list, const tq_subgroups *fit)
{
    const tq_analysis *a = list->s->book->a;
    const lxw_col_t col = wb_list_column(list, fit->by, wb_as(WB_INDENT));

    for (size_t i = 0; i < a->k; i++) {
        if (fit->of[i] != TQ_NO_LEVEL) {
            wb_text(list->s, list->top + 1 + (lxw_row_t)i, col, fit->level[fit->of[i]].name,
                    wb_as(WB_INDENT));
        }
    }
}

static void add_raw(wb_list *list, const tq_raw_column *raw)
{
    wb_book *book = list->s->book;
    const char *heading = raw->heading ? raw->heading : raw->input;
    const wb_look look = wb_decimals(WB_COUNT, raw->decimals);
    const char *over = tq_analysis_raw_over(book->a, raw);
    const char *head = over ? wb_format(book, "%s: %s", over, heading) : heading;
    const lxw_col_t col = wb_list_column(list, head, look);

    for (size_t i = 0; i < book->a->k; i++) {
        wb_optional(list->s, list->top + 1 + (lxw_row_t)i, col, raw->value[i], look);
    }
}

static void add_origin(wb_list *list)
{
    const tq_analysis *a = list->s->book->a;
    const wb_look look = wb_decimals(WB_COUNT, 2);
    const lxw_col_t from = wb_list_column(list, "Computed from", wb_as(WB_INDENT));
    size_t adjusted = 0;

    for (size_t i = 0; i < a->k; i++) {
        wb_text(list->s, list->top + 1 + (lxw_row_t)i, from, a->study[i].from, wb_as(WB_INDENT));
        adjusted += a->study[i].added > 0.0;
    }
    if (adjusted > 0) {
        const lxw_col_t added = wb_list_column(list, "Added to cells", look);

        for (size_t i = 0; i < a->k; i++) {
            if (a->study[i].added > 0.0) {
                wb_number(list->s, list->top + 1 + (lxw_row_t)i, added, a->study[i].added, look);
            }
        }
    }
}

/* Effects on the analysis scale, then on the natural one where it is another. */
static void add_effects(wb_list *list)
{
    wb_book *book = list->s->book;
    const int fine = book->digits + 2, digits = book->digits;
    const wb_look precise = wb_decimals(WB_FIXED, fine);

    add_numbers(list, "yi", precise, offsetof(tq_study, yi));
    add_numbers(list, "vi", precise, offsetof(tq_study, vi));
    add_numbers(list, "sei", precise, offsetof(tq_study, sei));
    add_numbers(list, "CI low", wb_decimals(WB_CI_LO, fine), offsetof(tq_study, ci_lb));
    add_numbers(list, "CI high", wb_decimals(WB_CI_HI, fine), offsetof(tq_study, ci_ub));
    if (book->a->transform && strcmp(book->a->transform->name, "none") != 0) {
        const size_t natural = offsetof(tq_study, natural);

        add_numbers(list, wb_natural_name(book), wb_decimals(WB_FIXED, digits),
                    natural + offsetof(tq_natural, pred));
        add_numbers(list, "Low", wb_decimals(WB_CI_LO, digits),
                    natural + offsetof(tq_natural, ci_lb));
        add_numbers(list, "High", wb_decimals(WB_CI_HI, digits),
                    natural + offsetof(tq_natural, ci_ub));
    }
}

static void add_weights(wb_list *list)
{
    const tq_analysis *a = list->s->book->a;
    const wb_look look = wb_decimals(WB_SHARE, 2);
    const lxw_col_t col = wb_list_column(list, "Weight", look);

    for (size_t i = 0; i < a->k; i++) {
        wb_number(list->s, list->top + 1 + (lxw_row_t)i, col, a->study[i].weight / 100.0, look);
    }
}

/* Texts run over to the right: the columns belong to the studies above. */
static void write_excluded(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;

    wb_flow(s, row++, 0, "Rows not pooled", wb_as(WB_SECTION));
    wb_text(s, row, 0, "Study", wb_as(WB_HEAD));
    wb_text(s, row, 1, "Row", wb_as(WB_HEAD_RIGHT));
    wb_flow(s, row, 2, "Reason", wb_as(WB_HEAD_INDENT));
    for (lxw_col_t col = 3; col < 8; col++) {
        wb_blank(s, row, col, wb_as(WB_HEAD));
    }
    for (size_t i = 0; i < a->n_excluded; i++) {
        row++;
        wb_text(s, row, 0, a->excluded[i].study, wb_as(WB_TEXT));
        wb_number(s, row, 1, (double)a->excluded[i].row, wb_as(WB_COUNT));
        wb_flow(s, row, 2, a->excluded[i].reason, wb_as(WB_INDENT));
    }
}

void wb_studies(wb_sheet *s)
{
    enum { FIXED_COLUMNS = 13 };
    const tq_analysis *a = s->book->a;

    wb_top(
        s, "Studies",
        wb_format(s->book,
                  "%zu pooled, %zu of %zu rows left out; yi, vi, sei: effect, sampling variance, "
                  "standard error (%s)",
                  a->k, a->n_excluded, a->rows, tq_analysis_scale_name(a, 0)));
    wb_list list = wb_list_begin(s, TABLE_ROW, FIXED_COLUMNS + a->n_raw + a->n_blocks);

    add_labels(&list);
    for (size_t j = 0; j < a->n_blocks; j++) {
        add_levels(&list, a->block[j].fit);
    }
    for (size_t j = 0; j < a->n_raw; j++) {
        add_raw(&list, &a->raw[j]);
    }
    add_effects(&list);
    add_weights(&list);
    add_origin(&list);
    const lxw_row_t after = wb_list_end(&list, "StudyTable", a->k);

    if (a->n_excluded > 0) {
        write_excluded(s, after + 1);
    }
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 1);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}
