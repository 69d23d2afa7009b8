/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlation of a measurement with membership in one of two groups: point-biserial, biserial. */
#include "effects/effects_internal.h"

#include <math.h>

#include <gsl/gsl_math.h>

#include "core/distributions.h"

/*
 * With m = N - 2 and h = m/n1 + m/n2,  r = d / sqrt(d^2 + h). Variances:
 *     ST  group sizes fixed by design: the delta method on d,
 *         (dr/dd)^2 (1/n1 + 1/n2 + d^2/(2N)),  dr/dd = h / (d^2 + h)^(3/2)
 *     CS  only the total fixed: Tate (1954), Ann. Math. Stat. 25:603-607,
 *         (1 - r^2)^2 (1 - 3 r^2/2 + r^2/(4 p q)) / N,  p = n1/N
 */
tq_effect effect_rpb(const effect_study *s, const effect_setting *set)
{
    const double n1 = s->means.n1, n2 = s->means.n2, N = s->ni, m = N - 2.0;
    const double d = cohen_d(s), h = m / n1 + m / n2, r = d / sqrt(d * d + h);
    tq_effect e = {.yi = r};

    if (set->vtype == VTYPE_CS) {
        const double rest = (1.0 - r) * (1.0 + r), p = n1 / N, q = n2 / N;

        e.vi = rest * rest * (1.0 - 1.5 * r * r + r * r / (4.0 * p * q)) / N;
    } else {
        e.vi = h * h / gsl_pow_3(d * d + h) * (1.0 / n1 + 1.0 / n2 + d * d / (2.0 * N));
    }
    return e;
}

tq_effect effect_zpb(const effect_study *s, const effect_setting *set)
{
    return fisher_z(effect_rpb(s, set));
}

/*
 * The groups as the two sides of a cut through a normal variable: with p = n1/N above the cut at z,
 * f the normal density there and q = 1 - p,
 *
 *     r_b = sqrt(p q) / f  r_pb,
 *     Var = (p q/f^2 - (3/2 + (1 - p z/f)(1 + q z/f)) r_b^2 + r_b^4) / (N - 1),
 *
 * Soper (1914), Biometrika 10:384-390; Jacobs & Viechtbauer (2017), Res. Synth. Methods 8:161-180.
 * The estimate may pass 1, the correlation in its variance may not.
 */
tq_effect effect_rbis(const effect_study *s, const effect_setting *set)
{
    const double N = s->ni, p = s->means.n1 / N, q = s->means.n2 / N;
    const double z = tq_normal_quantile(q), f = exp(-0.5 * z * z) / sqrt(2.0 * M_PI);
    const double r = sqrt(p * q) / f * effect_rpb(s, set).yi;
    const double r2 = fmin(1.0, r * r);

    return (tq_effect){
        .yi = r,
        .vi = (p * q / (f * f) - (1.5 + (1.0 - p * z / f) * (1.0 + q * z / f)) * r2 + r2 * r2) /
              (N - 1.0),
    };
}

tq_effect effect_zbis(const effect_study *s, const effect_setting *set)
{
    return fisher_z(effect_rbis(s, set));
}
