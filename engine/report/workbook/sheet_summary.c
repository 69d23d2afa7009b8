/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first sheet: the result in words and in one table, warnings, and the way to the rest. */
#include <math.h>
#include <string.h>

#include "report/page/format.h"
#include "report/workbook/workbook_live_internal.h"

enum { FIRST_ROW = 4, LABEL = 0, ESTIMATE, LOW, HIGH, NOTE };

typedef struct {
    const char *label;
    double value, low, high; /* what is not finite stays empty */
    int decimals;
    const char *note;
    const char *live[3];   /* formulas of value, low, high; NULL: the engine's */
    const char *live_note; /* the note as a formula, NULL: as it is */
} result;

/* What is not finite stays empty. */
static void write_number(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *formula, double x,
                         wb_look look)
{
    if (isfinite(x)) {
        wb_following(s, row, col, formula, x, look, NULL);
    }
}

static void write_result(wb_sheet *s, lxw_row_t row, const result *r)
{
    wb_text(s, row, LABEL, r->label, wb_as(WB_TEXT));
    write_number(s, row, ESTIMATE, r->live[0], r->value, wb_decimals(WB_FIXED, r->decimals));
    write_number(s, row, LOW, r->live[1], r->low, wb_decimals(WB_CI_LO, r->decimals));
    write_number(s, row, HIGH, r->live[2], r->high, wb_decimals(WB_CI_HI, r->decimals));
    if (r->live_note) {
        wb_formula_text(s, row, NOTE, r->live_note, wb_as(WB_SUBTITLE));
    } else {
        wb_flow(s, row, NOTE, r->note, wb_as(WB_SUBTITLE));
    }
}

static const char *p_text(wb_book *book, double p)
{
    char text[64];

    return isfinite(p) ? wb_format(book, "p %s", tq_format_p_relation(text, sizeof text, p, 4))
                       : NULL;
}

/* "before, p = 0.0123" as a formula over a cell with p; NULL in a book without formulas. */
static const char *live_p_text(wb_book *book, const char *before, const char *cell)
{
    return cell ? wb_format(book,
                            "IFERROR(%s&\", \"&IF(%s<0.0001,\"p < 0.0001\",\"p = \"&"
                            "FIXED(ROUND(%s,4),4,TRUE)),\"\")",
                            before, cell, cell)
                : NULL;
}

/* The pooled effect with its cluster-robust interval; its p stays out of notes that would outlive it. */
static void write_robust(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;
    const tq_analysis *a = book->a;
    const tq_robust *fit = a->robust->fit;
    const tq_natural *n = &a->robust->natural;
    const char *p = book->live ? NULL : p_text(book, fit->pval[0]);
    const result robust = {"The same, cluster-robust",
                           n->pred,
                           n->ci_lb,
                           n->ci_ub,
                           book->digits,
                           wb_format(book, "%g%% confidence interval, %s, %zu clusters by %s%s%s",
                                     a->options.level, tq_robust_name(fit->type), a->robust->m,
                                     a->robust->by, p ? ", " : "", p ? p : ""),
                           {NULL, NULL, NULL},
                           NULL};

    write_result(s, row, &robust);
}

/* The pooled effect and its prediction interval, on the natural scale. */
static lxw_row_t write_pooled(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;
    const tq_analysis *a = book->a;
    const char *interval = wb_format(book, "%g%% confidence interval", a->options.level);
    const char *p = p_text(book, a->fit->pval[0]);
    const result pooled = {wb_natural_name(s->book),
                           a->natural.pred,
                           a->natural.ci_lb,
                           a->natural.ci_ub,
                           book->digits,
                           p ? wb_format(book, "%s, %s", interval, p) : interval,
                           {wb_live_overall(book, WB_LIVE_NAT),
                            wb_live_overall(book, WB_LIVE_NAT_LB),
                            wb_live_overall(book, WB_LIVE_NAT_UB)},
                           p ? live_p_text(book, wb_format(book, "\"%s\"", interval),
                                           wb_live_overall(book, WB_LIVE_PVAL))
                             : NULL};
    const int live_pi = a->fit->predict != TQ_PREDICT_NNF;
    const result prediction = {wb_format(book, "%g%% prediction interval", a->options.level),
                               WB_NONE,
                               a->natural.pi_lb,
                               a->natural.pi_ub,
                               book->digits,
                               "where the effect of a further, similar study is expected",
                               {NULL, live_pi ? wb_live_overall(book, WB_LIVE_NAT_PI_LB) : NULL,
                                live_pi ? wb_live_overall(book, WB_LIVE_NAT_PI_UB) : NULL},
                               NULL};

    write_result(s, row++, &pooled);
    if (a->robust) {
        write_robust(s, row++);
    }
    if (isfinite(a->natural.pi_lb) && isfinite(a->natural.pi_ub)) {
        write_result(s, row++, &prediction);
    }
    return row;
}

