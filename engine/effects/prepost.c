/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One group measured twice, or matched pairs: change of the mean, raw, standardized, and ratios. */
#include "effects/effects_internal.h"

#include <math.h>

#include <gsl/gsl_math.h>

enum {
    FROM_BOTH,
    FROM_CHANGE,
    FROM_LIMITS,
    FROM_SD1,
    FROM_CHANGE_SD1,
    FROM_CHANGE_SDS,
    FROM_SDS,
    FROM_D,
    FROM_T,
    FROM_P
};

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)
#define DIRECTS (BIT(MI) | BIT(M1I) | BIT(M2I) | BIT(MEDI) | BIT(MED1I) | BIT(MED2I))

#define BOTH \
    { \
        "means, standard deviations and correlation", \
            BIT(M1I) | BIT(M2I) | BIT(SD1I) | BIT(SD2I) | BIT(NI) | BIT(RI), FROM_BOTH, \
        { \
            { \
                0 \
            } \
        } \
    }
#define CHANGE \
    { \
        "mean change and its standard deviation", BIT(MI) | BIT(SDI) | BIT(NI), FROM_CHANGE, \
        { \
            { \
                0 \
            } \
        } \
    }
#define LIMITS \
    { \
        "mean change and its confidence limits", BIT(MI) | BIT(CI_LB) | BIT(CI_UB) | BIT(NI), \
            FROM_LIMITS, \
        { \
            { \
                0 \
            } \
        } \
    }

const tq_recipe recipes_mc[3] = {BOTH, CHANGE, LIMITS};

const tq_recipe recipes_smcc[6] = {
    BOTH,
    CHANGE,
    LIMITS,
    {"standardized change and size", BIT(DI) | BIT(NI), FROM_D, {{TQ_IN_DI, TQ_KIND_REAL}}},
    {"t statistic and size", BIT(TI_STAT) | BIT(NI), FROM_T, {{0}}},
    {"p-value and size", BIT(PI) | BIT(NI), FROM_P, {{0}}},
};

const tq_recipe recipes_paired[1] = {BOTH};

const tq_recipe recipes_paired_sds[1] = {{"standard deviations and correlation",
                                          BIT(SD1I) | BIT(SD2I) | BIT(NI) | BIT(RI),
                                          FROM_SDS,
                                          {{0}}}};

