/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file robust.h  Cluster-robust covariance of the coefficients of a weighted regression, and tests by it. */
#ifndef TQ_MULTILEVEL_ROBUST_H
#define TQ_MULTILEVEL_ROBUST_H

#include <stdint.h>

#include "core/progress_callback.h"
#include "multilevel/block_matrix.h"
#include "pooling/wald.h"

/** With m clusters, k rows, p coefficients: what the sum of squared scores is multiplied with. */
#define TQ_ROBUST_LIST(X) \
    X(CR0, "CR0", "1") \
    X(CR1, "CR1", "m/(m - 1)") \
    X(CR1P, "CR1p", "m/(m - p)") \
    X(CR1S, "CR1S", "m(k - 1)/((m - 1)(k - p))") \
    X(CR2, "CR2", "bias-reduced linearisation")

#define TQ_ROBUST_ENUM(id, name, text) TQ_ROBUST_##id,
typedef enum { TQ_ROBUST_LIST(TQ_ROBUST_ENUM) TQ_ROBUST_COUNT } tq_robust_type;
#undef TQ_ROBUST_ENUM

/** "CR2"; NULL outside the range. */
TQ_API const char *tq_robust_name(tq_robust_type type);
/** The factor, as above. */
TQ_API const char *tq_robust_text(tq_robust_type type);

/**
 * A fitted regression beta = (X'WX)^-1 X'W y with symmetric weights W of whatever scale, borrowed. Its
 * working model is that errors have covariance Phi; with W the inverse of it the weights are efficient.
 */
typedef struct {
    size_t k, p;
    const double *X, *WX;   /* [k x p] column by column */
    const double *residual; /* [k] y - X beta */
    const double *beta;     /* [p] */
    const double *bread;    /* [p x p] (X'WX)^-1 */
    /* CR2 alone: whose blocks lie within clusters; positive definite. */
    const tq_block_matrix *Phi;
    const size_t *cluster; /* [k] 0 .. m - 1, each present */
    size_t m;
} tq_robust_problem;

/** What the clusters contribute, for any test of the coefficients; opaque. */
typedef struct tq_robust_parts tq_robust_parts;

/** Plain data but for `parts`; what does not exist is NaN. */
typedef struct {
    tq_robust_type type;
    size_t k, p, m;
    double level; /* percent */
    /* [p]; where no effect differs from the estimate se is 0, and test and interval are NaN */
    double *beta, *se, *stat, *df, *pval, *ci_lb, *ci_ub;
    double *vb; /* [p x p] */
    size_t
        deficient; /* CR2: clusters whose adjustment exists on a part of their rows' space only */
    tq_robust_parts *parts;
} tq_robust;

/**
 * V = B (sum over clusters i of  X_i'W_i A_i e_i e_i'A_i'W_i X_i) B,  B = (X'WX)^-1.
 *
 * A_i = 1 times the root of the factor of CR0 to CR1S, with t on m - p degrees of freedom (none where
 * m <= p): Liang & Zeger (1986), Biometrika 73:13-22. CR2 takes the A_i that make V unbiased under the
 * working model, A_i = D_i' (D_i (I - H)_i Phi (I - H)_i' D_i')^(+1/2) D_i with Phi_i = D_i'D_i upper
 * triangular and the generalised inverse, and t on Satterthwaite's degrees of freedom of each coefficient:
 * Pustejovsky & Tipton (2018), J. Bus. Econ. Stat. 36:672-683, eqs. 6 to 11; Tipton (2015), Psychol. Methods
 * 20:375-393, who has it for meta-analysis. With clusters of one row it is HC2 with Satterthwaite's df.
 *
 * Linear in the number of clusters; O(n^3) for one of n rows (CR2).
 *
 * @param[in]  threads  0: one per processor; never changes a result.
 * @param[out] out      To be freed with tq_robust_free(); untouched on failure.
 * @retval TQ_EINVAL   Unknown type; CR2 without Phi; CR1p with m <= p; CR1S with k <= p.
 * @retval TQ_EDATA    One cluster; a block of Phi across clusters, or not positive definite (err->row).
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_robust_fit(const tq_robust_problem *problem, tq_robust_type type, double level,
                               size_t threads, tq_robust **out, tq_error *err);
TQ_API void tq_robust_free(tq_robust *robust);

/** c'beta with its test of c'beta = rhs and interval; c[p]. */
TQ_API void tq_robust_linear(const tq_robust *robust, const double *c, double rhs, tq_linear *out);

