/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events in two groups: ratios and differences of risks and odds. */
#include "effects/effects_internal.h"

#include <math.h>

enum { FROM_CELLS, FROM_SIZES };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

const tq_recipe recipes_two_by_two[2] = {
    {"events and non-events", BIT(AI) | BIT(BI) | BIT(CI) | BIT(DI), FROM_CELLS, {{0}}},
    {"events and group sizes", BIT(AI) | BIT(N1I) | BIT(CI) | BIT(N2I), FROM_SIZES, {{0}}},
};

static tq_status events_within(double events, tq_input events_input, double size,
                               tq_input size_input, size_t row, tq_error *err)
{
    if (events > size) {
        return tq_fail(err, TQ_EDATA, row, tq_input_name(events_input),
                       "value '%.15g' must be <= %s = %.15g", events, tq_input_name(size_input),
                       size);
    }
    return TQ_OK;
}

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    (void)opt;
    s->table.a = IN(AI, i);
    s->table.c = IN(CI, i);
    if (recipe == FROM_CELLS) {
        s->table.b = IN(BI, i);
        s->table.d = IN(DI, i);
    } else {
        tq_status status = events_within(IN(AI, i), TQ_IN_AI, IN(N1I, i), TQ_IN_N1I, i, err);

        if (status == TQ_OK) {
            status = events_within(IN(CI, i), TQ_IN_CI, IN(N2I, i), TQ_IN_N2I, i, err);
        }
        if (status != TQ_OK) {
            return status;
        }
        s->table.b = IN(N1I, i) - IN(AI, i);
        s->table.d = IN(N2I, i) - IN(CI, i);
    }
    const double n1 = s->table.a + s->table.b, n2 = s->table.c + s->table.d;

    s->ni = n1 + n2;
    if (!(n1 > 0.0 && n2 > 0.0)) {
        s->why = "a group is empty";
    }
    return TQ_OK;
}

static int has_zero(const effect_study *s)
{
    return s->table.a == 0.0 || s->table.b == 0.0 || s->table.c == 0.0 || s->table.d == 0.0;
}

static int double_zero(const effect_study *s)
{
    return (s->table.a == 0.0 && s->table.c == 0.0) || (s->table.b == 0.0 && s->table.d == 0.0);
}

static void add(effect_study *s, double increment)
{
    s->table.a += increment;
    s->table.b += increment;
    s->table.c += increment;
    s->table.d += increment;
}

static const char *why(const effect_study *s)
{
    if (s->table.a == 0.0 && s->table.c == 0.0) {
        return "no events in either group";
    }
    if (s->table.b == 0.0 && s->table.d == 0.0) {
        return "nothing but events in both groups";
    }
    return has_zero(s) ? "a cell of the table is zero" : NULL;
}

const effect_family family_two_by_two = {read, has_zero, double_zero, add, why, NULL};

void average_risks(const effect_study *s, const effect_setting *set, effect_term *term)
{
    const double n1 = s->table.a + s->table.b, n2 = s->table.c + s->table.d;

    (void)set;
    term[0] = (effect_term){s->table.a / n1, n1};
    term[1] = (effect_term){s->table.c / n2, n2};
}

/* Variances: Fleiss & Berlin (2009), in Cooper, Hedges & Valentine, Handbook, 237-253. AV puts the
   average risk of all studies in place of the study's own. */
tq_effect effect_rr(const effect_study *s, const effect_setting *set)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d;
    const double n1 = a + b, n2 = c + d;
    tq_effect e = {.yi = log(a / n1) - log(c / n2)};

    if (set->vtype == VTYPE_AV) {
        const double p1 = set->mean[0].value, p2 = set->mean[1].value;

        e.vi = (1.0 - p1) / p1 / n1 + (1.0 - p2) / p2 / n2;
    } else {
        /* 1/a - 1/n1 + 1/c - 1/n2 without the cancellation of common events. */
        e.vi = b / n1 / a + d / n2 / c;
    }
    return e;
}

tq_effect effect_or(const effect_study *s, const effect_setting *set)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d;
    tq_effect e = {.yi = log(a / b) - log(c / d)};

    if (set->vtype == VTYPE_AV) {
        const double p1 = set->mean[0].value, p2 = set->mean[1].value;

        e.vi = 1.0 / ((a + b) * p1 * (1.0 - p1)) + 1.0 / ((c + d) * p2 * (1.0 - p2));
    } else {
        e.vi =
            1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d; /* Woolf (1955), Ann. Hum. Genet. 19:251-253 */
    }
    return e;
}

tq_effect effect_rd(const effect_study *s, const effect_setting *set)
{
    const double n1 = s->table.a + s->table.b, n2 = s->table.c + s->table.d;
    const double p1 = s->table.a / n1, p2 = s->table.c / n2;
    const double q1 = s->table.b / n1, q2 = s->table.d / n2;
    tq_effect e = {.yi = p1 - p2};

    if (set->vtype == VTYPE_AV) {
        const double m1 = set->mean[0].value, m2 = set->mean[1].value;

        e.vi = m1 * (1.0 - m1) / n1 + m2 * (1.0 - m2) / n2;
    } else {
        const double less = set->vtype == VTYPE_UB ? 1.0 : 0.0;

        e.vi = p1 * q1 / (n1 - less) + p2 * q2 / (n2 - less);
    }
    return e;
}

/*
 * Yusuf et al. (1985), Prog. Cardiovasc. Dis. 27:335-371: (observed - expected) / V with V of the
 * hypergeometric distribution. Observed - expected is (ad - bc) / N: the same, without cancelling
 * two nearly equal counts.
 */
tq_effect effect_peto(const effect_study *s, const effect_setting *set)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d;
    const double n1 = a + b, n2 = c + d, N = n1 + n2;
    const double oe = a * (d / N) - b * (c / N);
    const double V = (a + c) * ((b + d) / (N - 1.0)) * (n1 / N) * (n2 / N);

    (void)set;
    return (tq_effect){.yi = oe / V, .vi = 1.0 / V};
}

/* Rücker et al. (2009), Stat. Med. 28:721-738; asin sqrt(a/n1) = atan(sqrt(a) / sqrt(b)). */
tq_effect effect_as(const effect_study *s, const effect_setting *set)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d;

    (void)set;
    return (tq_effect){.yi = atan2(sqrt(a), sqrt(b)) - atan2(sqrt(c), sqrt(d)),
                       .vi = 0.25 / (a + b) + 0.25 / (c + d)};
}
