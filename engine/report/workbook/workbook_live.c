/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan of the live model: which pools there are, where their quantities stand. */
#include "report/workbook/workbook_live_internal.h"

#include <stdint.h>
#include <string.h>

enum { MOST_STUDIES = 2000, MOST_POOLS = 60, MOST_WORK = 60000 };

/* ---- what can be live ------------------------------------------------------------------------ */

/* Estimators that have formulas, and the iterations they need. */
static const struct {
    tq_method method;
    wb_iteration iteration;
} formulas[] = {
    {TQ_EE, WB_NO_STEPS},    {TQ_FE, WB_NO_STEPS},     {TQ_DL, WB_NO_STEPS},
    {TQ_HE, WB_NO_STEPS},    {TQ_CO, WB_NO_STEPS},     {TQ_HS, WB_NO_STEPS},
    {TQ_HSK, WB_NO_STEPS},   {TQ_SJ, WB_NO_STEPS},     {TQ_GENQ, WB_NO_STEPS},
    {TQ_IVHET, WB_NO_STEPS}, {TQ_REML, WB_REML_STEPS}, {TQ_ML, WB_ML_STEPS},
    {TQ_PM, WB_PM_STEPS},    {TQ_EB, WB_PM_STEPS},     {TQ_DLIT, WB_PM_STEPS},
    {TQ_SJIT, WB_PM_STEPS},
};

static int has_formulas(tq_method method, wb_iteration *iteration)
{
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        if (formulas[i].method == method) {
            *iteration = formulas[i].iteration;
            return 1;
        }
    }
    return 0;
}

const char *wb_live_refusal(wb_book *book)
{
    const tq_analysis *a = book->a;
    wb_iteration unused;

    if (!book->wants_live) {
        return "formulas were not asked for (--live no)";
    }
    if (a->k > MOST_STUDIES) {
        return wb_format(book, "formulas are written for up to %d studies", MOST_STUDIES);
    }
    if (a->scale) {
        return "location-scale models have no formulas";
    }
    if (wb_is_regression(book)) {
        return "models with moderators have no formulas";
    }
    if (a->trim_fill) {
        return "trim and fill has no formula";
    }
    if (a->options.i2 == TQ_I2_Q && tq_method_random(a->fit->method)) {
        return "I2 and its limits from Q have no formula";
    }
    if (a->multilevel) {
        return "multilevel models have no formulas";
    }
    if (a->selmodel) {
        return "selection models have no formulas";
    }
    if (a->fit->test == TQ_TEST_KR) {
        return "the Kenward-Roger test has no formula";
    }
    if (!has_formulas(a->fit->method, &unused)) {
        return wb_format(book, "method %s has no formula", tq_method_name(a->fit->method));
    }
    return wb_live_natural(book, "A1", "B1") ? NULL : "the back-transform has no formula";
}

/* ---- the pools ------------------------------------------------------------------------------- */

/* A common tau2 that could not be estimated leaves the levels to themselves, in ways of their own. */
static int is_frozen(const tq_analysis *a, const tq_subgroups *fit)
{
    return fit->mode == TQ_TAU2_COMMON && (fit->n < 2 || a->k <= fit->n || !isfinite(fit->QB));
}

static wb_pool *add_pool(wb_live *live, wb_pool pool)
{
    pool.col = (lxw_col_t)(WB_LIVE_POOLS + live->n);
    wb_pool *at = &live->pool[live->n++];

    *at = pool;
    at->first = at->last = at->col;
    at->shared = at;
    return at;
}

static void add_block(wb_book *book, wb_live *live, size_t b)
{
    const tq_block *block = &book->a->block[b];
    const tq_subgroups *fit = block->fit;
    const size_t first = live->n, common = fit->mode == TQ_TAU2_COMMON;

    if (is_frozen(book->a, fit) || first + fit->n + common > MOST_POOLS ||
        (first + fit->n + common) * book->a->k > MOST_WORK) {
        return;
    }
    for (size_t j = 0; j < fit->n; j++) {
        add_pool(live, (wb_pool){.name = fit->level[j].name,
                                 .fit = fit->level[j].fit,
                                 .natural = &block->natural[j],
                                 .block = b,
                                 .level = j});
    }
    live->first_level[b] = first;
    if (common) {
        wb_pool *sum = add_pool(live, (wb_pool){.name = wb_format(book, "%s: common", fit->by),
                                                .block = b,
                                                .level = TQ_NO_LEVEL});

        live->common[b] = live->n - 1;
        sum->first = live->pool[first].col;
        sum->last = live->pool[first + fit->n - 1].col;
        for (size_t j = 0; j < fit->n; j++) {
            live->pool[first + j].shared = sum;
        }
    }
}

