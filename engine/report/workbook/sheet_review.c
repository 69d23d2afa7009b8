/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sheets over all analyses of a review: summary, further analyses, methods, rows left out. */
#include <string.h>

#include "report/dossier/dossier_internal.h"
#include "report/workbook/workbook_internal.h"

enum { TABLE_ROW = 5 };

/* The sheet that shows an analysis first; NULL where there is none. */
static const char *first_sheet(const wb_book *of)
{
    for (size_t i = 0; of->sheet && i < of->n_sheets; i++) {
        if (of->sheet[i].kind) {
            return of->sheet[i].name;
        }
    }
    return NULL;
}

/* The title of an analysis, and the way to its sheets. */
static void write_label(wb_sheet *s, lxw_row_t row, lxw_col_t col, const tq_outcome *r)
{
    const wb_review *of = s->book->review;
    const char *sheet = first_sheet(&of->of[r->entry]);

    if (r->level) {
        wb_text(s, row, col, r->label, wb_as(WB_INDENT));
    } else if (sheet) {
        wb_link(s, row, col, sheet, of->of[r->entry].label);
    } else {
        wb_text(s, row, col, of->of[r->entry].label, wb_as(WB_TEXT));
    }
}

static double percent(double x)
{
    return x / 100.0;
}

/* ---- summary --------------------------------------------------------------------------------- */

enum {
    LABEL,
    SECTION,
    EFFECTS,
    STUDIES,
    PARTICIPANTS,
    MEASURE,
    ESTIMATE,
    LOW,
    HIGH,
    PI_LOW,
    PI_HIGH,
    P,
    I2,
    TAU2,
    IMPORTANT,
    INCONSISTENT,
    IMPRECISE,
    COLUMNS
};

static const struct {
    const char *head;
    wb_look look;
} summary_columns[COLUMNS] = {
    [LABEL] = {"Analysis", {.style = WB_TEXT}},
    [SECTION] = {"Section", {.style = WB_TEXT}},
    [EFFECTS] = {"k", {.style = WB_COUNT}},
    [STUDIES] = {"Studies", {.style = WB_COUNT}},
    [PARTICIPANTS] = {"Participants", {.style = WB_COUNT}},
    [MEASURE] = {"Measure", {.style = WB_INDENT}},
    [ESTIMATE] = {"Effect", {.style = WB_FIXED, .decimals = 2}},
    [LOW] = {"CI low", {.style = WB_CI_LO, .decimals = 2}},
    [HIGH] = {"CI high", {.style = WB_CI_HI, .decimals = 2}},
    [PI_LOW] = {"Prediction low", {.style = WB_CI_LO, .decimals = 2}},
    [PI_HIGH] = {"Prediction high", {.style = WB_CI_HI, .decimals = 2}},
    [P] = {"p", {.style = WB_PVAL, .decimals = 4}},
    [I2] = {"I\xC2\xB2", {.style = WB_SHARE, .decimals = 1}},
    [TAU2] = {"tau\xC2\xB2", {.style = WB_FIXED, .decimals = 3}},
    [IMPORTANT] = {"Important effect (MCID)", {.style = WB_INDENT}},
    [INCONSISTENT] = {"Inconsistency", {.style = WB_TEXT}},
    [IMPRECISE] = {"Imprecision", {.style = WB_TEXT}},
};

static void write_numbers(wb_sheet *s, lxw_row_t row, const tq_outcome *r)
{
    const tq_natural *n = r->natural;
    const double value[COLUMNS] = {
        [ESTIMATE] = n->pred, [LOW] = n->ci_lb,     [HIGH] = n->ci_ub,
        [PI_LOW] = n->pi_lb,  [PI_HIGH] = n->pi_ub, [P] = r->headline.pval};

    for (int col = ESTIMATE; col <= P; col++) {
        wb_optional(s, row, (lxw_col_t)col, value[col], summary_columns[col].look);
    }
    if (r->k > 1) {
        wb_optional(s, row, I2, percent(r->I2), summary_columns[I2].look);
        wb_optional(s, row, TAU2, r->tau2, summary_columns[TAU2].look);
    }
    wb_text(s, row, IMPORTANT, r->important, wb_as(WB_INDENT));
    wb_text(s, row, INCONSISTENT, tq_concern_name(r->inconsistency), wb_as(WB_TEXT));
    wb_text(s, row, IMPRECISE, tq_concern_name(r->imprecision), wb_as(WB_TEXT));
}

