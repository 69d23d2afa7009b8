/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forest plot: texts and numbers in cells of equal height, the chart over the plot column. */
#include <math.h>
#include <string.h>

#include "report/workbook/forest_live_internal.h"

enum { OVER_ROW = 3, HEAD_ROW = 4, BODY_ROW = 5 };
enum { LABEL_NARROWEST = 150, LABEL_WIDEST = 300, NOTE_PADDING = 16 };

/* First column on the sheet of each layout column; an effect takes three (estimate, limits). */
static lxw_col_t sheet_column(const tq_forest *f, size_t column)
{
    size_t col = 0;

    for (size_t j = 0; j < column; j++) {
        col += f->column[j].content == TQ_FOREST_COL_EFFECT ? 3 : 1;
    }
    return (lxw_col_t)col;
}

static int is_pool(const tq_forest_row *r)
{
    return r->kind == TQ_FOREST_SUBTOTAL || r->kind == TQ_FOREST_OVERALL;
}

/* ---- heads ----------------------------------------------------------------------------------- */

static void write_effect_head(wb_sheet *s, lxw_col_t col)
{
    enum { WIDEST_HEAD = 100 };
    const tq_analysis *a = s->book->a;
    const char *name = wb_natural_name(s->book);
    const char *head = wb_text_width(name, WB_BODY_POINTS) <= WIDEST_HEAD ? name
                       : a->measure                                       ? a->measure->code
                                                                          : "Effect";

    wb_text(s, HEAD_ROW, col, head, wb_as(WB_HEAD_RIGHT));
    wb_flow(s, HEAD_ROW, (lxw_col_t)(col + 1), wb_format(s->book, "    %g%% CI", a->options.level),
            wb_as(WB_HEAD));
    wb_blank(s, HEAD_ROW, (lxw_col_t)(col + 2), wb_as(WB_HEAD));
}

static void write_heads(wb_sheet *s)
{
    const tq_forest *f = s->book->forest;

    for (size_t j = 0; j < f->n_columns; j++) {
        const tq_forest_column *c = &f->column[j], *before = j > 0 ? c - 1 : NULL;
        const lxw_col_t col = sheet_column(f, j);
        const wb_style style = c->align == TQ_ALIGN_LEFT    ? WB_HEAD
                               : c->align == TQ_ALIGN_RIGHT ? WB_HEAD_RIGHT
                                                            : WB_HEAD_CENTER;

        if (c->content == TQ_FOREST_COL_EFFECT) {
            write_effect_head(s, col);
        } else if (c->content == TQ_FOREST_COL_PLOT) {
            wb_blank(s, HEAD_ROW, col, wb_as(WB_HEAD));
        } else {
            wb_text(s, HEAD_ROW, col, c->head, wb_as(style));
        }
        if (c->over && before && before->over && strcmp(before->over, c->over) == 0) {
            wb_blank(s, OVER_ROW, col, wb_as(WB_OVER));
        } else if (c->over) {
            wb_flow(s, OVER_ROW, col, c->over, wb_as(WB_OVER));
        }
    }
}

/* ---- body ------------------------------------------------------------------------------------ */

/* The study behind a row of the layout. */
static const tq_study *study_of(const wb_book *book, const tq_forest_row *r)
{
    return r->kind == TQ_FOREST_STUDY ? &book->a->study[r->study] : NULL;
}

/* Sum over the studies that a pooled row stands for: its level's, or all. */
static double column_sum(const wb_book *book, const tq_forest_row *pool,
                         const tq_forest_column *column)
{
    const tq_forest *f = book->forest;
    double sum = 0.0;

    for (size_t i = 0; i < f->n_rows; i++) {
        const tq_forest_row *r = &f->row[i];
        const int counts = r->kind == TQ_FOREST_STUDY &&
                           (pool->kind == TQ_FOREST_OVERALL || r->level == pool->level);

        if (counts && column->content == TQ_FOREST_COL_WEIGHT) {
            sum += book->a->study[r->study].weight;
        } else if (counts && column->content == TQ_FOREST_COL_SIZE) {
            sum += book->a->study[r->study].ni;
        } else if (counts && !book->a->study[r->study].filled) {
            sum += book->a->raw[column->raw].value[r->study];
        }
    }
    return sum;
}

