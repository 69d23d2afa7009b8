/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The maximum of a selection model's likelihood: Newton steps on the parameters that are not held at
 * their bound 0, with a ridge where the likelihood is not concave (Bertsekas 1982, SIAM J. Control
 * Optim. 20:221-246), and the profile of one parameter.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "bias/selmodel_internal.h"
#include "linalg/dense.h"
#include "optim/root.h"

/* Weights that are parameters themselves stay above 0 while studies have them. */
static int is_positive(const sel_problem *m, size_t j)
{
    return j > m->p && !m->family->weight;
}

size_t sel_free(sel_problem *m)
{
    size_t n = 0;

    for (size_t j = 0; j < m->n; j++) {
        const int held = j >= m->p && m->theta[j] <= 0.0 && m->gradient[j] <= 0.0;

        if (!m->fixed[j] && !held) {
            m->index[n++] = j;
        }
    }
    return n;
}

/* Step of the free parameters into m->move; the slope along it. */
static double newton_step(sel_problem *m)
{
    const size_t n = sel_free(m);
    double ridge = 0.0, slope = 0.0, logdet;

    memset(m->move, 0, m->n * sizeof *m->move);
    for (int tries = 0; n > 0 && tries < 60; tries++) {
        for (size_t a = 0; a < n; a++) {
            for (size_t b = 0; b < n; b++) {
                m->F[a + b * n] = m->J[m->index[a] + m->index[b] * m->n];
            }
            m->F[a + a * n] += ridge * (fabs(m->F[a + a * n]) + DBL_MIN);
        }
        if (tq_invert_spd(n, m->F, &logdet, NULL) == TQ_OK && isfinite(logdet)) {
            break;
        }
        ridge = ridge > 0.0 ? 4.0 * ridge : 1e-3;
        if (tries == 59) {
            return NAN;
        }
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            m->move[m->index[a]] += m->F[a + b * n] * m->gradient[m->index[b]];
        }
        slope += m->move[m->index[a]] * m->gradient[m->index[a]];
    }
    return slope;
}

/* The share of the step that keeps a parameter within reach of where the Hessian was taken. */
static double longest(const sel_problem *m)
{
    const double width = 5.0 * sqrt(1.0 + m->theta[m->p]);
    double share = 1.0;

    for (size_t j = 0; j < m->n; j++) {
        const double reach = j < m->p ? width : 4.0 * m->theta[j] + 1.0;

        if (j < m->p ? fabs(m->move[j]) > reach * share : m->move[j] * share > reach) {
            share = fmin(share, reach / fabs(m->move[j]));
        }
    }
    return share;
}

/* m->trial = the point a share of the step away, inside the bounds; what the slope promises there. */
static double try_step(sel_problem *m, double share)
{
    double promise = 0.0;

    for (size_t j = 0; j < m->n; j++) {
        const double least = j < m->p                            ? -(double)INFINITY
                             : is_positive(m, j) && !m->fixed[j] ? 0.1 * m->theta[j]
                                                                 : 0.0;

        m->trial[j] = m->theta[j] + share * m->move[j];
        if (m->move[j] != 0.0 && m->trial[j] < least) {
            m->trial[j] = least;
        }
        promise += m->gradient[j] * (m->trial[j] - m->theta[j]);
    }
    return promise;
}

/* 0: nothing is gained along the step. */
static int advance(sel_problem *m, double from)
{
    double share = longest(m);

    for (int n = 0; n < 40; n++, share *= 0.5) {
        const double promise = try_step(m, share);
        const double at = sel_evaluate(m, m->trial, 0);

        if (at >= from + 1e-4 * promise && at > from) {
            memcpy(m->theta, m->trial, m->n * sizeof *m->theta);
            return 1;
        }
    }
    return 0;
}

/* Beyond these the likelihood has no maximum that data of such a size could support. */
static const double MOST_DELTA = 1e5, MOST_TAU2 = 1e7;

static int is_unbounded(const sel_problem *m)
{
    for (size_t j = m->p; j < m->n; j++) {
        if (!m->fixed[j] && m->theta[j] > (j == m->p ? MOST_TAU2 : MOST_DELTA)) {
            return 1;
        }
    }
    return 0;
}

