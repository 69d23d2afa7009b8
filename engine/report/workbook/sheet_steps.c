/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tau2 by unrolled iterations: a column per step, a block of rows per pool. With w = 1/(v + t),
 * a = sum w, r = y - mean, the first steps are Fisher scoring (REML, ML), the rest Newton's, which
 * converge quadratically; Paule-Mandel's equation is solved by Newton's method for 1/Q. Pools that
 * share tau2 add their parts up.
 */
#include <math.h>
#include <string.h>

#include "report/workbook/workbook_live_internal.h"

enum { HEAD_ROW = 4, FIRST_ROW = 5, LABEL = 0, FIRST_STEP = 1 };

/* Rows of a pool's block, from its heading on. */
typedef enum { TITLE, T, A, B, C, MU, SCORE, EXPECTED, PPP, BLANK, BLOCK_ROWS } part;

typedef struct {
    const char *key, *label;
    const char *formula[3]; /* REML, ML, PM; NULL: not needed */
} part_row;

/* {m} {y} {v}: the studies; the other keys are rows of the block in the same column. */
#define SUM_W "SUMPRODUCT({m}/({v}+{t}))"
#define SUM_W2 "SUMPRODUCT({m}/({v}+{t})^2)"
#define SUM_W3 "SUMPRODUCT({m}/({v}+{t})^3)"
#define MEAN "SUMPRODUCT({m}*{y}/({v}+{t}))/{a}"
#define YPPY "SUMPRODUCT({m}/({v}+{t})^2*({y}-{mu})^2)"
#define YPPPY \
    "SUMPRODUCT({m}/({v}+{t})^3*({y}-{mu})^2)-SUMPRODUCT({m}/({v}+{t})^2*({y}-{mu}))^2/{a}"
static const part_row parts[BLOCK_ROWS] = {
    [T] = {"t", "t", {NULL, NULL, NULL}},
    [A] = {"a", "a = sum w", {SUM_W, SUM_W, SUM_W}},
    [B] = {"b", "b = sum w\xC2\xB2", {SUM_W2, SUM_W2, NULL}},
    [C] = {"c", "c = sum w\xC2\xB3", {SUM_W3, NULL, NULL}},
    [MU] = {"mu", "mean", {MEAN, MEAN, MEAN}},
    [SCORE] = {"s",
               NULL,
               {YPPY "-({a}-{b}/{a})", YPPY "-{a}", "SUMPRODUCT({m}/({v}+{t})*({y}-{mu})^2)"}},
    [EXPECTED] = {"e", NULL, {"{b}-2*{c}/{a}+({b}/{a})^2", "{b}", YPPY}},
    [PPP] = {"o", NULL, {"2*(" YPPPY ")-{e}", "2*(" YPPPY ")-{e}", NULL}},
};
static const char *const labels[3][3] = {
    {"score: sum w\xC2\xB2 r\xC2\xB2 - (a - b/a)", "expected information: b - 2c/a + (b/a)\xC2\xB2",
     "observed information: 2 y'PPPy - tr(PP)"},
    {"score: sum w\xC2\xB2 r\xC2\xB2 - a", "expected information: b",
     "observed information: 2 y'PPPy - b"},
    {"Q = sum w r\xC2\xB2", "-dQ/dt = sum w\xC2\xB2 r\xC2\xB2", NULL},
};

static size_t kind_of(const wb_book *book)
{
    return (size_t)book->live->iteration - WB_REML_STEPS;
}

static lxw_row_t block_row(const wb_book *book, const wb_pool *pool, part p)
{
    const size_t index = (size_t)(pool - book->live->pool);

    return FIRST_ROW + (lxw_row_t)(index * BLOCK_ROWS) + (lxw_row_t)p;
}

const char *wb_live_converged(wb_book *book, const wb_pool *pool)
{
    const char *sheet = book->live->iteration == WB_REML_STEPS ? "REML" : "Iterations";

    return wb_cell_at(book, sheet, block_row(book, pool, T), FIRST_STEP + WB_STEPS);
}

