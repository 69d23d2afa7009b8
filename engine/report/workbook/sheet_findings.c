/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The summary of findings of a review, and the certainty of its evidence by domain. */
#include <string.h>

#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 5 };

static const char *outcome_label(wb_sheet *s, const tq_outcome *r)
{
    return r->level ? r->label : s->book->review->of[r->entry].label;
}

/* ---- effects --------------------------------------------------------------------------------- */

enum {
    LABEL,
    PARTICIPANTS,
    STUDIES,
    MEASURE,
    EFFECT,
    LOW,
    HIGH,
    PI_LOW,
    PI_HIGH,
    CONTROL,
    WITH,
    WITH_LOW,
    WITH_HIGH,
    DIFFERENCE,
    DIFFERENCE_LOW,
    DIFFERENCE_HIGH,
    UNIT,
    IMPORTANT,
    COLUMNS
};

static const struct {
    const char *head;
    wb_look look;
} columns[COLUMNS] = {
    [LABEL] = {"Outcome", {.style = WB_TEXT}},
    [PARTICIPANTS] = {"Participants", {.style = WB_COUNT}},
    [STUDIES] = {"Studies", {.style = WB_COUNT}},
    [MEASURE] = {"Measure", {.style = WB_INDENT}},
    [EFFECT] = {"Effect", {.style = WB_FIXED, .decimals = 2}},
    [LOW] = {"CI low", {.style = WB_CI_LO, .decimals = 2}},
    [HIGH] = {"CI high", {.style = WB_CI_HI, .decimals = 2}},
    [PI_LOW] = {"Prediction low", {.style = WB_CI_LO, .decimals = 2}},
    [PI_HIGH] = {"Prediction high", {.style = WB_CI_HI, .decimals = 2}},
    [CONTROL] = {"With control", {.style = WB_FIXED, .decimals = 1}},
    [WITH] = {"With intervention", {.style = WB_FIXED, .decimals = 1}},
    [WITH_LOW] = {"Intervention low", {.style = WB_CI_LO, .decimals = 1}},
    [WITH_HIGH] = {"Intervention high", {.style = WB_CI_HI, .decimals = 1}},
    [DIFFERENCE] = {"Difference", {.style = WB_FIXED, .decimals = 1}},
    [DIFFERENCE_LOW] = {"Difference low", {.style = WB_CI_LO, .decimals = 1}},
    [DIFFERENCE_HIGH] = {"Difference high", {.style = WB_CI_HI, .decimals = 1}},
    [UNIT] = {"In", {.style = WB_INDENT}},
    [IMPORTANT] = {"Important effect (MCID)", {.style = WB_TEXT}},
};

/* What the absolute numbers count in, and what they are multiplied with. */
static const char *unit_of(const tq_outcome *r, double *scale)
{
    const int people = r->kind == TQ_ABSOLUTE_RISK || r->kind == TQ_ABSOLUTE_RATE;

    *scale = people ? 1000.0 : 1.0;
    return isnan(r->control) && isnan(r->difference.est) ? "" : people ? "per 1000" : r->unit;
}

static void write_effects(wb_sheet *s, lxw_row_t row, const tq_outcome *r)
{
    const tq_natural *n = r->natural;
    double by;
    const char *unit = unit_of(r, &by);
    const double value[COLUMNS] = {[EFFECT] = n->pred,
                                   [LOW] = n->ci_lb,
                                   [HIGH] = n->ci_ub,
                                   [PI_LOW] = n->pi_lb,
                                   [PI_HIGH] = n->pi_ub,
                                   [CONTROL] = by * r->control,
                                   [WITH] = by * r->with.est,
                                   [WITH_LOW] = by * r->with.lo,
                                   [WITH_HIGH] = by * r->with.hi,
                                   [DIFFERENCE] = by * r->difference.est,
                                   [DIFFERENCE_LOW] = by * r->difference.lo,
                                   [DIFFERENCE_HIGH] = by * r->difference.hi};

    for (int col = EFFECT; col <= DIFFERENCE_HIGH; col++) {
        wb_look look = columns[col].look;

        look.decimals += col >= CONTROL && by == 1.0; /* people per 1000 need fewer */
        wb_optional(s, row, (lxw_col_t)col, value[col], look);
    }
    wb_text(s, row, UNIT, unit, wb_as(WB_INDENT));
    wb_text(s, row, IMPORTANT, r->important, wb_as(WB_TEXT));
}

static void write_outcome(wb_sheet *s, lxw_row_t row, const tq_outcome *r)
{
    wb_text(s, row, LABEL, outcome_label(s, r), wb_as(r->level ? WB_INDENT : WB_TEXT));
    wb_optional(s, row, PARTICIPANTS, r->participants, columns[PARTICIPANTS].look);
    wb_number(s, row, STUDIES, (double)r->studies, columns[STUDIES].look);
    wb_text(s, row, MEASURE, r->a && r->a->measure ? r->a->measure->code : NULL, wb_as(WB_INDENT));
    if (r->natural) {
        write_effects(s, row, r);
    } else {
        wb_text(s, row, EFFECT,
                !r->a               ? "not done"
                : r->a->levels_only ? "by level"
                                    : "regression",
                wb_as(WB_ABSENT));
    }
}

static lxw_row_t write_setting(wb_sheet *s, lxw_row_t row)
{
    const tq_dossier *d = s->book->review->d;
    const struct {
        const char *what, *text;
    } lines[] = {{"Population", d->population},
                 {"Setting", d->setting},
                 {"Intervention", d->intervention},
                 {"Comparison", d->comparison}};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (lines[i].text) {
            row =
                wb_paragraph(s, row, 0, wb_format(s->book, "%s: %s", lines[i].what, lines[i].text),
                             wb_as(WB_TEXT));
        }
    }
    return row + 1;
}