/**
 * Wald test of C beta = rhs for q combinations. CR2: the approximate Hotelling test HTZ (AHT), F =
 * (eta - q + 1)/(eta q) Q on q and eta - q + 1 degrees of freedom: Tipton & Pustejovsky (2015), J. Educ. Behav.
 * Stat. 40:604-634; Pustejovsky & Tipton (2018), sec. 3. Else F = Q/q on q and m - p.
 *
 * @param[in]  C    [q x p] column by column. @param[in] rhs  [q] or NULL: 0.
 * @param[out] out  stat NaN where V does not have the rank for it (few clusters); pval NaN where df2 <= 0.
 * @retval TQ_EINVAL  q is 0 or above p, or the combinations are linearly dependent. @retval TQ_ENOMEM
 */
TQ_API tq_status tq_robust_wald(const tq_robust *robust, size_t q, const double *C,
                                const double *rhs, tq_wald *out, tq_error *err);
/** The same test that the coefficients column[n] (0-based, each once) are all 0. */
TQ_API tq_status tq_robust_wald_columns(const tq_robust *robust, size_t n, const size_t *column,
                                        tq_wald *out, tq_error *err);

/** What weighs the clusters of a wild bootstrap. */
typedef enum {
    TQ_WILD_AUTO,       /* Rademacher's from 10 clusters on, else Webb's */
    TQ_WILD_RADEMACHER, /* -1, 1 */
    TQ_WILD_WEBB,       /* +-sqrt(1/2), +-1, +-sqrt(3/2) */
    TQ_WILD_COUNT
} tq_wild_weights;

TQ_API const char *tq_wild_name(tq_wild_weights w);

/** Start from tq_wild_defaults(). */
typedef struct {
    tq_wild_weights weights;
    size_t iterations; /* default 1999; with Rademacher's all 2^m where those are no more */
    uint64_t seed;     /* default 1 */
    size_t threads;    /* 0: one per processor; never changes a result */
    const tq_progress *progress;
} tq_wild_options;

TQ_API tq_wild_options tq_wild_defaults(void);

typedef struct {
    double stat; /* Q of the data */
    double
        pval; /* share of the samples, the data among them where they are random, with Q at least so large */
    size_t iterations;       /* samples */
    int exact;               /* 1: all of them */
    tq_wild_weights weights; /* as used */
} tq_wild;

/**
 * Cluster wild bootstrap test of C beta = rhs. Residuals under the hypothesis (constrained least squares with
 * the same weights) are multiplied by one random number for each cluster, the regression is done again with
 * the weights held, and Q of the robust type at hand is compared with that of the data. Cameron, Gelbach & Miller
 * (2008), Rev. Econ. Stat. 90:414-427; for meta-analysis Joshi, Pustejovsky & Beretvas (2022), Res. Synth.
 * Methods 13:457-477; weights of few clusters: Webb (2023), Can. J. Econ. 56:839-858. The i-th sample follows from
 * the seed and i alone. O(m p^2) for a sample, whatever the number of rows.
 *
 * @param[out] out  stat, pval NaN where Q does not exist.
 * @retval TQ_EINVAL  As tq_robust_wald(); no iterations. @retval TQ_EINTR, TQ_ENOMEM
 */
TQ_API tq_status tq_robust_wild(const tq_robust *robust, size_t q, const double *C,
                                const double *rhs, const tq_wild_options *opt, tq_wild *out,
                                tq_error *err);

#endif
