/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every study: its inputs, effect, interval and weight; below, the rows left out and why. In a book with
   formulas it is the one sheet for changes: inputs stand on cream. */
#include <math.h>
#include <string.h>

#include "report/workbook/workbook_live_internal.h"

enum { TABLE_ROW = 4 };

/* What a column shows. */
typedef enum {
    LABEL,
    ROW,
    INCLUDE,
    LEVEL,
    RAW,
    YI,
    VI,
    SEI,
    CI_LOW,
    CI_HIGH,
    NATURAL,
    NATURAL_LOW,
    NATURAL_HIGH,
    WEIGHT,
    FROM,
    ADDED
} content;

typedef struct {
    content content;
    size_t index; /* of the block or the raw column */
    const char *head;
    wb_look look;
} column;

typedef struct {
    column *column;
    size_t n;
} plan;

static lxw_col_t add(plan *p, content what, size_t index, const char *head, wb_look look)
{
    p->column[p->n] = (column){what, index, head, look};
    return (lxw_col_t)p->n++;
}

static void add_raw(wb_book *book, plan *p)
{
    for (size_t j = 0; j < book->a->n_raw; j++) {
        const tq_raw_column *raw = &book->a->raw[j];
        const char *heading = raw->heading ? raw->heading : raw->input;
        const char *over = tq_analysis_raw_over(book->a, raw);

        book->studies.raw[j] =
            add(p, RAW, j, over ? wb_format(book, "%s: %s", over, heading) : heading,
                (wb_look){.style = book->live ? WB_INPUT : WB_COUNT, .decimals = raw->decimals});
    }
}

/* Effects on the analysis scale, then on the natural one where it is another. */
static void add_effects(wb_book *book, plan *p)
{
    const int fine = book->digits + 2, digits = book->digits;
    const wb_look precise =
        wb_decimals(book->live && !book->effect_formula ? WB_INPUT : WB_FIXED, fine);

    book->studies.yi = add(p, YI, 0, "yi", precise);
    book->studies.vi = add(p, VI, 0, "vi", precise);
    add(p, SEI, 0, "sei", wb_decimals(WB_FIXED, fine));
    add(p, CI_LOW, 0, "CI low", wb_decimals(WB_CI_LO, fine));
    add(p, CI_HIGH, 0, "CI high", wb_decimals(WB_CI_HI, fine));
    if (wb_has_natural(book)) {
        book->studies.natural =
            add(p, NATURAL, 0, wb_natural_name(book), wb_decimals(WB_FIXED, digits));
        add(p, NATURAL_LOW, 0, "Low", wb_decimals(WB_CI_LO, digits));
        add(p, NATURAL_HIGH, 0, "High", wb_decimals(WB_CI_HI, digits));
    }
    book->studies.weight = add(p, WEIGHT, 0, "Weight", wb_decimals(WB_SHARE, 2));
}

static int is_adjusted(const wb_book *book)
{
    for (size_t i = 0; i < book->a->k; i++) {
        if (book->a->study[i].added > 0.0) {
            return 1;
        }
    }
    return book->live && wb_effect_has_increment(book);
}

/* Which columns there are; places that other sheets refer to go into book->studies. */
static int make_plan(wb_book *book, plan *p)
{
    enum { FIXED_COLUMNS = 16 };
    const tq_analysis *a = book->a;

    p->column =
        tq_arena_take(book->arena, FIXED_COLUMNS + a->n_raw + a->n_blocks, sizeof *p->column);
    book->studies =
        (wb_study_columns){.first = TABLE_ROW + 1,
                           .level = tq_arena_take(book->arena, a->n_blocks + 1, sizeof(lxw_col_t)),
                           .raw = tq_arena_take(book->arena, a->n_raw + 1, sizeof(lxw_col_t))};
    if (!p->column || !book->studies.level || !book->studies.raw) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return 0;
    }
    book->effect_formula = book->live ? wb_effect_formula(book) : NULL;
    add(p, LABEL, 0, "Study", wb_as(WB_TEXT));
    add(p, ROW, 0, "Row", wb_as(WB_COUNT));
    if (book->live) {
        book->studies.include = add(p, INCLUDE, 0, "include", wb_as(WB_INPUT));
    }
    for (size_t j = 0; j < a->n_blocks; j++) {
        book->studies.level[j] = add(p, LEVEL, j, a->block[j].fit->by,
                                     wb_as(wb_live_pool(book, j, 0) ? WB_INPUT_TEXT : WB_INDENT));
    }
    add_raw(book, p);
    add_effects(book, p);
    add(p, FROM, 0, "Computed from", wb_as(WB_INDENT));
    if (is_adjusted(book)) {
        book->studies.added = add(p, ADDED, 0, "Added to cells", wb_decimals(WB_COUNT, 2));
    }
    return 1;
}

