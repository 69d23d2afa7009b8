/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Intervals of mu by the likelihood of  yi ~ N(mu, vi + t),  t >= 0. With wi = 1/(vi + t),
 *
 *     l(mu, t) = -1/2 sum [ log(vi + t) + wi (yi - mu)^2 ],
 *     D(mu) = 2 [ max l - max_t l(mu, t) ].
 *
 * Profile likelihood: Hardy & Thompson (1996), Stat. Med. 15:619-629: D <= chi-square quantile.
 *
 * Bartlett: Huizenga, Visser & Dolan (2011), Br. J. Math. Stat. Psychol. 64:1-19: D / B with
 * B = E(D) = 1 + 2 S3 / (S1 S2) - S2 / (2 S1^2) + O(k^-2), Sj = sum wi^j at the maximum; for equal vi
 * B = 1 + 3 / (2k), as the expansion of k log(1 + t^2 / (k - 1)) gives.
 *
 * Skovgaard: Guolo (2012), Stat. Med. 31:313-327: r* = r + log(u / r) / r with r the signed root of D,
 * and u from the covariances of score and log-likelihood between the two estimates (mu^, t^) and
 * (mu, t~). For this model they leave, with j the observed information and w~i at t~,
 *
 *     u = (mu^ - mu) sum w~i^2 / sum wi^2 sqrt( |j(mu^, t^)| / j_tt(mu, t~) ).
 */
#include <float.h>
#include <math.h>

#include "core/distributions.h"
#include "optim/root.h"
#include "pooling/mean_interval_internal.h"
#include "pooling/tau2_internal.h"

typedef struct {
    tq_pool_work *g; /* y, v in kernel units */
    const tq_pool_options *opt;
    double mu;            /* of the function of t */
    double t_hat, mu_hat; /* maximum of l */
    double top;           /* l there */
    double se;            /* 1 / sqrt(sum wi) there */
    double bartlett;      /* B; 1: no correction */
    double det_j, sw2;    /* |j(mu^, t^)|, sum wi^2: of Skovgaard */
    double target;        /* what the function of mu is to reach */
    double t_last;        /* t~ of the last mu */
    tq_status status;
} likelihood;

/* d l / dt at l->mu; its slope. */
static double score(double t, double *slope, void *context)
{
    const likelihood *l = context;
    double s = 0.0, ds = 0.0;

    for (size_t i = 0; i < l->g->k; i++) {
        const double w = 1.0 / (l->g->v[i] + t), r = l->g->y[i] - l->mu, wr = w * r;

        s += 0.5 * (wr * wr - w);
        ds += 0.5 * w * w - w * wr * wr;
    }
    *slope = ds;
    return s;
}

static double loglik(const likelihood *l, double mu, double t)
{
    double sum = 0.0;

    for (size_t i = 0; i < l->g->k; i++) {
        const double v = l->g->v[i] + t, r = l->g->y[i] - mu;

        sum += log(v) + r * r / v;
    }
    return -0.5 * sum;
}

/* At most this many steps over the whole range, four each time that v_min + t doubles. */
enum { STEPS_PER_DOUBLING = 4, MAX_STEPS = 1200 };

/* max_t l(mu, t): every sign change of the score from + to - is refined, the highest maximum taken.
   Beyond the largest (yi - mu)^2 the score is negative. */
static double profile(likelihood *l, double mu)
{
    const tq_root_options root = {l->opt->tol, l->g->v_min, l->opt->max_iter};
    double end = 0.0, slope, best = -INFINITY, t0 = 0.0;

    l->mu = mu;
    for (size_t i = 0; i < l->g->k; i++) {
        const double r = l->g->y[i] - mu;

        end = fmax(end, r * r);
    }
    double s0 = score(0.0, &slope, l);

    if (s0 <= 0.0) {
        best = loglik(l, mu, 0.0);
        l->t_last = 0.0;
    }
    const double span = log2(l->g->v_min + end) - log2(l->g->v_min);
    const double steps = fmin(fmax(ceil(span * STEPS_PER_DOUBLING), 1.0), MAX_STEPS);

    for (double n = 1.0; n <= steps && end > 0.0; n++) {
        const double t1 = n < steps ? l->g->v_min * (exp2(span * n / steps) - 1.0) : end;
        const double s1 = n < steps ? score(t1, &slope, l) : -DBL_MIN;
        double t, value;

        if (s0 > 0.0 && s1 <= 0.0) {
            const tq_status status = tq_root_find(score, l, t0, s0, t1, s1, &root, &t, NULL);

            l->status = status == TQ_OK ? l->status : status;
            value = status == TQ_OK ? loglik(l, mu, t) : -INFINITY;
            if (value > best) {
                best = value;
                l->t_last = t;
            }
        }
        t0 = t1;
        s0 = s1;
    }
    return best;
}

