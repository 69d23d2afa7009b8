/* SPDX-License-Identifier: GPL-3.0-or-later */
/** @file quadratic_form_internal.h  The exact distribution of the generalised Q statistic. */
#ifndef TQ_POOLING_QUADRATIC_FORM_INTERNAL_H
#define TQ_POOLING_QUADRATIC_FORM_INTERNAL_H

#include "pooling/problem_internal.h"

/** P(y'Py <= q) at tau2 = t for the fixed weights in g->a; absolute error about 1e-15 for tens
    of studies, 1e-12 for thousands. */
double quadratic_form_cdf(tq_pool_work *g, double t, double q);

/**
 * The t with P(y'Py <= observed Q | t) = prob, for the weights in g->a. The probability falls as t
 * grows; where it is below prob already at t = 0 the answer is 0 and *empty is 1.
 */
tq_status quadratic_form_solve(tq_pool_work *g, const tq_pool_options *opt, double prob, double *t,
                               int *empty);

#endif