/* ---- cells ----------------------------------------------------------------------------------- */

typedef struct {
    const char *yi, *vi, *sei, *low, *high, *natural[3], *weight, *added;
} formulas;

static const char *relative(wb_book *book, lxw_row_t row, lxw_col_t col)
{
    char cell[LXW_MAX_CELL_NAME_LENGTH];

    book->xlsx->lxw_rowcol_to_cell(cell, row, col);
    return wb_format(book, "%s", cell);
}

static formulas formulas_of(wb_book *book, size_t i, lxw_row_t row)
{
    const wb_study_columns *c = &book->studies;
    const wb_effect_cells effect = wb_effect_cells_of(book, i, row);
    const char *yi = relative(book, row, c->yi), *vi = relative(book, row, c->vi),
               *sei = relative(book, row, (lxw_col_t)(c->vi + 1)),
               *low = relative(book, row, (lxw_col_t)(c->vi + 2)),
               *high = relative(book, row, (lxw_col_t)(c->vi + 3));
    const char *half = wb_format(book, "NORMSINV(1-(1-%s/100)/2)*%s",
                                 wb_cell_at(book, "Live", WB_LIVE_LEVEL_ROW, 1), sei);
    const char *n = wb_live_needs_ni(book)
                        ? wb_cell_at(book, "Live", book->live->studies + (lxw_row_t)i, WB_LIVE_NI)
                        : "1";
    const int turned = book->a->transform && book->a->transform->decreasing;
#define OR_ABSENT(f) wb_format(book, "IFERROR(%s,\"NE\")", f)

    return (formulas){
        .yi = effect.yi,
        .vi = effect.vi,
        .sei = OR_ABSENT(wb_format(book, "SQRT(%s)", vi)),
        .low = OR_ABSENT(wb_format(book, "%s-%s", yi, half)),
        .high = OR_ABSENT(wb_format(book, "%s+%s", yi, half)),
        .natural = {OR_ABSENT(wb_live_natural(book, yi, n)),
                    OR_ABSENT(wb_live_natural(book, turned ? high : low, n)),
                    OR_ABSENT(wb_live_natural(book, turned ? low : high, n))},
        .weight = OR_ABSENT(wb_live_weight(book, i)),
        .added = c->added && book->effect_formula && wb_effect_has_increment(book)
                     ? wb_effect_increment(book, row)
                     : NULL,
    };
#undef OR_ABSENT
}

static void write_value(wb_sheet *s, lxw_row_t row, lxw_col_t col, const column *c,
                        const tq_study *study, const formulas *f)
{
    switch (c->content) {
    case YI:
        wb_formula(s, row, col, f->yi, study->yi, c->look);
        break;
    case VI:
        wb_formula(s, row, col, f->vi, study->vi, c->look);
        break;
    case SEI:
        wb_formula(s, row, col, f->sei, study->sei, c->look);
        break;
    case CI_LOW:
        wb_formula(s, row, col, f->low, study->ci_lb, c->look);
        break;
    case CI_HIGH:
        wb_formula(s, row, col, f->high, study->ci_ub, c->look);
        break;
    case NATURAL:
        wb_formula(s, row, col, f->natural[0], study->natural.pred, c->look);
        break;
    case NATURAL_LOW:
        wb_formula(s, row, col, f->natural[1], study->natural.ci_lb, c->look);
        break;
    case NATURAL_HIGH:
        wb_formula(s, row, col, f->natural[2], study->natural.ci_ub, c->look);
        break;
    default:
        wb_formula(s, row, col, f->weight, study->weight / 100.0, c->look);
    }
}

