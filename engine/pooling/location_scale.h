/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file location_scale.h  Location-scale models: the amount of heterogeneity depends on moderators.
 *
 *     yi = xi' beta + ui + ei,   ui ~ N(0, tau2_i),   tau2_i = exp(zi' alpha)  or  zi' alpha >= 0
 *
 * Source: Viechtbauer & Lopez-Lopez (2022), Res. Synth. Methods 13:697-715.
 */
#ifndef TQ_POOLING_LOCATION_SCALE_H
#define TQ_POOLING_LOCATION_SCALE_H

#include "pooling/pool.h"

typedef enum { TQ_LINK_LOG, TQ_LINK_IDENTITY, TQ_LINK_COUNT } tq_link;

/** Name as on the command line ("log"), NULL outside the range. */
TQ_API const char *tq_link_name(tq_link link);

/** The scale part of a model. Borrowed. */
typedef struct {
    size_t q;        /* coefficients, >= 1 */
    const double *Z; /* [k x q] column by column, finite */
    int intercept;   /* 1 when the first column of Z is the constant 1 */
    tq_link link;
} tq_scale_design;

/** The fitted scale part; what does not exist is NaN. Arrays belong to the struct. */
typedef struct {
    size_t k, q;
    tq_link link;
    int intercept;
    double level;
    double *alpha, *se, *stat, *pval, *ci_lb, *ci_ub; /* [q] */
    double df;                                        /* k - q; NaN: z */
    double *va;                                       /* [q x q] covariance of alpha */
    double *tau2;                                     /* [k] */
    double QS, QS_df1, QS_df2, QS_pval;               /* all coefficients but the intercept are 0 */
    double LRT, LRT_df, LRT_pval;                     /* against one tau2; needs the intercept */
    size_t
        undetermined; /* coefficients without finite estimate: the likelihood rises without end */
    size_t at_zero;   /* identity link: studies with tau2 = 0, where se do not exist */
    double score;     /* largest derivative of the log-likelihood by a coefficient of an orthonormal
                            basis of Z; NaN at a bound */
    int iterations;   /* Newton steps of the best start */
    size_t starts;    /* starts that were tried */
} tq_scale;

/** A value of tau2 that the scale part predicts. */
typedef struct {
    double link, se, ci_lb, ci_ub; /* z' alpha with its interval */
    double tau2, tau2_lb, tau2_ub; /* the same as tau2 */
} tq_scale_prediction;

/** NULL when memory is short or the sizes overflow. */
TQ_API tq_scale *tq_scale_new(size_t k, size_t q);
TQ_API void tq_scale_free(tq_scale *scale);

/**
 * Fit by maximum likelihood or restricted maximum likelihood, the global one of several starts.
 *
 * Standard errors of alpha come from the observed information with beta profiled out.
 *
 * @param[in]  model  Studies and location part.
 * @param[in]  opt    method ML or REML; test z, t, knha or adhoc (alpha: t with k - q df unless z);
 *                    level, tol, max_iter. Nothing else is used.
 * @param[out] fit    From tq_pool_new(>= k, >= p): the location part; tau2, I2, H2 are NaN, QE is that of
 *                    weights 1/vi.
 * @param[out] scale  From tq_scale_new(k, q).
 *
 * @retval TQ_EINVAL   Another method or test, user weights, a fixed tau2, an unknown link.
 * @retval TQ_EDATA    As tq_pool_fit(); Z not finite, linearly dependent, or with q > k - p;
 *                     identity link: no alpha in reach with every zi' alpha > 0.
 * @retval TQ_ENOCONV  No start reached a maximum in max_iter steps.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_location_scale_fit(const tq_model *model, const tq_scale_design *design,
                                       const tq_pool_options *opt, tq_pool *fit, tq_scale *scale,
                                       tq_error *err);

/** tau2 at z[q]; a limit below 0 of the identity link is 0. */
TQ_API void tq_scale_predict(const tq_scale *scale, const double *z, tq_scale_prediction *out);

#endif
