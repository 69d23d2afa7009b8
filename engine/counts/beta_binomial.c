/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maximum likelihood for beta-binomial counts. */
#include "counts/beta_binomial.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_sf_gamma.h>

#include "core/distributions.h"
#include "core/gsl_quiet.h"
#include "linalg/dense.h"
#include "optim/derivative.h"
#include "optim/minimise.h"

/* lgamma(a) beyond (a - 1/2) log a - a + log(2 pi) / 2; the series, from 50, leaves below 1e-17. */
static double stirling_rest(double a)
{
    const double r = 1.0 / (a * a);

    if (a < 50.0) {
        return gsl_sf_lngamma(a) - (a - 0.5) * log(a) + a - 0.5 * TQ_LOG_2PI;
    }
    return (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r / 1680.0))) / a;
}

/* x log(x / m) - x + m for x = m + d, by what tells x from m: the logarithms would cancel. */
static double divergence(double x, double m, double d)
{
    const double u = d / m;

    return x > 0.0 && u > -1.0 ? m * ((1.0 + u) * log1p(u) - u) : m;
}

/* log of n! / (x! y!) without the powers (x / n)^x (y / n)^y, n = x + y. */
static double log_ways(double x, double y)
{
    if (x == 0.0 || y == 0.0) {
        return 0.0;
    }
    return 0.5 * log((x + y) / x / y) - 0.5 * TQ_LOG_2PI + stirling_rest(x + y) - stirling_rest(x) -
           stirling_rest(y);
}

/*
 * With a = p s, b = (1 - p) s and s = 1 / rho - 1, n! / (x! y!) B(a + x, b + y) / B(a, b): the powers
 * in Stirling's formula of its gammas make four divergences, of x / n and of p from the risk of all
 * n + s together, each as small as the answer, whereas the gammas of n people have its digits left
 * over only where n is small. All differences are d, which rho -> 0 leaves at x - n p.
 */
double tq_beta_binomial_log(double x, double n, double p, double rho)
{
    const double s = (1.0 - rho) / rho, y = n - x, a = p * s, b = (1.0 - p) * s;

    if (!(s < 1e300)) {
        return tq_binomial_slopes(x, n, log(p / (1.0 - p))).ll;
    }
    const double risk = (a + x) / (s + n), rest = (b + y) / (s + n),
                 d = (x - n * p) / (1.0 + n / s);
    const double apart = divergence(x, n * risk, d) + divergence(y, n * rest, -d) +
                         divergence(a, s * risk, -d) + divergence(b, s * rest, d);

    return log_ways(x, y) - apart + 0.5 * (log1p(n / s) - log1p(x / a) - log1p(y / b)) +
           (stirling_rest(a + x) - stirling_rest(a)) + (stirling_rest(b + y) - stirling_rest(b)) -
           (stirling_rest(s + n) - stirling_rest(s));
}

/*
 * The parameters are the logits of the groups, then the square roots of gamma = rho / (1 - rho), in
 * which the likelihood is even: rho = 0 is a stationary point, not an edge.
 */
enum { MOST = 4 };

typedef struct {
    const tq_beta_binomial_problem *in;
    size_t groups, rhos;
} likelihood;

static double rho_of(double root)
{
    return root * root / (1.0 + root * root);
}

static double minus_ll(const double *x, double *gradient, void *context)
{
    const likelihood *l = context;
    double ll = 0.0;

    (void)gradient;
    for (size_t j = 0; j < l->groups; j++) {
        const double p = 1.0 / (1.0 + exp(-x[j]));
        const double rho = l->rhos > 0 ? rho_of(x[l->groups + (l->rhos > 1 ? j : 0)]) : 0.0;

        if (!(p > 0.0 && p < 1.0)) {
            return INFINITY;
        }
        for (size_t i = 0; i < l->in->k; i++) {
            const tq_count_study *s = &l->in->study[i];

            ll += j == 0 ? tq_beta_binomial_log(s->x1, s->n1, p, rho)
                         : tq_beta_binomial_log(s->x2, s->n2, p, rho);
        }
    }
    return -ll;
}

