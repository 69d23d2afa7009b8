/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the marks of the forest plot stand, as formulas: a row per row of the layout, from which the
   points of the chart follow. */
#include "report/workbook/forest_live_internal.h"

#include <math.h>
#include <string.h>

enum { SCALE_LABEL = 7, SCALE_VALUE = 8 };

/* The pool behind a row; NULL: none, or not live. */
static const wb_pool *pool_of(wb_book *book, const tq_forest_row *r)
{
    if (r->kind == TQ_FOREST_OVERALL || r->kind == TQ_FOREST_PREDICTION) {
        return wb_live_pool(book, 0, TQ_NO_LEVEL);
    }
    const int of_level = r->level != TQ_NO_LEVEL && book->forest->block != TQ_NO_LEVEL;

    return of_level ? wb_live_pool(book, book->forest->block, r->level) : NULL;
}

/* ---- numbers --------------------------------------------------------------------------------- */

const char *forest_natural(wb_book *book, const tq_forest_row *r, int which)
{
    static const wb_quantity pooled[] = {WB_LIVE_NAT, WB_LIVE_NAT_LB, WB_LIVE_NAT_UB},
                             predicted[] = {WB_LIVE_NAT, WB_LIVE_NAT_PI_LB, WB_LIVE_NAT_PI_UB};
    const wb_study_columns *c = &book->studies;

    if (!book->live) {
        return NULL;
    }
    if (r->kind == TQ_FOREST_STUDY) {
        const lxw_col_t without[] = {c->yi, (lxw_col_t)(c->vi + 2), (lxw_col_t)(c->vi + 3)};
        const lxw_col_t col = c->natural ? (lxw_col_t)(c->natural + which) : without[which];

        return wb_cell_at(book, "Studies", c->first + (lxw_row_t)r->study, col);
    }
    if (r->kind == TQ_FOREST_PREDICTION) {
        return book->a->fit->predict == TQ_PREDICT_NNF ? NULL
                                                       : wb_live_overall(book, predicted[which]);
    }
    return wb_live_pool_cell(book, pool_of(book, r), pooled[which]);
}

static const char *studies_range(wb_book *book, lxw_col_t col)
{
    const lxw_row_t first = book->studies.first;

    return wb_range_at(book, "Studies", first, col, first + (lxw_row_t)book->a->k - 1, col);
}

static const char *sum_over(wb_book *book, const tq_forest_row *r, lxw_col_t col)
{
    const wb_pool *pool = pool_of(book, r);

    return pool ? wb_format(book, "SUMPRODUCT(%s,%s)", wb_live_mask(book, pool),
                            studies_range(book, col))
                : NULL;
}

const char *forest_weight(wb_book *book, const tq_forest_row *r)
{
    const wb_study_columns *c = &book->studies;

    if (!book->live) {
        return NULL;
    }
    return r->kind == TQ_FOREST_STUDY
               ? wb_cell_at(book, "Studies", c->first + (lxw_row_t)r->study, c->weight)
               : sum_over(book, r, c->weight);
}

const char *forest_raw(wb_book *book, const tq_forest_row *r, size_t raw)
{
    const wb_study_columns *c = &book->studies;

    if (!book->live) {
        return NULL;
    }
    return r->kind == TQ_FOREST_STUDY
               ? wb_cell_at(book, "Studies", c->first + (lxw_row_t)r->study, c->raw[raw])
               : sum_over(book, r, c->raw[raw]);
}

/* ---- texts ----------------------------------------------------------------------------------- */

#define MINUS "\xE2\x88\x92"
#define TAU2 "\xCF\x84\xC2\xB2"

/* A number in a text: decimals as given, minus signs in place of hyphens. */
static const char *shown(wb_book *book, const char *cell, int decimals)
{
    return wb_format(book, "SUBSTITUTE(FIXED(ROUND(%s,%d),%d,TRUE),\"-\",\"" MINUS "\")", cell,
                     decimals, decimals);
}

static const char *shown_p(wb_book *book, const char *cell)
{
    return wb_format(book, "IF(%s<0.001,\"p < 0.001\",\"p = \"&FIXED(ROUND(%s,3),3,TRUE))", cell,
                     cell);
}

/* Two digits of tau2, if four decimals have them. */
static const char *shown_tau2(wb_book *book, const char *cell)
{
    return wb_format(book,
                     "IF(%s<=0,\"" TAU2 " = 0.00\",IF(%s<0.0001,\"" TAU2 " < 0.0001\",\"" TAU2
                     " = \"&FIXED(%s,IF(%s>=0.1,2,IF(%s>=0.01,3,4)),TRUE)))",
                     cell, cell, cell, cell, cell);
}

