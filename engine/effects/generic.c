/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects that the study gives as such: estimate with variance, standard error or limits; hazard
   ratios. */
#include "effects/effects_internal.h"

#include <math.h>

#include "core/distributions.h"

enum {
    FROM_VI,
    FROM_SEI,
    FROM_LIMITS,
    FROM_P,
    FROM_RATIO_LIMITS,
    FROM_RATIO_SEI,
    FROM_RATIO_P,
    FROM_HR_LIMITS,
    FROM_HR_SEI,
    FROM_HR_P,
    FROM_SCORE
};

/* What tells the estimate, the logarithm of it but for yi, and what its precision. */
static const struct {
    tq_input estimate, precision;
} told_by[] = {
    [FROM_VI] = {TQ_IN_YI, TQ_IN_VI},
    [FROM_SEI] = {TQ_IN_YI, TQ_IN_SEI},
    [FROM_LIMITS] = {TQ_IN_YI, TQ_IN_CI_LB},
    [FROM_P] = {TQ_IN_YI, TQ_IN_PI},
    [FROM_RATIO_LIMITS] = {TQ_IN_RATIO, TQ_IN_CI_LB},
    [FROM_RATIO_SEI] = {TQ_IN_RATIO, TQ_IN_SEI},
    [FROM_RATIO_P] = {TQ_IN_RATIO, TQ_IN_PI},
    [FROM_HR_LIMITS] = {TQ_IN_HR, TQ_IN_CI_LB},
    [FROM_HR_SEI] = {TQ_IN_HR, TQ_IN_SEI},
    [FROM_HR_P] = {TQ_IN_HR, TQ_IN_PI},
};

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

/* The less exact ways stand last: a p-value is printed with two or three digits. */
#define GIVEN \
    {"estimate and variance", BIT(YI) | BIT(VI), FROM_VI, {{0}}}, \
        {"estimate and standard error", BIT(YI) | BIT(SEI), FROM_SEI, {{0}}}, \
    { \
        "estimate and confidence limits", BIT(YI) | BIT(CI_LB) | BIT(CI_UB), FROM_LIMITS, \
        { \
            { \
                0 \
            } \
        } \
    }

const tq_recipe recipes_given[3] = {GIVEN};
const tq_recipe recipes_generic[7] = {
    GIVEN,
    {"ratio and its confidence limits",
     BIT(RATIO) | BIT(CI_LB) | BIT(CI_UB),
     FROM_RATIO_LIMITS,
     {{0}}},
    {"ratio and the standard error of its logarithm", BIT(RATIO) | BIT(SEI), FROM_RATIO_SEI, {{0}}},
    {"estimate and p-value", BIT(YI) | BIT(PI), FROM_P, {{0}}},
    {"ratio and p-value", BIT(RATIO) | BIT(PI), FROM_RATIO_P, {{0}}},
};
const tq_recipe recipes_hazard[8] = {
    GIVEN,
    {"hazard ratio and confidence limits",
     BIT(HR) | BIT(CI_LB) | BIT(CI_UB),
     FROM_HR_LIMITS,
     {{0}}},
    {"hazard ratio and the standard error of its logarithm",
     BIT(HR) | BIT(SEI),
     FROM_HR_SEI,
     {{0}}},
    {"observed minus expected events", BIT(OE) | BIT(VE), FROM_SCORE, {{0}}},
    {"estimate and p-value", BIT(YI) | BIT(PI), FROM_P, {{0}}},
    {"hazard ratio and p-value", BIT(HR) | BIT(PI), FROM_HR_P, {{0}}},
};

/* The standard error of a logarithm from limits on the scale of the ratio. */
static tq_status se_of_ratio(const tq_inputs *in, tq_input ratio, size_t i, double level,
                             double *se, tq_error *err)
{
    const double lb = IN(CI_LB, i), ub = IN(CI_UB, i);
    double width = NAN; /* on the scale of the ratio: of no use but for the checks */

    if (!(lb > 0.0)) {
        return tq_fail(err, TQ_EDATA, i, "ci-lb", "value '%.15g' must be > 0, the limit of a ratio",
                       lb);
    }
    *se = (log(ub) - log(lb)) / (2.0 * tq_critical_value(level, NAN));
    return se_from_limits(in->column[ratio][i], ratio, lb, ub, level, NAN, i, &width, err);
}

/* From Wald's test, z = yi / se: |yi| over the normal quantile of the two-sided p-value, whose sign
   says nothing here. An effect of 0, or p = 1, tells no standard error. */
static double se_of_tested(double yi, double p)
{
    return -fabs(yi) / tq_normal_quantile(0.5 * fabs(p));
}

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    if (in->column[TQ_IN_NI]) {
        s->ni = IN(NI, i);
    }
    if (recipe == FROM_SCORE) {
        /* log-rank: Yusuf et al. (1985), Prog. Cardiovasc. Dis. 27:335-371 */
        s->given = (tq_effect){IN(OE, i) / IN(VE, i), 1.0 / IN(VE, i)};
        return TQ_OK;
    }
    const tq_input of = told_by[recipe].estimate, by = told_by[recipe].precision;
    const double estimate = in->column[of][i], yi = of == TQ_IN_YI ? estimate : log(estimate);
    double se = NAN;
    tq_status status = TQ_OK;

    if (by == TQ_IN_VI) {
        s->given = (tq_effect){yi, IN(VI, i)};
        return TQ_OK;
    }
    if (by == TQ_IN_SEI) {
        se = IN(SEI, i);
    } else if (by == TQ_IN_PI) {
        se = se_of_tested(yi, IN(PI, i));
        s->why = se > 0.0 && isfinite(se) ? NULL : "the p-value tells no standard error";
    } else if (of == TQ_IN_YI) {
        status = se_from_limits(yi, TQ_IN_YI, IN(CI_LB, i), IN(CI_UB, i), opt->ci_level, NAN, i,
                                &se, err);
    } else {
        status = se_of_ratio(in, of, i, opt->ci_level, &se, err);
    }
    s->given = (tq_effect){yi, se * se};
    return status;
}

static void partial(const tq_inputs *in, size_t i, tq_effect *out)
{
    if (in->column[TQ_IN_YI]) {
        out->yi = IN(YI, i);
    }
    if (in->column[TQ_IN_VI]) {
        out->vi = IN(VI, i);
    } else if (in->column[TQ_IN_SEI]) {
        out->vi = IN(SEI, i) * IN(SEI, i);
    }
}

const effect_family family_generic = {.read = read, .partial = partial};

tq_effect effect_gen(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return s->given;
}
