/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file forest.h  The forest plot's layout model: rows, columns, scale and marks.
 *
 * Computed once from an analysis and shown by every renderer: SVG, PDF, PNG and the workbook's
 * native chart place the same rows, ticks, marks and texts. Plot coordinates are on the
 * "axis scale": the natural scale, or its logarithm when the axis is logarithmic.
 */
#ifndef TQ_REPORT_FIGURE_FOREST_H
#define TQ_REPORT_FIGURE_FOREST_H

#include "report/analysis.h"

typedef enum {
    TQ_FOREST_HEADING, /* name of a subgroup level */
    TQ_FOREST_STUDY,
    TQ_FOREST_SUBTOTAL,   /* diamond of a level */
    TQ_FOREST_LEVEL,      /* the same without its studies */
    TQ_FOREST_CLUSTER,    /* open diamond: the mean of a cluster as its model predicts it */
    TQ_FOREST_OVERALL,    /* diamond of the whole */
    TQ_FOREST_PREDICTION, /* prediction interval */
    TQ_FOREST_NOTE,       /* a line of text: heterogeneity, tests */
    TQ_FOREST_BLANK
} tq_forest_kind;

/* What a line of text says; the workbook writes it as a formula where it can. */
typedef enum {
    TQ_FOREST_NOTE_OTHER,
    TQ_FOREST_NOTE_HETEROGENEITY, /* of the row's level, or of the whole */
    TQ_FOREST_NOTE_OVERALL_TEST,
    TQ_FOREST_NOTE_COMMON_TAU2,
    TQ_FOREST_NOTE_SUBGROUP_TEST
} tq_forest_note;

typedef enum { TQ_ALIGN_LEFT, TQ_ALIGN_CENTER, TQ_ALIGN_RIGHT } tq_align;

/* What a column shows; the workbook uses it to write numbers instead of text. */
typedef enum {
    TQ_FOREST_COL_LABEL,  /* study */
    TQ_FOREST_COL_RAW,    /* a raw input: analysis->raw[column.raw] */
    TQ_FOREST_COL_PLOT,   /* the plot itself; cells are empty */
    TQ_FOREST_COL_EFFECT, /* "0.41 [0.13, 1.26]" */
    TQ_FOREST_COL_WEIGHT, /* "5.1%" */
    TQ_FOREST_COL_TEXT,   /* any other text beside the plot */
    TQ_FOREST_COL_SIZE,   /* total sample size */
    TQ_FOREST_COL_SHEET,  /* a column of the sheet: analysis->column[column.raw] */
    TQ_FOREST_COL_BIAS    /* a sign of the risk of bias: analysis->domain[column.raw] */
} tq_forest_content;

typedef struct {
    tq_forest_content content;
    const char *head; /* "Events" */
    const char *over; /* heading spanning columns with the same text ("Treatment"), or NULL */
    tq_align align;
    size_t raw; /* with RAW, SHEET, BIAS: index into the arrays of the analysis */
} tq_forest_column;

typedef struct {
    tq_forest_kind kind;
    size_t study;        /* with STUDY: index into analysis->study */
    int filled;          /* with STUDY: made by trim and fill; its square is hollow */
    int alone;           /* with STUDY: it stands for its cluster, and is not below a heading */
    size_t level;        /* subgroup level the row belongs to, or TQ_NO_LEVEL */
    tq_forest_note note; /* with NOTE */
    const char **cell;   /* [n_columns] text, "" where empty; NOTE rows: cell[0] spans the width */
    double est, lo, hi;  /* mark on the axis scale; NaN: no mark (lo, hi alone: prediction);
                           infinite limits are -1e300 and 1e300 */
    double size;         /* squares: share of the largest weight, in (0, 1]; area is proportional */
    double fit, fit_lo,
        fit_hi; /* with STUDY: what the moderators predict, on the axis scale; NaN: none */
} tq_forest_row;

typedef struct {
    double at;         /* axis scale */
    const char *label; /* natural scale, "0.5" */
} tq_forest_tick;

typedef struct {
    const char *title, *subtitle; /* subtitle: "Risk ratio, random effects (REML), 95% CI" */
    const char *notice;           /* warning line, or NULL */
    tq_forest_column *column;
    size_t n_columns;
    size_t plot_column; /* index of TQ_FOREST_COL_PLOT */
    tq_forest_row *row;
    size_t n_rows;
    int log_axis;      /* the axis scale is the logarithm of the natural scale */
    double lo, hi;     /* axis limits; marks beyond are cut with an arrow */
    double null_value; /* line of no effect on the axis scale, NaN: none */
    double pooled;     /* dashed line, NaN: none */
    size_t block;      /* subgroup block of the rows, or TQ_NO_LEVEL */
    tq_forest_tick *tick;
    size_t n_ticks;
    const char *axis_label;              /* "Risk ratio" */
    const char *favours_lo, *favours_hi; /* "Favours treatment", NULL: none */
    tq_arena *arena;                     /* holds every text and array above */
} tq_forest;

/** What the reader may ask of a forest plot; start from {0}. */
typedef struct {
    size_t block; /* which subgroup block structures the rows; TQ_NO_LEVEL: none */
    int digits;   /* decimals of estimates, used when digits_given; else 2, or more (to 6) when
                     the pooled interval would hardly be wider than a step of the last one */
    int digits_given;
    const char *favours_lo, *favours_hi;
    double lo, hi; /* axis limits on the natural scale, used when limits_given */
    int limits_given;
    const tq_sequence
        *sequence;           /* rows: the pooled effects of these parts of the studies; NULL: the
                                    studies. block is ignored then */
    const char *const *show; /* [n_show] columns in their order: tq_forest_column_name(), or columns
                                of the sheet that the analysis has; none: inputs, plot, effect,
                                weight, rob; with summary_only plot,
                                effect, weight */
    size_t n_show;
    const char *sort; /* tq_forest_order_name() or a column; NULL: the order of the sheet */
    int descending;   /* with sort: the largest first */
    int clusters;     /* 1: effects of a multilevel model below the level of its outermost factor */
    int robust;       /* 1: with clusters, robust intervals and tests of pooled effects */
    int summary_only; /* 1: levels of every block and the whole, no studies */
} tq_forest_options;

/** Columns and orders other than those of the sheet ("effect"); NULL past the last. */
TQ_API const char *tq_forest_column_name(size_t i);
TQ_API const char *tq_forest_order_name(size_t i);

/**
 * Lay out the forest plot of an analysis.
 * @param[in]  opt  NULL: the first block if there is one, defaults otherwise.
 * @param[out] out  To be freed with tq_forest_free(); borrows the analysis, which must outlive it.
 * @retval TQ_ENOMEM, TQ_EINVAL (block out of range, limits not increasing or, on a log axis,
 *         <= 0, a column or order that does not exist)
 */
TQ_API tq_status tq_forest_layout(const tq_analysis *a, const tq_forest_options *opt,
                                  tq_forest **out, tq_error *err);
TQ_API void tq_forest_free(tq_forest *forest);

#endif
