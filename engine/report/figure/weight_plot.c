/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The weight function of a selection model: how likely a study is seen, by its p-value. */
#include <math.h>

#include "report/figure/plot_internal.h"

enum { GRID = 400, LAYERS = 5 };

/* The function is drawn within these: at 0 and 1 some are infinite. */
#define FIRST_P 1e-4
#define HIGHEST 10.0

typedef struct {
    chart_maker m;
    const tq_selmodel *s;
    double p[GRID];
} weights;

/* Steps fall between two points of the grid that are as good as one. */
static void make_grid(weights *w)
{
    const size_t steps = w->s->type == TQ_SEL_STEPFUN ? w->s->n_steps : 0;
    const size_t even = GRID - 2 * steps;
    size_t n = 0, step = 0;

    for (size_t i = 0; i < even; i++) {
        const double p = FIRST_P + (1.0 - 2.0 * FIRST_P) * (double)i / (double)(even - 1);

        while (step < steps && w->s->steps[step] <= p && n + 2 <= GRID) {
            w->p[n++] = w->s->steps[step];
            w->p[n++] = w->s->steps[step] + 1e-9;
            step++;
        }
        if (n < GRID) {
            w->p[n++] = p;
        }
    }
    while (n < GRID) {
        w->p[n++] = 1.0 - FIRST_P;
    }
}

/* w at the limits of a function of one parameter, pointwise, since it only rises or falls in it; limits of
   a step are those of its weight. 0: there are none. */
static int has_limits(const tq_selmodel *s)
{
    size_t open = 0;

    for (size_t a = 0; a < s->q; a++) {
        open += !s->delta[a].fixed;
    }
    return open > 0 && (s->type == TQ_SEL_STEPFUN || (s->q == 1 && s->type < TQ_SEL_TRUNC));
}

static double limit_of(const tq_sel_delta *d, int upper)
{
    const double profile = upper ? d->pl_ub : d->pl_lb, wald = upper ? d->ci_ub : d->ci_lb;

    return d->fixed ? d->est : !isnan(profile) ? profile : wald;
}

/* w(p) with every parameter at one of its limits. */
static double weight_at_limit(const tq_selmodel *s, double p, int upper)
{
    tq_selmodel at = *s;

    for (size_t a = 0; a < s->q; a++) {
        at.delta[a].est = fmin(limit_of(&s->delta[a], upper), 1e6);
    }
    return tq_selmodel_weight(&at, p);
}

static void add_band(weights *w)
{
    tq_chart_layer *const band =
        chart_layer(&w->m, TQ_CHART_AREA, "confidence", TQ_INK_BAND, 2 * GRID);

    for (size_t i = 0; band && i < GRID; i++) {
        const double a = weight_at_limit(w->s, w->p[i], 0), b = weight_at_limit(w->s, w->p[i], 1);

        band->x[i] = band->x[2 * GRID - 1 - i] = w->p[i];
        band->y[i] = fmin(fmin(a, b), HIGHEST);
        band->y[2 * GRID - 1 - i] = fmin(fmax(a, b), HIGHEST);
    }
    if (band) {
        band->legend = CHART_TEXT(&w->m, "%s%% interval at each p", chart_level(&w->m));
    }
}

static chart_range add_curve(weights *w)
{
    tq_chart_layer *const line = chart_layer(&w->m, TQ_CHART_LINE, "weight", TQ_INK_POOLED, GRID);
    chart_range y = {0.0, 1.0};

    for (size_t i = 0; line && i < GRID; i++) {
        line->x[i] = w->p[i];
        line->y[i] = fmin(tq_selmodel_weight(w->s, w->p[i]), HIGHEST);
        y = chart_with(y, line->y[i]);
    }
    if (line) {
        line->legend = CHART_TEXT(&w->m, "%s, %s", tq_sel_type_label(w->s->type),
                                  tq_sel_type_formula(w->s->type));
    }
    return y;
}

static const char *alternative_text(const tq_selmodel *s)
{
    return s->alternative == TQ_SEL_TWO_SIDED ? "two-sided"
           : s->alternative == TQ_SEL_LESS    ? "one-sided, small effects"
                                              : "one-sided, large effects";
}

/* The axis goes to four times the curve at most; *cut: limits lie beyond it. */
static chart_range with_band(const weights *w, chart_range curve, int *cut)
{
    const tq_chart_layer *const band = &w->m.c->layer[0];
    const double most = 4.0 * curve.hi;
    chart_range y = curve;

    for (size_t i = 0; i < band->n; i++) {
        *cut |= band->y[i] > most || band->y[i] >= HIGHEST;
        y = chart_with(y, fmin(band->y[i], most));
    }
    return y;
}

static const char *caption(weights *w, int limits, int cut)
{
    return CHART_TEXT(&w->m, "Where every study is as likely to be seen, the weight is 1.%s%s",
                      limits ? ""
                             : " No interval: the function is given, or has several parameters "
                               "that are estimated together.",
                      cut ? " The interval goes on above the figure." : "");
}

static void lay_out(weights *w)
{
    const int limits = has_limits(w->s);
    int cut = 0;

    make_grid(w);
    if (limits) {
        add_band(w);
    }
    chart_segment(&w->m, "null", TQ_INK_RULE, CHART_THIN, CHART_DASH, 0.0, 1.0, 1.0, 1.0);
    chart_range y = add_curve(w);

    if (limits && !w->m.failed) {
        y = with_band(w, y, &cut);
    }
    chart_x_axis(&w->m, (chart_range){0.0, 1.0}, 0, 1,
                 CHART_TEXT(&w->m, "p-value (%s)", alternative_text(w->s)));
    chart_y_axis(&w->m, (chart_range){0.0, 1.05 * y.hi}, 0, 1,
                 "Relative probability that a study is seen");
    w->m.c->caption = caption(w, limits, cut);
}

tq_status plot_weights(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                       tq_error *err)
{
    weights w = {.s = a->selmodel};

    (void)opt;
    if (!w.s) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL, "the analysis has no selection model");
    }
    if (w.s->type >= TQ_SEL_TRUNC) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "%s is no function of the p-value: its weight changes at an effect",
                       tq_sel_type_label(w.s->type));
    }
    w.m = chart_begin(a, "Weight function", LAYERS);
    if (!w.m.failed) {
        lay_out(&w);
    }
    return chart_end(&w.m, out, err);
}
