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
 * transform, the Bromwich integral of exp(f(z)), f = zq + log E[exp(-zQ)] - log z. The path is a
 * parabola z(y) = s + iy - b y^2 around the singularities, which lie on the negative real axis. Its
 * apex s is near the saddle point, where f has its least value on the positive axis: there the
 * integrand neither cancels nor grows with k. The trapezoidal rule converges geometrically along it:
 * Weideman & Trefethen (2007), Math. Comp. 76:1341-1356; Rice (1980), Biometrika 67:511-517 (saddle
 * point integration for quadratic forms).
 */
#include "pooling/quadratic_form_internal.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "linalg/dense.h"
#include "optim/root.h"

static const double PI = 3.14159265358979323846; /* acos(-1) */

/* C11's CMPLX, which the C library withholds from some compilers; re + im * I would turn inf into NaN. */
static double complex complex_of(double re, double im)
{
    const double parts[2] = {re, im};
    double complex z;

    memcpy(&z, parts, sizeof z); /* the representation that C11 6.2.5p13 promises */
    return z;
}

/*
 * log of the determinant of G + i H [p x p], both symmetric, by LDL' in place without pivoting. Every
 * weight ci lies in a cone narrower than a half plane and so does every pivot: the principal
 * logarithms of the pivots add up on one branch.
 */
static double complex log_determinant(size_t p, double *G, double *H)
{
    double complex sum = 0.0;

    for (size_t j = 0; j < p; j++) {
        const double complex pivot = complex_of(G[j + j * p], H[j + j * p]);

        sum += clog(pivot);
        for (size_t a = j + 1; a < p; a++) {
            const double complex factor = complex_of(G[a + j * p], H[a + j * p]) / pivot;

            for (size_t b = j + 1; b < p; b++) {
                const double complex change = factor * complex_of(G[j + b * p], H[j + b * p]);

                G[a + b * p] -= creal(change);
                H[a + b * p] -= cimag(change);
            }
        }
    }
    return sum;
}

/* log |Z'CZ| for the complex weights re + i im [k]. */
static double complex log_gram(tq_pool_work *g, const double *re, const double *im)
{
    if (g->mean_only) {
        double x = 0.0, y = 0.0;

        for (size_t i = 0; i < g->k; i++) {
            x += re[i];
            y += im[i];
        }
        return clog(complex_of(x, y));
    }
    tq_gram(g->k, g->p, g->Z, re, g->B);
    tq_gram(g->k, g->p, g->Z, im, g->C);
    return log_determinant(g->p, g->B, g->C);
}

/* log E[exp(-zQ)] at tau2 = t; base is log |Z'AZ|. */
static double complex log_transform(tq_pool_work *g, double t, double complex z,
                                    double complex base)
{
    double modulus = 0.0, argument = 0.0;

    /* In real arithmetic: C's complex product and quotient look for infinities each time. */
    for (size_t i = 0; i < g->k; i++) {
        const double twice = 2.0 * g->a[i] * (g->v[i] + t);
        const double re = 1.0 + twice * creal(z), im = twice * cimag(z), size = re * re + im * im;

        modulus += log(size);
        argument += atan2(im, re);
        g->u[i] = g->a[i] * (re / size);
        g->r[i] = -g->a[i] * (im / size);
    }
    const double complex sum = complex_of(0.5 * modulus, argument);

    return -0.5 * (sum + log_gram(g, g->u, g->r) - base);
}

/* The integrand at one (t, q), and where its path runs. */
typedef struct {
    tq_pool_work *g;
    double t, q;
    double complex base; /* log |Z'AZ| */
    double apex, bend, width;
} inversion;

/* -d/ds log E[exp(-sQ)], the mean of the tilted form, by a complex step (no cancellation). */
static double tilted_mean(const inversion *in, double s)
{
    const double step = 1e-20 * s;

    return -cimag(log_transform(in->g, in->t, complex_of(s, step), in->base)) / step;
}

/*
 * f' = q - mean(s) - 1/s is concave and negative at s = 1/q: Newton steps from there rise to the root
 * without passing it. A few percent are enough. The slope of the mean gives the width of the peak and
 * the distance mean / variance to the singularities that matter, which sets the bend.
 *
 * The step h must resolve three things. Towards the singularities, whose nearest but the pole is at
 * -1 / (2 largest eigenvalue): that eigenvalue is at most the root of half the variance of Q, and the
 * error exp(-2 pi distance / h) is 4e-15. The width of the peak. And away from them exp(zq), which
 * grows there: with y = -ic the error is exp(q (c + b c^2) - 2 pi c / h), at the best c
 * exp(-(2 pi / h - q)^2 / (4 q b)), 1e-15 where 2 pi / h = q + sqrt(140 q b).
 */
static void lay_path(inversion *in)
{
    const double nudge = 1e-3, enough = 0.03, low = nudge / in->q;
    double s = 1.0 / in->q, mean, variance, step;
    int n = 0;

    do {
        mean = tilted_mean(in, s);
        variance = (mean - tilted_mean(in, s * (1.0 + nudge))) / (nudge * s);
        step = (mean + 1.0 / s - in->q) / (variance + 1.0 / (s * s));
        s += step;
    } while (step > enough * s && ++n < 64);
    const double untilted = (tilted_mean(in, low) - tilted_mean(in, 2.0 * low)) / low;
    const double reach = s + 1.0 / sqrt(2.0 * untilted);

    in->apex = s;
    in->bend = variance / (6.0 * mean);
    in->width = fmin(0.19 * reach, 0.5 / sqrt(variance));
    in->width = fmin(in->width, 2.0 * PI / (in->q + sqrt(140.0 * in->q * in->bend)));
}

/*
 * What the pole at z = 0 adds to the trapezoidal sum with nodes (n + 1/2) h: it lies at y = i eta, and
 * sum 1 / (n + 1/2 - x) = pi tan(pi x). Without this the step would have to shrink with the apex.
 */
static double pole_correction(const inversion *in)
{
    const double eta = 2.0 * in->apex / (1.0 + sqrt(1.0 - 4.0 * in->bend * in->apex));

    return 1.0 / (1.0 + exp(2.0 * PI * eta / in->width));
}

double quadratic_form_cdf(tq_pool_work *g, double t, double q)
{
    /* Many times what the integrand, which falls faster than exp(-y), needs until it counts no more. */
    enum { MAX_NODES = 2000 };
    inversion in = {.g = g, .t = t, .q = q};
    double sum = 0.0, peak = 0.0;

    if (!(q > 0.0)) {
        return 0.0;
    }
    if (!problem_basis(g, g->a)) {
        return NAN;
    }
    memset(g->r, 0, g->k * sizeof *g->r);
    in.base = log_gram(g, g->a, g->r);
    lay_path(&in);
    for (int n = 0; n < MAX_NODES; n++) {
        const double y = ((double)n + 0.5) * in.width;
        const double complex z = complex_of(in.apex - in.bend * y * y, y);
        const double complex f = cexp(z * q + log_transform(g, t, z, in.base)) / z;
        const double size = cabs(f);

        sum += cimag(f * complex_of(-2.0 * in.bend * y, 1.0));
        peak = fmax(peak, size);
        if (!(size > 1e-18 * peak)) {
            return in.width / PI * sum + pole_correction(&in);
        }
    }
    return NAN;
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
