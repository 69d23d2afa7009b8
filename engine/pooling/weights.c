/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights of the pooled estimate for methods that do not take 1/(vi + tau2). */
#include "pooling/pool_internal.h"

#include <math.h>

static void inverse_variance(tq_pool_work *g, const tq_pool_options *opt)
{
    (void)opt;
    for (size_t i = 0; i < g->k; i++) {
        g->a[i] = 1.0 / g->v[i];
    }
}

/*
 * Doi & Thalib (2008), Epidemiology 19:94-100, in the form of Doi et al. (2015), Contemp. Clin.
 * Trials 45:123-129. With qi the score over the largest score and
 *
 *     ti = (1 - qi) / (vi (k - 1)),   q^i = qi + ti sum q / ((k - 1) sum t),
 *
 * what low quality takes away from studies goes back to all of them in proportion to q^i (which keeps
 * the weights positive):
 *
 *     ai = qi / vi + k q^i sum t / sum q^ - ti.
 */
static void quality(tq_pool_work *g, const tq_pool_options *opt)
{
    const double k = (double)g->k;
    double top = 0.0, sum_q = 0.0, sum_t = 0.0;

    problem_weights(g, opt->weights);
    for (size_t i = 0; i < g->k; i++) {
        top = fmax(top, g->a[i]);
    }
    for (size_t i = 0; i < g->k; i++) {
        g->a[i] /= top;
        g->u[i] = g->k > 1 ? (1.0 - g->a[i]) / (g->v[i] * (k - 1.0)) : 0.0;
        sum_q += g->a[i];
        sum_t += g->u[i];
    }
    /* sum q^ = sum q + sum q / (k - 1) */
    const double back = sum_t > 0.0 ? k * sum_t / (sum_q * k / (k - 1.0)) : 0.0;
    const double shift = sum_t > 0.0 ? sum_q / ((k - 1.0) * sum_t) : 0.0;

    for (size_t i = 0; i < g->k; i++) {
        g->a[i] = g->a[i] / g->v[i] + back * (g->a[i] + shift * g->u[i]) - g->u[i];
    }
}

typedef void weights_fn(tq_pool_work *g, const tq_pool_options *opt);

static weights_fn *const own[TQ_METHOD_COUNT] = {
    [TQ_IVHET] = inverse_variance,
    [TQ_HC] = inverse_variance,
    [TQ_QE] = quality,
};

int pool_own_weights(tq_pool_work *g, const tq_pool_options *opt)
{
    const int replaced = opt->method == TQ_IVHET && (opt->weights || !opt->weighted);

    if (!own[opt->method] || replaced) {
        return 0;
    }
    own[opt->method](g, opt);
    return 1;
}