const tq_recipe recipes_paired_change[2] = {
    BOTH,
    {"mean change, standard deviations and correlation",
     BIT(MI) | BIT(SD1I) | BIT(SD2I) | BIT(NI) | BIT(RI),
     FROM_CHANGE_SDS,
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

/* A change given as limits, or only in units of its sd. */
static tq_status read_change(const tq_inputs *in, size_t i, int recipe,
                             const tq_effect_options *opt, effect_study *s, tq_error *err)
{
    const double root = sqrt(s->ni);

    s->paired.sd1 = 1.0;
    if (recipe == FROM_D) {
        s->paired.m1 = IN(DI, i);
        return TQ_OK;
    }
    if (!(s->ni > 1.0)) {
        s->why = "ni must be above 1";
        return TQ_OK;
    }
    if (recipe == FROM_LIMITS) {
        double se = NAN;
        const tq_status status = se_from_limits(IN(MI, i), TQ_IN_MI, IN(CI_LB, i), IN(CI_UB, i),
                                                opt->ci_level, s->ni - 1.0, i, &se, err);

        s->paired.m1 = IN(MI, i);
        s->paired.sd1 = se * root;
        return status;
    }
    const double t = recipe == FROM_T ? IN(TI_STAT, i) : t_from_signed_p(IN(PI, i), s->ni - 1.0);

    s->paired.m1 = t_directed(t, in, DIRECTS, i) / root;
    return TQ_OK;
}

/* A mean change is m1 with m2 = 0, and its sd is sd1 with sd2 = 0: the formulas stay one. */
static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    s->paired.n = s->ni = IN(NI, i);
    s->paired.m2 = s->paired.sd2 = s->paired.r = 0.0;
    if (recipe == FROM_LIMITS || recipe == FROM_D || recipe == FROM_T || recipe == FROM_P) {
        return read_change(in, i, recipe, opt, s, err);
    }
    if (recipe == FROM_CHANGE) {
        s->paired.m1 = IN(MI, i);
        s->paired.sd1 = IN(SDI, i);
        return TQ_OK;
    }
    s->paired.r = IN(RI, i);
    s->paired.sd1 = IN(SD1I, i);
    if (recipe == FROM_BOTH || recipe == FROM_CHANGE_SDS || recipe == FROM_SDS) {
        s->paired.sd2 = IN(SD2I, i);
    }
    if (recipe == FROM_BOTH || recipe == FROM_SD1) {
        s->paired.m1 = IN(M1I, i);
        s->paired.m2 = IN(M2I, i);
    } else {
        s->paired.m1 = recipe == FROM_SDS ? NAN : IN(MI, i);
    }
    return TQ_OK;
}

static const char *why(const effect_study *s)
{
    if (s->paired.sd1 == 0.0) {
        return "the standard deviation is zero";
    }
    if (s->paired.r == 1.0) {
        return "the correlation is 1";
    }
    if (!(s->ni > 2.0)) {
        return "the sample is too small";
    }
    if (s->paired.m1 * s->paired.m2 <= 0.0) {
        return "the ratio of the means is not positive";
    }
    return fabs(s->paired.r) == 1.0 || s->paired.sd2 == 0.0 ? "the two measurements do not vary"
                                                            : NULL;
}

const effect_family family_paired = {.read = read, .why = why, .directs = DIRECTS};

/* sd1^2 + sd2^2 - 2 r sd1 sd2, without the cancellation of equal sds and r near 1. */
double change_variance(const effect_study *s)
{
    const double sd1 = s->paired.sd1, sd2 = s->paired.sd2;

    return (sd1 - sd2) * (sd1 - sd2) + 2.0 * (1.0 - s->paired.r) * sd1 * sd2;
}

tq_effect effect_mc(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){.yi = s->paired.m1 - s->paired.m2, .vi = change_variance(s) / s->paired.n};
}

/* By the sd of the change: Gibbons, Hedeker & Davis (1993), J. Educ. Stat. 18:271-279. */
tq_effect effect_smcc(const effect_study *s, const effect_setting *set)
{
    const double n = s->paired.n, d = (s->paired.m1 - s->paired.m2) / sqrt(change_variance(s));

    return standardized(d, n - 1.0, 1.0 / n, n, set);
}

/*
 * By sd1, the sd of one measurement: Becker (1988), Br. J. Math. Stat. Psychol. 41:257-278. As
 * standardized() with c = 2(1 - r)/n; UB replaces r in c by its unbiased estimate.
 */
tq_effect effect_smcr(const effect_study *s, const effect_setting *set)
{
    const double n = s->paired.n;
    const double r = set->vtype == VTYPE_UB ? unbiased_correlation(s->paired.r, n) : s->paired.r;
    const double d = (s->paired.m1 - s->paired.m2) / s->paired.sd1;

    return standardized(d, n - 1.0, 2.0 * (1.0 - r) / n, n, set);
}

/* By sd1 where the variances differ: Bonett (2008), Psychol. Methods 13:99-109, with n - 1; LS2
   with n. */
tq_effect effect_smcrh(const effect_study *s, const effect_setting *set)
{
    const double n = s->paired.n, f = set->vtype == VTYPE_LS2 ? n : n - 1.0;
    const double var1 = s->paired.sd1 * s->paired.sd1;
    const double g =
        hedges_factor(n - 1.0, set->opt) * (s->paired.m1 - s->paired.m2) / s->paired.sd1;

    return (tq_effect){.yi = g, .vi = change_variance(s) / (var1 * f) + g * g / (2.0 * f)};
}

/* By the root of the average variance, which has about 2(n - 1)/(1 + r^2) degrees of freedom. */
static double pooled_change(const effect_study *s, const effect_setting *set, double *var)
{
    const double n = s->paired.n, r = s->paired.r;

    *var = 0.5 * (s->paired.sd1 * s->paired.sd1 + s->paired.sd2 * s->paired.sd2);
    return hedges_factor(2.0 * (n - 1.0) / (1.0 + r * r), set->opt) *
           (s->paired.m1 - s->paired.m2) / sqrt(*var);
}

