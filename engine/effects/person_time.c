/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events over person-time in two groups, and in one. */
#include "effects/effects_internal.h"

#include <math.h>

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_person_time[1] = {
    {"events and person-time", BIT(X1I) | BIT(T1I) | BIT(X2I) | BIT(T2I), 0, {{0}}},
};

const tq_recipe recipes_rate[1] = {
    {"events and person-time of one group", BIT(XI) | BIT(TI), 0, {{0}}},
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
static void add(effect_study *s, double first, double second)
{
    s->rates.x1 += first;
    s->rates.x2 += second;
}

static const char *why(const effect_study *s)
{
    if (double_zero(s)) {
        return "no events in either group";
    }
    return has_zero(s) ? "no events in one of the groups" : NULL;
}

static tq_events events(const effect_study *s)
{
    return (tq_events){s->rates.x1, s->rates.t1, s->rates.x2, s->rates.t2};
}

const effect_family family_person_time = {.read = read,
                                          .has_zero = has_zero,
                                          .double_zero = double_zero,
                                          .add = add,
                                          .why = why,
                                          .events = events};

/* Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed., ch. 14. */
tq_effect effect_irr(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){
        .yi = log(s->rates.x1 / s->rates.t1) - log(s->rates.x2 / s->rates.t2),
        .vi = 1.0 / s->rates.x1 + 1.0 / s->rates.x2,
    };
}

tq_effect effect_ird(const effect_study *s, const effect_setting *set)
{
    const double r1 = s->rates.x1 / s->rates.t1, r2 = s->rates.x2 / s->rates.t2;

    (void)set;
    return (tq_effect){.yi = r1 - r2, .vi = r1 / s->rates.t1 + r2 / s->rates.t2};
}

/* The square root stabilizes the variance of a Poisson rate: Bagos & Nikolopoulos (2009), Int. J.
   Biostat. 5(1):21. */
tq_effect effect_irsd(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){
        .yi = sqrt(s->rates.x1 / s->rates.t1) - sqrt(s->rates.x2 / s->rates.t2),
        .vi = 0.25 / s->rates.t1 + 0.25 / s->rates.t2,
    };
}

/* ---- one group ---- */

static tq_status read_rate(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                           effect_study *s, tq_error *err)
{
    (void)recipe;
    (void)opt;
    (void)err;
    s->rate.x = IN(XI, i);
    s->rate.t = s->ni = IN(TI, i);
    return TQ_OK;
}

static int no_events(const effect_study *s)
{
    return s->rate.x == 0.0;
}

static void add_events(effect_study *s, double increment, double unused)
{
    (void)unused; /* there is one group */
    s->rate.x += increment;
}

static const char *why_no_rate(const effect_study *s)
{
    return no_events(s) ? "no events" : NULL;
}

static tq_events events_of_rate(const effect_study *s)
{
    return (tq_events){s->rate.x, s->rate.t, NAN, NAN};
}

const effect_family family_rate = {.read = read_rate,
                                   .has_zero = no_events,
                                   .add = add_events,
                                   .why = why_no_rate,
                                   .events = events_of_rate};

/* Variances: Rothman, Greenland & Lash (2008), Modern Epidemiology, 3rd ed., ch. 14. */
tq_effect effect_ir(const effect_study *s, const effect_setting *set)
{
    const double r = s->rate.x / s->rate.t;

    (void)set;
    return (tq_effect){.yi = r, .vi = r / s->rate.t};
}

tq_effect effect_irln(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){.yi = log(s->rate.x / s->rate.t), .vi = 1.0 / s->rate.x};
}

tq_effect effect_irs(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){.yi = sqrt(s->rate.x / s->rate.t), .vi = 0.25 / s->rate.t};
}

/* Freeman & Tukey (1950), Ann. Math. Stat. 21:607-611: (sqrt(x/t) + sqrt((x + 1)/t)) / 2. */
tq_effect effect_irft(const effect_study *s, const effect_setting *set)
{
    const double x = s->rate.x, t = s->rate.t;

    (void)set;
    return (tq_effect){.yi = 0.5 * (sqrt(x / t) + sqrt((x + 1.0) / t)), .vi = 0.25 / t};
}
