/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The maximum of the likelihood of a location-scale model: Newton's method from several starts, with
 * steps held back where the likelihood is not concave or does not rise. The log link may have its
 * maximum at infinity (tau2_i -> 0); the identity link keeps tau2_i >= 0 by a logarithmic barrier whose
 * weight falls to nothing (Nocedal & Wright 2006, Numerical Optimization, 2nd ed., sec. 19.6).
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "pooling/location_scale_internal.h"

int ls_solve(size_t n, double *M, const double *b, double *x)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = j; i < n; i++) {
            double sum = M[i + j * n];

            for (size_t l = 0; l < j; l++) {
                sum -= M[i + l * n] * M[j + l * n];
            }
            if (i == j) {
                if (!(sum > DBL_EPSILON * fabs(M[j + j * n]) && sum > DBL_MIN)) {
                    return 0;
                }
                M[j + j * n] = sqrt(sum);
            } else {
                M[i + j * n] = sum / M[j + j * n];
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        x[i] = b[i];
        for (size_t l = 0; l < i; l++) {
            x[i] -= M[i + l * n] * x[l];
        }
        x[i] /= M[i + i * n];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t l = i + 1; l < n; l++) {
            x[i] -= M[l + i * n] * x[l];
        }
        x[i] /= M[i + i * n];
    }
    return 1;
}

/* The Newton step into m->step, J made positive definite by as much of the identity as it takes;
   returns gradient' step. */
static double newton_step(ls_problem *m)
{
    const size_t q = m->q;
    double trace = 0.0, ridge = 0.0, slope = 0.0;

    for (size_t a = 0; a < q; a++) {
        trace += fabs(m->J[a + a * q]);
    }
    for (int n = 0; n < 60; n++) {
        memcpy(m->F, m->J, q * q * sizeof *m->F);
        for (size_t a = 0; a < q; a++) {
            m->F[a + a * q] += ridge;
        }
        if (ls_solve(q, m->F, m->gradient, m->step)) {
            break;
        }
        ridge = ridge > 0.0 ? 4.0 * ridge : 1e-9 * trace + DBL_MIN;
        memset(m->step, 0, q * sizeof *m->step);
    }
    for (size_t a = 0; a < q; a++) {
        slope += m->gradient[a] * m->step[a];
    }
    return slope;
}

/* The share of the step at which tau2_i of the log link has changed by a factor of exp(4). What happens
   below a ten-billionth of vi does not count: there the likelihood no longer sees it. */
static double within_log(const ls_problem *m, size_t i, double change)
{
    const double most = 4.0, above = log(m->tau2[i]) - log(1e-10 * m->vi[i]);

    if (above >= 0.0) {
        return most / fabs(change);
    }
    return change > 0.0 ? (most - above) / change : INFINITY;
}

/* The share of a step that may be taken: see above, and with the identity link at most 99% of the way to
   where a tau2_i is 0. */
static double longest(const ls_problem *m)
{
    double share = 1.0;

    for (size_t i = 0; i < m->k; i++) {
        double change = 0.0;

        for (size_t a = 0; a < m->q; a++) {
            change += m->Z[i + a * m->k] * m->step[a];
        }
        if (m->link == TQ_LINK_LOG) {
            share = fmin(share, within_log(m, i, change));
        } else if (m->tau2[i] + share * change < 0.0) {
            share = 0.99 * m->tau2[i] / -change;
        }
    }
    return share;
}

/* Along the step from m->gamma, where the log-likelihood is `from`; 0 when nothing is gained. */
static int advance(ls_problem *m, double from, double slope)
{
    double share = longest(m);

    for (int n = 0; n < 40; n++, share *= 0.5) {
        for (size_t a = 0; a < m->q; a++) {
            m->trial[a] = m->gamma[a] + share * m->step[a];
        }
        const double at = ls_evaluate(m, m->trial, 0);

        if (at >= from + 1e-4 * share * slope && at > from) {
            memcpy(m->gamma, m->trial, m->q * sizeof *m->gamma);
            return 1;
        }
    }
    return 0;
}

/* A maximum at infinity: a long step gains next to nothing. */
static int is_flat(const ls_problem *m, double slope)
{
    double length = 0.0;

    for (size_t a = 0; a < m->q; a++) {
        length += m->step[a] * m->step[a];
    }
    return m->link == TQ_LINK_LOG && slope < 1e-9 && slope < 1e-7 * length;
}

typedef enum { CLIMBED, FLAT, LOST } climb_end;

/* The whole step, where rounding of the log-likelihood hides what it gains. */
static void polish(ls_problem *m)
{
    const double share = longest(m);

    for (size_t a = 0; a < m->q; a++) {
        m->gamma[a] += share * m->step[a];
    }
}

/* From m->gamma to a maximum near it. */
static climb_end climb(ls_problem *m, const tq_pool_options *opt, ls_maximum *out)
{
    double before = INFINITY;

    for (int n = 0; n < opt->max_iter; n++) {
        const double at = ls_evaluate(m, m->gamma, 1);

        out->loglik = at;
        out->iterations = n;
        if (!isfinite(at)) {
            return LOST;
        }
        const double slope = newton_step(m);

        if (is_flat(m, slope)) {
            return FLAT;
        }
        if (slope < 1e-9 * (1.0 + fabs(at))) {
            /* Steps shrink quadratically until rounding of the gradient stops them. */
            if (slope <= opt->tol * opt->tol || slope > 0.5 * before) {
                return CLIMBED;
            }
            before = slope;
            polish(m);
        } else if (!advance(m, at, slope)) {
            return LOST;
        }
    }
    return LOST;
}

