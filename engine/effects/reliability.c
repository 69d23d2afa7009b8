/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal consistency of a scale: Cronbach's alpha. */
#include "effects/effects_internal.h"

#include <math.h>

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_reliability[1] = {
    {"alpha, items and size",
     BIT(AI) | BIT(MI) | BIT(NI),
     0,
     {{TQ_IN_AI, TQ_KIND_RELIABILITY}, {TQ_IN_MI, TQ_KIND_ITEMS}}},
};

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    (void)recipe;
    (void)opt;
    (void)err;
    s->scale.alpha = IN(AI, i);
    s->scale.items = IN(MI, i);
    s->scale.n = s->ni = IN(NI, i);
    if (!(s->ni > 2.0)) {
        s->why = "ni must be above 2";
    }
    return TQ_OK;
}

static const char *why(const effect_study *s)
{
    return s->scale.alpha == 1.0 ? "alpha is 1" : NULL;
}

const effect_family family_reliability = {.read = read, .why = why};

/* Bonett (2010), Psychol. Methods 15:368-385: the variance of alpha itself. */
tq_effect effect_araw(const effect_study *s, const effect_setting *set)
{
    const double items = s->scale.items, rest = 1.0 - s->scale.alpha;

    (void)set;
    return (tq_effect){.yi = s->scale.alpha,
                       .vi = 2.0 * items * rest * rest / ((items - 1.0) * (s->scale.n - 2.0))};
}

/* Hakstian & Whalen (1976), Psychometrika 41:219-231; the sign makes larger alphas larger. */
tq_effect effect_ahw(const effect_study *s, const effect_setting *set)
{
    const double items = s->scale.items, n = s->scale.n, root = cbrt(1.0 - s->scale.alpha);
    const double scale = 9.0 * n - 11.0;

    (void)set;
    return (tq_effect){
        .yi = 1.0 - root,
        .vi = 18.0 * items * (n - 1.0) * root * root / ((items - 1.0) * scale * scale),
    };
}

/* Bonett (2002), J. Educ. Behav. Stat. 27:335-340; the sign makes larger alphas larger. */
tq_effect effect_abt(const effect_study *s, const effect_setting *set)
{
    const double items = s->scale.items;

    (void)set;
    return (tq_effect){.yi = -log1p(-s->scale.alpha),
                       .vi = 2.0 * items / ((items - 1.0) * (s->scale.n - 2.0))};
}
