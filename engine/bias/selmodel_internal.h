/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file selmodel_internal.h  The likelihood of a selection model, and its maximum. */
#ifndef TQ_BIAS_SELMODEL_INTERNAL_H
#define TQ_BIAS_SELMODEL_INTERNAL_H

#include "bias/selmodel.h"

/* ---- weight functions (selmodel_weight.c) ---- */

/* A p-value as the functions need it. */
typedef struct {
    double p, log_p, log_q; /* q = 1 - p */
} sel_point;

/* log w with its derivatives by one or two parameters. */
typedef struct {
    double l, g[2], h[3]; /* h: 11, 12, 22 */
} sel_log_weight;

typedef void sel_weight_fn(const sel_point *at, const double *delta, sel_log_weight *out);

enum { SEL_STARTS = 4 };

typedef struct {
    const char *name, *label, *formula, *source;
    size_t q;              /* parameters; 0: one a step */
    double null_value;     /* of each parameter */
    double clip;           /* p is kept this far from 0 and 1 */
    sel_weight_fn *weight; /* NULL: w is constant between breaks */
    double start[SEL_STARTS][2];
} sel_family;

extern const sel_family sel_families[TQ_SEL_COUNT];

/* log w at a p-value above the step alpha, up to which w = 1: relative to w at the step, so that it does
   not jump there. alpha NULL: no step. */
void sel_weigh(const sel_family *family, const sel_point *at, const sel_point *alpha,
               const double *delta, sel_log_weight *out);

/* The p-value of a z statistic (greater, or two-sided) as a point. */
sel_point sel_point_at(const sel_family *family, int two_sided, double z);

/* A stretch of the z axis. */
typedef enum { SEL_ONE, SEL_STEP, SEL_TAIL, SEL_NODES } sel_kind;

typedef struct {
    sel_kind kind;     /* w is 1, delta[at], that of a point, or that of nodes */
    double lo, hi;     /* in z */
    size_t at;         /* of delta */
    sel_point point;   /* SEL_TAIL */
    size_t first, end; /* SEL_NODES */
} sel_piece;

enum { SEL_PIECES = 2 * TQ_SEL_MAX + 8, SEL_NODES_MAX = 800 };

/* A node of the quadrature. */
typedef struct {
    double z, weight;
    sel_point point;
} sel_node;

typedef struct {
    sel_piece piece[SEL_PIECES];
    size_t n, n_nodes;
    sel_node node[SEL_NODES_MAX];
} sel_axis;

/* Divide the z axis for a function (not trunc). */
void sel_axis_make(const sel_family *family, const tq_selmodel_options *opt, sel_axis *axis);

/* ---- likelihood (selmodel_likelihood.c) ---- */

/*
 * theta[n] = (gamma[p], t, delta[q]): coefficients of the orthonormal basis of X times sqrt(k), tau2,
 * parameters of w; effects in units of a typical standard error.
 */
typedef struct {
    size_t k, p, q, n;
    const sel_family *family;
    sel_axis *axis;
    int truncated;          /* 1: two pieces that meet at threshold / s[i] */
    const sel_point *alpha; /* the step of a smooth w; NULL: none */
    sel_point alpha_point;
    double threshold; /* in units */
    double *X, *R;    /* [k x p] orthonormal times sqrt(k), [p x p] */
    double *z, *s;    /* [k] z statistic, standard error in units */
    double *prec;     /* [k] */
    int common_prec;  /* 1: all are 1 */
    sel_point *own;   /* [k] p-value of each study */
    int *step;        /* [k] -1: its weight is 1; else delta; -2: that of own */
    int *fixed;       /* [n] */
    int *held;        /* [n] scratch */
    double *theta, *trial, *best, *start, *gradient, *move; /* [n] */
    double *J, *F;                                          /* [n x n] minus the Hessian; scratch */
    size_t *index;                                          /* [n] parameters that may move */
    double *w, *wg[2], *wh[3];                              /* [nodes] of the last delta */
    double constant;                                        /* of the log-likelihood */
    double unit;
    void *block;
} sel_problem;

/* Log-likelihood at theta; -INFINITY where it has none. details: also gradient and J. */
double sel_evaluate(sel_problem *m, const double *theta, int details);

/* ---- options (selmodel_options.c) ---- */

/* 1: w is that of the effect. */
int sel_is_truncation(tq_sel_type type);
/* Check, and fill what is left to defaults; *q: parameters of w. */
tq_status sel_check_options(tq_selmodel_options *o, const tq_pool_options *pool, size_t *q,
                            tq_error *err);

/* ---- the problem (selmodel_problem.c) ---- */

/* Memory for q parameters of w (truncest: 1, its threshold is found apart); m->block is to be freed. 0:
   there is none. */
int sel_take_problem(sel_problem *m, size_t k, size_t p, size_t q);
tq_status sel_load(sel_problem *m, const tq_model *model, const tq_selmodel_options *o,
                   tq_error *err);
/* The weight that each study has: anew where the threshold has moved. */
void sel_load_weights(sel_problem *m, const tq_selmodel_options *o);
/* Every weight that is estimated needs studies that have it; count[q] becomes how many. */
tq_status sel_check_counts(const sel_problem *m, const tq_selmodel_options *o, size_t *count,
                           tq_error *err);

/* ---- one search (selmodel_search.c) ---- */

enum { SEL_MAX_ITER = 300 };

typedef enum { SEL_CLIMBED, SEL_UNBOUNDED, SEL_LOST } sel_end;

/* From m->theta to a maximum near it, which is then evaluated with details. */
sel_end sel_climb(sel_problem *m, int max_iter, double *ll, int *iterations);

/* Parameters that are estimated and not at their bound, into m->index; their number. */
size_t sel_free(sel_problem *m);

/* The profile log-likelihood of theta[j] falls by half of `drop` at *limit; towards its lower (side -1)
   or upper (side 1) limit. m->theta and ll are the maximum; they are left as they were. 0: the search
   failed. */
int sel_profile(sel_problem *m, size_t j, int side, double ll, double drop, double *limit);

/* ---- the highest maximum (selmodel_maximum.c) ---- */

typedef struct {
    double ll;
    int iterations;
    size_t starts, agreeing;
    sel_end end; /* of the best search; SEL_LOST: there was none */
} sel_maximum;

/* gamma[p] and tau2 into m->theta: those of the model without selection, gamma times a factor. */
void sel_place(sel_problem *m, const double *gamma, double factor, double t);
/* From them and from smaller effects with more heterogeneity, with `most` strengths of selection. */
void sel_maximise(sel_problem *m, const double *gamma, double t, size_t most, sel_maximum *top);
/* The same over every place of the threshold. */
tq_status sel_search_threshold(sel_problem *m, const double *gamma, double t, sel_maximum *top,
                               tq_error *err);

#endif
