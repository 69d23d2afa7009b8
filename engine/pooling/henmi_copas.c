/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Henmi & Copas (2010), Stat. Med. 29:2969-2983: the estimate with weights wi = 1/vi, which
 * publication bias moves least, and an interval that allows for heterogeneity and for tau2 being
 * estimated. With W1 = sum wi, Wj = sum wi^j / W1, the DerSimonian-Laird tau2, and
 *
 *     U = (mu^ - mu) / SE,   SE^2 = f(Q)^2 / W1,   f(Q)^2 = 1 + W2 tau2(Q),
 *
 * R = sqrt(W1) (mu^ - mu) is N(0, VR), VR = 1 + tau2 W2, and U > u means Q < f^-1(R / u). Given R = r,
 * Q is taken as gamma distributed with its exact mean and variance, so that with r = sqrt(VR) z
 *
 *     P(U > u) = int_{z > u / sqrt(VR)} P(Q < f^-1(r / u) | r) phi(z) dz.
 */
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>

#include "core/gsl_quiet.h"
#include "optim/root.h"
#include "pooling/pool_internal.h"

/* Kernel units. */
typedef struct {
    double k, tau2, W1, W2;
    double base, spread; /* W1 - W2; the variance of wi with weights wi, W3 - W2^2 */
    double mixed, cubic; /* W1 W2 - 2 W3 + W2^2;  W4 - 2 W2 W3 + W2^3 */
    double u;
    gsl_integration_cquad_workspace *memory;
} henmi_copas;

static void load_sums(const tq_pool_work *g, double tau2, henmi_copas *h)
{
    double sw = 0.0, sw2 = 0.0, rest = 0.0, spread = 0.0, cubic = 0.0;

    for (size_t i = 0; i < g->k; i++) {
        const double w = 1.0 / g->v[i];

        sw += w;
        sw2 += w * w;
    }
    const double W2 = sw2 / sw;

    for (size_t i = 0; i < g->k; i++) {
        const double w = 1.0 / g->v[i], d = w - W2;

        rest += w * (sw - w) / sw;
        spread += w * d * d / sw;
        cubic += w * w * d * d / sw; /* W4 - 2 W2 W3 + W2^3 */
    }
    *h = (henmi_copas){.k = (double)g->k,
                       .tau2 = tau2,
                       .W1 = sw,
                       .W2 = W2,
                       .base = rest,
                       .spread = spread,
                       .mixed = sw * W2 - 2.0 * (spread + W2 * W2) + W2 * W2,
                       .cubic = cubic};
}

static double integrand(double z, void *context)
{
    const henmi_copas *h = context;
    const double t = h->tau2, VR = 1.0 + t * h->W2, r = sqrt(VR) * z;
    const double f = r / h->u, Q = (h->base / h->W2) * (f * f - 1.0) + h->k - 1.0;
    const double turn = (z * z - 1.0) / VR; /* r^2 / VR^2 - 1 / VR */
    const double mean = h->k - 1.0 + t * h->base + t * t * turn * h->spread;
    const double variance =
        2.0 * (h->k - 1.0) + 4.0 * t * h->base + 2.0 * t * t * h->mixed +
        4.0 * t * t * turn * h->spread + 4.0 * t * t * t * turn * h->cubic +
        2.0 * (t * t * h->spread / VR) * (t * t * h->spread / VR) * (1.0 - 2.0 * z * z);

    return gsl_cdf_gamma_P(Q, mean * mean / variance, variance / mean) * gsl_ran_ugaussian_pdf(z);
}

/* P(U > u); NaN where the integral fails. */
static double upper_tail(henmi_copas *h, double u)
{
    const double far = 40.0; /* the normal density is 0 beyond */
    const double from = u / sqrt(1.0 + h->tau2 * h->W2);
    gsl_function f = {integrand, h};
    double result = 0.0;

    h->u = u;
    if (!(from < far)) {
        return 0.0;
    }
    /* The normal factor concentrates below 9; the rest matters for the relative accuracy of small
       p-values only. */
    const double split = fmin(fmax(from + 3.0, 9.0), far);
    double part, abserr;
    int status =
        gsl_integration_cquad(&f, from, split, 1e-300, 1e-12, h->memory, &part, &abserr, NULL);

    result = part;
    if (status == GSL_SUCCESS && split < far) {
        status =
            gsl_integration_cquad(&f, split, far, 1e-300, 1e-9, h->memory, &part, &abserr, NULL);
        result += part;
    }
    return status == GSL_SUCCESS ? result : (double)NAN;
}

