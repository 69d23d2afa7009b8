/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bivariate normal probabilities by one-dimensional quadrature. */
#include "core/bivariate_normal.h"

#include <math.h>

#include <gsl/gsl_math.h>

#include "core/gauss_legendre.h"

static double upper_tail(double x)
{
    return 0.5 * erfc(x * M_SQRT1_2);
}

/*
 * Plackett (1954), Biometrika 41:351-360: dP/drho is the density, so with rho = sin(f)
 *
 *     P(X > h, Y > k) = Q(h) Q(k)
 *         + 1/(2 pi) int_0^asin(rho) exp((hk sin f - (h^2 + k^2)/2) / cos^2 f) df.
 */
static double away_from_one(double h, double k, double rho)
{
    const double hk = h * k, hs = 0.5 * (h * h + k * k), half = 0.5 * asin(rho);
    double sum = 0.0;

    for (int i = 0; i < TQ_GAUSS_PAIRS; i++) {
        for (int side = -1; side <= 1; side += 2) {
            const double s = sin(half * (1.0 + side * tq_gauss_pairs[i].x));

            sum += tq_gauss_pairs[i].weight * exp((hk * s - hs) / ((1.0 - s) * (1.0 + s)));
        }
    }
    return upper_tail(h) * upper_tail(k) + half * sum / (2.0 * M_PI);
}

/*
 * The part of P(X > h, Y > k) that rho lacks to 1, rho > 0. With x = sqrt(1 - rho^2) the integrand
 * exp(-(h-k)^2/(2x^2) - hk/(1 + rho)) / rho bends within |h - k| of x = 0. Genz takes out
 *
 *     exp(-((h-k)^2/x^2 + hk)/2) (1 + c x^2 (1 + d x^2)),  c = (4 - hk)/8,  d = (12 - hk)/16,
 *
 * which has a closed form, and leaves a smooth remainder to the quadrature.
 */
static double lacking_to_one(double h, double k, double rho)
{
    const double hk = h * k, bs = (h - k) * (h - k), b = fabs(h - k);
    const double as = (1.0 - rho) * (1.0 + rho), a = sqrt(as);
    const double c = (4.0 - hk) / 8.0, d = (12.0 - hk) / 16.0;
    double sum = a * exp(-0.5 * (bs / as + hk)) *
                 (1.0 - c * (bs - as) * (1.0 - d * bs / 5.0) / 3.0 + c * d * as * as / 5.0);

    if (hk > -100.0) { /* beyond, the normal tail has fallen to 0 before exp(-hk/2) overflows */
        sum -= exp(-0.5 * hk) * sqrt(2.0 * M_PI) * upper_tail(b / a) * b *
               (1.0 - c * bs * (1.0 - d * bs / 5.0) / 3.0);
    }
    for (int i = 0; i < TQ_GAUSS_PAIRS; i++) {
        for (int side = -1; side <= 1; side += 2) {
            const double x = 0.5 * a * (1.0 + side * tq_gauss_pairs[i].x), xs = x * x;
            const double rs = sqrt(1.0 - xs), fall = exp(-0.5 * (bs / xs + hk));

            if (fall > 0.0) {
                sum += 0.5 * a * tq_gauss_pairs[i].weight * fall *
                       (exp(-hk * xs / (2.0 * (1.0 + rs) * (1.0 + rs))) / rs -
                        (1.0 + c * xs * (1.0 + d * xs)));
            }
        }
    }
    return sum / (2.0 * M_PI);
}

/* P(X > h, Y > k), |rho| <= 1, limits finite. */
static double upper_orthant(double h, double k, double rho)
{
    /* From here on the 20 points resolve the integrand of the plain form less and less. */
    const double near_one = 0.925;

    if (fabs(rho) < near_one) {
        return away_from_one(h, k, rho);
    }
    if (rho > 0.0) {
        const double lacks = rho < 1.0 ? lacking_to_one(h, k, rho) : 0.0;

        return fmax(0.0, upper_tail(fmax(h, k)) - lacks);
    }
    /* P(X > h) - P(X > h, -Y > -k), its first term cancelled on paper where h > -k. */
    const double lacks = rho > -1.0 ? lacking_to_one(h, -k, -rho) : 0.0;

    return fmax(0.0, (h >= -k ? 0.0 : upper_tail(h) - upper_tail(-k)) + lacks);
}

double tq_bivariate_normal(double h, double k, double rho)
{
    if (isnan(h) || isnan(k) || !(fabs(rho) <= 1.0)) {
        return NAN;
    }
    if (isinf(h) || isinf(k)) {
        return h < 0.0 && isinf(h) ? 0.0 : k < 0.0 && isinf(k) ? 0.0 : upper_tail(-fmin(h, k));
    }
    return upper_orthant(-h, -k, rho);
}

double tq_bivariate_normal_density(double h, double k, double rho)
{
    const double x2 = (1.0 - rho) * (1.0 + rho);

    return exp(-0.5 * ((h - k) * (h - k) / x2 + 2.0 * h * k / (1.0 + rho))) /
           (2.0 * M_PI * sqrt(x2));
}
