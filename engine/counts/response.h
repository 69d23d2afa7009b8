/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file response.h  The log-likelihood of one study's events, and its derivatives. */
#ifndef TQ_COUNTS_RESPONSE_H
#define TQ_COUNTS_RESPONSE_H

/**
 * Events of a study as observed: x1 of n1, and x2 of n2 where there are two groups. n is the size of
 * a group, or its person-time.
 */
typedef struct {
    double x1, n1, x2, n2;
} tq_count_study;

/** A log-likelihood, all constants included, and its derivatives in the linear predictor. */
typedef struct {
    double ll, d1, d2;
} tq_slopes;

/** Log of the binomial coefficient; x and n need not be whole. */
double tq_log_choose(double n, double x);

/** x events of n at log odds eta. Infinite eta is a limit: 0 or -infinity. */
tq_slopes tq_binomial_slopes(double x, double n, double eta);

/** x events in n person-years at log rate eta. */
tq_slopes tq_poisson_slopes(double x, double n, double eta);

/**
 * x1 events in group 1 given x1 + x2 in all and the sizes of both groups, at log odds ratio theta:
 * Fisher's noncentral hypergeometric distribution (Stijnen, Hamza & Ozdemir 2010, Stat. Med.
 * 29:3046-3067, sec. 3.2). Whole numbers. Cost: the terms within about 9 standard deviations.
 */
tq_slopes tq_hypergeometric_slopes(const tq_count_study *s, double theta);

/** The same of a group's count, rates or not, without the constant that no parameter changes. */
tq_slopes tq_group_slopes(int rates, double x, double n, double eta);

/**
 * A study's log-likelihood in its effect theta and, where the model has one, its intercept a, without
 * the constant of its tq_constant_fn. The derivatives in a are 0 where it has none.
 */
typedef struct {
    double ll, t, tt, a, aa, at;
} tq_response;

typedef tq_response tq_response_fn(const tq_count_study *s, double a, double theta);

/** Two groups with logits (log rates) a + theta / 2 and a - theta / 2. */
tq_response_fn tq_response_two_binomial, tq_response_two_poisson;
/** Group 1 given the events of both: exact for odds ratios; binomial, which is exact for rates and
    near for odds ratios of rare events (Stijnen et al. 2010, sec. 3.3). */
tq_response_fn tq_response_hypergeometric, tq_response_given_rate;
/** One group with logit (log rate) theta. */
tq_response_fn tq_response_binomial, tq_response_poisson;

/** Two groups with logits (log rates) theta + a and theta: the level is theta, the effect a. */
tq_response_fn tq_response_level_binomial, tq_response_level_poisson;

/** What the responses leave out: binomial coefficients and factorials, once for a fit. */
typedef double tq_constant_fn(const tq_count_study *s);

tq_constant_fn tq_constant_two_binomial, tq_constant_two_poisson;
tq_constant_fn tq_constant_hypergeometric, tq_constant_given_rate;
tq_constant_fn tq_constant_binomial, tq_constant_poisson;

/** The best that any model can do for one study: its own effect, and the information on it. */
typedef struct {
    double ll, theta;
    double weight; /* 0 where theta is infinite */
} tq_saturated;

typedef tq_saturated tq_saturated_fn(const tq_count_study *s);

/** Of the responses above, in the same order. */
tq_saturated_fn tq_saturated_two_binomial, tq_saturated_two_poisson;
tq_saturated_fn tq_saturated_hypergeometric, tq_saturated_given_rate;
tq_saturated_fn tq_saturated_binomial, tq_saturated_poisson;

#endif
