/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events in one group: a proportion, raw or transformed. */
#include "effects/effects_internal.h"

#include <math.h>

#include <gsl/gsl_math.h>

#include "core/distributions.h"

enum { FROM_SIZE, FROM_NON_EVENTS };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_proportions[2] = {
    {"events and size", BIT(XI) | BIT(NI), FROM_SIZE, {{0}}},
    {"events and non-events", BIT(XI) | BIT(MI), FROM_NON_EVENTS, {{TQ_IN_MI, TQ_KIND_COUNT}}},
};

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    const double x = IN(XI, i);

    (void)opt;
    if (recipe == FROM_SIZE && x > IN(NI, i)) {
        return tq_fail(err, TQ_EDATA, i, "xi", "value '%.15g' must be <= ni = %.15g", x, IN(NI, i));
    }
    s->group.x = x;
    s->group.m = recipe == FROM_SIZE ? IN(NI, i) - x : IN(MI, i);
    s->ni = s->group.x + s->group.m;
    if (!(s->ni > 0.0)) {
        s->why = "the group is empty";
    }
    return TQ_OK;
}

static int has_zero(const effect_study *s)
{
    return s->group.x == 0.0 || s->group.m == 0.0;
}

static void add(effect_study *s, double increment, double unused)
{
    (void)unused; /* there is one group */
    s->group.x += increment;
    s->group.m += increment;
}

static const char *why(const effect_study *s)
{
    if (s->group.x == 0.0) {
        return "no events";
    }
    return s->group.m == 0.0 ? "nothing but events" : NULL;
}

static tq_events events(const effect_study *s)
{
    return (tq_events){s->group.x, s->group.x + s->group.m, NAN, NAN};
}

const effect_family family_proportions = {
    .read = read, .has_zero = has_zero, .add = add, .why = why, .events = events};

void average_proportion(const effect_study *s, const effect_setting *set, effect_term *term)
{
    const double n = s->group.x + s->group.m;

    (void)set;
    term[0] = (effect_term){s->group.x / n, n};
}

tq_effect effect_pr(const effect_study *s, const effect_setting *set)
{
    const double n = s->group.x + s->group.m, own = s->group.x / n;
    const int av = set->vtype == VTYPE_AV;
    const double p = av ? set->mean[0].value : own, q = av ? 1.0 - p : s->group.m / n;

    return (tq_effect){.yi = own, .vi = p * q / (set->vtype == VTYPE_UB ? n - 1.0 : n)};
}

tq_effect effect_pln(const effect_study *s, const effect_setting *set)
{
    const double n = s->group.x + s->group.m, p = set->mean[0].value;

    return (tq_effect){
        .yi = log(s->group.x / n),
        .vi = set->vtype == VTYPE_AV ? (1.0 - p) / p / n : s->group.m / n / s->group.x,
    };
}

tq_effect effect_plo(const effect_study *s, const effect_setting *set)
{
    const double x = s->group.x, m = s->group.m, p = set->mean[0].value;

    return (tq_effect){
        .yi = log(x / m),
        .vi = set->vtype == VTYPE_AV ? 1.0 / ((x + m) * p * (1.0 - p)) : 1.0 / x + 1.0 / m,
    };
}

/*
 * The probit of x/n, its variance by the delta method p q / (n f^2), f the normal density there:
 * Sánchez-Meca et al. (2003), Psychol. Methods 8:448-467. The smaller tail keeps its digits.
 */
tq_effect effect_prz(const effect_study *s, const effect_setting *set)
{
    const double x = s->group.x, m = s->group.m, n = x + m;
    const double tail = tq_normal_quantile(fmin(x, m) / n), z = x < m ? tail : -tail;

    (void)set;
    return (tq_effect){.yi = z, .vi = 2.0 * M_PI * (x / n) * (m / n) * exp(z * z) / n};
}

/* asin sqrt(x/n) = atan(sqrt(x) / sqrt(m)), exact at both ends. */
tq_effect effect_pas(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){.yi = atan2(sqrt(s->group.x), sqrt(s->group.m)),
                       .vi = 0.25 / (s->group.x + s->group.m)};
}

/*
 * Freeman & Tukey (1950), Ann. Math. Stat. 21:607-611, halved so that it estimates the same angle
 * as the plain arcsine:  yi = (asin sqrt(x/(n + 1)) + asin sqrt((x + 1)/(n + 1))) / 2.
 */
tq_effect effect_pft(const effect_study *s, const effect_setting *set)
{
    const double x = s->group.x, m = s->group.m;

    (void)set;
    return (tq_effect){
        .yi = 0.5 * (atan2(sqrt(x), sqrt(m + 1.0)) + atan2(sqrt(x + 1.0), sqrt(m))),
        .vi = 0.25 / (x + m + 0.5),
    };
}
