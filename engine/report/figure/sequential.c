/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trial sequential analysis: the cumulative Z against information, between its boundaries. */
#include <math.h>

#include "report/figure/plot_internal.h"

enum { LAYERS = 14 };

/* Boundaries of early looks beyond this are cut. */
#define HIGHEST 8.0
/* The axis goes at least this far. */
#define LEAST 4.0

typedef struct {
    chart_maker m;
    const tq_sequential *s;
    const tq_tsa *tsa;
    double top; /* of the axis of Z, from 0 */
} sequential;

static double required_of(const sequential *q)
{
    return q->tsa->required.required;
}

static chart_range z_range(sequential *q)
{
    double top = LEAST;

    for (size_t j = 0; j < q->tsa->n; j++) {
        const tq_tsa_look *look = &q->tsa->look[j];

        top = isfinite(look->z) ? fmax(top, fabs(look->z)) : top;
        if (look->monitoring.tested) {
            top = fmax(top, fmin(look->monitoring.critical, HIGHEST));
        }
    }
    q->top = 1.05 * top;
    return (chart_range){-q->top, q->top};
}

/* ---- boundaries ---------------------------------------------------------------------------- */

typedef double boundary_value(const tq_monitoring_look *look);

static double critical_of(const tq_monitoring_look *look)
{
    return look->tested ? look->critical : (double)NAN;
}

static double futility_of(const tq_monitoring_look *look)
{
    return look->futility;
}

/* A boundary through the looks that have one and the required information; side: 1 or -1. */
static tq_chart_layer *add_boundary(sequential *q, const char *role, tq_ink ink,
                                    boundary_value *value, double side)
{
    const size_t n = q->tsa->n + 1;
    tq_chart_layer *const line = chart_layer(&q->m, TQ_CHART_LINE, role, ink, n);
    size_t at = 0;

    for (size_t j = 0; line && j < n; j++) {
        const int last = j == q->tsa->n;
        const tq_monitoring_look *look = last ? &q->tsa->planned : &q->tsa->look[j].monitoring;
        const double x = last ? required_of(q) : q->tsa->look[j].information, y = value(look);

        if (isfinite(y) && !(last && !q->tsa->planned_given)) {
            line->x[at] = x;
            line->y[at++] = side * y;
        }
    }
    if (line) {
        line->n = at;
    }
    return line;
}

static void add_boundaries(sequential *q, double side, int named)
{
    tq_chart_layer *const critical = add_boundary(q, "boundary", TQ_INK_POOLED, critical_of, side);
    tq_chart_layer *const futility =
        q->tsa->options.monitoring.futility == TQ_SPEND_NONE
            ? NULL
            : add_boundary(q, "futility", TQ_INK_PREDICTION, futility_of, side);

    if (critical && critical->n > 1 && named) {
        critical->legend = CHART_TEXT(&q->m, "Monitoring boundary (%s)",
                                      tq_spending_label(q->tsa->options.monitoring.spending));
    }
    if (futility && futility->n > 1 && named) {
        futility->legend = "Futility boundary";
    }
}

static void add_conventional(sequential *q, double right, double side, int named)
{
    const double z = side * q->tsa->conventional;
    tq_chart_layer *const line = chart_segment(&q->m, "conventional", TQ_INK_QUIET, CHART_THIN,
                                               CHART_DASH, 0.0, z, right, z);

    if (line && named) {
        line->legend =
            CHART_TEXT(&q->m, "Single test (Z = %s)", chart_number(&q->m, q->tsa->conventional));
    }
}

/* ---- the curve ----------------------------------------------------------------------------- */

static void add_curve(sequential *q)
{
    const size_t n = q->tsa->n;
    const tq_sequence *const cumul = q->m.a->sensitivity->cumul;
    tq_chart_layer *const line = chart_layer(&q->m, TQ_CHART_LINE, "curve", TQ_INK_BLACK, n + 1);
    tq_chart_layer *const points = chart_layer(&q->m, TQ_CHART_POINTS, "point", TQ_INK_BLACK, n);
    const char **const hint = chart_take(&q->m, n, sizeof *hint);
    size_t at = 1, shown = 0;

    if (!line || !points || !hint) {
        return;
    }
    line->legend = "Cumulative Z";
    points->hint = hint;
    points->radius = chart_take(&q->m, n, sizeof *points->radius);
    for (size_t j = 0; points->radius && j < n; j++) {
        const tq_tsa_look *const look = &q->tsa->look[j];

        if (isfinite(look->z)) {
            line->x[at] = points->x[shown] = look->information;
            line->y[at++] = points->y[shown] = look->z;
            points->radius[shown] = 0.6 * CHART_RADIUS;
            hint[shown++] = CHART_TEXT(&q->m, "%s: Z %s, %s%% of the required information",
                                       cumul->row[j].label, chart_number(&q->m, look->z),
                                       chart_number(&q->m, 100.0 * look->monitoring.t));
        }
    }
    line->n = at;
    points->n = shown;
}

static const char *information_label(sequential *q)
{
    return q->tsa->required.unit == TQ_UNIT_PARTICIPANTS ? "Participants"
                                                         : "Statistical information";
}

static const char *amount(sequential *q, double x)
{
    return q->tsa->required.unit == TQ_UNIT_PARTICIPANTS ? CHART_TEXT(&q->m, "%.0f", ceil(x - 1e-9))
                                                         : chart_number(&q->m, x);
}

static void lay_out(sequential *q)
{
    const double have = q->tsa->look[q->tsa->n - 1].information;
    const double right = 1.04 * fmax(have, required_of(q));
    const int both = q->tsa->options.required.sides == 2;
    const chart_range z = z_range(q);

    chart_segment(&q->m, "null", TQ_INK_RULE, CHART_THIN, 0.0, 0.0, 0.0, right, 0.0);
    for (int i = 0; i < 1 + both; i++) {
        add_conventional(q, right, i ? -q->tsa->sign : q->tsa->sign, i == 0);
    }
    tq_chart_layer *const required =
        chart_segment(&q->m, "required", TQ_INK_STUDY, CHART_LINE, CHART_DASH, required_of(q), z.lo,
                      required_of(q), z.hi);

    if (required) {
        required->legend = CHART_TEXT(&q->m, "Required information: %s", amount(q, required_of(q)));
    }
    for (int i = 0; i < 1 + both; i++) {
        add_boundaries(q, i ? -q->tsa->sign : q->tsa->sign, i == 0);
    }
    add_curve(q);
    chart_x_axis(&q->m, (chart_range){0.0, right}, 0, 1, information_label(q));
    chart_y_axis(&q->m, z, 0, 1, "Cumulative Z");
    q->m.c->caption = CHART_TEXT(&q->m, "%s %s", q->s->reading, q->s->assumed);
}

tq_status plot_sequential(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                          tq_error *err)
{
    sequential q = {.s = a->sequential};

    (void)opt;
    if (!q.s) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "the analysis has no trial sequential analysis");
    }
    q.tsa = q.s->tsa;
    q.m = chart_begin(a, "Trial sequential analysis", LAYERS);
    if (!q.m.failed) {
        lay_out(&q);
    }
    return chart_end(&q.m, out, err);
}