/* ---- functions of mu ---- */

/* D(mu) / B, less its target. */
static double ratio_less(double mu, double *slope, void *context)
{
    likelihood *l = context;
    const double D = 2.0 * (l->top - profile(l, mu));
    double pull = 0.0;

    for (size_t i = 0; i < l->g->k; i++) { /* dD/dmu: t~ is at its maximum */
        pull += (l->g->y[i] - mu) / (l->g->v[i] + l->t_last);
    }
    *slope = -2.0 * pull / l->bartlett;
    return D / l->bartlett - l->target;
}

/* r*(mu); NaN where the information at (mu, t~) is not positive. */
static double skovgaard(likelihood *l, double mu)
{
    const double D = 2.0 * (l->top - profile(l, mu)), d = l->mu_hat - mu;
    const double r = copysign(sqrt(fmax(D, 0.0)), d);
    double sw2 = 0.0, j = 0.0;

    for (size_t i = 0; i < l->g->k; i++) {
        const double w = 1.0 / (l->g->v[i] + l->t_last), x = l->g->y[i] - mu;

        sw2 += w * w;
        j += w * w * (w * x * x - 0.5);
    }
    return r + log(d * sw2 / l->sw2 * sqrt(l->det_j / j) / r) / r;
}

/* r* tends to a limit at mu^, where r = 0: it is taken from both sides. */
static double skovgaard_anywhere(likelihood *l, double mu)
{
    const double near = 1e-3 * l->se;

    if (fabs(mu - l->mu_hat) >= near) {
        return skovgaard(l, mu);
    }
    return 0.5 * (skovgaard(l, l->mu_hat - near) + skovgaard(l, l->mu_hat + near)) +
           (l->mu_hat - mu) / l->se;
}

static double skovgaard_less(double mu, double *slope, void *context)
{
    likelihood *l = context;

    *slope = NAN;
    return skovgaard_anywhere(l, mu) - l->target;
}

/* ---- limits ---- */

/* The zero of f on one side (-1, 1) of mu^, where f has the sign of `inside`. */
static tq_status limit(likelihood *l, tq_root_fn f, int side, double *out)
{
    const tq_root_options root = {l->opt->tol, l->se, l->opt->max_iter};
    double slope, step = l->se, near = l->mu_hat, f_near = f(near, &slope, l);
    double far = near + side * step, f_far = f(far, &slope, l);

    for (int n = 0; (f_far > 0.0) == (f_near > 0.0) && n < l->opt->max_iter; n++) {
        near = far;
        f_near = f_far;
        step *= 1.5;
        far += side * step;
        f_far = f(far, &slope, l);
    }
    if (isnan(f_near) || isnan(f_far) || (f_far > 0.0) == (f_near > 0.0)) {
        return TQ_ENOCONV;
    }
    const tq_status status = side < 0
                                 ? tq_root_find(f, l, far, f_far, near, f_near, &root, out, NULL)
                                 : tq_root_find(f, l, near, f_near, far, f_far, &root, out, NULL);

    return status == TQ_OK ? l->status : status;
}

static double to_kernel(const tq_pool_work *g, double mu)
{
    return ldexp(mu - g->shift, -g->exponent);
}

static double from_kernel(const tq_pool_work *g, double mu)
{
    return ldexp(mu, g->exponent) + g->shift;
}

