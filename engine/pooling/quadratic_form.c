/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distribution of Q = y'Py with fixed weights ai, y ~ N(X beta, diag(di)), di = vi + tau2.
 *
 * Q is a weighted sum of k - p chi-squares. Its Laplace transform needs no eigenvalues: by the
 * determinant lemma, with ci = ai / (1 + 2 z ai di) and C = diag(ci),
 *
 *     E[exp(-z Q)] = prod (1 + 2 z ai di)^(-1/2)  ( |X'CX| / |X'AX| )^(-1/2),
 *
 * O(k p^2) for one z, whatever the spread of the weights. The distribution function is its inverse
 * transform (Bromwich integral of E[exp(-zQ)] exp(zq) / z), taken along the parabola
 * z(u) = mu (1 + iu)^2 with the trapezoidal rule: Weideman & Trefethen (2007), Math. Comp.
 * 76:1341-1356, sec. 2, h = 3/N, mu = pi N / (12 q), whose error is O(exp(-2 pi N / 3)).
 * All singularities lie on the negative real axis, which the parabola surrounds.
 */
#include "pooling/quadratic_form_internal.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "linalg/dense.h"
#include "optim/root.h"

/* exp(-2 pi 20 / 3) = 6e-19 leaves room for its factor, which grows with k - p (1e5 at k = 30). */
enum { NODES = 20 };

static const double PI = 3.14159265358979323846; /* acos(-1) */

/*
 * log of the determinant of G + i H [p x p], both symmetric, by LDL' in place without pivoting. Every
 * weight ci lies in a cone narrower than a half plane and so does every pivot: the principal
 * logarithms of the pivots add up on one branch.
 */
static double complex log_determinant(size_t p, double *G, double *H)
{
    double complex sum = 0.0;

    for (size_t j = 0; j < p; j++) {
        const double complex pivot = CMPLX(G[j + j * p], H[j + j * p]);

        sum += clog(pivot);
        for (size_t a = j + 1; a < p; a++) {
            const double complex factor = CMPLX(G[a + j * p], H[a + j * p]) / pivot;

            for (size_t b = j + 1; b < p; b++) {
                const double complex change = factor * CMPLX(G[j + b * p], H[j + b * p]);

                G[a + b * p] -= creal(change);
                H[a + b * p] -= cimag(change);
            }
        }
    }
    return sum;
}

/* log |X'CX| for the complex weights re + i im [k]. */
static double complex log_gram(tq_pool_work *g, const double *re, const double *im)
{
    if (g->mean_only) {
        double x = 0.0, y = 0.0;

        for (size_t i = 0; i < g->k; i++) {
            x += re[i];
            y += im[i];
        }
        return clog(CMPLX(x, y));
    }
    tq_gram(g->k, g->p, g->Q, re, g->B);
    tq_gram(g->k, g->p, g->Q, im, g->C);
    return log_determinant(g->p, g->B, g->C);
}

/* log E[exp(-zQ)] at tau2 = t; base is log |X'AX|. */
static double complex log_transform(tq_pool_work *g, double t, double complex z,
                                    double complex base)
{
    double complex sum = 0.0;

    for (size_t i = 0; i < g->k; i++) {
        const double complex factor = 1.0 + 2.0 * z * (g->a[i] * (g->v[i] + t));
        const double complex c = g->a[i] / factor;

        sum += clog(factor);
        g->u[i] = creal(c);
        g->r[i] = cimag(c);
    }
    return -0.5 * (sum + log_gram(g, g->u, g->r) - base);
}

double quadratic_form_cdf(tq_pool_work *g, double t, double q)
{
    if (!(q > 0.0)) {
        return 0.0;
    }
    const double h = 3.0 / NODES, mu = PI * NODES / (12.0 * q);
    double sum = 0.0;

    memset(g->r, 0, g->k * sizeof *g->r);
    const double complex base = log_gram(g, g->a, g->r);

    for (int n = 0; n < NODES; n++) {
        const double complex path = CMPLX(1.0, ((double)n + 0.5) * h);
        const double complex z = mu * path * path;
        const double complex f = cexp(z * q + log_transform(g, t, z, base)) / z;

        sum += cimag(f * (CMPLX(0.0, 2.0 * mu) * path));
    }
    return h / PI * sum;
}

typedef struct {
    tq_pool_work *g;
    double q, prob;
} cdf_context;

static double excess(double t, double *slope, void *context)
{
    const cdf_context *c = context;

    *slope = NAN;
    return quadratic_form_cdf(c->g, t, c->q) - c->prob;
}

tq_status quadratic_form_solve(tq_pool_work *g, const tq_pool_options *opt, double prob, double *t,
                               int *empty)
{
    problem_form form;

    problem_quadratic_form(g, &form);
    cdf_context c = {g, form.Q, prob};
    const tq_root_options root = {opt->tol, g->v_min, opt->max_iter};
    double unused, lo = 0.0, f_lo = excess(0.0, &unused, &c);

    *empty = f_lo < 0.0;
    *t = 0.0;
    if (!(f_lo > 0.0)) {
        return isnan(f_lo) ? TQ_ENOCONV : TQ_OK;
    }
    /* The scale on which the form's mean grows; doubling from there brackets the root. */
    double hi = fmax(form.Q / form.trP, g->v_min), f_hi = excess(hi, &unused, &c);

    for (int n = 0; f_hi > 0.0 && n < opt->max_iter; n++) {
        lo = hi;
        f_lo = f_hi;
        hi *= 2.0;
        f_hi = excess(hi, &unused, &c);
    }
    if (!(f_hi <= 0.0)) {
        return TQ_ENOCONV;
    }
    return tq_root_find(excess, &c, lo, f_lo, hi, f_hi, &root, t, NULL);
}
