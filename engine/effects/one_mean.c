/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean and spread of one group. */
#include "effects/effects_internal.h"

#include <math.h>

enum { FROM_SD, FROM_LIMITS, FROM_SD_ALONE };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_mean[2] = {
    {"mean, standard deviation and size", BIT(MI) | BIT(SDI) | BIT(NI), FROM_SD, {{0}}},
    {"mean and its confidence limits",
     BIT(MI) | BIT(CI_LB) | BIT(CI_UB) | BIT(NI),
     FROM_LIMITS,
     {{0}}},
};

const tq_recipe recipes_sd[1] = {
    {"standard deviation and size", BIT(SDI) | BIT(NI), FROM_SD_ALONE, {{0}}}};

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    s->mean.n = s->ni = IN(NI, i);
    s->mean.m = recipe == FROM_SD_ALONE ? NAN : IN(MI, i);
    if (recipe != FROM_LIMITS) {
        s->mean.sd = IN(SDI, i);
        return TQ_OK;
    }
    if (!(s->ni > 1.0)) {
        s->why = "ni must be above 1";
        return TQ_OK;
    }
    double se = NAN;
    const tq_status status = se_from_limits(IN(MI, i), TQ_IN_MI, IN(CI_LB, i), IN(CI_UB, i),
                                            opt->ci_level, s->ni - 1.0, i, &se, err);

    s->mean.sd = se * sqrt(s->ni);
    return status;
}

static const char *why(const effect_study *s)
{
    if (s->mean.sd == 0.0) {
        return "the standard deviation is zero";
    }
    if (!(s->ni > 1.0)) {
        return "the sample is too small";
    }
    return s->mean.m <= 0.0 ? "the mean is not positive" : NULL;
}

const effect_family family_mean = {.read = read, .why = why};

/* The variance that all studies share, when they do (HO). */
void average_variance(const effect_study *s, const effect_setting *set, effect_term *term)
{
    (void)set;
    term[0] = (effect_term){s->mean.sd * s->mean.sd, s->mean.n - 1.0};
}

tq_effect effect_mn(const effect_study *s, const effect_setting *set)
{
    const double var = set->vtype == VTYPE_HO ? set->mean[0].value : s->mean.sd * s->mean.sd;

    return (tq_effect){.yi = s->mean.m, .vi = var / s->mean.n};
}

/* log(mean): Nakagawa et al. (2015), Methods Ecol. Evol. 6:143-152. */
tq_effect effect_mnln(const effect_study *s, const effect_setting *set)
{
    const double cv = s->mean.sd / s->mean.m;

    (void)set;
    return (tq_effect){.yi = log(s->mean.m), .vi = cv * cv / s->mean.n};
}

/* Distance of the mean from 0 in units of the sd: Hedges (1981), J. Educ. Stat. 6:107-128, for one
   sample. */
tq_effect effect_smn(const effect_study *s, const effect_setting *set)
{
    const double n = s->mean.n;

    return standardized(s->mean.m / s->mean.sd, n - 1.0, 1.0 / n, n, set);
}

/* log(sd), its bias removed: Raudenbush & Bryk (1987), J. Educ. Stat. 12:241-269. */
tq_effect effect_sdln(const effect_study *s, const effect_setting *set)
{
    const double f = s->mean.n - 1.0;

    return (tq_effect){.yi = log(s->mean.sd) + (set->opt->correct ? 0.5 / f : 0.0),
                       .vi = log_sd_variance(f, set)};
}

/* log(sd/mean): Nakagawa et al. (2015), eq. 27 for normal data: mean and sd are independent. */
tq_effect effect_cvln(const effect_study *s, const effect_setting *set)
{
    const tq_effect spread = effect_sdln(s, set), mean = effect_mnln(s, set);

    return (tq_effect){spread.yi - mean.yi, spread.vi + mean.vi};
}
