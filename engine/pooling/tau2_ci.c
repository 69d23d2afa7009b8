/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Confidence limits of tau2 and what follows from them by monotone maps: tau, I2, H2. */
#include <math.h>

#include "core/distributions.h"
#include "optim/root.h"
#include "pooling/pool_internal.h"
#include "pooling/quadratic_form_internal.h"

/* Two limits in kernel units; empty: no tau2 >= 0 is plausible. */
typedef struct {
    double lb, ub;
    int empty;
} limits;

typedef tq_status limits_fn(tq_pool_work *g, const tq_pool_options *opt, limits *out);

/* Q(tau2) is chi-square on k - p at the true tau2: Viechtbauer (2007), Stat. Med. 26:37-52. */
static tq_status q_profile(tq_pool_work *g, const tq_pool_options *opt, limits *out)
{
    const double df = (double)(g->k - g->p), tail = (100.0 - opt->level) / 200.0;
    tau2_value lower, upper;
    problem_sums s;

    problem_evaluate(g, 0.0, SUMS_PLAIN, &s);
    const double least = tq_chisq_quantile(tail, df);
    tq_status status = tau2_solve_q(g, opt, tq_chisq_quantile(1.0 - tail, df), &lower);

    if (status == TQ_OK) {
        status = tau2_solve_q(g, opt, least, &upper);
    }
    *out = (limits){lower.t, upper.t, s.Q < least};
    return status;
}

/* ---- profile likelihood ---- */

typedef struct {
    tq_pool_work *g;
    int restricted;
    double drop_to; /* log-likelihood at the limits */
} profile_context;

static double above(double t, double *slope, void *context)
{
    const profile_context *c = context;

    *slope = tau2_score(c->g, c->restricted, t);
    return tau2_loglik(c->g, c->restricted, t) - c->drop_to;
}

/* {t: 2 (max l - l(t)) <= chi-square quantile}: Hardy & Thompson (1996), Stat. Med. 15:619-629. The
   likelihood of the method in use (REML, else ML) around its own maximum. */
static tq_status profile_likelihood(tq_pool_work *g, const tq_pool_options *opt, limits *out)
{
    profile_context c = {g, tau2_method_row(opt->method)->likelihood == 2, 0.0};
    const tq_root_options root = {opt->tol, g->v_min, opt->max_iter};
    tau2_value peak;
    double unused;
    tq_status status = tau2_maximise(g, opt, c.restricted, &peak, NULL);

    if (status != TQ_OK) {
        return status;
    }
    c.drop_to =
        tau2_loglik(g, c.restricted, peak.t) - 0.5 * tq_chisq_quantile(opt->level / 100.0, 1.0);
    const double at_peak = above(peak.t, &unused, &c);
    const double at0 = above(0.0, &unused, &c);

    *out = (limits){0.0, 0.0, 0};
    if (at0 < 0.0) {
        status = tq_root_find(above, &c, 0.0, at0, peak.t, at_peak, &root, &out->lb, NULL);
    }
    double lo = peak.t, f_lo = at_peak, hi = 2.0 * peak.t + g->v_min;
    double f_hi = above(hi, &unused, &c);

    for (int n = 0; f_hi > 0.0 && n < opt->max_iter; n++) {
        lo = hi;
        f_lo = f_hi;
        hi *= 2.0;
        f_hi = above(hi, &unused, &c);
    }
    if (status == TQ_OK) {
        status = f_hi <= 0.0 ? tq_root_find(above, &c, lo, f_lo, hi, f_hi, &root, &out->ub, NULL)
                             : TQ_ENOCONV;
    }
    return status;
}

/* ---- generalised Q ---- */

/* P(Q_a <= observed | t) = 1 - tail at the lower, tail at the upper limit. */
static tq_status generalised_q(tq_pool_work *g, const tq_pool_options *opt, limits *out)
{
    const double tail = (100.0 - opt->level) / 200.0;
    int at_zero;
    tq_status status = quadratic_form_solve(g, opt, 1.0 - tail, &out->lb, &at_zero);

    if (status == TQ_OK) {
        status = quadratic_form_solve(g, opt, tail, &out->ub, &out->empty);
    }
    return status;
}