static const char *heterogeneity(wb_book *book, const tq_forest_row *r)
{
    const int whole = r->level == TQ_NO_LEVEL;
    const wb_pool *pool = whole ? wb_live_pool(book, 0, TQ_NO_LEVEL) : pool_of(book, r);
    const tq_pool *fit = pool ? pool->fit : NULL;

    if (!fit || fit->k <= fit->p) {
        return NULL;
    }
#define OF(q) wb_live_pool_cell(book, pool, q)
    const int own_tau2 = isfinite(fit->tau2) && pool->shared == pool;
    const char *origin = !whole
                             ? ""
                             : wb_format(book, "&\" (%s)\"",
                                         fit->tau2_fixed ? "given" : tq_method_name(fit->method));
    const char *tau2 =
        own_tau2 ? wb_format(book, "%s%s&\", ", shown_tau2(book, OF(WB_LIVE_TAU2)), origin) : "\"";
    const int limits = whole && isfinite(fit->ci.I2[0]) && isfinite(fit->ci.I2[1]);
    const char *I2 = isfinite(fit->I2) ? wb_format(book, "&\", I\xC2\xB2 = \"&%s&\"%%\"",
                                                   shown(book, OF(WB_LIVE_I2), 0))
                                       : "";
    /* The interval is the engine's: it goes when the data change. */
    const char *interval =
        limits ? wb_format(book, "&IF(ABS(%s-%.17g)<=1E-9*%.17g,\" [%.0f%%, %.0f%%]\",\"\")",
                           OF(WB_LIVE_I2), fit->I2, fmax(1.0, fabs(fit->I2)), fit->ci.I2[0],
                           fit->ci.I2[1])
               : "";

    return wb_format(
        book,
        "IF(%s<1,\"Heterogeneity: not applicable\",\"Heterogeneity: \"&%sQ = \"&%s&\", "
        "df = \"&%s&\", \"&%s%s%s)",
        OF(WB_LIVE_DF), tau2, shown(book, OF(WB_LIVE_Q), 2), shown(book, OF(WB_LIVE_DF), 0),
        shown_p(book, OF(WB_LIVE_QP)), I2, interval);
#undef OF
}

static const char *overall_test(wb_book *book)
{
    const int has_df = isfinite(book->a->fit->df[0]);
    const char *df = has_df ? wb_format(book, "&\", df = \"&%s",
                                        shown(book, wb_live_overall(book, WB_LIVE_DF), 0))
                            : "";

    return wb_format(book, "\"Test for overall effect: %s = \"&%s%s&\", \"&%s",
                     tq_test_statistic(book->a->fit->test),
                     shown(book, wb_live_overall(book, WB_LIVE_STAT), 2), df,
                     shown_p(book, wb_live_overall(book, WB_LIVE_PVAL)));
}

static const char *subgroup_test(wb_book *book)
{
    const size_t block = book->forest->block;
    const tq_subgroups *fit = book->a->block[block].fit;

    if (!wb_live_pool(book, block, 0)) {
        return NULL;
    }
    const wb_live_tests t = wb_live_block_tests(book, block);
    const char *denominator =
        fit->QB_df2 > 0.0 ? wb_format(book, "&\" and \"&%s", shown(book, t.QB_df2, 0)) : "";

    return wb_format(book, "\"Test for subgroup differences: %s = \"&%s&\", df = \"&%s%s&\", \"&%s",
                     fit->QB_df2 > 0.0 ? "F" : "Q", shown(book, t.QB, 2), shown(book, t.QB_df, 0),
                     denominator, shown_p(book, t.QB_pval));
}

static const char *common_tau2(wb_book *book)
{
    const wb_pool *level = wb_live_pool(book, book->forest->block, 0);

    return level ? wb_format(book, "\"Within subgroups: \"&%s&\", common\"",
                             shown_tau2(book, wb_live_pool_cell(book, level, WB_LIVE_TAU2)))
                 : NULL;
}

static const char *note(wb_book *book, const tq_forest_row *r)
{
    switch (r->note) {
    case TQ_FOREST_NOTE_HETEROGENEITY:
        return heterogeneity(book, r);
    case TQ_FOREST_NOTE_OVERALL_TEST:
        return overall_test(book);
    case TQ_FOREST_NOTE_COMMON_TAU2:
        return common_tau2(book);
    case TQ_FOREST_NOTE_SUBGROUP_TEST:
        return subgroup_test(book);
    default:
        return NULL;
    }
}