static void write_cell(wb_sheet *s, lxw_row_t row, lxw_col_t col, const column *c, size_t i,
                       const formulas *f)
{
    const tq_analysis *a = s->book->a;
    const tq_study *study = &a->study[i];

    switch (c->content) {
    case LABEL:
        wb_text(s, row, col, study->label, c->look);
        break;
    case ROW:
        wb_optional(s, row, col, study->filled ? WB_NONE : (double)study->row, c->look);
        break;
    case INCLUDE:
        wb_number(s, row, col, 1.0, c->look);
        break;
    case LEVEL: {
        const tq_subgroups *fit = a->block[c->index].fit;

        if (fit->of[i] != TQ_NO_LEVEL) {
            wb_text(s, row, col, fit->level[fit->of[i]].name, c->look);
        }
        break;
    }
    case RAW:
        wb_optional(s, row, col, a->raw[c->index].value[i], c->look);
        break;
    case FROM:
        wb_text(s, row, col, study->from, c->look);
        break;
    case ADDED:
        if (f->added) {
            wb_formula(s, row, col, f->added, study->added, c->look);
        } else if (study->added > 0.0) {
            wb_number(s, row, col, study->added, c->look);
        }
        break;
    default:
        write_value(s, row, col, c, study, f);
    }
}

static void write_rows(wb_sheet *s, const plan *p)
{
    const formulas none = {0};

    for (size_t i = 0; i < s->book->a->k && s->book->failed == LXW_NO_ERROR; i++) {
        const lxw_row_t row = TABLE_ROW + 1 + (lxw_row_t)i;
        const formulas f = s->book->live ? formulas_of(s->book, i, row) : none;

        for (size_t j = 0; j < p->n; j++) {
            write_cell(s, row, (lxw_col_t)j, &p->column[j], i, &f);
        }
    }
}

/* ---- the sheet ------------------------------------------------------------------------------- */

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

/* include takes 1 and 0 alone; a study that is switched off is struck through. */
static void add_switches(wb_sheet *s)
{
    wb_book *book = s->book;
    const lxw_row_t first = TABLE_ROW + 1, last = TABLE_ROW + (lxw_row_t)book->a->k;
    const lxw_col_t col = book->studies.include;
    char title[] = "include", message[] = "1: the study is pooled. 0: it is left out.";
    lxw_data_validation rule = {.validate = LXW_VALIDATION_TYPE_INTEGER,
                                .criteria = LXW_VALIDATION_CRITERIA_BETWEEN,
                                .minimum_number = 0.0,
                                .maximum_number = 1.0,
                                .ignore_blank = LXW_VALIDATION_OFF,
                                .input_title = title,
                                .input_message = message,
                                .error_title = title,
                                .error_message = message};

    wb_check(book,
             book->xlsx->worksheet_data_validation_range(s->ws, first, col, last, col, &rule));
    wb_strike_excluded(s, first, 0, last, 0, wb_format(book, "=$%s=0", relative(book, first, col)));
}

static const char *subtitle(wb_book *book)
{
    const tq_analysis *a = book->a;
    const char *counts = wb_format(
        book,
        "%zu pooled, %zu of %zu rows left out; yi, vi, sei: effect, sampling variance, standard "
        "error (%s)",
        a->k, a->n_excluded, a->rows, tq_analysis_scale_name(a, 0));

    return !book->live ? counts
                       : wb_format(book,
                                   "%s. Change what stands on cream, or set include to 0: results "
                                   "and chart follow.",
                                   counts);
}

void wb_studies(wb_sheet *s)
{
    wb_book *book = s->book;
    const tq_analysis *a = book->a;
    plan p = {0};

    if (!make_plan(book, &p)) {
        return;
    }
    s->in_order = 1;
    wb_top(s, "Studies", subtitle(book));
    wb_list list = wb_list_begin(s, TABLE_ROW, p.n);

    for (size_t j = 0; j < p.n; j++) {
        wb_list_column(&list, p.column[j].head, p.column[j].look);
    }
    if (book->streams) {
        wb_list_heads(&list);
    }
    write_rows(s, &p);
    const lxw_row_t after = wb_list_end(&list, "StudyTable", a->k);

    if (a->n_excluded > 0) {
        write_excluded(s, after + 1);
    }
    if (book->live) {
        add_switches(s);
    }
    book->xlsx->worksheet_freeze_panes(s->ws, TABLE_ROW + 1, 1);
    wb_finish(s, TABLE_ROW, TABLE_ROW);
}
