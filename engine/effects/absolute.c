/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relative effects and differences beside the value of a control group. */
#include "effects/absolute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef double reading_fn(double effect, double control);

static double product(double effect, double control)
{
    return effect * control;
}

static double sum(double effect, double control)
{
    return control + effect;
}

static double from_odds(double effect, double control)
{
    const double odds = effect * control;

    return isinf(odds) ? 1.0 : odds / (1.0 - control + odds);
}

/* Proportional hazards: the share without event is the control's to the power of the ratio. */
static double from_hazards(double effect, double control)
{
    return control < 1.0 ? -expm1(effect * log1p(-control)) : 1.0;
}

static const struct {
    const char *measure;
    tq_absolute_kind kind;
    reading_fn *value; /* NULL: needs more than the control's value */
} readings[] = {
    {"RR", TQ_ABSOLUTE_RISK, product},      {"OR", TQ_ABSOLUTE_RISK, from_odds},
    {"PETO", TQ_ABSOLUTE_RISK, from_odds},  {"RD", TQ_ABSOLUTE_RISK, sum},
    {"HR", TQ_ABSOLUTE_RISK, from_hazards}, {"IRR", TQ_ABSOLUTE_RATE, product},
    {"IRD", TQ_ABSOLUTE_RATE, sum},         {"MD", TQ_ABSOLUTE_MEAN, sum},
    {"ROM", TQ_ABSOLUTE_MEAN, product},     {"SMD", TQ_ABSOLUTE_MEAN, NULL},
    {"SMDH", TQ_ABSOLUTE_MEAN, NULL},       {"SMD1", TQ_ABSOLUTE_MEAN, NULL},
    {"SMD1H", TQ_ABSOLUTE_MEAN, NULL},
};

enum { READINGS = sizeof readings / sizeof *readings };

static size_t find(const char *measure)
{
    size_t i = 0;

    while (i < READINGS && strcmp(readings[i].measure, measure) != 0) {
        i++;
    }
    return i;
}

tq_absolute_kind tq_absolute_kind_of(const char *measure)
{
    const size_t i = find(measure);

    return i < READINGS ? readings[i].kind : TQ_ABSOLUTE_NONE;
}

double tq_absolute_value(const char *measure, double effect, double control)
{
    const size_t i = find(measure);

    if (i == READINGS || !readings[i].value || isnan(effect) || isnan(control)) {
        return NAN;
    }
    const tq_absolute_kind kind = readings[i].kind;
    const double most = kind == TQ_ABSOLUTE_RISK ? 1.0 : (double)INFINITY;

    if (kind != TQ_ABSOLUTE_MEAN && !(control >= 0.0 && control <= most)) {
        return NAN;
    }
    const double value = readings[i].value(effect, control);

    return kind == TQ_ABSOLUTE_MEAN ? value : fmin(fmax(value, 0.0), most);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double tq_median_of(const double *x, size_t n, double *room)
{
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        if (!isnan(x[i])) {
            room[m++] = x[i];
        }
    }
    if (m == 0) {
        return NAN;
    }
    qsort(room, m, sizeof *room, by_size);
    return m % 2 ? room[m / 2] : room[m / 2 - 1] + (room[m / 2] - room[m / 2 - 1]) / 2.0;
}
