/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file beta_binomial.h  Beta-binomial models of the events of one or two groups. */
#ifndef TQ_COUNTS_BETA_BINOMIAL_H
#define TQ_COUNTS_BETA_BINOMIAL_H

#include "core/status.h"
#include "counts/response.h"

/** Borrowed by the function that takes it. */
typedef struct {
    size_t k;
    const tq_count_study *study; /* [k], studies without events included */
    int groups;                  /* 1 or 2 */
    int separate;                /* 1: each group has a correlation of its own; 0: one for both */
    double tol;                  /* of the estimates, relative */
    int max_iter;
} tq_beta_binomial_problem;

/** What belongs to group 2 is NaN where there is none. */
typedef struct {
    double logit[2];         /* of the mean risks */
    double cov[3];           /* Var(logit 1), Cov, Var(logit 2) */
    double rho[2];           /* correlation of two people of one study; equal unless separate */
    double ll, ll_binomial;  /* all constants included; the latter for rho = 0 */
    size_t parameters, rhos; /* all parameters; correlations among them */
    int iterations;
} tq_beta_binomial_fit;

/**
 * Log probability of x events of n with mean p (0 < p < 1) and correlation rho in [0, 1): the risk
 * is beta distributed with mean p and variance rho p (1 - p); rho = 0 is the binomial.
 */
double tq_beta_binomial_log(double x, double n, double p, double rho);

/**
 * Maximum likelihood with logit(mean risk) = mu_j in group j, the global maximum over rho >= 0.
 *
 * The groups of a study are independent given the means, so studies without events count, and so do
 * studies of one group; randomisation within studies is not used.
 *
 * @retval TQ_EDATA    A group has no events, or nothing but events, in all studies.
 * @retval TQ_ENOCONV  No maximum was found.
 *
 * Allocates nothing. Source: Kuss (2015), Stat. Med. 34:1097-1116, sec. 2.4; Williams (1975),
 * Biometrics 31:949-952.
 */
TQ_API tq_status tq_beta_binomial_maximise(const tq_beta_binomial_problem *in,
                                           tq_beta_binomial_fit *out, tq_error *err);

#endif