const char *forest_text(wb_book *book, const tq_forest_row *r)
{
    const wb_pool *pool = book->live ? pool_of(book, r) : NULL;
    const char *text = NULL;

    if (!book->live) {
        return NULL;
    }
    if (r->kind == TQ_FOREST_NOTE) {
        text = note(book, r);
    } else if (pool && r->kind != TQ_FOREST_PREDICTION &&
               (r->kind == TQ_FOREST_OVERALL || r->kind == TQ_FOREST_SUBTOTAL)) {
        text = wb_format(book, "\"%s (k = \"&%s&\")\"",
                         r->kind == TQ_FOREST_OVERALL ? "Overall" : "Subtotal",
                         wb_live_pool_cell(book, pool, WB_LIVE_K));
    }
    return text ? wb_format(book, "IFERROR(%s,\"%s\")", text,
                            r->kind == TQ_FOREST_NOTE ? "Not estimable" : "Not pooled")
                : NULL;
}

/* ---- places on ChartData --------------------------------------------------------------------- */

const char *forest_data_cell(wb_book *book, lxw_col_t col, size_t point)
{
    return wb_cell_at(book, NULL, WB_DATA_ROW + (lxw_row_t)point, col);
}

const char *forest_scale_cell(wb_book *book, forest_scale which)
{
    return forest_data_cell(book, SCALE_VALUE, which);
}

static const char *place(wb_book *book, size_t row, forest_place which)
{
    return forest_data_cell(book, (lxw_col_t)which, row);
}

const char *forest_unit(wb_book *book, const char *value, double otherwise)
{
    const char *lo = forest_scale_cell(book, FOREST_SCALE_LO),
               *hi = forest_scale_cell(book, FOREST_SCALE_HI);

    return book->live ? wb_format(book, "IFERROR(%g+%g*(%s-%s)/(%s-%s),%g)", FOREST_PAD,
                                  1.0 - 2.0 * FOREST_PAD, value, lo, hi, lo, otherwise)
                      : NULL;
}

static int is_live_row(wb_book *book, size_t row)
{
    return book->live && forest_natural(book, &book->forest->row[row], 1) != NULL;
}

const char *forest_clamped(wb_book *book, size_t row, forest_place which)
{
    return is_live_row(book, row) ? wb_format(book, "MIN(MAX(%s,%g),%g)", place(book, row, which),
                                              FOREST_PAD, 1.0 - FOREST_PAD)
                                  : NULL;
}

const char *forest_y(wb_book *book, size_t row)
{
    return is_live_row(book, row) ? place(book, row, FOREST_Y) : NULL;
}

const char *forest_inside(wb_book *book, size_t row, double y)
{
    const char *est = place(book, row, FOREST_EST);

    return is_live_row(book, row) ? wb_format(book, "IF(AND(%s>=%g-1E-9,%s<=%g+1E-9),%.17g,-9)",
                                              est, FOREST_PAD, est, 1.0 - FOREST_PAD, y)
                                  : NULL;
}

const char *forest_square_y(wb_book *book, size_t row, int size)
{
    const char *est = place(book, row, FOREST_EST);

    return is_live_row(book, row) ? wb_format(book, "IF(AND(%s=%d,%s>=%g-1E-9,%s<=%g+1E-9),%s,-9)",
                                              place(book, row, FOREST_SIZE), size, est, FOREST_PAD,
                                              est, 1.0 - FOREST_PAD, place(book, row, FOREST_Y))
                                  : NULL;
}

const char *forest_head_y(wb_book *book, size_t row, int way, double shift)
{
    if (!is_live_row(book, row)) {
        return NULL;
    }
    return way < 0 ? wb_format(book, "IF(%s<%g-1E-9,%s+%g,-9)", place(book, row, FOREST_LO),
                               FOREST_PAD, place(book, row, FOREST_Y), shift)
                   : wb_format(book, "IF(%s>%g+1E-9,%s+%g,-9)", place(book, row, FOREST_HI),
                               1.0 - FOREST_PAD, place(book, row, FOREST_Y), shift);
}

const char *forest_diamond_x(wb_book *book, size_t row, double s, int corner)
{
    const char *mu = place(book, row, FOREST_EST);
    const char *x = corner == 0
                        ? mu
                        : wb_format(book, "%s+%g*(%s-%s)", mu, s,
                                    place(book, row, corner < 0 ? FOREST_LO : FOREST_HI), mu);

    return is_live_row(book, row)
               ? wb_format(book, "MIN(MAX(%s,%g),%g)", x, FOREST_PAD, 1.0 - FOREST_PAD)
               : NULL;
}

