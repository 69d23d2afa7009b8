/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Association in a two-by-two table: phi, Yule's Q and Y, tetrachoric correlation. */
#include "effects/effects_internal.h"

#include <math.h>

#include <gsl/gsl_math.h>

#include "core/bivariate_normal.h"
#include "core/distributions.h"

/* Fisher's z of a correlation, its variance by the delta method; no effect at |r| >= 1. */
tq_effect fisher_z(tq_effect e)
{
    const double slope = (1.0 - e.yi) * (1.0 + e.yi);

    return (tq_effect){.yi = atanh(e.yi), .vi = e.vi / (slope * slope)};
}

/*
 * Group sizes fixed by design (ST): with N = n1 + n2 and margins m1 = n1 p1 + n2 p2, m2 = N - m1
 *
 *     phi = sqrt(n1 n2) (p1 - p2) / sqrt(m1 m2),
 *
 * by the delta method on p1 and p2, with b = (p1 - p2)(m2 - m1) / (2 m1 m2):
 * dphi/dp1 = sqrt(n1 n2 / (m1 m2)) (1 - n1 b),  dphi/dp2 = sqrt(n1 n2 / (m1 m2)) (-1 - n2 b).
 */
static double phi_stratified(const effect_study *s)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d;
    const double n1 = a + b, n2 = c + d, m1 = a + c, m2 = b + d;
    const double bend = 0.5 * (a / n1 - c / n2) * (m2 - m1) / m1 / m2;
    const double g1 = 1.0 - n1 * bend, g2 = -1.0 - n2 * bend;

    return n1 * (n2 / m1 / m2) * (g1 * g1 * a * b / n1 / n1 / n1 + g2 * g2 * c * d / n2 / n2 / n2);
}

/*
 * Only the total fixed (CS): Yule (1912), J. R. Stat. Soc. 75:579-652, p. 603, in which P Q are the
 * row, p q the column proportions.
 */
static double phi_cross_sectional(const effect_study *s, double phi)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d;
    const double N = a + b + c + d; /* s->ni does not grow with what is added to the cells */
    const double P = (a + b) / N, Q = (c + d) / N, p = (a + c) / N, q = (b + d) / N;
    const double rows = (P - Q) / sqrt(P * Q), columns = (p - q) / sqrt(p * q);

    return (1.0 - phi * phi + phi * (1.0 + 0.5 * phi * phi) * rows * columns -
            0.75 * phi * phi * (rows * rows + columns * columns)) /
           N;
}

tq_effect effect_phi(const effect_study *s, const effect_setting *set)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d;
    /* sqrt by sqrt: the product of four margins may overflow. */
    const double phi = a / sqrt(a + b) / sqrt(a + c) * (d / sqrt(c + d) / sqrt(b + d)) -
                       b / sqrt(a + b) / sqrt(b + d) * (c / sqrt(c + d) / sqrt(a + c));

    return (tq_effect){
        .yi = phi, .vi = set->vtype == VTYPE_ST ? phi_stratified(s) : phi_cross_sectional(s, phi)};
}

tq_effect effect_zphi(const effect_study *s, const effect_setting *set)
{
    return fisher_z(effect_phi(s, set));
}

/* Yule (1912), J. R. Stat. Soc. 75:579-652: Q = (OR - 1)/(OR + 1) = tanh(log(OR) / 2), and Y the
   same of sqrt(OR); variances by the delta method from that of log(OR). */
static tq_effect yule(const effect_study *s, double share)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d;
    const double y = tanh(share * (log(a / b) - log(c / d)));
    const double slope = share * (1.0 - y) * (1.0 + y);

    return (tq_effect){.yi = y, .vi = slope * slope * (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d)};
}

tq_effect effect_yuq(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return yule(s, 0.5);
}

tq_effect effect_yuy(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return yule(s, 0.25);
}

/*
 * The correlation at which the bivariate normal distribution has the probability p11 below h and
 * k. It rises with rho = sin(f), dP/df = cos(f) density: Newton in f, halving where a step leaves
 * the bracket. Ends where the bracket or the step is down to the rounding of f.
 */
static double solve_correlation(double h, double k, double p11)
{
    double lo = -M_PI_2, hi = M_PI_2, f = 0.0;

    for (int i = 0; i < 200; i++) { /* 2^-200: halving alone would end long before */
        const double rho = sin(f), excess = tq_bivariate_normal(h, k, rho) - p11;

        if (excess > 0.0) {
            hi = f;
        } else {
            lo = f;
        }
        double next = f - excess / (cos(f) * tq_bivariate_normal_density(h, k, rho));

        if (!(next > lo && next < hi)) {
            next = 0.5 * (lo + hi);
        }
        if (fabs(next - f) <= 4e-16) { /* two units in the last place of pi / 2 */
            return sin(next);
        }
        f = next;
    }
    return sin(f);
}

/* P(X <= h | Y = k) of the standard bivariate normal distribution. */
static double conditional(double h, double k, double rho)
{
    return 0.5 * erfc(-(h - rho * k) / sqrt(2.0 * (1.0 - rho) * (1.0 + rho)));
}

/*
 * Tetrachoric correlation, the maximum likelihood estimate: Pearson (1900), Philos. Trans. R. Soc.
 * A 195:1-47; Kirk (1973), Psychometrika 38:259-268. The model has as many parameters as the table
 * has degrees of freedom, so it reproduces the table: h and k are the probits of the margins, rho
 * makes p11 the observed proportion. The inverse information is then the delta method on
 *
 *     p11 = P(h, k; rho):  drho = (dp11 - A dp1. - B dp.1) / density,
 *
 * A = P(Y <= k | X = h) and B = P(X <= h | Y = k): each cell has its coefficient, the variance is
 * that of a multinomial mean.
 */
tq_effect effect_rtet(const effect_study *s, const effect_setting *set)
{
    const double N = s->table.a + s->table.b + s->table.c + s->table.d;
    const double p11 = s->table.a / N, p12 = s->table.b / N, p21 = s->table.c / N;
    const double p22 = s->table.d / N;

    (void)set;
    if (table_has_zero(s)) {
        return (tq_effect){NAN, NAN}; /* rho is 1 or -1, or not determined */
    }
    const double h = tq_normal_quantile(p11 + p12), k = tq_normal_quantile(p11 + p21);
    const double rho = solve_correlation(h, k, p11);

    if (!(fabs(rho) < 1.0 - 1e-10)) {
        return (tq_effect){NAN,
                           NAN}; /* 1 - rho, and so the variance, has lost most of its digits */
    }
    const double A = conditional(k, h, rho), B = conditional(h, k, rho);
    const double mean = p11 * (1.0 - A - B) - p12 * A - p21 * B;
    const double e11 = 1.0 - A - B - mean, e12 = -A - mean, e21 = -B - mean;
    const double var = p11 * e11 * e11 + p12 * e12 * e12 + p21 * e21 * e21 + p22 * mean * mean;
    const double density = tq_bivariate_normal_density(h, k, rho);

    return (tq_effect){.yi = rho, .vi = var / (N * density * density)};
}

tq_effect effect_ztet(const effect_study *s, const effect_setting *set)
{
    return fisher_z(effect_rtet(s, set));
}