void wb_findings(wb_sheet *s)
{
    const tq_findings *f = s->book->review->findings;

    wb_top(
        s, "Summary of findings",
        "With control: the median of the control groups. With intervention: what the effect makes "
        "of it.");
    const lxw_row_t top = write_setting(s, 3);
    lxw_row_t row = top;
    wb_list list = wb_list_begin(s, top, COLUMNS);

    for (size_t j = 0; j < COLUMNS; j++) {
        wb_list_column(&list, columns[j].head, columns[j].look);
    }
    for (size_t i = 0; i < f->n; i++) {
        if (f->row[i].a) { /* the summary has the others */
            write_outcome(s, ++row, &f->row[i]);
        }
    }
    wb_list_end(&list, "FindingsTable", row - top);
    s->book->xlsx->worksheet_gridlines(s->ws, LXW_HIDE_ALL_GRIDLINES);
    s->book->xlsx->worksheet_freeze_panes(s->ws, top + 1, 1);
    wb_finish(s, top, top);
}

/* ---- certainty ------------------------------------------------------------------------------- */

enum { C_LABEL, C_INCONSISTENCY, C_IMPRECISION, C_LEFT, LABEL_PIXELS = 200, DOMAIN_PIXELS = 280 };

/* Cells of several lines; the last to be written has the most, and sets the height of the row. */
static void write_domains(wb_sheet *s, lxw_row_t row, const tq_outcome *r)
{
    const struct {
        lxw_col_t col;
        double pixels;
        const char *text;
    } cells[] = {
        {C_LABEL, LABEL_PIXELS, outcome_label(s, r)},
        {C_INCONSISTENCY, DOMAIN_PIXELS,
         wb_format(s->book, "%s%s%s", tq_concern_name(r->inconsistency),
                   *r->inconsistency_why ? ": " : "", r->inconsistency_why)},
        {C_IMPRECISION, DOMAIN_PIXELS,
         wb_format(s->book, "%s%s%s", tq_concern_name(r->imprecision),
                   *r->imprecision_why ? ": " : "", r->imprecision_why)},
    };
    enum { CELLS = sizeof cells / sizeof *cells };
    size_t longest = 0;

    for (size_t i = 1; i < CELLS; i++) {
        const double share = wb_text_width(cells[i].text, WB_BODY_POINTS) / cells[i].pixels;
        const double most =
            wb_text_width(cells[longest].text, WB_BODY_POINTS) / cells[longest].pixels;

        longest = share > most ? i : longest;
    }
    for (size_t i = 0; i < CELLS; i++) {
        const size_t at = i + 1 == CELLS ? longest : i < longest ? i : i + 1;

        wb_wrapped(s, row, cells[at].col, cells[at].text, cells[at].pixels);
    }
}

static void write_certainty(wb_sheet *s, lxw_row_t row, const tq_outcome *r)
{
    static const char *const concerns[] = {"to be judged", "not serious", "serious", "very serious",
                                           NULL};
    static const char *const overall[] = {"to be judged", "high",     "moderate",
                                          "low",          "very low", NULL};
    lxw_col_t col = C_LEFT;

    write_domains(s, row, r);
    for (size_t i = 0; tq_concern_left_name(i); i++) {
        wb_choice(s, row, col++, concerns);
    }
    wb_choice(s, row, col, overall);
}

static lxw_row_t list_texts(wb_sheet *s, lxw_row_t row, const char *title, const char *const *text,
                            size_t n)
{
    wb_flow(s, row++, 0, title, wb_as(WB_SECTION));
    for (size_t i = 0; i < n; i++) {
        row = wb_paragraph(s, row, 0, text[i], wb_as(WB_TEXT));
    }
    return row + 1;
}

void wb_certainty(wb_sheet *s)
{
    static const char *const heads[] = {"Outcome", "Inconsistency", "Imprecision"};
    const tq_findings *f = s->book->review->findings;
    lxw_row_t row = TABLE_ROW;

    s->width[C_LABEL] = LABEL_PIXELS;
    s->width[C_INCONSISTENCY] = s->width[C_IMPRECISION] = DOMAIN_PIXELS;
    wb_top(s, "Certainty of the evidence by domain",
           "Cells on cream are the reviewer's: choose from their lists.");
    wb_list list = wb_list_begin(s, TABLE_ROW, 7);

    for (size_t j = 0; j < sizeof heads / sizeof *heads; j++) {
        wb_list_column(&list, heads[j], wb_as(WB_WRAP));
    }
    for (size_t i = 0; tq_concern_left_name(i); i++) {
        wb_list_column(&list, tq_concern_left_name(i), wb_as(WB_INPUT_TEXT));
    }
    wb_list_column(&list, "Certainty", wb_as(WB_INPUT_TEXT));
    for (size_t i = 0; i < f->n; i++) {
        if (f->row[i].natural) {
            write_certainty(s, ++row, &f->row[i]);
        }
    }
    row = wb_list_end(&list, "CertaintyTable", row - TABLE_ROW) + 1;
    row = list_texts(s, row, "How this was judged", f->rule, f->n_rules);
    list_texts(s, row, "References", f->reference, f->n_references);
    s->book->xlsx->worksheet_gridlines(s->ws, LXW_HIDE_ALL_GRIDLINES);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 1);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}
