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
    FROM_HR,
    FROM_RATIO,
    FROM_RATIO_SEI,
    FROM_RATIO_P,
    FROM_SCORE
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
    {"ratio and its confidence limits", BIT(RATIO) | BIT(CI_LB) | BIT(CI_UB), FROM_RATIO, {{0}}},
    {"ratio and the standard error of its logarithm", BIT(RATIO) | BIT(SEI), FROM_RATIO_SEI, {{0}}},
    {"estimate and p-value", BIT(YI) | BIT(PI), FROM_P, {{0}}},
    {"ratio and p-value", BIT(RATIO) | BIT(PI), FROM_RATIO_P, {{0}}},
};
const tq_recipe recipes_hazard[6] = {
    GIVEN,
    {"hazard ratio and confidence limits", BIT(HR) | BIT(CI_LB) | BIT(CI_UB), FROM_HR, {{0}}},
    {"observed minus expected events", BIT(OE) | BIT(VE), FROM_SCORE, {{0}}},
    {"estimate and p-value", BIT(YI) | BIT(PI), FROM_P, {{0}}},
};

/* The logarithm of a ratio and its standard error from limits on the scale of the ratio. */
static tq_status read_ratio(const tq_inputs *in, tq_input of, size_t i, double level, double *yi,
                            double *se, tq_error *err)
{
    const double lb = IN(CI_LB, i), ub = IN(CI_UB, i);
    double width = NAN; /* on the scale of the ratio: of no use but for the checks */

    if (!(lb > 0.0)) {
        return tq_fail(err, TQ_EDATA, i, "ci-lb", "value '%.15g' must be > 0, the limit of a ratio",
                       lb);
    }
    *yi = log(in->column[of][i]);
    *se = (log(ub) - log(lb)) / (2.0 * tq_critical_value(level, NAN));
    return se_from_limits(in->column[of][i], of, lb, ub, level, NAN, i, &width, err);
}

/* From Wald's test, z = yi / se: |yi| over the normal quantile of the two-sided p-value, whose sign
   says nothing here. An effect of 0, or p = 1, tells no standard error. */
static void read_tested(const tq_inputs *in, size_t i, double yi, effect_study *s)
{
    const double se = -fabs(yi) / tq_normal_quantile(0.5 * fabs(IN(PI, i)));

    s->given = (tq_effect){yi, se * se};
    if (!(s->given.vi > 0.0 && isfinite(s->given.vi))) {
        s->why = "the p-value tells no standard error";
    }
}

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    double se = NAN;

    if (in->column[TQ_IN_NI]) {
        s->ni = IN(NI, i);
    }
    if (recipe ==
        FROM_SCORE) { /* log-rank: Yusuf et al. (1985), Prog. Cardiovasc. Dis. 27:335-371 */
        s->given = (tq_effect){IN(OE, i) / IN(VE, i), 1.0 / IN(VE, i)};
        return TQ_OK;
    }
    if (recipe == FROM_RATIO_SEI) {
        s->given = (tq_effect){log(IN(RATIO, i)), IN(SEI, i) * IN(SEI, i)};
        return TQ_OK;
    }
    if (recipe == FROM_P || recipe == FROM_RATIO_P) {
        read_tested(in, i, recipe == FROM_P ? IN(YI, i) : log(IN(RATIO, i)), s);
        return TQ_OK;
    }
    if (recipe == FROM_HR || recipe == FROM_RATIO) {
        const tq_status status = read_ratio(in, recipe == FROM_HR ? TQ_IN_HR : TQ_IN_RATIO, i,
                                            opt->ci_level, &s->given.yi, &se, err);

        s->given.vi = se * se;
        return status;
    }
    s->given.yi = IN(YI, i);
    if (recipe == FROM_VI) {
        s->given.vi = IN(VI, i);
        return TQ_OK;
    }
    if (recipe == FROM_SEI) {
        se = IN(SEI, i);
    } else {
        const tq_status status = se_from_limits(IN(YI, i), TQ_IN_YI, IN(CI_LB, i), IN(CI_UB, i),
                                                opt->ci_level, NAN, i, &se, err);

        if (status != TQ_OK) {
            return status;
        }
    }
    s->given.vi = se * se;
    return TQ_OK;
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
