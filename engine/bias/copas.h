/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file copas.h  The Copas selection model: precise studies, and among equals those with large effects, are seen
 * more often.
 *
 *     yi = mu + tau ui + sigma_i ei,    seen where   zi = gamma0 + gamma1 / si + di > 0,
 *     corr(ei, di) = rho,               P(seen) = Phi(gamma0 + gamma1 / si).
 *
 * How many studies were not seen cannot be estimated; gamma0 and gamma1 are given, and the rest is estimated
 * for each pair.
 *
 * Sources: Copas & Shi (2000), Biostatistics 1:247-262; Copas & Shi (2001), Stat. Methods Med. Res.
 * 10:251-265; Carpenter, Schwarzer, Ruecker & Kuenstler (2009), J. Clin. Epidemiol. 62:624-631.
 */
#ifndef TQ_BIAS_COPAS_H
#define TQ_BIAS_COPAS_H

#include "bias/adjusted.h"
#include "pooling/pool.h"

/** The largest |rho|. At rho = 1 and tau2 = 0 selection is a function of the effect: the likelihood has spikes
    where studies touch the edge of what can be seen, and estimates jump along the path. Short of it they do
    not. */
#define TQ_COPAS_RHO_BOUND 0.99

enum { TQ_COPAS_LIST = 24, TQ_COPAS_POINTS = 256 };

/** Start from tq_copas_defaults() and change fields. */
typedef struct {
    double least[TQ_COPAS_LIST]; /* probabilities that the least precise study is seen, falling, in
                                    (0, 1); default 0.9, 0.8, ..., 0.1 */
    size_t n_least;
    double
        most[TQ_COPAS_LIST]; /* the same of the most precise study; the first makes the path along
                                   which the adjusted estimate is sought; default 0.99, 0.95, 0.9 */
    size_t n_most;
    double gamma0, gamma1; /* one pair in place of the lists; NaN (default): the lists */
    double alpha;          /* level of the test of residual selection; default 0.1 */
    double null_value;     /* effect of no effect; default 0 */
} tq_copas_options;

TQ_API tq_copas_options tq_copas_defaults(void);

/** The model for one pair; NaN where something does not exist. */
typedef struct {
    double least, most;    /* P(seen) of the least and the most precise study */
    double gamma0, gamma1; /* NaN: every study is seen */
    tq_adjusted mu;
    double tau2, rho; /* rho NaN: every study is seen */
    double ll;
    tq_statistic residual; /* likelihood ratio test of a slope on si left after this selection */
    double unseen;         /* studies not seen, expected: sum (1 - Pi) / Pi */
} tq_copas_point;

typedef struct {
    size_t k;
    double level, alpha;
    size_t n;
    tq_copas_point
        point[TQ_COPAS_POINTS]; /* [n] the first: every study is seen; then for each `most`
                                              its falling `least` */
    int found; /* 1: some selection on the path is enough; adjusted is the least of it */
    tq_copas_point adjusted; /* not found: NaN */
} tq_copas;

/**
 * Fit by maximum likelihood over mu, tau2 and rho (|rho| up to TQ_COPAS_RHO_BOUND), the highest of several searches. The
 * standard errors si are of studies that were seen, whose scatter selection narrows: sigma_i^2 =
 * si^2 / (1 - ci^2 rho^2) with ci^2 = li (ui + li), li = phi(ui) / Phi(ui) and ui = gamma0 + gamma1 / si.
 *
 * `adjusted` has the largest P(seen) of the least precise study, on the path of most[0], for which the test
 * of residual selection is not significant at alpha: found between two of `least` by bisection.
 *
 * @param[in]  model  Without moderators and counts.
 * @param[in]  level  Of intervals, percent.
 * @retval TQ_EINVAL   Moderators, level or an option outside its range; more than TQ_COPAS_POINTS pairs; a
 *                     `most` below every `least` (pairs with least > most are left out).
 * @retval TQ_EDATA    A yi or vi outside its range; fewer than three studies; equal standard errors.
 * @retval TQ_ENOCONV  A search did not end.
 * @retval TQ_ENOMEM
 */
TQ_API tq_status tq_copas_fit(const tq_model *model, double level, const tq_copas_options *copas,
                              tq_copas *out, tq_error *err);

#endif
