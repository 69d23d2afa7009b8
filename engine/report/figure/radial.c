/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Radial plot: Galbraith (1988), Stat. Med. 7:889-894. */
#include <math.h>

#include "core/distributions.h"
#include "report/figure/plot_internal.h"
#include "report/points.h"

static void lay_out(chart_maker *m, const tq_plot_options *opt, const plot_points *p)
{
    const tq_analysis *const a = m->a;
    const double slope = a->fit->prediction.pred;
    const double band = tq_critical_value(a->options.level, NAN);
    chart_range x = {0.0, 0.0}, y = {0.0, 0.0};

    for (size_t i = 0; i < a->k; i++) {
        x = chart_with(x, p->x[i]);
        y = chart_with(y, p->y[i]);
    }
    x.hi *= 1.05; /* the points keep clear of the edge */
    y = chart_with(chart_with(y, slope * x.hi + band), slope * x.hi - band);
    y = chart_with(chart_with(y, band), -band);
    tq_chart_layer *const line =
        chart_segment(m, "pooled", TQ_INK_POOLED, CHART_LINE, 0.0, 0.0, 0.0, x.hi, slope * x.hi);

    for (int side = -1; side <= 1; side += 2) {
        tq_chart_layer *const edge =
            chart_segment(m, "limits", TQ_INK_POOLED, CHART_THIN, CHART_DASH, 0.0, side * band,
                          x.hi, slope * x.hi + side * band);

        if (edge && side < 0) {
            edge->legend = CHART_TEXT(m, "%s%% limits of a study", chart_level(m));
        }
    }
    chart_segment(m, "null", TQ_INK_RULE, CHART_THIN, 0.0, 0.0, 0.0, x.hi, 0.0);
    if (line) {
        line->legend =
            CHART_TEXT(m, "Slope: pooled effect %s", chart_number(m, chart_shown(a, slope)));
    }
    chart_studies(m, plot_block(a, opt), p->x, p->y, NULL, NULL,
                  plot_hints(m, p, "precision", "standardised effect"));
    chart_x_axis(m, x, 0, 1, "Precision, 1 / √(vᵢ + τ²)");
    chart_y_axis(m, y, 0, 0,
                 CHART_TEXT(m, "Standardised effect (%s)", tq_analysis_scale_name(a, 0)));
}

tq_status plot_radial(const tq_analysis *a, const tq_plot_options *opt, tq_chart **out,
                      tq_error *err)
{
    if (!isfinite(a->fit->prediction.pred)) {
        return tq_fail(err, TQ_EDATA, TQ_NO_ROW, NULL,
                       "a radial plot needs one pooled effect; leave --mods out");
    }
    chart_maker m = chart_begin(a, "Radial plot", 4 + chart_study_layers(plot_block(a, opt)));
    tq_point *const at = chart_take(&m, a->k, sizeof *at);
    const tq_status status = m.failed ? TQ_OK : tq_analysis_radial(a, at, err);

    if (status == TQ_OK && !m.failed) {
        const plot_points p = plot_split(&m, at);

        if (!m.failed) {
            lay_out(&m, opt, &p);
        }
    }
    return plot_end(&m, status, out, err);
}