typedef struct {
    henmi_copas *h;
    double tail;
} tail_context;

static double tail_less(double u, double *slope, void *context)
{
    tail_context *c = context;

    *slope = NAN;
    return upper_tail(c->h, u) - c->tail;
}

static tq_status find_critical(henmi_copas *h, const tq_pool_options *opt, double *critical)
{
    tail_context c = {h, (100.0 - opt->level) / 200.0};
    const tq_root_options root = {opt->tol, 1.0, opt->max_iter};
    double lo = 0.0, f_lo = 0.5 - c.tail, hi = 1.0, slope, f_hi = tail_less(hi, &slope, &c);

    for (int n = 0; f_hi > 0.0 && n < opt->max_iter; n++) {
        lo = hi;
        f_lo = f_hi;
        hi *= 2.0;
        f_hi = tail_less(hi, &slope, &c);
    }
    return f_hi <= 0.0 ? tq_root_find(tail_less, &c, lo, f_lo, hi, f_hi, &root, critical, NULL)
                       : TQ_ENOCONV;
}

static tq_status replace_test(tq_pool_work *g, const tq_pool_options *opt, tq_pool *fit,
                              tq_error *err)
{
    henmi_copas h;

    load_sums(g, problem_tau2_in(g, fit->tau2), &h);
    tq_gsl_quiet();
    h.memory = gsl_integration_cquad_workspace_alloc(256);
    if (!h.memory) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    const tq_status status = find_critical(&h, opt, &fit->critical);
    const double stat = fabs(fit->stat[0]);

    fit->pval[0] = stat > 0.0 ? 2.0 * upper_tail(&h, stat) : 1.0;
    gsl_integration_cquad_workspace_free(h.memory);
    if (status != TQ_OK || isnan(fit->pval[0])) {
        return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                       "the Henmi-Copas distribution was not found to %g in %d steps; try --method "
                       "IVhet",
                       opt->tol, opt->max_iter);
    }
    fit->test = TQ_TEST_HC;
    fit->ci_lb[0] = fit->beta[0] - fit->critical * fit->se[0];
    fit->ci_ub[0] = fit->beta[0] + fit->critical * fit->se[0];
    const double pi_lb = fit->prediction.pi_lb, pi_ub = fit->prediction.pi_ub;

    pool_prediction(fit);
    if (fit->predict == TQ_PREDICT_NNF) {
        fit->prediction.pi_lb = pi_lb;
        fit->prediction.pi_ub = pi_ub;
    }
    return TQ_OK;
}

static tq_status check(const tq_model *model, const tq_pool_options *opt, tq_error *err)
{
    if (!problem_mean_only(model)) {
        return tq_fail(
            err, TQ_EINVAL, TQ_NO_ROW, NULL,
            "method HC exists for models without moderators only, and so without a common "
            "tau2 of subgroups");
    }
    if (opt->test != TQ_TEST_Z && opt->test != TQ_TEST_HC) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method HC has a test of its own; leave test %s out",
                       tq_test_name(opt->test));
    }
    if (opt->weights || !opt->weighted) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method HC weighs by 1/vi; leave the weights out");
    }
    if (!isnan(opt->tau2)) {
        return tq_fail(err, TQ_EINVAL, TQ_NO_ROW, NULL,
                       "method HC allows for tau2 being estimated; it cannot be fixed");
    }
    return TQ_OK;
}

tq_status pool_fit_hc(const tq_model *model, const tq_pool_options *opt, tq_pool_work *g,
                      tq_pool *fit, tq_error *err)
{
    tq_pool_options plain = *opt;
    tq_status status = check(model, opt, err);

    plain.test = TQ_TEST_Z;
    if (status == TQ_OK) {
        status = pool_fit_stages(model, &plain, g, fit, err);
    }
    return status == TQ_OK && fit->k > 1 ? replace_test(g, opt, fit, err) : status;
}