static tq_status biggerstaff_jackson(tq_pool_work *g, const tq_pool_options *opt, limits *out)
{
    for (size_t i = 0; i < g->k; i++) {
        g->a[i] = 1.0 / g->v[i];
    }
    return generalised_q(g, opt, out);
}

static tq_status jackson(tq_pool_work *g, const tq_pool_options *opt, limits *out)
{
    for (size_t i = 0; i < g->k; i++) {
        g->a[i] = 1.0 / sqrt(g->v[i]);
    }
    return generalised_q(g, opt, out);
}

static limits_fn *const kinds[TQ_CI_COUNT] = {
    [TQ_CI_QP] = q_profile,
    [TQ_CI_PL] = profile_likelihood,
    [TQ_CI_BJ] = biggerstaff_jackson,
    [TQ_CI_J] = jackson,
};

/*
 * Limits of I2 and H2 that come from Q, by the test-based method of Higgins & Thompson (2002), Stat. Med.
 * 21:1539-1558, appendix A2: ln H, H^2 = Q / df, with the standard error
 *
 *     (ln Q - ln(k - 1)) / (2 sqrt(2 Q) - 2 sqrt(2 k - 3))                for Q > k
 *     sqrt((1 - 1 / (3 (k - 2)^2)) / (2 (k - 2)))                         else
 *
 * where k - 1 stands for the degrees of freedom; H below 1 is 1. There are none for k = 2 and Q <= k.
 */
static void limits_from_q(const tq_pool *fit, tq_heterogeneity_ci *ci)
{
    const double Q = fit->QE, df = fit->QE_df, k = df + 1.0;
    const double z = tq_normal_quantile(0.5 + fit->level / 200.0);

    ci->I2[0] = ci->I2[1] = ci->H2[0] = ci->H2[1] = NAN;
    if (!(df > 0.0) || (Q <= k && !(k > 2.0))) {
        return;
    }
    const double se = Q > k ? 0.5 * (log(Q) - log(df)) / (sqrt(2.0 * Q) - sqrt(2.0 * k - 3.0))
                            : sqrt((1.0 - 1.0 / (3.0 * (k - 2.0) * (k - 2.0))) / (2.0 * (k - 2.0)));

    for (int i = 0; i < 2; i++) {
        ci->H2[i] = fmax(1.0, Q / df * exp(i ? 2.0 * z * se : -2.0 * z * se));
        ci->I2[i] = 100.0 * (ci->H2[i] - 1.0) / ci->H2[i];
    }
}

static tq_status tau2_limits(tq_pool_work *g, const tq_pool_options *opt, tq_pool *fit,
                             tq_error *err)
{
    tq_heterogeneity_ci *ci = &fit->ci;

    *ci = (tq_heterogeneity_ci){TQ_CI_NONE, {NAN, NAN}, {NAN, NAN}, {NAN, NAN}, {NAN, NAN}, 0};
    if (!tq_method_random(opt->method) || g->k == g->p || !kinds[opt->ci_tau2] ||
        !isnan(opt->tau2)) {
        return TQ_OK;
    }
    limits at;
    const tq_status status = kinds[opt->ci_tau2](g, opt, &at);

    if (status != TQ_OK) {
        return tq_fail(err, status, TQ_NO_ROW, NULL,
                       "the %s interval of tau2 did not converge; --ci-tau2 none leaves it out",
                       tq_ci_tau2_label(opt->ci_tau2));
    }
    ci->method = opt->ci_tau2;
    ci->empty = at.empty;
    if (at.empty) {
        return TQ_OK;
    }
    ci->tau2[0] = problem_tau2_out(g, at.lb);
    ci->tau2[1] = problem_tau2_out(g, at.ub);
    for (int i = 0; i < 2; i++) {
        ci->tau[i] = sqrt(ci->tau2[i]);
        ci->I2[i] = 100.0 * ci->tau2[i] / (ci->tau2[i] + fit->typical_vi);
        ci->H2[i] = ci->tau2[i] / fit->typical_vi + 1.0;
    }
    return TQ_OK;
}

tq_status pool_tau2_ci(tq_pool_work *g, const tq_pool_options *opt, tq_pool *fit, tq_error *err)
{
    const tq_status status = tau2_limits(g, opt, fit, err);

    if (status == TQ_OK && opt->i2 == TQ_I2_Q && tq_method_random(opt->method)) {
        limits_from_q(fit, &fit->ci);
    }
    return status;
}
