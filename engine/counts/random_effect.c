/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adaptive Gauss-Hermite quadrature over the effect of one study. */
#include "counts/random_effect.h"

#include <float.h>
#include <math.h>

static const double SMALL_STEP = 1e-4; /* below it Newton steps converge by themselves */

tq_status tq_quadrature_make(size_t n, tq_quadrature *rule, tq_error *err)
{
    const tq_status status = tq_gauss_hermite(n, rule->x, rule->log_w, err);

    if (status == TQ_OK) {
        rule->n = n;
        for (size_t j = 0; j < n; j++) {
            rule->log_w[j] = log(rule->log_w[j]) + 0.5 * rule->x[j] * rule->x[j];
        }
    }
    return status;
}

/*
 * The mode of f(a, mu + tau z) - z^2 / 2: concave with curvature below -1, so Newton steps, halved
 * where they do not raise it, reach it from anywhere. The response there.
 */
static tq_response find_mode(tq_response_fn *f, const tq_count_study *s, double mu, double tau,
                             double a, double *z)
{
    tq_response r = f(s, a, mu + tau * *z);

    for (int iter = 0; iter < 100; iter++) {
        double step = (tau * r.t - *z) / (1.0 - tau * tau * r.tt);
        const double before = r.ll - 0.5 * *z * *z;
        tq_response there;
        for (;; step *= 0.5) { /* rounding hides the rise of a small step, which is right anyway */
            const double next = *z + step;

            there = f(s, a, mu + tau * next);
            if (there.ll - 0.5 * next * next >= before || fabs(step) < SMALL_STEP) {
                break;
            }
        }
        *z += step;
        r = there;
        if (!(fabs(step) > 1e-9 * (1.0 + fabs(*z)))) {
            break;
        }
    }
    return r;
}

/* The limit tau = 0, where moments of z are those of N(0, 1). */
static tq_marginal without_spread(const tq_response *r)
{
    tq_marginal m = {.ll = r->ll, .g = {r->t, 0.0, r->a}};

    m.H[TQ_MU][TQ_MU] = r->tt;
    m.H[TQ_MU][TQ_A] = m.H[TQ_A][TQ_MU] = r->at;
    m.H[TQ_A][TQ_A] = r->aa;
    m.H[TQ_TAU][TQ_TAU] = r->tt + r->t * r->t;
    return m;
}

/* Add weight p of a node at z to the moments that gradient and Hessian are made of. */
static void add_node(tq_marginal *m, const tq_response *r, double z, double p)
{
    const double g[TQ_MARGINAL] = {r->t, z * r->t, r->a};
    const double H[TQ_MARGINAL][TQ_MARGINAL] = {{r->tt, z * r->tt, r->at},
                                                {z * r->tt, z * z * r->tt, z * r->at},
                                                {r->at, z * r->at, r->aa}};

    for (int i = 0; i < TQ_MARGINAL; i++) {
        m->g[i] += p * g[i];
        for (int j = 0; j < TQ_MARGINAL; j++) {
            m->H[i][j] += p * (H[i][j] + g[i] * g[j]);
        }
    }
}

tq_marginal tq_marginal_at(const tq_quadrature *rule, tq_response_fn *f, const tq_count_study *s,
                           double mu, double tau, double a, double *mode)
{
    if (tau == 0.0) {
        const tq_response r = f(s, a, mu);

        return without_spread(&r);
    }
    const tq_response peak = find_mode(f, s, mu, tau, a, mode);
    const double top = peak.ll - 0.5 * *mode * *mode;
    const double sd = 1.0 / sqrt(1.0 - tau * tau * peak.tt);
    tq_marginal m = {0};
    double sum = DBL_MIN; /* lost in any sum: the node at the mode alone counts more */

    for (size_t j = 0; j < rule->n; j++) {
        const double z = *mode + sd * rule->x[j];
        const tq_response r = f(s, a, mu + tau * z);
        const double p = exp(r.ll - 0.5 * z * z - top + rule->log_w[j]);

        if (p > 0.0) { /* a node too far out may have infinite derivatives */
            sum += p;
            add_node(&m, &r, z, p);
        }
    }
    m.ll = top + log(sd) + log(sum);
    for (int i = 0; i < TQ_MARGINAL; i++) {
        m.g[i] /= sum;
    }
    for (int i = 0; i < TQ_MARGINAL; i++) {
        for (int j = 0; j < TQ_MARGINAL; j++) {
            m.H[i][j] = m.H[i][j] / sum - m.g[i] * m.g[j];
        }
    }
    return m;
}

/* Remove the intercept: H - H_a H_a' / H_aa. Its gradient is 0 at the maximum. */
static void profile_out(tq_marginal *m)
{
    for (int i = 0; i < TQ_A; i++) {
        for (int j = 0; j < TQ_A; j++) {
            m->H[i][j] -= m->H[i][TQ_A] * m->H[j][TQ_A] / m->H[TQ_A][TQ_A];
        }
    }
}

/*
 * The marginal likelihood is log-concave in a (Prekopa 1973, Acta Sci. Math. 34:335-343): Newton steps
 * of at most 3, halved where they do not raise it.
 */
tq_marginal tq_marginal_profile(const tq_quadrature *rule, tq_response_fn *f,
                                const tq_count_study *s, double mu, double tau, double *a,
                                double *mode)
{
    tq_marginal m = tq_marginal_at(rule, f, s, mu, tau, *a, mode);

    for (int iter = 0; iter < 100; iter++) {
        double step = fmax(-3.0, fmin(3.0, -m.g[TQ_A] / m.H[TQ_A][TQ_A]));
        tq_marginal there;
        for (;; step *= 0.5) {
            there = tq_marginal_at(rule, f, s, mu, tau, *a + step, mode);
            if (there.ll >= m.ll || fabs(step) < SMALL_STEP) {
                break;
            }
        }
        *a += step;
        m = there;
        if (!(fabs(step) > 1e-9)) {
            break;
        }
    }
    profile_out(&m);
    return m;
}
