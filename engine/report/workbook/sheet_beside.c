/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results side by side: of the analyses of a review, and of what stands beside each. */
#include "report/dossier/beside.h"
#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 5 };

/* As good as the normal distribution. */
static const double MANY_DF = 1e6;

enum {
    ANALYSIS,
    RESULT,
    EFFECTS,
    STUDIES,
    ESTIMATE,
    LOW,
    HIGH,
    SE,
    DF,
    P,
    TAU2,
    I2,
    DIFFERENCE,
    SE_RATIO,
    WIDTH_RATIO,
    TAU2_DIFFERENCE,
    NOTE,
    COLUMNS
};

static const struct {
    const char *head;
    wb_look look;
} columns[COLUMNS] = {
    [ANALYSIS] = {"Analysis", {.style = WB_TEXT}},
    [RESULT] = {"Result", {.style = WB_TEXT}},
    [EFFECTS] = {"k", {.style = WB_COUNT}},
    [STUDIES] = {"Studies", {.style = WB_COUNT}},
    [ESTIMATE] = {"Effect", {.style = WB_FIXED, .decimals = 2}},
    [LOW] = {"CI low", {.style = WB_CI_LO, .decimals = 2}},
    [HIGH] = {"CI high", {.style = WB_CI_HI, .decimals = 2}},
    [SE] = {"SE", {.style = WB_FIXED, .decimals = 3}},
    [DF] = {"df", {.style = WB_FIXED, .decimals = 1}},
    [P] = {"p", {.style = WB_PVAL, .decimals = 4}},
    [TAU2] = {"tau\xC2\xB2", {.style = WB_FIXED, .decimals = 3}},
    [I2] = {"I\xC2\xB2", {.style = WB_SHARE, .decimals = 1}},
    [DIFFERENCE] = {"Difference", {.style = WB_FIXED, .decimals = 2}},
    [SE_RATIO] = {"SE, share of the first", {.style = WB_SHARE, .decimals = 0}},
    [WIDTH_RATIO] = {"Width of the CI, share", {.style = WB_SHARE, .decimals = 0}},
    [TAU2_DIFFERENCE] = {"Difference of tau\xC2\xB2", {.style = WB_FIXED, .decimals = 3}},
    [NOTE] = {"Note", {.style = WB_INDENT}},
};

static void write_row(wb_sheet *s, lxw_row_t row, size_t entry, const tq_beside *b,
                      const tq_beside_row *r)
{
    const double value[COLUMNS] = {[ESTIMATE] = r->natural.pred,
                                   [LOW] = r->natural.ci_lb,
                                   [HIGH] = r->natural.ci_ub,
                                   [SE] = r->se,
                                   [DF] = r->df < MANY_DF ? r->df : WB_NONE,
                                   [P] = r->pval,
                                   [TAU2] = r->tau2,
                                   [I2] = r->I2 / 100.0,
                                   [DIFFERENCE] = r->difference,
                                   [SE_RATIO] = r->se_ratio,
                                   [WIDTH_RATIO] = r->width_ratio,
                                   [TAU2_DIFFERENCE] = r->tau2_difference};

    wb_text(s, row, ANALYSIS,
            wb_format(s->book, "%zu. %s", entry + 1, s->book->review->d->entry[entry].id),
            wb_as(WB_TEXT));
    wb_text(s, row, RESULT, r->label, wb_as(WB_TEXT));
    if (r->a) {
        wb_number(s, row, EFFECTS, (double)r->k, columns[EFFECTS].look);
        wb_number(s, row, STUDIES, (double)r->studies, columns[STUDIES].look);
    }
    for (int col = ESTIMATE; col <= TAU2_DIFFERENCE; col++) {
        wb_optional(s, row, (lxw_col_t)col, value[col], columns[col].look);
    }
    wb_text(s, row, NOTE,
            r->why_none ? r->why_none
            : r->doubt  ? r->doubt
            : b->scale  ? wb_format(s->book, "SE, tau\xC2\xB2, differences: %s", b->scale)
                        : "",
            wb_as(WB_INDENT));
}

void wb_review_beside(wb_sheet *s)
{
    const tq_dossier *d = s->book->review->d;
    lxw_row_t row = TABLE_ROW;

    wb_top(s, "Side by side",
           "Each analysis by its number and id, then what its plan puts beside it: differences and "
           "shares are against the first row of the analysis.");
    wb_list list = wb_list_begin(s, TABLE_ROW, COLUMNS);

    for (size_t j = 0; j < COLUMNS; j++) {
        wb_list_column(&list, columns[j].head, columns[j].look);
    }
    for (size_t i = 0; i < d->n; i++) {
        tq_beside b;

        if (tq_beside_make(&d->entry[i], s->book->arena, &b, NULL) != TQ_OK) {
            wb_check(s->book, LXW_ERROR_MEMORY_MALLOC_FAILED);
            return;
        }
        for (size_t j = 0; j < b.n; j++) {
            write_row(s, ++row, i, &b, &b.row[j]);
        }
    }
    wb_list_end(&list, "BesideTable", row - TABLE_ROW);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 2);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}
