/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One group measured twice: mean change, raw and standardized. */
#include "effects/effects_internal.h"

#include <math.h>

enum { FROM_BOTH, FROM_CHANGE, FROM_LIMITS, FROM_SD1, FROM_CHANGE_SD1 };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_mc[3] = {
    {"means, standard deviations and correlation",
     BIT(M1I) | BIT(M2I) | BIT(SD1I) | BIT(SD2I) | BIT(NI) | BIT(RI),
     FROM_BOTH,
     {{0}}},
    {"mean change and its standard deviation", BIT(MI) | BIT(SDI) | BIT(NI), FROM_CHANGE, {{0}}},
    {"mean change and its confidence limits",
     BIT(MI) | BIT(CI_LB) | BIT(CI_UB) | BIT(NI),
     FROM_LIMITS,
     {{0}}},
};

const tq_recipe recipes_smcr[2] = {
    {"means, standard deviation and correlation",
     BIT(M1I) | BIT(M2I) | BIT(SD1I) | BIT(NI) | BIT(RI),
     FROM_SD1,
     {{0}}},
    {"mean change, standard deviation and correlation",
     BIT(MI) | BIT(SD1I) | BIT(NI) | BIT(RI),
     FROM_CHANGE_SD1,
     {{0}}},
};

/* A mean change is m1 with m2 = 0, and its sd is sd1 with sd2 = 0: the formulas stay one. */
static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    const int change = recipe == FROM_CHANGE || recipe == FROM_LIMITS || recipe == FROM_CHANGE_SD1;

    s->paired.n = s->ni = IN(NI, i);
    s->paired.m1 = change ? IN(MI, i) : IN(M1I, i);
    s->paired.m2 = change ? 0.0 : IN(M2I, i);
    s->paired.sd2 = recipe == FROM_BOTH ? IN(SD2I, i) : 0.0;
    s->paired.r = recipe == FROM_CHANGE || recipe == FROM_LIMITS ? 0.0 : IN(RI, i);
    if (recipe != FROM_LIMITS) {
        s->paired.sd1 = recipe == FROM_CHANGE ? IN(SDI, i) : IN(SD1I, i);
        return TQ_OK;
    }
    if (!(s->ni > 1.0)) {
        s->why = "ni must be above 1";
        return TQ_OK;
    }
    double se = NAN;
    const tq_status status = se_from_limits(IN(MI, i), TQ_IN_MI, IN(CI_LB, i), IN(CI_UB, i),
                                            opt->ci_level, s->ni - 1.0, i, &se, err);

    s->paired.sd1 = se * sqrt(s->ni);
    return status;
}

static const char *why(const effect_study *s)
{
    if (s->paired.sd1 == 0.0) {
        return "the standard deviation is zero";
    }
    if (s->paired.r == 1.0) {
        return "the correlation is 1";
    }
    return s->ni > 2.0 ? NULL : "the sample is too small";
}

const effect_family family_paired = {.read = read, .why = why};

/* sd1^2 + sd2^2 - 2 r sd1 sd2, without the cancellation of equal sds and r near 1. */
static double change_variance(const effect_study *s)
{
    const double sd1 = s->paired.sd1, sd2 = s->paired.sd2;

    return (sd1 - sd2) * (sd1 - sd2) + 2.0 * (1.0 - s->paired.r) * sd1 * sd2;
}

tq_effect effect_mc(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){.yi = s->paired.m1 - s->paired.m2, .vi = change_variance(s) / s->paired.n};
}

/*
 * Standardized by sd1, the sd of one measurement: Becker (1988), Br. J. Math. Stat. Psychol.
 * 41:257-278. With c = 2(1 - r)/n, m = n - 1:
 *     LS   c + g^2/(2n)
 *     LS2  J^2 (c + d^2/(2n))
 *     UB   c + (1 - (m - 2)/(m J^2)) g^2, r in c replaced by its unbiased estimate
 */
tq_effect effect_smcr(const effect_study *s, const effect_setting *set)
{
    const double n = s->paired.n, m = n - 1.0, J = hedges_factor(m, set->opt);
    const double d = (s->paired.m1 - s->paired.m2) / s->paired.sd1, g = J * d;
    const double c = 2.0 * (1.0 - s->paired.r) / n;
    tq_effect e = {.yi = g};

    if (set->vtype == VTYPE_LS2) {
        e.vi = J * J * (c + d * d / (2.0 * n));
    } else if (set->vtype == VTYPE_UB) {
        e.vi = 2.0 * (1.0 - unbiased_correlation(s->paired.r, n)) / n + unbiased_g2(m) * g * g;
    } else {
        e.vi = c + g * g / (2.0 * n);
    }
    return e;
}
