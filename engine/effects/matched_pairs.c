/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events in matched pairs, or in one group on two occasions: the table of both outcomes. */
#include "effects/effects_internal.h"

#include <float.h>
#include <math.h>

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)

enum { FROM_CELLS = TABLE_FROM_CELLS, FROM_SIZES = TABLE_FROM_SIZES, FROM_JOINT = 2 };

const tq_recipe recipes_matched[1] = {
    {"pairs by both outcomes", BIT(AI) | BIT(BI) | BIT(CI) | BIT(DI), FROM_CELLS, {{0}}}};

/* Recipe ids: how the margins are given, with FROM_JOINT where pi says what r says otherwise. */
const tq_recipe recipes_margins[4] = {
    {"margins and phi", BIT(AI) | BIT(BI) | BIT(CI) | BIT(DI) | BIT(RI), FROM_CELLS, {{0}}},
    {"margins, sizes and phi",
     BIT(AI) | BIT(N1I) | BIT(CI) | BIT(N2I) | BIT(RI),
     FROM_SIZES,
     {{0}}},
    {"margins and joint proportion",
     BIT(AI) | BIT(BI) | BIT(CI) | BIT(DI) | BIT(PI),
     FROM_CELLS + FROM_JOINT,
     {{TQ_IN_PI, TQ_KIND_PROPORTION}}},
    {"margins, sizes and joint proportion",
     BIT(AI) | BIT(N1I) | BIT(CI) | BIT(N2I) | BIT(PI),
     FROM_SIZES + FROM_JOINT,
     {{TQ_IN_PI, TQ_KIND_PROPORTION}}},
};

/* ---- the paired table: a both events, b event under 1 only, c under 2 only, d neither ---- */

static tq_status read_pairs(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                            effect_study *s, tq_error *err)
{
    const tq_status status = read_table(in, i, recipe, s, err);

    (void)opt;
    if (status == TQ_OK) {
        s->ni = s->table.a + s->table.b + s->table.c + s->table.d;
        s->why = s->ni > 0.0 ? NULL : "there are no pairs";
    }
    return status;
}

static const char *why_no_pairs(const effect_study *s)
{
    if (s->table.b == 0.0 && s->table.c == 0.0) {
        return "no pair differs in its outcomes";
    }
    return table_has_zero(s) ? "a cell of the table is zero" : NULL;
}

const effect_family family_matched = {.read = read_pairs,
                                      .has_zero = table_has_zero,
                                      .double_zero = table_double_zero,
                                      .add = table_add,
                                      .why = why_no_pairs};

/* May & Johnson (1997), Stat. Med. 16:2127-2136: (b + c - (b - c)^2/n) / n^2. */
tq_effect effect_mprd(const effect_study *s, const effect_setting *set)
{
    const double n = s->table.a + s->table.b + s->table.c + s->table.d;
    const double p12 = s->table.b / n, p21 = s->table.c / n;

    (void)set;
    return (tq_effect){.yi = p12 - p21,
                       .vi = (p12 * (1.0 - p12) + 2.0 * p12 * p21 + p21 * (1.0 - p21)) / n};
}

/* Zou (2007), Clin. Trials 4:25-31. */
tq_effect effect_mprr(const effect_study *s, const effect_setting *set)
{
    const double m1 = s->table.a + s->table.b, m2 = s->table.a + s->table.c;

    (void)set;
    return (tq_effect){.yi = log(m1 / m2), .vi = (s->table.b + s->table.c) / m1 / m2};
}

/*
 * Odds ratio of the margins: Elbourne et al. (2002), Int. J. Epidemiol. 31:140-149. The logits have
 * the variances 1/(n p q) and the covariance (p11 - p1 p2)/(n p1 q1 p2 q2), here ad - bc over both.
 */
tq_effect effect_mpor(const effect_study *s, const effect_setting *set)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d;
    const double n = a + b + c + d, u1 = (a + b) * ((c + d) / n), u2 = (a + c) * ((b + d) / n);
    const double covariance = (a / u1 * (d / u2) - b / u1 * (c / u2)) / n;

    (void)set;
    return (tq_effect){.yi = log((a + b) / (c + d)) - log((a + c) / (b + d)),
                       .vi = 1.0 / u1 + 1.0 / u2 - 2.0 * covariance};
}

/* Conditional on the pairs that differ: Curtin, Elbourne & Altman (2002), Stat. Med.
   21:2145-2159. */
tq_effect effect_mporc(const effect_study *s, const effect_setting *set)
{
    (void)set;
    return (tq_effect){.yi = log(s->table.b / s->table.c),
                       .vi = 1.0 / s->table.b + 1.0 / s->table.c};
}

/* The same by Peto's method, observed minus expected (b - c)/2 with the variance (b + c)/4. */
tq_effect effect_mppeto(const effect_study *s, const effect_setting *set)
{
    const double differ = s->table.b + s->table.c;

    (void)set;
    return (tq_effect){.yi = 2.0 * (s->table.b - s->table.c) / differ, .vi = 4.0 / differ};
}

/* ---- the margins alone: a events, b non-events under 1; c and d under 2; the same pairs ---- */

static tq_status read_margins(const tq_inputs *in, size_t i, int recipe,
                              const tq_effect_options *opt, effect_study *s, tq_error *err)
{
    const tq_status status =
        read_table(in, i, recipe & FROM_SIZES ? FROM_SIZES : FROM_CELLS, s, err);

    (void)opt;
    if (status != TQ_OK) {
        return status;
    }
    s->ni = s->table.a + s->table.b;
    if (recipe & FROM_JOINT) {
        s->table.joint = IN(PI, i);
    } else {
        s->table.r = IN(RI, i);
    }
    if (!(s->ni > 0.0)) {
        s->why = "there are no pairs";
    } else if (s->table.c + s->table.d != s->ni) {
        s->why = "the margins differ in their number of pairs";
    }
    return TQ_OK;
}

/* P(event under both), and whether the margins allow it. */
static double joint(const effect_study *s, int *possible)
{
    const double n = s->table.a + s->table.b, p1 = s->table.a / n, p2 = s->table.c / n;
    const double p11 = isnan(s->table.joint)
                           ? s->table.r * sqrt(p1 * (1.0 - p1) * p2 * (1.0 - p2)) + p1 * p2
                           : s->table.joint;
    /* An r that is exactly as large as can be comes out with the rounding of three products. */
    const double rounding = 4.0 * DBL_EPSILON;

    *possible = p11 >= fmax(0.0, p1 + p2 - 1.0) - rounding && p11 <= fmin(p1, p2) + rounding;
    return p11;
}

static const char *why_no_margins(const effect_study *s)
{
    int possible;

    if (table_has_zero(s)) {
        return "a cell of the margins is zero";
    }
    joint(s, &possible);
    return possible ? NULL : "the margins do not allow this correlation";
}

const effect_family family_margins = {.read = read_margins,
                                      .has_zero = table_has_zero,
                                      .double_zero = table_double_zero,
                                      .add = table_add,
                                      .why = why_no_margins};

/* As effect_mpor(), with the covariance from r or the joint proportion. */
tq_effect effect_mporm(const effect_study *s, const effect_setting *set)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d, n = a + b;
    const double p1 = a / n, q1 = b / n, p2 = c / n, q2 = d / n;
    int possible;
    const double p11 = joint(s, &possible);
    const double covariance = (p11 - p1 * p2) / (n * p1 * q1 * p2 * q2);
    tq_effect e = {.yi = log(a / b) - log(c / d), .vi = NAN};

    (void)set;
    if (possible) {
        e.vi = 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d - 2.0 * covariance;
    }
    return e;
}