static tq_status by_ratio(likelihood *l, tq_mean_interval *out)
{
    double slope;

    l->target = 0.0;
    out->stat = fmax(0.0, ratio_less(to_kernel(l->g, 0.0), &slope, l));
    out->df = 1.0;
    out->pval = tq_chisq_upper(out->stat, 1.0);
    l->target = tq_chisq_quantile(l->opt->level / 100.0, 1.0);
    const tq_status status = limit(l, ratio_less, -1, &out->ci_lb);

    return status == TQ_OK ? limit(l, ratio_less, 1, &out->ci_ub) : status;
}

static tq_status by_skovgaard(likelihood *l, tq_mean_interval *out)
{
    const double z = tq_critical_value(l->opt->level, NAN);

    out->stat = skovgaard_anywhere(l, to_kernel(l->g, 0.0));
    out->pval = tq_two_sided_p(out->stat, NAN);
    l->target = z;
    tq_status status = limit(l, skovgaard_less, -1, &out->ci_lb);

    l->target = -z;
    return status == TQ_OK ? limit(l, skovgaard_less, 1, &out->ci_ub) : status;
}

/* ---- the maximum ---- */

static tq_status find_maximum(likelihood *l, tq_error *err)
{
    tau2_value at;
    tq_status status = tau2_maximise(l->g, l->opt, 0, &at, err);
    double s1 = 0.0, s2 = 0.0, s3 = 0.0, j_mt = 0.0, j_tt = 0.0;
    problem_sums sums;

    if (status != TQ_OK) {
        return status;
    }
    problem_evaluate(l->g, at.t, SUMS_PLAIN, &sums);
    l->t_hat = at.t;
    l->mu_hat = l->g->beta[0];
    l->top = loglik(l, l->mu_hat, l->t_hat);
    for (size_t i = 0; i < l->g->k; i++) {
        const double w = 1.0 / (l->g->v[i] + l->t_hat), r = l->g->y[i] - l->mu_hat;

        s1 += w;
        s2 += w * w;
        s3 += w * w * w;
        j_mt += w * w * r;
        j_tt += w * w * (w * r * r - 0.5);
    }
    l->se = 1.0 / sqrt(s1);
    l->sw2 = s2;
    l->det_j = s1 * j_tt - j_mt * j_mt;
    l->bartlett = 1.0 + 2.0 * s3 / (s1 * s2) - 0.5 * s2 / (s1 * s1);
    return TQ_OK;
}

static tq_status not_found(const mean_interval_input *in, tq_status status, tq_error *err)
{
    return tq_fail(err, status, TQ_NO_ROW, NULL,
                   "the %s interval of the pooled effect was not found; --ci-mu wald does without",
                   tq_ci_mu_name(in->how->kind));
}

tq_status mean_likelihood(const mean_interval_input *in, tq_mean_interval *out, tq_error *err)
{
    tq_pool_work *g = tq_pool_work_new(in->model->k, 1);
    likelihood l = {.g = g, .opt = in->opt, .status = TQ_OK};
    const tq_model mean = {in->model->k, 1, in->model->yi, in->model->vi, NULL, 1, NULL};

    if (!g) {
        return tq_fail(err, TQ_ENOMEM, TQ_NO_ROW, NULL, "out of memory");
    }
    tq_status status = problem_load(g, &mean, err);

    status = status == TQ_OK ? find_maximum(&l, err) : status;
    if (status != TQ_OK) {
        goto done;
    }
    out->mu = from_kernel(g, l.mu_hat);
    out->tau2 = problem_tau2_out(g, l.t_hat);
    if (in->how->kind == TQ_CI_MU_SKOVGAARD && !(l.t_hat > 0.0 && l.det_j > 0.0)) {
        out->why =
            "tau2 is 0 at the maximum of the likelihood, where Skovgaard's statistic does not "
            "exist";
        goto done;
    }
    l.bartlett = in->how->kind == TQ_CI_MU_BARTLETT ? l.bartlett : 1.0;
    status = in->how->kind == TQ_CI_MU_SKOVGAARD ? by_skovgaard(&l, out) : by_ratio(&l, out);
    if (status != TQ_OK) {
        not_found(in, status, err);
        goto done;
    }
    out->ci_lb = from_kernel(g, out->ci_lb);
    out->ci_ub = from_kernel(g, out->ci_ub);
done:
    tq_pool_work_free(g);
    return status;
}