wb_live *wb_live_new(wb_book *book)
{
    const tq_analysis *a = book->a;
    wb_live *live = tq_arena_take(book->arena, 1, sizeof *live);

    if (live) {
        live->pool = tq_arena_take(book->arena, MOST_POOLS + 1, sizeof *live->pool);
        live->first_level = tq_arena_take(book->arena, a->n_blocks + 1, sizeof(size_t));
        live->common = tq_arena_take(book->arena, a->n_blocks + 1, sizeof(size_t));
    }
    if (!live || !live->pool || !live->first_level || !live->common) {
        wb_check(book, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return NULL;
    }
    has_formulas(a->fit->method, &live->iteration);
    if (a->fit->tau2_fixed) {
        live->iteration = WB_NO_STEPS;
    }
    add_pool(live, (wb_pool){.name = "All studies",
                             .fit = a->fit,
                             .natural = &a->natural,
                             .block = TQ_NO_LEVEL,
                             .level = TQ_NO_LEVEL});
    for (size_t b = 0; b < a->n_blocks; b++) {
        add_block(book, live, b);
    }
    lxw_row_t row = WB_LIVE_TOP;

    for (wb_quantity q = 0; q < WB_LIVE_COUNT; q++) {
        live->row[q] = row;
        row += (lxw_row_t)wb_live_uses(book, live, q);
    }
    live->studies = row + 3;
    return live;
}

/* ---- references ------------------------------------------------------------------------------ */

const char *wb_cell_at(wb_book *book, const char *sheet, lxw_row_t row, lxw_col_t col)
{
    char cell[LXW_MAX_CELL_NAME_LENGTH];

    book->xlsx->lxw_rowcol_to_cell_abs(cell, row, col, 1, 1);
    return wb_format(book, "%s%s%s", sheet ? sheet : "", sheet ? "!" : "", cell);
}

const char *wb_range_at(wb_book *book, const char *sheet, lxw_row_t row, lxw_col_t col,
                        lxw_row_t last_row, lxw_col_t last_col)
{
    return wb_format(book, "%s:%s", wb_cell_at(book, sheet, row, col),
                     wb_cell_at(book, NULL, last_row, last_col));
}

const char *wb_live_pool_cell(wb_book *book, const wb_pool *pool, wb_quantity q)
{
    return pool ? wb_cell_at(book, "Live", book->live->row[q], pool->col) : NULL;
}

const wb_pool *wb_live_pool(const wb_book *book, size_t block, size_t level)
{
    const wb_live *live = book->live;

    if (!live || level == TQ_NO_LEVEL) {
        return live ? &live->pool[0] : NULL;
    }
    return live->first_level[block] ? &live->pool[live->first_level[block] + level] : NULL;
}

const char *wb_live_overall(wb_book *book, wb_quantity q)
{
    return wb_live_pool_cell(book, wb_live_pool(book, 0, TQ_NO_LEVEL), q);
}

const char *wb_live_level(wb_book *book, size_t block, size_t level, wb_quantity q)
{
    return wb_live_pool_cell(book, wb_live_pool(book, block, level), q);
}

const char *wb_live_mask(wb_book *book, const wb_pool *pool)
{
    const lxw_row_t first = book->live->studies;

    return wb_range_at(book, "Live", first, pool->col, first + (lxw_row_t)book->a->k - 1,
                       pool->col);
}

const char *wb_live_weight(wb_book *book, size_t i)
{
    const tq_pool_options *o = &book->a->options;
    const wb_pool *all = wb_live_pool(book, 0, TQ_NO_LEVEL);

    if (!all) {
        return NULL;
    }
    const lxw_row_t row = book->live->studies + (lxw_row_t)i;
    const char *mask = wb_cell_at(book, "Live", row, all->col);
    const char *vi = wb_cell_at(book, "Live", row, WB_LIVE_VI);
    const char *sum = wb_live_overall(book, WB_LIVE_AW);

    if (book->has_weights) {
        return wb_format(book, "%s*%s/%s", mask, wb_cell_at(book, "Live", row, WB_LIVE_WEIGHT),
                         sum);
    }
    if (!o->weighted) {
        return wb_format(book, "%s/%s", mask, sum);
    }
    if (o->method == TQ_IVHET) {
        return wb_format(book, "%s/%s/%s", mask, vi, sum);
    }
    return wb_format(book, "%s/(%s+%s)/%s", mask, vi, wb_live_overall(book, WB_LIVE_TAU2), sum);
}

/* Defined names of what follows the inputs. */
static const struct {
    const char *name;
    wb_quantity quantity;
} named[] = {
    {"tausq_pooled", WB_LIVE_MU},
    {"tausq_se", WB_LIVE_SE},
    {"tausq_ci_lb", WB_LIVE_CI_LB},
    {"tausq_ci_ub", WB_LIVE_CI_UB},
    {"tausq_pval", WB_LIVE_PVAL},
    {"tausq_pi_lb", WB_LIVE_PI_LB},
    {"tausq_pi_ub", WB_LIVE_PI_UB},
    {"tausq_k", WB_LIVE_K},
    {"tausq_natural_pooled", WB_LIVE_NAT},
    {"tausq_natural_ci_lb", WB_LIVE_NAT_LB},
    {"tausq_natural_ci_ub", WB_LIVE_NAT_UB},
    {"tausq_natural_pi_lb", WB_LIVE_NAT_PI_LB},
    {"tausq_natural_pi_ub", WB_LIVE_NAT_PI_UB},
    {"tausq_tau2", WB_LIVE_TAU2},
    {"tausq_tau", WB_LIVE_TAU},
    {"tausq_I2", WB_LIVE_I2},
    {"tausq_H2", WB_LIVE_H2},
    {"tausq_Q", WB_LIVE_Q},
    {"tausq_Q_df", WB_LIVE_DF},
    {"tausq_Q_pval", WB_LIVE_QP},
    {"tausq_typical_vi", WB_LIVE_VT},
};

const char *wb_live_named(wb_book *book, const char *name)
{
    const int frozen_pi = book->a->fit->predict == TQ_PREDICT_NNF;

    for (size_t i = 0; name && book->live && i < sizeof named / sizeof *named; i++) {
        const int pi = strstr(named[i].name, "_pi_") != NULL;

        if (strcmp(named[i].name, name) == 0 && !(pi && frozen_pi)) {
            return wb_live_overall(book, named[i].quantity);
        }
    }
    return NULL;
}

void wb_named_number(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *name, double engine,
                     wb_look look, const char *what)
{
    wb_following(s, row, col, isfinite(engine) ? wb_live_named(s->book, name) : NULL, engine, look,
                 what);
}

/* ---- tests of blocks ------------------------------------------------------------------------- */

static const char *row_of_levels(wb_book *book, size_t block, wb_quantity q)
{
    const wb_pool *first = wb_live_pool(book, block, 0);
    const wb_pool *last = first + (book->a->block[block].fit->n - 1);
    const lxw_row_t row = book->live->row[q];

    return wb_range_at(book, "Live", row, first->col, row, last->col);
}

wb_live_tests wb_live_block_tests(wb_book *book, size_t block)
{
    const tq_subgroups *fit = book->a->block[block].fit;
    const int is_F = fit->QB_df2 > 0.0;
    wb_live_tests t = {0};

    if (!wb_live_pool(book, block, 0)) {
        return t;
    }
    const char *w = row_of_levels(book, block, WB_LIVE_EW),
               *mu = row_of_levels(book, block, WB_LIVE_EMU),
               *k = row_of_levels(book, block, WB_LIVE_K);

    t.QB_df = wb_format(book, "SUMPRODUCT((%s>0)*1)-1", k);
    t.QB = wb_format(book, "SUMPRODUCT(%s*(%s-SUMPRODUCT(%s,%s)/SUM(%s))^2)", w, mu, w, mu, w);
    if (is_F) { /* scaled by the Knapp-Hartung factor of the model with the factor */
        const wb_pool *common = &book->live->pool[book->live->common[block]];
        const char *kh = wb_live_pool_cell(book, common, WB_LIVE_KH);

        const tq_test test = book->a->options.test;
        const char *scale = test == TQ_TEST_T       ? ""
                            : test == TQ_TEST_ADHOC ? wb_format(book, "/MAX(1,%s)", kh)
                                                    : wb_format(book, "/%s", kh);

        t.QB_df2 = wb_live_pool_cell(book, common, WB_LIVE_DF);
        t.QB = wb_format(book, "%s/(%s)%s", t.QB, t.QB_df, scale);
        t.QB_pval = wb_format(book, "FDIST(%s,%s,%s)", t.QB, t.QB_df, t.QB_df2);
    } else {
        t.QB_pval = wb_format(book, "CHIDIST(%s,%s)", t.QB, t.QB_df);
    }
    t.QW = wb_format(book, "SUM(%s)", row_of_levels(book, block, WB_LIVE_Q));
    t.QW_df = wb_format(book, "SUMPRODUCT((%s>0)*(%s-1))", k, k);
    t.QW_pval = wb_format(book, "IF(%s<1,1,CHIDIST(%s,%s))", t.QW_df, t.QW, t.QW_df);
    return t;
}

/* ---- back-transforms ------------------------------------------------------------------------- */

/* {x}: the value, {n}: the sample size. */
static const struct {
    const char *name, *formula;
} transforms[] = {
    {"none", "{x}"},
    {"exp", "EXP({x})"},
    {"ilogit", "1/(1+EXP(-{x}))"},
    {"iprobit", "NORMSDIST({x})"},
    {"itanh", "TANH({x})"},
    {"itanh2", "IF({x}<=0,0,TANH({x})^2)"},
    {"iarcsin", "SIN(MAX(0,MIN({x},PI()/2)))^2"},
    {"ift", "IF({x}<=ATAN(1/SQRT({n}))/2,0,IF({x}>=PI()/2-ATAN(1/SQRT({n}))/2,1,"
            "0.5+IF(COS(2*{x})<0,0.5,-0.5)*"
            "SQRT(MAX(0,1-(SIN(2*{x})+(SIN(2*{x})-1/SIN(2*{x}))/{n})^2))))"},
    {"iirft", "IF({x}<=0,0,MAX(0,(2*{x}-1/({n}*2*{x}))/2)^2)"},
    {"iabt", "1-EXP(-{x})"},
    {"iahw", "1-(1-{x})*(1-{x})*(1-{x})"},
    {"sqr", "IF({x}<=0,0,{x}^2)"},
    {"ive", "100*(1-EXP({x}))"},
};

typedef struct {
    const char *x, *n;
} transform_cells;

static const char *transform_cell(wb_book *book, const char *key, const void *context)
{
    const transform_cells *c = context;

    (void)book;
    return key[0] == 'x' ? c->x : c->n;
}

const char *wb_live_natural(wb_book *book, const char *cell, const char *n)
{
    const tq_transform *t = book->a->transform;
    const transform_cells cells = {cell, n};

    for (size_t i = 0; t && cell && i < sizeof transforms / sizeof *transforms; i++) {
        if (strcmp(transforms[i].name, t->name) == 0) {
            const char *formula = wb_fill_in(book, transforms[i].formula, transform_cell, &cells);

            /* Texts are greater than numbers to IF and MIN: "NE" must not become a limit. */
            return strstr(formula, "IF(") || strstr(formula, "MIN(")
                       ? wb_format(book, "IF(ISNUMBER(%s),%s,\"NE\")", cell, formula)
                       : formula;
        }
    }
    return t ? NULL : cell;
}

int wb_live_needs_ni(const wb_book *book)
{
    const tq_transform *t = book->a->transform;

    return t && (strcmp(t->name, "ift") == 0 || strcmp(t->name, "iirft") == 0);
}

/* ---- templates ------------------------------------------------------------------------------- */

const char *wb_fill_in(wb_book *book, const char *text, wb_lookup *lookup, const void *context)
{
    const char *done = "";

    for (const char *open; (open = strchr(text, '{')) != NULL;) {
        const char *close = strchr(open, '}');
        char key[16];
        const size_t n = close ? (size_t)(close - open - 1) : 0;

        if (!close || n >= sizeof key) {
            break;
        }
        memcpy(key, open + 1, n);
        key[n] = '\0';
        done =
            wb_format(book, "%s%.*s%s", done, (int)(open - text), text, lookup(book, key, context));
        text = close + 1;
    }
    return wb_format(book, "%s%s", done, text);
}