sel_end sel_climb(sel_problem *m, int max_iter, double *ll, int *iterations)
{
    double before = INFINITY;

    for (int n = 0; n < max_iter; n++) {
        *ll = sel_evaluate(m, m->theta, 1);
        *iterations = n;
        if (!isfinite(*ll)) {
            return SEL_LOST;
        }
        if (is_unbounded(m)) {
            return SEL_UNBOUNDED;
        }
        const double slope = newton_step(m);

        if (!isfinite(slope)) {
            return SEL_LOST;
        }
        if (slope < 1e-9 * (1.0 + fabs(*ll))) {
            /* Steps shrink quadratically until rounding of the gradient stops them. */
            if (slope <= 1e-20 || slope > 0.5 * before) {
                return SEL_CLIMBED;
            }
            before = slope;
            try_step(m, longest(m));
            memcpy(m->theta, m->trial, m->n * sizeof *m->theta);
        } else if (!advance(m, *ll)) {
            return SEL_LOST;
        }
    }
    return SEL_LOST;
}

/* ---- profile likelihood ---- */

typedef struct {
    sel_problem *m;
    size_t j;
    double ll, drop;
    int failed;
} profile;

/* Twice what the profile log-likelihood lies below its maximum, less the drop. The slope is that of the
   full likelihood at the maximum over the others. */
static double excess(double x, double *slope, void *context)
{
    profile *f = context;
    double ll;
    int iterations;

    f->m->theta[f->j] = x;
    const sel_end end = sel_climb(f->m, 200, &ll, &iterations);

    if (end == SEL_LOST && !isfinite(ll)) {
        *slope = NAN;
        return INFINITY;
    }
    f->failed |= end != SEL_CLIMBED;
    *slope = -2.0 * f->m->gradient[f->j];
    return 2.0 * (f->ll - ll) - f->drop;
}

/* From the estimate outwards, towards 0 or to where the limit is as good as infinite. */
static int bracket(profile *f, int side, double est, double *x, double *at)
{
    const double bound = f->j == f->m->p ? MOST_TAU2 : MOST_DELTA;
    const int positive = is_positive(f->m, f->j);
    double step = fmax(0.5 * est, 0.05), slope;

    for (int n = 0; n < 60; n++) {
        double next = side > 0 ? *x + step : positive ? 0.5 * *x : fmax(0.0, *x - step);

        next = fmin(next, bound);
        const double value = excess(next, &slope, f);

        if (value >= 0.0 || next == *x || next == bound || (side < 0 && next == 0.0)) {
            *at = value;
            const double inner = *x;

            *x = next;
            return value >= 0.0 ? (int)(inner != next) : -1;
        }
        *x = next;
        step *= 2.0;
    }
    *at = NAN;
    return -1;
}

int sel_profile(sel_problem *m, size_t j, int side, double ll, double drop, double *limit)
{
    const tq_root_options opt = {1e-9, 1e-6, 200};
    profile f = {m, j, ll, drop, 0};
    const double est = m->theta[j];
    double x = est, at = 0.0;
    int ok = 1;

    memcpy(m->start, m->theta, m->n * sizeof *m->theta);
    if (side < 0 && est <= 0.0) {
        *limit = 0.0;
        return 1;
    }
    m->fixed[j] = 1;
    const int crossed = bracket(&f, side, est, &x, &at);

    if (crossed < 0) { /* the whole way is within the drop */
        *limit = side < 0 ? 0.0 : (double)INFINITY;
    } else if (isfinite(at)) {
        memcpy(m->theta, m->start, m->n * sizeof *m->theta);
        const double lo = side < 0 ? x : est, hi = side < 0 ? est : x;
        const double f_lo = side < 0 ? at : -drop, f_hi = side < 0 ? -drop : at;

        ok = tq_root_find(excess, &f, lo, f_lo, hi, f_hi, &opt, limit, NULL) == TQ_OK;
    } else {
        ok = 0;
    }
    m->fixed[j] = 0;
    memcpy(m->theta, m->start, m->n * sizeof *m->theta);
    return ok && !f.failed;
}
