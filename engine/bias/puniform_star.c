/* SPDX-License-Identifier: GPL-3.0-or-later */
/* p-uniform*: van Aert & van Assen (2026), Psychon. Bull. Rev. 33, eq. 4; intervals by profile likelihood. */
#include <math.h>
#include <stdio.h>

#include "bias/puniform_internal.h"
#include "core/distributions.h"
#include "optim/minimise.h"
#include "optim/root.h"

enum { MU, TAU, PARAMETERS };

/* A search that ends at tau2 = 0 leaves this much of a squared standard error at most. */
#define RESIDUE 1e-14

/* The likelihood in units; either parameter may be held. Searches are over mu and t, tau2 = t^2, so that
   they may rest at tau2 = 0. */
typedef struct {
    const turned_studies *t;
    double unit;
    int held;          /* MU, TAU, or PARAMETERS: neither */
    double at;         /* the value held, mu or t, in units */
    double best, goal; /* of minus log L, for limits */
    double other;      /* where the other parameter was found last */
} star;

static double minus_log_likelihood(double mu, double t, const star *s, double gradient[PARAMETERS])
{
    double ll = 0.0, by_mu = 0.0, by_V = 0.0;

    for (size_t i = 0; i < s->t->k; i++) {
        const double se = s->t->s[i] / s->unit, y = s->t->y[i] / s->unit;
        const double V = se * se + t * t, root = sqrt(V), r = (y - mu) / root;
        const double h = (s->t->critical * se - mu) / root;
        const double side = s->t->affirmative[i] ? -1.0 : 1.0; /* P(Y beyond) = Phi(side h) */
        const double m = side * tq_mills_inverse(side * h);

        ll += -0.5 * log(V) - 0.5 * r * r - tq_log_normal_cdf(side * h);
        by_mu += (r + m) / root;
        by_V += 0.5 * (r * r - 1.0 + m * h) / V;
    }
    if (gradient) {
        gradient[MU] = -by_mu;
        gradient[TAU] = -2.0 * t * by_V;
    }
    return -ll;
}

/* A tq_smooth_fn of what is not held. */
static double objective(const double *x, double *gradient, void *context)
{
    const star *s = context;
    const double mu = s->held == MU ? s->at : x[0];
    const double t = s->held == TAU ? s->at : x[s->held == MU ? 0 : 1];
    double both[PARAMETERS];
    const double value = minus_log_likelihood(mu, t, s, gradient ? both : NULL);

    if (gradient && s->held == PARAMETERS) {
        gradient[0] = both[MU];
        gradient[1] = both[TAU];
    } else if (gradient) {
        gradient[0] = both[s->held == MU ? TAU : MU];
    }
    return value;
}

/* The lowest of searches; x[2] in: a place to start from, out: mu and t. Infinite: none ended. */
static double minimise(star *s, double x[PARAMETERS])
{
    static const double ts[] = {0.05, 1.0, 4.0};
    const size_t n = s->held == PARAMETERS ? 2 : 1;
    double best = INFINITY, work[TQ_MINIMISE_WORK(PARAMETERS)];
    const double from[PARAMETERS] = {x[MU], x[TAU]};

    for (size_t j = 0; j < 1 + sizeof ts / sizeof *ts; j++) {
        const double t = j == 0 ? from[TAU] + 0.01 : ts[j - 1];
        double at[PARAMETERS] = {from[MU], t};
        tq_minimum found;

        if (s->held == MU) {
            at[0] = t;
        }
        if (s->held == TAU && j > 0) {
            break; /* the likelihood has one peak along mu */
        }
        if (tq_minimise(n, objective, s, NULL, at, work, &found, NULL) == TQ_OK &&
            found.value < best) {
            best = found.value;
            x[MU] = s->held == MU ? s->at : at[0];
            x[TAU] = fabs(s->held == TAU ? s->at : at[s->held == MU ? 0 : 1]);
        }
    }
    return best;
}

/* What the profile lies above the goal at a value of mu, or of t, of which the limit is sought. */
static double profile_off(double value, double *slope, void *context)
{
    star *s = context;
    double x[PARAMETERS] = {s->held == TAU ? s->other : value, s->held == TAU ? value : s->other};

    if (slope) {
        *slope = NAN;
    }
    s->at = value;
    const double low = minimise(s, x);

    s->other = s->held == TAU ? x[MU] : x[TAU];
    return low - s->goal;
}

