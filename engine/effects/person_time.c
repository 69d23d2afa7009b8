/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events over person-time in two groups. */
#include "effects/effects_internal.h"

#include <math.h>

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_person_time[1] = {
    {"events and person-time", BIT(X1I) | BIT(T1I) | BIT(X2I) | BIT(T2I), 0, {{0}}},
};

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    (void)recipe;
    (void)opt;
    (void)err;
    s->rates.x1 = IN(X1I, i);
    s->rates.t1 = IN(T1I, i);
    s->rates.x2 = IN(X2I, i);
    s->rates.t2 = IN(T2I, i);
    return TQ_OK;
}

static int has_zero(const effect_study *s)
{
    return s->rates.x1 == 0.0 || s->rates.x2 == 0.0;
}

static int double_zero(const effect_study *s)
{
    return s->rates.x1 == 0.0 && s->rates.x2 == 0.0;
}

/* Events grow; the time they were counted over does not. */
static void add(effect_study *s, double increment)
{
    s->rates.x1 += increment;
    s->rates.x2 += increment;
}

static const char *why(const effect_study *s)
{
    if (double_zero(s)) {
        return "no events in either group";
    }
    return has_zero(s) ? "no events in one of the groups" : NULL;
}

const effect_family family_person_time = {read, has_zero, double_zero, add, why, NULL};

/* Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed., ch. 14. */
tq_effect effect_irr(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){
        .yi = log(s->rates.x1 / s->rates.t1) - log(s->rates.x2 / s->rates.t2),
        .vi = 1.0 / s->rates.x1 + 1.0 / s->rates.x2,
    };
}
