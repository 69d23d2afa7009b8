/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Copas & Shi (2001), Stat. Methods Med. Res. 10:251-265, eq. 5. With Vi = tau2 + sigma_i^2, ri = (yi - mu) / sqrt(Vi)
 * and qi = rho sigma_i / sqrt(Vi), the correlation of yi with zi,
 *
 *     log L = sum -log(Vi) / 2 - ri^2 / 2 - log Phi(ui) + log Phi(wi),   wi = (ui + qi ri) / sqrt(1 - qi^2).
 */
#include "bias/copas_internal.h"

#include <math.h>

#include "bias/adjusted.h"
#include "optim/minimise.h"

void copas_select(copas_problem *p, double gamma0, double gamma1)
{
    for (size_t i = 0; i < p->k; i++) {
        p->u[i] = gamma0 + gamma1 / p->s[i];
        const double mills = tq_mills_inverse(p->u[i]);

        /* 0 to 1 by definition; far out, where the two terms cancel, rounding may say otherwise */
        p->c2[i] = fmin(fmax(mills * (p->u[i] + mills), 0.0), 1.0);
    }
}

size_t copas_parameters(const copas_problem *p)
{
    return 2 + (size_t)(p->selection != 0) + (size_t)(p->slope != 0);
}

typedef struct {
    double ll, mu, V, rho; /* value and derivatives; rho: through sigma_i^2 too */
} term;

/* One study; e: its distance from the line, s2: its variance, rho = 0 without selection. */
static term seen_study(double e, double s2, double u, double c2, double tau2, double rho)
{
    const double narrow = 1.0 - c2 * rho * rho, S = s2 / narrow, V = tau2 + S;
    const double dS = 2.0 * rho * c2 * S / narrow;
    const double r = e / sqrt(V), q = rho * sqrt(S / V), left = 1.0 - q * q;
    const double w = (u + q * r) / sqrt(left), m = tq_mills_inverse(w);
    const double w_r = q / sqrt(left), w_q = (r + q * u) / (left * sqrt(left));
    const double by_r = -r + m * w_r;
    term t = {.ll = -0.5 * log(V) - 0.5 * r * r - tq_log_normal_cdf(u) + tq_log_normal_cdf(w)};

    t.mu = -by_r / sqrt(V);
    t.V = -0.5 / V - by_r * (0.5 * r / V) - m * w_q * (0.5 * q / V);
    t.rho = t.V * dS + m * w_q * (sqrt(S / V) + 0.5 * q * dS / S);
    return t;
}

static term plain_study(double e, double s2, double tau2)
{
    const double V = tau2 + s2, r2 = e * e / V;

    return (term){
        .ll = -0.5 * log(V) - 0.5 * r2, .mu = e / V, .V = 0.5 * (r2 - 1.0) / V, .rho = 0.0};
}

double copas_minus_log_likelihood(const double *x, double *gradient, void *problem)
{
    const copas_problem *p = problem;
    const size_t at_slope = p->selection ? COPAS_SLOPE : COPAS_RHO;
    const double tau2 = x[COPAS_TAU] * x[COPAS_TAU], slope = p->slope ? x[at_slope] : 0.0;
    const double rho = p->selection ? TQ_COPAS_RHO_BOUND * sin(x[COPAS_RHO]) : 0.0;
    double ll = 0.0, mu = 0.0, V = 0.0, by_rho = 0.0, by_slope = 0.0;

    for (size_t i = 0; i < p->k; i++) {
        const double s = p->s[i], e = p->y[i] - x[COPAS_MU] - slope * s;
        const term t = p->selection ? seen_study(e, s * s, p->u[i], p->c2[i], tau2, rho)
                                    : plain_study(e, s * s, tau2);

        ll += t.ll;
        mu += t.mu;
        V += t.V;
        by_rho += t.rho;
        by_slope += t.mu * s;
    }
    if (gradient) {
        gradient[COPAS_MU] = -mu;
        gradient[COPAS_TAU] = -2.0 * x[COPAS_TAU] * V;
        if (p->selection) {
            gradient[COPAS_RHO] = -by_rho * TQ_COPAS_RHO_BOUND * cos(x[COPAS_RHO]);
        }
        if (p->slope) {
            gradient[at_slope] = -by_slope;
        }
    }
    return -ll;
}

static void search(copas_problem *p, const double *start, int *any, copas_maximum *best)
{
    double x[COPAS_PARAMETERS], work[TQ_MINIMISE_WORK(COPAS_PARAMETERS)];
    const size_t n = copas_parameters(p);
    tq_minimum found;

    for (size_t j = 0; j < n; j++) {
        x[j] = start[j];
    }
    const tq_status status =
        tq_minimise(n, copas_minus_log_likelihood, p, NULL, x, work, &found, NULL);

    if (status == TQ_OK && (!*any || found.value < best->value)) {
        for (size_t j = 0; j < n; j++) {
            best->x[j] = x[j];
        }
        best->value = found.value;
        *any = 1;
    }
}

tq_status copas_maximise(copas_problem *p, double mu, double tau2, const copas_maximum *near,
                         copas_maximum *out, tq_error *err)
{
    /* no selection on the effect, and hardly any to nearly all, in either direction */
    static const double angles[] = {0.1, -0.1, 0.9, -0.9, 1.5, -1.5};
    const double taus[] = {sqrt(tau2) + 0.1, 0.3 * sqrt(tau2) + 0.02};
    copas_maximum best = {.value = INFINITY};
    int any = 0;

    if (near) {
        search(p, near->x, &any, &best);
    }
    for (size_t j = 0; j < sizeof taus / sizeof *taus; j++) {
        for (size_t i = 0; i < (p->selection ? sizeof angles / sizeof *angles : 1); i++) {
            const double start[COPAS_PARAMETERS] = {mu, taus[j], p->selection ? angles[i] : 0.0};

            search(p, start, &any, &best);
        }
    }
    if (!any) {
        return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                       "the Copas model: no search for the maximum of its likelihood ended");
    }
    *out = best;
    return TQ_OK;
}
