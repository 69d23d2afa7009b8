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
#include "core/distributions.h"
#include "optim/minimise.h"

void copas_select(copas_problem *p, double gamma0, double gamma1)
{
    p->log_seen = 0.0;
    for (size_t i = 0; i < p->k; i++) {
        p->u[i] = gamma0 + gamma1 / p->s[i];
        p->log_seen += tq_log_normal_cdf(p->u[i]);
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

/* One study without its log Phi(ui); e: its distance from the line, s2: its variance, rho = 0 without selection. */
static term seen_study(double e, double s2, double u, double c2, double tau2, double rho)
{
    const double narrow = 1.0 - c2 * rho * rho, S = s2 / narrow, V = tau2 + S;
    const double dS = 2.0 * rho * c2 * S / narrow;
    const double r = e / sqrt(V), q = rho * sqrt(S / V), left = 1.0 - q * q;
    const double w = (u + q * r) / sqrt(left), log_w = tq_log_normal_cdf(w);
    const double m = exp(-0.5 * (w * w + TQ_LOG_2PI) - log_w); /* its inverse Mills ratio */
    const double w_r = q / sqrt(left), w_q = (r + q * u) / (left * sqrt(left));
    const double by_r = -r + m * w_r;
    term t = {.ll = -0.5 * log(V) - 0.5 * r * r + log_w};

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
    double ll = p->selection ? -p->log_seen : 0.0;
    double mu = 0.0, V = 0.0, by_rho = 0.0, by_slope = 0.0;

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

/* Places to start from: no selection on the effect to nearly all of it, in one direction. */
enum { ANGLES = 3, TAUS = 2, STARTS = ANGLES * TAUS };
/* Studies from which on likelihoods are smooth enough for half of them. */
enum { MANY = 300 };

static void make_starts(const copas_problem *p, const copas_start *at, double direction,
                        double start[STARTS][COPAS_PARAMETERS])
{
    static const double angles[ANGLES] = {0.1, 0.9, 1.5};
    const double tau = sqrt(at->tau2), taus[TAUS] = {tau + 0.1, 0.3 * tau + 0.02};
    const size_t at_slope = p->selection ? COPAS_SLOPE : COPAS_RHO;

    for (size_t i = 0; i < STARTS; i++) {
        start[i][COPAS_MU] = at->mu;
        start[i][COPAS_TAU] = taus[i / ANGLES];
        start[i][COPAS_RHO] = direction * angles[i % ANGLES];
        start[i][at_slope] = p->slope || !p->selection ? at->slope : 0.0;
    }
}

/* Search from all of them, or with fewer for each angle from the one of higher likelihood. */
static void search_from(copas_problem *p, double start[STARTS][COPAS_PARAMETERS], int fewer,
                        int *any, copas_maximum *best)
{
    for (size_t i = 0; i < ANGLES; i++) {
        double *const one = start[i], *const other = start[i + ANGLES];

        if (!fewer) {
            search(p, one, any, best);
            search(p, other, any, best);
        } else {
            const int first = copas_minus_log_likelihood(one, NULL, p) <=
                              copas_minus_log_likelihood(other, NULL, p);

            search(p, first ? one : other, any, best);
        }
    }
}

tq_status copas_maximise(copas_problem *p, const copas_start *from, const copas_maximum *near,
                         copas_maximum *out, tq_error *err)
{
    double start[STARTS][COPAS_PARAMETERS];
    copas_maximum best = {.value = INFINITY};
    int any = 0;

    if (near) {
        search(p, near->x, &any, &best);
    }
    for (double direction = 1.0; direction >= (p->selection ? -1.0 : 1.0); direction -= 2.0) {
        make_starts(p, from, direction, start);
        search_from(p, start, any && p->k > MANY, &any, &best);
    }
    if (!any) {
        return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                       "the Copas model: no search for the maximum of its likelihood ended");
    }
    *out = best;
    return TQ_OK;
}
