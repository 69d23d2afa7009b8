/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file firth.h  Firth's penalised logistic regression of two groups, with the study as a factor. */
#ifndef TQ_COUNTS_FIRTH_H
#define TQ_COUNTS_FIRTH_H

#include "core/status.h"
#include "counts/response.h"

/** Borrowed by the function that takes it. */
typedef struct {
    size_t k, p;
    const tq_count_study *study; /* [k] */
    const double *X;             /* [k x p] column by column */
    double chi2; /* quantile of chi-square on 1 df at the confidence level, for the intervals */
    double tol;  /* of the estimates, relative */
    int max_iter;
} tq_firth_problem;

typedef struct {
    double *beta, *vb; /* [p], [p x p] of the caller: estimates, inverse of the information */
    double *weight;    /* [k] of the caller: information on each study's log odds ratio */
    double *stat;      /* [p] of the caller: penalised likelihood ratio of beta = 0, on 1 df */
    double *ci_lb,
        *ci_ub; /* [p] of the caller: limits of the profile of the penalised likelihood */
    double ll, ll_penalised; /* at the estimates, all constants included */
    int iterations;
} tq_firth_fit;

/**
 * Logit of the risk of study i = a_i + x_i' beta in group 1, a_i in group 2. The log-likelihood plus
 * log|I| / 2, I the information on all k + p parameters, is maximised: its estimates are finite
 * whatever cells are zero, and free of bias to first order. With one study and one coefficient it is
 * the table with 1/2 added to each cell.
 *
 * I has the form of an arrow, so that a step costs O(k p^2).
 *
 * @retval TQ_EDATA    A singular design.
 * @retval TQ_ENOCONV  The steps, or the search for a limit, did not end.
 * @retval TQ_ENOMEM
 *
 * Source: Firth (1993), Biometrika 80:27-38; Heinze & Schemper (2002), Stat. Med. 21:2409-2419, for
 * the tests and intervals.
 */
TQ_API tq_status tq_firth_maximise(const tq_firth_problem *in, tq_firth_fit *out, tq_error *err);

#endif