size_t ls_at_zero(const ls_problem *m, double *tau2)
{
    double most = 0.0;
    size_t n = 0;

    for (size_t i = 0; i < m->k; i++) {
        most = fmax(most, m->tau2[i]);
    }
    for (size_t i = 0; i < m->k; i++) {
        /* What the barrier leaves of a 0 is about 1e-12 vi; 1e-6 of the largest is none either. */
        const int zero = m->link == TQ_LINK_IDENTITY &&
                         (m->tau2[i] <= 1e-6 * most || m->tau2[i] <= 1e-9 * m->vi[i]);

        n += (size_t)zero;
        if (tau2) {
            tau2[i] = zero ? 0.0 : m->tau2[i];
        }
    }
    return n;
}

/* The barrier falls from a tenth (1/2 would outweigh the likelihood, which falls as -1/2 log tau2_i
   for large tau2_i) to nothing; where every tau2_i stays positive, the last climb has none. */
static climb_end climb_inside(ls_problem *m, const tq_pool_options *opt, ls_maximum *out)
{
    const double first = 0.1, last = 1e-12;
    climb_end end = CLIMBED;

    for (m->barrier = first; m->barrier >= last && end != LOST; m->barrier *= 0.1) {
        end = climb(m, opt, out);
    }
    m->barrier = 0.0;
    if (end == LOST) {
        return end;
    }
    out->loglik = ls_evaluate(m, m->gamma, 1);
    return ls_at_zero(m, NULL) == 0 ? climb(m, opt, out) : FLAT;
}

/* ---- starts ---- */

/* gamma of the least-squares fit of zi'gamma to target[k] (m->u), by the orthogonality of Z. */
static void fit_link(ls_problem *m)
{
    for (size_t a = 0; a < m->q; a++) {
        m->gamma[a] = 0.0;
        for (size_t i = 0; i < m->k; i++) {
            m->gamma[a] += m->Z[i + a * m->k] * m->u[i] / (double)m->k;
        }
    }
}

/* The n-th start; 0: there is none. tau2: of the model with one tau2; typical: of the vi. Constant
   links at several heights, the regression of log squared residuals (Harvey 1976, Econometrica
   44:461-465), and slopes to both sides. */
static int start(ls_problem *m, size_t n, double tau2, double typical)
{
    static const double height[] = {1.0, 0.05, 10.0};
    const size_t heights = sizeof height / sizeof *height;
    const int identity = m->link == TQ_LINK_IDENTITY;
    const double base = fmax(tau2, 0.02 * typical);

    if (n > heights + 2 * m->q || (identity && n >= heights)) {
        return 0;
    }
    for (size_t i = 0; i < m->k; i++) {
        const double level = base * (n < heights ? height[n] : 1.0);

        m->u[i] = identity ? level : log(level);
    }
    if (n == heights) { /* residuals around the unweighted mean structure */
        for (size_t i = 0; i < m->k; i++) {
            double r = m->yi[i];

            for (size_t a = 0; a < m->p; a++) {
                double b = 0.0;

                for (size_t j = 0; j < m->k; j++) {
                    b += m->X[j + a * m->k] * m->yi[j];
                }
                r -= m->X[i + a * m->k] * b;
            }
            m->u[i] = log(fmax(r * r - m->vi[i], 0.02 * typical));
        }
    }
    fit_link(m);
    if (n > heights) {
        const size_t which = n - heights - 1;

        m->gamma[which / 2] += which % 2 ? -1.5 : 1.5;
    }
    return 1;
}

static double typical_variance(const ls_problem *m)
{
    double sum = 0.0;

    for (size_t i = 0; i < m->k; i++) {
        sum += log(m->vi[i]);
    }
    return exp(sum / (double)m->k);
}

tq_status ls_maximise(ls_problem *m, const tq_pool_options *opt, double tau2, ls_maximum *out,
                      tq_error *err)
{
    const double typical = typical_variance(m);
    int found = 0, feasible = 0;
    size_t n = 0;

    for (; start(m, n, tau2, typical); n++) {
        ls_maximum at = {0};

        if (!isfinite(ls_evaluate(m, m->gamma, 0))) {
            continue;
        }
        feasible = 1;
        const climb_end end = (m->link == TQ_LINK_IDENTITY ? climb_inside : climb)(m, opt, &at);

        /* A later start wins by more than rounding only, so that the first names the maximum. */
        if (end != LOST && (!found || at.loglik > out->loglik + 1e-9 * (1.0 + fabs(at.loglik)))) {
            found = 1;
            *out = at;
            memcpy(m->best, m->gamma, m->q * sizeof *m->best);
        }
    }
    if (!found && m->link == TQ_LINK_IDENTITY && !feasible) {
        return tq_fail(
            err, TQ_EDATA, TQ_NO_ROW, NULL,
            "the identity link needs coefficients that make every tau2 positive; give the "
            "scale an intercept, or use the log link");
    }
    if (!found) {
        return tq_fail(err, TQ_ENOCONV, TQ_NO_ROW, NULL,
                       "the likelihood of the location-scale model was not maximised to %g in %d "
                       "steps",
                       opt->tol, opt->max_iter);
    }
    out->starts = n;
    memcpy(m->gamma, m->best, m->q * sizeof *m->best);
    ls_evaluate(m, m->gamma, 1);
    return TQ_OK;
}