/* The limit of a parameter in a direction; infinite where the profile never rises enough. */
static double limit(star *s, const double at[PARAMETERS], double direction)
{
    const tq_root_options opt = {.tol = 1e-9, .scale = 1.0, .max_iter = 200};
    const double from = at[s->held];
    double near = from, f_near = s->best - s->goal, step = 0.25, root = NAN;

    s->other = at[s->held == TAU ? MU : TAU];
    for (int i = 0; i < 16; i++, step *= 1.7) {
        double far = near + direction * step;

        far = s->held == TAU ? fmax(far, 0.0) : far;
        const double f_far = profile_off(far, NULL, s);

        if (f_far >= 0.0) {
            return tq_root_find(profile_off, s, fmin(near, far), direction > 0.0 ? f_near : f_far,
                                fmax(near, far), direction > 0.0 ? f_far : f_near, &opt, &root,
                                NULL) == TQ_OK
                       ? root
                       : (double)NAN;
        }
        if (s->held == TAU && far == 0.0) {
            return 0.0;
        }
        near = far;
        f_near = f_far;
    }
    return direction * INFINITY;
}

static tq_statistic ratio_test(double held, double best, double df)
{
    const double ratio = fmax(0.0, 2.0 * (held - best));

    return (tq_statistic){ratio, df, tq_chisq_upper(ratio, df)};
}

/* Minus log L with a parameter held at a value in units. */
static double held_at(star s, int which, double value, const double near[PARAMETERS])
{
    double x[PARAMETERS] = {near[MU], near[TAU]};

    s.held = which;
    s.at = value;
    x[which] = value;
    return minimise(&s, x);
}

static void limits(star *s, const double at[PARAMETERS], tq_puniform *out)
{
    const double drop = 0.5 * tq_chisq_quantile(out->level / 100.0, 1.0);

    s->goal = s->best + drop;
    s->held = MU;
    out->star_lb = s->unit * limit(s, at, -1.0);
    out->star_ub = s->unit * limit(s, at, 1.0);
    s->held = TAU;
    const double low = s->unit * limit(s, at, -1.0), high = s->unit * limit(s, at, 1.0);

    out->star_tau2_lb = low * low;
    out->star_tau2_ub = high * high;
}

void puniform_star(const turned_studies *t, tq_puniform *out)
{
    const double random_mean = t->sign * (out->random_effects.est - t->null_value);
    star s = {.t = t, .held = PARAMETERS};
    double sum = 0.0;

    for (size_t i = 0; i < t->k; i++) {
        sum += 1.0 / t->s[i];
    }
    s.unit = (double)t->k / sum;
    const double random_tau = sqrt(out->random_tau2) / s.unit;
    double x[PARAMETERS] = {random_mean / s.unit, random_tau};
    const double far = 100.0 + 10.0 * (fabs(x[MU]) + x[TAU]);

    s.best = minimise(&s, x);
    if (!isfinite(s.best) || fabs(x[MU]) > far || x[TAU] > far) {
        snprintf(out->star_why, sizeof out->star_why,
                 "the likelihood of p-uniform* rises without end: %s",
                 t->n_affirmative == t->k ? "every study is significant, and narrowly so"
                 : t->n_affirmative == 0  ? "no study is significant on the favoured side"
                                         : "the studies do not determine effect and heterogeneity");
        return;
    }
    out->star_est = s.unit * x[MU];
    out->star_tau2 = x[TAU] * x[TAU] > RESIDUE ? s.unit * s.unit * x[TAU] * x[TAU] : 0.0;
    out->star_ll = -s.best - (double)t->k * (0.5 * TQ_LOG_2PI + log(s.unit));
    out->star_effect = ratio_test(held_at(s, MU, 0.0, x), s.best, 1.0);
    out->star_tau2_test = ratio_test(held_at(s, TAU, 0.0, x), s.best, 1.0);
    out->star_bias =
        ratio_test(minus_log_likelihood(random_mean / s.unit, random_tau, &s, NULL), s.best, 2.0);
    limits(&s, x, out);
}
