/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file selmodel.h  Selection models: studies are seen with a probability that depends on their p-value.
 *
 * With w(p) the relative probability that a study of p-value p is seen, the density of an effect is
 *
 *     f(yi) = w(pi) phi(yi; xi' beta, vi + tau2) / Ai,   Ai = integral of w(p(y)) phi(y; ...) dy.
 *
 * Sources: Vevea & Hedges (1995), Psychometrika 60:419-435, for the likelihood and the step function;
 * Citkowicz & Vevea (2017), Psychol. Methods 22:28-41, for the beta function; Preston, Ashby & Smyth
 * (2004), J. Eval. Clin. Pract. 10:313-322, for the functions of one parameter.
 */
#ifndef TQ_BIAS_SELMODEL_H
#define TQ_BIAS_SELMODEL_H

#include "pooling/pool.h"

typedef enum {
    TQ_SEL_STEPFUN,  /* w = delta_j for steps[j - 1] < p <= steps[j]; delta_1 = 1 */
    TQ_SEL_BETA,     /* w = p^(delta_1 - 1) (1 - p)^(delta_2 - 1), p kept to [1e-5, 1 - 1e-5] */
    TQ_SEL_HALFNORM, /* w = exp(-delta p^2) */
    TQ_SEL_NEGEXP,   /* w = exp(-delta p) */
    TQ_SEL_LOGISTIC, /* w = 2 exp(-delta p) / (1 + exp(-delta p)) */
    TQ_SEL_POWER,    /* w = (1 - p)^delta, p kept to [1e-5, 1 - 1e-5] */
    TQ_SEL_TRUNC,    /* w = delta for effects up to a threshold, 1 beyond it */
    TQ_SEL_TRUNCEST, /* the same, and delta_2 is the threshold, estimated */
    TQ_SEL_COUNT
} tq_sel_type;

/** The direction of effects that are seen more often, and the p-value that goes with it. */
typedef enum {
    TQ_SEL_GREATER,
    TQ_SEL_LESS,
    TQ_SEL_TWO_SIDED,
    TQ_SEL_ALTERNATIVE_COUNT
} tq_sel_alternative;

/** What delta is multiplied by in each study: small where a study is precise; its largest value is
    taken as 1. */
typedef enum {
    TQ_SEL_PREC_NONE,
    TQ_SEL_PREC_SEI,
    TQ_SEL_PREC_VI,
    TQ_SEL_PREC_NINV,
    TQ_SEL_PREC_SQRTNINV,
    TQ_SEL_PREC_COUNT
} tq_sel_prec;

/** Names as on the command line ("stepfun", "two.sided", "sqrtninv"); NULL outside the range. */
TQ_API const char *tq_sel_type_name(tq_sel_type type);
TQ_API const char *tq_sel_alternative_name(tq_sel_alternative alternative);
TQ_API const char *tq_sel_prec_name(tq_sel_prec prec);
/** In words ("step function"), the function as a formula, its paper; NULL outside the range. */
TQ_API const char *tq_sel_type_label(tq_sel_type type);
TQ_API const char *tq_sel_type_formula(tq_sel_type type);
TQ_API const char *tq_sel_type_source(tq_sel_type type);

enum { TQ_SEL_MAX = 32 };

/** Start from tq_selmodel_defaults() and change fields. */
typedef struct {
    tq_sel_type type;               /* default TQ_SEL_STEPFUN */
    tq_sel_alternative alternative; /* default TQ_SEL_GREATER */
    tq_sel_prec prec;               /* default TQ_SEL_PREC_NONE; only functions of one parameter */
    double steps[TQ_SEL_MAX];       /* rising, in (0, 1]; trunc: the threshold, any number */
    /* halfnorm, ..., power: one, w = 1 up to it, w(p) / w(step) beyond */
    size_t n_steps;           /* default 0: 0.025 for stepfun, 0 for trunc, none for others */
    double delta[TQ_SEL_MAX]; /* fixed values; NaN: to be estimated */
    size_t n_delta;           /* default 0: all estimated */
    const double *ni;         /* [k] sample sizes, for ninv and sqrtninv; NULL: not known */
} tq_selmodel_options;

TQ_API tq_selmodel_options tq_selmodel_defaults(void);

/** Step functions with given weights, from weak to strong selection, by one-sided p; two-tailed ones favour
    both ends. */
typedef enum {
    TQ_SEL_MODERATE_ONE,
    TQ_SEL_SEVERE_ONE,
    TQ_SEL_MODERATE_TWO,
    TQ_SEL_SEVERE_TWO,
    TQ_SEL_PRESET_COUNT
} tq_sel_preset;

/** Name as on the command line ("severe-one-tailed"), in words; NULL outside the range. */
TQ_API const char *tq_sel_preset_name(tq_sel_preset preset);
TQ_API const char *tq_sel_preset_label(tq_sel_preset preset);

/**
 * Set type, steps and delta; the alternative stays as it is.
 * @retval TQ_EINVAL  Outside the range.
 * Source: Vevea & Woods (2005), Psychol. Methods 10:428-443, table 1.
 */
TQ_API tq_status tq_selmodel_preset(tq_sel_preset preset, tq_selmodel_options *opt, tq_error *err);

/** A parameter of the selection function; what does not exist is NaN. */
typedef struct {
    double est, se, stat, pval; /* stat and pval: Wald test of est = null */
    double ci_lb, ci_ub;        /* Wald interval, from 0 on */
    double pl_lb, pl_ub;        /* by profile likelihood; pl_ub infinite: no upper limit */
    double null_value;          /* the value that means no selection */
    int fixed;                  /* 1: given, not estimated */
    double from, to;            /* stepfun: p in (from, to]; NaN else */
    size_t n;                   /* stepfun, trunc: studies whose weight it is; 0 else */
} tq_sel_delta;

/** The selection of a fitted model. Plain data, nothing to free. */
typedef struct {
    tq_sel_type type;
    tq_sel_alternative alternative;
    tq_sel_prec prec;
    double level;
    size_t k, q, estimated;         /* parameters of the function, those that were estimated */
    tq_sel_delta delta[TQ_SEL_MAX]; /* [q] */
    double steps[TQ_SEL_MAX];
    size_t n_steps;
    tq_statistic lrt; /* of no selection against this; NaN where nothing was estimated */
    double ll_null;   /* log-likelihood without selection */
    double beta0, se0, ci_lb0, ci_ub0,
        tau20;               /* first coefficient and tau2 without selection, by ML */
    size_t starts, agreeing; /* searches made (truncest: for its threshold); those that ended at the
                                same maximum */
    int iterations;          /* Newton steps of the best of them */
    double score;            /* largest derivative left, by a parameter of unit size */
} tq_selmodel;

/**
 * Fit by maximum likelihood; the highest maximum of several starts.
 *
 * Integrals of step functions and truncation are closed forms; the others are split into normal tails,
 * where w is constant, and panels of a Gauss-Legendre rule on the scale of the z statistic, whose nodes
 * all studies share. Standard errors come from the observed information. The threshold of truncest lies
 * at an effect or just short of one, since the likelihood jumps there: each is tried, and its standard
 * error and interval are NaN.
 *
 * @param[in]  model  Studies and design.
 * @param[in]  opt    method ML, or EE or FE for tau2 = 0; test z or t; level, tau2, ci_tau2 (none: no
 *                    profile intervals), predict. Nothing else is used.
 * @param[out] fit    From tq_pool_new(>= k, >= p): coefficients, tau2 with its profile interval, the
 *                    likelihood ratio test of tau2 = 0 (lrt) and the log-likelihood are those of the
 *                    selection model, QE is that of the studies as they are, weight the share in
 *                    the sum of 1 / (vi + tau2); R2 and score are NaN.
 * @param[out] out    Written on TQ_OK.
 *
 * @retval TQ_EINVAL   Another method or test, user weights; steps, delta or prec that the type does not
 *                     take or out of range; trunc with a two-sided alternative.
 * @retval TQ_EDATA    As tq_pool_fit(); fewer studies than parameters; an interval, or a side of the
 *                     threshold, without studies whose weight is to be estimated; a study whose weight
 *                     is fixed at 0; ni not known.
 * @retval TQ_ENOCONV  No search ended, or the likelihood rises without end.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_selmodel_fit(const tq_model *model, const tq_pool_options *opt,
                                 const tq_selmodel_options *selection, tq_pool *fit,
                                 tq_selmodel *out, tq_error *err);

/** The preset whose weights and steps a function has; TQ_SEL_PRESET_COUNT: none of them. */
TQ_API tq_sel_preset tq_selmodel_preset_of(const tq_selmodel *fit);

/** w(p) of a fitted function (prec 1); for trunc, p is that of an effect with standard error 1. */
TQ_API double tq_selmodel_weight(const tq_selmodel *fit, double p);

#endif