typedef struct {
    const wb_pool *pool;
    lxw_col_t col;
} step;

static const char *cell_of_key(wb_book *book, const char *key, const void *context)
{
    const step *at = context;
    const lxw_row_t first = book->live->studies, last = first + (lxw_row_t)book->a->k - 1;

    if (strcmp(key, "m") == 0) {
        return wb_live_mask(book, at->pool);
    }
    if (strcmp(key, "y") == 0 || strcmp(key, "v") == 0) {
        const lxw_col_t col = key[0] == 'y' ? WB_LIVE_YI : WB_LIVE_VI;

        return wb_range_at(book, "Live", first, col, last, col);
    }
    for (part p = T; p < BLANK; p++) {
        if (parts[p].key && strcmp(parts[p].key, key) == 0) {
            return wb_cell_at(book, NULL, block_row(book, at->pool, p), at->col);
        }
    }
    return "NA()";
}

/* The next t from the parts in the column before: {s}, {e}, {o} are sums where pools share it. */
static const char *next_step(wb_book *book, const wb_pool *pool, lxw_col_t col)
{
    const size_t number = (size_t)(col - FIRST_STEP); /* of the step that leads here */
    const step before = {pool, (lxw_col_t)(col - 1)};
    const char *text;

    if (number == 0) {
        const char *Q = wb_live_pool_cell(book, pool, WB_LIVE_Q),
                   *df = wb_live_pool_cell(book, pool, WB_LIVE_DF),
                   *scale = wb_live_pool_cell(book, pool, WB_LIVE_C);

        return kind_of(book) == 2 || !pool->fit
                   ? "0"
                   : wb_format(book, "IFERROR(MAX(0,(%s-%s)/%s),0)", Q, df, scale);
    }
    if (kind_of(book) == 2) {
        const char *df = wb_live_pool_cell(book, pool, WB_LIVE_DF);

        text = wb_format(book, "IF(%s<1,0,MAX(0,{t}+{s}*({s}-%s)/(%s*{e})))", df, df, df);
    } else if (number <= WB_SCORING_STEPS) {
        text = "MAX(0,{t}+{s}/{e})";
    } else {
        text = "MAX(0,{t}+{s}/IF({o}>0,{o},{e}))";
    }
    return wb_format(book, "IFERROR(%s,%s)", wb_fill_in(book, text, cell_of_key, &before),
                     wb_fill_in(book, "{t}", cell_of_key, &before));
}

/* The part of the shared column is the sum over the levels' blocks. */
static const char *sum_of_levels(wb_book *book, const wb_pool *pool, part p, lxw_col_t col)
{
    const char *sum = "";

    for (const wb_pool *level = book->live->pool; level < pool; level++) {
        if (level->shared == pool) {
            sum = wb_format(book, "%s%sIF(%s>0,%s,0)", sum, *sum ? "+" : "",
                            wb_live_pool_cell(book, level, WB_LIVE_K),
                            wb_cell_at(book, NULL, block_row(book, level, p), col));
        }
    }
    return sum;
}

static const char *part_formula(wb_book *book, const wb_pool *pool, part p, lxw_col_t col)
{
    const step at = {pool, col};
    const char *formula = parts[p].formula[kind_of(book)];

    if (p == T) {
        return pool->shared == pool ? next_step(book, pool, col)
                                    : wb_cell_at(book, NULL, block_row(book, pool->shared, T), col);
    }
    if (!formula) {
        return NULL;
    }
    if (!pool->fit) {
        return p >= SCORE ? sum_of_levels(book, pool, p, col) : NULL;
    }
    /* One study says nothing about t, but for its share in a likelihood that is not restricted. */
    return wb_format(book, "IFERROR(IF(%s<%d,0,%s),0)", wb_live_pool_cell(book, pool, WB_LIVE_K),
                     book->live->iteration == WB_ML_STEPS ? 1 : 2,
                     wb_fill_in(book, formula, cell_of_key, &at));
}