static void write_summary_row(wb_sheet *s, lxw_row_t row, const tq_outcome *r)
{
    const tq_dossier_entry *e = &s->book->review->d->entry[r->entry];

    write_label(s, row, LABEL, r);
    wb_text(s, row, SECTION, e->section ? e->section : "", wb_as(WB_TEXT));
    wb_number(s, row, EFFECTS, (double)r->k, summary_columns[EFFECTS].look);
    wb_number(s, row, STUDIES, (double)r->studies, summary_columns[STUDIES].look);
    wb_optional(s, row, PARTICIPANTS, r->participants, summary_columns[PARTICIPANTS].look);
    wb_text(s, row, MEASURE,
            !r->a                ? ""
            : r->headline.robust ? wb_format(s->book, "%s, robust CI", r->a->measure->code)
                                 : r->a->measure->code,
            wb_as(WB_INDENT));
    if (r->natural) {
        write_numbers(s, row, r);
    } else {
        wb_text(s, row, ESTIMATE,
                !r->a               ? r->k > 0 ? "not estimable" : "not done"
                : r->a->levels_only ? "by level"
                                    : "regression",
                wb_as(WB_ABSENT));
    }
}

static lxw_row_t list_undone(wb_sheet *s, lxw_row_t row)
{
    const tq_dossier *d = s->book->review->d;
    size_t n = 0;

    for (size_t i = 0; i < d->n; i++) {
        if (!d->entry[i].analysis) {
            if (n++ == 0) {
                wb_flow(s, row++, 0, "What could not be done", wb_as(WB_SECTION));
            }
            row = wb_paragraph(
                s, row, 0,
                wb_format(s->book, "%zu. %s: %s", i + 1, d->entry[i].title, d->entry[i].why_none),
                wb_as(WB_TEXT));
        }
    }
    return n > 0 ? row + 1 : row;
}

static lxw_row_t list_sheets(wb_sheet *s, lxw_row_t row)
{
    const wb_book *book = s->book;

    wb_flow(s, row++, 0, "In this workbook", wb_as(WB_SECTION));
    for (size_t i = 1; i < book->n_sheets; i++) {
        const wb_sheet *sheet = &book->sheet[i];

        if (sheet->kind) {
            wb_link(s, row, LABEL, sheet->name, NULL);
            wb_flow(s, row++, SECTION, sheet->kind->about, wb_as(WB_TEXT));
        }
    }
    wb_flow(s, row, LABEL, "1 Forest, 1 Studies, ...", wb_as(WB_TEXT));
    wb_flow(s, row, SECTION, "the sheets of each analysis, by its number", wb_as(WB_TEXT));
    return row + 1;
}

static const char *by_line(wb_book *book)
{
    const tq_dossier *d = book->review->d;
    const char *line = "";

    for (size_t i = 0; i < d->n_authors; i++) {
        line = wb_format(book, "%s%s%s", line, i ? ", " : "", d->author[i]);
    }
    if (d->registration) {
        line = wb_format(book, "%s%sRegistration: %s", line, *line ? ". " : "", d->registration);
    }
    return line;
}

void wb_review_summary(wb_sheet *s)
{
    const tq_findings *f = s->book->review->findings;

    wb_top(s, s->book->review->d->title, by_line(s->book));
    wb_flow(s, TABLE_ROW - 2, 0,
            "Values as computed by tausq, not formulas; a workbook of one analysis (tausq pool "
            "--xlsx) has formulas.",
            wb_as(WB_NOTE));
    wb_list list = wb_list_begin(s, TABLE_ROW, COLUMNS);

    for (size_t j = 0; j < COLUMNS; j++) {
        wb_list_column(&list, summary_columns[j].head, summary_columns[j].look);
    }
    for (size_t i = 0; i < f->n; i++) {
        write_summary_row(s, TABLE_ROW + 1 + (lxw_row_t)i, &f->row[i]);
    }
    lxw_row_t row = wb_list_end(&list, "SummaryTable", f->n) + 1;

    row = list_undone(s, row);
    list_sheets(s, row);
    s->book->xlsx->worksheet_gridlines(s->ws, LXW_HIDE_ALL_GRIDLINES);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 1);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}

