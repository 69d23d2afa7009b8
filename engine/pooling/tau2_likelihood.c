/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Maximum likelihood and restricted maximum likelihood estimates of tau2: Hardy & Thompson (1996),
 * Stat. Med. 15:619-629; Viechtbauer (2005), J. Educ. Behav. Stat. 30:261-293. With beta profiled
 * out and P, W as in problem_internal.h, up to constants
 *
 *     ML:    l = -1/2 [ sum log(vi + t) + y'Py ],                 2 l' = y'PPy - sum wi,
 *     REML:  l = -1/2 [ sum log(vi + t) + log|X'WX| + y'Py ],     2 l' = y'PPy - tr P,
 *
 * and 2 l'' = tr(PP) - 2 y'PPPy (REML), sum wi^2 - 2 y'PPPy (ML).
 *
 * Either likelihood can have several maxima on [0, inf). The score is scanned from 0 to a bound beyond
 * which it is negative, in steps over which 1/(v_min + t) at most halves; each sign change from + to
 * - is refined by safeguarded Newton, and the highest of these maxima (and 0, where the score starts
 * negative) is taken. Fisher scoring, the usual iteration, converges linearly, to whichever maximum
 * lies on its way.
 */
#include "pooling/tau2_internal.h"

#include <math.h>

#include "optim/root.h"

typedef struct {
    tq_pool_work *g;
    int restricted;
} score_context;

static double score_and_slope(double t, double *slope, void *context)
{
    const score_context *c = context;
    problem_sums s;

    problem_evaluate(c->g, t, SUMS_DETAIL, &s);
    *slope = (c->restricted ? s.trPP : s.sw2) - 2.0 * s.yPPPy;
    return s.yPPy - (c->restricted ? s.trP : s.sw);
}

double tau2_score(tq_pool_work *g, int restricted, double t)
{
    score_context c = {g, restricted};
    double unused;

    return 0.5 * score_and_slope(t, &unused, &c);
}

double tau2_loglik(tq_pool_work *g, int restricted, double t)
{
    problem_sums s;

    problem_evaluate(g, t, SUMS_PLAIN, &s);
    const double logdetA = !restricted ? 0.0 : g->mean_only ? log(s.sw) : s.logdetA;

    return -0.5 * (problem_log_variances(g, t) + logdetA + s.Q);
}

/* The best maximum found so far; its log-likelihood is computed only once a rival appears. */
typedef struct {
    double t, loglik;
    int found, iterations;
} best_maximum;

static void consider(tq_pool_work *g, int restricted, double t, best_maximum *best)
{
    if (!best->found) {
        *best = (best_maximum){t, NAN, 1, best->iterations};
        return;
    }
    if (isnan(best->loglik)) {
        best->loglik = tau2_loglik(g, restricted, best->t);
    }
    const double loglik = tau2_loglik(g, restricted, t);

    if (loglik > best->loglik) {
        best->t = t;
        best->loglik = loglik;
    }
}

/* One point of the scan: score and its slope. */
typedef struct {
    double t, score, slope;
} scan_point;

typedef struct {
    score_context c;
    const tq_pool_options *opt;
    best_maximum best;
    tq_status status;
} scan;

static scan_point look(scan *s, double t)
{
    scan_point p = {t, 0.0, 0.0};

    p.score = score_and_slope(t, &p.slope, &s->c);
    s->best.iterations++;
    return p;
}

/* Between equal signs a hidden pair of roots shows as a turn of the slope; halving finds it. */
enum { MAX_HALVINGS = 6 };

static void search(scan *s, scan_point lo, scan_point hi, int depth)
{
    const tq_root_options root = {s->opt->tol, s->c.g->v_min, s->opt->max_iter};

    if (lo.score > 0.0 && hi.score <= 0.0) {
        double t;
        int n;
        const tq_status status =
            tq_root_find(score_and_slope, &s->c, lo.t, lo.score, hi.t, hi.score, &root, &t, &n);

        s->best.iterations += status == TQ_OK ? n : 0;
        if (status != TQ_OK) {
            s->status = status;
            return;
        }
        consider(s->c.g, s->c.restricted, t, &s->best);
        return;
    }
    const int hump = lo.score <= 0.0 && hi.score <= 0.0 && lo.slope > 0.0 && hi.slope < 0.0;
    const int dip = lo.score > 0.0 && hi.score > 0.0 && lo.slope < 0.0 && hi.slope > 0.0;

    if ((hump || dip) && depth < MAX_HALVINGS) {
        const scan_point mid = look(s, 0.5 * (lo.t + hi.t));

        search(s, lo, mid, depth + 1);
        search(s, mid, hi, depth + 1);
    }
}

/* At most this many steps over the whole range, however many decades it spans. */
enum { MAX_STEPS = 400 };

tq_status tau2_maximise(tq_pool_work *g, const tq_pool_options *opt, int restricted,
                        tau2_value *out, tq_error *err)
{
    const double df = restricted ? (double)(g->k - g->p) : (double)g->k;
    const double end = tau2_upper_bound(g, df), span = log2(g->v_min + end) - log2(g->v_min);
    const double steps = fmin(fmax(ceil(span), 1.0), MAX_STEPS), ratio = exp2(span / steps);
    scan s = {.c = {g, restricted}, .opt = opt, .status = TQ_OK};
    scan_point lo = look(&s, 0.0);

    if (!(lo.score > 0.0 && end > 0.0)) { /* positive by rounding alone where the bound is 0 */
        consider(g, restricted, 0.0, &s.best);
    }
    for (double x = g->v_min * ratio, n = 1.0; n <= steps && end > 0.0; n++, x *= ratio) {
        scan_point hi = look(&s, n < steps ? x - g->v_min : end);

        if (n == steps) {
            hi.score = fmin(hi.score, 0.0); /* the bound itself, but for rounding */
        }
        search(&s, lo, hi, 0);
        lo = hi;
    }
    if (s.status != TQ_OK || !s.best.found) {
        return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                       "the likelihood was not maximised to %g in %d steps; try --method DL",
                       opt->tol, opt->max_iter);
    }
    *out = (tau2_value){s.best.t, s.best.iterations};
    return TQ_OK;
}

tq_status tau2_ml(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    return tau2_maximise(g, opt, 0, out, err);
}

tq_status tau2_reml(tq_pool_work *g, const tq_pool_options *opt, tau2_value *out, tq_error *err)
{
    return tau2_maximise(g, opt, 1, out, err);
}

/* Expected information: 2 / sum wi^2 (ML), 2 / tr(PP) (REML). */
double tau2_se_ml(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    problem_sums s;

    (void)opt;
    problem_evaluate(g, t, SUMS_PLAIN, &s);
    return sqrt(2.0 / s.sw2);
}

double tau2_se_reml(tq_pool_work *g, const tq_pool_options *opt, double t)
{
    problem_sums s;

    (void)opt;
    problem_evaluate(g, t, SUMS_DETAIL, &s);
    return sqrt(2.0 / s.trPP);
}
