/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means of two independent groups: differences, standardized differences, ratios. */
#include "effects/effects_internal.h"

#include <math.h>

enum { FROM_MEANS, FROM_D, FROM_T, FROM_P };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)
#define MEANS_NEEDS (BIT(M1I) | BIT(M2I) | BIT(SD1I) | BIT(SD2I) | BIT(N1I) | BIT(N2I))

const tq_recipe recipes_means[1] = {
    {"means and standard deviations", MEANS_NEEDS, FROM_MEANS, {{0}}}};

const tq_recipe recipes_smd[4] = {
    {"means and standard deviations", MEANS_NEEDS, FROM_MEANS, {{0}}},
    {"d and group sizes", BIT(DI) | BIT(N1I) | BIT(N2I), FROM_D, {{TQ_IN_DI, TQ_KIND_REAL}}},
    {"t statistic and group sizes", BIT(TI_STAT) | BIT(N1I) | BIT(N2I), FROM_T, {{0}}},
    {"p-value and group sizes", BIT(PI) | BIT(N1I) | BIT(N2I), FROM_P, {{0}}},
};

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    const double n1 = IN(N1I, i), n2 = IN(N2I, i);

    (void)opt;
    (void)err;
    s->ni = n1 + n2;
    s->means.n1 = n1;
    s->means.n2 = n2;
    if (recipe == FROM_MEANS) {
        s->means.m1 = IN(M1I, i);
        s->means.m2 = IN(M2I, i);
        s->means.sd1 = IN(SD1I, i);
        s->means.sd2 = IN(SD2I, i);
        return TQ_OK;
    }
    if (recipe != FROM_D && !(s->ni > 2.0)) {
        s->why = "n1i + n2i must be above 2";
        return TQ_OK;
    }
    /* A standardized difference is a difference of means in units of the standard deviation. */
    const double scale = sqrt(1.0 / n1 + 1.0 / n2);

    s->means.m1 = recipe == FROM_D   ? IN(DI, i)
                  : recipe == FROM_T ? IN(TI_STAT, i) * scale
                                     : t_from_signed_p(IN(PI, i), s->ni - 2.0) * scale;
    s->means.m2 = 0.0;
    s->means.sd1 = s->means.sd2 = 1.0;
    return TQ_OK;
}

static const char *why(const effect_study *s)
{
    if (s->means.sd1 == 0.0 && s->means.sd2 == 0.0) {
        return "both standard deviations are zero";
    }
    if (!(s->means.n1 > 1.0 && s->means.n2 > 1.0)) {
        return "a group is too small";
    }
    return s->means.m1 * s->means.m2 > 0.0 ? NULL : "the ratio of the means is not positive";
}

const effect_family family_means = {.read = read, .why = why};

/* Variance common to both groups. */
static double pooled_variance(const effect_study *s)
{
    const double f1 = s->means.n1 - 1.0, f2 = s->means.n2 - 1.0;

    return (f1 * s->means.sd1 * s->means.sd1 + f2 * s->means.sd2 * s->means.sd2) / (f1 + f2);
}

/* UB is LS: a sample variance is unbiased already. */
tq_effect effect_md(const effect_study *s, const effect_setting *set)
{
    const double n1 = s->means.n1, n2 = s->means.n2;
    const int ho = set->vtype == VTYPE_HO;
    const double var1 = ho ? pooled_variance(s) : s->means.sd1 * s->means.sd1;
    const double var2 = ho ? var1 : s->means.sd2 * s->means.sd2;

    return (tq_effect){.yi = s->means.m1 - s->means.m2, .vi = var1 / n1 + var2 / n2};
}

static double cohen_d(const effect_study *s)
{
    return (s->means.m1 - s->means.m2) / sqrt(pooled_variance(s));
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
 * Without the bias correction g is d, and J is 1 in LS2.
 */
tq_effect effect_smd(const effect_study *s, const effect_setting *set)
{
    const double N = s->ni, m = N - 2.0, c = 1.0 / s->means.n1 + 1.0 / s->means.n2;
    const double J = hedges_factor(m, set->opt), d = cohen_d(s), g = J * d;
    tq_effect e = {.yi = g};

    if (set->vtype == VTYPE_LS2) {
        e.vi = J * J * (c + d * d / (2.0 * N));
    } else if (set->vtype == VTYPE_UB) {
        e.vi = c + unbiased_g2(m) * g * g;
    } else {
        const double used = set->vtype == VTYPE_AV ? set->mean[0].value : g;

        e.vi = c + used * used / (2.0 * N);
    }
    return e;
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

/* Coefficients of variation, and the sizes that weight them. */
void average_cvs(const effect_study *s, const effect_setting *set, effect_term *term)
{
    (void)set;
    term[0] = (effect_term){s->means.sd1 / s->means.m1, s->means.n1};
    term[1] = (effect_term){s->means.sd2 / s->means.m2, s->means.n2};
}

/* Squared standard error of log(mean) in each group, without the bias of the second order. */
static void relative_variances(const effect_study *s, const effect_setting *set, double r[2])
{
    const double n[2] = {s->means.n1, s->means.n2}, mean[2] = {s->means.m1, s->means.m2};
    const double sd[2] = {s->means.sd1, s->means.sd2};
    const effect_term *av = set->mean;

    for (int j = 0; j < 2; j++) {
        double cv = sd[j] / mean[j];

        if (set->vtype == VTYPE_HO) {
            cv = sqrt(pooled_variance(s)) / mean[j];
        } else if (set->vtype == VTYPE_AV) {
            cv = av[j].value;
        } else if (set->vtype == VTYPE_AVHO) {
            cv = (av[0].weight * av[0].value + av[1].weight * av[1].value) /
                 (av[0].weight + av[1].weight);
        }
        r[j] = cv * cv / n[j];
    }
}

/*
 * Hedges, Gurevitch & Curtis (1999), Ecology 80:1150-1156. The correction of the bias of log(mean)
 * and LS2, the variance to the second order: Lajeunesse (2015), Ecology 96:2056-2063, eqs. 8
 * and 9.
 */
tq_effect effect_rom(const effect_study *s, const effect_setting *set)
{
    const double cv1 = s->means.sd1 / s->means.m1, cv2 = s->means.sd2 / s->means.m2;
    tq_effect e = {.yi = log(s->means.m1 / s->means.m2)};
    double r[2];

    if (set->opt->correct) {
        e.yi += 0.5 * (cv1 * cv1 / s->means.n1 - cv2 * cv2 / s->means.n2);
    }
    relative_variances(s, set, r);
    e.vi = r[0] + r[1];
    if (set->vtype == VTYPE_LS2) {
        e.vi += 0.5 * (r[0] * r[0] + r[1] * r[1]);
    }
    return e;
}
