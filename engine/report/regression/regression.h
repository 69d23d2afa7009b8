/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file regression.h  What a meta-regression can be asked beyond its fit, and the answers. */
#ifndef TQ_REPORT_REGRESSION_REGRESSION_H
#define TQ_REPORT_REGRESSION_REGRESSION_H

#include "core/multiplicity.h"
#include "diagnostics/residuals.h"
#include "moderators/comparison.h"
#include "moderators/contrasts.h"
#include "moderators/inflation.h"
#include "pooling/wald.h"
#include "report/natural.h"

/** Start from tq_regression_defaults(); texts as on the command line, borrowed. */
typedef struct {
    const char *btt;             /* --btt, or NULL */
    const char *const *contrast; /* [n_contrasts] --contrast */
    size_t n_contrasts;
    const char *const *pairwise; /* [n_pairwise] factors */
    size_t n_pairwise;
    const char *const *emm; /* [n_emm] factors */
    size_t n_emm;
    tq_adjust adjust;                  /* of the p-values of each --pairwise, default none */
    tq_marginal_weights weights;       /* default equal */
    int vif, residuals;                /* 1: asked for */
    const tq_formula *const *compared; /* [n_compared] --compare */
    size_t n_compared;
    int all_subsets;                /* 1: asked for */
    tq_selection_options selection; /* criterion (of comparisons too), top, threads */
    const tq_progress *progress;    /* of residuals and subsets, or NULL */
} tq_regression_spec;

TQ_API tq_regression_spec tq_regression_defaults(void);

/** A line of a table of contrasts. */
typedef struct {
    const char *label;
    double rhs;
    tq_linear test;
    double padj;        /* of pairwise comparisons */
    tq_linear robust;   /* of analyses with clusters; else NaN */
    double robust_padj; /* of its p-values */
} tq_contrast_line;

/** All comparisons between two levels of a factor. */
typedef struct {
    const char *factor;
    tq_contrast_line *line; /* [n] */
    size_t n;
} tq_pairwise;

/** Marginal means of a factor. */
typedef struct {
    const char *factor;
    const char *const *level;   /* [n] */
    tq_prediction *mean;        /* [n] */
    tq_natural *natural;        /* [n] */
    tq_prediction *robust;      /* [n] with clusters: cluster-robust but for pi_*; NULL: without */
    tq_natural *robust_natural; /* [n] */
    size_t n;
} tq_marginal_means;

typedef struct {
    const char *name;
    size_t m;
    tq_wald test;
} tq_term_test;

typedef struct {
    const char *name;
    tq_inflation of;
} tq_inflation_line;

/** The answers; every part is NULL or 0 where it was not asked for. */
typedef struct {
    const char *btt; /* what QM tests ("alloc"), NULL: all moderators */
    size_t *btt_column;
    size_t n_btt;
    tq_term_test *term; /* [n_terms] where the model has a factor or a term of several columns */
    size_t n_terms;
    tq_contrast_line *contrast; /* [n_contrasts] */
    size_t n_contrasts;
    tq_pairwise *pairwise;
    size_t n_pairwise;
    tq_adjust adjust;
    tq_marginal_means *emm;
    size_t n_emm;
    tq_marginal_weights weights;
    tq_inflation_line *vif; /* [n_vif] columns */
    size_t n_vif;
    tq_inflation_line *gvif; /* [n_gvif] terms, where one has several columns */
    size_t n_gvif;
    tq_residual *residual; /* [k] */
    tq_compared *compared; /* [n_compared] the fitted model first */
    const char *const *compared_text;
    size_t n_compared;
    tq_criterion criterion;      /* of comparisons and subsets */
    tq_method likelihood_method; /* by which they were fitted */
    tq_selection *selection;
    const char *const *selection_text; /* [selection->n_best] formulas of the best models */
    const char *const *selection_term; /* [selection->n_terms] */
} tq_regression;

#endif
