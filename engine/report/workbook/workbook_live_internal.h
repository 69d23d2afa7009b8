/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live model: every pooled quantity as a formula over the Studies sheet. Sheet "Live" has a column
 * per pool (all studies, each level of a subgroup block) and a row per quantity; below, the studies
 * with a mask per pool. Other sheets refer to its cells.
 */
#ifndef TQ_REPORT_WORKBOOK_LIVE_INTERNAL_H
#define TQ_REPORT_WORKBOOK_LIVE_INTERNAL_H

#include "report/workbook/workbook_formula_internal.h"

/* Rows of the Live sheet, from WB_LIVE_TOP. */
typedef enum {
    WB_LIVE_K,
    WB_LIVE_DF,
    WB_LIVE_SW,
    WB_LIVE_FMU,
    WB_LIVE_Q,
    WB_LIVE_QP,
    WB_LIVE_C,
    WB_LIVE_VT,
    WB_LIVE_NUM,
    WB_LIVE_DEN,
    WB_LIVE_T0,
    WB_LIVE_TAU2,
    WB_LIVE_TAU,
    WB_LIVE_I2,
    WB_LIVE_H2,
    WB_LIVE_AW,
    WB_LIVE_MU,
    WB_LIVE_VAR,
    WB_LIVE_WMU,
    WB_LIVE_QT,
    WB_LIVE_KH,
    WB_LIVE_SE,
    WB_LIVE_CRIT,
    WB_LIVE_CI_LB,
    WB_LIVE_CI_UB,
    WB_LIVE_STAT,
    WB_LIVE_PVAL,
    WB_LIVE_PI_DF,
    WB_LIVE_PI_LB,
    WB_LIVE_PI_UB,
    WB_LIVE_NAT,
    WB_LIVE_NAT_LB,
    WB_LIVE_NAT_UB,
    WB_LIVE_NAT_PI_LB,
    WB_LIVE_NAT_PI_UB,
    WB_LIVE_EW,
    WB_LIVE_EMU,
    WB_LIVE_COUNT
} wb_quantity;

enum { WB_LIVE_HEAD = 9, WB_LIVE_TOP = 10, WB_LIVE_LEVEL_ROW = 4, WB_LIVE_FIXED_ROW = 5 };
enum { WB_LIVE_YI = 1, WB_LIVE_VI, WB_LIVE_WEIGHT, WB_LIVE_NI, WB_LIVE_POOLS };

typedef struct wb_pool wb_pool;
struct wb_pool {
    const char *name;          /* "All studies", the level, or "<factor>: common" */
    const tq_pool *fit;        /* the engine's; NULL: the column of a common tau2 */
    const tq_natural *natural; /* the engine's */
    size_t block, level;       /* TQ_NO_LEVEL: all studies */
    lxw_col_t col;             /* on Live */
    lxw_col_t first, last; /* columns whose sums this one takes: the common tau2 alone; else col */
    const wb_pool *shared; /* whose tau2 this takes; itself, or the block's common column */
};

/* How many columns of iterations the sheet REML has, and how many of them are Fisher scoring. */
enum { WB_STEPS = 30, WB_SCORING_STEPS = 6 };

typedef enum { WB_NO_STEPS, WB_REML_STEPS, WB_ML_STEPS, WB_PM_STEPS } wb_iteration;

struct wb_live {
    size_t n;
    wb_pool *pool;                /* [n], all studies first */
    size_t *first_level;          /* [n_blocks] the first pool of a block; 0: the block is frozen */
    size_t *common;               /* [n_blocks] the pool of its common tau2; 0: none */
    lxw_row_t row[WB_LIVE_COUNT]; /* of each quantity on Live */
    lxw_row_t studies;            /* of the first study on Live */
    wb_iteration iteration;
};

/* What a live book cannot be; NULL: it can be live. */
const char *wb_live_refusal(wb_book *book);
/* The plan: pools and their places; NULL when memory is short (recorded). */
wb_live *wb_live_new(wb_book *book);

/* Whether a quantity has a row on Live: some method has no use for it (sheet_live.c). */
int wb_live_uses(wb_book *book, const wb_live *live, wb_quantity q);

/* "Live!$F$12": a quantity of all studies, of a level, of a pool; NULL where it is not live. */
const char *wb_live_overall(wb_book *book, wb_quantity q);
const char *wb_live_level(wb_book *book, size_t block, size_t level, wb_quantity q);
const char *wb_live_pool_cell(wb_book *book, const wb_pool *pool, wb_quantity q);
/* The formula of what a defined name stands for ("tausq_pooled"); NULL: it does not follow the inputs. */
const char *wb_live_named(wb_book *book, const char *name);
/* A number with its formula by defined name, which Check lists as `what`; without one it is shown only
   while the inputs are as they were. */
void wb_named_number(wb_sheet *s, lxw_row_t row, lxw_col_t col, const char *name, double engine,
                     wb_look look, const char *what);
/* The mask of a pool's studies, "Live!$F$60:$F$72". */
const char *wb_live_mask(wb_book *book, const wb_pool *pool);
/* The pool of a level; NULL where the block is frozen. TQ_NO_LEVEL: all studies. */
const wb_pool *wb_live_pool(const wb_book *book, size_t block, size_t level);
/* The weight of study i in percent of the sum, as a fraction. */
const char *wb_live_weight(wb_book *book, size_t i);

/* Between the levels of a block: statistic, df, second df (NULL: chi-square), p; within: the same. */
typedef struct {
    const char *QB, *QB_df, *QB_df2, *QB_pval, *QW, *QW_df, *QW_pval;
} wb_live_tests;
wb_live_tests wb_live_block_tests(wb_book *book, size_t block);

/* The back-transform of a cell as a formula; n: cell of the sample size, where one is needed. NULL:
   it has no formula. */
const char *wb_live_natural(wb_book *book, const char *cell, const char *n);
/* 1 when the back-transform needs sample sizes. */
int wb_live_needs_ni(const wb_book *book);

/* "$B$12", "Sheet!$B$12", "Sheet!$B$12:$B$20". */
const char *wb_cell_at(wb_book *book, const char *sheet, lxw_row_t row, lxw_col_t col);
const char *wb_range_at(wb_book *book, const char *sheet, lxw_row_t row, lxw_col_t col,
                        lxw_row_t last_row, lxw_col_t last_col);

/* tau2 after the last step, on the sheet of iterations. */
const char *wb_live_converged(wb_book *book, const wb_pool *pool);

/* ---- effect_formulas.c ----------------------------------------------------------------------- */

/* How effects follow from the raw inputs, for book->effect_formula; NULL: no formula does it. */
const void *wb_effect_formula(const wb_book *book);
/* yi and vi of study i in a row of the Studies sheet; NULL: they are values. */
typedef struct {
    const char *yi, *vi;
} wb_effect_cells;
wb_effect_cells wb_effect_cells_of(wb_book *book, size_t i, lxw_row_t row);
/* 1 when the formulas use a column of increments for zero cells, and its formula in a row. */
int wb_effect_has_increment(const wb_book *book);
const char *wb_effect_increment(wb_book *book, lxw_row_t row);

/* A template with {keys}: each is replaced by what the function gives for it. */
typedef const char *wb_lookup(wb_book *book, const char *key, const void *context);
const char *wb_fill_in(wb_book *book, const char *text, wb_lookup *lookup, const void *context);

#endif
