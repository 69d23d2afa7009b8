/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Standardized differences of the means of two groups, also as log odds ratios. */
#include "effects/effects_internal.h"

#include <math.h>

#include <gsl/gsl_math.h>

double cohen_d(const effect_study *s)
{
    return (s->means.m1 - s->means.m2) / sqrt(pooled_variance(s));
}

static double glass_delta(const effect_study *s)
{
    return (s->means.m1 - s->means.m2) / s->means.sd2;
}

void average_smd(const effect_study *s, const effect_setting *set, effect_term *term)
{
    term[0] = (effect_term){hedges_factor(s->ni - 2.0, set->opt) * cohen_d(s), s->ni};
}

/*
 * Hedges (1981), J. Educ. Stat. 6:107-128. With c = 1/n1 + 1/n2 and N = n1 + n2:
 *     LS   c + g^2/(2N)              Hedges (1982), Psychol. Bull. 92:490-499, eq. 8
 *     LS2  J^2 (c + d^2/(2N))        Borenstein (2009), Handbook, 221-235
 *     UB   c + (1 - (m-2)/(m J^2)) g^2                       (unbiased_g2)
 *     AV   LS with the average g of all studies
 *     H0   c, as if there were no effect
 *     RM   c + g^2/(2(N - 3.94))         Hedges & Olkin (1985), Statistical Methods, ch. 5, as in
 *                                        Deeks & Higgins (2010), Statistical algorithms in RevMan 5
 * Without the bias correction g is d, and J is 1 in LS2.
 */
tq_effect standardized(double d, double m, double c, double n, const effect_setting *set)
{
    const double J = hedges_factor(m, set->opt), g = J * d;
    tq_effect e = {.yi = g};

    switch (set->vtype) {
    case VTYPE_LS2:
        e.vi = J * J * (c + d * d / (2.0 * n));
        break;
    case VTYPE_UB:
        e.vi = c + unbiased_g2(m) * g * g;
        break;
    case VTYPE_AV:
        e.vi = c + set->mean[0].value * set->mean[0].value / (2.0 * n);
        break;
    case VTYPE_H0:
        e.vi = c;
        break;
    case VTYPE_RM: /* of three people there is none */
        e.vi = n > 3.94 ? c + g * g / (2.0 * (n - 3.94)) : (double)NAN;
        break;
    default:
        e.vi = c + g * g / (2.0 * n);
    }
    return e;
}

static double inverse_sizes(const effect_study *s)
{
    return 1.0 / s->means.n1 + 1.0 / s->means.n2;
}

tq_effect effect_smd(const effect_study *s, const effect_setting *set)
{
    return standardized(cohen_d(s), s->ni - 2.0, inverse_sizes(s), s->ni, set);
}

/* Standardized by the sd of group 2, which makes the degrees of freedom and n those of group 2:
   Glass (1976), Educ. Res. 5(10):3-8; Hedges (1981), J. Educ. Stat. 6:107-128. */
tq_effect effect_smd1(const effect_study *s, const effect_setting *set)
{
    const double n2 = s->means.n2;

    return standardized(glass_delta(s), n2 - 1.0, inverse_sizes(s), n2, set);
}

void average_smd1(const effect_study *s, const effect_setting *set, effect_term *term)
{
    term[0] = (effect_term){hedges_factor(s->means.n2 - 1.0, set->opt) * glass_delta(s), s->ni};
}

/* The same where the groups differ in their variance: Bonett (2008), Psychol. Methods 13:99-109,
   eq. 8 with one group as the standard, n - 1 throughout. */
tq_effect effect_smd1h(const effect_study *s, const effect_setting *set)
{
    const double f1 = s->means.n1 - 1.0, f2 = s->means.n2 - 1.0;
    const double ratio = s->means.sd1 / s->means.sd2;
    const double g = hedges_factor(f2, set->opt) * glass_delta(s);

    return (tq_effect){.yi = g, .vi = ratio * ratio / f1 + 1.0 / f2 + g * g / (2.0 * f2)};
}

/*
 * Bonett (2008), Psychol. Methods 13:99-109, eq. 8, with the corrected g: LS divides by n - 1
 * throughout, LS2 by n, LS3 by n - 1 in the term of g and by n in the other.
 */
tq_effect effect_smdh(const effect_study *s, const effect_setting *set)
{
    const double n1 = s->means.n1, n2 = s->means.n2;
    const double var = 0.5 * s->means.sd1 * s->means.sd1 + 0.5 * s->means.sd2 * s->means.sd2;
    const double u1 = s->means.sd1 * s->means.sd1 / var, u2 = s->means.sd2 * s->means.sd2 / var;
    const double g = hedges_factor(s->ni - 2.0, set->opt) * (s->means.m1 - s->means.m2) / sqrt(var);
    const double less_g = set->vtype == VTYPE_LS2 ? 0.0 : 1.0;
    const double less = set->vtype == VTYPE_LS ? 1.0 : 0.0;

    return (tq_effect){
        .yi = g,
        .vi = g * g / 8.0 * (u1 * u1 / (n1 - less_g) + u2 * u2 / (n2 - less_g)) + u1 / (n1 - less) +
              u2 / (n2 - less),
    };
}

/* d, without the correction, as a log odds ratio: the inverse of effect_or2dl(). */
static tq_effect as_log_odds(const effect_study *s, double factor)
{
    const double d = cohen_d(s);

    return (tq_effect){.yi = factor * d,
                       .vi = factor * factor * (inverse_sizes(s) + d * d / (2.0 * s->ni))};
}

/* Logistic responses: Hasselblad & Hedges (1995), Psychol. Bull. 117:167-178. */
tq_effect effect_d2orl(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return as_log_odds(s, M_PI / sqrt(3.0));
}

/* Normal responses: Cox & Snell (1989), Analysis of Binary Data, 2nd ed.; Sánchez-Meca et al.
   (2003), Psychol. Methods 8:448-467. */
tq_effect effect_d2orn(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return as_log_odds(s, COX_FACTOR);
}
