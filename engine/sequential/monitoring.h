/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file monitoring.h  Boundaries for repeated looks at a cumulative Z, by recursive integration. */
#ifndef TQ_SEQUENTIAL_MONITORING_H
#define TQ_SEQUENTIAL_MONITORING_H

#include "sequential/spending.h"

/* Of a look's share of alpha on one side: less has no boundary worth computing (|Z| > 7.6). */
#define TQ_LEAST_ALPHA 1e-14
/* Of the information so far that a look must add to be tested. */
#define TQ_LEAST_INFORMATION 1e-4

/** Start from tq_monitoring_defaults() and change fields. */
typedef struct {
    double alpha;              /* of the whole sequence, 0 < alpha < 1; default 0.05 */
    double beta;               /* 0 < beta < 1; default 0.1 */
    int sides;                 /* 2 (default), or 1: large Z alone rejects */
    tq_spending_kind spending; /* of alpha; default TQ_SPEND_OBF */
    double parameter;          /* of spending; NaN (default): its own */
    tq_spending_kind futility; /* of beta; default TQ_SPEND_OBF; TQ_SPEND_NONE: no futility */
    double futility_parameter; /* NaN (default): its own */
} tq_monitoring_options;

TQ_API tq_monitoring_options tq_monitoring_defaults(void);

/** One look. NaN where there is no value. */
typedef struct {
    double t;        /* information fraction */
    int tested;      /* 0: no boundary: too little alpha or information yet, or all alpha spent */
    double critical; /* reject where Z >= critical, or with two sides |Z| >= critical */
    double
        futility; /* stop for futility where Z <= futility, or with two sides |Z| <= futility (> 0).
                        At t >= 1 the critical value */
    double alpha_spent; /* up to this look, both sides together */
    double beta_spent;  /* up to this look */
    double power;       /* probability under the alternative of having rejected upwards */
} tq_monitoring_look;

/**
 * Boundaries at the looks of a sequence, by spending functions.
 *
 * Under information fractions t[0] < t[1] < ... the score S = Z sqrt(t) is a Brownian motion with
 * drift; the density of S among sequences that were not stopped is carried from look to look by
 * quadrature (Armitage, McPherson & Rowe 1969, J. R. Stat. Soc. A 132:235-244; Jennison & Turnbull
 * 2000, Group Sequential Methods, ch. 19), here Gauss-Legendre on panels no wider than six standard
 * deviations of the smaller increment beside them, to about 1e-10. The first look with t >= 1 is the
 * last one tested and spends what alpha is left.
 *
 * Futility is non-binding: critical values are computed as if it did not exist, so that going on
 * beyond it leaves alpha alone. Its beta is spent under the drift z_{1-alpha/sides} + z_{1-beta} for
 * which a single test at t = 1 has power 1 - beta. With two sides the inner wedge opens where
 * P(Z <= l) reaches what may be spent for an l > 0, and what |Z| <= l spends counts.
 *
 * @param[in]  t    [n] > 0, not decreasing.
 * @param[out] out  [n] critical values do not depend on later looks.
 * @retval TQ_EINVAL  An option outside its range, or t as above is not given.
 * @retval TQ_ENOCONV A boundary was not found.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_monitoring(size_t n, const double *t, const tq_monitoring_options *opt,
                               tq_monitoring_look *out, tq_error *err);

/** The drift of the alternative: expected Z at t = 1. */
TQ_API double tq_monitoring_drift(const tq_monitoring_options *opt);

/**
 * Probability of a result at least as high as Z = z at the last of n looks, in the stage-wise order
 * (Armitage 1957, Biometrika 44:9-26; Fairbanks & Madsen 1982, Biometrika 69:69-74): of having
 * crossed critical upwards at an earlier look, or of Z >= z there.
 *
 * @param[in] look   [n] of tq_monitoring(); looks that are not tested are passed over. The last one
 *                   need not be.
 * @param[in] drift  Expected Z at t = 1.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_stagewise_tail(size_t n, const tq_monitoring_look *look, int sides, double z,
                                   double drift, double *tail, tq_error *err);

/**
 * Probabilities of stopping at each of n looks, for boundaries that are given.
 *
 * @param[in]  t              [n] > 0, each larger than the last by TQ_LEAST_INFORMATION of it or more.
 * @param[in]  lower, upper   [n] of Z; -INFINITY and INFINITY: none.
 * @param[out] below, above   [n] P(Z <= lower), P(Z >= upper) at a look, not stopped before.
 * @retval TQ_EINVAL  t, or a lower boundary above its upper one.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_stopping(size_t n, const double *t, const double *lower, const double *upper,
                             double drift, double *below, double *above, tq_error *err);

#endif
