/* SPDX-License-Identifier: GPL-3.0-or-later */
/* p-curve: shares of significant p-values, beside those expected without an effect and at a power of 33%
   (Simonsohn, Nelson & Simmons 2014, J. Exp. Psychol. Gen. 143:534-547). */
#include <math.h>

#include "report/figure/plot_internal.h"

enum { LAYERS = 5 };

typedef struct {
    chart_maker m;
    const tq_pcurve *c;
} curve;

static void add_curve(curve *c, const char *role, tq_ink ink, const double *share, double dash,
                      const char *legend)
{
    tq_chart_layer *const line = chart_layer(&c->m, TQ_CHART_LINE, role, ink, TQ_PCURVE_BINS);

    for (size_t b = 0; line && b < TQ_PCURVE_BINS; b++) {
        line->x[b] = 0.01 * ((double)b + 1.0);
        line->y[b] = share ? share[b] : 100.0 / TQ_PCURVE_BINS;
    }
    if (line) {
        line->dash = dash;
        line->width = share == c->c->observed ? 1.5 * CHART_LINE : CHART_LINE;
        line->legend = legend;
    }
}

static void add_points(curve *c)
{
    tq_chart_layer *const points =
        chart_layer(&c->m, TQ_CHART_POINTS, "observed", TQ_INK_BLACK, TQ_PCURVE_BINS);
    const char **const hint = chart_take(&c->m, TQ_PCURVE_BINS, sizeof *hint);

    for (size_t b = 0; points && hint && b < TQ_PCURVE_BINS; b++) {
        points->x[b] = 0.01 * ((double)b + 1.0);
        points->y[b] = c->c->observed[b];
        hint[b] = CHART_TEXT(&c->m, "p up to %s: %.0f%% of the significant studies",
                             chart_exact(&c->m, points->x[b]), c->c->observed[b]);
    }
    if (points) {
        points->hint = hint;
    }
}

static void lay_out(curve *c)
{
    chart_range y = {0.0, 100.0};

    add_curve(c, "uniform", TQ_INK_RULE, NULL, CHART_DASH, "No effect: 20% each");
    add_curve(c, "expected", TQ_INK_PREDICTION, c->c->expected, CHART_DASH, "Power of 33%");
    add_curve(c, "fitted", TQ_INK_POOLED, c->c->fitted, 0.0,
              CHART_TEXT(&c->m, "Estimated power of %.0f%%", 100.0 * c->c->power));
    add_curve(c, "observed", TQ_INK_BLACK, c->c->observed, 0.0,
              CHART_TEXT(&c->m, "Observed (%zu studies)", c->c->significant));
    add_points(c);
    chart_x_axis(&c->m, (chart_range){0.008, 0.052}, 0, 1, "p-value, up to");
    chart_y_axis(&c->m, y, 0, 1, "Percent of significant studies");
    c->m.c->caption = c->m.a->publication->answers.reading;
}

tq_status plot_pcurve(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                      tq_error *err)
{
    curve c = {.c = a->publication ? a->publication->pcurve : NULL};

    (void)opt;
    if (!c.c || c.c->significant == 0) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       c.c ? "no study is significant: there is no p-curve to draw"
                           : "the analysis has no p-curve");
    }
    c.m = chart_begin(a, "p-curve", LAYERS);
    if (!c.m.failed) {
        lay_out(&c);
    }
    return chart_end(&c.m, out, err);
}