/* Cousineau (2020), Quant. Methods Psychol. 16:418-421. */
tq_effect effect_smcrp(const effect_study *s, const effect_setting *set)
{
    const double n = s->paired.n, r = s->paired.r;
    double var;
    const double g = pooled_change(s, set, &var);

    return (tq_effect){.yi = g, .vi = 2.0 * (1.0 - r) / n + g * g * (1.0 + r * r) / (4.0 * n)};
}

/* The same where the variances differ: Bonett (2008), eq. 10, with n - 1; LS2 with n. */
tq_effect effect_smcrph(const effect_study *s, const effect_setting *set)
{
    const double n = s->paired.n, r = s->paired.r, f = set->vtype == VTYPE_LS2 ? n : n - 1.0;
    double var;
    const double g = pooled_change(s, set, &var);
    const double u1 = s->paired.sd1 * s->paired.sd1 / var;
    const double u2 = s->paired.sd2 * s->paired.sd2 / var;

    return (tq_effect){.yi = g,
                       .vi = change_variance(s) / (var * f) +
                             g * g * (u1 * u1 + u2 * u2 + 2.0 * r * r * u1 * u2) / (8.0 * f)};
}

/*
 * Ratio of the means: Lajeunesse (2011), Ecology 92:2049-2055. LS2, to the second order: Senior,
 * Viechtbauer & Nakagawa (2020), Res. Synth. Methods 11:553-567, eqs. 7 to 9.
 */
tq_effect effect_romc(const effect_study *s, const effect_setting *set)
{
    const double n = s->paired.n, r = s->paired.r, m1 = s->paired.m1, m2 = s->paired.m2;
    const double cv1 = s->paired.sd1 / m1, cv2 = s->paired.sd2 / m2;
    const double r1 = cv1 * cv1 / n, r2 = cv2 * cv2 / n;
    tq_effect e = {.yi = log(m1 / m2)};

    if (set->opt->correct) {
        e.yi += 0.5 * (r1 - r2);
    }
    e.vi = ((cv1 - cv2) * (cv1 - cv2) + 2.0 * (1.0 - r) * cv1 * cv2) / n;
    if (set->vtype == VTYPE_LS2) {
        const double s1 = s->paired.sd1 / m2, s2 = s->paired.sd2 / m1;

        /* The last term: r^2 s1^2 s2^2 (m1^4 + m2^4) / (2 n^2 m1^4 m2^4). */
        e.vi += 0.5 * (r1 * r1 + r2 * r2) +
                r * r * (s1 * s1 * cv2 * cv2 + s2 * s2 * cv1 * cv1) / (2.0 * n * n);
    }
    return e;
}

/* Ratio of the sds, of which the biases cancel: Nakagawa et al. (2015), Methods Ecol. Evol.
   6:143-152. LS2: Senior et al. (2020), eqs. 18 to 24. */
tq_effect effect_vrc(const effect_study *s, const effect_setting *set)
{
    const double f = s->paired.n - 1.0, r2 = s->paired.r * s->paired.r;
    const double ratio = s->paired.sd1 / s->paired.sd2;
    tq_effect e = {.yi = log(ratio), .vi = (1.0 - r2) / f};

    if (set->vtype == VTYPE_LS2) {
        const double ratio4 = gsl_pow_4(ratio);

        e.vi = 2.0 * log_sd_variance(f, set) - r2 / f +
               r2 * r2 * (ratio4 + 1.0 / ratio4) / (2.0 * f * f);
    }
    return e;
}

/* Ratio of the coefficients of variation: VRC less ROMC; mean and sd are independent. */
tq_effect effect_cvrc(const effect_study *s, const effect_setting *set)
{
    const tq_effect spread = effect_vrc(s, set), ratio = effect_romc(s, set);

    return (tq_effect){spread.yi - ratio.yi, spread.vi + ratio.vi};
}