/* ---- further analyses ------------------------------------------------------------------------ */

static const char *const roles[TQ_FURTHER_COUNT] = {[TQ_FURTHER_SENSITIVITY] = "sensitivity",
                                                    [TQ_FURTHER_REGRESSION] = "meta-regression",
                                                    [TQ_FURTHER_BIAS] = "small-study effects"};

enum {
    F_ANALYSIS,
    F_KIND,
    F_LABEL,
    F_STUDIES,
    F_ESTIMATE,
    F_LOW,
    F_HIGH,
    F_PI_LOW,
    F_PI_HIGH,
    F_P,
    F_I2,
    F_TAU2,
    F_NOTE,
    F_COLUMNS
};

static const struct {
    const char *head;
    wb_look look;
} further_columns[F_COLUMNS] = {
    [F_ANALYSIS] = {"Analysis", {.style = WB_TEXT}},
    [F_KIND] = {"Kind", {.style = WB_TEXT}},
    [F_LABEL] = {"What was done", {.style = WB_TEXT}},
    [F_STUDIES] = {"k", {.style = WB_COUNT}},
    [F_ESTIMATE] = {"Effect", {.style = WB_FIXED, .decimals = 2}},
    [F_LOW] = {"CI low", {.style = WB_CI_LO, .decimals = 2}},
    [F_HIGH] = {"CI high", {.style = WB_CI_HI, .decimals = 2}},
    [F_PI_LOW] = {"Prediction low", {.style = WB_CI_LO, .decimals = 2}},
    [F_PI_HIGH] = {"Prediction high", {.style = WB_CI_HI, .decimals = 2}},
    [F_P] = {"p", {.style = WB_PVAL, .decimals = 4}},
    [F_I2] = {"I\xC2\xB2", {.style = WB_SHARE, .decimals = 1}},
    [F_TAU2] = {"tau\xC2\xB2", {.style = WB_FIXED, .decimals = 3}},
    [F_NOTE] = {"Note", {.style = WB_INDENT}},
};

static const char *note_of(const tq_analysis *a, wb_book *book)
{
    if (a->publication) {
        const char *brief = a->publication->answers.brief;

        return brief ? brief : "adjusted";
    }
    if (a->trim_fill) {
        return wb_format(book, "%zu filled in", a->n_filled);
    }
    return a->fit->p > 1    ? wb_format(book, "%zu coefficients; p of the moderators", a->fit->p)
           : a->levels_only ? "by level, not pooled"
           : tq_analysis_headline(a).robust ? "robust CI and p"
           : isnan(tq_analysis_tau2(a))     ? tq_analysis_model_name(a)
                                            : "";
}

static void write_further_numbers(wb_sheet *s, lxw_row_t row, const tq_analysis *a)
{
    const int adjusted = a->publication != NULL, pooled = a->fit->p == 1 && !a->levels_only;
    const tq_natural none = {WB_NONE, WB_NONE, WB_NONE, WB_NONE, WB_NONE};
    const tq_headline h = tq_analysis_headline(a);
    const tq_natural *n = adjusted ? &a->publication->answers.result : pooled ? &h.natural : &none;
    const double value[F_COLUMNS] = {
        [F_STUDIES] = (double)(a->k - a->n_filled),
        [F_ESTIMATE] = n->pred,
        [F_LOW] = n->ci_lb,
        [F_HIGH] = n->ci_ub,
        [F_PI_LOW] = n->pi_lb,
        [F_PI_HIGH] = n->pi_ub,
        [F_P] = adjusted ? WB_NONE
                : pooled ? h.pval
                         : a->fit->QM_pval,
        [F_I2] = a->k > 1 && !adjusted ? percent(tq_analysis_I2(a)) : WB_NONE,
        [F_TAU2] = a->k > 1 && !adjusted ? tq_analysis_tau2(a) : WB_NONE};

    for (int col = F_STUDIES; col <= F_TAU2; col++) {
        wb_optional(s, row, (lxw_col_t)col, value[col], further_columns[col].look);
    }
    wb_text(s, row, F_NOTE, note_of(a, s->book), wb_as(WB_INDENT));
}

