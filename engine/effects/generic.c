/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects that the study gives as such: estimate with variance, standard error or limits. */
#include "effects/effects_internal.h"

#include <math.h>

enum { FROM_VI, FROM_SEI, FROM_LIMITS };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_generic[3] = {
    {"estimate and variance", BIT(YI) | BIT(VI), FROM_VI, {{0}}},
    {"estimate and standard error", BIT(YI) | BIT(SEI), FROM_SEI, {{0}}},
    {"estimate and confidence limits", BIT(YI) | BIT(CI_LB) | BIT(CI_UB), FROM_LIMITS, {{0}}},
};

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    double se = NAN;

    if (in->column[TQ_IN_NI]) {
        s->ni = IN(NI, i);
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