const char *forest_diamond_y(wb_book *book, size_t row, double s, double height, const char *x)
{
    const char *mu = place(book, row, FOREST_EST), *lo = place(book, row, FOREST_LO),
               *hi = place(book, row, FOREST_HI), *y = place(book, row, FOREST_Y);

    return is_live_row(book, row)
               ? wb_format(book,
                           "%s+%.17g*IF(%s=%s,1,IFERROR(MAX(0,1-ABS(%s-%s)/IF(%s<%s,%g*(%s-%s),"
                           "%g*(%s-%s))),0))",
                           y, height, x, mu, x, mu, x, mu, s, mu, lo, s, hi, mu)
               : NULL;
}

/* ---- the rows -------------------------------------------------------------------------------- */

/* A natural value's place; far to the left or right where there is none. */
static const char *unit_of(wb_book *book, const char *natural, double otherwise)
{
    return forest_unit(book, book->forest->log_axis ? wb_format(book, "LN(%s)", natural) : natural,
                       otherwise);
}

static const char *row_y(wb_book *book, size_t i)
{
    const tq_forest_row *r = &book->forest->row[i];
    const double y = (double)i + 0.5;
    const wb_pool *all = wb_live_pool(book, 0, TQ_NO_LEVEL);

    if (r->kind == TQ_FOREST_STUDY) {
        return wb_format(
            book, "IF(%s=1,%g,-9)",
            wb_cell_at(book, "Live", book->live->studies + (lxw_row_t)r->study, all->col), y);
    }
    return wb_format(book, "IF(ISNUMBER(%s),%g,-9)", forest_natural(book, r, 1), y);
}

static void write_row(wb_sheet *s, size_t i)
{
    static const double far_off[] = {-9.0, -9.0, 9.0};
    wb_book *book = s->book;
    const tq_forest_row *r = &book->forest->row[i];
    const lxw_row_t row = WB_DATA_ROW + (lxw_row_t)i;
    const wb_look look = wb_decimals(WB_FIXED, 4);

    if ((isnan(r->est) && r->kind != TQ_FOREST_PREDICTION) || isnan(r->lo) ||
        !forest_natural(book, r, 1)) {
        return;
    }
    wb_flow(s, row, FOREST_LABEL, wb_shorten(book, r->cell[0], WB_BODY_POINTS, 150.0),
            wb_as(WB_TEXT));
    for (int which = 0; which < 3; which++) {
        wb_formula(s, row, (lxw_col_t)(FOREST_EST + which),
                   unit_of(book, forest_natural(book, r, which), far_off[which]), WB_NONE, look);
    }
    wb_formula(s, row, FOREST_Y, row_y(book, i), WB_NONE, look);
    if (r->kind == TQ_FOREST_STUDY) {
        wb_formula(s, row, FOREST_SIZE,
                   wb_format(book, "IFERROR(MAX(%d,ROUND(%d*SQRT(%s/MAX(%s)),0)),%d)",
                             WB_SMALLEST_SQUARE, WB_LARGEST_SQUARE, forest_weight(book, r),
                             studies_range(book, book->studies.weight), WB_SMALLEST_SQUARE),
                   WB_NONE, wb_decimals(WB_FIXED, 0));
    }
}

void forest_write_rows(wb_sheet *s)
{
    static const char *const heads[] = {"", "estimate", "low", "high", "y", "size, pt"};
    static const char *const scale[] = {"lower limit", "upper limit", "no effect"};
    const tq_forest *f = s->book->forest;
    const double value[] = {f->lo, f->hi, f->null_value};
    const lxw_row_t head = WB_DATA_ROW - 1;

    wb_flow(s, head - 1, 0, "Rows: places across the plot", wb_bold(wb_as(WB_TEXT)));
    for (int col = FOREST_LABEL; col <= FOREST_SIZE; col++) {
        wb_text(s, head, (lxw_col_t)col, *heads[col] ? heads[col] : " ", wb_as(WB_HEAD_RIGHT));
    }
    s->width[FOREST_LABEL] = 160.0;
    wb_flow(s, head - 1, SCALE_LABEL,
            f->log_axis ? "Axis (logarithms; may be changed)" : "Axis (may be changed)",
            wb_bold(wb_as(WB_TEXT)));
    for (size_t i = 0; i < FOREST_SCALE_COUNT; i++) {
        wb_text(s, WB_DATA_ROW + (lxw_row_t)i, SCALE_LABEL, scale[i], wb_as(WB_TEXT));
        wb_optional(s, WB_DATA_ROW + (lxw_row_t)i, SCALE_VALUE, value[i], wb_decimals(WB_INPUT, 4));
    }
    for (size_t i = 0; i < f->n_rows; i++) {
        write_row(s, i);
    }
}
