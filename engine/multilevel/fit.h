/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file fit.h  Fits of multilevel and multivariate models, and what is asked of them afterwards. */
#ifndef TQ_MULTILEVEL_FIT_H
#define TQ_MULTILEVEL_FIT_H

#include "multilevel/mv_model.h"
#include "pooling/wald.h"

/** A component of the covariance of the random effects. */
typedef struct {
    tq_mv_role role;
    size_t term;          /* index of its term */
    size_t first, second; /* inner levels (or columns of Z) it belongs to; TQ_MV_ALL: all */
    double value;
    double se;           /* from the observed information; NaN at an edge, or where given */
    double ci_lb, ci_ub; /* NaN until tq_mv_profile() fills them in */
    int fixed;           /* 1: given; 2: set to 0, because its factor has one level only */
    int edge;            /* 1: the likelihood is highest at the end of its range */
    int lost; /* 1: tq_mv_profile() found no maximum with the component given, hence no limits */
} tq_mv_component;

#define TQ_MV_ALL ((size_t)-1)

/** Rows that V or a random effect connects; opaque. */
typedef struct tq_mv_problem tq_mv_problem;

/** Plain data but for `problem`; what does not exist is NaN. */
typedef struct {
    const tq_mv_model *model; /* kept: it must outlive the fit */
    size_t k, p;
    tq_mv_test test;
    tq_mv_df df_rule;
    int ml;
    double level;
    double *beta, *se, *stat, *df, *pval, *ci_lb, *ci_ub; /* [p]; df NaN for z */
    double *vb;       /* [p x p] covariance of beta under the test in use */
    double *vb_model; /* [p x p] (X' M^-1 X)^-1 */
    /* Satterthwaite and Kenward-Roger: what the uncertainty of the components makes of vb_model. */
    size_t n_uncertain;
    double *dvb;  /* [n_uncertain][p x p] its derivatives by the variables of the search */
    double *vdvb; /* [n_uncertain x n_uncertain] their covariance */
    tq_mv_component *component;
    size_t n_components, n_estimated; /* equated ones count once */
    double *vcomp; /* [n_components x n_components] their covariance; NaN where one has none */
    double QE, QE_df, QE_pval;
    double QM, QM_df1, QM_df2, QM_pval; /* of all coefficients but the intercept */
    double ll, deviance, AIC, BIC, AICc;
    double typical_vi; /* (k - p) / tr P with weights V^-1: Higgins & Thompson (2002), eq. 9 */
    size_t iterations; /* evaluations of the likelihood with its gradient, of all searches */
    size_t starts, agreeing; /* searches, and how many ended at this maximum */
    double score; /* largest derivative of ll by a component that is not at an edge, times
                                the component's standard error */
    int flat; /* 1: the likelihood does not determine all components; their sum may be determined */
    size_t n_blocks, largest_block; /* of M */
    tq_mv_problem *problem;
} tq_mv_fit;

/**
 * Fit the model.
 *
 * A component whose maximum is at 0 is 0; a term of one group is set to 0 (fixed = 2).
 *
 * @param[in]  model  Must outlive the fit.
 * @param[out] out    To be freed with tq_mv_fit_free(); untouched on failure.
 *
 * @retval TQ_EINVAL   Options outside their range; KR with ML or other terms than intercepts; more than 5000 connected levels of
 *                     crossed factors where CHOLMOD is not installed.
 * @retval TQ_EDATA    More than 5000 effects connected by covariances that have no short form; V not positive definite (err->row:
 *                     the first row of the block), p >= k, a singular design.
 * @retval TQ_ENOCONV  No search converged.
 * @retval TQ_EINTR, TQ_ENOMEM
 */
TQ_API tq_status tq_mv_fit_model(const tq_mv_model *model, const tq_mv_options *opt,
                                 tq_mv_fit **out, tq_error *err);
TQ_API void tq_mv_fit_free(tq_mv_fit *fit);

/** c'beta for c[p], its test of rhs and its interval, under the test and the degrees of freedom of the fit. */
TQ_API void tq_mv_linear(const tq_mv_fit *fit, const double *c, double rhs, tq_linear *out);

/**
 * Wald test of L beta = rhs for m combinations: chi-square for z; F for t on the least degrees of freedom of
 * the coefficients that take part, with Satterthwaite's rule on those of Fai & Cornelius (1996), J. Stat.
 * Comput. Simul. 54:363-378; the F test of Kenward & Roger (1997), Biometrics 53:983-997, for kr.
 * @param[in]  L    [m x p] column by column. @param[in] rhs  [m], or NULL: all 0.
 * @retval TQ_EINVAL  m is 0 or above p, or the combinations are linearly dependent. @retval TQ_ENOMEM
 */
TQ_API tq_status tq_mv_wald(const tq_mv_fit *fit, size_t m, const double *L, const double *rhs,
                            tq_wald *out, tq_error *err);
/** The same test that the coefficients column[n] (0-based, each once) are all 0. */
TQ_API tq_status tq_mv_wald_columns(const tq_mv_fit *fit, size_t n, const size_t *column,
                                    tq_wald *out, tq_error *err);

/**
 * Fill in ci_lb and ci_ub of every component that is estimated: the values at which the likelihood,
 * maximal over all else, is lower than its maximum by half a quantile of chi-square on 1 df (Hardy &
 * Thompson 1996, Stat. Med. 15:619-629). A limit that the range of the component ends before is that end;
 * NaN where the likelihood does not fall far enough; both NaN where searches fail (lost = 1).
 * @param[in] opt  As the fit was made.
 * @retval TQ_ENOCONV, TQ_EINTR, TQ_ENOMEM
 */
TQ_API tq_status tq_mv_profile(tq_mv_fit *fit, const tq_mv_options *opt, tq_error *err);

/* ---- the marginal covariance M at the estimates ---- */

/** The rows of block b < fit->n_blocks, n of them. */
TQ_API const size_t *tq_mv_block(const tq_mv_fit *fit, size_t b, size_t *n);
/** M[n x n] of block b. Safe from any thread. @retval TQ_ENOMEM */
TQ_API tq_status tq_mv_marginal(const tq_mv_fit *fit, size_t b, double *M, tq_error *err);
/** B[k x m] := M^-1 B, in the order of the rows of the model. @retval TQ_ENOMEM */
TQ_API tq_status tq_mv_solve(const tq_mv_fit *fit, size_t m, double *B, tq_error *err);

#endif