/* The levels of every block, where there is no overall row. */
static lxw_row_t write_levels(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;
    const tq_analysis *a = book->a;

    for (size_t b = 0; b < a->n_blocks; b++) {
        const tq_block *block = &a->block[b];

        for (size_t j = 0; j < block->fit->n; j++) {
            const tq_subgroup_level *level = &block->fit->level[j];
            const result r = {wb_format(book, "%s: %s", block->fit->by, level->name),
                              block->natural[j].pred,
                              block->natural[j].ci_lb,
                              block->natural[j].ci_ub,
                              book->digits,
                              wb_format(book, "%s, k = %zu", wb_natural_name(book), level->k),
                              {wb_live_level(book, b, j, WB_LIVE_NAT),
                               wb_live_level(book, b, j, WB_LIVE_NAT_LB),
                               wb_live_level(book, b, j, WB_LIVE_NAT_UB)},
                              NULL};

            write_result(s, row++, &r);
        }
    }
    return row;
}

static lxw_row_t write_coefficients(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;
    const tq_analysis *a = book->a;
    const tq_pool *fit = a->fit;

    for (size_t i = 0; i < fit->p; i++) {
        const result r = {a->term ? a->term[i] : "intrcpt",
                          fit->beta[i],
                          fit->ci_lb[i],
                          fit->ci_ub[i],
                          book->digits + 2,
                          p_text(book, fit->pval[i]),
                          {NULL, NULL, NULL},
                          NULL};

        write_result(s, row++, &r);
    }
    return row;
}

