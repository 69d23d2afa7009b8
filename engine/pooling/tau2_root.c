/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimators that solve an equation in the generalised Q statistic, which falls as tau2 grows. */
#include "pooling/tau2_internal.h"

#include <math.h>

#include "core/distributions.h"
#include "optim/root.h"
#include "pooling/quadratic_form_internal.h"

/*
 * Beyond B the score is negative. y'Py <= S / (v_min + t) with S the unweighted residual
 * sum of squares, y'PPy <= y'Py / (v_min + t) and tr P >= df / (v_max + t); so B + v_min = x solves
 * df x^2 - S x - S (v_max - v_min) = 0.
 */
double tau2_upper_bound(const tq_pool_work *g, double df)
{
    const double half = 0.5 * g->spread / df, d = g->v_max - g->v_min;
    /* sqrt of each factor: their product may leave the range of doubles */
    const double x = half + hypot(half, sqrt(g->spread / df) * sqrt(d));

    return fmax(0.0, x - g->v_min);
}

typedef struct {
    tq_pool_work *g;
    double target;
} q_context;

/* 1/Q(t) - 1/target, times target: concave and nearly straight, where Q itself is steep. */
static double inverse_q(double t, double *slope, void *context)
{
    const q_context *c = context;
    problem_sums s;

    problem_evaluate(c->g, t, SUMS_PLAIN, &s);
    *slope = c->target / s.Q * (s.yPPy / s.Q); /* d/dt y'Py = -y'PPy */
    return c->target / s.Q - 1.0;
}

tq_status tau2_solve_q(tq_pool_work *g, const tq_pool_options *opt, double target, tau2_value *out)
{
    q_context c = {g, target};
    const tq_root_options root = {opt->tol, g->v_min, opt->max_iter};
    double unused, at0;

    *out = (tau2_value){0.0, 0};
    if (!(target > 0.0)) {
        out->t = INFINITY;
        return TQ_OK;
    }
    at0 = inverse_q(0.0, &unused, &c);
    if (!(at0 < 0.0)) { /* Q(0) <= target, or no residual at all */
        return TQ_OK;
    }
    /* Q(t) <= S / (v_min + t), which is the target at: */
    const double hi = g->spread / target;
    const double at_hi = inverse_q(hi, &unused, &c);

    if (!(at_hi > 0.0)) { /* equal variances: the bound is the root */
        out->t = fmax(0.0, hi - g->v_min);
        return isnan(at_hi) ? TQ_ENOCONV : TQ_OK;
    }
    return tq_root_find(inverse_q, &c, 0.0, at0, hi, at_hi, &root, &out->t, &out->iterations);
}

static tq_status no_convergence(const tq_pool_options *opt, tq_error *err)
{
    return tq_fail(
        err, TQ_ENOCONV, TQ_NO_ROW, NULL,
        "tau2 did not converge to %g in %d steps; another --method does not iterate (DL)", opt->tol,
        opt->max_iter);
}

/*
 * Q(tau2) = k - p: Paule & Mandel (1982), J. Res. Natl. Bur. Stand. 87:377-385. The empirical Bayes
 * estimator (Morris 1983, J. Am. Stat. Assoc. 78:47-55), the iterated DerSimonian-Laird and the
 * iterated Sidik-Jonkman estimators have the same fixed point.
 */
tq_status tau2_pm(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    const tq_status status = tau2_solve_q(g, opt, (double)(g->k - g->p), out);

    return status == TQ_OK ? status : no_convergence(opt, err);
}

/* Median unbiased: Q(tau2) = median of chi-square on k - p df. Viechtbauer (2021), in Bock et al.;
   Rukhin (2013), J. Stat. Plan. Inference 143:1131-1141. */
tq_status tau2_pmm(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    const double median = tq_chisq_quantile(0.5, (double)(g->k - g->p));
    const tq_status status = tau2_solve_q(g, opt, median, out);

    return status == TQ_OK ? status : no_convergence(opt, err);
}

/* The user's weights, with tau2 such that P(Q <= observed) = 1/2 under its exact distribution. */
tq_status tau2_genqm(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    int empty;

    problem_weights(g, opt->weights);
    const tq_status status = quadratic_form_solve(g, opt, 0.5, &out->t, &empty);

    out->iterations = 0;
    return status == TQ_OK ? status : no_convergence(opt, err);
}

/* Var(Q) = 2 (k - p) at the solution and dQ/dtau2 ~ -(k - p) sum wi / k. */
double tau2_se_pm(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    const double k = (double)g->k, df = (double)(g->k - g->p);
    problem_sums s;

    (void)opt;
    problem_evaluate(g, t, SUMS_PLAIN, &s);
    return sqrt(2.0 * k * k / df) / s.sw;
}