static void write_block(wb_sheet *s, const wb_pool *pool)
{
    wb_book *book = s->book;
    const wb_look look = wb_decimals(WB_FIXED, 6);
    const lxw_col_t last = FIRST_STEP + WB_STEPS;

    wb_flow(s, block_row(book, pool, TITLE), LABEL, pool->name, wb_as(WB_SECTION));
    for (part p = T; p < BLANK; p++) {
        const lxw_row_t row = block_row(book, pool, p);

        for (lxw_col_t col = FIRST_STEP; col <= last; col++) {
            const char *formula = part_formula(book, pool, p, col);

            if (formula) {
                const int ends = p == T && col == last && pool->fit && pool->fit->k > 1;

                wb_formula(s, row, col, formula, ends ? pool->fit->tau2 : WB_NONE, look);
                wb_flow(s, row, LABEL,
                        p >= SCORE ? labels[kind_of(book)][p - SCORE] : parts[p].label,
                        wb_as(WB_TEXT));
            }
        }
    }
    if (pool->shared == pool) {
        const lxw_row_t row = block_row(book, pool, T);
        const double engine = pool->fit ? pool->fit->tau2 : book->a->block[pool->block].fit->tau2;

        wb_number(s, row, last + 1, engine, look);
        wb_formula(s, row, last + 2,
                   wb_format(book, "%s-%s", wb_cell_at(book, NULL, row, last),
                             wb_cell_at(book, NULL, row, last + 1)),
                   WB_NONE, wb_decimals(WB_SCIENTIFIC, 1));
        wb_formula(s, row, last + 3,
                   wb_format(book, "%s-%s", wb_cell_at(book, NULL, row, last),
                             wb_cell_at(book, NULL, row, last - 1)),
                   WB_NONE, wb_decimals(WB_SCIENTIFIC, 1));
    }
}

void wb_steps(wb_sheet *s)
{
    enum { LABEL_PIXELS = 250, STEP_PIXELS = 84, PAGES_WIDE = 3 };
    wb_book *book = s->book;
    static const char *const ways[] = {
        "Fisher scoring from the DerSimonian-Laird value, then Newton's steps where the observed "
        "information is positive",
        "Fisher scoring from the DerSimonian-Laird value, then Newton's steps where the observed "
        "information is positive",
        "Newton's steps for (k - 1)/Q(t) = 1 from t = 0"};
    const lxw_col_t last = FIRST_STEP + WB_STEPS;

    wb_top(
        s, book->live->iteration == WB_REML_STEPS ? "REML" : "Iterations",
        wb_format(book,
                  "tau\xC2\xB2 by %s: %d steps, no solver needed. %s. w = 1/(v + t), r = y - mean.",
                  tq_method_name(book->a->fit->method), WB_STEPS, ways[kind_of(book)]));
    s->width[LABEL] = LABEL_PIXELS;
    wb_text(s, HEAD_ROW, LABEL, "Step", wb_as(WB_HEAD));
    for (lxw_col_t col = FIRST_STEP; col <= last; col++) {
        wb_text(s, HEAD_ROW, col, wb_format(book, "%d", col - FIRST_STEP), wb_as(WB_HEAD_RIGHT));
        s->width[col] = STEP_PIXELS;
    }
    wb_text(s, HEAD_ROW, last + 1, "Engine", wb_as(WB_HEAD_RIGHT));
    wb_text(s, HEAD_ROW, last + 2, "Difference", wb_as(WB_HEAD_RIGHT));
    wb_text(s, HEAD_ROW, last + 3, "Last step", wb_as(WB_HEAD_RIGHT));
    for (size_t j = 0; j < book->live->n; j++) {
        write_block(s, &book->live->pool[j]);
    }
    book->xlsx->worksheet_set_tab_color(s->ws, WB_PALE);
    book->xlsx->worksheet_freeze_panes(s->ws, FIRST_ROW, 1);
    wb_finish(s, HEAD_ROW, HEAD_ROW);
    wb_check(book, book->xlsx->worksheet_repeat_columns(s->ws, LABEL, LABEL));
    book->xlsx->worksheet_fit_to_pages(s->ws, PAGES_WIDE, 0);
}