static void write_further_row(wb_sheet *s, lxw_row_t row, size_t i, const char *kind,
                              const char *label, const tq_analysis *a, const char *why_none)
{
    wb_text(s, row, F_ANALYSIS, s->book->review->of[i].label, wb_as(WB_TEXT));
    wb_text(s, row, F_KIND, kind, wb_as(WB_TEXT));
    wb_text(s, row, F_LABEL, label, wb_as(WB_TEXT));
    if (a) {
        write_further_numbers(s, row, a);
    } else {
        wb_text(s, row, F_ESTIMATE, "not done", wb_as(WB_ABSENT));
        wb_text(s, row, F_NOTE, why_none, wb_as(WB_INDENT));
    }
}

void wb_review_further(wb_sheet *s)
{
    const tq_dossier *d = s->book->review->d;
    lxw_row_t row = TABLE_ROW;

    wb_top(s, "Further analyses",
           "Each beside the main analysis of its outcome. Leave-one-out and tests of small-study "
           "effects stand on the sheets of the analysis.");
    wb_list list = wb_list_begin(s, TABLE_ROW, F_COLUMNS);

    for (size_t j = 0; j < F_COLUMNS; j++) {
        wb_list_column(&list, further_columns[j].head, further_columns[j].look);
    }
    for (size_t i = 0; i < d->n; i++) {
        const tq_dossier_entry *e = &d->entry[i];

        size_t n = 0;

        for (size_t j = 0; j < e->n_further; j++) {
            const tq_further *f = &e->further[j];

            if (f->role == TQ_FURTHER_BESIDE) { /* on a sheet of its own */
                continue;
            }
            if (n++ == 0 && e->analysis) {
                write_further_row(s, ++row, i, "main", "Main analysis", e->analysis, NULL);
            }
            write_further_row(s, ++row, i, roles[f->role], f->label, f->analysis, f->why_none);
        }
    }
    wb_list_end(&list, "FurtherTable", row - TABLE_ROW);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 0);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}

/* ---- methods, rows left out ------------------------------------------------------------------ */

void wb_review_methods(wb_sheet *s)
{
    wb_methods_of(s, "Made from the options of the run, for all analyses together.",
                  s->book->review->methods);
}

void wb_review_excluded(wb_sheet *s)
{
    const tq_dossier *d = s->book->review->d;
    lxw_row_t row = TABLE_ROW;

    wb_top(s, "Left out", "Rows of the sheets that could not be used, and why.");
    wb_list list = wb_list_begin(s, TABLE_ROW, 4);

    wb_list_column(&list, "Analysis", wb_as(WB_TEXT));
    wb_list_column(&list, "Row", wb_as(WB_COUNT));
    wb_list_column(&list, "Study", wb_as(WB_INDENT));
    wb_list_column(&list, "Reason", wb_as(WB_TEXT));
    for (size_t i = 0; i < d->n; i++) {
        size_t n;
        const tq_excluded *x = dossier_excluded_of(&d->entry[i], &n);

        for (size_t j = 0; j < n; j++) {
            row++;
            wb_text(s, row, 0, s->book->review->of[i].label, wb_as(WB_TEXT));
            wb_number(s, row, 1, (double)x[j].row, wb_as(WB_COUNT));
            wb_text(s, row, 2, x[j].study, wb_as(WB_INDENT));
            wb_text(s, row, 3, x[j].reason, wb_as(WB_TEXT));
        }
    }
    wb_list_end(&list, "ExcludedTable", row - TABLE_ROW);
    s->book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 0);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}
