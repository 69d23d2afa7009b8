/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events in two groups: ratios and differences of risks and odds. */
#include "effects/effects_internal.h"

#include <math.h>

#include <gsl/gsl_math.h>

enum { FROM_CELLS = TABLE_FROM_CELLS, FROM_SIZES = TABLE_FROM_SIZES, FROM_SCORE };

#define BIT(name) TQ_INPUT_BIT(TQ_IN_##name)
#define CELLS \
    { \
        "events and non-events", BIT(AI) | BIT(BI) | BIT(CI) | BIT(DI), FROM_CELLS, \
        { \
            { \
                0 \
            } \
        } \
    }
#define SIZES \
    { \
        "events and group sizes", BIT(AI) | BIT(N1I) | BIT(CI) | BIT(N2I), FROM_SIZES, \
        { \
            { \
                0 \
            } \
        } \
    }

const tq_recipe recipes_two_by_two[2] = {CELLS, SIZES};
const tq_recipe recipes_peto[3] = {
    CELLS, SIZES, {"observed minus expected events", BIT(OE) | BIT(VE), FROM_SCORE, {{0}}}};

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

tq_status read_table(const tq_inputs *in, size_t i, int recipe, effect_study *s, tq_error *err)
{
    s->table.a = IN(AI, i);
    s->table.c = IN(CI, i);
    if (recipe == TABLE_FROM_CELLS) {
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
    s->table.r = s->table.joint = NAN;
    return TQ_OK;
}

static tq_status read(const tq_inputs *in, size_t i, int recipe, const tq_effect_options *opt,
                      effect_study *s, tq_error *err)
{
    (void)opt;
    if (recipe == FROM_SCORE) {
        s->score.oe = IN(OE, i);
        s->score.V = IN(VE, i);
        s->no_cells = 1;
        return TQ_OK;
    }
    const tq_status status = read_table(in, i, recipe, s, err);

    if (status == TQ_OK) {
        const double n1 = s->table.a + s->table.b, n2 = s->table.c + s->table.d;

        s->ni = n1 + n2;
        if (!(n1 > 0.0 && n2 > 0.0)) {
            s->why = "a group is empty";
        }
    }
    return status;
}

int table_has_zero(const effect_study *s)
{
    return s->table.a == 0.0 || s->table.b == 0.0 || s->table.c == 0.0 || s->table.d == 0.0;
}

int table_double_zero(const effect_study *s)
{
    return (s->table.a == 0.0 && s->table.c == 0.0) || (s->table.b == 0.0 && s->table.d == 0.0);
}

void table_add(effect_study *s, double first, double second)
{
    s->table.a += first;
    s->table.b += first;
    s->table.c += second;
    s->table.d += second;
}

static void add_events(effect_study *s, double first, double second)
{
    s->table.a += first;
    s->table.c += second;
}

static double share(const effect_study *s)
{
    return (s->table.a + s->table.b) / s->ni;
}

static const char *why(const effect_study *s)
{
    if (s->table.a == 0.0 && s->table.c == 0.0) {
        return "no events in either group";
    }
    if (s->table.b == 0.0 && s->table.d == 0.0) {
        return "nothing but events in both groups";
    }
    return table_has_zero(s) ? "a cell of the table is zero" : NULL;
}

static tq_events events(const effect_study *s)
{
    if (s->no_cells) {
        return (tq_events){NAN, NAN, NAN, NAN};
    }
    return (tq_events){s->table.a, s->table.a + s->table.b, s->table.c, s->table.c + s->table.d};
}

const effect_family family_two_by_two = {.read = read,
                                         .has_zero = table_has_zero,
                                         .double_zero = table_double_zero,
                                         .add = table_add,
                                         .add_events = add_events,
                                         .why = why,
                                         .share = share,
                                         .events = events};

void average_risks(const effect_study *s, const effect_setting *set, effect_term *term)
{
    const double n1 = s->table.a + s->table.b, n2 = s->table.c + s->table.d;

    (void)set;
    term[0] = (effect_term){s->table.a / n1, n1};
    term[1] = (effect_term){s->table.c / n2, n2};
}

/* What variances are computed from: the risks of the study (LS), their averages over all studies
   (AV), or the risk of both groups together, as if there were no effect (H0). */
typedef struct {
    double p1, q1, p2, q2;
} risks;

static risks risks_of(const effect_study *s, const effect_setting *set)
{
    const double n1 = s->table.a + s->table.b, n2 = s->table.c + s->table.d;

    if (set->vtype == VTYPE_AV) {
        const double p1 = set->mean[0].value, p2 = set->mean[1].value;

        return (risks){p1, 1.0 - p1, p2, 1.0 - p2};
    }
    if (set->vtype == VTYPE_H0) {
        const double N = n1 + n2, p = (s->table.a + s->table.c) / N;
        const double q = (s->table.b + s->table.d) / N;

        return (risks){p, q, p, q};
    }
    return (risks){s->table.a / n1, s->table.b / n1, s->table.c / n2, s->table.d / n2};
}

/* Variances: Fleiss & Berlin (2009), in Cooper, Hedges & Valentine, Handbook, 237-253. */
tq_effect effect_rr(const effect_study *s, const effect_setting *set)
{
    const double n1 = s->table.a + s->table.b, n2 = s->table.c + s->table.d;
    const risks r = risks_of(s, set);

    return (tq_effect){
        .yi = log(s->table.a / n1) - log(s->table.c / n2),
        /* 1/a - 1/n1 + 1/c - 1/n2 without the cancellation of common events. */
        .vi = r.q1 / r.p1 / n1 + r.q2 / r.p2 / n2,
    };
}

/* Woolf (1955), Ann. Hum. Genet. 19:251-253. */
tq_effect effect_or(const effect_study *s, const effect_setting *set)
{
    const double a = s->table.a, b = s->table.b, c = s->table.c, d = s->table.d;
    tq_effect e = {.yi = log(a / b) - log(c / d)};

    if (set->vtype == VTYPE_LS) {
        e.vi = 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d;
    } else {
        const risks r = risks_of(s, set);

        e.vi = 1.0 / ((a + b) * r.p1 * r.q1) + 1.0 / ((c + d) * r.p2 * r.q2);
    }
    return e;
}

static tq_effect scaled(tq_effect e, double factor)
{
    return (tq_effect){factor * e.yi, factor * factor * e.vi};
}

/* The logistic distribution has the sd pi / sqrt(3): Hasselblad & Hedges (1995), Psychol. Bull.
   117:167-178; Chinn (2000), Stat. Med. 19:3127-3131. */
tq_effect effect_or2dl(const effect_study *s, const effect_setting *set)
{
    return scaled(effect_or(s, set), sqrt(3.0) / M_PI);
}

/* Cox's divisor for normal responses: Cox (1970), Analysis of Binary Data; Sánchez-Meca,
   Marín-Martínez & Chacón-Moscoso (2003), Psychol. Methods 8:448-467. */
tq_effect effect_or2dn(const effect_study *s, const effect_setting *set)
{
    return scaled(effect_or(s, set), 1.0 / COX_FACTOR);
}

tq_effect effect_rd(const effect_study *s, const effect_setting *set)
{
    const double n1 = s->table.a + s->table.b, n2 = s->table.c + s->table.d;
    const double less = set->vtype == VTYPE_UB ? 1.0 : 0.0;
    const risks r = risks_of(s, set);

    return (tq_effect){.yi = s->table.a / n1 - s->table.c / n2,
                       .vi = r.p1 * r.q1 / (n1 - less) + r.p2 * r.q2 / (n2 - less)};
}

/* Difference of probits: Sánchez-Meca et al. (2003), Psychol. Methods 8:448-467. */
tq_effect effect_pbit(const effect_study *s, const effect_setting *set)
{
    const effect_study one = {.group = {s->table.a, s->table.b}};
    const effect_study two = {.group = {s->table.c, s->table.d}};
    const tq_effect e = effect_prz(&one, set), f = effect_prz(&two, set);

    return (tq_effect){e.yi - f.yi, e.vi + f.vi};
}

/*
 * Yusuf et al. (1985), Prog. Cardiovasc. Dis. 27:335-371: (observed - expected) / V with V of the
 * hypergeometric distribution. Observed - expected is (ad - bc) / N: the same, without cancelling
 * two nearly equal counts.
 */
tq_effect effect_peto(const effect_study *s, const effect_setting *set)
{
    if (s->no_cells) {
        return (tq_effect){.yi = s->score.oe / s->score.V, .vi = 1.0 / s->score.V};
    }
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
