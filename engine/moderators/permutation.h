/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file permutation.h  Permutation tests of coefficients and moderators, and intervals by them. */
#ifndef TQ_MODERATORS_PERMUTATION_H
#define TQ_MODERATORS_PERMUTATION_H

#include "core/progress_callback.h"
#include "pooling/pool.h"

typedef enum {
    TQ_EXACT_AUTO, /* all permutations when they are no more than the iterations, else random ones */
    TQ_EXACT_YES,  /* all, however many (up to TQ_EXACT_LIMIT) */
    TQ_EXACT_NO,   /* random ones */
    TQ_EXACT_COUNT
} tq_exact;

/** Names as on the command line ("auto", "yes", "no"); NULL outside the range. */
TQ_API const char *tq_exact_name(tq_exact exact);

#define TQ_EXACT_LIMIT (UINT64_C(1) << 40)

/** Start from tq_permutation_defaults() and change fields. */
typedef struct {
    uint64_t
        iterations; /* of random permutations, the observed data being the first; default 10000 */
    tq_exact exact; /* default TQ_EXACT_AUTO */
    uint64_t seed;  /* of the random permutations; default 1 */
    int ci;         /* 1: also intervals of the coefficients; default 0 */
    size_t threads; /* never changes the result; default 0: one per processor */
    const tq_progress *progress; /* default NULL */
} tq_permutation_options;

TQ_API tq_permutation_options tq_permutation_defaults(void);

/** Plain data; the arrays belong to the struct (tq_permutation_free). NaN where there is no value. */
typedef struct {
    size_t k, p;
    int signs;           /* 1: signs of the effects were flipped; 0: rows of the design permuted */
    int exact;           /* 1: all permutations; 0: random ones */
    uint64_t possible;   /* distinct permutations; UINT64_MAX: more than can be counted */
    uint64_t iterations; /* permutations that the p-values count */
    uint64_t failed;     /* permutations without a fit; exact: left out, random: drawn again */
    uint64_t dropped;    /* random: those of them that had no fit however often drawn, left out */
    uint64_t seed;
    double level;          /* percent, of the intervals */
    double *stat, *pval;   /* [p] of the data; permutation p-values, two-sided */
    double *pval_se;       /* [p] simulation error sqrt(p (1 - p) / iterations); exact: NaN */
    double *ci_lb, *ci_ub; /* [p] NaN unless asked for, and where p never falls to 1 - level */
    int has_ci;            /* 1: they were asked for */
    double QM, QM_pval, QM_pval_se; /* of the moderators; NaN without */
} tq_permutation;

/**
 * Permutation test of a model: Follmann & Proschan (1999), Biometrics 55:732-737, without
 * moderators; Higgins & Thompson (2004), Stat. Med. 23:1663-1682, with.
 *
 * Without moderators each permutation gives every effect its own or the opposite sign, all 2^k alike
 * likely under effects symmetric around 0; with moderators the rows of X are dealt to the studies
 * anew, and every distinct order is alike likely under effects that do not depend on them. The model,
 * tau2 included, is fitted to each. A p-value is the share of permutations whose |statistic| (for the
 * moderators together: QM) is not below that of the data by more than rounding: sqrt(DBL_EPSILON) times
 * the larger of 1 and the statistic. The data count as one permutation, so no p-value is 0.
 *
 * The limits of an interval are where the permutation p-value of H0: beta_j = delta, tested on
 * yi - delta X[i, j] with the same permutations, falls to 1 - level/100. It is a step function; the
 * jump is bracketed outwards from the estimate, to 1000 times the half-width of the usual interval
 * at most, and bisected to 1e-10 of that width. Fits whose answer is the same at both ends of the
 * bracket are not repeated inside it; both ends are confirmed by all permutations at the end.
 *
 * @param[in]  model  As of tq_pool_fit(); k = 1 has p = 1.
 * @param[in]  opt    Of the model; NULL: the defaults.
 * @param[in]  perm   NULL: the defaults.
 * @param[out] out    To be freed with tq_permutation_free(); untouched on failure.
 * @retval TQ_EINVAL, TQ_EDATA, TQ_ENOCONV  as tq_refit_new() and the fit of the data; TQ_EINVAL also for
 *         iterations < 1, and for more than TQ_EXACT_LIMIT permutations with TQ_EXACT_YES.
 * @retval TQ_EINTR   perm->progress asked to stop.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_permutation_test(const tq_model *model, const tq_pool_options *opt,
                                     const tq_permutation_options *perm, tq_permutation **out,
                                     tq_error *err);
TQ_API void tq_permutation_free(tq_permutation *test);

#endif
