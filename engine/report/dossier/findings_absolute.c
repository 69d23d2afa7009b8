/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an effect means beside the control groups of its studies: per 1000 people, or in the outcome's units. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/analysis_internal.h"
#include "report/dossier/findings_internal.h"
#include "report/page/format.h"

enum { NUMBER = 64, SIDED = 160, PER = 1000 };

/* ---- the control groups ---------------------------------------------------------------------- */

/* Events of group 2 by its size or time, study by study. value, room: [4 k] */
static int shares(const tq_analysis *a, tq_absolute_kind kind, double *value, double *room)
{
    tq_counts counts;

    if (!analysis_groups(a, tq_count_scale_find(a->measure->code),
                         kind == TQ_ABSOLUTE_RISK ? "Total" : "Person-time", room, &counts)) {
        return 0;
    }
    for (size_t i = 0; i < a->k; i++) {
        value[i] = counts.n2[i] > 0.0 ? counts.x2[i] / counts.n2[i] : (double)NAN;
    }
    return 1;
}

/* Means of group 2; of group 1 where a study was turned around by exchanging groups it is not known. */
static int means(const tq_analysis *a, double *value)
{
    for (size_t j = 0; j < a->n_raw; j++) {
        if (strcmp(a->raw[j].input, "m2i") == 0) {
            for (size_t i = 0; i < a->k; i++) {
                const double by = a->multiplier ? a->multiplier[i] : 1.0;

                value[i] = by == 1.0 ? a->raw[j].value[i] : (double)NAN;
            }
            return 1;
        }
    }
    return 0;
}

static void observe(finding_maker *m)
{
    tq_outcome *r = m->row;
    const size_t k = r->a->k;
    double *value = tq_arena_take(m->arena, k, 5 * sizeof *value);
    double *room = value ? value + k : NULL;

    if (!value) {
        m->failed = 1;
        return;
    }
    if (!(r->kind == TQ_ABSOLUTE_MEAN ? means(r->a, value) : shares(r->a, r->kind, value, room))) {
        return;
    }
    r->control = tq_median_of(value, k, room);
    r->control_lo = INFINITY;
    r->control_hi = -INFINITY;
    for (size_t i = 0; i < k; i++) {
        r->control_lo = value[i] < r->control_lo ? value[i] : r->control_lo;
        r->control_hi = value[i] > r->control_hi ? value[i] : r->control_hi;
    }
}

/* ---- texts ----------------------------------------------------------------------------------- */

typedef struct {
    double scale; /* of the numbers shown */
    int decimals;
    const char *after, *less, *more; /* " per 1000", "fewer", "more" */
} style;

/* Whole people; tenths where there would be hardly any. */
static style style_of(finding_maker *m)
{
    const tq_outcome *r = m->row;

    if (r->kind == TQ_ABSOLUTE_MEAN) {
        return (style){1.0, 2, r->unit[0] ? finding_text(m, " %s", r->unit) : "", "lower",
                       "higher"};
    }
    return (style){PER, r->control * PER >= 10.0 ? 0 : 1, " per 1000", "fewer", "more"};
}

static const char *number(char *out, double x, const style *s)
{
    return tq_format_number(out, NUMBER, x * s->scale, s->decimals);
}

/* "61 fewer", "15 days lower"; what rounds to nothing has no side. */
static const char *sided(char *out, double x, const style *s, const char *unit)
{
    const double least = 0.5 * pow(10.0, -s->decimals) / s->scale;

    tq_format_number(out, NUMBER, fabs(x) < least ? 0.0 : fabs(x) * s->scale, s->decimals);
    const size_t used = strlen(out);

    snprintf(out + used, SIDED - used, "%s%s%s", unit, fabs(x) < least ? "" : " ",
             fabs(x) < least ? ""
             : x < 0.0       ? s->less
                             : s->more);
    return out;
}

static const char *difference_text(finding_maker *m, const tq_estimate *d, const style *s)
{
    const int people = strcmp(s->less, "fewer") == 0; /* "8 fewer per 1000", "15 days lower" */
    char est[SIDED], lo[SIDED], hi[SIDED];

    return finding_text(m, "%s%s (%s to %s)", sided(est, d->est, s, people ? "" : s->after),
                        people ? s->after : "", sided(lo, d->lo, s, ""), sided(hi, d->hi, s, ""));
}

static void describe(finding_maker *m)
{
    tq_outcome *r = m->row;
    const style s = style_of(m);
    char est[NUMBER], lo[NUMBER], hi[NUMBER];

    const int mean = r->kind == TQ_ABSOLUTE_MEAN; /* whose unit the difference has */
    const char *before = mean ? "mean " : "", *after = mean ? "" : s.after;

    if (!isnan(r->control)) {
        r->control_text = finding_text(m, "%s%s%s", before, number(est, r->control, &s), after);
    }
    if (!isnan(r->with.est)) {
        r->with_text = finding_text(m, "%s%s%s (%s to %s)", before, number(est, r->with.est, &s),
                                    after, number(lo, r->with.lo, &s), number(hi, r->with.hi, &s));
    }
    if (!isnan(r->difference.est)) {
        r->difference_text = difference_text(m, &r->difference, &s);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* A difference needs no control group to be one. */
static void plain_difference(finding_maker *m)
{
    tq_outcome *r = m->row;
    const char *code = r->a->measure->code;
    const tq_natural *n = r->natural;

    if (strcmp(code, "MD") == 0 || strcmp(code, "RD") == 0 || strcmp(code, "IRD") == 0) {
        r->difference = (tq_estimate){n->pred, n->ci_lb, n->ci_ub};
    } else if (strncmp(code, "SMD", 3) == 0) {
        r->difference = (tq_estimate){n->pred, n->ci_lb, n->ci_ub};
        r->unit = "SD";
    }
}

void finding_absolute(finding_maker *m)
{
    tq_outcome *r = m->row;
    const tq_natural *n = r->natural;

    r->kind = tq_absolute_kind_of(r->a->measure->code);
    if (!n || r->kind == TQ_ABSOLUTE_NONE ||
        strcmp(r->a->transform->name, r->a->measure->transform) != 0) {
        return;
    }
    if (strncmp(r->a->measure->code, "SMD", 3) != 0) { /* whose studies have scales of their own */
        observe(m);
    }
    const int nothing =
        r->control == 0.0 && tq_is_ratio(r->a->measure, NULL); /* of which a ratio makes nothing */

    if (!isnan(r->control) && !nothing) {
        const char *code = r->a->measure->code;

        r->with = (tq_estimate){tq_absolute_value(code, n->pred, r->control),
                                tq_absolute_value(code, n->ci_lb, r->control),
                                tq_absolute_value(code, n->ci_ub, r->control)};
        r->difference = (tq_estimate){r->with.est - r->control, r->with.lo - r->control,
                                      r->with.hi - r->control};
    }
    if (isnan(r->difference.est)) {
        plain_difference(m);
    }
    describe(m);
    if (nothing) {
        r->difference_text = "not known: half of the control groups or more had no events";
    }
}
