/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means and spread of two independent groups: differences and ratios. */
#include "effects/effects_internal.h"

#include <math.h>

enum { FROM_MEANS, FROM_D, FROM_T, FROM_P, FROM_SD2, FROM_SDS };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)
#define DIRECTS \
    (BIT(M1I) | BIT(M2I) | BIT(MPRE1I) | BIT(MPOST1I) | BIT(MPRE2I) | BIT(MPOST2I) | BIT(MED1I) | \
     BIT(MED2I))
#define MEANS_NEEDS (BIT(M1I) | BIT(M2I) | BIT(SD1I) | BIT(SD2I) | BIT(N1I) | BIT(N2I))

const tq_recipe recipes_means[1] = {
    {"means and standard deviations", MEANS_NEEDS, FROM_MEANS, {{0}}}};

const tq_recipe recipes_smd1[1] = {{"means and the standard deviation of group 2",
                                    BIT(M1I) | BIT(M2I) | BIT(SD2I) | BIT(N1I) | BIT(N2I),
                                    FROM_SD2,
                                    {{0}}}};

const tq_recipe recipes_sds[1] = {
    {"standard deviations", BIT(SD1I) | BIT(SD2I) | BIT(N1I) | BIT(N2I), FROM_SDS, {{0}}}};

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
    if (recipe == FROM_MEANS || recipe == FROM_SD2 || recipe == FROM_SDS) {
        s->means.m1 = recipe == FROM_SDS ? NAN : IN(M1I, i);
        s->means.m2 = recipe == FROM_SDS ? NAN : IN(M2I, i);
        s->means.sd1 = recipe == FROM_SD2 ? NAN : IN(SD1I, i);
        s->means.sd2 = IN(SD2I, i);
        return TQ_OK;
    }
    s->means.standardized = 1;
    if (recipe != FROM_D && !(s->ni > 2.0)) {
        s->why = "n1i + n2i must be above 2";
        return TQ_OK;
    }
    /* A standardized difference is a difference of means in units of the standard deviation. */
    const double scale = sqrt(1.0 / n1 + 1.0 / n2);

    const double t = recipe == FROM_T   ? IN(TI_STAT, i)
                     : recipe == FROM_P ? t_from_signed_p(IN(PI, i), s->ni - 2.0)
                                        : NAN;

    s->means.m1 = recipe == FROM_D ? IN(DI, i) : t_directed(t, in, DIRECTS, i) * scale;
    s->means.m2 = 0.0;
    s->means.sd1 = s->means.sd2 = 1.0;
    return TQ_OK;
}

static const char *why(const effect_study *s)
{
    if (s->means.sd1 == 0.0 && s->means.sd2 == 0.0) {
        return "both standard deviations are zero";
    }
    if (s->means.sd2 == 0.0 || s->means.sd1 == 0.0) {
        return "a standard deviation is zero";
    }
    if (!(s->means.n1 > 1.0 && s->means.n2 > 1.0)) {
        return "a group is too small";
    }
    return s->means.m1 * s->means.m2 <= 0.0 ? "the ratio of the means is not positive" : NULL;
}

const effect_family family_means = {.read = read, .why = why, .directs = DIRECTS};

double pooled_variance(const effect_study *s)
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

/* Variance of log(sd) on f degrees of freedom. */
double log_sd_variance(double f, const effect_setting *set)
{
    return set->vtype == VTYPE_LS2 ? 0.5 * (f + 1.0) / f / f : 0.5 / f;
}

/*
 * Ratio of the sds. log(s) lacks 1/(2(n - 1)) to log(sigma): Nakagawa et al. (2015), Methods Ecol.
 * Evol. 6:143-152. LS2, the variance to the second order: Senior, Viechtbauer &
 * Nakagawa (2020), Res. Synth. Methods 11:553-567.
 */
tq_effect effect_vr(const effect_study *s, const effect_setting *set)
{
    const double f1 = s->means.n1 - 1.0, f2 = s->means.n2 - 1.0;
    tq_effect e = {.yi = log(s->means.sd1 / s->means.sd2)};

    if (set->opt->correct) {
        e.yi += 0.5 / f1 - 0.5 / f2;
    }
    e.vi = log_sd_variance(f1, set) + log_sd_variance(f2, set);
    return e;
}

/* Ratio of the coefficients of variation: VR less ROM. Mean and sd of a normal sample are
   independent, so the variances add. Nakagawa et al. (2015), eq. 12. */
tq_effect effect_cvr(const effect_study *s, const effect_setting *set)
{
    const tq_effect spread = effect_vr(s, set), ratio = effect_rom(s, set);

    return (tq_effect){spread.yi - ratio.yi, spread.vi + ratio.vi};
}
