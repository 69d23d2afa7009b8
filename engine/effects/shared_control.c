/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a control group contributes to the variance of each effect computed against it. */
#include "effects/shared_control.h"

#include <math.h>
#include <string.h>

/* The control group of a row: events and non-events with their increment, size, mean and SD,
   events and time. NaN where not given. */
typedef struct {
    double events, others, size, mean, sd, time;
} control;

static double value(const tq_inputs *in, tq_input input, size_t i)
{
    return in->column[input] ? in->column[input][i] : (double)NAN;
}

/* Of two by two tables the size, or the non-events, may be left out of the sheet. */
static control control_of(const tq_inputs *in, const tq_effect_row *row, size_t i)
{
    const double ci = value(in, TQ_IN_CI, i), di = value(in, TQ_IN_DI, i);
    const double n2i = value(in, TQ_IN_N2I, i), x2i = value(in, TQ_IN_X2I, i);
    const double others = isnan(di) ? n2i - ci : di;
    control c = {.events = (isnan(x2i) ? ci : x2i) + row->added,
                 .others = others + row->added,
                 .size = isnan(n2i) ? ci + di : n2i,
                 .mean = value(in, TQ_IN_M2I, i),
                 .sd = value(in, TQ_IN_SD2I, i),
                 .time = value(in, TQ_IN_T2I, i)};

    if (!isnan(ci)) {
        c.size = c.events + c.others;
    }
    return c;
}

static double mean_difference(const control *c)
{
    return c->sd * c->sd / c->size;
}

static double one_over_size(const control *c)
{
    return 1.0 / c->size;
}

static double ratio_of_means(const control *c)
{
    return c->sd * c->sd / (c->size * c->mean * c->mean);
}

static double risk_difference(const control *c)
{
    return c->events * c->others / (c->size * c->size * c->size);
}

static double risk_ratio(const control *c)
{
    return 1.0 / c->events - 1.0 / c->size;
}

static double odds_ratio(const control *c)
{
    return 1.0 / c->events + 1.0 / c->others;
}

static double arcsine(const control *c)
{
    return 0.25 / c->size;
}

static double rate_ratio(const control *c)
{
    return 1.0 / c->events;
}

static double rate_difference(const control *c)
{
    return c->events / (c->time * c->time);
}

static double root_rate(const control *c)
{
    return 0.25 / c->time;
}

static const struct {
    const char *code;
    double (*share)(const control *c);
    int pooled_sd; /* yi yj / (2 total) is added: both effects divide by one SD */
} shares[] = {
    {"MD", mean_difference, 0}, {"SMD", one_over_size, 1}, {"ROM", ratio_of_means, 0},
    {"RD", risk_difference, 0}, {"RR", risk_ratio, 0},     {"OR", odds_ratio, 0},
    {"AS", arcsine, 0},         {"IRR", rate_ratio, 0},    {"IRD", rate_difference, 0},
    {"IRSD", root_rate, 0},
};
enum { SHARES = sizeof shares / sizeof *shares };

static size_t find(const tq_measure *m)
{
    size_t s = 0;

    while (s < SHARES && strcmp(shares[s].code, m->code) != 0) {
        s++;
    }
    return s;
}

int tq_shared_control_known(const tq_measure *m)
{
    return find(m) < SHARES;
}

double tq_shared_control_covariance(const tq_measure *m, const tq_inputs *in,
                                    const tq_effect_row *rows, size_t i, size_t j, double total)
{
    const size_t s = find(m);

    if (s == SHARES) {
        return NAN;
    }
    /* One row may have had an increment for its zero cells and the other not: then the middle. */
    const control a = control_of(in, &rows[i], i), b = control_of(in, &rows[j], j);
    const double shared = 0.5 * (shares[s].share(&a) + shares[s].share(&b));

    return shares[s].pooled_sd ? shared + rows[i].yi * rows[j].yi / (2.0 * total) : shared;
}