/* Estimate and limits on the natural scale. */
static tq_natural natural_of(const wb_book *book, const tq_forest_row *r)
{
    const tq_study *study = study_of(book, r);
    const int as_log = book->forest->log_axis;

    if (study) {
        return study->natural;
    }
    if (r->kind == TQ_FOREST_OVERALL && (book->live || !book->a->robust)) {
        return book->a->natural;
    }
    if (r->kind == TQ_FOREST_PREDICTION) {
        return (tq_natural){
            .pred = WB_NONE, .ci_lb = book->a->natural.pi_lb, .ci_ub = book->a->natural.pi_ub};
    }
    return (tq_natural){.pred = as_log ? exp(r->est) : r->est,
                        .ci_lb = as_log ? exp(r->lo) : r->lo,
                        .ci_ub = as_log ? exp(r->hi) : r->hi};
}

static void write_effect(wb_sheet *s, lxw_row_t row, lxw_col_t col, const tq_forest_row *r,
                         const char *text)
{
    const int digits = s->book->digits, bold = is_pool(r);
    const tq_natural value = natural_of(s->book, r);
    wb_look look[3] = {wb_decimals(WB_FIXED, digits), wb_decimals(WB_CI_LO, digits),
                       wb_decimals(WB_CI_HI, digits)};

    for (int i = 0; i < 3; i++) {
        look[i].bold = bold;
        look[i].plain = text && !strpbrk(text, "eE"); /* as in the figure */
    }
    if (r->kind != TQ_FOREST_PREDICTION) {
        wb_following(s, row, col, forest_natural(s->book, r, 0), value.pred, look[0], NULL);
    }
    if (isfinite(value.ci_lb) || isfinite(value.ci_ub)) {
        wb_following(s, row, (lxw_col_t)(col + 1), forest_natural(s->book, r, 1), value.ci_lb,
                     look[1], NULL);
        wb_following(s, row, (lxw_col_t)(col + 2), forest_natural(s->book, r, 2), value.ci_ub,
                     look[2], NULL);
    }
}

static int has_headings(const tq_forest *f)
{
    int any = 0;

    for (size_t i = 0; i < f->n_rows; i++) {
        any = any || f->row[i].kind == TQ_FOREST_HEADING;
    }
    return any;
}

static void write_label(wb_sheet *s, lxw_row_t row, const tq_forest_row *r, int headings)
{
    const char *text = r->cell[0] ? r->cell[0] : "", *formula = forest_text(s->book, r);
    const int nested =
        (r->kind == TQ_FOREST_STUDY && headings && !r->alone) || r->kind == TQ_FOREST_CLUSTER;
    const int bold = r->kind == TQ_FOREST_HEADING || is_pool(r);
    wb_look look = wb_as(nested ? WB_INDENT : WB_TEXT);

    if (formula) {
        look = wb_as(r->kind == TQ_FOREST_NOTE ? WB_NOTE : WB_TEXT);
        look.bold = bold;
        wb_formula_text(s, row, 0, formula, look);
        return;
    }
    if (r->kind == TQ_FOREST_NOTE) {
        wb_flow(s, row, 0, wb_clean(s->book, text, WB_LONGEST_TEXT, 1), wb_as(WB_NOTE));
        return;
    }
    look.bold = bold;
    text = wb_shorten(s->book, text, WB_BODY_POINTS, LABEL_WIDEST - 2 * NOTE_PADDING);
    if (r->kind == TQ_FOREST_STUDY) {
        wb_text(s, row, 0, text, look);
    } else {
        wb_flow(s, row, 0, text, look);
    }
}

/* A raw input of a study; what is missing stays empty. */
static void write_raw(wb_sheet *s, lxw_row_t row, lxw_col_t col, const tq_forest_row *r, size_t raw,
                      wb_look look)
{
    const double x = s->book->a->raw[raw].value[r->study];

    if (isfinite(x)) {
        wb_formula(s, row, col, forest_raw(s->book, r, raw), x, look);
    }
}

/* A cell of the user's sheet: numbers as numbers, with as many decimals as were typed. */
static void write_own(wb_sheet *s, lxw_row_t row, lxw_col_t col, const tq_sheet_column *own,
                      size_t study)
{
    const char *point = strchr(own->text[study], '.');

    if (own->number && isfinite(own->number[study])) {
        wb_optional(s, row, col, own->number[study],
                    wb_decimals(WB_FIXED, point ? (int)strspn(point + 1, "0123456789") : 0));
    } else {
        wb_text(s, row, col, own->text[study], wb_as(WB_TEXT));
    }
}