static lxw_row_t write_heterogeneity(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;
    const tq_pool *fit = book->a->fit;
    const tq_heterogeneity_ci *ci = &fit->ci;
    const char *p = p_text(book, fit->QE_pval);
    const result rows[] = {
        {"tau\xC2\xB2",
         fit->tau2,
         ci->tau2[0],
         ci->tau2[1],
         book->digits + 2,
         "variance between studies, analysis scale",
         {wb_live_overall(book, WB_LIVE_TAU2), NULL, NULL},
         NULL},
        {"I\xC2\xB2 (%)",
         fit->I2,
         ci->I2[0],
         ci->I2[1],
         1,
         "share of variance not due to chance",
         {wb_live_overall(book, WB_LIVE_I2), NULL, NULL},
         NULL},
        {"Q",
         fit->QE,
         WB_NONE,
         WB_NONE,
         2,
         p ? wb_format(book, "df = %.15g, %s", fit->QE_df, p) : NULL,
         {wb_live_overall(book, WB_LIVE_Q), NULL, NULL},
         p && book->live ? live_p_text(book,
                                       wb_format(book, "\"df = \"&FIXED(%s,0,TRUE)",
                                                 wb_live_overall(book, WB_LIVE_DF)),
                                       wb_live_overall(book, WB_LIVE_QP))
                         : NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (isfinite(rows[i].value)) {
            write_result(s, row++, &rows[i]);
        }
    }
    return row;
}

static lxw_row_t write_counts(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;
    const result rows[] = {
        {a->multilevel ? "Effects pooled" : "Studies pooled",
         (double)a->k,
         WB_NONE,
         WB_NONE,
         0,
         NULL,
         {wb_live_overall(s->book, WB_LIVE_K), NULL, NULL},
         NULL},
        {"Rows left out",
         (double)a->n_excluded,
         WB_NONE,
         WB_NONE,
         0,
         a->n_excluded > 0 ? "listed with reasons below the table on Studies" : NULL,
         {s->book->live ? wb_format(s->book, "%zu", a->n_excluded) : NULL, NULL, NULL},
         NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_result(s, row++, &rows[i]);
    }
    return row;
}

static lxw_row_t write_table(wb_sheet *s, lxw_row_t row)
{
    static const char *const heads[] = {"Result", "Estimate", "Low", "High"};

    for (int col = LABEL; col <= HIGH; col++) {
        wb_text(s, row, (lxw_col_t)col, heads[col],
                wb_as(col == LABEL  ? WB_HEAD
                      : col == HIGH ? WB_HEAD_INDENT
                                    : WB_HEAD_RIGHT));
    }
    wb_flow(s, row, NOTE, "Note", wb_as(WB_HEAD));
    if (s->book->a->levels_only) {
        return write_counts(s, write_levels(s, row + 1)) + 1;
    }
    row = s->book->a->fit->p == 1 ? write_pooled(s, row + 1) : write_coefficients(s, row + 1);
    row = write_heterogeneity(s, row);
    return write_counts(s, row) + 1;
}

static lxw_row_t write_warnings(wb_sheet *s, lxw_row_t row)
{
    const tq_analysis *a = s->book->a;

    if (a->n_warnings == 0) {
        return row;
    }
    wb_flow(s, row++, 0, "Warnings", wb_as(WB_SECTION));
    for (size_t i = 0; i < a->n_warnings; i++) {
        row = wb_paragraph(s, row, 0, a->warning[i], wb_as(WB_TEXT));
    }
    return row + 1;
}

/* Whether the numbers follow the inputs, and what became of them. */
static lxw_row_t write_kind(wb_sheet *s, lxw_row_t row)
{
    wb_book *book = s->book;

    wb_flow(s, row++, 0, "Numbers in this workbook", wb_as(WB_SECTION));
    if (!book->live) {
        row = wb_paragraph(s, row, 0,
                           wb_format(book, "Values as computed by tausq, not formulas: %s.%s",
                                     book->frozen ? book->frozen : "none",
                                     book->streams ? " With so many studies there are no Excel "
                                                     "tables and no chart either."
                                                   : ""),
                           wb_as(WB_TEXT));
        return row + 1;
    }
    row =
        wb_paragraph(s, row, 0,
                     "Formulas over the sheet Studies: change an input there, or set include to 0, "
                     "and tables and chart follow. Check compares them with what tausq computed.",
                     wb_as(WB_TEXT));
    wb_flow(s, row, 0, "Formulas equal the engine's figures", wb_as(WB_TEXT));
    wb_formula_text(s, row, NOTE, WB_VERDICT, wb_bold(wb_as(WB_TEXT)));
    return row + 2;
}

static lxw_row_t write_contents(wb_sheet *s, lxw_row_t row)
{
    const wb_kind *kind;

    wb_flow(s, row++, 0, "In this workbook", wb_as(WB_SECTION));
    for (size_t i = 1; (kind = wb_kind_at(i)) != NULL; i++) {
        if (kind->has_content(s->book)) {
            wb_link(s, row, 0, kind->name, NULL);
            wb_flow(s, row++, 1, kind->about, wb_as(WB_TEXT));
        }
    }
    return row;
}

void wb_summary(wb_sheet *s)
{
    /* Together as wide as a line of a paragraph, which some programs print no further than the columns. */
    enum { ROWS_ON_ONE_PAGE = 56, LABEL_PIXELS = 250, NUMBER_PIXELS = 94, NOTE_PIXELS = 380 };
    const tq_analysis *a = s->book->a;
    const tq_forest *f = s->book->forest;
    const char *scale = wb_natural_name(s->book);
    const char *title = f && f->title ? f->title : a->provenance.title;
    lxw_row_t row = FIRST_ROW;

    wb_top(s, title ? title : scale,
           f && f->subtitle ? f->subtitle
                            : wb_format(s->book, "%s, %s", scale, tq_analysis_model_name(a)));
    if (s->book->live) {
        wb_formula_text(s, FIRST_ROW - 1, 0,
                        "IF(" WB_VERDICT
                        "=\"yes\",\"\",\"Inputs were changed since tausq ran: numbers "
                        "follow, sentences and warnings describe the original data.\")",
                        wb_as(WB_NOTICE));
    }
    row = wb_paragraph(s, row, 0, a->reading, wb_as(WB_TEXT)) + 1;
    s->width[LABEL] = LABEL_PIXELS;
    for (int col = ESTIMATE; col <= HIGH; col++) {
        s->width[col] = NUMBER_PIXELS;
    }
    s->width[NOTE] = NOTE_PIXELS;
    row = write_table(s, row);
    row = write_warnings(s, row);
    row = write_kind(s, row);
    row = write_contents(s, row);
    s->book->xlsx->worksheet_gridlines(s->ws, LXW_HIDE_ALL_GRIDLINES);
    wb_finish(s, 0, 0);
    s->book->xlsx->worksheet_fit_to_pages(s->ws, 1, row <= ROWS_ON_ONE_PAGE ? 1 : 0);
}