/* The pooled logits, where the binomial likelihood is highest. */
static tq_status start(const likelihood *l, double *x, tq_error *err)
{
    for (size_t j = 0; j < l->groups; j++) {
        double events = 0.0, size = 0.0;

        for (size_t i = 0; i < l->in->k; i++) {
            events += j == 0 ? l->in->study[i].x1 : l->in->study[i].x2;
            size += j == 0 ? l->in->study[i].n1 : l->in->study[i].n2;
        }
        if (!(events > 0.0 && events < size)) {
            return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                           "group %zu has %s in any study: its risk has no logit", j + 1,
                           events > 0.0 ? "nothing but events" : "no events");
        }
        x[j] = log(events / (size - events));
    }
    return TQ_OK;
}

/* The highest maximum with rho > 0 that a start leads to, unless rho = 0 is as high. */
static tq_status search(const likelihood *l, double *x, double *f, int *iterations, tq_error *err)
{
    static const double starts[] = {0.05, 0.3, 1.0};
    const size_t n = l->groups + l->rhos;
    double work[TQ_MINIMISE_WORK(MOST)], equal[MOST] = {0.0};
    tq_minimise_options o = tq_minimise_defaults();
    likelihood free = *l;

    o.numeric = 1;
    o.tol = fmax(1e-9, l->in->tol);
    o.max_iter = l->in->max_iter;
    memcpy(equal, x, l->groups * sizeof *x);
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        double trial[MOST];
        tq_minimum found = {0};

        memcpy(trial, equal, sizeof trial);
        for (size_t j = 0; j < l->rhos; j++) {
            trial[l->groups + j] = starts[s];
        }
        const tq_status status = tq_minimise(n, minus_ll, &free, &o, trial, work, &found, err);

        *iterations += found.iterations;
        if (status != TQ_OK) {
            return status;
        }
        if (found.value < *f - 1e-11 * fmax(1.0, fabs(*f))) {
            *f = found.value;
            memcpy(x, trial, n * sizeof *x);
        }
    }
    return TQ_OK;
}

/* A correlation at 0 is at its limit: it is even there, and tells nothing of the logits. */
static tq_status covariance(const likelihood *l, double *x, double cov[3], tq_error *err)
{
    const size_t n = l->groups + l->rhos;
    double H[MOST * MOST], logdet;
    likelihood at = *l;
    tq_status status = tq_hessian(n, minus_ll, &at, NULL, x, H, NULL, err);

    for (size_t j = l->groups; status == TQ_OK && j < n; j++) {
        for (size_t m = 0; m < n && fabs(x[j]) < 1e-4; m++) {
            H[j + n * m] = H[m + n * j] = m == j ? 1.0 : 0.0;
        }
    }
    if (status == TQ_OK && tq_invert_spd(n, H, &logdet, NULL) != TQ_OK) {
        status = tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                         "the likelihood has no curvature at its maximum: the counts do not tell "
                         "risks and correlation apart");
    }
    cov[0] = H[0];
    cov[1] = l->groups > 1 ? H[1] : (double)NAN;
    cov[2] = l->groups > 1 ? H[1 + n] : (double)NAN;
    return status;
}

tq_status tq_beta_binomial_maximise(const tq_beta_binomial_problem *in, tq_beta_binomial_fit *out,
                                    tq_error *err)
{
    const size_t groups = (size_t)in->groups;
    likelihood l = {in, groups, groups == 2 && in->separate ? 2 : 1}, binomial = {in, groups, 0};
    double x[MOST] = {0.0}, f;
    tq_beta_binomial_fit fit = {.logit = {NAN, NAN}, .rho = {NAN, NAN}};
    tq_status status = start(&l, x, err);

    tq_gsl_quiet();
    if (status != TQ_OK) {
        return status;
    }
    f = minus_ll(x, NULL, &binomial);
    fit.ll_binomial = -f;
    if (in->k > 1) {
        status = search(&l, x, &f, &fit.iterations, err);
    }
    if (status == TQ_OK) {
        status = covariance(in->k > 1 ? &l : &binomial, x, fit.cov, err);
    }
    if (status != TQ_OK) {
        return status;
    }
    fit.ll = -f;
    fit.rhos = l.rhos;
    fit.parameters = groups + l.rhos;
    for (size_t j = 0; j < groups; j++) {
        fit.logit[j] = x[j];
        fit.rho[j] = rho_of(x[groups + (l.rhos > 1 ? j : 0)]);
    }
    *out = fit;
    return TQ_OK;
}