/* What the user's sheet says beside the inputs of a study. */
static void write_beside(wb_sheet *s, lxw_row_t row, lxw_col_t col, const tq_forest_column *c,
                         size_t study)
{
    const tq_analysis *a = s->book->a;

    if (c->content == TQ_FOREST_COL_SIZE) {
        wb_optional(s, row, col, a->study[study].ni, wb_as(WB_COUNT));
    } else if (c->content == TQ_FOREST_COL_SHEET) {
        write_own(s, row, col, &a->column[c->raw], study);
    } else if (c->content == TQ_FOREST_COL_BIAS) {
        const tq_bias_judgement j = a->domain[c->raw].value[study];

        if (j != TQ_BIAS_NONE) {
            wb_text(s, row, col, tq_bias_sign(j), wb_as(WB_LIGHT + j - TQ_BIAS_LOW));
        }
    }
}

static void write_row(wb_sheet *s, size_t i, int headings)
{
    const wb_book *book = s->book;
    const tq_forest *f = book->forest;
    const tq_forest_row *r = &f->row[i];
    const lxw_row_t row = BODY_ROW + (lxw_row_t)i;
    const tq_study *study = study_of(book, r);

    write_label(s, row, r, headings);
    if (!study && !is_pool(r) && r->kind != TQ_FOREST_PREDICTION && r->kind != TQ_FOREST_CLUSTER) {
        return;
    }
    for (size_t j = 1; j < f->n_columns; j++) {
        const tq_forest_column *c = &f->column[j];
        const lxw_col_t col = sheet_column(f, j);
        const int raw = c->content == TQ_FOREST_COL_RAW, shown = r->cell[j] && r->cell[j][0];
        wb_look look = raw ? wb_decimals(WB_COUNT, book->a->raw[c->raw].decimals) : wb_as(WB_SHARE);

        look.bold = is_pool(r);
        if (c->content == TQ_FOREST_COL_EFFECT) {
            write_effect(s, row, col, r, r->cell[j]);
        } else if (raw && study) {
            write_raw(s, row, col, r, c->raw, look);
        } else if (raw && shown) {
            wb_following(s, row, col, forest_raw(s->book, r, c->raw), column_sum(book, r, c), look,
                         NULL);
        } else if (c->content == TQ_FOREST_COL_WEIGHT && shown) {
            wb_following(s, row, col, forest_weight(s->book, r),
                         (study ? study->weight : column_sum(book, r, c)) / 100.0, look, NULL);
        } else if (study) {
            write_beside(s, row, col, c, r->study);
        } else if (c->content == TQ_FOREST_COL_SIZE && shown) {
            look = wb_as(WB_COUNT);
            look.bold = 1;
            wb_optional(s, row, col, column_sum(book, r, c), look);
        }
    }
}

/* ---- axis texts ------------------------------------------------------------------------------ */

/* "<- Favours A    Favours B ->" with the gap under the line of no effect: spaces in front, because
   a cell has one alignment. */
static const char *favours_text(wb_book *book)
{
    const tq_forest *f = book->forest;
    const double points = WB_BODY_POINTS, space = wb_text_width(" ", points);
    const double share = f->hi > f->lo ? (f->null_value - f->lo) / (f->hi - f->lo) : 0.5;
    const double at = share > 0.0 && share < 1.0 ? share : 0.5;
    const char *left = f->favours_lo ? wb_format(book, "\xE2\x86\x90 %s", f->favours_lo) : "";
    const char *right = f->favours_hi ? wb_format(book, "%s \xE2\x86\x92", f->favours_hi) : "";
    const double inner = WB_PLOT_PIXELS - 2.0 * WB_PLOT_MARGIN;
    const double start = WB_PLOT_MARGIN + at * inner - wb_text_width(left, points) - 4.0 * space;
    const int before = start > 0.0 ? (int)lround(start / space) : 0;

    return wb_format(book, "%*s%s        %s", before, "", left, right);
}

