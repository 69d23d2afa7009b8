/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probability that a member of group 1 exceeds one of group 2: common language effect size, AUC. */
#include "effects/effects_internal.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>

enum { WITH_TIES, WITHOUT_TIES };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_roc[2] = {
    {"area, ties and group sizes",
     BIT(AI) | BIT(MI) | BIT(N1I) | BIT(N2I),
     WITH_TIES,
     {{TQ_IN_AI, TQ_KIND_PROPORTION}, {TQ_IN_MI, TQ_KIND_PROPORTION}}},
    {"area and group sizes",
     BIT(AI) | BIT(N1I) | BIT(N2I),
     WITHOUT_TIES,
     {{TQ_IN_AI, TQ_KIND_PROPORTION}}},
};

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    (void)opt;
    (void)err;
    s->roc.area = IN(AI, i);
    s->roc.ties = recipe == WITH_TIES ? IN(MI, i) : 0.0;
    s->roc.n1 = IN(N1I, i);
    s->roc.n2 = IN(N2I, i);
    s->ni = s->roc.n1 + s->roc.n2;
    if (!(s->roc.n1 > 1.0 && s->roc.n2 > 1.0)) {
        s->why = "a group is too small";
    }
    return TQ_OK;
}

static const char *why(const effect_study *s)
{
    return s->roc.area == 0.0 || s->roc.area == 1.0 ? "the groups do not overlap" : NULL;
}

const effect_family family_roc = {.read = read, .why = why};

/*
 * With A the area, n* = (n1 + n2)/2 and t the proportion of tied pairs:
 *     LS   A(1-A) (2 n* - 1 - (3 n* - 3)/((2-A)(1+A))) / ((n1-1)(n2-1)):  method 4 of Newcombe
 *          (2006), Stat. Med. 25:559-573, with the factors n - 1
 *     LS2  (A(1-A) - t/4 + (n1-1)(A/(2-A) - A^2) + (n2-1)(2A^2/(1+A) - A^2)) / ((n1-1)(n2-1)):
 *          Hanley & McNeil (1982), Radiology 143:29-36; the ties as in Bamber (1975), J. Math.
 *          Psychol. 12:387-415
 *     H0   (n1 + n2 + 1) / (12 n1 n2): Mann & Whitney (1947), Ann. Math. Stat. 18:50-60
 *     MAX  A(1-A) / min(n1, n2), the largest there is: Birnbaum & Klose (1957), Ann. Math. Stat.
 *          28:933-945
 */
tq_effect effect_auc(const effect_study *s, const effect_setting *set)
{
    const double A = s->roc.area, n1 = s->roc.n1, n2 = s->roc.n2, pq = A * (1.0 - A);
    const double pairs = (n1 - 1.0) * (n2 - 1.0), half = 0.5 * (n1 + n2);
    tq_effect e = {.yi = A};

    switch (set->vtype) {
    case VTYPE_LS2:
        e.vi = (pq - 0.25 * s->roc.ties + (n1 - 1.0) * (A / (2.0 - A) - A * A) +
                (n2 - 1.0) * (2.0 * A * A / (1.0 + A) - A * A)) /
               pairs;
        break;
    case VTYPE_H0:
        e.vi = (n1 + n2 + 1.0) / (12.0 * n1 * n2);
        break;
    case VTYPE_MAX:
        e.vi = pq / fmin(n1, n2);
        break;
    default:
        e.vi = pq / pairs * (2.0 * half - 1.0 - 3.0 * (half - 1.0) / ((2.0 - A) * (1.0 + A)));
    }
    return e;
}

/* P(Z <= z), its variance from that of z by the delta method; zero_z: the density is that at 0. */
static tq_effect probability_of(double z, double var_z, int zero_z)
{
    const double density = exp(zero_z ? 0.0 : -0.5 * z * z) / sqrt(2.0 * M_PI);

    return (tq_effect){.yi = gsl_cdf_ugaussian_P(z), .vi = density * density * var_z};
}

/*
 * Normal groups: McGraw & Wong (1992), Psychol. Bull. 111:361-365, with V = s1^2 + s2^2
 *
 *     z = (m1 - m2) / sqrt(V),
 *     Var(z) = (s1^2/(n1-1) + s2^2/(n2-1)) / V + z^2/2 (s1^4/(n1-1) + s2^4/(n2-1)) / V^2,
 *
 * the variance of SMDH / sqrt(2) (Bonett 2008, Psychol. Methods 13:99-109, eq. 8): LS. LS2 and LS3
 * as there. HO and H0, and studies of which only d is known: z = d / sqrt(2), d with the pooled sd.
 */
tq_effect effect_clesn(const effect_study *s, const effect_setting *set)
{
    const double n1 = s->means.n1, n2 = s->means.n2;
    const int h0 = set->vtype == VTYPE_H0;

    if (s->means.standardized || set->vtype == VTYPE_HO || h0) {
        const double d = cohen_d(s), c = 1.0 / n1 + 1.0 / n2;

        return probability_of(d * M_SQRT1_2, 0.5 * (h0 ? c : c + d * d / (2.0 * s->ni)), h0);
    }
    const double v1 = s->means.sd1 * s->means.sd1, v2 = s->means.sd2 * s->means.sd2;
    const double V = v1 + v2, u1 = v1 / V, u2 = v2 / V, z = (s->means.m1 - s->means.m2) / sqrt(V);
    const double less_z = set->vtype == VTYPE_LS2 ? 0.0 : 1.0;
    const double less = set->vtype == VTYPE_LS ? 1.0 : 0.0;

    return probability_of(z,
                          u1 / (n1 - less) + u2 / (n2 - less) +
                              0.5 * z * z * (u1 * u1 / (n1 - less_z) + u2 * u2 / (n2 - less_z)),
                          0);
}

/*
 * The same of two dependent measurements with correlation r, one drawn from each independently:
 *
 *     Var(z) = ((s1^2 + s2^2 - 2 r s1 s2) / V
 *               + z^2/2 (s1^4 + s2^4 + 2 r^2 s1^2 s2^2) / V^2) / (n - 1),
 *
 * the variance of SMCRPH / sqrt(2) (Bonett 2008, eq. 10). HO: that of SMCRP / sqrt(2), H0 without
 * its second term.
 */
tq_effect effect_clescn(const effect_study *s, const effect_setting *set)
{
    const double n = s->paired.n, r = s->paired.r;
    const double v1 = s->paired.sd1 * s->paired.sd1, v2 = s->paired.sd2 * s->paired.sd2;
    const double V = v1 + v2, u1 = v1 / V, u2 = v2 / V;
    const double z = (s->paired.m1 - s->paired.m2) / sqrt(V);
    const double less_z = set->vtype == VTYPE_LS2 ? 0.0 : 1.0;
    const double less = set->vtype == VTYPE_LS ? 1.0 : 0.0;
    double var = (1.0 - r) / n;

    if (set->vtype == VTYPE_HO) {
        var += z * z * (1.0 + r * r) / (4.0 * n);
    } else if (set->vtype != VTYPE_H0) {
        var = change_variance(s) / V / (n - less) +
              0.5 * z * z * (u1 * u1 + u2 * u2 + 2.0 * r * r * u1 * u2) / (n - less_z);
    }
    return probability_of(z, var, set->vtype == VTYPE_H0);
}
