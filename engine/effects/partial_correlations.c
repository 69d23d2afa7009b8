/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a regression model says of one predictor: partial and semi-partial correlation. */
#include "effects/effects_internal.h"

#include <math.h>

#include <gsl/gsl_math.h>

enum { FROM_R, FROM_T, FROM_P };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)
#define AS_PREDICTORS \
    { \
        { \
            TQ_IN_MI, TQ_KIND_PREDICTORS \
        } \
    }

/* mi counts all predictors of the model, the one of interest included. */
const tq_recipe recipes_partial[3] = {
    {"partial correlation, predictors and size", BIT(RI) | BIT(MI) | BIT(NI), FROM_R,
     AS_PREDICTORS},
    {"t statistic, predictors and size", BIT(TI_STAT) | BIT(MI) | BIT(NI), FROM_T, AS_PREDICTORS},
    {"p-value, predictors and size", BIT(PI) | BIT(MI) | BIT(NI), FROM_P, AS_PREDICTORS},
};

const tq_recipe recipes_semipartial[3] = {
    {"semi-partial correlation, R2, predictors and size", BIT(RI) | BIT(MI) | BIT(NI) | BIT(R2I),
     FROM_R, AS_PREDICTORS},
    {"t statistic, R2, predictors and size", BIT(TI_STAT) | BIT(MI) | BIT(NI) | BIT(R2I), FROM_T,
     AS_PREDICTORS},
    {"p-value, R2, predictors and size", BIT(PI) | BIT(MI) | BIT(NI) | BIT(R2I), FROM_P,
     AS_PREDICTORS},
};

/* Size and predictors; t from the statistic or the p-value, NaN where the correlation is given. */
static double read_model(const tq_inputs *in, size_t i, int recipe, effect_study *s)
{
    s->cor.n = s->ni = IN(NI, i);
    s->cor.predictors = IN(MI, i);
    s->cor.R2 = NAN;
    const double df = s->ni - s->cor.predictors - 1.0;

    if (!(df > 0.0)) {
        s->why = "ni must be above mi + 1";
        return NAN;
    }
    return recipe == FROM_R   ? NAN
           : recipe == FROM_T ? IN(TI_STAT, i)
                              : t_from_signed_p(IN(PI, i), df);
}

static tq_status read_partial(const tq_inputs *in, size_t i, int recipe,
                              const tq_effect_options *opt, effect_study *s, tq_error *err)
{
    const double t = read_model(in, i, recipe, s), df = s->ni - s->cor.predictors - 1.0;

    (void)opt;
    (void)err;
    s->cor.r = recipe == FROM_R ? IN(RI, i) : t / hypot(t, sqrt(df));
    return TQ_OK;
}

/* Aloe & Becker (2012), J. Educ. Behav. Stat. 37:278-297: r_sp = t sqrt((1 - R2) / df). */
static tq_status read_semipartial(const tq_inputs *in, size_t i, int recipe,
                                  const tq_effect_options *opt, effect_study *s, tq_error *err)
{
    const double t = read_model(in, i, recipe, s), df = s->ni - s->cor.predictors - 1.0;

    (void)opt;
    s->cor.R2 = IN(R2I, i);
    s->cor.r = recipe == FROM_R ? IN(RI, i) : t * sqrt((1.0 - s->cor.R2) / df);
    if (s->why || s->cor.r * s->cor.r <= s->cor.R2) {
        return TQ_OK;
    }
    if (recipe == FROM_R) {
        return tq_fail(err, TQ_EDATA, i, "ri", "value '%.15g' must be <= sqrt(r2i) = %.15g",
                       fabs(s->cor.r), sqrt(s->cor.R2));
    }
    s->why = "the predictor explains more than the model";
    return TQ_OK;
}

static const char *why(const effect_study *s)
{
    return fabs(s->cor.r) == 1.0 ? "the correlation is 1 or -1" : "the sample is too small";
}

const effect_family family_partial = {.read = read_partial, .why = why};
const effect_family family_semipartial = {.read = read_semipartial, .why = why};

/* A correlation of n - mi + 1 observations: mi - 1 degrees of freedom went to other predictors. */
tq_effect effect_pcor(const effect_study *s, const effect_setting *set)
{
    const double rho = set->vtype == VTYPE_AV ? set->mean[0].value : s->cor.r;

    return (tq_effect){.yi = s->cor.r,
                       .vi = gsl_pow_2((1.0 - rho) * (1.0 + rho)) / (s->cor.n - s->cor.predictors)};
}

tq_effect effect_pcor3(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return correlation_plus_3(s->cor.r, s->cor.n - s->cor.predictors - 1.0);
}

/* Fisher (1924), Metron 3:329-332. */
tq_effect effect_zpcor(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){.yi = atanh(s->cor.r), .vi = 1.0 / (s->cor.n - s->cor.predictors - 2.0)};
}

/*
 * Aloe & Becker (2012), with R_0^2 = R^2 - r^2 of the model without the predictor:
 *
 *     (R^4 - 2 R^2 + R_0^2 + 1 - R_0^4) / n.
 */
tq_effect effect_spcor(const effect_study *s, const effect_setting *set)
{
    const double r = set->vtype == VTYPE_AV ? set->mean[0].value : s->cor.r;
    const double R2 = s->cor.R2, without = R2 - r * r;

    return (tq_effect){
        .yi = s->cor.r,
        .vi = ((1.0 - R2) * (1.0 - R2) + without * (1.0 - without)) / s->cor.n,
    };
}

tq_effect effect_zspcor(const effect_study *s, const effect_setting *set)
{
    return fisher_z(effect_spcor(s, set));
}