static void write_axis_texts(wb_sheet *s)
{
    const tq_forest *f = s->book->forest;
    const lxw_row_t row = BODY_ROW + (lxw_row_t)f->n_rows + 2;
    const lxw_col_t col = sheet_column(f, f->plot_column);

    if (f->axis_label) {
        const double gap = WB_PLOT_PIXELS - wb_text_width(f->axis_label, WB_BODY_POINTS);
        const int before =
            gap > 0.0 ? (int)lround(0.5 * gap / wb_text_width(" ", WB_BODY_POINTS)) : 0;

        wb_flow(s, row, col, wb_format(s->book, "%*s%s", before, "", f->axis_label),
                wb_as(WB_TEXT));
    }
    if (f->favours_lo || f->favours_hi) {
        wb_flow(s, row + 1, col, favours_text(s->book), wb_as(WB_TEXT));
    }
}

/* ---- the page -------------------------------------------------------------------------------- */

/* The first column holds the labels; notes may run over the raw inputs, but not into the plot. */
static double label_width(const wb_sheet *s)
{
    const tq_forest *f = s->book->forest;
    double room = 0.0, width = fmin(fmax(s->width[0], LABEL_NARROWEST), LABEL_WIDEST);

    for (lxw_col_t col = 1; col < sheet_column(f, f->plot_column); col++) {
        room += s->width[col];
    }
    for (size_t i = 0; i < f->n_rows; i++) {
        const tq_forest_row *r = &f->row[i];

        if (r->kind != TQ_FOREST_STUDY && r->cell[0]) {
            const double points = r->kind == TQ_FOREST_NOTE ? 9.0 : WB_BODY_POINTS * 1.07;
            const double own = r->kind == TQ_FOREST_NOTE ? room : 0.0;
            const double need = wb_text_width(r->cell[0], points) + NOTE_PADDING - own;

            width = fmin(fmax(width, need), LABEL_WIDEST);
        }
    }
    return width;
}

/* A study without weight is one that was switched off. */
static void strike_excluded(wb_sheet *s)
{
    const tq_forest *f = s->book->forest;
    lxw_col_t weight = 0;

    for (size_t j = 0; j < f->n_columns; j++) {
        weight = f->column[j].content == TQ_FOREST_COL_WEIGHT ? sheet_column(f, j) : weight;
    }
    char cell[LXW_MAX_CELL_NAME_LENGTH];

    s->book->xlsx->lxw_rowcol_to_cell(cell, BODY_ROW, weight);
    wb_strike_excluded(s, BODY_ROW, 0, BODY_ROW + (lxw_row_t)f->n_rows - 1, weight,
                       wb_format(s->book, "=AND(ISNUMBER($%s),$%s=0)", cell, cell));
}

void wb_forest(wb_sheet *s)
{
    enum { ROWS_ON_ONE_PAGE = 48 };
    const tq_forest *f = s->book->forest;
    const lxw_row_t end = BODY_ROW + (lxw_row_t)f->n_rows + 4;
    const int headings = has_headings(f);

    wb_top(s, f->title ? f->title : "Forest plot", f->subtitle);
    write_heads(s);
    for (size_t i = 0; i < f->n_rows; i++) {
        write_row(s, i, headings);
    }
    if (s->book->live) {
        strike_excluded(s);
    }
    for (lxw_row_t row = OVER_ROW; row < end; row++) {
        wb_put_height(s, row, WB_ROW_PIXELS);
    }
    write_axis_texts(s);
    s->width[0] = label_width(s);
    s->width[sheet_column(f, f->plot_column)] = WB_PLOT_PIXELS;
    s->book->xlsx->worksheet_gridlines(s->ws, LXW_HIDE_ALL_GRIDLINES);
    s->book->xlsx->worksheet_freeze_panes(s->ws, BODY_ROW, 1);
    wb_finish(s, OVER_ROW, HEAD_ROW);
    s->book->xlsx->worksheet_fit_to_pages(s->ws, 1, f->n_rows <= ROWS_ON_ONE_PAGE ? 1 : 0);
    wb_check(s->book, s->book->xlsx->worksheet_print_area(
                          s->ws, 0, 0, end, (lxw_col_t)(sheet_column(f, f->n_columns) - 1)));
    if (s->book->scene) {
        wb_scene_insert(s, HEAD_ROW, sheet_column(f, f->plot_column));
    } else {
        wb_flow(s, HEAD_ROW, sheet_column(f, f->plot_column), "too many rows for a chart",
                wb_as(WB_HEAD));
    }
}
